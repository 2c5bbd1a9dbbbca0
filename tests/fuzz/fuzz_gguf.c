/*
 * libFuzzer target: any bytes through the GGUF reader. Whatever opens is read in full: every string
 * and number of every array, first and last byte of every tensor.
 */
#include <stddef.h>
#include <stdint.h>

#include "model/file/gguf.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static uint64_t read_arrays(const Gguf *g) {
    uint64_t sum = 0;
    for (size_t i = 0; i < gguf_key_count(g); i++) {
        char name[GGUF_KEY_BYTES_MAX + 1];
        GgufArray a;
        Str key = gguf_key_at(g, i, NULL);
        memcpy(name, key.p, key.n);
        name[key.n] = 0;
        int64_t whole = 0;
        double real = 0;
        if (gguf_int(g, name, -100, 100, &whole, NULL) == OK) sum += (uint64_t)whole;
        if (gguf_real(g, name, -100, 100, &real, NULL) == OK) sum += real > 0;
        if (gguf_array(g, name, &a, NULL) != OK) continue;
        for (size_t j = 0; j < a.count; j++) {
            Str s = gguf_array_str(&a, j);
            sum += s.n ? (uint8_t)s.p[0] + (uint8_t)s.p[s.n - 1] : 0;
            sum += (uint64_t)gguf_array_int(&a, j);
        }
    }
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    static volatile uint64_t sink; /* keeps the reads */
    Gguf *g = NULL;
    Err err;
    if (gguf_open_bytes(bytes, n, &g, &err) != OK) return 0;
    uint64_t sum = read_arrays(g);
    for (size_t i = 0; i < gguf_tensor_count(g); i++) {
        const GgufTensor *t = gguf_tensor_at(g, i);
        sum += t->data[0] + t->data[t->bytes - 1];
    }
    sink = sum;
    (void)sink;
    gguf_close(g);
    return 0;
}
