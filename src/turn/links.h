/*
 * Links: a question whose answer needs another one's.
 */
#ifndef HEARTH_TURN_LINKS_H
#define HEARTH_TURN_LINKS_H

#include "base/mem.h"
#include "base/text.h"

enum { LINKS_QUESTION_MAX = 400 }; /* bytes; a longer question is taken as it is */

/* "When was the landlord of the mill born?": `first` asks who that is, and the question is
   `before`, the name, `after`. */
typedef struct Link {
    Str first, before, after;
} Link;

typedef enum LinkWanted { LINK_LEAST, LINK_MOST, LINK_SAME } LinkWanted;

/* "Who was born first, A or B?": the same is asked about both, and a rule compares. */
typedef struct LinkPair {
    LinkWanted wanted; /* the earlier one, the later one, or whether both are the same */
    Str names[2], asked[2];
} LinkPair;

/* Is it of that kind? New texts go into the arena. False as well where it is full: the question is
   asked as it is. */
bool links_read(Arena *arena, Str question, Link *out);
bool links_pair(Arena *arena, Str question, LinkPair *out);
/* The one name that an answer says and its question does not; empty: none, or several. A view. */
Str links_name(Str question, Str answer);
/* The question with the name in its place; empty: the arena is full. */
Str links_put(Arena *arena, const Link *link, Str name);
/* What the answers to both come to, in a sentence; empty: they cannot be compared. */
Str links_verdict(Arena *arena, const LinkPair *pair, const Str answers[2]);

#endif
