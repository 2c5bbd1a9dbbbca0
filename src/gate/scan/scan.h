/*
 * The gate's eye: finds what a text would give away, whatever its spelling.
 *
 * A scanner reads UTF-8 once, window by window, in a folded spelling (fold.h), and names what it
 * finds as byte ranges of the original text. Identifiers and secrets are decided by published
 * formats and their check digits; what a format alone cannot decide needs a word near it
 * (context.h). People, addresses, firms, places, dates of birth, health, finance and other personal
 * matters in running text are found by a trained tagger (names/names.h), and the words that the
 * user's own documents name by gate_scanner_learn; what only a model can read (gate/deep.h) by
 * gate_scanner_tell. Where two finds overlap, a format wins over the
 * tagger, which keeps what is left of its find, and an own word over what lies inside it.
 *
 * Promises: time is linear in the text, whatever it holds; memory is bounded by the window and the
 * number of spans; bytes that are not UTF-8 are read over. Spans come sorted and never overlap. A
 * text or a result past its ceiling is E_LIMIT and no spans: a caller that must not leak stops.
 */
#ifndef HEARTH_GATE_SCAN_SCAN_H
#define HEARTH_GATE_SCAN_SCAN_H

#include <stdatomic.h>

#include "gate/names/head.h"

typedef enum ScanType {
    SCAN_PERSON,
    SCAN_ADDRESS,
    SCAN_ORG,
    SCAN_ID,
    SCAN_PHONE,
    SCAN_BANK,
    SCAN_EMAIL,
    SCAN_SECRET,
    SCAN_PLACE,
    SCAN_DATE,
    SCAN_HEALTH,
    SCAN_FINANCE,
    SCAN_OTHER,
    SCAN_TYPE_COUNT
} ScanType;

/* What exactly was found: one row a format. A surrogate needs the kind, a policy the type. */
#define SCAN_KINDS(X)                                                                              \
    X(CN_RESIDENT, "cn_resident_id", ID)                                                           \
    X(CN_CREDIT, "cn_credit_code", ID)                                                             \
    X(CN_PLATE, "cn_plate", ID)                                                                    \
    X(CN_PERMIT, "cn_permit", ID)                                                                  \
    X(CN_OFFICER, "cn_officer_id", ID)                                                             \
    X(CN_ACCOUNT, "cn_social_account", ID)                                                         \
    X(PASSPORT, "passport", ID)                                                                    \
    X(NATIONAL, "national_id", ID)                                                                 \
    X(TAX, "tax_id", ID)                                                                           \
    X(RECORD, "record_number", ID)                                                                 \
    X(DEVICE, "device_id", ID)                                                                     \
    X(NETWORK, "network_address", ID)                                                              \
    X(PHONE, "phone", PHONE)                                                                       \
    X(CARD, "card", BANK)                                                                          \
    X(IBAN, "iban", BANK)                                                                          \
    X(ACCOUNT, "bank_account", BANK)                                                               \
    X(WALLET, "wallet", BANK)                                                                      \
    X(EMAIL, "email", EMAIL)                                                                       \
    X(KEY, "key", SECRET)                                                                          \
    X(PASSWORD, "password", SECRET)                                                                \
    X(TOKEN_URL, "url_with_token", SECRET)                                                         \
    X(POSITION, "position", PLACE)                                                                 \
    X(STREET, "street_address", ADDRESS)                                                           \
    X(NAME, "labelled_name", PERSON)                                                               \
    X(BIRTH, "birth_date", DATE)                                                                   \
    X(AMOUNT, "amount", FINANCE)                                                                   \
    X(LOGIN, "login", ID) /* whose folder or page it is */                                         \
    X(TAG_PERSON, "person", PERSON)                                                                \
    X(TAG_ADDRESS, "address", ADDRESS)                                                             \
    X(TAG_ORG, "organisation", ORG)                                                                \
    X(TAG_PLACE, "place", PLACE)                                                                   \
    X(TAG_DATE, "date", DATE)                                                                      \
    X(TAG_HEALTH, "health", HEALTH)                                                                \
    X(TAG_FINANCE, "finance", FINANCE)                                                             \
    X(TAG_OTHER, "sensitive", OTHER)                                                               \
    X(OWN, "own_word", OTHER) /* of the type that it was learned with */                           \
    X(DATA, "data", OTHER)    /* a picture or file as text: nobody can look through it */          \
    X(SAID, "said", OTHER)    /* between the lines; of the type that its reader says */

typedef enum ScanKind {
#define X(name, text, type) KIND_##name,
    SCAN_KINDS(X)
#undef X
        KIND_COUNT
} ScanKind;

typedef struct ScanSpan {
    size_t start, end; /* bytes of the text */
    ScanType type;
    ScanKind kind;
    float score; /* 0..1: 0.5 needs a second look, 0.9 is as good as certain */
} ScanSpan;

/* For qsort: by where they begin; of two that begin together the longer one first. */
int scan_span_order(const void *a, const void *b);

enum { SCAN_TEXT_MAX = 1 << 30, SCAN_SPANS_MAX = 1 << 22 };
enum { SCAN_WORDS_MAX = 100000, SCAN_WORD_BYTES = 256, SCAN_WORDS_BYTES = 2 << 20 };

/* A word that the user's own documents name. */
typedef struct ScanWord {
    Str text;
    ScanType type;
} ScanWord;

typedef struct Scanner Scanner; /* tables and scratch; one thread at a time */

/* Fails when the tagger's model cannot be read: a gate without all of its eyes is none. */
Status gate_scanner_new(Scanner **out, Err *err) WARN_UNUSED;
void gate_scanner_free(Scanner *scanner); /* NULL is fine */
/* Own words, found from now on in any spelling that folds to the same; those learned before are
   forgotten (n = 0: all). The texts are borrowed for the call. On failure nothing changes. */
Status gate_scanner_learn(Scanner *scanner, const ScanWord *words, size_t n,
                          Err *err) WARN_UNUSED;
/* Phrases that a reader named (gate/deep.h), found from now on as own words are; those told before
   are forgotten (n = 0: all). They take no byte from another detector: where finds overlap they
   keep what is left. On failure nothing changes. */
Status gate_scanner_tell(Scanner *scanner, const ScanWord *phrases, size_t n,
                         Err *err) WARN_UNUSED;
/* Texts that are no name, as who understands the sentences around them says: what the tagger finds
   and is exactly one of them is no find from now on; those given before are forgotten (n = 0: all).
   The texts are borrowed for the call. On failure nothing changes. */
Status gate_scanner_spare(Scanner *scanner, const Str *texts, size_t n, Err *err) WARN_UNUSED;
/* Looks a second time at every sentence's names from now on (names/head.h): finds are then those of
   tagger and encoder together. `sense` is borrowed; NULL: no more. */
Status gate_scanner_look(Scanner *scanner, const NamesSense *sense, Err *err) WARN_UNUSED;
/* ... but not while it is deaf: finds are then the tagger's alone. */
void gate_scanner_deafen(Scanner *scanner, bool deaf);
/* ... and leans further towards people, by so many nats (0: no more). */
void gate_scanner_lean(Scanner *scanner, float nats);
/* Whether a sentence since then was decided by the tagger alone: the encoder could not be asked. */
bool gate_scanner_blind(const Scanner *scanner);
/* Asks before each window of a text whether somebody wants the scan to stop (E_CANCELLED). The
   flag is borrowed; NULL: nobody does. */
void gate_scanner_heed(Scanner *scanner, const atomic_bool *cancel);
/* The spans belong to the scanner and live until its next scan. */
Status gate_scan(Scanner *scanner, Str text, const ScanSpan **spans, size_t *n,
                 Err *err) WARN_UNUSED;
const char *scan_type_name(ScanType type); /* "phone" */
int scan_type_from_name(Str name);         /* -1: there is none of that name */
const char *scan_kind_name(ScanKind kind); /* "cn_plate" */

/* Who found a thing. */
typedef enum ScanDetector {
    DETECTOR_FORMAT, /* published formats, check digits, words beside them */
    DETECTOR_TAGGER, /* names in running text */
    DETECTOR_OWN,    /* what the user's own documents name */
    DETECTOR_MODEL,  /* what the local model read between the lines */
    DETECTOR_POLICY, /* patterns and words in policy.toml */
    DETECTOR_COUNT
} ScanDetector;

ScanDetector scan_kind_detector(ScanKind kind); /* KIND_COUNT: the policy's */
const char *scan_detector_name(ScanDetector detector); /* "format" */

#endif
