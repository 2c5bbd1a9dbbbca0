/*
 * Rig: what one running Hearth has open: store, models, reader. Everything is opened by what first
 * needs it and kept until the rig is closed, so that `hearth list` never loads a model and a chat
 * loads it once.
 *
 * One thread at a time, except `cancel`, which any thread and any signal handler may raise.
 */
#ifndef HEARTH_TURN_RIG_H
#define HEARTH_TURN_RIG_H

#include <stdatomic.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/sealing.h"
#include "gate/look.h"
#include "gate/guard_table.h"
#include "knowledge/extract.h"
#include "knowledge/ingest.h"
#include "knowledge/store.h"
#include "model/embed.h"
#include "model/engine.h"
#include "model/file/gguf.h"
#include "model/session.h"
#include "model/speculate.h"
#include "model/text/template.h"
#include "route/record.h"

typedef struct RigOptions {
    const char *store, *model, *embed_model; /* NULL: the defaults */
    const char *isa;
    const char *draft_model; /* NULL: none */
    const char *speculate;   /* "auto", "off", "lookup", "draft"; NULL: auto */
    const char *kv_type;     /* NULL: auto */
    int threads, context;
    bool offline, no_pack, no_kv_cache, weak_sandbox, polite;
    SealingAsk ask; /* for a passphrase, when the home is sealed */
} RigOptions;

typedef struct Deep Deep; /* deep.h */

/* May the guards ask the language model? */
typedef enum ProbeWhen { PROBE_IF_OPEN, PROBE_OPENS, PROBE_NEVER } ProbeWhen;

typedef struct Rig {
    RigOptions options; /* strings are ours */
    char *stores_dir, *cache_dir, *kv_dir;
    atomic_bool cancel;
    Store *store;
    StoreMode store_mode;
    Engine *engine;
    Session *session;
    Engine *draft_engine;
    Speculator *speculator;
    Template *chat_template;
    Gguf *vocab_file; /* for rig_vocab when no engine is open */
    Vocab *vocab;
    Embedder *embedder;
    StoreEmbedder store_embedder;
    Extractor *extractor;
    Gate *gate;
    Deep *deep;
    void (*deep_progress)(void *user, size_t done, size_t total); /* bytes of a text; may be NULL */
    void *deep_user;
    uint8_t asked[HASH_BYTES]; /* digest of the question that was embedded last */
    float *asked_vector;       /* its vector; NULL: none was */
    Guard *guard;
    GuardSense sense;
    bool senseless; /* no embedding model is here */
    ProbeWhen probe; /* NEVER: the model is not one that the guards know */
    char space[17];  /* the language model's fingerprint (guard_probe.c); "": not read yet */
    NamesSense names_sense;
    GateLook *look;
    GuardTable guard_table;
    bool has_guard_table;
    Router *router;
    RouteRules *rules;
    RouteRecord *record;
    char record_lost[256]; /* why the router's memory began anew; empty: it did not */
    RouteOwn *own;
    char own_idle[256]; /* why the gap model that was trained here is not used; may be empty */
    double load_ms; /* spent opening models so far */
} Rig;

Status rig_open(const RigOptions *options, Rig **out, Err *err) WARN_UNUSED;
void rig_close(Rig *rig); /* NULL is fine */

/* A sealed home is unlocked, by what first needs what is in it; then a conversion that was cut off
   goes on. Everything below does it by itself. */
Status rig_unlock(Rig *rig, Err *err) WARN_UNUSED;

/* The store, for reading or for writing; an open one of the other mode is reopened. Reading a store
   that does not exist is E_NOT_FOUND with the words to type. */
Status rig_store(Rig *rig, StoreMode mode, Store **out, Err *err) WARN_UNUSED;
/* Lets go of the store, so that another process may write. */
void rig_store_release(Rig *rig);
/* Prompts that were kept for the next start hold words of documents: after some were removed none
   of them may stay. */
Status rig_forget_prompts(Rig *rig, Err *err) WARN_UNUSED;

/* The language model and a session of at least n_ctx tokens. E_NOT_FOUND: no model on this disk. */
Status rig_engine(Rig *rig, Engine **out, Err *err) WARN_UNUSED;
Status rig_session(Rig *rig, int n_ctx, Session **out, Err *err) WARN_UNUSED;
/* A session that holds a prompt and its answer. E_LIMIT with the numbers when the model's window,
   or the one the user set, is too small: nothing is ever cut. */
Status rig_fit_session(Rig *rig, size_t n_prompt, int n_answer, Session **out,
                       Err *err) WARN_UNUSED;
/* What guesses ahead for the language model, as the options say; NULL: nothing does. */
Status rig_speculator(Rig *rig, Speculator **out, Err *err) WARN_UNUSED;
/* The vocabulary alone, also of a file that holds nothing else. */
Status rig_vocab(Rig *rig, const Vocab **out, Err *err) WARN_UNUSED;
/* Where the language model lies; mem_free(*path). */
Status rig_model_path(Rig *rig, char **path, Err *err) WARN_UNUSED;
/* What the language model will need of memory, with these options. */
Status rig_plan(Rig *rig, EnginePlan *out, Err *err) WARN_UNUSED;
/* The model's chat template, parsed. E_UNSUPPORTED when the file has none. */
Status rig_template(Rig *rig, const Template **out, Err *err) WARN_UNUSED;

/* The embedding model, as itself and as the store sees it. E_NOT_FOUND: not on this disk. */
Status rig_embedder(Rig *rig, Embedder **out, Err *err) WARN_UNUSED;
Status rig_store_embedder(Rig *rig, const StoreEmbedder **out, Err *err) WARN_UNUSED;

/* The gate of this home: everything that leaves goes through it. */
Status rig_gate(Rig *rig, Gate **out, Err *err) WARN_UNUSED;
/* The language model as the gate's reader of what is said between the lines; it is opened by the
   first text that is read. */
GateDeepReader rig_deep_reader(Rig *rig);

/* The second look at names in what leaves, through the embedding model, which is opened by the
   first text that is looked at; one that is not here is asked for once. */
Status rig_look(Rig *rig, GateLook **out, Err *err) WARN_UNUSED;

/* What looks at texts before anybody acts on them. */
Status rig_guard(Rig *rig, Guard **out, Err *err) WARN_UNUSED;
/* From now on a doubtful question may open the language model, or only asks one that is open. */
void rig_guard_may_open(Rig *rig, bool may);
/* And what is done about it: the table [guard] of policy.toml. */
Status rig_guard_table(Rig *rig, const GuardTable **out, Err *err) WARN_UNUSED;

/* The router with the user's rules, route.toml in the folder of the configuration, and with what
   it learned. */
Status rig_router(Rig *rig, const Router **out, Err *err) WARN_UNUSED;
/* What the router remembers (record.c); it is read once and follows what this process adds. */
Status rig_record(Rig *rig, const RouteRecord **out, Err *err) WARN_UNUSED;

/* The text of an open file, by the sandboxed reader; *out is doc_fini'd by the caller, also after a
   failure. E_UNSUPPORTED: no text can be had; out->format names the kind where it is known. */
Status rig_extract(Rig *rig, int fd, const char *path, Doc *out, Err *err) WARN_UNUSED;

/* Fills the parts of ingest options that the rig knows: reader and cancel flag; and the embedder,
   which stays NULL where no embedding model is here. */
void rig_reading_options(Rig *rig, IngestOptions *out);
Status rig_ingest_options(Rig *rig, IngestOptions *out, Err *err) WARN_UNUSED;
/* The notice, with what parts a sentence from the next one when some stands there. */
Buf *notice_next(Buf *notice);
/* sweep.c: a look at all added folders before something is searched for, and what there is to say
   of it, behind what stands in `notice`. Leaves no store open. Fails where the home is locked, and
   for want of memory. */
Status rig_sweep(Rig *rig, Buf *notice, Err *err) WARN_UNUSED;
/* What the store has to say itself after a search: passages that are missing, for their index is
   damaged. */
Status rig_store_says(Store *store, Buf *notice, Err *err) WARN_UNUSED;

#endif
