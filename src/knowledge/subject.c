/*
 * The subject of a question, by two rules of word order; no tagger, no model.
 *
 * English puts it behind the first auxiliary verb ("when DOES the boiler ...", "where IS the
 * stopcock"), with a determiner or a capital letter in front of it: definite descriptions and
 * names presuppose what they speak of. The word taken is the first behind the determiner that is
 * none of a few adjectives of order and measure ("the old oak": oak), which documents leave out.
 * Behind a form of "be" or "have" in a question for what, which or who stands no subject but what
 * is asked for ("what was the reason", "which room has the largest window"): none is taken, but
 * for what stands behind an "of" ("what is the date of the audit": audit).
 *
 * Chinese puts it first: the run of characters in front of the first one that carries grammar or
 * is none of the script, when it is at least two long.
 *
 * A long number behind a noun ("invoice 25117020") is a name, too, and a surer one: documents that
 * do not hold its digits do not speak of that invoice.
 *
 * The rules are meant to be silent rather than wrong. How often what they name stands in none of
 * the eight best passages, on the tuning halves, questions whose paragraph is in the collection
 * against questions whose paragraph was left out: XQuAD English 3 of 254 (two of them misspelt)
 * against 27 of 150, CMRC 2018 1 of 250 against 35 of 150.
 *
 * Examples, the subject in brackets:
 *
 *     When does the [boiler] need its service?     behind "does", with a determiner
 *     Where is [Anna] buried?                      behind "is", with a capital letter
 *     What is the date of the [audit]?             asked for what: behind "of"
 *     What was the reason?                         none
 *     What is the age of the club's [secretary]?   whose it is names nothing
 */
#include "knowledge/subject.h"

#include <assert.h>

#include "base/lists.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "knowledge/grammar_words.h"

enum { WORD_BYTES_MAX = 32, CHINESE_LEAST = 2, CODE_LEAST = 6 };

static const char *const copulas[] = {"is", "are", "was", "were", "has", "have", "had", NULL};
static const char *const auxiliaries[] = {"do",   "does", "did",    "can",    "could",
                                          "will", "would", "should", "must", "may", NULL};
static const char *const asked_for[] = {"what", "which", "who", "whose", "whom", NULL};
static const char *const determiners[] = {"the", "a",   "an",  "our",  "my", "your",
                                          "his", "her", "its",  "their", NULL};
static const char *const adjectives[] = {"first", "second", "third", "last",  "next",    "previous",
                                         "new",   "old",    "main",  "only",  "current", "whole",
                                         "total", "entire", "same",  "other", "average", "own",
                                         NULL};
static const char *const pronouns[] = {"it", "he", "she", "they", "its", "his", "her", "their",
                                       NULL};
static const char *const chinese_pronouns[] = {"它", "他", "她", "其", "该", NULL};

typedef struct Word {
    Str text;                       /* as it is written; empty behind the last one */
    char lower[WORD_BYTES_MAX + 1]; /* in lower case, cut */
    bool capital;
} Word;

/* Words longer than WORD_BYTES_MAX were cut and match none. */
static bool is_one_of(const Word *word, const char *const *list) {
    return list_has(str_from(word->lower), list);
}

/* Letters, marks and digits of scripts with blanks between words. */
static bool is_word_character(uint32_t c) {
    return unicode_in_word(c) && !unicode_is_cjk(c);
}

/* The next word from *at on; *at moves behind it. */
static Word next_word(Str text, size_t *at) {
    Word word = {0};
    assert(*at <= text.n);
    size_t width, n = 0;
    while (*at < text.n && !is_word_character(utf8_decode(text, *at, &width))) *at += width;
    size_t start = *at;
    for (; *at < text.n; *at += width) {
        uint32_t c = utf8_decode(text, *at, &width), low = unicode_lower(c);
        if (!is_word_character(c)) break;
        if (*at == start) word.capital = low != c;
        if (n + UTF8_MAX_BYTES <= WORD_BYTES_MAX) n += utf8_encode(low, word.lower + n);
    }
    word.text = str_sub(text, start, *at);
    return word;
}

/* "the club's": an "s" behind an apostrophe ends the word that ends at `at`. */
static bool is_possessive(Str question, size_t at) {
    static const char *const signs[] = {"'s ", "’s ", NULL};
    return list_starts(str_sub(question, at, question.n), signs);
}

/* "the club's [secretary]": who has it stands everywhere in the club's documents. */
static Word behind_possessive(Str question, size_t at) {
    (void)next_word(question, &at); /* the "s" */
    Word word = next_word(question, &at);
    return is_one_of(&word, adjectives) ? next_word(question, &at) : word;
}

/* What stands behind the auxiliary or the "of", at `at`. */
static Str subject_at(Str question, size_t at) {
    Word word = next_word(question, &at);
    if (is_one_of(&word, determiners)) {
        word = next_word(question, &at);
        if (is_one_of(&word, adjectives)) word = next_word(question, &at);
        if (is_possessive(question, at)) word = behind_possessive(question, at);
    } else if (!word.capital) {
        return STR("");
    }
    return grammar_word(str_from(word.lower)) ? STR("") : word.text;
}

/* "what is the date OF the audit": what has the thing that is asked for. */
static Str subject_behind_of(Str question, size_t at) {
    for (Word word = next_word(question, &at); word.text.n; word = next_word(question, &at)) {
        if (strcmp(word.lower, "of") == 0) return subject_at(question, at);
        if (is_one_of(&word, copulas) || is_one_of(&word, auxiliaries)) break;
    }
    return STR("");
}

/* The first auxiliary decides; what comes before only tells what is asked for. */
static Str english(Str question) {
    size_t at = 0;
    bool asked = false; /* for a what, a which or a who */
    for (Word word = next_word(question, &at); word.text.n; word = next_word(question, &at)) {
        if (is_one_of(&word, asked_for)) asked = true;
        bool copula = is_one_of(&word, copulas);
        if (copula && asked) return subject_behind_of(question, at);
        if (copula || is_one_of(&word, auxiliaries)) return subject_at(question, at);
    }
    return STR("");
}

/* Stops at the first character that carries grammar, also when none came before it. */
static Str chinese(Str question) {
    size_t at = 0, width, start = 0, n = 0;
    for (; at < question.n; at += width) {
        uint32_t c = utf8_decode(question, at, &width);
        if (unicode_is_cjk(c) && !grammar_character(c)) {
            if (n++ == 0) start = at;
        } else if (n || unicode_is_cjk(c)) {
            break;
        }
    }
    assert(at - start >= n); /* a character is a byte at least */
    return n >= CHINESE_LEAST ? str_sub(question, start, at) : STR("");
}

Str subject_of(Str question) {
    return utf8_has_cjk(question) ? chinese(question) : english(question);
}

/* ---- numbers that are names ---------------------------------------------------------------- */

/* What stands behind a number that names something; behind an amount stands its unit. */
static bool ends_code(Str question, size_t at) {
    static const char *const behind[] = {"的", "是", "号", "这", "那", "由", "在", "属", "对", "有",
                                         "何", "谁", "为", "什", "开", "，", "。", "？", "：", "、",
                                         "和", "与", "里", "中", "上", NULL};
    size_t width;
    if (at >= question.n) return true;
    uint32_t c = utf8_decode(question, at, &width);
    if (c < 0x80) return !is_word_character(c) && c != '.' && c != ',' && c != '-' && c != '%';
    return list_starts(str_sub(question, at, question.n), behind);
}

/* "invoice 25117020": behind a noun, not "of the 250000 people". */
static bool begins_code(Str question, size_t at) {
    Word last = {0};
    assert(at < question.n && plain_is_digit(question.p[at])); /* where the number begins */
    size_t end = at, width;
    while (end && question.p[end - 1] == ' ') end--;
    if (end && (question.p[end - 1] == '#' || question.p[end - 1] == ':')) return true;
    if (end && !is_word_character((unsigned char)question.p[end - 1]) &&
        (unsigned char)question.p[end - 1] < 0x80 && question.p[end - 1] != '.') {
        return false; /* a sign of money, of a date, of a longer number */
    }
    if (end && (unsigned char)question.p[end - 1] >= 0x80) {
        size_t from = end - 1;
        while (from && utf8_goes_on(question.p[from])) from--;
        return unicode_is_cjk(utf8_decode(question, from, &width));
    }
    for (size_t from = 0; from < end;) {
        Word word = next_word(str_sub(question, 0, end), &from);
        if (word.text.n) last = word;
    }
    Str low = str_from(last.lower);
    return low.n && !grammar_word(low) && !grammar_word_german(low);
}

/* The first number that is long enough and stands like a name; see ends_code and begins_code. */
Str subject_code(Str question) {
    for (size_t at = 0; at < question.n;) {
        size_t from = at, width;
        while (at < question.n && plain_is_digit(question.p[at])) at++;
        bool letter = from && is_word_character((unsigned char)question.p[from - 1]);
        if (at - from >= CODE_LEAST && !letter && ends_code(question, at) &&
            begins_code(question, from)) {
            return str_sub(question, from, at);
        }
        if (at > from) continue;
        (void)utf8_decode(question, at, &width);
        at += width;
    }
    return STR("");
}

/* A pronoun of Chinese is looked for without an end of a word, since there are no blanks. */
bool subject_by_pronoun(Str answer) {
    size_t at = 0;
    answer = str_trim(answer);
    if (list_starts(answer, chinese_pronouns)) return true;
    Word word = next_word(answer, &at);
    return is_one_of(&word, pronouns);
}
