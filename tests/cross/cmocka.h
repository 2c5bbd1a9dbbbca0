/*
 * As much of cmocka's interface as tests/unit/test_kernels.c uses, so that it can be built for
 * another processor without that processor's cmocka: a failed check prints where and ends the
 * program. See arm64-kernels.sh.
 */
#ifndef HEARTH_TESTS_CROSS_CMOCKA_H
#define HEARTH_TESTS_CROSS_CMOCKA_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct CMUnitTest {
    const char *name;
    void (*run)(void **state);
};

static jmp_buf cross_skip;

static inline void cross_fail(const char *file, int line, const char *what) {
    printf("not ok - %s:%d: %s\n", file, line, what);
    exit(1);
}

#define assert_true(x) ((x) ? (void)0 : cross_fail(__FILE__, __LINE__, #x))
#define assert_false(x) assert_true(!(x))
#define assert_null(p) assert_true((p) == NULL)
#define assert_non_null(p) assert_true((p) != NULL)
#define assert_int_equal(a, b) assert_true((long long)(a) == (long long)(b))
#define assert_string_equal(a, b) assert_true(strcmp(a, b) == 0)
#define assert_memory_equal(a, b, n) assert_true(memcmp(a, b, n) == 0)
#define fail() cross_fail(__FILE__, __LINE__, "failed")
#define skip() longjmp(cross_skip, 1)
#define print_message printf
#define print_error printf
#define cmocka_unit_test(f) {#f, f}
#define cmocka_run_group_tests(tests, setup, teardown) cross_run(tests, ARRAY_LEN(tests))

static inline int cross_run(const struct CMUnitTest *tests, size_t n) {
    printf("1..%zu\n", n);
    for (size_t i = 0; i < n; i++) {
        void *state = NULL;
        if (setjmp(cross_skip)) {
            printf("ok %zu - %s # SKIP\n", i + 1, tests[i].name);
            continue;
        }
        tests[i].run(&state);
        printf("ok %zu - %s\n", i + 1, tests[i].name);
        (void)fflush(stdout);
    }
    return 0;
}

#endif
