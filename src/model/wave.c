/*
 * The body of wave.h, first part: the memory of a wave, running a pass. The operations of a lane
 * are in lane.c and lane_attend.c, the logits in head.c.
 *
 * All memory is one block laid out once by wave_layout(), which is also how its size is known
 * before (wave_bytes), and the quantised activations, which lie in huge pages: a product of many
 * tokens jumps from page to page in them (kernels/avx512_gemm.h). The block does not: zeroing its
 * huge pages would cost a short prompt 5 ms. Nothing is allocated while tokens are computed.
 *
 * A pass is one pool_run of the family's forward function; the logits are a second one, because
 * rows of logits may be wanted in portions with a callback between them. Rounds inside a pass are
 * lane.c's: five a layer in decode.
 */
#include "model/wave.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "model/lane.h"

/* Every product of a model: what its inputs and rows are at most. */
_Static_assert(KERN_ALIGN % sizeof(float) == 0 && 4096 % KERN_ALIGN == 0, "pieces are aligned");

typedef struct WaveSizes {
    size_t n_embd, n_ff, q_rows, kv_rows, cols_max, rot, d_head, group;
    size_t m_max, parts, act, slot, lane;
} WaveSizes;

static size_t wave_max(size_t a, size_t b) {
    return a > b ? a : b;
}

/* What a model of these hyper-parameters needs at most; hyper.c's ranges keep the products in 64
   bits. */
static WaveSizes wave_sizes(const Model *model, int m_max) {
    const Hyper *h = &model->hyper;
    assert(0 < m_max && m_max <= WAVE_TOKENS_MAX);
    assert(h->n_head % h->n_head_kv == 0 && h->d_head <= KERN_HEAD_DIM_MAX); /* hyper.c */
    WaveSizes s = {
        .n_embd = (size_t)h->n_embd,
        .n_ff = (size_t)h->n_ff,
        .q_rows = (size_t)(h->n_head * h->d_head),
        .kv_rows = (size_t)(h->n_head_kv * h->d_head),
        .rot = (size_t)h->n_rot,
        .d_head = (size_t)h->d_head,
        .group = (size_t)(h->n_head / h->n_head_kv),
        .m_max = (size_t)m_max,
    };
    s.cols_max = wave_max(wave_max(s.n_embd, s.n_ff), s.q_rows);
    s.parts = (size_t)h->n_head_kv * WAVE_PARTS_MAX;
    s.act = kern_act_bytes(KERN_ACT_ALL, m_max, s.cols_max);
    s.slot = lane_slot_bytes(s.cols_max, KERN_ACT_ALL);
    size_t attn = model->arch->encoder ? kern_attn_text_bytes(m_max, (int)s.d_head)
                                       : kern_attn_scratch_bytes((int)s.d_head);
    s.lane = lane_private_bytes(s.n_embd, m_max,
                                wave_max(kern_matmul_scratch_bytes(s.cols_max), attn));
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

/* What the screened head works with (head.c). */
static void wave_layout_screen(Wave *w, const WaveSizes *s, Cutter *c) {
    size_t m = WAVE_SCREEN_ROWS;
    w->screen_act = cut(c, kern_act_bytes(KERN_ACT_ALL, WAVE_SCREEN_ROWS, s->n_embd));
    w->screen_x = cut_floats(c, m * s->n_embd);
    w->screen_values = cut_floats(c, 2 * m * s->n_embd);
    w->screen_tops = cut(c, m * head_tops_bytes(w->model));
    w->screen_marks = cut(c, m * head_marks_bytes(w->model));
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
    w->rope = cut_floats(c, m * s->rot);
    w->rope_local = cut_floats(c, m * s->rot);
    w->out = cut_floats(c, m * s->n_embd);
    w->owner = cut(c, m * sizeof *w->owner);
    w->kept = cut(c, m * sizeof *w->kept);
    w->parts = cut_floats(c, s->parts * s->group * s->d_head);
    w->part_stats = cut_floats(c, s->parts * s->group * 2);
    w->slot_bytes = s->slot;
    w->slots = cut(c, s->slot * (size_t)round_slots(n_threads));
    w->lane_bytes = s->lane;
    w->lanes = cut(c, s->lane * (size_t)n_threads);
    if (w->model->screen.rows > 0) wave_layout_screen(w, s, c);
}

/* Quantised inputs of the products of a layer: those before the feed-forward part's end in memory
   of their own, down's there, too, or in place of the floats (lane_gate_holds). */
static void wave_touched(const Layer *l, const Kernels *kern, size_t m, size_t *act, size_t *gate) {
    int tokens = (int)m;
    unsigned qkv = kern->act_formats(&l->q, tokens) | kern->act_formats(&l->k, tokens) |
                   kern->act_formats(&l->v, tokens);
    unsigned up = kern->act_formats(&l->up, tokens), down = kern->act_formats(&l->down, tokens);
    unsigned o = kern->act_formats(&l->o, tokens);
    if (l->gate.rows > 0) up |= kern->act_formats(&l->gate, tokens);
    size_t floats = m * l->down.cols * sizeof(float);
    size_t last = kern_act_bytes(down, tokens, l->down.cols);
    bool held = lane_gate_holds(down, tokens, l->down.cols);
    *gate = wave_max(*gate, held ? last : floats);
    *act = wave_max(*act, held ? 0 : last);
    *act = wave_max(*act, kern_act_bytes(qkv | up, tokens, l->q.cols));
    *act = wave_max(*act, kern_act_bytes(o, tokens, l->o.cols));
}

/* All but what this kind of model never writes: decoders keep one row of a prompt at its end
   (Wave.out), encoders have no normed copy (Wave.h). */
uint64_t wave_bytes(const Model *model, const Kernels *kern, int n_threads, int m) {
    Wave probe = {.model = model};
    Cutter count = {0};
    WaveSizes sizes = wave_sizes(model, m);
    size_t act = 0, gate = 0, floats = sizes.m_max * sizes.n_ff * sizeof(float);
    wave_layout(&probe, &sizes, n_threads, &count);
    for (int il = 0; il < (int)model->hyper.n_layer; il++) {
        wave_touched(&model->layers[il], kern, sizes.m_max, &act, &gate);
    }
    size_t unused = sizes.m_max * sizes.n_embd * sizeof(float) + floats - gate;
    assert(gate <= floats && unused <= count.used);
    return count.used - unused + act + rounds_bytes();
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
    w->act = mem_huge(sizes.act);
    Status status = w->memory && w->act ? rounds_new(pool_size(w->pool), &w->rounds, err)
                                        : err_no_memory(err, "the workspace of a model");
    if (status == OK) {
        size_t planned = cutter.used;
        cutter = (Cutter){w->memory, 0};
        wave_layout(w, &sizes, pool_size(w->pool), &cutter);
        assert(cutter.used == planned);
    }
    if (status != OK) {
        wave_free(w);
        *out = NULL;
    }
    return status;
}

void wave_free(Wave *w) {
    if (!w) return;
    rounds_free(w->rounds);
    mem_free(w->act);
    mem_free(w->memory);
    mem_free(w);
}

/* ---- one pass ------------------------------------------------------------------------------ */

/* Each thread of the pool is a lane, but for those that stay away. A lane that comes late finds the
   rounds done and leaves. */
static void wave_thread(void *user, int thread, int n_threads) {
    Wave *w = user;
    Lane lane;
    if (thread > 0 && thread >= n_threads - w->lanes_away) return;
    lane_init(&lane, w, thread, w->m);
    w->model->arch->forward(&lane);
    round_leave(&lane.round);
}

/* Whose token is whose, and which of them leave a row. */
static void wave_plan(Wave *w) {
    int seen = 0;
    w->n_rows = 0;
    for (int s = 0; s < w->n_segments; s++) {
        WaveSegment *seg = &w->segments[s];
        assert(seg->first == seen && seg->n >= 1);
        assert(!seg->kv || seg->pos0 + seg->n <= seg->kv->n_pages * KERN_KV_KEYS);
        seen += seg->n;
        seg->row = w->n_rows;
        seg->rows = seg->wants == WAVE_ALL ? seg->n : seg->wants == WAVE_LAST;
        for (int t = seg->first; t < seen; t++) {
            w->owner[t] = s;
            if (seen - t <= seg->rows) w->kept[w->n_rows++] = t;
        }
    }
    assert(0 < seen && seen == w->m && seen <= w->m_max);
    assert(w->n_rows <= seen); /* out and kept have room */
}

Status wave_run(Wave *w, Err *err) {
    assert(0 <= w->layers && w->layers <= w->model->hyper.n_layer);
    assert(!w->taps || w->tapped);
    wave_plan(w);
    rounds_start(w->rounds);
    pool_run(w->pool, wave_thread, w);
    return rounds_stopped(w->rounds) ? err_set(err, E_CANCELLED, "model: stopped as asked") : OK;
}
