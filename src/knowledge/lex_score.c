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
 * Terms are worked off from the rarest to the most frequent. Before a frequent one, what all that
 * remain could still add is compared with the k-th best score so far. Once a chunk without any
 * score can no longer get into the list, and few with one can, those few (candidates) are looked up
 * in the remaining lists, hopping over blocks, and nobody else (the "continue" strategy of Moffat &
 * Zobel, "Self-indexing inverted files", 1996). Bounds are true bounds, so the result is exact.
 * Questions full of common words cost little that way.
 *
 * A term with `prefix` is the union of all terms that begin with it; they share the idf of their
 * summed df.
 *
 * Order of work: k terms over n postings cost O(n) while all chunks are scored, and O(candidates *
 * k) plus the heads of blocks once the work is narrowed. Memory: four bytes a chunk of the largest
 * segment.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "knowledge/grammar_words.h"
#include "knowledge/irregular.h"
#include "knowledge/lex.h"

enum {
    TF_TABLE = 16,
    PREFIX_TERMS_MAX = 4096,
    FREQUENT_PART = 32,  /* a term of more than 1/32 of the chunks is worth a try to prune */
    CANDIDATE_PART = 32, /* and that many chunks at most are looked up one by one */
    PRUNE_LEAST = 256,   /* smaller segments are not worth it */
};

/* Of words that carry grammar, in a question (grammar_words.h); measured: doc/benchmarks.md. */
static const float GRAMMAR_WEIGHT = 0.25F;
/* Of another form of an irregular verb. */
static const float FORM_WEIGHT = 0.5F;

LexScoring lex_scoring_default(void) { return (LexScoring){.k1 = 0.9f, .b = 0.4f}; }

/* ---- the question ---------------------------------------------------------------------------- */

typedef struct Parse {
    Arena *arena;
    LexQuery *query;
    bool full; /* out of memory */
} Parse;

/* Words by their stem; of Chinese only pairs of which both characters carry grammar. */
static bool is_grammar(const LexToken *token) {
    Str text = {token->p, token->n};
    size_t first, second;
    if (token->kind == LEX_WORD) return grammar_stem(text);
    if (token->kind != LEX_BIGRAM) return false;
    uint32_t a = utf8_decode(text, 0, &first), b = utf8_decode(text, first, &second);
    return grammar_character(a) && grammar_character(b);
}

static LexQueryTerm *find_term(const LexQuery *q, Str text) {
    for (size_t i = 0; i < q->n; i++) {
        if (str_eq(q->terms[i].text, text)) return &q->terms[i];
    }
    return NULL;
}

/* Copies the text, which is the tokenizer's. A question of more words is not looked at beyond
   them. */
static void add_to_query(Parse *p, LexQueryTerm term) {
    LexQuery *q = p->query;
    if (q->n == LEX_QUERY_TERMS_MAX || p->full) return;
    char *copy = arena_dup(p->arena, term.text.p, term.text.n);
    p->full = !copy;
    if (!copy) return;
    term.text.p = copy;
    q->n_asked += !term.form;
    q->terms[q->n++] = term;
}

/* "began" and "begun", where "begin" is asked: half as good as the word itself. */
static void add_forms(Parse *p, Str stem) {
    char others[IRREGULAR_FORMS][IRREGULAR_BYTES];
    size_t n = irregular_others(stem, others);
    for (size_t i = 0; i < n; i++) {
        Str other = str_from(others[i]);
        if (find_term(p->query, other)) continue;
        add_to_query(p, (LexQueryTerm){.text = other, .weight = FORM_WEIGHT, .form = true});
    }
}

/* A word that comes again weighs more; one that was only added as a form of another and is asked
   for as well becomes a word of the question. */
static void on_query_token(void *user, const LexToken *token) {
    Parse *p = user;
    if (token->kind == LEX_UNIGRAM && !token->lone) return;
    LexQuery *q = p->query;
    Str text = {token->p, token->n};
    float weight = is_grammar(token) ? GRAMMAR_WEIGHT : 1;
    LexQueryTerm *known = find_term(q, text);
    if (known) {
        known->weight = known->form ? weight : known->weight + weight;
        q->n_asked += known->form;
        known->form = false;
        return;
    }
    bool word = token->kind == LEX_WORD && weight == 1;
    add_to_query(p, (LexQueryTerm){.text = text, .weight = weight, .word = word,
                                  .prefix = token->kind == LEX_UNIGRAM});
    if (word) add_forms(p, text);
}

Status lex_query_parse(Str text, Arena *arena, LexQuery *out, Err *err) {
    *out = (LexQuery){.terms = arena_alloc_n(arena, LEX_QUERY_TERMS_MAX, sizeof(LexQueryTerm))};
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
    /* of the segment at hand */
    float *scores;
    uint32_t *candidates; /* [n_candidates] ascending docs; only when pruned */
    size_t n_candidates;
    bool pruned;
    float try_below;
    LexHit *best; /* scratch: [top_max] */
} Scorer;

static bool term_starts_with(const LexSeg *seg, uint32_t term, Str prefix) {
    return str_starts(lex_term_text(seg, term), prefix);
}

/* The terms of a segment that a word of the question means: one, none, or all that begin with a CJK
   character. */
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

/* The part of BM25 behind idf; between 0 and k1 + 1. */
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
        if (!q->terms[t].form) s->search->most += weight;
        if (df == 0) continue;
        s->search->n_terms_found += !q->terms[t].form;
        /* A union can add more than once; its true bound does not matter, it is never pruned. */
        float most = q->terms[t].prefix ? INFINITY : weight * (s->k1 + 1);
        s->plan[s->n_plan++] = (TermPlan){t, df, weight, most};
    }
    assert(s->n_plan <= q->n);
    qsort(s->plan, s->n_plan, sizeof *s->plan, by_df);
    s->rest[s->n_plan] = 0;
    for (size_t i = s->n_plan; i-- > 0;) s->rest[i] = s->rest[i + 1] + s->plan[i].most;
}

/* Sums over all segments, the table, the plan: everything that does not depend on one segment. */
static void prepare(Scorer *s) {
    LexSearch *search = s->search;
    double n = 0, length = 0;
    for (size_t i = 0; i < search->n_segs; i++) {
        n += search->segs[i]->n_docs;
        length += (double)search->segs[i]->total_length;
    }
    assert(n >= 1 || search->n_segs == 0); /* no segment is without chunks */
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

/* Adds one term to the scores of all chunks. */
static Status add_term(Scorer *s, const LexSeg *seg, uint32_t term, float weight, Err *err) {
    LexCursor c;
    lex_cursor_init(&c, seg, term);
    for (;;) {
        TRY(lex_cursor_next(&c, err));
        if (c.n == 0) return OK;
        for (uint32_t i = 0; i < c.n; i++) {
            uint32_t doc = c.docs[i];
            s->scores[doc] += weight * posting_part(s, c.tfs[i], seg->lens[doc]);
        }
    }
}

/* Adds one term to the scores of the candidates. */
static Status add_term_to_candidates(Scorer *s, const LexSeg *seg, uint32_t term, float weight,
                                     Err *err) {
    LexCursor c;
    uint32_t at = 0;
    lex_cursor_init(&c, seg, term);
    for (size_t i = 0; i < s->n_candidates; i++) {
        uint32_t doc = s->candidates[i];
        if (at == c.n || c.docs[c.n - 1] < doc) {
            TRY(lex_cursor_seek(&c, doc, err));
            if (c.n == 0) return OK;
            at = 0;
        }
        while (at < c.n && c.docs[at] < doc) at++;
        if (at < c.n && c.docs[at] == doc) {
            s->scores[doc] += weight * posting_part(s, c.tfs[at], seg->lens[doc]);
        }
    }
    return OK;
}

/* ---- the best k: a heap with the worst on top ------------------------------------------------ */

/* By score, then by id: the larger id is the worse one, so that results do not depend on the order
   of segments. */
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

/* heap[*n], at most max: takes the hit when it is among the best. */
static void offer(LexHit *heap, size_t *n, size_t max, LexHit hit) {
    if (*n < max) {
        heap[*n] = hit;
        sift_up(heap, (*n)++);
    } else if (max && worse(heap[0], hit)) {
        heap[0] = hit;
        sift_down(heap, *n, 0);
    }
}

static int best_first(const void *a, const void *b) {
    const LexHit *x = a, *y = b;
    return worse(*y, *x) ? -1 : worse(*x, *y);
}

/* The first doc from `from` whose score is above the bar; n when there is none. Groups of 32 are
   compared without a branch, which compilers turn into vector code. */
static uint32_t next_above(const float *scores, uint32_t from, uint32_t n, float bar) {
    enum { GROUP = 32 };
    for (; from + GROUP <= n; from += GROUP) {
        int any = 0;
        for (int i = 0; i < GROUP; i++) any |= scores[from + (uint32_t)i] > bar;
        if (any) break;
    }
    while (from < n && !(scores[from] > bar)) from++;
    return from;
}

/* A chunk of score 0 is no hit. */
static void offer_doc(Scorer *s, const LexSeg *seg, uint32_t doc) {
    LexSearch *search = s->search;
    if (s->scores[doc] <= 0) return;
    offer(search->top, &search->n_top, search->top_max, (LexHit){seg->ids[doc], s->scores[doc]});
}

/* Everything of this segment that is among the best so far. Of candidates alone when the work was
   narrowed to them: no other chunk can be. */
static void collect(Scorer *s, const LexSeg *seg) {
    LexSearch *search = s->search;
    for (size_t i = 0; s->pruned && i < s->n_candidates; i++) offer_doc(s, seg, s->candidates[i]);
    if (s->pruned || search->top_max == 0) return;
    for (uint32_t doc = 0;; doc++) {
        float bar = search->n_top == search->top_max ? search->top[0].score : 0;
        /* Just below the bar: an equal score with a smaller id is better. */
        doc = next_above(s->scores, doc, seg->n_docs, bar > 0 ? nextafterf(bar, 0) : 0);
        if (doc >= seg->n_docs) return;
        offer_doc(s, seg, doc);
    }
}

/* ---- pruning --------------------------------------------------------------------------------- */

/* The k-th best score there is so far, over the segments before and this one; 0 when fewer. */
static float kth_best(Scorer *s, const LexSeg *seg) {
    LexSearch *search = s->search;
    size_t n = search->n_top, max = search->top_max;
    assert(n <= max);
    if (n) memcpy(s->best, search->top, n * sizeof *s->best);
    float bar = n == max ? s->best[0].score : 0;
    for (uint32_t doc = 0;; doc++) {
        doc = next_above(s->scores, doc, seg->n_docs, bar);
        if (doc >= seg->n_docs) return n == max ? s->best[0].score : 0;
        offer(s->best, &n, max, (LexHit){seg->ids[doc], s->scores[doc]});
        if (n == max) bar = s->best[0].score;
    }
}

/* The doc of a chunk id, or UINT32_MAX: it is of another segment. */
static uint32_t find_doc(const LexSeg *seg, uint32_t id) {
    uint32_t low = 0, high = seg->n_docs;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (seg->ids[mid] < id) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < seg->n_docs && seg->ids[low] == id ? low : UINT32_MAX;
}

/* Docs whose score is at least `need`, and those that were asked for; false: too many. */
static bool choose_candidates(Scorer *s, const LexSeg *seg, float need) {
    const LexSearch *search = s->search;
    size_t most = seg->n_docs / CANDIDATE_PART, also = 0;
    float bar = nextafterf(need, 0);
    uint32_t asked = UINT32_MAX, above = next_above(s->scores, 0, seg->n_docs, bar);
    s->n_candidates = 0;
    for (;;) {
        while (asked == UINT32_MAX && also < search->n_also) {
            asked = find_doc(seg, search->also[also++].chunk);
        }
        uint32_t doc = asked < above ? asked : above;
        if (doc >= seg->n_docs) return true;
        if (s->n_candidates == most) return false; /* looking up is not worth it */
        s->candidates[s->n_candidates++] = doc;
        if (asked == doc) asked = UINT32_MAX;
        if (above == doc) above = next_above(s->scores, doc + 1, seg->n_docs, bar);
    }
}

/* Tries to narrow the rest of the work (plan i and behind) to few candidates. A try costs a look at
   all scores, so the next one waits until much less is left to come. */
static void try_prune(Scorer *s, const LexSeg *seg, size_t i) {
    if (s->search->top_max == 0 || !(s->rest[i] < s->try_below)) return;
    s->try_below = s->rest[i] * 0.6f;
    float need = kth_best(s, seg) * 0.9999f - s->rest[i] * 1.0001f; /* room for rounding */
    s->pruned = need > 0 && choose_candidates(s, seg, need);
}

/* Scores of what was asked for by id; a segment that does not hold it says nothing. */
static void collect_also(Scorer *s, const LexSeg *seg) {
    LexSearch *search = s->search;
    for (size_t i = 0; i < search->n_also; i++) {
        uint32_t doc = find_doc(seg, search->also[i].chunk);
        if (doc != UINT32_MAX) search->also[i].score = s->scores[doc];
    }
}

/* All terms in the order of the plan, rarest first; see the essay for when it narrows down. */
static Status score_segment(Scorer *s, size_t index, Err *err) {
    const LexSeg *seg = s->search->segs[index];
    const TermRange *ranges = s->ranges + index * s->search->query->n;
    memset(s->scores, 0, seg->n_docs * sizeof *s->scores);
    s->pruned = false;
    s->try_below = isinf(s->rest[0]) ? 0 : s->rest[0] * 0.6f;
    for (size_t i = 0; i < s->n_plan; i++) {
        const TermPlan *plan = &s->plan[i];
        TermRange range = ranges[plan->term];
        bool frequent = range.to > range.from &&
                        seg->terms[range.from].df > seg->n_docs / FREQUENT_PART;
        if (!s->pruned && frequent && seg->n_docs > PRUNE_LEAST) try_prune(s, seg, i);
        for (uint32_t term = range.from; term < range.to; term++) {
            TRY(s->pruned ? add_term_to_candidates(s, seg, term, plan->weight, err)
                          : add_term(s, seg, term, plan->weight, err));
        }
    }
    collect(s, seg);
    collect_also(s, seg);
    return OK;
}

/* Scratch for the largest segment, used again for each. */
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
    assert(most <= LEX_DOCS_MAX);
    s->candidates = mem_alloc_n(most / CANDIDATE_PART + 1, sizeof *s->candidates);
    s->best = mem_alloc_n(search->top_max, sizeof *s->best);
    bool room = s->plan && s->rest && s->ranges && s->scores && s->candidates && s->best;
    return room ? OK : err_no_memory(err, "scoring");
}

Status lex_search(LexSearch *search, Err *err) {
    search->n_top = 0;
    search->n_terms_found = 0;
    search->most = 0;
    for (size_t i = 0; i < search->n_also; i++) search->also[i].score = 0;
    assert(search->query->n <= LEX_QUERY_TERMS_MAX);
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
    mem_free(s->candidates);
    mem_free(s->best);
    mem_free(s);
    return status;
}
