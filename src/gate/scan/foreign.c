/*
 * What the tagger's finds are not believed for outside Chinese and English: it has learned no other
 * tongue, and takes for a person what looks like none of its words.
 *
 *   - Korean is written in words with blanks between, and a name is two to four syllables that
 *     begin with a family name; particles follow without a blank. A word counts as one with a name
 *     in it if it begins with a family name and has three or four syllables less its particle
 *     ("김민수는"), or two or three before a blank and a title ("김민 씨"), and does not end as a
 *     verb does.
 *   - Japanese: what is of hiragana alone is words of grammar, unless a title follows ("さくらさん")
 *     or two Han signs stand before it and it has no sign of grammar ("佐藤みどり"); a name has no
 *     particle inside, does not begin with hiragana that Han signs follow, and has two Han signs
 *     before hiragana.
 *   - German, French, Spanish, Italian, Dutch, Norwegian: pronouns and articles are no names, and
 *     German nouns have capitals: behind an article a find needs a word that is known as a name
 *     ("die Anna", not "die Sitzung"). "Le", "La", "El" are articles where a small word of grammar
 *     follows near ("Le livre est").
 *
 * Only a find of a person, a firm or a place is asked about; what formats and the user's own words
 * find is not. The lists of family names and particles are from grammars of the languages.
 */
#include "base/utf8.h"
#include "gate/scan/impl.h"

enum { WORD_MAX = 32, HANGUL_MAX = 12, NEAR = 80 };

/* ---- neighbours of English ----------------------------------------------------------------- */

/* ASCII letters in small form; false: too long, or other signs. */
static bool small_word(Str word, char out[WORD_MAX]) {
    if (word.n == 0 || word.n > WORD_MAX) return false;
    for (size_t i = 0; i < word.n; i++) {
        if (!is_letter(word.p[i])) return false;
        out[i] = to_lower(word.p[i]);
    }
    return true;
}

/* "Er hat", "Nous allons": what begins sentences and is nobody's name ("Das", "Elle", "Ella",
   "Les", "Una" are names, too). */
static bool is_pronoun(Str word) {
    static const Str words[] = {
        STR("er"),    STR("ich"),  STR("sie"),    STR("wir"),   STR("ihr"),   STR("der"),
        STR("die"),   STR("den"),  STR("dem"),    STR("ein"),   STR("eine"),  STR("wer"),
        STR("was"),   STR("wie"),  STR("wann"),   STR("warum"), STR("mein"),  STR("meine"),
        STR("unser"), STR("kein"), STR("keine"),  STR("und"),   STR("aber"),  STR("ist"),
        STR("nous"),  STR("vous"), STR("ils"),    STR("je"),    STR("notre"), STR("votre"),
        STR("los"),   STR("las"),  STR("usted"),  STR("noi"),   STR("voi"),   STR("gli"),
        STR("wij"),   STR("het"),  STR("een"),    STR("jij"),   STR("jeg"),   STR("nosotros"),
        STR("unsere"), STR("viele"), STR("alle"),  STR("diese"), STR("dieser"), STR("dieses"),
        STR("sein"),  STR("seiner"), STR("seinem"), STR("meiner"), STR("meinem"), STR("ihrer"),
        STR("ihre"),  STR("seine"), STR("jede"),  STR("jeder"), STR("einige"), STR("welche")};
    char small[WORD_MAX];
    return small_word(word, small) && is_among((Str){small, word.n}, words, ARRAY_LEN(words));
}

/* "das Haus", "im Garten". */
static bool is_article(Str word) {
    static const Str words[] = {
        STR("der"),   STR("die"),   STR("das"),   STR("dem"),    STR("des"),   STR("ein"),
        STR("eine"),  STR("einen"), STR("einem"), STR("einer"),  STR("zum"),   STR("zur"),
        STR("beim"),  STR("vom"),   STR("kein"),  STR("keine"),  STR("diese"), STR("dieser"),
        STR("unser"), STR("unsere"), STR("nach"), STR("mehr"),   STR("neue"),  STR("neuen"),
        STR("viele"), STR("alle")};
    char small[WORD_MAX];
    return small_word(word, small) && is_among((Str){small, word.n}, words, ARRAY_LEN(words));
}

static bool has_noun_behind(const Fold *v, uint32_t end) {
    char c = fold_at(v, (int64_t)end + 1);
    return fold_at(v, end) == ' ' && plain_is_capital(c);
}

/* German by its articles and nouns. "Das" is a family name, too: an article before a noun. */
static bool is_german_noun(const Fold *v, const NameSpan *name) {
    Str words = {v->p + name->at, name->end - name->at};
    size_t blank = str_find(words, STR(" "), 0);
    if (blank == SIZE_MAX) {
        if (str_eq_c(words, "Das") && has_noun_behind(v, name->end)) return true;
        return !name->listed && is_article(tagged_word_before(v, name->at));
    }
    return !name->known && (is_pronoun(str_sub(words, 0, blank)) ||
                            is_article(str_sub(words, 0, blank)));
}

/* "Le livre est sur la table": an article of French, Spanish or Italian before a small letter, and
   a small word of grammar behind it; "Le wrote" has none. */
static bool is_romance_article(const Fold *v, const NameSpan *name) {
    static const Str articles[] = {STR("Le"), STR("La"), STR("Les"), STR("Un"), STR("Une"),
                                   STR("El"), STR("Los"), STR("Las"), STR("Il"), STR("Lo")};
    static const Str grammar[] = {STR(" est "),  STR(" sont "), STR(" sur "), STR(" dans "),
                                  STR(" des "),  STR(" les "),  STR(" une "), STR(" avec "),
                                  STR(" pour "), STR(" que "),  STR(" es "),  STR(" los "),
                                  STR(" con "),  STR(" por "),  STR(" che "), STR(" della ")};
    char behind = fold_at(v, (int64_t)name->end + 1);
    uint32_t to = v->n - name->end > NEAR ? name->end + NEAR : v->n;
    Str near = {v->p + name->end, to - name->end};
    if (fold_at(v, name->end) != ' ' || !plain_is_small(behind)) return false;
    Str word = {v->p + name->at, name->end - name->at};
    if (!is_among(word, articles, ARRAY_LEN(articles))) return false;
    for (size_t i = 0; i < ARRAY_LEN(grammar); i++) {
        if (str_find(near, grammar[i], 0) != SIZE_MAX) return true;
    }
    return false;
}

/* A pronoun or noun with a capital, as German writes them. */
bool foreign_is_word(const Fold *v, const NameSpan *name) {
    Str words = {v->p + name->at, name->end - name->at};
    bool capital = has_capital(str_sub(words, 0, 1));
    if (capital && is_pronoun(words) && has_capital(words)) return true;
    return name->type == SCAN_PERSON && is_german_noun(v, name);
}

/* ---- Korean -------------------------------------------------------------------------------- */

static bool is_hangul(uint32_t code) {
    return code >= 0xAC00 && code <= 0xD7A3;
}

static bool is_hangul_at(const Fold *v, uint32_t at) {
    return at + 3 <= v->n && is_hangul(utf8_decode((Str){v->p, v->n}, at, &(size_t){0}));
}

/* The first syllable decides: nearly all Korean names begin with one of these. */
static bool is_family_name(Str word) {
    static const char *const names =
        "김이박최정강조윤장임한오서신권황안송류유홍전고문손양배백허남심노하곽성차주우구민나진지엄채원천"
        "방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국";
    for (const char *p = names; word.n >= 3 && *p; p += 3) {
        if (memcmp(p, word.p, 3) == 0) return true;
    }
    return false;
}

/* What a word ends with: particles behind a name, the longest first; verbs' endings. */
static size_t particle_of(Str word) {
    static const Str ends[] = {
        STR("입니다"), STR("이에요"), STR("에게서"), STR("이라고"), STR("에게"), STR("한테"),
        STR("께서"),   STR("이랑"),   STR("님은"),   STR("님이"),   STR("님을"), STR("님께"),
        STR("씨는"),   STR("씨가"),   STR("씨를"),   STR("이는"),   STR("이가"), STR("이의"),
        STR("은"),     STR("는"),     STR("이"),     STR("가"),     STR("을"),   STR("를"),
        STR("의"),     STR("와"),     STR("과"),     STR("도"),     STR("에"),   STR("로"),
        STR("님"),     STR("씨")};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        size_t n = ends[i].n;
        if (word.n >= n + 6 && memcmp(word.p + word.n - n, ends[i].p, n) == 0) return n;
    }
    return 0;
}

static bool is_verb(Str word) {
    static const Str ends[] = {STR("다"), STR("요"), STR("까"), STR("해"), STR("서"), STR("고")};
    return word.n >= 3 && is_among(str_sub(word, word.n - 3, word.n), ends, ARRAY_LEN(ends));
}

/* "씨", "님" or the like behind a blank. */
static bool has_title(const Fold *v, uint32_t end) {
    static const Str titles[] = {STR("씨"), STR("님"), STR("양"), STR("군")};
    if (end + 4 > v->n || v->p[end] != ' ') return false;
    return is_among((Str){v->p + end + 1, 3}, titles, ARRAY_LEN(titles));
}

/* The word of Hangul around a place: could a name be in it? */
static bool is_korean_name(const Fold *v, uint32_t at) {
    uint32_t from = at, to = at;
    while (from >= 3 && at - from < 3 * HANGUL_MAX && is_hangul_at(v, from - 3)) from -= 3;
    while (to - at < 3 * HANGUL_MAX && is_hangul_at(v, to)) to += 3;
    Str word = {v->p + from, to - from};
    if (!is_family_name(word)) return false;
    if (word.n == 6 || word.n == 9) {
        if (has_title(v, to)) return true;
    }
    size_t particle = particle_of(word), rest = word.n - particle;
    if (!particle && is_verb(word)) return false;
    return rest == 9 || rest == 12;
}

/* ---- Japanese ------------------------------------------------------------------------------ */

static bool is_hiragana(uint32_t code) {
    return code >= 0x3041 && code <= 0x309F;
}

/* What stands behind a person's name and behind no word of grammar. */
static bool has_honorific(const Fold *v, uint32_t end) {
    static const Str titles[] = {STR("さん"), STR("ちゃん"), STR("くん"), STR("様"), STR("氏")};
    for (size_t i = 0; i < ARRAY_LEN(titles); i++) {
        size_t n = titles[i].n;
        if (end + n <= v->n && memcmp(v->p + end, titles[i].p, n) == 0) return true;
    }
    return false;
}

static bool is_han_at(const Fold *v, uint32_t at) {
    size_t width;
    uint32_t code = at + 3 <= v->n ? utf8_decode((Str){v->p, v->n}, at, &width) : 0;
    return code >= 0x3400 && code <= 0x9FFF;
}

/* "佐藤みどり": behind two Han signs, and nothing of grammar in it. */
static bool is_given_name(const Fold *v, const NameSpan *name) {
    static const char *const grammar = "はがをにでとのもへてすし";
    if (name->at < 6 || !is_han_at(v, name->at - 3) || !is_han_at(v, name->at - 6)) return false;
    for (uint32_t at = name->at; at + 3 <= name->end; at += 3) {
        for (const char *p = grammar; *p; p += 3) {
            if (memcmp(p, v->p + at, 3) == 0) return false;
        }
    }
    return !str_starts((Str){v->p + name->at, v->n - name->at}, STR("さん"));
}

/* Hiragana without a name's signs is grammar; among Han signs a particle or too few of them tell
   the same. */
static bool is_japanese_grammar(const Fold *v, const NameSpan *name) {
    Str words = {v->p + name->at, name->end - name->at};
    uint32_t han = 0, hiragana = 0, first = 0;
    bool particle = false;
    for (size_t at = 0, width; at < words.n; at += width) {
        uint32_t code = utf8_decode(words, at, &width);
        if (at == 0) first = code;
        han += code >= 0x3400 && code <= 0x9FFF;
        hiragana += is_hiragana(code);
        particle |= code == 0x3092; /* を */
    }
    if (!hiragana) return false;
    if (!han) return !has_honorific(v, name->end) && !is_given_name(v, name);
    return particle || is_hiragana(first) || han < 2;
}

/* One possible name in Hangul saves the whole find: half a name must not leave. */
bool foreign_is_grammar(const Fold *v, const NameSpan *name) {
    bool hangul = false;
    for (uint32_t at = name->at; at + 3 <= name->end; at += 3) {
        while (at < name->end && ((unsigned char)v->p[at] & 0xF0) != 0xE0) at++;
        if (at == name->end || !is_hangul_at(v, at)) continue;
        if (is_korean_name(v, at)) return false;
        hangul = true;
    }
    return hangul || is_romance_article(v, name) || is_japanese_grammar(v, name);
}
