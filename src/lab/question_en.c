/*
 * English sentences to questions.
 *
 * No parser: a short list of shapes in which a finite verb is certain, and everything else is left
 * alone. A sentence is words between blanks; a word with , ; : or . behind it is a "stop", and no
 * shape reaches over one. SUBJECT is one to eight words without a stop, from the sentence's
 * beginning: "The ..." or "A ...", or a capitalised name. BE is is, are, was or were.
 *
 *     SUBJECT BE ... on|in|by|since|until DATE      When BE SUBJECT ...?
 *     SUBJECT will ... on|in|by DATE                When will SUBJECT ...?
 *     SUBJECT VERBs on|in DATE                      When does SUBJECT VERB?
 *     SUBJECT BE MONEY [a month]                    How much BE SUBJECT [a month]?
 *     SUBJECT BE NUMBER UNIT                        What BE SUBJECT?
 *     SUBJECT has|VERBs [at most] NUMBER THINGS     How many THINGS does SUBJECT have|VERB?
 *     SUBJECT VERBs MONEY                           How much does SUBJECT VERB?
 *     SUBJECT cost MONEY                            How much did SUBJECT cost?
 *     SUBJECT VERBed THINGS on|in DATE              When was it that SUBJECT VERBed THINGS?
 *     There are NUMBER THINGS ... .                 How many THINGS ... are there?
 *     SUBJECT BE|stands|lies|hangs in|on|... the X  Where BE|does SUBJECT [stand]?
 *     SUBJECT BE DONE ... by NAME                   By whom BE SUBJECT DONE?
 *
 * A sentence that leans on another one (it, they, this, the other, the next) does not stand alone
 * and is left out. The price of certainty is that most sentences give no question.
 *
 * An example. "The boiler of the mill was serviced on 11 January 2024 by Ann Berg." The words
 * before "was" are the subject, no stop in them. ask_when finds "on" and a date of three words, and
 * "by" behind it closes it: "When was the boiler of the mill serviced?", gold "11 January 2024".
 *
 * Limits: 64 words a sentence, 8 of a subject, 8 between verb and date (chosen: longer ones are
 * mostly two sentences in one).
 */
#include <assert.h>

#include "base/calendar.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "lab/question.h"

enum { WORDS_MAX = 64, SUBJECT_MAX = 8, MIDDLE_MAX = 8 };

typedef struct Words {
    Str text;
    size_t n;
    struct {
        size_t start, end; /* bytes, without what stops it */
        bool stop;
    } w[WORDS_MAX];
} Words;

typedef struct Shape {
    const Words *words;
    size_t first, verb; /* the subject is words [first,verb) */
    LabAsk *out;
} Shape;

/* ---- words --------------------------------------------------------------------------------- */

static bool blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/* false: too many words, or one that is nothing but stops: such a text is no sentence. */
static bool split(Str text, Words *out) {
    out->text = text;
    out->n = 0;
    for (size_t at = 0; at < text.n;) {
        while (at < text.n && blank(text.p[at])) at++;
        size_t start = at;
        while (at < text.n && !blank(text.p[at])) at++;
        if (at == start) break;
        if (out->n == WORDS_MAX) return false;
        size_t end = at;
        while (end > start && strchr(".,;:!?)\"", text.p[end - 1])) end--;
        if (end == start) return false;
        out->w[out->n].start = start;
        out->w[out->n].end = end;
        out->w[out->n++].stop = end < at;
    }
    return out->n > 0;
}

/* Word i without its stops; empty past the end. */
static Str word(const Words *s, size_t i) {
    return i < s->n ? str_sub(s->text, s->w[i].start, s->w[i].end) : (Str){"", 0};
}

/* Is word i one of a list that is written " a b c "? */
static bool among(const Words *s, size_t i, const char *list) {
    char padded[32];
    Str w = word(s, i);
    if (w.n == 0 || w.n > sizeof padded - 3) return false;
    padded[0] = ' ';
    for (size_t k = 0; k < w.n; k++) padded[k + 1] = plain_lower(w.p[k]);
    padded[w.n + 1] = ' ';
    padded[w.n + 2] = 0;
    return strstr(list, padded) != NULL;
}

/* Does a stop follow word i, or nothing? */
static bool ends_here(const Words *s, size_t i) { return i >= s->n || s->w[i].stop; }

/* Does it begin with a capital letter? */
static bool capital(const Words *s, size_t i) {
    Str w = word(s, i);
    size_t width;
    if (w.n == 0) return false;
    uint32_t c = utf8_decode(w, 0, &width);
    return unicode_class(c) == UC_LETTER && unicode_lower(c) != c;
}

/* Two ASCII letters at least, all small. */
static bool lower_word(const Words *s, size_t i) {
    Str w = word(s, i);
    for (size_t k = 0; k < w.n; k++) {
        if (w.p[k] < 'a' || w.p[k] > 'z') return false;
    }
    return w.n > 1;
}

/* Digits with points and commas inside. */
static bool digits(Str w) {
    bool any = false;
    for (size_t k = 0; k < w.n; k++) {
        bool digit = plain_is_digit(w.p[k]);
        if (!digit && !(any && (w.p[k] == '.' || w.p[k] == ','))) return false;
        any = true;
    }
    return any;
}

/* Digits, or a small number written out. */
static bool number(const Words *s, size_t i) {
    return digits(word(s, i)) ||
           among(s, i, " two three four five six seven eight nine ten eleven twelve ");
}

/* A sign of currency and digits. */
static bool money(const Words *s, size_t i) {
    static const char *const signs[] = {"£", "$", "€", "¥"};
    Str w = word(s, i);
    for (size_t k = 0; k < ARRAY_LEN(signs); k++) {
        Str sign = str_from(signs[k]);
        if (str_starts(w, sign)) return digits(str_sub(w, sign.n, w.n));
    }
    return false;
}

/* "1,150 pounds" or "£1,150": how many words it has; 0: it is no sum of money. */
static size_t sum(const Words *s, size_t i) {
    if (money(s, i)) return 1;
    bool named = i + 1 < s->n && digits(word(s, i)) && !s->w[i].stop &&
                 among(s, i + 1, " pounds euros dollars francs yuan ");
    return named ? 2 : 0;
}

/* A month with its capital: "may" is a verb. */
static bool month(const Words *s, size_t i) {
    return capital(s, i) && calendar_month_whole(word(s, i));
}

/* One or two digits; whether the month has so many days is not asked, the document says it. */
static bool day(const Words *s, size_t i) {
    Str w = word(s, i);
    return digits(w) && w.n <= 2;
}

static bool year(const Words *s, size_t i) {
    Str w = word(s, i);
    return w.n == 4 && digits(w) && (w.p[0] == '1' || w.p[0] == '2');
}

/* How many words from i on are one date; 0: none. */
static size_t date(const Words *s, size_t i) {
    bool day_month = day(s, i) && !s->w[i].stop && month(s, i + 1);
    if (day_month) return !ends_here(s, i + 1) && year(s, i + 2) ? 3 : 2;
    if (month(s, i) && !s->w[i].stop) {
        if (day(s, i + 1)) return year(s, i + 2) ? 3 : 2;
        return year(s, i + 1) ? 2 : 0;
    }
    return year(s, i) && (ends_here(s, i) || lower_word(s, i + 1)) ? 1 : 0;
}

/* ---- the question -------------------------------------------------------------------------- */

/* One more word of the question; what is too long is seen by end(). */
static void add(LabAsk *out, Str text) {
    if (out->n && out->n < LAB_QUESTION_MAX) out->question[out->n++] = ' ';
    for (size_t k = 0; k < text.n && out->n < LAB_QUESTION_MAX; k++) {
        out->question[out->n++] = text.p[k] == '\n' ? ' ' : text.p[k];
    }
}

static void add_words(const Shape *f, size_t from, size_t to) {
    assert(from <= to && to <= f->words->n);
    for (size_t i = from; i < to; i++) add(f->out, word(f->words, i));
}

/* What stands before the verb, without the capital of a sentence's first article; notes it as what
   the question is about. */
static void add_subject(const Shape *f) {
    assert(f->first < f->verb && f->verb < f->words->n); /* a subject, and a verb behind it */
    size_t at = f->out->n + 1;
    add_words(f, f->first, f->verb);
    if (!among(f->words, f->first, " the a an ") || at >= LAB_QUESTION_MAX) return;
    f->out->question[at] = plain_lower(f->out->question[at]);
    f->out->about_start = at;
    f->out->about_end = f->out->n;
}

/* Ends the question; its answer is words [from,to). */
static bool end(const Shape *f, LabKind kind, size_t from, size_t to) {
    LabAsk *out = f->out;
    if (to <= from || to > f->words->n || out->n + 1 >= LAB_QUESTION_MAX) return false;
    out->question[out->n++] = '?';
    out->kind = kind;
    out->gold_start = f->words->w[from].start;
    out->gold_end = f->words->w[to - 1].end;
    return out->gold_end - out->gold_start <= LAB_GOLD_MAX;
}

/* "begins" -> "begin", "carries" -> "carry", "reaches" -> "reach" */
static bool add_infinitive(const Shape *f) {
    Str w = word(f->words, f->verb);
    char verb[32];
    if (w.n < 4 || w.n >= sizeof verb || w.p[w.n - 1] != 's' || w.p[w.n - 2] == 's') return false;
    size_t n = w.n - 1;
    memcpy(verb, w.p, w.n);
    if (n > 3 && verb[n - 1] == 'e' && verb[n - 2] == 'i') verb[--n - 1] = 'y';
    else if (n > 3 && verb[n - 1] == 'e' && (strchr("xz", verb[n - 2]) || verb[n - 2] == 'h')) n--;
    add(f->out, (Str){verb, n});
    return true;
}

static bool is_be(const Words *s, size_t i) { return among(s, i, " is are was were "); }

/* How many words before a number only soften it. */
static size_t hedge(const Words *s, size_t i) {
    if (among(s, i, " about only nearly around roughly almost ")) return 1;
    if (among(s, i, " at ") && among(s, i + 1, " most least ")) return 2;
    return among(s, i, " up ") && among(s, i + 1, " to ") ? 2 : 0;
}

/* ---- shapes -------------------------------------------------------------------------------- */

/* The question word of a preposition of time; NULL: it is none. */
static const char *when_of(const Words *s, size_t i) {
    if (among(s, i, " on in ")) return "When";
    if (among(s, i, " by ")) return "By when";
    if (among(s, i, " since ")) return "Since when";
    return among(s, i, " until ") ? "Until when" : NULL;
}

/* Words [from,at) may stand between verb and preposition: no stop, number or negation in them. */
static bool plain_middle(const Words *s, size_t from, size_t at) {
    assert(from <= at && at <= s->n);
    for (size_t i = from; i < at; i++) {
        if (s->w[i].stop || number(s, i) || money(s, i)) return false;
        if (among(s, i, " not never it they he she them this these than ")) return false;
    }
    return at - from <= MIDDLE_MAX;
}

/* "X is closed on 3 May" -> "When is X closed?" */
static bool ask_when(const Shape *f) {
    const Words *s = f->words;
    for (size_t at = f->verb + 1; at + 1 < s->n && at <= f->verb + 1 + MIDDLE_MAX; at++) {
        const char *when = when_of(s, at);
        size_t n = when ? date(s, at + 1) : 0;
        if (n == 0 || !plain_middle(s, f->verb + 1, at)) continue;
        size_t last = at + n;
        bool closed = ends_here(s, last) || among(s, last + 1, " and by as with for but because ");
        if (!closed) return false;
        add(f->out, str_from(when));
        add_words(f, f->verb, f->verb + 1);
        add_subject(f);
        add_words(f, f->verb + 1, at);
        return end(f, LAB_DATE, at + 1, last + 1);
    }
    return false;
}

/* "X is £5 a month" -> "How much is X a month?"; "X is 40 metres" -> "What is X?" */
static bool ask_amount(const Shape *f) {
    const Words *s = f->words;
    size_t at = f->verb + 1 + hedge(s, f->verb + 1);
    if (s->w[f->verb].stop || at >= s->n) return false;
    size_t paid = sum(s, at), behind = at + paid;
    bool counted = !paid && digits(word(s, at)) && !s->w[at].stop && lower_word(s, at + 1) &&
                   !among(s, at + 1, " to and or in on of by at per for ");
    if (!paid && !counted) return false;
    add(f->out, paid ? STR("How much") : STR("What"));
    add_words(f, f->verb, f->verb + 1);
    add_subject(f);
    bool a_month = paid && !s->w[behind - 1].stop && among(s, behind, " a each ") &&
                   among(s, behind + 1, " day week month quarter year person ");
    if (a_month) add_words(f, behind, behind + 2);
    return end(f, LAB_NUMBER, at, paid ? behind : at + 2);
}

/* "litres", alone: "wireless access points" are not asked for by their first word. */
static bool things(const Words *s, size_t i) {
    return lower_word(s, i) && str_ends(word(s, i), STR("s")) &&
           (ends_here(s, i) || among(s, i + 1, " and on in at of for to with a per from each by "));
}

/* "X holds 40 litres" -> "How many litres does X hold?" */
static bool ask_how_many(const Shape *f) {
    const Words *s = f->words;
    size_t at = f->verb + 1 + hedge(s, f->verb + 1);
    bool has = among(s, f->verb, " has have ");
    if (s->w[f->verb].stop || at >= s->n) return false;
    bool paid = money(s, at);
    if (!paid && (!number(s, at) || s->w[at].stop || !things(s, at + 1))) return false;
    add(f->out, paid ? STR("How much") : STR("How many"));
    if (!paid) add_words(f, at + 1, at + 2);
    add(f->out, among(s, f->verb, " have ") ? STR("do") : STR("does"));
    add_subject(f);
    if (has) add(f->out, STR("have"));
    else if (!add_infinitive(f)) return false;
    return end(f, LAB_NUMBER, at, at + 1);
}

/* "X begins on 3 May" -> "When does X begin?" */
static bool ask_when_does(const Shape *f) {
    const Words *s = f->words;
    const char *when = when_of(s, f->verb + 1);
    size_t n = when ? date(s, f->verb + 2) : 0;
    if (n == 0 || s->w[f->verb].stop || s->w[f->verb + 1].stop) return false;
    add(f->out, str_from(when));
    add(f->out, STR("does"));
    add_subject(f);
    return add_infinitive(f) && end(f, LAB_DATE, f->verb + 2, f->verb + 2 + n);
}

/* "X cost £96" -> "How much did X cost?"; the noun of that spelling has no sum behind it. */
static bool ask_cost(const Shape *f) {
    const Words *s = f->words;
    size_t at = f->verb + 1 + hedge(s, f->verb + 1), paid = at < s->n ? sum(s, at) : 0;
    if (!among(s, f->verb, " cost ") || s->w[f->verb].stop || paid == 0) return false;
    add(f->out, STR("How much did"));
    add_subject(f);
    add(f->out, STR("cost"));
    return end(f, LAB_NUMBER, at, at + paid);
}

/* "X passed its inspection on 3 May." -> "When was it that X passed its inspection?", which needs
   no other form of the verb. Something stands between verb and date, and the date ends the
   sentence: else the verb may be a participle, as in "the boiler fitted in 2020 leaks". */
static bool ask_when_did(const Shape *f) {
    const Words *s = f->words;
    bool past = lower_word(s, f->verb) && str_ends(word(s, f->verb), STR("ed")) &&
                word(s, f->verb).n > 4;
    if (!past || s->w[f->verb].stop || among(s, f->verb + 1, " by in on at ")) return false;
    for (size_t at = f->verb + 2; at + 1 < s->n && at <= f->verb + 1 + MIDDLE_MAX; at++) {
        size_t n = among(s, at, " on in ") ? date(s, at + 1) : 0;
        if (n == 0 || at + 1 + n != s->n || !plain_middle(s, f->verb + 1, at)) continue;
        add(f->out, STR("When was it that"));
        add_subject(f);
        add_words(f, f->verb, at);
        return end(f, LAB_DATE, at + 1, at + 1 + n);
    }
    return false;
}

/* The place: words behind "in the" up to a stop or "and", at most six; 0: none. */
static size_t place(const Words *s, size_t at) {
    if (!among(s, at, " in on at under behind beside above below inside ")) return 0;
    if (s->w[at].stop || !among(s, at + 1, " the a an ") || ends_here(s, at + 1)) return 0;
    for (size_t i = at + 2; i < s->n && i < at + 8; i++) {
        if (number(s, i) || among(s, i, " it that which who ")) return 0;
        if (ends_here(s, i)) return i + 1;
        if (among(s, i + 1, " and as but where because ") || i + 1 == s->n) return i + 1;
    }
    return 0;
}

/* "X is kept in the hall" -> "Where is X kept?" */
static bool ask_where(const Shape *f) {
    const Words *s = f->words;
    bool be = is_be(s, f->verb), stands = among(s, f->verb, " stands lies hangs ");
    bool kept = be && among(s, f->verb + 1, " kept stored located ");
    size_t at = f->verb + 1 + kept;
    if (!(be || stands) || s->w[f->verb].stop || (kept && s->w[f->verb + 1].stop)) return false;
    size_t stop = place(s, at);
    if (stop == 0) return false;
    add(f->out, STR("Where"));
    if (be) add_words(f, f->verb, f->verb + 1);
    else add(f->out, STR("does"));
    add_subject(f);
    if (kept) add_words(f, f->verb + 1, f->verb + 2);
    if (stands && !add_infinitive(f)) return false;
    return end(f, LAB_PLACE, at + 2, stop);
}

/* "X was built by Anna Berg" -> "By whom was X built?" Only names with capitals. */
static bool ask_by_whom(const Shape *f) {
    const Words *s = f->words;
    Str done = word(s, f->verb + 1);
    bool participle = str_ends(done, STR("ed")) || str_ends(done, STR("en")) ||
                      str_ends(done, STR("pt")) || str_ends(done, STR("ilt"));
    if (!participle || !lower_word(s, f->verb + 1) || s->w[f->verb].stop) return false;
    for (size_t at = f->verb + 2; at + 1 < s->n; at++) {
        if (!among(s, at, " by ") || !capital(s, at + 1) || month(s, at + 1)) continue;
        size_t last = at + 1;
        while (!ends_here(s, last) && capital(s, last + 1)) last++;
        if (!ends_here(s, last) && last + 1 < s->n) return false;
        add(f->out, STR("By whom"));
        add_words(f, f->verb, f->verb + 1);
        add_subject(f);
        add_words(f, f->verb + 1, f->verb + 2);
        return end(f, LAB_WHO, at + 1, last + 1);
    }
    return false;
}

/* "There are four keys in the box" -> "How many keys in the box are there?" */
static bool ask_there_are(const Words *s, size_t first, LabAsk *out) {
    Shape f = {s, first, first, out};
    size_t last = s->n - 1, at = first + 2;
    if (!among(s, first, " there ") || !among(s, first + 1, " are were ")) return false;
    if (!number(s, at) || !lower_word(s, at + 1) || last < at + 2) return false;
    if (!plain_middle(s, at + 1, last) || among(s, at + 1, " of or ")) return false;
    add(out, STR("How many"));
    add_words(&f, at + 1, last + 1);
    add_words(&f, first + 1, first + 2);
    add(out, STR("there"));
    return end(&f, LAB_NUMBER, at, at + 1);
}

/* ---- a sentence ---------------------------------------------------------------------------- */

/* "cost", or a word in -ed, which may be a participle as well. */
static bool may_be_past(const Words *s, size_t i) {
    return among(s, i, " cost ") || (lower_word(s, i) && str_ends(word(s, i), STR("ed")));
}

/* Would the subject be understood without the sentences before it? An article with a noun, or a
   name; no word that points elsewhere. */
static bool stands_alone(const Words *s, size_t first, size_t verb) {
    bool article = among(s, first, " the a an ");
    bool name = capital(s, first) && (verb == first + 1 || capital(s, first + 1));
    if (!article && !name) return false;
    if (article && verb == first + 1) return false;
    for (size_t i = first; i < verb; i++) {
        if (s->w[i].stop || number(s, i)) return false;
        /* "the bridge destroyed by bombs" is no sentence yet, and "bombs" no verb */
        if (i > first && among(s, i, " by ") && may_be_past(s, i - 1)) return false;
        if (among(s, i,
                  " it they he she we you i this that these those there here one ones other "
                  "others same next former latter then and or if when while until after before "
                        "which who whoever what both every each nobody not and to as has had may "
                        "must can could should would first second third fourth fifth sixth "
                        "seventh last ")) {
            return false;
        }
    }
    return verb - first <= SUBJECT_MAX;
}

/* In "the tenant pays for small repairs" the verb came earlier, and looks like a plural. */
static bool holds_plural(const Words *s, size_t first, size_t verb) {
    for (size_t i = first; i < verb; i++) {
        if (lower_word(s, i) && str_ends(word(s, i), STR("s"))) return true;
    }
    return false;
}

/* The first shape that fits the verb; each begins with an empty question. */
static bool try_shapes(const Shape *f) {
    typedef bool (*Ask)(const Shape *);
    static const Ask be[] = {ask_when, ask_amount, ask_where, ask_by_whom};
    static const Ask will[] = {ask_when};
    static const Ask does[] = {ask_when_does, ask_how_many, ask_where};
    static const Ask did[] = {ask_cost, ask_when_did};
    assert(f->first < f->verb && f->verb < f->words->n);
    bool is = is_be(f->words, f->verb), future = among(f->words, f->verb, " will ");
    bool past = may_be_past(f->words, f->verb);
    const Ask *asks = is ? be : future ? will : past ? did : does;
    size_t n = is       ? ARRAY_LEN(be)
               : future ? ARRAY_LEN(will)
               : past   ? ARRAY_LEN(did)
                        : ARRAY_LEN(does);
    for (size_t i = 0; i < n; i++) {
        *f->out = (LabAsk){.chinese = false};
        if (asks[i](f)) return true;
    }
    return false;
}

/* "1.2", "-", "*" and the like before the sentence. */
static size_t skip_mark(const Words *s) {
    Str w = word(s, 0);
    return digits(w) || str_eq(w, STR("-")) || str_eq(w, STR("*")) || str_eq(w, STR(">")) ? 1 : 0;
}

/* The verb is looked for from left to right: the first word that is finite in any reading (is, has,
   will) ends the search, one in -s may still be a plural and the search goes on behind it. */
bool lab_ask_english(Str sentence, LabAsk *out) {
    Words s;
    *out = (LabAsk){.chinese = false};
    if (sentence.n > LAB_SENTENCE_MAX || !split(sentence, &s)) return false;
    size_t first = skip_mark(&s);
    if (ask_there_are(&s, first, out)) return true;
    for (size_t verb = first + 1; verb < s.n && verb <= first + SUBJECT_MAX; verb++) {
        if (s.w[verb - 1].stop) return false;
        bool finite = is_be(&s, verb) || among(&s, verb, " will has have ");
        bool third = lower_word(&s, verb) && str_ends(word(&s, verb), STR("s"));
        if (!finite && !third && !may_be_past(&s, verb)) continue;
        Shape f = {&s, first, verb, out};
        if (!finite && third && holds_plural(&s, first, verb)) return false;
        if (stands_alone(&s, first, verb) && try_shapes(&f)) return true;
        if (finite) return false;
    }
    return false;
}
