/*
 * From the keys of a GGUF to a VocabSpec.
 *
 * Keys (docs/gguf.md of the ggml project, section "Tokenizer"): tokenizer.ggml.model, .pre,
 * .tokens, .scores, .token_type, .merges, .precompiled_charsmap, ids of special tokens, and flags.
 * All but model and tokens may be absent. Scores are float32 (some old files have int32, which is
 * refused), types int32; both must be as long as the tokens.
 *
 * Files that hearth import wrote say more: tokenizer.hearth.charmap.{from,at,to} (u32) are the
 * replacements of single code points, tokenizer.hearth.lowercase and .strip_accents those of BERT.
 *
 * Views of tokens and merges point into the mapping, so nothing is copied but the views.
 */
#include "model/vocab_gguf.h"

#include "base/mem.h"
#include "model/file/gguf.h"

#define KEY(name) "tokenizer.ggml." name
#define OWN(name) "tokenizer.hearth." name /* what hearth import writes */

/* Views [n] of an array of texts, to be freed by the caller or given to the vocabulary. */
static Status take_strings(const Gguf *g, const char *key, size_t max, Str **out, size_t *n,
                           Err *err) {
    GgufArray array;
    TRY(gguf_array(g, key, &array, err));
    if (array.kind != GGUF_STRING) {
        return err_set(err, E_CORRUPT, "%s: not an array of texts", key);
    }
    if (array.count > max) {
        return err_set(err, E_LIMIT, "%s: %zu entries, at most %zu", key, array.count, max);
    }
    Str *views = mem_alloc_n(array.count, sizeof *views);
    if (!views) return err_no_memory(err, "a vocabulary");
    for (size_t i = 0; i < array.count; i++) views[i] = gguf_array_str(&array, i);
    *out = views;
    *n = array.count;
    return OK;
}

/* An array of 4-byte numbers, one a token; NULL when the key is absent. */
static Status take_numbers(const Gguf *g, const char *key, GgufKind kind, size_t n,
                           const uint8_t **out, Err *err) {
    *out = NULL;
    if (!gguf_has(g, key)) return OK;
    GgufArray array;
    TRY(gguf_array(g, key, &array, err));
    if (array.kind != kind || array.count < n) {
        return err_set(err, E_CORRUPT, "%s: %zu entries of kind %d for %zu tokens", key,
                       array.count, (int)array.kind, n);
    }
    *out = array.data;
    return OK;
}

/* Raw bytes; charsmap_take() checks what they say. */
static Status take_charsmap(const Gguf *g, Str *out, Err *err) {
    const char *key = KEY("precompiled_charsmap");
    if (!gguf_has(g, key)) return OK;
    GgufArray array;
    TRY(gguf_array(g, key, &array, err));
    if (array.kind != GGUF_U8 && array.kind != GGUF_I8) {
        return err_set(err, E_CORRUPT, "%s: not an array of bytes", key);
    }
    *out = (Str){(const char *)array.data, array.count};
    return OK;
}

static Status take_codes(const Gguf *g, const char *key, GgufArray *out, Err *err) {
    TRY(gguf_array(g, key, out, err));
    return out->kind == GGUF_U32 ? OK : err_set(err, E_CORRUPT, "%s: not an array of u32", key);
}

/* Three arrays that belong together; their inner order is checked by charsmap_take(). */
static Status take_code_map(const Gguf *g, VocabCodeMap *map, Err *err) {
    if (!gguf_has(g, OWN("charmap.from"))) return OK;
    GgufArray from, at, to;
    TRY(take_codes(g, OWN("charmap.from"), &from, err));
    TRY(take_codes(g, OWN("charmap.at"), &at, err));
    TRY(take_codes(g, OWN("charmap.to"), &to, err));
    if (at.count != from.count + 1) {
        return err_set(err, E_CORRUPT, "%s: %zu entries for %zu characters", OWN("charmap.at"),
                       at.count, from.count);
    }
    *map = (VocabCodeMap){from.data, at.data, to.data, from.count, to.count};
    return OK;
}

/* Ids stand as u32; a few files write "none" as 2^32 - 1 or -1. */
static Status take_id(const Gguf *g, const char *key, int32_t *out, Err *err) {
    int64_t value = VOCAB_NONE;
    TRY(gguf_int_opt(g, key, INT32_MIN, UINT32_MAX, &value, err));
    *out = value < 0 || value == UINT32_MAX ? VOCAB_NONE
           : value > INT32_MAX              ? INT32_MAX /* vocab_new will refuse it */
                                            : (int32_t)value;
    return OK;
}

/* Absent leaves VOCAB_UNSET: the custom of the kind decides. */
static Status take_flag(const Gguf *g, const char *key, int *out, Err *err) {
    if (!gguf_has(g, key)) return OK;
    bool value = false;
    TRY(gguf_bool(g, key, &value, err));
    *out = value ? VOCAB_YES : VOCAB_NO;
    return OK;
}

static Status take_ids(const Gguf *g, VocabSpec *s, Err *err) {
    TRY(take_id(g, KEY("bos_token_id"), &s->bos, err));
    TRY(take_id(g, KEY("eos_token_id"), &s->eos, err));
    TRY(take_id(g, KEY("eot_token_id"), &s->eot, err));
    TRY(take_id(g, KEY("eom_token_id"), &s->eom, err));
    TRY(take_id(g, KEY("unknown_token_id"), &s->unk, err));
    TRY(take_id(g, KEY("seperator_token_id"), &s->sep, err)); /* the format's own spelling */
    TRY(take_id(g, KEY("padding_token_id"), &s->pad, err));
    return take_id(g, KEY("mask_token_id"), &s->mask, err);
}

static Status take_flags(const Gguf *g, VocabSpec *s, Err *err) {
    TRY(take_flag(g, KEY("add_bos_token"), &s->add_bos, err));
    TRY(take_flag(g, KEY("add_eos_token"), &s->add_eos, err));
    TRY(take_flag(g, KEY("add_sep_token"), &s->add_sep, err));
    TRY(take_flag(g, KEY("add_space_prefix"), &s->add_space_prefix, err));
    TRY(take_flag(g, KEY("remove_extra_whitespaces"), &s->remove_extra_spaces, err));
    TRY(take_flag(g, KEY("escape_whitespaces"), &s->escape_spaces, err));
    TRY(take_flag(g, KEY("treat_whitespace_as_suffix"), &s->space_as_suffix, err));
    TRY(take_flag(g, KEY("normalizer.lowercase"), &s->lowercase, err));
    TRY(take_flag(g, KEY("normalizer.strip_accents"), &s->strip_accents, err));
    TRY(take_flag(g, OWN("lowercase"), &s->lowercase, err));
    return take_flag(g, OWN("strip_accents"), &s->strip_accents, err);
}

/* Views of one array of texts. */
typedef struct Views {
    const Gguf *gguf;
    const char *key;
    size_t max, n;
    Str *texts;
    Status status;
    Err err;
} Views;

/* Tokens and merges, on two threads where there are two. */
static void take_views(void *user, int thread, int n_threads) {
    Views *views = user; /* [2]: tokens, merges */
    for (int i = thread; i < 2; i += n_threads) {
        Views *v = &views[i];
        if (i == 1 && !gguf_has(v->gguf, v->key)) continue;
        v->status = take_strings(v->gguf, v->key, v->max, &v->texts, &v->n, &v->err);
    }
}

static Status take_both(Views views[2], VocabSpec *s, Err *err) {
    if (s->pool) {
        pool_run(s->pool, take_views, views);
    } else {
        take_views(views, 0, 1);
    }
    for (int i = 0; i < 2; i++) {
        if (views[i].status == OK) continue;
        if (err) *err = views[i].err;
        return views[i].status;
    }
    s->tokens = views[0].texts;
    s->n_tokens = views[0].n;
    s->merges = views[1].texts;
    s->n_merges = views[1].n;
    return OK;
}

static Status take_texts(const Gguf *g, VocabSpec *s, Views views[2], Err *err) {
    TRY(gguf_str(g, KEY("model"), &s->model, err));
    TRY(gguf_str_opt(g, KEY("pre"), &s->pre, err));
    TRY(take_both(views, s, err));
    TRY(take_numbers(g, KEY("scores"), GGUF_F32, s->n_tokens, &s->scores, err));
    TRY(take_numbers(g, KEY("token_type"), GGUF_I32, s->n_tokens, &s->types, err));
    TRY(take_charsmap(g, &s->charsmap, err));
    return take_code_map(g, &s->code_map, err);
}

Status vocab_from_gguf(const Gguf *g, Pool *pool, Vocab **out, Err *err) {
    *out = NULL;
    VocabSpec spec = vocab_spec_default();
    Views views[2] = {{.gguf = g, .key = KEY("tokens"), .max = VOCAB_TOKENS_MAX},
                      {.gguf = g, .key = KEY("merges"), .max = VOCAB_MERGES_MAX}};
    spec.pool = pool;
    spec.gives = true;
    Status status = take_texts(g, &spec, views, err);
    if (status == OK) status = take_ids(g, &spec, err);
    if (status == OK) status = take_flags(g, &spec, err);
    if (status == OK) status = vocab_new(&spec, out, err);
    if (status == OK) return OK;
    mem_free(views[0].texts);
    mem_free(views[1].texts);
    return err_prefix(err, status, "vocabulary");
}
