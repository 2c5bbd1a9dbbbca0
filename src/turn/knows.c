/*
 * Knows: whether the passages answer the question, as the model that read them knows it.
 *
 * A model that writes an answer all the same often knew on its way that none is there: the state
 * of the prompt's last token, in the middle of the layers, tells questions that the passages answer
 * from questions that they only come near to, by one sum over its numbers (Slobodkin et al. 2023,
 * arXiv 2310.11877; decision 0032 has the same of harm). The prompt is evaluated in any case: the
 * state is had on the way, and the sum is 1,536 products.
 *
 *     odds = bias + scale * sum of weight * state / |state| * sqrt(n)       natural logarithm
 *
 * Its length says where in the text a token stands and how deep, not what it means: it is taken
 * out. The weights (knows_data.h) are bytes; what scaling there was is folded into scale. They were
 * learned for one model, known by its fingerprint; of any other one nothing is known, and decide.c
 * does without.
 *
 * Learned and measured by tests/bench/answerable.py; decision 0042 has the figures.
 */
#include "turn/knows.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "turn/knows_data.h"

int knows_layers(const Engine *engine, const char *space) {
    EngineInfo info;
    _Static_assert(ARRAY_LEN(knows_weights) > 1, "one weight a number of the state");
    engine_info(engine, &info);
    if ((size_t)info.n_embd != ARRAY_LEN(knows_weights)) return 0;
    return strcmp(space, KNOWS_SPACE) == 0 ? KNOWS_LAYERS : 0;
}

double knows_odds(const float *state) {
    const size_t n = ARRAY_LEN(knows_weights);
    double sum = 0, length = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)state[i] * knows_weights[i];
        length += (double)state[i] * (double)state[i];
    }
    if (!(length > 0) || !isfinite(length) || !isfinite(sum)) return NAN;
    double odds = KNOWS_BIAS + KNOWS_SCALE * sum / sqrt(length / (double)n);
    return odds < -KNOWS_MOST ? -KNOWS_MOST : odds > KNOWS_MOST ? KNOWS_MOST : odds;
}
