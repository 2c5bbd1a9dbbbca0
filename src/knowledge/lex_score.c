/*
 * BM25 over segments (S. Robertson, H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and
 * Beyond", 2009), term at a time:
 *
 *   score(d) = sum over terms t of  weight(t) * idf(t) * tf (k1 + 1) / (tf + K(d))
 *   K(d)     = k1 (1 - b + b * length(d) / average length)
 *   idf(t)   = ln(1 + (N - df + 1/2) / (df + 1/2))
 *
 * N, df and the average length are sums over all segments, so that where a chunk landed does not
 * change its score. The part after idf depends on (tf, packed length) only and is a table of
 * TF_TABLE x 256 floats made once a query; larger tf are computed.
 *
 * Terms are worked off from the rarest to the most frequent. Before each, what all remaining terms
 * could still add is compared with the k-th best score so far; once they cannot lift a newcomer into
 * the list, only chunks that already have a score, and could still get in, are looked at (the "continue" strategy of
 * Moffat & Zobel 1996, which keeps results exact because bounds are). This is what makes questions full of
 * common words cheap.
 *
 * A term with `prefix` is the union of all terms that begin with it; they share the idf of their
 * summed df.
 */
#include <math.h>
#include <stdlib.h>

#include "knowledge/lex.h"

enum { TF_TABLE = 16, PREFIX_TERMS_MAX = 4096 };

LexScoring lex_scoring_default(void) { return (LexScoring){.k1 = 0.9f, .b = 0.4f}; }

/* ---- the question ---------------------------------------------------------------------------- */

typedef struct Parse {
    Arena *arena;
    LexQuery *query;
    bool full; /* out of memory */
} Parse;

static void on_query_token(void *user, const LexToken *token) {
    Parse *p = user;
    if (token->kind == LEX_UNIGRAM && !token->lone) return;
    LexQuery *q = p->query;
    Str text = {token->p, token->n};
    for (size_t i = 0; i < q->n; i++) {
        if (!str_eq(q->terms[i].text, text)) continue;
        q->terms[i].weight += 1;
        return;
    }
    if (q->n == LEX_QUERY_TERMS_MAX || p->full) return;
    char *copy = arena_dup(p->arena, token->p, token->n);
    p->full = !copy;
    if (!copy) return;
    q->terms[q->n++] = (LexQueryTerm){{copy, token->n}, 1, token->kind == LEX_UNIGRAM};
}

Status lex_query_parse(Str text, Arena *arena, LexQuery *out, Err *err) {
    *out = (LexQuery){arena_alloc_n(arena, LEX_QUERY_TERMS_MAX, sizeof(LexQueryTerm)), 0};
    Parse parse = {arena, out, !out->terms};
    if (out->terms) lex_tokenize(text, on_query_token, &parse);
    return parse.full ? err_no_memory(err, "the words of the question") : OK;
}

/* ---- scoring --------------------------------------------------------------------------------- */

typedef struct TermRange { /* of one segment */
    uint32_t from, to;
} TermRange;

typedef struct TermPlan {
    size_t term;
    uint64_t df;
    float weight; /* with idf */
    float most;   /* what it can add to one chunk */
} TermPlan;

typedef struct Scorer {
    LexSearch *search;
    TermPlan *plan;     /* [n_plan] rarest first */
    float *rest;        /* [n_plan + 1] what plan i and all behind it can add */
    TermRange *ranges;  /* [n_segs][n terms of the question] */
    size_t n_plan;
    float k1, one_minus_b, b_by_average;
    float table[TF_TABLE][256];
    float *scores; /* of the segment at hand */
    float floor;   /* the k-th best over all segments so far */
} Scorer;

static bool term_starts_with(const LexSeg *seg, uint32_t term, Str prefix) {
    return str_starts(lex_term_text(seg, term), prefix);
}

static TermRange find_range(const LexSeg *seg, const LexQueryTerm *term) {
    uint32_t from = lex_lower_bound(seg, term->text), to = from;
    if (!term->prefix) {
        bool here = from < seg->n_terms && str_eq(lex_term_text(seg, from), term->text);
        return (TermRange){from, from + here};
    }
    while (to < seg->n_terms && to - from < PREFIX_TERMS_MAX &&
           term_starts_with(seg, to, term->text)) {
        to++;
    }
    return (TermRange){from, to};
}

static float tf_part(const Scorer *s, float tf, uint8_t packed) {
    float k = s->k1 * (s->one_minus_b + s->b_by_average * (float)lex_length_unpack(packed));
    return tf * (s->k1 + 1) / (tf + k);
}

static int by_df(const void *a, const void *b) {
    const TermPlan *x = a, *y = b;
    if (x->df != y->df) return x->df < y->df ? -1 : 1;
    return x->term < y->term ? -1 : 1;
}

/* Finds every term in every segment and orders the work. */
static void make_plan(Scorer *s, double n_chunks) {
    const LexQuery *q = s->search->query;
    for (size_t t = 0; t < q->n; t++) {
        uint64_t df = 0;
        for (size_t i = 0; i < s->search->n_segs; i++) {
            const LexSeg *seg = s->search->segs[i];
            TermRange range = find_range(seg, &q->terms[t]);
            s->ranges[i * q->n + t] = range;
            for (uint32_t k = range.from; k < range.to; k++) df += seg->terms[k].df;
        }
        double capped = (double)df < n_chunks ? (double)df : n_chunks;
        double idf = log(1 + (n_chunks - capped + 0.5) / (capped + 0.5));
        float weight = q->terms[t].weight * (float)idf;
        s->search->most += weight;
        if (df == 0) continue;
        /* A union can add more than once; its true bound does not matter, it is never pruned. */
        float most = q->terms[t].prefix ? INFINITY : weight * (s->k1 + 1);
        s->plan[s->n_plan++] = (TermPlan){t, df, weight, most};
    }
    qsort(s->plan, s->n_plan, sizeof *s->plan, by_df);
    s->search->n_terms_found = (uint32_t)s->n_plan;
    s->rest[s->n_plan] = 0;
    for (size_t i = s->n_plan; i-- > 0;) s->rest[i] = s->rest[i + 1] + s->plan[i].most;
}

static void prepare(Scorer *s) {
    LexSearch *search = s->search;
    double n = 0, length = 0;
    for (size_t i = 0; i < search->n_segs; i++) {
        n += search->segs[i]->n_docs;
        length += (double)search->segs[i]->total_length;
    }
    double average = length > 0 ? length / n : 1;
    s->k1 = search->scoring.k1;
    s->one_minus_b = 1 - search->scoring.b;
    s->b_by_average = (float)(search->scoring.b / average);
    for (int tf = 0; tf < TF_TABLE; tf++) {
        for (int packed = 0; packed < 256; packed++) {
            s->table[tf][packed] = tf_part(s, (float)tf, (uint8_t)packed);
        }
    }
    make_plan(s, n);
}

static inline float posting_part(const Scorer *s, uint8_t tf, uint8_t packed) {
    return tf < TF_TABLE ? s->table[tf][packed] : tf_part(s, tf, packed);
}

/* Adds one term to the scores; with need > 0 only to chunks whose score is at least that. */
static Status add_term(Scorer *s, const LexSeg *seg, uint32_t term, float weight, float need,
                       Err *err) {
    LexCursor c;
    lex_cursor_init(&c, seg, term);
    for (;;) {
        TRY(lex_cursor_next(&c, err));
        if (c.n == 0) return OK;
        for (uint32_t i = 0; i < c.n; i++) {
            uint32_t doc = c.docs[i];
            if (s->scores[doc] < need) continue;
            s->scores[doc] += weight * posting_part(s, c.tfs[i], seg->lens[doc]);
        }
    }
}

/* ---- the best k: a heap with the worst on top ------------------------------------------------ */

static bool worse(LexHit a, LexHit b) {
    return a.score < b.score || (a.score == b.score && a.chunk > b.chunk);
}

static void sift_down(LexHit *heap, size_t n, size_t at) {
    for (;;) {
        size_t child = at * 2 + 1;
        if (child >= n) return;
        if (child + 1 < n && worse(heap[child + 1], heap[child])) child++;
        if (!worse(heap[child], heap[at])) return;
        LexHit swap = heap[at];
        heap[at] = heap[child];
        heap[child] = swap;
        at = child;
    }
}

static void sift_up(LexHit *heap, size_t at) {
    while (at && worse(heap[at], heap[(at - 1) / 2])) {
        LexHit swap = heap[at];
        heap[at] = heap[(at - 1) / 2];
        heap[(at - 1) / 2] = swap;
        at = (at - 1) / 2;
    }
}

static void offer(LexSearch *search, LexHit hit) {
    if (search->n_top < search->top_max) {
        search->top[search->n_top] = hit;
        sift_up(search->top, search->n_top++);
    } else if (search->top_max && worse(search->top[0], hit)) {
        search->top[0] = hit;
        sift_down(search->top, search->n_top, 0);
    }
}

static int best_first(const void *a, const void *b) {
    const LexHit *x = a, *y = b;
    return worse(*y, *x) ? -1 : worse(*x, *y);
}

static void collect(Scorer *s, const LexSeg *seg) {
    LexSearch *search = s->search;
    float bar = search->n_top == search->top_max && search->top_max ? search->top[0].score : 0;
    for (uint32_t doc = 0; doc < seg->n_docs; doc++) {
        if (s->scores[doc] <= bar && !(bar > 0 && s->scores[doc] == bar)) continue;
        offer(search, (LexHit){seg->ids[doc], s->scores[doc]});
        if (search->n_top == search->top_max) bar = search->top[0].score;
    }
    s->floor = search->n_top == search->top_max ? bar : 0;
}

static void collect_also(Scorer *s, const LexSeg *seg) {
    LexSearch *search = s->search;
    for (size_t i = 0; i < search->n_also; i++) {
        uint32_t low = 0, high = seg->n_docs, id = search->also[i].chunk;
        while (low < high) {
            uint32_t mid = low + (high - low) / 2;
            if (seg->ids[mid] < id) {
                low = mid + 1;
            } else {
                high = mid;
            }
        }
        if (low < seg->n_docs && seg->ids[low] == id) search->also[i].score = s->scores[low];
    }
}

static Status score_segment(Scorer *s, size_t index, Err *err) {
    const LexSeg *seg = s->search->segs[index];
    const TermRange *ranges = s->ranges + index * s->search->query->n;
    memset(s->scores, 0, seg->n_docs * sizeof *s->scores);
    for (size_t i = 0; i < s->n_plan; i++) {
        const TermPlan *plan = &s->plan[i];
        /* Below the floor of earlier segments a chunk that has `need` less cannot get in. */
        float need = s->search->n_also ? 0 : s->floor * 0.9999f - s->rest[i];
        TermRange range = ranges[plan->term];
        for (uint32_t term = range.from; term < range.to; term++) {
            TRY(add_term(s, seg, term, plan->weight, need, err));
        }
    }
    collect(s, seg);
    collect_also(s, seg);
    return OK;
}

static Status scorer_room(Scorer *s, Err *err) {
    LexSearch *search = s->search;
    uint32_t most = 1;
    for (size_t i = 0; i < search->n_segs; i++) {
        if (search->segs[i]->n_docs > most) most = search->segs[i]->n_docs;
    }
    size_t n = search->query->n;
    s->plan = mem_alloc_n(n, sizeof *s->plan);
    s->rest = mem_alloc_n(n + 1, sizeof *s->rest);
    s->ranges = mem_alloc_n(search->n_segs * n, sizeof *s->ranges);
    s->scores = mem_alloc_n(most, sizeof *s->scores);
    return s->plan && s->rest && s->ranges && s->scores ? OK : err_no_memory(err, "scoring");
}

Status lex_search(LexSearch *search, Err *err) {
    search->n_top = 0;
    search->n_terms_found = 0;
    search->most = 0;
    for (size_t i = 0; i < search->n_also; i++) search->also[i].score = 0;
    if (search->n_segs == 0 || search->query->n == 0) return OK;
    Scorer *s = mem_zalloc(sizeof *s);
    if (!s) return err_no_memory(err, "scoring");
    s->search = search;
    Status status = scorer_room(s, err);
    if (status == OK) prepare(s);
    for (size_t i = 0; status == OK && i < search->n_segs; i++) status = score_segment(s, i, err);
    if (status == OK) qsort(search->top, search->n_top, sizeof *search->top, best_first);
    mem_free(s->plan);
    mem_free(s->rest);
    mem_free(s->ranges);
    mem_free(s->scores);
    mem_free(s);
    return status;
}
