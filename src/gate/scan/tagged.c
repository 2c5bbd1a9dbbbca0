/*
 * What of the tagger's finds is believed.
 *
 * The tagger leans to finding too much, and it sees a sentence, not a page. So a find is left out
 *
 *   - that is a label of a format ("Personalausweis", "telephone"), and no name;
 *   - that is in small Latin letters where the text around has capitals: a name would have one, and
 *     so would a street ("47 years old, born" is no address), unless all its words are names and
 *     nothing else ("ask john smith"); or where the text has none, but it is one letter or a word
 *     of JSON's;
 *   - of one word of the lexicon that is no noun and no name there, if the tagger doubts;
 *   - of one word with a capital that also stands in the text around without it, unless the tagger
 *     is sure: its capital only begins a sentence;
 *   - that is code ("getUserName", "{ useState"), if no word of it is known as a name;
 *   - that is grammar of a language that the tagger has not learned (foreign.c);
 *   - that is a month's name where a month may stand, unless the tagger is sure;
 *   - that is a date and no word of birth is near: other dates are nobody's secret.
 *
 * A person's name in Latin letters has the words beside it that begin with a capital and are none
 * of every day ("Albert Pujols", of which the tagger knows one). An address ends where the bracket
 * closes that it stands in. Names in Latin letters that only a blank, a particle ("van", "de la",
 * "of the") or an initial parts are one person: no piece between them stays visible, and a
 * surrogate is drawn for the whole.
 */
#include "gate/scan/impl.h"

#include "base/mem.h"

enum { NEAR = 1500, NEAR_HAN = 48, WORD_MAX = 32, PARTICLES_MAX = 2 };
static const float SURE = 0.9F, LIKELY = 0.5F, LIKELY_ALONE = 0.65F;

static bool is_latin(char c) {
    return (unsigned char)c < 0xE1; /* and Greek, Cyrillic: what is written with blanks */
}

/* Nothing but ASCII and small letters of Latin-1 (U+00E0..U+00FF), and no capital. */
static bool is_small(Str text) {
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        bool accented = c == 0xC3 && i + 1 < text.n && (unsigned char)text.p[i + 1] >= 0xA0;
        if ((c >= 'A' && c <= 'Z') || (c >= 0x80 && !accented)) return false;
        i += accented;
    }
    return true;
}

/* Does the word stand in the text with a small letter? Then its capital only begins a sentence. */
static bool is_said_small(Str text, Str word) {
    char small[WORD_MAX];
    memcpy(small, word.p, word.n);
    small[0] = (char)(small[0] | 0x20);
    for (size_t at = 0; (at = str_find(text, (Str){small, word.n}, at)) != SIZE_MAX; at++) {
        bool left = at == 0 || !is_letter(text.p[at - 1]);
        if (left && (at + word.n == text.n || !is_letter(text.p[at + word.n]))) return true;
    }
    return false;
}

static bool is_one_word(Str text) {
    bool one = text.n > 1 && text.n <= WORD_MAX && has_capital(str_sub(text, 0, 1));
    for (size_t i = 0; one && i < text.n; i++) one = is_letter(text.p[i]);
    return one && is_small(str_sub(text, 1, text.n));
}

static bool is_preposition(Str word) {
    static const Str words[] = {STR("in"),    STR("until"), STR("till"),  STR("since"),
                                STR("from"),  STR("to"),    STR("and"),   STR("of"),
                                STR("by"),    STR("before"), STR("after"), STR("between"),
                                STR("last"),  STR("next"),  STR("this"),  STR("early"),
                                STR("late"),  STR("mid"),   STR("during"), STR("or")};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (str_eq(words[i], word)) return true;
    }
    return false;
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
    if (fold_at(v, name->end) == ' ' && is_digit(fold_at(v, name->end + 1))) return true;
    Str word = tagged_word_before(v, name->at);
    for (size_t i = 0; i < word.n; i++) small[i] = to_lower(word.p[i]);
    return is_preposition((Str){small, word.n});
}

static bool is_literal(Str word) {
    return str_eq_c(word, "true") || str_eq_c(word, "false") || str_eq_c(word, "null");
}

/* "john smith", and "emily" if the tagger is rather sure; short words ("con", "ami") must be more
   so: what is a name in one language is a word of every day in another. */
static bool is_name_in_small(const NameSpan *name, Str words) {
    if (name->type != SCAN_PERSON || !name->listed) return false;
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
    bool marked = name->coded && !((first >= 'A' && first <= 'Z') && has_han_near(v, name));
    if (name->type != SCAN_PERSON || name->known) return false;
    for (uint32_t x = name->at; x < name->end && !marked; x++) {
        marked = memchr(marks, v->p[x], sizeof marks - 1) != NULL;
    }
    return marked;
}

static bool is_plain_word(const Fold *v, const NameSpan *name) {
    uint32_t from = name->at > NEAR ? name->at - NEAR : 0;
    uint32_t to = v->n - name->end > NEAR ? name->end + NEAR : v->n;
    Str near = {v->p + from, to - from}, words = {v->p + name->at, name->end - name->at};
    ScanType type = (ScanType)name->type;
    bool named = type == SCAN_PERSON || type == SCAN_ORG || type == SCAN_PLACE ||
                 type == SCAN_ADDRESS;
    if (!named) return false;
    if (type == SCAN_PERSON && name->plain && name->score < LIKELY) return true;
    if (is_code(v, name) || foreign_is_grammar(v, name)) return true;
    if (is_small(words)) {
        bool strange = has_capital(near) && !is_name_in_small(name, words);
        return strange || words.n == 1 || is_literal(words);
    }
    if (name->score >= SURE) return false;
    if (is_month(v, name) || foreign_is_word(v, name)) return true;
    return is_one_word(words) && is_said_small(near, words);
}

static bool is_birth(const Scanner *s, const NameSpan *name) {
    const Fold *v = &s->fold;
    if (name->end + 3 <= v->n && memcmp(v->p + name->end, "生", 3) == 0) return true;
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

static bool is_particle(Str word) {
    static const Str words[] = {STR("van"), STR("von"), STR("de"),  STR("der"), STR("den"),
                                STR("del"), STR("di"),  STR("da"),  STR("do"),  STR("dos"),
                                STR("la"),  STR("le"),  STR("ten"), STR("ter"), STR("bin"),
                                STR("al"),  STR("el"),  STR("zu"),  STR("of"),  STR("the"),
                                STR("ibn"), STR("ben"), STR("y"),   STR("du"),  STR("af")};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (str_eq(words[i], word)) return true;
    }
    return false;
}

/* "R." */
static bool is_initial(Str word) {
    return word.n == 2 && has_capital(str_sub(word, 0, 1)) && word.p[1] == '.';
}

/* One blank, or particles and initials between blanks. */
static bool is_inside_name(Str gap) {
    int words = 0;
    if (gap.n == 0 || gap.p[0] != ' ' || gap.p[gap.n - 1] != ' ') return false;
    for (size_t at = 1, end; at < gap.n; at = end + 1, words++) {
        end = str_find(gap, STR(" "), at);
        Str word = str_sub(gap, at, end);
        if (!is_particle(word) && !is_initial(word)) return false;
    }
    return words <= PARTICLES_MAX;
}

static bool goes_on(const Scanner *s, const NameSpan *name) {
    const Fold *v = &s->fold;
    const ScanSpan *last = s->n_tagged ? &s->tagged[s->n_tagged - 1] : NULL;
    if (!last || last->kind != KIND_TAG_PERSON || name->type != SCAN_PERSON) return false;
    if (!is_latin(v->p[s->tagged_end - 1]) || !is_latin(v->p[name->at])) return false;
    if (name->at <= s->tagged_end) return true; /* both took the word between */
    uint32_t at = s->tagged_end; /* behind the point of an initial: "J." is found without */
    if (v->p[at] == '.' && at > 1 && v->p[at - 2] == ' ' && is_letter(v->p[at - 1])) at++;
    return is_inside_name((Str){v->p + at, name->at - at});
}

/* A person's name with the words beside it; anything else as it was found. */
static NameSpan whole_name(const NameSpan *name) {
    NameSpan whole = *name;
    if (name->type != SCAN_PERSON) return whole;
    whole.at = name->wide_at;
    whole.end = name->wide_end;
    return whole;
}

void tagged_take(void *scanner, const NameSpan *found) {
    static const ScanKind kind_of[SCAN_TYPE_COUNT] = {
        [SCAN_PERSON] = KIND_TAG_PERSON,   [SCAN_ADDRESS] = KIND_TAG_ADDRESS,
        [SCAN_ORG] = KIND_TAG_ORG,         [SCAN_PLACE] = KIND_TAG_PLACE,
        [SCAN_DATE] = KIND_TAG_DATE,       [SCAN_HEALTH] = KIND_TAG_HEALTH,
        [SCAN_FINANCE] = KIND_TAG_FINANCE, [SCAN_OTHER] = KIND_TAG_OTHER};
    Scanner *s = scanner;
    const Fold *v = &s->fold;
    NameSpan whole = whole_name(found), *name = &whole;
    ScanKind kind = name->type < SCAN_TYPE_COUNT ? kind_of[name->type] : 0;
    if (s->status != OK || !kind) return;
    if (context_is_label(s->words, v, found->at, found->end) || is_plain_word(v, found)) return;
    if (name->type == SCAN_DATE && !is_birth(s, name)) return;
    uint32_t end = name->type == SCAN_ADDRESS ? before_bracket(v, name) : name->end;
    size_t start = s->base + fold_start(&s->fold, name->at), stop = s->base + fold_end(v, end);
    if (goes_on(s, name)) {
        ScanSpan *last = &s->tagged[s->n_tagged - 1];
        last->end = stop;
        if (name->score > last->score) last->score = name->score;
        s->tagged_end = end;
        return;
    }
    s->status = mem_grow((void **)&s->tagged, &s->cap_tagged, s->n_tagged + 1, sizeof *s->tagged,
                         SCAN_SPANS_MAX, s->err);
    if (s->status != OK || start >= stop) return;
    s->tagged[s->n_tagged++] = (ScanSpan){.start = start,
                                          .end = stop,
                                          .type = (ScanType)name->type,
                                          .kind = kind,
                                          .score = name->score};
    s->tagged_end = end;
}
