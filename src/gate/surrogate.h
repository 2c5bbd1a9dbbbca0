/*
 * Surrogates: what stands in a parcel for a private thing. For src/gate alone; surrogate.c explains
 * what they keep and what they promise.
 */
#ifndef HEARTH_GATE_SURROGATE_H
#define HEARTH_GATE_SURROGATE_H

#include "gate/match.h"
#include "gate/vault.h"

typedef struct Surrogates Surrogates; /* the making of one conversation's surrogates */

/* Both are borrowed until surrogates_free. The scanner's spans are lost with each surrogate. */
Status surrogates_new(VaultTalk *talk, Scanner *scanner, Surrogates **out, Err *err) WARN_UNUSED;
void surrogates_free(Surrogates *s); /* NULL is fine */
/* A text of the request: no surrogate made later will be a word of it. */
Status surrogates_note(Surrogates *s, Str text, Err *err) WARN_UNUSED;
/* How words of the noted texts begin. */
const MatchStarts *surrogates_starts(const Surrogates *s);
/* Once all texts are noted, and again once all things are found: what has a surrogate that the
   texts say, or that holds somebody's number, gets another one. */
Status surrogates_renew(Surrogates *s, Err *err) WARN_UNUSED;
/* A surrogate that another place of the request would be taken for: surrogates_renew draws another
   one for whatever has it, and for the names that its words are of. */
Status surrogates_refuse(Surrogates *s, Str surrogate, Err *err) WARN_UNUSED;
/* The surrogate of a thing that is spelled so: the one it has, or a new one, which is added to the
   conversation. *out lives as long as the conversation is open. */
Status surrogates_for(Surrogates *s, const ScanSpan *span, Str spelled, Str *out,
                      Err *err) WARN_UNUSED;
/* The surrogate of a part of a name, in a spelling of its own. */
Status surrogates_part(Surrogates *s, VaultPart part, Str spelled, Str *out, Err *err) WARN_UNUSED;
/* The surrogate of a form (forms.h) of a person's name. */
Status surrogates_form(Surrogates *s, const VaultEntry *person, size_t form, Str spelled, Str *out,
                       Err *err) WARN_UNUSED;
/* Appends what stands for `spelled`, which manner number `manner` (manner.h) of the entry's thing
   matched: that manner of its surrogate where it has one, else a surrogate of this spelling. */
Status surrogates_manner(Surrogates *s, const VaultEntry *entry, size_t manner, Str spelled,
                         Buf *out, Err *err) WARN_UNUSED;
/* Appends the thing in a coarser form that is still true: a date's year, an address's city. */
Status surrogates_generalise(const ScanSpan *span, Str spelled, Buf *out, Err *err) WARN_UNUSED;

#endif
