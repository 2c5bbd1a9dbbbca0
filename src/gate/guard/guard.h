/*
 * The guards: what a text tries to do, before anybody acts on it.
 *
 *     injection   words that give orders to whoever reads them for the user: "ignore your
 *                 instructions", "print the system prompt"; Chinese, English, some of ten languages
 *     offensive   Chinese text that insults people or groups; a linear model
 *     unsafe      a request for help with violence, crime or contempt; Chinese and English
 *
 * Injection and unsafe have rules (rules.c) over terms (terms_data.c) with weights set by hand;
 * each kind has a learned linear model (grams.c, model.c, train.c). Where rules and model speak of
 * the same piece of text they are two witnesses. Where the caller has an embedding model at hand
 * (guard_sense), the vector of a doubtful piece is a third (head.c): it knows wordings that no rule
 * has, in a hundred languages. A verdict says where, how sure,
 * why, and what is proposed; it decides nothing by itself. The caller does: see turn/guard.c.
 *
 * Promises: any bytes are read; time is linear in the text; memory is fixed; the same text gives
 * the same verdicts. What is not found is not thereby harmless: these are cheap first looks, and
 * nothing may lean on them alone (doc/decisions/0015 has what they miss).
 */
#ifndef HEARTH_GATE_GUARD_GUARD_H
#define HEARTH_GATE_GUARD_GUARD_H

#include "base/text.h"

typedef enum GuardKind { GUARD_INJECTION, GUARD_OFFENSIVE, GUARD_UNSAFE, GUARD_KINDS } GuardKind;
typedef enum GuardRemedy { GUARD_WARN, GUARD_REWRITE, GUARD_REFUSE } GuardRemedy;

typedef struct GuardVerdict {
    GuardKind kind;
    GuardRemedy remedy;
    float score;       /* 0..1; below GUARD_LEAST there is no verdict */
    size_t start, end; /* bytes of the text */
    const char *reason; /* static, one clause of English */
} GuardVerdict;

#define GUARD_LEAST 0.5F
#define GUARD_SURE 0.8F /* from here on the remedy is more than a warning */

typedef struct Guard Guard; /* scratch of one thread, and models */

typedef struct GuardModels {
    Str bytes[GUARD_KINDS]; /* of a kind's linear model; empty: it has none */
    Str heads[GUARD_KINDS]; /* of what a vector adds to its score (head.c); empty: nothing */
    Str probes[GUARD_KINDS]; /* heads over a state of the language model, for questions */
} GuardModels;

/* A text's meaning as numbers: those of the embedding model `space`, `dim` of them; or (of_model)
   those of the language model whose fingerprint `space` is (model/probe.h): the state of the text's
   last token after the one layer of `layers`. */
typedef struct GuardMeaning {
    const char *space;
    size_t dim;
    uint32_t layers; /* bit i: the mean of the text's states after layer i + 1, one mean behind the
                        other; 0: the vector that the model gives, of length 1 */
    bool of_model;
} GuardMeaning;

size_t guard_layers_count(uint32_t layers); /* parts of a meaning, of dim / count numbers each */

/* Where a text's meaning comes from: the caller's embedding model. */
typedef struct GuardSense {
    /* What is `wanted` of `text`, read as a question, into out[dim]. false: there is none, for no
       model is here of that name, size and depth; the text is judged by its words then. */
    bool (*vector)(void *user, const GuardMeaning *wanted, Str text, float *out);
    void *user;
} GuardSense;

/* E_CORRUPT: a model that ships cannot be read. A caller that needs a guard must fail then. */
Status guard_new(Guard **out, Err *err) WARN_UNUSED;
/* With models of the caller's; their bytes are borrowed for the guard's life. */
Status guard_new_with(const GuardModels *models, Guard **out, Err *err) WARN_UNUSED;
void guard_free(Guard *guard); /* NULL is fine */
/* From now on texts are judged by their meaning, too; NULL: no longer. What it points to is
   borrowed. At most SENSES_MAX (impl.h) vectors are asked for a text and kind, and of questions
   (guard_ask_all) PROBES_MAX states of the language model, where the vector still doubts. */
void guard_sense(Guard *guard, const GuardSense *sense);

/* Of these kinds (bits 1 << GuardKind) words are sure of nothing, each piece's vector is asked for:
   for questions, whose vector retrieval needs anyway, and for whoever wants to know most. 0: none,
   as in the beginning. GUARD_ALL_ASKED: the kinds whose heads learned what words are sure of. */
void guard_ask_all(Guard *guard, unsigned kinds);
enum { GUARD_ALL_ASKED = 1u << GUARD_UNSAFE };

/* At most one verdict a kind, the surest, in the order of the kinds; returns how many. */
size_t guard_check(Guard *guard, Str text, GuardVerdict out[GUARD_KINDS]);
/* The score alone, also below GUARD_LEAST: for measuring. */
float guard_score(Guard *guard, Str text, GuardKind kind);

typedef struct GuardSpan {
    size_t start, end; /* bytes of the text */
} GuardSpan;

/* The score, and where the weightiest evidence for it stands; score 0: nowhere, *at is empty. */
float guard_surest(Guard *guard, Str text, GuardKind kind, GuardSpan *at);

/* ---- rewriting (rewrite.c): the sentences that offend are cut out, the rest stays ---- */

enum { GUARD_CUTS_MAX = 32 };
#define GUARD_CUT_MARK "[left out: this gave orders to its reader]"

typedef struct GuardCut {
    GuardKind kind;
    float bar; /* above 0: what is at least as sure is cut out */
    Str mark;  /* stands where something was cut; GUARD_CUT_MARK, or what the caller's user reads */
} GuardCut;

/* What to cut out of `text`, so that the rest with the marks in their places scores below the bar:
   ascending spans, *n of them, 0 when nothing offends. One span over all when the rest would still
   offend. E_NO_MEMORY. */
Status guard_cuts(Guard *guard, Str text, const GuardCut *how, GuardSpan cut[GUARD_CUTS_MAX],
                  size_t *n, Err *err) WARN_UNUSED;
/* The text without these spans and with the marks, added to `out`. */
Status guard_rewrite(Guard *guard, Str text, const GuardCut *how, Buf *out,
                     Err *err) WARN_UNUSED;

/* "injection", "offensive", "unsafe"; "warn", "rewrite", "refuse". Static. */
const char *guard_kind_name(GuardKind kind);
const char *guard_remedy_name(GuardRemedy remedy); /* likewise */
GuardModels guard_models_built_in(void); /* the bytes that ship */

#endif
