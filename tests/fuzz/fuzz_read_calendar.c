/*
 * Fuzzes the reader of calendars and contacts (folds, codes, times, rules): any bytes give a
 * document of clean UTF-8 whose blocks and lines lie in order, or a status.
 */
#include "doc_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    Doc doc;
    Err err;
    doc_init(&doc);
    if (read_calendar((Str){(const char *)data, n}, &doc, &err) == OK) doc_check(&doc);
    doc_fini(&doc);
    return 0;
}
