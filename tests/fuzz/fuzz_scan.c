/*
 * Any bytes through the scanner: no crash, spans are sorted, disjoint, inside and of whole
 * characters, and the answer is the same when it is asked again (no state of one text reaches the
 * next).
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "gate/scan/scan.h"

/* Does a character go on at `at`? */
static bool cuts(Str text, size_t at) {
    return at < text.n && ((unsigned char)text.p[at] & 0xC0) == 0x80;
}

static void check(Str text, const ScanSpan *spans, size_t n) {
    size_t last = 0, size = text.n;
    bool utf8 = utf8_valid(text);
    for (size_t i = 0; i < n; i++) {
        if (spans[i].start < last || spans[i].end <= spans[i].start || spans[i].end > size) abort();
        if (utf8 && (cuts(text, spans[i].start) || cuts(text, spans[i].end))) abort();
        if (!(spans[i].score > 0 && spans[i].score <= 1)) abort();
        if (!*scan_kind_name(spans[i].kind)) abort();
        last = spans[i].end;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static Scanner *scanner;
    const ScanSpan *spans;
    size_t n, again;
    Err err;
    if (!scanner && gate_scanner_new(&scanner, &err) != OK) abort();
    Str text = {(const char *)data, size};
    if (gate_scan(scanner, text, &spans, &n, &err) != OK) abort();
    check(text, spans, n);
    ScanSpan *first = mem_alloc_n(n + 1, sizeof *first);
    if (!first) return 0;
    if (n) memcpy(first, spans, n * sizeof *first);
    if (gate_scan(scanner, text, &spans, &again, &err) != OK || again != n) abort();
    for (size_t i = 0; i < n; i++) {
        if (first[i].start != spans[i].start || first[i].kind != spans[i].kind) abort();
    }
    mem_free(first);
    return 0;
}
