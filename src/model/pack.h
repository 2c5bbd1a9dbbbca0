/*
 * Pack: packing matrices with all threads, and the cache file of packed matrices.
 *
 * The cache file is one frame (base/frame.h): a head of PACK_HEAD_BYTES that names the model file
 * it was made from, then the block of all matrices exactly as it is used in memory, then the screen
 * of the output matrix (screen.h). A second start maps it and is done.
 */
#ifndef HEARTH_MODEL_PACK_H
#define HEARTH_MODEL_PACK_H

#include <stdatomic.h>

#include "base/frame.h"
#include "base/pool.h"
#include "model/file/gguf.h"
#include "model/kernels/kernels.h"
#include "model/screen.h"

enum { PACK_HEAD_BYTES = 4096 };

/* One tensor of a model: a matrix to pack (mat) or a vector to copy (vec, may be NULL). */
typedef struct WeightItem {
    const GgufTensor *tensor;
    KernMat *mat;
    const float **vec;
    uint64_t at;    /* matrices: byte offset in the packed block; vectors: floats */
    uint64_t bytes; /* matrices: packed bytes; vectors: floats */
} WeightItem;

typedef struct PackSlice {
    const KernMat *mat;       /* rows of the whole matrix */
    const GgufTensor *tensor;
    size_t row0, row1;        /* to pack; multiples of 16 but for the end */
    void *to;                 /* NULL: in place in mat->data; else row0 comes first here */
} PackSlice;

/* Checks scales and packs, on all threads. E_CORRUPT: a scale is no number. */
Status pack_rows(const PackSlice *slice, Pool *pool, Err *err) WARN_UNUSED;
/* Tells the system that the tensor's pages of the model file are not needed in memory. */
void pack_forget_source(const GgufTensor *tensor);
/* The same for all tensors: once a model is open only rows of the embedding table are read. */
void pack_forget_file(const Gguf *gguf);

/* Packing takes seconds to minutes, and somebody waits for it. */
typedef struct PackWatch {
    const atomic_bool *cancel; /* looked at before each slice; may be NULL */
    void (*each)(void *user, uint64_t done, uint64_t total); /* packed bytes; may be NULL */
    void *user;
} PackWatch;

/* A model's matrices and where their pack lies. */
typedef struct PackJob {
    int model_fd; /* of the file that the items are of; the path may name another one by now */
    const char *model_path, *pack_dir;
    const WeightItem *items;
    size_t n_items;
    uint64_t matrix_bytes;
    const ScreenSource *screen; /* behind the matrices; NULL: none */
    PackWatch watch;
} PackJob;

/* Where the screen begins in the payload. */
static inline uint64_t pack_screen_at(uint64_t matrix_bytes) {
    return PACK_HEAD_BYTES + (matrix_bytes + KERN_ALIGN - 1) / KERN_ALIGN * KERN_ALIGN;
}

/* Tells the watch how far the packing is. E_CANCELLED: it is to stop. */
Status pack_watch(const PackWatch *watch, uint64_t done, uint64_t total, Err *err) WARN_UNUSED;
/* Maps the cache of this model, making it first when there is none or it does not fit the model.
   *found: it was there. E_CORRUPT only for the model's own damage, E_CANCELLED; other errors: no
   cache. */
Status pack_open_or_build(const PackJob *job, Pool *pool, Frame *out, bool *found,
                          Err *err) WARN_UNUSED;
/* Where the pack of a model lies, or will: *path is the caller's. The model file must be there. */
Status pack_path(const char *model_path, const char *pack_dir, char **path, Err *err) WARN_UNUSED;
/* Reads the whole cache file and compares its checksums: E_CORRUPT when damaged, E_NOT_FOUND. */
Status pack_verify(const char *model_path, const char *pack_dir, Err *err) WARN_UNUSED;
/* Absent is OK. The model file must still be there: its path names the pack. */
Status pack_remove(const char *model_path, const char *pack_dir, Err *err) WARN_UNUSED;

#endif
