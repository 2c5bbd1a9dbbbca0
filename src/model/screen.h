/*
 * Screen: a coarse copy of the output matrix that says which rows cannot be the greatest logits.
 *
 * The output matrix is the largest matrix of a small model, and of its product only the greatest
 * few numbers are looked at. The screen holds every row in about 4.8 bits a weight, with three
 * norms from which follows how far the coarse logit can be from the exact one. head.c multiplies
 * with the screen first and reads only those rows of the matrix whose bound reaches the best.
 *
 * A section of the pack (pack.h). screen.c has the layout and the reasons.
 */
#ifndef HEARTH_MODEL_SCREEN_H
#define HEARTH_MODEL_SCREEN_H

#include "base/frame.h"
#include "base/pool.h"
#include "model/file/gguf.h"
#include "model/kernels/kernels.h"

enum { SCREEN_ROWS = 64, SCREEN_VERSION = 1 };

/* What a row's bound is made of; bfloat16, rounded up. */
enum { SCREEN_OF_TOP, SCREEN_OF_REST, SCREEN_OF_ROW, SCREEN_NORMS };

typedef struct Screen {
    uint32_t rows, cols;   /* of the matrix; 0: it gets no screen */
    uint32_t top;          /* places of 8 bits; the others have 4 */
    const uint32_t *order; /* [cols] the column that stands at a place; NULL: there is no screen */
    const uint8_t *groups;
} Screen;

/* 64 rows. */
typedef struct ScreenGroup {
    const uint16_t *norms; /* [SCREEN_NORMS][SCREEN_ROWS] */
    KernMat top, rest;
} ScreenGroup;

/* rows, cols and top for a matrix; zeros where a screen would not be smaller, or not exact. */
void screen_plan(const KernMat *mat, Screen *out);
/* Bytes of the section; 0 without one. */
uint64_t screen_bytes(const Screen *plan);

/* What a screen is made of. */
typedef struct ScreenSource {
    const Screen *plan;
    const GgufTensor *tensor; /* the matrix in the file */
    const float *norm;        /* [cols] weights of the norm before it: which columns count */
} ScreenSource;

/* Makes the section, on all threads. */
Status screen_write(const ScreenSource *source, FrameWriter *w, Pool *pool, Err *err) WARN_UNUSED;
/* Looks at a section of screen_bytes(screen) bytes, KERN_ALIGN-aligned, borrowed: screen->order
   stays NULL where it is damaged, or says itself that it is of no use. */
void screen_point(Screen *screen, const uint8_t *section);
/* Rows 64 * group and the 63 behind it; group is below ceil(rows / 64). Views of the section:
   nothing is copied. */
ScreenGroup screen_group(const Screen *screen, size_t group);

#endif
