/*
 * The body of walk.h.
 *
 * Everything is opened relative to an open parent with O_NOFOLLOW, so that a link put in the place
 * of a folder between looking and opening leads nowhere. Links are never followed. A folder that is
 * its own ancestor (bind mounts can do that) is not entered again. No recursion: an array of open
 * folders, at most WALK_DEPTH_MAX deep; deeper ones are reported as trouble.
 *
 * The names of a folder are read at once and sorted: the order is the same on every run, and files
 * that appear meanwhile wait for the next walk. A list that breaks off and a name that cannot be
 * looked at are trouble: whoever compares with an earlier walk must not take them for gone.
 *
 * Memory is the names of the folders on the way to the file at hand, not of the whole tree; a
 * folder has at most WALK_NAMES_MAX names. The path of the file is one buffer, cut back and written
 * on.
 */
#include "knowledge/walk.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/utf8.h"
#include "knowledge/ignore.h"

typedef struct Level {
    int fd;
    dev_t dev;
    ino_t ino;
    char **names; /* sorted, each mem_free'd when the level closes */
    size_t n, cap, at;
    size_t path_n; /* bytes of Walk.path that name this folder */
    IgnoreList ignore;
} Level;

typedef struct Walk {
    const WalkHandlers *h;
    WalkCounts *counts;
    Buf path;
    Level levels[WALK_DEPTH_MAX];
    size_t depth;
    Str from;          /* what is left of the handlers' from: names below here; n 0: begun */
    size_t from_depth; /* the depth at which its first name stands */
} Walk;

/* Names, rules and descriptor of one folder. */
static void level_close(Level *level) {
    for (size_t i = 0; i < level->n; i++) mem_free(level->names[i]);
    mem_free(level->names);
    ignore_fini(&level->ignore);
    if (level->fd >= 0) close(level->fd);
}

/* About the path at hand. */
static void trouble(Walk *w, const char *reason) {
    if (w->h->trouble) w->h->trouble(w->h->user, buf_str(&w->path), reason);
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All names but "." and "..", sorted. After a failure those that were read are there, and the walk
   goes on with them. */
static Status read_names(Level *level, Err *err) {
    int copy = fcntl(level->fd, F_DUPFD_CLOEXEC, 0); /* closedir closes what it was given */
    DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
    if (!dir) {
        if (copy >= 0) close(copy);
        return err_set(err, E_IO, "cannot list it: %s", strerror(errno));
    }
    Status status = OK;
    while (status == OK) {
        errno = 0;
        struct dirent *e = readdir(dir);
        if (!e && errno) status = err_set(err, E_IO, "cannot list it: %s", strerror(errno));
        if (!e) break;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        status = mem_grow((void **)&level->names, &level->cap, level->n + 1,
                          sizeof *level->names, WALK_NAMES_MAX, err);
        if (status != OK) break;
        char *name = mem_strdup(e->d_name);
        if (name) level->names[level->n++] = name;
        else status = err_no_memory(err, "a folder's names");
    }
    closedir(dir);
    if (level->n) qsort(level->names, level->n, sizeof *level->names, by_name);
    return status;
}

/* Rules that cannot be read are told: what they leave out is read then. */
static void read_ignore(Walk *w, Level *level) {
    int fd = openat(level->fd, ".hearthignore", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    Err err;
    if (fd < 0 && errno == ENOENT) return;
    char *text = mem_alloc(IGNORE_FILE_BYTES + 1);
    ssize_t n = text && fd >= 0 ? read(fd, text, IGNORE_FILE_BYTES + 1) : -1;
    if (n < 0) {
        (void)snprintf(err.message, sizeof err.message, ".hearthignore cannot be read: %s",
                       text ? strerror(errno) : "out of memory");
        trouble(w, err.message);
    } else if (ignore_parse((Str){text, (size_t)n}, &level->ignore, &err) != OK) {
        trouble(w, err.message);
    }
    mem_free(text);
    if (fd >= 0) close(fd);
}

/* Is the folder one of its own ancestors? */
static bool is_loop(const Walk *w, const struct stat *st) {
    for (size_t i = 0; i < w->depth; i++) {
        if (w->levels[i].dev == st->st_dev && w->levels[i].ino == st->st_ino) return true;
    }
    return false;
}

/* Enters the folder behind fd (taken over). Trouble with it is told and not an error. */
static void enter(Walk *w, int fd) {
    struct stat st;
    Err why;
    if (fd < 0 || fstat(fd, &st) != 0) {
        trouble(w, errno == EACCES ? "no permission to read this folder" : strerror(errno));
        if (fd >= 0) close(fd);
        return;
    }
    if (w->depth == WALK_DEPTH_MAX || is_loop(w, &st)) {
        trouble(w, w->depth == WALK_DEPTH_MAX ? "nested too deeply: nothing below is read"
                                              : "a folder within itself");
        close(fd);
        return;
    }
    assert(w->depth < WALK_DEPTH_MAX);
    Level *level = &w->levels[w->depth++];
    *level = (Level){.fd = fd, .dev = st.st_dev, .ino = st.st_ino, .path_n = w->path.n};
    if (read_names(level, &why) != OK) trouble(w, why.message);
    read_ignore(w, level);
    w->counts->folders++;
}

/* The verdict of all lists from the root down; the deepest that speaks wins. */
static bool left_out(Walk *w, const char *name, bool is_folder) {
    if (ignore_always(str_from(name))) return true;
    IgnoreVerdict verdict = IGNORE_SILENT;
    for (size_t i = 0; i < w->depth; i++) {
        size_t from = w->levels[i].path_n;
        while (from < w->path.n && w->path.p[from] == '/') from++;
        IgnoreVerdict said = ignore_match(&w->levels[i].ignore,
                                          str_sub(buf_str(&w->path), from, w->path.n), is_folder);
        if (said != IGNORE_SILENT) verdict = said;
    }
    if (verdict == IGNORE_OUT) return true;
    return w->h->skip && w->h->skip(w->h->user, buf_str(&w->path), is_folder);
}

/* One name of a folder: looked at without following a link, left out, entered, or given to the
   handler. */
static Status visit(Walk *w, Level *level, const char *name, Err *err) {
    struct stat st;
    if (fstatat(level->fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno != ENOENT) trouble(w, strerror(errno)); /* else: gone meanwhile */
        return OK;
    }
    if (S_ISLNK(st.st_mode)) {
        w->counts->links++;
        return OK;
    }
    bool folder = S_ISDIR(st.st_mode);
    if (left_out(w, name, folder)) {
        w->counts->ignored++;
        return OK;
    }
    if (folder) {
        enter(w, openat(level->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        return OK;
    }
    w->counts->entries++;
    WalkEntry entry = {buf_str(&w->path), level->fd, name, &st};
    return w->h->entry(w->h->user, &entry, err);
}

/* The name does not fit behind its folder's path: told of as much of it as does. */
static void too_long(Walk *w, const char *name) {
    char why[64];
    w->path.status = OK;
    buf_add_str(&w->path, utf8_cut(str_from(name), w->path.max - w->path.n));
    (void)snprintf(why, sizeof why, "its path is longer than %d bytes: not read", WALK_PATH_MAX);
    trouble(w, why);
}

/* What is left of the place to begin at: its names below the root. */
static void set_from(Walk *w, const char *root) {
    Str from = w->h->from, top = str_from(root);
    assert(w->depth == 0);
    bool below = from.n > top.n && str_starts(from, top);
    if (!below) return;
    from = str_sub(from, top.n, from.n);
    if (from.p[0] != '/' && !str_ends(top, STR("/"))) return; /* "docs2" beside "docs" */
    while (from.n && from.p[0] == '/') from = str_sub(from, 1, from.n);
    w->from = from;
    w->from_depth = 1;
}

/* Does the name come before the place to begin at? As by_name has sorted them: so what comes before
   a folder of that path is passed over in each of its folders. Where one of these is gone, or ends
   before the place, the place is passed: another folder as deep is not asked for the same name. */
static bool is_before(Walk *w, const char *name) {
    if (w->depth < w->from_depth) w->from = (Str){0};
    if (!w->from.n) return false;
    assert(w->depth == w->from_depth); /* a name that is not on its way has ended it */
    size_t n = 0;
    while (n < w->from.n && w->from.p[n] != '/') n++;
    int order = strncmp(name, w->from.p, n);
    if (order == 0 && name[n]) order = 1; /* longer */
    if (order < 0) return true;
    w->from = order == 0 && n + 1 < w->from.n ? str_sub(w->from, n + 1, w->from.n) : (Str){0};
    w->from_depth++;
    return false;
}

/* Depth first, by the names of the deepest open folder; w->path is cut back to that folder before
   each name. */
static Status run(Walk *w, Err *err) {
    while (w->depth) {
        Level *level = &w->levels[w->depth - 1];
        if (level->at == level->n) {
            level_close(level);
            w->depth--;
            continue;
        }
        const char *name = level->names[level->at++];
        if (is_before(w, name)) continue;
        assert(level->path_n <= w->path.n); /* a name below is only ever longer */
        w->path.n = level->path_n;
        if (w->path.n && w->path.p[w->path.n - 1] != '/') buf_add_byte(&w->path, '/');
        buf_add_c(&w->path, name);
        if (w->path.status == E_LIMIT) {
            too_long(w, name);
            continue;
        }
        TRY(buf_check(&w->path, "a path", err));
        assert(w->path.n > level->path_n && w->path.p[0] == '/');
        TRY(visit(w, level, name, err));
    }
    return OK;
}

/* A single file: its parent is opened, nothing else is looked at. */
static Status walk_file(Walk *w, const char *root, const struct stat *st, Err *err) {
    const char *slash = strrchr(root, '/');
    assert(slash); /* walk_tree takes absolute paths */
    char *parent = mem_dup(root, slash == root ? 1 : (size_t)(slash - root));
    if (!parent) return err_no_memory(err, "a path");
    int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    mem_free(parent);
    if (fd < 0)
        return err_set(err, E_IO, "cannot open the folder of %s: %s", root, strerror(errno));
    w->counts->entries++;
    WalkEntry entry = {str_from(root), fd, slash + 1, st};
    Status status = w->h->entry(w->h->user, &entry, err);
    close(fd);
    return status;
}

/* A root that is a link is handed to `entry` as it is; callers resolve paths first. */
Status walk_tree(const char *root, const WalkHandlers *handlers, WalkCounts *counts, Err *err) {
    struct stat st;
    if (root[0] != '/') return err_set(err, E_USAGE, "%s is not an absolute path", root);
    if (lstat(root, &st) != 0) {
        return err_set(err, errno == ENOENT || errno == ENOTDIR ? E_NOT_FOUND : E_IO, "%s: %s",
                       root, strerror(errno));
    }
    Walk *w = mem_zalloc(sizeof *w);
    if (!w) return err_no_memory(err, "walking a folder");
    w->h = handlers;
    w->counts = counts;
    buf_init(&w->path, WALK_PATH_MAX);
    buf_add_c(&w->path, root);
    Status status = buf_check(&w->path, "a path", err);
    if (status == OK && S_ISDIR(st.st_mode)) {
        set_from(w, root);
        enter(w, open(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        status = run(w, err);
    } else if (status == OK) {
        status = walk_file(w, root, &st, err);
    }
    while (w->depth) level_close(&w->levels[--w->depth]);
    buf_fini(&w->path);
    mem_free(w);
    return status;
}
