/*
 * Reasoning that stands in the answer's own text.
 *
 * Servers that know a model's marks put its reasoning into a field of its own, which is not shown.
 * Those that do not (llama.cpp's and vLLM's without a reasoning parser, gateways in front of them)
 * send it as text: "<think>\n...</think>\n\nThe answer". Shown, it would be read and cited as if
 * it were the answer. So what stands between these marks at the very beginning is left out, with
 * the blanks around it. A "<think>" anywhere later is text that somebody wrote.
 *
 * What may still become the mark waits; all else goes on at once. An answer that ends inside its
 * reasoning has said nothing: an error says so, where an empty answer would not.
 *
 * Not here: models whose template has opened the mark for them, so that only its end comes.
 */
#include <assert.h>

#include "gate/wire/wire.h"

static const Str opening = {"<think>", 7}, closing = {"</think>", 8};

static bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/* What was held may not become the mark any more. */
static Status give_held(WireAnswer *a, Err *err) {
    Str held = {a->held, a->n_held};
    a->n_held = 0;
    a->thinking = WIRE_SAYS;
    return wire_text(a, held, err);
}

/* One character before it is known whether the answer begins with reasoning. */
static Status take_first(WireAnswer *a, char c, Err *err) {
    assert(a->n_held < sizeof a->held); /* a full one is given at once */
    a->held[a->n_held++] = c;
    Str held = {a->held, a->n_held};
    while (held.n && is_blank(held.p[0])) held = str_sub(held, 1, held.n);
    if (str_eq(held, opening)) {
        a->n_held = 0;
        a->thinking = WIRE_THINKS;
    } else if (!str_starts(opening, held) || a->n_held == sizeof a->held) {
        return give_held(a, err);
    }
    return OK;
}

/* One character of the reasoning; a->n_held: how much of the closing mark stands before it. No end
   of the mark is its beginning. */
static void take_thought(WireAnswer *a, char c) {
    assert(a->n_held < closing.n);
    a->n_held = c == closing.p[a->n_held] ? a->n_held + 1 : c == closing.p[0];
    if (a->n_held < closing.n) return;
    a->n_held = 0;
    a->thinking = WIRE_THOUGHT;
}

/* Byte by byte until the answer itself begins, then piece by piece as it comes. */
Status wire_said(WireAnswer *a, Str piece, Err *err) {
    size_t at = 0;
    while (at < piece.n && a->thinking != WIRE_SAYS) {
        if (a->thinking == WIRE_THOUGHT && !is_blank(piece.p[at])) {
            a->thinking = WIRE_SAYS;
            break;
        }
        if (a->thinking == WIRE_BEGINS) TRY(take_first(a, piece.p[at], err));
        else if (a->thinking == WIRE_THINKS) take_thought(a, piece.p[at]);
        at++;
    }
    return wire_text(a, str_sub(piece, at, piece.n), err);
}

/* Reasoning alone is no answer, and half of the opening mark is one. */
Status wire_said_all(WireAnswer *a, Err *err) {
    if (a->thinking == WIRE_BEGINS) return give_held(a, err);
    if (a->thinking == WIRE_SAYS || a->n_calls > 0) return OK;
    return err_set(err, E_REMOTE, a->cut ? "the answer ran out of tokens while the model reasoned"
                                         : "the model reasoned and answered nothing");
}
