/*
 * The user's own gap model.
 *
 * What Hearth ships learned from pairs of models that are not the user's. Where both answered the
 * same questions (`hearth eval run --cloud NAME`) a second model is trained on that, which hears
 * what the shipped one says (gap.h).
 *
 * The trial. The questions are cut into FOLDS parts by a hash of their text. Each part is judged by
 * a model that was trained on the others, so that every error is of a question it never saw:
 *
 *     error = (good here - p)^2 + (good there - good here - gap)^2
 *
 * which is least, on average, for whoever says the true probabilities (Brier 1950). The same error
 * is taken of the shipped model and of somebody who always says the mean of the other parts. The
 * model is taken only where it is better than the better one of these by MARGIN standard errors of
 * the difference, question by question: by chance alone that happens once in twenty. An own model
 * in use before is compared on the questions that were not in its training, where there are
 * UNSEEN_LEAST of them, and stays where its error is the lesser. What is taken then is trained on
 * all questions.
 *
 * Bytes, little-endian: "hown", version, n (u32), bytes of the local model's file (u64), its name
 * [256], the endpoint's name [64], n hashes (u64), and the gap model's bytes (gap.c). A reader
 * refuses names that do not end, hashes out of order, and what gap.c refuses. No words are kept;
 * a hash tells whoever has the question that it was asked.
 *
 * Limits: ROUTE_OWN_LEAST to ROUTE_OWN_MOST questions, ROUTE_OWN_BYTES_MAX bytes.
 */
#include "route/own.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"

enum {
    FOLDS = 5,           /* parts of the trial */
    UNSEEN_LEAST = 40,   /* questions that are new to the model in use; fewer tell nothing */
    HASH_KEY = 20261126  /* of the hashes in files: never to be changed */
};
#define MARGIN 1.645 /* of a normal distribution one in twenty is above it */

static const char magic[4] = {'h', 'o', 'w', 'n'};

typedef struct Held { /* of one question, by models that were not trained on it */
    GapScore own, shipped, mean;
} Held;

/* One call of route_own_train. The last three are worked in, question by question. */
typedef struct Trial {
    const RouteExample *examples;
    size_t n;
    RouteTrainSet *set;
    RouteTrainOptions options;
    uint64_t *hash;
    Held *held;
    bool *use;
    RouteLexicon lexicon;
    RouteQuestion question;
    RouteFeatures features;
} Trial;

/* ---- scores --------------------------------------------------------------------------------- */

/* t->features are those of question i from here on. */
static void read_question(Trial *t, size_t i) {
    route_question_read(t->examples[i].question, &t->question);
    route_features(&t->lexicon, &t->question, &t->features);
}

/* What the shipped model says is an input of the own one, and its rival. */
static Status ask_shipped(Trial *t, RouteExample *examples, Err *err) {
    GapModel *shipped = NULL;
    TRY(gap_open(gap_built_in(), &shipped, err));
    for (size_t i = 0; i < t->n; i++) {
        read_question(t, i);
        gap_score(shipped, &t->features, NULL, &t->held[i].shipped);
        examples[i].shared[0] = t->held[i].shipped.weak;
        examples[i].shared[1] = t->held[i].shipped.gap;
    }
    gap_close(shipped);
    return OK;
}

/* Who always says this knows nothing of a question; training takes 50 rows at least, so n > 0. */
static GapScore mean_of_used(const Trial *t) {
    double weak = 0, gap = 0, n = 0;
    for (size_t i = 0; i < t->n; i++) {
        if (!t->use[i]) continue;
        n++;
        weak += (double)t->examples[i].weak;
        gap += (double)(t->examples[i].strong - t->examples[i].weak);
    }
    assert(n > 0);
    return (GapScore){.weak = (float)(weak / n), .gap = (float)(gap / n)};
}

/* One part judged by a model of the other four. */
static Status hold_out(Trial *t, unsigned part, Err *err) {
    GapModel *model = NULL;
    for (size_t i = 0; i < t->n; i++) t->use[i] = t->hash[i] % FOLDS != part;
    TRY(route_train(t->set, t->use, &t->options, &model, err));
    GapScore mean = mean_of_used(t);
    for (size_t i = 0; i < t->n; i++) {
        if (t->use[i]) continue;
        read_question(t, i);
        gap_score(model, &t->features, &t->held[i].shipped, &t->held[i].own);
        t->held[i].mean = mean;
    }
    gap_close(model);
    return OK;
}

/* ---- the trial ------------------------------------------------------------------------------ */

/* The essay's error, of one question. */
static double error_of(const RouteExample *e, const GapScore *said) {
    double weak = (double)e->weak - (double)said->weak;
    double gap = (double)(e->strong - e->weak) - (double)said->gap;
    return weak * weak + gap * gap;
}

/* Mean errors; the margin is the mean of the differences over its standard error. */
static void weigh_errors(const Trial *t, RouteOwnTrial *out) {
    double n = (double)t->n, sum = 0, squares = 0;
    for (size_t i = 0; i < t->n; i++) {
        out->weak += (double)t->examples[i].weak / n;
        out->strong += (double)t->examples[i].strong / n;
        out->own += error_of(&t->examples[i], &t->held[i].own) / n;
        out->shipped += error_of(&t->examples[i], &t->held[i].shipped) / n;
        out->mean += error_of(&t->examples[i], &t->held[i].mean) / n;
    }
    assert(n >= ROUTE_OWN_LEAST); /* n - 1 divides */
    bool mean = out->mean < out->shipped;
    for (size_t i = 0; i < t->n; i++) {
        const GapScore *rival = mean ? &t->held[i].mean : &t->held[i].shipped;
        double gain = error_of(&t->examples[i], rival) - error_of(&t->examples[i], &t->held[i].own);
        sum += gain;
        squares += gain * gain;
    }
    double spread = sqrt(fmax(0, squares / n - sum / n * (sum / n)) / (n - 1));
    out->margin = spread > 0 ? sum / n / spread : 0;
}

/* What a model says of a question, and what asking the endpoint gained there. */
typedef struct Ranked {
    double score, gain;
} Ranked;

static int by_score(const void *a, const void *b) {
    double x = ((const Ranked *)a)->score, y = ((const Ranked *)b)->score;
    return x > y ? -1 : x < y;
}

/* The mean share of the gap that is recovered when 0 to n questions go out, those with the largest
   scores first (APGR, arXiv 2406.18665); equal scores go together, at their mean. */
static double order_of(Ranked *items, size_t n) {
    double all = 0, run = 0, area = 0;
    assert(n > 0);
    for (size_t i = 0; i < n; i++) all += items[i].gain;
    qsort(items, n, sizeof *items, by_score);
    for (size_t i = 0, j; i < n; i = j) {
        double gain = 0;
        for (j = i; j < n && items[j].score == items[i].score; j++) gain += items[j].gain;
        area += (double)(j - i) * (run + gain / 2);
        run += gain;
    }
    return fabs(all) > 0 ? area / (double)n / all : 0.5;
}

/* For people: the decision goes by the errors. */
static Status weigh_order(const Trial *t, RouteOwnTrial *out, Err *err) {
    Ranked *items = mem_alloc_n(t->n, sizeof *items);
    if (!items) return err_no_memory(err, "training");
    for (int own = 0; own < 2; own++) {
        for (size_t i = 0; i < t->n; i++) {
            const Held *held = &t->held[i];
            double gain = (double)(t->examples[i].strong - t->examples[i].weak);
            items[i] = (Ranked){(double)(own ? held->own.gap : held->shipped.gap), gain};
        }
        *(own ? &out->own_order : &out->shipped_order) = order_of(items, t->n);
    }
    mem_free(items);
    return OK;
}

static int by_hash(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Only on questions that neither model was trained on: `seen` ascends. */
static void weigh_before(Trial *t, const RouteOwn *before, RouteOwnTrial *out) {
    double own = 0, old = 0;
    assert(before->n <= ROUTE_OWN_MOST && out->unseen == 0);
    for (size_t i = 0; i < t->n; i++) {
        GapScore said;
        if (bsearch(&t->hash[i], before->seen, before->n, sizeof t->hash[i], by_hash)) continue;
        read_question(t, i);
        gap_score(before->gap, &t->features, &t->held[i].shipped, &said);
        old += error_of(&t->examples[i], &said);
        own += error_of(&t->examples[i], &t->held[i].own);
        out->unseen++;
    }
    if (out->unseen == 0) return;
    out->own_unseen = own / (double)out->unseen;
    out->before_unseen = old / (double)out->unseen;
}

/* NULL: it is better. */
static const char *reason_against(const RouteOwnTrial *trial) {
    if (trial->margin < MARGIN) {
        return trial->mean < trial->shipped ? "it is not surely better than always saying the mean"
                                            : "it is not surely better than what Hearth ships";
    }
    bool told = trial->unseen >= UNSEEN_LEAST;
    return told && trial->own_unseen >= trial->before_unseen
               ? "the model in use is better on the questions that it was not trained on"
               : NULL;
}

/* ---- one training --------------------------------------------------------------------------- */

/* Trained on everything; the hashes become the model's own. */
static Status finish(Trial *t, RouteOwn **out, Err *err) {
    RouteOwn *own = mem_zalloc(sizeof *own);
    if (!own) return err_no_memory(err, "the trained model");
    Status status = route_train(t->set, NULL, &t->options, &own->gap, err);
    if (status != OK) {
        route_own_free(own);
        return status;
    }
    qsort(t->hash, t->n, sizeof *t->hash, by_hash); /* weigh_before and get_all rely on it */
    own->n = (uint32_t)t->n;
    own->seen = t->hash;
    t->hash = NULL;
    *out = own;
    return OK;
}

/* Whatever t owns is freed by the caller, also after a failure. The task's examples are t's own, to
   be written: their `shared` is filled. */
static Status try_and_train(Trial *t, const RouteOwnTask *task, RouteOwnTrial *trial,
                            RouteOwn **out, Err *err) {
    RouteExample *examples = task->examples;
    t->hash = mem_alloc_n(t->n, sizeof *t->hash);
    t->held = mem_alloc_n(t->n, sizeof *t->held);
    t->use = mem_alloc_n(t->n, sizeof *t->use);
    if (!t->hash || !t->held || !t->use) return err_no_memory(err, "training");
    for (size_t i = 0; i < t->n; i++) {
        t->hash[i] = hash_check64(examples[i].question.p, examples[i].question.n, HASH_KEY);
    }
    route_lexicon_init(&t->lexicon);
    TRY(ask_shipped(t, examples, err));
    TRY(route_trainset_new(examples, t->n, &t->set, err));
    for (unsigned part = 0; part < FOLDS; part++) TRY(hold_out(t, part, err));
    weigh_errors(t, trial);
    TRY(weigh_order(t, trial, err));
    if (task->before) weigh_before(t, task->before, trial);
    trial->not_taken = reason_against(trial);
    return trial->not_taken ? OK : finish(t, out, err);
}

/* Its own memory is some 46 KB, and 45 bytes a question, beside what train.c says. */
Status route_own_train(const RouteOwnTask *task, RouteOwnTrial *trial, RouteOwn **out, Err *err) {
    const size_t n = task->n;
    *out = NULL;
    *trial = (RouteOwnTrial){.n = n};
    if (n < ROUTE_OWN_LEAST || n > ROUTE_OWN_MOST) {
        err_set(err, E_USAGE, "%zu questions that both answered; between %d and %d are needed", n,
                ROUTE_OWN_LEAST, ROUTE_OWN_MOST);
        return err_hint(err, "hearth eval make -n 200; hearth eval run --cloud NAME");
    }
    Trial *t = mem_zalloc(sizeof *t);
    if (!t) return err_no_memory(err, "training");
    t->examples = task->examples;
    t->n = n;
    route_train_options_default(&t->options);
    t->options.cancel = task->cancel;
    Status status = try_and_train(t, task, trial, out, err);
    route_trainset_free(t->set);
    mem_free(t->hash);
    mem_free(t->held);
    mem_free(t->use);
    mem_free(t);
    return status;
}

void route_own_free(RouteOwn *own) {
    if (!own) return;
    gap_close(own->gap);
    mem_free(own->seen);
    mem_free(own);
}

/* ---- bytes ---------------------------------------------------------------------------------- */

/* In the order of the essay; the gap model's own checksum is the only one. */
void route_own_write(const RouteOwn *own, Buf *out) {
    assert(own->n <= ROUTE_OWN_MOST && memchr(own->endpoint, 0, sizeof own->endpoint));
    assert(memchr(own->model_file, 0, sizeof own->model_file)); /* get_name refuses another */
    buf_add(out, magic, sizeof magic);
    buf_add_le(out, ROUTE_OWN_VERSION, 4);
    buf_add_le(out, own->n, 4);
    buf_add_le(out, own->model_bytes, 8);
    buf_add(out, own->model_file, sizeof own->model_file);
    buf_add(out, own->endpoint, sizeof own->endpoint);
    for (uint32_t i = 0; i < own->n; i++) buf_add_le(out, own->seen[i], 8);
    gap_write(own->gap, out);
}

/* A text of fixed room that must end in it. */
static void get_name(Reader *in, char *out, size_t n) {
    const uint8_t *name = reader_bytes(in, n);
    if (name) memcpy(out, name, n);
    if (!name || !memchr(out, 0, n)) in->bad = true;
}

/* What is read so far is the caller's to free, also on failure. */
static Status get_all(Reader *in, RouteOwn *own, Err *err) {
    own->n = reader_u32(in);
    own->model_bytes = reader_u64(in);
    get_name(in, own->model_file, sizeof own->model_file);
    get_name(in, own->endpoint, sizeof own->endpoint);
    if (in->bad || own->n > ROUTE_OWN_MOST) {
        return err_set(err, E_CORRUPT, "the router's own model is damaged");
    }
    own->seen = mem_alloc_n(own->n ? own->n : 1, sizeof *own->seen);
    if (!own->seen) return err_no_memory(err, "the router's own model");
    for (uint32_t i = 0; i < own->n; i++) {
        own->seen[i] = reader_u64(in);
        if (i && own->seen[i] < own->seen[i - 1]) in->bad = true;
    }
    if (in->bad) return err_set(err, E_CORRUPT, "the router's own model is damaged");
    return gap_open((Str){(const char *)in->p + in->at, in->n - in->at}, &own->gap, err);
}

/* gap_open refuses what stands behind its bytes, so nothing may follow. */
Status route_own_read(const uint8_t *bytes, size_t n, RouteOwn **out, Err *err) {
    Reader in = reader_init(bytes, n);
    const uint8_t *begin = reader_bytes(&in, sizeof magic);
    uint32_t version = reader_u32(&in);
    if (!begin || memcmp(begin, magic, sizeof magic) != 0) {
        return err_set(err, E_CORRUPT, "this is no model that the router trained");
    }
    if (version != ROUTE_OWN_VERSION) {
        return err_set(err, E_UNSUPPORTED, "the router's own model is of version %u; this build "
                       "reads version %d", version, ROUTE_OWN_VERSION);
    }
    RouteOwn *own = mem_zalloc(sizeof *own);
    if (!own) return err_no_memory(err, "the router's own model");
    Status status = get_all(&in, own, err);
    if (status == OK) *out = own;
    else route_own_free(own);
    return status;
}
