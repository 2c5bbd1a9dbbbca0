/*
 * Promises of until.h: a question for the days until something becomes the one for its date, and
 * days are counted only from one full date.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/han.h"
#include "turn/until.h"

static void it_becomes_the_question_for_the_date(void **state) {
    static const struct {
        const char *asked, *when; /* "": it is none */
    } rows[] = {
        {"How many days until the offer expires?", "When does the offer expire?"},
        {"how many days are left until the AGM?", "When is the AGM?"},
        {"How many days is it until the rent is due?", "When is the rent due?"},
        {"How long until Aunt Edna arrives?", "When does Aunt Edna arrive?"},
        {"How many days do I have left until I must pay?", "When must I pay?"},
        {"How many days until the rent has to be paid?", "When does the rent have to be paid?"},
        {"How many days until we leave?", "When do we leave?"},
        {"In how many days does the offer end?", "When does the offer end?"},
        {"Wie viele Tage noch bis zur Mitgliederversammlung?",
         "Wann ist die Mitgliederversammlung?"},
        {"Wie viele Tage sind es noch bis zum Sommerfest?", "Wann ist der Sommerfest?"},
        {"Wie lange noch, bis das Angebot abläuft?", "Wann das Angebot abläuft?"},
        {"Wie viele Tage bis Ostern?", "Wann ist Ostern?"},
        {"In wie vielen Tagen endet die Frist?", "Wann endet die Frist?"},
        {"距离年会还有多少天？", "年会是什么时候？"},
        {"合同还有几天到期", "合同什么时候到期？"},
        {"How many days until then?", ""},
        {"How many days until 24 December 2026?", ""},
        {"How many days of leave do I have?", ""},
        {"How many days before the fair must I book?", ""},
        {"How long is the warranty?", ""},
        {"Wie lange dauert die Kur?", ""},
        {"年假还剩几天？", ""},
        {"他还有几天年假", ""},
        {"还有几天\xFF", ""},
        {"", ""}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        Buf when;
        char room[512];
        Str asked = str_from(rows[i].asked), plain = han_fold_into(asked, room, sizeof room);
        buf_init(&when, 1024);
        bool is = until_read(asked, plain.n == asked.n ? plain : asked, &when);
        if (is != (rows[i].when[0] != 0) || !str_eq_c(buf_str(&when), rows[i].when)) {
            fail_msg("%s: %.*s", rows[i].asked, (int)when.n, when.n ? when.p : "");
        }
        buf_fini(&when);
    }
}

static void only_one_full_date_is_counted_from(void **state) {
    static const struct {
        const char *text;
        int date;
    } rows[] = {{"The offer is valid until 11 December 2026.", 20261211},
                {"Gültig bis Freitag, 11.12.2026, 18 Uhr", 20261211},
                {"December 11th is", 0},
                {"on December 11, 2026 at 9", 20261211},
                {"2026-12-11 | hall", 20261211},
                {"年会于2026年12月11日举行", 20261211},
                {"on 11 December 2026 (11.12.2026)", 20261211},
                {"from 4 December to 11 December 2026", 0},
                {"11.–13. Dezember 2026", 0},
                {"11 and 12 December 2026", 0},
                {"2 May 2026 or 3 May 2026", 0},
                {"in December 2026", 0},
                {"Offer of 16 November 2026, valid for 14 days", 0},
                {"Rechnung vom 16.11.2026, zahlbar in zwei Wochen", 0},
                {"2026年12月24日至27日", 0},
                {"12月4日至2026年12月11日", 0},
                {"\xFF\xE5 2026", 0},
                {"", 0}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int date = until_date(str_from(rows[i].text));
        if (date != rows[i].date) fail_msg("%s: %d", rows[i].text, date);
    }
}

static void days_are_those_of_the_calendar(void **state) {
    assert_int_equal(until_days(20261127, 20261211), 14);
    assert_int_equal(until_days(20261211, 20261127), -14);
    assert_int_equal(until_days(20280228, 20280301), 2); /* a leap day between */
    assert_int_equal(until_days(21000228, 21000301), 1); /* 2100 has none */
    assert_int_equal(until_days(20261231, 20270101), 1);
    assert_int_equal(until_days(20260101, 20270101), 365);
}

static void the_days_are_said_in_the_language_asked_in(void **state) {
    static const struct {
        TurnLanguage language;
        int date;
        const char *said;
    } rows[] = {
        {TURN_ENGLISH, 20261211, "14 days, until 11 December 2026."},
        {TURN_GERMAN, 20261128, "Noch 1 Tag, bis 28. November 2026."},
        {TURN_CHINESE, 20261211, "还有 14 天，到2026年12月11日。"},
        {TURN_ENGLISH, 20261127, "That is today, 27 November 2026."},
        {TURN_GERMAN, 20261125, "Das ist vorbei: 25. November 2026 war vor 2 Tagen."},
        {TURN_ENGLISH, 20261126, "That is over: 26 November 2026 was 1 day ago."}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        Buf said;
        buf_init(&said, 256);
        until_say(rows[i].language, 20261127, rows[i].date, &said);
        assert_string_equal(said.p, rows[i].said);
        buf_fini(&said);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_becomes_the_question_for_the_date),
        cmocka_unit_test(only_one_full_date_is_counted_from),
        cmocka_unit_test(days_are_those_of_the_calendar),
        cmocka_unit_test(the_days_are_said_in_the_language_asked_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
