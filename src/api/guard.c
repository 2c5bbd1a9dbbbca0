/*
 * The guards, as a library user meets them: a text in, verdicts out. Thin as all of api/.
 *
 * The text is judged as a user's question is in mode local: words first, then the embedding model,
 * then the language model, where these are here. What the table [guard] would do with each verdict
 * at the three places of a question's way is looked up, and nothing of it is done.
 *
 * A verdict says three things apart: what was found (kind, reason, where), what the guard proposes
 * (remedy), and what this user's policy does where such words stand in a question, a passage or an
 * answer. Only the last one is done on a question's way (turn/guard.c).
 */
#include <assert.h>

#include "api/api.h"
#include "gate/guard_table.h"

/* What the policy does about it there, by kind and by how sure it is. Static. */
static const char *act_on(const GuardTable *table, GuardPlace place, const GuardVerdict *v) {
    return guard_act_name(guard_table_act(table, place, v->kind, v->score));
}

/* Flags of the guard that the rig shares are put up for this one text and taken down before the
   caller's function runs: it may ask a question on the way. */
hearth_status hearth_guard_check(hearth *h, const char *text, size_t n, hearth_guard_fn each,
                                 void *user, hearth_error *err) {
    Err why;
    Guard *guard;
    const GuardTable *table;
    GuardVerdict verdicts[GUARD_KINDS];
    API_TRY(rig_guard(h->rig, &guard, &why), &why, err);
    API_TRY(rig_guard_table(h->rig, &table, &why), &why, err);
    /* nothing of the text can leave here: the language model may be opened for it */
    rig_guard_may_open(h->rig, true);
    guard_ask_all(guard, GUARD_ALL_ASKED);
    size_t found = guard_check(guard, (Str){text, n}, verdicts);
    assert(found <= GUARD_KINDS); /* one a kind at most */
    /* a flag of the shared guard: left up, passages would be judged as questions are */
    guard_ask_all(guard, 0);
    for (size_t i = 0; i < found; i++) {
        const GuardVerdict *v = &verdicts[i];
        assert(v->start <= v->end && v->end <= n);
        hearth_guard_verdict verdict = {.start = v->start,
                                        .end = v->end,
                                        .kind = guard_kind_name(v->kind),
                                        .remedy = guard_remedy_name(v->remedy),
                                        .reason = v->reason,
                                        .score = v->score,
                                        .in_question = act_on(table, GUARD_QUESTION, v),
                                        .in_passage = act_on(table, GUARD_PASSAGE, v),
                                        .in_answer = act_on(table, GUARD_ANSWER, v)};
        if (!each(user, &verdict)) break;
    }
    return HEARTH_OK;
}
