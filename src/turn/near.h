/*
 * Near: a second look, by meaning, before the documents are said not to answer.
 */
#ifndef HEARTH_TURN_NEAR_H
#define HEARTH_TURN_NEAR_H

#include "model/text/vocab.h"
#include "turn/turn.h"

/* Is there a sentence near the question that the local model takes for its answer? Then it is the
   answer, as a quote, and turn->near says how sure the model is. Asks nobody where an endpoint
   answered, and changes nothing where nothing is found. Stopped: OK. */
Status near_look(Turn *turn, Engine *engine, Err *err) WARN_UNUSED;

/* How much rather the local model says that a quote holds the answer than that it does not, in log
   odds (near_margin). E_CANCELLED by the rig's flag. */
Status near_holds(Turn *turn, Engine *engine, const TurnCitation *cited, double *margin,
                  Err *err) WARN_UNUSED;

/* The first row of the table in which the row text[start,end) stands; empty: it is no row, or the
   first one itself. */
Str near_head(Str text, size_t start, size_t end);

/* Where a sentence text[start,end) ends that begins a line of a list: at the line's end, where that
   is not far. */
size_t near_line(Str text, size_t start, size_t end);

/* Is the line [start,end) of a text, not empty, the first row of a table? cut: the text is a part
   of a longer one, so that its own first line may be any row. */
bool near_names_columns(Str text, size_t start, size_t end, bool cut);

/* The middle one of 1 to 3 margins, of two the greater. */
double near_middle(const double *margins, size_t n);

/* Is a passage in the question's language? Else the question is put into its (abroad.h). */
bool near_same_language(const Turn *turn, Str passage);

/* Is the model asked about a sentence of a passage? Not about questions, nor about a passage in
   another language than the question's; in Chinese not about the head of a mail, or a title (the
   passage's first words: `sentence` is a view of it); in English about prose, in German about
   none. */
bool near_may_look(const Turn *turn, Str passage, Str sentence);

/* Bytes that a sentence has too many to be trusted alone: all of an English one. */
size_t near_too_long(Str sentence);

/* The sum of the best sentence, margins[at], less what the best of the other margins takes off. */
double near_less_others(double best, const double *margins, size_t n, size_t at);

/* How much likelier one of the words of yes is than one of no, in log odds; by the first token of
   each. NAN: logits are none. */
Status near_margin(const Vocab *vocab, const float *logits, bool chinese, double *out,
                   Err *err) WARN_UNUSED;

#endif
