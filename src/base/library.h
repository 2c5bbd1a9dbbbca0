/*
 * Shared libraries that are loaded by the first who needs one, into a table of functions.
 *
 * What is linked is loaded at every start, with all that it brings along: libcurl thirty libraries
 * and 4 ms, libarchive eleven and 2 ms. Most starts need neither, and a process that holds no
 * network code sends nothing.
 *
 *     #define FUNCTIONS(X) X(archive_read_new) X(archive_read_free)
 *     typedef struct Library { FUNCTIONS(LIBRARY_FIELD) } Library;
 *     static const LibrarySymbol symbols[] = {FUNCTIONS(LIBRARY_SYMBOL)};   the struct is `Library`
 *
 * The table is the caller's, and so is the care that it is filled once (pthread_once). A library
 * that was loaded stays.
 */
#ifndef HEARTH_BASE_LIBRARY_H
#define HEARTH_BASE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

typedef struct LibrarySymbol {
    const char *name;
    size_t offset; /* of its pointer in the table */
} LibrarySymbol;

#define LIBRARY_FIELD(name) __typeof__(name) *name;
#define LIBRARY_SYMBOL(name) {#name, offsetof(Library, name)},

/* The first of `files` (n_files of them, in order of preference) that can be loaded. True when it
   has all n symbols; the table is written then, and untouched otherwise. */
bool library_load(const char *const *files, size_t n_files, const LibrarySymbol *symbols, size_t n,
                  void *table);

#endif
