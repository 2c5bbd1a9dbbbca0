/*
 * Fuzzes the reader of Word documents: the first byte says which of the parts the rest is, or that
 * it is the whole zip archive.
 */
#include "doc_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    static const char body[] =
        "<document><p><pPr><pStyle val=\"a\"/><numPr><numId val=\"1\"/></numPr></pPr>"
        "<r><t>text</t></r></p></document>";
    if (n == 0) return 0;
    Str rest = {(const char *)data + 1, n - 1};
    DocxParts parts = {.document = STR(body)};
    ReadResult result;
    Doc doc;
    Err err;
    Status status;
    doc_init(&doc);
    if (data[0] == 'z') {
        status = read_zip(rest, &doc, &result, &err);
    } else {
        if (data[0] == 's') {
            parts.styles = rest;
        } else if (data[0] == 'n') {
            parts.numbering = rest;
        } else if (data[0] == 'c') {
            parts.core = rest;
        } else {
            parts.document = rest;
        }
        status = read_docx_parts(&parts, &doc, &err);
    }
    if (status == OK) doc_check(&doc);
    doc_fini(&doc);
    return 0;
}
