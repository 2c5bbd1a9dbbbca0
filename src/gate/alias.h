/*
 * What a thing of a conversation may be called by: the patterns of masking (originals), of masking
 * what an endpoint said before (originals in all that restoring writes) and of restoring
 * (surrogates). For src/gate alone.
 */
#ifndef HEARTH_GATE_ALIAS_H
#define HEARTH_GATE_ALIAS_H

#include "gate/match.h"
#include "gate/vault.h"

typedef enum AliasSide { ALIAS_ORIGINAL, ALIAS_ECHO, ALIAS_SURROGATE } AliasSide;

/* How much of a hit is the thing itself. */
typedef enum AliasPlace {
    ALIAS_ALL,
    ALIAS_HEAD, /* an honorific follows */
    ALIAS_TAIL, /* something stands before */
    ALIAS_FORM  /* all of it is another form of the name (forms.h), or manner (manner.h) */
} AliasPlace;

/* All patterns of all entries of the conversation. `starts`: of originals other forms, of
   surrogates all, only as far as they may be found in the texts it was made of; NULL: all. */
Status alias_matcher(const VaultTalk *talk, AliasSide side, const MatchStarts *starts,
                     Matcher **out, Err *err) WARN_UNUSED;
/* A pattern's value: entry << 9 | form << 2 | place. The form counts with ALIAS_FORM alone. */
static inline uint32_t alias_value(uint32_t entry, size_t form, AliasPlace place) {
    return entry << 9 | (uint32_t)form << 2 | (uint32_t)place;
}
static inline size_t alias_entry(uint32_t value) {
    return value >> 9;
}
static inline AliasPlace alias_place(uint32_t value) {
    return (AliasPlace)(value & 3);
}
static inline size_t alias_form(uint32_t value) {
    return value >> 2 & 127;
}

#endif
