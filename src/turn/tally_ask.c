/*
 * What is asked to be counted: the body of the first half of tally.h.
 *
 * A question becomes words (Chinese: characters). Phrases explain words: those that say what is
 * done (how many, 合计), what is counted (mails), fillers, months and years, and, for mails, what
 * follows "from", "to" and "about" up to the next such word. A question of mails in which a word is
 * left over is none of ours; for tables the left-over words are the table's to explain.
 *
 * "How many mails did I get from Anna about the roof in March 2024?", in the order in which words
 * are explained:
 *
 *     mails                  `mails`      what is counted
 *     how many               `counts`     what is done
 *     march 2024             dates        month 3, year 2024
 *     from anna              take_filter  from: anna; "about" ends the name
 *     about the roof         take_filter  about: roof; "the" says nothing
 *     did, i, get, in        fillers
 *
 * No word is left: it is a count of mails. Of "how many mails are from Anna in Rome?" the word
 * "rome" is left, and the question is none of ours. Of "how many contracts end in 2025?" three
 * words are left (contracts, end, in), and a table may know them (tally_rows.c).
 *
 * Words are compared as they stand, but for the endings of a plural or a case, by beginnings: no
 * list of forms is needed, and "mailing" is no mail. A phrase is looked for from its first word on
 * and explains only words that no other phrase has explained, so the order of the lists counts.
 *
 * Limits: WORDS_MAX words; a longer question is none. WORD_BYTES of a word; what is longer becomes
 * two. English, German, Chinese; lists hold what people were seen to write, and are no grammar.
 */
#include <assert.h>

#include "base/calendar.h"
#include "base/han.h"
#include "base/lists.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "turn/dated.h"
#include "turn/tally.h"

enum { WORDS_MAX = TALLY_WORDS_MAX - 1, WORD_BYTES = 256 };

_Static_assert((int)WORDS_MAX + 1 == (int)TALLY_WORDS_MAX, "one more shows that it is too long");

/* ---- words ----------------------------------------------------------------------------------- */

static void add_low(Str text, Buf *out);

/* In small letters, copied. */
static Status add_word(Arena *arena, Str word, TallyWords *out, Err *err) {
    Buf low;
    assert(out->n < TALLY_WORDS_MAX);
    buf_init(&low, 4 * WORD_BYTES);
    add_low(word, &low);
    Status status = buf_check(&low, "a word", err);
    TallyWord *added = &out->items[out->n];
    *added = (TallyWord){.used = false};
    if (status == OK) status = arena_keep(arena, buf_str(&low), &added->text, "a word", err);
    out->n += status == OK;
    buf_fini(&low);
    return status;
}

/* A run of letters and digits that begins with a letter, a run of digits, or one CJK character. */
Status tally_words(Arena *arena, Str text, TallyWords *out, Err *err) {
    *out = (TallyWords){arena_alloc_n(arena, WORDS_MAX + 1, sizeof *out->items), 0};
    if (!out->items) return err_no_memory(err, "the words of a question");
    for (size_t at = 0, width; at < text.n && out->n <= WORDS_MAX;) {
        size_t from = at;
        uint32_t c = utf8_decode(text, at, &width);
        at += width;
        if (!unicode_in_word(c)) continue;
        bool digit = plain_is_digit((char)(c < 128 ? c : 0)), cjk = unicode_is_cjk(c);
        while (!cjk && at < text.n && at - from < WORD_BYTES) {
            c = utf8_decode(text, at, &width);
            bool other = plain_is_digit((char)(c < 128 ? c : 0)) != digit;
            if (!unicode_in_word(c) || unicode_is_cjk(c) || (other && digit)) break;
            at += width;
        }
        TRY(add_word(arena, str_sub(text, from, at), out, err));
    }
    assert(out->n <= TALLY_WORDS_MAX);
    return OK;
}

/* The same but for the ending of a plural or a case. */
bool tally_same_word(Str a, Str b) {
    static const char *const endings[] = {"s", "es", "e", "n", "en", "er", NULL};
    if (a.n > b.n) {
        Str c = a;
        a = b;
        b = c;
    }
    if (!str_starts(b, a)) return false;
    if (a.n == b.n) return true;
    if (a.n < 3) return false;
    return list_has(str_sub(b, a.n, b.n), endings);
}

/* "month" and "monthly", "Jahr" and "jährlich": a time, and that something is so each such time.
   Beside the endings of tally_same_word: "monthly" is no ending of "month". */
static bool same_period(Str a, Str b) {
    static const char *const periods[][7] = {
        {"hour", "hourly", "stunde", "stündlich", NULL}, {"day", "daily", "tag", "täglich", NULL},
        {"week", "weekly", "woche", "wöchentlich", NULL},
        {"month", "monthly", "monat", "monatlich", "monatliche", NULL},
        {"year", "yearly", "annual", "annually", "jahr", "jährlich", NULL}};
    for (size_t i = 0; i < ARRAY_LEN(periods); i++) {
        if (tally_word_in(a, periods[i]) && tally_word_in(b, periods[i])) return true;
    }
    return false;
}

/* Chosen: "clean" and "cleaning" are one, "count" and "contract" are not. */
bool tally_same_stem(Str a, Str b) {
    enum { STEM_LEAST = 5, ENDING_MAX = 4 };
    size_t n = 0;
    if (tally_same_word(a, b) || same_period(a, b)) return true;
    if ((a.n && plain_is_digit(a.p[0])) || (b.n && plain_is_digit(b.p[0]))) return false;
    while (n < a.n && n < b.n && a.p[n] == b.p[n]) n++;
    return n >= STEM_LEAST && a.n - n <= ENDING_MAX && b.n - n <= ENDING_MAX;
}

bool tally_begins_compound(Str word, Str name) {
    return word.n >= TALLY_PART_LEAST && name.n >= word.n + TALLY_PART_LEAST &&
           str_starts(name, word);
}

/* A letter beyond ASCII may have another case, so such a word is always looked for slowly. */
bool tally_may_have(Str text, Str word) {
    enum { LOOK_BYTES = 3 }; /* words that are the same but for their endings share so much */
    size_t n = word.n < LOOK_BYTES ? word.n : LOOK_BYTES;
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)word.p[i] >= 0x80) return true;
    }
    for (size_t at = 0; at + n <= text.n; at++) {
        size_t k = 0;
        while (k < n && plain_lower(text.p[at + k]) == word.p[k]) k++;
        if (k == n) return true;
    }
    return false;
}

bool tally_word_in(Str word, const char *const *list) {
    for (; *list; list++) {
        if (tally_same_word(word, str_from(*list))) return true;
    }
    return false;
}

/* Word by word, none of them explained by another phrase. */
static bool stands_at(const TallyWords *words, size_t at, const TallyWords *phrase) {
    if (at + phrase->n > words->n) return false;
    for (size_t i = 0; i < phrase->n; i++) {
        const TallyWord *word = &words->items[at + i];
        if (word->used || !tally_same_word(word->text, phrase->items[i].text)) return false;
    }
    return phrase->n > 0;
}

/* Marks the first place where the words of `phrase` follow each other, none of them used, as used;
   endings of plurals do not matter. False: nowhere. */
static bool explain(TallyWords *words, const TallyWords *phrase) {
    for (size_t at = 0; at < words->n; at++) {
        if (!stands_at(words, at, phrase)) continue;
        for (size_t i = 0; i < phrase->n; i++) words->items[at + i].used = true;
        return true;
    }
    return false;
}

static void add_low(Str text, Buf *out) {
    for (size_t at = 0, width; at < text.n; at += width) {
        utf8_add(out, unicode_lower(utf8_decode(text, at, &width)));
    }
}

/* The text is lowered once for all words. */
Status tally_holds(Str text, const TallyWords *wanted, bool *holds, Err *err) {
    Buf low;
    buf_init(&low, 3 * text.n + 64); /* a byte that is no text becomes U+FFFD */
    add_low(text, &low);
    Status status = buf_check(&low, "a text", err);
    *holds = status == OK;
    for (size_t i = 0; i < wanted->n; i++) {
        *holds = *holds && utf8_has_word(buf_str(&low), wanted->items[i].text);
    }
    buf_fini(&low);
    return status;
}

/* Is nothing left that no rule has explained? True for no words. */
static bool all_used(const TallyWords *words) {
    for (size_t i = 0; i < words->n; i++) {
        if (!words->items[i].used) return false;
    }
    return true;
}

/* ---- phrases --------------------------------------------------------------------------------- */

static const char *const counts[] = {"how many", "number of", "wie viele", "wieviele", "anzahl",
                                     "多少", "几封", "几个", "几份", NULL};
static const char *const sums[] = {"sum", "total", "altogether", "together", "add up", "summe",
                                   "gesamtsumme", "gesamtbetrag", "insgesamt", "zusammen", "总和",
                                   "合计", "总额", "总计", "总共", NULL};
static const char *const spent[] = {
    "how much did we spend", "how much did i spend", "how much have we spent",
    "how much have i spent", "how much did we pay",  "how much did i pay",
    "how much have we paid", "how much have i paid", "how much was spent",
    "how much was paid",     "what did we spend",    "what did we pay",      NULL};
static const char *const spent_de[] = {"ausgegeben", "gezahlt", "bezahlt", NULL};
static const char *const much_de[] = {"wie viel haben wir", "wie viel habe ich",
                                      "wieviel haben wir",  "wieviel habe ich",
                                      "wie viel wurde",     NULL};
static const char *const lists[] = {"which", "list", "show", "what", "welche", "liste", "zeige",
                                    "哪些", "哪几封", "列出", NULL};
static const char *const rows[] = {"which", "list", "show", "welche", "liste", "zeige", "哪些",
                                   "列出", NULL};
static const char *const mails[] = {"e mail", "mail", "email", "message", "nachricht", "电子邮件",
                                    "邮件", NULL};
static const char *const fillers[] = {
    "of",   "my",  "the",  "a",     "all",   "are",  "is",    "were",   "was",     "do",
    "does", "did", "i",    "have",  "got",   "get",  "there", "in",     "inbox",   "any",
    "sent", "received", "receive", "me", "please", "for", "and", "with", "that", "these", "this",
    "what", "year", "jahr", "jahre",
    "how",  "much", "it",  "to me", "up",    "come", "meine", "mein",  "der",     "die",
    "das",  "den", "dem", "des",   "sind",  "ist",  "war",   "waren",  "ich",     "habe",
    "hat",  "haben", "bekommen", "erhalten", "es", "gibt", "im", "postfach", "mir", "alle",
    "bitte", "und", "von", "wie", "hoch", "was", "aller", "am", "für", "zu", "viel", NULL};
static const char fillers_zh[] = "的是有我在里中请一共收到过了吗封些个份条和所这些全部内月年";
_Static_assert((sizeof fillers_zh - 1) % 3 == 0, "three bytes each, so that none is found in two");

/* Does one of the phrases, blank-separated words each, explain something? */
Status tally_explain_any(Arena *arena, TallyWords *words, const char *const *list, bool *any,
                         Err *err) {
    *any = false;
    for (size_t i = 0; list[i]; i++) {
        TallyWords phrase;
        TRY(tally_words(arena, str_from(list[i]), &phrase, err));
        while (explain(words, &phrase)) *any = true;
    }
    return OK;
}

/* Of Chinese a single character of three bytes. */
static bool is_filler(Str word) {
    bool wide = word.n >= 3 && (unsigned char)word.p[0] >= 0xE0;
    return tally_word_in(word, fillers) ||
           (wide && str_has(STR(fillers_zh), word));
}

void tally_explain_fillers(TallyWords *words) {
    for (size_t i = 0; i < words->n; i++) {
        words->items[i].used = words->items[i].used || is_filler(words->items[i].text);
    }
}

/* ---- dates ----------------------------------------------------------------------------------- */

/* 0: it is none, or out of bounds. */
static int number_of(Str word, int least, int most) {
    int64_t n = 0;
    return num_parse_int(word, least, most, "n", "", &n, NULL) == OK ? (int)n : 0;
}

static bool is_word(const TallyWords *words, size_t at, const char *text) {
    return at < words->n && str_eq_c(words->items[at].text, text);
}

/* n words from `from` on are explained. */
static void use(TallyWords *words, size_t from, size_t n) {
    assert(from + n <= words->n);
    for (size_t i = 0; i < n; i++) words->items[from + i].used = true;
}

/* A month by name or as 3月, 十一月, and a year. "may" alone is a verb. */
static void explain_dates(TallyAsk *ask) {
    TallyWords *w = &ask->words;
    for (size_t i = 0; i < w->n; i++) {
        Str word = w->items[i].text;
        bool moon = is_word(w, i + 1, "月");
        int year = number_of(word, DATED_YEAR_LEAST, DATED_YEAR_MOST);
        int month = moon ? number_of(word, 1, 12) : 0;
        if (w->items[i].used) continue;
        if (moon && !month && han_number(word, &month) != word.n) month = 0;
        if (!month && !moon) month = calendar_month(word);
        bool verb = str_eq_c(word, "may") && !(i && is_word(w, i - 1, "in"));
        if (moon && i && is_word(w, i - 1, "十") && month) month += 10; /* 十一月, 十二月 */
        if (year && !ask->year) {
            ask->year = year;
            use(w, i, is_word(w, i + 1, "年") ? 2 : 1);
        } else if (month >= 1 && month <= 12 && !verb && !ask->month) {
            bool ten = moon && i && is_word(w, i - 1, "十");
            ask->month = month;
            use(w, i - ten, 1 + moon + ten);
        }
    }
    assert(ask->month >= 0 && ask->month <= 12);
    assert(!ask->year || (ask->year >= DATED_YEAR_LEAST && ask->year <= DATED_YEAR_MOST));
}

/* ---- who, and about what --------------------------------------------------------------------- */

/* The words from `from` up to one that is explained, or that does not belong to them. Small words
   in between go with what a mail is about, and end a name. */
static Status take_words(TallyAsk *ask, Arena *arena, size_t from, TallyWords *out, Err *err) {
    static const char *const stops[] = {
        "from", "by",  "von",  "to",  "an",   "about",   "regarding", "concerning", "über", "zum",
        "来",   "关",  "发",   "的",  "在",   "in",      "im",        "say",        "said", "tell",
        "told", "ask", "want", "wrote", "write", "mention", "contain", "sagt", "schreibt", "steht",
        "说",   "写", NULL};
    TallyWords *w = &ask->words;
    const bool about = out == &ask->about;
    size_t n = 0;
    assert(from <= w->n && out->n == 0); /* each filter is taken once */
    out->items = arena_alloc_n(arena, w->n + 1, sizeof *out->items);
    if (!out->items) return err_no_memory(err, "the words of a question");
    for (size_t i = from; i < w->n && !w->items[i].used; i++) {
        if (tally_word_in(w->items[i].text, stops)) break;
        if ((n == 0 || about) && is_filler(w->items[i].text)) {
            w->items[i].used = true;
            continue;
        }
        if (is_filler(w->items[i].text)) break;
        out->items[n++] = w->items[i];
        w->items[i].used = true;
    }
    out->n = n;
    return OK;
}

/* What stands behind "from", "to" or "about" at `at`; each is asked for once. */
static Status take_filter(TallyAsk *ask, Arena *arena, size_t at, Err *err) {
    static const struct {
        const char *words[2];
        int who; /* 0 from, 1 to, 2 about */
    } filters[] = {{{"from", NULL}, 0}, {{"by", NULL}, 0}, {{"von", NULL}, 0}, {{"来", "自"}, 0},
                   {{"to", NULL}, 1}, {{"an", NULL}, 1}, {{"发", "给"}, 1}, {{"about", NULL}, 2},
                   {{"regarding", NULL}, 2}, {{"concerning", NULL}, 2}, {{"concern", NULL}, 2},
                   {{"über", NULL}, 2},
                   {{"关", "于"}, 2}, {{"zum", "thema"}, 2}};
    TallyWords *lists_of[] = {&ask->from, &ask->to, &ask->about};
    for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
        const char *second = filters[i].words[1];
        assert(filters[i].who >= 0 && (size_t)filters[i].who < ARRAY_LEN(lists_of));
        TallyWords *to = lists_of[filters[i].who];
        if (to->n || !is_word(&ask->words, at, filters[i].words[0])) continue;
        if (second && !is_word(&ask->words, at + 1, second)) continue;
        TRY(take_words(ask, arena, at + 1 + (second != NULL), to, err));
        if (to->n) use(&ask->words, at, 1 + (second != NULL));
        return OK;
    }
    return OK;
}

/* 王伟发来的邮件, "did Karl send": who stands before it. */
static Status take_sender_before(TallyAsk *ask, Arena *arena, Err *err) {
    TallyWords *w = &ask->words;
    for (size_t i = 1; i < w->n; i++) {
        bool sends = is_word(w, i, "发") || is_word(w, i, "send") || is_word(w, i, "geschickt");
        if (!sends || w->items[i].used || ask->from.n) continue;
        size_t from = i;
        while (from && !w->items[from - 1].used && !is_filler(w->items[from - 1].text)) from--;
        if (from == i) continue;
        w->items[i].used = true;
        TRY(take_words(ask, arena, from, &ask->from, err));
        if (is_word(w, i + 1, "来") || is_word(w, i + 1, "送")) w->items[i + 1].used = true;
    }
    return OK;
}

/* "Which mails are there?" filters nothing and is none of ours; "how many" is. */
static Status ask_mails(TallyAsk *ask, Arena *arena, bool many, Err *err) {
    for (size_t i = 0; i < ask->words.n; i++) {
        if (!ask->words.items[i].used) TRY(take_filter(ask, arena, i, err));
    }
    TRY(take_sender_before(ask, arena, err));
    tally_explain_fillers(&ask->words);
    bool filtered = ask->from.n || ask->to.n || ask->about.n || ask->year || ask->month;
    if (all_used(&ask->words) && (many || filtered)) {
        ask->kind = many ? TALLY_COUNT : TALLY_LIST;
    }
    return OK;
}

/* "How much did we pay for clay": what we paid is a sum, whatever the table is called. */
static Status ask_spent(TallyAsk *ask, Arena *arena, Err *err) {
    bool much = false;
    TRY(tally_explain_any(arena, &ask->words, spent, &ask->spent, err));
    if (!ask->spent) TRY(tally_explain_any(arena, &ask->words, much_de, &much, err));
    if (much) TRY(tally_explain_any(arena, &ask->words, spent_de, &ask->spent, err));
    return OK;
}

/* "Who has not paid", "what's left on my list": rows, though nobody says "which". */
static Status ask_states(TallyAsk *ask, Arena *arena, bool *list, Err *err) {
    static const char *const people[] = {"who", "wer", NULL};
    static const char *const things[] = {"what s", "what", "was", NULL};
    bool what = false;
    TRY(tally_explain_any(arena, &ask->words, people, &ask->who, err));
    if (!ask->who) TRY(tally_explain_any(arena, &ask->words, things, &what, err));
    *list = *list || ask->who || what;
    return OK;
}

/* Phrases explain words in this order: what is counted, what is done, when, then who and what. */
Status tally_ask(Arena *arena, Str question, TallyAsk *out, Err *err) {
    bool many, list = false, sum;
    *out = (TallyAsk){.kind = TALLY_NONE};
    TRY(tally_words(arena, question, &out->words, err));
    if (out->words.n > WORDS_MAX || out->words.n < 2) return OK;
    TRY(tally_explain_any(arena, &out->words, mails, &out->mails, err));
    if (!out->mails) TRY(ask_spent(out, arena, err));
    TRY(tally_explain_any(arena, &out->words, counts, &many, err));
    if (!out->mails) {
        TRY(tally_explain_any(arena, &out->words, sums, &sum, err));
        sum = sum || out->spent;
        if (!many && !sum) TRY(tally_explain_any(arena, &out->words, rows, &list, err));
        out->by_state = !sum && tally_state_asked(&out->words);
        if (!many && out->by_state) TRY(ask_states(out, arena, &list, err));
        if (!many && !sum && !list) return OK;
        explain_dates(out);
        out->kind = sum ? TALLY_SUM : many ? TALLY_COUNT : TALLY_LIST;
        return OK;
    }
    TRY(tally_explain_any(arena, &out->words, lists, &list, err));
    explain_dates(out);
    return ask_mails(out, arena, many, err);
}
