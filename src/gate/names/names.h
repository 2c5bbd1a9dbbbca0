/*
 * The tagger: finds names in running text (people, addresses, firms, places, dates of birth,
 * health, finance and other things that nobody else should know), where no format and no check
 * digit helps.
 *
 * It reads the folded view of a text (scan/fold.h) sentence by sentence and labels its units (a Han
 * sign, a word, a number, a mark) by a linear model over their neighbourhood: units.c cuts,
 * features.c looks around, viterbi.c decides, model.c holds what was learned, tag.c does it all in
 * turn. train.c learns; it is part of the tool that makes the model, not of the program.
 *
 * Promises: time is linear in the text; memory is fixed (one sentence of NAMES_UNITS units); any
 * bytes are read; the same text gives the same names. The model that ships is part of the program;
 * if it cannot be read, no tagger is made, and who needs one must fail.
 */
#ifndef HEARTH_GATE_NAMES_NAMES_H
#define HEARTH_GATE_NAMES_NAMES_H

#include "base/text.h"

enum {
    NAMES_TYPES_MAX = 12,   /* types of one model */
    NAMES_UNITS = 256,      /* of a sentence; a longer one is cut */
    NAMES_BYTES = 16 << 10, /* of a sentence, blanks included; a longer one is cut */
    NAMES_UNIT_BYTES = 64   /* of one unit; a longer word is cut */
};

typedef struct NamesModel NamesModel; /* immutable; may be shared */
typedef struct Names Names;           /* scratch of one thread */

typedef struct NameSpan {
    uint32_t at, end; /* bytes of the view */
    uint32_t wide_at, wide_end; /* with words in capitals beside it that are none of every day */
    uint8_t type;     /* as the model's maker numbered it: a ScanType in the one that ships */
    bool plain;       /* one word of the lexicon that is no noun and no name */
    bool listed;      /* Latin words that are all known as names, none as a word of every day */
    bool known;       /* one of its Latin words is known as a person's name */
    bool coded;       /* one of its words is made of words of every day: "getUserName" */
    float score;      /* 0..1: how often such a find is right */
} NameSpan;

typedef struct NameSink {
    void (*take)(void *user, const NameSpan *span);
    void *user;
} NameSink;

/* `bytes` are borrowed for the model's life. E_CORRUPT, E_UNSUPPORTED: no model of this build. */
Status names_model_read(Str bytes, NamesModel **out, Err *err) WARN_UNUSED;
void names_model_free(NamesModel *model); /* NULL is fine */
Str names_model_built_in(void);           /* the bytes that ship */
/* The model that ships: read and checked once, for all of the process. */
Status names_model_shared(const NamesModel **out, Err *err) WARN_UNUSED;

/* Whether a text is in scripts that the tagger has not learned: Arabic, Cyrillic, kana ... */
bool names_is_strange(Str text);

/* Scratch of some hundred KiB; `model` is borrowed until names_free. E_NO_MEMORY. */
Status names_new(const NamesModel *model, Names **out, Err *err) WARN_UNUSED;
void names_free(Names *names); /* NULL is fine */
/*
 * Tags the sentences of the view from `from` on and returns where it stopped: the view's end if it
 * is `whole`, else the beginning of a last sentence that may go on. Spans come in order and do not
 * overlap.
 */
uint32_t names_tag(Names *names, Str view, uint32_t from, bool whole, const NameSink *sink);
/* Is a word of letters on the model's lists of people? */
bool names_knows(const NamesModel *model, Str word);
/* Is a word of letters one of every day in English, whether it is a name, too, or not? */
bool names_has_word(const NamesModel *model, Str word);

#endif
