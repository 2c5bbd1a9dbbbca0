/* Any bytes as the payload of a vector segment: refused, or a scan over it stays inside it. */
#include <stdlib.h>

#include "knowledge/vec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *bytes = mem_aligned(64, size);
    if (!bytes) return 0;
    memcpy(bytes, data, size);
    VecSeg seg;
    if (vec_view(bytes, size, &seg, NULL) == OK) {
        static uint64_t code[VEC_DIM_MAX / 64];
        VecNear near[16];
        size_t n;
        const VecSeg *segs[] = {&seg, &seg};
        if (vec_scan(segs, 2, code, 16, near, &n, NULL) == OK && n > 16) abort();
    }
    mem_free(bytes);
    return 0;
}
