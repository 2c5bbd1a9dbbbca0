/*
 * The door of the readers (read_bytes) and the two plain ones: text and source code.
 *
 * Plain text: paragraphs are runs of lines between empty lines; they keep their line ends, so that
 * a place in the text is a line of the file. A short line that stands alone and looks like a title
 * ("1.2 Scope", "第三章 总则", all capitals, underlined by === or ---) is a heading. So is the line
 * of a day in a diary, which is a text where DAYS_LEAST paragraphs begin with one (day.h); what is
 * written below it needs no empty line between. A conversation has a reader of its own (chat.h).
 *
 * Source code: one block for each group of lines between empty lines at the left margin; a group
 * that is longer than CODE_LINES_MAX is cut. Indented groups stay with the definition they belong
 * to, as far as the same limit allows. The chunker puts blocks together again.
 *
 * An example of source code: two functions with an empty line inside the first are two blocks, for
 * the second group of lines is indented and the third begins at the margin.
 */
#include "knowledge/read/read.h"

#include <assert.h>
#include <stdio.h>

#include "base/lists.h"
#include "base/plain.h"
#include "knowledge/read/charset.h"
#include "knowledge/read/chat.h"
#include "knowledge/read/clean.h"
#include "knowledge/read/day.h"

enum { CODE_LINES_MAX = 60, HEADING_BYTES_MAX = 120, PARAGRAPH_BYTES_MAX = 1 << 20,
       DAYS_LEAST = 3, DAY_LEVEL = 5 /* below the headings of a text */ };

/* One detection over a few bytes does what the first file's would. */
void read_warm_up(void) {
    archive_warm_up();
    charset_warm_up();
    (void)charset_detect(STR("caf\xE9 cr\xE8me"), STR(""));
}

/* ---- lines ---- */

typedef struct Lines {
    Str text;
    size_t at;
    uint32_t number; /* of the line that next() returned last */
} Lines;

/* Without its end. The text's last line need not have one. */
static bool next_line(Lines *in, Str *line) {
    if (in->at >= in->text.n) return false;
    *line = str_line(in->text, &in->at);
    in->number++;
    return true;
}

static bool is_empty(Str line) {
    return str_trim(line).n == 0;
}

/* ---- plain text ---- */

/* Three or more of one character: an underline. */
static bool only_of(Str line, char c) {
    line = str_trim(line);
    if (line.n < 3) return false;
    for (size_t i = 0; i < line.n; i++) {
        if (line.p[i] != c) return false;
    }
    return true;
}

/* "1 Scope", "2.3.1 Results": level by the dots. 0: no. */
static int numbered_level(Str s) {
    size_t at = 0;
    int level = 1;
    while (at < s.n && (plain_is_digit(s.p[at]) || s.p[at] == '.')) {
        level += s.p[at] == '.' && at + 1 < s.n && plain_is_digit(s.p[at + 1]);
        at++;
    }
    if (at == 0 || at > 9 || at >= s.n || s.p[at] != ' ' || s.p[0] == '.' || s.p[0] == '0')
        return 0;
    uint32_t code = s.n > at + 1 ? (unsigned char)s.p[at + 1] : 0;
    bool upper = plain_is_capital(code) || code >= 0x80;
    return upper && level <= 4 && s.n <= 80 ? level : 0;
}

/* 第…章/节/条/部分 at the start: 1 for chapters, 2 for sections. */
static int chinese_level(Str s) {
    if (!str_starts(s, STR("第")) || s.n > 90) return 0;
    Str head = s.n > 24 ? str_sub(s, 0, 24) : s;
    if (str_has(head, STR("章")) || str_has(head, STR("编")))
        return 1;
    return str_has(head, STR("节")) ? 2 : 0;
}

/* A heading does not end so. */
static bool ends_sentence(Str s) {
    static const char *const ends[] = {".",  ",",  ";",  ":",  "!",  "?",
                                       "。", "，", "；", "：", "！", "？", NULL};
    return list_ends(s, ends);
}

/* ASCII only; four letters at least, so that "A." and "USA" are no headings. */
static bool all_capitals(Str s) {
    size_t letters = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (plain_is_small(c) || c >= 0x80) return false;
        letters += plain_is_capital(c);
    }
    return letters >= 4;
}

/* Level of a paragraph that is one line; 0: ordinary text. */
static int heading_level(Str line) {
    Str s = str_trim(line);
    if (s.n == 0 || s.n > HEADING_BYTES_MAX || ends_sentence(s)) return 0;
    int level = chinese_level(s);
    if (!level) level = numbered_level(s);
    if (!level && all_capitals(s) && s.n <= 80) level = 2;
    return level;
}

typedef struct Paragraph {
    const char *from;
    size_t n;
    uint32_t line, lines;
} Paragraph;

/* Two lines whose second is an underline are a heading, one line by its looks. */
int read_heading_level(Str *text, uint32_t lines) {
    const char *second = memchr(text->p, '\n', text->n);
    if (lines == 1) return heading_level(*text);
    if (lines != 2 || !second) return 0;
    Str first = {text->p, (size_t)(second - text->p)};
    Str rest = str_sub(*text, first.n + 1, text->n);
    if (first.n > HEADING_BYTES_MAX) return 0;
    int level = only_of(rest, '=') ? 1 : only_of(rest, '-') ? 2 : 0;
    if (level) *text = first;
    return level;
}

static Status flush_paragraph(Doc *doc, Paragraph *p, Err *err) {
    if (!p->lines) return OK;
    assert(p->line >= 1);
    Str text = {p->from, p->n};
    EmitAt at = {BLOCK_PARAGRAPH, 0, 0, p->line, EMIT_LINES};
    int level = read_heading_level(&text, p->lines);
    if (level) at.kind = BLOCK_HEADING;
    at.level = level;
    p->lines = 0;
    return emit_block(doc, at, text, err);
}

/* Does it say the day above what was written on it? */
static bool is_diary(Str text) {
    Lines in = {text, 0, 0};
    size_t days = 0;
    bool begins = true; /* a paragraph */
    Day day;
    for (Str line; days < DAYS_LEAST && next_line(&in, &line); begins = is_empty(line)) {
        days += begins && day_is_line(line, &day);
    }
    return days == DAYS_LEAST;
}

static Status add_day(Doc *doc, Str line, uint32_t number, Err *err) {
    return emit_block(doc, (EmitAt){BLOCK_HEADING, DAY_LEVEL, 0, number, EMIT_FLOW}, line, err);
}

/* A paragraph is a range of the text: nothing is copied until it is written. */
Status read_text(Str text, Doc *doc, Err *err) {
    TRY(emit_meta(&doc->format, STR("text"), err));
    Lines in = {text, 0, 0};
    Paragraph p = {0};
    Day day;
    Str line;
    bool diary = is_diary(text);
    while (next_line(&in, &line)) {
        bool cut = p.lines && (size_t)(line.p - p.from) > PARAGRAPH_BYTES_MAX;
        if (is_empty(line) || cut) TRY(flush_paragraph(doc, &p, err));
        if (is_empty(line)) continue;
        if (diary && !p.lines && day_is_line(line, &day)) {
            TRY(add_day(doc, line, in.number, err));
            continue;
        }
        if (!p.lines) p = (Paragraph){.from = line.p, .line = in.number};
        p.lines++;
        p.n = (size_t)(line.p - p.from) + line.n;
    }
    return flush_paragraph(doc, &p, err);
}

/* ---- source code ---- */

/* The lines that have gathered, as one listing. */
static Status flush_code(Doc *doc, Paragraph *p, Err *err) {
    if (!p->lines) return OK;
    EmitAt at = {BLOCK_CODE, 0, 0, p->line, EMIT_LINES};
    p->lines = 0;
    return emit_block(doc, at, (Str){p->from, p->n}, err);
}

/* A group ends at an empty line before the left margin, or when it is long enough; closing brackets
   at the margin belong to what they close. */
static Status read_code(Str text, Doc *doc, Err *err) {
    TRY(emit_meta(&doc->format, STR("code"), err));
    Lines in = {text, 0, 0};
    Paragraph p = {0};
    bool gap = false; /* an empty line came before */
    Str line;
    while (next_line(&in, &line)) {
        if (is_empty(line)) {
            gap = true;
            continue;
        }
        bool margin = line.p[0] != ' ' && line.p[0] != '\t' && line.p[0] != '}' && line.p[0] != ')';
        uint32_t lines = p.lines ? in.number - p.line : 0;
        bool full = lines >= CODE_LINES_MAX || (p.lines && p.n > PARAGRAPH_BYTES_MAX);
        if (full || (gap && (margin || lines * 2 >= CODE_LINES_MAX))) TRY(flush_code(doc, &p, err));
        if (!p.lines) p = (Paragraph){.from = line.p, .line = in.number};
        p.lines++;
        p.n = (size_t)(line.p - p.from) + line.n;
        gap = false;
    }
    return flush_code(doc, &p, err);
}

/* ---- the door ---- */

/* The charset that an HTML head, an XML declaration or nothing names. */
static Str label_in(Str bytes) {
    Str head = bytes.n > 2048 ? str_sub(bytes, 0, 2048) : bytes;
    size_t at = str_find(head, STR("charset="), 0);
    size_t skip = 8;
    if (at == SIZE_MAX && str_starts(str_trim(head), STR("<?xml"))) {
        at = str_find(head, STR("encoding="), 0);
        skip = 9;
    }
    if (at == SIZE_MAX) return STR("");
    at += skip;
    while (at < head.n && (head.p[at] == '"' || head.p[at] == '\'' || head.p[at] == ' ')) at++;
    size_t end = at;
    while (end < head.n && head.p[end] > ' ' && !memchr("\"'>;/", head.p[end], 5)) end++;
    return str_sub(head, at, end);
}

/* A notebook that is none is text all the same. */
static Status read_cells(Str text, Doc *doc, Err *err) {
    Status status = read_notebook(text, doc, err);
    return status == E_CORRUPT ? read_code(text, doc, err) : status;
}

/* raw: the bytes as they are, for mail, whose parts have character sets of their own. */
static Status read_decoded(Str text, Str raw, Str name, Doc *doc, Err *err) {
    switch (kind_of_text(text, name).id) {
    case KIND_MARKDOWN: return read_markdown(text, doc, err);
    case KIND_HTML: return read_html(text, doc, err);
    case KIND_CSV: return read_csv(text, doc, err);
    case KIND_MAIL: return read_mail(raw, doc, err);
    case KIND_CALENDAR: return read_calendar(raw, doc, err); /* in UTF-16: else its head tells */
    case KIND_CODE: return read_code(text, doc, err);
    case KIND_NOTEBOOK: return read_cells(text, doc, err);
    default: return chat_is(text) ? read_chat(text, doc, err) : read_text(text, doc, err);
    }
}

/* No text in any character set. */
static Status unknown_binary(ReadResult *result, Err *err) {
    (void)snprintf(result->kind, sizeof result->kind, "unknown binary file");
    return err_set(err, E_UNSUPPORTED, "unknown binary file: this kind of file is not read");
}

/* Magic numbers first. What is left is text, or nothing: it is decoded and cleaned once, here, for
   all readers of text. */
Status read_needs_password(Err *err) {
    (void)err_set(err, E_CORRUPT, "encrypted: this document needs a password");
    return err_hint(err, "save a copy without password and add that");
}

Status read_bytes(Str bytes, Str name, Doc *doc, ReadResult *result, Err *err) {
    result->kind[0] = 0;
    Kind kind = kind_of_head(bytes);
    if (kind.id == KIND_ZIP) return read_zip(bytes, doc, result, err);
    if (kind.id == KIND_OLD) return read_old(bytes, false, doc, result, err);
    if (kind.id == KIND_ARCHIVE) return read_archive(bytes, kind.words, doc, result, err);
    if (kind.id == KIND_PACKED) return read_packed(bytes, name, doc, result, err);
    if (kind.id == KIND_RTF) return read_rtf(bytes, doc, err);
    if (kind.id == KIND_CALENDAR) return read_calendar(bytes, doc, err);
    if (kind.id == KIND_OTHER) {
        (void)snprintf(result->kind, sizeof result->kind, "%s", kind.words);
        return err_set(err, E_UNSUPPORTED, "%s: this kind of file is not read yet", kind.words);
    }
    const char *charset = charset_detect(bytes, label_in(bytes));
    if (!charset) return unknown_binary(result, err);
    Buf clean;
    buf_init(&clean, DOC_TEXT_MAX);
    Status status = clean_decode(&clean, bytes, charset, "the text of a document", err);
    bool wide = strncmp(charset, "UTF-16", 6) == 0 || strncmp(charset, "UTF-32", 6) == 0;
    Str raw = wide ? buf_str(&clean) : bytes;
    if (status == OK) status = read_decoded(buf_str(&clean), raw, name, doc, err);
    if (status == E_UNSUPPORTED && !result->kind[0]) {
        (void)snprintf(result->kind, sizeof result->kind, "text in an unknown character set");
    }
    buf_fini(&clean);
    return status;
}
