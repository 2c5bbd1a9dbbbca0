/*
 * Doubt: how much of its first word the model gives to a refusal, before the word is chosen.
 *
 * A small model that is given a way out takes it too often: NOT FOUND wins with 0.5 where the
 * passage holds the answer and the second word would begin it. What it has read is in the numbers,
 * not in the word that happens to win. So the share of the probability (softmax over the logits
 * behind the prompt) of all tokens with which a refusal begins is taken as testimony for decide.c;
 * and for the case that decide.c lets the answer be written all the same, the likeliest other word
 * is found to begin it with.
 *
 * A start must be whole characters, since the text of the tokens that follow is assembled
 * without it, and must not end the answer. One pass over the vocabulary each: below a millisecond.
 */
#include <assert.h>
#include <math.h>

#include "base/utf8.h"
#include "turn/prompt.h"
#include "turn/turn.h"

enum { REFUSALS_MAX = 8 };

typedef struct Refusals {
    int32_t ids[REFUSALS_MAX];
    size_t n;
} Refusals;

/* The tokens with which the refusals begin that the model is told, as it likes to write them. */
static Status find_refusals(const Vocab *vocab, Refusals *out, Err *err) {
    static const char *const words[] = {"NOT FOUND", "Not found", "NICHT GEFUNDEN", "未找到",
                                        "没有找到"};
    _Static_assert(ARRAY_LEN(words) <= REFUSALS_MAX, "room for each");
    out->n = 0;
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        TokenList list;
        token_list_init(&list, 64);
        Status status = vocab_encode(vocab, str_from(words[i]), 0, &list, err);
        if (status == OK && list.n) out->ids[out->n++] = list.ids[0];
        token_list_fini(&list);
        TRY(status);
    }
    return OK;
}

static bool is_refusal(const Refusals *refusals, int32_t id) {
    for (size_t i = 0; i < refusals->n; i++) {
        if (refusals->ids[i] == id) return true;
    }
    return false;
}

/* Whole characters that are more than blanks, and no end. */
static bool can_begin(const Vocab *vocab, int32_t id, Buf *piece) {
    if (vocab_is_end(vocab, id)) return false;
    buf_clear(piece);
    vocab_piece(vocab, id, piece);
    return str_trim(buf_str(piece)).n > 0 && utf8_valid(buf_str(piece));
}

/* Spelling is looked up only for tokens that would be better than the best so far. */
static int32_t best_start(const Vocab *vocab, const float *logits, const Refusals *refusals) {
    int32_t best = -1;
    Buf piece;
    buf_init(&piece, VOCAB_TOKEN_BYTES_MAX);
    for (int32_t id = 0; id < (int32_t)vocab_size(vocab); id++) {
        if (best >= 0 && logits[id] <= logits[best]) continue;
        if (!is_refusal(refusals, id) && can_begin(vocab, id, &piece)) best = id;
    }
    buf_fini(&piece);
    return best;
}

Status doubt_weigh(const Vocab *vocab, const float *logits, Doubt *out, Err *err) {
    Refusals refusals;
    TRY(find_refusals(vocab, &refusals, err));
    int32_t likeliest = 0, n = (int32_t)vocab_size(vocab);
    double all = 0, refused = 0;
    for (int32_t id = 1; id < n; id++) {
        if (logits[id] > logits[likeliest]) likeliest = id;
    }
    for (int32_t id = 0; id < n; id++) {
        double share = exp((double)(logits[id] - logits[likeliest]));
        all += share;
        if (is_refusal(&refusals, id)) refused += share;
    }
    assert(!(all < 1)); /* the likeliest alone is 1; NaN where the logits are none */
    *out = (Doubt){refused / all, -1};
    if (is_refusal(&refusals, likeliest)) out->start = best_start(vocab, logits, &refusals);
    return OK;
}
