/*
 * The sums over all labelings of a sentence (Lafferty, McCallum and Pereira 2001): what a
 * conditional random field's gradient needs.
 *
 * Labels and steps are those of viterbi.c: B, I, E, S of each type, and outside, which weighs 0.
 * `forth` of a unit sums over all ways to it, `back` over all that follows; both in the linear
 * domain, each unit scaled so that its sum is 1. Their product, scaled, is the probability of each
 * label. Pairs at a border are the product of what ends, the step and what begins.
 *
 * An exponential of our own: the same weights give the same bits on every machine.
 */
#include "gate/names/train_chain.h"

#include <assert.h>
#include <math.h>

/* exp to about 1e-6, the same on every machine: 2^k times a polynomial on half a binade. */
static float chain_exp(float x) {
    if (x < -60) x = -60;
    if (x > 60) x = 60;
    float k = floorf(x * 1.44269504f + 0.5f), r = x - k * 0.693145752f - k * 1.42860677e-6f;
    float y = 1 + r * (1 + r * (0.5f + r * (0.166666667f + r * (0.0416666667f + r * 0.00833333f))));
    uint32_t bits = (uint32_t)(127 + (int)k) << 23;
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return y * scale;
}

/* Outside weighs 0. The largest of the row is taken off, so that no exponential overflows. */
void chain_score(Chain *c, uint32_t i, const float *row) {
    Cell *out = &c->score[i];
    float top = 0;
    for (uint32_t r = 0; r < 4 * c->types; r++) {
        if (row[r] > top) top = row[r];
    }
    out->none = chain_exp(-top);
    for (uint32_t r = 0; r < 4 * c->types; r++) {
        out->l[r / c->types][r % c->types] = chain_exp(row[r] - top);
    }
}

static float cell_sum(const Cell *c, uint32_t types) {
    float sum = c->none;
    for (int k = 0; k < 4; k++) {
        for (uint32_t t = 0; t < types; t++) sum += c->l[k][t];
    }
    return sum;
}

/* To sum 1. The factors are the same for all labels of a unit and fall out of the probabilities. */
static void cell_scale(Cell *c, uint32_t types) {
    float by = 1 / cell_sum(c, types);
    c->none *= by;
    for (int k = 0; k < 4; k++) {
        for (uint32_t t = 0; t < types; t++) c->l[k][t] *= by;
    }
}

/* What ends at a unit, by type: outside as 0, E and S of type t as t + 1. */
static void ends_of(const Cell *c, uint32_t types, float end[E_MAX]) {
    end[0] = c->none;
    for (uint32_t t = 0; t < types; t++) end[t + 1] = c->l[2][t] + c->l[3][t];
}

/*
 * forth[i] of a label: the weight of all ways that end in it, by
 *
 *     none, B, S   sum over what ended before * enter, times the unit's score
 *     I, E         B and I of the same type before * inside, times the unit's score
 *
 * Before the first unit all weight is outside. O(n (types + 1)^2), as viterbi.c with sums for the
 * largest.
 */
static void forward(Chain *l, uint32_t n) {
    const Moves *e = &l->e;
    uint32_t types = l->types;
    for (uint32_t i = 0; i < n; i++) {
        Cell *c = &l->forth[i];
        const Cell *s = &l->score[i], *last = i ? &l->forth[i - 1] : NULL;
        float end[E_MAX] = {1}, in[E_MAX] = {0};
        if (last) ends_of(last, types, end);
        for (uint32_t a = 0; a <= types; a++) {
            for (uint32_t b = 0; b <= types; b++) in[b] += end[a] * e->enter[a][b];
        }
        c->none = in[0] * s->none;
        for (uint32_t t = 0; t < types; t++) {
            float b = last ? last->l[0][t] : 0, in_i = last ? last->l[1][t] : 0;
            c->l[0][t] = in[t + 1] * s->l[0][t];
            c->l[1][t] = (b * e->inside[0][t] + in_i * e->inside[2][t]) * s->l[1][t];
            c->l[2][t] = (b * e->inside[1][t] + in_i * e->inside[3][t]) * s->l[2][t];
            c->l[3][t] = in[t + 1] * s->l[3][t];
        }
        cell_scale(c, types);
    }
}

/* What begins at a unit, with all that follows: outside, or B and S of a type. */
static void begins_of(const Cell *s, const Cell *back, uint32_t types, float begin[E_MAX]) {
    begin[0] = s->none * back->none;
    for (uint32_t t = 0; t < types; t++) {
        begin[t + 1] = s->l[0][t] * back->l[0][t] + s->l[3][t] * back->l[3][t];
    }
}

/* Behind the last unit only what has ended may stand: outside, E, S. */
static void backward(Chain *l, uint32_t n) {
    const Moves *e = &l->e;
    uint32_t types = l->types;
    for (uint32_t i = n; i-- > 0;) {
        Cell *c = &l->back[i];
        if (i + 1 == n) {
            *c = (Cell){.none = 1};
            for (uint32_t t = 0; t < types; t++) c->l[2][t] = c->l[3][t] = 1;
            continue;
        }
        const Cell *s = &l->score[i + 1], *next = &l->back[i + 1];
        float begin[E_MAX], out[E_MAX];
        begins_of(s, next, types, begin);
        for (uint32_t a = 0; a <= types; a++) {
            out[a] = 0;
            for (uint32_t b = 0; b <= types; b++) out[a] += e->enter[a][b] * begin[b];
        }
        c->none = out[0];
        for (uint32_t t = 0; t < types; t++) {
            float in = s->l[1][t] * next->l[1][t], end = s->l[2][t] * next->l[2][t];
            c->l[0][t] = e->inside[0][t] * in + e->inside[1][t] * end;
            c->l[1][t] = e->inside[2][t] * in + e->inside[3][t] * end;
            c->l[2][t] = c->l[3][t] = out[t + 1];
        }
        cell_scale(c, types);
    }
}

/* Forth already holds the unit's own score; back holds what follows it. */
static void probabilities(Chain *l, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        const Cell *f = &l->forth[i], *b = &l->back[i];
        l->p[i].none = f->none * b->none;
        for (int k = 0; k < 4; k++) {
            for (uint32_t t = 0; t < l->types; t++) l->p[i].l[k][t] = f->l[k][t] * b->l[k][t];
        }
        cell_scale(&l->p[i], l->types);
    }
}

/* p of every label of units 0..n-1, each unit's sum 1. */
void chain_run(Chain *l, uint32_t n) {
    assert(n <= NAMES_UNITS && l->types <= T_MAX);
    forward(l, n);
    backward(l, n);
    probabilities(l, n);
}

/* Expected pairs at the border before unit i, less the one that is true. */
void chain_pairs(const Chain *l, const uint8_t *label, uint32_t i, Moves *g) {
    float end[E_MAX] = {1}, begin[E_MAX], sum = 0, inner[4][T_MAX] = {{0}};
    uint32_t types = l->types;
    const Cell *s = &l->score[i], *back = &l->back[i], *last = i ? &l->forth[i - 1] : NULL;
    if (last) ends_of(last, types, end);
    begins_of(s, back, types, begin);
    for (uint32_t a = 0; a <= types; a++) {
        for (uint32_t b = 0; b <= types; b++) sum += end[a] * l->e.enter[a][b] * begin[b];
    }
    for (uint32_t t = 0; last && t < types; t++) {
        for (int k = 0; k < 4; k++) {
            inner[k][t] =
                last->l[k / 2][t] * l->e.inside[k][t] * s->l[1 + k % 2][t] * back->l[1 + k % 2][t];
            sum += inner[k][t];
        }
    }
    for (uint32_t a = 0; a <= types; a++) {
        for (uint32_t b = 0; b <= types; b++)
            g->enter[a][b] += end[a] * l->e.enter[a][b] * begin[b] / sum;
    }
    for (int k = 0; k < 4; k++) {
        for (uint32_t t = 0; t < types; t++) g->inside[k][t] += inner[k][t] / sum;
    }
    uint8_t before = i ? label[i - 1] : 0, now = label[i];
    uint32_t kind = now ? (now - 1u) % 4 : 0;
    assert(before || !now || kind == 0 || kind == 3); /* I and E stand behind a B or I */
    if (now && (kind == 1 || kind == 2))
        g->inside[(before - 1u) % 4 * 2 + (kind == 2)][names_end(now) - 1] -= 1;
    else
        g->enter[names_end(before)][names_end(now)] -= 1;
}

/* Once a sentence, for the weights move with each. */
void chain_steps(Chain *l, const Moves *weights) {
    for (uint32_t a = 0; a <= l->types; a++) {
        for (uint32_t b = 0; b <= l->types; b++) l->e.enter[a][b] = chain_exp(weights->enter[a][b]);
    }
    for (int k = 0; k < 4; k++) {
        const float *w = weights->inside[k];
        for (uint32_t t = 0; t < l->types; t++) l->e.inside[k][t] = chain_exp(w[t]);
    }
}
