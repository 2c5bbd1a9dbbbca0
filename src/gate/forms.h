/*
 * What else a known name is written as: initials, the other order, logins, pinyin. For src/gate
 * alone; forms.c has the table.
 */
#ifndef HEARTH_GATE_FORMS_H
#define HEARTH_GATE_FORMS_H

#include "gate/match.h"

enum { NAME_GIVEN_MAX = 4, NAME_FORMS_MAX = 128, NAME_READINGS = 3 };

/* A name in Latin letters, taken apart. What it points to is the name or `letters`. */
typedef struct NameParts {
    Str surname, given[NAME_GIVEN_MAX];
    int n_given; /* 0: no name that has other forms */
    bool han;    /* read from Han signs */
    bool joint;  /* the surname has more than one word: "O'Neil", "Smith-Delgado" */
    char letters[64];
} NameParts;

/* `reading`: 0 the usual one of Han signs, up to NAME_READINGS - 1 others. false: the name has no
   other forms, or not this reading. */
bool name_parts_read(Str name, int reading, NameParts *out);

/* How many forms there are; each `i` below is less. */
extern const size_t name_forms_n;
/* May the name have form number i, by its parts alone? name_form may still find that it has none:
   too short, or a common abbreviation. */
bool name_form_has(const NameParts *parts, size_t i);
/* Appends form number i of the name; false: it has none of that kind. *flags: MatchFlags. */
bool name_form(const NameParts *parts, size_t i, Buf *out, unsigned *flags);
/* Does a model make this form of a surrogate by itself? */
bool name_form_comes_back(size_t i);
/* Does it name somebody in any capitals, and with no other sign of a name? */
bool name_form_tells(size_t i);
/* "Mrs", "Herr": stands before a name and says nothing of whose it is. */
bool name_is_title(Str word);
/* Is it all of a Chinese name in pinyin? */
bool name_form_is_full(size_t i);

#endif
