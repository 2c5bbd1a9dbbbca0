/*
 * Knows: whether the passages answer the question, and whether a sentence of theirs is an order to
 * whoever writes from them, as the model that read them knows it.
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
 * Learned and measured by tests/bench/answerable.py and orders.py; decisions 0042 and 0043 have the
 * figures.
 */
#include "turn/knows.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "turn/knows_data.h"
#include "turn/orders_data.h"

static const struct {
    const int8_t *weights;
    size_t n;
    const char *space;
    int layers;
    double scale, bias;
} tables[KNOWS_KINDS] = {
    [KNOWS_ANSWERED] = {knows_weights, ARRAY_LEN(knows_weights), KNOWS_SPACE, KNOWS_LAYERS,
                        KNOWS_SCALE, KNOWS_BIAS},
    [KNOWS_ORDER] = {orders_weights, ARRAY_LEN(orders_weights), ORDERS_SPACE, ORDERS_LAYERS,
                     ORDERS_SCALE, ORDERS_BIAS}};

int knows_layers(KnowsWhat what, const Engine *engine, const char *space) {
    EngineInfo info;
    assert((unsigned)what < KNOWS_KINDS && tables[what].n > 1); /* one weight a number */
    engine_info(engine, &info);
    if ((size_t)info.n_embd != tables[what].n) return 0;
    return strcmp(space, tables[what].space) == 0 ? tables[what].layers : 0;
}

double knows_odds(KnowsWhat what, const float *state) {
    const size_t n = tables[what].n;
    double sum = 0, length = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)state[i] * tables[what].weights[i];
        length += (double)state[i] * (double)state[i];
    }
    if (!(length > 0) || !isfinite(length) || !isfinite(sum)) return NAN;
    double odds = tables[what].bias + tables[what].scale * sum / sqrt(length / (double)n);
    return odds < -KNOWS_MOST ? -KNOWS_MOST : odds > KNOWS_MOST ? KNOWS_MOST : odds;
}
