/*
 * Small numbers of prose: "43.5 ms", "page 12,", "2019. The".
 *
 * Most numbers of a text are one group of SMALL digits at most, or two with a point between, and
 * are neither an identifier nor a part of one, for a word or a mark follows that joins nothing.
 * Such a number may still be a day, a house's number, an amount or a plate; each of these has
 * something that gives it away: a sign that is no ASCII, a dollar, a capital, or a word of few that
 * stands right before or behind. Those words are known here by two letters: the last two of what
 * stands before, the first two of what follows. A Han sign right behind is a unit or it is none;
 * one right before says nothing of so few digits. Where none of these is seen the number is
 * nobody's, and nothing else is asked. All other numbers go the long way (number.c), and so does
 * whatever is not certain here: this file may only say "nothing".
 *
 * What it relies on: format_date.c (months), format_address.c (words of streets), format_amount.c
 * (currencies, multiples), loose.c (which words go on a number), net.c (positions have four
 * decimals), secret.c (a secret that begins with a digit goes on with a letter or a colon).
 */
#include <assert.h>

#include "gate/scan/impl.h"

enum { SMALL = 4, GAP_MOST = 8, ROOM = 32 };

_Static_assert(ROOM >= 8 + GAP_MOST + 3, "eight digits at once, and what is behind a gap");

#define L(c) (1u << ((c) & 31))

/* What the word before a number may end in, by its last letter and the one before. */
static const uint32_t ends[32] = {
    ['b' & 31] = L('e') | L('m'), /* Feb RMB */
    ['c' & 31] = L('e'),
    ['d' & 31] = L('s'),          /* USD */
    ['e' & 31] = L('n') | L('s') | L('e'),
    ['f' & 31] = L('h'),
    ['g' & 31] = L('u') | L('e'), /* weg */
    ['h' & 31] = L('c'),
    ['l' & 31] = L('i') | L('u'),
    ['n' & 31] = L('a') | L('u'), /* Jan Jun gatan */
    ['p' & 31] = L('e') | L('b'), /* Sep GBP */
    ['r' & 31] = L('e') | L('a') | L('p') | L('u') | L('t'),
    ['t' & 31] = L('s') | L('p') | L('c') | L('a') | L('h'),
    ['v' & 31] = L('o'),
    ['y' & 31] = L('r') | L('a') | L('l') | L('n'),
};

/* And what the word behind may begin with, by its first letter and the second. */
static const uint32_t begins[32] = {
    ['a' & 31] = L('p') | L('u') | L('v') | L('l'),
    ['b' & 31] = L('o'),
    ['c' & 31] = L('h') | L('n') | L('a') | L('o'),
    ['d' & 31] = L('e') | L('o'),
    ['e' & 31] = L('u'),
    ['f' & 31] = L('e') | L('r'),
    ['g' & 31] = L('b'),
    ['i' & 31] = L('m'),
    ['j' & 31] = L('a') | L('u'),
    ['k' & 31] = L('s'), /* "5 k" */
    ['m' & 31] = L('a'),
    ['n' & 31] = L('o'),
    ['o' & 31] = L('c') | L('f') | L('k'), /* Oct; "7 of May"; oktober */
    ['p' & 31] = L('l') | L('o'),
    ['q' & 31] = L('u'),
    ['r' & 31] = L('u') | L('o') | L('m'),
    ['s' & 31] = L('e'),
    ['t' & 31] = L('h'), /* "5 thousand" */
    ['u' & 31] = L('s'),
    ['y' & 31] = L('u'),
};

static bool is_mark(char c) {
    return sign_of(c) & SIGN_MARK;
}

/* A Han sign at x that is no unit of a day, a house or an amount. */
static bool is_quiet_sign(const Fold *v, uint32_t x) {
    static const char units[] = "年月日号號弄栋幢座楼层室户单十百千万亿元块圆美欧港英人";
    return han_at(v, x) && !sign_in(v, x, units);
}

/* A Han sign ends at x. */
static bool is_sign_before(const Fold *v, uint32_t x) {
    return v->p[x - 1] & 0x80 && v->p[x - 2] & 0x80 && han_at(v, x - HAN_BYTES);
}

/* Nothing before x, a number's first digit, says anything of it. */
static bool quiet_before(const Fold *v, uint32_t x) {
    char before = v->p[x - 1], last = v->p[x - 2], second = v->p[x - 3];
    if (is_sign_before(v, x)) return true;
    if (!is_mark(before) || before == '.') return false;
    if (sign_of(last) & SIGN_CAPITAL) return before != ' ' && before != '-';
    if (before != ' ' || is_digit(last)) return true;
    if (!is_letter(last)) return is_mark(last) && last != ' ' && last != '.';
    return !is_letter(second) ? (unsigned char)second < 0x80 : !(ends[last & 31] & L(second));
}

/* Two letters with which no word begins that belongs to a number before it. */
static bool quiet_letters(char first, char second) {
    return is_letter(second) ? !(begins[first & 31] & L(second)) : first != 'k';
}

/* Months abroad that those letters do not know ("4 février", "12 settembre" is known), by the first
   three bytes of a word in small letters. */
static bool begins_month_abroad(const char *p) {
    static const char heads[] = "f\xC3\xA9" "d\xC3\xA9" "aoudicdieeneabragoottkwiliplislutstysiegru"
                                "gengiumeiczewrzpa\xC5";
    static const uint32_t seconds[32] = {
        ['a' & 31] = L('b') | L('g') | L('o'), ['c' & 31] = L('z'), ['d' & 31] = L('i') | L('\xC3'),
        ['e' & 31] = L('n'), ['f' & 31] = L('\xC3'), ['g' & 31] = L('e') | L('i') | L('r'),
        ['k' & 31] = L('w'), ['l' & 31] = L('i') | L('u'), ['m' & 31] = L('e'),
        ['o' & 31] = L('t'), ['p' & 31] = L('a'), ['s' & 31] = L('t') | L('i'),
        ['w' & 31] = L('r')};
    if (!(seconds[p[0] & 31] & L(p[1]))) return false;
    if (p[0] == 'a' && p[1] == 'o') return true; /* "août" */
    for (const char *k = heads; *k; k += 3) {
        if (memcmp(k, p, 3) == 0) return true;
    }
    return false;
}

/* Where an amount of `digits` digits up to `end` would end: "84,500", "84.500,00"; 0: unknown. */
static uint32_t groups_end(const Fold *v, uint32_t end, uint32_t digits) {
    enum { GROUP = 3 };
    while (parts_groups(v->p[end]) && is_digit(v->p[end + 1])) {
        uint32_t group = digits_at(v, end + 1);
        if (group > GROUP || (group == GROUP && digits > GROUP)) return end;
        if (group == 0) return 0; /* the view ends */
        end += 1 + group;
        if (group < GROUP) return end; /* cents */
    }
    return end;
}

/* "3. August", "12.Mai": a capital with which a German month begins, behind a day's full stop. */
static bool begins_month(const Fold *v, uint32_t x) {
    static const uint32_t seconds[32] = {
        ['A' & 31] = L('p') | L('u'), ['D' & 31] = L('e'), ['F' & 31] = L('e'),
        ['J' & 31] = L('a') | L('u'), ['M' & 31] = L('a') | L('r') | L('\xC3'),
        ['N' & 31] = L('o'),          ['O' & 31] = L('k'), ['S' & 31] = L('e')};
    x += v->p[x] == ' ';
    return sign_of(v->p[x]) & SIGN_CAPITAL && seconds[v->p[x] & 31] & L(v->p[x + 1]);
}

/* Nothing behind a number's end says anything of it. */
static bool quiet_behind(const Fold *v, uint32_t end, uint32_t digits) {
    if (v->p[end] == '.' && digits <= 2 && begins_month(v, end + 1)) return false;
    end = groups_end(v, end, digits);
    if (end == 0) return false;
    char behind = v->p[end], next = v->p[end + 1];
    if (behind == ',' && next == ' ' && sign_of(v->p[end + 2]) & SIGN_SMALL) { /* "12, rue" */
        return quiet_letters(v->p[end + 2], v->p[end + 3]);
    }
    if (behind != ' ') return is_mark(behind) || is_quiet_sign(v, end);
    if (sign_of(next) & SIGN_SMALL) {
        return quiet_letters(next, v->p[end + 2]) && !begins_month_abroad(v->p + end + 1);
    }
    return is_mark(next) && next != ' ';
}

bool small_is_quiet(const Fold *v, uint32_t at, uint32_t end) {
    assert(at < end && end <= v->n);
    bool quiet = at >= 3 && v->n - end >= ROOM && quiet_before(v, at) &&
                 quiet_behind(v, end, digits_at(v, at));
    return quiet && !(v->p[end] == '-' && v->p[at - 1] & 0x80); /* "用賀1-28" */
}

/* A word begins at x that goes on no number; with a capital it is no street's, for quiet_behind has
   seen what is between. */
static bool joins_nothing(const Fold *v, uint32_t x) {
    char first = v->p[x];
    unsigned sign = sign_of(first);
    if (han_at(v, x)) return true;
    bool round = first == 'l' || first == 'o' || first == 'O' || first == 'I'; /* as digits */
    if (!(sign & SIGN_LETTER)) return false;
    if (sign & SIGN_CAPITAL && !(sign_of(v->p[x + 1]) & SIGN_SMALL)) return false;
    for (x++; x < v->n && sign_of(v->p[x]) & SIGN_WORD; x++) {
        if (is_digit(v->p[x])) return false; /* "x86" */
        round = round && sign_of(v->p[x]) & SIGN_OCR; /* "lO", not "of" */
    }
    return !round;
}

/* "utf8", "int32": a digit or two behind two small letters or more are no number at all. */
static bool is_glued(const Fold *v, uint32_t x, uint32_t digits) {
    return digits <= 2 && sign_of(v->p[x - 1]) & sign_of(v->p[x - 2]) & SIGN_SMALL;
}

/* In a row that loose.c has read a number that no phrase goes on from is done. */
static bool ends_cell(const Fold *v, uint32_t end, uint32_t behind) {
    for (; end < behind; end++) {
        if (!(sign_of(v->p[end]) & SIGN_JOIN)) return true;
    }
    return false;
}

bool small_is_quiet_before(const Fold *v, uint32_t at) {
    return at >= 3 && quiet_before(v, at);
}

/* A word stands behind a number's end and the marks there, and goes on no number. *word: where. */
static bool is_last(const Fold *v, uint32_t end, uint32_t *word) {
    uint32_t y = end;
    while (sign_of(v->p[y]) & SIGN_PLAIN && y - end < GAP_MOST) y++;
    *word = y;
    return (y > end || han_at(v, y)) && joins_nothing(v, y);
}

/* A clock's or a date's mark goes on; else a word must stand behind. */
bool small_is_last(const Fold *v, uint32_t end) {
    uint32_t word;
    char behind = v->p[end];
    if (behind == ':' || behind == '-' || behind == '/') return false;
    return quiet_behind(v, end, 2) && is_last(v, end, &word);
}

/* The numbers of prose, which are most: told without a phrase being read. In doubt 0, and number.c
   looks. */
uint32_t small_number_end(const Fold *v, uint32_t x, bool in_row) {
    assert(x < v->n && is_digit(v->p[x]));
    if (x < 3 || v->n - x < ROOM) return 0;
    uint32_t digits = digits_at(v, x), end = x + digits, decimals = 0;
    if (digits > SMALL) return 0;
    if (v->p[end] == '.' && is_digit(v->p[end + 1])) {
        decimals = digits_at(v, end + 1);
        if (digits + decimals > SMALL) return 0;
        end += 1 + decimals;
    }
    if (!quiet_before(v, x) && !is_glued(v, x, digits + decimals)) return 0;
    if (!quiet_behind(v, end, digits)) return 0;
    uint32_t word;
    if (v->p[end] == ':' || v->p[end] == '-' || v->p[end] == '/') return 0;
    bool last = is_last(v, end, &word);
    return last || (in_row && decimals < 2 && ends_cell(v, end, word)) ? end : 0;
}
