/*
 * Words of a question that stand nowhere in the store: what is near to them takes their place.
 *
 * People mistype ("recieved"), leave accents out ("Zurich"), ask for one form of a word where the
 * documents have another ("Verträgen"), and for "Kündigung" where a lease says
 * "Mietvertragskündigung", or the other way round. Only a word that no segment has is looked after:
 * one that is there means itself, and questions without such words cost nothing.
 *
 * One pass over all word lists compares each word with each that is missing, by its letters: lower
 * case already, accents taken off ("ü" is "u", and so is "ue"; "ß" was folded to "ss"). From near
 * to far:
 *
 *   NEAR_SAME   the same letters                                "zurich"       "zürich"
 *   NEAR_TYPO   one letter more, less, other, or two exchanged  "reciev"       "receiv"
 *   NEAR_FORM   the same without one German ending each         "verträgen"    "vertrags"
 *   NEAR_PART   one without its ending ends or begins the       "kündigungen"  "mietkündigung"
 *               other, HEAD letters at least
 *
 * The nearest kind that was met is taken, of it the KEEP words that stand in most passages. They
 * join the question as other forms of the word do (irregular.h), at half of its weight, and are not
 * counted as words of it: the word itself was not found.
 *
 * Numbers, words with digits, CJK and words of fewer than SHORTEST letters are never guessed at: a
 * digit is no slip. A guess may be wrong (a name that is not there becomes another name): so it is
 * worth half, and a passage that has the other words of the question stays ahead.
 *
 * The distance is that of Damerau ("A technique for computer detection and correction of spelling
 * errors", 1964), of which one step is allowed; it is found by comparing from both ends, without a
 * table. Measured over 1.2 million passages of manuals, code and news: 0.13 s of a CPU for one
 * missing word, a quarter of a second for questions that have several (`hearth search`, two busy
 * CPUs); over a thousand passages it cannot be seen. MISSING_MAX words are looked after.
 */
#include <assert.h>

#include "base/plain.h"
#include "base/utf8.h"
#include "knowledge/lex.h"

enum {
    SHORTEST = 5,    /* letters; below, one letter makes too many other words (chosen) */
    HEAD = 6,        /* letters that a part of a compound has at least (chosen) */
    STEM = 4,        /* letters that are left in front of an ending (chosen) */
    KEEP = 3,        /* words that take the place of one (chosen) */
    MISSING_MAX = 8, /* of a question */
    HELD = 16,       /* words of the nearest kind that are remembered meanwhile */
};

static const float GUESS_WEIGHT = 0.5F;

typedef enum Near { NEAR_SAME, NEAR_TYPO, NEAR_FORM, NEAR_PART, NEAR_NONE } Near;

typedef struct Letters { /* of one word, without accents */
    size_t n, stem; /* stem: how many of them stand before its ending */
    char p[LEX_TERM_MAX];
} Letters;

typedef struct Held {
    Str text; /* in a segment's memory */
    uint64_t df;
} Held;

typedef struct Missing {
    Letters letters;
    Near near;
    Held held[HELD];
    size_t n;
} Missing;

/* ---- letters --------------------------------------------------------------------------------- */

/* U+00E0 to U+017F without accents, small letters of Latin-1 and Latin Extended-A by code; '.'
   stands for what is no letter with an accent, and stays as it is. Capitals do not come: words are
   folded. */
static const char bare[] =
    "aaaaaa.ceeeeiiii.nooooo.ouuuuy.y"  /* E0..FF */
    "aaaaaaccccccccddddeeeeeeeeeegggg"  /* 100..11F */
    "gggghhhhiiiiiiiiii..jjkk.lllllll"  /* 120..13F */
    "lllnnnnnn...oooooo..rrrrrrssssss"  /* 140..15F */
    "ssttttttuuuuuuuuuuuuwwyyyzzzzzz."; /* 160..17F */
_Static_assert(sizeof bare == 0x180 - 0xE0 + 1, "a letter for each code");

/* How many letters stand before a German ending of nouns, verbs and adjectives: "ern", "em", "en",
   "er", "es", "e", "n", "s". Called for each word of a store: no list. */
static size_t before_ending(const char *p, size_t n) {
    char last = n ? p[n - 1] : 0, before = n > 1 ? p[n - 2] : 0;
    size_t cut = last == 'e' || last == 'n' || last == 's';
    if (before == 'e' && last && strchr("mnrs", last)) cut = 2;
    if (last == 'n' && before == 'r' && n > 2 && p[n - 3] == 'e') cut = 3;
    while (cut && n < cut + STEM) cut--; /* of a short word less, or nothing */
    return n - cut;
}

/* false: it has a digit, a sign, or is of a script without blanks. Other scripts keep their
   bytes. */
static bool letters_of(Str word, Letters *out) {
    out->n = 0;
    for (size_t at = 0, width; at < word.n; at += width) {
        width = 1;
        if ((unsigned char)word.p[at] < 0x80) {
            if (!plain_is_small(word.p[at])) return false;
            bool umlaut = word.p[at] == 'e' && at && strchr("aou", word.p[at - 1]);
            if (!umlaut) out->p[out->n++] = word.p[at];
            continue;
        }
        uint32_t code = utf8_decode(word, at, &width);
        if (unicode_is_cjk(code)) return false;
        char plain = code >= 0xE0 && code < 0x180 ? bare[code - 0xE0] : '.';
        if (plain != '.') out->p[out->n++] = plain;
        else for (size_t i = 0; i < width; i++) out->p[out->n++] = word.p[at + i];
    }
    assert(out->n <= word.n && word.n <= LEX_TERM_MAX); /* as the tokenizer cuts them */
    out->stem = before_ending(out->p, out->n);
    return true;
}

static bool same(const char *a, const char *b, size_t n) { return memcmp(a, b, n) == 0; }

/* Exactly one letter more, less, other, or two neighbours exchanged. The first letter is mostly
   right, and must be. */
static bool is_typo(const Letters *a, const Letters *b) {
    if (a->n > b->n) return is_typo(b, a);
    if (b->n - a->n > 1 || a->p[0] != b->p[0]) return false;
    size_t at = 0;
    while (at < a->n && a->p[at] == b->p[at]) at++;
    const char *x = a->p + at, *y = b->p + at;
    size_t left = a->n - at;
    if (b->n > a->n) return same(x, y + 1, left);
    if (left == 0) return false; /* the same word */
    if (same(x + 1, y + 1, left - 1)) return true;
    return left >= 2 && x[0] == y[1] && x[1] == y[0] && same(x + 2, y + 2, left - 2);
}

static bool is_form(const Letters *a, const Letters *b) {
    return a->stem >= STEM && a->stem == b->stem && same(a->p, b->p, a->stem);
}

/* The shorter one is the head or the first part of the longer one, which has room for another word
   besides. Endings do not count: "Reinigungen" is part of "Treppenhausreinigung". */
static bool is_part(const Letters *a, const Letters *b) {
    if (a->n > b->n) return is_part(b, a);
    size_t n = a->stem, end = b->stem;
    if (n < HEAD || b->n < n + 3) return false;
    return same(b->p, a->p, n) || (end >= n && same(b->p + end - n, a->p, n));
}

static Near nearness(const Letters *asked, const Letters *word) {
    if (asked->n == word->n && same(asked->p, word->p, word->n)) return NEAR_SAME;
    if (is_typo(asked, word)) return NEAR_TYPO;
    if (is_form(asked, word)) return NEAR_FORM;
    return is_part(asked, word) ? NEAR_PART : NEAR_NONE;
}

/* ---- the pass -------------------------------------------------------------------------------- */

/* Segments have words in common: their counts are summed. With more than HELD the rarest gives
   way. */
static void hold(Missing *m, Near near, Str text, uint64_t df) {
    if (near < m->near) m->n = 0;
    m->near = near;
    size_t rarest = 0;
    for (size_t i = 0; i < m->n; i++) {
        if (str_eq(m->held[i].text, text)) {
            m->held[i].df += df;
            return;
        }
        if (m->held[i].df < m->held[rarest].df) rarest = i;
    }
    if (m->n < HELD) m->held[m->n++] = (Held){text, df};
    else if (m->held[rarest].df < df) m->held[rarest] = (Held){text, df};
}

/* Words with a digit in front stand before all others. A file that was cut since it was opened may
   give any length. */
static void compare_all(const LexSeg *seg, Missing *missing, size_t n) {
    Letters letters;
    for (uint32_t term = lex_lower_bound(seg, STR("a")); term < seg->n_terms; term++) {
        Str text = lex_term_text(seg, term);
        if (text.n < SHORTEST || text.n > LEX_TERM_MAX || !letters_of(text, &letters)) continue;
        for (size_t i = 0; i < n; i++) {
            Near near = nearness(&missing[i].letters, &letters);
            if (near < NEAR_NONE && near <= missing[i].near) {
                hold(&missing[i], near, text, seg->terms[term].df);
            }
        }
    }
}

static bool stands_somewhere(const LexSeg *const *segs, size_t n_segs, Str text) {
    for (size_t i = 0; i < n_segs; i++) {
        uint32_t at = lex_lower_bound(segs[i], text);
        if (at < segs[i]->n_terms && str_eq(lex_term_text(segs[i], at), text)) return true;
    }
    return false;
}

/* The most frequent ones join the question, as copies: a segment may be closed before it is
   asked. */
static Status take_best(Missing *m, Arena *arena, LexQuery *q, Err *err) {
    for (int k = 0; k < KEEP && m->n && q->n < LEX_QUERY_TERMS_MAX; k++) {
        size_t best = 0;
        for (size_t i = 1; i < m->n; i++) {
            if (m->held[i].df > m->held[best].df) best = i;
        }
        Str text = m->held[best].text;
        m->held[best] = m->held[--m->n];
        bool known = false;
        for (size_t i = 0; i < q->n; i++) known = known || str_eq(q->terms[i].text, text);
        if (known) continue;
        char *copy = arena_dup(arena, text.p, text.n);
        if (!copy) return err_no_memory(err, "the words of the question");
        q->terms[q->n++] = (LexQueryTerm){.text = {copy, text.n}, .weight = GUESS_WEIGHT,
                                          .form = true};
    }
    return OK;
}

Status lex_guess(const LexSeg *const *segs, size_t n_segs, Arena *arena, LexQuery *q, Err *err) {
    size_t n = 0;
    Missing *missing = mem_alloc_n(MISSING_MAX, sizeof *missing);
    if (!missing) return err_no_memory(err, "the words of the question");
    for (size_t i = 0; i < q->n && n < MISSING_MAX; i++) {
        const LexQueryTerm *term = &q->terms[i];
        Missing *m = &missing[n];
        bool asked = term->word && letters_of(term->text, &m->letters);
        if (!asked || m->letters.n < SHORTEST) continue;
        if (stands_somewhere(segs, n_segs, term->text)) continue;
        m->near = NEAR_NONE;
        m->n = 0;
        n++;
    }
    for (size_t i = 0; n && i < n_segs; i++) compare_all(segs[i], missing, n);
    Status status = OK;
    for (size_t i = 0; status == OK && i < n; i++) status = take_best(&missing[i], arena, q, err);
    mem_free(missing);
    return status;
}
