/*
 * What this machine gives right now: memory read bandwidth and int8 multiply-adds, with one thread
 * and with two. A share of bandwidth or of peak means something only beside these, measured in the
 * same minute: neighbours on the host take memory bandwidth.
 *
 *     limits [THREADS]        (default 2; measures 1 and THREADS)
 *
 * prints one JSON object: read_1, read_N in GB/s, int8_1, int8_N in GOPS (a multiply and an add
 * are two operations); int8 is 0 where the compiler's target has no int8 dot product.
 *
 * Read: each thread walks a buffer of its own, far larger than the caches, front to back, in
 * lines of 64 bytes: one sequential stream a core is the pattern that packed weights have. Int8:
 * independent accumulators, operands in registers, enough of them to cover the latency. Each
 * figure is the best of several windows; a window lasts from the first start of a thread to the
 * last end, by the threads' own clocks.
 *
 * Compiled for the machine it runs on (-march=native), and on its own: no other file of ours.
 */
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

enum { THREADS_MAX = 64, WINDOWS = 6, BUFFER_BYTES = 192 << 20, DOT_ROUNDS = 4000000,
       CHAINS = 12 };

typedef uint64_t Line __attribute__((vector_size(64)));

static pthread_barrier_t gate;

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- int8 -------------------------------------------------------------------------------- */

#if defined(__AVX512VNNI__)
typedef __m512i Acc;
static inline Acc dot_step(Acc acc, Acc a, Acc b) { return _mm512_dpbusd_epi32(acc, a, b); }
static Acc dot_seed(int i) { return _mm512_set1_epi32(i); }
static uint64_t dot_use(Acc x) { return (uint64_t)_mm512_reduce_add_epi32(x); }
#elif defined(__AVX2__)
typedef __m256i Acc;
static inline Acc dot_step(Acc acc, Acc a, Acc b) { /* three instructions where VNNI has one */
    return _mm256_add_epi32(acc, _mm256_madd_epi16(_mm256_maddubs_epi16(a, b),
                                                   _mm256_set1_epi16(1)));
}
static Acc dot_seed(int i) { return _mm256_set1_epi32(i); }
static uint64_t dot_use(Acc x) { return (uint64_t)_mm256_extract_epi64(x, 0); }
#elif defined(__ARM_FEATURE_DOTPROD)
typedef int32x4_t Acc;
static inline Acc dot_step(Acc acc, Acc a, Acc b) {
    return vdotq_s32(acc, vreinterpretq_s8_s32(a), vreinterpretq_s8_s32(b));
}
static Acc dot_seed(int i) { return vdupq_n_s32(i); }
static uint64_t dot_use(Acc x) { return (uint64_t)vaddvq_s32(x); }
#else
#define NO_DOT
#endif

#ifndef NO_DOT
static double dot_operations(void) { return 2.0 * sizeof(Acc) * CHAINS * DOT_ROUNDS; }

static uint64_t dot_run(const void *unused) {
    Acc acc[CHAINS], a = dot_seed(0x01020304), b = dot_seed(0x04030201);
    uint64_t sum = 0;
    (void)unused;
    for (int i = 0; i < CHAINS; i++) acc[i] = dot_seed(i);
    for (int r = 0; r < DOT_ROUNDS; r++) {
        for (int i = 0; i < CHAINS; i++) acc[i] = dot_step(acc[i], a, b);
        __asm__ volatile("" : "+x"(a)); /* the loop stays a loop */
    }
    for (int i = 0; i < CHAINS; i++) sum += dot_use(acc[i]);
    return sum;
}
#endif

/* ---- memory ------------------------------------------------------------------------------ */

static uint64_t read_run(const void *buffer) {
    const Line *p = buffer;
    Line a = {0}, b = {0}, c = {0}, d = {0};
    for (size_t i = 0; i < BUFFER_BYTES / sizeof(Line); i += 4) {
        __builtin_prefetch(p + i + 64);
        __builtin_prefetch(p + i + 65);
        __builtin_prefetch(p + i + 66);
        __builtin_prefetch(p + i + 67);
        a |= p[i];
        b |= p[i + 1];
        c |= p[i + 2];
        d |= p[i + 3];
    }
    a |= b | c | d;
    return a[0] | a[1] | a[2] | a[3] | a[4] | a[5] | a[6] | a[7];
}

/* ---- threads ----------------------------------------------------------------------------- */

typedef struct Job {
    uint64_t (*run)(const void *buffer);
    void *buffer;
    int thread;
    double start_s[WINDOWS], end_s[WINDOWS];
    uint64_t result; /* written so that nothing is optimised away */
} Job;

/* The i-th processor that this process may use: a window is too short for the scheduler to spread
   threads. */
static void pin(int i) {
    cpu_set_t all, one;
    CPU_ZERO(&one);
    if (pthread_getaffinity_np(pthread_self(), sizeof all, &all) != 0) return;
    i %= CPU_COUNT(&all);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &all) && i-- == 0) CPU_SET(cpu, &one);
    }
    (void)pthread_setaffinity_np(pthread_self(), sizeof one, &one);
}

static void *work(void *user) {
    Job *job = user;
    pin(job->thread);
    for (int w = 0; w < WINDOWS; w++) {
        pthread_barrier_wait(&gate);
        job->start_s[w] = now_s();
        job->result += job->run(job->buffer);
        job->end_s[w] = now_s();
    }
    return NULL;
}

/* Best window of n threads that all do `run`, `amount` each, in units of 1e9 a second. */
static double measure(uint64_t (*run)(const void *), double amount, Job *jobs, int n) {
    pthread_t threads[THREADS_MAX];
    double best = 0;
    pthread_barrier_init(&gate, NULL, (unsigned)n);
    for (int i = 0; i < n; i++) {
        jobs[i].run = run;
        if (pthread_create(&threads[i], NULL, work, &jobs[i]) != 0) exit(1);
    }
    for (int i = 0; i < n; i++) pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&gate);
    for (int w = 0; w < WINDOWS; w++) {
        double start = jobs[0].start_s[w], end = jobs[0].end_s[w];
        for (int i = 1; i < n; i++) {
            start = jobs[i].start_s[w] < start ? jobs[i].start_s[w] : start;
            end = jobs[i].end_s[w] > end ? jobs[i].end_s[w] : end;
        }
        double rate = amount * n / (end - start) * 1e-9;
        best = rate > best ? rate : best;
    }
    return best;
}

static void *buffer_new(void) {
    size_t bytes = BUFFER_BYTES + 8192; /* prefetches run past the end */
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) exit(1);
    (void)madvise(p, bytes, MADV_HUGEPAGE);
    memset(p, 1, bytes);
    return p;
}

int main(int argc, char **argv) {
    static Job jobs[THREADS_MAX];
    long n = argc > 1 ? strtol(argv[1], NULL, 10) : 2;
    if (n < 1 || n > THREADS_MAX) return 2;
    for (int i = 0; i < n; i++) jobs[i] = (Job){.thread = i, .buffer = buffer_new()};
    double read_1 = measure(read_run, BUFFER_BYTES, jobs, 1);
    double read_n = measure(read_run, BUFFER_BYTES, jobs, (int)n);
    double int8_1 = 0, int8_n = 0;
#ifndef NO_DOT
    int8_1 = measure(dot_run, dot_operations(), jobs, 1);
    int8_n = measure(dot_run, dot_operations(), jobs, (int)n);
#endif
    printf("{\"threads\": %ld, \"read_1\": %.2f, \"read_n\": %.2f, \"int8_1\": %.1f, "
           "\"int8_n\": %.1f}\n", n, read_1, read_n, int8_1, int8_n);
    return 0;
}
