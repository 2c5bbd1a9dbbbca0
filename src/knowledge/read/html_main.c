/*
 * Where on the page is the content?
 *
 * Every paragraph of real text (not of links) votes for the elements around it: one point, one for
 * each clause mark, up to three for its length; its parent gets all of them, the grandparent half,
 * the next one a third. Names and tags add or take 25 points. The element with most points, lowered
 * by its share of link text, is the content; siblings that look like it are taken along, and where
 * an element around the winner holds much more text of the same kind and hardly a link, that one is
 * taken instead: a manual has a box for each of its sections, and one box around the title of
 * each. This is
 * the idea of Arc90's Readability, written anew.
 *
 * When nothing stands out, or the winner holds only a part of the page's text (a list of things, a
 * manual, a page by hand), the whole body without its unlikely parts is the content: leaving out
 * text that matters is worse for an index than keeping a menu.
 */
#include "knowledge/read/html_tree.h"

#include <assert.h>

enum { VOTE_CHARS_MIN = 25, WIN_CHARS = 500, SIBLING_CHARS = 25, SURE_CHARS = 200,
       PART_CHARS = 300 };

/* Of 0.2 and 0.4 the better one, by tests/bench/extraction.py and the words of 250 manual pages. */
static const float WIDE_LINKS = 0.2F;

typedef struct Main {
    HtmlTree *tree;
    uint32_t *own;    /* per node: text that belongs to it directly or through inline elements */
    uint8_t *outside; /* per node: inside something unlikely */
    uint32_t *voted;  /* [n + 1] own text of voters before node i */
} Main;

static bool is_inline(const HtmlNode *n) {
    return n->role == HTML_INLINE || n->role == HTML_LINK || n->role == HTML_TEXT ||
           n->role == HTML_BREAK || n->role == HTML_IMAGE;
}

static float link_share(const HtmlNode *n) {
    return n->chars ? (float)n->link_chars / (float)n->chars : 0.0f;
}

static uint32_t plain_chars(const HtmlNode *n) {
    return n->chars - n->link_chars;
}

/* The first element that the page itself calls its article and that holds a text; 0: none. */
static uint32_t sure_article(const Main *m) {
    const HtmlNode *nodes = m->tree->nodes;
    for (uint32_t i = 1; i < m->tree->n; i++) {
        if ((nodes[i].flags & HTML_SURE) && plain_chars(&nodes[i]) >= SURE_CHARS) return i;
    }
    return 0;
}

/* Marks what lies inside unlikely elements. An unlikely name is forgiven to an element that holds
   most of the page's text, when no article lies beside it: names are chosen by people who did not
   think of us. */
static void mark_outside(Main *m) {
    HtmlNode *nodes = m->tree->nodes;
    uint32_t all = plain_chars(&nodes[0]), sure = sure_article(m);
    for (size_t i = 1; i < m->tree->n; i++) {
        bool unlikely = (nodes[i].flags & HTML_UNLIKELY) && !is_inline(&nodes[i]);
        bool beside = sure && (sure < i || sure >= nodes[i].end);
        if (unlikely && !beside && plain_chars(&nodes[i]) > all / 5 * 2) unlikely = false;
        m->outside[i] = m->outside[nodes[i].parent] || unlikely;
    }
}

/* Text of each block that is not inside a smaller block, nor inside a link: a link may hold whole
   blocks, the title and the first words of another page. */
static void gather_own(Main *m) {
    HtmlNode *nodes = m->tree->nodes;
    uint32_t link_end = 0; /* of the last link that began */
    for (uint32_t i = 1; i < m->tree->n; i++) {
        if (nodes[i].role == HTML_LINK && nodes[i].end > link_end) link_end = nodes[i].end;
        if (nodes[i].role != HTML_TEXT || i < link_end) continue;
        uint32_t up = nodes[i].parent;
        while (up && is_inline(&nodes[up])) up = nodes[up].parent;
        m->own[up] += nodes[i].chars;
    }
}

/* Paragraphs of some length; a box votes when it holds text directly, as pages without paragraphs
   do. */
static bool votes(const Main *m, size_t i) {
    const HtmlNode *n = &m->tree->nodes[i];
    if (m->outside[i] || is_inline(n) || m->own[i] < VOTE_CHARS_MIN) return false;
    if (n->role == HTML_PARAGRAPH || n->role == HTML_PRE) return true;
    return (n->role == HTML_BLOCK || n->role == HTML_CELL) && m->own[i] >= 80;
}

/* Points go up four levels at most. Names add their 25 only to elements that have points. */
static void vote(Main *m) {
    HtmlNode *nodes = m->tree->nodes;
    for (size_t i = 1; i < m->tree->n; i++) {
        if (!votes(m, i)) continue;
        float length = (float)m->own[i] / 100.0f;
        float points = 1.0f + (float)nodes[i].commas + (length < 3.0f ? length : 3.0f);
        float share = 1.0f;
        bool holder = nodes[i].role == HTML_BLOCK || nodes[i].role == HTML_CELL;
        uint32_t up = holder ? (uint32_t)i : nodes[i].parent;
        for (int level = 1; level <= 4; level++) {
            while (up && is_inline(&nodes[up])) up = nodes[up].parent;
            nodes[up].score += points * share;
            if (up == 0) break;
            up = nodes[up].parent;
            share = level == 1 ? 0.5f : 1.0f / (float)(level * 2 - 1);
        }
    }
    for (size_t i = 1; i < m->tree->n; i++) {
        if (nodes[i].score <= 0) continue;
        if (nodes[i].flags & HTML_LIKELY) nodes[i].score += 25;
        if (nodes[i].flags & HTML_UNLIKELY) nodes[i].score -= 25;
    }
}

/* The best score after the share of links is taken off; 0: nobody has any. */
static uint32_t winner(const Main *m) {
    const HtmlNode *nodes = m->tree->nodes;
    uint32_t best = 0;
    float top = 0;
    for (uint32_t i = 1; i < m->tree->n; i++) {
        float score = nodes[i].score * (1.0f - link_share(&nodes[i]));
        if (m->outside[i] || score <= top) continue;
        best = i;
        top = score;
    }
    return best;
}

/* Rows and cells of a table of data are read together or not at all. */
static uint32_t around_table(const Main *m, uint32_t best) {
    const HtmlNode *nodes = m->tree->nodes;
    for (uint32_t up = best; up; up = nodes[up].parent) {
        if (nodes[up].role == HTML_TABLE && html_is_data_table(m->tree, up)) best = up;
    }
    return best;
}

static void sum_voted(Main *m) {
    for (size_t i = 0; i < m->tree->n; i++) {
        m->voted[i + 1] = m->voted[i] + (votes(m, i) ? m->own[i] : 0);
    }
}

/* Text of the voters inside [i, end). */
static uint32_t voted_chars(const Main *m, uint32_t i) {
    assert(i < m->tree->nodes[i].end && m->tree->nodes[i].end <= m->tree->n);
    return m->voted[m->tree->nodes[i].end] - m->voted[i];
}

/* To the outermost element of which each holds a third more prose than the one before, as long as
   it is not one more page around it, with links to others. Elements between that add nothing are
   passed. */
static uint32_t widen(const Main *m, uint32_t at) {
    const HtmlNode *nodes = m->tree->nodes;
    uint32_t have = voted_chars(m, at);
    for (uint32_t up = nodes[at].parent; up; up = nodes[up].parent) {
        uint32_t more = voted_chars(m, up);
        if (link_share(&nodes[up]) > WIDE_LINKS) break;
        if (more < have + have / 3) continue;
        at = up;
        have = more;
    }
    return at;
}

/* One more root of the content. */
static Status pick(HtmlPick *out, uint32_t root, Err *err) {
    TRY(mem_grow((void **)&out->roots, &out->cap, out->n + 1, sizeof *out->roots, HTML_NODES_MAX,
                 err));
    assert(out->n == 0 || root > out->roots[out->n - 1]); /* in order: who writes walks on */
    out->roots[out->n++] = root;
    return OK;
}

/* A sibling of the winner: with enough points, or text with few links, or a heading below the first
   level. What gets no votes for being short counts here: it stands beside the content. */
static bool goes_along(const Main *m, uint32_t i, float bar) {
    const HtmlNode *n = &m->tree->nodes[i];
    if (m->outside[i] || n->role == HTML_TEXT) return false;
    if (n->score >= bar) return true;
    if (n->role == HTML_HEADING) return n->level > 1;
    bool plain = link_share(n) < 0.25f;
    bool text = n->role == HTML_PARAGRAPH || n->role == HTML_LIST || n->role == HTML_PRE ||
                n->role == HTML_TABLE;
    if (text) return plain && plain_chars(n) >= SIBLING_CHARS;
    return plain && voted_chars(m, i) >= PART_CHARS;
}

/* The winner and those of its siblings that belong to it. */
static Status pick_siblings(const Main *m, uint32_t best, HtmlPick *out, Err *err) {
    const HtmlNode *nodes = m->tree->nodes;
    if (best == 0) return pick(out, 0, err);
    assert(best < m->tree->n && !m->outside[best]);
    uint32_t up = nodes[best].parent;
    float bar = nodes[best].score * 0.2f;
    if (bar < 10) bar = 10;
    bool seen = false;
    for (uint32_t i = up + 1; i < nodes[up].end; i = nodes[i].end) {
        bool heading = nodes[i].role == HTML_HEADING && !seen; /* a heading above is the title */
        seen |= i == best;
        if (i == best || (!heading && goes_along(m, i, bar))) TRY(pick(out, i, err));
    }
    return OK;
}

/* Stands out: 500 characters, and a quarter of all text that counts, but three quarters where one
   section was not all of it (a manual must not lose the others); or nine tenths of it however
   short, half where the page itself says that this is its article. */
static Status choose(Main *m, HtmlPick *out, Err *err) {
    mark_outside(m);
    gather_own(m);
    vote(m);
    sum_voted(m);
    uint32_t best = around_table(m, winner(m));
    uint32_t all = 0, inside = 0;
    for (uint32_t i = 1; i < m->tree->n; i++) {
        bool counts = !m->outside[i] && !is_inline(&m->tree->nodes[i]);
        all += counts ? m->own[i] : 0;
    }
    uint32_t first = best;
    if (best) best = widen(m, best);
    uint32_t part = best == first ? 25 : 75;
    if (best) {
        for (uint32_t i = best; i < m->tree->nodes[best].end; i++) inside += m->own[i];
    }
    bool stands_out = best && inside >= WIN_CHARS && (uint64_t)inside * 100 >= (uint64_t)all * part;
    uint32_t least = best && (m->tree->nodes[best].flags & HTML_SURE) ? 50 : 90;
    bool nearly_all = best && (uint64_t)inside * 100 >= (uint64_t)all * least;
    if (stands_out || nearly_all) return pick_siblings(m, best, out, err);
    out->whole = true;
    return pick(out, 0, err);
}

Status html_pick_main(HtmlTree *tree, HtmlPick *out, Err *err) {
    *out = (HtmlPick){0};
    if (tree->n == 0) return OK;
    Main m = {.tree = tree,
              .own = mem_zalloc_n(tree->n, sizeof *m.own),
              .outside = mem_zalloc_n(tree->n, 1),
              .voted = mem_zalloc_n(tree->n + 1, sizeof *m.voted)};
    bool room = m.own && m.outside && m.voted;
    Status status = room ? choose(&m, out, err) : err_no_memory(err, "an HTML page");
    mem_free(m.own);
    mem_free(m.outside);
    mem_free(m.voted);
    return status;
}
