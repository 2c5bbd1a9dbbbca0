/*
 * The body of sample_words.h. Both walk the vocabulary once and look at each token's text as it
 * stands in running text (" Paris", not the spelling of the file); a few milliseconds for 150,000
 * tokens, at the beginning of a text only.
 */
#include "model/sample_words.h"

#include <assert.h>

#include "base/mem.h"

typedef struct BiasList {
    SamplerBias *items;
    size_t n, cap;
} BiasList;

static Status bias_add(BiasList *list, int32_t id, float bias, Err *err) {
    TRY(mem_grow((void **)&list->items, &list->cap, list->n + 1, sizeof *list->items,
                 SAMPLE_BIAS_MAX, err));
    list->items[list->n++] = (SamplerBias){id, bias};
    return OK;
}

static Status bias_add_id(BiasList *list, const Vocab *vocab, const SampleWord *word, Err *err) {
    if (word->id < 0 || (size_t)word->id >= vocab_size(vocab)) {
        return err_set(err, E_USAGE, "logit_bias: there is no token %d; ids go from 0 to %zu",
                       (int)word->id, vocab_size(vocab) - 1);
    }
    return bias_add(list, word->id, word->bias, err);
}

/* An entry for every token with exactly this text; several spellings may have it (bytes, added
   ones). */
static Status bias_add_text(BiasList *list, const Vocab *vocab, const SampleWord *word, Err *err) {
    assert(word->text.n > 0);
    Buf piece;
    size_t before = list->n;
    Status status = OK;
    buf_init(&piece, VOCAB_TOKEN_BYTES_MAX);
    for (size_t id = 0; id < vocab_size(vocab) && status == OK; id++) {
        buf_clear(&piece);
        vocab_piece(vocab, (int32_t)id, &piece);
        status = buf_check(&piece, "a token's text", err);
        if (status != OK || !str_eq(buf_str(&piece), word->text)) continue;
        status = bias_add(list, (int32_t)id, word->bias, err);
    }
    buf_fini(&piece);
    if (status != OK || list->n > before) return status;
    (void)err_set(err, E_USAGE, "logit_bias: no single token is \"%.*s\"",
                  (int)(word->text.n < 64 ? word->text.n : 64), word->text.p);
    return err_hint(err, "`hearth tokenize` shows the ids of a text; a bias may name an id");
}

Status sample_words_bias(const Vocab *vocab, const SampleWord *words, size_t n, SamplerBias **out,
                         size_t *n_out, Err *err) {
    BiasList list = {0};
    Status status = OK;
    for (size_t i = 0; i < n && status == OK; i++) {
        status = words[i].text.n ? bias_add_text(&list, vocab, &words[i], err)
                                 : bias_add_id(&list, vocab, &words[i], err);
    }
    if (status != OK) {
        mem_free(list.items);
        return status;
    }
    *out = list.items;
    *n_out = list.n;
    return OK;
}

static bool has_any(Str text, const Str *parts, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (str_has(text, parts[i])) return true;
    }
    return false;
}

Status sample_words_breakers(const Vocab *vocab, int n_vocab, const Str *breakers, size_t n,
                             uint8_t **out, Err *err) {
    Buf piece;
    if (n < 1 || n > SAMPLE_BREAKERS_MAX) {
        return err_set(err, E_USAGE, "dry_breakers: %zu of them, outside 1 to %d", n,
                       SAMPLE_BREAKERS_MAX);
    }
    for (size_t i = 0; i < n; i++) {
        if (breakers[i].n == 0) return err_set(err, E_USAGE, "dry_breakers: one is empty");
    }
    uint8_t *marks = mem_zalloc_n((size_t)n_vocab, 1);
    if (!marks) return err_no_memory(err, "a sampler");
    buf_init(&piece, VOCAB_TOKEN_BYTES_MAX);
    for (int id = 0; id < n_vocab && (size_t)id < vocab_size(vocab); id++) {
        buf_clear(&piece);
        vocab_piece(vocab, id, &piece);
        marks[id] = has_any(buf_str(&piece), breakers, n);
    }
    Status status = buf_check(&piece, "a token's text", err);
    buf_fini(&piece);
    if (status != OK) mem_free(marks);
    else *out = marks;
    return status;
}
