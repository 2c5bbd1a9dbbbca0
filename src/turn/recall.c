/*
 * Recall: brings the store up to date with its folders (sweep.c) and finds the passages for a
 * question; those of a file that goes with it come before (attach.c), and then no store is needed.
 * Where a document is to be summed up its passages take their place (summary.c).
 * Those that give orders to their reader are left out (guard.c).
 *
 * Twins: contracts, invoices and statements come from one template, and the passage of another one
 * differs in a name or a year only. A small model mixes them up. So a passage that shares most of
 * its words with a better one of another document, and lacks what the question names and that one
 * has, goes behind all others and is not read. Two versions that the question does not tell apart
 * are both read.
 */
#include <assert.h>

#include "base/clock.h"
#include "base/mem.h"
#include "turn/prompt.h"
#include "turn/summary.h"
#include "turn/turn.h"

enum { PLACE_MAX = 8192 };

static const float TWIN_SCORE = 0.5F; /* of the best one's: not read */

const StoreEmbedder *recall_embedder(Turn *turn) {
    const StoreEmbedder *embedder = NULL;
    return rig_store_embedder(turn->rig, &embedder, NULL) == OK ? embedder : NULL;
}

/* As the reader of a citation sees it, and the folder; words of it count as words of the passage:
   "the treasurer of the choir", in choir/members.xlsx. */
static Status place_of(Turn *turn, const SearchHit *hit, Str *out, Err *err) {
    Buf place;
    buf_init(&place, PLACE_MAX);
    prompt_place(&place, hit);
    Str folder = str_sub(hit->path, 0, hit->path.n - str_file_name(hit->path).n);
    if (folder.n > 1) folder = str_file_name(str_sub(folder, 0, folder.n - 1));
    buf_printf(&place, " | %.*s", (int)folder.n, folder.p);
    Status status = buf_check(&place, "a passage's place", err);
    if (status == OK) status = arena_keep(&turn->arena, buf_str(&place), out, "the passages", err);
    buf_fini(&place);
    return status;
}

/* Anew whenever the list of passages has changed its order: verify knows them by their index. */
Status recall_verify(Turn *turn, Err *err) {
    size_t n = turn->found.n < VERIFY_PASSAGES_MAX ? turn->found.n : VERIFY_PASSAGES_MAX;
    VerifyPassage *passages = arena_alloc_n(&turn->arena, n + 1, sizeof *passages);
    if (!passages) return err_no_memory(err, "the passages");
    for (size_t i = 0; i < n; i++) {
        const SearchHit *hit = &turn->found.hits[i];
        passages[i].text = hit->text;
        TRY(place_of(turn, hit, &passages[i].context, err));
    }
    Str question = turn->query;
    if (question.n > VERIFY_TEXT_MAX) question.n = VERIFY_TEXT_MAX;
    return verify_new(&turn->arena, passages, n, question, &turn->verify, err);
}

/* Sweeps, opens the store for reading, searches. Nothing found in an empty store is an error, but
   not while another process may be adding the first documents. */
static Status search(Turn *turn, Err *err) {
    Store *store = NULL;
    double began = clock_now_ms();
    size_t before = turn->notice.n;
    TRY(rig_sweep(turn->rig, &turn->notice, err));
    bool told = turn->notice.n > before; /* that others are adding documents, perhaps the first */
    turn->timings.sweep_ms = clock_now_ms() - began;
    TRY(rig_store(turn->rig, STORE_READ, &store, err));
    SearchQuery query = {.text = turn->query, .k = (uint32_t)turn->k, .mode = SEARCH_HYBRID};
    TRY(rig_embedder_if_here(turn->rig, &query.embedder, err));
    TRY(search_run(store, &query, &turn->arena, &turn->found, err));
    if (turn->found.n == 0 && !told) TRY(rig_refuse_empty(store, err));
    return rig_store_says(store, &turn->notice, err);
}

/* Is hit i much the same as a better one of another document, and lacks what the question names? */
static bool is_misleading(const Turn *turn, const bool *twin, size_t i) {
    assert(turn->verify && i < turn->found.n); /* recall_verify knows passages by their index */
    for (size_t k = 0; k < i; k++) {
        if (twin[k] || turn->found.hits[k].file_id == turn->found.hits[i].file_id) continue;
        if (verify_twin(turn->verify, k, i)) return true;
    }
    return false;
}

/* Contracts of one template, statements of two years: the model would mix up the one that is asked
   about with its twin, which therefore goes behind all others and is not read. */
static Status part_twins(Turn *turn, Err *err) {
    size_t n = turn->found.n < VERIFY_PASSAGES_MAX ? turn->found.n : VERIFY_PASSAGES_MAX, at = 0;
    SearchHit *hits = turn->found.hits;
    SearchHit *behind = arena_alloc_n(&turn->arena, n + 1, sizeof *behind);
    bool *twin = arena_zalloc(&turn->arena, n + 1);
    if (!behind || !twin) return err_no_memory(err, "the passages");
    size_t n_behind = 0;
    for (size_t i = 0; i < n; i++) twin[i] = is_misleading(turn, twin, i);
    for (size_t i = 0; i < n; i++) {
        if (twin[i]) behind[n_behind++] = hits[i];
        else hits[at++] = hits[i];
    }
    assert(at + n_behind == n && !(n && twin[0])); /* the best one is the twin of none */
    if (n_behind == 0) return OK;
    memcpy(hits + at, behind, n_behind * sizeof *behind);
    for (size_t i = at; i < n; i++) {
        if (prompt_comes_close(turn, i)) hits[i].score = TWIN_SCORE * hits[0].score;
    }
    return recall_verify(turn, err);
}

/* The order of the steps matters: guarded passages only are compared, shown and cited. */
Status turn_recall(Turn *turn, Err *err) {
    Err why = {.message = ""};
    double began = clock_now_ms();
    Status status = search(turn, &why);
    bool optional = status == E_NOT_FOUND && turn->attach;
    if (status != OK && !optional) return err_pass(err, &why, status);
    TRY(attach_passages(turn, err));
    TRY(summary_passages(turn, err));
    TRY(guard_passages(turn, err));
    turn->timings.search_ms = clock_now_ms() - began - turn->timings.sweep_ms;
    if (turn->found.cut) {
        buf_add_c(turn_notice(turn), "only the first 64 KiB of the question were searched for");
    }
    TRY(recall_verify(turn, err));
    if (turn->whole) return OK; /* in its order */
    TRY(part_twins(turn, err));
    TRY(newer_first(turn, err));
    if (turn->found.n && turn->sink.best) {
        VerifySpan span = verify_passage(turn->verify, 0);
        turn->sink.best(turn->sink.user, &turn->found.hits[0], span.start);
    }
    return OK;
}
