/*
 * Summary: which document a request to sum up means, and its passages.
 */
#ifndef HEARTH_TURN_SUMMARY_H
#define HEARTH_TURN_SUMMARY_H

#include "turn/turn.h"

/* Of a turn whose work is a summary, a list or a translation, behind the search: where the request
   means one document, turn->found becomes its passages in their order (turn->whole), as many as
   SUMMARY_BYTES hold; a notice tells where that is not all, and where other documents have such a
   name. What names no document keeps the passages found; where it only asked what a document is
   about, or for a list, it becomes a question again (turn->work). A translation of what the request
   itself holds reads no passage (turn->pasted). */
Status summary_passages(Turn *turn, Err *err) WARN_UNUSED;

/* How well a document's name fits what is to be summed up: the share of the object's words, and of
   its pairs of Chinese characters, that stand in it. *kind: the object names a kind of document
   ("minutes"); *kind_there: the name has it. Both folded and in small letters; -1: the object has
   no word that could stand in a name. */
float summary_fits(Str object, Str name, bool *kind, bool *kind_there);

#endif
