/*
 * Joint: one answer out of the answers to several questions (turn/parts.h).
 *
 *     The black bin is collected every second Tuesday. [1]
 *
 *     What is the password? The documents do not answer this.
 *
 *     The brown one every Friday. [2]
 *
 * A part that was answered stands as it came. One that was not stands as a question with Hearth's
 * words for that, or its refusal would seem to be about everything. The passages nearest to it are
 * left out: they prove nothing that is said. Where no part was answered the whole is one refusal,
 * with the passages nearest to the first.
 *
 * Citations are numbered on from part to part; what is shown while a part is written must be so
 * already, which is why n_citations counts along. Blank lines and refusals are shown when the next
 * words come, or at the end, so that a text never ends with them in vain: what the caller hears,
 * and is not taken back, is byte for byte the answer's text where all parts were written by a
 * model.
 */
#include "api/joint.h"

#include <assert.h>

#include "base/utf8.h"

/* ASKED_MAX: of a question that is said again; a pasted page is known by its beginning. */
enum { BETWEEN_MAX = 1 << 16, ANSWER_MAX = 4 << 20, ASKED_MAX = 400 };

void joint_init(Joint *joint) {
    *joint = (Joint){.begins = true};
    buf_init(&joint->refused, BETWEEN_MAX);
    buf_init(&joint->between, BETWEEN_MAX);
}

void joint_fini(Joint *joint) {
    buf_fini(&joint->refused);
    buf_fini(&joint->between);
}

/* What is shown before words that follow, or at the end. It stays what was refused until the part
   is over (joint_add), for the part may be taken back, and this with it. */
static void fill_between(Joint *joint, const char *end) {
    buf_clear(&joint->between);
    if (joint->wrote) buf_add_c(&joint->between, JOINT_GAP);
    buf_add_str(&joint->between, buf_str(&joint->refused));
    if (joint->refused.n) buf_add_c(&joint->between, end);
}

Str joint_between(Joint *joint, size_t piece_n) {
    Str between = {"", 0};
    if (joint->begins) {
        fill_between(joint, JOINT_GAP);
        between = buf_str(&joint->between);
        joint->kept = joint->told;
        joint->begins = false;
    }
    joint->told += between.n + piece_n;
    return between;
}

size_t joint_take_back(Joint *joint) {
    assert(joint->kept <= joint->told);
    if (!joint->begins) joint->told = joint->kept;
    joint->begins = true;
    return joint->told;
}

static void write_refusal(Buf *out, Str question, const hearth_answer *answer) {
    Str asked = utf8_cut(question, ASKED_MAX);
    bool wide = str_ends(asked, STR("？"));
    const char *gap = asked.n < question.n ? " ... " : wide ? "" : " ";
    buf_printf(out, "%.*s%s%s", (int)asked.n, asked.p, gap, answer->answer);
}

Status joint_add(Joint *joint, Str question, const hearth_answer *answer, Err *err) {
    joint->n_asked++;
    if (!joint->begins) { /* what was refused before stands above its words */
        joint->wrote = true;
        buf_clear(&joint->refused);
    }
    joint->begins = true;
    if (answer->found) {
        joint->n_citations += answer->n_citations;
        return OK;
    }
    if (joint->refused.n) buf_add_c(&joint->refused, JOINT_GAP);
    write_refusal(&joint->refused, question, answer);
    return buf_check(&joint->refused, "the answer", err);
}

/* ---- the whole ------------------------------------------------------------------------------- */

typedef struct Whole {
    const Str *questions;
    const hearth_answer *parts;
    size_t n;
    bool found; /* one of them was answered; then what is left of the others is a sentence */
    Arena *arena;
    hearth_answer *out;
} Whole;

/* Are its citations kept? Of refusals alone the first one's, where to look. */
static bool counts(const Whole *w, size_t i) {
    return w->parts[i].found || (!w->found && i == 0);
}

static Status join_text(const Whole *w, Err *err) {
    Buf text;
    Str kept = {0};
    buf_init(&text, ANSWER_MAX);
    for (size_t i = 0; i < w->n; i++) {
        if (i) buf_add_c(&text, JOINT_GAP);
        if (w->parts[i].found) buf_add_c(&text, w->parts[i].answer);
        else write_refusal(&text, w->questions[i], &w->parts[i]);
    }
    Status status = buf_check(&text, "the answer", err);
    if (status == OK) status = arena_keep(w->arena, buf_str(&text), &kept, "the answer", err);
    buf_fini(&text);
    if (status == OK) w->out->answer = kept.p;
    return status;
}

static Status join_notices(const Whole *w, Err *err) {
    Buf text;
    Str kept = {0};
    buf_init(&text, ANSWER_MAX);
    for (size_t i = 0; i < w->n; i++) {
        const char *notice = w->parts[i].notice;
        bool said = notice && text.n && str_has(buf_str(&text), str_from(notice));
        if (notice && !said) buf_add_c(notice_next(&text), notice);
    }
    Status status = buf_check(&text, "a notice", err);
    if (status == OK) status = arena_keep(w->arena, buf_str(&text), &kept, "a notice", err);
    w->out->notice = text.n ? kept.p : NULL;
    buf_fini(&text);
    return status;
}

static Status join_citations(const Whole *w, Err *err) {
    size_t most = 0;
    for (size_t i = 0; i < w->n; i++) most += w->parts[i].n_citations;
    hearth_citation *items = arena_alloc_n(w->arena, most + 1, sizeof *items);
    if (!items) return err_no_memory(err, "the answer");
    w->out->citations = items;
    w->out->n_citations = 0;
    for (size_t i = 0; i < w->n; i++) {
        for (size_t k = 0; counts(w, i) && k < w->parts[i].n_citations; k++) {
            size_t at = w->out->n_citations++;
            items[at] = w->parts[i].citations[k];
            items[at].n = (int)at + 1;
        }
    }
    assert(w->out->n_citations <= most);
    return OK;
}

/* A sentence that nothing supports has no number; its place in `numbers` stays unread. */
static Status join_sentences(const Whole *w, Err *err) {
    size_t most = 0, n = 0, before = 0;
    for (size_t i = 0; i < w->n; i++) most += w->parts[i].n_sentences;
    hearth_sentence *items = arena_alloc_n(w->arena, most + 1, sizeof *items);
    int *numbers = arena_alloc_n(w->arena, most + 1, sizeof *numbers);
    if (!items || !numbers) return err_no_memory(err, "the answer");
    for (size_t i = 0; i < w->n; i++) {
        const hearth_answer *part = &w->parts[i];
        for (size_t k = 0; part->found && k < part->n_sentences; k++, n++) {
            items[n] = part->sentences[k];
            assert(items[n].n_citations <= 1); /* answers.c makes no more */
            if (items[n].n_citations) numbers[n] = items[n].citations[0] + (int)before;
            items[n].citations = &numbers[n];
        }
        if (counts(w, i)) before += part->n_citations;
    }
    assert(n <= most && before == w->out->n_citations); /* join_citations came first */
    w->out->sentences = items;
    w->out->n_sentences = n;
    return OK;
}

static Status join_findings(const Whole *w, Err *err) {
    size_t most = 0, n = 0;
    for (size_t i = 0; i < w->n; i++) most += w->parts[i].n_findings;
    hearth_finding *items = arena_alloc_n(w->arena, most + 1, sizeof *items);
    if (!items) return err_no_memory(err, "the answer");
    for (size_t i = 0; i < w->n; i++) {
        for (size_t k = 0; k < w->parts[i].n_findings; k++) items[n++] = w->parts[i].findings[k];
    }
    w->out->findings = items;
    w->out->n_findings = n;
    return OK;
}

/* Times add up; the first word is the first part's. */
static void add_timings(hearth_timings *sum, const hearth_timings *t) {
    sum->sweep_ms += t->sweep_ms;
    sum->search_ms += t->search_ms;
    sum->load_ms += t->load_ms;
    sum->prefill_ms += t->prefill_ms;
    sum->decode_ms += t->decode_ms;
    sum->total_ms += t->total_ms;
    sum->prompt_tokens += t->prompt_tokens;
    sum->completion_tokens += t->completion_tokens;
    sum->drafted += t->drafted;
    sum->accepted += t->accepted;
}

/* What an answer has one of: the first part's, the least certainty of all. */
static void join_fields(const Whole *w) {
    for (size_t i = 1; i < w->n; i++) {
        const hearth_answer *part = &w->parts[i];
        w->out->counted = w->out->counted && part->counted;
        if (!w->out->model) w->out->model = part->model;
        if (!w->out->routing) w->out->routing = part->routing;
        if (!w->out->aigc) w->out->aigc = part->aigc;
        if (part->certainty < w->out->certainty) w->out->certainty = part->certainty;
        add_timings(&w->out->timings, &part->timings);
    }
}

Status joint_end(Joint *joint, const Str *questions, const hearth_answer *parts,
                 const hearth_ask_options *o, Arena *arena, hearth_answer *out, Err *err) {
    Whole w = {questions, parts, joint->n_asked, false, arena, out};
    assert(w.n > 0);
    *out = parts[0];
    if (w.n == 1) return OK;
    for (size_t i = 0; i < w.n; i++) w.found = w.found || parts[i].found;
    join_fields(&w);
    out->found = w.found;
    if (w.found) TRY(join_text(&w, err));
    TRY(join_notices(&w, err));
    TRY(join_citations(&w, err));
    TRY(join_sentences(&w, err));
    TRY(join_findings(&w, err));
    if (!w.found || !joint->refused.n || !o->on_text) return OK;
    fill_between(joint, "");
    TRY(buf_check(&joint->between, "the answer", err));
    o->on_text(o->user, joint->between.p, joint->between.n);
    return OK;
}
