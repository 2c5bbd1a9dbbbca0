/*
 * Fuzzes the reader of pdftotext's output, given in small pieces.
 */
#include "doc_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

typedef struct Feed {
    const uint8_t *data;
    size_t n;
} Feed;

static size_t next_piece(void *user, char *buf, size_t cap) {
    Feed *feed = user;
    size_t n = feed->n < 97 ? feed->n : 97;
    if (n > cap) n = cap;
    if (n) memcpy(buf, feed->data, n);
    feed->data += n;
    feed->n -= n;
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    Feed feed = {data, n};
    PdfSource source = {next_piece, &feed, NULL};
    Doc doc;
    Err err;
    doc_init(&doc);
    if (read_pdf(&source, &doc, &err) == OK) doc_check(&doc);
    doc_fini(&doc);
    return 0;
}
