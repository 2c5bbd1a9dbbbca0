/*
 * What only a word beside it makes an identifier: passports, accounts, records, licences,
 * number plates, devices.
 *
 * The forms are loose (countries differ, firms invent their own), so the word must be the closest
 * one before the number.
 */
#include "gate/scan/impl.h"

static bool letters_first(const Run *run, int letters) {
    for (int i = 0; i < run->n; i++) {
        if (is_digit(run->c[i]) == (i < letters)) return false;
    }
    return true;
}

/* Capitals and digits without a vowel, as Germany makes its documents' numbers: no word. */
static bool is_serial(const Run *run) {
    if (run->lower || run->digits == 0) return false;
    for (int i = 0; i < run->n; i++) {
        if (strchr("AEIOU", run->c[i])) return false;
    }
    return true;
}

/* ICAO 9303 leaves nine places; issuers use nine digits, or digits and some letters anywhere
   ("12AB34567"). */
static bool is_passport(const Run *run) {
    if (run->n < 8 || run->n > 9 || run->groups > 1) return false;
    if (run->digits == run->n) return run->n == 9;
    return letters_first(run, 1) || letters_first(run, 2) || run->digits >= 6 ||
           (run->digits >= 4 && !is_digit(run->c[0])) || (run->n == 9 && is_serial(run));
}

/* "2025-11-03", "03/11/2025" */
static bool is_day(const Run *run) {
    const uint8_t *g = run->group;
    bool year = (g[0] == 4 && g[2] == 2) || (g[0] == 2 && g[2] == 4);
    return run->digits == 8 && run->n == 8 && run->groups == 3 && g[1] == 2 && year;
}

/* Of one piece, of some with dashes or slashes between ("KD-7741-229"), a letter or two before a
   piece ("K 10477"), or a country's two letters and digits however they are parted ("GB 980 7806
   84"). */
static bool is_record(const Run *run) {
    if (run->n < 5 || run->n > 20 || run->digits < 3 || run->spliced) return false;
    if (run->groups == 1) return true;
    if (run->groups > 5) return false;
    if (run->sep == '-' || run->sep == '/') return !is_day(run);
    if (run->groups == 2) return letters_first(run, 1) || letters_first(run, 2);
    return run->digits >= 7 && letters_first(run, 2);
}

/* Back over capitals that a dash or slash ties to a number: "MDS-4471-9920". */
static uint32_t record_begin(const Fold *v, uint32_t at) {
    enum { LETTERS = 6 };
    uint32_t x = at;
    if (x < 2 || (v->p[x - 1] != '-' && v->p[x - 1] != '/')) return at;
    for (x--; x > 0 && at - x <= LETTERS && sign_of(v->p[x - 1]) & SIGN_CAPITAL;) x--;
    bool border = x == 0 || !is_alnum(v->p[x - 1]);
    return border && at - x > 1 ? x : at;
}

static bool is_licence(const Run *run) {
    return run->n >= 6 && run->n <= 18 && run->digits >= 4 && run->groups <= 4;
}

/* Number plates: letters and digits, five to nine of them. */
static bool is_plate(const Run *run) {
    return run->n >= 5 && run->n <= 9 && run->digits >= 1 && run->digits < run->n &&
           run->groups <= 3;
}

static bool is_account(const Run *run) {
    return run->digits == run->n && run->n >= 8 && run->n <= 30 && run->sep != '.' &&
           run->sep != '/' && !check_all_same(run->c, run->n);
}

/* Germany's pension number: two digits, a day of birth, a letter, three digits
   ("65 170839 J 008"). */
static bool is_pension(const Run *run) {
    return run->n == 12 && run->digits == 11 && !is_digit(run->c[8]) && run->groups <= 6;
}

/* British sort code: 20-45-53. */
static bool is_sort_code(const Run *run) {
    const uint8_t *g = run->group;
    bool pairs = run->groups == 3 && g[0] == 2 && g[1] == 2;
    return run->n == 6 && run->digits == 6 && (pairs || run->groups == 1) && run->sep != '/';
}

/* A German identity card's serial number, with its check digit or without: a letter, then letters
   and digits. One of digits alone is shape.c's, by its check digit. */
static bool is_card_serial(const Run *run) {
    return run->groups == 1 && (run->n == 9 || run->n == 10) && run->digits < run->n &&
           !is_digit(run->c[0]) && !run->lower && (run->digits >= 3 || is_serial(run));
}

typedef struct WordFormat {
    uint64_t near;
    bool (*is)(const Run *run);
    ScanKind kind;
    float score;
} WordFormat;

static const WordFormat formats[] = {
    {CTX(PASSPORT), is_passport, KIND_PASSPORT, 0.9f},
    {CTX(AUSWEIS), is_card_serial, KIND_NATIONAL, 0.9f},
    {CTX(RECORD), is_record, KIND_RECORD, 0.8f},
    {CTX(LICENCE), is_licence, KIND_RECORD, 0.75f},
    {CTX(PLATE), is_plate, KIND_RECORD, 0.8f},
    {CTX(ACCOUNT), is_account, KIND_ACCOUNT, 0.7f},
    {CTX(RECORD), is_pension, KIND_RECORD, 0.9f},
    {CTX(ROUTING), is_sort_code, KIND_ACCOUNT, 0.85f},
};

static const uint64_t asked = CTX(PASSPORT) | CTX(AUSWEIS) | CTX(RECORD) | CTX(LICENCE) |
                              CTX(PLATE) | CTX(ACCOUNT) | CTX(ROUTING); /* by all of them */

void format_word_run(Scanner *s, Run *run) {
    if (run->n < 5 || run->n > 30 || run->tight) return;
    uint64_t near = phrase_context(s, run->phrase)->near;
    if (!(near & asked)) return; /* as most */
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        if ((near & formats[i].near) && formats[i].is(run)) {
            bool record = formats[i].is == is_record;
            uint32_t at = record ? record_begin(&s->fold, run->at) : run->at;
            scan_emit(s, at, run->end, formats[i].kind, formats[i].score);
        }
    }
}

/* IMEI (3GPP TS 23.003): fifteen digits, the last by Luhn. The sixteen of
   an IMEISV, which end with the software's version, have no check digit and are not taken. */
void format_device_run(Scanner *s, Run *run) {
    if (run->digits != run->n || run->n != 15 || !check_luhn(run->c, 15)) return;
    if (phrase_context(s, run->phrase)->any & CTX(IMEI)) {
        scan_emit(s, run->at, run->end, KIND_DEVICE, 0.95);
    }
}
