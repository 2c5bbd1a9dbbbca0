/*
 * Decide: do the documents answer the question, or not?
 *
 * The model alone cannot be asked: a small one says NOT FOUND to questions that need a step of
 * thought, and answers others from passages that merely sound alike. Four witnesses are heard:
 *
 *   the model     said NOT FOUND, or wrote something;
 *   the support   at least one sentence stands in the passages, with its numbers and names;
 *   the coverage  of the question: the share of its words, weighted by rarity, that stand together
 *                 in one run of sentences. What speaks of something else shares common words only;
 *   the nearness  of the best passage's meaning to the question's (cosine of the embeddings), where
 *                 there is one: it speaks for documents that say it in other words.
 *
 * The documents answer when the model wrote something, a sentence of it has support, and coverage
 * and nearness together reach a mark. The last two are known before the model has said a word:
 * where they fall short it is not asked, and nobody waits for an answer that would be withdrawn.
 *
 * The marks were chosen on one half of the questions of XQuAD (English) and CMRC 2018 (Chinese),
 * with the paragraph in the collection and left out of it; what is reported is measured on the
 * other half (tests/bench/answers.py, doc/benchmarks.md). The cosine's mark is that of
 * multilingual-e5-small, whose unrelated passages lie near 0.83.
 */
#include <math.h>

#include "turn/turn.h"

/* Of the question's weight, at the middle cosine. Chinese pairs of characters cover more by chance,
   and its cosines lie higher. */
static const double COVERED_MIN = 0.25;
static const double COVERED_MIN_CHINESE = 0.38;
static const double COSINE_MIDDLE = 0.87;
static const double COSINE_WEIGHT = 2.0; /* coverage that a cosine of 1 more would be worth */

/* Coverage and nearness together, above or below the mark. */
static double mark_of(const Turn *turn) {
    double least = turn->chinese ? COVERED_MIN_CHINESE : COVERED_MIN;
    double mark = verify_question_coverage(turn->verify) - least;
    float cosine = turn->found.n ? turn->found.hits[0].cosine : NAN;
    if (!isnan(cosine)) mark += COSINE_WEIGHT * ((double)cosine - COSINE_MIDDLE);
    return mark;
}

bool decide_hopeless(const Turn *turn) {
    return mark_of(turn) < 0;
}

bool decide_answered(const Turn *turn) {
    bool wrote = turn->model && !turn->model_refused && turn->n_supported > 0;
    return wrote && !decide_hopeless(turn);
}
