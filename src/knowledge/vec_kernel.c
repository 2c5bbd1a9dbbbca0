/*
 * Hamming distances of one code to many: the inner loop of vector search.
 *
 * Memory-bound at 24-32 GB/s on the machine where it was measured, so the widest instructions
 * matter less than not being scalar: one code of 384 dimensions is 6 words. The plain C loop is the
 * specification; the others are the same loop compiled for a CPU that has popcnt (x86-64-v2 and
 * later) or vector popcount (AVX-512 VPOPCNTDQ), chosen once by what the CPU says. On other
 * architectures the plain loop is all there is (aarch64 compilers turn it into cnt/addv).
 */
#include <stdatomic.h>

#include "knowledge/vec.h"

typedef void (*HammingFn)(const uint64_t *rows, size_t n, uint32_t words, const uint64_t *code,
                          uint16_t *distances);

#define HAMMING_BODY                                                                               \
    for (size_t i = 0; i < n; i++) {                                                               \
        const uint64_t *row = rows + i * words;                                                    \
        unsigned sum = 0;                                                                          \
        for (uint32_t w = 0; w < words; w++) {                                                     \
            sum += (unsigned)__builtin_popcountll(row[w] ^ code[w]);                               \
        }                                                                                          \
        distances[i] = (uint16_t)sum;                                                              \
    }

void vec_hamming_ref(const uint64_t *rows, size_t n, uint32_t words, const uint64_t *code,
                     uint16_t *distances) {
    HAMMING_BODY
}

#if defined(__x86_64__)
#include <immintrin.h>

/* 384 dimensions is the common case: with 6 words known, the compiler unrolls. */
__attribute__((target("popcnt"))) static void hamming_popcnt(const uint64_t *rows, size_t n,
                                                             uint32_t words, const uint64_t *code,
                                                             uint16_t *distances) {
    if (words == 6) {
        words = 6;
        HAMMING_BODY
        return;
    }
    HAMMING_BODY
}

/* Up to 8 words a row: one masked load, one popcount, one sum. */
__attribute__((target("avx512f,avx512vpopcntdq"))) static void hamming_avx512(
    const uint64_t *rows, size_t n, uint32_t words, const uint64_t *code, uint16_t *distances) {
    for (size_t i = 0; i < n; i++) {
        const uint64_t *row = rows + i * words;
        __m512i sum = _mm512_setzero_si512();
        for (uint32_t w = 0; w < words; w += 8) {
            __mmask8 mask = words - w >= 8 ? 0xFF : (__mmask8)((1u << (words - w)) - 1);
            __m512i a = _mm512_maskz_loadu_epi64(mask, row + w);
            __m512i b = _mm512_maskz_loadu_epi64(mask, code + w);
            sum = _mm512_add_epi64(sum, _mm512_popcnt_epi64(_mm512_xor_si512(a, b)));
        }
        distances[i] = (uint16_t)_mm512_reduce_add_epi64(sum);
    }
}
#endif

/* The best that this CPU has. AVX-512 VPOPCNTDQ implies the foundation that hamming_avx512 also
   uses. */
static HammingFn choose(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512vpopcntdq")) return hamming_avx512;
    if (__builtin_cpu_supports("popcnt")) return hamming_popcnt;
#endif
    return vec_hamming_ref;
}

void vec_hamming(const uint64_t *rows, size_t n, uint32_t words, const uint64_t *code,
                 uint16_t *distances) {
    static _Atomic(HammingFn) chosen; /* every thread would choose the same */
    HammingFn fn = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (!fn) {
        fn = choose();
        atomic_store_explicit(&chosen, fn, memory_order_relaxed);
    }
    fn(rows, n, words, code, distances);
}
