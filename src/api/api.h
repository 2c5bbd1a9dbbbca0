/*
 * What the files of api/ share: the handle behind `hearth` and the translation of errors.
 *
 * api/ is thin: it turns the public structs of include/hearth.h into calls of the rooms behind and
 * copies what must outlive them. hearth_status and Status are the same numbers (checked below).
 */
#ifndef HEARTH_API_API_H
#define HEARTH_API_API_H

#include "hearth.h"
#include "turn/turn.h"

struct hearth {
    Rig *rig; /* ours, from hearth_open to hearth_close; never NULL */
    Scanner *scanner; /* made by the first scan */
    hearth_passphrase_fn passphrase; /* may be NULL */
    void *passphrase_user; /* the caller's */
    hearth_progress_fn on_packing; /* may be NULL */
    void *on_packing_user; /* the caller's */
};

/* seal.c: asks for the passphrase of a sealed home; user is the hearth. */
int api_ask_to_open(void *user, char *out, size_t max);

_Static_assert((int)HEARTH_OK == (int)OK && (int)HEARTH_NOT_FOUND == (int)E_NOT_FOUND &&
                   (int)HEARTH_REMOTE == (int)E_REMOTE && (int)HEARTH_LIMIT == (int)E_LIMIT &&
                   (int)HEARTH_IO == (int)E_IO && (int)HEARTH_CANCELLED == (int)E_CANCELLED,
               "hearth_status mirrors Status");

/* Copies *from into *err (which may be NULL) and returns the status. OK leaves *err alone, and
   *from is not read. The only way in which a status leaves this room with its words. */
hearth_status api_fail(Status status, const Err *from, hearth_error *err);
/* Copies *options (NULL: none) over *own, which holds the defaults: as much of it as both sides
   know. Structs of options begin with `size_t size`; E_USAGE: it was never filled. */
Status api_options(void *own, size_t size, const void *options, Err *err) WARN_UNUSED;
/* A number that a caller said, within [min,max]; else E_USAGE, also of a NaN. The terminal has a
   table of bounds for what is typed; a library's caller meets them here. */
Status api_range(const char *what, double value, double min, double max, Err *err) WARN_UNUSED;
/* Moves a text out to a caller, who frees it with hearth_free; `from` is empty then. `what` names
   it in an error. On failure `from` keeps it, and nothing is handed out. */
Status api_text(Buf *from, const char *what, char **text, size_t *n, Err *err) WARN_UNUSED;
/* answers.c: a hit from its byte `from` on for the outside, its texts in the arena; .path or .text
   is NULL when that is full. */
hearth_passage api_passage(const SearchHit *hit, size_t from, Arena *arena);
/* route.c: a turn's decision, for the outside. */
void api_routing(const Turn *turn, hearth_routing *out);
/* aigc.c: the label of generated content, in the arena; producer NULL: none is wanted. No label
   either, and OK, where no model wrote anything. */
Status api_aigc(const Turn *turn, const char *producer, Arena *arena, hearth_answer *out,
                Err *err) WARN_UNUSED;

/* TRY for functions of hearth.h: what owns nothing yet leaves by it. `from` is the Err that expr
   fills. What owns something keeps the status and leaves at its end, through api_fail. */
#define API_TRY(expr, from, err)                                                                   \
    do {                                                                                           \
        Status api_status_ = (expr);                                                               \
        if (api_status_ != OK) return api_fail(api_status_, (from), (err));                        \
    } while (0)

#endif
