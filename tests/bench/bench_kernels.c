/*
 * How fast the numeric kernels are, beside what the memory gives in the same minute.
 *
 *     bench_kernels [isa [type | attention [KV type]]]
 *
 * One thread. For each type: GB/s of packed weights at one token over a matrix set larger than the
 * caches (decode), GOPS (2 operations a weight and token) at several token counts (verify,
 * prefill), then attention and vectors. A plain read of memory runs before and after: a decode
 * figure means something only beside it. All of it on huge pages, as packs are where the system has
 * them to give; on small ones decode is slower by a third. Not part of the tests: numbers depend on
 * neighbours.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "model/kernels/kernels.h"

enum { COLS = 1536, MEMORY_MIB = 320 };

static uint32_t state = 1;

static uint32_t rnd(void) { return state = state * 1664525u + 1013904223u; }

/* Processor time of this (only) thread: neighbours that take the core do not count. */
static double cpu_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

/* Best of several readings, GB/s. */
static double read_bandwidth(const uint64_t *p, size_t n_bytes) {
    double best = 0;
    for (int rep = 0; rep < 3; rep++) {
        uint64_t a = 0, b = 0, c = 0, d = 0;
        double t = cpu_ms();
        for (size_t i = 0; i < n_bytes / 8; i += 32) {
            __builtin_prefetch(p + i + 512);
            __builtin_prefetch(p + i + 520);
            __builtin_prefetch(p + i + 528);
            __builtin_prefetch(p + i + 536);
            for (size_t k = 0; k < 32; k += 4) {
                a ^= p[i + k];
                b ^= p[i + k + 1];
                c ^= p[i + k + 2];
                d ^= p[i + k + 3];
            }
        }
        t = cpu_ms() - t;
        if ((a ^ b ^ c ^ d) == 42) puts("unlikely");
        best = fmax(best, (double)n_bytes / t * 1e-6);
    }
    return best;
}

typedef struct Bench {
    const Kernels *k;
    KernMat mat;
    float *x, *y;
    void *act, *scratch;
    size_t packed_bytes;
} Bench;

/* Packed bytes are random with harmless scales: speed does not depend on values. */
static void bench_init(Bench *b, KernType type, uint8_t *memory, size_t memory_bytes) {
    size_t panel = kern_packed_bytes(type, 16, COLS), rows = memory_bytes / panel * 16;
    b->mat = (KernMat){type, (uint32_t)rows, COLS, memory};
    b->packed_bytes = rows / 16 * panel;
    size_t row_bytes = kern_row_bytes(type, COLS);
    uint8_t *gguf = mem_zalloc(16 * row_bytes);
    for (size_t i = 0; i < 16 * row_bytes; i++) gguf[i] = (uint8_t)(rnd() >> 24);
    for (size_t i = 1; i < 16 * row_bytes; i += 2) { /* no denormals */
        gguf[i] = (gguf[i] & 0x8f) | 0x30;
    }
    if (type == KERN_MXFP4) memset(gguf, 0x7f, 16 * row_bytes);
    KernMat one = {type, 16, COLS, memory};
    kern_pack(&one, gguf, 0, 16);
    for (size_t at = panel; at < b->packed_bytes; at += panel) memcpy(memory + at, memory, panel);
    mem_free(gguf);
}

static double product_ms(Bench *b, int m, size_t rows) {
    KernAct act;
    kern_act_init(&act, b->k->act_formats(&b->mat, m), m, COLS, b->act);
    act.x = b->x;
    act.ldx = COLS;
    b->k->act_fill(&act, 0, m);
    KernMatmul job = {&b->mat, &act, b->y, rows, b->scratch};
    double best = 1e9;
    for (int rep = 0; rep < 4; rep++) {
        double t = cpu_ms();
        b->k->matmul(&job, 0, rows);
        best = fmin(best, cpu_ms() - t);
    }
    return best;
}

static void bench_type(Bench *b, uint8_t *memory, size_t memory_bytes, KernType type) {
    static const int counts[] = {2, 4, 5, 8, 16, 32, 64, 256, 512};
    bench_init(b, type, memory, memory_bytes);
    double ms = product_ms(b, 1, b->mat.rows);
    printf("%-7s m=1 %6.2f GB/s;  GOPS", kern_type_name(type), (double)b->packed_bytes / ms * 1e-6);
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        size_t rows = 1536;
        ms = product_ms(b, counts[i], rows);
        printf("  m=%d: %.0f", counts[i], 2.0 * (double)rows * COLS * counts[i] / ms * 1e-6);
    }
    printf("\n");
    fflush(stdout);
}

/* As many heads as take 64 MiB, so that decode reads memory, eight at once; prefill takes one. */
static void bench_attention(const Kernels *k, KernKv type, int dim, int group, int m, int n_keys) {
    size_t block = kern_kv_block_bytes(type, dim), once = m * group <= KERN_ATTN_ROWS / 8 ? 8 : 1;
    size_t width = (size_t)dim * (size_t)group * once, n_q = width * (size_t)m;
    size_t n_pages = (size_t)(n_keys + KERN_KV_KEYS - 1) / KERN_KV_KEYS;
    size_t heads = m > 16 ? 1 : (((size_t)64 << 20) / (2 * block * n_pages) / once + 1) * once;
    float *q = mem_zalloc(n_q * 4), *out = mem_zalloc(n_q * 4);
    char *memory = mem_pages(2 * block * heads * n_pages);
    char **pages = mem_alloc(n_pages * sizeof *pages);
    for (size_t i = 0; i < n_pages; i++) pages[i] = memory + i * heads * 2 * block;
    KernAttn job = {.type = type, .head_dim = dim, .heads = (int)once, .group = group,
                    .m = m,
                    .q = q, .q_stride = width, .q_head_stride = (size_t)dim,
                    .pages = pages, .head_step = 2 * block, .out = out, .out_stride = width,
                    .out_head_stride = (size_t)dim, .pos0 = n_keys - m, .n_keys = n_keys,
                    .scale = 0.1f,
                    .scratch = mem_aligned(64, kern_attn_scratch_bytes(dim))};
    double best = 1e9, keys = n_keys - (m - 1) / 2.0;
    for (int rep = 0; rep < 5; rep++) {
        double t = cpu_ms();
        for (size_t h = 0; h < heads; h += once) {
            job.k_at = h * 2 * block;
            job.v_at = job.k_at + block;
            kern_attention(k, &job);
        }
        best = fmin(best, (cpu_ms() - t) / (double)heads);
    }
    printf("attention %s dim %d group %d m %d keys %d: %.3f ms, %.1f GFLOPS, KV %.2f GB/s\n",
           kern_kv_name(type), dim, group, m, n_keys, best,
           4.0 * dim * group * m * keys / best * 1e-6, (double)(2 * block * n_pages) / best * 1e-6);
    mem_free(q);
    mem_free(out);
    mem_free(memory);
    mem_free(pages);
    mem_free(job.scratch);
}

#define VECTOR_NS(call)                                                                            \
    do {                                                                                           \
        double t = cpu_ms();                                                                 \
        for (int rep = 0; rep < 200; rep++) call;                                                  \
        t = (cpu_ms() - t) / 200;                                                            \
        printf("%-46s %7.0f ns\n", #call, t * 1e6);                                                \
    } while (0)

static void bench_vectors(const Kernels *k, float *x, float *y) {
    enum { N = 8960 };
    memset(y, 0, N * sizeof *y);
    for (int i = 0; i < 3 * N; i++) x[i] = (float)(rnd() >> 16) / 32768.0f - 1.0f;
    VECTOR_NS(k->rmsnorm(x, x + N, N, 1e-6f, y));
    VECTOR_NS(k->layernorm(x, x + N, N, 1e-6f, y));
    VECTOR_NS(k->silu_mul(x, x + N, N, y));
    VECTOR_NS(k->gelu_tanh_mul(x, x + N, N, y));
    VECTOR_NS(k->gelu_erf_mul(x, NULL, N, y));
    VECTOR_NS(k->softmax(y, N, 1.0f));
    VECTOR_NS(k->add(x, x + N, N, y));
}

int main(int argc, char **argv) {
    static const KernType types[] = {KERN_Q4_K, KERN_Q6_K, KERN_Q4_0, KERN_Q4_1, KERN_Q5_0,
                                     KERN_Q5_K, KERN_Q8_0, KERN_IQ4_NL, KERN_MXFP4, KERN_Q2_K,
                                     KERN_Q3_K, KERN_F16, KERN_BF16, KERN_F32};
    Err err;
    Bench b = {.k = kern_select(argc > 1 ? argv[1] : NULL, &err)};
    if (!b.k) {
        fprintf(stderr, "%s\n", err.message);
        return 2;
    }
    size_t memory_bytes = (size_t)MEMORY_MIB << 20;
    uint8_t *memory = mem_pages(memory_bytes + 4096);
    b.x = mem_zalloc_n(512 * COLS, 4);
    for (int i = 0; i < 512 * COLS; i++) b.x[i] = (float)(rnd() >> 16) / 32768.0f - 1.0f;
    b.y = mem_zalloc(memory_bytes / 2);
    b.act = mem_aligned(64, kern_act_bytes(KERN_ACT_ALL, 512, COLS));
    b.scratch = mem_aligned(64, kern_matmul_scratch_bytes(COLS));
    memset(memory, 1, memory_bytes);
    printf("kernels %s, one thread; read %.2f GB/s\n", b.k->name,
           read_bandwidth((uint64_t *)(void *)memory, memory_bytes));
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (argc > 2 && strcmp(argv[2], kern_type_name(types[i])) != 0) continue;
        bench_type(&b, memory, memory_bytes, types[i]);
    }
    printf("read %.2f GB/s\n", read_bandwidth((uint64_t *)(void *)memory, memory_bytes));
    if (argc <= 2 || strcmp(argv[2], "attention") == 0) {
        static const struct { int dim, group, m, n_keys; } shapes[] = {
            {128, 2, 1, 4096},   {128, 6, 1, 4096},   {64, 7, 1, 4096}, {128, 2, 8, 4096},
            {128, 2, 512, 4096}, {128, 6, 512, 4096}, {64, 3, 256, 512}, {32, 1, 258, 258}};
        for (int t = 0; t < KERN_KV_TYPES; t++) {
            if (argc > 3 && strcmp(argv[3], kern_kv_name((KernKv)t)) != 0) continue;
            for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
                bench_attention(b.k, (KernKv)t, shapes[i].dim, shapes[i].group, shapes[i].m,
                                shapes[i].n_keys);
            }
        }
    }
    if (argc <= 2) bench_vectors(b.k, b.x, b.y);
    return 0;
}
