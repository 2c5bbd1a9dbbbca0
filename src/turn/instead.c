/*
 * Instead: puts into the last question what a follow-up or a correction names in its stead.
 *
 * "What is the notice period of the cleaning contract?" - "No, I meant the boiler contract": the
 * word that both have ("contract") is the anchor; what stands beside it on both sides of the talk
 * and differs is exchanged, before it ("cleaning", "boiler") or, for numbers, behind it ("Parzelle
 * 17", "22"). A number alone takes the place of the only number of as many digits ("and in 2025?").
 * A name alone takes the place of the only name, a run of words with capitals behind the first word
 * ("And Marta Zielinska?"); in German, where every noun has one, of the only run of as many words.
 * In Chinese the anchor is what both end in (保洁合同, 设备维护合同), and what stands before it, back
 * to a mark, a digit's unit or a character of grammar, is exchanged. Where the anchor stands twice,
 * or nothing beside it differs, nothing is done: a question that was put together wrongly is worse
 * than one that leans on history.
 *
 *     before                                  named                what comes out
 *     What is the notice period of the        the boiler contract  ... of the boiler contract?
 *     cleaning contract?
 *     How large is Parzelle 17?               Parzelle 22          How large is Parzelle 22?
 *     What was the rent in 2024?              in 2025              What was the rent in 2025?
 *     What did Tom Hill's coat cost?          Marta Zielinska      ... Marta Zielinska's coat cost?
 *
 * Words are views of both texts, so that the exchange is a cut in the question itself; they are
 * compared in small letters of ASCII, others as they stand.
 *
 * "Are you sure?" and "where does it say that?" ask the question before once more, for its answer
 * shows the words that prove it; "more details" shows the whole passage; "shorter" and "in
 * bullet points" change a summary. All are closed lists of whole texts.
 *
 * Limits: WORDS_MAX words of the question before, NAMED_MAX of what is named; one word of a name
 * beside the anchor.
 */
#include "turn/instead.h"

#include <assert.h>

#include "base/calendar.h"
#include "base/lists.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "knowledge/grammar_words.h"

enum { WORDS_MAX = 40, NAMED_MAX = 5, WORD_BYTES = 60, ANCHOR_LEAST = 3, HAN = 3 };

typedef struct Words {
    Str list[WORDS_MAX];
    size_t n;
} Words;

/* Views of the text, so that one of them can be exchanged in it. False: more than `most`. */
static bool read_words(Str text, size_t most, Words *out) {
    out->n = 0;
    for (size_t at = 0;;) {
        Str word = str_word(text, &at);
        if (!word.n) return true;
        if (out->n == most) return false;
        out->list[out->n++] = word;
    }
}

/* ASCII letters lowered, in the caller's WORD_BYTES; empty where the word is longer. */
static Str lower(Str word, char *out) {
    if (word.n > WORD_BYTES) return (Str){"", 0};
    for (size_t i = 0; i < word.n; i++) out[i] = plain_lower(word.p[i]);
    return (Str){out, word.n};
}

static bool in_list(Str word, const char *const *list) {
    char small[WORD_BYTES];
    return list_has(lower(word, small), list);
}

static bool is_grammar(Str word) {
    char small[WORD_BYTES];
    Str low = lower(word, small);
    return grammar_word(low) || grammar_word_german(low);
}

static bool same(Str a, Str b) {
    char one[WORD_BYTES], other[WORD_BYTES];
    Str x = lower(a, one);
    return x.n && str_eq(x, lower(b, other));
}

static bool is_number(Str word) {
    for (size_t i = 0; i < word.n; i++) {
        if (!plain_is_digit(word.p[i])) return false;
    }
    return word.n > 0;
}

/* ---- what is named --------------------------------------------------------------------------- */

/* Without punctuation at the end. */
static Str bare(Str text) {
    static const char *const signs[] = {".", "?", "!", "。", "？", "！", " ", NULL};
    return str_trim(list_cut_end(text, signs));
}

/* "no" may stand before, or nothing; a question behind "I mean" stands on its own. */
Str instead_meant(Str question) {
    static const char *const commas[] = {",", "，", " ", NULL};
    static const char *const no[] = {"no", "nein", "sorry", "不对", "不是", "不", NULL};
    static const char *const meant[] = {"i meant ", "i mean ", "ich meinte ", "ich meine ",
                                        "我问的是", "我说的是", "我指的是", "我是说", "我是问", NULL};
    Str rest = str_trim(question);
    rest = str_sub(rest, list_begins(rest, no), rest.n);
    rest = str_sub(rest, list_run_at(rest, 0, commas), rest.n);
    size_t at = list_begins(rest, meant);
    Words words;
    bool asks = str_asks(rest); /* a question of its own */
    if (!at || asks) return (Str){"", 0};
    rest = bare(str_sub(rest, at, rest.n));
    return read_words(rest, NAMED_MAX, &words) ? rest : (Str){"", 0};
}

/* "And in 2025?" names; "and when is it due?" asks, and needs no question before. */
Str instead_named(Str question) {
    static const char *const openings[] = {"and ", "what about ", "how about ", "und ",
                                           "was ist mit ", "wie ist es mit ", NULL};
    static const char *const asks[] = {
        "who ", "what ", "when ", "where ", "why ", "how ",  "which ", "is ",   "are ", "was ",
        "were ", "do ", "does ", "did ", "can ", "will ", "wer ", "wann ", "wo ", "warum ",
        "wie ", "welche", "ist ", "sind ", "hat ", "kann ", NULL};
    Str rest = str_trim(question);
    size_t at = list_begins(rest, openings);
    if (!at) return (Str){"", 0};
    rest = str_sub(rest, at, rest.n);
    return list_begins(rest, asks) ? (Str){"", 0} : bare(rest); /* a question of its own */
}

/* The whole text, but for case and punctuation at its end, or its first WORD_BYTES. */
static bool says_one_of(Str question, const char *const *list) {
    char small[WORD_BYTES];
    Str low = lower(bare(question), small);
    return low.n && list_has(low, list);
}

/* Every word must be one of ours: "in English please" asks again, "in English law?" asks. */
bool instead_again(Str question, TurnLanguage *language) {
    static const char *const english[] = {"english", "englisch", NULL};
    static const char *const german[] = {"german", "deutsch", NULL};
    static const char *const other[] = {"please", "bitte", "in", "auf", "again", "nochmal",
                                        "noch", "einmal", "repeat", "that", "it", "das",
                                        "wiederhole", "answer", "antworte", "say", NULL};
    static const char *const again[] = {"again", "repeat", "nochmal", "wiederhole", "shorter",
                                        "kürzer", "briefly", "knapper", NULL};
    static const char *const again_chinese[] = {"短一点", "简短一点", "简单一点", "再说一遍",
                                                "再说一次", "请再说一遍", NULL};
    Words words;
    bool asks = false;
    if (says_one_of(question, again_chinese)) return true;
    if (question.n > WORD_BYTES || !read_words(question, NAMED_MAX, &words)) return false;
    for (size_t i = 0; i < words.n; i++) {
        bool en = in_list(words.list[i], english), de = in_list(words.list[i], german);
        bool repeats = in_list(words.list[i], again);
        if (!en && !de && !repeats && !in_list(words.list[i], other)) return false;
        if (en || de) *language = en ? TURN_ENGLISH : TURN_GERMAN;
        asks = asks || en || de || repeats;
    }
    return asks;
}

bool instead_doubts(Str question) {
    static const char *const doubts[] = {
        "are you sure", "are you sure about that", "are you certain", "is that right",
        "is that correct", "is that true", "really", "sure", "where does it say that",
        "where does it say so", "where is that written", "where does that stand",
        "where did you get that", "where did you find that", "where do you get that from",
        "says who", "what is your source", "what's your source", "source", "sources",
        "what is the source", "show me the source", "show me where", "show me where it says that",
        "how do you know", "how do you know that", "prove it", "quote it", "bist du sicher",
        "bist du dir sicher", "sind sie sicher", "sicher", "wirklich", "stimmt das",
        "ist das richtig", "ist das sicher", "wo steht das", "wo steht das genau",
        "wo hast du das her", "quelle", "quellen", "woher weißt du das",
        "woher wissen sie das", "was ist die quelle",
        "zeig mir die stelle", "zeig mir die quelle", "你确定吗", "你确定", "确定吗", "真的吗",
        "是真的吗", "对吗", "在哪里写的", "哪里写的", "写在哪里", "在哪里写着", "出处", "出处在哪里",
        "来源", "来源是什么", "依据是什么", "有什么依据", "你怎么知道", "你怎么知道的", NULL};
    return says_one_of(question, doubts);
}

InsteadStyle instead_style(Str question) {
    static const char *const shorter[] = {
        "shorter", "shorter please", "please shorter", "make it shorter", "make it shorter please",
        "too long", "briefly", "briefly please", "in short", "in two sentences", "shorten it",
        "kürzer", "kürzer bitte", "bitte kürzer", "zu lang", "knapper", "knapper bitte",
        "in zwei sätzen", "短一点", "简短一点", "简短点", "太长了", "再短一点", "精简一点", NULL};
    static const char *const points[] = {
        "in bullet points", "in bullet points please", "as bullet points", "bullet points",
        "bullet points please", "as a list", "as a list please", "make it a list",
        "als stichpunkte", "als stichpunkte bitte", "in stichpunkten", "in stichpunkten bitte",
        "stichpunkte", "stichpunkte bitte", "als liste", "als liste bitte", "分点列出",
        "列成要点", "分条列出", "用要点列出", "用列表", NULL};
    if (says_one_of(question, shorter)) return INSTEAD_SHORTER;
    return says_one_of(question, points) ? INSTEAD_POINTS : INSTEAD_PLAIN;
}

bool instead_more(Str question) {
    static const char *const more[] = {
        "more", "more details", "more details please", "more detail", "more detail please",
        "in more detail", "give me more details", "tell me more", "tell me more about it",
        "tell me more about that", "explain", "explain that", "explain it", "please explain",
        "elaborate", "please elaborate", "longer please", "longer", "go on", "continue",
        "please continue", "what else", "mehr", "mehr details", "mehr dazu", "mehr bitte",
        "genauer", "genauer bitte", "ausführlicher", "ausführlicher bitte", "erzähl mehr",
        "erzähl mir mehr", "erkläre das", "erklär das", "erklär mir das", "weiter", "weiter bitte",
        "was noch", "详细一点", "详细点", "详细说说", "说详细一点", "再详细一点", "具体一点",
        "继续", "接着说", "多说一点", "解释一下", "展开说说", NULL};
    return says_one_of(question, more);
}

/* ---- into the question before ---------------------------------------------------------------- */

/* `before` with `by` in the place of its part `old`. */
static bool exchange(Str before, Str old, Str by, Buf *out) {
    size_t at = (size_t)(old.p - before.p);
    assert(old.p >= before.p && at + old.n <= before.n); /* a view of the question itself */
    buf_add_str(out, str_sub(before, 0, at));
    buf_add_str(out, by);
    buf_add_str(out, str_sub(before, at + old.n, before.n));
    return true;
}

/* Where the only word that is like this one stands; SIZE_MAX: there is none, or several. A number
   is like another of as many digits, a word like itself. */
static size_t only_like(const Words *words, Str word) {
    size_t found = SIZE_MAX;
    assert(words->n <= WORDS_MAX);
    for (size_t i = 0; i < words->n; i++) {
        bool like = is_number(word) ? is_number(words->list[i]) && words->list[i].n == word.n
                                    : same(words->list[i], word);
        if (like && found != SIZE_MAX) return SIZE_MAX;
        if (like) found = i;
    }
    return found;
}

/* The first anchor that has something beside it decides; an anchor that stands twice in the
   question before is none. */
static bool put_beside(Str before, const Words *old, const Words *named, Buf *out) {
    for (size_t i = 0; i < named->n; i++) {
        Str anchor = named->list[i];
        if (anchor.n < ANCHOR_LEAST || is_number(anchor) || is_grammar(anchor)) continue;
        size_t at = only_like(old, anchor);
        if (at == SIZE_MAX) continue;
        Str next = at + 1 < old->n ? old->list[at + 1] : (Str){"", 0};
        Str prior = at > 0 ? old->list[at - 1] : (Str){"", 0};
        if (i + 1 < named->n && is_number(named->list[i + 1]) && is_number(next)) {
            return exchange(before, next, named->list[i + 1], out);
        }
        bool both = i > 0 && prior.n && !is_grammar(prior) && !is_grammar(named->list[i - 1]);
        if (both && !same(prior, named->list[i - 1])) {
            return exchange(before, prior, named->list[i - 1], out);
        }
    }
    return false;
}

static bool is_capital(Str word) {
    size_t width;
    uint32_t c = utf8_decode(word, 0, &width);
    return unicode_lower(c) != c;
}

/* How many words from `from` on are a name: capitals, a blank between them. */
static size_t name_length(const Words *words, size_t from) {
    size_t n = 0;
    while (from + n < words->n && is_capital(words->list[from + n])) {
        Str word = words->list[from + n], prior = n ? words->list[from + n - 1] : word;
        if (n && word.p != prior.p + prior.n + 1) break;
        n++;
    }
    return n;
}

static bool is_time(Str word) {
    return calendar_weekday_whole(word) >= 0 || calendar_month_whole(word);
}

/* The only name of the question, or in German the only one of as many words, is exchanged; who is
   asked about gives way to no day. */
static bool put_name(Str before, const Words *old, const Words *named, Buf *out) {
    size_t n = name_length(named, 0), found = 0, runs = 0, length = 0;
    bool german = grammar_german(before);
    if (n != named->n || n == 0 || (german && n == 1)) return false;
    for (size_t i = 1, run; i < old->n; i += run ? run : 1) {
        run = name_length(old, i);
        bool is = run && (german ? run == n : !str_eq_c(old->list[i], "I"));
        runs += is;
        if (is) found = i, length = run;
    }
    if (runs != 1 || is_time(old->list[found]) != is_time(named->list[0])) return false;
    const Str *last = &old->list[found + length - 1], *to = &named->list[n - 1];
    Str name = {old->list[found].p, (size_t)(last->p + last->n - old->list[found].p)};
    Str by = {named->list[0].p, (size_t)(to->p + to->n - named->list[0].p)};
    return !str_eq(name, by) && exchange(before, name, by, out);
}

/* Back from `at` over characters that can be part of a name. */
static size_t name_start(Str text, size_t at) {
    static const char *const ends[] = {"年", "月", "日", "号", NULL};
    size_t width;
    while (at >= HAN && unicode_is_cjk(utf8_decode(text, at - HAN, &width)) && width == HAN &&
           !grammar_character(utf8_decode(text, at - HAN, &width)) &&
           !list_has(str_sub(text, at - HAN, at), ends)) {
        at -= HAN;
    }
    return at;
}

/* The longest end of `what` that stands once in `before`: two characters, or one of two. */
static bool put_chinese(Str before, Str what, Buf *out) {
    size_t least = what.n == 2 * HAN ? HAN : 2 * HAN;
    assert(what.n % HAN == 0); /* only_han: a step back is a character */
    for (size_t n = what.n < HAN ? 0 : what.n - HAN; n >= least; n -= HAN) {
        Str anchor = str_sub(what, what.n - n, what.n), head = str_sub(what, 0, what.n - n);
        size_t at = str_find(before, anchor, 0), from;
        if (at == SIZE_MAX || str_find(before, anchor, at + 1) != SIZE_MAX) continue;
        from = name_start(before, at);
        Str old = str_sub(before, from, at);
        return old.n && !str_eq(old, head) && exchange(before, old, head, out);
    }
    return false;
}

/* So that its bytes can be counted off by threes. */
static bool only_han(Str text) {
    size_t width;
    for (size_t at = 0; at < text.n; at += width) {
        if (!unicode_is_cjk(utf8_decode(text, at, &width)) || width != HAN) return false;
    }
    return true;
}

/* A number alone needs no anchor: the only number of as many digits is meant. */
bool instead_put(Str before, Str what, Buf *out) {
    Words old, named;
    if (utf8_has_cjk(what)) {
        return only_han(what) && put_chinese(before, what, out);
    }
    if (!read_words(before, WORDS_MAX, &old) || !read_words(what, NAMED_MAX, &named)) return false;
    size_t first = 0;
    while (first < named.n && is_grammar(named.list[first])) first++;
    if (first + 1 == named.n && is_number(named.list[first])) {
        size_t at = only_like(&old, named.list[first]);
        return at != SIZE_MAX && exchange(before, old.list[at], named.list[first], out);
    }
    return put_beside(before, &old, &named, out) || put_name(before, &old, &named, out);
}
