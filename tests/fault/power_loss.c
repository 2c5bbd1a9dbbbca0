/*
 * Power loss at any moment of `add` (reliability D2).
 *
 *   power_loss REPLAYS [SEED]
 *
 * The scene (add_scene.h) is lived through once while every write, sync, rename, unlink and mkdir
 * is recorded (disk_tap.h). Then the machine is taken to fail between any two of these calls, in
 * REPLAYS ways spread over all of them: a disk is built as it may look after the power is back, and
 * scene_check() looks at it.
 *
 * What may be on a disk. Bytes are safe once the file was synced, names once their folder was. Of
 * what was written since:
 *   - each sector of 512 bytes holds what it held at some moment since the sync, each sector its
 *     own moment: writes are lost, torn and out of order. Sectors that a file has grown by and that
 *     were not written back read as zeros, now and then as junk.
 *   - a file's length is that of some such moment
 *   - names (new, renamed, deleted files and folders) came about up to some call and not after, or
 *     any of them did and any did not
 * Every second replay is milder: all of one kind happened or nothing did, which is where a wrong
 * order shows most clearly.
 *
 * That the record lacks nothing is tested as well: replayed to the end with everything applied it
 * must equal the real folder byte for byte.
 *
 * The model is that of the crash tests of SQLite (sqlite.org/testing.html, section 3.3) and of
 * Pillai et al., "All File Systems Are Not Created Equal" (OSDI 2014). TAP on stdout.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "add_scene.h"
#include "disk_tap.h"

enum { EVENTS_MAX = 20000, NAMES_MAX = 256, FILES_MAX = 512, SECTOR = 512, NAME_ROOM = 160 };

typedef struct Event {
    TapKind kind;
    int file;                         /* of CREATE, WRITE, CUT, SYNC; of RENAME: what moves */
    char name[NAME_ROOM], to[NAME_ROOM]; /* below the root; "" is the root itself */
    uint64_t at;
    size_t n;
    unsigned char *bytes;
} Event;

typedef struct Name { /* an entry of some folder */
    char path[NAME_ROOM];
    int file; /* -1: a folder */
} Name;

typedef struct Names {
    Name items[NAMES_MAX];
    size_t n;
} Names;

typedef struct Bytes {
    unsigned char *p;
    size_t n, cap;
} Bytes;

static Event events[EVENTS_MAX];
static size_t n_events, round_end[SCENE_ROUNDS]; /* events before the end of each round */
static Names issued; /* names as the running program sees them */
static int n_files;
static size_t root_n;

static void fatal(const char *what, const char *why) {
    (void)printf("Bail out! %s: %s\n", what, why);
    exit(1);
}

/* ---- names and bytes ------------------------------------------------------------------------- */

static Name *name_find(Names *names, const char *path) {
    for (size_t i = 0; i < names->n; i++) {
        if (strcmp(names->items[i].path, path) == 0) return &names->items[i];
    }
    return NULL;
}

static void name_set(Names *names, const char *path, int file) {
    Name *old = name_find(names, path);
    if (!old && names->n == NAMES_MAX) fatal("too many names", path);
    if (!old) old = &names->items[names->n++];
    (void)snprintf(old->path, sizeof old->path, "%s", path);
    old->file = file;
}

static void name_drop(Names *names, const char *path) {
    Name *old = name_find(names, path);
    if (old) *old = names->items[--names->n];
}

static bool changes_names(TapKind kind) {
    return kind == TAP_CREATE || kind == TAP_RENAME || kind == TAP_UNLINK || kind == TAP_MKDIR;
}

static void names_apply(Names *names, const Event *e) {
    if (e->kind == TAP_CREATE) name_set(names, e->name, e->file);
    if (e->kind == TAP_MKDIR) name_set(names, e->name, -1);
    if (e->kind == TAP_UNLINK || e->kind == TAP_RENAME) name_drop(names, e->name);
    if (e->kind == TAP_RENAME) name_set(names, e->to, e->file);
}

static void bytes_length(Bytes *b, size_t n, unsigned fill) {
    if (n > b->cap) {
        b->cap = n * 2 + 4096;
        b->p = realloc(b->p, b->cap);
        if (!b->p) fatal("memory", "");
    }
    for (size_t i = b->n; i < n; i++) b->p[i] = (unsigned char)(fill ? i * fill >> 3 : 0);
    b->n = n;
}

static void bytes_apply(Bytes *b, const Event *e) {
    if (e->kind == TAP_CUT) bytes_length(b, e->at, 0);
    if (e->kind != TAP_WRITE) return;
    if (e->at + e->n > b->n) bytes_length(b, e->at + e->n, 0);
    memcpy(b->p + e->at, e->bytes, e->n);
}

/* ---- recording ------------------------------------------------------------------------------- */

static int record(void *user, const TapEvent *t) {
    (void)user;
    if (n_events == EVENTS_MAX) fatal("too many calls", t->path);
    Event *e = &events[n_events];
    *e = (Event){.kind = t->kind, .file = -1, .at = t->at, .n = t->n};
    (void)snprintf(e->name, sizeof e->name, "%s", t->path + root_n + (t->path[root_n] == '/'));
    if (t->to) (void)snprintf(e->to, sizeof e->to, "%s", t->to + root_n + 1);
    const Name *known = name_find(&issued, e->name);
    if (t->kind == TAP_CREATE) {
        if (n_files == FILES_MAX) fatal("too many files", e->name);
        e->file = n_files++;
    } else if (known) {
        e->file = known->file;
    }
    bool data = t->kind == TAP_WRITE || t->kind == TAP_CUT || t->kind == TAP_SYNC;
    if (data && e->file < 0) fatal("a write to a file nobody made", t->path);
    if (t->bytes) {
        e->bytes = malloc(t->n + 1);
        if (!e->bytes) fatal("memory", "");
        memcpy(e->bytes, t->bytes, t->n);
    }
    if (changes_names(t->kind)) names_apply(&issued, e);
    n_events++;
    return 0;
}

static void record_scene(const char *disk, const char *stores) {
    root_n = strlen(disk);
    for (int r = 0; r < SCENE_ROUNDS; r++) {
        tap_start(disk, record, NULL);
        if (!scene_round(stores, r)) fatal("a round failed", "");
        tap_stop();
        round_end[r] = n_events;
    }
}

/* ---- what was safe, and what was under way --------------------------------------------------- */

typedef struct Pending {
    size_t *items; /* events, in order */
    size_t n, cap;
} Pending;

static struct Disk {
    Names names; /* safe ones */
    Pending namings;
    Bytes bytes[FILES_MAX];
    Pending writes[FILES_MAX];
} disk;

static void pend(Pending *p, size_t event) {
    if (p->n == p->cap) {
        p->cap = p->cap * 2 + 16;
        p->items = realloc(p->items, p->cap * sizeof *p->items);
        if (!p->items) fatal("memory", "");
    }
    p->items[p->n++] = event;
}

static bool lies_in(const char *path, const char *folder) {
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 0;
    return strlen(folder) == n && strncmp(path, folder, n) == 0;
}

static void sync_names(const char *folder) {
    size_t kept = 0;
    for (size_t i = 0; i < disk.namings.n; i++) {
        size_t event = disk.namings.items[i];
        if (lies_in(events[event].name, folder)) names_apply(&disk.names, &events[event]);
        else disk.namings.items[kept++] = event;
    }
    disk.namings.n = kept;
}

/* Event i was carried out. */
static void advance(size_t i) {
    const Event *e = &events[i];
    if (changes_names(e->kind)) pend(&disk.namings, i);
    if (e->kind == TAP_WRITE || e->kind == TAP_CUT) pend(&disk.writes[e->file], i);
    if (e->kind == TAP_SYNC_DIR) sync_names(e->name);
    if (e->kind != TAP_SYNC) return;
    Pending *p = &disk.writes[e->file];
    for (size_t k = 0; k < p->n; k++) bytes_apply(&disk.bytes[e->file], &events[p->items[k]]);
    p->n = 0;
}

/* ---- one failure ----------------------------------------------------------------------------- */

typedef enum Fate { FATE_NONE, FATE_ALL, FATE_PREFIX, FATE_ANY } Fate;

typedef struct Crash {
    Fate names, data;
    unsigned junk; /* what unwritten sectors hold; 0: zeros */
    uint64_t state;
} Crash;

static uint64_t draw(Crash *c) {
    c->state = c->state * 6364136223846793005u + 1442695040888963407u;
    return c->state >> 33;
}

static Crash crash_choose(size_t replay, uint64_t seed) {
    static const Fate mild[4][2] = {{FATE_NONE, FATE_NONE}, {FATE_ALL, FATE_NONE},
                                    {FATE_NONE, FATE_ALL},  {FATE_ALL, FATE_ALL}};
    Crash c = {.state = seed + replay * 7919};
    for (int i = 0; i < 3; i++) (void)draw(&c);
    size_t which = draw(&c) % 4;
    c.names = replay % 2 ? mild[which][0] : which < 2 ? FATE_PREFIX : FATE_ANY;
    c.data = replay % 2 ? mild[which][1] : which % 2 ? FATE_PREFIX : FATE_ANY;
    c.junk = draw(&c) % 8 == 0 ? 2 * (unsigned)draw(&c) + 1 : 0;
    return c;
}

/* How many of n pending calls happened, where the fate is one moment for all. */
static size_t moment(Crash *c, Fate fate, size_t n) {
    if (fate == FATE_NONE) return 0;
    return fate == FATE_ALL ? n : (size_t)(draw(c) % (n + 1));
}

static void crash_names(Crash *c, Names *out) {
    *out = disk.names;
    size_t until = moment(c, c->names, disk.namings.n);
    for (size_t i = 0; i < disk.namings.n; i++) {
        bool happened = c->names == FATE_ANY ? draw(c) % 2 : i < until;
        if (happened) names_apply(out, &events[disk.namings.items[i]]);
    }
}

/* Applies a write to those of its sectors whose moment lies behind it. */
static void apply_torn(Bytes *b, const Event *e, size_t order, const size_t *moments) {
    for (size_t done = 0; done < e->n;) {
        size_t at = e->at + done, step = SECTOR - at % SECTOR;
        if (step > e->n - done) step = e->n - done;
        if (order < moments[at / SECTOR]) memcpy(b->p + at, e->bytes + done, step);
        done += step;
    }
}

static void crash_bytes(Crash *c, int file, Bytes *out) {
    const Pending *p = &disk.writes[file];
    bytes_length(out, 0, 0);
    out->n = 0;
    bytes_length(out, disk.bytes[file].n, 0);
    if (out->n) memcpy(out->p, disk.bytes[file].p, out->n);
    if (c->data != FATE_ANY) {
        size_t until = moment(c, c->data, p->n);
        for (size_t i = 0; i < until; i++) bytes_apply(out, &events[p->items[i]]);
        return;
    }
    size_t most = out->n, length = out->n, length_until = draw(c) % (p->n + 1);
    for (size_t i = 0; i < p->n; i++) {
        const Event *e = &events[p->items[i]];
        size_t end = e->kind == TAP_CUT ? e->at : e->at + e->n;
        if (end > most) most = end;
        if (i >= length_until) continue;
        length = e->kind == TAP_CUT || end > length ? end : length;
    }
    bytes_length(out, most, c->junk);
    size_t *moments = malloc((most / SECTOR + 1) * sizeof *moments);
    if (!moments) fatal("memory", "");
    for (size_t s = 0; s <= most / SECTOR; s++) moments[s] = draw(c) % (p->n + 1);
    for (size_t i = 0; i < p->n; i++) {
        if (events[p->items[i]].kind == TAP_WRITE) {
            apply_torn(out, &events[p->items[i]], i, moments);
        }
    }
    free(moments);
    out->n = length;
}

static int by_path(const void *a, const void *b) {
    return strcmp(((const Name *)a)->path, ((const Name *)b)->path);
}

static void put_on_disk(const char *path, const Bytes *bytes) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (fd < 0) return; /* its folder was lost */
    if (write(fd, bytes->p, bytes->n) != (ssize_t)bytes->n) fatal("writing a replay", path);
    (void)close(fd);
}

static void crash_build(Crash *c, const char *folder) {
    static Names names;
    static Bytes bytes;
    crash_names(c, &names);
    qsort(names.items, names.n, sizeof *names.items, by_path); /* folders before what they hold */
    if (mkdir(folder, 0700) != 0) fatal("a folder for the replay", folder);
    for (size_t i = 0; i < names.n; i++) {
        char path[512];
        (void)snprintf(path, sizeof path, "%s/%s", folder, names.items[i].path);
        if (names.items[i].file < 0) {
            (void)mkdir(path, 0700);
        } else {
            crash_bytes(c, names.items[i].file, &bytes);
            put_on_disk(path, &bytes);
        }
    }
}

/* ---- the record is whole --------------------------------------------------------------------- */

static bool same_bytes(const char *path, const Bytes *want) {
    unsigned char *got = malloc(want->n + 1);
    int fd = open(path, O_RDONLY);
    bool same = got && fd >= 0 && read(fd, got, want->n + 1) == (ssize_t)want->n &&
                memcmp(got, want->p ? want->p : got, want->n) == 0;
    if (fd >= 0) (void)close(fd);
    free(got);
    return same;
}

static Names all_names; /* with everything applied */
static size_t entries;

/* Nothing lies in the folder that the record does not know, but for the index of the WAL, and the
   lock: an empty file, made by a bare openat2, whose loss means nothing. */
static int known_entry(const char *path, const struct stat *st, int kind, struct FTW *ftw) {
    size_t n = strlen(path);
    if (ftw->level == 0 || (n > 4 && strcmp(path + n - 4, "-shm") == 0)) return 0;
    if (n > 5 && strcmp(path + n - 5, "/lock") == 0 && st->st_size == 0) return 0;
    const Name *name = name_find(&all_names, path + root_n + 1);
    entries++;
    if (name && (name->file < 0) == (kind == FTW_D)) return 0;
    (void)printf("# nobody told of %s\n", path + root_n + 1);
    return 1;
}

/* Everything that was told, applied, is what lies in the folder. Call after the last event. */
static bool record_is_whole(const char *folder) {
    Crash all = {.names = FATE_ALL, .data = FATE_ALL};
    static Bytes bytes;
    crash_names(&all, &all_names);
    if (nftw(folder, known_entry, 16, FTW_PHYS) != 0 || entries != all_names.n) return false;
    const Names names = all_names;
    size_t files = 0;
    for (size_t i = 0; i < names.n; i++) {
        char path[512];
        if (names.items[i].file < 0) continue;
        files++;
        (void)snprintf(path, sizeof path, "%s/%s", folder, names.items[i].path);
        crash_bytes(&all, names.items[i].file, &bytes);
        if (same_bytes(path, &bytes)) continue;
        (void)printf("# %s is not what was recorded\n", names.items[i].path);
        return false;
    }
    return files >= 3; /* the database and a segment of each kind */
}

/* ---- all failures ---------------------------------------------------------------------------- */

static int rounds_done(size_t event) {
    int done = -1;
    while (done + 1 < SCENE_ROUNDS && event >= round_end[done + 1]) done++;
    return done;
}

static bool replay_one(size_t event, size_t replay, uint64_t seed) {
    Crash c = crash_choose(replay, seed), first = c;
    int done = rounds_done(event), round = done + 1 < SCENE_ROUNDS ? done + 1 : done;
    const char *folder = scene_path("replay"), *why = "";
    crash_build(&c, folder);
    char stores[512];
    (void)snprintf(stores, sizeof stores, "%s/stores", folder);
    bool good = scene_check(stores, done, round, &why);
    if (!good) {
        (void)printf("# replay %zu before call %zu of %zu (names %d, data %d): %s\n", replay, event,
                     n_events, (int)first.names, (int)first.data, why);
    }
    if (good || !getenv("KEEP_REPLAY")) scene_remove_tree(folder);
    return good;
}

/* REPLAYS failures, spread evenly over the gaps between calls. */
static size_t replay_all(size_t replays, uint64_t seed, size_t *bad) {
    size_t made = 0;
    *bad = 0;
    for (size_t event = 0; event <= n_events; event++) {
        while (*bad < 10 && made < replays && made * (n_events + 1) / replays <= event) {
            *bad += !replay_one(event, made++, seed);
        }
        if (event < n_events) advance(event);
    }
    return made;
}

int main(int argc, char **argv) {
    size_t replays = argc > 1 ? strtoul(argv[1], NULL, 10) : 300, bad = 0;
    uint64_t seed = argc > 2 ? strtoul(argv[2], NULL, 10) : (uint64_t)getpid();
    char root[256], stores[300];
    scene_begin();
    (void)snprintf(root, sizeof root, "%s", scene_path("disk"));
    (void)snprintf(stores, sizeof stores, "%s/stores", root);
    if (mkdir(root, 0700) != 0) fatal("a folder to work in", root);
    (void)printf("TAP version 13\n1..2\n# seed %lu\n", (unsigned long)seed);
    record_scene(root, stores);
    size_t made = replay_all(replays, seed, &bad);
    bool complete = record_is_whole(root);
    scene_end();
    (void)printf("%s 1 - power_loss: every change to the disk is recorded\n",
                 complete ? "ok" : "not ok");
    (void)printf("# %zu calls recorded, %zu replays, %zu of them bad\n", n_events, made, bad);
    (void)printf("%s 2 - power_loss: whatever was not synced is lost, documents stay whole\n",
                 bad ? "not ok" : "ok");
    return bad || !complete;
}
