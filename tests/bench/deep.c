/*
 * The reading between the lines, measured: sentences of a file with labels, [phrase](kind).
 *
 *     deep FILE odd|even|all [MODEL]
 *
 * Prints for each sentence the margins of all lines and what was found; then the share of labelled
 * bytes that were found, of other bytes that were marked, and the time. A phrase counts as found
 * when half of it is. LEAN=X in the environment adds X to all margins.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "turn/deep.h"

enum { LINE_MAX_BYTES = 8192 };

typedef struct Sample {
    char text[LINE_MAX_BYTES], gold[LINE_MAX_BYTES], found[LINE_MAX_BYTES];
    size_t n;
    int phrases;
} Sample;

typedef struct Sums {
    size_t gold, hit, other, over, phrases, touched, bytes, clean, clean_marked;
} Sums;

static Sample sample;

static void print_margins(void *user, const DeepSentence *s) {
    (void)user;
    printf("  @");
    for (int k = 0; k < DEEP_LINES; k++) printf(" %.1f", (double)s->margins[k]);
    printf("\n");
}

static Status take(void *user, Str phrase, ScanType type, Err *err) {
    (void)user;
    (void)err;
    Str text = {sample.text, sample.n};
    for (size_t at = 0; (at = str_find(text, phrase, at)) != SIZE_MAX; at++) {
        memset(sample.found + at, 1, phrase.n);
    }
    printf("  > %s %.*s\n", scan_type_name(type), (int)phrase.n, phrase.p);
    return OK;
}

static void read_line(const char *line) {
    bool inside = false;
    memset(&sample, 0, sizeof sample);
    for (const char *c = line; *c && *c != '\n' && sample.n < LINE_MAX_BYTES - 1; c++) {
        if (*c == '[') {
            inside = true;
            sample.phrases++;
        } else if (*c == ']') {
            inside = false;
            while (*c && *c != ')') c++;
        } else {
            sample.gold[sample.n] = (char)(inside ? sample.phrases : 0);
            sample.text[sample.n++] = *c;
        }
    }
}

static void count(Sums *sums) {
    bool marked = false;
    for (size_t i = 0; i < sample.n; i++) {
        sums->gold += sample.gold[i] != 0;
        sums->hit += sample.gold[i] && sample.found[i];
        sums->other += !sample.gold[i];
        sums->over += !sample.gold[i] && sample.found[i];
        marked = marked || sample.found[i];
    }
    for (int p = 1; p <= sample.phrases; p++) {
        size_t all = 0, hit = 0;
        for (size_t i = 0; i < sample.n; i++) {
            all += sample.gold[i] == p;
            hit += sample.gold[i] == p && sample.found[i];
        }
        sums->phrases++;
        sums->touched += 2 * hit >= all;
    }
    sums->clean += sample.phrases == 0;
    sums->clean_marked += sample.phrases == 0 && marked;
    sums->bytes += sample.n;
}

static Status run(Rig *rig, FILE *file, int half, Err *err) {
    char line[LINE_MAX_BYTES];
    Sums sums = {0};
    Deep *deep = NULL;
    int nth = 0;
    const char *lean = getenv("LEAN");
    DeepOptions options = {.lean = lean ? strtof(lean, NULL) : 0, .sentence = print_margins};
    GateDeepSink sink = {.take = take};
    TRY(deep_new(rig, &options, &deep, err));
    double began = clock_now_ms();
    while (fgets(line, sizeof line, file)) {
        if (line[0] == '#' || (++nth % 2 != half && half < 2)) continue;
        read_line(line);
        printf("%s", line);
        TRY(deep_read(deep, (Str){sample.text, sample.n}, &sink, err));
        fflush(stdout);
        count(&sums);
    }
    double seconds = (clock_now_ms() - began) / 1000;
    deep_free(deep);
    printf("labelled bytes found %.3f, phrases %zu of %zu, other bytes marked %.3f, clean "
           "sentences marked %zu of %zu, %.2f s for 1000 bytes\n",
           (double)sums.hit / (double)(sums.gold + !sums.gold), sums.touched, sums.phrases,
           (double)sums.over / (double)(sums.other + !sums.other), sums.clean_marked, sums.clean,
           seconds * 1000 / (double)(sums.bytes + !sums.bytes));
    return OK;
}

int main(int argc, char **argv) {
    Rig *rig = NULL;
    Err err;
    FILE *file = argc > 2 ? fopen(argv[1], "r") : NULL;
    if (!file) {
        fprintf(stderr, "usage: deep FILE odd|even|all [MODEL]\n");
        return 2;
    }
    RigOptions options = {.model = argc > 3 ? argv[3] : NULL};
    int half = strcmp(argv[2], "odd") == 0 ? 1 : strcmp(argv[2], "even") == 0 ? 0 : 2;
    Status status = rig_open(&options, &rig, &err);
    if (status == OK) status = run(rig, file, half, &err);
    if (status != OK) fprintf(stderr, "deep: %s\n", err.message);
    rig_close(rig);
    fclose(file);
    return status == OK ? 0 : 1;
}
