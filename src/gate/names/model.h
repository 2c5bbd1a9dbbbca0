/*
 * Numbers of the model's layout (model.c has the picture), for its reader and its writer.
 */
#ifndef HEARTH_GATE_NAMES_MODEL_H
#define HEARTH_GATE_NAMES_MODEL_H

#include "base/hash.h"
#include "gate/names/impl.h"

#define NAMES_MAGIC "HTAGGER\n"

enum {
    NAMES_VERSION = 1,
    NAMES_CLUSTERS = 1,
    NAMES_BUCKETS_MAX = 1 << 17,
    NAMES_NAME_AT = 64,
    NAMES_MOVES_AT = 80,
    NAMES_LINES_AT = 528,
    NAMES_TABLES_AT = 640,
    NAMES_SEED = 0x4E
};

/* Over the header's fields and all that follows the header. */
static inline uint64_t names_check(const char *bytes, size_t n) {
    uint64_t fields = hash_check64(bytes + 8, 24, NAMES_SEED);
    return hash_check64(bytes + 40, n - 40, fields);
}

_Static_assert(NAMES_NAME_AT + NAMES_TYPES_MAX <= NAMES_MOVES_AT, "names fit");
_Static_assert(NAMES_MOVES_AT + 2 * (NAMES_TYPES_MAX + 1) * (NAMES_TYPES_MAX + 1) +
                       2 * 4 * NAMES_TYPES_MAX <=
                   NAMES_LINES_AT,
               "moves fit");
_Static_assert(NAMES_LINES_AT + 2 * 4 * NAMES_TYPES_MAX <= NAMES_TABLES_AT, "lines fit");

#endif
