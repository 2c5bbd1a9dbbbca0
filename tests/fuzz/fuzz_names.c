/*
 * Any bytes as a model of the tagger, their check made right half of the time, and any bytes as the
 * text that it tags: refused or nonsense, but no crash, and spans inside and in order.
 *
 * Input: one byte (even: the check is put right), two bytes length of the text, text, model.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gate/names/model.h"

static void check(void *user, const NameSpan *span) {
    uint32_t *last = user;
    if (span->at < *last || span->end <= span->at) abort();
    if (!(span->score > 0 && span->score <= 1)) abort();
    *last = span->end;
}

static void tag(const NamesModel *model, Str text) {
    Names *names = NULL;
    uint32_t last = 0;
    if (names_new(model, &names, NULL) != OK) return;
    NameSink sink = {check, &last};
    if (names_tag(names, text, 0, true, &sink) != text.n || last > text.n) abort();
    names_free(names);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static NamesModel *built_in;
    NamesModel *model = NULL;
    Err err;
    if (!built_in && names_model_read(names_model_built_in(), &built_in, &err) != OK) abort();
    if (size < 3) return 0;
    size_t length = data[1] | (size_t)data[2] << 8;
    if (length > size - 3) length = size - 3;
    Str text = {(const char *)data + 3, length};
    size_t n = size - 3 - length;
    char *bytes = mem_dup(data + 3 + length, n);
    if (!bytes) return 0;
    if (n > 40 && !(data[0] & 1)) {
        uint64_t right = names_check(bytes, n);
        memcpy(bytes + 32, &right, sizeof right);
    }
    tag(built_in, text);
    if (names_model_read((Str){bytes, n}, &model, &err) == OK) tag(model, text);
    names_model_free(model);
    mem_free(bytes);
    return 0;
}
