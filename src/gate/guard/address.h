/*
 * Addresses in what an endpoint wrote: what a reader of Markdown or HTML would fetch by itself, or
 * run, however it is disguised (address.c says what that is).
 */
#ifndef HEARTH_GATE_GUARD_ADDRESS_H
#define HEARTH_GATE_GUARD_ADDRESS_H

#include "base/text.h"

enum { ADDRESS_MAX = 64 << 10 }; /* bytes of one; what follows them is not looked at */

typedef struct Address {
    size_t begin, end; /* marks of a sentence at its end are not its own */
    size_t reach;      /* up to here it could go on; the text's end: it is not closed */
    bool base;         /* a tag that turns every other link into an address */
} Address;

/* A text with its disguises read; the bytes of the text are borrowed. */
typedef struct AddressView {
    Str text;
    Buf plain;    /* what a reader makes of it; with what is in a tag marked */
    Buf place;    /* uint32_t[plain.n + 1], where each byte of it begins in the text */
    bool json;    /* the text stands in JSON's strings */
    bool based;   /* a <base> was there: links without a host are addresses, too */
} AddressView;

/* Reads the disguises of a text of less than 4 GiB; json: it stands inside JSON's strings.
   E_NO_MEMORY, and then there is nothing to fini. Takes about five bytes for each of the text. */
Status address_view_init(AddressView *view, Str text, bool json, Err *err) WARN_UNUSED;
void address_view_fini(AddressView *view); /* the text stays the caller's */
/* The first one that begins at or after byte `from`; false: there is none. */
bool address_next(const AddressView *view, size_t from, Address *out);

/* The same for a stream: is its end inside of an address? It looks at the ends of blocks and when
   it is asked: how the stream is cut changes nothing. */
typedef struct AddressWatch {
    Buf recent;     /* of the stream */
    size_t block;   /* bytes of the block that has begun */
    size_t looked;  /* bytes of `recent` that were looked at */
    size_t settled; /* no address that is still open begins before */
    bool json, based, open;
    char tag;       /* what a look needs of the text before `settled` begins inside of: a tag ... */
    char fence;     /* of the open one (address.c) */
    int brackets[2];
    size_t open_bytes;
} AddressWatch;

/* At a stream's beginning; it keeps some 8 KiB of it. */
void address_watch_init(AddressWatch *watch, bool json);
void address_watch_fini(AddressWatch *watch); /* zeros are fine */
/* The next bytes, of any size. E_NO_MEMORY: what it says from then on is not to be relied on. */
Status address_watch_feed(AddressWatch *watch, Str piece, Err *err) WARN_UNUSED;
/* *open: an address has begun and is not closed by what was fed so far. */
Status address_watch_open(AddressWatch *watch, bool *open, Err *err) WARN_UNUSED;

#endif
