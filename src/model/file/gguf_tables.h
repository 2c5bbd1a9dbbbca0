/*
 * What gguf.c builds and gguf_get.c reads: private to this room.
 */
#ifndef HEARTH_MODEL_FILE_GGUF_TABLES_H
#define HEARTH_MODEL_FILE_GGUF_TABLES_H

#include "base/fault_guard.h"
#include "base/file.h"
#include "model/file/gguf.h"

typedef struct GgufKey {
    Str name;
    GgufKind kind;
    const uint8_t *value; /* scalars: their bytes; strings: the text; arrays: as array.data */
    size_t value_bytes;   /* scalars and strings */
    GgufArray array;
} GgufKey;

/* Open addressing over names: slot = index + 1, 0 is empty; size is a power of two. */
typedef struct NameTable {
    uint32_t *slots;
    size_t mask;
} NameTable;

/* A checked file. Written by gguf.c while it opens, only read afterwards. */
struct Gguf {
    const uint8_t *p;
    size_t n;
    FileMap map; /* p == NULL when opened over the caller's bytes */
    FaultGuard *guard;
    int64_t written_ns; /* the mapped file's time of writing when it was opened; else 0 */
    uint32_t alignment;
    uint64_t data_offset;
    GgufKey *keys;
    size_t n_keys;
    GgufTensor *tensors;
    size_t n_tensors;
    NameTable key_table, tensor_table;
};

/* Bytes of a scalar of that kind; 0 for strings, arrays and unknown numbers. */
size_t gguf_kind_bytes(uint32_t kind);
/* For messages: "u32"; "nothing known" for a number that is no kind. */
const char *gguf_kind_name(uint32_t kind);
/* NULL when absent. Two keys of one name were refused at opening. */
const GgufKey *gguf_find_key(const Gguf *g, Str name);

#endif
