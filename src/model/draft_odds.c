/*
 * The body of draft_odds.h.
 *
 * Expected tokens of a pass over guesses 1..k, when guess i is right with probability a_i given
 * that all before it were (Leviathan et al. 2023, 3.1, with an a for each kind of guess):
 *     made(k) = 1 + a_1 + a_1 a_2 + ... + a_1 .. a_k
 * The k with the greatest made(k) / pass_ms(k + 1) is taken, if that is ODDS_MARGIN better than one
 * token a pass. a comes from counts that fade (about the last thirty guesses of a kind) and start
 * from what was seen on answers to questions about documents (doc/decisions/0008). Guesses that
 * were not verified count too, as soon as the next token is known: that is how a source that was
 * switched off is seen to be good again, at no cost.
 *
 * A pass of m tokens that was not measured yet is taken from the nearest one that was, along a line
 * with a bend: weights are read once for all of them, so that a token more costs a fraction, until
 * arithmetic costs more than reading.
 *
 * Credit is counted in plain tokens: a source starts with ODDS_CREDIT, wins and loses what its
 * passes do, never holds more than it started with, and gets ODDS_ALLOWANCE for every plain token:
 * over n of them a source that is always wrong loses ODDS_CREDIT + ODDS_ALLOWANCE * n and one pass.
 * A guess that would have been right but was not verified gives ODDS_MISSED back.
 */
#include "model/draft_odds.h"

#include <assert.h>
#include <stdlib.h>

#include "base/attr.h"

enum { MATCH_KINDS = 7 };
_Static_assert((int)MATCH_KINDS < (int)ODDS_KINDS, "kinds of the draft model follow");

static const double ODDS_MARGIN = 1.04;
static const double ODDS_CREDIT = 1.5, ODDS_ALLOWANCE = 0.01, ODDS_MISSED = 0.5;
static const double ODDS_FADE = 0.97, ODDS_PRIOR = 4; /* a prior weighs as much as four guesses */
static const double PASS_SLOPE = 0.14, PASS_BEND = 0.06, GUESS_COST = 0.35;
static const double PASS_FASTER = 0.5, PASS_SLOWER = 0.1;

/* Right by kind: matches of 1, 2, 3, 4-5, 6-8, 9-15, 16 and more tokens; then the draft model's own
   probability below 0.3, 0.5, 0.7, 0.9, 1. */
static const double priors[ODDS_KINDS] = {0.35, 0.55, 0.7, 0.85, 0.9, 0.95, 0.97,
                                          0.2, 0.4, 0.55, 0.75, 0.93};

void draft_odds_init(DraftOdds *o) {
    *o = (DraftOdds){.credit = {ODDS_CREDIT, ODDS_CREDIT}};
    for (int i = 0; i < ODDS_KINDS; i++) {
        o->seen[i] = ODDS_PRIOR;
        o->right[i] = ODDS_PRIOR * priors[i];
    }
}

int draft_odds_match_kind(int64_t match) {
    assert(match >= 1);
    static const int64_t from[MATCH_KINDS] = {1, 2, 3, 4, 6, 9, 16};
    int kind = 0;
    while (kind + 1 < MATCH_KINDS && match >= from[kind + 1]) kind++;
    return kind;
}

int draft_odds_model_kind(float p) {
    static const float below[] = {0.3f, 0.5f, 0.7f, 0.9f};
    int kind = 0;
    while (kind < (int)ARRAY_LEN(below) && p >= below[kind]) kind++;
    assert(MATCH_KINDS + kind < ODDS_KINDS);
    return MATCH_KINDS + kind;
}

void draft_odds_note(DraftOdds *o, int kind, bool right) {
    assert(0 <= kind && kind < ODDS_KINDS);
    o->right[kind] = ODDS_FADE * o->right[kind] + right;
    o->seen[kind] = ODDS_FADE * o->seen[kind] + 1;
}

/* Faster times weigh more: the first pass is slow for reasons of its own, and neighbours only ever
   add to a time. */
static void odds_average(double *mean, double x) {
    *mean = *mean > 0 ? *mean + (x < *mean ? PASS_FASTER : PASS_SLOWER) * (x - *mean) : x;
}

void draft_odds_note_pass(DraftOdds *o, int tokens, double ms) {
    assert(tokens >= 1);
    if (tokens <= DRAFTS_MAX + 1) odds_average(&o->pass_ms[tokens], ms);
}

void draft_odds_note_guess(DraftOdds *o, double ms) {
    odds_average(&o->guess_ms, ms);
}

/* ---- what pays ------------------------------------------------------------------------------- */

static double odds_of(const DraftOdds *o, int kind) {
    assert(0 < o->seen[kind] && o->right[kind] <= o->seen[kind]);
    return o->right[kind] / o->seen[kind];
}

/* Relative time of a pass by its tokens, where nothing was measured: 14 % more for each token, 20 %
   from the ninth on. */
static double odds_line(int tokens) {
    return 1 + PASS_SLOPE * (tokens - 1) + PASS_BEND * (tokens > 8 ? tokens - 8 : 0);
}

/* Scaled from the nearest measured pass along odds_line(). */
double draft_odds_pass_ms(const DraftOdds *o, int tokens) {
    int nearest = 0;
    for (int m = 1; m <= DRAFTS_MAX + 1; m++) {
        if (o->pass_ms[m] <= 0) continue;
        if (!nearest || abs(m - tokens) < abs(nearest - tokens)) nearest = m;
    }
    if (!nearest) return odds_line(tokens);
    return o->pass_ms[nearest] * odds_line(tokens) / odds_line(nearest);
}

int draft_odds_choose(const DraftOdds *o, const uint8_t *kinds, int n) {
    assert(0 <= n && n <= DRAFTS_MAX);
    double reach = 1, made = 1, best = ODDS_MARGIN / draft_odds_pass_ms(o, 1);
    int k = 0;
    for (int i = 0; i < n; i++) {
        reach *= odds_of(o, kinds[i]);
        made += reach;
        double rate = made / draft_odds_pass_ms(o, i + 2);
        if (rate <= best) continue;
        best = rate;
        k = i + 1;
    }
    return k;
}

/* How often the draft model is right, over all its kinds. */
static double odds_of_model(const DraftOdds *o) {
    double right = 0, seen = 0;
    for (int i = MATCH_KINDS; i < ODDS_KINDS; i++) {
        right += o->right[i];
        seen += o->seen[i];
    }
    return right / seen;
}

bool draft_odds_one_more(const DraftOdds *o, const uint8_t *kinds, int k) {
    assert(0 <= k && k < DRAFTS_MAX);
    double guess = o->guess_ms > 0 ? o->guess_ms : GUESS_COST * draft_odds_pass_ms(o, 1);
    double reach = 1, made = 1, spent = k * guess;
    for (int i = 0; i < k; i++) {
        reach *= odds_of(o, kinds[i]);
        made += reach;
    }
    double now = made / (spent + draft_odds_pass_ms(o, k + 1));
    spent += guess;
    made += reach * odds_of_model(o);
    return made / (spent + draft_odds_pass_ms(o, k + 2)) > now;
}

/* ---- credit ---------------------------------------------------------------------------------- */

bool draft_odds_has_credit(const DraftOdds *o, OddsSource source) {
    return o->credit[source] > 0;
}

/* Credit never exceeds the start: a good hour must not pay for a bad one later. */
static void odds_earn(DraftOdds *o, OddsSource source, double tokens) {
    o->credit[source] += tokens;
    if (o->credit[source] > ODDS_CREDIT) o->credit[source] = ODDS_CREDIT;
}

void draft_odds_settle(DraftOdds *o, OddsSource source, int made, double spent_ms) {
    assert(source < ODDS_SOURCES && 0 < made && made <= DRAFTS_MAX + 1);
    odds_earn(o, source, made - spent_ms / draft_odds_pass_ms(o, 1));
}

void draft_odds_settle_plain(DraftOdds *o) {
    for (int i = 0; i < ODDS_SOURCES; i++) odds_earn(o, (OddsSource)i, ODDS_ALLOWANCE);
}

void draft_odds_settle_missed(DraftOdds *o, OddsSource source) {
    odds_earn(o, source, ODDS_MISSED);
}
