/*
 * Work: tells a summary, a list, a draft and a translation from a question, by words alone.
 *
 * "Summarise the minutes" names a document and not a fact: no sentence of it is nearer to the words
 * than another, and who answers it with one passage has not read the rest. "Write a reply to the
 * customer" wants words that stand nowhere. Both are told by how they begin, which is a closed
 * class: a verb of summing up, or a verb of writing with a kind of text behind it ("write down the
 * password" has none).
 *
 *     summary   summarise X; give me an overview of X; what are the main points of X?
 *               fasse X zusammen; gib mir einen Überblick über X; was sind die Kernpunkte von X?
 *               总结一下X; 把X概括一下; X的主要内容
 *     draft     write a reply to X; reply to X; schreib eine Antwort an X; 写一封回信给X
 *     list      list all deadlines in X; liste alle Termine in X auf; 列出X里的待办事项
 *     translate translate X into German; übersetze X ins Englische; 把X翻译成中文
 *
 * A list is one only of a document that is named; "list the tenants" is asked of all documents.
 *
 * Courtesy in front ("could you please") and what a person wants for himself ("I need") are passed
 * over. A question about such texts stays one: "who wrote the letter?", "写信的人是谁".
 *
 * Limits: the first TEXT_MAX bytes; English, German, Chinese. Who wraps a request in a sentence of
 * his own ("it would be a great help if ...") gets it answered as a question.
 */
#include "turn/work.h"

#include <assert.h>

#include "base/lists.h"
#include "base/utf8.h"

enum { TEXT_MAX = 400, NOUN_WORDS = 8 /* between a verb of writing and the kind of text */ };

/* Each ends where a word ends; what stands in front of another one is longer. */
static const char *const courtesy[] = {
    "please", "could you", "can you", "would you", "will you", "i need you to", "i want you to",
    "i need", "i want", "i would like", "i'd like", "help me to", "help me", "hearth", "now",
    "kindly", "let me have", "bitte", "kannst du", "können sie", "könntest du", "könnten sie",
    "ich brauche", "ich möchte", "ich hätte gern", "mir", "uns", "mal", "jetzt", NULL};

static const char *const summing[] = {
    "summarise", "summarize", "sum up", "recap", "condense", "outline", "tl;dr of", "tl;dr", NULL};
static const char *const giving[] = {
    "give me", "give us", "give", "write me", "write", "show me", "show", "make me", "make",
    "provide", "create", "prepare", "produce", "what are", "what were", "tell me", "list",
    "gib mir", "gib uns", "gib", "geben sie mir", "geben sie", "schreib mir", "schreibe mir",
    "schreib", "schreibe", "schreiben sie", "mach mir", "mach", "erstelle", "erstell",
    "erstellen sie", "was sind", "was waren", "nenne mir", "nenne", "nenn", "nennen sie", NULL};
/* Behind a word of giving, or first of all; with an article and an adjective before it at most. */
static const char *const summaries[] = {
    "summary of", "overview of", "gist of", "outline of", "recap of", "synopsis of", "abstract of",
    "digest of", "key points of", "key points from", "key points in", "main points of",
    "main points from", "main points in", "main ideas of", "key takeaways from",
    "key takeaways of", "takeaways from", "highlights of", "highlights from", "essence of",
    "most important points of", "most important points in", "most important points from",
    "zusammenfassung von", "zusammenfassung des", "zusammenfassung der", "zusammenfassung zu",
    "zusammenfassung", "überblick über", "übersicht über", "kernpunkte von", "kernpunkte des",
    "kernpunkte der", "kernaussagen von", "kernaussagen des", "kernaussagen der",
    "hauptpunkte von", "hauptpunkte des", "hauptpunkte der", "wichtigsten punkte von",
    "wichtigsten punkte des", "wichtigsten punkte der", "wichtigsten punkte aus",
    "wichtigsten punkte im", "wichtigsten punkte in", NULL};
static const char *const little[] = {
    "a",     "an",   "the",  "short", "brief", "quick", "concise", "good",  "some", "me",
    "eine",  "einen", "die", "kurze", "kurzen", "knappe", "knappen", "gute", "mir", "uns", NULL};
static const char *const german_words[] = {
    "zusammen", "zusammenfassung", "zusammenfassen", "überblick", "übersicht", "kernpunkte",
    "kernaussagen", "hauptpunkte", "wichtigsten", "worum", "steht", "schreib", "schreibe",
    "schreiben", "verfasse", "verfass", "verfassen", "entwirf", "entwerfen", "formuliere",
    "formulier", "formulieren", "antworte", "antworten", "beantworte", "liste", "alle", "nenne",
    "übersetze", "übersetz", "übersetzen", NULL};
static const char *const sum_german[] = {"fasse", "fass", "fassen sie", NULL};

/* Verbs of writing, and what is written. */
static const char *const writing[] = {
    "write", "draft", "compose", "prepare", "formulate", "word", "schreib", "schreibe",
    "schreiben sie", "verfasse", "verfass", "verfassen sie", "entwirf", "entwerfen sie",
    "formuliere", "formulier", "formulieren sie", "setz", "setze", "setzen sie", NULL};
static const char *const replying[] = {
    "reply to", "respond to", "answer the letter", "answer the mail", "answer the email",
    "answer the e-mail", "answer the message", "antworte auf", "antworte der", "antworte dem",
    "antworten sie auf", "beantworte den brief", "beantworte die mail", "beantworte die e-mail",
    NULL};
static const char *const texts[] = {
    "reply", "answer", "response", "email", "e-mail", "mail", "letter", "message", "note", "text",
    "sms", "invitation", "reminder", "announcement", "notice", "post", "speech", "memo",
    "complaint", "apology", "cancellation", "objection", "application", "card", "advert",
    "paragraph", "agenda", "antwort", "brief", "nachricht", "einladung", "erinnerung",
    "kündigung", "mahnung", "notiz", "schreiben", "beschwerde", "absage", "zusage", "aushang",
    "entschuldigung", "anschreiben", "widerspruch", "bewerbung", "rede", "karte", "anzeige",
    "ankündigung", "mitteilung", "einspruch", "dankesbrief", "whatsapp", NULL};
static const char *const in_the_end[] = {"schreiben", "verfassen", "entwerfen", "formulieren",
                                         NULL};

/* "List X in Y"; and what is listed though no verb says so ("what are the deadlines in Y"). */
static const char *const listing[] = {
    "list", "extract", "make a list of", "make me a list of", "give me a list of", "give me all",
    "show me all", "name all", "tell me all", "write down all", "what are all", "liste",
    "listen sie", "nenne alle", "nenne mir alle", "nennen sie alle", "gib mir alle",
    "zeig mir alle", "zeige mir alle", "eine liste aller",
    "gib mir eine liste aller", "gib mir eine liste der", "mach mir eine liste aller",
    "mach eine liste aller", "erstelle eine liste aller", "erstelle mir eine liste aller", NULL};
static const char *const what_all[] = {
    "what are the", "what are our", "what are my", "which are the", "give me the", "show me the",
    "find the", "was sind die", "welches sind die", "nenne die", "zeig mir die",
    "gib mir die", NULL};
static const char *const listed[] = {
    "action items", "action points", "deadlines", "due dates", "todos", "to-dos",
    "open tasks", "tasks", "next steps", "decisions", "resolutions", "aufgaben", "termine",
    "fristen", "beschlüsse", "to-do-punkte", "offenen punkte", "nächsten schritte", NULL};
static const char *const within[] = {" in ", " from ", " im ", " aus ", " within ", NULL};
static const char *const of_it[] = {" of ", " des ", " der ", " von ", " vom ", NULL};

static const char *const translating[] = {"translate", "übersetze", "übersetz", "übersetzen sie",
                                          NULL};
static const char *const into[] = {" into ", " to ", " in ", " ins ", " auf ", NULL};
static const char *const languages[] = {
    "english", "german", "chinese", "french", "spanish", "italian", "englisch", "englische",
    "deutsch", "deutsche", "chinesisch", "chinesische", "französisch", "französische", "spanisch",
    "spanische", "italienisch", "italienische", "simple", "plain", "einfaches", NULL};

/* ---- English and German --------------------------------------------------------------------- */

/* Behind blanks and commas. */
static size_t next_word(Str text, size_t at) {
    while (at < text.n && !str_in_word(text.p[at])) at++;
    return at;
}

/* Behind the phrase of the list that stands at `at` and ends with a word; `at`: none does. */
static size_t behind(Str text, size_t at, const char *const *list) {
    Str rest = str_sub(text, at, text.n);
    for (; *list; list++) {
        Str phrase = str_from(*list);
        bool whole = str_starts(rest, phrase) &&
                     (rest.n == phrase.n || !str_in_word(rest.p[phrase.n]));
        if (whole) return next_word(text, at + phrase.n);
    }
    return at;
}

/* As behind, as often as it goes. */
static size_t behind_all(Str text, size_t at, const char *const *list) {
    for (size_t next; (next = behind(text, at, list)) != at;) at = next;
    return at;
}

static size_t word_end(Str text, size_t at) {
    while (at < text.n && (str_in_word(text.p[at]) || text.p[at] == '-')) at++;
    return at;
}

/* Is one of the next words in the list, before the sentence ends? */
static bool soon(Str text, size_t at, const char *const *list) {
    for (int i = 0; i < NOUN_WORDS && at < text.n; i++) {
        size_t end = word_end(text, at);
        if (list_has(str_sub(text, at, end), list)) return true;
        if (end < text.n && memchr(".:;?!\n", text.p[end], 6)) return false;
        at = next_word(text, end);
    }
    return false;
}

/* "... zusammen", "... zusammenfassen" at the end of the first sentence. */
static bool sums_german(Str text, size_t verb, size_t *end) {
    size_t stop = verb;
    while (stop < text.n && !memchr(".?!\n", text.p[stop], 4)) stop++;
    Str sentence = str_trim(str_sub(text, verb, stop));
    static const char *const ends[] = {" zusammenfassen", " zusammen", NULL};
    for (size_t i = 0; ends[i]; i++) {
        if (!str_ends(sentence, str_from(ends[i]))) continue;
        *end = (size_t)(sentence.p - text.p) + sentence.n - strlen(ends[i]);
        return true;
    }
    return false;
}

static const char *const about_ends[] = {" about", NULL};

/* "What is the lease about?", "Worum geht es im Mietvertrag?" */
static bool asks_about(Str low, size_t *from, size_t *to) {
    static const char *const german[] = {"worum geht es in", "worum geht es im", "worum geht's im",
                                         "worum geht's in", "was steht in", "was steht im", NULL};
    static const char *const english[] = {"what is", "what's", "what are", "what was", NULL};
    size_t end = str_cut_end(low, " ?.!").n;
    size_t at = behind(low, 0, german);
    *from = at;
    *to = end;
    if (at) return true;
    *from = behind(low, 0, english);
    if (*from == 0 || !list_ends(str_sub(low, 0, end), about_ends)) return false;
    *to = end - strlen(about_ends[0]);
    return *from < *to;
}

/* A word of a request that no English one has. */
static bool has_german(Str low) {
    for (size_t at = next_word(low, 0), end; at < low.n; at = next_word(low, end)) {
        end = word_end(low, at);
        if (list_has(str_sub(low, at, end), german_words)) return true;
    }
    return false;
}

static TurnWork read_summary(Str text, Str low, size_t start, WorkAsked *out) {
    size_t end = text.n, at = behind(low, start, summing);
    if (at == start) {
        size_t given = behind(low, start, giving);
        size_t noun = behind_all(low, given, little);
        at = behind(low, noun, summaries);
        if (at == noun) at = start;
    }
    if (at == start) {
        size_t german = behind(low, start, sum_german);
        bool polite = start > 0 && german == start; /* "kannst du den Brief zusammenfassen?" */
        if ((german != start || polite) && sums_german(low, german, &end)) at = german;
        else if (!asks_about(low, &at, &end)) return WORK_ANSWER;
        else out->only_named = true;
    }
    if (at >= end) end = text.n;
    out->object = str_sub(text, at < end ? at : end, end);
    return WORK_SUMMARY;
}

/* A question that is no request: "write" begins none. */
static TurnWork read_draft(Str low, size_t start) {
    size_t verb = behind(low, start, writing);
    if (verb != start && soon(low, verb, texts)) return WORK_DRAFT;
    if (behind(low, start, replying) != start) return WORK_DRAFT;
    Str rest = str_cut_end(low, " ?.!");
    bool german = start > 0 && list_ends(rest, in_the_end) && soon(low, start, texts);
    return german ? WORK_DRAFT : WORK_ANSWER;
}

/* "List all deadlines in the letter": the letter. */
static TurnWork read_list(Str text, Str low, size_t start, WorkAsked *out) {
    size_t end = str_cut_end(low, " ?.!").n, from = behind(low, start, listing), object;
    if (str_ends(str_sub(low, 0, end), STR(" auf"))) end -= strlen(" auf");
    if (from == start) {
        size_t what = behind(low, start, what_all);
        from = what == start ? start : behind(low, what, listed);
        Str next = str_sub(low, from - (from > 0), low.n);
        bool then = list_starts(next, within) || list_starts(next, of_it);
        if (from == what || !then) return WORK_ANSWER;
    }
    Str rest = str_sub(low, 0, end);
    size_t least = from > 0 ? from - 1 : 0; /* the blank before "in" */
    if (list_find(rest, least, within, &object) == SIZE_MAX &&
        list_find(rest, least, of_it, &object) == SIZE_MAX) {
        return WORK_ANSWER;
    }
    assert(object <= end); /* it was found in front of it */
    out->object = str_sub(text, object, end);
    out->only_named = true;
    return object < end ? WORK_LIST : WORK_ANSWER;
}

/* Where "into German" begins, the last of them; end: nowhere. */
static size_t into_language(Str low, size_t from, size_t end) {
    size_t found = end, behind_it = end;
    for (size_t at = from; (at = list_find(low, at, into, &behind_it)) < end; at++) {
        Str word = str_sub(low, behind_it, word_end(low, behind_it));
        if (list_has(word, languages)) found = at;
    }
    return found;
}

/* "Übersetze den Brief ins Englische", "kannst du den Brief übersetzen?" */
static TurnWork read_translation(Str text, Str low, size_t start, WorkAsked *out) {
    size_t end = str_cut_end(low, " ?.!").n, from = behind(low, start, translating);
    bool last = start > 0 && str_ends(str_sub(low, 0, end), STR(" übersetzen"));
    if (from == start && !last) return WORK_ANSWER;
    if (last) end -= strlen(" übersetzen");
    size_t to = into_language(low, from, end);
    assert(to <= end && end <= text.n); /* `from` may lie behind them */
    out->object = str_sub(text, from < to ? from : to, to); /* "Translate!" names nothing */
    out->translates = true;
    return WORK_DRAFT;
}

/* ---- Chinese --------------------------------------------------------------------------------- */

static const char *const courtesy_chinese[] = {
    "请你", "请您", "请", "麻烦", "你能", "您能", "能不能", "能否", "可以", "可不可以", "能", "帮我",
    "帮忙", "给我", "替我", "为我", "我想", "我要", "我需要", "你", "您", "，", " ", NULL};
/* Of two characters each. */
static const char *const sum_chinese[] = {"总结", "概括", "归纳", "概述", "简述", "總結", "歸納", NULL};
static const char *const sum_ends[] = {"总结一下", "概括一下", "归纳一下", "总结下", "概括下",
                                       "总结成", "概括成", "總結一下", NULL};
static const char *const sum_nouns[] = {"的摘要", "的总结", "的概要", "的要点", "的小结", NULL};
static const char *const about_chinese[] = {
    "的主要内容", "主要讲了什么", "讲了什么", "主要讲什么", "讲的是什么", "是关于什么", "的大意", NULL};
static const char *const write_chinese[] = {"写", "起草", "草拟", "拟", "撰写", "代写", "寫", NULL};
/* With the word for one of it nothing else can be meant. */
static const char *const write_one[] = {"写一", "写封", "写个", "写份", "写条", "写张", "写篇",
                                        "拟一", "起草", "草拟", "寫一", "寫封", NULL};
/* Whom it is for, or what it is about, in front of the verb. */
static const char *const for_chinese[] = {"给", "向", "就", "针对", "根据", "給", NULL};
static const char *const reply_chinese[] = {"回复", "回一封", "回封", "答复", NULL};
static const char *const texts_chinese[] = {
    "邮件", "信", "回复", "短信", "通知", "公告", "请假条", "邀请", "消息", "微信", "申请", "发言",
    "提醒", "投诉", "函", "贺卡", "便条", "留言", "道歉", "感谢", "郵件", NULL};
static const char *const asks_chinese[] = {"谁", "什么", "多少", "几", "哪", "吗", "何时", "怎么",
                                           "为何", NULL};

/* Where the first of the list stands, *end behind it; SIZE_MAX: none does. */
static size_t find_any(Str text, const char *const *list, size_t *end) {
    for (; *list; list++) {
        size_t at = str_find(text, str_from(*list), 0);
        *end = at == SIZE_MAX ? 0 : at + strlen(*list);
        if (at != SIZE_MAX) return at;
    }
    return SIZE_MAX;
}

static const char *const list_chinese[] = {"列出", "列一下", "列举", "罗列", "找出", "整理出",
                                           "列個", "列个", NULL};
static const char *const within_chinese[] = {"里面的", "里的", "中的", "里面", "里", NULL};
static const char *const translate_chinese[] = {"翻译成", "译成", "翻译为", "翻译一下", "翻译下",
                                                "翻譯成", NULL};

/* "列出会议纪要里的待办事项", "把合同翻译成英文" */
static TurnWork read_chinese_text(Str rest, WorkAsked *out) {
    size_t verb = list_run_at(rest, 0, list_chinese), end, at;
    if (verb) {
        at = find_any(rest, within_chinese, &end);
        if (at == SIZE_MAX || at <= verb) return WORK_ANSWER;
        out->object = str_sub(rest, verb, at);
        out->only_named = true;
        return WORK_LIST;
    }
    static const char *const handles[] = {"把", "将", "：", " ", NULL};
    at = find_any(rest, translate_chinese, &end);
    if (at == SIZE_MAX || list_in(rest, asks_chinese)) return WORK_ANSWER;
    size_t from = list_run_at(rest, 0, handles);
    Str behind_it = str_sub(rest, end, rest.n);
    out->object = at > from ? str_sub(rest, from, at)
                            : str_sub(behind_it, list_run_at(behind_it, 0, handles), behind_it.n);
    out->translates = true;
    return WORK_DRAFT;
}

static TurnWork read_chinese(Str text, WorkAsked *out) {
    static const char *const handles[] = {"一下", "下", "把", "将", "一份", "：", ":", " ", NULL};
    size_t start = list_run_at(text, 0, courtesy_chinese), end;
    Str rest = str_sub(text, start, text.n);
    TurnWork work = read_chinese_text(rest, out);
    if (work != WORK_ANSWER) return work;
    if (list_starts(rest, sum_chinese)) {
        Str what = str_sub(rest, strlen(sum_chinese[0]), rest.n);
        /* "总结会什么时候开" asks about a meeting */
        if (!str_starts(what, STR("一下")) && list_in(what, asks_chinese)) return WORK_ANSWER;
        out->object = str_sub(what, list_run_at(what, 0, handles), what.n);
        return WORK_SUMMARY;
    }
    size_t at = find_any(rest, sum_ends, &end);
    bool gives = list_starts(rest, write_chinese) || list_starts(rest, handles) || start > 0;
    if (at == SIZE_MAX && gives) at = find_any(rest, sum_nouns, &end);
    out->only_named = at == SIZE_MAX;
    if (at == SIZE_MAX) at = find_any(rest, about_chinese, &end);
    if (at != SIZE_MAX) {
        size_t from = list_run_at(rest, 0, handles);
        out->object = str_sub(rest, from < at ? from : 0, at);
        return WORK_SUMMARY;
    }
    out->only_named = false;
    bool text_named = list_in(rest, texts_chinese), asks = list_in(rest, asks_chinese);
    if (list_starts(rest, write_one) && text_named) return WORK_DRAFT;
    bool for_whom = list_starts(rest, for_chinese) && list_in(rest, write_one) && text_named;
    bool draft = for_whom || list_starts(rest, reply_chinese) ||
                 (list_starts(rest, write_chinese) && text_named);
    return draft && !asks ? WORK_DRAFT : WORK_ANSWER;
}

TurnWork work_read(Str text, WorkAsked *out) {
    char small[TEXT_MAX];
    WorkAsked asked = {.object = {"", 0}};
    text = utf8_cut(str_trim(text), TEXT_MAX);
    TurnWork work = WORK_ANSWER;
    if (utf8_has_cjk(text)) work = read_chinese(text, &asked);
    if (work == WORK_ANSWER) {
        Str low = utf8_lower(text, small);
        size_t start = behind_all(low, next_word(low, 0), courtesy);
        work = read_summary(text, low, start, &asked);
        if (work == WORK_ANSWER) asked = (WorkAsked){.object = {"", 0}};
        if (work == WORK_ANSWER) work = read_translation(text, low, start, &asked);
        if (work == WORK_ANSWER) work = read_list(text, low, start, &asked);
        if (work == WORK_ANSWER) asked = (WorkAsked){.object = {"", 0}}; /* what did not fit */
        if (work == WORK_ANSWER) work = read_draft(low, start);
        asked.german = work != WORK_ANSWER && has_german(low);
    }
    if (out) *out = asked;
    return work;
}
