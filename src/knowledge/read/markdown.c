/*
 * Markdown, by md4c's event parser (CommonMark with GitHub's tables, strikethrough, task lists).
 *
 * Events open and close blocks and bring pieces of text; the text of the innermost block gathers in
 * one buffer and becomes a block of the document when a block opens or closes. Line numbers: md4c
 * gives no positions, but its text pieces point into the source, so the line of the first piece is
 * counted from there; pieces come in order, hence one walking counter does.
 *
 * Front matter ("---" lines around "key: value" at the very start) gives title, author and date;
 * with other keys ("state: open") it is the first paragraph, as it stands.
 * HTML inside Markdown is left out; the text between inline tags stays.
 *
 * Limits: nesting is bounded by md4c; a list deeper than 6 counts as 6.
 * Source: CommonMark 0.30, md4c.h of md4c 0.4.8.
 *
 * An example: "# Rent\n\n- flat\n  - *east*\n\n| a | b |\n|---|---|\n| 1 | 2 |" is
 *
 *     heading 1   Rent       line 1
 *     item 1      - flat     line 3
 *     item 2      - east     line 4
 *     row 1       a | b      line 6
 *     row 0       1 | 2      line 8
 */
#include <assert.h>
#include <md4c.h>
#include <stdio.h>

#include "knowledge/read/clean.h"
#include "knowledge/read/entity.h"
#include "knowledge/read/read.h"

enum { LIST_DEPTH_MAX = 32 };

typedef struct Markdown {
    Doc *doc;
    Err *err;
    Status status;
    Str source;
    uint32_t source_line; /* line of the source's first byte (after front matter) */
    size_t seen;          /* bytes counted so far */
    uint32_t seen_line;
    Buf text;
    uint32_t line; /* of the first piece in text; 0: none yet */
    BlockKind kind;
    int level;
    int lists; /* open ones */
    struct {
        bool ordered;
        unsigned number;
    } list[LIST_DEPTH_MAX];
    bool item_open; /* the marker of the current item is still to be written */
    char task;      /* ' ' or 'x' of an item that is a task, else 0 */
    bool header, in_html;
    unsigned cells;
} Markdown;

static int list_depth(const Markdown *md) {
    return md->lists > LIST_DEPTH_MAX ? LIST_DEPTH_MAX : md->lists;
}

/* What has gathered becomes a block. Paragraphs, items and code keep their line ends; headings and
   rows are one line. */
static void flush(Markdown *md) {
    if (md->status == OK && md->text.n && md->line) {
        bool code = md->kind == BLOCK_CODE;
        EmitAt at = {md->kind, md->level, 0, md->line,
                     code || md->kind == BLOCK_PARAGRAPH || md->kind == BLOCK_LIST_ITEM
                         ? EMIT_LINES
                         : EMIT_FLOW};
        md->status = buf_check(&md->text, "a block of Markdown", md->err);
        if (md->status == OK) md->status = emit_block(md->doc, at, buf_str(&md->text), md->err);
    }
    buf_clear(&md->text);
    md->line = 0;
}

/* After a flush: what plain text belongs to where we are now. */
static void settle(Markdown *md) {
    md->kind = md->lists ? BLOCK_LIST_ITEM : BLOCK_PARAGRAPH;
    md->level = md->lists > 6 ? 6 : md->lists;
}

/* The line of a piece, counted on from the piece before. Pieces that are not of the source (line
   breaks) have none. */
static void place(Markdown *md, const char *piece) {
    if (piece < md->source.p || piece >= md->source.p + md->source.n) return;
    size_t at = (size_t)(piece - md->source.p);
    if (at > md->seen) md->seen_line += count_lines(str_sub(md->source, md->seen, at));
    if (at > md->seen) md->seen = at;
    if (!md->line) md->line = md->seen_line;
}

/* The mark of an item, once, before its first words. */
static void open_item(Markdown *md) {
    if (!md->item_open) return;
    md->item_open = false;
    int depth = list_depth(md);
    assert(depth >= 0 && depth <= LIST_DEPTH_MAX);
    if (depth && md->list[depth - 1].ordered) {
        buf_printf(&md->text, "%u. ", md->list[depth - 1].number++);
    } else {
        buf_add_c(&md->text, "- ");
    }
    if (md->task) buf_printf(&md->text, "[%c] ", md->task == ' ' ? ' ' : 'x');
}

/* Lists deeper than LIST_DEPTH_MAX share the last counter. */
static void open_list(Markdown *md, bool ordered, unsigned start) {
    flush(md);
    if (md->lists < LIST_DEPTH_MAX) {
        md->list[md->lists].ordered = ordered;
        md->list[md->lists].number = start;
    }
    md->lists++;
    md->item_open = false;
}

static char task_of(const MD_BLOCK_LI_DETAIL *item) {
    return item->is_task ? item->task_mark : 0;
}

/* md4c's event. A non-zero answer ends the parse; the status says why. */
static int on_enter_block(MD_BLOCKTYPE type, void *detail, void *user) {
    Markdown *md = user;
    switch (type) {
    case MD_BLOCK_UL: open_list(md, false, 0); break;
    case MD_BLOCK_OL: open_list(md, true, ((MD_BLOCK_OL_DETAIL *)detail)->start); break;
    case MD_BLOCK_LI:
        flush(md);
        settle(md);
        md->item_open = true;
        md->task = task_of(detail);
        break;
    case MD_BLOCK_H:
        flush(md);
        md->kind = BLOCK_HEADING;
        md->level = (int)((MD_BLOCK_H_DETAIL *)detail)->level;
        break;
    case MD_BLOCK_CODE:
        flush(md);
        md->kind = BLOCK_CODE;
        md->level = 0;
        break;
    case MD_BLOCK_HTML:
        flush(md);
        md->in_html = true;
        break;
    case MD_BLOCK_THEAD: md->header = true; break;
    case MD_BLOCK_TBODY: md->header = false; break;
    case MD_BLOCK_TR:
        flush(md);
        md->kind = BLOCK_TABLE_ROW;
        md->level = md->header;
        md->cells = 0;
        break;
    case MD_BLOCK_TH:
    case MD_BLOCK_TD:
        if (md->cells++) buf_add_c(&md->text, " | ");
        break;
    case MD_BLOCK_P:
        flush(md);
        settle(md);
        break;
    default: flush(md); settle(md);
    }
    return md->status == OK ? 0 : 1;
}

/* The first heading of level 1, where the front matter has no title. */
static void take_title(Markdown *md) {
    if (md->kind != BLOCK_HEADING || md->level != 1 || md->doc->title || md->status != OK) return;
    md->status = emit_meta(&md->doc->title, buf_str(&md->text), md->err);
}

/* Cells and the head of a table end nothing: their row does. */
static int on_leave_block(MD_BLOCKTYPE type, void *detail, void *user) {
    Markdown *md = user;
    if (type == MD_BLOCK_TH || type == MD_BLOCK_TD || type == MD_BLOCK_THEAD) return 0;
    if (type == MD_BLOCK_H) take_title(md);
    if ((type == MD_BLOCK_UL || type == MD_BLOCK_OL) && md->lists) {
        flush(md);
        md->lists--;
    }
    flush(md);
    if (type == MD_BLOCK_LI) md->item_open = false;
    if (type == MD_BLOCK_HTML) md->in_html = false;
    settle(md);
    return md->status == OK ? 0 : 1;
}

static int on_span(MD_SPANTYPE type, void *detail, void *user) {
    return 0;
}

/* A piece of text; HTML is left out, entities are resolved. */
static int on_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE n, void *user) {
    Markdown *md = user;
    if (type == MD_TEXT_HTML || md->in_html) return 0;
    place(md, text);
    if (md->kind == BLOCK_LIST_ITEM) open_item(md);
    switch (type) {
    case MD_TEXT_NULLCHAR: break;
    case MD_TEXT_BR:
    case MD_TEXT_SOFTBR: buf_add_byte(&md->text, '\n'); break;
    case MD_TEXT_ENTITY: entity_add(&md->text, (Str){text, n}); break;
    default: buf_add(&md->text, text, n);
    }
    return md->text.status == OK ? 0 : 1;
}

/* ---- front matter ---- */

/* One line "key: value"; values may be quoted. *other: it says something else. */
static Status take_key(Doc *doc, Str line, bool *other, Err *err) {
    size_t colon = str_find(line, STR(":"), 0);
    if (colon == SIZE_MAX) return OK;
    Str key = str_trim(str_sub(line, 0, colon));
    Str value = str_trim(str_sub(line, colon + 1, line.n));
    char first = value.n >= 2 ? value.p[0] : 0;
    if ((first == '"' || first == '\'') && value.p[value.n - 1] == first)
        value = str_sub(value, 1, value.n - 1);
    char date[11];
    if (str_eq_c(key, "title")) return emit_meta(&doc->title, value, err);
    if (str_eq_c(key, "author")) return emit_meta(&doc->author, value, err);
    if (str_eq_c(key, "date") && emit_date(value, date)) {
        return emit_meta(&doc->date, str_from(date), err);
    }
    *other = *other || value.n;
    return OK;
}

/* *body: what follows the front matter; *line: the line it begins on. What is said there of state,
   labels or who is in charge stands nowhere else, so with such keys it is a paragraph, too. */
static Status front_matter(Str text, Doc *doc, Str *body, uint32_t *line, Err *err) {
    *body = text;
    *line = 1;
    if (!str_starts(text, STR("---\n"))) return OK;
    size_t end = str_find(text, STR("\n---\n"), 3);
    bool other = false;
    if (end == SIZE_MAX || end > 16384) return OK;
    for (size_t at = 4; at < end;) {
        size_t stop = str_find(text, STR("\n"), at);
        TRY(take_key(doc, str_sub(text, at, stop), &other, err));
        at = stop + 1;
    }
    EmitAt at = {BLOCK_PARAGRAPH, 0, 0, 2, EMIT_LINES};
    if (other) TRY(emit_block(doc, at, str_sub(text, 4, end), err));
    *body = str_sub(text, end + 5, text.n);
    *line = 1 + count_lines(str_sub(text, 0, end + 5));
    return OK;
}

/* The parser itself knows no failure of ours: it stops, and md.status is what counts. */
Status read_markdown(Str text, Doc *doc, Err *err) {
    TRY(emit_meta(&doc->format, STR("markdown"), err));
    Markdown md = {.doc = doc, .err = err};
    TRY(front_matter(text, doc, &md.source, &md.source_line, err));
    md.seen_line = md.source_line;
    buf_init(&md.text, DOC_TEXT_MAX);
    MD_PARSER parser = {.flags = MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS |
                                 MD_FLAG_PERMISSIVEAUTOLINKS,
                        .enter_block = on_enter_block,
                        .leave_block = on_leave_block,
                        .enter_span = on_span,
                        .leave_span = on_span,
                        .text = on_text};
    int rc = md_parse(md.source.p ? md.source.p : "", (MD_SIZE)md.source.n, &parser, &md);
    flush(&md);
    buf_fini(&md.text);
    if (md.status != OK) return md.status;
    return rc == 0 ? OK : err_set(err, E_LIMIT, "Markdown that its parser gives up on");
}
