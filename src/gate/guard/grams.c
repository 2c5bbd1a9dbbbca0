/*
 * Character n-grams as numbers, and what a linear model makes of them.
 *
 * A piece of text is read as characters; each run of one, two and three is hashed to 32 bits, and
 * the model's table is asked with the upper bits (feature hashing: Weinberger et al., "Feature
 * hashing for large scale multitask learning", 2009; two n-grams that share a slot share a
 * weight). The score is the logistic function of bias + step * sum / sqrt(n): repeated text does
 * not shout louder.
 *
 * Text is judged by pieces of at most PIECE_MAX bytes, cut behind a sentence where one ends; only
 * pieces with HAN_LEAST Han signs, for only Chinese was learned.
 */
#include <math.h>

#include "base/utf8.h"
#include "gate/guard/impl.h"

enum { HAN_LEAST = 3 };

size_t grams_of(Str piece, uint32_t hash[GRAMS_MAX]) {
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

size_t grams_han(Str piece) {
    size_t n = 0, width;
    for (size_t at = 0; at < piece.n; at += width) {
        uint32_t c = utf8_decode(piece, at, &width);
        n += c >= 0x3400 && c <= 0x9FFF;
    }
    return n;
}

float linear_score(const LinearModel *model, Str piece) {
    uint32_t hash[GRAMS_MAX];
    size_t n = grams_of(piece, hash);
    int32_t sum = 0;
    for (size_t i = 0; i < n; i++) sum += model->weight[hash[i] >> (32 - model->bits)];
    if (n == 0) return 0;
    float odds = model->bias + model->step * (float)sum / sqrtf((float)n);
    return 1 / (1 + expf(-odds));
}

static bool ends_sentence(const View *v, size_t at) {
    static const char *const ends[] = {"。", "！", "？", "；"};
    if (v->p[at] == '!' || v->p[at] == '?' || v->p[at] == ';') return true;
    for (size_t i = 0; at >= 2 && i < ARRAY_LEN(ends); i++) {
        if (memcmp(v->p + at - 2, ends[i], 3) == 0) return true;
    }
    return false;
}

/* Where the piece that begins at `from` ends: behind the last sentence that fits. */
static size_t piece_end(const View *v, size_t from) {
    size_t most = from + PIECE_MAX, at;
    if (most >= v->n) return v->n;
    for (at = most; at > from + PIECE_MAX / 2; at--) {
        if (ends_sentence(v, at - 1)) return at;
    }
    for (at = most; at > from + 1 && ((uint8_t)v->p[at] & 0xC0) == 0x80; at--) {}
    return at;
}

void linear_run(const LinearModel *model, const View *view, Find *best) {
    for (size_t at = 0, end; at < view->n; at = end) {
        end = piece_end(view, at);
        Str piece = {view->p + at, end - at};
        if (grams_han(piece) < HAN_LEAST) continue;
        float score = linear_score(model, piece);
        if (score > best->score) {
            *best = (Find){score, at, end, {at, end}, "reads like an insult"};
        }
    }
}
