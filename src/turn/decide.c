/*
 * Decide: do the documents answer the question, or not?
 *
 * The model alone cannot be asked: a small one says NOT FOUND to questions that need a step of
 * thought, and answers others from passages that merely sound alike. Three witnesses are heard:
 *
 *   the model    said NOT FOUND, or wrote something;
 *   the support  at least one sentence stands in the passages, with its numbers and names;
 *   the question coverage: the share of its words, weighted by rarity, that stand together in one
 *                run of sentences. Documents that speak of something else share only common words.
 *
 * The documents answer when the model wrote something, a sentence of it has support, and the
 * question is covered at least COVERED_MIN.
 */
#include "turn/turn.h"

static const double COVERED_MIN = 0.30;

bool decide_answered(const Turn *turn) {
    if (!turn->model || turn->model_refused || turn->n_supported == 0) return false;
    return verify_question_coverage(turn->verify) >= COVERED_MIN;
}
