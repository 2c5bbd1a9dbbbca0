/*
 * UTF-8 and Unicode properties (utf8proc behind one file).
 *
 * Decoding never fails: a malformed byte yields U+FFFD and advances by one byte, the replacement
 * rule of the WHATWG encoding standard simplified to one byte a time. utf8_valid() is strict
 * (no surrogates, no overlongs, at most U+10FFFF; RFC 3629).
 */
#ifndef HEARTH_BASE_UTF8_H
#define HEARTH_BASE_UTF8_H

#include "base/text.h"

enum { UTF8_REPLACEMENT = 0xFFFD, UTF8_MAX_BYTES = 4 };

/* Does the byte go on a character, so that none begins with it? (10xxxxxx) */
static inline bool utf8_goes_on(char byte) { return ((unsigned char)byte & 0xC0) == 0x80; }

/* Decodes at s.p[at]; returns the code point and sets *width (1..4). at < s.n. */
uint32_t utf8_decode(Str s, size_t at, size_t *width);
/* As above, and tells malformed bytes apart from a real U+FFFD. */
bool utf8_decode_strict(Str s, size_t at, uint32_t *code, size_t *width);
size_t utf8_encode(uint32_t code, char out[UTF8_MAX_BYTES]); /* 0 for surrogates and > 10FFFF */
/* Strict, as above; empty text is valid. */
bool utf8_valid(Str s);
/* Appends the character; U+FFFD for what has no encoding. */
void utf8_add(Buf *out, uint32_t code);
/* Appends a unit of UTF-16. The first half of a pair waits in *high (0: none) for the second, and a
   half without the other becomes U+FFFD. Behind the last unit comes utf8_end_units. */
void utf8_add_unit(Buf *out, uint32_t *high, uint32_t unit);
void utf8_end_units(Buf *out, uint32_t *high);
size_t utf8_length(Str s); /* code points */
/* The longest beginning of s that has at most max bytes and splits no character. */
Str utf8_cut(Str s, size_t max);

typedef enum UnicodeClass {
    UC_OTHER = 0,       /* unassigned (Cn) */
    UC_LETTER = 1,      /* L* */
    UC_MARK = 2,        /* M* */
    UC_NUMBER = 3,      /* N* */
    UC_PUNCTUATION = 4, /* P* */
    UC_SYMBOL = 5,      /* S* */
    UC_SEPARATOR = 6,   /* Z* */
    UC_CONTROL = 7      /* C* but Cn */
} UnicodeClass;

/* By general category; UC_OTHER for what is no code point, too. */
UnicodeClass unicode_class(uint32_t code);
const char *unicode_category(uint32_t code); /* "Lu", "Nd", ... two letters */
bool unicode_is_space(uint32_t code);        /* White_Space */
bool unicode_is_cjk(uint32_t code);          /* Han, kana, Hangul, bopomofo */
bool utf8_has_cjk(Str text);                 /* a character of those */
/* Thai, Lao, Burmese, Khmer: letters that are written without blanks between words. */
bool unicode_is_unspaced(uint32_t code);
/* Does the character belong to a word? Letters, marks and numbers do. */
bool unicode_in_word(uint32_t code);
/* Does no word go on over the place `at` <= text.n, between two characters? Signs that are written
   without blanks, CJK or unicode_is_unspaced, touch nothing. */
bool utf8_is_border(Str text, size_t at);
/* Does a word stand somewhere in the text, as a whole one, in the same case? */
bool utf8_has_word(Str text, Str word);
/* What a terminal obeys and does not show: C0, DEL, C1, and what turns the direction of writing. */
bool unicode_steers(uint32_t code);
/* Simple case mapping, one code point to one (UAX #44); itself where it has none. No language is
   asked. */
uint32_t unicode_lower(uint32_t code);
/* As unicode_lower, the other way. */
uint32_t unicode_upper(uint32_t code);
/* The one code point that a letter and what is written behind it as a part of it have in NFC ("u"
   and U+0308, a kana and its voicing mark, two parts of a Hangul syllable); 0: there is none. */
uint32_t unicode_compose(uint32_t code, uint32_t part);
/* The text with unicode_lower of each letter, in `out`, which has room for text.n bytes. All bytes
   stay at their places, and a letter whose small form has another length stays as it is. */
Str utf8_lower(Str text, char *out);
int unicode_width(uint32_t code); /* columns on a terminal: 0, 1, 2 */

typedef enum UnicodeForm { UNICODE_NFC, UNICODE_NFD, UNICODE_NFKC, UNICODE_NFKD } UnicodeForm;

/* Appends the normal form of s to out; malformed bytes become U+FFFD first. casefold: full. */
Status unicode_normalize(Str s, UnicodeForm form, bool casefold, Buf *out, Err *err) WARN_UNUSED;

#endif
