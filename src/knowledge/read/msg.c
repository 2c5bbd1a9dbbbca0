/*
 * Messages that Outlook saved (.msg), read like any mail: headers, text, attachments.
 *
 * A compound file (cfb.c). A property that is text or bytes is a stream "__substg1.0_IIIITTTT" (its
 * id and type in hexadecimal), in UTF-16 (type 001F) or the message's code page (001E); numbers and
 * times stand in "__properties_version1.0". Recipients and attachments are storages with properties
 * of their own. The text is the plain body, else the HTML one, else compressed RTF; a message
 * attached to the message is a storage inside an attachment and follows as a mail.
 *
 * Compressed RTF is LZ77 over a window of 4096 bytes that begins filled with a fixed text: a byte
 * of eight flags, then for each a byte, or two that name a place in the window and a length.
 *
 * Limits: ATTACHMENTS_MAX, RECIPIENTS_MAX, NESTING_MAX messages in each other.
 * Source: [MS-OXMSG] 2.1-2.4, [MS-OXPROPS] (property ids), [MS-OXRTFCP] 2.1-2.2.
 *
 *     Root Entry
 *       __properties_version1.0              numbers and times of the message
 *       __substg1.0_0037001F                 0037 subject, 001F UTF-16
 *       __substg1.0_1000001F                 1000 body
 *       __recip_version1.0_#00000000/        a recipient, with properties of its own
 *       __attach_version1.0_#00000000/       an attachment; 3701 its data
 */
#include <assert.h>
#include <stdio.h>

#include "knowledge/read/attached.h"
#include "knowledge/read/cfb.h"
#include "knowledge/read/charset.h"
#include "knowledge/read/clean.h"
#include "knowledge/read/read.h"

enum { ATTACHMENTS_MAX = 500, RECIPIENTS_MAX = 2000, NESTING_MAX = 10, VALUE_MAX = 1 << 20,
       RTF_MAX = 64 << 20 };

enum { TO = 1, CC = 2 };

typedef struct Msg {
    const Cfb *cfb;
    Doc *doc;
    Attached attached;
    Err *err;
} Msg;

/* ---- properties ---- */

/* The stream of a property; CFB_NONE: it has none. */
static uint32_t property(const Msg *m, uint32_t storage, unsigned id, unsigned type) {
    char name[32];
    (void)snprintf(name, sizeof name, "__substg1.0_%04X%04X", id & 0xFFFF, type & 0xFFFF);
    return cfb_find(m->cfb, storage, name);
}

/* A number or a time, by its tag (id << 16 | type); 0: none. Entries of 16 bytes stand behind a
   header whose length depends on whose properties they are. */
static Status number_of(const Msg *m, uint32_t storage, uint32_t tag, uint64_t *out) {
    Buf all;
    buf_init(&all, VALUE_MAX);
    *out = 0;
    uint32_t entry = cfb_find(m->cfb, storage, "__properties_version1.0");
    Status status = cfb_stream(m->cfb, entry, &all, m->err);
    Str s = buf_str(&all);
    for (size_t at = s.n % 16; at + 16 <= s.n; at += 16) { /* headers of 32, 24 and 8 bytes */
        if (cfb_u32(s, at) != tag) continue;
        *out = cfb_u32(s, at + 8) | (uint64_t)cfb_u32(s, at + 12) << 32;
    }
    buf_fini(&all);
    return status; /* of more than VALUE_MAX one is not taken for none */
}

/* A property that is text, as UTF-8 behind what stands in out. In UTF-16 where there is such, else
   in the code page that the message names. */
static Status add_text(const Msg *m, uint32_t storage, unsigned id, Buf *out) {
    enum { WIDE = 0x1F, NARROW = 0x1E, CODEPAGE = 0x3FFD0003 };
    Buf bytes;
    uint64_t codepage = 0;
    buf_init(&bytes, DOC_TEXT_MAX);
    uint32_t wide = property(m, storage, id, WIDE);
    uint32_t entry = wide != CFB_NONE ? wide : property(m, storage, id, NARROW);
    Status status = cfb_stream(m->cfb, entry, &bytes, m->err);
    if (status == OK && wide == CFB_NONE) status = number_of(m, CFB_ROOT, CODEPAGE, &codepage);
    if (status == OK && bytes.n) {
        charset_add(out, buf_str(&bytes),
                    wide != CFB_NONE ? "UTF-16LE" : charset_of_codepage((unsigned)codepage));
        status = buf_check(out, "a part of a message", m->err);
    }
    buf_fini(&bytes);
    return status;
}

/* ---- headers ---- */

/* "Name <address>", or what there is of it, behind what stands in out. */
static Status add_person(const Msg *m, uint32_t storage, const unsigned ids[3], Buf *out) {
    Buf name, address;
    buf_init(&name, VALUE_MAX);
    buf_init(&address, VALUE_MAX);
    Status status = add_text(m, storage, ids[0], &name);
    if (status == OK) status = add_text(m, storage, ids[1], &address);
    if (status == OK && !address.n) status = add_text(m, storage, ids[2], &address);
    Str n = str_trim(buf_str(&name)), a = str_trim(buf_str(&address));
    bool mail = a.n && memchr(a.p, '@', a.n) != NULL; /* of Exchange it is a path */
    if ((n.n || mail) && out->n) buf_add_c(out, ", ");
    if (n.n && !str_eq(n, a)) buf_add_str(out, n);
    if (mail && n.n && !str_eq(n, a)) buf_printf(out, " <%.*s>", (int)a.n, a.p);
    else if (mail) buf_add_str(out, a);
    buf_fini(&name);
    buf_fini(&address);
    return status;
}

/* Each recipient of this kind; where there are none, the line of names that Outlook shows. */
static Status add_recipients(const Msg *m, uint32_t storage, unsigned kind, Buf *out) {
    enum { RECIPIENT_TYPE = 0x0C150003 };
    static const unsigned ids[3] = {0x3001, 0x39FE, 0x3003};
    for (unsigned i = 0;; i++) {
        char name[40];
        uint64_t type;
        (void)snprintf(name, sizeof name, "__recip_version1.0_#%08X", i);
        uint32_t recipient = cfb_find(m->cfb, storage, name);
        if (recipient == CFB_NONE) break;
        if (i == RECIPIENTS_MAX) {
            buf_add_c(out, " [not read: more recipients]");
            break;
        }
        TRY(number_of(m, recipient, RECIPIENT_TYPE, &type));
        if (type == kind) TRY(add_person(m, recipient, ids, out));
    }
    if (out->n) return OK;
    return add_text(m, storage, kind == TO ? 0x0E04 : 0x0E03, out);
}

/* The Date line of the headers it came with, else the time it was sent or delivered. */
static Status add_date(const Msg *m, uint32_t storage, Buf *out) {
    Buf headers;
    char day[11];
    uint64_t time = 0;
    buf_init(&headers, VALUE_MAX);
    Status status = add_text(m, storage, 0x007D, &headers);
    Str all = buf_str(&headers);
    size_t at = str_find(all, STR("\nDate:"), 0);
    if (at != SIZE_MAX) {
        size_t end = str_find(all, STR("\n"), at + 1);
        buf_add_str(out, str_trim(str_sub(all, at + 6, end == SIZE_MAX ? all.n : end)));
    }
    if (status == OK && !out->n) status = number_of(m, storage, 0x00390040, &time);
    if (status == OK && !out->n && !time) status = number_of(m, storage, 0x0E060040, &time);
    if (time && cfb_day(time, day)) {
        unsigned minutes = (unsigned)(time / 600000000 % 1440);
        buf_printf(out, "%s %02u:%02u +0000", day, minutes / 60, minutes % 60);
    }
    buf_fini(&headers);
    return status == OK ? buf_check(out, "the headers of a message", m->err) : status;
}

/* The first message's headers are the document's; those of messages inside come later and change
   nothing. */
static Status take_meta(Msg *m, unsigned line, Str value) {
    enum { FROM, TO_LINE, CC_LINE, DATE, SUBJECT };
    char date[11];
    Doc *doc = m->doc;
    if (line == FROM && !doc->author) return emit_meta(&doc->author, value, m->err);
    if (line == SUBJECT) attached_subject(&m->attached, value);
    if (line == SUBJECT && !doc->title) return emit_meta(&doc->title, value, m->err);
    if (line == DATE && !doc->date && emit_date(value, date)) {
        return emit_meta(&doc->date, str_from(date), m->err);
    }
    return OK;
}

/* The value of one header, by its place in emit_headers. */
static Status add_line(Msg *m, uint32_t storage, unsigned line, Buf *value) {
    static const unsigned sender[3] = {0x0C1A, 0x5D01, 0x0C1F};
    switch (line) {
    case 0: return add_person(m, storage, sender, value);
    case 1: return add_recipients(m, storage, TO, value);
    case 2: return add_recipients(m, storage, CC, value);
    case 3: return add_date(m, storage, value);
    default: return add_text(m, storage, 0x0037, value);
    }
}

/* The block of headers, as mail.c writes it. */
static Status emit_headers(Msg *m, uint32_t storage) {
    static const char *const names[] = {"From", "To", "Cc", "Date", "Subject"};
    _Static_assert(ARRAY_LEN(names) == 5, "the lines of add_line and take_meta, in their order");
    Buf text, value;
    buf_init(&text, 8 * VALUE_MAX);
    buf_init(&value, VALUE_MAX);
    Status status = OK;
    for (unsigned i = 0; status == OK && i < ARRAY_LEN(names); i++) {
        buf_clear(&value);
        status = add_line(m, storage, i, &value);
        Str shown = str_trim(buf_str(&value));
        if (status != OK || !shown.n) continue;
        buf_printf(&text, "%s%s: ", text.n ? "\n" : "", names[i]);
        for (size_t k = 0; k < shown.n; k++) { /* each header is one line */
            buf_add_byte(&text, shown.p[k] == '\n' || shown.p[k] == '\r' ? ' ' : shown.p[k]);
        }
        status = take_meta(m, i, shown);
    }
    if (status == OK) status = buf_check(&text, "the headers of a message", m->err);
    EmitAt at = {BLOCK_PARAGRAPH, 0, 0, 0, EMIT_LINES};
    if (status == OK) status = emit_block(m->doc, at, buf_str(&text), m->err);
    buf_fini(&text);
    buf_fini(&value);
    return status;
}

/* ---- the text ---- */

/* Compressed RTF, or RTF that says that it is not. */
static void decompress(Str in, Buf *out) {
    enum { WINDOW = 4096, HEADER = 16, COMPRESSED = 0x75465A4C };
    static const char begin[] =
        "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
        "\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0"
        "\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
    char window[WINDOW] = {0};
    size_t at = HEADER, to = sizeof begin - 1;
    if (in.n < HEADER) return;
    if (cfb_u32(in, 8) != COMPRESSED) {
        buf_add_str(out, str_sub(in, HEADER, in.n));
        return;
    }
    _Static_assert(sizeof begin - 1 < WINDOW, "the window begins with it");
    memcpy(window, begin, to);
    while (at < in.n) {
        assert(to < WINDOW); /* where the next byte goes */
        unsigned flags = (uint8_t)in.p[at++];
        for (int bit = 0; bit < 8 && at < in.n; bit++, flags >>= 1) {
            bool reference = flags & 1;
            unsigned from = 0, n = 1;
            if (reference) {
                if (in.n - at < 2) return;
                unsigned word = (unsigned)(uint8_t)in.p[at] << 8 | (uint8_t)in.p[at + 1];
                from = word >> 4;
                n = (word & 15) + 2;
                if (from == to) return; /* a reference to where it stands ends it */
            }
            at += reference ? 2 : 1;
            for (unsigned i = 0; i < n; i++) {
                char c = reference ? window[(from + i) % WINDOW] : in.p[at - 1];
                buf_add_byte(out, c);
                window[to] = c;
                to = (to + 1) % WINDOW;
            }
        }
    }
}

/* Bytes of HTML in the code page that the message names, or another that they look like. */
static Status read_page(Msg *m, Str bytes, Doc *out) {
    enum { INTERNET_CODEPAGE = 0x3FDE0003 };
    uint64_t codepage = 0;
    char label[24];
    Buf text, clean;
    buf_init(&text, DOC_TEXT_MAX);
    buf_init(&clean, DOC_TEXT_MAX);
    Status status = number_of(m, CFB_ROOT, INTERNET_CODEPAGE, &codepage);
    (void)snprintf(label, sizeof label, "cp%u", (unsigned)codepage);
    const char *charset = charset_detect(bytes, codepage ? str_from(label) : STR(""));
    if (status == OK && charset) {
        charset_add(&text, bytes, charset);
        clean_add(&clean, buf_str(&text));
        status = buf_check(&clean, "the text of a message", m->err);
    }
    if (status == OK) status = read_html(buf_str(&clean), out, m->err);
    buf_fini(&text);
    buf_fini(&clean);
    return status;
}

/* The plain body, when it is more than blanks. */
static Status read_plain(Msg *m, uint32_t storage, Doc *out) {
    Buf text, clean;
    buf_init(&text, DOC_TEXT_MAX);
    buf_init(&clean, DOC_TEXT_MAX);
    Status status = add_text(m, storage, 0x1000, &text);
    clean_add(&clean, buf_str(&text));
    if (status == OK) status = buf_check(&clean, "the text of a message", m->err);
    if (status == OK && str_trim(buf_str(&clean)).n) {
        status = read_text(buf_str(&clean), out, m->err);
    }
    buf_fini(&text);
    buf_fini(&clean);
    return status;
}

/* The bytes of a property that is HTML or compressed RTF. */
static Status read_rich(Msg *m, uint32_t entry, bool html, Doc *out) {
    Buf bytes, rtf;
    buf_init(&bytes, DOC_TEXT_MAX);
    buf_init(&rtf, RTF_MAX);
    Status status = cfb_stream(m->cfb, entry, &bytes, m->err);
    if (status == OK && html && bytes.n) status = read_page(m, buf_str(&bytes), out);
    if (status == OK && !html) {
        decompress(buf_str(&bytes), &rtf);
        status = buf_check(&rtf, "the text of a message", m->err);
        if (status == OK && rtf.n) status = read_rtf(buf_str(&rtf), out, m->err);
    }
    buf_fini(&bytes);
    buf_fini(&rtf);
    return status;
}

/* The first of the three bodies that has a block. */
static Status read_body(Msg *m, uint32_t storage) {
    enum { BINARY = 0x102 };
    uint32_t html = property(m, storage, 0x1013, BINARY);
    Doc body;
    doc_init(&body);
    Status status = read_plain(m, storage, &body);
    if (status == OK && !body.n_blocks && html != CFB_NONE) {
        status = read_rich(m, html, true, &body);
    }
    if (status == OK && !body.n_blocks) {
        status = read_rich(m, property(m, storage, 0x1009, BINARY), false, &body);
    }
    if (status == OK) status = doc_append(m->doc, &body, 0, m->err);
    doc_fini(&body);
    return status;
}

/* ---- attachments, and messages ---- */

static Status read_message(Msg *m, uint32_t storage, int depth);

/* The long file name, the short one, or the name that is shown. */
static Status name_of(const Msg *m, uint32_t storage, Buf *name) {
    static const unsigned ids[] = {0x3707, 0x3704, 0x3001};
    for (size_t i = 0; i < ARRAY_LEN(ids) && !name->n; i++) {
        TRY(add_text(m, storage, ids[i], name));
    }
    return OK;
}

/* Data are a stream, a message is a storage; one of them is there. */
static Status read_attachment(Msg *m, uint32_t storage, int depth) {
    enum { BINARY = 0x102, OBJECT = 0xD };
    Buf name, bytes;
    uint32_t data = property(m, storage, 0x3701, BINARY);
    uint32_t inner = property(m, storage, 0x3701, OBJECT);
    buf_init(&name, VALUE_MAX);
    buf_init(&bytes, DOC_TEXT_MAX);
    Status status = name_of(m, storage, &name);
    Str shown = str_trim(buf_str(&name));
    if (shown.n > 1024) shown.n = 0;
    if (status == OK) attached_name(&m->attached, shown);
    if (status == OK) status = cfb_stream(m->cfb, data, &bytes, m->err);
    if (status == OK && bytes.n) status = attached_open(&m->attached, shown, 0, &bytes);
    if (status == OK && inner != CFB_NONE && m->cfb->entries[inner].is_storage) {
        status = read_message(m, inner, depth + 1);
    }
    buf_fini(&name);
    buf_fini(&bytes);
    return status;
}

/* Attachments are numbered without gaps. */
static Status read_message(Msg *m, uint32_t storage, int depth) {
    assert(depth >= 0 && depth <= NESTING_MAX + 1); /* each message inside is one deeper */
    if (depth > NESTING_MAX) return emit_left_out(m->doc, 0, "a mail in too many others", m->err);
    TRY(emit_headers(m, storage));
    TRY(read_body(m, storage));
    for (unsigned i = 0;; i++) {
        char name[40];
        (void)snprintf(name, sizeof name, "__attach_version1.0_#%08X", i);
        uint32_t attachment = cfb_find(m->cfb, storage, name);
        if (attachment == CFB_NONE) break;
        if (i == ATTACHMENTS_MAX) {
            return emit_left_out(m->doc, 0, "more files than a mail may have", m->err);
        }
        TRY(read_attachment(m, attachment, depth));
    }
    return OK;
}

Status read_msg(const Cfb *cfb, Doc *doc, Err *err) {
    Msg m = {.cfb = cfb, .doc = doc, .err = err};
    attached_init(&m.attached, doc, err);
    Status status = read_message(&m, CFB_ROOT, 0);
    if (status == OK) status = attached_end(&m.attached);
    attached_fini(&m.attached);
    return status == OK ? emit_meta(&doc->format, STR("mail"), err) : status;
}
