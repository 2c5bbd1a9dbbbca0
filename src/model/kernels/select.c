/*
 * Choosing the table for this machine, once, by what the processor and the system allow.
 *
 * x86-64: CPUID says what the processor has, XGETBV what the system saves on a task switch, and
 * for AMX tiles Linux must be asked for the state (arch_prctl ARCH_REQ_XCOMP_PERM, which is per
 * process and inherited by threads started later and already running ones alike).
 *
 *   avx2    AVX2, FMA, F16C
 *   avx512  F, BW, VL, DQ, VNNI
 *           and with BF16 its attention multiplies bfloat16 (two tables, one name)
 *   amx     avx512 and BF16, AMX-TILE, AMX-BF16, AMX-INT8
 *
 * aarch64: "neon" needs dot product (HWCAP_ASIMDDP); without it, ref.
 *
 * Source: Intel SDM vol. 1 ch. 13 and 18, vol. 2 CPUID; Linux Documentation/arch/x86/xstate.rst.
 */
#include "model/kernels/ref.h"
#include "model/kernels/tables.h"

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

static bool has_amx(void) {
    uint32_t a, b, c, d;
    if (!has_avx512_bf16() || !has_all((uint32_t)os_state(), 0x60000)) return false;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
    if (!has_all(d, 1u << 22 | 1u << 24 | 1u << 25)) return false; /* BF16, TILE, INT8 */
    return syscall(SYS_arch_prctl, REQ_XCOMP_PERM, XFEATURE_TILEDATA) == 0;
}
#elif defined(__aarch64__)
static bool has_neon(void) { return getauxval(AT_HWCAP) >> 20 & 1; } /* HWCAP_ASIMDDP */
#endif


static bool always(void) { return true; }

/* Best first; "exact" is never chosen by itself. */
static const struct {
    const Kernels *table;
    bool (*available)(void);
} tables[] = {
#if defined(__x86_64__)
    {&kern_amx, has_amx},
    {&kern_avx512_bf16, has_avx512_bf16},
    {&kern_avx512, has_avx512},
    {&kern_avx2, has_avx2},
#elif defined(__aarch64__)
    {&kern_neon, has_neon},
#endif
    {&kern_ref, always},
    {&kern_exact, always},
};

const Kernels *kern_select(const char *isa, Err *err) {
    bool automatic = !isa || !*isa || strcmp(isa, "auto") == 0;
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        if (!automatic && strcmp(tables[i].table->name, isa) != 0) continue;
        if (tables[i].available()) return tables[i].table;
        if (automatic) continue;
        err_set(err, E_UNSUPPORTED, "this machine cannot run the %s kernels", isa);
        err_hint(err, "leave HEARTH_ISA unset to let the program choose");
        return NULL;
    }
    err_set(err, E_USAGE, "no kernels named '%s' in this build", isa);
    err_hint(err, "choose one of ref, avx2, avx512, amx, neon, or auto");
    return NULL;
}
