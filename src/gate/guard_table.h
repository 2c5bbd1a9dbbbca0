/*
 * What is done about what the guards find: a place x a kind -> off, warn, rewrite, refuse; the
 * defaults and the table [guard] of HOME/gate/policy.toml. guard_table.c lists them.
 */
#ifndef HEARTH_GATE_GUARD_TABLE_H
#define HEARTH_GATE_GUARD_TABLE_H

#include "base/toml.h"
#include "gate/guard/guard.h"

typedef enum GuardPlace {
    GUARD_QUESTION, /* the user's own */
    GUARD_PASSAGE,  /* of a document, before a model reads it */
    GUARD_ANSWER,   /* of the local model or an endpoint */
    GUARD_PLACES
} GuardPlace;

typedef enum GuardAct { GUARD_OFF, GUARD_TELL, GUARD_CUT_OUT, GUARD_FORBID, GUARD_ACTS } GuardAct;

typedef struct GuardTable {
    GuardAct act[GUARD_PLACES][GUARD_KINDS];
    GuardAct leak; /* an endpoint's answer that puts the user's own words into a link */
} GuardTable;

/* Questions and answers are told of, passages that give orders are not read, links that would carry
   the user's words away are cut out; everything else is off. */
void guard_table_default(GuardTable *out);
/* The table [guard], over what the table says by now. E_CORRUPT: an unknown key or word. */
Status guard_table_read(GuardTable *table, const Toml *section, Err *err) WARN_UNUSED;
/* The defaults and the file of a home; `folder` is HOME/gate. */
Status guard_table_open(const char *folder, GuardTable *out, Err *err) WARN_UNUSED;
/* What is done about a find. One that is not sure enough is told of at most, and only in questions.
 */
GuardAct guard_table_act(const GuardTable *table, GuardPlace place, GuardKind kind, float score);

const char *guard_place_name(GuardPlace place); /* "question" */
const char *guard_act_name(GuardAct act);       /* "warn" */

#endif
