/*
 * How a spreadsheet shows a number: as it stands, as a day, a time, a percentage, with a unit.
 *
 * The file says it by styles: a cell has the number of a style, a style the id of a number format.
 * The reader tells the formats, then the styles, in the file's order, then shows its cells.
 */
#ifndef HEARTH_KNOWLEDGE_READ_NUMBER_H
#define HEARTH_KNOWLEDGE_READ_NUMBER_H

#include "knowledge/read/grid.h"

enum { NUMBER_UNIT_BYTES = 9 };

typedef enum NumberKind {
    NUMBER_PLAIN,
    NUMBER_DAY,
    NUMBER_TIME,
    NUMBER_MOMENT,
    NUMBER_PERCENT
} NumberKind;

typedef struct NumberLook {
    uint32_t id; /* of a written format */
    NumberKind kind;
    int decimals; /* as many as are shown at least */
    bool elapsed; /* a length of time: hours count on behind a day */
    char unit[NUMBER_UNIT_BYTES];
} NumberLook;

typedef struct Numbers { /* zeroed: no formats, no styles */
    NumberLook *formats, *styles;
    size_t n_formats, cap_formats, n_styles, cap_styles;
    bool epoch_1904; /* days count from 1904-01-01, not from 1899-12-30 */
} Numbers;

/* A format that the file writes out, under its id. E_LIMIT: too many. */
Status numbers_format(Numbers *numbers, uint32_t id, Str code, Err *err) WARN_UNUSED;
/* The next style shows numbers by the format of this id, which was written or is a built-in one. */
Status numbers_style(Numbers *numbers, uint32_t id, Err *err) WARN_UNUSED;
/* Appends the number as the style shows it; a style that there is not shows it plainly. as_written:
   what stands for it where its digits do not say it (1e+20). */
GridCell numbers_show(const Numbers *numbers, size_t style, double value, Str as_written, Buf *out);
/* A zeroed one is fine. */
void numbers_fini(Numbers *numbers);

#endif
