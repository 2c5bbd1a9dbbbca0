/*
 * Learns the linear model: logistic regression over hashed n-grams by stochastic gradient descent
 * with AdaGrad's step sizes (Duchi, Hazan, Singer 2011), the examples in a new order each epoch.
 * Each weight is scaled beforehand by the log of how much more often its n-gram stands in one
 * class than in the other (Wang and Manning, "Baselines and bigrams", 2012, equation 1), which
 * lets rare but telling n-grams move first. The scale is folded into the weight at the end, and
 * weights become bytes: 127 is the greatest.
 *
 * The weights that are kept are the mean over the second half of the run (averaging), so that the
 * last examples do not weigh more. The same lines and options give the same model where a product
 * and a sum are rounded one by one (-ffp-contract=off).
 */
#include <assert.h>
#include <math.h>

#include "base/mem.h"
#include "gate/guard/train.h"

enum { EXAMPLES_MAX = 1 << 22, GRAMS_ALL = 1 << 30 };

/* What is known of a slot, side by side: an n-gram costs one line of the cache. */
typedef struct Slot {
    float weight, ratio, square, mean;
} Slot;

typedef struct Trainer {
    const TrainOptions *o;
    uint32_t *slot; /* of all examples' n-grams, one behind the other */
    size_t n_slot, cap_slot;
    size_t *begin; /* [n + 1] */
    size_t cap_begin;
    uint8_t *label;
    size_t cap_label, n;
    uint32_t *order;
    Slot *slots; /* [1 << bits] */
    float bias, bias_square, bias_mean;
    size_t n_mean;
} Trainer;

/* The next line at *at: its text folded into `view`; false: no more. */
static bool guard_train_next(Str lines, size_t *at, View *view, bool *label) {
    if (*at + 2 > lines.n) return false;
    Str line = str_line(lines, at);
    *label = line.n > 0 && line.p[0] == '1';
    (void)view_fold(view, line.n < 2 ? STR("") : str_sub(line, 2, line.n), 0);
    return true;
}

/* The first piece of the view alone: examples are sentences. */
static Status add_example(Trainer *t, const View *view, bool label, Err *err) {
    uint32_t hash[GRAMS_MAX];
    Str piece = {view->p, view->n < PIECE_MAX ? view->n : PIECE_MAX};
    size_t n = grams_of(t->o->grams, piece, hash);
    TRY(mem_grow((void **)&t->slot, &t->cap_slot, t->n_slot + n, sizeof *t->slot, GRAMS_ALL, err));
    TRY(mem_grow((void **)&t->begin, &t->cap_begin, t->n + 2, sizeof *t->begin, EXAMPLES_MAX, err));
    TRY(mem_grow((void **)&t->label, &t->cap_label, t->n + 1, 1, EXAMPLES_MAX, err));
    t->begin[t->n] = t->n_slot;
    for (size_t i = 0; i < n; i++) t->slot[t->n_slot++] = hash[i] >> (32 - t->o->bits);
    t->label[t->n++] = label;
    t->begin[t->n] = t->n_slot;
    return OK;
}

static Status read_examples(Trainer *t, Str lines, Err *err) {
    View *view = mem_alloc(sizeof *view);
    size_t at = 0, slots = (size_t)1 << t->o->bits;
    Status status = OK;
    bool label;
    if (!view) return err_no_memory(err, "the examples");
    while (status == OK && guard_train_next(lines, &at, view, &label)) {
        if (view->n) status = add_example(t, view, label, err);
    }
    mem_free(view);
    TRY(status);
    if (t->n < 2) return err_set(err, E_USAGE, "there is nothing to learn from");
    t->order = mem_alloc_n(t->n, sizeof *t->order);
    t->slots = mem_zalloc_n(slots, sizeof *t->slots);
    if (!t->order || !t->slots) return err_no_memory(err, "the weights");
    for (size_t i = 0; i < t->n; i++) t->order[i] = (uint32_t)i;
    return OK;
}

/* ratio = log((1 + seen in class 1) / sum) - the same for class 0, its size only, at least 0.1. */
static void weigh_slots(Trainer *t) {
    double all[2] = {0, 0};
    size_t slots = (size_t)1 << t->o->bits;
    for (size_t e = 0; e < t->n; e++) { /* weight and mean are borrowed until training begins */
        for (size_t i = t->begin[e]; i < t->begin[e + 1]; i++) {
            Slot *s = &t->slots[t->slot[i]];
            *(t->label[e] ? &s->mean : &s->weight) += 1;
        }
        all[t->label[e]] += (double)(t->begin[e + 1] - t->begin[e]);
    }
    float shift = logf((float)((all[0] + (double)slots) / (all[1] + (double)slots)));
    for (size_t i = 0; i < slots; i++) {
        Slot *s = &t->slots[i];
        float ratio = fabsf(logf((s->mean + 1) / (s->weight + 1)) + shift);
        *s = (Slot){.ratio = ratio < 0.1F ? 0.1F : ratio};
    }
}

uint64_t train_random(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

void train_shuffle(uint32_t *order, size_t n, uint64_t *state) {
    assert(n > 0);
    for (size_t i = n - 1; i > 0; i--) {
        size_t j = (size_t)(train_random(state) % (i + 1));
        uint32_t swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
}

/* One example: its gradient through sum / sqrt(n), AdaGrad's step for each of its n-grams; `keep`:
   the bias joins the mean. */
static void learn(Trainer *t, size_t e, bool keep) {
    size_t n = t->begin[e + 1] - t->begin[e];
    const uint32_t *slot = t->slot + t->begin[e];
    float sum = 0, root = sqrtf((float)(n ? n : 1));
    for (size_t i = 0; i < n; i++) sum += t->slots[slot[i]].weight * t->slots[slot[i]].ratio;
    float off = 1 / (1 + expf(-(t->bias + sum / root))) - (float)t->label[e];
    if (t->label[e] && t->o->heed > 0) off *= t->o->heed;
    for (size_t i = 0; i < n; i++) {
        Slot *s = &t->slots[slot[i]];
        float g = off * s->ratio / root + t->o->decay * s->weight;
        s->square += g * g;
        s->weight -= t->o->rate * g / (sqrtf(s->square) + 1e-6F);
    }
    t->bias_square += off * off;
    t->bias -= t->o->rate * off / (sqrtf(t->bias_square) + 1e-6F);
    if (keep) t->bias_mean += t->bias;
}

/* What is kept is the mean of the weights at the ends of the last half of the epochs, times the
   ratio. */
static void run_epochs(Trainer *t) {
    uint64_t random = t->o->seed;
    size_t slots = (size_t)1 << t->o->bits, kept = 0;
    for (uint32_t epoch = 0; epoch < t->o->epochs; epoch++) {
        bool keep = 2 * (epoch + 1) > t->o->epochs;
        train_shuffle(t->order, t->n, &random);
        for (size_t i = 0; i < t->n; i++) learn(t, t->order[i], keep);
        for (size_t s = 0; keep && s < slots; s++) t->slots[s].mean += t->slots[s].weight;
        t->n_mean += keep;
        kept += keep ? t->n : 0;
    }
    for (size_t s = 0; s < slots; s++) t->slots[s].mean *= t->slots[s].ratio / (float)t->n_mean;
    t->bias_mean /= (float)kept;
}

static void add_u32(Buf *out, const void *value) {
    buf_add(out, value, 4); /* the tool runs on little-endian machines */
}

/* Eight bits a weight: the largest is 127 steps. */
static Status write_model(const Trainer *t, Buf *out, Err *err) {
    size_t slots = (size_t)1 << t->o->bits;
    uint32_t version = MODEL_VERSION, length = (uint32_t)(MODEL_HEADER + slots);
    uint32_t grams = t->o->grams;
    uint64_t check = 0;
    float most = 1e-6F;
    for (size_t s = 0; s < slots; s++) most = fmaxf(most, fabsf(t->slots[s].mean));
    float step = most / 127;
    buf_add(out, MODEL_MAGIC, 8);
    add_u32(out, &version);
    add_u32(out, &length);
    add_u32(out, &t->o->bits);
    add_u32(out, &t->bias_mean);
    add_u32(out, &step);
    add_u32(out, &grams);
    buf_add(out, &check, 8);
    for (size_t s = 0; s < slots; s++) buf_add_byte(out, (char)lrintf(t->slots[s].mean / step));
    TRY(buf_check(out, "the model", err));
    check = linear_sum(buf_str(out));
    memcpy(out->p + MODEL_HEADER - 8, &check, 8);
    return OK;
}

Status guard_train(Str lines, const TrainOptions *options, Buf *out, Err *err) {
    Trainer t = {.o = options};
    Status status = read_examples(&t, lines, err);
    if (status == OK) {
        weigh_slots(&t);
        run_epochs(&t);
        status = write_model(&t, out, err);
    }
    mem_free(t.slot);
    mem_free(t.begin);
    mem_free(t.label);
    mem_free(t.order);
    mem_free(t.slots);
    return status;
}
