/*
 * Codes that a heading announces: spare codes of an account, and the words of a wallet.
 *
 *     Your backup codes:            recovery code 7K2M-9QXR-41TV
 *     1. 8412 0937                  seed phrase, keep safe: twelve words
 *     2. f3k9q-2hx7p                mnemonic: 1 anchor 2 bullet ...
 *
 * A spare code is of letters and digits, CODE_LEAST to CODE_MOST of them in groups that blanks or
 * dashes part, with a digit in it or capitals alone; nothing but the heading tells it from a part's
 * number. So it is looked for right behind the heading on its line, and alone on the lines below,
 * as long as these go on: a line of words ends the list, but for SKIP_MOST before the first code.
 *
 * A wallet has 12, 15, 18, 21 or 24 words of three to eight small letters (BIP 39), perhaps
 * numbered. Its list of 2,048 words is not asked: behind their name so many words in a row without
 * one of two letters are no sentence.
 */
#include <assert.h>

#include "gate/scan/impl.h"

enum { CODE_LEAST = 6, CODE_MOST = 48, SKIP_MOST = 2, LINES_MOST = 24, LINK_MOST = 48 };
enum { LINE_MOST = 200 };

/* ---- spare codes ---------------------------------------------------------------------------- */

/* "1. ", "2) ", "- ", "* " before a line's code. */
static uint32_t behind_bullet(const Fold *v, uint32_t x) {
    uint32_t at = x;
    while (fold_at(v, at) == ' ' || fold_at(v, at) == '\t' || fold_at(v, at) == '>') at++;
    uint32_t number = at;
    while (number - at < 3 && is_digit(fold_at(v, number))) number++;
    char mark = fold_at(v, number);
    bool numbered = number > at && (mark == '.' || mark == ')' || mark == ':');
    bool bullet = number == at && mark && strchr("-*", mark);
    if ((numbered || bullet) && fold_at(v, (int64_t)number + 1) == ' ') at = number + 2;
    return at;
}

/* One group of a code: its end, and what it holds. */
typedef struct Group {
    uint32_t end;
    int digits, small;
} Group;

static Group read_group(const Fold *v, uint32_t x) {
    Group g = {x, 0, 0};
    for (; g.end < v->n && is_alnum(v->p[g.end]); g.end++) {
        g.digits += is_digit(v->p[g.end]);
        g.small += (sign_of(v->p[g.end]) & SIGN_SMALL) != 0;
    }
    return g;
}

/* The end of the code at x; 0: none. Behind a blank a group goes on that has a digit or nothing but
   capitals; two blanks, or any other sign, end it. */
static uint32_t code_end(const Fold *v, uint32_t x) {
    Group g = read_group(v, x);
    uint32_t signs = g.end - x, end = g.end;
    int digits = g.digits, small = g.small, groups = 1;
    while (g.end > x && end - x < CODE_MOST) {
        char c = fold_at(v, end);
        if (c != ' ' && c != '-') break;
        g = read_group(v, end + 1);
        uint32_t n = g.end - end - 1;
        if (n == 0 || (c == ' ' && g.digits == 0 && (g.small || n < 3))) break;
        signs += n;
        digits += g.digits;
        small += g.small;
        groups++;
        end = g.end;
    }
    bool word = digits == 0 && (small || groups == 1); /* "Keep them safe", "IMPORTANT" */
    return signs < CODE_LEAST || word ? 0 : end;
}

/* The end of the line, or of the view; 0: it is longer than a line of codes. */
static uint32_t line_end(const Fold *v, uint32_t x) {
    uint32_t left = x < v->n ? v->n - x : 0;
    const char *end = left ? memchr(v->p + x, '\n', left < LINE_MOST ? left : LINE_MOST) : NULL;
    if (end) return (uint32_t)(end - v->p);
    return left < LINE_MOST ? v->n : 0;
}

/* Codes alone on the lines from x on: behind the last one; 0: none. */
static uint32_t codes_below(Scanner *s, uint32_t x) {
    const Fold *v = &s->fold;
    uint32_t last = 0, skipped = 0;
    for (int lines = 0; lines < LINES_MOST && x < v->n; lines++) {
        uint32_t stop = line_end(v, x), at = behind_bullet(v, x), code = code_end(v, at);
        bool found = false;
        if (stop == 0) break;
        while (code && code <= stop) { /* several in columns */
            scan_emit(s, at, code, KIND_PASSWORD, 0.8);
            found = true;
            last = code;
            for (at = code; at < stop && strchr(" \t,;", v->p[at]);) at++;
            code = at < stop ? code_end(v, at) : 0;
        }
        bool empty = at >= stop || v->p[at] == '\r';
        if (!found && !empty && (last || ++skipped > SKIP_MOST)) break;
        x = stop + 1;
    }
    return last;
}

uint32_t codes_list(Scanner *s, uint32_t x) {
    const Fold *v = &s->fold;
    uint32_t from = x;
    static const char *const links[] = {"s", "n", " is", " are", " ist", " lautet", " sind", "是",
                                        "为"};
    for (size_t i = 0; i < ARRAY_LEN(links); i++) takes(v, &x, links[i]);
    while (x < v->n && x - from < LINK_MOST && strchr(" :=\"'`", v->p[x])) x++;
    uint32_t end = x > from || (unsigned char)v->p[x - 1] >= 0x80 ? code_end(v, x) : 0;
    bool digits = false;
    for (uint32_t k = x; k < end; k++) digits = digits || is_digit(v->p[k]);
    if (end && digits) {
        scan_emit(s, x, end, KIND_PASSWORD, 0.8);
        return end;
    }
    uint32_t stop = line_end(v, x);
    return stop ? codes_below(s, stop + 1) : 0;
}

/* ---- a wallet's words ----------------------------------------------------------------------- */

/* Where its words begin: behind a link, or behind a colon further on in the line. */
static uint32_t phrase_begin(const Fold *v, uint32_t x) {
    uint32_t at = x;
    while (at < v->n && at - x < LINK_MOST && v->p[at] != ':' && v->p[at] != '\n') at++;
    if (fold_at(v, at) == ':') x = at;
    while (x < v->n && strchr(" :=\"'`\n", v->p[x])) x++;
    if (!takes(v, &x, "is ")) takes(v, &x, "are ");
    while (x < v->n && strchr(" :\"'`\n", v->p[x])) x++;
    return x;
}

/* Over blanks, commas, and a word's number. */
static uint32_t next_word(const Fold *v, uint32_t x) {
    enum { GAP_MOST = 8 };
    uint32_t from = x;
    while (x < v->n && x - from < GAP_MOST && (is_digit(v->p[x]) || strchr(" ,.)\n\r\t", v->p[x])))
        x++;
    return x;
}

uint32_t codes_phrase(Scanner *s, uint32_t x) {
    enum { LEAST = 12, MOST = 24, STEP = 3, SHORTEST = 3, LONGEST = 8 };
    const Fold *v = &s->fold;
    uint32_t begin = phrase_begin(v, x), end = begin;
    int words = 0;
    x = next_word(v, begin);
    while (words < MOST) {
        uint32_t word = x;
        while (x < v->n && plain_is_small(v->p[x]) && x - word <= LONGEST) x++;
        if (x - word < SHORTEST || x - word > LONGEST) break;
        words++;
        end = x;
        x = next_word(v, x);
        if (x == end) break;
    }
    if (words < LEAST || words % STEP) return 0;
    assert(begin < end);
    scan_emit(s, begin, end, KIND_PASSWORD, 0.85);
    return end;
}
