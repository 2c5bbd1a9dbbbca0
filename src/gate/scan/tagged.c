/*
 * What of the tagger's finds is believed.
 *
 * The tagger leans to finding too much, and it sees a sentence, not a page. So a find is left out
 *
 *   - that is a label of a format ("Personalausweis", "telephone"), and no name;
 *   - that is in small letters where the text around has capitals: a name would have one, and so
 *     would a street ("47 years old, born" is no address), unless all its words are names and
 *     nothing else ("ask john smith"), or begin with a first name and no word is one of every day
 *     ("ask fiona wackernagel"); or where the text has none, but it is one letter, a word of
 *     JSON's or of chats ("omg");
 *   - of one word of the lexicon that is no noun and no name there, if the tagger doubts;
 *   - of one word with a capital that also stands in the text around without it, as a word and not
 *     in an address of mail or a link, unless the tagger is sure: its capital only begins a
 *     sentence;
 *   - that is code ("getUserName", "{ useState"), if no word of it is known as a name;
 *   - that is grammar of a language that the tagger has not learned (foreign.c), or a language's
 *     name where it is asked for one, or a currency beside its amount (tongue.c), or a short
 *     form or a product (jargon.c);
 *   - that is a month's name where a month may stand, unless the tagger is sure;
 *   - of one word in Latin letters that is no person's name alone and has an article before it
 *     ("the Rose", "a Frank answer"), or is a month and doubted;
 *   - of unknown words in small letters that a line begins with, if the tagger doubts ("ip addr");
 *   - that is what somebody does and no name ("班主任", "Hausverwaltung"; role.c; "arbeitet als
 *     Steiger"), or a program with its options ("curl -H");
 *   - that is a date and no word of birth is near: other dates are nobody's secret.
 *
 * A person's name in Latin letters has the words beside it that begin with a capital and are none
 * of every day ("Albert Pujols", of which the tagger knows one), "Big" and the like before it, and
 * what a hyphen or an apostrophe joins to it; one in Han signs has the Latin letters that end it
 * ("C" of a footballer's before, a player's "Alone" behind); one in Cyrillic or Greek letters ends
 * before small words, of which the tagger knows none. A road's name with its number behind it is an
 * address, whatever the tagger took it for. It ends with its sentence ("Emma Clark.
 * Where"). An address ends where the bracket closes that it stands in. Names in Latin letters that
 * only a blank, a particle ("van", "de la", "of the") or an initial parts are one person: no piece
 * between them stays visible, and a surrogate is drawn for the whole. A firm's legal form that was
 * found for itself belongs to the name before it, which then is a firm's.
 */
#include "gate/scan/impl.h"

#include <assert.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/utf8.h"

enum { NEAR = 1500, NEAR_HAN = 48, WORD_MAX = 32, PARTICLES_MAX = 2, TOKEN_MAX = 80 };
enum { JOINED_MAX = 256 }; /* bytes of a name that is joined of several finds */
static const float CERTAIN = 0.95F, SURE = 0.9F, LIKELY = 0.5F, LIKELY_ALONE = 0.65F;

static bool is_latin(char c) {
    return (unsigned char)c < 0xE1; /* and Greek, Cyrillic: what is written with blanks */
}

/* Letters of Latin, Greek and Cyrillic, which are small or capital. */
static bool has_case(uint32_t code) {
    return (code >= 0xC0 && code < 0x530) || (code >= 0x1E00 && code < 0x2000);
}

/* Nothing but ASCII and small letters, and no capital. */
static bool is_small(Str text) {
    size_t width = 1;
    for (size_t at = 0; at < text.n; at += width) {
        uint32_t code = (unsigned char)text.p[at];
        width = 1;
        if (code < 0x80 && !plain_is_capital((int)code)) continue;
        if (code < 0x80) return false;
        code = utf8_decode(text, at, &width);
        if (!has_case(code) || unicode_lower(code) != code) return false;
    }
    return true;
}

/* A capital of any of these scripts. */
static bool has_big(Str text) {
    size_t width;
    if (has_capital(text)) return true;
    for (size_t at = 0; at < text.n; at += width) {
        uint32_t code = utf8_decode(text, at, &width);
        if (has_case(code) && unicode_lower(code) != code) return true;
    }
    return false;
}

/* What glues words to an address, a path or code; a point or a colon does with signs around it. */
static bool is_glue(Str text, size_t at) {
    char c = text.p[at];
    if (is_digit(c) || strchr("@/\\_=&%#~$", c)) return c != 0;
    bool inside = at > 0 && at + 1 < text.n && is_letter(text.p[at - 1]);
    return inside && (c == '.' || c == ':') && is_letter(text.p[at + 1]);
}

bool tagged_is_word(Str text, size_t from, size_t end) {
    assert(from < end && end <= text.n);
    bool left = from == 0 || !is_letter(text.p[from - 1]);
    if (!left || (end < text.n && is_letter(text.p[end]))) return false;
    for (size_t at = from; at-- > 0 && text.p[at] > ' ' && from - at < TOKEN_MAX;) {
        if (is_glue(text, at)) return false;
    }
    for (size_t at = end; at < text.n && text.p[at] > ' ' && at - end < TOKEN_MAX; at++) {
        if (is_glue(text, at)) return false;
    }
    return true;
}

/* Does the word stand in the text with a small letter? Then its capital only begins a sentence. */
static bool is_said_small(Str text, Str word) {
    char small[WORD_MAX];
    assert(word.n > 0 && word.n <= sizeof small); /* is_one_word asked */
    memcpy(small, word.p, word.n);
    small[0] = (char)(small[0] | 0x20);
    for (size_t at = 0; (at = str_find(text, (Str){small, word.n}, at)) != SIZE_MAX; at++) {
        if (tagged_is_word(text, at, at + word.n)) return true;
    }
    return false;
}

static bool is_one_word(Str text) {
    bool one = text.n > 1 && text.n <= WORD_MAX && has_capital(str_sub(text, 0, 1));
    for (size_t i = 0; one && i < text.n; i++) one = is_letter(text.p[i]);
    return one && is_small(str_sub(text, 1, text.n));
}

/* Before a month, which then is one; in small letters. */
static bool is_preposition(Str word) {
    static const Str words[] = {STR("in"),    STR("until"), STR("till"),  STR("since"),
                                STR("from"),  STR("to"),    STR("and"),   STR("of"),
                                STR("by"),    STR("before"), STR("after"), STR("between"),
                                STR("last"),  STR("next"),  STR("this"),  STR("early"),
                                STR("late"),  STR("mid"),   STR("during"), STR("or"),
                                STR("im"),    STR("seit"),  STR("bis"),   STR("ab"),
                                STR("vom"),   STR("zum"),   STR("anfang"), STR("mitte"),
                                STR("ende"),  STR("und"),   STR("oder"),  STR("am")};
    return is_among(word, words, ARRAY_LEN(words));
}

Str tagged_word_before(const Fold *v, uint32_t place) {
    uint32_t end = place, at;
    if (fold_at(v, (int64_t)end - 1) != ' ') return (Str){NULL, 0};
    for (at = --end; at > 0 && end - at < WORD_MAX && is_letter(v->p[at - 1]);) at--;
    if (at > 0 && (unsigned char)v->p[at - 1] >= 0x80) return (Str){NULL, 0}; /* "Brüder" */
    return (Str){v->p + at, end - at};
}

/* "until October", "between March and June", "June 2026": April, May and June are people, too. */
static bool is_month(const Fold *v, const NameSpan *name) {
    char small[WORD_MAX];
    if (!format_is_month(v, name->at, name->end - name->at)) return false;
    if (name->score < LIKELY) return true;
    if (fold_at(v, name->end) == ' ' && is_digit(fold_at(v, name->end + 1))) return true;
    Str word = tagged_word_before(v, name->at);
    assert(word.n <= sizeof small);
    for (size_t i = 0; i < word.n; i++) small[i] = to_lower(word.p[i]);
    return is_preposition((Str){small, word.n});
}

static bool is_english_article(Str word) {
    static const Str words[] = {STR("the"), STR("a"), STR("an"), STR("The"), STR("A"), STR("An")};
    return is_among(word, words, ARRAY_LEN(words));
}

/* "the Rose", "a Frank answer"; not "the Millers", of whom no word is one of every day. */
static bool is_thing(const Fold *v, const NameSpan *name) {
    Str before = tagged_word_before(v, name->at);
    char behind = fold_at(v, (int64_t)name->end + 1);
    Str word = {v->p + name->at, name->end - name->at};
    if (name->type != SCAN_PERSON || !is_english_article(before)) return false;
    if (!is_one_word(word)) return false;
    bool is_kind = before.n < 3 && fold_at(v, name->end) == ' ' && plain_is_small(behind);
    bool both = !name->listed && (name->known || name->plain); /* a name, and of every day */
    return name->score < CERTAIN && (both || is_kind);
}

/* A word that begins a sentence and is nobody's name. */
static bool begins_sentence(Str word) {
    static const Str words[] = {STR("Where"), STR("When"),   STR("What"), STR("Why"),  STR("How"),
                                STR("Who"),   STR("Which"),  STR("Please"), STR("The"), STR("This"),
                                STR("That"),  STR("These"),  STR("He"),   STR("She"),  STR("We"),
                                STR("You"),   STR("They"),   STR("It"),   STR("Is"),   STR("Are"),
                                STR("Can"),   STR("Could"),  STR("Do"),   STR("Does"), STR("Did"),
                                STR("Would"), STR("Should"), STR("Has"),  STR("Have"), STR("If"),
                                STR("My"),    STR("Your"),   STR("Our"),  STR("His"),  STR("Her"),
                                STR("Translate"), STR("Summarise"), STR("Summarize"),
                                STR("Explain"), STR("Compare"), STR("Schreibe"),
                                STR("Übersetze"), STR("Fasse"), STR("Erkläre"), STR("Bitte"),
                                STR("Sie"), STR("Wir")};
    return is_among(word, words, ARRAY_LEN(words));
}

static bool is_literal(Str word) {
    return str_eq_c(word, "true") || str_eq_c(word, "false") || str_eq_c(word, "null");
}

/* What chats are full of, and the lexicon lacks. */
static bool is_chat_word(Str word) {
    static const Str words[] = {STR("hey"), STR("hi"),   STR("hiya"), STR("omg"),  STR("lol"),
                                STR("thx"), STR("pls"),  STR("plz"),  STR("btw"),  STR("idk"),
                                STR("yeah"), STR("nope"), STR("haha"), STR("lmao"), STR("asap"),
                                STR("ugh"), STR("wow"),  STR("yep"),  STR("nah"),  STR("tbh")};
    return is_among(word, words, ARRAY_LEN(words));
}

/* "fiona wackernagel": a first name that is no word of every day, and one more that is none. */
static bool is_first_and_last(const Scanner *s, Str words) {
    enum { SHORTEST = 3 };
    int n = 0;
    for (size_t at = 0; at < words.n; n++) {
        size_t end = str_find(words, STR(" "), at);
        if (end == SIZE_MAX) end = words.n;
        Str word = str_sub(words, at, end);
        for (size_t i = 0; i < word.n; i++) {
            if (!is_letter(word.p[i])) return false;
        }
        if (word.n < SHORTEST || names_has_word(s->model, word)) return false;
        if (n == 0 && !names_knows(s->model, word)) return false;
        at = end + 1;
    }
    return n == 2;
}

/* "john smith", and "emily" if the tagger is rather sure; short words ("con", "ami") must be more
   so: what is a name in one language is a word of every day in another. */
static bool is_name_in_small(const Scanner *s, const NameSpan *name, Str words) {
    if (name->type != SCAN_PERSON) return false;
    bool called = fold_at(&s->fold, name->end) == '('; /* "elif isinstance(x)" */
    if (name->known && name->score >= LIKELY && !called && is_first_and_last(s, words)) return true;
    if (!name->listed) return false;
    if (str_find(words, STR(" "), 0) != SIZE_MAX) return true;
    return name->score >= (words.n < 5 ? SURE : LIKELY_ALONE);
}

/* Chinese calls people by nicknames in Latin letters, "MagicYang" among them. */
static bool has_han_near(const Fold *v, const NameSpan *name) {
    uint32_t from = name->at > NEAR_HAN ? name->at - NEAR_HAN : 0;
    uint32_t to = v->n - name->end > NEAR_HAN ? name->end + NEAR_HAN : v->n;
    for (uint32_t x = from; x < to; x++) {
        if ((unsigned char)v->p[x] >= 0xE3) return true;
    }
    return false;
}

/* "fetchData = async", "{ useState": what a program is made of. A name among it is known as one, or
   its find has no sign of code in it ("author = 'Ann Lee'"). */
static bool is_code(const Fold *v, const NameSpan *name) {
    static const char marks[] = "{}=<>|;$\\";
    char first = v->p[name->at];
    bool marked = name->coded && !(plain_is_capital(first) && has_han_near(v, name));
    if (name->type != SCAN_PERSON || name->known) return false;
    for (uint32_t x = name->at; x < name->end && !marked; x++) {
        marked = memchr(marks, v->p[x], sizeof marks - 1) != NULL;
    }
    return marked;
}

/* "ip addr": a line that begins with several small words that no list has. */
static bool is_command(const Fold *v, const NameSpan *name) {
    char before = fold_at(v, (int64_t)name->at - 1);
    Str words = {v->p + name->at, name->end - name->at};
    bool begins = before == 0 || before == '\n' || before == '`' || before == '$';
    bool several = str_find(words, STR(" "), 0) != SIZE_MAX;
    return name->type == SCAN_PERSON && begins && several && !name->known &&
           name->score < LIKELY_ALONE && !has_han_near(v, name);
}

/* "Basic dXNlcjpw", behind "Authorization:" (RFC 7617, 6750): what follows is a code. */
static bool is_scheme(Str words) {
    return str_starts(words, STR("Basic ")) || str_starts(words, STR("Bearer ")) ||
           str_starts(words, STR("Digest "));
}

/* "加200": a number and no Latin letter, which is no handle either. */
static bool has_number_only(Str words) {
    bool digit = false;
    for (size_t i = 0; i < words.n; i++) {
        if (is_letter(words.p[i])) return false;
        digit = digit || is_digit(words.p[i]);
    }
    return digit;
}

/* "curl -H", "redis-cli -h cache -a": small words and options, and no word with a capital. */
static bool is_options(Str words) {
    size_t dash = str_find(words, STR(" -"), 0);
    if (dash == SIZE_MAX || dash + 2 >= words.n || !is_letter(words.p[dash + 2])) return false;
    if (has_big(str_sub(words, 0, dash))) return false;
    for (size_t i = dash + 2; i + 1 < words.n; i++) {
        bool word = sign_of(words.p[i]) & SIGN_CAPITAL && sign_of(words.p[i + 1]) & SIGN_SMALL;
        if (word || (unsigned char)words.p[i] >= 0x80) return false;
    }
    return true;
}

/* "arbeitet als Steiger": what somebody does, in one word. */
static bool is_trade(const Fold *v, const NameSpan *name) {
    static const Str verbs[] = {STR("ist"), STR("war"), STR("arbeitet"), STR("arbeite"),
                                STR("arbeitete"), STR("jobbt"), STR("Ausbildung"), STR("Beruf"),
                                STR("Stelle"), STR("Arbeit"), STR("bin"), STR("angestellt")};
    Str als = tagged_word_before(v, name->at);
    if (!str_eq_c(als, "als") || !is_one_word((Str){v->p + name->at, name->end - name->at}))
        return false;
    Str verb = tagged_word_before(v, name->at - 1 - (uint32_t)als.n);
    return is_among(verb, verbs, ARRAY_LEN(verbs));
}

/* Is the find a word of every day, of code or of another language, that only looks like a name?
   What the tagger is sure of is asked least. */
static bool is_plain_word(const Scanner *s, const NameSpan *name) {
    const Fold *v = &s->fold;
    uint32_t from = name->at > NEAR ? name->at - NEAR : 0;
    uint32_t to = v->n - name->end > NEAR ? name->end + NEAR : v->n;
    Str near = {v->p + from, to - from}, words = {v->p + name->at, name->end - name->at};
    ScanType type = (ScanType)name->type;
    bool named = type == SCAN_PERSON || type == SCAN_ORG || type == SCAN_PLACE ||
                 type == SCAN_ADDRESS;
    if (!named) return false;
    if (type == SCAN_PERSON && name->plain && name->score < LIKELY) return true;
    bool nobody = begins_sentence(words) || has_number_only(words) || is_scheme(words) ||
                  is_options(words) || is_trade(v, name);
    if (type == SCAN_PERSON && nobody) return true;
    if (jargon_is(v, name)) return true;
    if (is_code(v, name) || foreign_is_grammar(v, name) || tongue_is_named(v, name)) return true;
    if (is_small(words)) {
        bool strange = !is_name_in_small(s, name, words) && has_big(near);
        return strange || is_command(v, name) || words.n == 1 || is_literal(words) ||
               is_chat_word(words);
    }
    if (name->score >= SURE) return false;
    if (is_month(v, name) || foreign_is_word(v, name)) return true;
    return is_one_word(words) && is_said_small(near, words);
}

static bool is_birth(const Scanner *s, const NameSpan *name) {
    const Fold *v = &s->fold;
    if (fold_has(v, name->end, "生")) return true;
    return context_around(s->words, v, name->at, name->end).any & CTX(BIRTH);
}

/* A bracket counts as the address's own when a letter of it stands before. */
static uint32_t before_bracket(const Fold *v, const NameSpan *name) {
    bool letter = false;
    int open = 0;
    for (uint32_t x = name->at; x < name->end; x++) {
        char c = v->p[x];
        letter = letter || is_letter(c) || ((unsigned char)c & 0x80);
        open += c == '(' && letter;
        if (c == ')' && --open < 0) return x;
    }
    return name->end;
}

/* ---- one person ---------------------------------------------------------------------------- */

/* Words inside a name that is written in several words. */
static bool is_particle(Str word) {
    static const Str words[] = {STR("van"), STR("von"), STR("de"),  STR("der"), STR("den"),
                                STR("del"), STR("di"),  STR("da"),  STR("do"),  STR("dos"),
                                STR("la"),  STR("le"),  STR("ten"), STR("ter"), STR("bin"),
                                STR("al"),  STR("el"),  STR("zu"),  STR("of"),  STR("the"),
                                STR("ibn"), STR("ben"), STR("y"),   STR("du"),  STR("af")};
    return is_among(word, words, ARRAY_LEN(words));
}

/* "R." */
static bool is_initial(Str word) {
    return word.n == 2 && has_capital(str_sub(word, 0, 1)) && word.p[1] == '.';
}

/* One blank or hyphen, or particles and initials between blanks. */
static bool is_inside_name(Str gap) {
    int words = 0;
    if (str_eq_c(gap, "-")) return true;
    if (gap.n == 0 || gap.p[0] != ' ' || gap.p[gap.n - 1] != ' ') return false;
    for (size_t at = 1, end; at < gap.n; at = end + 1, words++) {
        end = str_find(gap, STR(" "), at);
        Str word = str_sub(gap, at, end);
        if (!is_particle(word) && !is_initial(word)) return false;
    }
    return words <= PARTICLES_MAX;
}

/* Is the find the rest of the person found last? Then both become one, or half of a name would have
   a surrogate of its own. */
static bool goes_on(const Scanner *s, const NameSpan *name) {
    const Fold *v = &s->fold;
    const ScanSpan *last = s->n_tagged ? &s->tagged[s->n_tagged - 1] : NULL;
    if (!last || last->kind != KIND_TAG_PERSON || name->type != SCAN_PERSON) return false;
    if (!is_latin(v->p[s->tagged_end - 1]) || !is_latin(v->p[name->at])) return false;
    if (name->at <= s->tagged_end) return true; /* both took the word between */
    uint32_t at = s->tagged_end; /* behind the point of an initial: "J." is found without */
    size_t begin = s->base + fold_start(v, name->at);
    if (begin > last->start + JOINED_MAX) return false; /* "Ann Ann Ann ...": no name is so long */
    if (v->p[at] == '.' && at > 1 && v->p[at - 2] == ' ' && is_letter(v->p[at - 1])) at++;
    return is_inside_name((Str){v->p + at, name->at - at});
}

/* ---- where a person's name begins and ends -------------------------------------------------- */

static bool is_han(const Fold *v, int64_t x) {
    return x >= 2 && utf8_goes_on(fold_at(v, x)) && (unsigned char)v->p[x - 2] >= 0xE3;
}

/* Before a name in Han signs: one capital that nothing precedes ("C" of a footballer's). */
static uint32_t with_initial(const Fold *v, uint32_t at) {
    bool han = at < v->n && (unsigned char)v->p[at] >= 0xE4;
    char c = fold_at(v, (int64_t)at - 1);
    if (!han || !plain_is_capital(c) || is_alnum(fold_at(v, (int64_t)at - 2))) return at;
    return at - 1;
}

/* "Big Mike", "Little Joe": a word of every day that is part of what somebody is called. Kin and
   titles ("Uncle Ray") stay, for they carry the meaning that an answer needs. */
static uint32_t with_epithet(const Fold *v, uint32_t at) {
    static const Str words[] = {STR("Big"),  STR("Little"), STR("Lil"),  STR("Old"), STR("Fat"),
                                STR("Slim"), STR("Tiny"),   STR("Crazy"), STR("Mad"), STR("Baby"),
                                STR("Tall"), STR("Skinny")};
    Str before = tagged_word_before(v, at);
    if (!has_capital((Str){v->p + at, 1})) return at;
    return is_among(before, words, ARRAY_LEN(words)) ? at - 1 - (uint32_t)before.n : at;
}

/* Letters and digits right behind Han signs, up to a mark that is no colon: "Alone". */
static uint32_t with_handle(const Fold *v, uint32_t end) {
    uint32_t x = end;
    if (!is_han(v, (int64_t)end - 1) || !is_letter(fold_at(v, end))) return end;
    while (x < v->n && x - end < WORD_MAX && is_alnum(v->p[x])) x++;
    char c = fold_at(v, x);
    bool mark = c == ',' || c == '.' || c == ')' || c == '\n' || c == ' ' || c == 0;
    return mark || sign_in(v, x, "、。") ? x : end;
}

/* "Ja'far": an apostrophe and more letters than a verb's or a genitive's. */
static uint32_t with_apostrophe(const Fold *v, uint32_t end) {
    uint32_t x = end + 1;
    if (fold_at(v, end) != '\'' || !is_letter(fold_at(v, (int64_t)end - 1))) return end;
    while (x < v->n && x - end < WORD_MAX && is_letter(v->p[x])) x++;
    return x - end > 3 ? x : end;
}

/* Abbreviations before a name, which a full stop does not end. */
static bool is_short_title(Str word) {
    static const Str words[] = {STR("Prof"), STR("Mrs"), STR("Gov"),  STR("Sen"), STR("Rev"),
                                STR("Gen"),  STR("Col"), STR("Capt"), STR("Hon"), STR("Pres"),
                                STR("Sgt"),  STR("Rep"), STR("Lieut"), STR("Maj"), STR("Esq")};
    if (is_among(word, words, ARRAY_LEN(words))) return true;
    return word.n < 3 || !is_small(str_sub(word, 1, word.n)); /* "J", "Dr", "PHD" */
}

/* Whether the point at x behind a word of a name that begins at `at` ends a sentence. */
static bool is_stop(const Fold *v, uint32_t at, uint32_t x) {
    uint32_t from = x;
    while (from > at && is_letter(v->p[from - 1])) from--;
    bool more = from > at && (unsigned char)v->p[from - 1] >= 0x80; /* a word with an accent */
    return from < x && (more || !is_short_title((Str){v->p + from, x - from}));
}

/* Where a sentence ends inside of a name: "Emma Clark. Where". */
static uint32_t sentence_end(const Fold *v, uint32_t at, uint32_t end) {
    for (uint32_t x = at + 1; x + 2 < end; x++) {
        if (v->p[x] == '.' && v->p[x + 1] == ' ' && is_stop(v, at, x)) return x;
    }
    return end;
}

/* Cyrillic and Greek: the tagger has learned no word of them and goes on behind "Анной Петровой".
   Behind a word with a capital a small one is none of the name's. */
static uint32_t without_small_words(const Fold *v, uint32_t at, uint32_t end) {
    for (uint32_t x = end, from; x > at; x = from > at ? from - 1 : at) {
        for (from = x; from > at && v->p[from - 1] != ' ';) from--;
        Str word = {v->p + from, x - from};
        unsigned char first = word.n ? (unsigned char)word.p[0] : 0;
        if (first < 0xCD || first >= 0xD4 || !is_small(word)) return has_big(word) ? x : end;
    }
    return end;
}

/* A word for a road that stands before its name, or behind it; small or with a capital. */
static bool is_road(Str word) {
    static const Str words[] = {STR("via"),    STR("viale"),  STR("piazza"), STR("corso"),
                                STR("largo"),  STR("calle"),  STR("avenida"), STR("av"),
                                STR("avda"),   STR("plaza"),  STR("paseo"),  STR("rua"),
                                STR("travessa"), STR("ulica"), STR("ul"),    STR("aleja"),
                                STR("carrer"), STR("strada"), STR("rue"),    STR("place"),
                                STR("straße"), STR("strasse"), STR("allee"), STR("weg"),
                                STR("platz"),  STR("gasse"),  STR("ring"),   STR("damm"),
                                STR("straat"), STR("laan"),   STR("plein")};
    char small[WORD_MAX];
    if (word.n < 2 || word.n > sizeof small) return false;
    for (size_t i = 0; i < word.n; i++) small[i] = to_lower(word.p[i]);
    return is_among((Str){small, word.n}, words, ARRAY_LEN(words));
}

/* Letters from x on, of any alphabet with blanks. */
static uint32_t letters_end(const Fold *v, uint32_t x) {
    uint32_t from = x;
    while (x < v->n && x - from < WORD_MAX &&
           (is_letter(v->p[x]) || (unsigned char)v->p[x] >= 0x80)) {
        x++;
    }
    return x;
}

/* Does a word for a road stand in the find, or right before it ("ul. ")? *at moves to it. */
static bool holds_road(const Fold *v, uint32_t *at, uint32_t end) {
    uint32_t from = *at;
    if (from >= 3 && v->p[from - 1] == ' ') {
        uint32_t stop = from - 1 - (v->p[from - 2] == '.'), begin = stop;
        while (begin > 0 && stop - begin < WORD_MAX && is_letter(v->p[begin - 1])) begin--;
        if (is_road((Str){v->p + begin, stop - begin})) {
            *at = begin;
            return true;
        }
    }
    for (uint32_t x = from, next; x < end; x = next + 1) {
        next = letters_end(v, x);
        if (next > end || !is_road((Str){v->p + x, next - x})) continue;
        if (!has_big((Str){v->p + from, x - from})) *at = x; /* "moro na Rua Augusta" */
        return true;
    }
    return false;
}

/* "/2/14": stair and door behind a house's number; x where there are none. */
static uint32_t door_end(const Fold *v, uint32_t x) {
    while (fold_at(v, x) == '/' && is_digit(fold_at(v, (int64_t)x + 1))) {
        x = digits_end(v, x + 1);
    }
    return x;
}

/* "12", "12a", "88/2/14" behind a blank, or a comma and a blank; 0: no house's number. */
static uint32_t house_end(const Fold *v, uint32_t x) {
    enum { DIGITS = 5 };
    x += fold_at(v, x) == ',';
    if (fold_at(v, x++) != ' ') return 0;
    uint32_t from = x;
    x = digits_end(v, x);
    if (x == from || x - from > DIGITS) return 0;
    if (is_letter(fold_at(v, x)) && !is_alnum(fold_at(v, (int64_t)x + 1))) x++;
    x = door_end(v, x);
    char behind = fold_at(v, x);
    bool goes_on = is_alnum(behind) || behind == ':' || behind == '%';
    bool decimal = (behind == '.' || behind == ',') && is_digit(fold_at(v, (int64_t)x + 1));
    return goes_on || decimal ? 0 : x;
}

/* "piazza Dante 4", "ul. Polnej 12/4, 26-600 Radom": a road's name that the tagger found has its
   number behind it, and perhaps the town. */
static void with_house(const Fold *v, NameSpan *name) {
    bool road = name->type == SCAN_ADDRESS || name->type == SCAN_PERSON || name->type == SCAN_PLACE;
    bool number = is_digit(v->p[name->end - 1]);
    uint32_t at = name->at, end = road && !number ? house_end(v, name->end) : 0;
    if (road && number) end = door_end(v, name->end);
    if (!end || !holds_road(v, &at, name->end)) return;
    name->at = at;
    name->end = format_post_town(v, end);
    name->type = SCAN_ADDRESS;
}

/* A person's name with what belongs to it; anything else as it was found. */
static NameSpan whole_name(const Fold *v, const NameSpan *name) {
    NameSpan whole = *name;
    with_house(v, &whole);
    if (whole.type != SCAN_PERSON) return whole;
    whole.at = with_epithet(v, with_initial(v, name->wide_at));
    whole.end = with_apostrophe(v, with_handle(v, name->wide_end));
    whole.end = without_small_words(v, whole.at, whole.end);
    while (whole.end > whole.at + 1 && strchr("*_`~,;:", v->p[whole.end - 1])) whole.end--;
    while (whole.at + 1 < whole.end && strchr(",;:", v->p[whole.at])) whole.at++;
    if (v->p[whole.end - 1] == '.' && is_stop(v, whole.at, whole.end - 1)) whole.end--;
    return whole;
}

/* "Hides" in "Rebecca Hides": a word of every day with a capital, right behind somebody's name. */
static bool is_last_name(const Scanner *s, const NameSpan *name) {
    Str word = {s->fold.p + name->at, name->end - name->at};
    return is_one_word(word) && !begins_sentence(word) && goes_on(s, name);
}

/* "Hausmeister Krause" is Krause; false: nobody is named (role.c). */
static bool without_role(const Fold *v, NameSpan *name) {
    size_t at = name->at;
    if (!role_leaves((Str){v->p, v->n}, &at, name->end)) return false;
    name->at = (uint32_t)at;
    return true;
}

/* Bytes of a firm's legal form that begins at `at`, with what goes on behind it; 0: none. */
static uint32_t legal_form(const Fold *v, uint32_t at) {
    static const char *const forms[] = {"GmbH", "gGmbH", "mbH", "AG", "KG", "KGaA", "OHG", "UG",
                                        "SE", "Inc", "Ltd", "LLC", "LLP", "Corp", "Co", "plc"};
    Str rest = {v->p + at, v->n - at};
    uint32_t end = at;
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        uint32_t behind = at + (uint32_t)strlen(forms[i]);
        bool there = str_starts(rest, str_from(forms[i])) && !is_alnum(fold_at(v, behind));
        if (there && !(fold_at(v, behind) & 0x80)) end = behind;
    }
    return end - at;
}

/* "Firma Hartmann Druck KG", found as a person: a firm, without the word for one. */
static void with_legal_form(const Fold *v, NameSpan *name) {
    uint32_t at = name->end;
    while (at > name->at && v->p[at - 1] != ' ') at--;
    if (name->type != SCAN_PERSON || at == name->at || legal_form(v, at) != name->end - at) return;
    name->type = SCAN_ORG;
    if (fold_has_word(v, name->at, "firma")) name->at += (uint32_t)strlen("firma ");
}

/* Behind "GmbH": " & Co. KG". */
static uint32_t firm_end(const Fold *v, uint32_t end) {
    for (uint32_t x = end, n;; end = x) {
        if (fold_at(v, x) == '.') x++;
        if (fold_at(v, x) == ' ') x++;
        if (fold_at(v, x) == '&' && fold_at(v, (int64_t)x + 1) == ' ') x += 2;
        n = legal_form(v, x);
        if (!n) return end;
        x += n;
    }
}

/* "Kranich Versand" a person and "GmbH & Co" a firm: the tagger cuts a firm before its legal form.
   It is one; a legal form alone names nobody. false: it is neither. */
static bool is_legal_rest(Scanner *s, const NameSpan *name) {
    const Fold *v = &s->fold;
    uint32_t at = name->at, n;
    while (at < name->end && v->p[at] == ' ') at++;
    n = legal_form(v, at);
    bool all = name->type == SCAN_PERSON && at + n == name->end;
    if (!n || at + n > name->end || !(name->type == SCAN_ORG || all)) return false;
    ScanSpan *last = s->n_tagged ? &s->tagged[s->n_tagged - 1] : NULL;
    bool behind = last && s->tagged_end < at && v->p[at - 1] == ' ' && s->tagged_end + 1 == at;
    if (!behind) return firm_end(v, at) >= name->end;
    s->tagged_end = firm_end(v, at);
    if (s->tagged_end < name->end) s->tagged_end = name->end; /* "GmbH Nordwest": nothing is lost */
    last->end = s->base + fold_end(v, s->tagged_end);
    last->type = SCAN_ORG;
    last->kind = KIND_TAG_ORG;
    if (name->score > last->score) last->score = name->score;
    return true;
}

/* "1000 mg, Levodopa 100": a number and what it weighs are no house. */
static bool is_dose(const Fold *v, const NameSpan *name) {
    static const char *const units[] = {" mg", " ml", " kg", " mmol"};
    for (uint32_t x = name->at; x < name->end; x++) {
        if (!is_digit(v->p[x]) || is_digit(fold_at(v, (int64_t)x + 1))) continue;
        for (size_t i = 0; i < ARRAY_LEN(units); i++) {
            uint32_t end = x + 1 + (uint32_t)strlen(units[i]);
            bool letter = fold_at(v, end) & 0x80; /* "1540 Mlýnská" */
            if (!letter && fold_has_word(v, x + 1, units[i])) return true;
        }
    }
    return false;
}

/* All that may speak against a find is asked in turn; what is left joins the one before or is a new
   one. */
static void take_one(Scanner *s, const NameSpan *found) {
    assert(found->at < found->end && found->end <= s->fold.n);
    static const ScanKind kind_of[SCAN_TYPE_COUNT] = {
        [SCAN_PERSON] = KIND_TAG_PERSON,   [SCAN_ADDRESS] = KIND_TAG_ADDRESS,
        [SCAN_ORG] = KIND_TAG_ORG,         [SCAN_PLACE] = KIND_TAG_PLACE,
        [SCAN_DATE] = KIND_TAG_DATE,       [SCAN_HEALTH] = KIND_TAG_HEALTH,
        [SCAN_FINANCE] = KIND_TAG_FINANCE, [SCAN_OTHER] = KIND_TAG_OTHER};
    const Fold *v = &s->fold;
    NameSpan whole = whole_name(v, found), *name = &whole;
    with_legal_form(v, name);
    ScanKind kind = name->type < SCAN_TYPE_COUNT ? kind_of[name->type] : 0;
    if (s->status != OK || !kind) return;
    if (context_is_label(s->words, v, found->at, found->end)) return;
    bool nobody = is_plain_word(s, found) || jargon_is_phrase(s, found) ||
                  jargon_is_things(s, name); /* with the words beside: "Rebecca Hides" */
    if (nobody && !is_last_name(s, name)) return;
    if (jargon_is_premises(v, name)) return;
    if (name->type == SCAN_DATE && !is_birth(s, name)) return;
    if (is_thing(v, name) && !goes_on(s, name)) return;
    bool somebody = name->type == SCAN_PERSON || name->type == SCAN_ORG;
    if (somebody && !without_role(v, &whole)) return;
    if (name->type == SCAN_ADDRESS && is_dose(v, name)) return;
    if (is_legal_rest(s, name)) return;
    uint32_t end = name->type == SCAN_ADDRESS ? before_bracket(v, name) : name->end;
    if (end == name->at) return; /* "(Suite 4) 12 High Street", found from the bracket on */
    size_t start = s->base + fold_start(&s->fold, name->at), stop = s->base + fold_end(v, end);
    if (goes_on(s, name)) {
        ScanSpan *last = &s->tagged[s->n_tagged - 1];
        if (stop > last->end) last->end = stop; /* a find inside another shortens it not */
        if (name->score > last->score) last->score = name->score;
        if (end > s->tagged_end) s->tagged_end = end;
        return;
    }
    if (start >= stop) return;
    tagged_push(s, (ScanSpan){start, stop, (ScanType)name->type, kind, name->score});
    s->tagged_end = end;
}

/* A find that a sentence's end lies in is two: the tagger has no boundary there. */
void tagged_take(void *scanner, const NameSpan *found) {
    Scanner *s = scanner;
    const Fold *v = &s->fold;
    NameSpan part = *found;
    while (part.type == SCAN_PERSON) {
        uint32_t stop = sentence_end(v, part.at, part.end);
        if (stop == part.end) break;
        NameSpan before = part;
        before.end = before.wide_end = stop;
        german_take(s, &before, take_one);
        part.at = part.wide_at = stop + 2;
        part.plain = part.listed = false;
    }
    german_take(s, &part, take_one);
}

/* ---- what is spared ------------------------------------------------------------------------- */

static int by_key(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Texts are kept as hashes, sorted: n may be thousands, and all that is asked is whether one is
   among them. On failure the old ones stay. */
Status gate_scanner_spare(Scanner *s, const Str *texts, size_t n, Err *err) {
    uint64_t *keys = NULL;
    if (n) {
        keys = mem_alloc_n(n, sizeof *keys);
        if (!keys) return err_no_memory(err, "what is no name");
        for (size_t i = 0; i < n; i++) keys[i] = hash_table_key(texts[i].p, texts[i].n);
        qsort(keys, n, sizeof *keys, by_key);
    }
    mem_free(s->spared);
    s->spared = keys;
    s->n_spared = n;
    return OK;
}

/* Keeps the order of those that stay: merge.c relies on it. */
void tagged_spare(Scanner *s, Str text) {
    size_t kept = 0;
    if (s->n_spared == 0) return;
    for (size_t i = 0; i < s->n_tagged; i++) {
        Str found = str_sub(text, s->tagged[i].start, s->tagged[i].end);
        uint64_t key = hash_table_key(found.p, found.n);
        if (bsearch(&key, s->spared, s->n_spared, sizeof key, by_key)) continue;
        s->tagged[kept++] = s->tagged[i];
    }
    s->n_tagged = kept;
}
