/*
 * The one way out. Everything of Hearth that leaves this machine over the network passes through
 * gate/send.c: no other file opens an outbound socket, and gate/pip.c is the only one that starts a
 * program which does.
 *
 * What is here carries no user data: a download names a public file by URL and digest (fetch.c),
 * and pip is given names of packages (pip.c). Both are refused when offline. What carries words
 * goes through gate_cloud_ask (cloud.h) and needs a GateParcel.
 */
#ifndef HEARTH_GATE_SEND_H
#define HEARTH_GATE_SEND_H

#include <stdatomic.h>

#include "base/text.h"

/* Offline: nothing leaves, gate_fetch and gate_pip_download answer E_DENIED. Thread-safe. */
void gate_set_offline(bool offline);
/* Set by either of the two: what is asked before anything is opened. Thread-safe. */
bool gate_is_offline(void);
/* Offline for good, and by the kernel (offline.c): neither this process nor a child opens a socket
   any more. E_UNSUPPORTED where the kernel has no such filter: then it is the flag alone. */
Status gate_lock_offline(Err *err) WARN_UNUSED;

typedef struct GateProgress {
    uint64_t done, total; /* bytes; total 0: unknown */
    double bytes_per_s;   /* lately; 0: unknown */
    double left_s;        /* < 0: unknown */
} GateProgress;

typedef void (*GateProgressFn)(void *user, const GateProgress *progress);

typedef struct GateFetch {
    const char *url;      /* https only; http only when the host is this machine (tests) */
    const char *path;     /* the file to make; `PATH.part` holds what came so far */
    const char *sha256;   /* 64 hex digits, required */
    uint64_t bytes;       /* expected size, required: nothing larger is ever stored */
    bool resume;          /* go on behind an existing part */
    int connect_ms;       /* 0: 2000 */
    GateProgressFn progress; /* may be NULL; on the caller's thread, at most 10 times a second */
    void *user;
    const atomic_bool *cancel; /* may be NULL */
} GateFetch;

/*
 * Downloads, checks the digest while it streams, renames. On failure the part stays for the next
 * try, except when its digest is wrong. E_REMOTE: unreachable or an HTTP error; E_NOT_FOUND: 404;
 * E_CORRUPT: other bytes than promised; E_IO: no room; E_BUSY: another process fetches the same;
 * E_CANCELLED; E_DENIED: offline or a URL that is not allowed.
 */
Status gate_fetch(const GateFetch *fetch, Err *err) WARN_UNUSED;

typedef struct GatePip {
    const char *const *names; /* packages, "name" or "name==version" */
    size_t n;                 /* 1..64 */
    const char *dest;         /* folder, must exist; wheels appear there */
    uint64_t bytes;           /* about, of all together; 0: unknown */
    GateProgressFn progress;
    void *user;
    const atomic_bool *cancel;
} GatePip;

/*
 * Runs the user's own `python3 -m pip download` for wheels, without dependencies: no code of a
 * package is run or installed, since wheels are only stored. E_NOT_FOUND: no python3 or no pip;
 * E_REMOTE: pip failed (its last line is the message); E_CANCELLED: the whole group was ended.
 */
Status gate_pip_download(const GatePip *pip, Err *err) WARN_UNUSED;

#endif
