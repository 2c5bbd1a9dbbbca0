/*
 * How fast formats are found: `make bench-gate`.
 *
 *   gate_speed FILE...
 *
 * Each file is repeated up to BYTES and scanned ROUNDS times without the tagger, which is measured
 * by gate_names.py. One line a file: megabytes a second of processor time in the best round and in
 * the median one, and what was found. A line more: the same for a short text of TEXT_BYTES at the
 * file's head, as the milliseconds of the 99th of a hundred scans.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "gate/scan/impl.h"

enum { BYTES = 3 << 20, ROUNDS = 7, SHORT_ROUNDS = 100, TEXT_BYTES = 6000 };

static double cpu_seconds(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Seconds of so many scans, sorted; how many spans the last one found. */
static size_t measure(Scanner *s, Str text, double *seconds, int rounds) {
    const ScanSpan *spans;
    size_t n = 0;
    Err err;
    for (int i = 0; i < rounds; i++) {
        double begin = cpu_seconds();
        if (gate_scan(s, text, &spans, &n, &err) != OK) exit(1);
        seconds[i] = cpu_seconds() - begin;
    }
    qsort(seconds, (size_t)rounds, sizeof *seconds, by_size);
    return n;
}

static void bench(Scanner *s, const char *path) {
    static char text[BYTES];
    double seconds[SHORT_ROUNDS];
    FILE *file = fopen(path, "rb");
    size_t n = file ? fread(text, 1, BYTES, file) : 0;
    if (file) (void)fclose(file);
    if (n == 0) {
        printf("%s: nothing to read\n", path);
        return;
    }
    for (size_t k = n; k < BYTES; k += n) memcpy(text + k, text, BYTES - k < n ? BYTES - k : n);
    size_t found = measure(s, (Str){text, BYTES}, seconds, ROUNDS);
    const char *slash = strrchr(path, '/');
    printf("  %-14s %7.1f MB/s (median %.1f), %zu spans", slash ? slash + 1 : path,
           BYTES / seconds[0] / 1e6, BYTES / seconds[ROUNDS / 2] / 1e6, found);
    (void)measure(s, (Str){text, n < TEXT_BYTES ? n : TEXT_BYTES}, seconds, SHORT_ROUNDS);
    printf("; %d bytes: p99 %.3f ms\n", TEXT_BYTES, seconds[SHORT_ROUNDS * 99 / 100] * 1e3);
}

int main(int argc, char **argv) {
    Scanner *s;
    Err err;
    if (argc < 2 || gate_scanner_new(&s, &err) != OK) return 2;
    s->formats_only = true;
    printf("formats without the tagger, one core\n");
    for (int i = 1; i < argc; i++) bench(s, argv[i]);
    gate_scanner_free(s);
    return 0;
}
