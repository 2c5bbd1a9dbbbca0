/*
 * Fuzzes the rules that hold a question, an answer and a document's words against each other: the
 * first line is the question, the second the answer, the rest the text. Whatever the bytes are,
 * what they find lies inside them, and a day is one of the calendar's.
 */
#include <stdlib.h>

#include "../support/alone.h"
#include "base/utf8.h"
#include "turn/abroad.h"
#include "turn/change.h"
#include "turn/dated.h"
#include "turn/echo.h"
#include "turn/given.h"
#include "turn/given_zh.h"
#include "turn/insist.h"
#include "turn/instead.h"
#include "turn/links.h"
#include "turn/near.h"
#include "turn/parts.h"
#include "turn/refer.h"
#include "turn/said.h"
#include "turn/script.h"
#include "turn/steps.h"
#include "turn/summary.h"
#include "turn/talk.h"
#include "turn/tally.h"
#include "turn/tally_zh_ask.h"
#include "turn/today.h"
#include "turn/told.h"
#include "turn/turn.h"
#include "turn/until.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void inside(Str part, Str whole) {
    if (part.n && (part.p < whole.p || part.p + part.n > whole.p + whole.n)) abort();
}

static void look_at_days(Str question, Str text) {
    Dated day = dated_of(question, text), cell;
    if (dated_order(&day, &day) != 0) abort();
    if (day.month < 0 || day.month > 12 || day.day < 0 || day.day > 31) abort();
    if (dated_cell(text, &cell) && !cell.year) abort();
    (void)dated_year(question);
    int latest = dated_latest(text);
    if (latest && (latest / 100 % 100 > 12 || latest % 100 > 31)) abort();
    if (tally_asks_next(question) && !tally_compares(question)) abort();
    ChangeAsk ask = {question, text, text, change_day(question, text)};
    bool any = change_stands(text);
    if (change_says_old(&ask) && !change_names_both(ask.quote)) abort();
    if (change_makes_old(&ask, text, ask.quoted_on) && !any) abort();
}

/* The only date is the latest one, where dated_latest reads its form, and days go both ways. */
static void look_at_until(Str question, Str text) {
    Buf when;
    buf_init(&when, 1 << 16);
    bool is = until_read(question, question, &when);
    if (is ? !when.n || when.n > question.n + 100 : when.n > 0) abort();
    buf_fini(&when);
    int date = until_date(text), latest = dated_latest(text);
    if (latest && date && date < latest) abort();
    if (!date) return;
    if (until_days(date, date) != 0 || until_days(20261127, date) != -until_days(date, 20261127)) {
        abort();
    }
    buf_init(&when, 256);
    until_say(TURN_GERMAN, 20261127, date, &when);
    if (when.status != OK || !when.n) abort();
    buf_fini(&when);
}

/* Each noun of a question stands in it. */
static void look_at_nouns(Str question) {
    char room[ECHO_WORD_MAX];
    Str word;
    for (size_t nth = 0; echo_next(question, &nth, room, sizeof room, &word);) {
        if (!word.n || word.n >= ECHO_WORD_MAX || !echo_stands(question, word)) abort();
    }
}

/* A head is a line of the text that stands before its row. */
static void look_at_rows(Str text) {
    for (size_t at = 0; at < text.n;) {
        size_t start = at;
        Str row = str_line(text, &at), head = near_head(text, start, start + row.n);
        inside(head, text);
        if (head.n && head.p + head.n > row.p) abort();
    }
}

static void look_at_question(Str question, Str answer, Str text) {
    Insist insist;
    Str parts[INSIST_PARTS] = {text, answer, question, text};
    insist_read(question, &insist);
    for (size_t i = 0; i < insist.n_codes; i++) inside(insist.codes[i], question);
    for (size_t i = 0; i < insist.n_ordinals; i++) inside(insist.ordinals[i], question);
    inside(insist.thing, question);
    (void)insist_fits(&insist, parts);
    (void)insist_other_unit(answer, text);
    (void)insist_same_figure(question, answer, text);
    (void)insist_other_code(question, text);
    (void)given_zh_empty_cell(question, answer, text);
    inside(refer_it(question), question);
    inside(refer_pronoun(question), question);
    inside(refer_instead(question), question);
}

/* At most four words become dates; the rest stays as it is. */
static void look_at_today(Str question) {
    Buf out;
    buf_init(&out, 1 << 16);
    bool put = today_put(question, question, 1795780800, &out);
    if (put ? out.n > question.n + 4 * 16 : out.n > 0) abort();
    buf_fini(&out);
}

/* Months are in their order, and every sign of the question stays where it was. */
static void look_at_table_question(Str question) {
    ZhQuestion q;
    bool ours = false;
    if (question_read(question, &q, &ours, NULL) != OK || !ours) return;
    (void)question_take_op(&q);
    if (q.month < 0 || q.month > 12 || q.until > 12 || q.signs.n > SIGNS_MAX) {
        if (!q.day) abort(); /* the month of a date is compared, and not counted with */
    }
}

/* What a follow-up names, put into the question before: neither is lost beyond its own bytes. */
static void look_at_talk(Str before, Str question) {
    TurnLanguage language = TURN_ENGLISH;
    Buf out;
    inside(instead_meant(question), question);
    inside(instead_named(question), question);
    (void)instead_again(question, &language);
    (void)talk_read(question, &language);
    buf_init(&out, 1 << 16);
    bool put = instead_put(before, question, &out);
    if (put ? out.n > before.n + question.n : out.n > 0) abort();
    buf_fini(&out);
}

static void look_at_work(Str question, Str name) {
    WorkAsked asked;
    bool kind, there;
    TurnWork work = work_read(question, &asked);
    inside(asked.object, question);
    if ((unsigned)work >= WORK_KINDS || (work == WORK_ANSWER && asked.object.n)) abort();
    float share = summary_fits(asked.object, name, &kind, &there);
    if (share > 1 || (share < 0 && share != -1)) abort();
}

/* Parts stand in the question in their order and do not overlap. */
static void look_at_parts(Str question) {
    Str parts[PARTS_MAX];
    size_t n = parts_split(question, parts);
    const char *end = question.p;
    if (n < 1 || n > PARTS_MAX) abort();
    for (size_t i = 0; i < n; i++) {
        inside(parts[i], question);
        if (parts[i].n && parts[i].p < end) abort();
        end = parts[i].p + parts[i].n;
    }
}

/* What is around a link stands in the question, its name in the answer; texts of the arena end with
   it. */
static void look_at_links(Str question, Str answer, Str text) {
    Arena arena;
    Link link;
    LinkPair pair;
    Str answers[] = {answer, text};
    arena_init(&arena, 1 << 20);
    inside(links_name(question, answer), answer);
    if (links_read(&arena, question, &link)) {
        inside(link.before, question);
        inside(link.after, question);
        if (!links_put(&arena, &link, answer).n) abort();
    }
    if (links_pair(&arena, question, &pair)) (void)links_verdict(&arena, &pair, answers);
    arena_fini(&arena);
}

/* Items of a list stand in the text, in their order. */
static void look_at_list(Str text, const Steps *list) {
    if (!list->n || list->n > STEPS_MAX || list->at[list->n] > text.n) abort();
    for (size_t i = 0; i < list->n; i++) {
        if (list->at[i] > list->at[i + 1]) abort();
    }
}

static void look_at_steps(Str question, Str text) {
    Steps list;
    size_t start = text.n / 3, end = text.n / 2;
    (void)steps_asked(question);
    (void)steps_is_about(text, question);
    if (steps_around(text, start, end, &list)) look_at_list(text, &list);
    if (steps_beside(text, start, end, &list)) look_at_list(text, &list);
    if (steps_follow(text, start, end, &list)) look_at_list(text, &list);
}

/* Days that words mean are the calendar's; signs change in their places; who told is cut out of
   the question. */
static void look_at_said(Str question, Str text) {
    Said said;
    Buf out;
    if (said_find(text, 20240229, &said)) {
        inside(said.words, text);
        if (said.from / 100 % 100 > 12 || said.to % 100 > 31) abort();
        (void)said_is_open(&said, 20240229, 20240228);
    }
    int day = said_day(text, text.n / 2, question);
    if (day && said_find(text, day, &said)) inside(said.words, text);
    buf_init(&out, 1 << 16);
    bool cut = told_cut(question, question, &out);
    if (cut ? out.n >= question.n : out.n > 0) abort();
    buf_clear(&out);
    buf_add_str(&out, question);
    size_t n = out.n;
    (void)script_follow(out.p, out.n, out.n / 2, text);
    if (out.n != n || (utf8_valid(question) && !utf8_valid(buf_str(&out)))) abort();
    buf_fini(&out);
}

static void look_at(Str question, Str answer, Str text) {
    look_at_days(question, text);
    look_at_until(question, text);
    look_at_nouns(question);
    look_at_question(question, answer, text);
    look_at_talk(question, answer);
    look_at_today(question);
    look_at_table_question(question);
    look_at_work(question, answer);
    look_at_parts(question);
    look_at_links(question, answer, text);
    look_at_steps(question, text);
    look_at_said(question, text);
    if (abroad_stands(question, answer, TURN_CHINESE) && !utf8_has_cjk(answer)) abort();
    look_at_rows(text);
    int given = given_what_was_asked(question, answer);
    if (given < -1 || given > 1) abort();
    (void)given_against_quote(question, answer, text);
    (void)given_wants_time(question);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    Str all = {(const char *)data, n};
    size_t at = 0;
    if (n > 1 << 14) return 0;
    Str question = alone(str_line(all, &at)), answer = alone(str_line(all, &at));
    Str text = alone(str_sub(all, at < n ? at : n, n));
    look_at(question, answer, text);
    alone_free(question);
    alone_free(answer);
    alone_free(text);
    return 0;
}
