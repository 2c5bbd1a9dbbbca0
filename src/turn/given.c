/*
 * Given: does an answer give what its question asks for?
 *
 * A small model likes to write a sentence that is true, finds support in the documents, and answers
 * another question: "when did he surrender?" - "he was taken at the river"; "which eight colleges
 * are there?" - "there are eight colleges". Neither its log-probabilities nor the documents see
 * that. The kind of thing that was asked for often does:
 *
 *   nothing new   all of the answer stands in the question but words that say nothing by themselves
 *                 (not where it offers a choice, or wants yes or no)
 *   when          a number that the question does not hold and that says when, a word of time
 *                 ("on Mondays", "the fifth of each month"), or a clause of time or condition
 *   how many      a number that the question does not hold, or a word of amount ("none", "both")
 *   what price    (English, German) the same, and the number is no date, time of day or length of
 *                 time, unless it stands in the row of a table or beside words of money
 *   what number   (English, German) of a safe, a code, a telephone: such a number, in digits
 *   what address  of e-mail: it has its "@"; a telephone number has three digits
 *   who           (English, German) a word that the question has not, and that is no time
 *   how old       a number with a word of age, or a year
 *   how long      (how often) what says how many or when
 *   why           a word of reason
 *   which ones    (Chinese only) more than one: something that separates
 *
 * 1: the answer has what such a question wants; -1: it has not; 0: these rules do not tell, as for
 * most questions. What is quoted behind an answer (cite.c) is no part of it. Chinese, English and
 * (but for "why") German; other languages get 0 but for "nothing new". What it is worth stands in
 * doc/decisions/0019.
 *
 *     when does the lease end?      "on 31 March"             1   a number beside a word of time
 *                                   "at the river"           -1   nothing that says when
 *     how many rooms are there?     "there are nine"          1
 *                                   "several"                 1   a word of amount
 *                                   "there are rooms"        -1   nothing new at all
 *     who signed it?                "in 2014"                -1   a time, and nobody
 *                                   "Ben"                     0   whether Ben is who, nobody knows
 *
 * A wrong -1 takes a right answer away, so that words of time and amount are taken generously; what
 * they miss is listed in tests/unit/test_turn.c as it is met.
 *
 * Limits: the first TOKENS_MAX words of each text; a CJK character is a word; words are compared by
 * their first KEPT bytes, traditional characters as the simplified ones.
 */
#include "turn/given.h"

#include <assert.h>

#include "base/calendar.h"
#include "base/han.h"
#include "base/lists.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "knowledge/doc.h"
#include "knowledge/grammar_words.h"
#include "turn/given_zh.h"

enum {
    PLAIN_MAX = 4096, /* bytes of a traditional text (base/han.h) that are looked at */
    TOKENS_MAX = 256, /* words of a text */
    KEPT = 15,        /* bytes of a word that are compared */
    DATE_LINE_MAX = 60, /* bytes of a line with place and date */
    BARE = 2          /* words of an answer so short that a number in it is taken for a time */
};

/* A word in small letters, cut to KEPT bytes. */
typedef struct Token {
    char text[KEPT + 1];
    bool number;
} Token;

typedef struct Tokens {
    Token items[TOKENS_MAX];
    size_t n;
} Tokens;

_Static_assert((int)KEPT >= (int)UTF8_MAX_BYTES, "the first character of a word is kept");

typedef enum Asked {
    ASKED_OTHER, ASKED_WHEN, ASKED_MANY, ASKED_PRICE, ASKED_CODE, ASKED_AGE, ASKED_LONG, ASKED_WHY,
    ASKED_WHICH, ASKED_WHO
} Asked;

/* ---- words ---------------------------------------------------------------------------------- */

/* A character that does not fit whole is left out, and what follows as well may be. */
static void add_code(Token *token, uint32_t code) {
    char bytes[UTF8_MAX_BYTES];
    size_t n = utf8_encode(code, bytes), at = strlen(token->text);
    if (at + n > KEPT) return;
    memcpy(token->text + at, bytes, n);
    token->text[at + n] = 0;
}

/* Letters and digits part: "13th" is two words, of which one is a number. */
static void read_tokens(Str text, Tokens *out) {
    bool open = false, number = false;
    out->n = 0;
    for (size_t at = 0, width; at < text.n; at += width) {
        uint32_t code = han_fold(unicode_lower(utf8_decode(text, at, &width)));
        UnicodeClass class = unicode_class(code);
        bool digit = class == UC_NUMBER, cjk = unicode_is_cjk(code);
        bool inside = digit || cjk || class == UC_LETTER || class == UC_MARK;
        bool goes_on = open && inside && !cjk && digit == number;
        if (inside && !goes_on) {
            if (out->n == TOKENS_MAX) return;
            out->items[out->n++] = (Token){.number = digit};
        }
        open = inside && !cjk;
        number = digit;
        assert(!inside || out->n > 0); /* what goes on has begun */
        if (inside) add_code(&out->items[out->n - 1], code);
    }
}

/* Is one of the words in the list? */
static bool has_word(const Tokens *tokens, const char *const *list) {
    for (size_t i = 0; i < tokens->n; i++) {
        if (list_has(str_from(tokens->items[i].text), list)) return true;
    }
    return false;
}

/* ---- what was asked for ---------------------------------------------------------------------- */

/* "wei shenme" is "why", but "as what" behind a verb of naming and at the end. */
static bool asks_why(Str question) {
    static const char *const naming[] = {"称", "叫", "名", "作", "做", "译", "变", NULL};
    Str why = STR("为什么");
    size_t at = str_find(question, why, 0);
    if (at == SIZE_MAX) return false;
    Str before = str_sub(question, at > 3 ? at - 3 : 0, at);
    return !list_in(before, naming) && at + why.n + 4 < question.n;
}

/* From what is told surely to what is not: a "why" has words of the others in it. */
static Asked asked_in_chinese(Str question) {
    static const char *const why[] = {"为何", "原因", NULL};
    static const char *const when[] = {"什么时候", "何时", "哪年", "哪一年", "哪一天", "几年",
                                       "几月",     "时间", "日期", "年份",   NULL};
    static const char *const many[] = {"多少", "几个", "几名", "几位", "几次", "几种",
                                       "几条", "几座", "几所", "几人", "几层", "几部",
                                       "几集", "几岁", "几米", "几公", "多大", "多高",
                                       "多长", "多远", "多深", "多宽", "多重", NULL};
    static const char *const which[] = {"哪些", "哪几", "哪两", "哪三", "哪四", "哪五",
                                        "哪六", "哪七", "哪八", "分别", NULL};
    if (asks_why(question) || list_in(question, why)) return ASKED_WHY;
    if (list_in(question, when)) return ASKED_WHEN;
    if (list_in(question, many)) return ASKED_MANY;
    return list_in(question, which) ? ASKED_WHICH : ASKED_OTHER;
}

/* An amount that is asked for with one of these is one of money. */
static bool speaks_of_price(const Tokens *q) {
    static const char *const words[] = {
        "cost",   "costs",  "price",  "fee",    "fees",    "charge", "charges", "charged", "pay",
        "pays",   "paid",   "rent",   "deposit", "kostet", "kosten", "kostete", "preis",   "gebühr",
        "zahlen", "zahlt",  "bezahlen", "miete", "kaution", "beitrag", NULL};
    return has_word(q, words);
}

/* "What is the gate code?", "the number of the safe", "the phone number of", but not a number of
   things, nor of a rule: what has that number is asked for there. */
static bool asks_code(const Tokens *q) {
    static const char *const what[] = {"what", "which", "wie", "was", "welche", "welcher", NULL};
    static const char *const of[] = {"gate", "door", "access", "booking", "entry", "key", "alarm",
                                     "postal", "security", "safe", "pin", "wifi", NULL};
    static const char *const codes[] = {"iban", "postcode", "pin", "türcode", "zugangscode",
                                        "postleitzahl", NULL};
    static const char *const numbers[] = {"phone", "telephone", "mobile", "account", "policy",
                                          "customer", "fax", "safe", NULL};
    bool number = false; /* "the number of the safe" */
    if (!list_has(str_from(q->items[0].text), what)) return false;
    for (size_t i = 1; i < q->n; i++) {
        const char *word = q->items[i].text, *before = q->items[i - 1].text;
        bool named = i + 1 < q->n && q->items[i + 1].number;
        if (list_has(str_from(word), codes)) return !named;
        if (strcmp(word, "code") == 0 && list_has(str_from(before), of)) return !named;
        if (strcmp(word, "number") == 0 && list_has(str_from(before), numbers)) return !named;
        number |= strcmp(word, "number") == 0 && !named;
        if (number && list_has(str_from(word), numbers)) return true;
    }
    return false;
}

typedef enum Contact { CONTACT_NONE, CONTACT_MAIL, CONTACT_PHONE } Contact;

/* Is word i the end of "e-mail address", or of "phone number"? German may write one word. */
static Contact contact_at(const Tokens *q, size_t i) {
    static const char *const mail[] = {"mail", "email", NULL};
    static const char *const address[] = {"address", "adresse", NULL};
    static const char *const mails[] = {"mailadresse", "emailadresse", NULL};
    static const char *const phone[] = {"phone", "telephone", "mobile", "cell", NULL};
    static const char *const phones[] = {"telefonnummer", "handynummer", "mobilnummer", NULL};
    Str word = str_from(q->items[i].text), before = str_from(i ? q->items[i - 1].text : "");
    if (list_has(word, mails)) return CONTACT_MAIL;
    if (list_has(word, address) && list_has(before, mail)) return CONTACT_MAIL;
    if (list_has(word, phones)) return CONTACT_PHONE;
    return str_eq_c(word, "number") && list_has(before, phone) ? CONTACT_PHONE : CONTACT_NONE;
}

/* "What is Anna's e-mail address?": it is what the verb says; "what is an e-mail address?" and
   "what is the fee for a phone number?" ask for other things. */
static Contact asks_contact(Str question, const Tokens *q) {
    static const char *const what[] = {"what", "wie", "was", NULL};
    static const char *const which[] = {"which", "welche", NULL};
    static const char *const be[] = {"is", "s", "are", "ist", "lautet", "sind", NULL};
    static const char *const other[] = {"for",  "of", "to",  "in",    "when", "if", "an", "a",
                                        "eine", "für", "von", "wofür", "with", NULL};
    static const char *const mail_zh[] = {"邮箱是多少", "邮箱地址是", "邮箱是什么", NULL};
    static const char *const phone_zh[] = {"电话是多少", "电话号码是多少", "手机号是多少", NULL};
    enum { NEAR = 8 }; /* words to its name */
    if (list_in(question, mail_zh)) return CONTACT_MAIL;
    if (list_in(question, phone_zh)) return CONTACT_PHONE;
    for (size_t i = 0; i < 2 && i < q->n && q->n <= NEAR; i++) { /* "phone number of the roofer" */
        if (contact_at(q, i)) return contact_at(q, i);
    }
    if (q->n < 3) return CONTACT_NONE;
    Str first = str_from(q->items[0].text), second = str_from(q->items[1].text);
    bool opens = list_has(first, which) || (list_has(first, what) && list_has(second, be));
    for (size_t i = 1; opens && i < q->n && i < NEAR; i++) {
        bool ends = i + 1 == q->n || !str_eq_c(str_from(q->items[q->n - 1].text), "for");
        if (list_has(str_from(q->items[i].text), other)) return CONTACT_NONE;
        if (contact_at(q, i) && ends) return contact_at(q, i);
    }
    return CONTACT_NONE;
}

/* "Hannah's email address is Stollen": an address has its "@", a number three digits (112). */
static bool lacks_contact(Contact asked, Str answer) {
    enum { DIGITS_LEAST = 3 };
    size_t digits = 0;
    for (size_t i = 0; i < answer.n; i++) digits += plain_is_digit(answer.p[i]);
    return (asked == CONTACT_MAIL && !str_has(answer, STR("@"))) ||
           (asked == CONTACT_PHONE && digits < DIGITS_LEAST);
}

/* "Who", "to whom", "wem": among the first three words. */
static bool asks_who(const Tokens *q) {
    static const char *const who[] = {"who", "whom", "wer", "wem", "wen", NULL};
    for (size_t i = 0; i < q->n && i < 3; i++) {
        if (list_has(str_from(q->items[i].text), who)) return true;
    }
    return false;
}

/* "What does the club pay for insurance?", but not "what does the club pay for?". */
static bool asks_what_is_paid(const Tokens *q) {
    static const char *const does[] = {"do", "does", "did", NULL};
    static const char *const paid[] = {"pay", "charge", NULL};
    static const char *const open[] = {"for", "with", "in", "by", "to", "at", NULL};
    return q->n > 2 && strcmp(q->items[0].text, "what") == 0 &&
           list_has(str_from(q->items[1].text), does) && has_word(q, paid) &&
           !list_has(str_from(q->items[q->n - 1].text), open);
}

/* The word of asking and the one behind it; the first pair that is known decides. */
static Asked asked_in_english(const Tokens *q) {
    static const char *const what[] = {"what", "which", NULL}, *const how[] = {"how", NULL};
    static const char *const time[] = {"year", "date", "month", "day", "century", "decade", NULL};
    static const char *const share[] = {"percent", "percentage", "number", NULL};
    static const char *const size[] = {"many",  "much", "far",  "tall",
                                       "large", "big",  "high", NULL};
    static const char *const length[] = {"long", "often", "frequently", NULL};
    static const char *const priced[] = {"cost", "costs", NULL};
    if (has_word(q, priced) && list_has(str_from(q->items[0].text), what)) return ASKED_MANY;
    if (asks_what_is_paid(q)) return ASKED_MANY;
    for (size_t i = 0; i < q->n; i++) {
        const char *word = q->items[i].text, *next = i + 1 < q->n ? q->items[i + 1].text : "";
        if (strcmp(word, "why") == 0) return ASKED_WHY;
        if (i < 2 && strcmp(word, "when") == 0) return ASKED_WHEN;
        if (list_has(str_from(word), what) && list_has(str_from(next), time)) return ASKED_WHEN;
        if (list_has(str_from(word), what) && list_has(str_from(next), share)) return ASKED_MANY;
        if (list_has(str_from(word), how) && strcmp(next, "old") == 0) return ASKED_AGE;
        if (list_has(str_from(word), how) && list_has(str_from(next), size)) return ASKED_MANY;
        if (list_has(str_from(word), how) && list_has(str_from(next), length)) return ASKED_LONG;
        bool named = i + 1 < q->n && q->items[i + 1].number; /* "what is door number 7?" */
        if (strcmp(word, "number") == 0 && !named && list_has(str_from(q->items[0].text), what)) {
            return ASKED_MANY;
        }
    }
    return ASKED_OTHER;
}

/* "Wie ist die Telefonnummer von ...?" */
static bool asks_nummer(const Tokens *q) {
    static const char *const what[] = {"wie", "was", "welche", NULL};
    bool any = false;
    for (size_t i = 0; i < q->n; i++) any |= str_ends(str_from(q->items[i].text), STR("nummer"));
    return any && list_has(str_from(q->items[0].text), what);
}

/* The word of asking must be among the first three. */
static Asked asked_in_german(const Tokens *q) {
    static const char *const much[] = {"viel", "viele", "vielen", "hoch", NULL};
    static const char *const length[] = {"lang", "lange", "oft", NULL};
    static const char *const priced[] = {"kostet", "kosten", "kostete", NULL};
    if (strcmp(q->items[0].text, "was") == 0 && has_word(q, priced)) return ASKED_MANY;
    for (size_t i = 0; i < q->n && i < 3; i++) {
        const char *word = q->items[i].text, *next = i + 1 < q->n ? q->items[i + 1].text : "";
        if (strcmp(word, "wann") == 0) return ASKED_WHEN;
        if (strcmp(word, "wieviel") == 0) return ASKED_MANY;
        if (strcmp(word, "wie") == 0 && strcmp(next, "alt") == 0) return ASKED_AGE;
        if (strcmp(word, "wie") == 0 && list_has(str_from(next), much)) return ASKED_MANY;
        if (strcmp(word, "wie") == 0 && list_has(str_from(next), length)) return ASKED_LONG;
    }
    return asks_nummer(q) ? ASKED_MANY : ASKED_OTHER;
}

/* What the words of asking leave open, and what else an amount is of. */
static Asked refine(const Tokens *q, Asked asked) {
    if (asked == ASKED_OTHER && asks_who(q)) return ASKED_WHO;
    if ((asked == ASKED_OTHER || asked == ASKED_MANY) && asks_code(q)) return ASKED_CODE;
    static const char *const many[] = {"many", "viele", "vielen", NULL};
    bool money = asked == ASKED_MANY && speaks_of_price(q) && !has_word(q, many);
    return money ? ASKED_PRICE : asked;
}

/* German by its small words; else English words first, then Chinese characters. */
static Asked asked_for(Str question, const Tokens *q) {
    if (q->n == 0) return ASKED_OTHER; /* the rules look at the first word unasked */
    if (grammar_german(question)) return refine(q, asked_in_german(q));
    Asked english = refine(q, asked_in_english(q));
    return english == ASKED_OTHER ? asked_in_chinese(question) : english;
}

/* A verb comes first where yes or no is wanted, in English and German; German "was" asks what. */
static bool opens_yes_no(Str question, const Tokens *q) {
    static const char *const opens[] = {"is",   "are",  "was",  "were",  "do",    "does",
                                        "did",  "can",  "has",  "have",  "could", "should",
                                        "ist",  "sind", "hat",  "haben", "kann",  "darf",
                                        "muss", "wird", "gibt", "wurde",
                                        "may",  "must", "will", "dürfen", "müssen", "können", NULL};
    if (q->n == 0 || !list_has(str_from(q->items[0].text), opens)) return false;
    return strcmp(q->items[0].text, "was") != 0 || !grammar_german(question);
}

/* A choice that it offers, or yes or no: the answer may stand in the question. */
static bool answers_itself(Str question, const Tokens *q) {
    static const char *const chinese[] = {"吗", "是否", "是不是", "有没有", "还是", "或", NULL};
    static const char *const either[] = {"or", "whether", "oder", NULL};
    return list_in(question, chinese) || has_word(q, either) || opens_yes_no(question, q);
}

/* ---- yes and no ------------------------------------------------------------------------------ */

/* A word of no; in the row of a table also one that says that something is not done. */
static bool denies(Str text, const Tokens *words) {
    static const char *const no[] = {"not",   "no",     "never",  "cannot", "unpaid", "nicht",
                                     "kein",  "keine",  "keinen", "keiner", "nie",    "nein",
                                     "forbidden", "prohibited", "verboten", "untersagt", NULL};
    static const char *const cells[] = {"open", "none", "pending", "offen", "ausstehend", NULL};
    return has_word(words, no) || (doc_has_row(text) && has_word(words, cells)) ||
           str_has(text, STR("n't"));
}

/* Where the question itself has a "not" nothing can be told by counting them. */
bool given_against_quote(Str question, Str answer, Str quote) {
    static const char *const yes[] = {"yes", "ja", NULL};
    Tokens q, a, t;
    read_tokens(question, &q);
    read_tokens(answer, &a);
    read_tokens(quote, &t);
    if (!opens_yes_no(question, &q) || denies(question, &q)) return false;
    bool no = denies(answer, &a);
    if (no) return a.n && list_has(str_from(a.items[0].text), yes);
    return denies(quote, &t);
}

bool given_on_condition(Str question, Str answer, Str quote) {
    static const char *const words[] = {"only", "unless", "except", "provided", "if", "nur",
                                        "außer", "sofern", "ausgenommen", "falls", "wenn",
                                        "consent", "permission", "approval", "zustimmung",
                                        "genehmigung", "einverständnis", "erlaubnis", NULL};
    Tokens q, a, t;
    read_tokens(question, &q);
    read_tokens(answer, &a);
    read_tokens(quote, &t);
    bool lost = has_word(&t, words) && !has_word(&a, words) && !denies(answer, &a);
    return lost && opens_yes_no(question, &q);
}

bool given_wants_yes_no(Str question) {
    Tokens q;
    read_tokens(question, &q);
    return opens_yes_no(question, &q);
}

bool given_wants_time(Str question) {
    Tokens q;
    char plain[PLAIN_MAX];
    read_tokens(question, &q);
    return asked_for(han_fold_into(question, plain, sizeof plain), &q) == ASKED_WHEN;
}

bool given_wants_somebody(Str question) {
    Tokens q;
    read_tokens(question, &q);
    return asked_for(question, &q) == ASKED_WHO;
}

bool given_wants_age(Str question) {
    Tokens q;
    read_tokens(question, &q);
    return asked_for(question, &q) == ASKED_AGE;
}

/* ---- what is given --------------------------------------------------------------------------- */

static const char *const chinese_numbers[] = {"零", "两", "二", "三", "四", "五", "六", "七", "八",
                                              "九", "十", "百", "千", "万", "亿", "半", NULL};

/* In digits or words. "one" counts only in English: "eine" is an article. */
static bool is_number(const Token *token) {
    static const char *const words[] = {
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "half",
        "eleven", "twelve", "dozen", "hundred", "third", "many", "thousand", "million", "billion",
        "zero", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
        "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "zwei",
        "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf",
        "dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn",
        "zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig",
        "hundert", "tausend", "halb", "null", NULL};
    return token->number || list_has(str_from(token->text), chinese_numbers) ||
           list_has(str_from(token->text), words);
}

/* Words that are new to an answer and tell nothing new. */
static bool says_nothing(const Token *token) {
    static const char *const words[] = {
        "的",  "是",   "在",    "了",  "于",   "和",  "与",   "及",   "为",   "一",  "有",   "个",
        "也",  "不",   "这",    "该",  "其",   "就",  "由",   "从",   "而",   "the", "a",    "an",
        "of",  "in",   "on",    "at",  "to",   "is",  "was",  "are",  "were", "be",  "by",   "and",
        "or",  "that", "it",    "its", "for",  "as",  "with", "from", "he",   "she", "they", "this",
        "his", "her",  "their", "did", "does", "has", "have", NULL};
    return list_has(str_from(token->text), words);
}

/* Does the question say it already? */
static bool repeats(const Token *token, const Tokens *question) {
    for (size_t i = 0; i < question->n; i++) {
        if (strcmp(question->items[i].text, token->text) == 0) return true;
    }
    return false;
}

typedef struct Fresh {
    size_t n;
    bool number, one, time, clock;
} Fresh;

static bool is_month(const Token *token) { return calendar_month_whole(str_from(token->text)); }

/* Does a number say when? A year, parts of a date or of a time of day (two numbers in a row), one
   with an ending ("13th", "1330s") or beside a word of time; "14 Mill Lane" does not. */
static bool tells_time(const Tokens *tokens, size_t i) {
    static const char *const beside[] = {
        "am",       "pm",      "o",      "clock",   "uhr",     "day",     "days",      "week",
        "weeks",    "month",   "months", "year",    "years",   "hour",    "hours",     "minute",
        "minutes",  "second",  "seconds", "ms",     "century", "centuries", "decade",  "decades",
        "bc",       "bce",     "ad",     "ce",      "tag",     "tage",    "tagen",     "woche",
        "wochen",   "monat",   "monate", "monaten", "jahr",    "jahre",   "jahren",  "jahrhundert",
        "stunde",   "stunden", "minuten", "werktag", "working", "th",     "st",        "nd",
        "rd",       "s",       "quarter",
        "around",  "about",    "until",   "ago",     "million", "billion", "werktage", NULL};
    assert(i < tokens->n);
    const Token *token = &tokens->items[i];
    bool year = token->number && strlen(token->text) == 4;
    for (size_t k = i ? i - 1 : 1; !year && k <= i + 1 && k < tokens->n; k += 2) {
        const Token *other = &tokens->items[k];
        year = other->number || is_month(other) || list_has(str_from(other->text), beside);
    }
    return year;
}

/* What the answer has that the question has not. */
static Fresh fresh_in(const Tokens *answer, const Tokens *question, bool german) {
    static const char *const time[] = {"年", "月", "日", "纪", "朝", "期", "后", "前", NULL};
    Fresh fresh = {0};
    for (size_t i = 0; i < answer->n; i++) {
        const Token *token = &answer->items[i];
        if (repeats(token, question)) continue;
        bool grammar = german && grammar_word_german(str_from(token->text));
        fresh.n += !grammar && !says_nothing(token);
        fresh.number |= is_number(token);
        fresh.clock |= is_number(token) && tells_time(answer, i);
        fresh.one |= strcmp(token->text, "一") == 0;
        fresh.time |= list_has(str_from(token->text), time);
    }
    return fresh;
}

/* A word that begins with one of them, "Mondays", "jährlich", and that the question has not. */
static bool has_fresh(const Tokens *answer, const Tokens *question, const char *const *stems) {
    for (size_t i = 0; i < answer->n; i++) {
        const Token *token = &answer->items[i];
        Str word = str_from(token->text);
        for (size_t k = 0; stems[k]; k++) {
            if (str_starts(word, str_from(stems[k])) && !repeats(token, question)) return true;
        }
    }
    return false;
}

/* Clauses of time and condition answer a "when" also where the question has the same word. */
static bool names_time(const Tokens *answer, const Tokens *question) {
    static const char *const clauses[] = {
        "when", "whenever", "once", "after", "before", "until", "till", "during", "while", "upon",
        "within", "if", "wenn", "sobald", "nachdem", "bevor", "während", "bis", "solange",
        "nach", "vor", "seit", "binnen", "innerhalb", "falls", NULL};
    static const char *const stems[] = {
        "januar", "februar", "march", "märz", "april", "june", "juni", "july", "juli", "august",
        "septem", "october", "oktober", "novem", "decem", "dezem", "monday", "tuesday",
        "wednesday", "thursday", "friday", "saturday", "sunday", "montag", "dienstag", "mittwoch",
        "donnerstag", "freitag", "samstag", "sonntag", "sonnabend", "weekend", "wochenend", "day",
        "daily", "täglich", "week", "fortnight", "woche", "wöchentlich", "month", "monat",
        "quarter", "quartal", "year", "annual", "jahr", "jährlich", "hour", "stund", "stünd",
        "minute", "century", "decade", "spring", "summer", "autumn", "winter", "frühling",
        "frühjahr", "sommer", "herbst", "morning", "afternoon", "evening", "night", "noon",
        "midnight", "morgen", "mittag", "abend", "nachts", "mitternacht", "today", "tomorrow",
        "yesterday", "heute", "gestern", "christmas", "weihnacht", "easter", "ostern", "semester",
        "immediate", "sofort", "recently", "beginning", "first", "second",
        "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
        "twelfth", "thirteenth", "fourteenth", "fifteenth", "twentieth", "thirtieth", "ersten",
        "zweiten", "dritten", "vierten", "fünften", "zehnten", "fünfzehnten", "letzten",
        "anytime", "jederzeit", "always", "never", NULL};
    static const char *const whole[] = {"may", "mai", "now", "tag", "tage", "tagen", "nie",
                                        "immer", "jetzt", "ende", "anfang", NULL};
    for (size_t i = 0; i < answer->n; i++) {
        const Token *token = &answer->items[i];
        if (list_has(str_from(token->text), whole) && !repeats(token, question)) return true;
    }
    return has_word(answer, clauses) || has_fresh(answer, question, stems);
}

/* An amount without a number. */
static bool names_amount(const Tokens *answer) {
    static const char *const words[] = {
        "once", "twice", "both", "none", "nothing", "single", "several", "double", "triple",
        "free", "no", "unlimited", "zero", "pair", "couple", "einmal", "zweimal", "dreimal",
        "beide", "beiden", "kein", "keine", "keinen", "nichts", "einzige", "einziger", "einziges",
        "einzigen", "mehrere", "kostenlos", "kostenfrei", "gratis", "doppelt", "unbegrenzt",
        NULL};
    return has_word(answer, words);
}

static bool is_year_number(const Token *token) {
    return strlen(token->text) == 4 && (strncmp(token->text, "19", 2) == 0 ||
                                        strncmp(token->text, "20", 2) == 0);
}

/* The last of numbers that follow each other or are a span: "18 bis 21", "7:30". */
static size_t last_of_span(const Tokens *tokens, size_t i) {
    static const char *const to[] = {"to", "bis", "and", "und", "th", "st", "nd", "rd", NULL};
    while (i + 1 < tokens->n) {
        bool joined = i + 2 < tokens->n && list_has(str_from(tokens->items[i + 1].text), to) &&
                      tokens->items[i + 2].number;
        if (!tokens->items[i + 1].number && !joined) break;
        i += joined ? 2 : 1;
    }
    return i;
}

/* Is a number part of a date, of a time of day, or so many days? Then it is no price. */
static bool is_of_time(const Tokens *tokens, size_t i) {
    static const char *const units[] = {
        "uhr",   "clock", "pm",    "day",    "days",    "week",    "weeks",  "month",  "months",
        "year",  "years", "hour",  "hours",  "minute",  "minutes", "tag",    "tage",   "tagen",
        "woche", "wochen", "monat", "monate", "monaten", "jahr",   "jahre",  "jahren", "stunde",
        "stunden", "minuten", "working", "werktage", "o", NULL};
    static const char *const before[] = {"in", "im", "since", "seit", "year", "jahr", NULL};
    size_t last = last_of_span(tokens, i), next = last + 1;
    if (i && is_month(&tokens->items[i - 1])) return true;
    if (is_year_number(&tokens->items[last])) {
        if (last != i) return true;
        if (i && (tokens->items[i - 1].number ||
                  list_has(str_from(tokens->items[i - 1].text), before))) {
            return true;
        }
    }
    static const char *const ordinals[] = {"th", "st", "nd", "rd", NULL};
    if (next < tokens->n && list_has(str_from(tokens->items[next].text), ordinals)) next++;
    return next < tokens->n && (list_has(str_from(tokens->items[next].text), units) ||
                                is_month(&tokens->items[next]));
}

/* A number that the question has not and that is no time; in digits where only they will do. */
static bool gives_number(const Tokens *answer, const Tokens *question, bool digits) {
    for (size_t i = 0; i < answer->n; i++) {
        const Token *token = &answer->items[i];
        bool number = digits ? token->number : is_number(token);
        if (number && !repeats(token, question) && !is_of_time(answer, i)) return true;
    }
    return false;
}

/* Anything that the question has not but numbers: "built in 2014" is nobody. */
static bool gives_somebody(const Tokens *answer, const Tokens *question) {
    static const char *const anybody[] = {"you", "we", "i", "they", "all", "both", "each", "ich",
                                          "wir", "sie", "ihr", "alle", "beide", "niemand",
                                          "jeder", "man", "he", "she", "er", NULL};
    for (size_t i = 0; i < answer->n; i++) {
        const Token *token = &answer->items[i];
        bool idle = says_nothing(token) || grammar_word(str_from(token->text)) ||
                    grammar_word_german(str_from(token->text));
        if (list_has(str_from(token->text), anybody)) return true;
        if (!idle && !token->number && !repeats(token, question)) return true;
    }
    return false;
}

/* A number is an age only beside a word of age, or as a year; or bare, from a cell. */
static bool gives_age(const Tokens *answer, const Fresh *fresh) {
    static const char *const words[] = {"year", "years", "old",    "age",   "aged", "months",
                                        "weeks", "jahr", "jahre",  "jahren", "alt", "alter",
                                        "monate", "wochen", NULL};
    for (size_t i = 0; i < answer->n; i++) {
        const Token *token = &answer->items[i];
        if (!token->number) continue;
        bool before = i && list_has(str_from(token[-1].text), words);
        bool after = i + 1 < answer->n && list_has(str_from(token[1].text), words);
        if (before || after || strlen(token->text) == 4) return true;
    }
    return fresh->number && answer->n == 1;
}

/* Never -1 in English. */
static int gives_reason(Str answer, const Tokens *words, bool chinese) {
    static const char *const in_chinese[] = {"因", "由于", "为了", "以", "故",
                                             "使", "令",   "导致", NULL};
    static const char *const in_english[] = {"because", "due", "since", "order", NULL};
    if (chinese) return list_in(answer, in_chinese) ? 1 : -1;
    return has_word(words, in_english); /* English says it in too many ways to miss it */
}

/* A Chinese date has its characters (年, 月, 日), and a number alone is taken for one. */
static bool gives_time(bool chinese, const Fresh *fresh, const Tokens *answer,
                       const Tokens *question) {
    bool number = chinese || answer->n <= BARE ? fresh->number : fresh->clock;
    return number || fresh->time || names_time(answer, question);
}

/* "Lerchenfeld, den 3. Februar 2026": where and when a letter was written. A heading with a date,
   "2.3.0 - 2026-01-19", or a mail's Date line may well say when: what stands below is of that
   day. */
static bool is_date_line(Str line) {
    bool year = false, number = false;
    size_t comma = str_find(line, STR(", den "), 0);
    Tokens words;
    if (comma == SIZE_MAX || comma == 0 || line.n > DATE_LINE_MAX) return false;
    read_tokens(str_sub(line, 0, comma), &words);
    for (size_t i = 0; i < words.n; i++) number |= words.items[i].number;
    read_tokens(str_sub(line, comma, line.n), &words);
    for (size_t i = 0; i < words.n; i++) year |= is_year_number(&words.items[i]);
    return year && !number && words.n <= 4; /* "den", day, month, year */
}

/* Are all numbers of the answer that the question has not among these? False: it has none. */
static bool holds_numbers(const Tokens *answer, const Tokens *question, const Tokens *text) {
    size_t n = 0;
    for (size_t i = 0; i < answer->n; i++) {
        const Token *token = &answer->items[i];
        if (!token->number || repeats(token, question)) continue;
        if (!repeats(token, text)) return false;
        n++;
    }
    return n > 0;
}

bool given_dated_by_head(Str question, Str answer, Str quote) {
    static const char *const writing[] = {
        "written", "write", "wrote", "sent", "send", "dated", "date", "issued", "signed", "letter",
        "mail", "email", "invoice", "datum", "geschrieben", "verfasst", "ausgestellt", "brief",
        "unterschrieben", "rechnung", "geschickt", "schickte", "schrieb", NULL};
    Tokens q, a, part;
    bool in_head = false;
    read_tokens(question, &q);
    read_tokens(answer, &a);
    if (asked_for(question, &q) != ASKED_WHEN || has_word(&q, writing)) return false;
    for (size_t at = 0; at < quote.n;) {
        Str line = str_line(quote, &at);
        bool head = is_date_line(line);
        read_tokens(line, &part);
        bool holds = holds_numbers(&a, &q, &part);
        if (holds && !head) return false;
        in_head |= holds;
    }
    return in_head;
}

/* What a mail is about is its topic, whatever it answers or forwards: "Subject: AW: Heizung". */
static Str without_subject(Str text) {
    size_t at = str_starts(text, STR("Subject: ")) ? 9 : 0;
    for (size_t colon; at && (colon = str_find(text, STR(": "), at)) != SIZE_MAX;) {
        if (colon > at + 3) break; /* "Re", "AW", "Fwd" */
        at = colon + 2;
    }
    return str_sub(text, at, text.n);
}

int given_what_was_asked(Str question, Str answer) {
    static const char *const separators[] = {"、", "和", "及", "与", "，", "；", NULL};
    static const char *const money[] = {" | ", "£", "€", "$", "EUR", "Euro", "euro", "GBP", "USD",
                                        "CHF", "pound", "cent", "%", "Prozent", NULL};
    Tokens q, a;
    char plain_question[PLAIN_MAX], plain[PLAIN_MAX];
    size_t quote = str_find(answer, STR("\n\n"), 0);
    Str own = quote == SIZE_MAX ? answer : str_sub(answer, 0, quote);
    question = han_fold_into(question, plain_question, sizeof plain_question);
    own = without_subject(han_fold_into(own, plain, sizeof plain));
    read_tokens(question, &q);
    read_tokens(own, &a);
    if (q.n == 0 || a.n == 0) return 0;
    Fresh fresh = fresh_in(&a, &q, grammar_german(question));
    if (fresh.n == 0 && !fresh.number && !fresh.one) return answers_itself(question, &q) ? 0 : -1;
    bool many = fresh.number || fresh.one || names_amount(&a);
    if (given_zh_other_kind(question, own)) return -1;
    if (lacks_contact(asks_contact(question, &q), own)) return -1;
    bool time = gives_time(utf8_has_cjk(question), &fresh, &a, &q) || given_zh_when(question, own);
    switch (asked_for(question, &q)) {
    case ASKED_WHEN: return time ? 1 : -1;
    case ASKED_MANY: return many ? 1 : -1;
    case ASKED_PRICE:
        if (list_in(own, money)) return many ? 1 : -1;
        return gives_number(&a, &q, false) || names_amount(&a) ? 1 : -1;
    case ASKED_CODE: return gives_number(&a, &q, true) ? 1 : -1;
    case ASKED_WHO: return gives_somebody(&a, &q) ? 0 : -1;
    case ASKED_AGE: return gives_age(&a, &fresh) ? 1 : -1;
    case ASKED_LONG: return many || time ? 1 : -1;
    case ASKED_WHY: return gives_reason(own, &a, asked_in_english(&q) == ASKED_OTHER);
    case ASKED_WHICH: return list_in(own, separators) ? 1 : -1;
    default: return 0;
    }
}
