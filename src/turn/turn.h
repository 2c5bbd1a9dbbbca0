/*
 * Turn: one question's way through the house.
 *
 * A Turn walks a fixed list of steps (turn.c). Each step reads fields that earlier steps filled,
 * fills its own and returns a Status; steps never call each other. What a turn allocates lives in
 * its arena and goes when the turn is closed.
 */
#ifndef HEARTH_TURN_TURN_H
#define HEARTH_TURN_TURN_H

#include "gate/cloud.h"
#include "gate/guard_table.h"
#include "gate/scan/scan.h"
#include "knowledge/search.h"
#include "knowledge/verify.h"
#include "model/generate.h"
#include "model/text/vocab.h"
#include "route/record.h"
#include "turn/instead.h"
#include "turn/rig.h"
#include "turn/work.h"

enum {
    TURN_QUESTION_MAX = 10 << 20, /* bytes; a longer question is refused before anything is read */
    TURN_ARENA_MAX = 256 << 20, /* bytes that a turn may allocate; beyond it is E_NO_MEMORY */
    TURN_SENTENCES_MAX = 256, /* that are cited; text behind them is shown without marks */
    TURN_ATTACHED = -1, /* file_id and chunk_id of the passages of an attached file */
    TURN_ROUNDS_MAX = 3, /* parcels of a delegated question: jobs, further jobs, the answer */
    TURN_FINDINGS_MAX = 16, /* that are handed out; more are acted upon and not told one by one */
    TURN_PROMPT_TOKENS = 800 /* of the default prompt: passages are chosen to fit */
};

typedef struct TurnExchange {
    Str question, answer;
    const Str *sources; /* paths of the documents that the answer was written from; each once */
    size_t n_sources;
    bool here; /* it tells of documents that are not among them: no other machine is told it */
} TurnExchange;

typedef struct TurnSentence {
    Str text;
    int citation; /* index into citations, -1: nothing supports it */
    size_t start, end; /* bytes of the answer */
} TurnSentence;

typedef struct TurnCitation {
    size_t hit;        /* index into found.hits */
    size_t start, end; /* bytes of the document's extracted text */
    Str quote;
    double score;
} TurnCitation;

/* What a guard found, and what was done. The strings are static. */
typedef struct TurnFinding {
    GuardPlace place;
    const char *kind; /* "injection", ...; "leak" */
    GuardAct act;
    double score;
    const char *reason;
} TurnFinding;

typedef struct TurnSink {
    /* Before the model said a word; `from`: the byte of it from where it speaks of the question. */
    void (*best)(void *user, const SearchHit *best, size_t from);
    void (*text)(void *user, Str piece);
    void (*mark)(void *user, int n); /* behind a sentence: its citation, 0: nothing supports it */
    void (*back)(void *user); /* all that text and mark told of this turn does not stand */
    void (*reading)(void *user, size_t done, size_t total); /* passages read for an endpoint */
    void (*prefill)(void *user, size_t done, size_t total); /* tokens the model reads; 0 first */
    void *user;
} TurnSink;

/* What is about to leave this machine for the first time, and for where. */
typedef struct TurnParting {
    const GateEndpoint *endpoint;
    const char *host;
    Str preview; /* every text, masked, as it would leave */
    Str warning; /* what the user should know first; may be empty */
} TurnParting;

/* Log-probabilities of the tokens that the local model wrote, natural logarithm. */
typedef struct TurnDraft {
    double sum, least;
    size_t n;
} TurnDraft;

/* One parcel of a delegated question, and what came of it. */
typedef struct TurnRound {
    uint64_t entry;        /* of the ledger */
    size_t bytes, tokens;  /* of its texts; tokens by the local vocabulary, if there is one */
    GateUsage usage;       /* as the provider says */
    size_t jobs, readings; /* that it asked for; passages read for them */
    size_t unread;         /* passages that were not, for limits or time */
    size_t extracts;       /* places of the documents that were found */
} TurnRound;

/* An answer as it stood when it was taken back. */
typedef struct TurnTaken {
    bool there, refused;
    Str text;
    TurnSentence *sentences;
    TurnCitation *citations;
    size_t n_sentences, n_citations, n_supported;
} TurnTaken;

/* turn_labels: the strictest of the passages that come close to the best one, and of the documents
   that the history's answers were written from. */
typedef struct TurnLabels {
    bool known;
    GateLabel passages, history;
    Str kept_here; /* path of a private document among what would be read; empty: none is */
    Str repeated; /* path of the private document whose words are repeated; empty: none's are */
} TurnLabels;

/* A delegated question's parcels. */
typedef struct TurnDelegation {
    TurnRound rounds[TURN_ROUNDS_MAX];
    size_t n;
    size_t whole_tokens; /* of all passages that the jobs may read, as TurnRound.tokens */
} TurnDelegation;

typedef struct TurnAbout TurnAbout; /* about.c: whom the question names */

typedef struct TurnTimings {
    double sweep_ms, search_ms, load_ms, prefill_ms, first_word_ms, decode_ms, total_ms;
    size_t prompt_tokens, completion_tokens, drafted, accepted;
} TurnTimings;

typedef struct Turn {
    /* given */
    Rig *rig;
    Str question;
    const TurnExchange *history;
    size_t n_history;
    int k, max_tokens;
    SamplerOptions sampler;
    TurnSink sink;
    RouteMode mode;           /* who may be asked; local by default */
    const char *cloud;        /* the endpoint to ask, whatever the mode; NULL: it is decided */
    bool delegate;            /* an endpoint says what to read and never reads itself */
    const char *attach;       /* a file that goes with the question; NULL */
    const char *conversation; /* its surrogates stay the same */
    RouteLabel label;         /* the strictest of the conversation so far; the turn raises it */
    const char *last_cloud;   /* who answered the turn before; NULL: this device */
    RouteLabel question_label; /* personal by default */
    int n_tools;
    bool can_ask; /* `hearth route`: as if somebody could agree */
    double least_certainty; /* below it a local answer is not good enough for the router; 0: off */
    bool (*agree)(void *user, const TurnParting *parting); /* NULL: nobody can be asked */
    void *agree_user;
    /* admit */
    Arena arena;
    double began_ms;
    /* understand */
    Str query;    /* stands alone: follow-ups are completed from the history */
    Str topic;    /* the question that a follow-up leans on; empty when it stands alone */
    bool corrects; /* "no, I meant ...": what was answered before is not to be said again */
    TurnWork work; /* what is wanted; summary.c may take a summary or a list back */
    InsteadStyle style; /* how a summary that is asked for again is wanted */
    bool until;    /* the days until a date are asked for; the question is now that for the date */
    bool more;     /* "more details": the passage itself is the answer, and no model writes */
    bool translates; /* a draft: the text is another one in another language */
    bool pasted;     /* ... which stands in the question itself: no passage is read */
    bool german;  /* the question is: the prompt is German too */
    bool chinese; /* the question holds CJK characters: the prompt is Chinese too */
    /* recall */
    SearchResults found;
    bool whole;     /* they are a document in its order, to be summed up, not what was found */
    size_t n_shown; /* of found.hits: the passages the model is given */
    Verify *verify; /* over the passages found */
    TurnAbout *about; /* NULL: not asked yet */
    Scanner *scanner; /* of names (about.c); NULL: none was needed yet */
    TurnLabels labels;
    /* route, reroute */
    RouteDecision route; /* made when `routed` */
    bool routed;
    RouteInput weighed; /* what it was made from */
    const char *ask; /* the endpoint that is asked next; NULL: none */
    bool ask_user;   /* every time, not only the first */
    bool tried; /* an endpoint was chosen once: if nothing came of it, none is asked again */
    RouteCheck check; /* of what the local model wrote, also where it was taken back */
    uint64_t decision; /* its number in the router's memory; 0: none */
    /* shield */
    GateEndpoint endpoint;
    GateParcel *parcel; /* NULL: nothing leaves this machine */
    GateReport report;
    /* consult */
    bool consulted; /* the text came from the endpoint */
    bool broken;    /* ... which failed in the middle of it */
    GateAnswer consultation;
    /* delegate */
    TurnDelegation delegation;
    /* answer */
    const char *model; /* NULL: no model on this disk */
    TokenList prompt;
    double doubt; /* share of its first word that the model gave to NOT FOUND; NAN: not asked */
    double knows; /* log odds that the passages answer, by its state (knows.h); NAN: unknown */
    double near;   /* log odds that a sentence quoted alone answers it (near.c); NAN: none is */
    TurnDraft draft; /* of the local model; counted when the turn was routed */
    size_t begun; /* bytes of text that were put before the model's own words */
    TurnTaken taken; /* the local answer, while an endpoint is asked instead */
    Buf text;       /* what the model wrote, restored */
    bool model_refused;
    bool echoed; /* ... or it says of the question what no document says (echo.h) */
    size_t shown; /* bytes of text that the sink has */
    size_t cited; /* bytes of text whose sentences were cited */
    size_t n_supported;
    bool changes, changes_known; /* a passage found tells of a change; it was looked for */
    int against; /* 1 + the citation that says the opposite of a sentence, which is gone */
    bool elsewhere; /* a sentence is supported, but by what is said of something else */
    Buf masked; /* what an endpoint wrote, before the user's own words were put back */
    const char *withheld; /* why nothing of the answer may be shown; NULL: it may */
    /* cite */
    bool answered; /* the documents answer the question */
    struct Turn *again; /* found the answer in another language (abroad.h); NULL: none was asked */
    bool abroad;        /* this is such a one */
    bool talked;   /* ... no document was asked: `counted` is true, and no further step comes */
    bool counted;  /* ... by what was counted in them (tally.h), and no model was asked */
    bool here; /* the answer tells of documents that it does not cite, or names files */
    Str answer;    /* text without blanks around it, or the sentence that says there is none */
    TurnSentence *sentences;
    size_t n_sentences;
    TurnCitation *citations;
    size_t n_citations;
    Buf notice;
    TurnFinding findings[TURN_FINDINGS_MAX];
    size_t n_findings;
    TurnTimings timings;
} Turn;

/* Prepares a turn over `rig`; the given fields are then the caller's to set. */
void turn_init(Turn *turn, Rig *rig);
/* Walks the steps up to the decision where the question should be answered, and no further; without
   a store there are no documents. Leaves `route` and `weighed`. */
Status turn_decide(Turn *turn, Err *err) WARN_UNUSED;
/* Walks all steps. The turn must be closed with turn_fini also after a failure. */
Status turn_run(Turn *turn, Err *err) WARN_UNUSED;
/* The one that has the answer: the turn, or its `again`. */
static inline Turn *turn_answering(Turn *turn) { return turn->again ? turn->again : turn; }
/* Frees all that the turn has, its answer too; `rig` and what was given stay. Once, after init. */
void turn_fini(Turn *turn);
/* The notice, for one more sentence behind what it says. Its status is looked at by who writes. */
Buf *turn_notice(Turn *turn);
/* The text as rules of Chinese compare it: folded (base/han.h), with all bytes at their places. */
Str turn_plain(Turn *turn, Str text);

/* The steps, in order. */
/* Sets `began_ms`, trims the question, makes room for sentences and citations. E_USAGE: it is
   empty, or k or least_certainty is out of range; E_LIMIT: it is longer than TURN_QUESTION_MAX. */
Status turn_admit(Turn *turn, Err *err) WARN_UNUSED;
/* Fills `findings` and `notice`; may cut `question`. E_DENIED: the policy refuses it. */
Status turn_guard(Turn *turn, Err *err) WARN_UNUSED;
void understand_language(Turn *turn); /* the guards speak it before */
/* Is it too short to stand alone, or does a word of it point back? The arena is for copies. */
bool understand_leans(Arena *arena, Str question);
/* Fills `query`, `topic`, `work`, `german`, `chinese`; may put a name into `question`. */
Status turn_understand(Turn *turn, Err *err) WARN_UNUSED;
/* Fills `found` (the best first) and `verify`; tells sink.best. Nothing found is no failure.
   E_NOT_FOUND: no documents were added, and no file goes with the question. */
Status turn_recall(Turn *turn, Err *err) WARN_UNUSED;
Status turn_tally(Turn *turn, Err *err) WARN_UNUSED; /* `counted`: no further step */
/* Answers what asks nothing of the documents (talk.h): `counted` and `talked`. */
Status turn_talk(Turn *turn, Err *err) WARN_UNUSED;
/* Fills `route`, `weighed`, `ask`, and raises `label`. E_DENIED: nobody may answer it. */
Status turn_route(Turn *turn, Err *err) WARN_UNUSED;
/* Weighs the local answer. Where another is to be asked: `ask` is set, the answer is in `taken`. */
Status turn_reroute(Turn *turn, Err *err) WARN_UNUSED;
/* With `delegate` and `ask`: the whole exchange; `ask` is NULL then. Fills `delegation`, and `text`
   and `consulted` where an answer came. E_DENIED: nobody agreed, where the user named the
   endpoint. */
Status turn_delegate(Turn *turn, Err *err) WARN_UNUSED;
/* With `ask`: fills `endpoint`, `parcel`, `report`. E_DENIED: the policy or the user says no. */
Status turn_shield(Turn *turn, Err *err) WARN_UNUSED;
/* With `ask`: sends the parcel; `text` grows while the answer comes. Fills `consultation`. */
Status turn_consult(Turn *turn, Err *err) WARN_UNUSED;
/* Fills `model`, `prompt`, `doubt`, `text`. Without a model on this disk `model` stays NULL. */
Status turn_answer(Turn *turn, Err *err) WARN_UNUSED;
/* Fills `answered`, `answer` and the texts of `sentences`. After it nothing in `text` moves. */
Status turn_cite(Turn *turn, Err *err) WARN_UNUSED;
/* Fills `decision`. What cannot be written down is told in the notice and is no failure. */
Status turn_record(Turn *turn, Err *err) WARN_UNUSED;

/* shield.c: turn->parcel for the endpoint turn->ask from messages, schema, max_tokens and why; the
   rest of the request is the turn's. With the user's consent, or E_DENIED. */
Status shield_request(Turn *turn, const GateRequest *what, Err *err) WARN_UNUSED;
/* Where the router wanted it, a no is no failure: the local answer stands, or is written, and the
   notice says why. Where the user named the endpoint, it is one. */
Status shield_denied(Turn *turn, const Err *why, Err *err) WARN_UNUSED;
/* consult.c: what an endpoint answers: prose for the reader, or a list of jobs (delegate.c). */
typedef enum ConsultForm { CONSULT_PROSE, CONSULT_LIST, CONSULT_EITHER } ConsultForm;
/* Asks with turn->parcel. *form: what is awaited, and then what came. Prose goes to the reader
   while it comes; a list is added to `list`, which may be NULL where none is awaited. *its_own:
   what failed is the endpoint's fault, or the way's there: then this device answers. */
Status consult_ask(Turn *turn, ConsultForm *form, Buf *list, bool *its_own,
                   Err *err) WARN_UNUSED;
/* The notice that it does, or that what came by then stands. */
Status consult_without(Turn *turn, const Err *why, Err *err) WARN_UNUSED;
/* The notice alone: why, who answers instead, and the hint where nothing came. */
Status consult_blame(Turn *turn, const Err *why, Err *err) WARN_UNUSED;
/* The endpoint's answer, or what there is of it, stands in turn->text. */
Status consult_end(Turn *turn, Err *err) WARN_UNUSED;
/* answer.c: the next piece of the answer, whoever wrote it. */
Status answer_take(Turn *turn, Str piece, Err *err) WARN_UNUSED;
/* No more pieces come. */
Status answer_end(Turn *turn, Err *err) WARN_UNUSED;
/* cite.c: the words of a passage found that a span marks. */
Str cite_words(const Turn *turn, const VerifySpan *span);
/* cite.c: where a citation stands in its passage; the other way of add_citation. */
VerifySpan cite_span(const Turn *turn, const TurnCitation *cited);
/* cite.c: tells the sink that what it was shown of this answer does not stand; nothing, where it
   was shown nothing. The text itself stays, and may be shown anew (cite_again). */
void cite_take_back(Turn *turn);
/* The same, and neither text nor sentences, citations and the model's refusal stay. */
void cite_forget(Turn *turn);
/* cite.c: the writer between the model and the sink; `last` when no more text comes. */
Status cite_begin(Turn *turn, Err *err) WARN_UNUSED;
/* More stands in turn->text than before: finished sentences are cited, guarded and shown, or the
   text as it comes where no sentence may have to be taken back. May change the text's end. */
Status cite_feed(Turn *turn, bool last, Err *err) WARN_UNUSED;
/* Instead of all that was written and cited: one quote, which is the answer. */
Status cite_instead(Turn *turn, const VerifySpan *span, Err *err) WARN_UNUSED;
/* Does the answer, or a quote that it cites, give the kind of thing that was asked for? */
bool cite_gives(const Turn *turn);
/* Shows a text again whose sentences are cited already (route_give_back). */
void cite_again(Turn *turn);
/* about.c: does the document of hit i name whom the question names, and (Chinese) the year, the
   type and the like that it insists on? True where it names none. */
Status about_fits(Turn *turn, size_t i, bool *fits, Err *err) WARN_UNUSED;
/* The only person that a text names, in the arena; empty: none, or several. */
Status about_person(Turn *turn, Str text, Str *out, Err *err) WARN_UNUSED;
/* about_fits of the people alone. */
Status about_names(Turn *turn, size_t i, bool *fits, Err *err) WARN_UNUSED;
/* decide.c: do the documents answer the question, as far as is known by now? Before the model is
   asked: can they at all? After its first word is weighed: shall it go on? At the end: did it? */
bool decide_hopeless(const Turn *turn);
/* By now, and at the end: is what was written an answer with support? False while nothing was. */
bool decide_answered(const Turn *turn);
/* Do they speak of a question for yes or no, though the model says that they do not? */
bool decide_spoken(const Turn *turn);
/* Is it so plain that they do that a quote, which holds this share of the question's weight, must
   stand in for an answer without support? */
bool decide_plain(const Turn *turn, double share);
/* route.c: is who is named there, and can the user's rules be read? Before anything is shown. */
Status route_ready(Turn *turn, Err *err) WARN_UNUSED;
/* Raises *label to that of a document, or of a file of the same bytes in any store of the home; the
   arena is for paths. */
Status route_label_of(Rig *rig, Arena *arena, Str path, GateLabel *label, Err *err) WARN_UNUSED;
/* Gathers what is weighed and decides; obeys nothing. */
Status route_only(Turn *turn, Err *err) WARN_UNUSED;
/* The signals of a local answer that was weighed only before it was written. */
Status route_signals(Turn *turn, Err *err) WARN_UNUSED;
/* The answer that was taken back stands again, and a notice says why. */
Status route_give_back(Turn *turn, const Err *why, Err *err) WARN_UNUSED;
/* second.c: how far a second sample of the local answer agrees with it, 0..1. */
Status second_sample(Turn *turn, double *agreement, Err *err) WARN_UNUSED;
/* The measure itself, 0..1: F1 over at most 512 words of each; 1 for two texts without words. */
double second_agreement(Str a, Str b);
/* recall.c: what finds passages by their meaning; NULL: there is no embedding model, words do. */
const StoreEmbedder *recall_embedder(Turn *turn);
/* turn->verify over the passages found, as many as it takes. */
Status recall_verify(Turn *turn, Err *err) WARN_UNUSED;
/* newer.c: passages that a later document of the same series has changed go behind all others and
   are not read; a notice says so. */
Status newer_first(Turn *turn, Err *err) WARN_UNUSED;
/* Does a document call itself outdated in its name, first line or status, or lie in a folder of
   old? */
bool newer_outdated(Str path, Str head);
/* Is it asked how something was, at first or before? */
bool newer_asks_before(Str question);
/* A notice for each document cited that is so. */
Status newer_warn(Turn *turn, Err *err) WARN_UNUSED;
/* record.c: what the documents say to the local model's sentences, while they are there. */
void record_check(Turn *turn);
/* attach.c: the passages of turn->attach stand before those found. */
Status attach_passages(Turn *turn, Err *err) WARN_UNUSED;
/* guard.c: takes the passages that give orders to their reader out of found, with a notice. */
Status guard_passages(Turn *turn, Err *err) WARN_UNUSED;
/* Adds a finding, for whoever called us; beyond TURN_FINDINGS_MAX none is kept. Copied. */
void guard_note(Turn *turn, const TurnFinding *finding);
/* The answer as the history of a conversation may hold it. */
Status guard_history(Turn *turn, Str *answer, Err *err) WARN_UNUSED;
/* guard_answer.c: looks at bytes [start,*end) of the text, a sentence that nobody has seen yet, and
   may put a mark in their place (*end moves) or withhold the answer. */
Status guard_sentence(Turn *turn, size_t start, size_t *end, bool supported, Err *err) WARN_UNUSED;
/* Must sentences be whole before they are shown? */
Status guard_holds(Turn *turn, bool *holds, Err *err) WARN_UNUSED;
/* How certain the local answer is, or the local refusal: the mark as a probability, times the share
   of its sentences that find support. 0..1; below 0: no local model answered. After answer. */
double decide_certainty(const Turn *turn);
/* route.c: finds both labels, the first time that it is called. After recall. */
Status turn_labels(Turn *turn, Err *err) WARN_UNUSED;
/* travel.c: raises the labels to private where the question, the history or the passages that come
   close repeat what a private document says. Part of turn_labels. */
Status travel_labels(Turn *turn, Err *err) WARN_UNUSED;
/* The same of all passages in turn->found: more may be read than come close. */
Status travel_passages(Turn *turn, Err *err) WARN_UNUSED;
/* After a refusal: names the private document that would be read, or whose words would leave; else
   adds nothing. */
void travel_say(const Turn *turn, Err *err);
/* cite.c: paths of the documents that the answer may hold words of, each once; in the arena. */
Status turn_sources(Turn *turn, Str **out, size_t *n, Err *err) WARN_UNUSED;
typedef struct Doubt {
    double share;  /* of the first word's probability: refusals */
    int32_t start; /* where a refusal is the likeliest word: the likeliest other one; else -1 */
} Doubt;

/* doubt.c: logits [vocab_size] behind the whole prompt. share is NaN where logits are none. */
Status doubt_weigh(const Vocab *vocab, const float *logits, Doubt *out, Err *err) WARN_UNUSED;

#endif
