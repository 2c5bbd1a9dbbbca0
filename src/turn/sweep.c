/*
 * Sweep: what a search or a question finds is what lies in the folders now.
 *
 * Brings the store up to date with its folders, as far as SWEEP_MS allow: words only, vectors are
 * made by the next add. It needs the writer's lock. Another question's sweep, or a removal, holds
 * it for a moment: that is waited for. While an `add` holds it the store is read as it is, for that
 * process is bringing it up to date already. A sweep that does not finish, or that finds a folder
 * missing, is told to the user, never hidden; the next one goes on where it stopped (ingest.c), so
 * that of many files each is looked at every few questions.
 */
#include <poll.h>

#include "base/utf8.h"
#include "turn/rig.h"

enum {
    SWEEP_MS = 200,  /* that a question may wait for it; chosen */
    TURN_MS = 1000,  /* and for the sweeps of others before it: some four of them; chosen */
    PAUSE_MS = 20,   /* between two looks at the lock; chosen */
    SAYS_BYTES = 600 /* of the store's own notice */
};

/* What may be missing in the answer, and what to type about it. */
static void tell(const IngestReport *report, Buf *notice) {
    unsigned long long missing = report->roots_unreachable;
    if (!report->complete) {
        buf_printf(notice_next(notice), "not every folder could be looked through in %d ms: the "
                                        "next question goes on from there, and `hearth add` brings "
                                        "everything up to date", SWEEP_MS);
    }
    if (missing) {
        buf_printf(notice_next(notice), "%llu of the folders that were added %s not there: they "
                   "are found as they were last read; `hearth remove FOLDER` forgets one",
                   missing, missing == 1 ? "is" : "are");
    }
}

/* Is it an `add` that holds the lock? One that has yet to make the database, too. */
static bool others_add(Rig *rig) {
    Store *store = NULL;
    Status status = rig_store(rig, STORE_READ, &store, NULL);
    return status == E_NOT_FOUND || (status == OK && store_is_adding(store));
}

/* E_BUSY: `adding` says whether for long. Several questions at once take turns. */
static Status take_turn(Rig *rig, Store **store, bool *adding, Err *err) {
    Status status = rig_store(rig, STORE_WRITE, store, err);
    for (int ms = 0; status == E_BUSY && ms < TURN_MS; ms += PAUSE_MS) {
        *adding = others_add(rig);
        if (*adding) break;
        (void)poll(NULL, 0, PAUSE_MS);
        status = rig_store(rig, STORE_WRITE, store, err);
    }
    return status;
}

/* Nothing but a locked home and want of memory is a failure here: what is in the store is read. */
Status rig_sweep(Rig *rig, Buf *notice, Err *err) {
    Store *store = NULL;
    Err ignored;
    bool adding = false;
    TRY(rig_unlock(rig, err)); /* a passphrase is asked for once */
    Status status = take_turn(rig, &store, &adding, &ignored);
    if (status == OK) {
        IngestOptions options = {0};
        IngestReport report = {0};
        rig_reading_options(rig, &options);
        status = ingest_sweep(store, &options, SWEEP_MS, &report, &ignored);
        if (status == OK) tell(&report, notice);
    }
    if (status == E_BUSY) {
        buf_printf(notice_next(notice), "another process is %s; what it finished is used",
                   adding ? "adding documents" : "writing to the store");
    } else if (status != OK && status != E_NOT_FOUND && status != E_CANCELLED) {
        buf_printf(notice_next(notice), "the folders were not looked through: %s", ignored.message);
    }
    /* as a writer it may have built damaged segments anew: a sign of a failing disk, for once */
    status = store ? rig_store_says(store, notice, err) : buf_check(notice, "a notice", err);
    rig_store_release(rig); /* writers elsewhere must not wait for our answer */
    return status;
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
