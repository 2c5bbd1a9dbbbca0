/*
 * Mail: one message (.eml) or a folder of them (mbox).
 *
 * The first block holds From, To, Cc, Date and Subject, one a line. Then the text: in a
 * multipart/alternative the plain version is preferred, else the HTML one, read like any page, and
 * behind it the event of an invitation (text/calendar); every other text part follows in order; a
 * message inside a message is read like one. Attachments are named in a last block and read
 * (attached.c).
 *
 * Lines: of a part in base64, where the part begins; of any other, each line's own, also of those
 * that quoted-printable folded. Of folded HTML it is that of the whole line that was folded.
 *
 * Limits: parts, nesting, headers. A part without an end lasts until its parent's end.
 * Sources: RFC 5322 (messages), RFC 2046 (multipart), RFC 4155 (mbox).
 *
 *     multipart/mixed
 *       multipart/alternative
 *         text/plain            read
 *         text/html             left out: the plain one is there
 *       application/pdf         named, kept for the extractor
 *       message/rfc822          headers and text, like the mail itself
 *     ...                       last block: Attachments: lease.pdf
 */
#include <assert.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/plain.h"
#include "knowledge/read/attached.h"
#include "knowledge/read/charset.h"
#include "knowledge/read/clean.h"
#include "knowledge/read/mime.h"
#include "knowledge/read/read.h"

enum { PARTS_MAX = 500, NESTING_MAX = 10, MESSAGES_MAX = 200000, HEADER_LINES_MAX = 2000 };

typedef struct Mail {
    Str all; /* for counting lines */
    size_t counted;
    uint32_t counted_line;
    Doc *doc;
    Err *err;
    unsigned parts; /* of the message at hand */
    bool said_many; /* its document says that there are more than PARTS_MAX */
    Attached attached;
} Mail;

typedef struct Part {
    Str type, encoding, disposition; /* raw header values, folded lines inside */
    Str from, to, cc, date, subject;
    Str body;
} Part;

/* Line of a place in the file. Places come in order, so counting goes on from the last one. */
static uint32_t line_at(Mail *m, const char *place) {
    assert(place >= m->all.p && place <= m->all.p + m->all.n); /* parts are views of the file */
    size_t at = (size_t)(place - m->all.p);
    if (at < m->counted) return m->counted_line;
    m->counted_line += count_lines(str_sub(m->all, m->counted, at));
    m->counted = at;
    return m->counted_line;
}

/* Says in the document what was left out, and at which place of the file it stands. */
static Status say_cut(Mail *m, const char *what, const char *place) {
    return emit_left_out(m->doc, line_at(m, place), what, m->err);
}

/* ---- headers ---- */

static size_t line_end(Str s, size_t at) {
    size_t end = str_find(s, STR("\n"), at);
    return end == SIZE_MAX ? s.n : end + 1;
}

/* The first of a name counts; others of that name are ignored. */
static void take_header(Part *p, Str name, Str value) {
    const struct {
        const char *name;
        Str *to;
    } known[] = {{"content-type", &p->type},
                 {"content-transfer-encoding", &p->encoding},
                 {"content-disposition", &p->disposition},
                 {"from", &p->from},
                 {"to", &p->to},
                 {"cc", &p->cc},
                 {"date", &p->date},
                 {"subject", &p->subject}};
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (mime_same(name, known[i].name) && !known[i].to->n) *known[i].to = str_trim(value);
    }
}

/* Does a line "Name: value" begin at `at`? */
static bool is_header(Str s, size_t at) {
    size_t end = at;
    while (end < s.n && (plain_is_alnum(s.p[end]) || s.p[end] == '-')) end++;
    return end > at && end < s.n && s.p[end] == ':';
}

/* Does the line at `at` go on with the one before? A line of blanks alone does only where more
   headers follow: else it is the empty line that ends them, as some programs write it. */
static bool is_continued(Str s, size_t at) {
    if (at >= s.n || (s.p[at] != ' ' && s.p[at] != '\t')) return false;
    size_t end = line_end(s, at);
    return str_trim(str_sub(s, at, end)).n || is_header(s, end);
}

/* Headers up to the empty line; p->body is what follows. */
static void split_part(Str s, Part *p) {
    *p = (Part){.body = {s.p + s.n, 0}};
    size_t at = 0;
    for (unsigned lines = 0; at < s.n && lines < HEADER_LINES_MAX; lines++) {
        size_t end = line_end(s, at);
        if (str_trim(str_sub(s, at, end)).n == 0) {
            p->body = str_sub(s, end, s.n);
            return;
        }
        while (is_continued(s, end)) end = line_end(s, end);
        Str line = str_sub(s, at, end);
        size_t colon = str_find(line, STR(":"), 0);
        if (colon != SIZE_MAX)
            take_header(p, str_trim(str_sub(line, 0, colon)), str_sub(line, colon + 1, line.n));
        at = end;
    }
    p->body = str_sub(s, at, s.n);
}

/* The block of headers, and from those of the outermost message the document's author, title and
   date. */
static Status emit_headers(Mail *m, const Part *p, const char *place) {
    const struct {
        const char *name;
        Str value;
    } lines[] = {{"From", p->from},
                 {"To", p->to},
                 {"Cc", p->cc},
                 {"Date", p->date},
                 {"Subject", p->subject}};
    enum { SUBJECT = 4 };
    Buf text, value;
    buf_init(&text, 1 << 20);
    buf_init(&value, 1 << 20);
    char date[11];
    Status status = OK;
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        if (!lines[i].value.n) continue;
        buf_clear(&value);
        mime_add_header(&value, lines[i].value);
        Str shown = str_trim(buf_str(&value));
        if (text.n) buf_add_byte(&text, '\n');
        buf_printf(&text, "%s: ", lines[i].name);
        buf_add_str(&text, shown);
        if (i == SUBJECT) attached_subject(&m->attached, shown);
        char **field = i == 0 ? &m->doc->author : i == SUBJECT ? &m->doc->title : NULL;
        if (field && !*field && status == OK) status = emit_meta(field, shown, m->err);
    }
    if (status == OK && !m->doc->date && emit_date(p->date, date)) {
        status = emit_meta(&m->doc->date, str_from(date), m->err);
    }
    if (status == OK) status = buf_check(&text, "the headers of a mail", m->err);
    EmitAt at = {BLOCK_PARAGRAPH, 0, 0, line_at(m, place), EMIT_LINES};
    if (status == OK) status = emit_block(m->doc, at, buf_str(&text), m->err);
    buf_fini(&text);
    buf_fini(&value);
    return status;
}

/* ---- one text part ---- */

/* plain 3, HTML 2, anything that holds parts 1, else 0. "text" alone, as old programs say, is
   plain. */
static int rank(const Part *p) {
    bool alone = str_begins(p->type, "text") && (p->type.n == 4 || p->type.p[4] == ';');
    if (!p->type.n || alone || str_begins(p->type, "text/plain")) return 3;
    if (str_begins(p->type, "text/html")) return 2;
    return str_begins(p->type, "multipart/") ? 1 : 0;
}

/* Are its bytes other than its text? Then lines of the two differ. */
static bool is_encoded(const Part *p) {
    return str_begins(p->encoding, "base64") || str_begins(p->encoding, "quoted-printable");
}

/* Quoted-printable folds long lines with "=" at their ends: where decoded lines begin. */
typedef struct Folds {
    Str body;
    size_t at;
    uint32_t above, decoded; /* lines of the file above `at`; number of the decoded line there */
} Folds;

/* The line of the body at `at`, without its end; *folded: its text goes on in the next one. */
static Str raw_line(Str body, size_t at, bool *folded) {
    size_t last = line_end(body, at);
    while (last > at && strchr("\r\n \t", body.p[last - 1])) last--;
    *folded = last > at && body.p[last - 1] == '=';
    return str_sub(body, at, last - *folded);
}

/* Lines of the body above decoded line `line`; asked for in order. */
static uint32_t folds_above(Folds *f, uint32_t line) {
    while (f->decoded < line && f->at < f->body.n) {
        bool folded;
        (void)raw_line(f->body, f->at, &folded);
        f->above++;
        f->decoded += !folded;
        f->at = line_end(f->body, f->at);
    }
    return f->above;
}

/* Bytes that a line of the body becomes. */
static size_t decoded_bytes(Str raw) {
    size_t n = raw.n;
    for (size_t i = 0; i + 2 < raw.n; i++) {
        if (raw.p[i] != '=') continue;
        n -= 2;
        i += 2;
    }
    return n;
}

/* As doc_join, by a place in the document: joins of a block that is not the last one may come, too.
   One that is not behind the last is dropped. */
static Status join_at(Mail *m, size_t at, uint32_t down) {
    Doc *doc = m->doc;
    if (doc->n_joins && doc->joins[doc->n_joins - 1].at >= at) return OK;
    TRY(mem_grow((void **)&doc->joins, &doc->cap_joins, doc->n_joins + 1, sizeof *doc->joins,
                 DOC_JOINS_MAX, m->err));
    assert(at < doc->text.n);
    doc->joins[doc->n_joins++] = (DocJoin){(uint32_t)at, down};
    return OK;
}

/* The folds inside the decoded line at `f`, whose text are bytes [from, to) of the document: told
   by their share of the line, which is exact where the text is UTF-8 and is not indented. */
static Status join_folds(Mail *m, const Folds *f, size_t from, size_t to, uint32_t down) {
    assert(from <= to && f->at <= f->body.n);
    size_t whole = 0, before = 0, at = f->at;
    bool folded = true;
    for (size_t i = at; folded && i < f->body.n; i = line_end(f->body, i)) {
        whole += decoded_bytes(raw_line(f->body, i, &folded));
    }
    for (folded = true; whole && at < f->body.n; at = line_end(f->body, at)) {
        before += decoded_bytes(raw_line(f->body, at, &folded));
        size_t place = from + (size_t)((double)(to - from) * (double)before / (double)whole);
        if (!folded) break;
        if (place > from && place < to) TRY(join_at(m, place, ++down));
        else ++down;
    }
    return OK;
}

/* Where each line of the block, of which the first is decoded line `line`, stands in the file. */
static Status join_lines(Mail *m, Folds *f, const DocBlock *block, uint32_t line) {
    uint32_t base = folds_above(f, line);
    const Buf *text = &m->doc->text;
    for (size_t at = block->start, n = 0; at < block->end; n++) {
        const char *stop = memchr(text->p + at, '\n', block->end - at);
        size_t to = stop ? (size_t)(stop - text->p) : block->end;
        uint32_t down = folds_above(f, line + (uint32_t)n) - base;
        if (down != n) TRY(join_at(m, at, down));
        TRY(join_folds(m, f, at, to, down));
        at = to + 1;
    }
    return OK;
}

/* Lines of the part's blocks, which were counted in its decoded text, become lines of the file.
   What was base64 has none of its own: the part's first. */
static Status place_blocks(Mail *m, const Part *p, size_t block, size_t join) {
    Doc *doc = m->doc;
    Folds folds = {.body = p->body, .decoded = 1};
    uint32_t first = line_at(m, p->body.p);
    bool quoted = str_begins(p->encoding, "quoted-printable"), html = rank(p) == 2;
    for (; block < doc->n_blocks; block++) {
        DocBlock *b = &doc->blocks[block];
        uint32_t decoded = b->line, base;
        if (!quoted || !decoded) {
            b->line = is_encoded(p) || !decoded ? first : first + decoded - 1;
            continue;
        }
        base = folds_above(&folds, decoded);
        b->line = first + base;
        if (!html) TRY(join_lines(m, &folds, b, decoded));
        for (; html && join < doc->n_joins && doc->joins[join].at < b->end; join++) {
            uint32_t *down = &doc->joins[join].down;
            *down = folds_above(&folds, decoded + *down) - base;
        }
    }
    return OK;
}

/* By transfer encoding; 7bit, 8bit and unknown ones are as they stand. */
static void decode_bytes(const Part *p, Buf *out) {
    if (str_begins(p->encoding, "base64")) {
        mime_add_base64(out, p->body);
    } else if (is_encoded(p)) {
        mime_add_quoted(out, p->body, false);
    } else {
        buf_add_str(out, p->body);
    }
}

/* A part as clean UTF-8: its own label first, else a guess. E_UNSUPPORTED: it is no text in any
   character set that is known. */
static Status decode_text(const Part *p, Buf *out, Err *err) {
    Buf bytes, label;
    buf_init(&bytes, DOC_TEXT_MAX);
    buf_init(&label, 1024);
    decode_bytes(p, &bytes);
    (void)mime_param(p->type, "charset", &label);
    Status status = buf_check(&bytes, "a part of a mail", err);
    const char *charset = charset_detect(buf_str(&bytes), buf_str(&label));
    if (status == OK && !charset) status = err_set(err, E_UNSUPPORTED, "a part that is no text");
    if (status == OK) status = clean_decode(out, buf_str(&bytes), charset, "a part of a mail", err);
    buf_fini(&bytes);
    buf_fini(&label);
    return status;
}

/* The document's title, author and date are put aside meanwhile. */
static Status read_text_part(Mail *m, const Part *p, bool html) {
    Buf text;
    Doc *doc = m->doc;
    size_t before = doc->n_blocks, joined = doc->n_joins;
    char *title = doc->title;
    doc->title = NULL; /* an HTML part has a title of its own, which is not the mail's */
    char *author = doc->author, *date = doc->date;
    doc->author = doc->date = NULL;
    buf_init(&text, DOC_TEXT_MAX);
    Status status = decode_text(p, &text, m->err);
    if (status == OK) {
        status =
            html ? read_html(buf_str(&text), doc, m->err) : read_text(buf_str(&text), doc, m->err);
    }
    if (status == OK) status = place_blocks(m, p, before, joined);
    if (status == E_UNSUPPORTED) { /* one strange part does not hide the others */
        status = say_cut(m, "a part in an unknown character set", p->body.p);
    }
    mem_free(doc->title);
    mem_free(doc->author);
    mem_free(doc->date);
    doc->title = title;
    doc->author = author;
    doc->date = date;
    buf_fini(&text);
    return status;
}

/* ---- parts ---- */

static Status read_part(Mail *m, const Part *p, int depth);

typedef struct Parts {
    Str s, boundary;
    size_t at;
    bool closed;
} Parts;

/* Where the next line "--boundary" begins; s.n when there is none. */
static size_t find_boundary(const Parts *in, size_t from) {
    for (size_t at = from; at < in->s.n;) {
        size_t hit = str_find(in->s, in->boundary, at);
        if (hit == SIZE_MAX) return in->s.n;
        bool line = hit >= 2 && in->s.p[hit - 1] == '-' && in->s.p[hit - 2] == '-' &&
                    (hit == 2 || in->s.p[hit - 3] == '\n');
        if (line) return hit - 2;
        at = hit + 1;
    }
    return in->s.n;
}

/* The next piece between two boundary lines; the closing one ends with "--". */
static bool next_part(Parts *in, Str *part) {
    if (in->closed || in->at >= in->s.n) return false;
    size_t mark = in->at + 2 + in->boundary.n;
    in->closed = in->s.n - mark >= 2 && memcmp(in->s.p + mark, "--", 2) == 0;
    size_t from = line_end(in->s, mark);
    size_t to = find_boundary(in, from);
    if (in->closed || from > to) return false;
    assert(to > in->at); /* each part is behind the one before */
    *part = str_sub(in->s, from, to);
    in->at = to;
    return true;
}

_Static_assert(PARTS_MAX == 500, "it is told");

/* Once a mail, however many of its parts hold more of them. */
static Status say_many(Mail *m, const char *place) {
    bool said = m->said_many;
    m->said_many = true;
    return said ? OK : say_cut(m, "parts behind the 500th of a mail", place);
}

/* All parts in their order, or of alternatives the one we read best, the first of equals; with it
   the event of an invitation, of which its words seldom say all. */
static Status read_multipart(Mail *m, const Part *p, Str boundary, int depth) {
    Parts in = {.s = p->body, .boundary = boundary};
    bool alternative = str_begins(p->type, "multipart/alternative");
    Str piece;
    Part part, best = {0}, event = {0};
    int best_rank = -1;
    in.at = find_boundary(&in, 0);
    if (in.at == in.s.n) { /* the boundary it names is nowhere: then it is read as it stands */
        part = *p;
        part.type = (Str){NULL, 0};
        return read_text_part(m, &part, false);
    }
    while (next_part(&in, &piece)) {
        if (m->parts == PARTS_MAX) {
            if (!alternative) TRY(say_many(m, piece.p)); /* of alternatives one is read anyway */
            break;
        }
        m->parts++;
        split_part(piece, &part);
        if (!alternative) {
            TRY(read_part(m, &part, depth + 1));
        } else if (str_begins(part.type, "text/calendar")) {
            event = part;
        } else if (rank(&part) > best_rank && str_trim(part.body).n) {
            best = part;
            best_rank = rank(&part);
        }
    }
    if (best_rank >= 0) TRY(read_part(m, &best, depth + 1));
    return event.type.n ? read_part(m, &event, depth + 1) : OK;
}

/* Text that says nothing. */
static bool is_signature(const Part *p) {
    return str_begins(p->type, "application/pgp") || str_begins(p->type, "application/pkcs7") ||
           str_begins(p->type, "application/x-pkcs7");
}

static Status open_attachment(Mail *m, const Part *p, Str name) {
    Buf bytes;
    buf_init(&bytes, DOC_TEXT_MAX);
    decode_bytes(p, &bytes);
    Status status = buf_check(&bytes, "an attachment", m->err);
    if (status == OK) {
        status = attached_open(&m->attached, name, line_at(m, p->body.p), &bytes);
    }
    buf_fini(&bytes);
    return status;
}

/* Named, and opened where it may hold text. A file without a name is opened only when it says that
   it is text. */
static Status take_attachment(Mail *m, const Part *p) {
    Buf name;
    buf_init(&name, 4096);
    if (!mime_param(p->disposition, "filename", &name)) (void)mime_param(p->type, "name", &name);
    Str shown = str_trim(buf_str(&name));
    attached_name(&m->attached, shown);
    bool file = (shown.n || str_begins(p->type, "text/")) && !is_signature(p);
    Status status = file ? open_attachment(m, p, shown) : OK;
    buf_fini(&name);
    return status;
}

static Status read_message(Mail *m, Str s, int depth);

/* By type: parts, a message, a file, or text. */
static Status read_part(Mail *m, const Part *p, int depth) {
    if (depth > NESTING_MAX) return say_cut(m, "parts of a mail in too many others", p->body.p);
    Buf value;
    buf_init(&value, 1024);
    bool attached = str_begins(p->disposition, "attachment");
    Status status = OK;
    if (str_begins(p->type, "multipart/") && mime_param(p->type, "boundary", &value) && value.n) {
        status = read_multipart(m, p, buf_str(&value), depth);
    } else if (str_begins(p->type, "message/rfc822")) {
        status = read_message(m, p->body, depth + 1);
    } else if (attached || rank(p) < 2) {
        status = take_attachment(m, p);
    } else {
        status = read_text_part(m, p, rank(p) == 2);
    }
    buf_fini(&value);
    return status;
}

static Status read_message(Mail *m, Str s, int depth) {
    Part p;
    split_part(s, &p);
    TRY(emit_headers(m, &p, s.p));
    return read_part(m, &p, depth);
}

/* Does "From sender date" begin a message at `at`, the start of a line? Then a header follows; and
   an empty line stands before it, or a time of day in it: a sentence may begin with that word. */
static bool is_from_line(Str s, size_t at) {
    size_t end = line_end(s, at);
    Str line = str_sub(s, at, end);
    bool empty = at >= 2 && (s.p[at - 2] == '\n' || (at >= 3 && s.p[at - 2] == '\r' &&
                                                    s.p[at - 3] == '\n'));
    bool timed = false;
    for (size_t i = 2; i + 2 < line.n && !timed; i++) {
        timed = line.p[i] == ':' && plain_is_digit(line.p[i - 1]) &&
                plain_is_digit(line.p[i + 1]) && plain_is_digit(line.p[i + 2]);
    }
    return is_header(s, end) && (empty || timed);
}

/* Where the next message behind `at` begins; s.n: nowhere. */
static size_t next_message(Str s, size_t at) {
    while ((at = str_find(s, STR("\nFrom "), at)) != SIZE_MAX) {
        if (is_from_line(s, ++at)) return at;
    }
    return s.n;
}

/* "From sender date" lines part an mbox into messages. */
static Status read_folder(Mail *m, Str s) {
    size_t at = 0;
    for (unsigned count = 0; at < s.n; count++) {
        if (count == MESSAGES_MAX) {
            return err_set(m->err, E_LIMIT, "a mail folder of more than %d messages", MESSAGES_MAX);
        }
        if (str_starts(str_sub(s, at, s.n), STR("From "))) at = line_end(s, at);
        size_t next = next_message(s, at);
        m->parts = 0;
        m->said_many = false;
        TRY(read_message(m, str_sub(s, at, next), 0));
        TRY(attached_end(&m->attached));
        assert(next > at || next == s.n); /* the next "From " is behind this one */
        at = next;
    }
    return OK;
}

/* Lines are counted over the file as it is, also where it begins with a byte order mark. */
Status read_mail(Str bytes, Doc *doc, Err *err) {
    Mail m = {.all = bytes, .counted_line = 1, .doc = doc, .err = err};
    if (str_starts(bytes, STR("\xEF\xBB\xBF"))) bytes = str_sub(bytes, 3, bytes.n);
    while (bytes.n && (bytes.p[0] == '\n' || bytes.p[0] == '\r'))
        bytes = str_sub(bytes, 1, bytes.n);
    attached_init(&m.attached, doc, err);
    Status status;
    if (str_starts(bytes, STR("From "))) {
        status = read_folder(&m, bytes);
    } else {
        status = read_message(&m, bytes, 0);
        if (status == OK) status = attached_end(&m.attached);
    }
    attached_fini(&m.attached);
    if (status == OK) status = emit_meta(&doc->format, STR("mail"), err);
    return status;
}
