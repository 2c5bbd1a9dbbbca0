/*
 * Recall: brings the store up to date with its folders (sweep.c) and finds the passages for a
 * question; those of a file that goes with it come before (attach.c), and then no store is needed.
 * Those that give orders to their reader are left out (guard.c).
 */
#include "base/clock.h"
#include "turn/turn.h"

const StoreEmbedder *recall_embedder(Turn *turn) {
    const StoreEmbedder *embedder = NULL;
    return rig_store_embedder(turn->rig, &embedder, NULL) == OK ? embedder : NULL;
}

Status recall_verify(Turn *turn, Err *err) {
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

/* "The documents do not say" would be no answer where there are none. */
static Status refuse_empty(Store *store, Err *err) {
    StoreStats stats;
    TRY(store_stats(store, &stats, err));
    if (stats.files) return OK;
    err_set(err, E_NOT_FOUND, "no documents have been added yet");
    return err_hint(err, "hearth add FOLDER reads some");
}

static Status search(Turn *turn, Err *err) {
    Store *store = NULL;
    double began = clock_now_ms();
    size_t before = turn->notice.n;
    TRY(rig_sweep(turn->rig, &turn->notice, err));
    bool told = turn->notice.n > before; /* that others are adding documents, perhaps the first */
    turn->timings.sweep_ms = clock_now_ms() - began;
    TRY(rig_store(turn->rig, STORE_READ, &store, err));
    SearchQuery query = {.text = turn->query, .k = (uint32_t)turn->k, .mode = SEARCH_HYBRID,
                         .embedder = recall_embedder(turn)};
    TRY(search_run(store, &query, &turn->arena, &turn->found, err));
    if (turn->found.n == 0 && !told) TRY(refuse_empty(store, err));
    return rig_store_says(store, &turn->notice, err);
}

Status turn_recall(Turn *turn, Err *err) {
    Err why = {.message = ""};
    double began = clock_now_ms();
    Status status = search(turn, &why);
    bool optional = status == E_NOT_FOUND && turn->attach;
    if (status != OK && !optional) return err_pass(err, &why, status);
    TRY(attach_passages(turn, err));
    TRY(guard_passages(turn, err));
    turn->timings.search_ms = clock_now_ms() - began - turn->timings.sweep_ms;
    if (turn->found.cut) {
        buf_add_c(turn_notice(turn), "only the first 64 KiB of the question were searched for");
    }
    TRY(recall_verify(turn, err));
    if (turn->found.n && turn->sink.best) {
        VerifySpan span = verify_passage(turn->verify, 0);
        turn->sink.best(turn->sink.user, &turn->found.hits[0], span.start);
    }
    return OK;
}
