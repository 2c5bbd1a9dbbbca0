/*
 * Words that say what the number beside them is: "passport no.", "tel", U+624B U+673A ...
 *
 * Each word belongs to one or more classes. context.c keeps the table; a matcher asks for the
 * classes around a place of the folded view.
 */
#ifndef HEARTH_GATE_SCAN_CONTEXT_H
#define HEARTH_GATE_SCAN_CONTEXT_H

#include "gate/scan/fold.h"

/* General classes, then one a national number: its own word admits it and bars the others. */
enum {
    IN_PHONE,
    IN_CARD,
    IN_ACCOUNT,
    IN_PASSPORT,
    IN_PERMIT,
    IN_OFFICER,
    IN_QQ,
    IN_WECHAT,
    IN_IMEI,
    IN_PLACE,
    IN_BIRTH,
    IN_RECORD,
    IN_LICENCE,
    IN_PLATE,
    IN_CODE,
    IN_ADDRESS,
    IN_ROUTING,
    IN_BIC,
    IN_MONEY,
    IN_VEHICLE,
    IN_TAX,
    IN_RESIDENT,
    IN_SSN,
    IN_NHS,
    IN_SIN,
    IN_TFN,
    IN_MEDICARE,
    IN_NIR,
    IN_BSN,
    IN_BE,
    IN_PESEL,
    IN_NIP,
    IN_CPF,
    IN_CNPJ,
    IN_AADHAAR,
    IN_MYNUMBER,
    IN_RRN,
    IN_NO,
    IN_DK,
    IN_IE,
    IN_AT,
    IN_RO,
    IN_BG,
    IN_GR,
    IN_TR,
    IN_TH,
    IN_ZA,
    IN_IL,
    IN_ID,
    IN_MO,
    IN_ABN,
    IN_PVA,
    IN_NIF,
    IN_INN,
    IN_AUSWEIS,
    IN_EIN,
    IN_SIREN,
    IN_NINO,
    IN_DNI,
    IN_PAN,
    IN_COUNT
};

#define CTX(name) (1ull << IN_##name)
/* Words that name one certain national number. */
#define CTX_NATIONAL (~0ull << IN_TAX & ((1ull << IN_COUNT) - 1))

typedef struct ContextTable ContextTable;

ContextTable *context_new(Fold *fold); /* NULL: out of memory; `fold` is scratch */
/* NULL is fine. */
void context_free(ContextTable *table);

typedef struct Context {
    uint64_t any;  /* classes of all words around */
    uint64_t near; /* classes of the word that ends closest before */
    uint32_t near_end;
} Context;

/* Whether the bytes [at, end) are such a word, of at least four bytes, and nothing else. */
bool context_is_label(const ContextTable *table, const Fold *fold, uint32_t at, uint32_t end);
/* Looks at the clause before `at` (CONTEXT_BEFORE bytes) and a little behind `end`. */
Context context_around(ContextTable *table, const Fold *fold, uint32_t at, uint32_t end);
/* Does a word of these classes, and none other, end at most a few bytes before `at`? */
bool context_is_right_before(const Context *near, uint64_t classes, uint32_t at);
/* The view is another one now. */
void context_forget(ContextTable *table);

_Static_assert(IN_COUNT <= 64, "one bit a class");

#endif
