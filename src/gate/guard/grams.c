/*
 * A piece of text as numbers, and what a linear model makes of them.
 *
 * HAN: the piece is read as characters; each run of one, two and three is hashed to 32 bits.
 * WORDS: it is read as words - runs of letters and digits; a sign of a script without blanks
 * between words, and any other sign, is a word of its own. Each word is hashed, each two and three
 * in a row, and each two with one between them whatever it is ("ignore * instructions"); besides,
 * each run of four characters, which typing errors and inflection leave mostly whole.
 * The model's table is asked with the upper bits of a hash (feature hashing: Weinberger et al.,
 * "Feature hashing for large scale multitask learning", 2009; what shares a slot shares a weight).
 * The score is the logistic function of bias + step * sum / sqrt(n): repeated text does not shout
 * louder.
 *
 * Text is judged by pieces, cut behind a sentence where one ends. A model of HAN judges only pieces
 * with HAN_LEAST Han signs, for only Chinese was learned; one of WORDS those with LETTERS_LEAST
 * letters: a lone sign or emoji orders nobody, and its few hashes are mostly others' weights.
 */
#include <assert.h>
#include <math.h>

#include "base/plain.h"
#include "base/utf8.h"
#include "gate/guard/impl.h"

enum { HAN_LEAST = 3, LETTERS_LEAST = 3 };
#define DOUBT 0.1F

/* Bytes of a piece: an insult needs its context, an order drowns in it. */
static const size_t piece_bytes[GRAMS_KINDS] = {PIECE_MAX, 300};
_Static_assert(PIECE_MAX >= 300, "a piece's grams fit into GRAMS_MAX");

_Static_assert(sizeof piece_bytes / sizeof piece_bytes[0] == GRAMS_KINDS, "a size each");

/* Signs alone, in pairs and in threes. Multipliers are odd and differ, so that the three do not
   meet in one hash; the maker of the models has the same (train.c). */
static size_t han_grams(Str piece, uint32_t hash[GRAMS_MAX]) {
    uint32_t one = 0, two = 0;
    size_t n = 0, width;
    for (size_t at = 0; at < piece.n && n + 3 <= GRAMS_MAX; at += width) {
        uint32_t c = utf8_decode(piece, at, &width);
        hash[n++] = c * 0x9E3779B1u;
        if (one) hash[n++] = (one * 0x85EBCA77u ^ c) * 0xC2B2AE3Du;
        if (two) hash[n++] = ((two * 0x27D4EB2Fu ^ one) * 0x85EBCA77u ^ c) * 0x165667B1u;
        two = one;
        one = c;
    }
    return n;
}

/* The last words and characters, and where their hashes go. */
typedef struct Words {
    uint32_t one, two, three; /* words: the newest, the one before ...; 0: none */
    uint32_t c[3];            /* characters, the newest first */
    uint32_t *hash;
    size_t n;
} Words;

/* Mixed once more, since a model's rows are the highest bits of a hash. */
static void add_hash(Words *w, uint32_t hash) {
    hash ^= hash >> 15;
    hash *= 0x2C1B3C6Du;
    hash ^= hash >> 12;
    hash *= 0x297A2D39u;
    if (w->n < GRAMS_MAX) w->hash[w->n++] = hash ^ hash >> 15;
}

/* The word alone, with the one before, with the one before that, and all three. | 1: no word is 0,
   which is none. */
static void add_word(Words *w, uint32_t word) {
    w->three = w->two;
    w->two = w->one;
    w->one = word | 1;
    add_hash(w, w->one);
    if (w->two) add_hash(w, w->one * 0x85EBCA77u + w->two * 0xC2B2AE3Du + 1);
    if (!w->three) return;
    add_hash(w, w->one * 0x27D4EB2Fu + w->three * 0x165667B1u + 2);
    add_hash(w, (w->one * 0x85EBCA77u + w->two) * 0xC2B2AE3Du + w->three * 0x9E3779B1u + 3);
}

/* Four characters in a row, over borders of words, too: so a word that is spelled oddly still
   shares some. */
static void add_character(Words *w, uint32_t c) {
    if (w->c[2]) {
        uint32_t hash = ((w->c[2] * 0x01000193u ^ w->c[1]) * 0x01000193u ^ w->c[0]) * 0x01000193u;
        add_hash(w, (hash ^ c) * 0x9E3779B1u + 4);
    }
    w->c[2] = w->c[1];
    w->c[1] = w->c[0];
    w->c[0] = c;
}

static bool in_word(uint32_t c) {
    return plain_is_small(c) || plain_is_digit(c) || c == '\'' || (c >= 0xC0 && c < 0x2000);
}

/* Words and marks, and characters; beyond GRAMS_MAX nothing is added. */
static size_t word_grams(Str piece, uint32_t hash[GRAMS_MAX]) {
    Words w = {.hash = hash};
    uint32_t word = 0;
    size_t width;
    for (size_t at = 0; at < piece.n; at += width) {
        uint32_t c = utf8_decode(piece, at, &width);
        add_character(&w, c);
        if (in_word(c)) {
            word = (word ^ c) * 0x01000193u;
            continue;
        }
        if (word) add_word(&w, word);
        if (c != ' ') add_word(&w, c * 0x9E3779B1u);
        word = 0;
    }
    if (word) add_word(&w, word);
    return w.n;
}

size_t grams_of(Grams grams, Str piece, uint32_t hash[GRAMS_MAX]) {
    return grams == GRAMS_HAN ? han_grams(piece, hash) : word_grams(piece, hash);
}

/* Has the piece enough of what the model has learned? A sign of a script without blanks between
   words says as much as LETTERS_LEAST letters. */
static bool is_readable(Grams grams, Str piece) {
    size_t han = 0, letters = 0, width;
    for (size_t at = 0; at < piece.n; at += width) {
        uint32_t c = utf8_decode(piece, at, &width);
        han += c >= 0x3400 && c <= 0x9FFF;
        letters += plain_is_small(c) || (c >= 0xC0 && c < 0x2000);
        if (c >= 0x3040 && c < 0xE000) letters += LETTERS_LEAST;
    }
    return grams == GRAMS_HAN ? han >= HAN_LEAST : letters >= LETTERS_LEAST;
}

/* Probability by the sum of weights over the root of how many there are: a long piece is no surer
   than a short one. */
float linear_score(const LinearModel *model, Str piece) {
    uint32_t hash[GRAMS_MAX];
    size_t n = grams_of(model->grams, piece, hash);
    int32_t sum = 0;
    assert(n <= GRAMS_MAX && model->bits > 0 && model->bits <= 32);
    for (size_t i = 0; i < n; i++) sum += model->weight[hash[i] >> (32 - model->bits)];
    if (n == 0) return 0;
    float odds = model->bias + model->step * (float)sum / sqrtf((float)n);
    return 1 / (1 + expf(-odds));
}

/* Does the byte at `at` end one? Of marks of three bytes the last does. */
static bool ends_sentence(const View *v, size_t at) {
    static const char *const ends[] = {"。", "！", "？", "；"};
    char c = v->p[at];
    if (c == '!' || c == '?' || c == ';') return true;
    if (c == '.' && at + 1 < v->n && v->p[at + 1] == ' ') return true;
    for (size_t i = 0; at >= 2 && i < ARRAY_LEN(ends); i++) {
        if (memcmp(v->p + at - 2, ends[i], 3) == 0) return true;
    }
    return false;
}

/* Where the piece of at most `size` bytes that begins at `from` ends: behind the last sentence
   that fits. */
static size_t piece_end(const View *v, size_t from, size_t size) {
    size_t most = from + size, at;
    assert(size > 1 && from <= v->n);
    if (most >= v->n) return v->n;
    for (at = most; at > from + size / 2; at--) {
        if (ends_sentence(v, at - 1)) return at;
    }
    for (at = most; at > from + 1 && utf8_goes_on(v->p[at]); at--) {}
    return at;
}

/* The sentence of the piece [from, end) that the model finds worst. */
static GuardSpan worst_sentence(const LinearModel *model, const View *v, size_t from, size_t end) {
    GuardSpan worst = {from, end};
    float most = -1;
    assert(from < end && end <= v->n);
    for (size_t at = from + 1; at <= end; at++) {
        if (at < end && !ends_sentence(v, at - 1)) continue;
        float score = linear_score(model, (Str){v->p + from, at - from});
        if (score > most) worst = (GuardSpan){from, at};
        if (score > most) most = score;
        from = at;
    }
    return worst;
}

/* What a rule's find is still worth beside a model that sees nothing in it, neither in the piece
   nor in the find alone (a find drowned in harmless words is still one). */
static float heeded(const LinearModel *model, const View *view, const Find *witness, float alone) {
    assert(witness->start < witness->end && witness->end <= view->n);
    Str found = {view->p + witness->start, witness->end - witness->start};
    float seen = found.n > PIECE_MAX ? alone : fmaxf(alone, linear_score(model, found));
    return seen < DOUBT ? witness->score * seen / DOUBT : witness->score;
}

/* The head's score where there is a vector; without one the model's stays. */
static float heard(Meaning *m, const Head *head, Str piece, float score) {
    GuardMeaning wanted = {head->space, head->dim, head->layers, head == m->probe};
    bool known = m->sense->vector(m->sense->user, &wanted, piece, m->vector);
    return known ? head_score(head, m->vector, score) : score;
}

/* "(quoted," and "don't" are words as people write them; "user=anna", "/v1/me", "7f3c" are none. */
static bool is_prose_word(Str word) {
    enum { WORD_LONG = 24 }; /* a key's line is longer */
    size_t at = 0, end = word.n;
    while (at < end && memchr("(\"'", word.p[at], 3)) at++;
    while (end > at && memchr(".,:;!?)\"'", word.p[end - 1], 9)) end--;
    for (size_t i = at; i < end; i++) {
        if (!plain_is_small(word.p[i]) && word.p[i] != '\'' && word.p[i] != '-') return false;
    }
    return at < end && end - at <= WORD_LONG && plain_is_small(word.p[at]) &&
           plain_is_small(word.p[end - 1]);
}

/* How many bytes of what stands between blanks are prose: all of a word's and its marks; where
   other letters are, which Chinese writes without blanks, all of those and their marks. */
static size_t prose_bytes(Str word) {
    size_t other = 0, marks = 0;
    for (size_t i = 0; i < word.n; i++) {
        other += ((uint8_t)word.p[i] & 0x80) != 0;
        marks += memchr(".,:;!?()\"'", word.p[i], 10) != NULL;
    }
    if (other) return other + marks;
    return is_prose_word(word) ? word.n : 0;
}

/* Is at least half of the piece words as people write them? Logs, programs and tables are not. */
static bool is_prose(Str piece) {
    size_t words = 0, all = 0;
    for (size_t at = 0, end; at < piece.n; at = end + 1) {
        for (end = at; end < piece.n && (uint8_t)piece.p[end] > ' ';) end++;
        all += end - at;
        words += prose_bytes(str_sub(piece, at, end));
    }
    return 2 * words >= all;
}

/* Two witnesses of what is asked, who learned apart and err apart: the mean of their odds. */
static float agreed(float one, float other) {
    return 1 / (1 + expf(-(head_logit(one) + head_logit(other)) / 2));
}

/* The score of the piece [from, end) of the view with what its vector says, if it is doubted; and
   of a question that is doubted then, what the language model's state says. The encoder has read
   prose: of a log's lines or a program's it may say that they are harmless, not that they are worse
   than their words (a "Bearer" and a key were .9). */
static float weighed(Meaning *m, const View *view, size_t from, size_t end, float score) {
    const Head *head = m->head, *probe = m->probe;
    bool knows = false; /* what the vector says counts beside what the model says */
    if (!m->sense) return score;
    assert(from <= end && end <= view->n && view->at[from] <= view->at[end]);
    Str piece = str_sub(view->text, view->at[from], view->at[end]);
    if (head->dim && m->left > 0 && score >= m->least) {
        m->left--;
        float meant = heard(m, head, piece, score);
        knows = meant != score;
        bool prose = meant <= score || is_prose((Str){view->p + from, end - from});
        score = prose ? meant : score;
    }
    if (probe && probe->dim && m->probes_left > 0 && score >= probe->least) {
        m->probes_left--;
        float said = heard(m, probe, piece, score);
        score = knows && said != score ? agreed(score, said) : said;
    }
    return score;
}

/* The surest piece of a view. A rule's find in the piece counts as a second witness: both together
   are surer than either. */
void linear_run(const LinearModel *model, const View *view, Meaning *meaning, const Find *witness,
                Find *best) {
    if (!model->weight) return;
    *best = (Find){0};
    for (size_t at = 0, end; at < view->n; at = end) {
        end = piece_end(view, at, piece_bytes[model->grams]);
        assert(end > at && end <= view->n);
        Str piece = {view->p + at, end - at};
        if (!is_readable(model->grams, piece)) continue;
        float alone = linear_score(model, piece), score = alone;
        bool both = witness->score > 0 && witness->start < end && witness->end > at;
        if (both) score = 1 - (1 - alone) * (1 - heeded(model, view, witness, alone));
        score = weighed(meaning, view, at, end, score);
        if (score <= best->score) continue;
        if (both && (witness->score >= alone || witness->score >= GUARD_SURE)) {
            *best = *witness;
            best->score = score;
            continue;
        }
        *best = (Find){score, at, end, {at, end}, model->reason};
        if (score >= GUARD_LEAST) best->peak = worst_sentence(model, view, at, end);
    }
}
