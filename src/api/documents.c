/*
 * The documents of a store: add, list, remove, show, search.
 *
 * Writers (add, remove) open the store for writing and let go of it when they are done, so that
 * another process may write next; readers open it for reading and keep it. A folder that is added
 * to a store that does not exist makes it; nothing else does.
 *
 * Results of a search live in an arena behind hearth_results, one free for all of them.
 *
 *     call            store is opened     and afterwards
 *     hearth_add      for writing, made   let go
 *     hearth_remove   for writing         let go, kept prompts deleted
 *     hearth_list     for reading         kept open for the next call
 *     hearth_show     for reading         kept open
 *     hearth_search   for reading         kept open; folders are swept before
 *
 * Numbers: the ceilings of arenas and texts are far above what a person's documents need and keep a
 * damaged database from asking for all memory (chosen).
 */
#include <assert.h>
#include <string.h>

#include "api/api.h"
#include "base/file.h"
#include "knowledge/search.h"

enum { SHOW_MAX = 256 << 20, LIST_ARENA_MAX = 1 << 30, RESULTS_ARENA_MAX = 256 << 20,
       NOTICE_MAX = 4096 };

/* ---- add ----------------------------------------------------------------------------------- */

/* The caller's callback for progress; NULL: nobody looks. */
typedef struct Relay {
    hearth_progress_fn progress;
    void *user;
} Relay;

_Static_assert((int)HEARTH_HYBRID == (int)SEARCH_HYBRID &&
                   (int)HEARTH_LEXICAL == (int)SEARCH_LEXICAL &&
                   (int)HEARTH_VECTOR == (int)SEARCH_VECTOR,
               "hearth_search hands the mode on as a number");

_Static_assert(INGEST_WORDS == 0 && INGEST_EMBED == 1, "relay_progress has a name each");

/* While words are read the number of files is not known yet, so there is no total. */
static void relay_progress(void *user, const IngestProgress *at) {
    static const char *const stages[] = {"read", "embed"};
    Relay *relay = user;
    if (!relay->progress) return;
    assert((size_t)at->phase < ARRAY_LEN(stages));
    bool words = at->phase == INGEST_WORDS;
    hearth_progress progress = {.stage = stages[at->phase], .item = at->path,
                                .unit = words ? "files" : "passages",
                                .done = words ? at->files_seen : at->chunks_done,
                                .total = words ? 0 : at->chunks_total,
                                .rate = at->rate, .eta_s = at->eta_s};
    relay->progress(relay->user, &progress);
}

_Static_assert((int)INGEST_KINDS_MAX * ((int)FILE_KIND_BYTES + 23) <= 8192,
               "a list of kinds never fails a call whose work is done: 20 digits, 3 signs between");

/* Files that were refused (too large) count as failed: both are listed with a reason. */
static Status report_copy(const IngestReport *from, hearth_add_report *to, Err *err) {
    Buf kinds;
    buf_init(&kinds, 8192);
    for (size_t i = 0; i < from->n_kinds; i++) {
        buf_printf(&kinds, "%s%llu %s", i ? ", " : "", (unsigned long long)from->kinds[i].n,
                   from->kinds[i].name);
    }
    *to = (hearth_add_report){
        .files_seen = from->seen, .added = from->added, .changed = from->changed,
        .unchanged = from->unchanged, .removed = from->removed,
        .failed = from->failed + from->refused, .unknown = from->unsupported,
        .passages = from->chunks_added, .embedded = from->chunks_embedded + from->chunks_reused,
        .pending = from->chunks_pending, .unreachable = from->roots_unreachable,
        .links = from->links,
        .seconds = (from->words_ms + from->embed_ms + from->merge_ms) / 1000};
    Status status = buf_check(&kinds, "the list of kinds", err);
    if (status == OK && kinds.n) to->unknown_kinds = buf_take(&kinds);
    buf_fini(&kinds);
    return status;
}

/* A question that was asked elsewhere looks through the folders, and is the store's writer for a
   fraction of a second: whoever was told to write waits for it. */
enum { WRITER_WAIT_MS = 3000 };

/* The rig has the store afterwards, and lets go of it. `create`: the only way in which one is
   made. */
static Status open_to_write(Rig *rig, bool create, Store **store, Err *err) {
    TRY(rig_unlock(rig, err));
    rig_store_release(rig);
    StoreOptions options = {.stores_dir = rig->stores_dir, .name = rig->options.store,
                            .mode = STORE_WRITE, .create = create, .wait_ms = WRITER_WAIT_MS};
    TRY(store_open(&options, &rig->store, err));
    rig->store_mode = STORE_WRITE;
    *store = rig->store;
    return OK;
}

/* Is a path that was named, and is no folder, a document now? */
static Status was_read(Store *store, const char *path, Err *err) {
    char *real = NULL;
    StoreFile file;
    Arena arena;
    arena_init(&arena, 1 << 20);
    Status status = file_real_path(path, &real, err);
    if (status == OK) status = store_find(store, real, &arena, &file, err);
    if (status == E_NOT_FOUND) status = OK; /* a folder, or gone meanwhile */
    else if (status == OK && file.state != FILE_READ) {
        Status code = file.state == FILE_UNSUPPORTED ? E_UNSUPPORTED : E_FAILED;
        status = err_set(err, code, "%s was not read: %s", path, file.reason);
    }
    mem_free(real);
    arena_fini(&arena);
    return status;
}

/* The first that was not is told; the others stand in the list. */
static Status were_read(Store *store, const char *const *paths, size_t n, Err *err) {
    Status first = OK;
    for (size_t i = 0; i < n; i++) {
        Status status = was_read(store, paths[i], first == OK ? err : NULL);
        if (first == OK) first = status;
    }
    return first;
}

/* The report is copied before it is looked at what went wrong: it holds what was finished. An
   IngestReport has a table of kinds and is too large for the stack of a library's caller. */
hearth_status hearth_add(hearth *h, const char *const *paths, size_t n_paths,
                         hearth_progress_fn progress, void *user, hearth_add_report *report,
                         hearth_error *err) {
    Err why;
    Store *store = NULL;
    Relay relay = {progress, user};
    IngestOptions options = {.paths = paths, .n_paths = n_paths, .progress = relay_progress,
                             .progress_user = &relay};
    API_TRY(rig_reader(h->rig, &why), &why, err); /* without one no store is made */
    API_TRY(open_to_write(h->rig, true, &store, &why), &why, err);
    IngestReport *made = mem_zalloc(sizeof *made);
    Status status = made ? rig_ingest_options(h->rig, &options, &why)
                         : err_no_memory(&why, "a report");
    if (status == OK) status = ingest_add(store, &options, made, &why);
    if (status == OK) status = report_copy(made, report, &why);
    if (status == OK && made->cancelled) status = err_set(&why, E_CANCELLED, "stopped");
    if (status == OK) status = were_read(store, paths, n_paths, &why);
    mem_free(made);
    rig_store_release(h->rig);
    return api_fail(status, &why, err);
}

void hearth_add_report_clear(hearth_add_report *report) {
    mem_free(report->unknown_kinds);
    memset(report, 0, sizeof *report);
}

/* ---- list, remove, show -------------------------------------------------------------------- */

/* Inside "" means unknown, outside NULL does. */
static const char *c_or_null(const char *text) {
    return text && *text ? text : NULL;
}

/* One row; its strings live in the listing's arena. */
static bool list_one(const StoreFile *file, hearth_file_fn each, void *user) {
    hearth_file out = {.path = file->path.p,
                       .title = c_or_null(file->title), .format = file->format,
                       .problem = file->state == FILE_READ ? NULL : file->reason,
                       .size_bytes = file->size_bytes,
                       .modified_s = file->mtime_ns / 1000000000, .pages = file->n_pages,
                       .passages = file->n_chunks, .embedded = file->n_embedded};
    return each(user, &out);
}

/* All rows are read before the first is handed out, so that the callback may use the store. */
hearth_status hearth_list(hearth *h, hearth_file_fn each, void *user, hearth_error *err) {
    Err why;
    Store *store = NULL;
    StoreFiles files = {0};
    API_TRY(rig_store(h->rig, STORE_READ, &store, &why), &why, err);
    Arena arena;
    arena_init(&arena, LIST_ARENA_MAX);
    Status status = store_list(store, &arena, &files, &why);
    for (size_t i = 0; status == OK && i < files.n; i++) {
        if (!list_one(&files.items[i], each, user)) break;
    }
    arena_fini(&arena);
    return api_fail(status, &why, err);
}

/* The writer's lock is given back before the prompts go: they are another place of the home. */
hearth_status hearth_remove(hearth *h, const char *path, uint64_t *n_removed, hearth_error *err) {
    Err why;
    Store *store = NULL;
    uint64_t n = 0;
    char *real = NULL;
    API_TRY(open_to_write(h->rig, false, &store, &why), &why, err);
    Status status = file_real_path(path, &real, &why); /* as hearth_add took it down */
    if (status == OK) status = store_remove(store, real, &n, &why);
    if (status == OK && n_removed) *n_removed = n;
    mem_free(real);
    rig_store_release(h->rig);
    if (status == OK) status = rig_forget_prompts(h->rig, &why);
    return api_fail(status, &why, err);
}

/* The file that the path means here; where there is none, one whose path ends like that. */
static Status find_file(Store *store, const char *path, Arena *arena, StoreFile *out, Err *err) {
    char *real = NULL;
    Status status = file_real_path(path, &real, err);
    if (status == OK) status = store_find(store, real, arena, out, err);
    mem_free(real);
    return status == E_NOT_FOUND ? store_find(store, path, arena, out, err) : status;
}

/* The text as it was extracted, which citations count in; not the file's bytes. */
hearth_status hearth_show(hearth *h, const char *path, char **text, size_t *n, hearth_error *err) {
    Err why;
    Store *store = NULL;
    StoreFile file;
    Arena arena;
    Buf out;
    API_TRY(rig_store(h->rig, STORE_READ, &store, &why), &why, err);
    arena_init(&arena, 1 << 20);
    buf_init(&out, SHOW_MAX);
    Status status = find_file(store, path, &arena, &file, &why);
    if (status == OK) status = store_text(store, file.id, 0, SIZE_MAX, &out, &why);
    if (status == OK) status = api_text(&out, path, text, n, &why);
    buf_fini(&out);
    arena_fini(&arena);
    return api_fail(status, &why, err);
}

/* ---- search -------------------------------------------------------------------------------- */

struct hearth_results { /* one arena, one free */
    Arena arena;
    hearth_passage *items;
    size_t n;
    const char *notice;
};

/* Passages that were found by words alone, though meaning was wanted, come with a sentence. */
static Status results_copy(const SearchResults *found, hearth_mode asked, hearth_results *to,
                           Buf *notice, Err *err) {
    to->items = arena_alloc_n(&to->arena, found->n + 1, sizeof *to->items);
    if (!to->items) return err_no_memory(err, "the results");
    for (size_t i = 0; i < found->n; i++) {
        hearth_passage *item = &to->items[to->n++];
        *item = api_passage(&found->hits[i], 0, &to->arena);
        if (!item->path || !item->text) return err_no_memory(err, "the results");
    }
    assert(to->n == found->n);
    const char *more = NULL;
    if (asked == HEARTH_HYBRID && found->mode == SEARCH_LEXICAL && found->chunks) {
        more = "searched by words only: no vectors yet (hearth pull multilingual-e5-small, then "
               "hearth add)";
    } else if (found->cut) {
        more = "only the first 64 KiB of the question were searched for";
    }
    if (more) buf_printf(notice, "%s%s", notice->n ? "; " : "", more);
    TRY(buf_check(notice, "a notice", err));
    if (notice->n) to->notice = arena_dup(&to->arena, notice->p, notice->n);
    return notice->n && !to->notice ? err_no_memory(err, "the results") : OK;
}

/* A search on its way: what is wanted, and what there is to say of it. */
typedef struct Asked {
    SearchQuery query;
    hearth_mode mode;
    Buf notice;
} Asked;

/* What lies in the folders now is searched. */
static Status search_now(hearth *h, Asked *asked, hearth_results *results, Err *err) {
    Store *store = NULL;
    SearchResults found = {0};
    TRY(rig_sweep(h->rig, &asked->notice, err));
    TRY(rig_store(h->rig, STORE_READ, &store, err));
    if (asked->mode == HEARTH_HYBRID) {
        TRY(rig_embedder_if_here(h->rig, &asked->query.embedder, err));
    } else if (asked->mode == HEARTH_VECTOR) {
        TRY(rig_store_embedder(h->rig, &asked->query.embedder, err));
    }
    TRY(search_run(store, &asked->query, &results->arena, &found, err));
    assert(found.n <= asked->query.k);
    if (found.chunks == 0) TRY(rig_refuse_empty(store, err));
    TRY(rig_store_says(store, &asked->notice, err));
    return results_copy(&found, asked->mode, results, &asked->notice, err);
}

/* Whatever fails, the results that were begun are freed and *out stays as it was. */
hearth_status hearth_search(hearth *h, const char *query, int k, hearth_mode mode,
                            hearth_results **out, hearth_error *err) {
    Err why;
    API_TRY(api_range("k", k, 1, 100, &why), &why, err);
    API_TRY(api_range("mode", (int)mode, HEARTH_HYBRID, HEARTH_VECTOR, &why), &why, err);
    if (str_trim(str_from(query)).n == 0) {
        return api_fail(err_set(&why, E_USAGE, "the query is empty"), &why, err);
    }
    hearth_results *results = mem_zalloc(sizeof *results);
    if (!results) return api_fail(err_no_memory(&why, "the results"), &why, err);
    arena_init(&results->arena, RESULTS_ARENA_MAX);
    Asked asked = {.mode = mode, .query = {.text = str_from(query), .k = (uint32_t)k,
                                           .mode = (SearchMode)mode}};
    buf_init(&asked.notice, NOTICE_MAX);
    Status status = search_now(h, &asked, results, &why);
    buf_fini(&asked.notice);
    if (status == OK) *out = results;
    else hearth_results_free(results);
    return api_fail(status, &why, err);
}

size_t hearth_results_count(const hearth_results *results) {
    return results->n;
}

const hearth_passage *hearth_results_at(const hearth_results *results, size_t index) {
    return index < results->n ? &results->items[index] : NULL;
}

const char *hearth_results_notice(const hearth_results *results) {
    return results->notice;
}

void hearth_results_free(hearth_results *results) {
    if (!results) return;
    arena_fini(&results->arena);
    mem_free(results);
}
