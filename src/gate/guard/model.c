/*
 * A linear model's bytes. Little-endian:
 *
 *     0  magic "HGUARD1\n"      16  bits of the table     24  step, float
 *     8  version                20  bias, float           28  grams: 0 Han, 1 words
 *    12  length of all          32  check: 64 bits over bytes [8, 32) and [40, n)
 *    40  weights, one signed byte each, 1 << bits of them
 *
 * A model is refused when a field is out of bounds, a float is not finite or the check is wrong.
 * Those that ship lie beside this file (KIND.model, put in by built_in.S.in); doc/decisions/0015
 * says of what they are made.
 */
#include <assert.h>
#include <math.h>

#include "base/hash.h"
#include "gate/guard/impl.h"

enum { SEED = 0x47 };

extern const char injection_model_begin[], injection_model_end[];
extern const char offensive_model_begin[], offensive_model_end[];
extern const char unsafe_model_begin[], unsafe_model_end[];
extern const char injection_head_begin[], injection_head_end[];
extern const char unsafe_head_begin[], unsafe_head_end[];
extern const char unsafe_probe_begin[], unsafe_probe_end[];

static Str between(const char *begin, const char *end) {
    assert(begin <= end);
    return (Str){begin, (size_t)(end - begin)};
}

/* What built_in.S.in puts into the program; a kind without a file has an empty text. */
GuardModels guard_models_built_in(void) {
    GuardModels models = {0};
    models.bytes[GUARD_INJECTION] = between(injection_model_begin, injection_model_end);
    models.bytes[GUARD_OFFENSIVE] = between(offensive_model_begin, offensive_model_end);
    models.bytes[GUARD_UNSAFE] = between(unsafe_model_begin, unsafe_model_end);
    models.heads[GUARD_INJECTION] = between(injection_head_begin, injection_head_end);
    models.heads[GUARD_UNSAFE] = between(unsafe_head_begin, unsafe_head_end);
    models.probes[GUARD_UNSAFE] = between(unsafe_probe_begin, unsafe_probe_end);
    return models;
}

uint64_t guard_file_sum(Str bytes, size_t header, uint64_t seed) {
    assert(header >= 16 && bytes.n >= header); /* a reader has read the header */
    uint64_t fields = hash_check64(bytes.p + 8, header - 16, seed);
    return hash_check64(bytes.p + header, bytes.n - header, fields);
}

uint64_t linear_sum(Str bytes) { return guard_file_sum(bytes, MODEL_HEADER, SEED); }

/* The weights stay where they are: `bytes` must outlive the model. */
Status linear_read(Str bytes, LinearModel *out, Err *err) {
    Reader r = reader_init(bytes.p, bytes.n);
    const uint8_t *magic = reader_bytes(&r, 8);
    if (!magic || memcmp(magic, MODEL_MAGIC, 8) != 0) {
        return err_set(err, E_CORRUPT, "this is no model of the guards");
    }
    uint32_t version = reader_u32(&r), length = reader_u32(&r);
    if (!r.bad && version != MODEL_VERSION) {
        return err_set(err, E_UNSUPPORTED, "version %u of a guard's model is unknown", version);
    }
    *out = (LinearModel){.bits = reader_u32(&r)};
    out->bias = reader_f32(&r);
    out->step = reader_f32(&r);
    uint32_t grams = reader_u32(&r);
    uint64_t check = reader_u64(&r);
    bool good = !r.bad && grams < GRAMS_KINDS && length == bytes.n && out->bits >= MODEL_BITS_MIN &&
                out->bits <= MODEL_BITS_MAX && bytes.n == MODEL_HEADER + (1ull << out->bits) &&
                isfinite(out->bias) && isfinite(out->step) && fabsf(out->bias) <= 100 &&
                out->step > 0 && out->step <= 100 && check == linear_sum(bytes);
    if (!good) return err_set(err, E_CORRUPT, "a guard's model is damaged");
    out->grams = (Grams)grams;
    out->weight = (const int8_t *)bytes.p + MODEL_HEADER;
    return OK;
}
