/*
 * The body of wave.h, second half: the operations of a lane.
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
 *
 * Attention over more than WAVE_KEY_BLOCK keys by a single token is cut at multiples of
 * WAVE_KEY_BLOCK whatever the number of lanes, and merged in order: same sums, same bytes.
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

/* Points x, h, ... to private or shared memory, for the m and alone that are set. */
static void lane_place(Lane *ln) {
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

/* After work by rows or items. */
static void lane_barrier(Lane *ln) {
    pool_barrier(ln->w->pool);
}

static float *row_of(float *base, int t, size_t width) {
    return base + (size_t)t * width;
}

static size_t lane_width(const Lane *ln) {
    return (size_t)ln->model->hyper.n_embd;
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
    KernMatmul job = {mat, &ln->act, y, mat->rows, false, ln->scratch};
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

/* The next item of this round, or -1. */
static int lane_next_item(Lane *ln, int n_items) {
    _Atomic uint32_t *counter = &ln->w->next_item[ln->round & 1];
    uint32_t item = atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
    return item < (uint32_t)n_items ? (int)item : -1;
}

/* Around work by items. Between begin and end every lane takes items of one round. */
static void lane_round_begin(Lane *ln) {
    if (ln->thread != 0) return;
    atomic_store_explicit(&ln->w->next_item[(ln->round + 1) & 1], 0, memory_order_relaxed);
}

static void lane_round_end(Lane *ln) {
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
    lane_quantise(ln, row_of(ln->w->att, ln->tail, l->o.cols), l->o.cols, mats, 1);
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

/* Where token t stands in its own text. */
static int lane_position(const Lane *ln, int t) {
    const Wave *w = ln->w;
    int position = w->pos0 + t;
    for (int s = 0; s < w->n_segments; s++) {
        if (t >= w->segments[s].first) position = t - w->segments[s].first;
    }
    return position;
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
        double at = ln->w->pos0 + t;
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

/* ---- attention ----------------------------------------------------------------------------- */

static Kv *lane_kv(const Lane *ln) {
    return ln->w->kv ? ln->w->kv : ln->w->kv_own;
}

/* Norms and turns heads [h0, h1) of one token in place. */
static void lane_turn(Lane *ln, float *heads, LaneRange r, const float *norm, const float *table) {
    const Hyper *h = &ln->model->hyper;
    size_t d = (size_t)h->d_head;
    float *first = heads + r.from * d;
    for (size_t i = 0; norm && i < r.to - r.from; i++) {
        ln->kern->rmsnorm(first + i * d, norm, d, (float)h->norm_eps, first + i * d);
    }
    if (!table || r.from >= r.to) return;
    KernRope rope = {(int)(r.to - r.from), d, (int)h->n_rot, ln->model->arch->rope_halves, table};
    ln->kern->rope(&rope, first);
}

static void lane_store_heads(Lane *ln, int il, int t, LaneRange r) {
    Wave *w = ln->w;
    const Kv *kv = lane_kv(ln);
    int layer = w->kv ? il : 0;
    size_t d = (size_t)kv->d_head, width = d * (size_t)kv->n_head_kv;
    size_t at = (size_t)(w->pos0 + t) * d;
    for (size_t i = r.from; i < r.to; i++) {
        const float *k = row_of(w->k, t, width) + i * d, *v = row_of(w->v, t, width) + i * d;
        ln->kern->f32_to_f16(k, d, kv_keys(kv, layer, (int)i) + at);
        ln->kern->f32_to_f16(v, d, kv_values(kv, layer, (int)i) + at);
    }
}

/* Many tokens: each lane its own tokens, all heads. One token: each lane some heads. */
static LaneRange lane_heads(const Lane *ln, int64_t n) {
    if (!ln->alone) return (LaneRange){0, (size_t)n};
    return (LaneRange){(size_t)(n * ln->thread / ln->n_threads),
                       (size_t)(n * (ln->thread + 1) / ln->n_threads)};
}

void lane_rope_store(Lane *ln, const Layer *l, int il) {
    const Hyper *h = &ln->model->hyper;
    Wave *w = ln->w;
    LaneRange q_heads = lane_heads(ln, h->n_head), kv_heads = lane_heads(ln, h->n_head_kv);
    size_t q_width = (size_t)(h->n_head * h->d_head), kv_width = (size_t)(h->n_head_kv * h->d_head);
    const float *tables = hyper_is_local(h, il) ? ln->rope_local : ln->rope;
    if (!ln->model->rope_inv_freq) tables = NULL;
    for (int t = ln->t0; t < ln->t1; t++) {
        const float *table = tables ? tables + (size_t)t * (size_t)h->n_rot : NULL;
        lane_turn(ln, row_of(w->q, t, q_width), q_heads, l->q_norm, table);
        lane_turn(ln, row_of(w->k, t, kv_width), kv_heads, l->k_norm, table);
        lane_store_heads(ln, il, t, kv_heads);
    }
    lane_barrier(ln);
}

bool lane_narrow(Lane *ln, int il) {
    Wave *w = ln->w;
    if (il != (int)ln->model->hyper.n_layer - 1 || w->want_all) return true;
    if (w->want_none) return false;
    if (ln->alone) return true;
    size_t n = lane_width(ln);
    ln->tail = ln->m - 1;
    ln->m = 1;
    ln->alone = true;
    lane_place(ln);
    memcpy(ln->x, row_of(w->x, ln->tail, n), n * sizeof(float));
    return true;
}

static KernAttn lane_attn_job(const Lane *ln, int il, int head, float scale) {
    const Hyper *h = &ln->model->hyper;
    const Wave *w = ln->w;
    const Kv *kv = lane_kv(ln);
    int layer = w->kv ? il : 0, group = (int)(h->n_head / h->n_head_kv);
    size_t d = (size_t)h->d_head, width = (size_t)h->n_head * d, at = (size_t)(head * group) * d;
    return (KernAttn){
        .q = row_of(w->q, ln->tail, width) + at, .q_stride = width, .q_head_stride = d,
        .k = kv_keys(kv, layer, head), .v = kv_values(kv, layer, head),
        .k_stride = d, .v_stride = d,
        .out = row_of(w->att, ln->tail, width) + at, .out_stride = width, .out_head_stride = d,
        .head_dim = (int)d, .group = group, .m = ln->m,
        .pos0 = w->pos0 + ln->tail, .n_keys = w->pos0 + ln->tail + ln->m,
        .window = hyper_is_local(h, il) ? (int)h->window : 0,
        .causal = true, .scale = scale, .scratch = ln->scratch,
    };
}

/* Causal, many queries: items are (block of queries, KV head), the long ones first. */
static void lane_attend_blocks(Lane *ln, int il, float scale) {
    int n_kv = (int)ln->model->hyper.n_head_kv;
    int blocks = (ln->m + WAVE_QUERY_BLOCK - 1) / WAVE_QUERY_BLOCK;
    for (int item; (item = lane_next_item(ln, blocks * n_kv)) >= 0;) {
        KernAttn job = lane_attn_job(ln, il, item % n_kv, scale);
        int first = (blocks - 1 - item / n_kv) * WAVE_QUERY_BLOCK;
        job.m = ln->m - first < WAVE_QUERY_BLOCK ? ln->m - first : WAVE_QUERY_BLOCK;
        job.q += (size_t)first * job.q_stride;
        job.out += (size_t)first * job.out_stride;
        job.pos0 += first;
        job.n_keys = job.pos0 + job.m;
        ln->kern->attention(&job);
    }
}

/* Encoders: items are (text, block of queries, KV head); every token sees its whole text. */
static void lane_attend_texts(Lane *ln, float scale) {
    const Wave *w = ln->w;
    int n_kv = (int)ln->model->hyper.n_head_kv, seen = 0;
    int item = lane_next_item(ln, INT32_MAX);
    for (int s = 0; s < w->n_segments; s++) {
        WaveSegment seg = w->segments[s];
        int blocks = (seg.n + WAVE_QUERY_BLOCK - 1) / WAVE_QUERY_BLOCK;
        for (; item < seen + blocks * n_kv; item = lane_next_item(ln, INT32_MAX)) {
            KernAttn job = lane_attn_job(ln, 0, (item - seen) % n_kv, scale);
            int first = (item - seen) / n_kv * WAVE_QUERY_BLOCK;
            job.m = seg.n - first < WAVE_QUERY_BLOCK ? seg.n - first : WAVE_QUERY_BLOCK;
            job.q += (size_t)(seg.first + first) * job.q_stride;
            job.out += (size_t)(seg.first + first) * job.out_stride;
            job.k += (size_t)seg.first * job.k_stride;
            job.v += (size_t)seg.first * job.v_stride;
            job.pos0 = first;
            job.n_keys = seg.n;
            job.causal = false;
            ln->kern->attention(&job);
        }
        seen += blocks * n_kv;
    }
}

/* Keys of one part: fixed cuts that know only how many keys there are. */
static int lane_key_block(int n_keys) {
    int block = WAVE_KEY_BLOCK;
    while (n_keys / block >= WAVE_PARTS_MAX) block *= 2;
    return block;
}

/* Part `block` of the keys of one head, written to the wave's parts at `index`. */
static KernAttn lane_part(const Lane *ln, KernAttn job, int index, int block) {
    size_t out = (size_t)job.group * (size_t)job.head_dim;
    int step = lane_key_block(job.n_keys), end = (block + 1) * step;
    job.key0 = block * step;
    if (end < job.n_keys) job.n_keys = end;
    job.out = ln->w->parts + (size_t)index * out;
    job.stat = ln->w->part_stats + (size_t)index * (size_t)job.group * 2;
    return job;
}

/* One query: items are (KV head, block of keys); heads are merged afterwards. */
static void lane_attend_keys(Lane *ln, int il, float scale, int block0, int n_blocks) {
    int n_kv = (int)ln->model->hyper.n_head_kv;
    for (int item; (item = lane_next_item(ln, n_blocks * n_kv)) >= 0;) {
        KernAttn job = lane_attn_job(ln, il, item / n_blocks, scale);
        job = lane_part(ln, job, item, block0 + item % n_blocks);
        ln->kern->attention(&job);
    }
    lane_barrier(ln);
    LaneRange heads = lane_heads(ln, n_kv);
    KernAttn parts[WAVE_PARTS_MAX];
    for (size_t head = heads.from; head < heads.to; head++) {
        KernAttn whole = lane_attn_job(ln, il, (int)head, scale);
        for (int p = 0; p < n_blocks; p++) {
            parts[p] = lane_part(ln, whole, (int)head * n_blocks + p, block0 + p);
        }
        ln->kern->attention_merge(parts, n_blocks, whole.out);
    }
}

void lane_attend(Lane *ln, int il, float scale) {
    Wave *w = ln->w;
    lane_round_begin(ln);
    if (w->n_segments > 0) {
        lane_attend_texts(ln, scale);
    } else if (ln->m > 1) {
        lane_attend_blocks(ln, il, scale);
    } else {
        const Hyper *h = &ln->model->hyper;
        int n_keys = w->pos0 + ln->tail + 1, step = lane_key_block(n_keys), block0 = 0;
        if (hyper_is_local(h, il) && n_keys > h->window) {
            block0 = (n_keys - (int)h->window) / step;
        }
        int n_blocks = (n_keys + step - 1) / step - block0;
        if (n_blocks == 1) {
            lane_attend_blocks(ln, il, scale);
        } else {
            lane_attend_keys(ln, il, scale, block0, n_blocks);
        }
    }
    lane_round_end(ln);
}
