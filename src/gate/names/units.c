/*
 * Cutting: a sentence becomes units.
 *
 * A unit is one sign of a script without blanks (Han, kana, Hangul), a word of letters of any other
 * script, a run of digits, or one mark. Blanks vanish and leave a note in the unit behind them: a
 * name that is written with blanks between its signs is then the same sequence as without. Words
 * are known by their letters in small form, numbers by how many digits they have (two-digit numbers
 * by their range, four-digit ones by their century), marks and signs by themselves.
 *
 * A sentence ends behind a line break, behind one of the marks that end a Chinese one (and ! ? ;),
 * or after NAMES_UNITS units or NAMES_BYTES bytes: after too many units behind the last comma of
 * its second half, if there is one. An English full stop does not end it ("Dr. Smith").
 *
 * Bytes that are not UTF-8 are marks of one byte.
 */
#include <assert.h>

#include "base/plain.h"
#include "base/utf8.h"
#include "gate/names/impl.h"

enum { ID_SEED = 0x51ED270Bu };

typedef enum Sign { SIGN_BLANK, SIGN_BREAK, SIGN_HAN, SIGN_LETTER, SIGN_DIGIT, SIGN_MARK } Sign;

/* Are the n - 1 bytes behind `at` those of a character that n bytes have? */
static bool is_tail(Str view, uint32_t at, uint32_t n) {
    if (at + n > view.n) return false;
    for (uint32_t k = 1; k < n; k++) {
        if (!utf8_goes_on(view.p[at + k])) return false;
    }
    return true;
}

/* Control characters are blanks, but for line ends. */
static Sign sign_ascii(unsigned char c) {
    if (c == '\n' || c == '\r') return SIGN_BREAK;
    if (c <= ' ') return SIGN_BLANK;
    if (plain_is_digit(c)) return SIGN_DIGIT;
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z' ? SIGN_LETTER : SIGN_MARK;
}

/* U+3040..U+FAFF are units of their own; what lies below is letters, but for blocks of marks. */
static Sign sign_at(Str view, uint32_t at, uint32_t *width) {
    unsigned char c = (unsigned char)view.p[at];
    *width = 1;
    if (c < 0x80) return sign_ascii(c);
    if (c >= 0xC2 && c <= 0xDF && is_tail(view, at, 2)) {
        *width = 2;
        return c == 0xC2 ? SIGN_MARK : SIGN_LETTER;
    }
    if (c >= 0xE0 && c <= 0xEF && is_tail(view, at, 3)) {
        unsigned char next = (unsigned char)view.p[at + 1];
        *width = 3;
        if (c < 0xE2 || (c == 0xE2 && next >= 0xB0)) return SIGN_LETTER;
        if (c == 0xE2 || (c == 0xE3 && next == 0x80) || (c == 0xEF && next >= 0xAC))
            return SIGN_MARK;
        return SIGN_HAN;
    }
    if (c >= 0xF0 && c <= 0xF4 && is_tail(view, at, 4)) {
        *width = 4;
        return c == 0xF0 && (unsigned char)view.p[at + 1] >= 0xA0 ? SIGN_HAN : SIGN_MARK;
    }
    return SIGN_MARK;
}

/* 32 bits of the bytes' hash: two words of one id are one word to the tagger. */
static uint32_t id_of(const char *p, uint32_t n) {
    uint64_t key = ID_SEED;
    for (uint32_t k = 0; k < n; k++) key = (key ^ (unsigned char)p[k]) * 0x100000001B3u;
    return (uint32_t)(key_mix(key) >> 32);
}

/* A word in small letters, and how many of its letters were capitals. */
typedef struct Small {
    char p[NAMES_UNIT_BYTES + UTF8_MAX_BYTES];
    uint32_t n, letters, capitals;
    bool first; /* the first was one */
} Small;

/* Small letters by Unicode, which may be longer than capitals; what does not fit is left out, for
   ids alone are made of it. */
static void small_letters(Str word, Small *out) {
    size_t width;
    *out = (Small){.n = 0};
    for (size_t at = 0; at < word.n; at += width) {
        unsigned char c = (unsigned char)word.p[at];
        uint32_t code = c, small = plain_is_capital(c) ? c | 0x20u : c;
        width = 1;
        if (c >= 0x80) {
            code = utf8_decode(word, at, &width);
            small = unicode_lower(code);
        }
        if (small != code && out->letters == 0) out->first = true;
        out->capitals += small != code;
        out->letters++;
        if (out->n + UTF8_MAX_BYTES > sizeof out->p) break;
        if (small < 0x80)
            out->p[out->n++] = (char)small;
        else
            out->n += (uint32_t)utf8_encode(small, out->p + out->n);
    }
}

/* 1 small, 2 Capital, 3 ALL, 4 a single capital, 5 miXed (impl.h: Unit.shape). */
static uint8_t shape_of(const Small *w) {
    if (w->capitals == 0) return 1;
    if (w->capitals == w->letters) return w->letters == 1 ? 4 : 3;
    return w->capitals == 1 && w->first ? 2 : 5;
}

/* "1990" is a year, "31" may be a day, "8" a number: what a number's size says. */
static uint8_t shape_of_digits(const char *p, uint32_t n) {
    if (n == 1) return 1;
    if (n == 2) return p[0] <= '1' ? 2 : p[0] <= '3' ? 3 : 4;
    if (n == 4 && (p[0] == '1' || p[0] == '2')) return p[0] == '1' && p[1] == '9' ? 5 : 6;
    return (uint8_t)(n > 12 ? 19 : 7 + n);
}

/*
 * "Dr. Emma-Clark, 1987" becomes
 *
 *     Dr   word, Capital     .  mark     Emma  word, Capital, after a gap     -  mark
 *     Clark word, Capital    ,  mark     1987  digits, a year of the 20th century
 *
 * head and tail are ids of a word's first and last three bytes in small letters: what an unknown
 * word begins and ends with is a feature of its own (features.c).
 */
static void unit_make(Str view, Unit *u, Sign sign) {
    const char *p = view.p + u->at;
    uint32_t n = u->end - u->at;
    assert(u->at < u->end && u->end <= view.n);
    u->head = u->tail = 0;
    u->shape = 0;
    u->kind = sign == SIGN_HAN ? UNIT_HAN : UNIT_MARK;
    if (sign == SIGN_LETTER) {
        Small w;
        small_letters((Str){p, n}, &w);
        u->kind = UNIT_WORD;
        u->shape = shape_of(&w);
        u->head = id_of(w.p, w.n < 3 ? w.n : 3);
        u->tail = id_of(w.p + w.n - (w.n < 3 ? w.n : 3), w.n < 3 ? w.n : 3);
        u->id = id_of(w.p, w.n);
        return;
    } else if (sign == SIGN_DIGIT) {
        u->kind = UNIT_DIGITS;
        u->shape = shape_of_digits(p, n);
        u->id = (u->shape + 1u) * 0x9E3779B1u;
        return;
    }
    u->id = id_of(p, n);
}

/* The run of letters or digits that begins at u->at. */
static uint32_t run_end(Str view, uint32_t at, Sign sign) {
    uint32_t width, x = at;
    while (x < view.n && sign_at(view, x, &width) == sign && x + width - at <= NAMES_UNIT_BYTES) {
        x += width;
    }
    return x;
}

/* A full stop does not: it ends abbreviations as well, and line ends and length cut anyway. */
static bool ends_sentence(Str view, uint32_t at, uint32_t width) {
    char c = view.p[at];
    if (width == 1) return c == '!' || c == '?' || c == ';';
    return width == 3 && memcmp(view.p + at, "。", 3) == 0;
}

/* U+0370 Greek to U+1DFF, kana, Hangul. */
static bool is_strange_letter(uint32_t c) {
    return (c >= 0x370 && c < 0x1E00) || (c >= 0x3040 && c < 0x3100) ||
           (c >= 0xAC00 && c < 0xD7B0);
}

static bool is_learned_letter(uint32_t c) {
    return plain_is_letter((int)c) || (c >= 0xC0 && c < 0x370) || (c >= 0x3400 && c < 0xA000);
}

/* A third of the letters or more: Japanese has as many Han signs as kana. */
bool names_is_strange(Str text) {
    size_t strange = 0, learned = 0, width;
    for (size_t at = 0; at < text.n; at += width) {
        uint32_t c = utf8_decode(text, at, &width);
        strange += is_strange_letter(c);
        learned += is_learned_letter(c);
    }
    return strange > 0 && 2 * strange > learned;
}

/* A sentence too long: gives back what stands behind the last comma of its second half. */
static uint32_t cut_back(Str view, NamesSentence *out, uint32_t x) {
    assert(out->n == NAMES_UNITS);
    for (uint32_t i = out->n; i > NAMES_UNITS / 2; i--) {
        const Unit *u = &out->unit[i - 1];
        if (view.p[u->at] != ',' && memcmp(view.p + u->at, "、", u->end - u->at > 2 ? 3 : 1) != 0)
            continue;
        out->n = i;
        return u->end;
    }
    return x;
}

/* Each call goes on by a byte at least, unless nothing is left. Padding is zeros: UNIT_NONE. */
uint32_t names_cut(Str view, uint32_t from, NamesSentence *out) {
    uint32_t x = from, width;
    bool gap = true;
    out->unit = out->unit_store + UNIT_PAD;
    out->n = 0;
    while (x < view.n && x - from < NAMES_BYTES) {
        Sign sign = sign_at(view, x, &width);
        if (sign == SIGN_BLANK || sign == SIGN_BREAK) {
            x += width;
            gap = true;
            if (sign == SIGN_BREAK && out->n) break;
            continue;
        }
        if (out->n == NAMES_UNITS) {
            x = cut_back(view, out, x);
            break;
        }
        Unit *u = &out->unit[out->n++];
        u->at = x;
        u->gap = gap;
        gap = false;
        x = sign == SIGN_LETTER || sign == SIGN_DIGIT ? run_end(view, x, sign) : x + width;
        u->end = x;
        unit_make(view, u, sign);
        if (sign == SIGN_MARK && ends_sentence(view, u->at, u->end - u->at)) break;
    }
    assert(out->n <= NAMES_UNITS && x <= view.n && (x > from || from >= view.n));
    memset(out->unit_store, 0, UNIT_PAD * sizeof *out->unit_store);
    memset(out->unit + out->n, 0, UNIT_PAD * sizeof *out->unit);
    return x;
}

/* Of units in order; names_letters_key gives the same for a word of one unit. */
uint64_t names_word_key(const NamesSentence *s, uint32_t at, uint32_t end) {
    uint64_t key = ID_SEED;
    assert(at < end && end <= s->n);
    for (uint32_t i = at; i < end; i++) key = key_add(key, s->unit[i].id);
    return key_mix(key);
}

/* The key of a word of letters that is no unit of its own ("User" in "UserId"). */
uint64_t names_letters_key(Str word) {
    Small w;
    small_letters(word, &w);
    return key_mix(key_add(ID_SEED, id_of(w.p, w.n)));
}
