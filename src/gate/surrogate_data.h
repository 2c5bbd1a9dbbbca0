/* The words that surrogates are made of: surrogate_data.c. */
#ifndef HEARTH_GATE_SURROGATE_DATA_H
#define HEARTH_GATE_SURROGATE_DATA_H

#include <stddef.h>

/* Rows of UTF-8 words; NAME_n counts NAME. A draw is a place in a row: after a word is added or
   moved, things that are met anew get other surrogates than before; what a map holds already stays.
   Paired devices draw alike only with the same rows. */
extern const char *const name_surnames[];
extern const size_t name_surnames_n;
extern const char *const name_compounds[];
extern const size_t name_compounds_n;
extern const char *const name_first_signs[];
extern const size_t name_first_signs_n;
extern const char *const name_last_signs[];
extern const size_t name_last_signs_n;
extern const char *const name_given[];
extern const size_t name_given_n;
extern const char *const name_family[];
extern const size_t name_family_n;
extern const char *const name_foreign[];
extern const size_t name_foreign_n;
extern const char *const name_orgs[];
extern const size_t name_orgs_n;
extern const char *const name_orgs_zh[];
extern const size_t name_orgs_zh_n;
extern const char *const name_streets[];
extern const size_t name_streets_n;
extern const char *const name_streets_zh[];
extern const size_t name_streets_zh_n;
extern const char *const name_known_compounds[];
extern const size_t name_known_compounds_n;
extern const char *const name_honorifics[];
extern const size_t name_honorifics_n;
extern const char *const name_prefixes[];
extern const size_t name_prefixes_n;

#endif
