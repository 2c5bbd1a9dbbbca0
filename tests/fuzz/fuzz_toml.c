/*
 * Any bytes as TOML: no crash, every pair is found again by its key, lines stay within the text.
 */
#include <stdlib.h>

#include "base/toml.h"

static void walk(const Toml *value) {
    Str key;
    const Toml *child;
    if (toml_line(value) < 1) abort();
    for (size_t i = 0; toml_pair(value, i, &key, &child); i++) walk(child);
    for (size_t i = 0; i < toml_len(value) && toml_kind(value) == TOML_ARRAY; i++) {
        walk(toml_at(value, i));
    }
    Str text = toml_str(value);
    if (text.n && !text.p) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Toml *root = NULL;
    Err err;
    Status status = toml_parse((Str){(const char *)data, size}, &root, &err);
    if (status == OK) {
        walk(root);
    } else if (err.message[0] == 0 || root) {
        abort();
    }
    toml_free(root);
    return 0;
}
