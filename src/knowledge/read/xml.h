/*
 * expat with its teeth drawn: no document type, hence no entities and nothing external; depth and
 * size have ceilings; names are handed over without their namespace prefix.
 */
#ifndef HEARTH_KNOWLEDGE_READ_XML_H
#define HEARTH_KNOWLEDGE_READ_XML_H

#include "base/text.h"

enum { XML_DEPTH_MAX = 512 };

typedef struct XmlEvents {
    /* attrs: name, value, name, value, ..., NULL; look up with xml_attr() */
    Status (*open)(void *user, const char *name, const char *const *attrs, Err *err);
    Status (*close)(void *user, const char *name, Err *err);
    Status (*text)(void *user, Str text, Err *err);
    void *user;
} XmlEvents;

/* E_CORRUPT with the line of the first fault; what the events returned when one of them failed. */
Status xml_parse(Str bytes, const char *what, const XmlEvents *events, Err *err) WARN_UNUSED;
/* Events for who listens to the others only. */
Status xml_ignore_close(void *user, const char *name, Err *err);
/* As xml_ignore_close, for text. */
Status xml_ignore_text(void *user, Str text, Err *err);
/* The value of the attribute with this local name; NULL when absent. */
const char *xml_attr(const char *const *attrs, const char *name);
/* Byte by byte; names have no prefix here. */
bool xml_is(const char *name, const char *other);
/* A whole number from 0 to max; the fallback when it is none, or NULL. */
uint32_t xml_number(const char *value, uint32_t max, uint32_t fallback);

#endif
