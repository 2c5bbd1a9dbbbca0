/*
 * The body of xml.h.
 *
 * Office formats never declare a document type, so the first sign of one ends the parse: that takes
 * away entity expansion ("billion laughs") and external entities together. All memory comes from
 * base.
 *
 * Source: XML 1.0 (5th ed.) 2.8, 4.2; expat's reference, "security" section.
 *
 * Handlers see "p" for <w:p> and <text:p> alike: a reader knows which document it is in. Where two
 * prefixes give one name, as the two ids of a slide, it tells them apart itself (pptx.c).
 */
#include "knowledge/read/xml.h"

#include <assert.h>
#include <expat.h>
#include <inttypes.h>

#include "base/mem.h"

typedef struct Xml {
    XML_Parser parser;
    const XmlEvents *events;
    Status status;
    Err *err;
    const char *what;
    int depth;
} Xml;

/* The name behind its prefix. */
static const char *local(const char *name) {
    const char *colon = strrchr(name, ':');
    return colon ? colon + 1 : name;
}

const char *xml_attr(const char *const *attrs, const char *name) {
    for (size_t i = 0; attrs[i]; i += 2) {
        if (strcmp(local(attrs[i]), name) == 0) return attrs[i + 1];
    }
    return NULL;
}

bool xml_is(const char *name, const char *other) {
    return strcmp(name, other) == 0;
}

/* Through the one door for numbers, so that no attribute can be out of bounds. */
uint32_t xml_number(const char *value, uint32_t max, uint32_t fallback) {
    int64_t n;
    if (!value || num_parse_int(str_from(value), 0, max, "n", "", &n, NULL) != OK) return fallback;
    return (uint32_t)n;
}

Status xml_ignore_close(void *user, const char *name, Err *err) {
    return OK;
}

Status xml_ignore_text(void *user, Str text, Err *err) {
    return OK;
}

/* Ends the parse with the first failure. expat may still deliver what it has begun: the handlers
   look at the status. */
static void stop(Xml *x, Status status) {
    if (status == OK || x->status != OK) return;
    x->status = status;
    (void)XML_StopParser(x->parser, XML_FALSE);
}

/* Depth is counted here, not by expat: our readers keep state by it. */
static void on_open(void *user, const char *name, const char **attrs) {
    Xml *x = user;
    if (x->status != OK) return;
    if (++x->depth > XML_DEPTH_MAX) {
        stop(x, err_set(x->err, E_LIMIT, "%s: XML nested deeper than %d", x->what, XML_DEPTH_MAX));
        return;
    }
    stop(x, x->events->open(x->events->user, local(name), (const char *const *)attrs, x->err));
}

static void on_close(void *user, const char *name) {
    Xml *x = user;
    assert(x->depth > 0 || x->status != OK); /* expat closes what it opened */
    x->depth--;
    if (x->status == OK) stop(x, x->events->close(x->events->user, local(name), x->err));
}

static void on_text(void *user, const char *text, int n) {
    Xml *x = user;
    Str s = {text, (size_t)n};
    if (x->status == OK) stop(x, x->events->text(x->events->user, s, x->err));
}

static void on_doctype(void *user, const char *name, const char *system, const char *public_id,
                       int internal) {
    Xml *x = user;
    (void)name;
    (void)system;
    (void)public_id;
    (void)internal;
    stop(x,
         err_set(x->err, E_CORRUPT, "%s: declares a document type, as entity bombs do", x->what));
}

/* From expat 2.9 on the older name is deprecated. */
static uint64_t line_of(XML_Parser parser) {
#if XML_MAJOR_VERSION > 2 || XML_MINOR_VERSION >= 9
    return XML_GetCurrentLineNumber64(parser);
#else
    return XML_GetCurrentLineNumber(parser);
#endif
}

/* In steps, since XML_Parse takes an int. */
static Status feed(Xml *x, Str bytes) {
    enum { STEP = 1 << 20 };
    for (size_t at = 0;;) {
        assert(at <= bytes.n);
        size_t n = bytes.n - at < STEP ? bytes.n - at : STEP;
        bool last = at + n == bytes.n;
        enum XML_Status rc = XML_Parse(x->parser, bytes.p ? bytes.p + at : "", (int)n, last);
        if (x->status != OK) return x->status;
        if (rc != XML_STATUS_OK) {
            enum XML_Error code = XML_GetErrorCode(x->parser);
            if (code == XML_ERROR_NO_MEMORY) return err_no_memory(x->err, x->what);
            return err_set(x->err, E_CORRUPT, "%s: damaged XML at line %" PRIu64 ": %s", x->what,
                           line_of(x->parser), XML_ErrorString(code));
        }
        at += n;
        if (last) return OK;
    }
}

Status xml_parse(Str bytes, const char *what, const XmlEvents *events, Err *err) {
    static const XML_Memory_Handling_Suite memory = {mem_alloc, mem_realloc, mem_free};
    Xml x = {.events = events, .err = err, .what = what};
    x.parser = XML_ParserCreate_MM(NULL, &memory, NULL);
    if (!x.parser) return err_no_memory(err, what);
    XML_SetUserData(x.parser, &x);
    XML_SetElementHandler(x.parser, on_open, on_close);
    XML_SetCharacterDataHandler(x.parser, on_text);
    XML_SetStartDoctypeDeclHandler(x.parser, on_doctype);
    Status status = feed(&x, bytes);
    XML_ParserFree(x.parser);
    return status;
}
