/*
 * Fuzzes the door of the readers (read_bytes): detection of kind and character set, conversion, and
 * the reader that they choose. The first byte picks a file name.
 */
#include "doc_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    static const char *const names[] = {"a", "a.txt", "a.csv", "a.c", "a.md", "a.eml", "a.html"};
    if (n == 0) return 0;
    ReadResult result;
    Doc doc;
    Err err;
    doc_init(&doc);
    Str name = str_from(names[data[0] % ARRAY_LEN(names)]);
    Status status = read_bytes((Str){(const char *)data + 1, n - 1}, name, &doc, &result, &err);
    if (status == OK) doc_check(&doc);
    doc_fini(&doc);
    return 0;
}
