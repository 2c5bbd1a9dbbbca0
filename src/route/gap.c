/*
 * The gap model's body: reading it from bytes, and scoring.
 *
 * Model. Two parts over the same features (features.h).
 *   Linear: a ridge regression on TF-IDF of the hashed grams. A gram counts (1 + log n) * idf; the
 *   words and the letters of a question are brought to length sqrt(1/2) each, so that a long
 *   question speaks no louder than a short one. Three targets share the pass: the weak model is
 *   right, the strong one is right, and how easy the question is (the mean over all models asked).
 *   Forest: extremely randomised trees (Geurts, Ernst, Wehenkel 2006) over the shape, the linear
 *   scores and the rarity of the words, each cut into GAP_BINS bins. A leaf holds two means.
 * The last line weighs both, and what an earlier model said, into a probability (a logistic) and a
 * gap (a sum). The earlier model is one trained on other questions: a model trained on the few
 * hundred outcomes of one user knows that user, the one Hearth ships knows more questions.
 * Weights are small integers: 8 bits an idf, 8 bits a weight.
 *
 * Bytes, little-endian: "hgap", version, bits of the two spaces, inputs, bins, trees, nodes (u32
 * each); idf; weights; unit and mean of each target; edges; scale (f32); roots (u32); nodes of 4
 * bytes; a checksum of all before (u64). The reader checks that sizes are this build's, that every
 * number is finite, and that each tree's nodes lead forward and stay inside: a walk therefore ends.
 * A model reads the same on every machine; scoring is single precision in one fixed order.
 *
 * The one that ships is gap.model beside this file, put into the program by the assembler. Made by
 * `make route-prior` of RouteLLM outcomes (Apache-2.0) over MMLU and GSM8K questions (MIT), of
 * LLMRouter outcomes (MIT) and of GSM8K training questions (MIT).
 *
 * Limits: GAP_TREES_MAX trees, GAP_NODES_MAX nodes: 1.3 MB at the very most.
 */
#include "route/gap.h"

#include <assert.h>
#include <math.h>

#include "base/hash.h"
#include "base/mem.h"

extern const char gap_model_begin[], gap_model_end[];
static const char gap_magic[4] = {'h', 'g', 'a', 'p'};
_Static_assert((GAP_BINS & (GAP_BINS - 1)) == 0 && GAP_BINS <= INT8_MAX, "set_bins halves; a byte");
_Static_assert((int)GAP_INPUTS < (int)GAP_LEAF, "no input's number is a leaf's");
_Static_assert(sizeof(GapScale) == 2 * GAP_TERMS * sizeof(float), "written as a row of floats");

/* ---- bytes ---------------------------------------------------------------------------------- */

/* Not finite: the bytes are damaged. */
static float read_f32(Reader *r) {
    float value = reader_f32(r);
    if (!isfinite(value)) r->bad = true;
    return value;
}

void gap_write(const GapModel *m, Buf *out) {
    const float *scale = (const float *)&m->scale;
    assert(m->n_trees <= GAP_TREES_MAX && m->n_nodes <= GAP_NODES_MAX); /* what gap_open takes */
    size_t from = out->n;
    buf_add(out, gap_magic, 4);
    buf_add_le(out, GAP_VERSION, 4);
    buf_add_le(out, ROUTE_BITS << 8 | ROUTE_BITS, 4);
    buf_add_le(out, GAP_INPUTS, 4);
    buf_add_le(out, GAP_BINS, 4);
    buf_add_le(out, m->n_trees, 4);
    buf_add_le(out, m->n_nodes, 4);
    buf_add(out, m->idf, sizeof m->idf);
    buf_add(out, m->weight, sizeof m->weight);
    for (int t = 0; t < GAP_TARGETS; t++) buf_add_f32(out, m->unit[t]);
    for (int t = 0; t < GAP_TARGETS; t++) buf_add_f32(out, m->mean[t]);
    for (int i = 0; i < GAP_INPUTS; i++) {
        for (int b = 0; b < GAP_BINS - 1; b++) buf_add_f32(out, m->edge[i][b]);
    }
    for (size_t i = 0; i < sizeof m->scale / sizeof *scale; i++) buf_add_f32(out, scale[i]);
    for (uint32_t i = 0; i < m->n_trees; i++) buf_add_le(out, m->root[i], 4);
    for (uint32_t i = 0; i < m->n_nodes; i++) {
        GapNode node = m->nodes[i];
        uint8_t b[4] = {node.input, (uint8_t)node.bin, (uint8_t)node.right,
                        (uint8_t)((uint16_t)node.right >> 8)};
        buf_add(out, b, 4);
    }
    uint64_t check = out->p ? hash_check64(out->p + from, out->n - from, GAP_VERSION) : 0;
    buf_add_le(out, check, 8);
}

/* Sizes first: what is allocated next has a ceiling. */
static Status read_head(Reader *r, GapModel *m, Err *err) {
    const uint8_t *magic = reader_bytes(r, 4);
    if (!magic || memcmp(magic, gap_magic, 4) != 0) {
        return err_set(err, E_CORRUPT, "this is no gap model: it does not begin with \"hgap\"");
    }
    uint32_t version = reader_u32(r), bits = reader_u32(r), inputs = reader_u32(r),
             bins = reader_u32(r);
    if (version != GAP_VERSION || bits != (ROUTE_BITS << 8 | ROUTE_BITS) ||
        inputs != GAP_INPUTS || bins != GAP_BINS) {
        err_set(err, E_UNSUPPORTED,
                "gap model of version %u with %u inputs; this build reads version %d with %d",
                version, inputs, GAP_VERSION, GAP_INPUTS);
        return err_hint(err, "train it again with this build");
    }
    m->n_trees = reader_u32(r);
    m->n_nodes = reader_u32(r);
    if (r->bad || m->n_trees > GAP_TREES_MAX || m->n_nodes > GAP_NODES_MAX ||
        (m->n_trees && !m->n_nodes)) {
        return err_set(err, E_CORRUPT, "gap model: %u trees of %u nodes", m->n_trees, m->n_nodes);
    }
    return OK;
}

/* Failures are collected in r->bad and looked at once, behind the checksum. */
static void read_numbers(Reader *r, GapModel *m) {
    float *scale = (float *)&m->scale;
    const uint8_t *idf = reader_bytes(r, sizeof m->idf);
    if (idf) memcpy(m->idf, idf, sizeof m->idf);
    const uint8_t *weight = reader_bytes(r, sizeof m->weight);
    if (weight) memcpy(m->weight, weight, sizeof m->weight);
    for (int t = 0; t < GAP_TARGETS; t++) m->unit[t] = read_f32(r);
    for (int t = 0; t < GAP_TARGETS; t++) m->mean[t] = read_f32(r);
    for (int i = 0; i < GAP_INPUTS; i++) {
        for (int b = 0; b < GAP_BINS - 1; b++) {
            m->edge[i][b] = read_f32(r);
            if (b && m->edge[i][b] < m->edge[i][b - 1]) r->bad = true;
        }
    }
    for (size_t i = 0; i < sizeof m->scale / sizeof *scale; i++) scale[i] = read_f32(r);
    for (uint32_t i = 0; i < m->n_trees; i++) {
        m->root[i] = reader_u32(r);
        if (m->root[i] >= m->n_nodes) r->bad = true;
    }
}

/* Every step goes forward and stays inside, so that a walk ends at a leaf: the last node is one. */
static void read_nodes(Reader *r, GapModel *m) {
    const uint8_t *p = reader_bytes(r, (uint64_t)m->n_nodes * 4);
    for (uint32_t i = 0; p && i < m->n_nodes; i++, p += 4) {
        GapNode node = {p[0], (int8_t)p[1], (int16_t)(p[2] | p[3] << 8)};
        m->nodes[i] = node;
        if (node.input == GAP_LEAF) continue;
        if (node.input >= GAP_INPUTS || node.right < 1 || i + (uint32_t)node.right >= m->n_nodes ||
            i + 1 >= m->n_nodes) {
            r->bad = true;
        }
    }
}

/* The checksum is of what was read; nothing may stand behind it. */
Status gap_open(Str bytes, GapModel **out, Err *err) {
    Reader r = reader_init(bytes.p, bytes.n);
    GapModel *m = mem_zalloc(sizeof *m);
    if (!m) return err_no_memory(err, "a gap model");
    Status status = read_head(&r, m, err);
    if (status != OK) goto out;
    m->nodes = mem_alloc_n(m->n_nodes ? m->n_nodes : 1, sizeof *m->nodes);
    if (!m->nodes) {
        status = err_no_memory(err, "a gap model's trees");
        goto out;
    }
    read_numbers(&r, m);
    read_nodes(&r, m);
    uint64_t check = r.bad ? 0 : hash_check64(bytes.p, r.at, GAP_VERSION);
    if (r.bad || reader_u64(&r) != check || r.bad || r.at != bytes.n) {
        status = err_set(err, E_CORRUPT, "the gap model is damaged");
    }
out:
    if (status == OK)
        *out = m;
    else
        gap_close(m);
    return status;
}

Str gap_built_in(void) {
    return (Str){gap_model_begin, (size_t)(gap_model_end - gap_model_begin)};
}

void gap_close(GapModel *model) {
    if (!model) return;
    mem_free(model->nodes);
    mem_free(model);
}

/* ---- scoring -------------------------------------------------------------------------------- */

/* Letters have the second space. */
static size_t gram_slot(const RouteFeatures *f, int i) {
    return f->grams[i].slot + (i < f->n_words ? 0 : (size_t)ROUTE_SPACE);
}

/* (1 + log n) * idf; the table holds it for small n, which nearly all are. */
float gap_gram_value(const GapModel *m, const RouteFeatures *f, int i) {
    static const float damped[8] = {0,         1,         1.693147F, 2.098612F,
                                    2.386294F, 2.609438F, 2.791759F, 2.94591F};
    int n = f->grams[i].count;
    return (n < 8 ? damped[n] : 1 + logf((float)n)) * (float)m->idf[gram_slot(f, i)];
}

/* What brings a space of this squared length to sqrt(1/2). */
static float length_norm(float squares) {
    return squares > 0 ? 0.70710678F / sqrtf(squares) : 0;
}

float gap_norm(const GapModel *m, const RouteFeatures *f, int from, int to) {
    float sum = 0;
    assert(0 <= from && from <= to && to <= f->n_grams);
    for (int i = from; i < to; i++) {
        float value = gap_gram_value(m, f, i);
        sum += value * value;
    }
    return length_norm(sum);
}

/* One pass: the weighted sums and the length that they are divided by (as gap_norm has it). */
static void linear_space(const GapModel *m, const RouteFeatures *f, int from, int to, float *out) {
    float sum[GAP_TARGETS] = {0}, squares = 0;
    for (int i = from; i < to; i++) {
        float value = gap_gram_value(m, f, i);
        const int8_t *weight = m->weight[gram_slot(f, i)];
        squares += value * value;
        for (int t = 0; t < GAP_TARGETS; t++) sum[t] += value * (float)weight[t];
    }
    float norm = length_norm(squares);
    for (int t = 0; t < GAP_TARGETS; t++) out[t] += sum[t] * norm * m->unit[t];
}

/* The ridge regression: means, and each space by itself. */
static void linear_score(const GapModel *m, const RouteFeatures *f, float out[GAP_TARGETS]) {
    for (int t = 0; t < GAP_TARGETS; t++) out[t] = m->mean[t];
    linear_space(m, f, 0, f->n_words, out);
    linear_space(m, f, f->n_words, f->n_grams, out);
}

/* Mean idf of the words that are known. Unknown ones are left out: most are typing errors; so are
   foreign ones: to a model that learned English each is rare. Of a question with no others the
   median of those that were learned from. */
static float rarity(const GapModel *m, const RouteFeatures *f) {
    const float *edge = m->edge[ROUTE_SHAPE_COUNT + GAP_TARGETS];
    float sum = 0, known = 0;
    assert(f->n_words <= f->n_grams); /* words come first */
    for (int i = 0; i < f->n_words; i++) {
        uint8_t idf = f->grams[i].slot < ROUTE_ASCII ? m->idf[f->grams[i].slot] : 0;
        sum += (float)idf;
        known += idf > 0;
    }
    return known > 0 ? sum / known / GAP_IDF_UNIT : edge[GAP_BINS / 2 - 1];
}

void gap_inputs(const GapModel *m, const RouteFeatures *f, const float linear[GAP_TARGETS],
                const float shared[GAP_SHARED], float out[GAP_INPUTS]) {
    float *rest = out + ROUTE_SHAPE_COUNT + GAP_TARGETS;
    _Static_assert(ROUTE_SHAPE_COUNT + GAP_TARGETS + 1 + GAP_SHARED == GAP_INPUTS, "all are set");
    memcpy(out, f->shape, sizeof f->shape);
    memcpy(out + ROUTE_SHAPE_COUNT, linear, GAP_TARGETS * sizeof *linear);
    rest[0] = rarity(m, f);
    memcpy(rest + 1, shared, GAP_SHARED * sizeof *shared);
}

/* Bisection over ascending edges: how many are not above the value. */
static void set_bins(const GapModel *m, const float inputs[GAP_INPUTS], uint8_t out[GAP_INPUTS]) {
    for (int i = 0; i < GAP_INPUTS; i++) {
        int bin = 0;
        for (int step = GAP_BINS / 2; step; step /= 2) {
            if (bin + step < GAP_BINS && inputs[i] >= m->edge[i][bin + step - 1]) bin += step;
        }
        out[i] = (uint8_t)bin;
    }
}

/* As forest_row, which has the same arithmetic on a training's bins. */
static void forest_score(const GapModel *m, const uint8_t bins[GAP_INPUTS], float out[2]) {
    int32_t gap = 0, weak = 0;
    assert(m->n_trees <= GAP_TREES_MAX); /* hence no sum of leaves wraps */
    for (uint32_t t = 0; t < m->n_trees; t++) {
        const GapNode *node = &m->nodes[m->root[t]];
        while (node->input != GAP_LEAF) {
            node += bins[node->input] < (uint8_t)node->bin ? 1 : node->right;
        }
        gap += node->bin;
        weak += node->right;
    }
    float n = m->n_trees ? 127.0F * (float)m->n_trees : 1;
    out[0] = (float)gap / n;
    out[1] = (float)weak / n;
}

void gap_terms(const float forest[2], const float linear[GAP_TARGETS],
               const float shared[GAP_SHARED], float weak[GAP_TERMS], float gap[GAP_TERMS]) {
    const float w[GAP_TERMS] = {1, forest[1], linear[0], linear[2], shared[0], shared[1]};
    const float g[GAP_TERMS] = {1,         forest[0], linear[1] - linear[0],
                                linear[0], shared[0], shared[1]};
    memcpy(weak, w, sizeof w);
    memcpy(gap, g, sizeof g);
}

/* In one fixed order, for the same sum on every machine. */
static float weigh(const float *weights, const float *terms) {
    float sum = 0;
    for (int k = 0; k < GAP_TERMS; k++) sum += weights[k] * terms[k];
    return sum;
}

void gap_score(const GapModel *m, const RouteFeatures *f, const GapScore *earlier, GapScore *out) {
    float linear[GAP_TARGETS], inputs[GAP_INPUTS], forest[2], weak[GAP_TERMS], gap[GAP_TERMS];
    float shared[GAP_SHARED] = {earlier ? earlier->weak : 0, earlier ? earlier->gap : 0};
    uint8_t bins[GAP_INPUTS];
    assert(f->n_words <= f->n_grams && f->n_grams <= ROUTE_GRAMS_MAX);
    linear_score(m, f, linear);
    gap_inputs(m, f, linear, shared, inputs);
    set_bins(m, inputs, bins);
    forest_score(m, bins, forest);
    gap_terms(forest, linear, shared, weak, gap);
    out->weak = 1 / (1 + expf(-weigh(m->scale.weak, weak)));
    out->gap = weigh(m->scale.gap, gap);
}
