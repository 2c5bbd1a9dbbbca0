/*
 * PowerPoint presentations of 1997 to 2003 (.ppt): the words of each slide, then its notes.
 *
 * The compound file's stream "PowerPoint Document" is a tree of records: version and instance,
 * type, length, data; version 15 is a container of further records. Saving may only append, so the
 * stream "Current User" says where the last edit is written; an edit names the one before it and
 * a directory of places, and of two places with one number the newer counts.
 *
 *     Current User -> edit 2 -> edit 1          places: 1 -> 5120 (document)
 *                       |         |                     2 -> 9342 (slide), 3 -> 11090 (notes)
 *                   directory  directory
 *
 *     document   list of slides     slide (place 2, id 256): TITLE "Costs", BODY "rent \r heating"
 *                list of notes      notes (place 3, id 512)
 *     slide      its notes' id, a drawing: groups of shapes, each perhaps with a text of its own
 *
 * Titles and bodies mostly stand in the list, and the shape only points at them; other boxes hold
 * their words themselves. So the words of the list come first, then those of the drawing, then the
 * notes. As in pptx.c a title is a heading, a body's paragraphs are list items, others paragraphs;
 * date, footer and slide number are left out; a block's page is the number of its slide. A table is
 * a group of boxes here, so each cell is a paragraph.
 *
 * Not read: encrypted files; PowerPoint 95 and before (no such stream). Ceilings: SLIDES_MAX,
 * EDITS_MAX, PLACES_MAX, DEPTH_MAX.
 *
 * Source: [MS-PPT] 2.1.1 (Current User), 2.3.3 UserEditAtom, 2.3.4 PersistDirectoryAtom, 2.4.14.3
 * SlideListWithTextContainer, 2.5.1 SlideContainer, 2.5.10 SlideAtom, 2.9.76
 * OfficeArtClientTextbox, 2.9.42 and 2.9.43 (texts), 2.13.33 TextTypeEnum, 2.13.24 PlaceholderEnum.
 */
#include <assert.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "knowledge/read/cfb.h"
#include "knowledge/read/clean.h"
#include "knowledge/read/read.h"

enum { SLIDES_MAX = 4096, EDITS_MAX = 1024, PLACES_MAX = 1 << 20, DEPTH_MAX = 24 };
_Static_assert(PLACES_MAX > 0xFFFFF, "every number that a directory can begin with");

enum {
    REC_DOCUMENT = 0x03E8,
    REC_SLIDE = 0x03EE,
    REC_SLIDE_ATOM = 0x03EF,
    REC_NOTES = 0x03F0,
    REC_SLIDE_PERSIST = 0x03F3,
    REC_PLACEHOLDER = 0x0BC3,
    REC_TEXT_HEADER = 0x0F9F,
    REC_TEXT_CHARS = 0x0FA0,
    REC_TEXT_BYTES = 0x0FA8,
    REC_SLIDE_LIST = 0x0FF0,
    REC_USER_EDIT = 0x0FF5,
    REC_CURRENT_USER = 0x0FF6,
    REC_DIRECTORY = 0x1772,
    REC_SHAPE = 0xF004,
    REC_SHAPE_TEXT = 0xF00D
};
enum { CONTAINER = 15, LIST_SLIDES = 0, LIST_NOTES = 2 };

/* TextTypeEnum. */
enum {
    TEXT_TITLE = 0,
    TEXT_BODY = 1,
    TEXT_NOTES = 2,
    TEXT_OTHER = 4,
    TEXT_CENTRE_BODY = 5,
    TEXT_CENTRE_TITLE = 6,
    TEXT_HALF_BODY = 7,
    TEXT_QUARTER_BODY = 8
};

typedef struct Ppt {
    Str stream;
    Doc *doc;
    Str notes;        /* the list of notes */
    uint64_t *places; /* [PLACES_MAX] offset + 1 by number; 0: none */
    uint32_t slide;   /* from 1 */
    Buf text, item;
} Ppt;

/* ---- records ---- */

typedef struct Record {
    unsigned version, instance, type;
    Str data;
} Record;

/* The record at *at; moves *at behind it. False: none, or it is cut off. */
static bool next_record(Str within, size_t *at, Record *out) {
    enum { HEAD = 8 };
    if (*at > within.n || within.n - *at < HEAD) return false;
    unsigned head = cfb_u16(within, *at);
    size_t n = cfb_u32(within, *at + 4), from = *at + HEAD;
    if (n > within.n - from) return false;
    *out = (Record){head & 15, head >> 4, cfb_u16(within, *at + 2),
                    str_sub(within, from, from + n)};
    *at = from + n;
    assert(*at <= within.n); /* the next one begins within, or there is none */
    return true;
}

/* The data of the record of this type at an offset of the stream; empty: there is another one. */
static Str data_at(const Ppt *p, uint32_t offset, unsigned type) {
    Record r;
    size_t at = offset;
    return next_record(p->stream, &at, &r) && r.type == type ? r.data : (Str){NULL, 0};
}

static Str data_of_place(const Ppt *p, uint32_t number, unsigned type) {
    uint64_t place = number < PLACES_MAX ? p->places[number] : 0;
    return place ? data_at(p, (uint32_t)(place - 1), type) : (Str){NULL, 0};
}

/* ---- places ---- */

/* Runs of places: the first number in 20 bits, how many in 12, then their offsets. Newer edits come
   first, so a place that is known stays. */
static void read_directory(Ppt *p, Str data) {
    for (size_t at = 0; at + 4 <= data.n;) {
        uint32_t head = cfb_u32(data, at), first = head & 0xFFFFF, n = head >> 20;
        at += 4;
        for (uint32_t i = 0; i < n && at + 4 <= data.n; i++, at += 4) {
            uint32_t number = first + i;
            if (number >= PLACES_MAX || p->places[number]) continue;
            p->places[number] = (uint64_t)cfb_u32(data, at) + 1;
        }
    }
}

/* From the last edit to the first. *document: the number of the document's place. */
static Status read_edits(Ppt *p, uint32_t offset, uint32_t *document, Err *err) {
    enum { EDIT_BYTES = 28 };
    for (int i = 0; i < EDITS_MAX && offset; i++) {
        Str edit = data_at(p, offset, REC_USER_EDIT);
        if (edit.n < EDIT_BYTES) break;
        if (i == 0) *document = cfb_u32(edit, 16);
        read_directory(p, data_at(p, cfb_u32(edit, 12), REC_DIRECTORY));
        offset = cfb_u32(edit, 8);
    }
    if (data_of_place(p, *document, REC_DOCUMENT).n) return OK;
    return err_set(err, E_CORRUPT, "this presentation is damaged: its document is not there");
}

/* ---- texts ---- */

static Status add_paragraph(Ppt *p, unsigned type, Str words, Err *err) {
    EmitAt at = {BLOCK_PARAGRAPH, 0, p->slide, 0, EMIT_FLOW};
    assert(p->slide >= 1 && p->slide <= SLIDES_MAX); /* a page that a citation can name */
    words = str_trim(words);
    if (words.n == 0 || str_eq_c(words, "*")) return OK; /* a star: the place of a number or date */
    if (type == TEXT_TITLE || type == TEXT_CENTRE_TITLE) {
        at.kind = BLOCK_HEADING;
        at.level = 2;
    } else if (type == TEXT_BODY || type == TEXT_CENTRE_BODY || type == TEXT_HALF_BODY ||
               type == TEXT_QUARTER_BODY) {
        at.kind = BLOCK_LIST_ITEM;
        at.level = 1;
        buf_clear(&p->item);
        buf_add_c(&p->item, "- ");
        buf_add_str(&p->item, words);
        TRY(buf_check(&p->item, "a paragraph", err));
        words = buf_str(&p->item);
    }
    return emit_block(p->doc, at, words, err);
}

/* Characters of two bytes, or of the low ones alone. */
static void decode_text(Buf *out, const Record *r) {
    size_t width = r->type == REC_TEXT_CHARS ? 2 : 1;
    uint32_t high = 0;
    buf_clear(out);
    for (size_t at = 0; at + width <= r->data.n; at += width) {
        uint32_t unit = width == 2 ? cfb_u16(r->data, at) : (uint8_t)r->data.p[at];
        utf8_add_unit(out, &high, unit == '\v' ? ' ' : unit);
    }
    utf8_end_units(out, &high);
}

/* A header says of which type the text behind it is; paragraphs end with \r. */
static Status take_text(Ppt *p, const Record *r, unsigned *type, Err *err) {
    if (r->type == REC_TEXT_HEADER) *type = cfb_u32(r->data, 0);
    if (r->type != REC_TEXT_CHARS && r->type != REC_TEXT_BYTES) return OK;
    decode_text(&p->text, r);
    TRY(buf_check(&p->text, "a text of a slide", err));
    Str text = buf_str(&p->text);
    for (size_t from = 0; from < text.n;) {
        const char *end = memchr(text.p + from, '\r', text.n - from);
        size_t to = end ? (size_t)(end - text.p) : text.n;
        TRY(add_paragraph(p, *type, str_sub(text, from, to), err));
        from = to + 1;
    }
    return OK;
}

/* ---- slides ---- */

/* Date, slide number, footer or header: the numbers of PlaceholderEnum. */
static bool is_margin(Str shape, int depth) {
    enum { FIRST_MARGIN = 7, LAST_MARGIN = 10 };
    Record r;
    for (size_t at = 0; next_record(shape, &at, &r);) {
        if (r.type == REC_PLACEHOLDER) {
            return r.data.n > 4 && r.data.p[4] >= FIRST_MARGIN && r.data.p[4] <= LAST_MARGIN;
        }
        if (r.version == CONTAINER && depth < 2 && is_margin(r.data, depth + 1)) return true;
    }
    return false;
}

/* Texts of the shapes in a container, in the order of the drawing. */
static Status read_drawing(Ppt *p, Str container, int depth, Err *err) {
    Record r;
    unsigned type = TEXT_OTHER;
    assert(depth >= 0 && depth <= DEPTH_MAX); /* the recursion's limit */
    for (size_t at = 0; next_record(container, &at, &r);) {
        if (r.version != CONTAINER || depth == DEPTH_MAX) continue;
        if (r.type == REC_SHAPE && is_margin(r.data, 0)) continue;
        if (r.type != REC_SHAPE_TEXT) {
            TRY(read_drawing(p, r.data, depth + 1, err));
            continue;
        }
        Record part;
        for (size_t k = 0; next_record(r.data, &k, &part);) {
            TRY(take_text(p, &part, &type, err));
        }
    }
    return OK;
}

/* The notes that the slide names, looked for in the list of notes. */
static Status read_notes(Ppt *p, Str slide, Err *err) {
    Record r;
    uint32_t wanted = 0;
    for (size_t at = 0; next_record(slide, &at, &r) && !wanted;) {
        if (r.type == REC_SLIDE_ATOM) wanted = cfb_u32(r.data, 16);
    }
    for (size_t at = 0; wanted && next_record(p->notes, &at, &r);) {
        if (r.type != REC_SLIDE_PERSIST || cfb_u32(r.data, 12) != wanted) continue;
        return read_drawing(p, data_of_place(p, cfb_u32(r.data, 0), REC_NOTES), 0, err);
    }
    return OK;
}

/* What stands on the slide beside the texts of the list. */
static Status end_slide(Ppt *p, uint32_t place, Err *err) {
    Str slide = data_of_place(p, place, REC_SLIDE);
    TRY(read_drawing(p, slide, 0, err));
    return read_notes(p, slide, err);
}

/* A slide's place comes first, then its texts. */
static Status read_slides(Ppt *p, Str list, Err *err) {
    Record r;
    uint32_t place = 0;
    unsigned type = TEXT_OTHER;
    for (size_t at = 0; next_record(list, &at, &r);) {
        if (r.type == REC_SLIDE_PERSIST) {
            if (p->slide) TRY(end_slide(p, place, err));
            if (p->slide++ == SLIDES_MAX) {
                return err_set(err, E_LIMIT, "a presentation of more than %d slides", SLIDES_MAX);
            }
            p->doc->n_pages = p->slide;
            place = cfb_u32(r.data, 0);
            type = TEXT_OTHER;
        } else if (p->slide) {
            TRY(take_text(p, &r, &type, err));
        }
    }
    return p->slide ? end_slide(p, place, err) : OK;
}

/* ---- the presentation ---- */

static Status read_document(Ppt *p, uint32_t number, Err *err) {
    Str document = data_of_place(p, number, REC_DOCUMENT), slides = {NULL, 0};
    Record r;
    for (size_t at = 0; next_record(document, &at, &r);) {
        if (r.type != REC_SLIDE_LIST) continue;
        if (r.instance == LIST_SLIDES) slides = r.data;
        if (r.instance == LIST_NOTES) p->notes = r.data;
    }
    return read_slides(p, slides, err);
}

static Status read_show(Ppt *p, Str user, Err *err) {
    enum { ENCRYPTED = 0xF3D1C4DF };
    Record current;
    uint32_t document = 0;
    size_t at = 0;
    if (!next_record(user, &at, &current) || current.type != REC_CURRENT_USER) {
        return err_set(err, E_CORRUPT, "this presentation is damaged, or older than 1997");
    }
    if (cfb_u32(current.data, 4) == ENCRYPTED) return read_needs_password(err);
    TRY(read_edits(p, cfb_u32(current.data, 8), &document, err));
    return read_document(p, document, err);
}

Status read_ppt(const Cfb *cfb, uint32_t entry, Doc *doc, Err *err) {
    Buf stream, user;
    Ppt p = {.doc = doc, .places = mem_zalloc(PLACES_MAX * sizeof *p.places)};
    Buf *bufs[] = {&stream, &user, &p.text, &p.item};
    for (size_t i = 0; i < ARRAY_LEN(bufs); i++) buf_init(bufs[i], DOC_TEXT_MAX);
    Status status = p.places ? OK : err_no_memory(err, "a presentation");
    if (status == OK) status = emit_meta(&doc->format, STR("ppt"), err);
    if (status == OK) status = cfb_stream(cfb, entry, &stream, err);
    if (status == OK) {
        status = cfb_stream(cfb, cfb_find(cfb, CFB_ROOT, "Current User"), &user, err);
    }
    p.stream = buf_str(&stream);
    if (status == OK) cfb_summary(cfb, doc);
    if (status == OK) status = read_show(&p, buf_str(&user), err);
    for (size_t i = 0; i < ARRAY_LEN(bufs); i++) buf_fini(bufs[i]);
    mem_free(p.places);
    return status;
}
