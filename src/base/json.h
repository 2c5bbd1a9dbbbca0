/*
 * JSON (RFC 8259). In: jansson behind our limits (size, depth, duplicate keys refused), copied into
 * an immutable tree that any number of threads may read. Objects keep the order of their keys;
 * strings may hold NUL. Whole numbers must fit int64.
 *
 * Out: an emitter that writes into a Buf. It adds commas and escapes; nesting mistakes are ours and
 * fire an assert. Nesting past JSONW_DEPTH_MAX sets the buffer's sticky E_LIMIT.
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
    int max_depth;    /* default 64, at most 512 */
    bool allow_duplicates; /* the last value of a key wins; default: refused */
} JsonLimits;

enum { JSON_MAX_BYTES_DEFAULT = 16 << 20, JSON_MAX_DEPTH_DEFAULT = 64 };

/* Parses all of `text`; zeros in limits (or NULL) mean the defaults. On success *out is the root:
   json_free() it; the text may go. E_CORRUPT: not JSON (line, column, offset); E_LIMIT. */
Status json_parse(Str text, const JsonLimits *limits, Json **out, Err *err) WARN_UNUSED;
void json_free(Json *root); /* NULL is fine */

/* All of these take NULL as "absent". */
JsonKind json_kind(const Json *value); /* JSON_NULL when absent */
size_t json_len(const Json *value);    /* items or keys */
/* Item `index` of an array; NULL past the end and of all that is no array. */
const Json *json_at(const Json *array, size_t index);
/* The value of a key; NULL when it is absent or this is no object. `key` may hold any bytes in the
   second form, also NUL. O(keys) for small objects, else O(log keys). */
const Json *json_get(const Json *object, const char *key);
/* As json_get. */
const Json *json_get_str(const Json *object, Str key);
bool json_pair(const Json *object, size_t index, Str *key, const Json **value); /* in order, O(1) */
Str json_str(const Json *value); /* empty when not a string */
/* Tells an empty string from what is none: json_str gives "" for both. */
bool json_is_str(const Json *value);
/* True and false as they are; the fallback for all else, numbers and null too. */
bool json_bool(const Json *value, bool fallback);
double json_number(const Json *value, double fallback); /* INT or REAL */
bool json_whole(const Json *value, int64_t *out);       /* false when not an INT */
/* The same as json_number. Inline, because libjansson exports a function of this name. */
static inline double json_real(const Json *value, double fallback) {
    return json_number(value, fallback);
}
/* Required whole number within [min,max]; E_CORRUPT with the key's name otherwise. */
Status json_int(const Json *object, const char *key, int64_t min, int64_t max, int64_t *out,
                Err *err) WARN_UNUSED;

enum { JSONW_DEPTH_MAX = 64 };

typedef struct JsonWriter {
    Buf *out; /* borrowed */
    int depth; /* open levels; 0: beside everything */
    int too_deep;                    /* levels opened past the ceiling */
    bool comma[JSONW_DEPTH_MAX];     /* an item stands before at this depth */
    bool is_object[JSONW_DEPTH_MAX]; /* what was opened at this depth */
    bool after_key; /* the value of that key comes next */
} JsonWriter;

/* A writer of one value into `out`, which is borrowed and may hold bytes already. Nothing to free;
   whether all went well is out->status, at the end (buf_check). */
JsonWriter jsonw_init(Buf *out);
/* Opens and closes one level; whatever is inside stands between the two calls. In an object each
   value comes behind its key. */
void jsonw_object_begin(JsonWriter *w);
/* As opened by jsonw_object_begin, no key waiting for its value: else an assert. */
void jsonw_object_end(JsonWriter *w);
/* A list of values without keys. */
void jsonw_array_begin(JsonWriter *w);
/* As opened by jsonw_array_begin: else an assert. */
void jsonw_array_end(JsonWriter *w);
/* The key of the value that comes next. It is escaped as strings are; that it is new is the
   caller's to know. */
void jsonw_key(JsonWriter *w, const char *key);
/* As jsonw_key, for keys that are no C strings. */
void jsonw_key_str(JsonWriter *w, Str key);
void jsonw_str(JsonWriter *w, Str s); /* malformed UTF-8 becomes U+FFFD; what a
                                         terminal obeys (unicode_steers) is escaped */
void jsonw_c(JsonWriter *w, const char *text); /* NULL writes null */
/* All of int64, as decimal digits. */
void jsonw_int(JsonWriter *w, int64_t value);
/* `digits` significant ones (1..17); whole values end in ".0"; NaN and infinities become null. */
void jsonw_real(JsonWriter *w, double value, int digits);
/* The word true or false. */
void jsonw_bool(JsonWriter *w, bool value);
/* The word null. */
void jsonw_null(JsonWriter *w);
/* One character of a string as a writer writes it: escaped where JSON or a terminal asks for it. */
void jsonw_character(Buf *out, uint32_t code);
void jsonw_raw(JsonWriter *w, Str json); /* one value that is JSON already */
void jsonw_json(JsonWriter *w, const Json *value); /* a tree that was read */
/* A member of an object, key and value; an array or object is left open. */
void jsonw_put_str(JsonWriter *w, const char *key, Str value);
/* NULL writes null. */
void jsonw_put_c(JsonWriter *w, const char *key, const char *value);
/* As jsonw_int behind the key. */
void jsonw_put_int(JsonWriter *w, const char *key, int64_t value);
/* As jsonw_real behind the key: 1 to 17 digits; no number becomes null. */
void jsonw_put_real(JsonWriter *w, const char *key, double value, int digits);
/* As jsonw_bool behind the key. */
void jsonw_put_bool(JsonWriter *w, const char *key, bool value);
/* Ends with jsonw_array_end. */
void jsonw_put_array(JsonWriter *w, const char *key);
/* Ends with jsonw_object_end. */
void jsonw_put_object(JsonWriter *w, const char *key);

#endif
