/*
 * Promises of base/calendar: days as numbers, names of months and weekdays, dates in texts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/calendar.h"

static void every_day_of_ten_thousand_years_has_its_number(void **state) {
    int64_t number = -719528;
    for (int year = 0; year <= 9999; year++) {
        for (int month = 1; month <= 12; month++) {
            for (int day = 1; day <= calendar_month_days(year, month); day++, number++) {
                CalendarDate date = {year, month, day}, back = calendar_date(number);
                assert_int_equal(calendar_number(date), number);
                assert_true(back.year == year && back.month == month && back.day == day);
            }
        }
    }
    assert_int_equal(number, 2932897);
    assert_int_equal(calendar_number((CalendarDate){1970, 1, 1}), 0);
    assert_int_equal(calendar_number((CalendarDate){2023, 2, 31}),
                     calendar_number((CalendarDate){2023, 3, 3}));
}

static void a_leap_year_has_a_day_more(void **state) {
    assert_true(calendar_has(2024, 2, 29));
    assert_true(calendar_has(2000, 2, 29));
    assert_false(calendar_has(1900, 2, 29));
    assert_false(calendar_has(2023, 2, 29));
    assert_false(calendar_has(2023, 13, 1));
    assert_false(calendar_has(2023, 0, 1));
    assert_false(calendar_has(2023, 4, 31));
    assert_false(calendar_has(2023, 4, 0));
}

static void weekdays_go_on_from_a_thursday(void **state) {
    assert_int_equal(calendar_weekday(0), 3);
    assert_int_equal(calendar_weekday(-4), 6);
    assert_int_equal(calendar_weekday(-3), 0);
    assert_int_equal(calendar_weekday(calendar_number((CalendarDate){2026, 11, 27})), 4);
}

static void months_and_weekdays_are_known_by_the_names_they_are_written_with(void **state) {
    for (int tongue = CALENDAR_ENGLISH; tongue <= CALENDAR_GERMAN; tongue++) {
        for (int i = 0; i < 12; i++) {
            Str name = str_from(calendar_month_name((CalendarTongue)tongue, i + 1));
            assert_int_equal(calendar_month_whole(name), i + 1);
            assert_int_equal(calendar_month(name), i + 1);
        }
        for (int i = 0; i < 7; i++) {
            Str name = str_from(calendar_weekday_name((CalendarTongue)tongue, i));
            assert_int_equal(calendar_weekday_whole(name), i);
        }
    }
    for (int i = 0; i < 7; i++) {
        int weekday = -1;
        Str name = str_from(calendar_weekday_name(CALENDAR_CHINESE, i));
        assert_int_equal(calendar_weekday_han(name, &weekday), name.n);
        assert_int_equal(weekday, i);
    }
}

static void months_are_known_by_what_they_are_cut_to(void **state) {
    static const struct {
        const char *word;
        int month, whole;
    } cases[] = {{"Mar", 3, 0},     {"MÄR", 3, 0},     {"Mrz", 3, 0},  {"MÄRZ", 3, 3},
                 {"maerz", 3, 3},   {"Jänner", 1, 1},  {"sept", 9, 0}, {"Okt", 10, 0},
                 {"Dez", 12, 0},    {"may", 5, 5},     {"Marc", 0, 0}, {"Novem", 0, 0},
                 {"Januaries", 0, 0}, {"ja", 0, 0},    {"", 0, 0},     {"m\xC3", 0, 0},
                 {"septemberseptember", 0, 0}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(calendar_month(str_from(cases[i].word)), cases[i].month);
        assert_int_equal(calendar_month_whole(str_from(cases[i].word)), cases[i].whole);
    }
    assert_int_equal(calendar_weekday_named(STR("Thurs")), 3);
    assert_int_equal(calendar_weekday_whole(STR("Thurs")), -1);
    assert_int_equal(calendar_weekday_whole(STR("Sonnabend")), 5);
}

static void a_chinese_weekday_is_read_with_its_word(void **state) {
    int weekday = -1;
    assert_int_equal(calendar_weekday_han(STR("周五下午"), &weekday), 6);
    assert_int_equal(weekday, 4);
    assert_int_equal(calendar_weekday_han(STR("个星期天"), &weekday), 12);
    assert_int_equal(weekday, 6);
    assert_int_equal(calendar_weekday_han(STR("周末"), &weekday), 0);
    assert_int_equal(calendar_weekday_han(STR(""), &weekday), 0);
}

/* Every form, with the only flag that reads it. */
static void dates_are_read_in_the_forms_that_are_asked_for(void **state) {
    static const struct {
        const char *text;
        unsigned form;
        const char *iso;
        size_t n; /* bytes */
    } cases[] = {{"2023-05-08T10:00", CALENDAR_YEAR_FIRST, "2023-05-08", 10},
                 {"2023/5/8", CALENDAR_YEAR_FIRST, "2023-05-08", 8},
                 {"2023_05_08.txt", CALENDAR_YEAR_FIRST, "2023-05-08", 10},
                 {"20230508", CALENDAR_PACKED, "2023-05-08", 8},
                 {"2023050814", CALENDAR_PACKED, "2023-05-08", 10},
                 {"20230508141500", CALENDAR_PACKED, "2023-05-08", 14},
                 {"8.5.2023", CALENDAR_STOPPED, "2023-05-08", 8},
                 {"08. 05. 2023,", CALENDAR_STOPPED, "2023-05-08", 12},
                 {"8.5.23", CALENDAR_STOPPED | CALENDAR_SHORT_YEAR, "2023-05-08", 6},
                 {"28/5/2023", CALENDAR_SLASHED, "2023-05-28", 9},
                 {"5/28/2023", CALENDAR_SLASHED, "2023-05-28", 9},
                 {"8 May 2023", CALENDAR_NAMED, "2023-05-08", 10},
                 {"8th of May, 2023", CALENDAR_NAMED, "2023-05-08", 16},
                 {"May 8, 2023", CALENDAR_NAMED, "2023-05-08", 11},
                 {"Sept. 1st 2023", CALENDAR_NAMED, "2023-09-01", 14},
                 {"8. Mai 2023", CALENDAR_NAMED, "2023-05-08", 11},
                 {"1. März 2023", CALENDAR_NAMED, "2023-03-01", 13},
                 {"2023年5月8日下午", CALENDAR_HAN, "2023-05-08", 15},
                 {"2023年5月8", CALENDAR_HAN, "2023-05-08", 12},
                 {"2023年5月8，晴", CALENDAR_HAN, "2023-05-08", 12},
                 {"2023-05", CALENDAR_YEAR_FIRST | CALENDAR_MONTHS, "2023-05-00", 7},
                 {"May 2023", CALENDAR_NAMED | CALENDAR_MONTHS, "2023-05-00", 8}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CalendarDate date;
        char iso[CALENDAR_ISO_BYTES];
        Str text = str_from(cases[i].text);
        assert_int_equal(calendar_read(text, cases[i].form, &date), cases[i].n);
        assert_string_equal(calendar_iso(date, iso), cases[i].iso);
        unsigned others = 255u & ~(cases[i].form & ~(unsigned)CALENDAR_SHORT_YEAR);
        assert_int_equal(calendar_read(text, others & ~(unsigned)CALENDAR_MONTHS, &date), 0);
    }
}

static void what_may_be_two_days_or_is_none_is_not_read(void **state) {
    static const char *const cases[] = {"5/8/2023", "28/28/2023", "2023-13-08", "2023-05-32",
                                        "2023-05-081", "0999-05-08", "3000-01-01", "8 Maybe 2023",
                                        "8 May", "May 8", "2023-05.08", "2023年5月8至10日",
                                        "202305081", "2023050", "1. 2. 34"};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CalendarDate date;
        assert_int_equal(calendar_read(str_from(cases[i]), 127, &date), 0);
    }
    CalendarDate date;
    for (size_t n = 0; n < 10; n++) { /* every beginning of a date is none */
        assert_int_equal(calendar_read((Str){"2023-05-08", n}, CALENDAR_PACKED, &date), 0);
    }
    assert_int_equal(calendar_read((Str){"2023-05-0", 8}, 127, &date), 0);
}

static void the_first_date_of_a_text_is_found(void **state) {
    CalendarDate date;
    size_t from, to;
    Str text = STR("No. 12023-05-08 of 8 May 2023, 9 May 2023");
    assert_true(calendar_find(text, CALENDAR_WRITTEN, &date, &from, &to));
    assert_true(str_eq_c(str_sub(text, from, to), "8 May 2023"));
    assert_true(calendar_find(STR("我们在2023年5月8日去"), CALENDAR_WRITTEN, &date, &from, &to));
    assert_int_equal(from, 9);
    assert_false(calendar_find(STR("xMay 8, 2023"), CALENDAR_WRITTEN, &date, &from, &to));
    assert_true(calendar_find(STR("scan20230508.pdf"), CALENDAR_PACKED, &date, &from, &to));
    assert_int_equal(from, 4);
    assert_false(calendar_find(STR("10101010"), CALENDAR_PACKED, &date, &from, &to));
    assert_false(calendar_find(STR("\xFF\xFE 8"), CALENDAR_WRITTEN, &date, &from, &to));
}

static void a_date_is_written_as_its_language_does(void **state) {
    static const char *const days[] = {"8 March 2023", "8. März 2023", "2023年3月8日"};
    static const char *const months[] = {"March 2023", "März 2023", "2023年3月"};
    for (int i = 0; i < CALENDAR_TONGUES; i++) {
        char out[CALENDAR_TEXT_BYTES];
        CalendarTongue tongue = (CalendarTongue)i;
        assert_string_equal(calendar_write(tongue, (CalendarDate){2023, 3, 8}, out), days[i]);
        assert_string_equal(calendar_write(tongue, (CalendarDate){2023, 3, 0}, out), months[i]);
    }
}

static void a_day_has_its_english_ending(void **state) {
    static const struct {
        int day;
        const char *end;
    } cases[] = {{1, "st"}, {2, "nd"}, {3, "rd"}, {4, "th"}, {11, "th"}, {12, "th"}, {13, "th"},
                 {20, "th"}, {21, "st"}, {22, "nd"}, {23, "rd"}, {30, "th"}, {31, "st"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_string_equal(calendar_ordinal(cases[i].day), cases[i].end);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_of_ten_thousand_years_has_its_number),
        cmocka_unit_test(a_leap_year_has_a_day_more),
        cmocka_unit_test(weekdays_go_on_from_a_thursday),
        cmocka_unit_test(months_and_weekdays_are_known_by_the_names_they_are_written_with),
        cmocka_unit_test(months_are_known_by_what_they_are_cut_to),
        cmocka_unit_test(a_chinese_weekday_is_read_with_its_word),
        cmocka_unit_test(dates_are_read_in_the_forms_that_are_asked_for),
        cmocka_unit_test(what_may_be_two_days_or_is_none_is_not_read),
        cmocka_unit_test(the_first_date_of_a_text_is_found),
        cmocka_unit_test(a_date_is_written_as_its_language_does),
        cmocka_unit_test(a_day_has_its_english_ending),
    };
    return cmocka_run_group_tests_name("calendar", tests, NULL, NULL);
}
