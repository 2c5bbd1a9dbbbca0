/*
 * Other manners of writing a known thing that is no person.
 *
 * A model moves about what it is given: it writes a date as its reader's language does, a
 * telephone as one dials it at home, a firm without "Ltd", a street without its number. What it
 * writes so is made of the surrogate, and comes back made of the original in the same manner:
 * "1987-03-19" of "19 March 1987", and not "14 March 1987" in the middle of a list of dates.
 *
 *     date       shapes of the table below; day and month must be told apart by the spelling; one
 *                without its year only where no other year is beside it (MATCH_BIRTHDAY)
 *     telephone  digits alone, for the matcher looks through how they are grouped: with the 0 of
 *                the country, with both, behind 00, without all of it; a Chinese mobile behind
 *                86; one with its 0 without it, as it stands behind a country's code; digit by
 *                digit in words
 *     numbers    telephone, account, card, id: the last four signs behind words that say so
 *                ("ending in 4711") or signs that hide the rest ("**** 4711"), and the first ones
 *                with the last four around such signs
 *     firm       without its kind ("Ltd", U+516C U+53F8), or in Han signs with a shorter one; two
 *                of these alone may be a word
 *     street     without its number, and without "Street"; with "St" for "Street"; with its number
 *                at the other end, or behind "Nr.", "no.";
 *                in Han signs without the city, too, and in pinyin ("752 Qingchuan Road")
 *     e-mail     what stands before the '@', from LOCAL_LEAST signs on; "emma [at] example [dot]
 *                com", and as it is said
 *
 * Tried: days without their year anywhere. With 25 dates in the map 170 days of 4 MB of Chinese
 * news were taken for one of them. Not here: what is computed from a surrogate ("the day after").
 *
 * Source of the lengths of country codes: ITU-T E.164, list of assigned codes.
 */
#include "gate/manner.h"

#include <assert.h>

#include "base/calendar.h"
#include "base/han.h"
#include "base/utf8.h"
#include "gate/match.h"
#include "gate/pinyin.h"
#include "gate/scan/impl.h"
#include "gate/surrogate_impl.h"

enum { LOCAL_LEAST = 8, REST_LEAST = 7, HOME_LEAST = 9, PHONE_MAX = 24 };
enum { TAIL = 4, TAILED_LEAST = 8 }; /* signs of a number's end, and of a number that has one */

/* ---- dates --------------------------------------------------------------------------------- */

/* y year, Y its last two digits, M D two digits, m d as many as needed, E G month in English and
   German, e g the first three letters of it, o day with "th", w "of", O the day in words, c z Z
   year, month and day in Han numerals. */
static const char *const date_shapes[] = {
    "E d, y", "E o, y", "d E y",  "o E y", "o w E y", "d. G y", "y-M-D",      "D.M.y",
    "d.m.y",  "M/D/y",  "m/d/y",  "y-m-d", "e d, y",   "d e y",  "y年m月d日", "y年M月D日",
    "e. d, y", "D-e-y", "d-e-y", "d. E y", "d E, y", "E o y", "e o, y", "o w e y", "y/M/D",
    "D E y", "E D, y", "D e y", "e D, y", "D. G y", "d. g. y", "d. g y", "y/m/d", "yMD", "D.M.Y",
    "d.m.Y", "M/D/Y", "m/d/Y", "O w E, y", "O w E y", "E O, y", "c年z月Z日", "c年z月Z号",
    "y年z月Z日", "y年m月d号", "y, m, d", "\"year\": y, \"month\": m, \"day\": d",
    "\"day\": d, \"month\": m, \"year\": y", "o e y", "y E d",
    "y.m.d", "y.M.D",
    /* without the year */
    "E d", "E o", "d E", "o w E", "o E", "O w E", "d. G", "D. G", "e d", "d e", "d. E", "m月d日",
    "m月d号", "z月Z日"};

static const char *const ordinals[31] = {
    "first",       "second",       "third",         "fourth",       "fifth",
    "sixth",       "seventh",      "eighth",        "ninth",        "tenth",
    "eleventh",    "twelfth",      "thirteenth",    "fourteenth",   "fifteenth",
    "sixteenth",   "seventeenth",  "eighteenth",    "nineteenth",   "twentieth",
    "twenty-first", "twenty-second", "twenty-third", "twenty-fourth", "twenty-fifth",
    "twenty-sixth", "twenty-seventh", "twenty-eighth", "twenty-ninth", "thirtieth",
    "thirty-first"};

/* 1 to 12 of the first month that the text names, 0: none. Short ones are looked for, which the
   whole ones hold; "März" is whole, for its three bytes are no letters. */
static int month_in(Str text) {
    static const CalendarTongue tongues[] = {CALENDAR_ENGLISH, CALENDAR_GERMAN};
    for (int month = 1; month <= 12; month++) {
        for (size_t k = 0; k < ARRAY_LEN(tongues); k++) {
            Str word = str_from(calendar_month_name(tongues[k], month));
            size_t short_n = word.n < 3 || (unsigned char)word.p[1] >= 0x80 ? word.n : 3;
            if (str_has(text, str_sub(word, 0, short_n))) return month;
        }
    }
    return 0;
}

/* A date whose day and month cannot be taken for each other. */
static bool read_date(Str text, CalendarDate *out) {
    int part[3] = {0}, n = 0, word = month_in(text);
    size_t digits[3] = {0};
    char first = 0; /* the sign behind the first number */
    for (size_t at = 0; at < text.n;) {
        size_t from = at;
        if (n == 3 && is_digit(text.p[at])) return false;
        while (at < text.n && at - from < 5 && is_digit(text.p[at])) {
            part[n] = part[n] * 10 + text.p[at++] - '0';
        }
        if (n == 0 && at > from && at < text.n) first = text.p[at];
        if (at > from) digits[n++] = at - from;
        else at++;
    }
    bool front = n > 0 && digits[0] == 4; /* 1987-03-19, 1987 3 19 in Han signs */
    if (word && n == 2) *out = (CalendarDate){part[1], word, part[0]};
    else if (!word && n == 3 && front) *out = (CalendarDate){part[0], part[1], part[2]};
    else if (!word && n == 3 && first == '.') *out = (CalendarDate){part[2], part[1], part[0]};
    else return false;
    return out->year >= 1000 && out->year <= 9999 && out->month >= 1 && out->month <= 12 &&
           out->day >= 1 && out->day <= 31;
}

/* A year's digits one by one. */
static void write_han_year(int year, Buf *out) {
    static const char *const digits[] = {"〇", "一", "二", "三", "四", "五", "六", "七", "八", "九"};
    for (int unit = 1000; unit; unit /= 10) buf_add_c(out, digits[year / unit % 10]);
}

/* "Mär" has a letter of two bytes. */
static void write_short(const char *month, Buf *out) {
    buf_add(out, month, (unsigned char)month[1] >= 0x80 ? 4 : 3);
}

/* One sign of a shape; what is none of them stands as it is. */
static void write_part(const CalendarDate *date, char part, Buf *out) {
    assert(date->month >= 1 && date->month <= 12 && date->day >= 1 && date->day <= 31);
    const char *english = calendar_month_name(CALENDAR_ENGLISH, date->month);
    const char *german = calendar_month_name(CALENDAR_GERMAN, date->month);
    switch (part) {
    case 'y': buf_printf(out, "%d", date->year); return;
    case 'E': buf_add_c(out, english); return;
    case 'G': buf_add_c(out, german); return;
    case 'e': write_short(english, out); return;
    case 'g': write_short(german, out); return;
    case 'Y': buf_printf(out, "%02d", date->year % 100); return;
    case 'O': buf_add_c(out, ordinals[date->day - 1]); return;
    case 'c': write_han_year(date->year, out); return;
    case 'z': han_add_number(out, (unsigned)date->month); return;
    case 'Z': han_add_number(out, (unsigned)date->day); return;
    case 'M': buf_printf(out, "%02d", date->month); return;
    case 'D': buf_printf(out, "%02d", date->day); return;
    case 'm': buf_printf(out, "%d", date->month); return;
    case 'd': buf_printf(out, "%d", date->day); return;
    case 'o': buf_printf(out, "%d%s", date->day, calendar_ordinal(date->day)); return;
    case 'w': buf_add_c(out, "of"); return;
    default: buf_add_byte(out, part);
    }
}

/* false: the thing is no date that can be read without doubt. */
static bool write_date(Str thing, size_t i, Buf *out) {
    CalendarDate date;
    if (!read_date(thing, &date)) return false;
    const char *c = date_shapes[i];
    bool quoted = *c == '"'; /* words of JSON stand as they are; a match has no mark in front */
    for (c += quoted; *c; c++) {
        quoted ^= *c == '"';
        if (quoted) buf_add_byte(out, *c);
        else write_part(&date, *c, out);
    }
    return true;
}

/* ---- the end of a number ------------------------------------------------------------------- */

/* What says that the last signs of a number follow; the last one: nothing, behind hiding signs. */
static const char *const tails[] = {
    "ending in ", "ending with ", "ending ", "ends in ", "ends with ", "ends ", "last four digits ",
    "last four digits are ", "last 4 digits ", "last 4 digits are ", "last four ", "final four ",
    "endet auf ", "endend auf ", "endet mit ", "Endziffern ", "letzten vier Ziffern ",
    "letzte vier Ziffern ", "letzten 4 Ziffern ", "Endung ", "尾号", "尾号为", "尾号是", "尾数",
    "后四位", "后四位是", "后四位为", "末四位", "末四位是", "末四位为", "最后四位", "最后四位是", ""};
enum { HEAD_3 = ARRAY_LEN(tails), HEAD_4, HEAD_6, TAILS };

/* Behind words, or with the three, four or six signs that it begins with. false: too short. */
static bool write_tail(Str thing, size_t i, Buf *out) {
    Code code;
    code_read(thing, &code);
    assert(i < TAILS);
    size_t head = i == HEAD_3 ? 3 : i == HEAD_4 ? 4 : i == HEAD_6 ? 6 : 0;
    if (code.other || code.n < TAILED_LEAST + (int)head) return false;
    if (i < HEAD_3) buf_add_c(out, tails[i]);
    buf_add(out, code.c, head);
    if (head) buf_add_c(out, " **** ");
    buf_add(out, code.c + code.n - TAIL, TAIL);
    return true;
}

/* ---- telephones ---------------------------------------------------------------------------- */

enum { PHONE_HOME, PHONE_BOTH, PHONE_DIALLED, PHONE_REST, PHONE_86, PHONE_0086, PHONE_SAID,
       PHONE_GESAGT, PHONE_LOCAL, PHONES };

/* Digit by digit, as it is dictated. */
static void say_digits(Str digits, bool german, Buf *out) {
    static const char *const words[2][10] = {
        {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"},
        {"null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"}};
    for (size_t i = 0; i < digits.n; i++) {
        if (i > 0) buf_add_byte(out, ' ');
        buf_add_c(out, words[german][digits.p[i] - '0']);
    }
}

/* Digits of the country's code that a number behind '+' begins with. */
static size_t country_code(Str digits) {
    static const char two[] = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 "
                              "53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 "
                              "93 94 95 98 ";
    if (digits.n < 4) return 0;
    if (digits.p[0] == '1' || digits.p[0] == '7') return 1;
    return str_has(str_from(two), str_sub(digits, 0, 2)) ? 2 : 3;
}

/* The digits of a thing that has nothing else; 0: too many, or letters. */
static size_t digits_of(Str thing, char digits[PHONE_MAX]) {
    size_t n = 0;
    for (size_t i = 0; i < thing.n; i++) {
        if ((unsigned char)thing.p[i] >= 0x80 || is_letter(thing.p[i])) return 0;
        if (!is_digit(thing.p[i])) continue;
        if (n == PHONE_MAX) return 0;
        digits[n++] = thing.p[i];
    }
    return n;
}

/* Behind the groups of the country and the place, as neighbours dial it; in its own groups, for so
   few digits stand in many a longer code. */
static bool write_local_phone(Str thing, Buf *out) {
    size_t at = 0, groups = 0, n = 0;
    for (; at < thing.n && groups < 3; at++) {
        bool begins = is_digit(thing.p[at]) && (at == 0 || !is_digit(thing.p[at - 1]));
        groups += begins && !str_starts(str_sub(thing, at, thing.n), STR("0)")); /* "(0)20" */
    }
    if (groups < 3) return false;
    Str rest = str_sub(thing, at - 1, thing.n);
    for (size_t i = 0; i < rest.n; i++) n += is_digit(rest.p[i]);
    buf_add_str(out, rest);
    return n >= REST_LEAST;
}

/* false: it has no such form, or would have too few digits to be told from another number. */
static bool write_phone(Str thing, size_t i, Buf *out) {
    char bytes[PHONE_MAX];
    Str all = {bytes, digits_of(thing, bytes)};
    bool abroad = thing.n > 0 && thing.p[0] == '+';
    if (i == PHONE_SAID || i == PHONE_GESAGT) {
        say_digits(all, i == PHONE_GESAGT, out);
        return all.n >= REST_LEAST;
    }
    bool trunk = all.n > HOME_LEAST && bytes[0] == '0' && bytes[1] != '0';
    if (!abroad && trunk && i == PHONE_REST) { /* "0171 ..." as "+49 171 ..." */
        buf_add_str(out, str_sub(all, 1, all.n));
        return true;
    }
    if (!abroad) {
        bool mobile = all.n == 11 && bytes[0] == '1' && (i == PHONE_86 || i == PHONE_0086);
        if (mobile) buf_printf(out, "%s%.11s", i == PHONE_86 ? "86" : "0086", bytes);
        return mobile;
    }
    if (i == PHONE_LOCAL) return write_local_phone(thing, out);
    size_t code = country_code(all), from = code;
    if (from < all.n && bytes[from] == '0') from++; /* "+44 (0)20" */
    assert(from <= all.n);
    Str rest = str_sub(all, from, all.n);
    if (!code || rest.n < REST_LEAST || i > PHONE_REST) return false;
    if (i == PHONE_DIALLED) buf_add_c(out, "00");
    if (i == PHONE_DIALLED || i == PHONE_BOTH) buf_add(out, bytes, code);
    if (i == PHONE_HOME || i == PHONE_BOTH) buf_add_byte(out, '0');
    buf_add_str(out, rest);
    return true;
}

/* ---- firms, streets, e-mail ---------------------------------------------------------------- */

static const char *const short_kinds[] = {"", "科技", "集团", "公司"};

/* Without its kind; two Han signs with a shorter kind only, for alone they may be a word. */
static bool write_firm(Str thing, size_t i, Buf *out) {
    Str kind = surrogate_firm_kind(thing);
    bool han = word_is_han(thing);
    assert(kind.n <= thing.n);
    if (han ? !kind.n : i > 0) return false;
    Str core = str_trim(str_sub(thing, 0, thing.n - kind.n));
    while (core.n && core.p[core.n - 1] == ',') core.n--;
    if (core.n < 4 || (han && i == 0 && utf8_length(core) < 3)) return false;
    buf_add_str(out, core);
    buf_add_c(out, short_kinds[i]);
    return true;
}

/* How a number is said beside its street: in front of it or behind, after which word. The first is
   at the other end than in the original. */
static const struct StreetNumber {
    bool ahead;
    const char *word, *between;
} street_numbers[] = {{false, "", " "}, {false, "Nr. ", " "}, {false, "no. ", " "},
                      {true, "no. ", " "}, {true, "", " in "}, {true, "", " on "}};

enum { STREET_NUMBERLESS, STREET_NAME, STREET_CITYLESS, STREET_SHORT, STREET_LONG,
       STREET_NUMBERS, /* from here on: street_numbers */
       STREET_NAME_SHORT = STREET_NUMBERS + ARRAY_LEN(street_numbers),
       STREET_PINYIN, STREET_PINYIN_BEHIND, STREETS };

/* All of it, with its kind short, or with German's sharp s as two letters. A surrogate has no town
   behind a comma; the original comes back with its own. */
static bool write_street_whole(Str thing, size_t i, Buf *out) {
    static const char *const shorter[][2] = {
        {"Street", "St"}, {"Avenue", "Ave"}, {"Road", "Rd"}, {"Lane", "Ln"}, {"Drive", "Dr"},
        {"Boulevard", "Blvd"}, {"Square", "Sq"}, {"Court", "Ct"}, {"Place", "Pl"},
        {"Terrace", "Ter"}, {"straße", "str."}, {"Straße", "Str."}, {"strasse", "str."},
        {"platz", "pl."}};
    bool number = false;
    for (size_t at = 0, step; at < thing.n; at += step) {
        Str rest = str_sub(thing, at, thing.n);
        number |= is_digit(thing.p[at]);
        step = 1;
        for (size_t k = 0; i == STREET_SHORT && k < ARRAY_LEN(shorter) && step == 1; k++) {
            if (at == 0 || !str_starts(rest, str_from(shorter[k][0]))) continue;
            step = strlen(shorter[k][0]);
            buf_add_c(out, shorter[k][1]);
        }
        if (i == STREET_LONG && str_starts(rest, STR("ß"))) step = 2, buf_add_c(out, "ss");
        if (step == 1) buf_add_byte(out, thing.p[at]);
    }
    return number;
}

/* "42 Baker Street, London": up to the comma, without the number at either end. */
static Str street_latin(Str thing) {
    size_t comma = str_find(thing, STR(","), 0), from = 0;
    Str street = comma == SIZE_MAX ? thing : str_sub(thing, 0, comma);
    while (from < street.n && is_digit(street.p[from])) from++;
    bool front = from > 0 && from < street.n && street.p[from] == ' ';
    if (front) return str_sub(street, from + 1, street.n);
    size_t blank = street.n;
    while (blank > 0 && street.p[blank - 1] != ' ') blank--;
    bool behind = blank > 1 && blank < street.n && is_digit(street.p[blank]);
    return behind ? str_sub(street, 0, blank - 1) : street;
}

/* "Baker Street, 42", "27 Lindenallee", "no. 42 Baker Street", "42 in Baker Street". */
static bool write_street_number(Str thing, size_t i, Buf *out) {
    const struct StreetNumber *how = &street_numbers[i];
    Str street = street_latin(thing);
    size_t comma = str_find(thing, STR(","), 0);
    Str all = comma == SIZE_MAX ? thing : str_sub(thing, 0, comma);
    bool front = street.p > all.p, ahead = i == 0 ? !front : how->ahead;
    assert(street.n <= all.n && i < ARRAY_LEN(street_numbers));
    if (street.n == all.n || street.n < 6) return false;
    Str number = str_trim(front ? str_sub(all, 0, all.n - street.n)
                                : str_sub(all, street.n, all.n));
    if (!ahead) buf_printf(out, "%.*s%s", (int)street.n, street.p, how->between);
    buf_printf(out, "%s%.*s", how->word, (int)number.n, number.p);
    if (ahead) buf_printf(out, "%s%.*s", how->between, (int)street.n, street.p);
    return true;
}

/* Six signs at least: "Ring" alone is a word. */
static bool write_street_latin(Str thing, size_t i, Buf *out) {
    Str street = street_latin(thing);
    size_t blank = str_find(street, STR(" "), 0);
    if (i >= STREET_PINYIN) return false;
    if (i == STREET_NAME_SHORT) {
        bool long_enough = write_street_whole(street, STREET_SHORT, out) || street.n >= 10;
        return long_enough && out->n > 0 && !str_eq(buf_str(out), street);
    }
    if (i >= STREET_NUMBERS) return write_street_number(thing, i - STREET_NUMBERS, out);
    if (i >= STREET_SHORT) return write_street_whole(thing, i, out);
    if (i == STREET_CITYLESS || street.n < 6) return false;
    if (i == STREET_NAME && blank == SIZE_MAX) return false;
    buf_add_str(out, i == STREET_NAME ? str_sub(street, 0, blank) : street);
    return true;
}

/* The sign for "number" as traditional script has it: the rest is often written alike. */
static bool write_traditional(Str thing, Buf *out) {
    size_t at = str_find(thing, STR("号"), 0);
    if (at == SIZE_MAX) return false;
    buf_add_str(out, str_sub(thing, 0, at));
    buf_add_c(out, "號");
    buf_add_str(out, str_sub(thing, at + 3, thing.n));
    return true;
}

/* "752 Qingchuan Road", "Qingchuan Road 752": a name of two or three signs behind the city. What
   has a district, too, is not written so, and comes back in its signs. */
static bool write_street_pinyin(Str thing, bool behind, Buf *out) {
    static const char *const kinds[][2] = {
        {"大道", " Avenue"}, {"大街", " Street"}, {"路", " Road"}, {"街", " Street"},
        {"巷", " Lane"}};
    size_t from = surrogate_city_bytes(thing), at = from, signs = 0, width;
    const char *kind = NULL;
    for (; at < thing.n && !kind; signs++) {
        Str rest = str_sub(thing, at, thing.n);
        for (size_t k = 0; k < ARRAY_LEN(kinds) && !kind; k++) {
            if (signs && str_starts(rest, str_from(kinds[k][0]))) kind = kinds[k][1];
        }
        if (kind) break;
        if (!pinyin_readings(thing, at, &width).n) return false;
        at += width;
    }
    size_t number = at, digits;
    while (number < thing.n && !is_digit(thing.p[number])) number++;
    for (digits = number; digits < thing.n && is_digit(thing.p[digits]);) digits++;
    bool simple = kind && signs >= 2 && signs <= 3 && digits > number;
    if (!simple) return false;
    if (!behind) buf_printf(out, "%.*s ", (int)(digits - number), thing.p + number);
    pinyin_write(str_sub(thing, from, at), out);
    buf_add_c(out, kind);
    if (behind) buf_printf(out, " %.*s", (int)(digits - number), thing.p + number);
    return true;
}

/* From the city's end, or the beginning, to the number. */
static bool write_street_han(Str thing, size_t i, Buf *out) {
    size_t from = i == STREET_NUMBERLESS ? 0 : surrogate_city_bytes(thing), to = 0;
    if (i == STREET_LONG) return write_traditional(thing, out);
    if (i >= STREET_PINYIN) return write_street_pinyin(thing, i == STREET_PINYIN_BEHIND, out);
    if (i == STREET_SHORT || i >= STREET_NUMBERS) return false;
    while (to < thing.n && !is_digit(thing.p[to])) to++;
    if (i == STREET_CITYLESS) to = thing.n;
    if ((i != STREET_NUMBERLESS && from == 0) || to < from + 9) return false; /* three signs */
    buf_add(out, thing.p + from, to - from);
    return true;
}

/* What stands before the '@', if that is long enough to be nobody else's. */
static bool write_local(Str thing, Buf *out) {
    size_t at = str_find(thing, STR("@"), 0);
    if (at == SIZE_MAX || at < LOCAL_LEAST) return false;
    buf_add(out, thing.p, at);
    return true;
}

/* How an address is written where machines shall not read it, or said: '@' and '.', and '_' and '-'
   where these are said, too. */
static const struct Spoken {
    const char *at, *dot, *line, *dash;
    bool local; /* before the '@' the dots stay as they are */
} spoken[] = {
    {" [at] ", ".", "_", "-", false}, {"[at]", ".", "_", "-", false},
    {" (at) ", ".", "_", "-", false}, {"(at)", ".", "_", "-", false},
    {" at ", ".", "_", "-", false}, {" @ ", ".", "_", "-", false},
    {"&#64;", ".", "_", "-", false}, {"&#64;", ".", "\\_", "-", false},
    {" [at] ", " [dot] ", "_", "-", false}, {"[at]", "[dot]", "_", "-", false},
    {" (at) ", " (dot) ", "_", "-", false}, {"(at)", "(dot)", "_", "-", false},
    {" at ", " dot ", " underscore ", " dash ", false}, {" at ", " dot ", "_", "-", false},
    {" at ", " Punkt ", " Unterstrich ", " Bindestrich ", false},
    {" ät ", " Punkt ", " Unterstrich ", " Bindestrich ", false},
    {" [at] ", " [dot] ", "_", "-", true}, {"[at]", "[dot]", "_", "-", true},
    {" (at) ", " (dot) ", "_", "-", true}, {"(at)", "(dot)", "_", "-", true},
    {" at ", " dot ", "_", "-", true}, {" at ", " Punkt ", "_", "-", true},
    {" ät ", " Punkt ", "_", "-", true},
    {" (ät) ", " Punkt ", "_", "-", true}};

static bool write_spoken(Str thing, size_t i, Buf *out) {
    size_t local = str_find(thing, STR("@"), 0);
    if (local == SIZE_MAX) return false;
    assert(i < ARRAY_LEN(spoken));
    for (size_t at = 0; at < thing.n; at++) {
        switch (thing.p[at]) {
        case '@': buf_add_c(out, spoken[i].at); break;
        case '.': buf_add_c(out, spoken[i].local && at < local ? "." : spoken[i].dot); break;
        case '_': buf_add_c(out, spoken[i].line); break;
        case '-': buf_add_c(out, spoken[i].dash); break;
        default: buf_add_byte(out, thing.p[at]);
        }
    }
    return true;
}

/* ---- all of them --------------------------------------------------------------------------- */

/* How many forms a type has; not each thing has each of them. */
size_t manner_count(ScanType type) {
    switch (type) {
    case SCAN_DATE: return ARRAY_LEN(date_shapes);
    case SCAN_PHONE: return PHONES + TAILS;
    case SCAN_BANK: case SCAN_ID: return TAILS;
    case SCAN_ORG: return ARRAY_LEN(short_kinds);
    case SCAN_ADDRESS: return STREETS;
    case SCAN_EMAIL: return 1 + ARRAY_LEN(spoken);
    default: return 0;
    }
}

/* The i-th form of the thing; false: it has none, and what was written is of no use. */
bool manner_write(ScanType type, Str thing, size_t i, Buf *out) {
    assert(i < manner_count(type));
    switch (type) {
    case SCAN_DATE: return write_date(thing, i, out);
    case SCAN_PHONE:
        return i < PHONES ? write_phone(thing, i, out) : write_tail(thing, i - PHONES, out);
    case SCAN_BANK: case SCAN_ID: return write_tail(thing, i, out);
    case SCAN_ORG: return write_firm(thing, i, out);
    case SCAN_ADDRESS:
        return word_is_han(thing) ? write_street_han(thing, i, out)
                                  : write_street_latin(thing, i, out);
    case SCAN_EMAIL:
        return i == 0 ? write_local(thing, out) : write_spoken(thing, i - 1, out);
    default: return false;
    }
}

/* One of write_tail's manners: the end of a number, or both its ends. */
static bool is_ends(ScanType type, size_t i) {
    return type == SCAN_BANK || type == SCAN_ID || (type == SCAN_PHONE && i >= PHONES);
}

static bool is_tail(ScanType type, size_t i) {
    return is_ends(type, i) && (type == SCAN_PHONE ? i - PHONES : i) < HEAD_3;
}

size_t manner_end(ScanType type, size_t i) {
    assert(i < manner_count(type));
    return is_tail(type, i) ? TAIL : 0;
}

/* "3/2/90" has too few digits to be told without the signs between them: 3290 is a number. */
static bool is_short_day(const char *shape) {
    return strpbrk(shape, "mdY") && strspn(shape, "ymdYMD./-, ") == strlen(shape);
}

/* What is spelled with signs of its own between its words is found with just these. The last of the
   tails has no words before it. */
unsigned manner_flags(ScanType type, size_t i) {
    assert(i < manner_count(type));
    if (is_tail(type, i) && !is_tail(type, i + 1)) return MATCH_TAIL;
    if (is_ends(type, i) && !is_tail(type, i)) return MATCH_HIDDEN;
    if (type == SCAN_DATE && is_short_day(date_shapes[i])) return MATCH_CASE;
    if (type == SCAN_DATE && strpbrk(date_shapes[i], "yYc")) return 0;
    if (type == SCAN_DATE) { /* "4 may" is a number and a verb */
        bool word = strpbrk(date_shapes[i], "EGe") != NULL;
        return MATCH_BIRTHDAY | (word ? MATCH_CASE | MATCH_NAME : 0);
    }
    if (type == SCAN_BANK || type == SCAN_ID) return 0;
    if (type == SCAN_PHONE && i == PHONE_LOCAL) return MATCH_CASE;
    if (type == SCAN_PHONE) return i == PHONE_SAID || i == PHONE_GESAGT ? MATCH_NAME : 0;
    return type == SCAN_EMAIL && i > 0 ? 0 : MATCH_NAME;
}
