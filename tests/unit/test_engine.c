/*
 * Promises of the engine: every family computes what its paper says (tests/support/tiny_model.h is
 * an independent forward pass), sessions reuse what they may and nothing else, results do not
 * depend on the number of threads, and damaged models are refused with a reason.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../support/tiny_model.h"
#include "../support/model_folder.h"
#include "base/file.h"
#include "base/mem.h"
#include "model/embed.h"
#include "model/engine_private.h"
#include "model/generate.h"
#include "model/pack.h"
#include "model/score.h"

static int32_t some_tokens[TINY_TOKENS];

static void draw_tokens(int n, uint64_t seed) {
    SampleRng rng;
    sample_rng_seed(&rng, seed);
    for (int i = 0; i < n; i++) some_tokens[i] = (int32_t)(sample_rng_next(&rng) % TINY_VOCAB);
}

static Engine *open_tiny(const Tiny *m, const char *isa, int threads) {
    Err err = {0};
    Engine *e = NULL;
    EngineOptions o = {.path = path, .isa = isa, .threads = threads};
    o.embedding = strcmp(m->arch, "bert") == 0;
    assert_int_equal(tiny_write(m, path, &err), OK);
    if (engine_open(&o, &e, &err) != OK) fail_msg("%s", err.message);
    return e;
}

static Session *new_session(Engine *e, int n_ctx, int chunk) {
    Session *s = NULL;
    Err err = {0};
    SessionOptions o = {.n_ctx = n_ctx, .chunk = chunk};
    if (session_new(e, &o, &s, &err) != OK) fail_msg("%s", err.message);
    return s;
}

static void sync_all(Session *s, size_t n) {
    Err err = {0};
    if (session_sync(s, some_tokens, n, NULL, &err) != OK) fail_msg("%s", err.message);
}

static float farthest(const float *a, const float *b, size_t n) {
    float far = 0;
    for (size_t i = 0; i < n; i++) far = fmaxf(far, fabsf(a[i] - b[i]));
    return far;
}

/* ---- families -------------------------------------------------------------------------------- */

enum { ROWS = 24 };

static Status keep_rows(void *user, size_t first, size_t n, const float *rows, Err *err) {
    (void)err;
    memcpy((float *)user + first * TINY_VOCAB, rows, n * TINY_VOCAB * sizeof(float));
    return OK;
}

/* Batch, token by token, and the last row of a narrow pass, against the papers. */
static void check_family(Tiny m, const char *isa, float allowed) {
    static float want[ROWS * TINY_VOCAB], got[ROWS * TINY_VOCAB];
    Err err = {0};
    tiny_make(&m);
    draw_tokens(ROWS, 7);
    tiny_decode(&m, some_tokens, ROWS, want);
    Engine *e = open_tiny(&m, isa, 2);
    Session *s = new_session(e, 64, 0);
    SyncOptions rows = {.rows = keep_rows, .user = got};
    assert_int_equal(session_sync(s, some_tokens, ROWS, &rows, &err), OK);
    float far = farthest(want, got, ROWS * TINY_VOCAB);
    if (!(far < allowed)) fail_msg("%s %s: batch is off by %g", m.arch, isa, (double)far);
    assert_memory_equal(session_logits(s), got + (ROWS - 1) * TINY_VOCAB,
                        sizeof(float) * TINY_VOCAB);
    session_clear(s);
    for (size_t n = 1; n <= ROWS; n++) {
        sync_all(s, n);
        far = farthest(want + (n - 1) * TINY_VOCAB, session_logits(s), TINY_VOCAB);
        if (!(far < allowed))
            fail_msg("%s %s: token %zu is off by %g", m.arch, isa, n, (double)far);
    }
    session_clear(s);
    sync_all(s, ROWS);
    far = farthest(want + (ROWS - 1) * TINY_VOCAB, session_logits(s), TINY_VOCAB);
    if (!(far < allowed)) fail_msg("%s %s: the last row is off by %g", m.arch, isa, (double)far);
    session_free(s);
    engine_close(e);
    tiny_free(&m);
}

static void llama_computes_what_the_paper_says(void **state) {
    (void)state;
    check_family(tiny_family("llama"), "exact", 1.5e-2f);
}

static void llama3_divides_frequencies_and_shares_its_head(void **state) {
    (void)state;
    Tiny m = tiny_family("llama");
    m.factors = m.tied = true;
    check_family(m, "exact", 1.5e-2f);
}

static void qwen2_and_qwen3_compute_what_the_papers_say(void **state) {
    (void)state;
    check_family(tiny_family("qwen2"), "exact", 1.5e-2f);
    check_family(tiny_family("qwen3"), "exact", 1.5e-2f);
}

static void gemma3_computes_what_the_paper_says(void **state) {
    (void)state;
    check_family(tiny_family("gemma3"), "exact", 1e-2f);
}

static void every_instruction_set_computes_the_same_model(void **state) {
    (void)state;
    static const char *const isas[] = {"ref", "avx2", "avxvnni-twin", "avx512", "avx512-ahead",
                                       "avx512-twice", "amx", "neon", "neon-i8mm"};
    static const char *const families[] = {"llama", "qwen3", "gemma3"};
    for (size_t i = 0; i < ARRAY_LEN(isas); i++) {
        Err err = {0};
        if (!kern_select(isas[i], &err)) continue; /* not of this machine */
        for (size_t f = 0; f < 3; f++) {
            Tiny m = tiny_family(families[f]);
            m.type = TENSOR_Q8_0;
            check_family(m, isas[i], 0.25f);
        }
    }
}

static void encoders_pool_mean_and_first_token(void **state) {
    (void)state;
    Str texts[] = {STR("a bc d"), STR("hello w"), STR("z")};
    for (int pooling = 1; pooling <= 2; pooling++) {
        Err err = {0};
        Embedder *e = NULL;
        float out[3 * TINY_EMBD], alone[TINY_EMBD], want[TINY_EMBD];
        Tiny m = tiny_family("bert");
        m.pooling = pooling;
        tiny_make(&m);
        assert_int_equal(tiny_write(&m, path, &err), OK);
        EmbedderOptions o = {.path = path, .isa = "exact", .threads = 2};
        if (embedder_open(&o, &e, &err) != OK) fail_msg("%s", err.message);
        assert_int_equal(embedder_dim(e), TINY_EMBD);
        assert_int_equal(embedder_run(e, texts, 3, false, out, NULL, &err), OK);
        for (int i = 0; i < 3; i++) {
            EmbedStats stats;
            int32_t t[64] = {2};
            size_t at = 1;
            for (size_t c = 0; c < texts[i].n; c++) {
                bool head = c == 0 || texts[i].p[c - 1] == ' ';
                if (texts[i].p[c] != ' ') t[at++] = (head ? 5 : 31) + texts[i].p[c] - 'a';
            }
            t[at++] = 3;
            tiny_encode(&m, t, (int)at, want);
            assert_true(farthest(want, out + i * TINY_EMBD, TINY_EMBD) < 2e-3f);
            assert_int_equal(embedder_run(e, &texts[i], 1, false, alone, &stats, &err), OK);
            assert_int_equal(stats.tokens, at);
            assert_true(farthest(alone, out + i * TINY_EMBD, TINY_EMBD) < 1e-5f);
        }
        embedder_close(e);
        tiny_free(&m);
    }
}

static void a_text_without_tokens_has_no_vector_and_no_states(void **state) {
    (void)state;
    static float out[TINY_EMBD];
    Tiny m = tiny_family("bert");
    m.bare = true;
    tiny_make(&m);
    Err err = {0};
    assert_int_equal(tiny_write(&m, path, &err), OK);
    Embedder *e = NULL;
    EmbedderOptions o = {.path = path, .threads = 1};
    if (embedder_open(&o, &e, &err) != OK) fail_msg("%s", err.message);
    const EmbedPlace all = {0, 1};
    const EmbedText texts[] = {{STR("a"), &all, 1}, {STR(" "), &all, 1}};
    uint32_t token[2];
    EmbedAsk ask = {texts, 1, 1};
    assert_int_equal(embedder_states(e, &ask, out, token, &err), OK);
    ask.n = 2;
    assert_int_equal(embedder_states(e, &ask, out, token, &err), E_FAILED);
    assert_int_equal(embedder_means(e, STR(""), 1, out, &err), E_FAILED);
    assert_int_equal(embedder_run(e, &texts[1].text, 1, true, out, NULL, &err), E_FAILED);
    embedder_close(e);
    tiny_free(&m);
}

static void embedder_counts_what_it_cuts(void **state) {
    (void)state;
    Err err = {0};
    Embedder *e = NULL;
    EmbedStats stats;
    static char longer[400];
    float out[2 * TINY_EMBD];
    Tiny m = tiny_family("bert");
    tiny_make(&m);
    assert_int_equal(tiny_write(&m, path, &err), OK);
    EmbedderOptions o = {.path = path, .threads = 2};
    assert_int_equal(embedder_open(&o, &e, &err), OK);
    for (size_t i = 0; i < sizeof longer; i++) longer[i] = i % 2 ? ' ' : 'b';
    Str texts[] = {{longer, sizeof longer}, STR("b")};
    assert_int_equal(embedder_run(e, texts, 2, true, out, &stats, &err), OK);
    assert_int_equal(stats.truncated, 1);
    assert_int_equal(stats.tokens, 64 + 3);
    embedder_close(e);
    tiny_free(&m);
}

static void embedder_reads_no_more_than_the_model_was_trained_on(void **state) {
    (void)state;
    Err err = {0};
    Embedder *e = NULL;
    EmbedStats stats;
    float out[TINY_EMBD];
    Tiny m = tiny_family("bert");
    EmbedderOptions o = {.path = path, .threads = 1};
    Str text = STR("b b b b b b b b b b b b");
    m.longest = 8;
    tiny_make(&m);
    assert_int_equal(tiny_write(&m, path, &err), OK);
    assert_int_equal(embedder_open(&o, &e, &err), OK);
    assert_int_equal(embedder_run(e, &text, 1, true, out, &stats, &err), OK);
    assert_true(stats.truncated == 1 && stats.tokens == 8);
    embedder_close(e);
    m.longest = 65; /* more than it has positions */
    assert_int_equal(tiny_write(&m, path, &err), OK);
    assert_int_equal(embedder_open(&o, &e, &err), OK);
    assert_int_equal(embedder_run(e, &text, 1, true, out, &stats, &err), OK);
    assert_true(stats.truncated == 0 && stats.tokens > 8);
    embedder_close(e);
    tiny_free(&m);
}

/* ---- sessions -------------------------------------------------------------------------------- */

static void session_reuses_a_prefix_and_equals_a_fresh_one(void **state) {
    (void)state;
    Tiny m = tiny_family("gemma3");
    tiny_make(&m);
    Engine *e = open_tiny(&m, "exact", 2);
    Session *used = new_session(e, 600, 0), *fresh = new_session(e, 600, 0);
    draw_tokens(600, 3);
    sync_all(used, 300);
    assert_int_equal(session_reused(used), 0);
    some_tokens[200] = (some_tokens[200] + 1) % TINY_VOCAB;
    sync_all(used, 320);
    assert_int_equal(session_reused(used), 200);
    assert_int_equal(session_length(used), 320);
    sync_all(fresh, 320);
    assert_true(farthest(session_logits(used), session_logits(fresh), TINY_VOCAB) < 1e-3f);
    sync_all(used, 320); /* the same again costs nothing */
    assert_int_equal(session_reused(used), 320);
    sync_all(used, 250); /* shorter: the last token is evaluated once more */
    assert_int_equal(session_reused(used), 249);
    sync_all(fresh, 100);
    sync_all(fresh, 250);
    assert_true(farthest(session_logits(used), session_logits(fresh), TINY_VOCAB) < 1e-3f);
    session_free(used);
    session_free(fresh);
    engine_close(e);
    tiny_free(&m);
}

static void session_never_cuts(void **state) {
    (void)state;
    Err err = {0};
    Tiny m = tiny_family("llama");
    tiny_make(&m);
    Engine *e = open_tiny(&m, NULL, 1);
    Session *s = new_session(e, 32, 0), *none = NULL;
    draw_tokens(40, 3);
    sync_all(s, 10);
    assert_int_equal(session_sync(s, some_tokens, 33, NULL, &err), E_LIMIT);
    assert_non_null(strstr(err.message, "33"));
    assert_non_null(strstr(err.message, "32"));
    assert_int_equal(session_length(s), 10);
    some_tokens[0] = TINY_VOCAB;
    assert_int_equal(session_sync(s, some_tokens, 3, NULL, &err), E_USAGE);
    assert_int_equal(session_sync(s, some_tokens, 0, NULL, &err), E_USAGE);
    SessionOptions beyond = {.n_ctx = 1025};
    assert_int_equal(session_new(e, &beyond, &none, &err), E_LIMIT);
    assert_null(none);
    session_free(s);
    engine_close(e);
    tiny_free(&m);
}

typedef struct Stopper {
    atomic_bool flag;
    size_t after;
} Stopper;

/* Called while the pass that made the rows is not over: no other pass can have begun. */
static Status stop_after(void *user, size_t first, size_t n, const float *rows, Err *err) {
    Stopper *s = user;
    (void)rows;
    (void)err;
    if (first + n >= s->after) atomic_store(&s->flag, true);
    return OK;
}

static void cancel_keeps_what_was_finished(void **state) {
    (void)state;
    Err err = {0};
    Tiny m = tiny_family("qwen2");
    tiny_make(&m);
    Engine *e = open_tiny(&m, NULL, 2);
    Session *s = new_session(e, 100, 8), *fresh = new_session(e, 100, 8);
    Stopper stopper = {.after = 24};
    SyncOptions o = {.cancel = &stopper.flag, .rows = stop_after, .user = &stopper};
    draw_tokens(60, 5);
    assert_int_equal(session_sync(s, some_tokens, 60, &o, &err), E_CANCELLED);
    assert_int_equal(session_length(s), 24);
    atomic_store(&stopper.flag, false);
    stopper.after = 1000;
    assert_int_equal(session_sync(s, some_tokens, 60, &o, &err), OK);
    assert_int_equal(session_reused(s), 24);
    sync_all(fresh, 60);
    assert_memory_equal(session_logits(s), session_logits(fresh), TINY_VOCAB * sizeof(float));
    session_free(s);
    session_free(fresh);
    engine_close(e);
    tiny_free(&m);
}

static void any_number_of_threads_gives_the_same_bytes(void **state) {
    (void)state;
    static float first[2][TINY_VOCAB];
    const char *families[] = {"llama", "gemma3"};
    for (int f = 0; f < 2; f++) {
        Tiny m = tiny_family(families[f]);
        m.type = TENSOR_Q8_0;
        tiny_make(&m);
        draw_tokens(620, 11);
        /* 16: items are cut smaller for many lanes */
        for (int threads = 1; threads <= 16; threads += threads < 8 ? 1 : 8) {
            Engine *e = open_tiny(&m, NULL, threads);
            Session *s = new_session(e, 640, 0);
            sync_all(s, 600);
            if (threads == 1) memcpy(first[0], session_logits(s), sizeof first[0]);
            assert_memory_equal(first[0], session_logits(s), sizeof first[0]);
            for (size_t n = 601; n <= 620; n++) sync_all(s, n); /* keys are cut into blocks */
            if (threads == 1) memcpy(first[1], session_logits(s), sizeof first[1]);
            assert_memory_equal(first[1], session_logits(s), sizeof first[1]);
            session_free(s);
            engine_close(e);
        }
        tiny_free(&m);
    }
}

static void long_contexts_are_right_in_blocks_of_keys(void **state) {
    (void)state;
    static float want[TINY_TOKENS * TINY_VOCAB];
    const char *families[] = {"llama", "gemma3"};
    for (int f = 0; f < 2; f++) {
        Tiny m = tiny_family(families[f]);
        if (f == 1) m.window = 300;
        tiny_make(&m);
        draw_tokens(TINY_TOKENS, 13);
        tiny_decode(&m, some_tokens, TINY_TOKENS, want);
        Engine *e = open_tiny(&m, "exact", 3);
        Session *s = new_session(e, TINY_TOKENS, 0);
        sync_all(s, TINY_TOKENS - 3);
        for (size_t n = TINY_TOKENS - 3; n <= TINY_TOKENS; n++) {
            sync_all(s, n);
            float far = farthest(want + (n - 1) * TINY_VOCAB, session_logits(s), TINY_VOCAB);
            if (!(far < 1e-2f)) fail_msg("%s at %zu is off by %g", m.arch, n, (double)far);
        }
        session_free(s);
        engine_close(e);
        tiny_free(&m);
    }
}

/* ---- damaged models -------------------------------------------------------------------------- */

static Status try_open(const Tiny *m, Err *err) {
    Engine *e = NULL;
    EngineOptions o = {.path = path, .threads = 2, .embedding = strcmp(m->arch, "bert") == 0};
    Err own;
    if (!err) err = &own;
    if (tiny_write(m, path, err) != OK) fail_msg("%s", err->message);
    Status status = engine_open(&o, &e, err);
    engine_close(e);
    return status;
}

static void senseless_hyper_parameters_are_refused(void **state) {
    (void)state;
    Tiny base = tiny_family("llama");
    tiny_make(&base);
    Tiny cases[10];
    for (int i = 0; i < 10; i++) cases[i] = base;
    cases[0].n_layer = 0;
    cases[1].n_layer = 100000;
    cases[2].n_head = 3;
    cases[3].n_head_kv = 3;
    cases[4].d_head = 15;
    cases[5].base = 0;
    cases[6].eps = 0;
    cases[7].n_ctx = 0;
    cases[8].arch = "mystery";
    cases[9].n_layer = 3; /* more layers than tensors */
    for (int i = 0; i < 10; i++) {
        Err err = {0};
        Status status = try_open(&cases[i], &err);
        if (status == OK) fail_msg("case %d was accepted", i);
        assert_true(strlen(err.message) > 10);
    }
    tiny_free(&base);
}

/* One head as wide as it says, in a model that is whole otherwise. */
static Status try_width(const char *arch, int d_head, Err *err) {
    Tiny m = tiny_family(arch);
    m.d_head = d_head;
    m.n_head = m.n_head_kv = d_head < 16 ? 8 : 4;
    tiny_make(&m);
    Status status = try_open(&m, err);
    tiny_free(&m);
    return status;
}

static void heads_that_no_kernel_takes_are_refused(void **state) {
    (void)state;
    static const int widths[] = {8, 24, 40, 120, 528, 1024};
    for (size_t i = 0; i < ARRAY_LEN(widths); i++) {
        Err err = {0};
        if (try_width("llama", widths[i], &err) == OK) fail_msg("%d was accepted", widths[i]);
        assert_int_equal(err.code, E_UNSUPPORTED);
        assert_non_null(strstr(err.message, "heads of"));
    }
    Tiny many = tiny_family("llama");
    many.n_head = many.n_head_kv = 512;
    tiny_make(&many);
    assert_int_equal(try_open(&many, NULL), E_LIMIT); /* more items than a round of attention has */
    tiny_free(&many);
    assert_int_equal(try_width("llama", 512, NULL), OK);
    assert_int_equal(try_width("llama", 48, NULL), OK);
}

static void missing_and_misshapen_tensors_are_named(void **state) {
    (void)state;
    Err err = {0};
    Tiny m = tiny_family("llama");
    tiny_make(&m);
    (void)snprintf(m.t[3].name, sizeof m.t[3].name, "elsewhere");
    assert_int_equal(try_open(&m, &err), E_CORRUPT);
    assert_non_null(strstr(err.message, "blk.0.attn_k.weight is missing"));
    (void)snprintf(m.t[3].name, sizeof m.t[3].name, "blk.0.attn_k.weight");
    m.t[3].cols = 32;
    m.t[3].rows = 64;
    assert_int_equal(try_open(&m, &err), E_CORRUPT);
    assert_non_null(strstr(err.message, "32 x 64"));
    m.t[3].cols = 64;
    m.t[3].rows = 32;
    tiny_free(&m);
}

static void weights_that_are_no_numbers_are_refused(void **state) {
    (void)state;
    Tiny m = tiny_family("llama");
    tiny_make(&m);
    int places[] = {1, 2, m.n - 1}; /* a norm, a matrix, the head */
    for (int i = 0; i < 3; i++) {
        Err err = {0};
        float *at = &m.t[places[i]].data[40], kept = *at;
        *at = i == 1 ? NAN : INFINITY;
        assert_int_equal(try_open(&m, &err), E_CORRUPT);
        assert_non_null(strstr(err.message, m.t[places[i]].name));
        *at = kept;
    }
    tiny_free(&m);
}

static void logits_that_are_no_numbers_are_an_error(void **state) {
    (void)state;
    Err err = {0};
    Tiny m = tiny_family("llama");
    tiny_make(&m);
    for (uint64_t i = 0; i < TINY_VOCAB * TINY_EMBD; i++) m.t[m.n - 1].data[i] = 3e38f;
    Engine *e = open_tiny(&m, NULL, 2);
    Session *s = new_session(e, 16, 0);
    draw_tokens(4, 1);
    assert_int_equal(session_sync(s, some_tokens, 4, NULL, &err), E_CORRUPT);
    assert_non_null(strstr(err.hint, "doctor --repair")); /* it may be the pack */
    GenerateResult r;
    GenerateOptions o = {.sampler = sampler_options_default(), .max_tokens = 5};
    assert_int_equal(generate_run(s, some_tokens, 4, &o, &r, &err), E_CORRUPT);
    session_free(s);
    engine_close(e);
    tiny_free(&m);
}

/* Keys and values of a damaged token stay in the page behind what the session goes on with, and
   fast kernels multiply what they mask by zero. */
static void what_was_no_number_does_not_spoil_what_comes_in_its_place(void **state) {
    (void)state;
    static const int32_t bad[] = {1, 2, 7, 7, 7, 7}, good[] = {1, 2, 3};
    const Kernels *k;
    Tiny m = tiny_family("llama");
    tiny_make(&m);
    for (int i = 0; i < TINY_EMBD; i++) m.t[0].data[7 * TINY_EMBD + i] = NAN;
    for (size_t i = 0; (k = kern_available(i)); i++) {
        Err err = {0};
        Engine *e = open_tiny(&m, k->name, 2);
        Session *s = new_session(e, 16, 0), *fresh = new_session(e, 16, 0);
        assert_int_equal(session_sync(s, good, 2, NULL, &err), OK);
        assert_int_equal(session_sync(s, bad, 6, NULL, &err), E_CORRUPT);
        if (session_sync(s, good, 3, NULL, &err) != OK) fail_msg("%s: %s", k->name, err.message);
        assert_int_equal(session_sync(fresh, good, 3, NULL, &err), OK);
        assert_memory_equal(session_logits(s), session_logits(fresh), TINY_VOCAB * sizeof(float));
        session_free(s);
        session_free(fresh);
        engine_close(e);
    }
    tiny_free(&m);
}

static void a_file_cut_while_it_is_used_is_an_error_and_no_crash(void **state) {
    (void)state;
    Err err = {0};
    Tiny m = tiny_family("llama");
    tiny_make(&m);
    Engine *e = open_tiny(&m, NULL, 2);
    Session *s = new_session(e, 64, 0);
    draw_tokens(64, 1);
    sync_all(s, 8);
    assert_int_equal(truncate(path, 4096), 0);
    Status status = OK;
    for (size_t n = 9; n <= 64 && status == OK; n++) {
        status = session_sync(s, some_tokens, n, NULL, &err);
    }
    assert_int_equal(status, E_CORRUPT);
    session_free(s);
    engine_close(e);
    tiny_free(&m);
}

/* As `cp other.gguf model.gguf` does it: the same inode, in the end perhaps the same length. */
static void a_file_written_over_while_it_is_used_is_an_error(void **state) {
    (void)state;
    Err err = {0};
    Tiny m = tiny_family("llama");
    tiny_make(&m);
    Engine *e = open_tiny(&m, NULL, 2);
    Session *s = new_session(e, 64, 0);
    draw_tokens(64, 1);
    sync_all(s, 8);
    usleep(30000); /* times of files are as coarse as the kernel's clock */
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0 && pwrite(fd, "x", 1, 4096) == 1 && close(fd) == 0);
    assert_int_equal(session_sync(s, some_tokens, 9, NULL, &err), E_CORRUPT);
    assert_non_null(strstr(err.message, "written to"));
    session_free(s);
    engine_close(e);
    tiny_free(&m);
}

static void an_encoder_does_not_write_and_a_decoder_does_not_embed(void **state) {
    (void)state;
    Err err = {0};
    Tiny bert = tiny_family("bert"), llama = tiny_family("llama");
    Engine *e = NULL;
    Embedder *em = NULL;
    EngineOptions eo = {.path = path, .threads = 1};
    EmbedderOptions mo = {.path = path, .threads = 1};
    tiny_make(&bert);
    tiny_make(&llama);
    assert_int_equal(tiny_write(&bert, path, &err), OK);
    assert_int_equal(engine_open(&eo, &e, &err), E_USAGE);
    assert_int_equal(tiny_write(&llama, path, &err), OK);
    assert_int_equal(embedder_open(&mo, &em, &err), E_USAGE);
    assert_null(e);
    assert_null(em);
    tiny_free(&bert);
    tiny_free(&llama);
}

static void a_model_too_large_for_memory_is_refused_with_numbers(void **state) {
    (void)state;
    Err err = {0};
    EnginePlan plan;
    Engine *e = NULL;
    Tiny m = tiny_family("llama");
    m.n_head_kv = 4;
    m.n_ctx = 1 << 24;
    m.n_layer = 8;
    tiny_make(&m);
    assert_int_equal(tiny_write(&m, path, &err), OK);
    EngineOptions o = {.path = path, .threads = 1, .n_ctx = 1 << 24, .kv_type = "q8"};
    assert_int_equal(engine_plan(&o, &plan, &err), OK);
    uint64_t in_bytes = plan.kv_bytes;
    o.kv_type = NULL;
    assert_int_equal(engine_plan(&o, &plan, &err), OK);
    assert_int_equal(plan.kv_bytes, (uint64_t)8 * 2 * 4 * 16 * 2 << 24);
    assert_true(in_bytes < plan.kv_bytes);
    assert_string_equal(plan.arch, "llama");
    if (plan.total_bytes <= plan.available_bytes) skip(); /* a machine with that much memory */
    assert_false(plan.fits);
    assert_int_equal(engine_open(&o, &e, &err), E_LIMIT);
    assert_non_null(strstr(err.message, "GB"));
    tiny_free(&m);
}

static const char *auto_kv(Tiny m, const char *isa) {
    EngineInfo info;
    tiny_make(&m);
    Engine *e = open_tiny(&m, isa, 1);
    engine_info(e, &info);
    engine_close(e);
    tiny_free(&m);
    return info.kv_type; /* a static name */
}

static void eight_bits_are_for_caches_that_outweigh_the_weights(void **state) {
    (void)state;
    Err err = {0};
    const Kernels *k = kern_select("avx512", &err);
    if (!k) skip();
    const char *wide = k->bf16 ? "bf16" : "f16";
    Tiny m = tiny_family("llama");
    m.n_head = m.n_head_kv = 2;
    m.d_head = 64;
    m.n_ctx = 8192;
    assert_string_equal(auto_kv(m, "avx512"), "q8");
    assert_string_equal(auto_kv(m, "ref"), "f16");
    m.n_ctx = 32;
    assert_string_equal(auto_kv(m, "avx512"), wide);
    Tiny windows = tiny_family("gemma3"); /* most layers see few tokens */
    windows.n_head = windows.n_head_kv = 2;
    windows.d_head = 64;
    windows.n_ctx = 512;
    windows.window = 4;
    assert_string_equal(auto_kv(windows, "avx512"), wide);
    Tiny biased = tiny_family("qwen2");
    biased.n_head = biased.n_head_kv = 2;
    biased.d_head = 64;
    biased.n_ctx = 8192;
    assert_string_equal(auto_kv(biased, "avx512"), wide);
}

static void running_out_of_memory_is_reported_everywhere(void **state) {
    (void)state;
    Err err = {0};
    Tiny m = tiny_family("llama");
    tiny_make(&m);
    assert_int_equal(tiny_write(&m, path, &err), OK);
    EngineOptions o = {.path = path, .threads = 2, .isa = "ref"};
    uint64_t live = mem_live_blocks(), nth = 1;
    for (Status status = E_NO_MEMORY; status != OK; nth++) {
        Engine *e = NULL;
        Session *s = NULL;
        mem_fail_at(nth);
        status = engine_open(&o, &e, &err);
        if (status == OK) status = session_new(e, NULL, &s, &err);
        if (status == OK) status = session_sync(s, (int32_t[]){5, 6}, 2, NULL, &err);
        mem_fail_at(0);
        session_free(s);
        engine_close(e);
        assert_int_equal(mem_live_blocks(), live);
        if (status != OK) assert_int_equal(status, E_NO_MEMORY);
        assert_true(nth < 2000);
    }
    assert_true(nth > 10);
    tiny_free(&m);
}

/* ---- pack cache ------------------------------------------------------------------------------ */

static Engine *open_packed(const char *pack_dir, bool *from_pack) {
    Err err = {0};
    Engine *e = NULL;
    EngineInfo info;
    EngineOptions o = {.path = path, .pack_dir = pack_dir, .threads = 2};
    if (engine_open(&o, &e, &err) != OK) fail_msg("%s", err.message);
    engine_info(e, &info);
    *from_pack = info.from_pack;
    return e;
}

/* Somebody who waits for a packing and gives it up at its second slice. */
typedef struct Waiting {
    atomic_bool cancel;
    int told, stop_at;
    uint64_t last, total;
} Waiting;

static void hear_packing(void *user, uint64_t done, uint64_t total) {
    Waiting *waiting = user;
    assert_true(done >= waiting->last && done <= total);
    waiting->last = done;
    waiting->total = total;
    if (++waiting->told == waiting->stop_at) atomic_store(&waiting->cancel, true);
}

/* Packs and what may become one. */
static int count_packs(const char *dir) {
    DIR *list = opendir(dir);
    int n = 0;
    assert_non_null(list);
    for (const struct dirent *e; (e = readdir(list));) n += strstr(e->d_name, ".pack") != NULL;
    (void)closedir(list);
    return n;
}

/* With a folder for the pack and without: either way nobody waits for the rest of it. */
static void packing_tells_how_far_it_is_and_stops_when_told(void **state) {
    (void)state;
    char dir[128];
    Tiny m = tiny_family("gemma3");
    m.type = TENSOR_Q8_0;
    tiny_make(&m);
    assert_int_equal(tiny_write(&m, path, NULL), OK);
    (void)snprintf(dir, sizeof dir, "%s/stopped", folder);
    for (int keeps = 0; keeps <= 1; keeps++) {
        Err err = {0};
        Engine *e = NULL;
        Waiting waiting = {.stop_at = 2};
        EngineOptions o = {.path = path, .pack_dir = keeps ? dir : NULL, .threads = 2,
                           .cancel = &waiting.cancel, .packing = hear_packing, .user = &waiting};
        assert_int_equal(engine_open(&o, &e, &err), E_CANCELLED);
        assert_null(e);
        assert_int_equal(waiting.told, 2);
        assert_true(waiting.last < waiting.total);
        if (keeps) assert_int_equal(count_packs(dir), 0);
        waiting = (Waiting){.stop_at = -1};
        assert_int_equal(engine_open(&o, &e, &err), OK);
        assert_true(waiting.told > 2 && waiting.last == waiting.total);
        engine_close(e);
    }
    assert_int_equal(engine_pack_remove(path, dir, NULL), OK);
    assert_int_equal(count_packs(dir), 0);
    file_remove_tree(dir);
    tiny_free(&m);
}

static void logits_of(Engine *e, float out[TINY_VOCAB]) {
    Session *s = new_session(e, 64, 0);
    draw_tokens(20, 2);
    sync_all(s, 20);
    memcpy(out, session_logits(s), TINY_VOCAB * sizeof(float));
    session_free(s);
}

/* The only pack in the folder. */
static void find_pack(const char *dir, char name[256]) {
    char command[256];
    (void)snprintf(command, sizeof command, "ls %s/*.pack", dir);
    FILE *list = popen(command, "r");
    assert_non_null(list);
    assert_non_null(fgets(name, 256, list));
    (void)pclose(list);
    name[strcspn(name, "\n")] = 0;
}

/* Bends its byte `at`. */
static void bend_pack(const char *dir, long at) {
    char name[256];
    find_pack(dir, name);
    FILE *f = fopen(name, "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, at, SEEK_SET), 0);
    int byte = fgetc(f);
    assert_int_equal(fseek(f, at, SEEK_SET), 0);
    (void)fputc(byte ^ 0x41, f);
    (void)fclose(f);
}

static void packs_are_made_once_and_mapped_afterwards(void **state) {
    (void)state;
    Err err = {0};
    bool from_pack = true;
    float none[TINY_VOCAB], made[TINY_VOCAB], mapped[TINY_VOCAB];
    char dir[128], name[256], dead[300];
    Tiny m = tiny_family("gemma3");
    m.type = TENSOR_Q8_0;
    tiny_make(&m);
    (void)snprintf(dir, sizeof dir, "%s/pack", folder);
    Engine *e = open_tiny(&m, NULL, 2);
    logits_of(e, none);
    engine_close(e);
    e = open_packed(dir, &from_pack);
    assert_false(from_pack);
    logits_of(e, made);
    engine_close(e);
    e = open_packed(dir, &from_pack);
    assert_true(from_pack);
    logits_of(e, mapped);
    engine_close(e);
    assert_memory_equal(none, made, sizeof none);
    assert_memory_equal(none, mapped, sizeof none);
    assert_int_equal(engine_pack_verify(path, dir, &err), OK);
    bend_pack(dir, 4096 + 4096 + 500); /* a weight: found by the full check only */
    assert_int_equal(pack_verify(path, dir, &err), E_CORRUPT);
    bend_pack(dir, 20); /* the frame's header: made anew */
    find_pack(dir, name);
    (void)snprintf(dead, sizeof dead, "%s.tmp-1-0", name); /* of one who died while making it */
    assert_int_equal(file_replace(dead, STR("half a pack"), 0600, NULL), OK);
    assert_int_equal(utimensat(AT_FDCWD, dead, (struct timespec[2]){{0}, {0}}, 0), 0);
    e = open_packed(dir, &from_pack);
    assert_false(from_pack);
    assert_false(file_exists(dead));
    engine_close(e);
    assert_int_equal(pack_verify(path, dir, &err), OK);
    m.t[0].data[0] += 0.25f; /* another model under the same name */
    assert_int_equal(tiny_write(&m, path, &err), OK);
    e = open_packed(dir, &from_pack);
    assert_false(from_pack);
    engine_close(e);
    Err cut = {0};
    e = open_packed(dir, &from_pack); /* and cut short while it is mapped */
    assert_true(from_pack);
    find_pack(dir, name);
    assert_int_equal(truncate(name, 8192), 0);
    Session *s = new_session(e, 64, 0);
    assert_int_equal(session_sync(s, some_tokens, 20, NULL, &cut), E_CORRUPT);
    session_free(s);
    engine_close(e);
    e = open_packed("/proc/nowhere", &from_pack); /* no place for a pack: memory serves */
    assert_false(from_pack);
    engine_close(e);
    assert_int_equal(engine_pack_remove(path, dir, &err), OK);
    assert_int_equal(engine_pack_remove(path, dir, &err), OK); /* absent is fine */
    assert_int_equal(engine_pack_verify(path, dir, &err), E_NOT_FOUND);
    (void)snprintf(name, sizeof name, "%s/kernels.choice", dir); /* choose.h's; there or not */
    (void)unlink(name);
    assert_int_equal(rmdir(dir), 0);
    tiny_free(&m);
}

/* ---- generation and score -------------------------------------------------------------------- */

typedef struct Reading {
    Buf text;
    size_t pieces, stop_after;
} Reading;

static bool read_piece(void *user, Str text) {
    Reading *r = user;
    buf_add_str(&r->text, text);
    return ++r->pieces != r->stop_after;
}

static GenerateResult answer(Session *s, GenerateOptions o, Reading *r) {
    Err err = {0};
    GenerateResult result;
    o.piece = read_piece;
    o.user = r;
    buf_init(&r->text, 1 << 20);
    r->pieces = 0;
    if (generate_run(s, some_tokens, 6, &o, &result, &err) != OK) fail_msg("%s", err.message);
    return result;
}

/* And what the first one does behind the pages that both have does not show in the second. */
static void sessions_with_the_same_beginning_share_its_pages(void **state) {
    (void)state;
    enum { N = 3 * KERN_KV_KEYS + 20 };
    static float want[2][TINY_VOCAB];
    Tiny m = tiny_family("qwen2");
    tiny_make(&m);
    Engine *e = open_tiny(&m, "exact", 1);
    SessionOptions options = {.n_ctx = 2 * N, .share = true};
    Session *first = NULL, *second = NULL, *aside = new_session(e, 2 * N, 0);
    assert_int_equal(session_new(e, &options, &first, NULL), OK);
    assert_int_equal(session_new(e, &options, &second, NULL), OK);
    draw_tokens(N, 33);
    sync_all(first, N);
    sync_all(aside, N);
    assert_int_equal(session_reused(aside), 0); /* does not want it */
    session_free(aside);
    uint64_t alone = kv_pool_used(e->kv_pool);
    memcpy(want[0], session_logits(first), sizeof want[0]);
    sync_all(second, N);
    assert_int_equal(session_reused(second), 3 * KERN_KV_KEYS);
    assert_true(kv_pool_used(e->kv_pool) < alone + alone / 2);
    assert_memory_equal(session_logits(second), want[0], sizeof want[0]);
    int32_t kept = some_tokens[100];
    some_tokens[100] = (kept + 1) % TINY_VOCAB; /* from its second page on the first goes astray */
    sync_all(first, N);
    memcpy(want[1], session_logits(first), sizeof want[1]);
    some_tokens[100] = kept;
    session_clear(second);
    sync_all(second, KERN_KV_KEYS + 5);
    assert_int_equal(session_reused(second), KERN_KV_KEYS);
    sync_all(second, N);
    assert_memory_equal(session_logits(second), want[0], sizeof want[0]);
    session_free(first); /* the second keeps what it has */
    some_tokens[100] = (kept + 1) % TINY_VOCAB;
    sync_all(second, N);
    assert_memory_equal(session_logits(second), want[1], sizeof want[1]);
    session_free(second);
    engine_close(e);
    tiny_free(&m);
}

/* A pull puts another model of the same shape in the place of one that is being opened: what is
   packed of the old one is not taken for the new one's. */
static void a_pack_is_of_the_file_that_was_opened(void **state) {
    (void)state;
    Err err = {0};
    bool from_pack = true;
    float want[TINY_VOCAB], got[TINY_VOCAB];
    char dir[128], name[256];
    Tiny old = tiny_family("gemma3"), new = tiny_family("gemma3");
    old.type = new.type = TENSOR_Q8_0;
    new.seed = 77;
    tiny_make(&old), tiny_make(&new);
    (void)snprintf(dir, sizeof dir, "%s/pack", folder);
    Engine *e = open_tiny(&new, NULL, 2);
    logits_of(e, want);
    engine_close(e);
    Gguf *gguf = NULL;
    Pool *pool = NULL;
    Weights w;
    assert_int_equal(tiny_write(&old, path, &err), OK);
    assert_int_equal(gguf_open(path, &gguf, &err), OK);
    assert_int_equal(weights_bind(gguf, &w, &err), OK);
    assert_int_equal(tiny_write(&new, path, &err), OK); /* by rename */
    assert_int_equal(pool_new(2, &pool, &err), OK);
    PackPlace place = {.path = path, .dir = dir};
    assert_int_equal(weights_load(&w, &place, pool, &err), OK);
    weights_fini(&w);
    pool_free(pool);
    gguf_close(gguf);
    e = open_packed(dir, &from_pack);
    assert_false(from_pack);
    logits_of(e, got);
    engine_close(e);
    assert_memory_equal(want, got, sizeof want);
    assert_int_equal(engine_pack_remove(path, dir, &err), OK);
    (void)snprintf(name, sizeof name, "%s/kernels.choice", dir);
    (void)unlink(name);
    assert_int_equal(rmdir(dir), 0);
    tiny_free(&old), tiny_free(&new);
}

/* The tiny models' end token, so that a text goes on until something else stops it. */
static const SamplerBias never_end = {2, -100};

static void generation_stops_where_it_should(void **state) {
    (void)state;
    Tiny m = tiny_family("llama");
    tiny_make(&m);
    Engine *e = open_tiny(&m, "exact", 2);
    Session *s = new_session(e, 64, 0);
    draw_tokens(6, 21);
    GenerateOptions o = {
        .sampler = sampler_options_default(), .max_tokens = 40};
    o.sampler.bias = &never_end;
    o.sampler.n_bias = 1;
    o.sampler.temperature = 1;
    o.sampler.seed = 5;
    Reading all = {0}, again = {0}, gone = {0}, full = {0};
    GenerateResult r = answer(s, o, &all);
    assert_int_equal(r.stop, GENERATE_STOP_LENGTH);
    assert_int_equal(r.completion_tokens, 40);
    assert_int_equal(r.prompt_tokens, 6);
    r = answer(s, o, &again); /* same seed, same words; the prompt is still there */
    assert_int_equal(r.reused_tokens, 5);
    assert_true(str_eq(buf_str(&all.text), buf_str(&again.text)));
    assert_true(all.text.n > 20);
    gone.stop_after = 3;
    r = answer(s, o, &gone);
    assert_int_equal(r.stop, GENERATE_STOP_CANCELLED);
    assert_int_equal(gone.pieces, 3);
    o.max_tokens = 0;
    r = answer(s, o, &full);
    assert_int_equal(r.stop, GENERATE_STOP_CONTEXT);
    assert_int_equal(r.completion_tokens, 64 - 6);
    buf_fini(&all.text), buf_fini(&again.text);
    buf_fini(&gone.text), buf_fini(&full.text);
    session_free(s);
    engine_close(e);
    tiny_free(&m);
}

/* Room for one token is enough; without any it is an error, before the prompt is read and before a
   token is told. */
static void a_prompt_that_fills_the_context_is_refused_at_once(void **state) {
    (void)state;
    Err err = {0};
    Tiny m = tiny_family("llama");
    tiny_make(&m);
    Engine *e = open_tiny(&m, "exact", 2);
    draw_tokens(6, 21);
    for (int n_ctx = 5; n_ctx <= 8; n_ctx++) {
        Session *s = new_session(e, n_ctx, 0);
        GenerateOptions o = {.sampler = sampler_options_default()};
        o.sampler.bias = &never_end;
        o.sampler.n_bias = 1;
        GenerateResult r;
        Status status = generate_run(s, some_tokens, 6, &o, &r, &err);
        assert_int_equal(status, n_ctx > 6 ? OK : E_LIMIT);
        assert_int_equal(r.completion_tokens, n_ctx > 6 ? n_ctx - 6 : 0);
        if (n_ctx > 6) assert_int_equal(r.stop, GENERATE_STOP_CONTEXT);
        else assert_int_equal(session_length(s), 0);
        session_free(s);
    }
    engine_close(e);
    tiny_free(&m);
}

static void score_is_the_mean_of_what_the_rows_say(void **state) {
    (void)state;
    static float rows[40 * TINY_VOCAB];
    Err err = {0};
    ScoreResult all, none;
    Tiny m = tiny_family("qwen2");
    tiny_make(&m);
    Engine *e = open_tiny(&m, "exact", 2);
    Session *s = new_session(e, 16, 0);
    draw_tokens(40, 31);
    ScoreOptions o = {.window = 16, .rows = keep_rows, .user = rows};
    assert_int_equal(score_run(s, some_tokens, 40, &o, &all, &err), OK);
    assert_int_equal(all.tokens, 15 + 15 + 7);
    double sum = 0;
    for (size_t i = 0; i < 40; i++) {
        if (i % 16 == 15 || i == 39) continue;
        double z = 0;
        for (int v = 0; v < TINY_VOCAB; v++) z += exp((double)rows[i * TINY_VOCAB + (size_t)v]);
        sum += log(z) - (double)rows[i * TINY_VOCAB + (size_t)some_tokens[i + 1]];
    }
    assert_true(fabs(all.nll - sum / 37) < 1e-6);
    assert_true(fabs(all.ppl - exp(sum / 37)) < 1e-3);
    assert_int_equal(score_run(s, some_tokens, 1, &o, &none, &err), E_USAGE);
    session_free(s);
    engine_close(e);
    tiny_free(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(llama_computes_what_the_paper_says),
        cmocka_unit_test(llama3_divides_frequencies_and_shares_its_head),
        cmocka_unit_test(qwen2_and_qwen3_compute_what_the_papers_say),
        cmocka_unit_test(gemma3_computes_what_the_paper_says),
        cmocka_unit_test(every_instruction_set_computes_the_same_model),
        cmocka_unit_test(encoders_pool_mean_and_first_token),
        cmocka_unit_test(a_text_without_tokens_has_no_vector_and_no_states),
        cmocka_unit_test(embedder_counts_what_it_cuts),
        cmocka_unit_test(embedder_reads_no_more_than_the_model_was_trained_on),
        cmocka_unit_test(session_reuses_a_prefix_and_equals_a_fresh_one),
        cmocka_unit_test(session_never_cuts),
        cmocka_unit_test(cancel_keeps_what_was_finished),
        cmocka_unit_test(any_number_of_threads_gives_the_same_bytes),
        cmocka_unit_test(long_contexts_are_right_in_blocks_of_keys),
        cmocka_unit_test(senseless_hyper_parameters_are_refused),
        cmocka_unit_test(heads_that_no_kernel_takes_are_refused),
        cmocka_unit_test(missing_and_misshapen_tensors_are_named),
        cmocka_unit_test(weights_that_are_no_numbers_are_refused),
        cmocka_unit_test(logits_that_are_no_numbers_are_an_error),
        cmocka_unit_test(what_was_no_number_does_not_spoil_what_comes_in_its_place),
        cmocka_unit_test(a_file_cut_while_it_is_used_is_an_error_and_no_crash),
        cmocka_unit_test(a_file_written_over_while_it_is_used_is_an_error),
        cmocka_unit_test(an_encoder_does_not_write_and_a_decoder_does_not_embed),
        cmocka_unit_test(a_model_too_large_for_memory_is_refused_with_numbers),
        cmocka_unit_test(eight_bits_are_for_caches_that_outweigh_the_weights),
        cmocka_unit_test(running_out_of_memory_is_reported_everywhere),
        cmocka_unit_test(packs_are_made_once_and_mapped_afterwards),
        cmocka_unit_test(packing_tells_how_far_it_is_and_stops_when_told),
        cmocka_unit_test(a_pack_is_of_the_file_that_was_opened),
        cmocka_unit_test(generation_stops_where_it_should),
        cmocka_unit_test(a_prompt_that_fills_the_context_is_refused_at_once),
        cmocka_unit_test(sessions_with_the_same_beginning_share_its_pages),
        cmocka_unit_test(score_is_the_mean_of_what_the_rows_say),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
