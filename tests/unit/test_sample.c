/*
 * Promises of the sampler: what it draws follows the distribution it was asked for (chi-square),
 * cuts keep exactly what they say, penalties touch only what was said, and a seed is a seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "model/sample.h"

enum { N = 12, DRAWS = 60000 };

static const float logits[N] = {0.1f, 2.0f, -1.0f, 1.2f, 0.4f,  -3.0f,
                                1.9f, 0.0f, -0.5f, 0.9f, -2.0f, 1.0f};

static Sampler *sampler_of(SamplerOptions o) {
    Sampler *s = NULL;
    Err err = {0};
    if (sampler_new(N, &o, &s, &err) != OK) fail_msg("%s", err.message);
    return s;
}

/* Chi-square of DRAWS draws against p; what has no probability must never come. */
static void check_distribution(SamplerOptions o, const double p[N]) {
    int count[N] = {0}, free_cells = -1;
    double chi = 0;
    o.repeat_last_n = 0;
    Sampler *s = sampler_of(o);
    for (int i = 0; i < DRAWS; i++) {
        int32_t token = -1;
        assert_int_equal(sampler_pick(s, logits, &token, NULL), OK);
        count[token]++;
    }
    for (int i = 0; i < N; i++) {
        if (p[i] == 0) assert_int_equal(count[i], 0);
        if (p[i] == 0) continue;
        double want = p[i] * DRAWS;
        chi += (count[i] - want) * (count[i] - want) / want;
        free_cells++;
    }
    /* mean f, deviation sqrt(2f): six deviations are never passed by chance with a fixed seed */
    if (chi > free_cells + 6 * sqrt(2.0 * free_cells)) fail_msg("chi-square %g", chi);
    sampler_free(s);
}

/* softmax(logits / temperature) over the tokens that keep[] names. */
static void softmax(double temperature, const int keep[N], double p[N]) {
    double sum = 0;
    for (int i = 0; i < N; i++) sum += p[i] = keep[i] ? exp((double)logits[i] / temperature) : 0;
    for (int i = 0; i < N; i++) p[i] /= sum;
}

static SamplerOptions warm(float temperature) {
    SamplerOptions o = sampler_options_default();
    o.temperature = temperature;
    o.seed = 42;
    return o;
}

static void draws_follow_softmax_at_any_temperature(void **state) {
    (void)state;
    int all[N];
    double p[N];
    for (int i = 0; i < N; i++) all[i] = 1;
    float temperatures[] = {0.3f, 1.0f, 2.5f};
    for (int i = 0; i < 3; i++) {
        softmax((double)temperatures[i], all, p);
        check_distribution(warm(temperatures[i]), p);
    }
}

static void top_k_keeps_the_k_greatest(void **state) {
    (void)state;
    int keep[N] = {0};
    double p[N];
    keep[1] = keep[6] = keep[3] = keep[11] = 1;
    softmax(0.8, keep, p);
    SamplerOptions o = warm(0.8f);
    o.top_k = 4;
    check_distribution(o, p);
}

static void top_p_keeps_the_shortest_prefix_that_reaches_it(void **state) {
    (void)state;
    int all[N], keep[N] = {0};
    double p[N], sum = 0;
    const int order[N] = {1, 6, 3, 11, 9, 4, 0, 7, 8, 2, 10, 5};
    for (int i = 0; i < N; i++) all[i] = 1;
    softmax(1, all, p);
    for (int i = 0; i < N && sum < 0.7; i++) {
        keep[order[i]] = 1;
        sum += p[order[i]];
    }
    softmax(1, keep, p);
    SamplerOptions o = warm(1);
    o.top_p = 0.7f;
    check_distribution(o, p);
}

static void min_p_drops_what_is_far_below_the_best(void **state) {
    (void)state;
    int keep[N];
    double p[N];
    for (int i = 0; i < N; i++) keep[i] = exp((double)logits[i] - 2) >= 0.3;
    softmax(1, keep, p);
    SamplerOptions o = warm(1);
    o.min_p = 0.3f;
    check_distribution(o, p);
}

static void greedy_takes_the_greatest_and_the_lowest_id_on_a_tie(void **state) {
    (void)state;
    int32_t token = -1;
    float tie[N] = {0, 3, 1, 3, -INFINITY, NAN, 2, 3};
    Sampler *s = sampler_of(sampler_options_default());
    assert_int_equal(sampler_pick(s, tie, &token, NULL), OK);
    assert_int_equal(token, 1);
    sampler_free(s);
}

static void logits_without_a_number_are_an_error(void **state) {
    (void)state;
    int32_t token = -1;
    float none[N];
    for (int i = 0; i < N; i++) none[i] = i % 2 ? NAN : -INFINITY;
    float temperatures[] = {0, 1};
    for (int i = 0; i < 2; i++) {
        Sampler *s = sampler_of(warm(temperatures[i]));
        assert_int_equal(sampler_pick(s, none, &token, NULL), E_CORRUPT);
        sampler_free(s);
    }
}

static void a_seed_is_a_seed(void **state) {
    (void)state;
    int32_t a, b;
    int differ = 0;
    SamplerOptions o = warm(1);
    Sampler *one = sampler_of(o), *two = sampler_of(o);
    o.seed = 43;
    Sampler *other = sampler_of(o);
    for (int i = 0; i < 200; i++) {
        int32_t c;
        assert_int_equal(sampler_pick(one, logits, &a, NULL), OK);
        assert_int_equal(sampler_pick(two, logits, &b, NULL), OK);
        assert_int_equal(sampler_pick(other, logits, &c, NULL), OK);
        assert_int_equal(a, b);
        differ += a != c;
    }
    assert_true(differ > 50);
    sampler_free(one);
    sampler_free(two);
    sampler_free(other);
}

static void the_generator_is_xoshiro256starstar(void **state) {
    (void)state;
    SampleRng rng = {{1, 2, 3, 4}}; /* first outputs from this state, computed by hand */
    assert_int_equal(sample_rng_next(&rng), 11520);
    assert_int_equal(sample_rng_next(&rng), 0);
    assert_int_equal(sample_rng_next(&rng), 1509978240);
    assert_int_equal(sample_rng_next(&rng), UINT64_C(1215971899390074240));
}

static void penalties_touch_only_what_was_said(void **state) {
    (void)state;
    int32_t token;
    SamplerOptions o = sampler_options_default();
    o.repeat_penalty = 2;
    o.repeat_last_n = 2;
    Sampler *s = sampler_of(o);
    assert_int_equal(sampler_pick(s, logits, &token, NULL), OK);
    assert_int_equal(token, 1); /* 2.0, then 1.0 */
    assert_int_equal(sampler_pick(s, logits, &token, NULL), OK);
    assert_int_equal(token, 6); /* 1.9, then 0.95 */
    assert_int_equal(sampler_pick(s, logits, &token, NULL), OK);
    assert_int_equal(token, 3); /* 1.2; token 1 leaves the window of two */
    assert_int_equal(sampler_pick(s, logits, &token, NULL), OK);
    assert_int_equal(token, 1);
    sampler_free(s);
    o = sampler_options_default();
    o.frequency_penalty = 0.06f;
    s = sampler_of(o);
    int said[N] = {0};
    for (int i = 0; i < 8; i++) {
        assert_int_equal(sampler_pick(s, logits, &token, NULL), OK);
        said[token]++;
    }
    assert_true(said[1] >= 4 && said[6] >= 3 && said[1] + said[6] == 8); /* they take turns */
    sampler_free(s);
    o = sampler_options_default();
    o.presence_penalty = 1.5f;
    s = sampler_of(o);
    const int order[] = {1, 6, 3, 11, 9};
    for (int i = 0; i < 5; i++) {
        assert_int_equal(sampler_pick(s, logits, &token, NULL), OK);
        assert_int_equal(token, order[i]);
    }
    sampler_free(s);
}

/* The smallest and the greatest value that a message names, as a user types them: some of them are
   no floats. */
static void the_bounds_themselves_are_inside(void **state) {
    (void)state;
    SamplerOptions good[6];
    for (int i = 0; i < 6; i++) good[i] = sampler_options_default();
    good[0].temperature = 10, good[0].top_p = (float)1e-6;
    good[1].temperature = 1, good[1].typical = (float)1e-6;
    good[2].temperature = 1, good[2].min_p = (float)0.999;
    good[3].repeat_penalty = (float)0.1;
    good[4].repeat_penalty = 10;
    good[5].dry_multiplier = 100, good[5].dry_base = 8;
    for (int i = 0; i < 6; i++) {
        Err err = {0};
        Sampler *s = NULL;
        if (sampler_new(N, &good[i], &s, &err) != OK) fail_msg("%s", err.message);
        sampler_free(s);
    }
}

static void options_out_of_range_are_named(void **state) {
    (void)state;
    SamplerOptions bad[8];
    const char *names[] = {
        "temperature",      "top_k",        "top_p", "min_p", "repeat_penalty", "frequency_penalty",
        "presence_penalty", "repeat_last_n"};
    for (int i = 0; i < 8; i++) bad[i] = sampler_options_default();
    bad[0].temperature = NAN;
    bad[1].top_k = -1;
    bad[2].top_p = 0;
    bad[3].min_p = 1;
    bad[4].repeat_penalty = 0;
    bad[5].frequency_penalty = 3;
    bad[6].presence_penalty = -INFINITY;
    bad[7].repeat_last_n = 1 << 20;
    for (int i = 0; i < 8; i++) {
        Err err = {0};
        Sampler *s = NULL;
        assert_int_equal(sampler_new(N, &bad[i], &s, &err), E_USAGE);
        assert_non_null(strstr(err.message, names[i]));
        assert_null(s);
    }
}

static void picking_allocates_nothing(void **state) {
    (void)state;
    int32_t token;
    SamplerOptions o = warm(1);
    o.top_k = 5;
    o.top_p = 0.9f;
    o.repeat_penalty = 1.1f;
    Sampler *s = sampler_of(o);
    uint64_t before = mem_calls();
    for (int i = 0; i < 100; i++) assert_int_equal(sampler_pick(s, logits, &token, NULL), OK);
    assert_int_equal(mem_calls(), before);
    sampler_free(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_follow_softmax_at_any_temperature),
        cmocka_unit_test(top_k_keeps_the_k_greatest),
        cmocka_unit_test(top_p_keeps_the_shortest_prefix_that_reaches_it),
        cmocka_unit_test(min_p_drops_what_is_far_below_the_best),
        cmocka_unit_test(greedy_takes_the_greatest_and_the_lowest_id_on_a_tie),
        cmocka_unit_test(logits_without_a_number_are_an_error),
        cmocka_unit_test(a_seed_is_a_seed),
        cmocka_unit_test(the_generator_is_xoshiro256starstar),
        cmocka_unit_test(penalties_touch_only_what_was_said),
        cmocka_unit_test(the_bounds_themselves_are_inside),
        cmocka_unit_test(options_out_of_range_are_named),
        cmocka_unit_test(picking_allocates_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
