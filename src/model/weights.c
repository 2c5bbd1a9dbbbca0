/*
 * The body of weights.h: binding tensors by name, and loading what was bound.
 *
 * Binding walks the family's list (arch/NAME.c) and fills a table of items: which tensor of the
 * file, which field of the model, how many bytes when packed and where in the block of all
 * matrices. Matrices are bound in the order of use in a forward pass, so that the packed block
 * is read front to back for each token.
 *
 * Vectors (norms, biases) are a few hundred KiB in all: they are copied as float32, which also
 * lets every value be checked to be a number. Matrices are packed by the kernels' own functions,
 * 16 rows a panel, in slices that all threads share; before a slice is packed, the scales of its
 * blocks are checked (scales_finite), because one NaN in a scale would make every logit
 * NaN much later and far from its cause.
 *
 * Pages of the model file that were packed are given back to the system (MADV_DONTNEED): they
 * are the file's and can be read again, but they must not count twice in resident memory.
 *
 * Limits: BIND_ITEMS_MAX tensors of one model. Source of the tensor names: the GGUF document of
 * the ggml project, "Standardized tensor names".
 */
#include "model/weights.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "model/pack.h"

enum {
    BIND_ITEMS_MAX = HYPER_LAYERS_MAX * 32,
    BIND_TEXT_MAX = 2 * GGUF_NAME_BYTES_MAX,
    VECTOR_ALIGN = 16, /* floats */
};

/* The kernels' types are numbered as those of files, and a type of the one is cast to the other. */
#define SAME_NUMBER(name) _Static_assert((int)KERN_##name == (int)TENSOR_##name, #name)
SAME_NUMBER(F32);
SAME_NUMBER(F16);
SAME_NUMBER(Q4_0);
SAME_NUMBER(Q4_1);
SAME_NUMBER(Q5_0);
SAME_NUMBER(Q5_1);
SAME_NUMBER(Q8_0);
SAME_NUMBER(Q2_K);
SAME_NUMBER(Q3_K);
SAME_NUMBER(Q4_K);
SAME_NUMBER(Q5_K);
SAME_NUMBER(Q6_K);
SAME_NUMBER(IQ4_NL);
SAME_NUMBER(BF16);
SAME_NUMBER(MXFP4);
#undef SAME_NUMBER
_Static_assert(VECTOR_ALIGN * sizeof(float) == KERN_ALIGN, "vectors begin on cache lines");
_Static_assert(BIND_TEXT_MAX >= GGUF_NAME_BYTES_MAX + (int)sizeof "blk.2147483647.",
               "names of layers");

struct Binder {
    const Gguf *gguf;
    WeightItem *items;
    size_t n, cap;
    uint64_t matrix_bytes;  /* packed, with alignment */
    uint64_t vector_floats;
};

/* The tensor of a name, and the name as text for messages. */
static const GgufTensor *bind_find(const Binder *b, BindName name, char text[BIND_TEXT_MAX]) {
    (void)snprintf(text, BIND_TEXT_MAX, "%s", name.pattern);
    if (name.layer >= 0) {
        (void)snprintf(text, BIND_TEXT_MAX, "blk.%d.%s", name.layer, name.pattern);
    }
    return gguf_tensor(b->gguf, text);
}

/* Is there a tensor of this name? Binds nothing. */
static bool bind_has(const Binder *b, BindName name) {
    char text[BIND_TEXT_MAX];
    return bind_find(b, name, text) != NULL;
}

/* Shape exactly as wanted, type with kernels. GGUF's dims[0] is the length of a row, that is
   cols. */
static Status bind_check(const GgufTensor *t, const char *name, int64_t rows, int64_t cols,
                         Err *err) {
    if (!t) return err_set(err, E_CORRUPT, "model: tensor %s is missing", name);
    bool fits = t->dims[0] == (uint64_t)cols && t->dims[1] == (uint64_t)rows && t->dims[2] == 1 &&
                t->dims[3] == 1;
    if (!fits) {
        return err_set(err, E_CORRUPT, "model: tensor %s is %llu x %llu but must be %lld x %lld",
                       name, (unsigned long long)t->dims[0], (unsigned long long)t->dims[1],
                       (long long)cols, (long long)rows);
    }
    if (!kern_type_known((uint32_t)t->type)) {
        const TensorTypeInfo *info = tensor_type_info((uint32_t)t->type);
        (void)err_set(err, E_UNSUPPORTED, "model: tensor %s has type %s: no kernels for it", name,
                      info ? info->name : "?");
        return err_hint(err, "take a file of this model in Q4_K_M, Q8_0 or another of Q2_K to "
                             "Q6_K, Q4_0 to Q8_0, IQ4_NL, MXFP4, F16, BF16, F32");
    }
    return OK;
}

/* One more row of the table. at: where it will lie, in bytes of the block or in floats. */
static Status bind_add(Binder *b, WeightItem item, Err *err) {
    TRY(mem_grow((void **)&b->items, &b->cap, b->n + 1, sizeof *b->items, BIND_ITEMS_MAX, err));
    assert(!item.mat || item.at % KERN_ALIGN == 0);
    b->items[b->n++] = item;
    return OK;
}

Status bind_matrix(Binder *b, KernMat *out, BindName name, int64_t rows, int64_t cols, Err *err) {
    char text[BIND_TEXT_MAX];
    const GgufTensor *t = bind_find(b, name, text);
    TRY(bind_check(t, text, rows, cols, err));
    KernType type = (KernType)t->type;
    size_t bytes = kern_packed_bytes(type, (size_t)rows, (size_t)cols);
    if (bytes == 0 || cols % KERN_BLOCK_COLS != 0) {
        return err_set(err, E_UNSUPPORTED, "model: tensor %s: rows of %lld numbers do not pack",
                       text, (long long)cols);
    }
    uint64_t at = (b->matrix_bytes + KERN_ALIGN - 1) / KERN_ALIGN * KERN_ALIGN;
    b->matrix_bytes = at + bytes;
    *out = (KernMat){.type = type, .rows = (uint32_t)rows, .cols = (uint32_t)cols};
    return bind_add(b, (WeightItem){.tensor = t, .mat = out, .at = at, .bytes = bytes}, err);
}

/* Room for n floats behind those before; bind_align puts the next on a cache line. */
static Status bind_floats(Binder *b, const float **out, const GgufTensor *t, int64_t n, Err *err) {
    WeightItem item = {.tensor = t, .vec = out, .at = b->vector_floats, .bytes = (uint64_t)n};
    b->vector_floats += (uint64_t)n;
    return bind_add(b, item, err);
}

static void bind_align(Binder *b) {
    b->vector_floats = (b->vector_floats + VECTOR_ALIGN - 1) / VECTOR_ALIGN * VECTOR_ALIGN;
}

Status bind_vector(Binder *b, const float **out, BindName name, int64_t n, Err *err) {
    char text[BIND_TEXT_MAX];
    const GgufTensor *t = bind_find(b, name, text);
    TRY(bind_check(t, text, 1, n, err));
    bind_align(b);
    return bind_floats(b, out, t, n, err);
}

Status bind_vector_opt(Binder *b, const float **out, BindName name, int64_t n, Err *err) {
    return bind_has(b, name) ? bind_vector(b, out, name, n, err) : OK;
}

Status bind_layernorm(Binder *b, const float **out, BindName stem, int64_t n, Err *err) {
    char weight[GGUF_NAME_BYTES_MAX], bias[GGUF_NAME_BYTES_MAX], text[BIND_TEXT_MAX];
    (void)snprintf(weight, sizeof weight, "%s.weight", stem.pattern);
    (void)snprintf(bias, sizeof bias, "%s.bias", stem.pattern);
    const GgufTensor *tw = bind_find(b, (BindName){weight, stem.layer}, text);
    TRY(bind_check(tw, text, 1, n, err));
    const GgufTensor *tb = bind_find(b, (BindName){bias, stem.layer}, text);
    TRY(bind_check(tb, text, 1, n, err));
    bind_align(b);
    TRY(bind_floats(b, out, tw, n, err));
    assert(b->vector_floats % VECTOR_ALIGN == (uint64_t)n % VECTOR_ALIGN); /* no gap between */
    return bind_floats(b, NULL, tb, n, err); /* directly behind the weight */
}

Status bind_first_row(Binder *b, const float **out, const GgufTensor *t, int64_t n, Err *err) {
    assert(t->dims[0] == (uint64_t)n);
    if (!kern_type_known((uint32_t)t->type)) {
        return err_set(err, E_UNSUPPORTED, "model: tensor %.*s has a type without kernels here",
                       (int)t->name.n, t->name.p);
    }
    bind_align(b);
    return bind_floats(b, out, t, n, err);
}

Status bind_table(Binder *b, const GgufTensor **out, BindName name, int64_t rows, int64_t cols,
                  Err *err) {
    char text[BIND_TEXT_MAX];
    const GgufTensor *t = bind_find(b, name, text);
    TRY(bind_check(t, text, rows, cols, err));
    *out = t;
    return OK;
}

Status bind_head(Binder *b, Model *model, Err *err) {
    const Hyper *h = &model->hyper;
    BindName own = {"output.weight", -1}, shared = {"token_embd.weight", -1};
    if (h->n_vocab > HYPER_LOGITS_MAX) {
        return err_set(err, E_LIMIT, "model: %lld logits; at most %d are computed",
                       (long long)h->n_vocab, HYPER_LOGITS_MAX);
    }
    model->tied = !bind_has(b, own);
    TRY(bind_vector(b, &model->out_norm, (BindName){"output_norm.weight", -1}, h->n_embd, err));
    return bind_matrix(b, &model->head, model->tied ? shared : own, h->n_vocab, h->n_embd, err);
}

/* ---- binding ------------------------------------------------------------------------------- */

/* The layer that a tensor belongs to by its name, blk.N.REST; -1: to none. */
static int64_t bind_layer_of(Str name) {
    static const char prefix[] = "blk.";
    size_t at = sizeof prefix - 1, from = at;
    int64_t layer = 0;
    if (!str_starts(name, STR(prefix))) return -1;
    while (at < name.n && name.p[at] >= '0' && name.p[at] <= '9' && layer <= HYPER_LAYERS_MAX) {
        layer = layer * 10 + (name.p[at++] - '0');
    }
    return at > from && at < name.n && name.p[at] == '.' ? layer : -1;
}

/* Tensors that some files carry and no family here computes with: tables of the rotation of old
   converters, which their hyper-parameters say as well. */
static bool bind_needless(Str name) {
    static const char *const ends[] = {".attn_rot_embd.weight", ".attn_rot_embd", ".rope.freqs",
                                       ".attention.rotary_emb.inv_freq"};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        if (str_ends(name, str_from(ends[i]))) return true;
    }
    return false;
}

/*
 * A tensor of a layer that was not bound would be left out of the sum: a bias, a norm or a scale
 * that the family's usual files do not have. The answers would be wrong without a word, so the file
 * is refused. Layers behind the last (guesses of several tokens) and tensors outside of layers
 * (heads for other tasks) change nothing.
 */
static Status bind_check_left(const Binder *b, int64_t n_layer, Err *err) {
    size_t n = gguf_tensor_count(b->gguf);
    uint8_t *bound = mem_zalloc_n(n, 1);
    Status status = bound ? OK : err_no_memory(err, "the table of tensors");
    for (size_t i = 0; i < b->n && status == OK; i++) {
        assert(b->items[i].tensor >= gguf_tensor_at(b->gguf, 0)); /* one array has them all */
        bound[b->items[i].tensor - gguf_tensor_at(b->gguf, 0)] = 1;
    }
    for (size_t i = 0; i < n && status == OK; i++) {
        const GgufTensor *t = gguf_tensor_at(b->gguf, i);
        int64_t layer = bind_layer_of(t->name);
        if (bound[i] || layer < 0 || layer >= n_layer || bind_needless(t->name)) continue;
        (void)err_set(err, E_UNSUPPORTED, "model: tensor %.*s is not known here", (int)t->name.n,
                      t->name.p);
        status = err_hint(err, "without it the answers would be wrong");
    }
    mem_free(bound);
    return status;
}

Status weights_bind(const Gguf *gguf, Weights *out, Err *err) {
    *out = (Weights){0};
    Model *m = &out->model;
    m->gguf = gguf;
    TRY(hyper_read(gguf, &m->hyper, err));
    m->arch = arch_find(m->hyper.arch);
    if (!m->arch) {
        return err_set(err, E_UNSUPPORTED, "model: family \"%s\" is not known here", m->hyper.arch);
    }
    m->layers = mem_zalloc_n((size_t)m->hyper.n_layer, sizeof *m->layers);
    out->binder = mem_zalloc(sizeof *out->binder);
    if (!m->layers || !out->binder) return err_no_memory(err, "the table of tensors");
    Binder *b = out->binder;
    b->gguf = gguf;
    BindName embd = {"token_embd.weight", -1};
    TRY(bind_table(b, &m->embd, embd, m->hyper.n_vocab, m->hyper.n_embd, err));
    TRY(m->arch->bind(b, m, err));
    TRY(bind_check_left(b, m->hyper.n_layer, err));
    if (m->hyper.logit_cap == 0) screen_plan(&m->head, &m->screen);
    bind_align(b);
    out->matrix_bytes = b->matrix_bytes;
    out->vector_bytes = b->vector_floats * sizeof(float);
    return OK;
}

/* ---- loading ------------------------------------------------------------------------------- */

/* Copies all vectors as float32, each value checked to be a number. */
static Status weights_load_vectors(Weights *w, Err *err) {
    const Binder *b = w->binder;
    size_t rope_floats = (size_t)w->model.hyper.n_rot;
    w->vectors = mem_aligned(KERN_ALIGN, w->vector_bytes + rope_floats * sizeof(float));
    if (!w->vectors) return err_no_memory(err, "the vectors of a model");
    for (size_t i = 0; i < b->n; i++) {
        const WeightItem *item = &b->items[i];
        if (item->mat) continue;
        float *to = w->vectors + item->at;
        assert(item->at + item->bytes <= b->vector_floats);
        kern_dequant_row((KernType)item->tensor->type, item->tensor->data, item->bytes, to);
        if (item->vec) *item->vec = to;
        for (uint64_t j = 0; j < item->bytes; j++) {
            if (isfinite(to[j])) continue;
            Str name = item->tensor->name;
            return err_set(err, E_CORRUPT, "model: tensor %.*s holds a value that is no number",
                           (int)name.n, name.p);
        }
    }
    return OK;
}

/* inv_freq[i] = base^(-2i/n_rot) * scale / factor[i]: RoFormer (Su et al. 2021), Llama 3. */
static void weights_rope(float *out, const Hyper *h, double base, double scale,
                         const float *factor) {
    for (int64_t i = 0; i < h->n_rot / 2; i++) {
        double f = pow(base, -2.0 * (double)i / (double)h->n_rot) * scale;
        out[i] = (float)(factor ? f / (double)factor[i] : f);
    }
}

/* The tables lie behind the vectors of the file. Encoders here have learned positions instead. */
static Status weights_rope_tables(Weights *w, Err *err) {
    Model *m = &w->model;
    float *at = w->vectors + w->vector_bytes / sizeof(float);
    assert(w->vectors && m->hyper.n_rot % 2 == 0);
    if (m->arch->encoder) return OK;
    for (int64_t i = 0; m->rope_factors && i < m->hyper.n_rot / 2; i++) {
        if (m->rope_factors[i] >= 1e-6f) continue; /* frequencies are divided by it */
        return err_set(err, E_CORRUPT, "model: tensor rope_freqs.weight holds %g, no divisor",
                       (double)m->rope_factors[i]);
    }
    weights_rope(at, &m->hyper, m->hyper.rope_base, m->hyper.rope_scale, m->rope_factors);
    m->rope_inv_freq = at;
    if (m->hyper.window == 0) return OK;
    at += m->hyper.n_rot / 2;
    weights_rope(at, &m->hyper, m->hyper.rope_base_local, 1, NULL);
    m->rope_inv_freq_local = at;
    return OK;
}

/* Matrices get their place in the packed block. */
static void weights_point(Weights *w, const uint8_t *base) {
    assert((uintptr_t)base % KERN_ALIGN == 0);
    for (size_t i = 0; i < w->binder->n; i++) {
        const WeightItem *item = &w->binder->items[i];
        if (item->mat) item->mat->data = base + item->at;
    }
}

/* Without a cache: packs into memory of our own, a matrix at a time. */
static Status weights_pack_here(Weights *w, const PackWatch *watch, Pool *pool, Err *err) {
    w->own = mem_aligned(4096, w->matrix_bytes);
    if (!w->own) return err_no_memory(err, "the packed weights");
    for (size_t i = 0; i < w->binder->n; i++) {
        WeightItem *item = &w->binder->items[i];
        if (!item->mat) continue;
        assert(item->at + item->bytes <= w->matrix_bytes);
        item->mat->data = (uint8_t *)w->own + item->at;
        PackSlice slice = {item->mat, item->tensor, 0, item->mat->rows, NULL};
        TRY(pack_watch(watch, item->at, w->matrix_bytes, err));
        TRY(pack_rows(&slice, pool, err));
        pack_forget_source(item->tensor);
    }
    return pack_watch(watch, w->matrix_bytes, w->matrix_bytes, err);
}

/* tensor NULL: the output matrix gets no screen. */
static ScreenSource weights_screen_source(const Weights *w) {
    const Model *m = &w->model;
    ScreenSource source = {.plan = &m->screen, .norm = m->out_norm};
    for (size_t i = 0; m->screen.rows > 0 && i < w->binder->n; i++) {
        if (w->binder->items[i].mat == &m->head) source.tensor = w->binder->items[i].tensor;
    }
    return source;
}

Status weights_load(Weights *w, const PackPlace *place, Pool *pool, Err *err) {
    TRY(weights_load_vectors(w, err));
    TRY(weights_rope_tables(w, err));
    if (place->dir) {
        ScreenSource screen = weights_screen_source(w);
        assert(!screen.tensor == (w->model.screen.rows == 0)); /* as the pack */
        PackJob job = {gguf_fd(w->model.gguf), place->path, place->dir, w->binder->items,
                       w->binder->n, w->matrix_bytes, screen.tensor ? &screen : NULL,
                       place->watch};
        Status status = pack_open_or_build(&job, pool, &w->pack, &w->from_pack, err);
        if (status == E_CORRUPT || status == E_CANCELLED) return status; /* of the model itself */
        if (status == OK) {
            weights_point(w, w->pack.payload + PACK_HEAD_BYTES);
            screen_point(&w->model.screen, w->pack.payload + pack_screen_at(w->matrix_bytes));
            return OK;
        }
        /* no room or no right to write there: pack in memory */
    }
    return weights_pack_here(w, &place->watch, pool, err);
}

bool weights_settle(Weights *w) {
    return w->from_pack && file_settle_step(&w->pack.map, &w->walk);
}

bool weights_intact(const Weights *w) {
    return gguf_intact(w->model.gguf) && frame_intact(&w->pack);
}

void weights_fini(Weights *w) {
    if (w->pack.payload) frame_close(&w->pack);
    mem_free(w->own);
    mem_free(w->vectors);
    mem_free(w->model.layers);
    if (w->binder) mem_free(w->binder->items);
    mem_free(w->binder);
    *w = (Weights){0};
}
