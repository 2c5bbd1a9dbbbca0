/*
 * The small codecs of mail: transfer encodings, encoded words, parameters.
 */
#ifndef HEARTH_KNOWLEDGE_READ_MIME_H
#define HEARTH_KNOWLEDGE_READ_MIME_H

#include "base/text.h"

/* Quoted-printable (RFC 2045 6.7) and base64 (6.8), lenient: what is no code stays or is skipped.
 */
void mime_add_quoted(Buf *out, Str text, bool underscore_is_blank);
/* Also the alphabet of URLs; '=' ends a group, and another may follow. */
void mime_add_base64(Buf *out, Str text);
/* A header's value with its encoded words (RFC 2047) as UTF-8; folded lines become blanks. */
void mime_add_header(Buf *out, Str value);
/* `name="value"` or name*=charset''value (RFC 2231) behind the first ';'; false when absent. */
bool mime_param(Str value, const char *name, Buf *out);
bool mime_same(Str a, const char *lower); /* ASCII case does not matter */

#endif
