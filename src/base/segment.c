/*
 * Sentence ends by rule, without a dictionary beyond some abbreviations.
 *
 * A sentence ends
 *   - at a line break (readers leave one block a line);
 *   - behind the full-width marks U+3002, U+FF01, U+FF1F and U+FF1B, which are never ambiguous;
 *   - behind ! ? and ... wherever a blank or the end follows;
 *   - behind a full stop that a blank follows, unless the word before it is a known abbreviation
 *     ("Dr."), one capital letter (an initial), a German ordinal ("am 3. Mai", "im 2. Stock"), or
 *     the next word begins in lower case.
 * Closing quotes and brackets behind the mark belong to the sentence. "3.14", "e.g.x" and
 * "hearth.toml" have no blank behind the stop and so never end one.
 *
 * Where lines may be wrapped at a margin, a line break between two lines of one paragraph ends no
 * sentence when the next line goes on in lower case, or when its first word would not have fitted:
 * behind the line it would have stood out over the longest of the lines around. Rows ("a | b"),
 * list items, headings, "key: value", indented lines and what ends like code or with a colon stay
 * alone, and so do short lines, as of an address or a poem.
 *
 * The idea follows the rules of Unicode UAX #29 section 5 (SB6-SB11), simplified; a wrong split
 * costs a longer or shorter citation, never a wrong one. Linear in the text, no allocation.
 *
 * Examples, with | where a sentence ends:
 *
 *     Dr. Li came at 3 p.m. and left. | She paid 3.50. |
 *     Die Miete ist am 3. Mai fällig. | Danach nicht mehr. |
 */
#include "base/segment.h"

#include <assert.h>
#include <string.h>

#include "base/lists.h"
#include "base/plain.h"
#include "base/utf8.h"

static const char *const abbreviations[] = {
    "mr", "mrs", "ms", "dr", "prof", "st", "vs", "etc", "eg", "ie", "e.g", "i.e", "inc", "ltd",
    "co", "corp", "jr", "sr", "fig", "no", "nr", "vol", "pp", "approx", "dept", "est", "gen",
    "col", "lt", "sgt", "capt", "rev", "hon", "gov", "sen", "rep", "jan", "feb", "mar", "apr",
    "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "u.s", "u.k", "a.m", "p.m", "bzw",
    "z.b", "usw", "ca", "d.h", "med", "geb", "gez", "tel", "inkl", "zzgl", "vgl", NULL};

/* The full-width full stop, exclamation mark, question mark and semicolon. */
static bool is_wide_end(uint32_t c) {
    return c == 0x3002 || c == 0xFF01 || c == 0xFF1F || c == 0xFF1B;
}

/* Quotes and brackets that close, Western and CJK. */
static bool is_closer(uint32_t c) {
    return c == '"' || c == '\'' || c == ')' || c == ']' || c == 0x201D || c == 0x2019 ||
           c == 0x300D || c == 0x300F || c == 0xFF09 || c == 0x300B || c == 0x3011 || c == 0xBB;
}

static bool is_blank_byte(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; /* as str_trim */
}

/* Is the word that ends right before text[stop] one that keeps its full stop inside a sentence? */
static bool keeps_its_stop(Str text, size_t from, size_t stop) {
    size_t begin = stop;
    assert(from <= stop && stop <= text.n);
    while (begin > from && !is_blank_byte(text.p[begin - 1]) && text.p[begin - 1] != '\n' &&
           text.p[begin - 1] != '(' && stop - begin < 16) {
        begin--;
    }
    Str word = str_sub(text, begin, stop);
    if (word.n == 1 && plain_is_capital(word.p[0])) return true;
    char lower[16];
    if (word.n == 0 || word.n >= sizeof lower) return false;
    for (size_t i = 0; i < word.n; i++) lower[i] = plain_lower(word.p[i]);
    return list_has((Str){lower, word.n}, abbreviations);
}

/* What German counts by ordinals, as the word begins. */
static const char *const counted[] = {
    "Januar", "Jänner", "Jan.", "Februar", "Feb.", "März", "April", "Apr.", "Mai", "Juni", "Juli",
    "August", "Aug.", "September", "Sept", "Oktober", "Okt.", "November", "Nov.", "Dezember",
    "Dez.", "Quartal", "Halbjahr", "Jahrhundert", "Stock", "Etage", "Obergeschoss", "OG", "Auflage",
    "Klasse", "Platz", "Geburtstag", "Kapitel", "Abschnitt", "Werktag", NULL};

/* "am 3. Mai", "im 2. Stock": one or two digits that stand alone, before what German counts so. */
bool segment_is_ordinal(Str text, size_t stop) {
    assert(stop < text.n && text.p[stop] == '.');
    size_t digits = 0, at = stop + 1;
    while (digits < stop && digits < 3 && plain_is_digit(text.p[stop - digits - 1])) digits++;
    bool alone = digits == stop || is_blank_byte(text.p[stop - digits - 1]) ||
                 memchr("\n(\"/-", text.p[stop - digits - 1], 5);
    if (digits == 0 || digits > 2 || !alone) return false;
    while (at < text.n && is_blank_byte(text.p[at])) at++;
    return list_starts(str_sub(text, at, text.n), counted);
}

/* Closers and further marks behind a mark: `?!`, `."`, and an ellipsis of three dots. */
static size_t skip_closers(Str text, size_t at) {
    while (at < text.n) {
        size_t width;
        uint32_t c = utf8_decode(text, at, &width);
        if (!is_closer(c) && c != '.' && c != '!' && c != '?' && !is_wide_end(c)) break;
        at += width;
    }
    return at;
}

/* A small ASCII letter: "approx. three" goes on. Other alphabets are not looked at. */
static bool next_word_is_lower(Str text, size_t at) {
    while (at < text.n && is_blank_byte(text.p[at])) at++;
    return at < text.n && plain_is_small(text.p[at]);
}

/* Does a sentence end with the mark c at `at`? Sets *after to behind its closers. */
static bool ends_here(Str text, size_t from, size_t at, uint32_t c, size_t *after) {
    if (is_wide_end(c)) {
        *after = skip_closers(text, at);
        return true;
    }
    if (c != '.' && c != '!' && c != '?' && c != 0x2026) return false;
    *after = skip_closers(text, at + (c == 0x2026 ? 3 : 1));
    bool gap = *after >= text.n || is_blank_byte(text.p[*after]) || text.p[*after] == '\n';
    if (!gap) return false;
    if (c != '.') return true;
    return !keeps_its_stop(text, from, at) && !next_word_is_lower(text, *after) &&
           !segment_is_ordinal(text, at);
}

/* ---- wrapped lines --------------------------------------------------------------------------- */

enum {
    GOES_ON_MIN = 25, /* bytes of a line that the next one goes on with */
    FILLED_MIN = 40,  /* ... of one that is filled up to a margin */
    AROUND = 3,       /* lines looked at before and behind, for the margin */
    LINE_MAX_BYTES = 400
};

/* From `begin` to its end, or LINE_MAX_BYTES of it: enough to know that it is no wrapped line. */
static Str line_at(Str text, size_t begin) {
    size_t end = begin;
    while (end < text.n && text.p[end] != '\n' && end - begin < LINE_MAX_BYTES) end++;
    return str_sub(text, begin, end);
}

/* Where the line that ends at `end` begins; at most LINE_MAX_BYTES in front. */
static size_t line_begin(Str text, size_t end) {
    size_t begin = end;
    while (begin > 0 && text.p[begin - 1] != '\n' && end - begin < LINE_MAX_BYTES) begin--;
    return begin;
}

static bool is_mark(const char *marks, char c) { return c && strchr(marks, c) != NULL; }

/* Bytes of its first word; a character of a script without blanks is a word. */
static size_t first_word(Str line) {
    size_t n = 0, width = 0;
    while (n < line.n && !is_blank_byte(line.p[n])) {
        uint32_t c = utf8_decode(line, n, &width);
        if (unicode_is_cjk(c)) return n ? n : width;
        n += width;
    }
    return n;
}

/* A list item, a heading, a quotation, a key with its value, a line of code. */
static bool begins_anew(Str line) {
    size_t word = first_word(line), digits = 0;
    if (line.n == 0 || is_blank_byte(line.p[0]) || is_mark("-*+#>|=/{}<@", line.p[0])) return true;
    while (digits < line.n && plain_is_digit(line.p[digits])) digits++;
    bool clock = digits + 1 < line.n && line.p[digits] == ':' && plain_is_digit(line.p[digits + 1]);
    if (digits && digits < line.n && is_mark(".):", line.p[digits]) && !clock) return true;
    if (word && line.p[word - 1] == ':') return true;
    return word + 2 < line.n && line.p[word] == ' ' && line.p[word + 1] == '=';
}

/* A row of a table, whose cells no margin has broken. */
static bool is_row(Str line) { return str_has(line, STR(" | ")); }

/* Bytes of the longest of the lines around the line break. */
static size_t margin(Str text, size_t stop) {
    size_t longest = 0, end = stop, begin = stop + 1;
    assert(stop < text.n && text.p[stop] == '\n');
    for (int i = 0; i < AROUND; i++) {
        size_t from = line_begin(text, end);
        Str line = line_at(text, from);
        if (line.n > longest) longest = line.n;
        if (line.n == 0 || from == 0) break;
        end = from - 1;
    }
    for (int i = 0; i < AROUND && begin < text.n; i++) {
        Str line = line_at(text, begin);
        if (line.n > longest) longest = line.n;
        if (line.n == 0) break;
        begin += line.n + 1;
    }
    return longest;
}

/* Did a margin make the line break at `stop`? */
static bool is_wrap(Str text, size_t stop) {
    Str line = str_sub(text, line_begin(text, stop), stop), next = line_at(text, stop + 1);
    if (line.n < GOES_ON_MIN || line.n >= LINE_MAX_BYTES || begins_anew(next)) return false;
    if (is_mark(":;{}(=|\\", line.p[line.n - 1]) || is_row(line) || is_row(next)) return false;
    if (plain_is_small(next.p[0])) return true;
    return line.n >= FILLED_MIN && line.n + 1 + first_word(next) > margin(text, stop);
}

/* One walk; *at moves behind the sentence, closers and all, and the range given out has no blanks
   at its ends. */
static bool next_sentence(Str text, bool wrapped, size_t *at, size_t *start, size_t *end) {
    size_t i = *at;
    while (i < text.n && (is_blank_byte(text.p[i]) || text.p[i] == '\n')) i++;
    size_t begin = i, stop = text.n, after;
    while (i < text.n) {
        size_t width;
        uint32_t c = utf8_decode(text, i, &width);
        if (c == '\n' && !(wrapped && is_wrap(text, i))) {
            stop = i;
            break;
        }
        if (ends_here(text, begin, i, c, &after)) {
            stop = after;
            break;
        }
        i += width;
    }
    *at = stop;
    while (stop > begin && is_blank_byte(text.p[stop - 1])) stop--;
    if (stop == begin) return false;
    assert(begin < stop && stop <= *at && *at <= text.n); /* whoever cites relies on it */
    *start = begin;
    *end = stop;
    return true;
}

bool segment_next(Str text, size_t *at, size_t *start, size_t *end) {
    return next_sentence(text, false, at, start, end);
}

bool segment_next_wrapped(Str text, size_t *at, size_t *start, size_t *end) {
    return next_sentence(text, true, at, start, end);
}
