/*
 * Promises about data in a text: pictures and files that are pasted as text are found as a whole and
 * do not leave; prose, code, paths and hashes are no data; a secret stays a secret.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../support/gate_talk.h"
#include "../support/scan_text.h"
#include "base/hash.h"
#include "base/utf8.h"

enum { TEXT_BYTES = 1 << 20 };

static void add_base64(Buf *out, size_t n, size_t line, uint64_t seed) {
    static const char signs[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i++) {
        if (line && i && i % line == 0) buf_add_c(out, "\r\n");
        buf_add_byte(out, signs[hash_check64((const char *)&i, sizeof i, seed) % 64]);
    }
}

static void add_hex(Buf *out, size_t n) {
    for (size_t i = 0; i < n; i++) {
        buf_add_byte(out, "0123456789abcdef"[hash_check64((const char *)&i, sizeof i, 9) % 16]);
    }
}

/* Exactly one find of kind data, over [start, end). */
static void expect_data(const Buf *text, size_t start, size_t end) {
    const ScanSpan *spans;
    size_t n = scan_all(buf_str(text), &spans), found = 0;
    for (size_t i = 0; i < n; i++) {
        if (spans[i].kind != KIND_DATA) continue;
        found++;
        if (spans[i].start > start || spans[i].end < end) {
            fail_msg("%zu..%zu for %zu..%zu", spans[i].start, spans[i].end, start, end);
        }
        assert_int_equal(spans[i].type, SCAN_OTHER);
        assert_true(spans[i].end - spans[i].start < end - start + 80);
    }
    assert_int_equal(found, 1);
}

static void data_are_found_whole(void **state) {
    static const size_t sizes[] = {100, 101, 139, 1000, 30000, 200000}; /* over windows, too */
    Buf text;
    buf_init(&text, TEXT_BYTES);
    for (size_t k = 0; k < ARRAY_LEN(sizes); k++) {
        for (size_t lead = 0; lead < 90; lead += 7) {
            buf_clear(&text);
            for (size_t i = 0; i < lead; i++) buf_add_byte(&text, i % 6 == 5 ? ' ' : 'a');
            buf_add_c(&text, " see: ");
            size_t start = text.n;
            add_base64(&text, sizes[k], lead % 2 ? 76 : 0, lead);
            size_t end = text.n;
            buf_add_c(&text, "\n\nWhat is that?");
            expect_data(&text, start, end);
        }
    }
    buf_fini(&text);
}

static void data_are_found_where_windows_meet(void **state) {
    char *all = mem_alloc(WINDOWS_TEXT);
    Buf piece;
    assert_non_null(all);
    buf_init(&piece, TEXT_BYTES);
    add_base64(&piece, 130, 0, 5);
    buf_add_c(&piece, " \n");
    for (size_t shift = 0; shift < piece.n; shift += 33) {
        const ScanSpan *spans;
        size_t pieces = text_across_windows(all, piece.p, shift), found = 0;
        size_t n = scan_all((Str){all, WINDOWS_TEXT}, &spans);
        for (size_t i = 0; i < n; i++) found += spans[i].kind == KIND_DATA;
        assert_int_equal(found, pieces);
    }
    buf_fini(&piece);
    mem_free(all);
}

static void data_urls_are_found_however_short(void **state) {
    static const char *const urls[] = {
        "data:image/gif;base64,R0lGODlhAQABAAAAACw=", "DATA:;base64,aGVsbG8gd29ybGQ=",
        "data:application/pdf;name=a.pdf;base64,JVBERi0xLjcK",
        "data:text/plain;charset=utf-8;base64,QW5uIExpLCArNDQgMjAgNzk0NiAwOTU4"};
    Buf text;
    buf_init(&text, TEXT_BYTES);
    for (size_t k = 0; k < ARRAY_LEN(urls); k++) {
        buf_clear(&text);
        buf_add_c(&text, "<img src=\"");
        size_t start = text.n;
        buf_add_c(&text, urls[k]);
        size_t end = text.n;
        buf_add_c(&text, "\" alt=\"x\">");
        expect_data(&text, start, end);
    }
    buf_fini(&text);
}

static void hex_and_wide_text_are_found(void **state) {
    Buf text;
    buf_init(&text, TEXT_BYTES);
    buf_add_c(&text, "The file: ");
    size_t start = text.n;
    add_hex(&text, 400);
    expect_data(&text, start, text.n);
    buf_clear(&text);
    buf_add_c(&text, "The letter: ");
    start = text.n + 1; /* the first zero */
    static const char letter[] = "Gwendolyn Farnsworth lives at 12 Mill Lane.";
    for (size_t i = 0; letter[i]; i++) {
        buf_add_byte(&text, letter[i]);
        buf_add_byte(&text, 0);
    }
    size_t end = text.n;
    buf_add_c(&text, " and what follows is text again, for a while at least.");
    expect_data(&text, start, end);
    buf_fini(&text);
}

/* Words spelled in signs that nobody sees; the flag of England is shorter. */
static void hidden_text_is_found(void **state) {
    Buf text;
    buf_init(&text, TEXT_BYTES);
    buf_add_c(&text, "A flag: \U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067"
                     "\U000E007F. See ");
    size_t start = text.n;
    for (const char *c = "call 138"; *c; c++) utf8_add(&text, 0xE0000 + (uint32_t)*c);
    size_t end = text.n;
    buf_add_c(&text, " there \xF3\xA0");
    expect_data(&text, start, end);
    buf_fini(&text);
}

static void what_can_be_read_is_no_data(void **state) {
    static const char *const plain[] = {
        "DonaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaftDonaudampf"
        "schifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft",
        "/usr/share/doc/libsomething/examples/a-very-long-path/with-many-parts/and-more-parts/until/"
        "it/is/longer/than/a/hundred/bytes/README",
        "------------------------------------------------------------------------------------------"
        "------------------------------------------------------------------",
        "sha512 cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff83"
        "18d2877eec2f63b931bd47417a81a538327af927da3e",
        "GATTACAGATTACAGATTACAGATTACAGATTACAGATTACAGATTACAGATTACAGATTACAGATTACAGATTACAGATTACAGATTACA"
        "GATTACAGATTACAGATTACA",
        "31415926535897932384626433832795028841971693993751058209749445923078164062862089986280348253"
        "42117067982148086513282306647093844609550582231725359408128481117450284102701938521105559644",
        "data: 5, 6, 7; base64 is an encoding. The data:image URL scheme is RFC 2397.",
        "thisIsAVeryLongIdentifierInCamelCaseWithoutAnyDigitWhichSomeGeneratorsOfCodeLikeToWriteInto"
        "TheirOutputToBeUniqueEverywhere"};
    const ScanSpan *spans;
    for (size_t k = 0; k < ARRAY_LEN(plain); k++) {
        size_t n = scan_all(str_from(plain[k]), &spans);
        for (size_t i = 0; i < n; i++) {
            if (spans[i].kind == KIND_DATA) fail_msg("data: %s", plain[k]);
        }
    }
}

static void a_secret_stays_a_secret(void **state) {
    Buf text;
    const ScanSpan *spans;
    buf_init(&text, TEXT_BYTES);
    buf_add_c(&text, "-----BEGIN PRIVATE KEY-----\n");
    for (uint64_t i = 0; i < 12; i++) {
        add_base64(&text, 64, 0, i);
        buf_add_c(&text, "\n");
    }
    buf_add_c(&text, "-----END PRIVATE KEY-----\n");
    size_t n = scan_all(buf_str(&text), &spans);
    assert_int_equal(n, 1);
    assert_int_equal(spans[0].type, SCAN_SECRET);
    buf_fini(&text);
}

/* What leaves has a word in the place of the data; who wants it refused says so. */
static void data_do_not_leave(void **state) {
    char folder[64];
    Gate *gate = NULL;
    GateParcel *parcel = NULL;
    GateReport report;
    Err err;
    Buf text;
    buf_init(&text, TEXT_BYTES);
    buf_add_c(&text, "What is in this picture? data:image/png;base64,");
    add_base64(&text, 5000, 0, 3);
    gate_home_make(folder);
    assert_int_equal(gate_open(folder, &gate, &err), OK);
    Status status = gate_talk_parcel(gate, "c", GATE_PUBLIC, buf_str(&text), &parcel, &report, &err);
    assert_int_equal(status, OK);
    Str out = gate_parcel_text(parcel, 0);
    assert_true(out.n < 200);
    assert_true(str_find(out, STR("5022 bytes of data left out"), 0) != SIZE_MAX);
    assert_true(str_find(out, STR("base64"), 0) == SIZE_MAX);
    assert_int_equal(report.found[SCAN_OTHER], 1);
    gate_parcel_free(parcel);
    gate_close(gate);
    gate_home_write(folder, "policy.toml", "[public]\ndata = \"refuse\"\n");
    assert_int_equal(gate_open(folder, &gate, &err), OK);
    status = gate_talk_parcel(gate, "c", GATE_PUBLIC, buf_str(&text), &parcel, &report, &err);
    assert_int_equal(status, E_DENIED);
    gate_close(gate);
    gate_home_clear(folder);
    buf_fini(&text);
}

static void time_is_linear_in_data(void **state) {
    static const char *const pieces[] = {"aB3", "aB3 ", "aB3\n", "data:;base64,", ";base64,",
                                         "\x01", "\x01 aB3cD4eF5gH6iJ7kL8mN9oP0qR1sT2uV3wX4yZ5"};
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) takes_linear_time(pieces[i]);
}

static void memory_that_runs_out_is_told(void **state) {
    Buf text;
    buf_init(&text, TEXT_BYTES);
    for (int i = 0; i < 20; i++) {
        add_base64(&text, 200, 0, 4);
        buf_add_c(&text, " mail ann.li@example.org now ");
    }
    Status status = E_NO_MEMORY;
    for (uint64_t n = 1; n < 500 && status != OK; n++) {
        Scanner *own = NULL;
        const ScanSpan *spans;
        size_t found;
        Err err;
        assert_int_equal(gate_scanner_new(&own, &err), OK);
        mem_fail_at(n);
        status = gate_scan(own, buf_str(&text), &spans, &found, &err);
        mem_fail_at(0);
        assert_true(status == OK || status == E_NO_MEMORY);
        gate_scanner_free(own);
    }
    assert_int_equal(status, OK);
    buf_fini(&text);
}

/* Quoted-printable, entities of entities, UTF-7: whoever reads these reads what they spell. */
static void what_is_spelled_twice_is_found(void **state) {
    static const char *const told[] = {
        "write to =62=6F=62=2E=73=6D=69=74=68=40=65=78=61=6D=70=6C=65=2E=63=6F=6D now",
        "call &amp;#49;&amp;#x33;8 0013 8000 now",
        "her number, +ACsANAA0ACAAMgAwACAANwA5ADQANgAgADAAOQA1ADg-, is this",
        "run KwA0ADQAIAAyADAAIAA3ADkANAA2ACAAMAA5ADUAOAA= now"};
    const ScanSpan *spans;
    for (size_t i = 0; i < ARRAY_LEN(told); i++) {
        if (scan_all(str_from(told[i]), &spans) != 1) fail_msg("%s", told[i]);
    }
    assert_int_equal(scan_all(STR("is 1=45 of x=61=y and a=62=63 there"), &spans), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_are_found_whole),
        cmocka_unit_test(data_are_found_where_windows_meet),
        cmocka_unit_test(data_urls_are_found_however_short),
        cmocka_unit_test(hex_and_wide_text_are_found),
        cmocka_unit_test(hidden_text_is_found),
        cmocka_unit_test(what_can_be_read_is_no_data),
        cmocka_unit_test(what_is_spelled_twice_is_found),
        cmocka_unit_test(a_secret_stays_a_secret),
        cmocka_unit_test(data_do_not_leave),
        cmocka_unit_test(time_is_linear_in_data),
        cmocka_unit_test(memory_that_runs_out_is_told),
    };
    return cmocka_run_group_tests_name("data", tests, open_scanner, close_scanner);
}
