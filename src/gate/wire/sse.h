/*
 * Event streams (WHATWG HTML, section 9.2.6, "Interpreting an event stream"), fed in pieces that
 * are cut anywhere.
 */
#ifndef HEARTH_GATE_WIRE_SSE_H
#define HEARTH_GATE_WIRE_SSE_H

#include "base/text.h"

enum { SSE_EVENT_MAX = 1 << 20, SSE_TYPE_MAX = 64 };

/* `type` is empty where the stream names none; `data` has no line end behind it. Both live until it
   returns. Anything but OK ends the reading with it. */
typedef Status (*SseEventFn)(void *user, Str type, Str data, Err *err);

typedef struct SseReader {
    Buf line, data;
    char type[SSE_TYPE_MAX];
    bool begun;    /* the first line, which may have a mark of byte order, is behind */
    bool after_cr; /* a line feed now belongs to the line end before */
    SseEventFn event;
    void *user;
} SseReader;

/* A reader at a stream's beginning; `user` goes along to `event`. sse_fini frees what it holds. */
void sse_init(SseReader *r, SseEventFn event, void *user);
void sse_fini(SseReader *r); /* and again is fine */
/* E_LIMIT: an event of more than 1 MiB; E_NO_MEMORY; what `event` says. */
Status sse_feed(SseReader *r, Str bytes, Err *err) WARN_UNUSED;

#endif
