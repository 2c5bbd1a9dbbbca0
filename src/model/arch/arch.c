/*
 * The table of families: general.architecture -> what to bind and how to run.
 *
 * A new family is one file beside this one and one line here. Order means nothing.
 */
#include "model/model.h"

#include <string.h>

static const Arch *const archs[] = {
    &arch_llama, &arch_qwen2, &arch_qwen3, &arch_gemma3, &arch_bert,
};

const Arch *arch_find(const char *name) {
    for (size_t i = 0; i < ARRAY_LEN(archs); i++) {
        if (strcmp(archs[i]->name, name) == 0) return archs[i];
    }
    return NULL;
}
