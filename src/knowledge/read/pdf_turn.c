/*
 * Text that runs from right to left, as in Arabic, Hebrew and Persian.
 *
 * With -bbox-layout pdftotext gives the characters of a word, and the words of a line, from left to
 * right as they stand on the page. What is read from right to left comes backwards that way: no
 * question would find it, and nobody could read it. Both are turned here:
 *
 *   - a word with a character of such a script is turned as a whole; then runs of other letters
 *     and of digits in it, which run from left to right on such a page, too, are turned back.
 *     Brackets are drawn as they look, so that in a turned word each means the other one.
 *   - of a line, the direction in which most of its words run is that of the line: in one that runs
 *     from right to left the last word is read first, but words of the other direction that stand
 *     together keep their order among themselves (and in a line of English a Hebrew name of two
 *     words is turned).
 *
 * An example, capitals for letters of a script that runs from right to left, as a page shows it:
 *
 *     "Python 3 HTIW SKROW ELPMAXE"     read: EXAMPLE WORKS WITH Python 3
 *
 * This is the Unicode Bidirectional Algorithm (UAX 9) backwards, in the little of it that words on
 * a page need: no embeddings, no isolates. What stays wrong is what pdftotext itself cannot tell: a
 * ligature of two letters that was drawn as one comes as its letters in reading order.
 *
 * Words that touch each other are pieces of one: they are joined without a blank.
 *
 * Limits: those of a page. Linear in the text, but for the runs of a line, whose ends are looked
 * for once a run.
 */
#include <assert.h>

#include "base/utf8.h"
#include "knowledge/read/pdf_page.h"

/* In heights of a word. Of 131,703 pairs of words in 60 PDFs (TeX's manuals in ten languages and
   others' test data) plain pdftotext, which knows more than it says here, wrote 1,997 of the 2,001
   that are nearer than 0.025 as one word, and 2 of those further apart. ALIKE was chosen. */
static const float TOUCH = 0.025f, ALIKE = 0.1f;

/* Hebrew to Arabic Extended-A, their presentation forms, and the old and new scripts of the
   supplementary plane. */
static bool is_right_to_left(uint32_t c) {
    return (c >= 0x590 && c <= 0x8FF) || (c >= 0xFB1D && c <= 0xFDFF) ||
           (c >= 0xFE70 && c <= 0xFEFC) || (c >= 0x10800 && c <= 0x10FFF) ||
           (c >= 0x1E800 && c <= 0x1EFFF);
}

/* Letters of other scripts, and digits of all. */
static bool is_left_to_right(uint32_t c) {
    UnicodeClass class = unicode_class(c);
    return class == UC_NUMBER || (class == UC_LETTER && !is_right_to_left(c));
}

/* 1: from right to left; -1: from left to right; 0: numbers and signs alone. */
static int direction_of(Str word) {
    int direction = 0;
    size_t width;
    for (size_t at = 0; at < word.n; at += width) {
        uint32_t c = utf8_decode(word, at, &width);
        UnicodeClass class = unicode_class(c);
        if (class == UC_LETTER && is_right_to_left(c)) return 1;
        if (class == UC_LETTER) direction = -1;
    }
    return direction;
}

static void turn_bytes(char *p, size_t n) {
    for (size_t i = 0; i < n / 2; i++) {
        char swap = p[i];
        p[i] = p[n - 1 - i];
        p[n - 1 - i] = swap;
    }
}

/* The characters in the other order: all bytes, then those of each character back. */
static void turn_characters(char *p, size_t n) {
    turn_bytes(p, n);
    for (size_t i = 0, from = 0; i < n; i++) {
        if (utf8_goes_on(p[i])) continue; /* its first byte is still to come */
        turn_bytes(p + from, i + 1 - from);
        from = i + 1;
    }
}

/* Where what runs from left to right ends: letters, digits, and single signs between them. */
static size_t run_end(Str word, size_t at) {
    size_t end = at, width, behind;
    while (end < word.n && is_left_to_right(utf8_decode(word, end, &width))) {
        end += width;
        bool joins = end + 1 < word.n && memchr(".,:/-+%@_", word.p[end], 9);
        if (joins && is_left_to_right(utf8_decode(word, end + 1, &behind))) end++;
    }
    return end;
}

static char mirrored(char c) {
    static const char from[] = "()[]{}<>", to[] = ")(][}{><";
    const char *at = c ? strchr(from, c) : NULL;
    return at ? to[at - from] : c;
}

void pdf_turn_word(char *p, size_t n) {
    Str word = {p, n};
    assert(utf8_valid(word)); /* it was cleaned: each character has its first byte */
    if (direction_of(word) != 1) return;
    turn_characters(p, n);
    for (size_t at = 0; at < n;) {
        size_t end = run_end(word, at), width;
        if (end > at) {
            turn_characters(p + at, end - at);
            at = end;
            continue;
        }
        p[at] = mirrored(p[at]);
        (void)utf8_decode(word, at, &width);
        at += width;
    }
}

/* Words [from, to) of a page, and how to walk over them in reading order. */
typedef struct Walk {
    const PdfPage *page;
    uint32_t from, to;
    bool backwards; /* most words run from right to left */
} Walk;

static uint32_t index_at(const Walk *w, uint32_t i) {
    return w->backwards ? w->to - 1 - i : w->from + i;
}

static Str word_at(const Walk *w, uint32_t i) {
    const PdfWord *word = &w->page->words[index_at(w, i)];
    return (Str){w->page->text.p + word->at, word->n};
}

/* How many words from number i on run against the line. Numbers between two of them go along, and
   so does one that stands behind them in a line that runs from right to left, where it comes first:
   "Windows 10", which may as well be a number before the name, but seldom is. */
static uint32_t against(const Walk *w, uint32_t i) {
    uint32_t n = w->to - w->from, last = i;
    for (uint32_t k = i; k < n; k++) {
        int direction = direction_of(word_at(w, k));
        if (direction == (w->backwards ? 1 : -1)) break;
        if (direction != 0) last = k + 1;
        else if (last == i && !(w->backwards && k == i)) break;
    }
    return last - i;
}

/* Is the last character of the one, or the first of the other, a letter? */
static bool is_letter_at(Str word, bool last) {
    size_t at = word.n ? word.n - 1 : 0, width;
    if (!word.n) return false;
    while (last && at > 0 && utf8_goes_on(word.p[at])) at--;
    return unicode_class(utf8_decode(word, last ? at : 0, &width)) == UC_LETTER;
}

/* Are these two pieces of one word? pdftotext begins a word anew where the font or the base line
   changes (an accent that is drawn over its letter), and says no more than where both stand. A
   raised mark or a number of another size (a note's, an exponent) is none. */
static bool is_one_word(const PdfPage *page, uint32_t left) {
    const PdfWord *a = &page->words[left], *b = a + 1;
    float high = a->box.y1 - a->box.y0, other = b->box.y1 - b->box.y0;
    float low = high < other ? high : other, gap = b->box.x0 - a->box.x1;
    float top = a->box.y0 > b->box.y0 ? a->box.y0 : b->box.y0;
    float foot = a->box.y1 < b->box.y1 ? a->box.y1 : b->box.y1;
    if (gap >= low * TOUCH || gap <= -low) return false;
    if (foot <= top) return false; /* one above the other, as in text set sideways */
    Str one = {page->text.p + a->at, a->n}, two = {page->text.p + b->at, b->n};
    if (is_letter_at(one, true) && is_letter_at(two, false)) return true;
    float off = a->box.y1 - b->box.y1, differ = high - other;
    if (off < 0) off = -off;
    if (differ < 0) differ = -differ;
    return off <= low * ALIKE && differ <= low * ALIKE;
}

/* Word i of the walk, behind word `last` of it (UINT32_MAX: it is the first). */
static void add_word(Buf *out, const Walk *w, uint32_t i, uint32_t last) {
    uint32_t a = index_at(w, i), b = last == UINT32_MAX ? a : index_at(w, last);
    bool beside = a > b ? a - b == 1 : b - a == 1;
    bool joined = beside && is_one_word(w->page, a < b ? a : b);
    if (last != UINT32_MAX && !joined) buf_add_byte(out, ' ');
    buf_add_str(out, word_at(w, i));
}

void pdf_add_words(const PdfPage *page, uint32_t from, uint32_t n, Buf *out) {
    assert(from + n <= page->n_words);
    Walk w = {page, from, from + n, false};
    int sum = 0;
    for (uint32_t i = 0; i < n; i++) sum += direction_of(word_at(&w, i));
    w.backwards = sum > 0;
    uint32_t last = UINT32_MAX;
    for (uint32_t i = 0; i < n;) {
        uint32_t run = against(&w, i);
        for (uint32_t k = run; k-- > 0; last = i + k) add_word(out, &w, i + k, last);
        if (run == 0) add_word(out, &w, i, last);
        if (run == 0) last = i;
        i += run ? run : 1;
    }
}
