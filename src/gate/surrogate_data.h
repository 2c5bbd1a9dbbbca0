/* The words that surrogates are made of: surrogate_data.c. */
#ifndef HEARTH_GATE_SURROGATE_DATA_H
#define HEARTH_GATE_SURROGATE_DATA_H

#include <stddef.h>

/* A row of UTF-8 words. */
typedef struct Words {
    const char *const *items;
    size_t n;
} Words;

/* A draw is a place in a row: after a word is added or moved, things that are met anew get other
   surrogates than before; what a map holds already stays. Paired devices draw alike only with the
   same rows. */
extern const Words name_surnames, name_compounds, name_first_signs, name_last_signs, name_given,
    name_family, name_foreign, name_orgs, name_orgs_zh, name_streets, name_streets_zh,
    name_known_compounds, name_honorifics, name_prefixes;

#endif
