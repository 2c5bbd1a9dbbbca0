/*
 * The body of wave.h, second part: the operations of a lane, but for attention (lane_attend.c).
 *
 * Where the barriers are. A product reads its whole input and writes a range of rows, so there is a
 * barrier before it (all of the input is there) and one after it (all rows are there). With one
 * token the first is not needed, because every lane made the whole input for itself; `alone` says
 * so, and lane_share() is then nothing. x and h of an alone lane are its own copies and stay
 * equal over the lanes, since all do the same arithmetic on them.
 *
 * Shares. One token: each lane has a fixed, contiguous range of rows, one long stream of memory.
 * Many tokens: the work is cut into items (slices of rows; blocks of queries), and lanes take the
 * next one from a counter, so that a lane whose CPU is busy elsewhere holds up nobody for longer
 * than one item. The counter of the next round is set back by lane 0 before the barrier that ends
 * this round.
 */
#include "model/lane.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { LANE_ROW_UNIT = 32, LANE_SLICE = 64 /* rows */ };

static size_t lane_pad(size_t bytes) {
    return (bytes + KERN_ALIGN - 1) / KERN_ALIGN * KERN_ALIGN;
}

/* Private: rows x, h and tmp; two tables of cos and sin; quantised input; scratch; a gap. */
size_t lane_private_bytes(size_t n_embd, size_t n_rot, size_t act_bytes, size_t scratch_bytes) {
    return 3 * lane_pad(n_embd * sizeof(float)) + 2 * lane_pad(n_rot * sizeof(float)) +
           lane_pad(act_bytes) + lane_pad(scratch_bytes) + 2 * KERN_ALIGN;
}

/* By tokens: an equal share, or everything when alone. */
static void lane_take_tokens(Lane *ln) {
    ln->t0 = ln->alone ? 0 : (int)((int64_t)ln->m * ln->thread / ln->n_threads);
    ln->t1 = ln->alone ? ln->m : (int)((int64_t)ln->m * (ln->thread + 1) / ln->n_threads);
}

static char *lane_cut(char **at, size_t bytes) {
    char *piece = *at;
    *at += lane_pad(bytes);
    return piece;
}

void lane_place(Lane *ln) {
    Wave *w = ln->w;
    size_t row = (size_t)ln->model->hyper.n_embd * sizeof(float);
    size_t table = (size_t)ln->model->hyper.n_rot * sizeof(float);
    char *at = w->lanes + w->lane_bytes * (size_t)ln->thread;
    char *x = lane_cut(&at, row), *h = lane_cut(&at, row);
    ln->tmp = (float *)(void *)lane_cut(&at, row);
    char *rope = lane_cut(&at, table), *local = lane_cut(&at, table);
    char *act = lane_cut(&at, w->lane_act_bytes);
    ln->scratch = at;
    ln->x = ln->alone ? (float *)(void *)x : w->x;
    ln->h = ln->alone ? (float *)(void *)h : w->h;
    ln->rope = ln->alone ? (float *)(void *)rope : w->rope;
    ln->rope_local = ln->alone ? (float *)(void *)local : w->rope_local;
    ln->act_mem = ln->alone ? act : w->act;
    lane_take_tokens(ln);
}

void lane_init(Lane *ln, Wave *w, int thread, int n_threads) {
    *ln = (Lane){.w = w, .model = w->model, .kern = w->kern, .thread = thread, .m = w->m};
    ln->n_threads = n_threads;
    ln->alone = w->m == 1;
    lane_place(ln);
}

void lane_init_head(Lane *ln, Wave *w, int thread, int n_threads, int n) {
    lane_init(ln, w, thread, n_threads);
    ln->m = n;
    ln->alone = n == 1;
    lane_place(ln);
}

/* After work by tokens: what I made is visible to all. */
static void lane_share(Lane *ln) {
    if (!ln->alone) pool_barrier(ln->w->pool);
}

/* ---- products ------------------------------------------------------------------------------ */

LaneRange lane_rows(const Lane *ln, size_t rows) {
    size_t units = (rows + LANE_ROW_UNIT - 1) / LANE_ROW_UNIT;
    size_t from = units * (size_t)ln->thread / (size_t)ln->n_threads * LANE_ROW_UNIT;
    size_t to = units * ((size_t)ln->thread + 1) / (size_t)ln->n_threads * LANE_ROW_UNIT;
    return (LaneRange){from < rows ? from : rows, to < rows ? to : rows};
}

void lane_quantise(Lane *ln, const float *x, size_t cols, const KernMat *const *mats, int n_mats) {
    unsigned formats = 0;
    for (int i = 0; i < n_mats; i++) formats |= ln->kern->act_formats(mats[i], ln->m);
    kern_act_init(&ln->act, formats, ln->m, cols, ln->act_mem);
    ln->act.x = x;
    ln->act.ldx = cols;
    if (ln->t0 < ln->t1) ln->kern->act_fill(&ln->act, ln->t0, ln->t1);
    lane_share(ln);
}

/* One matrix, one output, rows [r.from, r.to), with its bias. */
static void lane_multiply(Lane *ln, const KernMat *mat, float *y, const float *bias, LaneRange r) {
    if (r.from >= r.to) return;
    KernMatmul job = {mat, &ln->act, y, mat->rows, ln->scratch};
    ln->kern->matmul(&job, r.from, r.to);
    for (int t = 0; bias && t < ln->m; t++) {
        float *row = row_of(y, t, mat->rows) + r.from;
        ln->kern->add(row, bias + r.from, r.to - r.from, row);
    }
}

typedef struct LaneProduct {
    const KernMat *mat;
    float *y;
    const float *bias;
} LaneProduct;

int lane_next_item(Lane *ln, int n_items) {
    _Atomic uint32_t *counter = &ln->w->next_item[ln->round & 1];
    uint32_t item = atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
    return item < (uint32_t)n_items ? (int)item : -1;
}

void lane_round_begin(Lane *ln) {
    if (ln->thread != 0) return;
    atomic_store_explicit(&ln->w->next_item[(ln->round + 1) & 1], 0, memory_order_relaxed);
}

void lane_round_end(Lane *ln) {
    lane_barrier(ln);
    ln->round++;
}

static int lane_slices(size_t rows) {
    return (int)((rows + LANE_SLICE - 1) / LANE_SLICE);
}

static LaneRange lane_slice(int slice, size_t rows) {
    size_t from = (size_t)slice * LANE_SLICE;
    return (LaneRange){from, rows - from > LANE_SLICE ? from + LANE_SLICE : rows};
}

/* Where a cut of the joint cost falls in a matrix that spans [start, start + rows*row_cost). */
static size_t lane_cut_row(uint64_t cut, uint64_t start, const KernMat *mat, uint64_t row_cost) {
    if (cut <= start) return 0;
    if (cut - start >= row_cost * mat->rows) return mat->rows;
    uint64_t unit = row_cost * LANE_ROW_UNIT;
    uint64_t row = (cut - start + unit / 2) / unit * LANE_ROW_UNIT;
    return row < mat->rows ? (size_t)row : mat->rows;
}

/* One token: lanes share the sum of the matrices' bytes evenly, each a contiguous range. */
static void lane_multiply_ranges(Lane *ln, const LaneProduct *products, int n) {
    uint64_t total = 0, start = 0;
    for (int i = 0; i < n; i++) {
        const KernMat *mat = products[i].mat;
        total += (uint64_t)kern_row_bytes(mat->type, mat->cols) * mat->rows;
    }
    uint64_t cut0 = total * (uint64_t)ln->thread / (uint64_t)ln->n_threads;
    uint64_t cut1 = total * ((uint64_t)ln->thread + 1) / (uint64_t)ln->n_threads;
    for (int i = 0; i < n; i++) {
        const LaneProduct *p = &products[i];
        uint64_t cost = kern_row_bytes(p->mat->type, p->mat->cols);
        LaneRange r = {lane_cut_row(cut0, start, p->mat, cost),
                       lane_cut_row(cut1, start, p->mat, cost)};
        lane_multiply(ln, p->mat, p->y, p->bias, r);
        start += cost * p->mat->rows;
    }
}

/* Many tokens: slices of all matrices, one after the other. */
static void lane_multiply_slices(Lane *ln, const LaneProduct *products, int n) {
    int item = lane_next_item(ln, INT32_MAX), seen = 0;
    for (int i = 0; i < n; i++) {
        const LaneProduct *p = &products[i];
        int slices = lane_slices(p->mat->rows);
        for (; item < seen + slices; item = lane_next_item(ln, INT32_MAX)) {
            lane_multiply(ln, p->mat, p->y, p->bias, lane_slice(item - seen, p->mat->rows));
        }
        seen += slices;
    }
}

/* Several matrices with one input; on return all lanes may read the outputs. */
static void lane_multiply_all(Lane *ln, const LaneProduct *products, int n) {
    lane_round_begin(ln);
    if (ln->alone) {
        lane_multiply_ranges(ln, products, n);
    } else {
        lane_multiply_slices(ln, products, n);
    }
    lane_round_end(ln);
}

void lane_qkv(Lane *ln, const Layer *l) {
    Wave *w = ln->w;
    const float *in = ln->model->arch->encoder ? ln->x : ln->h;
    const KernMat *mats[] = {&l->q, &l->k, &l->v};
    lane_quantise(ln, in, lane_width(ln), mats, 3);
    LaneProduct products[] = {
        {&l->q, w->q, l->q_bias}, {&l->k, w->k, l->k_bias}, {&l->v, w->v, l->v_bias}};
    lane_multiply_all(ln, products, 3);
}

void lane_attn_out(Lane *ln, const Layer *l) {
    const KernMat *mats[] = {&l->o};
    lane_quantise(ln, ln->w->att, l->o.cols, mats, 1);
    LaneProduct product = {&l->o, ln->w->branch, l->o_bias};
    lane_multiply_all(ln, &product, 1);
}

static void lane_down(Lane *ln, const Layer *l) {
    const KernMat *mats[] = {&l->down};
    lane_quantise(ln, ln->w->gate, l->down.cols, mats, 1);
    LaneProduct product = {&l->down, ln->w->branch, l->down_bias};
    lane_multiply_all(ln, &product, 1);
}

/* gate, up and the function between them, for some rows: still in the cache when it is gated. */
static void lane_gate_rows(Lane *ln, const Layer *l, LaneRange r, LaneGate kind) {
    Wave *w = ln->w;
    size_t n = r.to - r.from, n_ff = l->gate.rows;
    lane_multiply(ln, &l->gate, w->gate, NULL, r);
    lane_multiply(ln, &l->up, w->up, NULL, r);
    for (int t = 0; t < ln->m; t++) {
        float *gate = row_of(w->gate, t, n_ff) + r.from, *up = row_of(w->up, t, n_ff) + r.from;
        if (kind == GATE_SILU) ln->kern->silu_mul(gate, up, n, gate);
        if (kind == GATE_GELU_TANH) ln->kern->gelu_tanh_mul(gate, up, n, gate);
        if (kind == GATE_GELU_ERF) ln->kern->gelu_erf_mul(gate, up, n, gate);
    }
}

void lane_ffn_gated(Lane *ln, const Layer *l, LaneGate kind) {
    const KernMat *mats[] = {&l->gate, &l->up};
    lane_quantise(ln, ln->h, lane_width(ln), mats, 2);
    lane_round_begin(ln);
    LaneRange mine = lane_rows(ln, l->gate.rows);
    if (ln->alone && mine.from < mine.to) lane_gate_rows(ln, l, mine, kind);
    for (int item; !ln->alone && (item = lane_next_item(ln, lane_slices(l->gate.rows))) >= 0;) {
        lane_gate_rows(ln, l, lane_slice(item, l->gate.rows), kind);
    }
    lane_round_end(ln);
    lane_down(ln, l);
}

static void lane_gelu_rows(Lane *ln, const Layer *l, LaneRange r) {
    lane_multiply(ln, &l->up, ln->w->gate, l->up_bias, r);
    for (int t = 0; t < ln->m; t++) {
        float *y = row_of(ln->w->gate, t, l->up.rows) + r.from;
        ln->kern->gelu_erf_mul(y, NULL, r.to - r.from, y);
    }
}

void lane_ffn_plain(Lane *ln, const Layer *l) {
    const KernMat *mats[] = {&l->up};
    lane_quantise(ln, ln->x, lane_width(ln), mats, 1);
    lane_round_begin(ln);
    for (int item; (item = lane_next_item(ln, lane_slices(l->up.rows))) >= 0;) {
        lane_gelu_rows(ln, l, lane_slice(item, l->up.rows));
    }
    lane_round_end(ln);
    lane_down(ln, l);
}

/* ---- vector work, by tokens ---------------------------------------------------------------- */

static void lane_read_row(const GgufTensor *table, int64_t row, float *out) {
    size_t cols = (size_t)table->dims[0];
    size_t bytes = kern_row_bytes((KernType)table->type, cols);
    kern_dequant_row((KernType)table->type, table->data + (size_t)row * bytes, cols, out);
}

void lane_embed(Lane *ln, float scale) {
    size_t n = lane_width(ln);
    for (int t = ln->t0; t < ln->t1; t++) {
        float *x = row_of(ln->x, t, n);
        lane_read_row(ln->model->embd, ln->w->tokens[t], x);
        for (size_t i = 0; scale != 1.0f && i < n; i++) x[i] *= scale;
    }
}

void lane_embed_encoder(Lane *ln) {
    const Model *m = ln->model;
    size_t n = lane_width(ln);
    for (int t = ln->t0; t < ln->t1; t++) {
        float *x = row_of(ln->x, t, n);
        lane_read_row(m->embd, ln->w->tokens[t], x);
        lane_read_row(m->position_embd, lane_position(ln, t), ln->tmp);
        ln->kern->add(x, ln->tmp, n, x);
        if (m->type_embd) ln->kern->add(x, m->type_embd, n, x);
        ln->kern->layernorm(x, m->embd_norm, n, (float)m->hyper.norm_eps, x);
    }
}

void lane_rope_tables(Lane *ln) {
    const Model *m = ln->model;
    size_t n_rot = (size_t)m->hyper.n_rot;
    for (int t = ln->t0; t < ln->t1; t++) {
        double at = lane_position(ln, t);
        kern_rope_table(m->rope_inv_freq, (int)n_rot / 2, at, 1, row_of(ln->rope, t, n_rot));
        if (!m->rope_inv_freq_local) continue;
        float *local = row_of(ln->rope_local, t, n_rot);
        kern_rope_table(m->rope_inv_freq_local, (int)n_rot / 2, at, 1, local);
    }
}

/* The flag is read by lane 0 at one layer and obeyed by all at the next: barriers lie between. */
bool lane_layer(Lane *ln, int il) {
    Wave *w = ln->w;
    bool stop = w->stop[(il + 1) & 1];
    if (ln->thread == 0) {
        if (stop) w->cancelled = true;
        w->stop[il & 1] = w->cancel && atomic_load_explicit(w->cancel, memory_order_relaxed);
    }
    return !stop;
}

void lane_rmsnorm(Lane *ln, const float *weight) {
    size_t n = lane_width(ln);
    float eps = (float)ln->model->hyper.norm_eps;
    for (int t = ln->t0; t < ln->t1; t++) {
        ln->kern->rmsnorm(row_of(ln->x, t, n), weight, n, eps, row_of(ln->h, t, n));
    }
}

void lane_join(Lane *ln, const float *weight) {
    size_t n = lane_width(ln);
    float eps = (float)ln->model->hyper.norm_eps;
    for (int t = ln->t0; t < ln->t1; t++) {
        const float *branch = row_of(ln->w->branch, t, n);
        float *x = row_of(ln->x, t, n);
        if (weight) {
            ln->kern->rmsnorm(branch, weight, n, eps, ln->tmp);
            branch = ln->tmp;
        }
        ln->kern->add(x, branch, n, x);
    }
}

void lane_join_layernorm(Lane *ln, const float *weight_bias) {
    size_t n = lane_width(ln);
    for (int t = ln->t0; t < ln->t1; t++) {
        float *x = row_of(ln->x, t, n);
        ln->kern->add(x, row_of(ln->w->branch, t, n), n, x);
        ln->kern->layernorm(x, weight_bias, n, (float)ln->model->hyper.norm_eps, x);
    }
}

void lane_finish(Lane *ln, const float *weight) {
    size_t n = lane_width(ln);
    if (ln->alone && ln->thread != 0) return; /* all lanes hold the same x */
    for (int t = ln->t0; t < ln->t1; t++) {
        float eps = (float)ln->model->hyper.norm_eps;
        ln->kern->rmsnorm(row_of(ln->x, t, n), weight, n, eps, row_of(ln->w->out, t, n));
    }
}

void lane_finish_plain(Lane *ln) {
    size_t n = lane_width(ln);
    if (ln->alone && ln->thread != 0) return;
    size_t rows = (size_t)(ln->t1 - ln->t0);
    memcpy(row_of(ln->w->out, ln->t0, n), row_of(ln->x, ln->t0, n), rows * n * sizeof(float));
}
