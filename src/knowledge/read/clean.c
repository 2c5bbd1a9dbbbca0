/*
 * The body of clean.h.
 *
 * ASCII runs are copied whole; only other bytes are decoded. Positions in the cleaned text are what
 * all offsets of Hearth count, so cleaning happens exactly once, here, before a block gets its
 * place.
 *
 * Sources: reliability list X3 (terminal escapes from documents), Unicode Standard Annex 9
 * (explicit directional formatting characters), RFC 3629.
 *
 * Examples: "a\r\nb" is "a\nb", "a" NBSP "b" is "a b", ESC "[31m" is U+241B "[31m", "so" U+00AD
 * "ft" is "soft", a NUL is nothing.
 */
#include "knowledge/read/clean.h"

#include <assert.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "knowledge/read/charset.h"

enum { META_MAX = 512 };

/* Soft hyphen, zero-width blank, marks and overrides of direction, word joiner and its like, byte
   order mark, interlinear marks, tags, noncharacters. U+200C and U+200D stay. */
static bool is_invisible(uint32_t c) {
    return c == 0xAD || c == 0x200B || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x2069) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) ||
           (c >= 0xE0000 && c <= 0xE007F) || c == 0xFFFE || c == 0xFFFF;
}

/* Blanks of Unicode other than the plain one; the CJK blank U+3000 stays. */
static bool is_odd_blank(uint32_t c) {
    return c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x205F;
}

/* One code point that is not printable ASCII. */
static void clean_code(Buf *out, uint32_t c) {
    if (c == '\n' || c == '\t') {
        buf_add_byte(out, (char)c);
    } else if (c == 0x2028 || c == 0x2029 || c == 0x85 || c == '\f') {
        buf_add_byte(out, '\n');
    } else if (c == 0x1B || c == 0x9B || c == 0x9D || c == 0x90) {
        utf8_add(out, 0x241B);
    } else if (c < 0x20 || (c >= 0x7F && c < 0xA0) || is_odd_blank(c)) {
        buf_add_byte(out, ' ');
    } else if (!is_invisible(c)) {
        utf8_add(out, c);
    }
}

static bool is_plain(char c) {
    return (c >= 0x20 && c < 0x7F) || c == '\n';
}

void clean_add(Buf *out, Str text) {
    size_t at = 0;
    while (at < text.n && out->status == OK) {
        size_t from = at;
        while (at < text.n && is_plain(text.p[at])) at++;
        buf_add(out, text.p + from, at - from);
        if (at >= text.n) break;
        if (text.p[at] == '\r') {
            at++;
            if (at >= text.n || text.p[at] != '\n') buf_add_byte(out, '\n');
            continue;
        }
        size_t width = 1;
        uint32_t code = utf8_decode(text, at, &width);
        if (code != 0) clean_code(out, code);
        at += width;
    }
}

uint32_t count_lines(Str text) {
    uint32_t n = 0;
    for (size_t i = 0; i < text.n; i++) n += text.p[i] == '\n';
    return n;
}

static bool is_gap(char c) {
    return c == ' ' || c == '\n' || c == '\t';
}

/* In place: runs of blanks become one, both ends are trimmed. Each byte behind joined lines goes to
   `joins` as a pair of u32: its place, and how many line ends lie before it. */
static void squeeze(Buf *text, Buf *joins) {
    size_t to = 0;
    uint32_t down = 0, told = 0;
    for (size_t i = 0; i < text->n; i++) {
        down += to && text->p[i] == '\n';
        if (!is_gap(text->p[i])) {
            uint32_t pair[2] = {(uint32_t)to, down};
            if (joins && down != told) buf_add(joins, (const char *)pair, sizeof pair);
            told = down;
            text->p[to++] = text->p[i];
        } else if (to && text->p[to - 1] != ' ') {
            text->p[to++] = ' ';
        }
    }
    assert(to <= text->n);
    if (to && text->p[to - 1] == ' ') to--;
    text->n = to;
}

/* In place: blanks at line ends go. */
static void trim_line_ends(Buf *text) {
    size_t to = 0, solid = 0; /* solid: end of the last byte of this line that must stay */
    for (size_t i = 0; i < text->n; i++) {
        char c = text->p[i];
        if (c == '\n') to = solid;
        text->p[to++] = c;
        if (c == '\n' || !is_gap(c)) solid = to;
    }
    text->n = solid;
}

/* Drops empty lines in front (counted into *line) and behind. */
static Str trim_empty_lines(Buf *text, uint32_t *line) {
    size_t from = 0;
    for (size_t i = 0; i < text->n && is_gap(text->p[i]); i++) {
        if (text->p[i] != '\n') continue;
        from = i + 1;
        if (*line) ++*line;
    }
    assert(from <= text->n);
    size_t to = text->n;
    while (to > from && is_gap(text->p[to - 1])) to--;
    return (Str){text->p + from, to - from};
}

/* The pairs that squeeze has left, for the block that was just added. */
static Status add_joins(Doc *doc, const Buf *joins, Err *err) {
    TRY(buf_check(joins, "the lines of a block", err));
    assert(joins->n % (2 * sizeof(uint32_t)) == 0);
    for (size_t at = 0; at < joins->n; at += 2 * sizeof(uint32_t)) {
        uint32_t pair[2];
        memcpy(pair, joins->p + at, sizeof pair);
        TRY(doc_join(doc, pair[0], pair[1], err));
    }
    return OK;
}

/* Joins are gathered only where the format has lines. */
Status emit_block(Doc *doc, EmitAt at, Str text, Err *err) {
    if (text.n == 0) return OK;
    Buf buf, joins;
    buf_init(&buf, DOC_TEXT_MAX);
    buf_init(&joins, DOC_TEXT_MAX);
    clean_add(&buf, text);
    Status status = buf_check(&buf, "a block of the document", err);
    if (status == OK && buf.n) {
        Str ready;
        if (at.mode == EMIT_FLOW) {
            squeeze(&buf, at.line ? &joins : NULL);
            ready = buf_str(&buf);
        } else {
            trim_line_ends(&buf);
            ready = trim_empty_lines(&buf, &at.line);
        }
        status = doc_add(doc, at.kind, at.level, at.page, at.line, ready, err);
        if (status == OK) status = add_joins(doc, &joins, err);
    }
    buf_fini(&joins);
    buf_fini(&buf);
    return status;
}

Status emit_left_out(Doc *doc, uint32_t line, const char *what, Err *err) {
    char said[120];
    (void)snprintf(said, sizeof said, "[not read: %s]", what);
    EmitAt at = {BLOCK_PARAGRAPH, 0, 0, line, EMIT_FLOW};
    return emit_block(doc, at, str_from(said), err);
}

/* Cut before it is cleaned, so that the work is bounded; a character that the cut has split
   goes. */
Status emit_meta(char **field, Str text, Err *err) {
    Buf buf;
    buf_init(&buf, 4 * META_MAX + 64);
    if (text.n > META_MAX) text.n = META_MAX;
    clean_add(&buf, text);
    squeeze(&buf, NULL);
    while (buf.n && (unsigned char)buf.p[buf.n - 1] >= 0x80 && !utf8_valid(buf_str(&buf))) buf.n--;
    Status status = buf_check(&buf, "a document's title", err);
    mem_free(*field);
    *field = NULL;
    if (status == OK && buf.n) {
        *field = mem_dup(buf.p, buf.n);
        if (!*field) status = err_no_memory(err, "a document's title");
    }
    buf_fini(&buf);
    return status;
}

Status clean_decode(Buf *out, Str bytes, const char *charset, const char *what, Err *err) {
    Buf decoded;
    buf_init(&decoded, DOC_TEXT_MAX);
    Status status = charset_decode(bytes, charset, &decoded, err);
    if (status == OK) {
        clean_add(out, buf_str(&decoded));
        status = buf_check(out, what, err);
    }
    buf_fini(&decoded);
    return status;
}

/* ---- dates ---- */

/* "1 Mar 2024", "Mar 1, 2024", "Fri Mar 1 10:00:00 2024": the first name of a month, number of one
   or two digits, and number of four. */
static bool named_parts(Str s, CalendarDate *out) {
    *out = (CalendarDate){0};
    for (size_t at = 0, from = 0; at < s.n && at < 64; from = at) {
        while (at < s.n && plain_is_digit(s.p[at])) at++;
        if (at > from) {
            int64_t value = 0;
            Str digits = str_sub(s, from, at);
            if (num_parse_int(digits, 0, 9999, "date", "", &value, NULL) != OK) continue;
            if (digits.n == 4 && !out->year) out->year = (int)value;
            if (digits.n <= 2 && !out->day) out->day = (int)value;
            continue;
        }
        while (at < s.n && (plain_is_letter(s.p[at]) || (unsigned char)s.p[at] >= 0x80)) at++;
        if (at > from && !out->month) out->month = calendar_month(str_sub(s, from, at));
        if (at == from) at++;
    }
    bool year = out->year >= 1000 && out->year <= 2999;
    return year && out->month && out->day >= 1 && out->day <= 31;
}

/* Numbers first, year in front: other orders of numbers cannot be told apart. */
bool emit_date(Str text, char out[CALENDAR_ISO_BYTES]) {
    CalendarDate date;
    text = str_trim(text);
    if (str_starts(text, STR("D:"))) text = str_sub(text, 2, text.n);
    if (!calendar_read(text, CALENDAR_YEAR_FIRST | CALENDAR_PACKED, &date) &&
        !named_parts(text, &date)) {
        return false;
    }
    (void)calendar_iso(date, out);
    return true;
}
