/*
 * Fuzzes what is read of a PDF besides pdftotext's output: its objects, packed streams and the
 * content of its pages; and, with every line that it draws and all that it says of its structure,
 * the blocks of a page of words.
 */
#include "doc_check.h"
#include "knowledge/read/pdf_draw.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char WORDS[] =
    "<page width=\"600\" height=\"800\">\n<block>\n"
    "<line xMin=\"60\" yMin=\"105\" xMax=\"300\" yMax=\"115\">\n"
    "<word xMin=\"60\" yMin=\"105\" xMax=\"100\" yMax=\"115\">Boat</word>\n"
    "<word xMin=\"160\" yMin=\"105\" xMax=\"300\" yMax=\"115\">Length</word>\n</line>\n"
    "<line xMin=\"60\" yMin=\"145\" xMax=\"300\" yMax=\"155\">\n"
    "<word xMin=\"60\" yMin=\"145\" xMax=\"100\" yMax=\"155\">Swan</word>\n"
    "<word xMin=\"160\" yMin=\"145\" xMax=\"300\" yMax=\"155\">7</word>\n</line>\n"
    "</block>\n</page>\n";

static size_t next_words(void *user, char *buf, size_t cap) {
    bool *given = user;
    size_t n = *given || cap < sizeof WORDS ? 0 : sizeof WORDS - 1;
    memcpy(buf, WORDS, n);
    *given = true;
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    PdfFile *file = pdf_file_open((Str){(const char *)data, n});
    bool given = false;
    PdfSource source = {next_words, &given, file};
    Doc doc;
    Err err;
    doc_init(&doc);
    if (read_pdf(&source, &doc, &err) == OK) doc_check(&doc);
    doc_fini(&doc);
    pdf_file_free(file);
    return 0;
}
