/* What the files of the surrogate maker share: dice, the thing at hand, one function a family. */
#ifndef HEARTH_GATE_SURROGATE_IMPL_H
#define HEARTH_GATE_SURROGATE_IMPL_H

#include "base/mem.h"
#include "gate/match.h"
#include "gate/surrogate.h"
#include "gate/surrogate_data.h"

/* Draws that depend on a key and a label alone: the same each time they are made. */
typedef struct Dice {
    uint8_t key[SEAL_KEY_BYTES], block[SEAL_KEY_BYTES];
    unsigned at; /* bytes of the block that are used */
} Dice;

/* The same key and label give the same draws, on every machine. */
void dice_init(Dice *dice, const uint8_t key[SEAL_KEY_BYTES], Str label);
uint32_t dice_below(Dice *dice, uint32_t n); /* 0..n-1; n >= 1 */
/* One of the row. */
static inline const char *dice_pick(Dice *dice, const Words *words) {
    return words->items[dice_below(dice, (uint32_t)words->n)];
}

/* One thing that needs a surrogate. */
typedef struct Thing {
    ScanType type;
    ScanKind kind;
    Str spelled;
    Str skeleton;       /* its identity */
    const uint8_t *key; /* of the conversation */
    Dice dice;          /* of this attempt */
    unsigned attempt;
} Thing;

enum { CODE_MAX = 256 }; /* letters and digits of a number or key that keeps its form */

/* Letters and digits of a spelling, one byte each; everything else stays where it is. */
typedef struct Code {
    char c[CODE_MAX + 1];
    int n;
    bool other; /* a letter that is not ASCII lies in it, or it is too long */
} Code;

/* At most CODE_MAX of them, in upper or lower case as they were written; escapes are read, Han
   signs passed over. */
void code_read(Str spelled, Code *code);
/* The spelling again, with these letters and digits. */
void code_spell(Str spelled, const Code *code, Buf *out);

/* Each appends a candidate; false: not of this family's form. surrogate_code.c: */
bool surrogate_number(Thing *thing, Buf *out);
/* Letters and digits drawn in place behind the issuer's prefix ("sk-"); a token where it has fewer
   than 8 or more than 200 of them. */
bool surrogate_key(Thing *thing, Buf *out);
/* 12 to 24 letters and digits that are hard to confuse; nothing of the old one stays. */
bool surrogate_password(Thing *thing, Buf *out);
/* surrogate_word.c: */
bool surrogate_email(Thing *thing, Buf *out);
/* https://WORD.example.com/ and a password; the scheme and host of the old one do not stay. */
bool surrogate_url(Thing *thing, Buf *out);
/* IPv4, IPv6 or MAC, each from a range for documentation or of the same private kind. */
bool surrogate_network(Thing *thing, Buf *out);
/* Keeps each number's first decimal; false when there is no second one to draw. */
bool surrogate_position(Thing *thing, Buf *out);
/* Keeps the year and the spelling; false when no day or month is written in digits. */
bool surrogate_date(Thing *thing, Buf *out);
/* Another street, a number where there was one; the province or city of a Chinese one stays. */
bool surrogate_street(Thing *thing, Buf *out);
/* Another firm, of the same kind ("Ltd") and script. */
bool surrogate_org(Thing *thing, Buf *out);
bool surrogate_token(Thing *thing, Buf *out); /* "PHONE-7K2Q": for whatever has no form */
/* Appends n syllables of two letters and a last consonant: a word of no language, 2n + 1 bytes. */
void surrogate_syllables(Dice *dice, int n, Buf *out);
Str surrogate_firm_kind(Str name);     /* the end of a firm's name; n = 0: none */
size_t surrogate_city_bytes(Str text); /* what a Chinese address begins with and keeps; 0: none */
/* surrogate_name.c: names are made of words that have surrogates of their own. read: what is
   spelled, with its escapes read. */
Status surrogates_name(Surrogates *s, Str spelled, Str read, Str *out, Err *err) WARN_UNUSED;
/* Where it is another form of a name that is known (forms.h): that form of its surrogate. */
Status surrogates_known_form(Surrogates *s, Str spelled, Str *out, bool *fits,
                             Err *err) WARN_UNUSED;
/* A surname and up to three signs, without a dot. */
bool surrogates_is_chinese_name(Str name);
size_t surrogates_surname_bytes(Str name); /* of such a name */

/* Of surrogate.c, for surrogate_name.c. */
typedef bool (*SurrogateMaker)(Thing *thing, Buf *out);

struct Surrogates {
    VaultTalk *talk;
    Scanner *scanner;
    uint64_t *words; /* hashes of what the request says; 0: free */
    size_t n_words, cap_words;
    MatchStarts starts; /* of the request's words */
    uint64_t lengths; /* bits: bytes of numbers that are somebody's, also in `words` */
};

/* Adds the pair to the conversation. */
Status surrogates_add(Surrogates *s, const VaultEntry *entry, Str *out, Err *err) WARN_UNUSED;
/* true: another thing has it, or is called so, or it was refused. */
bool surrogates_taken(const Surrogates *s, Str candidate);
/* true: the request may say it: all of its words, or pairs of Han signs, occur there. */
bool surrogates_said(const Surrogates *s, Str candidate);
/* Han signs and no letter; digits and marks may stand among them. */
bool word_is_han(Str text);

#endif
