/*
 * Promises of the links of the sampler's chain that test_sample.c does not know: typical, DRY,
 * mirostat, logit bias, logprobs. Each is held against a small computation of its own, written from
 * the definition and not from the code.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/sample.h"
#include "model/sample_words.h"

enum { N = 12, WIDE = 3000 };

static const float logits[N] = {0.1f, 2.0f, -1.0f, 1.2f, 0.4f,  -3.0f,
                                1.9f, 0.0f, -0.5f, 0.9f, -2.0f, 1.0f};

static Sampler *sampler_of(int n, SamplerOptions o) {
    Sampler *s = NULL;
    Err err = {0};
    if (sampler_new(n, &o, &s, &err) != OK) fail_msg("%s", err.message);
    return s;
}

static SamplerOptions warm(float temperature, uint64_t seed) {
    SamplerOptions o = sampler_options_default();
    o.temperature = temperature;
    o.seed = seed;
    return o;
}

static void distribution_of(int n, SamplerOptions o, const float *row, double *p) {
    Sampler *s = sampler_of(n, o);
    assert_int_equal(sampler_distribution(s, row, p, NULL), OK);
    sampler_free(s);
}

static void softmax(int n, const float *row, double temperature, double *p) {
    double sum = 0, max = -1e300;
    for (int i = 0; i < n; i++) max = (double)row[i] > max ? (double)row[i] : max;
    for (int i = 0; i < n; i++) sum += p[i] = exp(((double)row[i] - max) / temperature);
    for (int i = 0; i < n; i++) p[i] /= sum;
}

static void renormalise(int n, double *p) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += p[i];
    for (int i = 0; i < n; i++) p[i] /= sum;
}

/* Floats and doubles may differ about a token at each edge, or many that weigh nothing together;
   what both keep has equal shares. */
static void check_near(int n, const double *want, const double *got) {
    double sum_want = 0, sum_got = 0, off = 0;
    int edge = 0;
    for (int i = 0; i < n; i++) {
        bool both = want[i] > 0 && got[i] > 0;
        edge += (want[i] == 0) != (got[i] == 0);
        off += both ? 0 : want[i] + got[i];
        if (both) sum_want += want[i], sum_got += got[i];
    }
    if (edge > 2 && off > 1e-5) fail_msg("%d tokens on one side only, of %g", edge, off);
    for (int i = 0; i < n; i++) {
        if (want[i] == 0 || got[i] == 0) continue;
        assert_true(fabs(want[i] / sum_want - got[i] / sum_got) < 1e-5);
    }
}

static void check_close(int n, const double *want, const double *got) {
    for (int i = 0; i < n; i++) {
        if ((want[i] == 0) != (got[i] == 0) || fabs(want[i] - got[i]) > 1e-5) {
            fail_msg("token %d: %g, wanted %g", i, got[i], want[i]);
        }
    }
}

/* ---- typical --------------------------------------------------------------------------------- */

typedef struct Ranked {
    double key;
    int id;
} Ranked;

static int by_key(const void *a, const void *b) {
    const Ranked *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return x->id - y->id;
}

/* Sorts all tokens by |surprise - entropy| and keeps the first until they hold the mass. */
static void slow_typical(int n, double *p, double mass) {
    Ranked *order = calloc((size_t)n, sizeof *order);
    double entropy = 0, running = 0;
    for (int i = 0; i < n; i++) entropy -= p[i] * log(p[i]);
    for (int i = 0; i < n; i++) order[i] = (Ranked){fabs(-log(p[i]) - entropy), i};
    qsort(order, (size_t)n, sizeof *order, by_key);
    for (int i = 0; i < n; i++) {
        bool keep = running < mass;
        running += p[order[i].id];
        if (!keep) p[order[i].id] = 0;
    }
    renormalise(n, p);
    free(order);
}

static void random_row(int n, uint64_t seed, float spread, float *row) {
    SampleRng rng;
    sample_rng_seed(&rng, seed);
    for (int i = 0; i < n; i++) {
        double u = sample_rng_unit(&rng) + sample_rng_unit(&rng) + sample_rng_unit(&rng) - 1.5;
        row[i] = spread * (float)u;
    }
}

static void typical_keeps_what_is_as_surprising_as_expected(void **state) {
    (void)state;
    static float row[WIDE];
    static double want[WIDE], got[WIDE];
    const float masses[] = {0.05f, 0.2f, 0.5f, 0.9f, 0.99f};
    for (int m = 0; m < 5; m++) {
        SamplerOptions o = warm(0.8f, 1);
        o.typical = masses[m];
        softmax(N, logits, 0.8, want);
        slow_typical(N, want, (double)masses[m]);
        distribution_of(N, o, logits, got);
        check_close(N, want, got);
        for (uint64_t seed = 1; seed < 6; seed++) { /* wide: the first 256 do not hold the answer */
            random_row(WIDE, seed, seed < 4 ? 3 : 12, row);
            softmax(WIDE, row, 0.8, want);
            slow_typical(WIDE, want, (double)masses[m]);
            distribution_of(WIDE, o, row, got);
            check_near(WIDE, want, got);
        }
    }
}

/* ---- the chain as a whole -------------------------------------------------------------------- */

/* top-k, typical, top-p, min-p by sorting everything at every link. */
static void slow_chain(int n, const float *row, const SamplerOptions *o, double *p) {
    Ranked *order = calloc((size_t)n, sizeof *order);
    for (int i = 0; i < n; i++) order[i] = (Ranked){-(double)row[i], i};
    qsort(order, (size_t)n, sizeof *order, by_key);
    softmax(n, row, (double)o->temperature, p);
    for (int i = o->top_k; o->top_k > 0 && i < n; i++) p[order[i].id] = 0;
    renormalise(n, p);
    if (o->typical < 1) {
        double *kept = calloc((size_t)n, sizeof *kept);
        int m = 0;
        for (int i = 0; i < n && p[order[i].id] > 0; i++) kept[m++] = p[order[i].id];
        slow_typical(m, kept, (double)o->typical);
        for (int i = 0; i < m; i++) p[order[i].id] = kept[i];
        free(kept);
    }
    double running = 0, first = 0;
    for (int i = 0; i < n; i++) {
        if (running >= (double)o->top_p) p[order[i].id] = 0;
        running += p[order[i].id];
        if (first == 0) first = p[order[i].id];
    }
    for (int i = 0; i < n; i++) {
        if (p[i] < (double)o->min_p * first) p[i] = 0;
    }
    renormalise(n, p);
    free(order);
}

/* Random options: the distribution is that of the slow chain, sums to 1, and what is drawn was
   kept. */
static void any_chain_is_what_its_links_say(void **state) {
    (void)state;
    static float row[WIDE];
    static double want[WIDE], got[WIDE];
    SampleRng rng;
    sample_rng_seed(&rng, 11);
    for (int round = 0; round < 150; round++) {
        int n = round % 3 ? N : WIDE;
        SamplerOptions o = warm(0.3f + (float)sample_rng_unit(&rng), (uint64_t)round);
        if (sample_rng_next(&rng) % 2) o.top_k = 1 + (int)(sample_rng_next(&rng) % 20);
        if (sample_rng_next(&rng) % 2) o.typical = 0.02f + 0.97f * (float)sample_rng_unit(&rng);
        if (sample_rng_next(&rng) % 2) o.top_p = 0.02f + 0.97f * (float)sample_rng_unit(&rng);
        if (sample_rng_next(&rng) % 2) o.min_p = 0.3f * (float)sample_rng_unit(&rng);
        random_row(n, (uint64_t)round + 1000, 1 + 8 * (float)sample_rng_unit(&rng), row);
        slow_chain(n, row, &o, want);
        Sampler *s = sampler_of(n, o);
        double sum = 0;
        assert_int_equal(sampler_distribution(s, row, got, NULL), OK);
        check_near(n, want, got);
        for (int i = 0; i < n; i++) sum += got[i];
        assert_true(fabs(sum - 1) < 1e-6);
        for (int i = 0; i < 20; i++) {
            int32_t token = -1;
            assert_int_equal(sampler_pick(s, row, &token, NULL), OK);
            if (o.repeat_last_n == 0 || o.repeat_penalty == 1) assert_true(got[token] > 0);
        }
        sampler_free(s);
    }
}

/* ---- bias ------------------------------------------------------------------------------------ */

static void bias_is_added_to_the_logits(void **state) {
    (void)state;
    SamplerBias bias[] = {{5, 4.5f}, {1, -100}, {3, 0.5f}, {3, 0.25f}};
    float moved[N];
    double want[N], got[N];
    memcpy(moved, logits, sizeof moved);
    moved[5] += 4.5f;
    moved[1] -= 100;
    moved[3] += 0.75f;
    SamplerOptions o = warm(1, 1);
    o.bias = bias;
    o.n_bias = 4;
    softmax(N, moved, 1, want);
    distribution_of(N, o, logits, got);
    for (int i = 0; i < N; i++) assert_true(fabs(want[i] - got[i]) < 1e-6);
    o.temperature = 0;
    o.repeat_penalty = 2; /* behind the bias: 2.0 beats 1.9 only before 6 was said */
    o.repeat_last_n = 1;
    Sampler *s = sampler_of(N, o);
    memset(bias, 0, sizeof bias); /* the sampler has its own copy */
    int32_t token;
    assert_int_equal(sampler_pick(s, logits, &token, NULL), OK);
    assert_int_equal(token, 3); /* 1.95; then 0.975 */
    assert_int_equal(sampler_pick(s, logits, &token, NULL), OK);
    assert_int_equal(token, 6);
    sampler_free(s);
}

/* ---- DRY ------------------------------------------------------------------------------------- */

/* For every token: the longest end of the history that stood before it, by trying all. */
static int slow_repetition(const int32_t *history, int n, const uint8_t *breakers, int32_t token) {
    int longest = 0;
    for (int at = 0; at < n; at++) {
        int len = 0;
        if (history[at] != token) continue;
        while (len < at && history[at - 1 - len] == history[n - 1 - len] &&
               !breakers[history[n - 1 - len]]) {
            len++;
        }
        if (len > longest) longest = len;
    }
    return longest;
}

static void dry_takes_from_what_would_repeat(void **state) {
    (void)state;
    enum { SAID = 90 };
    static const uint8_t breakers[N] = {[10] = 1};
    int32_t history[SAID];
    SampleRng rng;
    for (uint64_t seed = 1; seed < 30; seed++) {
        SamplerOptions o = warm(1, seed);
        float moved[N];
        double want[N], got[N];
        o.dry_multiplier = 0.8f;
        o.dry_base = 1.3f;
        o.dry_allowed_length = 1 + (int)(seed % 3);
        o.dry_last_n = seed % 2 ? 40 : 4096; /* also where the history is moved */
        o.dry_breakers = breakers;
        Sampler *s = sampler_of(N, o);
        sample_rng_seed(&rng, seed);
        for (int i = 0; i < SAID; i++) {
            history[i] = (int32_t)(sample_rng_next(&rng) % (seed % 4 ? 3 : N));
            if (sample_rng_next(&rng) % 16 == 0) history[i] = 10;
            sampler_accept(s, history[i]);
        }
        int n = SAID < o.dry_last_n ? SAID : o.dry_last_n;
        for (int i = 0; i < N; i++) {
            int over = slow_repetition(history + SAID - n, n, breakers, i) - o.dry_allowed_length;
            moved[i] = logits[i];
            if (over >= 0) moved[i] -= 0.8f * powf(1.3f, (float)over);
        }
        softmax(N, moved, 1, want);
        assert_int_equal(sampler_distribution(s, logits, got, NULL), OK);
        check_close(N, want, got);
        sampler_free(s);
    }
}

static void dry_ends_a_loop(void **state) {
    (void)state;
    float loop[4][4] = {{0, 3, 1, 0}, {0, 0, 3, 1}, {3, 0, 0, 1}, {1, 0, 0, 0}}; /* 0 1 2 0 1 2 */
    int others = 0;
    SamplerOptions o = sampler_options_default();
    o.dry_multiplier = 0.8f;
    Sampler *s = sampler_of(4, o);
    int32_t token = 0;
    for (int i = 0; i < 40; i++) {
        int32_t from = token;
        assert_int_equal(sampler_pick(s, loop[from], &token, NULL), OK);
        others += from < 3 && token != (from + 1) % 3;
    }
    assert_true(others >= 4);
    sampler_free(s);
}

/* ---- mirostat -------------------------------------------------------------------------------- */

static void mirostat_2_leaves_out_what_surprises_too_much(void **state) {
    (void)state;
    double p[N], want[N], got[N], mu = 2 * 1.5;
    SamplerOptions o = warm(0.9f, 7);
    o.mirostat = 2;
    o.mirostat_tau = 1.5f;
    o.mirostat_eta = 0.4f;
    o.top_k = 1; /* of no effect beside mirostat */
    Sampler *s = sampler_of(N, o);
    softmax(N, logits, 0.9, p);
    for (int round = 0; round < 300; round++) {
        for (int i = 0; i < N; i++) want[i] = -log2(p[i]) > mu && i != 1 ? 0 : p[i];
        renormalise(N, want);
        assert_int_equal(sampler_distribution(s, logits, got, NULL), OK);
        check_close(N, want, got);
        int32_t token = -1;
        assert_int_equal(sampler_pick(s, logits, &token, NULL), OK);
        assert_true(want[token] > 0);
        mu -= 0.4 * (-log2(p[token]) - 1.5);
    }
    sampler_free(s);
}

static void mirostat_1_cuts_to_the_k_of_its_zipf_law(void **state) {
    (void)state;
    static float row[WIDE];
    static double p[WIDE], got[WIDE];
    for (int i = 0; i < WIDE; i++) row[i] = -1.2f * logf((float)i + 1); /* Zipf, s = 1.2 */
    softmax(WIDE, row, 1, p);
    SamplerOptions o = warm(1, 3);
    o.mirostat = 1;
    o.mirostat_tau = 3;
    o.mirostat_eta = 0.3f;
    double mu = 6;
    Sampler *s = sampler_of(WIDE, o);
    for (int round = 0; round < 100; round++) {
        double e = 0.2, k = pow(e * pow(2, mu) / (1 - pow(WIDE, -e)), 1 / 1.2);
        int kept = 0, want = k < 1 ? 1 : k > WIDE ? WIDE : (int)k;
        assert_int_equal(sampler_distribution(s, row, got, NULL), OK);
        while (kept < WIDE && got[kept] > 0) kept++;
        assert_in_range(kept, want > 1 ? want - 1 : 1, want + 1); /* floats: one up or down */
        int32_t token = -1;
        assert_int_equal(sampler_pick(s, row, &token, NULL), OK);
        assert_true(token < kept);
        mu -= 0.3 * (-log2(p[token]) - 3);
    }
    sampler_free(s);
}

static void mirostat_steers_surprise_to_tau(void **state) {
    (void)state;
    static float row[WIDE];
    static double p[WIDE];
    for (int version = 1; version <= 2; version++) {
        double sum = 0;
        SamplerOptions o = warm(1, 5);
        o.mirostat = version;
        o.mirostat_tau = 4;
        random_row(WIDE, 77, 9, row); /* entropy above tau: there is something to cut */
        softmax(WIDE, row, 1, p);
        Sampler *s = sampler_of(WIDE, o);
        for (int i = 0; i < 3000; i++) {
            int32_t token = -1;
            assert_int_equal(sampler_pick(s, row, &token, NULL), OK);
            sum -= log2(p[token]);
        }
        if (fabs(sum / 3000 - 4) > 0.15) fail_msg("version %d: %g bits", version, sum / 3000);
        sampler_free(s);
    }
}

/* ---- logprobs -------------------------------------------------------------------------------- */

static void logprobs_are_of_the_model_itself(void **state) {
    (void)state;
    float row[N];
    double p[N];
    SampleLogprob out[1 + SAMPLE_LOGPROBS_MAX];
    const int order[] = {1, 6, 3, 11, 9, 4, 0, 7, 8, 2, 10, 5};
    softmax(N, logits, 1, p);
    for (int n = 0; n <= N; n++) {
        sample_logprobs(logits, N, 10, n, out);
        assert_int_equal(out[0].id, 10);
        assert_true(fabs((double)out[0].logprob - log(p[10])) < 1e-5);
        for (int i = 0; i < n; i++) {
            assert_int_equal(out[1 + i].id, order[i]);
            assert_true(fabs((double)out[1 + i].logprob - log(p[order[i]])) < 1e-5);
        }
    }
    for (int i = 0; i < N; i++) row[i] = i < 2 ? 3.0f : NAN; /* two numbers, five places */
    sample_logprobs(row, N, 1, 5, out);
    assert_true(fabs((double)out[0].logprob + log(2)) < 1e-6);
    assert_int_equal(out[1].id, 0); /* the lower id on a tie */
    assert_int_equal(out[2].id, 1);
    assert_int_equal(out[3].id, -1);
}

/* ---- options --------------------------------------------------------------------------------- */

static void check_refused(SamplerOptions o, const char *name) {
    Err err = {0};
    Sampler *s = NULL;
    assert_int_equal(sampler_new(N, &o, &s, &err), E_USAGE);
    if (!strstr(err.message, name)) fail_msg("%s: %s", name, err.message);
    assert_null(s);
}

static void bad_values_are_named(void **state) {
    (void)state;
    static SamplerBias far = {N, 1}, strong = {0, 101}, none = {3, NAN};
    struct { SamplerOptions o; const char *name; } bad[16];
    int n = 0;
    for (int i = 0; i < 16; i++) bad[i].o = sampler_options_default();
    bad[n].o.typical = 0, bad[n++].name = "typical";
    bad[n].o.typical = 1.01f, bad[n++].name = "typical";
    bad[n].o.dry_multiplier = -1, bad[n++].name = "dry_multiplier";
    bad[n].o.dry_base = 0.5f, bad[n++].name = "dry_base";
    bad[n].o.dry_allowed_length = 0, bad[n++].name = "dry_allowed_length";
    bad[n].o.dry_last_n = 1 << 20, bad[n++].name = "dry_last_n";
    bad[n].o.mirostat = 3, bad[n++].name = "mirostat";
    bad[n].o.mirostat_tau = -1, bad[n++].name = "mirostat_tau";
    bad[n].o.mirostat_eta = NAN, bad[n++].name = "mirostat_eta";
    bad[n].o.bias = &far, bad[n].o.n_bias = 1, bad[n++].name = "logit_bias token";
    bad[n].o.bias = &strong, bad[n].o.n_bias = 1, bad[n++].name = "logit_bias";
    bad[n].o.bias = &none, bad[n].o.n_bias = 1, bad[n++].name = "logit_bias";
    bad[n].o.bias = &far, bad[n].o.n_bias = 5000, bad[n++].name = "logit_bias entries";
    for (int i = 0; i < n; i++) check_refused(bad[i].o, bad[i].name);
}

static void rows_without_a_number_are_an_error_on_every_way(void **state) {
    (void)state;
    float none[N];
    int32_t token;
    for (int i = 0; i < N; i++) none[i] = i % 2 ? NAN : -INFINITY;
    for (int way = 0; way < 6; way++) {
        SamplerOptions o = warm(1, 1);
        if (way == 1) o.typical = 0.5f;
        if (way == 2) o.dry_multiplier = 1;
        if (way == 3) o.mirostat = 1;
        if (way == 4) o.mirostat = 2;
        if (way == 5) o.top_p = 0.5f;
        Sampler *s = sampler_of(N, o);
        for (int i = 0; i < 20; i++) sampler_accept(s, i % 3);
        assert_int_equal(sampler_pick(s, none, &token, NULL), E_CORRUPT);
        none[4] = 1; /* one number among them: that one */
        assert_int_equal(sampler_pick(s, none, &token, NULL), OK);
        assert_int_equal(token, 4);
        none[4] = NAN;
        sampler_free(s);
    }
}

static void picking_allocates_nothing_and_birth_survives_failures(void **state) {
    (void)state;
    int32_t token;
    SamplerBias bias = {2, 1};
    uint64_t before = mem_live_blocks();
    SamplerOptions o = warm(1, 1);
    o.typical = 0.9f;
    o.dry_multiplier = 1;
    o.dry_last_n = 16;
    o.bias = &bias;
    o.n_bias = 1;
    for (uint64_t nth = 1; nth < 20; nth++) {
        Sampler *s = NULL;
        mem_fail_at(nth);
        Status status = sampler_new(N, &o, &s, NULL);
        mem_fail_at(0);
        if (status == OK) {
            uint64_t calls = mem_calls();
            for (int i = 0; i < 100; i++) {
                assert_int_equal(sampler_pick(s, logits, &token, NULL), OK);
            }
            assert_int_equal(mem_calls(), calls);
            assert_true(nth > 8);
        } else {
            assert_int_equal(status, E_NO_MEMORY);
        }
        sampler_free(s);
        assert_int_equal(mem_live_blocks(), before);
    }
}

/* ---- words ----------------------------------------------------------------------------------- */

static Vocab *small_vocab(void) {
    static const Str tokens[] = {{"<unk>", 5}, {"a", 1}, {"\xe2\x96\x81" "a", 4}, {"<0x0A>", 6},
                                 {":b", 2}, {"c", 1}};
    static const int32_t types[] = {2, 1, 1, 6, 1, 1};
    static const float scores[] = {0, 0, 0, 0, 0, 0};
    VocabSpec spec = vocab_spec_default();
    Vocab *v = NULL;
    Err err = {0};
    spec.model = STR("llama");
    spec.tokens = tokens;
    spec.n_tokens = 6;
    spec.types = (const uint8_t *)types;
    spec.scores = (const uint8_t *)scores;
    spec.unk = 0;
    if (vocab_new(&spec, &v, &err) != OK) fail_msg("%s", err.message);
    return v;
}

static void words_become_ids(void **state) {
    (void)state;
    Err err = {0};
    Vocab *v = small_vocab();
    SamplerBias *bias = NULL;
    size_t n = 0;
    SampleWord words[] = {{STR(" a"), 0, 2}, {{NULL, 0}, 5, -3}};
    assert_int_equal(sample_words_bias(v, words, 2, &bias, &n, &err), OK);
    assert_int_equal(n, 2);
    assert_int_equal(bias[0].id, 2);
    assert_int_equal(bias[1].id, 5);
    assert_true(bias[0].bias == 2 && bias[1].bias == -3);
    mem_free(bias);
    SampleWord unknown = {STR("abc"), 0, 1}, outside = {{NULL, 0}, 6, 1};
    assert_int_equal(sample_words_bias(v, &unknown, 1, &bias, &n, &err), E_USAGE);
    assert_non_null(strstr(err.message, "no single token is \"abc\""));
    assert_int_equal(sample_words_bias(v, &outside, 1, &bias, &n, &err), E_USAGE);
    uint8_t *marks = NULL;
    Str breakers[] = {STR("\n"), STR(":")}, empty = {NULL, 0};
    assert_int_equal(sample_words_breakers(v, 8, breakers, 2, &marks, &err), OK);
    const uint8_t want[8] = {0, 0, 0, 1, 1, 0, 0, 0};
    assert_memory_equal(marks, want, 8);
    mem_free(marks);
    assert_int_equal(sample_words_breakers(v, 6, &empty, 1, &marks, &err), E_USAGE);
    assert_int_equal(sample_words_breakers(v, 6, breakers, 0, &marks, &err), E_USAGE);
    for (uint64_t nth = 1; nth < 6; nth++) {
        mem_fail_at(nth);
        Status status = sample_words_bias(v, words, 2, &bias, &n, &err);
        mem_fail_at(0);
        if (status == OK) mem_free(bias);
        else assert_int_equal(status, E_NO_MEMORY);
        mem_fail_at(nth);
        status = sample_words_breakers(v, 6, breakers, 2, &marks, &err);
        mem_fail_at(0);
        if (status == OK) mem_free(marks);
        else assert_int_equal(status, E_NO_MEMORY);
    }
    vocab_free(v);
}

/* ---- how many logits a pick looks at --------------------------------------------------------- */

static int needed(SamplerOptions o) {
    Sampler *s = sampler_of(WIDE, o);
    int n = sampler_best_needed(s);
    sampler_free(s);
    return n;
}

static void a_sampler_says_how_many_logits_it_needs(void **state) {
    (void)state;
    static const SamplerBias up[] = {{3, -5}, {4, 0.5f}}, down[] = {{3, -5}, {4, -1}};
    SamplerOptions o = sampler_options_default();
    assert_int_equal(needed(o), 1);
    o.mirostat = 2;
    assert_int_equal(needed(o), 1); /* greedy comes first */
    o.temperature = 1, o.top_k = 40;
    assert_int_equal(needed(o), 0);
    o.mirostat = 0, o.top_p = 0.5f, o.min_p = 0.1f, o.typical = 0.9f;
    assert_int_equal(needed(o), 40);
    o.top_k = 0;
    assert_int_equal(needed(o), 0);
    o.top_k = 40, o.repeat_penalty = 1.1f, o.repeat_last_n = 10;
    assert_int_equal(needed(o), 50);
    o.bias = down, o.n_bias = 2;
    assert_int_equal(needed(o), 52);
    o.bias = up;
    assert_int_equal(needed(o), 0);
    o.n_bias = 0, o.repeat_penalty = 0.9f;
    assert_int_equal(needed(o), 0);
    o.repeat_penalty = 1, o.frequency_penalty = -0.1f;
    assert_int_equal(needed(o), 0);
    o.frequency_penalty = 0, o.dry_multiplier = 1, o.dry_last_n = 7;
    assert_int_equal(needed(o), 47);
}

static int down_the_row(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x < y) - (x > y);
}

/* Random rows with many equal logits; what is not needed is left out. */
static void logits_that_are_not_needed_do_not_count(void **state) {
    (void)state;
    static float whole[WIDE], sorted[WIDE], some[WIDE];
    static const SamplerBias down[] = {{5, -3}, {17, -1}};
    SampleRng rng;
    sample_rng_seed(&rng, 5);
    for (int i = 0; i < 60; i++) {
        SamplerOptions o = warm(i % 4 == 0 ? 0 : 0.8f, (uint64_t)i);
        o.top_k = 1 + i % 30, o.top_p = i % 3 ? 1 : 0.8f, o.min_p = i % 5 ? 0 : 0.05f;
        o.typical = i % 7 ? 1 : 0.7f;
        if (i % 2) o.repeat_penalty = 1.5f, o.presence_penalty = 0.5f, o.repeat_last_n = 20;
        if (i % 6 == 1) o.dry_multiplier = 2, o.dry_last_n = 30, o.dry_allowed_length = 1;
        if (i % 3 == 1) o.bias = down, o.n_bias = 2;
        Sampler *a = sampler_of(WIDE, o), *b = sampler_of(WIDE, o);
        int n = sampler_best_needed(a);
        assert_in_range(n, 1, 100);
        for (int turn = 0; turn < 20; turn++) {
            for (int k = 0; k < WIDE; k++) {
                whole[k] = (float)(sample_rng_next(&rng) % 64) / 8 - 4 + (k < 40 ? 3.0f : 0);
            }
            memcpy(sorted, whole, sizeof sorted);
            qsort(sorted, WIDE, sizeof *sorted, down_the_row);
            float last = sorted[n - 1];
            for (int k = 0; k < WIDE; k++) some[k] = whole[k] < last ? -INFINITY : whole[k];
            int32_t x = -1, y = -2;
            assert_int_equal(sampler_pick(a, whole, &x, NULL), OK);
            assert_int_equal(sampler_pick(b, some, &y, NULL), OK);
            assert_int_equal(x, y);
        }
        sampler_free(a);
        sampler_free(b);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(typical_keeps_what_is_as_surprising_as_expected),
        cmocka_unit_test(any_chain_is_what_its_links_say),
        cmocka_unit_test(bias_is_added_to_the_logits),
        cmocka_unit_test(dry_takes_from_what_would_repeat),
        cmocka_unit_test(dry_ends_a_loop),
        cmocka_unit_test(mirostat_2_leaves_out_what_surprises_too_much),
        cmocka_unit_test(mirostat_1_cuts_to_the_k_of_its_zipf_law),
        cmocka_unit_test(mirostat_steers_surprise_to_tau),
        cmocka_unit_test(logprobs_are_of_the_model_itself),
        cmocka_unit_test(bad_values_are_named),
        cmocka_unit_test(rows_without_a_number_are_an_error_on_every_way),
        cmocka_unit_test(picking_allocates_nothing_and_birth_survives_failures),
        cmocka_unit_test(words_become_ids),
        cmocka_unit_test(a_sampler_says_how_many_logits_it_needs),
        cmocka_unit_test(logits_that_are_not_needed_do_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
