/*
 * Fuzzes the reader of Markdown (md4c's events, front matter): any bytes give a
 * document of clean UTF-8 whose blocks lie in order, or a status.
 */
#include "doc_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    Doc doc;
    Err err;
    Buf clean; /* readers of text get cleaned text, as behind read_bytes */
    buf_init(&clean, 1 << 24);
    clean_add(&clean, (Str){(const char *)data, n});
    doc_init(&doc);
    if (read_markdown(buf_str(&clean), &doc, &err) == OK) doc_check(&doc);
    doc_fini(&doc);
    buf_fini(&clean);
    return 0;
}
