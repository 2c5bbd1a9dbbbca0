/*
 * The body of library.h.
 *
 * A pointer to a function does not fit a void * by the standard's letter; POSIX (dlsym) says that
 * it does, and memcpy keeps compilers quiet about it.
 */
#include "base/library.h"

#include <dlfcn.h>
#include <string.h>

/* All symbols are looked up before the first is written, so that the table is whole or
   untouched. */
bool library_load(const char *const *files, size_t n_files, const LibrarySymbol *symbols, size_t n,
                  void *table) {
    void *handle = NULL, *found;
    for (size_t i = 0; i < n_files && !handle; i++) {
        handle = dlopen(files[i], RTLD_NOW | RTLD_LOCAL);
    }
    if (!handle) return false;
    for (size_t i = 0; i < n; i++) {
        if (!dlsym(handle, symbols[i].name)) return false;
    }
    for (size_t i = 0; i < n; i++) {
        found = dlsym(handle, symbols[i].name);
        memcpy((char *)table + symbols[i].offset, &found, sizeof found);
    }
    return true;
}
