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
    /* How far the weights of a model file are packed, at its first start; may be NULL. */
    void (*packing)(void *user, const char *path, uint64_t done, uint64_t total);
    void *packing_user;
} RigOptions;

typedef struct Deep Deep; /* deep.h */

/* May the guards ask the language model? */
typedef enum ProbeWhen {
    PROBE_IF_OPEN, /* one that is open already; a new rig begins here */
    PROBE_OPENS,   /* a doubtful text opens it */
    PROBE_NEVER    /* found to be another model than the guards know; stays so */
} ProbeWhen;

/* What a sentence was found to be (orders.c), by a digest of the prompt up to its end. */
typedef struct RigVerdict {
    uint64_t key; /* 0: none */
    double odds;
} RigVerdict;

enum { RIG_VERDICTS = 1024 };

typedef struct Rig {
    RigOptions options; /* strings are ours */
    char *stores_dir, *cache_dir, *kv_dir; /* of the home; ours. kv_dir: prompts kept for later */
    atomic_bool cancel;
    Store *store; /* open in store_mode; NULL: let go, or not needed yet */
    StoreMode store_mode;
    Engine *engine;
    Session *session;
    Engine *draft_engine;
    Speculator *speculator;
    Template *chat_template;
    Gguf *vocab_file; /* for rig_vocab when no engine is open */
    Vocab *vocab;
    Embedder *embedder;
    StoreEmbedder store_embedder; /* the same as the store sees it; set when `embedder` is open */
    Extractor *extractor;
    Gate *gate;
    Deep *deep;
    void (*deep_progress)(void *user, size_t done, size_t total); /* bytes of a text; may be NULL */
    void *deep_user;
    uint8_t asked[HASH_BYTES]; /* digest of the question that was embedded last */
    float *asked_vector;       /* its vector; NULL: none was */
    Guard *guard;
    GuardSense sense;
    bool senseless; /* no embedding model is here; found out once, and not asked for again */
    ProbeWhen probe; /* NEVER: the model is not one that the guards know */
    char space[17];  /* the language model's fingerprint (rig_space); "": not read yet */
    RigVerdict verdicts[RIG_VERDICTS]; /* key % RIG_VERDICTS: a newer one takes its place */
    NamesSense names_sense;
    GateLook *look;
    GuardTable guard_table;
    bool has_guard_table;
    Router *router;
    RouteRules *rules;
    RouteRecord *record; /* borrowed by `router`: read anew into the same memory (record.c) */
    char record_lost[256]; /* why the router's memory began anew; empty: it did not */
    RouteOwn *own;
    char own_idle[256]; /* why the gap model that was trained here is not used; may be empty */
    double load_ms; /* spent opening models so far */
} Rig;

/* The options are copied with their strings, but for ask.user and packing_user, which must live as
   long as the rig.
   Looks where the home is and whether it is sealed; opens nothing. E_USAGE: this can be
   no store's name; and what sealing_look says. */
Status rig_open(const RigOptions *options, Rig **out, Err *err) WARN_UNUSED;
void rig_close(Rig *rig); /* NULL is fine */

/* A sealed home is unlocked, by what first needs what is in it; then a conversion that was cut off
   goes on. Everything below does it by itself, where it needs it. Again, or plain: nothing to do.
   E_DENIED: neither keyring nor credential nor passphrase opens it. */
Status rig_unlock(Rig *rig, Err *err) WARN_UNUSED;

/* The store, for reading or for writing; it is the rig's. One that is open in the other mode is
   closed first, and a pointer to it from before is worth nothing. A store that does not exist is
   E_NOT_FOUND with the words to type, for writing, too: only `hearth add` makes one. E_BUSY:
   another process writes. */
Status rig_store(Rig *rig, StoreMode mode, Store **out, Err *err) WARN_UNUSED;
/* Called for each store of the home, the rig's own too (STORE_READ), one after the other. One that
   does not open is a failure: nobody knows what it would have said. */
typedef Status (*RigStoreFn)(void *user, Store *store, Err *err);
Status rig_each_store(Rig *rig, RigStoreFn each, void *user, Err *err) WARN_UNUSED;
/* Lets go of the store, so that another process may write. None open is fine. */
void rig_store_release(Rig *rig);
/* Deletes the prompts that were kept for the next start: they hold words of documents, and after
   some documents were removed none of them may stay. */
Status rig_forget_prompts(Rig *rig, Err *err) WARN_UNUSED;

/* The language model, opened the first time, which may take seconds (rig->load_ms has them). It is
   the rig's. E_NOT_FOUND: no such model on this disk; what engine_open says. */
Status rig_engine(Rig *rig, Engine **out, Err *err) WARN_UNUSED;
/* The one session of the rig, of at least n_ctx tokens: a smaller one is freed and made anew, so a
   pointer from before is worth nothing then. What it held may be found again in the cache. */
Status rig_session(Rig *rig, int n_ctx, Session **out, Err *err) WARN_UNUSED;
/* rig_session for a prompt and its answer, in tokens, rounded up to 256 so that the next question
   seldom needs a larger one. E_LIMIT with the numbers when the model's window, or the one the user
   set, is too small: nothing is ever cut. E_USAGE: n_answer is below 0. */
Status rig_fit_session(Rig *rig, size_t n_prompt, int n_answer, Session **out,
                       Err *err) WARN_UNUSED;
/* What guesses ahead for the language model, as the options say, made once; NULL: nothing does.
   E_USAGE: no such way, or a draft is wanted and no model for it named. */
Status rig_speculator(Rig *rig, Speculator **out, Err *err) WARN_UNUSED;
/* The vocabulary alone, also of a file that holds nothing else. The engine's where one is open;
   opens none. */
Status rig_vocab(Rig *rig, const Vocab **out, Err *err) WARN_UNUSED;
/* Where the language model lies; mem_free(*path). Opens nothing. E_NOT_FOUND: nowhere here. */
Status rig_model_path(Rig *rig, char **path, Err *err) WARN_UNUSED;
/* What the language model will need of memory, with these options; reads its file's header only. */
Status rig_plan(Rig *rig, EnginePlan *out, Err *err) WARN_UNUSED;
/* The model's chat template, parsed once; opens the engine. E_UNSUPPORTED: the file has none. */
Status rig_template(Rig *rig, const Template **out, Err *err) WARN_UNUSED;

/* The embedding model, opened the first time. E_NOT_FOUND: not on this disk. */
Status rig_embedder(Rig *rig, Embedder **out, Err *err) WARN_UNUSED;
/* The same as the store and a search see it: callbacks into the rig, on the thread that calls. A
   question that was embedded last is not embedded again. */
Status rig_store_embedder(Rig *rig, const StoreEmbedder **out, Err *err) WARN_UNUSED;
/* NULL in *out, and OK, where only the default model is not on this disk: words must do. One that
   the user named is missed, and one that is there and cannot be opened fails, else its absence
   would never be noticed. */
Status rig_embedder_if_here(Rig *rig, const StoreEmbedder **out, Err *err) WARN_UNUSED;
/* The fingerprint of the language model that the options name, as its file tells, read once; "": it
   cannot be read. */
const char *rig_space(Rig *rig);

/* The gate of this home, opened the first time: everything that leaves goes through it. It never is
   without its second look at names (rig_look) and its reader (rig_deep_reader): where these cannot
   be made there is no gate, and nothing leaves. */
Status rig_gate(Rig *rig, Gate **out, Err *err) WARN_UNUSED;
/* The language model as the gate's reader of what is said between the lines; it is opened by the
   first text that is read. */
GateDeepReader rig_deep_reader(Rig *rig);

/* The second look at names in what leaves, through the embedding model, which is opened by the
   first text that is looked at; one that is not here is asked for once. */
Status rig_look(Rig *rig, GateLook **out, Err *err) WARN_UNUSED;

/* What looks at texts before anybody acts on them; made once, with the models that the rig has as
   its senses: each is asked for by the first text that words leave in doubt. */
Status rig_guard(Rig *rig, Guard **out, Err *err) WARN_UNUSED;
/* From now on a doubtful question may open the language model, or only asks one that is open. No
   change where the model is not one that the guards know (PROBE_NEVER). */
void rig_guard_may_open(Rig *rig, bool may);
/* And what is done about it: the table [guard] of policy.toml, read once. E_CORRUPT: an unknown
   key or word in it, and then nothing is asked or answered. */
Status rig_guard_table(Rig *rig, const GuardTable **out, Err *err) WARN_UNUSED;

/* The router with the user's rules, route.toml in the folder of the configuration, and with what
   it learned; made once. E_USAGE: a rule that cannot be read, with its line. */
Status rig_router(Rig *rig, const Router **out, Err *err) WARN_UNUSED;
/* What the router remembers (record.c); it is read once and follows what this process adds. */
Status rig_record(Rig *rig, const RouteRecord **out, Err *err) WARN_UNUSED;

/* Starts the document reader where it does not run: without one no file can be read. */
Status rig_reader(Rig *rig, Err *err) WARN_UNUSED;
/* The text of an open file, by the sandboxed reader; *out is doc_fini'd by the caller, also after a
   failure. E_UNSUPPORTED: no text can be had; out->format names the kind where it is known. */
Status rig_extract(Rig *rig, int fd, const char *path, Doc *out, Err *err) WARN_UNUSED;

/* Sets the parts of ingest options that the rig knows: reader and cancel flag. The other fields
   are left as they are. */
void rig_reading_options(Rig *rig, IngestOptions *out);
/* The same and the embedder, which is opened, and stays NULL where no embedding model is here. */
Status rig_ingest_options(Rig *rig, IngestOptions *out, Err *err) WARN_UNUSED;
/* The notice itself, with "; " behind it when some stands there: for the next sentence. */
Buf *notice_next(Buf *notice);
/* sweep.c: a look at all added folders before something is searched for, and what there is to say
   of it, behind what stands in `notice`. Leaves no store open. Fails where the home is locked, and
   for want of memory. */
Status rig_sweep(Rig *rig, Buf *notice, Err *err) WARN_UNUSED;
/* What the store has to say itself after a search: passages that are missing, for their index is
   damaged. */
Status rig_store_says(Store *store, Buf *notice, Err *err) WARN_UNUSED;
/* E_NOT_FOUND where the store has no documents: "nothing found" and "the documents do not say"
   would be half of the truth. Files that could not be read are documents, too: `hearth list` tells
   of them. */
Status rig_refuse_empty(Store *store, Err *err) WARN_UNUSED;

#endif
