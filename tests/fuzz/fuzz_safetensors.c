/*
 * libFuzzer target: config.json, vocab.txt and a safetensors file, separated by 0x01 bytes (which
 * none of the first two may hold), through the BERT importer.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "shelf/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    static char path[64];
    GgufWriter *w;
    Err err;
    Str all = {(const char *)bytes, n};
    if (!path[0]) (void)snprintf(path, sizeof path, "/dev/shm/hearth-fuzz-%ld", (long)getpid());
    size_t first = str_find(all, STR("\1"), 0);
    size_t second = first == SIZE_MAX ? SIZE_MAX : str_find(all, STR("\1"), first + 1);
    if (second == SIZE_MAX) return 0;
    ImportBert in = {.config = str_sub(all, 0, first), .vocab = str_sub(all, first + 1, second),
                     .weights = bytes + second + 1, .n_weights = n - second - 1};
    if (gguf_write_begin(path, &w, &err) != OK) return 0;
    if (import_bert(&in, w, &err) != OK) {
        gguf_write_abort(w);
        return 0;
    }
    if (gguf_write_commit(w, &err) == OK) {
        Gguf *g = NULL;
        if (gguf_open(path, &g, &err) != OK) abort(); /* we wrote what we cannot read */
        gguf_close(g);
        (void)unlink(path);
    }
    return 0;
}
