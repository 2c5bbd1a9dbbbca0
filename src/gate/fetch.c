/*
 * A download by digest.
 *
 * The URL is fetched into `PATH.part`; every byte goes through SHA-256 on its way to the disk; when
 * all have come and the digest is the promised one, the part is synced and renamed to PATH. Nobody
 * ever sees half a file under its real name, and where the bytes came from does not matter. To go
 * on after an interruption, the part's bytes are hashed again and the rest is asked for with a
 * Range header (RFC 9110, section 14); a server that ignores it and sends everything is understood,
 * too. A part whose digest turns out wrong is removed; if it had been continued, the whole is
 * fetched once more, since the old half may have been at fault.
 *
 * What limits a server: never more bytes than the expected size; send.c sets the rest (https only,
 * no credentials, few redirects, an end when nothing comes).
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "gate/meter.h"
#include "gate/send_impl.h"

enum { DISK_MARGIN = 16 << 20 };

static Status cancelled(Err *err) {
    return err_set(err, E_CANCELLED, "the download was cancelled");
}

typedef struct Fetch {
    const GateFetch *want;
    char *part;
    int fd;
    Sha256 hash;
    uint64_t done;    /* bytes in the part and in the hash */
    uint64_t resumed; /* where this connection begins */
    bool answered;    /* the status of the answer was looked at */
    Meter meter;
} Fetch;

/* Room for what is still to come, with a margin for everybody else. */
static Status check_room(const Fetch *f, Err *err) {
    char have[32], need[32];
    uint64_t room, rest = f->want->bytes - f->done;
    TRY(file_free_bytes(f->want->path, &room, err));
    if (room >= rest && room - rest >= DISK_MARGIN) return OK;
    (void)err_set(err, E_IO, "no room for %s: %s needed, %s free", f->want->path,
                  num_bytes_text(rest + DISK_MARGIN, need, sizeof need),
                  num_bytes_text(room, have, sizeof have));
    return err_hint(err, "free some space, or set HEARTH_HOME to a larger disk");
}

/* Nothing of the part counts any more. */
static Status part_restart(Fetch *f, Err *err) {
    if (ftruncate(f->fd, 0) != 0 || lseek(f->fd, 0, SEEK_SET) != 0) {
        return err_set(err, E_IO, "cannot begin %s anew: %s", f->part, strerror(errno));
    }
    sha256_init(&f->hash);
    f->done = f->resumed = 0;
    return OK;
}

/* Hashes what an earlier try left. */
static Status part_rehash(Fetch *f, uint64_t size, Err *err) {
    enum { STEP = 1 << 20 };
    char *step = mem_alloc(STEP);
    if (!step) return err_no_memory(err, "a read buffer");
    Status status = OK;
    while (status == OK && f->done < size) {
        ssize_t got = read(f->fd, step, STEP);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            status = err_set(err, E_IO, "cannot read %s: %s", f->part, strerror(errno));
        } else {
            sha256_add(&f->hash, step, (size_t)got);
            f->done += (uint64_t)got;
        }
        if (send_asked_to_stop(f->want->cancel)) status = cancelled(err);
    }
    mem_free(step);
    return status;
}

/* The part, locked against other processes; what an earlier try left is hashed again or cut off. */
static Status part_open(Fetch *f, Err *err) {
    size_t n = strlen(f->want->path) + sizeof ".part";
    f->part = mem_alloc(n);
    if (!f->part) return err_no_memory(err, "a path");
    (void)snprintf(f->part, n, "%s.part", f->want->path);
    f->fd = open(f->part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    struct stat st;
    if (f->fd < 0 || fstat(f->fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return err_set(err, E_IO, "cannot open %s: %s", f->part, strerror(errno));
    }
    if (flock(f->fd, LOCK_EX | LOCK_NB) != 0) {
        return err_set(err, E_BUSY, "another process fetches %s", f->want->path);
    }
    uint64_t size = (uint64_t)st.st_size;
    if (!f->want->resume || size > f->want->bytes) return part_restart(f, err);
    sha256_init(&f->hash);
    return part_rehash(f, size, err);
}

/* First bytes of a body: is it what was asked for? An error page is not stored; what its code means
   is said at the end. */
static Status look_at_answer(Fetch *f, const SendReply *reply, Err *err) {
    assert(f->resumed == f->done); /* nothing of this answer is in the part yet */
    f->answered = true;
    if (reply->code == 206 && f->resumed > 0) return OK;
    if (reply->code != 200) return err_set(err, E_REMOTE, "an error page");
    return f->resumed ? part_restart(f, err) : OK; /* it sends everything anew */
}

/* SendPieceFn: to the disk and into the hash, in this order; the file's place is always behind
   `done`. */
static Status on_piece(void *user, SendReply *reply, Str piece, Err *err) {
    Fetch *f = user;
    if (!f->answered) TRY(look_at_answer(f, reply, err));
    assert(f->done <= f->want->bytes && f->resumed <= f->done);
    if (piece.n > f->want->bytes - f->done) {
        return err_set(err, E_CORRUPT, "%s sends more than the %" PRIu64 " bytes promised",
                       f->want->url, f->want->bytes);
    }
    TRY(file_write_all(f->fd, piece.p, piece.n, f->part, err));
    sha256_add(&f->hash, piece.p, piece.n);
    f->done += piece.n;
    return OK;
}

static void on_tick(void *user) {
    Fetch *f = user;
    meter_report(&f->meter, f->done, false);
}

/* What a finished or broken transfer means. */
static Status judge(const Fetch *f, Status status, const SendReply *reply, Err *err) {
    const char *url = f->want->url;
    if (status == E_CANCELLED) return cancelled(err);
    if (status != OK && status != E_REMOTE && status != E_LIMIT) return status;
    if (reply->code == 404 || reply->code == 410) {
        return err_set(err, E_NOT_FOUND, "%s: not there (%d)", url, reply->code);
    }
    if (reply->code >= 300) {
        return err_set(err, E_REMOTE, "%s: the server answers %d", url, reply->code);
    }
    if (status == E_LIMIT) {
        return err_set(err, E_CORRUPT, "%s is larger than the %" PRIu64 " bytes promised", url,
                       f->want->bytes);
    }
    if (status != OK) return status;
    if (f->done < f->want->bytes) {
        return err_set(err, E_REMOTE, "%s ended after %" PRIu64 " of %" PRIu64 " bytes", url,
                       f->done, f->want->bytes);
    }
    return OK;
}

/* One connection, from `done` on. It works on an error of its own, so that a second try does not
   inherit the first one's hint. */
static Status fetch_rest(Fetch *f, Err *err) {
    Err why;
    SendReply reply;
    SendGet get = {.url = f->want->url, .from = f->done, .bytes_max = f->want->bytes,
                   .connect_ms = f->want->connect_ms, .cancel = f->want->cancel,
                   .piece = on_piece, .tick = on_tick, .user = f};
    assert(f->done < f->want->bytes); /* else the Range would be behind the file's end */
    f->meter = meter_begin(f->want->progress, f->want->user, f->done, f->want->bytes);
    f->resumed = f->done;
    f->answered = false;
    Status status = judge(f, send_get(&get, &reply, &why), &reply, &why);
    if (status != OK && err) *err = why;
    return status;
}

/* Of what came so far; the running hash goes on. */
static bool digest_fits(Fetch *f) {
    uint8_t have[HASH_BYTES];
    char hex[HASH_HEX];
    Sha256 copy = f->hash;
    sha256_end(&copy, have);
    hash_hex(have, hex);
    return !strcmp(hex, f->want->sha256);
}

/* All bytes are there: keep them or throw them away. */
static Status part_finish(Fetch *f, Err *err) {
    assert(f->done == f->want->bytes); /* judge has counted */
    if (!digest_fits(f)) {
        (void)unlink(f->part);
        (void)err_set(err, E_CORRUPT, "%s: other bytes than promised (SHA-256 differs); removed",
                      f->want->url);
        return E_CORRUPT;
    }
    if (fsync(f->fd) != 0 || rename(f->part, f->want->path) != 0) {
        return err_set(err, E_IO, "cannot finish %s: %s", f->want->path, strerror(errno));
    }
    meter_report(&f->meter, f->done, true);
    return OK;
}

/* The part first: how much room is needed depends on what it has. */
static Status fetch_run(Fetch *f, Err *err) {
    TRY(part_open(f, err));
    TRY(check_room(f, err));
    bool continued = f->done > 0;
    Status status = f->done < f->want->bytes ? fetch_rest(f, err) : OK;
    if (status == OK && continued && !digest_fits(f)) { /* the old half may be at fault */
        TRY(part_restart(f, err));
        status = fetch_rest(f, err);
    }
    return status == OK ? part_finish(f, err) : status;
}

/* Refused before a file is made, where there is nothing to compare with or no way out. */
Status gate_fetch(const GateFetch *fetch, Err *err) {
    Fetch f = {.want = fetch, .fd = -1};
    uint8_t digest[HASH_BYTES];
    if (fetch->bytes == 0 || !hash_from_hex(str_from(fetch->sha256), digest)) {
        return err_set(err, E_USAGE, "a download needs a size and a SHA-256");
    }
    if (send_refuse_offline(fetch->url, err) != OK) {
        return err_hint(err, "leave out --offline, or bring the file: hearth pull --file PATH");
    }
    TRY(send_get_check(fetch->url, err));
    Status status = fetch_run(&f, err);
    if (f.fd >= 0) close(f.fd);
    mem_free(f.part);
    return status;
}
