/*
 * Tagging: cut, part into words, weigh, decide, and say how sure it is.
 *
 * The score of a find is made of its margin: the weight of its labels, with the steps into and out
 * of it, less the weight of nothing in its place (whose units weigh 0). The model holds a line for
 * each type that leads from margin to log-odds, fitted on sentences that training did not see
 * (Platt 1999).
 */
#include <assert.h>
#include <math.h>

#include "base/mem.h"
#include "gate/names/again.h"

struct Names {
    const NamesModel *model;
    int16_t lean;      /* beside the head's */
    bool deaf;         /* to the second look */
    NamesAgain *again; /* the second look; NULL: there is none */
    NamesSentence sentence;
    NamesRow rows[NAMES_UNITS];
    uint8_t labels[NAMES_UNITS];
};

/* The model is borrowed; it may be shared by any number of taggers. */
Status names_new(const NamesModel *model, Names **out, Err *err) {
    Names *names = mem_alloc(sizeof *names);
    if (!names) return err_no_memory(err, "the tagger");
    names->model = model;
    names->again = NULL;
    names->lean = 0;
    names->deaf = false;
    *out = names;
    return OK;
}

void names_free(Names *names) {
    if (names) names_again_free(names->again);
    mem_free(names);
}

/* sense NULL: no second look from now on. On failure the old one stays. */
Status names_look(Names *names, const NamesHead *head, const NamesSense *sense, Err *err) {
    NamesAgain *again = NULL;
    if (sense) TRY(names_again_new(head, sense, &again, err));
    names_again_free(names->again);
    names->again = again;
    return OK;
}

void names_deafen(Names *names, bool deaf) {
    names->deaf = deaf;
}

/* Nats in the model's steps, at most what a head may add (HEAD_ADDS_MAX). */
void names_lean(Names *names, float nats) {
    assert(nats >= 0);
    names->lean = (int16_t)lrintf(nats / names->model->step < HEAD_ADDS_MAX
                                      ? nats / names->model->step
                                      : HEAD_ADDS_MAX);
}

bool names_blind(const Names *names) {
    return names->again && names_again_blind(names->again);
}

/* The rows of unit i's features; those that the model does not hold weigh nothing. */
static uint32_t find_rows(const NamesModel *m, const NamesSentence *s, uint32_t i,
                          const int8_t **found) {
    uint64_t key[FEATURES_MAX];
    uint32_t n = names_features(s, i, key), k = 0;
    for (uint32_t f = 0; f < n; f++) {
        size_t at = BUCKET * (size_t)bucket_of(key[f], m->row_buckets);
        uint32_t slot = slot_of(m->row_print + 2 * at, print_of(key[f]));
        found[k] = m->rows + (at + (slot & (BUCKET - 1))) * m->row;
        PREFETCH(found[k]);
        k += slot < BUCKET;
    }
    return k;
}

/* Adds up n rows. With eight types (the model that ships) the compiler knows the length and keeps
   the sums in registers. */
static ALWAYS_INLINE void add_rows(const int8_t *const *found, uint32_t n, int16_t *row,
                                   uint32_t length) {
    int16_t sum[ROW_MAX] = {0};
    for (uint32_t f = 0; f < n; f++) {
        for (uint32_t r = 0; r < length; r++) sum[r] = (int16_t)(sum[r] + found[f][r]);
    }
    memcpy(row, sum, length * sizeof *row);
}

/* The row of unit i: what the features that the model holds say of each label. */
void names_weigh(const NamesModel *m, const NamesSentence *s, uint32_t i, int16_t *row) {
    const int8_t *found[FEATURES_MAX + 1]; /* find_rows writes one beyond what it keeps */
    uint32_t n = find_rows(m, s, i, found);
    if (m->row == 32)
        add_rows(found, n, row, 32);
    else
        add_rows(found, n, row, m->row);
}

/* ---- scores -------------------------------------------------------------------------------- */

/* How much better the labels with this name are than those without: the margin, by the model's line
   for the type (slope, offset) as a probability. Labels of neighbours stay as they are. */
static float score(const Names *names, uint32_t at, uint32_t end, uint32_t type) {
    const NamesModel *m = names->model;
    const NamesMoves *v = &m->moves;
    uint32_t types = m->types, n = end - at;
    assert(at < end && end <= names->sentence.n && type < types);
    uint32_t before = at ? names_end(names->labels[at - 1]) : 0;
    bool last = end == names->sentence.n;
    uint32_t behind = last ? 0 : names_end(names->labels[end]);
    int32_t sum = v->enter[before][type + 1];
    if (n == 1) {
        sum += names->rows[at][3 * types + type];
    } else {
        sum += names->rows[at][type] + names->rows[end - 1][2 * types + type];
        sum += n == 2 ? v->b_e[type] : v->b_i[type] + v->i_e[type];
        for (uint32_t i = at + 1; i + 1 < end; i++) sum += names->rows[i][types + type];
        if (n > 3) sum += (int32_t)(n - 3) * v->i_i[type];
    }
    if (!last) sum += v->enter[type + 1][behind] - v->enter[0][behind];
    sum -= v->enter[before][0] + (int32_t)(n - 1) * v->enter[0][0];
    float odds = m->offset[type] + m->slope[type] * m->step * (float)sum;
    float p = 1.0f / (1.0f + expf(-odds));
    return p < 0.01f ? 0.01f : p > 0.99f ? 0.99f : p;
}

/* ---- what cannot be a name ----------------------------------------------------------------- */

/* Nothing stands between; UNIT_NONE is the padding before and behind a sentence (UNIT_PAD units,
   so that u[-3] and u[2] below can be read). */
static bool touches(const Unit *a, const Unit *b) {
    return a->kind != UNIT_NONE && b->kind != UNIT_NONE && a->end == b->at;
}

/* A digit, an underscore or an at sign right beside a word: of a variable, a login, an address. */
static bool is_sign_of_code(const Unit *u, Str view) {
    char c = view.p[u->at];
    return u->kind == UNIT_DIGITS || (u->kind == UNIT_MARK && (c == '_' || c == '@'));
}

_Static_assert(UNIT_PAD >= 3, "is_in_code reads three units before and two behind");

/* A word of letters that is part of a code, a path or an address of the network. */
static bool is_in_code(const Unit *u, Str view) {
    if (u->kind != UNIT_WORD) return false;
    bool mention = view.p[u[-1].at] == '@' && u[-1].gap; /* "@Jane" */
    if (touches(&u[-1], u) && !mention && is_sign_of_code(&u[-1], view)) return true;
    if (touches(u, &u[1]) && is_sign_of_code(&u[1], view)) return true;
    bool path = touches(&u[-1], u) && view.p[u[-1].at] == '/' && touches(&u[-2], &u[-1]) &&
                touches(&u[-3], &u[-2]) && view.p[u[-3].at] == '.'; /* "x.org/Abc" */
    if (path) return true;
    bool dotted = touches(u, &u[1]) && touches(&u[1], &u[2]) && view.p[u[1].at] == '.';
    return dotted && u->end - u->at > 1 && u[2].kind == UNIT_WORD && u[2].shape == 1;
}

/* Numbers alone are a matter of formats, and so is what stands inside a code: a find needs a sign
   or a word of its own, and may not begin or end in the middle of something longer. */
static bool is_plausible(const NamesSentence *s, uint32_t from, uint32_t to, Str view) {
    const Unit *last = &s->unit[to - 1];
    if (is_in_code(&s->unit[from], view) || is_in_code(last, view)) return false;
    if (last->kind == UNIT_MARK && touches(last, last + 1) && is_sign_of_code(last + 1, view))
        return false;
    for (uint32_t i = from; i < to; i++) {
        const Unit *u = &s->unit[i];
        if (u->kind == UNIT_HAN || (u->kind == UNIT_WORD && !is_in_code(u, view))) return true;
    }
    return false;
}

/* Has a word of the find a word of every day in mixed letters, as "UserId" has? */
static bool is_coded(const Names *names, uint32_t from, uint32_t to, Str view) {
    for (uint32_t i = from; i < to; i++) {
        const Unit *u = &names->sentence.unit[i];
        if (u->kind != UNIT_WORD) continue;
        if (names_is_coded(names->model, str_sub(view, u->at, u->end))) return true;
    }
    return false;
}

/* "Albert Pujols", "Antawn Jamison": where one word of two is found, so is the other. */
static bool may_join(const Names *names, uint32_t a, uint32_t b) {
    const NamesSentence *s = &names->sentence;
    uint32_t other = names->labels[a] ? b : a;
    const Unit *u = &s->unit[a], *next = &s->unit[b];
    if (u->kind != UNIT_WORD || next->kind != UNIT_WORD || names->labels[other]) return false;
    return next->at - u->end == 1 && names_may_be_name(s, other);
}

/* wide_at, wide_end: with a neighbouring word that may be the other half of the name. */
static void widen(const Names *names, uint32_t from, uint32_t to, NameSpan *out) {
    const NamesSentence *s = &names->sentence;
    out->wide_at = out->at;
    out->wide_end = out->end;
    if (from > 0 && may_join(names, from - 1, from)) out->wide_at = s->unit[from - 1].at;
    if (to < s->n && may_join(names, to - 1, to)) out->wide_end = s->unit[to].end;
}

/* Runs of labels as spans, in order; what cannot be a name is left out. */
static void give(const Names *names, Str view, const NameSink *sink) {
    const NamesSentence *s = &names->sentence;
    for (uint32_t i = 0; i < s->n;) {
        uint32_t from = i, type = (names->labels[i] - 1u) / 4, kind = (names->labels[i] - 1u) % 4;
        i++;
        if (!names->labels[from]) continue;
        assert(type < names->model->types && kind != 1 && kind != 2); /* names_decide begins so */
        while (kind == 0 && i < s->n && names->labels[i] == 2 + 4 * type) i++;
        if (kind == 0 && i < s->n && names->labels[i] == 3 + 4 * type) i++;
        if (!is_plausible(s, from, i, view)) continue;
        NameSpan span = {.at = s->unit[from].at,
                         .end = s->unit[i - 1].end,
                         .type = names->model->name[type],
                         .plain = names_is_plain(s, from, i),
                         .listed = names_is_listed(s, from, i),
                         .known = names_is_known(s, from, i),
                         .coded = is_coded(names, from, i, view),
                         .score = score(names, from, i, type)};
        widen(names, from, i, &span);
        sink->take(sink->user, &span);
    }
}

/* The head leans to people by ten nats, which suits running text. In a short line there is nothing
   that speaks against a name, and a list of pupils is found with less: all chosen on the half of
   tests/bench/gate_lines.py that is there to be looked at. */
enum { BARE_UNITS = 10, BARE_NATS = 4, STRANGE_NATS = 9 };

static void weigh_units(Names *names) {
    for (uint32_t i = 0; i < names->sentence.n; i++) {
        names_weigh(names->model, &names->sentence, i, names->rows[i]);
    }
}

static Str sentence_text(const NamesSentence *s, Str view) {
    if (s->n == 0) return (Str){view.p, 0};
    return str_sub(view, s->unit[0].at, s->unit[s->n - 1].end);
}

/* To beginning a person's name, or a whole one: the first type. */
static void lean(Names *names, int nats) {
    int16_t by = (int16_t)(names->lean + (int)lrintf((float)nats / names->model->step));
    for (uint32_t i = 0; i < names->sentence.n; i++) {
        names->rows[i][0] = (int16_t)(names->rows[i][0] + by);
        names->rows[i][3 * names->model->types] =
            (int16_t)(names->rows[i][3 * names->model->types] + by);
    }
}

/* In scripts that the tagger has not learned each word is unknown to it, and it takes nearly all of
   them for names: there the encoder alone is heard, and leans as little as it can. */
static void look_again(Names *names, NamesView here) {
    const NamesSentence *s = &names->sentence;
    bool strange = names_is_strange(sentence_text(s, here.text));
    if (strange) memset(names->rows, 0, s->n * sizeof *names->rows);
    names_again_add(names->again, s, here, names->rows);
    if (names_again_blind(names->again))
        weigh_units(names); /* the tagger alone, as without a second look */
    else
        lean(names, strange ? -STRANGE_NATS : s->n <= BARE_UNITS ? -BARE_NATS : 0);
}

/* Sentence by sentence from `from` on; returns where the first one begins that may go on behind the
   view (`whole`: none does). */
uint32_t names_tag(Names *names, Str view, uint32_t from, bool whole, const NameSink *sink) {
    while (from < view.n) {
        uint32_t next = names_cut(view, from, &names->sentence);
        assert(next > from);
        if (next == view.n && !whole) break;
        from = next;
        names_words(names->model, &names->sentence);
        weigh_units(names);
        if (names->again && !names->deaf) {
            look_again(names, (NamesView){view, next, whole});
        }
        names_decide(names->model, (const NamesRow *)names->rows, names->sentence.n, names->labels);
        give(names, view, sink);
    }
    return from;
}
