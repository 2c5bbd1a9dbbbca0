/*
 * Any bytes as a model of the tagger, their check made right half of the time, and any bytes as the
 * text that it tags: refused or nonsense, but no crash, and spans inside and in order.
 *
 * Input: names_check.h.
 */
#include "gate/names/model.h"
#include "names_check.h"

static void tag(const NamesModel *model, Str text) {
    Names *names = NULL;
    if (names_new(model, &names, NULL) == OK) names_check_tag(names, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static NamesModel *built_in;
    NamesModel *model = NULL;
    Err err;
    if (!built_in && names_model_read(names_model_built_in(), &built_in, &err) != OK) abort();
    NamesInput in;
    if (!names_input_read(data, size, &in)) return 0;
    if (in.n > 40 && in.put_right) {
        uint64_t right = names_check(in.file, in.n);
        memcpy(in.file + 32, &right, sizeof right);
    }
    tag(built_in, in.text);
    if (names_model_read((Str){in.file, in.n}, &model, &err) == OK) tag(model, in.text);
    names_model_free(model);
    names_input_free(&in);
    return 0;
}
