/*
 * The model and the head that ship: names.model and names.head beside this file, put into the
 * program by the assembler (built_in.S.in, filled in by meson). Made by `make tagger`;
 * doc/decisions/0013 says of what.
 */
#include <pthread.h>

#include "gate/names/head.h"
#include "gate/names/impl.h"

extern const char names_model_begin[], names_model_end[];
extern const char names_head_begin[], names_head_end[];

Str names_model_built_in(void) {
    return (Str){names_model_begin, (size_t)(names_model_end - names_model_begin)};
}

static NamesModel shared;
static Status shared_status;
static Err shared_err;

static void read_shared(void) {
    shared_status = names_model_place(names_model_built_in(), &shared, &shared_err);
}

Status names_model_shared(const NamesModel **out, Err *err) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, read_shared);
    if (shared_status != OK && err) *err = shared_err;
    *out = &shared;
    return shared_status;
}

Str names_head_built_in(void) {
    return (Str){names_head_begin, (size_t)(names_head_end - names_head_begin)};
}
