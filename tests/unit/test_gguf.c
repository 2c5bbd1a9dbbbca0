/*
 * Promises of the GGUF reader and writer: good files come through whole, each kind of bad file is
 * refused with its own message, and no damage of a byte or a cut at any place does more harm than
 * an error (attack list G1-G6 of the design: truncation, flips, hand-made cases, extents, sizes).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/patience.h"
#include "base/clock.h"
#include "base/fault_guard.h"
#include "base/file.h"
#include "base/mem.h"
#include "model/file/gguf.h"

/* ---- a small file whose every field can be bent -------------------------------------------- */

typedef struct Toy {
    const char *magic;
    uint32_t version;
    uint64_t n_tensors, n_keys;     /* as the header claims */
    uint64_t name_bytes;            /* claimed length of the first key's name */
    const char *first_key;
    uint32_t kind;                  /* of toy.block_count */
    uint32_t align_kind, align;
    uint32_t array_kind;
    uint64_t array_count;
    uint8_t flag;                   /* the boolean's byte */
    uint64_t text_bytes;            /* claimed length of a string value */
    const char *last_key;           /* "toy.flag" */
    const char *names[2];
    uint64_t name_length;           /* claimed, of the first tensor; 0: true */
    uint32_t n_dims;
    uint64_t dims[4];               /* of the first tensor */
    uint32_t type;
    uint64_t offsets[2];
    size_t data_bytes;              /* behind the metadata */
    bool no_padding;
} Toy;

static const Toy good = {
    .magic = "GGUF", .version = 3, .n_tensors = 2, .n_keys = 7, .name_bytes = 20,
    .first_key = "general.architecture", .kind = GGUF_U32, .align_kind = GGUF_U32, .align = 32,
    .array_kind = GGUF_F32, .array_count = 3, .flag = 1, .text_bytes = 3, .last_key = "toy.flag",
    .names = {"a.weight", "b.weight"}, .n_dims = 2, .dims = {4, 2, 1, 1}, .type = TENSOR_F32,
    .offsets = {0, 32}, .data_bytes = 96};

static void put_u32(Buf *b, uint32_t v) { buf_add(b, &v, 4); }
static void put_u64(Buf *b, uint64_t v) { buf_add(b, &v, 8); }

static void put_text(Buf *b, const char *s) {
    put_u64(b, strlen(s));
    buf_add_c(b, s);
}

static void put_key(Buf *b, const char *name, uint32_t kind) {
    put_text(b, name);
    put_u32(b, kind);
}

static void toy_build(const Toy *t, Buf *b) {
    buf_clear(b);
    buf_add(b, t->magic, 4);
    put_u32(b, t->version);
    put_u64(b, t->n_tensors);
    put_u64(b, t->n_keys);
    put_u64(b, t->name_bytes);
    buf_add_c(b, t->first_key);
    put_u32(b, GGUF_STRING);
    put_u64(b, t->text_bytes);
    buf_add_c(b, "toy");
    put_key(b, "general.alignment", t->align_kind);
    put_u32(b, t->align);
    put_key(b, "toy.block_count", t->kind);
    put_u32(b, 2);
    put_key(b, "toy.epsilon", GGUF_F32);
    buf_add(b, &(float){1e-5f}, 4);
    put_key(b, "toy.words", GGUF_ARRAY);
    put_u32(b, GGUF_STRING);
    put_u64(b, 3);
    put_text(b, "one");
    put_text(b, "");
    put_text(b, "three");
    put_key(b, "toy.scores", GGUF_ARRAY);
    put_u32(b, t->array_kind);
    put_u64(b, t->array_count);
    buf_add(b, (float[]){1.5f, -2, 3}, 12);
    put_key(b, t->last_key, GGUF_BOOL);
    buf_add_byte(b, (char)t->flag);
    put_u64(b, t->name_length ? t->name_length : strlen(t->names[0]));
    buf_add_c(b, t->names[0]);
    put_u32(b, t->n_dims);
    for (uint32_t i = 0; i < t->n_dims && i < 4; i++) put_u64(b, t->dims[i]);
    put_u32(b, t->type);
    put_u64(b, t->offsets[0]);
    put_text(b, t->names[1]);
    put_u32(b, 2);
    put_u64(b, 32);
    put_u64(b, 2);
    put_u32(b, TENSOR_Q4_0);
    put_u64(b, t->offsets[1]);
    while (!t->no_padding && b->n % 32) buf_add_byte(b, 0);
    for (size_t i = 0; i < t->data_bytes; i++) buf_add_byte(b, (char)i);
}

static Status toy_open(const Toy *t, Err *err) {
    Buf b;
    Gguf *g = NULL;
    buf_init(&b, 1 << 20);
    toy_build(t, &b);
    err_clear(err);
    Status status = gguf_open_bytes(b.p, b.n, &g, err);
    assert_int_equal(status == OK, g != NULL);
    gguf_close(g);
    buf_fini(&b);
    return status;
}

static void gguf_reads_what_a_good_file_says(void **state) {
    Buf b;
    buf_init(&b, 1 << 20);
    toy_build(&good, &b);
    Gguf *g;
    Err err;
    assert_int_equal(gguf_open_bytes(b.p, b.n, &g, &err), OK);
    int64_t n = 0;
    double x = 0;
    bool flag = false;
    Str s;
    GgufArray a;
    GgufKind kind;
    assert_int_equal(gguf_int(g, "toy.block_count", 1, 100, &n, &err), OK);
    assert_int_equal(n, 2);
    assert_int_equal(gguf_real(g, "toy.epsilon", 0, 1, &x, &err), OK);
    assert_true(fabs(x - 1e-5) < 1e-9);
    assert_int_equal(gguf_bool(g, "toy.flag", &flag, &err), OK);
    assert_true(flag);
    assert_int_equal(gguf_str(g, "general.architecture", &s, &err), OK);
    assert_true(str_eq_c(s, "toy"));
    assert_int_equal(gguf_array(g, "toy.words", &a, &err), OK);
    assert_int_equal(a.count, 3);
    assert_true(str_eq_c(gguf_array_str(&a, 0), "one"));
    assert_int_equal(gguf_array_str(&a, 1).n, 0);
    assert_true(str_eq_c(gguf_array_str(&a, 2), "three"));
    assert_int_equal(gguf_array_str(&a, 3).n, 0);
    assert_int_equal(gguf_array(g, "toy.scores", &a, &err), OK);
    float score;
    memcpy(&score, a.data + sizeof score, sizeof score);
    assert_true(score == -2.0F);
    assert_int_equal(gguf_array_int(&a, 1), 0); /* not whole numbers */
    assert_int_equal(gguf_key_count(g), 7);
    assert_true(str_eq_c(gguf_key_at(g, 6, &kind), "toy.flag"));
    assert_int_equal(kind, GGUF_BOOL);
    assert_int_equal(gguf_key_at(g, 7, NULL).n, 0);
    const GgufTensor *t = gguf_tensor(g, "b.weight");
    assert_non_null(t);
    assert_int_equal(t->type, TENSOR_Q4_0);
    assert_int_equal(t->bytes, 36);
    assert_int_equal(t->elements, 64);
    assert_int_equal(t->dims[2], 1);
    assert_int_equal(t->offset, gguf_data_offset(g) + 32);
    assert_int_equal(t->data[0], 32);
    assert_null(gguf_tensor(g, "c.weight"));
    assert_null(gguf_tensor_at(g, 2));
    assert_true(gguf_intact(g));
    gguf_close(g);
    buf_fini(&b);
}

static void gguf_typed_readers_hold_values_against_their_range(void **state) {
    Buf b;
    buf_init(&b, 1 << 20);
    toy_build(&good, &b);
    Gguf *g;
    Err err;
    int64_t n = 77;
    double x = 0.5;
    bool flag;
    Str s = STR("kept");
    GgufArray a;
    assert_int_equal(gguf_open_bytes(b.p, b.n, &g, &err), OK);
    assert_int_equal(gguf_int(g, "toy.block_count", 3, 9, &n, &err), E_LIMIT);
    assert_string_equal(err.message, "key toy.block_count is 2, outside 3..9");
    assert_int_equal(gguf_int(g, "toy.none", 3, 9, &n, &err), E_NOT_FOUND);
    assert_int_equal(gguf_int(g, "toy.words", 3, 9, &n, &err), E_CORRUPT);
    assert_int_equal(gguf_real(g, "toy.epsilon", 1, 2, &x, &err), E_LIMIT);
    assert_int_equal(gguf_real(g, "toy.block_count", 1, 2, &x, &err), OK);
    assert_int_equal(gguf_real(g, "toy.flag", 0, 1, &x, &err), E_CORRUPT);
    assert_int_equal(gguf_bool(g, "toy.block_count", &flag, &err), E_CORRUPT);
    assert_int_equal(gguf_str(g, "toy.flag", &s, &err), E_CORRUPT);
    assert_int_equal(gguf_array(g, "toy.flag", &a, &err), E_CORRUPT);
    assert_int_equal(gguf_str_opt(g, "toy.none", &s, &err), OK);
    assert_true(str_eq_c(s, "kept"));
    assert_int_equal(n, 77);
    gguf_close(g);
    buf_fini(&b);
}

static void gguf_refuses_a_number_that_is_not_one(void **state) {
    static const float wild[] = {NAN, INFINITY, -INFINITY};
    static const Status want[] = {E_CORRUPT, E_LIMIT, E_LIMIT};
    char path[] = "/tmp/hearth-gguf-XXXXXX";
    close(mkstemp(path));
    for (size_t i = 0; i < 3; i++) {
        GgufWriter *w;
        Gguf *g;
        Err err;
        double x;
        assert_int_equal(gguf_write_begin(path, &w, &err), OK);
        gguf_write_real(w, "rope.freq_base", GGUF_F32, (double)wild[i]);
        assert_int_equal(gguf_write_commit(w, &err), OK);
        assert_int_equal(gguf_open(path, &g, &err), OK);
        assert_int_equal(gguf_real(g, "rope.freq_base", 1, 1e9, &x, &err), want[i]);
        gguf_close(g);
    }
    unlink(path);
}

/* ---- bad files ------------------------------------------------------------------------------ */

typedef struct Bad {
    Toy toy;
    Status status;
    const char *says;
} Bad;

#define BENT(...) {.magic = "GGUF", .version = 3, .n_tensors = 2, .n_keys = 7, .name_bytes = 20, \
    .first_key = "general.architecture", .kind = GGUF_U32, .align_kind = GGUF_U32, .align = 32,  \
    .array_kind = GGUF_F32, .array_count = 3, .flag = 1, .text_bytes = 3,                        \
    .last_key = "toy.flag", .names = {"a.weight", "b.weight"}, .n_dims = 2,                      \
    .dims = {4, 2, 1, 1}, .type = TENSOR_F32, .offsets = {0, 32}, .data_bytes = 96, __VA_ARGS__}

#if defined(__clang__)
#pragma clang diagnostic ignored "-Winitializer-overrides"
#else
#pragma GCC diagnostic ignored "-Woverride-init"
#endif

static const Bad bad[] = {
    {BENT(.magic = "GGUX"), E_CORRUPT, "not a GGUF file (at byte 0)"},
    {BENT(.magic = "FUGG"), E_UNSUPPORTED, "big-endian"},
    {BENT(.magic = "PK\3\4"), E_UNSUPPORTED, "a zip archive"},
    {BENT(.magic = "\x80\2}q"), E_UNSUPPORTED, "a Python pickle"},
    {BENT(.magic = "7z\xbc\xaf"), E_UNSUPPORTED, "a 7z archive"},
    {BENT(.magic = "tjgg"), E_UNSUPPORTED, "old GGML format"},
    {BENT(.magic = "<!DO"), E_UNSUPPORTED, "a web page"},
    {BENT(.version = 0), E_CORRUPT, "version 0 is unknown"},
    {BENT(.version = 1), E_UNSUPPORTED, "version 1 is no longer read"},
    {BENT(.version = 4), E_UNSUPPORTED, "version 4 is unknown"},
    {BENT(.version = 0x03000000), E_UNSUPPORTED, "big-endian GGUF"},
    {BENT(.n_keys = 1ull << 63), E_CORRUPT, "the number of keys is 9223372036854775808"},
    {BENT(.n_keys = UINT64_MAX), E_CORRUPT, "more than the file can hold"},
    {BENT(.n_tensors = 1ull << 63), E_CORRUPT, "the number of tensors is 9223372036854775808"},
    {BENT(.n_keys = 8), E_CORRUPT, "a tensor's name has"},
    {BENT(.n_tensors = 3), E_CORRUPT, "a tensor's name is empty"},
    {BENT(.name_bytes = 0), E_CORRUPT, "a key's name is empty"},
    {BENT(.name_bytes = 300), E_LIMIT, "a key's name has 300 bytes"},
    {BENT(.name_bytes = 1ull << 62), E_CORRUPT, "a key's name has 4611686018427387904 bytes"},
    {BENT(.first_key = "general.archi\necture"), E_CORRUPT, "holds byte 0x0a"},
    {BENT(.first_key = "general.\x1b[31mtectu"), E_CORRUPT, "holds byte 0x1b"},
    {BENT(.kind = 13), E_CORRUPT, "key toy.block_count: 13 is no kind of value"},
    {BENT(.kind = UINT32_MAX), E_CORRUPT, "4294967295 is no kind"},
    {BENT(.text_bytes = UINT64_MAX), E_CORRUPT, "the file ends inside a key's text"},
    {BENT(.array_kind = 77), E_CORRUPT, "key toy.scores: 77 is no kind"},
    {BENT(.array_kind = GGUF_ARRAY), E_UNSUPPORTED, "arrays inside arrays"},
    {BENT(.array_count = 1ull << 62), E_CORRUPT, "elements does not fit the file"},
    {BENT(.array_kind = GGUF_STRING, .array_count = 1ull << 61), E_CORRUPT,
     "does not fit the file"},
    {BENT(.array_kind = GGUF_STRING, .array_count = 1), E_CORRUPT, "a string of an array"},
    {BENT(.array_kind = GGUF_BOOL, .array_count = 12), E_CORRUPT, "a boolean is"},
    {BENT(.flag = 2), E_CORRUPT, "a boolean is 2, not 0 or 1"},
    {BENT(.last_key = "toy.words"), E_CORRUPT, "key toy.words stands there twice"},
    {BENT(.align_kind = GGUF_I32), E_CORRUPT, "general.alignment is a i32, not a u32"},
    {BENT(.align = 0), E_CORRUPT, "general.alignment is 0"},
    {BENT(.align = 4), E_CORRUPT, "general.alignment is 4"},
    {BENT(.align = 48), E_CORRUPT, "must be a power of two in 8..65536"},
    {BENT(.align = 0x80000000u), E_CORRUPT, "general.alignment is 2147483648"},
    {BENT(.align = 131072), E_CORRUPT, "general.alignment is 131072"},
    {BENT(.names = {"a.weight", "a.weight"}), E_CORRUPT, "tensor a.weight stands there twice"},
    {BENT(.names = {"", "b"}), E_CORRUPT, "a tensor's name is empty"},
    {BENT(.name_length = 65), E_LIMIT, "a tensor's name has 65 bytes"},
    {BENT(.names = {"a\tb", "b"}), E_CORRUPT, "holds byte 0x09"},
    {BENT(.n_dims = 0), E_CORRUPT, "has 0 dimensions, not 1 to 4"},
    {BENT(.n_dims = 5), E_CORRUPT, "has 5 dimensions, not 1 to 4"},
    {BENT(.dims = {4, 0, 1, 1}), E_CORRUPT, "dimension 1 is 0"},
    {BENT(.dims = {1ull << 32, 1ull << 32, 1, 1}), E_CORRUPT, "its dimensions overflow"},
    {BENT(.dims = {1ull << 62, 2, 1, 1}), E_CORRUPT, "its dimensions overflow"},
    {BENT(.dims = {1ull << 61, 1, 1, 1}), E_CORRUPT, "larger than the file"},
    {BENT(.dims = {1ull << 40, 1, 1, 1}), E_CORRUPT, "larger than the file"},
    {BENT(.type = 4), E_UNSUPPORTED, "unknown type 4"},
    {BENT(.type = 36), E_UNSUPPORTED, "unknown type 36"},
    {BENT(.type = 1000), E_UNSUPPORTED, "unknown type 1000"},
    {BENT(.type = UINT32_MAX), E_UNSUPPORTED, "unknown type 4294967295"},
    {BENT(.type = TENSOR_Q4_0), E_CORRUPT, "rows of 4 do not fill whole Q4_0 blocks of 32"},
    {BENT(.offsets = {0, 33}), E_CORRUPT, "is not a multiple of the alignment 32"},
    {BENT(.offsets = {0, 64}), E_CORRUPT, "reach past the end of the data"},
    {BENT(.offsets = {0, 1ull << 62}), E_CORRUPT, "reach past the end"},
    {BENT(.offsets = {0, UINT64_MAX - 31}), E_CORRUPT, "reach past the end"},
    {BENT(.offsets = {32, 32}), E_CORRUPT, "overlaps another"},
    {BENT(.offsets = {0, 0}), E_CORRUPT, "overlaps another"},
    {BENT(.dims = {4, 3, 1, 1}), E_CORRUPT, "overlaps another"},
    {BENT(.data_bytes = 67), E_CORRUPT, "reach past the end"},
    {BENT(.data_bytes = 0), E_CORRUPT, "reach past the end"},
    {BENT(.data_bytes = 0, .no_padding = true), E_CORRUPT, "ends before its tensor data"},
    {BENT(.data_bytes = 4096), E_CORRUPT, "bytes follow the last tensor"},
};

static void gguf_refuses_each_bad_file_with_its_own_message(void **state) {
    Err err;
    assert_int_equal(toy_open(&good, &err), OK);
    uint64_t live = mem_live_blocks();
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        Status status = toy_open(&bad[i].toy, &err);
        if (status != bad[i].status || !strstr(err.message, bad[i].says)) {
            fail_msg("case %zu (%s): status %d, message \"%s\"", i, bad[i].says, status,
                     err.message);
        }
        assert_true(err.offset != ERR_NO_OFFSET);
        assert_int_equal(mem_live_blocks(), live);
    }
}

static void gguf_survives_a_cut_at_every_byte(void **state) {
    Buf b;
    buf_init(&b, 1 << 20);
    toy_build(&good, &b);
    for (size_t n = 0; n < b.n - 28; n++) { /* the last 28 bytes are padding */
        Gguf *g = NULL;
        Err err;
        char *copy = malloc(n ? n : 1); /* exact, so that a sanitizer sees one byte too far */
        memcpy(copy, b.p, n);
        assert_int_equal(gguf_open_bytes(copy, n, &g, &err), E_CORRUPT);
        assert_true(err.offset <= n);
        assert_null(g);
        free(copy);
    }
    buf_fini(&b);
}

/* Reads everything that a file which opened hands out. */
static uint64_t walk_all(const Gguf *g) {
    uint64_t sum = 0;
    for (size_t i = 0; i < gguf_key_count(g); i++) {
        char name[GGUF_KEY_BYTES_MAX + 1];
        GgufArray a;
        Str key = gguf_key_at(g, i, NULL);
        memcpy(name, key.p, key.n);
        name[key.n] = 0;
        if (gguf_array(g, name, &a, NULL) != OK) continue;
        for (size_t j = 0; j < a.count; j++) {
            Str s = gguf_array_str(&a, j);
            sum += s.n ? (uint8_t)s.p[s.n - 1] : 0;
            sum += (uint64_t)gguf_array_int(&a, j);
        }
    }
    for (size_t i = 0; i < gguf_tensor_count(g); i++) {
        const GgufTensor *t = gguf_tensor_at(g, i);
        sum += t->data[0] + t->data[t->bytes - 1];
    }
    return sum;
}

static void gguf_survives_every_flipped_bit(void **state) {
    Buf b;
    buf_init(&b, 1 << 20);
    toy_build(&good, &b);
    char *copy = malloc(b.n);
    uint64_t live = mem_live_blocks(), sum = 0;
    int opened = 0;
    for (size_t bit = 0; bit < 8 * (b.n - 96); bit++) {
        Gguf *g = NULL;
        memcpy(copy, b.p, b.n);
        copy[bit / 8] = (char)(copy[bit / 8] ^ (1 << bit % 8));
        if (gguf_open_bytes(copy, b.n, &g, NULL) != OK) continue;
        opened++;
        sum += walk_all(g);
        gguf_close(g);
    }
    assert_true(opened > 0 && sum > 0);
    assert_int_equal(mem_live_blocks(), live);
    free(copy);
    buf_fini(&b);
}

static void gguf_reports_every_failed_allocation(void **state) {
    Buf b;
    buf_init(&b, 1 << 20);
    toy_build(&good, &b);
    uint64_t live = mem_live_blocks();
    Status status = E_NO_MEMORY;
    int n = 0;
    while (status != OK && n < 100) {
        Gguf *g = NULL;
        mem_fail_at((uint64_t)++n);
        status = gguf_open_bytes(b.p, b.n, &g, NULL);
        mem_fail_at(0);
        assert_true(status == OK || status == E_NO_MEMORY);
        gguf_close(g);
        assert_int_equal(mem_live_blocks(), live);
    }
    assert_true(n > 5 && n < 100);
    buf_fini(&b);
}

/* A kilobyte with absurd claims, under a small address space (G6). In a child: limits stay. */
static void gguf_never_allocates_more_than_the_file_warrants(void **state) {
    pid_t child = fork();
    if (child == 0) {
        struct rlimit room = {512u << 20, 512u << 20};
        (void)setrlimit(RLIMIT_AS, &room);
        Toy t = good;
        Err err;
        int worst = 0;
        const uint64_t claims[] = {1000, 1u << 20, 1ull << 40, UINT64_MAX};
        for (size_t i = 0; i < ARRAY_LEN(claims); i++) {
            t = good;
            t.n_keys = claims[i];
            worst |= toy_open(&t, &err) == E_NO_MEMORY;
            t = good;
            t.n_tensors = claims[i];
            worst |= toy_open(&t, &err) == E_NO_MEMORY;
            t = good;
            t.array_kind = GGUF_STRING;
            t.array_count = claims[i];
            worst |= toy_open(&t, &err) == E_NO_MEMORY;
        }
        _exit(worst);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
#if !defined(__SANITIZE_ADDRESS__)
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
#endif
}

/* Ceilings that only a large file can pass; these are holes, nothing is on the disk. */
static void gguf_has_ceilings_for_large_files(void **state) {
    char path[] = "/tmp/hearth-gguf-XXXXXX";
    int fd = mkstemp(path);
    Gguf *g;
    Err err;
    Buf b;
    buf_init(&b, 4096);
    static const struct { uint64_t tensors, keys, bytes; } claims[] = {
        {GGUF_TENSORS_MAX + 1, 0, 16u << 20}, {0, GGUF_KEYS_MAX + 1, 2u << 20}};
    for (size_t i = 0; i < ARRAY_LEN(claims); i++) {
        buf_clear(&b);
        buf_add(&b, "GGUF\3\0\0\0", 8);
        put_u64(&b, claims[i].tensors);
        put_u64(&b, claims[i].keys);
        assert_int_equal(pwrite(fd, b.p, b.n, 0), b.n);
        assert_int_equal(ftruncate(fd, (off_t)claims[i].bytes), 0);
        assert_int_equal(gguf_open(path, &g, &err), E_LIMIT);
        assert_non_null(strstr(err.message, "at most"));
    }
    buf_clear(&b);
    buf_add(&b, "GGUF\3\0\0\0", 8);
    put_u64(&b, 0);
    put_u64(&b, 1);
    put_key(&b, "huge", GGUF_ARRAY);
    put_u32(&b, GGUF_U8);
    put_u64(&b, 3ull << 29); /* 1.5 GiB of zeros */
    assert_int_equal(pwrite(fd, b.p, b.n, 0), b.n);
    assert_int_equal(ftruncate(fd, (off_t)(b.n + (3ull << 29))), 0);
    assert_int_equal(gguf_open(path, &g, &err), E_LIMIT);
    assert_non_null(strstr(err.message, "metadata is larger than 1 GiB"));
    buf_fini(&b);
    close(fd);
    unlink(path);
}

/* ---- files ----------------------------------------------------------------------------------- */

static void write_model(const char *path, size_t rows) {
    GgufWriter *w;
    Err err;
    float row[256];
    for (int i = 0; i < 256; i++) row[i] = (float)i;
    assert_int_equal(gguf_write_begin(path, &w, &err), OK);
    gguf_write_str(w, "general.architecture", STR("toy"));
    gguf_write_int(w, "toy.i8", GGUF_I8, -5);
    gguf_write_int(w, "toy.u64", GGUF_U64, INT64_MAX);
    gguf_write_int(w, "toy.i64", GGUF_I64, INT64_MIN);
    gguf_write_int(w, "toy.most", GGUF_U64, -1); /* 2^64-1 */
    gguf_write_real(w, "toy.f64", GGUF_F64, 0.1);
    gguf_write_bool(w, "toy.yes", true);
    gguf_write_str_array(w, "toy.words", (Str[]){STR("a"), STR(""), STR("\xe4\xbd\xa0")}, 3);
    gguf_write_array(w, "toy.numbers", GGUF_I16, (int16_t[]){-1, 2}, 2);
    gguf_write_tensor(w, "odd", TENSOR_F32, (uint64_t[]){3}, 1);
    gguf_write_tensor(w, "big", TENSOR_F32, (uint64_t[]){256, rows}, 2);
    gguf_write_data(w, row, 5);
    gguf_write_data(w, (const char *)row + 5, 7); /* in pieces that fit nothing */
    for (size_t i = 0; i < rows; i++) gguf_write_data(w, row, sizeof row);
    assert_int_equal(gguf_write_commit(w, &err), OK);
}

static void gguf_writer_makes_what_the_reader_reads(void **state) {
    char path[] = "/tmp/hearth-gguf-XXXXXX";
    close(mkstemp(path));
    write_model(path, 2000);
    Gguf *g;
    Err err;
    int64_t n;
    double x;
    GgufArray a;
    assert_int_equal(gguf_open(path, &g, &err), OK);
    assert_int_equal(gguf_int(g, "toy.i8", -128, 127, &n, &err), OK);
    assert_int_equal(n, -5);
    assert_int_equal(gguf_int(g, "toy.u64", 0, INT64_MAX, &n, &err), OK);
    assert_true(n == INT64_MAX);
    assert_int_equal(gguf_int(g, "toy.i64", INT64_MIN, 0, &n, &err), OK);
    assert_true(n == INT64_MIN);
    assert_int_equal(gguf_int(g, "toy.most", 0, 5, &n, &err), E_LIMIT); /* never wraps to -1 */
    assert_int_equal(gguf_int_opt(g, "toy.i8", -9, 0, &n, &err), OK);
    assert_int_equal(n, -5);
    assert_int_equal(gguf_int_opt(g, "toy.i8", 0, 9, &n, &err), E_LIMIT); /* present and wrong */
    assert_int_equal(gguf_int_opt(g, "toy.none", 0, 9, &n, &err), OK);
    bool yes = false;
    assert_int_equal(gguf_bool(g, "toy.yes", &yes, &err), OK);
    assert_true(yes);
    assert_int_equal(gguf_real_opt(g, "toy.f64", 0, 1, &x, &err), OK);
    assert_true(x == 0.1);
    assert_int_equal(gguf_real_opt(g, "toy.none", 0, 1, &x, &err), OK);
    assert_int_equal(gguf_array(g, "toy.words", &a, &err), OK);
    assert_true(str_eq_c(gguf_array_str(&a, 2), "\xe4\xbd\xa0"));
    assert_int_equal(gguf_array(g, "toy.numbers", &a, &err), OK);
    assert_int_equal(gguf_array_int(&a, 0), -1);
    const GgufTensor *t = gguf_tensor(g, "big");
    assert_non_null(t);
    assert_int_equal(t->bytes, 2000 * 1024);
    assert_int_equal(t->offset % 32, 0);
    float last;
    memcpy(&last, t->data + t->bytes - 4, 4);
    assert_true(last == 255.0f);
    gguf_close(g);
    unlink(path);
}

static void gguf_writer_leaves_nothing_behind_when_it_fails(void **state) {
    char dir[] = "/tmp/hearth-gguf-XXXXXX", path[64];
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/m.gguf", dir);
    const struct { int which; const char *says; } cases[] = {
        {0, "only 0 of 1 tensors"}, {1, "more than the tensors declared"},
        {2, "impossible shape"}, {3, "empty, too long or not ASCII"}, {4, "not an integer kind"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        GgufWriter *w;
        Err err;
        assert_int_equal(gguf_write_begin(path, &w, &err), OK);
        uint64_t ragged = 31;
        if (cases[i].which == 2) gguf_write_tensor(w, "t", TENSOR_Q4_0, &ragged, 1);
        if (cases[i].which < 2) gguf_write_tensor(w, "t", TENSOR_I8, (uint64_t[]){4}, 1);
        if (cases[i].which == 1) gguf_write_data(w, "12345", 5);
        if (cases[i].which == 3) gguf_write_bool(w, "", true);
        if (cases[i].which == 4) gguf_write_int(w, "k", GGUF_F32, 1);
        assert_int_equal(gguf_write_commit(w, &err), E_USAGE);
        assert_non_null(strstr(err.message, cases[i].says));
    }
    assert_int_equal(rmdir(dir), 0); /* it is empty */
    GgufWriter *w;
    assert_int_equal(gguf_write_begin("/nonexistent/x.gguf", &w, NULL), E_NOT_FOUND);
    gguf_write_abort(NULL);
}

static void gguf_writer_reports_every_failed_allocation(void **state) {
    char dir[] = "/tmp/hearth-gguf-XXXXXX", path[64];
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/m.gguf", dir);
    uint64_t live = mem_live_blocks();
    Status status = E_NO_MEMORY;
    int n = 0;
    while (status != OK && n < 200) {
        GgufWriter *w = NULL;
        mem_fail_at((uint64_t)++n);
        status = gguf_write_begin(path, &w, NULL);
        if (status == OK) {
            gguf_write_str(w, "a", STR("b"));
            gguf_write_str_array(w, "c", (Str[]){STR("d")}, 1);
            gguf_write_tensor(w, "t", TENSOR_I8, (uint64_t[]){4}, 1);
            gguf_write_data(w, "1234", 4);
            status = gguf_write_commit(w, NULL);
        }
        mem_fail_at(0);
        assert_true(status == OK || status == E_NO_MEMORY);
        assert_int_equal(mem_live_blocks(), live);
    }
    assert_true(n > 5 && n < 200);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

static void gguf_open_says_which_file_is_wrong(void **state) {
    Gguf *g;
    Err err;
    assert_int_equal(gguf_open("/nonexistent.gguf", &g, &err), E_NOT_FOUND);
    assert_int_equal(gguf_open("/tmp", &g, &err), E_USAGE);
    char path[] = "/tmp/hearth-gguf-XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(gguf_open(path, &g, &err), E_CORRUPT); /* empty */
    assert_int_equal(write(fd, "PK\3\4 and so on", 14), 14);
    close(fd);
    assert_int_equal(gguf_open(path, &g, &err), E_UNSUPPORTED);
    assert_non_null(strstr(err.message, path));
    assert_null(g);
    unlink(path);
}

/* A file cut while it is mapped, read in a child: zeros, a flag, no crash (G4). */
static void gguf_survives_a_file_that_is_cut_while_mapped(void **state) {
    char path[] = "/tmp/hearth-gguf-XXXXXX";
    close(mkstemp(path));
    write_model(path, 4000);
    pid_t child = fork();
    if (child == 0) {
        (void)signal(SIGBUS, SIG_DFL);
        Gguf *g;
        if (gguf_open(path, &g, NULL) != OK) _exit(1);
        const GgufTensor *t = gguf_tensor(g, "big");
        if (!gguf_intact(g) || truncate(path, 100000) != 0) _exit(2);
        unsigned sum = 0;
        for (size_t i = t->bytes / 2; i < t->bytes; i += 512) sum += t->data[i + 2];
        if (sum != 0) _exit(3);
        if (gguf_intact(g)) _exit(4);
        gguf_close(g);
        _exit(42);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
    unlink(path);
}

static void fault_guard_passes_on_what_is_not_ours(void **state) {
    pid_t child = fork();
    if (child == 0) {
        FaultGuard *guard;
        _Alignas(65536) static char memory[65536]; /* whole pages, as mappings are */
        (void)signal(SIGBUS, SIG_DFL); /* the test harness catches it, too */
        if (fault_guard_add(memory, sizeof memory, &guard, NULL) != OK) _exit(1);
        fault_guard_remove(guard);
        (void)raise(SIGBUS);
        _exit(0); /* not reached: the default action ends the process */
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
}

static void tensor_types_know_their_sizes(void **state) {
    static const struct { uint32_t type; const char *name; uint64_t elements, bytes; } want[] = {
        {TENSOR_F32, "F32", 7, 28}, {TENSOR_BF16, "BF16", 3, 6}, {TENSOR_Q4_0, "Q4_0", 64, 36},
        {TENSOR_Q4_1, "Q4_1", 32, 20}, {TENSOR_Q5_0, "Q5_0", 32, 22}, {TENSOR_Q5_1, "Q5_1", 32, 24},
        {TENSOR_Q8_0, "Q8_0", 32, 34}, {TENSOR_Q4_K, "Q4_K", 512, 288},
        {TENSOR_Q5_K, "Q5_K", 256, 176}, {TENSOR_Q6_K, "Q6_K", 256, 210},
        {TENSOR_IQ4_XS, "IQ4_XS", 256, 136}, {TENSOR_MXFP4, "MXFP4", 32, 17}};
    uint64_t bytes;
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        assert_string_equal(tensor_type_info(want[i].type)->name, want[i].name);
        assert_true(tensor_type_bytes(want[i].type, want[i].elements, &bytes));
        assert_int_equal(bytes, want[i].bytes);
    }
    assert_null(tensor_type_info(5));
    assert_null(tensor_type_info(UINT32_MAX));
    assert_false(tensor_type_bytes(TENSOR_Q4_K, 128, &bytes));
    assert_false(tensor_type_bytes(TENSOR_F64, UINT64_MAX / 4, &bytes));
}

/* The twelve vocabularies of the data bundle, where it is there. */
static void gguf_opens_vocabularies_of_the_wild(void **state) {
    static const struct { const char *file; size_t tokens; } want[] = {
        {"ggml-vocab-bert-bge.gguf", 30522}, {"ggml-vocab-llama-spm.gguf", 32000},
        {"ggml-vocab-gpt-2.gguf", 50257}, {"ggml-vocab-falcon.gguf", 65024}};
    const char *data = getenv("HEARTH_TEST_DATA");
    char path[512];
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        (void)snprintf(path, sizeof path, "%s/engine/vocab/%s", data ? data : "../shared/data",
                       want[i].file);
        if (!file_exists(path)) {
            print_message("SKIPPED: no %s (set HEARTH_TEST_DATA)\n", path);
            skip();
        }
        Gguf *g;
        Err err;
        GgufArray tokens;
        double start = patience_used_ms();
        if (gguf_open(path, &g, &err) != OK) fail_msg("%s", err.message);
        assert_true(patience_used_ms() - start < patience_ms(1000));
        assert_int_equal(gguf_array(g, "tokenizer.ggml.tokens", &tokens, &err), OK);
        assert_int_equal(tokens.count, want[i].tokens);
        assert_true(walk_all(g) > 0);
        gguf_close(g);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gguf_reads_what_a_good_file_says),
        cmocka_unit_test(gguf_typed_readers_hold_values_against_their_range),
        cmocka_unit_test(gguf_refuses_a_number_that_is_not_one),
        cmocka_unit_test(gguf_refuses_each_bad_file_with_its_own_message),
        cmocka_unit_test(gguf_survives_a_cut_at_every_byte),
        cmocka_unit_test(gguf_survives_every_flipped_bit),
        cmocka_unit_test(gguf_reports_every_failed_allocation),
        cmocka_unit_test(gguf_never_allocates_more_than_the_file_warrants),
        cmocka_unit_test(gguf_has_ceilings_for_large_files),
        cmocka_unit_test(gguf_writer_makes_what_the_reader_reads),
        cmocka_unit_test(gguf_writer_leaves_nothing_behind_when_it_fails),
        cmocka_unit_test(gguf_writer_reports_every_failed_allocation),
        cmocka_unit_test(gguf_open_says_which_file_is_wrong),
        cmocka_unit_test(gguf_survives_a_file_that_is_cut_while_mapped),
        cmocka_unit_test(fault_guard_passes_on_what_is_not_ours),
        cmocka_unit_test(tensor_types_know_their_sizes),
        cmocka_unit_test(gguf_opens_vocabularies_of_the_wild),
    };
    return cmocka_run_group_tests_name("gguf", tests, NULL, NULL);
}
