/*
 * The inverted index alone: how fast it is built, merged and asked.
 *
 *   bench_lex TEXT QUESTIONS [COPIES]
 *
 * TEXT is cut into passages of about 950 bytes at line ends; COPIES repeats it (numbers in front of
 * each copy's passages keep them apart). QUESTIONS: a line each, a TAB ends it. Writes below /tmp.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "knowledge/lex.h"

enum { PASSAGE = 950, TOP = 10, SEGMENT_BYTES = 256 << 20, SEGMENTS = 64, ASKED_MAX = 4096 };

typedef struct Bench {
    LexSeg segs[SEGMENTS];
    size_t n_segs;
    uint32_t id;
    double bytes, build_ms;
} Bench;

static void die(const char *what) {
    (void)fprintf(stderr, "bench_lex: %s\n", what);
    exit(1);
}

static char *segment_path(size_t n) {
    static char path[64];
    (void)snprintf(path, sizeof path, "/tmp/bench-lex-%ld-%zu", (long)getpid(), n);
    return path;
}

static void write_segment(Bench *b, LexBuilder *builder) {
    if (b->n_segs == SEGMENTS) die("too many segments");
    char *path = segment_path(b->n_segs);
    if (lex_builder_write(builder, path, NULL) != OK) die("write");
    if (lex_open(path, FRAME_CHECK_HEADER, &b->segs[b->n_segs++], NULL) != OK) die("open");
    (void)unlink(path);
}

static void build(Bench *b, Str text, unsigned copies) {
    LexBuilder *builder;
    if (lex_builder_new(&builder, NULL) != OK) die("memory");
    double from = clock_now_ms();
    for (unsigned copy = 0; copy < copies; copy++) {
        char context[32];
        (void)snprintf(context, sizeof context, "copy%u", copy);
        for (size_t at = 0; at < text.n;) {
            size_t end = text.n - at > PASSAGE ? at + PASSAGE : text.n;
            while (end < text.n && text.p[end] != '\n' && text.p[end] != ' ' && end - at < 1200)
                end++;
            Str passage = str_sub(text, at, end);
            if (lex_builder_add(builder, ++b->id, str_from(context), passage, NULL) != OK)
                die("add");
            b->bytes += (double)passage.n;
            at = end;
        }
        if (lex_builder_bytes(builder) > SEGMENT_BYTES) write_segment(b, builder);
    }
    if (lex_builder_docs(builder)) write_segment(b, builder);
    b->build_ms = clock_now_ms() - from;
    lex_builder_free(builder);
}

static void merge(Bench *b) {
    const LexSeg *segs[SEGMENTS];
    uint32_t n;
    for (size_t i = 0; i < b->n_segs; i++) segs[i] = &b->segs[i];
    double from = clock_now_ms();
    if (lex_merge(segs, NULL, b->n_segs, segment_path(SEGMENTS), &n, NULL) != OK) die("merge");
    double ms = clock_now_ms() - from;
    for (size_t i = 0; i < b->n_segs; i++) lex_close(&b->segs[i]);
    b->n_segs = 1;
    if (lex_open(segment_path(SEGMENTS), FRAME_CHECK_ALL, &b->segs[0], NULL) != OK) die("merged");
    (void)unlink(segment_path(SEGMENTS));
    (void)printf("merge %.0f ms, %u passages, %u terms, %.1f MB on disk\n", ms, n,
                 b->segs[0].n_terms, (double)b->segs[0].frame.payload_bytes / 1e6);
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void ask(Bench *b, const char *questions) {
    static double ms[ASKED_MAX];
    FILE *in = fopen(questions, "r");
    char *line = NULL;
    size_t cap = 0, n = 0;
    double sum = 0;
    const LexSeg *segs[SEGMENTS];
    for (size_t i = 0; i < b->n_segs; i++) segs[i] = &b->segs[i];
    while (in && n < ASKED_MAX && getline(&line, &cap, in) > 0) {
        Arena arena;
        LexQuery q;
        LexHit top[TOP];
        line[strcspn(line, "\t\n")] = 0;
        arena_init(&arena, 1 << 20);
        double from = clock_now_ms();
        if (lex_query_parse(str_from(line), &arena, &q, NULL) != OK) die("question");
        LexSearch s = {.segs = segs, .n_segs = b->n_segs, .query = &q, .top = top, .top_max = TOP,
                       .scoring = lex_scoring_default()};
        if (lex_search(&s, NULL) != OK) die("search");
        ms[n] = clock_now_ms() - from;
        sum += ms[n++];
        arena_fini(&arena);
    }
    if (!n) die("no questions");
    qsort(ms, n, sizeof *ms, by_value);
    (void)printf("%zu segments, %zu questions: mean %.3f p50 %.3f p95 %.3f max %.3f ms\n",
                 b->n_segs, n, sum / (double)n, ms[n / 2], ms[n * 95 / 100], ms[n - 1]);
    free(line);
    if (in) (void)fclose(in);
}

int main(int argc, char **argv) {
    static Bench b;
    Buf text;
    if (argc < 3) die("usage: bench_lex TEXT QUESTIONS [COPIES]");
    buf_init(&text, (size_t)1 << 30);
    if (file_read(argv[1], &text, NULL) != OK) die("cannot read the text");
    build(&b, buf_str(&text), argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 1);
    (void)printf("%u passages, %.1f MB in %.0f ms: %.1f MB/s\n", b.id, b.bytes / 1e6, b.build_ms,
                 b.bytes / 1e3 / b.build_ms);
    ask(&b, argv[2]);
    merge(&b);
    ask(&b, argv[2]);
    return 0;
}
