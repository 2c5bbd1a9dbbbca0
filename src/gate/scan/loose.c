/*
 * Numbers whose groups stand apart by anything at all: "138*0013*8000", cells of a table, tabs,
 * "<td>138</td><td>0013</td>", "[1, 3, 8, ...]", hearts. People write so by habit or copy it from a
 * page; whoever wants a number past a filter does it on purpose. A model reads all of them.
 *
 * Where number.c's phrase ends because no usual separator follows, the walk goes on here: over a
 * gap of at most GAP_BYTES without a letter, a digit or a Han sign. Tags of HTML, typed escapes
 * ("\n") and named entities count as signs. The phrase that results is longer and marked as loose;
 * its runs of tokens with an odd gap go to the families that have a check digit or know the number
 * by its word.
 *
 * A sign a line, as scripts from top to bottom are copied, is such a row, too.
 *
 * Two columns of a table are not one number. A gap with a comma, a bar, a tab, a colon, an equals
 * or plus sign or a line end makes a run doubted: without a word of its own only a resident number,
 * a credit code with letters or an IBAN counts. So does a run whose gaps differ. A number that goes
 * on before or behind by the same gap is a part of a longer row.
 *
 * Each token is read in one loose phrase (two at a cut), and each is the first of at most
 * PHRASE_LOOK runs: time stays linear. The walk goes to the right; to the left only over capitals
 * before the first digit, where the very same gap stands ("D*E*8*9").
 */
#include "gate/scan/impl.h"

#include <assert.h>

#include "base/utf8.h"

enum {
    GAP_BYTES = 64,
    TAG_BYTES = 40,
    GAP_LINES = 2,
    HEAD_TOKENS = 4,
    WORD_LETTERS = 4,
    LEAST = 9, /* signs of a number */
    LINE_LETTERS = 12
};

typedef struct Gap {
    uint32_t at, end; /* end 0: what follows joins nothing */
    bool column;
} Gap;

/* Is the character a mark or a picture, of no script? */
static bool is_mark(uint32_t c) {
    if (c < 0x2000) return (c >= 0xA1 && c <= 0xBF) || c == 0xD7 || c == 0xF7;
    if (c < 0x3000) return c <= 0x2BFF || (c >= 0x2E00 && c <= 0x2E7F);
    if (c < 0x3040) return c <= 0x3003 || (c >= 0x3008 && c <= 0x3020) || c == 0x3030;
    return (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0x1F000 && c <= 0x1FAFF);
}

/* "<td>", "<!-- x -->": behind it; x: that is none. */
static uint32_t tag_end(const Fold *v, uint32_t x, bool *column) {
    uint32_t y = x + 1;
    char second = fold_at(v, y);
    if (second != '/' && second != '!' && !is_letter(second)) return x;
    while (y < v->n && y - x < TAG_BYTES && v->p[y] != '>' && v->p[y] != '<') y++;
    if (fold_at(v, y) != '>') return x;
    uint32_t name = second == '/' ? x + 2 : x + 1;
    *column = *column || (to_lower(fold_at(v, name)) == 't' && y - name <= TAG_BYTES);
    return y + 1;
}

/* What stands for one mark though it is written with letters: "&sol;", "\n"; x: nothing. */
static uint32_t named_end(const Fold *v, uint32_t x) {
    uint32_t y = x + 1;
    if (v->p[x] == '\\') {
        char c = fold_at(v, y), behind = fold_at(v, (int64_t)y + 1);
        return c && strchr("nrt", c) && !plain_is_small(behind) ? y + 1 : x;
    }
    while (y < v->n && y - x < 10 && is_letter(v->p[y])) y++;
    return y > x + 2 && fold_at(v, y) == ';' ? y + 1 : x;
}

/* Behind the sign at x, which belongs to a gap; x: it does not. */
static uint32_t sign_end(const Fold *v, uint32_t x, bool *column) {
    char c = v->p[x];
    uint32_t end = x;
    if (c == '<') end = tag_end(v, x, column);
    if (c == '\\' || c == '&') end = named_end(v, x);
    if (end > x) return end;
    if (!((unsigned char)c & 0x80)) {
        *column = *column || (sign_of(c) & SIGN_COLUMN);
        return x + 1;
    }
    size_t width;
    uint32_t code = utf8_decode((Str){v->p, v->n}, x, &width);
    *column = *column || code == 0x3001; /* the comma of lists; full-width ones are folded */
    return is_mark(code) ? x + (uint32_t)width : x;
}

/* From x over marks, tags and escapes to the next letter or digit; two line ends at most. */
static Gap gap_read(const Fold *v, uint32_t x) {
    Gap gap = {.at = x};
    uint32_t y = x;
    int lines = 0;
    if (sign_of(fold_at(v, x)) & SIGN_COLUMN && is_alnum(fold_at(v, (int64_t)x + 1))) {
        if (v->p[x] == '\n' && number_is_next_item(v, x + 1, x)) return gap;
        return (Gap){x, x + 1, true}; /* as in most tables */
    }
    while (y < v->n && y - x < GAP_BYTES) {
        char c = v->p[y];
        unsigned sign = sign_of(c);
        if (sign & SIGN_WORD) break;
        lines += c == '\n';
        if (sign & (SIGN_JOIN | SIGN_COLUMN)) {
            gap.column = gap.column || (sign & SIGN_COLUMN);
            y++;
            continue;
        }
        uint32_t end = sign_end(v, y, &gap.column);
        if (end == y) break;
        y = end;
    }
    if (lines > 0 && number_is_next_item(v, y, x)) return gap;
    if (y > x && lines <= GAP_LINES && is_alnum(fold_at(v, y))) gap.end = y;
    return gap;
}

static bool same_gap(const Fold *v, Gap a, Gap b) {
    uint32_t n = a.end - a.at;
    if (n == 1 && b.end - b.at == 1) return v->p[a.at] == v->p[b.at];
    return n == b.end - b.at && memcmp(v->p + a.at, v->p + b.at, n) == 0;
}

/* A token of a loose number holds a digit, or a few capitals; more where a line end cut it. */
static bool belongs(const Token *t, bool line) {
    if (t->n > RUN_MAX || t->digits > 0) return t->n <= RUN_MAX;
    return !t->lower && t->n <= (line ? LINE_LETTERS : WORD_LETTERS);
}

/* Capitals before the first token, each behind the gap that stands behind that. */
static void read_head(const Fold *v, Gap gap, uint32_t at, Phrase *out) {
    uint32_t n = gap.end - gap.at, from[HEAD_TOKENS];
    assert(gap.end > gap.at && at <= v->n); /* an empty gap would stand before everything */
    int heads = 0;
    while (heads < HEAD_TOKENS && at > n && v->p[at - 1] == v->p[gap.end - 1] &&
           memcmp(v->p + at - n, v->p + gap.at, n) == 0) {
        uint32_t end = at - n, x = end;
        while (x > 0 && end - x < WORD_LETTERS && plain_is_capital(v->p[x - 1])) x--;
        if (x == end || (x > 0 && is_alnum(v->p[x - 1]))) break;
        from[heads++] = at = x;
    }
    out->context_read = out->context_read && heads == 0;
    for (out->n = 0; out->n < heads; out->n++) {
        Token *t = &out->token[out->n];
        number_token_read(v, from[heads - 1 - out->n], t);
        t->sep = out->n ? '-' : 0;
        t->odd = out->n > 0;
        t->column = t->odd && gap.column;
    }
}

/* Digits behind one sign that parts columns, as in most tables; false: anything else. */
static bool read_cell(const Fold *v, uint32_t x, Gap first, Token *out) {
    char c = fold_at(v, x);
    if ((sign_of(c) & (SIGN_COLUMN | SIGN_JOIN)) != SIGN_COLUMN || x + 1 >= v->n) return false;
    uint32_t n = digits_at(v, x + 1);
    if (n == 0 || n == 8 || sign_of(v->p[x + 1 + n]) & SIGN_WORD) return false;
    bool same = first.end - first.at == 1 && v->p[first.at] == c;
    *out = (Token){.at = x + 1,
                   .n = n,
                   .digits = (uint16_t)n,
                   .sep = same ? '-' : '_',
                   .odd = true,
                   .column = true};
    return true;
}

/* A line that begins with a day and an hour, as those of a log: it goes on no number before it. */
static bool is_next_line(const Fold *v, uint32_t end, uint32_t next) {
    bool hour;
    return (v->p[end] == '\n' || v->p[end] == '\r') && stamp_end(v, next, &hour);
}

/* What follows over a gap; false: nothing that belongs to the row. */
static bool read_next(const Fold *v, uint32_t end, Gap first, Token *out) {
    uint32_t plain;
    Gap gap = {0};
    char sep = number_separator(v, end, &plain);
    if (!sep) gap = end == first.at ? first : gap_read(v, end);
    if (!sep && !gap.end) return false;
    uint32_t next = sep ? end + plain : gap.end;
    if (is_next_line(v, end, next)) return false;
    number_token_read(v, next, out);
    if (!belongs(out, sep == '\n')) return false;
    out->odd = !sep || (out->digits == 0 && (out->n > 2 || out->lower)); /* as number.c */
    out->column = !sep && gap.column;
    out->sep = sep ? sep : same_gap(v, gap, first) ? '-' : '_';
    return true;
}

/* Most of what follows a number in prose: a word in small letters, which joins nothing. */
static bool is_word_behind(const Fold *v, uint32_t end) {
    uint32_t x = end + (sign_of(fold_at(v, end)) & SIGN_COLUMN && fold_at(v, end) != '\n');
    char c = fold_at(v, (int64_t)x + 1);
    return fold_at(v, x) == ' ' && plain_is_small(c) && c != 'l' && c != 'o';
}

/* The phrase, and all that follows over gaps. False: no odd gap follows it. */
static bool loose_read(const Fold *v, const Phrase *phrase, Phrase *out) {
    Token t;
    out->loose = true;
    out->cut = false;
    if (is_word_behind(v, phrase->end)) return false;
    Gap first = gap_read(v, phrase->end);
    if (!first.end || is_next_line(v, first.at, first.end)) return false;
    if (v->p[first.end] >= 'a' && v->p[first.end] != 'l' && v->p[first.end] != 'o') return false;
    out->context_read = phrase->context_read; /* the words before are the same */
    out->context = phrase->context;
    number_token_read(v, first.end, &t);
    if (!belongs(&t, v->p[phrase->end] == '\n')) return false;
    read_head(v, first, phrase->token[0].at, out);
    for (int i = 0; i < phrase->n && out->n < PHRASE_TOKENS; i++) {
        Token *copy = &out->token[out->n++];
        *copy = phrase->token[i];
        if (i > 0 || out->n == 1) continue;
        copy->sep = '-';
        copy->odd = true;
        copy->column = first.column;
    }
    out->end = phrase->end;
    for (;;) {
        Token *next = &out->token[out->n];
        if (!read_cell(v, out->end, first, next) && !read_next(v, out->end, first, next)) break;
        out->cut = out->n == PHRASE_TOKENS;
        if (out->cut) break;
        out->end = next->at + next->n;
        out->n++;
    }
    return true;
}

/* A row of the same gaps goes on before or behind. */
static bool goes_on(const Run *run) {
    const Phrase *p = run->phrase;
    const Token *first = &p->token[run->first], *behind = &p->token[run->last + 1];
    bool one = run->groups == 1;
    if (run->first > 0 && (one || first->sep == run->sep)) return true;
    return run->last + 1 < p->n && (one || behind->sep == run->sep);
}

/* The families that check a digit, or ask for a word where the run is doubted. sep and doubted are
   the caller's to put back. */
static void try_run(Scanner *s, Run *run) {
    bool singles = run->groups == run->n;
    run->tight = goes_on(run);
    if (run->sep == '*') run->doubted = true;
    if (run->sep == '_') run->sep = '-';
    if (run->groups <= 6 || (singles && !run->tight)) format_cn_run(s, run);
    if (!is_digit(run->c[0])) format_iban_run(s, run);
    if (run->doubted && !phrase_context(s, run->phrase)->any) return;
    format_bank_run(s, run);
    format_phone_run(s, run);
    format_device_run(s, run);
    if (!run->tight) shape_run(s, run);
}

/* Does the token go on a row of single signs? The row is a number as a whole or not at all. */
static bool in_row(const Phrase *p, int i) {
    return i > 0 && p->token[i].n == 1 && p->token[i - 1].n == 1 &&
           (i == 1 || p->token[i].sep == p->token[i - 1].sep);
}

/* Are the seventh and eighth sign from the token on the century of somebody's birth? */
static bool has_century(const Fold *v, const Token *t) {
    char century[2];
    uint32_t skip = 6;
    for (int i = 0; i < 2; i++, skip++) {
        while (skip >= t->n) skip -= t++->n;
        century[i] = v->p[t->at + skip];
    }
    return memcmp(century, "18", 2) == 0 || memcmp(century, "19", 2) == 0 ||
           memcmp(century, "20", 2) == 0;
}

/* The last token of a run from `first` that any family would take, by lengths alone; -1: none. In a
   row of columns without any word that is a run of 18 signs, with a century in its middle or enough
   letters for a credit code, or one that begins as an IBAN. */
static int last_of_interest(Scanner *s, Phrase *phrase, int first) {
    enum { MOST = 19, GROUPS_MOST = 8, IDENTITY = 18 };
    const Token *t = &phrase->token[first];
    bool letter = !is_digit(s->fold.p[t->at]), odd = false, column = false;
    int last = -1;
    uint32_t n = t->n, digits = t->digits, groups = 1;
    for (int i = first + 1; i < phrase->n; i++) {
        n += phrase->token[i].n;
        groups++;
        if (n > (letter ? RUN_MAX : MOST) || (groups > GROUPS_MOST && groups != n && !letter))
            break;
        odd = odd || phrase->token[i].odd;
        column = column || phrase->token[i].column;
        digits += phrase->token[i].digits;
        if (!odd || n < LEAST) continue;
        if (letter || !column || phrase_context(s, phrase)->any ||
            (n == IDENTITY && (digits + 1 < IDENTITY || has_century(&s->fold, t)))) {
            last = i;
        }
    }
    return last;
}

/* Runs from token `first` that hold an odd gap; those without are number.c's. */
static void runs_from(Scanner *s, Phrase *phrase, int first) {
    Run run;
    bool odd = false;
    int stop = last_of_interest(s, phrase, first);
    if (stop < 0) return;
    number_run_begin(&run, phrase, first);
    for (int last = first; last <= stop; last++) {
        if (!number_run_extend(&run, &s->fold, last)) break;
        odd = odd || (last > first && phrase->token[last].odd);
        if (!odd || run.n < LEAST || run.digits == 0) continue;
        char sep = run.sep;
        bool doubted = run.doubted;
        try_run(s, &run);
        run.sep = sep;
        run.doubted = doubted;
    }
}

/* The X that ends a resident number stands in no phrase when it has a line of its own. */
static void add_x(const Fold *v, Phrase *out) {
    Token t;
    uint32_t n;
    if (out->n != 17 || number_separator(v, out->end, &n) != '\n') return;
    number_token_read(v, out->end + n, &t);
    if (t.n != 1 || to_upper(v->p[t.at]) != 'X') return;
    out->token[out->n++] = t;
    out->end = t.at + t.n;
}

/* Signs that stand alone in lines, one below the other, from token *at on; false: no more. */
static bool column_read(const Fold *v, const Phrase *phrase, int *at, Phrase *out) {
    for (int from = *at; from < phrase->n; from = *at) {
        while (++*at < phrase->n && phrase->token[*at].sep == '\n' && phrase->token[*at].n == 1) {
        }
        if (phrase->token[from].n > 1 || *at - from < LEAST) continue;
        *out = (Phrase){.n = *at - from, .end = phrase->token[*at - 1].at + 1, .loose = true};
        assert(out->n <= PHRASE_TOKENS);
        memcpy(out->token, phrase->token + from, (size_t)out->n * sizeof *out->token);
        add_x(v, out);
        for (int i = 0; i < out->n; i++) {
            out->token[i].sep = i ? '-' : 0;
            out->token[i].odd = out->token[i].column = i > 0;
        }
        return true;
    }
    return false;
}

static uint32_t signs_of(const Phrase *p) {
    uint32_t n = 0;
    for (int i = 0; i < p->n; i++) n += p->token[i].n;
    return n;
}

/* Digits alone, in columns, and none of them longer than a number. */
static bool is_plain_row(const Phrase *p) {
    for (int i = 0; i < p->n; i++) {
        const Token *t = &p->token[i];
        if (t->n > RUN_MAX || t->digits < t->n || (t->odd && !t->column)) return false;
    }
    return true;
}

/* The digits of a plain row without what parts them, and where each token begins among them. */
typedef struct Row {
    char c[PHRASE_TOKENS * RUN_MAX + 8];
    uint32_t at[PHRASE_TOKENS + 1];
} Row;

/* Eight bytes at a time; what is too much is written over by the next token, and c has room for it.
   */
static void row_spell(const Fold *v, const Phrase *p, Row *out) {
    uint32_t n = 0;
    assert(p->n <= PHRASE_TOKENS);
    for (int i = 0; i < p->n; i++) {
        const Token *t = &p->token[i];
        assert(t->n <= RUN_MAX); /* is_plain_row has looked */
        bool few = t->n <= 8 && v->n - t->at >= 8; /* what is too much is written over */
        if (few) memcpy(out->c + n, v->p + t->at, 8);
        else memcpy(out->c + n, v->p + t->at, t->n);
        out->at[i] = n;
        n += t->n;
    }
    out->at[p->n] = n;
}

/* In a row of digits without any word only a resident number counts: a century at its seventh sign,
   and a token ends behind its eighteenth. */
static bool may_be_resident(const Row *row, const Phrase *p, int first) {
    enum { CENTURY = 6, SIGNS = 18 };
    uint32_t end = row->at[first] + SIGNS;
    if (end > row->at[p->n]) return false;
    const char *c = row->c + row->at[first] + CENTURY;
    bool century = (c[0] == '1' && (c[1] == '8' || c[1] == '9')) || (c[0] == '2' && c[1] == '0');
    for (int i = first + 1; century && i <= p->n && row->at[i] <= end; i++) {
        if (row->at[i] == end) return true;
    }
    return false;
}

/* Most tables of numbers: a hundred cells cost a hundred comparisons, and no run is made. */
static void scan_plain_row(Scanner *s, Phrase *p, int stop) {
    Row row;
    row_spell(&s->fold, p, &row);
    for (int first = 0; first < stop; first++) {
        if (may_be_resident(&row, p, first) && !in_row(p, first)) runs_from(s, p, first);
    }
}

/* What a phrase goes on with over marks that join no number elsewhere. Rows are judged once:
   loose_until says how far. */
void loose_scan(Scanner *s, const Phrase *phrase) {
    Phrase loose;
    for (int at = 0; column_read(&s->fold, phrase, &at, &loose);) runs_from(s, &loose, 0);
    if (!loose_read(&s->fold, phrase, &loose)) return;
    int stop = loose.cut ? loose.n - PHRASE_LOOK : loose.n;
    s->loose_until = loose.cut ? loose.token[stop].at : loose.end;
    if (signs_of(&loose) < LEAST) return;
    if (is_plain_row(&loose) && !phrase_context(s, &loose)->any) {
        scan_plain_row(s, &loose, stop);
        return;
    }
    for (int first = 0; first < stop; first++) {
        if (!in_row(&loose, first)) runs_from(s, &loose, first);
    }
}
