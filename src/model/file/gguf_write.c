/*
 * The GGUF writer: streams a version 3 file beside its target and renames it there at the end.
 *
 * The header needs the number of keys and tensors, and tensor offsets need nothing but the shapes:
 * so the caller first names everything, the metadata gathers in one buffer, and the first data
 * byte (or the commit of a file without tensors) writes header and metadata out. Tensor bytes then
 * pass straight through: memory use is the metadata, whatever the size of the model.
 *
 * Padding is zeros: behind the metadata, and behind every tensor (the last one too, as every other
 * writer does), to GGUF_ALIGN_DEFAULT. The commit checks that exactly the declared bytes came, then
 * syncs and renames; until then PATH is untouched, and an abort or a failure removes the
 * temporary.
 *
 * The first error sticks in the writer; later calls do nothing; gguf_write_commit reports it. Wrong
 * use by our own code (keys after data, more bytes than declared) is reported the same way, since
 * importers compute shapes from outside input.
 *
 * Limits: metadata of 1 GiB, names and counts as in gguf.h, so that what is written can be read.
 *
 * Source: the GGUF specification, ggml repository, docs/gguf.md.
 */
#include <assert.h>
#include <inttypes.h>

#include "base/file.h"
#include "base/mem.h"
#include "model/file/gguf_tables.h"

enum { METADATA_BYTES_MAX = 1 << 30, STAGE_BYTES = 1 << 20 };

struct GgufWriter {
    FileDraft draft;
    Buf keys;                    /* as in the file, without the header */
    Buf tensors;                 /* the tensor table */
    uint64_t n_keys, n_tensors;
    uint64_t *sizes;             /* bytes of each tensor */
    size_t cap_sizes;
    uint64_t declared;           /* data bytes so far, padding included: the next offset */
    bool in_data;                /* header and tables are out */
    size_t tensor;               /* being filled */
    uint64_t filled;             /* bytes of it */
    Buf stage;                   /* data on its way to the disk */
    Status status;
    Err err;
};

_Static_assert(GGUF_ALIGN_DEFAULT % GGUF_ALIGN_MIN == 0, "our alignment is one that is read");

/* Zeros that follow n bytes. */
static uint64_t pad_to(uint64_t n) {
    return (GGUF_ALIGN_DEFAULT - n % GGUF_ALIGN_DEFAULT) % GGUF_ALIGN_DEFAULT;
}

/* Is all well so far? A buffer that ran full becomes the writer's own error. */
static bool writer_ok(GgufWriter *w) {
    Status status = w->keys.status != OK      ? w->keys.status
                    : w->tensors.status != OK ? w->tensors.status
                                              : w->stage.status;
    if (w->status == OK && status != OK) {
        w->status = err_set(&w->err, status, "the metadata of %s does not fit in memory",
                            w->draft.path);
    }
    return w->status == OK;
}

Status gguf_write_begin(const char *path, GgufWriter **out, Err *err) {
    *out = NULL;
    GgufWriter *w = mem_zalloc(sizeof *w);
    if (!w) return err_no_memory(err, "a model writer");
    buf_init(&w->keys, METADATA_BYTES_MAX);
    buf_init(&w->tensors, METADATA_BYTES_MAX);
    buf_init(&w->stage, 2 * STAGE_BYTES);
    file_sweep_drafts(path);
    Status status = file_draft_begin(path, 0600, &w->draft, err);
    if (status != OK) {
        gguf_write_abort(w);
        return status;
    }
    *out = w;
    return OK;
}

/* ---- metadata ---------------------------------------------------------------------------- */

static void add_u32(Buf *buf, uint32_t v) { buf_add(buf, &v, sizeof v); }
static void add_u64(Buf *buf, uint64_t v) { buf_add(buf, &v, sizeof v); }

static void add_string(Buf *buf, Str s) {
    add_u64(buf, s.n);
    buf_add_str(buf, s);
}

/* As the reader wants names: printable ASCII, not too long. */
static bool name_is_fine(Str name, size_t max) {
    if (name.n == 0 || name.n > max) return false;
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] <= ' ' || name.p[i] > '~') return false;
    }
    return true;
}

/* Name and kind of the next key; false when nothing may follow. */
static bool key_begin(GgufWriter *w, const char *key, uint32_t kind) {
    if (!writer_ok(w)) return false;
    if (w->in_data || w->n_keys >= GGUF_KEYS_MAX) {
        w->status = err_set(&w->err, E_LIMIT, "key %s comes too late or is one too many", key);
    } else if (!name_is_fine(str_from(key), GGUF_KEY_BYTES_MAX)) {
        w->status = err_set(&w->err, E_USAGE, "a key's name is empty, too long or not ASCII");
    }
    if (w->status != OK) return false;
    w->n_keys++;
    add_string(&w->keys, str_from(key));
    add_u32(&w->keys, kind);
    return true;
}

void gguf_write_int(GgufWriter *w, const char *key, GgufKind kind, int64_t value) {
    size_t n = gguf_kind_bytes(kind);
    bool whole = n && kind != GGUF_F32 && kind != GGUF_F64 && kind != GGUF_BOOL;
    if (writer_ok(w) && !whole) {
        w->status = err_set(&w->err, E_USAGE, "key %s: not an integer kind", key);
    }
    if (key_begin(w, key, kind)) buf_add(&w->keys, &value, n); /* little-endian: low bytes first */
}

void gguf_write_real(GgufWriter *w, const char *key, GgufKind kind, double value) {
    float narrow = (float)value;
    if (writer_ok(w) && kind != GGUF_F32 && kind != GGUF_F64) {
        w->status = err_set(&w->err, E_USAGE, "key %s: not a floating-point kind", key);
    }
    if (!key_begin(w, key, kind)) return;
    if (kind == GGUF_F32) {
        buf_add(&w->keys, &narrow, sizeof narrow);
    } else {
        buf_add(&w->keys, &value, sizeof value);
    }
}

void gguf_write_bool(GgufWriter *w, const char *key, bool value) {
    if (key_begin(w, key, GGUF_BOOL)) buf_add_byte(&w->keys, value ? 1 : 0);
}

void gguf_write_str(GgufWriter *w, const char *key, Str value) {
    if (key_begin(w, key, GGUF_STRING)) add_string(&w->keys, value);
}

void gguf_write_array(GgufWriter *w, const char *key, GgufKind kind, const void *bytes,
                      size_t count) {
    size_t n;
    if (writer_ok(w) && (!gguf_kind_bytes(kind) || !size_mul(count, gguf_kind_bytes(kind), &n))) {
        w->status = err_set(&w->err, E_USAGE, "key %s: not an array of scalars", key);
    }
    if (!key_begin(w, key, GGUF_ARRAY)) return;
    add_u32(&w->keys, kind);
    add_u64(&w->keys, count);
    buf_add(&w->keys, bytes, count * gguf_kind_bytes(kind));
}

void gguf_write_str_array(GgufWriter *w, const char *key, const Str *items, size_t count) {
    if (!key_begin(w, key, GGUF_ARRAY)) return;
    add_u32(&w->keys, GGUF_STRING);
    add_u64(&w->keys, count);
    for (size_t i = 0; i < count; i++) add_string(&w->keys, items[i]);
}

/* Bytes of a tensor; false for what gguf.c would refuse. */
static bool shape_bytes(TensorType type, const uint64_t *dims, int n_dims, uint64_t *bytes) {
    uint64_t elements = 1;
    const TensorTypeInfo *info = tensor_type_info(type);
    if (!info || n_dims < 1 || n_dims > GGUF_DIMS_MAX || dims[0] % info->block_elements)
        return false;
    for (int i = 0; i < n_dims; i++) {
        if (dims[i] == 0 || __builtin_mul_overflow(elements, dims[i], &elements)) return false;
    }
    return tensor_type_bytes(type, elements, bytes) && *bytes < INT64_MAX;
}

void gguf_write_tensor(GgufWriter *w, const char *name, TensorType type, const uint64_t *dims,
                       int n_dims) {
    uint64_t bytes = 0, end = 0;
    if (!writer_ok(w)) return;
    if (w->in_data || !name_is_fine(str_from(name), GGUF_NAME_BYTES_MAX)) {
        w->status = err_set(&w->err, E_USAGE, "tensor %s comes too late or has a bad name", name);
    } else if (!shape_bytes(type, dims, n_dims, &bytes) ||
               __builtin_add_overflow(w->declared, bytes + pad_to(bytes), &end)) {
        w->status = err_set(&w->err, E_USAGE, "tensor %s has an impossible shape or type", name);
    } else {
        w->status = mem_grow((void **)&w->sizes, &w->cap_sizes, (size_t)w->n_tensors + 1,
                             sizeof *w->sizes, GGUF_TENSORS_MAX, &w->err);
    }
    if (w->status != OK) return;
    w->sizes[w->n_tensors++] = bytes;
    add_string(&w->tensors, str_from(name));
    add_u32(&w->tensors, (uint32_t)n_dims);
    for (int i = 0; i < n_dims; i++) add_u64(&w->tensors, dims[i]);
    add_u32(&w->tensors, type);
    add_u64(&w->tensors, w->declared);
    w->declared = end;
}

/* ---- data -------------------------------------------------------------------------------- */

/* The stage goes to the disk. */
static void flush(GgufWriter *w) {
    if (!writer_ok(w)) return;
    assert(w->stage.n <= 2 * STAGE_BYTES);
    w->status = file_write_all(w->draft.fd, w->stage.p, w->stage.n, w->draft.path, &w->err);
    buf_clear(&w->stage);
}

/* Small pieces gather, large ones pass by; the order stays. */
static void emit(GgufWriter *w, const void *bytes, size_t n) {
    if (!writer_ok(w)) return;
    if (n >= STAGE_BYTES) { /* large pieces need no stage */
        flush(w);
        if (w->status == OK) {
            w->status = file_write_all(w->draft.fd, bytes, n, w->draft.path, &w->err);
        }
        return;
    }
    buf_add(&w->stage, bytes, n);
    if (w->stage.n >= STAGE_BYTES) flush(w);
}

static void emit_padding(GgufWriter *w, uint64_t written) {
    static const char zeros[GGUF_ALIGN_DEFAULT];
    emit(w, zeros, (size_t)pad_to(written));
}

/* Once: header and tables, whose numbers are known now. */
static void data_begin(GgufWriter *w) {
    struct { char magic[4]; uint32_t version; uint64_t n_tensors, n_keys; } head = {
        {'G', 'G', 'U', 'F'}, 3, w->n_tensors, w->n_keys};
    _Static_assert(sizeof head == 24, "the header has no holes");
    if (w->in_data || !writer_ok(w)) return;
    w->in_data = true;
    emit(w, &head, sizeof head);
    emit(w, w->keys.p, w->keys.n);
    emit(w, w->tensors.p, w->tensors.n);
    emit_padding(w, sizeof head + w->keys.n + w->tensors.n);
}

void gguf_write_data(GgufWriter *w, const void *bytes, size_t n) {
    const uint8_t *at = bytes;
    data_begin(w);
    while (n && writer_ok(w)) {
        if (w->tensor >= w->n_tensors) {
            w->status = err_set(&w->err, E_USAGE, "%zu bytes more than the tensors declared", n);
            return;
        }
        uint64_t want = w->sizes[w->tensor] - w->filled;
        assert(w->filled < w->sizes[w->tensor]); /* no tensor is empty: shape_bytes() */
        size_t part = n < want ? n : (size_t)want;
        emit(w, at, part);
        at += part;
        n -= part;
        w->filled += part;
        if (w->filled == w->sizes[w->tensor]) {
            emit_padding(w, w->filled);
            w->tensor++;
            w->filled = 0;
        }
    }
}

Status gguf_write_commit(GgufWriter *w, Err *err) {
    data_begin(w);
    flush(w);
    if (w->status == OK && w->tensor != w->n_tensors) {
        w->status = err_set(&w->err, E_USAGE, "only %zu of %" PRIu64 " tensors were written",
                            w->tensor, w->n_tensors);
    }
    if (w->status == OK) w->status = file_draft_commit(&w->draft, &w->err);
    Status status = w->status;
    if (status != OK && err) *err = w->err;
    gguf_write_abort(w);
    return status;
}

void gguf_write_abort(GgufWriter *w) {
    if (!w) return;
    file_draft_abort(&w->draft);
    buf_fini(&w->keys);
    buf_fini(&w->tensors);
    buf_fini(&w->stage);
    mem_free(w->sizes);
    mem_free(w);
}
