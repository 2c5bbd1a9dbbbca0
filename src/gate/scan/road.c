/*
 * Roads that their house's number does not lead to, for nothing beside it says "street".
 *
 *     Am Wasserturm 3a     Zur Alten Mühle 17, 24395 Gelting      at 12 harlow crescent
 *
 * German calls roads by where they lie: a preposition with a capital, an adjective perhaps, a noun,
 * a number of up to three digits. Numbers are counted so, too ("Im Kapitel 5", "Am Gleis 3"), so
 * the noun must be none of these, and behind the number the sentence pauses or a town with its code
 * follows. In small letters the preposition needs the town.
 *
 * English in small letters, as chats have it: number, one or two words, a word for a road, and a
 * word such as "at" before. It is looked for from the road's word back, since nearly all numbers
 * behind "at" are none. With capitals it is format_address.c's.
 *
 * Both walks are of a few words. Our own lists.
 */
#include <assert.h>

#include "base/lists.h"
#include "gate/scan/impl.h"

enum { WORD_MAX = 30, HOUSE_DIGITS = 3, NAME_LEAST = 4 };

/* None that English begins words with often: each costs all texts a look. */
static const char *const places[] = {"am ", "im ", "zum ", "zur ", "auf dem ", "auf der ",
                                     NULL};

static const char *const roads[] = {"street",  "road",      "avenue", "crescent",
                                    "gardens", "boulevard", "mews",   NULL};

void road_index(Scanner *s) {
    anchor_heads(&s->anchors, ANCHOR_ROAD, places);
    anchor_heads(&s->anchors, ANCHOR_ROAD, roads);
}

static bool is_name_byte(char c) {
    return is_letter(c) || c == '\'' || c == '-' || ((unsigned char)c & 0x80);
}

static uint32_t word_end(const Fold *v, uint32_t x) {
    uint32_t from = x;
    while (x < v->n && x - from < WORD_MAX && is_name_byte(v->p[x])) x++;
    return x;
}

/* ---- German --------------------------------------------------------------------------------- */

/* What is counted by a number behind it; a word that ends so is, too. */
static const char *const counted[] = {
    "kapitel", "abschnitt", "tag",    "jahr",   "quartal", "tabelle",  "artikel", "bild",
    "seite",   "übung",     "gleis",  "fall",   "raum",    "zimmer",   "punkt",   "absatz",
    "teil",    "band",      "heft",   "spiel",  "schritt", "zeile",    "semester", "alter",
    "paragraph", "anhang",  "stand",  "version", "block",  "satz",     "klasse",  "stufe",
    "level",   "monat",     "woche",  "platz",  "rang",    "kilometer", "ende",   "anfang",
    "januar",  "februar",   "märz",   "april",  "mai",     "juni",     "juli",    "august",
    "september", "oktober", "november", "dezember", "montag", "dienstag", "mittwoch",
    "donnerstag", "freitag", "samstag", "sonntag", "preis", "wert",    "faktor",  "runde",
    "gruppe",  "liga",      "phase",  "nummer", "mal",     "paket",    "modell",  "halle",
    "etage",   "stock",     "linie",  "bus",    "uhr",     "abbildung", "aufgabe", "frage",
    "lektion", "folge",     "staffel", "akt",   "szene",   "vers",     "psalm",   "grad",
    "bereich", "port",      "tor",    "terminal", "schnitt", "saldo",  "betrag",  "umfang",
    "tisch",   "schalter",  "eingang", "aufgang", "fenster", "spalte", "anlage",  "ziffer",
    "straße",  "strasse",  "gasse",  "allee", /* format_address.c's */
    "bohrung", "rate",      "verhältnis", "mittel", "regal", "fach",   "kasse",   "spiele",
    NULL};

static bool is_big(const Fold *v, uint32_t x) { /* Ä, Ö, Ü, too */
    bool umlaut = fold_at(v, x) == '\xC3' && (unsigned char)fold_at(v, (int64_t)x + 1) < 0x9F;
    return sign_of(fold_at(v, x)) & SIGN_CAPITAL || umlaut;
}

/* "3", "17", "112a" at x; 0: none. */
static uint32_t house_end(const Fold *v, uint32_t x) {
    uint32_t end = x;
    while (end - x < HOUSE_DIGITS + 1 && is_digit(fold_at(v, end))) end++;
    if (end == x || end - x > HOUSE_DIGITS) return 0;
    if (is_letter(fold_at(v, end)) && !is_alnum(fold_at(v, (int64_t)end + 1))) end++;
    return is_alnum(fold_at(v, end)) ? 0 : end;
}

/* "Am Wasserturm 3a" from x on. */
static uint32_t placed_end(Scanner *s, uint32_t x) {
    const Fold *v = &s->fold;
    uint32_t at = x;
    if (!takes_any(v, &at, places) || !is_big(v, at)) return 0;
    if (is_name_byte(fold_at(v, (int64_t)x - 1))) return 0;
    uint32_t word = at, end = word_end(v, word);
    bool adjective = fold_at(v, end) == ' ' && v->p[end - 1] == 'n' && is_big(v, end + 1);
    if (adjective) end = word_end(v, word = end + 1);
    if (end - word < NAME_LEAST || fold_at(v, end) != ' ') return 0;
    if (fold_ends_any(v, end, counted)) return 0;
    uint32_t house = house_end(v, end + 1);
    if (!house) return 0;
    uint32_t town = format_post_town(v, house);
    char behind = fold_at(v, house), next = fold_at(v, (int64_t)house + 1);
    bool pause = behind == 0 || behind == '\n' || behind == ')' || behind == ';' ||
                 behind == '\r' || ((behind == ',' || behind == '.') && !is_digit(next));
    if (town == house && !(pause && is_big(v, x))) return 0;
    assert(town >= house && house > x);
    scan_emit(s, x, town, KIND_STREET, 0.75);
    return town;
}

/* ---- English in small letters --------------------------------------------------------------- */

/* What stands between a number and a road and makes it no house's: "2 lane road". */
static bool is_no_name(Str word) {
    static const Str words[] = {
        STR("lane"),  STR("way"),   STR("mile"),  STR("miles"), STR("the"),     STR("off"),
        STR("more"),  STR("other"), STR("new"),   STR("main"),  STR("side"),    STR("hour"),
        STR("day"),   STR("foot"),  STR("feet"),  STR("block"), STR("blocks"),  STR("of"),
        STR("and"),   STR("major"), STR("minor"), STR("dirt"),  STR("long"),    STR("hours"),
        STR("days"),  STR("per"),   STR("in"),    STR("out"),   STR("to"),      STR("from"),
        STR("cars"),  STR("times"), STR("percent"), STR("people"), STR("minute"), STR("minutes"),
        STR("different"), STR("metres"), STR("meters"), STR("a"), STR("is"),    STR("are")};
    return word.n < 3 || is_among(word, words, ARRAY_LEN(words));
}

/* The small word before the blank at x - 1; empty: none. */
static Str small_before(const Fold *v, uint32_t x) {
    uint32_t end = x, at;
    if (end < 2 || v->p[--end] != ' ') return (Str){v->p, 0};
    for (at = end; at > 0 && end - at < WORD_MAX && sign_of(v->p[at - 1]) & SIGN_SMALL;) at--;
    return (Str){v->p + at, end - at};
}

/* Does a word stand before the number at x that leads to a place? */
static bool is_led(const Fold *v, uint32_t x) {
    static const char *const leads[] = {" at ", " to ", " from ", " is ", " near ", "address ",
                                        " on ", " in ", " of ", ": ", " past ", " by ", NULL};
    return fold_ends_any(v, x, leads) || (x == 3 && fold_has(v, 0, "at "));
}

/* "12 harlow crescent" with the road's word at x. */
static uint32_t small_end(Scanner *s, uint32_t x) {
    enum { NAME_WORDS = 2 };
    const Fold *v = &s->fold;
    uint32_t end = x, at = x;
    for (size_t i = 0; roads[i] && end == x; i++) {
        uint32_t n = (uint32_t)strlen(roads[i]);
        if (x + n <= v->n && memcmp(v->p + x, roads[i], n) == 0) end = x + n;
    }
    if (end == x || is_name_byte(fold_at(v, end))) return 0;
    for (int words = 0; words < NAME_WORDS; words++) {
        Str word = small_before(v, at);
        if (is_no_name(word) || word.p == v->p) return 0;
        at = (uint32_t)(word.p - v->p);
        uint32_t number = at - 1, from = number;
        if (v->p[number] != ' ' || at < 3) return 0;
        if (is_letter(v->p[from - 1]) && is_digit(v->p[from - 2])) from--; /* "12a" */
        while (from > 0 && number - from < 5 && is_digit(v->p[from - 1])) from--;
        if (from == number || !is_digit(v->p[from])) continue;
        if (!is_led(v, from)) return 0;
        scan_emit(s, from, end, KIND_STREET, 0.75);
        return end;
    }
    return 0;
}

/* A capital behind a blank, or a road's word behind a small one: told before any list is asked. */
uint32_t road_scan(Scanner *s, uint32_t x) {
    const Fold *v = &s->fold;
    if (fold_at(v, (int64_t)x - 1) == ' ') {
        uint32_t end = sign_of(v->p[x]) & SIGN_SMALL ? small_end(s, x) : 0;
        if (end) return end;
    }
    char first = to_lower(v->p[x]); /* of `places` */
    return first == 'a' || first == 'i' || first == 'z' ? placed_end(s, x) : 0;
}
