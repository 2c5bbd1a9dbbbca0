/*
 * Promises of base/utf8: strict and forgiving decoding, properties, and the four normal forms
 * against Unicode's own NormalizationTest.txt where Debian's unicode-data is installed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../support/patience.h"
#include "base/clock.h"
#include "base/han.h"
#include "base/mem.h"
#include "base/utf8.h"

static void every_code_point_survives_a_round_trip(void **state) {
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        char bytes[UTF8_MAX_BYTES];
        size_t n = utf8_encode(code, bytes), width;
        if (code >= 0xD800 && code <= 0xDFFF) {
            assert_int_equal(n, 0);
            continue;
        }
        uint32_t back;
        assert_true(utf8_decode_strict((Str){bytes, n}, 0, &back, &width));
        assert_int_equal(back, code);
        assert_int_equal(width, n);
    }
    char bytes[UTF8_MAX_BYTES];
    assert_int_equal(utf8_encode(0x110000, bytes), 0);
}

static void a_cut_text_ends_with_a_whole_character(void **state) {
    Str text = STR("a\xC3\xA9\xE4\xBD\xA0\xF0\x9F\x98\x80z"); /* 1, 2, 3, 4 and 1 bytes */
    static const size_t kept[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
    for (size_t max = 0; max < ARRAY_LEN(kept); max++) {
        assert_int_equal(utf8_cut(text, max).n, kept[max]);
    }
    assert_int_equal(utf8_cut(STR("\x80\x80\x80"), 2).n, 0); /* nothing begins here */
    assert_int_equal(utf8_cut(STR(""), 0).n, 0);
}

static void malformed_bytes_are_refused_one_by_one(void **state) {
    static const Str bad[] = {{"\x80", 1},
                              {"\xC0\x80", 2},
                              {"\xC1\xBF", 2},
                              {"\xE0\x80\x80", 3},
                              {"\xED\xA0\x80", 3},
                              {"\xF0\x80\x80\x80", 4},
                              {"\xF4\x90\x80\x80", 4},
                              {"\xF5\x80\x80\x80", 4},
                              {"\xE4\xBD", 2},
                              {"\xC3", 1},
                              {"\xFF", 1},
                              {"\xF0\x9F\x98", 3}};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        size_t width;
        assert_false(utf8_valid(bad[i]));
        assert_int_equal(utf8_decode(bad[i], 0, &width), UTF8_REPLACEMENT);
        assert_int_equal(width, 1);
    }
    assert_int_equal(utf8_length(STR("a\xE4\xBD z")), 5);
    uint32_t code;
    size_t width;
    assert_true(utf8_decode_strict(STR("\xEF\xBF\xBD"), 0, &code, &width)); /* a real U+FFFD */
}

static void properties_are_unicodes(void **state) {
    assert_int_equal(unicode_class('a'), UC_LETTER);
    assert_int_equal(unicode_class(0x4F60), UC_LETTER);
    assert_int_equal(unicode_class(0x301), UC_MARK);
    assert_int_equal(unicode_class(0x0663), UC_NUMBER);
    assert_int_equal(unicode_class(0x3002), UC_PUNCTUATION);
    assert_int_equal(unicode_class(0x20AC), UC_SYMBOL);
    assert_int_equal(unicode_class(0x2028), UC_SEPARATOR);
    assert_int_equal(unicode_class(0x200D), UC_CONTROL);
    assert_int_equal(unicode_class(0x378), UC_OTHER);
    assert_int_equal(unicode_class(0x7FFFFFFF), UC_OTHER);
    assert_string_equal(unicode_category('A'), "Lu");
    assert_true(unicode_is_space(0x3000) && unicode_is_space('\v') && !unicode_is_space(0x200B));
    assert_true(unicode_is_cjk(0x4F60) && unicode_is_cjk(0x3042) && unicode_is_cjk(0xD55C));
    assert_true(!unicode_is_cjk('a') && !unicode_is_cjk(0x3002) && !unicode_is_cjk(0xFF0C));
    assert_int_equal(unicode_lower(0xC4), 0xE4);
    assert_int_equal(unicode_upper(0xE4), 0xC4);
    assert_int_equal(unicode_width(0x4F60), 2);
    assert_int_equal(unicode_width(0x301), 0);
    assert_int_equal(unicode_width('x'), 1);
}

static void what_is_a_part_of_a_letter_becomes_one_with_it(void **state) {
    (void)state;
    assert_int_equal(unicode_compose('u', 0x308), 0xFC);
    assert_int_equal(unicode_compose(0x1EB9, 0x302), 0x1EC7); /* Vietnamese: two marks */
    assert_int_equal(unicode_compose(0x304B, 0x3099), 0x304C);
    assert_int_equal(unicode_compose(0x1112, 0x1161), 0xD558);
    assert_int_equal(unicode_compose(0xD558, 0x11AB), 0xD55C);
    assert_int_equal(unicode_compose('x', 0x308 + 1), 0);
    assert_int_equal(unicode_compose('u', 'e'), 0);
    assert_int_equal(unicode_compose(UINT32_MAX, 0x308), 0);
}

static void check_form(Str in, UnicodeForm form, bool fold, const char *want) {
    Buf out;
    Err err;
    buf_init(&out, 1 << 20);
    assert_int_equal(unicode_normalize(in, form, fold, &out, &err), OK);
    assert_string_equal(buf_str(&out).p, want);
    buf_fini(&out);
}

static void normal_forms_and_folding_of_known_words(void **state) {
    check_form(STR("e\xCC\x81"), UNICODE_NFC, false, "\xC3\xA9");
    check_form(STR("\xC3\xA9"), UNICODE_NFD, false, "e\xCC\x81");
    check_form(STR("\xEF\xAC\x81\xEF\xBC\xA1"), UNICODE_NFKC, false,
               "fiA"); /* ligature, full width */
    check_form(STR("Stra\xC3\x9F"
                   "e"),
               UNICODE_NFC, true, "strasse");
    check_form(STR("HELLO"), UNICODE_NFKC, true, "hello");
    check_form(STR("a\xFF!"), UNICODE_NFC, false, "a\xEF\xBF\xBD!");
    check_form(STR(""), UNICODE_NFC, false, "");
}

static void normalising_keeps_the_buffers_ceiling(void **state) {
    Buf out;
    Err err;
    buf_init(&out, 5);
    assert_int_equal(unicode_normalize(STR("abcdef"), UNICODE_NFC, false, &out, &err), E_LIMIT);
    buf_fini(&out);
}

static void a_long_run_of_marks_is_not_slow(void **state) {
    enum { PAIRS = 256 * 1024 };
    char *text = mem_alloc(PAIRS * 4);
    assert_non_null(text);
    for (size_t i = 0; i < PAIRS; i++) memcpy(text + 4 * i, "\xCC\x81\xCC\xA3", 4); /* 230, 220 */
    Buf out;
    Err err;
    buf_init(&out, 16 << 20);
    double start = patience_used_ms();
    assert_int_equal(unicode_normalize((Str){text, PAIRS * 4}, UNICODE_NFC, false, &out, &err), OK);
    assert_int_equal(out.n, PAIRS * 4);
    assert_true(patience_used_ms() - start < patience_ms(5000));
    buf_fini(&out);
    mem_free(text);
}

/* Text longer than a segment gives what the same text gives in pieces at line ends. */
static void segments_do_not_show(void **state) {
    Buf in, whole, pieces;
    Err err;
    buf_init(&in, 1 << 20);
    buf_init(&whole, 1 << 20);
    buf_init(&pieces, 1 << 20);
    for (int i = 0; i < 3000; i++) {
        size_t from = in.n;
        buf_printf(
            &in, "e\xCC\x81%d \xE1\x84\x80\xE1\x85\xA1\xE1\x86\xA8 \xE4\xBD\xA0\xEF\xA4\x80\n", i);
        Str line = {in.p + from, in.n - from};
        assert_int_equal(unicode_normalize(line, UNICODE_NFC, false, &pieces, &err), OK);
    }
    assert_int_equal(unicode_normalize(buf_str(&in), UNICODE_NFC, false, &whole, &err), OK);
    assert_true(str_eq(buf_str(&whole), buf_str(&pieces)));
    buf_fini(&in);
    buf_fini(&whole);
    buf_fini(&pieces);
}

static void out_of_memory_is_reported_at_every_allocation(void **state) {
    uint64_t live = mem_live_blocks();
    for (uint64_t nth = 1;; nth++) {
        Buf out;
        Err err;
        buf_init(&out, 1 << 20);
        mem_fail_at(nth);
        Status status =
            unicode_normalize(STR("e\xCC\x81\xFF\xEF\xAC\x81"), UNICODE_NFKC, true, &out, &err);
        mem_fail_at(0);
        buf_fini(&out);
        assert_int_equal(mem_live_blocks(), live);
        if (status == OK) break;
        assert_int_equal(status, E_NO_MEMORY);
        assert_true(nth < 100);
    }
}

static void units_of_utf16_become_characters(void **state) {
    static const struct {
        uint32_t units[4];
        const char *text;
    } rows[] = {{{'a', 0x6D77}, "a\xE6\xB5\xB7"},
                {{0xD83D, 0xDEA2, 'b'}, "\xF0\x9F\x9A\xA2" "b"},
                {{0xD83D, 'b'}, "\xEF\xBF\xBD" "b"},
                {{0xD83D, 0xD83D, 0xDEA2}, "\xEF\xBF\xBD\xF0\x9F\x9A\xA2"},
                {{0xDEA2}, "\xEF\xBF\xBD"},
                {{'b', 0xD83D}, "b\xEF\xBF\xBD"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        Buf out;
        uint32_t high = 0;
        buf_init(&out, 64);
        for (size_t k = 0; k < 4 && rows[i].units[k]; k++) {
            utf8_add_unit(&out, &high, rows[i].units[k]);
        }
        utf8_end_units(&out, &high);
        assert_true(str_eq_c(buf_str(&out), rows[i].text));
        buf_fini(&out);
    }
}

/* ---- NormalizationTest.txt: c1;c2;c3;c4;c5; in hexadecimal code points ---- */

static const char *add_column(const char *at, Buf *out) {
    buf_clear(out);
    while (*at && *at != ';') {
        char *end;
        uint32_t code = (uint32_t)strtoul(at, &end, 16);
        utf8_add(out, code);
        at = *end == ' ' ? end + 1 : end;
    }
    return *at ? at + 1 : at;
}

static void assert_forms(const Buf *from, const Buf *const want[4]) {
    for (int form = 0; form < 4; form++) {
        Buf out;
        Err err;
        buf_init(&out, 4096);
        assert_int_equal(unicode_normalize(buf_str(from), (UnicodeForm)form, false, &out, &err),
                         OK);
        assert_true(str_eq(buf_str(&out), buf_str(want[form])));
        buf_fini(&out);
    }
}

static size_t check_lines(FILE *file) {
    static char line[8192];
    Buf c[5];
    size_t lines = 0;
    for (int i = 0; i < 5; i++) buf_init(&c[i], 4096);
    while (fgets(line, sizeof line, file)) {
        if (line[0] == '#' || line[0] == '@' || line[0] == '\n') continue;
        const char *at = line;
        for (int i = 0; i < 5; i++) at = add_column(at, &c[i]);
        const Buf *const canonical[4] = {&c[1], &c[2], &c[3], &c[4]};
        const Buf *const compatible[4] = {&c[3], &c[4], &c[3], &c[4]};
        for (int i = 0; i < 3; i++) assert_forms(&c[i], canonical);
        for (int i = 3; i < 5; i++) assert_forms(&c[i], compatible);
        lines++;
    }
    for (int i = 0; i < 5; i++) buf_fini(&c[i]);
    return lines;
}

static void unicodes_own_normalization_test_passes(void **state) {
    static const char packed[] = "/usr/share/unicode/NormalizationTest.txt.bz2";
    if (access(packed, R_OK) != 0 || access("/bin/bzcat", X_OK) != 0) {
        print_message("# no %s or no bzcat (packages unicode-data, bzip2)\n", packed);
        skip();
    }
    FILE *file = popen("/bin/bzcat /usr/share/unicode/NormalizationTest.txt.bz2", "r");
    assert_non_null(file);
    size_t lines = check_lines(file);
    assert_int_equal(pclose(file), 0);
    print_message("# %zu lines\n", lines);
    assert_true(lines > 18000);
}

/* So that folding is done once, and offsets in a folded text are those of the text. */
static void a_folded_sign_has_three_bytes_and_folds_no_further(void **state) {
    size_t folded = 0;
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        uint32_t to = han_fold(code);
        assert_int_equal(han_fold(to), to);
        if (to == code) continue;
        folded++;
        assert_true(code >= HAN_FIRST && code <= HAN_LAST && to >= HAN_FIRST && to <= HAN_LAST);
    }
    assert_int_equal(folded, HAN_SIGNS);
    (void)state;
}

static void expect_folded(const char *text, const char *want) {
    char bytes[256], copy[256];
    Arena arena;
    arena_init(&arena, 1 << 16);
    Str in = str_from(text), out = han_fold_text(&arena, in);
    assert_true(str_eq_c(out, want));
    assert_true(str_eq(han_fold_into(in, bytes, sizeof bytes), out));
    memcpy(copy, in.p, in.n);
    han_fold_bytes(copy, in.n);
    assert_true(str_eq((Str){copy, in.n}, out));
    assert_int_equal(han_find(in) < in.n, strcmp(text, want) != 0);
    assert_true(strcmp(text, want) != 0 || out.p == in.p); /* nothing to fold: no copy */
    arena_fini(&arena);
}

static void traditional_signs_become_simplified_ones_at_their_places(void **state) {
    expect_folded("這張發票什麼時候付款？", "这张发票什么时候付款？");
    expect_folded("头发和發財", "头发和发财");
    expect_folded("週末遊覽、綠色、裡面、著名", "周末游览、绿色、里面、着名");
    expect_folded("租金8,500元 (Weir) 这里", "租金8,500元 (Weir) 这里");
    expect_folded("\xE7\x99\xFF\xE7\x99", "\xE7\x99\xFF\xE7\x99"); /* no characters */
    expect_folded("x\xE7\x99\xBC\xE7\x99", "x\xE5\x8F\x91\xE7\x99");
    expect_folded("", "");
    char text[256], want[256], bytes[4];
    for (int n = 0; n < 140; n++) { /* wherever it stands in what is read at once */
        snprintf(text, sizeof text, "%.*s發%s", n, "一二三四五六七八九十，abc 一二三四五六七八九十"
                 "一二三四五六七八九十一二三四五六七八九十，abc 一二三四五六七八九十", n & 1 ? "票" : "");
        snprintf(want, sizeof want, "%.*s发%s", n, text, n & 1 ? "票" : "");
        expect_folded(text, want);
    }
    assert_true(str_eq_c(han_fold_into(STR("發發發"), bytes, sizeof bytes), "发"));
    (void)state;
}

static void a_whole_word_is_found_in_every_script(void **state) {
    static const struct {
        const char *text, *word;
        bool want;
    } cases[] = {{"is it there", "it", true},     {"it\xE2\x80\x99s there", "it", true},
                 {"with items", "it", false},     {"it", "it", true},
                 {"its 2it it2", "it", false},    {"\xC3\xBC" "it", "it", false},
                 {"(it)", "it", true},            {"\xE4\xBB\x96it\xE4\xBB\x96", "it", true},
                 {"\xE4\xBB\x96\xE4\xBB\xAC", "\xE4\xBB\x96", true},
                 {"\xE0\xB8\x81\xE0\xB8\x82", "\xE0\xB8\x82", true},
                 {"caf\xC3\xA9", "caf", false}, {"cafe\xCC\x81", "cafe", false},
                 {"\xFFit\xFF", "it", true},    {"", "it", false}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        bool got = utf8_has_word(str_from(cases[i].text), str_from(cases[i].word));
        assert_int_equal(got, cases[i].want);
    }
    Str text = STR("ab \xE4\xBB\x96" "c");
    static const bool borders[] = {true, false, true, true, false, false, true, true};
    for (size_t at = 0; at <= text.n; at++) {
        bool whole = at == text.n || ((unsigned char)text.p[at] & 0xC0) != 0x80;
        if (whole) assert_int_equal(utf8_is_border(text, at), borders[at]);
    }
}

static void small_numbers_are_written_and_read_in_chinese(void **state) {
    for (unsigned n = 1; n <= 99; n++) {
        Buf out;
        int value = 0;
        buf_init(&out, 16);
        han_add_number(&out, n);
        assert_int_equal(han_number(buf_str(&out), &value), out.n);
        assert_int_equal(value, n);
        buf_fini(&out);
    }
    int value = 0;
    assert_int_equal(han_number(STR("二十五日"), &value), 9);
    assert_int_equal(value, 25);
    assert_int_equal(han_number(STR("十十"), &value), 3);
    assert_int_equal(han_number(STR("两天"), &value), 0);
    assert_int_equal(han_number(STR("\xE4\xB8"), &value), 0);
    assert_int_equal(han_number(STR(""), &value), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_a_part_of_a_letter_becomes_one_with_it),
        cmocka_unit_test(units_of_utf16_become_characters),
        cmocka_unit_test(every_code_point_survives_a_round_trip),
        cmocka_unit_test(a_cut_text_ends_with_a_whole_character),
        cmocka_unit_test(malformed_bytes_are_refused_one_by_one),
        cmocka_unit_test(properties_are_unicodes),
        cmocka_unit_test(normal_forms_and_folding_of_known_words),
        cmocka_unit_test(normalising_keeps_the_buffers_ceiling),
        cmocka_unit_test(a_long_run_of_marks_is_not_slow),
        cmocka_unit_test(a_folded_sign_has_three_bytes_and_folds_no_further),
        cmocka_unit_test(traditional_signs_become_simplified_ones_at_their_places),
        cmocka_unit_test(segments_do_not_show),
        cmocka_unit_test(out_of_memory_is_reported_at_every_allocation),
        cmocka_unit_test(unicodes_own_normalization_test_passes),
        cmocka_unit_test(a_whole_word_is_found_in_every_script),
        cmocka_unit_test(small_numbers_are_written_and_read_in_chinese),
    };
    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
