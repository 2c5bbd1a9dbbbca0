/*
 * Recall: brings the store up to date with its folders, as far as SWEEP_MS allow, and finds the
 * passages for a question; those of a file that goes with it come before (attach.c), and then no
 * store is needed. Those that give orders to their reader are left out (guard.c).
 *
 * The sweep needs the writer's lock; when another process holds it (an `add` is running) the store
 * is read as it is, for that process is bringing it up to date already. A sweep that does not
 * finish is told to the user, never hidden.
 */
#include "base/clock.h"
#include "base/log.h"
#include "turn/turn.h"

enum { SWEEP_MS = 200 };

static void tell_sweep(Turn *turn, const IngestReport *report) {
    unsigned long long missing = report->roots_unreachable;
    if (!report->complete) {
        buf_printf(turn_notice(turn), "not every folder could be looked through in %d ms; "
                                      "`hearth add` brings everything up to date", SWEEP_MS);
    }
    if (missing) {
        buf_printf(turn_notice(turn), "%llu of the folders that were added %s not there: answers "
                   "cite them as they were last read; `hearth remove FOLDER` forgets one",
                   missing, missing == 1 ? "is" : "are");
    }
}

static Status sweep(Turn *turn, Err *err) {
    Rig *rig = turn->rig;
    double began = clock_now_ms();
    Store *store = NULL;
    Err ignored;
    Status status = rig_store(rig, STORE_WRITE, &store, &ignored);
    if (status == OK) {
        IngestOptions options = {.cancel = &rig->cancel};
        IngestReport report = {0};
        status = rig_ingest_options(rig, &options, &ignored);
        options.embedder = NULL; /* words only: vectors are made by the next add */
        if (status == OK) status = ingest_sweep(store, &options, SWEEP_MS, &report, &ignored);
        if (status == OK) tell_sweep(turn, &report);
    }
    if (status == E_BUSY) {
        buf_add_c(turn_notice(turn),
                  "another process is adding documents; what it finished is used");
    } else if (status != OK && status != E_NOT_FOUND && status != E_CANCELLED) {
        log_line(LOG_WARN, "turn", "the sweep of the folders failed", "reason=\"%s\"",
                 ignored.message);
        buf_printf(turn_notice(turn), "the folders were not looked through: %s", ignored.message);
    }
    rig_store_release(rig); /* writers elsewhere must not wait for our answer */
    turn->timings.sweep_ms = clock_now_ms() - began;
    return buf_check(&turn->notice, "a notice", err);
}

/* An embedding model that is not here is no error: words find passages too. */
static const StoreEmbedder *embedder_or_null(Rig *rig) {
    const StoreEmbedder *embedder = NULL;
    Err ignored;
    if (rig_store_embedder(rig, &embedder, &ignored) != OK) return NULL;
    return embedder;
}

static Status prepare_verify(Turn *turn, Err *err) {
    size_t n = turn->found.n < VERIFY_PASSAGES_MAX ? turn->found.n : VERIFY_PASSAGES_MAX;
    VerifyPassage *passages = arena_alloc_n(&turn->arena, n + 1, sizeof *passages);
    if (!passages) return err_no_memory(err, "the passages");
    for (size_t i = 0; i < n; i++) {
        const SearchHit *hit = &turn->found.hits[i];
        passages[i] = (VerifyPassage){hit->text, str_from(hit->context)};
    }
    Str question = turn->query;
    if (question.n > VERIFY_TEXT_MAX) question.n = VERIFY_TEXT_MAX;
    return verify_new(&turn->arena, passages, n, question, &turn->verify, err);
}

static Status search(Turn *turn, Err *err) {
    Store *store = NULL;
    TRY(sweep(turn, err));
    TRY(rig_store(turn->rig, STORE_READ, &store, err));
    SearchQuery query = {.text = turn->query, .k = (uint32_t)turn->k, .mode = SEARCH_HYBRID,
                         .embedder = embedder_or_null(turn->rig)};
    return search_run(store, &query, &turn->arena, &turn->found, err);
}

Status turn_recall(Turn *turn, Err *err) {
    Err why = {.message = ""};
    double began = clock_now_ms();
    Status status = search(turn, &why);
    if (status != OK && (status != E_NOT_FOUND || !turn->attach)) {
        if (err) *err = why;
        return status;
    }
    TRY(attach_passages(turn, err));
    TRY(guard_passages(turn, err));
    turn->timings.search_ms = clock_now_ms() - began - turn->timings.sweep_ms;
    if (turn->found.cut) {
        buf_add_c(turn_notice(turn), "only the first 64 KiB of the question were searched for");
    }
    TRY(prepare_verify(turn, err));
    if (turn->found.n && turn->sink.best) {
        VerifySpan span = verify_passage(turn->verify, 0);
        turn->sink.best(turn->sink.user, &turn->found.hits[0], span.start);
    }
    return OK;
}
