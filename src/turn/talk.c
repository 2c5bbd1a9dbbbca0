/*
 * Talk: what is said to Hearth and asks nothing of the documents gets an answer of its own.
 *
 * "Thanks!" is no question, and "the documents do not answer this" with two passages no reply to
 * it. Four kinds are told, each by words alone, and only where nothing else is said:
 *
 *   courtesy    the text is made of phrases of greeting and thanking and of nothing else
 *   Hearth      it speaks of "you", and all its words carry grammar ("what can you do?") or say
 *               what a machine is; a word that points back ("will you do that?") makes it none
 *   the talk    "what was my first question?": all words carry grammar or speak of asking
 *
 * Who thanks and asks in one breath asks. No model takes part and nothing can leave, so no guard
 * looks at it: a text of these words holds no order. It does not become part of the conversation:
 * behind "thanks" the next follow-up leans on what the documents answered.
 *
 *     "OK, thank you very much."    ok + thank you + very much, and marks: thanks
 *     "Thanks, who signed it?"      "who" is no phrase: a question
 *     "What can you do?"            you, and grammar: of Hearth
 *     "Can you open it?"            it points back: a question
 *
 * Two copies of the text are made, since German speaks to somebody by a capital letter within a
 * sentence ("Können Sie helfen?"): phrases are compared in small letters, other words with "Sie"
 * and its like left as they were.
 *
 * Limits: TEXT_MAX bytes; English, German, Chinese. The phrases are a closed class, not all of it.
 */
#include "turn/talk.h"

#include <assert.h>

#include "base/lists.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "knowledge/grammar_words.h"
#include "turn/turn.h"

enum { TEXT_MAX = 80, WORDS_MAX = 10 };

typedef struct Phrase {
    const char *text; /* small letters, one blank between words; Chinese without any */
    TalkKind kind;    /* TALK_NONE: says nothing alone, and stands beside others */
    TurnLanguage language;
} Phrase;

/* The longer one of two that begin alike stands first. */
static const Phrase phrases[] = {
    {"hello", TALK_GREETING, TURN_ENGLISH},     {"hi", TALK_GREETING, TURN_ENGLISH},
    {"hey", TALK_GREETING, TURN_ENGLISH},       {"good morning", TALK_GREETING, TURN_ENGLISH},
    {"good day", TALK_GREETING, TURN_ENGLISH},  {"good afternoon", TALK_GREETING, TURN_ENGLISH},
    {"good evening", TALK_GREETING, TURN_ENGLISH}, {"thanks", TALK_THANKS, TURN_ENGLISH},
    {"thank you", TALK_THANKS, TURN_ENGLISH},   {"many", TALK_NONE, TURN_ENGLISH},
    {"there", TALK_NONE, TURN_ENGLISH},         {"very much", TALK_NONE, TURN_ENGLISH},
    {"so much", TALK_NONE, TURN_ENGLISH},       {"a lot", TALK_NONE, TURN_ENGLISH},
    {"for your help", TALK_NONE, TURN_ENGLISH}, {"for the help", TALK_NONE, TURN_ENGLISH},
    {"hearth", TALK_NONE, TURN_ENGLISH},        {"ok", TALK_NONE, TURN_ENGLISH},
    {"great", TALK_NONE, TURN_ENGLISH},         {"perfect", TALK_NONE, TURN_ENGLISH},
    {"hallo", TALK_GREETING, TURN_GERMAN},      {"guten tag", TALK_GREETING, TURN_GERMAN},
    {"guten morgen", TALK_GREETING, TURN_GERMAN}, {"guten abend", TALK_GREETING, TURN_GERMAN},
    {"grüß gott", TALK_GREETING, TURN_GERMAN},  {"servus", TALK_GREETING, TURN_GERMAN},
    {"moin", TALK_GREETING, TURN_GERMAN},       {"danke", TALK_THANKS, TURN_GERMAN},
    {"vielen dank", TALK_THANKS, TURN_GERMAN},  {"besten dank", TALK_THANKS, TURN_GERMAN},
    {"herzlichen dank", TALK_THANKS, TURN_GERMAN}, {"schön", TALK_NONE, TURN_GERMAN},
    {"sehr", TALK_NONE, TURN_GERMAN},           {"dir", TALK_NONE, TURN_GERMAN},
    {"ihnen", TALK_NONE, TURN_GERMAN},          {"für die hilfe", TALK_NONE, TURN_GERMAN},
    {"für deine hilfe", TALK_NONE, TURN_GERMAN}, {"für ihre hilfe", TALK_NONE, TURN_GERMAN},
    {"super", TALK_NONE, TURN_GERMAN},          {"prima", TALK_NONE, TURN_GERMAN},
    {"你好", TALK_GREETING, TURN_CHINESE},      {"您好", TALK_GREETING, TURN_CHINESE},
    {"早上好", TALK_GREETING, TURN_CHINESE},    {"上午好", TALK_GREETING, TURN_CHINESE},
    {"下午好", TALK_GREETING, TURN_CHINESE},    {"晚上好", TALK_GREETING, TURN_CHINESE},
    {"大家好", TALK_GREETING, TURN_CHINESE},    {"非常感谢", TALK_THANKS, TURN_CHINESE},
    {"谢谢", TALK_THANKS, TURN_CHINESE},        {"多谢", TALK_THANKS, TURN_CHINESE},
    {"感谢", TALK_THANKS, TURN_CHINESE},        {"辛苦", TALK_THANKS, TURN_CHINESE},
    {"好的", TALK_NONE, TURN_CHINESE},          {"你", TALK_NONE, TURN_CHINESE},
    {"您", TALK_NONE, TURN_CHINESE},            {"了", TALK_NONE, TURN_CHINESE},
    {"啊", TALK_NONE, TURN_CHINESE}};

/* Who is spoken to, and what can be asked about that one besides grammar. */
static const char *const you[] = {"you", "your", "yourself", NULL};
static const char *const you_german[] = {"du",  "dich",  "dir", "dein", "deine",  "Sie",
                                         "Ihr", "Ihnen", "Ihre", "bist", "kannst", NULL};
static const char *const of_you[] = {
    "me",     "my",      "help",   "work",    "name",      "ai",     "bot",    "robot",
    "human",  "machine", "person", "chatgpt", "hearth",    "ask",    "called", "made",
    "tun",    "machen",  "helfen", "mir",     "heißt",     "heißen", "ki",     "roboter",
    "mensch", "maschine", "funktionierst", "arbeitest",    "können", "fragen", "genau", "an",
    "alles",  NULL};
static const char *const pointing[] = {"it", "that", "this", "these", "those", "they",
                                       "he", "she",  "das",  "es",    "sie",   "er", NULL};

/* Asking, whose it was, and the place in the row. */
static const char *const asking[] = {"question", "questions", "ask", "asked", "frage", "fragen",
                                     "gefragt", NULL};
static const char *const mine[] = {"i", "my", "ich", "meine", "meiner", NULL};
static const char *const first[] = {"first", "zuerst", "erste", "ersten", "beginning", NULL};
static const char *const last[] = {"last",   "previous", "before",  "just",  "letzte",
                                   "letzten", "zuletzt", "vorige", "eben",  "gerade", "vorhin",
                                   NULL};

/* ---- words ----------------------------------------------------------------------------------- */

typedef struct Words {
    Str list[WORDS_MAX];
    size_t n;
    bool more; /* than the list holds */
} Words;

/* `plain`: TEXT_MAX bytes for the words in small letters; "Sie" and its like keep theirs, within
   a sentence: they speak to somebody. */
static void read_words(Str text, char *plain, Words *out) {
    *out = (Words){0};
    assert(text.n <= TEXT_MAX); /* plain has room for as many */
    for (size_t at = 0; at < text.n;) {
        Str word = str_word(text, &at);
        size_t from = at - word.n;
        bool spoken_to = from > 0 && list_has(word, you_german);
        for (size_t i = from; i < at; i++) {
            plain[i] = spoken_to ? text.p[i] : plain_lower(text.p[i]);
        }
        if (word.n && out->n == WORDS_MAX) out->more = true;
        else if (word.n) out->list[out->n++] = (Str){plain + from, word.n};
    }
}

static bool one_of(const Words *words, const char *const *list) {
    for (size_t i = 0; i < words->n; i++) {
        if (list_has(words->list[i], list)) return true;
    }
    return false;
}

/* All of them are in one of the two lists or carry grammar. */
static bool all_of(const Words *words, const char *const *a, const char *const *b) {
    for (size_t i = 0; i < words->n; i++) {
        Str word = words->list[i];
        if (!list_has(word, a) && !list_has(word, b) && !grammar_word(word) &&
            !grammar_word_german(word)) {
            return false;
        }
    }
    return !words->more;
}

static bool all_about_asking(const Words *words) {
    for (size_t i = 0; i < words->n; i++) {
        Words one = {{words->list[i]}, 1, false};
        if (!all_of(&one, asking, mine) && !all_of(&one, first, last)) return false;
    }
    return !words->more;
}

/* ---- Chinese --------------------------------------------------------------------------------- */

/* Only of these characters, or of ASCII letters ("chatgpt"). */
static bool only_of(Str text, Str characters) {
    size_t width;
    for (size_t at = 0; at < text.n; at += width) {
        uint32_t c = utf8_decode(text, at, &width);
        bool known = c < 0x80 || grammar_character(c) || !unicode_is_cjk(c) ||
                     str_has(characters, str_sub(text, at, at + width));
        if (!known) return false;
    }
    return true;
}

/* No blanks part Chinese words: what may stand there besides grammar is listed by characters,
   and one that is not in the list makes it a question. */
static TalkKind read_chinese(Str text) {
    static const char *const to_you[] = {"你", "您", NULL};
    static const char *const at_first[] = {"第一个", "最先", "一开始", "最初", NULL};
    static const char *const at_last[] = {"刚才", "刚刚", "上一个", "上个", "前一个", "最后", NULL};
    bool i_ask = str_has(text, STR("我")) && str_has(text, STR("问"));
    if (i_ask && only_of(text, STR("我问题第一最先开始初刚才上前后是说过你您"))) {
        if (list_in(text, at_first)) return TALK_FIRST;
        if (list_in(text, at_last)) return TALK_LAST;
    }
    bool self = list_in(text, to_you) && only_of(text, STR("你您能做会叫名字帮我机器人工智可以问"));
    return self ? TALK_SELF : TALK_NONE;
}

/* ---- courtesy -------------------------------------------------------------------------------- */

static bool is_letter_at(Str text, size_t at, size_t *width) {
    uint32_t c = utf8_decode(text, at, width);
    return unicode_is_cjk(c) || unicode_lower(c) != unicode_upper(c) || plain_is_digit((int)c);
}

/* Words and phrases, one behind the other; what stands between words is a mark or a blank. */
static const Phrase *next_phrase(Str text, size_t at) {
    for (size_t i = 0; i < ARRAY_LEN(phrases); i++) {
        Str phrase = str_from(phrases[i].text), rest = str_sub(text, at, text.n);
        if (!str_starts(rest, phrase)) continue;
        size_t width;
        bool whole = phrases[i].language == TURN_CHINESE || rest.n == phrase.n ||
                     !is_letter_at(rest, phrase.n, &width);
        if (whole) return &phrases[i];
    }
    return NULL;
}

/* One word that is no phrase makes it a question. Thanks outweigh a greeting ("hi, thanks"), as
   they stand later in TalkKind. */
static TalkKind read_courtesy(Str text, TurnLanguage *language) {
    TalkKind kind = TALK_NONE;
    size_t width;
    for (size_t at = 0; at < text.n; at += width) {
        const Phrase *phrase = next_phrase(text, at);
        if (!phrase && is_letter_at(text, at, &width)) return TALK_NONE;
        if (!phrase) (void)utf8_decode(text, at, &width);
        else width = strlen(phrase->text);
        if (!phrase || phrase->kind == TALK_NONE) continue;
        kind = kind > phrase->kind ? kind : phrase->kind;
        *language = phrase->language;
    }
    return kind;
}

/* Where "Hello, who are you?" goes on behind the greeting or the thanks; `low` in small letters. */
static size_t behind_courtesy(Str low) {
    size_t at = 0, width;
    for (const Phrase *phrase; (phrase = next_phrase(low, at)) && phrase->kind != TALK_NONE;) {
        at += strlen(phrase->text);
        while (at < low.n && !is_letter_at(low, at, &width)) at += width;
    }
    assert(at <= low.n); /* talk_read cuts there */
    return at;
}

/* Courtesy first, as its phrases have words that speak to somebody; then Chinese, which has no
   words to split; then what speaks of the conversation, and of Hearth. */
TalkKind talk_read(Str text, TurnLanguage *language) {
    char small[TEXT_MAX], plain[TEXT_MAX];
    Words words;
    text = str_trim(text);
    *language = utf8_has_cjk(text) ? TURN_CHINESE : TURN_ENGLISH;
    if (text.n == 0 || text.n > TEXT_MAX) return TALK_NONE;
    for (size_t i = 0; i < text.n; i++) small[i] = plain_lower(text.p[i]);
    TalkKind kind = read_courtesy((Str){small, text.n}, language);
    if (kind != TALK_NONE) return kind;
    size_t from = behind_courtesy((Str){small, text.n});
    text = str_sub(text, from, text.n);
    if (*language == TURN_CHINESE) return read_chinese(text);
    read_words(text, plain, &words);
    *language = grammar_german((Str){small + from, text.n}) ? TURN_GERMAN : TURN_ENGLISH;
    if (one_of(&words, asking) && one_of(&words, mine) && all_about_asking(&words)) {
        if (one_of(&words, first)) return TALK_FIRST;
        if (one_of(&words, last)) return TALK_LAST;
    }
    bool german = one_of(&words, you_german);
    bool self = (german || one_of(&words, you)) && !one_of(&words, pointing) &&
                all_of(&words, german ? you_german : you, of_you);
    if (self && german) *language = TURN_GERMAN;
    return self ? TALK_SELF : TALK_NONE;
}

/* ---- the answer ------------------------------------------------------------------------------ */

static void say_question(const Turn *turn, TalkKind kind, Buf *out) {
    assert((kind == TALK_FIRST || kind == TALK_LAST) && turn->n_history > 0);
    size_t i = kind == TALK_FIRST ? 0 : turn->n_history - 1;
    Str question = turn->history[i].question;
    buf_add_c(out, turn_says(turn, kind == TALK_FIRST ? SAY_FIRST : SAY_LAST));
    buf_add_str(out, question);
}

/* With a file attached everything is a question about it. `talked` keeps the exchange out of the
   history; `counted` ends the turn. */
Status turn_talk(Turn *turn, Err *err) {
    TurnLanguage language;
    TalkKind kind = turn->attach ? TALK_NONE : talk_read(turn->question, &language);
    if (kind == TALK_NONE) return OK;
    turn->chinese = language == TURN_CHINESE;
    turn->german = language == TURN_GERMAN;
    bool asked = kind == TALK_FIRST || kind == TALK_LAST;
    if (asked && turn->n_history) say_question(turn, kind, &turn->text);
    else {
        buf_add_c(&turn->text, turn_says(turn, asked                   ? SAY_UNASKED
                                              : kind == TALK_GREETING ? SAY_HELLO
                                              : kind == TALK_THANKS   ? SAY_WELCOME
                                                                      : SAY_SELF));
    }
    TRY(buf_check(&turn->text, "the answer", err));
    turn->answer = buf_str(&turn->text);
    turn->answered = turn->counted = turn->talked = true;
    if (turn->sink.text) turn->sink.text(turn->sink.user, turn->answer);
    return OK;
}
