/*
 * Days with an hour, as logs, mails and tables of events write them: nobody's numbers.
 *
 *     2025-10-12T10:32:00.123Z   2025-10-12 10:32   12 Oct 2025 10:32:00 +0200   Oct 12 10:32:00
 *     10:32   10:32:00,123
 *
 * Such a stamp has four to eight small numbers, and each is otherwise read as a token by its phrase
 * and by its row (number.c, loose.c). Then "tel: 2025-07-13 12:38:24.530" holds as many digits as a
 * telephone number, and a number at the end of a line runs on into the day of the next. Here it is
 * read once. What a number of it could still be is a day of birth, so the caller asks for such a
 * word (context.h), but for an hour alone; and a house's number or a plate, which what stands right
 * before and behind gives away (small.c). This file may only say "a stamp, and nothing goes on it".
 *
 * What that relies on: the groups around a colon are no address of a network, for one of these has
 * six or eight (net.c). A part of a second has SECOND_MOST digits at most: with more it would be as
 * long as a telephone number. A '+' or a colon before it may be a number's.
 */
#include <assert.h>

#include "gate/scan/impl.h"

enum { SECOND_MOST = 6, MONTH = 3, REACH = 64, BEFORE = 5 };

/* Behind so many digits at x; 0: not so many stand there. */
static uint32_t behind_digits(const Fold *v, uint32_t x, uint32_t n) {
    return x && digits_at(v, x) == n ? x + n : 0;
}

static uint32_t behind_sign(const Fold *v, uint32_t x, char sign) {
    return x && fold_at(v, x) == sign ? x + 1 : 0;
}

/* "2025-10-12T", "2025 ", "12 Oct 2025 ", "12 ", or nothing: behind it; 0: something else. */
static uint32_t behind_day(const Fold *v, uint32_t x) {
    uint32_t n = digits_at(v, x), end = x + n;
    char sign = fold_at(v, end);
    if ((n == 1 || n == 2) && sign == ':') return x;
    if (n == 4 && v->p[x] != '1' && v->p[x] != '2') return 0;
    if (n == 4 && sign == '-') {
        end = behind_sign(v, behind_digits(v, end + 1, 2), '-');
        end = behind_digits(v, end, 2);
        return end && (v->p[end] == 'T' || v->p[end] == ' ') ? end + 1 : 0;
    }
    if (sign != ' ' || n == 0 || n == 3 || n > 4) return 0;
    if (n == 4 || !format_is_month(v, end + 1, MONTH)) return end + 1;
    return behind_sign(v, behind_digits(v, behind_sign(v, end + 1 + MONTH, ' '), 4), ' ');
}

/* "Z", "+0200", " +02:00": behind it, or x. */
static uint32_t behind_zone(const Fold *v, uint32_t x) {
    uint32_t at = x + (v->p[x] == ' ');
    if (v->p[x] == 'Z') return x + 1;
    if (v->p[at] != '+') return x;
    uint32_t n = digits_at(v, at + 1), end = at + 1 + n;
    if (n == 2) end = behind_digits(v, behind_sign(v, end, ':'), 2);
    return n == 4 || (n == 2 && end) ? end : x;
}

/* A month stands before x, and a blank. */
static bool is_month_before(const Fold *v, uint32_t x) {
    char outer = v->p[x - BEFORE];
    bool ascii = outer && !(outer & 0x80); /* a char may be unsigned */
    return v->p[x - 1] == ' ' && ascii && !is_alnum(outer) &&
           format_is_month(v, x - 1 - MONTH, MONTH);
}

/* Nothing that stands before x goes on there; a word of two letters does not. */
static bool is_free_before(const Fold *v, uint32_t x) {
    char before = v->p[x - 1], last = v->p[x - 2], third = v->p[x - 4];
    if (before == '+' || before == ':' || sign_of(last) & SIGN_CAPITAL) return false;
    if (before == '(' && last == '+') return false;
    bool ascii = third && !(third & 0x80);
    bool two = is_letter(last) && is_letter(v->p[x - 3]) && ascii && !is_alnum(third);
    return (before == ' ' && two) || small_is_quiet_before(v, x);
}

/* Behind the part of a second at x, or x; 0: it is too long. */
static uint32_t behind_part(const Fold *v, uint32_t x) {
    if ((v->p[x] != '.' && v->p[x] != ',') || !is_digit(v->p[x + 1])) return x;
    uint32_t n = digits_at(v, x + 1);
    return n > SECOND_MOST ? 0 : x + 1 + n;
}

uint32_t stamp_end(const Fold *v, uint32_t x, bool *hour_alone) {
    assert(x < v->n);
    if (x < BEFORE || v->n - x < REACH) return 0;
    uint32_t hour = behind_day(v, x), end = hour ? hour + digits_at(v, hour) : 0;
    if (end == hour || end > hour + 2) return 0;
    end = behind_digits(v, behind_sign(v, end, ':'), 2);
    if (!end) return 0;
    uint32_t second = behind_digits(v, behind_sign(v, end, ':'), 2), plain = second ? second : end;
    if (second && !(end = behind_part(v, second))) return 0;
    end = behind_zone(v, end);
    bool free = is_free_before(v, x);
    *hour_alone = free && hour == x && end == plain;
    assert(x < end && end <= x + REACH); /* what was read is in the view */
    return (free || is_month_before(v, x)) && small_is_last(v, end) ? end : 0;
}
