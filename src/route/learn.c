/*
 * Learning on the device.
 *
 * Model. One logistic regression over ROUTE_SIGNALS numbers, each about -1..1 (route.c fills them).
 * It starts at `prior`, each weight with a precision, as if some answers had been judged already.
 * The weights of what is known before a draft are set by hand. Those of a draft lean on how a local
 * model answered questions about documents (tests/bench/route_live.py, doc/decisions/0019): its
 * log-probabilities tell most, then whether it gives what was asked for (turn/given.c), and once
 * they are there, what was known before them says so little more that BEFORE_SHARE of it counts.
 *
 * Update. An outcome moves the weights by one step of the assumed-density filter for logistic
 * regression (Chapelle and Li, "An empirical evaluation of Thompson sampling", 2011, algorithm 3,
 * one Newton step): the more certain a weight, the less it moves. Outcomes weigh differently: a
 * validator knows, a thumb means it, a retry may mean anything.
 *
 * Bounds. A step moves a weight by at most MOVE_MAX, weights stay within WEIGHT_MAX of the prior
 * and precisions within PRECISION_MAX: nobody teaches the router something for ever with a hundred
 * thumbs, and privacy is not learned at all (it is decided before this is asked).
 *
 * Bytes, little-endian: "hlrn", version, ROUTE_SIGNALS, seen (u32), weights, precisions (f32), a
 * checksum of all before (u64). A reader refuses numbers that are not finite or outside the bounds.
 */
#include "route/learn.h"

#include <assert.h>
#include <math.h>

#include "base/hash.h"

enum { SEEN_MAX = 1 << 30 }; /* where counting stops; far from a 32-bit count's end */

/* All chosen: a hundred thumbs of one kind must not settle anything for ever. A precision counts
   about how many answers a weight rests on: the prior as twelve of them, none as less than four. */
#define MOVE_MAX 0.25F
#define WEIGHT_MAX 2.0F
#define PRECISION_LEAST 4.0F
#define PRECISION_PRIOR 12.0F
#define PRECISION_MAX 400.0F
#define BEFORE_SHARE 0.125F

static const char learn_magic[4] = {'h', 'l', 'r', 'n'};

/* In the order of route.c's signals. */
static const float prior[ROUTE_SIGNALS] = {
    0.2F,   /* one */
    1.0F,   /* what the gap model says of the question, logit */
    1.2F,   /* the local model's own class */
    1.2F,   /* passages hold the question's words */
    0.3F,   /* the best passage stands out */
    -0.8F,  /* a fact of the world, and no passage */
    -0.2F,  /* length */
    -0.4F,  /* tools */
    -0.1F,  /* Chinese, Japanese or Korean */
    -0.6F,  /* about now, and no passage */
    -0.1F,  /* turns before */
    -2.7F,  /* a draft is there; what follows is 0 without one */
    3.0F,   /* mean log-probability */
    1.0F,   /* least log-probability */
    1.2F,   /* what was asked for is given */
    -0.8F,  /* doubt */
    1.2F,   /* agreement */
    1.2F,   /* support by the documents */
    -2.5F}; /* validators that failed */

/* What each says of the local answer, and how much: a retry may mean anything, a check was done by
   rules and not by somebody's mood. Chosen; in the order of RouteOutcome. */
static const struct {
    float good, weight;
} outcomes[] = {{1, 1}, {0, 1}, {0, 0.4F}, {1, 1.5F}, {0, 1.5F}};

void route_learn_reset(RouteLearned *learned) {
    memset(learned, 0, sizeof *learned);
    memcpy(learned->weight, prior, sizeof prior);
    for (int k = 0; k < ROUTE_SIGNALS; k++) learned->precision[k] = PRECISION_PRIOR;
}

_Static_assert(ARRAY_LEN(outcomes) == OUTCOME_VERDICT_BAD + 1, "a row each");
_Static_assert(sizeof prior == ROUTE_SIGNALS * sizeof prior[0], "a prior each");

/* What was known before a draft counts little once there is one. */
static float signal_at(const float signals[ROUTE_SIGNALS], int k) {
    bool before = k > 0 && k < ROUTE_DRAFT_SIGNAL && signals[ROUTE_DRAFT_SIGNAL] > 0;
    return before ? BEFORE_SHARE * signals[k] : signals[k];
}

/* A logistic; the sum is bounded so that exp neither overflows nor makes a probability 0 or 1. */
double route_learn_odds(const RouteLearned *learned, const float signals[ROUTE_SIGNALS]) {
    double sum = 0;
    assert(learned->precision[0] >= PRECISION_LEAST); /* _reset or _read was before */
    for (int k = 0; k < ROUTE_SIGNALS; k++) {
        sum += (double)learned->weight[k] * (double)signal_at(signals, k);
    }
    return 1 / (1 + exp(-fmin(30, fmax(-30, sum))));
}

/* x within [low, high]; NaN stays one, and is no weight: signals are finite (route.c). */
static float bounded(float x, float low, float high) {
    return x < low ? low : x > high ? high : x;
}

/* The essay's update, weight by weight; the bounds come last, whatever was asked for. */
void route_learn_add(RouteLearned *learned, const float signals[ROUTE_SIGNALS],
                     RouteOutcome outcome) {
    if ((size_t)outcome >= ARRAY_LEN(outcomes)) return;
    float p = (float)route_learn_odds(learned, signals), miss = outcomes[outcome].good - p;
    float weight = outcomes[outcome].weight, curve = weight * p * (1 - p);
    for (int k = 0; k < ROUTE_SIGNALS; k++) {
        float x = bounded(signal_at(signals, k), -4, 4);
        float *precision = &learned->precision[k], *w = &learned->weight[k];
        assert(*precision >= PRECISION_LEAST); /* by _reset and _read: it is divided by */
        *precision = bounded(*precision + curve * x * x, PRECISION_LEAST, PRECISION_MAX);
        float move = bounded(weight * miss * x / *precision, -MOVE_MAX, MOVE_MAX);
        *w = bounded(*w + move, prior[k] - WEIGHT_MAX, prior[k] + WEIGHT_MAX);
    }
    if (learned->seen < SEEN_MAX) learned->seen++;
}

/* ---- bytes ---------------------------------------------------------------------------------- */

void route_learn_write(const RouteLearned *learned, Buf *out) {
    size_t from = out->n;
    buf_add(out, learn_magic, sizeof learn_magic);
    buf_add_le(out, LEARN_VERSION, 4);
    buf_add_le(out, ROUTE_SIGNALS, 4);
    buf_add_le(out, learned->seen, 4);
    for (int k = 0; k < ROUTE_SIGNALS; k++) buf_add_f32(out, learned->weight[k]);
    for (int k = 0; k < ROUTE_SIGNALS; k++) buf_add_f32(out, learned->precision[k]);
    uint64_t check = out->p ? hash_check64(out->p + from, out->n - from, LEARN_VERSION) : 0;
    buf_add_le(out, check, 8);
    assert(out->status != OK || out->n - from == ROUTE_LEARNED_BYTES); /* readers cut there */
}

/* A number within [low, high]. The bounds are floats, made of the same sums as in route_learn_add,
   so that a weight which stopped at one is not outside of it when it comes back. */
static float get_f32(Reader *r, float low, float high) {
    float value = reader_f32(r);
    if (!(value >= low && value <= high)) r->bad = true;
    return value;
}

/* The bounds that route_learn_add keeps; failures are collected in r->bad. */
static void read_state(Reader *r, RouteLearned *out) {
    out->seen = reader_u32(r);
    if (out->seen > SEEN_MAX) r->bad = true;
    for (int k = 0; k < ROUTE_SIGNALS; k++) {
        out->weight[k] = get_f32(r, prior[k] - WEIGHT_MAX, prior[k] + WEIGHT_MAX);
    }
    for (int k = 0; k < ROUTE_SIGNALS; k++) {
        out->precision[k] = get_f32(r, PRECISION_LEAST, PRECISION_MAX);
    }
}

Status route_learn_read(const uint8_t *bytes, size_t n, RouteLearned *out, Err *err) {
    RouteLearned read = {0};
    Reader r = reader_init(bytes, n);
    const uint8_t *magic = reader_bytes(&r, 4);
    uint32_t version = reader_u32(&r), signals = reader_u32(&r);
    if (!magic || memcmp(magic, learn_magic, 4) != 0) {
        return err_set(err, E_CORRUPT, "what the router learned does not begin with \"hlrn\"");
    }
    if (version != LEARN_VERSION || signals != ROUTE_SIGNALS) {
        err_set(err, E_UNSUPPORTED,
                "what the router learned is of version %u with %u signals; this build reads "
                "version %d with %d",
                version, signals, LEARN_VERSION, ROUTE_SIGNALS);
        return err_hint(err, "remove it: the router starts anew with what it ships with");
    }
    read_state(&r, &read);
    uint64_t check = r.bad ? 0 : hash_check64(bytes, r.at, LEARN_VERSION);
    if (r.bad || reader_u64(&r) != check || r.bad || r.at != n) {
        err_set(err, E_CORRUPT, "what the router learned is damaged");
        return err_hint(err, "remove it: the router starts anew with what it ships with");
    }
    *out = read;
    return OK;
}
