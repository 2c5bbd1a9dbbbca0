/*
 * Fuzzes the reader of conversations: any bytes give a document of clean UTF-8 whose blocks lie in
 * order, or a status; and whether they are one, and which day they say, is told without harm.
 */
#include "doc_check.h"
#include "knowledge/read/chat.h"
#include "knowledge/read/day.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    Str text = {(const char *)data, n};
    Day day;
    (void)chat_is(text);
    if (day_find(text, &day) && (day.from >= day.to || day.to > n)) abort();
    (void)day_is_line(text, &day);
    return doc_fuzz(data, n, read_chat);
}
