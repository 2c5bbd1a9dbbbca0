/*
 * The second look at names: what an encoder's states in context add to the tagger's weights.
 *
 * The tagger knows words and their neighbours. The embedding model that a home with documents has
 * anyway (multilingual-e5-small) knows what a sentence is about; a head (head.c), a network with
 * one small hidden layer, reads its state at each unit and adds to the weights of the unit's
 * labels. It costs some 200 ms for 2,000 characters, where the tagger takes 1: nothing before a
 * request goes to a cloud, too much for everything else. So it is asked where its caller says so
 * (gate_scanner_look).
 *
 * The states come from the caller: src/gate knows no engine. Where they cannot be had, the tagger
 * decides alone, as without a second look, and names_blind says so.
 */
#ifndef HEARTH_GATE_NAMES_HEAD_H
#define HEARTH_GATE_NAMES_HEAD_H

#include "gate/names/names.h"

typedef struct NamesPlace {
    uint32_t at, end; /* bytes of the text */
} NamesPlace;

typedef struct NamesText {
    Str text;
    const NamesPlace *place; /* of its units, ascending, disjoint */
    uint32_t n;
} NamesText;

/* What is asked for: the states after `layers` layers of the model named `space`, of each text by
   itself. */
typedef struct NamesAsk {
    const char *space;
    uint32_t dim, layers;
    const NamesText *texts;
    uint32_t n; /* at most NAMES_ASK_TEXTS with NAMES_ASK_UNITS units */
} NamesAsk;

enum { NAMES_NO_TOKEN = UINT32_MAX, NAMES_ASK_TEXTS = 32, NAMES_ASK_UNITS = 2 * NAMES_UNITS };

/* states: [units of all texts][dim], the mean over the tokens that stand for the unit; token[i]:
   the number of the first of them in its text, NAMES_NO_TOKEN where there is none. false: it cannot
   say. */
typedef struct NamesSense {
    bool (*states)(void *user, const NamesAsk *ask, float *states, uint32_t *token);
    void *user;
} NamesSense;

typedef struct NamesHead NamesHead; /* immutable; may be shared */

/* E_CORRUPT, E_UNSUPPORTED: no head of this build. `bytes` are read, not kept. */
Status names_head_read(Str bytes, NamesHead **out, Err *err) WARN_UNUSED;
void names_head_free(NamesHead *head); /* NULL is fine */
Str names_head_built_in(void);         /* the bytes that ship */
/* Whether the head was learned for models of so many types as this one has. */
bool names_head_fits(const NamesHead *head, const NamesModel *model);

/* Looks a second time from now on; both are borrowed. NULL: no more. On failure nothing changes. */
Status names_look(Names *names, const NamesHead *head, const NamesSense *sense,
                  Err *err) WARN_UNUSED;
/* deaf: the tagger decides alone for now, as without a second look. */
void names_deafen(Names *names, bool deaf);
/* Leans further towards people by so many nats than the head does. */
void names_lean(Names *names, float nats);
/* Whether a sentence since names_look was decided by the tagger alone. */
bool names_blind(const Names *names);

#endif
