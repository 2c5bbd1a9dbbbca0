/*
 * The GGUF reader: hostile bytes in, checked tables out.
 *
 * The file, all little-endian:
 *
 *     "GGUF"  u32 version  u64 n_tensors  u64 n_keys
 *     n_keys    x  string key, u32 kind, value
 *     n_tensors x  string name, u32 n_dims, u64 dims[n_dims], u32 type, u64 offset
 *     padding to `general.alignment` (a key, 32 when absent)
 *     tensor data; offsets count from here
 *
 * A string is a u64 length and that many bytes, without a NUL. An array is u32 kind, u64 count and
 * the elements. Versions 2 and 3 are alike; version 1 had 32-bit counts and is gone; a version
 * number whose low half is zero means that the whole file is big-endian.
 *
 * Order of trust. Nothing from the file is used as a size before it was compared with the bytes
 * that are left, and the comparison itself cannot wrap: it is always `wanted > have`, never
 * `at + wanted > end`. A count is first held against the smallest size its items can have, so that
 * a table is never larger than a small multiple of the file (a kilobyte that claims 2^60 keys
 * costs nothing). Products of dimensions use checked multiplication. Tensors are sorted by offset
 * and must not share a byte. Keys and tensor names are unique and printable ASCII, hence safe to
 * show on a terminal. What follows the last tensor may only be padding: a file with something
 * appended is not the file that its maker signed.
 *
 * Opening walks the metadata once (that is what makes string i of an array O(1)) and never touches
 * a tensor page: a gigabyte model opens in some milliseconds.
 *
 * Errors carry the byte offset in err->offset and in the message.
 *
 * Limits: GGUF_KEYS_MAX keys, GGUF_TENSORS_MAX tensors, keys of 256 bytes, names of 64, metadata
 * of 1 GiB, four dimensions, alignment a power of two in 8..65536, no arrays inside arrays.
 *
 * Source: the GGUF specification, ggml repository, docs/gguf.md; the enum of types in
 * ggml/include/ggml.h. The list of attacks is that of CVE-2024-21802, -23496, -32878,
 * CVE-2025-53630, CVE-2026-27940, -33298, -7482 and of llama.cpp's tests/test-gguf.cpp.
 *
 * Worked example, a file with one key and no tensor (a vocabulary may be such):
 *
 *      0  "GGUF", 3, 0 tensors, 1 key                    24 bytes
 *     24  17, "general.alignment", kind 4 (u32), 32      8 + 17 + 4 + 4 = 33 bytes
 *     57  padding to 64, where tensor data would begin
 */
#include "model/file/gguf.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/plain.h"
#include "model/file/gguf_tables.h"

enum {
    KEY_BYTES_LEAST = 8 + 1 + 4 + 1,             /* one-letter key with a one-byte value */
    TENSOR_BYTES_LEAST = 8 + 1 + 4 + 8 + 4 + 8,  /* one-letter name, one dimension */
    METADATA_BYTES_MAX = 1 << 30
};

/* Where the walk stands. The status of every step is checked at once: no sticky error here. */
typedef struct Walk {
    Gguf *g;
    const uint8_t *p;
    size_t n, at;
} Walk;

static Status bad_at(Err *err, Status code, uint64_t offset, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* An error at a byte of the file: message and err->offset say where. What the file says is shown by
   plain_vprint(). */
static Status bad_at(Err *err, Status code, uint64_t offset, const char *fmt, ...) {
    char text[ERR_MESSAGE_MAX - 64];
    va_list args;
    va_start(args, fmt);
    (void)plain_vprint(text, sizeof text, fmt, args);
    va_end(args);
    (void)err_set(err, code, "%s (at byte %" PRIu64 ")", text, offset);
    if (err) err->offset = offset;
    return code;
}

/* ---- small reads ------------------------------------------------------------------------- */

/* The next n bytes, or E_CORRUPT. The one place where the walk moves on: `n > left`, never a
   sum. */
static Status walk_bytes(Walk *w, uint64_t n, const char *what, const uint8_t **out, Err *err) {
    assert(w->at <= w->n);
    if (n > w->n - w->at) {
        (void)bad_at(err, E_CORRUPT, w->at, "the file ends inside %s: %" PRIu64
                     " bytes wanted, %zu left", what, n, w->n - w->at);
        return E_CORRUPT;
    }
    *out = w->p + w->at;
    w->at += (size_t)n;
    return OK;
}

static Status walk_u32(Walk *w, const char *what, uint32_t *out, Err *err) {
    const uint8_t *p;
    TRY(walk_bytes(w, 4, what, &p, err));
    memcpy(out, p, 4);
    return OK;
}

static Status walk_u64(Walk *w, const char *what, uint64_t *out, Err *err) {
    const uint8_t *p;
    TRY(walk_bytes(w, 8, what, &p, err));
    memcpy(out, p, 8);
    return OK;
}

/* A length and its bytes. The length needs no limit of its own: the bytes must be there. */
static Status walk_string(Walk *w, const char *what, Str *out, Err *err) {
    uint64_t n;
    const uint8_t *p;
    TRY(walk_u64(w, what, &n, err));
    TRY(walk_bytes(w, n, what, &p, err));
    *out = (Str){(const char *)p, (size_t)n};
    return OK;
}

/* Keys and tensor names: 1..max bytes of printable ASCII. */
static Status walk_name(Walk *w, const char *what, size_t max, Str *out, Err *err) {
    size_t start = w->at;
    uint64_t n;
    TRY(walk_u64(w, what, &n, err));
    if (n == 0) return bad_at(err, E_CORRUPT, start, "%s is empty", what);
    if (n > max) {
        return bad_at(err, n > w->n - w->at ? E_CORRUPT : E_LIMIT, start,
                      "%s has %" PRIu64 " bytes; at most %zu are allowed", what, n, max);
    }
    const uint8_t *p;
    TRY(walk_bytes(w, n, what, &p, err));
    for (size_t i = 0; i < n; i++) {
        if (p[i] <= ' ' || p[i] > '~') {
            return bad_at(err, E_CORRUPT, (size_t)(p - w->p) + i,
                          "%s holds byte 0x%02x; only printable ASCII is allowed", what, p[i]);
        }
    }
    *out = (Str){(const char *)p, (size_t)n};
    return OK;
}

/* ---- names ------------------------------------------------------------------------------- */

/* Both tables hold structures that begin with their name. */
_Static_assert(offsetof(GgufKey, name) == 0, "a key begins with its name");
_Static_assert(offsetof(GgufTensor, name) == 0, "a tensor begins with its name");
_Static_assert((int)GGUF_KEYS_MAX <= (int)GGUF_TENSORS_MAX, "names_init() takes either");

/* Room for count names at a load of at most one half, so that every probe ends. */
static Status names_init(NameTable *table, size_t count, Err *err) {
    size_t size = 8;
    while (size < 2 * count) size *= 2; /* count <= 2^18: no wrap, at least half empty */
    assert(count <= GGUF_TENSORS_MAX && (size & (size - 1)) == 0 && size > count);
    table->slots = mem_zalloc_n(size, sizeof *table->slots);
    if (!table->slots) return err_no_memory(err, "a table of names");
    table->mask = size - 1;
    return OK;
}

/* The slot of `name`, or the empty slot where it would go. */
static uint32_t *names_slot(const NameTable *table, const void *items, size_t stride, Str name) {
    size_t at = (size_t)hash_table_key(name.p, name.n) & table->mask;
    for (; table->slots[at]; at = (at + 1) & table->mask) {
        const Str *have = (const Str *)(const void *)((const char *)items +
                                                      (table->slots[at] - 1) * stride);
        if (str_eq(*have, name)) break;
    }
    return &table->slots[at];
}

const GgufKey *gguf_find_key(const Gguf *g, Str name) {
    uint32_t slot = *names_slot(&g->key_table, g->keys, sizeof *g->keys, name);
    return slot ? &g->keys[slot - 1] : NULL;
}

const GgufTensor *gguf_tensor(const Gguf *g, const char *name) {
    uint32_t slot = *names_slot(&g->tensor_table, g->tensors, sizeof *g->tensors, str_from(name));
    return slot ? &g->tensors[slot - 1] : NULL;
}

/* ---- keys -------------------------------------------------------------------------------- */

/* One pass over the strings of an array: checks each and notes where it begins. The index has one
   entry more than the array, so that a length is the distance of two entries and is never read
   from the mapping again, where somebody might have changed it meanwhile. */
static Status index_strings(Walk *w, GgufArray *array, Err *err) {
    uint32_t *at = mem_alloc_n(array->count + 1, sizeof *at);
    if (!at) return err_no_memory(err, "an index of strings");
    array->at = at; /* owned by the key from here on */
    size_t start = w->at;
    at[0] = 0;
    for (size_t i = 0; i < array->count; i++) {
        Str s;
        TRY(walk_string(w, "a string of an array", &s, err));
        if (w->at - start > METADATA_BYTES_MAX) {
            return bad_at(err, E_LIMIT, w->at, "an array of strings is larger than 1 GiB");
        }
        at[i + 1] = (uint32_t)(w->at - start);
    }
    return OK;
}

/* A byte of 2 would be neither true nor false to a compiler. */
static Status check_bools(const uint8_t *p, size_t n, uint64_t offset, Err *err) {
    for (size_t i = 0; i < n; i++) {
        if (p[i] > 1) {
            return bad_at(err, E_CORRUPT, offset + i, "a boolean is %d, not 0 or 1", p[i]);
        }
    }
    return OK;
}

/* Count against the bytes that are left before anything is allocated for it. */
static Status walk_array(Walk *w, GgufKey *key, Err *err) {
    size_t start = w->at;
    uint32_t kind;
    uint64_t count;
    TRY(walk_u32(w, "an array's kind", &kind, err));
    TRY(walk_u64(w, "an array's count", &count, err));
    if (kind == GGUF_ARRAY) {
        return bad_at(err, E_UNSUPPORTED, start, "key %.*s: arrays inside arrays are not supported",
                      (int)key->name.n, key->name.p);
    }
    size_t least = kind == GGUF_STRING ? 8 : gguf_kind_bytes(kind);
    if (least == 0) {
        return bad_at(err, E_CORRUPT, start, "key %.*s: %" PRIu32 " is no kind of value",
                      (int)key->name.n, key->name.p, kind);
    }
    if (count > (w->n - w->at) / least) {
        return bad_at(err, E_CORRUPT, start + 4,
                      "key %.*s: an array of %" PRIu64 " elements does not fit the file",
                      (int)key->name.n, key->name.p, count);
    }
    key->array = (GgufArray){(GgufKind)kind, (size_t)count, w->p + w->at, NULL};
    if (kind == GGUF_STRING) return index_strings(w, &key->array, err);
    const uint8_t *p;
    TRY(walk_bytes(w, count * least, "an array", &p, err));
    return kind == GGUF_BOOL ? check_bools(p, (size_t)count, (size_t)(p - w->p), err) : OK;
}

/* A key's kind and value; scalars stay in the mapping and are read when asked for. */
static Status walk_value(Walk *w, GgufKey *key, Err *err) {
    size_t start = w->at;
    uint32_t kind;
    TRY(walk_u32(w, "a key's kind", &kind, err));
    key->kind = (GgufKind)kind;
    if (kind == GGUF_ARRAY) return walk_array(w, key, err);
    if (kind == GGUF_STRING) {
        Str s;
        TRY(walk_string(w, "a key's text", &s, err));
        key->value = (const uint8_t *)s.p;
        key->value_bytes = s.n;
        return OK;
    }
    key->value_bytes = gguf_kind_bytes(kind);
    if (key->value_bytes == 0) {
        return bad_at(err, E_CORRUPT, start, "key %.*s: %" PRIu32 " is no kind of value",
                      (int)key->name.n, key->name.p, kind);
    }
    TRY(walk_bytes(w, key->value_bytes, "a key's value", &key->value, err));
    return kind == GGUF_BOOL ? check_bools(key->value, 1, w->at - 1, err) : OK;
}

/* All keys, each name once. The slot is looked up before the value is read and filled after it. */
static Status walk_keys(Walk *w, uint64_t count, Err *err) {
    Gguf *g = w->g;
    g->keys = mem_zalloc_n((size_t)count, sizeof *g->keys);
    if (!g->keys) return err_no_memory(err, "a model's keys");
    TRY(names_init(&g->key_table, (size_t)count, err));
    for (size_t i = 0; i < count; i++) {
        GgufKey *key = &g->keys[i];
        size_t start = w->at;
        TRY(walk_name(w, "a key's name", GGUF_KEY_BYTES_MAX, &key->name, err));
        uint32_t *slot = names_slot(&g->key_table, g->keys, sizeof *g->keys, key->name);
        if (*slot) {
            return bad_at(err, E_CORRUPT, start, "key %.*s stands there twice", (int)key->name.n,
                          key->name.p);
        }
        g->n_keys = i + 1; /* before the value, so that a half-read array is freed too */
        TRY(walk_value(w, key, err));
        *slot = (uint32_t)i + 1;
        if (w->at > METADATA_BYTES_MAX) {
            return bad_at(err, E_LIMIT, w->at, "the metadata is larger than 1 GiB");
        }
    }
    return OK;
}

/* The alignment that the rest of the walk needs: a power of two in range, 32 when absent. */
static Status read_alignment(Gguf *g, Err *err) {
    g->alignment = GGUF_ALIGN_DEFAULT;
    const GgufKey *key = gguf_find_key(g, STR("general.alignment"));
    if (!key) return OK;
    if (key->kind != GGUF_U32) {
        return bad_at(err, E_CORRUPT, 0, "general.alignment is a %s, not a u32",
                      gguf_kind_name(key->kind));
    }
    uint32_t a;
    memcpy(&a, key->value, 4);
    if (a < GGUF_ALIGN_MIN || a > GGUF_ALIGN_MAX || (a & (a - 1))) {
        return bad_at(err, E_CORRUPT, (size_t)(key->value - g->p),
                      "general.alignment is %" PRIu32 "; it must be a power of two in %d..%d", a,
                      GGUF_ALIGN_MIN, GGUF_ALIGN_MAX);
    }
    g->alignment = a;
    return OK;
}

/* ---- tensors ----------------------------------------------------------------------------- */

/* 1 to 4 dimensions of at least 1 whose product fits; unused ones are 1. */
static Status walk_shape(Walk *w, GgufTensor *t, Err *err) {
    size_t start = w->at;
    uint32_t n_dims;
    TRY(walk_u32(w, "a tensor's shape", &n_dims, err));
    if (n_dims < 1 || n_dims > GGUF_DIMS_MAX) {
        return bad_at(err, E_CORRUPT, start, "tensor %.*s has %" PRIu32 " dimensions, not 1 to %d",
                      (int)t->name.n, t->name.p, n_dims, GGUF_DIMS_MAX);
    }
    t->n_dims = (int)n_dims;
    t->elements = 1;
    for (uint32_t i = 0; i < GGUF_DIMS_MAX; i++) {
        t->dims[i] = 1;
        if (i < n_dims) TRY(walk_u64(w, "a tensor's shape", &t->dims[i], err));
        if (t->dims[i] == 0) {
            return bad_at(err, E_CORRUPT, w->at - 8, "tensor %.*s: dimension %" PRIu32 " is 0",
                          (int)t->name.n, t->name.p, i);
        }
        if (__builtin_mul_overflow(t->elements, t->dims[i], &t->elements) ||
            t->elements > INT64_MAX) {
            return bad_at(err, E_CORRUPT, w->at - 8, "tensor %.*s: its dimensions overflow",
                          (int)t->name.n, t->name.p);
        }
    }
    return OK;
}

/* A known type whose blocks fill the rows, and bytes that the file could hold. */
static Status walk_type(Walk *w, GgufTensor *t, Err *err) {
    size_t start = w->at;
    uint32_t type;
    TRY(walk_u32(w, "a tensor's type", &type, err));
    const TensorTypeInfo *info = tensor_type_info(type);
    if (!info) {
        (void)bad_at(err, E_UNSUPPORTED, start, "tensor %.*s has the unknown type %" PRIu32,
                     (int)t->name.n, t->name.p, type);
        return err_hint(err, "take a file in a common format such as Q4_K_M or Q8_0");
    }
    uint64_t bytes;
    if (t->dims[0] % info->block_elements) {
        return bad_at(err, E_CORRUPT, start, "tensor %.*s: rows of %" PRIu64
                      " do not fill whole %s blocks of %" PRIu32,
                      (int)t->name.n, t->name.p, t->dims[0], info->name, info->block_elements);
    }
    if (!tensor_type_bytes(type, t->elements, &bytes) || bytes > w->n) {
        return bad_at(err, E_CORRUPT, start, "tensor %.*s is larger than the file", (int)t->name.n,
                      t->name.p);
    }
    t->type = (TensorType)type;
    t->bytes = (size_t)bytes;
    return OK;
}

/* The table of tensors; offsets count from the data's beginning until place_tensors(). */
static Status walk_tensors(Walk *w, uint64_t count, Err *err) {
    Gguf *g = w->g;
    g->tensors = mem_zalloc_n((size_t)count, sizeof *g->tensors);
    if (!g->tensors) return err_no_memory(err, "a model's tensor table");
    TRY(names_init(&g->tensor_table, (size_t)count, err));
    for (size_t i = 0; i < count; i++) {
        GgufTensor *t = &g->tensors[i];
        size_t start = w->at;
        TRY(walk_name(w, "a tensor's name", GGUF_NAME_BYTES_MAX, &t->name, err));
        uint32_t *slot = names_slot(&g->tensor_table, g->tensors, sizeof *g->tensors, t->name);
        if (*slot) {
            return bad_at(err, E_CORRUPT, start, "tensor %.*s stands there twice",
                          (int)t->name.n, t->name.p);
        }
        TRY(walk_shape(w, t, err));
        TRY(walk_type(w, t, err));
        start = w->at;
        TRY(walk_u64(w, "a tensor's offset", &t->offset, err));
        if (t->offset % g->alignment) {
            return bad_at(err, E_CORRUPT, start, "tensor %.*s: offset %" PRIu64
                          " is not a multiple of the alignment %" PRIu32,
                          (int)t->name.n, t->name.p, t->offset, g->alignment);
        }
        g->n_tensors = i + 1;
        *slot = (uint32_t)i + 1;
    }
    return OK;
}

static int by_offset(const void *a, const void *b) {
    const GgufTensor *x = *(const GgufTensor *const *)a, *y = *(const GgufTensor *const *)b;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* Offsets become absolute, extents are held against the file. */
static Status place_tensors(Gguf *g, Err *err) {
    for (size_t i = 0; i < g->n_tensors; i++) {
        GgufTensor *t = &g->tensors[i];
        uint64_t room = g->n - g->data_offset; /* data_offset <= n was checked */
        if (t->offset > room || t->bytes > room - t->offset) {
            return bad_at(err, E_CORRUPT, g->data_offset, "tensor %.*s: bytes %" PRIu64 "+%zu reach"
                          " past the end of the data (%" PRIu64 ")", (int)t->name.n, t->name.p,
                          t->offset, t->bytes, room);
        }
        t->offset += g->data_offset;
        t->data = g->p + t->offset;
    }
    return OK;
}

/* No byte belongs to two tensors, and nothing but padding follows the last. */
static Status check_layout(Gguf *g, Err *err) {
    const GgufTensor **order = mem_alloc_n(g->n_tensors, sizeof *order);
    if (!order) return err_no_memory(err, "a tensor table");
    for (size_t i = 0; i < g->n_tensors; i++) order[i] = &g->tensors[i];
    qsort(order, g->n_tensors, sizeof *order, by_offset);
    Status status = OK;
    uint64_t end = g->data_offset;
    for (size_t i = 0; status == OK && i < g->n_tensors; i++) {
        if (order[i]->offset < end) {
            status = bad_at(err, E_CORRUPT, order[i]->offset, "tensor %.*s overlaps another",
                            (int)order[i]->name.n, order[i]->name.p);
        }
        assert(order[i]->offset + order[i]->bytes <= g->n); /* place_tensors */
        end = order[i]->offset + order[i]->bytes;
    }
    mem_free(order);
    if (status == OK && g->n - end >= g->alignment) {
        status = bad_at(err, E_CORRUPT, end, "%" PRIu64 " bytes follow the last tensor; this is not"
                        " the file that its maker wrote", g->n - end);
    }
    return status;
}

/* ---- the whole --------------------------------------------------------------------------- */

/* What else people rename to .gguf, so that the message can say it. */
static const struct {
    const char *bytes;
    size_t n;
    const char *what;
} strangers[] = {
    {"PK\3\4", 4, "a zip archive, perhaps a PyTorch checkpoint; those can hold code and are never"
                  " loaded"},
    {"\x80\2", 2, "a Python pickle; pickles can hold code and are never loaded"},
    {"\x80\4", 2, "a Python pickle; pickles can hold code and are never loaded"},
    {"7z\xbc\xaf", 4, "a 7z archive"},
    {"\x1f\x8b", 2, "a gzip archive"},
    {"lmgg", 4, "a model in the old GGML format"},
    {"fmgg", 4, "a model in the old GGML format"},
    {"tjgg", 4, "a model in the old GGML format"},
    {"FUGG", 4, "a big-endian GGUF"},
    {"<!DO", 4, "a web page, not a model: the download went wrong"},
    {"<htm", 4, "a web page, not a model: the download went wrong"},
    {"version https://git-lfs", 23, "a Git LFS pointer, not the model itself"},
};

/* What people take for a model is named; anything else is just no GGUF. */
static Status check_magic(const uint8_t *p, size_t n, Err *err) {
    for (size_t i = 0; i < ARRAY_LEN(strangers); i++) {
        if (n >= strangers[i].n && !memcmp(p, strangers[i].bytes, strangers[i].n)) {
            return bad_at(err, E_UNSUPPORTED, 0, "not a GGUF file: it is %s", strangers[i].what);
        }
    }
    if (n < 4 || memcmp(p, "GGUF", 4)) return bad_at(err, E_CORRUPT, 0, "not a GGUF file");
    return OK;
}

/* 2 and 3 are alike; others are told apart, for the message. */
static Status walk_version(Walk *w, Err *err) {
    uint32_t version;
    w->at = 4;
    TRY(walk_u32(w, "the version", &version, err));
    if (version != 0 && (version & 0xffff) == 0) {
        return bad_at(err, E_UNSUPPORTED, 4, "a big-endian GGUF file; only little-endian files are"
                      " read");
    }
    if (version == 1) {
        (void)bad_at(err, E_UNSUPPORTED, 4, "GGUF version 1 is no longer read");
        return err_hint(err, "fetch the model anew: current files have version 3");
    }
    if (version < 2 || version > 3) {
        return bad_at(err, version == 0 ? E_CORRUPT : E_UNSUPPORTED, 4,
                      "GGUF version %" PRIu32 " is unknown; 2 and 3 are read", version);
    }
    return OK;
}

/* A count that the file could hold at `least` bytes each, and not above our own ceiling. */
static Status walk_count(Walk *w, const char *what, uint64_t least, uint64_t max, uint64_t *out,
                         Err *err) {
    size_t start = w->at;
    TRY(walk_u64(w, what, out, err));
    if (*out > w->n / least) {
        return bad_at(err, E_CORRUPT, start, "%s is %" PRIu64 ", more than the file can hold", what,
                      *out);
    }
    if (*out > max) {
        return bad_at(err, E_LIMIT, start, "%s is %" PRIu64 "; at most %" PRIu64 " are read", what,
                      *out, max);
    }
    return OK;
}

/* The whole check, in the order of the file. */
static Status walk_file(Gguf *g, Err *err) {
    Walk w = {g, g->p, g->n, 0};
    uint64_t n_tensors, n_keys;
    TRY(check_magic(w.p, w.n, err));
    TRY(walk_version(&w, err));
    TRY(walk_count(&w, "the number of tensors", TENSOR_BYTES_LEAST, GGUF_TENSORS_MAX, &n_tensors,
                   err));
    TRY(walk_count(&w, "the number of keys", KEY_BYTES_LEAST, GGUF_KEYS_MAX, &n_keys, err));
    TRY(walk_keys(&w, n_keys, err));
    TRY(read_alignment(g, err));
    TRY(walk_tensors(&w, n_tensors, err));
    uint64_t a = g->alignment, end = ((uint64_t)w.at + a - 1) / a * a;
    if (end > g->n) {
        if (n_tensors) {
            return bad_at(err, E_CORRUPT, w.at, "the file ends before its tensor data");
        }
        end = g->n; /* a vocabulary alone may leave its padding out */
    }
    assert(end >= w.at && end <= g->n && g->n_keys == n_keys && g->n_tensors == n_tensors);
    g->data_offset = end;
    TRY(place_tensors(g, err));
    return check_layout(g, err);
}

Status gguf_open_bytes(const void *bytes, size_t n, Gguf **out, Err *err) {
    *out = NULL;
    Gguf *g = mem_zalloc(sizeof *g);
    if (!g) return err_no_memory(err, "a model file");
    g->p = bytes;
    g->n = n;
    g->map.fd = -1;
    Status status = walk_file(g, err);
    if (status != OK) {
        gguf_close(g);
        return status;
    }
    *out = g;
    return OK;
}

/* When the mapped file was last written to; 0: it cannot be asked, or was opened from bytes. */
static int64_t gguf_written_ns(const FileMap *map) {
    struct stat st;
    return map->p && fstat(map->fd, &st) == 0 ? file_mtime_ns(&st) : 0;
}

Status gguf_open(const char *path, Gguf **out, Err *err) {
    *out = NULL;
    FileMap map;
    FaultGuard *guard = NULL;
    Gguf *g = NULL;
    TRY(file_map(path, &map, err));
    int64_t written_ns = gguf_written_ns(&map); /* before the first byte is read */
    Status status = fault_guard_add(map.p, map.n, &guard, err);
    if (status == OK) {
        status = gguf_open_bytes(map.p, map.n, &g, err);
        if (status != OK) (void)err_prefix(err, status, "%s", path);
    }
    if (status == OK && (fault_guard_hit(guard) || !file_map_intact(&map))) {
        status = err_set(err, E_CORRUPT, "%s was cut short while it was read", path);
    }
    if (status != OK) {
        gguf_close(g);
        fault_guard_remove(guard);
        file_unmap(&map);
        return status;
    }
    g->map = map;
    g->guard = guard;
    g->written_ns = written_ns;
    *out = g;
    return OK;
}

void gguf_close(Gguf *g) {
    if (!g) return;
    for (size_t i = 0; i < g->n_keys; i++) mem_free((void *)(uintptr_t)g->keys[i].array.at);
    mem_free(g->keys);
    mem_free(g->tensors);
    mem_free(g->key_table.slots);
    mem_free(g->tensor_table.slots);
    fault_guard_remove(g->guard);
    file_unmap(&g->map);
    mem_free(g);
}

/* A file that is copied over in place keeps its inode and, in the end, its length: pages that are
   read later are of another model, and nothing but the time tells. */
bool gguf_intact(const Gguf *g) {
    return !fault_guard_hit(g->guard) && gguf_written_ns(&g->map) == g->written_ns;
}

int gguf_fd(const Gguf *g) { return g->map.fd; }
uint64_t gguf_data_offset(const Gguf *g) { return g->data_offset; }
size_t gguf_tensor_count(const Gguf *g) { return g->n_tensors; }

const GgufTensor *gguf_tensor_at(const Gguf *g, size_t i) {
    return i < g->n_tensors ? &g->tensors[i] : NULL;
}
