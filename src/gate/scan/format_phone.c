/*
 * Telephone numbers.
 *
 * With a '+' the country code (ITU-T E.164, list of assigned codes) says how long the rest may be.
 * Without one, a number stands alone only in a form that its country uses and hardly anything else
 * has: Chinese mobiles (eleven digits from an assigned segment), landlines with area code and
 * separator, North American 3-3-4, and forms with a trunk zero and separators. Everything else
 * needs a word such as "tel".
 *
 * Chinese mobile segments after the MIIT's assignments (13x, 14x and 16x in part, 15x without 154,
 * 17x in part, 18x, 19x); an unassigned one counts with a word.
 */
#include <assert.h>

#include "gate/scan/impl.h"

/* Country code, shortest and longest national number. */
typedef struct Country {
    short code;
    unsigned char shortest, longest;
} Country;

/* E.164: code, fewest and most digits behind it (national significant number). Ascending as texts,
   for country_of. */
static const Country countries[] = {
    {1, 10, 10},  {20, 8, 10},  {211, 9, 9},  {212, 9, 9},  {213, 8, 9},
    {216, 8, 8},  {218, 8, 9},  {220, 7, 7},  {221, 9, 9},  {222, 8, 8},  {223, 8, 8},
    {224, 8, 9},  {225, 8, 10}, {226, 8, 8},  {227, 8, 8},  {228, 8, 8},  {229, 8, 10},
    {230, 7, 8},  {231, 7, 9},  {232, 8, 8},  {233, 9, 9},  {234, 8, 10}, {235, 8, 8},
    {236, 8, 8},  {237, 8, 9},  {238, 7, 7},  {239, 7, 7},  {240, 9, 9},  {241, 7, 8},
    {242, 9, 9},  {243, 7, 9},  {244, 9, 9},  {245, 7, 9},  {248, 7, 7},  {249, 9, 9},
    {250, 9, 9},  {251, 9, 9},  {252, 7, 9},  {253, 8, 8},  {254, 9, 9},  {255, 9, 9},
    {256, 9, 9},  {257, 8, 8},  {258, 8, 9},  {260, 9, 9},  {261, 9, 9},  {262, 9, 9},
    {263, 8, 10}, {264, 8, 9},  {265, 7, 9},  {266, 8, 8},  {267, 7, 8},  {268, 8, 8},
    {269, 7, 7},  {27, 9, 9},   {290, 4, 5},  {291, 7, 7},  {297, 7, 7},  {298, 6, 6},
    {299, 6, 6},  {30, 10, 10}, {31, 9, 9},   {32, 8, 9},   {33, 9, 9},   {34, 9, 9},
    {350, 8, 8},  {351, 9, 9},  {352, 5, 11}, {353, 7, 9},  {354, 7, 9},  {355, 8, 9},
    {356, 8, 8},  {357, 8, 8},  {358, 5, 12}, {359, 7, 9},  {36, 8, 9},   {370, 8, 8},
    {371, 8, 8},  {372, 7, 10}, {373, 8, 8},  {374, 8, 8},  {375, 9, 10}, {376, 6, 9},
    {377, 8, 9},  {378, 6, 10}, {380, 9, 9},  {381, 8, 10}, {382, 8, 9},  {383, 8, 9},
    {385, 8, 9},  {386, 8, 8},  {387, 8, 9},  {389, 8, 8},  {39, 6, 11},  {40, 9, 9},
    {41, 9, 9},   {420, 9, 9},  {421, 9, 9},  {423, 7, 9},  {43, 7, 13},  {44, 9, 10},
    {45, 8, 8},   {46, 7, 10},  {47, 8, 8},   {48, 9, 9},   {49, 7, 13},  {500, 5, 5},
    {501, 7, 7},  {502, 8, 8},  {503, 8, 8},  {504, 8, 8},  {505, 8, 8},  {506, 8, 8},
    {507, 7, 8},  {509, 8, 8},  {51, 8, 9},   {52, 10, 11}, {53, 6, 8},   {54, 10, 11},
    {55, 10, 11}, {56, 8, 9},   {57, 8, 10},  {58, 10, 10}, {590, 9, 9},  {591, 8, 8},
    {592, 7, 7},  {593, 8, 9},  {594, 9, 9},  {595, 8, 9},  {596, 9, 9},  {597, 6, 7},
    {598, 7, 8},  {599, 7, 8},  {60, 8, 10},  {61, 9, 9},   {62, 8, 12},  {63, 8, 10},
    {64, 8, 10},  {65, 8, 8},   {66, 8, 9},   {670, 7, 8},  {673, 7, 7},  {674, 7, 7},
    {675, 7, 8},  {676, 5, 7},  {677, 5, 7},  {678, 5, 7},  {679, 7, 7},  {680, 7, 7},
    {682, 5, 5},  {685, 5, 7},  {686, 5, 8},  {687, 6, 6},  {689, 8, 8},  {691, 7, 7},
    {692, 7, 7},  {7, 10, 10},  {81, 9, 10},  {82, 8, 10},  {84, 9, 10},  {850, 8, 10}, {852, 8, 8},
    {853, 8, 8},  {855, 8, 9},  {856, 8, 10}, {86, 9, 11},  {880, 8, 10}, {886, 8, 9},
    {90, 10, 10}, {91, 10, 10}, {92, 9, 10},  {93, 9, 9},   {94, 9, 9},   {95, 7, 10},
    {960, 7, 7},  {961, 7, 8},  {962, 8, 9},  {963, 8, 9},  {964, 8, 10}, {965, 7, 8},
    {966, 8, 9},  {967, 7, 9},  {968, 8, 8},  {970, 8, 9},  {971, 8, 9},  {972, 8, 9},
    {973, 8, 8},  {974, 8, 8},  {975, 7, 8},  {976, 8, 8},  {977, 8, 10}, {98, 10, 10},
    {992, 9, 9},  {993, 8, 8},  {994, 9, 9},  {995, 9, 9},  {996, 9, 9},  {998, 9, 9},
};

/* The country of a number's first digits, seven or more: no code begins another, so the last one
   whose first number is not above decides. */
static const Country *country_of(const char *d, int *width) {
    size_t low = 0, high = ARRAY_LEN(countries);
    int head = check_number(d, 3);
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        int code = countries[middle].code;
        int first = code < 10 ? code * 100 : code < 100 ? code * 10 : code;
        if (first <= head)
            low = middle;
        else
            high = middle;
    }
    int code = countries[low].code;
    *width = code < 10 ? 1 : code < 100 ? 2 : 3;
    return check_number(d, *width) == code ? &countries[low] : NULL;
}

/* The word before names another kind of number, and no telephone's as well ("my number"). */
static bool is_barred(const Context *near, uint64_t classes) {
    return near->near & classes && !(near->near & CTX(PHONE));
}

/* ---- China --------------------------------------------------------------------------------- */

/* Eleven digits that begin with 13 to 19. */
static bool is_cn_mobile(const char *d) {
    return d[0] == '1' && d[1] >= '3';
}

/* Is the segment given to anybody? Those that are not, by the MIIT's assignments. */
static bool is_cn_segment(const char *d) {
    static const char bars[] = "142 143 154 160 161 163 164 168 169 179";
    char head[4] = {d[0], d[1], d[2], 0};
    return !strstr(bars, head);
}

/* Area codes (without the zero): two digits 10, 2x; three by the tables of YD/T 2249 ranges. */
static int cn_area_digits(const char *d) {
    if (d[0] == '1' && d[1] == '0') return 2;
    if (d[0] == '2' && d[1] != '6') return 2;
    if (d[0] < '3' || d[0] == '6') return d[0] == '6' && d[1] == '6' ? 3 : 0;
    return d[1] == '0' && d[2] == '0' ? 0 : 3;
}

static bool is_cn_landline(const char *d, int n) { /* with its zero */
    int area = d[0] == '0' ? cn_area_digits(d + 1) : 0;
    int rest = n - 1 - area;
    return area == 2 ? rest == 8 : area == 3 && (rest == 7 || rest == 8);
}

/* 3-4-4, 3-8, 5-6, 7-4, 4-3-4 and the like, or digit by digit. */
static bool is_mobile_grouping(const Run *run) {
    const uint8_t *g = run->group;
    switch (run->groups) {
    case 1: return true;
    case 2: return g[0] == 3 || g[0] == 5 || g[0] == 7;
    case 3: return (g[0] == 3 || g[0] == 4) && g[1] >= 3;
    case 5: return g[0] == 3 && g[1] == 2;
    default: return run->groups == run->n;
    }
}

/* Both sides of the break are text of their own, or only numbers in a column? */
static bool is_column(const Scanner *s, const Run *run) {
    const Fold *v = &s->fold;
    char before = fold_at(v, (int64_t)run->at - 1), behind = fold_at(v, run->end);
    return (before == 0 || before == '\n') && (behind == 0 || behind == '\n' || behind == '\r');
}

/* "l38OOl38OOO": a token of eleven signs that has no other reading. */
static bool is_round_mobile(const Run *run) {
    return run->ocr > 0 && run->groups == 1 && !run->phrase->loose;
}

/* Alone it must be assigned, grouped as people do, and nobody else's number by the word before it.
   */
static void cn_mobile(Scanner *s, Run *run) {
    const Context *near = phrase_context(s, run->phrase);
    bool named = near->any & CTX(PHONE);
    if (!named) {
        if (run->doubted && !is_round_mobile(run)) return;
        if (!is_cn_segment(run->c) || !is_mobile_grouping(run) || run->tight) return;
        if (is_barred(near, CTX_NATIONAL & ~CTX(RESIDENT))) return;
        if ((run->spliced && is_column(s, run)) || run->sep == '/') return;
    }
    if (run->groups > 1 && !is_mobile_grouping(run)) return;
    scan_emit(s, run->at, run->end, KIND_PHONE, named ? 0.97 : near->near & CTX(CODE) ? 0.6 : 0.9);
}

/* 86 or 0086 before a mobile without '+'. */
static void cn_prefixed(Scanner *s, Run *run) {
    const char *d = run->c;
    int at = d[0] == '0' ? 2 : 0;
    if (run->n != at + 13 || (at && d[1] != '0') || d[at] != '8' || d[at + 1] != '6') return;
    if (!is_cn_mobile(d + at + 2) || !is_cn_segment(d + at + 2)) return;
    bool apart = run->groups > 1 && run->group[0] == at + 2;
    if (((apart || at) && !run->doubted) || (phrase_context(s, run->phrase)->any & CTX(PHONE))) {
        scan_emit(s, run->at, run->end, KIND_PHONE, 0.85);
    }
}

/* Beside a telephone's word in any grouping; without one where its area stands apart. */
static void cn_landline(Scanner *s, Run *run) {
    const uint8_t *g = run->group;
    int area = 1 + cn_area_digits(run->c + 1);
    bool apart = run->groups >= 2 && run->groups <= 3 && g[0] == area && !run->tight;
    bool dated = run->groups == 3 && g[1] == 2;
    const Context *near = phrase_context(s, run->phrase);
    if (near->any & CTX(PHONE))
        scan_emit(s, run->at, run->end, KIND_PHONE, 0.92);
    else if (apart && !run->doubted && !dated && run->sep != '.' &&
             !(near->near & (CTX_NATIONAL | CTX(CODE)))) {
        scan_emit(s, run->at, run->end, KIND_PHONE, 0.8);
    }
}

/* ---- the rest of the world ----------------------------------------------------------------- */

/* Behind a '+': the country's lengths decide; a trunk zero behind the code is not counted, but
   Italy's belongs to the number. */
static void international(Scanner *s, Run *run, uint32_t plus) {
    int width, n = run->n;
    const char *d = run->c;
    const Country *country = country_of(d, &width);
    if (!country || n > 15 || (run->groups > 8 && run->groups != n)) return;
    if (run->doubted && !(phrase_context(s, run->phrase)->any & CTX(PHONE))) return;
    int rest = n - width;
    if (d[width] == '0' && rest > 1 && country->code != 39) rest--; /* "+44 (0)20": trunk zero */
    if (rest < country->shortest || rest > country->longest) return;
    if (country->code == 1 && (d[1] < '2' || (d[4] < '2' && !(d[1] == '5' && d[2] == '5')))) return;
    if (country->code == 86 && rest == 11 && !is_cn_mobile(d + n - 11) && d[n - 11] == '1') return;
    scan_emit(s, plus, run->end, KIND_PHONE, 0.95);
}

/* "0034 666 907 439", "00 49 30 1234567": the code stands apart or a word tells, for a number of
   one piece with zeros before it is an order's as well. True: it begins so. */
static bool double_zero(Scanner *s, const Run *run) {
    Run bare = *run;
    int width;
    if (run->n < 11 || memcmp(run->c, "00", 2) != 0) return false;
    const Country *country = country_of(run->c + 2, &width);
    if (!country || country->code == 86) return false; /* cn_prefixed */
    const uint8_t *g = run->group;
    bool apart = run->groups > 1 && (g[0] == 2 ? g[1] == width : g[0] == 2 + width);
    char before = fold_at(&s->fold, (int64_t)run->at - 1);
    char point = fold_at(&s->fold, (int64_t)run->at + g[0]); /* "00.995.216/0011-34" is no phone */
    apart = apart && before != ':' && before != '.' && before != ',' && point != '.';
    const Context *near = phrase_context(s, run->phrase);
    if (run->tight || is_barred(near, CTX_NATIONAL | CTX(CODE))) return false;
    if (!(near->any & CTX(PHONE)) && (!apart || run->doubted)) return false;
    bare.n = bare.digits = run->n - 2;
    memmove(bare.c, run->c + 2, (size_t)bare.n + 1);
    international(s, &bare, run->at);
    return true;
}

/* [2-9]xx [2-9]xx xxxx, perhaps behind 1 or 001. */
static void north_american(Scanner *s, Run *run, uint32_t at) {
    const uint8_t *g = run->group;
    const char *d = run->c + run->n - 10;
    int first = run->n > 10 ? 1 : 0;
    const Context *near = phrase_context(s, run->phrase);
    if (d[0] < '2' || (run->n == 11 && run->c[0] != '1') ||
        (run->n == 13 && memcmp(run->c, "001", 3) != 0)) {
        return;
    }
    bool shape = run->groups == 3 + first && g[first] == 3 && g[first + 1] == 3 &&
                 g[first + 2] == 4 && !run->tight;
    bool bracketed = fold_at(&s->fold, at) == '(';
    if (is_barred(near, CTX_NATIONAL | CTX(CODE))) return;
    if (near->any & CTX(PHONE)) {
        if (shape || run->groups == 1 || run->groups == run->n)
            scan_emit(s, at, run->end, KIND_PHONE, 0.9);
    } else if (shape && !run->doubted && d[3] >= '2' && run->sep != '/' &&
               (run->sep != '*' || bracketed)) {
        scan_emit(s, at, run->end, KIND_PHONE, run->sep == ' ' ? 0.6 : 0.8);
    }
}

/* "0171 4455667", "0151/12 34 56 78": German mobiles, 015x to 017x, eleven digits or twelve, the
   prefix apart. "0234/8899123": an area and a slash; five digits behind it are no year. */
static bool is_german_form(const Run *run) {
    const uint8_t *g = run->group;
    if (run->c[0] != '0' || run->groups < 2 || run->groups > 6) return false;
    if (run->sep == '.' || run->tight) return false;
    bool mobile = run->c[1] == '1' && run->c[2] >= '5' && run->c[2] <= '7';
    if (mobile && g[0] >= 4 && g[0] <= 5 && run->n >= 11 && run->n <= 12) return true;
    return run->groups == 2 && run->sep == '/' && run->c[1] >= '2' && g[0] >= 3 && g[0] <= 6 &&
           g[1] >= 5 && g[1] <= 8;
}

/* "0113 496 0455", "0151 496 0012", "01943 609327", "01943 609 327": Ofcom's areas of Britain, ten
   digits behind the zero. */
static bool is_british_form(const Run *run) {
    const uint8_t *g = run->group;
    const char *c = run->c;
    if (run->n != 11 || c[0] != '0' || c[1] != '1' || run->sep != ' ' || run->tight) return false;
    bool city = c[2] == '1' || c[3] == '1'; /* 011x, 01x1 */
    if (g[0] == 4) return city && run->groups == 3 && g[1] == 3;
    return g[0] == 5 && c[2] >= '2' && (run->groups == 2 || (run->groups == 3 && g[1] == 3));
}

/* "03.98.37.98.64": France's five pairs also with points, which no date and no version has. */
static bool is_french_form(const Run *run) {
    const uint8_t *g = run->group;
    if (run->n != 10 || run->c[0] != '0' || run->c[1] == '0' || run->groups != 5) return false;
    return run->sep == '.' && g[0] == 2 && g[1] == 2 && g[2] == 2 && g[3] == 2 && !run->tight;
}

/* "079 448 63 04" (Switzerland), "0470 41 71 83" (Belgium), "06-76 31 12 00", "020 7722056" (the
   Netherlands), "0676 7852718" (Austria): ten digits, an area or a mobile's head apart. */
static bool is_ten_form(const Run *run) {
    const uint8_t *g = run->group;
    const char *c = run->c;
    if (run->groups == 2 && g[0] == 4 && g[1] == 7) return c[1] == '6' && run->n == 11;
    if (run->n != 10) return false;
    if (run->groups == 2) return g[0] == 3 || (g[0] == 2 && c[1] == '6');
    if (run->groups == 3) return g[0] == 2 && c[1] == '6' && g[1] == 4;
    if (run->groups != 4 || g[3] != 2 || g[2] != 2) return false;
    return g[0] == 3 ? g[1] == 3 : g[0] == 4 && g[1] == 2 && c[1] == '4';
}

/* "02 9312164", "051 234567", "030 838665": a short area of Italy or Germany apart from one group;
   longer areas look like a part's number. */
static bool is_area_form(const Run *run) {
    const uint8_t *g = run->group;
    if (run->groups != 2 || (run->sep != ' ' && run->sep != '-') || run->tight) return false;
    if (run->n < 8 || g[1] < 5 || g[1] > 8) return false;
    return g[0] == 2 ? run->c[1] == '2' || run->c[1] == '6' : g[0] == 3;
}

/* Forms with a trunk zero and separators that telephone numbers have and dates have not. */
static bool is_trunk_form(const Run *run) {
    const uint8_t *g = run->group;
    if (is_german_form(run)) return true; /* "0171/445 56 67" has a slash and blanks */
    if (is_british_form(run) || is_french_form(run)) return true;
    if (run->c[0] != '0' || run->c[1] == '0' || run->tight || run->sep == '*' || run->sep == '.') {
        return false;
    }
    if (is_ten_form(run) || is_area_form(run)) return true;
    if (run->groups == 3 && g[2] == 4 && g[1] >= 3 && g[1] <= 4 && g[0] >= 2 && g[0] <= 5) {
        return run->sep == '-' || run->sep == '(' || (g[0] == 3 && g[1] == 4);
    }
    if (run->groups == 5) return g[0] == 2 && g[1] == 2 && g[2] == 2 && g[3] == 2 && g[4] == 2;
    if (run->groups == 3) return g[0] == 4 && g[1] == 3 && g[2] == 3 && run->c[1] == '4';
    if (run->groups != 2) return false;
    return (g[0] == 5 && g[1] == 6 && run->c[1] == '7') ||
           (g[0] == 4 && g[1] >= 6 && run->sep == '-' && run->c[1] == '8' && run->c[2] == '0');
}

/* "040-5550 1378", "04931/55 01 22": an area and groups that dashes, slashes and blanks part in
   turn, as no date and no decimal has them. */
static bool is_mixed_form(const Fold *v, const Run *run) {
    const Token *t = run->phrase->token;
    char before = fold_at(v, (int64_t)run->at - 1);
    bool mixed = run->sep == '*' || (run->sep == '/' && run->groups > 2);
    if (!mixed || run->groups > 5 || run->c[0] != '0' || run->c[1] < '2') return false;
    int least = run->c[1] == '6' ? 2 : 3; /* "06-76 31 12 00" */
    if (run->group[0] < least || run->group[0] > 6 || run->n < 9 || run->n > 12) return false;
    for (int i = run->first + 1; i <= run->last; i++) {
        if (t[i].odd || !strchr(" -/", t[i].sep)) return false;
    }
    return before != '.' && before != ',' && before != '-' && !run->tight;
}

/* 4-2-2 and 2-2-4 are dates sooner than telephones. */
static bool is_date_form(const Run *run) {
    const uint8_t *g = run->group;
    return run->groups == 3 &&
           ((g[0] == 4 && g[1] <= 2 && g[2] <= 2) || (g[2] == 4 && g[0] <= 2 && g[1] <= 2));
}

/* Three digits or more: single ones in brackets are a list's. */
static bool has_long_group(const Run *run) {
    for (int i = 0; i < run->groups; i++) {
        if (run->group[i] >= 3) return true;
    }
    return false;
}

/* Whatever stands behind "tel:". */
static void in_context(Scanner *s, Run *run, uint32_t at) {
    const Context *near = phrase_context(s, run->phrase);
    bool named = (near->near & CTX(PHONE)) || (!near->near && (near->any & CTX(PHONE)));
    bool mixed = run->sep == '*' && fold_at(&s->fold, at) != '(' && run->c[0] != '0';
    bool slashed = run->sep == '/' && run->c[0] != '0';
    bool singles = run->groups == run->n && run->n >= 10;
    if (!named || run->tight || is_date_form(run) || mixed || slashed) return;
    if (run->groups > 6 && !singles) return;
    if ((run->sep == '(' || run->sep == '*') && !has_long_group(run)) return; /* "(8) (9)" */
    if (run->groups == 1 && run->n > 12) return;
    if (!check_all_same(run->c, run->n)) scan_emit(s, at, run->end, KIND_PHONE, 0.62);
}

/* "(11) 98765-4321": an area of two, as in Brazil. */
static bool is_bracketed_area(const Run *run) {
    return run->sep == '*' && run->groups == 3 && run->group[0] == 2 && run->group[1] >= 4 &&
           run->group[2] == 4;
}

/* "555-0147x12": the number without its extension; false when there is none. */
static bool without_extension(const Run *run, Run *out) {
    if (run->digits != run->n - 1) return false;
    const char *x = strchr(run->c, 'X');
    int n = x ? (int)(x - run->c) : 0, extension = run->n - n - 1;
    if (n < 7 || extension < 1 || extension > 6) return false;
    if (run->group[run->groups - 1] <= extension + 1) return false;
    *out = *run;
    out->n = out->digits = n;
    out->c[n] = 0;
    out->group[run->groups - 1] -= (uint8_t)(extension + 1);
    return true;
}

/* Behind " ext. 204", " Apparat 23", "转 204" at x; x: there is none. */
static uint32_t extension_end(const Fold *v, uint32_t x) {
    static const char *const words[] = {" extension", " ext", " app", " apparat", " durchwahl",
                                        " dw", " nebenstelle", " poste", " anexo", "转", " 转",
                                        "分机", " x"};
    uint32_t at = x + (fold_at(v, x) == ','), from = at;
    char first = fold_at(v, at), second = fold_at(v, (int64_t)at + 1);
    bool blank = first == ' ' && second && strchr("eadnpx\xE8", to_lower(second));
    if (!blank && first != '\xE8' && first != '\xE5') return x; /* as all of them begin */
    for (size_t i = 0; i < ARRAY_LEN(words) && at == from; i++) {
        takes(v, &at, words[i]);
        if (at > from && is_letter(fold_at(v, at))) at = from; /* "ext" of "extension" */
    }
    if (at == from) return x;
    for (uint32_t word = at; at < v->n && at - word < 3 && strchr(". :-", v->p[at]);) at++;
    uint32_t digits = at;
    at = digits_end(v, at);
    return at - digits >= 1 && at - digits <= 6 && !is_letter(fold_at(v, at)) ? at : x;
}

static void any_phone(Scanner *s, Run *run);

/* A telephone with its extension, which else would stay. */
void format_phone_run(Scanner *s, Run *run) {
    any_phone(s, run);
    uint32_t end = s->last_end;
    if (end < run->at || end > run->end || s->last_at > run->at) return;
    uint32_t behind = extension_end(&s->fold, end);
    if (behind == end) return;
    const ScanSpan *last = NULL; /* is the last find this one, and a telephone? */
    for (size_t i = s->n_spans; i > 0 && !last; i--) {
        if (s->spans[i - 1].end == s->base + fold_end(&s->fold, end)) last = &s->spans[i - 1];
        else if (s->n_spans - i > 4) break;
    }
    assert(behind > end);
    if (!last || last->kind != KIND_PHONE) return;
    scan_emit(s, s->last_at, behind, KIND_PHONE, s->last_score);
}

/* Behind a plus the country decides; else China's forms, North America's, and what stands beside a
   word. */
static void any_phone(Scanner *s, Run *run) {
    Run bare;
    if (without_extension(run, &bare)) run = &bare;
    if (run->digits != run->n || run->n < 7 || run->n > 15) return;
    const Fold *v = &s->fold;
    bool open = fold_at(v, (int64_t)run->at - 1) == '(';
    uint32_t at = run->at - open;
    if (run->first == 0 && fold_at(v, (int64_t)at - 1) == '+') {
        international(s, run, at - 1);
        return;
    }
    if (run->n == 11 && is_cn_mobile(run->c))
        cn_mobile(s, run);
    else if (double_zero(s, run))
        return;
    else if (run->n >= 13)
        cn_prefixed(s, run);
    if (run->n >= 10 && run->n <= 12 && is_cn_landline(run->c, run->n)) cn_landline(s, run);
    if (run->n == 10 || run->n == 11 || run->n == 13) north_american(s, run, at);
    if (run->n > 13 || is_barred(phrase_context(s, run->phrase), CTX_NATIONAL)) return;
    in_context(s, run, at);
    if (run->doubted) return;
    if (is_trunk_form(run) || is_mixed_form(v, run)) scan_emit(s, at, run->end, KIND_PHONE, 0.75);
    if (open && is_bracketed_area(run)) scan_emit(s, at, run->end, KIND_PHONE, 0.7);
    bool hotline = run->n == 10 && memcmp(run->c, "400", 3) == 0; /* 400-xxx-xxxx */
    if (hotline && run->groups == 3 && run->group[0] == 3 && run->sep != '*' && !run->tight) {
        scan_emit(s, at, run->end, KIND_PHONE, 0.7);
    }
}
