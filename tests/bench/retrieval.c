/*
 * How well does search find? Adds a folder to a store of its own and asks every question of a list
 * through the public search path.
 *
 *   retrieval STORES_DIR FOLDER QUESTIONS.tsv [--mode lexical|hybrid|vector] [-k N] [--embed MODEL]
 *             [--dump FILE] [--run FILE] [--read HEARTH_READ] [--vectors FILE]
 *             [--keep]
 *
 * QUESTIONS.tsv: a line is "question TAB name of the file that answers it".
 * tests/bench/retrieval.py makes both from the question sets in HEARTH_TEST_DATA, one file a
 * paragraph. A question counts as found at rank r when the r-th distinct file is the right one.
 *
 * --dump writes a line a candidate (question, right?, bm25, cosine, score) for tuning the mix.
 * --run writes a line a passage for retrieval_score.py, which knows graded and partial judgements.
 * --read names the reader program, as `hearth add` uses it: HTML, Markdown. Without it a file is
 * plain text. --vectors keeps the questions' vectors, or uses those that are kept. --keep asks a
 * store that is there already.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "knowledge/extract.h"
#include "knowledge/ingest.h"
#include "knowledge/search.h"
#include "model/embed.h"

#include "../support/plain_reader.h"

enum { QUESTIONS_MAX = 1 << 16, RANKS = 10 };

typedef struct Options {
    const char *stores, *folder, *questions, *embed, *dump, *run, *read, *vectors;
    SearchMode mode;
    uint32_t k;
    bool keep;
} Options;

typedef struct Score {
    size_t n, at[RANKS + 1]; /* at[r]: found at rank <= r */
    double reciprocal, worst_ms;
    double *ms;
} Score;

static void die(const char *what, const Err *err) {
    (void)fprintf(stderr, "retrieval: %s: %s %s\n", what, err->message, err->hint);
    exit(1);
}

/* ---- the embedding model as the store sees it ------------------------------------------------ */

static Status embed_passages(void *user, const Str *texts, size_t n, float *out, Err *err) {
    return embedder_run(user, texts, n, false, out, NULL, err);
}

static Status embed_query(void *user, Str text, float *out, Err *err) {
    return embedder_run(user, &text, 1, true, out, NULL, err);
}

static StoreEmbedder open_embedder(const char *path) {
    Embedder *model;
    Err err;
    EmbedderOptions o = {.path = path, .threads = 2};
    if (embedder_open(&o, &model, &err) != OK) die("model", &err);
    return (StoreEmbedder){embedder_id(model), (uint32_t)embedder_dim(model), embed_passages,
                           embed_query, model};
}

static int usage(void) {
    (void)fprintf(stderr, "usage: retrieval STORES_DIR FOLDER QUESTIONS.tsv [--mode M] [-k N] "
                          "[--embed MODEL] [--dump FILE] [--run FILE] [--read PROGRAM] "
                          "[--vectors FILE] [--keep]\n");
    return 2;
}

static bool parse(int argc, char **argv, Options *o) {
    *o = (Options){.mode = SEARCH_LEXICAL, .k = 50};
    if (argc < 4) return false;
    o->stores = argv[1];
    o->folder = argv[2];
    o->questions = argv[3];
    for (int i = 4; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--keep") == 0) {
            o->keep = true;
            continue;
        }
        if (strcmp(argv[i], "--mode") == 0) {
            o->mode = value[0] == 'h' ? SEARCH_HYBRID : value[0] == 'v' ? SEARCH_VECTOR
                                                                         : SEARCH_LEXICAL;
        } else if (strcmp(argv[i], "-k") == 0) {
            o->k = (uint32_t)strtoul(value, NULL, 10);
        } else if (strcmp(argv[i], "--embed") == 0) {
            o->embed = value;
        } else if (strcmp(argv[i], "--dump") == 0) {
            o->dump = value;
        } else if (strcmp(argv[i], "--run") == 0) {
            o->run = value;
        } else if (strcmp(argv[i], "--read") == 0) {
            o->read = value;
        } else if (strcmp(argv[i], "--vectors") == 0) {
            o->vectors = value;
        } else {
            return false;
        }
        i++;
    }
    return true;
}

static void on_progress(void *user, const IngestProgress *p) {
    (void)user;
    if (p->phase == INGEST_EMBED) {
        (void)fprintf(stderr, "\rembedding %llu of %llu, %.1f/s, %.0f s left   ",
                      (unsigned long long)p->chunks_done, (unsigned long long)p->chunks_total,
                      p->rate, p->eta_s);
    } else {
        (void)fprintf(stderr, "\rreading %llu files   ", (unsigned long long)p->files_seen);
    }
}

static Status program_reader(void *user, int fd, const char *path, Doc *out, Err *err) {
    return extractor_run(user, fd, path, out, err);
}

static Extractor *open_reader(const char *program) {
    ExtractorOptions options;
    Extractor *reader;
    Err err;
    extractor_options_default(&options);
    options.program = program;
    if (extractor_new(&options, &reader, &err) != OK) die("reader", &err);
    return reader;
}

static void add(Store *store, const Options *o, const StoreEmbedder *embedder) {
    const char *paths[] = {o->folder};
    Extractor *reader = o->read ? open_reader(o->read) : NULL;
    IngestOptions in = {.paths = paths,
                        .n_paths = 1,
                        .extract = reader ? program_reader : plain_reader,
                        .extract_user = reader,
                        .embedder = embedder,
                        .progress = on_progress};
    IngestReport report;
    Err err;
    if (ingest_add(store, &in, &report, &err) != OK) die("add", &err);
    double mb = (double)report.text_bytes / 1e6;
    (void)fprintf(stderr,
                  "\r%llu files, %llu chunks, %.1f MB in %.0f ms (%.1f MB/s), merge %.0f ms, "
                  "%llu embedded in %.0f ms\n",
                  (unsigned long long)report.seen, (unsigned long long)report.chunks_added, mb,
                  report.words_ms, mb / (report.words_ms / 1e3), report.merge_ms,
                  (unsigned long long)report.chunks_embedded, report.embed_ms);
    extractor_free(reader);
}

static size_t rank_of(const SearchResults *results, const char *gold) {
    size_t rank = 0;
    Str last = {"", 0};
    for (size_t i = 0; i < results->n; i++) {
        Str path = results->hits[i].path;
        if (!str_eq(path, last)) rank++;
        last = path;
        size_t n = strlen(gold);
        bool right = path.n > n && path.p[path.n - n - 1] == '/' &&
                     memcmp(path.p + path.n - n, gold, n) == 0;
        if (right) return rank;
    }
    return 0;
}

static void dump_hits(FILE *to, size_t question, const SearchResults *results, const char *gold) {
    for (size_t i = 0; to && i < results->n; i++) {
        const SearchHit *h = &results->hits[i];
        SearchResults one = {.hits = &results->hits[i], .n = 1};
        (void)fprintf(to, "%zu\t%d\t%.5f\t%.5f\t%.5f\n", question, rank_of(&one, gold) == 1,
                      (double)h->bm25, (double)h->cosine, (double)h->score);
    }
}

/* One line a passage: its place, its scores, its text without line ends and tabs. */
static void write_hits(FILE *to, size_t question, const SearchResults *results) {
    for (size_t i = 0; to && i < results->n; i++) {
        const SearchHit *h = &results->hits[i];
        size_t slash = h->path.n;
        while (slash && h->path.p[slash - 1] != '/') slash--;
        (void)fprintf(to, "%zu\t%.*s\t%llu\t%.5f\t%.5f\t%.5f\t", question,
                      (int)(h->path.n - slash), h->path.p + slash, (unsigned long long)h->start,
                      (double)h->bm25, (double)h->cosine, (double)h->score);
        for (size_t k = 0; k < h->text.n; k++) {
            (void)putc((unsigned char)h->text.p[k] < ' ' ? ' ' : h->text.p[k], to);
        }
        (void)putc('\n', to);
    }
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void report_score(Score *s) {
    qsort(s->ms, s->n, sizeof *s->ms, by_value);
    double sum = 0;
    for (size_t i = 0; i < s->n; i++) sum += s->ms[i];
    (void)printf("n %zu  R@1 %.2f  R@5 %.2f  R@10 %.2f  MRR %.4f  ms mean %.2f p50 %.2f p95 %.2f "
                 "max %.2f\n",
                 s->n, 100.0 * (double)s->at[1] / (double)s->n,
                 100.0 * (double)s->at[5] / (double)s->n, 100.0 * (double)s->at[10] / (double)s->n,
                 s->reciprocal / (double)s->n, sum / (double)s->n, s->ms[s->n / 2],
                 s->ms[s->n * 95 / 100], s->ms[s->n - 1]);
}

typedef struct Outputs {
    FILE *dump, *run, *vectors; /* NULL: not asked for */
} Outputs;

/* The next question's vector: from the file as long as it has one, else made and appended. */
static const float *vector_of(const SearchQuery *q, FILE *kept, Arena *arena) {
    if (!kept || !q->embedder || q->mode == SEARCH_LEXICAL) return NULL;
    size_t dim = q->embedder->dim;
    float *v = arena_alloc_n(arena, dim, sizeof *v);
    long at = ftell(kept);
    Err err;
    if (!v) exit(1);
    if (fread(v, sizeof *v, dim, kept) == dim) return v;
    if (q->embedder->query(q->embedder->user, q->text, v, &err) != OK) die("embed", &err);
    if (fseek(kept, at, SEEK_SET) != 0 || fwrite(v, sizeof *v, dim, kept) != dim ||
        fseek(kept, 0, SEEK_CUR) != 0) exit(1); /* between reading and writing C wants a seek */
    return v;
}

static void ask(Store *store, const SearchQuery *how, char *line, Score *score,
                const Outputs *to) {
    char *tab = strchr(line, '\t');
    if (!tab) return;
    *tab = 0;
    char *gold = tab + 1;
    gold[strcspn(gold, "\r\n")] = 0;
    Arena arena;
    arena_init(&arena, 256 << 20);
    SearchQuery q = *how;
    q.text = str_from(line);
    q.vector = vector_of(&q, to->vectors, &arena);
    SearchResults results;
    Err err;
    if (search_run(store, &q, &arena, &results, &err) != OK) die("search", &err);
    size_t rank = rank_of(&results, gold);
    for (size_t r = rank; rank && r <= RANKS; r++) score->at[r]++;
    if (rank) score->reciprocal += 1.0 / (double)rank;
    score->ms[score->n++] = results.total_ms - results.embed_ms;
    dump_hits(to->dump, score->n, &results, gold);
    write_hits(to->run, score->n, &results);
    arena_fini(&arena);
}

static void ask_all(Store *store, const Options *o, const StoreEmbedder *embedder) {
    Score score = {.ms = mem_alloc_n(QUESTIONS_MAX, sizeof(double))};
    SearchQuery how = {.k = o->k, .mode = o->mode, .embedder = embedder};
    Outputs to = {o->dump ? fopen(o->dump, "w") : NULL, o->run ? fopen(o->run, "w") : NULL,
                  o->vectors ? fopen(o->vectors, "a+") : NULL};
    if (to.vectors) rewind(to.vectors);
    FILE *in = fopen(o->questions, "r");
    char *line = NULL;
    size_t cap = 0;
    if (!in || !score.ms) exit(1);
    while (score.n < QUESTIONS_MAX && getline(&line, &cap, in) > 0) {
        ask(store, &how, line, &score, &to);
    }
    free(line);
    (void)fclose(in);
    if (to.dump) (void)fclose(to.dump);
    if (to.run) (void)fclose(to.run);
    if (to.vectors) (void)fclose(to.vectors);
    if (score.n) report_score(&score);
    mem_free(score.ms);
}

int main(int argc, char **argv) {
    Options o;
    Err err;
    Store *store;
    if (!parse(argc, argv, &o)) return usage();
    StoreEmbedder model = {0}, *embedder = o.embed ? &model : NULL;
    if (o.embed) model = open_embedder(o.embed);
    StoreOptions so = {
        .stores_dir = o.stores, .name = "retrieval", .mode = STORE_WRITE, .create = true};
    if (store_open(&so, &store, &err) != OK) die("open", &err);
    if (!o.keep) add(store, &o, embedder);
    if (store_notice(store)) (void)fprintf(stderr, "%s\n", store_notice(store));
    ask_all(store, &o, embedder);
    store_close(store);
    embedder_close(model.user);
    return 0;
}
