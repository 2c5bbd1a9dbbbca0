/*
 * Understand: makes a follow-up stand alone, so that retrieval sees what it is about.
 *
 * Searching with the bare last message is the widest gap of document chats ("and in 2023?" finds
 * nothing). The rule here needs no model: a question counts as a follow-up when the conversation
 * has a history and the question is short or leans on it (pronouns, "and", "what about", their
 * Chinese counterparts). Then the words of the previous question are put behind it. Lexical and
 * vector recall both weigh rare words most, so the added words pull the topic in without pushing
 * the new words out. A question that stands alone is left as it is, whatever came before.
 */
#include "base/utf8.h"
#include "turn/turn.h"

static const char *const leaning_words[] = {
    "it", "its", "he", "him", "his", "she", "her", "they", "them", "their", "this", "that",
    "these", "those", "there", "then", "same", "one", "ones", "former", "latter"};

static const char *const leaning_starts[] = {"and ", "or ", "but ", "what about", "how about",
                                             "why", "also ", "what else", "tell me more"};

static const char *const leaning_chinese[] = {"它", "他", "她", "那", "这", "呢",
                                              "其", "该", "还有", "哪个"};

enum { SHORT_WORDS = 4, SHORT_CJK = 8, TOPIC_MAX = 2000 };

static Str lower_ascii(Arena *arena, Str s) {
    char *copy = arena_dup(arena, s.p, s.n);
    for (size_t i = 0; copy && i < s.n; i++) {
        if (copy[i] >= 'A' && copy[i] <= 'Z') copy[i] = (char)(copy[i] + 32);
    }
    return (Str){copy, copy ? s.n : 0};
}

static bool is_word_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

static bool has_word(Str text, Str word) {
    for (size_t at = 0; (at = str_find(text, word, at)) != SIZE_MAX; at++) {
        bool left = at == 0 || !is_word_byte(text.p[at - 1]);
        bool right = at + word.n == text.n || !is_word_byte(text.p[at + word.n]);
        if (left && right) return true;
    }
    return false;
}

static size_t count_words(Str text, size_t *cjk) {
    size_t words = 0, width;
    bool inside = false;
    *cjk = 0;
    for (size_t at = 0; at < text.n; at += width) {
        uint32_t c = utf8_decode(text, at, &width);
        bool wide = unicode_is_cjk(c);
        *cjk += wide;
        bool letter = !wide && (c >= 0x80 || is_word_byte((char)c));
        words += letter && !inside;
        inside = letter;
    }
    return words;
}

static bool leans_on_history(Arena *arena, Str question) {
    Str low = lower_ascii(arena, question);
    size_t cjk, words = count_words(low, &cjk);
    if (cjk == 0 && words < SHORT_WORDS) return true;
    if (cjk && cjk + words < SHORT_CJK) return true;
    for (size_t i = 0; i < ARRAY_LEN(leaning_starts); i++) {
        if (str_starts(low, str_from(leaning_starts[i]))) return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(leaning_words); i++) {
        if (has_word(low, str_from(leaning_words[i]))) return true;
    }
    for (size_t i = 0; cjk && i < ARRAY_LEN(leaning_chinese); i++) {
        if (str_find(low, str_from(leaning_chinese[i]), 0) != SIZE_MAX) return true;
    }
    return false;
}

Status turn_understand(Turn *turn, Err *err) {
    size_t cjk;
    (void)count_words(turn->question, &cjk);
    turn->chinese = cjk > 0;
    turn->query = turn->question;
    if (turn->n_history == 0 || !leans_on_history(&turn->arena, turn->question)) return OK;
    Str topic = turn->history[turn->n_history - 1].question;
    if (topic.n > TOPIC_MAX) topic.n = TOPIC_MAX;
    char *query = arena_printf(&turn->arena, "%.*s %.*s", (int)turn->question.n, turn->question.p,
                               (int)topic.n, topic.p);
    if (!query) return err_no_memory(err, "the question");
    turn->query = str_from(query);
    turn->topic = topic;
    return OK;
}
