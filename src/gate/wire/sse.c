/*
 * The body of sse.h.
 *
 * A stream is lines that end in LF, CR or CR LF; a line is "field: value" with one blank taken off
 * behind the colon, or a comment when it begins with the colon. `data` lines add up, joined by LF;
 * `event` names the type; `id` and `retry` are for browsers that reconnect, which we never do: an
 * answer that breaks off has cost money and is told as broken. An empty line hands the event over,
 * unless it has no data. What stands behind the last empty line at the end is no event.
 *
 * One field more than the specification has: llama.cpp's servers of 2025 say "error: {...}" in the
 * place of "data: {...}" when something goes wrong behind the head of an answer, and "[DONE]" after
 * it. Passed over, a failure would be an answer without a word. It is taken as data of an event of
 * the type "error" (ggml-org/llama.cpp#14566).
 *
 * The stream is UTF-8 by definition; malformed bytes become U+FFFD where an event is handed over,
 * as the specification's decoder would have it. A mark of byte order at the very beginning is taken
 * off. Limits: 1 MiB a line and an event; types of 64 bytes and more are as good as none.
 */
#include "gate/wire/sse.h"

#include <assert.h>

#include "base/utf8.h"

enum { LINE_MAX_BYTES = SSE_EVENT_MAX + 64 };
_Static_assert((int)LINE_MAX_BYTES > (int)SSE_EVENT_MAX + 7, "a line of data fits with its name");

/* Pieces of any size go in; `event` is called for each whole event. */
void sse_init(SseReader *r, SseEventFn event, void *user) {
    memset(r, 0, sizeof *r);
    buf_init(&r->line, LINE_MAX_BYTES);
    buf_init(&r->data, SSE_EVENT_MAX + 1);
    r->event = event;
    r->user = user;
}

void sse_fini(SseReader *r) {
    buf_fini(&r->line);
    buf_fini(&r->data);
}

static Status check(const Buf *buf, Err *err) {
    if (buf->status != E_LIMIT) return buf_check(buf, "an event", err);
    return err_set(err, E_LIMIT, "an event of more than 1 MiB came");
}

/* What is no UTF-8 becomes U+FFFD, up to three bytes for one: one sign is lost, and not the answer.
   */
static Status give_mended(SseReader *r, Str data, Err *err) {
    Buf mended;
    buf_init(&mended, 3 * SSE_EVENT_MAX);
    for (size_t at = 0, width; at < data.n; at += width) {
        utf8_add(&mended, utf8_decode(data, at, &width));
    }
    Status status = buf_check(&mended, "an event", err);
    if (status == OK) status = r->event(r->user, str_from(r->type), buf_str(&mended), err);
    buf_fini(&mended);
    return status;
}

/* An empty line: the event is whole. Without data it is none (9.2.6). */
static Status give(SseReader *r, Err *err) {
    Status status = OK;
    if (r->data.n > 0) {
        assert(r->data.p[r->data.n - 1] == '\n');
        Str data = {r->data.p, r->data.n - 1}; /* without the last line's end */
        status = utf8_valid(data) ? r->event(r->user, str_from(r->type), data, err)
                                  : give_mended(r, data, err);
    }
    buf_clear(&r->data);
    r->type[0] = 0;
    return status;
}

/* One line without its end. Fields that are not known are passed over, comments (a colon in front)
   among them; a type that is too long is as good as none. */
static Status take_line(SseReader *r, Err *err) {
    Str line = buf_str(&r->line);
    if (!r->begun && str_starts(line, STR("\xEF\xBB\xBF"))) line = str_sub(line, 3, line.n);
    r->begun = true;
    if (line.n == 0) return give(r, err);
    size_t colon = str_find(line, STR(":"), 0);
    Str field = colon == SIZE_MAX ? line : str_sub(line, 0, colon);
    Str value = colon == SIZE_MAX ? STR("") : str_sub(line, colon + 1, line.n);
    if (str_starts(value, STR(" "))) value = str_sub(value, 1, value.n);
    bool failure = str_eq_c(field, "error");
    if (failure) memcpy(r->type, "error", sizeof "error");
    if (failure || str_eq_c(field, "data")) {
        buf_add_str(&r->data, value);
        buf_add_byte(&r->data, '\n');
        return check(&r->data, err);
    }
    if (str_eq_c(field, "event")) {
        size_t n = value.n < sizeof r->type ? value.n : 0;
        memcpy(r->type, value.p, n);
        r->type[n] = 0;
    }
    return OK;
}

/* A line may end in CR, LF or both, and the two may come in two pieces (after_cr). */
Status sse_feed(SseReader *r, Str bytes, Err *err) {
    for (size_t at = 0; at < bytes.n;) {
        if (r->after_cr && bytes.p[at] == '\n') at++;
        r->after_cr = false;
        size_t end = at;
        while (end < bytes.n && bytes.p[end] != '\n' && bytes.p[end] != '\r') end++;
        buf_add(&r->line, bytes.p + at, end - at);
        TRY(check(&r->line, err));
        if (end == bytes.n) return OK;
        r->after_cr = bytes.p[end] == '\r';
        TRY(take_line(r, err));
        buf_clear(&r->line);
        assert(r->line.n == 0 && r->data.n <= SSE_EVENT_MAX + 1); /* an event is held, no more */
        at = end + 1;
    }
    return OK;
}
