/*
 * Title, author and date of a package: docProps/core.xml, meta.xml or an e-book's metadata.
 *
 * All three are made of Dublin Core elements, so that one reader does: the first title and author
 * that are not empty count, and the day of the last change rather than that of the making.
 *
 * Sources: ECMA-376 part 2, 11.1; ODF 1.3 part 3, 4.3; EPUB 3.3, 5.5.3.
 */
#include "knowledge/read/clean.h"
#include "knowledge/read/read.h"
#include "knowledge/read/xml.h"

enum { VALUE_MAX = 4096 };

typedef struct Core {
    Doc *doc;
    char **field; /* where the open element's words go; NULL: nowhere */
    bool changed; /* the date in doc is that of the last change */
    bool change;  /* the open element is such a date */
    Buf words;
} Core;

/* Which field the element's words are for. The day of making is taken until one of a change
   comes. */
static Status core_open(void *user, const char *name, const char *const *attrs, Err *err) {
    Core *c = user;
    Doc *doc = c->doc;
    bool made = strcmp(name, "created") == 0 || strcmp(name, "creation-date") == 0;
    c->change = strcmp(name, "modified") == 0 || strcmp(name, "date") == 0;
    c->field = NULL;
    if (strcmp(name, "title") == 0 && !doc->title) c->field = &doc->title;
    if (strcmp(name, "creator") == 0 && !doc->author) c->field = &doc->author;
    if ((c->change && !c->changed) || (made && !doc->date)) c->field = &doc->date;
    buf_clear(&c->words);
    return OK;
}

static Status core_text(void *user, Str text, Err *err) {
    Core *c = user;
    if (c->field && c->words.n < VALUE_MAX) buf_add_str(&c->words, text);
    return OK;
}

/* An element inside the open one has taken its place: such words are dropped. */
static Status core_close(void *user, const char *name, Err *err) {
    Core *c = user;
    char **field = c->field, date[11];
    c->field = NULL;
    if (!field) return OK;
    Str value = buf_str(&c->words);
    if (field != &c->doc->date) return emit_meta(field, value, err);
    if (!emit_date(value, date)) return OK;
    c->changed = c->change;
    return emit_meta(field, str_from(date), err);
}

void read_core(Str xml, Doc *doc) {
    Core c = {.doc = doc};
    XmlEvents events = {core_open, core_close, core_text, &c};
    buf_init(&c.words, DOC_TEXT_MAX);
    if (xml.n && xml_parse(xml, "metadata", &events, NULL) != OK) c.field = NULL;
    buf_fini(&c.words);
}
