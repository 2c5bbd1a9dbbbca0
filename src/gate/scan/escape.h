/*
 * Characters spelled by an escape of JSON, HTML, a URL and others (escape.c says which).
 */
#ifndef HEARTH_GATE_SCAN_ESCAPE_H
#define HEARTH_GATE_SCAN_ESCAPE_H

#include "base/text.h"

/* A character that is not there: what changes a terminal's colours. */
enum { ESCAPE_NOTHING = 0x200B };

static inline bool escape_begins(char c) {
    return c == '%' || c == '&' || c == '\\' || c == '=' || c == '\x1b';
}

/* The escape that begins at `at`: how many bytes it has, and the character; 0: none. */
size_t escape_at(Str text, size_t at, uint32_t *code);
/* The text with its escapes read. */
void escape_read(Str text, Buf *out);

#endif
