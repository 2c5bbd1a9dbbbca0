/*
 * Writing a model: weights become eight bits each, and only the heaviest features stay.
 *
 * The table of weights has the size that is asked for; each bucket keeps the eight heaviest of the
 * features that belong there, by the length of their rows and how often they were seen. One step
 * for all weights: the largest weight, but at most CLIP, is 127 steps.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "gate/names/train.h"

#define CLIP 6.0f

/*
 * The bytes that train_write appends (names/impl.h has the places):
 *
 *     head, NAMES_TABLES_AT bytes   magic, sizes, step, check, types, moves, lines
 *     words                         train_words.c's tables as they are
 *     prints, rows                  2 bytes a slot, then w->row signed bytes a slot
 *
 * A weight of 1.7 with a step of 0.0472 is 36 steps in the model.
 */
typedef struct Ranked {
    uint32_t id, bucket;
    float weight;
} Ranked;

/* Heaviest first within a bucket; by number among equals, so that the bytes are always the same. */
static int by_bucket(const void *a, const void *b) {
    const Ranked *x = a, *y = b;
    if (x->bucket != y->bucket) return x->bucket < y->bucket ? -1 : 1;
    if (x->weight != y->weight) return x->weight > y->weight ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* The value in whole steps, nearest, held within the limit on both sides. */
static int steps(float value, float step, int limit) {
    float n = roundf(value / step);
    return n > (float)limit ? limit : n < (float)-limit ? -limit : (int)n;
}

/* Puts the ranked features into their buckets, heaviest first, until eight are in; what shares its
   print with one that is there, or weighs less than a step, is left out. */
static void place(const TrainWeights *w, const Ranked *ranked, float step, uint8_t *base,
                  uint32_t buckets) {
    uint32_t bucket = UINT32_MAX;
    int used = 0;
    int8_t *rows = (int8_t *)base + 2 * BUCKET * (size_t)buckets;
    for (uint32_t i = 0; i < w->n; i++) {
        const Ranked *r = &ranked[i];
        if (r->bucket != bucket) used = 0;
        bucket = r->bucket;
        uint16_t print = print_of(w->key[r->id]);
        uint8_t *prints = base + 2 * BUCKET * (size_t)bucket;
        if (used == BUCKET || r->weight < step || slot_of(prints, print) < BUCKET) continue;
        size_t slot = BUCKET * (size_t)bucket + (size_t)used;
        memcpy(prints + 2 * used++, &print, 2);
        for (uint32_t k = 0; k < w->row; k++) {
            rows[slot * w->row + k] = (int8_t)steps(w->w[(size_t)r->id * w->row + k], step, 127);
        }
    }
}

/* Appends prints and rows. A feature ranks by the length of its row times the fourth root of how
   often it was seen: a heavy weight that was learned from two sentences is worth less. */
static Status add_rows(const TrainWeights *w, float step, uint32_t buckets, Buf *out, Err *err) {
    Ranked *ranked = mem_alloc_n(w->n + 1u, sizeof *ranked);
    if (!ranked) return err_no_memory(err, "ranks of features");
    for (uint32_t i = 0; i < w->n; i++) {
        float sum = 0;
        for (uint32_t k = 0; k < w->row; k++) {
            float v = w->w[(size_t)i * w->row + k];
            sum += v * v;
        }
        ranked[i] =
            (Ranked){i, bucket_of(w->key[i], buckets), sqrtf(sum * sqrtf((float)w->seen[i]))};
    }
    qsort(ranked, w->n, sizeof *ranked, by_bucket);
    size_t n = (size_t)BUCKET * buckets * (2 + w->row);
    void *base = buf_reserve(out, n);
    if (base) {
        memset(base, 0, n);
        place(w, ranked, step, base, buckets);
        out->n += n;
    }
    mem_free(ranked);
    return buf_check(out, "a model", err);
}

/* 16 bits each, in steps; places of types that the model has not are 0 (impl.h: NamesMoves). */
static void put_moves(const TrainWeights *w, float step, uint8_t *p) {
    for (uint32_t a = 0; a <= NAMES_TYPES_MAX; a++) {
        for (uint32_t b = 0; b <= NAMES_TYPES_MAX; b++, p += 2) {
            float value = w->enter[a][b];
            int16_t v = (int16_t)(a <= w->types && b <= w->types ? steps(value, step, 32000) : 0);
            memcpy(p, &v, 2);
        }
    }
    for (int k = 0; k < 4; k++) {
        for (uint32_t t = 0; t < NAMES_TYPES_MAX; t++, p += 2) {
            int16_t v = (int16_t)(t < w->types ? steps(w->inside[k][t], step, 32000) : 0);
            memcpy(p, &v, 2);
        }
    }
}

/* The check over all but itself; after each change of the bytes. */
static void seal(Buf *model) {
    uint64_t check = names_check(model->p, model->n);
    memcpy(model->p + 32, &check, sizeof check);
}

/* In thousandths; slopes first, offsets behind them, for all types that a model may have. */
void train_set_line(Buf *model, uint32_t type, float slope, float offset) {
    assert(type < NAMES_TYPES_MAX && model->n >= NAMES_TABLES_AT);
    int32_t a = steps(slope, 0.001f, 1000000), b = steps(offset, 0.001f, 1000000);
    memcpy(model->p + NAMES_LINES_AT + 4 * type, &a, 4);
    memcpy(model->p + NAMES_LINES_AT + 4 * (NAMES_TYPES_MAX + type), &b, 4);
    seal(model);
}

/* On every step into the type, so that it holds whatever ended before. The step is read from the
   header, where it stands in millionths. */
void train_lean(Buf *model, uint32_t type, float weight) {
    uint32_t millionths;
    assert(type < NAMES_TYPES_MAX && model->n >= NAMES_TABLES_AT);
    memcpy(&millionths, model->p + 28, sizeof millionths);
    for (uint32_t a = 0; a <= NAMES_TYPES_MAX; a++) {
        char *p = model->p + NAMES_MOVES_AT + 2 * ((NAMES_TYPES_MAX + 1) * a + type + 1);
        int16_t v;
        memcpy(&v, p, sizeof v);
        v = (int16_t)(v + steps(weight, (float)millionths / 1e6f, 1000));
        memcpy(p, &v, sizeof v);
    }
    seal(model);
}

/* In whole millionths, as the header holds it, so that reader and writer multiply by the same
   number. */
static float step_of(const TrainWeights *w) {
    float top = 0.1f;
    for (size_t i = 0; i < (size_t)w->n * w->row; i++) top = fmaxf(top, fabsf(w->w[i]));
    return roundf(fminf(top, CLIP) / 127 * 1e6f) / 1e6f;
}

Status train_write(const TrainWeights *w, const TrainNames *names, const TrainOptions *o,
                   const Buf *words, uint32_t word_buckets, Buf *out, Err *err) {
    uint8_t head[NAMES_TABLES_AT] = {0};
    float step = step_of(w);
    uint32_t row_buckets = o->row_bytes / (BUCKET * (2 + w->row));
    uint32_t flags = words->n == (size_t)6 * BUCKET * word_buckets ? NAMES_CLUSTERS : 0;
    uint32_t field[] = {NAMES_VERSION, w->types, word_buckets,
                        row_buckets,   flags,    (uint32_t)roundf(step * 1e6f)};
    if (!row_buckets || row_buckets > NAMES_BUCKETS_MAX)
        return err_set(err, E_USAGE, "a table of %u bytes", o->row_bytes);
    memcpy(head, NAMES_MAGIC, 8);
    memcpy(head + 8, field, sizeof field);
    memcpy(head + NAMES_NAME_AT, names->number, NAMES_TYPES_MAX);
    put_moves(w, step, head + NAMES_MOVES_AT);
    buf_add(out, head, sizeof head);
    buf_add_str(out, buf_str(words));
    TRY(add_rows(w, step, row_buckets, out, err));
    for (uint32_t t = 0; t < w->types; t++) train_set_line(out, t, 1, 0);
    return OK;
}
