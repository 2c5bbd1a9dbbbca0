/*
 * A question set: what is asked, the words of the documents that answer it, and where they stand.
 *
 * The file is the user's own, JSON lines (one object a line, RFC 8259), to be read and edited:
 *
 *   {"question":"When was the house built?","gold":"1868","kind":"date",
 *    "file":"/home/ann/manual.html","start":512,"end":516}
 *
 * start and end are bytes of the file's extracted text (`hearth show`). A question that the
 * documents do not answer has kind "unanswerable" and neither gold nor place; its file is the one
 * whose words it borrows. Blank lines are passed over, keys that are not known are an error: a
 * typing mistake must not be silent.
 */
#ifndef HEARTH_LAB_SET_H
#define HEARTH_LAB_SET_H

#include <stdatomic.h>

#include "base/mem.h"
#include "knowledge/store.h"
#include "lab/question.h"

enum {
    LAB_ITEMS_MAX = 2000,
    LAB_SET_BYTES_MAX = 16 << 20,
    LAB_LINE_MAX = 64 << 10,
    LAB_ID = 17 /* 16 hexadecimal digits and a NUL */
};

typedef struct LabItem {
    char id[LAB_ID]; /* of question, gold and place: the same words, the same id */
    Str question, gold, file;
    uint64_t start, end;
    LabKind kind;
} LabItem;

/* Questions in their order; a set's name (result.h) depends on it. */
typedef struct LabSet {
    LabItem *items; /* all in the caller's arena */
    size_t n;
} LabSet;

typedef struct LabMakeOptions {
    size_t n;      /* items wanted, 1..LAB_ITEMS_MAX: about a fifth of them unanswerable */
    uint64_t seed; /* the same store, n and seed make the same set */
    const atomic_bool *cancel; /* looked at behind each document; NULL: nobody stops it */
} LabMakeOptions;

/* Reads every document of the store. E_NOT_FOUND: no sentence of theirs gives a question;
   E_CANCELLED. Fewer than n items are no error. */
Status lab_set_make(Store *store, const LabMakeOptions *options, Arena *arena, LabSet *out,
                    Err *err) WARN_UNUSED;

/* E_CORRUPT names the line; E_LIMIT. The text may go afterwards. */
Status lab_set_parse(Str text, Arena *arena, LabSet *out, Err *err) WARN_UNUSED;
/* Appends the set as JSON lines that lab_set_parse reads back. E_LIMIT, E_NO_MEMORY: out's. */
Status lab_set_write(const LabSet *set, Buf *out, Err *err) WARN_UNUSED;

#endif
