/*
 * Any bytes through vocabularies of all four kinds: no crash; byte-level BPE gives every byte back;
 * a stream of pieces is valid UTF-8; encoding in segments gives the same ids as encoding at once.
 *
 * First byte: kind and pre-tokeniser. Second byte: where the text is cut into segments.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "model/text/vocab.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const pres[] = {
    "gpt-2", "qwen2", "llama-bpe", "gpt-4o", "tekken", "deepseek-llm", "deepseek-coder", "falcon",
    "starcoder", "deepseek-v3", "bloom", "chameleon", "qwen35", "superbpe", "default", "laguna"};

enum { N_BYTES = 256, N_MORE = 16, N_VOCABS = ARRAY_LEN(pres) + 3 };

static Vocab *vocabs[N_VOCABS];

static const char *const more_texts[N_MORE] = {
    "<|im_end|>", "<tool>", "aa", "ab", "aaa", "\xC4\xA0\xC4\xA0", "\xC4\xA0" "a", "\xE4\xBD\xA0",
    "\xE2\x96\x81", "\xE2\x96\x81" "a", "12", "\xE2\x96\x81\xE2\x96\x81", "a\xE2\x96\x81", "b", "1",
    "2"};

static Vocab *make(const char *model, const char *pre) {
    static char spellings[2][N_BYTES][8]; /* in GPT-2's alphabet; as <0xHH> */
    static Str tokens[N_BYTES + N_MORE];
    static int32_t types[N_BYTES + N_MORE];
    static float scores[N_BYTES + N_MORE];
    static const Str merges[] = {STR("a a"), STR("a b"), STR("aa a"), STR("\xC4\xA0 \xC4\xA0"),
                                 STR("\xC4\xA0 a"), STR("1 2")};
    bool bytes = pre[0] != 0;
    char(*letters)[8] = spellings[bytes];
    unsigned high = 0x100;
    for (unsigned b = 0; b < N_BYTES; b++) {
        bool plain = (b >= 33 && b <= 126) || (b >= 161 && b != 173);
        size_t n = bytes ? utf8_encode(plain ? b : high++, letters[b])
                         : (size_t)snprintf(letters[b], 8, "<0x%02X>", b);
        tokens[b] = (Str){letters[b], n};
        types[b] = bytes ? TOKEN_NORMAL : TOKEN_BYTE;
    }
    for (size_t i = 0; i < N_MORE; i++) {
        tokens[N_BYTES + i] = str_from(more_texts[i]);
        types[N_BYTES + i] = i == 0 ? TOKEN_CONTROL : i == 1 ? TOKEN_USER : TOKEN_NORMAL;
        scores[N_BYTES + i] = -(float)(i % 5);
    }
    VocabSpec spec = vocab_spec_default();
    spec.model = str_from(model);
    spec.pre = str_from(pre);
    spec.tokens = tokens;
    spec.n_tokens = N_BYTES + N_MORE;
    spec.types = (const uint8_t *)types;
    spec.scores = (const uint8_t *)scores;
    spec.merges = merges;
    spec.n_merges = ARRAY_LEN(merges);
    spec.unk = 0;
    Vocab *v = NULL;
    if (vocab_new(&spec, &v, NULL) != OK) abort();
    return v;
}

static void make_all(void) {
    static const char *const others[] = {"llama", "t5", "bert"};
    for (size_t i = 0; i < ARRAY_LEN(pres); i++) vocabs[i] = make("gpt2", pres[i]);
    for (size_t i = 0; i < 3; i++) vocabs[ARRAY_LEN(pres) + i] = make(others[i], "");
}

static void check_stream(const Vocab *v, const TokenList *list) {
    Detokenizer d;
    Buf out;
    buf_init(&out, 1 << 26);
    detok_init(&d, v, true);
    for (size_t i = 0; i < list->n; i++) {
        size_t before = out.n;
        detok_push(&d, list->ids[i], &out);
        if (out.n > before && !utf8_valid((Str){out.p + before, out.n - before})) abort();
    }
    detok_flush(&d, &out);
    buf_fini(&out);
}

static void check_round_trip(const Vocab *v, Str text, const TokenList *list) {
    Buf out;
    buf_init(&out, 1 << 26);
    for (size_t i = 0; i < list->n; i++) vocab_piece(v, list->ids[i], &out);
    if (!str_eq(buf_str(&out), text)) abort();
    buf_fini(&out);
}

static void check_segments(const Vocab *v, Str text, size_t cut, const TokenList *want) {
    TokenList list;
    token_list_init(&list, 1 << 24);
    if (cut > text.n) cut = text.n;
    VocabSegment parts[] = {{str_sub(text, 0, cut), true}, {str_sub(text, cut, text.n), true}};
    if (vocab_encode_segments(v, parts, 2, &list, NULL) != OK) abort();
    if (list.n != want->n || (list.n && memcmp(list.ids, want->ids, 4 * list.n) != 0)) abort();
    token_list_fini(&list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    if (!vocabs[0]) make_all();
    size_t which = data[0] % N_VOCABS;
    const Vocab *v = vocabs[which];
    Str text = {(const char *)data + 2, size - 2};
    TokenList list;
    token_list_init(&list, 1 << 24);
    if (vocab_encode(v, text, VOCAB_PARSE_SPECIAL, &list, NULL) != OK) abort();
    if (which < ARRAY_LEN(pres)) check_round_trip(v, text, &list);
    check_stream(v, &list);
    check_segments(v, text, data[1], &list);
    token_list_fini(&list);
    return 0;
}
