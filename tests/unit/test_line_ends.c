/*
 * Promises about ends of lines. What stands at one is found whole: above a line that begins with a
 * day (diaries, chats, logs), and where the end is written \n, as JSON and programs quote texts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "gate/scan/impl.h"

typedef struct Row {
    const char *text, *whole; /* whole: what one span says, and no other */
} Row;

static void check(const Row *rows, size_t n_rows) {
    Scanner *scanner = NULL;
    assert_int_equal(gate_scanner_new(&scanner, NULL), OK);
    for (size_t i = 0; i < n_rows; i++) {
        const ScanSpan *spans;
        Str text = str_from(rows[i].text), want = str_from(rows[i].whole);
        size_t n = 0, whole = 0;
        assert_int_equal(gate_scan(scanner, text, &spans, &n, NULL), OK);
        for (size_t k = 0; k < n; k++) {
            whole += str_eq(str_sub(text, spans[k].start, spans[k].end), want);
        }
        if (whole != 1) fail_msg("%s", rows[i].text);
    }
    gate_scanner_free(scanner);
}

static void the_day_of_the_next_line_is_no_end_of_a_number(void **state) {
    static const Row rows[] = {
        {"phone: (212) 555-0761\n2026-04-03 the next", "(212) 555-0761"},
        {"phone: (212) 555-0761\n\n[2026-04-03] the next", "(212) 555-0761"},
        {"(1 May) phone: (212) 555-0761\r\n(2026-04-03T10:00) the next", "(212) 555-0761"},
        {"call 020 7946 0958\n03.04.2026 x", "020 7946 0958"},
        {"call +49 30 4935586\n3/4/2026", "+49 30 4935586"},
        {"SSN 463-43-9833\n2026-04-02 10:00:01 INFO roof", "463-43-9833"},
        {"lease: IP address 185.224.212.209\n2026-04-02 10:00 x", "185.224.212.209"},
        {"call 020 7946\n0958 or so", "020 7946\n0958"}, /* no day: the number goes on */
        {"card 4111 1111\n1111 1111 it is", "4111 1111\n1111 1111"},
    };
    check(rows, ARRAY_LEN(rows));
}

/* "n13800138000" is no number, and "nbob" is nobody. */
static void an_end_that_is_escaped_ends_a_word(void **state) {
    static const Row rows[] = {
        {"{\"note\":\"Call\\n13800138000\\nBob\"}", "13800138000"},
        {"{\"note\":\"Call\\\\n138 0013 8000\\\\nBob\"}", "138 0013 8000"},
        {"'a\\tbob.smith@example.com\\r\\nbye'", "bob.smith@example.com"},
        {"SSN\\n536-90-4399\\nnext", "536-90-4399"},
        {"IBAN:\\nDE89370400440532013000\\n", "DE89370400440532013000"},
        {"see C:\\Users\\theo\\notes.txt", "theo"}, /* no tab, and "heo" on a line of its own */
    };
    check(rows, ARRAY_LEN(rows));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_day_of_the_next_line_is_no_end_of_a_number),
        cmocka_unit_test(an_end_that_is_escaped_ends_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
