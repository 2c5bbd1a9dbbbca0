/*
 * Street addresses that have a house number: Chinese, English, and some of Europe's.
 *
 * Chinese: a number with a sign such as U+53F7 or U+680B behind and a sign of a road, lane or
 * estate just before it ("...U+8DEF 200 U+53F7"). From there it grows to the left over Han signs,
 * as far as a sign that leads to an address (U+5728, U+5230, U+4F4F ...) or TAKE_BACK signs, and to
 * the right over building names and further numbers with their signs. English: number, one to four
 * capitalised words, a word such as Street or Ave; then perhaps a flat, and a town with state and
 * code. Europe: number, a word such as rue or Via, names; or a word that ends in -strasse, -gasse
 * ... and a number. An address without a house number is a matter of names and not found here.
 */
#include "base/utf8.h"
#include "gate/scan/impl.h"

enum { TAKE_BACK = 24, NAME_MAX_SIGNS = 10 };

/* ---- Chinese ------------------------------------------------------------------------------- */

/* Three bytes a sign: roads, lanes and estates before a house's number; units of it behind; what
   leads to an address; ends of regions' names. */
static const char roads[] = "路街道巷弄村里同段园区厦苑城庄线坊场";
static const char units[] = "号號弄栋幢座楼层室户单";
static const char leads[] = "在到于住往至址从去给的为是寄送";
static const char regions[] = "省市区县州盟旗镇乡";

/* The number's unit at x: "号", "号楼", "单元", ...; 0: none. */
static uint32_t unit_end(const Fold *v, uint32_t x) {
    if (!sign_in(v, x, units)) return 0;
    bool pair = sign_in(v, x, "单");
    x += HAN_BYTES;
    if (pair) return sign_in(v, x, "元") ? x + HAN_BYTES : 0;
    return sign_in(v, x, "楼院室") ? x + HAN_BYTES : x;
}

/* Where the address begins: back over Han signs to a sign that leads to one, or to four signs
   before the first region's own. */
static uint32_t cn_start(const Fold *v, uint32_t number) {
    uint32_t x = number, region = number;
    for (int i = 0; i < TAKE_BACK && x >= HAN_BYTES && han_at(v, x - HAN_BYTES); i++) {
        if (sign_before(v, x, leads)) break;
        if (sign_before(v, x, regions)) region = x - HAN_BYTES;
        x -= HAN_BYTES;
    }
    /* a province or a town is at most four signs before its own sign */
    return region < number && region - x > 4 * HAN_BYTES ? region - 4 * HAN_BYTES : x;
}

/* Digits or capitals, perhaps with '-', and their unit. */
static uint32_t cn_number_end(const Fold *v, uint32_t x) {
    uint32_t from = x;
    while (x < v->n && x - from < 8 && (is_alnum(v->p[x]) || (v->p[x] == '-' && x > from))) x++;
    return x > from ? unit_end(v, x) : 0;
}

/* A building: some signs that end in one of a house's. */
static uint32_t cn_building_end(const Fold *v, uint32_t x) {
    for (int i = 0; i < NAME_MAX_SIGNS && han_at(v, x); i++, x += HAN_BYTES) {
        if (i > 0 && sign_in(v, x, "厦区园场寓楼苑心门城座舍")) return x + HAN_BYTES;
    }
    return 0;
}

/* From the number both ways; up to six parts behind it (building, unit, room). */
static void cn_address(Scanner *s, const Run *run) {
    const Fold *v = &s->fold;
    uint32_t end = unit_end(v, run->end);
    if (!end || run->at < 2 * HAN_BYTES || !sign_before(v, run->at, roads)) return;
    uint32_t from = cn_start(v, run->at);
    if (run->at - from < 2 * HAN_BYTES) return;
    for (int i = 0; i < 6; i++) {
        uint32_t next = cn_number_end(v, end);
        if (!next) next = cn_building_end(v, end);
        if (!next) break;
        end = next;
    }
    scan_emit(s, from, end, KIND_STREET, 0.85);
}

/* ---- Japanese ------------------------------------------------------------------------------ */

/* "12-3", "1-28-19" behind a number of up to three digits: its end; 0: none. */
static uint32_t blocks_end(const Fold *v, const Run *run, int *groups) {
    enum { DIGITS = 4, GROUPS = 3 };
    uint32_t x = run->end;
    *groups = 1;
    while (*groups < GROUPS && fold_at(v, x) == '-') {
        uint32_t end = digits_end(v, x + 1);
        if (end == x + 1 || end - x - 1 > DIGITS) break;
        x = end;
        ++*groups;
    }
    return *groups > 1 && !is_alnum(fold_at(v, x)) && fold_at(v, x) != '-' ? x : 0;
}

/* "東京都世田谷区用賀1-28-19": the signs of a prefecture and of a city, or one of them before three
   numbers with dashes. */
static void jp_address(Scanner *s, const Run *run) {
    const Fold *v = &s->fold;
    int groups;
    uint32_t end = run->n == run->digits ? blocks_end(v, run, &groups) : 0, x = run->at;
    bool land = false, town = false;
    if (!end) return;
    for (int i = 0; i < TAKE_BACK && x >= HAN_BYTES; i++) {
        bool kana = v->p[x - HAN_BYTES] == '\xE3' && utf8_goes_on(v->p[x - 1]);
        if (!han_at(v, x - HAN_BYTES) && !kana) break;
        if (sign_before(v, x, "はをにで。、：「」")) break;
        land = land || (i > 0 && sign_before(v, x, "都道府県"));
        town = town || (i > 0 && sign_before(v, x, "市区町村郡"));
        x -= HAN_BYTES;
    }
    bool enough = groups > 2 ? land || town : land && town;
    if (enough && run->at - x >= 4 * HAN_BYTES) scan_emit(s, x, end, KIND_STREET, 0.8);
}

/* "〒158-0097" */
static void jp_code(Scanner *s, const Run *run) {
    const Fold *v = &s->fold;
    uint32_t mark = run->at - (v->p[run->at - 1] == ' ');
    if (run->n != 3 || run->digits != 3 || !sign_before(v, mark, "〒")) return;
    if (fold_at(v, run->end) != '-' || digits_end(v, run->end + 1) != run->end + 5) return;
    scan_emit(s, mark - HAN_BYTES, run->end + 5, KIND_STREET, 0.85);
}

/* ---- English ------------------------------------------------------------------------------- */

/* The usual words of America and Britain, short and long, in any capitals. */
static const char *const street_words[] = {
    "street",   "st",        "avenue",    "ave",       "road",     "rd",      "lane",   "ln",
    "drive",    "dr",        "boulevard", "blvd",      "court",    "ct",      "place",  "pl",
    "way",      "terrace",   "parkway",   "pkwy",      "square",   "sq",      "circle", "cir",
    "highway",  "hwy",       "crescent",  "close",     "gardens",  "row",     "trail",  "alley",
    "mews",     "grove",     "quay",      "wharf",     "cottages", "villas",  "parade", "walk",
    "vale",     "heights",   "esplanade", "promenade", "embankment", NULL};

/* The end of the capitalised word (or "5th") at x; 0: none. */
static uint32_t name_end(const Fold *v, uint32_t x) {
    uint32_t end = x;
    char first = fold_at(v, x);
    if (!plain_is_capital(first) && !is_digit(first)) return 0;
    while (end < v->n && (is_alnum(v->p[end]) || v->p[end] == '\'') && end - x < 24) end++;
    return end;
}

/* ", Apt 4B", " Suite 200", " #12" */
static uint32_t flat_end(const Fold *v, uint32_t x) {
    static const Str words[] = {STR("Apt"),  STR("Apt."), STR("Suite"), STR("Ste"),
                                STR("Unit"), STR("Flat"), STR("Floor"), STR("#")};
    uint32_t at = x;
    while (at < v->n && at - x < 2 && strchr(", ", v->p[at])) at++;
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        uint32_t n = (uint32_t)words[i].n;
        if (at + n >= v->n || memcmp(v->p + at, words[i].p, n) != 0) continue;
        uint32_t number = at + n + (v->p[at + n] == ' '), end = number;
        while (end < v->n && is_alnum(v->p[end]) && end - number < 6) end++;
        if (end > number && (is_digit(v->p[number]) || end - number == 1)) return end;
    }
    return x;
}

/* ", Springfield, IL 62704" (the town may have three words); x where there is none. */
static uint32_t town_end(const Fold *v, uint32_t x) {
    uint32_t at = x;
    if (fold_at(v, at) != ',' || fold_at(v, (int64_t)at + 1) != ' ') return x;
    at += 2;
    for (int words = 0; words < 3; words++) {
        uint32_t end = name_end(v, at);
        if (!end || is_digit(v->p[at])) return x;
        at = end;
        if (fold_at(v, at) == ',') break;
        if (fold_at(v, at) != ' ') return x;
        at++;
    }
    if (fold_at(v, at) != ',' || fold_at(v, (int64_t)at + 1) != ' ') return x;
    at += 2;
    uint32_t state = at, end = name_end(v, at);
    if (end != state + 2 || fold_at(v, end) != ' ') return x;
    uint32_t code = digits_end(v, end + 1);
    if (code - end - 1 != 5) return x;
    if (fold_at(v, code) == '-' && digits_end(v, code + 1) == code + 5) code += 5;
    return code;
}

/* "Austin, TX 78704" before the five digits of a code: a town of up to three words, a comma, one of
   the Postal Service's states. */
static void us_town(Scanner *s, const Run *run) {
    static const char states[] =
        "ALAKAZARCACOCTDEDCFLGAHIIDILINIAKSKYLAMEMDMAMIMNMSMOMTNENVNHNJNMNYNCNDOHOKORPARISCSD"
        "TNTXUTVTVAWAWVWIWYPR";
    enum { CODE = 5, WORDS = 3, WORD_LONG = 24 };
    const Fold *v = &s->fold;
    if (run->n != CODE || run->digits != CODE || run->at < 8) return;
    uint32_t state = run->at - 3, x = state - 2, at = x;
    if (v->p[run->at - 1] != ' ' || v->p[state - 1] != ' ' || v->p[x] != ',') return;
    if (!one_at(v, state, states, 2)) return;
    for (int words = 0; words < WORDS; words++) {
        uint32_t end = words ? at - 1 : at, begin = end;
        if (words && (at == 0 || v->p[at - 1] != ' ')) break;
        while (begin > s->floor && end - begin < WORD_LONG && is_letter(v->p[begin - 1])) begin--;
        if (begin == end || !plain_is_capital(v->p[begin])) break;
        at = begin;
    }
    uint32_t end = run->end;
    if (fold_at(v, end) == '-' && digits_end(v, end + 1) == end + 5) end += 5;
    if (at < x) scan_emit(s, at, end, KIND_STREET, 0.8);
}

/* "LL30 2YN", "D06 X2P8": a code of Britain or Ireland at x; 0: none. */
static uint32_t island_code_end(const Fold *v, uint32_t x) {
    uint32_t from = x, digits = 0;
    while (x < v->n && x - from < 4 && (sign_of(v->p[x]) & (SIGN_CAPITAL | SIGN_DIGIT))) {
        digits += is_digit(v->p[x++]);
    }
    if (x - from < 2 || !digits || is_digit(v->p[from]) || fold_at(v, x) != ' ') return 0;
    uint32_t second = ++x, more = 0;
    while (x < v->n && x - second < 4 && (sign_of(v->p[x]) & (SIGN_CAPITAL | SIGN_DIGIT))) {
        more += is_digit(v->p[x++]);
    }
    bool british = x - second == 3 && is_digit(v->p[second]) && more == 1;
    bool irish = x - second == 4 && second - from == 4 && more;
    return (british || irish) && !is_alnum(fold_at(v, x)) ? x : 0;
}

/* " Upper, Dublin 6, D06 X2P8", ", Hebden Bridge HX7 8AD": a side, up to two places, and the code;
   x where no code comes. */
static uint32_t island_end(const Fold *v, uint32_t x) {
    enum { WORDS = 8 };
    uint32_t at = x;
    for (int words = 0; words < WORDS; words++) {
        if (fold_at(v, at) == ',') at++;
        if (fold_at(v, at) != ' ') return x;
        uint32_t code = island_code_end(v, at + 1), end = name_end(v, at + 1);
        if (code) return code;
        if (!end) return x;
        at = end;
    }
    return x;
}

/* Where "Flat 9, " or the like begins that ends at x; x: none does. */
static uint32_t flat_begin(const Fold *v, uint32_t x) {
    static const char *const words[] = {"Flat ", "Apt ", "Unit ", "Suite ", "Room "};
    uint32_t end = x, from;
    if (x < 8 || v->p[x - 1] != ' ' || v->p[x - 2] != ',') return x;
    for (from = end -= 2; from > 0 && end - from < 4 && is_alnum(v->p[from - 1]);) from--;
    for (size_t i = 0; from < end && i < ARRAY_LEN(words); i++) {
        uint32_t n = (uint32_t)strlen(words[i]);
        bool border = from == n || (from > n && !is_alnum(v->p[from - n - 1]));
        if (border && memcmp(v->p + from - n, words[i], n) == 0) return from - n;
    }
    return x;
}

/* One to four words with capitals and a word for a street at x; then flat and town. 0: none. */
static uint32_t street_end(const Fold *v, uint32_t x) {
    enum { NAME_WORDS = 4 };
    for (int words = 0; words <= NAME_WORDS && fold_at(v, x) == ' '; words++) {
        uint32_t word = x + 1, end = name_end(v, word);
        if (!end) return 0;
        if (words > 0 && fold_is_any(v, word, end, street_words)) {
            end += fold_at(v, end) == '.' && end - word <= 4;
            end = flat_end(v, end);
            uint32_t town = town_end(v, end);
            return town == end ? island_end(v, end) : town;
        }
        x = end;
    }
    return 0;
}

/* " Hawksworth Bank, Ilkley LS29 9LF" at x: whatever the road is called, a code says that it is
   one. A year in between makes the number a day's. 0: none. */
static uint32_t coded_end(const Fold *v, uint32_t x) {
    enum { YEAR = 4 };
    uint32_t code = is_digit(fold_at(v, (int64_t)x + 1)) ? x : island_end(v, x);
    for (uint32_t at = x; at < code; at++) {
        if (digits_at(v, at) == YEAR) return 0;
    }
    return code > x ? code : 0;
}

/* A house's number and what stands behind it. */
static void en_address(Scanner *s, const Run *run) {
    const Fold *v = &s->fold;
    uint32_t end = street_end(v, run->end);
    if (!end) end = coded_end(v, run->end);
    if (end) scan_emit(s, flat_begin(v, run->at), end, KIND_STREET, 0.85);
}

/* ---- other countries ----------------------------------------------------------------------- */

static bool is_name_byte(char c) {
    return is_letter(c) || c == '\'' || ((unsigned char)c & 0x80);
}

/* Letters of alphabets with blanks; a character that the limit cuts is left out. */
static uint32_t letters_end(const Fold *v, uint32_t x) {
    enum { BYTES_MAX = 30, HAN_LEAD = 0xE3 };
    uint32_t from = x;
    while (x < v->n && x - from < BYTES_MAX && is_name_byte(v->p[x]) &&
           (unsigned char)v->p[x] < HAN_LEAD) {
        x++;
    }
    while (x > from && utf8_goes_on(fold_at(v, x))) x--;
    return x;
}

static Str word_of(const Fold *v, uint32_t at, uint32_t end) {
    return (Str){v->p + at, end - at};
}

/* What tells a German town from others of its name, at x: "-Land", "/Lahn", " (Oder)", " an der
   Lahn", " am Main"; x: nothing. A day ("am Montag") is no river. */
static uint32_t town_tail(const Fold *v, uint32_t x) {
    static const char *const tails[] = {"-",        "/",         " (",  " an der ",
                                        " ob der ", " vor der ", " am "};
    static const char *const days[] = {"tag", "abend", "morgen", "ende", NULL};
    for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
        uint32_t at = x + (uint32_t)strlen(tails[i]);
        if (!fold_has(v, x, tails[i]) || !has_capital((Str){v->p + at, at < v->n})) continue;
        uint32_t end = letters_end(v, at);
        if (fold_ends_any(v, end, days)) return x;
        if (tails[i][1] == '(' && fold_at(v, end++) != ')') return x;
        return end;
    }
    return x;
}

/* ", 75002 Paris", also on the next line, as letters have it, and behind a signature's marks. */
uint32_t format_post_town(const Fold *v, uint32_t x) {
    static const char *const marks[] = {" |", " ·", " •", " -", ",", NULL};
    uint32_t at = x;
    (void)takes_any(v, &at, marks);
    if (fold_at(v, at) == '\r') at++;
    if (fold_at(v, at) != ' ' && fold_at(v, at) != '\n') return x;
    uint32_t code = digits_end(v, at + 1), town = code + 1;
    if (code - at - 1 < 4 || code - at - 1 > 5 || fold_at(v, code) != ' ') return x;
    if (!has_capital((Str){v->p + town, town < v->n})) return x;
    return town_tail(v, letters_end(v, town));
}

/* "12 rue de la Paix": a number, a word for a road, perhaps particles, one or two names. */
static void route_address(Scanner *s, const Run *run) {
    static const Str ways[] = {STR("rue"),    STR("Rue"),     STR("avenue"),  STR("boulevard"),
                               STR("place"),  STR("chemin"),  STR("impasse"), STR("quai"),
                               STR("allée"), STR("Via"), STR("Viale"), STR("Calle"),
                               STR("calle"),  STR("Avenida"), STR("Rua"),     STR("rua"),
                               STR("Plaza"),  STR("Piazza"),  STR("cours"),   STR("route")};
    static const Str particles[] = {STR("de"), STR("du"), STR("des"), STR("la"), STR("le"),
                                    STR("les"), STR("del"), STR("della"), STR("da"), STR("do")};
    const Fold *v = &s->fold;
    uint32_t at = run->end + 1, end, last = 0;
    if (fold_at(v, run->end) == ',') at++; /* "12, rue" */
    end = letters_end(v, at);
    if (end - at < 3 || !is_among(word_of(v, at, end), ways, ARRAY_LEN(ways))) return;
    for (int words = 0, names = 0; words < 5 && names < 2 && fold_at(v, end) == ' '; words++) {
        at = end + 1;
        end = letters_end(v, at);
        bool name = end > at && has_capital((Str){v->p + at, 1});
        Str word = word_of(v, at, end);
        if (!name && !is_among(word, particles, ARRAY_LEN(particles))) break;
        names += name;
        if (name) last = end;
    }
    if (last) scan_emit(s, run->at, format_post_town(v, last), KIND_STREET, 0.85);
}

/* "einbahnstraße 2": a street of a kind, and no one's name. */
static bool is_any_street(const Fold *v, uint32_t at) {
    static const char *const kinds[] = {"seiten", "neben", "einbahn", "quer", "land", "bundes",
                                        "schul", "rad", "fuß", "arbeits", "heim", "rück", "um",
                                        "feld", "hin", "durch", "unter", "aus", "wander", "mittel",
                                        "lehr", "lebens", "rechts", "gen", "vor", "schlicht", NULL};
    return takes_any(v, &at, kinds) && (fold_has(v, at, "str") || fold_has(v, at, "weg"));
}

/* "Schillerplatz 2b", "Rathausring 7": squares and rings are named after people and what stands
   there, or else they are "Parkplatz 12". */
static bool is_named_square(const Scanner *s, uint32_t at, uint32_t end) {
    static const char *const ends[] = {"platz", "ring", "ufer", "damm", "markt", "hof", NULL};
    static const char *const stems[] = {"rathaus", "markt",  "dom",     "kirch",   "bahnhofs",
                                        "bahnhof", "schloss", "schloß", "münster", "kloster",
                                        "theater", "museums", "burg",   "linden",  "rosen",
                                        "stadt",   "main",   "elb",     "rhein",   "mühlen",
                                        "ost",     "west",   "nord",    "süd",     NULL};
    const Fold *v = &s->fold;
    uint32_t stem = end;
    for (size_t i = 0; ends[i] && stem == end; i++) {
        if (fold_ends(v, end, ends[i])) stem = end - (uint32_t)strlen(ends[i]);
    }
    if (stem == end || stem < at + 3 || !has_capital((Str){v->p + at, 1})) return false;
    if (fold_is_any(v, at, stem, stems)) return true;
    if (v->p[stem - 1] == '-') return is_letter(v->p[at + 1]); /* "Kaiser-Wilhelm-", not "O-" */
    for (int cut = 0; cut < 3 && stem - cut > at + 3; cut++) { /* "Karls-", "Goethen-" */
        if (cut && !strchr("sne", v->p[stem - cut])) return false;
        if (names_knows(s->model, (Str){v->p + at, stem - cut - at})) return true;
    }
    return false;
}

/* "Torstrasse 12": a word that ends as a street does, before the number; with a capital, but for
   the ends that chats have in small letters, too ("lindenstr. 12"). */
static void compound_address(Scanner *s, const Run *run) {
    static const Str ends[] = {STR("straße"), STR("strasse"), STR("str."), STR("str"),
                               STR("weg"),    STR("gasse"),   STR("straat"), STR("gracht"),
                               STR("gatan"),  STR("allee")};
    enum { SMALL_ENDS = 5 };
    const Fold *v = &s->fold;
    uint32_t end = run->at - 1, at = end - (end > 0 && v->p[end - 1] == '.');
    char last = fold_at(v, (int64_t)end - 1);
    if (!last || !strchr("etnrg.zmf", last)) return; /* as all of them end */
    if (strchr("zgrmtf", last)) {
        uint32_t word = end;
        while (word > s->floor && end - word < 40 &&
               (is_name_byte(v->p[word - 1]) || v->p[word - 1] == '-')) {
            word--;
        }
        while (word < end && utf8_goes_on(v->p[word])) word++;
        if (word < end && is_named_square(s, word, end)) {
            scan_emit(s, word, format_post_town(v, run->end), KIND_STREET, 0.75);
            return;
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        uint32_t n = (uint32_t)ends[i].n;
        if (ends[i].p[n - 1] != last || end <= n) continue;
        if (memcmp(v->p + end - n, ends[i].p, n) != 0) continue;
        while (at > s->floor && end - at < 40 && is_name_byte(v->p[at - 1])) at--;
        while (at < end && utf8_goes_on(v->p[at])) at++;
        bool chat = i < SMALL_ENDS && end - at >= n + 3 && !is_any_street(v, at);
        if (end - at <= n || !(chat || has_capital((Str){v->p + at, 1}))) continue;
        scan_emit(s, at, format_post_town(v, run->end), KIND_STREET, 0.85);
        return;
    }
}

/* "Hinterm Zoll 22" above "31675 Bueckeburg": a road may be called anything, but words and a
   house's number above five digits and a town that is all of its line are an address. */
static void block_address(Scanner *s, const Run *run) {
    enum { CODE = 5, LINE = 48, HOUSE = 4 };
    const Fold *v = &s->fold;
    uint32_t stop = run->at - 1, x, digits;
    if (run->digits != CODE || run->n != CODE || v->p[stop] != '\n' || stop == 0) return;
    uint32_t end = format_post_town(v, stop);
    char behind = fold_at(v, end);
    static const Str counted[] = {STR("Euro"), STR("EUR"), STR("Mark"), STR("Dollar"), STR("Yen"),
                                STR("Einwohner"), STR("Mitglieder"), STR("Kilometer")};
    if (end == stop || (behind && behind != '\n' && behind != '\r')) return;
    if (is_among(word_of(v, run->end + 1, end), counted, ARRAY_LEN(counted))) return;
    if (v->p[stop - 1] == '\r') stop--;
    x = stop - (stop > 1 && is_letter(v->p[stop - 1]) && is_digit(v->p[stop - 2])); /* "7a" */
    for (digits = x; x > s->floor && is_digit(v->p[x - 1]);) x--;
    digits -= x;
    if (digits == 0 || digits > HOUSE || fold_at(v, (int64_t)x - 1) != ' ') return;
    uint32_t at = x - 1;
    while (at > s->floor && x - at <= LINE && v->p[at - 1] != '\n') {
        char c = v->p[at - 1];
        if (!is_name_byte(c) && c != ' ' && c != '-' && c != '.') return;
        at--;
    }
    bool whole = at == 0 || v->p[at - 1] == '\n';
    if (whole && x - at > 3 && has_capital(word_of(v, at, at + 1))) {
        scan_emit(s, at, end, KIND_STREET, 0.8);
    }
}

void format_address_run(Scanner *s, Run *run) {
    if (run->groups != 1 || run->n > 6 || run->digits == 0 || run->n - run->digits > 1) return;
    char behind = fold_at(&s->fold, run->end);
    if ((unsigned char)behind >= 0xE4)
        cn_address(s, run);
    else if (is_digit(run->c[0]) && !run->tight) {
        if (behind == ' ') en_address(s, run);
        if (behind == ' ' || (behind == ',' && fold_at(&s->fold, (int64_t)run->end + 1) == ' '))
            route_address(s, run);
    }
    if (run->at == 0) return;
    if (is_digit(run->c[0]) && s->fold.p[run->at - 1] == ' ') compound_address(s, run);
    if (run->at > 1) block_address(s, run);
    us_town(s, run);
    if (run->at < HAN_BYTES || !(s->fold.p[run->at - 2] & 0x80)) return;
    jp_code(s, run);
    if (behind == '-') jp_address(s, run);
}
