/*
 * GGUF: the file a model lives in. Untrusted bytes go in, checked tables come out.
 *
 * After gguf_open() returned OK every key has one value of a known kind, every string lies inside
 * the file, every tensor has a known type, 1 to 4 dimensions of at least 1, and bytes that lie
 * inside the file, aligned, shared with no other tensor. What the numbers *mean* is still the
 * caller's to check: that is why every typed reader takes a minimum and a maximum.
 *
 * A Gguf is immutable and may be read by any number of threads. Everything it hands out (Str,
 * GgufArray, GgufTensor, data pointers) is borrowed and lives until gguf_close().
 *
 * Tensor pages are never touched by opening. If the file is cut short or its disk fails while it is
 * mapped, reads see zeros and gguf_intact() turns false: whoever computes with the weights asks it
 * once a token and fails with E_CORRUPT.
 */
#ifndef HEARTH_MODEL_FILE_GGUF_H
#define HEARTH_MODEL_FILE_GGUF_H

#include "base/text.h"

typedef struct Gguf Gguf;

/* Kinds of values, with the numbers of the file format. */
typedef enum GgufKind {
    GGUF_U8 = 0, GGUF_I8 = 1, GGUF_U16 = 2, GGUF_I16 = 3, GGUF_U32 = 4, GGUF_I32 = 5,
    GGUF_F32 = 6, GGUF_BOOL = 7, GGUF_STRING = 8, GGUF_ARRAY = 9, GGUF_U64 = 10, GGUF_I64 = 11,
    GGUF_F64 = 12,
    GGUF_KIND_COUNT
} GgufKind;

/* Element types of tensors, with ggml's numbers. */
typedef enum TensorType {
    TENSOR_F32 = 0, TENSOR_F16 = 1, TENSOR_Q4_0 = 2, TENSOR_Q4_1 = 3,
    TENSOR_Q5_0 = 6, TENSOR_Q5_1 = 7, TENSOR_Q8_0 = 8, TENSOR_Q8_1 = 9,
    TENSOR_Q2_K = 10, TENSOR_Q3_K = 11, TENSOR_Q4_K = 12, TENSOR_Q5_K = 13, TENSOR_Q6_K = 14,
    TENSOR_Q8_K = 15, TENSOR_IQ2_XXS = 16, TENSOR_IQ2_XS = 17, TENSOR_IQ3_XXS = 18,
    TENSOR_IQ1_S = 19, TENSOR_IQ4_NL = 20, TENSOR_IQ3_S = 21, TENSOR_IQ2_S = 22,
    TENSOR_IQ4_XS = 23, TENSOR_I8 = 24, TENSOR_I16 = 25, TENSOR_I32 = 26, TENSOR_I64 = 27,
    TENSOR_F64 = 28, TENSOR_IQ1_M = 29, TENSOR_BF16 = 30, TENSOR_TQ1_0 = 34, TENSOR_TQ2_0 = 35,
    TENSOR_MXFP4 = 39,
    TENSOR_TYPE_COUNT = 40
} TensorType;

typedef struct TensorTypeInfo {
    const char *name;        /* "Q4_K" */
    uint32_t block_elements; /* 1, 32 or 256 */
    uint32_t block_bytes;
} TensorTypeInfo;

/* NULL for numbers that this build does not know (or that were withdrawn). */
const TensorTypeInfo *tensor_type_info(uint32_t type);
/* Bytes of `elements` elements, which must fill whole blocks. false: unknown, ragged, overflow. */
bool tensor_type_bytes(uint32_t type, uint64_t elements, uint64_t *bytes) WARN_UNUSED;

enum {
    GGUF_DIMS_MAX = 4,
    GGUF_KEY_BYTES_MAX = 256,
    GGUF_NAME_BYTES_MAX = 64,
    GGUF_KEYS_MAX = 1 << 16,
    GGUF_TENSORS_MAX = 1 << 18,
    GGUF_ALIGN_MIN = 8,
    GGUF_ALIGN_DEFAULT = 32,
    GGUF_ALIGN_MAX = 65536
};

typedef struct GgufTensor {
    Str name;                     /* printable ASCII, 1..64 bytes */
    TensorType type;              /* always one that tensor_type_info() knows */
    int n_dims;                   /* 1..4 as stated in the file */
    uint64_t dims[GGUF_DIMS_MAX]; /* dims[0] runs fastest (a row's length); unused ones are 1 */
    uint64_t elements;            /* product of dims; fits */
    const uint8_t *data;          /* `bytes` bytes; aligned in the file as the file says */
    size_t bytes;
    uint64_t offset;              /* of data, from the start of the file */
} GgufTensor;

/* An array of scalars or strings. Nested arrays are refused at opening. */
typedef struct GgufArray {
    GgufKind kind;            /* of the elements; never GGUF_ARRAY */
    size_t count;
    const uint8_t *data;      /* first element; little-endian and not aligned */
    const uint32_t *at;       /* strings: count + 1 byte offsets from `data`; NULL else */
} GgufArray;

/* Maps and checks the file. E_NOT_FOUND, E_CORRUPT (err->offset: where), E_UNSUPPORTED, E_LIMIT. */
Status gguf_open(const char *path, Gguf **out, Err *err) WARN_UNUSED;
/* The same over bytes that the caller keeps alive until gguf_close(). */
Status gguf_open_bytes(const void *bytes, size_t n, Gguf **out, Err *err) WARN_UNUSED;
void gguf_close(Gguf *g); /* NULL is fine */

/* false once the mapped file shrank, could not be read or was written to. A look at the file's
   times: a microsecond, for once a pass. */
bool gguf_intact(const Gguf *g);
/* Descriptor of the very file that is mapped, whatever its name stands for by now; borrowed. -1: it
   was opened from bytes. */
int gguf_fd(const Gguf *g);
uint64_t gguf_data_offset(const Gguf *g); /* where tensor data begins */

/* Keys, for who walks over all of them: tests, fuzz targets and tests/bench/synth.c, which copies a
   file. */
size_t gguf_key_count(const Gguf *g);
Str gguf_key_at(const Gguf *g, size_t i, GgufKind *kind); /* in file order; kind may be NULL */
/* Is there a key of this name, of whatever kind? */
bool gguf_has(const Gguf *g, const char *key);

/* Typed readers: the value of a key, in the range that its meaning allows. *out is untouched on
   failure. E_NOT_FOUND: absent; E_CORRUPT: another kind, NaN; E_LIMIT: outside [min,max]. */
Status gguf_int(const Gguf *g, const char *key, int64_t min, int64_t max, int64_t *out,
                Err *err) WARN_UNUSED; /* any integer kind */
Status gguf_real(const Gguf *g, const char *key, double min, double max, double *out,
                 Err *err) WARN_UNUSED; /* any float or integer kind */
/* A boolean; the file has been checked to hold 0 or 1. Errors as gguf_int, but for E_LIMIT. */
Status gguf_bool(const Gguf *g, const char *key, bool *out, Err *err) WARN_UNUSED;
/* A text without a NUL behind it, any bytes, perhaps empty; borrowed from the file. */
Status gguf_str(const Gguf *g, const char *key, Str *out, Err *err) WARN_UNUSED;
/* An array of scalars or of strings, borrowed. Kind and count are the file's: look at them. */
Status gguf_array(const Gguf *g, const char *key, GgufArray *out, Err *err) WARN_UNUSED;
/* As gguf_int, but *out keeps the value it came with when the key is absent. That is also so for
   the two below. */
Status gguf_int_opt(const Gguf *g, const char *key, int64_t min, int64_t max, int64_t *out,
                    Err *err) WARN_UNUSED;
/* As gguf_real; an absent key leaves *out. */
Status gguf_real_opt(const Gguf *g, const char *key, double min, double max, double *out,
                     Err *err) WARN_UNUSED;
/* As gguf_str; an absent key leaves *out. */
Status gguf_str_opt(const Gguf *g, const char *key, Str *out, Err *err) WARN_UNUSED;

/* Elements; i < array->count. Wrong kinds give an empty Str and 0. */
Str gguf_array_str(const GgufArray *array, size_t i);
int64_t gguf_array_int(const GgufArray *array, size_t i); /* U64 above INT64_MAX is clamped */

/* Tensors. */
size_t gguf_tensor_count(const Gguf *g);
const GgufTensor *gguf_tensor_at(const Gguf *g, size_t i); /* in file order */
const GgufTensor *gguf_tensor(const Gguf *g, const char *name); /* NULL when absent */

/*
 * Writing. The writer streams into `PATH.tmp-...` and renames at commit, so that PATH is always
 * absent or whole. Order of calls: begin, keys, tensors (declared, without bytes), data in the
 * order of declaration, commit. Errors are sticky: look at the status of gguf_write_commit().
 */
typedef struct GgufWriter GgufWriter;

/* Begins a file at PATH, mode 0600. *out is the caller's: it ends with gguf_write_commit() or
   gguf_write_abort(). E_IO, E_NO_MEMORY. */
Status gguf_write_begin(const char *path, GgufWriter **out, Err *err) WARN_UNUSED;
/* Scalar keys and texts; names are 1..256 bytes of printable ASCII. kind is an integer kind; of the
   value so many low bytes are written as the kind has. A wrong kind or name sticks as E_USAGE, a
   key behind the first data byte as E_LIMIT, here and in the functions below. */
void gguf_write_int(GgufWriter *w, const char *key, GgufKind kind, int64_t value);
/* kind is GGUF_F32 or GGUF_F64. */
void gguf_write_real(GgufWriter *w, const char *key, GgufKind kind, double value);
/* One byte, 1 or 0. */
void gguf_write_bool(GgufWriter *w, const char *key, bool value);
/* Any bytes; copied. */
void gguf_write_str(GgufWriter *w, const char *key, Str value);
/* `bytes`: count elements of a scalar kind, little-endian, packed. */
void gguf_write_array(GgufWriter *w, const char *key, GgufKind kind, const void *bytes,
                      size_t count);
/* Texts, copied one behind the other. */
void gguf_write_str_array(GgufWriter *w, const char *key, const Str *items, size_t count);
/* Declares the next tensor; its bytes come later, in the same order. dims: 1 to 4 of them, dims[0]
   the length of a row, which fills whole blocks of the type. A shape that cannot be sticks as
   E_USAGE. */
void gguf_write_tensor(GgufWriter *w, const char *name, TensorType type, const uint64_t *dims,
                       int n_dims);
/* Bytes of the declared tensors, in order, in pieces of any size; padding is ours. */
void gguf_write_data(GgufWriter *w, const void *bytes, size_t n);
Status gguf_write_commit(GgufWriter *w, Err *err) WARN_UNUSED; /* frees w, also on failure */
void gguf_write_abort(GgufWriter *w);                          /* frees w; NULL is fine */

#endif
