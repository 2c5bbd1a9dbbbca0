/*
 * Gumbo's tree made flat. See html_tree.h for what is kept.
 *
 * Gumbo asks for memory through callbacks and does not expect "no": our callback leaves the parser
 * by longjmp when the arena is full, which is safe because everything it owns lies in that arena.
 * Gumbo's scope checks walk the stack of open elements, so its time grows with input size times
 * nesting; a page nested deeper than HTML_NESTING_MAX is therefore not given to it at all (the
 * caller strips its tags instead). End tags that HTML lets people leave out do not count as
 * nesting. The parser adds elements of its own, and a page may hide from the count, so that the
 * depth of the tree is looked at once more.
 *
 * Sources: HTML Living Standard, 13.2 (parsing), 15.3.1 (hidden elements); WAI-ARIA landmark roles.
 *
 * An example: <p>Hi <b>you</b></p><ul><li>a</ul> becomes, with the elements that the parser adds,
 *
 *     node     0     1     2  3      4  5      6   7   8
 *     what     html  body  p  "Hi "  b  "you"  ul  li  "a"
 *     parent   0     0     1  2      2  4      1   6   7
 *     end      9     9     6  4      6  6      9   9   9
 *
 * so that "all text of the list" is the loop from 6 to 9, and what lies behind p begins with 6.
 *
 * The words in flags_by_name are those that pages use for their parts in class and id; a longer
 * list of surely good ones is asked first, since "article-body" holds "body" and "comment-body"
 * does, too.
 */
#include "knowledge/read/html_tree.h"

#include <assert.h>
#include <gumbo.h>
#include <setjmp.h>
#include <stdio.h>

#include "base/hash.h"
#include "base/plain.h"
#include "base/utf8.h"

/* Gumbo's memory. `full` is where pool_alloc leaves to when the arena gives no more. */
typedef struct Pool {
    Arena *arena;
    jmp_buf full;
} Pool;

static void *pool_alloc(void *user, size_t n) {
    Pool *pool = user;
    void *p = arena_alloc(pool->arena, n);
    if (!p) longjmp(pool->full, 1);
    return p;
}

/* Nothing: the arena goes as a whole, when the caller's page is done. */
static void pool_release(void *user, void *p) {
    (void)user;
    (void)p;
}

/* ---- nesting, before parsing ---- */

/* Does the tag whose name begins at `at` have this name? `| 32` lowers ASCII letters. What follows
   must end the name: "pre" is no "p". */
static bool tag_is(Str s, size_t at, const char *name) {
    size_t n = strlen(name);
    if (s.n - at <= n) return false;
    for (size_t i = 0; i < n; i++) {
        if ((s.p[at + i] | 32) != name[i]) return false;
    }
    char next = s.p[at + n];
    return next == '>' || next == ' ' || next == '/' || next == '\n' || next == '\t';
}

/* Void elements, those whose end tag may be left out, and shapes, which drawings close in place. */
static bool closes_itself(Str s, size_t at) {
    static const char *const names[] = {
        "br",     "img",    "hr",     "input", "meta",    "link", "p",    "li",       "td",
        "th",     "tr",     "option", "dt",    "dd",      "wbr",  "area", "source",   "col",
        "path",   "tbody",  "thead",  "param", "embed",   "use",  "rect", "circle",   "line",
        "ellipse", "polygon", "polyline", "stop"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (tag_is(s, at, names[i])) return true;
    }
    return false;
}

enum { NAME_SLOTS = 512 };

/* The slot of the tag name that begins at `at`. Two names may share one: the count is rough. */
static size_t name_slot(Str s, size_t at) {
    size_t from = at;
    while (at < s.n && at - from < 64 && plain_is_alnum(s.p[at])) at++;
    char name[64];
    for (size_t i = from; i < at; i++) name[i - from] = plain_lower(s.p[i]);
    return hash_check64(name, at - from, 0) % NAME_SLOTS;
}

/* Behind the comment that begins at `at`. */
static size_t comment_end(Str s, size_t at) {
    bool empty = str_starts(str_sub(s, at, s.n), STR("<!-->"));
    size_t end = empty ? at + 2 : str_find(s, STR("-->"), at + 4);
    return end == SIZE_MAX ? s.n : end + 3;
}

/* A rough count over the bytes, for the guard alone. An end tag counts where one of its name is
   open: browsers pass over others, and so does gumbo. Tags in scripts and attributes count, too.
   So it keeps honest deep pages from gumbo, and plain tricks; one that was made to pass it meets
   the CPU limit of the reader child. */
static size_t deepest_nesting(Str s) {
    uint32_t open[NAME_SLOTS] = {0};
    size_t depth = 0, deepest = 0;
    for (size_t at = 0; at + 2 < s.n; at++) {
        if (s.p[at] != '<') continue;
        bool end = s.p[at + 1] == '/';
        size_t name = at + 1 + end;
        if (str_starts(str_sub(s, at, s.n), STR("<!--"))) at = comment_end(s, at) - 1;
        if (at >= name || !plain_is_letter(s.p[name]) || closes_itself(s, name)) continue;
        uint32_t *own = &open[name_slot(s, name)];
        if (end && *own == 0) continue;
        *own += end ? UINT32_MAX : 1; /* - 1 */
        depth += end ? SIZE_MAX : 1;
        if (depth > deepest) deepest = depth;
    }
    return deepest;
}

/* ---- what an element is ---- */

/* HTML_INLINE for every tag that is not named here, unknown ones included: their text goes on in
   the line. */
static HtmlRole role_of(GumboTag tag) {
    switch (tag) {
    case GUMBO_TAG_A: return HTML_LINK;
    case GUMBO_TAG_BR: return HTML_BREAK;
    case GUMBO_TAG_H1:
    case GUMBO_TAG_H2:
    case GUMBO_TAG_H3:
    case GUMBO_TAG_H4:
    case GUMBO_TAG_H5:
    case GUMBO_TAG_H6: return HTML_HEADING;
    case GUMBO_TAG_P:
    case GUMBO_TAG_BLOCKQUOTE:
    case GUMBO_TAG_DT:
    case GUMBO_TAG_DD:
    case GUMBO_TAG_FIGCAPTION:
    case GUMBO_TAG_CAPTION:
    case GUMBO_TAG_ADDRESS:
    case GUMBO_TAG_SUMMARY: return HTML_PARAGRAPH;
    case GUMBO_TAG_LI: return HTML_ITEM;
    case GUMBO_TAG_UL:
    case GUMBO_TAG_OL:
    case GUMBO_TAG_DL: return HTML_LIST;
    case GUMBO_TAG_PRE:
    case GUMBO_TAG_LISTING:
    case GUMBO_TAG_XMP: return HTML_PRE;
    case GUMBO_TAG_TABLE: return HTML_TABLE;
    case GUMBO_TAG_TR: return HTML_ROW;
    case GUMBO_TAG_TD:
    case GUMBO_TAG_TH: return HTML_CELL;
    case GUMBO_TAG_IMG: return HTML_IMAGE;
    case GUMBO_TAG_HTML:
    case GUMBO_TAG_BODY:
    case GUMBO_TAG_DIV:
    case GUMBO_TAG_SECTION:
    case GUMBO_TAG_ARTICLE:
    case GUMBO_TAG_MAIN:
    case GUMBO_TAG_HEADER:
    case GUMBO_TAG_FOOTER:
    case GUMBO_TAG_NAV:
    case GUMBO_TAG_ASIDE:
    case GUMBO_TAG_HGROUP:
    case GUMBO_TAG_CENTER:
    case GUMBO_TAG_DETAILS:
    case GUMBO_TAG_FIELDSET:
    case GUMBO_TAG_FIGURE:
    case GUMBO_TAG_FORM:
    case GUMBO_TAG_HR:
    case GUMBO_TAG_THEAD:
    case GUMBO_TAG_TBODY:
    case GUMBO_TAG_TFOOT: return HTML_BLOCK;
    default: return HTML_INLINE;
    }
}

/* Nothing below these is text of the page to its reader: code, drawings, players, controls. */
static bool never_seen(GumboTag tag) {
    switch (tag) {
    case GUMBO_TAG_HEAD:
    case GUMBO_TAG_SCRIPT:
    case GUMBO_TAG_STYLE:
    case GUMBO_TAG_NOSCRIPT:
    case GUMBO_TAG_TEMPLATE:
    case GUMBO_TAG_SVG:
    case GUMBO_TAG_IFRAME:
    case GUMBO_TAG_OBJECT:
    case GUMBO_TAG_EMBED:
    case GUMBO_TAG_VIDEO:
    case GUMBO_TAG_AUDIO:
    case GUMBO_TAG_CANVAS:
    case GUMBO_TAG_BUTTON:
    case GUMBO_TAG_SELECT:
    case GUMBO_TAG_TEXTAREA:
    case GUMBO_TAG_INPUT:
    case GUMBO_TAG_DATALIST: return true;
    default: return false;
    }
}

/* "" where it is missing: an empty attribute says as little. Gumbo's memory. */
static const char *attribute(const GumboElement *e, const char *name) {
    const GumboAttribute *a = gumbo_get_attribute(&e->attributes, name);
    return a ? a->value : "";
}

/* rowspan or colspan; what is no number of rows or columns is 1, as browsers have it. */
static uint8_t span_of(const GumboElement *e, const char *name) {
    int64_t value;
    Str text = str_trim(str_from(attribute(e, name)));
    bool good = text.n && num_parse_int(text, 1, UINT32_MAX, name, "", &value, NULL) == OK;
    return !good ? 1 : value < HTML_SPAN_MAX ? (uint8_t)value : HTML_SPAN_MAX;
}

/* Copies without blanks, lower case: "Display : none" -> "display:none". */
static void squash(Str text, char *out, size_t cap) {
    size_t to = 0;
    for (size_t i = 0; i < text.n && to + 1 < cap; i++) {
        if ((unsigned char)text.p[i] > ' ') out[to++] = plain_lower(text.p[i]);
    }
    out[to] = 0;
}

/* "0", "0px", ".0em", "0%". */
static bool is_zero(const char *value) {
    size_t n = strspn(value, "0.");
    return n > 0 && !plain_is_digit(value[n]);
}

/* Style sheets are not read. What is written in the colour of its ground nobody sees, either. */
static bool style_hides(const char *style) {
    char said[128], ink[64] = "", ground[64] = "";
    for (size_t n; *style; style += n + (style[n] == ';')) {
        n = strcspn(style, ";");
        squash((Str){style, n}, said, sizeof said);
        char *value = strchr(said, ':');
        if (!value) continue;
        *value++ = 0;
        bool none = !strcmp(said, "display") && !strncmp(value, "none", 4);
        bool unseen = !strcmp(said, "visibility") && !strncmp(value, "hidden", 6);
        bool size = !strcmp(said, "font-size") || !strcmp(said, "opacity");
        if (none || unseen || (size && is_zero(value))) return true;
        if (!strcmp(said, "color")) (void)snprintf(ink, sizeof ink, "%.63s", value);
        if (!strncmp(said, "background", 10)) (void)snprintf(ground, sizeof ground, "%.63s", value);
    }
    return *ink && (!strcmp(ink, ground) || !strcmp(ink, "transparent"));
}

/* By what the element says of itself. */
static bool is_hidden(const GumboElement *e) {
    if (gumbo_get_attribute(&e->attributes, "hidden")) return true;
    return style_hides(attribute(e, "style")) ||
           strcmp(attribute(e, "aria-hidden"), "true") == 0;
}

/* Is one of the parts in names? */
static bool names_any(const char *names, const char *const *parts, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (strstr(names, parts[i])) return true;
    }
    return false;
}

enum { DOUBT_CHARS = 80 };

/* names: id and classes in lower case, blanks squashed away inside each. Parts of a name count,
   since pages build names of several words ("post-sidebar-left"). A "sidebar" is one `at_top` of
   the page only: manuals write notes of their text into such boxes. */
static uint8_t flags_by_name(const char *names, bool at_top) {
    static const char *const never[] = {
        "comment",   "disqus",   "replies",    "cookie",  "consent",    "gdpr",    "newsletter",
        "footer",    "advert",   "-ad-",       "sponsor", "promo",      "popup",   "modal",
        "overlay",   "outbrain", "taboola",    "hidden",  "print-only", "skip-link",
        "author-bio", "related", "also-like",  "more-from", "most-read", "mostread", "trending",
        "side-bar",  "pagination", "breadcrumb", "navigation", "navbar"};
    static const char *const doubtful[] = {
        "menu",   "nav-",      "-nav",     "share",    "sharing", "social",   "recommend",
        "ads-",   "subscri",   "signup",   "sign-up",  "login",   "pager",    "toolbar",
        "widget", "masthead",  "banner",   "popular",  "tags",    "tag-list", "teaser",
        "donate", "read-more", "readmore", "dropdown", "paywall", "feedback"};
    static const char *const likely[] = {"article", "content", "entry", "main",
                                         "post",    "story",   "text",  "body"};
    static const char *const sure[] = {
        "articlebody",     "article-body",     "article_body", "article__body",
        "entry-content",   "post-content",     "post-body",    "story-body",
        "article-content", "article__content", "storybody",    "postbody",
        "story-content",   "body-content",     "post_content", "article-text"};
    if (names_any(names, sure, ARRAY_LEN(sure))) return HTML_LIKELY | HTML_SURE;
    if (names_any(names, never, ARRAY_LEN(never))) return HTML_UNLIKELY;
    if (names_any(names, doubtful, ARRAY_LEN(doubtful))) return HTML_DOUBTFUL;
    if (at_top && strstr(names, "sidebar")) return HTML_UNLIKELY;
    return names_any(names, likely, ARRAY_LEN(likely)) ? HTML_LIKELY : 0;
}

/* From the surest sign to the least sure: the tag, the ARIA role, microdata, names. The page's root
   and body are never judged by name, or one class there would lose the whole page. */
static uint8_t flags_of(const GumboNode *node) {
    const GumboElement *e = &node->v.element;
    static const char *const aside_roles[] = {"navigation",    "banner", "contentinfo",
                                              "complementary", "search", "dialog",
                                              "menu",          "alert"};
    switch (e->tag) {
    case GUMBO_TAG_NAV:
    case GUMBO_TAG_FOOTER:
    case GUMBO_TAG_ASIDE: return HTML_UNLIKELY;
    case GUMBO_TAG_ARTICLE:
    case GUMBO_TAG_MAIN: return HTML_LIKELY;
    case GUMBO_TAG_HTML:
    case GUMBO_TAG_BODY: return 0;
    case GUMBO_TAG_OL: return HTML_ORDERED;
    default: break;
    }
    const char *role = attribute(e, "role");
    for (size_t i = 0; *role && i < ARRAY_LEN(aside_roles); i++) {
        if (strcmp(role, aside_roles[i]) == 0) return HTML_UNLIKELY;
    }
    if (strcmp(attribute(e, "itemprop"), "articleBody") == 0) return HTML_LIKELY | HTML_SURE;
    char names[512], klass[256];
    squash(str_from(attribute(e, "id")), klass, sizeof klass);
    (void)snprintf(names, sizeof names, "%s ", klass);
    squash(str_from(attribute(e, "class")), klass, sizeof klass);
    size_t n = strlen(names);
    (void)snprintf(names + n, sizeof names - n, "%s", klass);
    const GumboNode *up = node->parent;
    bool at_top = up && up->type == GUMBO_NODE_ELEMENT && up->v.element.tag == GUMBO_TAG_BODY;
    return names[1] ? flags_by_name(names, at_top) : 0;
}

/* ---- counting ---- */

/* Fills chars and commas; the wide marks are the fullwidth comma, the ideographic comma and full
   stop, and the Arabic semicolon. */
static void count_text(HtmlNode *node) {
    Str s = node->text;
    bool blank = true; /* a run of blanks counts once */
    for (size_t at = 0; at < s.n;) {
        unsigned char c = (unsigned char)s.p[at];
        if (c < 0x80) {
            bool gap = c <= ' ';
            node->chars += !(gap && blank);
            node->commas += c == ',' || c == ';';
            blank = gap;
            at++;
            continue;
        }
        size_t width = 1;
        uint32_t code = utf8_decode(s, at, &width);
        node->chars += unicode_is_cjk(code) ? 3 : 1;
        node->commas += code == 0xFF0C || code == 0x3001 || code == 0x3002 || code == 0x61B;
        blank = false;
        at += width;
    }
    if (node->chars == 1 && blank) node->chars = 0;
}

/* Children come behind their parents in the list, so one walk from its end has each node complete
   before it is added to its parent. A link's text is link text, with all that stands in it. */
static void sum_up(HtmlTree *tree) {
    for (size_t i = tree->n; i-- > 0;) {
        HtmlNode *node = &tree->nodes[i];
        if (node->role == HTML_LINK) node->link_chars = node->chars;
        if (i == 0) return;
        HtmlNode *up = &tree->nodes[node->parent];
        up->chars += node->chars;
        up->link_chars += node->link_chars;
        up->commas += node->commas;
        unsigned tables = node->tables + (node->role == HTML_TABLE);
        up->tables = (uint8_t)(up->tables + tables > 255 ? 255 : up->tables + tables);
    }
}

/* Names like "menu" or "share" stand for controls and lists of links, but also for what a
   restaurant offers and what a company's shares did. Where there is text of some length that is no
   link, the name is not believed. */
static void judge_doubtful(HtmlTree *tree) {
    for (size_t i = 0; i < tree->n; i++) {
        HtmlNode *n = &tree->nodes[i];
        if (!(n->flags & HTML_DOUBTFUL)) continue;
        bool text = n->chars - n->link_chars >= DOUBT_CHARS && n->link_chars * 3 < n->chars;
        n->flags &= (uint8_t)~HTML_DOUBTFUL;
        if (!text) n->flags |= HTML_UNLIKELY;
    }
}

/* ---- making it flat ---- */

/* `end` is right for a node without children; step and flatten move it for the others. */
static Status add_node(HtmlTree *tree, HtmlNode node, Err *err) {
    TRY(mem_grow((void **)&tree->nodes, &tree->cap, tree->n + 1, sizeof *tree->nodes,
                 HTML_NODES_MAX, err));
    assert(tree->n == 0 || node.parent < tree->n); /* sums go up from the last node to the first */
    node.end = (uint32_t)tree->n + 1;
    tree->nodes[tree->n++] = node;
    return OK;
}

/* Does a link lead to other pages? A place in the page (a name, no address) does not, and what
   somebody is reached by is what a page has to say. */
static bool leads_away(const GumboElement *e) {
    const char *to = attribute(e, "href");
    return *to && strncmp(to, "mailto:", 7) != 0 && strncmp(to, "tel:", 4) != 0;
}

static Status add_element(HtmlTree *tree, const GumboNode *g, uint32_t parent, Err *err) {
    const GumboElement *e = &g->v.element;
    HtmlNode node = {.parent = parent, .line = g->v.element.start_pos.line};
    node.role = (uint8_t)role_of(e->tag);
    if (node.role == HTML_LINK && !leads_away(e)) node.role = HTML_INLINE;
    node.flags = flags_of(g);
    if (node.role == HTML_HEADING) node.level = (uint8_t)(1 + e->tag - GUMBO_TAG_H1);
    if (e->tag == GUMBO_TAG_TH) node.level = 1;
    if (node.role == HTML_CELL) {
        node.columns = span_of(e, "colspan");
        node.rows = span_of(e, "rowspan");
    }
    return add_node(tree, node, err);
}

static Status add_text(HtmlTree *tree, const GumboNode *g, uint32_t parent, Err *err) {
    HtmlNode node = {.role = HTML_TEXT,
                     .parent = parent,
                     .line = g->v.text.start_pos.line,
                     .text = str_from(g->v.text.text)};
    count_text(&node);
    return add_node(tree, node, err);
}

_Static_assert(HTML_NODES_MAX < UINT32_MAX, "a node's number and end");
_Static_assert(HTML_IMAGE <= UINT8_MAX, "HtmlNode.role holds it");
_Static_assert(HTML_SPAN_MAX <= UINT8_MAX, "HtmlNode.columns and rows hold it");

static bool is_element(const GumboNode *g) {
    return g->type == GUMBO_NODE_ELEMENT || g->type == GUMBO_NODE_TEMPLATE;
}

/* The node after g in document order, without going into g when !enter; closes what ends on the
 *way. parent follows in our numbering. NULL behind the root. */
static const GumboNode *step(HtmlTree *tree, const GumboNode *g, const GumboNode *root, bool enter,
                             uint32_t *parent) {
    if (enter && g->v.element.children.length) return g->v.element.children.data[0];
    assert(*parent < tree->n || tree->n == 0);
    if (enter) *parent = tree->nodes[*parent].parent;
    while (g != root) {
        const GumboNode *up = g->parent;
        size_t next = g->index_within_parent + 1;
        if (next < up->v.element.children.length) return up->v.element.children.data[next];
        tree->nodes[*parent].end = (uint32_t)tree->n;
        *parent = tree->nodes[*parent].parent;
        g = up;
    }
    return NULL;
}

/* The walk. An element that is not seen is stepped over with all that is in it; the root is always
   entered, so that nodes[0] is there. */
static Status flatten(HtmlTree *tree, const GumboNode *root, Err *err) {
    uint32_t parent = 0;
    for (const GumboNode *g = root; g;) {
        bool enter = is_element(g) && !(never_seen(g->v.element.tag) || is_hidden(&g->v.element));
        if (g == root) enter = true;
        if (enter) {
            uint32_t self = (uint32_t)tree->n;
            TRY(add_element(tree, g, parent, err));
            parent = self;
        } else if (g->type == GUMBO_NODE_TEXT || g->type == GUMBO_NODE_CDATA ||
                   g->type == GUMBO_NODE_WHITESPACE) {
            TRY(add_text(tree, g, parent, err));
        }
        g = step(tree, g, root, enter, &parent);
    }
    if (tree->n) tree->nodes[0].end = (uint32_t)tree->n;
    return OK;
}

/* Levels below the root. From each node up to the parent of the next one: as many steps up as there
   were down. */
static size_t tree_depth(const HtmlTree *tree) {
    size_t depth = 0, deepest = 0;
    for (uint32_t i = 1; i < tree->n; i++) {
        depth++;
        assert(tree->nodes[i].parent < i); /* or the way up would pass it */
        for (uint32_t up = i - 1; up != tree->nodes[i].parent; up = tree->nodes[up].parent) depth--;
        if (depth > deepest) deepest = depth;
    }
    return deepest;
}

enum { CELL_CHARS = 600 }; /* longer: a part of the page */

bool html_is_data_table(const HtmlTree *tree, uint32_t at) {
    const HtmlNode *nodes = tree->nodes;
    if (nodes[at].tables) return false;
    unsigned rows = 0, cells = 0, huge = 0;
    for (uint32_t i = at + 1; i < nodes[at].end; i++) {
        rows += nodes[i].role == HTML_ROW;
        cells += nodes[i].role == HTML_CELL;
        huge += nodes[i].role == HTML_CELL && nodes[i].chars > CELL_CHARS;
    }
    return rows && cells > rows && huge * 10 <= cells;
}

/* ---- the head ---- */

/* Names of Open Graph, Dublin Core and schema.org. Of several authors or og:titles the last counts,
   of several dates the first. */
static void take_meta(HtmlTree *tree, const GumboElement *e) {
    const char *name = attribute(e, "property");
    if (!*name) name = attribute(e, "name");
    if (!*name) name = attribute(e, "itemprop");
    Str value = str_from(attribute(e, "content"));
    if (!value.n) return;
    if (strcmp(name, "author") == 0 || strcmp(name, "dc.creator") == 0) tree->author = value;
    bool date = strcmp(name, "article:published_time") == 0 || strcmp(name, "datePublished") == 0 ||
                strcmp(name, "date") == 0 || strcmp(name, "dc.date") == 0 ||
                strcmp(name, "pubdate") == 0;
    if (date && !tree->date.n) tree->date = value;
    if (strcmp(name, "og:title") == 0) tree->title = value;
}

/* og:title wins over <title> in any order: it mostly lacks the name of the site. */
static void take_head(HtmlTree *tree, const GumboNode *root) {
    const GumboVector *top = &root->v.element.children;
    for (unsigned i = 0; i < top->length; i++) {
        const GumboNode *head = top->data[i];
        if (!is_element(head) || head->v.element.tag != GUMBO_TAG_HEAD) continue;
        const GumboVector *list = &head->v.element.children;
        for (unsigned k = 0; k < list->length; k++) {
            const GumboNode *g = list->data[k];
            if (!is_element(g)) continue;
            const GumboElement *e = &g->v.element;
            if (e->tag == GUMBO_TAG_META) take_meta(tree, e);
            bool title = e->tag == GUMBO_TAG_TITLE && e->children.length && !tree->title.n;
            const GumboNode *text = title ? e->children.data[0] : NULL;
            if (text && text->type == GUMBO_NODE_TEXT) tree->title = str_from(text->v.text.text);
        }
    }
}

static Status too_deep(Err *err) {
    return err_set(err, E_UNSUPPORTED, "HTML nested deeper than %d elements", HTML_NESTING_MAX);
}

/* Nothing that is changed after setjmp is read when it comes back a second time: pool lies in the
   arena, and out->nodes, which flatten grows on the heap, is not begun while gumbo runs. */
Status html_tree_build(Str html, Arena *arena, HtmlTree *out, Err *err) {
    *out = (HtmlTree){0};
    if (deepest_nesting(html) > HTML_NESTING_MAX) return too_deep(err);
    Pool *pool = arena_alloc(arena, sizeof *pool);
    if (!pool) return err_no_memory(err, "an HTML page");
    pool->arena = arena;
    GumboOptions options = kGumboDefaultOptions;
    options.allocator = pool_alloc;
    options.deallocator = pool_release;
    options.userdata = pool;
    options.max_errors = 0;
    if (setjmp(pool->full) != 0) {
        return err_set(err, E_LIMIT, "an HTML page that needs too much memory");
    }
    const GumboOutput *page = gumbo_parse_with_options(&options, html.p ? html.p : "", html.n);
    take_head(out, page->root);
    TRY(flatten(out, page->root, err));
    sum_up(out);
    judge_doubtful(out);
    return tree_depth(out) > HTML_NESTING_MAX ? too_deep(err) : OK;
}
