/*
 * A sink that remembers what an answer said, and a feeder that cuts a stream into pieces of any
 * size: for the tests and the fuzz target of the wires.
 */
#ifndef HEARTH_TESTS_WIRE_EAR_H
#define HEARTH_TESTS_WIRE_EAR_H

#include "gate/wire/wire.h"

enum { EAR_CALLS = 8, EAR_TEXT_MAX = 32 << 20 };

typedef struct Ear {
    Buf text, id[EAR_CALLS], name[EAR_CALLS], arguments[EAR_CALLS];
    size_t n_calls;
    bool disorder; /* a piece of a call that was not begun, or begun twice */
} Ear;

static inline void ear_text(void *user, Str piece) { buf_add_str(&((Ear *)user)->text, piece); }

static inline void ear_call(void *user, size_t index, Str id, Str name, Str piece) {
    Ear *ear = user;
    if (name.n > 0 && index != ear->n_calls++) ear->disorder = true;
    if (index >= ear->n_calls || (name.n == 0) != (id.n == 0)) ear->disorder = true;
    if (index >= EAR_CALLS) return;
    buf_add_str(&ear->id[index], id);
    buf_add_str(&ear->name[index], name);
    buf_add_str(&ear->arguments[index], piece);
}

static inline void ear_open(Ear *ear) {
    memset(ear, 0, sizeof *ear);
    buf_init(&ear->text, EAR_TEXT_MAX);
    for (int i = 0; i < EAR_CALLS; i++) {
        buf_init(&ear->id[i], EAR_TEXT_MAX);
        buf_init(&ear->name[i], EAR_TEXT_MAX);
        buf_init(&ear->arguments[i], EAR_TEXT_MAX);
    }
}

static inline void ear_close(Ear *ear) {
    buf_fini(&ear->text);
    for (int i = 0; i < EAR_CALLS; i++) {
        buf_fini(&ear->id[i]);
        buf_fini(&ear->name[i]);
        buf_fini(&ear->arguments[i]);
    }
}

/* Hears a whole stream in pieces of `step` bytes. `a` is left open: wire_fini. */
static inline Status ear_hear(Ear *ear, GateWire wire, Str stream, size_t step, WireAnswer *a,
                              Err *err) {
    static GateSink sink; /* one at a time */
    sink = (GateSink){ear_text, ear_call, ear};
    wire_begin(a, wire, &sink);
    for (size_t at = 0; at < stream.n; at += step) {
        size_t end = stream.n - at < step ? stream.n : at + step;
        TRY(wire_feed(a, str_sub(stream, at, end), err));
    }
    return wire_end(a, err);
}

#endif
