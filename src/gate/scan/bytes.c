/*
 * Bytes that are written as numbers, one by one: "[49, 51, 56, ...]", "0x31, 0x33", "31 33 38",
 * "061 063 070". A model reads them as the text that they spell.
 *
 * A row is BYTES_LEAST numbers of two to four signs with at most GAP_MOST blanks, commas,
 * semicolons or brackets between two. It is read in three ways, decimal, hexadecimal and octal, and
 * is found where one of them says something: a number of DIGITS_LEAST digits, a mail address, or
 * words (more than one or with a capital, with vowels among their letters, or Han signs). Tables of
 * measurements are rows of small numbers, too, and say none of these. In bare hexadecimal digits
 * are 30 to 39, which temperatures and ages are as well: they must be more, and parted by blanks
 * alone.
 *
 * A row of BYTES_LEAST has STRETCH signs in one of two blocks of bytes, wherever those begin; what
 * has not, or has other words or wide gaps in them, is passed over by bits (block.h). A row is
 * walked once in each reading.
 */
#include <assert.h>

#include "base/plain.h"
#include "base/utf8.h"
#include "gate/scan/impl.h"

enum { BYTES_LEAST = 10, BYTES_MOST = 512, GAP_MOST = 4, ROW_LEAST = 3 * BYTES_LEAST - 1,
       STRETCH = 15, DIGITS_LEAST = 7, BARE_DIGITS = 11, CONSONANTS_MOST = 4 };
typedef enum Reading { DECIMAL, HEXADECIMAL, OCTAL, READINGS } Reading;

static bool is_gap(char c) {
    return c == ' ' || c == ',' || c == ';' || c == '\t' || c == '\n' || c == '\r' || c == '[' ||
           c == ']' || c == '(' || c == ')';
}

static bool is_sign(char c) {
    return is_hex(c) || c == 'x' || c == 'X' || is_gap(c);
}

/* The byte that a word of two to four signs is in a reading; -1: none. */
static int byte_of(Str word, Reading reading) {
    static const int bases[READINGS] = {10, 16, 8};
    bool prefix = word.n == 4 && word.p[0] == '0' && (word.p[1] | 0x20) == 'x';
    Str digits = prefix ? str_sub(word, 2, 4) : word;
    size_t least = reading == OCTAL ? 3 : 2, most = reading == HEXADECIMAL ? 2 : 3;
    int value = 0;
    if (digits.n < least || digits.n > most || (prefix && reading != HEXADECIMAL)) return -1;
    for (size_t i = 0; i < digits.n; i++) {
        int digit = plain_hex(digits.p[i]);
        if (digit < 0 || digit >= bases[reading]) return -1;
        value = value * bases[reading] + digit;
    }
    return value < 256 ? value : -1;
}

/* ---- what a row says ----------------------------------------------------------------------- */

/* Digits of a number with what groups it; 0: something else stands there. */
static size_t digits_of(Str said) {
    size_t n = 0;
    for (size_t i = 0; i < said.n; i++) {
        if (!is_digit(said.p[i]) && !strchr(" -.+/()", said.p[i])) return 0;
        n += is_digit(said.p[i]);
    }
    return n;
}

/* Letters as words have them, or what is for the most part beyond ASCII. */
static bool says_words(Str said) {
    size_t small = 0, vowels = 0, wide = 0, row = 0;
    for (size_t i = 0; i < said.n; i++) {
        char c = said.p[i], before = i ? said.p[i - 1] : ' ';
        bool letter = is_letter(c), vowel = letter && strchr("aeiouyAEIOUY", c);
        if (!letter && !is_digit(c) && !strchr(" .,-'@", c) && !(c & 0x80)) return false;
        if (plain_is_capital(c) && is_letter(before)) return false;
        row = letter && !vowel ? row + 1 : 0;
        if (row > CONSONANTS_MOST) return false;
        small += letter && !plain_is_capital(c);
        vowels += vowel;
        wide += (c & 0x80) != 0;
    }
    if (wide) return wide * 2 > said.n && utf8_valid(said);
    bool parted = plain_is_capital(said.p[0]) || str_has(said, STR(" "));
    return parted && small * 10 >= said.n * 6 && vowels * 5 >= small && vowels * 10 <= small * 7;
}

/* An address and nothing beside it. */
static bool says_mail(Str said) {
    size_t at = str_find(said, STR("@"), 0);
    if (at == SIZE_MAX || at < 1 || str_find(said, STR("."), at) == SIZE_MAX) return false;
    for (size_t i = 0; i < said.n; i++) {
        if (!is_alnum(said.p[i]) && !strchr("@._-+ ", said.p[i])) return false;
    }
    return true;
}

/* `row`: the numbers; `said`: the bytes that they are. */
static bool tells(Str row, Str said, Reading reading) {
    bool bare = reading == HEXADECIMAL && !str_has(row, STR("x"));
    size_t digits = digits_of(said);
    if (said.n < BYTES_LEAST) return false;
    if (bare && memchr(row.p, ',', row.n)) digits = 0;
    if (bare && memchr(row.p, ';', row.n)) digits = 0;
    if (digits * 10 < said.n * 7) digits = 0;
    return digits >= (bare ? BARE_DIGITS : DIGITS_LEAST) || says_mail(said) || says_words(said);
}

/* ---- rows ---------------------------------------------------------------------------------- */

/* Where the next word of text[*at..end) begins, behind so many signs; *at: its end. */
static size_t next_word(Str text, size_t *at, size_t end, size_t *gap) {
    size_t word = *at;
    while (word < end && is_gap(text.p[word])) word++;
    *gap = word - *at;
    for (*at = word; *at < end && !is_gap(text.p[*at]);) ++*at;
    return word;
}

/* Are there BYTES_LEAST words in a row that may be bytes? Most tables of numbers end here. */
static bool holds_row(Str text, size_t from, size_t end) {
    size_t n = 0;
    for (size_t at = from; at < end && n < BYTES_LEAST;) {
        size_t gap, word = next_word(text, &at, end, &gap);
        bool prefix = at - word == 4 && (text.p[word + 1] | 0x20) == 'x';
        bool fits = prefix || at - word == 2 || at - word == 3;
        n = !fits ? 0 : gap <= GAP_MOST ? n + 1 : 1;
    }
    return n >= BYTES_LEAST;
}

/* Walks text[from..end), of which all are signs of a row, in one reading. */
static void read_row(Scanner *s, Str text, size_t from, size_t end, Reading reading) {
    char said[BYTES_MOST];
    size_t n = 0, start = from, last = from;
    for (size_t at = from; at < end || n;) {
        size_t gap, word = next_word(text, &at, end, &gap);
        int byte = byte_of(str_sub(text, word, at), reading);
        bool joins = byte >= 0 && gap <= GAP_MOST && n < sizeof said;
        if (n && !joins) {
            bool told = tells(str_sub(text, start, last), (Str){said, n}, reading);
            if (told) data_push(s, start, last, KIND_PASSWORD);
            n = 0;
        }
        if (byte < 0) continue;
        if (n == 0) start = word;
        last = at;
        said[n++] = (char)byte;
    }
}

/* Bit i: a sign of a row, with no more than GAP_MOST gaps side by side, in no word that is no byte:
   of one sign, or four ("0x31" may be), or more. What a block's edge cuts is not judged. */
static uint64_t good_signs(const Blocks *blocks, Str text, size_t at) {
    unsigned char edge[BLOCK] = {0};
    const unsigned char *p = (const unsigned char *)text.p + at;
    if (text.n - at < BLOCK) p = memcpy(edge, p, text.n - at);
    RowBits row = blocks->rows(p);
    uint64_t d = row.digits, g = row.gaps, inner = ~0ull >> 1 & ~1ull; /* others' neighbours are */
    uint64_t four = d & d >> 1 & d >> 2 & d >> 3, wide = g & g >> 1 & g >> 2 & g >> 3 & g >> 4;
    uint64_t bad = (four & ~(row.x >> 1)) | (four & d >> 4);
    bad |= bad << 1;
    bad |= bad << 2;
    bad |= wide | wide << 1 | wide << 2 | wide << 3 | wide << 4;
    bad |= d & inner & ~(d << 1) & ~(d >> 1);
    return (d | g) & ~bad;
}

/* Bit i: so are the seven behind. */
static uint64_t eight(uint64_t signs) {
    signs &= signs >> 1;
    signs &= signs >> 2;
    return signs & signs >> 4;
}

/* Do as many signs stand side by side as the shortest row has, somewhere in the BLOCK bytes? */
static bool holds_least(const Blocks *blocks, Str text, size_t at) {
    _Static_assert(ROW_LEAST == 29, "16 signs, and 16 from 13 on");
    uint64_t signs = eight(good_signs(blocks, text, at));
    signs &= signs >> 8;
    return signs & signs >> 13;
}

/* The next block that holds a stretch of a row which may be long enough, and where it stands.
   Blocks do not overlap: a row is so long that one of two neighbours holds a stretch of it. Where
   one does, the shortest row around it lies in one of two blocks EDGE bytes before and behind. */
static size_t next_stretch(const Blocks *blocks, Str text, size_t at) {
    enum { EDGE = ROW_LEAST - STRETCH };
    _Static_assert(STRETCH == 15 && GAP_MOST == 4, "good_signs counts as many");
    _Static_assert(ROW_LEAST >= 2 * STRETCH - 1, "one of two blocks holds a stretch");
    _Static_assert(BLOCK - 2 * EDGE >= ROW_LEAST - 1, "no row lies across both wider ones");
    for (; at < text.n; at += BLOCK) {
        uint64_t signs = eight(good_signs(blocks, text, at)), bits = signs & signs >> 7;
        if (!bits) continue;
        size_t before = at > EDGE ? at - EDGE : 0, behind = at + EDGE;
        bool row = holds_least(blocks, text, before) ||
                   (behind < text.n && holds_least(blocks, text, behind));
        if (row) return at + (size_t)__builtin_ctzll(bits);
    }
    return text.n;
}

/* Each row is widened to its ends and read once in every base; `floor` keeps rows apart. */
void bytes_find(Scanner *s, Str text) {
    size_t floor = 0, end;
    for (size_t at = 0; (at = next_stretch(s->fold.blocks, text, at)) < text.n; at = floor = end) {
        size_t from = at;
        while (from > floor && is_sign(text.p[from - 1])) from--;
        for (end = at; end < text.n && is_sign(text.p[end]);) end++;
        assert(end > at); /* a stretch begins with a sign */
        bool row = end - from >= ROW_LEAST && holds_row(text, from, end);
        for (int r = 0; r < READINGS && row; r++) read_row(s, text, from, end, (Reading)r);
    }
}
