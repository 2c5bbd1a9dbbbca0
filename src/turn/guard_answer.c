/*
 * Guarding an answer while it is written, whoever writes it.
 *
 * Each finished sentence is looked at together with what stands before it (CONTEXT bytes), before
 * it is shown. By the table [guard] (gate/guard_table.h) a find is told of, or the sentence gives
 * way to a mark, or the answer is withheld: what was shown of it by then stays on the screen,
 * nothing more comes, and the answer says why. Where the table says no more than "warn" words are
 * shown as they come; else by the sentence.
 *
 * A letter that the local model wrote for the user asks its reader for things; the passages that it
 * was written from were guarded before.
 *
 * A sentence that the documents support is the documents' own word: only orders are looked for in
 * it, since a court file may well speak of murder and a letter of insults.
 *
 * Links. An endpoint sees surrogates; where it puts them into an address, restoring would put the
 * user's own words there, and whatever shows the answer (a web page, an editor) may fetch that
 * address and so tell them to whoever owns it. An address (gate/guard/address.c says what is one,
 * in any disguise) that was not in the endpoint's own words letter for letter, and is neither in
 * the question nor in a passage, is such a leak. So is a <base> that is not the user's, since it
 * makes addresses of links that look harmless. It may have begun some sentences before.
 *
 * Limits: words that the guards do not know; an order whose parts stand more than CONTEXT apart;
 * what address.c does not know.
 */
#include <assert.h>

#include "gate/guard/address.h"
#include "turn/say.h"
#include "turn/turn.h"

enum { CONTEXT = 512 }; /* bytes before a sentence that are judged with it; chosen */

static const char leak_reason[] = "an address in the answer holds words of yours";

/* Bytes [start,*end) of the text give way to a mark. */
static Status put_mark(Turn *turn, size_t start, size_t *end, Err *err) {
    Str mark = str_from(turn_says(turn, SAY_LEFT_OUT));
    Str tail = str_sub(buf_str(&turn->text), *end, turn->text.n);
    char *copy = tail.n ? arena_dup(&turn->arena, tail.p, tail.n) : NULL;
    if (tail.n && !copy) return err_no_memory(err, "the answer");
    assert(turn->shown <= start); /* guard_holds: where something is cut, sentences wait */
    turn->text.n = start;
    buf_add_str(&turn->text, mark);
    *end = turn->text.n;
    if (tail.n) buf_add(&turn->text, copy, tail.n);
    return buf_check(&turn->text, "the answer", err);
}

/* One of a kind is told, however many sentences have it. */
static bool was_noted(const Turn *turn, const TurnFinding *finding) {
    for (size_t i = 0; i < turn->n_findings; i++) {
        const TurnFinding *old = &turn->findings[i];
        if (old->place == finding->place && strcmp(old->kind, finding->kind) == 0) return true;
    }
    return false;
}

/* The name of a kind of finding, in the question's language. */
static const char *kind_said(const Turn *turn, const char *kind) {
    for (int k = 0; k < GUARD_KINDS; k++) {
        if (strcmp(kind, guard_kind_name((GuardKind)k)) == 0)
            return turn_says(turn, (TurnWords)((int)SAY_KIND_INJECTION + k));
    }
    return turn_says(turn, SAY_KIND_LEAK);
}

/* The notice says what was done, then why. */
static void tell(Turn *turn, const TurnFinding *f) {
    if (was_noted(turn, f)) return;
    guard_note(turn, f);
    TurnWords done = f->act == GUARD_TELL ? SAY_UNREAD
                     : f->act == GUARD_CUT_OUT ? SAY_SOME_CUT : SAY_ALL_CUT;
    buf_printf(turn_notice(turn), "%s (%s: %s)", turn_says(turn, done), kind_said(turn, f->kind),
               turn_reason(turn, f->reason));
}

/* Telling goes first: what is cut out is not cut in silence. */
static Status act(Turn *turn, size_t start, size_t *end, const TurnFinding *f, Err *err) {
    tell(turn, f);
    if (f->act == GUARD_CUT_OUT) TRY(put_mark(turn, start, end, err));
    if (f->act == GUARD_FORBID) {
        turn->withheld = turn_says(turn, SAY_WITHHELD);
    }
    return buf_check(&turn->notice, "a notice", err);
}

/* ---- links ---------------------------------------------------------------------------------- */

/* The user's own address, or a document's: showing it tells nobody anything new. */
static bool is_ours(const Turn *turn, Str link) {
    if (str_has(turn->question, link)) return true;
    for (size_t i = 0; i < turn->found.n; i++) {
        if (str_has(turn->found.hits[i].text, link)) return true;
    }
    return false;
}

/* The endpoint wrote it like this: no surrogate in it became a word of the user's. */
static bool is_known(const Turn *turn, Str link) {
    return str_has(buf_str(&turn->masked), link) || is_ours(turn, link);
}

/* In text[from..]. An address that began before may go on there: sentences end inside of some. */
static Status look_for_leak(const Turn *turn, Str text, size_t from, bool *leaks, Err *err) {
    AddressView view;
    Address address;
    size_t begin = from > ADDRESS_MAX ? from - ADDRESS_MAX : 0;
    Str near = str_sub(text, begin, text.n);
    *leaks = false;
    TRY(address_view_init(&view, near, false, err));
    for (size_t at = 0; !*leaks && address_next(&view, at, &address);) {
        Str link = str_sub(near, address.begin, address.end);
        bool fresh = begin + address.end > from && link.n > 0;
        *leaks = fresh && !(address.base ? is_ours(turn, link) : is_known(turn, link));
        at = link.n ? address.end : address.begin + 1;
    }
    address_view_fini(&view);
    return OK;
}

/* ---- one sentence --------------------------------------------------------------------------- */

/* The weightiest that is done about the sentence; act OFF: nothing. */
static TurnFinding judge(Guard *guard, const GuardTable *table, Str window, size_t context) {
    TurnFinding most = {.place = GUARD_ANSWER, .act = GUARD_OFF};
    GuardVerdict verdicts[GUARD_KINDS];
    assert(context <= window.n);
    size_t n = guard_check(guard, window, verdicts);
    for (size_t i = 0; i < n; i++) {
        const GuardVerdict *v = &verdicts[i];
        GuardAct by = guard_table_act(table, GUARD_ANSWER, v->kind, v->score);
        if (by <= most.act || v->end <= context) continue; /* it was found before */
        most = (TurnFinding){GUARD_ANSWER, guard_kind_name(v->kind), by, (double)v->score,
                             v->reason};
    }
    return most;
}

/* Where the endpoint's words hold the user's in an address. */
static Status judge_links(const Turn *turn, const GuardTable *table, Str text, size_t from,
                          TurnFinding *most, Err *err) {
    bool leaks = false;
    if (!turn->masked.n || table->leak <= most->act) return OK;
    TRY(look_for_leak(turn, text, from, &leaks, err));
    if (leaks) *most = (TurnFinding){GUARD_ANSWER, "leak", table->leak, 1, leak_reason};
    return OK;
}

/* Nobody wants answers looked at. */
static bool is_off(const GuardTable *table) {
    bool off = table->leak == GUARD_OFF;
    for (int k = 0; k < GUARD_KINDS; k++) off = off && table->act[GUARD_ANSWER][k] == GUARD_OFF;
    return off;
}

Status guard_sentence(Turn *turn, size_t start, size_t *end, bool supported, Err *err) {
    Guard *guard = NULL;
    const GuardTable *table = NULL;
    TRY(rig_guard_table(turn->rig, &table, err));
    if (is_off(table)) return OK;
    assert(start <= *end && *end <= turn->text.n);
    GuardTable less = *table;
    if (supported) {
        less.act[GUARD_ANSWER][GUARD_OFFENSIVE] = less.act[GUARD_ANSWER][GUARD_UNSAFE] = GUARD_OFF;
    }
    if (turn->work == WORK_DRAFT && !turn->consulted) {
        less.act[GUARD_ANSWER][GUARD_INJECTION] = GUARD_OFF;
    }
    TRY(rig_guard(turn->rig, &guard, err));
    size_t context = start < CONTEXT ? start : CONTEXT;
    Str window = str_sub(buf_str(&turn->text), start - context, *end);
    TurnFinding f = judge(guard, &less, window, context);
    TRY(judge_links(turn, &less, str_sub(buf_str(&turn->text), 0, *end), start, &f, err));
    return f.act == GUARD_OFF ? OK : act(turn, start, end, &f, err);
}

Status guard_holds(Turn *turn, bool *holds, Err *err) {
    const GuardTable *table = NULL;
    TRY(rig_guard_table(turn->rig, &table, err));
    *holds = turn->masked.n > 0 && table->leak > GUARD_TELL;
    for (int k = 0; k < GUARD_KINDS; k++) {
        *holds = *holds || table->act[GUARD_ANSWER][k] > GUARD_TELL;
    }
    return OK;
}
