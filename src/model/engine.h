/*
 * Engine: a loaded model. Immutable after opening, shared by any number of sessions.
 *
 * engine_open maps a GGUF file, checks every number and tensor of it against the family's table
 * (arch/), makes sure that memory can hold it, and brings the weights into the layout of the
 * kernels: by mapping the pack cache when there is one, else by packing once.
 *
 * Threads: an Engine may be used from many threads; evaluation itself is serialised inside (one
 * forward pass at a time, on the engine's own pool). Whoever opened it closes it, after every
 * session of it is gone.
 */
#ifndef HEARTH_MODEL_ENGINE_H
#define HEARTH_MODEL_ENGINE_H

#include <stdatomic.h>

#include "base/text.h"
#include "model/text/vocab.h"

typedef struct Engine Engine;

typedef struct EngineOptions {
    const char *path;     /* the GGUF file */
    const char *pack_dir; /* where packed weights are kept between runs; NULL: nowhere */
    const char *isa;      /* "ref", "avx2", "avx512", ...; NULL or "auto": the best that is here */
    const char *kv_type;  /* "f16", "bf16", "q8", "q6", "q4"; NULL, "auto": exact enough, fast */
    uint64_t kv_max_bytes; /* ceiling of KV in memory; 0: what is free beside the weights */
    const char *kv_dir;   /* where sessions that keep leave their KV between runs; NULL: nowhere */
    uint64_t kv_disk_max_bytes; /* ceiling of that folder; 0: 4 GiB */
    int threads;          /* 1..64; 0: as many as CPUs this process may use */
    int n_ctx;            /* the context that must fit into memory; 0: 512 */
    bool embedding;       /* true: must be a text encoder; false: must generate text */
    bool polite;          /* true: gives way when other programs wait for a CPU */
    bool any_memory;      /* true: do not refuse a model that is larger than free memory */
    /* The first start packs weights, for seconds or minutes. Both may be NULL. */
    const atomic_bool *cancel; /* raised: opening ends with E_CANCELLED */
    void (*packing)(void *user, uint64_t done, uint64_t total); /* bytes */
    void *user; /* for packing */
} EngineOptions;

/* What will be resident once n_ctx tokens were filled, known before anything is loaded. */
typedef struct EnginePlan {
    uint64_t weight_bytes;    /* packed weights and tables that a forward pass touches */
    uint64_t kv_bytes;        /* of one session at n_ctx tokens */
    uint64_t workspace_bytes; /* activations of one prefill chunk */
    uint64_t other_bytes;     /* vocabulary, the file's tables, the program itself */
    uint64_t total_bytes;     /* the sum: what must be resident */
    uint64_t available_bytes; /* what the system says is free now, caches counted */
    int n_ctx;                /* as asked, or the default */
    int n_ctx_train;          /* the longest context the model was made for */
    int n_ctx_max;            /* the longest that available_bytes hold; 0: none */
    char arch[32];            /* as the file says */
    bool fits;                /* total_bytes <= available_bytes */
} EnginePlan;

/* Reads the file's header only. Of the options path, isa, pack_dir, kv_type, threads
   and n_ctx count. */
Status engine_plan(const EngineOptions *options, EnginePlan *out, Err *err) WARN_UNUSED;

/* E_LIMIT when memory cannot hold it (with the numbers), E_CORRUPT, E_UNSUPPORTED, E_NOT_FOUND,
   E_IO, E_CANCELLED. On success *out is the caller's: engine_close(). */
Status engine_open(const EngineOptions *options, Engine **out, Err *err) WARN_UNUSED;
void engine_close(Engine *engine); /* NULL is fine */

typedef struct EngineInfo {
    const char *arch, *name;    /* borrowed from the engine */
    const char *isa;            /* kernels in use: "avx512-vnni", ... */
    const char *kv_type;        /* of the sessions' KV caches: "bf16", ... */
    int threads;
    int n_ctx_train, n_vocab, n_embd;
    bool from_pack;             /* weights came from the pack cache */
    double load_ms;             /* what engine_open took */
} EngineInfo;

/* Fills *out from the loaded model; the texts in it are borrowed and live as long as the engine. */
void engine_info(const Engine *engine, EngineInfo *out);
/* The model's vocabulary, borrowed; it lives as long as the engine. */
const Vocab *engine_vocab(const Engine *engine);
/* Jinja source of the chat template; empty when the file has none. Borrowed. */
Str engine_chat_template(const Engine *engine);

/* Reads all of the cache of packed weights that engine_open keeps in pack_dir for this model.
   E_CORRUPT when it is damaged (remove it: the next start makes it anew), E_NOT_FOUND when there is
   none. */
Status engine_pack_verify(const char *path, const char *pack_dir, Err *err) WARN_UNUSED;
/* Where that cache lies, or will: *out is the caller's (mem_free). E_NOT_FOUND: no model file. */
Status engine_pack_path(const char *path, const char *pack_dir, char **out, Err *err) WARN_UNUSED;
/* Removes that cache; absent is OK. Must come before the model file itself is removed, whose path
   names the cache. */
Status engine_pack_remove(const char *path, const char *pack_dir, Err *err) WARN_UNUSED;

/* Resident memory of this process in bytes, 0 when the system does not tell. */
uint64_t engine_resident_bytes(void);

#endif
