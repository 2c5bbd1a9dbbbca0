/*
 * Promises of tally_column.c: all of a kind are listed from tables that have such a column, and
 * only where every word of the question is explained.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "turn/tally.h"

static void all_of_a_kind_are_asked_for(void **state) {
    static const struct {
        const char *question;
        bool asks;
    } rows[] = {{"Give me all phone numbers", true},
                {"List the e-mail addresses of the members", true},
                {"everyone's birthday, please", true},
                {"Alle Telefonnummern aus der Kontaktliste", true},
                {"所有人的电话号码", true},
                {"What is the phone number of Anna?", false},
                {"Which mails are about the phone?", false},
                {"List all mails from Anna", false},
                {"Who remembers all phone numbers while driving home to the lake?", false},
                {"张三的电话是多少", false},
                {"", false},
                {"\xFF\xFE", false}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        Arena arena;
        arena_init(&arena, 1 << 20);
        if (tally_asks_column(&arena, str_from(rows[i].question)) != rows[i].asks) {
            fail_msg("%s", rows[i].question);
        }
        arena_fini(&arena);
    }
}

/* The line of the first row of a table. */
static void check_line(const char *text, const char *question, const char *line) {
    Arena arena;
    TallyTable table;
    StoreFile file = {.path = STR("/office/Kontakte.csv")};
    size_t at = 0;
    Buf say;
    arena_init(&arena, 1 << 20);
    buf_init(&say, 1 << 10);
    assert_int_equal(tally_next_table(&arena, str_from(text), &at, &table, NULL), OK);
    assert_true(table.n > 1);
    TallySheet sheet = {.file = &file, .table = &table, .all = str_from(text), .scratch = &arena};
    assert_int_equal(tally_column_of(&arena, str_from(question), &sheet, 1, &say, NULL), OK);
    if (!str_eq_c(buf_str(&say), line)) {
        fail_msg("%s -> %.*s", question, (int)say.n, say.n ? say.p : "");
    }
    buf_fini(&say);
    arena_fini(&arena);
}

static void a_row_says_who_and_the_cell(void **state) {
    const char *people = "Vorname | Nachname | Tel. | Mobil | E-Mail | Geburtstag | Anschrift\n"
                         "Ute | Brix | 04621 88 10 | 0170 1 | u@b.de | 03.04.1980 | Am Markt 2\n";
    const char *rooms = "Titel | Hotel | Artikel\nA | 1234 | 5678\n";
    const char *half = "Name | Telefon\nAnna | 0461 22\nBen | weiß nicht\n";
    check_line(people, "Give me all phone numbers", "Ute Brix: 04621 88 10, 0170 1");
    check_line(people, "List all email addresses", "Ute Brix: u@b.de");
    check_line(people, "Alle Adressen", "Ute Brix: Am Markt 2");
    check_line(people, "Alle Geburtstage aus der Kontaktliste", "Ute Brix: 03.04.1980");
    check_line(people, "Give me all phone numbers in Berlin", "");
    check_line(rooms, "Give me all phone numbers", ""); /* no word of a name is "tel" */
    check_line(half, "Give me all phone numbers", "");  /* a column of something else, too */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_a_kind_are_asked_for),
        cmocka_unit_test(a_row_says_who_and_the_cell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
