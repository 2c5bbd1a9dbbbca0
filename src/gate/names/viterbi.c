/*
 * Deciding: the labels of a sentence that together weigh most (Viterbi 1967).
 *
 * A type t has four labels, B (first unit of a name), I (inside), E (last) and S (a name of one
 * unit); outside is one label whose weights are all 0. What may follow what is fixed: B and I are
 * followed by I or E of their type, all others by anything that begins: outside, B or S. The weight
 * of a step between what ends (outside or a type) and what begins (outside or a type) is learned,
 * and so are B->I, B->E, I->I and I->E. Hence a step costs (types + 1)^2 additions instead of
 * (4 types + 1)^2.
 *
 * Whole numbers throughout: the same names on every machine.
 */
#include <assert.h>

#include "gate/names/impl.h"

enum { LOW = -(1 << 28), ENDS_S = 0x80 };

/* Where the best way to each label of a unit came from. */
typedef struct Trace {
    uint8_t enter[NAMES_TYPES_MAX + 1]; /* what ended before this began: 0 or t + 1, | ENDS_S */
    uint16_t from_i_i, from_i_e;        /* bit t: I or E of t came from I, not from B */
} Trace;

typedef struct Column {
    int32_t none, b[NAMES_TYPES_MAX], i[NAMES_TYPES_MAX], e[NAMES_TYPES_MAX], s[NAMES_TYPES_MAX];
} Column;

/*
 * Two units, "Emma Clark", type 0; the ways to the second unit that the table holds:
 *
 *     none   from none, E or S of the first unit     b, s   likewise
 *     i, e   from b or i of the first unit
 *
 * Trace remembers one choice a label: enter[] for none, b and s, a bit for i and e. walk_back goes
 * from the best end to the front: an E leads over I's to its B, and what ended before that B stands
 * in enter[t + 1] of the B's unit.
 */
/* What may end before unit i: the best of E and S of each type, and outside. */
static void ends_of(const Column *c, uint32_t types, int32_t *end, uint8_t *code) {
    end[0] = c->none;
    code[0] = 0;
    for (uint32_t t = 0; t < types; t++) {
        bool single = c->s[t] > c->e[t];
        end[t + 1] = single ? c->s[t] : c->e[t];
        code[t + 1] = (uint8_t)(t + 1) | (single ? ENDS_S : 0);
    }
}

/* The best step into what begins (`to`: 0 outside, t + 1 a type) and where it came from. The first
   of equals is taken, so that all machines agree; LOW stays far from overflow. */
static int32_t best_entry(const NamesModel *m, const int32_t *end, uint32_t to, uint32_t *from) {
    int32_t best = LOW;
    for (uint32_t a = 0; a <= m->types; a++) {
        int32_t value = end[a] + m->moves.enter[a][to];
        if (value > best) {
            best = value;
            *from = a;
        }
    }
    return best;
}

/* One unit further. row: [B of all types][I][E][S], as everywhere in the tagger. */
static void step(const NamesModel *m, const int16_t *row, const Column *last, Column *next,
                 Trace *trace) {
    int32_t end[NAMES_TYPES_MAX + 1];
    uint8_t code[NAMES_TYPES_MAX + 1];
    uint32_t types = m->types, from = 0;
    ends_of(last, types, end, code);
    next->none = best_entry(m, end, 0, &from);
    trace->enter[0] = code[from];
    trace->from_i_i = trace->from_i_e = 0;
    for (uint32_t t = 0; t < types; t++) {
        int32_t enter = best_entry(m, end, t + 1, &from);
        int32_t bi = last->b[t] + m->moves.b_i[t], ii = last->i[t] + m->moves.i_i[t];
        int32_t be = last->b[t] + m->moves.b_e[t], ie = last->i[t] + m->moves.i_e[t];
        trace->enter[t + 1] = code[from];
        trace->from_i_i |= (uint16_t)((ii > bi) << t);
        trace->from_i_e |= (uint16_t)((ie > be) << t);
        next->b[t] = enter + row[t];
        next->i[t] = (ii > bi ? ii : bi) + row[types + t];
        next->e[t] = (ie > be ? ie : be) + row[2 * types + t];
        next->s[t] = enter + row[3 * types + t];
    }
}

_Static_assert(1 + 4 * NAMES_TYPES_MAX <= UINT8_MAX, "a label is a byte");
_Static_assert(NAMES_TYPES_MAX + 1 < ENDS_S, "Trace.enter holds a type and one bit more");
_Static_assert(NAMES_TYPES_MAX <= 16, "Trace: a bit a type");

/* 0 is outside; kind: 0 B, 1 I, 2 E, 3 S. */
static uint8_t label_of(uint32_t type, uint32_t kind) {
    return (uint8_t)(1 + 4 * type + kind);
}

/* From the best end to the front; `code`: what ended last, as Trace has it. */
static void walk_back(const Trace *trace, uint32_t n, uint8_t code, uint8_t *labels) {
    uint32_t i = n;
    while (i > 0) {
        uint32_t ended = code & ~ENDS_S;
        if (!ended || (code & ENDS_S)) {
            labels[--i] = ended ? label_of(ended - 1, 3) : 0;
            code = trace[i].enter[ended];
            continue;
        }
        uint32_t t = ended - 1;
        labels[--i] = label_of(t, 2);
        bool inside = trace[i].from_i_e >> t & 1;
        while (inside && i > 1) {
            labels[--i] = label_of(t, 1);
            inside = trace[i].from_i_i >> t & 1;
        }
        if (i > 0) labels[--i] = label_of(t, 0);
        code = trace[i].enter[ended];
    }
}

/* The best sequence of labels by Viterbi's algorithm over two columns; time n * types^2. */
void names_decide(const NamesModel *m, const NamesRow *rows, uint32_t n, uint8_t *labels) {
    Trace trace[NAMES_UNITS];
    Column column[2];
    int32_t end[NAMES_TYPES_MAX + 1];
    uint8_t code[NAMES_TYPES_MAX + 1];
    uint32_t best = 0;
    assert(n <= NAMES_UNITS && m->types <= NAMES_TYPES_MAX);
    column[0].none = 0;
    for (uint32_t t = 0; t < m->types; t++) {
        column[0].b[t] = column[0].i[t] = column[0].e[t] = column[0].s[t] = LOW;
    }
    for (uint32_t i = 0; i < n; i++) {
        step(m, rows[i], &column[i & 1], &column[(i + 1) & 1], &trace[i]);
    }
    ends_of(&column[n & 1], m->types, end, code);
    for (uint32_t a = 1; a <= m->types; a++) {
        if (end[a] > end[best]) best = a;
    }
    walk_back(trace, n, code[best], labels);
}
