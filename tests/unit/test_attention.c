/*
 * Promises of keys, values and attention (kernels.h): blocks keep what is put, every instruction
 * set computes what ref does, and an answer is the same bytes however queries and keys are cut; and
 * the same of an encoder's texts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "../support/fence.h"
#include "../support/sanitized.h"
#include "model/kernels/kernels.h"
#include "model/kernels/tables.h"

static uint64_t seed = 88172645463325252u;

static uint32_t rnd(void) { /* xorshift64* */
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (uint32_t)((seed * 2685821657736338717u) >> 32);
}

static float rnd_real(void) { /* about normal, deviation 1 */
    float sum = 0;
    for (int i = 0; i < 12; i++) sum += (float)(rnd() >> 8) * 0x1p-24f;
    return sum - 6;
}

static const char *const table_names[] = {"ref", "avx2", "avx512", "avx512-ahead", "avx512-twice",
                                          "amx", "neon"};

static void each_table(void (*check)(const Kernels *k)) {
    for (size_t i = 0; i < ARRAY_LEN(table_names); i++) {
        const Kernels *k = kern_select(table_names[i], NULL);
        if (k) check(k);
    }
}

typedef struct AttnShape {
    int dim, group, m, n_keys;
} AttnShape;

typedef struct AttnCase {
    float *q, *out, *want, *keys, *values, *sinks, *acc, *stat;
    char *pages[128];
    int n_pages;
    KernAttn job;
} AttnCase;

static float *random_floats(size_t n, float size) {
    float *x = fence_alloc(4, n * sizeof *x);
    for (size_t i = 0; i < n; i++) x[i] = rnd_real() * size;
    return x;
}

static void attn_put(AttnCase *c, int from, int to) {
    size_t d = (size_t)c->job.head_dim;
    for (int j = from; j < to; j++) {
        char *page = c->pages[j / KERN_KV_KEYS];
        KernKvPlace place = {c->job.type, c->job.head_dim, j % KERN_KV_KEYS, page,
                             page + c->job.v_at};
        kern_kv_put(&place, c->keys + (size_t)j * d, c->values + (size_t)j * d);
    }
}

static void attn_init(AttnCase *c, KernKv type, AttnShape s) {
    size_t d = (size_t)s.dim, n_q = d * (size_t)s.group * (size_t)s.m;
    size_t block = kern_kv_block_bytes(type, s.dim), n_rows = (size_t)(s.m * s.group);
    c->q = random_floats(n_q, 2);
    c->out = fence_alloc(4, n_q * sizeof(float));
    c->want = fence_alloc(4, n_q * sizeof(float));
    c->sinks = random_floats((size_t)s.group, 1);
    c->keys = random_floats(d * (size_t)s.n_keys, 1);
    c->values = random_floats(d * (size_t)s.n_keys, 1);
    c->n_pages = (s.n_keys + KERN_KV_KEYS - 1) / KERN_KV_KEYS;
    size_t n_parts = (size_t)c->n_pages / 8 + 1;
    c->acc = fence_alloc(4, n_parts * n_q * sizeof(float));
    c->stat = fence_alloc(4, n_parts * n_rows * 2 * sizeof(float));
    for (int i = 0; i < c->n_pages; i++) {
        c->pages[i] = fence_alloc(KERN_ALIGN, 2 * block);
        memset(c->pages[i], 0, 2 * block);
    }
    c->job = (KernAttn){.type = type, .head_dim = s.dim, .heads = 1, .group = s.group,
                        .m = s.m,
                        .q = c->q, .q_stride = d * (size_t)s.group, .q_head_stride = d,
                        .pages = c->pages, .v_at = block,
                        .out = c->out, .out_stride = d * (size_t)s.group, .out_head_stride = d,
                        .pos0 = s.n_keys - s.m, .n_keys = s.n_keys,
                        .scale = 1.0f / sqrtf((float)s.dim),
                        .scratch = fence_alloc(KERN_ALIGN, kern_attn_scratch_bytes(s.dim))};
    attn_put(c, 0, s.n_keys);
}

static void attn_fini(AttnCase *c) {
    void *all[] = {c->q,      c->out, c->want, c->sinks, c->keys,
                   c->values, c->acc, c->stat, c->job.scratch};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) fence_free(all[i]);
    for (int i = 0; i < c->n_pages; i++) fence_free(c->pages[i]);
}

static size_t attn_numbers(const AttnCase *c) {
    return (size_t)c->job.m * (size_t)c->job.group * (size_t)c->job.head_dim;
}

/* Every value reads back within a step of its type, and its neighbours in the page stay. */
static void blocks_keep_what_is_put(void **state) {
    (void)state;
    static const double step[KERN_KV_TYPES] = {0x1p-11, 0x1p-8, 1.0 / 255, 1.0 / 63, 1.0 / 15};
    static const int dims[] = {16, 80, 128};
    for (int t = 0; t < KERN_KV_TYPES; t++) {
        for (size_t i = 0; i < ARRAY_LEN(dims); i++) {
            AttnCase c;
            int d = dims[i];
            attn_init(&c, (KernKv)t, (AttnShape){d, 1, 1, KERN_KV_KEYS});
            attn_put(&c, 5, 6); /* again: nothing else may change */
            float *k = fence_alloc(4, (size_t)(d * KERN_KV_KEYS) * 4);
            float *v = fence_alloc(4, (size_t)(d * KERN_KV_KEYS) * 4);
            kern_kv_keys((KernKv)t, d, c.pages[0], k);
            kern_kv_values((KernKv)t, d, c.pages[0] + c.job.v_at, v);
            for (int j = 0; j < KERN_KV_KEYS; j++) {
                float key[KERN_HEAD_DIM_MAX], value[KERN_HEAD_DIM_MAX], most = 1;
                memcpy(key, c.keys + j * d, (size_t)d * 4);
                memcpy(value, c.values + j * d, (size_t)d * 4);
                if (kern_kv_rotates((KernKv)t)) kern_hadamard(key, d), kern_hadamard(value, d);
                for (int e = 0; e < d; e++) most = fmaxf(most, fabsf(key[e]));
                for (int e = 0; e < d; e++) most = fmaxf(most, fabsf(value[e]));
                for (int e = 0; e < d; e++) {
                    double off = fabs((double)(k[e * KERN_KV_KEYS + j] - key[e]));
                    assert_true(off <= step[t] * (double)most * 1.001);
                    off = fabs((double)(v[j * d + e] - value[e]));
                    assert_true(off <= step[t] * (double)most * 1.001);
                }
            }
            fence_free(k);
            fence_free(v);
            attn_fini(&c);
        }
    }
}

/* Its own inverse, and the same bytes from every table. */
static void rotations_are_undone_and_alike(void **state) {
    (void)state;
    static const int dims[] = {16, 32, 48, 64, 80, 128, 256, 512};
    for (size_t i = 0; i < ARRAY_LEN(dims); i++) {
        float x[KERN_HEAD_DIM_MAX], once[KERN_HEAD_DIM_MAX], again[KERN_HEAD_DIM_MAX];
        size_t bytes = (size_t)dims[i] * sizeof *x;
        for (int d = 0; d < dims[i]; d++) x[d] = (float)((d * 7919 + 31) % 1009) / 500 - 1;
        memcpy(once, x, bytes);
        kern_hadamard(once, dims[i]);
        for (size_t t = 0; kern_available(t); t++) {
            memcpy(again, x, bytes);
            kern_available(t)->hadamard(again, dims[i]);
            assert_memory_equal(again, once, bytes);
        }
        kern_hadamard(again, dims[i]);
        for (int d = 0; d < dims[i]; d++) assert_true(fabsf(again[d] - x[d]) < 1e-5f);
    }
}

static void kv_names_are_read_back(void **state) {
    (void)state;
    for (int t = 0; t < KERN_KV_TYPES; t++) {
        KernKv type;
        assert_true(kern_kv_parse(kern_kv_name((KernKv)t), &type));
        assert_int_equal(type, t);
    }
    KernKv none;
    assert_false(kern_kv_parse("q5", &none));
}

/* What rounding of queries and probabilities may cost beside ref, which reads the same blocks. With
   bfloat16 a score is off by 2^-9 of each product; the worst seen was 1.24e-2. */
static float attn_tolerance(KernKv type) {
    return type == KERN_KV_F16 ? 3e-5f : type == KERN_KV_BF16 ? 1.6e-2f : 1e-3f;
}

static void attn_compare(const Kernels *k, AttnCase *c) {
    size_t n = attn_numbers(c);
    memset(c->out, 0xff, n * sizeof *c->out); /* NaN: near to nothing */
    kern_attention(k, &c->job);
    for (size_t i = 0; i < n; i++) {
        if (fabsf(c->out[i] - c->want[i]) <= attn_tolerance(c->job.type)) continue;
        print_error("%s %s dim %d group %d m %d keys %d window %d at %zu: %g %g\n",
                    k->name, kern_kv_name(c->job.type), c->job.head_dim, c->job.group, c->job.m,
                    c->job.n_keys, c->job.window, i, (double)c->out[i],
                    (double)c->want[i]);
        fail();
    }
}

/* ref once, since it takes longer than all the others. */
static void attn_check(AttnCase *c) {
    const Kernels *ref = kern_select("ref", NULL);
    KernAttn want = c->job;
    want.out = c->want;
    kern_attention(ref, &want);
    for (size_t i = 0; i < ARRAY_LEN(table_names); i++) {
        const Kernels *k = kern_select(table_names[i], NULL);
        if (k && k != ref) attn_compare(k, c);
    }
}

static const AttnShape attn_shapes[] = {
    {64, 1, 1, 1},   {64, 3, 1, 70},   {128, 6, 1, 133}, {128, 2, 5, 40},   {32, 1, 33, 33},
    {256, 4, 3, 90}, {128, 6, 17, 80}, {64, 7, 40, 200}, {128, 6, 64, 300}, {80, 2, 20, 65},
    {16, 1, 70, 70}, {512, 1, 2, 19},  {128, 12, 1, 64}, {64, 1, 100, 131}, {128, 2, 3, 1100}};

/* Each shape meets each of the four kinds with some type: all of them with all take minutes. */
static void tables_agree_about_attention(void **state) {
    (void)state;
    for (int type = 0; type < KERN_KV_TYPES; type++) {
        for (size_t s = 0; s < ARRAY_LEN(attn_shapes); s++) {
            for (int kind = ((int)s + type) % 2; kind < 4; kind += 2) {
                AttnCase c;
                attn_init(&c, (KernKv)type, attn_shapes[s]);
                if (kind & 1) c.job.window = 1 + attn_shapes[s].n_keys / 3;
                if (kind & 2) {
                    c.job.softcap = 3.0f;
                    c.job.sinks = c.sinks;
                }
                attn_check(&c);
                attn_fini(&c);
            }
        }
    }
}

/* The types against exact keys and values: what storing costs, for numbers without outliers. */
static void types_cost_what_their_bits_say(void **state) {
    (void)state;
    static const double allowed[KERN_KV_TYPES] = {1e-4, 2e-3, 4e-3, 2e-2, 8e-2};
    const AttnShape shape = {128, 4, 8, 500};
    for (int t = 0; t < KERN_KV_TYPES; t++) {
        AttnCase c, exact;
        double square = 0;
        seed = 7;
        attn_init(&exact, KERN_KV_F16, shape);
        seed = 7;
        attn_init(&c, (KernKv)t, shape);
        kern_attention(kern_select("ref", NULL), &exact.job);
        kern_attention(kern_select("ref", NULL), &c.job);
        for (size_t i = 0; i < attn_numbers(&c); i++) {
            double off = (double)(c.out[i] - exact.out[i]);
            square += off * off;
        }
        double rms = sqrt(square / (double)attn_numbers(&c));
        print_message("# %s: rms error of attention %.2g\n", kern_kv_name((KernKv)t), rms);
        assert_true(rms <= allowed[t]);
        attn_fini(&c);
        attn_fini(&exact);
    }
}

/* One query alone, whole or in parts, and any cut of a batch: the same bytes. */
static void check_cut(const Kernels *k, AttnCase *c, int from, int m) {
    KernAttn job = c->job;
    size_t row = (size_t)job.group * (size_t)job.head_dim, n = (size_t)m * row;
    float *out = fence_alloc(4, n * sizeof *out);
    job.q += (size_t)from * job.q_stride;
    job.out = out;
    job.m = m;
    job.pos0 += from;
    job.n_keys = job.pos0 + m;
    kern_attention(k, &job);
    assert_memory_equal(out, c->out + (size_t)from * row, n * sizeof *out);
    int first = job.pos0 + 1 - job.window;
    KernAttnParts parts = {c->acc, c->stat, 0, (job.n_keys + KERN_ATTN_PART - 1) / KERN_ATTN_PART,
                           m * job.group};
    if (job.window > 0 && first > 0) parts.part0 = first / KERN_ATTN_PART;
    parts.n -= parts.part0;
    memset(out, 0xff, n * sizeof *out);
    for (int p = parts.n - 1; p >= 0; p--) kern_attention_part(k, &job, &parts, parts.part0 + p);
    kern_attention_merge(&job, &parts);
    assert_memory_equal(out, c->out + (size_t)from * row, n * sizeof *out);
    fence_free(out);
}

static void attention_is_the_same_however_it_is_cut(const Kernels *k) {
    static const AttnShape shapes[] = {{128, 2, 70, 700}, {64, 7, 37, 600}, {80, 1, 130, 130},
                                       {256, 4, 9, 520}};
    for (int type = 0; type < KERN_KV_TYPES; type++) {
        for (size_t s = 0; s < ARRAY_LEN(shapes); s++) {
            for (int kind = 0; kind < 4; kind += SANITIZED ? 3 : 1) { /* there: none or all */
                AttnCase c;
                attn_init(&c, (KernKv)type, shapes[s]);
                if (kind & 1) c.job.window = 100;
                if (kind & 2) c.job.sinks = c.sinks, c.job.softcap = 5;
                kern_attention(k, &c.job);
                int step = strcmp(k->name, "ref") == 0 ? 60 : 13; /* ref is slow */
                if (SANITIZED) step *= 4;
                for (int at = 0; at < c.job.m; at += step) check_cut(k, &c, at, 1);
                for (int m = 2; m <= c.job.m; m += step) check_cut(k, &c, (c.job.m - m) / 2, m);
                attn_fini(&c);
            }
        }
    }
}

static void test_attention_cuts(void **state) {
    (void)state;
    each_table(attention_is_the_same_however_it_is_cut);
}

enum { HEADS = 3 };

/* The pages of HEADS cases side by side, as heads of one job; what is in them moves. */
static void join_heads(AttnCase *c, KernAttn *job, char **pages) {
    size_t block = c->job.v_at;
    for (int i = 0; i < c->n_pages; i++) {
        pages[i] = fence_alloc(KERN_ALIGN, HEADS * 2 * block);
        for (size_t h = 0; h < HEADS; h++) {
            memcpy(pages[i] + h * 2 * block, c[h].pages[i], 2 * block);
        }
    }
    *job = c->job;
    size_t row = (size_t)job->group * (size_t)job->head_dim;
    float *q = fence_alloc(4, HEADS * row * (size_t)job->m * sizeof *q);
    for (size_t i = 0; i < (size_t)job->m; i++) {
        for (size_t h = 0; h < HEADS; h++) {
            memcpy(q + (i * HEADS + h) * row, c[h].q + i * row, row * sizeof *q);
        }
    }
    job->heads = HEADS;
    job->head_step = 2 * block;
    job->pages = pages;
    job->q = q;
    job->q_stride = job->out_stride = HEADS * row;
    job->out = fence_alloc(4, HEADS * row * (size_t)job->m * sizeof *job->out);
}

static void check_heads(const AttnCase *c, const KernAttn *job) {
    size_t row = (size_t)job->group * (size_t)job->head_dim;
    for (size_t i = 0; i < (size_t)job->m; i++) {
        for (size_t h = 0; h < HEADS; h++) {
            assert_memory_equal(job->out + (i * HEADS + h) * row, c[h].out + i * row,
                                row * sizeof *job->out);
        }
    }
}

static void heads_together(const Kernels *k, KernKv type, AttnShape shape, int window) {
    AttnCase c[HEADS];
    char *pages[ARRAY_LEN(c->pages)];
    KernAttn job;
    for (int h = 0; h < HEADS; h++) {
        attn_init(&c[h], type, shape);
        c[h].job.window = window;
        kern_attention(k, &c[h].job);
    }
    join_heads(c, &job, pages);
    kern_attention(k, &job);
    check_heads(c, &job);
    int rows = HEADS * job.m * job.group + 5, first = job.pos0 + 1 - window; /* 5: of others */
    KernAttnParts parts = {.rows = rows, .n = (job.n_keys + KERN_ATTN_PART - 1) / KERN_ATTN_PART};
    if (window > 0 && first > 0) parts.part0 = first / KERN_ATTN_PART;
    parts.n -= parts.part0;
    parts.acc = fence_alloc(4, (size_t)(parts.n * rows * job.head_dim) * sizeof(float));
    parts.stat = fence_alloc(4, (size_t)(parts.n * rows * 2) * sizeof(float));
    memset(job.out, 0xff, (size_t)job.m * job.out_stride * sizeof *job.out);
    for (int p = parts.n - 1; p >= 0; p--) kern_attention_part(k, &job, &parts, parts.part0 + p);
    kern_attention_merge(&job, &parts);
    check_heads(c, &job);
    for (int i = 0; i < c->n_pages; i++) fence_free(pages[i]);
    void *all[] = {(void *)(uintptr_t)job.q, job.out, parts.acc, parts.stat};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) fence_free(all[i]);
    for (int h = 0; h < HEADS; h++) attn_fini(&c[h]);
}

/* Several KV heads in one job: each gets the bytes that it gets alone. */
static void heads_do_not_mix(const Kernels *k) {
    for (int type = 0; type < KERN_KV_TYPES; type++) {
        heads_together(k, (KernKv)type, (AttnShape){128, 2, 1, 1100}, 0);
        heads_together(k, (KernKv)type, (AttnShape){64, 7, 3, 600}, 70);
        heads_together(k, (KernKv)type, (AttnShape){80, 1, 5, 66}, 0);
    }
}

static void test_attention_heads(void **state) {
    (void)state;
    each_table(heads_do_not_mix);
}

/* ---- encoders -------------------------------------------------------------------------------- */

typedef struct TextCase {
    float *numbers, *out, *want;
    KernAttnText job;
} TextCase;

enum { TEXT_HEADS = 2 };

/* Queries, keys and values of two heads, of which the second is used. */
static void text_init(TextCase *c, int n, int dim) {
    size_t width = (size_t)(dim * TEXT_HEADS), all = width * (size_t)n;
    c->numbers = random_floats(3 * all, 1.5f);
    c->out = fence_alloc(4, all * sizeof(float));
    c->want = fence_alloc(4, all * sizeof(float));
    const float *first = c->numbers + dim;
    c->job = (KernAttnText){.head_dim = dim, .n = n, .to = n, .q = first, .k = first + all,
                            .v = first + 2 * all, .stride = width, .kv_stride = width,
                            .out = c->out + dim, .scale = 1.0f / sqrtf((float)dim),
                            .scratch = fence_alloc(KERN_ALIGN, kern_attn_text_bytes(n, dim))};
}

static void text_fini(TextCase *c) {
    void *all[] = {c->numbers, c->out, c->want, c->job.scratch};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) fence_free(all[i]);
}

static const int text_lengths[] = {1, 2, 7, 15, 16, 17, 31, 33, 64, 129, 258};
static const int text_dims[] = {16, 32, 48, 64, 80, 128};

/* AVX-512 without bfloat16 is no table of a machine that has it, and so has no name there. */
static const Kernels *text_table(size_t i) {
#ifdef __x86_64__
    if (i == ARRAY_LEN(table_names)) return kern_select("avx512", NULL) ? &kern_avx512 : NULL;
#endif
    return i < ARRAY_LEN(table_names) ? kern_select(table_names[i], NULL) : NULL;
}

static void text_compare(const Kernels *k, TextCase *c) {
    const size_t width = c->job.stride, n = width * (size_t)c->job.n;
    memset(c->out, 0, n * sizeof *c->out);
    k->attn_text(&c->job);
    for (size_t i = 0; i < n; i++) {
        const bool ours = i % width >= (size_t)c->job.head_dim; /* the other head's stay */
        const float want = ours ? c->want[i] : 0;
        if (fabsf(c->out[i] - want) <= (k->bf16 ? 5e-2f : 3e-5f)) continue;
        print_error("%s dim %d n %d at %zu: %g %g\n", k->name, c->job.head_dim, c->job.n, i,
                    (double)c->out[i], (double)want);
        fail();
    }
}

static void tables_agree_about_texts(void **state) {
    (void)state;
    const Kernels *ref = kern_select("ref", NULL);
    for (size_t i = 0; i < ARRAY_LEN(text_lengths) * ARRAY_LEN(text_dims); i++) {
        TextCase c;
        text_init(&c, text_lengths[i % ARRAY_LEN(text_lengths)],
                  text_dims[i / ARRAY_LEN(text_lengths)]);
        KernAttnText want = c.job;
        want.out = c.want + c.job.head_dim;
        ref->attn_text(&want);
        for (size_t t = 0; t <= ARRAY_LEN(table_names); t++) {
            if (text_table(t)) text_compare(text_table(t), &c);
        }
        text_fini(&c);
    }
}

/* Whatever was in the scratch memory, and wherever queries are cut. */
static void texts_are_the_same_however_they_are_cut(const Kernels *k) {
    for (size_t i = 0; i < ARRAY_LEN(text_lengths); i++) {
        TextCase c;
        text_init(&c, text_lengths[i], 32);
        const int n = c.job.n;
        size_t bytes = c.job.stride * (size_t)n * sizeof *c.out;
        k->attn_text(&c.job);
        memcpy(c.want, c.out, bytes);
        memset(c.out, 0, bytes);
        memset(c.job.scratch, 0xff, kern_attn_text_bytes(n, 32));
        for (int from = 0, step = 1; from < n; from = c.job.to, step += 2) {
            c.job.from = from;
            c.job.to = from + step < n ? from + step : n;
            k->attn_text(&c.job);
        }
        assert_memory_equal(c.out, c.want, bytes);
        text_fini(&c);
    }
}

static void test_text_cuts(void **state) {
    (void)state;
    for (size_t t = 0; t <= ARRAY_LEN(table_names); t++) {
        if (text_table(t)) texts_are_the_same_however_they_are_cut(text_table(t));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kv_names_are_read_back),
        cmocka_unit_test(blocks_keep_what_is_put),
        cmocka_unit_test(rotations_are_undone_and_alike),
        cmocka_unit_test(types_cost_what_their_bits_say),
        cmocka_unit_test(tables_agree_about_attention),
        cmocka_unit_test(test_attention_cuts),
        cmocka_unit_test(test_attention_heads),
        cmocka_unit_test(tables_agree_about_texts),
        cmocka_unit_test(test_text_cuts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
