/*
 * The derived files of a store: which are open, how new ones come, how small ones become large
 * ones, and how damaged ones are built anew.
 *
 * Life of a segment, always in this order: row inserted (that gives the id, the id gives the name)
 * - file written and synced - transaction committed: visible. Leaving: row deleted, committed and
 * synced, file unlinked (a power loss may take back a commit that was not synced, and the row would
 * be there again, without its file). A crash in between leaves a file nobody names (an orphan),
 * never a name without a file; the next writer deletes orphans. Readers keep the mapping of what
 * they opened; one that read a row just before the file went sees E_NOT_FOUND and takes a new
 * snapshot.
 *
 * Merging is tiered, as in log-structured merge trees (O'Neil et al., 1996; Lucene's tiered
 * policy): a segment of n chunks has tier log4(n / 64); four neighbours at the end of the list
 * whose tier is at most t become one, but for one in front that is larger than all behind it
 * together. So whatever a chunk is rewritten into is at least twice as large as what it came from,
 * or small: log2(N / n) times at most for batches of n chunks, about five times for a million in
 * 820 batches (counted). A store of a million chunks has some ten segments. Only neighbours merge,
 * hence id ranges stay disjoint and ascending. A segment a third of which is dead is rewritten
 * alone.
 *
 * A lexical segment has limits (lex.h): 2^24 chunks, 1 GiB of different words, which a million
 * pages of logs with a number of its own in each line have. What would not fit into one file is not
 * merged (load_fits): the oldest segments stay as they are, large ones, and merging goes on behind
 * them. Each is searched as any other; 64 full ones are a thousand million chunks.
 *
 * A lex segment is rebuilt from texts, a vec segment from vectors; both only need SQLite.
 *
 * An example of tiers: below 256 living chunks a segment has tier 0, below 1024 tier 1, below 4096
 * tier 2. Four batches of 100 at the end of the list become one of 400, tier 1; three more of 100
 * wait for a fourth, for with them the 400 would be written once more to gain 300. When four of 400
 * stand there, or three and some small ones, all of them become one of tier 2.
 */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "knowledge/store_impl.h"

enum {
    MERGE_FAN = 4,
    TIER_ZERO = 64,
    SEGMENTS_WANTED = 48,                 /* more than this of one kind: the smallest are merged */
    CHECK_ALL_BYTES = 8 << 20,            /* smaller files are read whole when a writer opens */
    BUILDER_BYTES = 256 << 20,            /* a rebuild writes a segment when it holds this much */
};

enum { SEGMENT_NAME = 64 };
_Static_assert(SEGMENT_NAME >= sizeof "seg/lex-.seg" + 20, "a name with any id");
_Static_assert((int)SEGMENTS_WANTED < (int)STORE_SEGMENTS_MAX, "merged before there are too many");
_Static_assert(MERGE_FAN >= 2, "tier_of ends");

/* The name below the store's folder: "seg/lex-17.seg". */
static void segment_name(SegKind kind, int64_t id, char out[SEGMENT_NAME]) {
    (void)snprintf(out, SEGMENT_NAME, "seg/%s-%lld.seg", kind == SEG_LEX ? "lex" : "vec",
                   (long long)id);
}

/* Path of a segment's file; mem_free it. NULL: out of memory. */
static char *segs_path(const Store *s, SegKind kind, int64_t id) {
    char name[SEGMENT_NAME];
    segment_name(kind, id, name);
    return file_join(s->dir, name);
}

/* ---- open set -------------------------------------------------------------------------------- */

static void part_close(SegPart *part) {
    if (part->row.kind == SEG_LEX) {
        lex_close(&part->lex);
    } else {
        vec_close(&part->vec);
    }
}

/* false: a page of the mapping could not be read since it was opened (base/frame.h), so that what
   was read from it may be zeros. */
static bool part_intact(const SegPart *part) {
    return frame_intact(part->row.kind == SEG_LEX ? &part->lex.frame : &part->vec.frame);
}

/* Opens the file of a row and holds it against the row: with another number of entries the two are
   not of one state. */
static Status part_open(Store *s, const SegRow *row, FrameCheck check, SegPart *out, Err *err) {
    char *path = segs_path(s, row->kind, row->id);
    if (!path) return err_no_memory(err, "a path");
    *out = (SegPart){.row = *row};
    Status status = row->kind == SEG_LEX ? lex_open(path, check, &out->lex, err)
                                         : vec_open(path, check, &out->vec, err);
    if (status == OK && !part_intact(out)) {
        part_close(out);
        status = err_set(err, E_CORRUPT, "%s was cut while it was read", path);
    }
    bool lies = status == OK && ((row->kind == SEG_LEX && out->lex.n_docs != row->n) ||
                                 (row->kind == SEG_VEC && out->vec.n != row->n));
    if (lies) {
        part_close(out);
        status = err_set(err, E_CORRUPT, "%s is not what the database says", path);
    }
    mem_free(path);
    return status;
}

void segs_close_all(Store *s) {
    for (size_t i = 0; i < s->n_parts; i++) part_close(&s->parts[i]);
    mem_free(s->parts);
    s->parts = NULL;
    s->n_parts = s->cap_parts = 0;
}

/* An atomic load a segment; see base/fault_guard.h. */
Status segs_intact(const Store *s, Err *err) {
    for (size_t i = 0; i < s->n_parts; i++) {
        const SegRow *row = &s->parts[i].row;
        if (part_intact(&s->parts[i])) continue;
        char name[SEGMENT_NAME];
        segment_name(row->kind, row->id, name);
        (void)err_set(err, E_CORRUPT, "store %s: %s was cut while it was read", s->dir, name);
        return store_advise(E_CORRUPT, err);
    }
    return OK;
}

/* rows has room for 2 * STORE_SEGMENTS_MAX, of both kinds together. */
static Status read_rows(Store *s, SegRow *rows, size_t *n, Err *err) {
    sqlite3_stmt *q;
    bool more;
    *n = 0;
    TRY(sql_get(s, Q_SEGMENTS, &q, err));
    for (;;) {
        TRY(sql_step(s, q, &more, err));
        if (!more) return OK;
        if (*n == 2 * STORE_SEGMENTS_MAX) {
            (void)err_set(err, E_CORRUPT, "store %s names too many segments", s->dir);
            return store_advise(E_CORRUPT, err);
        }
        rows[(*n)++] = (SegRow){.id = sqlite3_column_int64(q, 0),
                                .kind = sqlite3_column_int(q, 1) ? SEG_VEC : SEG_LEX,
                                .space = sqlite3_column_int64(q, 2),
                                .n = sqlite3_column_int64(q, 3),
                                .dead = sqlite3_column_int64(q, 4),
                                .first = sqlite3_column_int64(q, 5),
                                .last = sqlite3_column_int64(q, 6)};
    }
}

/* No active space is OK, with id 0. */
Status segs_read_space(Store *s, Err *err) {
    sqlite3_stmt *q;
    bool row;
    s->space = (Space){0};
    TRY(sql_get(s, Q_SPACE_ACTIVE, &q, err));
    TRY(sql_step(s, q, &row, err));
    if (!row) return OK;
    s->space.id = sqlite3_column_int64(q, 0);
    int64_t dim = sqlite3_column_int64(q, 1);
    s->space.dim = dim >= 1 && dim <= VEC_DIM_MAX ? (uint32_t)dim : 0;
    Str model = sql_blob(q, 2);
    (void)snprintf(s->space.model, sizeof s->space.model, "%.*s", (int)model.n, model.p);
    s->space.spread = (float)sqlite3_column_double(q, 3);
    (void)sqlite3_reset(q);
    if (s->space.dim) return OK;
    (void)err_set(err, E_CORRUPT, "store %s: an embedding space of no dimensions", s->dir);
    return store_advise(E_CORRUPT, err);
}

/* Takes part `id` out of the old list when it is there. */
static bool take_open(Store *s, int64_t id, SegPart *out) {
    for (size_t i = 0; i < s->n_parts; i++) {
        if (s->parts[i].row.id != id) continue;
        *out = s->parts[i];
        s->parts[i] = s->parts[--s->n_parts];
        return true;
    }
    return false;
}

/* Takes over what is open and opens the rest. A damaged segment is left out with a notice: the
   others still answer. */
static Status open_rows(Store *s, const SegRow *rows, size_t n, SegPart *fresh, size_t *n_fresh,
                        Err *err) {
    for (size_t i = 0; i < n; i++) {
        SegPart *part = &fresh[*n_fresh];
        if (take_open(s, rows[i].id, part)) {
            part->row = rows[i];
            (*n_fresh)++;
            continue;
        }
        Err why;
        Status status = part_open(s, &rows[i], FRAME_CHECK_HEADER, part, &why);
        if (status == OK) {
            (*n_fresh)++;
        } else if (status == E_CORRUPT || status == E_UNSUPPORTED) {
            store_note(s, "%s; its passages are missing until: hearth doctor --repair",
                       why.message);
        } else {
            if (err) *err = why;
            return status;
        }
    }
    return OK;
}

/* The new list is built beside the old one. Segments that both name are moved, not opened again. */
Status segs_refresh(Store *s, Err *err) {
    SegRow *rows = mem_alloc_n(2 * STORE_SEGMENTS_MAX, sizeof *rows);
    if (!rows) return err_no_memory(err, "the list of segments");
    size_t n = 0, n_fresh = 0;
    Status status = segs_read_space(s, err);
    if (status == OK) status = read_rows(s, rows, &n, err);
    SegPart *fresh = status == OK ? mem_zalloc_n(n + 1, sizeof *fresh) : NULL;
    if (status == OK && !fresh) status = err_no_memory(err, "the list of segments");
    if (status == OK) {
        status = open_rows(s, rows, n, fresh, &n_fresh, err);
        segs_close_all(s); /* what is left is named no more (or we failed) */
        s->parts = fresh;
        assert(n_fresh <= n && n <= 2 * STORE_SEGMENTS_MAX); /* who walks them has such arrays */
        s->n_parts = n_fresh;
        s->cap_parts = n + 1;
    }
    mem_free(rows);
    return status;
}

int64_t segs_vec_last(const Store *s) {
    int64_t last = 0;
    for (size_t i = 0; i < s->n_parts; i++) {
        const SegRow *row = &s->parts[i].row;
        if (row->kind == SEG_VEC && row->space == s->space.id && row->last > last) last = row->last;
    }
    return last;
}

/* ---- new segments ---------------------------------------------------------------------------- */

/* The row's id is drawn by SQLite and never used again (AUTOINCREMENT). */
static Status row_put(Store *s, SegRow *row, Err *err) {
    sqlite3_stmt *q;
    TRY(sql_get(s, Q_SEGMENT_PUT, &q, err));
    (void)sqlite3_bind_int(q, 1, (int)row->kind);
    (void)sqlite3_bind_int64(q, 2, row->space);
    (void)sqlite3_bind_int64(q, 3, row->n);
    (void)sqlite3_bind_int64(q, 4, row->first);
    (void)sqlite3_bind_int64(q, 5, row->last);
    TRY(sql_run(s, q, err));
    row->id = sqlite3_last_insert_rowid(s->db);
    return OK;
}

/* The row alone; its file goes when that is committed (unlink_segment). */
static Status row_delete(Store *s, int64_t id, Err *err) {
    return sql_run_ids(s, Q_SEGMENT_DELETE, id, 0, err);
}

static void unlink_segment(Store *s, SegKind kind, int64_t id) {
    char *path = segs_path(s, kind, id);
    if (path) (void)unlink(path); /* else the next writer finds the orphan */
    mem_free(path);
}

/* A crash before the commit leaves the file as an orphan. */
Status segs_add_lex(Store *s, LexBuilder *b, int64_t first, int64_t last, Err *err) {
    SegRow row = {.kind = SEG_LEX, .n = lex_builder_docs(b), .first = first, .last = last};
    assert(s->in_tx); /* a row that is visible names a file that is whole */
    if (row.n == 0) return OK;
    TRY(row_put(s, &row, err));
    char *path = segs_path(s, SEG_LEX, row.id);
    if (!path) return err_no_memory(err, "a path");
    Status status = lex_builder_write(b, path, err);
    mem_free(path);
    return status;
}

/* ids[i] belongs to the vec_words(dim) words from codes[i * vec_words(dim)] on; both grow by
   codes_room, each by its own capacity. */
typedef struct Codes { /* of one vec segment under construction */
    uint32_t *ids;
    uint64_t *codes;
    size_t n, cap_ids, cap_codes;
    uint32_t dim;
} Codes;

/* After a failure of codes_room, too: it leaves what was there. */
static void codes_fini(Codes *c) {
    mem_free(c->ids);
    mem_free(c->codes);
}

/* Room for one more; *code is where its words go. */
static Status codes_room(Codes *c, uint64_t **code, Err *err) {
    assert(c->dim >= 1 && c->dim <= VEC_DIM_MAX); /* of a space that was read, or of a segment */
    uint32_t words = vec_words(c->dim);
    TRY(mem_grow((void **)&c->ids, &c->cap_ids, c->n + 1, 4, VEC_ROWS_MAX, err));
    TRY(mem_grow((void **)&c->codes, &c->cap_codes, (c->n + 1) * words, 8,
                 (size_t)VEC_ROWS_MAX * words, err));
    *code = c->codes + c->n * words;
    return OK;
}

/* Encodes the rows (id, data) of a statement that is ready to step. */
static Status codes_from_rows(Store *s, sqlite3_stmt *q, Codes *c, Err *err) {
    float *scratch = mem_alloc_n(c->dim, sizeof *scratch);
    if (!scratch) return err_no_memory(err, "encoding vectors");
    Status status = OK;
    for (bool row = true; status == OK && row;) {
        status = sql_step(s, q, &row, err);
        if (status != OK || !row) break;
        Str data = sql_blob(q, 1);
        uint64_t *code;
        if (data.n != vec_packed_bytes(c->dim)) continue;
        status = codes_room(c, &code, err);
        if (status != OK) break;
        vec_code_packed((const uint8_t *)data.p, c->dim, scratch, code);
        c->ids[c->n++] = (uint32_t)sqlite3_column_int64(q, 0);
    }
    (void)sqlite3_reset(q);
    mem_free(scratch);
    return status;
}

/* No vector, no segment. */
static Status put_codes(Store *s, const Codes *c, int64_t space, Err *err) {
    assert(s->in_tx);
    if (c->n == 0) return OK;
    SegRow row = {.kind = SEG_VEC,
                  .space = space,
                  .n = (int64_t)c->n,
                  .first = c->ids[0],
                  .last = c->ids[c->n - 1]};
    TRY(row_put(s, &row, err));
    char *path = segs_path(s, SEG_VEC, row.id);
    if (!path) return err_no_memory(err, "a path");
    Status status = vec_write(path, c->ids, c->codes, (uint32_t)c->n, c->dim, err);
    mem_free(path);
    return status;
}

/* Vectors behind the last one that has a code. With fewer than `least` they are left to exact
   comparison. */
static Status add_vec(Store *s, uint64_t least, Err *err) {
    Codes c = {.dim = s->space.dim};
    sqlite3_stmt *q;
    TRY(sql_get(s, Q_VECTORS_AFTER, &q, err));
    (void)sqlite3_bind_int64(q, 1, s->space.id);
    (void)sqlite3_bind_int64(q, 2, segs_vec_last(s));
    Status status = codes_from_rows(s, q, &c, err);
    if (status == OK && c.n >= least) status = put_codes(s, &c, s->space.id, err);
    codes_fini(&c);
    return status;
}

/* A transaction of its own, after those of the vectors: codes can be made again from these, so a
   crash between the two loses nothing. */
Status segs_add_vec(Store *s, uint64_t least, Err *err) {
    TRY(segs_refresh(s, err));
    if (!s->space.id) return OK;
    TRY(sql_begin(s, err));
    TRY(sql_end(s, add_vec(s, least, err), err));
    return segs_refresh(s, err);
}

/* ---- merging --------------------------------------------------------------------------------- */

/* By what lives in it: log4(n / 64), 0 for the smallest. */
static unsigned tier_of(const SegRow *row) {
    unsigned tier = 0;
    for (int64_t n = (row->n - row->dead) / TIER_ZERO; n >= MERGE_FAN; n /= MERGE_FAN) tier++;
    return tier;
}

/* What one lexical segment made of neighbours would hold at most: words that several of them have
   are counted in each. */
typedef struct Load {
    uint64_t live, texts, terms;
} Load;

static uint64_t live_of(const SegPart *part) {
    return (uint64_t)(part->row.n > part->row.dead ? part->row.n - part->row.dead : 0);
}

static void load_add(Load *load, const SegPart *part) {
    load->live += live_of(part);
    load->texts += part->lex.n_texts;
    load->terms += part->lex.n_terms;
}

/* Vector segments, whose limits no store meets (STORE_IDS_MAX), have no words. */
static bool load_fits(const SegPart *part, const Load *load) {
    if (part->row.kind == SEG_VEC) return load->live <= VEC_ROWS_MAX;
    return load->live <= LEX_DOCS_MAX && load->texts <= LEX_TEXTS_MAX &&
           load->terms < LEX_TERMS_MAX;
}

/* The longest run of neighbours up to `to` that may become one file: where it begins. */
static size_t fit_from(const SegPart *parts, size_t from, size_t to) {
    Load load = {0};
    for (size_t at = to; at > from; at--) {
        load_add(&load, &parts[at - 1]);
        if (!load_fits(&parts[at - 1], &load)) return at;
    }
    return from;
}

/* The MERGE_FAN neighbours with the fewest living chunks that may become one; n = 0: none may. */
static Run smallest_run(const SegPart *parts, size_t from, size_t to) {
    Run best = {0, 0};
    uint64_t fewest = UINT64_MAX;
    for (size_t end = from + MERGE_FAN; end <= to; end++) {
        Load load = {0};
        if (fit_from(parts, end - MERGE_FAN, end) != end - MERGE_FAN) continue;
        for (size_t i = end - MERGE_FAN; i < end; i++) load_add(&load, &parts[i]);
        if (load.live >= fewest) continue;
        fewest = load.live;
        best = (Run){end - MERGE_FAN, MERGE_FAN};
    }
    return best;
}

/* Only these are neighbours: words are one list, the vectors of each space another. read_rows has
   them sorted by kind and first id. */
static bool same_list(const SegPart *a, const SegPart *b) {
    return a->row.kind == b->row.kind && a->row.space == b->row.space;
}

/* Where a run up to `to` begins that rewrites nothing which is larger than all behind it together:
   else a large segment would be written anew with every few small ones, for ever. */
static size_t worth_from(const SegPart *parts, size_t from, size_t to) {
    uint64_t behind = 0;
    size_t start = from;
    for (size_t at = to; at > from; at--) {
        uint64_t live = live_of(&parts[at - 1]);
        if (live > behind && to - at + 1 >= MERGE_FAN) {
            start = at;
            break;
        }
        behind += live;
    }
    return start;
}

/* The tiers from the smallest on; a run is cut in front until it fits and is worth its work, and
   what is left of it waits until there are MERGE_FAN again. */
Run segs_choose(const SegPart *parts, size_t from, size_t to) {
    assert(from < to);
    if (to - from > SEGMENTS_WANTED) {
        Run run = smallest_run(parts, from, to);
        if (run.n) return run;
    }
    for (size_t i = from; i < to; i++) {
        if (parts[i].row.dead * 3 > parts[i].row.n) return (Run){i, 1};
    }
    unsigned top = 0;
    for (size_t i = from; i < to; i++) {
        unsigned tier = tier_of(&parts[i].row);
        if (tier > top) top = tier;
    }
    for (unsigned tier = 0; tier <= top; tier++) {
        size_t start = to;
        while (start > from && tier_of(&parts[start - 1].row) <= tier) start--;
        start = worth_from(parts, fit_from(parts, start, to), to);
        if (to - start >= MERGE_FAN) return (Run){start, to - start};
    }
    return (Run){0, 0};
}

/* The lists one after the other: words, then vectors of each space. */
static Run find_run(const Store *s) {
    for (size_t from = 0; from < s->n_parts;) {
        size_t to = from + 1;
        while (to < s->n_parts && same_list(&s->parts[from], &s->parts[to])) to++;
        Run run = segs_choose(s->parts, from, to);
        if (run.n) return run;
        from = to;
    }
    return (Run){0, 0};
}

/* live[doc]: the chunk is still in the table. */
static Status live_chunks(Store *s, const LexSeg *seg, bool **out, Err *err) {
    assert(seg->n_docs >= 1); /* lex_view refuses a segment without */
    bool *live = mem_zalloc(seg->n_docs);
    *out = live;
    if (!live) return err_no_memory(err, "merging an index");
    sqlite3_stmt *q;
    bool row;
    TRY(sql_get(s, Q_CHUNK_IDS_BETWEEN, &q, err));
    (void)sqlite3_bind_int64(q, 1, seg->ids[0]);
    (void)sqlite3_bind_int64(q, 2, seg->ids[seg->n_docs - 1]);
    for (uint32_t doc = 0;;) {
        TRY(sql_step(s, q, &row, err));
        if (!row) return OK;
        int64_t id = sqlite3_column_int64(q, 0);
        while (doc < seg->n_docs && seg->ids[doc] < id) doc++;
        if (doc < seg->n_docs && seg->ids[doc] == id) live[doc] = true;
    }
}

/* The living chunks of the run as one file; *n 0: none lives, no file was written. */
static Status merge_lex(Store *s, Run run, const char *path, int64_t *n, Err *err) {
    const LexSeg *segs[2 * STORE_SEGMENTS_MAX];
    const bool *lives[2 * STORE_SEGMENTS_MAX];
    bool *owned[2 * STORE_SEGMENTS_MAX] = {0};
    Status status = OK;
    for (size_t i = 0; i < run.n && status == OK; i++) {
        segs[i] = &s->parts[run.from + i].lex;
        status = live_chunks(s, segs[i], &owned[i], err);
        lives[i] = owned[i];
    }
    uint32_t n_docs = 0;
    if (status == OK) status = store_advise(lex_merge(segs, lives, run.n, path, &n_docs, err), err);
    for (size_t i = 0; i < run.n; i++) mem_free(owned[i]);
    *n = n_docs;
    return status;
}

/* Codes are made anew from the vectors that are still there: so the dead are left out without a
   list of them. */
static Status merge_vec(Store *s, Run run, const char *path, int64_t *n, Err *err) {
    const SegRow *first = &s->parts[run.from].row, *last = &s->parts[run.from + run.n - 1].row;
    Codes c = {.dim = s->parts[run.from].vec.dim};
    sqlite3_stmt *q;
    TRY(sql_get(s, Q_VECTORS_BETWEEN, &q, err));
    (void)sqlite3_bind_int64(q, 1, first->space);
    (void)sqlite3_bind_int64(q, 2, first->first);
    (void)sqlite3_bind_int64(q, 3, last->last);
    Status status = codes_from_rows(s, q, &c, err);
    if (status == OK && c.n) status = vec_write(path, c.ids, c.codes, (uint32_t)c.n, c.dim, err);
    *n = (int64_t)c.n;
    codes_fini(&c);
    return status;
}

/* The row was put before its number was known; one without entries goes. */
static Status finish_row(Store *s, const SegRow *row, Err *err) {
    if (row->n == 0) return row_delete(s, row->id, err);
    return sql_run_ids(s, Q_SEGMENT_SET, row->id, row->n, err);
}

/* New row, new file, old rows gone. What was read is looked at for holes before anything is
   committed. */
static Status merge_in_tx(Store *s, Run run, Err *err) {
    const SegRow *a = &s->parts[run.from].row, *b = &s->parts[run.from + run.n - 1].row;
    SegRow row = {.kind = a->kind, .space = a->space, .first = a->first, .last = b->last};
    TRY(row_put(s, &row, err));
    char *path = segs_path(s, row.kind, row.id);
    if (!path) return err_no_memory(err, "a path");
    Status status = row.kind == SEG_LEX ? merge_lex(s, run, path, &row.n, err)
                                        : merge_vec(s, run, path, &row.n, err);
    mem_free(path);
    TRY(status);
    TRY(segs_intact(s, err)); /* what was read from them may be holes */
    TRY(finish_row(s, &row, err));
    for (size_t i = 0; i < run.n; i++) TRY(row_delete(s, s->parts[run.from + i].row.id, err));
    return OK;
}

/* The old files go last, when the commit is on the disk and nothing of ours has them open. */
static Status merge_run(Store *s, Run run, Err *err) {
    int64_t old[2 * STORE_SEGMENTS_MAX];
    assert(run.n >= 1 && run.n <= ARRAY_LEN(old) && run.from + run.n <= s->n_parts);
    SegKind kind = s->parts[run.from].row.kind;
    assert(same_list(&s->parts[run.from], &s->parts[run.from + run.n - 1])); /* one file of them */
    for (size_t i = 0; i < run.n; i++) old[i] = s->parts[run.from + i].row.id;
    TRY(sql_begin_synced(s, err));
    TRY(sql_end(s, merge_in_tx(s, run, err), err));
    TRY(segs_refresh(s, err));
    for (size_t i = 0; i < run.n; i++) unlink_segment(s, kind, old[i]);
    return OK;
}

/* Step by step until the policy is content. A segment that turns out to be cut is built anew, and
   merging goes on. */
Status segs_merge(Store *s, Err *err) {
    TRY(segs_refresh(s, err));
    for (int step = 0; step < 2 * STORE_SEGMENTS_MAX; step++) {
        Run run = find_run(s);
        if (run.n == 0) return OK;
        Status status = merge_run(s, run, err);
        if (status == OK) continue;
        if (segs_intact(s, NULL) == OK) return status;
        segs_close_all(s);
        TRY(segs_mend(s, err)); /* builds anew what was cut */
    }
    return OK;
}

/* ---- mending --------------------------------------------------------------------------------- */

/* A row that cannot be ours is passed over: repairing a store must not stop at it. */
static Status add_chunk_row(Store *s, sqlite3_stmt *q, LexBuilder *b, Buf *text, Err *err) {
    buf_clear(text);
    int64_t id = sqlite3_column_int64(q, 0);
    int64_t start = sqlite3_column_int64(q, 2), stop = sqlite3_column_int64(q, 3);
    if (start < 0 || stop < start || id <= 0 || id > STORE_IDS_MAX) return OK; /* not ours */
    TRY(docs_text(s, sqlite3_column_int64(q, 1), (size_t)start, (size_t)stop, text, err));
    return lex_builder_add(b, (uint32_t)id, sql_blob(q, 4), buf_str(text), err);
}

/* Segments for the chunks of [first, last], a new one whenever the builder is full. A segment ends
   only between two files: a file's chunks live in one. */
static Status rebuild_lex(Store *s, int64_t first, int64_t last, LexBuilder *b, Buf *text,
                          Err *err) {
    sqlite3_stmt *q;
    bool row;
    int64_t from = 0, to = 0, file = 0;
    TRY(sql_get(s, Q_CHUNKS_BETWEEN, &q, err));
    (void)sqlite3_bind_int64(q, 1, first);
    (void)sqlite3_bind_int64(q, 2, last);
    for (;;) {
        TRY(sql_step(s, q, &row, err));
        if (!row) break;
        bool full = lex_builder_bytes(b) > BUILDER_BYTES && sqlite3_column_int64(q, 1) != file;
        if (full) TRY(segs_add_lex(s, b, from, to, err));
        if (lex_builder_docs(b) == 0) from = sqlite3_column_int64(q, 0);
        to = sqlite3_column_int64(q, 0);
        file = sqlite3_column_int64(q, 1);
        TRY(add_chunk_row(s, q, b, text, err));
    }
    return lex_builder_docs(b) ? segs_add_lex(s, b, from, to, err) : OK;
}

/* rebuild_lex with a builder and a text of its own; both are large. */
static Status rebuild_lex_range(Store *s, int64_t first, int64_t last, Err *err) {
    LexBuilder *b;
    TRY(lex_builder_new(&b, err));
    Buf text;
    buf_init(&text, DOC_TEXT_MAX);
    Status status = rebuild_lex(s, first, last, b, &text, err);
    buf_fini(&text);
    lex_builder_free(b);
    return status;
}

/* The codes of vectors [first, last] as one segment. */
static Status rebuild_vec_range(Store *s, int64_t space, int64_t first, int64_t last, Err *err) {
    if (!s->space.id || space != s->space.id) return OK; /* of a space that is not used any more */
    Codes c = {.dim = s->space.dim};
    sqlite3_stmt *q;
    TRY(sql_get(s, Q_VECTORS_BETWEEN, &q, err));
    (void)sqlite3_bind_int64(q, 1, space);
    (void)sqlite3_bind_int64(q, 2, first);
    (void)sqlite3_bind_int64(q, 3, last);
    Status status = codes_from_rows(s, q, &c, err);
    if (status == OK) status = put_codes(s, &c, space, err);
    codes_fini(&c);
    return status;
}

/* In place of a damaged segment come new ones for the same ids. */
static Status rebuild_row(Store *s, const SegRow *row, Err *err) {
    TRY(sql_begin_synced(s, err));
    Status status = row_delete(s, row->id, err);
    if (status == OK) {
        status = row->kind == SEG_LEX
                     ? rebuild_lex_range(s, row->first, row->last, err)
                     : rebuild_vec_range(s, row->space, row->first, row->last, err);
    }
    TRY(sql_end(s, status, err));
    unlink_segment(s, row->kind, row->id);
    return OK;
}

/* Small files are read whole, of large ones the head and the table of checks: a writer must not
   wait for gigabytes. */
static bool row_damaged(Store *s, const SegRow *row, Err *why) {
    char *path = segs_path(s, row->kind, row->id);
    uint64_t size = 0;
    bool small = path && file_size(path, &size, NULL) == OK && size <= CHECK_ALL_BYTES;
    mem_free(path);
    SegPart part;
    Status status = part_open(s, row, small ? FRAME_CHECK_ALL : FRAME_CHECK_HEADER, &part, why);
    if (status == OK) part_close(&part);
    return status == E_CORRUPT || status == E_NOT_FOUND || status == E_UNSUPPORTED;
}

/* name: of a file in seg/, without the folder. */
static bool is_named(const SegRow *rows, size_t n, const char *name) {
    for (size_t i = 0; i < n; i++) {
        char own[SEGMENT_NAME];
        segment_name(rows[i].kind, rows[i].id, own);
        if (strcmp(own + strlen("seg/"), name) == 0) return true;
    }
    return false;
}

/* Counts files in seg/ that no row names, and deletes them when asked to. */
static Status list_orphans(Store *s, const SegRow *rows, size_t n, bool unlink_them,
                           uint32_t *found, Err *err) {
    char *path = file_join(s->dir, "seg");
    if (!path) return err_no_memory(err, "a path");
    DIR *dir = opendir(path);
    mem_free(path);
    *found = 0;
    if (!dir)
        return errno == ENOENT ? OK : err_set(err, E_IO, "store %s: %s", s->dir, strerror(errno));
    for (struct dirent *e; (e = readdir(dir));) {
        if (e->d_name[0] == '.' || is_named(rows, n, e->d_name)) continue;
        (*found)++;
        if (unlink_them) (void)unlinkat(dirfd(dir), e->d_name, 0);
    }
    closedir(dir);
    return OK;
}

/* Deletes them, once it is sure that their rows stay gone. */
static Status drop_orphans(Store *s, const SegRow *rows, size_t n, Err *err) {
    uint32_t found;
    TRY(list_orphans(s, rows, n, false, &found, err));
    if (!found) return OK;
    TRY(sql_begin_synced(s, err));
    Status status = sql_run_ids(s, Q_TALLY_TOUCH, 0, 0, err); /* a commit without a change */
    TRY(sql_end(s, status, err));                             /* would sync nothing */
    return list_orphans(s, rows, n, true, &found, err);
}

/* Each damaged segment in a transaction of its own, with a line for the user. */
static Status mend_rows(Store *s, const SegRow *rows, size_t n, Err *err) {
    for (size_t i = 0; i < n; i++) {
        Err why;
        if (!row_damaged(s, &rows[i], &why)) continue;
        store_note(s, "%s; it is built anew from the documents", why.message);
        TRY(rebuild_row(s, &rows[i], err));
    }
    return OK;
}

/* Segments of a Hearth that cut words in another way: the words of a question find none of theirs.
   Others stay. */
Status segs_renew(Store *s, Err *err) {
    SegRow *rows = mem_alloc_n(2 * STORE_SEGMENTS_MAX, sizeof *rows);
    if (!rows) return err_no_memory(err, "the list of segments");
    size_t n = 0, renewed = 0;
    Status status = read_rows(s, rows, &n, err);
    for (size_t i = 0; status == OK && i < n; i++) {
        SegPart part;
        bool open = rows[i].kind == SEG_LEX &&
                    part_open(s, &rows[i], FRAME_CHECK_HEADER, &part, NULL) == OK;
        bool old = open && lex_is_outdated(&part.lex);
        if (open) part_close(&part);
        if (old) status = rebuild_row(s, &rows[i], err);
        renewed += old;
    }
    mem_free(rows);
    return status == OK && renewed ? segs_refresh(s, err) : status;
}

/* Orphans go first, so that what is built anew has their room. */
Status segs_mend(Store *s, Err *err) {
    SegRow *rows = mem_alloc_n(2 * STORE_SEGMENTS_MAX, sizeof *rows);
    if (!rows) return err_no_memory(err, "the list of segments");
    size_t n;
    Status status = segs_read_space(s, err);
    if (status == OK) status = read_rows(s, rows, &n, err);
    if (status == OK) status = drop_orphans(s, rows, n, err);
    if (status == OK) status = mend_rows(s, rows, n, err);
    mem_free(rows);
    return status == OK ? segs_refresh(s, err) : status;
}

/* Is the row of a segment still there? A writer may have merged it since the list was read, and
   deleted its file. */
static Status row_stands(Store *s, int64_t id, bool *stands, Err *err) {
    SegRow *rows = mem_alloc_n(2 * STORE_SEGMENTS_MAX, sizeof *rows);
    if (!rows) return err_no_memory(err, "the list of segments");
    size_t n = 0;
    Status status = read_rows(s, rows, &n, err);
    *stands = false;
    for (size_t i = 0; status == OK && i < n; i++) *stands = *stands || rows[i].id == id;
    mem_free(rows);
    return status;
}

/* One segment, every byte. *bad: it is damaged, and why. The Status is of the check. */
static Status check_row(Store *s, const SegRow *row, bool *bad, Err *why, Err *err) {
    SegPart part;
    Status status = part_open(s, row, FRAME_CHECK_ALL, &part, why);
    *bad = status != OK;
    if (status == OK) part_close(&part);
    if (status == E_NO_MEMORY) return err_pass(err, why, status);
    return status == E_NOT_FOUND ? row_stands(s, row->id, bad, err) : OK;
}

/* Reads every byte. The first finding gets words, the others are counted. */
Status segs_check(Store *s, StoreCheck *out, Err *err) {
    SegRow *rows = mem_alloc_n(2 * STORE_SEGMENTS_MAX, sizeof *rows);
    if (!rows) return err_no_memory(err, "the list of segments");
    size_t n = 0;
    Status status = read_rows(s, rows, &n, err);
    if (status == OK) status = list_orphans(s, rows, n, false, &out->n_orphans, err);
    for (size_t i = 0; status == OK && i < n; i++) {
        Err why;
        bool bad;
        status = check_row(s, &rows[i], &bad, &why, err);
        if (status == OK && bad && out->n_bad_segments++ == 0 && !out->first_problem[0]) {
            (void)snprintf(out->first_problem, sizeof out->first_problem, "%s", why.message);
        }
    }
    out->segments_ok = out->n_bad_segments == 0;
    mem_free(rows);
    return status;
}

/* Rows of both kinds go and come in one transaction; until it is committed, readers see the old
   ones. */
Status segs_rebuild_all(Store *s, Err *err) {
    TRY(sql_begin(s, err));
    Status status = sql_exec(s, "DELETE FROM segment", err);
    if (status == OK) status = rebuild_lex_range(s, 0, STORE_IDS_MAX, err);
    if (status == OK) status = rebuild_vec_range(s, s->space.id, 0, STORE_IDS_MAX, err);
    TRY(sql_end(s, status, err));
    segs_close_all(s);
    return segs_mend(s, err); /* the old files are orphans now */
}
