/*
 * Promises of the numeric kernels, checkasm style: every table this machine can run is held
 * against the reference on random shapes, odd rows, 1 to 40 tokens and all tensor types.
 *
 * Two kinds of product checks. "Whole": all scales are powers of two and activations are small
 * integers, so that every float operation is exact in any order and results must be equal bit for
 * bit: that is the integer part. "Random": real-valued scales; the difference must stay within a
 * few float roundings of sum |w||x|, or, for products in bfloat16, within its step.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../support/fence.h"
#include "../support/sanitized.h"
#include "model/kernels/kernels.h"

static const KernType all_types[] = {
    KERN_F32,  KERN_F16,  KERN_BF16, KERN_Q4_0, KERN_Q4_1, KERN_Q5_0,   KERN_Q5_1, KERN_Q8_0,
    KERN_Q2_K, KERN_Q3_K, KERN_Q4_K, KERN_Q5_K, KERN_Q6_K, KERN_IQ4_NL, KERN_MXFP4};

#ifndef EMULATED
#define EMULATED 0 /* 1: this processor is played by a program, and slow */
#endif

static uint64_t seed = 0x9e3779b97f4a7c15u;

static uint32_t rnd(void) { /* xorshift64* */
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (uint32_t)(seed * 0x2545f4914f6cdd1du >> 32);
}

static float rnd_real(void) { /* about normal */
    float sum = 0;
    for (int i = 0; i < 4; i++) sum += (float)(rnd() & 0xffff) / 65536.0f - 0.5f;
    return sum * 1.7f;
}

static void put_f16(uint8_t *p, float f) {
    const Kernels *ref = kern_select("ref", NULL);
    uint16_t h;
    ref->f32_to_f16(&f, 1, &h);
    memcpy(p, &h, 2);
}

/* Random blocks of a type. whole: scales are powers of two. */
static void random_block(KernType type, uint8_t *p, size_t size, bool whole) {
    float d = whole ? 0.5f : 0.01f + 0.02f * (float)(rnd() & 255) / 255.0f;
    float m = whole ? 0.25f : d * rnd_real();
    for (size_t i = 0; i < size; i++) p[i] = (uint8_t)rnd();
    if (type == KERN_Q4_1 || type == KERN_Q5_1 || type == KERN_Q4_K || type == KERN_Q5_K) {
        put_f16(p, d);
        put_f16(p + 2, m);
    } else if (type == KERN_Q2_K) {
        put_f16(p + 80, d);
        put_f16(p + 82, m);
    } else if (type == KERN_Q3_K || type == KERN_Q6_K) {
        put_f16(p + size - 2, d);
    } else if (type == KERN_MXFP4) {
        p[0] = (uint8_t)(120 + (whole ? 3 : rnd() % 5));
    } else {
        put_f16(p, d);
    }
}

static void random_matrix(KernType type, uint8_t *p, size_t n_bytes, bool whole) {
    size_t cols = kern_type_block_cols(type), size = kern_row_bytes(type, cols);
    for (uint8_t *end = p + n_bytes; p < end; p += size) {
        if (cols > 1) {
            random_block(type, p, size, whole);
            continue;
        }
        float f = whole ? (float)(rnd() % 17) - 8.0f : rnd_real();
        uint32_t bits;
        memcpy(&bits, &f, 4);
        if (type == KERN_F32) memcpy(p, &f, 4);
        if (type == KERN_F16) put_f16(p, f);
        if (type == KERN_BF16) memcpy(p, (uint8_t *)&bits + 2, 2);
    }
}

typedef struct Case {
    KernMat mat;
    uint8_t *gguf;
    float *x, *want, *got, *magnitude;
    void *packed, *act, *scratch;
    int m;
} Case;

static void case_init(Case *c, KernType type, size_t rows, size_t cols, int m, bool whole) {
    size_t gguf_bytes = rows * kern_row_bytes(type, cols), n_y = (size_t)m * rows;
    c->m = m;
    c->gguf = fence_alloc(4, gguf_bytes);
    random_matrix(type, c->gguf, gguf_bytes, whole);
    c->packed = fence_alloc(64, kern_packed_bytes(type, rows, cols));
    c->mat = (KernMat){type, (uint32_t)rows, (uint32_t)cols, c->packed};
    kern_pack(&c->mat, c->gguf, 0, rows);
    c->x = fence_alloc(4, (size_t)m * cols * sizeof(float));
    for (size_t i = 0; i < (size_t)m * cols; i++) {
        c->x[i] = whole ? (float)(rnd() % 255) - 127.0f : rnd_real();
        if (whole && i % 32 == 5) c->x[i] = 127.0f; /* scale of every block is 1 */
    }
    c->want = fence_alloc(4, n_y * sizeof(float));
    c->got = fence_alloc(4, n_y * sizeof(float));
    c->magnitude = fence_alloc(4, n_y * sizeof(float));
    c->scratch = fence_alloc(64, kern_matmul_scratch_bytes(cols));
    c->act = fence_alloc(64, kern_act_bytes(KERN_ACT_ALL, m, cols));
}

static void case_fini(Case *c) {
    void *all[] = {c->gguf, c->packed, c->x, c->want, c->got, c->magnitude, c->scratch, c->act};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) fence_free(all[i]);
}

/* Runs one product of table k with act formats f in two row ranges. */
static void product(const Kernels *k, Case *c, unsigned formats, float *y) {
    KernAct act;
    size_t rows = c->mat.rows, cut = rows / 2 / 16 * 16;
    kern_act_init(&act, formats, c->m, c->mat.cols, c->act);
    act.x = c->x;
    act.ldx = c->mat.cols;
    k->act_fill(&act, 0, c->m / 2);
    k->act_fill(&act, c->m / 2, c->m);
    KernMatmul job = {&c->mat, &act, y, rows, c->scratch};
    if (cut) k->matmul(&job, 0, cut);
    k->matmul(&job, cut, rows);
}

/* sum_k |W[r][k] x[t][k]|: what rounding is measured against. */
static void magnitudes(Case *c) {
    float *w = fence_alloc(4, c->mat.cols * sizeof(float));
    for (size_t r = 0; r < c->mat.rows; r++) {
        kern_unpack_row(&c->mat, r, w);
        for (int t = 0; t < c->m; t++) {
            double sum = 0;
            for (size_t k = 0; k < c->mat.cols; k++) {
                sum += fabs((double)w[k] * c->x[(size_t)t * c->mat.cols + k]);
            }
            c->magnitude[(size_t)t * c->mat.rows + r] = (float)sum;
        }
    }
    fence_free(w);
}

/* Below it sums of quarters are exact in any order. */
static const float WHOLE_MAX = 0x1p22f;

static void check_product(const Kernels *k, Case *c, bool whole, const char *note) {
    const Kernels *ref = kern_select("ref", NULL);
    unsigned formats = k->act_formats(&c->mat, c->m);
    bool tiles = formats & KERN_ACT_BF16;
    if (tiles) product(kern_select("exact", NULL), c, KERN_ACT_F32, c->want);
    else product(ref, c, formats, c->want);
    product(k, c, formats, c->got);
    for (size_t i = 0; i < (size_t)c->m * c->mat.rows; i++) {
        float bound = c->magnitude[i] * (tiles ? 6e-3f / sqrtf((float)c->mat.cols) * 5 : 2e-6f);
        bool fine = fabsf(c->got[i] - c->want[i]) <= bound;
        if (whole && !tiles && c->magnitude[i] < WHOLE_MAX) fine = c->got[i] == c->want[i];
        if (fine) continue;
        print_error("%s %s %s rows %u cols %u m %d at %zu: got %.9g want %.9g bound %g\n", k->name,
                    kern_type_name(c->mat.type), note, c->mat.rows, c->mat.cols, c->m, i,
                    (double)c->got[i], (double)c->want[i], (double)bound);
        fail();
    }
}

static const char *const isa_names[] = {"ref", "avx2", "avxvnni", "avxvnni-twin",
                                        "avx512", "avx512-ahead", "avx512-twice", "amx",
                                        "neon", "neon-i8mm"};

/* Calls check for every table of this machine; where that is played, not for "ref", whose code is
   the same for all. */
static void each_table(void (*check)(const Kernels *k)) {
    for (size_t i = EMULATED; i < ARRAY_LEN(isa_names); i++) {
        const Kernels *k = kern_select(isa_names[i], NULL);
        if (k) check(k);
        else print_message("# %s kernels: not on this machine\n", isa_names[i]);
    }
}

/* ---- formats --------------------------------------------------------------------------------- */

static void row_sizes_refuse_what_is_not_whole_blocks(void **state) {
    assert_int_equal(kern_row_bytes(KERN_Q4_K, 256), 144);
    assert_int_equal(kern_row_bytes(KERN_Q4_K, 128), 0);
    assert_int_equal(kern_row_bytes(KERN_Q8_0, 576), 612);
    assert_int_equal(kern_row_bytes(KERN_F16, 7), 14);
    assert_int_equal(kern_row_bytes((KernType)4, 256), 0);
    assert_int_equal(kern_row_bytes((KernType)4000000, 256), 0);
    assert_int_equal(kern_row_bytes(KERN_F32, (size_t)KERN_COLS_MAX + 1), 0);
    assert_int_equal(kern_packed_bytes(KERN_F32, SIZE_MAX, 1 << 20), 0);
    assert_int_equal(kern_packed_bytes(KERN_F32, SIZE_MAX / 8, 1 << 20), 0);
    assert_false(kern_type_known(5));
    assert_true(kern_type_known(39));
}

static void packed_size_stays_close_to_the_file(void **state) {
    for (size_t i = 0; i < ARRAY_LEN(all_types); i++) {
        size_t file = 1600 * kern_row_bytes(all_types[i], 1536);
        size_t packed = kern_packed_bytes(all_types[i], 1600, 1536);
        assert_true(packed >= file && packed <= file + file / 25);
    }
}

static void packing_keeps_every_value_exactly(void **state) {
    enum { ROWS = 37, COLS = 512 };
    float a[COLS], b[COLS];
    for (size_t i = 0; i < ARRAY_LEN(all_types); i++) {
        Case c;
        case_init(&c, all_types[i], ROWS, COLS, 1, false);
        size_t row_bytes = kern_row_bytes(all_types[i], COLS);
        for (size_t r = 0; r < ROWS; r++) {
            kern_dequant_row(all_types[i], c.gguf + r * row_bytes, COLS, a);
            kern_unpack_row(&c.mat, r, b);
            assert_memory_equal(a, b, sizeof a);
        }
        case_fini(&c);
    }
}

static void packing_in_parts_is_packing_at_once(void **state) {
    Case c;
    case_init(&c, KERN_Q5_K, 50, 768, 1, false);
    size_t n = kern_packed_bytes(KERN_Q5_K, 50, 768);
    void *again = fence_alloc(64, n);
    KernMat mat = {KERN_Q5_K, 50, 768, again};
    kern_pack(&mat, c.gguf, 32, 50);
    kern_pack(&mat, c.gguf, 0, 32);
    assert_memory_equal(again, c.packed, n);
    fence_free(again);
    case_fini(&c);
}

/* By hand from the format description: one block each. */
static void dequant_gives_the_values_of_the_format(void **state) {
    uint8_t q4[18] = {0, 0x3c, 0x0f, [17] = 0xf1}; /* d = 1 */
    float out[256];
    kern_dequant_row(KERN_Q4_0, q4, 32, out);
    assert_true(out[0] == 7.0f && out[16] == -8.0f && out[15] == -7.0f && out[31] == 7.0f);
    uint8_t q8[34] = {0, 0x38, 0x80, 0x7f}; /* d = 0.5 */
    kern_dequant_row(KERN_Q8_0, q8, 32, out);
    assert_true(out[0] == -64.0f && out[1] == 63.5f && out[2] == 0.0f);
    uint8_t q6[210] = {0};
    q6[0] = 0x21;   /* column 0 low 1, column 64 low 2 */
    q6[128] = 0x31; /* column 0 high 1, column 64 high 3 */
    q6[192] = 2;    /* columns 0..15 */
    q6[196] = 0xff; /* columns 64..79: -1 */
    q6[209] = 0x3c;
    kern_dequant_row(KERN_Q6_K, q6, 256, out);
    assert_true(out[0] == 2.0f * (17 - 32) && out[64] == -1.0f * (50 - 32) && out[16] == 0.0f);
    uint8_t q4k[144] = {0, 0x3c, 0, 0x38, 0xc5, 0, 0, 0, 0x42, 0, 0, 0, 0x73, [16] = 0x9a};
    kern_dequant_row(KERN_Q4_K, q4k, 256, out);
    assert_true(out[0] == 5.0f * 10 - 0.5f * 2);        /* sc 5, min 2 */
    assert_true(out[32] == 0.0f);                       /* sc 0, min 0 */
    assert_true(out[128] == 0.0f * 51 - 0.5f * (7 | 1 << 4)); /* sc 3|3<<4, q 0; min 7|1<<4 */
    uint8_t mx[17] = {128, 0x2f};
    kern_dequant_row(KERN_MXFP4, mx, 32, out);
    assert_true(out[0] == -12.0f && out[16] == 2.0f);
}

static void half_floats_convert_exactly_both_ways(const Kernels *k) {
    uint16_t h[1024], back[1024];
    float f[1024];
    for (uint32_t base = 0; base < 0x10000; base += 1024) {
        for (uint32_t i = 0; i < 1024; i++) h[i] = (uint16_t)(base + i);
        k->f16_to_f32(h, 1024, f);
        k->f32_to_f16(f, 1024, back);
        for (uint32_t i = 0; i < 1024; i++) {
            if ((h[i] & 0x7fff) > 0x7c00) assert_true(isnan(f[i]));
            else assert_int_equal(h[i], back[i]);
        }
    }
    float edge[] = {65519.0f, 65520.0f, 1e-8f, 5.9604645e-8f, 1.00048828125f, -0.0f, 3e38f};
    uint16_t want[ARRAY_LEN(edge)] = {0x7bff, 0x7c00, 0, 1, 0x3c00, 0x8000, 0x7c00};
    k->f32_to_f16(edge, ARRAY_LEN(edge), back);
    assert_memory_equal(back, want, sizeof want);
}

static void test_half_floats(void **state) { each_table(half_floats_convert_exactly_both_ways); }

/* ---- products -------------------------------------------------------------------------------- */

static void activations_are_quantised_as_specified(const Kernels *k) {
    enum { M = 5, COLS = 352 };
    const Kernels *ref = kern_select("ref", NULL);
    float x[M * COLS];
    for (size_t i = 0; i < M * COLS; i++) x[i] = i < 64 ? 0 : rnd_real() * 3;
    const KernMat mat = {KERN_Q4_0, 16, COLS, NULL}, super = {KERN_Q4_K, 16, 256, NULL};
    const unsigned used = k->act_formats(&mat, 1) | k->act_formats(&super, 1) | KERN_ACT_I8;
    for (unsigned f = KERN_ACT_I8; f < KERN_ACT_ALL; f *= 2) {
        if (!(f & used & (KERN_ACT_I8 | KERN_ACT_I16 | KERN_ACT_I8K))) continue;
        size_t n = kern_act_bytes(f, M, COLS);
        void *a = fence_alloc(64, n), *b = fence_alloc(64, n);
        memset(a, 0, n);
        memset(b, 0, n);
        KernAct act;
        kern_act_init(&act, f, M, COLS, a);
        act.x = x;
        act.ldx = COLS;
        ref->act_fill(&act, 0, M);
        kern_act_init(&act, f, M, COLS, b);
        act.x = x;
        act.ldx = COLS;
        k->act_fill(&act, 0, M);
        assert_memory_equal(a, b, n);
        fence_free(a);
        fence_free(b);
    }
}

static void test_activations(void **state) { each_table(activations_are_quantised_as_specified); }

/* Slices of 64 columns from memory of their own, some tokens at a time: what lane.c does. */
static void slices_fill_what_the_whole_fills(const Kernels *k) {
    enum { M = 21, COLS = 352 };
    static float x[M * COLS], slice[M * 64];
    const KernMat mat = {KERN_Q4_0, 16, COLS, NULL};
    const unsigned f = k->act_formats(&mat, M);
    if (f & KERN_ACT_F32) return;
    for (size_t i = 0; i < M * COLS; i++) x[i] = rnd_real() * 3;
    size_t n = kern_act_bytes(f, M, COLS);
    void *whole = fence_alloc(64, n), *parts = fence_alloc(64, n);
    memset(whole, 0, n);
    memset(parts, 0, n);
    KernAct act, some;
    kern_act_init(&act, f, M, COLS, whole);
    act.x = x;
    act.ldx = COLS;
    k->act_fill(&act, 0, M);
    kern_act_init(&act, f, M, COLS, parts);
    for (size_t col = 0; col < COLS; col += 64) {
        size_t cols = COLS - col < 64 ? COLS - col : 64;
        for (size_t t = 0; t < M; t++) {
            memcpy(slice + t * cols, x + t * COLS + col, cols * sizeof *x);
        }
        kern_act_columns(&act, col, cols, &some);
        some.x = slice;
        some.ldx = cols;
        for (int t = 0; t < M; t += 16) k->act_fill(&some, t, t + 16 < M ? t + 16 : M);
    }
    assert_memory_equal(whole, parts, n);
    fence_free(whole);
    fence_free(parts);
}

static void test_slices(void **state) { each_table(slices_fill_what_the_whole_fills); }

static void products_agree(const Kernels *k) {
    static const struct { size_t rows, cols; int m; } shapes[] = {
        {16, 256, 1}, {37, 512, 1}, {96, 256, 2},  {48, 768, 3},  {33, 256, 4},  {64, 512, 5},
        {16, 256, 7}, {80, 512, 8}, {40, 256, 12}, {32, 512, 13}, {50, 256, 16}, {70, 768, 17},
        {64, 1280, 31}, {96, 256, 33}, {33, 512, 40}};
    for (size_t t = 0; t < ARRAY_LEN(all_types); t++) {
        for (size_t s = 0; s < ARRAY_LEN(shapes); s++) {
            for (int whole = 0; whole < 2; whole++) {
                Case c;
                case_init(&c, all_types[t], shapes[s].rows, shapes[s].cols, shapes[s].m, whole);
                magnitudes(&c);
                check_product(k, &c, whole, whole ? "whole" : "random");
                case_fini(&c);
            }
        }
    }
}

static void test_products(void **state) { each_table(products_agree); }

/* Widths that are whole 32-blocks but not 256, and float widths that are neither. */
static void odd_widths_agree(const Kernels *k) {
    static const KernType small[] = {KERN_Q4_0, KERN_Q4_1, KERN_Q5_0, KERN_Q5_1, KERN_Q8_0,
                                     KERN_IQ4_NL, KERN_MXFP4, KERN_F16, KERN_F32, KERN_BF16};
    static const size_t widths[] = {32, 96, 576, 896, 1120};
    static const size_t ragged[] = {1, 33, 100, 383};
    for (size_t t = 0; t < ARRAY_LEN(small); t++) {
        bool is_float = kern_type_block_cols(small[t]) == 1;
        for (size_t w = 0; w < (is_float ? ARRAY_LEN(ragged) : ARRAY_LEN(widths)); w++) {
            for (int m = 1; m <= 40; m += 13) {
                Case c;
                case_init(&c, small[t], 35, is_float ? ragged[w] : widths[w], m, false);
                magnitudes(&c);
                check_product(k, &c, false, "odd width");
                case_fini(&c);
            }
        }
    }
}

static void test_odd_widths(void **state) { each_table(odd_widths_agree); }

/* y is wider than the rows, and what lies between its rows stays. */
static void product_writes_its_rows_and_nothing_else(const Kernels *k) {
    enum { ROWS = 21, WIDTH = 40 };
    for (size_t t = 0; t < ARRAY_LEN(all_types); t++) {
        for (int m = 1; m <= 34; m += 11) {
            Case c;
            KernAct act;
            float y[35 * WIDTH];
            case_init(&c, all_types[t], ROWS, 256, m, true);
            unsigned f = k->act_formats(&c.mat, m);
            product(k, &c, f, c.want);
            kern_act_init(&act, f, m, 256, c.act);
            act.x = c.x;
            act.ldx = 256;
            k->act_fill(&act, 0, m);
            for (int i = 0; i < (m + 1) * WIDTH; i++) y[i] = 77;
            KernMatmul job = {&c.mat, &act, y, WIDTH, c.scratch};
            k->matmul(&job, 0, 32);
            for (int i = 0; i < (m + 1) * WIDTH; i++) {
                bool mine = i % WIDTH < ROWS && i / WIDTH < m;
                assert_true(y[i] == (mine ? c.want[i / WIDTH * ROWS + i % WIDTH] : 77));
            }
            case_fini(&c);
        }
    }
}

static void test_writes(void **state) { each_table(product_writes_its_rows_and_nothing_else); }

/* Rows of y of tokens [first, first + m) of the case, computed by themselves. */
static void some_tokens(const Kernels *k, const Case *all, int first, int m, float *y) {
    Case c = *all;
    c.m = m;
    c.x += (size_t)first * c.mat.cols;
    product(k, &c, k->act_formats(&c.mat, m), y);
}

/*
 * Batch invariance: the bytes of a token's outputs do not depend on how many tokens there are and
 * which of them it is. The amx table keeps this promise up to 16 tokens and, apart, above.
 */
static void token_is_the_same_in_any_company(const Kernels *k) {
    enum { ROWS = 53, COLS = 768, ALL = 520, APART = 16 }; /* ALL: two portions of K types */
    const bool amx = strcmp(k->name, "amx") == 0, slow = strcmp(k->name, "ref") == 0;
    const int n = EMULATED || (slow && SANITIZED) ? 24 : slow ? 48 : ALL;
    for (size_t type = 0; type < ARRAY_LEN(all_types); type++) {
        Case c;
        case_init(&c, all_types[type], ROWS, COLS, n, false);
        for (int t = 0; t < n; t++) some_tokens(k, &c, t, 1, c.want + (size_t)t * ROWS);
        for (int m = 2; m <= n; m = m == 41 ? n : m + 1) {
            int first = m == n ? 0 : m * 7 % (n - m);
            if (amx && m == APART + 1) some_tokens(k, &c, 0, n, c.want);
            some_tokens(k, &c, first, m, c.got);
            const float *want = c.want + (size_t)first * ROWS;
            if (memcmp(c.got, want, (size_t)m * ROWS * sizeof(float)) == 0) {
                if (m == n) break;
                continue;
            }
            print_error("%s %s: tokens %d..%d differ from each alone\n", k->name,
                        kern_type_name(all_types[type]), first, first + m - 1);
            fail();
        }
        case_fini(&c);
    }
}

static void test_invariance(void **state) { each_table(token_is_the_same_in_any_company); }

/* Panels so long that tables may take them two at a time, an odd number of them: right, and a token
   has the same bytes in any company and where its rows are computed by themselves. */
static void long_panels_agree(const Kernels *k) {
    enum { ROWS = 75, COLS = 9216, M = 7 };
    for (size_t type = 0; type < ARRAY_LEN(all_types); type++) {
        Case c;
        case_init(&c, all_types[type], ROWS, COLS, M, false);
        magnitudes(&c);
        check_product(k, &c, false, "long panels");
        product(k, &c, k->act_formats(&c.mat, M), c.want);
        for (int m = 1; m <= M; m++) {
            some_tokens(k, &c, M - m, m, c.got);
            const float *want = c.want + (size_t)(M - m) * ROWS;
            assert_memory_equal(c.got, want, (size_t)m * ROWS * sizeof(float));
        }
        case_fini(&c);
    }
}

static void test_long_panels(void **state) { each_table(long_panels_agree); }

/* Every activation format a table may be given, for every type, in the direct and panel kernels. */
static void wide_activations_agree(const Kernels *k) {
    for (size_t t = 3; t < ARRAY_LEN(all_types); t++) {
        for (int m = 1; m <= 9; m += 2) {
            Case c;
            case_init(&c, all_types[t], 48, 512, m, false);
            if (k->act_formats(&c.mat, 1) & KERN_ACT_I16) {
                magnitudes(&c);
                product(kern_select("ref", NULL), &c, KERN_ACT_I16, c.want);
                product(k, &c, KERN_ACT_I16, c.got);
                for (size_t i = 0; i < (size_t)m * 48; i++) {
                    assert_true(fabsf(c.got[i] - c.want[i]) <= 2e-6f * c.magnitude[i]);
                }
            }
            case_fini(&c);
        }
    }
}

/* Matrices of different types share one input: formats are those of all of them together. */
static void shared_inputs_serve_every_matrix(const Kernels *k) {
    for (int m = 1; m <= 18; m++) {
        unsigned together = 0;
        for (size_t t = 3; t < ARRAY_LEN(all_types); t++) {
            KernMat mat = {all_types[t], 48, 512, NULL};
            together |= k->act_formats(&mat, m);
        }
        for (size_t t = 3; t < ARRAY_LEN(all_types); t++) {
            Case c;
            case_init(&c, all_types[t], 48, 512, m, false);
            magnitudes(&c);
            product(kern_select("exact", NULL), &c, KERN_ACT_F32, c.want);
            product(k, &c, together, c.got);
            for (size_t i = 0; i < (size_t)m * 48; i++) {
                assert_true(fabsf(c.got[i] - c.want[i]) <= 3e-3f * c.magnitude[i]);
            }
            case_fini(&c);
        }
    }
}

static void test_shared_inputs(void **state) { each_table(shared_inputs_serve_every_matrix); }

static void test_wide_activations(void **state) { each_table(wide_activations_agree); }

/* Error against float activations: rms over many outputs, relative to rms of the outputs. */
static double product_error(const Kernels *k, Case *c) {
    double err = 0, all = 0;
    product(k, c, k->act_formats(&c->mat, c->m), c->got);
    for (size_t i = 0; i < (size_t)c->m * c->mat.rows; i++) {
        double d = (double)c->got[i] - c->want[i];
        err += d * d;
        all += (double)c->want[i] * c->want[i];
    }
    return sqrt(err / all);
}

static void tile_error_is_no_larger_than_int8_error(void **state) {
    const Kernels *amx = kern_select("amx", NULL), *ref = kern_select("ref", NULL);
    if (!amx) skip();
    for (size_t t = 3; t < ARRAY_LEN(all_types); t++) {
        Case c;
        case_init(&c, all_types[t], 64, 1024, 32, false);
        product(kern_select("exact", NULL), &c, KERN_ACT_F32, c.want);
        double int8 = product_error(ref, &c), tile = product_error(amx, &c);
        print_message("# %s: rms error int8 %.2e, tiles %.2e\n", kern_type_name(all_types[t]), int8,
                      tile);
        assert_true(tile <= int8);
        case_fini(&c);
    }
}

/* ---- vectors --------------------------------------------------------------------------------- */

static bool near_rel(float got, float want, float rel, float abs_bound) {
    return fabsf(got - want) <= rel * fabsf(want) + abs_bound;
}

enum { VEC = 1003 };

static void vectors_agree(const Kernels *k) {
    const Kernels *ref = kern_select("ref", NULL);
    static float a[VEC], b[2 * VEC], y[VEC], want[VEC];
    for (int n = 1; n <= VEC; n += n < 70 ? 1 : 311) {
        size_t len = (size_t)n;
        for (int i = 0; i < n; i++) {
            a[i] = rnd_real() * (i % 7 == 0 ? 20 : 2);
            b[i] = rnd_real();
            b[n + i] = rnd_real();
        }
#define SAME(call, rel, abs_bound)                                                                 \
    do {                                                                                           \
        const Kernels *t = ref;                                                                    \
        memcpy(y, b, len * sizeof *y);                                                             \
        call;                                                                                      \
        memcpy(want, y, sizeof want);                                                              \
        t = k;                                                                                     \
        memcpy(y, b, len * sizeof *y);                                                             \
        call;                                                                                      \
        for (int i = 0; i < n; i++) {                                                              \
            if (!near_rel(y[i], want[i], rel, abs_bound)) {                                        \
                print_error("%s: %s n %d at %d: %g want %g\n", k->name, #call, n, i, (double)y[i], \
                            (double)want[i]);                                                      \
                fail();                                                                            \
            }                                                                                      \
        }                                                                                          \
    } while (0)
        SAME(t->rmsnorm(a, b, len, 1e-6f, y), 2e-6f, 1e-30f);
        SAME(t->rmsnorm(a, NULL, len, 1e-6f, y), 2e-6f, 1e-30f);
        SAME(t->layernorm(a, b, len, 1e-5f, y), 4e-6f, 4e-6f);
        SAME(t->softmax(y, len, 1.7f), 4e-6f, 1e-30f);
        SAME(t->silu_mul(a, b, len, y), 4e-6f, 1e-12f);
        SAME(t->gelu_tanh_mul(a, b, len, y), 4e-6f, 4e-7f);
        SAME(t->gelu_erf_mul(a, b, len, y), 4e-6f, 4 * 4e-7f); /* b: up to 4 */
        SAME(t->gelu_tanh_mul(a, NULL, len, y), 4e-6f, 4e-7f);
        SAME(t->gelu_erf_mul(a, NULL, len, y), 4e-6f, 4e-7f);
        SAME(t->add(a, b, len, y), 0, 0);
        SAME(t->mul(a, b, len, y), 0, 0);
        SAME(t->add_scaled(a, 0.3f, len, y), 2e-7f, 1e-7f);
        SAME(t->tanh_cap(y, len, 5.0f), 4e-6f, 1e-7f);
#undef SAME
        float size = 0;
        for (int i = 0; i < n; i++) size += fabsf(a[i] * b[i]);
        assert_true(fabsf(k->dot(a, b, len) - ref->dot(a, b, len)) <= 4e-6f * size);
    }
}

static void test_vectors(void **state) { each_table(vectors_agree); }

static void rope_agrees(const Kernels *k) {
    const Kernels *ref = kern_select("ref", NULL);
    static float x[4 * 80], y[4 * 80], freq[40], table[80];
    for (int i = 0; i < 40; i++) freq[i] = powf(10000.0f, -(float)i / 40.0f);
    kern_rope_table(freq, 40, 1234, 1.0f, table);
    for (int rot = 2; rot <= 80; rot += 2) {
        for (int neox = 0; neox < 2; neox++) {
            for (int i = 0; i < 4 * 80; i++) x[i] = y[i] = rnd_real();
            KernRope rope = {4, 80, rot, neox, table};
            ref->rope(&rope, x);
            k->rope(&rope, y);
            for (int i = 0; i < 4 * 80; i++) assert_true(near_rel(y[i], x[i], 1e-6f, 5e-7f));
        }
    }
}

static void test_rope(void **state) { each_table(rope_agrees); }

static void softmax_survives_extremes(const Kernels *k) {
    float x[5] = {-INFINITY, 1e30f, 1e30f, -1e30f, 0};
    k->softmax(x, 5, 1.0f);
    assert_true(x[0] == 0 && x[1] == 0.5f && x[2] == 0.5f && x[3] == 0 && x[4] == 0);
    float gate[3] = {-200.0f, 200.0f, 0}, up[3] = {1, 1, 1}, y[3];
    k->silu_mul(gate, up, 3, y);
    assert_true(fabsf(y[0]) < 1e-30f && y[1] == 200.0f && y[2] == 0);
}

static void test_extremes(void **state) { each_table(softmax_survives_extremes); }

static void select_names_what_it_cannot_do(void **state) {
    Err err;
    assert_non_null(kern_select(NULL, &err));
    assert_non_null(kern_select("auto", &err));
    assert_string_equal(kern_select("ref", &err)->name, "ref");
    assert_null(kern_select("mmx", &err));
    assert_int_equal(err.code, E_USAGE);
    print_message("# best kernels here: %s\n", kern_select(NULL, NULL)->name);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(row_sizes_refuse_what_is_not_whole_blocks),
        cmocka_unit_test(packed_size_stays_close_to_the_file),
        cmocka_unit_test(packing_keeps_every_value_exactly),
        cmocka_unit_test(packing_in_parts_is_packing_at_once),
        cmocka_unit_test(dequant_gives_the_values_of_the_format),
        cmocka_unit_test(test_half_floats),
        cmocka_unit_test(test_activations),
        cmocka_unit_test(test_slices),
        cmocka_unit_test(test_products),
        cmocka_unit_test(test_odd_widths),
        cmocka_unit_test(test_writes),
        cmocka_unit_test(test_invariance), cmocka_unit_test(test_long_panels),
        cmocka_unit_test(test_wide_activations),
        cmocka_unit_test(test_shared_inputs),
        cmocka_unit_test(tile_error_is_no_larger_than_int8_error),
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_rope),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(select_names_what_it_cannot_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
