/*
 * The C half of tests/bench/route.py: trains gap models, and says what they say.
 *
 * usage: route_fold FILE.jsonl FOLDS TREES LEAF ALPHA TEACHER [MODEL]
 *
 * Each line of FILE: {"q": question, "fold": 0..., "weak": 0..1, "strong": 0..1, "others": [0..1
 * ...], "shared": [weak, gap], "noisy": [question in other clothes ...], "shared_noisy": [[weak,
 * gap] ...]}. For each of the FOLDS first folds a model is trained on all other rows, written to
 * bytes, read back, and asked about the fold's questions: one JSON line each, {"weak", "gap",
 * "noisy": [[weak, gap] ...]}, and a last one with times and size. FOLDS 0: one model of all rows
 * goes to the file MODEL.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "route/train.h"

enum { NOISY_MAX = 8, FILE_MAX = 1 << 28 };

typedef struct Row {
    Json *json;
    int fold, n_noisy;
    GapScore score;
    GapScore noisy[NOISY_MAX];
    GapScore earlier[1 + NOISY_MAX]; /* of the question and its noisy forms */
} Row;

typedef struct Bench {
    RouteExample *examples;
    Row *rows;
    size_t n, cap_e, cap_r;
    double train_s, score_us;
    size_t scored, model_bytes;
} Bench;

static void die(const Err *err) {
    fprintf(stderr, "route_fold: %s\n", err->message);
    exit(1);
}

static void must(Status status, const Err *err) {
    if (status != OK) die(err);
}

static GapScore shared_score(const Json *pair) {
    return (GapScore){.weak = (float)json_number(json_at(pair, 0), 0),
                      .gap = (float)json_number(json_at(pair, 1), 0)};
}

static void add_row(Bench *b, Str line) {
    Err err;
    Json *json = NULL;
    must(json_parse(line, NULL, &json, &err), &err);
    must(mem_grow((void **)&b->examples, &b->cap_e, b->n + 1, sizeof *b->examples,
                  ROUTE_EXAMPLES_MAX, &err),
         &err);
    must(
        mem_grow((void **)&b->rows, &b->cap_r, b->n + 1, sizeof *b->rows, ROUTE_EXAMPLES_MAX, &err),
        &err);
    const Json *others = json_get(json, "others"), *noisy = json_get(json, "noisy");
    RouteExample *e = &b->examples[b->n];
    Row *row = &b->rows[b->n++];
    *e = (RouteExample){.question = json_str(json_get(json, "q")),
                        .weak = (float)json_number(json_get(json, "weak"), 0),
                        .strong = (float)json_number(json_get(json, "strong"), 0)};
    e->weight = (float)json_number(json_get(json, "weight"), 1);
    for (size_t i = 0; i < json_len(others) && i < ROUTE_OTHERS_MAX; i++) {
        e->others[e->n_others++] = (float)json_number(json_at(others, i), 0);
    }
    *row = (Row){.json = json, .fold = (int)json_number(json_get(json, "fold"), 0)};
    row->n_noisy = (int)(json_len(noisy) < NOISY_MAX ? json_len(noisy) : NOISY_MAX);
    row->earlier[0] = shared_score(json_get(json, "shared"));
    for (int k = 0; k < row->n_noisy; k++) {
        row->earlier[1 + k] = shared_score(json_at(json_get(json, "shared_noisy"), (size_t)k));
    }
    e->shared[0] = row->earlier[0].weak;
    e->shared[1] = row->earlier[0].gap;
}

static void read_rows(Bench *b, const char *path) {
    Err err;
    Buf text;
    buf_init(&text, FILE_MAX);
    FILE *file = fopen(path, "rb");
    char block[1 << 16];
    if (!file) {
        perror(path);
        exit(1);
    }
    for (size_t n; (n = fread(block, 1, sizeof block, file)) > 0;) buf_add(&text, block, n);
    fclose(file);
    must(buf_check(&text, path, &err), &err);
    for (size_t at = 0; at < text.n;) {
        const char *end = memchr(text.p + at, '\n', text.n - at);
        size_t n = end ? (size_t)(end - text.p) - at : text.n - at;
        if (n) add_row(b, (Str){text.p + at, n});
        at += n + 1;
    }
    buf_fini(&text);
}

static void score(const GapModel *model, const RouteLexicon *lexicon, Str question,
                  const GapScore *earlier, GapScore *out) {
    static RouteQuestion read;
    static RouteFeatures features;
    route_question_read(question, &read);
    route_features(lexicon, &read, &features);
    gap_score(model, &features, earlier, out);
}

static void ask_fold(Bench *b, const GapModel *model, int fold) {
    static RouteLexicon lexicon;
    route_lexicon_init(&lexicon);
    uint64_t start = clock_now_ns();
    for (size_t i = 0; i < b->n; i++) {
        if (b->rows[i].fold != fold) continue;
        score(model, &lexicon, b->examples[i].question, &b->rows[i].earlier[0], &b->rows[i].score);
        b->scored++;
    }
    b->score_us += (double)(clock_now_ns() - start) / 1e3;
    for (size_t i = 0; i < b->n; i++) {
        const Json *noisy = json_get(b->rows[i].json, "noisy");
        for (int k = 0; b->rows[i].fold == fold && k < b->rows[i].n_noisy; k++) {
            score(model, &lexicon, json_str(json_at(noisy, (size_t)k)), &b->rows[i].earlier[1 + k],
                  &b->rows[i].noisy[k]);
        }
    }
}

/* A model of the rows that `fold` does not hold, as bytes. */
static void train_bytes(Bench *b, const RouteTrainSet *set, const RouteTrainOptions *options,
                        int fold, Buf *bytes) {
    Err err;
    GapModel *made = NULL;
    bool *use = mem_zalloc_n(b->n, sizeof *use);
    if (!use) exit(1);
    for (size_t i = 0; i < b->n; i++) use[i] = b->rows[i].fold != fold;
    double start = clock_now_ms();
    must(route_train(set, use, options, &made, &err), &err);
    b->train_s += (clock_now_ms() - start) / 1e3;
    gap_write(made, bytes);
    must(buf_check(bytes, "a model", &err), &err);
    gap_close(made);
    mem_free(use);
}

static void run_fold(Bench *b, const RouteTrainSet *set, const RouteTrainOptions *options,
                     int fold) {
    Err err;
    GapModel *model = NULL;
    Buf bytes;
    buf_init(&bytes, 1 << 24);
    train_bytes(b, set, options, fold, &bytes);
    must(gap_open(buf_str(&bytes), &model, &err), &err);
    if (bytes.n > b->model_bytes) b->model_bytes = bytes.n;
    ask_fold(b, model, fold);
    gap_close(model);
    buf_fini(&bytes);
}

static void ship(Bench *b, const RouteTrainSet *set, const RouteTrainOptions *options,
                 const char *path) {
    Buf bytes;
    buf_init(&bytes, 1 << 24);
    train_bytes(b, set, options, -1, &bytes);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes.p, 1, bytes.n, file) != bytes.n || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
    buf_fini(&bytes);
}

static void print_rows(const Bench *b, int folds) {
    for (size_t i = 0; i < b->n; i++) {
        const Row *row = &b->rows[i];
        if (row->fold >= folds) continue;
        printf("{\"weak\":%.6f,\"gap\":%.6f,\"noisy\":[", (double)row->score.weak,
               (double)row->score.gap);
        for (int k = 0; k < row->n_noisy; k++) {
            printf("%s[%.6f,%.6f]", k ? "," : "", (double)row->noisy[k].weak,
                   (double)row->noisy[k].gap);
        }
        printf("]}\n");
    }
    printf("{\"train_s\":%.3f,\"us\":%.2f,\"bytes\":%zu}\n",
           folds ? b->train_s / folds : b->train_s, b->scored ? b->score_us / (double)b->scored : 0,
           b->model_bytes);
}

int main(int argc, char **argv) {
    Err err;
    Bench b = {0};
    RouteTrainSet *set = NULL;
    RouteTrainOptions options;
    if (argc < 7 || (argv[2][0] == '0' && argc < 8)) return 2;
    int folds = (int)strtol(argv[2], NULL, 10);
    route_train_options_default(&options);
    options.trees = (int)strtol(argv[3], NULL, 10);
    options.leaf = (int)strtol(argv[4], NULL, 10);
    options.alpha = strtof(argv[5], NULL);
    options.teacher = strtof(argv[6], NULL);
    read_rows(&b, argv[1]);
    must(route_trainset_new(b.examples, b.n, &set, &err), &err);
    for (int fold = 0; fold < folds; fold++) run_fold(&b, set, &options, fold);
    if (folds == 0) ship(&b, set, &options, argv[7]);
    print_rows(&b, folds);
    route_trainset_free(set);
    for (size_t i = 0; i < b.n; i++) json_free(b.rows[i].json);
    mem_free(b.examples);
    mem_free(b.rows);
    return 0;
}
