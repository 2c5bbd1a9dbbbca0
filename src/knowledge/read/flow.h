/*
 * What a word processor's text flows into: paragraphs, items of lists and rows of tables.
 *
 * Readers of formats that mark the ends of things (rtf.c, doc97.c) add characters to `text` and say
 * what has ended. A paragraph that ends inside a cell is a blank of that cell.
 */
#ifndef HEARTH_KNOWLEDGE_READ_FLOW_H
#define HEARTH_KNOWLEDGE_READ_FLOW_H

#include "knowledge/doc.h"

typedef struct Flow {
    Doc *doc;
    Buf text; /* UTF-8 of the open paragraph or cell, not cleaned */
    Buf row;  /* the cells before it */
    unsigned cells;
} Flow;

/* `doc` is borrowed; flow_fini it. */
void flow_init(Flow *flow, Doc *doc);
/* What no paragraph or row has ended is lost. */
void flow_fini(Flow *flow);
/* Ends a paragraph; level 1..: a heading. `item`: of a list. */
Status flow_paragraph(Flow *flow, int level, bool item, Err *err) WARN_UNUSED;
/* Ends a cell of the open row. */
void flow_cell(Flow *flow);
/* Ends a row; what stands behind its last cell belongs to it. */
Status flow_row(Flow *flow, bool header, Err *err) WARN_UNUSED;

#endif
