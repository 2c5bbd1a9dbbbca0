/*
 * Which characters do these bytes mean? Detection and conversion to UTF-8.
 *
 * In order: a byte order mark; strict UTF-8; UTF-16 without a mark (by its zero bytes, or by how
 * many pairs are common characters); the label that the document itself gives; then, since bytes
 * decide over names, a guess by the statistics of letters and pairs (charset_guess.c). A label that
 * says Windows-1252 or ASCII is believed where the guess is no set of byte pairs.
 *
 * iconv(3) loads its tables from files, which the locked reader may not open: charset_warm_up()
 * opens every converter beforehand.
 */
#ifndef HEARTH_KNOWLEDGE_READ_CHARSET_H
#define HEARTH_KNOWLEDGE_READ_CHARSET_H

#include "base/text.h"

/* Before the walls close, once in a process; a converter that this system lacks is left out. */
void charset_warm_up(void);

/* The canonical name for a label of HTML or MIME ("gb2312" -> "GB18030"); NULL: unknown. */
const char *charset_find(Str label);

/* The charset of bytes; label (may be empty) is what the document says. NULL: this is no text. */
const char *charset_detect(Str bytes, Str label);

/* Appends bytes, written in `charset` (from one of the two above), as UTF-8 with U+FFFD for what is
   malformed. E_UNSUPPORTED: more than one character in ten is malformed. */
Status charset_decode(Str bytes, const char *charset, Buf *out, Err *err) WARN_UNUSED;
/* As above, however much is malformed; what goes wrong is told by `out`. */
void charset_add(Buf *out, Str bytes, const char *charset);
/* The name of a Windows code page's charset; "CP1252" where we have none. */
const char *charset_of_codepage(unsigned codepage);

#endif
