/*
 * Promises about lines that begin with a day (diaries, chats, logs): the number above ends with its
 * own line, and is found whole; also in the last lines of a text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "gate/scan/impl.h"

static void the_day_of_the_next_line_is_no_end_of_a_number(void **state) {
    static const struct {
        const char *text, *number;
    } rows[] = {
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
    Scanner *scanner = NULL;
    (void)state;
    assert_int_equal(gate_scanner_new(&scanner, NULL), OK);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const ScanSpan *spans;
        Str text = str_from(rows[i].text), number = str_from(rows[i].number);
        size_t n = 0, whole = 0;
        assert_int_equal(gate_scan(scanner, text, &spans, &n, NULL), OK);
        for (size_t k = 0; k < n; k++) {
            whole += str_eq(str_sub(text, spans[k].start, spans[k].end), number);
        }
        if (whole != 1) fail_msg("%s", rows[i].text);
    }
    gate_scanner_free(scanner);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_day_of_the_next_line_is_no_end_of_a_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
