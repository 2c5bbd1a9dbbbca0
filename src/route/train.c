/*
 * Training a gap model.
 *
 * 1. Features of all examples, once. IDF from the used ones: log((1 + n) / (1 + df)) + 1; grams
 *    seen in fewer than two examples count as never seen.
 * 2. Targets are noisy: whether a model happened to be right says little about one question. Where
 *    the answers of other models are known, a "teacher" forest that may see them predicts both
 *    targets, held out, and the targets move towards what it says. E[E[y|x,others]|x] = E[y|x], so
 *    this takes noise away and adds none of its own (privileged information: Vapnik and Vashist
 *    2009; distillation: Lopez-Paz et al. 2016). The model itself never sees other models' answers.
 * 3. Ridge regression (ridge.c). Its scores are inputs of the forest; for the forest's own training
 *    they are made held out, in `inner_folds` parts, else the forest would trust them too much
 *    (stacking: Wolpert 1992).
 * 4. The forest (forest.c).
 * 5. The last line: held-out scores of 3 and 4, and the earlier model's, against the outcomes as
 *    they were: a logistic for "the weak model is right" and least squares for the gap, both by
 *    Newton's method with a small ridge that leans on the forest's own scale.
 *
 * Everything is deterministic: parts are cut by a hash of the row, draws come from the seed.
 * Memory: about 6 bytes a gram of all examples, 100 bytes a row more. Limits: ROUTE_EXAMPLES_MAX
 * rows.
 */
#include "route/train.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "route/forest.h"
#include "route/ridge.h"

enum { EXAMPLES_MIN = 50, FOLDS_MAX = 16, GRAMS_TOTAL_MAX = 1 << 28 };
/* Widest matrix that is ever binned: the model's own inputs, or the shape beside other models. */
enum { WIDE_MAX = (int)GAP_INPUTS + (int)ROUTE_OTHERS_MAX };

_Static_assert((int)WIDE_MAX < (int)GAP_LEAF, "an input's number fits a node");

struct RouteTrainSet {
    size_t n;
    int n_others;
    float (*shape)[ROUTE_SHAPE_COUNT];
    float (*others)[ROUTE_OTHERS_MAX];
    float (*shared)[GAP_SHARED];
    RidgeTargets *y; /* weak, strong, ease */
    float *weight;
    size_t *begin; /* [n + 1] into grams */
    uint32_t *n_words;
    RouteGram *grams;
    size_t grams_cap;
};

/* One call of route_train. */
typedef struct Training {
    const RouteTrainSet *set;
    RouteTrainOptions opt;
    GapModel *model;
    uint8_t *part;        /* [n]: inner fold */
    float *weight;        /* [n]: 0 where not used */
    float *held;          /* [n]: weight without one inner fold */
    RidgeTargets *y;      /* [n]: targets after the teacher */
    RidgeTargets *linear; /* [n]: held-out scores of the ridge regression */
    RidgeTargets *w;      /* [ROUTE_SLOTS] */
    float (*forest)[2];   /* [n]: held-out gap and weak of the forest */
    float (*pair)[2];     /* [n]: gap and weak, the forest's targets */
    float *inputs;        /* [n][WIDE_MAX] */
    float *sorted;        /* [n]: one column */
    uint8_t *bins;        /* [WIDE_MAX][n] */
    uint32_t *slot;
    float *value;
    RidgeRows rows;
    RouteFeatures *scratch;
} Training;

void route_train_options_default(RouteTrainOptions *options) {
    *options = (RouteTrainOptions){
        .trees = 64, .leaf = 24, .inner_folds = 4, .alpha = 6, .teacher = 0.6F, .seed = 1};
}

/* ---- the set -------------------------------------------------------------------------------- */

/* Grams grow as they come; all else is known beforehand. What is allocated is freed by the set. */
static Status set_alloc(RouteTrainSet *set, size_t n, Err *err) {
    set->n = n;
    set->shape = mem_alloc_n(n, sizeof *set->shape);
    set->others = mem_alloc_n(n, sizeof *set->others);
    set->shared = mem_alloc_n(n, sizeof *set->shared);
    set->y = mem_alloc_n(n, sizeof *set->y);
    set->weight = mem_alloc_n(n, sizeof *set->weight);
    set->begin = mem_alloc_n(n + 1, sizeof *set->begin);
    set->n_words = mem_alloc_n(n, sizeof *set->n_words);
    bool ok = set->shape && set->others && set->shared && set->y && set->weight && set->begin &&
              set->n_words;
    return ok ? OK : err_no_memory(err, "training examples");
}

/* ease: the mean over all models that answered. */
static void set_outcomes(RouteTrainSet *set, size_t i, const RouteExample *example) {
    float sum = example->weak + example->strong;
    for (int k = 0; k < example->n_others; k++) {
        set->others[i][k] = example->others[k];
        sum += example->others[k];
    }
    memcpy(set->shared[i], example->shared, sizeof example->shared);
    set->y[i][0] = example->weak;
    set->y[i][1] = example->strong;
    set->y[i][2] = sum / (float)(2 + example->n_others);
    set->weight[i] = example->weight > 0 ? example->weight : 1;
}

typedef struct Reading {
    RouteLexicon lexicon;
    RouteQuestion question;
    RouteFeatures features;
} Reading;

/* Features of one question, behind those of the ones before. */
static Status set_add(RouteTrainSet *set, size_t i, const RouteExample *example, Reading *reading,
                      Err *err) {
    const RouteFeatures *f = &reading->features;
    if (example->n_others != set->n_others) {
        return err_set(err, E_USAGE,
                       "training example %zu tells of %d other models, the first of %d", i,
                       example->n_others, set->n_others);
    }
    route_question_read(example->question, &reading->question);
    route_features(&reading->lexicon, &reading->question, &reading->features);
    size_t at = set->begin[i], n = (size_t)f->n_grams;
    TRY(mem_grow((void **)&set->grams, &set->grams_cap, at + n, sizeof *set->grams, GRAMS_TOTAL_MAX,
                 err));
    memcpy(set->grams + at, f->grams, n * sizeof *f->grams);
    memcpy(set->shape[i], f->shape, sizeof f->shape);
    set->n_words[i] = (uint32_t)f->n_words;
    set->begin[i + 1] = at + n;
    set_outcomes(set, i, example);
    return OK;
}

Status route_trainset_new(const RouteExample *examples, size_t n, RouteTrainSet **out, Err *err) {
    if (n < EXAMPLES_MIN || n > ROUTE_EXAMPLES_MAX || examples[0].n_others > ROUTE_OTHERS_MAX) {
        return err_set(err, E_USAGE, "%zu training examples; between %d and %d are needed", n,
                       EXAMPLES_MIN, ROUTE_EXAMPLES_MAX);
    }
    assert(examples[0].n_others >= 0);
    RouteTrainSet *set = mem_zalloc(sizeof *set);
    Reading *reading = mem_alloc(sizeof *reading);
    Status status =
        set && reading ? set_alloc(set, n, err) : err_no_memory(err, "training examples");
    if (status == OK) {
        set->n_others = examples[0].n_others;
        set->begin[0] = 0;
        route_lexicon_init(&reading->lexicon);
    }
    for (size_t i = 0; status == OK && i < n; i++)
        status = set_add(set, i, &examples[i], reading, err);
    mem_free(reading);
    if (status == OK)
        *out = set;
    else
        route_trainset_free(set);
    return status;
}

void route_trainset_free(RouteTrainSet *set) {
    if (!set) return;
    mem_free(set->shape);
    mem_free(set->others);
    mem_free(set->shared);
    mem_free(set->y);
    mem_free(set->weight);
    mem_free(set->begin);
    mem_free(set->n_words);
    mem_free(set->grams);
    mem_free(set);
}

/* ---- TF-IDF rows ---------------------------------------------------------------------------- */

/* k counts over all rows' grams; a row's words come first. */
static size_t slot_of(const RouteTrainSet *set, size_t row, size_t k) {
    return set->grams[k].slot +
           (k - set->begin[row] < set->n_words[row] ? 0 : (size_t)ROUTE_SPACE);
}

/* The essay's step 1. What every row has gets 1; what two of ROUTE_EXAMPLES_MAX have gets 11.7, and
   a byte holds 12.7. */
static Status set_idf(Training *t, Err *err) {
    const RouteTrainSet *set = t->set;
    uint32_t *df = mem_zalloc_n(ROUTE_SLOTS, sizeof *df);
    double n = 0;
    if (!df) return err_no_memory(err, "training");
    for (size_t i = 0; i < set->n; i++) {
        if (t->weight[i] == 0) continue;
        n++;
        for (size_t k = set->begin[i]; k < set->begin[i + 1]; k++) df[slot_of(set, i, k)]++;
    }
    for (size_t s = 0; s < ROUTE_SLOTS; s++) {
        double idf = df[s] < 2 ? 0 : log((1 + n) / (1.0 + df[s])) + 1;
        t->model->idf[s] = (uint8_t)lround(fmin(255, idf * GAP_IDF_UNIT));
    }
    mem_free(df);
    return OK;
}

/* A row's features as gap.c wants them. */
static const RouteFeatures *features_of(Training *t, size_t row) {
    const RouteTrainSet *set = t->set;
    RouteFeatures *f = t->scratch;
    f->n_grams = (int)(set->begin[row + 1] - set->begin[row]);
    f->n_words = (int)set->n_words[row];
    assert(f->n_words <= f->n_grams && f->n_grams <= ROUTE_GRAMS_MAX);
    memcpy(f->grams, set->grams + set->begin[row], (size_t)f->n_grams * sizeof *f->grams);
    memcpy(f->shape, set->shape[row], sizeof f->shape);
    return f;
}

/* TF-IDF rows with both spaces at length sqrt(1/2), exactly as gap.c will score them. */
static void set_rows(Training *t) {
    const RouteTrainSet *set = t->set;
    for (size_t i = 0; i < set->n; i++) {
        const RouteFeatures *f = features_of(t, i);
        float words = gap_norm(t->model, f, 0, f->n_words);
        float chars = gap_norm(t->model, f, f->n_words, f->n_grams);
        for (int k = 0; k < f->n_grams; k++) {
            size_t at = set->begin[i] + (size_t)k;
            t->slot[at] = (uint32_t)slot_of(set, i, at);
            t->value[at] = gap_gram_value(t->model, f, k) * (k < f->n_words ? words : chars);
        }
    }
    t->rows = (RidgeRows){.n = set->n, .begin = set->begin, .slot = t->slot, .value = t->value,
                          .cancel = t->opt.cancel};
}

/* ---- bins ----------------------------------------------------------------------------------- */

/* Ascending; features and scores are finite. */
static int by_value(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Edges at the quantiles of `n` sorted values, without repetition. */
static void edges_of(const float *sorted, size_t n, float edge[GAP_BINS - 1]) {
    int made = 0;
    assert(n > 0); /* choose_rows takes no fewer than EXAMPLES_MIN */
    for (int b = 1; b < GAP_BINS; b++) {
        float value = sorted[n * (size_t)b / GAP_BINS];
        if (value > sorted[0] && (made == 0 || value > edge[made - 1])) edge[made++] = value;
    }
    while (made < GAP_BINS - 1) edge[made++] = FLT_MAX;
}

/* Bins column `c` of t->inputs (of `wide` columns); edges from the used rows. */
static void bin_column(Training *t, int wide, int c, float edge[GAP_BINS - 1]) {
    size_t n = t->set->n, used = 0;
    assert(0 <= c && c < wide && wide <= WIDE_MAX); /* inputs and bins have that much room */
    for (size_t i = 0; i < n; i++) {
        if (t->weight[i] > 0) t->sorted[used++] = t->inputs[i * (size_t)wide + (size_t)c];
    }
    qsort(t->sorted, used, sizeof *t->sorted, by_value);
    edges_of(t->sorted, used, edge);
    for (size_t i = 0; i < n; i++) {
        int bin = 0;
        while (bin < GAP_BINS - 1 && t->inputs[i * (size_t)wide + (size_t)c] >= edge[bin]) bin++;
        t->bins[(size_t)c * n + i] = (uint8_t)bin;
    }
}

/* ---- held-out forests ----------------------------------------------------------------------- */

/* Rows of that part count nothing from here on; t->held is what is trained with. */
static void hold_out(Training *t, int part) {
    for (size_t i = 0; i < t->set->n; i++) t->held[i] = t->part[i] == part ? 0 : t->weight[i];
}

/* weight: of all rows, or t->held. Everything is borrowed from t. */
static ForestTask forest_task(const Training *t, int n_inputs, const float *weight, int trees) {
    return (ForestTask){.bins = t->bins,
                        .n_inputs = n_inputs,
                        .n_rows = t->set->n,
                        .y = (const float(*)[2])t->pair,
                        .weight = weight,
                        .trees = trees,
                        .leaf = t->opt.leaf,
                        .seed = t->opt.seed,
                        .cancel = t->opt.cancel};
}

/* out[i]: what a forest says that has not seen row i. */
static Status forest_held_out(Training *t, int n_inputs, float (*out)[2], Err *err) {
    for (int part = 0; part < t->opt.inner_folds; part++) {
        Forest forest;
        hold_out(t, part);
        ForestTask task = forest_task(t, n_inputs, t->held, t->opt.trees / 2 + 1);
        TRY(forest_grow(&task, &forest, err));
        for (size_t i = 0; i < t->set->n; i++) {
            if (t->part[i] == part && t->weight[i] > 0) forest_row(&forest, &task, i, out[i]);
        }
        forest_free(&forest);
    }
    return OK;
}

/* The forest's targets from those of the ridge regression. */
static void set_pairs(Training *t) {
    for (size_t i = 0; i < t->set->n; i++) {
        t->pair[i][0] = t->y[i][1] - t->y[i][0];
        t->pair[i][1] = t->y[i][0];
    }
}

/* ---- 2: the teacher ------------------------------------------------------------------------- */

/* Ends with t->y and t->pair, the targets of all that follows. t->forest and t->bins are worked in
   and written anew by fit_forest. */
static Status teach(Training *t, Err *err) {
    const RouteTrainSet *set = t->set;
    int wide = ROUTE_SHAPE_COUNT + set->n_others;
    float edge[GAP_BINS - 1], share = t->opt.teacher;
    assert(wide <= WIDE_MAX && share <= 1);
    memcpy(t->y, set->y, set->n * sizeof *t->y);
    set_pairs(t);
    if (set->n_others == 0 || share <= 0) return OK;
    for (size_t i = 0; i < set->n; i++) {
        float *row = t->inputs + i * (size_t)wide;
        memcpy(row, set->shape[i], sizeof set->shape[i]);
        memcpy(row + ROUTE_SHAPE_COUNT, set->others[i], (size_t)set->n_others * sizeof *row);
    }
    for (int c = 0; c < wide; c++) bin_column(t, wide, c, edge);
    TRY(forest_held_out(t, wide, t->forest, err));
    for (size_t i = 0; i < set->n; i++) {
        if (t->weight[i] == 0) continue;
        float weak = (1 - share) * t->y[i][0] + share * t->forest[i][1];
        float gap = (1 - share) * t->pair[i][0] + share * t->forest[i][0];
        t->y[i][0] = weak;
        t->y[i][1] = weak + gap;
    }
    set_pairs(t);
    return OK;
}

/* ---- 3: the linear part --------------------------------------------------------------------- */

/* A unit a target: the largest weight becomes 127. The held-out scores, to which the last line is
   fitted, were made with whole weights. */
static void quantise(Training *t) {
    for (int k = 0; k < GAP_TARGETS; k++) {
        float most = 0;
        for (size_t s = 0; s < ROUTE_SLOTS; s++) most = fmaxf(most, fabsf(t->w[s][k]));
        float unit = most > 0 ? most / 127 : 1;
        t->model->unit[k] = unit;
        for (size_t s = 0; s < ROUTE_SLOTS; s++) {
            t->model->weight[s][k] = (int8_t)lroundf(t->w[s][k] / unit);
        }
    }
}

/* Held-out scores of each row by the other parts, then one fit on all, in 8 bits. */
static Status fit_linear(Training *t, Err *err) {
    float mean[GAP_TARGETS];
    for (int part = 0; part < t->opt.inner_folds; part++) {
        hold_out(t, part);
        TRY(ridge_fit(&t->rows, t->held, t->y, t->opt.alpha, t->w, mean, err));
        for (size_t i = 0; i < t->set->n; i++) {
            if (t->part[i] == part) ridge_apply(&t->rows, i, t->w, mean, t->linear[i]);
        }
    }
    TRY(ridge_fit(&t->rows, t->weight, t->y, t->opt.alpha, t->w, t->model->mean, err));
    quantise(t);
    return OK;
}

/* ---- 4: the forest -------------------------------------------------------------------------- */

/* The nodes become the model's: the Forest is not freed. */
static Status fit_forest(Training *t, Err *err) {
    Forest forest;
    GapModel *m = t->model;
    for (size_t i = 0; i < t->set->n; i++) {
        gap_inputs(m, features_of(t, i), t->linear[i], t->set->shared[i],
                   t->inputs + i * GAP_INPUTS);
    }
    for (int c = 0; c < GAP_INPUTS; c++) bin_column(t, GAP_INPUTS, c, m->edge[c]);
    TRY(forest_held_out(t, GAP_INPUTS, t->forest, err));
    ForestTask task = forest_task(t, GAP_INPUTS, t->weight, t->opt.trees);
    TRY(forest_grow(&task, &forest, err));
    m->nodes = forest.nodes;
    m->n_nodes = forest.n_nodes;
    m->n_trees = forest.n_trees;
    memcpy(m->root, forest.root, sizeof m->root);
    return OK;
}

/* ---- 5: the last line ----------------------------------------------------------------------- */

/* One Newton step's sums: gradient and curvature of the penalised log-likelihood. */
typedef struct Newton {
    double gradient[GAP_TERMS], curve[GAP_TERMS][GAP_TERMS];
} Newton;

/* Solves curve * step = gradient by elimination (curve is positive definite: it has a ridge). */
static void newton_solve(Newton *n, double step[GAP_TERMS]) {
    for (int k = 0; k < GAP_TERMS; k++) {
        for (int i = k + 1; i < GAP_TERMS; i++) {
            double by = n->curve[i][k] / n->curve[k][k];
            for (int j = k; j < GAP_TERMS; j++) n->curve[i][j] -= by * n->curve[k][j];
            n->gradient[i] -= by * n->gradient[k];
        }
    }
    for (int k = GAP_TERMS - 1; k >= 0; k--) {
        step[k] = n->gradient[k];
        for (int j = k + 1; j < GAP_TERMS; j++) step[k] -= n->curve[k][j] * step[j];
        step[k] /= n->curve[k][k];
    }
}

/* miss: outcome less what was said, times the row's weight; curve: its second derivative. */
static void newton_add(Newton *n, const float *terms, double miss, double curve) {
    for (int i = 0; i < GAP_TERMS; i++) {
        n->gradient[i] += miss * terms[i];
        for (int j = 0; j < GAP_TERMS; j++) n->curve[i][j] += curve * terms[i] * terms[j];
    }
}

/* The line's value for one row. */
static double weigh(const double *weights, const float *terms) {
    double sum = 0;
    for (int k = 0; k < GAP_TERMS; k++) sum += weights[k] * terms[k];
    return sum;
}

/* Weights for one outcome; they lean on `prior` as strongly as LEAN examples would make them. */
static void fit_line(const Training *t, bool weak, const double prior[GAP_TERMS], float *out) {
    enum { STEPS = 20, LEAN = 8 };
    double at[GAP_TERMS];
    memcpy(at, prior, sizeof at);
    for (int step = 0; step < (weak ? STEPS : 1); step++) {
        Newton n = {0};
        double move[GAP_TERMS];
        for (int k = 0; k < GAP_TERMS; k++) {
            double lean = k ? LEAN : 1e-3;
            n.gradient[k] = lean * (prior[k] - at[k]);
            n.curve[k][k] = lean;
        }
        for (size_t i = 0; i < t->set->n; i++) {
            float terms[2][GAP_TERMS];
            const float *y = t->set->y[i];
            if (t->weight[i] == 0) continue;
            gap_terms(t->forest[i], t->linear[i], t->set->shared[i], terms[0], terms[1]);
            const float *x = terms[weak ? 0 : 1];
            double sum = weigh(at, x), p = weak ? 1 / (1 + exp(-sum)) : sum, w = t->weight[i];
            newton_add(&n, x, w * ((weak ? y[0] : y[1] - y[0]) - p), w * (weak ? p * (1 - p) : 1));
        }
        newton_solve(&n, move);
        for (int k = 0; k < GAP_TERMS; k++) at[k] += fmax(-2, fmin(2, move[k]));
    }
    for (int k = 0; k < GAP_TERMS; k++) out[k] = (float)at[k];
}

/* Where the lines start, chosen: more weight on the forest than on the ridge regression. What an
   earlier model says counts nothing until the examples show that it does. */
static void fit_scale(Training *t) {
    static const double weak[GAP_TERMS] = {-2, 2.5, 1.5, 0, 0, 0},
                        gap[GAP_TERMS] = {0, 0.7, 0.3, 0, 0, 0};
    fit_line(t, true, weak, t->model->scale.weak);
    fit_line(t, false, gap, t->model->scale.gap);
}

/* ---- one training --------------------------------------------------------------------------- */

/* All at once: a training that has begun cannot fail for want of memory but in its parts. */
static Status training_alloc(Training *t, Err *err) {
    size_t n = t->set->n, grams = t->set->begin[n] ? t->set->begin[n] : 1;
    t->model = mem_zalloc(sizeof *t->model);
    t->scratch = mem_zalloc(sizeof *t->scratch);
    t->part = mem_alloc(n);
    t->weight = mem_alloc_n(n, sizeof *t->weight);
    t->held = mem_alloc_n(n, sizeof *t->held);
    t->y = mem_alloc_n(n, sizeof *t->y);
    t->linear = mem_zalloc_n(n, sizeof *t->linear);
    t->w = mem_alloc_n(ROUTE_SLOTS, sizeof *t->w);
    t->forest = mem_zalloc_n(n, sizeof *t->forest);
    t->pair = mem_alloc_n(n, sizeof *t->pair);
    t->inputs = mem_alloc_n(n, WIDE_MAX * sizeof *t->inputs);
    t->bins = mem_alloc_n(n, WIDE_MAX);
    t->sorted = mem_alloc_n(n, sizeof *t->sorted);
    t->slot = mem_alloc_n(grams, sizeof *t->slot);
    t->value = mem_alloc_n(grams, sizeof *t->value);
    bool ok = t->model && t->scratch && t->part && t->weight && t->held && t->y && t->linear &&
              t->w && t->forest && t->pair && t->inputs && t->bins && t->sorted && t->slot &&
              t->value;
    return ok ? OK : err_no_memory(err, "training");
}

/* All but the model, which is handed out. */
static void training_free(Training *t) {
    void *const blocks[] = {t->scratch, t->part,   t->weight, t->held, t->y,
                            t->linear,  t->w,      t->forest, t->pair, t->inputs,
                            t->bins,    t->sorted, t->slot,   t->value};
    for (size_t i = 0; i < ARRAY_LEN(blocks); i++) mem_free(blocks[i]);
}

/* Weight 0 leaves a row out everywhere. Parts are cut by a hash of the row's number. */
static Status choose_rows(Training *t, const bool *use, Err *err) {
    size_t used = 0;
    for (size_t i = 0; i < t->set->n; i++) {
        uint64_t mixed = (i + 1) * UINT64_C(0x9E3779B97F4A7C15);
        bool in = !use || use[i];
        t->weight[i] = in ? t->set->weight[i] : 0;
        t->part[i] = (uint8_t)((mixed >> 32) % (uint64_t)t->opt.inner_folds);
        used += in;
    }
    if (used >= EXAMPLES_MIN) return OK;
    return err_set(err, E_USAGE, "%zu examples to train from; at least %d are needed", used,
                   EXAMPLES_MIN);
}

/* The order is the essay's; each step reads what the one before left in t. */
Status route_train(const RouteTrainSet *set, const bool *use, const RouteTrainOptions *options,
                   GapModel **out, Err *err) {
    Training t = {.set = set, .opt = *options};
    bool sane = t.opt.inner_folds >= 2 && t.opt.inner_folds <= FOLDS_MAX && t.opt.leaf >= 1 &&
                t.opt.trees >= 1 && t.opt.trees <= GAP_TREES_MAX && t.opt.alpha > 0;
    if (!sane) return err_set(err, E_USAGE, "training options are out of range");
    Status status = training_alloc(&t, err);
    if (status == OK) status = choose_rows(&t, use, err);
    if (status == OK) status = set_idf(&t, err);
    if (status == OK) set_rows(&t);
    if (status == OK) status = teach(&t, err);
    if (status == OK) status = fit_linear(&t, err);
    if (status == OK) status = fit_forest(&t, err);
    if (status == OK) fit_scale(&t);
    training_free(&t);
    if (status == OK)
        *out = t.model;
    else
        gap_close(t.model);
    return status;
}
