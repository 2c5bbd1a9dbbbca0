/*
 * The body of chat.h.
 *
 * As paragraphs, a conversation would be cut anywhere: a passage would begin in the middle of what
 * somebody says, without the name, and far from the line with the date. As turns it is cut between
 * two of them (chunk.c), and who speaks and when goes along in the context line.
 *
 * A turn begins with a line of one of these forms, and goes on until the next one begins:
 *
 *     Anna: See you tomorrow.                  a name and a colon
 *     [08.05.23, 13:56:12] Anna: See you       ... behind a stamp
 *     5/8/23, 1:56 PM - Anna: See you
 *     00:12:31 Anna: See you
 *     安娜：明天见
 *     Anna 2023-05-08 13:56:12                 a name and a stamp; the words follow
 *     2023-05-08 13:56:12 Anna                 ... or the other way round
 *
 * A stamp is digits and the signs of times and dates, with a time of day in it or in brackets. A
 * name begins with a capital letter or one beyond ASCII (behind a stamp: with any), and has at most
 * NAME_WORDS words and NAME_BYTES bytes.
 *
 * Where the words follow, the next line is none of these: in a log each line is.
 *
 * "Name: words" is also how notes and records are written. A text is a conversation when two names
 * at least come again and speak, one line in LINE_SHARE is of a name that comes again (a speech has
 * many lines), and hardly one of these does not speak. Who speaks has stamps or sentences, as
 * "Phone: 030 12 34" has not. No level of a log is one. What cannot be told from a conversation is
 * read as one: the protocol whose points all are sentences ("Decision: We buy it.").
 *
 * A line that stands alone above a turn and looks like a heading (text.c) is one: of a play, of a
 * protocol, of a list of questions and answers.
 *
 * A line that says a day and nothing else (day.h) is a heading, below which turns stand.
 *
 * Limits: the first LOOK_LINES lines are looked at; of more than NAMES_MAX names the first count.
 */
#include "knowledge/read/chat.h"

#include <assert.h>

#include "base/lists.h"
#include "base/plain.h"
#include "knowledge/read/clean.h"
#include "knowledge/read/day.h"
#include "knowledge/read/read.h"

enum {
    LOOK_LINES = 600,
    NAMES_MAX = 64,
    NAME_BYTES = 40,
    NAME_WORDS = 4,
    STAMP_BYTES = 40,
    TURNS_LEAST = 4,
    LINE_SHARE = 20,    /* lines of names that come again: one of so many, at least */
    SENTENCE_SHARE = 3, /* turns that are sentences or have a stamp: the same, also of one name */
    SILENT_SHARE = 4,   /* turns of names of which that does not hold: one of so many, at most */
    DAY_LEVEL = 5,      /* below the headings of a text */
    AUTHOR_BYTES = 48,  /* as many as the context line takes */
    TURN_BYTES_MAX = 1 << 20
};

/* The first line of a turn. */
typedef struct Opening {
    Str name, stamp, words; /* stamp: "" where it has none */
} Opening;

/* ---- lines ----------------------------------------------------------------------------------- */

/* "13:56" somewhere in it. */
static bool has_time(Str s) {
    for (size_t i = 1; i + 1 < s.n; i++) {
        if (s.p[i] == ':' && plain_is_digit(s.p[i - 1]) && plain_is_digit(s.p[i + 1])) return true;
    }
    return false;
}

static bool is_stamp_sign(Str s, size_t at) {
    char c = s.p[at], low = plain_lower(c);
    bool half = (low == 'a' || low == 'p') && at + 1 < s.n && plain_lower(s.p[at + 1]) == 'm';
    bool m = low == 'm' && at && strchr("apAP", s.p[at - 1]);
    bool t = c == 'T' && at && plain_is_digit(s.p[at - 1]);
    return plain_is_digit(c) || (c && strchr(" .,:/-+", c)) || half || m || t;
}

/* Bytes of the stamp that the line begins with, brackets and what parts it from the name too; 0:
   none. Its own text goes to *stamp. */
static size_t stamp_at(Str line, Str *stamp) {
    bool open = line.n && (line.p[0] == '[' || line.p[0] == '(');
    size_t from = open, at = open;
    while (at < line.n && at < STAMP_BYTES && is_stamp_sign(line, at)) at++;
    if (at == from || !plain_is_digit(line.p[from])) return 0;
    *stamp = str_trim(str_sub(line, from, at));
    bool closed = at < line.n && (line.p[at] == ']' || line.p[at] == ')');
    if (open != closed || (!open && !has_time(*stamp))) return 0;
    at += closed;
    while (at < line.n && (line.p[at] == ' ' || line.p[at] == '-')) at++;
    return at;
}

/* Of a log: "INFO", and "INFO main" where it says which part speaks. */
static bool is_log_level(Str name) {
    static const char *const levels[] = {"info", "warn", "warning", "error", "debug", "trace",
                                         "fatal", "notice", "note", "http", "https", NULL};
    char low[NAME_BYTES];
    size_t n = 0;
    assert(name.n <= NAME_BYTES);
    for (; n < name.n && name.p[n] != ' '; n++) low[n] = plain_lower(name.p[n]);
    return list_has((Str){low, n}, levels);
}

/* May it be somebody's name? `free`: behind a stamp, where any word is. */
static bool is_name(Str s, bool free) {
    if (s.n == 0 || s.n > NAME_BYTES || is_log_level(s)) return false;
    bool begins = (unsigned char)s.p[0] >= 0x80 || plain_is_capital(s.p[0]) ||
                  (free && (plain_is_letter(s.p[0]) || strchr("+~@", s.p[0])));
    size_t words = 1;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == ' ') words++;
        if (strchr(",;!?\"/=<>{}[]|\t", s.p[i])) return false;
    }
    return begins && words <= NAME_WORDS && s.p[s.n - 1] != ' ';
}

/* Where the colon behind a name begins, and its width; SIZE_MAX: there is none that parts. */
static size_t colon_in(Str s, size_t *width) {
    for (size_t at = 0; at < s.n && at <= NAME_BYTES; at++) {
        bool wide = str_starts(str_sub(s, at, s.n), STR("："));
        if (s.p[at] != ':' && !wide) continue;
        *width = wide ? 3 : 1;
        bool parts = wide || at + 1 == s.n || s.p[at + 1] == ' ' || s.p[at + 1] == '\t' ||
                     (unsigned char)s.p[at + 1] >= 0x80;
        return parts ? at : SIZE_MAX;
    }
    return SIZE_MAX;
}

/* "Anna 2023-05-08 13:56:12", and nothing behind it. */
static bool name_before_stamp(Str line, Opening *out) {
    size_t at = 0;
    while (at < line.n && at <= NAME_BYTES && !plain_is_digit(line.p[at])) at++;
    if (at == 0 || at >= line.n || line.n - at > STAMP_BYTES) return false;
    for (size_t i = at; i < line.n; i++) {
        if (!is_stamp_sign(line, i)) return false;
    }
    *out = (Opening){str_trim(str_sub(line, 0, at)), str_sub(line, at, line.n), {"", 0}};
    return has_time(out->stamp) && is_name(out->name, false);
}

/* "2023-05-08 13:56:12 Anna", and nothing behind it. */
static bool name_behind_stamp(Str rest, Str stamp, Opening *out) {
    Day day;
    *out = (Opening){rest, stamp, {"", 0}};
    return has_time(stamp) && day_find(stamp, &day) && is_name(rest, true);
}

static bool opens_turn(Str line, Opening *out) {
    line = str_trim(line);
    Str stamp = {"", 0};
    size_t at = stamp_at(line, &stamp), width = 0;
    Str rest = str_sub(line, at, line.n);
    size_t colon = colon_in(rest, &width);
    if (colon == SIZE_MAX) {
        return at ? name_behind_stamp(rest, stamp, out) : name_before_stamp(line, out);
    }
    *out = (Opening){str_sub(rest, 0, colon), stamp,
                     str_trim(str_sub(rest, colon + width, rest.n))};
    return is_name(out->name, at > 0);
}

/* ---- is it one? ------------------------------------------------------------------------------ */

typedef struct Speaker {
    Str name;
    size_t turns, spoken; /* spoken: with a stamp, or in a sentence */
} Speaker;

typedef struct Speakers {
    Speaker list[NAMES_MAX];
    size_t n, lines; /* lines: all that are not empty */
} Speakers;

static bool is_spoken(const Opening *o) {
    static const char *const ends[] = {".", "!", "?", "。", "！", "？", "…", "~", "～", ":)", ";)",
                                       "-)", ".\"", "!\"", "?\"", ".”", "!”", "?”", ".“", "!“",
                                       "?“", "。”", "！”", "？”", NULL};
    return o->stamp.n || list_ends(o->words, ends);
}

static void count_turn(Speakers *all, const Opening *o) {
    size_t i = 0;
    while (i < all->n && !str_eq(all->list[i].name, o->name)) i++;
    if (i == NAMES_MAX) return;
    if (i == all->n) all->list[all->n++] = (Speaker){.name = o->name};
    all->list[i].turns++;
    all->list[i].spoken += is_spoken(o);
}

/* A name that opens a turn and nothing follows speaks no word. */
static void survey(Str text, Speakers *all) {
    Opening o, last = {.name = {"", 0}};
    *all = (Speakers){.n = 0};
    for (size_t at = 0; at < text.n && all->lines < LOOK_LINES;) {
        Str line = str_line(text, &at);
        if (str_trim(line).n == 0) continue;
        all->lines++;
        bool opens = opens_turn(line, &o);
        if (!opens && last.name.n) count_turn(all, &last);
        last.name.n = 0;
        if (opens && o.words.n) count_turn(all, &o);
        else if (opens) last = o;
    }
}

/* Of a list of records one field may speak ("Note: Call after six."), but the others do not. */
static bool is_chat(const Speakers *all) {
    size_t again = 0, turns = 0, spoken = 0, silent = 0;
    for (size_t i = 0; i < all->n; i++) {
        const Speaker *s = &all->list[i];
        if (s->turns < 2) continue;
        bool speaks = s->spoken * SENTENCE_SHARE >= s->turns;
        again += speaks;
        silent += speaks ? 0 : s->turns;
        turns += s->turns;
        spoken += s->spoken;
    }
    return again >= 2 && turns >= TURNS_LEAST && turns * LINE_SHARE >= all->lines &&
           spoken * SENTENCE_SHARE >= turns && silent * SILENT_SHARE <= turns;
}

bool chat_is(Str text) {
    Speakers all;
    survey(text, &all);
    return is_chat(&all);
}

/* ---- reading --------------------------------------------------------------------------------- */

typedef struct Chat {
    Doc *doc;
    Str rest;         /* of the text, from the line at hand on */
    const char *from; /* of the lines that gather */
    size_t n;         /* their bytes; 0: none do */
    uint32_t line, lines; /* their first, and how many */
    bool opened;      /* the first of them opens a turn */
    bool loose;       /* the block before goes on in a turn */
    bool begun;       /* a turn was there: what follows belongs to one */
    char day[11];     /* the first that is said; "": none was */
    bool days;        /* another one was, too */
} Chat;

/* Is the next line that is not empty a turn's first? */
static bool turn_comes(Str rest) {
    for (size_t at = 0; at < rest.n;) {
        Str line = str_line(rest, &at);
        Opening o;
        if (str_trim(line).n) return opens_turn(line, &o);
    }
    return false;
}

/* A list that somebody says ("1. Milk") has no turn behind each line, and behind its last one has
   another line of it before. */
static int heading_level(const Chat *c, Str *text) {
    Str words = str_trim(*text);
    bool listed = c->loose && words.n && plain_is_digit(words.p[0]);
    return c->opened || listed || !turn_comes(c->rest) ? 0 : read_heading_level(text, c->lines);
}

/* What has gathered is a turn or goes on in one; before the first turn it is a paragraph. */
static Status flush(Chat *c, Err *err) {
    if (!c->n) return OK;
    EmitAt at = {c->begun ? BLOCK_LIST_ITEM : BLOCK_PARAGRAPH, 0, 0, c->line, EMIT_LINES};
    Str text = {c->from, c->n};
    int level = heading_level(c, &text);
    if (level) at.kind = BLOCK_HEADING;
    at.level = level;
    c->loose = c->begun && !c->opened && !level;
    c->n = 0;
    return emit_block(c->doc, at, text, err);
}

static void note_day(Chat *c, const Day *day) {
    if (c->day[0] && strcmp(c->day, day->iso) != 0) c->days = true;
    memcpy(c->day, day->iso, sizeof c->day);
}

static Status take_line(Chat *c, Str line, uint32_t number, Err *err) {
    Opening o;
    Day day;
    bool empty = str_trim(line).n == 0;
    bool opens = !empty && opens_turn(line, &o), is_day = !opens && day_is_line(line, &day);
    bool cut = c->n && (size_t)(line.p - c->from) > TURN_BYTES_MAX;
    if (empty || opens || is_day || cut) TRY(flush(c, err));
    if (empty) return OK;
    if (is_day || (opens && day_find(o.stamp, &day))) note_day(c, &day);
    if (is_day) {
        EmitAt at = {BLOCK_HEADING, DAY_LEVEL, 0, number, EMIT_FLOW};
        return emit_block(c->doc, at, line, err);
    }
    c->begun = c->begun || opens;
    if (!c->n) {
        c->from = line.p;
        c->line = number;
        c->lines = 0;
        c->opened = opens;
    }
    c->lines++;
    c->n = (size_t)(line.p - c->from) + line.n;
    return OK;
}

/* Those who speak more than once, in the order in which they begin, as far as there is room. */
static Status name_speakers(Str text, Doc *doc, Err *err) {
    static const char *const nobody[] = {"Q", "A", "Question", "Answer", "Frage", "Antwort", "问",
                                         "答", "问题", "回答", NULL};
    Speakers all;
    Buf names;
    survey(text, &all);
    buf_init(&names, 4 * AUTHOR_BYTES);
    for (size_t i = 0; i < all.n; i++) {
        Str name = all.list[i].name;
        if (all.list[i].turns < 2 || names.n + name.n + 2 > AUTHOR_BYTES) continue;
        if (list_has(name, nobody)) continue;
        if (names.n) buf_add_c(&names, ", ");
        buf_add_str(&names, name);
    }
    Status status = buf_check(&names, "the speakers of a conversation", err);
    if (status == OK && names.n) status = emit_meta(&doc->author, buf_str(&names), err);
    buf_fini(&names);
    return status;
}

Status read_chat(Str text, Doc *doc, Err *err) {
    Chat c = {.doc = doc};
    uint32_t number = 0;
    TRY(emit_meta(&doc->format, STR("chat"), err));
    TRY(name_speakers(text, doc, err));
    for (size_t at = 0; at < text.n;) {
        c.rest = str_sub(text, at, text.n);
        Str line = str_line(text, &at);
        TRY(take_line(&c, line, ++number, err));
    }
    c.rest = (Str){0};
    TRY(flush(&c, err));
    return c.day[0] && !c.days ? emit_meta(&doc->date, str_from(c.day), err) : OK;
}
