/*
 * The body of docx_list.h: numbering.xml, and counting.
 *
 * An abstract list describes nine levels; each list that paragraphs name copies one of them and
 * counts by itself. A level has a format (1, a, A, i, I, Chinese numbers) and a text in which "%2"
 * stands for the number of level 2:
 *
 *     level 1   decimal      "%1."        1.          2.
 *     level 2   decimal      "%1.%2"        1.1         2.1   2.2
 *     level 3   lowerLetter  "(%3)"             (a)
 *
 * A paragraph moves its own level on and those below begin again. A level above it that has not
 * begun begins then, as if its first paragraph had stood there: clause "1.1" may come before any
 * "1.". People ask by these numbers ("what does clause 4.2 say?"), so they are part of the text.
 *
 * Limits: LISTS_MAX lists, LABEL_MAX bytes of a level's text, START_MAX as the first number. Lists
 * that share an abstract one count apart here; a word processor would let the second go on.
 * Source: ECMA-376 part 1, 17.9 and 17.18.59.
 */
#include "knowledge/read/docx_list.h"

#include <assert.h>
#include <stdio.h>

#include "base/han.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "knowledge/read/xml.h"

enum { LISTS_MAX = 4096, LABEL_MAX = 48, START_MAX = 1 << 20, ABSTRACT = -1 };

typedef enum Format {
    FORMAT_DECIMAL, /* and whatever is not known here */
    FORMAT_BULLET,  /* or no number at all */
    FORMAT_LOWER_LETTER,
    FORMAT_UPPER_LETTER,
    FORMAT_LOWER_ROMAN,
    FORMAT_UPPER_ROMAN,
    FORMAT_CHINESE
} Format;

typedef struct Level {
    char text[LABEL_MAX]; /* "" : not said, "%N." then */
    uint8_t format;       /* a Format */
    bool begun;           /* since the document or a level above it moved on */
    uint32_t start, now;  /* the first number, and the one that was shown last */
} Level;

struct DocxList {
    int64_t id; /* ABSTRACT: a pattern of others */
    uint32_t abstract;
    Level levels[DOCX_LEVELS];
};

/* ---- numbering.xml ---- */

static uint8_t format_of(const char *name) {
    static const struct {
        const char *name;
        Format format;
    } known[] = {{"bullet", FORMAT_BULLET},
                 {"none", FORMAT_BULLET},
                 {"lowerLetter", FORMAT_LOWER_LETTER},
                 {"upperLetter", FORMAT_UPPER_LETTER},
                 {"lowerRoman", FORMAT_LOWER_ROMAN},
                 {"upperRoman", FORMAT_UPPER_ROMAN},
                 {"chineseCounting", FORMAT_CHINESE},
                 {"chineseCountingThousand", FORMAT_CHINESE},
                 {"taiwaneseCounting", FORMAT_CHINESE},
                 {"taiwaneseCountingThousand", FORMAT_CHINESE},
                 {"japaneseCounting", FORMAT_CHINESE}};
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (xml_is(name, known[i].name)) return (uint8_t)known[i].format;
    }
    return FORMAT_DECIMAL;
}

/* Every level begins with 1 until numbering.xml says otherwise. */
static Status add_list(DocxLists *lists, int64_t id, uint32_t abstract, Err *err) {
    TRY(mem_grow((void **)&lists->items, &lists->cap, lists->n + 1, sizeof *lists->items, LISTS_MAX,
                 err));
    DocxList *list = &lists->items[lists->n++];
    *list = (DocxList){.id = id, .abstract = abstract};
    for (size_t i = 0; i < DOCX_LEVELS; i++) list->levels[i].start = 1;
    return OK;
}

/* Abstract lists come first in the file, so that what they say is known. */
static void copy_abstract(DocxLists *lists, DocxList *list) {
    for (size_t i = lists->n; i-- > 0;) { /* of two with one number the last counts */
        const DocxList *a = &lists->items[i];
        if (a->id != ABSTRACT || a->abstract != list->abstract) continue;
        memcpy(list->levels, a->levels, sizeof list->levels);
        return;
    }
}

/* An override of a list stands behind the name of its abstract list and changes the copy. */
static Status open(void *user, const char *name, const char *const *attrs, Err *err) {
    DocxLists *lists = user;
    const char *value = xml_attr(attrs, "val");
    if (xml_is(name, "abstractNum")) {
        uint32_t abstract = xml_number(xml_attr(attrs, "abstractNumId"), 1 << 30, 0);
        return add_list(lists, ABSTRACT, abstract, err);
    }
    if (xml_is(name, "num"))
        return add_list(lists, xml_number(xml_attr(attrs, "numId"), 1 << 30, 0), 0, err);
    if (xml_is(name, "lvl") || xml_is(name, "lvlOverride"))
        lists->level = xml_number(xml_attr(attrs, "ilvl"), DOCX_LEVELS - 1, 0);
    if (!lists->n) return OK;
    assert(lists->level < DOCX_LEVELS); /* xml_number keeps it there */
    DocxList *list = &lists->items[lists->n - 1];
    Level *level = &list->levels[lists->level];
    if (xml_is(name, "numFmt") && value) level->format = format_of(value);
    if (xml_is(name, "lvlText") && value) {
        Str text = utf8_cut(str_from(value), LABEL_MAX - 1);
        (void)snprintf(level->text, sizeof level->text, "%.*s", (int)text.n, text.p);
    }
    if (xml_is(name, "start") || xml_is(name, "startOverride"))
        level->start = xml_number(value, START_MAX, 1);
    if (xml_is(name, "abstractNumId") && list->id != ABSTRACT) {
        list->abstract = xml_number(value, 1 << 30, 0);
        copy_abstract(lists, list);
    }
    return OK;
}

void docx_lists_read(DocxLists *lists, Str part) {
    XmlEvents events = {open, xml_ignore_close, xml_ignore_text, lists};
    if (part.n && xml_parse(part, "numbering.xml", &events, NULL) != OK) return;
}

void docx_lists_fini(DocxLists *lists) {
    mem_free(lists->items);
    *lists = (DocxLists){0};
}

/* ---- numbers as they are shown ---- */

/* a to z, then aa to zz and so on, as word processors have it. At most LETTERS of them. */
static void add_letters(Buf *out, uint32_t n, char first) {
    enum { LETTERS = 8 };
    uint32_t times = (n - 1) / 26 + 1;
    for (uint32_t i = 0; i < times && i < LETTERS; i++) {
        buf_add_byte(out, (char)(first + (n - 1) % 26));
    }
}

/* Up to 3999; larger ones as digits. */
static void add_roman(Buf *out, uint32_t n, bool upper) {
    static const struct {
        uint32_t value;
        const char *upper, *lower;
    } signs[] = {{1000, "M", "m"}, {900, "CM", "cm"}, {500, "D", "d"}, {400, "CD", "cd"},
                 {100, "C", "c"},  {90, "XC", "xc"},  {50, "L", "l"},  {40, "XL", "xl"},
                 {10, "X", "x"},   {9, "IX", "ix"},   {5, "V", "v"},   {4, "IV", "iv"},
                 {1, "I", "i"}};
    if (n > 3999) buf_printf(out, "%u", n);
    for (size_t i = 0; i < ARRAY_LEN(signs) && n <= 3999; i++) {
        for (; n >= signs[i].value; n -= signs[i].value) {
            buf_add_c(out, upper ? signs[i].upper : signs[i].lower);
        }
    }
}

/* Up to 99; larger ones as digits. */
static void add_chinese(Buf *out, uint32_t n) {
    if (n <= 99) han_add_number(out, n);
    else buf_printf(out, "%u", n);
}

/* A list may start with 0, which letters, Roman and Chinese numbers do not have. */
static void add_number(Buf *out, uint32_t n, uint8_t format) {
    switch (n ? (Format)format : FORMAT_DECIMAL) {
    case FORMAT_LOWER_LETTER: add_letters(out, n, 'a'); break;
    case FORMAT_UPPER_LETTER: add_letters(out, n, 'A'); break;
    case FORMAT_LOWER_ROMAN: add_roman(out, n, false); break;
    case FORMAT_UPPER_ROMAN: add_roman(out, n, true); break;
    case FORMAT_CHINESE: add_chinese(out, n); break;
    default: buf_printf(out, "%u", n);
    }
}

/* The level's text with its numbers. */
static void add_label(Buf *out, const DocxList *list, size_t level) {
    const char *text = list->levels[level].text;
    if (!*text) {
        add_number(out, list->levels[level].now, list->levels[level].format);
        buf_add_c(out, ".");
    }
    for (; *text; text++) {
        size_t of = text[0] == '%' && text[1] >= '1' && text[1] <= '9' ? (size_t)(text[1] - '1')
                                                                       : DOCX_LEVELS;
        if (of >= DOCX_LEVELS) {
            buf_add_byte(out, *text);
        } else {
            add_number(out, list->levels[of].now, list->levels[of].format);
            text++;
        }
    }
    buf_add_byte(out, ' ');
}

/* Levels above that have not begun begin; those below begin again. */
static void count(DocxList *list, size_t level) {
    for (size_t k = 0; k < DOCX_LEVELS; k++) {
        Level *at = &list->levels[k];
        if (k == level && at->begun) at->now++;
        if (k <= level && !at->begun) at->now = at->start;
        at->begun = k <= level;
    }
}

bool docx_lists_count(DocxLists *lists, uint32_t id, size_t level, Buf *out) {
    if (level >= DOCX_LEVELS) level = DOCX_LEVELS - 1;
    for (size_t i = 0; i < lists->n; i++) {
        DocxList *list = &lists->items[i];
        if (list->id != id) continue;
        count(list, level);
        if (list->levels[level].format == FORMAT_BULLET) return false;
        add_label(out, list, level);
        return true;
    }
    return false;
}
