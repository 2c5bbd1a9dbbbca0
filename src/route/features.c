/*
 * A question's features.
 *
 * Shape. Counts and shares that say what kind of task this is, whatever its subject: length,
 * sentences, numbers and how long they are, answer options and how alike they are, symbols of
 * mathematics and code, question words, negation, conditions. Word classes come from `words`, a
 * table of classes and their words; it is hashed once at birth (RouteLexicon), so that a word costs
 * one look-up. Nothing here looks at letter case, and wrapping is off already (question.c): the
 * same question in other clothes has the same features.
 *
 * Chinese is brought to the measure of English, in which the shipped model learned: a CJK character
 * counts as CJK_WORD words of an English word's length, and the articles that it lacks are put in.
 * So that one question in two languages has nearly one shape.
 *
 * Grams. Words, and pairs of neighbouring words; each CJK character counts as a word, so that pairs
 * are the usual CJK bigrams. Runs of 3, 4 and 5 bytes of the flat text, over blanks: a typo leaves
 * most of them whole. Digits count as 0 in both. A gram is hashed (multiplicative hashing, Knuth
 * 6.4) into 2^14 slots a space and counted; collisions are part of the model. Grams that are not
 * all ASCII have ROUTE_FOREIGN further slots of each space to themselves: to a model that saw no
 * Chinese they say little, instead of what some English word says. At most ROUTE_GRAMS_MAX
 * different grams are kept; words come first and never take more than half.
 *
 * Time: one pass over the bytes for the shape, one for the words, one for the letters. Source of
 * the idea: Weinberger et al., "Feature hashing for large scale multitask learning", 2009.
 */
#include "route/features.h"

#include <assert.h>
#include <math.h>

#include "base/plain.h"

enum { WORDS_MAX = 2048 };

/* An English text has about 0.6 words for each character of its Chinese translation, of 4.7
   letters; one in eleven is an article. Estimates. */
#define CJK_WORD 0.6
#define CJK_LETTERS 4.7
#define CJK_ARTICLES 0.09

/* ---- word classes --------------------------------------------------------------------------- */

enum {
    W_WHO = 1 << 0,
    W_WHEN = 1 << 1,
    W_WHERE = 1 << 2,
    W_WHICH = 1 << 3,
    W_WHAT = 1 << 4,
    W_WHY = 1 << 5,
    W_HOW = 1 << 6,
    W_MANY = 1 << 7,
    W_NEGATED = 1 << 8,
    W_CONDITION = 1 << 9,
    W_EACH = 1 << 10,
    W_PRONOUN = 1 << 11,
    W_ARTICLE = 1 << 12,
    W_OF = 1 << 13,
    W_COMPARED = 1 << 14,
    W_SUPERLATIVE = 1 << 15,
    W_FRACTION = 1 << 16,
    W_PERCENT = 1 << 17,
    W_YOU = 1 << 18,
    W_STATEMENT = 1 << 19,
    W_BECAUSE = 1 << 20,
    W_CONTRAST = 1 << 21,
    W_TRUTH = 1 << 22,
    W_CODE = 1 << 23,
    W_MATHS = 1 << 24,
    W_WORLD = 1 << 25,
    W_LAW = 1 << 26,
    W_MEDICINE = 1 << 27,
    W_STEPS = 1 << 28,
    W_TRANSLATE = 1 << 29,
    W_CREATE = 1 << 30
};
#define W_RECENT (UINT64_C(1) << 31)
#define W_ALL_OF (UINT64_C(1) << 32)
#define W_GRID (UINT64_C(1) << 33)

typedef struct WordClass {
    uint64_t mask;
    const char *words; /* separated by blanks */
} WordClass;

static const WordClass classes[] = {
    {W_WHO, "who whom whose 谁"},
    {W_WHEN, "when 何时"},
    {W_WHERE, "where 哪里 哪儿 何处"},
    {W_WHICH, "which 哪 哪个 哪些"},
    {W_WHAT, "what 什么 何"},
    {W_WHY, "why 为何 为什么"},
    {W_HOW, "how 怎么 如何 怎样"},
    {W_MANY, "many much 多少 几"},
    {W_NEGATED,
     "not except least never incorrect false cannot neither nor isn doesn 不 没有 错误 除了"},
    {W_CONDITION, "if suppose assume given let assuming 如果 假设 若 设"},
    {W_EACH, "each every per 每"},
    {W_PRONOUN, "he she they it his her him them their hers its 他 她 它"},
    {W_ARTICLE, "the a an"},
    {W_OF, "of 的"},
    {W_COMPARED, "than more less fewer greater older younger 比 更"},
    {W_SUPERLATIVE,
     "most best least highest lowest largest smallest first last only oldest longest 最"},
    {W_FRACTION, "half third quarter twice double triple times thirds fifth fourth tenth 倍 半"},
    {W_PERCENT, "percent percentage percents"},
    {W_YOU, "you your 你 您"},
    {W_STATEMENT, "statement statements argument premise conclusion"},
    {W_BECAUSE, "because since due"},
    {W_CONTRAST, "but although though however despite while so"},
    {W_TRUTH, "true false yes no"},
    {W_CODE,
     "def return python function int print list string array tuple dictionary class import const "
     "public void null javascript sql regex algorithm code program lambda nums 代码 函数 程序"},
    {W_MATHS,
     "equation polynomial integral sum product prime integer integers triangle circle "
     "probability solve compute simplify evaluate degree remainder divided factor matrix vector "
     "angle radius perimeter area average frac sqrt real roots value 求 方程 计算 证明 概率 "
     "函数 矩阵 特征值 三角形 面积 周长 半径 积分 整数 质数 最大值 最小值 平均"},
    {W_WORLD,
     "album song film movie actor actress singer band episode season cast novel author "
     "president king queen capital born died founded directed played wrote written named "
     "country city river team league cup award nobel war battle century historical tv series "
     "show character released located 电影 歌 导演 作者 首都 朝 皇帝 "
     "总统 国王 作家 出生 创立 国家 城市 奖 战争 世纪 历史 球队 冠军"},
    {W_LAW, "court defendant plaintiff statute contract jury tort negligence constitutional liable "
            "evidence trial convicted 法院 合同 法律 被告 原告 违约 宪法 证据"},
    {W_MEDICINE,
     "patient disease treatment symptoms blood clinical drug cancer diagnosis physician "
     "therapy infection 患者 症状 治疗 疾病 药 诊断 感染"},
    {W_STEPS, "then after before next finally remaining left total altogether spends bought sold "
              "earns cost costs costing week hours minutes 然后 之后 一共 剩"},
    {W_TRANSLATE, "translate translation 翻译 译"},
    {W_CREATE, "poem story essay slogan haiku lyrics rhyme compose draft rewrite 作文 诗 故事 写"},
    {W_RECENT,
     "latest today currently current recent recently yesterday tomorrow news tonight 2024 2025 "
     "2026 今天 最新 现在 昨天"},
    {W_ALL_OF, "above both none neither all"},
    {W_GRID, "clue clues houses puzzle row directly"}};

/* Eight bytes a step; the length is part of it, so that zeros behind a word tell. Not against
   malice: who makes words collide only blurs the features of an own question. */
static uint32_t hash_bytes(const char *p, size_t n) {
    uint64_t h = n * UINT64_C(0x9E3779B97F4A7C15);
    for (; n >= 8; p += 8, n -= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        h = (h ^ word) * UINT64_C(0xD6E8FEB86659FD93);
        h ^= h >> 32;
    }
    uint64_t rest = 0;
    memcpy(&rest, p, n);
    h = (h ^ rest) * UINT64_C(0xD6E8FEB86659FD93);
    return (uint32_t)(h >> 32) | 1; /* never 0 */
}

/* Open addressing: the word's own place, or the first free one from the hash's low bits on. Ends,
   since a place is free (route_lexicon_init). */
static size_t lexicon_place(const RouteLexicon *lexicon, uint32_t hash) {
    const size_t last = ARRAY_LEN(lexicon->key) - 1;
    size_t at = hash & last;
    while (lexicon->key[at] && lexicon->key[at] != hash) at = (at + 1) & last;
    return at;
}

/* 0: the word is of no class, as a free place is. */
static uint64_t lexicon_mask(const RouteLexicon *lexicon, uint32_t hash) {
    return lexicon->mask[lexicon_place(lexicon, hash)];
}

void route_lexicon_init(RouteLexicon *lexicon) {
    size_t words = 0;
    memset(lexicon, 0, sizeof *lexicon);
    for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
        const char *word = classes[i].words;
        while (*word) {
            size_t n = strcspn(word, " ");
            const uint32_t hash = hash_bytes(word, n);
            const size_t at = lexicon_place(lexicon, hash);
            lexicon->key[at] = hash;
            lexicon->mask[at] |= classes[i].mask;
            words++;
            assert(words < ARRAY_LEN(lexicon->key)); /* a free place ends each look-up */
            word += n + (word[n] == ' ');
        }
    }
}

/* ---- words ---------------------------------------------------------------------------------- */

typedef struct Word {
    uint32_t hash;  /* digits as they are, for the lexicon */
    uint32_t slot;  /* digits as 0: for grams */
    uint16_t at, n; /* bytes in the flat text */
    bool number, cjk, foreign; /* foreign: not all ASCII */
} Word;

_Static_assert(ROUTE_TEXT_MAX <= UINT16_MAX, "Word.at");
_Static_assert(ROUTE_SPACE <= UINT16_MAX && ROUTE_GRAMS_MAX <= UINT16_MAX, "RouteGram, places");
_Static_assert(3 * (ROUTE_TEXT_MAX + 2) <= UINT16_MAX, "RouteGram.count: three grams a byte");

typedef struct Words {
    int n, n_stem; /* of them in the stem */
    Word items[WORDS_MAX];
} Words;

/* Three bytes from U+3400 to U+9FFF and the neighbouring kana and Hangul: one word each. */
static bool cjk_at(const char *p, size_t left) {
    unsigned char c = (unsigned char)p[0];
    return left >= 3 && c >= 0xE3 && c <= 0xED;
}

/* Bytes of the word that begins here, at most 64; 0: none begins. */
static size_t word_length(const char *p, size_t left) {
    size_t n = 0;
    if (cjk_at(p, left)) return 3;
    while (n < left && n < 64) {
        unsigned char c = (unsigned char)p[n];
        bool foreign = c >= 0x80 && !cjk_at(p + n, left - n);
        if (!plain_is_small(c) && !plain_is_digit(c) && !foreign) break;
        n++;
    }
    return n;
}

/* Numbers of the same length and form are one gram. */
static uint32_t hash_masked(const char *p, size_t n) {
    char masked[64];
    assert(n <= sizeof masked); /* word_length ends there */
    for (size_t i = 0; i < n; i++) masked[i] = plain_is_digit(p[i]) ? '0' : p[i];
    return hash_bytes(masked, n);
}

/* Grams that are not have slots of their own (the essay). */
static bool all_ascii(const char *p, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)p[i] >= 0x80) return false;
    }
    return true;
}

/* All words of stem and options; n_stem ends up as the number of those that begin in the stem. */
static void words_read(const RouteQuestion *q, Words *words) {
    words->n = words->n_stem = 0;
    assert(q->stem <= q->n && q->n <= ROUTE_TEXT_MAX);
    for (size_t at = 0; at < q->n && words->n < WORDS_MAX;) {
        size_t n = word_length(q->flat + at, q->n - at);
        if (n == 0) {
            at++;
            continue;
        }
        const char *p = q->flat + at;
        Word *word = &words->items[words->n++];
        word->at = (uint16_t)at;
        word->n = (uint16_t)n;
        word->number = plain_is_digit(p[0]);
        word->cjk = n == 3 && cjk_at(p, 3);
        word->foreign = !all_ascii(p, n);
        word->hash = hash_bytes(p, n);
        word->slot = word->number ? hash_masked(p, n) : word->hash;
        if (at < q->stem) words->n_stem = words->n;
        at += n;
    }
}

/* ---- grams ---------------------------------------------------------------------------------- */

/* Counts slots: a table from slot to its place in grams, empty where it holds 0. */
typedef struct Counter {
    RouteFeatures *f;
    int limit;
    uint16_t place[ROUTE_SPACE];
} Counter;

/* Places count from 1: 0 means that the slot was not seen. Beyond the limit only known slots go
   on counting. */
static void count(Counter *counter, uint32_t slot) {
    RouteFeatures *f = counter->f;
    uint16_t *place = &counter->place[slot];
    if (*place) {
        f->grams[*place - 1].count++;
    } else if (f->n_grams < counter->limit) {
        f->grams[f->n_grams++] = (RouteGram){(uint16_t)slot, 1};
        *place = (uint16_t)f->n_grams;
    }
}

/* The slot of a hash (its upper bits are the good ones) in its part of a space. */
static uint32_t slot_in(uint32_t hash, bool foreign) {
    uint64_t size = foreign ? ROUTE_FOREIGN : ROUTE_ASCII;
    return (foreign ? ROUTE_ASCII : 0) + (uint32_t)(hash * size >> 32);
}

/* In order: "dog bites" is not "bites dog". */
static uint32_t pair_hash(uint32_t a, uint32_t b) {
    return (uint32_t)(((uint64_t)a * UINT64_C(0x9E3779B1) + b) * UINT64_C(0x85EBCA77C2B2AE63) >>
                      32);
}

/* No pair goes across the end of the stem. */
static void word_grams(const Words *words, Counter *counter) {
    for (int i = 0; i < words->n; i++) {
        const Word *word = &words->items[i];
        count(counter, slot_in(word->slot, word->foreign));
        if (i + 1 < words->n && i + 1 != words->n_stem) {
            count(counter, slot_in(pair_hash(word->slot, word[1].slot),
                                   word->foreign || word[1].foreign));
        }
    }
}

/* Eight bytes are loaded at once, shifted to 3, 4 and 5 of them; a blank stands at both ends. */
static void char_grams(const RouteQuestion *q, Counter *counter) {
    static const uint64_t odd = UINT64_C(0x9E3779B97F4A7C15);
    char text[ROUTE_TEXT_MAX + 16];
    size_t n = q->n;
    assert(n <= ROUTE_TEXT_MAX);
    text[0] = ' ';
    for (size_t i = 0; i < n; i++)
        text[i + 1] = plain_is_digit(q->flat[i]) ? '0' : q->flat[i];
    memset(text + n + 1, 0, 15);
    text[n + 1] = ' ';
    for (size_t at = 0; at + 3 <= n + 2; at++) {
        uint64_t word;
        memcpy(&word, text + at, 8);
        for (unsigned wide = 3; wide <= 5 && at + wide <= n + 2; wide++) {
            uint64_t run = word << (64 - 8 * wide);
            bool foreign = (run & UINT64_C(0x8080808080808080)) != 0;
            count(counter, slot_in((uint32_t)(run * odd >> 32), foreign));
        }
    }
}

/* Words take half of the room at most, letters the rest. */
static void grams(const RouteQuestion *q, const Words *words, RouteFeatures *f) {
    Counter counter;
    counter.f = f;
    f->n_grams = 0;
    counter.limit = ROUTE_GRAMS_MAX / 2;
    memset(counter.place, 0, sizeof counter.place);
    word_grams(words, &counter);
    f->n_words = f->n_grams;
    counter.limit = ROUTE_GRAMS_MAX;
    memset(counter.place, 0, sizeof counter.place);
    char_grams(q, &counter);
}

/* ---- shape ---------------------------------------------------------------------------------- */

/* Counts become logarithms: that a text is twice as long matters, not by how much. x >= 0. */
static float log1(double x) {
    return (float)log1p(x);
}

/* What single bytes tell. A point ends a sentence only before a blank, so that 3.5 does not. */
static void shape_bytes(const RouteQuestion *q, float *s) {
    double digits = 0, commas = 0, foreign = 0;
    assert(q->stem <= q->n);
    for (size_t i = 0; i < q->stem; i++) {
        unsigned char c = (unsigned char)q->flat[i], next = (unsigned char)q->flat[i + 1];
        bool ends = i + 1 >= q->stem || next == ' ' || next >= 0x80;
        digits += plain_is_digit(c);
        commas += c == ',';
        foreign += c >= 0x80;
        switch (c) {
        case '.': case '!': s[ROUTE_SENTENCES] += ends; break;
        case '?':
            s[ROUTE_SENTENCES] += ends;
            s[ROUTE_QUESTION_MARKS]++;
            break;
        case '%': s[ROUTE_PERCENTS]++; break;
        case '$': s[ROUTE_DOLLARS]++; break;
        case '\\': s[ROUTE_LATEX]++; /* fall through */
        case '=': case '^': case '+': case '*': case '<': case '>': case '|': case '{':
        case '}': s[ROUTE_SYMBOLS]++; break;
        case '"': s[ROUTE_QUOTES]++; break;
        case '_': s[ROUTE_BLANK] = 1; break;
        case ':': s[ROUTE_COLONS]++; break;
        default: break;
        }
    }
    char last = q->stem ? q->flat[q->stem - 1] : 0;
    s[ROUTE_ENDS_ASKING] = last == '?';
    s[ROUTE_ENDS_POINT] = last == '.';
    s[ROUTE_LENGTH] = log1((double)q->stem);
    s[ROUTE_WHOLE] = log1((double)q->whole);
    s[ROUTE_LINES] = (float)q->n_lines;
    s[ROUTE_DIGITS] = (float)(digits / (double)(q->stem + 1));
    s[ROUTE_COMMAS] = (float)commas;
    s[ROUTE_NON_ASCII] = log1(foreign);
}

/* p[-1] is read only behind the first byte; twelve digits are enough for a sum. */
static void shape_number(const RouteQuestion *q, const Word *word, float *s) {
    double value = 0;
    const char *p = q->flat + word->at;
    for (int i = 0; i < word->n && plain_is_digit(p[i]) && i < 12; i++) {
        value = value * 10 + (p[i] - '0');
    }
    s[ROUTE_NUMBERS]++;
    if (word->n > s[ROUTE_NUMBER_LONGEST]) s[ROUTE_NUMBER_LONGEST] = word->n;
    s[ROUTE_NUMBER_SUM] += (float)value;
    s[ROUTE_YEARS] += word->n == 4 && (p[0] == '1' || p[0] == '2') && value < 2100;
    s[ROUTE_DECIMALS] += word->at > 0 && p[-1] == '.';
    s[ROUTE_FRACTIONS] += word->at > 0 && p[-1] == '/';
}

/* 1..7 in the order of ROUTE_ASKS; 0: none. */
static int question_word(uint64_t mask) {
    static const uint64_t order[] = {W_WHO, W_WHEN, W_WHERE, W_WHICH, W_WHAT, W_WHY, W_HOW};
    for (int i = 0; i < (int)ARRAY_LEN(order); i++) {
        if (mask & order[i]) return i + 1;
    }
    return 0;
}

/* A word may be of several classes and counts in each. */
static void shape_class(uint64_t mask, float *s) {
    static const struct {
        uint64_t mask;
        int shape;
    } kinds[] = {{W_MANY, ROUTE_MANY},
                 {W_NEGATED, ROUTE_NEGATED},
                 {W_CONDITION, ROUTE_CONDITION},
                 {W_EACH, ROUTE_EACH},
                 {W_PRONOUN, ROUTE_PRONOUNS},
                 {W_ARTICLE, ROUTE_ARTICLES},
                 {W_OF, ROUTE_OF},
                 {W_COMPARED, ROUTE_COMPARED},
                 {W_SUPERLATIVE, ROUTE_SUPERLATIVE},
                 {W_FRACTION, ROUTE_FRACTIONS},
                 {W_PERCENT, ROUTE_PERCENTS},
                 {W_YOU, ROUTE_YOU},
                 {W_STATEMENT, ROUTE_STATEMENT},
                 {W_BECAUSE, ROUTE_BECAUSE},
                 {W_CONTRAST, ROUTE_CONTRAST},
                 {W_CODE, ROUTE_CODE},
                 {W_MATHS, ROUTE_MATHS},
                 {W_WORLD, ROUTE_WORLD},
                 {W_LAW, ROUTE_LAW},
                 {W_MEDICINE, ROUTE_MEDICINE},
                 {W_STEPS, ROUTE_STEPS},
                 {W_TRANSLATE, ROUTE_TRANSLATE},
                 {W_CREATE, ROUTE_CREATE},
                 {W_RECENT, ROUTE_RECENT},
                 {W_GRID, ROUTE_GRID}};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (mask & kinds[i].mask) s[kinds[i].shape]++;
    }
}

/* What a word means: alone, and for CJK together with the next one and the next two. */
static uint64_t word_mask(const RouteLexicon *lexicon, const RouteQuestion *q, const Word *word,
                          int left) {
    uint64_t mask = lexicon_mask(lexicon, word->hash);
    if (!word->cjk || left < 2 || !word[1].cjk) return mask;
    mask |= lexicon_mask(lexicon, hash_bytes(q->flat + word->at, 6));
    if (left >= 3 && word[2].cjk) mask |= lexicon_mask(lexicon, hash_bytes(q->flat + word->at, 9));
    return mask;
}

/* Share of distinct words among the stem's, by a small filter of bits. */
static float distinct(const Words *words) {
    uint64_t seen[64] = {0};
    int n = 0;
    for (int i = 0; i < words->n_stem; i++) {
        uint32_t bit = words->items[i].hash >> 20;
        n += !(seen[bit >> 6] >> (bit & 63) & 1);
        seen[bit >> 6] |= UINT64_C(1) << (bit & 63);
    }
    return words->n_stem ? (float)n / (float)words->n_stem : 0;
}

/* Counts per English word, as which a CJK character counts in part. */
static void shape_words(const RouteLexicon *lexicon, const RouteQuestion *q, const Words *words,
                        float *s) {
    double letters = 0, long_words = 0, cjk = 0;
    for (int i = 0; i < words->n_stem; i++) {
        const Word *word = &words->items[i];
        if (word->number) shape_number(q, word, s);
        uint64_t mask = word_mask(lexicon, q, word, words->n_stem - i);
        int asks = question_word(mask);
        cjk += word->cjk;
        letters += word->cjk ? CJK_WORD * CJK_LETTERS : word->n;
        long_words += word->n > 8;
        if (!word->cjk && word->n > s[ROUTE_LONGEST]) s[ROUTE_LONGEST] = word->n;
        if (asks && i < 3 && !s[ROUTE_ASKS_FIRST]) s[ROUTE_ASKS_FIRST] = (float)asks;
        if (asks && (!s[ROUTE_ASKS] || (float)asks < s[ROUTE_ASKS])) s[ROUTE_ASKS] = (float)asks;
        if (mask) shape_class(mask, s);
    }
    double english = words->n_stem - (1 - CJK_WORD) * cjk;
    float n = words->n_stem ? (float)english : 1;
    s[ROUTE_WORDS] = log1(english);
    s[ROUTE_WORDS_A_SENTENCE] = n / (1 + s[ROUTE_SENTENCES]);
    s[ROUTE_WORD_LENGTH] = (float)letters / n;
    s[ROUTE_LONG_WORDS] = (float)long_words / n;
    s[ROUTE_DISTINCT] = distinct(words);
    s[ROUTE_CJK] = words->n_stem ? (float)cjk / (float)words->n_stem : 0;
    s[ROUTE_ARTICLES] = (s[ROUTE_ARTICLES] + (float)(CJK_ARTICLES * CJK_WORD * cjk)) / n;
    s[ROUTE_OF] /= n;
    s[ROUTE_PRONOUNS] /= n;
    s[ROUTE_COMMAS] /= n;
    s[ROUTE_NUMBER_SUM] = log1(s[ROUTE_NUMBER_SUM]);
}

/* ---- answer options ------------------------------------------------------------------------- */

/* By the hash alone: a collision blurs one feature. */
static bool in_stem(const Words *words, uint32_t hash) {
    for (int i = 0; i < words->n_stem; i++) {
        if (words->items[i].hash == hash) return true;
    }
    return false;
}

/* Options that take up the question's words are often the right ones, "true" and "none of these"
   are kinds of their own. -1: there are no options. */
static void shape_option_words(const RouteLexicon *lexicon, const Words *words, float *s) {
    int n = words->n - words->n_stem, shared = 0, looked = 0;
    assert(n >= 0);
    for (int i = words->n_stem; i < words->n; i++) {
        const Word *word = &words->items[i];
        uint64_t mask = lexicon_mask(lexicon, word->hash);
        if (mask & W_TRUTH) s[ROUTE_OPTION_TRUTH]++;
        if (mask & W_ALL_OF) s[ROUTE_OPTION_ALL_OF] = 1;
        if (looked < 64) { /* enough to tell, and keeps the time linear */
            looked++;
            shared += in_stem(words, word->hash);
        }
    }
    s[ROUTE_OPTION_IN_STEM] = looked ? (float)shared / (float)looked : -1;
    s[ROUTE_OPTION_TRUTH] = n ? s[ROUTE_OPTION_TRUTH] / (float)n : -1;
}

/* all: numbers with at most a unit beside them, "12 km", "3.5 kg"; six letters is chosen. */
static void option_digits(Str option, bool *any, bool *all) {
    int other = 0;
    *any = false;
    for (size_t i = 0; i < option.n; i++) {
        unsigned char c = (unsigned char)option.p[i];
        *any |= plain_is_digit(c);
        other += plain_is_small(c) || c >= 0x80;
    }
    *all = *any && other <= 6;
}

/* Lengths of the options; -1 for shares where there are none. */
static void shape_options(const RouteQuestion *q, float *s) {
    double sum = 0, squares = 0, most = 0, least = 1e9;
    float numbers = 0, only = 0;
    for (int i = 0; i < q->n_options; i++) {
        double n = (double)q->option_n[i];
        bool any, all;
        assert(q->option_at[i] >= q->stem && q->option_at[i] + q->option_n[i] <= q->n);
        option_digits((Str){q->flat + q->option_at[i], q->option_n[i]}, &any, &all);
        numbers += any;
        only += all;
        sum += n;
        squares += n * n;
        if (n > most) s[ROUTE_OPTION_LONGEST] = (float)i;
        if (n > most) most = n;
        if (n < least) least = n;
    }
    double k = q->n_options ? q->n_options : 1, mean = sum / k;
    s[ROUTE_OPTIONS] = (float)q->n_options;
    s[ROUTE_OPTION_MAX] = log1(most);
    s[ROUTE_OPTION_MIN] = q->n_options ? log1(least) : 0;
    s[ROUTE_OPTION_MEAN] = log1(mean);
    s[ROUTE_OPTION_SPREAD] = log1(sqrt(fmax(0, squares / k - mean * mean)));
    s[ROUTE_OPTION_LAST] = q->n_options ? log1((double)q->option_n[q->n_options - 1]) : 0;
    s[ROUTE_OPTION_NUMBERS] = q->n_options ? numbers / (float)k : -1;
    s[ROUTE_OPTION_ALL_NUMBERS] = q->n_options ? only / (float)k : -1;
}

/* Two options that both stand in the stem, a blank to fill: which comes first, where the blank is.
 */
static void shape_pair(const RouteQuestion *q, float *s) {
    Str stem = {q->flat, q->stem};
    if (q->n_options != 2 || !q->option_n[0] || !q->option_n[1]) return;
    size_t a = str_find(stem, (Str){q->flat + q->option_at[0], q->option_n[0]}, 0);
    size_t b = str_find(stem, (Str){q->flat + q->option_at[1], q->option_n[1]}, 0);
    size_t gap = str_find(stem, STR("_"), 0);
    if (a == SIZE_MAX || b == SIZE_MAX || gap == SIZE_MAX) return;
    size_t later = a > b ? a : b;
    s[ROUTE_PAIR_ORDER] = a < b ? 2 : 1;
    s[ROUTE_PAIR_BLANK] = (float)gap / (float)(q->stem + 1);
    s[ROUTE_PAIR_NEAR] = gap > later ? log1((double)(gap - later)) : -1;
}

/* Is every number one? gap.c's bins and sums take it for granted. */
static bool all_finite(const float shape[ROUTE_SHAPE_COUNT]) {
    for (int i = 0; i < ROUTE_SHAPE_COUNT; i++) {
        if (!isfinite(shape[i])) return false;
    }
    return true;
}

void route_features(const RouteLexicon *lexicon, const RouteQuestion *question,
                    RouteFeatures *out) {
    Words words;
    memset(out->shape, 0, sizeof out->shape);
    words_read(question, &words);
    shape_bytes(question, out->shape);
    shape_words(lexicon, question, &words, out->shape);
    shape_options(question, out->shape);
    shape_option_words(lexicon, &words, out->shape);
    shape_pair(question, out->shape);
    assert(all_finite(out->shape));
    out->cjk = out->shape[ROUTE_CJK] > 0.3F; /* of words; chosen */
    grams(question, &words, out);
    assert(out->n_words <= ROUTE_GRAMS_MAX / 2 && out->n_grams <= ROUTE_GRAMS_MAX);
}
