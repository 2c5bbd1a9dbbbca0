/*
 * Character references: "&amp;", "&#8212;", "&#x4E2D;" -> UTF-8. HTML itself is decoded by its
 * parser; this serves Markdown, and text that is stripped of its tags by hand.
 */
#ifndef HEARTH_KNOWLEDGE_READ_ENTITY_H
#define HEARTH_KNOWLEDGE_READ_ENTITY_H

#include "base/text.h"

/* Appends what the reference `ref` (with '&' and ';') stands for; an unknown one as it is. */
void entity_add(Buf *out, Str ref);
/* HTML without its tags: text between them, block tags as line ends, scripts and styles left out.
   Linear in time and memory however deep the tags are nested. */
void entity_strip_tags(Buf *out, Str html);

#endif
