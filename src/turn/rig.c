/*
 * The body of rig.h: opening things late and once.
 *
 * Models are found through the shelf (a catalogue name or a path) and opened with the pack cache
 * in Hearth's cache folder. The store is opened for reading or for writing; a process that only
 * reads never takes the writer's lock.
 *
 * The embedder that the store sees is a pair of small adapters over the Embedder: knowledge/ never
 * includes model/.
 *
 * What opens what. An arrow is a call that comes first and whose failure ends the one on the left;
 * what was opened on the way stays open, so that the next call goes on from there:
 *
 *     rig_session, rig_speculator, rig_template  ->  rig_engine  ->  rig_unlock (prompts are kept)
 *     rig_store                                  ->  rig_unlock
 *     rig_gate     ->  rig_unlock, rig_look, the gate's folder, the kept end of its ledger
 *     rig_router   ->  rig_unlock, rig_record, route.toml, the gap model that was trained here
 *     rig_ingest_options  ->  rig_embedder_if_here  ->  rig_store_embedder  ->  rig_embedder
 *
 * rig_look and rig_guard open no model: they hand on callbacks (sense_states, sense_vector,
 * read_deep) that open one when a first text is asked about. So a gate costs nothing until
 * something is about to leave.
 *
 * What is handed out lives until rig_close, with two exceptions: the store goes with another mode
 * or rig_store_release, the session with a larger one.
 */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>

#include "turn/own.h"
#include "turn/rig.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/home.h"
#include "base/log.h"
#include "base/sealed_text.h"
#include "gate/ledger.h"
#include "model/fingerprint.h"
#include "model/kv_disk.h"
#include "model/probe.h"
#include "model/vocab_gguf.h"
#include "route/rules.h"
#include "shelf/shelf.h"
#include "turn/deep.h"
#include "turn/guard_probe.h"
#include "turn/seal_home.h"

enum { RULES_FILE_MAX = 1 << 20 }; /* bytes of route.toml; its parser takes less */

static const char default_store[] = "default";

enum { OPTION_TEXTS = 7 };

/* Where the texts of options stand: copied and freed by one list, so that none is forgotten. */
static void texts_of(RigOptions *options, const char **out[OPTION_TEXTS]) {
    const char **texts[OPTION_TEXTS] = {&options->store,       &options->model,
                                        &options->embed_model, &options->isa,
                                        &options->draft_model, &options->speculate,
                                        &options->kv_type};
    memcpy(out, texts, sizeof texts);
}

/* Goes through all of them also after a failure: none may still be the caller's. */
static Status own_options(Rig *rig, const RigOptions *options, Err *err) {
    const char **texts[OPTION_TEXTS];
    bool whole = true;
    rig->options = *options;
    if (!rig->options.store) rig->options.store = default_store;
    texts_of(&rig->options, texts);
    for (size_t i = 0; i < OPTION_TEXTS; i++) {
        if (!*texts[i]) continue;
        *texts[i] = mem_strdup(*texts[i]);
        whole = whole && *texts[i];
    }
    return whole ? OK : err_no_memory(err, "the options");
}

/* Every text is a copy of ours by now, or NULL (own_options). */
static void free_options(Rig *rig) {
    const char **texts[OPTION_TEXTS];
    texts_of(&rig->options, texts);
    for (size_t i = 0; i < OPTION_TEXTS; i++) mem_free((void *)(uintptr_t)*texts[i]);
}

/* Nothing is opened but the look whether the home is sealed: a command that needs no store must
   not wait for one. rig_close takes what is half made. */
Status rig_open(const RigOptions *options, Rig **out, Err *err) {
    Rig *rig = mem_zalloc(sizeof *rig);
    if (!rig) return err_no_memory(err, "a rig");
    Status status = own_options(rig, options, err);
    if (status == OK) status = store_name_check(rig->options.store, err);
    if (status == OK) status = sealing_look(err);
    if (status == OK) status = home_dir(HOME_STORES, &rig->stores_dir, err);
    if (status == OK) status = home_dir(HOME_CACHE, &rig->cache_dir, err);
    if (status == OK) {
        rig->kv_dir = file_join(rig->cache_dir, "kv");
        if (!rig->kv_dir) status = err_no_memory(err, "a rig");
    }
    if (status != OK) {
        rig_close(rig);
        return status;
    }
    *out = rig;
    return OK;
}

/* What uses a model goes before the model, what uses the router's rules before these. */
void rig_close(Rig *rig) {
    if (!rig) return;
    speculator_free(rig->speculator);
    deep_free(rig->deep);
    session_free(rig->session);
    template_free(rig->chat_template);
    vocab_free(rig->vocab);
    gguf_close(rig->vocab_file);
    engine_close(rig->draft_engine);
    engine_close(rig->engine);
    mem_free(rig->asked_vector);
    embedder_close(rig->embedder);
    extractor_free(rig->extractor);
    gate_close(rig->gate);
    gate_look_free(rig->look);
    guard_free(rig->guard);
    route_free(rig->router);
    route_rules_free(rig->rules);
    mem_free(rig->record);
    route_own_free(rig->own);
    store_close(rig->store);
    free_options(rig);
    mem_free(rig->kv_dir);
    mem_free(rig->stores_dir);
    mem_free(rig->cache_dir);
    mem_free(rig);
}

/* A conversion that cannot go on is a line in the log: the question that is being asked needs only
   to read. */
Status rig_unlock(Rig *rig, Err *err) {
    Err why;
    TRY(sealing_unlock(&rig->options.ask, err));
    if (seal_home_resume(&why) == OK) return OK;
    log_line(LOG_WARN, "turn", "not all of this home could be converted", "why=\"%s\"",
             why.message);
    return OK; /* both forms are read meanwhile */
}

void rig_store_release(Rig *rig) {
    store_close(rig->store);
    rig->store = NULL;
}

/* The store is closed before it is opened in another mode: a process has it once, and a writer that
   became a reader gives its lock back. */
Status rig_store(Rig *rig, StoreMode mode, Store **out, Err *err) {
    TRY(rig_unlock(rig, err));
    if (rig->store && rig->store_mode != mode) rig_store_release(rig);
    if (!rig->store) {
        StoreOptions options = {.stores_dir = rig->stores_dir, .name = rig->options.store,
                                .mode = mode, .create = false};
        Status status = store_open(&options, &rig->store, err);
        if (status == E_NOT_FOUND) {
            (void)err_hint(err, "add documents first: hearth add FOLDER");
        }
        TRY(status);
        rig->store_mode = mode;
    }
    assert(rig->store && rig->store_mode == mode);
    *out = rig->store;
    return OK;
}

/* All names, each with its NUL. No folder of stores yet: none. */
static Status store_names(const Rig *rig, Buf *names, Err *err) {
    DIR *folder = opendir(rig->stores_dir);
    Err ignored;
    if (!folder) return errno == ENOENT ? OK : file_error(err, "open", rig->stores_dir);
    for (struct dirent *e; (e = readdir(folder));) {
        bool is_store = store_name_check(e->d_name, &ignored) == OK;
        if (is_store) buf_add(names, e->d_name, strlen(e->d_name) + 1);
    }
    closedir(folder);
    return buf_check(names, "the stores", err);
}

static Status with_store(Rig *rig, const char *name, RigStoreFn each, void *user, Err *err) {
    Store *store = NULL;
    StoreOptions options = {.stores_dir = rig->stores_dir, .name = name, .mode = STORE_READ};
    bool own = strcmp(name, rig->options.store) == 0;
    Status status = own ? rig_store(rig, STORE_READ, &store, err)
                        : store_open(&options, &store, err);
    if (status == E_NOT_FOUND) return OK; /* a folder that holds no store, or not any more */
    if (status == OK) status = each(user, store, err);
    if (!own) store_close(store);
    return status;
}

Status rig_each_store(Rig *rig, RigStoreFn each, void *user, Err *err) {
    enum { NAMES_MAX = 1 << 20 };
    Buf names;
    TRY(rig_unlock(rig, err));
    buf_init(&names, NAMES_MAX);
    Status status = store_names(rig, &names, err);
    for (size_t at = 0; status == OK && at < names.n; at += strlen(names.p + at) + 1) {
        status = with_store(rig, names.p + at, each, user, err);
    }
    buf_fini(&names);
    return status;
}

/* NULL: the default of the kind. */
static Status resolve(const char *name, ShelfKind kind, char **path, Err *err) {
    return shelf_resolve(name ? name : shelf_default(kind)->name, path, err);
}

Status rig_forget_prompts(Rig *rig, Err *err) {
    return kv_disk_clear(rig->kv_dir, err);
}

Buf *notice_next(Buf *notice) {
    if (notice->n) buf_add_c(notice, "; ");
    return notice;
}

/* NULL: packed weights are not kept. */
static const char *pack_dir(const Rig *rig) {
    return rig->options.no_pack ? NULL : rig->cache_dir;
}

/* The same for opening and planning, so that a plan tells the truth. */
static EngineOptions engine_options(const Rig *rig, const char *path) {
    return (EngineOptions){.path = path, .pack_dir = pack_dir(rig), .isa = rig->options.isa,
                           .kv_type = rig->options.kv_type,
                           .kv_dir = rig->options.no_kv_cache ? NULL : rig->kv_dir,
                           .threads = rig->options.threads, .n_ctx = rig->options.context,
                           .polite = rig->options.polite};
}

/* Who is told of packing: it lies on the stack while a model is opened. */
typedef struct Packing {
    const Rig *rig;
    const char *path;
} Packing;

static void tell_packing(void *user, uint64_t done, uint64_t total) {
    const Packing *packing = user;
    const RigOptions *o = &packing->rig->options;
    if (o->packing) o->packing(o->packing_user, packing->path, done, total);
}

/* A sealed home is unlocked first where prompts are kept: they are sealed, too. */
static Status open_engine(Rig *rig, const char *name, Engine **out, Err *err) {
    double began = clock_now_ms();
    char *path = NULL;
    if (!rig->options.no_kv_cache) TRY(rig_unlock(rig, err)); /* it keeps texts */
    TRY(resolve(name, SHELF_CHAT, &path, err));
    EngineOptions options = engine_options(rig, path);
    Packing packing = {rig, path};
    options.cancel = &rig->cancel;
    options.packing = tell_packing;
    options.user = &packing;
    Status status = engine_open(&options, out, err);
    mem_free(path);
    rig->load_ms += clock_now_ms() - began;
    return status;
}

Status rig_engine(Rig *rig, Engine **out, Err *err) {
    if (!rig->engine) TRY(open_engine(rig, rig->options.model, &rig->engine, err));
    *out = rig->engine;
    return OK;
}

/* The words of the option are judged before anything is opened. "auto" guesses from the text, and
   with a draft model as well where one is named; "lookup" from the text alone; "draft" with the
   model alone. The draft's engine stays when making the speculator fails. */
Status rig_speculator(Rig *rig, Speculator **out, Err *err) {
    const char *mode = rig->options.speculate ? rig->options.speculate : "auto";
    const char *model = rig->options.draft_model;
    bool draft = strcmp(mode, "draft") == 0, lookup = strcmp(mode, "lookup") == 0;
    bool by_default = strcmp(mode, "auto") == 0;
    *out = NULL;
    if (strcmp(mode, "off") == 0) return OK;
    if (!draft && !lookup && !by_default) {
        return err_set(err, E_USAGE, "speculate: \"%s\" is none of auto, off, lookup, draft", mode);
    }
    if (draft && !model) {
        (void)err_set(err, E_USAGE, "speculating with a draft model needs one");
        return err_hint(err, "name a small model of the same family: --draft-model NAME");
    }
    if (!rig->speculator) {
        SpeculatorOptions options = {.lookup = !draft};
        Engine *engine = NULL;
        TRY(rig_engine(rig, &engine, err));
        if (model && !lookup && !rig->draft_engine) {
            TRY(open_engine(rig, model, &rig->draft_engine, err));
        }
        options.draft = rig->draft_engine;
        TRY(speculator_new(engine, &options, &rig->speculator, err));
    }
    *out = rig->speculator;
    return OK;
}

/* One session for all turns, so that a conversation's prefix is evaluated once; a longer window
   needs another session. */
Status rig_session(Rig *rig, int n_ctx, Session **out, Err *err) {
    Engine *engine = NULL;
    TRY(rig_engine(rig, &engine, err));
    if (rig->session && session_n_ctx(rig->session) < n_ctx) {
        session_free(rig->session);
        rig->session = NULL;
    }
    if (!rig->session) {
        SessionOptions options = {.n_ctx = n_ctx, .keep = true};
        TRY(session_new(engine, &options, &rig->session, err));
    }
    *out = rig->session;
    return OK;
}

/* Two windows: what the model was trained for, and a smaller one that the user set. Rounding up
   never passes them. */
Status rig_fit_session(Rig *rig, size_t n_prompt, int n_answer, Session **out, Err *err) {
    enum { STEP = 256 };
    Engine *engine = NULL;
    EngineInfo info;
    TRY(rig_engine(rig, &engine, err));
    engine_info(engine, &info);
    if (n_answer < 0) return err_set(err, E_USAGE, "max_tokens: %d is below 0", n_answer);
    size_t limit = (size_t)info.n_ctx_train, need = n_prompt + (size_t)n_answer;
    if (rig->options.context && (size_t)rig->options.context < limit) {
        limit = (size_t)rig->options.context;
    }
    if (need > limit) {
        (void)err_set(err, E_LIMIT,
                      "the prompt has %zu tokens and %d are kept for the answer; the window holds "
                      "%zu",
                      n_prompt, n_answer, limit);
        bool trained = limit == (size_t)info.n_ctx_train; /* no option makes it longer */
        return err_hint(err, trained ? "shorten it, begin a new conversation, or take another "
                                       "model: this one was made for no more"
                                     : "shorten it, begin a new conversation, or give a larger "
                                       "--context");
    }
    size_t room = (need + STEP - 1) / STEP * STEP;
    assert(need <= limit && need <= room); /* neither was rounded down */
    return rig_session(rig, (int)(room < limit ? room : limit), out, err);
}

Status rig_model_path(Rig *rig, char **path, Err *err) {
    return resolve(rig->options.model, SHELF_CHAT, path, err);
}

Status rig_plan(Rig *rig, EnginePlan *out, Err *err) {
    char *path = NULL;
    TRY(rig_model_path(rig, &path, err));
    EngineOptions options = engine_options(rig, path);
    Status status = engine_plan(&options, out, err);
    mem_free(path);
    return status;
}

/* A vocabulary of its own is made only while no engine is open; one that was stays, since somebody
   may hold it. The file stays open under it. */
Status rig_vocab(Rig *rig, const Vocab **out, Err *err) {
    if (rig->engine) {
        *out = engine_vocab(rig->engine);
        return OK;
    }
    if (!rig->vocab) {
        char *path = NULL;
        TRY(rig_model_path(rig, &path, err));
        Status status = rig->vocab_file ? OK : gguf_open(path, &rig->vocab_file, err);
        mem_free(path);
        TRY(status);
        TRY(vocab_from_gguf(rig->vocab_file, NULL, &rig->vocab, err));
    }
    *out = rig->vocab;
    return OK;
}

/* Parsed once. A base model has none, which its user may not know. */
Status rig_template(Rig *rig, const Template **out, Err *err) {
    if (!rig->chat_template) {
        Engine *engine = NULL;
        TRY(rig_engine(rig, &engine, err));
        Str source = engine_chat_template(engine);
        if (source.n == 0) {
            (void)err_set(err, E_UNSUPPORTED, "the model has no chat template");
            return err_hint(err, "it is a base model: use `hearth run --raw`, or another model");
        }
        TRY(template_parse(source, &rig->chat_template, err));
    }
    *out = rig->chat_template;
    return OK;
}

/* In another folder than the gate's, which may be put back from a backup. */
static Status keep_last(Rig *rig, Err *err) {
    char *folder = NULL;
    Status status = home_dir(HOME_STATE, &folder, err);
    char *path = status == OK ? file_join(folder, "egress.last") : NULL;
    if (status == OK) status = path ? gate_ledger_keep_last(rig->gate, path, err)
                                    : err_no_memory(err, "a path");
    mem_free(folder);
    mem_free(path);
    if (status == OK) return OK;
    gate_close(rig->gate);
    rig->gate = NULL;
    return status;
}

/* Reader and look are set on a gate that is whole: keep_last has closed one that is not. */
Status rig_gate(Rig *rig, Gate **out, Err *err) {
    if (!rig->gate) {
        char *folder = NULL;
        GateLook *look = NULL;
        GateDeepReader reader = rig_deep_reader(rig);
        TRY(rig_unlock(rig, err));
        TRY(rig_look(rig, &look, err)); /* first: no gate is ever there without it */
        TRY(home_dir(HOME_GATE, &folder, err));
        Status status = gate_open(folder, &rig->gate, err);
        mem_free(folder);
        if (status == OK) status = keep_last(rig, err);
        TRY(status);
        gate_set_reader(rig->gate, &reader);
        gate_set_look(rig->gate, look);
        gate_heed(rig->gate, &rig->cancel);
    }
    *out = rig->gate;
    return OK;
}

/* The gate's callback: opens the model when a first text has to be read. */
static Status read_deep(void *user, Str text, const GateDeepSink *sink, Err *err) {
    Rig *rig = user;
    if (!rig->deep) TRY(deep_new(rig, NULL, &rig->deep, err));
    return deep_read(rig->deep, text, sink, err);
}

GateDeepReader rig_deep_reader(Rig *rig) {
    return (GateDeepReader){read_deep, rig};
}

/* A question is asked for by the guards and by retrieval, one after the other: its vector is made
   once. */
static Status embed_query(void *user, Str text, float *out, Err *err) {
    Rig *rig = user;
    assert(rig->embedder); /* whoever has this adapter has opened it */
    size_t bytes = (size_t)embedder_dim(rig->embedder) * sizeof *out;
    uint8_t digest[HASH_BYTES];
    hash_blake2b(text.p, text.n, digest);
    if (rig->asked_vector && memcmp(digest, rig->asked, HASH_BYTES) == 0) {
        memcpy(out, rig->asked_vector, bytes);
        return OK;
    }
    TRY(embedder_run(rig->embedder, &text, 1, true, out, NULL, err));
    mem_free(rig->asked_vector);
    rig->asked_vector = (float *)(void *)mem_dup(out, bytes); /* NULL: it is made again */
    memcpy(rig->asked, digest, HASH_BYTES);
    return OK;
}

const char *rig_space(Rig *rig) {
    char *path = NULL;
    Gguf *gguf = NULL;
    if (rig->space[0]) return rig->space;
    if (rig->engine) {
        probe_space(rig->engine, rig->space);
    } else if (rig_model_path(rig, &path, NULL) == OK && gguf_open(path, &gguf, NULL) == OK) {
        (void)snprintf(rig->space, sizeof rig->space, "%016llx",
                       (unsigned long long)model_fingerprint(gguf));
        gguf_close(gguf);
    }
    mem_free(path);
    return rig->space;
}

/* The embedding model, if it is the one that a head was learned for; opened by the first text that
   is asked about. One that is not here is asked for once; one whose opening somebody stopped, again
   by the next text. */
static Embedder *sensing(Rig *rig, const char *space, size_t dim) {
    Embedder *embedder = NULL;
    Err ignored;
    if (rig->senseless) return NULL;
    Status status = rig_embedder(rig, &embedder, &ignored);
    rig->senseless = status != OK && status != E_CANCELLED;
    bool fits = status == OK && (size_t)embedder_dim(embedder) == dim &&
                strcmp(embedder_name(embedder), space) == 0;
    return fits ? embedder : NULL;
}

/* The guards' callback. Three sources: the language model's state, a question's vector, which is
   kept for retrieval, or means of single layers. */
static bool sense_vector(void *user, const GuardMeaning *wanted, Str text, float *out) {
    Err ignored;
    if (wanted->of_model) return guard_probe(user, wanted, text, out);
    size_t dim = wanted->dim / guard_layers_count(wanted->layers);
    Embedder *embedder = sensing(user, wanted->space, dim);
    if (!embedder) return false;
    if (wanted->layers == 0) return embed_query(user, text, out, &ignored) == OK;
    return embedder_means(embedder, text, wanted->layers, out, &ignored) == OK;
}

/* The names' callback: states of the units of some texts, one layer. */
static bool sense_states(void *user, const NamesAsk *ask, float *states, uint32_t *token) {
    EmbedText texts[NAMES_ASK_TEXTS];
    EmbedPlace place[NAMES_ASK_UNITS];
    uint32_t n = 0;
    Err why;
    Embedder *embedder = sensing(user, ask->space, ask->dim);
    if (!embedder || ask->n > NAMES_ASK_TEXTS) return false;
    for (uint32_t k = 0; k < ask->n; k++) {
        const NamesText *t = &ask->texts[k];
        if (t->n > NAMES_ASK_UNITS - n) return false;
        texts[k] = (EmbedText){t->text, place + n, t->n};
        for (uint32_t i = 0; i < t->n; i++) {
            place[n++] = (EmbedPlace){t->place[i].at, t->place[i].end};
        }
    }
    assert(ask->layers >= 1 && ask->layers <= 32); /* a bit each; of a head that is compiled in */
    EmbedAsk states_of = {texts, ask->n, 1u << (ask->layers - 1)};
    if (embedder_states(embedder, &states_of, states, token, &why) == OK) return true;
    log_line(LOG_WARN, "turn", "names are not looked at twice", "why=\"%s\"", why.message);
    return false;
}

/* names_sense lies in the rig, since the look keeps the pointer. */
Status rig_look(Rig *rig, GateLook **out, Err *err) {
    if (!rig->look) {
        rig->names_sense = (NamesSense){sense_states, rig};
        TRY(gate_look_new(&rig->names_sense, &rig->look, err));
    }
    *out = rig->look;
    return OK;
}

/* `sense` lies in the rig for the same reason. */
Status rig_guard(Rig *rig, Guard **out, Err *err) {
    if (!rig->guard) {
        TRY(guard_new(&rig->guard, err));
        rig->sense = (GuardSense){sense_vector, rig};
        guard_sense(rig->guard, &rig->sense);
    }
    *out = rig->guard;
    return OK;
}

void rig_guard_may_open(Rig *rig, bool may) {
    if (rig->probe != PROBE_NEVER) rig->probe = may ? PROBE_OPENS : PROBE_IF_OPEN;
}

Status rig_guard_table(Rig *rig, const GuardTable **out, Err *err) {
    if (!rig->has_guard_table) {
        char *folder = NULL;
        TRY(rig_unlock(rig, err));
        TRY(home_dir(HOME_GATE, &folder, err));
        Status status = guard_table_open(folder, &rig->guard_table, err);
        mem_free(folder);
        TRY(status);
        rig->has_guard_table = true;
    }
    *out = &rig->guard_table;
    return OK;
}

/* No file: no rules. Errors are told with the path, which a home has once. */
static Status read_rules(const char *path, RouteRules **out, Err *err) {
    Buf text;
    if (!file_exists(path)) return OK;
    buf_init(&text, RULES_FILE_MAX);
    Status status = sealed_text_read(path, &text, err);
    if (status == OK) status = route_rules_parse(buf_str(&text), out, err);
    buf_fini(&text);
    return status == OK ? OK : err_prefix(err, status, "%s", path);
}

/* Rules, record and gap model are the rig's and only borrowed by the router, so rig_close frees it
   before them. Rules that were read are kept when a later step fails. */
Status rig_router(Rig *rig, const Router **out, Err *err) {
    if (!rig->router) {
        char *path = NULL;
        TRY(rig_unlock(rig, err));
        const RouteRecord *record = NULL;
        TRY(rig_record(rig, &record, err));
        TRY(home_path(HOME_CONFIG, "route.toml", &path, err));
        Status status = rig->rules ? OK : read_rules(path, &rig->rules, err);
        mem_free(path);
        TRY(status);
        TRY(own_load(rig, err));
        TRY(route_new(&rig->router, err));
        route_use(rig->router, rig->rules, &record->learned);
        route_use_own(rig->router, rig->own);
    }
    *out = rig->router;
    return OK;
}

/* The store's callback, for documents. */
static Status embed_passages(void *user, const Str *texts, size_t n, float *out, Err *err) {
    assert(((Rig *)user)->embedder);
    return embedder_run(((Rig *)user)->embedder, texts, n, false, out, NULL, err);
}

/* The store's view of the model is made with it, once: whoever has &store_embedder has an open
   embedder, which both callbacks assert. */
Status rig_embedder(Rig *rig, Embedder **out, Err *err) {
    if (!rig->embedder) {
        double began = clock_now_ms();
        char *path = NULL;
        TRY(resolve(rig->options.embed_model, SHELF_EMBED, &path, err));
        Packing packing = {rig, path};
        EmbedderOptions options = {.path = path, .pack_dir = pack_dir(rig),
                                   .isa = rig->options.isa, .threads = rig->options.threads,
                                   .cancel = &rig->cancel, .packing = tell_packing,
                                   .user = &packing};
        Status status = embedder_open(&options, &rig->embedder, err);
        mem_free(path);
        TRY(status);
        rig->store_embedder = (StoreEmbedder){.model_id = embedder_id(rig->embedder),
                                              .dim = (uint32_t)embedder_dim(rig->embedder),
                                              .passages = embed_passages,
                                              .query = embed_query,
                                              .user = rig};
        rig->load_ms += clock_now_ms() - began;
    }
    *out = rig->embedder;
    return OK;
}

Status rig_store_embedder(Rig *rig, const StoreEmbedder **out, Err *err) {
    Embedder *embedder = NULL;
    TRY(rig_embedder(rig, &embedder, err));
    *out = &rig->store_embedder;
    return OK;
}

Status rig_embedder_if_here(Rig *rig, const StoreEmbedder **out, Err *err) {
    Err why;
    *out = NULL;
    Status status = rig_store_embedder(rig, out, &why);
    if (status == E_NOT_FOUND && !rig->options.embed_model) return OK;
    return status == OK ? OK : err_pass(err, &why, status);
}

Status rig_reader(Rig *rig, Err *err) {
    ExtractorOptions options;
    if (rig->extractor) return OK;
    extractor_options_default(&options);
    options.weak_sandbox = rig->options.weak_sandbox;
    options.cancel = &rig->cancel;
    return extractor_new(&options, &rig->extractor, err);
}

/* The reader is started by the first file that needs it. */
Status rig_extract(Rig *rig, int fd, const char *path, Doc *out, Err *err) {
    TRY(rig_reader(rig, err));
    Status status = extractor_run(rig->extractor, fd, path, out, err);
    const char *kind = extractor_kind(rig->extractor);
    if (status == E_UNSUPPORTED && *kind) out->format = mem_strdup(kind);
    return status;
}

/* The ingester's callback. */
static Status extract(void *user, int fd, const char *path, Doc *out, Err *err) {
    return rig_extract(user, fd, path, out, err);
}

void rig_reading_options(Rig *rig, IngestOptions *out) {
    out->extract = extract;
    out->extract_user = rig;
    out->cancel = &rig->cancel;
}

/* Without an embedding model words are indexed, and vectors come later. */
Status rig_ingest_options(Rig *rig, IngestOptions *out, Err *err) {
    TRY(rig_embedder_if_here(rig, &out->embedder, err));
    rig_reading_options(rig, out);
    return OK;
}
