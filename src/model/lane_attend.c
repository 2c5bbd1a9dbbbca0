/*
 * The body of wave.h, third part: attention.
 *
 * Everything here goes by segment: a token's key and value go into its own segment's pages, and a
 * query sees the keys of its own segment's timeline only. A segment of an encoder is a whole text:
 * its keys and values lie side by side and are read where the products left them.
 *
 * Work is cut into the items of a round:
 *
 *   blocks   (WAVE_QUERY_BLOCK queries, a half or a quarter where lanes would have too few items,
 *            and a KV head); the blocks with the most keys first.
 *   parts    (KERN_ATTN_PART keys, some KV heads), for a segment with few query rows and many keys,
 *            merged when all are there. Heads lie side by side in a page, so that those of an item
 *            are one stream of memory at each page; an item has as many as leave each lane
 *            PART_ITEMS items.
 *   texts    (encoders: a text or up to WAVE_TEXT_BLOCK of its queries, head).
 *
 * How a segment is cut shows in no byte of the answers: see "canonical" in kernels.h.
 *
 * lane_narrow() drops the tokens whose rows nobody wants, in the last layer, when their keys are
 * stored: from there on row i of the pass is the token kept[i]. Queries are read where they are;
 * answers (`att`) and the residual stream close ranks.
 *
 * Worked example, decode of one token behind 2,000 keys, 2 KV heads with 6 queries each, 4 lanes:
 * parts of 512 keys are 4; PART_ITEMS * 4 lanes = 16 items over 4 parts want 4 pieces, there are 2
 * heads, so an item is one head of one part: 8 items, then 2 heads are merged.
 */
#include <assert.h>
#include <string.h>

#include "model/lane.h"

/* ---- norms, rotation, storing ---------------------------------------------------------------- */

/* With 8, streams are half as long: 4,096 tokens of Qwen3-0.6B in q8 take 9.1 ms instead of 8.7. */
enum { PART_ITEMS = 4, BLOCK_ITEMS = 4 };

_Static_assert((int)WAVE_PART_ROWS <= (int)KERN_ATTN_ROWS, "a head of an item of parts fits");
_Static_assert(WAVE_QUERY_BLOCK % 4 == 0, "blocks are halved twice");
_Static_assert(WAVE_TEXTS_MAX * HYPER_HEADS_MAX <= ROUND_ITEMS_MAX, "a head of each text");

/* The pages of a segment, and which of their layers. */
typedef struct LaneKv {
    const KvShape *shape;
    char *const *pages;
    int layer;
} LaneKv;

static LaneKv lane_kv(const WaveSegment *seg, int il) {
    return (LaneKv){&seg->kv->shape, seg->kv->data, il};
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

/* The token's keys and values of KV heads [r.from, r.to) into its own segment's page. Tokens may be
   stored side by side by many lanes: no byte of a page belongs to two. */
static void lane_store_heads(Lane *ln, int il, int t, LaneRange r) {
    Wave *w = ln->w;
    LaneKv to = lane_kv(&w->segments[w->owner[t]], il);
    size_t d = (size_t)to.shape->d_head, width = d * (size_t)to.shape->n_head_kv;
    int position = lane_position(ln, t);
    char *page = to.pages[position / KERN_KV_KEYS];
    for (size_t i = r.from; i < r.to; i++) {
        KernKvPlace place = {to.shape->type, (int)d, position % KERN_KV_KEYS,
                             page + kv_keys_at(to.shape, to.layer, (int)i),
                             page + kv_values_at(to.shape, to.layer, (int)i)};
        kern_kv_put(&place, row_of(w->k, t, width) + i * d, row_of(w->v, t, width) + i * d);
    }
}

/* For tokens [t0, t1): norms and turns q and k in place, then stores k and v. Queries of all tokens
   are turned: which of them are dropped (lane_narrow) comes later. */
static void lane_rope_store_tokens(Lane *ln, const LaneStep *step, int t0, int t1) {
    const Hyper *h = &ln->model->hyper;
    const Layer *l = step->layer;
    Wave *w = ln->w;
    LaneRange q_heads = {0, (size_t)h->n_head}, kv_heads = {0, (size_t)h->n_head_kv};
    size_t q_width = (size_t)(h->n_head * h->d_head), kv_width = (size_t)(h->n_head_kv * h->d_head);
    const float *tables = hyper_is_local(h, step->il) ? w->rope_local : w->rope;
    if (!ln->model->rope_inv_freq) tables = NULL;
    for (int t = t0; t < t1; t++) {
        const float *table = tables ? tables + (size_t)t * (size_t)h->n_rot : NULL;
        lane_turn(ln, row_of(w->q, t, q_width), q_heads, l->q_norm, table);
        lane_turn(ln, row_of(w->k, t, kv_width), kv_heads, l->k_norm, table);
        lane_store_heads(ln, step->il, t, kv_heads);
    }
}

void lane_rope_store(Lane *ln, const Layer *l, int il) {
    lane_push(ln, (LaneStep){.fn = lane_rope_store_tokens, .layer = l, .il = il});
    lane_flush(ln);
}

/* Rows move towards the front in ascending order, by the lane that leads. */
bool lane_narrow(Lane *ln, int il) {
    Wave *w = ln->w;
    assert(ln->n_steps == 0 && !ln->narrow); /* keys of all tokens are stored */
    size_t n = lane_width(ln);
    if (il != (int)ln->model->hyper.n_layer - 1 || w->n_rows == w->m) return true;
    if (w->n_rows == 0) return false;
    ln->narrow = true;
    lane_set_tokens(ln, w->n_rows);
    for (int i = 0; i < ln->m && round_leads(&ln->round); i++) {
        memmove(row_of(ln->x, i, n), row_of(w->x, w->kept[i], n), n * sizeof(float));
    }
    return true;
}

/* ---- attention ------------------------------------------------------------------------------- */

/* The queries of a segment that are still on their way. */
typedef struct LaneQueries {
    const WaveSegment *seg;
    int token, n; /* the first of them in the pass, and how many */
    int row;      /* where their answers go */
    int pos0;
} LaneQueries;

static LaneQueries lane_queries(const Lane *ln, const WaveSegment *seg) {
    if (!ln->narrow) return (LaneQueries){seg, seg->first, seg->n, seg->first, seg->pos0};
    int skip = seg->n - seg->rows;
    assert(0 <= skip && seg->row + seg->rows <= ln->m); /* rows have closed ranks */
    return (LaneQueries){seg, seg->first + skip, seg->rows, seg->row, seg->pos0 + skip};
}

/* The job of one KV head and all queries of q: pointers into the wave's q and att,
   [tokens][n_head][d]. */
static KernAttn lane_attn_job(const Lane *ln, const LaneQueries *q, int il, int head, float scale) {
    const Hyper *h = &ln->model->hyper;
    const Wave *w = ln->w;
    LaneKv from = lane_kv(q->seg, il);
    int group = (int)(h->n_head / h->n_head_kv);
    size_t d = (size_t)h->d_head, width = (size_t)h->n_head * d, at = (size_t)(head * group) * d;
    return (KernAttn){
        .type = from.shape->type, .head_dim = (int)d, .heads = 1, .group = group, .m = q->n,
        .q = row_of(w->q, q->token, width) + at, .q_stride = width, .q_head_stride = d,
        .pages = from.pages,
        .k_at = kv_keys_at(from.shape, from.layer, head),
        .v_at = kv_values_at(from.shape, from.layer, head),
        .head_step = kv_keys_at(from.shape, 0, 1),
        .out = row_of(w->att, q->row, width) + at, .out_stride = width, .out_head_stride = d,
        .pos0 = q->pos0, .n_keys = q->pos0 + q->n,
        .window = hyper_is_local(h, il) ? (int)h->window : 0,
        .scale = scale, .scratch = ln->scratch,
    };
}

/* How the attention of one segment is cut. */
typedef struct LaneCut {
    LaneQueries q;
    int n_blocks;       /* of queries; 0: parts */
    int block;          /* queries of one */
    int part0, n_parts; /* of the keys that any query sees */
    int heads;          /* parts: of an item; the last one of a part may have fewer */
    int place;          /* parts: the first of n_parts * q.n places for each head */
} LaneCut;

static int div_up(int a, int b) {
    return (a + b - 1) / b;
}

/* KV heads of an item of parts. */
static int lane_cut_heads(const Lane *ln, const LaneCut *cut) {
    const Hyper *h = &ln->model->hyper;
    int rows = cut->q.n * (int)(h->n_head / h->n_head_kv), n_kv = (int)h->n_head_kv;
    assert(0 < rows && rows <= WAVE_PART_ROWS && cut->n_parts >= 2);
    int pieces = div_up(ln->n_lanes * PART_ITEMS, cut->n_parts), most = KERN_ATTN_ROWS / rows;
    int heads = div_up(n_kv, pieces < n_kv ? pieces : n_kv);
    return heads < most ? heads : most;
}

/* Queries of a block: blocks are of unequal length, so that a lane wants some of them. */
static int lane_query_block(const Lane *ln, int n) {
    int block = WAVE_QUERY_BLOCK, least = WAVE_QUERY_BLOCK / 4;
    int wanted = ln->n_lanes * BLOCK_ITEMS, n_kv = (int)ln->model->hyper.n_head_kv;
    while (block > least && div_up(n, block) * n_kv < wanted) block /= 2;
    return block;
}

/* places: for parts, taken by segments before. A segment that finds too few is cut in blocks. */
static LaneCut lane_cut_segment(const Lane *ln, const WaveSegment *seg, int il, int *places) {
    const Hyper *h = &ln->model->hyper;
    LaneCut cut = {.q = lane_queries(ln, seg), .place = *places};
    int rows = cut.q.n * (int)(h->n_head / h->n_head_kv);
    cut.block = lane_query_block(ln, cut.q.n);
    cut.n_blocks = div_up(cut.q.n, cut.block);
    if (rows == 0 || rows > WAVE_PART_ROWS) return cut;
    int first = cut.q.pos0 + 1, n_keys = cut.q.pos0 + cut.q.n;
    if (hyper_is_local(h, il) && first > h->window) {
        cut.part0 = (first - (int)h->window) / KERN_ATTN_PART;
    }
    cut.n_parts = div_up(n_keys, KERN_ATTN_PART) - cut.part0;
    int wanted = cut.n_parts * cut.q.n;
    if (cut.n_parts < 2 || wanted > WAVE_PARTS_MAX - *places) return cut;
    cut.n_blocks = 0;
    cut.heads = lane_cut_heads(ln, &cut);
    *places += wanted;
    assert(*places <= WAVE_PARTS_MAX);
    return cut;
}

/* Items that the segment adds to the round. */
static int lane_cut_items(const Lane *ln, const LaneCut *cut) {
    int n_kv = (int)ln->model->hyper.n_head_kv;
    if (cut->n_blocks > 0) return cut->n_blocks * n_kv;
    return cut->q.n > 0 ? cut->n_parts * div_up(n_kv, cut->heads) : 0;
}

/* A block of queries of one head, the long ones first. */
static void lane_attend_block(Lane *ln, const LaneCut *cut, KernAttn job, int block) {
    int first = (cut->n_blocks - 1 - block) * cut->block;
    job.m = cut->q.n - first < cut->block ? cut->q.n - first : cut->block;
    job.q += (size_t)first * job.q_stride;
    job.out += (size_t)first * job.out_stride;
    job.pos0 += first;
    job.n_keys = job.pos0 + job.m;
    assert(0 <= first && 0 < job.m && job.n_keys <= cut->q.pos0 + cut->q.n);
    kern_attention(ln->kern, &job);
}

/* The places of a segment's parts, from those of a head on. */
static KernAttnParts lane_parts(const Lane *ln, const LaneCut *cut, const KernAttn *job, int head) {
    size_t group = (size_t)job->group, n_kv = (size_t)ln->model->hyper.n_head_kv;
    size_t row = ((size_t)cut->place * n_kv + (size_t)(head * job->m)) * group;
    assert(cut->place + cut->n_parts * job->m <= WAVE_PARTS_MAX); /* lane_cut_segment took them */
    return (KernAttnParts){.acc = ln->w->parts + row * (size_t)job->head_dim,
                           .stat = ln->w->part_stats + row * 2,
                           .part0 = cut->part0, .n = cut->n_parts,
                           .rows = job->m * job->group * (int)n_kv};
}

/* Item = (part, piece of the heads), parts outermost, so that neighbouring items read the same
   pages. */
static void lane_attend_part(Lane *ln, const LaneCut *cut, int il, float scale, int item) {
    int n_kv = (int)ln->model->hyper.n_head_kv, pieces = div_up(n_kv, cut->heads);
    int head = item % pieces * cut->heads;
    KernAttn job = lane_attn_job(ln, &cut->q, il, head, scale);
    job.heads = n_kv - head < cut->heads ? n_kv - head : cut->heads;
    KernAttnParts parts = lane_parts(ln, cut, &job, head);
    kern_attention_part(ln->kern, &job, &parts, cut->part0 + item / pieces);
}

static void lane_attend_item(Lane *ln, const LaneCut *cut, int il, float scale, int item) {
    int n_kv = (int)ln->model->hyper.n_head_kv;
    if (cut->n_blocks > 0) {
        KernAttn job = lane_attn_job(ln, &cut->q, il, item % n_kv, scale);
        lane_attend_block(ln, cut, job, item / n_kv);
    } else {
        lane_attend_part(ln, cut, il, scale, item);
    }
}

static bool lane_cut_merges(const LaneCut *cut) {
    return cut->n_blocks == 0 && cut->q.n > 0;
}

/* How many items attention has in all, and how many heads are merged afterwards. */
static int lane_attend_items(const Lane *ln, int il, int *merges) {
    int places = 0, items = 0;
    *merges = 0;
    for (int s = 0; s < ln->w->n_segments; s++) {
        LaneCut cut = lane_cut_segment(ln, &ln->w->segments[s], il, &places);
        items += lane_cut_items(ln, &cut);
        if (lane_cut_merges(&cut)) *merges += (int)ln->model->hyper.n_head_kv;
    }
    return items;
}

/* Walks the segments with the items: both ascend, so that each segment is cut once a lane. Every
   lane cuts alike, since cutting depends on the pass alone. */
static void lane_attend_all(Lane *ln, int il, float scale) {
    int places = 0, seen = 0, item = round_next(&ln->round);
    for (int s = 0; item >= 0; s++) {
        assert(s < ln->w->n_segments); /* lane_attend_items() counted the same items */
        LaneCut cut = lane_cut_segment(ln, &ln->w->segments[s], il, &places);
        int n_items = lane_cut_items(ln, &cut);
        for (; item >= 0 && item < seen + n_items; item = round_next(&ln->round)) {
            lane_attend_item(ln, &cut, il, scale, item - seen);
        }
        seen += n_items;
    }
}

/* Parts of one head of a segment -> its answers. */
static void lane_attend_merge(Lane *ln, const LaneCut *cut, int il, float scale, int head) {
    KernAttn job = lane_attn_job(ln, &cut->q, il, head, scale);
    KernAttnParts parts = lane_parts(ln, cut, &job, head);
    kern_attention_merge(&job, &parts);
}

static void lane_merge_all(Lane *ln, int il, float scale) {
    int n_kv = (int)ln->model->hyper.n_head_kv;
    int places = 0, seen = 0, item = round_next(&ln->round);
    for (int s = 0; item >= 0; s++) {
        assert(s < ln->w->n_segments);
        LaneCut cut = lane_cut_segment(ln, &ln->w->segments[s], il, &places);
        if (!lane_cut_merges(&cut)) continue;
        for (; item >= 0 && item < seen + n_kv; item = round_next(&ln->round)) {
            lane_attend_merge(ln, &cut, il, scale, item - seen);
        }
        seen += n_kv;
    }
}

void lane_attend(Lane *ln, int il, float scale) {
    assert(ln->n_steps == 0); /* queries and keys are where attention reads them */
    int merges = 0, items = lane_attend_items(ln, il, &merges);
    if (round_begin(&ln->round, items, ROUND_PLAIN)) {
        lane_attend_all(ln, il, scale);
        round_end(&ln->round);
    }
    if (merges > 0 && round_begin(&ln->round, merges, ROUND_PLAIN)) {
        lane_merge_all(ln, il, scale);
        round_end(&ln->round);
    }
}

/* ---- encoders -------------------------------------------------------------------------------- */

/* A text is cut only where there are more lanes than heads to give them: each item prepares the
   keys and values of its head. */
static int lane_text_blocks(const Lane *ln, const WaveSegment *seg) {
    int heads = (int)ln->model->hyper.n_head * ln->w->n_segments;
    return heads >= 4 * ln->n_lanes ? 1 : (seg->n + WAVE_TEXT_BLOCK - 1) / WAVE_TEXT_BLOCK;
}

/* The block-th of a text's blocks of queries, which are about equal. */
static void lane_attend_text(Lane *ln, const WaveSegment *seg, int head, int block, float scale) {
    const Hyper *h = &ln->model->hyper;
    const Wave *w = ln->w;
    size_t d = (size_t)h->d_head, width = (size_t)h->n_head * d;
    size_t kv_width = (size_t)h->n_head_kv * d;
    size_t at = (size_t)head * d, kv_at = (size_t)(head / (int)(h->n_head / h->n_head_kv)) * d;
    int n_blocks = lane_text_blocks(ln, seg);
    KernAttnText job = {
        .head_dim = (int)d, .n = seg->n,
        .from = seg->n * block / n_blocks, .to = seg->n * (block + 1) / n_blocks,
        .q = row_of(w->q, seg->first, width) + at, .out = row_of(w->att, seg->first, width) + at,
        .k = row_of(w->k, seg->first, kv_width) + kv_at,
        .v = row_of(w->v, seg->first, kv_width) + kv_at,
        .stride = width, .kv_stride = kv_width, .scale = scale, .scratch = ln->scratch,
    };
    ln->kern->attn_text(&job);
}

void lane_attend_texts(Lane *ln, float scale) {
    const Wave *w = ln->w;
    int n_head = (int)ln->model->hyper.n_head, items = 0, seen = 0;
    for (int s = 0; s < w->n_segments; s++) {
        items += lane_text_blocks(ln, &w->segments[s]) * n_head;
    }
    if (!round_begin(&ln->round, items, ROUND_PLAIN)) return;
    int item = round_next(&ln->round);
    for (int s = 0; item >= 0; s++) {
        const WaveSegment *seg = &w->segments[s];
        int n_items = lane_text_blocks(ln, seg) * n_head;
        for (; item >= 0 && item < seen + n_items; item = round_next(&ln->round)) {
            lane_attend_text(ln, seg, (item - seen) % n_head, (item - seen) / n_head, scale);
        }
        seen += n_items;
    }
    round_end(&ln->round);
}
