/*
 * Verify: which words of the documents support a sentence of an answer.
 *
 * A small model cannot cite. It writes sentences; this room finds, for each, the shortest run of
 * sentences (or the table row) of a passage that supports it, or says that there is none.
 */
#ifndef HEARTH_KNOWLEDGE_VERIFY_H
#define HEARTH_KNOWLEDGE_VERIFY_H

#include "base/mem.h"
#include "base/text.h"

enum {
    VERIFY_SPAN_MAX = 400,     /* bytes of a quote */
    VERIFY_RUN_MAX = 3,        /* sentences of a quote */
    VERIFY_PASSAGES_MAX = 128, /* passages looked at */
    VERIFY_TEXT_MAX = 64 << 10 /* bytes of question or sentence looked at; more is E_LIMIT */
};

typedef struct Verify Verify;

typedef struct VerifySpan {
    size_t passage;    /* index into the passages given to verify_new */
    size_t start, end; /* bytes of that passage */
    double score;      /* 0..1: share of the sentence's words, by weight, that stand in the span */
} VerifySpan;

typedef struct VerifyPassage {
    Str text;    /* quotes are bytes of it */
    Str context; /* where it stands (title, headings); never quoted */
} VerifyPassage;

/* Prepares passages (best first; borrowed, must outlive the Verify) and the question they were
   found for. Everything lives in the arena: nothing to free. */
Status verify_new(Arena *arena, const VerifyPassage *passages, size_t n, Str question,
                  Verify **out, Err *err) WARN_UNUSED;

/* *supported and *out: the span that supports the sentence. Every number, date and name of the
   sentence stands in it, and enough of its other words; a name that the question gave may stand in
   the same passage or its title instead. A sentence of few words (a bare "308") must stand near
   words of the question. */
Status verify_sentence(Verify *verify, Str sentence, bool *supported, VerifySpan *out,
                       Err *err) WARN_UNUSED;

/* How much of the question's weight (its words by rarity over the passages) stands in the best
   single run of the best passages: 0..1. Used to decide whether the documents speak of it. */
double verify_question_coverage(const Verify *verify);

/* Does the thing that the question is about (subject.h) stand in one of the passages, or in a line
   that says where it stands? True as well where that cannot be told: the question names no such
   thing, or shares no word at all with the passages, which may be in another language. */
bool verify_subject_stands(const Verify *verify);

/* Do the digits of a number that names what the question is about (subject_code) stand in one of
   the passages, or in a line that says where it stands? True where the question has none. */
bool verify_code_stands(const Verify *verify);

#define VERIFY_ANY SIZE_MAX
/* Does each number of a text stand in a passage (VERIFY_ANY: in one or another), or in the line
   that says where it stands? True of a text without numbers. */
Status verify_numbers_stand(Verify *verify, Str text, size_t passage, bool *stand,
                            Err *err) WARN_UNUSED;

/* Does a text name it, or begin with a pronoun? False as well when the question names no such
   thing. */
Status verify_names_subject(Verify *verify, Str text, bool *named, Err *err) WARN_UNUSED;

/* Is passage `other` much the same as passage `better` (half of their words and more are shared),
   and does it lack words of the question that `better` or its context has, and has none that
   `better` lacks? So are documents of one template. */
bool verify_twin(const Verify *verify, size_t better, size_t other);

/* Are two passages much the same (half of their words and more are shared)? */
bool verify_alike(const Verify *verify, size_t a, size_t b);

/* The largest share of the question's weight in one run of sentences of a passage that lies within
   bytes [start,end) of it: 0..1. */
double verify_share(const Verify *verify, size_t passage, size_t start, size_t end);

/* Where one passage speaks most of the question: from there as many whole sentences as a quote
   holds. Its beginning, where none shares a word with the question. Empty: it has no sentence. */
VerifySpan verify_passage(const Verify *verify, size_t passage);

/* The run of whole sentences of the first n_passages that speaks most of the question and of an
   answer that nothing supports, taken together. Its score is the share of the question's weight in
   it: 0 when no such run shares a word with them. */
Status verify_nearest(Verify *verify, Str answer, size_t n_passages, VerifySpan *out,
                      Err *err) WARN_UNUSED;

#endif
