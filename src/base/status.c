/*
 * The body of status.h: fixed-size error reports and the one table that translates a Status for
 * the outside.
 *
 * Exit codes are an interface that scripts rely on: 0 done, 1 failed, 2 usage, 3 not found,
 * 4 denied by policy, 5 remote failed, 6 damaged or refused input, 7 limit or deadline,
 * 130 interrupted.
 */
#include "base/status.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/plain.h"

static const StatusInfo status_table[STATUS_COUNT] = {
    [OK] = {"ok", 0},
    [E_FAILED] = {"failed", 1},
    [E_USAGE] = {"usage", 2},
    [E_NOT_FOUND] = {"not_found", 3},
    [E_DENIED] = {"denied", 4},
    [E_REMOTE] = {"remote", 5},
    [E_CORRUPT] = {"corrupt", 6},
    [E_UNSUPPORTED] = {"unsupported", 6},
    [E_LIMIT] = {"limit", 7},
    [E_TIMEOUT] = {"timeout", 7},
    [E_NO_MEMORY] = {"no_memory", 7},
    [E_IO] = {"io", 1},
    [E_BUSY] = {"busy", 1},
    [E_CANCELLED] = {"cancelled", 130},
};

/* An index from elsewhere (a cast, another build) falls back to "failed", never past the table. */
const StatusInfo *status_info(Status status) {
    unsigned index = (unsigned)status;
    return &status_table[index < STATUS_COUNT ? index : E_FAILED];
}

/* What err_set said last, for err_hint behind it when nobody wants the words. */
static _Thread_local Status last_code = E_FAILED;

void err_clear(Err *err) {
    if (!err) return;
    memset(err, 0, sizeof *err);
    err->offset = ERR_NO_OFFSET;
}

Status err_set(Err *err, Status code, const char *fmt, ...) {
    assert(code != OK); /* `return err_set(...)` would call a failure done */
    last_code = code;
    if (!err) return code;
    err_clear(err);
    err->code = code;
    va_list args;
    va_start(args, fmt);
    (void)plain_vprint(err->message, sizeof err->message, fmt, args);
    va_end(args);
    return code;
}

Status err_hint(Err *err, const char *fmt, ...) {
    if (!err) return last_code;
    va_list args;
    va_start(args, fmt);
    (void)plain_vprint(err->hint, sizeof err->hint, fmt, args);
    va_end(args);
    return err->code;
}

/* The old message is copied first: it is an argument of the new one. */
Status err_prefix(Err *err, Status code, const char *fmt, ...) {
    assert(code != OK);
    last_code = code;
    if (!err) return code;
    char old[ERR_MESSAGE_MAX];
    memcpy(old, err->message, sizeof old);
    va_list args;
    va_start(args, fmt);
    int used = plain_vprint(err->message, sizeof err->message, fmt, args);
    va_end(args);
    if (used >= 0 && (size_t)used < sizeof err->message) {
        (void)snprintf(err->message + used, sizeof err->message - (size_t)used, ": %s", old);
    }
    err->code = code;
    return code;
}
