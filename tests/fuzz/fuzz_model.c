/*
 * libFuzzer target: a whole model file with damage goes through the whole engine.
 *
 * Random bytes never get past the GGUF reader (fuzz_gguf does those). Here the input is a list of
 * patches to a good tiny model: the first byte picks the family, each further four bytes are an
 * offset (24 bits, little-endian, modulo the size of the file) and a new value. What opens must
 * evaluate three tokens, or embed a text, to finite numbers or to an error.
 */
#include <stddef.h>
#include <stdint.h>

#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../support/tiny_model.h"
#include "base/file.h"
#include "model/embed.h"
#include "model/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { FAMILIES = 5, PATCHES_MAX = 64 };

static const char *const families[FAMILIES] = {"llama", "qwen2", "qwen3", "gemma3", "bert"};
static Buf good[FAMILIES];

static void make_good(int family) {
    char dir[] = "/tmp/hearth-fuzz-XXXXXX", path[64];
    Tiny m = tiny_family(families[family]);
    m.n_layer = 1;
    m.type = TENSOR_Q8_0;
    tiny_make(&m);
    if (!mkdtemp(dir)) abort();
    (void)snprintf(path, sizeof path, "%s/m", dir);
    buf_init(&good[family], 1 << 22);
    if (tiny_write(&m, path, NULL) != OK) abort();
    if (file_read(path, &good[family], NULL) != OK) abort();
    (void)unlink(path);
    (void)rmdir(dir);
    tiny_free(&m);
}

static int patched_file(int family, const uint8_t *bytes, size_t n) {
    int fd = memfd_create("model", MFD_CLOEXEC);
    Buf *b = &good[family];
    if (fd < 0 || file_write_all(fd, b->p, b->n, "model", NULL) != OK) abort();
    for (size_t i = 0; i + 4 <= n && i / 4 < PATCHES_MAX; i += 4) {
        size_t at =
            ((size_t)bytes[i] | (size_t)bytes[i + 1] << 8 | (size_t)bytes[i + 2] << 16) % b->n;
        if (pwrite(fd, bytes + i + 3, 1, (off_t)at) != 1) abort();
    }
    return fd;
}

static void check_finite(const float *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i])) abort();
    }
}

static void run_decoder(const char *path) {
    Engine *e = NULL;
    Session *s = NULL;
    EngineInfo info;
    EngineOptions o = {.path = path, .isa = "ref", .threads = 1};
    int32_t tokens[] = {1, 70, 3};
    if (engine_open(&o, &e, NULL) != OK) return;
    engine_info(e, &info);
    if (session_new(e, &(SessionOptions){.n_ctx = 8}, &s, NULL) == OK) {
        Status status = session_sync(s, tokens, 2, NULL, NULL);
        if (status == OK) status = session_sync(s, tokens, 3, NULL, NULL);
        if (status == OK) check_finite(session_logits(s), (size_t)info.n_vocab);
    }
    session_free(s);
    engine_close(e);
}

static void run_encoder(const char *path) {
    Embedder *e = NULL;
    EmbedderOptions o = {.path = path, .isa = "ref", .threads = 1};
    if (embedder_open(&o, &e, NULL) != OK) return;
    float *out = calloc((size_t)embedder_dim(e), sizeof *out);
    if (!out) abort();
    Str text = STR("a few words");
    if (embedder_run(e, &text, 1, false, out, NULL, NULL) == OK) {
        check_finite(out, (size_t)embedder_dim(e));
    }
    free(out);
    embedder_close(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    char path[64];
    int family = n > 0 ? bytes[0] % FAMILIES : 0;
    if (!good[family].p) make_good(family);
    int fd = patched_file(family, bytes + (n > 0), n > 0 ? n - 1 : 0);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (family == FAMILIES - 1)
        run_encoder(path);
    else
        run_decoder(path);
    (void)close(fd);
    return 0;
}
