/*
 * The output of `pdftotext -bbox-layout`, as a stream.
 *
 * The format is XHTML that is not always well-formed (control characters and stray bytes of the
 * document come through), written one element a line:
 *
 *   <title>...</title>, <meta name="Author" content="..."/>
 *   <page width="612.000000" height="792.000000">
 *     <flow> <block xMin=... yMin=... xMax=... yMax=...> <line ...>
 *       <word xMin="194.4" yMin="91.4" xMax="236.4" yMax="102.7">text</word>
 *
 * so it is read line by line, by what a line begins with, and nothing else is believed. Pages are
 * kept until HOLD_PAGES of them are known, so that the usual font size and the running headers are
 * known before the first page is written down; later pages are written as they come.
 *
 * Limits: pages, words of a page, bytes of a line.
 * Source: pdftotext(1), poppler's own output.
 */

#include "base/mem.h"

#include <assert.h>
#include "base/lists.h"
#include "base/plain.h"
#include "knowledge/read/clean.h"
#include "knowledge/read/entity.h"
#include "knowledge/read/pdf_page.h"
#include "knowledge/read/read.h"

enum { HOLD_PAGES = 24, PAGES_MAX = 200000, LINE_MAX_BYTES = 1 << 20, READ_STEP = 256 * 1024 };

typedef struct Pdf {
    PdfFile *file;
    Doc *doc;
    Err *err;
    PdfPage held[HOLD_PAGES];
    unsigned n_held;
    bool holding; /* still collecting the first pages */
    PdfKnown known;
    PdfPage *page; /* the one being read; NULL between pages */
    uint32_t pages;
    Buf scratch;
} Pdf;

/* ---- one line ---- */

/* The number in name="123.4"; 0 when it is not there. Our own reader: no locale, no surprises. */
static float number_of(Str line, const char *name) {
    size_t at = str_find(line, str_from(name), 0);
    if (at == SIZE_MAX) return 0;
    at += strlen(name) + 2;
    bool minus = at < line.n && line.p[at] == '-';
    at += minus;
    double value = 0, scale = 1;
    bool point = false;
    for (unsigned n = 0; n < 16 && at < line.n; n++, at++) {
        char c = line.p[at];
        if (c == '.' && !point) {
            point = true;
        } else if (plain_is_digit(c)) {
            value = value * 10 + (c - '0');
            if (point) scale *= 10;
        } else {
            break;
        }
    }
    value /= scale;
    if (value > 100000) value = 100000;
    return (float)(minus ? -value : value);
}

/* A place that is missing is 0: then the word or line stands in the corner. */
static PdfBox box_of(Str line) {
    return (PdfBox){number_of(line, "xMin"), number_of(line, "yMin"), number_of(line, "xMax"),
                    number_of(line, "yMax")};
}

/* XML text with its five references resolved, cleaned later with the block. */
static void add_unescaped(Buf *out, Str s) {
    for (size_t at = 0; at < s.n;) {
        size_t end = s.p[at] == '&'
                         ? str_find(str_sub(s, 0, s.n - at < 12 ? s.n : at + 12), STR(";"), at)
                         : SIZE_MAX;
        if (end != SIZE_MAX) {
            entity_add(out, str_sub(s, at, end + 1));
            at = end + 1;
        } else {
            buf_add_byte(out, s.p[at++]);
        }
    }
}

/* A word belongs to the line before it. Its size is its height, which for pdftotext is about the
   font size. */
static Status take_word(Pdf *pdf, Str line) {
    PdfPage *page = pdf->page;
    size_t from = str_find(line, STR(">"), 0);
    if (!page || !page->n_lines || from == SIZE_MAX) return OK;
    size_t to = str_find(line, STR("</word>"), from);
    if (to == SIZE_MAX) to = line.n;
    PdfWord word = {.box = box_of(str_sub(line, 0, from)), .at = (uint32_t)page->text.n,
                    .mark = PDF_UNMARKED};
    buf_clear(&pdf->scratch);
    add_unescaped(&pdf->scratch, str_sub(line, from + 1, to));
    TRY(buf_check(&pdf->scratch, "a word of a PDF", pdf->err));
    clean_add(&page->text, str_trim(buf_str(&pdf->scratch)));
    TRY(buf_check(&page->text, "a page of a PDF", pdf->err));
    word.n = (uint32_t)page->text.n - word.at;
    if (word.n == 0) return OK;
    pdf_turn_word(page->text.p + word.at, word.n);
    TRY(mem_grow((void **)&page->words, &page->cap_words, page->n_words + 1, sizeof word,
                 PDF_WORDS_MAX, pdf->err));
    page->words[page->n_words++] = word;
    PdfLine *own = &page->lines[page->n_lines - 1];
    own->words++;
    float height = word.box.y1 - word.box.y0;
    if (height > own->size) own->size = height;
    return OK;
}

/* A line without words makes room for the next one. */
static Status take_text_line(Pdf *pdf, Str line) {
    PdfPage *page = pdf->page;
    if (!page) return OK;
    if (page->n_lines && page->lines[page->n_lines - 1].words == 0) page->n_lines--;
    PdfLine text = {.box = box_of(line), .word = (uint32_t)page->n_words, .block = page->blocks};
    TRY(mem_grow((void **)&page->lines, &page->cap_lines, page->n_lines + 1, sizeof text,
                 PDF_WORDS_MAX, pdf->err));
    page->lines[page->n_lines++] = text;
    return OK;
}

/* ---- pages ---- */

/* Writes the pages that are held down, and empties them; their memory is used again. */
static Status flush_held(Pdf *pdf) {
    Status status = OK;
    for (unsigned i = 0; i < pdf->n_held; i++) {
        if (status == OK) status = pdf_page_emit(&pdf->held[i], &pdf->known, pdf->doc, pdf->err);
        pdf_page_clear(&pdf->held[i]);
    }
    pdf->n_held = 0;
    return status;
}

/* Counts the page, and writes what is held when there is no more to wait for: later pages are held
   for a moment only. */
static Status page_end(Pdf *pdf) {
    if (!pdf->page) return OK;
    PdfPage *page = pdf->page;
    pdf->page = NULL;
    if (page->n_lines && page->lines[page->n_lines - 1].words == 0) page->n_lines--;
    if (pdf->file) pdf_draw_page(pdf->file, page->number, &page->draw);
    pdf_page_fonts(page);
    pdf_page_count(page, pdf->known.stats);
    if (pdf->holding && pdf->n_held < HOLD_PAGES) return OK;
    pdf->holding = false;
    return flush_held(pdf);
}

/* A page that was not closed is closed here. */
static Status page_begin(Pdf *pdf, Str line) {
    TRY(page_end(pdf));
    if (++pdf->pages > PAGES_MAX) {
        return err_set(pdf->err, E_LIMIT, "a PDF of more than %d pages", PAGES_MAX);
    }
    assert(pdf->n_held < HOLD_PAGES && !pdf->page);
    PdfPage *page = &pdf->held[pdf->n_held++];
    pdf_page_clear(page);
    if (!page->text.max) buf_init(&page->text, PDF_TEXT_MAX);
    page->number = pdf->pages;
    page->width = number_of(line, "width");
    page->height = number_of(line, "height");
    pdf->page = page;
    return OK;
}

/* ---- the head ---- */

static Status take_field(Pdf *pdf, Str value, char **field) {
    buf_clear(&pdf->scratch);
    add_unescaped(&pdf->scratch, value);
    return emit_meta(field, buf_str(&pdf->scratch), pdf->err);
}

/* Title, author and date, which come before the first page. */
static Status take_head(Pdf *pdf, Str line) {
    char date[11];
    Str content = {NULL, 0};
    size_t from = str_find(line, STR("content=\""), 0);
    if (from != SIZE_MAX) {
        size_t to = str_find(line, STR("\"/>"), from);
        if (to != SIZE_MAX) content = str_sub(line, from + 9, to);
    }
    if (str_starts(line, STR("<meta name=\"Author\"")))
        return take_field(pdf, content, &pdf->doc->author);
    bool created = str_starts(line, STR("<meta name=\"CreationDate\""));
    if (created && emit_date(content, date))
        return emit_meta(&pdf->doc->date, str_from(date), pdf->err);
    if (!str_starts(line, STR("<title>"))) return OK;
    size_t end = str_find(line, STR("</title>"), 0);
    return take_field(pdf, str_sub(line, 7, end == SIZE_MAX ? line.n : end), &pdf->doc->title);
}

/* By what the line begins with; everything else is passed over. */
static Status take_line(Pdf *pdf, Str line) {
    line = str_trim(line);
    if (line.n == 0 || line.p[0] != '<') return OK;
    if (str_starts(line, STR("<word "))) return take_word(pdf, line);
    if (str_starts(line, STR("<line "))) return take_text_line(pdf, line);
    if (str_starts(line, STR("<block ")) && pdf->page) pdf->page->blocks++;
    if (str_starts(line, STR("<page "))) return page_begin(pdf, line);
    if (str_starts(line, STR("</page>"))) return page_end(pdf);
    return pdf->pages ? OK : take_head(pdf, line);
}

/* ---- the stream ---- */

/* Lines as they come, however they are cut into reads; a line that is longer than LINE_MAX_BYTES is
   E_LIMIT. */
static Status read_stream(Pdf *pdf, const PdfSource *source, Buf *in) {
    for (;;) {
        char *to = buf_reserve(in, READ_STEP);
        if (!to) return buf_check(in, "a line of a PDF", pdf->err);
        size_t got = source->next(source->user, to, READ_STEP);
        in->n += got;
        size_t at = 0;
        for (;;) {
            const char *end = memchr(in->p + at, '\n', in->n - at);
            if (!end) break;
            size_t n = (size_t)(end - in->p) - at;
            TRY(take_line(pdf, (Str){in->p + at, n}));
            at += n + 1;
        }
        if (got == 0) return take_line(pdf, (Str){in->p + at, in->n - at});
        assert(at <= in->n);
        memmove(in->p, in->p + at, in->n - at);
        in->n -= at;
    }
}

/* Programs put file names and their own names where a title belongs. */
static bool is_poor_title(const char *title) {
    static const char *const poor[] = {
        "Microsoft Word",          "untitled", "Untitled", "Microsoft PowerPoint",
        "PowerPoint Presentation", "Slide 1",  "(anonymous)", "(unspecified)", NULL};
    Str s = str_from(title);
    if (list_starts(s, poor)) return true;
    size_t dot = s.n;
    while (dot && s.n - dot < 6 && s.p[dot - 1] != '.') dot--;
    return s.n < 4 || (dot && s.p[dot - 1] == '.' && !memchr(s.p, ' ', s.n));
}

/* The first large heading on the first two pages. */
static Status title_from_headings(Doc *doc, Err *err) {
    const DocBlock *best = NULL;
    for (size_t i = 0; i < doc->n_blocks && doc->blocks[i].page <= 2; i++) {
        const DocBlock *b = &doc->blocks[i];
        char first = doc->text.p[b->start];
        bool numbered = plain_is_digit(first); /* a section, not the title */
        bool large = b->kind == BLOCK_HEADING && b->level < 4; /* bold type alone is no title */
        if (large && !numbered && (!best || b->level < best->level)) best = b;
    }
    if (!best) return OK;
    return emit_meta(&doc->title, str_sub(buf_str(&doc->text), best->start, best->end), err);
}

/* A title that says nothing gives way to the first large heading. */
static Status finish(Pdf *pdf) {
    TRY(page_end(pdf));
    TRY(flush_held(pdf));
    pdf->doc->n_pages = pdf->pages;
    if (pdf->doc->title && is_poor_title(pdf->doc->title)) {
        mem_free(pdf->doc->title);
        pdf->doc->title = NULL;
    }
    return pdf->doc->title ? OK : title_from_headings(pdf->doc, pdf->err);
}

Status read_pdf(const PdfSource *source, Doc *doc, Err *err) {
    PdfOutline outline = {0};
    PdfTags tags = {0};
    Pdf pdf = {.file = source->file, .doc = doc, .err = err, .holding = true,
               .known = {.outline = &outline, .tags = &tags}};
    Buf in;
    buf_init(&in, LINE_MAX_BYTES + READ_STEP);
    buf_init(&pdf.scratch, LINE_MAX_BYTES + READ_STEP);
    pdf.known.stats = mem_zalloc(sizeof *pdf.known.stats);
    Status status =
        pdf.known.stats ? emit_meta(&doc->format, STR("pdf"), err) : err_no_memory(err, "a PDF");
    if (pdf.file) {
        pdf_outline_read(pdf.file, &outline);
        pdf_tags_read(pdf.file, &tags);
    }
    if (status == OK) status = read_stream(&pdf, source, &in);
    if (status == OK) status = finish(&pdf);
    for (size_t i = 0; i < HOLD_PAGES; i++) pdf_page_fini(&pdf.held[i]);
    mem_free(pdf.known.stats);
    pdf_outline_fini(&outline);
    pdf_tags_fini(&tags);
    buf_fini(&in);
    buf_fini(&pdf.scratch);
    return status;
}
