/*
 * Data in a text: what is no writing, and so cannot be looked through.
 *
 * A picture pasted as a data URL, a PDF in base64, a dump in hexadecimal, wide text: a
 * name inside them is found by nobody here, and read by whoever gets them. They are found as a
 * whole (kind "data", type "other"), so that the policy can cut them out or refuse them.
 *
 *   data URL   "data:", a media type or nothing, parameters, ";base64,", and the base64 behind it,
 *              however short
 *   base64     (or base64url) RUN_LEAST signs without a blank, or lines of LINE_LEAST signs and
 *              more with line ends between; small and capital letters and digits all occur, and no
 *              sign is more than one in MOST_SHARE: words, paths and rules of dashes are not so
 *   hex        HEX_LEAST hexadecimal digits, letters among them
 *   code       CODE_LEAST to CODE_MOST signs of base64 or hexadecimal that say READ_LEAST readable
 *              bytes or more when they are decoded, or Han signs alone, or begin as packed bytes do
 *              (gzip, zlib, zip, bzip2, xz, zstd): a credential of HTTP, a number in disguise.
 *              What they say is not looked through; they are a secret (kind "password") and come
 *              back: a key's surrogate would keep what names its issuer.
 *              Digits and capitals are hexadecimal from DIGITS_LEAST on, for an IBAN has 22, or
 *              where every other one is a 3, as in a number's. Capitals and digits that say digits
 *              for the most part are base64, too, or base32 from BASE32_LEAST on. Text of 16 bits a
 *              letter is read, too: UTF-7 (RFC 2152) is base64 of it between '+' and '-'
 *   hidden     HIDDEN_LEAST tag characters or variation selectors in a row: nobody sees them, and
 *              models read what they spell. The flags of countries' parts have seven
 *   wide       NUL_LEAST bytes of zero with at most NUL_GAP others between two of them: text of 16
 *              or 32 bits a letter, which models read; other bytes that are no UTF-8 do not survive
 *              the JSON of a request
 *
 * Runs are looked for by bits (block.h): prose has hardly any of CODE_LEAST signs. A run is walked
 * once. Found data lie over what else was found in them; a secret that holds them (a PEM key, a
 * token) stays the secret that it is.
 *
 * What is cut out of a text does not come back with the answer: a restorer knows words only.
 *
 * Limits: base64 shorter than RUN_LEAST outside a data URL that says no text, broken by blanks, or
 * in an alphabet of its own is not found; nor is text that is merely compressed into other words.
 *
 * Sources: RFC 2397 (data URLs), RFC 4648 (base64, base64url), RFC 2045 6.8 (lines of 76).
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "gate/radix.h"
#include "gate/scan/impl.h"

enum {
    RUN_LEAST = 100,
    LINE_LEAST = 40,
    HEX_LEAST = 200,
    CODE_LEAST = 12,
    CODE_MOST = 512,
    READ_LEAST = 10,
    DIGITS_LEAST = 24,
    BASE32_LEAST = 16,
    NUL_LEAST = 8,
    NUL_GAP = 3,
    HIDDEN_LEAST = 8,
    HEAD_MAX = 200,
    MOST_SHARE = 5 /* one in so many */
};

_Static_assert(BASE32_LEAST >= CODE_LEAST && DIGITS_LEAST >= CODE_LEAST, "each is a run first");
_Static_assert((int)CODE_MOST >= (int)HEX_LEAST && (int)RUN_LEAST <= (int)CODE_MOST,
               "a run that is no data by its length may be a code");

/* Of base64, base64url and the filling at their ends; percent signs are how URLs spell these. */
static bool is_sign(char c) {
    return is_alnum(c) || c == '+' || c == '/' || c == '-' || c == '_' || c == '=';
}

/* Where a run goes on behind a line end, or `at`. */
static size_t over_line_end(Str text, size_t at, size_t line) {
    size_t next = at;
    if (at - line < LINE_LEAST) return at;
    if (next < text.n && text.p[next] == '\r') next++;
    if (next < text.n && text.p[next] == '\n') next++;
    bool more = next > at && next < text.n && is_sign(text.p[next]);
    return more ? next : at;
}

/* The end of the run that begins at `line`, over line ends; it is known as far as `at`. */
static size_t run_end(Str text, size_t line, size_t at) {
    for (;;) {
        while (at < text.n && is_sign(text.p[at])) at++;
        size_t next = over_line_end(text, at, line);
        if (next == at) return at;
        line = at = next;
    }
}

typedef struct Counts {
    size_t n, of[128], small, capital, digit, hex;
} Counts;

/* Signs of a run by kind; line ends between its lines are none. */
static Counts count(Str run) {
    Counts c = {0};
    for (size_t i = 0; i < run.n; i++) {
        char sign = run.p[i];
        if (sign == '\n' || sign == '\r') continue;
        c.n++;
        c.of[(unsigned char)sign & 127]++;
        c.small += plain_is_small(sign);
        c.capital += plain_is_capital(sign);
        c.digit += is_digit(sign);
        c.hex += is_hex(sign);
    }
    return c;
}

/* Long enough, of all kinds of signs, and none of them too often: no word, path or rule of dashes
   is so. */
static bool is_data(Str run) {
    if (run.n < RUN_LEAST) return false;
    Counts c = count(run);
    if (c.n < RUN_LEAST) return false;
    size_t letters = c.small + c.capital;
    for (size_t i = 0; i < ARRAY_LEN(c.of); i++) {
        if (c.of[i] > c.n / MOST_SHARE) return false;
    }
    if (c.hex == c.n) return c.n >= HEX_LEAST && letters * 8 > c.n && c.digit * 8 > c.n;
    return c.small * 8 > c.n && c.capital * 8 > c.n && c.digit * 32 > c.n;
}

/* ---- short codes --------------------------------------------------------------------------- */

/* Text of 16 bits a letter (UTF-7, PowerShell's commands) without its zeros; all else stays. */
static size_t narrow(char *said, size_t n) {
    size_t zeros[2] = {0, 0}, pairs = n / 2;
    for (size_t i = 0; i < 2 * pairs; i++) zeros[i & 1] += said[i] == 0;
    bool first = pairs && zeros[0] == pairs && zeros[1] == 0;
    bool second = pairs && zeros[1] == pairs && zeros[0] == 0;
    for (size_t i = 0; i < pairs && (first || second); i++) said[i] = said[2 * i + first];
    return first || second ? pairs : n;
}

/* What a code of `width` bits a sign says; up to CODE_MOST signs. */
static size_t decode(Str code, int width, char out[CODE_MOST]) {
    uint32_t bits = 0;
    int have = 0;
    size_t n = 0;
    assert(width <= 8 && code.n <= CODE_MOST); /* so `out` has room */
    for (size_t i = 0; i < code.n; i++) {
        int value = radix_value(code.p[i], width);
        if (value < 0) break;
        bits = (bits << width | (uint32_t)value) & 0xFFFF;
        have += width;
        if (have < 8) continue;
        have -= 8;
        out[n++] = (char)(bits >> have);
    }
    return narrow(out, n);
}

/* U+4000 to U+9FFF, and nothing else. */
static bool is_han(Str text) {
    for (size_t i = 0; i < text.n; i += 3) {
        if ((unsigned char)text.p[i] < 0xE4 || (unsigned char)text.p[i] > 0xE9) return false;
    }
    return text.n >= 6 && text.n % 3 == 0 && utf8_valid(text);
}

/* As files of packed bytes begin. */
static bool is_packed(Str bytes) {
    static const Str heads[] = {STR("\x1f\x8b\x08"), STR("\x78\x01"),  STR("\x78\x5e"),
                                STR("\x78\x9c"),     STR("\x78\xda"),  STR("PK\3\4"),
                                STR("BZh"),          STR("\xfd" "7zXZ"), STR("\x28\xb5\x2f\xfd")};
    for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
        if (str_starts(bytes, heads[i])) return true;
    }
    return false;
}

/* So many bytes may be readable by their count. */
static bool may_say(size_t n) {
    return n >= READ_LEAST || (n >= 6 && n % 3 == 0);
}

/* Bytes drawn at random do not pass: they are no UTF-8, or hold control characters. */
static bool is_readable(Str text) {
    size_t letters = 0;
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c == 0x7F || (c < ' ' && c != '\t' && c != '\n' && c != '\r')) return false;
        letters += c >= 0x80 || is_alnum((char)c);
    }
    return (text.n >= READ_LEAST && letters * 2 > text.n && utf8_valid(text)) || is_han(text);
}

/* "3133 3830 ...": digits are 0x30 to 0x39. */
static bool is_digits_hex(Str code) {
    for (size_t i = 0; i < code.n; i += 2) {
        if (code.p[i] != '3') return false;
    }
    return true;
}

/* Capitals that say a number: those of a code at random do not. */
static bool says_digits(Str code, int width, char said[CODE_MOST]) {
    size_t digits = 0;
    if (width == 5 && code.n < BASE32_LEAST) return false;
    if (code.n * (size_t)width / 8 < READ_LEAST) return false;
    for (size_t i = 0; i < code.n; i++) {
        if (radix_value(code.p[i], width) < 0) return false;
    }
    Str text = {said, decode(code, width, said)};
    for (size_t i = 0; i < text.n; i++) digits += is_digit(text.p[i]);
    return digits * 2 > text.n && is_readable(text);
}

static bool says_words(Str code, int width, char said[CODE_MOST]) {
    return may_say(code.n * (size_t)width / 8) &&
           is_readable((Str){said, decode(code, width, said)});
}

/* Are all signs hexadecimal, in pairs, and not those of a number or an IBAN? */
static bool is_hex_code(Str code, bool small) {
    size_t n = 0;
    for (size_t i = 0; i < code.n; i++) {
        if (code.p[i] == '\n' || code.p[i] == '\r') continue;
        if (!is_hex(code.p[i])) return false;
        n++;
    }
    return n % 2 == 0 && (small || n >= DIGITS_LEAST || is_digits_hex(code));
}

/* Where in a run a code begins that says something; its end: none. "pass=..." is one run. */
static size_t code_begin(Str run) {
    char said[CODE_MOST];
    size_t from = 0, end = run.n;
    while (end && run.p[end - 1] == '=') end--;
    const char *equals = memrchr(run.p, '=', end);
    if (equals) from = (size_t)(equals - run.p) + 1;
    Str code = str_sub(run, from, end);
    if (str_starts(code, STR("+"))) code = str_cut_end(str_sub(code, 1, code.n), "-"); /* UTF-7 */
    if (code.n < CODE_LEAST || code.n > CODE_MOST) return run.n;
    unsigned any = 0;
    for (size_t i = 0; i < code.n; i++) any |= sign_of(code.p[i]);
    bool small = any & SIGN_SMALL, capital = any & SIGN_CAPITAL;
    bool mixed = small && capital; /* numbers with letters in them have one case */
    bool gzip = str_starts(code, STR("1f8b08"));
    bool told =
        ((gzip || may_say(code.n / 2)) && is_hex_code(code, small) &&
         (gzip || says_words(code, 4, said))) ||
        (mixed && (says_words(code, 6, said) || is_packed((Str){said, decode(code, 6, said)}))) ||
        (!small && capital && (says_digits(code, 5, said) || says_digits(code, 6, said)));
    return told ? from : run.n;
}

/* ---- runs ---------------------------------------------------------------------------------- */

/* `word` is in small letters; p has n bytes. */
static bool says(const char *p, const char *word, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if ((p[i] | 0x20) != word[i]) return false; /* no letter has a mark as its other case */
    }
    return true;
}

/* Where "data:...;base64," before `at` begins, at most HEAD_MAX bytes back; `at`: there is none. */
static size_t url_head(Str text, size_t at, size_t floor) {
    static const char end[] = ";base64,", begin[] = "data:";
    size_t n = sizeof end - 1, m = sizeof begin - 1;
    if (at < n || at - n < floor || !says(text.p + at - n, end, n)) return at;
    for (size_t i = at - n; i >= floor && at - i < HEAD_MAX; i--) {
        char c = text.p[i];
        if (c == ' ' || c == '"' || c == '\n') break;
        if (i + m <= at && says(text.p + i, begin, m)) return i;
        if (i == 0) break;
    }
    return at;
}

void data_push(Scanner *s, size_t start, size_t end, ScanKind kind) {
    bool secret = kind == KIND_PASSWORD;
    assert(secret || kind == KIND_DATA);
    tagged_push(s, (ScanSpan){start, end, secret ? SCAN_SECRET : SCAN_OTHER, kind,
                              secret ? 0.9f : 1});
}

static void push(Scanner *s, size_t start, size_t end) { data_push(s, start, end, KIND_DATA); }

/* Bit i: CODE_LEAST signs stand from there on; of the last ones as far as is known here. */
static uint64_t in_rows(uint64_t bits) {
    bits &= bits >> 1; /* two each */
    bits &= bits >> 2; /* four */
    return bits & bits >> 4 & bits >> 8;
}

/* The next place at or behind `at` that has CODE_LEAST signs in a row; `to`: none. */
static size_t next_run(const Blocks *blocks, Str text, size_t at, size_t to) {
    enum { KNOWN = BLOCK - CODE_LEAST + 1 };
    _Static_assert(CODE_LEAST == 12, "in_rows counts as many");
    assert(at <= to);
    for (; to - at >= BLOCK; at += KNOWN) {
        uint64_t rows = in_rows(blocks->codes((const unsigned char *)text.p + at));
        if (rows) return at + (size_t)__builtin_ctzll(rows);
    }
    for (size_t end = at; end < to; end++) {
        if (!is_sign(text.p[end]))
            at = end + 1;
        else if (end + 1 - at == CODE_LEAST)
            return at;
    }
    return to;
}

/* Runs and data URLs in text[from..to). */
static void find_runs(Scanner *s, Str text, size_t from, size_t to) {
    Str part = {text.p, to};
    size_t data = from; /* what lies before is done */
    for (size_t begin = from; (begin = next_run(s->fold.blocks, text, begin, to)) < to;) {
        size_t end = run_end(part, begin, begin + CODE_LEAST);
        size_t head = url_head(text, begin, data);
        Str run = str_sub(text, begin, end);
        size_t code = run.n < CODE_LEAST || head < begin ? run.n : code_begin(run);
        if (head < begin || is_data(run)) {
            push(s, head, end);
            data = end;
        } else if (code < run.n) {
            data_push(s, begin + code, end, KIND_PASSWORD);
        }
        begin = end;
    }
}

/* Behind the head of the next data URL: its base64 may be too short for next_run to meet it. */
static size_t next_url(Str text, size_t at) {
    size_t found = str_find(text, STR(";base64,"), at);
    return found == SIZE_MAX ? text.n : found + 8;
}

/* The next stretch of wide text at or behind `at`; false: none. */
static bool next_wide(Str text, size_t at, size_t *start, size_t *end) {
    size_t n = 0, last = 0;
    for (;;) {
        const char *zero = at < text.n ? memchr(text.p + at, 0, text.n - at) : NULL;
        size_t found = zero ? (size_t)(zero - text.p) : text.n;
        if (n && (!zero || found - last > NUL_GAP + 1)) {
            *end = last + 1;
            if (n >= NUL_LEAST) return true;
            n = 0;
        }
        if (!zero) return false;
        if (n++ == 0) *start = found;
        last = found;
        at = found + 1;
    }
}

/* Into the place of spans: those that data do not lie over, and the data. */
static void put_over(Scanner *s) {
    size_t i = 0;
    s->n_joined = 0;
    Status status = mem_grow((void **)&s->joined, &s->cap_joined, s->n_spans + s->n_tagged,
                             sizeof *s->joined, SCAN_SPANS_MAX, s->err);
    if (status != OK) s->status = status;
    for (size_t k = 0; status == OK && k < s->n_tagged; k++) {
        ScanSpan data = s->tagged[k];
        while (i < s->n_spans && s->spans[i].end <= data.start) {
            s->joined[s->n_joined++] = s->spans[i++];
        }
        bool held = i < s->n_spans && s->spans[i].type == SCAN_SECRET &&
                    s->spans[i].start <= data.start && s->spans[i].end >= data.end;
        if (held) continue;
        for (; i < s->n_spans && s->spans[i].start < data.end; i++) {
            if (s->spans[i].start < data.start) data.start = s->spans[i].start;
            if (s->spans[i].end > data.end) data.end = s->spans[i].end;
        }
        ScanSpan *last = s->n_joined ? &s->joined[s->n_joined - 1] : NULL;
        bool joins = last && last->end > data.start; /* it lay over both, or was found twice */
        if (!joins) s->joined[s->n_joined++] = data;
        else if (data.end > last->end) last->end = data.end;
    }
    while (status == OK && i < s->n_spans) s->joined[s->n_joined++] = s->spans[i++];
    if (status != OK) return;
    assert(i == s->n_spans && s->n_joined <= s->n_spans + s->n_tagged); /* none is lost */
    ScanSpan *spans = s->spans;
    size_t cap = s->cap_spans;
    s->spans = s->joined;
    s->n_spans = s->n_joined;
    s->cap_spans = s->cap_joined;
    s->joined = spans;
    s->cap_joined = cap;
}

/* One tag character or variation selector of the planes behind: U+E0000 to U+E01FF. */
static bool is_hidden(Str text, size_t at) {
    return at + 4 <= text.n && memcmp(text.p + at, "\xF3\xA0", 2) == 0 &&
           (unsigned char)text.p[at + 2] <= 0x87;
}

/* Characters that nobody sees, HIDDEN_LEAST of them side by side. */
static void find_hidden(Scanner *s, Str text) {
    size_t at = 0;
    const char *lead;
    while (at < text.n && (lead = memchr(text.p + at, '\xF3', text.n - at)) != NULL) {
        size_t start = (size_t)(lead - text.p);
        for (at = start; is_hidden(text, at);) at += 4;
        if (at - start >= 4 * HIDDEN_LEAST) push(s, start, at);
        if (at == start) at++;
    }
}

/* What find_runs has found already is known by its place: finds ascend as far as they were there.
   */
static void find_short_urls(Scanner *s, Str text) {
    size_t at = 0, k = 0;
    while ((at = next_url(text, at)) < text.n) {
        while (k < s->n_tagged && s->tagged[k].end < at) k++;
        bool known = k < s->n_tagged && s->tagged[k].start <= at;
        size_t head = url_head(text, at, 0);
        if (!known && head < at) push(s, head, run_end(text, at, at));
    }
}

/* Wide text first, since its zeros part the runs; then all else, over the whole text. */
void data_find(Scanner *s, Str text) {
    size_t at = 0, start = 0, end = 0;
    s->n_tagged = 0;
    while (next_wide(text, at, &start, &end)) {
        find_runs(s, text, at, start);
        push(s, start, end);
        at = end;
    }
    find_runs(s, text, at, text.n);
    find_short_urls(s, text);
    find_hidden(s, text);
    bytes_find(s, text);
    if (s->n_tagged == 0 || s->status != OK) return;
    qsort(s->tagged, s->n_tagged, sizeof *s->tagged, scan_span_order);
    put_over(s);
}
