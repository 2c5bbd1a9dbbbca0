/*
 * Joint: the answers to several questions in one become one answer.
 */
#ifndef HEARTH_API_JOINT_H
#define HEARTH_API_JOINT_H

#include "api/api.h"
#include "turn/parts.h"

/* What was said so far. */
typedef struct Joint {
    size_t n_asked, n_citations; /* citations of the parts that were answered */
    size_t told, kept;           /* bytes that the caller heard; ... before this part */
    bool wrote;                  /* words of parts before this one are on the screen */
    bool begins;                 /* ... of this part none */
    Buf refused; /* questions that the documents do not answer, which were not shown yet */
    Buf between; /* what joint_between handed out */
} Joint;

/* What stands between two parts of an answer. */
#define JOINT_GAP "\n\n"

/* Nothing was asked; _fini frees what is kept, also after a failure. */
void joint_init(Joint *joint);
void joint_fini(Joint *joint);
/* What is to be shown before a piece of text of piece_n bytes; empty within a part. Lives until the
   next call. */
Str joint_between(Joint *joint, size_t piece_n);
/* What this part has shown, and what stands before it, is taken back. How much is left: the bytes
   that were shown by then. */
size_t joint_take_back(Joint *joint);
/* Behind each part, in their order. E_LIMIT, E_NO_MEMORY. */
Status joint_add(Joint *joint, Str question, const hearth_answer *answer, Err *err) WARN_UNUSED;
/* The n_asked parts become *out. Its arrays and its text go into the arena, all else stays the
   parts' own. What was refused and not shown goes to o->on_text. A single part is handed through.
   E_LIMIT, E_NO_MEMORY. */
Status joint_end(Joint *joint, const Str *questions, const hearth_answer *parts,
                 const hearth_ask_options *o, Arena *arena, hearth_answer *out,
                 Err *err) WARN_UNUSED;

#endif
