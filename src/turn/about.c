/*
 * About: does a document speak of the person whom the question names, and of the year and the type?
 *
 * "What is the salary of Qin Lang?" finds the contract of somebody else, which says what a salary
 * is, and no word of the sentence that a model makes of it is wrong but the name. So what is cited
 * for a question that names people must stand in a document that names at least one of them: in
 * its text, its title or its path. Who is a person is told by the gate's tagger (gate/names), from
 * the question alone; a find that is not as good as certain asks for nothing. The tagger knows
 * English and Chinese: in German, whose nouns all have capitals, it takes some of them for people,
 * so German questions ask for nothing.
 *
 * A document names a person by the whole name, by one word of a Latin one ("Rosalind", "Ms
 * Hathersage"), by the given name of a Chinese one when it has two characters, or by the surname
 * with a title (周经理, 小周). Where name and document are in different scripts nothing can be told, and
 * the document passes.
 *
 * Nor does a document that names years, and not the one that the question asks for ("in 2027"),
 * speak of it. One without any year passes, and so does one that gives a span of years around it.
 *
 * What else a Chinese question insists on (a year, a type, the third lecture) is told by insist.c.
 *
 * Nor is a Chinese question answered by a document that never says what the question begins with,
 * while the best passage does.
 *
 * A follow-up that names nobody is about whom the question that it leans on names.
 *
 * Limits: PEOPLE_MAX people, TEXT_MAX bytes of a document; what is longer passes.
 */
#include <assert.h>

#include "base/calendar.h"
#include "base/han.h"
#include "base/lists.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "knowledge/subject.h"
#include "turn/dated.h"
#include "turn/insist.h"
#include "turn/tally.h"

enum { PEOPLE_MAX = 8, TEXT_MAX = 4 << 20, QUESTION_MAX = 2000, LATIN_LEAST = 3,
       LEAD_BYTES = 6, OWNER_LEAST = 9, OWNER_MAX = 36 /* bytes: 3 to 12 characters */ };
static const float CERTAIN = 0.75f; /* of the tagger; chosen: a wrong name costs an answer */

struct TurnAbout {
    Str people[PEOPLE_MAX];
    size_t n;
    int year;     /* that the question names; 0: none, or several */
    Insist insist;
    Str lead;     /* what a Chinese question begins with, if the best passage has it; else empty:
                     whose thing is asked for, or two characters of the subject */
    int64_t file; /* the last document that was looked through, and what came of it */
    bool fits, any; /* any: one was looked through; fits is what came of it */
};

/* ---- which year ------------------------------------------------------------------------------ */

/* Reads four digits at `at` that stand alone; 0: no year (dated.h). */
static int year_at(Str text, size_t at) {
    int year = 0;
    if (at + 4 > text.n || (at && (plain_is_alnum(text.p[at - 1])))) return 0;
    for (size_t i = 0; i < 4; i++) {
        if (!plain_is_digit(text.p[at + i])) return 0;
        year = year * 10 + (text.p[at + i] - '0');
    }
    bool more = at + 4 < text.n && plain_is_alnum(text.p[at + 4]);
    return more || year < DATED_YEAR_LEAST || year > DATED_YEAR_MOST ? 0 : year;
}

/* Behind "in", "of" or the name of a month it is a year, behind a sign of money none. */
static bool begins_year(Str text, size_t at) {
    static const char *const before[] = {
        "in", "of",   "for",  "since", "until", "year", "from",   "during", "im",  "jahr",
        "by", "seit", "bis",  "vom",   "ab",    "summer", "sommer", "winter", "war", "was", "am",
        NULL};
    size_t end = at, from;
    char low[16] = "";
    while (end && text.p[end - 1] == ' ') end--;
    for (from = end; from && plain_is_letter(text.p[from - 1]); from--) continue;
    for (size_t i = from; i < end && i - from + 1 < sizeof low; i++) {
        low[i - from] = plain_lower(text.p[i]);
    }
    if (list_has(str_from(low), before)) return true;
    size_t rest = at + 4;
    while (rest < text.n && memchr(" ?.!", text.p[rest], 4)) rest++;
    return *low && (rest == text.n || calendar_month(str_from(low)));
}

/* The only year that a question names, said as one; 0: none, or several, which are a choice. */
static int year_asked(Str question) {
    int found = 0;
    for (size_t at = 0; at < question.n; at++) {
        int year = year_at(question, at);
        if (!year) continue;
        if (found || !begins_year(question, at)) return 0;
        found = year;
    }
    return found;
}

/* "2019-2023", "2019 bis 2023": two years with little between them. */
static bool spans(Str text, size_t at, int from, int year) {
    for (size_t next = at + 4; next < text.n && next < at + 12; next++) {
        int to = year_at(text, next);
        if (to && from <= year && year <= to) return true;
    }
    return false;
}

/* "01.02.24" */
static bool short_year(Str text, size_t at, int year) {
    bool digits = at && at + 2 <= text.n && memchr("./-", text.p[at - 1], 3) &&
                  plain_is_digit(text.p[at]) && plain_is_digit(text.p[at + 1]);
    bool more = at + 2 < text.n && plain_is_alnum(text.p[at + 2]);
    return digits && !more && (text.p[at] - '0') * 10 + text.p[at + 1] - '0' == year % 100;
}

typedef enum YearSaid { YEAR_NONE, YEAR_OTHERS, YEAR_SAID } YearSaid;

/* Does a text say the year, other ones only, or none? "2019-2023" says all between. */
static YearSaid year_said(Str text, int year) {
    YearSaid said = YEAR_NONE;
    assert(year >= DATED_YEAR_LEAST && year <= DATED_YEAR_MOST);
    for (size_t at = 0; at < text.n; at++) {
        if (!plain_is_digit(text.p[at])) continue;
        int other = year_at(text, at);
        if (other == year || short_year(text, at, year)) return YEAR_SAID;
        if (other && spans(text, at, other, year)) return YEAR_SAID;
        if (other) said = YEAR_OTHERS;
    }
    return said;
}

/* No only where other years stand and this one nowhere: most texts say no year at all. */
static bool year_fits(const SearchHit *hit, Str all, int year) {
    if (!year) return true;
    bool said = year_said(hit->path, year) == YEAR_SAID ||
                year_said(str_from(hit->title), year) == YEAR_SAID ||
                year_said(str_from(hit->context), year) == YEAR_SAID;
    return said || year_said(all, year) != YEAR_OTHERS;
}

/* What a document is known by: `text`, folded, and its names. */
static void parts_of(Turn *turn, const SearchHit *hit, Str text, Str parts[INSIST_PARTS]) {
    parts[0] = text;
    parts[1] = turn_plain(turn, hit->path);
    parts[2] = turn_plain(turn, str_from(hit->title));
    parts[3] = turn_plain(turn, str_from(hit->context));
    _Static_assert((int)INSIST_PARTS == 4, "all are filled");
}

static bool has_lead(const Str parts[INSIST_PARTS], Str lead) {
    for (size_t i = 0; i < INSIST_PARTS; i++) {
        if (str_has(parts[i], lead)) return true;
    }
    return false;
}

/* ---- who ------------------------------------------------------------------------------------- */

/* Adds the people that a text surely names, copied; what is longer than QUESTION_MAX names nobody.
   The turn's scanner is made by the first text: a conversation's history may hold many. */
static Status find_people(Turn *turn, Str text, TurnAbout *out, Err *err) {
    const ScanSpan *spans;
    size_t n;
    if (!text.n || text.n > QUESTION_MAX) return OK;
    if (!turn->scanner) TRY(gate_scanner_new(&turn->scanner, err));
    TRY(gate_scan(turn->scanner, text, &spans, &n, err));
    for (size_t i = 0; i < n && out->n < PEOPLE_MAX; i++) {
        assert(spans[i].start < spans[i].end && spans[i].end <= text.n);
        if (spans[i].type != SCAN_PERSON || spans[i].score < CERTAIN) continue;
        Str name = str_trim(str_sub(text, spans[i].start, spans[i].end));
        char *copy = arena_dup(&turn->arena, name.p, name.n);
        if (!copy) return err_no_memory(err, "the names of a question");
        out->people[out->n++] = (Str){copy, name.n};
    }
    return OK;
}

/* Two different people are nobody: who "he" is cannot be told then. */
Status about_person(Turn *turn, Str text, Str *out, Err *err) {
    TurnAbout found = {.n = 0};
    *out = (Str){"", 0};
    TRY(find_people(turn, text, &found, err));
    for (size_t i = 1; i < found.n; i++) {
        if (!str_eq(found.people[i], found.people[0])) return OK;
    }
    if (found.n) *out = found.people[0];
    return OK;
}

/* "中国有赞的总部": all of what stands before the first 的, where the best passage has it as it is;
   two characters of it would be in any document about China. Not what points at somebody
   ("我们公司"). */
static Str owner_of(Str question) {
    static const char *const pronouns[] = {"我", "你", "您", "他", "她", "它", "咱", "这", "那", "本",
                                           "该", "其", "哪", "谁", "什么", NULL};
    size_t end = str_find(question, STR("的"), 0);
    bool named = end != SIZE_MAX && end >= OWNER_LEAST && end <= OWNER_MAX;
    return named && !list_starts(question, pronouns) ? str_sub(question, 0, end) : (Str){"", 0};
}

/* "空调保修几年": the best passage speaks of the 空调, so a document that never does tells of another
   warranty. The first two characters of the subject, since 洗碗 is in 洗碗机; none of a follow-up, which
   leans on another question. */
static Str lead_of(Turn *turn, Str question) {
    Str subject = subject_of(question);
    if (turn->topic.n || subject.n < LEAD_BYTES || turn->found.n < 2) return (Str){"", 0};
    Str lead = str_sub(subject, 0, LEAD_BYTES), owner = owner_of(question), parts[INSIST_PARTS];
    parts_of(turn, &turn->found.hits[0], turn_plain(turn, turn->found.hits[0].text), parts);
    if (owner.n && has_lead(parts, owner)) return owner;
    return utf8_valid(lead) && has_lead(parts, lead) ? lead : (Str){"", 0};
}

/* Whom the question names is found once. */
static Status people_of(Turn *turn, TurnAbout **out, Err *err) {
    *out = turn->about;
    if (turn->about) return OK;
    TurnAbout *about = arena_zalloc(&turn->arena, sizeof *about);
    if (!about) return err_no_memory(err, "the names of a question");
    if (!turn->german) {
        TRY(find_people(turn, turn->question, about, err));
        bool leans = turn->question.n <= QUESTION_MAX && !about->n;
        if (leans) TRY(find_people(turn, turn->topic, about, err));
    }
    if (turn->question.n <= QUESTION_MAX && !turn->chinese) {
        about->year = year_asked(turn->question);
    }
    if (turn->chinese && turn->question.n <= QUESTION_MAX) {
        Str plain = turn_plain(turn, turn->question);
        insist_read(plain, &about->insist);
        about->lead = lead_of(turn, plain);
        for (size_t i = 0; i < about->n; i++) {
            about->people[i] = turn_plain(turn, about->people[i]);
        }
    }
    *out = turn->about = about;
    return OK;
}

/* ---- does a text name them? ------------------------------------------------------------------ */

/* Words of a name that name nobody; small letters. */
static bool is_title(Str word) {
    static const char *const titles[] = {"mr",   "mrs", "ms",   "miss", "dr",  "prof",
                                         "herr", "frau", "sir", "von",  "van", "the", NULL};
    return list_has(word, titles);
}

/* In any case of ASCII letters; the word's end is not looked at: "Berg" is in "Bergs". */
static bool starts_alike(Str text, size_t at, Str word) {
    if (at + word.n > text.n) return false;
    for (size_t i = 0; i < word.n; i++) {
        if (plain_lower(text.p[at + i]) != plain_lower(word.p[i])) return false;
    }
    return true;
}

/* As a whole word, in any case of ASCII letters. */
static bool names_word(Str text, Str word) {
    for (size_t at = 0; at + word.n <= text.n; at++) {
        bool inside = at && plain_is_alnum(text.p[at - 1]);
        if (!inside && starts_alike(text, at, word)) return true;
    }
    return false;
}

/* One word of it, a title aside. */
static bool names_latin(Str text, Str name) {
    bool any = false;
    for (size_t at = 0; at < name.n;) {
        size_t end = at;
        while (end < name.n && (plain_is_alnum(name.p[end]) || name.p[end] == '-' ||
                                (unsigned char)name.p[end] >= 0x80)) {
            end++;
        }
        Str word = str_sub(name, at, end);
        char low[16] = "";
        for (size_t i = 0; i < word.n && i + 1 < sizeof low; i++) low[i] = plain_lower(word.p[i]);
        bool counts = word.n >= LATIN_LEAST && !is_title((Str){low, strlen(low)});
        if (counts && names_word(text, word)) return true;
        any = any || counts;
        at = end + 1;
    }
    return !any; /* nothing to look for */
}

/* The surname between a word that says who somebody is and nothing else: 周经理, 小周. */
static bool names_by_title(Str text, Str surname) {
    static const char *const behind[] = {"先生", "女士", "小姐", "经理", "总", "工", "主任", "老师",
                                         "医生", "教授", "律师", "师傅", "处", "局", "院", "太太", NULL};
    static const char *const before[] = {"小", "老", "阿", NULL};
    for (size_t at = 0; (at = str_find(text, surname, at)) != SIZE_MAX; at++) {
        Str rest = str_sub(text, at + surname.n, text.n), lead = str_sub(text, 0, at);
        if (list_starts(rest, behind) || list_ends(lead, before)) return true;
    }
    return false;
}

/* The whole name; of three characters the last two; the surname with a title. */
static bool names_chinese(Str text, Str name) {
    size_t signs = utf8_length(name), width;
    assert(signs > 0); /* a find of the tagger's */
    if (str_has(text, name)) return true;
    (void)utf8_decode(name, 0, &width);
    Str given = str_sub(name, width, name.n);
    if (signs >= 3 && str_has(text, given)) return true;
    return names_by_title(text, str_sub(name, 0, width));
}

/* The script of the name says by which rules. */
static bool names_person(Str text, Str name) {
    return utf8_has_cjk(name) ? names_chinese(text, name) : names_latin(text, name);
}

/* One of the people is enough. */
static bool names_any(const TurnAbout *about, Str text) {
    for (size_t i = 0; i < about->n; i++) {
        if (names_person(text, about->people[i])) return true;
    }
    return false;
}

/* ---- one document ---------------------------------------------------------------------------- */

/* A Latin name, and words that are Chinese: nothing can be told. */
static bool in_other_script(const TurnAbout *about, const SearchHit *hit) {
    bool cjk = utf8_has_cjk(hit->text);
    for (size_t i = 0; i < about->n; i++) {
        if (utf8_has_cjk(about->people[i]) == cjk) return false;
    }
    return true;
}

/* `text`, folded: the passage alone at first, then the document, which costs reading it. */
static bool speaks_of(Turn *turn, const TurnAbout *about, const SearchHit *hit, Str text) {
    Str parts[INSIST_PARTS];
    parts_of(turn, hit, text, parts);
    bool named = !about->n || in_other_script(about, hit);
    for (size_t i = 0; i < INSIST_PARTS; i++) named = named || names_any(about, parts[i]);
    bool lead = !about->lead.n || !utf8_has_cjk(hit->text) || has_lead(parts, about->lead);
    return named && lead && insist_fits(&about->insist, parts) &&
           year_fits(hit, text, about->year);
}

/* The passage first, which is at hand. A no of it is not believed: the rest of the document may
   name the person; and what a question insists on may be denied by another page. */
static Status look_through(Turn *turn, const TurnAbout *about, const SearchHit *hit, bool *fits,
                           Err *err) {
    Store *store = NULL;
    Buf text;
    *fits = speaks_of(turn, about, hit, turn_plain(turn, hit->text));
    bool told = *fits && !insist_any(&about->insist); /* other years may stand elsewhere */
    if (told || hit->file_id == TURN_ATTACHED) return OK;
    TRY(rig_store(turn->rig, STORE_READ, &store, err));
    buf_init(&text, TEXT_MAX + 1);
    Status status = store_text(store, hit->file_id, 0, TEXT_MAX, &text, err);
    han_fold_bytes(text.p, text.n);
    *fits = text.n >= TEXT_MAX || speaks_of(turn, about, hit, buf_str(&text));
    buf_fini(&text);
    return status;
}

/* An answer's sentences mostly cite one document: the last one's verdict is kept. Passages of an
   attached file are all of one "file", so each is looked at itself. */
Status about_fits(Turn *turn, size_t i, bool *fits, Err *err) {
    TurnAbout *about;
    assert(i < turn->found.n);
    const SearchHit *hit = &turn->found.hits[i];
    *fits = true;
    TRY(people_of(turn, &about, err));
    if (!about->n && !about->year && !about->lead.n && !insist_any(&about->insist)) return OK;
    if (!about->any || about->file != hit->file_id || hit->file_id == TURN_ATTACHED) {
        TRY(look_through(turn, about, hit, &about->fits, err));
        about->file = hit->file_id;
        about->any = true;
    }
    *fits = about->fits;
    return OK;
}

/* People alone: a later document is of another year by its nature. Nothing is kept, as
   about_fits does. */
Status about_names(Turn *turn, size_t i, bool *fits, Err *err) {
    TurnAbout *about;
    assert(i < turn->found.n);
    *fits = true;
    TRY(people_of(turn, &about, err));
    if (!about->n) return OK;
    TurnAbout people = *about;
    people.insist = (Insist){.thing = {"", 0}};
    people.lead = (Str){"", 0};
    people.year = 0;
    return look_through(turn, &people, &turn->found.hits[i], fits, err);
}
