/*
 * Promises of a pass (model/wave.h): segments of different timelines share the weights and nothing
 * else, so a token's numbers are the same bytes whoever else is in the pass.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "../support/tiny_model.h"
#include "model/engine_private.h"
#include "model/sample.h"

static char folder[64];
static char path[128];

static int make_folder(void **state) {
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/hearth-wave-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    (void)snprintf(path, sizeof path, "%s/m.gguf", folder);
    return 0;
}

static int drop_folder(void **state) {
    (void)state;
    return unlink(path) == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static Engine *open_tiny(const Tiny *m, const char *isa, int threads) {
    Err err = {0};
    Engine *e = NULL;
    EngineOptions o = {.path = path, .isa = isa, .threads = threads};
    assert_int_equal(tiny_write(m, path, &err), OK);
    if (engine_open(&o, &e, &err) != OK) fail_msg("%s", err.message);
    return e;
}

/* ---- timelines ------------------------------------------------------------------------------- */

enum { LINES = 4, LINE_MAX = 400 };

/* A timeline of its own tokens: `before` are in the cache, `n` are in the pass that is tested. */
typedef struct Line {
    int before, n;
    WaveWants wants;
    int32_t tokens[LINE_MAX];
    Kv kv;
    float *rows; /* logits of the pass that is tested */
    int n_rows;
} Line;

static void line_init(Line *line, const Engine *e, uint64_t seed) {
    const Hyper *h = engine_hyper(e);
    Err err = {0};
    SampleRng rng;
    sample_rng_seed(&rng, seed);
    for (int i = 0; i < LINE_MAX; i++) {
        line->tokens[i] = (int32_t)(sample_rng_next(&rng) % TINY_VOCAB);
    }
    line->kv = (Kv){NULL, (int)h->n_layer, (int)h->n_head_kv, (int)h->d_head, LINE_MAX};
    assert_int_equal(kv_init(&line->kv, &err), OK);
    line->rows = calloc((size_t)line->n * TINY_VOCAB, sizeof(float));
}

static void line_fini(Line *line) {
    kv_fini(&line->kv);
    free(line->rows);
}

static void run(Engine *e, const int32_t *tokens, WaveSegment *segs, int n_segs) {
    Err err = {0};
    Wave *w = e->wave;
    w->tokens = tokens;
    w->segments = segs;
    w->n_segments = n_segs;
    w->m = segs[n_segs - 1].first + segs[n_segs - 1].n;
    w->cancel = NULL;
    assert_int_equal(wave_run(w, &err), OK);
}

static void keep_rows(Engine *e, Line *line, const WaveSegment *seg) {
    bool finite = true;
    line->n_rows = seg->rows;
    for (int i = 0; i < seg->rows; i++) {
        wave_logits(e->wave, seg->row + i, 1, line->rows + (size_t)i * TINY_VOCAB, &finite);
        assert_true(finite);
    }
}

/* Everything before the pass, alone and in one go. */
static void prefill(Engine *e, Line *line) {
    WaveSegment seg = {.n = line->before, .kv = &line->kv, .wants = WAVE_NONE};
    if (line->before > 0) run(e, line->tokens, &seg, 1);
    assert_int_equal(seg.rows, 0);
}

static void run_alone(Engine *e, Line *line) {
    WaveSegment seg = {.n = line->n, .pos0 = line->before, .kv = &line->kv, .wants = line->wants};
    prefill(e, line);
    run(e, line->tokens + line->before, &seg, 1);
    keep_rows(e, line, &seg);
}

static void run_together(Engine *e, Line *lines) {
    int32_t tokens[WAVE_TOKENS_MAX];
    WaveSegment segs[LINES];
    int m = 0;
    for (int i = 0; i < LINES; i++) {
        Line *l = &lines[i];
        prefill(e, l);
        segs[i] = (WaveSegment){.first = m, .n = l->n, .pos0 = l->before, .kv = &l->kv};
        segs[i].wants = l->wants;
        memcpy(tokens + m, l->tokens + l->before, (size_t)l->n * sizeof *tokens);
        m += l->n;
    }
    run(e, tokens, segs, LINES);
    for (int i = 0; i < LINES; i++) keep_rows(e, &lines[i], &segs[i]);
}

static void check_lines(const Tiny *m, const char *isa, int threads) {
    static const Line shapes[LINES] = {{.before = 90, .n = 1, .wants = WAVE_LAST},
                                       {.before = 10, .n = 5, .wants = WAVE_ALL},
                                       {.before = 20, .n = 9, .wants = WAVE_NONE},
                                       {.before = 0, .n = 70, .wants = WAVE_LAST}};
    static const int rows[LINES] = {1, 5, 0, 1};
    static Line alone[LINES], together[LINES];
    Engine *e = open_tiny(m, isa, threads);
    for (int i = 0; i < LINES; i++) {
        alone[i] = together[i] = shapes[i];
        line_init(&alone[i], e, (uint64_t)i + 1);
        line_init(&together[i], e, (uint64_t)i + 1);
        run_alone(e, &alone[i]);
    }
    run_together(e, together);
    for (int i = 0; i < LINES; i++) {
        assert_int_equal(together[i].n_rows, rows[i]);
        assert_int_equal(alone[i].n_rows, rows[i]);
        assert_memory_equal(together[i].rows, alone[i].rows,
                            (size_t)rows[i] * TINY_VOCAB * sizeof(float));
        line_fini(&alone[i]);
        line_fini(&together[i]);
    }
    engine_close(e);
}

/* "ref" and "exact": the other tables still choose formats of activations by the size of a pass. */
static void segments_of_one_pass_do_not_see_each_other(void **state) {
    (void)state;
    static const char *const families[] = {"llama", "qwen3", "gemma3"};
    for (size_t f = 0; f < ARRAY_LEN(families); f++) {
        Tiny m = tiny_family(families[f]);
        m.type = TENSOR_Q8_0;
        tiny_make(&m);
        for (int threads = 1; threads <= 3; threads++) {
            check_lines(&m, "ref", threads);
            check_lines(&m, "exact", threads);
        }
        tiny_free(&m);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_of_one_pass_do_not_see_each_other),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
