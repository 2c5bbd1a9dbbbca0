/*
 * Surrogates that are made anew: e-mail and network addresses, positions, dates, streets, firms,
 * and tokens for whatever has no form.
 *
 *     e-mail        two made-up words under example.com, .org or .net (RFC 2606)
 *     URL           https://NAME.example.com/TOKEN
 *     IPv4          198.18.0.0/15 (RFC 2544); private addresses stay in their range
 *     IPv6, MAC     2001:db8::/32 (RFC 3849); locally administered
 *     position      the first decimal is kept (about 10 km), the rest drawn
 *     date          the year is kept, day and month drawn, in the same spelling: a number above 12,
 *                   before a sign for "day" or beside a month in words is a day
 *     street        the province or city is kept, street and number made up; a number that
 *                   stands behind ("Gartenstraße 17") stays there
 *     firm          a made-up name, the kind of firm kept ("Ltd", U+516C U+53F8)
 *
 * Words are of syllables or from surrogate_data.c, and never of a dictionary, so that putting the
 * original back cannot hit ordinary text.
 */
#include <assert.h>
#include <stdio.h>

#include "gate/scan/impl.h"
#include "gate/surrogate_impl.h"

/* 70 syllables and 8 ends: two syllables give 39,200 words, three 2.7 million. Consonant and vowel
   in turn: it can be read aloud and means nothing. */
void surrogate_syllables(Dice *dice, int n, Buf *out) {
    for (int i = 0; i < n; i++) {
        buf_add_byte(out, "bdfgklmnprstvz"[dice_below(dice, 14)]);
        buf_add_byte(out, "aeiou"[dice_below(dice, 5)]);
    }
    buf_add_byte(out, "lmnrstvx"[dice_below(dice, 8)]);
}

bool word_is_han(Str text) {
    MatchText t = match_plain(text);
    bool han = false;
    for (size_t at = 0; at < text.n;) {
        MatchUnit u = match_unit(&t, at);
        if (u.sort == SORT_LETTER) return false;
        han |= u.sort == SORT_HAN;
        at += u.size;
    }
    return han;
}

/* 28^6 = 4.8e8 of a type. No vowels, so that no word comes out; no 0 and 1, which people read as O
   and I. */
bool surrogate_token(Thing *thing, Buf *out) {
    static const char signs[] = "23456789BCDFGHJKLMNPQRSTVWXZ";
    for (const char *c = scan_type_name(thing->type); *c; c++) buf_add_byte(out, to_upper(*c));
    buf_add_byte(out, '-');
    for (int i = 0; i < 6; i++) {
        buf_add_byte(out, signs[dice_below(&thing->dice, sizeof signs - 1)]);
    }
    return true;
}

/* ---- the net ------------------------------------------------------------------------------- */

/* The original says nothing here: not even its domain is kept, which names an employer. */
bool surrogate_email(Thing *thing, Buf *out) {
    static const char *const ends[] = {"com", "org", "net"};
    surrogate_syllables(&thing->dice, 2, out);
    buf_add_byte(out, '.');
    surrogate_syllables(&thing->dice, 2, out);
    buf_printf(out, "@example.%s", ends[dice_below(&thing->dice, ARRAY_LEN(ends))]);
    return true;
}

bool surrogate_url(Thing *thing, Buf *out) {
    buf_add_c(out, "https://");
    surrogate_syllables(&thing->dice, 3, out);
    buf_add_c(out, ".example.com/");
    return surrogate_password(thing, out);
}

/* Four numbers with dots between; false: not an IPv4 address. */
static bool read_ipv4(Str text, int part[4]) {
    int n = 0, value = -1;
    for (size_t i = 0; i <= text.n; i++) {
        char c = i < text.n ? text.p[i] : '.';
        if (is_digit(c)) {
            value = (value < 0 ? 0 : value) * 10 + c - '0';
            if (value > 255) return false;
        } else {
            if (c != '.' || value < 0 || n == 4) return false;
            part[n++] = value;
            value = -1;
        }
    }
    return n == 4;
}

/* A private address (RFC 1918) stays in its block, because an answer about a network needs to know
   that it is one; all others come from the block for benchmarks. The last byte is 1 to 254: 0 and
   255 mean the network and everybody in it. */
static bool network_v4(Dice *dice, const int was[4], Buf *out) {
    int part[4] = {198, 18 + (int)dice_below(dice, 2), (int)dice_below(dice, 256),
                   1 + (int)dice_below(dice, 254)};
    if (was[0] == 10) part[0] = 10, part[1] = (int)dice_below(dice, 256);
    if (was[0] == 192 && was[1] == 168) part[0] = 192, part[1] = 168;
    if (was[0] == 172 && was[1] >= 16 && was[1] < 32) {
        part[0] = 172;
        part[1] = 16 + (int)dice_below(dice, 16);
    }
    buf_printf(out, "%d.%d.%d.%d", part[0], part[1], part[2], part[3]);
    return true;
}

/* Tells the three spellings apart: dots alone are IPv4; among colons a group of three digits or a
   "::" is IPv6; twelve hexadecimal digits that are left are a MAC address, whatever parts them. A
   MAC begins with 02: locally administered, of one device (IEEE 802), so it is no maker's. Groups
   of an IPv6 begin at 0x1000: without leading zeros there is one way to write each. */
bool surrogate_network(Thing *thing, Buf *out) {
    int part[4], colons = 0;
    bool hex = true, wide = false;
    Dice *dice = &thing->dice;
    Str s = thing->spelled;
    if (read_ipv4(s, part)) return network_v4(dice, part, out);
    for (size_t i = 0, run = 0; i < s.n; i++) {
        colons += s.p[i] == ':';
        hex &= is_hex(s.p[i]) || s.p[i] == ':' || s.p[i] == '-' || s.p[i] == '.';
        run = is_hex(s.p[i]) ? run + 1 : 0;
        wide |= run > 2 || (i > 0 && s.p[i] == ':' && s.p[i - 1] == ':');
    }
    if (hex && colons >= 2 && wide) {
        buf_add_c(out, "2001:db8");
        for (int i = 0; i < 6; i++) buf_printf(out, ":%x", 0x1000 + dice_below(dice, 0xEFFF));
        return true;
    }
    Code code;
    code_read(s, &code);
    if (!hex || code.other || code.n != 12) return false;
    code.c[0] = '0';
    code.c[1] = '2';
    for (int i = 2; i < 12; i++) code.c[i] = "0123456789abcdef"[dice_below(dice, 16)];
    code_spell(s, &code, out);
    return true;
}

/* ---- places -------------------------------------------------------------------------------- */

/* 31.23041, 121.47370 -> 31.27718, 121.40925: digits from the second decimal on are drawn, each
   number's decimals counted anew. */
bool surrogate_position(Thing *thing, Buf *out) {
    bool fraction = false, drawn = false;
    int decimals = 0;
    for (size_t i = 0; i < thing->spelled.n; i++) {
        char c = thing->spelled.p[i];
        bool digit = is_digit(c);
        if (c == '.') fraction = true, decimals = 0;
        else if (!digit) fraction = false;
        if (digit && fraction && ++decimals > 1) {
            c = (char)('0' + (int)dice_below(&thing->dice, 10));
            drawn = true;
        }
        buf_add_byte(out, c);
    }
    return drawn;
}

/* The first place name of a Chinese address that ends with one of these signs; 0: none. */
size_t surrogate_city_bytes(Str text) {
    static const char *const ends[] = {"省", "市", "自治区", "特别行政区"};
    size_t best = 0;
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        size_t at = str_find(text, str_from(ends[i]), 0);
        if (at == SIZE_MAX || at == 0 || at > 30) continue;
        size_t end = at + strlen(ends[i]);
        if (!best || end < best) best = end;
    }
    return best;
}

/* Two or three digits (11 to 990, chosen): too short to be somebody's number. */
static unsigned house_number(Dice *dice) {
    return 11 + dice_below(dice, 980);
}

/* The last of these signs or words that a name of a place ends with; the fallback when none. A unit
   of a number ("1088弄") is none. */
static const char *kind_of_place(Str text, const char *const *kinds, size_t n,
                                 const char *fallback) {
    const char *kind = fallback;
    size_t last = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t at = 0; (at = str_find(text, str_from(kinds[i]), at)) != SIZE_MAX;) {
            bool unit = at && is_digit(text.p[at - 1]);
            at += strlen(kinds[i]);
            if (unit) continue;
            if (at > last) kind = kinds[i];
            if (at > last) last = at;
        }
    }
    return kind;
}

/* "Gartenstraße 17" -> "Brackenholtstraße 617": a number that stands behind stays there. */
static bool street_number_behind(Dice *dice, Str was, Buf *out) {
    static const char *const kinds[] = {"straße", "strasse", "str.", "weg",  "platz", "allee",
                                        "gasse",  "ring",    "ufer", "damm", "hof"};
    size_t comma = str_find(was, STR(","), 0), blank;
    if (comma != SIZE_MAX) was = str_sub(was, 0, comma); /* a town behind it is left out */
    blank = was.n;
    while (blank > 0 && was.p[blank - 1] != ' ') blank--;
    if (blank == 0 || blank == was.n || is_digit(was.p[0])) return false;
    if (!is_digit(was.p[blank])) return false;
    buf_add_c(out, dice_pick(dice, &name_streets));
    buf_printf(out, "%s %u", kind_of_place(was, kinds, ARRAY_LEN(kinds), ""), house_number(dice));
    return true;
}

/* "42 Baker Street" -> "617 Brackenholt Street"; "Springfield" -> "Brackenholt". */
static bool street_latin(Dice *dice, Str was, Buf *out) {
    static const char *const kinds[] = {" Street", " Road", " Avenue", " Lane", " Drive",
                                        " Boulevard", " Court", " Way", " Place", " Square",
                                        " Close", " Terrace", " St", " Ave", " Rd"};
    bool number = str_has_digit(was);
    if (number && street_number_behind(dice, was, out)) return true;
    if (number) buf_printf(out, "%u ", house_number(dice));
    buf_printf(out, "%s%s", dice_pick(dice, &name_streets),
               kind_of_place(was, kinds, ARRAY_LEN(kinds), number ? " Street" : ""));
    return true;
}

/* The city stays; behind it a made-up name of the same kind, and a number where there was one. */
bool surrogate_street(Thing *thing, Buf *out) {
    static const char *const kinds[] = { /* longer ones before those that end them */
        "街道", "小区", "社区", "大道", "大街", "胡同", "大厦", "广场", "花园", "公寓", "新村", "路", "街",
        "道", "巷", "弄", "里", "苑", "区", "县", "镇", "乡", "村", "小區", "社區", "大廈", "廣場", "花園",
        "區", "縣", "鎮", "鄉"};
    Str was = thing->spelled;
    Dice *dice = &thing->dice;
    if (!word_is_han(was)) return street_latin(dice, was, out);
    size_t head = surrogate_city_bytes(was);
    assert(head <= was.n);
    if (head < was.n) buf_add(out, was.p, head);
    else head = 0;
    Str rest = str_sub(was, head, was.n);
    buf_add_c(out, dice_pick(dice, &name_streets_zh));
    buf_add_c(out, kind_of_place(rest, kinds, ARRAY_LEN(kinds), head ? "路" : "镇"));
    if (str_has_digit(was)) buf_printf(out, "%u号", house_number(dice));
    return true;
}

/* The end of a firm's name that says what it is; n = 0: none. */
Str surrogate_firm_kind(Str name) {
    static const char *const kinds[] = {
        "有限责任公司", "股份有限公司", "科技有限公司", "有限公司", "集团", "公司", "大学", "学院",
        "中学", "小学", "医院", "银行", "研究院", "研究所", "事务所", "委员会", "局", "部", "厂",
        " University", " College", " Hospital", " Bank", " Institute", " Group", " GmbH & Co. KG",
        " mbH", " GmbH", " KGaA", " KG", " OHG", " UG", " SE", " e.V.", " e. V.", " Ltd.", " Ltd",
        " Limited", " LLC", " LLP", " Inc.", " Inc", " Corp.", " Corp", " Corporation", " AG",
        " SA", " plc"};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        Str kind = str_from(kinds[i]);
        if (name.n > kind.n && str_ends(name, kind)) return kind;
    }
    return (Str){NULL, 0};
}

/* surrogate_firm_kind's table is tried from its top: what ends with another row stands above it. */
bool surrogate_org(Thing *thing, Buf *out) {
    bool han = word_is_han(thing->spelled);
    buf_add_c(out, han ? dice_pick(&thing->dice, &name_orgs_zh)
                       : dice_pick(&thing->dice, &name_orgs));
    Str kind = surrogate_firm_kind(thing->spelled);
    if (kind.n) buf_add_str(out, kind);
    else if (han) buf_add_c(out, "公司");
    return true;
}

/* ---- dates --------------------------------------------------------------------------------- */

/*
 * A date is drawn number by number, without knowing which is the day: whatever comes out must be a
 * date again in the same spelling.
 *
 *     07.03.1990    both may be a month    each 1..12 (or 01..09)
 *     25/12/1983    25 is above 12         it becomes 13..28; 12 becomes 10..12
 *     7 March 1990  one small number       it is the day: 1..9, with two digits 10..28
 *
 * 28 is the last day that every month has. The number of digits stays, and so does a 0 in front.
 */
typedef enum DatePart { PART_EITHER, PART_DAY, PART_LATE_DAY } DatePart;

/* Draws a number of 1 or 2 digits anew: valid as a day, and as a month unless it is none. */
static void draw_small(Dice *dice, Str was, DatePart part, Buf *out) {
    assert(was.n == 1 || was.n == 2);
    uint32_t least = part == PART_LATE_DAY ? 13 : 10, last = part == PART_EITHER ? 12 : 28;
    if (was.n == 1) buf_printf(out, "%u", 1 + dice_below(dice, 9));
    else if (was.p[0] == '0') buf_printf(out, "0%u", 1 + dice_below(dice, 9));
    else buf_printf(out, "%u", least + dice_below(dice, last - least + 1));
}

/* Numbers of one or two digits. */
static int small_numbers(Str date) {
    int n = 0;
    for (size_t i = 0, run; i < date.n; i += run ? run : 1) {
        for (run = 0; i + run < date.n && is_digit(date.p[i + run]);) run++;
        n += run == 1 || run == 2;
    }
    return n;
}

/* What the number at [from, to) can be, by its neighbours and its size. */
static DatePart part_of(Str date, size_t from, size_t to) {
    Str behind = str_sub(date, to, date.n);
    if (small_numbers(date) == 1 || str_starts(behind, STR("日")) ||
        str_starts(behind, STR("号"))) {
        return PART_DAY;
    }
    bool late = to - from == 2 && (date.p[from] - '0') * 10 + date.p[from + 1] - '0' > 12;
    return late ? PART_LATE_DAY : PART_EITHER;
}

/* Runs of one, two and eight digits are drawn; a year of four and all else stays as it is. */
bool surrogate_date(Thing *thing, Buf *out) {
    Str s = thing->spelled;
    int drawn = 0;
    for (size_t i = 0; i < s.n;) {
        size_t run = 0;
        while (i + run < s.n && is_digit(s.p[i + run])) run++;
        if (run == 1 || run == 2) {
            draw_small(&thing->dice, str_sub(s, i, i + run), part_of(s, i, i + run), out);
            drawn++;
        } else if (run == 8) { /* yyyymmdd */
            buf_add(out, s.p + i, 4);
            draw_small(&thing->dice, str_sub(s, i + 4, i + 6), PART_EITHER, out);
            draw_small(&thing->dice, str_sub(s, i + 6, i + 8), PART_DAY, out);
            drawn++;
        } else {
            run = run ? run : 1;
            buf_add(out, s.p + i, run);
        }
        i += run;
    }
    return drawn > 0;
}

/* ---- coarser ------------------------------------------------------------------------------- */

/* The first four digits that may be a year, or what stands for it. */
static void coarse_date(Str date, Buf *out) {
    for (size_t i = 0; i + 4 <= date.n; i++) {
        bool year = (date.p[i] == '1' || date.p[i] == '2') && is_digit(date.p[i + 1]) &&
                    is_digit(date.p[i + 2]) && is_digit(date.p[i + 3]);
        if (!year || (i > 0 && is_digit(date.p[i - 1]))) continue;
        buf_add(out, date.p + i, 4);
        if (word_is_han(date)) buf_add_c(out, "年");
        return;
    }
    buf_add_c(out, word_is_han(date) ? "某日" : "some day");
}

/* One decimal of each number: about 10 km. */
static void coarse_position(Str position, Buf *out) {
    bool fraction = false;
    int decimals = 0;
    for (size_t i = 0; i < position.n; i++) {
        char c = position.p[i];
        if (c == '.') fraction = true, decimals = 0;
        else if (!is_digit(c)) fraction = false;
        if (!fraction || c == '.' || ++decimals <= 1) buf_add_byte(out, c);
    }
}

/* Does the mark at `at` part thousands? A '.' does with three digits behind it and no fourth:
   "84.500". */
static bool parts_thousands(Str amount, size_t at) {
    char c = amount.p[at];
    size_t n = 0;
    while (at + 1 + n < amount.n && is_digit(amount.p[at + 1 + n])) n++;
    return c == ',' || (c == '\'' && n == 3) || (c == '.' && n == 3);
}

/* A number's first digit, then zeros: its order of magnitude. "84,500" becomes "80,000", "84.500"
   "80.000", "84'500" "80'000", "12.50" "10". */
static void coarse_amount(Str amount, Buf *out) {
    bool first = true, fraction = false;
    for (size_t i = 0; i < amount.n; i++) {
        char c = amount.p[i];
        bool digit = is_digit(c), thousands = !digit && parts_thousands(amount, i);
        bool begins = c == '.' && !thousands && i + 1 < amount.n && is_digit(amount.p[i + 1]);
        if (begins) fraction = true;
        else if (!digit && !thousands) fraction = false, first = true;
        if (fraction) continue;
        buf_add_byte(out, digit && !first ? '0' : c);
        if (digit) first = false;
    }
}

static void coarse_data(Str data, Buf *out) {
    buf_printf(out, "[%zu bytes of data left out: nobody could look through them]", data.n);
}

/* The kind goes before the type. What has no coarser form that is still true becomes its type in
   brackets, "[phone]". */
Status surrogates_generalise(const ScanSpan *span, Str spelled, Buf *out, Err *err) {
    bool digits = false;
    for (size_t i = 0; i < spelled.n; i++) digits |= is_digit(spelled.p[i]);
    size_t head = word_is_han(spelled) ? surrogate_city_bytes(spelled) : 0;
    assert(head <= spelled.n);
    if (span->kind == KIND_DATA) coarse_data(spelled, out);
    else if (span->kind == KIND_POSITION) coarse_position(spelled, out);
    else if (span->type == SCAN_DATE) coarse_date(spelled, out);
    else if (span->type == SCAN_PLACE && head) buf_add(out, spelled.p, head);
    else if (span->type == SCAN_PLACE) buf_add_str(out, spelled);
    else if (span->type == SCAN_ADDRESS && head) buf_add(out, spelled.p, head);
    else if (span->type == SCAN_FINANCE && digits) coarse_amount(spelled, out);
    else buf_printf(out, "[%s]", scan_type_name(span->type));
    return buf_check(out, "a coarser form", err);
}
