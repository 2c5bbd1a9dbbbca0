/*
 * Understand: makes a follow-up stand alone, so that retrieval sees what it is about.
 *
 * Searching with the bare last message is the widest gap of document chats ("and in 2023?" finds
 * nothing). The rule here needs no model: a question counts as a follow-up when the conversation
 * has a history and the question is short or leans on it (pronouns, "and", "what about", their
 * Chinese and German counterparts). Then what the last question that stood alone was about is put
 * behind it: its names (capitalised words and numbers), or all of it where it has none; and where a
 * pronoun follows a follow-up, that one as well ("And the deposit?" "Who holds it?"). A follow-up
 * that names something is what the next ones are about. The follow-up itself
 * is said twice, so that lexical recall, which counts words, and vector recall, which reads a text
 * as a whole, follow it and not the question before when the two part. A question that stands
 * alone is left as it is, whatever came before.
 *
 * Chinese pronouns are put back into names (refer.h): 他 and 她 are the only person of the last
 * exchange that names one, its question before its answer; 它 is the type ("T30") that was asked
 * about; "那T20呢" is the last question with one type, or one person, for the other. A question that
 * was made whole so stands alone: tables, search and model get the name. Where several people were
 * named nothing is guessed, and the rule above holds.
 *
 * Of a conversation it is asked who told whom; that is not looked for (told.h).
 *
 * Words that only a calendar reads (明天, 下周五) become dates in Chinese (today.h).
 *
 * A follow-up or a correction that names something else ("And in 2025?", "No, I meant the boiler
 * contract") is the last question with it in its place (instead.h), and "in German, please" is the
 * last question again with the prompt and Hearth's own sentences in that language (a model of 1.5 B
 * still answers in that of question and passages). It is kept so in the history.
 *
 * Measured (tests/bench/followups.py, XQuAD English, right passage first): about the paragraph of
 * the question before, 99 % (as written, without a pronoun, 99); about the next paragraph, 92 %
 * (94). With the whole question before, said once, it was 100 and 43.
 */
#include <assert.h>

#include "base/clock.h"
#include "base/han.h"
#include "base/lists.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "knowledge/grammar_words.h"
#include "turn/insist.h"
#include "turn/instead.h"
#include "turn/refer.h"
#include "turn/say.h"
#include "turn/today.h"
#include "turn/told.h"
#include "turn/turn.h"
#include "turn/until.h"

static const char *const leaning_words[] = {
    "it", "its", "he", "him", "his", "she", "her", "they", "them", "their", "this", "that",
    "these", "those", "there", "then", "same", "one", "ones", "former", "latter"};

/* German pronouns as they are written within a sentence: "Sie" and "Ihr" speak to the reader. "es"
   is left out, for "gibt es" leans on nothing. */
static const char *const leaning_german[] = {
    "er",    "ihn",    "ihm",    "sie",    "ihr",    "ihre",   "ihren",  "ihrem", "ihrer",
    "ihres", "seine",  "seinen", "seinem", "seiner", "seines", "dieser", "diese", "dieses",
    "diesen", "diesem", "dessen", "deren", "davon",  "dafür",  "damit",  "daran", "darin",
    "daraus", "dabei", "dazu",   "dort", NULL};

static const char *const leaning_starts[] = {"and ",  "or ",   "but ",    "what about",
                                             "how about", "why", "also ", "what else",
                                             "tell me more", "und ", "oder ", "aber ", "auch ",
                                             NULL};

static const char *const leaning_chinese[] = {"它", "他", "她", "那", "这", "呢",
                                              "其", "该", "还有", "哪个", NULL};

enum { /* a shorter question leans on what was before; then bytes of it, and exchanges */
       SHORT_WORDS = 4, SHORT_CJK = 8, TOPIC_MAX = 2000, CHAIN_MAX = 16,
       SHORT_BYTES = 600 };

/* A copy; empty where the arena is full: what needs memory next fails and says so. */
static Str lower_ascii(Arena *arena, Str s) {
    char *copy = arena_dup(arena, s.p, s.n);
    for (size_t i = 0; copy && i < s.n; i++) copy[i] = plain_lower(copy[i]);
    return (Str){copy, copy ? s.n : 0};
}

/* Words of alphabets; *cjk: CJK characters, which are counted apart. */
static size_t count_words(Str text, size_t *cjk) {
    size_t words = 0, width;
    bool inside = false;
    *cjk = 0;
    for (size_t at = 0; at < text.n; at += width) {
        uint32_t c = utf8_decode(text, at, &width);
        bool wide = unicode_is_cjk(c);
        *cjk += wide;
        bool letter = !wide && unicode_in_word(c);
        words += letter && !inside;
        inside = letter;
    }
    return words;
}

static bool has_one_of(Str text, const char *const *words) {
    for (; *words; words++) {
        if (utf8_has_word(text, str_from(*words))) return true;
    }
    return false;
}

/* "There" of "is there a shed?" points at nothing. */
static bool points_nowhere(Str low) {
    static const char *const be[] = {"is there",  "are there",  "was there", "were there",
                                     "there is", "there are", "there was", "there were", NULL};
    return has_one_of(low, be);
}

/* A word that stands for what was spoken of last. `low`: the question in small letters. */
static bool has_pronoun(Str question, Str low, bool cjk) {
    bool german = !cjk && grammar_german(question);
    if (cjk && list_in(low, leaning_chinese)) return true;
    if (german) return has_one_of(question, leaning_german);
    for (size_t i = 0; i < ARRAY_LEN(leaning_words); i++) {
        bool there = strcmp(leaning_words[i], "there") == 0 && points_nowhere(low);
        if (!there && utf8_has_word(low, str_from(leaning_words[i]))) return true;
    }
    return false;
}

bool understand_leans(Arena *arena, Str question) {
    Str low = lower_ascii(arena, han_fold_text(arena, question));
    size_t cjk, words = count_words(low, &cjk);
    if (cjk == 0 && words < SHORT_WORDS) return true;
    if (cjk && cjk + words < SHORT_CJK) return true;
    return list_starts(low, leaning_starts) || has_pronoun(question, low, cjk > 0);
}

/* Its first letter has a small form. */
static bool is_capital(Str word) {
    size_t width;
    uint32_t c = utf8_decode(word, 0, &width);
    return unicode_lower(c) != c;
}

/* What a question can begin with, besides a name. */
static bool is_opening(Arena *arena, Str word) {
    static const char *const openings[] = {
        "what", "which", "who",  "whom", "whose", "when", "where", "why", "how", "in",  "on",
        "at",   "the",   "a",    "an",   "is",    "are",  "was",   "were", "do", "does", "did",
        "of",   "for",   "by",   "to",   "from",  "can",  "could", "has", "have", "had", "i",
        "if",   "after", "before", "during", "and", "or", "but", "please", "tell", "give", NULL};
    return list_has(lower_ascii(arena, word), openings);
}

/* Appends the words of a question that name something. */
static void add_names(Arena *arena, Str question, Buf *out) {
    size_t at = 0;
    while (at < question.n) {
        size_t from = at;
        while (at < question.n && !memchr(" \t\n?!,;:()\"", question.p[at], 11)) at++;
        Str word = str_sub(question, from, at++);
        if (word.n == 0) continue;
        if (!plain_is_digit(word.p[0]) && (!is_capital(word) || is_opening(arena, word))) continue;
        buf_add_byte(out, ' ');
        buf_add_str(out, word);
    }
}

static bool names_something(Arena *arena, Str question) {
    Buf names;
    buf_init(&names, TOPIC_MAX + 64);
    add_names(arena, utf8_cut(question, TOPIC_MAX), &names);
    bool any = names.n > 0;
    buf_fini(&names);
    return any;
}

/* What a chain of follow-ups is about: the last question that stood alone, or that leaned but
   brought a name of its own ("And who paid for the Kingfisher?"). */
static Str topic_of(Turn *turn) {
    assert(turn->n_history > 0);
    size_t i = turn->n_history - 1, first = i > CHAIN_MAX ? i - CHAIN_MAX : 0;
    while (i > first && understand_leans(&turn->arena, turn->history[i].question) &&
           !names_something(&turn->arena, turn->history[i].question)) {
        i--;
    }
    return utf8_cut(turn->history[i].question, TOPIC_MAX);
}

static bool says_pronoun(Arena *arena, Str question) {
    size_t cjk;
    Str low = lower_ascii(arena, question);
    (void)count_words(low, &cjk);
    return has_pronoun(question, low, cjk > 0);
}

/* A pronoun stands for what the question just before brought up, also where that one leaned: "Who
   holds it?" behind "And the deposit?". One with a pronoun of its own brought up nothing. */
static void add_last(Turn *turn, Str topic, Buf *query) {
    Str last = utf8_cut(turn->history[turn->n_history - 1].question, TOPIC_MAX);
    if (last.p == topic.p || says_pronoun(&turn->arena, last) ||
        !says_pronoun(&turn->arena, turn->question)) {
        return;
    }
    buf_add_byte(query, ' ');
    buf_add_str(query, last);
}

/* What was written, in the arena; *out as it was after an error. */
static Status keep(Turn *turn, const Buf *written, Str *out, Err *err) {
    TRY(buf_check(written, "the question", err));
    return arena_keep(&turn->arena, buf_str(written), out, "the question", err);
}

/* turn->query: the question twice, then names of the topic, or all of it. */
static Status complete(Turn *turn, Str topic, Err *err) {
    Buf query;
    buf_init(&query, 2 * TURN_QUESTION_MAX + 3 * TOPIC_MAX + 64);
    buf_add_str(&query, turn->question);
    buf_add_byte(&query, ' ');
    buf_add_str(&query, turn->question);
    size_t bare = query.n;
    add_names(&turn->arena, topic, &query);
    if (query.n == bare) {
        buf_add_byte(&query, ' ');
        buf_add_str(&query, topic);
    }
    add_last(turn, topic, &query);
    Status status = keep(turn, &query, &turn->query, err);
    buf_fini(&query);
    return status;
}

/* A Chinese question may name "Windows Server 2019"; an English or German one may ask what 合同
   means, and its own small words are more than the characters. */
void understand_language(Turn *turn) {
    size_t cjk, words = count_words(turn->question, &cjk);
    bool german = grammar_german(turn->question), english = grammar_english(turn->question);
    turn->chinese = cjk > 0 && !(words > cjk && (german || english));
    turn->german = !turn->chinese && german;
}

/* ---- Chinese pronouns ------------------------------------------------------------------------ */

/* The only code that a text has ("T30"); empty: none, or several. */
static Str only_code(Str text) {
    Insist insist;
    insist_read(text, &insist);
    for (size_t i = 1; i < insist.n_codes; i++) {
        if (!str_eq(insist.codes[i], insist.codes[0])) return (Str){"", 0};
    }
    return insist.n_codes ? insist.codes[0] : (Str){"", 0};
}

/* The person, or the code, that the conversation spoke of last. */
static Status last_named(Turn *turn, bool person, Str *out, Err *err) {
    size_t least = turn->n_history > CHAIN_MAX ? turn->n_history - CHAIN_MAX : 0;
    *out = (Str){"", 0};
    for (size_t i = turn->n_history; i > least && !out->n; i--) {
        const TurnExchange *said = &turn->history[i - 1];
        if (!person) *out = only_code(said->question);
        else TRY(about_person(turn, said->question, out, err));
        if (person && !out->n) TRY(about_person(turn, said->answer, out, err));
    }
    return OK;
}

/* turn->question becomes `text` with `by` in the place of `part`, in the arena. */
static Status put(Turn *turn, Str text, Str part, Str by, Err *err) {
    Buf out;
    buf_init(&out, 4 * TURN_QUESTION_MAX);
    refer_put(text, part, by, &out);
    Status status = keep(turn, &out, &turn->question, err);
    buf_fini(&out);
    return status;
}

/* `text` becomes `before` with `what` in its place; *put: something was exchanged. */
static Status exchange(Turn *turn, Str before, Str what, Str *text, bool *put, Err *err) {
    Buf out;
    buf_init(&out, 4 * TURN_QUESTION_MAX);
    *put = instead_put(before, what, &out);
    Status status = *put ? keep(turn, &out, text, err) : OK;
    buf_fini(&out);
    return status;
}

/* "那T20呢？" behind a question about the T30, "那唐婉呢" behind one about somebody. */
static Status ask_instead(Turn *turn, Str instead, bool *whole, Err *err) {
    assert(turn->n_history > 0);
    Str before = turn->history[turn->n_history - 1].question, old = only_code(before), person;
    bool code = old.n && str_eq(only_code(instead), instead);
    if (!code) {
        TRY(about_person(turn, instead, &person, err));
        if (!str_eq(person, instead)) {
            return exchange(turn, before, instead, &turn->question, whole, err);
        }
        TRY(about_person(turn, before, &old, err));
    }
    size_t at = old.n ? str_find(before, old, 0) : SIZE_MAX;
    if (at == SIZE_MAX) return OK;
    *whole = true;
    return put(turn, before, str_sub(before, at, at + old.n), instead, err);
}

/* `part`, a view of a folded text, in the text itself. */
static Str view_of(Str text, Str plain, Str part) {
    if (!part.n) return part;
    size_t at = (size_t)(part.p - plain.p);
    assert(part.p >= plain.p && at + part.n <= text.n && text.n == plain.n);
    return str_sub(text, at, at + part.n);
}

/* *whole: the question names now what it leaned on. */
static Status resolve(Turn *turn, bool *whole, Err *err) {
    *whole = false;
    if (!turn->chinese || turn->question.n > SHORT_BYTES) return OK;
    Str question = turn_plain(turn, turn->question); /* with the same places */
    Str person = refer_pronoun(question), it = refer_it(question), name;
    Str instead = view_of(turn->question, question, refer_instead(question));
    Str part = view_of(turn->question, question, person.n ? person : it);
    if (!part.n) return instead.n ? ask_instead(turn, instead, whole, err) : OK;
    TRY(last_named(turn, person.n > 0, &name, err));
    if (!name.n) return OK;
    *whole = true;
    return put(turn, turn->question, part, name, err);
}

/* ---- something else in the place of what was asked about ------------------------------------- */

/* Nothing could be exchanged: the last question, with what was meant behind it. */
static Status append(Turn *turn, Str last, Str meant, Err *err) {
    Buf out;
    buf_init(&out, 2 * TURN_QUESTION_MAX + 16);
    buf_printf(&out, "%.*s (%.*s)", (int)last.n, last.p, (int)meant.n, meant.p);
    Status status = keep(turn, &out, &turn->question, err);
    buf_fini(&out);
    return status;
}

/* The last question again, in the language of the follow-up where it has none of its own. */
static void ask_again(Turn *turn, Str last, InsteadStyle style) {
    WorkAsked asked;
    bool german = turn->german;
    turn->question = last;
    understand_language(turn);
    (void)work_read(last, &asked);
    turn->german = turn->german || asked.german ||
                   (german && !turn->chinese && !grammar_english(last));
    turn->style = style;
}

/* *meant: what a correction names, for the topic; empty: it is none. *more: than one sentence. */
static Status replace(Turn *turn, Str *meant, bool *more, Err *err) {
    TurnLanguage language = turn_language(turn);
    Str last = turn->history[turn->n_history - 1].question;
    bool put = false;
    *meant = (Str){"", 0};
    if (turn->question.n > SHORT_BYTES || last.n > SHORT_BYTES) return OK;
    *more = instead_more(turn->question);
    InsteadStyle style = instead_style(turn->question);
    if (*more || style != INSTEAD_PLAIN || instead_doubts(turn->question)) {
        ask_again(turn, last, style);
        return OK;
    }
    if (instead_again(turn->question, &language)) {
        turn->question = last;
        turn->chinese = utf8_has_cjk(last);
        turn->german = !turn->chinese && language == TURN_GERMAN;
        return OK;
    }
    *meant = instead_meant(turn->question);
    Str what = meant->n ? *meant : instead_named(turn->question);
    if (what.n) TRY(exchange(turn, last, what, &turn->question, &put, err));
    return meant->n && !put ? append(turn, last, *meant, err) : OK;
}

/* 明天 and 下周五 become dates (today.h). */
static Status date_words(Turn *turn, Err *err) {
    Buf said;
    if (!turn->chinese || turn->question.n > SHORT_BYTES) return OK;
    buf_init(&said, 2 * SHORT_BYTES);
    bool put = today_put(turn->question, turn_plain(turn, turn->question), clock_real_s(), &said);
    Status status = put ? keep(turn, &said, &turn->question, err) : OK;
    buf_fini(&said);
    return status;
}

/* What is looked for; the model is asked in the user's words. */
static Status telling_words(Turn *turn, Err *err) {
    Buf rest;
    turn->query = turn->question;
    if (!turn->chinese || turn->question.n > SHORT_BYTES) return OK;
    buf_init(&rest, 2 * SHORT_BYTES);
    bool cut = told_cut(turn->question, turn_plain(turn, turn->question), &rest);
    Status status = cut ? keep(turn, &rest, &turn->query, err) : OK;
    buf_fini(&rest);
    return status;
}

/* "How many days until" becomes "when" (until.h). A turn that was put into another language has its
   question already. */
static Status until_words(Turn *turn, Err *err) {
    Buf when;
    if (turn->until || turn->question.n > SHORT_BYTES) return OK;
    buf_init(&when, 2 * SHORT_BYTES);
    turn->until = until_read(turn->question, turn_plain(turn, turn->question), &when);
    Status status = turn->until ? keep(turn, &when, &turn->question, err) : OK;
    buf_fini(&when);
    return status;
}

Status turn_understand(Turn *turn, Err *err) {
    bool whole = false, more = false, put;
    Str meant = {"", 0};
    understand_language(turn); /* the guards may have cut words out of it */
    TRY(date_words(turn, err));
    TRY(until_words(turn, err));
    if (turn->n_history) TRY(resolve(turn, &whole, err));
    if (turn->n_history && !whole) TRY(replace(turn, &meant, &more, err));
    TRY(telling_words(turn, err));
    WorkAsked asked;
    turn->work = work_read(turn->question, &asked);
    turn->translates = asked.translates;
    turn->more = more && turn->work == WORK_ANSWER &&
                 !say_is(turn->history[turn->n_history - 1].answer, SAY_NONE);
    turn->german = turn->german || asked.german;
    if (whole || turn->n_history == 0 || !understand_leans(&turn->arena, turn->question)) return OK;
    turn->topic = topic_of(turn);
    turn->corrects = meant.n > 0;
    if (meant.n) TRY(exchange(turn, turn->topic, meant, &turn->topic, &put, err));
    return complete(turn, turn->topic, err);
}
