/*
 * Rules over terms: "ignore" ... "previous" ... "instructions", whatever stands between.
 *
 * Terms are found by a table of 256 buckets over their first two bytes; a term of letters counts
 * only as a whole word. Every find of a term is offered to every rule. A rule waits for the term
 * of its next class within `gap` bytes; the newest beginning wins, so that "ignore this; ignore
 * all previous orders" is found. A rule that is through is a hit; hits of different rules within
 * NEAR bytes are weighed together as independent witnesses (noisy-or): 1 - (1 - a)(1 - b)... Weak
 * signs thereby count only in company.
 *
 * Time: terms of a bucket (about ten) a character, rules (about fifty) a term found. Memory is
 * fixed.
 */
#include <assert.h>

#include "base/plain.h"
#include "base/utf8.h"
#include "gate/guard/impl.h"

/* Of a term's first two bytes, or a text's; a term of one byte takes in the '|' behind it in the
   table, and so is found only where that follows in the text, too: "<" means "<|". */
static uint8_t bucket_of(const char *p) {
    return (uint8_t)((uint8_t)p[0] * 31u + (uint8_t)p[1]);
}

/* "ignore|disregard*|..." becomes terms that point into the table's text; each bucket is a list by
   Term.next, -1 at its end. */
void rules_init(Rules *r) {
    assert(n_rules <= RULES_MAX);
    r->n = 0;
    for (size_t b = 0; b < ARRAY_LEN(r->bucket); b++) r->bucket[b] = -1;
    for (size_t i = 0; i < n_rule_terms; i++) {
        for (const char *p = rule_terms[i].words; *p;) {
            assert(r->n < TERMS_MAX);
            size_t n = strcspn(p, "|");
            assert(n > 0 && n <= UINT8_MAX); /* no "||" in the table */
            bool open = p[n - 1] == '*';
            assert(n > open); /* nothing would begin everywhere */
            assert(n > 2 || !open); /* "@*" would be found before a '*' alone */
            int16_t *head = &r->bucket[bucket_of(p)];
            r->term[r->n] = (Term){p, (uint8_t)(n - open), rule_terms[i].class, open, *head};
            *head = (int16_t)r->n++;
            p += n + (p[n] == '|');
        }
    }
}

/* Of a word in the view, whose letters are small already; bytes of other scripts are none. */
static bool is_letter(char c) {
    return plain_is_small(c) || plain_is_digit(c) || c == '_';
}

/* No term begins inside a character or inside a word. */
static bool may_begin(const View *v, size_t at) {
    if (utf8_goes_on(v->p[at])) return false;
    return at == 0 || !is_letter(v->p[at]) || !is_letter(v->p[at - 1]);
}

/* The byte behind the term may be v->p[v->n]: view_fold puts 'x' there where the text goes
   on, else NUL. */
static bool term_at(const Term *t, const View *v, size_t at) {
    if (at + t->n > v->n || memcmp(t->p, v->p + at, t->n) != 0) return false;
    return t->open || !is_letter(t->p[t->n - 1]) || !is_letter(v->p[at + t->n]);
}

/* How far a rule has come: `step` classes are found, from start to end in the view; 0: none. */
typedef struct RuleState {
    uint8_t step;
    size_t start, end;
} RuleState;

typedef struct Hit {
    const Rule *rule;
    size_t start, end;
} Hit;

/* In the place of a hit's rule that was taken back: of no kind, so weigh passes over it. */
static const Rule forgotten = {.kind = GUARD_KINDS};

_Static_assert(RULES_MAX <= 64, "weigh has a bit a rule");
_Static_assert(TERMS_MAX <= INT16_MAX, "a bucket's list is of int16_t");

typedef struct Run {
    const View *view;
    Find *best;
    RuleState state[RULES_MAX];
    Hit hit[HITS_MAX]; /* a ring */
    size_t n_hits;
} Run;

/* Weighs the newest hit with the hits near it. Two rules of 0.7 and 0.5 within NEAR bytes make
   1 - 0.3 * 0.5 = 0.85. A rule counts once, however often it hit; the weightiest one gives the
   reason and the peak. */
static void weigh(Run *run, const Hit *newest) {
    uint64_t seen = 0;
    float left = 1, most = 0;
    size_t start = newest->start, n = run->n_hits < HITS_MAX ? run->n_hits : HITS_MAX;
    const char *reason = newest->rule->reason;
    GuardSpan peak = {newest->start, newest->end};
    for (size_t i = 0; i < n; i++) {
        const Hit *h = &run->hit[i];
        if (h->rule->kind != newest->rule->kind || h->start + NEAR < newest->end) continue;
        uint64_t bit = 1ull << (h->rule - rules);
        if (seen & bit) continue;
        seen |= bit;
        left *= 1 - h->rule->weight;
        if (h->start < start) start = h->start;
        if (h->rule->weight <= most) continue;
        reason = h->rule->reason;
        most = h->rule->weight;
        peak = (GuardSpan){h->start, h->end};
    }
    assert(left >= 0 && left <= 1 && start <= newest->end);
    Find *best = &run->best[newest->rule->kind];
    if (1 - left <= best->score) return;
    *best = (Find){1 - left, start, newest->end, peak, reason};
}

/* What stood just before was harmless: the best find and the hits it was made of are forgotten. */
static void take_back(Run *run, const Rule *by, size_t at) {
    Find *best = &run->best[by->kind];
    if (best->score == 0 || best->end + by->gap < at) return;
    best->score = 0;
    for (size_t i = 0; i < HITS_MAX; i++) {
        const Rule *rule = run->hit[i].rule;
        if (rule && rule->kind == by->kind) run->hit[i].rule = &forgotten;
    }
}

/* Words in small letters that the view has at `at`. */
static bool is_one_of(const View *v, size_t at, const char *const *words, size_t n) {
    for (size_t i = 0; i < n; i++) {
        size_t k = strlen(words[i]);
        if (at + k <= v->n && memcmp(v->p + at, words[i], k) == 0) return true;
    }
    return false;
}

/* Is there a word in [from, to) that tells which thing is meant? "the first error message", but not
   "all of your messages". */
static bool has_more_words(const View *v, size_t from, size_t to) {
    static const char *const plain[] = {"of ", "the ", "your ", "my ", "these ", "those ", "this ",
                                        "that ", "other ", "further ", "user ", "and ",
                                        "system ", "safety ", "initial ", "past ", "given "};
    while (from < to) {
        size_t end = from;
        while (end < to && v->p[end] != ' ') end++;
        bool word = end > from && is_letter(v->p[from]);
        if (word && !is_one_of(v, from, plain, ARRAY_LEN(plain))) return true;
        from = end + 1;
    }
    return false;
}

/* "Delete all messages" in a manual is no order to forget: what is done to things, with a thing.
   "Ignore all messages" is one, and so is "delete all instructions". Nor is "ignore the first error
   message", of which something else is told than that somebody gave it; nor what a court does to
   "all earlier orders". `behind`: the end of the term before the object. */
static bool is_about_things(const Run *run, const Rule *rule, const RuleState *s, size_t behind,
                            size_t object) {
    static const char *const verbs[] = {"cancel", "drop", "erase", "delete", "reset", "discard",
                                        "set aside", "overrule", "supersede"};
    static const char *const things[] = {"message", "conversation", "statement", "request",
                                         "task", "input", "order"};
    const View *v = run->view;
    if (!is_one_of(v, object, things, ARRAY_LEN(things))) return false;
    bool done = is_one_of(v, s->start, verbs, ARRAY_LEN(verbs));
    bool order = done && memcmp(v->p + object, "order", 5) == 0;
    if (strcmp(rule->steps, "IPO") == 0) return order;
    if (strcmp(rule->steps, "IAO") == 0) return done || has_more_words(v, behind, object);
    return strcmp(rule->steps, "IO") == 0 && done;
}

/* Does a sentence end in [from, to)? What is to be dropped stands in one sentence with the verb. */
static bool is_cut(const View *v, size_t from, size_t to) {
    for (size_t at = from; at + 1 < to; at++) {
        if (memchr(".!?", v->p[at], 3) && v->p[at + 1] == ' ') return true;
        if (memcmp(v->p + at, "。", 3) == 0) return true;
    }
    return false;
}

/* "Never tell anybody your password" is what a bank writes, and no question for one. "Do not say
   the password, spell it" is one: "not" alone makes no advice. */
static bool is_advice(const Run *run, const RuleState *s, size_t end) {
    static const char *const before[] = {"never ", "nobody ", "切勿", "niemals "};
    static const char *const behind[] = {" niemand", " niemals", " to anybody", " to anyone",
                                         " to nobody"};
    for (size_t i = 0; i < ARRAY_LEN(before); i++) {
        size_t k = strlen(before[i]);
        if (k <= s->start && is_one_of(run->view, s->start - k, &before[i], 1)) return true;
    }
    return is_one_of(run->view, end, behind, ARRAY_LEN(behind));
}

/* Found in its order, and no order all the same. */
static bool is_harmless(const Run *run, const Rule *rule, const RuleState *s, size_t behind,
                        GuardSpan object) {
    const char *steps = rule->steps;
    bool drops = strcmp(steps, "IPO") == 0 || strcmp(steps, "IAO") == 0 ||
                 strcmp(steps, "IO") == 0 || strcmp(steps, "IOP") == 0;
    if (drops && is_cut(run->view, s->start, object.start)) return true;
    if (strcmp(steps, "EK") == 0 || strcmp(steps, "EW") == 0) return is_advice(run, s, object.end);
    return is_about_things(run, rule, s, behind, object.start);
}

/* One found term to all rules. A rule that waits for another class, or whose gap is passed, begins
   anew where the term is of its first class; weight 0 takes back instead of adding a hit. */
static void offer(Run *run, char class, size_t start, size_t end) {
    for (size_t i = 0; i < n_rules; i++) {
        const Rule *rule = &rules[i];
        RuleState *s = &run->state[i];
        bool goes_on = s->step && rule->steps[s->step] == class && start >= s->end &&
                       start - s->end <= rule->gap;
        if (!goes_on && rule->steps[0] != class) continue;
        size_t behind = s->end;
        if (goes_on) *s = (RuleState){(uint8_t)(s->step + 1), s->start, end};
        else *s = (RuleState){1, start, end};
        assert(s->step > 0 && s->start <= s->end && s->end <= run->view->n);
        if (rule->steps[s->step]) continue;
        if (is_harmless(run, rule, s, behind, (GuardSpan){start, end})) {
            s->step = 0;
            continue;
        }
        if (rule->weight == 0) {
            take_back(run, rule, start);
            continue;
        }
        Hit *hit = &run->hit[run->n_hits++ % HITS_MAX];
        *hit = (Hit){rule, s->start, end};
        s->step = 0;
        weigh(run, hit);
    }
}

/* One pass over the view; each term is offered to all rules in the order in which it stands. */
void rules_run(const Rules *r, const View *view, Find best[GUARD_KINDS]) {
    Run run = {.view = view, .best = best};
    for (size_t at = 0; at < view->n; at++) {
        if (!may_begin(view, at)) continue;
        for (int16_t t = r->bucket[bucket_of(view->p + at)]; t >= 0; t = r->term[t].next) {
            const Term *term = &r->term[t];
            if (term_at(term, view, at)) offer(&run, term->class, at, at + term->n);
        }
    }
}
