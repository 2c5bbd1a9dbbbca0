/*
 * Joining what the tagger found in a window, or own words, with what was found there before.
 *
 * A format is certain where the tagger only thinks, so a format's bytes are the format's. What the
 * tagger found around them stays found: the rest of a name is as telling as the whole. If both say
 * the same type (an address with and without its town), the format's find grows over the tagger's.
 * An own word swallows what lies wholly inside it and else gives way as the tagger does. A rest
 * without any letter or digit, of one word that is no person's, or that alone would be no address
 * is dropped. Both lists are sorted and disjoint, and one pass over both makes the third: linear,
 * whatever the text holds.
 */
#include <assert.h>

#include "base/mem.h"
#include "base/plain.h"
#include "gate/scan/impl.h"

enum { NEAR = 300, FEW_SIGNS = 9 };

void tagged_push(Scanner *s, ScanSpan span) {
    assert(span.start < span.end && span.type < SCAN_TYPE_COUNT);
    if (s->status == OK) {
        s->status = mem_grow((void **)&s->tagged, &s->cap_tagged, s->n_tagged + 1, sizeof span,
                             SCAN_SPANS_MAX, s->err);
    }
    if (s->status == OK) s->tagged[s->n_tagged++] = span;
}

static void push(Scanner *s, ScanSpan span) {
    if (s->status == OK) {
        s->status = mem_grow((void **)&s->joined, &s->cap_joined, s->n_joined + 1, sizeof span,
                             SCAN_SPANS_MAX, s->err);
    }
    if (s->status == OK) s->joined[s->n_joined++] = span;
}

static bool is_filler(char c) {
    return !is_alnum(c) && !((unsigned char)c & 0x80);
}

/* One word of letters a-z: "IBAN" before a number that the tagger took for a part of an address. */
static bool is_one_word(Str text, const ScanSpan *span) {
    for (size_t i = span->start; i < span->end; i++) {
        if (!is_letter(text.p[i])) return false;
    }
    return true;
}

/* What a format left of an address: more than three signs or a number; in Latin letters a capital,
   if the text around has any ("84,500 euros a year" behind a date is none). */
static bool is_address_enough(Str text, const ScanSpan *span) {
    size_t from = span->start > NEAR ? span->start - NEAR : 0;
    size_t to = text.n - span->end > NEAR ? span->end + NEAR : text.n;
    bool digit = false, small = true;
    for (size_t i = span->start; i < span->end; i++) {
        char c = text.p[i];
        digit = digit || is_digit(c);
        small = small && !plain_is_capital(c) && !((unsigned char)c & 0x80);
    }
    if (small && has_capital(str_sub(text, from, to))) return false;
    return digit || span->end - span->start > FEW_SIGNS;
}

/* A rest of a find: without marks and blanks at its ends, if anything is left then. */
static void push_rest(Scanner *s, Str text, ScanSpan rest) {
    while (rest.start < rest.end && is_filler(text.p[rest.start])) rest.start++;
    while (rest.start < rest.end && is_filler(text.p[rest.end - 1])) rest.end--;
    if (rest.type != SCAN_PERSON && is_one_word(text, &rest)) return;
    if (rest.type == SCAN_ADDRESS && !is_address_enough(text, &rest)) return;
    if (rest.start < rest.end) push(s, rest);
}

/* A format's find that is to grow to `end`, where the next one begins: up to the last sign, and not
   over small words alone, which say what comes ("12 Oak Street, phone 0171 ..."). */
static size_t grown_end(Str text, size_t at, size_t end) {
    bool small = true;
    for (size_t i = at; i < end; i++) {
        small = small && (is_filler(text.p[i]) || plain_is_small(text.p[i]));
    }
    while (end > at && is_filler(text.p[end - 1])) end--;
    return small ? at : end;
}

/* One find of the tagger; spans[i] is the first format that ends behind its start. Returns the
   first that is not used up. */
static size_t join(Scanner *s, Str text, ScanSpan found, size_t i, bool own) {
    size_t done = s->n_joined ? s->joined[s->n_joined - 1].end : 0; /* by a format before */
    bool cut = found.start < done;
    if (cut) found.start = done;
    for (; i < s->n_spans && s->spans[i].start < found.end; i++) {
        ScanSpan format = s->spans[i];
        if (own && format.start >= found.start && format.end <= found.end) continue;
        bool same = format.type == found.type;
        size_t next = i + 1 < s->n_spans ? s->spans[i + 1].start : SIZE_MAX;
        if (same && format.start > found.start) format.start = found.start;
        if (same && format.end < found.end) {
            format.end = next < found.end ? grown_end(text, format.end, next) : found.end;
        }
        if (format.start > found.start) {
            ScanSpan rest = found;
            rest.end = format.start;
            push_rest(s, text, rest);
        }
        push(s, format);
        found.start = format.end;
        cut = true;
    }
    if (found.start < found.end && cut) push_rest(s, text, found);
    if (found.start < found.end && !cut) push(s, found);
    return i;
}

void merge_tagged(Scanner *s, Str text, bool own) {
    assert(s->n_tagged > 0);
    size_t first = s->n_spans;
    while (first > 0 && s->spans[first - 1].end > s->tagged[0].start) first--;
    size_t i = first;
    s->n_joined = 0;
    for (size_t k = 0; k < s->n_tagged; k++) {
        assert(s->tagged[k].start < s->tagged[k].end && s->tagged[k].end <= text.n);
        while (i < s->n_spans && s->spans[i].end <= s->tagged[k].start) push(s, s->spans[i++]);
        i = join(s, text, s->tagged[k], i, own);
    }
    while (i < s->n_spans) push(s, s->spans[i++]);
    if (s->status != OK) return;
    s->status = mem_grow((void **)&s->spans, &s->cap_spans, first + s->n_joined, sizeof *s->spans,
                         SCAN_SPANS_MAX, s->err);
    if (s->status != OK) return;
    if (s->n_joined) memcpy(s->spans + first, s->joined, s->n_joined * sizeof *s->spans);
    s->n_spans = first + s->n_joined;
}
