/*
 * The links of the sampler's chain that leave tokens out, at a temperature above 0.
 *
 * Weights are w_i = exp((l_i - l_max) / T), p_i = w_i / sum. In this order:
 *
 *   top-k     the k greatest logits (a heap of size k)
 *   typical   the tokens whose surprise -ln p is nearest to the expected one, H = -sum p ln p,
 *             until they hold the wanted mass (Meister et al. 2023, "Locally typical
 *             sampling"). In order of probability they are one stretch around exp(-H), which
 *             grows to its nearer side.
 *   top-p     of what is left, the shortest beginning whose mass reaches p (Holtzman et al. 2020)
 *   min-p     of what is left, what has at least min_p times the weight of the first (Nguyen et al.
 *             2024)
 *
 * or mirostat (Basu et al. 2021), which steers the surprise of the drawn tokens, in bits, to tau by
 * a ceiling mu on it: mu starts at 2 tau and moves by eta * (surprise - tau) against the error. The
 * surprise is that of the model's distribution at the temperature; llama.cpp takes it after the
 * cut, where it comes out lower.
 *   version 1   estimates from the 100 most probable tokens the exponent s of a Zipf law (least
 *               squares of ln(p_i / p_i+1) on ln((i+1) / i)), and cuts to the k tokens whose
 *               cross-entropy under this law is mu
 *   version 2   leaves out what is more surprising than mu
 *
 * All links but mirostat 2 look at tokens in order of probability. Sorting a vocabulary costs more
 * than computing its logits does on some models, so the 256 most probable ones are sorted first,
 * and eight times as many when a cut turns out to lie beyond; the sums over all tokens that typical
 * and top-p need take one pass without order.
 */
#include <assert.h>
#include <math.h>

#include "model/sample_private.h"

enum { SORT_FIRST = 256, SORT_MORE = 8, MIROSTAT_TOP = 100 };

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
    assert(k > 0);
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

/* ---- weights --------------------------------------------------------------------------------- */

/* What is known about all tokens that compete. */
typedef struct Crowd {
    double total;   /* of the weights */
    double entropy; /* of the distribution, in nats */
} Crowd;

typedef struct CrowdSum {
    double w, wx;
} CrowdSum;

/* x: ln of the weight. A weight of 0 adds nothing to the entropy (w ln w -> 0), where x would be
   -inf. */
static void crowd_add(CrowdSum *sum, float weight, double x) {
    sum->w += (double)weight;
    if (weight > 0) sum->wx += (double)weight * x;
}

static Crowd crowd_of(CrowdSum sum) {
    assert(sum.w > 0); /* the most probable token weighs 1 */
    return (Crowd){sum.w, log(sum.w) - sum.wx / sum.w}; /* -ln p = ln total - x */
}

/* e^((l - max) / T): 1 for the greatest, so that nothing overflows. */
static float weight_of(const Sampler *s, float logit, float max) {
    return expf((logit - max) / s->options.temperature);
}

/* Sum of weights and entropy over all finite logits, in one pass without order. */
static Crowd sampler_crowd(const Sampler *s, const float *logits, float max) {
    CrowdSum sum = {0, 0};
    for (int i = 0; i < s->n_vocab; i++) {
        if (!isfinite(logits[i])) continue;
        double x = (double)(logits[i] - max) / (double)s->options.temperature;
        crowd_add(&sum, weight_of(s, logits[i], max), x);
    }
    return crowd_of(sum);
}

/* Logits of items[0..n) become weights; the crowd is they themselves. */
static Crowd sampler_weigh(Sampler *s, int n, float max) {
    CrowdSum sum = {0, 0};
    for (int i = 0; i < n; i++) {
        double x = (double)(s->items[i].logit - max) / (double)s->options.temperature;
        s->items[i].logit = weight_of(s, s->items[i].logit, max);
        crowd_add(&sum, s->items[i].logit, x);
    }
    return crowd_of(sum);
}

/* Nothing to cut: weights in order of id. */
static SampleSet sampler_all(Sampler *s, const float *logits, float max) {
    SampleSet set = {0, 0, 0, 0};
    for (int i = 0; i < s->n_vocab; i++) {
        if (!isfinite(logits[i])) continue;
        s->items[set.to] = (Candidate){weight_of(s, logits[i], max), i};
        set.sum += (double)s->items[set.to++].logit;
    }
    set.total = set.sum;
    return set;
}

/* ---- cuts ------------------------------------------------------------------------------------ */

/* A stretch of the sorted candidates. open: those behind n belong to it too, unless it is cut. */
typedef struct Stretch {
    int from, to, n;
    bool open;
} Stretch;

static double surprise_at(const Sampler *s, const Crowd *crowd, int i) {
    return log(crowd->total / (double)s->items[i].logit);
}

/* Is the surprise left of `left` nearer to the expected one than that at `right`? */
static bool typical_is_left(const Sampler *s, const Crowd *crowd, int left, int right) {
    return crowd->entropy - surprise_at(s, crowd, left - 1) <=
           surprise_at(s, crowd, right) - crowd->entropy;
}

/* false: the answer lies beyond the candidates that are sorted. */
static bool cut_typical(const Sampler *s, const Crowd *crowd, Stretch *st) {
    int left = 0, right;
    double mass = 0, want = (double)s->options.typical * crowd->total;
    while (left < st->n && surprise_at(s, crowd, left) < crowd->entropy) left++;
    right = left;
    while (mass < want) {
        if (right == st->n && st->open) return false;
        if (right == st->n && left == 0) break; /* rounding: all of them hold a little less */
        bool leftward = left > 0 && (right == st->n || typical_is_left(s, crowd, left, right));
        mass += (double)s->items[leftward ? --left : right++].logit;
    }
    *st = (Stretch){left, right, st->n, false};
    assert(left < right && right <= st->n);
    return true;
}

/* The first candidates whose mass reaches p of what is left. false: not within those that are
   sorted. */
static bool cut_top_p(const Sampler *s, const Crowd *crowd, Stretch *st) {
    double running = 0, total = st->open ? crowd->total : 0;
    for (int i = st->from; i < st->to && !st->open; i++) total += (double)s->items[i].logit;
    for (int i = st->from; i < st->to; i++) {
        running += (double)s->items[i].logit;
        if (running < (double)s->options.top_p * total) continue;
        st->to = i + 1;
        st->open = false;
        return true;
    }
    return !st->open;
}

/* Looks from the end: weights descend. false: the last sorted one still counts. */
static bool cut_min_p(const Sampler *s, Stretch *st) {
    assert(st->from < st->to && st->to <= st->n);
    float least = s->options.min_p * s->items[st->from].logit;
    int to = st->to;
    while (to > st->from + 1 && s->items[to - 1].logit < least) to--;
    if (to == st->to) return !st->open;
    st->to = to;
    st->open = false;
    return true;
}

/* Is there any link that leaves tokens out? */
static bool sampler_cuts(const Sampler *s) {
    const SamplerOptions *o = &s->options;
    return (o->top_k > 0 && o->top_k < s->n_vocab) || o->typical < 1 || o->top_p < 1 ||
           o->min_p > 0;
}

/* The chain over the k most probable tokens; false: more of them must be sorted. */
static bool sampler_try(Sampler *s, const float *logits, float max, int k, SampleSet *set) {
    const SamplerOptions *o = &s->options;
    int n = sampler_top(s, logits, k);
    assert(0 < n && n <= k && k <= s->n_vocab);
    bool whole = n < k || n == s->n_vocab || n == o->top_k;
    Crowd crowd = sampler_weigh(s, n, max);
    Stretch st = {0, n, n, !whole};
    if (!whole && (o->typical < 1 || o->top_p < 1)) crowd = sampler_crowd(s, logits, max);
    if (o->typical < 1 && !cut_typical(s, &crowd, &st)) return false;
    if (o->top_p < 1 && !cut_top_p(s, &crowd, &st)) return false;
    if (o->min_p > 0 && !cut_min_p(s, &st)) return false;
    assert(st.from < st.to && !st.open); /* somebody is left, and known to be all */
    *set = (SampleSet){st.from, st.to, 0, crowd.total};
    for (int i = st.from; i < st.to; i++) set->sum += (double)s->items[i].logit;
    return true;
}

/* ---- mirostat -------------------------------------------------------------------------------- */

/* items[0..n) sorted weights: the exponent of the Zipf law that they follow. */
static double mirostat_exponent(const Sampler *s, int n) {
    double tb = 0, tt = 0;
    for (int i = 0; i + 1 < n && i + 1 < MIROSTAT_TOP && s->items[i + 1].logit > 0; i++) {
        double t = log((i + 2.0) / (i + 1.0));
        tb += t * log((double)s->items[i].logit / (double)s->items[i + 1].logit);
        tt += t * t;
    }
    return tt > 0 && tb > 0.01 * tt ? tb / tt : 0.01;
}

/* How many of the most probable tokens have a cross-entropy of mu. */
static int mirostat_k(const Sampler *s, double exponent) {
    double e = exponent - 1;
    if (fabs(e) < 1e-6) e = 1e-6; /* the limit of the formula, near enough */
    double k = pow(e * exp2((double)s->surprise_max) / (1 - pow(s->n_vocab, -e)), 1 / exponent);
    return k >= 1 && k < s->n_vocab ? (int)k : k >= 1 ? s->n_vocab : 1;
}

/* Estimates from the most probable tokens, then sorts as many as the estimate says. */
static SampleSet sampler_mirostat_1(Sampler *s, const float *logits, float max) {
    Crowd crowd = sampler_crowd(s, logits, max);
    int n = sampler_top(s, logits, MIROSTAT_TOP);
    (void)sampler_weigh(s, n, max);
    int k = mirostat_k(s, mirostat_exponent(s, n));
    if (k > n) {
        n = sampler_top(s, logits, k);
        (void)sampler_weigh(s, n, max);
    }
    SampleSet set = {0, k < n ? k : n, 0, crowd.total};
    assert(set.to >= 1); /* the greatest logit is finite, and k at least 1 */
    for (int i = 0; i < set.to; i++) set.sum += (double)s->items[i].logit;
    return set;
}

static SampleSet sampler_mirostat_2(Sampler *s, const float *logits, float max) {
    SampleSet all = sampler_all(s, logits, max), set = {0, 0, 0, all.total};
    double least = all.total * exp2(-(double)s->surprise_max);
    for (int i = 0; i < all.to; i++) {
        /* the greatest weight is 1: it always stays */
        if ((double)s->items[i].logit < least && s->items[i].logit < 1) continue;
        s->items[set.to] = s->items[i];
        set.sum += (double)s->items[set.to++].logit;
    }
    return set;
}

void sampler_learn(Sampler *s, const SampleSet *set, Candidate drawn) {
    if (!s->options.mirostat) return;
    double surprise = log2(set->total / (double)drawn.logit);
    double error = surprise - (double)s->options.mirostat_tau;
    s->surprise_max -= s->options.mirostat_eta * (float)error;
}

SampleSet sampler_cut(Sampler *s, const float *logits, float max) {
    assert(s->options.temperature > 0 && isfinite(max)); /* greedy picks end before */
    SampleSet set = {0, 0, 0, 0};
    if (s->options.mirostat == 1) return sampler_mirostat_1(s, logits, max);
    if (s->options.mirostat == 2) return sampler_mirostat_2(s, logits, max);
    if (!sampler_cuts(s)) return sampler_all(s, logits, max);
    int most = s->options.top_k > 0 ? s->options.top_k : s->n_vocab;
    if (most > s->n_vocab) most = s->n_vocab;
    bool by_parts = s->options.top_k == 0;
    int k = by_parts && SORT_FIRST < most ? SORT_FIRST : most;
    while (!sampler_try(s, logits, max, k, &set)) {
        k = k < most / SORT_MORE ? k * SORT_MORE : most;
    }
    return set;
}
