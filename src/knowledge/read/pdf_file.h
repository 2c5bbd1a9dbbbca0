/*
 * The file behind the text: a PDF's objects, for what pdftotext does not say (fonts, lines drawn).
 *
 * A value is the bytes that write it, inside the file or inside an unpacked object stream; it is
 * valid as long as the PdfFile. An empty Str: there is none. Nothing here is an error: what cannot
 * be understood is not there, and the page is read by its words alone.
 */
#ifndef HEARTH_KNOWLEDGE_READ_PDF_FILE_H
#define HEARTH_KNOWLEDGE_READ_PDF_FILE_H

#include "base/text.h"

typedef struct PdfFile PdfFile;

/* Takes no copy of the bytes. NULL: no memory, encrypted, or no page in it. */
PdfFile *pdf_file_open(Str bytes);
void pdf_file_free(PdfFile *file); /* NULL is fine */

/* What stands under /key in a dictionary or in the dictionary of a stream, references followed. */
Str pdf_file_get(PdfFile *file, Str dict, const char *key);
/* The value itself, or what it refers to. */
Str pdf_file_follow(PdfFile *file, Str value);
/* The bytes of a stream, unpacked, behind those of `out`. false: no stream, or packed in a way that
   is not known here. */
bool pdf_file_stream(PdfFile *file, Str stream, Buf *out);
Str pdf_file_catalog(const PdfFile *file);
size_t pdf_file_pages(const PdfFile *file); /* how many there are, at least one */
/* Page 1 is the first; empty: no such page. */
Str pdf_file_page(const PdfFile *file, uint32_t number);
/* The number of the page that this node is; 0: of none. */
uint32_t pdf_file_number_of(PdfFile *file, Str node);
/* What the page of this number says of itself, or a node above it. */
typedef enum PdfGiven {
    PDF_MEDIA_BOX,
    PDF_ROTATE,
    PDF_RESOURCES,
    PDF_GIVEN_COUNT
} PdfGiven;
Str pdf_file_given(PdfFile *file, uint32_t number, PdfGiven what);

/* The next value or word at *at, which moves behind it; empty at the end. Blanks and comments are
   passed over. A dictionary, list or string is one value. */
Str pdf_file_token(Str text, size_t *at);
/* The same, but a list or dictionary yields its sign only: "[", "]", "<<", ">>". */
Str pdf_file_word(Str text, size_t *at);
/* As pdf_file_token, but all three words of a reference. */
Str pdf_file_value(Str text, size_t *at);
/* 0 where it is no number. */
double pdf_file_number(Str value);
/* The numbers of a list, at most n; returns how many there are. */
size_t pdf_file_numbers(PdfFile *file, Str list, double *to, size_t n);

#endif
