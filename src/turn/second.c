/*
 * Second: a second sample of the local answer, and how far it agrees with the first.
 *
 * A model that knows says the same thing twice; one that guesses says another thing each time
 * (self-consistency: Wang et al. 2023, arXiv 2203.11171). The prompt is in the session already, so
 * a sample costs its own tokens only. It is drawn at TEMPERATURE with a fixed seed, is no longer
 * than the first by more than SPARE tokens, and nobody sees it.
 *
 * Agreement is the F1 measure of SQuAD over words without their case: twice what both share over
 * what both have, each word as often as it stands; a Chinese, Japanese or Korean character is a
 * word.
 */
#include <assert.h>

#include "base/utf8.h"
#include "turn/turn.h"

enum {
    WORDS_MAX = 512,  /* of a text that are compared */
    SPARE = 8,        /* tokens that the sample may be longer */
    TOKENS_MAX = 96,  /* of a sample: a long answer is compared by its beginning */
    SAMPLE_BYTES_MAX = 1 << 16
};
static const float TEMPERATURE = 0.7F;

typedef struct Words {
    uint32_t hash[WORDS_MAX];
    size_t n;
} Words;

static void end_word(Words *words, uint32_t *hash) {
    if (*hash && words->n < WORDS_MAX) words->hash[words->n++] = *hash;
    *hash = 0;
}

/* Words as hashes of 32 bits; two that meet by chance only blur the measure. */
static void read_words(Str text, Words *out) {
    uint32_t hash = 0;
    out->n = 0;
    for (size_t at = 0, width; at < text.n; at += width) {
        uint32_t code = unicode_lower(utf8_decode(text, at, &width));
        bool inside = unicode_in_word(code);
        if (!inside || unicode_is_cjk(code)) end_word(out, &hash);
        if (inside) hash = (hash ^ code) * 16777619u + 1; /* FNV-1a's way */
        if (unicode_is_cjk(code)) end_word(out, &hash);
    }
    end_word(out, &hash);
}

/* A word of the second is taken out when it was met: each counts as often as it stands. */
double second_agreement(Str a, Str b) {
    Words first, second;
    size_t shared = 0;
    read_words(a, &first);
    read_words(b, &second);
    if (first.n + second.n == 0) return 1;
    for (size_t i = 0, all = second.n; i < first.n; i++) {
        size_t k = 0;
        while (k < all && second.hash[k] != first.hash[i]) k++;
        if (k == all) continue;
        second.hash[k] = second.hash[--all]; /* each counts once */
        shared++;
    }
    assert(shared <= first.n && shared <= second.n);
    return 2 * (double)shared / (double)(first.n + second.n);
}

static bool take_piece(void *user, Str piece) {
    buf_add_str(user, piece);
    return ((Buf *)user)->status == OK;
}

Status second_sample(Turn *turn, double *agreement, Err *err) {
    Session *session = NULL;
    Speculator *speculator = NULL;
    GenerateResult made = {0};
    Buf text;
    assert(turn->prompt.n > 0); /* turn_answer made it: the first sample is there */
    int most = (int)turn->timings.completion_tokens + SPARE;
    TRY(rig_fit_session(turn->rig, turn->prompt.n, turn->max_tokens, &session, err));
    TRY(rig_speculator(turn->rig, &speculator, err));
    buf_init(&text, SAMPLE_BYTES_MAX);
    size_t begun = turn->begun < turn->text.n ? turn->begun : turn->text.n; /* a guard may cut */
    buf_add_str(&text, str_sub(buf_str(&turn->text), 0, begun));
    GenerateOptions options = {.sampler = sampler_options_default(),
                               .max_tokens = most < TOKENS_MAX ? most : TOKENS_MAX,
                               .cancel = &turn->rig->cancel, .speculator = speculator,
                               .piece = take_piece, .user = &text};
    options.sampler.temperature = TEMPERATURE;
    options.sampler.seed = 1;
    Status status = generate_run(session, turn->prompt.ids, turn->prompt.n, &options, &made, err);
    if (status == OK) status = buf_check(&text, "a second sample", err);
    if (status == OK) *agreement = second_agreement(buf_str(&turn->text), buf_str(&text));
    buf_fini(&text);
    return status;
}
