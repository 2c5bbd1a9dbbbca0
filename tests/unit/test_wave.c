/*
 * Promises of a pass (model/wave.h) and of KV pages (model/kv.h): segments of different timelines
 * share the weights and nothing else, so a token's numbers are the same bytes whoever else is in
 * the pass and however a prompt was cut; pages are shared until they are written to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "../support/tiny_model.h"
#include "../support/model_folder.h"
#include "base/mem.h"
#include "model/engine_private.h"
#include "model/probe.h"
#include "model/sample.h"
#include "model/session.h"

static Engine *open_kv(const Tiny *m, const char *isa, int threads, const char *kv_type) {
    Err err = {0};
    Engine *e = NULL;
    EngineOptions o = {.path = path, .isa = isa, .threads = threads, .kv_type = kv_type};
    assert_int_equal(tiny_write(m, path, &err), OK);
    if (engine_open(&o, &e, &err) != OK) fail_msg("%s", err.message);
    return e;
}

static Engine *open_tiny(const Tiny *m, const char *isa, int threads) {
    return open_kv(m, isa, threads, NULL);
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
    Err err = {0};
    SampleRng rng;
    sample_rng_seed(&rng, seed);
    for (int i = 0; i < LINE_MAX; i++) {
        line->tokens[i] = (int32_t)(sample_rng_next(&rng) % TINY_VOCAB);
    }
    assert_int_equal(kv_init(&line->kv, e->kv_pool, &e->kv_shape, LINE_MAX, &err), OK);
    assert_int_equal(kv_reserve(&line->kv, 0, line->before + line->n, &err), OK);
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
    w->stop = NULL;
    assert_int_equal(wave_run(w, &err), OK);
}

static void keep_rows(Engine *e, Line *line, const WaveSegment *seg) {
    bool finite = true;
    line->n_rows = seg->rows;
    for (int i = 0; i < seg->rows; i++) {
        float *row = line->rows + (size_t)i * TINY_VOCAB;
        WaveHead head = {seg->row + i, 1, &row, &finite, 0};
        wave_logits(e->wave, &head);
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

/* Not "amx", whose activations are others above 16 tokens of a pass. */
static void segments_of_one_pass_do_not_see_each_other(void **state) {
    (void)state;
    static const char *const families[] = {"llama", "qwen3", "gemma3"};
    static const char *const tables[] = {"ref", "exact", "avx2", "avx512", "neon"};
    for (size_t f = 0; f < ARRAY_LEN(families); f++) {
        Tiny m = tiny_family(families[f]);
        m.type = TENSOR_Q8_0;
        tiny_make(&m);
        for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
            if (!kern_select(tables[t], NULL)) continue;
            for (int threads = 1; threads <= 3; threads++) check_lines(&m, tables[t], threads);
        }
        tiny_free(&m);
    }
}

/* ---- taps ------------------------------------------------------------------------------------ */

enum { TAPPED = 40 }; /* tokens */

/* States after layer 1, if they are wanted, and logits of the last token of a pass. */
static void tap_pass(const Tiny *m, int threads, float *states, float *logits) {
    Engine *e = open_tiny(m, "exact", threads);
    Line line = {.n = TAPPED, .wants = WAVE_LAST};
    line_init(&line, e, 3);
    e->wave->taps = states ? 1 : 0;
    e->wave->tapped = states;
    run_alone(e, &line);
    memcpy(logits, line.rows, TINY_VOCAB * sizeof *logits);
    line_fini(&line);
    engine_close(e);
}

static void a_tap_sees_every_token_and_changes_nothing(void **state) {
    (void)state;
    static const char *const families[] = {"llama", "qwen3", "gemma3"};
    static float one[TAPPED * TINY_EMBD], three[TAPPED * TINY_EMBD];
    static float plain[TINY_VOCAB], tapped[TINY_VOCAB];
    for (size_t f = 0; f < ARRAY_LEN(families); f++) {
        Tiny m = tiny_family(families[f]);
        tiny_make(&m);
        memset(one, 0, sizeof one);
        tap_pass(&m, 1, NULL, plain);
        tap_pass(&m, 3, three, tapped);
        tap_pass(&m, 1, one, tapped);
        assert_memory_equal(plain, tapped, sizeof plain);
        assert_memory_equal(one, three, sizeof one);
        for (int t = 0; t < TAPPED; t++) {
            double size = 0;
            for (int i = 0; i < TINY_EMBD; i++) size += fabs((double)one[t * TINY_EMBD + i]);
            assert_true(size > 0 && isfinite(size));
        }
        tiny_free(&m);
    }
}

/* What a probe says is what a whole pass leaves on its way, and the next pass is whole again. */
static void a_probe_is_the_state_of_the_last_token(void **state) {
    (void)state;
    static float tapped[TAPPED * TINY_EMBD];
    const Str text = STR("who goes there");
    Tiny m = tiny_family("qwen2");
    tiny_make(&m);
    Engine *e = open_tiny(&m, "exact", 2);
    float out[TINY_EMBD], before[TINY_VOCAB], after[TINY_VOCAB];
    TokenList ids;
    Line line = {.wants = WAVE_LAST};
    token_list_init(&ids, TAPPED);
    assert_int_equal(vocab_encode(e->vocab, text, VOCAB_ADD_SPECIAL, &ids, NULL), OK);
    line.n = (int)ids.n;
    line_init(&line, e, 1);
    memcpy(line.tokens, ids.ids, ids.n * sizeof *ids.ids);
    e->wave->taps = 1;
    e->wave->tapped = tapped;
    run_alone(e, &line);
    e->wave->taps = 0;
    memcpy(before, line.rows, sizeof before);
    assert_int_equal(probe_state(e, text, 1, out, NULL), OK);
    assert_memory_equal(out, tapped + (ids.n - 1) * TINY_EMBD, sizeof out);
    run_alone(e, &line);
    memcpy(after, line.rows, sizeof after);
    assert_memory_equal(before, after, sizeof before);
    assert_int_equal(probe_state(e, text, 0, out, NULL), E_UNSUPPORTED);
    assert_int_equal(probe_state(e, text, 2, out, NULL), E_UNSUPPORTED);
    token_list_fini(&ids);
    line_fini(&line);
    engine_close(e);
    tiny_free(&m);
}

/* Wave.taps has a bit for each of the first 64 layers; models have more. */
static void layers_beyond_the_taps_run_and_cannot_be_probed(void **state) {
    (void)state;
    static Tiny m;
    float out[TINY_EMBD];
    m = tiny_family("llama");
    m.n_layer = WAVE_TAPS_MAX + 3;
    tiny_make(&m);
    Engine *e = open_tiny(&m, "ref", 1);
    Line line = {.n = 2, .wants = WAVE_LAST};
    line_init(&line, e, 1);
    run_alone(e, &line);
    assert_int_equal(probe_state(e, STR("who"), WAVE_TAPS_MAX, out, NULL), OK);
    assert_int_equal(probe_state(e, STR("who"), WAVE_TAPS_MAX + 1, out, NULL), E_UNSUPPORTED);
    line_fini(&line);
    engine_close(e);
    tiny_free(&m);
}

static void a_probe_survives_running_out_of_memory(void **state) {
    (void)state;
    Tiny m = tiny_family("llama");
    float out[TINY_EMBD];
    tiny_make(&m);
    Engine *e = open_tiny(&m, "exact", 1);
    uint64_t live = mem_live_blocks();
    Status status = E_NO_MEMORY;
    for (uint64_t nth = 1; status != OK; nth++) {
        assert_true(nth < 40);
        mem_fail_at(nth);
        status = probe_state(e, STR("who goes there"), 1, out, NULL);
        mem_fail_at(0);
        assert_true(status == OK || status == E_NO_MEMORY);
        assert_int_equal(mem_live_blocks(), live);
        assert_int_equal(kv_pool_used(e->kv_pool), 0);
    }
    engine_close(e);
    tiny_free(&m);
}

/* ---- chunks and threads ---------------------------------------------------------------------- */

static void after_all(Engine *e, int chunk, size_t n, float *logits) {
    Err err = {0};
    Session *s = NULL;
    SessionOptions o = {.n_ctx = TINY_TOKENS, .chunk = chunk};
    int32_t tokens[TINY_TOKENS];
    SampleRng rng;
    sample_rng_seed(&rng, 5);
    for (int i = 0; i < TINY_TOKENS; i++) {
        tokens[i] = (int32_t)(sample_rng_next(&rng) % TINY_VOCAB);
    }
    assert_int_equal(session_new(e, &o, &s, &err), OK);
    assert_int_equal(session_sync(s, tokens, n, NULL, &err), OK);
    memcpy(logits, session_logits(s), TINY_VOCAB * sizeof *logits);
    session_free(s);
}

/* Token by token, in odd chunks, at once, on one thread or three, with keys of every type. */
static void chunks_and_threads_do_not_show(void **state) {
    (void)state;
    static const int chunks[] = {1, 37, 64, 512};
    static const char *const families[] = {"qwen3", "gemma3"};
    for (size_t f = 0; f < ARRAY_LEN(families); f++) {
        Tiny m = tiny_family(families[f]);
        m.type = TENSOR_Q8_0;
        if (f == 1) m.window = 150;
        tiny_make(&m);
        for (int type = 0; type < KERN_KV_TYPES; type++) {
            float want[TINY_VOCAB], got[TINY_VOCAB];
            for (size_t c = 0; c < ARRAY_LEN(chunks); c++) {
                Engine *e = open_kv(&m, "ref", c % 2 ? 3 : 1, kern_kv_name((KernKv)type));
                after_all(e, chunks[c], type == KERN_KV_F16 ? 600 : 150, c == 0 ? want : got);
                if (c > 0) assert_memory_equal(want, got, sizeof got);
                engine_close(e);
            }
        }
        tiny_free(&m);
    }
}

/* ---- pages ----------------------------------------------------------------------------------- */

static const KvShape small = {KERN_KV_F16, 2, 1, 16};

static void fill(Kv *kv, int from, int to, char with) {
    for (int i = from / KERN_KV_KEYS; i < (to + KERN_KV_KEYS - 1) / KERN_KV_KEYS; i++) {
        memset(kv->data[i], with, (size_t)kv_page_bytes(&kv->shape));
    }
}

/* The keys of two whole pages. */
static void two_keys(uint8_t key[2][HASH_BYTES]) {
    static const uint8_t root[HASH_BYTES];
    int32_t tokens[2 * KERN_KV_KEYS];
    for (int i = 0; i < 2 * KERN_KV_KEYS; i++) tokens[i] = i;
    kv_page_key(root, tokens, KERN_KV_KEYS, key[0]);
    kv_page_key(key[0], tokens + KERN_KV_KEYS, KERN_KV_KEYS, key[1]);
}

static void a_shared_prefix_is_copied_when_written_to(void **state) {
    (void)state;
    Err err = {0};
    KvPool *pool = NULL;
    Kv a, b;
    uint8_t key[2][HASH_BYTES];
    uint64_t page = kv_page_bytes(&small);
    two_keys(key);
    assert_int_equal(kv_pool_new(6 * page, &pool, &err), OK);
    assert_int_equal(kv_init(&a, pool, &small, 1000, &err), OK);
    assert_int_equal(kv_init(&b, pool, &small, 1000, &err), OK);
    assert_int_equal(kv_reserve(&a, 0, 150, &err), OK); /* three pages */
    for (uint64_t i = 0; i < page; i++) assert_int_equal(a.data[2][i], 0);
    fill(&a, 0, 150, 1);
    assert_false(kv_take(&b, key[0]));
    kv_publish(&a, 0, key[0]);
    kv_publish(&a, 1, key[1]);
    kv_publish(&a, 1, key[1]);
    assert_true(kv_take(&b, key[0]) && kv_take(&b, key[1]));
    assert_int_equal(b.n_pages, 2);
    assert_ptr_equal(b.data[1], a.data[1]);
    assert_int_equal(kv_pool_used(pool), 3 * page);
    assert_int_equal(kv_reserve(&b, 100, 130, &err), OK);
    assert_ptr_equal(b.data[0], a.data[0]);
    assert_ptr_not_equal(b.data[1], a.data[1]);
    assert_memory_equal(b.data[1], a.data[1], page);
    assert_int_equal(kv_pool_used(pool), 5 * page);
    char *mine = a.data[1];
    assert_int_equal(kv_reserve(&a, 64, 150, &err), OK); /* nobody else has it any more */
    assert_ptr_equal(mine, a.data[1]);
    kv_cut(&a, 0);
    assert_int_equal(kv_pool_used(pool), 3 * page);
    assert_int_equal(b.data[0][0], 1); /* b's reference keeps the page, and its name */
    assert_true(kv_take(&a, key[0]));
    assert_false(kv_take(&a, key[1])); /* was written to */
    kv_fini(&a);
    kv_fini(&b);
    assert_int_equal(kv_init(&a, pool, &small, 1000, &err), OK);
    assert_false(kv_take(&a, key[0])); /* went with the last who had it */
    kv_fini(&a);
    assert_int_equal(kv_pool_used(pool), 0);
    kv_pool_free(pool);
}

static void a_full_pool_refuses_and_loses_nothing(void **state) {
    (void)state;
    Err err = {0};
    KvPool *pool = NULL;
    Kv kv;
    uint64_t page = kv_page_bytes(&small);
    assert_int_equal(kv_pool_new(2 * page, &pool, &err), OK);
    assert_int_equal(kv_init(&kv, pool, &small, 1000, &err), OK);
    assert_int_equal(kv_reserve(&kv, 0, 100, &err), OK);
    fill(&kv, 0, 100, 7);
    assert_int_equal(kv_reserve(&kv, 100, 200, &err), E_LIMIT);
    assert_int_equal(kv.n_pages, 2);
    assert_int_equal(kv.data[1][0], 7);
    kv_cut(&kv, 64);
    assert_int_equal(kv_reserve(&kv, 64, 128, &err), OK);
    kv_fini(&kv);
    kv_pool_free(pool);
}

static void pages_survive_running_out_of_memory(void **state) {
    (void)state;
    uint64_t live = mem_live_blocks();
    for (uint64_t nth = 1; nth < 40; nth++) {
        KvPool *pool = NULL;
        Kv a = {0}, b = {0};
        uint8_t key[2][HASH_BYTES];
        two_keys(key);
        mem_fail_at(nth);
        Status status = kv_pool_new(1 << 20, &pool, NULL);
        if (status == OK) status = kv_init(&a, pool, &small, 300, NULL);
        if (status == OK) status = kv_init(&b, pool, &small, 300, NULL);
        if (status == OK) status = kv_reserve(&a, 0, 200, NULL);
        for (int i = 0; i < 2 && status == OK; i++) {
            kv_publish(&a, i, key[i]);
            assert_true(kv_take(&b, key[i]));
        }
        if (status == OK) status = kv_reserve(&b, 10, 250, NULL);
        mem_fail_at(0);
        if (a.page) kv_fini(&a);
        if (b.page) kv_fini(&b);
        if (pool) assert_int_equal(kv_pool_used(pool), 0);
        kv_pool_free(pool);
        assert_int_equal(mem_live_blocks(), live);
        if (status == OK) return;
        assert_int_equal(status, E_NO_MEMORY);
    }
    fail_msg("it never came to an end");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_of_one_pass_do_not_see_each_other),
        cmocka_unit_test(a_tap_sees_every_token_and_changes_nothing),
        cmocka_unit_test(a_probe_is_the_state_of_the_last_token),
        cmocka_unit_test(layers_beyond_the_taps_run_and_cannot_be_probed),
        cmocka_unit_test(a_probe_survives_running_out_of_memory),
        cmocka_unit_test(chunks_and_threads_do_not_show),
        cmocka_unit_test(a_shared_prefix_is_copied_when_written_to),
        cmocka_unit_test(a_full_pool_refuses_and_loses_nothing),
        cmocka_unit_test(pages_survive_running_out_of_memory),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
