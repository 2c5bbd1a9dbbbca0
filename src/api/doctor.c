/*
 * Self-examination: what is there, what is missing, what is damaged, each with what to do.
 *
 * The order is that of dependence: folders, disk, sandbox, models, memory, then what is sealed, and
 * behind the seal gate, store and network. Where the home cannot be unlocked the checks behind it
 * are left out, since each would only say so again. A check never ends the examination: what fails
 * is a line with a verdict.
 *
 * Each check says one line: its name, a verdict, a sentence. With `repair` what can be made anew
 * is: packed weights from the model file, segments from the database, damaged texts from the
 * documents, and a damaged database itself from the user's folders that it still names (the damaged
 * file is moved aside, never deleted).
 *
 * The report as `hearth doctor` shows it:
 *
 *     ok    home             yours alone
 *     ok    disk             51.2 GB free for models and stores
 *     warn  reader sandbox   network namespaces
 *     ok    language model   qwen2.5-coder-1.5b, digest verified
 *     ok    embedding model  multilingual-e5-small, made here of verified files
 *     warn  packed weights   114.4 MB in FILE belong to no model listed here; ...
 *     BAD   store            what store_check found first
 *
 * A verdict is BAD where something would go wrong or leak, a warning where something is missing
 * that Hearth can do without. Every text is built in a buffer of its own and cut at its end, which
 * costs the tail of a long path and nothing else.
 */
#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/api.h"
#include "base/file.h"
#include "base/home.h"
#include "gate/cloud.h"
#include "gate/ledger.h"
#include "gate/selftest.h"
#include "gate/send.h"
#include "shelf/shelf.h"

enum { STRAYS_LOOKED_MAX = 1024 }; /* entries of the cache; a home has some ten */

typedef struct Report {
    hearth_check_fn each;
    void *user;
} Report;

/* One line of the report. */
static void say(const Report *report, const char *name, hearth_verdict verdict,
                const char *detail) {
    assert(verdict >= HEARTH_GOOD && verdict <= HEARTH_BAD && *name); /* doors have a word each */
    report->each(report->user, name, verdict, detail);
}

/* Models and stores may lie on two disks: *free_bytes is what the fuller one has. */
static Status free_for_both(uint64_t *free_bytes, bool *frozen, Err *err) {
    static const HomeKind kinds[] = {HOME_MODELS, HOME_STORES};
    *free_bytes = UINT64_MAX;
    *frozen = false;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        char *dir = NULL;
        uint64_t here = 0;
        Status status = home_dir(kinds[i], &dir, err);
        if (status == OK) status = file_free_bytes(dir, &here, err);
        if (status == OK && here < *free_bytes) *free_bytes = here;
        *frozen = *frozen || (status == OK && file_is_frozen(dir));
        mem_free(dir);
        TRY(status);
    }
    return OK;
}

/* Below 2 GiB, a chosen mark, a small language model and its packed copy may not fit. What lies on
   a disk that is mounted read-only can be searched, so that is no fault. */
static void check_disk(const Report *report) {
    Err why;
    char text[32], line[160];
    uint64_t free_bytes = 0;
    bool frozen = false;
    if (free_for_both(&free_bytes, &frozen, &why) != OK) {
        say(report, "disk", HEARTH_BAD, why.message);
    } else if (frozen) {
        (void)snprintf(line, sizeof line, "read-only: what is there can be searched and asked "
                                          "about, but nothing added, masked or sent");
        say(report, "disk", HEARTH_WARN, line);
    } else {
        (void)snprintf(line, sizeof line, "%s free for models and stores",
                       num_bytes_text(free_bytes, text, sizeof text));
        say(report, "disk", free_bytes > (2u << 30) ? HEARTH_GOOD : HEARTH_WARN, line);
    }
}

/* What other users may do with the folder: HEARTH_BAD change it, HEARTH_WARN see it, though they
   should not. */
static hearth_verdict look_at_folder(HomeKind kind, bool open, char *line, size_t cap) {
    char *dir = NULL;
    struct stat st;
    hearth_verdict verdict = HEARTH_GOOD;
    if (home_dir(kind, &dir, NULL) == OK && stat(dir, &st) == 0) { /* else other checks say why */
        if (st.st_uid != geteuid()) {
            verdict = HEARTH_BAD;
            (void)snprintf(line, cap, "%s belongs to another user, who can change it", dir);
        } else if (st.st_mode & (S_IWGRP | S_IWOTH)) {
            verdict = HEARTH_BAD;
            (void)snprintf(line, cap, "other users may change %s: chmod go-rwx it", dir);
        } else if (!open && (st.st_mode & (S_IRWXG | S_IRWXO))) {
            verdict = HEARTH_WARN;
            (void)snprintf(line, cap, "other users may see what is in %s: chmod go-rwx it", dir);
        }
    }
    mem_free(dir);
    return verdict;
}

/* The data folder itself may be looked into (models lie there); what is private is below it. */
static void check_home(const Report *report) {
    static const HomeKind kinds[] = {HOME_DATA, HOME_GATE, HOME_STORES, HOME_CACHE};
    char line[400] = "yours alone";
    hearth_verdict verdict = HEARTH_GOOD;
    for (size_t i = 0; i < ARRAY_LEN(kinds) && verdict == HEARTH_GOOD; i++) {
        verdict = look_at_folder(kinds[i], kinds[i] == HOME_DATA, line, sizeof line);
    }
    say(report, "home", verdict, line);
}

/* Without isolated files a reader that was taken over could read what the user can. */
static void check_sandbox(const Report *report) {
    Err why;
    SandboxReport sandbox;
    ExtractorOptions options;
    extractor_options_default(&options);
    Status status = sandbox_probe(&options, &sandbox, &why);
    if (status != OK) {
        say(report, "reader sandbox", HEARTH_BAD, why.message);
        return;
    }
    if (!sandbox.files_isolated) {
        say(report, "reader sandbox", HEARTH_BAD,
            "this kernel isolates no files: readers need --weak-sandbox");
    } else {
        say(report, "reader sandbox", *sandbox.missing ? HEARTH_WARN : HEARTH_GOOD,
            *sandbox.missing ? sandbox.missing : "seccomp, rlimits and file isolation");
    }
    say(report, "pdf reader", sandbox.pdftotext ? HEARTH_GOOD : HEARTH_WARN,
        sandbox.pdftotext ? "pdftotext found" : "pdftotext is missing: install poppler-utils");
}

/* Reads all of the packed copy; none kept (E_NOT_FOUND) is no line, since the next start makes it.
   */
static void check_pack(const Report *report, hearth *h, const char *path, bool repair) {
    Err why;
    const char *dir = h->rig->cache_dir;
    Status status = engine_pack_verify(path, dir, &why);
    if (status == E_CORRUPT && repair) {
        status = engine_pack_remove(path, dir, &why);
        say(report, "packed weights", status == OK ? HEARTH_WARN : HEARTH_BAD,
            status == OK ? "were damaged; the next start makes them anew" : why.message);
    } else if (status == E_CORRUPT) {
        say(report, "packed weights", HEARTH_BAD, why.message);
    } else if (status == OK) {
        say(report, "packed weights", HEARTH_GOOD, "every checksum fits");
    }
}

/* Of a model that is there: what is known of its bytes. A name that was resolved fits the digest of
   the catalogue; an imported file has none there, and is known only where it was made here, of
   files whose digests fitted, and has not changed since. */
static const char *known_of(const char *name, const char *path) {
    const ShelfModel *model = shelf_find(name);
    ShelfItem *items = NULL;
    size_t n = 0;
    bool checked = false;
    if (!model) return "not of the catalogue";
    if (!model->imported) return "digest verified";
    if (shelf_list(&items, &n, NULL) != OK) n = 0;
    for (size_t i = 0; i < n; i++) {
        checked = checked || (items[i].checked && strcmp(items[i].path, path) == 0);
    }
    shelf_list_free(items, n);
    return checked ? "made here of verified files" : "not verified: it was not made here";
}

/* Resolving a name of the catalogue checks its digest. A missing model is a warning: words find
   passages without one. One that is there and cannot be used is bad. */
static void check_model(const Report *report, hearth *h, ShelfKind kind, bool repair) {
    Err why;
    char *path = NULL, line[1024];
    const char *label = kind == SHELF_CHAT ? "language model" : "embedding model";
    const RigOptions *options = &h->rig->options;
    const char *name = kind == SHELF_CHAT ? options->model : options->embed_model;
    bool of_catalogue = !name || shelf_find(name);
    if (!name) name = shelf_default(kind)->name;
    Status status = shelf_resolve(name, &path, &why);
    hearth_verdict without = status == E_NOT_FOUND ? HEARTH_WARN : HEARTH_BAD;
    if (status == OK) {
        (void)snprintf(line, sizeof line, "%s, %s", name, known_of(name, path));
        say(report, label, HEARTH_GOOD, line);
        check_pack(report, h, path, repair);
    } else if (of_catalogue) {
        (void)snprintf(line, sizeof line, "%s (hearth pull %s)", why.message, name);
        say(report, label, without, line);
    } else {
        say(report, label, without, why.message);
    }
    mem_free(path);
}

/* Is it the pack of that model? Packs are named by a hash of the model's path. */
static bool is_pack_of(const char *pack, const char *model, const char *dir) {
    char *path = NULL;
    bool same = engine_pack_path(model, dir, &path, NULL) == OK && strcmp(path, pack) == 0;
    mem_free(path);
    return same;
}

/* Of a model on the shelf, or of one that this command was given by its path? */
static bool has_model(hearth *h, const char *pack, const ShelfItem *items, size_t n) {
    const char *given[] = {h->rig->options.model, h->rig->options.embed_model};
    const char *dir = h->rig->cache_dir;
    bool found = false;
    for (size_t i = 0; i < n && !found; i++) found = is_pack_of(pack, items[i].path, dir);
    for (size_t i = 0; i < ARRAY_LEN(given) && !found; i++) { /* a name is no file: not found */
        found = given[i] && is_pack_of(pack, given[i], dir);
    }
    return found;
}

/* A file that is taken away by hand leaves its pack behind, as large as itself. Whether somebody
   still names that model by its path cannot be known from a hash, so nothing is deleted here. */
static void check_stray_packs(const Report *report, hearth *h) {
    ShelfItem *items = NULL;
    size_t n = 0;
    const char *dir = h->rig->cache_dir;
    DIR *folder = opendir(dir);
    bool listed = folder && shelf_list(&items, &n, NULL) == OK;
    const struct dirent *entry = NULL;
    for (int i = 0; listed && i < STRAYS_LOOKED_MAX && (entry = readdir(folder)); i++) {
        char text[32], line[1024];
        struct stat st;
        if (!str_ends(str_from(entry->d_name), STR(".pack"))) continue;
        char *path = file_join(dir, entry->d_name);
        if (path && stat(path, &st) == 0 && !has_model(h, path, items, n)) {
            (void)snprintf(line, sizeof line,
                           "%s in %s belong to no model listed here; delete the file, unless you "
                           "name its model by a path: then the next start makes it anew",
                           num_bytes_text((uint64_t)st.st_size, text, sizeof text), path);
            say(report, "packed weights", HEARTH_WARN, line);
        }
        mem_free(path);
    }
    shelf_list_free(items, n);
    if (folder) (void)closedir(folder);
}

/* What is free now, not what the machine has. */
static void check_memory(const Report *report, hearth *h) {
    hearth_plan plan;
    hearth_error err;
    char need[32], have[32], line[192];
    if (hearth_plan_model(h, &plan, &err) != HEARTH_OK) return; /* check_model said why */
    (void)snprintf(line, sizeof line, "the language model needs %s, %s are free",
                   num_bytes_text(plan.total_bytes, need, sizeof need),
                   num_bytes_text(plan.available_bytes, have, sizeof have));
    say(report, "memory", plan.fits ? HEARTH_GOOD : HEARTH_BAD, line);
}

/* Whether what is kept can be read by whoever has the disk. false: not by us either. */
static bool check_seal(const Report *report, hearth *h) {
    Err why;
    char line[200];
    hearth_sealing info = {.size = sizeof info};
    hearth_sealing_info(h, &info);
    if (strcmp(info.state, "plain") == 0) {
        say(report, "seal", HEARTH_GOOD, "plain on the disk (hearth seal encrypts it)");
        return true;
    }
    Status status = rig_unlock(h->rig, &why);
    hearth_sealing_info(h, &info);
    bool settled = strcmp(info.state, "sealed") == 0;
    (void)snprintf(line, sizeof line, "%s; opened by %d passphrase%s and %d credential%s",
                   settled ? "sealed" : "only part of it is sealed: run hearth seal",
                   info.passphrases, info.passphrases == 1 ? "" : "s", info.credentials,
                   info.credentials == 1 ? "" : "s");
    say(report, "seal", status != OK ? HEARTH_BAD : settled ? HEARTH_GOOD : HEARTH_WARN,
        status != OK ? why.message : line);
    return status == OK;
}

/* Of all canaries: how many there were, may leave by the user's policy, would leave against it. */
typedef struct Canaries {
    size_t n, kept, leaks;
} Canaries;

/* Only numbers here; `hearth gate test` names each. */
static void count_canary(void *user, const char *kind, GateVerdict verdict, const char *detail) {
    Canaries *c = user;
    assert(verdict == GATE_GOOD || verdict == GATE_KEPT || verdict == GATE_LEAK);
    c->n++;
    c->kept += verdict == GATE_KEPT;
    c->leaks += verdict == GATE_LEAK;
}

/* A label whose path is misspelt protects nothing, and nobody would know. */
static void check_labels(const Report *report, const Gate *gate) {
    char line[GATE_ABSENT_BYTES];
    if (gate_absent_say(gate, line)) say(report, "labels", HEARTH_WARN, line);
}

/* Canaries through the user's own policy, and the chain of what has left. */
static void check_gate(const Report *report, hearth *h) {
    Err why;
    Gate *gate = NULL;
    GateLedgerCheck ledger;
    Canaries c = {0};
    char line[200];
    Status status = rig_gate(h->rig, &gate, &why);
    if (status == OK) status = gate_selftest(gate, count_canary, &c, &why);
    if (status == OK) status = gate_ledger_verify(gate, &ledger, &why);
    if (status != OK) {
        say(report, "gate", HEARTH_BAD, why.message);
        return;
    }
    (void)snprintf(line, sizeof line,
                   "%zu canaries: %zu would leave, %zu may by your policy; the ledger is whole, "
                   "%llu %s",
                   c.n, c.leaks, c.kept, (unsigned long long)ledger.entries,
                   ledger.entries == 1 ? "entry" : "entries");
    say(report, "gate", c.leaks ? HEARTH_BAD : c.kept ? HEARTH_WARN : HEARTH_GOOD, line);
    check_labels(report, gate);
}

/* The database itself is damaged: start over with the folders that it still names. Only this store
   knows them, so it stays in its place where nothing could read them anew. */
static void start_over(const Report *report, hearth *h) {
    Err why;
    Arena arena;
    Str *roots = NULL;
    size_t n = 0;
    char line[200];
    arena_init(&arena, 16 << 20);
    rig_store_release(h->rig);
    StoreOptions options = {.stores_dir = h->rig->stores_dir, .name = h->rig->options.store,
                            .mode = STORE_WRITE, .create = true};
    Status status = rig_reader(h->rig, &why);
    if (status == OK) status = store_reset(&options, &arena, &roots, &n, &why);
    const char **paths = status == OK ? arena_alloc_n(&arena, n + 1, sizeof *paths) : NULL;
    if (status == OK && !paths) status = err_no_memory(&why, "folders");
    for (size_t i = 0; status == OK && i < n; i++) {
        paths[i] = arena_dup(&arena, roots[i].p, roots[i].n);
        if (!paths[i]) status = err_no_memory(&why, "folders");
    }
    hearth_add_report added = {0};
    hearth_error err = {.status = HEARTH_OK};
    if (status == OK && n) (void)hearth_add(h, paths, n, NULL, NULL, &added, &err);
    (void)snprintf(line, sizeof line, "was damaged; %s. The damaged file is kept beside the new "
                   "one as store.db.damaged-...: delete it when nothing is missing",
                   n ? "its folders were read anew" : "add your folders again");
    bool ok = status == OK && err.status == HEARTH_OK;
    say(report, "store", ok ? HEARTH_WARN : HEARTH_BAD,
        ok ? line : status != OK ? why.message : err.message);
    hearth_add_report_clear(&added);
    arena_fini(&arena);
}

/* Documents of which a passage is damaged are read anew, and nothing else of the store is touched.
   Only where there is a reader: until then what is whole of them stays. */
static void read_anew(const Report *report, hearth *h, Store *store) {
    Err why;
    char line[240], more[96] = "";
    uint64_t n = 0, kept = 0;
    hearth_add_report added = {0};
    hearth_error err = {.status = HEARTH_OK};
    Status status = rig_reader(h->rig, &why);
    if (status == OK) status = store_drop_damaged(store, &n, &kept, &why);
    rig_store_release(h->rig); /* hearth_add opens it by itself */
    if (status == OK && n) (void)hearth_add(h, NULL, 0, NULL, NULL, &added, &err);
    if (kept) {
        (void)snprintf(more, sizeof more, "; %llu more %s not there to be read",
                       (unsigned long long)kept, kept == 1 ? "is" : "are");
    }
    (void)snprintf(line, sizeof line, "the text of %llu document%s was damaged and is read anew%s",
                   (unsigned long long)n, n == 1 ? "" : "s", more);
    bool ok = status == OK && err.status == HEARTH_OK;
    say(report, "store", ok && !kept ? HEARTH_WARN : HEARTH_BAD,
        ok ? line : status != OK ? why.message : err.message);
    hearth_add_report_clear(&added);
}

/* What is wrong, and what mends it. */
static void say_damage(const Report *report, const char *what) {
    char line[ERR_MESSAGE_MAX + 48];
    (void)snprintf(line, sizeof line, "%s (hearth doctor --repair)", what);
    say(report, "store", HEARTH_BAD, line);
}

/* Four depths of damage: none; segments, which the database makes anew; texts, which the documents
   give once more; the database itself. */
static void check_store(const Report *report, hearth *h, bool repair) {
    Err why;
    Store *store = NULL;
    StoreCheck check;
    Status status = rig_store(h->rig, repair ? STORE_WRITE : STORE_READ, &store, &why);
    if (status == E_NOT_FOUND) {
        say(report, "store", HEARTH_WARN, "no documents yet: hearth add FOLDER");
        return;
    }
    if (status == OK) status = store_check(store, &check, &why);
    bool broken = status == E_CORRUPT || (status == OK && !check.database_ok);
    if (broken && repair) {
        start_over(report, h);
    } else if (broken) {
        say_damage(report, status == OK ? check.first_problem : why.message);
    } else if (status != OK) {
        say(report, "store", HEARTH_BAD, why.message);
    } else if (check.segments_ok && check.texts_ok) {
        say(report, "store", HEARTH_GOOD, "database, texts and segments are whole");
    } else if (repair && !check.texts_ok) {
        read_anew(report, h, store);
    } else if (repair) {
        status = store_rebuild(store, &why);
        say(report, "store", status == OK ? HEARTH_WARN : HEARTH_BAD,
            status == OK ? "segments were damaged and are built anew" : why.message);
    } else {
        say_damage(report, check.first_problem);
    }
    rig_store_release(h->rig);
}

/* The first endpoint whose address may not be asked; NULL: all may. */
static const char *first_barred(const GateEndpoint *list, size_t n, Err *why) {
    for (size_t i = 0; i < n; i++) {
        if (gate_cloud_check(&list[i], why) != OK) return why->message;
    }
    return NULL;
}

/* What could leave, and how: nothing is asked here. */
static void check_network(const Report *report, hearth *h) {
    Err why;
    Gate *gate = NULL;
    size_t n = 0;
    char line[160];
    GateEndpoint *list = mem_alloc_n(GATE_ENDPOINTS_MAX, sizeof *list);
    Status status = list ? rig_gate(h->rig, &gate, &why) : err_no_memory(&why, "endpoints");
    if (status == OK) status = gate_cloud_list(gate, list, &n, &why);
    const char *barred = status == OK ? first_barred(list, n, &why) : NULL;
    mem_free(list);
    if (barred) {
        say(report, "network", HEARTH_WARN, barred);
        return;
    }
    (void)snprintf(line, sizeof line, "%zu endpoint%s may be asked, through the gate (hearth cloud "
                   "list); else only `hearth pull` opens a connection", n, n == 1 ? "" : "s");
    say(report, "network", status == OK ? HEARTH_GOOD : HEARTH_BAD,
        status != OK ? why.message
        : gate_is_offline() ? "offline: no connection is opened"
        : n ? line : "the cloud is off; only `hearth pull` opens a connection");
}

/* In the form of the list of slow checks (hearth_doctor). */
static void check_chat_model(const Report *report, hearth *h, bool repair) {
    check_model(report, h, SHELF_CHAT, repair);
}

static void check_embed_model(const Report *report, hearth *h, bool repair) {
    check_model(report, h, SHELF_EMBED, repair);
    check_stray_packs(report, h);
    check_memory(report, h);
}

/* Behind the seal each check would only say again that the home is locked. */
static void check_sealed(const Report *report, hearth *h, bool repair) {
    if (!check_seal(report, h)) return;
    check_gate(report, h);
    if (!atomic_load(&h->rig->cancel)) check_store(report, h, repair);
    check_network(report, h);
}

/* What fails is a line of the report and no failure of the call; only a stop ends it. A check reads
   gigabytes at most, so the flag is looked at between two. */
hearth_status hearth_doctor(hearth *h, bool repair, hearth_check_fn each, void *user,
                            hearth_error *err) {
    static void (*const slow[])(const Report *, hearth *, bool) = {
        check_chat_model, check_embed_model, check_sealed};
    Err why;
    Report report = {each, user};
    check_home(&report);
    check_disk(&report);
    check_sandbox(&report);
    for (size_t i = 0; i < ARRAY_LEN(slow); i++) {
        if (!atomic_load(&h->rig->cancel)) slow[i](&report, h, repair);
    }
    Status status = atomic_load(&h->rig->cancel) ? err_set(&why, E_CANCELLED, "stopped") : OK;
    return api_fail(status, &why, err);
}
