/*
 * Parts: "Who installed the boiler, and when does the shop open?" are two questions.
 *
 * A small model that is asked both at once says both in one sentence, for which no single passage
 * stands, or answers one and makes the other up. Retrieval looks for a passage about both. So such
 * a question is taken apart, and its parts are asked one after the other as in a conversation.
 *
 * Where a question is cut, by rules:
 *
 *     behind a question mark     "Who is the landlord? How long does the lease run?"
 *     before "and" + a question word, where both sides are whole
 *                                "When does the shop open and what does a course cost?"
 *     behind a Chinese comma, where both sides ask
 *                                "房租什么时候交，押金多少？"
 *
 * What leans on the first side is not parted from it: "How high is the deposit and who gets it?" is
 * about one thing, which one passage says, and the model that reads it answers both. Behind a
 * question mark it is, for then it is a follow-up of the user's own making.
 *
 * A side is whole if it begins with a question word and has a verb: "when and where was it bought",
 * "which rooms and which parts of the garden are mine" stay one question. A verb is one of the
 * closed class of auxiliaries, or, in German, whose nouns are capitalised, any small word that is
 * not grammar; behind "who" any words will do. What is asked about two things at once ("the
 * difference between what ... and what ...") is one question, and so is what has quotation marks,
 * for the "and" may stand inside them.
 *
 * A cut that was wrong costs a moment and a sentence that says that the documents do not answer
 * half of the question. One that was missed leaves things as they were.
 *
 * Limits: questions of QUESTION_MAX bytes; PARTS_MAX parts; English, German, Chinese.
 */
#include "turn/parts.h"

#include <assert.h>

#include "base/lists.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "knowledge/grammar_words.h"
#include "turn/turn.h"

enum { QUESTION_MAX = 400, WORD_MAX = 32, SIDE_WORDS = 3, SIDE_SIGNS = 3,
       NEXT_SIGNS = 10, /* a shorter second side in Chinese has left out what it is about */
       LEAN_MAX = 1 << 16 /* bytes for copies of a side */ };

/* In small letters. */
static const char *const asking[] = {
    "what",  "when",   "where",  "who",     "whom",   "whose",  "which",  "why",    "how",
    "wann",  "wo",     "wer",    "wen",     "wem",    "wessen", "was",    "wie",    "warum",
    "wieso", "wohin",  "woher",  "welche",  "welcher", "welches", "welchen", "welchem",
    "wieviel", "wieviele", NULL};
static const char *const somebody[] = {"who", "wer", "wen", "wem", NULL};
static const char *const leading[] = {"in", "on", "at", "to", "from", "for", "by", "with", "until",
                                      "since", "till", "an", "auf", "bis", "ab", "seit", "bei",
                                      "mit", "von", "zu", "für", "unter", NULL};
static const char *const joining[] = {"and", "und", NULL};
static const char *const also[] = {"also", "then", "auch", "dann", NULL};
static const char *const verbs[] = {
    "is",   "are",  "was",    "were",  "do",    "does",   "did",   "can",    "could", "may",
    "must", "shall", "will",  "would", "should", "has",   "have",  "had",    "ist",   "sind",
    "war",  "waren", "wird",  "werden", "wurde", "wurden", "kann", "können", "darf",  "dürfen",
    "muss", "müssen", "soll", "sollen", "hat",   "haben",  "hatte", "hatten", "gibt",
    "kostet", NULL};
static const char *const comparing[] = {"between", "difference", "zwischen", "nterschied", "\"",
                                        "“", "„", "«", "»", NULL};
static const char *const asking_zh[] = {
    "什么", "甚么", "什麼", "谁", "誰", "哪", "几点", "几号", "几月", "几年", "几岁", "几次", "几天",
    "第几", "星期几", "周几", "幾點", "幾號", "幾月", "幾年", "幾歲", "幾次", "幾天", "第幾",
    "多少", "多久", "多大", "多高", "多长", "多長", "多远", "多遠", "怎么", "怎麼", "怎样", "怎樣",
    "如何", "何时", "何時", "吗", "嗎", "是不是", "有没有", "有沒有", "能不能", "可不可以", "要不要",
    NULL};
/* What begins so is a condition; what holds one of these tells, and asks nothing. */
static const char *const if_zh[] = {"如果", "要是", "假如", "若", "万一", "萬一", "既然", "除了",
                                    NULL};
static const char *const telling_zh[] = {"不知道", "不确定", "不確定", "没有什么", "没什么",
                                         "沒有什麼", "沒什麼", "没有想", "沒有想", "。", "！", NULL};
static const char *const joining_zh[] = {"还有", "還有", "以及", "另外", "并且", "並且", "而且",
                                         "那么", "那麼", "和", NULL};

/* The next word at or behind *at in small letters of ASCII; *at goes behind it. Empty: none is
   left. A longer word than WORD_MAX comes as its beginning, and is in no list. */
static Str next_word(Str text, size_t *at, char buf[WORD_MAX], size_t *start) {
    size_t n = 0;
    while (*at < text.n && memchr(" \t\n,;:.()?!", text.p[*at], 11)) (*at)++;
    *start = *at;
    while (*at < text.n && !memchr(" \t\n,;:.()?!", text.p[*at], 11)) {
        if (n < WORD_MAX) buf[n++] = plain_lower(text.p[*at]);
        (*at)++;
    }
    return (Str){buf, n};
}

/* A small word of German that is not grammar is a verb or an adjective. */
static bool is_german_verb(Str side, size_t start, Str word) {
    size_t width;
    uint32_t c = utf8_decode(side, start, &width);
    return unicode_lower(c) == c && word.n > 2 && !grammar_word_german(word);
}

/* Does it begin with a question word, and has it a verb? Behind a question word that is said of a
   noun ("which rooms") or of a measure ("how much") it must come later. */
static bool is_whole(Str side, bool german) {
    static const char *const nothing_behind[] = {"not", "nicht", NULL};
    size_t at = 0, start, words = 1;
    char buf[WORD_MAX];
    Str word = next_word(side, &at, buf, &start);
    if (list_has(word, leading)) word = next_word(side, &at, buf, &start);
    if (!list_has(word, asking)) return false;
    bool verb = list_has(word, somebody), open = false;
    while ((word = next_word(side, &at, buf, &start)).n) {
        words++;
        verb = verb || list_has(word, verbs) || (german && is_german_verb(side, start, word));
        open = list_has(word, nothing_behind); /* "and what is not": the rest is before the "and" */
    }
    return verb && !open && words >= SIDE_WORDS;
}

/* Signs of Chinese, and other words. */
static size_t count_signs(Str side) {
    size_t n = 0, width;
    for (size_t at = 0; at < side.n; at += width) n += utf8_decode(side, at, &width) >= 0x80;
    return n;
}

/* About the same thing as what stands before it. */
static bool leans(Str side) {
    Arena arena;
    arena_init(&arena, LEAN_MAX);
    bool yes = understand_leans(&arena, side);
    arena_fini(&arena);
    return yes;
}

static bool asks_zh(Str side) {
    return list_in(side, asking_zh) && !list_in(side, telling_zh) && !list_starts(side, if_zh) &&
           count_signs(side) >= SIDE_SIGNS;
}

/* Without blanks and marks around it, and without the words that join it to what stood before. */
static Str bare(Str side) {
    for (bool again = true; again;) {
        static const char *const marks[] = {"，", "、", "；", NULL};
        size_t at = 0, start;
        char buf[WORD_MAX];
        side = str_trim(side);
        Str word = next_word(side, &at, buf, &start);
        again = list_has(word, joining) || list_has(word, also);
        if (again) side = str_sub(side, at, side.n);
        if (!again && (again = list_starts(side, marks))) side = str_sub(side, 3, side.n);
        for (const char *const *join = joining_zh; *join && !again; join++) {
            again = str_starts(side, str_from(*join));
            if (again) side = str_sub(side, str_from(*join).n, side.n);
        }
        if (!again && side.n && side.p[0] == ',') again = (side = str_sub(side, 1, side.n)).n > 0;
    }
    return side;
}

/* Where the first part of a sentence ends: before " and" with a question word behind it. SIZE_MAX:
   the sentence is one. */
static size_t joint(Str sentence, bool german) {
    size_t at = 0, start = 0;
    char buf[WORD_MAX];
    for (Str word; (word = next_word(sentence, &at, buf, &start)).n;) {
        if (!list_has(word, joining)) continue;
        Str left = str_sub(sentence, 0, start), right = bare(str_sub(sentence, at, sentence.n));
        if (is_whole(left, german) && is_whole(right, german) && !leans(right)) return start;
    }
    return SIZE_MAX;
}

/* The same in Chinese: behind a comma. */
static size_t joint_zh(Str sentence) {
    static const char *const commas[] = {"，", "；", ",", NULL};
    for (size_t at = 0, width; at < sentence.n; at += width) {
        (void)utf8_decode(sentence, at, &width);
        if (!list_has(str_sub(sentence, at, at + width), commas)) continue;
        Str left = str_sub(sentence, 0, at);
        Str right = bare(str_sub(sentence, at + width, sentence.n));
        bool whole = count_signs(right) >= NEXT_SIGNS && !leans(right);
        if (whole && asks_zh(left) && asks_zh(right)) return at;
    }
    return SIZE_MAX;
}

static const char *const question_marks[] = {"?", "？", NULL};

/* Bytes up to behind the first question mark; all of it where there is none. */
static size_t asked_end(Str text) {
    for (size_t at = 0, width; at < text.n; at += width) {
        (void)utf8_decode(text, at, &width);
        if (list_has(str_sub(text, at, at + width), question_marks)) return at + width;
    }
    return text.n;
}

/* Where there is a question mark another one must end it: what stands behind the last one belongs
   to the question ("A. 12 B. 15", "Answer with a number."). */
static bool ends_asking(Str question) {
    return !list_in(question, question_marks) || list_ends(question, question_marks);
}

/* More than a word, so that "Really? And when?" is none. */
static bool is_question(Str sentence, bool chinese) {
    size_t at = 0, start, words = 0;
    char buf[WORD_MAX];
    if (chinese) return count_signs(sentence) > SIDE_SIGNS;
    while (next_word(sentence, &at, buf, &start).n) words++;
    return words >= SIDE_WORDS;
}

/* Adds the parts of one sentence; false: there are too many, or it is no question. */
static bool add_parts(Str sentence, bool chinese, Str parts[PARTS_MAX], size_t *n) {
    bool german = !chinese && grammar_german(sentence);
    sentence = bare(sentence);
    while (sentence.n) {
        size_t end = chinese ? joint_zh(sentence) : joint(sentence, german);
        if (end > sentence.n) end = sentence.n;
        assert(end > 0); /* what stands before a joint is whole: it goes on */
        Str part = str_trim(str_sub(sentence, 0, end));
        if (*n == PARTS_MAX || !is_question(part, chinese)) return false;
        parts[(*n)++] = part;
        sentence = bare(str_sub(sentence, end, sentence.n));
    }
    return true;
}

size_t parts_split(Str question, Str parts[PARTS_MAX]) {
    size_t n = 0;
    Str rest = str_trim(question);
    bool fits = rest.n <= QUESTION_MAX && !list_in(rest, comparing) && ends_asking(rest);
    bool chinese = utf8_has_cjk(rest);
    while (fits && rest.n) {
        size_t end = asked_end(rest);
        assert(end > 0 && end <= rest.n && n <= PARTS_MAX);
        fits = add_parts(str_sub(rest, 0, end), chinese, parts, &n);
        rest = str_trim(str_sub(rest, end, rest.n));
    }
    if (fits && n > 1) return n;
    parts[0] = question;
    return 1;
}

Status parts_end(Arena *arena, Str part, Str *out, Err *err) {
    static const char *const commas[] = {",", "，", "；", NULL};
    Buf text;
    assert(part.n <= QUESTION_MAX); /* parts_split cuts no longer question */
    if (list_ends(part, commas)) part.n -= part.p[part.n - 1] == ',' ? 1 : 3;
    buf_init(&text, QUESTION_MAX + 8);
    buf_add_str(&text, part);
    if (!list_ends(part, question_marks)) buf_add_c(&text, utf8_has_cjk(part) ? "？" : "?");
    Status status = buf_check(&text, "the question", err);
    if (status == OK) status = arena_keep(arena, buf_str(&text), out, "the question", err);
    buf_fini(&text);
    return status;
}
