/*
 * An HTML page as a flat list of nodes, the way the reader looks at it.
 *
 * Nodes stand in document order; the subtree of node i is [i, end), so that walking is a loop and
 * no depth of nesting can exhaust a stack. What a reader of the page never sees (scripts, styles,
 * hidden elements, controls) is left out when the list is made; what is probably not content
 * (navigation, footers, sidebars, by tag, role or class name) stays and is marked.
 *
 * chars counts characters of text, a CJK character as three (it says about as much as three
 * letters); link_chars the part of it inside links; commas the marks that separate clauses.
 */
#ifndef HEARTH_KNOWLEDGE_READ_HTML_TREE_H
#define HEARTH_KNOWLEDGE_READ_HTML_TREE_H

#include "base/mem.h"
#include "base/text.h"

typedef enum HtmlRole {
    HTML_TEXT,
    HTML_INLINE,
    HTML_LINK,
    HTML_BREAK,     /* br */
    HTML_BLOCK,     /* div, section, article, ... */
    HTML_PARAGRAPH, /* p, blockquote, dd, dt, figcaption, address */
    HTML_HEADING,   /* level */
    HTML_ITEM,      /* li */
    HTML_LIST,      /* ul, ol, dl */
    HTML_PRE,
    HTML_TABLE,
    HTML_ROW,
    HTML_CELL, /* level 1: th */
    HTML_IMAGE
} HtmlRole;

enum {
    HTML_UNLIKELY = 1, /* navigation, footer, sidebar, comments, by tag, role or name */
    HTML_LIKELY = 2,   /* article, main, or named so */
    HTML_ORDERED = 4,  /* ol */
    HTML_SURE = 8,     /* microdata or a name of which pages have one: the article's text */
    HTML_DOUBTFUL = 16 /* while the tree is built: unlikely, if there is no text in it */
};

typedef struct HtmlNode {
    Str text; /* of a text node */
    uint32_t parent, end; /* the subtree is [own number, end); the root is its own parent */
    uint32_t line;
    uint32_t chars, link_chars, commas;
    float score; /* of html_main.c */
    uint8_t role, level, flags, tables; /* tables: number of tables inside, at most 255 */
    uint8_t columns, rows; /* of a cell: how many it takes up, 1 to HTML_SPAN_MAX */
} HtmlNode;

typedef struct HtmlTree {
    HtmlNode *nodes; /* nodes[0] is the root, <html>; mem_free */
    size_t n, cap;
    Str title, author, date; /* in the arena given to html_tree_build */
} HtmlTree;

enum { HTML_NODES_MAX = 4 << 20, HTML_NESTING_MAX = 3000, HTML_SPAN_MAX = 200 };

/* Parses html; texts live in the arena. E_LIMIT when the page needs more memory than the arena may
   hand out, E_UNSUPPORTED when its nesting is deeper than HTML_NESTING_MAX. */
Status html_tree_build(Str html, Arena *arena, HtmlTree *out, Err *err) WARN_UNUSED;

/* Does the table at node `at` hold data: more than one cell a row, no table inside, and hardly a
   cell of page length? The others lay out a page. */
bool html_is_data_table(const HtmlTree *tree, uint32_t at);

/* Which nodes are the content: a list of subtree roots in order, disjoint. */
typedef struct HtmlPick {
    uint32_t *roots; /* mem_free */
    size_t n, cap;
    bool whole; /* nothing stood out: everything but the unlikely parts */
} HtmlPick;

/* Fills out->roots; mem_free them. Nodes get scores. An empty page has no roots. */
Status html_pick_main(HtmlTree *tree, HtmlPick *out, Err *err) WARN_UNUSED;

#endif
