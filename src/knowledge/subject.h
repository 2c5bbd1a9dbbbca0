/*
 * Subject: the thing that a question takes for granted.
 *
 * "How many kilograms does the vineyard weigh?" presupposes a vineyard. Documents that never speak
 * of one do not answer it, however well its other words fit.
 */
#ifndef HEARTH_KNOWLEDGE_SUBJECT_H
#define HEARTH_KNOWLEDGE_SUBJECT_H

#include "base/text.h"

/* The part of the question that names its subject: a word of English, a run of characters of
   Chinese. Empty where the rules see none. */
Str subject_of(Str question);
/* The long number that names what the question is about: "invoice 25117020", 发票25117020的金额. Six
   digits at least, without separators; no amount and no date. Empty: there is none. */
Str subject_code(Str question);
/* Does an answer begin with a pronoun, which stands for the subject? */
bool subject_by_pronoun(Str answer);

#endif
