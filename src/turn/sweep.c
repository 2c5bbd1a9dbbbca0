/*
 * Sweep: what a search or a question finds is what lies in the folders now.
 *
 * Brings the store up to date with its folders, as far as SWEEP_MS allow: words only, vectors are
 * made by the next add. It needs the writer's lock; when another process holds it (an `add` is
 * running) the store is read as it is, for that process is bringing it up to date already. A sweep
 * that does not finish, or that finds a folder missing, is told to the user, never hidden.
 */
#include "base/utf8.h"
#include "turn/rig.h"

enum {
    SWEEP_MS = 200,  /* that a question may wait for it; chosen */
    SAYS_BYTES = 600 /* of the store's own notice */
};

/* What may be missing in the answer, and what to type about it. */
static void tell(const IngestReport *report, Buf *notice) {
    unsigned long long missing = report->roots_unreachable;
    if (!report->complete) {
        buf_printf(notice_next(notice), "not every folder could be looked through in %d ms; "
                                        "`hearth add` brings everything up to date", SWEEP_MS);
    }
    if (missing) {
        buf_printf(notice_next(notice), "%llu of the folders that were added %s not there: they "
                   "are found as they were last read; `hearth remove FOLDER` forgets one",
                   missing, missing == 1 ? "is" : "are");
    }
}

/* Nothing but a locked home and want of memory is a failure here: what is in the store is read. */
Status rig_sweep(Rig *rig, Buf *notice, Err *err) {
    Store *store = NULL;
    Err ignored;
    TRY(rig_unlock(rig, err)); /* a passphrase is asked for once */
    Status status = rig_store(rig, STORE_WRITE, &store, &ignored);
    if (status == OK) {
        IngestOptions options = {0};
        IngestReport report = {0};
        rig_reading_options(rig, &options);
        status = ingest_sweep(store, &options, SWEEP_MS, &report, &ignored);
        if (status == OK) tell(&report, notice);
    }
    if (status == E_BUSY) {
        buf_add_c(notice_next(notice),
                  "another process is adding documents; what it finished is used");
    } else if (status != OK && status != E_NOT_FOUND && status != E_CANCELLED) {
        buf_printf(notice_next(notice), "the folders were not looked through: %s", ignored.message);
    }
    rig_store_release(rig); /* writers elsewhere must not wait for our answer */
    return buf_check(notice, "a notice", err);
}

Status rig_store_says(Store *store, Buf *notice, Err *err) {
    const char *says = store_notice(store);
    if (says) buf_add_str(notice_next(notice), utf8_cut(str_from(says), SAYS_BYTES));
    return buf_check(notice, "a notice", err);
}

Status rig_refuse_empty(Store *store, Err *err) {
    StoreStats stats;
    TRY(store_stats(store, &stats, err));
    if (stats.files) return OK;
    (void)err_set(err, E_NOT_FOUND, "no documents have been added yet");
    return err_hint(err, "hearth add FOLDER reads some");
}
