/*
 * Cards and accounts.
 *
 * A card number (ISO/IEC 7812) has an issuer prefix, a length that its scheme uses and a Luhn
 * digit. Luhn alone passes one number in ten, so a bare number needs a scheme's prefix, a length
 * that is not also another number's (13, 15, 17 and 18 digits are barcodes, device or resident
 * numbers) and a customary grouping; with a word such as "card" any issuer will do.
 * A number that fails the Luhn digit is reported only next to such a word.
 * An IBAN (ISO 13616, registry release 99) has its country's length and MOD 97-10, which is enough;
 * one that fails it is reported right behind a word such as "IBAN" or "account".
 */
#include <assert.h>

#include "gate/scan/impl.h"

typedef struct Scheme {
    int low, high;       /* of the first four digits */
    const char *lengths; /* as characters '0' + length - 10 */
} Scheme;

/* Published ranges; length 16 is '6', 19 is '9'. */
static const Scheme schemes[] = {
    {4000, 4999, "369"},                                                /* Visa */
    {5100, 5599, "6"},                                                  /* Mastercard */
    {2221, 2720, "6"},     {3400, 3499, "5"},                           /* American Express */
    {3700, 3799, "5"},     {6200, 6299, "6789"},                        /* UnionPay */
    {8100, 8171, "6789"},  {6011, 6011, "6789"},                        /* Discover */
    {6440, 6599, "6789"},  {3528, 3589, "6789"},                        /* JCB */
    {3000, 3059, "46789"}, {3095, 3095, "46789"},                       /* Diners Club */
    {3600, 3699, "46789"}, {3800, 3999, "46789"}, {2200, 2204, "6789"}, /* Mir */
    {5018, 5018, "6789"},  {5020, 5020, "6789"},  {5038, 5038, "6789"}, /* Maestro */
    {6304, 6304, "6789"},  {6759, 6763, "6789"},  {9792, 9792, "6"},    /* Troy */
    {9558, 9558, "9"},     {6010, 6013, "9"}, /* older Chinese debit cards */
};

static bool is_scheme(const char *d, int n) {
    int head = check_number(d, 4);
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        if (head >= schemes[i].low && head <= schemes[i].high) {
            return strchr(schemes[i].lengths, '0' + n - 10) != NULL;
        }
    }
    return false;
}

/* Nothing between, groups of four, single digits, 4-6-5, or six and the rest. */
static bool is_card_grouping(const Run *run) {
    int same = run->group[0];
    if (run->groups == 1) return true;
    if (run->sep == '*') return false;
    if (run->groups == 2) return same == 6 || same == 8 || run->spliced;
    if (run->groups == 3) return same == 4 && run->group[1] == 6;
    for (int i = 1; i < run->groups; i++) {
        bool last = i == run->groups - 1;
        if (run->group[i] != same && !(last && run->group[i] < same)) return false;
    }
    return same == 4 || (same == 1 && run->groups == run->n);
}

static bool has_small_group(const Run *run) {
    for (int i = 0; i + 1 < run->groups; i++) {
        if (run->group[i] < 3) return true;
    }
    return false;
}

/* Behind a card's own word a number of a card's length and grouping is one that was mistyped: all
   of it goes, not only what another format sees in its middle. */
static void mistyped_card(Scanner *s, Run *run) {
    bool plain = run->sep == 0 || run->sep == ' ' || run->sep == '-';
    if (run->n < 13 || run->tight || !plain || !is_card_grouping(run)) return;
    const Context *near = phrase_context(s, run->phrase);
    bool other = near->near & (CTX_NATIONAL | CTX(IMEI) | CTX(ACCOUNT) | CTX(PHONE) | CTX(CODE));
    if ((near->near & CTX(CARD)) && !other) scan_emit(s, run->at, run->end, KIND_CARD, 0.7);
}

/* Sixteen digits and a group of three behind: UnionPay's own are as long, others' are a card and
   its code. */
static bool is_longer_card(const Run *run) {
    const Token *behind = &run->phrase->token[run->last + 1];
    return run->groups == 4 && run->c[0] == '6' && run->c[1] == '2' &&
           run->last + 1 < run->phrase->n && behind->sep == run->sep && behind->n == 3;
}

static void card(Scanner *s, Run *run) {
    int n = run->n;
    if (check_all_same(run->c, n)) return;
    if (!check_luhn(run->c, n)) {
        mistyped_card(s, run);
        return;
    }
    const Context *near = phrase_context(s, run->phrase);
    bool plain = run->sep == 0 || run->sep == ' ' || run->sep == '-';
    bool read = run->doubted && run->ocr > 0; /* letters for digits: only where all else fits */
    if (has_small_group(run) && !is_card_grouping(run)) return;
    bool named = near->any & (CTX(CARD) | CTX(ACCOUNT));
    if ((!plain && !(named && (run->groups <= 5 || run->groups == n))) ||
        (read && !named && !(is_card_grouping(run) && is_scheme(run->c, n))))
        return;
    if (named) {
        if (!(near->near & (CTX_NATIONAL | CTX(IMEI))) && (n > 12 || (near->near & CTX(CARD)))) {
            scan_emit(s, run->at, run->end, KIND_CARD, 0.95);
        }
        return;
    }
    if (run->doubted && !read) return;
    bool only_card = n == 14 || n == 15 || n == 16 || n == 19;
    if (is_longer_card(run)) return;
    bool code = fold_at(&s->fold, (int64_t)run->at - 1) == '-'; /* "GB43-WDQI-3821-..." */
    bool other = near->near & ((CTX_NATIONAL & ~CTX(MYNUMBER)) | CTX(IMEI)); /* that one is short */
    if (!code && only_card && is_scheme(run->c, n) && is_card_grouping(run) && !run->tight &&
        !other) {
        scan_emit(s, run->at, run->end, KIND_CARD, 0.85);
    }
}

void format_bank_run(Scanner *s, Run *run) {
    if (run->digits != run->n) return;
    if (run->n >= 12 && run->n <= 19) card(s, run);
}

/* ---- IBAN ---------------------------------------------------------------------------------- */

/* Two letters of the country, two digits of the length. */
static const char ibans[] =
    "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24"
    "FI18FK18FO18FR27GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32"
    "LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24"
    "RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26UA29VA22VG24XK20YE30";

/* ISO 13616's registry; 0: the country has none. */
static int iban_length(char a, char b) {
    size_t low = 0, high = (sizeof ibans - 1) / 4; /* they are sorted */
    while (low < high) {
        size_t middle = (low + high) / 2;
        const char *k = ibans + 4 * middle;
        if (k[0] == a && k[1] == b) return check_number(k + 2, 2);
        bool before = k[0] < a || (k[0] == a && k[1] < b);
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    return 0;
}

enum { IBAN_MAX = 34 };

/* Country and check digits go to the end; the rest by 97 is 1. */
static bool is_iban(const char *c, int n) {
    char turned[IBAN_MAX + 1];
    assert(n > 4 && n <= IBAN_MAX);
    memcpy(turned, c + 4, (size_t)(n - 4));
    memcpy(turned + n - 4, c, 4);
    return is_digit(c[2]) && is_digit(c[3]) && check_mod_97(turned, n) == 1;
}

/* Where accounts have digits alone, and where four letters of the bank stand before them: there
   other letters are digits misread. */
static const char digit_ibans[] = "AEATBABECZDEDKEEESFIHRHUILISLTNOPLPTRSSASESISKTNTRXK";
static const char bank_ibans[] = "GBIENL";
_Static_assert(sizeof ibans % 4 == 1 && sizeof digit_ibans % 2 == 1 && sizeof bank_ibans % 2 == 1,
               "rows of two letters, and of two letters and a length");

/* Is the country of c among those, two letters each? */
static bool lists(const char *countries, const char *c) {
    for (const char *k = countries; *k; k += 2) {
        if (k[0] == c[0] && k[1] == c[1]) return true;
    }
    return false;
}

/* As it is written, or with digits for letters where the country's have none. */
static bool is_iban_spelled(const char *c, int n) {
    enum { COUNTRY = 2, CHECK = 4, BANK = 8 };
    char read[IBAN_MAX + 1];
    int digits = 0;
    bool bank = lists(bank_ibans, c);
    if (is_iban(c, n)) return true;
    if (!bank && !lists(digit_ibans, c)) return false;
    for (int i = 0; i < n; i++) {
        bool stays = i < COUNTRY || (bank && i >= CHECK && i < BANK) || is_digit(c[i]);
        char digit = c[i] == 'L' ? '1' : number_ocr_digit(c[i]);
        if (!stays && !digit) return false;
        read[i] = stays ? c[i] : digit;
        digits += is_digit(c[i]);
    }
    return digits * 3 > n && is_iban(read, n);
}

void format_iban_run(Scanner *s, Run *run) {
    if (run->n < 15 || run->n > IBAN_MAX || iban_length(run->c[0], run->c[1]) != run->n) return;
    if (is_iban_spelled(run->c, run->n)) scan_emit(s, run->at, run->end, KIND_IBAN, 0.98);
}

/* Of that country's length, right behind a word for accounts, mostly digits: it was mistyped. */
static bool is_mistyped_iban(Scanner *s, Phrase *phrase, int first, const char *c, int n) {
    int digits = 0;
    for (int i = 0; i < n; i++) digits += is_digit(c[i]);
    if (!is_digit(c[2]) || !is_digit(c[3]) || digits * 2 < n) return false;
    const Context *near = phrase_context(s, phrase);
    return context_is_right_before(near, CTX(ACCOUNT), phrase->token[first].at);
}

void format_iban(Scanner *s, Phrase *phrase, int first) {
    const Fold *v = &s->fold;
    char c[IBAN_MAX + 1];
    uint32_t x = phrase->token[first].at;
    if (!is_letter(v->p[x])) return;
    bool digits = is_alnum(fold_at(v, x + 2)) && is_alnum(fold_at(v, x + 3));
    int n = 0, want = digits ? iban_length(to_upper(v->p[x]), to_upper(fold_at(v, x + 1))) : 0;
    if (want == 0) return;
    for (uint32_t gap = 0; n < want && x < v->n; x++) {
        char b = v->p[x];
        if (is_alnum(b)) {
            c[n++] = to_upper(b);
            gap = 0;
        } else if (!b || !strchr(" -./()\n\r", b) || ++gap > 3) {
            return;
        }
    }
    if (n < want || is_alnum(fold_at(v, x))) return;
    if (is_iban_spelled(c, n)) {
        scan_emit(s, phrase->token[first].at, x, KIND_IBAN, 0.98);
    } else if (is_mistyped_iban(s, phrase, first, c, n)) {
        scan_emit(s, phrase->token[first].at, x, KIND_IBAN, 0.7);
    }
}
