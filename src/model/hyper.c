/*
 * The body of hyper.h: one table of keys and ranges, then the relations between the numbers.
 *
 * GGUF names hyper-parameters "ARCH.rest" with ARCH from general.architecture (the GGUF document
 * of the ggml project, "Standardized key-value pairs"). Some are optional because the format says
 * what their absence means: as many KV heads as heads, head width = n_embd / n_head, rotation over
 * the whole head, base 10000.
 *
 * The ranges are wide enough for every published model of the families in arch/ and narrow enough
 * that no product of three of them overflows 64 bits. The width of a head is narrower: kernels have
 * work memory for KERN_HEAD_DIM_MAX numbers and take them KERN_HEAD_DIM_STEP at a time, and nothing
 * behind this file looks again.
 */
#include "model/hyper.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>

#include "model/kernels/kernels.h"

typedef struct HyperInt {
    const char *key; /* behind "ARCH." */
    size_t at;       /* offset in Hyper */
    int64_t min, max, fallback;
    bool required, per_layer; /* per_layer: an array is taken where all its numbers are one */
} HyperInt;

typedef struct HyperReal {
    const char *key;
    size_t at;
    double min, max, fallback;
} HyperReal;

#define FIELD(name) offsetof(Hyper, name)

/* A row: the key behind "ARCH.", the field, the range, the value when absent, whether the key must
   be there, and whether it may be an array. Where 0 is out of the range it means "not said":
   hyper_derive fills it in. */
static const HyperInt hyper_ints[] = {
    {"block_count", FIELD(n_layer), 1, HYPER_LAYERS_MAX, 0, true, false},
    {"context_length", FIELD(n_ctx_train), 1, 1 << 24, 0, true, false},
    {"embedding_length", FIELD(n_embd), 32, 1 << 16, 0, true, false},
    {"feed_forward_length", FIELD(n_ff), 32, 1 << 18, 0, true, true},
    {"attention.head_count", FIELD(n_head), 1, HYPER_HEADS_MAX, 0, true, true},
    {"attention.head_count_kv", FIELD(n_head_kv), 1, HYPER_HEADS_MAX, 0, false, true},
    {"attention.key_length", FIELD(d_head), 8, 1024, 0, false, false},
    {"rope.dimension_count", FIELD(n_rot), 2, 1024, 0, false, false},
    {"attention.sliding_window", FIELD(window), 0, 1 << 24, 0, false, false},
    {"pooling_type", FIELD(pooling), 0, 4, 0, false, false},
};

static const HyperReal hyper_reals[] = {
    {"attention.layer_norm_rms_epsilon", FIELD(norm_eps), 0, 0.1, 0},
    {"attention.layer_norm_epsilon", FIELD(norm_eps), 0, 0.1, 0},
    {"rope.freq_base", FIELD(rope_base), 1, 1e10, 10000},
    {"rope.freq_base_swa", FIELD(rope_base_local), 1, 1e10, 10000},
    {"final_logit_softcapping", FIELD(logit_cap), 0, 1e4, 0},
};

_Static_assert(HYPER_ARCH_MAX + sizeof "attention.layer_norm_rms_epsilon" < GGUF_KEY_BYTES_MAX,
               "keys fit");
_Static_assert(HYPER_HEADS_MAX * KERN_HEAD_DIM_MAX <= KERN_COLS_MAX && 1 << 18 <= KERN_COLS_MAX,
               "inputs of products are not too wide for the kernels");

static void hyper_key(const Hyper *h, const char *rest, char out[GGUF_KEY_BYTES_MAX]) {
    (void)snprintf(out, GGUF_KEY_BYTES_MAX, "%s.%s", h->arch, rest);
}

/* Converters of families whose layers differ write an array, one number a layer, and do so too
   where all are the same. *out is untouched where the key is no array. */
static Status hyper_read_uniform(const Gguf *gguf, const char *key, const HyperInt *row,
                                 int64_t *out, Err *err) {
    GgufArray array;
    if (gguf_array(gguf, key, &array, NULL) != OK) return OK;
    int64_t first = gguf_array_int(&array, 0); /* 0: of no numbers, or empty */
    for (size_t i = 0; i < array.count; i++) {
        if (gguf_array_int(&array, i) == first) continue;
        return err_set(err, E_UNSUPPORTED, "model: %s differs from layer to layer", key);
    }
    if (first < row->min || first > row->max || first == 0) {
        return err_set(err, E_LIMIT, "model: %s holds %lld, outside %lld to %lld", key,
                       (long long)first, (long long)row->min, (long long)row->max);
    }
    *out = first;
    return OK;
}

static Status hyper_read_ints(const Gguf *gguf, Hyper *h, Err *err) {
    char key[GGUF_KEY_BYTES_MAX];
    for (size_t i = 0; i < ARRAY_LEN(hyper_ints); i++) {
        const HyperInt *row = &hyper_ints[i];
        int64_t *field = (int64_t *)((char *)h + row->at), uniform = 0;
        hyper_key(h, row->key, key);
        *field = row->fallback;
        if (row->per_layer) TRY(hyper_read_uniform(gguf, key, row, &uniform, err));
        if (uniform > 0) {
            *field = uniform;
        } else if (row->required) {
            TRY(gguf_int(gguf, key, row->min, row->max, field, err));
        } else {
            TRY(gguf_int_opt(gguf, key, row->min, row->max, field, err));
        }
    }
    return OK;
}

static Status hyper_read_reals(const Gguf *gguf, Hyper *h, Err *err) {
    char key[GGUF_KEY_BYTES_MAX];
    h->norm_eps = 0;
    for (size_t i = 0; i < ARRAY_LEN(hyper_reals); i++) {
        const HyperReal *row = &hyper_reals[i];
        double *field = (double *)((char *)h + row->at);
        hyper_key(h, row->key, key);
        if (field != &h->norm_eps) *field = row->fallback; /* two keys share norm_eps */
        TRY(gguf_real_opt(gguf, key, row->min, row->max, field, err));
    }
    if (h->norm_eps <= 0) {
        return err_set(err, E_CORRUPT, "model: %s has no epsilon for its norms", h->arch);
    }
    return OK;
}

/* Only plain and linearly stretched rotations are known here; YaRN and LongRoPE are refused. As
   llama.cpp reads it: a factor without a type is linear, files of 2023 have it under the older
   name, and 0 is no factor. */
static Status hyper_read_scaling(const Gguf *gguf, Hyper *h, Err *err) {
    char key[GGUF_KEY_BYTES_MAX];
    Str type = STR("linear");
    double factor = 0;
    hyper_key(h, "rope.scaling.type", key);
    TRY(gguf_str_opt(gguf, key, &type, err));
    hyper_key(h, "rope.scale_linear", key);
    TRY(gguf_real_opt(gguf, key, 0, 1e3, &factor, err));
    hyper_key(h, "rope.scaling.factor", key);
    TRY(gguf_real_opt(gguf, key, 0, 1e3, &factor, err));
    h->rope_scale = 1;
    if (str_eq_c(type, "none")) return OK;
    if (!str_eq_c(type, "linear")) {
        return err_set(err, E_UNSUPPORTED, "model: position scaling \"%.*s\" is not known here",
                       (int)(type.n < 32 ? type.n : 32), type.p);
    }
    if (factor > 0 && factor < 1e-3) {
        return err_set(err, E_LIMIT, "model: %s is %g, below 0.001", key, factor);
    }
    if (factor > 0) h->rope_scale = 1 / factor;
    return OK;
}

/* What absent keys mean, and the relations that later divisions and kernels trust. */
static Status hyper_derive(Hyper *h, Err *err) {
    if (h->n_head_kv == 0) h->n_head_kv = h->n_head;
    if (h->d_head == 0) {
        if (h->n_embd % h->n_head != 0) {
            return err_set(err, E_CORRUPT, "model: %lld heads do not divide a width of %lld",
                           (long long)h->n_head, (long long)h->n_embd);
        }
        h->d_head = h->n_embd / h->n_head;
    }
    if (h->n_head % h->n_head_kv != 0) {
        return err_set(err, E_CORRUPT, "model: %lld KV heads do not divide %lld heads",
                       (long long)h->n_head_kv, (long long)h->n_head);
    }
    if (h->n_rot == 0) h->n_rot = h->d_head;
    if (h->n_rot > h->d_head || h->n_rot % 2 != 0 || h->d_head % 2 != 0) {
        return err_set(err, E_CORRUPT, "model: rotation over %lld of %lld numbers of a head",
                       (long long)h->n_rot, (long long)h->d_head);
    }
    if (h->d_head % KERN_HEAD_DIM_STEP != 0 || h->d_head > KERN_HEAD_DIM_MAX) {
        return err_set(err, E_UNSUPPORTED,
                       "model: heads of %lld numbers, not a multiple of %d up to %d",
                       (long long)h->d_head, KERN_HEAD_DIM_STEP, KERN_HEAD_DIM_MAX);
    }
    return OK;
}

/* Values are as wide as keys in every family here; another width would need another kernel. */
static Status hyper_check_values(const Gguf *gguf, const Hyper *h, Err *err) {
    char key[GGUF_KEY_BYTES_MAX];
    int64_t d_value = h->d_head;
    hyper_key(h, "attention.value_length", key);
    TRY(gguf_int_opt(gguf, key, 1, 1024, &d_value, err));
    if (d_value == h->d_head) return OK;
    return err_set(err, E_UNSUPPORTED, "model: keys of %lld numbers but values of %lld",
                   (long long)h->d_head, (long long)d_value);
}

/* "sliding_window_pattern" is a period in older files and one flag per layer in newer ones. */
static Status hyper_read_pattern(const Gguf *gguf, Hyper *h, Err *err) {
    char key[GGUF_KEY_BYTES_MAX];
    GgufArray flags;
    int64_t period = 0;
    hyper_key(h, "attention.sliding_window_pattern", key);
    h->has_pattern = gguf_has(gguf, key);
    if (!h->has_pattern) return OK;
    if (gguf_array(gguf, key, &flags, NULL) != OK) {
        TRY(gguf_int(gguf, key, 1, HYPER_LAYERS_MAX, &period, err));
        hyper_set_period(h, period);
        return OK;
    }
    if (flags.count < (size_t)h->n_layer) {
        return err_set(err, E_CORRUPT, "model: %s has %zu flags for %lld layers", key, flags.count,
                       (long long)h->n_layer);
    }
    for (int64_t il = 0; il < h->n_layer; il++) {
        h->local[il] = gguf_array_int(&flags, (size_t)il) != 0;
    }
    return OK;
}

/* The vocabulary's size is that of the embedding table: rows of the one tensor that every family
   has. */
static Status hyper_read_vocab(const Gguf *gguf, Hyper *h, Err *err) {
    const GgufTensor *table = gguf_tensor(gguf, "token_embd.weight");
    if (!table) {
        (void)err_set(err, E_CORRUPT, "model: there is no tensor token_embd.weight");
        return err_hint(err, "a file with only a vocabulary can tokenize but not run");
    }
    if (table->n_dims != 2 || table->dims[1] > VOCAB_ROWS_MAX || table->dims[1] < 1) {
        return err_set(err, E_CORRUPT, "model: token_embd.weight has a senseless shape");
    }
    h->n_vocab = (int64_t)table->dims[1];
    return OK;
}

/* One file of several has only some of the tensors, and those behind the first no other keys. */
static Status hyper_check_whole(const Gguf *gguf, Err *err) {
    int64_t count = 1, no = 0;
    TRY(gguf_int_opt(gguf, "split.count", 0, UINT16_MAX, &count, err));
    TRY(gguf_int_opt(gguf, "split.no", 0, UINT16_MAX, &no, err));
    if (count <= 1) return OK;
    (void)err_set(err, E_UNSUPPORTED, "model: this is part %lld of a model split into %lld files",
                  (long long)no + 1, (long long)count);
    return err_hint(err, "join them into one: llama-gguf-split --merge FIRST-PART OUT");
}

Status hyper_read(const Gguf *gguf, Hyper *out, Err *err) {
    Str arch = {0};
    *out = (Hyper){0};
    TRY(hyper_check_whole(gguf, err));
    TRY(gguf_str(gguf, "general.architecture", &arch, err));
    if (arch.n == 0 || arch.n >= HYPER_ARCH_MAX) {
        return err_set(err, E_CORRUPT, "model: general.architecture has %zu bytes", arch.n);
    }
    memcpy(out->arch, arch.p, arch.n);
    TRY(hyper_read_ints(gguf, out, err));
    TRY(hyper_read_reals(gguf, out, err));
    TRY(hyper_read_scaling(gguf, out, err));
    TRY(hyper_derive(out, err));
    TRY(hyper_check_values(gguf, out, err));
    TRY(hyper_read_pattern(gguf, out, err));
    return hyper_read_vocab(gguf, out, err);
}

void hyper_set_period(Hyper *hyper, int64_t period) {
    assert(period >= 1 && hyper->n_layer <= HYPER_LAYERS_MAX);
    for (int64_t il = 0; il < hyper->n_layer; il++) hyper->local[il] = il % period != period - 1;
}

bool hyper_is_local(const Hyper *hyper, int il) {
    assert(0 <= il && il < hyper->n_layer);
    return hyper->window > 0 && hyper->local[il];
}
