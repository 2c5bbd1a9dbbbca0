/*
 * Promises of dated.h: when a document was written is read from what it says of itself, and which
 * of two is later is told only where it can be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "turn/dated.h"

static void a_document_says_when_it_was_written(void **state) {
    static const struct {
        const char *path, *head;
        int date;
        bool amends;
    } rows[] = {{"/d/minutes-2026-03-11.md", "Minutes\n", 20260311, false},
                {"/d/notes.md", "# Committee, 14 January 2026\nOn 3 May 2027 we", 20260114, false},
                {"/d/notes.md", "Sitzung vom 5. Februar 2026", 20260205, false},
                {"/d/a.txt", "Husum, den 02.06.2025\n", 20250602, false},
                {"/d/a.txt", "March 9th\nMarch 9, 2021", 20210309, false},
                {"/d/a.txt", "On the 3rd\n4th July 2020", 20200704, false},
                {"/d/a.txt", "Minutes, 11th of March, 2026", 20260311, false},
                {"/d/a.txt", "Stand 3. Febr. 2026", 20260203, false},
                {"/d/list_2026_03_11.csv", "Name\n", 20260311, false},
                {"/d/a.txt", "2026/3/11", 20260311, false},
                {"/d/report 2024.docx", "Report\n", 20240000, false},
                {"/d/x.html", "Status report September 2026\n", 20260900, false},
                {"/d/p.docx", "Policy, version 2026\nIn 2020 it", 20260000, false},
                {"/d/m.eml", "From: A <a@b>\nDate: Mon, 02 Feb 2026 09:12:00 +0000\nSubject: x",
                 20260202, false},
                {"/d/x.txt", "Nachtrag zum Vertrag vom 1. Mai 2020\nHusum, den 2. Juni 2021",
                 20210602, true},
                {"/d/x.txt", "Amendment to the agreement of 6 May 2024", 20240000, true},
                {"/d/x.txt", "\xC3\x84nderungsvereinbarung", 0, true},
                {"/d/x.txt", "1/2/2024 and 99.99.2024 and 12345", 20240000, false},
                {"/d/x.txt", "\xFF\xFE\xC3", 0, false},
                {"", "", 0, false}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        Dated d = dated_of(str_from(rows[i].path), str_from(rows[i].head));
        int date = d.year * 10000 + d.month * 100 + d.day;
        if (date != rows[i].date) fail_msg("%s: %d", rows[i].head, date);
        assert_int_equal(d.amends, rows[i].amends);
    }
}

static void the_later_one_is_told_where_it_can_be(void **state) {
    Dated may = {2026, 5, 3, false}, day = {2026, 5, 4, false}, month = {2026, 5, 0, false};
    Dated year = {2026, 0, 0, false}, next = {2027, 0, 0, false}, none = {0};
    Dated amends = {0, 0, 0, true};
    assert_int_equal(dated_order(&day, &may), 1);
    assert_int_equal(dated_order(&may, &day), -1);
    assert_int_equal(dated_order(&may, &month), 0);
    assert_int_equal(dated_order(&may, &year), 0);
    assert_int_equal(dated_order(&next, &may), 1);
    assert_int_equal(dated_order(&none, &may), 0);
    assert_int_equal(dated_order(&amends, &next), 1);
    assert_int_equal(dated_order(&next, &amends), -1);
}

static void a_cell_is_a_date_or_it_is_none(void **state) {
    Dated d;
    assert_true(dated_cell(STR(" 2026-01-12 "), &d) && d.day == 12);
    assert_true(dated_cell(STR("3.4.2020"), &d) && d.month == 4);
    assert_true(dated_cell(STR("2009"), &d) && d.year == 2009 && !d.month);
    assert_false(dated_cell(STR("20090"), &d));
    assert_false(dated_cell(STR("May 2020"), &d));
    assert_false(dated_cell(STR(""), &d));
    assert_int_equal(dated_year(STR("the rent of 2022")), 2022);
    assert_int_equal(dated_year(STR("from 2022 to 2023")), -1);
    assert_false(dated_year(STR("2.022 euros, 20221")));
}

static void the_latest_day_of_a_text_is_told(void **state) {
    (void)state;
    assert_int_equal(dated_latest(STR("von 3.4.2026 bis 14. Mai 2026, am 2.")), 20260514);
    assert_int_equal(dated_latest(STR("On 2026-11-27 or May 3, 2026.")), 20261127);
    assert_int_equal(dated_latest(STR("in May 2027, on 3 June")), 0); /* no full date */
    assert_int_equal(dated_latest(STR("")), 0);
    assert_int_equal(dated_latest(STR("\xff 99.99.2026 \xff")), 0);
    clock_fix_real(1795780800); /* 27 November 2026, noon in most places */
    assert_true(dated_today() >= 20261126 && dated_today() <= 20261128);
    clock_fix_real(-1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_latest_day_of_a_text_is_told),
        cmocka_unit_test(a_document_says_when_it_was_written),
        cmocka_unit_test(the_later_one_is_told_where_it_can_be),
        cmocka_unit_test(a_cell_is_a_date_or_it_is_none),
    };
    return cmocka_run_group_tests_name("dated", tests, NULL, NULL);
}
