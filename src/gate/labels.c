/*
 * Labels of files and folders.
 *
 *     [[folder]]
 *     path = "~/diary"        # absolute; a leading ~ is $HOME; a file's own path, too
 *     label = "private"       # or personal, open
 *
 * The longest path that a file's path begins with, by whole components, decides; what no path names
 * is personal. Paths are compared as they are spelled, after "//" and "." are taken out. The store
 * names files by where they really are, so a labelled path with a link in it stands for both: what
 * is written, and where it leads when the policy is read. A path to be labelled that holds ".." or
 * is not absolute is refused; one that is asked about and holds ".." gets the strictest label there
 * is in the file, since nobody knows where it ends.
 *
 * A folder has more names where it is bound to another place, and a file where it has hard links:
 * each folder on the way to a path, and the file itself, is compared with the labelled ones by
 * device and inode, too. That can only make a label stricter. (Copies, and hard links out of a
 * labelled folder, are found by their bytes: turn/route.c, store_copies.)
 *
 * Limits: 4096 folders, paths of 4096 bytes.
 */
#include "gate/labels.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/home.h"
#include "base/mem.h"

enum { FOLDERS_MAX = 4096, PATH_BYTES_MAX = 4096 };

/* A labelled path twice where a link leads on: as it is written, and where it is. */
typedef struct Folder {
    Str path; /* absolute, "/home/me/diary" */
    GateLabel label;
    bool there;      /* when the policy was read: */
    dev_t device;
    ino_t inode;
} Folder;

struct Labels {
    Arena arena;
    Folder *folders;
    size_t n, cap;
};

Status labels_new(Labels **out, Err *err) {
    Labels *labels = mem_zalloc(sizeof *labels);
    if (!labels) return err_no_memory(err, "labels");
    arena_init(&labels->arena, 64 << 20);
    *out = labels;
    return OK;
}

void labels_free(Labels *labels) {
    if (!labels) return;
    arena_fini(&labels->arena);
    mem_free(labels->folders);
    mem_free(labels);
}

/* The next component of a path from *at; false: no more. */
static bool next_component(Str path, size_t *at, Str *component) {
    do {
        while (*at < path.n && path.p[*at] == '/') ++*at;
        size_t from = *at;
        while (*at < path.n && path.p[*at] != '/') ++*at;
        *component = str_sub(path, from, *at);
    } while (str_eq_c(*component, "."));
    return component->n > 0;
}

/* Holds it ".."? Where that leads only the disk knows. */
static bool climbs(Str path) {
    size_t at = 0;
    for (Str component; next_component(path, &at, &component);) {
        if (str_eq_c(component, "..")) return true;
    }
    return false;
}

/* The label's own path, absolute and plain. */
static Status plain_path(Labels *labels, Str path, Str *out, Err *err) {
    const char *home = env_get("HOME");
    bool in_home = str_eq_c(path, "~") || str_starts(path, STR("~/"));
    Buf plain;
    buf_init(&plain, PATH_BYTES_MAX);
    if (in_home && home) buf_add_c(&plain, home);
    buf_add_str(&plain, in_home ? str_sub(path, 1, path.n) : path);
    Status status = buf_check(&plain, "a path", err);
    Str whole = buf_str(&plain);
    if (status == OK && ((in_home && !home) || !str_starts(whole, STR("/")) || climbs(whole) ||
                         memchr(whole.p, 0, whole.n))) {
        status = err_set(err, E_CORRUPT, "a path begins with / or ~/ and holds no ..");
    }
    if (status == OK) status = arena_keep(&labels->arena, whole, out, "labels", err);
    buf_fini(&plain);
    return status;
}

static Status add_folder(Labels *labels, const Folder *folder, Err *err) {
    assert(folder->path.p[0] == '/' && folder->label < GATE_LABEL_COUNT);
    TRY(mem_grow((void **)&labels->folders, &labels->cap, labels->n + 1, sizeof *folder,
                 FOLDERS_MAX, err));
    labels->folders[labels->n++] = *folder;
    return OK;
}

Status labels_read(Labels *labels, const Toml *table, Err *err) {
    const Toml *path = toml_get(table, "path"), *label = toml_get(table, "label");
    Folder folder = {.label = GATE_LABEL_COUNT};
    bool words = path && label && toml_kind(path) == TOML_STRING &&
                 toml_kind(label) == TOML_STRING && toml_len(table) == 2;
    for (int l = 0; words && l < GATE_LABEL_COUNT; l++) {
        if (str_eq_c(toml_str(label), gate_label_name((GateLabel)l))) folder.label = (GateLabel)l;
    }
    if (folder.label == GATE_LABEL_COUNT) {
        return err_set(err, E_CORRUPT, "a folder has a path and a label: open, personal, private");
    }
    TRY(plain_path(labels, toml_str(path), &folder.path, err));
    struct stat st;
    folder.there = stat(folder.path.p, &st) == 0;
    if (folder.there) folder.device = st.st_dev, folder.inode = st.st_ino;
    TRY(add_folder(labels, &folder, err));
    char *real = realpath(folder.path.p, NULL);
    if (!real) return OK; /* not there now, or not to be seen */
    Status status = arena_keep(&labels->arena, str_from(real), &folder.path, "labels", err);
    mem_libc_free(real);
    return status == OK ? add_folder(labels, &folder, err) : status;
}

bool labels_next(const Labels *labels, GateLabel label, size_t *at, Str *path) {
    while (*at < labels->n && labels->folders[*at].label != label) ++*at;
    if (*at >= labels->n) return false;
    *path = labels->folders[(*at)++].path;
    return true;
}

size_t labels_absent(const Labels *labels, Str *first) {
    size_t n = 0;
    *first = (Str){"", 0};
    for (size_t i = labels->n; i-- > 0;) {
        Str path = labels->folders[i].path;
        if (access(path.p, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR)) continue;
        *first = path;
        n++;
    }
    return n;
}

/* Components of `folder` when the path lies there, else -1. */
static int components_shared(Str folder, Str path) {
    size_t at = 0, in = 0;
    int n = 0;
    for (Str want, have; next_component(folder, &at, &want); n++) {
        if (!next_component(path, &in, &have) || !str_eq(want, have)) return -1;
    }
    return n;
}

/* The strictest label of that very folder or file; GATE_OPEN: it has none. *any: it has one. */
static GateLabel label_of_inode(const Labels *labels, const char *path, bool *any) {
    GateLabel strictest = GATE_OPEN;
    struct stat st;
    *any = false;
    if (stat(path, &st) != 0) return GATE_OPEN;
    for (size_t i = 0; i < labels->n; i++) {
        const Folder *f = &labels->folders[i];
        if (!f->there || f->device != st.st_dev || f->inode != st.st_ino) continue;
        if (f->label > strictest) strictest = f->label;
        *any = true;
    }
    return strictest;
}

/* By the deepest folder on the way that is a labelled one under another name. */
static GateLabel label_by_inode(const Labels *labels, Str path) {
    char step[PATH_BYTES_MAX];
    GateLabel label = GATE_OPEN;
    bool any;
    if (labels->n == 0 || path.n >= sizeof step || !str_starts(path, STR("/"))) return GATE_OPEN;
    memcpy(step, path.p, path.n);
    step[path.n] = 0;
    for (size_t end = 1; end <= path.n; end++) {
        if (step[end] && step[end] != '/') continue;
        step[end] = 0;
        GateLabel here = label_of_inode(labels, step, &any);
        if (any) label = here;
        if (end < path.n) step[end] = '/';
    }
    return label;
}

GateLabel labels_strictest(const Labels *labels) {
    GateLabel strictest = GATE_PERSONAL;
    for (size_t i = 0; i < labels->n; i++) {
        if (labels->folders[i].label > strictest) strictest = labels->folders[i].label;
    }
    assert(strictest >= GATE_PERSONAL); /* what no path names is personal, never open */
    return strictest;
}

/* Longest path first; of the same path said twice, the stricter label. */
static GateLabel label_by_path(const Labels *labels, Str path) {
    GateLabel label = GATE_PERSONAL;
    int longest = -1;
    for (size_t i = 0; i < labels->n; i++) {
        const Folder *folder = &labels->folders[i];
        int n = components_shared(folder->path, path);
        bool stricter = n == longest && folder->label > label; /* the same folder twice */
        if (n > longest || (n >= 0 && stricter)) {
            longest = n;
            label = folder->label;
        }
    }
    return label;
}

/* The stricter of what the name says and what the disk says. */
GateLabel labels_of(const Labels *labels, Str path) {
    if (climbs(path)) return labels_strictest(labels);
    GateLabel named = label_by_path(labels, path), found = label_by_inode(labels, path);
    assert(named < GATE_LABEL_COUNT && found < GATE_LABEL_COUNT); /* columns of the policy */
    return found > named ? found : named;
}
