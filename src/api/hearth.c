/*
 * Opening and closing a Hearth, and what every other file of api/ needs.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "gate/send.h"

_Static_assert(sizeof ((hearth_error){0}).message >= sizeof ((Err){0}).message &&
                   sizeof ((hearth_error){0}).hint >= sizeof ((Err){0}).hint,
               "no message is cut on its way out");

hearth_status api_fail(Status status, const Err *from, hearth_error *err) {
    if (err && status != OK) {
        memset(err, 0, sizeof *err);
        err->status = (hearth_status)status;
        (void)snprintf(err->message, sizeof err->message, "%s", from->message);
        (void)snprintf(err->hint, sizeof err->hint, "%s", from->hint);
    }
    return (hearth_status)status;
}

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

Status api_text(Buf *from, const char *what, char **text, size_t *n, Err *err) {
    TRY(buf_check(from, what, err));
    size_t bytes = from->n;
    char *taken = buf_take(from);
    if (!taken) return err_no_memory(err, what);
    *text = taken;
    *n = bytes;
    return OK;
}

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

hearth_status hearth_open(const hearth_options *options, hearth **out, hearth_error *err) {
    Err why;
    err_clear(&why);
    hearth_options own;
    hearth_options_default(&own);
    _Static_assert(offsetof(hearth_options, size) == 0, "api_options reads it there");
    API_TRY(api_options(&own, sizeof own, options, &why), &why, err);
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
    if (own.passphrase) rig_options.ask = (SealingAsk){api_ask_to_open, h};
    Status status = rig_open(&rig_options, &h->rig, &why);
    if (status != OK) {
        mem_free(h);
        return api_fail(status, &why, err);
    }
    gate_set_offline(own.offline);
    *out = h;
    return HEARTH_OK;
}

hearth_status hearth_lock_offline(hearth_error *err) {
    Err why;
    err_clear(&why);
    return api_fail(gate_lock_offline(&why), &why, err);
}

void hearth_close(hearth *h) {
    if (!h) return;
    gate_scanner_free(h->scanner);
    rig_close(h->rig);
    mem_free(h);
}

void hearth_cancel(hearth *h) {
    atomic_store(&h->rig->cancel, true);
}

void hearth_resume(hearth *h) {
    atomic_store(&h->rig->cancel, false);
}

void hearth_free(void *block) {
    mem_free(block);
}
