/*
 * The body of engine.h: opening a model in an order that fails early and cheaply.
 *
 *   map the file, check its tables         gguf_open        nothing of the tensors is read
 *   read hyper-parameters, bind tensors    weights_bind     every shape and type is known now
 *   can memory hold it?                    memory_check     refused here, with the numbers
 *   vocabulary, kernels, threads
 *   weights                                weights_load     mapped from the pack cache, or packed
 *   workspace                              wave_new
 *
 * Memory that must be free: packed weights (also when they are mapped: they are touched for every
 * token), the KV cache of one session at n_ctx, and the workspace. What is free is the least of
 * what the kernel calls available, the limit of the control group, and the process's own limit on
 * address space.
 *
 * A plan counts what is resident once a context of n_ctx tokens was filled, by one session, with
 * the pack made: within 5 % of the peak (tests/e2e/engine.py). While a pack is made pages of the
 * model file are resident, too; they are the file's, and the system takes them when it needs
 * memory. So are the pages around rows of the embedding table, which are guessed (plan_rows).
 */
#include "model/engine.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/machine.h"
#include "base/mem.h"
#include "model/batch.h"
#include "model/choose.h"
#include "model/engine_private.h"
#include "model/fingerprint.h"
#include "model/pack.h"
#include "model/vocab_gguf.h"

/* Defaults, and what a plan counts beside sizes that are known. Estimates: a process that guesses
   sixteen tokens ahead has more rows of logits, one that never guesses fewer. */
enum {
    ENGINE_CTX_DEFAULT = 512,
    KV_WEIGHED_TOKENS = 4096,
    PLAN_PROGRAM_BYTES = 9 << 20, /* code, libraries, heap of a process that has loaded nothing */
    PLAN_TOKEN_BYTES = 5,          /* type and score, for each token */
    PLAN_WRITER_BYTES = 61,        /* as before, a sampler's, twelve rows of logits */
    PLAN_ROW_BYTES = 64 << 10,     /* Linux maps 16 pages around one that is touched */
};

/* ---- memory of the machine ----------------------------------------------------------------- */

uint64_t engine_resident_bytes(void) {
    return machine_number("/proc/self/status", "VmRSS:") * 1024;
}

/* ---- plan ---------------------------------------------------------------------------------- */

static void copy_text(char *out, size_t cap, Str text) {
    size_t n = text.n < cap - 1 ? text.n : cap - 1;
    memcpy(out, text.p, n);
    out[n] = 0;
}

/* "" where the file has none: a name is for people only. */
static void engine_name(const Gguf *gguf, char out[96]) {
    Str name = STR("");
    if (gguf_str_opt(gguf, "general.name", &name, NULL) != OK) name = STR("");
    copy_text(out, 96, name);
}

/* A table of tokens or merges: a view each, and places of 8 bytes, two thirds of them used at most
   and a power of two (vocab_table.h). */
static uint64_t plan_texts(const Gguf *gguf, const char *key) {
    GgufArray array = {0};
    uint64_t places = 16;
    if (!gguf_has(gguf, key) || gguf_array(gguf, key, &array, NULL) != OK) return 0;
    while (places / 3 * 2 < array.count + 1) places *= 2;
    return array.count * sizeof(Str) + places * sizeof(uint64_t);
}

/* Rows of the embedding table that n_ctx tokens look up, with the pages around each. Texts repeat
   their words: some 3.6 n^0.58 of n tokens lie in places of their own (measured in English). */
static uint64_t plan_rows(const Weights *w, int n_ctx) {
    uint64_t rows = (uint64_t)(3.6 * pow((double)n_ctx, 0.58)) * PLAN_ROW_BYTES;
    if (w->model.tied && !w->model.arch->encoder) return 0; /* out of the packed head */
    return rows < w->model.embd->bytes ? rows : w->model.embd->bytes;
}

/* What else is resident: tables made of the vocabulary, the head of the file that they point into,
   a sampler's candidates and the logits of some guesses, rows of the table, the program. */
static uint64_t plan_others(const Gguf *gguf, const Weights *w, int n_ctx) {
    uint64_t token = w->model.arch->encoder ? PLAN_TOKEN_BYTES : PLAN_WRITER_BYTES;
    return PLAN_PROGRAM_BYTES + gguf_data_offset(gguf) +
           plan_texts(gguf, "tokenizer.ggml.tokens") + plan_texts(gguf, "tokenizer.ggml.merges") +
           (uint64_t)w->model.hyper.n_vocab * token + plan_rows(w, n_ctx);
}

/* Of one pass: no more tokens than the context has, or than a pass takes. */
static uint64_t plan_workspace(const Engine *e, const EngineOptions *options, int n_ctx) {
    int m = n_ctx < WAVE_TOKENS_MAX ? n_ctx : WAVE_TOKENS_MAX;
    int threads = options->threads > 0 ? options->threads : pool_cpus();
    return wave_bytes(&e->weights.model, e->kern, threads, m);
}

/* The longest context that fits beside everything else. */
static int plan_longest(const EnginePlan *p, uint64_t page_bytes) {
    assert(p->kv_bytes <= p->total_bytes);
    uint64_t others = p->total_bytes - p->kv_bytes;
    if (others > p->available_bytes || page_bytes == 0) return 0;
    uint64_t n = (p->available_bytes - others) / page_bytes * KERN_KV_KEYS;
    return n > (uint64_t)p->n_ctx_train ? p->n_ctx_train : (int)n;
}

/* A screen is there where the pack is. No session is longer than what the model was made for,
   whatever is asked. */
static void plan_fill(const Engine *e, const EngineOptions *options, EnginePlan *out) {
    const Gguf *gguf = e->gguf;
    const Weights *w = &e->weights;
    const Hyper *h = &w->model.hyper;
    int n_ctx = options->n_ctx;
    *out = (EnginePlan){.n_ctx = n_ctx > 0 ? n_ctx : ENGINE_CTX_DEFAULT};
    out->n_ctx_train = (int)h->n_ctx_train;
    if (out->n_ctx > out->n_ctx_train) out->n_ctx = out->n_ctx_train;
    out->weight_bytes = w->matrix_bytes + w->vector_bytes;
    if (options->pack_dir) out->weight_bytes += screen_bytes(&w->model.screen);
    assert(w->binder != NULL); /* weights_bind has run: sizes are known, nothing is loaded */
    if (!w->model.arch->encoder) out->kv_bytes = kv_bytes(&e->kv_shape, out->n_ctx);
    out->workspace_bytes = plan_workspace(e, options, out->n_ctx);
    out->other_bytes = plan_others(gguf, w, out->n_ctx);
    out->total_bytes =
        out->weight_bytes + out->kv_bytes + out->workspace_bytes + out->other_bytes;
    out->available_bytes = machine_memory_available();
    out->n_ctx_max = plan_longest(out, kv_page_bytes(&e->kv_shape));
    out->fits = out->total_bytes <= out->available_bytes;
    copy_text(out->arch, sizeof out->arch, str_from(h->arch));
}

/* Refuses a model before its weights are touched, with the numbers and what would fit. */
static Status memory_check(const Engine *e, const EngineOptions *options, Err *err) {
    EnginePlan plan;
    char need[32], has[32], weights[32], kv[32];
    plan_fill(e, options, &plan);
    if (plan.fits || options->any_memory) return OK;
    (void)err_set(
        err, E_LIMIT,
        "memory cannot hold it: %s needed (weights %s, KV cache of %d tokens %s), %s free",
        num_bytes_text(plan.total_bytes, need, sizeof need),
        num_bytes_text(plan.weight_bytes, weights, sizeof weights), plan.n_ctx,
        num_bytes_text(plan.kv_bytes, kv, sizeof kv),
        num_bytes_text(plan.available_bytes, has, sizeof has));
    if (plan.n_ctx_max == 0) return err_hint(err, "take a smaller model, or close other programs");
    return err_hint(err, "a context of %d tokens would fit: --context %d", plan.n_ctx_max,
                    plan.n_ctx_max);
}

/* ---- opening ------------------------------------------------------------------------------- */

/* A model that writes and one that embeds are no substitutes for each other. */
static Status engine_check_kind(const Engine *e, bool want_embedding, Err *err) {
    bool encoder = e->weights.model.arch->encoder;
    if (encoder == want_embedding) return OK;
    if (encoder) {
        (void)err_set(err, E_USAGE, "this is an embedding model: it cannot write text");
        return err_hint(err, "use it with `hearth embed`");
    }
    return err_set(err, E_USAGE, "this model writes text: it is no embedding model");
}

/* Every id that the vocabulary makes must have a row in the table. (Tables may be longer:
   padding.) */
static Status engine_check_vocab(const Engine *e, Err *err) {
    size_t ids = vocab_size(e->vocab);
    if (ids <= (size_t)engine_hyper(e)->n_vocab) return OK;
    return err_set(err, E_CORRUPT, "the vocabulary has %zu tokens, the embedding table %lld rows",
                   ids, (long long)engine_hyper(e)->n_vocab);
}

/* Do the keys and values of KV_WEIGHED_TOKENS in 16 bits outweigh what a token reads of weights? */
static bool engine_kv_outweighs(const Engine *e) {
    const Hyper *h = engine_hyper(e);
    int64_t depth = h->n_ctx_train < KV_WEIGHED_TOKENS ? h->n_ctx_train : KV_WEIGHED_TOKENS;
    int64_t seen = 0;
    for (int il = 0; il < (int)h->n_layer; il++) {
        seen += hyper_is_local(h, il) && h->window < depth ? h->window : depth;
    }
    return (uint64_t)(seen * h->n_head_kv * h->d_head) * 4 > e->weights.matrix_bytes;
}

/* Eight bits are for models whose decoding is mostly reading the cache. Not for those with key
   biases, whose scores are differences of large terms. The text at hand plays no part in it, so
   that a conversation has one type all its life (0006). */
static KernKv engine_auto_kv(const Engine *e) {
    bool biased = gguf_tensor(e->gguf, "blk.0.attn_k.bias") != NULL;
    bool multiplies = e->kern->kv_q8 && engine_hyper(e)->d_head % 64 == 0;
    if (multiplies && !biased && engine_kv_outweighs(e)) return KERN_KV_Q8;
    return e->kern->bf16 ? KERN_KV_BF16 : KERN_KV_F16;
}

/* The shape of all sessions' caches; the type by name, or by what engine_auto_kv weighs. */
static Status engine_choose_kv(Engine *e, const EngineOptions *options, Err *err) {
    const Hyper *h = engine_hyper(e);
    const char *name = options->kv_type;
    e->kv_shape = (KvShape){KERN_KV_F16, (int)h->n_layer, (int)h->n_head_kv, (int)h->d_head};
    if (!name || strcmp(name, "auto") == 0) {
        e->kv_shape.type = engine_auto_kv(e);
        return OK;
    }
    if (kern_kv_parse(name, &e->kv_shape.type)) return OK;
    (void)err_set(err, E_USAGE, "there is no KV type \"%s\"", name);
    return err_hint(err, "choose one of f16, bf16, q8, q6, q4, or auto");
}

Status engine_plan(const EngineOptions *options, EnginePlan *out, Err *err) {
    Engine e = {0};
    Choice choice;
    *out = (EnginePlan){0};
    TRY(gguf_open(options->path, &e.gguf, err));
    Status status = weights_bind(e.gguf, &e.weights, err);
    if (status == OK) status = choose_kernels(options->isa, options->pack_dir, &choice, err);
    if (status == OK) {
        e.kern = choice.kern;
        status = engine_choose_kv(&e, options, err);
    }
    if (status == OK) plan_fill(&e, options, out);
    weights_fini(&e.weights);
    gguf_close(e.gguf);
    return status == OK ? OK : err_prefix(err, status, "%s", options->path);
}

/* The pool of KV pages: as the user limits it, else all that the weights leave, and never less than
   one context of n_ctx. */
static Status engine_make_pool(Engine *e, const EngineOptions *options, Err *err) {
    EnginePlan plan;
    uint64_t max = options->kv_max_bytes;
    if (max == 0) {
        plan_fill(e, options, &plan);
        uint64_t others = plan.weight_bytes + plan.workspace_bytes;
        max = plan.available_bytes > others ? plan.available_bytes - others : 0;
        if (max < plan.kv_bytes) max = plan.kv_bytes;
    }
    return kv_pool_new(max, &e->kv_pool, err);
}

/* A cache that cannot be opened is no reason not to work. */
static void engine_open_disk(Engine *e, const EngineOptions *options) {
    char identity[KV_DISK_IDENTITY_MAX];
    Err err = {0};
    if (!options->kv_dir || options->embedding) return;
    (void)snprintf(identity, sizeof identity, "model=%016llx isa=%s bf16=%d adapter= principal=",
                   (unsigned long long)model_fingerprint(e->gguf), e->kern->name, e->kern->bf16);
    KvDiskOptions disk = {options->kv_dir, identity, e->kv_shape, options->kv_disk_max_bytes};
    if (kv_disk_open(&disk, &e->kv_disk, &err) == OK) return;
    log_line(LOG_WARN, "model", "conversations are not kept for the next start", "why=\"%s\"",
             err.message);
}

/* In the order of the essay. What was made before a failure is engine_close()'s to free. */
static Status engine_start(Engine *e, const EngineOptions *options, Err *err) {
    int threads = options->threads > 0 ? options->threads : pool_cpus();
    TRY(weights_bind(e->gguf, &e->weights, err));
    TRY(engine_check_kind(e, options->embedding, err));
    Choice choice;
    TRY(choose_kernels(options->isa, options->pack_dir, &choice, err));
    e->kern = choice.kern;
    TRY(engine_choose_kv(e, options, err));
    TRY(memory_check(e, options, err));
    TRY(engine_make_pool(e, options, err));
    TRY(pool_new(threads, &e->pool, err));
    TRY(vocab_from_gguf(e->gguf, e->pool, &e->vocab, err));
    TRY(engine_check_vocab(e, err));
    PackPlace place = {options->path, options->pack_dir,
                       {options->cancel, options->packing, options->user}};
    TRY(weights_load(&e->weights, &place, e->pool, err));
    WaveOptions wave = {&e->weights.model, e->kern, e->pool, WAVE_TOKENS_MAX};
    TRY(wave_new(&wave, &e->wave, err));
    engine_open_disk(e, options);
    pack_forget_file(e->gguf); /* after the fingerprint, which looks at each tensor */
    engine_name(e->gguf, e->name);
    if (!e->name[0]) copy_text(e->name, sizeof e->name, str_from(engine_hyper(e)->arch));
    return gguf_str_opt(e->gguf, "tokenizer.chat_template", &e->chat_template, err);
}

Status engine_open(const EngineOptions *options, Engine **out, Err *err) {
    double start = clock_now_ms();
    *out = NULL;
    Engine *e = mem_zalloc(sizeof *e);
    if (!e) return err_no_memory(err, "an engine");
    Status status = gguf_open(options->path, &e->gguf, err);
    bool named = status != OK; /* the path, by gguf_open() */
    if (status == OK) status = engine_start(e, options, err);
    if (status == OK) {
        e->has_turn = pthread_mutex_init(&e->turn, NULL) == 0;
        if (!e->has_turn) status = err_set(err, E_FAILED, "a lock could not be made");
    }
    if (status == OK && !options->embedding) {
        status = batch_new(e, options->polite, &e->batch, err);
    }
    if (status != OK) {
        engine_close(e);
        bool bare = named || status == E_CANCELLED; /* a stop is no fault of the file */
        return bare ? status : err_prefix(err, status, "%s", options->path);
    }
    assert(!e->batch == e->weights.model.arch->encoder); /* encoders have no sessions */
    e->load_ms = clock_now_ms() - start;
    *out = e;
    return OK;
}

void engine_close(Engine *e) {
    if (!e) return;
    batch_free(e->batch);
    wave_free(e->wave);
    kv_disk_close(e->kv_disk);
    kv_pool_free(e->kv_pool);
    pool_free(e->pool);
    weights_fini(&e->weights);
    vocab_free(e->vocab);
    gguf_close(e->gguf);
    if (e->has_turn) (void)pthread_mutex_destroy(&e->turn);
    mem_free(e);
}

/* ---- what is known about it ---------------------------------------------------------------- */

void engine_info(const Engine *e, EngineInfo *out) {
    const Hyper *h = engine_hyper(e);
    *out = (EngineInfo){
        .arch = h->arch,
        .name = e->name,
        .isa = e->kern->name,
        .kv_type = kern_kv_name(e->kv_shape.type),
        .threads = pool_size(e->pool),
        .n_ctx_train = (int)h->n_ctx_train,
        .n_vocab = (int)h->n_vocab,
        .n_embd = (int)h->n_embd,
        .from_pack = e->weights.from_pack,
        .load_ms = e->load_ms,
    };
}

Status engine_pack_verify(const char *path, const char *pack_dir, Err *err) {
    return pack_verify(path, pack_dir, err);
}

Status engine_pack_path(const char *path, const char *pack_dir, char **out, Err *err) {
    return pack_path(path, pack_dir, out, err);
}

Status engine_pack_remove(const char *path, const char *pack_dir, Err *err) {
    return pack_remove(path, pack_dir, err);
}

const Vocab *engine_vocab(const Engine *e) {
    return e->vocab;
}

Str engine_chat_template(const Engine *e) {
    return e->chat_template;
}
