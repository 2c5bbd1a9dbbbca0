/*
 * Fuzzes files that hold files: packed ones, zips, and what read_bytes() finds in them. Any bytes
 * give a document of clean UTF-8 whose blocks lie in order, or a status.
 */
#include "doc_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    Doc doc;
    ReadResult result;
    Err err;
    doc_init(&doc);
    Status status = read_bytes((Str){(const char *)data, n}, STR("a.txt.gz"), &doc, &result, &err);
    if (status == OK && doc.format) doc_check(&doc);
    doc_fini(&doc);
    return 0;
}
