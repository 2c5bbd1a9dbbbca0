/*
 * The door that every word of a document passes: valid UTF-8, no NUL, nothing that a terminal
 * obeys.
 *
 * clean_add() copies text and makes it harmless on the way: malformed bytes become U+FFFD, "\r\n",
 * "\r" and the Unicode line separators become "\n", ESC becomes the visible sign U+241B, other
 * control characters a blank, and what is invisible but changes meaning (bidirectional overrides,
 * zero-width blanks, soft hyphens, byte order marks) is dropped. No-break blanks become blanks, so
 * that words are found. Joiners that scripts and emoji need stay.
 */
#ifndef HEARTH_KNOWLEDGE_READ_CLEAN_H
#define HEARTH_KNOWLEDGE_READ_CLEAN_H

#include "base/calendar.h"
#include "knowledge/doc.h"

/* out->status tells whether there was room; on E_LIMIT it stops where it is. */
void clean_add(Buf *out, Str text);
/* The same of bytes in a character set of charset_detect; `what` they are stands in a failure.
   E_LIMIT, E_NO_MEMORY; E_UNSUPPORTED: as charset_decode. */
Status clean_decode(Buf *out, Str bytes, const char *charset, const char *what,
                    Err *err) WARN_UNUSED;

/* A row of a table is read alone later, so a cell over several rows or columns is said in each of
   them, where it is a label; where it is longer they are empty. Of the columns behind the last one
   nothing is said again, and of a document no more than MERGED_AGAIN_MAX bytes. */
enum { MERGED_COLUMNS_MAX = 64, MERGED_LABEL_BYTES = 80, MERGED_AGAIN_MAX = 1 << 20 };

/* How emit_block treats blanks. FLOW: runs of blanks and newlines become one blank, ends are
   trimmed. LINES: newlines and indentation stay, blanks at line ends and empty outer lines go; the
   block's line moves on by the lines that were dropped in front. */
typedef enum EmitMode { EMIT_FLOW, EMIT_LINES } EmitMode;

typedef struct EmitAt {
    BlockKind kind;
    int level;
    uint32_t page, line;
    EmitMode mode;
} EmitAt;

/* Appends a block to doc after cleaning; one that is empty then adds nothing. E_LIMIT: the document
   is larger than a ceiling of doc.h. */
Status emit_block(Doc *doc, EmitAt at, Str text, Err *err) WARN_UNUSED;

/* A paragraph "[not read: WHAT]": what a limit of a reader left out is said in the document itself.
   what: at most 100 bytes. */
Status emit_left_out(Doc *doc, uint32_t line, const char *what, Err *err) WARN_UNUSED;

/* Sets *field (title, author, date, format) to one cleaned line of at most 512 bytes; empty: NULL.
   What stood there is freed. */
Status emit_meta(char **field, Str text, Err *err) WARN_UNUSED;
/* "2024-03-01T10:00:00Z", "20240301", "1 Mar 2024", "Mar 1, 2024", "D:20240301..." -> "2024-03-01"
   in out; false when no date is read. */
bool emit_date(Str text, char out[CALENDAR_ISO_BYTES]);

/* Counts lines: the number of '\n' in text. */
uint32_t count_lines(Str text);

#endif
