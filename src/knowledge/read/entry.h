/*
 * One event, task or contact while its properties come: labelled lines, each of which knows the
 * line of the file that it is from, in the order in which people want to read them.
 *
 * Labels are English, and where the title is Chinese also Chinese: whoever asks in Chinese asks for
 * the telephone by that word, and no other word of such an entry says what its numbers are.
 */
#ifndef HEARTH_KNOWLEDGE_READ_ENTRY_H
#define HEARTH_KNOWLEDGE_READ_ENTRY_H

#include "knowledge/doc.h"
#include "knowledge/read/content.h"
#include "knowledge/read/when.h"

enum { ENTRY_FIELDS_MAX = 2000, ENTRY_SLOTS = 32 };

/* A label in both languages. */
typedef struct Label {
    const char *en, *zh;
} Label;

typedef struct EntryField {
    uint32_t start, end; /* of Entry.text: what follows the label, " (work): 12" */
    uint32_t line;
    uint8_t slot; /* its place in the order, < ENTRY_SLOTS */
    Label label;
} EntryField;

typedef enum EntryKind {
    ENTRY_NONE,
    ENTRY_EVENT,
    ENTRY_TASK,
    ENTRY_JOURNAL,
    ENTRY_CONTACT
} EntryKind;

typedef struct Entry {
    EntryKind kind;
    uint32_t line;  /* where it begins */
    Buf title;      /* one line */
    bool named;     /* it is a contact's whole name, not put together of parts */
    Buf text;
    EntryField *fields;
    size_t n, cap;
    unsigned cut;   /* properties that are too long or too many */
    Moment start, end;
    int64_t seconds; /* how long, where the end is not said; 0: not said */
    uint32_t start_line;
} Entry;

typedef struct EntryPlace {
    unsigned slot;
    uint32_t line;
    Label label;
} EntryPlace;
/* "LABEL (kinds): text". Empty text leaves nothing. Fields of one slot keep their order. `text` is
   clean and has no empty lines. */
Status entry_add(Entry *e, EntryPlace at, Str kinds, Str text, Err *err) WARN_UNUSED;

/* One property of a contact (contact.c). */
Status contact_take(Entry *e, const Property *p, Err *err) WARN_UNUSED;

#endif
