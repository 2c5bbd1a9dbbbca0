/*
 * The body of embed.h: texts are packed side by side into passes of up to 512 tokens.
 *
 * A pass holds as many whole texts as fit; each attends only to itself (WaveSegment), so that the
 * vector of a text does not depend on its neighbours. All threads work on one pass: the weights of
 * a small encoder stay in the shared cache while rows are divided.
 *
 * Pooling (Reimers & Gurevych 2019): mean of all token states, or the state of the first token
 * (CLS); then length 1, so that a dot product is the cosine. The file says which
 * ("bert.pooling_type"; mean when it does not).
 *
 * Prefixes come from "hearth.embedding.query_prefix" and ".passage_prefix" in the file; a file
 * without them whose name contains "e5" gets e5's own ("query: ", "passage: ", Wang et al. 2024).
 *
 * States in context (embedder_states) are those of the tokens after some layers, all of one pass:
 * it ends after the highest, the others are tapped (wave.h). Tokens do not say
 * which bytes they stand for: the text is walked along with their spellings, blanks left out. Where
 * the model's normalisation has written something else ("½" as "1/2") the walk goes on at the next
 * spelling that stands nearby.
 *
 * The id of the space is the fingerprint of the file (fingerprint.h) with pooling and dimension.
 *
 * Worked example of the walk (embed_walk), text "Dr. Ångström", tokens "▁Dr", ".", "▁angstrom": at
 * 0 "Dr" is found, at 2 ".", then blanks are skipped to 4; "angstrom" stands nowhere near, since
 * the model writes another letter for "Å", so that the token gets the one character at 4, and the
 * walk stays there. The next spelling is looked for up to EMBED_NEAR bytes further.
 */
#include "model/embed.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "model/engine_private.h"
#include "model/fingerprint.h"
#include "model/pack.h"

enum {
    EMBED_TEXT_BYTES_MAX = 1 << 18, /* what is looked at of one text; 512 tokens are far less */
    EMBED_PREFIX_MAX = 256,
};
_Static_assert(sizeof((Engine *)0)->name + sizeof ":mean:2147483647:0123456789abcdef" <= 160,
               "Embedder.id");

struct Embedder {
    Engine *engine;
    HyperPooling pooling;
    int max_tokens;
    Str query_prefix, passage_prefix;
    char id[160];
};

/* ---- opening -------------------------------------------------------------------------------- */

/* Letter case of ASCII does not count; word is in lower case. */
static bool embed_name_has(const char *name, const char *word) {
    char lower[96];
    size_t n = 0;
    for (; name[n] && n < sizeof lower - 1; n++) lower[n] = plain_lower(name[n]);
    lower[n] = 0;
    return strstr(lower, word) != NULL;
}

/* The file's prefixes are untrusted and of any bytes; only their length is checked. */
static Status embed_read_prefixes(Embedder *e, Err *err) {
    const Gguf *gguf = e->engine->gguf;
    bool is_e5 = embed_name_has(e->engine->name, "e5");
    e->query_prefix = is_e5 ? STR("query: ") : STR("");
    e->passage_prefix = is_e5 ? STR("passage: ") : STR("");
    TRY(gguf_str_opt(gguf, "hearth.embedding.query_prefix", &e->query_prefix, err));
    TRY(gguf_str_opt(gguf, "hearth.embedding.passage_prefix", &e->passage_prefix, err));
    if (e->query_prefix.n <= EMBED_PREFIX_MAX && e->passage_prefix.n <= EMBED_PREFIX_MAX) return OK;
    return err_set(err, E_LIMIT, "embedding: a prefix has more than %d bytes", EMBED_PREFIX_MAX);
}

/* 0, none or not said, is read as mean. E_UNSUPPORTED: what else the format knows, last token and
   rank. */
static Status embed_read_pooling(Embedder *e, Err *err) {
    int64_t pooling = engine_hyper(e->engine)->pooling;
    e->pooling = pooling == POOL_CLS ? POOL_CLS : POOL_MEAN;
    if (pooling <= POOL_CLS) return OK;
    return err_set(err, E_UNSUPPORTED, "embedding: pooling type %lld is not known here",
                   (long long)pooling);
}

/* The longest text, in tokens: what the file says that the model was trained on
   (doc/formats/gguf-import.md), but never more than its table of positions or one pass. Publishers
   write more than the table has at times, so that is no error. */
static Status embed_read_longest(Embedder *e, Err *err) {
    int64_t longest = INT32_MAX, places = engine_hyper(e->engine)->n_ctx_train;
    TRY(gguf_int_opt(e->engine->gguf, "hearth.embedding.max_tokens", 1, longest, &longest, err));
    if (longest > places) longest = places;
    e->max_tokens = longest < WAVE_TOKENS_MAX ? (int)longest : WAVE_TOKENS_MAX;
    return OK;
}

/* What decides whether two vectors may be compared: file, pooling, dimension. */
static void embed_make_id(Embedder *e) {
    uint64_t sum = model_fingerprint(e->engine->gguf);
    pack_forget_file(e->engine->gguf); /* it looked at each tensor */
    (void)snprintf(e->id, sizeof e->id, "%s:%s:%d:%016llx", e->engine->name,
                   e->pooling == POOL_CLS ? "cls" : "mean", embedder_dim(e),
                   (unsigned long long)sum);
}

Status embedder_open(const EmbedderOptions *options, Embedder **out, Err *err) {
    EngineOptions engine = {.path = options->path, .pack_dir = options->pack_dir,
                            .isa = options->isa, .threads = options->threads, .embedding = true,
                            .cancel = options->cancel, .packing = options->packing,
                            .user = options->user};
    *out = NULL;
    Embedder *e = mem_zalloc(sizeof *e);
    if (!e) return err_no_memory(err, "an embedder");
    Status status = engine_open(&engine, &e->engine, err);
    if (status == OK) status = embed_read_pooling(e, err);
    if (status == OK) status = embed_read_prefixes(e, err);
    if (status == OK) status = embed_read_longest(e, err);
    if (status != OK) {
        embedder_close(e);
        return status;
    }
    embed_make_id(e);
    *out = e;
    return OK;
}

void embedder_close(Embedder *e) {
    if (!e) return;
    engine_close(e->engine);
    mem_free(e);
}

int embedder_dim(const Embedder *e) {
    return (int)engine_hyper(e->engine)->n_embd;
}

const char *embedder_id(const Embedder *e) {
    return e->id;
}

const char *embedder_name(const Embedder *e) {
    return e->engine->name;
}

/* ---- tokens --------------------------------------------------------------------------------- */

static Str embed_clip(Str text) {
    return utf8_cut(text, EMBED_TEXT_BYTES_MAX);
}

/* A text on its way into a pass. */
typedef struct EmbedRead {
    Buf joined;    /* prefix and text */
    TokenList ids; /* all of them, special ones at both ends */
} EmbedRead;

static void embed_read_init(EmbedRead *r) {
    buf_init(&r->joined, EMBED_TEXT_BYTES_MAX + EMBED_PREFIX_MAX);
    token_list_init(&r->ids, EMBED_TEXT_BYTES_MAX + EMBED_PREFIX_MAX + 8);
}

static void embed_read_fini(EmbedRead *r) {
    buf_fini(&r->joined);
    token_list_fini(&r->ids);
}

/* The next text, in place of the last one. E_FAILED: of a vocabulary without special tokens an
   empty text has no token, and a pass has no place for it. */
static Status embed_read(const Embedder *e, Str text, bool query, EmbedRead *r, Err *err) {
    r->ids.n = 0;
    buf_clear(&r->joined);
    buf_add_str(&r->joined, query ? e->query_prefix : e->passage_prefix);
    buf_add_str(&r->joined, embed_clip(text));
    TRY(buf_check(&r->joined, "a text to embed", err));
    TRY(vocab_encode(e->engine->vocab, buf_str(&r->joined), VOCAB_ADD_SPECIAL, &r->ids, err));
    return r->ids.n ? OK : err_set(err, E_FAILED, "embedding: a text has no tokens at all");
}

/* ---- one pass ------------------------------------------------------------------------------- */

typedef struct EmbedPass {
    int32_t tokens[WAVE_TOKENS_MAX];
    WaveSegment segments[WAVE_TEXTS_MAX];
    int n_tokens, n_texts;
    float *out; /* of the first text */
} EmbedPass;

/* Appends a text; what is longer than the model reads loses its end but keeps the last special. */
static bool embed_append(const Embedder *e, EmbedPass *pass, const TokenList *ids) {
    int n = ids->n < (size_t)e->max_tokens ? (int)ids->n : e->max_tokens;
    assert(n > 0 && pass->n_texts < WAVE_TEXTS_MAX && pass->n_tokens + n <= WAVE_TOKENS_MAX);
    int32_t *to = pass->tokens + pass->n_tokens;
    memcpy(to, ids->ids, (size_t)n * sizeof *to);
    bool cut = ids->n > (size_t)n;
    if (cut) to[n - 1] = ids->ids[ids->n - 1];
    pass->segments[pass->n_texts++] =
        (WaveSegment){.first = pass->n_tokens, .n = n, .wants = WAVE_ALL};
    pass->n_tokens += n;
    return cut;
}

/* One text's vector: the mean (or first) of its rows [n][dim], divided by its length. Dividing the
   mean by n is left out: the length takes it away. */
static void embed_pool(const Embedder *e, WaveSegment seg, float *out) {
    assert(seg.rows == seg.n); /* WAVE_ALL: every token left a row */
    size_t dim = (size_t)embedder_dim(e);
    const float *rows = e->engine->wave->out + (size_t)seg.row * dim;
    int n = e->pooling == POOL_CLS ? 1 : seg.n;
    double square = 0;
    for (size_t i = 0; i < dim; i++) {
        double sum = 0;
        for (int t = 0; t < n; t++) sum += (double)rows[(size_t)t * dim + i];
        out[i] = (float)sum;
        square += sum * sum;
    }
    double by = square > 0 ? 1 / sqrt(square) : 0;
    for (size_t i = 0; i < dim; i++) out[i] = (float)((double)out[i] * by);
}

/* Vectors that are no numbers would poison a store for good. */
static Status embed_check_finite(const float *row, int dim, Err *err) {
    for (int i = 0; i < dim; i++) {
        if (isfinite(row[i])) continue;
        (void)err_set(err, E_CORRUPT, "the embedding model's output is not numbers");
        return err_hint(err, "its weights are damaged: fetch the file again");
    }
    return OK;
}

/* Ends after w->layers (0: all), which the caller sets, as it does w->taps. It holds the engine's
   turn. */
static Status embed_wave(Embedder *e, EmbedPass *pass, Err *err) {
    Wave *w = e->engine->wave;
    assert(pass->n_texts > 0 && pass->n_texts <= pass->n_tokens);
    w->tokens = pass->tokens;
    w->m = pass->n_tokens;
    w->segments = pass->segments;
    w->n_segments = pass->n_texts;
    w->stop = NULL;
    TRY(wave_run(w, err));
    return engine_check_intact(e->engine, err);
}

/* Runs the texts that are gathered, writes their vectors at pass->out and moves on; nothing to do
   is fine. Holds the engine's turn: the rows lie in the wave. */
static Status embed_pass_run(Embedder *e, EmbedPass *pass, Err *err) {
    int dim = embedder_dim(e);
    if (pass->n_texts == 0) return OK;
    (void)pthread_mutex_lock(&e->engine->turn);
    e->engine->wave->layers = 0;
    e->engine->wave->taps = 0;
    Status status = embed_wave(e, pass, err);
    for (int i = 0; i < pass->n_texts && status == OK; i++) {
        embed_pool(e, pass->segments[i], pass->out);
        status = embed_check_finite(pass->out, dim, err);
        pass->out += dim;
    }
    (void)pthread_mutex_unlock(&e->engine->turn);
    pass->n_texts = pass->n_tokens = 0;
    return status;
}

/* Is there room in the pass for one more text, cut to what the model reads? */
static bool embed_fits(const Embedder *e, const EmbedPass *pass, const TokenList *ids) {
    size_t n = ids->n < (size_t)e->max_tokens ? ids->n : (size_t)e->max_tokens;
    return pass->n_texts < WAVE_TEXTS_MAX && (size_t)pass->n_tokens + n <= WAVE_TOKENS_MAX;
}

/* One more text; the pass runs first where it is full. */
static Status embed_text(Embedder *e, EmbedPass *pass, const TokenList *ids, EmbedStats *stats,
                         Err *err) {
    if (!embed_fits(e, pass, ids)) TRY(embed_pass_run(e, pass, err));
    int before = pass->n_tokens;
    bool cut = embed_append(e, pass, ids);
    if (stats) {
        stats->tokens += (size_t)(pass->n_tokens - before);
        stats->truncated += cut;
    }
    return OK;
}

Status embedder_run(Embedder *e, const Str *texts, size_t n, bool query, float *out,
                    EmbedStats *stats, Err *err) {
    EmbedPass pass = {.out = out};
    EmbedRead read;
    Status status = OK;
    if (stats) *stats = (EmbedStats){0};
    embed_read_init(&read);
    for (size_t i = 0; i < n && status == OK; i++) {
        status = embed_read(e, texts[i], query, &read, err);
        if (status == OK) status = embed_text(e, &pass, &read.ids, stats, err);
    }
    if (status == OK) status = embed_pass_run(e, &pass, err);
    embed_read_fini(&read);
    return status;
}

/* ---- states in context ---------------------------------------------------------------------- */

enum { EMBED_NEAR = 12 }; /* bytes that the walk may skip */

static size_t embed_skip_blanks(Str text, size_t at) {
    while (at < text.n && (unsigned char)text.p[at] <= ' ') at++;
    return at;
}

/* Where the spelling of a token stands in the text from *at on; moves *at behind it. */
static EmbedPlace embed_walk(Str text, Str spelling, size_t *at) {
    size_t from = embed_skip_blanks(text, *at), end = from;
    spelling = str_trim(spelling);
    if (spelling.n == 0) return (EmbedPlace){(uint32_t)from, (uint32_t)from};
    assert(*at <= text.n && from <= text.n);
    size_t near = from + EMBED_NEAR + spelling.n < text.n ? from + EMBED_NEAR + spelling.n : text.n;
    size_t hit = str_find(str_sub(text, 0, near), spelling, from);
    if (hit != SIZE_MAX) {
        *at = hit + spelling.n;
        return (EmbedPlace){(uint32_t)hit, (uint32_t)*at};
    }
    if (end < text.n) end++;
    while (end < text.n && utf8_goes_on(text.p[end])) end++;
    return (EmbedPlace){(uint32_t)from, (uint32_t)end}; /* something else is written for it */
}

/* Texts of a pass whose states are asked for. */
typedef struct EmbedStates {
    EmbedPass pass;
    EmbedPlace place[WAVE_TOKENS_MAX]; /* of each token, in its prefix and text */
    const EmbedText *texts;            /* the first of the pass */
    uint32_t layers;
    int n_layers;                      /* of them */
    float *tapped; /* [n_layers - 1][tokens of the pass][dim]; the highest layer's are Wave.out */
    float *out;    /* of its first place */
    uint32_t *token;
} EmbedStates;

/* Where each token of one text stands in it: place[seg.first ..]. Special tokens stand nowhere. */
static Status embed_find_tokens(const Embedder *e, EmbedStates *s, Str text, WaveSegment seg,
                                Err *err) {
    Buf spelling;
    size_t at = 0;
    Status status = OK;
    buf_init(&spelling, VOCAB_TOKEN_BYTES_MAX);
    for (int t = seg.first; t < seg.first + seg.n && status == OK; t++) {
        spelling.n = 0;
        if (!vocab_is_special(e->engine->vocab, s->pass.tokens[t]))
            vocab_piece(e->engine->vocab, s->pass.tokens[t], &spelling);
        status = buf_check(&spelling, "a token", err);
        s->place[t] = embed_walk(text, buf_str(&spelling), &at);
    }
    buf_fini(&spelling);
    return status;
}

/* out [dim] = mean of rows [n][dim]; zeros for none. */
static void embed_mean(const float *rows, int n, int dim, float *out) {
    memset(out, 0, (size_t)dim * sizeof *out);
    for (int t = 0; t < n; t++) {
        for (int i = 0; i < dim; i++) out[i] += rows[(size_t)t * (size_t)dim + (size_t)i];
    }
    for (int i = 0; n > 1 && i < dim; i++) out[i] /= (float)n;
}

/* The states of the pass that has run, after the i-th of the layers asked for. */
static const float *embed_layer(const Embedder *e, const EmbedStates *s, int i) {
    assert(0 <= i && i < s->n_layers);
    if (i == s->n_layers - 1) return e->engine->wave->out;
    return s->tapped + (size_t)i * (size_t)s->pass.n_tokens * (size_t)embedder_dim(e);
}

/* The states at the places of one text. Every token has a row, in the order of the pass. */
static void embed_gather(const Embedder *e, EmbedStates *s, WaveSegment seg,
                         const EmbedText *text) {
    int t = 0, dim = embedder_dim(e);
    uint32_t prefix = (uint32_t)e->query_prefix.n;
    const EmbedPlace *place = s->place + seg.first;
    for (size_t i = 0; i < text->n; i++) {
        uint32_t at = text->places[i].at + prefix, end = text->places[i].end + prefix;
        while (t < seg.n && place[t].end <= at) t++;
        int behind = t;
        while (behind < seg.n && place[behind].at < end) behind++;
        *s->token++ = behind > t ? (uint32_t)t : EMBED_NO_TOKEN;
        for (int k = 0; k < s->n_layers; k++, s->out += dim) {
            const float *rows = embed_layer(e, s, k) + (size_t)(seg.row + t) * (size_t)dim;
            embed_mean(rows, behind - t, dim, s->out);
        }
    }
}

/* The pass to the highest layer asked for; lower ones are tapped. Gathers while the turn is held,
   since the highest layer's states lie in the wave. */
static Status embed_states_run(Embedder *e, EmbedStates *s, Err *err) {
    EmbedPass *pass = &s->pass;
    Wave *w = e->engine->wave;
    const float *row = s->out;
    int dim = embedder_dim(e), highest = 32 - __builtin_clz(s->layers);
    if (pass->n_texts == 0) return OK;
    (void)pthread_mutex_lock(&e->engine->turn);
    assert(s->n_layers == 1 || s->tapped);
    w->layers = highest;
    w->taps = s->layers & ~(1u << (highest - 1));
    w->tapped = s->tapped;
    Status status = embed_wave(e, pass, err);
    for (int i = 0; i < pass->n_texts && status == OK; i++) {
        embed_gather(e, s, pass->segments[i], &s->texts[i]);
    }
    (void)pthread_mutex_unlock(&e->engine->turn);
    for (; row < s->out && status == OK; row += dim) status = embed_check_finite(row, dim, err);
    s->texts += pass->n_texts;
    pass->n_texts = pass->n_tokens = 0;
    return status;
}

/* One more text as a question; a pass that has no room for it runs first. */
static Status embed_states_add(Embedder *e, EmbedStates *s, Str text, EmbedRead *read, Err *err) {
    TRY(embed_read(e, text, true, read, err));
    if (!embed_fits(e, &s->pass, &read->ids)) TRY(embed_states_run(e, s, err));
    (void)embed_append(e, &s->pass, &read->ids);
    WaveSegment seg = s->pass.segments[s->pass.n_texts - 1];
    return embed_find_tokens(e, s, buf_str(&read->joined), seg, err);
}

Status embedder_states(Embedder *e, const EmbedAsk *ask, float *out, uint32_t *token, Err *err) {
    EmbedStates s = {.texts = ask->texts, .layers = ask->layers, .out = out, .token = token,
                     .n_layers = __builtin_popcount(ask->layers)};
    int64_t n_layer = engine_hyper(e->engine)->n_layer;
    if (ask->layers == 0 || (n_layer < 32 && ask->layers >> n_layer)) {
        return err_set(err, E_UNSUPPORTED, "the embedding model has no layers %#x", ask->layers);
    }
    size_t tapped = (size_t)(s.n_layers - 1) * WAVE_TOKENS_MAX * (size_t)embedder_dim(e);
    if (tapped > 0) s.tapped = mem_alloc_n(tapped, sizeof *s.tapped);
    if (tapped > 0 && !s.tapped) return err_no_memory(err, "the states of a text");
    EmbedRead read;
    Status status = OK;
    embed_read_init(&read);
    for (size_t i = 0; i < ask->n && status == OK; i++) {
        status = embed_states_add(e, &s, ask->texts[i].text, &read, err);
    }
    if (status == OK) status = embed_states_run(e, &s, err);
    embed_read_fini(&read);
    mem_free(s.tapped);
    return status;
}

Status embedder_means(Embedder *e, Str text, uint32_t layers, float *out, Err *err) {
    const EmbedPlace all = {0, (uint32_t)embed_clip(text).n};
    const EmbedText one = {text, &all, 1};
    EmbedAsk ask = {&one, 1, layers};
    uint32_t token;
    return embedder_states(e, &ask, out, &token, err);
}
