/*
 * Rewriting as a remedy: the sentences that offend are cut out, a mark stands where they stood, and
 * the rest of the text stays what it was.
 *
 * Algorithm. The weightiest piece of evidence is widened to whole sentences and cut; the text with
 * the mark in its place is judged again; and so on until nothing is as sure as `bar`. So what is
 * left has been judged as it will be read: two halves of an order that a cut brings together are
 * found in the next round. A find that reaches over a mark swallows it. After GUARD_CUTS_MAX cuts
 * the whole text is one cut: whoever hides so many orders has nothing to say.
 *
 * A sentence ends behind . ! ? that a blank follows, behind their Chinese kin, and at a line's end;
 * no further than SENTENCE_MAX bytes from the find (a table has no sentences).
 *
 * Invariants: cuts ascend, do not touch, lie on characters. Time: cuts + 1 times the text. Memory:
 * one copy of the text.
 */
#include <assert.h>

#include "base/lists.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "gate/guard/impl.h"

enum { SENTENCE_MAX = 600 };

typedef struct Cutting {
    Guard *guard;
    Str text;
    const GuardCut *how;
    GuardSpan *cut; /* [GUARD_CUTS_MAX] */
    size_t n;
    Buf left; /* the text as it reads with the cuts made so far */
} Cutting;

/* Does a sentence end just before `at`? */
static bool sentence_ends(Str text, size_t at) {
    static const char *const ends[] = {"。", "！", "？", "；", NULL};
    char before = text.p[at - 1];
    if (before == '\n') return true;
    if (before == '.' || before == '!' || before == '?') {
        return at == text.n || text.p[at] == ' ' || text.p[at] == '\n';
    }
    return list_ends(str_sub(text, 0, at), ends);
}

static bool inside_character(Str text, size_t at) {
    return at < text.n && utf8_goes_on(text.p[at]);
}

/* Widens a find to the sentences that it stands in, SENTENCE_MAX bytes at most on either side, and
   to whole characters. */
static GuardSpan whole_sentences(Str text, GuardSpan s) {
    assert(s.start <= s.end && s.end > 0 && s.end <= text.n);
    size_t least = s.start > SENTENCE_MAX ? s.start - SENTENCE_MAX : 0;
    size_t most = text.n - s.end > SENTENCE_MAX ? s.end + SENTENCE_MAX : text.n;
    while (s.start > least && !sentence_ends(text, s.start)) s.start--;
    while (s.start < s.end && text.p[s.start] == ' ') s.start++;
    while (s.end < most && !sentence_ends(text, s.end)) s.end++;
    while (s.end > s.start + 1 && s.end > 0 && text.p[s.end - 1] == '\n') s.end--;
    while (s.start > 0 && inside_character(text, s.start)) s.start--;
    while (inside_character(text, s.end)) s.end++;
    return s;
}

/* Where byte `at` of what is left stands in the text; inside a mark: the cut's edge. */
static size_t original(const Cutting *c, size_t at, bool end) {
    size_t text = 0, left = 0;
    for (size_t i = 0; i < c->n; i++) {
        size_t kept = c->cut[i].start - text;
        if (at < left + kept || (end && at == left + kept)) break;
        text += kept;
        left += kept;
        if (at < left + c->how->mark.n || (end && at == left + c->how->mark.n)) {
            return end ? c->cut[i].end : c->cut[i].start;
        }
        text = c->cut[i].end;
        left += c->how->mark.n;
    }
    return text + (at - left);
}

/* Adds a cut; what it meets becomes one with it. */
static void add_cut(Cutting *c, GuardSpan s) {
    size_t from = 0, to;
    while (from < c->n && c->cut[from].end < s.start) from++;
    for (to = from; to < c->n && c->cut[to].start <= s.end; to++) {
        if (c->cut[to].start < s.start) s.start = c->cut[to].start;
        if (c->cut[to].end > s.end) s.end = c->cut[to].end;
    }
    if (to == from && c->n == GUARD_CUTS_MAX) {
        s = (GuardSpan){0, c->text.n};
        from = 0;
        to = c->n;
    }
    memmove(c->cut + from + 1, c->cut + to, (c->n - to) * sizeof *c->cut);
    c->cut[from] = s;
    c->n = c->n - (to - from) + 1;
    assert(c->n <= GUARD_CUTS_MAX && (from == 0 || c->cut[from - 1].end < s.start));
    assert(from + 1 == c->n || c->cut[from + 1].start > s.end);
}

/* The text with a mark for each cut, as it will be judged again. */
static Status write_left(Cutting *c, Err *err) {
    size_t at = 0;
    c->left.n = 0;
    for (size_t i = 0; i < c->n; i++) {
        buf_add_str(&c->left, str_sub(c->text, at, c->cut[i].start));
        buf_add_str(&c->left, c->how->mark);
        at = c->cut[i].end;
    }
    buf_add_str(&c->left, str_sub(c->text, at, c->text.n));
    return buf_check(&c->left, "a text without what offends", err);
}

static bool all_is_cut(const Cutting *c) {
    return c->n == 1 && c->cut[0].start == 0 && c->cut[0].end == c->text.n;
}

/* One round; *more: something was cut. */
static Status cut_surest(Cutting *c, bool *more, Err *err) {
    TRY(write_left(c, err));
    GuardSpan at;
    *more = !all_is_cut(c) &&
            guard_surest(c->guard, buf_str(&c->left), c->how->kind, &at) >= c->how->bar;
    if (!*more) return OK;
    size_t was = c->n;
    GuardSpan before[GUARD_CUTS_MAX];
    memcpy(before, c->cut, was * sizeof *before);
    GuardSpan found = {original(c, at.start, false), original(c, at.end, true)};
    assert(found.start <= found.end && found.end <= c->text.n);
    add_cut(c, whole_sentences(c->text, found));
    bool same = c->n == was && memcmp(before, c->cut, was * sizeof *before) == 0;
    if (same) add_cut(c, (GuardSpan){0, c->text.n}); /* the mark itself offends: nothing is kept */
    return OK;
}

/* Cuts the surest find and judges what is left, until nothing of it reaches the bar: each round
   cuts more, so it ends. */
Status guard_cuts(Guard *guard, Str text, const GuardCut *how, GuardSpan cut[GUARD_CUTS_MAX],
                  size_t *n, Err *err) {
    Cutting c = {.guard = guard, .text = text, .how = how, .cut = cut};
    bool more = true;
    Status status = OK;
    buf_init(&c.left, text.n + (GUARD_CUTS_MAX + 1) * how->mark.n + 1);
    while (status == OK && more) status = cut_surest(&c, &more, err);
    buf_fini(&c.left);
    *n = c.n;
    return status;
}

/* The text without what offends, with the mark in each place. */
Status guard_rewrite(Guard *guard, Str text, const GuardCut *how, Buf *out, Err *err) {
    GuardSpan cut[GUARD_CUTS_MAX];
    size_t n, at = 0;
    TRY(guard_cuts(guard, text, how, cut, &n, err));
    for (size_t i = 0; i < n; i++) {
        buf_add_str(out, str_sub(text, at, cut[i].start));
        buf_add_str(out, how->mark);
        at = cut[i].end;
    }
    buf_add_str(out, str_sub(text, at, text.n));
    return buf_check(out, "a text without what offends", err);
}
