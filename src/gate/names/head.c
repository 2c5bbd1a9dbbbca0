/*
 * The network of the second look. For one unit with state v and its place in its token,
 *
 *     x = ((v - mean) / spread, where it stands in the token)      dim + HEAD_PLACES numbers
 *     h = max(0, b1 + w1 x)                                        hidden numbers
 *     y = b2 + w2 h                                                4 types numbers
 *
 * and y, rounded, is added to the tagger's row: its weights are in the tagger's unit, so that the
 * steps between labels (viterbi.c), the line to a score and the lean stay what they are. Tokens of
 * an encoder are longer than units of Chinese: the first HEAD_PLACES / 2 numbers of the place say
 * that the unit is the token's first, second, third or a later one, the others how many follow.
 *
 * The bytes. Little-endian:
 *
 *     0  magic "HTHEAD1\n"      16  dim       28  layers of the encoder
 *     8  version                20  hidden    32  name of the encoder, 0 at its end
 *    12  length of all          24  types     64  check: 64 bits over bytes [8, 64) and [72, n)
 *    72  floats: mean[dim], 1 / spread[dim], b1[hidden], w1[hidden][dim + HEAD_PLACES],
 *        b2[4 types], w2[4 types][hidden]
 *
 * A head is refused when a field is out of bounds, a float is not finite or beyond HEAD_WEIGHT_MAX,
 * or the check is wrong. What it adds is held to HEAD_ADDS_MAX, so that sums stay in 16 bits.
 */
#include <assert.h>
#include <math.h>

#include "base/hash.h"
#include "base/mem.h"
#include "gate/names/head_impl.h"

enum { SEED = 0x4C, LANES = 8 };
#define HEAD_WEIGHT_MAX 1e5F

size_t names_head_floats(uint32_t dim, uint32_t hidden, uint32_t types) {
    size_t row = 4 * (size_t)types;
    return 2 * (size_t)dim + hidden * (1 + (size_t)dim + HEAD_PLACES) + row * (1 + (size_t)hidden);
}

uint64_t names_head_check(Str bytes) {
    uint64_t fields = hash_check64(bytes.p + 8, 56, SEED);
    return hash_check64(bytes.p + HEAD_HEADER, bytes.n - HEAD_HEADER, fields);
}

/* The fields behind the version; false: they or the check are wrong. */
static bool read_fields(Str bytes, Reader *r, NamesHead *out) {
    uint32_t length = reader_u32(r);
    out->dim = reader_u32(r);
    out->hidden = reader_u32(r);
    out->types = reader_u32(r);
    out->layers = reader_u32(r);
    const uint8_t *name = reader_bytes(r, HEAD_SPACE);
    uint64_t check = reader_u64(r);
    if (r->bad || length != bytes.n || out->dim < 1 || out->dim > HEAD_DIM_MAX ||
        out->hidden < 1 || out->hidden > HEAD_HIDDEN_MAX || out->types < 1 ||
        out->types > NAMES_TYPES_MAX || out->layers < 1 || out->layers > HEAD_LAYERS_MAX ||
        !memchr(name, 0, HEAD_SPACE)) {
        return false;
    }
    memcpy(out->space, name, HEAD_SPACE);
    return check == names_head_check(bytes) &&
           bytes.n == HEAD_HEADER + 4 * names_head_floats(out->dim, out->hidden, out->types);
}

/* n numbers within bounds; false: one is not, or is no number at all. */
static bool read_floats(Reader *r, float *w, size_t n) {
    for (size_t i = 0; i < n; i++) {
        w[i] = reader_f32(r);
        if (!(fabsf(w[i]) <= HEAD_WEIGHT_MAX)) return false; /* nor is it when it is no number */
    }
    return true;
}

/* Where each table of a head begins in its floats, in the file's order. */
void names_head_place_tables(NamesHead *h, float *w) {
    assert(h->dim > 0 && h->dim <= HEAD_DIM_MAX && h->hidden <= HEAD_HIDDEN_MAX);
    h->mean = w;
    h->sharpness = h->mean + h->dim;
    h->b1 = h->sharpness + h->dim;
    h->w1 = h->b1 + h->hidden;
    h->b2 = h->w1 + (size_t)h->hidden * (h->dim + HEAD_PLACES);
    h->w2 = h->b2 + 4 * (size_t)h->types;
}

static Status damaged(Err *err) {
    return err_set(err, E_CORRUPT, "a head of the tagger is damaged");
}

Status names_head_read(Str bytes, NamesHead **out, Err *err) {
    Reader r = reader_init(bytes.p, bytes.n);
    const uint8_t *magic = reader_bytes(&r, 8);
    NamesHead read = {.dim = 0};
    *out = NULL;
    if (!magic || memcmp(magic, HEAD_MAGIC, 8) != 0) {
        return err_set(err, E_CORRUPT, "this is no head of the tagger");
    }
    uint32_t version = reader_u32(&r);
    if (!r.bad && version != HEAD_VERSION) {
        return err_set(err, E_UNSUPPORTED, "version %u of a tagger's head is unknown", version);
    }
    if (!read_fields(bytes, &r, &read)) return damaged(err);
    size_t n = names_head_floats(read.dim, read.hidden, read.types);
    NamesHead *head = mem_alloc(sizeof *head + n * sizeof(float));
    if (!head) return err_no_memory(err, "a head of the tagger");
    *head = read;
    names_head_place_tables(head, head->w);
    if (!read_floats(&r, head->w, n)) {
        names_head_free(head);
        return damaged(err);
    }
    *out = head;
    return OK;
}

void names_head_free(NamesHead *head) {
    mem_free(head);
}

bool names_head_fits(const NamesHead *head, const NamesModel *model) {
    return head->types == model->types;
}

/* Several sums side by side: the compiler may not reorder one. */
float names_head_dot(const float *a, const float *b, size_t n) {
    float lane[LANES] = {0}, sum = 0;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        for (size_t k = 0; k < LANES; k++) lane[k] += a[i + k] * b[i + k];
    }
    for (; i < n; i++) sum += a[i] * b[i];
    for (size_t k = 0; k < LANES; k++) sum += lane[k];
    return sum;
}

static uint32_t up_to_three(uint32_t n) {
    return n < 3 ? n : 3;
}

void names_head_input(const NamesHead *h, const float *state, HeadPlace place, float *x) {
    for (uint32_t i = 0; i < h->dim; i++) x[i] = (state[i] - h->mean[i]) * h->sharpness[i];
    memset(x + h->dim, 0, HEAD_PLACES * sizeof *x);
    x[h->dim + up_to_three(place.before)] = 1;
    x[h->dim + HEAD_PLACES / 2 + up_to_three(place.behind)] = 1;
}

/* How many units of the same token stand before and behind unit i. */
HeadPlace names_head_place(const uint32_t *token, uint32_t n, uint32_t i) {
    HeadPlace place = {0, 0};
    assert(i < n);
    while (place.before < i && token[i - place.before - 1] == token[i]) place.before++;
    while (i + place.behind + 1 < n && token[i + place.behind + 1] == token[i]) place.behind++;
    return place;
}

void names_head_add(const NamesHead *h, const float *x, int16_t *row) {
    float hidden[HEAD_HIDDEN_MAX];
    size_t width = (size_t)h->dim + HEAD_PLACES;
    assert(h->hidden <= HEAD_HIDDEN_MAX && 4 * h->types <= ROW_MAX);
    for (uint32_t k = 0; k < h->hidden; k++) {
        float sum = h->b1[k] + names_head_dot(h->w1 + k * width, x, width);
        hidden[k] = sum > 0 ? sum : 0;
    }
    for (uint32_t r = 0; r < 4 * h->types; r++) {
        float y = h->b2[r] + names_head_dot(h->w2 + (size_t)r * h->hidden, hidden, h->hidden);
        if (!(fabsf(y) <= HEAD_ADDS_MAX)) y = y > 0 ? HEAD_ADDS_MAX : -HEAD_ADDS_MAX;
        row[r] = (int16_t)(row[r] + (int)lrintf(y));
    }
}
