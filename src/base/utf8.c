/*
 * The body of utf8.h. The only file that includes utf8proc.
 *
 * Decoding is written here, because it must never fail and must say exactly how many bytes it took
 * (utf8proc's own stops at the first bad byte). A lead byte tells the length; the second byte has
 * the narrower ranges of RFC 3629 section 4, which rules out overlong forms (E0, F0), surrogates
 * (ED) and code points above U+10FFFF (F4); all further bytes are 80..BF.
 *
 * Categories, case, width and normal forms come from utf8proc's tables (Unicode 14 or newer).
 *
 * Normalisation (UAX #15) runs over segments, so that memory stays small and no input is slow:
 * utf8proc orders combining marks by swapping neighbours, which is quadratic in the length of a run
 * of marks. A segment ends before an ASCII byte or a Han ideograph once SEGMENT_SOFT bytes are in
 * it: neither ever composes with what stands before it, so such a cut cannot be seen in the result.
 * Only hostile text is cut elsewhere: after SEGMENT_HARD bytes without any such place, or within a
 * run of more than MARKS_MAX combining marks (UAX #15 section 13 calls 30 enough for every
 * language). There each part is normal and the seam may not be.
 *
 * Sources: RFC 3629; WHATWG Encoding (replacement); UAX #15; UAX #44 (White_Space).
 *
 * Examples of malformed bytes: C3 28 is U+FFFD and "(", E2 82 (cut) is twice U+FFFD, ED A0 80 (half
 * a pair of surrogates) three times.
 */
#include "base/utf8.h"

#include <assert.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "base/plain.h"

enum { SEGMENT_SOFT = 2048, SEGMENT_HARD = 16384, MARKS_MAX = 256 };

_Static_assert(SEGMENT_SOFT + UTF8_MAX_BYTES * MARKS_MAX < SEGMENT_HARD, "marks are cut first");

/* Length of the sequence that a lead byte opens and the range of its second byte; 0: no lead. */
static size_t lead_length(unsigned char lead, unsigned char *low, unsigned char *high) {
    *low = 0x80;
    *high = 0xBF;
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return 2;
    if (lead >= 0xE0 && lead <= 0xEF) {
        if (lead == 0xE0) *low = 0xA0;
        if (lead == 0xED) *high = 0x9F;
        return 3;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        if (lead == 0xF0) *low = 0x90;
        if (lead == 0xF4) *high = 0x8F;
        return 4;
    }
    return 0;
}

/* Never reads past s.n. After a malformed byte it goes on with the very next one, so that a good
   character behind it is not lost. */
bool utf8_decode_strict(Str s, size_t at, uint32_t *code, size_t *width) {
    const unsigned char *b = (const unsigned char *)s.p + at;
    *code = UTF8_REPLACEMENT;
    *width = 1;
    if (b[0] < 0x80) {
        *code = b[0];
        return true;
    }
    unsigned char low, high;
    size_t n = lead_length(b[0], &low, &high);
    if (n < 2 || n > s.n - at || b[1] < low || b[1] > high) return false;
    uint32_t value = b[0] & (0xFFu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if (!utf8_goes_on((char)b[i])) return false;
        value = value << 6 | (b[i] & 0x3Fu);
    }
    *code = value;
    *width = n;
    return true;
}

uint32_t utf8_decode(Str s, size_t at, size_t *width) {
    uint32_t code;
    (void)utf8_decode_strict(s, at, &code, width);
    return code;
}

/* 0: half of a surrogate pair, or beyond U+10FFFF. */
size_t utf8_encode(uint32_t code, char out[UTF8_MAX_BYTES]) {
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        if (code >= 0xD800 && code <= 0xDFFF) return 0;
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    if (code > 0x10FFFF) return 0;
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

/* As RFC 3629 has it: no overlong forms, no surrogates. */
bool utf8_valid(Str s) {
    for (size_t at = 0, width; at < s.n; at += width) {
        uint32_t code;
        if (!utf8_decode_strict(s, at, &code, &width)) return false;
    }
    return true;
}

void utf8_add(Buf *out, uint32_t code) {
    char bytes[UTF8_MAX_BYTES];
    size_t n = utf8_encode(code, bytes);
    if (n == 0) n = utf8_encode(UTF8_REPLACEMENT, bytes);
    buf_add(out, bytes, n);
}

void utf8_end_units(Buf *out, uint32_t *high) {
    if (*high) utf8_add(out, UTF8_REPLACEMENT);
    *high = 0;
}

/* *high: a first half that waits for its second; 0: none. Two halves become one character. */
void utf8_add_unit(Buf *out, uint32_t *high, uint32_t unit) {
    if (*high && unit >= 0xDC00 && unit < 0xE000) {
        utf8_add(out, 0x10000 + ((*high - 0xD800) << 10) + (unit - 0xDC00));
        *high = 0;
        return;
    }
    utf8_end_units(out, high);
    if (unit >= 0xD800 && unit < 0xDC00) *high = unit;
    else utf8_add(out, unit); /* U+FFFD for a second half alone */
}

size_t utf8_length(Str s) {
    size_t count = 0;
    for (size_t at = 0, width; at < s.n; at += width, count++) (void)utf8_decode(s, at, &width);
    return count;
}

/* Goes back from `max` over bytes that continue a character, at most three in valid text. */
Str utf8_cut(Str s, size_t max) {
    if (s.n <= max) return s;
    while (max && utf8_goes_on(s.p[max])) max--;
    return (Str){s.p, max};
}

/* utf8proc takes signed code points and answers "unassigned" for all it does not know. */
static utf8proc_int32_t signed_code(uint32_t code) {
    return code <= 0x10FFFF ? (utf8proc_int32_t)code : -1;
}

/* By the first letter of the general category; what is unassigned is of no class. */
UnicodeClass unicode_class(uint32_t code) {
    static const UnicodeClass of_letter[128] = {
        ['L'] = UC_LETTER, ['M'] = UC_MARK,      ['N'] = UC_NUMBER, ['P'] = UC_PUNCTUATION,
        ['S'] = UC_SYMBOL, ['Z'] = UC_SEPARATOR, ['C'] = UC_CONTROL};
    utf8proc_category_t category = utf8proc_category(signed_code(code));
    if (category == UTF8PROC_CATEGORY_CN) return UC_OTHER;
    return of_letter[unicode_category(code)[0] & 127];
}

const char *unicode_category(uint32_t code) {
    return utf8proc_category_string(signed_code(code));
}

typedef struct CodeRange {
    uint32_t first, last;
} CodeRange;

/* Ranges ascend: most text is below the first or in an early one, and the loop ends there. */
static bool in_ranges(uint32_t code, const CodeRange *ranges, size_t n) {
    for (size_t i = 0; i < n && code >= ranges[i].first; i++) {
        if (code <= ranges[i].last) return true;
    }
    return false;
}

/* The property White_Space. */
bool unicode_is_space(uint32_t code) {
    static const CodeRange spaces[] = {
        {0x09, 0x0D},     {0x20, 0x20},     {0x85, 0x85},     {0xA0, 0xA0},     {0x1680, 0x1680},
        {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}};
    return in_ranges(code, spaces, ARRAY_LEN(spaces));
}

/* Controls, and marks that turn the direction of a line: what a terminal obeys instead of showing
   it. */
bool unicode_steers(uint32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x202A && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069);
}

bool unicode_is_cjk(uint32_t code) {
    static const CodeRange cjk[] = {
        {0x1100, 0x11FF},   /* Hangul jamo */
        {0x2E80, 0x2FDF},   /* radicals */
        {0x3005, 0x3007},   /* iteration mark, closing mark, zero */
        {0x3021, 0x3029},   /* Suzhou numerals */
        {0x3031, 0x3035},   /* kana repeat marks */
        {0x3038, 0x303B},   /* numerals, vertical iteration mark */
        {0x3041, 0x3096},   /* hiragana */
        {0x3099, 0x309F},   /* voicing marks, iteration */
        {0x30A1, 0x30FA},   /* katakana */
        {0x30FC, 0x318E},   /* long mark, bopomofo, Hangul compatibility jamo */
        {0x31A0, 0x31BF},   /* bopomofo extended */
        {0x31F0, 0x31FF},   /* katakana extensions */
        {0x3400, 0x4DBF},   /* extension A */
        {0x4E00, 0x9FFF},   /* unified ideographs */
        {0xA960, 0xA97C},   /* jamo extended A */
        {0xAC00, 0xD7FB},   /* Hangul syllables, jamo extended B */
        {0xF900, 0xFAD9},   /* compatibility ideographs */
        {0xFF66, 0xFFDC},   /* half-width kana and Hangul */
        {0x1AFF0, 0x1B16F}, /* kana supplements */
        {0x20000, 0x3FFFD}, /* the ideographic planes */
    };
    return in_ranges(code, cjk, ARRAY_LEN(cjk));
}

bool utf8_has_cjk(Str text) {
    for (size_t at = 0, width; at < text.n; at += width) {
        if (unicode_is_cjk(utf8_decode(text, at, &width))) return true;
    }
    return false;
}

bool unicode_is_unspaced(uint32_t code) {
    return (code >= 0x0E00 && code <= 0x0EFF) || (code >= 0x1000 && code <= 0x109F) ||
           (code >= 0x1780 && code <= 0x17FF);
}

bool unicode_in_word(uint32_t code) {
    if (code < 0x80) return plain_is_alnum((int)code);
    UnicodeClass class = unicode_class(code);
    return class == UC_LETTER || class == UC_MARK || class == UC_NUMBER;
}

/* Does it go on with a letter beside it? */
static bool joins(uint32_t code) {
    return unicode_in_word(code) && !unicode_is_cjk(code) && !unicode_is_unspaced(code);
}

bool utf8_is_border(Str text, size_t at) {
    size_t before = at, width;
    assert(at <= text.n);
    if (at == 0 || at == text.n || !joins(utf8_decode(text, at, &width))) return true;
    while (before && utf8_goes_on(text.p[--before])) continue;
    return !joins(utf8_decode(text, before, &width));
}

bool utf8_has_word(Str text, Str word) {
    assert(word.n > 0);
    for (size_t at = 0; (at = str_find(text, word, at)) != SIZE_MAX; at++) {
        if (utf8_is_border(text, at) && utf8_is_border(text, at + word.n)) return true;
    }
    return false;
}

uint32_t unicode_lower(uint32_t code) {
    if (code < 0x80) return plain_is_capital(code) ? code + 32 : code;
    return code <= 0x10FFFF ? (uint32_t)utf8proc_tolower(signed_code(code)) : code;
}

uint32_t unicode_upper(uint32_t code) {
    if (code < 0x80) return plain_is_small(code) ? code - 32 : code;
    return code <= 0x10FFFF ? (uint32_t)utf8proc_toupper(signed_code(code)) : code;
}

/* Looked up only where a part may stand, since most of a text has none. */
uint32_t unicode_compose(uint32_t code, uint32_t part) {
    utf8proc_int32_t both[2] = {signed_code(code), signed_code(part)};
    bool may = (part >= 0x300 && part <= 0x36F) || (part >= 0x1161 && part <= 0x11C2) ||
               part == 0x3099 || part == 0x309A;
    if (!may || code > 0x10FFFF) return 0;
    utf8proc_option_t how = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    return utf8proc_normalize_utf32(both, 2, how) == 1 ? (uint32_t)both[0] : 0;
}

Str utf8_lower(Str text, char *out) {
    size_t width;
    for (size_t at = 0; at < text.n; at += width) {
        char bytes[UTF8_MAX_BYTES];
        uint32_t c = utf8_decode(text, at, &width);
        bool same = utf8_encode(unicode_lower(c), bytes) == width && c != UTF8_REPLACEMENT;
        memcpy(out + at, same ? bytes : text.p + at, width);
    }
    return (Str){out, text.n};
}

int unicode_width(uint32_t code) {
    return code <= 0x10FFFF ? utf8proc_charwidth(signed_code(code)) : 1;
}

/* ---- normal forms ---- */

typedef struct Normalizer {
    utf8proc_option_t options;
    bool compose;
    utf8proc_int32_t *codes;
    size_t cap;
} Normalizer;

/* Does it move when marks are ordered (combining class not 0)? Below U+0300 there is none. */
static bool is_mark(uint32_t code) {
    return code >= 0x300 && utf8proc_get_property(signed_code(code))->combining_class != 0;
}

/* Nothing before such a code point ever changes together with it. */
static bool is_clean_start(uint32_t code) {
    return code < 0x80 || (code >= 0x4E00 && code <= 0x9FFF);
}

/* Where the segment that begins at `from` ends; see the essay. */
static size_t segment_end(Str s, size_t from) {
    size_t at = from, marks = 0;
    while (at < s.n) {
        size_t width;
        uint32_t code = utf8_decode(s, at, &width);
        size_t taken = at - from;
        if (taken >= SEGMENT_SOFT && is_clean_start(code)) break;
        marks = is_mark(code) ? marks + 1 : 0;
        if (taken + width > SEGMENT_HARD || marks > MARKS_MAX) break;
        at += width;
    }
    return at;
}

static void add_codes(Buf *out, const utf8proc_int32_t *codes, size_t n) {
    for (size_t i = 0; i < n; i++) utf8_add(out, (uint32_t)codes[i]);
}

/* s is valid UTF-8 here. */
static Status normalize_segment(Normalizer *nz, Str s, Buf *out, Err *err) {
    utf8proc_ssize_t n;
    for (;;) {
        n = utf8proc_decompose((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n, nz->codes,
                               (utf8proc_ssize_t)nz->cap, nz->options);
        if (n < 0) return err_set(err, E_FAILED, "cannot normalise text: %s", utf8proc_errmsg(n));
        if ((size_t)n <= nz->cap) break;
        void *grown = mem_realloc_n(nz->codes, (size_t)n + 64, sizeof *nz->codes);
        if (!grown) return err_no_memory(err, "a normal form");
        nz->codes = grown;
        nz->cap = (size_t)n + 64;
    }
    if (nz->compose) n = utf8proc_normalize_utf32(nz->codes, n, nz->options);
    if (n < 0) return err_set(err, E_FAILED, "cannot normalise text: %s", utf8proc_errmsg(n));
    assert((size_t)n <= nz->cap);
    add_codes(out, nz->codes, (size_t)n);
    return OK;
}

static bool is_ascii(Str s) {
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] >= 0x80) return false;
    }
    return true;
}

/* ASCII is its own normal form in all four forms; folding it is lower case. */
static void add_ascii(Str s, bool casefold, Buf *out) {
    char *to = buf_reserve(out, s.n);
    if (!to) return;
    for (size_t i = 0; i < s.n; i++) {
        to[i] = casefold ? (char)unicode_lower((unsigned char)s.p[i]) : s.p[i];
    }
    to[s.n] = 0;
    out->n += s.n;
}

/* A copy in which each malformed byte is U+FFFD: utf8proc would stop there. */
static Status repair(Str s, Buf *valid, Err *err) {
    buf_init(valid, s.n > SIZE_MAX / 3 ? SIZE_MAX : s.n * 3); /* a bad byte becomes three */
    for (size_t at = 0, width; at < s.n; at += width) utf8_add(valid, utf8_decode(s, at, &width));
    return buf_check(valid, "repaired text", err);
}

/* Segment by segment; parts of ASCII, which most text is, go around utf8proc. */
static Status normalize_valid(Str s, Normalizer *nz, bool casefold, Buf *out, Err *err) {
    for (size_t at = 0; at < s.n && out->status == OK;) {
        size_t end = segment_end(s, at);
        assert(at < end && end <= s.n); /* each part has a character, or this would never end */
        Str part = str_sub(s, at, end);
        at = end;
        if (is_ascii(part)) {
            add_ascii(part, casefold, out);
            continue;
        }
        TRY(normalize_segment(nz, part, out, err));
    }
    return buf_check(out, "normalised text", err);
}

/* What is malformed becomes U+FFFD first: utf8proc would stop there. */
Status unicode_normalize(Str s, UnicodeForm form, bool casefold, Buf *out, Err *err) {
    assert(form >= UNICODE_NFC && form <= UNICODE_NFKD);
    Normalizer nz = {.options = UTF8PROC_STABLE,
                     .compose = form == UNICODE_NFC || form == UNICODE_NFKC};
    nz.options |= nz.compose ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE;
    if (form == UNICODE_NFKC || form == UNICODE_NFKD) nz.options |= UTF8PROC_COMPAT;
    if (casefold) nz.options |= UTF8PROC_CASEFOLD;

    Buf valid = {0};
    Status status = OK;
    if (!utf8_valid(s)) {
        status = repair(s, &valid, err);
        s = buf_str(&valid);
    }
    if (status == OK) status = normalize_valid(s, &nz, casefold, out, err);
    mem_free(nz.codes);
    buf_fini(&valid);
    return status;
}
