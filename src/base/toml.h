/*
 * TOML 1.0 reader (toml.io/en/v1.0.0), for configuration. Values are read-only; the tree lives in
 * one arena. Errors carry line and column. Limits: 1 MiB of text, depth 64.
 */
#ifndef HEARTH_BASE_TOML_H
#define HEARTH_BASE_TOML_H

#include "base/text.h"

typedef struct Toml Toml; /* one value; the root is a table */

typedef enum TomlKind {
    TOML_STRING, TOML_INT, TOML_REAL, TOML_BOOL,
    TOML_DATETIME, TOML_DATETIME_LOCAL, TOML_DATE_LOCAL, TOML_TIME_LOCAL,
    TOML_ARRAY, TOML_TABLE
} TomlKind;

/* The text may go afterwards. E_CORRUPT "line:column: what" with the offset; E_LIMIT; E_NO_MEMORY.
   On success *out is the root, a table: toml_free() it. All readers take NULL as "absent". */
Status toml_parse(Str text, Toml **out, Err *err) WARN_UNUSED;
void toml_free(Toml *root); /* NULL is fine */
TomlKind toml_kind(const Toml *value); /* not NULL */
/* Items of an array, keys of a table; 0 of all else. */
size_t toml_len(const Toml *value);
/* Item `index` of an array; NULL past the end and of all that is no array. */
const Toml *toml_at(const Toml *array, size_t index);
const Toml *toml_get(const Toml *table, const char *key); /* NULL when absent */
/* Key and value number `index` of a table, in the order of the text, in constant time. false past
   the end. The key may be empty and hold any character but NUL written as it is. */
bool toml_pair(const Toml *table, size_t index, Str *key, const Toml **value);
Str toml_str(const Toml *value); /* STRING, and the four date kinds as written (normalised) */
/* 0 of all that is no INT. */
int64_t toml_int(const Toml *value);
double toml_real(const Toml *value); /* INT or REAL */
/* false of all that is no BOOL. */
bool toml_bool(const Toml *value);
int toml_line(const Toml *value); /* where it stands, 1-based */

#endif
