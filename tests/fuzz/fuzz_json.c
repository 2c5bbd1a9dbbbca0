/*
 * Any bytes as JSON: no crash, and what was read and written again reads the same.
 */
#include <stdlib.h>

#include "base/json.h"

static void write_value(JsonWriter *w, const Json *value) {
    int64_t whole = 0;
    Str key;
    const Json *child;
    if (json_whole(value, &whole)) {
        jsonw_int(w, whole);
    } else if (json_kind(value) == JSON_REAL) {
        jsonw_real(w, json_number(value, 0), 17);
    } else if (json_is_str(value)) {
        jsonw_str(w, json_str(value));
    } else if (json_kind(value) == JSON_ARRAY) {
        jsonw_array_begin(w);
        for (size_t i = 0; i < json_len(value); i++) write_value(w, json_at(value, i));
        jsonw_array_end(w);
    } else if (json_kind(value) == JSON_OBJECT) {
        jsonw_object_begin(w);
        for (size_t i = 0; json_pair(value, i, &key, &child); i++) {
            if (json_get_str(value, key) != child) abort(); /* keys are unique */
            jsonw_key_str(w, key);
            write_value(w, child);
        }
        jsonw_object_end(w);
    } else if (json_kind(value) == JSON_NULL) {
        jsonw_null(w);
    } else {
        jsonw_bool(w, json_bool(value, false));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    JsonLimits limits = {.max_depth = JSONW_DEPTH_MAX - 1};
    Json *first = NULL, *second = NULL;
    if (json_parse((Str){(const char *)data, size}, &limits, &first, NULL) != OK) return 0;
    Buf out, again;
    buf_init(&out, 1 << 24);
    buf_init(&again, 1 << 24);
    JsonWriter w = jsonw_init(&out);
    write_value(&w, first);
    if (out.status != OK || json_parse(buf_str(&out), &limits, &second, NULL) != OK) abort();
    w = jsonw_init(&again);
    write_value(&w, second);
    if (!str_eq(buf_str(&out), buf_str(&again))) abort();
    json_free(first);
    json_free(second);
    buf_fini(&out);
    buf_fini(&again);
    return 0;
}
