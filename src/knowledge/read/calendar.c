/*
 * Calendars (.ics) and contacts (.vcf): a block of labelled lines for each event, task, entry of a
 * journal and person.
 *
 * A file says BEGIN:VEVENT, properties, END:VEVENT, and so on; parts may lie in others. What lies
 * inside an entry (an alarm) or beside it (a table of time zones) is passed over by counting BEGIN
 * and END, without recursion, so that no depth does harm. A new entry always begins, also where the
 * one before was not ended or a zone was not: one broken entry costs no others. Only a contact
 * right behind AGENT: is a part of the one around it (vCard 2.1) and passed over.
 *
 * The first line of a block is what it is and its title; then when, where, who, how often, the
 * description. Labels are English, so that search and the model know what "080000" was. The block
 * begins on the line of BEGIN, and each of its lines points at its own property (doc_join).
 *
 * Left out: X- properties (but the name of a calendar, which is the document's title), numbers of
 * versions, stamps of programs, pictures. Limits: ENTRIES_MAX, ENTRY_FIELDS_MAX of one entry, a
 * line's length (content.c); the last two are said in the document.
 *
 * Sources: RFC 5545, 3.4 to 3.8; RFC 7986 (NAME); RFC 6350; versit's vCard 2.1.
 *
 *     BEGIN:VEVENT                                    Event: Dentist
 *     DTSTART;TZID=Europe/Berlin:20261127T080000      When: 2026-11-27 08:00 to 09:30
 *     DURATION:PT1H30M                                      (Europe/Berlin)
 *     SUMMARY:Dentist                                 Where: Bahnhofstr. 3, Trier
 *     LOCATION:Bahnhofstr. 3\, Trier
 *     END:VEVENT
 */
#include <assert.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "knowledge/read/clean.h"
#include "knowledge/read/entry.h"
#include "knowledge/read/mime.h"
#include "knowledge/read/read.h"

enum { ENTRIES_MAX = 500000, VALUE_MAX = 4 << 20, DATES_MAX = 500 };

/* ---- one entry ---- */

static void entry_init(Entry *e) {
    *e = (Entry){.kind = ENTRY_NONE};
    buf_init(&e->title, VALUE_MAX);
    buf_init(&e->text, DOC_TEXT_MAX);
}

static void entry_fini(Entry *e) {
    buf_fini(&e->title);
    buf_fini(&e->text);
    mem_free(e->fields);
}

/* Forgets what is in it, keeps the memory. */
static void entry_begin(Entry *e, EntryKind kind, uint32_t line) {
    e->kind = kind;
    e->line = line;
    e->n = 0;
    e->cut = 0;
    e->named = false;
    e->seconds = 0;
    e->start = e->end = (Moment){.set = false};
    buf_clear(&e->title);
    buf_clear(&e->text);
}

Status entry_add(Entry *e, EntryPlace at, Str kinds, Str text, Err *err) {
    assert(at.slot < ENTRY_SLOTS);
    if (!text.n) return OK;
    if (e->n == ENTRY_FIELDS_MAX) {
        e->cut++;
        return OK;
    }
    TRY(mem_grow((void **)&e->fields, &e->cap, e->n + 1, sizeof *e->fields, ENTRY_FIELDS_MAX,
                 err));
    size_t start = e->text.n;
    if (kinds.n) {
        buf_add_c(&e->text, " (");
        buf_add_str(&e->text, kinds);
        buf_add_c(&e->text, ")");
    }
    buf_add_c(&e->text, ": ");
    buf_add_str(&e->text, text);
    TRY(buf_check(&e->text, "an entry of a calendar", err));
    e->fields[e->n++] = (EntryField){(uint32_t)start, (uint32_t)e->text.n, at.line,
                                     (uint8_t)at.slot, at.label};
    return OK;
}

/* Where each line of a block begins, and the line of the file that it is from. */
typedef struct Marks {
    DocJoin *marks; /* `at` counts from the block's beginning */
    size_t n, cap;
} Marks;

static void add_label(Buf *out, Label label, bool chinese) {
    buf_add_c(out, label.en);
    if (chinese) buf_printf(out, " %s", label.zh);
}

/* One field on lines of its own. Several lines of a value stand on one of the file, so each of them
   is said. */
static Status add_field(const Entry *e, const EntryField *f, Buf *all, Marks *marks) {
    Str text = str_sub(buf_str(&e->text), f->start, f->end);
    assert(f->line >= e->line);
    buf_add_byte(all, '\n');
    size_t line = all->n;
    add_label(all, f->label, utf8_has_cjk(buf_str(&e->title)));
    for (size_t at = 0; at < text.n;) {
        TRY(mem_grow((void **)&marks->marks, &marks->cap, marks->n + 1, sizeof *marks->marks,
                     DOC_JOINS_MAX, NULL));
        marks->marks[marks->n++] = (DocJoin){(uint32_t)line, f->line - e->line};
        size_t from = at;
        (void)str_line(text, &at);
        buf_add_str(all, str_sub(text, from, at));
        line = all->n;
    }
    return OK;
}

_Static_assert(ENTRY_FIELDS_MAX == 2000, "it is told");

/* The block, line by line in the order of slots. */
static Status compose(const Entry *e, Buf *all, Marks *marks) {
    static const Label labels[] = {{"", ""},
                                   {"Event", "日程"},
                                   {"Task", "任务"},
                                   {"Journal entry", "日记"},
                                   {"Contact", "联系人"}};
    Str title = buf_str(&e->title);
    add_label(all, labels[e->kind], utf8_has_cjk(title));
    buf_add_c(all, ": ");
    buf_add_str(all, title.n ? title : STR("(no name)"));
    for (unsigned slot = 0; slot < ENTRY_SLOTS; slot++) {
        for (size_t i = 0; i < e->n; i++) {
            if (e->fields[i].slot == slot) TRY(add_field(e, &e->fields[i], all, marks));
        }
    }
    return buf_check(all, "an entry of a calendar", NULL);
}

/* The block is cleaned once more on its way, and should that change its length, its lines are not
   told: wrong ones would be worse. */
static Status put_block(const Entry *e, Str all, const Marks *marks, Doc *doc, Err *err) {
    size_t blocks = doc->n_blocks;
    EmitAt at = {BLOCK_PARAGRAPH, 0, 0, e->line, EMIT_LINES};
    TRY(emit_block(doc, at, all, err));
    const DocBlock *block = doc->n_blocks > blocks ? &doc->blocks[doc->n_blocks - 1] : NULL;
    if (!block || block->end - block->start != all.n) return OK;
    for (size_t i = 0; i < marks->n; i++) {
        TRY(doc_join(doc, marks->marks[i].at, marks->marks[i].down, err));
    }
    return OK;
}

static Status entry_end(Entry *e, Doc *doc, Err *err) {
    Buf all;
    Marks marks = {NULL, 0, 0};
    char what[80];
    if (!e->n && !e->title.n) return OK;
    buf_init(&all, DOC_TEXT_MAX);
    Status status = compose(e, &all, &marks);
    if (status != OK) err_set(err, status, "an entry of a calendar: too large, or no memory");
    if (status == OK) status = put_block(e, buf_str(&all), &marks, doc, err);
    buf_fini(&all);
    mem_free(marks.marks);
    if (status != OK || !e->cut) return status;
    (void)snprintf(what, sizeof what, "%u properties that are too long or behind the 2000th",
                   e->cut);
    return emit_left_out(doc, e->line, what, err);
}

/* ---- properties of events, tasks and journals ---- */

/* Places in the order of a block. */
enum {
    SLOT_WHEN,
    SLOT_DUE,
    SLOT_DONE,
    SLOT_STATUS,
    SLOT_REPEATS,
    SLOT_ALSO,
    SLOT_NOT,
    SLOT_INSTEAD,
    SLOT_WHERE,
    SLOT_ORGANISER,
    SLOT_ATTENDEE,
    SLOT_CONTACT,
    SLOT_CATEGORIES,
    SLOT_LINK,
    SLOT_DESCRIPTION,
    SLOT_COMMENT,
    SLOT_COUNT
};
_Static_assert((int)SLOT_COUNT <= (int)ENTRY_SLOTS, "a slot each");

typedef struct Calendar {
    Doc *doc;
    Err *err;
    Entry entry;
    Buf text;
    uint32_t below;     /* parts open inside the entry, or beside it */
    uint32_t entries;
    bool agent;         /* the property before was AGENT: with nothing behind it */
    char *first_title;  /* of the first entry */
} Calendar;

/* How a value is put into words. */
static void words_text(Calendar *c, const Property *p) {
    content_add_words(&c->text, p->value, true);
}

static void words_lines(Calendar *c, const Property *p) {
    content_add_words(&c->text, p->value, false);
}

static void words_rule(Calendar *c, const Property *p) {
    when_add_rule(&c->text, str_trim(p->value));
}

/* "IN-PROCESS" is "in process". */
static void words_status(Calendar *c, const Property *p) {
    for (size_t i = 0; i < p->value.n; i++) {
        char ch = p->value.p[i];
        buf_add_byte(&c->text, ch == '-' ? ' ' : plain_lower(ch));
    }
}

/* One or more moments, of periods their beginning. */
static void words_dates(Calendar *c, const Property *p) {
    Str zone = content_find(p->params, "tzid"), one;
    size_t at = 0;
    for (unsigned n = 0; n < DATES_MAX && content_piece(p->value, ',', &at, &one); n++) {
        Moment moment;
        size_t slash = str_find(one, STR("/"), 0);
        if (slash != SIZE_MAX) one = str_sub(one, 0, slash);
        if (n) buf_add_c(&c->text, ", ");
        if (when_read(one, zone, &moment)) when_add(&c->text, &moment);
        else content_add_words(&c->text, one, true);
    }
    if (at <= p->value.n) buf_add_c(&c->text, ", and more");
}

/* "Anna Li <anna@example.org> (declined)". Who was only asked has no answer. */
static void words_person(Calendar *c, const Property *p) {
    static const char *const answers[] = {"accepted", "declined", "tentative", "delegated"};
    Str name = content_find(p->params, "cn"), state = content_find(p->params, "partstat");
    Str mail = p->value;
    if (str_begins(mail, "mailto:")) mail = str_sub(mail, 7, mail.n);
    mail = str_trim(mail);
    content_add_words(&c->text, name, true);
    bool both = c->text.n && mail.n && !str_eq(name, mail);
    if (both) buf_add_c(&c->text, " <");
    if (both || !c->text.n) content_add_words(&c->text, mail, true);
    if (both) buf_add_c(&c->text, ">");
    for (size_t i = 0; c->text.n && i < ARRAY_LEN(answers); i++) {
        if (mime_same(state, answers[i])) buf_printf(&c->text, " (%s)", answers[i]);
    }
}

static const struct Word {
    const char *name;
    Label label;
    unsigned slot;
    void (*words)(Calendar *c, const Property *p);
} WORDS[] = {/* the first two: only what take_time cannot read */
             {"dtstart", {"When", "时间"}, SLOT_WHEN, words_text},
             {"dtend", {"Ends", "结束"}, SLOT_WHEN, words_text},
             {"due", {"Due", "截止"}, SLOT_DUE, words_dates},
             {"completed", {"Completed", "完成"}, SLOT_DONE, words_dates},
             {"status", {"Status", "状态"}, SLOT_STATUS, words_status},
             {"rrule", {"Repeats", "重复"}, SLOT_REPEATS, words_rule},
             {"rdate", {"Also on", "还有"}, SLOT_ALSO, words_dates},
             {"exdate", {"Not on", "除外"}, SLOT_NOT, words_dates},
             {"recurrence-id", {"Instead of", "代替"}, SLOT_INSTEAD, words_dates},
             {"location", {"Where", "地点"}, SLOT_WHERE, words_text},
             {"organizer", {"Organiser", "组织者"}, SLOT_ORGANISER, words_person},
             {"attendee", {"Attendee", "参加者"}, SLOT_ATTENDEE, words_person},
             {"contact", {"Contact person", "联系人"}, SLOT_CONTACT, words_text},
             {"categories", {"Categories", "类别"}, SLOT_CATEGORIES, words_text},
             {"url", {"Link", "网址"}, SLOT_LINK, words_text},
             {"description", {"Description", "说明"}, SLOT_DESCRIPTION, words_lines},
             {"comment", {"Comment", "备注"}, SLOT_COMMENT, words_lines}};

/* The start, the end or how long; false: none of them, or it cannot be read. */
static bool take_time(Calendar *c, const Property *p) {
    Entry *e = &c->entry;
    Str zone = content_find(p->params, "tzid");
    int64_t seconds;
    if (mime_same(p->name, "dtstart")) {
        e->start_line = p->line;
        return when_read(p->value, zone, &e->start);
    }
    if (mime_same(p->name, "dtend")) return when_read(p->value, zone, &e->end);
    if (!mime_same(p->name, "duration") || !when_duration(p->value, &seconds)) return false;
    e->seconds = seconds;
    return true;
}

static Status take_word(Calendar *c, const Property *p) {
    size_t i = 0;
    while (i < ARRAY_LEN(WORDS) && !mime_same(p->name, WORDS[i].name)) i++;
    if (i == ARRAY_LEN(WORDS)) return OK;
    c->entry.cut += p->cut;
    buf_clear(&c->text);
    WORDS[i].words(c, p);
    TRY(buf_check(&c->text, "a property of a calendar", c->err));
    EntryPlace at = {WORDS[i].slot, p->line, WORDS[i].label};
    return entry_add(&c->entry, at, STR(""), buf_str(&c->text), c->err);
}

static Status take_property(Calendar *c, const Property *p) {
    Entry *e = &c->entry;
    if (e->kind == ENTRY_CONTACT) return contact_take(e, p, c->err);
    if (take_time(c, p)) return OK;
    if (mime_same(p->name, "summary") && !e->title.n) {
        content_add_words(&e->title, p->value, true);
        e->cut += p->cut;
        return buf_check(&e->title, "the title of an event", c->err);
    }
    return take_word(c, p);
}

/* ---- BEGIN and END ---- */

/* When it is, last of all: the end may stand before the start in the file. */
static Status add_when(Calendar *c) {
    Entry *e = &c->entry;
    if (!e->start.set) return OK;
    if (!e->end.set && e->seconds) e->end = when_later(&e->start, e->seconds);
    buf_clear(&c->text);
    when_add_span(&c->text, &e->start, &e->end);
    TRY(buf_check(&c->text, "the time of an event", c->err));
    EntryPlace at = {SLOT_WHEN, e->start_line, {"When", "时间"}};
    return entry_add(e, at, STR(""), buf_str(&c->text), c->err);
}

/* A file of one entry is called as that is. */
static Status close_entry(Calendar *c) {
    Entry *e = &c->entry;
    if (e->kind == ENTRY_NONE) return OK;
    if (e->kind != ENTRY_CONTACT) TRY(add_when(c));
    TRY(entry_end(e, c->doc, c->err));
    TRY(buf_check(&e->title, "the title of an event", c->err));
    e->kind = ENTRY_NONE;
    return c->entries == 1 ? emit_meta(&c->first_title, buf_str(&e->title), c->err) : OK;
}

static EntryKind entry_kind(Str name) {
    if (mime_same(name, "vevent")) return ENTRY_EVENT;
    if (mime_same(name, "vtodo")) return ENTRY_TASK;
    if (mime_same(name, "vjournal")) return ENTRY_JOURNAL;
    return mime_same(name, "vcard") ? ENTRY_CONTACT : ENTRY_NONE;
}

static Status take_begin(Calendar *c, const Property *p) {
    Str name = str_trim(p->value);
    EntryKind kind = entry_kind(name);
    if (kind == ENTRY_NONE || (kind == ENTRY_CONTACT && c->agent)) {
        c->below += !mime_same(name, "vcalendar");
        return OK;
    }
    TRY(close_entry(c));
    if (c->entries == ENTRIES_MAX) {
        return err_set(c->err, E_LIMIT, "a calendar of more than %d entries", ENTRIES_MAX);
    }
    c->entries++;
    c->below = 0;
    entry_begin(&c->entry, kind, p->line);
    return OK;
}

static Status take_end(Calendar *c, const Property *p) {
    if (c->below) {
        c->below--;
        return OK;
    }
    return entry_kind(str_trim(p->value)) != ENTRY_NONE ? close_entry(c) : OK;
}

/* The name of a calendar, as its standard of 2016 has it and as programs wrote it before. */
static Status take_name(Calendar *c, const Property *p) {
    if (!mime_same(p->name, "name") && !mime_same(p->name, "x-wr-calname")) return OK;
    if (c->doc->title) return OK;
    buf_clear(&c->text);
    content_add_words(&c->text, p->value, true);
    TRY(buf_check(&c->text, "the name of a calendar", c->err));
    return emit_meta(&c->doc->title, buf_str(&c->text), c->err);
}

static Status take(Calendar *c, const Property *p) {
    bool agent = mime_same(p->name, "agent") && !str_trim(p->value).n;
    Status status = OK;
    if (mime_same(p->name, "begin")) status = take_begin(c, p);
    else if (mime_same(p->name, "end")) status = take_end(c, p);
    else if (!c->below && c->entry.kind != ENTRY_NONE) status = take_property(c, p);
    else if (!c->below) status = take_name(c, p);
    c->agent = agent;
    return status;
}

Status read_calendar(Str bytes, Doc *doc, Err *err) {
    Calendar c = {.doc = doc, .err = err};
    Content in;
    Property p;
    Status status = emit_meta(&doc->format, STR("calendar"), err);
    content_init(&in, bytes);
    entry_init(&c.entry);
    buf_init(&c.text, VALUE_MAX);
    while (status == OK && content_next(&in, &p)) {
        if (mime_same(p.name, "begin") && !c.entries && mime_same(str_trim(p.value), "vcard"))
            status = emit_meta(&doc->format, STR("contacts"), err);
        if (status == OK) status = take(&c, &p);
    }
    if (status == OK) status = content_check(&in, err);
    if (status == OK) status = close_entry(&c);
    if (status == OK && c.entries == 1 && !doc->title && c.first_title)
        status = emit_meta(&doc->title, str_from(c.first_title), err);
    mem_free(c.first_title);
    buf_fini(&c.text);
    entry_fini(&c.entry);
    content_fini(&in);
    return status;
}
