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

/* How a run's groups are spelled, a letter or digit each sign ("AA-ddd-AA" without its dashes), and
   how long each group is ("232"). */
static bool is_spelled(const Run *run, const char *signs, const char *groups) {
    if ((size_t)run->n != strlen(signs) || (size_t)run->groups != strlen(groups)) return false;
    for (int i = 0; i < run->n; i++) {
        if (is_digit(run->c[i]) != (signs[i] == 'd')) return false;
    }
    for (int i = 0; i < run->groups; i++) {
        if (run->group[i] != groups[i] - '0') return false;
    }
    return true;
}

/* Germany: a district of one to three letters, a dash, a letter or two, up to four digits: "B-WL
   643", "S SE-485". */
static bool is_german_plate(const Run *run) {
    const uint8_t *g = run->group;
    int letters = run->groups == 3 ? g[0] + g[1] : 0;
    if (!letters || g[0] > 3 || g[1] > 2 || g[2] > 4 || run->n < 5) return false;
    return run->digits == g[2] && letters_first(run, letters) && run->sep != ' ';
}

/* As Britain, France, Italy and California number cars too, where a word for one stands near. */
static bool is_national_plate(const Run *run) {
    if (run->lower || run->spliced) return false;
    return is_german_plate(run) || is_spelled(run, "AAddAAA", "7") ||
           is_spelled(run, "AAdddAA", "232") || is_spelled(run, "AAdddAA", "7") ||
           is_spelled(run, "dAAAddd", "7");
}

/* Three capitals as the last group, which join no number: "GH07 HTP", "5801 TRH", "5801TRH". */
void format_plate_token(Scanner *s, Run *run) {
    const Fold *v = &s->fold;
    bool spain = run->digits == 4 && run->n == 4;
    if (!spain && (run->n != 4 || run->digits != 2 || !letters_first(run, 2))) return;
    if (spain && (memcmp(run->c, "19", 2) == 0 || memcmp(run->c, "20", 2) == 0)) return;
    uint32_t at = run->end + (fold_at(v, run->end) == ' ' || !spain), end = at;
    while (end - at < 4 && plain_is_capital(fold_at(v, end))) end++;
    for (uint32_t x = at; spain && x < end; x++) {
        if (strchr("AEIOU", v->p[x])) return;
    }
    if (end - at != 3 || is_alnum(fold_at(v, end)) || run->lower) return;
    const Context *near = phrase_context(s, run->phrase);
    if (!(near->any & (CTX(VEHICLE) | CTX(PLATE)))) return;
    scan_emit(s, run->at, end, KIND_RECORD, 0.75);
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
    const Context *context = phrase_context(s, run->phrase);
    if (context->any & CTX(VEHICLE) && is_national_plate(run)) {
        scan_emit(s, run->at, run->end, KIND_RECORD, 0.75);
    }
    uint64_t near = context->near;
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
