/*
 * The body of sample.h: birth, the end of the chain, logprobs, and the generator.
 *
 * Everything a pick needs is allocated at birth (some rows as large as the vocabulary, the history
 * of DRY); picking allocates nothing. The links of the chain are in sample_adjust.c and
 * sample_cut.c.
 *
 * The draw is by inversion: u in [0, 1) times the sum of the weights, and the first token at which
 * the running sum passes it. Draws are xoshiro256** (Blackman & Vigna 2018) seeded by SplitMix64:
 * 64 bits of seed give the same answers on every machine whose logits are the same.
 *
 * Logits that are no numbers are never picked; a row without any finite one is E_CORRUPT.
 */
#include "model/sample.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "model/sample_private.h"

enum { SAMPLE_LAST_MAX = 4096, SAMPLE_HISTORY_MAX = 32768, SAMPLE_VOCAB_MAX = 1 << 21 };

_Static_assert(SAMPLE_LAST_MAX <= UINT16_MAX && SAMPLE_HISTORY_MAX <= UINT16_MAX, "counts, marks");

/* ---- generator ------------------------------------------------------------------------------ */

void sample_rng_seed(SampleRng *rng, uint64_t seed) {
    for (int i = 0; i < 4; i++) rng->s[i] = random_next(&seed);
}

static uint64_t rotl(uint64_t x, int k) {
    return (x << k) | (x >> (64 - k));
}

uint64_t sample_rng_next(SampleRng *rng) {
    uint64_t *s = rng->s, result = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

double sample_rng_unit(SampleRng *rng) {
    return (double)(sample_rng_next(rng) >> 11) * 0x1p-53;
}

/* ---- birth ---------------------------------------------------------------------------------- */

SamplerOptions sampler_options_default(void) {
    return (SamplerOptions){.typical = 1, .top_p = 1, .repeat_penalty = 1, .repeat_last_n = 64,
                            .dry_base = 1.75f, .dry_allowed_length = 2, .dry_last_n = 4096,
                            .mirostat_tau = 5, .mirostat_eta = 0.1f};
}

/* Bounds are rounded as the options were: 1e-6 and 0.999 themselves are inside. */
static Status sampler_range(const char *name, double value, double min, double max, Err *err) {
    if (value >= (double)(float)min && value <= (double)(float)max) return OK; /* NaN fails too */
    return err_set(err, E_USAGE, "%s: %g is outside %g to %g", name, value, min, max);
}

/* Ranges as sample.h says; in two functions for their length only. */
static Status sampler_check_cuts(const SamplerOptions *o, Err *err) {
    TRY(sampler_range("temperature", o->temperature, 0, 10, err));
    TRY(sampler_range("top_k", o->top_k, 0, SAMPLE_VOCAB_MAX, err));
    TRY(sampler_range("typical", o->typical, 1e-6, 1, err));
    TRY(sampler_range("top_p", o->top_p, 1e-6, 1, err));
    TRY(sampler_range("min_p", o->min_p, 0, 0.999, err));
    TRY(sampler_range("mirostat", o->mirostat, 0, 2, err));
    TRY(sampler_range("mirostat_tau", o->mirostat_tau, 0, 100, err));
    return sampler_range("mirostat_eta", o->mirostat_eta, 0, 1, err);
}

static Status sampler_check(const SamplerOptions *o, Err *err) {
    TRY(sampler_check_cuts(o, err));
    TRY(sampler_range("repeat_penalty", o->repeat_penalty, 0.1, 10, err));
    TRY(sampler_range("frequency_penalty", o->frequency_penalty, -2, 2, err));
    TRY(sampler_range("presence_penalty", o->presence_penalty, -2, 2, err));
    TRY(sampler_range("repeat_last_n", o->repeat_last_n, 0, SAMPLE_LAST_MAX, err));
    TRY(sampler_range("dry_multiplier", o->dry_multiplier, 0, 100, err));
    TRY(sampler_range("dry_base", o->dry_base, 1, 8, err));
    TRY(sampler_range("dry_allowed_length", o->dry_allowed_length, 1, 100, err));
    return sampler_range("dry_last_n", o->dry_last_n, 0, SAMPLE_HISTORY_MAX, err);
}

static Status sampler_check_bias(int n_vocab, const SamplerOptions *o, Err *err) {
    TRY(sampler_range("logit_bias entries", (double)o->n_bias, 0, SAMPLE_BIAS_MAX, err));
    for (size_t i = 0; i < o->n_bias; i++) {
        TRY(sampler_range("logit_bias token", o->bias[i].id, 0, n_vocab - 1, err));
        TRY(sampler_range("logit_bias", (double)o->bias[i].bias, -100, 100, err));
    }
    return OK;
}

/* All memory of a sampler's life; mem_alloc_n of 0 is not NULL. */
static Status sampler_allocate(Sampler *s, Err *err) {
    size_t n = (size_t)s->n_vocab, last = (size_t)s->options.repeat_last_n;
    size_t history = s->options.dry_multiplier > 0 ? (size_t)s->options.dry_last_n : 0;
    s->items = mem_alloc_n(n, sizeof *s->items);
    s->adjusted = mem_alloc_n(n, sizeof *s->adjusted);
    s->count = mem_zalloc_n(n, sizeof *s->count);
    s->mark = mem_zalloc_n(n, sizeof *s->mark);
    s->last = mem_alloc_n(last, sizeof *s->last);
    s->history = mem_alloc_n(2 * history, sizeof *s->history);
    s->same = mem_alloc_n(history, sizeof *s->same);
    s->bias = mem_alloc_n(s->options.n_bias, sizeof *s->bias);
    bool ok = s->items && s->adjusted && s->count && s->mark && s->last && s->history && s->same &&
              s->bias;
    return ok ? OK : err_no_memory(err, "a sampler");
}

Status sampler_new(int n_vocab, const SamplerOptions *options, Sampler **out, Err *err) {
    *out = NULL;
    TRY(sampler_check(options, err));
    TRY(sampler_range("vocabulary", n_vocab, 1, SAMPLE_VOCAB_MAX, err));
    TRY(sampler_check_bias(n_vocab, options, err));
    Sampler *s = mem_zalloc(sizeof *s);
    if (!s) return err_no_memory(err, "a sampler");
    s->options = *options;
    s->n_vocab = n_vocab;
    s->surprise_max = 2 * options->mirostat_tau;
    sample_rng_seed(&s->rng, options->seed);
    Status status = sampler_allocate(s, err);
    if (status != OK) {
        sampler_free(s);
        return status;
    }
    if (options->n_bias) memcpy(s->bias, options->bias, options->n_bias * sizeof *s->bias);
    *out = s;
    return OK;
}

void sampler_free(Sampler *s) {
    if (!s) return;
    mem_free(s->items);
    mem_free(s->adjusted);
    mem_free(s->count);
    mem_free(s->mark);
    mem_free(s->last);
    mem_free(s->history);
    mem_free(s->same);
    mem_free(s->bias);
    mem_free(s);
}

/* ---- picking -------------------------------------------------------------------------------- */

int32_t sample_greatest(const float *logits, int n_vocab) {
    int32_t best = -1;
    float most = -INFINITY;
    for (int i = 0; i < n_vocab; i++) {
        if (!(logits[i] > most) || isinf(logits[i])) continue; /* no number is greater than one */
        best = i;
        most = logits[i];
    }
    return best;
}

/*
 * Links that only lower some logits: a token may then take the place of one that fell, so as many
 * more are needed as can fall. What raises a logit may raise any. A penalty below one, or a
 * negative one, raises; a repetition penalty above one lowers on either side of zero.
 */
static int sampler_fallen(const Sampler *s) {
    const SamplerOptions *o = &s->options;
    bool penalises = o->repeat_last_n > 0 && (o->repeat_penalty != 1 || o->frequency_penalty != 0 ||
                                              o->presence_penalty != 0);
    int n = (int)o->n_bias + (penalises ? o->repeat_last_n : 0);
    return n + (o->dry_multiplier > 0 ? o->dry_last_n : 0);
}

static bool sampler_raises(const Sampler *s) {
    const SamplerOptions *o = &s->options;
    for (size_t i = 0; i < o->n_bias; i++) {
        if (s->bias[i].bias > 0) return true;
    }
    return o->repeat_penalty < 1 || o->frequency_penalty < 0 || o->presence_penalty < 0;
}

int sampler_best_needed(const Sampler *s) {
    const SamplerOptions *o = &s->options;
    int draws = o->temperature == 0 ? 1 : o->mirostat ? 0 : o->top_k;
    _Static_assert((int64_t)SAMPLE_VOCAB_MAX + SAMPLE_BIAS_MAX + SAMPLE_LAST_MAX +
                       SAMPLE_HISTORY_MAX < INT32_MAX, "the sum below");
    return draws == 0 || sampler_raises(s) ? 0 : draws + sampler_fallen(s);
}

/* The token at which the running sum passes u * sum. The last one catches what rounding leaves. */
static Candidate sampler_draw(Sampler *s, const SampleSet *set) {
    assert(0 <= set->from && set->from < set->to && set->to <= s->n_vocab && set->sum > 0);
    double u = sample_rng_unit(&s->rng) * set->sum, running = 0;
    for (int i = set->from; i < set->to; i++) {
        running += (double)s->items[i].logit;
        if (u < running) return s->items[i];
    }
    return s->items[set->to - 1];
}

/* What every pick begins with: the chain's changes, and the greatest logit. */
static Status sampler_begin(Sampler *s, const float **logits, int32_t *best, Err *err) {
    *logits = sampler_adjust(s, *logits);
    *best = sample_greatest(*logits, s->n_vocab);
    return *best >= 0 ? OK : err_set(err, E_CORRUPT, "the model's logits are not numbers");
}

Status sampler_pick(Sampler *s, const float *logits, int32_t *token, Err *err) {
    int32_t best = -1;
    TRY(sampler_begin(s, &logits, &best, err));
    *token = best;
    if (s->options.temperature > 0) {
        SampleSet set = sampler_cut(s, logits, logits[best]);
        Candidate drawn = sampler_draw(s, &set);
        sampler_learn(s, &set, drawn);
        *token = drawn.id;
    }
    assert(0 <= *token && *token < s->n_vocab);
    sampler_accept(s, *token);
    return OK;
}

Status sampler_distribution(Sampler *s, const float *logits, double *p, Err *err) {
    int32_t best = -1;
    TRY(sampler_begin(s, &logits, &best, err));
    memset(p, 0, (size_t)s->n_vocab * sizeof *p);
    if (s->options.temperature == 0) {
        p[best] = 1;
        return OK;
    }
    SampleSet set = sampler_cut(s, logits, logits[best]);
    for (int i = set.from; i < set.to; i++) {
        p[s->items[i].id] = (double)s->items[i].logit / set.sum;
    }
    return OK;
}

/* ---- logprobs ------------------------------------------------------------------------------- */

/* Keeps the n best seen so far in order. */
static void logprobs_insert(SampleLogprob *best, int *n, int most, SampleLogprob item) {
    int at = *n;
    while (at > 0 && item.logprob > best[at - 1].logprob) at--;
    if (at >= most) return;
    if (*n < most) (*n)++;
    for (int i = *n - 1; i > at; i--) best[i] = best[i - 1];
    best[at] = item;
}

void sample_logprobs(const float *logits, int n_vocab, int32_t picked, int n_top,
                     SampleLogprob *out) {
    assert(0 <= n_top && n_top <= SAMPLE_LOGPROBS_MAX && 0 <= picked && picked < n_vocab);
    int n = 0;
    double sum = 0;
    int32_t best = sample_greatest(logits, n_vocab);
    float max = best >= 0 ? logits[best] : 0;
    for (int i = 0; i < n_vocab; i++) {
        if (!isfinite(logits[i])) continue;
        sum += (double)expf(logits[i] - max);
        logprobs_insert(out + 1, &n, n_top, (SampleLogprob){i, logits[i]});
    }
    float total = max + (float)log(sum);
    out[0] = (SampleLogprob){picked, logits[picked] - total};
    for (int i = 1; i <= n_top; i++) {
        if (i <= n) out[i].logprob -= total;
        else out[i] = (SampleLogprob){-1, -INFINITY};
    }
}
