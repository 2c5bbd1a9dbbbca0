/*
 * Fuzzes the spelling of hosts: any bytes are judged and spelled without a fault, and what was
 * spelled for the network is spelled the same again.
 */
#include <stdlib.h>

#include "gate/host.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    Str host = {(const char *)data, n};
    Buf once, again;
    if (n > 256) return 0;
    buf_init(&once, 8192);
    buf_init(&again, 8192);
    (void)host_lookalike(host);
    host_to_ascii(host, &once);
    host_to_ascii(buf_str(&once), &again);
    bool whole = once.status == OK && again.status == OK;
    if (whole && !str_eq(buf_str(&once), buf_str(&again))) abort();
    buf_fini(&once);
    buf_fini(&again);
    return 0;
}
