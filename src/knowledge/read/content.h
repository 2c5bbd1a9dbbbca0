/*
 * Content lines: what calendars (iCalendar, RFC 5545) and contacts (vCard, RFC 6350 and its older
 * versions) are made of. "NAME;PARAMETER=value;...:VALUE", folded over lines of the file.
 */
#ifndef HEARTH_KNOWLEDGE_READ_CONTENT_H
#define HEARTH_KNOWLEDGE_READ_CONTENT_H

#include "base/text.h"

/* One of them, unfolded. Views that the next one ends; UTF-8, cleaned but for `name`. */
typedef struct Property {
    Str name;   /* without the group in front: "TEL" of "item1.TEL"; in any case */
    Str params; /* begins with ';', or is empty */
    Str value;  /* its escapes stand as they are; empty where it is base64 or too long */
    uint32_t line;
    bool cut; /* it is longer than is read */
} Property;

typedef struct Content {
    Str all;
    size_t at;
    uint32_t line;
    const char *charset; /* of values that name none and are no UTF-8 */
    Buf raw, name, params, value;
} Content;

/* `all`: bytes as they are, borrowed until content_fini. */
void content_init(Content *in, Str all);
void content_fini(Content *in);
/* The next property; false at the end, or without memory (content_check). Lines that are none are
   passed over. */
bool content_next(Content *in, Property *out);
Status content_check(const Content *in, Err *err) WARN_UNUSED;

/* The next parameter from *at on, with its quotes gone: "TYPE", "work". One without a name, as
   vCard 2.1 writes them (";WORK"), has an empty key. */
bool content_param(Str params, size_t *at, Str *key, Str *value);
/* The value of this parameter; empty when there is none. */
Str content_find(Str params, const char *lower);

/* The piece of the value up to the next `sign` that no backslash escapes; *at moves behind it. */
bool content_piece(Str value, char sign, size_t *at, Str *piece);
/* Appends a value without its escapes, its lines trimmed, empty ones dropped. `flat`: as one line.
 */
void content_add_words(Buf *out, Str value, bool flat);

#endif
