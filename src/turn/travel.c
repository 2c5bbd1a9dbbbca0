/*
 * Travel: the label "private" goes along with the words.
 *
 * A label belongs to a folder, and words leave folders: by a copy with another last line, a mail
 * that quotes a letter, a file that goes with the question, a sentence pasted into it. So whatever
 * would leave (the question, the conversation before it, the passages) is compared with what the
 * private documents of all stores of this home say. Where it repeats a run of theirs (repeats.h) it
 * is private, too.
 *
 * It costs nothing where the policy labels nothing private, or where the labels of files have said
 * so already; else one pass over the texts of the private documents as the stores hold them, for
 * each question that may leave.
 *
 * Limits: words that are put otherwise are not known again (SECURITY.md). What lies in a private
 * folder and was never added to a store cannot be compared; nor what is in a folder that is private
 * by another name of it alone (a bind mount). A letterhead of more than a run that private and
 * other documents share makes the others private.
 */
#include <assert.h>

#include "turn/prompt.h"
#include "turn/repeats.h"
#include "turn/turn.h"

#include "base/utf8.h"

enum { PIECE_BYTES = 1 << 20 };

/* What would leave, and the first private document that it repeats. */
typedef struct Travel {
    Turn *turn;
    const Gate *gate;
    const Repeats *repeats;
    Store *store; /* that is being walked */
    Buf piece;
    Str *found;
} Travel;

/* In pieces of which none splits a character; the last bytes of one begin the next. */
static Status compare_text(Travel *t, int64_t file, RepeatsSource *source, Err *err) {
    for (size_t at = 0;;) {
        buf_clear(&t->piece);
        TRY(store_text(t->store, file, at, at + PIECE_BYTES, &t->piece, err));
        Str text = buf_str(&t->piece);
        bool last = text.n < PIECE_BYTES;
        if (!last) text = utf8_cut(text, text.n - UTF8_MAX_BYTES);
        assert(last || text.n > 0); /* the walk goes on */
        repeats_source_add(source, text);
        if (last || source->met) return OK;
        if (atomic_load_explicit(&t->turn->rig->cancel, memory_order_relaxed)) {
            return err_set(err, E_CANCELLED, "stopped");
        }
        at += text.n;
    }
}

static Status compare_file(void *user, int64_t file, Str path, Err *err) {
    Travel *t = user;
    RepeatsSource source;
    if (t->found->n || gate_label_of(t->gate, path) != GATE_PRIVATE) return OK;
    repeats_source_init(&source, t->repeats);
    TRY(compare_text(t, file, &source, err));
    if (!repeats_source_met(&source)) return OK;
    const char *copy = arena_dup(&t->turn->arena, path.p, path.n);
    if (!copy) return err_no_memory(err, "a path");
    *t->found = (Str){copy, path.n};
    return OK;
}

static Status compare_store(void *user, Store *store, Err *err) {
    Travel *t = user;
    Str folder;
    t->store = store;
    for (size_t at = 0; !t->found->n && gate_label_next(t->gate, GATE_PRIVATE, &at, &folder);) {
        TRY(store_each_below(store, folder, compare_file, t, err));
    }
    return OK;
}

/* *repeated: the path of the first private document whose words are repeated; empty: none. */
static Status compare(Turn *turn, const Str *texts, size_t n, Str *repeated, Err *err) {
    Gate *gate = NULL;
    Repeats repeats;
    *repeated = (Str){"", 0};
    TRY(rig_gate(turn->rig, &gate, err));
    if (gate_label_strictest(gate) != GATE_PRIVATE) return OK;
    Travel travel = {.turn = turn, .gate = gate, .repeats = &repeats, .found = repeated};
    buf_init(&travel.piece, PIECE_BYTES);
    Status status = repeats_init(&repeats, texts, n, err);
    if (status == OK) status = rig_each_store(turn->rig, compare_store, &travel, err);
    repeats_fini(&repeats);
    buf_fini(&travel.piece);
    return status;
}

/* The first n passages found; their texts behind `at` others. */
static Status raise(Turn *turn, Str *texts, size_t at, size_t n, Err *err) {
    Str repeated;
    assert(n <= turn->found.n);
    for (size_t i = 0; i < n; i++) texts[at++] = turn->found.hits[i].text;
    TRY(compare(turn, texts, at, &repeated, err));
    if (!repeated.n) return OK;
    turn->labels.repeated = repeated;
    turn->labels.passages = turn->labels.history = GATE_PRIVATE;
    return OK;
}

Status travel_labels(Turn *turn, Err *err) {
    size_t close = 0, at = 0;
    if (turn->labels.passages == GATE_PRIVATE || turn->labels.history == GATE_PRIVATE) return OK;
    while (close < turn->found.n && prompt_comes_close(turn, close)) close++;
    Str *texts = arena_alloc_n(&turn->arena, close + 2 * turn->n_history + 1, sizeof *texts);
    if (!texts) return err_no_memory(err, "the labels");
    texts[at++] = turn->question;
    for (size_t i = 0; i < turn->n_history; i++) {
        if (!prompt_remembers(turn, i, true)) continue;
        texts[at++] = turn->history[i].question;
        texts[at++] = turn->history[i].answer;
    }
    assert(at <= 1 + 2 * turn->n_history); /* what is behind has room for the close ones */
    return raise(turn, texts, at, close, err);
}

Status travel_passages(Turn *turn, Err *err) {
    size_t n = turn->found.n;
    if (turn->labels.passages == GATE_PRIVATE) return OK;
    Str *texts = arena_alloc_n(&turn->arena, n + 1, sizeof *texts);
    if (!texts) return err_no_memory(err, "the labels");
    return raise(turn, texts, 0, n, err);
}

void travel_say(const Turn *turn, Err *err) {
    const TurnLabels *labels = &turn->labels;
    bool repeats = labels->repeated.n > 0;
    Str path = repeats ? labels->repeated : labels->kept_here;
    if (!path.n) return;
    (void)err_hint(err, "%s %.*s%s, which is private; ask a model on this device",
                   repeats ? "it repeats what" : "it would be read from", (int)path.n, path.p,
                   repeats ? " says" : "");
}
