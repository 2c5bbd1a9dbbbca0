/*
 * Promises of the watch for addresses in an answer that comes in pieces: what a whole text shows is
 * seen in it, too, however a scheme is spelled and wherever a block ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "gate/guard/address.h"

enum { BLOCK = 8 << 10 }; /* BLOCK_BYTES of address.c */

/* Is byte `at` of a whole text in an address? */
static bool is_inside(Str text, size_t at) {
    AddressView view;
    Address address;
    bool inside = false;
    assert_int_equal(address_view_init(&view, text, false, NULL), OK);
    for (size_t from = 0; !inside && address_next(&view, from, &address);) {
        inside = address.begin <= at && at < address.reach;
        from = address.end > address.begin ? address.end : address.begin + 1;
    }
    address_view_fini(&view);
    return inside;
}

/* Is one open behind the last of the pieces? */
static bool is_open(Str text) {
    AddressWatch watch;
    bool open = false;
    address_watch_init(&watch, false);
    for (size_t at = 0; at < text.n; at += 50) {
        Str piece = str_sub(text, at, at + 50 < text.n ? at + 50 : text.n);
        assert_int_equal(address_watch_feed(&watch, piece, NULL), OK);
    }
    assert_int_equal(address_watch_open(&watch, &open, NULL), OK);
    address_watch_fini(&watch);
    return open;
}

/* "javascript:" behind `before` bytes of prose and what makes it a target; each sign of `spelled`
   as a number with `zeros` zeros before it. */
static void spell(Buf *out, size_t before, const char *spelled, int zeros) {
    buf_clear(out);
    while (out->n < before) buf_add_byte(out, out->n % 9 == 8 ? ' ' : 'x');
    buf_add_c(out, " <a href=\"");
    for (const char *c = "javascript:"; *c; c++) {
        if (strchr(spelled, *c)) buf_printf(out, "&#%0*d%d;", zeros, 0, *c);
        else buf_add_byte(out, *c);
    }
    buf_add_c(out, "alert(1);x=");
    assert_int_equal(out->status, OK);
}

static void a_scheme_is_seen_over_the_end_of_a_block(void **state) {
    static const char *const spelled[] = {":", "jas", "javscript:"};
    Buf text;
    buf_init(&text, 1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(spelled); i++) {
        for (int zeros = 1; zeros <= 241; zeros += 40) {
            for (size_t before = BLOCK - 3000; before < BLOCK + 20; before += 53) {
                spell(&text, before, spelled[i], zeros);
                bool open = is_open(buf_str(&text));
                buf_add_byte(&text, 'V'); /* where a word of the user's own would stand */
                assert_true(is_inside(buf_str(&text), text.n - 1));
                if (!open) fail_msg("%s, %d zeros, behind %zu bytes", spelled[i], zeros, before);
            }
        }
    }
    buf_fini(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scheme_is_seen_over_the_end_of_a_block),
    };
    return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
