/*
 * The readers: bytes of one file in, a Doc out. This is all of hearth-read but its walls.
 *
 * read_bytes() finds out what the bytes are (kind.c), decodes them and calls the reader of that
 * kind. Each reader is pure: no files, no sockets, no state between calls; everything it allocates
 * is gone when it returns, except the Doc. Text readers get cleaned UTF-8 ("text") whose lines are
 * the lines of the file.
 *
 * A reader that finds no text leaves the document empty, which is no error: an empty file is a
 * document without blocks.
 */
#ifndef HEARTH_KNOWLEDGE_READ_READ_H
#define HEARTH_KNOWLEDGE_READ_READ_H

#include "knowledge/doc.h"

typedef enum KindId {
    KIND_TEXT,
    KIND_MARKDOWN,
    KIND_HTML,
    KIND_CSV,
    KIND_MAIL,
    KIND_CALENDAR, /* or contacts */
    KIND_CODE,
    KIND_NOTEBOOK,
    KIND_ZIP, /* looked into further by package.c */
    KIND_PDF,
    KIND_RTF,
    KIND_OLD, /* looked into further by old.c */
    KIND_ARCHIVE, /* of files, unpacked by archive.c; words says which */
    KIND_PACKED, /* one file, unpacked by packed.c; words says how it is packed */
    KIND_OTHER /* no reader; words says what it is */
} KindId;

typedef struct Kind {
    KindId id;
    const char *words; /* "image (png)" for people; "" for most of what we read */
} Kind;

/* From the first bytes (4 KiB are plenty) by their magic numbers. KIND_TEXT: nothing known, maybe
   text. */
Kind kind_of_head(Str head);
/* Which of the text formats, by content first and name second. */
Kind kind_of_text(Str text, Str name);
/* What a zip archive holds that we do not read, by the names in it; KIND_ZIP: a word/ folder. */
Kind kind_of_zip_entry(Str entry);

enum { READ_KIND_MAX = 64 };

typedef struct ReadResult {
    char kind[READ_KIND_MAX]; /* after E_UNSUPPORTED: what it is, for counting */
} ReadResult;

/* doc must be doc_init'd. PDF is not among what it reads (read_pdf takes pdftotext's output). */
Status read_bytes(Str bytes, Str name, Doc *doc, ReadResult *result, Err *err) WARN_UNUSED;

/* The same for text of a known kind that is already UTF-8 (parts of a mail). */
Status read_text(Str text, Doc *doc, Err *err) WARN_UNUSED;
/* Of a paragraph of plain text of so many lines: the level of the heading that it is, 0: none. An
   underline goes from *text. */
int read_heading_level(Str *text, uint32_t lines);
/* Title, author and date from its front matter, else the title from the first heading. */
Status read_markdown(Str text, Doc *doc, Err *err) WARN_UNUSED;
/* The content of a page, without menus and the like (html_main.c); its words alone where it is
   nested too deeply. */
Status read_html(Str text, Doc *doc, Err *err) WARN_UNUSED;
/* A page that is content only (a chapter of a book). */
Status read_html_whole(Str text, Doc *doc, Err *err) WARN_UNUSED;
/* Cells of Markdown, of code and what it printed. E_CORRUPT, with nothing read: it is no
   notebook. */
Status read_notebook(Str text, Doc *doc, Err *err) WARN_UNUSED;
/* One block a row; the separator is found by itself. */
Status read_csv(Str text, Doc *doc, Err *err) WARN_UNUSED;
/* One file behind gzip, bzip2, xz or zstd (KIND_PACKED), read as what it is; `name` is that of the
   packed file. E_CORRUPT: damaged, also by its checksum. E_LIMIT: too large unpacked. */
Status read_packed(Str bytes, Str name, Doc *doc, ReadResult *result, Err *err) WARN_UNUSED;
/* A zip, tar or 7z of files, each a part under its name; `words` is what it is called.
   E_UNSUPPORTED: nothing in it is read, or it lies in another archive. E_LIMIT: too many files or
   bytes. */
Status read_archive(Str bytes, const char *words, Doc *doc, ReadResult *result,
                    Err *err) WARN_UNUSED;
/* Before the walls close: what read_archive needs to give names that are not ASCII. */
void archive_warm_up(void);
/* Bytes as they are: RTF names its own character sets. */
Status read_rtf(Str bytes, Doc *doc, Err *err) WARN_UNUSED;
/* Bytes as they are, one message or an mbox; each part has its own character set. Files in it are
   read or kept (doc_keep_file). */
Status read_mail(Str bytes, Doc *doc, Err *err) WARN_UNUSED;

/* Bytes as they are, iCalendar or vCard: one block an event, task, journal entry or contact. What
   is broken costs itself only. E_LIMIT: too many of them. */
Status read_calendar(Str bytes, Doc *doc, Err *err) WARN_UNUSED;

/* E_CORRUPT, and what to do about it: an encrypted document of any format. */
Status read_needs_password(Err *err);
/* Everything that is a compound file. `attached`: a mail in a mail is not read. */
Status read_old(Str bytes, bool attached, Doc *doc, ReadResult *result, Err *err) WARN_UNUSED;
typedef struct Cfb Cfb; /* cfb.h */
/* E_UNSUPPORTED: of Word 6 or 95. E_CORRUPT: damaged or encrypted. */
Status read_doc97(const Cfb *cfb, Doc *doc, Err *err) WARN_UNUSED;
/* The workbook in this stream. E_UNSUPPORTED: of Excel 5 or 95. E_CORRUPT: damaged or encrypted. */
Status read_xls(const Cfb *cfb, uint32_t entry, Doc *doc, Err *err) WARN_UNUSED;
/* The slides of the presentation in this stream, with their notes; a slide is a page. E_CORRUPT:
   damaged or encrypted. */
Status read_ppt(const Cfb *cfb, uint32_t entry, Doc *doc, Err *err) WARN_UNUSED;
/* A message with all that is attached to it; a damaged attachment costs nothing else. */
Status read_msg(const Cfb *cfb, Doc *doc, Err *err) WARN_UNUSED;

/* Everything that is a zip archive: finds out what it is and calls one of those below. */
Status read_zip(Str bytes, Doc *doc, ReadResult *result, Err *err) WARN_UNUSED;
typedef struct Package Package; /* package.h */
/* The Word document whose text is in the part of this name, which is there. */
Status read_docx(const Package *pk, const char *document, Doc *doc, Err *err) WARN_UNUSED;
/* Rows of all sheets; a sheet is a page. */
Status read_xlsx(const Package *pk, Doc *doc, Err *err) WARN_UNUSED;
/* Slides with their notes; a slide is a page. */
Status read_pptx(const Package *pk, Doc *doc, Err *err) WARN_UNUSED;
/* Texts, spreadsheets and presentations alike. E_CORRUPT: encrypted. */
Status read_odf(const Package *pk, Doc *doc, Err *err) WARN_UNUSED;
/* Chapters in reading order. E_CORRUPT: encrypted, or no book. */
Status read_epub(const Package *pk, Doc *doc, Err *err) WARN_UNUSED;
/* Appends the words of SmartArt, a chart or the shapes of a sheet, all on this page: paragraphs,
   and of a chart a table. `what` names the part. A damaged one ends there, and that is OK. */
Status read_drawing_part(Str part, const char *what, uint32_t page, Doc *doc, Err *err) WARN_UNUSED;
/* Title, author and date from docProps/core.xml, meta.xml or an e-book's metadata. A damaged one
   costs the title, not the text. */
void read_core(Str xml, Doc *doc);

/* word/document.xml and what else of the package is known (may be empty). For tests and fuzzing. */
enum { DOCX_MARGINS_MAX = 64 };
typedef struct DocxParts {
    Str document, styles, numbering, core, footnotes, endnotes, comments;
    Str headers[DOCX_MARGINS_MAX], footers[DOCX_MARGINS_MAX]; /* of its sections; "" ends them */
} DocxParts;
/* Only the document and its notes must be well-formed: a damaged part beside them costs headings,
   lists, the title, a margin or comments. */
Status read_docx_parts(const DocxParts *parts, Doc *doc, Err *err) WARN_UNUSED;

/* Output of `pdftotext -bbox-layout`, page by page as it comes. next() returns the bytes read into
   buf (0 at the end). file: the PDF itself, for its fonts and lines; may be NULL. */
typedef struct PdfFile PdfFile; /* pdf_file.h */
typedef struct PdfSource {
    size_t (*next)(void *user, char *buf, size_t cap);
    void *user;
    PdfFile *file;
} PdfSource;
/* Reads to the end of the source. E_CORRUPT is never its answer: what is no line of that format is
   passed over. */
Status read_pdf(const PdfSource *source, Doc *doc, Err *err) WARN_UNUSED;

/* Opens what libraries load lazily, before the walls close. */
void read_warm_up(void);

#endif
