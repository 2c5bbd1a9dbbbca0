/*
 * Until: "how many days until the offer expires?" of a document that says "11 December 2026".
 *
 * No document says how many days are left, and a small model neither knows today nor subtracts
 * dates. So the question is put as the one for its date (understand.c), which search, tables and
 * the rules for a "when" know, and the days are counted here, from what the answer cites:
 *
 *     How many days until the offer expires?   When does the offer expire?
 *     How long is it until the fair?           When is the fair?
 *     Wie viele Tage noch bis zur Messe?       Wann ist die Messe?
 *     Wie lange noch, bis das Angebot abläuft? Wann das Angebot abläuft?
 *     距离年会还有几天                          年会是什么时候？
 *     合同还有多少天到期                        合同什么时候到期？
 *
 * An English clause is told from a name by its verb: one of "is, are, has, must, will ...", a
 * pronoun before it, or a last word of a short list (expires, ends, arrives). A German clause ends
 * with its verb, which is the only last word in small letters.
 *
 * The days are told only where one date is meant: all that is cited says the same full date. Two
 * dates, a range, a day without its year, a span of days beside it ("14 days from"): the answer
 * stands as it is, without a number. Days are those of the calendar, from today's date by the local
 * clock (dated_today).
 *
 * Limits: REST_MAX bytes behind "until"; dates in the forms of dated.c, and 2026年12月11日; weeks and
 * months are not counted.
 */
#include "turn/until.h"

#include <assert.h>

#include "base/lists.h"
#include "base/plain.h"
#include "turn/dated.h"

enum { REST_MAX = 200 };

/* ---- what is asked --------------------------------------------------------------------------- */

static Str behind(Str text, size_t n) { return str_trim(str_sub(text, n, text.n)); }

static Str last_word(Str text) {
    size_t at = text.n;
    while (at && text.p[at - 1] != ' ') at--;
    return str_sub(text, at, text.n);
}

/* A date that the question says itself, "then" and "now" are looked up in no document. */
static bool names_thing(Str rest) {
    static const char *const none[] = {"then", "now", "that", "it", "dahin", "dann", "jetzt",
                                       "heute", "today", NULL};
    return rest.n >= 2 && rest.n <= REST_MAX && !plain_is_digit(rest.p[0]) &&
           !list_has(rest, none) && !until_date(rest) && !str_has(rest, STR("\n"));
}

/* "the offer is due": its verb goes before it. False: it has none of these verbs. */
static bool put_verb_first(Str rest, Buf *when) {
    static const char *const verbs[] = {" is ", " are ", " has to ", " must ", " will ", " can ",
                                        " should ", NULL};
    for (size_t i = 0; verbs[i]; i++) {
        Str verb = str_from(verbs[i]);
        size_t at = str_find(rest, verb, 0);
        if (at == SIZE_MAX) continue;
        bool has = i == 2; /* "does the rent have to be paid" */
        buf_add_c(when, has ? "When does " : "When");
        buf_add_str(when, has ? (Str){"", 0} : str_sub(verb, 0, verb.n - 1));
        if (!has) buf_add_byte(when, ' ');
        buf_add_str(when, str_sub(rest, 0, at));
        buf_add_c(when, has ? " have to " : " ");
        buf_add_str(when, str_sub(rest, at + verb.n, rest.n));
        return true;
    }
    return false;
}

static void ask_english(Str rest, Buf *when) {
    static const char *const people[] = {"i ", "we ", "you ", "they ", NULL};
    static const char *const verbs[] = {"expires", "ends", "starts", "begins", "arrives", "closes",
                                        "opens", "leaves", "departs", "comes", "returns",
                                        "happens", "finishes", "stops", "lapses", NULL};
    Str last = last_word(rest);
    if (put_verb_first(rest, when)) {
        buf_add_byte(when, '?');
    } else if (list_begins(rest, people)) {
        buf_printf(when, "When do %.*s?", (int)rest.n, rest.p);
    } else if (last.n < rest.n && list_has(last, verbs)) {
        size_t cut = str_eq_c(last, "finishes") ? 2 : 1;
        buf_printf(when, "When does %.*s?", (int)(rest.n - cut), rest.p);
    } else {
        buf_printf(when, "When is %.*s?", (int)rest.n, rest.p);
    }
}

static bool read_english(Str text, Buf *when) {
    static const char *const days[] = {"how many more days", "how many days", "how long", NULL};
    static const char *const fillers[] = {
        "are left",    "are there",  "are still left", "do we have", "do i have", "is it", "left",
        "remain",      "to go",      "still",          "will it be", NULL};
    static const char *const until[] = {"until ", "till ", "til ", NULL};
    static const char *const in_days[] = {"in how many days ", NULL};
    size_t n = list_begins(text, in_days);
    if (n && names_thing(behind(text, n))) {
        Str rest = behind(text, n);
        buf_printf(when, "When %.*s?", (int)rest.n, rest.p);
        return true;
    }
    n = list_begins(text, days);
    if (!n) return false;
    for (text = behind(text, n); (n = list_begins(text, fillers)) > 0;) text = behind(text, n);
    n = list_begins(text, until);
    if (!n || !names_thing(behind(text, n))) return false;
    ask_english(behind(text, n), when);
    return true;
}

/* "zur Messe" is a name with its article, "das Angebot abläuft" a clause. */
static void ask_german(Str rest, Buf *when) {
    static const char *const from[] = {"zur ", "zum ", "zu den ", "zu der ", "zu dem ", NULL};
    static const char *const to[] = {"die ", "der ", "die ", "die ", "das "};
    Str last = last_word(rest);
    for (size_t i = 0; from[i]; i++) {
        if (!str_begins(rest, from[i])) continue;
        rest = behind(rest, strlen(from[i]));
        const char *be = i == 2 ? "sind" : "ist";
        buf_printf(when, "Wann %s %s%.*s?", be, to[i], (int)rest.n, rest.p);
        return;
    }
    bool clause = last.n < rest.n && plain_is_small(last.p[0]);
    buf_printf(when, clause ? "Wann %.*s?" : "Wann ist %.*s?", (int)rest.n, rest.p);
}

static bool read_german(Str text, Buf *when) {
    static const char *const days[] = {"wie viele tage", "wieviele tage", "wieviel tage",
                                       "wie lange", NULL};
    static const char *const fillers[] = {"sind es", "ist es", "dauert es", "bleiben", "haben wir",
                                          "habe ich", "noch", "denn", ",", NULL};
    static const char *const in_days[] = {"in wie vielen tagen ", "in wieviel tagen ", NULL};
    size_t n = list_begins(text, in_days);
    if (n && names_thing(behind(text, n))) {
        Str rest = behind(text, n);
        buf_printf(when, "Wann %.*s?", (int)rest.n, rest.p);
        return true;
    }
    n = list_begins(text, days);
    if (!n) return false;
    for (text = behind(text, n); (n = list_begins(text, fillers)) > 0;) text = behind(text, n);
    if (!str_begins(text, "bis ") || !names_thing(behind(text, 4))) return false;
    ask_german(behind(text, 4), when);
    return true;
}

/* A year's leave is counted in days, too, so 假 needs the word for a distance. */
static bool read_chinese(Str question, Str plain, Buf *when) {
    static const char *const marks[] = {"还有多少天", "还有几天", "还剩多少天", "还剩几天", NULL};
    static const char *const away[] = {"距离", "离", "距", NULL};
    static const char *const verbs[] = {"到期", "过期", "截止", "结束", "开始", "举行", "开会",
                                        "出发", "开学", "开业", "考试", "交房", "到账", NULL};
    size_t at = SIZE_MAX, n = 0;
    for (size_t i = 0; marks[i] && at == SIZE_MAX; i++) {
        at = str_find(plain, str_from(marks[i]), 0);
        n = strlen(marks[i]);
    }
    size_t far = list_begins(plain, away);
    if (at == SIZE_MAX || at <= far) return false;
    Str thing = str_sub(question, far, at), rest = str_sub(plain, at + n, plain.n);
    if (str_ends(thing, STR("，"))) thing.n -= 3;
    if (!names_thing(thing) || (!far && str_has(thing, STR("假")))) return false;
    if (rest.n && !list_has(rest, verbs)) return false;
    buf_add_str(when, thing);
    buf_add_c(when, rest.n ? "什么时候" : "是什么时候");
    buf_add_str(when, rest);
    buf_add_c(when, "？");
    return true;
}

bool until_read(Str question, Str plain, Buf *when) {
    static const char *const ends[] = {"?", "？", "。", "!", ".", " ", NULL};
    assert(question.n == plain.n);
    question = list_cut_end(question, ends);
    if (question.n > 2 * REST_MAX) return false;
    return read_english(question, when) || read_german(question, when) ||
           read_chinese(question, str_sub(plain, 0, question.n), when);
}

/* ---- the days -------------------------------------------------------------------------------- */

/* "Offer of 16 November 2026, valid for 14 days": the date is where the days begin. */
static bool lasts(Str text) {
    static const char *const units[] = {" days", " weeks", " months", " years", " Tage", " Wochen",
                                        " Monate", " Jahre", "天", "个月", "日内", "周内", NULL};
    return list_in(text, units);
}

int until_date(Str text) {
    int date = 0;
    if (lasts(text)) return 0;
    return dated_only(text, &date) ? date : 0;
}

int until_days(int from, int to) { return (int)(dated_number(to) - dated_number(from)); }

void until_say_date(TurnLanguage language, int date, Buf *out) {
    _Static_assert((int)TURN_GERMAN == (int)CALENDAR_GERMAN, "languages are counted alike");
    _Static_assert((int)TURN_CHINESE == (int)CALENDAR_CHINESE, "languages are counted alike");
    char text[CALENDAR_TEXT_BYTES];
    buf_add_c(out, calendar_write((CalendarTongue)language, dated_day(date), text));
}

/* Before the date and behind it; %d: the days. */
void until_say(TurnLanguage language, int today, int date, Buf *out) {
    static const char *const words[5][TURN_LANGUAGES][2] = {
        {{"%d days, until ", "."}, {"Noch %d Tage, bis ", "."}, {"还有 %d 天，到", "。"}},
        {{"%d day, until ", "."}, {"Noch %d Tag, bis ", "."}, {"还有 %d 天，到", "。"}},
        {{"That is today, ", "."}, {"Das ist heute, ", "."}, {"就是今天，", "。"}},
        {{"That is over: ", " was %d day ago."}, {"Das ist vorbei: ", " war vor %d Tag."},
         {"已经过去了：", "是 %d 天前。"}},
        {{"That is over: ", " was %d days ago."}, {"Das ist vorbei: ", " war vor %d Tagen."},
         {"已经过去了：", "是 %d 天前。"}}};
    int days = until_days(today, date), left = days < 0 ? -days : days;
    int which = days > 1 ? 0 : days == 1 ? 1 : days == 0 ? 2 : days == -1 ? 3 : 4;
    buf_printf(out, words[which][language][0], left);
    until_say_date(language, date, out);
    buf_printf(out, words[which][language][1], left);
}

/* The one date that everything cited says, and who says it; 0: there is none. A counted answer
   says its cells in its first line, and its row may have other dates. */
static int cited_date(const Turn *turn, int *citation) {
    int only = 0;
    *citation = -1;
    for (size_t i = 0; i < turn->n_sentences; i++) {
        int at = turn->sentences[i].citation;
        if (at < 0) continue;
        Str says = turn->citations[at].quote;
        size_t line = 0;
        if (turn->counted) says = str_line(buf_str(&turn->text), &line);
        int date = until_date(says);
        if (!date || (only && date != only)) return 0;
        only = date;
        *citation = at;
    }
    return only;
}

/* The texts of sentences are views of the buffer, which moves when it grows. */
Status until_add(Turn *turn, int citation, Str sentence, Err *err) {
    assert(citation >= 0 && turn->n_sentences < TURN_SENTENCES_MAX);
    assert(turn->text.n); /* else sentences are passages, and no bytes of the text */
    size_t from = turn->text.n;
    buf_add_c(&turn->text, "\n\n");
    size_t start = turn->text.n;
    buf_add_str(&turn->text, sentence);
    TRY(buf_check(&turn->text, "the answer", err));
    Str all = buf_str(&turn->text);
    turn->sentences[turn->n_sentences++] =
        (TurnSentence){{NULL, 0}, citation, start, turn->text.n};
    for (size_t i = 0; i < turn->n_sentences; i++) {
        TurnSentence *each = &turn->sentences[i];
        each->text = str_sub(all, each->start, each->end);
    }
    turn->answer = str_trim(all);
    turn->n_supported++;
    turn->shown = turn->text.n;
    if (turn->sink.text) turn->sink.text(turn->sink.user, str_sub(all, from, all.n));
    if (turn->sink.mark) turn->sink.mark(turn->sink.user, citation + 1);
    return OK;
}

Status until_tell(Turn *turn, Err *err) {
    int citation, today = dated_today();
    if (!turn->until || !turn->answered || turn->talked || !turn->text.n || !today) return OK;
    if (turn->n_sentences == TURN_SENTENCES_MAX) return OK;
    int date = cited_date(turn, &citation);
    if (!date) return OK;
    Buf words;
    buf_init(&words, 4096);
    until_say(turn_language(turn), today, date, &words);
    Status status = buf_check(&words, "the answer", err);
    if (status == OK) status = until_add(turn, citation, buf_str(&words), err);
    buf_fini(&words);
    return status;
}
