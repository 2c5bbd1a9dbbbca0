/*
 * Own words: what the user's documents name (people, projects, places, account numbers), found in a
 * text wherever it stands, in any spelling that folds to the same.
 *
 * A word is folded as a text is (fold.c), in small ASCII letters; blanks between two signs that are
 * not ASCII vanish (a name written with gaps), other runs of blanks are one. All words are matched
 * at once by an Aho-Corasick automaton (Aho and Corasick 1975): a trie whose edges lie in one hash
 * table, and for each node the longest proper suffix that is a node too (`fail`) and the nearest
 * node on that way that ends a word (`suffix`). So a text is read once, whatever the words are.
 *
 * A word that begins or ends with an ASCII letter or digit matches only where no other stands
 * beside it: "Ann" is not in "Annual". Of words that overlap the one that begins first wins, then
 * the longer. Phrases that a reader named (gate/deep.h) are matched in the same way by an automaton
 * of their own; of those that overlap all is found.
 *
 * Limits: SCAN_WORDS_MAX words of 2 bytes to SCAN_WORD_BYTES each, SCAN_WORDS_BYTES in all, as
 * folded; a blank run between two signs counts as nothing up to GAP_MAX bytes.
 */
#include <assert.h>

#include "base/mem.h"
#include "gate/scan/impl.h"

enum { GAP_MAX = 4, RING = 2 * SCAN_WORD_BYTES, NO_WORD = 0xFF };

static const float OWN_SCORE = 0.99F, SAID_SCORE = 0.6F;

_Static_assert((RING & (RING - 1)) == 0, "a place in the ring is a mask away");
_Static_assert((int)RING > (int)SCAN_WORD_BYTES, "a word's beginning is still in the ring");
_Static_assert((int)SCAN_TYPE_COUNT <= (int)NO_WORD, "no type is taken for none");

typedef struct OwnNode {
    uint32_t fail, suffix;
    uint16_t depth;
    uint8_t type; /* of the word that ends here, NO_WORD: none */
} OwnNode;

typedef struct OwnEdge {
    uint32_t from, to; /* to 0: empty */
    uint8_t byte;
} OwnEdge;

struct OwnWords {
    OwnNode *node; /* 0 is the root */
    size_t n_node, cap_node;
    OwnEdge *edge;
    size_t mask;
    uint32_t *order; /* nodes by depth while links are made */
};

/* ---- one spelling -------------------------------------------------------------------------- */

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Walks a folded text: the next byte in its one spelling, and where it stands. */
typedef struct Spelling {
    const char *p;
    uint32_t n, x;
    uint32_t at; /* of the byte given last */
    char last;
} Spelling;

/* Small letters; blanks as one, and none between two signs of a script that needs none (a line that
   was broken). false: the end. */
static bool next_byte(Spelling *s, char *out) {
    while (s->x < s->n) {
        uint32_t at = s->x;
        char c = s->p[s->x++];
        if (is_blank(c)) {
            while (s->x < s->n && is_blank(s->p[s->x])) s->x++;
            bool inside = (s->last & 0x80) && s->x < s->n && (s->p[s->x] & 0x80);
            if (inside && s->x - at <= GAP_MAX) continue;
            c = ' ';
        }
        s->at = at;
        s->last = *out = to_lower(c);
        return true;
    }
    return false;
}

/* ---- the automaton ------------------------------------------------------------------------- */

/* The slot of the edge, or the free one where it belongs; half of the table stays free. */
static size_t edge_slot(const OwnWords *own, uint32_t from, uint8_t byte) {
    uint64_t key = ((uint64_t)from << 8 | byte) * 0x9E3779B97F4A7C15u;
    size_t at = (size_t)(key >> 32) & own->mask;
    while (own->edge[at].to && (own->edge[at].from != from || own->edge[at].byte != byte)) {
        at = (at + 1) & own->mask;
    }
    return at;
}

static uint32_t follow(const OwnWords *own, uint32_t from, char byte) {
    return own->edge[edge_slot(own, from, (uint8_t)byte)].to;
}

/* Where the automaton goes from a node on a byte. */
static uint32_t step(const OwnWords *own, uint32_t from, char byte) {
    for (;;) {
        uint32_t to = follow(own, from, byte);
        if (to || !from) return to;
        from = own->node[from].fail;
    }
}

/* The node behind an edge, made when it is not there. The root is 0, so that 0 is no edge's end. */
static Status add_node(OwnWords *own, uint32_t from, char byte, uint32_t *to, Err *err) {
    size_t slot = edge_slot(own, from, (uint8_t)byte);
    *to = own->edge[slot].to;
    if (*to) return OK;
    TRY(mem_grow((void **)&own->node, &own->cap_node, own->n_node + 1, sizeof *own->node,
                 SCAN_WORDS_BYTES + 1, err));
    assert(own->n_node <= own->mask); /* an edge a node: one slot at least stays free */
    *to = (uint32_t)own->n_node++;
    own->node[*to] = (OwnNode){.depth = (uint16_t)(own->node[from].depth + 1), .type = NO_WORD};
    own->edge[slot] = (OwnEdge){from, *to, (uint8_t)byte};
    return OK;
}

/* Of two words with one spelling the later one's type counts. */
static Status add_word(OwnWords *own, Fold *fold, const ScanWord *word, Err *err) {
    uint32_t at = 0, n = 0;
    char byte;
    if (word->text.n > FOLD_WINDOW || word->type >= SCAN_TYPE_COUNT)
        return err_set(err, E_USAGE, "an own word of %zu bytes, type %d", word->text.n, word->type);
    fold_window(fold, str_trim(word->text));
    for (Spelling s = {.p = fold->p, .n = fold->n}; next_byte(&s, &byte); n++) {
        if (n == SCAN_WORD_BYTES)
            return err_set(err, E_LIMIT, "an own word has more than %d bytes", SCAN_WORD_BYTES);
        TRY(add_node(own, at, byte, &at, err));
    }
    if (n < 2) return err_set(err, E_USAGE, "an own word of one letter would be found everywhere");
    own->node[at].type = (uint8_t)word->type;
    return OK;
}

/* Links of a node whose parent is linked already. */
static void link_node(OwnWords *own, const OwnEdge *edge) {
    OwnNode *node = &own->node[edge->to];
    node->fail = edge->from ? step(own, own->node[edge->from].fail, (char)edge->byte) : 0;
    const OwnNode *fail = &own->node[node->fail];
    node->suffix = fail->type != NO_WORD ? node->fail : fail->suffix;
}

/* Breadth first: the edges in the order of their depths, by counting. */
static Status link_nodes(OwnWords *own, Err *err) {
    uint32_t count[SCAN_WORD_BYTES + 2] = {0};
    own->order = mem_alloc_n(own->n_node + 1, sizeof *own->order);
    if (!own->order) return err_no_memory(err, "own words");
    for (size_t i = 1; i < own->n_node; i++) count[own->node[i].depth + 1]++;
    for (size_t d = 1; d < ARRAY_LEN(count); d++) count[d] += count[d - 1];
    for (size_t i = 0; i <= own->mask; i++) {
        const OwnEdge *edge = &own->edge[i];
        if (edge->to) own->order[count[own->node[edge->to].depth]++] = (uint32_t)i;
    }
    assert(count[SCAN_WORD_BYTES] == own->n_node - 1); /* every node but the root is in the order */
    for (size_t i = 0; i + 1 < own->n_node; i++) link_node(own, &own->edge[own->order[i]]);
    mem_free(own->order);
    own->order = NULL;
    return OK;
}

void own_free(OwnWords *own) {
    if (!own) return;
    mem_free(own->node);
    mem_free(own->edge);
    mem_free(own->order);
    mem_free(own);
}

/* An automaton (Aho and Corasick 1975) over the words in their one spelling; `fold` is scratch. */
static Status own_new(Fold *fold, const ScanWord *words, size_t n, OwnWords **out, Err *err) {
    size_t bytes = 0, edges = 64;
    if (n > SCAN_WORDS_MAX) return err_set(err, E_LIMIT, "%zu own words are too many", n);
    for (size_t i = 0; i < n && bytes <= SCAN_WORDS_BYTES; i++) bytes += words[i].text.n;
    if (bytes > SCAN_WORDS_BYTES) return err_set(err, E_LIMIT, "the own words are too long");
    while (edges < 2 * bytes + 2) edges *= 2;
    assert((edges & (edges - 1)) == 0 && edges > bytes + 1);
    OwnWords *own = mem_zalloc(sizeof *own);
    if (!own) return err_no_memory(err, "own words");
    own->mask = edges - 1;
    own->edge = mem_zalloc_n(edges, sizeof *own->edge);
    Status status = own->edge ? OK : err_no_memory(err, "own words");
    if (status == OK)
        status = mem_grow((void **)&own->node, &own->cap_node, 1, sizeof *own->node,
                          SCAN_WORDS_BYTES + 1, err);
    if (status == OK) {
        own->node[own->n_node++] = (OwnNode){.type = NO_WORD};
        for (size_t i = 0; i < n && status == OK; i++) status = add_word(own, fold, &words[i], err);
    }
    if (status == OK) status = link_nodes(own, err);
    if (status == OK)
        *out = own;
    else
        own_free(own);
    return status;
}

/* The new words are ready before the old ones go: on failure nothing changes. */
static Status replace(Scanner *s, OwnWords **own, const ScanWord *words, size_t n, Err *err) {
    OwnWords *fresh = NULL;
    if (n) TRY(own_new(&s->fold, words, n, &fresh, err));
    own_free(*own);
    *own = fresh;
    return OK;
}

Status gate_scanner_learn(Scanner *s, const ScanWord *words, size_t n, Err *err) {
    return replace(s, &s->own, words, n, err);
}

Status gate_scanner_tell(Scanner *s, const ScanWord *phrases, size_t n, Err *err) {
    return replace(s, &s->said, phrases, n, err);
}

/* ---- finding ------------------------------------------------------------------------------- */

typedef struct OwnFind {
    uint32_t at, end; /* in the view */
    uint8_t type;
} OwnFind;

/* The longest word that ends with the byte given last and stands alone; type NO_WORD: none. */
static OwnFind word_at(const OwnWords *own, const Spelling *s, uint32_t node, const uint32_t *ring,
                       uint32_t count) {
    OwnFind find = {.end = s->at + 1, .type = NO_WORD};
    bool open_end = is_alnum(s->last) && s->at + 1 < s->n && is_alnum(s->p[s->at + 1]);
    if (own->node[node].type == NO_WORD) node = own->node[node].suffix;
    for (; node && !open_end; node = own->node[node].suffix) {
        find.at = ring[(count - own->node[node].depth) & (RING - 1)];
        bool open = find.at > 0 && is_alnum(s->p[find.at]) && is_alnum(s->p[find.at - 1]);
        if (open) continue;
        find.type = own->node[node].type;
        break;
    }
    return find;
}

/* Later finds that begin earlier push those behind them out; of a reader's overlapping phrases the
   union stays, of own words the first. */
static void keep(Scanner *s, ScanKind kind, OwnFind find) {
    ScanSpan span = {.start = s->base + fold_start(&s->fold, find.at),
                     .end = s->base + fold_end(&s->fold, find.end),
                     .type = find.type,
                     .kind = kind,
                     .score = kind == KIND_OWN ? OWN_SCORE : SAID_SCORE};
    while (s->n_tagged && s->tagged[s->n_tagged - 1].start >= span.start) s->n_tagged--;
    ScanSpan *last = s->n_tagged ? &s->tagged[s->n_tagged - 1] : NULL;
    if (last && last->end > span.start) {
        if (kind == KIND_SAID && span.end > last->end) last->end = span.end;
        return;
    }
    tagged_push(s, span);
}

/* The words that begin at view place `from` or later, and before `limit`; returns where to go on.
 */
uint32_t own_find(Scanner *s, ScanKind kind, uint32_t from, uint32_t limit) {
    const OwnWords *own = kind == KIND_OWN ? s->own : s->said;
    uint32_t ring[RING], count = 0, node = 0, stop = limit;
    Spelling spelling = {.p = s->fold.p, .n = s->fold.n, .x = from};
    char byte;
    assert(own && from <= spelling.n && limit <= spelling.n);
    s->n_tagged = 0;
    while (s->status == OK && next_byte(&spelling, &byte)) {
        ring[count++ & (RING - 1)] = spelling.at;
        node = step(own, node, byte);
        if (spelling.at >= limit &&
            (!node || ring[(count - own->node[node].depth) & (RING - 1)] >= limit))
            break;
        OwnFind find = word_at(own, &spelling, node, ring, count);
        if (find.type == NO_WORD || find.at >= limit) continue;
        keep(s, kind, find);
        if (find.end > stop) stop = find.end;
    }
    return stop;
}
