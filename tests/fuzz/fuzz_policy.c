/*
 * Any bytes as a policy file, and what is behind a NUL byte as a text for it: no crash; what was
 * read answers every question; spans found are sorted, disjoint and inside.
 */
#include <stdlib.h>
#include <string.h>

#include "../support/alone.h"
#include "base/mem.h"
#include "gate/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
    size_t file_n = nul ? (size_t)(nul - data) : size;
    Str text = {(const char *)data + file_n, size - file_n}; /* ends with the input */
    Str file = alone((Str){(const char *)data, file_n});
    Policy *policy;
    Err err;
    if (policy_new("p", &policy, &err) != OK) abort();
    if (policy_read(policy, file, &err) == OK) {
        ScanSpan *spans = NULL;
        size_t n = 0, last = 0;
        for (int kind = 0; kind <= KIND_COUNT; kind++) {
            ScanSpan span = {0, 1, SCAN_SECRET, (ScanKind)kind, 1};
            if (policy_action(policy, GATE_PUBLIC, GATE_OPEN, &span) >= GATE_ACTION_COUNT) abort();
        }
        if (policy_find(policy, text, &spans, &n, &err) == OK) {
            for (size_t i = 0; i < n; i++) {
                if (spans[i].start < last || spans[i].end <= spans[i].start) abort();
                last = spans[i].end;
            }
            if (last > text.n) abort();
        }
        mem_free(spans);
    }
    policy_close(policy);
    alone_free(file);
    return 0;
}
