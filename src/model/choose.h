/*
 * The kernels that are fastest on this machine, found by a short measurement and remembered.
 */
#ifndef HEARTH_MODEL_CHOOSE_H
#define HEARTH_MODEL_CHOOSE_H

#include "model/kernels/kernels.h"

typedef struct Choice {
    const Kernels *kern;
    bool measured; /* now; else forced, the only one, or remembered */
} Choice;

/*
 * isa: a name that forces a table (kern_select), or NULL / "auto". dir: where the answer is kept
 * between runs; NULL: nothing is measured, processor flags decide; a folder that cannot be read or
 * written is no error. A measurement takes some 100 ms; there are three at most, each in a start of
 * its own, and fewer where they agree.
 */
Status choose_kernels(const char *isa, const char *dir, Choice *out, Err *err) WARN_UNUSED;

#endif
