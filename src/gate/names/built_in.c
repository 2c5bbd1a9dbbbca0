/*
 * The model and the head that ship: names.model and names.head beside this file, put into the
 * program by the assembler (built_in.S.in, filled in by meson). Made by `make tagger`;
 * doc/decisions/0013 says of what.
 */
#include "gate/names/head.h"

extern const char names_model_begin[], names_model_end[];
extern const char names_head_begin[], names_head_end[];

Str names_model_built_in(void) {
    return (Str){names_model_begin, (size_t)(names_model_end - names_model_begin)};
}

Str names_head_built_in(void) {
    return (Str){names_head_begin, (size_t)(names_head_end - names_head_begin)};
}
