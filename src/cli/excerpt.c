/*
 * A few lines of a passage around the words that were searched for.
 *
 * A passage has some 1,500 bytes, which is right for a model and too much for a person who looks
 * through eight of them. Shown is the window of WINDOW bytes in which most of the different words
 * of the query stand, the first of such windows, begun and ended where a line or a word does; on a
 * terminal the words are bold. A short passage is shown whole, and so is every one with --whole. In
 * a passage that has none of the words (it was found by meaning) it is the beginning.
 *
 *     query    boiler serviced
 *     words    "boile" "servic"    small letters; of long words the ending is left out, so that
 *                                  "services" is marked as well
 *     shown    ... The boiler in the cellar was serviced on 4 May by ...
 *
 * Words of fewer than four letters are looked for only where the query has no longer one: else each
 * "the" would be marked. Of Chinese, Japanese and Korean each pair of neighbouring
 * characters is a word. A long word is marked inside of another one, too: "Mietvertragskündigung".
 *
 * This door knows nothing of the index: what is marked is what a reader would find with the eye.
 * What the search took for a slip ("recieved") is shown, not marked.
 *
 * Numbers: all chosen by looking at results. Cost: passage * words, both small.
 */
#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "cli/cli.h"

enum {
    WORDS_MAX = 32,  /* of a query; the rest is not marked */
    MARKS_MAX = 256, /* in a passage; the rest is not marked */
    WINDOW = 400,    /* bytes that are shown, */
    LEAD = 100,      /* of these before the first word, at most */
    SLACK = 60,      /* how far the window gives way to begin and end well */
    INSIDE = 6,      /* bytes of a word that is looked for inside of others */
    QUERY_MAX = 1024 /* bytes of a query that are looked at */
};

typedef struct Word {
    Str text; /* small letters, without its ending */
    bool pair; /* of a script without blanks: stands anywhere */
} Word;

typedef struct Mark {
    size_t start, end; /* bytes of the passage */
    size_t word;
} Mark;

typedef struct Excerpt {
    char query[QUERY_MAX];
    Word words[WORDS_MAX];
    size_t n_words;
    Mark marks[MARKS_MAX]; /* ascending, apart */
    size_t n_marks;
} Excerpt;

/* ---- words of the query ---------------------------------------------------------------------- */

static void add_word(Excerpt *x, Str text, bool pair) {
    for (size_t i = 0; i < x->n_words; i++) {
        if (str_eq(x->words[i].text, text)) return;
    }
    if (x->n_words < WORDS_MAX) x->words[x->n_words++] = (Word){text, pair};
}

/* Where the word at `at` ends: at a sign that is none of a word, or where CJK begins or ends. */
static size_t word_end(Str s, size_t at, bool *cjk) {
    size_t end = at, width;
    *cjk = unicode_is_cjk(utf8_decode(s, at, &width));
    for (; end < s.n; end += width) {
        uint32_t c = utf8_decode(s, end, &width);
        if (!unicode_in_word(c) || unicode_is_cjk(c) != *cjk) break;
    }
    return end;
}

/* The ending of a word of six letters and more is left out, of two at most; not within a
   character. */
static Str without_ending(Str word) {
    size_t n = word.n >= 6 ? word.n - (word.n >= 8 ? 2 : 1) : word.n;
    return utf8_cut(word, n);
}

static void add_pairs(Excerpt *x, Str run) {
    size_t first, second;
    for (size_t at = 0; at < run.n; at += first) {
        (void)utf8_decode(run, at, &first);
        if (at + first == run.n) {
            if (at == 0) add_word(x, run, true);
            break;
        }
        (void)utf8_decode(run, at + first, &second);
        add_word(x, str_sub(run, at, at + first + second), true);
    }
}

/* The words of at least `least` bytes, and numbers. */
static void split_query(Excerpt *x, Str query, size_t least) {
    for (size_t at = 0, width; at < query.n;) {
        if (!unicode_in_word(utf8_decode(query, at, &width))) {
            at += width;
            continue;
        }
        bool cjk;
        size_t end = word_end(query, at, &cjk);
        Str word = str_sub(query, at, end);
        assert(end > at);
        if (cjk) add_pairs(x, word);
        else if (word.n >= least || plain_is_digit(word.p[0])) {
            add_word(x, without_ending(word), false);
        }
        at = end;
    }
}

/* ---- where they stand ------------------------------------------------------------------------ */

/* The first of the words that stands at `at`; false: none does. */
static bool word_at(const Excerpt *x, Str s, size_t at, Mark *out) {
    for (size_t i = 0; i < x->n_words; i++) {
        const Word *w = &x->words[i];
        if (!str_starts(str_sub(s, at, s.n), w->text)) continue;
        if (!w->pair && w->text.n < INSIDE && !utf8_is_border(s, at)) continue;
        bool cjk;
        *out = (Mark){at, w->pair ? at + w->text.n : word_end(s, at, &cjk), i};
        return true;
    }
    return false;
}

/* Neighbours that touch (pairs of one run) stay two marks: the first ends where the next begins. */
static void find_marks(Excerpt *x, Str s) {
    size_t done = 0;
    for (size_t at = 0, width; at < s.n && x->n_marks < MARKS_MAX; at += width) {
        Mark mark;
        (void)utf8_decode(s, at, &width);
        if (!word_at(x, s, at, &mark) || mark.end <= done) continue;
        if (mark.start < done) mark.start = done;
        done = mark.end;
        x->marks[x->n_marks++] = mark;
    }
}

/* ---- the window ------------------------------------------------------------------------------ */

/* The mark from which on WINDOW - LEAD bytes hold the most different words; the first of these. */
static size_t best_mark(const Excerpt *x) {
    size_t best = 0, most = 0;
    for (size_t i = 0; i < x->n_marks; i++) {
        bool seen[WORDS_MAX] = {false};
        size_t n = 0;
        for (size_t k = i; k < x->n_marks; k++) {
            if (x->marks[k].end > x->marks[i].start + (WINDOW - LEAD)) break;
            n += !seen[x->marks[k].word];
            seen[x->marks[k].word] = true;
        }
        if (n > most) {
            most = n;
            best = x->marks[i].start;
        }
    }
    return best;
}

/* Back to the beginning of a line, else behind a blank, else of a character. */
static size_t begin_well(Str s, size_t at) {
    size_t least = at > SLACK ? at - SLACK : 0, blank = 0;
    if (least == 0) return 0;
    for (size_t i = at; i > least; i--) {
        if (s.p[i - 1] == '\n') return i;
        if (!blank && s.p[i - 1] == ' ') blank = i;
    }
    if (blank) return blank;
    while (at && utf8_goes_on(s.p[at])) at--;
    return at;
}

/* Forward to the end of a line, else before a blank, else of a character. */
static size_t end_well(Str s, size_t at) {
    size_t most = s.n - at > SLACK ? at + SLACK : s.n, blank = 0;
    if (most == s.n) return s.n;
    for (size_t i = at; i < most; i++) {
        if (s.p[i] == '\n') return i;
        if (!blank && s.p[i] == ' ') blank = i;
    }
    if (blank) return blank;
    while (at < s.n && utf8_goes_on(s.p[at])) at++;
    return at;
}

/* [from, to) of the passage, the words in bold letters. */
static void print_marked(const Cli *cli, const Excerpt *x, Str s, size_t from, size_t to) {
    assert(from <= to && to <= s.n);
    for (size_t i = 0; i < x->n_marks && from < to; i++) {
        size_t start = x->marks[i].start, end = x->marks[i].end;
        if (end <= from || start >= to) continue;
        if (start < from) start = from;
        while (i + 1 < x->n_marks && x->marks[i + 1].start == end) end = x->marks[++i].end;
        if (end > to) end = to;
        cli_print(s.p + from, start - from);
        printf("%s", cli_bold(cli));
        cli_print(s.p + start, end - start);
        printf("%s", cli_plain(cli));
        from = end;
    }
    if (from < to) cli_print(s.p + from, to - from);
}

void cli_excerpt(const Cli *cli, Str text, Str query, bool whole) {
    static Excerpt x; /* one at a time, and too large for the stack */
    x.n_words = x.n_marks = 0;
    query = utf8_lower(utf8_cut(query, QUERY_MAX), x.query);
    split_query(&x, query, 4);
    if (x.n_words == 0) split_query(&x, query, 1);
    char *small = mem_alloc(text.n + 1); /* without memory nothing is marked */
    if (small) find_marks(&x, utf8_lower(text, small));
    mem_free(small);
    size_t first = best_mark(&x), from = first > LEAD ? begin_well(text, first - LEAD) : 0;
    size_t to = text.n - from > WINDOW ? end_well(text, from + WINDOW) : text.n;
    if (whole || text.n <= WINDOW + SLACK) {
        from = 0;
        to = text.n;
    }
    if (from) printf("... ");
    print_marked(cli, &x, text, from, to);
    if (to < text.n) printf(" ...");
}
