/*
 * The input up to its first NUL as a .hearthignore file, the rest as a path: no crash, and a
 * verdict in bounded time whatever the patterns. A pattern without signs must match itself.
 */
#include <stdlib.h>

#include "../support/alone.h"
#include "knowledge/ignore.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const uint8_t *nul = memchr(data, 0, size);
    size_t n = nul ? (size_t)(nul - data) : size;
    Str text = alone((Str){(const char *)data, n}), path = {"a/b.txt", 7};
    if (nul) path = (Str){(const char *)nul + 1, size - n - 1};
    if (path.n > 4096) path.n = 4096;
    IgnoreList list;
    if (ignore_parse(text, &list, NULL) != OK && list.n > IGNORE_RULES_MAX) abort();
    (void)ignore_match(&list, path, false);
    (void)ignore_match(&list, path, true);
    for (size_t i = 0; i < list.n; i++) {
        Str glob = list.rules[i].glob;
        bool plain = true;
        for (size_t k = 0; k < glob.n; k++) plain = plain && !strchr("*?[\\", glob.p[k]);
        if (plain && !ignore_glob(glob, glob)) abort();
    }
    ignore_fini(&list);
    alone_free(text);
    return 0;
}
