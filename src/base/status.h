/*
 * Status and Err: how every fallible function in Hearth says what happened.
 *
 * A fallible function returns a Status, which the compiler makes its caller look at, and takes an
 * `Err *err` as its last parameter, which may be NULL. Err has a fixed size and setting it never
 * allocates, so that running out of memory can be reported like anything else.
 *
 * A message names what failed, on what, and the hint says what to do. One table (status.c) maps a
 * Status to its name and its exit code; doors use it and never invent their own mapping.
 */
#ifndef HEARTH_BASE_STATUS_H
#define HEARTH_BASE_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

typedef enum Status {
    OK = 0,
    E_FAILED,      /* something of ours or of the system's failed; no better word */
    E_USAGE,       /* the caller's words are off: unknown option, bad value */
    E_NOT_FOUND,   /* the thing asked for is not there */
    E_DENIED,      /* policy or permission says no */
    E_REMOTE,      /* another machine failed or cannot be reached */
    E_CORRUPT,     /* bytes from outside are damaged or hostile */
    E_UNSUPPORTED, /* well formed, but a kind or version that this build does not know */
    E_LIMIT,       /* a ceiling given at birth would be passed */
    E_TIMEOUT,     /* a deadline passed */
    E_NO_MEMORY,   /* an allocation failed or an arena is full */
    E_IO,          /* the disk or a device failed, or is full */
    E_BUSY,        /* somebody else holds the lock */
    E_CANCELLED,   /* the user or the program asked to stop */
    STATUS_COUNT
} Status;

enum { ERR_MESSAGE_MAX = 512, ERR_HINT_MAX = 256 };

typedef struct Err {
    Status code;
    char message[ERR_MESSAGE_MAX]; /* what failed, on what */
    char hint[ERR_HINT_MAX];       /* what to do; may be empty */
    uint64_t offset;               /* byte offset in the input, or ERR_NO_OFFSET */
} Err;

#define ERR_NO_OFFSET UINT64_MAX

/* Fills *err (if not NULL) and returns `code`, so that `return err_set(...)` reads well. */
Status err_set(Err *err, Status code, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Adds what to do, right behind err_set or err_prefix. Keeps code and message; returns the code,
   with err NULL that which this thread set last. */
Status err_hint(Err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Puts "prefix: " before the message that is there. Returns `code`. */
Status err_prefix(Err *err, Status code, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Code OK, no message, no hint, no offset. NULL is fine. */
void err_clear(Err *err);
/* Hands on what another call has said: *from into *err (which may be NULL). Returns `code`. */
static inline Status err_pass(Err *err, const Err *from, Status code) {
    if (err) *err = *from;
    return code;
}

#define err_no_memory(err, what) err_set((err), E_NO_MEMORY, "out of memory for %s", (what))

/* For functions that own nothing at that point. Where something is owned, use `goto out`. */
#define TRY(expr)                                                                                  \
    do {                                                                                           \
        Status try_status_ = (expr);                                                               \
        if (UNLIKELY(try_status_ != OK)) return try_status_;                                       \
    } while (0)

typedef struct StatusInfo {
    const char *name; /* "not_found" */
    int exit_code;    /* of the process, see `man hearth` */
} StatusInfo;

/* Of any number: what is no Status is told as E_FAILED. Static, never NULL. */
const StatusInfo *status_info(Status status);

#endif
