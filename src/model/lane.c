/*
 * The body of wave.h, second part: the operations of a lane, but for attention (lane_attend.c).
 *
 * A pass is a sequence of rounds (base/round.h): every lane runs the family's forward function, and
 * a round in it is shared by whoever is there. A lane that lost its CPU holds nobody up; it skips
 * what the others did meanwhile. There are two kinds of work:
 *
 * Vector work (norms, residual, rotation, quantising) is put on a list, and the list is run for
 * each token when a product or attention needs its outcome (lane_flush). With few tokens the lane
 * that leads runs it alone between two rounds: 1,536 floats cost less than waiting for each other.
 * With LANE_SPLIT_TOKENS or more it is a round of its own, whose items are tokens.
 *
 * Products are rounds whose items are slices of rows. Up to LANE_SMALL_TOKENS tokens (decode,
 * verify, a few streams) they are repeatable: a slice is computed in the lane's memory and handed
 * over, and inputs lie in slots, so that a late lane never reads what is being overwritten. More
 * tokens: items write in place.
 *
 * Every output number is computed by one lane from the same inputs in the same order, whatever the
 * slices: same bytes for any number of lanes.
 *
 * Worked example, gate and up of a layer in decode (m = 1, n_ff 8,960, Q4_K of 1,536 columns, 2
 * lanes): a row costs 864 bytes in each matrix, 1,728 together; all of it is 15.5 MB, over 2 *
 * LANE_SLICE_ITEMS = 16 items 968 KB, cut to LANE_SLICE_MOST = 256 KiB: 151 rows, of which 128 are
 * whole pairs of panels: 70 items. A lane takes one, multiplies gate and up into its own memory,
 * applies silu, claims the item and copies 128 floats into Wave.gate.
 */
#include "model/lane.h"

#include <assert.h>
#include <string.h>

enum {
    LANE_SPLIT_TOKENS = 4,
    LANE_TOKEN_ITEMS = 4,  /* items of vector work for each lane, about */
    LANE_TOKENS_MAX = 32,  /* tokens of such an item */
    LANE_SLICE = 128,      /* rows of an item, many tokens, at most: lane_cut_many() */
    LANE_SLICE_PAIRED = 64, /* where rows of a second product or quantised ones lie beside them */
    LANE_INTO_TOKENS = 16, /* tokens whose rows of an item are quantised at once */
    LANE_GATHER_TOKENS = 64, /* from so many tokens and columns on: lane_gathers() */
    LANE_GATHER_COLS = 2048,
    LANE_SLICE_UNIT = 32,  /* rows of two panels: what a product of many tokens takes at once */
    LANE_MANY_LANES = 8,   /* more lanes: few tokens by single panels of 16 rows */
    LANE_SLICE_ITEMS = 8,  /* items for each lane, at least, where bytes allow */
};
/* Bytes. Gate and up take turns in an item, and each turn finds its stream of memory anew: 64 rows
   (128 KiB) cost one thread 12 % of its bandwidth, 256 rows 1 %. */
static const size_t LANE_SLICE_LEAST = 16 << 10, LANE_SLICE_MOST = 256 << 10;

_Static_assert(LANE_SLICE % LANE_SLICE_UNIT == 0 && LANE_SLICE_MAX % LANE_SLICE_UNIT == 0, "units");
_Static_assert(HYPER_LOGITS_MAX / (LANE_SLICE_UNIT / 2) <= ROUND_ITEMS_MAX, "one product's items");
_Static_assert(3 * (HYPER_HEADS_MAX * KERN_HEAD_DIM_MAX / (LANE_SLICE_UNIT / 2)) <= ROUND_ITEMS_MAX,
               "items of queries, keys and values");
_Static_assert(LANE_SLICE_UNIT / 2 % KERN_PANEL_ROWS == 0, "items begin at panels");

static size_t lane_pad(size_t bytes) {
    return (bytes + KERN_ALIGN - 1) / KERN_ALIGN * KERN_ALIGN;
}

/* Floats of a slice's results: few tokens of many rows, or a pass of few. */
static size_t lane_slice_floats(int m_max) {
    size_t small = LANE_SMALL_TOKENS * LANE_SLICE_MAX, large = (size_t)m_max * LANE_SLICE_PAIRED;
    return small > large ? small : large;
}

/* Private: a row, results of a slice twice, scratch, a gap. */
size_t lane_private_bytes(size_t n_embd, int m_max, size_t scratch_bytes) {
    size_t slice = lane_pad(lane_slice_floats(m_max) * sizeof(float));
    return lane_pad(n_embd * sizeof(float)) + 2 * slice + lane_pad(scratch_bytes) + 2 * KERN_ALIGN;
}

/* A slot: quantised inputs of few tokens, and the floats for who multiplies with those. */
size_t lane_slot_bytes(size_t cols, unsigned formats) {
    return lane_pad(kern_act_bytes(formats, LANE_SMALL_TOKENS, cols)) +
           lane_pad(LANE_SMALL_TOKENS * cols * sizeof(float));
}

/* The next `bytes` of a lane's memory, aligned. */
static char *lane_cut(char **at, size_t bytes) {
    char *piece = *at;
    *at += lane_pad(bytes);
    return piece;
}

void lane_init(Lane *ln, Wave *w, int thread, int m) {
    assert(0 <= thread && thread < pool_size(w->pool));
    *ln = (Lane){.w = w, .model = w->model, .kern = w->kern, .x = w->x, .h = w->h};
    size_t slice = lane_slice_floats(w->m_max) * sizeof(float);
    char *at = w->lanes + w->lane_bytes * (size_t)thread;
    ln->n_lanes = pool_size(w->pool);
    ln->tmp = (float *)(void *)lane_cut(&at, lane_width(ln) * sizeof(float));
    ln->slice = (float *)(void *)lane_cut(&at, slice);
    ln->slice_up = (float *)(void *)lane_cut(&at, slice);
    ln->scratch = at;
    assert(at < w->lanes + w->lane_bytes * ((size_t)thread + 1)); /* lane_private_bytes() */
    lane_set_tokens(ln, m);
    round_lane_init(&ln->round, w->rounds, thread);
}

void lane_set_tokens(Lane *ln, int m) {
    assert(0 < m && m <= ln->w->m_max);
    ln->m = m;
    ln->small = m <= LANE_SMALL_TOKENS;
}

/* ---- vector work: the list ------------------------------------------------------------------- */

void lane_push(Lane *ln, LaneStep step) {
    assert(ln->n_steps < LANE_STEPS_MAX);
    ln->steps[ln->n_steps++] = step;
}

/* The list in order, for tokens [t0, t1): steps of one token depend on each other, tokens do
   not. */
static void lane_run_steps(Lane *ln, int t0, int t1) {
    for (int i = 0; i < ln->n_steps; i++) ln->steps[i].fn(ln, &ln->steps[i], t0, t1);
}

void lane_flush(Lane *ln) {
    int unit = ln->m / (ln->n_lanes * LANE_TOKEN_ITEMS);
    unit = unit < 1 ? 1 : unit > LANE_TOKENS_MAX ? LANE_TOKENS_MAX : unit;
    if (ln->m < LANE_SPLIT_TOKENS) {
        if (round_leads(&ln->round)) lane_run_steps(ln, 0, ln->m);
    } else if (round_begin(&ln->round, (ln->m + unit - 1) / unit, ROUND_PLAIN)) {
        for (int item; (item = round_next(&ln->round)) >= 0;) {
            int t0 = item * unit;
            lane_run_steps(ln, t0, ln->m - t0 < unit ? ln->m : t0 + unit);
        }
        round_end(&ln->round);
    }
    ln->n_steps = 0;
}

/* ---- products -------------------------------------------------------------------------------- */

/* Points ln->act to the inputs: in the slot of this round, or in the wave's memory. */
void lane_place_act(Lane *ln) {
    const LaneInput *in = &ln->input;
    Wave *w = ln->w;
    char *slot = w->slots + w->slot_bytes * (size_t)ln->round.slot;
    kern_act_init(&ln->act, in->formats, ln->m, in->cols, ln->small ? slot : in->mem);
    size_t behind = lane_pad(kern_act_bytes(in->formats, ln->m, in->cols));
    ln->act.x = ln->small ? (const float *)(const void *)(slot + behind) : in->x;
    ln->act.ldx = in->cols;
}

/* Rows of the input into the formats that products want. Few tokens: floats are copied into the
   slot, too, so that a late lane never reads an x that has moved on. */
static void lane_quantise_tokens(Lane *ln, const LaneStep *step, int t0, int t1) {
    const LaneInput *in = &ln->input;
    size_t n = in->cols;
    lane_place_act(ln);
    if (ln->small && (in->formats & KERN_ACT_F32)) {
        float *copy = (float *)(uintptr_t)ln->act.x;
        memcpy(row_of(copy, t0, n), in->x + (size_t)t0 * n, (size_t)(t1 - t0) * n * sizeof(float));
    }
    ln->act.x = in->x;
    ln->kern->act_fill(&ln->act, t0, t1);
}

void lane_quantise(Lane *ln, const float *x, size_t cols, const KernMat *const *mats, int n_mats) {
    assert(n_mats >= 1 && mats[0]->cols == cols && mats[n_mats - 1]->cols == cols);
    unsigned formats = 0;
    for (int i = 0; i < n_mats; i++) formats |= ln->kern->act_formats(mats[i], ln->m);
    ln->input = (LaneInput){x, cols, formats, ln->w->act};
    if (ln->small && round_leads(&ln->round)) (void)round_pick_slot(&ln->round);
    lane_push(ln, (LaneStep){.fn = lane_quantise_tokens});
    lane_flush(ln);
}

/* Rows of one matrix into out [m][ld], where out is the place of the first row. */
static void lane_multiply(Lane *ln, const KernMat *mat, LaneRange r, float *out, size_t ld) {
    KernMat rows = *mat;
    rows.rows = (uint32_t)(r.to - r.from);
    rows.data = (const char *)mat->data + kern_packed_bytes(mat->type, r.from, mat->cols);
    KernMatmul job = {&rows, &ln->act, out, ld, ln->scratch};
    ln->kern->matmul(&job, 0, rows.rows);
}

/* out = f(gate) * up, may be in place; up is NULL for encoders (GATE_GELU_ERF). */
static void lane_gate(Lane *ln, LaneGate kind, const float *gate, const float *up, LaneSpan out) {
    if (kind == GATE_SILU) ln->kern->silu_mul(gate, up, out.n, out.at);
    if (kind == GATE_GELU_TANH) ln->kern->gelu_tanh_mul(gate, up, out.n, out.at);
    if (kind == GATE_GELU_ERF) ln->kern->gelu_erf_mul(gate, up, out.n, out.at);
}

/* Where some rows of a token are computed, and where they go: the same, or rows are gathered, or a
   gate lies between. */
typedef struct LaneRow {
    float *row, *out;
} LaneRow;

/* What follows the product itself, for some rows of token t. */
static void lane_slice_token(Lane *ln, const LaneProduct *p, LaneRange r, int t, LaneRow at) {
    const LaneSpan out = {at.out, r.to - r.from};
    if (p->bias) ln->kern->add(at.row, p->bias + r.from, out.n, at.row);
    if (p->gate == GATE_NONE && at.row != at.out) memcpy(out.at, at.row, out.n * sizeof(float));
    lane_gate(ln, p->gate, at.row, p->up ? row_of(ln->slice_up, t, out.n) : NULL, out);
    if (p->finish) p->finish(ln, p, t, out);
}

/* Are rows of a product computed side by side in the lane's memory before they go to their place?
   There they are a page or more apart. K types of AVX-512 go through the sums of all tokens once
   for every 256 columns, and each time the processor looks up as many pages as there are tokens; to
   copy the rows once costs less, where there are many columns. So does what meets a gate. One
   thread of an Intel server, 512 tokens, 8960 columns, GOPS in place and gathered: Q4_K 373, 431,
   Q6_K 320, 361. In Q4_0, two blocks of columns of 1536, it lost: 434, 417. */
static bool lane_gathers(const Lane *ln, const LaneProduct *p) {
    if (p->up) return true;
    if (ln->m < LANE_GATHER_TOKENS || p->mat->cols < LANE_GATHER_COLS) return false;
    return (ln->kern->act_formats(p->mat, ln->m) & KERN_ACT_I8K) != 0;
}

/* Everything about some rows of a product. Results lie in out [m][ld]. */
static void lane_slice_rows(Lane *ln, const LaneProduct *p, LaneRange r, float *out, size_t ld) {
    const bool gathers = lane_gathers(ln, p);
    float *rows = gathers ? ln->slice : out;
    size_t next = gathers ? r.to - r.from : ld;
    /* without a second product its memory, which lies behind, is free */
    assert(!gathers || (size_t)ln->m * next <= (p->up ? 1 : 2) * lane_slice_floats(ln->w->m_max));
    lane_multiply(ln, p->mat, r, rows, next);
    if (p->up) lane_multiply(ln, p->up, r, ln->slice_up, next);
    for (int t = 0; t < ln->m; t++) {
        lane_slice_token(ln, p, r, t, (LaneRow){row_of(rows, t, next), row_of(out, t, ld)});
    }
}

/* Rows that become columns of the next product's input: some tokens at a time, while they are in
   the first cache level. */
static void lane_slice_into(Lane *ln, const LaneProduct *p, LaneRange r) {
    size_t n = r.to - r.from;
    KernAct some;
    kern_act_columns(p->into, r.from, n, &some);
    some.x = ln->slice;
    some.ldx = n;
    lane_multiply(ln, p->mat, r, ln->slice, n);
    if (p->up) lane_multiply(ln, p->up, r, ln->slice_up, n);
    for (int t0 = 0; t0 < ln->m; t0 += LANE_INTO_TOKENS) {
        int t1 = ln->m - t0 < LANE_INTO_TOKENS ? ln->m : t0 + LANE_INTO_TOKENS;
        for (int t = t0; t < t1; t++) {
            float *row = row_of(ln->slice, t, n);
            lane_slice_token(ln, p, r, t, (LaneRow){row, row});
        }
        ln->kern->act_fill(&some, t0, t1);
    }
}

/* Few tokens: computed privately and handed over by whoever claims the item first; a lane that
   comes late with the same item throws its copy away. Many: written in place, each item by one
   lane. */
static void lane_slice_item(Lane *ln, const LaneProduct *p, LaneRange r, int item) {
    size_t ld = p->mat->rows, n = r.to - r.from;
    assert(r.from < r.to && r.to <= ld);
    assert(!ln->small || (n <= LANE_SLICE_MAX && !p->into)); /* slice has room; a claim is of y */
    if (!ln->small) {
        if (p->into) lane_slice_into(ln, p, r);
        else lane_slice_rows(ln, p, r, p->y + r.from, ld);
        return;
    }
    lane_slice_rows(ln, p, r, ln->slice, n);
    if (!round_claim(&ln->round, item)) return;
    for (int t = 0; t < ln->m; t++) {
        float *to = p->rows ? p->rows[t] : row_of(p->y, t, ld);
        memcpy(to + r.from, row_of(ln->slice, t, n), n * sizeof(float));
    }
    round_commit(&ln->round, item);
}

/* Bytes of memory that one row of a product reads. */
static size_t lane_row_cost(const LaneProduct *p) {
    return kern_row_bytes(p->mat->type, p->mat->cols) +
           (p->up ? kern_row_bytes(p->up->type, p->up->cols) : 0);
}

/* How a product is cut: n[i] items of size[i] rows, one kind after the other. */
enum { LANE_CUTS = 3 };
typedef struct LaneSlices {
    size_t size[LANE_CUTS];
    int n[LANE_CUTS];
} LaneSlices;

/* Many tokens. A large item reads the activations once for more rows: those of 512 tokens do not
   fit the second cache level where a matrix is wide. So items begin large and get smaller, and of
   each size every lane can have as many as any other: nobody waits long for the last. 896 rows, 2
   lanes: 4 of 128, 6 of 64. */
static LaneSlices lane_cut_many(const Lane *ln, const LaneProduct *p) {
    LaneSlices cut = {.size = {LANE_SLICE, LANE_SLICE / 2, LANE_SLICE_UNIT}};
    size_t left = p->mat->rows, lanes = (size_t)ln->n_lanes;
    if (p->up || p->into) cut.size[0] = LANE_SLICE_PAIRED;
    for (int i = 0; i < LANE_CUTS - 1; i++) {
        size_t each = left / (cut.size[i] * lanes);
        if (i == 0 && each > 0) each--;
        cut.n[i] = (int)(each * lanes);
        left -= each * lanes * cut.size[i];
    }
    cut.n[LANE_CUTS - 1] = (int)((left + LANE_SLICE_UNIT - 1) / LANE_SLICE_UNIT);
    return cut;
}

/* Few tokens: as many bytes in each item. */
static LaneSlices lane_cut_few(const Lane *ln, const LaneProduct *products, int n, int which) {
    const size_t unit = ln->n_lanes > LANE_MANY_LANES ? LANE_SLICE_UNIT / 2 : LANE_SLICE_UNIT;
    const LaneProduct *p = &products[which];
    size_t total = 0;
    for (int i = 0; i < n; i++) total += lane_row_cost(&products[i]) * products[i].mat->rows;
    size_t bytes = total / (size_t)(ln->n_lanes * LANE_SLICE_ITEMS);
    if (bytes < LANE_SLICE_LEAST) bytes = LANE_SLICE_LEAST;
    if (bytes > LANE_SLICE_MOST) bytes = LANE_SLICE_MOST;
    size_t rows = bytes / lane_row_cost(p) / unit * unit;
    rows = rows < unit ? unit : rows > LANE_SLICE_MAX ? LANE_SLICE_MAX : rows;
    return (LaneSlices){.size = {rows}, .n = {(int)((p->mat->rows + rows - 1) / rows)}};
}

static int lane_slices(const LaneSlices *cut) {
    int n = 0;
    for (int i = 0; i < LANE_CUTS; i++) n += cut->n[i];
    return n;
}

/* Rows of an item; the last one may have fewer than its size. */
static LaneRange lane_slice_range(const LaneSlices *cut, int item, size_t rows) {
    size_t from = 0;
    int i = 0;
    for (; item >= cut->n[i]; i++) {
        from += (size_t)cut->n[i] * cut->size[i];
        item -= cut->n[i];
    }
    from += (size_t)item * cut->size[i];
    assert(i < LANE_CUTS && from < rows);
    return (LaneRange){from, rows - from < cut->size[i] ? rows : from + cut->size[i]};
}

/* Several products of one input: a round whose items are slices of all of them, in order. */
void lane_multiply_all(Lane *ln, const LaneProduct *products, int n) {
    assert(0 < n && n <= LANE_PRODUCTS_MAX);
    assert(products[0].mat->cols == ln->input.cols && ln->n_steps == 0); /* the input is there */
    LaneSlices cut[LANE_PRODUCTS_MAX];
    int first[LANE_PRODUCTS_MAX + 1] = {0}, which = 0;
    for (int i = 0; i < n; i++) {
        cut[i] = ln->small ? lane_cut_few(ln, products, n, i) : lane_cut_many(ln, &products[i]);
        first[i + 1] = first[i] + lane_slices(&cut[i]);
    }
    if (!round_begin(&ln->round, first[n], ln->small ? ROUND_REPEATABLE : ROUND_PLAIN)) return;
    lane_place_act(ln);
    for (int item; (item = round_next(&ln->round)) >= 0;) {
        while (item < first[which]) which--;
        while (item >= first[which + 1]) which++;
        const LaneProduct *p = &products[which];
        LaneRange r = lane_slice_range(&cut[which], item - first[which], p->mat->rows);
        lane_slice_item(ln, p, r, item);
    }
    round_end(&ln->round);
}

void lane_qkv(Lane *ln, const Layer *l) {
    Wave *w = ln->w;
    const float *in = ln->model->arch->encoder ? ln->x : ln->h;
    const KernMat *mats[] = {&l->q, &l->k, &l->v};
    lane_quantise(ln, in, lane_width(ln), mats, 3);
    LaneProduct products[] = {{.mat = &l->q, .y = w->q, .bias = l->q_bias},
                              {.mat = &l->k, .y = w->k, .bias = l->k_bias},
                              {.mat = &l->v, .y = w->v, .bias = l->v_bias}};
    lane_multiply_all(ln, products, 3);
}

void lane_attn_out(Lane *ln, const Layer *l) {
    const KernMat *mats[] = {&l->o};
    lane_quantise(ln, ln->w->att, l->o.cols, mats, 1);
    LaneProduct product = {.mat = &l->o, .y = ln->w->branch, .bias = l->o_bias};
    lane_multiply_all(ln, &product, 1);
}

/* How a feed-forward product's rows become down's input. Where down takes a scale per 32 columns
   each slice is quantised while it is near, and the floats of all tokens are never written: their
   memory, Wave.gate, holds the quantised ones. K types on AVX-512 have one float for 256 columns,
   more than a slice. */
bool lane_gate_holds(unsigned formats, int m, size_t cols) {
    if (m <= LANE_SMALL_TOKENS || formats & (KERN_ACT_F32 | KERN_ACT_I8K)) return false;
    return kern_act_bytes(formats, m, cols) <= (size_t)m * cols * sizeof(float);
}

static bool lane_takes_slices(const Lane *ln, const KernMat *down, LaneInput *in) {
    const unsigned formats = ln->kern->act_formats(down, ln->m);
    *in = (LaneInput){.cols = down->cols, .formats = formats, .mem = (char *)ln->w->gate};
    assert(ln->small == (ln->m <= LANE_SMALL_TOKENS));
    return lane_gate_holds(formats, ln->m, in->cols);
}

/* The first product of a feed-forward part, then down. */
static void lane_ffn(Lane *ln, const Layer *l, LaneProduct *product) {
    const KernMat *mats[] = {&l->down};
    LaneInput input;
    KernAct next;
    product->y = ln->w->gate;
    const bool slices = lane_takes_slices(ln, &l->down, &input);
    if (slices) {
        kern_act_init(&next, input.formats, ln->m, input.cols, input.mem);
        product->into = &next;
    }
    lane_multiply_all(ln, product, 1);
    if (slices) ln->input = input;
    else lane_quantise(ln, ln->w->gate, l->down.cols, mats, 1);
    LaneProduct down = {.mat = &l->down, .y = ln->w->branch, .bias = l->down_bias};
    lane_multiply_all(ln, &down, 1);
}

void lane_ffn_gated(Lane *ln, const Layer *l, LaneGate kind) {
    const KernMat *mats[] = {&l->gate, &l->up};
    lane_quantise(ln, ln->h, lane_width(ln), mats, 2);
    LaneProduct product = {.mat = &l->gate, .up = &l->up, .gate = kind};
    lane_ffn(ln, l, &product);
}

void lane_ffn_plain(Lane *ln, const Layer *l) {
    const KernMat *mats[] = {&l->up};
    lane_quantise(ln, ln->x, lane_width(ln), mats, 1);
    LaneProduct product = {.mat = &l->up, .bias = l->up_bias, .gate = GATE_GELU_ERF};
    lane_ffn(ln, l, &product);
}

/* ---- vector work: the steps ------------------------------------------------------------------ */

/* A row of a table as it stands in the file, dequantised. Rows are in range: session_check() saw
   the ids, or the vocabulary made them, whose size engine_check_vocab() saw. */
static void lane_read_row(const GgufTensor *table, int64_t row, float *out) {
    size_t cols = (size_t)table->dims[0];
    size_t bytes = kern_row_bytes((KernType)table->type, cols);
    kern_dequant_row((KernType)table->type, table->data + (size_t)row * bytes, cols, out);
}

/* A table that is the head as well is read from the packed head: the same values, and the pages of
   the file stay out of memory. */
static void lane_read_embedding(const Model *m, int32_t token, float *out) {
    if (m->tied) kern_unpack_row(&m->head, (size_t)token, out);
    else lane_read_row(m->embd, token, out);
}

/* x[t] = scale * row of the token. */
static void lane_embed_tokens(Lane *ln, const LaneStep *step, int t0, int t1) {
    size_t n = lane_width(ln);
    for (int t = t0; t < t1; t++) {
        float *x = row_of(ln->x, t, n);
        lane_read_embedding(ln->model, ln->w->tokens[t], x);
        for (size_t i = 0; step->scale != 1.0f && i < n; i++) x[i] *= step->scale;
    }
}

void lane_embed(Lane *ln, float scale) {
    lane_push(ln, (LaneStep){.fn = lane_embed_tokens, .scale = scale});
}

static void lane_embed_encoder_tokens(Lane *ln, const LaneStep *step, int t0, int t1) {
    const Model *m = ln->model;
    size_t n = lane_width(ln);
    for (int t = t0; t < t1; t++) {
        float *x = row_of(ln->x, t, n);
        lane_read_row(m->embd, ln->w->tokens[t], x);
        lane_read_row(m->position_embd, lane_position(ln, t), ln->tmp);
        ln->kern->add(x, ln->tmp, n, x);
        if (m->type_embd) ln->kern->add(x, m->type_embd, n, x);
        ln->kern->layernorm(x, m->embd_norm, n, (float)m->hyper.norm_eps, x);
    }
}

void lane_embed_encoder(Lane *ln) {
    lane_push(ln, (LaneStep){.fn = lane_embed_encoder_tokens});
}

/* cos and sin of each token's own position, once a pass; layers with a window have another base. */
static void lane_rope_tokens(Lane *ln, const LaneStep *step, int t0, int t1) {
    const Model *m = ln->model;
    Wave *w = ln->w;
    size_t n_rot = (size_t)m->hyper.n_rot;
    for (int t = t0; t < t1; t++) {
        double at = lane_position(ln, t);
        kern_rope_table(m->rope_inv_freq, (int)n_rot / 2, at, 1, row_of(w->rope, t, n_rot));
        if (!m->rope_inv_freq_local) continue;
        float *local = row_of(w->rope_local, t, n_rot);
        kern_rope_table(m->rope_inv_freq_local, (int)n_rot / 2, at, 1, local);
    }
}

void lane_rope_tables(Lane *ln) {
    lane_push(ln, (LaneStep){.fn = lane_rope_tokens});
}

static void lane_copy_tokens(Lane *ln, const LaneStep *step, int t0, int t1) {
    size_t n = lane_width(ln);
    memcpy(row_of(step->to, t0, n), row_of(ln->x, t0, n), (size_t)(t1 - t0) * n * sizeof(float));
}

/* The states after the first `done` layers, if they are wanted; every lane pushes the same. */
static void lane_tap(Lane *ln, int done) {
    const Wave *w = ln->w;
    if (done < 1 || done > WAVE_TAPS_MAX || !(w->taps >> (done - 1) & 1)) return;
    int before = __builtin_popcountll(w->taps & ((1ull << (done - 1)) - 1));
    float *to = w->tapped + (size_t)before * (size_t)w->m * lane_width(ln);
    lane_push(ln, (LaneStep){.fn = lane_copy_tokens, .to = to});
}

/* The lane that leads asks; a stop ends every round of the pass at once. */
bool lane_layer(Lane *ln, int il) {
    Wave *w = ln->w;
    lane_tap(ln, il);
    if (w->layers > 0 && il == w->layers) {
        assert(!ln->narrow);
        lane_flush(ln);
        return false;
    }
    if (round_leads(&ln->round) && w->stop && w->stop(w->stop_user)) round_stop(&ln->round);
    return !rounds_stopped(w->rounds);
}

static void lane_rmsnorm_tokens(Lane *ln, const LaneStep *step, int t0, int t1) {
    size_t n = lane_width(ln);
    float eps = (float)ln->model->hyper.norm_eps;
    for (int t = t0; t < t1; t++) {
        ln->kern->rmsnorm(row_of(ln->x, t, n), step->weight, n, eps, row_of(step->to, t, n));
    }
}

void lane_rmsnorm(Lane *ln, const float *weight) {
    lane_push(ln, (LaneStep){.fn = lane_rmsnorm_tokens, .weight = weight, .to = ln->h});
}

/* x += branch, normed first where the family does so (Gemma). */
static void lane_join_tokens(Lane *ln, const LaneStep *step, int t0, int t1) {
    size_t n = lane_width(ln);
    float eps = (float)ln->model->hyper.norm_eps;
    for (int t = t0; t < t1; t++) {
        const float *branch = row_of(ln->w->branch, t, n);
        float *x = row_of(ln->x, t, n);
        if (step->weight) {
            ln->kern->rmsnorm(branch, step->weight, n, eps, ln->tmp);
            branch = ln->tmp;
        }
        ln->kern->add(x, branch, n, x);
    }
}

void lane_join(Lane *ln, const float *weight) {
    lane_push(ln, (LaneStep){.fn = lane_join_tokens, .weight = weight});
}

static void lane_join_layernorm_tokens(Lane *ln, const LaneStep *step, int t0, int t1) {
    size_t n = lane_width(ln);
    float eps = (float)ln->model->hyper.norm_eps;
    for (int t = t0; t < t1; t++) {
        float *x = row_of(ln->x, t, n);
        ln->kern->add(x, row_of(ln->w->branch, t, n), n, x);
        ln->kern->layernorm(x, step->weight, n, eps, x);
    }
}

void lane_join_layernorm(Lane *ln, const float *weight_bias) {
    lane_push(ln, (LaneStep){.fn = lane_join_layernorm_tokens, .weight = weight_bias});
}

void lane_finish(Lane *ln, const float *weight) {
    lane_push(ln, (LaneStep){.fn = lane_rmsnorm_tokens, .weight = weight, .to = ln->w->out});
    lane_flush(ln);
}

void lane_finish_plain(Lane *ln) {
    lane_push(ln, (LaneStep){.fn = lane_copy_tokens, .to = ln->w->out});
    lane_flush(ln);
}
