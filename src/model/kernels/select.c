/*
 * Which tables this machine can run, by what the processor and the system allow. Which of them is
 * the fastest is measured elsewhere (model/choose.c).
 *
 * x86-64: CPUID says what the processor has, XGETBV what the system saves on a task switch, and
 * for AMX tiles Linux must be asked for the state (arch_prctl ARCH_REQ_XCOMP_PERM, which is per
 * process and inherited by threads started later and already running ones alike).
 *
 *   avx2    AVX2, FMA, F16C
 *   avxvnni avx2 and AVX-VNNI
 *   avx512  F, BW, VL, DQ, VNNI
 *           and with BF16 its attention multiplies bfloat16 (two tables, one name)
 *   avx512-ahead  the same, and one token asks the memory for weights and 8-bit keys ahead of their
 *                 use
 *   avx512-twice  avx512-ahead, and one token or two ask for each weight twice, far and near
 *   amx     avx512 and BF16, AMX-TILE, AMX-BF16, AMX-INT8
 *
 * aarch64: "neon" needs dot product (HWCAP_ASIMDDP), "neon-i8mm" products of small matrices, too
 * (HWCAP2_I8MM); without either, ref.
 *
 * Source: Intel SDM vol. 1 ch. 13 and 18, vol. 2 CPUID; Linux Documentation/arch/x86/xstate.rst.
 */
#include "model/kernels/ref.h"
#include "model/kernels/tables.h"

#include <assert.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif

#if defined(__x86_64__)
enum { REQ_XCOMP_PERM = 0x1023, XFEATURE_TILEDATA = 18 };

static uint64_t os_state(void) {
    uint32_t a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c >> 27 & 1)) return 0; /* OSXSAVE */
    __asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
    return a | (uint64_t)d << 32;
}

static bool has_all(uint32_t reg, uint32_t bits) { return (reg & bits) == bits; }

static bool has_avx2(void) {
    uint32_t a, b, c, d;
    if (!has_all((uint32_t)os_state(), 0x6) || !__get_cpuid(1, &a, &b, &c, &d)) return false;
    if (!has_all(c, 1u << 12 | 1u << 29)) return false; /* FMA, F16C */
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && has_all(b, 1u << 5);
}

static bool has_avx512(void) {
    uint32_t a, b, c, d;
    if (!has_avx2() || !has_all((uint32_t)os_state(), 0xe6)) return false;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
    return has_all(b, 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31) && has_all(c, 1u << 11);
}

static bool has_avx512_bf16(void) {
    uint32_t a, b, c, d;
    return has_avx512() && __get_cpuid_count(7, 1, &a, &b, &c, &d) && has_all(a, 1u << 5);
}

static bool has_avxvnni(void) {
    uint32_t a, b, c, d;
    return has_avx2() && __get_cpuid_count(7, 1, &a, &b, &c, &d) && has_all(a, 1u << 4);
}

static bool has_amx(void) {
    uint32_t a, b, c, d;
    if (!has_avx512_bf16() || !has_all((uint32_t)os_state(), 0x60000)) return false;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
    if (!has_all(d, 1u << 22 | 1u << 24 | 1u << 25)) return false; /* BF16, TILE, INT8 */
    return syscall(SYS_arch_prctl, REQ_XCOMP_PERM, XFEATURE_TILEDATA) == 0;
}
#elif defined(__aarch64__)
static bool has_neon(void) { return getauxval(AT_HWCAP) >> 20 & 1; } /* HWCAP_ASIMDDP */

static bool has_neon_i8mm(void) {
    return has_neon() && (getauxval(AT_HWCAP2) >> 13 & 1); /* HWCAP2_I8MM */
}
#endif

static bool always(void) { return true; }

/* Best first, as far as flags tell; of two with one name the first that can run is meant. `named`:
   never chosen by itself. */
static const struct {
    const Kernels *table;
    bool (*available)(void);
    bool named;
} tables[] = {
#if defined(__x86_64__)
    {&kern_amx, has_amx, false},
    {&kern_avx512_bf16, has_avx512_bf16, false},
    {&kern_avx512, has_avx512, false},
    {&kern_avx512_bf16_ahead, has_avx512_bf16, true},
    {&kern_avx512_ahead, has_avx512, true},
    {&kern_avx512_bf16_twice, has_avx512_bf16, true},
    {&kern_avx512_twice, has_avx512, true},
    {&kern_avxvnni, has_avxvnni, false},
    {&kern_avx2, has_avx2, false},
    {&kern_avxvnni_twin, has_avx512, true},
#elif defined(__aarch64__)
    {&kern_neon_i8mm, has_neon_i8mm, false},
    {&kern_neon, has_neon, false},
#endif
    {&kern_ref, always, false},
    {&kern_exact, always, true},
};

const Kernels *kern_available(size_t i) {
    const Kernels *before = NULL;
    for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
        const Kernels *k = tables[t].table;
        if (tables[t].named || !tables[t].available()) continue;
        if (before && strcmp(before->name, k->name) == 0) continue;
        before = k;
        if (i-- == 0) return k;
    }
    assert(before && strcmp(before->name, "ref") == 0); /* runs everywhere, and is the last */
    return NULL;
}

const Kernels *kern_twin(const Kernels *k) {
    if (strcmp(k->name, "avx512") == 0) return kern_select("avx512-ahead", NULL);
    return strcmp(k->name, "avx512-ahead") == 0 ? kern_select("avx512-twice", NULL) : NULL;
}

const Kernels *kern_select(const char *isa, Err *err) {
    bool known = false;
    if (!isa || !*isa || strcmp(isa, "auto") == 0) return kern_available(0);
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        if (strcmp(tables[i].table->name, isa) != 0) continue;
        if (tables[i].available()) return tables[i].table;
        known = true;
    }
    if (known) (void)err_set(err, E_UNSUPPORTED, "this machine cannot run the %s kernels", isa);
    else (void)err_set(err, E_USAGE, "no kernels named '%s' in this build", isa);
    (void)err_hint(err, "auto, or saying neither --isa nor HEARTH_ISA, lets the program choose");
    return NULL;
}
