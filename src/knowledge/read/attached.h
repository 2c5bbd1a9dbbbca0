/*
 * The files attached to a mail, whatever kind of mail it is, or packed in an archive: named in a
 * last block, and read.
 */
#ifndef HEARTH_KNOWLEDGE_READ_ATTACHED_H
#define HEARTH_KNOWLEDGE_READ_ATTACHED_H

#include "knowledge/doc.h"

typedef struct Attached {
    Doc *doc;
    Buf names; /* the block that attached_end writes */
    Buf subject; /* of the mail at hand */
    uint8_t within; /* what the files lie in: DOC_IN_MAIL, or DOC_IN_ARCHIVE if its owner says so */
    size_t unnamed; /* files whose names no longer fitted */
    Err *err;
} Attached;

/* For one mail; `doc` and `err` are borrowed until attached_fini. */
void attached_init(Attached *a, Doc *doc, Err *err);
/* Frees what was gathered; what attached_end has not written is lost. */
void attached_fini(Attached *a);
/* The mail at hand is about this, which names a PDF in it that has a common name ("scan.pdf"). */
void attached_subject(Attached *a, Str subject);
/* One file: its name (may be empty), then what is in it, which begins at `line` of the mail's file.
   Takes what is in `bytes` where it is kept for later. */
void attached_name(Attached *a, Str name);
/* Says behind the last name why that file is not read. */
void attached_unread(Attached *a, const char *why);
/* E_NO_MEMORY and what appending to the document refuses; a file that cannot be read is OK and
   named with its reason. */
Status attached_open(Attached *a, Str name, uint32_t line, Buf *bytes) WARN_UNUSED;
/* The block that names them; the next mail begins with none. */
Status attached_end(Attached *a) WARN_UNUSED;

#endif
