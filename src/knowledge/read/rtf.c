/*
 * Rich Text Format: what a reader of the document sees.
 *
 * RTF is text made of groups in braces, control words (\par, \b0, \u8364), control symbols (\~, \')
 * and characters. A group inherits what holds around it and gives it back at its end. Some groups
 * are destinations: a table of fonts, a picture, a header. Of those only fonts (for their character
 * sets) and the document's information (title, author, date) are read; a destination that is not
 * known is skipped when \* stands before it, as the specification demands. Deleted and hidden text,
 * headers, footers, pictures, and the instructions of fields are left out; a footnote stands where
 * it is called, in parentheses. A text box stands where it hangs.
 *
 * Characters are bytes of the current font's character set, or of the document's (\ansicpg), and
 * of \uN, behind which as many characters stand in for it as \uc says, which are dropped. Bytes are
 * gathered and decoded together, since characters of two bytes come as \'d6\'d0.
 *
 * \outlinelevel makes a paragraph a heading; \listtext holds an item's mark; \cell and \row end
 * cells and rows, \trhdr tells a row of headings. A group of \*\htmltag (mail from Outlook) is
 * skipped: the text between is what the page says.
 *
 * Limits: groups deeper than DEPTH_MAX share one state; FONTS_MAX fonts have a character set.
 * Source: Rich Text Format Specification 1.9.1 (Microsoft, 2008); [MS-OXRTFEX] for \htmltag.
 *
 * An example: {\rtf1\ansi{\fonttbl{\f0\fcharset134 Song;}}\f0 \'d6\'d0{\b rent} \u8364?900\par}
 *
 *     {\fonttbl ...}     a destination: font 0 has code page 936
 *     \f0 \'d6\'d0       two bytes of it: one character, U+4E2D
 *     {\b rent}          a group: its text goes on in the paragraph
 *     \u8364?            U+20AC; the '?' stands in for it and is dropped
 *     \par               the paragraph is a block
 */
#include <assert.h>
#include <stdio.h>

#include "base/lists.h"
#include "base/mem.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "knowledge/read/charset.h"
#include "knowledge/read/clean.h"
#include "knowledge/read/flow.h"
#include "knowledge/read/read.h"

enum { DEPTH_MAX = 256, FONTS_MAX = 1024, WORD_MAX = 32, VALUE_MAX = 4096 };

typedef enum Place {
    PLACE_BODY,
    PLACE_SKIPPED,
    PLACE_FONTS,
    PLACE_MARK, /* of a list's item */
    PLACE_TITLE,
    PLACE_AUTHOR,
    PLACE_DATE
} Place;

/* What a group inherits. */
typedef struct State {
    Place place;
    const char *charset;
    int skip;    /* characters that stand for a \u */
    bool hidden; /* \v, \deleted */
    bool note;   /* the group is a footnote: it closes with a parenthesis */
    bool box;    /* the group is a text box: its words are not those around it */
} State;

typedef struct Rtf {
    Str in;
    size_t at;
    Flow flow;
    State stack[DEPTH_MAX];
    size_t depth; /* of open groups; the state is stack[at most DEPTH_MAX - 1] */
    const char *charset; /* the document's */
    const char *fonts[FONTS_MAX]; /* NULL: the document's */
    int font;       /* that the table of fonts describes */
    int drop;       /* characters still to be dropped behind a \u */
    uint32_t high;  /* the first of a pair of surrogates */
    Buf bytes;      /* characters not decoded yet */
    Buf mark, value; /* an item's mark; a title, an author */
    int day[3];     /* \yr \mo \dy */
    int heading;
    bool item, in_table, header;
    bool star; /* \* stood here */
    Err *err;
} Rtf;

/* What holds in the open group. */
static State *state_of(Rtf *r) {
    return &r->stack[r->depth < DEPTH_MAX ? r->depth : DEPTH_MAX - 1];
}

/* ---- characters ---- */

/* Where text goes in this state; NULL: nowhere. */
static Buf *sink_of(Rtf *r) {
    const State *s = state_of(r);
    if (s->hidden) return NULL;
    switch (s->place) {
    case PLACE_BODY: return &r->flow.text;
    case PLACE_MARK: return &r->mark;
    case PLACE_TITLE:
    case PLACE_AUTHOR: return r->value.n < VALUE_MAX ? &r->value : NULL;
    default: return NULL;
    }
}

/* Decodes what was gathered, before the state or the kind of character changes. */
static void flush(Rtf *r) {
    Buf *to = sink_of(r);
    if (to && r->bytes.n) charset_add(to, buf_str(&r->bytes), state_of(r)->charset);
    buf_clear(&r->bytes);
}

/* A character of the document, or one that stands in for a \u and is dropped. */
static void add_byte(Rtf *r, char c) {
    if (r->drop) {
        r->drop--;
        return;
    }
    if (sink_of(r)) buf_add_byte(&r->bytes, c);
}

/* A character that is known; bytes before it are decoded first, so that the order stays. */
static void add_code(Rtf *r, uint32_t code) {
    flush(r);
    Buf *to = sink_of(r);
    if (to) utf8_add(to, code);
}

/* \uN: a UTF-16 unit as a signed number. */
static void add_unit(Rtf *r, int64_t n) {
    uint32_t unit = (uint32_t)(n < 0 ? n + 65536 : n) & 0xFFFF;
    assert(r->high == 0 || (r->high >= 0xD800 && r->high < 0xDC00));
    r->drop = 0;
    if (unit >= 0xDC00 && unit < 0xE000 && r->high) {
        add_code(r, 0x10000 + ((r->high - 0xD800) << 10) + (unit - 0xDC00));
        r->high = 0;
    } else if (unit >= 0xD800 && unit < 0xDC00) {
        r->high = unit;
    } else {
        r->high = 0;
        add_code(r, unit >= 0xDC00 && unit < 0xE000 ? UTF8_REPLACEMENT : unit);
    }
    r->drop = state_of(r)->skip;
}

/* ---- paragraphs and tables ---- */

/* "- " before what an item says, or its number. */
static Status put_mark(Rtf *r) {
    Str mark = str_trim(buf_str(&r->mark));
    unsigned char first = mark.n ? (unsigned char)mark.p[0] : 0; /* a char may have no sign */
    bool counts = first >= 0x80 || (first >= '0' && first <= 'z');
    if (!r->item) return OK;
    Buf text;
    buf_init(&text, DOC_TEXT_MAX);
    if (counts && !str_eq_c(mark, "\xC2\xB7")) buf_add_str(&text, mark);
    else buf_add_byte(&text, '-');
    buf_add_byte(&text, ' ');
    buf_add_str(&text, buf_str(&r->flow.text));
    Status status = buf_check(&text, "an item of a list", r->err);
    if (status == OK) {
        buf_clear(&r->flow.text);
        buf_add_str(&r->flow.text, buf_str(&text));
    }
    buf_fini(&text);
    return status;
}

/* Inside a table a paragraph is a blank of its cell. */
static Status end_paragraph(Rtf *r) {
    flush(r);
    if (r->in_table) {
        buf_add_byte(&r->flow.text, ' ');
        return OK;
    }
    if (str_trim(buf_str(&r->flow.text)).n) TRY(put_mark(r));
    Status status = flow_paragraph(&r->flow, r->heading, r->item, r->err);
    buf_clear(&r->mark);
    r->item = false;
    return status;
}

/* \intbl is said anew in each paragraph that is in a table. */
static Status end_row(Rtf *r) {
    flush(r);
    Status status = flow_row(&r->flow, r->header, r->err);
    r->in_table = false;
    return status;
}

/* ---- control words ---- */

/* \fcharset and the code page it means (section "Font Table" of the specification). */
static const struct {
    int charset;
    unsigned codepage;
} CHARSETS[] = {{77, 10000}, {128, 932}, {129, 949}, {130, 949}, {134, 936}, {136, 950},
                {161, 1253}, {162, 1254}, {163, 1258}, {177, 1255}, {178, 1256}, {186, 1257},
                {204, 1251}, {222, 874}, {238, 1250}, {255, 437}};

/* Of a number that is not in the table the document's. */
static const char *charset_of_font(const Rtf *r, int64_t number) {
    for (size_t i = 0; i < ARRAY_LEN(CHARSETS); i++) {
        if (CHARSETS[i].charset == number) return charset_of_codepage(CHARSETS[i].codepage);
    }
    return r->charset;
}

/* \fN: in the table of fonts it begins an entry, elsewhere it chooses one. */
static void choose_font(Rtf *r, int64_t n) {
    bool known = n >= 0 && n < FONTS_MAX;
    if (state_of(r)->place == PLACE_FONTS) {
        r->font = known ? (int)n : -1;
        return;
    }
    flush(r);
    state_of(r)->charset = known && r->fonts[n] ? r->fonts[n] : r->charset;
}

/* Destinations that \* does not announce and whose text is none of the document's. */
static bool is_no_text(const char *word) {
    static const char *const list[] = {
        "colortbl", "stylesheet", "pict", "object", "sp", "header", "headerl", "headerr", "headerf",
        "footer", "footerl", "footerr", "footerf", "fldinst", "operator", "subject", "keywords",
        "comment", "doccomm", "company", "manager", "category", "revtim", "printim", "buptim",
        "bkmkstart", "bkmkend", "xe", "tc", "annotation", "atnid", "atnauthor", "nonshppict",
        "ftnsep", "ftnsepc", "aftnsep", "aftnsepc", "listtable", "listoverridetable", "filetbl",
        "rsidtbl", "generator", "themedata", "colorschememapping", "datastore", "latentstyles",
        "template", "private", "hlinkbase", NULL};
    return list_has(str_from(word), list);
}

/* Announced by \*, and read all the same. */
static bool is_text(const char *word) {
    static const char *const list[] = {"shpinst", "shptxt", "do", "fldrslt", "nesttableprops",
                                       "footnote", "listtext", NULL};
    return list_has(str_from(word), list);
}

/* A word that says what the group holds; false: it says something else. */
static bool open_destination(Rtf *r, const char *word) {
    static const struct {
        const char *word;
        Place place;
    } known[] = {{"fonttbl", PLACE_FONTS}, {"info", PLACE_SKIPPED}, {"title", PLACE_TITLE},
                 {"author", PLACE_AUTHOR}, {"creatim", PLACE_DATE}, {"listtext", PLACE_MARK},
                 {"pntext", PLACE_MARK}};
    State *s = state_of(r);
    bool starred = r->star;
    r->star = false;
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (strcmp(word, known[i].word) != 0) continue;
        s->place = known[i].place;
        if (s->place == PLACE_MARK) r->item = true;
        return true;
    }
    if (strcmp(word, "footnote") == 0 && s->place == PLACE_BODY) {
        flush(r);
        buf_add_c(&r->flow.text, " (");
        s->note = true;
        return true;
    }
    if ((strcmp(word, "shptxt") == 0 || strcmp(word, "dptxbxtext") == 0) &&
        s->place == PLACE_BODY) {
        flush(r);
        buf_add_byte(&r->flow.text, ' ');
        s->box = true;
        return true;
    }
    bool skip = is_no_text(word) || (starred && !is_text(word));
    if (skip) s->place = PLACE_SKIPPED;
    return skip;
}

/* Words that stand for a character. */
static bool put_character(Rtf *r, const char *word) {
    static const struct {
        const char *word;
        uint32_t code;
    } known[] = {{"tab", ' '}, {"line", ' '}, {"emdash", 0x2014}, {"endash", 0x2013},
                 {"lquote", 0x2018}, {"rquote", 0x2019}, {"ldblquote", 0x201C},
                 {"rdblquote", 0x201D}, {"bullet", 0x2022}, {"emspace", ' '}, {"enspace", ' '},
                 {"nestcell", ' '}, {"nestrow", ' '}};
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (strcmp(word, known[i].word) != 0) continue;
        if (r->drop) r->drop--;
        else add_code(r, known[i].code);
        return true;
    }
    return false;
}

/* Words about the document, its fonts and its information. */
static bool put_setting(Rtf *r, const char *word, int64_t n) {
    State *s = state_of(r);
    assert(r->font < FONTS_MAX); /* choose_font takes no other; -1: none */
    if (strcmp(word, "ansicpg") == 0) s->charset = r->charset = charset_of_codepage((unsigned)n);
    else if (strcmp(word, "mac") == 0) s->charset = r->charset = charset_of_codepage(10000);
    else if (strcmp(word, "f") == 0) choose_font(r, n);
    else if (strcmp(word, "fcharset") == 0) {
        if (s->place == PLACE_FONTS && r->font >= 0) r->fonts[r->font] = charset_of_font(r, n);
    } else if (strcmp(word, "uc") == 0) s->skip = n >= 0 && n < 256 ? (int)n : 1;
    else if (strcmp(word, "v") == 0 || strcmp(word, "deleted") == 0) {
        flush(r);
        s->hidden = n != 0;
    } else if (strcmp(word, "plain") == 0) {
        flush(r);
        s->hidden = false;
        s->charset = r->charset;
    } else if (s->place == PLACE_DATE && n > 0 && n < 10000) {
        if (strcmp(word, "yr") == 0) r->day[0] = (int)n;
        if (strcmp(word, "mo") == 0) r->day[1] = (int)n;
        if (strcmp(word, "dy") == 0) r->day[2] = (int)n;
    } else return false;
    return true;
}

/* Words about paragraphs and tables. */
static Status put_layout(Rtf *r, const char *word, int64_t n) {
    if (state_of(r)->place != PLACE_BODY) return OK;
    if (strcmp(word, "par") == 0 || strcmp(word, "sect") == 0 || strcmp(word, "page") == 0) {
        return end_paragraph(r);
    }
    if (strcmp(word, "row") == 0) return end_row(r);
    if (strcmp(word, "cell") == 0) {
        flush(r);
        flow_cell(&r->flow);
    } else if (strcmp(word, "intbl") == 0) {
        r->in_table = true;
    } else if (strcmp(word, "trowd") == 0) {
        r->header = false;
    } else if (strcmp(word, "trhdr") == 0) {
        r->header = true;
    } else if (strcmp(word, "outlinelevel") == 0) {
        r->heading = n >= 0 && n < 9 ? (int)n + 1 : 0;
    } else if (strcmp(word, "pard") == 0) {
        r->heading = 0;
        r->in_table = false;
    }
    return OK;
}

/* The order matters: what a skipped destination says is not obeyed, but for the parts of it that
   are read. */
static Status control_word(Rtf *r, const char *word, bool given, int64_t n) {
    if (strcmp(word, "bin") == 0) {
        size_t left = r->in.n - r->at;
        r->at += n > 0 && (uint64_t)n < left ? (size_t)n : n > 0 ? left : 0;
        return OK;
    }
    if (state_of(r)->place == PLACE_SKIPPED && strcmp(word, "title") != 0 &&
        strcmp(word, "author") != 0 && strcmp(word, "creatim") != 0 &&
        strcmp(word, "shptxt") != 0) {
        r->star = false;
        return OK;
    }
    if (strcmp(word, "u") == 0) {
        add_unit(r, n);
        return OK;
    }
    if (open_destination(r, word) || put_character(r, word)) return OK;
    if (put_setting(r, word, given ? n : 1)) return OK;
    return put_layout(r, word, given ? n : 1);
}

/* ---- the grammar ---- */

/* Letters and a number behind a backslash; one blank behind them belongs to them. */
static Status read_word(Rtf *r) {
    char word[WORD_MAX + 1], digits[12];
    size_t n = 0, d = 0;
    while (r->at < r->in.n && n < WORD_MAX) {
        char c = r->in.p[r->at];
        if (!plain_is_letter(c)) break;
        word[n++] = c;
        r->at++;
    }
    word[n] = 0;
    if (r->at < r->in.n && r->in.p[r->at] == '-') digits[d++] = r->in.p[r->at++];
    while (r->at < r->in.n && plain_is_digit(r->in.p[r->at])) {
        if (d < sizeof digits - 1) digits[d++] = r->in.p[r->at];
        r->at++;
    }
    if (r->at < r->in.n && r->in.p[r->at] == ' ') r->at++;
    assert(n <= WORD_MAX && d < sizeof digits);
    int64_t value = 0;
    bool given = num_parse_int((Str){digits, d}, INT32_MIN, INT32_MAX, "n", "", &value, NULL) == OK;
    return control_word(r, word, given, value);
}

/* A backslash and what is no letter. */
static Status read_symbol(Rtf *r) {
    char c = r->in.p[r->at++];
    if (c == '\'') {
        int a = r->at < r->in.n ? plain_hex(r->in.p[r->at]) : -1;
        int b = r->at + 1 < r->in.n ? plain_hex(r->in.p[r->at + 1]) : -1;
        if (a < 0 || b < 0) return OK;
        r->at += 2;
        add_byte(r, (char)(a * 16 + b));
        return OK;
    }
    if (c == '\n' || c == '\r') return put_layout(r, "par", 1);
    if (c == '*') r->star = true;
    if (c == '~') add_byte(r, ' ');
    if (c == '_') add_byte(r, '-');
    if (c == '{' || c == '}' || c == '\\') add_byte(r, c);
    return OK;
}

/* A group begins with what holds around it. Beyond DEPTH_MAX groups change one state in common. */
static void open_group(Rtf *r) {
    flush(r);
    const State *outer = state_of(r);
    r->depth++;
    r->drop = 0;
    *state_of(r) = *outer;
    state_of(r)->note = state_of(r)->box = false;
}

/* A title, an author or a day is finished. */
static Status take_value(Rtf *r, Place place) {
    Doc *doc = r->flow.doc;
    Str value = buf_str(&r->value);
    Status status = OK;
    if (place == PLACE_TITLE && !doc->title) status = emit_meta(&doc->title, value, r->err);
    if (place == PLACE_AUTHOR && !doc->author) status = emit_meta(&doc->author, value, r->err);
    if (place == PLACE_DATE && r->day[0] && !doc->date) {
        char text[48], date[11];
        (void)snprintf(text, sizeof text, "%04d-%02d-%02d", r->day[0], r->day[1], r->day[2]);
        if (emit_date(str_from(text), date)) {
            status = emit_meta(&doc->date, str_from(date), r->err);
        }
    }
    buf_clear(&r->value);
    return status;
}

/* What was gathered belongs to the group that ends. */
static Status close_group(Rtf *r) {
    flush(r);
    r->drop = 0;
    r->star = false;
    if (r->depth == 0) return OK;
    const State inner = *state_of(r);
    r->depth--;
    if (r->depth >= DEPTH_MAX) return OK;
    if (inner.note) buf_add_c(&r->flow.text, ") ");
    if (inner.box) buf_add_byte(&r->flow.text, ' ');
    return inner.place != state_of(r)->place ? take_value(r, inner.place) : OK;
}

/* The whole grammar: braces, backslashes and characters. Line ends in the file mean nothing. */
static Status read_groups(Rtf *r) {
    while (r->at < r->in.n) {
        char c = r->in.p[r->at++];
        Status status = OK;
        if (c == '{') {
            open_group(r);
        } else if (c == '}') {
            status = close_group(r);
            if (r->depth == 0) break; /* what stands behind the document is none of it */
        } else if (c == '\\') {
            if (r->at == r->in.n) break;
            char next = r->in.p[r->at];
            bool letter = plain_is_letter(next);
            status = letter ? read_word(r) : read_symbol(r);
        } else if (c != '\r' && c != '\n') {
            add_byte(r, c);
        }
        if (status != OK) return status;
    }
    return OK;
}

/* A row or paragraph that the file leaves open is finished here. */
Status read_rtf(Str bytes, Doc *doc, Err *err) {
    Rtf *r = mem_zalloc(sizeof *r);
    if (!r) return err_no_memory(err, "a reader of rich text");
    r->in = bytes;
    r->err = err;
    r->font = -1;
    r->charset = charset_of_codepage(1252);
    r->stack[0] = (State){.charset = r->charset, .skip = 1};
    flow_init(&r->flow, doc);
    Buf *bufs[] = {&r->bytes, &r->mark, &r->value};
    for (size_t i = 0; i < ARRAY_LEN(bufs); i++) buf_init(bufs[i], DOC_TEXT_MAX);
    Status status = read_groups(r);
    r->in_table = false;
    r->depth = 0;
    if (status == OK && r->flow.cells) status = flow_row(&r->flow, false, err);
    if (status == OK) status = end_paragraph(r);
    if (status == OK) status = emit_meta(&doc->format, STR("rtf"), err);
    for (size_t i = 0; i < ARRAY_LEN(bufs); i++) buf_fini(bufs[i]);
    flow_fini(&r->flow);
    mem_free(r);
    return status;
}
