/*
 * Promises of the reader of event streams: the WHATWG rules at any border of pieces, and a ceiling
 * on everything.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/mem.h"
#include "gate/wire/sse.h"

static Buf seen;
static Status answer;

static Status note(void *user, Str type, Str data, Err *err) {
    buf_add_byte(&seen, '<');
    buf_add_str(&seen, type);
    buf_add_byte(&seen, '|');
    buf_add_str(&seen, data);
    buf_add_byte(&seen, '>');
    return answer == OK ? OK : err_set(err, answer, "enough");
}

static int setup(void **state) {
    buf_init(&seen, 8 << 20);
    answer = OK;
    return 0;
}

static int teardown(void **state) {
    buf_fini(&seen);
    return 0;
}

static Status read_in_steps(Str stream, size_t step, Err *err) {
    SseReader r;
    Status status = OK;
    sse_init(&r, note, NULL);
    for (size_t at = 0; at < stream.n && status == OK; at += step) {
        size_t end = stream.n - at < step ? stream.n : at + step;
        status = sse_feed(&r, str_sub(stream, at, end), err);
    }
    sse_fini(&r);
    return status;
}

static void expect(Str stream, const char *events) {
    Err err;
    for (size_t step = 1; step <= stream.n; step++) {
        buf_clear(&seen);
        assert_int_equal(read_in_steps(stream, step, &err), OK);
        assert_string_equal(seen.n ? seen.p : "", events);
    }
}

static void lines_end_in_three_ways_at_any_border(void **state) {
    expect(STR("data: a\n\ndata: b\n\n"), "<|a><|b>");
    expect(STR("data: a\r\n\r\ndata: b\r\n\r\n"), "<|a><|b>");
    expect(STR("data: a\r\rdata: b\r\r"), "<|a><|b>");
    expect(STR("data: a\r\n\ndata: b\n\r\ndata: c\r\r\n"), "<|a><|b><|c>");
    expect(STR("event: x\r\ndata: a\n\r"), "<x|a>");
}

static void data_lines_add_up_and_comments_do_not(void **state) {
    expect(STR("data: a\ndata:b\ndata:  c\ndata\ndata:\n\n"), "<|a\nb\n c\n\n>");
    expect(STR(": hello\n:\ndata: a\n: between\n\n: after\n\n"), "<|a>");
    expect(STR("data:a:b\n\n"), "<|a:b>");
}

static void types_name_one_event_and_no_other(void **state) {
    expect(STR("event: one\ndata: a\n\ndata: b\n\n"), "<one|a><|b>");
    expect(STR("event: lost\n\ndata: b\n\n"), "<|b>");
    expect(STR("id: 7\nretry: 100\nunknown: x\nDATA: no\ndata: y\n\n"), "<|y>");
    expect(STR("error: {\"a\":1}\n\ndata: y\n\n"), "<error|{\"a\":1}><|y>"); /* llama.cpp's */
    char long_type[200] = "event: ";
    memset(long_type + 7, 'x', 100);
    memcpy(long_type + 107, "\ndata: a\n\n", 10);
    expect((Str){long_type, 117}, "<|a>");
}

static void a_byte_order_mark_counts_at_the_beginning_only(void **state) {
    expect(STR("\xEF\xBB\xBF" "data: a\n\n"), "<|a>");
    expect(STR("\n\xEF\xBB\xBF" "data: a\n\n"), "");
}

static void what_is_not_ended_is_no_event(void **state) {
    expect(STR("data: a\n\ndata: half\n"), "<|a>");
    expect(STR("data: half"), "");
    expect(STR("\n\n\r\n\r\r"), "");
}

static void malformed_text_is_mended(void **state) {
    expect(STR("data: \xC3\xA4 \xFF \xE4\xBD\n\n"),
           "<|\xC3\xA4 \xEF\xBF\xBD \xEF\xBF\xBD\xEF\xBF\xBD>");
    Err err;
    assert_int_equal(read_in_steps((Str){"data: a\0b\n\n", 11}, 3, &err), OK);
}

static void an_event_of_more_than_a_mebibyte_is_refused(void **state) {
    enum { LONG = 10 << 20, STEP = 65536 };
    Err err;
    char *text = mem_alloc(LONG);
    assert_non_null(text);
    memset(text, 'x', LONG);
    memcpy(text, "data: ", 6);
    assert_int_equal(read_in_steps((Str){text, LONG}, STEP, &err), E_LIMIT);
    assert_non_null(strstr(err.message, "1 MiB"));
    for (size_t at = 0; at + 1024 <= LONG; at += 1024) memcpy(text + at, "\ndata: ", 7);
    assert_int_equal(read_in_steps((Str){text, LONG}, STEP, &err), E_LIMIT);
    memset(text, 'x', LONG);
    memcpy(text, "data: ", 6);
    memcpy(text + 6 + SSE_EVENT_MAX, "\n\n", 2);
    assert_int_equal(read_in_steps((Str){text, 8 + SSE_EVENT_MAX}, STEP, &err), OK);
    assert_int_equal(seen.n, SSE_EVENT_MAX + 3);
    mem_free(text);
}

static void the_receiver_can_end_it(void **state) {
    Err err;
    answer = E_CANCELLED;
    assert_int_equal(read_in_steps(STR("data: a\n\ndata: b\n\n"), 100, &err), E_CANCELLED);
    assert_string_equal(seen.p, "<|a>");
}

static void every_allocation_may_fail(void **state) {
    Err err;
    Str stream = STR("event: t\ndata: \xFF some words\ndata: more\n\n");
    uint64_t before = mem_live_blocks();
    for (uint64_t n = 1, fine = 0; fine < 10; n++) { /* until none is left to fail */
        mem_fail_at(n);
        Status status = read_in_steps(stream, 5, &err);
        mem_fail_at(0);
        assert_true(status == OK || status == E_NO_MEMORY);
        fine = status == OK ? fine + 1 : 0;
        buf_fini(&seen);
        buf_init(&seen, 8 << 20);
        assert_int_equal(mem_live_blocks(), before);
        assert_true(n < 100);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_end_in_three_ways_at_any_border, setup, teardown),
        cmocka_unit_test_setup_teardown(data_lines_add_up_and_comments_do_not, setup, teardown),
        cmocka_unit_test_setup_teardown(types_name_one_event_and_no_other, setup, teardown),
        cmocka_unit_test_setup_teardown(a_byte_order_mark_counts_at_the_beginning_only, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_is_not_ended_is_no_event, setup, teardown),
        cmocka_unit_test_setup_teardown(malformed_text_is_mended, setup, teardown),
        cmocka_unit_test_setup_teardown(an_event_of_more_than_a_mebibyte_is_refused, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_receiver_can_end_it, setup, teardown),
        cmocka_unit_test_setup_teardown(every_allocation_may_fail, setup, teardown),
    };
    return cmocka_run_group_tests_name("sse", tests, NULL, NULL);
}
