/*
 * The body of add_scene.h. A version of 0 means that the document is not there. Every third
 * document is long enough for several passages, so that "wholly" says something.
 */
#include "add_scene.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../support/remove_folder.h"
#include "base/sealing.h"
#include "knowledge/ingest.h"
#include "knowledge/search.h"
#include "knowledge/store_impl.h"

#include "../support/hash_embedder.h"
#include "../support/plain_reader.h"

static char home[128];

const char *scene_path(const char *name) {
    static char path[4][256];
    static int turn;
    turn = (turn + 1) % 4;
    (void)snprintf(path[turn], sizeof path[turn], "%s/%s", home, name);
    return path[turn];
}

void scene_remove_tree(const char *path) { (void)remove_folder(path); }

static void fatal(const char *what, const char *why) {
    (void)printf("Bail out! %s: %s\n", what, why);
    exit(1);
}

void scene_begin(void) {
    uint8_t key[SEAL_KEY_BYTES] = "a key of these tests, no secret";
    if (getenv("HEARTH_TEST_SEALED")) sealing_use(key);
    static const char *const places[] = {"/dev/shm", "/tmp"};
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(home, sizeof home, "%s/hearth-scene-XXXXXX", places[i]);
        if (mkdtemp(home)) break;
        home[0] = 0;
    }
    if (!home[0] || mkdir(scene_path("docs"), 0755) != 0) fatal("a folder to work in", home);
}

void scene_copy_tree(const char *from, const char *to) {
    pid_t pid = fork();
    int how = 0;
    if (pid == 0) {
        (void)execlp("cp", "cp", "-a", from, to, (char *)NULL);
        _exit(1);
    }
    if (pid < 0 || waitpid(pid, &how, 0) != pid || how != 0) fatal("copying", from);
}

void scene_end(void) { scene_remove_tree(home); }

/* ---- the documents --------------------------------------------------------------------------- */

/* The version of document i when `round` is over. */
static int version_at(int i, int round) {
    static const struct { int from, changed, gone; } life[SCENE_FILES] = {
        {0, 1, 9}, {0, 1, 4}, {0, 9, 2}, {0, 3, 9}, {0, 9, 4}, {0, 9, 9}, {1, 9, 9},
        {1, 2, 9}, {1, 9, 9}, {2, 9, 9}, {2, 4, 9}, {2, 9, 3}, {3, 9, 9}, {3, 9, 9},
        {3, 4, 9}, {4, 9, 9}, {4, 9, 9}, {4, 9, 9}, {1, 3, 9}, {2, 9, 9}};
    if (round < life[i].from || round >= life[i].gone) return 0;
    return round >= life[i].changed ? 2 : 1;
}

static void text_of(int i, int version, char *out, size_t cap) {
    size_t n = (size_t)snprintf(out, cap, "Document word%dv%d speaks of topic%d.", i, version,
                                i % 5);
    for (int k = 0; i % 3 == 0 && k < 420; k++) {
        n += (size_t)snprintf(out + n, cap - n, "%sfiller%d of thing%d.", k % 60 ? " " : "\n\n",
                              k * version % 97, i);
    }
}

enum { TEXT_MAX = 16384 };

static void put_file(int i, int version) {
    char path[256], text[TEXT_MAX];
    (void)snprintf(path, sizeof path, "%s/f%02d.txt", scene_path("docs"), i);
    if (!version) {
        (void)unlink(path);
        return;
    }
    text_of(i, version, text, sizeof text);
    FILE *f = fopen(path, "w");
    if (!f || fputs(text, f) < 0 || fclose(f) != 0) fatal("writing", path);
    struct timespec old[2] = {{time(NULL) - 1000 + version, 0}, {time(NULL) - 1000 + version, 0}};
    if (utimensat(AT_FDCWD, path, old, 0) != 0) fatal("dating", path);
}

/* ---- one round ------------------------------------------------------------------------------- */

static Store *open_scene(const char *stores, StoreMode mode, Status *status, Err *err) {
    StoreOptions o = {stores, "scene", mode, mode == STORE_WRITE, 0};
    Store *store = NULL;
    *status = store_open(&o, &store, err);
    return store;
}

static Status add_all(Store *store, IngestReport *report, Err *err) {
    HashEmbedder state = {0};
    StoreEmbedder e = hash_embedder(&state, "hash-1");
    const char *paths[] = {scene_path("docs")};
    IngestOptions in = {.paths = paths, .n_paths = 1, .extract = plain_reader, .embedder = &e};
    TRY(ingest_add(store, &in, report, err));
    TRY(segs_add_vec(store, 1, err)); /* a real store waits for a thousand vectors */
    return segs_merge(store, err);
}

void scene_files(int round) {
    for (int i = 0; i < SCENE_FILES; i++) put_file(i, version_at(i, round));
}

bool scene_round(const char *stores, int round) {
    IngestReport report;
    Status status;
    uint64_t n;
    Err err = {.message = ""};
    char gone[256];
    (void)snprintf(gone, sizeof gone, "%s/f01.txt", scene_path("docs"));
    scene_files(round);
    Store *store = open_scene(stores, STORE_WRITE, &status, &err);
    if (status == OK && round == 4) { /* one of them is told to go before its file is missed */
        status = store_remove(store, gone, &n, &err);
        if (status == E_NOT_FOUND) status = OK;
    }
    if (status == OK) status = add_all(store, &report, &err);
    store_close(store);
    if (status != OK && getenv("SCENE_TALKS")) (void)printf("# round %d: %s\n", round, err.message);
    return status == OK;
}

/* ---- looking --------------------------------------------------------------------------------- */

typedef struct Look {
    Store *store;
    Arena arena;
    int done, round;
    int version[SCENE_FILES];
    char why[768];
} Look;

static bool wrong(Look *l, const char *what, const char *detail) {
    (void)snprintf(l->why, sizeof l->why, "%s: %s", what, detail);
    return false;
}

/* Chunks that a version has, learned when it was first seen whole. */
static bool right_count(int i, int version, uint32_t n_chunks) {
    static uint32_t known[SCENE_FILES][3];
    if (!known[i][version]) known[i][version] = n_chunks;
    return known[i][version] == n_chunks && (i % 3 ? n_chunks == 1 : n_chunks > 1);
}

static bool look_at_file(Look *l, const StoreFile *f) {
    char want[TEXT_MAX];
    Err err;
    int i = (int)strtol(f->path.p + f->path.n - 6, NULL, 10);
    if (i < 0 || i >= SCENE_FILES) return wrong(l, "a strange file", f->path.p);
    if (f->state != FILE_READ) return wrong(l, "a file is half there", f->reason);
    Buf text;
    buf_init(&text, 1 << 20);
    bool good = store_text(l->store, f->id, 0, SIZE_MAX, &text, &err) == OK;
    for (int v = 1; good && v <= 2; v++) {
        text_of(i, v, want, sizeof want);
        if (str_eq_c(buf_str(&text), want)) l->version[i] = v;
    }
    buf_fini(&text);
    if (!good) return wrong(l, "no text", err.message);
    if (!l->version[i]) return wrong(l, "a text of no version", f->path.p);
    if (!right_count(i, l->version[i], f->n_chunks)) return wrong(l, "passages lack", f->path.p);
    return true;
}

static bool may_be(const Look *l, int i) {
    for (int r = l->done; r <= l->round; r++) {
        if ((r < 0 ? 0 : version_at(i, r)) == l->version[i]) return true;
    }
    return false;
}

static bool look_for_words(Look *l, int i) {
    for (int v = 1; v <= 2; v++) {
        char word[32];
        SearchResults r;
        Err err;
        (void)snprintf(word, sizeof word, "word%dv%d", i, v);
        SearchQuery q = {.text = str_from(word), .k = 3, .mode = SEARCH_LEXICAL};
        if (search_run(l->store, &q, &l->arena, &r, &err) != OK) return wrong(l, word, err.message);
        if (r.n != (l->version[i] == v)) return wrong(l, r.n ? "found too much" : "lost", word);
    }
    return true;
}

static bool look_sound(Look *l) {
    StoreCheck check;
    StoreStats stats;
    Err err;
    if (store_check(l->store, &check, &err) != OK) return wrong(l, "check", err.message);
    bool whole = check.database_ok && check.segments_ok && check.texts_ok;
    if (!whole) return wrong(l, "damage", check.first_problem);
    if (store_stats(l->store, &stats, &err) != OK) return wrong(l, "stats", err.message);
    return true;
}

static bool look_at_all(Look *l) {
    StoreFiles files;
    Err err;
    if (!look_sound(l)) return false;
    memset(l->version, 0, sizeof l->version);
    if (store_list(l->store, &l->arena, &files, &err) != OK) {
        return wrong(l, "list", err.message);
    }
    for (size_t i = 0; i < files.n; i++) {
        if (!look_at_file(l, &files.items[i])) return false;
    }
    for (int i = 0; i < SCENE_FILES; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "f%02d.txt v%d", i, l->version[i]);
        if (!may_be(l, i)) return wrong(l, "neither old nor new", name);
        if (!look_for_words(l, i)) return false;
    }
    return true;
}

/* As a question would see it: for reading, before any writer mends anything. */
static bool look_reading(Look *l, const char *stores) {
    Status status;
    Err err = {.message = ""};
    l->store = open_scene(stores, STORE_READ, &status, &err);
    if (status == E_NOT_FOUND) return l->done < 0 || wrong(l, "the store is gone", err.message);
    if (status != OK) return wrong(l, "open", err.message);
    bool good = look_at_all(l);
    store_close(l->store);
    return good;
}

static bool look_resumed(Look *l, const char *stores) {
    Status status;
    Err err = {.message = ""};
    IngestReport report;
    l->store = open_scene(stores, STORE_WRITE, &status, &err);
    if (status != OK) return wrong(l, "open for writing", err.message);
    const char *notice = store_notice(l->store);
    bool good = !notice || wrong(l, "something had to be mended", notice);
    if (good && add_all(l->store, &report, &err) != OK) good = wrong(l, "resume", err.message);
    if (good && report.chunks_pending) good = wrong(l, "resume", "passages are pending");
    l->done = l->round = SCENE_ROUNDS - 1;
    good = good && look_at_all(l);
    store_close(l->store);
    return good;
}

bool scene_check(const char *stores, int done, int round, const char **why) {
    static Look l;
    l = (Look){.done = done, .round = round};
    arena_init(&l.arena, 64 << 20);
    bool good = look_reading(&l, stores) && look_resumed(&l, stores);
    arena_fini(&l.arena);
    *why = l.why;
    return good;
}
