/*
 * Fuzzes the reader of notebooks (JSON, cells of Markdown and code, outputs): any bytes give a
 * document of clean UTF-8 whose blocks lie in order, or a status.
 */
#include "doc_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    return doc_fuzz(data, n, read_notebook);
}
