/*
 * JSON. In: jansson behind our limits (size, depth, duplicate keys refused), read-only here.
 * Out: an emitter that writes into a Buf and cannot produce malformed nesting in release builds
 * without its own assert firing in debug builds. RFC 8259.
 *
 * Objects keep the order of their keys.
 */
#ifndef HEARTH_BASE_JSON_H
#define HEARTH_BASE_JSON_H

#include "base/text.h"

typedef struct Json Json; /* one parsed value; children are borrowed from their root */

typedef enum JsonKind {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_INT,
    JSON_REAL,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
} JsonKind;

typedef struct JsonLimits {
    size_t max_bytes; /* default 16 MiB */
    int max_depth;    /* default 64 */
} JsonLimits;

/* Parses all of `text`. limits may be NULL. On success *out is the root: json_free() it. */
Status json_parse(Str text, const JsonLimits *limits, Json **out, Err *err) WARN_UNUSED;
void json_free(Json *root);

/* All of these take NULL as "absent". */
JsonKind json_kind(const Json *value); /* JSON_NULL when absent */
size_t json_len(const Json *value);    /* items or keys */
const Json *json_at(const Json *array, size_t index);
const Json *json_get(const Json *object, const char *key);
bool json_pair(const Json *object, size_t index, Str *key, const Json **value); /* in order, O(1) amortised */
Str json_str(const Json *value); /* empty when not a string */
bool json_is_str(const Json *value);
bool json_bool(const Json *value, bool fallback);
double json_real(const Json *value, double fallback); /* INT or REAL */
/* Required whole number within [min,max]; E_CORRUPT with the key's name otherwise. */
Status json_int(const Json *object, const char *key, int64_t min, int64_t max, int64_t *out,
                Err *err) WARN_UNUSED;

enum { JSONW_DEPTH_MAX = 64 };

typedef struct JsonWriter {
    Buf *out;
    int depth;
    bool comma[JSONW_DEPTH_MAX]; /* an item stands before at this depth */
    bool after_key;
} JsonWriter;

JsonWriter jsonw_init(Buf *out);
void jsonw_object_begin(JsonWriter *w);
void jsonw_object_end(JsonWriter *w);
void jsonw_array_begin(JsonWriter *w);
void jsonw_array_end(JsonWriter *w);
void jsonw_key(JsonWriter *w, const char *key);
void jsonw_key_str(JsonWriter *w, Str key);
void jsonw_str(JsonWriter *w, Str s); /* malformed UTF-8 becomes U+FFFD */
void jsonw_c(JsonWriter *w, const char *text); /* NULL writes null */
void jsonw_int(JsonWriter *w, int64_t value);
void jsonw_real(JsonWriter *w, double value, int digits); /* significant digits; NaN and Inf: null */
void jsonw_bool(JsonWriter *w, bool value);
void jsonw_null(JsonWriter *w);

#endif
