/*
 * The body of number.h.
 *
 * A format is built in (by number) or written out. Of a written one the first section counts: its
 * letters d, m, y, h, s outside quotes mean days and times, its zeros behind the point digits, its
 * quoted words or [$...] a unit. Days count from 1899-12-30 (after February 1900), or from
 * 1904-01-01 in workbooks of the early Macintosh.
 *
 * Source: ECMA-376 part 1, 18.8.30 and 18.8.31 (number formats); [MS-XLS] 2.4.126 names the same.
 *
 * What the number 45352.5 shows by its format: 45352.5 as General; 2024-03-01 as dd/mm/yyyy; 12:00
 * behind it as dd/mm/yyyy hh:mm; 12:00 alone as hh:mm, which shows no day, but 1088460:00 as
 * [h]:mm; 45352.50 EUR as #,##0.00 "EUR"; 4535250% as 0%.
 */
#include "knowledge/read/number.h"

#include <math.h>

#include "base/calendar.h"
#include "base/mem.h"
#include "base/plain.h"

enum { FORMATS_MAX = 8192, STYLES_MAX = 65536, DECIMALS_MAX = 9 };

/* ---- formats ---- */

/* By the numbers of 18.8.30, those of East Asian locales included. */
static NumberKind built_in_kind(uint32_t id) {
    if (id == 9 || id == 10) return NUMBER_PERCENT;
    if (id == 22) return NUMBER_MOMENT;
    bool time = (id >= 18 && id <= 21) || (id >= 32 && id <= 35) || (id >= 45 && id <= 47) ||
                id == 55 || id == 56;
    bool day = (id >= 14 && id <= 17) || (id >= 27 && id <= 36) || (id >= 50 && id <= 58);
    return time ? NUMBER_TIME : day ? NUMBER_DAY : NUMBER_PLAIN;
}

/* Formats with two decimals are those that say 0.00. */
static NumberLook built_in(uint32_t id) {
    bool two = id == 2 || id == 4 || id == 7 || id == 8 || id == 10 || id == 39 || id == 40;
    return (NumberLook){.kind = built_in_kind(id), .decimals = two ? 2 : 0, .elapsed = id == 46};
}

/* What stands in "..." or [$...-407] is shown beside the number: its unit, when it is short. */
static void take_unit(NumberLook *look, Str words) {
    words = str_trim(words);
    if (words.n && words.n < sizeof look->unit && !look->unit[0]) {
        memcpy(look->unit, words.p, words.n);
    }
}

/* Hours, minutes or seconds that count on beyond a day: [h], [mm], [ss]. [Magenta] is a colour. */
static bool is_elapsed(Str inner) {
    char first = inner.n ? plain_lower(inner.p[0]) : 0;
    for (size_t i = 0; i < inner.n; i++) {
        if (plain_lower(inner.p[i]) != first) return false;
    }
    return first == 'h' || first == 'm' || first == 's';
}

/* The quoted words, bracket or escape at *at; moves *at behind it. False: an ordinary character. */
static bool skip_literal(Str code, size_t *at, NumberLook *look, bool *time) {
    char c = code.p[*at];
    if (c == '\\' || c == '_' || c == '*') {
        *at += 2;
        return true;
    }
    if (c != '"' && c != '[') return false;
    const char *end = memchr(code.p + *at + 1, c == '"' ? '"' : ']', code.n - *at - 1);
    Str inner = {code.p + *at + 1, end ? (size_t)(end - code.p) - *at - 1 : code.n - *at - 1};
    *at += inner.n + 2;
    if (c == '"') take_unit(look, inner);
    if (c == '[' && inner.n && inner.p[0] == '$') {
        const char *dash = memchr(inner.p, '-', inner.n);
        take_unit(look, str_sub(inner, 1, dash ? (size_t)(dash - inner.p) : inner.n));
    } else if (c == '[' && is_elapsed(inner)) {
        *time = look->elapsed = true;
    }
    return true;
}

/* The first section of a written format. */
static NumberLook look_of(Str code) {
    NumberLook look = {0};
    bool day = false, time = false, month = false, percent = false, point = false;
    if (str_eq_c(code, "General")) return look;
    for (size_t at = 0; at < code.n && code.p[at] != ';';) {
        if (skip_literal(code, &at, &look, &time)) continue;
        char c = plain_lower(code.p[at++]);
        day |= c == 'd' || c == 'y';
        time |= c == 'h' || c == 's';
        month |= c == 'm';
        percent |= c == '%';
        point |= c == '.';
        look.decimals += point && c == '0' && look.decimals < DECIMALS_MAX;
    }
    day |= month && !time;
    look.kind = day && time ? NUMBER_MOMENT
                : day       ? NUMBER_DAY
                : time      ? NUMBER_TIME
                : percent   ? NUMBER_PERCENT
                            : NUMBER_PLAIN;
    return look;
}

/* A written format hides a built-in one of the same number. */
static NumberLook look_by_id(const Numbers *numbers, uint32_t id) {
    for (size_t i = 0; i < numbers->n_formats; i++) {
        if (numbers->formats[i].id == id) return numbers->formats[i];
    }
    return built_in(id);
}

Status numbers_format(Numbers *numbers, uint32_t id, Str code, Err *err) {
    TRY(mem_grow((void **)&numbers->formats, &numbers->cap_formats, numbers->n_formats + 1,
                 sizeof *numbers->formats, FORMATS_MAX, err));
    NumberLook look = look_of(code);
    look.id = id;
    numbers->formats[numbers->n_formats++] = look;
    return OK;
}

Status numbers_style(Numbers *numbers, uint32_t id, Err *err) {
    TRY(mem_grow((void **)&numbers->styles, &numbers->cap_styles, numbers->n_styles + 1,
                 sizeof *numbers->styles, STYLES_MAX, err));
    numbers->styles[numbers->n_styles++] = look_by_id(numbers, id);
    return OK;
}

/* ---- numbers ---- */

/* Day `serial` as YYYY-MM-DD. */
static void add_day(const Numbers *numbers, Buf *out, int64_t serial) {
    char text[CALENDAR_ISO_BYTES];
    CalendarDate day = calendar_date(serial - (numbers->epoch_1904 ? 24107 : 25569));
    buf_add_c(out, calendar_iso(day, text));
}

/* Hours may be more than 24 where they are a length of time. */
static void add_time(Buf *out, int64_t seconds) {
    buf_printf(out, "%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60));
    if (seconds % 60) buf_printf(out, ":%02d", (int)(seconds % 60));
}

/* 0.30000000000000004 was typed as 0.3: fifteen digits are what a spreadsheet holds. Zeros that are
   shown are written (990.90), digits that are not shown are not lost; but a percentage was
   computed. */
static void add_number(Buf *out, double value, const NumberLook *look, Str as_written) {
    char text[40];
    (void)plain_print(text, sizeof text, "%.15g", value);
    const char *point = strchr(text, '.');
    int digits = point ? (int)strlen(point + 1) : 0;
    if (look->kind == NUMBER_PERCENT)
        buf_printf(out, "%.*f%%", look->decimals, value * 100);
    else if (strchr(text, 'e'))
        buf_add_str(out, as_written);
    else if (digits < look->decimals)
        buf_printf(out, "%.*f", look->decimals, value);
    else
        buf_add_c(out, text);
    if (look->kind == NUMBER_PLAIN && look->unit[0]) buf_printf(out, " %s", look->unit);
}

/* A date before day 0 or after 9999 is a plain number. */
GridCell numbers_show(const Numbers *numbers, size_t style, double value, Str as_written,
                      Buf *out) {
    enum { DAYS_MAX = 2958465, DAYS_1904 = 1462 }; /* 9999-12-31; day 0 is so many days later */
    NumberLook look = style < numbers->n_styles ? numbers->styles[style] : (NumberLook){0};
    bool dated = look.kind == NUMBER_DAY || look.kind == NUMBER_TIME || look.kind == NUMBER_MOMENT;
    if (dated && value >= 0 && value <= DAYS_MAX - (numbers->epoch_1904 ? DAYS_1904 : 0)) {
        int64_t seconds = (int64_t)llround(value * 86400);
        if (look.kind != NUMBER_TIME) add_day(numbers, out, seconds / 86400);
        if (look.kind == NUMBER_MOMENT) buf_add_byte(out, ' ');
        if (!look.elapsed || look.kind != NUMBER_TIME) seconds %= 86400;
        if (look.kind != NUMBER_DAY) add_time(out, seconds);
        return GRID_DAY;
    }
    add_number(out, value, &look, as_written);
    return GRID_NUMBER;
}

void numbers_fini(Numbers *numbers) {
    mem_free(numbers->formats);
    mem_free(numbers->styles);
    *numbers = (Numbers){0};
}
