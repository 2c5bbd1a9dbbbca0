/*
 * Strings of a chat template: bytes, and which of them the template wrote itself.
 *
 * A TString is immutable and lives in the rendering's arena (or in the Template, for literals); a
 * substring shares the bytes. Its marks are the ranges that the template wrote, ascending and apart
 * from each other, so that the whole of a literal is one range and the whole of a message is none.
 * Whoever builds a string says of each piece where it came from; a piece added without saying so
 * counts as the user's, which is the safe side: a special token spelled there stays plain text.
 *
 * Positions inside this file are bytes. Python counts characters (code points), and the functions
 * with `char` in their name translate; `ascii` makes that free for most strings.
 *
 * Ceilings: a string is never longer than TemplateLimits.output_bytes, and building one costs a
 * step a 64 bytes, so that doubling a string in a loop ends early.
 */
#include "base/utf8.h"

#include <assert.h>

#include "model/text/template_int.h"

enum { BYTES_A_STEP = 64 };

/* Unicode White_Space and the four separators that Python's str.isspace adds. */
bool tmpl_is_space(uint32_t code) {
    return unicode_is_space(code) || (code >= 0x1C && code <= 0x1F);
}

/* ---- building -------------------------------------------------------------------------------- */

TBuilder tmpl_build(TRun *run) {
    return (TBuilder){.run = run, .ascii = true};
}

/* Room for n bytes more: under the ceiling, paid for in steps, doubled inside the arena. */
static bool reserve(TBuilder *b, size_t n) {
    TRun *run = b->run;
    assert(b->n <= b->cap);
    if (b->status != OK) return false;
    if (n > run->limits.output_bytes || b->n > run->limits.output_bytes - n) {
        b->status = TMPL_FAIL(run, E_LIMIT, "a string or the output grows beyond %zu bytes",
                              run->limits.output_bytes);
        return false;
    }
    b->status = tmpl_step(run, n / BYTES_A_STEP);
    if (b->status != OK || b->n + n <= b->cap) return b->status == OK;
    size_t cap = b->cap ? b->cap * 2 : 64;
    if (cap < b->n + n) cap = b->n + n;
    char *grown = tmpl_alloc(run, cap, 1);
    if (!grown) {
        b->status = tmpl_full(run);
        return false;
    }
    if (b->n) memcpy(grown, b->p, b->n);
    b->p = grown;
    b->cap = cap;
    return true;
}

/* Marks the last n bytes as the template's own. */
static void mark_last(TBuilder *b, size_t n) {
    assert(0 < n && n <= b->n && b->n <= UINT32_MAX);
    uint32_t to = (uint32_t)b->n, from = (uint32_t)(b->n - n);
    if (b->n_marks && b->marks[b->n_marks - 1].to == from) {
        b->marks[b->n_marks - 1].to = to;
        return;
    }
    b->status =
        tmpl_grow(b->run, (void **)&b->marks, &b->cap_marks, b->n_marks, sizeof *b->marks);
    if (b->status == OK) b->marks[b->n_marks++] = (TRange){from, to};
}

/* The one place where bytes and marks enter a string together. */
void tmpl_add(TBuilder *b, const char *bytes, size_t n, bool trusted) {
    if (!n || !reserve(b, n)) return;
    memcpy(b->p + b->n, bytes, n);
    for (size_t i = 0; i < n && b->ascii; i++) b->ascii = (unsigned char)bytes[i] < 128;
    b->n += n;
    if (trusted) mark_last(b, n);
}

void tmpl_add_c(TBuilder *b, const char *text) {
    tmpl_add(b, text, strlen(text), true);
}

void tmpl_add_code(TBuilder *b, uint32_t code, bool trusted) {
    char bytes[UTF8_MAX_BYTES];
    tmpl_add(b, bytes, utf8_encode(code, bytes), trusted);
}

void tmpl_add_string(TBuilder *b, const TString *s) {
    tmpl_add_slice(b, s, 0, s->text.n);
}

/* The first mark that ends behind `at`; n_marks: there is none. By halves: a string that is joined
   of many small pieces has many marks, and most slices of it are small. */
static uint32_t mark_behind(const TString *s, size_t at) {
    uint32_t low = 0, high = s->n_marks;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (s->marks[mid].to <= at) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

/* Walks the marks that overlap [from, to) and adds stretch by stretch. */
void tmpl_add_slice(TBuilder *b, const TString *s, size_t from, size_t to) {
    assert(to <= s->text.n);
    size_t at = from;
    for (uint32_t i = mark_behind(s, from); i < s->n_marks && at < to; i++) {
        TRange mark = s->marks[i];
        assert(mark.to > at); /* marks ascend and are apart */
        if (mark.from > at) {
            size_t end = mark.from < to ? mark.from : to;
            tmpl_add(b, s->text.p + at, end - at, false);
            at = end;
        }
        size_t end = mark.to < to ? mark.to : to;
        if (end <= at) continue;
        tmpl_add(b, s->text.p + at, end - at, true);
        at = end;
    }
    if (at < to) tmpl_add(b, s->text.p + at, to - at, false);
}

/* Escapes take the mark of the character they stand for. */
void tmpl_add_escaped(TBuilder *b, const TString *s) {
    static const char from[] = "&<>'\"";
    static const char *const to[] = {"&amp;", "&lt;", "&gt;", "&#39;", "&#34;"};
    size_t start = 0;
    for (size_t i = 0; i < s->text.n && !s->markup; i++) {
        const char *hit = s->text.p[i] ? strchr(from, s->text.p[i]) : NULL;
        if (!hit) continue;
        tmpl_add_slice(b, s, start, i);
        tmpl_add(b, to[hit - from], strlen(to[hit - from]), tmpl_trusted_at(s, i));
        start = i + 1;
    }
    tmpl_add_slice(b, s, start, s->text.n);
}

/* The builder's memory becomes the string; the builder must not be used again. */
Status tmpl_take(TBuilder *b, bool markup, TValue *out) {
    if (b->status != OK) return b->status;
    TString *s = tmpl_alloc(b->run, 1, sizeof *s);
    if (!s) return tmpl_full(b->run);
    assert(!b->n_marks || b->marks[b->n_marks - 1].to <= b->n);
    *s = (TString){.text = {b->p ? b->p : "", b->n},
                   .marks = b->marks,
                   .n_marks = (uint32_t)b->n_marks,
                   .ascii = b->ascii,
                   .markup = markup};
    *out = tv_string(s);
    return OK;
}

/* A string around bytes that outlive the rendering: literals, context, tokens. */
Status tmpl_new_string(TRun *run, Str text, bool trusted, TValue *out) {
    TString *s = tmpl_alloc(run, 1, sizeof *s);
    TRange *mark = trusted ? tmpl_alloc(run, 1, sizeof *mark) : NULL;
    if (!s || (trusted && !mark)) return tmpl_full(run);
    if (text.n > UINT32_MAX) return TMPL_FAIL(run, E_LIMIT, "a string beyond 4 GiB");
    TRY(tmpl_step(run, text.n / 256));
    *s = (TString){.text = text, .ascii = true};
    for (size_t i = 0; i < text.n && s->ascii; i++) s->ascii = (unsigned char)text.p[i] < 128;
    if (trusted && text.n) {
        *mark = (TRange){0, (uint32_t)text.n};
        s->marks = mark;
        s->n_marks = 1;
    }
    *out = tv_string(s);
    return OK;
}

Status tmpl_new_c(TRun *run, const char *text, TValue *out) {
    return tmpl_new_string(run, str_from(text), true, out);
}

/* Bytes [from, to), sharing them. Marks are shared too when one covers everything. */
Status tmpl_sub(TRun *run, const TString *s, size_t from, size_t to, TValue *out) {
    assert(from <= to && to <= s->text.n);
    TString *part = tmpl_alloc(run, 1, sizeof *part);
    if (!part) return tmpl_full(run);
    *part = (TString){.text = str_sub(s->text, from, to), .ascii = s->ascii, .markup = s->markup};
    *out = tv_string(part);
    uint32_t first = mark_behind(s, from), last;
    for (last = first; last < s->n_marks && s->marks[last].from < to;) last++;
    if (first == last || from == to) return OK;
    TRange *marks = tmpl_alloc(run, last - first, sizeof *marks);
    if (!marks) return tmpl_full(run);
    for (uint32_t i = first; i < last; i++) {
        size_t a = s->marks[i].from, b = s->marks[i].to;
        a = a > from ? a - from : 0;
        b = (b < to ? b : to) - from;
        assert(a < b); /* a mark that lies in the part, in its places */
        marks[part->n_marks++] = (TRange){(uint32_t)a, (uint32_t)b};
    }
    part->marks = marks;
    return OK;
}

/* ---- asking ---------------------------------------------------------------------------------- */

bool tmpl_trusted_at(const TString *s, size_t at) {
    uint32_t mark = mark_behind(s, at);
    return mark < s->n_marks && s->marks[mark].from <= at;
}

bool tmpl_trusted(const TString *s) {
    return s->text.n == 0 ||
           (s->n_marks == 1 && s->marks[0].from == 0 && s->marks[0].to == s->text.n);
}

size_t tmpl_chars(const TString *s) {
    return s->ascii ? s->text.n : utf8_length(s->text);
}

/* Beyond the end it is the end. */
size_t tmpl_char_offset(const TString *s, size_t index) {
    if (s->ascii) return index < s->text.n ? index : s->text.n;
    size_t at = 0;
    for (size_t width; index > 0 && at < s->text.n; index--, at += width) {
        (void)utf8_decode(s->text, at, &width);
    }
    return at;
}

/* Is the character in `set`; with no set: is it white space? A set is read again for each character
   of the text, so that a long one pays each time: text times set would be hours in one call. */
static Status in_set(TRun *run, const TString *set, uint32_t code, bool *in) {
    *in = !set && tmpl_is_space(code);
    if (!set) return OK;
    TRY(tmpl_step(run, set->text.n / 64));
    for (size_t at = 0, width; at < set->text.n && !*in; at += width) {
        *in = utf8_decode(set->text, at, &width) == code;
    }
    return OK;
}

Status tmpl_strip_left(TRun *run, const TString *s, const TString *set, size_t *from) {
    size_t at = 0;
    for (size_t width; at < s->text.n; at += width) {
        bool in;
        TRY(in_set(run, set, utf8_decode(s->text, at, &width), &in));
        if (!in) break;
    }
    *from = at;
    return OK;
}

/* Backwards to the start of each character; a stray continuation byte is one of its own. */
Status tmpl_strip_right(TRun *run, const TString *s, const TString *set, size_t from,
                        size_t *to) {
    size_t end = s->text.n;
    assert(from <= end);
    while (end > from) {
        bool in;
        size_t at = end - 1, width;
        while (at > from && end - at < UTF8_MAX_BYTES && utf8_goes_on(s->text.p[at])) at--;
        uint32_t code = utf8_decode(s->text, at, &width);
        if (at + width != end) code = utf8_decode(s->text, at = end - 1, &width);
        TRY(in_set(run, set, code, &in));
        if (!in) break;
        end = at;
    }
    *to = end;
    return OK;
}

/* Length of the line end at `at`, 0 when there is none (Python's str.splitlines). */
static size_t line_end(Str s, size_t at) {
    size_t width;
    uint32_t code = utf8_decode(s, at, &width);
    if (code == '\r' && at + 1 < s.n && s.p[at + 1] == '\n') return 2;
    bool ends = (code >= '\n' && code <= '\r') || (code >= 0x1C && code <= 0x1E) || code == 0x85 ||
                code == 0x2028 || code == 0x2029;
    return ends ? width : 0;
}

Status tmpl_split_lines(TRun *run, const TString *s, bool keep_ends, TList **out) {
    TRY(tmpl_step(run, s->text.n / 64));
    TRY(tmpl_list_new(run, TS_LIST, 8, out));
    size_t start = 0;
    for (size_t at = 0, width; at < s->text.n;) {
        size_t n = line_end(s->text, at);
        if (!n) {
            (void)utf8_decode(s->text, at, &width);
            at += width;
            continue;
        }
        TValue line = {0};
        TRY(tmpl_sub(run, s, start, at + (keep_ends ? n : 0), &line));
        TRY(tmpl_list_add(run, *out, line));
        at += n;
        start = at;
    }
    if (start == s->text.n) return OK;
    TValue line = {0};
    TRY(tmpl_sub(run, s, start, s->text.n, &line));
    return tmpl_list_add(run, *out, line);
}
