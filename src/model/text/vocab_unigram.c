/*
 * Unigram: the split of a text into tokens whose probabilities multiply to the most.
 *
 * Kudo 2018 ("Subword regularization", equation 3). Scores are log probabilities, so that a split
 * is worth the sum of its tokens. best[i] is the worth of the best split of the first i bytes:
 *
 *     best[0] = 0,   best[i] = max over tokens t that end at i of best[i - |t|] + score(t)
 *
 * A character that no token covers by itself may also be "unknown", at the lowest score of all
 * minus 10; neighbours that are unknown become one unknown token (or their bytes, where the
 * vocabulary has byte tokens). USER tokens score 0, better than any probability. On a tie the split
 * found first, from the left, stays. Sums are doubles, as in HF tokenizers.
 *
 * Before that the text is normalised: replacements by the file's map (vocab_charsmap.c), runs of
 * blanks become one, blanks at the ends vanish, and every word begins with U+2581.
 *
 * Memory stays small because a place over which no token reaches splits the problem: all paths pass
 * through it. After CHUNK bytes the first such place ends a chunk, whose tokens are written out.
 *
 * Time is O(n * L), L = lengths of tokens that begin with the next four bytes (a table says which);
 * tokens longer than PIECE_MAX bytes are never found.
 *
 * Sources: the paper; SentencePiece src/unigram_model.cc and src/normalizer.cc.
 */
#include <assert.h>
#include <math.h>

#include "model/text/vocab_impl.h"

enum { CHUNK = 4096, PIECE_MAX = 256 };

typedef struct Step {
    double score;
    int32_t id;    /* of the token that ends here */
    uint32_t from; /* where it began, from the beginning of the chunk */
} Step;

typedef struct Lattice {
    const Vocab *v;
    Str text;
    size_t start; /* of the chunk */
    Step *steps;  /* steps[k]: best split of the chunk's first k bytes; n_steps are in use */
    size_t n_steps, cap;
    uint32_t *path;
    size_t path_cap;
    bool after_unknown; /* the token written last was unknown */
    TokenList *out;
} Lattice;

/* ---- normalising ---- */

typedef struct Normal {
    const Vocab *v;
    Buf *out;
    bool in_word, began;
} Normal;

static void add_blank(Normal *z) {
    if (z->v->escape_spaces) {
        buf_add_c(z->out, ESCAPED_SPACE);
    } else {
        buf_add_byte(z->out, ' ');
    }
}

static void add_text(Normal *z, Str s) {
    bool in_front = z->v->add_space_prefix && !z->v->space_as_suffix;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == ' ') {
            z->in_word = false;
            if (!z->v->remove_extra_spaces) add_blank(z);
            continue;
        }
        if (!z->in_word) {
            bool between = z->v->remove_extra_spaces && (z->began || in_front);
            if (between || (in_front && !z->began)) add_blank(z);
            z->in_word = z->began = true;
        }
        buf_add_byte(z->out, s.p[i]);
    }
}

/* Malformed bytes become U+FFFD. White space that the map leaves alone separates words too, as in
   HF tokenizers, which splits at it. */
static Status normalize(const Vocab *v, Str text, Buf *out, Err *err) {
    Normal z = {.v = v, .out = out};
    Mapped m;
    for (size_t at = 0; at < text.n && out->status == OK;) {
        if (!charsmap_match(v, text, at, &m)) {
            uint32_t code;
            bool good = utf8_decode_strict(text, at, &code, &m.taken);
            m.with = good ? str_sub(text, at, at + m.taken) : STR("\xEF\xBF\xBD");
            if (v->remove_extra_spaces && unicode_is_space(code)) m.with = STR(" ");
        }
        add_text(&z, m.with);
        at += m.taken;
    }
    if (v->add_space_prefix && v->space_as_suffix) add_blank(&z);
    return buf_check(out, "normalised text", err);
}

/* ---- the lattice ---- */

static Status reach(Lattice *l, size_t k, Err *err) {
    if (k < l->n_steps) return OK;
    TRY(mem_grow((void **)&l->steps, &l->cap, k + 1, sizeof(Step), UINT32_MAX, err));
    while (l->n_steps <= k) l->steps[l->n_steps++] = (Step){-INFINITY, VOCAB_NONE, 0};
    return OK;
}

static Status offer(Lattice *l, size_t from, size_t to, int32_t id, double score, Err *err) {
    TRY(reach(l, to, err));
    assert(from < to && (from == 0 || l->steps[from].id != VOCAB_NONE)); /* some split ends there */
    double sum = l->steps[from].score + score;
    if (sum > l->steps[to].score || l->steps[to].id == VOCAB_NONE) {
        l->steps[to] = (Step){sum, id, (uint32_t)from};
    }
    return OK;
}

/* All tokens that begin at byte k of the chunk; `width` is that of the character there. */
static Status extend(Lattice *l, size_t k, size_t width, Err *err) {
    const Vocab *v = l->v;
    const char *p = l->text.p + l->start + k;
    size_t left = l->text.n - l->start - k;
    uint64_t lengths = length_mask(v, p, left);
    size_t longest = lengths >> LENGTH_TOP ? PIECE_MAX : LENGTH_TOP - 1;
    if (longest > v->longest_bytes) longest = v->longest_bytes;
    if (longest > left) longest = left;
    bool whole_char = false;
    for (size_t n = width; n <= longest; n++) {
        if (!(lengths & length_bit(n))) continue;
        int32_t id = vocab_text_row(v, p, n);
        if (id < 0) continue;
        double score = v->types[id] == TOKEN_USER || !v->scores ? 0.0 : v->scores[id];
        TRY(offer(l, k, k + n, id, score, err));
        if (n == width) whole_char = true;
    }
    return whole_char ? OK : offer(l, k, k + width, v->unk, v->unk_score, err);
}

static Status write_step(Lattice *l, uint32_t end, Err *err) {
    Step step = l->steps[end];
    assert(step.id != VOCAB_NONE && step.from < end);
    bool unknown = step.id == l->v->unk;
    bool again = unknown && l->after_unknown && !l->v->has_bytes;
    l->after_unknown = unknown;
    if (again) return OK;
    if (!unknown || !l->v->has_bytes) return token_list_add(l->out, step.id, err);
    Str piece = str_sub(l->text, l->start + step.from, l->start + end);
    return vocab_add_bytes(l->v, piece, l->out, err);
}

/* Writes the best split of the chunk's first `end` bytes and begins the next chunk there. */
static Status finish_chunk(Lattice *l, size_t end, Err *err) {
    assert(0 < end && end + 1 == l->n_steps); /* no token reaches over it */
    size_t count = 0;
    for (uint32_t k = (uint32_t)end; k > 0; k = l->steps[k].from) count++;
    TRY(mem_grow((void **)&l->path, &l->path_cap, count, sizeof *l->path, UINT32_MAX, err));
    size_t i = count;
    for (uint32_t k = (uint32_t)end; k > 0; k = l->steps[k].from) l->path[--i] = k;
    for (i = 0; i < count; i++) TRY(write_step(l, l->path[i], err));
    l->start += end;
    l->n_steps = 0;
    TRY(reach(l, 0, err));
    l->steps[0].score = 0;
    return OK;
}

static Status solve(Lattice *l, Err *err) {
    TRY(reach(l, 0, err));
    l->steps[0].score = 0;
    size_t k = 0;
    while (l->start + k < l->text.n) {
        if (k >= CHUNK && k + 1 == l->n_steps) { /* no token reaches beyond k */
            TRY(finish_chunk(l, k, err));
            k = 0;
        }
        size_t width = letter_bytes(l->text, l->start + k);
        TRY(extend(l, k, width, err));
        k += width;
    }
    return finish_chunk(l, k, err);
}

Status unigram_encode(const Vocab *v, Str text, TokenList *out, Err *err) {
    Buf normal;
    buf_init(&normal, (size_t)VOCAB_TEXT_MAX * 4);
    Status status = normalize(v, text, &normal, err);
    Lattice l = {.v = v, .text = buf_str(&normal), .out = out};
    if (status == OK && normal.n > 0) status = solve(&l, err);
    mem_free(l.steps);
    mem_free(l.path);
    buf_fini(&normal);
    return status;
}
