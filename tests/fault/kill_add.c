/*
 * kill -9 at random moments of `add` over 1,000 small files (reliability D1).
 *
 *   kill_add KILLS [SEED]
 *
 * A child opens the store for writing and adds the folder, words and vectors; the parent kills it
 * after a random time and looks at what is left:
 *
 *   - the store opens; SQLite's integrity_check and every segment's checksums are fine
 *   - each document is there wholly (its text byte for byte, its chunk) or not at all
 *   - no document that was there after the last kill is gone, none is there twice
 *   - a word that stands in one file only finds exactly that file
 *
 * Then the next child goes on. When one gets through before it is killed, everything must be there,
 * no text may have been embedded twice but for the page that was under way at each kill, and the
 * next campaign starts with an empty store. TAP on stdout.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../support/remove_folder.h"
#include "base/clock.h"
#include "base/sealing.h"
#include "knowledge/ingest.h"
#include "knowledge/search.h"

#include "../support/hash_embedder.h"
#include "../support/plain_reader.h"

enum { FILES = 1000, PAGE = 64 };

static char home[128], docs[160], stores[160];
static atomic_ulong *embedded; /* shared with the children */
static unsigned long kills, finished;
static bool was_there[FILES];

static void die(const char *what, const char *why) {
    (void)printf("not ok 1 - kill_add: after %lu kills: %s: %s\n", kills, what, why);
    exit(1);
}

static void file_text(unsigned i, char *out, size_t cap) {
    (void)snprintf(out, cap, "Document word%u speaks of topic%u and of thing%u.", i, i % 17,
                   i % 91);
}

static void make_docs(void) {
    for (unsigned i = 0; i < FILES; i++) {
        char path[256], text[128];
        (void)snprintf(path, sizeof path, "%s/d%02u", docs, i / 100);
        (void)mkdir(path, 0755);
        (void)snprintf(path, sizeof path, "%s/d%02u/f%04u.txt", docs, i / 100, i);
        file_text(i, text, sizeof text);
        FILE *f = fopen(path, "w");
        if (!f || fputs(text, f) < 0 || fclose(f) != 0) die("making files", path);
    }
}

static Status count_passages(void *user, const Str *texts, size_t n, float *out, Err *err) {
    atomic_fetch_add(embedded, n);
    return hash_embed_passages(user, texts, n, out, err);
}

static StoreEmbedder counting_embedder(HashEmbedder *state) {
    StoreEmbedder e = hash_embedder(state, "hash-1");
    e.passages = count_passages;
    return e;
}

static Store *open_store(StoreMode mode, Status *status, Err *err) {
    StoreOptions o = {stores, "kill", mode, mode == STORE_WRITE, 0};
    Store *store = NULL;
    *status = store_open(&o, &store, err);
    return store;
}

static void child(void) {
    HashEmbedder state = {0};
    StoreEmbedder e = counting_embedder(&state);
    const char *paths[] = {docs};
    IngestOptions in = {.paths = paths, .n_paths = 1, .extract = plain_reader, .embedder = &e};
    IngestReport report;
    Status status;
    Err err;
    Store *store = open_store(STORE_WRITE, &status, &err);
    if (status == OK) status = ingest_add(store, &in, &report, &err);
    if (status != OK) (void)fprintf(stderr, "child: %s\n", err.message);
    store_close(store);
    _exit(status == OK && report.complete && report.chunks_pending == 0 ? 0 : 1);
}

static void check_file(Store *store, const StoreFile *f) {
    char want[128], name[64];
    unsigned i = (unsigned)strtoul(f->path.p + f->path.n - 8, NULL, 10);
    (void)snprintf(name, sizeof name, "%.*s", (int)f->path.n, f->path.p);
    if (i >= FILES) die("a strange file", name);
    if (f->state != FILE_READ || f->n_chunks != 1) die("a file is half there", f->reason);
    Buf text;
    Err err;
    buf_init(&text, 1 << 20);
    if (store_text(store, f->id, 0, SIZE_MAX, &text, &err) != OK) die("text", err.message);
    file_text(i, want, sizeof want);
    if (!str_eq_c(buf_str(&text), want)) die("text differs", text.p ? text.p : "(empty)");
    buf_fini(&text);
    was_there[i] = true;
}

static size_t check_files(Store *store, Arena *arena) {
    StoreFiles files;
    Err err;
    bool before[FILES];
    memcpy(before, was_there, sizeof before);
    memset(was_there, 0, sizeof was_there);
    if (store_list(store, arena, &files, &err) != OK) die("list", err.message);
    for (size_t i = 0; i < files.n; i++) check_file(store, &files.items[i]);
    for (unsigned i = 0; i < FILES; i++) {
        if (before[i] && !was_there[i]) die("a finished file is lost", "");
    }
    return files.n;
}

static void check_words(Store *store, Arena *arena) {
    for (unsigned i = (unsigned)kills % 23; i < FILES; i += 23) {
        char word[32];
        SearchResults r;
        Err err;
        (void)snprintf(word, sizeof word, "word%u", i);
        SearchQuery q = {.text = str_from(word), .k = 3, .mode = SEARCH_LEXICAL};
        if (search_run(store, &q, arena, &r, &err) != OK) die("search", err.message);
        if (r.n != was_there[i]) die(was_there[i] ? "a word is not found" : "found too much", word);
        if (r.n && r.hits[0].n_same) die("a file is there twice", word);
    }
}

/* What a user would see after the kill; *n: documents. */
static void look(size_t *n, StoreStats *stats) {
    Status status;
    Err err;
    Arena arena;
    StoreCheck check;
    *n = 0;
    *stats = (StoreStats){0};
    Store *store = open_store(STORE_READ, &status, &err);
    if (status == E_NOT_FOUND) return; /* killed before it was made */
    if (status != OK) die("open", err.message);
    arena_init(&arena, 64 << 20);
    if (store_check(store, &check, &err) != OK) die("check", err.message);
    bool whole = check.database_ok && check.segments_ok && check.texts_ok;
    if (!whole) die("damage", check.first_problem);
    *n = check_files(store, &arena);
    check_words(store, &arena);
    if (store_stats(store, stats, &err) != OK) die("stats", err.message);
    if (stats->chunks != *n) die("passages without a file", "");
    arena_fini(&arena);
    store_close(store);
}

static bool run_and_kill(unsigned wait_us) {
    pid_t pid = fork();
    if (pid == 0) child();
    if (pid < 0) die("fork", "");
    struct timespec pause = {wait_us / 1000000, (long)(wait_us % 1000000) * 1000};
    (void)nanosleep(&pause, NULL);
    int how;
    (void)kill(pid, SIGKILL);
    if (waitpid(pid, &how, 0) != pid) die("wait", "");
    if (WIFEXITED(how) && WEXITSTATUS(how) != 0) die("a child failed", "");
    return WIFSIGNALED(how);
}

static void new_campaign(void) {
    (void)remove_folder(stores);
    memset(was_there, 0, sizeof was_there);
    atomic_store(embedded, 0);
}

/* Kills until a child gets through or enough were killed; then one runs in peace. */
static void campaign(unsigned long wanted, unsigned longest_us) {
    unsigned long here = 0;
    size_t n;
    StoreStats stats;
    new_campaign();
    while (kills < wanted && run_and_kill((unsigned)rand() % longest_us)) {
        kills++;
        here++;
        look(&n, &stats);
    }
    pid_t pid = fork();
    int how;
    if (pid == 0) child();
    if (waitpid(pid, &how, 0) != pid || how != 0) die("the last child failed", "");
    look(&n, &stats);
    if (n != FILES || stats.chunks_embedded != FILES) die("not everything is there at the end", "");
    if (atomic_load(embedded) > FILES + here * PAGE) die("texts were embedded twice", "");
    finished++;
}

int main(int argc, char **argv) {
    unsigned long wanted = argc > 1 ? strtoul(argv[1], NULL, 10) : 15;
    unsigned seed = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : (unsigned)getpid();
    uint8_t key[SEAL_KEY_BYTES] = "a key of these tests, no secret";
    if (getenv("HEARTH_TEST_SEALED")) sealing_use(key);
    (void)snprintf(home, sizeof home, "/tmp/hearth-kill-XXXXXX");
    if (!mkdtemp(home)) return 1;
    (void)snprintf(docs, sizeof docs, "%s/docs", home);
    (void)snprintf(stores, sizeof stores, "%s/stores", home);
    if (mkdir(docs, 0755) != 0) return 1;
    embedded = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (embedded == MAP_FAILED) return 1;
    (void)printf("TAP version 13\n1..1\n# seed %u\n", seed);
    srand(seed);
    make_docs();
    double from = clock_now_ms();
    campaign(0, 1); /* how long a run takes */
    unsigned whole_us = (unsigned)((clock_now_ms() - from) * 1000);
    while (kills < wanted) campaign(wanted, whole_us);
    (void)remove_folder(home);
    (void)printf("# %lu kills, %lu campaigns, a run takes %u ms\n", kills, finished,
                 whole_us / 1000);
    (void)printf("ok 1 - kill_add: %lu kills lost nothing\n", kills);
    return 0;
}
