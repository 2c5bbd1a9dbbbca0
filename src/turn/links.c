/*
 * Links: questions that lead from one document to another by a name.
 *
 * "When was the director of the film Stagecoach Express born?" No passage says it. One says who
 * directed the film, another, which never speaks of the film, when he was born. Search finds the
 * first; a small model that reads it says NOT FOUND, or takes the year of the film. And of "who was
 * born first, A or B?" each passage says half, and which day comes before which no passage says.
 *
 * So such questions are taken apart by rules, and each part is asked in a turn of its own, with all
 * that a turn does to be sure of its answer:
 *
 *     a link     "When was | the director of the film F | born?"
 *                "What is the name of the director of the film F?"  ->  one name N
 *                "When was N born?"
 *     a pair     "Who was born first, A or B?"
 *                "When was A born?"  "When was B born?"              ->  two days, compared here
 *                "Are A and B of the same nationality?"
 *                "What is the nationality of A?"  ... of B?"         ->  two values, compared here
 *
 * Both may meet: "Which film has the director who was born first, F or G?" is a pair whose parts
 * are links. Who asks them, and what becomes of the answers, is api/chain.c.
 *
 * A link is a noun that is of something, within a question that asks for more than who that is:
 * the last "the ... of ..." (where two stand one in another the inner one is asked first), "the
 * person who ...", or "Anna's landlord". The noun says what somebody is to something: one of a
 * closed list of relations, or who does it by its ending. What else there is has no name of which
 * another document could speak. It ends behind the name that it is of, or with the question: "born"
 * of "the director of the film F born" belongs to the question around it.
 *
 * A pair is a question word with "first", "later", "older", "younger" at the end of what it says,
 * a comma, and "A or B"; or "are/were/do/did A and B" with "the same". Of days the first one of an
 * answer counts, a year alone where there is none; equal ones are not compared.
 *
 * What is not told: how a name is spelled in the other document (two people of one name are one);
 * titles that hold " or " or " and "; other comparisons ("cheaper"). English only.
 *
 * Limits: LINKS_QUESTION_MAX bytes, NAME_MAX bytes of a name.
 */
#include "turn/links.h"

#include <assert.h>

#include "base/calendar.h"
#include "base/lists.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "knowledge/grammar_words.h"
#include "knowledge/irregular.h"

enum { NAME_MAX = 80, WORD_MAX = 32, ROLE_WORDS = 3, YEAR_LEAST = 1000, YEAR_MOST = 2100 };

static const char *const asking[] = {"who",  "whom", "whose", "what", "when", "where",
                                     "which", "how",  "why",  NULL};
static const char *const being[] = {"is", "are", "was", "were", NULL};
static const char *const auxiliaries[] = {"is",  "are",  "was", "were",  "will", "has", "have",
                                          "had", "does", "do",  "did",   "can",  "must", NULL};

/* ---- words ----------------------------------------------------------------------------------- */

/* A word with its place; `low` in small letters of ASCII, cut to WORD_MAX. */
typedef struct Word {
    size_t start, end;
    char low[WORD_MAX + 1];
} Word;

/* Blanks part words, and marks at their ends are no part of them. */
static bool next_word(Str text, size_t *at, Word *out) {
    size_t n = 0;
    while (*at < text.n && memchr(" \t\n,;:()?!\"", text.p[*at], 11)) (*at)++;
    out->start = *at;
    while (*at < text.n && !memchr(" \t\n,;:()?!\"", text.p[*at], 11)) (*at)++;
    out->end = *at;
    for (size_t i = out->start; i < out->end && n < WORD_MAX; i++) {
        out->low[n++] = plain_lower(text.p[i]);
    }
    out->low[n] = 0;
    return out->end > out->start;
}

static bool is_one(const Word *word, const char *const *list) {
    return list_has(str_from(word->low), list);
}

/* Its first letter has a small form, or is a digit. */
static bool names(Str text, const Word *word) {
    size_t width;
    uint32_t c = utf8_decode(text, word->start, &width);
    return unicode_lower(c) != c || unicode_class(c) == UC_NUMBER;
}

/* Without blanks and the question mark at its end. */
static Str bare(Str question) { return str_trim(str_cut_end(str_trim(question), "?! ")); }

static Str print(char *text) { return text ? str_from(text) : (Str){"", 0}; }

/* ---- a link ---------------------------------------------------------------------------------- */

/* The closed list of what people are to each other and to their works. */
static const char *const relations[] = {
    "father",   "mother",   "wife",     "husband",  "son",      "daughter", "brother", "sister",
    "spouse",   "partner",  "boss",     "manager",  "landlord", "tenant",   "owner",   "neighbour",
    "neighbor", "doctor",   "dentist",  "teacher",  "lawyer",   "employer", "director", "author",
    "founder",  "publisher", "treasurer", "chair",  "secretary", "supervisor", "deputy",
    "president", "parent",  "child",    "head",     "captain",  "editor",   "composer", NULL};
/* Who does something: "the performer of", "the violinist of". Not the order, the number of. */
static const char *const doing[] = {"er", "or", "ist", NULL};
static const char *const things[] = {
    "number",  "order",   "letter",  "paper",   "folder",    "river",    "manner",  "matter",
    "color",   "floor",   "door",    "list",    "power",     "water",    "winter",  "summer",
    "error",   "factor",  "register", "quarter", "corner",   "chapter",  "filter",  "boiler",
    "heater",  "printer", "router",  "timer",   "charger",   "cooker",   "freezer", "drawer",
    "counter", "monitor", "motor",   "sensor",  "layer",     "border",   "center",  "cover",
    "tower",   "trailer", "container", "adapter", "weather", "character", "answer", "offer",
    "dinner",  "transfer", "rest",   "former",  "latter",    "poster",   "newsletter", NULL};

/* Where the noun of a link begins and ends, and which of its bytes say what is asked first. */
typedef struct Noun {
    size_t start, end;
    size_t who; /* of "the person who wrote it": behind "who"; 0: another noun */
} Noun;

static bool is_role(const Word *word) {
    return is_one(word, relations) ||
           (list_ends(str_from(word->low), doing) && !is_one(word, things));
}

/* "the director of", behind "the": one to ROLE_WORDS small words and "of". */
static bool opens_role(Str text, size_t at) {
    Word word;
    bool role = false;
    for (size_t n = 0; n <= ROLE_WORDS && next_word(text, &at, &word); n++) {
        if (strcmp(word.low, "of") == 0) return role && next_word(text, &at, &word);
        role = is_role(&word);
        if (names(text, &word) || grammar_word(str_from(word.low))) return false;
    }
    return false;
}

/* "the person who wrote it", behind "the"; where "who" ends, 0: it is none. Who does something, not
   to whom it is done ("the company that my card is from"): a verb follows. */
static size_t opens_person(Str text, size_t at) {
    static const char *const anybody[] = {"person", "man", "woman", "people", "company", "firm",
                                          NULL};
    static const char *const who[] = {"who", "that", "which", NULL};
    static const char *const subjects[] = {"i", "you", "he", "she", "we", "they", "my", "your",
                                           "his", "her", "our", "their", "the", "a", "an", NULL};
    Word word;
    bool person = next_word(text, &at, &word) && is_one(&word, anybody);
    if (!person || !next_word(text, &at, &word) || !is_one(&word, who)) return 0;
    size_t behind = at;
    bool verb = next_word(text, &behind, &word) && !names(text, &word) && !is_one(&word, subjects);
    return verb ? at : 0;
}

/* Behind the name from `at` on: its last word with a capital or a digit, before a small word that
   joins no names. SIZE_MAX: there is no name. */
static size_t named_end(Str text, size_t at) {
    static const char *const joining[] = {"of", "the", "a",  "an", "and",  "or", "with", "in",
                                          "on", "at",  "for", "by", "to", "from", "de", "la",
                                          "van", "von", "der", "du", NULL};
    size_t end = SIZE_MAX;
    for (Word word; next_word(text, &at, &word);) {
        if (names(text, &word)) end = word.end;
        else if (end != SIZE_MAX && !is_one(&word, joining)) break;
    }
    bool quoted = end < text.n && text.p[end] == '"';
    return quoted ? end + 1 : end;
}

/* "born" of "the owner of the mill born", which has no name to end it: a verb at the end belongs to
   the question. */
static bool is_verb(const Word *word) {
    static const char *const bare_verbs[] = {"live", "die", "work", "come", "stay", "go", "born",
                                             "earn", "cost", "do", "get", "make", NULL};
    Str low = str_from(word->low);
    return is_one(word, bare_verbs) || str_ends(low, STR("ed")) ||
           !str_eq(irregular_plain(low), low);
}

/* Without a verb at the end of the text, which begins at `at`. */
static size_t before_verb(Str text, size_t at) {
    Word word, last = {0};
    size_t end = text.n, before = at;
    while (next_word(text, &at, &word)) {
        before = last.end;
        last = word;
    }
    return before > 0 && is_verb(&last) ? before : end;
}

/* "Anna Lind's landlord": a word with a capital and "'s", and a relation behind it. */
static bool find_owner(Str text, Noun *out) {
    Word word, next;
    size_t start = SIZE_MAX, at = 0, behind;
    while (next_word(text, &at, &word)) {
        Str it = str_sub(text, word.start, word.end);
        bool named = word.start > 0 && names(text, &word);
        start = !named ? SIZE_MAX : start == SIZE_MAX ? word.start : start;
        bool owner = named && (str_ends(it, STR("'s")) || str_ends(it, STR("’s")));
        behind = at;
        if (!owner || !next_word(text, &behind, &next) || !is_one(&next, relations)) continue;
        *out = (Noun){start, next.end, 0};
        return true;
    }
    return false;
}

static bool find_noun(Str text, Noun *out) {
    bool found = false;
    Word word;
    for (size_t at = 0; next_word(text, &at, &word);) {
        if (strcmp(word.low, "the") != 0) continue;
        size_t who = opens_person(text, at);
        if (!who && !opens_role(text, at)) continue;
        *out = (Noun){word.start, named_end(text, at), who};
        if (out->end == SIZE_MAX) out->end = before_verb(text, at);
        found = true;
    }
    return found || find_owner(text, out);
}

/* Is something asked beside who or what the noun is? Not by "who was", "what team is", "who is to
   be"; nor where a name stands behind it ("his wife Ann's son"). */
static bool asks_more(Str before, Str after) {
    static const char *const which[] = {"who", "whom", "what", "which", NULL};
    Word word, first = {.low = ""}, last = {.low = ""};
    size_t at = 0, words = 0;
    while (next_word(before, &at, &word)) {
        if (!first.end) first = word;
        words += !is_one(&word, being) && !is_one(&word, asking);
        last = word;
    }
    bool is = is_one(&last, being) || strcmp(last.low, "be") == 0;
    if (is && is_one(&first, which)) return false;
    at = 0;
    if (!next_word(after, &at, &word)) return words > 0;
    return !names(after, &word);
}

/* Begins with a question word, or a preposition before one. */
static bool is_asking(Str text) {
    static const char *const leading[] = {"in", "on", "at", "to", "from", "for", "by", NULL};
    Word word;
    size_t at = 0;
    if (!next_word(text, &at, &word)) return false;
    if (is_one(&word, leading) && !next_word(text, &at, &word)) return false;
    return is_one(&word, asking);
}

bool links_read(Arena *arena, Str question, Link *out) {
    Noun noun;
    Str text = bare(question);
    if (text.n > LINKS_QUESTION_MAX || !is_asking(text) || !find_noun(text, &noun)) return false;
    assert(noun.start < noun.end && noun.end <= text.n);
    Str it = str_sub(text, noun.start, noun.end);
    out->before = str_sub(text, 0, noun.start);
    out->after = str_sub(text, noun.end, text.n);
    bool named = str_begins(out->before, "what is the name of") && !out->after.n;
    if (named || !asks_more(out->before, out->after)) return false;
    if (noun.who) it = str_trim(str_sub(text, noun.who, noun.end));
    const char *head = noun.who ? "Who" : "What is the name of";
    out->first = print(arena_printf(arena, "%s %.*s?", head, (int)it.n, it.p));
    return out->first.n > 0;
}

Str links_put(Arena *arena, const Link *link, Str name) {
    return print(arena_printf(arena, "%.*s%.*s%.*s?", (int)link->before.n, link->before.p,
                              (int)name.n, name.p, (int)link->after.n, link->after.p));
}

/* ---- the name in an answer ------------------------------------------------------------------- */

/* Small words within names: Luís de Camões, Ludwig van Beethoven. */
static bool is_particle(const Word *word) {
    static const char *const particles[] = {"de", "da", "do", "di", "del", "della", "du", "la",
                                            "le", "van", "von", "der", "den", "ter", "bin", "ibn",
                                            "al", "y", "zu", NULL};
    return is_one(word, particles);
}

/* The run of words with capitals that begins with `word`; *at goes behind it. A mark between two
   words ends it. */
static Str run_of(Str text, const Word *word, size_t *at) {
    size_t end = word->end, ahead = *at;
    assert(word->start < word->end && word->end <= *at && *at <= text.n);
    for (Word next; next_word(text, &ahead, &next) && next.start == end + 1;) {
        if (!names(text, &next) && !is_particle(&next)) break;
        if (text.p[end] != ' ') break;
        end = next.end;
        if (names(text, &next)) *at = end;
    }
    return str_cut_end(str_sub(text, word->start, *at > word->end ? *at : word->end), ".'");
}

/* What was asked stands in the answer, too: "The director of the film F is N". */
Str links_name(Str question, Str answer) {
    Str found = {"", 0};
    size_t quote = str_find(answer, STR("\n\n"), 0);
    if (quote != SIZE_MAX) answer = str_sub(answer, 0, quote);
    Word word;
    for (size_t at = 0; next_word(answer, &at, &word);) {
        bool digit = plain_is_digit(answer.p[word.start]);
        if (digit || !names(answer, &word)) continue;
        if (grammar_word(str_from(word.low))) continue; /* "The", "It" */
        Str run = run_of(answer, &word, &at);
        assert(run.n > 0); /* a capital is left: str_has(question, "") would be true */
        bool asked = str_has(question, run);
        if (asked || str_eq(run, found)) continue;
        if (found.n) return (Str){"", 0};
        found = run;
    }
    return found.n <= NAME_MAX ? found : (Str){"", 0};
}

/* ---- a pair ---------------------------------------------------------------------------------- */

static const char *const least[] = {"first", "earlier", "earliest", "sooner", "older", "oldest",
                                    NULL};
static const char *const most[] = {"later", "last", "latest", "younger", "youngest", NULL};
static const char *const aged[] = {"older", "oldest", "younger", "youngest", NULL};

/* "died" -> "die", "came" -> "come", "ends" -> "end", as they stand behind did and does. */
static Str plain_verb(Str verb, bool *past) {
    Str plain = irregular_plain(verb);
    *past = !str_eq(plain, verb) || str_ends(verb, STR("ed"));
    if (!str_eq(plain, verb)) return plain;
    bool silent_e = str_ends(verb, STR("ied")) || str_ends(verb, STR("sed"));
    if (*past) return str_sub(verb, 0, verb.n - (silent_e ? 1 : 2));
    return str_ends(verb, STR("s")) ? str_sub(verb, 0, verb.n - 1) : verb;
}

/* What a verb phrase asks of a thing, %.*s in its place: "was born" -> "When was A born?". */
static Str ask_when(Arena *arena, Str phrase, Str name) {
    Word verb;
    size_t at = 0;
    if (!next_word(phrase, &at, &verb)) return (Str){"", 0};
    Str rest = str_trim(str_sub(phrase, verb.end, phrase.n)), head = str_from(verb.low);
    int n = (int)rest.n;
    if (is_one(&verb, auxiliaries)) {
        return print(arena_printf(arena, "When %s %.*s %.*s?", verb.low, (int)name.n, name.p, n,
                                  rest.p));
    }
    bool past;
    Str plain = plain_verb(head, &past);
    return print(arena_printf(arena, "When %s %.*s %.*s%s%.*s?", past ? "did" : "does",
                              (int)name.n, name.p, (int)plain.n, plain.p, n ? " " : "", n,
                              rest.p));
}

/* What stands before the comma: "Which film | has the director who | was born | first". */
typedef struct Head {
    Str kind;   /* "film"; empty behind "who" */
    Str role;   /* "director"; empty */
    Str phrase; /* "was born" */
    LinkWanted wanted;
} Head;

/* Where the verb phrase of "film came out" begins: an auxiliary, or the last word but "out". */
static size_t verb_at(Str text) {
    static const char *const adverbs[] = {"out", "up", "off", "in", "on", "down", NULL};
    Word word;
    size_t last = 0, before = 0;
    for (size_t at = 0; next_word(text, &at, &word);) {
        if (is_one(&word, auxiliaries)) return word.start;
        if (is_one(&word, adverbs)) return last;
        before = last;
        last = word.start;
    }
    assert(before <= last);
    return last;
}

/* "has the director who was born": the role, and the phrase behind "who". */
static void read_role(Head *head) {
    static const char *const marks[] = {"has the ", "had the ", "has a ", NULL};
    if (!list_starts(head->phrase, marks)) return;
    size_t start = str_find(head->phrase, STR(" "), 4) + 1;
    size_t who = str_find(head->phrase, STR(" who "), start), skip = 5;
    if (who == SIZE_MAX) who = str_find(head->phrase, STR(" that "), start), skip = 6;
    if (who == SIZE_MAX || who <= start) return;
    head->role = str_sub(head->phrase, start, who);
    head->phrase = str_sub(head->phrase, who + skip, head->phrase.n);
}

static bool read_head(Str text, Head *out) {
    Word word, last = {.low = ""};
    size_t at = 0;
    *out = (Head){.wanted = LINK_SAME};
    if (!next_word(text, &at, &word) || !is_one(&word, asking)) return false;
    bool who = strcmp(word.low, "who") == 0;
    if (!who && strcmp(word.low, "which") != 0 && strcmp(word.low, "what") != 0) return false;
    size_t start = at;
    while (next_word(text, &at, &word)) last = word;
    if (is_one(&last, least)) out->wanted = LINK_LEAST;
    else if (is_one(&last, most)) out->wanted = LINK_MOST;
    else return false;
    if (is_one(&last, aged)) out->phrase = STR("was born");
    if (out->phrase.n) return who || str_has(text, STR("person"));
    if (last.start < start) return false;
    Str middle = str_trim(str_sub(text, start, last.start));
    at = who ? 0 : verb_at(middle);
    out->kind = str_trim(str_sub(middle, 0, at));
    out->phrase = str_sub(middle, at, middle.n);
    read_role(out);
    return out->phrase.n > 0;
}

/* " or " once: both sides. */
static bool cut_in_two(Str text, Str joint, Str names[2]) {
    size_t at = str_find(text, joint, 0);
    if (at == SIZE_MAX || str_find(text, joint, at + 1) != SIZE_MAX) return false;
    names[0] = str_trim(str_sub(text, 0, at));
    names[1] = str_trim(str_sub(text, at + joint.n, text.n));
    return names[0].n > 0 && names[1].n > 0;
}

/* A title says that it is one: "the film It Happened". */
static Str name_in(Arena *arena, const Head *head, Str name) {
    bool article = str_starts(name, STR("the ")) || str_starts(name, STR("The "));
    if (!head->role.n) return name;
    return print(arena_printf(arena, "the %.*s of the %.*s%s%.*s", (int)head->role.n,
                              head->role.p, (int)head->kind.n, head->kind.p,
                              head->kind.n || article ? " " : "", (int)name.n, name.p));
}

static bool read_first(Arena *arena, Str text, LinkPair *out) {
    Head head;
    for (size_t at = 0; (at = str_find(text, STR(", "), at)) != SIZE_MAX; at++) {
        if (!read_head(str_sub(text, 0, at), &head)) continue;
        if (!cut_in_two(str_sub(text, at + 2, text.n), STR(" or "), out->names)) return false;
        out->wanted = head.wanted;
        for (int i = 0; i < 2; i++) {
            Str name = name_in(arena, &head, out->names[i]);
            out->asked[i] = ask_when(arena, head.phrase, name);
        }
        return out->asked[0].n && out->asked[1].n;
    }
    return false;
}

/* "the directors of the films F and G": of each, "the director of the film F". */
static bool read_both(Arena *arena, Str text, Str names[2]) {
    Word role, word, kind;
    size_t at = 4;
    if (!str_starts(text, STR("the "))) return cut_in_two(text, STR(" and "), names);
    bool of = next_word(text, &at, &role) && next_word(text, &at, &word) &&
              strcmp(word.low, "of") == 0 && next_word(text, &at, &word) &&
              strcmp(word.low, "the") == 0 && next_word(text, &at, &kind);
    if (!of || !str_ends(str_from(role.low), STR("s")) || !str_ends(str_from(kind.low), STR("s"))) {
        return cut_in_two(text, STR(" and "), names);
    }
    if (!cut_in_two(str_sub(text, at, text.n), STR(" and "), names)) return false;
    for (int i = 0; i < 2; i++) {
        names[i] = print(arena_printf(arena, "the %.*s of the %.*s %.*s",
                                      (int)strlen(role.low) - 1, role.low,
                                      (int)strlen(kind.low) - 1, kind.low, (int)names[i].n,
                                      names[i].p));
    }
    return names[0].n && names[1].n;
}

/* "What is the nationality of A?", "In which town is A?" */
static Str ask_what(Arena *arena, bool in, Str thing, Str name) {
    return print(in ? arena_printf(arena, "In which %.*s is %.*s?", (int)thing.n, thing.p,
                                   (int)name.n, name.p)
                    : arena_printf(arena, "What is the %.*s of %.*s?", (int)thing.n, thing.p,
                                   (int)name.n, name.p));
}

/* "Are A and B of the same nationality?", "Do A and B have the same landlord?" */
static bool read_same(Arena *arena, Str text, LinkPair *out) {
    static const char *const opening[] = {"are", "were", "do", "did", "have", NULL};
    static const char *const joints[] = {" of the same ", " from the same ", " have the same ",
                                         " has the same ", " share the same ", " in the same ",
                                         " at the same ", NULL};
    Word first, what;
    size_t at = 0, end = SIZE_MAX, behind = 0;
    if (!next_word(text, &at, &first) || !is_one(&first, opening)) return false;
    size_t start = at;
    bool in = false;
    for (const char *const *joint = joints; *joint && end == SIZE_MAX; joint++) {
        end = str_find(text, str_from(*joint), start);
        behind = end + str_from(*joint).n;
        in = str_starts(str_from(*joint), STR(" in"));
    }
    if (end == SIZE_MAX) return false;
    Str both = str_trim(str_sub(text, start, end)), thing = str_trim(str_sub(text, behind, text.n));
    at = 0;
    if (str_starts(both, STR("both "))) both = str_sub(both, 5, both.n);
    if (!next_word(thing, &at, &what) || !read_both(arena, both, out->names)) return false;
    if (!in && strcmp(what.low, "country") == 0) thing = STR("nationality");
    out->wanted = LINK_SAME;
    for (int i = 0; i < 2; i++) out->asked[i] = ask_what(arena, in, thing, out->names[i]);
    return out->asked[0].n && out->asked[1].n;
}

bool links_pair(Arena *arena, Str question, LinkPair *out) {
    Str text = bare(question);
    if (text.n > LINKS_QUESTION_MAX) return false;
    return read_first(arena, text, out) || read_same(arena, text, out);
}

/* ---- the verdict ----------------------------------------------------------------------------- */

typedef struct Day {
    int order; /* YYYYMMDD; months and days that are not said are 0 */
    Str said;
} Day;

/* A whole number of ASCII digits up to 9999; -1: the word is none. */
static int number_of(const Word *word) {
    int value = 0;
    size_t n = strlen(word->low);
    if (n == 0 || n > 4) return -1;
    for (size_t i = 0; i < n; i++) {
        if (!plain_is_digit(word->low[i])) return -1;
        value = 10 * value + (word->low[i] - '0');
    }
    return value;
}

/* The first year of a text, with the day and the month that stand right before it. */
static bool read_day(Str text, Day *out) {
    Word words[3] = {{.low = ""}, {.low = ""}, {.low = ""}};
    for (size_t at = 0; next_word(text, &at, &words[2]); words[0] = words[1], words[1] = words[2]) {
        Str word = str_cut_end(str_from(words[2].low), ".");
        words[2].low[word.n] = 0;
        int year = number_of(&words[2]);
        if (year < YEAR_LEAST || year > YEAR_MOST) continue;
        int month = calendar_month(str_from(words[1].low));
        int day = number_of(&words[month ? 0 : 1]);
        if (!month && day > 0) month = calendar_month(str_from(words[0].low));
        bool told = month && day > 0 && day <= 31;
        size_t start = told ? words[0].start : words[2].start;
        out->order = year * 10000 + (told ? month * 100 + day : 0);
        out->said = str_sub(text, start, words[2].start + word.n);
        return true;
    }
    return false;
}

/* Not where one has a year alone that is the other's, too. */
static Str compare_days(Arena *arena, const LinkPair *pair, const Str answers[2]) {
    Day days[2];
    assert(pair->wanted != LINK_SAME); /* names are compared then */
    if (!read_day(answers[0], &days[0]) || !read_day(answers[1], &days[1])) return (Str){"", 0};
    bool year_alone = days[0].order % 10000 == 0 || days[1].order % 10000 == 0;
    int a = days[0].order / (year_alone ? 10000 : 1), b = days[1].order / (year_alone ? 10000 : 1);
    if (a == b) return (Str){"", 0};
    int first = (a < b) == (pair->wanted == LINK_LEAST) ? 0 : 1, other = 1 - first;
    return print(arena_printf(arena, "%.*s (%.*s), %s %.*s (%.*s).", (int)pair->names[first].n,
                              pair->names[first].p, (int)days[first].said.n, days[first].said.p,
                              pair->wanted == LINK_LEAST ? "before" : "after",
                              (int)pair->names[other].n, pair->names[other].p,
                              (int)days[other].said.n, days[other].said.p));
}

/* What names give for "the nationality of A": one name each, the same or another. */
static Str compare_names(Arena *arena, const LinkPair *pair, const Str answers[2]) {
    Str values[2];
    for (int i = 0; i < 2; i++) {
        values[i] = links_name(pair->asked[i], answers[i]);
        if (!values[i].n) return (Str){"", 0};
    }
    return print(arena_printf(arena, "%s: %.*s and %.*s.",
                              str_eq(values[0], values[1]) ? "Yes" : "No", (int)values[0].n,
                              values[0].p, (int)values[1].n, values[1].p));
}

Str links_verdict(Arena *arena, const LinkPair *pair, const Str answers[2]) {
    return pair->wanted == LINK_SAME ? compare_names(arena, pair, answers)
                                     : compare_days(arena, pair, answers);
}
