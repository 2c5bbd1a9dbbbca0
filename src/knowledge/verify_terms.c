/*
 * The terms of a text: the units by which verify.c compares.
 *
 * Text becomes terms. A term is a 64-bit hash of a normalised unit and a kind:
 *   word     letters, lower case, a light English stem ("surrendered" ~ "surrender") or the plain
 *            form of an irregular verb ("swept" ~ "sweep"); for scripts without blanks,
 *            overlapping pairs of folded (base/han.h) characters (none with a grammatical one);
 *   number   digits with thousands separators and trailing zeros removed, percent and full width
 *            folded, 12.5 and 12,5 alike after a decimal mark, number words up to twenty; 2.100 is
 *            2100 too (and first, in German); the Chinese factors wan (10^4) and yi (10^8) are
 *            multiplied out;
 *   month    of a written ("March", "3 yue") or numeric (2024-03-05) date;
 *   name     a capitalised word inside a sentence, or one of two capitalised words in a row. In
 *            German that is every noun; there a noun is found in other cases, and in a compound
 *            that begins or ends with it ("Miete" in "Nettomiete"). A currency is a word, the same
 *            for its sign, its code and its name.
 *
 * A long number (a telephone, an account) is its digits, however they are grouped.
 *
 * Limits: TERMS_MAX terms a text; what is beyond is left out, and `cut` says so. TERM_BYTES bytes
 * of a word: two words with the same beginning of that length count as one.
 */
#include "knowledge/verify_impl.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/calendar.h"
#include "base/han.h"
#include "base/hash.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "knowledge/digits.h"
#include "knowledge/grammar_words.h"
#include "knowledge/irregular.h"
#include "knowledge/lex_token.h"

enum { TERMS_MAX = 1024 };

_Static_assert((int)TERM_BYTES == (int)DIGITS_MAX, "a number fits where a word does");

/* ---- lists ----------------------------------------------------------------------------------- */

/* Beside grammar_words.h: what questions and answers say about themselves. */
static const char *const fillers[] = {"according", "passage", "document", "documents",
                                      "text",      "yes",     "anything", "something", "anyone",
                                      "someone", "etwas",     "answer", "jahr", "monat", "höhe",
                                      "summarise", "summarize", "summary", "fasse", "fass",
                                      "zusammen",  "zusammenfassung", "hoch"};

static const struct {
    const char *written, *word;
} currencies[] = {{"euro", "euro"},      {"eur", "euro"},    {"€", "euro"},
                  {"dollar", "dollar"},  {"usd", "dollar"},  {"$", "dollar"},
                  {"gbp", "pound"},      {"£", "pound"},     {"pfund", "pound"},
                  {"franken", "franc"},  {"chf", "franc"}};

static const char *const number_words[] = {
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen", "twenty"};

_Static_assert(ARRAY_LEN(number_words) == 21, "a number is its index, of two digits at most");

uint64_t term_key(TermKind kind, const char *bytes, size_t n) {
    return hash_check64(bytes, n, kind == TERM_NAME ? TERM_WORD : (uint64_t)kind);
}

/* Beyond the room nothing is added, and `cut` says so: support is then refused, not guessed. */
static void terms_add(Terms *terms, TermKind kind, const char *bytes, size_t n, bool filler) {
    if (n == 0) return;
    if (terms->n == terms->cap) {
        terms->cut = true;
        return;
    }
    terms->items[terms->n++] = (Term){.key = term_key(kind, bytes, n), .kind = (uint8_t)kind,
                                      .filler = filler, .columns = terms->column};
}

static int index_of(const char *word, const char *const *list, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (strcmp(word, list[i]) == 0) return (int)i;
    }
    return -1;
}

/* As the index stems (lex_stem.c), without a possessive, and "allergic" as "allergy". */
static size_t stem(char *word, size_t n) {
    if (n > 2 && word[n - 2] == '\'' && word[n - 1] == 's') n -= 2;
    n = lex_stem(word, n);
    return n > 6 && word[n - 1] == 'c' && word[n - 2] == 'i' ? n - 1 : n;
}

/* The same for German: what nouns and adjectives end with in other cases and numbers, and
   a verb's noun with its participle ("Vermietung", "vermietet"). */
size_t term_stem_german(const char *word, size_t n) {
    static const char *const endings[] = {"ungen", "ung", "et", "en", "er", "em",
                                          "es",    "e",   "n",  "s"};
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        size_t k = strlen(endings[i]);
        if (n >= k + 4 && memcmp(word + n - k, endings[i], k) == 0) return n - k;
    }
    return n;
}

bool term_is_letter(uint32_t c) {
    UnicodeClass class = unicode_class(c);
    return class == UC_LETTER || class == UC_MARK;
}

static uint32_t fold_width(uint32_t c) { return c >= 0xFF01 && c <= 0xFF5E ? c - 0xFEE0 : c; }

static bool is_digit(uint32_t c) {
    c = fold_width(c);
    return c >= '0' && c <= '9';
}

typedef struct Scan {
    Str text;
    size_t at;
    Terms *terms;
    bool after_name;     /* the word before was capitalised */
    bool sentence_start; /* no word seen yet */
    uint32_t pair;       /* previous character of a CJK run, 0: none */
    TermsHow how;
    char half[TERM_BYTES]; /* the word before, which ends at half_end */
    size_t half_n, half_end;
    bool asks_when;      /* it ends the word for "when", or stands behind the one for "how many" */
} Scan;

static uint32_t scan_peek(const Scan *scan, size_t at, size_t *width) {
    if (at >= scan->text.n) {
        *width = 0;
        return 0;
    }
    return utf8_decode(scan->text, at, width);
}

/* Appends c to a decimal text; a separator between groups of three digits is dropped, another
   followed by a digit becomes the decimal point. Returns false at the end of the number. */
static bool number_step(Scan *scan, char *out, size_t *n, bool *point) {
    size_t width, next_width;
    assert(*n < TERM_BYTES - 1); /* signs beyond are passed over: room for a NUL stays */
    uint32_t c = fold_width(scan_peek(scan, scan->at, &width));
    if (!width) return false;
    if (is_digit(c)) {
        if (*n + 2 < TERM_BYTES) out[(*n)++] = (char)c;
        scan->at += width;
        return true;
    }
    if ((c != ',' && c != '.' && c != ' ' && c != 0xA0) || !*n) return false;
    size_t digits = 0, at = scan->at + width;
    while (digits < 4 && is_digit(scan_peek(scan, at, &next_width)) && next_width) {
        digits++;
        at += next_width;
    }
    bool group = digits == 3 && c != '.'; /* a stop between digits: scan_stopped_number */
    if (!digits || ((c == ' ' || c == 0xA0) && !group)) return false;
    if (!group) {
        if (*point || c == ' ') return false;
        *point = true;
        if (*n + 2 < TERM_BYTES) out[(*n)++] = '.';
    }
    scan->at += width;
    return true;
}

/* Times 10^places, over decimals: 1.5 and 4 places is 15000. */
static void number_shift(char *digits, size_t *n, int places) {
    char *dot = memchr(digits, '.', *n);
    size_t whole = dot ? (size_t)(dot - digits) : *n;
    assert(whole >= 1 && *n < TERM_BYTES - 1); /* a number begins with a digit */
    for (; places > 0 && *n + 2 < TERM_BYTES; places--) {
        if (dot && whole + 1 < *n) {
            digits[whole] = digits[whole + 1];
            digits[++whole] = '.';
        } else {
            if (dot) *n = whole, dot = NULL;
            digits[(*n)++] = '0';
            whole = *n;
        }
    }
}

/* Zeros behind a decimal point go, and those in front: 007.50 is 7.5. *from: where it begins. */
static size_t number_trim(char *digits, size_t n, size_t *from) {
    if (memchr(digits, '.', n)) {
        while (n && digits[n - 1] == '0') n--;
        if (n && digits[n - 1] == '.') n--;
    }
    *from = 0;
    while (*from + 1 < n && digits[*from] == '0' && digits[*from + 1] != '.') (*from)++;
    assert(*from < n); /* a digit is left of every number, of 0.00 as well */
    return n;
}

static void add_month(Scan *scan, int month) {
    char key = (char)month;
    assert(month >= 1 && month <= 12);
    terms_add(scan->terms, TERM_MONTH, &key, 1, false);
}

/* The month of an ISO-like date that goes on at scan->at ("-03-05", "/3/5"), taken out of the text
   so that it is not read as a number too. */
static void scan_month_after_year(Scan *scan, const char *digits, size_t n) {
    size_t width, at = scan->at;
    uint32_t c = scan_peek(scan, at, &width);
    if (n != 4 || (digits[0] != '1' && digits[0] != '2')) return;
    if (c != '-' && c != '/' && c != '.') return;
    at += width;
    int month = 0, seen = 0;
    while (seen < 2 && is_digit(c = fold_width(scan_peek(scan, at, &width))) && width) {
        month = month * 10 + (int)(c - '0');
        at += width;
        seen++;
    }
    if (!seen || month < 1 || month > 12) return;
    add_month(scan, month);
    scan->at = at;
}

static void add_number(Scan *scan, char *digits, size_t n, bool filler) {
    size_t from;
    assert(n >= 1 && n <= TERM_BYTES); /* it began with a digit */
    n = number_trim(digits, n, &from);
    terms_add(scan->terms, TERM_NUMBER, digits + from, n - from, filler);
}

/* 2.100 is two thousand one hundred in German and about two in English. The other reading is found
   when it is looked for, and never demanded. False: the number has no such stops. */
static bool scan_stopped_number(Scan *scan) {
    char whole[TERM_BYTES], decimal[TERM_BYTES];
    bool sure = false;
    size_t n, length = digits_stopped(str_sub(scan->text, scan->at, scan->text.n), whole, &n,
                                         &sure);
    if (!length) return false;
    size_t kept = length < TERM_BYTES ? length : TERM_BYTES;
    memcpy(decimal, scan->text.p + scan->at, kept);
    scan->at += length;
    add_number(scan, whole, n, !sure && scan->how == TERMS_PLAIN);
    if (!sure) add_number(scan, decimal, kept, scan->how != TERMS_PLAIN);
    scan->pair = 0;
    return true;
}

/* "05.03.2026" is the fifth of March 2026. False: no day begins here. */
static bool scan_day(Scan *scan) {
    enum { FORMS = CALENDAR_STOPPED | CALENDAR_SHORT_YEAR };
    CalendarDate date;
    size_t n = calendar_read(str_sub(scan->text, scan->at, scan->text.n), FORMS, &date);
    char digits[TERM_BYTES];
    if (!n) return false;
    scan->at += n;
    add_month(scan, date.month);
    add_number(scan, digits, (size_t)snprintf(digits, sizeof digits, "%d", date.day), false);
    add_number(scan, digits, (size_t)snprintf(digits, sizeof digits, "%d", date.year), false);
    scan->pair = 0;
    return true;
}

/* One number as a fact, or a month where it is one ("3" before yue, the second part of a date). The
   Chinese factors are multiplied in, the other signs behind a number are left to the scan. */
static void scan_number(Scan *scan) {
    char digits[TERM_BYTES];
    size_t n = 0, width;
    bool point = false;
    if (scan_day(scan) || scan_stopped_number(scan)) return;
    while (number_step(scan, digits, &n, &point)) {}
    uint32_t c = han_fold(scan_peek(scan, scan->at, &width));
    if (c == 0x4E07) number_shift(digits, &n, 4); /* wan */
    if (c == 0x4EBF) number_shift(digits, &n, 8); /* yi */
    if (c == 0x6708 && n <= 2) { /* N yue: a month and no number */
        int month = 0;
        for (size_t i = 0; i < n; i++) month = month * 10 + (digits[i] - '0');
        if (month >= 1 && month <= 12) add_month(scan, month);
        return;
    }
    scan_month_after_year(scan, digits, n);
    add_number(scan, digits, n, false);
    scan->pair = 0;
}

/* The stem of a word as a term. */
static void add_stem(const Scan *scan, TermKind kind, Str word, bool filler) {
    char low[TERM_BYTES];
    size_t n = word.n < TERM_BYTES ? word.n : TERM_BYTES;
    memcpy(low, word.p, n);
    n = scan->how == TERMS_PLAIN ? stem(low, n) : term_stem_german(low, n);
    terms_add(scan->terms, kind, low, n, filler);
}

/* Every beginning and end of a long word that may be a word, and of a participle ("gehalten") the
   verb: found, and never demanded. */
static void add_pieces(Scan *scan, const char *word, size_t n) {
    enum { PIECE_MIN = 4 };
    bool participle = n >= PIECE_MIN + 2 && memcmp(word, "ge", 2) == 0;
    if (participle) {
        terms_add(scan->terms, TERM_WORD, word + 2, term_stem_german(word + 2, n - 2), true);
    }
    for (size_t at = PIECE_MIN; n >= 2 * PIECE_MIN && at + PIECE_MIN <= n; at++) {
        if (utf8_goes_on(word[at])) continue;
        terms_add(scan->terms, TERM_WORD, word, term_stem_german(word, at), true);
        terms_add(scan->terms, TERM_WORD, word + at, term_stem_german(word + at, n - at), true);
    }
}

/* "May I keep a dog?" asks about no month; "May 2024 was wet" speaks of one. */
static bool is_modal(const Scan *scan, const char *word, bool capital) {
    if (strcmp(word, "may") != 0) return false;
    size_t at = scan->at, width;
    while (at < scan->text.n && scan->text.p[at] == ' ') at++;
    return !capital || (scan->sentence_start && !is_digit(scan_peek(scan, at, &width)));
}

/* Is it a currency? Then it is a word, and the same however it is written. */
static bool add_currency(Scan *scan, const char *written) {
    for (size_t i = 0; i < ARRAY_LEN(currencies); i++) {
        const char *word = currencies[i].word;
        if (strcmp(written, currencies[i].written) != 0) continue;
        add_stem(scan, TERM_WORD, str_from(word), false);
        if (scan->terms->n) scan->terms->items[scan->terms->n - 1].money = true;
        return true;
    }
    return false;
}

/* What a word is: currency, month, number word, name, or plain word, in this order. */
static void add_word(Scan *scan, char *word, size_t n, bool capital) {
    assert(n >= 1 && n < TERM_BYTES); /* scan_word leaves room for the NUL */
    word[n] = 0;
    if (add_currency(scan, word)) return;
    bool modal = is_modal(scan, word, capital);
    int month = modal || !capital ? 0 : calendar_month_whole((Str){word, n});
    int number = index_of(word, number_words, ARRAY_LEN(number_words));
    bool filler = modal || grammar_word((Str){word, n}) ||
                  (scan->how != TERMS_PLAIN && grammar_word_german((Str){word, n})) ||
                  index_of(word, fillers, ARRAY_LEN(fillers)) >= 0;
    if (month) {
        add_month(scan, month);
    } else if (number >= 0) {
        char digits[4];
        size_t digits_n = 0;
        if (number >= 10) digits[digits_n++] = (char)('0' + number / 10);
        digits[digits_n++] = (char)('0' + number % 10);
        /* "one" is mostly a pronoun: it can support a 1 but is never demanded */
        terms_add(scan->terms, TERM_NUMBER, digits, digits_n, number == 1);
    } else {
        bool name = capital && !filler && (!scan->sentence_start || scan->after_name);
        Str plain = {word, n};
        if (scan->how == TERMS_PLAIN && !name) plain = irregular_plain(plain);
        add_stem(scan, name ? TERM_NAME : TERM_WORD, plain, filler);
        if (scan->after_name && capital && scan->terms->n >= 2 && name) {
            Term *before = &scan->terms->items[scan->terms->n - 2];
            if (before->kind == TERM_WORD && !before->filler) before->kind = TERM_NAME;
        }
        if (scan->how == TERMS_PIECES) add_pieces(scan, word, n);
    }
    scan->after_name = capital && !filler;
    scan->sentence_start = false;
}

/* A run of letters in lower case, and whether it began with a capital. "Wi-Fi" is "wifi" as well,
   which is found and never demanded. What is beyond TERM_BYTES
   bytes is passed over: two words with the same beginning of that length count as one. */
static void scan_word(Scan *scan) {
    char word[TERM_BYTES + 1];
    size_t n = 0, width, from = scan->at;
    bool capital = false;
    bool joins = from && scan->text.p[from - 1] == '-' && scan->half_end + 1 == from;
    for (size_t i = 0; scan->at < scan->text.n; i++, scan->at += width) {
        uint32_t c = utf8_decode(scan->text, scan->at, &width);
        bool apostrophe = (c == '\'' || c == 0x2019) && n && scan->at + width < scan->text.n;
        if ((!term_is_letter(c) || unicode_is_cjk(c)) && !apostrophe) break;
        uint32_t low = unicode_lower(c);
        if (i == 0) capital = low != c;
        char bytes[UTF8_MAX_BYTES];
        size_t k = utf8_encode(apostrophe ? '\'' : low, bytes);
        if (n + k > TERM_BYTES - 1) continue;
        memcpy(word + n, bytes, k);
        n += k;
    }
    while (n && word[n - 1] == '\'') n--;
    if (joins && scan->half_n + n < TERM_BYTES) {
        memcpy(scan->half + scan->half_n, word, n);
        add_stem(scan, TERM_WORD, (Str){scan->half, scan->half_n + n}, true);
    }
    memcpy(scan->half, word, n);
    scan->half_n = n;
    scan->half_end = scan->at;
    if (n) add_word(scan, word, n, capital);
    scan->pair = 0;
}

/* "Most", "each", "every", "very": a word may begin with them, and none ends. */
static bool only_begins_words(uint32_t c) {
    return c == 0x6700 || c == 0x6BCF || c == 0x5404 || c == 0x5F88;
}

/* Pairs of characters are the words of scripts without blanks. Each character alone is kept too,
   so that an answer of one character can be found, but only counts where it stands alone. */
static void scan_cjk(Scan *scan, uint32_t c, size_t width) {
    char bytes[2 * UTF8_MAX_BYTES];
    size_t n = 0, next_width;
    bool grammar = grammar_character(c);
    if (scan->pair) {
        n = utf8_encode(scan->pair, bytes);
        bool when = (scan->pair == 0x65F6 && c == 0x5019) || scan->pair == 0x51E0;
        bool filler = grammar || grammar_character(scan->pair) || when || scan->asks_when ||
                      only_begins_words(c);
        scan->asks_when = when;
        terms_add(scan->terms, TERM_WORD, bytes, n + utf8_encode(c, bytes + n), filler);
    }
    uint32_t next = scan_peek(scan, scan->at + width, &next_width);
    if (!scan->pair) scan->asks_when = false;
    bool alone = !scan->pair && !(next_width && unicode_is_cjk(next));
    terms_add(scan->terms, TERM_WORD, bytes, utf8_encode(c, bytes), !alone || grammar);
    scan->pair = c;
    scan->at += width;
    scan->after_name = false;
    scan->sentence_start = false;
}

static int term_order(const void *a, const void *b) {
    const Term *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (int)y->kind - (int)x->kind; /* the strictest kind first */
}

/* By key, each once, in all the columns in which it stands. */
static void sort_terms(Terms *terms) {
    size_t kept = 0;
    qsort(terms->items, terms->n, sizeof(Term), term_order);
    for (size_t i = 0; i < terms->n; i++) {
        if (kept && terms->items[kept - 1].key == terms->items[i].key) {
            terms->items[kept - 1].columns |= terms->items[i].columns;
            continue;
        }
        terms->items[kept++] = terms->items[i];
    }
    terms->n = kept;
}

/* A number, a character of Chinese, a word or a mark at a time. */
Status terms_of(Arena *arena, Str text, TermsHow how, Terms *out, Err *err) {
    size_t cap = text.n < TERMS_MAX / 2 ? 2 * text.n + 1 : TERMS_MAX; /* pieces of a long word */
    *out = (Terms){.items = arena_alloc_n(arena, cap, sizeof(Term)), .cap = cap, .column = 1};
    if (!out->items) return err_no_memory(err, "finding support");
    Scan scan = {.text = text, .terms = out, .sentence_start = true, .how = how};
    while (scan.at < text.n) {
        size_t width, before = scan.at;
        uint32_t c = han_fold(utf8_decode(text, scan.at, &width));
        if (is_digit(c)) {
            scan_number(&scan);
        } else if (unicode_is_cjk(c)) {
            scan_cjk(&scan, c, width);
        } else if (term_is_letter(c)) {
            scan_word(&scan);
        } else {
            scan.pair = 0;
            if (c != ' ' && c != '-') scan.after_name = false;
            if (c == '|' && !(out->column >> 31)) out->column <<= 1;
            char sign[UTF8_MAX_BYTES + 1] = "";
            if (c == '$' || c > 0x7F) (void)utf8_encode(c, sign);
            if (*sign) (void)add_currency(&scan, sign);
            scan.at += width;
        }
        assert(scan.at > before && scan.at <= text.n); /* it goes on, and ends */
    }
    sort_terms(out);
    assert(out->n <= out->cap && out->cap <= TERMS_MAX); /* what term_find and columns rely on */
    return OK;
}

const Term *term_find(const Term *terms, size_t n, uint64_t key) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (terms[mid].key < key) low = mid + 1;
        else high = mid;
    }
    return low < n && terms[low].key == key ? &terms[low] : NULL;
}
