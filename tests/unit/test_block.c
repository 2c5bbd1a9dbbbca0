/*
 * Promises of gate/scan/block: every set of instructions answers as the plain loops here do, byte
 * by byte; the scanner finds the same with each of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "gate/scan/escape.h"
#include "gate/scan/impl.h"

enum { TEXTS = 2000, EDGE = 1, SIZE = EDGE + BLOCK + BLOCK_BEHIND };

static uint32_t state_of_draw = 1;

static uint32_t draw(uint32_t n) {
    state_of_draw = state_of_draw * 1664525u + 1013904223u;
    return (state_of_draw >> 8) % n;
}

/* Bytes of all kinds, or of those that something begins with. */
static void draw_text(unsigned char *text, size_t n, bool any) {
    static const char often[] = "aAtT@_--::/#[({<0123456789 pasPASkeyKEYzZ.;\n\x82"
                                "=%&\\\x1b[]),\t\r xX\xE5\xE5\x8F\x8F\xA3\xA3\xE8";
    for (size_t i = 0; i < n; i++) {
        text[i] = any ? (unsigned char)draw(256) : (unsigned char)often[draw(sizeof often - 1)];
    }
}

static void bytes_are_told_apart(void **state) {
    unsigned char text[SIZE];
    BlockHeads heads = {0};
    for (int i = 0; i < BLOCK_HEAD; i++) {
        block_head_add(&heads, 7, i, (unsigned char)"\xE5\x8F\xA3"[i]);
    }
    for (int k = 0; k < TEXTS; k++) {
        draw_text(text, sizeof text, k & 1);
        uint64_t foldable = 0, codes = 0, words = 0, stops = 0, signs = 0, ends = 0, told;
        RowBits row = {0}, row_told;
        for (int i = 0; i < BLOCK; i++) {
            char c = (char)text[EDGE + i];
            bool han = (unsigned char)c >= 0xE3 && (unsigned char)c <= 0xE9;
            bool fold = ((unsigned char)c >= 0xC2 && !han) || escape_begins(c);
            bool code = is_alnum(c) || (c && strchr("+/-_=", c));
            foldable |= (uint64_t)fold << i;
            signs |= (uint64_t)han << i;
            codes |= (uint64_t)code << i;
            bool gap = c && strchr(" ,;\t\n\r[]()", c);
            row.gaps |= (uint64_t)gap << i;
            row.x |= (uint64_t)(to_lower(c) == 'x') << i;
            row.digits |= (uint64_t)(is_hex(c) || to_lower(c) == 'x') << i;
            bool word = is_letter(c) ? !is_letter((char)text[EDGE + i - 1]) : (c & 0xC0) == 0xC0;
            words |= (uint64_t)word << i;
            stops |= (uint64_t)((sign_of(c) & SIGN_STOP) != 0) << i;
            ends |= (uint64_t)(sign_of(c) & (SIGN_STOP | SIGN_DIGIT) || c == ',') << i;
        }
        const Blocks *blocks;
        for (size_t i = 0; (blocks = block_available(i)) != NULL; i++) {
            uint64_t bits = blocks->foldable(&heads, text + EDGE);
            assert_int_equal(bits & ~signs, foldable);
            for (int j = 0; j < BLOCK; j++) {
                bool head = (signs >> j & 1) && memcmp(text + EDGE + j, "\xE5\x8F\xA3", 3) == 0;
                assert_true(!head || (bits >> j & 1));
            }
            assert_int_equal(blocks->codes(text + EDGE), codes);
            row_told = blocks->rows(text + EDGE);
            assert_memory_equal(&row_told, &row, sizeof row);
            assert_int_equal(blocks->words(text + EDGE, &told), words);
            assert_int_equal(told, stops);
            assert_int_equal(blocks->ends(text + EDGE), ends);
        }
    }
}

/* Wider sets may leave out what begins no head, and nothing else. */
static void no_head_is_left_out(void **state) {
    static const char words[][4] = {"pas", "key", "tok", "--u", "at@", "\xE5\x8F\xA3"};
    BlockHeads heads = {0};
    unsigned char text[SIZE];
    for (unsigned w = 0; w < ARRAY_LEN(words); w++) {
        for (int i = 0; i < BLOCK_HEAD; i++) {
            block_head_add(&heads, w * 3 % BLOCK_GROUPS, i, (unsigned char)words[w][i]);
        }
    }
    for (int k = 0; k < TEXTS; k++) {
        draw_text(text, sizeof text, k & 1);
        uint32_t at = draw(BLOCK);
        memcpy(text + EDGE + at, words[draw(ARRAY_LEN(words))], BLOCK_HEAD);
        text[EDGE + at - 1] = ' ';
        uint64_t words_of, most = block_portable.anchors(&heads, text + EDGE, &words_of), must = 0;
        for (int i = 0; i < BLOCK; i++) {
            must |= (uint64_t)(is_digit((char)text[EDGE + i]) || text[EDGE + i] == '@') << i;
        }
        must |= 1ull << at;
        const Blocks *blocks;
        for (size_t i = 0; (blocks = block_available(i)) != NULL; i++) {
            uint64_t alone, bits = blocks->anchors(&heads, text + EDGE, &alone);
            assert_int_equal(bits & must, must);
            assert_int_equal(alone & ~bits, 0);
            assert_int_equal(bits & ~alone, most & ~words_of);
            assert_int_equal(bits & ~most, 0);
        }
    }
}

static void each_set_finds_the_same(void **state) {
    static const char *const bits[] = {
        "dbPassword: hunter2 ", "138 0013 8000 ", "call me at ", "bob#163.com ",
        "li [at] qq.com ",
        "\xE5\xAF\x86\xE7\xA0\x81 x7Kp9q2 ", "a:b::c ", "de:ad:be:ef:aa:bb ", "--user bob:x1y2z3 ",
        "https://u:p@h.org/ ", "one two three four five six seven ", "lorem ipsum dolor ", "\n",
        "bmFtZTogSm9obiBTbWl0aCBvZiBPbmUgU3RyZWV0 ", "%31%33800138000 "};
    char text[1500];
    const Blocks *blocks;
    for (int k = 0; k < 200; k++) {
        size_t n = 0, count, found = 0;
        while (n + 64 < sizeof text) {
            const char *bit = bits[draw(ARRAY_LEN(bits))];
            memcpy(text + n, bit, strlen(bit));
            n += strlen(bit);
        }
        ScanSpan first[256] = {0};
        for (size_t i = 0; (blocks = block_available(i)) != NULL; i++) {
            Scanner *s;
            const ScanSpan *spans;
            assert_int_equal(gate_scanner_new(&s, NULL), OK);
            s->fold.blocks = blocks;
            assert_int_equal(gate_scan(s, (Str){text, n}, &spans, &count, NULL), OK);
            assert_true(count > 0 && count <= ARRAY_LEN(first));
            if (i == 0) memcpy(first, spans, (found = count) * sizeof *spans);
            assert_int_equal(count, found);
            for (size_t j = 0; j < count; j++) {
                assert_int_equal(spans[j].start, first[j].start);
                assert_int_equal(spans[j].end, first[j].end);
                assert_int_equal(spans[j].kind, first[j].kind);
            }
            gate_scanner_free(s);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_told_apart),
        cmocka_unit_test(no_head_is_left_out),
        cmocka_unit_test(each_set_finds_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
