/*
 * Reads a BERT encoder as it is published (safetensors, config.json, vocab.txt) and writes GGUF.
 *
 * safetensors: u64 header length, a JSON object { name: { dtype, shape, data_offsets } }, then the
 * bytes; offsets count from the end of the header. Checked for every entry, used or not: a known
 * dtype, at most eight dimensions, a product that does not wrap, offsets in order, inside the file
 * and exactly as many bytes as the shape needs; entries do not overlap and leave no hole (what the
 * format demands, so that nothing can hide in between).
 *
 * Weights become F32 (F16 and BF16 are widened, which is exact). Names are those of Hugging Face's
 * BertModel, with or without the prefix "bert."; the pooler's dense layer is left out because
 * sentence encoders pool the last hidden states themselves.
 *
 * Vocabulary: WordPiece, one token a line, the number is the line. GGUF's convention for it is
 * turned around: "##ing" (continues a word) is stored as "ing", and "sun" (begins one) as
 * "▁sun"; tokens in square brackets that BERT itself uses are control tokens and stay.
 *
 * Limits: header 16 MiB and JSON depth 8; 8192 entries; vocabulary 2^21.
 *
 * Source: the safetensors format description (huggingface/safetensors, README, "Format");
 * transformers' BertConfig; llama.cpp's conversion of BertModel for the names in GGUF.
 *
 * Worked example of the vocabulary: the lines "[CLS]", "sun", "##ing" become "[CLS]" (control),
 * "▁sun" and "ing" (normal); a table with 5 rows gets "[PAD3]" and "[PAD4]" (unused) behind them.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "shelf/import.h"

enum { HEADER_MAX = 16 << 20, ENTRIES_MAX = 8192, DIMS_MAX = 8 };

/* One tensor of the file, as its header describes it. */
typedef struct Entry {
    Str name;
    int type; /* TensorType, or -1 for a dtype that only has a size */
    uint64_t dims[DIMS_MAX];
    int n_dims;
    uint64_t begin, end; /* in the data part */
} Entry;

typedef struct Weights {
    Json *header;
    Entry *entries;
    size_t n;
    const uint8_t *data;
    uint64_t data_bytes;
} Weights;

/* E_CORRUPT that names the tensor. */
static Status damaged(Err *err, Str name, const char *what) {
    return err_set(err, E_CORRUPT, "safetensors: %.*s: %s", (int)(name.n > 100 ? 100 : name.n),
                   name.p, what);
}

/* ---- the container ----------------------------------------------------------------------- */

/* A row: dtype, the type of ours or -1 where only its size counts, bytes of a number. */
static const struct { const char *name; int type; uint64_t bytes; } dtypes[] = {
    {"F32", TENSOR_F32, 4}, {"F16", TENSOR_F16, 2}, {"BF16", TENSOR_BF16, 2}, {"F64", -1, 8},
    {"I64", -1, 8}, {"I32", -1, 4}, {"I16", -1, 2}, {"I8", -1, 1}, {"U64", -1, 8}, {"U32", -1, 4},
    {"U16", -1, 2}, {"U8", -1, 1}, {"BOOL", -1, 1},
};

/* A whole JSON number that is not negative. */
static bool whole(const Json *value, uint64_t *out) {
    double real = json_real(value, -1);
    if (json_kind(value) != JSON_INT || real < 0 || real > 9e15) return false;
    *out = (uint64_t)real;
    return true;
}

/* One entry, checked by itself: its bytes lie in the file and are exactly those of its shape. */
static Status entry_read(const Weights *s, const Json *value, Entry *entry, Err *err) {
    const Json *shape = json_get(value, "shape"), *span = json_get(value, "data_offsets");
    Str dtype = json_str(json_get(value, "dtype"));
    uint64_t bytes = 0;
    for (size_t i = 0; i < ARRAY_LEN(dtypes); i++) {
        if (!str_eq_c(dtype, dtypes[i].name)) continue;
        entry->type = dtypes[i].type;
        bytes = dtypes[i].bytes;
    }
    if (!bytes) return damaged(err, entry->name, "an unknown dtype");
    if (json_kind(shape) != JSON_ARRAY || json_len(shape) > DIMS_MAX) {
        return damaged(err, entry->name, "no shape, or more than 8 dimensions");
    }
    entry->n_dims = (int)json_len(shape);
    for (int i = 0; i < entry->n_dims; i++) {
        if (!whole(json_at(shape, (size_t)i), &entry->dims[i]) ||
            __builtin_mul_overflow(bytes, entry->dims[i], &bytes)) {
            return damaged(err, entry->name, "a shape that is no shape");
        }
    }
    if (json_kind(span) != JSON_ARRAY || json_len(span) != 2 ||
        !whole(json_at(span, 0), &entry->begin) || !whole(json_at(span, 1), &entry->end)) {
        return damaged(err, entry->name, "no data_offsets");
    }
    if (entry->end > s->data_bytes || entry->begin > entry->end ||
        entry->end - entry->begin != bytes) {
        return damaged(err, entry->name, "its offsets leave the file or do not fit its shape");
    }
    return OK;
}

/* By place; empty tensors before what begins there. */
static int by_begin(const void *a, const void *b) {
    const Entry *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

/* All entries in order of place: each begins where the one before ends, and the last ends with the
   file. */
static Status entries_read(Weights *s, Err *err) {
    size_t count = json_len(s->header);
    if (count > ENTRIES_MAX) return err_set(err, E_LIMIT, "safetensors: %zu tensors", count);
    s->entries = mem_zalloc_n(count, sizeof *s->entries);
    if (!s->entries) return err_no_memory(err, "a list of tensors");
    for (size_t i = 0; i < count; i++) {
        const Json *value;
        Entry *entry = &s->entries[s->n];
        if (!json_pair(s->header, i, &entry->name, &value)) break;
        if (str_eq_c(entry->name, "__metadata__")) continue;
        TRY(entry_read(s, value, entry, err));
        s->n++;
    }
    assert(s->n <= count);
    qsort(s->entries, s->n, sizeof *s->entries, by_begin);
    uint64_t at = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (s->entries[i].begin != at) {
            return damaged(err, s->entries[i].name, "it overlaps another or leaves a hole");
        }
        at = s->entries[i].end;
    }
    if (at != s->data_bytes)
        return err_set(err, E_CORRUPT, "safetensors: bytes follow the tensors");
    return OK;
}

/* Container to checked table. header and entries are the caller's to free, also after a failure. */
static Status weights_read(const uint8_t *bytes, size_t n, Weights *s, Err *err) {
    Reader r = reader_init(bytes, n);
    uint64_t header_bytes = reader_u64(&r);
    if (!r.bad && header_bytes > HEADER_MAX) {
        return err_set(err, E_LIMIT, "safetensors: a header of %" PRIu64 " bytes", header_bytes);
    }
    const uint8_t *header = reader_bytes(&r, header_bytes);
    if (r.bad) return err_set(err, E_CORRUPT, "safetensors: the file ends inside its header");
    s->data = bytes + r.at;
    s->data_bytes = n - r.at;
    JsonLimits limits = {.max_bytes = HEADER_MAX, .max_depth = 8};
    Status status = json_parse((Str){(const char *)header, (size_t)header_bytes}, &limits,
                               &s->header, err);
    if (status != OK) return err_prefix(err, status, "safetensors header");
    if (json_kind(s->header) != JSON_OBJECT) {
        return err_set(err, E_CORRUPT, "safetensors: the header is no object");
    }
    return entries_read(s, err);
}

/* ---- shape ------------------------------------------------------------------------------- */

/* `what` is the file's name, for the error; the default limits of base/json.h hold. */
static Status json_text(Str text, const char *what, Json **out, Err *err) {
    Status status = json_parse(text, NULL, out, err);
    return status == OK ? OK : err_prefix(err, status, "%s", what);
}

/* The numbers of config.json within our bounds. Anything that would need other arithmetic is
   refused by name. */
static Status shape_from(const Json *config, BertShape *shape, Err *err) {
    const struct { const char *key; int64_t max; int64_t *to; } rows[] = {
        {"hidden_size", 16384, &shape->width},
        {"num_hidden_layers", IMPORT_LAYERS_MAX, &shape->layers},
        {"num_attention_heads", 1024, &shape->heads},
        {"intermediate_size", 131072, &shape->inner},
        {"max_position_embeddings", 1 << 20, &shape->context},
        {"type_vocab_size", 16, &shape->types},
        {"vocab_size", IMPORT_TOKENS_MAX, &shape->vocabulary},
    };
    Str type = json_str(json_get(config, "model_type"));
    if (!str_eq_c(type, "bert")) {
        return err_set(err, E_UNSUPPORTED, "config.json: model_type \"%.*s\"; only \"bert\" is"
                       " imported", (int)(type.n > 40 ? 40 : type.n), type.p);
    }
    Str act = json_str(json_get(config, "hidden_act"));
    if (act.n && !str_eq_c(act, "gelu")) {
        return err_set(err, E_UNSUPPORTED, "config.json: hidden_act is not gelu");
    }
    Str position = json_str(json_get(config, "position_embedding_type"));
    if (position.n && !str_eq_c(position, "absolute")) {
        return err_set(err, E_UNSUPPORTED, "config.json: position_embedding_type is not absolute");
    }
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        Status status = json_int(config, rows[i].key, 1, rows[i].max, rows[i].to, err);
        if (status != OK) return err_prefix(err, status, "config.json");
    }
    shape->epsilon = json_real(json_get(config, "layer_norm_eps"), 1e-12);
    return OK;
}

static Status read_config(Str text, BertShape *shape, Err *err) {
    Json *config = NULL;
    TRY(json_text(text, "config.json", &config, err));
    Status status = shape_from(config, shape, err);
    json_free(config);
    return status;
}

/* Mean where nobody says; both or neither is E_UNSUPPORTED, since we have one of them at a time. */
static Status read_pooling(Str text, int64_t *pooling, Err *err) {
    Json *root = NULL;
    *pooling = 1;
    if (!text.n) return OK;
    TRY(json_text(text, "1_Pooling/config.json", &root, err));
    bool cls = json_bool(json_get(root, "pooling_mode_cls_token"), false);
    bool mean = json_bool(json_get(root, "pooling_mode_mean_tokens"), false);
    json_free(root);
    if (cls == mean) return err_set(err, E_UNSUPPORTED, "pooling is neither mean nor cls alone");
    *pooling = cls ? 2 : 1;
    return OK;
}

/* ---- vocabulary -------------------------------------------------------------------------- */

typedef struct Tokens {
    Str *text;
    int32_t *type;
    size_t n, lines; /* rows of the embedding table; lines of vocab.txt */
    Buf names;       /* the rewritten tokens, back to back */
} Tokens;

/* A token that BERT itself uses, the key of its number, and whether a model can do without. */
typedef struct Special {
    const char *text, *key;
    bool needed;
} Special;

static const Special specials[] = {
    {"[CLS]", "tokenizer.ggml.bos_token_id", true},
    {"[SEP]", "tokenizer.ggml.eos_token_id", true},
    {"[SEP]", "tokenizer.ggml.seperator_token_id", true}, /* GGUF's own spelling */
    {"[UNK]", "tokenizer.ggml.unknown_token_id", true},
    {"[PAD]", "tokenizer.ggml.padding_token_id", true},
    {"[MASK]", "tokenizer.ggml.mask_token_id", false},
};

static bool is_special(Str line) {
    for (size_t i = 0; i < ARRAY_LEN(specials); i++) {
        if (str_eq_c(line, specials[i].text)) return true;
    }
    return false;
}

static Str next_line(Str vocab, size_t *at) {
    Str line = str_line(vocab, at);
    if (line.n && line.p[line.n - 1] == '\r') line.n--;
    return line;
}

/* A line of vocab.txt as GGUF spells it. */
static void add_token(Tokens *t, size_t i, Str line, size_t *begin) {
    *begin = t->names.n;
    t->type[i] = TOKEN_NORMAL;
    if (is_special(line)) {
        t->type[i] = TOKEN_CONTROL;
        buf_add_str(&t->names, line);
    } else if (str_starts(line, STR("##")) && line.n > 2) {
        buf_add_str(&t->names, str_sub(line, 2, line.n));
    } else {
        buf_add_c(&t->names, "\xe2\x96\x81"); /* U+2581: here begins a word */
        buf_add_str(&t->names, line);
    }
}

/* Exactly n tokens: fewer lines are filled up, more are E_CORRUPT. Views are made at the end, when
   the buffer no longer moves. */
static Status tokens_read(Str vocab, Tokens *t, Err *err) {
    size_t *begin = mem_alloc_n(t->n + 1, sizeof *begin);
    if (!begin) return err_no_memory(err, "a vocabulary");
    size_t i = 0, at = 0;
    for (; i < t->n && at < vocab.n; i++) add_token(t, i, next_line(vocab, &at), &begin[i]);
    t->lines = i;
    for (; i < t->n; i++) {
        begin[i] = t->names.n;
        t->type[i] = TOKEN_UNUSED;
        buf_printf(&t->names, "[PAD%zu]", i);
    }
    assert(i == t->n && t->lines <= t->n);
    begin[t->n] = t->names.n;
    Status status = buf_check(&t->names, "a vocabulary", err);
    if (status == OK && at < vocab.n) {
        status =
            err_set(err, E_CORRUPT, "vocab.txt has more lines than the %zu of the model", t->n);
    }
    for (i = 0; status == OK && i < t->n; i++) {
        t->text[i] = (Str){t->names.p + begin[i], begin[i + 1] - begin[i]};
    }
    mem_free(begin);
    return status;
}

/* The number of a token is its line. */
static Status write_special_ids(const Tokens *t, GgufWriter *w, Err *err) {
    for (size_t s = 0; s < ARRAY_LEN(specials); s++) {
        size_t i = 0;
        while (i < t->lines && !(t->type[i] == TOKEN_CONTROL &&
                                 str_eq_c(t->text[i], specials[s].text))) i++;
        if (i < t->lines) {
            gguf_write_int(w, specials[s].key, GGUF_U32, (int64_t)i);
        } else if (specials[s].needed) {
            return err_set(err, E_CORRUPT, "vocab.txt has no token %s", specials[s].text);
        }
    }
    return OK;
}

/* rows: of the embedding table, which may have more than vocab.txt has lines. */
static Status write_vocabulary(Str vocab, size_t rows, GgufWriter *w, Err *err) {
    Tokens t = {.text = mem_zalloc_n(rows, sizeof(Str)), .type = mem_alloc_n(rows, sizeof(int32_t)),
                .n = rows};
    assert(rows > 0 && rows <= IMPORT_TOKENS_MAX); /* shape_from */
    buf_init(&t.names, 256 << 20); /* IMPORT_TOKENS_MAX names of 128 bytes */
    Status status = t.text && t.type ? tokens_read(vocab, &t, err)
                                     : err_no_memory(err, "a vocabulary");
    if (status == OK) {
        gguf_write_str(w, "tokenizer.ggml.model", STR("bert"));
        gguf_write_str(w, "tokenizer.ggml.pre", STR("default"));
        gguf_write_str_array(w, "tokenizer.ggml.tokens", t.text, rows);
        gguf_write_array(w, "tokenizer.ggml.token_type", GGUF_I32, t.type, rows);
        status = write_special_ids(&t, w, err);
    }
    mem_free(t.text);
    mem_free(t.type);
    buf_fini(&t.names);
    return status;
}

/* Lower-casing is on unless tokenizer_config.json says otherwise, as in BertTokenizer; accents
   are stripped when not said otherwise and lower-casing is on. */
static Status write_casing(Str text, GgufWriter *w, Err *err) {
    Json *root = NULL;
    if (text.n) TRY(json_text(text, "tokenizer_config.json", &root, err));
    bool lower = json_bool(json_get(root, "do_lower_case"), true);
    bool strip = json_bool(json_get(root, "strip_accents"), lower);
    json_free(root);
    gguf_write_bool(w, "tokenizer.hearth.lowercase", lower);
    gguf_write_bool(w, "tokenizer.hearth.strip_accents", strip);
    return OK;
}

/* The longest text the model was trained on, at most its table of positions. */
static Status write_longest(Str text, int64_t context, GgufWriter *w, Err *err) {
    Json *root = NULL;
    int64_t longest = context;
    if (!text.n) return OK;
    TRY(json_text(text, "sentence_bert_config.json", &root, err));
    Status status = OK;
    const Json *value = json_get(root, "max_seq_length");
    if (json_kind(value) == JSON_INT) {
        status = json_int(root, "max_seq_length", 1, context, &longest, err);
    }
    json_free(root);
    if (status == OK) gguf_write_int(w, "hearth.embedding.max_tokens", GGUF_U32, longest);
    return status;
}

/* ---- tensors ----------------------------------------------------------------------------- */

/* The entry named prefix + name; NULL: none. */
static const Entry *entry_find(const Weights *s, const char *prefix, const char *name) {
    Str head = str_from(prefix), tail = str_from(name);
    for (size_t i = 0; i < s->n; i++) {
        Str have = s->entries[i].name;
        if (have.n == head.n + tail.n && str_starts(have, head) && str_ends(have, tail)) {
            return &s->entries[i];
        }
    }
    return NULL;
}

/* In safetensors the last dimension runs fastest, in GGUF the first. */
static Status plan_tensor(const Weights *s, ImportTensor *t, const char *name, Err *err) {
    const Entry *entry = entry_find(s, "", name);
    if (!entry) entry = entry_find(s, "bert.", name);
    if (!entry) return err_set(err, E_CORRUPT, "the safetensors file lacks %s", name);
    bool fits = entry->type >= 0 && entry->n_dims == t->n_dims;
    for (int i = 0; fits && i < t->n_dims; i++) {
        fits = entry->dims[i] == t->dims[t->n_dims - 1 - i];
    }
    if (!fits) return damaged(err, entry->name, "its shape is not the one config.json demands");
    assert(entry->begin <= entry->end && entry->end <= s->data_bytes); /* entry_read looked */
    t->type = TENSOR_F32;
    t->source = (TensorType)entry->type;
    t->data = s->data + entry->begin;
    t->bytes = (size_t)(entry->end - entry->begin);
    return OK;
}

/* What the file holds beside them is left out. */
static Status plan_all(const Weights *s, const BertShape *shape, ImportPlan *plan, Err *err) {
    char name[IMPORT_NAME_MAX];
    for (; import_plan_next(plan, shape, false, name); plan->n++) {
        TRY(plan_tensor(s, &plan->tensors[plan->n], name, err));
    }
    return OK;
}

/* All keys; the tensors follow by import_plan_write. */
static Status write_all(const ImportBert *in, const BertShape *shape, GgufWriter *w, Err *err) {
    import_shape_write(shape, w);
    TRY(write_longest(in->sentence, shape->context, w, err));
    TRY(write_casing(in->tokenizer, w, err));
    return write_vocabulary(in->vocab, (size_t)shape->vocabulary, w, err);
}

/* Small files first: they say what the large one must hold. */
Status import_bert(const ImportBert *in, GgufWriter *w, Err *err) {
    BertShape shape = {0};
    Weights weights = {0};
    ImportPlan plan = {NULL, 0};
    TRY(read_config(in->config, &shape, err));
    TRY(read_pooling(in->pooling, &shape.pooling, err));
    TRY(import_shape_check(&shape, err));
    plan.tensors = mem_zalloc_n(IMPORT_TENSORS_MAX, sizeof(ImportTensor));
    Status status = plan.tensors ? weights_read(in->weights, in->n_weights, &weights, err)
                                 : err_no_memory(err, "a list of tensors");
    if (status == OK) status = plan_all(&weights, &shape, &plan, err);
    if (status == OK) status = write_all(in, &shape, w, err);
    if (status == OK) import_plan_write(&plan, w);
    mem_free(weights.entries);
    json_free(weights.header);
    mem_free(plan.tensors);
    return status;
}
