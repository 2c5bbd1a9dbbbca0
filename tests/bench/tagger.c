/*
 * Makes and measures models of the tagger (src/gate/names).
 *
 *     tagger train MODEL WORDS TEXTS TYPES [NAME=VALUE ...]   learns a model
 *     tagger line MODEL TEXTS TYPES [TYPE=VALUE ...]          fits its scores on texts not learned
 *     tagger eval MODEL TEXTS TYPES                           precision, recall, F1, speed
 *     tagger find MODEL TEXTS TYPES                           prints what it finds
 *     tagger gate FILE                                        the whole gate's time on 2,000 signs
 *
 * WORDS is a lexicon (train_words.c), TEXTS are labelled lines (train_text.c), TYPES is the list of
 * types with their numbers outside: "person=0,org=2". TYPE=VALUE (or all=VALUE) leans towards
 * finding: it is added to the weight of beginning a name, each time. Values: epochs, least, rows
 * (KiB of the table of weights), share, rate, drop, decay. tests/bench/tagger.py makes the inputs.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "gate/names/train.h"
#include "gate/scan/scan.h"

enum { INPUT_MAX = 1 << 30 };

static Err err;

static uint64_t thread_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int fail(void) {
    fprintf(stderr, "tagger: %s\n", err.message);
    return 1;
}

static bool read_option(const char *word, TrainOptions *o) {
    char name[16];
    double value;
    if (sscanf(word, "%15[a-z]=%lf", name, &value) != 2) return false;
    if (!strcmp(name, "epochs"))
        o->epochs = (uint32_t)value;
    else if (!strcmp(name, "least"))
        o->least = (uint32_t)value;
    else if (!strcmp(name, "rows"))
        o->row_bytes = (uint32_t)value << 10;
    else if (!strcmp(name, "share"))
        o->word_share = (uint32_t)value;
    else if (!strcmp(name, "rate"))
        o->rate = (float)value;
    else if (!strcmp(name, "drop"))
        o->drop = (float)value;
    else if (!strcmp(name, "decay"))
        o->decay = (float)value;
    else
        return false;
    return true;
}

/* ---- train --------------------------------------------------------------------------------- */

static Status train(const char *const *paths, const TrainNames *names, const TrainOptions *o) {
    Buf list, tables, text, model;
    TrainTexts texts = {0};
    TrainWeights weights = {0};
    NamesModel words;
    uint32_t buckets = 0;
    uint64_t begin = clock_now_ns();
    buf_init(&list, INPUT_MAX);
    buf_init(&tables, INPUT_MAX);
    buf_init(&text, INPUT_MAX);
    buf_init(&model, INPUT_MAX);
    Status status = file_read(paths[1], &list, &err);
    if (status == OK) status = file_read(paths[2], &text, &err);
    if (status == OK) status = train_words(buf_str(&list), o->word_share, &tables, &buckets, &err);
    if (status == OK) {
        train_words_model(&tables, buckets, &words);
        status = train_texts_read(&words, buf_str(&text), names, &texts, &err);
    }
    if (status == OK) status = train_run(&texts, names->n, o, &weights, &err);
    if (status == OK) status = train_write(&weights, names, o, &tables, buckets, &model, &err);
    if (status == OK) status = file_replace(paths[0], buf_str(&model), 0644, &err);
    printf("%zu sentences, %zu units, %u features, %u buckets of words, %zu bytes, %.1f s\n",
           texts.n_sentence, texts.n_unit, weights.n, buckets, model.n,
           (double)(clock_now_ns() - begin) / 1e9);
    train_weights_free(&weights);
    train_texts_free(&texts);
    buf_fini(&model);
    buf_fini(&text);
    buf_fini(&tables);
    buf_fini(&list);
    return status;
}

/* ---- what a model finds -------------------------------------------------------------------- */

typedef struct Found {
    const Fold *fold;
    TrainSpan span[TRAIN_SPANS];
    float score[TRAIN_SPANS];
    size_t n;
} Found;

static void take(void *user, const NameSpan *span) {
    Found *f = user;
    if (f->n == TRAIN_SPANS) return;
    f->score[f->n] = span->score;
    f->span[f->n++] =
        (TrainSpan){fold_start(f->fold, span->at), fold_end(f->fold, span->end), span->type};
}

typedef void (*LineFn)(void *user, Str text, const TrainSpan *gold, size_t n, const Found *found);

typedef struct Tagging {
    Buf model_bytes, text;
    NamesModel *model;
    Names *names;
    Fold fold;
    uint64_t ns;
    size_t characters;
} Tagging;

static Status tagging_open(Tagging *t, const char *model, const char *texts) {
    memset(t, 0, sizeof *t);
    buf_init(&t->model_bytes, INPUT_MAX);
    buf_init(&t->text, INPUT_MAX);
    TRY(file_read(model, &t->model_bytes, &err));
    TRY(file_read(texts, &t->text, &err));
    TRY(names_model_read(buf_str(&t->model_bytes), &t->model, &err));
    TRY(names_new(t->model, &t->names, &err));
    return fold_init(&t->fold, &err);
}

static void tagging_close(Tagging *t) {
    fold_fini(&t->fold);
    names_free(t->names);
    names_model_free(t->model);
    buf_fini(&t->text);
    buf_fini(&t->model_bytes);
}

static size_t characters_of(Str text) {
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) n += ((unsigned char)text.p[i] & 0xC0) != 0x80;
    return n;
}

static Status tag_lines(Tagging *t, const TrainNames *names, LineFn each, void *user) {
    static TrainLine line;
    static Found found;
    NameSink sink = {take, &found};
    for (line.at = 0; line.at < t->text.n;) {
        TRY(train_line(buf_str(&t->text), names, &line, &err));
        uint64_t begin = thread_ns();
        fold_window(&t->fold, line.text);
        found.fold = &t->fold;
        found.n = 0;
        names_tag(t->names, (Str){t->fold.p, t->fold.n}, 0, true, &sink);
        t->ns += thread_ns() - begin;
        t->characters += characters_of(line.text);
        each(user, line.text, line.span, line.n, &found);
    }
    return OK;
}

/* ---- eval ---------------------------------------------------------------------------------- */

typedef struct Figures {
    const TrainNames *names;
    size_t gold[NAMES_TYPES_MAX], found[NAMES_TYPES_MAX], right[NAMES_TYPES_MAX];
    bool print;
} Figures;

static uint32_t type_of(const TrainNames *names, uint8_t number) {
    uint32_t t = 0;
    while (t < names->n && names->number[t] != number) t++;
    return t;
}

static bool is_right(const Figures *f, const TrainSpan *span, const TrainSpan *gold, size_t n) {
    for (size_t k = 0; k < n; k++) {
        if (gold[k].at == span->at && gold[k].end == span->end &&
            f->names->number[gold[k].type] == span->type)
            return true;
    }
    return false;
}

static void count(void *user, Str text, const TrainSpan *gold, size_t n, const Found *found) {
    Figures *f = user;
    for (size_t k = 0; k < n; k++) f->gold[gold[k].type]++;
    for (size_t k = 0; k < found->n; k++) {
        const TrainSpan *span = &found->span[k];
        uint32_t t = type_of(f->names, span->type);
        if (t >= f->names->n) continue;
        f->found[t]++;
        f->right[t] += is_right(f, span, gold, n);
    }
    if (!f->print) return;
    printf("%.*s\n", (int)text.n, text.p);
    for (size_t k = 0; k < found->n; k++) {
        const TrainSpan *span = &found->span[k];
        uint32_t t = type_of(f->names, span->type);
        printf("    %-8s %.2f %s %.*s\n", t < f->names->n ? f->names->name[t] : "?",
               (double)found->score[k], is_right(f, span, gold, n) ? " " : "*",
               (int)(span->end - span->at), text.p + span->at);
    }
    for (size_t k = 0; k < n; k++) {
        bool seen = false;
        for (size_t j = 0; j < found->n; j++) {
            seen |= found->span[j].at == gold[k].at && found->span[j].end == gold[k].end &&
                    found->span[j].type == f->names->number[gold[k].type];
        }
        if (!seen)
            printf("    missed %-8s %.*s\n", f->names->name[gold[k].type],
                   (int)(gold[k].end - gold[k].at), text.p + gold[k].at);
    }
}

static double ratio(size_t a, size_t b) {
    return b ? (double)a / (double)b : 0;
}

static Status eval(const char *const *paths, const TrainNames *names, bool print) {
    Tagging t;
    Figures f = {.names = names, .print = print};
    size_t gold = 0, found = 0, right = 0;
    Status status = tagging_open(&t, paths[0], paths[1]);
    if (status == OK) status = tag_lines(&t, names, count, &f);
    for (uint32_t k = 0; status == OK && !print && k < names->n; k++) {
        double p = ratio(f.right[k], f.found[k]), r = ratio(f.right[k], f.gold[k]);
        printf("%-12s gold %6zu  P %.3f  R %.3f  F1 %.3f\n", names->name[k], f.gold[k], p, r,
               p + r > 0 ? 2 * p * r / (p + r) : 0);
        gold += f.gold[k];
        found += f.found[k];
        right += f.right[k];
    }
    double p = ratio(right, found), r = ratio(right, gold);
    if (status == OK && !print)
        printf("micro        gold %6zu  P %.3f  R %.3f  F1 %.4f   %.2f Mchar/s, %zu bytes\n", gold,
               p, r, p + r > 0 ? 2 * p * r / (p + r) : 0, (double)t.characters * 1e3 / (double)t.ns,
               t.model_bytes.n);
    tagging_close(&t);
    return status;
}

/* ---- line ---------------------------------------------------------------------------------- */

#define RAW_SLOPE 0.05f /* so that no margin reaches the ends of the score */

typedef struct Margins {
    Figures f;
    float *margin[NAMES_TYPES_MAX];
    uint8_t *right[NAMES_TYPES_MAX];
    size_t n[NAMES_TYPES_MAX], cap[NAMES_TYPES_MAX], cap_right[NAMES_TYPES_MAX];
    Status status;
} Margins;

static void collect(void *user, Str text, const TrainSpan *gold, size_t n, const Found *found) {
    Margins *m = user;
    for (size_t k = 0; k < found->n; k++) {
        uint32_t t = type_of(m->f.names, found->span[k].type);
        if (t >= m->f.names->n || m->status != OK) continue;
        m->status =
            mem_grow((void **)&m->margin[t], &m->cap[t], m->n[t] + 1, sizeof(float), 1 << 24, &err);
        if (m->status == OK)
            m->status =
                mem_grow((void **)&m->right[t], &m->cap_right[t], m->n[t] + 1, 1, 1 << 24, &err);
        if (m->status != OK) return;
        float p = found->score[k];
        m->margin[t][m->n[t]] = logf(p / (1 - p)) / RAW_SLOPE;
        m->right[t][m->n[t]++] = is_right(&m->f, &found->span[k], gold, n);
    }
}

/* Logistic regression on one number by Newton's steps; a weak pull to slope 0.5, offset 0. */
static void fit(const float *x, const uint8_t *y, size_t n, double *a, double *b) {
    *a = 0.5;
    *b = 0;
    for (int round = 0; round < 30; round++) {
        double ga = 1 * (*a - 0.5), gb = 0.1 * *b, haa = 1, hab = 0, hbb = 0.1;
        for (size_t i = 0; i < n; i++) {
            double p = 1 / (1 + exp(-(*a * x[i] + *b))), q = p * (1 - p);
            ga += (p - y[i]) * x[i];
            gb += p - y[i];
            haa += q * x[i] * x[i];
            hab += q * x[i];
            hbb += q;
        }
        double det = haa * hbb - hab * hab;
        if (det < 1e-9) return;
        *a -= fmax(-0.2, fmin(0.2, (hbb * ga - hab * gb) / det));
        *b -= fmax(-1.0, fmin(1.0, (haa * gb - hab * ga) / det));
    }
}

static Status line(const char *const *paths, const TrainNames *names, const float *lean) {
    Tagging t;
    Margins m = {.f = {.names = names}};
    Status status = tagging_open(&t, paths[0], paths[1]);
    for (uint32_t k = 0; status == OK && k < names->n; k++) {
        train_lean(&t.model_bytes, k, lean[k]);
        train_set_line(&t.model_bytes, k, RAW_SLOPE, 0);
    }
    names_free(t.names);
    names_model_free(t.model);
    t.names = NULL;
    t.model = NULL;
    if (status == OK) status = names_model_read(buf_str(&t.model_bytes), &t.model, &err);
    if (status == OK) status = names_new(t.model, &t.names, &err);
    if (status == OK) status = tag_lines(&t, names, collect, &m);
    if (status == OK) status = m.status;
    for (uint32_t k = 0; k < names->n; k++) {
        double a = 0.5, b = 0;
        fit(m.margin[k], m.right[k], m.n[k], &a, &b);
        if (a < 0.05) a = 0.05;
        printf("%-12s %zu finds: score = 1 / (1 + exp(-(%.3f margin %+.3f)))\n", names->name[k],
               m.n[k], a, b);
        if (status == OK) train_set_line(&t.model_bytes, k, (float)a, (float)b);
        mem_free(m.margin[k]);
        mem_free(m.right[k]);
    }
    if (status == OK) status = file_replace(paths[0], buf_str(&t.model_bytes), 0644, &err);
    tagging_close(&t);
    return status;
}

/* ---- gate ---------------------------------------------------------------------------------- */

enum { PIECE_SIGNS = 2000, PIECES = 2000 };

static int by_time(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static size_t piece_end(Str text, size_t at) {
    size_t signs = 0;
    while (at < text.n && signs <= PIECE_SIGNS) {
        signs += ((unsigned char)text.p[at] & 0xC0) != 0x80;
        at += signs <= PIECE_SIGNS;
    }
    return at;
}

/* Scans pieces of PIECE_SIGNS characters, one after the other, and tells how long each took: the
   processor's time, so that the machine's neighbours do not count. */
static Status time_gate(const char *path) {
    static uint64_t ns[PIECES];
    Buf file;
    Scanner *scanner = NULL;
    const ScanSpan *spans;
    size_t n = 0, n_spans, found = 0;
    uint64_t sum = 0;
    buf_init(&file, INPUT_MAX);
    Status status = file_read(path, &file, &err);
    if (status == OK) status = gate_scanner_new(&scanner, &err);
    for (size_t at = 0, end; status == OK && n < PIECES && at < file.n; at = end) {
        end = piece_end(buf_str(&file), at);
        uint64_t begin = thread_ns();
        status = gate_scan(scanner, str_sub(buf_str(&file), at, end), &spans, &n_spans, &err);
        ns[n] = thread_ns() - begin;
        sum += ns[n++];
        found += n_spans;
    }
    if (status == OK && n) {
        qsort(ns, n, sizeof *ns, by_time);
        printf("%zu texts of %d characters: p50 %.3f ms, p99 %.3f ms, %.2f Mchar/s, %zu finds\n", n,
               PIECE_SIGNS, (double)ns[n / 2] / 1e6, (double)ns[n * 99 / 100] / 1e6,
               (double)n * PIECE_SIGNS * 1e3 / (double)sum, found);
    }
    gate_scanner_free(scanner);
    buf_fini(&file);
    return status;
}

static bool read_lean(const char *word, const TrainNames *names, float *lean) {
    char name[16];
    float value;
    if (sscanf(word, "%15[a-z]=%f", name, &value) != 2) return false;
    for (uint32_t t = 0; t < names->n; t++) {
        if (strcmp(name, names->name[t]) && strcmp(name, "all")) continue;
        lean[t] = value;
    }
    return true;
}

int main(int argc, char **argv) {
    TrainNames names;
    float lean[NAMES_TYPES_MAX] = {0};
    TrainOptions o = {.epochs = 12,
                      .least = 2,
                      .row_bytes = 1400 << 10,
                      .word_share = 115,
                      .rate = 0.1f,
                      .drop = 0.2f,
                      .decay = 1e-5f};
    if (argc == 3 && !strcmp(argv[1], "gate")) return time_gate(argv[2]) == OK ? 0 : fail();
    bool is_train = argc > 1 && !strcmp(argv[1], "train");
    int at_types = is_train ? 5 : 4;
    if (argc <= at_types || !train_names(argv[at_types], &names)) {
        fprintf(stderr, "usage: tagger train MODEL WORDS TEXTS TYPES [NAME=VALUE ...] | "
                        "tagger line|eval|find MODEL TEXTS TYPES\n");
        return 2;
    }
    for (int i = at_types + 1; i < argc; i++) {
        if (is_train ? read_option(argv[i], &o) : read_lean(argv[i], &names, lean)) continue;
        fprintf(stderr, "tagger: no option: %s\n", argv[i]);
        return 2;
    }
    const char *const *paths = (const char *const *)argv + 2;
    Status status = is_train                   ? train(paths, &names, &o)
                    : !strcmp(argv[1], "line") ? line(paths, &names, lean)
                                               : eval(paths, &names, !strcmp(argv[1], "find"));
    return status == OK ? 0 : fail();
}
