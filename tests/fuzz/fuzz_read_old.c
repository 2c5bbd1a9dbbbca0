/*
 * Fuzzes the readers of compound files (Office of 1997, Outlook messages): any bytes give a
 * document of clean UTF-8 whose blocks lie in order, or a status.
 */
#include "doc_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    Doc doc;
    Err err;
    ReadResult result;
    doc_init(&doc);
    if (read_old((Str){(const char *)data, n}, false, &doc, &result, &err) == OK) doc_check(&doc);
    doc_fini(&doc);
    return 0;
}
