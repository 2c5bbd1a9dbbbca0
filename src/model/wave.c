/*
 * The body of wave.h, first part: the memory of a wave, running a pass, the logits. The operations
 * of a lane are in lane.c and lane_attend.c.
 *
 * All memory is one block laid out once by wave_layout(), which is also how its size is known
 * before (wave_bytes). Nothing is allocated while tokens are computed.
 *
 * A pass is one pool_run of the family's forward function; the logits are a second one, because
 * rows of logits may be wanted in portions with a callback between them. Barriers inside a pass
 * are pool_barrier: about six a layer in decode.
 */
#include "model/wave.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "model/lane.h"

/* Every product of a model: what its inputs and rows are at most. */
typedef struct WaveSizes {
    size_t n_embd, n_ff, q_rows, kv_rows, cols_max, rot, d_head, group, n_head_kv;
    size_t m_max, parts, act_all, act_one, scratch;
} WaveSizes;

static size_t wave_max(size_t a, size_t b) {
    return a > b ? a : b;
}

static WaveSizes wave_sizes(const Model *model, int m_max) {
    const Hyper *h = &model->hyper;
    const unsigned every = KERN_ACT_F32 | KERN_ACT_I8 | KERN_ACT_BF16 | KERN_ACT_I16;
    WaveSizes s = {
        .n_embd = (size_t)h->n_embd,
        .n_ff = (size_t)h->n_ff,
        .q_rows = (size_t)(h->n_head * h->d_head),
        .kv_rows = (size_t)(h->n_head_kv * h->d_head),
        .rot = (size_t)h->n_rot,
        .d_head = (size_t)h->d_head,
        .group = (size_t)(h->n_head / h->n_head_kv),
        .n_head_kv = (size_t)h->n_head_kv,
        .m_max = (size_t)m_max,
    };
    s.cols_max = wave_max(wave_max(s.n_embd, s.n_ff), s.q_rows);
    s.parts = s.n_head_kv * WAVE_PARTS_MAX;
    s.act_all = kern_act_bytes(every, m_max, s.cols_max);
    s.act_one = kern_act_bytes(every, 1, s.cols_max);
    s.scratch = wave_max(kern_matmul_scratch_bytes(s.cols_max),
                         kern_attn_scratch_bytes((int)s.d_head, (int)s.group, WAVE_QUERY_BLOCK));
    return s;
}

/* Hands out pieces of a block, or only counts when base is NULL. */
typedef struct Cutter {
    char *base;
    size_t used;
} Cutter;

static void *cut(Cutter *c, size_t bytes) {
    char *piece = c->base ? c->base + c->used : NULL;
    c->used += (bytes + KERN_ALIGN - 1) / KERN_ALIGN * KERN_ALIGN;
    return piece;
}

static float *cut_floats(Cutter *c, size_t n) {
    return cut(c, n * sizeof(float));
}

/* Lays everything out; with c->base NULL only c->used means something. */
static void wave_layout(Wave *w, const WaveSizes *s, int n_threads, Cutter *c) {
    size_t m = s->m_max;
    w->x = cut_floats(c, m * s->n_embd);
    w->h = cut_floats(c, m * s->n_embd);
    w->q = cut_floats(c, m * s->q_rows);
    w->k = cut_floats(c, m * s->kv_rows);
    w->v = cut_floats(c, m * s->kv_rows);
    w->att = cut_floats(c, m * s->q_rows);
    w->branch = cut_floats(c, m * s->n_embd);
    w->gate = cut_floats(c, m * s->n_ff);
    w->up = cut_floats(c, m * s->n_ff);
    w->rope = cut_floats(c, m * s->rot);
    w->rope_local = cut_floats(c, m * s->rot);
    w->out = cut_floats(c, m * s->n_embd);
    w->owner = cut(c, m * sizeof *w->owner);
    w->kept = cut(c, m * sizeof *w->kept);
    w->parts = cut_floats(c, s->parts * s->group * s->d_head);
    w->part_stats = cut_floats(c, s->parts * s->group * 2);
    w->act = cut(c, s->act_all);
    w->act_bytes = s->act_all;
    w->lane_act_bytes = s->act_one;
    w->lane_bytes = lane_private_bytes(s->n_embd, s->rot, s->act_one, s->scratch);
    w->lanes = cut(c, w->lane_bytes * (size_t)n_threads);
    w->memory_bytes = c->used;
}

uint64_t wave_bytes(const Model *model, int n_threads, int m_max) {
    Wave probe = {0};
    Cutter count = {0};
    WaveSizes sizes = wave_sizes(model, m_max);
    wave_layout(&probe, &sizes, n_threads, &count);
    return count.used;
}

static Status wave_own_kv(Wave *w, Err *err) {
    const Hyper *h = &w->model->hyper;
    w->kv_own = mem_zalloc(sizeof *w->kv_own);
    if (!w->kv_own) return err_no_memory(err, "an encoder's keys");
    *w->kv_own = (Kv){NULL, 1, (int)h->n_head_kv, (int)h->d_head, w->m_max};
    return kv_init(w->kv_own, err);
}

Status wave_new(const WaveOptions *options, Wave **out, Err *err) {
    Wave *w = mem_aligned(KERN_ALIGN, sizeof *w);
    if (!w) return err_no_memory(err, "a workspace");
    memset(w, 0, sizeof *w);
    *out = w;
    w->model = options->model;
    w->kern = options->kern;
    w->pool = options->pool;
    w->m_max = options->m_max;
    Cutter cutter = {0};
    WaveSizes sizes = wave_sizes(w->model, w->m_max);
    wave_layout(w, &sizes, pool_size(w->pool), &cutter);
    w->memory = mem_aligned(4096, cutter.used);
    Status status = w->memory ? OK : err_no_memory(err, "the workspace of a model");
    if (status == OK) {
        cutter = (Cutter){w->memory, 0};
        wave_layout(w, &sizes, pool_size(w->pool), &cutter);
        if (w->model->arch->encoder) status = wave_own_kv(w, err);
    }
    if (status != OK) {
        wave_free(w);
        *out = NULL;
    }
    return status;
}

void wave_free(Wave *w) {
    if (!w) return;
    if (w->kv_own) kv_fini(w->kv_own);
    mem_free(w->kv_own);
    mem_free(w->memory);
    mem_free(w);
}

/* ---- one pass ------------------------------------------------------------------------------ */

static void wave_thread(void *user, int thread, int n_threads) {
    Wave *w = user;
    Lane lane;
    lane_init(&lane, w, thread, n_threads);
    w->model->arch->forward(&lane);
}

/* Whose token is whose, and which of them leave a row. */
static void wave_plan(Wave *w) {
    int seen = 0;
    w->n_rows = 0;
    for (int s = 0; s < w->n_segments; s++) {
        WaveSegment *seg = &w->segments[s];
        assert(seg->first == seen && seg->n >= 1);
        assert(!seg->kv || seg->pos0 + seg->n <= seg->kv->n_ctx);
        seen += seg->n;
        seg->row = w->n_rows;
        seg->rows = seg->wants == WAVE_ALL ? seg->n : seg->wants == WAVE_LAST;
        for (int t = seg->first; t < seen; t++) {
            w->owner[t] = s;
            if (seen - t <= seg->rows) w->kept[w->n_rows++] = t;
        }
    }
    assert(seen == w->m && seen <= w->m_max);
}

Status wave_run(Wave *w, Err *err) {
    wave_plan(w);
    w->cancelled = false;
    w->stop[0] = w->stop[1] = 0;
    atomic_store_explicit(&w->next_item[0], 0, memory_order_relaxed);
    atomic_store_explicit(&w->next_item[1], 0, memory_order_relaxed);
    pool_run(w->pool, wave_thread, w);
    if (w->cancelled) return err_set(err, E_CANCELLED, "model: stopped as asked");
    return OK;
}

/* ---- logits -------------------------------------------------------------------------------- */

typedef struct HeadWork {
    Wave *w;
    int first, n;
    float *logits;
    atomic_bool damaged;
} HeadWork;

/* Sum of x-x: zero for numbers, NaN else; written so that it vectorises. */
static bool all_finite(const float *x, size_t n) {
    float sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i] - x[i];
    return sum == 0;
}

static void head_thread(void *user, int thread, int n_threads) {
    HeadWork *work = user;
    Wave *w = work->w;
    const Model *m = w->model;
    Lane ln;
    lane_init_head(&ln, w, thread, n_threads, work->n);
    size_t n_embd = (size_t)m->hyper.n_embd, n_vocab = (size_t)m->hyper.n_vocab;
    const KernMat *mats[] = {&m->head};
    lane_quantise(&ln, w->out + (size_t)work->first * n_embd, n_embd, mats, 1);
    LaneRange rows = lane_rows(&ln, n_vocab);
    KernMatmul job = {&m->head, &ln.act, work->logits, n_vocab, ln.scratch};
    if (rows.from >= rows.to) return;
    w->kern->matmul(&job, rows.from, rows.to);
    size_t end = rows.to < n_vocab ? rows.to : n_vocab;
    for (int t = 0; t < work->n; t++) {
        float *row = work->logits + (size_t)t * n_vocab + rows.from;
        float cap = (float)m->hyper.logit_cap;
        if (cap > 0) w->kern->tanh_cap(row, end - rows.from, cap);
        if (!all_finite(row, end - rows.from)) {
            atomic_store_explicit(&work->damaged, true, memory_order_relaxed);
        }
    }
}

void wave_logits(Wave *w, int first, int n, float *logits, bool *finite) {
    HeadWork work = {.w = w, .first = first, .n = n, .logits = logits};
    pool_run(w->pool, head_thread, &work);
    *finite = !atomic_load_explicit(&work.damaged, memory_order_relaxed);
}
