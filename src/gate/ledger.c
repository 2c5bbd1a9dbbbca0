/*
 * The egress ledger: what left this machine, one record a line, chained by hashes.
 *
 *     N begin {"time":...,"endpoint":...,"messages":[...]} HASH
 *     N end {"entry":N,"outcome":"ok",...} HASH
 *
 * N counts all records from 1; the number of a begin record names the entry. HASH is the
 * BLAKE2b-256 of the previous record's HASH (64 zeros for the first), a blank and the line up to
 * the blank before its own HASH. So the lines can be read with any pager, checked with any
 * BLAKE2b, and none can be changed, inserted, moved or taken out without breaking the chain behind
 * it. What a chain cannot show is that its end was cut off, or that somebody wrote all of it anew.
 * For that its last record is kept beside it and elsewhere, sealed (ledger_head.c); and `hearth
 * egress verify` prints the last hash, which whoever has it elsewhere can compare.
 *
 * So an entry of a small question reads (hashes and time cut short here):
 *
 *     1 begin {"time":"2026-...","unix":1795749444,"endpoint":"e1","dest":"public","host":
 *       "api.example.com","model":"m","why":"ask","conversation":"c1","found":{"person":1},
 *       "masked":1,"kept":0,"bytes":26,"sha256":"9f74...","messages":[{"role":"user","text":
 *       "Who is Vanora Jellicombe?"}]} 09fb...
 *     2 end {"time":"2026-...","unix":1795749446,"entry":1,"endpoint":"e1","outcome":"ok",
 *       "sent_bytes":173,"tokens_in":11,"tokens_out":22,"cost":0.231,"estimated":false} 22c7...
 *
 * and whoever doubts record 2 checks it without Hearth, with coreutils: everything of its line
 * before the last blank, behind the hash of record 1 and a blank, without a line feed:
 *
 *     printf '%s %s' 09fb... '2 end {...}' | b2sum -l 256          prints 22c7...
 *
 * Nothing leaves without an entry, and there is no entry without the user's consent to its endpoint
 * (consent.c). An entry is begun with the whole masked request, as it will leave, and synced before
 * the first byte does; its end tells the outcome, bytes, tokens and cost. A begun entry without an
 * end says: this may have left.
 *
 * Appending happens under a lock on the file, as one write and a sync. A crash may leave a piece of
 * a line at the end. It is no record, for a record ends with its hash; the next one begins on a new
 * line, is chained to the last record and says how many bytes lie between ("torn"): told, not
 * repaired.
 *
 * This is the one file of Hearth that is not a frame: it must stay readable without Hearth. In a
 * sealed home it cannot be that: there each record is a piece of a sealed log (base/sealed_log.h),
 * whose text is the above; what a crash left between two pieces reads as that many '?'.
 *
 * Limits: a record of 128 MiB, 2^32 records.
 */
#include "gate/ledger.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault_guard.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/plain.h"
#include "base/sealed_log.h"
#include "base/sealing.h"
#include "gate/cloud.h"
#include "gate/gate_impl.h"
#include "gate/ledger_impl.h"
#include "gate/parcel_impl.h"

enum {
    HEAD_MAX = 32,
    TAIL_BYTES = HASH_HEX + 1, /* "} HASH" */
    LOCK_WAIT_MS = 5000
};
#define NO_HASH "0000000000000000000000000000000000000000000000000000000000000000"

/* What one finished entry cost: all that a budget asks for. */
typedef struct Spent {
    int64_t time;
    uint64_t endpoint; /* hash of its name */
    double cost;
} Spent;

struct Ledger {
    char *path;
    char *last;   /* where its end is kept a second time; NULL: nowhere */
    Vault *vault; /* borrowed */
    Spent *spent;
    size_t n_spent, cap_spent;
    struct {
        uint64_t id;
        char endpoint[65];
    } open[16]; /* entries begun here, the latest last over the oldest */
    size_t n_open;
    struct Summed *summed; /* the chain as far as its costs are in `spent`; NULL: none is yet */
};

_Static_assert(sizeof ((Ledger){0}).open[0].endpoint >= GATE_NAME_MAX,
               "an end names its endpoint as it is: spending is summed by it");
_Static_assert(sizeof NO_HASH == HASH_HEX && sizeof NO_HASH == sizeof ((GateLedgerCheck){0}).head,
               "a hash in all its places");

/* Where the chain goes on. */
typedef struct Tail {
    char hash[HASH_HEX];
    uint64_t n;    /* of the last whole record */
    uint64_t torn; /* bytes behind it */
    bool open_line; /* the file does not end with a line feed */
} Tail;

Status ledger_open(const char *folder, Vault *vault, Ledger **out, Err *err) {
    Ledger *ledger = mem_zalloc(sizeof *ledger);
    if (ledger) ledger->vault = vault;
    if (ledger) ledger->path = file_join(folder, "egress.log");
    if (!ledger || !ledger->path) {
        mem_free(ledger);
        return err_no_memory(err, "the ledger");
    }
    *out = ledger;
    return OK;
}

void ledger_close(Ledger *ledger) {
    if (!ledger) return;
    mem_free(ledger->path);
    mem_free(ledger->last);
    mem_free(ledger->spent);
    mem_free(ledger->summed);
    mem_free(ledger);
}

Status gate_ledger_keep_last(Gate *gate, const char *path, Err *err) {
    char *copy = mem_strdup(path);
    if (!copy) return err_no_memory(err, "the ledger");
    mem_free(gate->ledger->last);
    gate->ledger->last = copy;
    return OK;
}

/* ---- lines --------------------------------------------------------------------------------- */

static bool is_hex(Str s) {
    uint8_t digest[HASH_BYTES];
    return hash_from_hex(s, digest);
}

/* "N begin {" or "N end {" at the beginning; returns where the brace is, 0: neither. */
static size_t head_split(Str line, uint64_t *n, bool *begins) {
    size_t at = 0;
    *n = 0;
    for (; at < line.n && plain_is_digit(line.p[at]) && *n < UINT32_MAX; at++) {
        *n = *n * 10 + (uint64_t)(line.p[at] - '0');
    }
    Str rest = str_sub(line, at, line.n);
    *begins = str_starts(rest, STR(" begin {"));
    if (*n == 0 || (!*begins && !str_starts(rest, STR(" end {")))) return 0;
    return at + (*begins ? 7 : 5);
}

/* "} HASH" at the end. */
static bool has_hash(Str line) {
    if (line.n <= TAIL_BYTES) return false;
    Str tail = str_sub(line, line.n - TAIL_BYTES, line.n);
    return str_starts(tail, STR("} ")) && is_hex(str_sub(tail, 2, tail.n));
}

/* "N word {...} HASH" taken apart; false: no record. */
static bool record_split(Str line, LedgerRecord *out) {
    size_t brace = head_split(line, &out->n, &out->begins);
    if (!brace || !has_hash(line) || brace + TAIL_BYTES > line.n) return false;
    out->hash = str_sub(line, line.n - HASH_HEX + 1, line.n);
    out->body = str_sub(line, 0, line.n - HASH_HEX);
    out->json = str_sub(line, brace, line.n - HASH_HEX);
    return true;
}

/* Hash of a record: over the one before it, a blank, and its own line without its hash. */
static void chain(Str hash, Str body, char out[HASH_HEX]) {
    uint8_t digest[HASH_BYTES];
    Buf all;
    assert(hash.n == HASH_HEX - 1);
    buf_init(&all, LEDGER_RECORD_MAX + 256);
    buf_add_str(&all, hash);
    buf_add_byte(&all, ' ');
    buf_add_str(&all, body);
    hash_blake2b(all.p, all.n, digest);
    hash_hex(digest, out);
    if (all.status != OK) out[0] = 0; /* no memory: equal to no hash */
    buf_fini(&all);
}

static Status io_error(const Ledger *ledger, const char *what, Err *err) {
    return err_set(err, E_IO, "cannot %s the ledger %s: %s", what, ledger->path, strerror(errno));
}

/* ---- the end of the file ------------------------------------------------------------------- */

/* What the end is looked for in: an open file, or the last piece of a sealed one. */
typedef struct Source {
    const Ledger *ledger;
    int fd;
    uint64_t size;
    Buf piece; /* .p NULL: it is the file's */
    bool sealed;
} Source;

/* The file's size, or the last piece of a sealed one. Whatever it returns, the caller finis
   source->piece. A plain ledger in a sealed home is refused by sealing_may_read. */
static Status source_open(const Ledger *ledger, int fd, Source *source, Err *err) {
    struct stat info;
    *source = (Source){.ledger = ledger, .fd = fd, .sealed = sealed_log_is(fd)};
    buf_init(&source->piece, 2 * (size_t)LEDGER_RECORD_MAX);
    if (fstat(fd, &info) != 0) return io_error(ledger, "read", err);
    source->size = (uint64_t)info.st_size;
    if (source->size || source->sealed) {
        TRY(sealing_may_read(ledger->path, source->sealed, err));
    }
    if (!source->sealed) return OK;
    TRY(sealed_log_tail(fd, ledger->path, &source->piece, err));
    source->size = source->piece.n;
    return OK;
}

/* n bytes at `at`, all of them within size. */
static Status read_at(const Source *source, char *to, size_t n, uint64_t at, Err *err) {
    assert(n <= source->size && at <= source->size - n);
    if (source->sealed) {
        memcpy(to, source->piece.p + at, n);
        return OK;
    }
    while (n) {
        ssize_t got = pread(source->fd, to, n, (off_t)at);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return io_error(source->ledger, "read", err);
        to += got;
        n -= (size_t)got;
        at += (uint64_t)got;
    }
    return OK;
}

/* Where the line begins that ends before `end` (its line feed not counted). */
static Status line_start(const Source *source, uint64_t end, uint64_t *start, Err *err) {
    char step[4096];
    assert(end <= source->size);
    while (end) {
        size_t n = end < sizeof step ? (size_t)end : sizeof step;
        TRY(read_at(source, step, n, end - n, err));
        for (size_t i = n; i > 0; i--) {
            if (step[i - 1] != '\n') continue;
            *start = end - n + i;
            return OK;
        }
        end -= n;
    }
    *start = 0;
    return OK;
}

/* Is the line [start, stop) a record? By its two ends: it may be long. */
static Status tail_record(const Source *source, const uint64_t range[2], Tail *tail, bool *found,
                          Err *err) {
    char head[HEAD_MAX], end[TAIL_BYTES];
    size_t size = (size_t)(range[1] - range[0]), n = size < HEAD_MAX ? size : HEAD_MAX;
    bool begins;
    assert(range[0] <= range[1] && range[1] <= source->size);
    *found = false;
    if (size < HEAD_MAX + TAIL_BYTES) return OK; /* no record is that short */
    TRY(read_at(source, head, n, range[0], err));
    TRY(read_at(source, end, TAIL_BYTES, range[1] - TAIL_BYTES, err));
    *found = head_split((Str){head, n}, &tail->n, &begins) != 0 && end[0] == '}' &&
             end[1] == ' ' && is_hex((Str){end + 2, HASH_HEX - 1});
    if (*found) memcpy(tail->hash, end + 2, HASH_HEX - 1);
    return OK;
}

/* Walks back over what is no record. Time: the torn end and one record's ends, not the file. */
static Status tail_read(const Source *source, Tail *tail, Err *err) {
    *tail = (Tail){.hash = NO_HASH};
    char last = '\n';
    uint64_t size = source->size, end = size, range[2];
    bool found = false;
    if (size) TRY(read_at(source, &last, 1, size - 1, err));
    tail->open_line = last != '\n';
    while (end && !found) {
        range[1] = end == size && tail->open_line ? end : end - 1;
        TRY(line_start(source, range[1], &range[0], err));
        TRY(tail_record(source, range, tail, &found, err));
        if (!found) end = range[0];
    }
    if (!found) tail->n = 0;
    assert(end <= size && (found || end == 0));
    tail->torn = size - end;
    return OK;
}

/* What is to be written. */
typedef struct Draft {
    const char *word; /* "begin" or "end" */
    Str fields;       /* JSON without its opening brace */
    LedgerHead kept, head; /* of the record before it, as it was kept; of this one */
} Draft;

/* The record behind `tail` as it will stand in the file. */
static Status record_line(const Tail *tail, Draft *draft, Buf *line, Err *err) {
    Buf body;
    char *hash = draft->head.hash;
    LedgerHead found = {.n = tail->n};
    assert(strlen(tail->hash) == HASH_HEX - 1); /* the chain is continued, whatever it is */
    memcpy(found.hash, tail->hash, HASH_HEX);
    draft->head.n = tail->n + 1;
    buf_init(&body, LEDGER_RECORD_MAX);
    buf_printf(&body, "%" PRIu64 " %s {", draft->head.n, draft->word);
    if (tail->torn) buf_printf(&body, "\"torn\":%" PRIu64 ",", tail->torn);
    ledger_head_claim(&draft->kept, &found, &body);
    buf_add_str(&body, draft->fields);
    chain(str_from(tail->hash), buf_str(&body), hash);
    if (tail->open_line) buf_add_byte(line, '\n');
    buf_add_str(line, buf_str(&body));
    buf_printf(line, " %s\n", hash);
    Status status = buf_check(&body, "a record of the ledger", err);
    buf_fini(&body);
    if (status == OK) status = buf_check(line, "a record of the ledger", err);
    if (status == OK && !hash[0]) status = err_no_memory(err, "a record of the ledger");
    return status;
}

/* On the disk when it returns OK. After a failure a piece of it may be: the next record says so. */
static Status write_line(const Source *source, Str line, Err *err) {
    const Ledger *ledger = source->ledger;
    assert(line.n > 0 && line.p[line.n - 1] == '\n'); /* what has none is no record */
    if (source->sealed) {
        TRY(sealed_log_add(source->fd, ledger->path, line, err));
    } else {
        if (lseek(source->fd, 0, SEEK_END) < 0) return io_error(ledger, "write", err);
        TRY(file_write_all(source->fd, line.p, line.n, ledger->path, err));
    }
    return fsync(source->fd) == 0 ? OK : io_error(ledger, "sync", err);
}

/* Appends one record. The head is got once before the lock is taken, only so that the vault has its
   key by then: under the ledger's lock nobody waits for the vault's. Behind write_line the record
   counts (*n is set), also when keeping its head fails. */
static Status append(Ledger *ledger, const char *word, Str fields, uint64_t *n, Err *err) {
    Source source;
    Tail tail;
    Buf line;
    int fd;
    Draft draft = {.word = word, .fields = fields};
    TRY(ledger_head_get(ledger->vault, ledger->last, &draft.kept, err));
    bool fresh = !file_exists(ledger->path);
    TRY(file_lock_wait(ledger->path, LOCK_WAIT_MS, &fd, err));
    buf_init(&line, LEDGER_RECORD_MAX);
    Status status = source_open(ledger, fd, &source, err);
    if (status == OK) status = tail_read(&source, &tail, err);
    if (status == OK) status = ledger_head_get(ledger->vault, ledger->last, &draft.kept, err);
    if (status == OK) status = record_line(&tail, &draft, &line, err);
    if (status == OK) status = write_line(&source, buf_str(&line), err);
    if (status == OK && fresh) status = file_sync_parent(ledger->path, err);
    assert(status != OK || draft.head.n == tail.n + 1);
    if (status == OK) *n = draft.head.n; /* it is there, whatever comes */
    if (status == OK) status = ledger_head_put(ledger->vault, ledger->last, &draft.head, err);
    buf_fini(&source.piece);
    buf_fini(&line);
    file_unlock(fd);
    return status;
}

/* ---- records ------------------------------------------------------------------------------- */

static void add_time(JsonWriter *w) {
    char text[32];
    time_t now = (time_t)clock_real_s();
    struct tm tm;
    gmtime_r(&now, &tm);
    (void)plain_time(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    jsonw_put_str(w, "time", str_from(text));
    jsonw_put_int(w, "unix", now);
}

static void add_calls(JsonWriter *w, const GateMessage *m) {
    if (!m->n_calls) return;
    jsonw_put_array(w, "calls");
    for (size_t i = 0; i < m->n_calls; i++) {
        jsonw_object_begin(w);
        jsonw_put_str(w, "id", m->calls[i].id);
        jsonw_put_str(w, "name", m->calls[i].name);
        jsonw_put_str(w, "arguments", m->calls[i].arguments);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void add_texts(JsonWriter *w, const GateRequest *r) {
    jsonw_put_array(w, "messages");
    for (size_t i = 0; i < r->n_messages; i++) {
        const GateMessage *m = r->messages + i;
        jsonw_object_begin(w);
        jsonw_put_str(w, "role", str_from(gate_role_name(m->role)));
        jsonw_put_str(w, "text", m->text);
        add_calls(w, m);
        if (m->call_id.n) jsonw_put_str(w, "call_id", m->call_id);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    if (r->n_tools) jsonw_put_array(w, "tools");
    for (size_t i = 0; i < r->n_tools; i++) {
        jsonw_object_begin(w);
        jsonw_put_str(w, "name", r->tools[i].name);
        jsonw_put_str(w, "description", r->tools[i].description);
        jsonw_put_str(w, "schema", r->tools[i].schema);
        jsonw_object_end(w);
    }
    if (r->n_tools) jsonw_array_end(w);
    if (r->schema.n) jsonw_put_str(w, "schema", r->schema);
}

static void add_report(JsonWriter *w, const GateParcel *parcel) {
    char digest[HASH_HEX];
    hash_hex(parcel->digest, digest);
    jsonw_put_object(w, "found");
    for (int t = 0; t < SCAN_TYPE_COUNT; t++) {
        size_t found = parcel->report.found[t];
        if (found) jsonw_put_int(w, scan_type_name((ScanType)t), (int64_t)found);
    }
    jsonw_object_end(w);
    jsonw_put_int(w, "masked", (int64_t)parcel->report.masked);
    jsonw_put_int(w, "kept", (int64_t)parcel->report.kept);
    jsonw_put_int(w, "bytes", (int64_t)parcel->report.bytes);
    jsonw_put_str(w, "sha256", str_from(digest));
}

/* The object is written whole; what is handed on begins behind its brace. */
static Str without_brace(const Buf *buf) {
    return buf->n ? str_sub(buf_str(buf), 1, buf->n) : STR("}");
}

/* An end names its endpoint too, so that spending is summed without reading the texts again. */
static void remember_open(Ledger *ledger, uint64_t id, const char *endpoint) {
    size_t at = ledger->n_open++ % ARRAY_LEN(ledger->open);
    assert(id > 0); /* 0 is a free place */
    ledger->open[at].id = id;
    (void)snprintf(ledger->open[at].endpoint, sizeof ledger->open[at].endpoint, "%s", endpoint);
}

static const char *open_endpoint(const Ledger *ledger, uint64_t id) {
    for (size_t i = 0; i < ARRAY_LEN(ledger->open); i++) {
        if (ledger->open[i].id == id) return ledger->open[i].endpoint;
    }
    return "";
}

/* Open texts may leave as they are: nobody has to agree to what holds nothing of anybody's. */
static bool all_open(const GateRequest *r) {
    for (size_t i = 0; i < r->n_messages; i++) {
        if (r->messages[i].label != GATE_OPEN) return false;
    }
    return true;
}

/* Consent is asked here and not by callers, so that no way to a record, and so none to the network,
   goes around it. */
Status gate_ledger_begin(Gate *gate, const GateParcel *parcel, const char *host, const char *model,
                         uint64_t *id, Err *err) {
    const GateRequest *r = &parcel->masked;
    GateConsent consent = {r->endpoint, r->dest, host, NULL};
    if (!all_open(r)) TRY(consent_need(gate, &consent, err));
    Buf out;
    buf_init(&out, LEDGER_RECORD_MAX);
    JsonWriter w = jsonw_init(&out);
    jsonw_object_begin(&w);
    add_time(&w);
    jsonw_put_str(&w, "endpoint", str_from(r->endpoint));
    jsonw_put_str(&w, "dest", str_from(gate_dest_name(r->dest)));
    jsonw_put_str(&w, "host", str_from(host));
    jsonw_put_str(&w, "model", str_from(model));
    jsonw_put_str(&w, "why", str_from(r->why));
    jsonw_put_str(&w, "conversation", str_from(r->conversation));
    add_report(&w, parcel);
    add_texts(&w, r);
    jsonw_object_end(&w);
    Status status = buf_check(&out, "a record of the ledger", err);
    if (status == OK) status = append(gate->ledger, "begin", without_brace(&out), id, err);
    if (status == OK) remember_open(gate->ledger, *id, r->endpoint);
    buf_fini(&out);
    return status;
}

Status gate_ledger_end(Gate *gate, uint64_t id, Status outcome, uint64_t sent_bytes,
                       const GateUsage *usage, Err *err) {
    Ledger *ledger = gate->ledger;
    Buf out;
    uint64_t n;
    assert(id > 0); /* of a record that gate_ledger_begin wrote */
    buf_init(&out, 4096);
    JsonWriter w = jsonw_init(&out);
    jsonw_object_begin(&w);
    add_time(&w);
    jsonw_put_int(&w, "entry", (int64_t)id);
    jsonw_put_str(&w, "endpoint", str_from(open_endpoint(ledger, id)));
    jsonw_put_str(&w, "outcome", str_from(status_info(outcome)->name));
    jsonw_put_int(&w, "sent_bytes", (int64_t)sent_bytes);
    if (usage) {
        jsonw_put_int(&w, "tokens_in", (int64_t)usage->tokens_in);
        jsonw_put_int(&w, "tokens_out", (int64_t)usage->tokens_out);
        jsonw_put_real(&w, "cost", usage->cost, 12);
        jsonw_put_bool(&w, "estimated", usage->estimated);
    }
    jsonw_object_end(&w);
    Status status = buf_check(&out, "a record of the ledger", err);
    if (status == OK) status = append(ledger, "end", without_brace(&out), &n, err);
    buf_fini(&out);
    return status;
}

/* ---- reading ------------------------------------------------------------------------------- */

/* The file as one text; absent is empty. */
typedef struct Pages {
    FileMap map;
    FaultGuard *guard;
    Buf opened; /* of a sealed ledger */
} Pages;

static const size_t OPENED_MAX = (size_t)16 << 30;

/* The mapping is read, if it is a sealed log, and needed no more. */
static Status pages_unseal(const Ledger *ledger, Pages *pages, Err *err) {
    bool sealed = sealed_log_is(pages->map.fd);
    TRY(sealing_may_read(ledger->path, sealed, err));
    return sealed ? sealed_log_read(pages->map.fd, ledger->path, &pages->opened, err) : OK;
}

/* Mapped, with a guard against a file that is cut while it is read; absent or empty is an empty
   text. After OK pages_close, which tells whether it was cut. */
static Status pages_open(const Ledger *ledger, Pages *pages, Err *err) {
    *pages = (Pages){.map = {.fd = -1}};
    buf_init(&pages->opened, OPENED_MAX);
    uint64_t size = 0;
    if (!file_exists(ledger->path)) return OK;
    TRY(file_size(ledger->path, &size, err));
    if (size == 0) return OK;
    TRY(file_map(ledger->path, &pages->map, err));
    Status status = fault_guard_add(pages->map.p, pages->map.n, &pages->guard, err);
    if (status == OK) status = pages_unseal(ledger, pages, err);
    if (status == OK) return OK;
    fault_guard_remove(pages->guard);
    file_unmap(&pages->map);
    buf_fini(&pages->opened);
    return status;
}

static Str pages_text(const Pages *pages) {
    if (pages->opened.p) return buf_str(&pages->opened);
    return (Str){(const char *)pages->map.p, pages->map.n};
}

static Status pages_close(const Ledger *ledger, Pages *pages, Err *err) {
    bool hit = fault_guard_hit(pages->guard);
    fault_guard_remove(pages->guard);
    if (pages->map.p) file_unmap(&pages->map);
    buf_fini(&pages->opened);
    return hit ? err_set(err, E_CORRUPT, "%s was cut while it was read", ledger->path) : OK;
}

/* The next line from *at, without its line feed; the last one may have none. false: no more. */
static bool next_line(Str all, size_t *at, Str *line) {
    if (*at >= all.n) return false;
    *line = str_line(all, at);
    return true;
}

/* ---- verifying ----------------------------------------------------------------------------- */

/* A reading from record 1 on; `hash` and good_end are those of the last record in the chain. */
typedef struct Verifying {
    GateLedgerCheck *check;
    Str all;
    char hash[HASH_HEX];
    size_t good_end; /* behind the last record that is in the chain */
    const LedgerHead *kept; /* NULL: nobody knows where it ended */
    bool met;               /* its record is in the chain */
    LedgerTrail trail;
    LedgerHead cut; /* n > 0: what a record says was the end, and is not there */
} Verifying;

/* What the record says lay between it and the one before it. */
static uint64_t torn_of(const LedgerRecord *record) {
    Json *json = NULL;
    int64_t torn = 0;
    JsonLimits limits = {.max_bytes = LEDGER_RECORD_MAX};
    if (!str_starts(record->json, STR("{\"torn\":"))) return 0;
    if (json_parse(record->json, &limits, &json, NULL) == OK) {
        if (!json_whole(json_get(json, "torn"), &torn) || torn < 0) torn = 0;
    }
    json_free(json);
    return (uint64_t)torn;
}

static bool is_all(Str text, char c) {
    size_t i = 0;
    while (i < text.n && text.p[i] == c) i++;
    return i == text.n;
}

/* Does the piece begin as record n does, as far as it goes? */
static bool begins_record(Str piece, uint64_t n) {
    static const char *const kinds[] = {"begin", "end"};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        char head[HEAD_MAX];
        size_t len = (size_t)snprintf(head, sizeof head, "%" PRIu64 " %s {", n, kinds[i]);
        if (len > piece.n) len = piece.n;
        if (memcmp(piece.p, head, len) == 0) return true;
    }
    return false;
}

/* Could crashes have left this behind the last record? Pieces of the next one, or what stands for
   one: zeros where its bytes never came to the disk, '?' in a sealed home. No line feed is last. */
static bool may_be_torn(Str tail, uint64_t n) {
    if (tail.n > 0 && tail.p[tail.n - 1] == '\n') return false;
    size_t at = 0;
    for (Str piece; next_line(tail, &at, &piece);) {
        if (!begins_record(piece, n) && !is_all(piece, 0) && !is_all(piece, '?')) return false;
    }
    return true;
}

/* false: the record at `from` does not continue the chain. */
static bool verify_record(Verifying *v, const LedgerRecord *record, size_t from, size_t end) {
    char hash[HASH_HEX];
    GateLedgerCheck *check = v->check;
    assert(v->good_end <= from && from < end && end <= v->all.n);
    uint64_t between = from - v->good_end, torn = torn_of(record);
    if (between != 0 && between == torn + 1) between--; /* the line feed that was put behind it */
    chain(str_from(v->hash), record->body, hash);
    Str piece = str_sub(v->all, v->good_end, v->good_end + between);
    if (record->n != check->records + 1 || !str_eq_c(record->hash, hash) || between != torn ||
        !may_be_torn(piece, record->n)) {
        return false;
    }
    LedgerHead said;
    LedgerClaim claim = ledger_head_judge(record, &v->trail, &said);
    if (claim == CLAIM_CUT) v->cut = said;
    if (claim == CLAIM_CUT) return false;
    if (claim == CLAIM_UNKEPT) check->unkept = record->n;
    if (claim == CLAIM_EARLIER) check->earlier = said.n;
    if (claim == CLAIM_EARLIER) v->trail.earlier = said;
    ledger_trail_add(&v->trail, record);
    v->met |= v->kept && record->n == v->kept->n && str_eq_c(record->hash, v->kept->hash);
    check->records++;
    check->entries += record->begins;
    check->torn += torn != 0;
    memcpy(v->hash, hash, HASH_HEX);
    v->good_end = end;
    return true;
}

static const char cut_hint[] = "the chain itself is whole: somebody cut off its end or wrote it "
                               "anew; keep the file and look who wrote to it";

static Status say_broken(const Verifying *v, size_t n_line, const char *path, Err *err) {
    if (v->cut.n) {
        (void)err_set(err, E_CORRUPT,
                      "%s: before record %" PRIu64 " the ledger had ended with record %" PRIu64
                      ", %.16s..., which is not there any more",
                      path, v->check->damaged, v->cut.n, v->cut.hash);
        return err_hint(err, "%s", cut_hint);
    }
    (void)err_set(err, E_CORRUPT,
                  "%s: record %" PRIu64 " is damaged or missing: line %zu does not continue "
                  "record %" PRIu64,
                  path, v->check->damaged, n_line, v->check->records);
    return err_hint(err, "what is before it is whole; keep the file and look who wrote to it");
}

/* The chain is whole; does it go as far as it went? */
static Status verify_end(const Verifying *v, const char *path, Err *err) {
    v->check->end_known = v->met;
    if (!v->kept || !v->kept->n || v->met) return OK;
    if (ledger_head_same(v->kept, &v->trail.earlier)) return OK; /* a crash left it behind */
    v->check->damaged = v->check->records + 1;
    (void)err_set(err, E_CORRUPT,
                  "%s: record %" PRIu64 " is missing: the ledger had ended with record %" PRIu64
                  ", %.16s..., and now ends with record %" PRIu64,
                  path, v->check->damaged, v->kept->n, v->kept->hash, v->check->records);
    return err_hint(err, "%s", cut_hint);
}

/* Lines without a record's form are passed over here: verify_record of the next one, or the end,
   asks whether a crash explains what lies between. */
static Status verify_text(Str all, Verifying *v, const char *path, Err *err) {
    GateLedgerCheck *check = v->check;
    size_t at = 0, n_line = 0, from = 0;
    for (Str line; next_line(all, &at, &line); from = at) {
        LedgerRecord record;
        n_line++;
        if (!record_split(line, &record) || verify_record(v, &record, from, at)) continue;
        check->damaged = check->records + 1;
        return say_broken(v, n_line, path, err);
    }
    assert(v->good_end <= all.n && check->entries <= check->records);
    memcpy(check->head, v->hash, HASH_HEX);
    check->open_bytes = all.n - v->good_end;
    if (check->open_bytes && !may_be_torn(str_sub(all, v->good_end, all.n), check->records + 1)) {
        check->damaged = check->records + 1;
        return err_set(err, E_CORRUPT, "%s: record %" PRIu64 " is damaged: it cannot be read", path,
                       check->damaged);
    }
    return verify_end(v, path, err);
}

Status ledger_verify(Str all, const char *name, const LedgerHead *kept, GateLedgerCheck *out,
                     Err *err) {
    Verifying v = {.check = out, .all = all, .hash = NO_HASH, .kept = kept};
    *out = (GateLedgerCheck){.head = NO_HASH};
    return verify_text(all, &v, name, err);
}

/* Read before the ledger, which may grow meanwhile. A vault that cannot be opened keeps nobody from
   looking at the chain: its end is not known then. */
static Status head_known(const Ledger *ledger, LedgerHead *out, Err *err) {
    Err why;
    Status status = ledger_head_get(ledger->vault, ledger->last, out, &why);
    if (status != OK) out->n = 0;
    return status == E_NO_MEMORY ? err_no_memory(err, "the ledger's end") : OK;
}

Status gate_ledger_verify(Gate *gate, GateLedgerCheck *out, Err *err) {
    Pages pages;
    LedgerHead kept;
    *out = (GateLedgerCheck){.head = NO_HASH};
    TRY(head_known(gate->ledger, &kept, err));
    TRY(pages_open(gate->ledger, &pages, err));
    Str all = pages_text(&pages);
    Status status = ledger_verify(all, gate->ledger->path, &kept, out, err);
    Status closed = pages_close(gate->ledger, &pages, status == OK ? err : NULL);
    return status == OK ? closed : status;
}

/* ---- every record that can be read ---------------------------------------------------------- */

/* Where a walk is. The next record may continue the last one's hash as it is written or as it ought
   to be: when only the written one was damaged, its successor bears witness to the other. */
typedef struct Walk {
    LedgerRecordFn each;
    void *user;
    Str all;
    uint64_t n;      /* of the last record, read or not */
    size_t good_end; /* behind the last record that could be read */
    bool known;      /* what the next one is chained to */
    char written[HASH_HEX], ought[HASH_HEX];
    LedgerTrail trail;
} Walk;

/* Lines that are no records: torn by crashes, or damaged. */
static Status walk_gap(Walk *walk, size_t end, uint64_t torn, Err *err) {
    assert(walk->good_end <= end && end <= walk->all.n);
    Str gap = str_sub(walk->all, walk->good_end, end);
    if (gap.n == torn + 1 && gap.p[torn] == '\n') gap.n--; /* that was put behind it */
    if (gap.n == 0 || (gap.n == torn && may_be_torn(gap, walk->n + 1))) return OK;
    size_t at = 0, from = 0;
    for (Str line; next_line(gap, &at, &line); from = at) {
        LedgerRecord lost = {.at = walk->good_end + from, .damage = "cannot be read"};
        if (line.n == 0) continue;
        if (!head_split(line, &lost.n, &lost.begins)) lost.n = walk->n + 1;
        walk->n = lost.n;
        walk->known = false;
        TRY(walk->each(walk->user, &lost, err));
    }
    return OK;
}

/* Does the record continue the one before it? */
static Status walk_link(Walk *walk, LedgerRecord *record, Err *err) {
    char ought[HASH_HEX], by_ought[HASH_HEX];
    assert(record->hash.n == HASH_HEX - 1);
    chain(str_from(walk->written), record->body, ought);
    chain(str_from(walk->ought), record->body, by_ought);
    if (!ought[0] || !by_ought[0]) return err_no_memory(err, "the ledger's chain");
    bool linked = !walk->known || str_eq_c(record->hash, ought) ||
                  str_eq_c(record->hash, by_ought);
    memcpy(walk->written, record->hash.p, HASH_HEX - 1);
    memcpy(walk->ought, linked ? walk->written : ought, HASH_HEX);
    record->damage = linked                       ? NULL
                     : record->n > walk->n + 1    ? "records before it are missing"
                     : record->n == walk->n + 1   ? "has been changed"
                                                  : "is not in its place";
    return OK;
}

static Status walk_record(Walk *walk, LedgerRecord *record, size_t end, Err *err) {
    LedgerHead said;
    assert(record->at < end && end <= walk->all.n);
    TRY(walk_gap(walk, (size_t)record->at, torn_of(record), err));
    TRY(walk_link(walk, record, err));
    LedgerClaim claim = ledger_head_judge(record, &walk->trail, &said);
    bool cut = claim == CLAIM_CUT;
    if (claim == CLAIM_EARLIER) walk->trail.earlier = said;
    if (cut && !record->damage) record->damage = "says that the records before it were cut off";
    ledger_trail_add(&walk->trail, record);
    walk->known = true;
    walk->n = record->n;
    walk->good_end = end;
    return walk->each(walk->user, record, err);
}

/* A piece of a sealed log that does not open reads as '?' and leaves no line feed. */
static size_t lost_before(Str line) {
    size_t n = 0;
    while (n < line.n && line.p[n] == '?') n++;
    return n < line.n ? n : 0;
}

/* As verify_text, but goes on behind damage and hands all out. */
static Status walk_text(Walk *walk, Err *err) {
    size_t at = 0, from = 0;
    for (Str line; next_line(walk->all, &at, &line); from = at) {
        size_t lost = lost_before(line);
        LedgerRecord record = {.at = from + lost};
        if (!record_split(str_sub(line, lost, line.n), &record)) continue;
        TRY(walk_record(walk, &record, at, err));
    }
    Str tail = str_sub(walk->all, walk->good_end, walk->all.n);
    return may_be_torn(tail, walk->n + 1) ? OK : walk_gap(walk, walk->all.n, 0, err);
}

/* The last record that there was, if it is not there. */
static Status walk_end(Walk *walk, const LedgerHead *kept, Err *err) {
    bool there = kept->n < walk->n ||
                 (kept->n == walk->n && strcmp(kept->hash, walk->written) == 0);
    LedgerRecord lost = {.n = kept->n, .at = walk->all.n, .damage = "is missing: the end is cut"};
    return !kept->n || there ? OK : walk->each(walk->user, &lost, err);
}

Status ledger_walk(const Ledger *ledger, LedgerRecordFn each, void *user, Err *err) {
    Pages pages;
    LedgerHead kept;
    TRY(head_known(ledger, &kept, err));
    TRY(pages_open(ledger, &pages, err));
    Walk walk = {.each = each, .user = user, .all = pages_text(&pages), .known = true,
                 .written = NO_HASH, .ought = NO_HASH};
    Status status = walk_text(&walk, err);
    if (status == OK) status = walk_end(&walk, &kept, err);
    Status closed = pages_close(ledger, &pages, status == OK ? err : NULL);
    return status == OK ? closed : status;
}

/* ---- what was spent ------------------------------------------------------------------------ */

/* An end's time, endpoint and cost; one without a cost (nothing was sent) counts 0. */
static Status spent_add(Ledger *ledger, const LedgerRecord *record, Err *err) {
    Json *json = NULL;
    int64_t time = 0;
    TRY(json_parse(record->json, NULL, &json, err));
    Status status = mem_grow((void **)&ledger->spent, &ledger->cap_spent, ledger->n_spent + 1,
                             sizeof *ledger->spent, UINT32_MAX, err);
    if (status == OK) {
        Str endpoint = json_str(json_get(json, "endpoint"));
        (void)json_whole(json_get(json, "unix"), &time);
        ledger->spent[ledger->n_spent++] = (Spent){time, hash_table_key(endpoint.p, endpoint.n),
                                                   json_real(json_get(json, "cost"), 0)};
    }
    json_free(json);
    return status;
}

/* The chain from record 1 to the last one whose cost is known. */
typedef struct Summed {
    Verifying chain;
    GateLedgerCheck check; /* what `chain` counts in */
} Summed;

/* A budget that cannot be counted is no budget: nothing is sent, and the user hears the way out.
   Moved away as a whole a ledger leaves no sum behind: that is the way out, and so an emptied one
   begins with nothing spent. */
static Status not_summed(const Ledger *ledger, const char *what, Err *err) {
    (void)err_set(err, E_CORRUPT, "%s: %s, so what was spent is not known and nothing is sent",
                  ledger->path, what);
    return err_hint(err, "`hearth egress verify` says where; move the file away and keep it: a new "
                         "one begins with nothing spent");
}

static Status spent_read(Ledger *ledger, const LedgerRecord *record, Err *err) {
    char what[64];
    Status status = spent_add(ledger, record, err);
    if (status == OK || status == E_NO_MEMORY) return status;
    (void)snprintf(what, sizeof what, "record %" PRIu64 " cannot be read", record->n);
    return not_summed(ledger, what, err);
}

/* The next record: its cost counts, and it continues the chain. A changed cost, or a record that is
   gone, would give a budget back. */
static Status spent_next(Ledger *ledger, const LedgerRecord *record, size_t end, Err *err) {
    Verifying *v = &ledger->summed->chain;
    size_t before = ledger->n_spent;
    char what[64];
    if (!record->begins) TRY(spent_read(ledger, record, err));
    if (verify_record(v, record, (size_t)record->at, end)) return OK;
    ledger->n_spent = before; /* it is met again by the next look */
    (void)snprintf(what, sizeof what, "record %" PRIu64 " is damaged or missing",
                   v->check->records + 1);
    return not_summed(ledger, what, err);
}

/* Is the end that was kept in the chain, as far as that is still known? */
static bool spent_whole(const Verifying *v, const LedgerHead *kept) {
    uint64_t n = v->check->records;
    if (n == 0 || kept->n == 0 || ledger_head_same(kept, &v->trail.earlier)) return true;
    if (kept->n > n) return false;
    bool known = n - kept->n < LEDGER_TRAIL;
    return !known || strcmp(v->trail.hash[kept->n % LEDGER_TRAIL], kept->hash) == 0;
}

/* The records behind those that are summed. A piece at the end may be of a record that somebody is
   writing, or that a crash cut short: then it cost nothing that is known. */
static Status spent_text(Ledger *ledger, const LedgerHead *kept, Err *err) {
    Verifying *v = &ledger->summed->chain;
    Str all = v->all, line;
    size_t at = v->good_end, from = at;
    if (at > all.n) return not_summed(ledger, "it has become shorter", err);
    for (; next_line(all, &at, &line) && all.p[at - 1] == '\n'; from = at) {
        LedgerRecord record = {.at = from};
        if (record_split(line, &record)) TRY(spent_next(ledger, &record, at, err));
    }
    if (!may_be_torn(str_sub(all, v->good_end, all.n), v->check->records + 1)) {
        return not_summed(ledger, "its end cannot be read", err);
    }
    return spent_whole(v, kept) ? OK : not_summed(ledger, "its end was cut off", err);
}

/* Nothing is summed yet. */
static Summed *spent_begin(void) {
    Summed *summed = mem_zalloc(sizeof *summed);
    if (!summed) return NULL;
    summed->chain.check = &summed->check;
    memcpy(summed->chain.hash, NO_HASH, HASH_HEX);
    return summed;
}

/* Reads what was appended since the last look, by whomever. */
static Status spent_follow(Ledger *ledger, Err *err) {
    Pages pages;
    LedgerHead kept;
    if (!ledger->summed) ledger->summed = spent_begin();
    if (!ledger->summed) return err_no_memory(err, "what was spent");
    TRY(head_known(ledger, &kept, err)); /* before the ledger, which may grow meanwhile */
    TRY(pages_open(ledger, &pages, err));
    ledger->summed->chain.all = pages_text(&pages);
    Status status = spent_text(ledger, &kept, err);
    ledger->summed->chain.all = (Str){0}; /* the pages go */
    Status closed = pages_close(ledger, &pages, status == OK ? err : NULL);
    return status == OK ? closed : status;
}

Status gate_ledger_spent(Gate *gate, GateSpent *asked, size_t n, Err *err) {
    Ledger *ledger = gate->ledger;
    TRY(spent_follow(ledger, err));
    for (size_t k = 0; k < n; k++) {
        const char *name = asked[k].endpoint;
        uint64_t key = name ? hash_table_key(name, strlen(name)) : 0;
        asked[k].cost = 0;
        for (size_t i = 0; i < ledger->n_spent; i++) {
            const Spent *s = ledger->spent + i;
            bool counts = s->time >= asked[k].since && (!name || s->endpoint == key);
            if (counts) asked[k].cost += s->cost;
        }
    }
    return OK;
}
