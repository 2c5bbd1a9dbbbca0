/*
 * The numbers that a word processor shows before paragraphs and that no paragraph holds.
 */
#ifndef HEARTH_KNOWLEDGE_READ_DOCX_LIST_H
#define HEARTH_KNOWLEDGE_READ_DOCX_LIST_H

#include "base/text.h"

enum { DOCX_LEVELS = 9 };

typedef struct DocxList DocxList;

typedef struct DocxLists {
    DocxList *items; /* abstract ones first, then those that paragraphs name */
    size_t n, cap;
    size_t level; /* that numbering.xml is describing */
} DocxLists;

/* Reads numbering.xml into zeroed lists; a damaged one costs numbers, not the text. */
void docx_lists_read(DocxLists *lists, Str part);
/* A zeroed one is fine. */
void docx_lists_fini(DocxLists *lists);
/* Counts one more paragraph of list `id` at `level` (what is too deep counts as the deepest) and
   appends its number with a blank ("4.2 ", "(b) ", "Article 3 "). False, and nothing is appended:
   the list has bullets there, or is not known. */
bool docx_lists_count(DocxLists *lists, uint32_t id, size_t level, Buf *out);

#endif
