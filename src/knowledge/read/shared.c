/* The body of shared.h: one buffer, and where each string ends in it. */
#include "knowledge/read/shared.h"

#include <assert.h>

#include "knowledge/doc.h"

void shared_init(Shared *shared) {
    *shared = (Shared){0};
    buf_init(&shared->text, DOC_TEXT_MAX);
}

void shared_fini(Shared *shared) {
    buf_fini(&shared->text);
    mem_free(shared->ends);
}

Status shared_end(Shared *s, Err *err) {
    TRY(buf_check(&s->text, "the words of a workbook", err));
    TRY(mem_grow((void **)&s->ends, &s->cap, s->n + 1, sizeof *s->ends, SHARED_MAX, err));
    assert(s->n == 0 || s->ends[s->n - 1] <= s->text.n); /* shared_get cuts by them */
    s->ends[s->n++] = s->text.n;
    return OK;
}

Str shared_get(const Shared *s, size_t i) {
    if (i >= s->n) return (Str){NULL, 0};
    return str_sub(buf_str(&s->text), i ? s->ends[i - 1] : 0, s->ends[i]);
}
