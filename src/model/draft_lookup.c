/*
 * The body of draft_lookup.h: a suffix automaton that is built online (Blumer et al. 1985, "The
 * smallest automaton recognizing the subwords of a text").
 *
 * A state stands for all substrings of the text that end at the same set of places; `len` is the
 * longest of them and `link` the state of its longest suffix that also ends elsewhere. The whole
 * text is the state `last`; hence the state behind its link is exactly the longest end of the text
 * that occurred before. Each state carries `end`, the index of the token behind one of its places
 * before the current end: what to propose begins there.
 *
 *   add a token   `last` and the states on its chain of links now end here too: the first
 *                 LOOKUP_TOUCH of them get the new place, so that a guess comes from the most
 *                 recent one. Then the automaton grows by one state, or two (a clone).
 *   propose       tokens[end], tokens[end + 1], ... of the state behind last's link
 *
 * The chain may be long (a text of one token repeated); states beyond LOOKUP_TOUCH keep an older
 * place, which is as true and a little less likely. Everything else is O(1) amortised a token.
 *
 * Tokens are a large alphabet, so transitions are edges in one array, found through one open hash
 * table by (state, token); the edges of a state are a list as well, because a clone copies them.
 * A text of n tokens has at most 2n states and 3n edges: about 120 bytes a token with the table,
 * 8 MiB at LOOKUP_TOKENS_MAX. When that many are reached, the automaton is built anew from the
 * newer half, which keeps the average constant.
 *
 * Worked example, the text a b c a b: the longest end that occurred before is "a b", len 2, end 2
 * (token c stands there). Proposed is c, then a and b, then from the guess itself c a b ...
 */
#include "model/draft_lookup.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"

enum { ROOT = 0, NONE = -1, LOOKUP_TOUCH = 16, LOOKUP_SLOTS_MIN = 1024 };
_Static_assert((LOOKUP_SLOTS_MIN & (LOOKUP_SLOTS_MIN - 1)) == 0, "a mask finds the slot");
_Static_assert(3 * (int64_t)LOOKUP_TOKENS_MAX < INT32_MAX, "edges and states have 32-bit numbers");

typedef struct LookupState {
    int32_t len, link;
    int32_t edges; /* the newest of its edges, NONE */
    int32_t end;   /* index of the token behind an earlier place */
} LookupState;

typedef struct LookupEdge {
    int32_t from, token, to;
    int32_t next; /* of the same state, NONE */
} LookupEdge;

struct Lookup {
    int32_t *tokens;
    LookupState *states;
    LookupEdge *edges;
    size_t n, n_states, n_edges;
    size_t cap_tokens, cap_states, cap_edges;
    uint32_t *slots; /* [n_slots] index of an edge + 1, 0: free; at most half full */
    size_t n_slots;  /* a power of two */
    int32_t last;
};

/* ---- edges ----------------------------------------------------------------------------------- */

/* The slot of the edge, or the free one where it belongs. */
static size_t lookup_slot(const Lookup *l, int32_t from, int32_t token) {
    uint64_t key = (uint64_t)(uint32_t)from << 32 | (uint32_t)token;
    size_t at = (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 32) & (l->n_slots - 1);
    while (l->slots[at]) {
        const LookupEdge *e = &l->edges[l->slots[at] - 1];
        if (e->from == from && e->token == token) break;
        at = (at + 1) & (l->n_slots - 1);
    }
    return at;
}

static LookupEdge *lookup_edge(const Lookup *l, int32_t from, int32_t token) {
    uint32_t found = l->slots[lookup_slot(l, from, token)];
    return found ? &l->edges[found - 1] : NULL;
}

/* Twice as many slots, all edges put in anew. */
static Status lookup_grow_slots(Lookup *l, Err *err) {
    size_t n = 2 * l->n_slots;
    uint32_t *slots = mem_zalloc_n(n, sizeof *slots);
    if (!slots) return err_no_memory(err, "a table of guesses");
    mem_free(l->slots);
    l->slots = slots;
    l->n_slots = n;
    for (size_t i = 0; i < l->n_edges; i++) {
        l->slots[lookup_slot(l, l->edges[i].from, l->edges[i].token)] = (uint32_t)i + 1;
    }
    return OK;
}

/* A transition that is not there yet. May move the edges: pointers to them are void afterwards. */
static Status lookup_add_edge(Lookup *l, int32_t from, int32_t token, int32_t to, Err *err) {
    TRY(mem_grow((void **)&l->edges, &l->cap_edges, l->n_edges + 1, sizeof *l->edges,
                 3 * LOOKUP_TOKENS_MAX, err));
    if (2 * (l->n_edges + 1) > l->n_slots) TRY(lookup_grow_slots(l, err));
    assert((size_t)from < l->n_states && (size_t)to < l->n_states);
    size_t slot = lookup_slot(l, from, token);
    l->edges[l->n_edges] = (LookupEdge){from, token, to, l->states[from].edges};
    l->states[from].edges = (int32_t)l->n_edges;
    l->slots[slot] = (uint32_t)++l->n_edges;
    return OK;
}

/* ---- states ---------------------------------------------------------------------------------- */

static Status lookup_add_state(Lookup *l, LookupState state, int32_t *id, Err *err) {
    TRY(mem_grow((void **)&l->states, &l->cap_states, l->n_states + 1, sizeof *l->states,
                 2 * LOOKUP_TOKENS_MAX, err));
    *id = (int32_t)l->n_states;
    l->states[l->n_states++] = state;
    return OK;
}

/* The edge leads to a state with longer strings too: those that come through it get a state of
   their own. */
static Status lookup_clone(Lookup *l, LookupEdge through, int32_t *clone, Err *err) {
    int32_t q = through.to, id = NONE;
    LookupState state = l->states[q];
    state.len = l->states[through.from].len + 1;
    state.edges = NONE;
    assert(state.len < l->states[q].len); /* its strings are the shorter ones of q's */
    TRY(lookup_add_state(l, state, &id, err));
    for (int32_t e = l->states[q].edges; e != NONE; e = l->edges[e].next) {
        TRY(lookup_add_edge(l, id, l->edges[e].token, l->edges[e].to, err));
    }
    for (int32_t p = through.from; p != NONE; p = l->states[p].link) {
        LookupEdge *e = lookup_edge(l, p, through.token);
        if (!e || e->to != q) break;
        e->to = id;
    }
    l->states[q].link = id;
    *clone = id;
    return OK;
}

/* What ends here so far has ended here once more: guesses come from the newest place. */
static void lookup_touch(Lookup *l) {
    int32_t s = l->states[l->last].link;
    for (int i = 0; i < LOOKUP_TOUCH && s > ROOT; i++, s = l->states[s].link) {
        l->states[s].end = (int32_t)l->n;
    }
}

/* The step of Blumer's algorithm: a state for the whole text, edges to it from the ends of the old
   text that had none, and its link; cur is also the only new state that is no clone. */
static Status lookup_extend(Lookup *l, int32_t token, Err *err) {
    int32_t p = l->last, cur = NONE;
    lookup_touch(l);
    LookupState state = {l->states[p].len + 1, ROOT, NONE, (int32_t)l->n + 1};
    TRY(lookup_add_state(l, state, &cur, err));
    LookupEdge *e = NULL;
    while (p != NONE && (e = lookup_edge(l, p, token)) == NULL) {
        TRY(lookup_add_edge(l, p, token, cur, err));
        p = l->states[p].link;
    }
    if (p != NONE) {
        int32_t q = e->to;
        if (l->states[q].len != l->states[p].len + 1) TRY(lookup_clone(l, *e, &q, err));
        l->states[cur].link = q;
    }
    assert(l->states[cur].link < cur || l->states[cur].link == cur + 1); /* a clone comes behind */
    l->last = cur;
    l->tokens[l->n++] = token;
    return OK;
}

/* ---- public ---------------------------------------------------------------------------------- */

void lookup_clear(Lookup *l) {
    l->n = l->n_edges = 0;
    l->n_states = 1;
    l->last = ROOT;
    l->states[ROOT] = (LookupState){0, NONE, NONE, 0};
    memset(l->slots, 0, l->n_slots * sizeof *l->slots);
}

Status lookup_new(Lookup **out, Err *err) {
    *out = NULL;
    Lookup *l = mem_zalloc(sizeof *l);
    if (!l) return err_no_memory(err, "a table of guesses");
    l->n_slots = LOOKUP_SLOTS_MIN;
    l->slots = mem_alloc_n(l->n_slots, sizeof *l->slots);
    Status status = l->slots ? OK : err_no_memory(err, "a table of guesses");
    if (status == OK) {
        status = mem_grow((void **)&l->states, &l->cap_states, 1, sizeof *l->states,
                          2 * LOOKUP_TOKENS_MAX, err);
    }
    if (status != OK) {
        lookup_free(l);
        return status;
    }
    lookup_clear(l);
    *out = l;
    return OK;
}

void lookup_free(Lookup *l) {
    if (!l) return;
    mem_free(l->tokens);
    mem_free(l->states);
    mem_free(l->edges);
    mem_free(l->slots);
    mem_free(l);
}

/* Builds anew from the newer half. */
static Status lookup_halve(Lookup *l, Err *err) {
    size_t keep = LOOKUP_TOKENS_MAX / 2;
    assert(l->n >= keep);
    memmove(l->tokens, l->tokens + l->n - keep, keep * sizeof *l->tokens);
    lookup_clear(l);
    for (size_t i = 0; i < keep; i++) TRY(lookup_extend(l, l->tokens[i], err));
    return OK;
}

Status lookup_add(Lookup *l, int32_t token, Err *err) {
    TRY(mem_grow((void **)&l->tokens, &l->cap_tokens, l->n + 1, sizeof *l->tokens,
                 LOOKUP_TOKENS_MAX, err));
    if (l->n == LOOKUP_TOKENS_MAX - 1) TRY(lookup_halve(l, err));
    return lookup_extend(l, token, err);
}

static int32_t lookup_state(const Lookup *l) {
    int32_t link = l->states[l->last].link;
    return link > ROOT ? link : ROOT;
}

size_t lookup_match(const Lookup *l) {
    return (size_t)l->states[lookup_state(l)].len;
}

size_t lookup_propose(const Lookup *l, int32_t *out, size_t max) {
    int32_t state = lookup_state(l);
    if (state == ROOT) return 0;
    size_t from = (size_t)l->states[state].end;
    assert(0 < from && from < l->n); /* an earlier place: the guess has a first token */
    for (size_t i = 0; i < max; i++) {
        out[i] = from + i < l->n ? l->tokens[from + i] : out[from + i - l->n];
    }
    return max;
}
