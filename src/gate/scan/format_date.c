/*
 * Dates of birth: a date in any common spelling, with a word such as "born" near it.
 *
 *     1990-03-07  03/07/1990  7.3.90  19900307  1990 U+5E74 3 U+6708 7 U+65E5  March 7, 1990
 *     7th March 1990, 7. März 1990, 7 de marzo de 1990, 1er mars 1990, 7 lipca 1990
 *
 * and Chinese dates in words behind their word (secret.c's triggers).
 *
 * A date without such a word is nobody's and is not reported.
 */
#include "base/calendar.h"
#include "gate/scan/impl.h"

/*
 * Who calls: number.c with every run around a digit, number by number.
 *
 *     "born 7.3.90"            one run of three groups: is_numeric_date
 *     "born March 7, 1990"     the run "7": the month before it, the year behind
 *     "born on the 7th of March"   no year: from the day to the month
 *     "geb. am 7. März 1990"   the run "7"; a point stands behind it, as German writes an ordinal
 *     a year and U+5E74        the run of the year, then format_cjk_date
 */

/* Two digits, or a year from 1880 to this one. */
static bool is_year(int year, int digits) {
    return digits == 2 || (digits == 4 && year >= 1880 && check_year_passed(year));
}

/* Year first, or day and month in either order; 8 digits in one group only as yyyymmdd. */
static bool is_numeric_date(const Run *run) {
    const uint8_t *g = run->group;
    if (run->groups == 1) {
        return run->n == 8 &&
               calendar_has(2000, check_number(run->c + 4, 2), check_number(run->c + 6, 2)) &&
               is_year(check_number(run->c, 4), 4);
    }
    if (run->groups != 3 || run->sep == '(' || run->sep == '*') return false;
    int a = check_number(run->c, g[0]), b = check_number(run->c + g[0], g[1]),
        c = check_number(run->c + g[0] + g[1], g[2]);
    if (g[0] == 4 && g[1] <= 2 && g[2] <= 2) return calendar_has(2000, b, c) && is_year(a, 4);
    if (g[0] > 2 || g[1] > 2 || (g[2] != 4 && g[2] != 2)) return false;
    return (calendar_has(2000, a, b) || calendar_has(2000, b, a)) && is_year(c, g[2]);
}

/* ---- with Han signs ------------------------------------------------------------------------ */

/* A number of at most six signs, in digits or Chinese numerals; -1: none. Moves *x behind it. The
   ten is a factor: U+5341 U+4E8C is 12, U+4E8C U+5341 is 20, U+4E8C U+5341 U+4E94 is 25. Numerals
   one by one make a year. */
static int cjk_number(const Fold *v, uint32_t *x) {
    static const char signs[] = "〇一二三四五六七八九";
    int value = -1, tens = -1;
    for (int k = 0; k < 6; k++) {
        int digit = -1;
        uint32_t width = 3;
        if (is_digit(fold_at(v, *x))) {
            digit = v->p[*x] - '0';
            width = 1;
        } else if (*x + 3 <= v->n) {
            for (int i = 0; i < 10; i++) {
                if (memcmp(v->p + *x, signs + 3 * i, 3) == 0) digit = i;
            }
            if (memcmp(v->p + *x, "十", 3) == 0) digit = 10;
        }
        if (digit < 0) break;
        if (digit == 10) {
            tens = (value < 0 ? 1 : value) * 10;
            value = 0;
        } else {
            value = value <= 0 ? digit : value * 10 + digit;
        }
        *x += width;
    }
    return tens < 0 ? value : tens + (value > 0 ? value : 0);
}

/* Year, month and day, the month alone or the year alone; a sign is needed behind each. What is
   valid from the left is taken: a wrong day ends the date at the month. */
uint32_t format_cjk_date(const Fold *v, uint32_t x) {
    uint32_t end = 0;
    int month = cjk_number(v, &x);
    if (month < 0) return 0;
    if (takes(v, &x, "年")) {
        end = x;
        month = cjk_number(v, &x);
    }
    if (month < 1 || month > 12 || !takes(v, &x, "月")) return end;
    end = x;
    int day = cjk_number(v, &x);
    if (day < 1 || day > 31) return end;
    return takes(v, &x, "日") || takes(v, &x, "号") || takes(v, &x, "號") ? x : end;
}

/* ---- with names of months ------------------------------------------------------------------ */

/* `initials` is a cheap look first: it is asked of every word beside a small number; & 31 makes
   capitals and small letters alike. */
bool format_is_month(const Fold *v, uint32_t at, uint32_t n) {
    static const uint32_t initials = 1 << ('j' & 31) | 1 << ('f' & 31) | 1 << ('m' & 31) |
                                     1 << ('a' & 31) | 1 << ('s' & 31) | 1 << ('o' & 31) |
                                     1 << ('n' & 31) | 1 << ('d' & 31);
    if (n < 3 || n > 9 || !(initials >> (v->p[at] & 31) & 1)) return false;
    if (!is_letter(v->p[at])) return false; /* a '3' looks like an 's' to the mask */
    return at + n <= v->n && calendar_month((Str){v->p + at, n});
}

/* Months of French, Spanish, Italian, Portuguese, Dutch and Polish that base/calendar.h lacks; as
   they stand behind a day. */
static bool is_month_abroad(const Fold *v, uint32_t at, uint32_t n) {
    static const char *const names[] = {
        "janvier", "février", "fevrier", "mars", "avril", "juin", "juillet", "août", "aout",
        "septembre", "octobre", "novembre", "décembre", "decembre", "enero", "febrero", "marzo",
        "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
        "diciembre", "gennaio", "febbraio", "aprile", "maggio", "giugno", "luglio", "settembre",
        "ottobre", "dicembre", "janeiro", "fevereiro", "março", "maio", "junho", "julho",
        "setembro", "outubro", "novembro", "dezembro", "januari", "februari", "maart", "mei",
        "augustus", "stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca",
        "sierpnia", "września", "października", "listopada", "grudnia", NULL};
    return n >= 3 && n <= 13 && fold_is_any(v, at, at + n, names);
}

static uint32_t blanks_end(const Fold *v, uint32_t x) {
    while (x < v->n && v->p[x] == ' ') x++;
    return x;
}

/* "of", "de" and a blank. */
static uint32_t of_end(const Fold *v, uint32_t x) {
    return fold_has(v, x, "of ") || fold_has(v, x, "de ") ? blanks_end(v, x + 3) : x;
}

/* Behind a day: " ", " of ", ". ". */
static uint32_t month_begin(const Fold *v, uint32_t x) {
    return of_end(v, blanks_end(v, x + (fold_at(v, x) == '.')));
}

static uint32_t year_begin(const Fold *v, uint32_t x) {
    while (x < v->n && (v->p[x] == ' ' || v->p[x] == ',' || v->p[x] == '.')) x++;
    return of_end(v, x);
}

/* Over letters, those of other months among them. */
static uint32_t word_end(const Fold *v, uint32_t x) {
    for (;;) {
        if (is_letter(fold_at(v, x))) x++;
        else if (one_at(v, x, "äÄéûçśź", 2)) x += 2;
        else return x;
    }
}

/* A day's token at run: the month before or behind, then the year. 0: no date. */
static uint32_t named_date(const Fold *v, const Run *run, uint32_t *from) {
    uint32_t back = run->at, x = run->end;
    char before = fold_at(v, (int64_t)back - 1), behind = fold_at(v, x);
    bool bare = before && before != ' ' && before != '.' && !is_letter(before);
    if (bare && behind != ' ' && behind != '.' && !is_letter(behind)) return 0;
    while (back > 0 && (!v->p[back - 1] || v->p[back - 1] == ' ' || v->p[back - 1] == '.')) back--;
    uint32_t word = back;
    while (word > 0 && is_letter(v->p[word - 1]) && back - word < 10) word--;
    *from = run->at;
    if (format_is_month(v, word, back - word)) {
        *from = word;
    } else {
        uint32_t month = month_begin(v, x);
        uint32_t month_end = word_end(v, month);
        uint32_t n = month_end - month;
        if (!format_is_month(v, month, n) && !is_month_abroad(v, month, n)) return 0;
        x = month_end;
    }
    uint32_t year = year_begin(v, x);
    uint32_t end = digits_end(v, year);
    return end - year == 4 ? end : *from < run->at || x > run->end ? x : 0;
}

/* "7", "7th", "1990" */
static bool is_day(const Run *run) {
    if (run->groups != 1 || run->digits > 2 || run->digits < 1 || run->n > run->digits + 2)
        return false;
    const char *tail = run->c + run->digits;
    return run->n == run->digits || !strcmp(tail, "ST") || !strcmp(tail, "ND") ||
           !strcmp(tail, "RD") || !strcmp(tail, "TH") || !strcmp(tail, "ER");
}

/* "(*05.06.1991", ", *1938-02-28", "Mia Roth * 05.06.1991": a star behind a name is a word of
   birth; one that a line begins with is a bullet. */
static bool is_starred(const Fold *v, uint32_t from, uint32_t end) {
    int64_t x = (int64_t)from - 1;
    if (fold_at(v, x) == ' ') x--;
    if (fold_at(v, x) != '*' || fold_at(v, end) == '*') return false;
    char before = fold_at(v, --x);
    if (before == '(') return true;
    if (before != ' ') return false;
    before = fold_at(v, x - 1);
    return before == ',' || is_letter(before) || before & 0x80;
}

/* A word of birth near the run, or the whole date: German says it behind ("am 1. Juli 1955
   geboren"), and what is behind the day alone ends at the year. */
static bool is_birth(Scanner *s, Run *run, uint32_t from, uint32_t end) {
    const Fold *v = &s->fold;
    if (phrase_context(s, run->phrase)->any & CTX(BIRTH)) return true;
    if (fold_has(v, end, "生") && !han_at(v, end + HAN_BYTES)) return true;
    if (is_starred(v, from, end)) return true;
    bool wider = from < run->at || end > run->end;
    return wider && (context_around(s->words, &s->fold, from, end).any & CTX(BIRTH));
}

/* The context is read last, for it costs most: nearly no run is a date. 0xE5 is the first byte of
   the signs for year and month: U+5E74 in UTF-8 begins so, and U+6708 above it. */
void format_date_run(Scanner *s, Run *run) {
    const Fold *v = &s->fold;
    uint32_t from = run->at, end = 0;
    if (run->digits == run->n && is_numeric_date(run)) {
        end = run->end;
    } else if (run->groups == 1 && run->digits == run->n && run->n <= 4 &&
               (unsigned char)fold_at(v, run->end) >= 0xE5) {
        end = format_cjk_date(v, run->at);
    }
    if (!end && is_day(run)) end = named_date(v, run, &from);
    if (end && is_birth(s, run, from, end)) {
        scan_emit(s, from, end, KIND_BIRTH, 0.9);
    }
}
