/*
 * Opening and closing a Hearth, and what every other file of api/ needs.
 *
 * A handle is a Rig (turn/rig.h) and the few things that only this room keeps. It is made without
 * opening anything: where the home is and whether it is sealed is looked at, the rest is opened by
 * the first call that needs it.
 *
 * Structs of options grow at their end only. `size` says how much of one a caller's header knew, so
 * that the shorter of both sides is copied over this library's defaults:
 *
 *     caller of 0.1.0          [size|a|b]            known = 3 words
 *     this library             [size|a|b|c]          c keeps its default
 *     caller of a later one    [size|a|b|c|d]        d is not read
 *
 * Two things are of the whole process and not of a handle: whether it is offline (gate/send.c), and
 * the home with its seal (base/sealing.h).
 */
#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "base/pool.h"
#include "gate/send.h"

_Static_assert(sizeof ((hearth_error){0}).message >= sizeof ((Err){0}).message &&
                   sizeof ((hearth_error){0}).hint >= sizeof ((Err){0}).hint,
               "no message is cut on its way out");

/* Whole messages fit (checked above); fields that an older error had are cleared. */
hearth_status api_fail(Status status, const Err *from, hearth_error *err) {
    if (err && status != OK) {
        memset(err, 0, sizeof *err);
        err->status = (hearth_status)status;
        (void)snprintf(err->message, sizeof err->message, "%s", from->message);
        (void)snprintf(err->hint, sizeof err->hint, "%s", from->hint);
    }
    return (hearth_status)status;
}

/* `options` is read through bytes: its true type, and how long it is, only the caller knows. */
Status api_options(void *own, size_t size, const void *options, Err *err) {
    size_t known; /* what the caller's header knows of the struct */
    assert(size > sizeof known);
    if (!options) return OK;
    memcpy(&known, options, sizeof known);
    if (known < sizeof known) {
        (void)err_set(err, E_USAGE, "a struct of options without its size");
        return err_hint(err, "fill it with its _default() function first");
    }
    memcpy(own, options, known < size ? known : size);
    return OK;
}

Status api_range(const char *what, double value, double min, double max, Err *err) {
    assert(min < max);
    if (value >= min && value <= max) return OK;
    return err_set(err, E_USAGE, "%s: %.10g is outside %.10g to %.10g", what, value, min, max);
}

/* An empty Buf has no bytes yet: buf_take makes the NUL, which may fail. */
Status api_text(Buf *from, const char *what, char **text, size_t *n, Err *err) {
    TRY(buf_check(from, what, err));
    size_t bytes = from->n;
    char *taken = buf_take(from);
    if (!taken) return err_no_memory(err, what);
    *text = taken;
    *n = bytes;
    return OK;
}

/* A number that is no status has the code of a failure (status_info). */
int hearth_exit_code(hearth_status status) {
    return status_info((Status)status)->exit_code;
}

const char *hearth_version(void) {
    return HEARTH_VERSION;
}

void hearth_options_default(hearth_options *options) {
    memset(options, 0, sizeof *options);
    options->size = sizeof *options;
}

static void tell_packing(void *user, const char *path, uint64_t done, uint64_t total) {
    const hearth *h = user;
    hearth_progress at = {.stage = "pack", .item = path, .unit = "bytes", .done = done,
                          .total = total, .eta_s = -1};
    assert(h->on_packing && done <= total);
    h->on_packing(h->on_packing_user, &at);
}

/* The handle is made before the rig, since what the rig asks and tells carries it. */
hearth_status hearth_open(const hearth_options *options, hearth **out, hearth_error *err) {
    Err why;
    hearth_options own;
    hearth_options_default(&own);
    _Static_assert(offsetof(hearth_options, size) == 0, "api_options reads it there");
    API_TRY(api_options(&own, sizeof own, options, &why), &why, err);
    API_TRY(api_range("threads", own.threads, 0, POOL_THREADS_MAX, &why), &why, err);
    API_TRY(api_range("context", own.context, 0, INT_MAX, &why), &why, err);
    RigOptions rig_options = {.store = own.store, .model = own.model,
                              .embed_model = own.embed_model, .isa = own.isa,
                              .threads = own.threads, .context = own.context,
                              .offline = own.offline, .no_pack = own.no_pack,
                              .weak_sandbox = own.weak_sandbox, .draft_model = own.draft_model,
                              .speculate = own.speculate, .kv_type = own.kv_type,
                              .no_kv_cache = own.no_kv_cache, .polite = own.polite};
    hearth *h = mem_zalloc(sizeof *h);
    if (!h) return api_fail(err_no_memory(&why, "a handle"), &why, err);
    h->passphrase = own.passphrase;
    h->passphrase_user = own.passphrase_user;
    h->on_packing = own.on_packing;
    h->on_packing_user = own.on_packing_user;
    if (own.on_packing) {
        rig_options.packing = tell_packing;
        rig_options.packing_user = h;
    }
    if (own.passphrase) rig_options.ask = (SealingAsk){api_ask_to_open, h};
    Status status = rig_open(&rig_options, &h->rig, &why);
    if (status != OK) {
        mem_free(h);
        return api_fail(status, &why, err);
    }
    assert(h->rig); /* as every other function of this room takes for granted */
    gate_set_offline(own.offline);
    *out = h;
    return HEARTH_OK;
}

/* Of the process and its children, and for good: therefore without a handle. */
hearth_status hearth_lock_offline(hearth_error *err) {
    Err why;
    return api_fail(gate_lock_offline(&why), &why, err);
}

/* offline stays as it is: other handles of the process may rely on it. */
void hearth_close(hearth *h) {
    if (!h) return;
    gate_scanner_free(h->scanner);
    rig_close(h->rig);
    mem_free(h);
}

/* One atomic store and nothing else, since a signal handler may be here. */
void hearth_cancel(hearth *h) {
    atomic_store(&h->rig->cancel, true);
}

void hearth_resume(hearth *h) {
    atomic_store(&h->rig->cancel, false);
}

void hearth_free(void *block) {
    mem_free(block);
}
