/*
 * The links of the sampler's chain that change logits.
 *
 * Bias is added first. Penalties, over the last repeat_last_n accepted tokens, each distinct token
 * once:
 *     repetition  logit > 0 ? logit / p : logit * p        (Keskar et al. 2019, CTRL, 4.1)
 *     frequency   logit -= f * count,  presence  logit -= f   (as OpenAI's API defines them)
 *
 * DRY ("don't repeat yourself", P. E. Weidmann 2024, oobabooga/text-generation-webui PR 5677): a
 * token that stood behind an earlier copy of the text's last n tokens would make the repetition one
 * longer; for n >= allowed_length its logit loses multiplier * base^(n - allowed_length), with the
 * greatest n where there are several copies. Copies do not go across a breaker (a line end, a
 * quotation mark), so that lists and dialogue may keep their form.
 *     All n are found at once: the Z function (Gusfield 1997, 1.3-1.4) of the history read
 * backwards gives for every place how much of the text's end ends there too, in linear time.
 */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "model/sample_private.h"

static const double DRY_PENALTY_MAX = 1e6; /* keeps logits finite: exp(-1e6) is 0 already */

/* ---- what was said --------------------------------------------------------------------------- */

/* count[token] follows the ring: a token that is pushed out is taken off. */
static void sampler_remember_ring(Sampler *s, int32_t token) {
    int max = s->options.repeat_last_n;
    if (max == 0) return;
    assert(0 <= s->next && s->next < max && s->n_last <= max);
    assert(s->n_last < max || s->count[s->last[s->next]] > 0); /* counts are of the ring */
    if (s->n_last == max) s->count[s->last[s->next]]--;
    else s->n_last++;
    s->last[s->next] = token;
    s->count[token]++;
    s->next = (s->next + 1) % max;
}

static void sampler_remember_history(Sampler *s, int32_t token) {
    int max = s->options.dry_last_n;
    if (max == 0 || s->options.dry_multiplier == 0) return;
    if (s->n_history == 2 * max) {
        memmove(s->history, s->history + max, (size_t)max * sizeof *s->history);
        s->n_history = max;
    }
    assert(s->n_history < 2 * max);
    s->history[s->n_history++] = token;
}

void sampler_accept(Sampler *s, int32_t token) {
    if (token < 0 || token >= s->n_vocab) return;
    sampler_remember_ring(s, token);
    sampler_remember_history(s, token);
}

/* ---- penalties ------------------------------------------------------------------------------- */

static bool sampler_penalises(const Sampler *s) {
    const SamplerOptions *o = &s->options;
    return s->n_last > 0 && (o->repeat_penalty != 1 || o->frequency_penalty != 0 ||
                             o->presence_penalty != 0);
}

/* Each distinct token once: mark says who had its turn, and is cleaned behind. */
static void sampler_penalise(Sampler *s) {
    const SamplerOptions *o = &s->options;
    for (int i = 0; i < s->n_last; i++) {
        int32_t id = s->last[i];
        if (s->mark[id]) continue;
        s->mark[id] = 1;
        float l = s->adjusted[id];
        l = l > 0 ? l / o->repeat_penalty : l * o->repeat_penalty;
        s->adjusted[id] = l - o->frequency_penalty * (float)s->count[id] - o->presence_penalty;
    }
    for (int i = 0; i < s->n_last; i++) s->mark[s->last[i]] = 0;
}

/* ---- DRY ------------------------------------------------------------------------------------- */

/* The last n tokens, read backwards. */
typedef struct Backwards {
    const int32_t *end;
    int n;
} Backwards;

static int32_t backwards_at(Backwards b, int i) {
    return b.end[-1 - i];
}

static Backwards sampler_backwards(const Sampler *s) {
    int n = s->n_history < s->options.dry_last_n ? s->n_history : s->options.dry_last_n;
    return (Backwards){s->history + s->n_history, n};
}

/* same[i]: how many tokens of the end of the text stand at place i (counted backwards) too. */
static void dry_lengths(Backwards b, int32_t *same) {
    assert(b.n >= 1);
    int left = 0, right = 0; /* a stretch that equals the beginning, the last to end */
    for (int i = 1; i < b.n; i++) {
        int n = i < right ? (same[i - left] < right - i ? same[i - left] : right - i) : 0;
        while (i + n < b.n && backwards_at(b, n) == backwards_at(b, i + n)) n++;
        same[i] = n;
        if (i + n > right) left = i, right = i + n;
    }
}

/* How far back a repetition may reach: to the newest breaker. */
static int dry_reach(const Sampler *s, Backwards b) {
    const uint8_t *breakers = s->options.dry_breakers;
    int n = 0;
    while (n < b.n && !(breakers && breakers[backwards_at(b, n)])) n++;
    return n;
}

/* Two passes over the history: mark[token] becomes the longest repetition that it would go on, then
   each marked token pays once and its mark is cleaned. */
static void sampler_dry(Sampler *s) {
    const SamplerOptions *o = &s->options;
    Backwards b = sampler_backwards(s);
    int reach = dry_reach(s, b);
    if (reach < o->dry_allowed_length) return;
    dry_lengths(b, s->same);
    for (int i = 1; i < b.n; i++) {
        int32_t id = backwards_at(b, i - 1); /* stood behind place i */
        int n = s->same[i] < reach ? s->same[i] : reach;
        if (n > s->mark[id]) s->mark[id] = (uint16_t)n;
    }
    for (int i = 0; i < b.n; i++) {
        int32_t id = backwards_at(b, i);
        int over = s->mark[id] - o->dry_allowed_length;
        s->mark[id] = 0;
        if (over < 0) continue;
        double penalty = (double)o->dry_multiplier * pow((double)o->dry_base, over);
        s->adjusted[id] -= (float)fmin(penalty, DRY_PENALTY_MAX);
    }
}

const float *sampler_adjust(Sampler *s, const float *logits) {
    bool dry = s->options.dry_multiplier > 0 && s->n_history > 0, penalty = sampler_penalises(s);
    if (!s->options.n_bias && !penalty && !dry) return logits;
    memcpy(s->adjusted, logits, (size_t)s->n_vocab * sizeof *logits);
    for (size_t i = 0; i < s->options.n_bias; i++) s->adjusted[s->bias[i].id] += s->bias[i].bias;
    if (penalty) sampler_penalise(s);
    if (dry) sampler_dry(s);
    return s->adjusted;
}
