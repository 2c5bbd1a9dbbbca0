/*
 * A vocabulary made of any bytes: it is refused, or it encodes and decodes without harm.
 *
 * Layout: kind, pre-tokeniser, flags, n tokens, n merges, bytes of character map; then each token
 * (length, type, score, bytes), each merge (length, bytes), the map; what is left is the text.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "model/text/vocab.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { N_MAX = 255 };

static Str take(Reader *r) {
    size_t n = reader_u8(r);
    const uint8_t *p = reader_bytes(r, n);
    return p ? (Str){(const char *)p, n} : STR("");
}

static void use(const Vocab *v, Str text) {
    for (unsigned flags = 0; flags < 4; flags++) {
        TokenList list;
        Buf out;
        token_list_init(&list, 1 << 22);
        buf_init(&out, 1 << 26);
        if (vocab_encode(v, text, flags, &list, NULL) == OK) {
            for (size_t i = 0; i < list.n; i++) {
                if (list.ids[i] < 0 || (size_t)list.ids[i] >= vocab_size(v)) abort();
            }
            for (size_t i = 0; i < list.n; i++) vocab_piece(v, list.ids[i], &out);
        }
        buf_fini(&out);
        token_list_fini(&list);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const models[] = {"gpt2", "llama", "t5", "bert", "gemma4", "rwkv"};
    static const char *const pres[] = {"", "qwen2", "llama-bpe", "gemma4", "whitespace",
                                       "nonsense"};
    static Str tokens[N_MAX], merges[N_MAX];
    static uint8_t types[N_MAX * 4], scores[N_MAX * 4];
    Reader r = reader_init(data, size);
    VocabSpec s = vocab_spec_default();
    s.model = str_from(models[reader_u8(&r) % ARRAY_LEN(models)]);
    s.pre = str_from(pres[reader_u8(&r) % ARRAY_LEN(pres)]);
    uint8_t flags = reader_u8(&r);
    s.n_tokens = reader_u8(&r);
    s.n_merges = reader_u8(&r);
    size_t map = reader_u8(&r);
    s.tokens = tokens;
    s.merges = merges;
    s.types = flags & 1 ? types : NULL;
    s.scores = flags & 2 ? scores : NULL;
    s.unk = flags & 4 ? 0 : VOCAB_NONE;
    s.eos = flags & 8 ? 1 : VOCAB_NONE;
    s.remove_extra_spaces = flags & 16 ? VOCAB_NO : VOCAB_YES;
    s.space_as_suffix = flags & 32 ? VOCAB_YES : VOCAB_NO;
    s.escape_spaces = flags & 64 ? VOCAB_NO : VOCAB_UNSET;
    for (size_t i = 0; i < s.n_tokens; i++) {
        types[4 * i] = reader_u8(&r);
        for (size_t k = 0; k < 4; k++) scores[4 * i + k] = reader_u8(&r);
        tokens[i] = take(&r);
    }
    for (size_t i = 0; i < s.n_merges; i++) merges[i] = take(&r);
    const uint8_t *p = reader_bytes(&r, map);
    if (p) s.charsmap = (Str){(const char *)p, map};
    if (r.bad) return 0;
    Vocab *v = NULL;
    if (vocab_new(&s, &v, NULL) != OK) return 0;
    use(v, (Str){(const char *)data + r.at, size - r.at});
    vocab_free(v);
    return 0;
}
