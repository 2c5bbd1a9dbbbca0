/*
 * Weights: finds the tensors of a family in the file, checks type and shape, and brings them into
 * the layout of the kernels, from the pack cache where there is one.
 *
 * Two steps, so that memory is known before it is taken: weights_bind() lists every tensor and
 * where its packed form will lie; weights_load() allocates or maps, and packs.
 */
#ifndef HEARTH_MODEL_WEIGHTS_H
#define HEARTH_MODEL_WEIGHTS_H

#include "base/file_huge.h"
#include "base/frame.h"
#include "base/pool.h"
#include "model/model.h"
#include "model/pack.h"

/* A tensor that a family asks for: name with %d for the layer, layer -1 when there is none. */
typedef struct BindName {
    const char *pattern;
    int layer;
} BindName;

/* For arch/NAME.c. Required tensors: E_CORRUPT when absent; all: E_CORRUPT when the shape is wrong,
   E_UNSUPPORTED when the type is. Optional ones leave *out as it was. */
Status bind_matrix(Binder *b, KernMat *out, BindName name, int64_t rows, int64_t cols,
                   Err *err) WARN_UNUSED;
/* [n] floats of the tensor, to be found at *out once weights_load is done; begins on a cache
   line. */
Status bind_vector(Binder *b, const float **out, BindName name, int64_t n, Err *err) WARN_UNUSED;
/* The same for a tensor that may be absent: then *out stays as it was. */
Status bind_vector_opt(Binder *b, const float **out, BindName name, int64_t n,
                       Err *err) WARN_UNUSED;
/* weight and bias of a LayerNorm, one behind the other: [2*n]. stem without ".weight". */
Status bind_layernorm(Binder *b, const float **out, BindName stem, int64_t n, Err *err) WARN_UNUSED;
/* A table whose rows are read straight from the file. */
Status bind_table(Binder *b, const GgufTensor **out, BindName name, int64_t rows, int64_t cols,
                  Err *err) WARN_UNUSED;
/* The first row of a table as a vector. The caller checked the shape. */
Status bind_first_row(Binder *b, const float **out, const GgufTensor *t, int64_t n,
                      Err *err) WARN_UNUSED;
/* model->head: output.weight, or the embedding table where the file has none. */
Status bind_head(Binder *b, Model *model, Err *err) WARN_UNUSED;

/* A bound and, after weights_load, loaded model; weights_fini() whatever happened. */
typedef struct Weights {
    Model model;
    Binder *binder;
    uint64_t matrix_bytes; /* packed */
    uint64_t vector_bytes;
    Frame pack;            /* mapped cache, or payload NULL */
    void *own;             /* packed here, or NULL */
    float *vectors;        /* all vectors of the model */
    bool from_pack;
    FileSettle walk;       /* over the pack */
} Weights;

/* Reads hyper-parameters and binds every tensor. No tensor data is touched. */
Status weights_bind(const Gguf *gguf, Weights *out, Err *err) WARN_UNUSED;
/* dir may be NULL: the pack is not kept. path names the model file, for its identity. */
typedef struct PackPlace {
    const char *path, *dir;
    PackWatch watch;
} PackPlace;

/* E_CANCELLED: by the watch; what is bound stays, what was packed is gone. */
Status weights_load(Weights *w, const PackPlace *place, Pool *pool, Err *err) WARN_UNUSED;
/* Frees what bind and load took, also after either failed, and zeroes *w. The Gguf stays open. */
void weights_fini(Weights *w);
/* Puts the next 2 MiB of the pack's pages in order (base/file_huge.h), also while others compute;
   one thread at a time. false: nothing is left to do. */
bool weights_settle(Weights *w);
/* false once the model file or its pack could not be read; what was computed since is worthless. */
bool weights_intact(const Weights *w);

#endif
