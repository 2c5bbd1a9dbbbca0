/*
 * What stands on the shelf: listing, finding, removing, and remembering digests.
 *
 * A name from outside is never made into a path. The folder is listed, each file gets a name (its
 * catalogue name, or its own in lower case without ".gguf"), and the asked-for name is compared
 * with these; hence "../../etc/passwd" is simply a name that no model has, and gets the same answer
 * as any other absent one.
 *
 * Digests. Hashing a gigabyte takes seconds, so it is done once: the state file models.json in
 * home_dir(HOME_STATE) keeps path, size, modification time, inode and SHA-256 of each file that
 * was hashed. A file whose size, time or inode differ is unknown again. The state is a cache: when
 * it is lost, damaged or cannot be written, files are hashed anew. Two processes that write at the
 * same time lose one entry, not more.
 *
 * Models made by our own import have no digest in the catalogue (their sources have); what is
 * remembered for them is that they came out of a checked import.
 *
 * Limits: SHELF_MODELS_MAX files, state of 1 MiB.
 *
 * The state, one object a file that was hashed:
 *
 *     {"files":[{"path":"/home/li/models/a.gguf","bytes":1117320736,
 *                "mtime_ns":1764220000123456789,"inode":4711,"sha256":"..."}]}
 *
 * It is read anew for each question and written as a whole: there are few rows, and nobody holds a
 * copy that could be out of date. Rows of files that are gone or changed are left out when it is
 * written, so it does not grow.
 */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/home.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/plain.h"
#include "shelf/pull.h"

enum { STATE_MAX = 1 << 20, HASH_STEP = 1 << 20 };

bool shelf_cancelled(const ShelfPull *options) {
    return options && options->cancel &&
           atomic_load_explicit(options->cancel, memory_order_relaxed);
}

/* ---- remembered digests ------------------------------------------------------------------ */

/* What tells that a file is still the one that was hashed. */
typedef struct Known {
    const char *path;
    int64_t bytes, time_ns, inode;
} Known;

/* The file as it is now; false: no regular file. */
static bool known_of(const char *path, Known *k) {
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) return false;
    *k = (Known){path, (int64_t)st.st_size, file_mtime_ns(&st), (int64_t)st.st_ino};
    return true;
}

/* Root of the state, or NULL. */
static Json *state_read(void) {
    char *path = NULL;
    Json *root = NULL;
    Buf text;
    buf_init(&text, STATE_MAX);
    if (home_path(HOME_STATE, "models.json", &path, NULL) == OK &&
        file_read(path, &text, NULL) == OK && json_parse(buf_str(&text), NULL, &root, NULL) != OK) {
        root = NULL;
    }
    buf_fini(&text);
    mem_free(path);
    return root;
}

/* Paths are compared as they were given, not resolved: another way to a file hashes it once
   more. */
static bool row_is_of(const Json *row, const char *path) {
    return str_eq_c(json_str(json_get(row, "path")), path);
}

/* Is the row about this file, unchanged? */
static bool row_matches(const Json *row, const Known *k) {
    int64_t bytes, time_ns, inode;
    return row_is_of(row, k->path) &&
           json_int(row, "bytes", 0, INT64_MAX, &bytes, NULL) == OK && bytes == k->bytes &&
           json_int(row, "mtime_ns", INT64_MIN, INT64_MAX, &time_ns, NULL) == OK &&
           time_ns == k->time_ns &&
           json_int(row, "inode", INT64_MIN, INT64_MAX, &inode, NULL) == OK && inode == k->inode;
}

/* The digest goes through its bytes, so that what is not 64 hex digits is no digest, whatever the
   state file holds. */
bool shelf_recall(const char *path, char sha256[HASH_HEX]) {
    Known k;
    uint8_t digest[HASH_BYTES];
    bool found = false;
    if (!known_of(path, &k)) return false;
    Json *root = state_read();
    const Json *rows = json_get(root, "files");
    for (size_t i = 0; !found && i < json_len(rows); i++) {
        const Json *row = json_at(rows, i);
        Str hex = json_str(json_get(row, "sha256"));
        found = row_matches(row, &k) && hash_from_hex(hex, digest);
        if (found) hash_hex(digest, sha256);
    }
    json_free(root);
    return found;
}

/* {"path", "bytes", "mtime_ns", "inode", "sha256"} */
static void row_write(JsonWriter *w, const Known *k, Str sha256) {
    jsonw_object_begin(w);
    jsonw_put_c(w, "path", k->path);
    jsonw_put_int(w, "bytes", k->bytes);
    jsonw_put_int(w, "mtime_ns", k->time_ns);
    jsonw_put_int(w, "inode", k->inode);
    jsonw_put_str(w, "sha256", sha256);
    jsonw_object_end(w);
}

/* Old rows whose file is still as it was are kept, except the one that is replaced. */
static void rows_keep(JsonWriter *w, const Json *root, const char *except) {
    const Json *rows = json_get(root, "files");
    for (size_t i = 0; i < json_len(rows) && i < SHELF_MODELS_MAX; i++) {
        const Json *row = json_at(rows, i);
        Str path = json_str(json_get(row, "path"));
        Known k;
        char *copy = mem_dup(path.p, path.n);
        if (copy && !row_is_of(row, except) && known_of(copy, &k) && row_matches(row, &k)) {
            row_write(w, &k, json_str(json_get(row, "sha256")));
        }
        mem_free(copy);
    }
}

/* Errors are swallowed: a state that could not be written costs one more hashing. */
void shelf_remember(const char *path, const char *sha256) {
    Known k;
    char *to = NULL;
    Buf text;
    assert(strlen(sha256) == HASH_HEX - 1); /* what shelf_recall takes for none would be lost */
    if (!known_of(path, &k)) return;
    buf_init(&text, STATE_MAX);
    Json *root = state_read();
    JsonWriter w = jsonw_init(&text);
    jsonw_object_begin(&w);
    jsonw_put_array(&w, "files");
    rows_keep(&w, root, path);
    row_write(&w, &k, str_from(sha256));
    jsonw_array_end(&w);
    jsonw_object_end(&w);
    json_free(root);
    char *folder = NULL;
    if (text.status == OK && home_dir(HOME_STATE, &folder, NULL) == OK) {
        to = file_join(folder, "models.json");
        if (to && file_replace(to, buf_str(&text), 0600, NULL) != OK) text.status = E_IO;
    }
    mem_free(folder);
    mem_free(to);
    buf_fini(&text);
}

/* rate in bytes a second since the start, left in seconds. */
static void digest_report(const char *path, const ShelfPull *options, uint64_t done, uint64_t total,
                          double elapsed_ms) {
    assert(options->progress); /* digest_fd asked */
    double rate = elapsed_ms > 0 ? (double)done / elapsed_ms * 1e3 : 0;
    double left = done < total && rate > 0 ? (double)(total - done) / rate : 0;
    ShelfProgress p = {"check", path, done, total, rate, left};
    options->progress(options->user, &p);
}

/* Reads to the end of what is open; options may be NULL. */
static Status digest_fd(int fd, const char *path, uint64_t total, const ShelfPull *options,
                        uint8_t digest[HASH_BYTES], Err *err) {
    char *step = mem_alloc(HASH_STEP);
    if (!step) return err_no_memory(err, "a read buffer");
    Status status = OK;
    Sha256 h;
    sha256_init(&h);
    double start = clock_now_ms(), last = start;
    for (uint64_t done = 0; status == OK;) {
        ssize_t got = read(fd, step, HASH_STEP);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) status = err_set(err, E_IO, "cannot read %s: %s", path, strerror(errno));
        if (got <= 0) break;
        sha256_add(&h, step, (size_t)got);
        done += (uint64_t)got;
        if (shelf_cancelled(options)) status = err_set(err, E_CANCELLED, "cancelled");
        double now = clock_now_ms();
        if (!options || !options->progress || now - last < 100) continue;
        last = now;
        digest_report(path, options, done, total, now - start);
    }
    sha256_end(&h, digest);
    mem_free(step);
    return status;
}

/* Type and size are asked of the open descriptor: a name could be another file by then. */
Status shelf_digest(const char *path, const ShelfPull *options, char sha256[HASH_HEX], Err *err) {
    uint8_t digest[HASH_BYTES];
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hang us */
    if (fd < 0) {
        return err_set(err, errno == ENOENT ? E_NOT_FOUND : E_IO, "cannot open %s: %s", path,
                       strerror(errno));
    }
    Status status = OK;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        status = err_set(err, E_USAGE, "%s is not a regular file", path);
    }
    if (status == OK) status = digest_fd(fd, path, (uint64_t)st.st_size, options, digest, err);
    if (status == OK) hash_hex(digest, sha256);
    close(fd);
    return status;
}

/* ---- listing ----------------------------------------------------------------------------- */

/* By the name on the disk. */
static const ShelfModel *model_of_file(const char *file) {
    const ShelfModel *models;
    size_t n = shelf_catalogue(&models);
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(models[i].file, file)) return &models[i];
    }
    return NULL;
}

bool shelf_name_is_known(const char *name) {
    char file[PLAIN_NAME_MAX + sizeof ".gguf"];
    (void)snprintf(file, sizeof file, "%.*s.gguf", PLAIN_NAME_MAX, name);
    return shelf_find(name) || model_of_file(file);
}

/* Catalogue name, or the file's own name in lower case without ".gguf", behind SHELF_OWN where the
   catalogue has that name for other bytes; *out NULL: not a model. */
static Status name_of_file(const char *file, char **out, Err *err) {
    size_t n = strlen(file);
    const ShelfModel *model = model_of_file(file);
    char name[sizeof SHELF_OWN + PLAIN_NAME_MAX] = SHELF_OWN, *own = name + sizeof SHELF_OWN - 1;
    *out = NULL;
    if (!model) {
        if (n < 6 || n > PLAIN_NAME_MAX + 5 || strcmp(file + n - 5, ".gguf") != 0) return OK;
        for (size_t i = 0; i < n - 5; i++) own[i] = plain_lower(file[i]);
        own[n - 5] = 0;
        if (!plain_is_name(own)) return OK;
    }
    *out = mem_strdup(model ? model->name : shelf_name_is_known(own) ? name : own);
    return *out ? OK : err_no_memory(err, "a list of models");
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const ShelfItem *)a)->name, ((const ShelfItem *)b)->name);
}

/* Fills *item when `file` is a model; else leaves item->name NULL. */
static Status item_of_file(const char *folder, const char *file, ShelfItem *item, Err *err) {
    struct stat st;
    char hex[HASH_HEX];
    *item = (ShelfItem){.model = model_of_file(file)};
    item->path = file_join(folder, file);
    if (!item->path) return err_no_memory(err, "a list of models");
    Status status = OK;
    if (file[0] != '.' && stat(item->path, &st) == 0 && S_ISREG(st.st_mode)) {
        status = name_of_file(file, &item->name, err);
        item->bytes = (uint64_t)st.st_size;
        item->checked = item->name && shelf_recall(item->path, hex);
    }
    if (!item->name) mem_free(item->path);
    return status;
}

/* *items is whole or NULL: a list that could not be finished is freed here. Files that are no model
   of ours (drafts, foreign names) are passed over in silence. */
Status shelf_list(ShelfItem **items, size_t *count, Err *err) {
    char *folder = NULL;
    size_t cap = 0;
    *items = NULL;
    *count = 0;
    TRY(home_dir(HOME_MODELS, &folder, err));
    DIR *dir = opendir(folder);
    Status status = dir ? OK : err_set(err, E_IO, "cannot read %s: %s", folder, strerror(errno));
    const struct dirent *entry;
    while (status == OK && (entry = readdir(dir))) {
        ShelfItem item;
        status = item_of_file(folder, entry->d_name, &item, err);
        if (status != OK || !item.name) continue;
        status = mem_grow((void **)items, &cap, *count + 1, sizeof item, SHELF_MODELS_MAX, err);
        if (status == OK) {
            (*items)[(*count)++] = item;
        } else {
            mem_free(item.name);
            mem_free(item.path);
        }
    }
    if (dir) closedir(dir);
    mem_free(folder);
    if (*count) qsort(*items, *count, sizeof **items, by_name);
    if (status != OK) {
        shelf_list_free(*items, *count);
        *items = NULL;
        *count = 0;
    }
    return status;
}

/* An item that was moved out (find_item) has NULL for both. */
void shelf_list_free(ShelfItem *items, size_t count) {
    for (size_t i = 0; i < count; i++) {
        mem_free(items[i].name);
        mem_free(items[i].path);
    }
    mem_free(items);
}

/* ---- one model --------------------------------------------------------------------------- */

/* The same answer for names that are absent, ill-formed or hostile. */
static Status absent(const char *name, Err *err) {
    char shown[65];
    size_t n = 0;
    for (; name[n] && n < sizeof shown - 1; n++) {
        shown[n] = name[n] >= ' ' && name[n] <= '~' ? name[n] : '?';
    }
    shown[n] = 0;
    (void)err_set(err, E_NOT_FOUND, "no model named %s is here", n ? shown : "\"\"");
    if (shelf_find(name)) {
        (void)err_hint(err, "fetch it with: hearth pull %s", name);
    } else {
        (void)err_hint(err, "see `hearth models` for names, or give the path of a .gguf file");
    }
    return E_NOT_FOUND;
}

/* The item of that name, moved out of the list. */
static Status find_item(const char *name, ShelfItem *out, Err *err) {
    ShelfItem *items;
    size_t n;
    *out = (ShelfItem){0};
    if (!plain_is_name(name)) return absent(name, err);
    TRY(shelf_list(&items, &n, err));
    for (size_t i = 0; i < n && !out->name; i++) {
        if (strcmp(items[i].name, name) != 0) continue;
        *out = items[i];
        items[i] = (ShelfItem){0};
    }
    assert(!out->name == !out->path); /* both, or none: the caller frees both */
    shelf_list_free(items, n);
    assert(!out->name || strcmp(out->name, name) == 0);
    return out->name ? OK : absent(name, err);
}

/* Is a catalogue model what the catalogue says? Hashes at most once for each state of the file. */
static Status check_digest(const ShelfItem *item, Err *err) {
    const ShelfModel *model = item->model;
    char have[HASH_HEX];
    if (!model || model->imported) return OK;
    const ShelfFile *file = &model->files[0];
    bool fits = item->bytes == file->bytes;
    if (fits && !shelf_recall(item->path, have)) {
        TRY(shelf_digest(item->path, NULL, have, err));
        shelf_remember(item->path, have);
    }
    if (fits && !strcmp(have, file->sha256)) return OK;
    (void)err_set(err, E_CORRUPT, "%s is not %s: %s", item->path, model->name,
                  fits ? "its SHA-256 differs" : "its size differs");
    return err_hint(err, "remove it and fetch it anew: hearth pull %s", model->name);
}

/* A '/' or an ending of .gguf cannot be in a name that we give. */
static bool is_path(const char *text) {
    size_t n = strlen(text);
    return strchr(text, '/') || (n > 5 && !strcmp(text + n - 5, ".gguf"));
}

/* A path is the user's own word and is not checked against the catalogue; a name is. */
Status shelf_resolve(const char *name_or_path, char **path, Err *err) {
    *path = NULL;
    if (is_path(name_or_path)) {
        if (!file_exists(name_or_path)) {
            return err_set(err, E_NOT_FOUND, "no model file %.300s", name_or_path);
        }
        *path = mem_strdup(name_or_path);
        return *path ? OK : err_no_memory(err, "a path");
    }
    ShelfItem item;
    TRY(find_item(name_or_path, &item, err));
    Status status = check_digest(&item, err);
    mem_free(item.name);
    if (status == OK) {
        *path = item.path;
    } else {
        mem_free(item.path);
    }
    return status;
}

/* The state keeps a row of the file until it is written again; a file that comes back under that
   name has another inode or time. */
Status shelf_remove(const char *name, Err *err) {
    ShelfItem item;
    TRY(find_item(name, &item, err));
    Status status = file_remove(item.path, err);
    mem_free(item.name);
    mem_free(item.path);
    return status;
}
