/*
 * Promises of the screened output head (model/head.c, model/screen.c): whatever the matrix and the
 * activations are, the greatest logits are those of the whole product, bit for bit, on every table
 * of kernels, with any number of threads and rows; what is left out is -INFINITY.
 *
 * The matrices are hard ones: equal rows, rows of zeros, rows a thousand times as large as others,
 * rows that differ in their last bits only. So are the activations: near a row, noise, zeros, one
 * column, what is lost of a row in its coarse copy, numbers that are none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../support/tiny_model.h"
#include "../support/model_folder.h"
#include "base/mem.h"
#include "model/engine_private.h"
#include "model/sample.h"
#include "model/session.h"

enum { COLS = 256, ROWS = 1011, TOKENS = 16 };

static SampleRng rng = {{1, 2, 3, 4}};

static float noise(void) { /* about normal */
    double sum = 0;
    for (int i = 0; i < 4; i++) sum += sample_rng_unit(&rng) - 0.5;
    return (float)(sum * 1.7);
}

/* ---- a model that is a head ------------------------------------------------------------------ */

typedef struct Head {
    Model model;
    GgufTensor tensor;
    Frame frame;
    void *packed;
    float norm[COLS];
} Head;

/* A row of the matrix as floats. */
static void hard_row(int row, float *out) {
    float size = row % 50 == 7 ? 30.0f : row % 50 == 8 ? 0.001f : 1.0f;
    for (int i = 0; i < COLS; i++) out[i] = row % 40 == 11 ? 0 : size * 0.05f * noise();
}

/* Q6_K is made of random bits with fitting scales; float16 of the row's sizes. */
static void put_row(KernType type, int row, uint8_t *to) {
    float values[COLS];
    hard_row(row, values);
    if (type == KERN_F32) memcpy(to, values, sizeof values);
    if (type == KERN_Q8_0) kern_quantise_q8_0(values, COLS, to);
    const Kernels *ref = kern_select("ref", NULL);
    if (type == KERN_F16) ref->f32_to_f16(values, COLS, (uint16_t *)(void *)to);
    if (type != KERN_Q6_K) return;
    float d = (row % 40 == 11 ? 0.0f : row % 50 == 7 ? 0.01f : 1e-4f) * (1 + fabsf(noise()));
    uint16_t half;
    ref->f32_to_f16(&d, 1, &half);
    for (int i = 0; i < 208; i++) to[i] = (uint8_t)sample_rng_next(&rng);
    for (int i = 192; i < 208; i++) to[i] = (uint8_t)(sample_rng_next(&rng) % 41 - 20);
    memcpy(to + 208, &half, 2);
}

static void make_matrix(Head *h, KernType type) {
    size_t bytes = kern_row_bytes(type, COLS);
    uint8_t *data = malloc(ROWS * bytes);
    for (int row = 0; row < ROWS; row++) {
        put_row(type, row, data + (size_t)row * bytes);
        if (row % 30 != 29) continue; /* an equal one, far away; and one that is nearly so */
        memcpy(data + (size_t)row * bytes, data + (size_t)(row / 2) * bytes, bytes);
        if (row % 60 == 29) data[(size_t)row * bytes + 3] ^= 1;
    }
    h->tensor = (GgufTensor){.type = (TensorType)type, .data = data, .bytes = ROWS * bytes};
    h->model.head = (KernMat){.type = type, .rows = ROWS, .cols = COLS};
    h->packed = mem_aligned(KERN_ALIGN, kern_packed_bytes(type, ROWS, COLS));
    h->model.head.data = h->packed;
    kern_pack(&h->model.head, data, 0, ROWS);
}

static void make_screen(Head *h, int threads) {
    Err err = {0};
    Pool *pool = NULL;
    FrameWriter *w = NULL;
    ScreenSource source = {&h->model.screen, &h->tensor, h->norm};
    screen_plan(&h->model.head, &h->model.screen);
    assert_int_equal(h->model.screen.rows, ROWS);
    assert_int_equal(pool_new(threads, &pool, &err), OK);
    assert_int_equal(frame_begin(path, "weights", 1, &w, &err), OK);
    assert_int_equal(screen_write(&source, w, pool, &err), OK);
    assert_int_equal(frame_commit(w, &err), OK);
    assert_int_equal(frame_open(path, "weights", 1, FRAME_CHECK_ALL, &h->frame, &err), OK);
    assert_int_equal(h->frame.payload_bytes, screen_bytes(&h->model.screen));
    screen_point(&h->model.screen, h->frame.payload);
    pool_free(pool);
}

static void head_make(Head *h, KernType type) {
    *h = (Head){0};
    Hyper *hyper = &h->model.hyper;
    hyper->n_embd = hyper->n_ff = COLS;
    hyper->n_head = 4, hyper->n_head_kv = 2, hyper->d_head = hyper->n_rot = 16;
    hyper->n_vocab = ROWS;
    h->model.arch = &arch_llama;
    for (int i = 0; i < COLS; i++) h->norm[i] = i % 9 == 0 ? 8 : 0.5f + fabsf(noise());
    make_matrix(h, type);
    make_screen(h, 2);
    assert_non_null(h->model.screen.order);
}

static void head_drop(Head *h) {
    frame_close(&h->frame);
    mem_free(h->packed);
    free((void *)(uintptr_t)h->tensor.data);
}

/* ---- activations ----------------------------------------------------------------------------- */

/* What the screen has for a row, in the matrix's order. */
static void coarse_row(const Head *h, size_t row, float *out) {
    const Screen *s = &h->model.screen;
    ScreenGroup g = screen_group(s, row / SCREEN_ROWS);
    float placed[COLS];
    kern_unpack_row(&g.top, row % SCREEN_ROWS, placed);
    kern_unpack_row(&g.rest, row % SCREEN_ROWS, placed + s->top);
    for (int i = 0; i < COLS; i++) out[s->order[i]] = placed[i];
}

enum { NEAR, NEARER, LOST, NOISE, COLUMN, VAST, ZEROS, NAN_IN, INF_IN, KINDS };

static void activations(const Head *h, int kind, float *x) {
    size_t row = sample_rng_next(&rng) % ROWS;
    float exact[COLS], coarse[COLS];
    kern_unpack_row(&h->model.head, row, exact);
    coarse_row(h, row, coarse);
    for (int i = 0; i < COLS; i++) {
        x[i] = h->norm[i] * noise() * (kind == VAST ? 1e30f : 1.0f);
        if (kind == NEAR) x[i] = 0.3f * x[i] + 200 * exact[i];
        if (kind == NEARER) x[i] = 1000 * exact[i];
        if (kind == LOST) x[i] = 1e4f * (exact[i] - coarse[i]) + 0.01f * noise();
        if (kind == ZEROS || kind == COLUMN) x[i] = 0;
    }
    if (kind == COLUMN) x[sample_rng_next(&rng) % COLS] = noise();
    if (kind == NAN_IN) x[sample_rng_next(&rng) % COLS] = NAN;
    if (kind == INF_IN) x[sample_rng_next(&rng) % COLS] = INFINITY;
}

/* ---- the promise ----------------------------------------------------------------------------- */

typedef struct Rows {
    float memory[TOKENS][ROWS];
    float *row[TOKENS];
    bool finite[TOKENS];
} Rows;

static void logits(Wave *w, int n, int best, Rows *out) {
    for (int i = 0; i < TOKENS; i++) out->row[i] = out->memory[i];
    w->head_pause = 0;
    wave_logits(w, &(WaveHead){0, n, out->row, out->finite, best});
}

static int descending(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x < y) - (x > y);
}

/* How many rows were left out; fails where one that counts was. */
static int check_row(const float *whole, const float *screened, int best) {
    float sorted[ROWS];
    int out = 0;
    memcpy(sorted, whole, sizeof sorted);
    qsort(sorted, ROWS, sizeof *sorted, descending);
    for (int i = 0; i < ROWS; i++) {
        if (memcmp(&whole[i], &screened[i], sizeof(float)) == 0) continue;
        if (screened[i] != -INFINITY || whole[i] >= sorted[best - 1]) {
            fail_msg("row %d: %a became %a, the %dth is %a", i, (double)whole[i],
                     (double)screened[i], best, (double)sorted[best - 1]);
        }
        out++;
    }
    return out;
}

static bool is_finite(const float *x) {
    bool all = true;
    for (int i = 0; i < COLS; i++) all = all && isfinite(x[i]);
    return all;
}

/* Rows left out of all of a call. A state that is no number is never one with logits, although an
   integer product makes zeros of it. */
static int check_call(Wave *w, int n, int best) {
    static Rows whole, screened;
    int out = 0;
    logits(w, n, 0, &whole);
    logits(w, n, best, &screened);
    for (int t = 0; t < n; t++) {
        assert_int_equal(whole.finite[t], screened.finite[t]);
        if (!is_finite(w->out + (size_t)t * COLS)) assert_false(whole.finite[t]);
        if (!whole.finite[t]) continue;
        out += check_row(whole.memory[t], screened.memory[t], best);
    }
    return out;
}

/* Rows alike, and in every third round each its own: one that is no number makes the call whole for
   all, and costs the others nothing. */
static int check_wave(const Head *h, Wave *w, int rounds) {
    static const int some[] = {1, 2, WAVE_SCREEN_ROWS - 1, WAVE_SCREEN_ROWS, WAVE_SCREEN_ROWS + 1,
                               TOKENS};
    static const int bests[] = {1, 2, 10, 64};
    int out = 0;
    for (int i = 0; i < rounds; i++) {
        for (int kind = 0; kind < KINDS; kind++) {
            int n = some[sample_rng_next(&rng) % 6], best = bests[sample_rng_next(&rng) % 4];
            for (int t = 0; t < n; t++) {
                int own = i % 3 == 2 ? (int)(sample_rng_next(&rng) % KINDS) : kind;
                activations(h, own, w->out + (size_t)t * COLS);
            }
            out += check_call(w, n, i % 2 ? 1 : best);
        }
    }
    return out;
}

static void check_table(const Head *h, const Kernels *kern, int threads, int rounds) {
    Err err = {0};
    Pool *pool = NULL;
    Wave *w = NULL;
    assert_int_equal(pool_new(threads, &pool, &err), OK);
    WaveOptions options = {&h->model, kern, pool, TOKENS};
    assert_int_equal(wave_new(&options, &w, &err), OK);
    int out = check_wave(h, w, rounds);
    if (out == 0) fail_msg("%s: nothing was ever left out", kern->name);
    wave_free(w);
    pool_free(pool);
}

static const KernType types[] = {KERN_Q8_0, KERN_Q6_K, KERN_F16, KERN_F32};

static void the_greatest_logits_are_those_of_the_whole_product(void **state) {
    (void)state;
    static Head h;
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        head_make(&h, types[i]);
        for (size_t k = 0; kern_available(k); k++) {
            check_table(&h, kern_available(k), 1 + (int)k % 3, 8);
        }
        check_table(&h, kern_select("exact", NULL), 2, 2);
        head_drop(&h);
    }
    assert_int_equal(unlink(path), 0);
}

/* Denormal products are rounded by as much as they are large: 0.6 of the smallest number becomes
   that number. The row of 0.6 has the greatest logit, 256 of them, and 154 by its norm. */
static void what_denormal_sums_round_is_within_the_bounds(void **state) {
    (void)state;
    static Head h;
    Err err = {0};
    head_make(&h, KERN_F32);
    float *data = (float *)(uintptr_t)h.tensor.data;
    for (int i = 0; i < COLS; i++) {
        data[100 * COLS + i] = 0.6f;
        data[900 * COLS + i] = i > 0;
    }
    kern_pack(&h.model.head, data, 0, ROWS);
    frame_close(&h.frame);
    make_screen(&h, 2);
    for (size_t k = 0; kern_available(k); k++) {
        Pool *pool = NULL;
        Wave *w = NULL;
        assert_int_equal(pool_new(1, &pool, &err), OK);
        WaveOptions options = {&h.model, kern_available(k), pool, TOKENS};
        assert_int_equal(wave_new(&options, &w, &err), OK);
        for (int i = 0; i < COLS; i++) w->out[i] = 0x1p-149f;
        (void)check_call(w, 1, 1);
        wave_free(w);
        pool_free(pool);
    }
    head_drop(&h);
    assert_int_equal(unlink(path), 0);
}

/* Alone or in company, with one thread or three. */
static void neither_threads_nor_company_show(void **state) {
    (void)state;
    static Head h;
    static Rows alone, together;
    Err err = {0};
    head_make(&h, KERN_Q8_0);
    Pool *pool[2] = {NULL, NULL};
    Wave *w[2] = {NULL, NULL};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pool_new(1 + 2 * i, &pool[i], &err), OK);
        WaveOptions options = {&h.model, kern_select(NULL, NULL), pool[i], TOKENS};
        assert_int_equal(wave_new(&options, &w[i], &err), OK);
    }
    int out = 0;
    for (int i = 0; i < 40; i++) {
        int n = i % 3 == 0 ? TOKENS : WAVE_SCREEN_ROWS;
        for (int t = 0; t < n; t++) activations(&h, t % 4, w[0]->out + t * COLS);
        logits(w[0], n, 3, &together);
        for (int t = 0; t < n; t++) {
            memcpy(w[1]->out, w[0]->out + t * COLS, COLS * sizeof(float));
            logits(w[1], 1, 3, &alone);
            out += check_row(together.memory[t], alone.memory[0], 3);
        }
    }
    assert_true(out > 0);
    for (int i = 0; i < 2; i++) wave_free(w[i]), pool_free(pool[i]);
    head_drop(&h);
    assert_int_equal(unlink(path), 0);
}

static void a_head_that_never_pays_is_left_alone(void **state) {
    (void)state;
    static Head h;
    static Rows rows;
    Err err = {0};
    Pool *pool = NULL;
    Wave *w = NULL;
    int tried = 0;
    head_make(&h, KERN_Q8_0);
    assert_int_equal(pool_new(2, &pool, &err), OK);
    WaveOptions options = {&h.model, kern_select(NULL, NULL), pool, TOKENS};
    assert_int_equal(wave_new(&options, &w, &err), OK);
    for (int i = 0; i < TOKENS; i++) rows.row[i] = rows.memory[i];
    activations(&h, ZEROS, w->out);
    for (int i = 0; i < 1000; i++) {
        tried += w->head_pause == 0;
        wave_logits(w, &(WaveHead){0, 1, rows.row, rows.finite, 1});
        assert_true(rows.finite[0] && rows.memory[0][ROWS - 1] == 0);
    }
    assert_int_equal(tried, 9);
    activations(&h, NEARER, w->out);
    while (w->head_pause > 0) wave_logits(w, &(WaveHead){0, 1, rows.row, rows.finite, 1});
    wave_logits(w, &(WaveHead){0, 1, rows.row, rows.finite, 1});
    assert_int_equal(w->head_pause, 0);
    wave_free(w);
    pool_free(pool);
    head_drop(&h);
    assert_int_equal(unlink(path), 0);
}

/* ---- the section ----------------------------------------------------------------------------- */

static void a_damaged_section_is_not_used(void **state) {
    (void)state;
    static Head h;
    head_make(&h, KERN_Q8_0);
    size_t n = h.frame.payload_bytes;
    uint8_t *bent = mem_aligned(KERN_ALIGN, n);
    static const struct {
        size_t at;
        uint8_t bits;
    } damage[] = {{0, 0xff}, {1, 0x01}, {4 * COLS - 1, 0x80}, {4 * COLS - 4, 0x55}};
    for (size_t i = 0; i < ARRAY_LEN(damage); i++) {
        memcpy(bent, h.frame.payload, n);
        bent[damage[i].at] ^= damage[i].bits;
        Screen s = h.model.screen;
        screen_point(&s, bent);
        assert_null(s.order);
    }
    memcpy(bent, h.frame.payload, n);
    bent[n - 64] = 0; /* "of no use" */
    Screen s = h.model.screen;
    screen_point(&s, bent);
    assert_null(s.order);
    mem_free(bent);
    head_drop(&h);
    assert_int_equal(unlink(path), 0);
}

static void a_matrix_that_is_no_number_gets_none(void **state) {
    (void)state;
    static Head h;
    h = (Head){0};
    make_matrix(&h, KERN_F32);
    float *data = (float *)(uintptr_t)h.tensor.data;
    for (int i = 0; i < 3; i++) {
        static const float odd[] = {NAN, INFINITY, 3e38f};
        data[5 * COLS + 17] = odd[i];
        make_screen(&h, 2);
        assert_null(h.model.screen.order);
        frame_close(&h.frame);
        h.frame = (Frame){0};
    }
    head_drop(&h);
    assert_int_equal(unlink(path), 0);
}

static void only_matrices_that_gain_are_screened(void **state) {
    (void)state;
    Screen s;
    static const KernMat none[] = {{KERN_Q4_K, 1024, 256, NULL}, {KERN_Q5_K, 1024, 256, NULL},
                                   {KERN_Q4_0, 1024, 256, NULL}, {KERN_Q8_0, 63, 256, NULL},
                                   {KERN_Q8_0, 1024, 32, NULL},  {KERN_F32, 0, 0, NULL},
                                   {KERN_F16, 1024, 72, NULL}};
    for (size_t i = 0; i < ARRAY_LEN(none); i++) {
        screen_plan(&none[i], &s);
        assert_int_equal(screen_bytes(&s), 0);
    }
    KernMat large = {KERN_Q8_0, 151936, 896, NULL};
    screen_plan(&large, &s);
    uint64_t whole = kern_packed_bytes(large.type, large.rows, large.cols);
    assert_true(screen_bytes(&s) > whole / 2 && screen_bytes(&s) < whole * 6 / 10);
}

static void making_a_screen_survives_running_out_of_memory(void **state) {
    (void)state;
    static Head h;
    Err err = {0};
    Pool *pool = NULL;
    FrameWriter *w = NULL;
    Status status = E_NO_MEMORY;
    head_make(&h, KERN_Q8_0);
    ScreenSource source = {&h.model.screen, &h.tensor, h.norm};
    assert_int_equal(pool_new(2, &pool, &err), OK);
    assert_int_equal(frame_begin(path, "weights", 1, &w, &err), OK);
    uint64_t live = mem_live_blocks(), nth = 1;
    for (; status != OK; nth++) {
        mem_fail_at(nth);
        status = screen_write(&source, w, pool, &err);
        mem_fail_at(0);
        assert_int_equal(mem_live_blocks(), live);
        assert_true(status == OK || status == E_NO_MEMORY);
    }
    assert_true(nth > 5);
    Screen s = h.model.screen;
    mem_fail_at(1);
    screen_point(&s, h.frame.payload);
    mem_fail_at(0);
    assert_null(s.order);
    frame_abort(w);
    pool_free(pool);
    head_drop(&h);
    assert_int_equal(unlink(path), 0);
}

/* ---- through the engine ---------------------------------------------------------------------- */

static Engine *open_engine(const Tiny *m, const char *pack_dir) {
    Err err = {0};
    Engine *e = NULL;
    EngineOptions o = {.path = path, .pack_dir = pack_dir, .threads = 2};
    assert_int_equal(tiny_write(m, path, &err), OK);
    if (engine_open(&o, &e, &err) != OK) fail_msg("%s", err.message);
    return e;
}

static void sync_best(Session *s, const int32_t *tokens, size_t n, int best) {
    Err err = {0};
    SyncOptions o = {.best = best};
    if (session_sync(s, tokens, n, &o, &err) != OK) fail_msg("%s", err.message);
}

static void sessions_get_as_many_logits_as_they_ask_for(void **state) {
    (void)state;
    enum { N = 30 };
    int32_t tokens[N];
    float whole[TINY_VOCAB];
    char dir[128], command[160];
    Tiny m = tiny_family("gemma3");
    m.type = TENSOR_Q8_0;
    tiny_make(&m);
    (void)snprintf(dir, sizeof dir, "%s/pack", folder);
    Engine *e = open_engine(&m, dir);
    Session *s = NULL;
    SessionOptions options = {.n_ctx = N};
    assert_non_null(e->weights.model.screen.order);
    assert_int_equal(session_new(e, &options, &s, NULL), OK);
    for (int i = 0; i < N; i++) tokens[i] = (int32_t)(sample_rng_next(&rng) % TINY_VOCAB);
    for (size_t n = 1; n <= N; n++) {
        sync_best(s, tokens, n, 1);
        float best = session_logits(s)[0];
        for (int i = 0; i < TINY_VOCAB; i++) best = fmaxf(best, session_logits(s)[i]);
        sync_best(s, tokens, n, 0); /* what is there is not enough */
        memcpy(whole, session_logits(s), sizeof whole);
        qsort(whole, TINY_VOCAB, sizeof *whole, descending);
        assert_true(whole[0] == best && isfinite(whole[TINY_VOCAB - 1]));
        sync_best(s, tokens, n, 5); /* is enough */
        assert_true(isfinite(session_logits(s)[TINY_VOCAB - 1]));
    }
    session_free(s);
    engine_close(e);
    tiny_free(&m);
    (void)snprintf(command, sizeof command, "rm -r %s", dir);
    assert_int_equal(system(command), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_greatest_logits_are_those_of_the_whole_product),
        cmocka_unit_test(what_denormal_sums_round_is_within_the_bounds),
        cmocka_unit_test(neither_threads_nor_company_show),
        cmocka_unit_test(a_head_that_never_pays_is_left_alone),
        cmocka_unit_test(a_damaged_section_is_not_used),
        cmocka_unit_test(a_matrix_that_is_no_number_gets_none),
        cmocka_unit_test(only_matrices_that_gain_are_screened),
        cmocka_unit_test(making_a_screen_survives_running_out_of_memory),
        cmocka_unit_test(sessions_get_as_many_logits_as_they_ask_for),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
