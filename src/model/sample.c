/*
 * The body of sample.h.
 *
 * One row of candidates (id, logit) as large as the vocabulary is allocated at birth; picking
 * allocates nothing.
 *
 * Penalties, over the last repeat_last_n accepted tokens, each distinct token once:
 *     repetition  logit > 0 ? logit / p : logit * p        (Keskar et al. 2019, CTRL, 4.1)
 *     frequency   logit -= f * count,  presence  logit -= f   (as OpenAI's API defines them)
 *
 * With temperature > 0: the top_k greatest logits are found with a heap of size k (k = all when
 * off) and sorted; p_i = exp((l_i - l_max) / temperature) / sum. top_p keeps the shortest prefix
 * whose probability reaches it (Holtzman et al. 2020), min_p drops what is less likely than
 * min_p * p_max (Nguyen et al. 2024). Then one draw u in [0,1) by inversion of the running sum.
 * When everything is kept there is nothing to sort: one pass for the sum, one for the draw.
 *
 * Draws are xoshiro256** (Blackman & Vigna 2018) seeded by SplitMix64: 64 bits of seed give the
 * same answers on every machine whose logits are the same.
 */
#include "model/sample.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

enum { SAMPLE_LAST_MAX = 4096, SAMPLE_VOCAB_MAX = 1 << 21 };

typedef struct Candidate {
    float logit; /* later: probability, not divided by the sum */
    int32_t id;
} Candidate;

struct Sampler {
    SamplerOptions options;
    SampleRng rng;
    int n_vocab;
    Candidate *items; /* [n_vocab] */
    float *adjusted;  /* [n_vocab] logits after penalties */
    int32_t *last;    /* [repeat_last_n] ring of accepted tokens */
    int n_last, next;
    uint16_t *count;  /* [n_vocab] how often a token stands in the ring */
};

/* ---- generator ------------------------------------------------------------------------------ */

void sample_rng_seed(SampleRng *rng, uint64_t seed) {
    for (int i = 0; i < 4; i++) {
        seed += UINT64_C(0x9E3779B97F4A7C15);
        uint64_t z = seed;
        z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
        rng->s[i] = z ^ (z >> 31);
    }
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
    return (SamplerOptions){.top_p = 1, .repeat_penalty = 1, .repeat_last_n = 64};
}

static Status sampler_range(const char *name, double value, double min, double max, Err *err) {
    if (value >= min && value <= max) return OK; /* NaN fails too */
    return err_set(err, E_USAGE, "%s: %g is outside %g to %g", name, value, min, max);
}

static Status sampler_check(const SamplerOptions *o, Err *err) {
    TRY(sampler_range("temperature", o->temperature, 0, 10, err));
    TRY(sampler_range("top_k", o->top_k, 0, SAMPLE_VOCAB_MAX, err));
    TRY(sampler_range("top_p", o->top_p, 1e-6, 1, err));
    TRY(sampler_range("min_p", o->min_p, 0, 0.999, err));
    TRY(sampler_range("repeat_penalty", o->repeat_penalty, 0.1, 10, err));
    TRY(sampler_range("frequency_penalty", o->frequency_penalty, -2, 2, err));
    TRY(sampler_range("presence_penalty", o->presence_penalty, -2, 2, err));
    return sampler_range("repeat_last_n", o->repeat_last_n, 0, SAMPLE_LAST_MAX, err);
}

Status sampler_new(int n_vocab, const SamplerOptions *options, Sampler **out, Err *err) {
    *out = NULL;
    TRY(sampler_check(options, err));
    TRY(sampler_range("vocabulary", n_vocab, 1, SAMPLE_VOCAB_MAX, err));
    Sampler *s = mem_zalloc(sizeof *s);
    if (!s) return err_no_memory(err, "a sampler");
    s->options = *options;
    s->n_vocab = n_vocab;
    sample_rng_seed(&s->rng, options->seed);
    s->items = mem_alloc_n((size_t)n_vocab, sizeof *s->items);
    s->adjusted = mem_alloc_n((size_t)n_vocab, sizeof *s->adjusted);
    s->count = mem_zalloc_n((size_t)n_vocab, sizeof *s->count);
    s->last = mem_alloc_n((size_t)options->repeat_last_n, sizeof *s->last);
    if (!s->items || !s->adjusted || !s->count || !s->last) {
        sampler_free(s);
        return err_no_memory(err, "a sampler");
    }
    *out = s;
    return OK;
}

void sampler_free(Sampler *s) {
    if (!s) return;
    mem_free(s->items);
    mem_free(s->adjusted);
    mem_free(s->count);
    mem_free(s->last);
    mem_free(s);
}

/* ---- penalties ------------------------------------------------------------------------------ */

void sampler_accept(Sampler *s, int32_t token) {
    int max = s->options.repeat_last_n;
    if (max == 0 || token < 0 || token >= s->n_vocab) return;
    if (s->n_last == max) {
        s->count[s->last[s->next]]--;
    } else {
        s->n_last++;
    }
    s->last[s->next] = token;
    s->count[token]++;
    s->next = (s->next + 1) % max;
}

static bool sampler_penalises(const Sampler *s) {
    const SamplerOptions *o = &s->options;
    return s->n_last > 0 && (o->repeat_penalty != 1 || o->frequency_penalty != 0 ||
                             o->presence_penalty != 0);
}

static const float *sampler_adjust(Sampler *s, const float *logits) {
    const SamplerOptions *o = &s->options;
    if (!sampler_penalises(s)) return logits;
    memcpy(s->adjusted, logits, (size_t)s->n_vocab * sizeof *logits);
    for (int i = 0; i < s->n_last; i++) {
        int32_t id = s->last[i];
        float l = logits[id]; /* from the original: each token is penalised once */
        l = l > 0 ? l / o->repeat_penalty : l * o->repeat_penalty;
        s->adjusted[id] = l - o->frequency_penalty * (float)s->count[id] - o->presence_penalty;
    }
    return s->adjusted;
}

/* ---- picking -------------------------------------------------------------------------------- */

/* The greatest logit, lowest id on a tie; -1 when none is finite. */
static int32_t sampler_best(const float *logits, int n) {
    int32_t best = -1;
    for (int i = 0; i < n; i++) {
        if (isfinite(logits[i]) && (best < 0 || logits[i] > logits[best])) best = i;
    }
    return best;
}

/* Order: greater logit first, lower id on a tie. */
static bool before(Candidate a, Candidate b) {
    return a.logit > b.logit || (a.logit == b.logit && a.id < b.id);
}

/* Restores the heap below `at`; the root is the candidate that comes last in order. */
static void heap_down(Candidate *heap, int n, int at) {
    for (;;) {
        int child = 2 * at + 1;
        if (child >= n) return;
        if (child + 1 < n && before(heap[child], heap[child + 1])) child++;
        if (!before(heap[at], heap[child])) return;
        Candidate swap = heap[at];
        heap[at] = heap[child];
        heap[child] = swap;
        at = child;
    }
}

/* items[0..k) become the k first in order, sorted. Returns how many there are. */
static int sampler_top(Sampler *s, const float *logits, int k) {
    int n = 0;
    Candidate *heap = s->items;
    for (int i = 0; i < s->n_vocab; i++) {
        Candidate c = {logits[i], i};
        if (!isfinite(c.logit)) continue;
        if (n < k) {
            heap[n++] = c;
            for (int at = n == k ? k / 2 - 1 : -1; at >= 0; at--) heap_down(heap, n, at);
        } else if (before(c, heap[0])) {
            heap[0] = c;
            heap_down(heap, n, 0);
        }
    }
    if (n < k) {
        for (int at = n / 2 - 1; at >= 0; at--) heap_down(heap, n, at);
    }
    for (int end = n - 1; end > 0; end--) {
        Candidate last = heap[0];
        heap[0] = heap[end];
        heap[end] = last;
        heap_down(heap, end, 0);
    }
    return n;
}

/* Turns logits into weights exp((l - max)/T), cuts by min_p and top_p; returns what is left. */
static int sampler_cut(Sampler *s, int n, double *sum) {
    const SamplerOptions *o = &s->options;
    Candidate *items = s->items;
    float max = items[0].logit;
    double total = 0, running = 0;
    for (int i = 0; i < n; i++) {
        items[i].logit = expf((items[i].logit - max) / o->temperature);
        if (items[i].logit < o->min_p) n = i; /* sorted: the rest is smaller still */
        else total += items[i].logit;
    }
    for (int i = 0; i < n; i++) {
        running += items[i].logit;
        if (running >= o->top_p * total && o->top_p < 1) n = i + 1;
    }
    *sum = running;
    return n;
}

static int32_t sampler_draw(Sampler *s, int n, double sum) {
    double u = sample_rng_unit(&s->rng) * sum, running = 0;
    for (int i = 0; i < n; i++) {
        running += s->items[i].logit;
        if (u < running) return s->items[i].id;
    }
    return s->items[n - 1].id;
}

/* Nothing to cut: weights in order of id. */
static int32_t sampler_draw_all(Sampler *s, const float *logits, float max) {
    double sum = 0;
    int n = 0;
    for (int i = 0; i < s->n_vocab; i++) {
        if (!isfinite(logits[i])) continue;
        s->items[n] = (Candidate){expf((logits[i] - max) / s->options.temperature), i};
        sum += s->items[n++].logit;
    }
    return sampler_draw(s, n, sum);
}

Status sampler_pick(Sampler *s, const float *logits, int32_t *token, Err *err) {
    const SamplerOptions *o = &s->options;
    logits = sampler_adjust(s, logits);
    int32_t best = sampler_best(logits, s->n_vocab);
    if (best < 0) return err_set(err, E_CORRUPT, "the model's logits are not numbers");
    bool cuts = (o->top_k > 0 && o->top_k < s->n_vocab) || o->top_p < 1 || o->min_p > 0;
    if (o->temperature == 0) {
        *token = best;
    } else if (!cuts) {
        *token = sampler_draw_all(s, logits, logits[best]);
    } else {
        double sum = 0;
        int n = sampler_top(s, logits, o->top_k > 0 ? o->top_k : s->n_vocab);
        n = sampler_cut(s, n, &sum);
        *token = sampler_draw(s, n, sum);
    }
    sampler_accept(s, *token);
    return OK;
}
