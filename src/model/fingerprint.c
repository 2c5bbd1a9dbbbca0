/* The body of fingerprint.h: some hundred samples of 4 KiB, a millisecond or two. */
#include "model/fingerprint.h"

#include "base/hash.h"

enum { FINGERPRINT_SAMPLE_BYTES = 4096 };

uint64_t model_fingerprint(const Gguf *gguf) {
    uint64_t sum = 0;
    for (size_t i = 0; i < gguf_tensor_count(gguf); i++) {
        const GgufTensor *t = gguf_tensor_at(gguf, i);
        size_t n = t->bytes < FINGERPRINT_SAMPLE_BYTES ? t->bytes : FINGERPRINT_SAMPLE_BYTES;
        if (i == 0) sum = hash_check64(t->data - t->offset, gguf_data_offset(gguf), 0);
        sum = hash_check64(t->data, n, sum);
    }
    return sum;
}
