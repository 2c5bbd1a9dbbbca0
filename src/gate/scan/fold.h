/*
 * The folded view of a window of text: one spelling for what looks the same (fold.c says how).
 */
#ifndef HEARTH_GATE_SCAN_FOLD_H
#define HEARTH_GATE_SCAN_FOLD_H

#include "base/text.h"
#include "gate/scan/block.h"

enum { FOLD_WINDOW = 320 << 10 }; /* bytes of text in one view at most */

/* From `view` on, text offset = text + (x - view), up to the next seam. */
typedef struct FoldSeam {
    uint32_t view, text;
} FoldSeam;

typedef struct Fold {
    const char *p; /* the folded bytes */
    uint32_t n;
    Str text;        /* the window itself */
    char *bytes;     /* scratch [FOLD_WINDOW] */
    FoldSeam *seams; /* scratch [FOLD_WINDOW / 2 + 2]; seam 0 is {0, 0} */
    uint32_t n_seams;
    uint8_t numerals[512]; /* which Han signs may be one */
    BlockHeads heads;      /* of what begins with 0xE3 to 0xE9 and may be folded */
    const Blocks *blocks;
} Fold;

/* Takes scratch for one window (some 800 KiB); fold_fini also after a failure. E_NO_MEMORY. */
Status fold_init(Fold *fold, Err *err) WARN_UNUSED;
void fold_fini(Fold *fold); /* zeros are fine */
/* Makes the view of a window of at most FOLD_WINDOW bytes, which is borrowed until the next one.
   Cannot fail. Where nothing is folded, p is the text itself. */
void fold_window(Fold *fold, Str window);
/* The offset in the window of the character that the folded byte x comes from; x = n: its end. */
uint32_t fold_start(const Fold *fold, uint32_t x);
/* The offset behind the character that the folded byte x - 1 comes from; 0 < x <= n. */
uint32_t fold_end(const Fold *fold, uint32_t x);
/* Does the folded byte x stand for an escape? */
bool fold_escaped(const Fold *fold, uint32_t x);
/* The first folded byte that comes from text offset `at` or later. */
uint32_t fold_view_of(const Fold *fold, uint32_t at);

/* The folded byte at x; 0 outside the view. */
static inline char fold_at(const Fold *fold, int64_t x) {
    return x >= 0 && x < (int64_t)fold->n ? fold->p[x] : 0;
}

#endif
