/*
 * Typed access to the keys of a checked GGUF file.
 *
 * A key's kind is the file's choice; its meaning is the caller's. Every reader therefore names
 * what it accepts: gguf_int any integer kind (writers differ in signedness and width for the same
 * key), gguf_real any number, and both hold the value against the caller's range before handing
 * it out. NaN never passes: it compares false with everything and is refused by its own check.
 *
 * Values are read by memcpy: nothing in GGUF metadata is aligned. Little-endian hosts only, as all
 * of Hearth's targets are.
 *
 * Source: the GGUF specification (ggml, docs/gguf.md), section "Standardized key-value pairs".
 */
#include <assert.h>
#include <inttypes.h>
#include <math.h>

#include "model/file/gguf_tables.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "GGUF is read in place");

static const struct {
    const char *name;
    size_t bytes;
} kinds[GGUF_KIND_COUNT] = {
    [GGUF_U8] = {"u8", 1},   [GGUF_I8] = {"i8", 1},   [GGUF_U16] = {"u16", 2},
    [GGUF_I16] = {"i16", 2}, [GGUF_U32] = {"u32", 4}, [GGUF_I32] = {"i32", 4},
    [GGUF_F32] = {"f32", 4}, [GGUF_BOOL] = {"bool", 1}, [GGUF_STRING] = {"string", 0},
    [GGUF_ARRAY] = {"array", 0}, [GGUF_U64] = {"u64", 8}, [GGUF_I64] = {"i64", 8},
    [GGUF_F64] = {"f64", 8},
};

size_t gguf_kind_bytes(uint32_t kind) { return kind < GGUF_KIND_COUNT ? kinds[kind].bytes : 0; }

const char *gguf_kind_name(uint32_t kind) {
    return kind < GGUF_KIND_COUNT ? kinds[kind].name : "nothing known";
}

size_t gguf_key_count(const Gguf *g) { return g->n_keys; }

Str gguf_key_at(const Gguf *g, size_t i, GgufKind *kind) {
    if (i >= g->n_keys) return (Str){"", 0};
    if (kind) *kind = g->keys[i].kind;
    return g->keys[i].name;
}

bool gguf_has(const Gguf *g, const char *key) { return gguf_find_key(g, str_from(key)) != NULL; }

/* ---- scalars at any address -------------------------------------------------------------- */

static bool is_integer(GgufKind kind) {
    return kind <= GGUF_I32 || kind == GGUF_U64 || kind == GGUF_I64;
}

static bool is_number(GgufKind kind) {
    return is_integer(kind) || kind == GGUF_F32 || kind == GGUF_F64;
}

/* The number at any address. Bytes of narrower kinds fall on the low end of a zeroed union:
   little-endian. */
static int64_t load_int(GgufKind kind, const uint8_t *p) {
    assert(gguf_kind_bytes(kind) > 0 && gguf_kind_bytes(kind) <= sizeof(uint64_t));
    union { int8_t i8; uint16_t u16; int16_t i16; uint32_t u32; int32_t i32; uint64_t u64; } v;
    memset(&v, 0, sizeof v);
    memcpy(&v, p, gguf_kind_bytes(kind));
    switch (kind) {
    case GGUF_I8: return v.i8;
    case GGUF_I16: return v.i16;
    case GGUF_I32: return v.i32;
    case GGUF_I64: return (int64_t)v.u64;
    case GGUF_U64: return v.u64 > INT64_MAX ? INT64_MAX : (int64_t)v.u64;
    default: return (int64_t)v.u64; /* unsigned and narrower: the rest of v is zero */
    }
}

/* Floats as they are, whole numbers widened (beyond 2^53 rounded). */
static double load_real(GgufKind kind, const uint8_t *p) {
    if (kind == GGUF_F32) {
        float f;
        memcpy(&f, p, sizeof f);
        return (double)f;
    }
    if (kind == GGUF_F64) {
        double d;
        memcpy(&d, p, sizeof d);
        return d;
    }
    return (double)load_int(kind, p);
}

/* ---- keys -------------------------------------------------------------------------------- */

static Status find(const Gguf *g, const char *key, const GgufKey **out, Err *err) {
    *out = gguf_find_key(g, str_from(key));
    if (*out) return OK;
    return err_set(err, E_NOT_FOUND, "the model file has no key %s", key);
}

/* Names what the file has and what was wanted, with the place of the key. */
static Status wrong_kind(const Gguf *g, const GgufKey *key, const char *wanted, Err *err) {
    (void)err_set(err, E_CORRUPT, "key %.*s is of kind %s, not %s", (int)key->name.n, key->name.p,
                  gguf_kind_name(key->kind), wanted);
    if (err) err->offset = (uint64_t)(key->name.p - (const char *)g->p);
    return E_CORRUPT;
}

Status gguf_int(const Gguf *g, const char *key, int64_t min, int64_t max, int64_t *out, Err *err) {
    const GgufKey *k;
    TRY(find(g, key, &k, err));
    if (!is_integer(k->kind)) return wrong_kind(g, k, "a whole number", err);
    int64_t value = load_int(k->kind, k->value);
    if (value < min || value > max) {
        return err_set(err, E_LIMIT, "key %s is %" PRId64 ", outside %" PRId64 "..%" PRId64, key,
                       value, min, max);
    }
    *out = value;
    return OK;
}

Status gguf_real(const Gguf *g, const char *key, double min, double max, double *out, Err *err) {
    const GgufKey *k;
    TRY(find(g, key, &k, err));
    if (!is_number(k->kind)) return wrong_kind(g, k, "a number", err);
    double value = load_real(k->kind, k->value);
    if (isnan(value)) return err_set(err, E_CORRUPT, "key %s is not a number (NaN)", key);
    if (value < min || value > max) {
        return err_set(err, E_LIMIT, "key %s is %g, outside %g..%g", key, value, min, max);
    }
    *out = value;
    return OK;
}

Status gguf_bool(const Gguf *g, const char *key, bool *out, Err *err) {
    const GgufKey *k;
    TRY(find(g, key, &k, err));
    if (k->kind != GGUF_BOOL) return wrong_kind(g, k, "a boolean", err);
    *out = k->value[0] != 0;
    return OK;
}

Status gguf_str(const Gguf *g, const char *key, Str *out, Err *err) {
    const GgufKey *k;
    TRY(find(g, key, &k, err));
    if (k->kind != GGUF_STRING) return wrong_kind(g, k, "a string", err);
    *out = (Str){(const char *)k->value, k->value_bytes};
    return OK;
}

Status gguf_array(const Gguf *g, const char *key, GgufArray *out, Err *err) {
    const GgufKey *k;
    TRY(find(g, key, &k, err));
    if (k->kind != GGUF_ARRAY) return wrong_kind(g, k, "an array", err);
    *out = k->array;
    return OK;
}

Status gguf_int_opt(const Gguf *g, const char *key, int64_t min, int64_t max, int64_t *out,
                    Err *err) {
    return gguf_has(g, key) ? gguf_int(g, key, min, max, out, err) : OK;
}

Status gguf_real_opt(const Gguf *g, const char *key, double min, double max, double *out,
                     Err *err) {
    return gguf_has(g, key) ? gguf_real(g, key, min, max, out, err) : OK;
}

Status gguf_str_opt(const Gguf *g, const char *key, Str *out, Err *err) {
    return gguf_has(g, key) ? gguf_str(g, key, out, err) : OK;
}

/* ---- arrays ------------------------------------------------------------------------------ */

Str gguf_array_str(const GgufArray *array, size_t i) {
    if (array->kind != GGUF_STRING || i >= array->count) return (Str){"", 0};
    assert(array->at && array->at[i] + 8 <= array->at[i + 1]); /* index_strings */
    const char *p = (const char *)array->data + array->at[i];
    return (Str){p + 8, array->at[i + 1] - array->at[i] - 8}; /* 8: the length in the file */
}

int64_t gguf_array_int(const GgufArray *array, size_t i) {
    bool whole = is_integer(array->kind) || array->kind == GGUF_BOOL;
    if (!whole || i >= array->count) return 0;
    return load_int(array->kind, array->data + i * gguf_kind_bytes(array->kind));
}
