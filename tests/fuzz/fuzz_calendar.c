/*
 * Any bytes as dates: what is read lies in the text, is a day that can be counted, and is read
 * again from how it is written.
 */
#include <stdlib.h>

#include "base/calendar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_and_read(CalendarDate date) {
    for (int tongue = 0; tongue < CALENDAR_TONGUES; tongue++) {
        char text[CALENDAR_TEXT_BYTES];
        CalendarDate back;
        Str written = str_from(calendar_write((CalendarTongue)tongue, date, text));
        if (calendar_read(written, CALENDAR_WRITTEN, &back) != written.n) abort();
        if (back.year != date.year || back.month != date.month || back.day != date.day) abort();
    }
}

/* The first byte chooses the forms. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!size) return 0;
    Str text = {(const char *)data + 1, size - 1};
    CalendarDate date;
    size_t from, to;
    int weekday = 0;
    (void)calendar_month(text);
    if (calendar_weekday_han(text, &weekday) > text.n || weekday < 0 || weekday > 6) abort();
    while (calendar_find(text, data[0], &date, &from, &to)) {
        if (from >= to || to > text.n || date.month < 1 || date.month > 12) abort();
        if (date.day && calendar_has(date.year, date.month, date.day)) {
            CalendarDate back = calendar_date(calendar_number(date));
            if (back.day != date.day || back.month != date.month) abort();
            write_and_read(date);
        }
        text = str_sub(text, to, text.n);
    }
    return 0;
}
