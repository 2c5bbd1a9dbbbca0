/*
 * The body of content.h.
 *
 * A line that begins with a blank or a tab goes on with the one before, without that blank. Lines
 * are unfolded as bytes, before anything is decoded, since simple programs fold inside a character.
 * A value in quoted-printable (vCard 2.1) goes on behind a line that ends with "=" instead.
 *
 * Characters: UTF-8 where the bytes are; else what CHARSET says, else what the whole file, which is
 * unfolded first, is guessed to be. That is told once: a name of five letters tells nothing.
 *
 * Pictures and keys in base64 are no words: their value is empty. A line longer than LINE_BYTES_MAX
 * unfolded is left out and marked, for its reader to say so. Nothing here fails but for memory.
 *
 * Sources: RFC 5545, 3.1 to 3.3.11 (folding, parameters, TEXT); RFC 6350, 3.2 to 4; versit's
 * vCard 2.1, 2.1.3 and 2.4 (quoted-printable, parameters without a name).
 *
 *     NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Gr=C3=BC=      name NOTE
 *     n                                                           value "Grün", line 1
 */
#include "knowledge/read/content.h"

#include <assert.h>

#include "base/plain.h"
#include "base/utf8.h"
#include "knowledge/read/charset.h"
#include "knowledge/read/clean.h"
#include "knowledge/read/mime.h"

enum { LINE_BYTES_MAX = 1 << 20 };

/* ---- lines ---- */

/* What went wrong in a buffer on the way is told by the one at its end. */
static void end_step(Buf *step, Buf *out) {
    if (step->status != OK && out->status == OK) out->status = step->status;
    buf_fini(step);
}

/* The line of the file at in->at, without its end. */
static Str file_line(Content *in) {
    assert(in->at < in->all.n);
    Str line = str_line(in->all, &in->at);
    in->line++;
    while (line.n && line.p[line.n - 1] == '\r') line.n--;
    return line;
}

static bool is_folded(const Content *in) {
    return in->at < in->all.n && (in->all.p[in->at] == ' ' || in->all.p[in->at] == '\t');
}

/* Where the value begins: behind the first ':' outside quotes; SIZE_MAX: this is no property. */
static size_t value_start(Str line) {
    bool quoted = false;
    for (size_t i = 0; i < line.n; i++) {
        if (line.p[i] == '"') quoted = !quoted;
        if (line.p[i] == ':' && !quoted) return i + 1;
    }
    return SIZE_MAX;
}

/* vCard 2.1 names the encoding alone, or behind ENCODING=. */
static bool has_encoding(Str params, const char *lower) {
    size_t at = 0;
    Str key, value;
    while (content_param(params, &at, &key, &value)) {
        if ((!key.n || mime_same(key, "encoding")) && mime_same(value, lower)) return true;
    }
    return false;
}

static Str params_of(Str head) {
    size_t at = str_find(head, STR(";"), 0);
    return at == SIZE_MAX ? (Str){NULL, 0} : str_sub(head, at, head.n);
}

/* Is the value of this line quoted-printable? */
static bool is_quoted(Str line) {
    size_t colon = value_start(line);
    return colon != SIZE_MAX && has_encoding(params_of(str_sub(line, 0, colon - 1)),
                                             "quoted-printable");
}

/* Takes the '=' off the end of a line of quoted-printable that goes on in the next one. Whether it
   is one is looked at once: a hostile file has a long head and a million such lines. */
static bool take_soft(Content *in, bool *looked, bool *quoted) {
    Buf *raw = &in->raw;
    if (!raw->n || raw->p[raw->n - 1] != '=') return false;
    if (!*looked) *quoted = is_quoted(buf_str(raw));
    *looked = true;
    if (*quoted) raw->p[--raw->n] = 0;
    return *quoted;
}

/* Puts one unfolded line into in->raw; false: it is too long, and in->raw holds its beginning. */
static bool unfold(Content *in) {
    bool fits = true, looked = false, quoted = false;
    buf_clear(&in->raw);
    Str line = file_line(in);
    for (;;) {
        fits = fits && line.n < LINE_BYTES_MAX - in->raw.n;
        if (fits) buf_add_str(&in->raw, line);
        if (is_folded(in)) {
            line = file_line(in);
            line = str_sub(line, line.n > 0, line.n);
        } else if (fits && in->at < in->all.n && take_soft(in, &looked, &quoted)) {
            line = file_line(in);
        } else {
            return fits;
        }
    }
}

/* The set of a file that is no UTF-8. Folds inside characters are undone first: that alone may make
   it UTF-8. `out` is told where there was no memory. */
static const char *charset_of(Str all, Buf *out) {
    Content in = {.all = all};
    Buf text;
    buf_init(&text, all.n + 1);
    buf_init(&in.raw, LINE_BYTES_MAX);
    while (in.at < all.n && text.status == OK) {
        (void)unfold(&in);
        buf_add_str(&text, buf_str(&in.raw));
        buf_add_byte(&text, '\n');
    }
    const char *found = charset_detect(buf_str(&text), STR(""));
    end_step(&text, out);
    buf_fini(&in.raw);
    /* lines were told by single bytes: it is no set of wide ones, whatever the bytes look like */
    bool wide = found && (str_begins(str_from(found), "utf-16") ||
                          str_begins(str_from(found), "utf-32"));
    return found && !wide ? found : "UTF-8";
}

void content_init(Content *in, Str all) {
    *in = (Content){.all = all, .charset = "UTF-8"};
    if (str_starts(all, STR("\xEF\xBB\xBF"))) in->at = 3;
    buf_init(&in->raw, LINE_BYTES_MAX);
    /* a byte may become a sign of three */
    buf_init(&in->name, LINE_BYTES_MAX);
    buf_init(&in->params, 4 * LINE_BYTES_MAX);
    buf_init(&in->value, 4 * LINE_BYTES_MAX);
    if (!utf8_valid(all)) in->charset = charset_of(all, &in->value);
}

void content_fini(Content *in) {
    buf_fini(&in->raw);
    buf_fini(&in->name);
    buf_fini(&in->params);
    buf_fini(&in->value);
}

Status content_check(const Content *in, Err *err) {
    TRY(buf_check(&in->raw, "a line of a calendar", err));
    TRY(buf_check(&in->name, "a line of a calendar", err));
    TRY(buf_check(&in->params, "a line of a calendar", err));
    return buf_check(&in->value, "a line of a calendar", err);
}

/* ---- properties ---- */

/* Bytes as clean UTF-8. */
static void decode(const Content *in, Buf *out, Str bytes, Str label) {
    const char *charset = "UTF-8";
    if (!utf8_valid(bytes)) charset = label.n ? charset_find(label) : NULL;
    Buf text;
    buf_init(&text, 4 * LINE_BYTES_MAX);
    charset_add(&text, bytes, charset ? charset : in->charset);
    clean_add(out, buf_str(&text));
    end_step(&text, out);
}

static void decode_value(Content *in, Str bytes, Str params) {
    Str label = content_find(params, "charset");
    bool quoted = has_encoding(params, "quoted-printable");
    if (has_encoding(params, "b") || has_encoding(params, "base64")) return;
    if (!quoted) {
        decode(in, &in->value, bytes, label);
        return;
    }
    Buf plain;
    buf_init(&plain, LINE_BYTES_MAX);
    mime_add_quoted(&plain, bytes, false);
    decode(in, &in->value, buf_str(&plain), label);
    end_step(&plain, &in->value);
}

/* A name is letters, digits and '-', behind a group and a dot perhaps. */
static Str name_of(Str head) {
    size_t end = 0, from = 0;
    for (; end < head.n && (plain_is_alnum(head.p[end]) || strchr("-_.", head.p[end])); end++) {
        if (head.p[end] == '.') from = end + 1;
    }
    bool whole = end == head.n || head.p[end] == ';';
    return whole && end > from ? str_sub(head, from, end) : (Str){NULL, 0};
}

bool content_next(Content *in, Property *out) {
    while (in->at < in->all.n && content_check(in, NULL) == OK) {
        *out = (Property){.line = in->line + 1};
        out->cut = !unfold(in);
        Str raw = buf_str(&in->raw);
        size_t colon = value_start(raw);
        if (colon == SIZE_MAX) continue;
        Str head = str_sub(raw, 0, colon - 1);
        out->name = name_of(head);
        if (!out->name.n) continue;
        buf_clear(&in->params);
        buf_clear(&in->value);
        Str params = params_of(head);
        if (params.n) { /* the first sign is ';' in whatever set */
            buf_add_byte(&in->params, ';');
            decode(in, &in->params, str_sub(params, 1, params.n), STR(""));
        }
        out->params = buf_str(&in->params);
        if (!out->cut) decode_value(in, str_sub(raw, colon, raw.n), out->params);
        out->value = buf_str(&in->value);
        return content_check(in, NULL) == OK;
    }
    return false;
}

/* ---- parameters ---- */

bool content_param(Str params, size_t *at, Str *key, Str *value) {
    if (*at >= params.n) return false;
    assert(params.p[*at] == ';');
    size_t from = *at + 1, end = from, equals = SIZE_MAX;
    bool quoted = false;
    for (; end < params.n && (quoted || params.p[end] != ';'); end++) {
        if (params.p[end] == '"') quoted = !quoted;
        if (params.p[end] == '=' && equals == SIZE_MAX && !quoted) equals = end;
    }
    *at = end;
    *key = equals == SIZE_MAX ? (Str){NULL, 0} : str_trim(str_sub(params, from, equals));
    *value = str_trim(str_sub(params, equals == SIZE_MAX ? from : equals + 1, end));
    if (value->n >= 2 && value->p[0] == '"' && value->p[value->n - 1] == '"')
        *value = str_sub(*value, 1, value->n - 1);
    return true;
}

Str content_find(Str params, const char *lower) {
    size_t at = 0;
    Str key, value;
    while (content_param(params, &at, &key, &value)) {
        if (mime_same(key, lower)) return value;
    }
    return (Str){NULL, 0};
}

/* ---- values ---- */

bool content_piece(Str value, char sign, size_t *at, Str *piece) {
    if (*at > value.n) return false;
    size_t end = *at;
    while (end < value.n && value.p[end] != sign) end += value.p[end] == '\\' ? 2 : 1;
    if (end > value.n) end = value.n;
    *piece = str_sub(value, *at, end);
    *at = end + 1;
    return true;
}

/* A backslash before anything but a sign of the format stands for itself: a path of Windows. */
static void unescape(Buf *out, Str value) {
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i], next = i + 1 < value.n ? value.p[i + 1] : 0;
        bool escape = c == '\\' && next && strchr("nN,;:\\\"", next);
        i += escape;
        buf_add_byte(out, !escape ? c : next == 'n' || next == 'N' ? '\n' : next);
    }
}

void content_add_words(Buf *out, Str value, bool flat) {
    Buf text;
    buf_init(&text, 4 * LINE_BYTES_MAX);
    unescape(&text, value);
    Str words = buf_str(&text);
    bool first = true;
    for (size_t at = 0; at < words.n;) {
        Str line = str_trim(str_line(words, &at));
        if (!line.n) continue;
        if (!first) buf_add_byte(out, flat ? ' ' : '\n');
        buf_add_str(out, line);
        first = false;
    }
    end_step(&text, out);
}
