/*
 * Fuzzes what is read of a PDF besides pdftotext's output: its objects, packed streams and the
 * content of its pages; and, with every line that it draws and all that it says of its structure,
 * the blocks of a page of words.
 */
#include "doc_check.h"
#include "knowledge/read/pdf_draw.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define BOX(x, y, right)                                                                        \
    " xMin=\"" x "\" yMin=\"" y "5\" xMax=\"" right "\" yMax=\"" y "9\">"
#define LINE(x, y, right, word)                                                                 \
    "<line" BOX(x, y, right) "\n<word" BOX(x, y, right) word "</word>\n</line>\n"
#define ROW(y, a, b, c) LINE("60", y, "100", a) LINE("160", y, "300", b) LINE("320", y, "400", c)

static const char WORDS[] =
    "<page width=\"600\" height=\"800\">\n<block>\n" ROW("10", "Boat", "Length", "Mended")
    ROW("14", "Swan", "7", "keel") LINE("320", "15", "400", "mast") ROW("16", "Heron", "9.5", "-")
    ROW("18", "Gull", "12", "") LINE("60", "20", "400", "prose") ROW("22", "\xe8\x88\xb9", "1", "a")
    ROW("23", "b", "\xc2\xa3 3", "\xe2\x80\x93") LINE("60", "24", "100", "c") "</block>\n</page>\n";

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
