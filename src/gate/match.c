/*
 * Known spellings in any disguise.
 *
 * A pattern ("Emma Clark", "139 8421 7710") and a text are read the same way, as symbols and what
 * stands between them. A symbol is a letter or digit in its folded spelling: lower case, without
 * accent, full-width and other digits as ASCII ones, Han numerals as digits, traditional signs as
 * simplified ones, Cyrillic and Greek look-alikes as Latin. Zero-width signs and Markdown's `*`,
 * '`', '~' and '\' are not there at all.
 * Everything else is a gap. Escapes (\n, \u5f20) are read as what they mean; what URLs, HTML and
 * mails have for it (%C3%BC, &uuml;, =C3=BC) where a text is masked, beside what is written there.
 *
 * Patterns' symbols lie in a trie (edges in one hash table: node and symbol -> node). From each
 * place where a pattern may begin the text's symbols are walked down; at each pattern's end its
 * gaps are compared, and the longest that passes wins:
 *
 *     between            the pattern's gap    the text may have there
 *     anything           g                    g; not in keys: with other blanks (nothing else in a
 *                                             name's forms, forms.c)
 *     digits             any                  nothing, or up to 3 of blank - . / ( ) [ ]
 *     Han signs, digits  any                  nothing, blanks, a dot or dash; in names of three
 *                                             signs and more a bracket, bar, slash or comma, too
 *     letters of a name  some                 blanks, one of - _ . / ' and dots; from 8 letters on
 *                                             nothing at all ("EmmaClark", "emma_clark");
 *                                             in answers from 5 on ("keYuxi")
 *                        none                 a blank, dash or dot between all letters
 *     letter and digit   none                 one blank, dash or dot (not in keys)
 *                        some                 nothing (not in keys)
 *
 * A match begins and ends at a boundary: no letter goes on before or behind a letter, no digit a
 * digit; behind a '\' there is one (C:\Users\emma); names may have a plural s, and in answers
 * (match_set_code) a capital behind a small letter begins a word ("emmaClarkPhone"). So the
 * number 123 is not found in 41235. What was found inside a longer word or number asks for no
 * boundary (MATCH_INSIDE), and must be spelled exactly.
 *
 * The walk decides at a place by what follows until the trie ends, nothing else: pieces of a
 * stream cannot change what is found, they can only make it wait (MATCH_MORE). Its cost is
 * bounded by the longest pattern at each place, and in ordinary text a bit set over first symbols
 * and the boundary end it at once. An Aho-Corasick automaton would save the second walk over the
 * same symbols, but its failure links know no gaps and no boundaries.
 *
 * Limits: 512 symbols a pattern, 2^22 nodes.
 */
#include "gate/match.h"

#include <assert.h>

#include "base/han.h"
#include "base/mem.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "gate/scan/escape.h"
#include "gate/twin.h"

enum { NODES_MAX = 1 << 22, PATTERNS_MAX = 1 << 21, ROOT = 0, NOTHING = 0 };
enum {
    GAP_USUAL = 4, /* characters that may stand between two symbols though the pattern has none */
    GLUED_NAME_LETTERS = 8,
    HUMPED_NAME_LETTERS = 5, /* "keYuxi", in answers */
    BROKEN_NAME_LETTERS = 6,
    CELLED_NAME_SIGNS = 3, /* "裴 | 令越", "裴（令越）" */
    ENDED_NAME_LETTERS = 5,
    SPELLED_NAME_LETTERS = 4, /* "C-L-A-R-K", and no "U-S-A" */
    HIDING_LEAST = 4, /* signs that hide a number's beginning; of round dots two: "••4711" */
    CLEAR_MAX = 16 /* signs in a row that are not there */
};

typedef struct Pattern {
    Str text; /* in the arena */
    uint32_t value, next; /* next: of the same node, 1-based */
    uint16_t flags;
} Pattern;

typedef struct Edge {
    uint64_t key; /* (node + 1) << 32 | symbol; 0: free */
    uint32_t node;
} Edge;

struct Matcher {
    Arena arena;
    Pattern *patterns;
    size_t n_patterns, cap_patterns;
    uint32_t *ends; /* [n_nodes] first pattern of a node, 1-based */
    size_t n_nodes, cap_nodes;
    Edge *edges;
    size_t cap_edges, n_edges;
    uint64_t first[1024]; /* bits of symbols, modulo 65536, that something begins with */
    bool inside;          /* some pattern asks for no boundary */
    bool code;            /* a capital behind a small letter begins a word */
    int gap_max;          /* characters of the longest gap of a pattern; GAP_USUAL at least */
};

_Static_assert(8 * sizeof ((struct Matcher){0}).first == 0x10000, "a bit each symbol's low half");
_Static_assert((int)GAP_USUAL <= (int)MATCH_GAP_MAX, "gap_max is a length that gap_read takes");
_Static_assert(PATTERNS_MAX <= UINT32_MAX && NODES_MAX <= UINT32_MAX, "numbers are 32 bits wide");
_Static_assert(2 * MATCH_DAY - 1 <= UINT16_MAX, "Pattern.flags");
/* What the walk has read: symbol i with the gap before it. */
typedef struct Step {
    size_t start, end;
    uint32_t code;
    uint8_t sort;
} Step;

typedef struct Walk {
    const Matcher *matcher;
    const MatchText *text;
    bool inside; /* no boundary is before it */
    bool passes; /* a sign behind a symbol may begin an escape */
    Step step[MATCH_SYMBOLS_MAX];
    int n;
} Walk;

/* ---- characters ---------------------------------------------------------------------------- */

/* U+00C0..U+00FF without accents; '.' is no letter. */
static const char latin_1[] = "aaaaaaaceeeeiiiidnooooo.ouuuuytsaaaaaaaceeeeiiiidnooooo.ouuuuyty";
_Static_assert(sizeof latin_1 == 0x100 - 0xC0 + 1, "a letter each, from U+00C0 to U+00FF");

/* U+0100..U+017F likewise: names of Europe's east, and pinyin's tones. */
static const char latin_a[] = "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii..jjkk."
                              "llllllllllnnnnnn...oooooo..rrrrrrssssssssttttttuuuuuuuuuuuuwwyyy"
                              "zzzzzzs";
_Static_assert(sizeof latin_a == 0x180 - 0x100 + 1, "a letter each, from U+0100 to U+017F");
/* U+01CD..U+01DC: the third tone, and those of u with two dots. */
static const char tones[] = "aaiioouuuuuuuuuu";

/* The letter without its accent; 0: it has none of these. */
static char without_accent(uint32_t low) {
    char plain = '.';
    if (low >= 0xC0 && low <= 0xFF) plain = latin_1[low - 0xC0];
    else if (low >= 0x100 && low <= 0x17F) plain = latin_a[low - 0x100];
    else if (low >= 0x1CD && low <= 0x1DC) plain = tones[low - 0x1CD];
    return plain == '.' ? 0 : plain;
}

/* Lower case, without accents of Latin letters, a twin of another alphabet as its Latin letter. */
static uint32_t fold_letter(uint32_t code) {
    uint32_t low = unicode_lower(code);
    char plain = without_accent(low);
    if (plain) return (uint32_t)plain;
    char twin = low < 0x131 ? 0 : gate_twin(low, false);
    return twin ? (uint32_t)twin : low;
}

/* The value of a decimal digit of some script, or -1. */
static int digit_value(uint32_t code) {
    static const uint32_t zeros[] = {0x30, 0x660, 0x6F0, 0x966, 0x9E6, 0xE50, 0xFF10};
    for (size_t i = 0; i < ARRAY_LEN(zeros); i++) {
        if (code >= zeros[i] && code < zeros[i] + 10) return (int)(code - zeros[i]);
    }
    return code >= 0x1D7CE && code <= 0x1D7FF ? (int)((code - 0x1D7CE) % 10) : -1;
}

static int han_numeral(uint32_t code) {
    static const uint32_t numerals[10] = {0x96F6, 0x4E00, 0x4E8C, 0x4E09, 0x56DB,
                                          0x4E94, 0x516D, 0x4E03, 0x516B, 0x4E5D};
    for (int i = 0; i < 10; i++) {
        if (numerals[i] == code) return i;
    }
    return code == 0x3007 ? 0 : -1;
}

/* Signs that a text may have anywhere without being another text: Markdown's emphasis, soft
   hyphens, zero-width and direction marks, variation selectors. */
static bool is_clear(uint32_t code) {
    return code == '*' || code == '`' || code == '~' || code == '\\' || code == 0xAD ||
           (code >= 0x200B && code <= 0x200F) || code == 0x2060 || code == 0xFEFF ||
           (code >= 0xFE00 && code <= 0xFE0F) || (code >= 0x202A && code <= 0x202E);
}

static void sort_ascii(MatchUnit *u, uint32_t c) {
    bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z', digit = plain_is_digit(c);
    u->fold = letter ? c | 0x20 : c;
    u->sort = letter ? SORT_LETTER : digit ? SORT_DIGIT : is_clear(c) ? SORT_CLEAR : SORT_OTHER;
}

static void sort_han(MatchUnit *u, uint32_t c) {
    bool ideograph = c >= 0x4E00 && c <= 0x9FFF; /* most of them; spares the look into Unicode */
    int numeral = han_numeral(c);
    u->sort = ideograph || numeral >= 0 || unicode_class(c) == UC_LETTER ? SORT_HAN : SORT_OTHER;
    u->fold = numeral >= 0 ? '0' + (uint32_t)numeral : han_fold(c);
}

/* Fills sort and fold from code: what the character is to the matcher. */
static void sort_unit(MatchUnit *u) {
    uint32_t c = u->code;
    if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;
    u->fold = c;
    u->sort = SORT_OTHER;
    if (c < 0x80) {
        sort_ascii(u, c);
        return;
    }
    if (c >= 0x4E00 && c <= 0x9FFF) {
        sort_han(u, c);
        return;
    }
    int digit = digit_value(c);
    if (digit >= 0) {
        u->sort = SORT_DIGIT;
        u->fold = '0' + (uint32_t)digit;
    } else if (is_clear(c)) {
        u->sort = SORT_CLEAR;
    } else if (unicode_is_cjk(c)) {
        sort_han(u, c);
    } else {
        UnicodeClass class = unicode_class(c);
        bool raised = c == 0xB2 || c == 0xB3 || c == 0xB9 || (c >= 0x2070 && c <= 0x2089);
        bool symbol = class == UC_LETTER || (class == UC_NUMBER && !raised); /* a footnote's */
        u->sort = class == UC_MARK ? SORT_CLEAR : symbol ? SORT_LETTER : SORT_OTHER;
        if (symbol) u->fold = fold_letter(c);
    }
}

/* \uXXXX at `at`: its value; -1: not one; -2: the text ends inside. */
static int32_t read_escape(Str text, size_t at) {
    int32_t value = 0;
    for (size_t i = 0; i < 6; i++) {
        if (at + i >= text.n) return -2;
        char c = text.p[at + i];
        if (i == 0 && c != '\\') return -1;
        if (i == 1 && c != 'u') return -1;
        if (i < 2) continue;
        int digit = plain_hex(c);
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* An escape: what it means and how long it is. A lone '\' is one that is not there. */
static MatchUnit unit_escape(const MatchText *t, size_t at) {
    MatchUnit u = {.code = '\\', .size = 1};
    if (at + 1 >= t->text.n) return (MatchUnit){.code = '\\', .size = t->last};
    char next = t->text.p[at + 1];
    if (next == 'n' || next == 't' || next == 'r') {
        u = (MatchUnit){.code = next == 't' ? '\t' : '\n', .size = 2};
    } else if (t->json && (next == '"' || next == '\\' || next == '/')) {
        u = (MatchUnit){.code = (unsigned char)next, .size = 2};
    } else if (next == 'u') {
        int32_t high = read_escape(t->text, at);
        if (high == -2 && !t->last) return (MatchUnit){.size = 0};
        if (high < 0) return u;
        u = (MatchUnit){.code = (uint32_t)high, .size = 6, .escaped = true};
        if (high < 0xD800 || high > 0xDBFF) return u;
        int32_t low = read_escape(t->text, at + 6);
        if (low == -2 && !t->last) return (MatchUnit){.size = 0};
        u.code = UTF8_REPLACEMENT;
        if (low < 0xDC00 || low > 0xDFFF) return u;
        u.code = 0x10000 + (((uint32_t)high - 0xD800) << 10) + ((uint32_t)low - 0xDC00);
        u.size = 12;
    }
    return u;
}

/* Bytes that the character beginning with this byte should have. */
static size_t lead_size(unsigned char lead) {
    return lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF8 ? 4 : 1;
}

static bool begins_code(char c) { return c == '%' || c == '&' || c == '='; }

/* How much of a stream must be there before an escape is read: no character has a longer one. */
enum { ESCAPE_BYTES = 24 };

_Static_assert(SORT_OTHER < SORT_CLEAR && SORT_CLEAR < SORT_LETTER && SORT_LETTER < SORT_DIGIT &&
                   SORT_DIGIT < SORT_HAN,
               "from SORT_LETTER on they are symbols");
bool match_is_coded(Str text) {
    for (size_t i = 0; i < text.n; i++) {
        if (begins_code(text.p[i])) return true;
    }
    return false;
}

MatchUnit match_unit(const MatchText *t, size_t at) {
    MatchUnit u = {.size = 1};
    unsigned char lead = (unsigned char)t->text.p[at];
    bool waits = t->coded && !t->last && begins_code((char)lead);
    if (waits && t->text.n - at < ESCAPE_BYTES) return (MatchUnit){.size = 0};
    size_t n = t->coded && begins_code((char)lead) ? escape_at(t->text, at, &u.code) : 0;
    if (n) {
        u.size = (uint8_t)n;
    } else if (lead == '\\') {
        u = unit_escape(t, at);
    } else if (lead < 0x80) {
        u.code = lead;
    } else {
        if (!t->last && at + lead_size(lead) > t->text.n) return (MatchUnit){.size = 0};
        size_t width;
        u.code = utf8_decode(t->text, at, &width);
        u.size = (uint8_t)width;
    }
    if (u.size) sort_unit(&u);
    return u;
}

size_t match_symbols_end(const MatchText *t, size_t at, size_t n, size_t *next) {
    size_t end = at;
    assert(t->last); /* else a unit of no bytes would stop the walk */
    for (MatchUnit u; at < t->text.n; at += u.size) {
        u = match_unit(t, at);
        if (match_is_symbol(&u) && n == 0) break;
        if (match_is_symbol(&u)) end = at + u.size, n--;
    }
    *next = at;
    return end;
}

size_t match_symbols(const MatchText *t, size_t at) {
    size_t n = 0;
    assert(t->last);
    for (MatchUnit u; at < t->text.n; at += u.size) {
        u = match_unit(t, at);
        n += match_is_symbol(&u);
    }
    return n;
}

Str match_core(Str text) {
    MatchText t = match_plain(text);
    size_t from, next, end;
    (void)match_symbols_end(&t, 0, 0, &from);
    end = match_symbols_end(&t, from, SIZE_MAX, &next);
    return str_sub(text, from, end);
}

/* "quillinanePhone": a small letter and a capital. */
static bool is_hump(const MatchUnit *u, bool small) {
    return small && u->sort == SORT_LETTER && unicode_lower(u->code) != u->code;
}

/* The symbol at `at` and the next one, whatever stands between; false: there is none. */
static bool first_pair(const MatchText *t, size_t at, uint32_t pair[2]) {
    int n = 0;
    for (; at < t->text.n && n < 2;) {
        MatchUnit u = match_unit(t, at);
        assert(t->last && u.size > 0); /* else the walk would stand still */
        if (match_is_symbol(&u)) pair[n++] = u.fold;
        at += u.size;
    }
    return n == 2;
}

/* The bit of a pair. */
static size_t pair_bit(const uint32_t pair[2]) {
    enum { BITS = 8 * sizeof ((MatchStarts *)0)->pairs };
    uint64_t mixed = ((uint64_t)pair[0] << 32 | pair[1]) * 0x9E3779B97F4A7C15u;
    return (size_t)(mixed >> 40) % BITS;
}

static void note_start(MatchStarts *starts, const MatchText *t, size_t at) {
    uint32_t pair[2];
    if (!first_pair(t, at, pair)) return;
    starts->pairs[pair_bit(pair) / 64] |= 1ull << (pair_bit(pair) % 64);
}

/* Every place where a pattern may begin: a symbol that nothing joins to the one before, a capital
   behind a small letter, and behind what may be an escape. */
static void note_starts(MatchStarts *starts, const MatchText *t) {
    MatchSort before = SORT_OTHER;
    for (size_t at = 0; at < t->text.n;) {
        MatchUnit u = match_unit(t, at);
        bool small = before == SORT_SMALL;
        bool joined = match_joins((MatchSort)u.sort, small ? SORT_LETTER : before);
        if (match_is_doubtful(t, &u, at)) note_start(starts, t, at + 1); /* a word with n? */
        else if (match_is_symbol(&u) && (!joined || is_hump(&u, small))) note_start(starts, t, at);
        match_pass_word(&u, &before);
        at += u.size;
    }
}

void match_starts_note(MatchStarts *starts, Str text) {
    MatchText plain = match_plain(text), coded = plain;
    coded.coded = true;
    note_starts(starts, &plain);
    if (match_is_coded(text)) note_starts(starts, &coded);
}

/* One of a single symbol may begin anywhere. */
bool match_starts_with(const MatchStarts *starts, Str pattern) {
    MatchText t = match_plain(pattern);
    uint32_t pair[2];
    if (!first_pair(&t, 0, pair)) return true;
    return starts->pairs[pair_bit(pair) / 64] >> (pair_bit(pair) % 64) & 1;
}

Status match_skeleton(Str text, Buf *out, Err *err) {
    MatchText t = match_plain(text);
    for (size_t at = 0; at < text.n;) {
        MatchUnit u = match_unit(&t, at);
        if (match_is_symbol(&u)) utf8_add(out, u.fold);
        at += u.size;
    }
    return buf_check(out, "an identity", err);
}

/* ---- the trie ------------------------------------------------------------------------------ */

Status match_new(Matcher **out, Err *err) {
    Matcher *m = mem_zalloc(sizeof *m);
    if (!m) return err_no_memory(err, "a matcher");
    arena_init(&m->arena, 256 << 20);
    m->gap_max = GAP_USUAL;
    m->cap_edges = 256;
    assert((m->cap_edges & (m->cap_edges - 1)) == 0); /* edge_find masks; doubling keeps it so */
    m->edges = mem_zalloc_n(m->cap_edges, sizeof *m->edges);
    Status status = m->edges ? OK : err_no_memory(err, "a matcher");
    if (status == OK) {
        status = mem_grow((void **)&m->ends, &m->cap_nodes, 1, sizeof *m->ends, NODES_MAX, err);
    }
    if (status != OK) {
        match_free(m);
        return status;
    }
    m->ends[ROOT] = NOTHING;
    m->n_nodes = 1;
    *out = m;
    return OK;
}

void match_free(Matcher *m) {
    if (!m) return;
    arena_fini(&m->arena);
    mem_free(m->patterns);
    mem_free(m->ends);
    mem_free(m->edges);
    mem_free(m);
}

static uint64_t edge_key(uint32_t node, uint32_t symbol) {
    return ((uint64_t)node + 1) << 32 | symbol;
}

/* The place of the key, or the free one where it belongs. */
static Edge *edge_find(Edge *edges, size_t cap, uint64_t key) {
    uint64_t mixed = (key ^ key >> 29) * 0x9E3779B97F4A7C15u;
    size_t at = (size_t)(mixed >> 24) & (cap - 1);
    while (edges[at].key && edges[at].key != key) at = (at + 1) & (cap - 1);
    return edges + at;
}

static Status edges_double(Matcher *m, Err *err) {
    size_t cap = 2 * m->cap_edges;
    Edge *more = mem_zalloc_n(cap, sizeof *more);
    if (!more) return err_no_memory(err, "a matcher");
    assert(m->n_edges < cap); /* a free one ends every search */
    for (size_t i = 0; i < m->cap_edges; i++) {
        if (m->edges[i].key) *edge_find(more, cap, m->edges[i].key) = m->edges[i];
    }
    mem_free(m->edges);
    m->edges = more;
    m->cap_edges = cap;
    return OK;
}

/* The child by that symbol, made when it is not there. An edge may move when another is made, so
   none is kept. */
static Status node_child(Matcher *m, uint32_t node, uint32_t symbol, uint32_t *out, Err *err) {
    Edge *edge = edge_find(m->edges, m->cap_edges, edge_key(node, symbol));
    if (edge->key) {
        *out = edge->node;
        return OK;
    }
    TRY(mem_grow((void **)&m->ends, &m->cap_nodes, m->n_nodes + 1, sizeof *m->ends, NODES_MAX,
                 err));
    if (4 * (m->n_edges + 1) > 3 * m->cap_edges) {
        TRY(edges_double(m, err));
        edge = edge_find(m->edges, m->cap_edges, edge_key(node, symbol));
    }
    assert(!edge->key && m->n_nodes == m->n_edges + 1); /* a tree: an edge each node but the root */
    m->ends[m->n_nodes] = NOTHING;
    *edge = (Edge){edge_key(node, symbol), (uint32_t)m->n_nodes};
    m->n_edges++;
    *out = (uint32_t)m->n_nodes++;
    return OK;
}

/* Symbols of a pattern, and its longest gap; 0 when nothing can match it. */
static int pattern_symbols(Str pattern, uint32_t folds[MATCH_SYMBOLS_MAX], int *longest) {
    MatchText t = match_plain(pattern);
    int n = 0, gap = 0;
    *longest = 0;
    for (size_t at = 0; at < pattern.n;) {
        MatchUnit u = match_unit(&t, at);
        if (match_is_symbol(&u)) {
            if (n == MATCH_SYMBOLS_MAX || (n && gap > MATCH_GAP_MAX)) return 0;
            if (n && gap > *longest) *longest = gap;
            folds[n++] = u.fold;
            gap = 0;
        } else if (u.sort == SORT_OTHER) {
            gap++;
        }
        at += u.size;
    }
    return n;
}

/* The same spelling, and at least as free to stand inside of words. */
static bool is_there(const Matcher *m, uint32_t node, Str pattern, unsigned flags) {
    for (uint32_t p = m->ends[node]; p; p = m->patterns[p - 1].next) {
        const Pattern *there = &m->patterns[p - 1];
        if (str_eq(there->text, pattern) && !(flags & ~there->flags & MATCH_INSIDE)) return true;
    }
    return false;
}

Status match_add(Matcher *m, Str pattern, uint32_t value, unsigned flags, Err *err) {
    uint32_t folds[MATCH_SYMBOLS_MAX], node = ROOT;
    int gap, n = pattern_symbols(pattern, folds, &gap);
    if (n == 0) return OK;
    assert(n <= MATCH_SYMBOLS_MAX && gap <= MATCH_GAP_MAX && flags <= UINT16_MAX);
    if (gap > m->gap_max) m->gap_max = gap;
    for (int i = 0; i < n; i++) TRY(node_child(m, node, folds[i], &node, err));
    if (is_there(m, node, pattern, flags)) return OK;
    m->inside |= (flags & MATCH_INSIDE) != 0;
    TRY(mem_grow((void **)&m->patterns, &m->cap_patterns, m->n_patterns + 1, sizeof *m->patterns,
                 PATTERNS_MAX, err));
    TRY(arena_keep(&m->arena, pattern, &pattern, "a pattern", err));
    m->patterns[m->n_patterns++] =
        (Pattern){.text = pattern, .value = value, .flags = (uint16_t)flags};
    uint32_t *last = &m->ends[node]; /* behind those that are there: the first one counts */
    while (*last) last = &m->patterns[*last - 1].next;
    *last = (uint32_t)m->n_patterns;
    m->first[(folds[0] & 0xFFFF) >> 6] |= 1ull << (folds[0] & 63);
    return OK;
}

void match_set_code(Matcher *m) {
    m->code = true;
}

bool match_is_small(uint32_t code) {
    return unicode_upper(code) != code;
}

Str match_pattern(const Matcher *m, uint32_t pattern) {
    assert(pattern < m->n_patterns);
    return m->patterns[pattern].text;
}

/* ---- gaps ---------------------------------------------------------------------------------- */

/* What stands between two symbols, without what is not there. */
typedef struct Gap {
    uint32_t code[MATCH_GAP_MAX];
    int n;
} Gap;

/* false: longer than a gap may be. */
static bool gap_read(const MatchText *t, size_t at, size_t end, Gap *gap) {
    gap->n = 0;
    while (at < end) {
        MatchUnit u = match_unit(t, at);
        if (u.sort == SORT_OTHER && gap->n == MATCH_GAP_MAX) return false;
        if (u.sort == SORT_OTHER) gap->code[gap->n++] = u.fold;
        if (u.size == 0) break;
        at += u.size;
    }
    return true;
}

static bool gap_same(const Gap *a, const Gap *b) {
    return a->n == b->n && memcmp(a->code, b->code, (size_t)a->n * sizeof a->code[0]) == 0;
}

static bool is_blank(uint32_t code) {
    return code == ' ' || code == '\n' || code == '\r' || code == '\t' || code == 0xA0 ||
           code == 0x3000 || code == 0x202F || code == 0x2009;
}

static bool is_dash(uint32_t code) {
    return code == '-' || (code >= 0x2010 && code <= 0x2015) || code == 0x2212;
}

static bool is_dot(uint32_t code) {
    return code == '.' || code == 0xB7 || code == 0x2022 || code == 0x30FB;
}

/* Blanks with at most one line break and at most `signs` of what `others` names ('-' and '.': all
   dashes and dots). A dot before a blank ends a sentence. */
static bool gap_of(const Gap *gap, const char *others, int signs) {
    int lines = 0;
    for (int i = 0; i < gap->n; i++) {
        uint32_t c = gap->code[i];
        if (is_blank(c)) {
            lines += c == '\n';
            if (i > 0 && is_dot(gap->code[i - 1])) return false;
            continue;
        }
        uint32_t sign = is_dash(c) ? '-' : is_dot(c) ? '.' : c == 0x2019 ? '\'' : c;
        if (sign > 0x7F || !strchr(others, (int)sign) || --signs < 0) return false;
    }
    return lines <= 1;
}

/* The same signs, and blanks in the same places, whatever blanks: a line may have been broken. */
static bool gap_alike(const Gap *a, const Gap *b) {
    int i = 0, k = 0, lines = 0;
    while (i < a->n || k < b->n) {
        bool blank_a = i < a->n && is_blank(a->code[i]), blank_b = k < b->n && is_blank(b->code[k]);
        if (blank_a != blank_b || (!blank_a && (i == a->n || k == b->n))) return false;
        if (!blank_a && a->code[i++] != b->code[k++]) return false;
        while (blank_a && i < a->n && is_blank(a->code[i])) i++;
        for (; blank_a && k < b->n && is_blank(b->code[k]); k++) lines += b->code[k] == '\n';
    }
    return lines <= 1;
}

/* A word that is broken at the line's end: "Jelli-\ncombe". */
static bool is_broken(const Gap *gap) {
    int at = gap->n > 0 && is_dash(gap->code[0]) ? 1 : 0;
    if (!at) return false;
    if (at < gap->n && gap->code[at] == '\r') at++;
    if (at == gap->n || gap->code[at++] != '\n') return false;
    while (at < gap->n && gap->code[at] == ' ') at++;
    return at == gap->n;
}

/* The signs of the pattern, and a line's end beside one of them: "emma@\nexample.com". */
static bool gap_broken(const Gap *own, const Gap *text) {
    int lines = 0, k = 0;
    for (int i = 0; i < text->n; i++) {
        bool blank = is_blank(text->code[i]);
        lines += text->code[i] == '\n';
        if (!blank && (k == own->n || text->code[i] != own->code[k++])) return false;
    }
    return own->n > 0 && k == own->n && lines == 1;
}

/* What is known of a pattern's end when its gaps are compared. */
typedef struct Judge {
    unsigned flags;
    int n;       /* symbols */
    const Step *last;
    bool humps; /* a capital behind a small letter begins a word */
    Gap spelled; /* what the text has between all letters; empty: not so */
} Judge;

/* The same as between the first two letters, whatever blanks. */
static bool is_spelling(const Gap *spelled, const Gap *gap) {
    if (!spelled->n || spelled->n != gap->n) return false;
    for (int i = 0; i < gap->n; i++) {
        bool blanks = is_blank(spelled->code[i]) && is_blank(gap->code[i]);
        if (!blanks && spelled->code[i] != gap->code[i]) return false;
    }
    return true;
}

/* All letters stand alone: "E m m a", "E-M-M-A", "E, M, M, A". What is between the first two: a
   blank, or a dash, dot or comma that may have blanks beside it. Empty: they do not. */
static void spelled_with(const Walk *walk, int n, Gap *gap) {
    int signs = 0;
    gap->n = 0;
    for (int i = 1; i < n; i++) {
        if (walk->step[i].start == walk->step[i - 1].end) return;
    }
    if (n < 2 || !gap_read(walk->text, walk->step[0].end, walk->step[1].start, gap)) return;
    for (int i = 0; i < gap->n; i++) {
        uint32_t code = gap->code[i];
        signs += is_blank(code) ? 0 : is_dash(code) || is_dot(code) || code == ',' ? 1 : 2;
    }
    bool fits = signs ? signs == 1 && n >= SPELLED_NAME_LETTERS : gap->n == 1;
    if (!fits) gap->n = 0;
}

/* A name's own dash or apostrophe left out, as logins do: "ssmithdelgado". */
static bool is_glued(const Judge *judge, const Gap *own, const Gap *text) {
    uint32_t sign = own->n == 1 ? own->code[0] : 0;
    bool joins = is_dash(sign) || sign == '\'' || sign == 0x2019;
    return joins && text->n == 0 && judge->n >= GLUED_NAME_LETTERS;
}

/* "Quillinane's" is no way to write "quillinane.s". */
static bool is_genitive(const Judge *judge, const Step *right, const Gap *text) {
    uint32_t sign = text->n == 1 ? text->code[0] : 0;
    bool apostrophe = sign == '\'' || sign == 0x2019;
    return apostrophe && right == judge->last && (right->code | 0x20) == 's';
}

/* Is it one of the signs that hide digits, and how much does one say? */
static int hides(uint32_t code) {
    static const uint32_t dots[] = {'.', 0xB7, 0x2022, 0x2219, 0x25CF};
    if (code == 0x2026) return HIDING_LEAST; /* an ellipsis */
    for (size_t i = 0; i < ARRAY_LEN(dots); i++) {
        if (dots[i] == code) return HIDING_LEAST / 2;
    }
    return code == '*' || code == '#' || code == 'x' || code == 'X';
}

/* Nothing but signs that hide digits, and blanks: whether there are enough is has_stars' to say. */
static bool gap_hides(const Gap *gap) {
    for (int i = 0; i < gap->n; i++) {
        if (!hides(gap->code[i]) && !is_blank(gap->code[i]) && !is_dash(gap->code[i])) return false;
    }
    return true;
}

/* The essay's table: may the text have this gap where the pattern has its own? From strict to
   lenient. */
static bool gap_fits(const Judge *judge, const Step *left, const Step *right, const Gap *own,
                     const Gap *text) {
    if (gap_same(own, text)) return true;
    if ((judge->flags & MATCH_HIDDEN) && own->n) return gap_hides(text);
    if ((judge->flags & (MATCH_CASE | MATCH_NAME)) == MATCH_CASE) return false;
    if (gap_alike(own, text)) return true;
    bool letters = left->sort == SORT_LETTER && right->sort == SORT_LETTER;
    if (judge->flags & MATCH_CASE) return letters && is_glued(judge, own, text);
    if (text->n > GAP_USUAL) return false;
    if (gap_broken(own, text)) return true;
    bool digits = left->sort == SORT_DIGIT && right->sort == SORT_DIGIT;
    if (digits) return text->n <= 3 && gap_of(text, "-./()[]", 3);
    if (left->sort == SORT_HAN || right->sort == SORT_HAN) {
        bool long_name = (judge->flags & MATCH_NAME) && judge->n >= CELLED_NAME_SIGNS;
        return gap_of(text, long_name ? "-.:/|,(" : "-.:", 1);
    }
    if (letters && (judge->flags & MATCH_NAME)) {
        if (own->n == 0 && is_broken(text)) return judge->n >= BROKEN_NAME_LETTERS;
        if (own->n == 0) return is_spelling(&judge->spelled, text);
        if (text->n) return !is_genitive(judge, right, text) && gap_of(text, "-_.'+/", 1);
        bool hump = judge->humps && match_is_small(left->code) && !match_is_small(right->code);
        return judge->n >= (hump ? HUMPED_NAME_LETTERS : GLUED_NAME_LETTERS);
    }
    bool parts = own->n == 1 && (is_dash(own->code[0]) || is_blank(own->code[0]));
    if (letters) return parts && (text->n == 0 || gap_of(text, "-", 1)); /* "HH-AB 1234" */
    /* "GB29 NWBK" as GB29NWBK, "GB29-NWBK"; "ending in: 4711" */
    if (own->n > 0) return text->n == 0 || gap_of(text, "-.:,+", 1);
    return text->n == 1 && gap_of(text, "-.", 1);
}

/* ---- the walk ------------------------------------------------------------------------------ */

/* What may stand behind a name in its word: a plural's or genitive's s, and German's adjective
   ("die Jellicombeschen Akten") behind names of some length. 1: it does; 0: more letters may make
   it one; -1: it is none of them. */
static int ending_of(const char *tail, int n, bool ended, bool adjective) {
    static const char *const endings[] = {"sche", "schen", "scher", "schem", "sches"};
    if (n == 0) return ended;
    if (n == 1 && ended) return tail[0] == 's' ? 1 : -1;
    for (size_t i = 0; i < ARRAY_LEN(endings) && (adjective || n == 1); i++) {
        int whole = (int)strlen(endings[i]);
        if (n <= whole && memcmp(tail, endings[i], (size_t)n) == 0 && (n == whole || !ended))
            return ended;
    }
    return -1;
}

/* Does the match end here? `plural`: an s may stand behind. */
static MatchOutcome ends_here(const Walk *walk, int n, bool plural) {
    enum { TAIL_MAX = 5 };
    const MatchText *t = walk->text;
    size_t at = walk->step[n - 1].end;
    char tail[TAIL_MAX];
    int ahead = 0;
    if (n > 1) plural &= walk->step[n - 2].end == walk->step[n - 1].start; /* "Emma E", no "Es" */
    for (; at < t->text.n; ahead++) {
        MatchUnit u = match_unit(t, at);
        if (u.size == 0) return MATCH_MORE;
        bool ended = !match_joins((MatchSort)walk->step[n - 1].sort, (MatchSort)u.sort);
        if (ended && ahead == 0) return MATCH_FOUND;
        bool small = match_is_small(walk->step[n - 1].code);
        if (walk->matcher->code && plural && ahead < 2 && is_hump(&u, small)) return MATCH_FOUND;
        if (!plural || (!ended && (ahead == TAIL_MAX || u.fold > 0x7F))) return MATCH_NONE;
        if (!ended) tail[ahead] = (char)u.fold;
        int fits = ending_of(tail, ahead + !ended, ended, n >= ENDED_NAME_LETTERS);
        if (fits) return fits > 0 ? MATCH_FOUND : MATCH_NONE;
        at += u.size;
    }
    if (!t->last) return MATCH_MORE;
    return ending_of(tail, ahead, true, n >= ENDED_NAME_LETTERS) > 0 ? MATCH_FOUND : MATCH_NONE;
}

/* Does one of the words stand before `at`, with at most a few signs and blanks between? */
static bool login_is_named(Str text, size_t at) {
    static const char *const words[] = {"user", "name", "login", "account", "uid", "id",
                                        "ssh", "logon", "用户", "用户名", "账号", "登录名"};
    while (at > 0 && strchr(" \t:='\"`", text.p[at - 1])) at--;
    if (at >= 3 && !memcmp(text.p + at - 3, "：", 3)) at -= 3;
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        Str word = str_from(words[i]);
        size_t same = 0;
        while (same < word.n && same < at &&
               plain_lower(text.p[at - 1 - same]) == word.p[word.n - 1 - same]) {
            same++;
        }
        if (same == word.n) return true;
    }
    return false;
}

/* A login stands beside the signs of addresses and paths, in brackets, or behind a word for one. */
static bool is_login(const Walk *walk, int n) {
    const MatchText *t = walk->text;
    size_t from = walk->step[0].start, end = walk->step[n - 1].end;
    char before = from > 0 ? t->text.p[from - 1] : ' ';
    char behind = end < t->text.n ? t->text.p[end] : ' ';
    if (strchr("@/\\~", before) || strchr("@/\\", behind)) return true;
    if ((before == '(' && behind == ')') || (before == '[' && behind == ']')) return true;
    return login_is_named(t->text, from);
}

/* "**** **** 4711", "xxxx-4711", "...4711": what stands before hides the rest of a number. */
static bool is_hidden(const Walk *walk) {
    Str text = walk->text->text;
    size_t from = walk->step[0].start, at = from < MATCH_BEHIND ? 0 : from - MATCH_BEHIND, width;
    int signs = 0;
    while (at < from && utf8_goes_on(text.p[at])) at++;
    for (; at < from; at += width) {
        uint32_t code = utf8_decode(text, at, &width);
        int more = hides(code);
        signs += more;
        if (!more && !is_blank(code) && !is_dash(code)) signs = 0;
    }
    return signs >= HIDING_LEAST;
}

/* "138****8000", "GB44…7186", and not the middle of a longer number that happens to have these
   digits. */
static bool has_stars(const Walk *walk, int n) {
    size_t at = walk->step[0].end, end = walk->step[n - 1].start, width;
    int signs = 0;
    for (; at < end; at += width) {
        uint32_t code = utf8_decode(walk->text->text, at, &width);
        bool letter = plain_is_letter((char)(code < 0x80 ? code : 0));
        signs += letter ? 0 : code == '*' ? HIDING_LEAST / 2 : hides(code);
    }
    return signs >= HIDING_LEAST;
}

/* "V. J. Miller": a blank, and a word with a capital behind the initials. "V.J.C.", "V. J. C.":
   more initials. */
static MatchOutcome surname_follows(const MatchText *t, size_t at) {
    int seen = 0; /* 1: a blank, 2: a capital */
    while (at < t->text.n) {
        MatchUnit u = match_unit(t, at);
        if (u.size == 0) return MATCH_MORE;
        bool small = u.sort == SORT_LETTER && match_is_small(u.code);
        bool capital = u.sort == SORT_LETTER && !small && unicode_lower(u.code) != u.code;
        if (seen == 2) return small || u.code == '.' ? MATCH_FOUND : MATCH_NONE;
        if (capital && seen == 0) return MATCH_FOUND;
        if (capital) seen = 2;
        if (u.code == ' ') seen = 1;
        if (!(u.code == ' ' || u.code == '.') && seen < 2) return MATCH_NONE;
        at += u.size;
    }
    return t->last ? MATCH_NONE : MATCH_MORE;
}

/* Says a word beside a day that somebody was born on it? Other days of the same month are many. */
static bool says_birth(Str text) {
    static const char *const words[] = {"birth", "born", "geburt", "gebor", "生日", "出生", "生于",
                                        "诞"};
    for (size_t at = 0; at < text.n; at++) {
        for (size_t i = 0; i < ARRAY_LEN(words); i++) {
            Str word = str_from(words[i]);
            size_t same = 0;
            if (word.n > text.n - at) continue;
            while (same < word.n && plain_lower(text.p[at + same]) == word.p[same]) same++;
            if (same == word.n) return true;
        }
    }
    return false;
}

/* "May 3, 1808", and the sign for "year" before a Chinese day. `at`: behind the day. */
static bool has_year(Str text, size_t from, size_t at) {
    int digits = 0, signs = 0;
    if (from >= 3 && memcmp(text.p + from - 3, "年", 3) == 0) return true;
    for (; at < text.n && signs < 4 && digits < 4; at++) {
        if (strchr(" ,.*\n", text.p[at])) signs++;
        else if (plain_is_digit(text.p[at])) digits++;
        else break;
    }
    return digits == 4;
}

/* A day without its year is that of a birth: a word says so in BIRTH_AHEAD bytes, or before. */
static MatchOutcome is_birthday(const Walk *walk, int n) {
    enum { BIRTH_AHEAD = 32 };
    const MatchText *t = walk->text;
    size_t from = walk->step[0].start, end = walk->step[n - 1].end;
    size_t back = from < MATCH_BEHIND ? from : MATCH_BEHIND, ahead = t->text.n - end;
    if (ahead < BIRTH_AHEAD && !t->last) return MATCH_MORE;
    if (has_year(t->text, from, end)) return MATCH_NONE;
    size_t to = ahead < BIRTH_AHEAD ? t->text.n : end + BIRTH_AHEAD;
    bool said = says_birth(str_sub(t->text, from - back, to));
    return said ? MATCH_FOUND : MATCH_NONE;
}

/* "8 May", and not "8 May 2013", which is another day. */
static MatchOutcome is_yearless(const Walk *walk, int n) {
    enum { YEAR_AHEAD = 8 };
    const MatchText *t = walk->text;
    size_t end = walk->step[n - 1].end;
    if (t->text.n - end < YEAR_AHEAD && !t->last) return MATCH_MORE;
    return has_year(t->text, walk->step[0].start, end) ? MATCH_NONE : MATCH_FOUND;
}

/* A title of one sign makes another word with the sign behind it: "监管总局", "温哥华". */
static MatchOutcome is_title_whole(const MatchText *t, size_t at) {
    static const char *const bars[][2] = {{"总", "局部统理裁长会额体共结计数量站社分署队书公"},
                                          {"哥", "华伦白本德斯哥"}, {"姐", "妹"},
                                          {"氏", "族"}, {"工", "作程人业厂会资具地艺商时期夫科种龄部学"},
                                          {"某", ""}};
    static const char after_mou[] = "的是在说称与和被因将向对从把于";
    if (at == t->text.n) return t->last ? MATCH_FOUND : MATCH_MORE;
    MatchUnit u = match_unit(t, at);
    if (u.size == 0) return MATCH_MORE;
    if (u.sort != SORT_HAN || u.size != 3) return MATCH_FOUND;
    Str last = str_sub(t->text, at - 3, at), next = str_sub(t->text, at, at + 3);
    for (size_t i = 0; i < ARRAY_LEN(bars); i++) {
        if (!str_eq_c(last, bars[i][0])) continue;
        bool mou = !*bars[i][1]; /* "石某某" is the text's own way to say no name */
        bool said = str_has(str_from(mou ? after_mou : bars[i][1]), next);
        return said == mou ? MATCH_FOUND : MATCH_NONE;
    }
    return MATCH_FOUND;
}

/* A place whose neighbours are looked at: the signs beside a cell's text in tables, CSV, JSON and
   markup, blanks and emphasis left out. */
static bool ends_cell(char c, bool behind) {
    return c && strchr("\"'|,;\t", c) ? true : c == (behind ? '<' : '>');
}

/* A Chinese surname alone is a word in prose. In a cell of its own it is somebody: `| 裴 | 令越 |`,
   "裴,令越" in a line, "\"姓\": \"裴\"". Of the cell's two ends one may be the line's. */
static MatchOutcome is_cell(const Walk *walk, int n) {
    enum { CELL_AHEAD = 8 };
    Str text = walk->text->text;
    size_t from = walk->step[0].start, end = walk->step[n - 1].end, most = end + CELL_AHEAD;
    while (from > 0 && (text.p[from - 1] == ' ' || text.p[from - 1] == '*')) from--;
    while (end < text.n && end < most && strchr(" *\\", text.p[end] ? text.p[end] : '.')) end++;
    if (end == text.n && !walk->text->last) return MATCH_MORE;
    bool opens = from == 0 || text.p[from - 1] == '\n';
    bool closes = end == text.n || text.p[end] == '\n' || text.p[end] == '\r';
    bool before = from > 0 && ends_cell(text.p[from - 1], false);
    bool behind = end < text.n && ends_cell(text.p[end], true);
    return (before && (behind || closes)) || (opens && behind) ? MATCH_FOUND : MATCH_NONE;
}

/* "Emma I." and no "Emma I think"; "Clark E., Rice P." */
static MatchOutcome is_stopped(const Walk *walk, int n) {
    Str text = walk->text->text;
    size_t end = walk->step[n - 1].end;
    if (end == text.n) return walk->text->last ? MATCH_NONE : MATCH_MORE;
    return text.p[end] && strchr(".,;)", text.p[end]) ? MATCH_FOUND : MATCH_NONE;
}

/* What the pattern asks of the text beside it: MATCH_FOUND where it is so. */
static MatchOutcome beside_fits(const Walk *walk, int n, unsigned flags) {
    size_t end = walk->step[n - 1].end;
    if ((flags & MATCH_TAIL) && !is_hidden(walk)) return MATCH_NONE;
    if ((flags & MATCH_HIDDEN) && !has_stars(walk, n)) return MATCH_NONE;
    if (flags & MATCH_BIRTHDAY) return is_birthday(walk, n);
    if (flags & MATCH_DAY) return is_yearless(walk, n);
    if (flags & MATCH_TITLED) return is_title_whole(walk->text, end);
    if (flags & MATCH_CELL) return is_cell(walk, n);
    if (flags & MATCH_STOP) return is_stopped(walk, n);
    if (!(flags & MATCH_INITIALS)) return MATCH_FOUND;
    size_t from = walk->step[0].start;
    bool behind = from > 1 && walk->text->text.p[from - 1] == '.' &&
                  plain_is_letter(walk->text->text.p[from - 2]);
    MatchOutcome follows = behind ? MATCH_FOUND : surname_follows(walk->text, end);
    return follows == MATCH_MORE ? MATCH_MORE : follows == MATCH_NONE ? MATCH_FOUND : MATCH_NONE;
}

/* Character by character from the first symbol to the last, escapes read. */
static bool spelled_same(const Walk *walk, int n, Str pattern) {
    MatchText own = match_plain(pattern);
    size_t at = walk->step[0].start, end = walk->step[n - 1].end, p;
    (void)match_symbols_end(&own, 0, 0, &p); /* to its first */
    while (at < end && p < pattern.n) {
        MatchUnit a = match_unit(walk->text, at), b = match_unit(&own, p);
        if (a.code != b.code) return false;
        at += a.size;
        p += b.size;
    }
    return at >= end;
}

/* Compares a pattern with the n symbols walked, and fills the hit. */
static bool judge_pattern(const Walk *walk, int n, uint32_t index, MatchHit *hit) {
    assert(n > 0 && n <= walk->n && index < walk->matcher->n_patterns);
    const Pattern *pattern = &walk->matcher->patterns[index];
    const MatchText own = match_plain(pattern->text);
    Judge judge = {.flags = pattern->flags, .n = n, .last = walk->step + n - 1,
                   .humps = walk->matcher->code};
    Gap own_gap, gap;
    size_t at = 0, gap_from = 0;
    spelled_with(walk, n, &judge.spelled);
    *hit = (MatchHit){.start = walk->step[0].start, .end = walk->step[n - 1].end,
                      .value = pattern->value, .pattern = index, .n_words = 1};
    hit->word_start[0] = hit->start;
    for (int i = 0; i < n; at += match_unit(&own, at).size) {
        MatchUnit u = match_unit(&own, at);
        if (!match_is_symbol(&u)) continue;
        const Step *step = &walk->step[i];
        if ((pattern->flags & MATCH_CASE) && step->code != u.code) return false;
        if (i == 0 && (pattern->flags & MATCH_CAPITAL) && step->code != u.code) return false;
        if (i > 0) {
            if (!gap_read(&own, gap_from, at, &own_gap)) return false;
            if (!gap_read(walk->text, step[-1].end, step->start, &gap)) return false;
            if (!gap_fits(&judge, step - 1, step, &own_gap, &gap)) return false;
            if (own_gap.n && hit->n_words < MATCH_WORDS_MAX) {
                hit->word_end[hit->n_words - 1] = step[-1].end;
                hit->word_start[hit->n_words++] = step->start;
            }
        }
        gap_from = at + u.size;
        i++;
    }
    hit->word_end[hit->n_words - 1] = hit->end;
    if ((pattern->flags & MATCH_NAME) && judge.spelled.n) {
        hit->spelled_from = walk->step[0].end;
        hit->spelled_to = walk->step[1].start;
    }
    assert(hit->start < hit->end && hit->end <= walk->text->text.n && hit->n_words >= 1);
    hit->exact = spelled_same(walk, n, pattern->text);
    return true;
}

/* The pattern that ends at this node: one that is spelled so, else the first that fits. */
static MatchOutcome judge_node(const Walk *walk, uint32_t node, MatchHit *hit) {
    MatchOutcome outcome = MATCH_NONE;
    for (uint32_t p = walk->matcher->ends[node]; p; p = walk->matcher->patterns[p - 1].next) {
        MatchHit found;
        unsigned flags = walk->matcher->patterns[p - 1].flags;
        bool inside = flags & MATCH_INSIDE;
        if (walk->inside && !inside) continue;
        if ((flags & MATCH_LOGIN) && !is_login(walk, walk->n)) continue;
        MatchOutcome end = inside ? MATCH_FOUND : ends_here(walk, walk->n, flags & MATCH_NAME);
        if (end == MATCH_NONE || !judge_pattern(walk, walk->n, p - 1, &found)) continue;
        if (end == MATCH_FOUND) end = beside_fits(walk, walk->n, flags);
        if (end == MATCH_MORE) return MATCH_MORE;
        if (end == MATCH_NONE) continue;
        if (outcome == MATCH_NONE || found.exact) *hit = found;
        outcome = MATCH_FOUND;
        if (found.exact) break;
    }
    return outcome;
}

/* Down the trie from `at`. */
static MatchOutcome walk_down(Walk *walk, size_t at, MatchSort before, MatchHit *hit) {
    const Matcher *m = walk->matcher;
    const MatchText *t = walk->text;
    walk->inside = walk->passes = false;
    walk->n = 0;
    MatchOutcome best = MATCH_NONE;
    uint32_t node = ROOT;
    int gap = 0, clear = 0;
    bool escaped = false;
    while (at < t->text.n) {
        MatchUnit u = match_unit(t, at);
        if (u.size == 0) break;
        if (match_is_symbol(&u)) {
            if (walk->n == 0) {
                bool small = before == SORT_SMALL;
                walk->inside = match_joins((MatchSort)u.sort, small ? SORT_LETTER : before) &&
                              !is_hump(&u, small);
                bool begins = m->first[(u.fold & 0xFFFF) >> 6] >> (u.fold & 63) & 1;
                if (!begins || (walk->inside && !m->inside)) return MATCH_NONE;
            }
            const Edge *edge = edge_find(m->edges, m->cap_edges, edge_key(node, u.fold));
            if (!edge->key) return best;
            node = edge->node;
            walk->step[walk->n++] = (Step){at, at + u.size, u.code, u.sort};
            gap = clear = 0;
            escaped |= u.escaped;
            MatchOutcome outcome = m->ends[node] ? judge_node(walk, node, hit) : MATCH_NONE;
            if (outcome == MATCH_MORE) return MATCH_MORE;
            if (outcome == MATCH_FOUND) {
                best = MATCH_FOUND;
                hit->escaped = escaped;
            }
        } else if (walk->n == 0) {
            return MATCH_NONE;
        } else if (u.sort == SORT_OTHER ? ++gap > m->gap_max : ++clear > CLEAR_MAX) {
            return best;
        } else {
            walk->passes |= u.code == '%' || u.code == '&';
        }
        at += u.size;
        assert(walk->n <= MATCH_SYMBOLS_MAX);
    }
    return t->last ? best : MATCH_MORE;
}

MatchOutcome match_at(const Matcher *m, const MatchText *t, size_t at, MatchSort before,
                      MatchHit *hit) {
    Walk walk;
    walk.matcher = m;
    walk.text = t;
    MatchOutcome outcome = walk_down(&walk, at, before, hit);
    if (outcome == MATCH_MORE || !walk.passes || t->coded) return outcome;
    MatchText coded = *t;
    MatchHit read;
    coded.coded = true;
    walk.text = &coded;
    MatchOutcome other = walk_down(&walk, at, before, &read);
    if (other == MATCH_MORE) return MATCH_MORE;
    if (other == MATCH_NONE || (outcome == MATCH_FOUND && read.end <= hit->end)) return outcome;
    *hit = read;
    hit->coded = true;
    return MATCH_FOUND;
}

/* What stands before a place, as it is written, and what was read of the last escape. */
typedef struct Coded {
    MatchSort before, sort;
    size_t end; /* of the escape */
} Coded;

/* Is there a hit at `at` once escapes are read? */
static bool match_coded(const Matcher *m, const MatchText *t, size_t at, Coded *seen,
                        MatchHit *hit) {
    MatchUnit u = match_unit(t, at);
    MatchSort before = seen->before;
    const char *p = t->text.p;
    bool behind = at >= 3 && p[at - 3] == '%' && plain_hex(p[at - 2]) >= 0 &&
                  plain_hex(p[at - 1]) >= 0; /* "%3D": ends what stands before */
    if (behind || at == seen->end) before = at == seen->end ? seen->sort : SORT_OTHER;
    if (begins_code(t->text.p[at]) && u.size > 1) {
        *seen = (Coded){before, (MatchSort)u.sort, at + u.size};
    }
    if (!match_is_symbol(&u) || match_at(m, t, at, before, hit) != MATCH_FOUND) return false;
    hit->coded = true;
    return true;
}

bool match_next(const Matcher *m, const MatchText *t, size_t *at, MatchSort *before,
                MatchHit *hit) {
    assert(t->last && *at <= t->text.n); /* nothing waits: MATCH_MORE would be no hit */
    MatchText plain = *t;
    Coded seen = {SORT_OTHER, SORT_OTHER, SIZE_MAX};
    plain.coded = false;
    while (*at < t->text.n) {
        MatchUnit u = match_unit(&plain, *at);
        MatchOutcome outcome = MATCH_NONE;
        if (match_is_symbol(&u)) outcome = match_at(m, &plain, *at, *before, hit);
        else if (match_is_doubtful(t, &u, *at)) {
            outcome = match_at(m, &plain, *at + 1, SORT_OTHER, hit);
        }
        if (outcome == MATCH_FOUND) return true;
        seen.before = *before;
        if (t->coded && match_coded(m, t, *at, &seen, hit)) return true;
        match_pass(&u, before);
        *at += u.size;
    }
    return false;
}
