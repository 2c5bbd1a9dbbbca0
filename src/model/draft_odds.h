/*
 * Odds: how many guesses are worth verifying.
 *
 * Verifying k guesses makes one pass of k + 1 tokens, which costs more than a pass of one token and
 * makes 1 to k + 1 tokens. Both sides are measured while text is made: the time of a pass by its
 * number of tokens, and how often guesses of a kind were right.
 *
 * Two accounts, one for each source of guesses, keep what was won or lost against plain decoding.
 * A source that has lost its credit is not asked again until it has earned some: the estimates may
 * be wrong, the account is not.
 */
#ifndef HEARTH_MODEL_DRAFT_ODDS_H
#define HEARTH_MODEL_DRAFT_ODDS_H

#include <stdbool.h>
#include <stdint.h>

enum { DRAFTS_MAX = 15, ODDS_KINDS = 12 };

typedef enum OddsSource { ODDS_LOOKUP, ODDS_MODEL, ODDS_SOURCES } OddsSource;

typedef struct DraftOdds {
    double right[ODDS_KINDS], seen[ODDS_KINDS]; /* older counts fade */
    double pass_ms[DRAFTS_MAX + 2];             /* by tokens of a pass; 0: not measured yet */
    double guess_ms;                            /* of one guess of a draft model; 0: not yet */
    double credit[ODDS_SOURCES];                /* in units of one plain token's time */
} DraftOdds;

/* Nothing was measured yet: every kind has its prior, every source its full credit. */
void draft_odds_init(DraftOdds *odds);

/* The kind of a guess from how long the text matched before it, in tokens (>= 1). */
int draft_odds_match_kind(int64_t match);
/* The kind of a guess from the probability, 0..1, that the draft model gave to it. */
int draft_odds_model_kind(float probability);

/* A guess of this kind turned out right or wrong, whether it was verified or not. */
void draft_odds_note(DraftOdds *odds, int kind, bool right);
/* A pass over so many tokens (>= 1, the guesses and one more) took ms. More than DRAFTS_MAX + 1
   tokens are not remembered. */
void draft_odds_note_pass(DraftOdds *odds, int tokens, double ms);
/* The draft model took ms for one guess, its own prefill not counted. */
void draft_odds_note_guess(DraftOdds *odds, double ms);

/* Expected time of a pass; relative to one token (= 1) while nothing was measured. */
double draft_odds_pass_ms(const DraftOdds *odds, int tokens);
/* How many of n guesses, in order, pay; 0: none does. */
int draft_odds_choose(const DraftOdds *odds, const uint8_t *kinds, int n);
/* k guesses of the draft model are there: does asking it for one more pay? */
bool draft_odds_one_more(const DraftOdds *odds, const uint8_t *kinds, int k);

/* May this source's guesses be verified now? false: what it lost must be earned back first. */
bool draft_odds_has_credit(const DraftOdds *odds, OddsSource source);
/* What a verified pass brought: tokens made in spent_ms, guessing included. */
void draft_odds_settle(DraftOdds *odds, OddsSource source, int made, double spent_ms);
/* A pass without guesses was made. */
void draft_odds_settle_plain(DraftOdds *odds);
/* A guess that was not verified turned out right. */
void draft_odds_settle_missed(DraftOdds *odds, OddsSource source);

#endif
