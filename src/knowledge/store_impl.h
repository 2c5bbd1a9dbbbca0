/*
 * Inside of the store, for the files of this room only: the connection, its statements, the open
 * segments, and the few operations on them that ingest and search share.
 *
 * Rules that every file here keeps:
 *   - sql_begin/sql_commit bracket every change; a failed commit is rolled back by its owner.
 *   - A segment file is written and synced before the row that names it is committed, and deleted
 *     only after the row that named it is gone for good (sql_begin_synced).
 *   - Chunk and vector ids are never used twice (AUTOINCREMENT), and stay below 2^32.
 */
#ifndef HEARTH_KNOWLEDGE_STORE_IMPL_H
#define HEARTH_KNOWLEDGE_STORE_IMPL_H

#include <sqlite3.h>
#include <stdatomic.h>

#include "knowledge/chunk.h"
#include "knowledge/lex.h"
#include "knowledge/store.h"
#include "knowledge/vec.h"

/* A larger file is not read unless that is asked for. */
#define STORE_FILE_BYTES (UINT64_C(1) << 30)

enum {
    STORE_KEY_BYTES = 16,           /* BLAKE2b-256 cut to 128 bits: names texts, not secrets */
    TEXT_BLOCK_BYTES = 64 * 1024,   /* of extracted text in one compressed row */
    TEXT_BLOCKS_PER_FILE = 1 << 13, /* text.id = file.id * this + block */
    STORE_SEGMENTS_MAX = 200,       /* of one kind; merging keeps it far below */
    STORE_IDS_MAX = INT32_MAX,      /* chunks and vectors ever made in one store */
};

typedef enum StmtId {
    Q_BEGIN, Q_COMMIT, Q_ROLLBACK,
    Q_FILE_BY_PATH, Q_FILE_COPIES, Q_FILE_PUT, Q_FILE_TOUCH, Q_FILE_DELETE, Q_FILE_RANGE,
    Q_TEXT_PUT, Q_TEXT_GET, Q_TEXT_HAS, Q_TEXT_DELETE, Q_TEXT_BYTES,
    Q_CHUNK_PUT, Q_CHUNK_DELETE, Q_CHUNK_SPAN, Q_CHUNK_GET, Q_CHUNK_ALIVE, Q_CHUNKS_OF_FILE,
    Q_CHUNKS_BETWEEN,
    Q_CHUNK_IDS_BETWEEN, Q_CHUNK_PENDING, Q_CHUNK_PENDING_COUNT, Q_CHUNK_LINK, Q_CHUNKS_OF_VECTOR,
    Q_TALLY, Q_TALLY_TOUCH, Q_TALLY_ADD, Q_TALLY_ANEW, Q_READER, Q_READER_SET,
    Q_VECTOR_PUT, Q_VECTOR_BY_KEY, Q_VECTOR_GET, Q_VECTORS_AFTER, Q_VECTORS_BETWEEN, Q_VECTOR_GC,
    Q_VECTOR_NEXT,
    Q_SEGMENTS, Q_SEGMENT_PUT, Q_SEGMENT_SET, Q_SEGMENT_DELETE, Q_SEGMENT_DEAD,
    Q_SEGMENT_DEAD_VECTORS,
    Q_SPACE_ACTIVE, Q_SPACE_OFF, Q_SPACE_PUT, Q_SPACE_SPREAD, Q_CHUNKS_UNLINK,
    Q_ROOTS, Q_ROOT_PUT, Q_ROOT_SWEPT, Q_ROOT_DELETE_BELOW,
    Q_PLACE, Q_PLACE_SET, Q_PLACE_CLEAR,
    Q_EXCLUDED, Q_EXCLUDE_COUNT, Q_EXCLUDE_PUT, Q_EXCLUDE_DELETE,
    Q_JOB_START, Q_JOB_END, Q_JOBS_RUNNING,
    STMT_COUNT
} StmtId;

typedef enum SegKind { SEG_LEX, SEG_VEC } SegKind;

typedef struct SegRow { /* one row of table segment */
    int64_t id, space, n, dead, first, last;
    SegKind kind;
} SegRow;

typedef struct SegPart { /* an open segment; kind says which of the two is used */
    SegRow row;
    LexSeg lex;
    VecSeg vec;
} SegPart;

typedef struct Space {
    int64_t id; /* 0: none yet */
    uint32_t dim;
    float spread; /* standard deviation of cosines of unrelated passages; 0: not known */
    char model[128];
} Space;

struct Store {
    char *dir;
    int folder; /* the same, open: what it is called may change; -1 */
    sqlite3 *db;
    sqlite3_stmt *stmts[STMT_COUNT]; /* NULL until first used */
    StoreMode mode;
    int lock_fd; /* -1: none is held */
    bool in_tx, synced; /* synced: this transaction's commit waits for the disk */
    int64_t newly_embedded; /* chunks linked to a vector less unlinked, in this transaction */
    SegPart *parts; /* ordered by (kind, first); heap, moved whole */
    size_t n_parts, cap_parts; /* at most 2 * STORE_SEGMENTS_MAX */
    Space space; /* the active one, as of the last segs_refresh */
    char *block; /* [TEXT_BLOCK_BYTES] the text block that was unpacked last, */
    int64_t block_id;  /* -1: none, */
    size_t block_bytes; /* and what it holds */
    Buf notice;
};

/* ---- store_sql.c ----------------------------------------------------------------------------- */

/* A ready statement, reset and without bindings. */
Status sql_get(Store *s, StmtId id, sqlite3_stmt **out, Err *err) WARN_UNUSED;
/* *row: there is one. Resets the statement at the end and on failure. */
Status sql_step(Store *s, sqlite3_stmt *stmt, bool *row, Err *err) WARN_UNUSED;
/* For statements without rows. */
Status sql_run(Store *s, sqlite3_stmt *stmt, Err *err) WARN_UNUSED;
/* The same for one that takes at most two numbers: `a` and `b` are bound where it has a place for
   them. */
Status sql_run_ids(Store *s, StmtId id, int64_t a, int64_t b, Err *err) WARN_UNUSED;
/* Statements of ours in one text, without bindings and results. */
Status sql_exec(Store *s, const char *text, Err *err) WARN_UNUSED;
/* What SQLite said last, as a Status of ours with the store's name and a hint. Returns it. */
Status sql_error(Store *s, int code, Err *err);
/* Says how to repair the store when `status` is E_CORRUPT and nobody has said what to do yet.
   Returns `status`. */
Status store_advise(Status status, Err *err);
/* "SELECT <one number>" with `a` bound where the statement has a place for it. */
Status sql_number(Store *s, StmtId id, int64_t a, int64_t *out, Err *err) WARN_UNUSED;
Status sql_begin(Store *s, Err *err) WARN_UNUSED; /* nothing when one is open already */
/* The commit waits until it, and all before it, would survive a power loss: for what files are
   deleted on the strength of. Not within a transaction. */
Status sql_begin_synced(Store *s, Err *err) WARN_UNUSED;
/* Nothing when no transaction is open. A failed one is rolled back here; counters of the report are
   the caller's to mend. */
Status sql_commit(Store *s, Err *err) WARN_UNUSED;
/* Commits what went well so far (`status`), or takes all of it back. The first that went wrong. */
Status sql_end(Store *s, Status status, Err *err) WARN_UNUSED;
/* Fine at any time. Statements that are half-way through their rows are reset; the tally is as
   before the transaction. */
void sql_rollback(Store *s);
/* One snapshot for several reads. */
Status sql_read_begin(Store *s, Err *err) WARN_UNUSED;
/* Fine when none was begun; a transaction for writing stays open. */
void sql_read_end(Store *s);
Str sql_blob(sqlite3_stmt *stmt, int column); /* valid until the next step */
/* As a BLOB. The bytes are borrowed until the statement is bound anew or reset by sql_get. */
void sql_bind_str(sqlite3_stmt *stmt, int index, Str s);
/* Before the connection is closed. */
void sql_finalize_all(Store *s);
/* In an empty database, in a transaction of its own. */
Status sql_create_schema(Store *s, Err *err) WARN_UNUSED;
enum { SQL_NAME_MAX = 64 };
/* Is a table of the database (NULL: all that it holds) as sql_create_schema makes it? Else what is
   not, where that has a name; "" when the database could not be read. */
bool sql_is_own(sqlite3 *db, const char *table, char stranger[SQL_NAME_MAX]) WARN_UNUSED;

/* ---- store_docs.c ---------------------------------------------------------------------------- */

/* What is written down of who read the files last. Raise the number when a reader learns a kind of
   file, or to see more of one (ingest_file.c, has_learned): both are then read anew. */
#define STORE_READERS HEARTH_VERSION " readers 14"

typedef struct FileRow {
    int64_t id;
    Str path;
    int64_t size_bytes, mtime_ns, inode;
    uint8_t hash[32];
    FileState state;
    const char *reason;
    const Doc *doc; /* NULL unless FILE_READ */
    size_t n_chunks;
    char kind[FILE_KIND_BYTES]; /* the format where there is no doc: "archive (gzip)" */
} FileRow;

/* What a stat is compared with; *found false when the path is new. Only id, sizes, hash, state and
   kind are filled in. */
Status docs_lookup(Store *s, Str path, FileRow *out, bool *found, Err *err) WARN_UNUSED;
/* The hash of all bytes of a file: BLAKE2b over the BLAKE2b digests of each MiB. *why: a sentence's
   end on failure. E_LIMIT: more bytes than `most`, whatever its stat said; E_CANCELLED: `cancel`,
   which may be NULL, was raised. */
Status docs_hash(int fd, uint64_t most, const atomic_bool *cancel, uint8_t out[32],
                 const char **why) WARN_UNUSED;
/* "path/" and "path0": everything below path lies between them. */
Status docs_range(Arena *arena, Str path, Str *low, Str *high, Err *err) WARN_UNUSED;
/* Replaces whatever stands under row->path; sets row->id. Old chunks go. */
Status docs_put_file(Store *s, FileRow *row, Err *err) WARN_UNUSED;
/* The text of a document whose row was just put. In a transaction; at most DOC_TEXT_MAX bytes. */
Status docs_put_text(Store *s, int64_t file, Str text, Err *err) WARN_UNUSED;
/* The line marks of a document (lines.h): written once beside its text, read whole. */
Status docs_put_lines(Store *s, int64_t file, Str marks, Err *err) WARN_UNUSED;
/* Appends them all; nothing when the document has none, or is of a store that kept none. */
Status docs_lines(Store *s, int64_t file, Buf *out, Err *err) WARN_UNUSED;
/* Inserts the chunk; links a vector that its text has already (*linked). */
Status docs_put_chunk(Store *s, int64_t file, const Chunk *chunk, Str text, int64_t *id,
                      bool *linked, Err *err) WARN_UNUSED;
/* The vector that the text of this key has in the active space; 0: none. */
Status docs_vector_of(Store *s, const uint8_t key[STORE_KEY_BYTES], int64_t *id,
                      Err *err) WARN_UNUSED;
/* Removes chunks and text of a file; the file row as well when whole. */
Status docs_delete(Store *s, int64_t file, bool whole, Err *err) WARN_UNUSED;
/* Vectors that no chunk uses any more go. In a transaction. */
Status docs_collect_vectors(Store *s, Err *err) WARN_UNUSED;
typedef struct PassageRow { /* of table chunk, for who holds it against its text */
    int64_t file;
    size_t start, end; /* bytes of the file's text */
    Str context, key;
} PassageRow;

/* *whole: the text of the passage, below its context line, is what was put under its key. A block
   that cannot be unpacked is no failure here. `text` is scratch. */
Status docs_passage_whole(Store *s, const PassageRow *row, Buf *text, bool *whole,
                          Err *err) WARN_UNUSED;
/* Appends bytes [start,end) of the text. */
Status docs_text(Store *s, int64_t file, size_t start, size_t end, Buf *out, Err *err) WARN_UNUSED;

/* ---- yardstick.c ----------------------------------------------------------------------------- */

/* Measures s->space.spread of the active space from the vectors that there are, and writes it down;
   nothing without a space. To be called whenever vectors came or went. Sees the same vectors in
   the same order whatever the store held before. */
Status store_measure_spread(Store *s, Err *err) WARN_UNUSED;

/* ---- store_segs.c ---------------------------------------------------------------------------- */

/* Opens what the database names and closes what it no longer does. Call inside a snapshot. */
Status segs_refresh(Store *s, Err *err) WARN_UNUSED;
/* The active space alone, as the database has it now. */
Status segs_read_space(Store *s, Err *err) WARN_UNUSED;
/* Pointers into segments end; the next segs_refresh opens what is needed. */
void segs_close_all(Store *s);
/* E_CORRUPT: one of them was cut since it was opened; what was read from it is worthless. */
Status segs_intact(const Store *s, Err *err) WARN_UNUSED;
/* Inside a transaction: writes the builder's chunks [first..last] as one new segment. */
Status segs_add_lex(Store *s, LexBuilder *b, int64_t first, int64_t last, Err *err) WARN_UNUSED;
/* Codes for the vectors that no segment covers, when there are at least `least`. */
Status segs_add_vec(Store *s, uint64_t least, Err *err) WARN_UNUSED;
typedef struct Run { /* neighbours in a list of segments */
    size_t from, n;
} Run;
/* What the policy wants merged in the list [from, to) of one kind and space, in order of ids;
   n = 0: nothing. The run never holds more than one segment may. */
Run segs_choose(const SegPart *parts, size_t from, size_t to) WARN_UNUSED;
/* Merges small neighbours and rewrites half-dead segments, each in its own transaction. */
Status segs_merge(Store *s, Err *err) WARN_UNUSED;
/* After open for writing: orphans go, damaged segments are built anew, and said so. */
Status segs_mend(Store *s, Err *err) WARN_UNUSED;
/* Builds lexical segments anew whose words were cut as they are no more (lex_is_outdated). */
Status segs_renew(Store *s, Err *err) WARN_UNUSED;
/* Every segment from SQLite, in one transaction; the old files go afterwards. */
Status segs_rebuild_all(Store *s, Err *err) WARN_UNUSED;
/* Reads every byte; counts damaged segments and files nobody names. */
Status segs_check(Store *s, StoreCheck *out, Err *err) WARN_UNUSED;
/* The highest vector id that a segment of the active space covers. */
int64_t segs_vec_last(const Store *s);

/* ---- store.c --------------------------------------------------------------------------------- */

/* One more line of what store_notice tells; left out where there is no room for it. */
void store_note(Store *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* E_USAGE unless the store was opened with STORE_WRITE. */
Status store_need_write(const Store *s, Err *err) WARN_UNUSED;
/* Makes `embedder`'s space the active one; chunks of another are unlinked. In a transaction. */
Status store_use_space(Store *s, const StoreEmbedder *embedder, Err *err) WARN_UNUSED;

#endif
