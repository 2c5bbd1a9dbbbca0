/*
 * Line marks: where a place in the extracted text lies in the file.
 *
 * Extracted text keeps the line ends inside a paragraph, but not those between blocks: two empty
 * lines, an underline below a heading, a table's dashes, a code fence are gone; and where a format
 * joins lines (HTML), those inside a paragraph are gone too. So the line of a
 * place cannot be counted from the beginning of its passage. A mark says: from this byte of the
 * text on, lines count from that line. There is one only where counting would go wrong, which is
 * nowhere in most plain texts.
 *
 * Stored as pairs of little-endian u32 (byte, line), ascending.
 */
#ifndef HEARTH_KNOWLEDGE_LINES_H
#define HEARTH_KNOWLEDGE_LINES_H

#include "knowledge/doc.h"

enum { LINE_MARK_BYTES = 8, LINE_MARKS_MAX_BYTES = DOC_BLOCKS_MAX * LINE_MARK_BYTES };

typedef struct LineMark {
    uint32_t at;   /* byte of the document's text */
    uint32_t line; /* of the file, 1-based */
} LineMark;

/* Appends the marks of a document. */
void lines_of_doc(const Doc *doc, Buf *out);
/* Mark i of stored marks. i < marks.n / LINE_MARK_BYTES. */
LineMark lines_mark(Str marks, size_t i);

/* A passage whose lines are asked for. */
typedef struct LinePassage {
    Str text;
    uint64_t start; /* byte of the document where it begins */
    uint32_t line;  /* of the file, there; 0: the format has none */
    const LineMark *marks; /* of this passage, ascending */
    size_t n_marks;
} LinePassage;

/* The line of byte `at` of the document, start <= at <= the passage's end; 0 when the passage has
   no line. Counts line ends from the last mark at or before `at`, else from the passage's
   beginning. */
uint32_t lines_at(const LinePassage *passage, uint64_t at);

#endif
