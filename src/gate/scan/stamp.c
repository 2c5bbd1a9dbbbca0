/*
 * Days with an hour, as logs, mails and tables of events write them: nobody's numbers.
 *
 *     2025-10-12T10:32:00.123Z   2025-10-12 10:32   12 Oct 2025 10:32:00 +0200   Oct 12 10:32:00
 *     10:32   10:32:00,123
 *
 * Such a stamp has four to eight small numbers, and each is otherwise read as a token by its phrase
 * and by its row (number.c, loose.c) before it turns out to be nothing. Here it is read once. What
 * a number of it could be asks for a word beside it, but for a house's number and a plate, which
 * what stands right before and behind gives away (small.c). So the caller asks for words
 * (context.h); this file may only say "a stamp, and nothing beside goes on it".
 *
 * What that relies on: without a word no family takes a run of ten digits or fewer that begins with
 * a year (number.c), nor what holds a 'T'; a row that a colon parts counts as a resident number or
 * a credit code alone (loose.c), for which a stamp has too few signs; the groups around a colon are
 * no address of a network, for one of these has six or eight (net.c). A part of a second has
 * SECOND_MOST digits at most: with more it would be as long as a telephone number.
 */
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

/* Nothing that stands before x goes on there. A month does not, nor a word of two letters. */
static bool is_free_before(const Fold *v, uint32_t x) {
    char before = v->p[x - 1], last = v->p[x - 2];
    if (before == '+' || before == ':' || sign_of(last) & SIGN_CAPITAL) return false;
    if (before == '(' && last == '+') return false;
    if (small_is_quiet_before(v, x)) return true;
    if (before != ' ' || !(is_letter(last) && is_letter(v->p[x - 3]))) return false;
    char outer = v->p[x - BEFORE];
    if (!is_alnum(v->p[x - 4]) && v->p[x - 4] > 0) return true;
    return format_is_month(v, x - 1 - MONTH, MONTH) && outer > 0 && !is_alnum(outer);
}

uint32_t stamp_end(const Fold *v, uint32_t x) {
    if (x < BEFORE || v->n - x < REACH) return 0;
    uint32_t hour = behind_day(v, x), end = hour ? hour + digits_at(v, hour) : 0;
    if (end == hour || end > hour + 2) return 0;
    end = behind_digits(v, behind_sign(v, end, ':'), 2);
    uint32_t second = behind_digits(v, behind_sign(v, end, ':'), 2);
    if (!end) return 0;
    if (second) end = second;
    if (second && (v->p[end] == '.' || v->p[end] == ',') && is_digit(v->p[end + 1])) {
        uint32_t n = digits_at(v, end + 1);
        if (n > SECOND_MOST) return 0;
        end += 1 + n;
    }
    end = behind_zone(v, end);
    return small_is_last(v, end) && is_free_before(v, x) ? end : 0;
}
