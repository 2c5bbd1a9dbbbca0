/*
 * Promises of the tool that writes models with random weights: the file opens in the engine and
 * computes finite logits of a usual size, the same seed gives the same bytes, rounding is as close
 * as the format allows, and what cannot be done is refused without leaving a file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "../support/tiny_model.h"
#include "base/file.h"
#include "base/mem.h"
#include "model/engine.h"
#include "model/kernels/kernels.h"
#include "model/session.h"
#include "synth.h"

static char folder[64], vocab[96], path[96], other[96];

static int make_folder(void **state) {
    (void)state;
    Tiny m = tiny_llama();
    (void)snprintf(folder, sizeof folder, "/tmp/hearth-synth-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    (void)snprintf(vocab, sizeof vocab, "%s/vocab.gguf", folder);
    (void)snprintf(path, sizeof path, "%s/m.gguf", folder);
    (void)snprintf(other, sizeof other, "%s/other.gguf", folder);
    tiny_make(&m);
    Status status = tiny_write(&m, vocab, NULL);
    tiny_free(&m);
    return status == OK ? 0 : -1;
}

static int drop_folder(void **state) {
    (void)state;
    return unlink(vocab) == 0 && rmdir(folder) == 0 ? 0 : -1; /* rmdir: nothing was left behind */
}

static SynthOptions tiny_options(SynthMix mix, uint64_t seed) {
    return (SynthOptions){.shape = "tiny", .mix = mix, .vocab = vocab, .seed = seed};
}

static void write_model(const SynthOptions *o, const char *to) {
    Err err = {0};
    if (synth_write(o, to, &err) != OK) fail_msg("%s", err.message);
}

static void assert_logits_usual(const float *logits, int n) {
    double sum = 0, square = 0;
    for (int i = 0; i < n; i++) {
        assert_true(isfinite(logits[i]));
        sum += (double)logits[i];
        square += (double)logits[i] * (double)logits[i];
    }
    double sd = sqrt(square / n - sum / n * (sum / n));
    assert_true(sd > 1.5 && sd < 6);
}

static void test_synth_model_opens_and_its_logits_are_usual(void **state) {
    (void)state;
    static const int32_t tokens[] = {5, 300, 7, 511, 260, 9};
    for (SynthMix mix = SYNTH_Q4_0; mix <= SYNTH_Q8_0; mix++) {
        Err err = {0};
        Engine *e = NULL;
        Session *s = NULL;
        SynthOptions o = tiny_options(mix, 3);
        EngineOptions eo = {.path = path, .threads = 1};
        SessionOptions so = {.n_ctx = 16};
        write_model(&o, path);
        if (engine_open(&eo, &e, &err) != OK) fail_msg("%s", err.message);
        assert_int_equal(session_new(e, &so, &s, &err), OK);
        assert_int_equal(session_sync(s, tokens, ARRAY_LEN(tokens), NULL, &err), OK);
        assert_logits_usual(session_logits(s), 512);
        session_free(s);
        engine_close(e);
    }
    assert_int_equal(unlink(path), 0);
}

static bool same_bytes(const char *a, const char *b) {
    Buf x, y;
    buf_init(&x, 64 << 20);
    buf_init(&y, 64 << 20);
    assert_int_equal(file_read(a, &x, NULL), OK);
    assert_int_equal(file_read(b, &y, NULL), OK);
    bool same = x.n == y.n && memcmp(x.p, y.p, x.n) == 0;
    buf_fini(&x);
    buf_fini(&y);
    return same;
}

static void test_synth_same_seed_same_bytes(void **state) {
    (void)state;
    SynthOptions one = tiny_options(SYNTH_Q4_K_M, 1), two = tiny_options(SYNTH_Q4_K_M, 2);
    write_model(&one, path);
    write_model(&one, other);
    assert_true(same_bytes(path, other));
    write_model(&two, other);
    assert_false(same_bytes(path, other));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(unlink(other), 0);
}

static void test_synth_mix_names_types_as_quantize_does(void **state) {
    (void)state;
    static const struct { const char *name; TensorType type; } rows[] = {
        {"token_embd.weight", TENSOR_Q6_K},          /* tied: it is the head too */
        {"blk.0.attn_q.weight", TENSOR_Q4_K},
        {"blk.0.attn_v.weight", TENSOR_Q4_K},
        {"blk.2.attn_v.weight", TENSOR_Q6_K},        /* last eighth, and every third */
        {"blk.2.ffn_down.weight", TENSOR_Q6_K},
        {"blk.2.ffn_up.weight", TENSOR_Q4_K},
        {"output_norm.weight", TENSOR_F32}};
    SynthOptions o = tiny_options(SYNTH_Q4_K_M, 1);
    Gguf *g = NULL;
    write_model(&o, path);
    assert_int_equal(gguf_open(path, &g, NULL), OK);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const GgufTensor *t = gguf_tensor(g, rows[i].name);
        assert_non_null(t);
        assert_int_equal(t->type, rows[i].type);
    }
    gguf_close(g);
    assert_int_equal(unlink(path), 0);
}

/* Relative error of the root mean square over normal weights, at most. */
static void test_synth_rounding_is_as_close_as_the_format(void **state) {
    (void)state;
    static const struct { TensorType type; double most; } rows[] = {
        {TENSOR_Q4_0, 0.11}, {TENSOR_Q4_K, 0.09}, {TENSOR_Q6_K, 0.025}, {TENSOR_Q8_0, 0.008},
        {TENSOR_F32, 0}};
    enum { N = 4096 };
    static float x[N], y[N];
    static uint8_t packed[N * 4];
    uint64_t seed = 1;
    for (int i = 0; i < N; i++) {
        double sum = 0;
        for (int k = 0; k < 12; k++) {
            seed = seed * UINT64_C(6364136223846793005) + 1;
            sum += (double)(seed >> 40) * 0x1p-24;
        }
        x[i] = (float)(0.03 * (sum - 6));
    }
    for (size_t r = 0; r < ARRAY_LEN(rows); r++) {
        double off = 0, all = 0;
        uint64_t bytes = 0;
        assert_true(tensor_type_bytes(rows[r].type, N, &bytes));
        assert_int_equal(synth_quantise(rows[r].type, x, N, packed), bytes);
        kern_dequant_row((KernType)rows[r].type, packed, N, y);
        for (int i = 0; i < N; i++) {
            off += ((double)x[i] - (double)y[i]) * ((double)x[i] - (double)y[i]);
            all += (double)x[i] * (double)x[i];
        }
        assert_true(sqrt(off / all) <= rows[r].most);
    }
}

static void test_synth_zeros_stay_zeros(void **state) {
    (void)state;
    static const TensorType types[] = {TENSOR_Q4_0, TENSOR_Q4_K, TENSOR_Q6_K, TENSOR_Q8_0};
    float x[256] = {0}, y[256];
    uint8_t packed[512];
    for (size_t t = 0; t < ARRAY_LEN(types); t++) {
        (void)synth_quantise(types[t], x, 256, packed);
        kern_dequant_row((KernType)types[t], packed, 256, y);
        for (int i = 0; i < 256; i++) assert_true(y[i] == 0);
    }
}

static void test_synth_refuses_what_it_cannot_do(void **state) {
    (void)state;
    Err err = {0};
    SynthMix mix;
    SynthOptions o = tiny_options(SYNTH_Q8_0, 1);
    assert_int_equal(synth_mix("q3_k", &mix, &err), E_USAGE);
    o.shape = "enormous";
    assert_int_equal(synth_write(&o, path, &err), E_NOT_FOUND);
    o = tiny_options(SYNTH_Q8_0, 1);
    o.vocab = path; /* which is not there */
    assert_int_equal(synth_write(&o, other, &err), E_NOT_FOUND);
    GgufWriter *w = NULL;
    static Str many[600]; /* more tokens than the shape has */
    for (size_t i = 0; i < ARRAY_LEN(many); i++) many[i] = STR("x");
    assert_int_equal(gguf_write_begin(path, &w, &err), OK);
    gguf_write_str_array(w, "tokenizer.ggml.tokens", many, ARRAY_LEN(many));
    assert_int_equal(gguf_write_commit(w, &err), OK);
    assert_int_equal(synth_write(&o, other, &err), E_LIMIT);
    assert_int_equal(gguf_write_begin(path, &w, &err), OK); /* no vocabulary at all */
    assert_int_equal(gguf_write_commit(w, &err), OK);
    assert_int_equal(synth_write(&o, other, &err), E_NOT_FOUND);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(access(other, F_OK), -1);
}

static void test_synth_survives_every_failed_allocation(void **state) {
    (void)state;
    SynthOptions o = tiny_options(SYNTH_Q4_0, 1);
    uint64_t live = mem_live_blocks();
    Status status = E_NO_MEMORY;
    for (uint64_t nth = 1; status != OK; nth++) {
        assert_true(nth < 1000);
        mem_fail_at(nth);
        status = synth_write(&o, path, NULL);
        mem_fail_at(0);
        assert_true(status == OK || status == E_NO_MEMORY);
        assert_int_equal(mem_live_blocks(), live);
        assert_true(status == OK || access(path, F_OK) != 0);
    }
    assert_int_equal(unlink(path), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_synth_model_opens_and_its_logits_are_usual),
        cmocka_unit_test(test_synth_same_seed_same_bytes),
        cmocka_unit_test(test_synth_mix_names_types_as_quantize_does),
        cmocka_unit_test(test_synth_rounding_is_as_close_as_the_format),
        cmocka_unit_test(test_synth_zeros_stay_zeros),
        cmocka_unit_test(test_synth_refuses_what_it_cannot_do),
        cmocka_unit_test(test_synth_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
