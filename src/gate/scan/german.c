/*
 * What the tagger finds among German words, and names nobody.
 *
 * The tagger has learned Chinese and English. German writes all nouns with a capital, so a third of
 * what names nobody in German texts was masked: "Prise Salz", "Rückgabe der Winterjacke", rows of
 * amounts as addresses. Where the words around are German (SPAN bytes both ways; small words
 * of grammar tell), a find is cut into runs of words with a capital and each is judged:
 *
 *   - words in small letters, and words of grammar with the capital of a sentence, part the runs;
 *     a particle ("von") between two that may be names does not;
 *   - nouns of german_data.c, whole or as a compound's end, words that end as only nouns do (-ung,
 *     -keit) and short ones in capitals ("TAN") are nobody before a name, and alone; behind a name
 *     they stay, for one may be a family name;
 *   - a single word that no list has, of which the tagger is not sure, is a noun behind an article
 *     or a pronoun, with an adjective between or not ("den geplatzten Reifen");
 *   - behind "Herr", "Frau", "Dr." nothing is judged.
 *
 * An address needs a word before a number that may be a road's, or a town behind its code; what has
 * none is an amount or a row of numbers, in which only known names and those behind a title stay.
 *
 * What is known as a name in the lexicon stays, unless it is a noun of the list as it stands there.
 * Limits: places and firms are left out only as a whole; a name that is a noun ("Licht") is missed
 * where neither a title nor a first name stands before it; text in small letters is not judged.
 */
#include "gate/scan/german.h"

#include <assert.h>

#include "base/lists.h"
#include "base/utf8.h"
#include "gate/scan/impl.h"

enum { WORD_MAX = 40, SPAN = 500, LEAST = 4, BEFORE_LEAST = 3, SHORT_LABEL = 5, STEP = 256 };

static const float SURE = 0.9F;

typedef enum Kind { SMALL, PARTICLE, TITLE, NOUN, NAME, UNKNOWN } Kind;

/* ---- is it German? -------------------------------------------------------------------------- */

static bool is_part(char c) {
    return is_letter(c) || (unsigned char)c >= 0x80;
}

static bool begins_big(Str word) {
    uint32_t c = word.n ? utf8_decode(word, 0, &(size_t){0}) : 0;
    return unicode_lower(c) != c;
}

/* How much a word in small letters says for German (or, below 0, for English): "der" and "die" are
   words of its neighbours, too. */
static int says_german(Str word) {
    static const Str strong[] = {
        STR("und"),  STR("ist"),  STR("nicht"), STR("ich"),   STR("mit"),   STR("für"),
        STR("auf"),  STR("bei"),  STR("zum"),   STR("zur"),   STR("vom"),   STR("wird"),
        STR("wurde"), STR("sind"), STR("hat"),  STR("wir"),   STR("nach"),  STR("oder"),
        STR("aus"),  STR("dass"), STR("noch"),  STR("wenn"),  STR("kein"),  STR("keine"),
        STR("eine"), STR("einen"), STR("bitte"), STR("mein"), STR("auch"),  STR("nur"),
        STR("sich"), STR("durch"), STR("beim"), STR("wegen"), STR("mir"),   STR("wie"),
        STR("das"),  STR("im"),   STR("über"),  STR("bis"),   STR("einem"), STR("einer"),
        STR("sie"),  STR("ein"),  STR("uhr"),   STR("geb"),   STR("euro"),  STR("unter"),
        STR("montag"), STR("dienstag"), STR("mittwoch"), STR("donnerstag"), STR("freitag"),
        STR("samstag"), STR("sonntag"), STR("januar"), STR("februar"), STR("märz"),
        STR("juni"), STR("juli"), STR("oktober"), STR("dezember"), STR("heute"),
        STR("geboren"), STR("wohnhaft"), STR("anschrift"), STR("telefon"), STR("konto")};
    static const Str weak[] = {STR("der"), STR("die"), STR("den"), STR("dem"), STR("des"),
                               STR("von"), STR("am"),  STR("zu"),  STR("er")};
    static const Str english[] = {STR("the"), STR("of"), STR("and"), STR("is"), STR("to"),
                                  STR("for"), STR("with"), STR("that")};
    if (is_among(word, strong, ARRAY_LEN(strong))) return 2;
    if (is_among(word, weak, ARRAY_LEN(weak))) return 1;
    return is_among(word, english, ARRAY_LEN(english)) ? -2 : 0;
}

/* Words of [from, to) with LEAST more for German than against it. */
static bool is_german_text(const Fold *v, uint32_t from, uint32_t to) {
    static const char *const ends[] = {"ung", "keit", "heit", "schaft", "nummer", "straße", "tag",
                                       "datum", "preis", "kosten", "platz", "zweck", NULL};
    enum { LONGEST = 10, NOUN_LEAST = 7 };
    int sum = 0;
    for (uint32_t x = from, end; x < to; x = end + 1) {
        char small[LONGEST];
        for (end = x; end < to && is_part(v->p[end]);) end++;
        Str word = {v->p + x, end - x};
        bool noun = word.n > NOUN_LEAST && begins_big(word) && list_ends(word, ends);
        sum += 2 * noun;
        if (word.n < 2 || word.n > LONGEST || noun) continue;
        for (size_t i = 0; i < word.n; i++) small[i] = to_lower(word.p[i]);
        sum += says_german((Str){small, word.n});
    }
    return sum >= LEAST;
}

/* Finds of one stretch share the answer. */
static bool is_german(Scanner *s, uint32_t at) {
    const Fold *v = &s->fold;
    uint32_t middle = at / STEP * STEP;
    if (s->german_at != middle) {
        uint32_t from = middle > SPAN ? middle - SPAN : 0;
        uint32_t to = v->n - middle > STEP + SPAN ? middle + STEP + SPAN : v->n;
        while (from > 0 && from < middle && is_part(v->p[from])) from++;
        s->german_at = middle;
        s->german = is_german_text(v, from, to);
    }
    return s->german;
}

/* ---- words ---------------------------------------------------------------------------------- */

/* In small letters and without marks: "Gärten" -> "garten"; empty: longer than WORD_MAX. */
static Str plain_word(Str word, char out[WORD_MAX]) {
    size_t n = 0, width;
    for (size_t at = 0; at < word.n; at += width) {
        uint32_t c = unicode_lower(utf8_decode(word, at, &width));
        if (n + UTF8_MAX_BYTES > WORD_MAX) return (Str){"", 0};
        if (c == 0xE4) out[n++] = 'a';
        else if (c == 0xF6) out[n++] = 'o';
        else if (c == 0xFC) out[n++] = 'u';
        else if (c == 0xDF) memcpy(out + n, "ss", 2), n += 2;
        else n += utf8_encode(c, out + n);
    }
    return (Str){out, n};
}

/* What grammar says with a capital where a sentence begins, and letters and orders begin with. */
static bool is_grammar(Str plain) {
    static const char *const words =
        " aber alle allem allen aller alles als also am an ans auch auf aus bei beide beim bereits"
        " besten bin bis bist bitte da dabei dafur damit danach dann darf darum das dass dazu dein"
        " deine dem den denn der deren des deshalb dich die dies diese diesem diesen dieser dieses"
        " dir doch dort du durch ebenso ein eine einem einen einer eines einige er erst es etwas"
        " euch euer eure falls fast fur ganz gar geehrte geehrter gegen gern gerne gestern gut"
        " gute guten guter gutes habe haben hallo hat hatte heute hier hin hinter ich ihm ihn ihnen"
        " ihr ihre ihrem ihren ihrer im in ins ist ja je jede jedem jeden jeder jedes jetzt kann"
        " kannst kein keine keinem keinen konnen konnte konnten leider lieber man manche mehr mein"
        " meine meinem meinen meiner mich mir mit muss mussen nach nachdem neben nein neu neue"
        " neuen neuer neues nicht nichts noch nun nur ob obwohl oder ohne pro schon sehr sehe sein"
        " seine seinem seinen seiner seit sich sie siehe sind so sofern sogar soll sollen sollte"
        " sonst sowie statt tatig trotz uber um und uns unser unsere unserem unseren unserer unter"
        " viel viele vielen vom von vor wann war waren warum was weder wegen weil weiter welche"
        " welcher wem wen wenig wenn wer werden wessen wie wieder wieso will wir wird wo wobei"
        " woher wohin womit woran worauf wurde wurden zu zum zur zwar zwischen zwei drei ab"
        " vergessen erklare schreibe nenne zeichne merke fasse ubersetze berechne beschreibe"
        " erstelle gib formuliere prufe vergleiche liste hilf sag sage mach mache zeig zeige"
        " damen herren anwesend nachste nachsten nachster nachstes verschiedenes"
        " telefonisch schriftlich wohnhaft geboren freundlichen freundlichem herzlichen"
        " frohe erstens zweitens morgens abends samtliche gesamt betroffen sprachen ";
    char key[WORD_MAX + 2];
    key[0] = ' ';
    memcpy(key + 1, plain.p, plain.n);
    key[plain.n + 1] = ' ';
    return plain.n && str_has(str_from(words), (Str){key, plain.n + 2});
}

static bool is_title(Str plain) {
    static const Str words[] = {STR("herr"), STR("herrn"), STR("frau"), STR("hr"), STR("fr"),
                                STR("dr"),   STR("prof"),  STR("familie"), STR("fam"),
                                STR("mag"),  STR("dipl"),  STR("ing")};
    return is_among(plain, words, ARRAY_LEN(words));
}

static bool is_particle(Str word) {
    static const Str words[] = {STR("von"), STR("van"), STR("de"), STR("der"), STR("zu"),
                                STR("vom"), STR("den"), STR("zur")};
    return is_among(word, words, ARRAY_LEN(words));
}

/* Is it this noun ("=": whole only), or does it end with it? */
static bool is_of(Str plain, const char *noun, bool whole) {
    Str end = str_from(noun + (*noun == '='));
    if (plain.n < end.n || plain.p[plain.n - 1] != end.p[end.n - 1]) return false;
    if (plain.n == end.n) return whole && memcmp(plain.p, end.p, end.n) == 0;
    if (whole || *noun == '=' || end.n < 4 || plain.n < end.n + BEFORE_LEAST) return false;
    return memcmp(plain.p + plain.n - end.n, end.p, end.n) == 0;
}

/* A noun of `least` letters or more, with the endings of cases and of the plural; "-er" only where
   a vowel has changed ("Dächer"), for Bader, Hofer and Netzer are people. */
static bool is_noun(Str plain, bool whole, bool changed, size_t least) {
    static const char *const endings[] = {"", "n", "en", "e", "s", "es", "nen", "er", "ern"};
    for (size_t i = 0; i < ARRAY_LEN(endings) - (changed ? 0 : 2); i++) {
        Str ending = str_from(endings[i]);
        if (plain.n < ending.n + 2 || !str_ends(plain, ending)) continue;
        Str stem = str_sub(plain, 0, plain.n - ending.n);
        for (const char *const *noun = german_nouns; *noun; noun++) {
            if (strlen(*noun) >= least && is_of(stem, *noun, whole)) return true;
        }
    }
    return false;
}

/* Endings that make a noun of a verb or an adjective. */
static bool is_derived(Str plain) {
    static const char *const endings[] = {"ung", "ungen", "heit", "heiten", "keit", "keiten",
                                          "schaft", "schaften", "itat", "tion", "tionen",
                                          "sion", "ismus", "erei", "ungs", NULL};
    static const char *const names[] = {"hartung", "hornung", "adelung", "samsung", NULL};
    return plain.n >= 7 && !list_has(plain, names) && list_ends(plain, endings);
}

/* "TAN", "EAN": nothing but capitals. */
static bool is_label(Str word) {
    for (size_t i = 0; i < word.n; i++) {
        if (!plain_is_capital(word.p[i])) return false;
    }
    return word.n <= SHORT_LABEL;
}

/* A word, or several that hyphens join: then the last says what it is, and any may be a name. */
static Kind kind_of(const Scanner *s, Str word) {
    char small[WORD_MAX];
    size_t last = word.n;
    while (last > 0 && word.p[last - 1] != '-') last--;
    Str head = str_sub(word, last, word.n), plain = plain_word(head, small);
    if (!begins_big(word)) return is_particle(word) ? PARTICLE : SMALL;
    if (head.n == word.n && is_title(plain)) return TITLE;
    if (head.n == word.n && is_grammar(plain)) return SMALL;
    bool changed = str_has(head, STR("ä")) || str_has(head, STR("ö")) || str_has(head, STR("ü"));
    if (is_noun(plain, true, changed, 0)) return NOUN;
    for (size_t at = 0, end; at < word.n; at = end + 1) {
        end = str_find(word, STR("-"), at);
        if (end == SIZE_MAX) end = word.n;
        if (end > at && names_knows(s->model, str_sub(word, at, end))) return NAME;
    }
    if (is_derived(plain) || is_noun(plain, false, changed, 0) || is_label(head)) return NOUN;
    return UNKNOWN;
}

bool german_is_compound(Str word) {
    enum { LETTERS = 10, PART = 6 }; /* shorter ones end family names, too: "Lindstrom" */
    char small[WORD_MAX];
    if (word.n < LETTERS || word.n >= WORD_MAX) return false;
    Str plain = plain_word(word, small);
    bool changed = str_has(word, STR("ä")) || str_has(word, STR("ö")) || str_has(word, STR("ü"));
    return plain.n >= LETTERS && (is_derived(plain) || is_noun(plain, false, changed, PART));
}

/* ---- what stands before --------------------------------------------------------------------- */

/* The word that one blank parts from a place; empty: none does. */
static Str word_before(const Fold *v, uint32_t place) {
    uint32_t end = place, at;
    if (fold_at(v, (int64_t)end - 1) != ' ') return (Str){v->p, 0};
    end -= 1 + (fold_at(v, (int64_t)end - 2) == '.');
    for (at = end; at > 0 && end - at < WORD_MAX && is_part(v->p[at - 1]);) at--;
    return (Str){v->p + at, end - at};
}

/* An article, or a pronoun or preposition that does an article's work. */
static bool is_determiner(Str plain) {
    static const char *const stems[] = {"ein", "kein", "mein", "dein", "sein", "ihr", "unser",
                                        "eur", "dies", "jed", "jen", "welch", "manch", "all",
                                        "viel", "einig", "mehrer"};
    static const char *const whole[] = {"der", "die", "das", "den", "dem", "des", "im", "am",
                                        "zum", "zur", "vom", "beim", "ins", "ans", "pro", "je",
                                        "ohne", "per", "euer", "zwei", "drei", "vier", NULL};
    if (list_has(plain, whole)) return true;
    for (size_t i = 0; i < ARRAY_LEN(stems); i++) {
        Str stem = str_from(stems[i]);
        if (!str_starts(plain, stem) || plain.n > stem.n + 2) continue;
        if (plain.n == stem.n || plain.p[stem.n] == 'e') return true;
    }
    return false;
}

/* "den geplatzten", "ein neues": an article before, perhaps with an adjective behind it. */
static bool is_behind_article(const Fold *v, uint32_t at) {
    char small[WORD_MAX];
    Str word = word_before(v, at), plain = plain_word(word, small);
    if (plain.n == 0 || fold_at(v, (int64_t)at - 2) == '.') return false;
    if (is_determiner(plain)) return true;
    bool adjective = !begins_big(word) && plain.n > 4 &&
                     (str_ends(plain, STR("en")) || str_ends(plain, STR("er")) ||
                      str_ends(plain, STR("es")) || str_ends(plain, STR("em")) ||
                      str_ends(plain, STR("e")));
    if (!adjective) return false;
    word = word_before(v, (uint32_t)(word.p - v->p));
    plain = plain_word(word, small);
    return plain.n && is_determiner(plain);
}

static bool is_titled(const Fold *v, uint32_t at) {
    char small[WORD_MAX];
    Str plain = plain_word(word_before(v, at), small);
    return plain.n && is_title(plain);
}

/* ---- runs of words -------------------------------------------------------------------------- */

/* Letters, and hyphens and apostrophes between letters. */
static uint32_t word_end(const Fold *v, uint32_t x, uint32_t end) {
    for (; x < end; x++) {
        bool mark = v->p[x] == '-' || v->p[x] == '\'';
        if (!is_part(v->p[x]) && !(mark && x + 1 < end && is_part(v->p[x + 1]))) break;
    }
    return x;
}

/* One blank, with the point of an initial or a title before it or not. */
static bool is_joint(const Fold *v, uint32_t at, uint32_t next) {
    if (next - at == 1) return v->p[at] == ' ';
    return next - at == 2 && v->p[at] == '.' && v->p[at + 1] == ' ';
}

/* A run as it is read: [at, end) is what may be somebody. */
typedef struct Reading {
    uint32_t at, end;
    uint32_t stop; /* where the last word ends, in the run or not */
    int words;
    bool titled, known;
    bool held; /* a particle stands behind the last name */
} Reading;

/* Takes a word into the run; false: the run ends before it. */
static bool read_word(const Fold *v, Reading *run, uint32_t at, uint32_t end, Kind kind) {
    bool joined = run->words > 0 && is_joint(v, run->stop, at);
    if (run->words > 0 && !joined) return false;
    if (kind == PARTICLE && run->words > 0 && !run->held) {
        run->held = true;
    } else if (kind == SMALL || kind == PARTICLE || kind == TITLE) {
        if (run->words > 0) return false;
        run->titled = kind == TITLE;
    } else if (kind == NOUN && !run->titled && (run->words == 0 || run->held)) {
        if (run->words > 0) return false;
    } else {
        if (run->words++ == 0) run->at = at;
        run->known = run->known || kind == NAME;
        run->held = false;
        run->end = end;
    }
    run->stop = end;
    return true;
}

/* The next run in [x, end) that may be somebody; returns where to go on. */
static uint32_t next_run(const Scanner *s, uint32_t x, uint32_t end, Reading *run) {
    const Fold *v = &s->fold;
    *run = (Reading){.stop = x, .titled = is_titled(v, x)};
    while (x < end) {
        if (!is_part(v->p[x])) {
            x++;
            continue;
        }
        uint32_t stop = word_end(v, x, end);
        if (run->words == 0 && !is_joint(v, run->stop, x) && x > run->stop) run->titled = false;
        if (!read_word(v, run, x, stop, kind_of(s, (Str){v->p + x, stop - x}))) return x;
        x = stop;
    }
    return end;
}

/* A single word that no list has and an article is before; a letter alone. */
static bool is_nobody(const Scanner *s, const Reading *run, const NameSpan *found) {
    if (run->titled || run->words > 1) return false;
    if (run->end - run->at < 2) return true;
    return !run->known && found->score < SURE && is_behind_article(&s->fold, run->at);
}

/* ---- addresses ------------------------------------------------------------------------------ */

static bool is_road(Str plain) {
    static const char *const ends[] = {"strasse", "str", "weg", "platz", "allee", "gasse", "ring",
                                       "ufer", "damm", "chaussee", "promenade", "steig", "pfad",
                                       "graben", "kamp", "markt", "hof", "berg", "winkel", NULL};
    return plain.n > 5 && list_ends(plain, ends);
}

/* A house's number at x: up to four digits, no year, no decimals, no sign of money behind. */
static bool is_house(const Fold *v, uint32_t x) {
    uint32_t from = x;
    x = digits_end(v, x);
    char behind = fold_at(v, x), next = fold_at(v, (int64_t)x + 1);
    if (x == from || x - from > 4) return false;
    if ((behind == '.' || behind == ',') && is_digit(next)) return false;
    if (x - from == 4 && (v->p[from] == '1' || v->p[from] == '2')) return false;
    return behind != '%' && !(behind == ' ' && (unsigned char)next >= 0x80);
}

/* A road before its number, or a code before a town. */
static bool is_address(const Scanner *s, uint32_t at, uint32_t end) {
    const Fold *v = &s->fold;
    char small[WORD_MAX];
    for (uint32_t x = at, stop; x < end; x = stop > x ? stop : x + 1) {
        stop = word_end(v, x, end);
        if (stop == x) continue;
        Str word = {v->p + x, stop - x}, plain = plain_word(word, small);
        Kind kind = kind_of(s, word);
        if (is_road(plain)) return true;
        bool maybe = kind == NAME || kind == UNKNOWN;
        bool house = fold_at(v, stop) == ' ' && is_house(v, stop + 1);
        bool at_place = is_behind_article(v, x); /* "Am Markt 7" */
        if (house && word.n > 1 && begins_big(word) && (maybe || at_place)) return true;
        bool coded = x > 5 && v->p[x - 1] == ' ' && is_digit(v->p[x - 2]) &&
                     is_digit(v->p[x - 3]) && is_digit(v->p[x - 4]) && is_digit(v->p[x - 5]);
        if (coded && maybe) return true;
    }
    return false;
}

/* ---- the finds ------------------------------------------------------------------------------ */

/* A find without a capital is left as it is: whoever writes so gives no hint. */
static bool is_judged(const Scanner *s, const NameSpan *found) {
    const Fold *v = &s->fold;
    bool latin = false, big = false;
    if (found->type != SCAN_PERSON && found->type != SCAN_PLACE && found->type != SCAN_ORG &&
        found->type != SCAN_ADDRESS)
        return false;
    for (uint32_t x = found->at; x < found->end; x++) {
        if ((unsigned char)v->p[x] >= 0xC7 && (unsigned char)v->p[x] != 0xE2) return false;
        latin = latin || is_letter(v->p[x]);
        big = big || (is_part(v->p[x]) && begins_big((Str){v->p + x, found->end - x}));
    }
    return (latin && big) || found->type == SCAN_ADDRESS;
}

/* The part of a find that a run is. */
static NameSpan part_of(const NameSpan *found, const Reading *run) {
    NameSpan part = *found;
    part.at = part.wide_at = run->at;
    part.end = part.wide_end = run->end;
    part.type = SCAN_PERSON;
    part.known = run->known;
    part.plain = found->plain && part.at == found->at && part.end == found->end;
    part.listed = found->listed && run->known;
    return part;
}

void german_take(Scanner *s, const NameSpan *found, void (*take)(Scanner *, const NameSpan *)) {
    bool person = found->type == SCAN_PERSON, address = found->type == SCAN_ADDRESS;
    assert(found->wide_at <= found->at && found->at < found->end);
    assert(found->end <= found->wide_end && found->wide_end <= s->fold.n);
    if (!is_judged(s, found) || !is_german(s, found->at) ||
        (address && is_address(s, found->at, found->end))) {
        take(s, found);
        return;
    }
    uint32_t at = person ? found->wide_at : found->at, end = person ? found->wide_end : found->end;
    for (uint32_t x = at; x < end;) {
        Reading run;
        x = next_run(s, x, end, &run);
        if (run.words == 0 || (address && !run.known && !run.titled)) continue;
        if (!person && !address) { /* a place or a firm is left out as a whole only */
            take(s, found);
            return;
        }
        NameSpan part = part_of(found, &run);
        if (!is_nobody(s, &run, found)) take(s, &part);
    }
}
