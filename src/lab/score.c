/*
 * Scoring: see score.h.
 *
 * Both texts become tokens, and the answer is right when the gold tokens stand in it in a row:
 *
 *   word    letters in lower case; articles are left out. A CJK character is a word
 *   number  its digits without thousands separators, trailing zeros behind a point and leading
 *           ones; "seven" and 七 are numbers, too
 *   date    year, month, day as far as they are told, in one of the forms
 *           11 January 2024 | January 11, 2024 | January 2024 | 11 January | 2024-01-11
 *           2024年1月11日 | 2024年1月 | 1月11日
 *
 * A date answers a gold date when it tells all that the gold one does, and the same. Signs, blanks
 * and currency do not count: "£148" and "148 pounds" are the same number.
 *
 * Limits: TOKENS_MAX tokens of an answer, HOLDS_MAX bytes.
 *
 * An example: gold "11 January 2024" is one token, the date 2024-01-11. The answer "It was signed
 * on 11 January 2024 [1]." holds it, and so does 2024年1月11日; "January 2024" does not, for it tells
 * less. Gold "2024" is a number, which both dates tell.
 */
#include "lab/score.h"

#include <assert.h>
#include <math.h>

#include "base/calendar.h"
#include "base/plain.h"
#include "base/utf8.h"

enum { TOKENS_MAX = 4096, GOLD_TOKENS_MAX = 64, HOLDS_MAX = 64 << 10, TOKEN_BYTES = 32 };

typedef enum TokenKind { TOKEN_WORD, TOKEN_NUMBER, TOKEN_DATE } TokenKind;

typedef struct Token {
    TokenKind kind;
    char text[TOKEN_BYTES]; /* of words and numbers; longer ones are cut */
    int year, month, day;   /* of dates; 0: not told */
} Token;

typedef struct Tokens {
    Token *items;
    size_t n, max;
} Tokens;

/* ---- words and numbers --------------------------------------------------------------------- */

/* Adds bytes to the token's text, up to TOKEN_BYTES; longer ones compare by their beginning. */
static void put(Token *token, size_t *n, const char *bytes, size_t len) {
    assert(*n < TOKEN_BYTES);
    for (size_t i = 0; i < len && *n + 1 < TOKEN_BYTES; i++) token->text[(*n)++] = bytes[i];
    token->text[*n] = 0;
}

/* "1,850.00" -> "1850"; a point or comma between digits belongs to the number. */
static size_t read_number(Str s, size_t at, Token *out) {
    size_t n = 0, point = SIZE_MAX, from = at;
    *out = (Token){.kind = TOKEN_NUMBER};
    for (; at < s.n; at++) {
        char c = s.p[at];
        bool inside = (c == '.' || c == ',') && at > from && at + 1 < s.n &&
                      plain_is_digit(s.p[at + 1]);
        if (!plain_is_digit(c) && !inside) break;
        if (c == '.') point = n;
        if (c == ',' || (c == '0' && n == 0 && at + 1 < s.n &&
                         plain_is_digit(s.p[at + 1]))) continue;
        put(out, &n, &c, 1);
    }
    while (point != SIZE_MAX && n > point && (out->text[n - 1] == '0' || out->text[n - 1] == '.')) {
        out->text[--n] = 0;
    }
    return at - from;
}

/* The digits of a number that is written out, zero to twelve in English, one to ten in Chinese;
   NULL: none. */
static const char *number_word(const char *word) {
    static const char *const names[][2] = {
        {"zero", "0"}, {"one", "1"}, {"two", "2"}, {"three", "3"}, {"four", "4"}, {"five", "5"},
        {"six", "6"}, {"seven", "7"}, {"eight", "8"}, {"nine", "9"}, {"ten", "10"},
        {"eleven", "11"}, {"twelve", "12"}, {"一", "1"}, {"二", "2"}, {"两", "2"}, {"三", "3"},
        {"四", "4"}, {"五", "5"}, {"六", "6"}, {"七", "7"}, {"八", "8"}, {"九", "9"}, {"十", "10"}};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(word, names[i][0]) == 0) return names[i][1];
    }
    return NULL;
}

/* A run of letters and marks, in lower case; a CJK character is a word alone. Gives the bytes
   read. */
static size_t read_word(Str s, size_t at, Token *out) {
    size_t n = 0, from = at, width;
    *out = (Token){.kind = TOKEN_WORD};
    for (; at < s.n; at += width) {
        uint32_t c = utf8_decode(s, at, &width);
        UnicodeClass class = unicode_class(c);
        if (class != UC_LETTER && class != UC_MARK) break;
        if (unicode_is_cjk(c) && at > from) break;
        char bytes[UTF8_MAX_BYTES];
        put(out, &n, bytes, utf8_encode(unicode_lower(c), bytes));
        if (unicode_is_cjk(c)) {
            at += width;
            break;
        }
    }
    const char *value = number_word(out->text);
    if (value) {
        n = 0;
        out->kind = TOKEN_NUMBER;
        put(out, &n, value, strlen(value));
    }
    return at - from;
}

/* Text as tokens, up to out->max of them; articles do not count. */
static void tokenize(Str s, Tokens *out) {
    if (s.n > HOLDS_MAX) s.n = HOLDS_MAX;
    for (size_t at = 0, width; at < s.n && out->n < out->max; at += width) {
        uint32_t c = utf8_decode(s, at, &width);
        Token *token = &out->items[out->n];
        if (c < 0x80 && plain_is_digit((int)c)) width = read_number(s, at, token);
        else if (unicode_class(c) == UC_LETTER) width = read_word(s, at, token);
        else continue;
        bool article = strcmp(token->text, "the") == 0 || strcmp(token->text, "a") == 0 ||
                       strcmp(token->text, "an") == 0;
        if (!article) out->n++;
    }
}

/* ---- dates --------------------------------------------------------------------------------- */

/* 1 to 12 for a month's full name; 0: none. */
static int month_of(const Token *token) {
    return token->kind == TOKEN_WORD ? calendar_month_whole(str_from(token->text)) : 0;
}

/* The whole number of token i within [low,high]; 0: it is none. */
static int whole(const Tokens *s, size_t i, int low, int high) {
    int64_t value;
    if (i >= s->n || s->items[i].kind != TOKEN_NUMBER) return 0;
    Str text = str_from(s->items[i].text);
    return num_parse_int(text, low, high, "", "", &value, NULL) == OK ? (int)value : 0;
}

static bool is_sign(const Tokens *s, size_t i, const char *sign) {
    return i < s->n && s->items[i].kind == TOKEN_WORD && strcmp(s->items[i].text, sign) == 0;
}

/* Tokens from i on that are a date; how many, 0: none. */
static size_t chinese_date(const Tokens *s, size_t i, Token *out) {
    int year = is_sign(s, i + 1, "年") ? whole(s, i, 1000, 2999) : 0;
    size_t at = year ? i + 2 : i;
    int month = is_sign(s, at + 1, "月") ? whole(s, at, 1, 12) : 0;
    if (!month) return 0;
    at += 2;
    int day = is_sign(s, at + 1, "日") ? whole(s, at, 1, 31) : 0;
    if (!year && !day) return 0;
    *out = (Token){.kind = TOKEN_DATE, .year = year, .month = month, .day = day};
    return at + (day ? 2 : 0) - i;
}

/* "11 January 2024", "January 11, 2024", and either without the year or the day. */
static size_t english_date(const Tokens *s, size_t i, Token *out) {
    int month = month_of(&s->items[i]), day = 0;
    size_t at = i + 1;
    if (!month && i + 1 < s->n && month_of(&s->items[i + 1]) && (day = whole(s, i, 1, 31))) {
        month = month_of(&s->items[i + 1]);
        at = i + 2;
    } else if (month && (day = whole(s, at, 1, 31))) {
        at++;
    }
    int year = month ? whole(s, at, 1000, 2999) : 0;
    if (!month || (!day && !year)) return 0;
    *out = (Token){.kind = TOKEN_DATE, .year = year, .month = month, .day = day};
    return at + (year ? 1 : 0) - i;
}

/* 2024-01-11 came as three numbers: a day that stands alone behind year and month. */
static size_t iso_date(const Tokens *s, size_t i, Token *out) {
    int year = whole(s, i, 1000, 2999), month = whole(s, i + 1, 1, 12);
    int day = whole(s, i + 2, 1, 31);
    if (!year || !month || !day) return 0;
    *out = (Token){.kind = TOKEN_DATE, .year = year, .month = month, .day = day};
    return 3;
}

/* In place: tokens that are a date become one. */
static void join_dates(Tokens *s) {
    size_t to = 0;
    for (size_t i = 0; i < s->n;) {
        Token date;
        size_t n = chinese_date(s, i, &date);
        if (n == 0) n = english_date(s, i, &date);
        if (n == 0) n = iso_date(s, i, &date);
        assert(to <= i && i + n <= s->n); /* a date takes the place of tokens that are read */
        s->items[to++] = n ? date : s->items[i];
        i += n ? n : 1;
    }
    s->n = to;
}

/* ---- right or wrong ------------------------------------------------------------------------ */

/* Does this token of the answer tell what the gold one does? A gold year is a number: a date that
   has it tells it, too; a date without a year tells no number at all. */
static bool tells(const Token *answer, const Token *gold) {
    if (answer->kind != gold->kind) {
        bool year = answer->kind == TOKEN_DATE && answer->year && gold->kind == TOKEN_NUMBER;
        return year && whole(&(Tokens){(Token *)gold, 1, 1}, 0, 1000, 2999) == answer->year;
    }
    if (gold->kind != TOKEN_DATE) return strcmp(answer->text, gold->text) == 0;
    return (!gold->year || gold->year == answer->year) && gold->month == answer->month &&
           (!gold->day || gold->day == answer->day);
}

/* The gold tokens must stand in the answer side by side and in order. An empty gold text is held by
   nothing. Time: tokens of one times tokens of the other. */
bool lab_holds(Str answer, Str gold) {
    Token said[TOKENS_MAX], wanted[GOLD_TOKENS_MAX];
    Tokens a = {said, 0, TOKENS_MAX}, g = {wanted, 0, GOLD_TOKENS_MAX};
    tokenize(answer, &a);
    tokenize(gold, &g);
    join_dates(&a);
    join_dates(&g);
    for (size_t at = 0; g.n > 0 && at + g.n <= a.n; at++) {
        size_t same = 0;
        while (same < g.n && tells(&a.items[at + same], &g.items[same])) same++;
        if (same == g.n) return true;
    }
    return false;
}

/* ---- counts -------------------------------------------------------------------------------- */

/* Wilson's interval does not leave [0,1] but by rounding, and is right for few answers, too. */
LabRate lab_rate(uint64_t n, uint64_t of) {
    const double z = 1.959963984540054; /* of 95 % */
    assert(n <= of); /* a share; else there is no root below */
    if (of == 0) return (LabRate){n, of, 0, 1};
    double m = (double)of, p = (double)n / m;
    double middle = (p + z * z / (2 * m)) / (1 + z * z / m);
    double half = z * sqrt(p * (1 - p) / m + z * z / (4 * m * m)) / (1 + z * z / m);
    double low = middle - half, high = middle + half;
    return (LabRate){n, of, n == 0 || low < 0 ? 0 : low, n == of || high > 1 ? 1 : high};
}

/* Twice the lower tail of a binomial with p = 1/2, by logarithms, since factorials overflow. It is
   1 where nothing differs. */
double lab_mcnemar(uint64_t only_a, uint64_t only_b) {
    uint64_t n = only_a + only_b, least = only_a < only_b ? only_a : only_b;
    double sum = 0, all = lgamma((double)n + 1);
    for (uint64_t k = 0; k <= least; k++) {
        double ways = all - lgamma((double)k + 1) - lgamma((double)(n - k) + 1);
        sum += exp(ways - (double)n * log(2));
    }
    return 2 * sum < 1 ? 2 * sum : 1;
}
