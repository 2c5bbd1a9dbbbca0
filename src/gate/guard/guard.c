/*
 * Judging a text: views of VIEW_MAX bytes, overlapping by VIEW_OVERLAP so that nothing near a cut
 * is missed; rules, model and, where the caller has vectors, head say the best find of each kind;
 * finds that are sure enough are verdicts. Of a question that is doubted still, the language model
 * is heard beside the vector, where it is one that a probe was learned for. Text in disguise
 * (decode.c) is judged as what it says.
 */
#include <assert.h>

#include "base/mem.h"
#include "gate/guard/impl.h"

/*
 * A long text is judged in views that overlap:
 *
 *     0 ................ 32 K
 *                     31 K ................ 63 K
 *                                        62 K ......
 *
 * and each view by its witnesses in turn, cheap ones first: rules, then the linear model piece by
 * piece, then, for pieces in doubt, head and probe (model.c, head.c). best[k] keeps the surest find
 * of kind k over all views and decoded stretches.
 */

/* One text at a time: view, decoded text and vector are scratch that every call overwrites. */
struct Guard {
    LinearModel model[GUARD_KINDS]; /* without weights: that kind has rules only */
    Head head[GUARD_KINDS], probe[GUARD_KINDS];
    const GuardSense *sense; /* NULL: none */
    unsigned ask_all; /* kinds */
    char decoded[DECODED_MAX];
    float vector[HEAD_DIM_MAX];
    Rules rules;
    View view;
};

/* An empty model means that the kind has rules only; one that cannot be read fails the whole. */
Status guard_new_with(const GuardModels *models, Guard **out, Err *err) {
    static const char *const reads_like[GUARD_KINDS] = {
        "reads like an order to an AI", "reads like an insult", "reads like a request for harm"};
    Status status = OK;
    Guard *guard = mem_zalloc(sizeof *guard);
    if (!guard) return err_no_memory(err, "the guards");
    for (int k = 0; k < GUARD_KINDS && status == OK; k++) {
        if (models->bytes[k].n) status = linear_read(models->bytes[k], &guard->model[k], err);
        if (models->heads[k].n && status == OK) {
            status = head_read(models->heads[k], &guard->head[k], err);
        }
        if (models->probes[k].n && status == OK) {
            status = head_read(models->probes[k], &guard->probe[k], err);
        }
        guard->model[k].reason = reads_like[k];
    }
    rules_init(&guard->rules);
    if (status == OK) *out = guard;
    else guard_free(guard);
    return status;
}

Status guard_new(Guard **out, Err *err) {
    GuardModels models = guard_models_built_in();
    return guard_new_with(&models, out, err);
}

/* NULL is fine. */
void guard_free(Guard *guard) {
    for (int k = 0; guard && k < GUARD_KINDS; k++) {
        head_fini(&guard->head[k]);
        head_fini(&guard->probe[k]);
    }
    mem_free(guard);
}

void guard_sense(Guard *guard, const GuardSense *sense) {
    guard->sense = sense;
}

void guard_ask_all(Guard *guard, unsigned kinds) {
    guard->ask_all = kinds;
}

/* What one text is judged by: of `kinds` (bits) only what these need is done. */
typedef struct Judge {
    Guard *guard;
    unsigned kinds;
    Meaning meaning[GUARD_KINDS];
    Find *best; /* [GUARD_KINDS], places are the text's */
} Judge;

/* The finds in the view, which begins at `from`; all: they stand for this stretch of the text. A
   rule's find goes to the model as a witness, for both may speak of one piece (linear_run). */
static void judge_view(Judge *j, size_t from, const GuardSpan *all) {
    const unsigned by_rules = 1u << GUARD_INJECTION | 1u << GUARD_UNSAFE;
    const View *view = &j->guard->view;
    Find here[GUARD_KINDS];
    memset(here, 0, sizeof here);
    if (j->kinds & by_rules) rules_run(&j->guard->rules, view, here);
    for (int k = 0; k < GUARD_KINDS; k++) {
        Find witness = here[k], *best = &j->best[k];
        if (j->kinds & 1u << k) {
            linear_run(&j->guard->model[k], view, &j->meaning[k], &witness, &here[k]);
        }
        if (here[k].score <= best->score) continue;
        *best = here[k];
        assert(best->start <= best->end && best->end <= view->n && best->peak.end <= view->n);
        GuardSpan find = {from + view->at[best->start], from + view->at[best->end]};
        GuardSpan peak = {from + view->at[best->peak.start], from + view->at[best->peak.end]};
        best->peak = all ? *all : peak;
        best->start = all ? all->start : find.start;
        best->end = all ? all->end : find.end;
    }
}

/* Decoded stretches are judged as texts of their own; their verdict stands for where they stood. */
static void judge_disguised(Judge *j, Str text) {
    GuardSpan at = {0, 0};
    char *out = j->guard->decoded;
    for (size_t all = 0, n; all < DECODED_ALL; all += n) {
        n = decode_next(text, at.end, &at, out);
        if (n == 0) return;
        assert(at.start < at.end && at.end <= text.n); /* the next one is looked for behind it */
        (void)view_fold(&j->guard->view, (Str){out, n}, 0);
        judge_view(j, 0, &at);
    }
}

_Static_assert(VIEW_MAX >= 8 * VIEW_OVERLAP, "a view goes on also where a byte becomes four");

/* All of a text; best[k].score 0 where nothing was found. */
static void judge(Guard *guard, Str text, unsigned kinds, Find best[GUARD_KINDS]) {
    Judge j = {.guard = guard, .kinds = kinds, .best = best};
    memset(best, 0, GUARD_KINDS * sizeof *best);
    for (int k = 0; k < GUARD_KINDS; k++) {
        const Head *head = &guard->head[k];
        bool question = guard->ask_all & 1u << k;
        j.meaning[k] = (Meaning){head, guard->sense, guard->vector, question ? 0 : head->least,
                                 SENSES_MAX, question ? &guard->probe[k] : NULL, PROBES_MAX};
    }
    for (size_t from = 0, end = 0; end < text.n; from = end - VIEW_OVERLAP) {
        end = view_fold(&guard->view, text, from);
        assert(end == text.n || end - from > VIEW_OVERLAP); /* each view goes on */
        judge_view(&j, from, NULL);
    }
    judge_disguised(&j, text);
}

/* What is said of a text that is let in, kind by kind: at most one verdict each. */
size_t guard_check(Guard *guard, Str text, GuardVerdict out[GUARD_KINDS]) {
    /* Too many harmless questions look unsafe to rules (doc/decisions/0015): nothing is refused. */
    static const GuardRemedy sure[GUARD_KINDS] = {GUARD_REFUSE, GUARD_REWRITE, GUARD_WARN};
    Find best[GUARD_KINDS];
    size_t n = 0;
    judge(guard, text, ~0u, best);
    for (int k = 0; k < GUARD_KINDS; k++) {
        if (best[k].score < GUARD_LEAST) continue;
        out[n++] = (GuardVerdict){(GuardKind)k,
                                  best[k].score >= GUARD_SURE ? sure[k] : GUARD_WARN,
                                  best[k].score, best[k].start, best[k].end, best[k].reason};
    }
    return n;
}

/* 0 where nothing was found; *at is empty then. */
float guard_surest(Guard *guard, Str text, GuardKind kind, GuardSpan *at) {
    Find best[GUARD_KINDS];
    assert((unsigned)kind < GUARD_KINDS);
    judge(guard, text, 1u << kind, best);
    *at = best[kind].peak;
    return best[kind].score;
}

float guard_score(Guard *guard, Str text, GuardKind kind) {
    GuardSpan at;
    return guard_surest(guard, text, kind, &at);
}

const char *guard_kind_name(GuardKind kind) {
    static const char *const names[] = {"injection", "offensive", "unsafe"};
    _Static_assert(ARRAY_LEN(names) == GUARD_KINDS, "a name each");
    assert((unsigned)kind < GUARD_KINDS);
    return names[kind];
}

const char *guard_remedy_name(GuardRemedy remedy) {
    static const char *const names[] = {"warn", "rewrite", "refuse"};
    assert((unsigned)remedy < ARRAY_LEN(names));
    return names[remedy];
}
