/*
 * Promises of the vocabulary: exact ids on the golden corpora, nothing quadratic, nothing believed
 * that a hostile file says, nothing lost on the way to ids and back.
 *
 * Corpora: tests/golden/tokenizers (our own sentences, ids by PyPI tokenizers: always run) and the
 * pairs NAME.inp/.out beside vocabulary GGUFs in the shared data (skipped when absent).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "../support/patience.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "model/file/gguf.h"
#include "model/vocab_gguf.h"

enum { TEXT_MAX = 64 << 20, IDS_MAX = 1 << 26 };

/* ---- specs made by hand ---- */

typedef struct Spec {
    VocabSpec s;
    Str tokens[1024], merges[1024];
    int32_t types[1024];
    float scores[1024];
} Spec;

static void spec_init(Spec *t, const char *model, const char *pre) {
    memset(t, 0, sizeof *t);
    t->s = vocab_spec_default();
    t->s.model = str_from(model);
    t->s.pre = str_from(pre);
    t->s.tokens = t->tokens;
    t->s.merges = t->merges;
    t->s.types = (const uint8_t *)t->types;
    t->s.scores = (const uint8_t *)t->scores;
}

static int32_t spec_add(Spec *t, const char *token, TokenType type, float score) {
    size_t i = t->s.n_tokens++;
    t->tokens[i] = str_from(token);
    t->types[i] = (int32_t)type;
    t->scores[i] = score;
    return (int32_t)i;
}

static void spec_merge(Spec *t, const char *merge) {
    t->merges[t->s.n_merges++] = str_from(merge);
}

static Vocab *spec_vocab(const Spec *t) {
    Vocab *v = NULL;
    Err err = {0};
    if (vocab_new(&t->s, &v, &err) != OK) fail_msg("%s", err.message);
    return v;
}

static void text_of(const Vocab *v, const int32_t *ids, size_t n, Buf *out) {
    Detokenizer d;
    detok_init(&d, v, true);
    for (size_t i = 0; i < n; i++) detok_push(&d, ids[i], out);
    detok_flush(&d, out);
}

/* "1 2 3" */
static const char *ids_of(const Vocab *v, const char *text, unsigned flags) {
    static char out[4096];
    TokenList list;
    Err err = {0};
    token_list_init(&list, IDS_MAX);
    if (vocab_encode(v, str_from(text), flags, &list, &err) != OK) fail_msg("%s", err.message);
    size_t n = 0;
    out[0] = 0;
    for (size_t i = 0; i < list.n && n < sizeof out - 16; i++) {
        n += (size_t)snprintf(out + n, sizeof out - n, "%s%d", i ? " " : "", (int)list.ids[i]);
    }
    token_list_fini(&list);
    return out;
}

/* ---- goldens of our own ---- */

static const char *golden_path(const char *name) {
    static char path[512];
    const char *golden = getenv("HEARTH_GOLDEN");
    (void)snprintf(path, sizeof path, "%s/tokenizers/%s", golden ? golden : "../tests/golden",
                   name);
    return path;
}

static void take_tokens(Spec *t, const Json *root) {
    const Json *tokens = json_get(root, "tokens"), *types = json_get(root, "types");
    const Json *scores = json_get(root, "scores"), *merges = json_get(root, "merges");
    assert_in_range(json_len(tokens), 1, ARRAY_LEN(t->tokens));
    assert_in_range(json_len(merges), 0, ARRAY_LEN(t->merges));
    t->s.n_tokens = json_len(tokens);
    t->s.n_merges = json_len(merges);
    for (size_t i = 0; i < t->s.n_tokens; i++) {
        t->tokens[i] = json_str(json_at(tokens, i));
        t->types[i] = types ? (int32_t)json_real(json_at(types, i), 1) : TOKEN_NORMAL;
        t->scores[i] = (float)json_real(scores ? json_at(scores, i) : NULL, 0);
    }
    for (size_t i = 0; i < t->s.n_merges; i++) t->merges[i] = json_str(json_at(merges, i));
    t->s.unk = (int32_t)json_real(json_get(root, "unk"), VOCAB_NONE);
}

static bool same_ids(const Vocab *v, const Json *item) {
    TokenList list;
    Err err = {0};
    token_list_init(&list, IDS_MAX);
    assert_int_equal(vocab_encode(v, json_str(json_get(item, "text")), 0, &list, &err), OK);
    const Json *ids = json_get(item, "ids");
    bool same = list.n == json_len(ids);
    for (size_t i = 0; same && i < list.n; i++) {
        same = list.ids[i] == (int32_t)json_real(json_at(ids, i), -2);
    }
    token_list_fini(&list);
    return same;
}

static void check_golden(const char *name, size_t at_least) {
    Buf text;
    Err err = {0};
    Json *root = NULL;
    buf_init(&text, 16 << 20);
    if (file_read(golden_path(name), &text, &err) != OK) fail_msg("%s", err.message);
    if (json_parse(buf_str(&text), NULL, &root, &err) != OK) fail_msg("%s", err.message);
    Spec *t = mem_alloc(sizeof *t);
    spec_init(t, "", "");
    take_tokens(t, root);
    t->s.model = json_str(json_get(root, "model"));
    const Json *cases = json_get(root, "cases");
    assert_true(json_len(cases) >= at_least);
    for (size_t i = 0; i < json_len(cases); i++) {
        const Json *item = json_at(cases, i);
        t->s.pre = json_str(json_get(item, "pre"));
        Vocab *v = spec_vocab(t);
        if (!same_ids(v, item)) {
            fail_msg("%s, case %zu, pre-tokeniser %.*s: other ids", name, i, (int)t->s.pre.n,
                     t->s.pre.p);
        }
        vocab_free(v);
    }
    mem_free(t);
    json_free(root);
    buf_fini(&text);
}

static void byte_level_bpe_gives_the_golden_ids(void **state) {
    check_golden("bpe.json", 200);
}

static void unigram_gives_the_golden_ids(void **state) {
    check_golden("unigram.json", 15);
}

static void wordpiece_gives_the_golden_ids(void **state) {
    check_golden("wordpiece.json", 15);
}

/* ---- goldens of the shared data ---- */

static const char *data_path(const char *format, const char *name) {
    static char path[512];
    char inner[256];
    const char *data = getenv("HEARTH_TEST_DATA");
    (void)snprintf(inner, sizeof inner, "/engine/vocab/%s%s", name, format);
    (void)snprintf(path, sizeof path, "%s%s", data ? data : "../shared/data", inner);
    return path;
}

static Str next_part(Str all, Str separator, size_t *at) {
    size_t end = str_find(all, separator, *at);
    if (end == SIZE_MAX) end = all.n;
    Str part = str_sub(all, *at, end);
    *at = end + separator.n;
    return part;
}

static void check_text(const Vocab *v, const char *name, Str text, Str want) {
    TokenList list;
    Err err = {0};
    token_list_init(&list, IDS_MAX);
    assert_int_equal(vocab_encode(v, text, 0, &list, &err), OK);
    Buf got;
    buf_init(&got, 1 << 20);
    for (size_t i = 0; i < list.n; i++) buf_printf(&got, "%s%d", i ? " " : "", (int)list.ids[i]);
    if (!str_eq(buf_str(&got), str_trim(want))) {
        fail_msg("%s: \"%.*s\"\n got  %.*s\n want %.*s", name, (int)text.n, text.p, (int)got.n,
                 got.p, (int)want.n, want.p);
    }
    buf_fini(&got);
    token_list_fini(&list);
}

static bool check_pair(const char *name, const char *vocabulary) {
    if (!file_exists(data_path(".gguf.inp", name)) ||
        !file_exists(data_path(".gguf", vocabulary))) return false;
    Buf in, out;
    Err err = {0};
    Gguf *g = NULL;
    Vocab *v = NULL;
    Pool *pool = NULL;
    buf_init(&in, 1 << 20);
    buf_init(&out, 1 << 20);
    assert_int_equal(file_read(data_path(".gguf.inp", name), &in, &err), OK);
    assert_int_equal(file_read(data_path(".gguf.out", name), &out, &err), OK);
    if (gguf_open(data_path(".gguf", vocabulary), &g, &err) != OK) fail_msg("%s", err.message);
    assert_int_equal(pool_new(2, &pool, &err), OK);
    if (vocab_from_gguf(g, pool, &v, &err) != OK) fail_msg("%s: %s", name, err.message);
    pool_free(pool);
    size_t n = 0;
    for (size_t at_in = 0, at_out = 0; at_out < out.n; n++) {
        Str text = next_part(buf_str(&in), STR("\n__ggml_vocab_test__\n"), &at_in);
        check_text(v, name, text, next_part(buf_str(&out), STR("\n"), &at_out));
    }
    assert_true(n >= 40);
    vocab_free(v);
    gguf_close(g);
    buf_fini(&in);
    buf_fini(&out);
    return true;
}

static void vocabularies_of_the_shared_data_give_their_golden_ids(void **state) {
    static const char *const names[] = {
        "bert-bge", "deepseek-coder", "deepseek-llm", "falcon", "gpt-2", "llama-spm", "mpt",
        "phi-3", "refact", "starcoder"};
    size_t done = 0;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "ggml-vocab-%s", names[i]);
        done += check_pair(name, name);
    }
    if (done == 0) {
        print_message("no vocabularies at %s: set HEARTH_TEST_DATA\n", data_path("", ""));
        skip();
    }
    assert_int_equal(done, ARRAY_LEN(names));
}

/* ---- byte level ---- */

/* 256 letters, then ab abab ... */
static void byte_spec(Spec *t, char letters[256][4]) {
    spec_init(t, "gpt2", "gpt-2");
    unsigned high = 0x100;
    for (unsigned b = 0; b < 256; b++) {
        bool plain = (b >= 33 && b <= 126) || (b >= 161 && b != 173);
        letters[b][utf8_encode(plain ? b : high++, letters[b])] = 0;
        spec_add(t, letters[b], TOKEN_NORMAL, 0);
    }
}

static void every_byte_survives_the_way_to_ids_and_back(void **state) {
    static char letters[256][4];
    Spec *t = mem_alloc(sizeof *t);
    byte_spec(t, letters);
    Vocab *v = spec_vocab(t);
    char all[512];
    for (int i = 0; i < 512; i++) all[i] = (char)(i < 256 ? i : 511 - i);
    TokenList list;
    Err err;
    token_list_init(&list, IDS_MAX);
    assert_int_equal(vocab_encode(v, (Str){all, sizeof all}, 0, &list, &err), OK);
    assert_int_equal(list.n, 512);
    Buf back;
    buf_init(&back, 1 << 20);
    for (size_t i = 0; i < list.n; i++) vocab_piece(v, list.ids[i], &back);
    assert_int_equal(back.n, sizeof all);
    assert_memory_equal(back.p, all, sizeof all);
    buf_fini(&back);
    token_list_fini(&list);
    vocab_free(v);
    mem_free(t);
}

/* The textbook's loop: join the leftmost pair of the best rank until none is left. */
static size_t naive_bpe(const Spec *t, Str *part, size_t n) {
    for (;;) {
        size_t best = SIZE_MAX, where = 0;
        for (size_t i = 0; i + 1 < n; i++) {
            for (size_t m = 0; m < t->s.n_merges && m < best; m++) {
                size_t cut = str_find(t->merges[m], STR(" "), 1);
                bool same = str_eq(str_sub(t->merges[m], 0, cut), part[i]) &&
                            str_eq(str_sub(t->merges[m], cut + 1, t->merges[m].n), part[i + 1]);
                if (same) {
                    best = m;
                    where = i;
                }
            }
        }
        if (best == SIZE_MAX) return n;
        part[where].n += part[where + 1].n;
        for (size_t i = where + 1; i + 1 < n; i++) part[i] = part[i + 1];
        n--;
    }
}

static void long_words_are_joined_as_the_textbook_says(void **state) {
    static const char *const merges[] = {"a b", "b a", "ab a", "a a", "aa a", "ab ab", "b b",
                                         "aba ba", "bb a", "abab ab", "aa aa", "c a", "ca b"};
    static char letters[256][4], joined[ARRAY_LEN(merges)][16];
    Spec *t = mem_alloc(sizeof *t);
    byte_spec(t, letters);
    for (size_t i = 0; i < ARRAY_LEN(merges); i++) {
        size_t n = 0;
        for (const char *p = merges[i]; *p; p++) {
            if (*p != ' ') joined[i][n++] = *p;
        }
        joined[i][n] = 0;
        spec_add(t, joined[i], TOKEN_NORMAL, 0);
        spec_merge(t, merges[i]);
    }
    Vocab *v = spec_vocab(t);
    uint32_t seed = 1;
    for (int round = 0; round < 600; round++) {
        char word[200];
        Str parts[200];
        size_t n = (size_t)round / 3 + 1 < sizeof word ? (size_t)round / 3 + 1 : sizeof word;
        for (size_t i = 0; i < n; i++) {
            seed = seed * 1664525 + 1013904223;
            word[i] = round % 7 == 0 ? 'a' : (char)('a' + (seed >> 24) % 3);
            parts[i] = (Str){word + i, 1};
        }
        TokenList list;
        Err err;
        token_list_init(&list, IDS_MAX);
        assert_int_equal(vocab_encode(v, (Str){word, n}, 0, &list, &err), OK);
        assert_int_equal(list.n, naive_bpe(t, parts, n));
        for (size_t i = 0; i < list.n; i++) {
            assert_int_equal(list.ids[i], vocab_find(v, parts[i]));
        }
        token_list_fini(&list);
    }
    vocab_free(v);
    mem_free(t);
}

static void a_byte_without_token_is_left_out_and_never_a_control_token(void **state) {
    Spec *t = mem_alloc(sizeof *t);
    spec_init(t, "gpt2", "gpt-2");
    t->s.unk = spec_add(t, "<|endoftext|>", TOKEN_CONTROL, 0);
    spec_add(t, "a", TOKEN_NORMAL, 0);
    Vocab *v = spec_vocab(t);
    assert_string_equal(ids_of(v, "a\xf1za", 0), "1 1");
    vocab_free(v);
    mem_free(t);
}

/* ---- scored ---- */

static void scored_bpe_takes_the_leftmost_of_equal_scores(void **state) {
    Spec *t = mem_alloc(sizeof *t);
    spec_init(t, "llama", "");
    t->s.add_space_prefix = VOCAB_NO;
    spec_add(t, "<unk>", TOKEN_UNKNOWN, 0);
    spec_add(t, "<s>", TOKEN_CONTROL, 0);
    spec_add(t, "</s>", TOKEN_CONTROL, 0);
    spec_add(t, "\xE2\x96\x81", TOKEN_NORMAL, -1);
    spec_add(t, "\xE2\x96\x81\xE2\x96\x81", TOKEN_NORMAL, 0);
    spec_add(t, "\xE2\x96\x81\xE2\x96\x81\xE2\x96\x81", TOKEN_NORMAL, 0);
    Vocab *v = spec_vocab(t);
    assert_string_equal(ids_of(v, "     ", 0), "5 4");
    assert_string_equal(ids_of(v, "x<s>", 0), "0 0 0 0"); /* untrusted: no control token */
    assert_string_equal(ids_of(v, "<s> </s>", VOCAB_PARSE_SPECIAL | VOCAB_ADD_SPECIAL), "1 1 3 2");
    vocab_free(v);
    mem_free(t);
}

static void bytes_cover_what_no_token_covers(void **state) {
    static char spelled[256][8];
    Spec *t = mem_alloc(sizeof *t);
    spec_init(t, "llama", "");
    for (int b = 0; b < 256; b++) {
        (void)snprintf(spelled[b], sizeof spelled[b], "<0x%02X>", (unsigned)b);
        spec_add(t, spelled[b], TOKEN_BYTE, 0);
    }
    spec_add(t, "\xE2\x96\x81", TOKEN_NORMAL, -1);
    Vocab *v = spec_vocab(t);
    assert_string_equal(ids_of(v, "\xE4\xBD\xA0", 0), "256 228 189 160");
    int32_t ids[] = {256, 228, 189, 160, 256};
    Buf out;
    buf_init(&out, 100);
    text_of(v, ids, 5, &out);
    assert_string_equal(out.p, "\xE4\xBD\xA0 ");
    buf_fini(&out);
    vocab_free(v);
    mem_free(t);
}

/* ---- who wrote what ---- */

static void nobody_can_put_a_control_token_into_a_prompt(void **state) {
    static char letters[256][4];
    Spec *t = mem_alloc(sizeof *t);
    byte_spec(t, letters);
    int32_t end = spec_add(t, "<|im_end|>", TOKEN_CONTROL, 0);
    int32_t call = spec_add(t, "<tool_call>", TOKEN_USER, 0);
    int32_t dots = spec_add(t, "...", TOKEN_USER, 0);
    Vocab *v = spec_vocab(t);
    VocabSegment segments[] = {{STR("a<|im_end|>"), true},
                               {STR("b<|im_end|><tool_call>...<|im"), false},
                               {STR("_end|>c<tool_call>"), true}};
    TokenList list;
    Err err;
    token_list_init(&list, IDS_MAX);
    assert_int_equal(vocab_encode_segments(v, segments, 3, &list, &err), OK);
    size_t ends = 0, calls = 0, dotted = 0;
    for (size_t i = 0; i < list.n; i++) {
        ends += list.ids[i] == end;
        calls += list.ids[i] == call;
        dotted += list.ids[i] == dots;
    }
    assert_int_equal(ends, 1);
    assert_int_equal(calls, 1);
    assert_int_equal(dotted, 1); /* not markup: the same tokens as without segments */
    assert_int_equal(list.ids[1], end);
    assert_true(vocab_is_end(v, end));
    assert_true(vocab_is_special(v, end));
    token_list_fini(&list);
    assert_string_equal(ids_of(v, "<|im_end|>", VOCAB_PARSE_SPECIAL), "256");
    assert_string_not_equal(ids_of(v, "<|im_end|>", 0), "256");
    vocab_free(v);
    mem_free(t);
}

static void seams_between_segments_do_not_change_the_ids(void **state) {
    static char letters[256][4];
    Spec *t = mem_alloc(sizeof *t);
    byte_spec(t, letters);
    spec_add(t, "ab", TOKEN_NORMAL, 0);
    spec_merge(t, "a b");
    Vocab *v = spec_vocab(t);
    VocabSegment segments[] = {{STR("xa"), true}, {STR("b"), false}, {STR(""), true}};
    TokenList list;
    Err err;
    token_list_init(&list, IDS_MAX);
    assert_int_equal(vocab_encode_segments(v, segments, 3, &list, &err), OK);
    assert_int_equal(list.n, 2);
    assert_int_equal(list.ids[1], 256);
    token_list_fini(&list);
    vocab_free(v);
    mem_free(t);
}

/* ---- streams ---- */

static void a_stream_never_shows_half_a_character(void **state) {
    static char letters[256][4];
    Spec *t = mem_alloc(sizeof *t);
    byte_spec(t, letters);
    Vocab *v = spec_vocab(t);
    Detokenizer d;
    detok_init(&d, v, false);
    Buf out;
    buf_init(&out, 100);
    const char *text = "a\xF0\x9F\xA6\x99z\xC3(\xE4\xBD";
    for (const char *p = text; *p; p++) {
        detok_push(&d, (unsigned char)*p, &out);
        if (p - text == 1 || p - text == 3) assert_string_equal(out.p, "a");
        if (p - text == 4) assert_string_equal(out.p, "a\xF0\x9F\xA6\x99");
    }
    assert_string_equal(out.p, "a\xF0\x9F\xA6\x99z\xEF\xBF\xBD(");
    detok_flush(&d, &out);
    assert_string_equal(out.p, "a\xF0\x9F\xA6\x99z\xEF\xBF\xBD(\xEF\xBF\xBD");
    buf_fini(&out);
    vocab_free(v);
    mem_free(t);
}

/* ---- hostile ---- */

static Status try_spec(const Spec *t, Err *err) {
    Vocab *v = NULL;
    Status status = vocab_new(&t->s, &v, err);
    vocab_free(v);
    return status;
}

static void a_byte_token_has_exactly_two_hex_digits(void **state) {
    static const char *const bad[] = {"<0x-1>", "<0x0>", "<0x000>", "<0xGG>", "<0x+F>", "0x0A",
                                      "<0x 1>", "<0x0A", "", "<0xfe>"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        Spec *t = mem_alloc(sizeof *t);
        Err err = {0};
        spec_init(t, "llama", "");
        spec_add(t, bad[i], TOKEN_BYTE, 0);
        assert_int_equal(try_spec(t, &err), E_CORRUPT);
        assert_non_null(strstr(err.message, "byte token"));
        mem_free(t);
    }
}

static void ids_out_of_range_are_refused(void **state) {
    Spec *t = mem_alloc(sizeof *t);
    Err err = {0};
    spec_init(t, "gpt2", "qwen2");
    spec_add(t, "a", TOKEN_NORMAL, 0);
    t->s.eos = 1;
    assert_int_equal(try_spec(t, &err), E_CORRUPT);
    t->s.eos = -2;
    assert_int_equal(try_spec(t, &err), E_CORRUPT);
    t->s.eos = 0;
    assert_int_equal(try_spec(t, &err), OK);
    t->s.eot = INT32_MAX;
    assert_int_equal(try_spec(t, &err), E_CORRUPT);
    mem_free(t);
}

static void unknown_kinds_are_named(void **state) {
    Spec *t = mem_alloc(sizeof *t);
    Err err = {0};
    spec_init(t, "gpt2", "no-such-thing");
    assert_int_equal(try_spec(t, &err), E_CORRUPT); /* no tokens at all */
    spec_add(t, "a", TOKEN_NORMAL, 0);
    assert_int_equal(try_spec(t, &err), E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "no-such-thing"));
    t->s.model = STR("rwkv");
    assert_int_equal(try_spec(t, &err), E_UNSUPPORTED);
    mem_free(t);
}

static void strange_tokens_and_merges_do_no_harm(void **state) {
    Spec *t = mem_alloc(sizeof *t);
    spec_init(t, "gpt2", "gpt-2");
    char *huge = mem_alloc(VOCAB_TOKEN_BYTES_MAX + 2);
    memset(huge, 'a', VOCAB_TOKEN_BYTES_MAX + 1);
    huge[VOCAB_TOKEN_BYTES_MAX] = 0;
    spec_add(t, "a", TOKEN_NORMAL, 0);
    spec_add(t, "a", TOKEN_CONTROL, 0);
    spec_add(t, "", TOKEN_CONTROL, 0);
    spec_add(t, huge, TOKEN_NORMAL, 0);
    spec_add(t, "aa", (TokenType)77, 0);
    spec_merge(t, "a a");
    spec_merge(t, "a a");
    spec_merge(t, "aa a");
    spec_merge(t, "a aa");
    spec_merge(t, " ");
    spec_merge(t, "");
    spec_merge(t, "a");
    spec_merge(t, "b c");
    spec_merge(t, " a a ");
    Vocab *v = spec_vocab(t);
    assert_string_equal(ids_of(v, "aaaaa", 0), "4 0 0 0");
    Buf out;
    buf_init(&out, 100);
    vocab_piece(v, -1, &out);
    vocab_piece(v, 5, &out);
    vocab_piece(v, INT32_MAX, &out);
    assert_int_equal(out.n, 0);
    assert_int_equal(vocab_find(v, STR("")), VOCAB_NONE);
    assert_int_equal(vocab_type(v, 99), TOKEN_UNUSED);
    vocab_free(v);
    huge[VOCAB_TOKEN_BYTES_MAX] = 'a';
    huge[VOCAB_TOKEN_BYTES_MAX + 1] = 0;
    t->tokens[3] = str_from(huge);
    Err err;
    assert_int_equal(try_spec(t, &err), E_CORRUPT);
    buf_fini(&out);
    mem_free(huge);
    mem_free(t);
}

static void a_damaged_character_map_is_refused_or_harmless(void **state) {
    Spec *t = mem_alloc(sizeof *t);
    Err err = {0};
    spec_init(t, "t5", "");
    t->s.unk = spec_add(t, "<unk>", TOKEN_UNKNOWN, 0);
    t->s.eos = spec_add(t, "a", TOKEN_NORMAL, -1);
    t->s.charsmap = STR("ab");
    assert_int_equal(try_spec(t, &err), E_CORRUPT);
    t->s.charsmap = STR("\xff\xff\xff\xff" "abcd");
    assert_int_equal(try_spec(t, &err), E_CORRUPT);
    t->s.charsmap = STR("\4\0\0\0" "abcd" "xy"); /* the last replacement has no end */
    assert_int_equal(try_spec(t, &err), E_CORRUPT);
    static char wild[4 + 1024 + 4];
    uint32_t seed = 7;
    for (int round = 0; round < 200; round++) {
        wild[0] = 0, wild[1] = 4;
        for (size_t i = 4; i + 1 < sizeof wild; i++) {
            seed = seed * 1664525 + 1013904223;
            wild[i] = (char)(seed >> 24);
        }
        t->s.charsmap = (Str){wild, sizeof wild};
        Vocab *v = spec_vocab(t);
        (void)ids_of(v, "some text \xE4\xBD\xA0 with \x01\x02\x7f everything in it", 0);
        vocab_free(v);
    }
    mem_free(t);
}

static void a_code_map_must_ascend_and_stay_within_bounds(void **state) {
    static const uint32_t from[] = {'A', 'B', 0x2460}, at[] = {0, 1, 3, 4};
    static const uint32_t to[] = {'a', 'b', 'b', '1'}, wrong_at[] = {0, 1, 3, 5};
    static const uint32_t wrong_from[] = {'B', 'A', 0x2460};
    Spec *t = mem_alloc(sizeof *t);
    Err err = {0};
    spec_init(t, "t5", "");
    t->s.unk = t->s.eos = spec_add(t, "<unk>", TOKEN_UNKNOWN, 0);
    spec_add(t, "\xE2\x96\x81", TOKEN_NORMAL, -3);
    spec_add(t, "a", TOKEN_NORMAL, -3);
    spec_add(t, "b", TOKEN_NORMAL, -3);
    spec_add(t, "1", TOKEN_NORMAL, -3);
    t->s.code_map = (VocabCodeMap){(const uint8_t *)from, (const uint8_t *)at,
                                   (const uint8_t *)to, 3, 4};
    Vocab *v = spec_vocab(t);
    assert_string_equal(ids_of(v, "AB  \xE2\x91\xA0 ", 0), "1 2 3 3 1 4");
    vocab_free(v);
    t->s.code_map.at = (const uint8_t *)wrong_at;
    assert_int_equal(try_spec(t, &err), E_CORRUPT);
    t->s.code_map.at = (const uint8_t *)at;
    t->s.code_map.from = (const uint8_t *)wrong_from;
    assert_int_equal(try_spec(t, &err), E_CORRUPT);
    mem_free(t);
}

/* ---- limits ---- */

/* The map lies in the model's file, where another program may write after it was checked. */
static void a_code_map_that_changes_later_replaces_nothing(void **state) {
    (void)state;
    static Spec spec;
    Spec *t = &spec;
    spec_init(t, "t5", "");
    t->s.unk = t->s.eos = spec_add(t, "<unk>", TOKEN_UNKNOWN, 0);
    spec_add(t, "b", TOKEN_NORMAL, -1);
    uint32_t from[] = {'a'}, at[] = {0, 1}, to[400] = {'b'};
    for (size_t i = 1; i < ARRAY_LEN(to); i++) to[i] = 0x10FFFF;
    t->s.code_map = (VocabCodeMap){(const uint8_t *)from, (const uint8_t *)at,
                                   (const uint8_t *)to, 1, ARRAY_LEN(to)};
    Vocab *v = NULL;
    TokenList ids;
    assert_int_equal(vocab_new(&t->s, &v, NULL), OK);
    token_list_init(&ids, 100);
    assert_int_equal(vocab_encode(v, STR("a"), 0, &ids, NULL), OK);
    static const uint32_t ends[] = {400, 401, UINT32_MAX};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        at[1] = ends[i]; /* more than a replacement has, than there are, than there can be */
        assert_int_equal(vocab_encode(v, STR("a"), 0, &ids, NULL), OK);
    }
    at[0] = 2, at[1] = 1;
    assert_int_equal(vocab_encode(v, STR("a"), 0, &ids, NULL), OK);
    token_list_fini(&ids);
    vocab_free(v);
}

static void a_list_of_ids_has_a_ceiling(void **state) {
    static char letters[256][4];
    Spec *t = mem_alloc(sizeof *t);
    byte_spec(t, letters);
    Vocab *v = spec_vocab(t);
    TokenList list;
    Err err;
    token_list_init(&list, 3);
    assert_int_equal(vocab_encode(v, STR("abc"), 0, &list, &err), OK);
    assert_int_equal(vocab_encode(v, STR("d"), 0, &list, &err), E_LIMIT);
    token_list_fini(&list);
    Str endless = {"", (size_t)VOCAB_TEXT_MAX + 1}; /* a length is refused before a byte is read */
    token_list_init(&list, IDS_MAX);
    assert_int_equal(vocab_encode(v, endless, 0, &list, &err), E_LIMIT);
    token_list_fini(&list);
    vocab_free(v);
    mem_free(t);
}

/* Ten megabytes of one letter, as one word. The bound is loose: sanitizers and busy machines. */
static void a_word_of_ten_megabytes_is_not_quadratic(void **state) {
    static char letters[256][4];
    static const char *const models[] = {"gpt2", "llama", "t5", "bert"};
    enum { N = 10 << 20 };
    char *text = mem_alloc(N);
    memset(text, 'a', N);
    for (size_t m = 0; m < ARRAY_LEN(models); m++) {
        Spec *t = mem_alloc(sizeof *t);
        byte_spec(t, letters);
        t->s.model = str_from(models[m]);
        t->s.unk = spec_add(t, "<unk>", TOKEN_UNKNOWN, 0);
        spec_add(t, "aa", TOKEN_NORMAL, -1);
        spec_add(t, "aaaa", TOKEN_NORMAL, -2);
        spec_add(t, "aaaaaaaa", TOKEN_NORMAL, -3);
        spec_merge(t, "a a");
        spec_merge(t, "aa aa");
        spec_merge(t, "aaaa aaaa");
        Vocab *v = spec_vocab(t);
        TokenList list;
        Err err = {0};
        token_list_init(&list, IDS_MAX);
        double begin = patience_used_ms();
        assert_int_equal(vocab_encode(v, (Str){text, N}, 0, &list, &err), OK);
        double took = patience_used_ms() - begin;
        print_message("10 MiB of one letter, %s: %zu ids in %.0f ms\n", models[m], list.n, took);
        assert_true(took < patience_ms(60000));
        assert_true(list.n >= 1);
        token_list_fini(&list);
        vocab_free(v);
        mem_free(t);
    }
    mem_free(text);
}

static void running_out_of_memory_is_reported_and_leaks_nothing(void **state) {
    static const char *const models[] = {"gpt2", "llama", "t5", "bert"};
    static char letters[256][4];
    char word[300];
    memset(word, 'a', sizeof word);
    for (size_t m = 0; m < ARRAY_LEN(models); m++) {
        Spec *t = mem_alloc(sizeof *t);
        byte_spec(t, letters);
        t->s.model = str_from(models[m]);
        t->s.unk = 0;
        uint64_t live = mem_live_blocks();
        Status status = E_NO_MEMORY;
        for (uint64_t nth = 1; status != OK; nth++) {
            assert_true(nth < 1000);
            Vocab *v = NULL;
            Err err = {0};
            TokenList list;
            token_list_init(&list, IDS_MAX);
            mem_fail_at(nth);
            status = vocab_new(&t->s, &v, &err);
            if (status == OK) status = vocab_encode(v, (Str){word, sizeof word}, 0, &list, &err);
            mem_fail_at(0);
            assert_true(status == OK || status == E_NO_MEMORY);
            token_list_fini(&list);
            vocab_free(v);
            assert_int_equal(mem_live_blocks(), live);
        }
        mem_free(t);
    }
}

/* ---- naughty strings ---- */

static void naughty_strings_come_back_as_they_were(void **state) {
    char path[512];
    const char *data = getenv("HEARTH_TEST_DATA");
    (void)snprintf(path, sizeof path, "%s/conform/blns/blns.txt", data ? data : "../shared/data");
    Gguf *g = NULL;
    Vocab *v = NULL;
    Err err = {0};
    Buf text, back;
    buf_init(&text, TEXT_MAX);
    buf_init(&back, TEXT_MAX);
    if (file_read(path, &text, &err) != OK ||
        gguf_open(data_path(".gguf", "ggml-vocab-gpt-2"), &g, &err) != OK) {
        print_message("%s: set HEARTH_TEST_DATA\n", err.message);
        buf_fini(&text);
        skip();
    }
    assert_int_equal(vocab_from_gguf(g, NULL, &v, &err), OK);
    size_t n = 0;
    for (size_t at = 0; at < text.n; n++) {
        Str line = next_part(buf_str(&text), STR("\n"), &at);
        TokenList list;
        token_list_init(&list, IDS_MAX);
        buf_clear(&back);
        assert_int_equal(vocab_encode(v, line, 0, &list, &err), OK);
        text_of(v, list.ids, list.n, &back);
        assert_true(str_eq(buf_str(&back), line));
        token_list_fini(&list);
    }
    assert_true(n > 500);
    vocab_free(v);
    gguf_close(g);
    buf_fini(&text);
    buf_fini(&back);
}

/* What asks for the BOS itself, as scoring does, must not get an id that is none. */
static void a_bos_that_is_not_there_is_not_promised(void **state) {
    (void)state;
    static Spec t;
    spec_init(&t, "gpt2", "llama-bpe"); /* whose custom is to put a BOS in front */
    int32_t a = spec_add(&t, "a", TOKEN_NORMAL, 0), b = spec_add(&t, "<b>", TOKEN_CONTROL, 0);
    for (int said = 0; said < 2; said++) {
        if (said) t.s.bos = b;
        Vocab *v = spec_vocab(&t);
        assert_int_equal(vocab_adds_bos(v), said);
        assert_int_equal(vocab_bos(v), said ? b : VOCAB_NONE);
        assert_string_equal(ids_of(v, "a", VOCAB_ADD_SPECIAL), said ? "1 0" : "0");
        vocab_free(v);
    }
    assert_int_equal(a, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(byte_level_bpe_gives_the_golden_ids),
        cmocka_unit_test(unigram_gives_the_golden_ids),
        cmocka_unit_test(wordpiece_gives_the_golden_ids),
        cmocka_unit_test(vocabularies_of_the_shared_data_give_their_golden_ids),
        cmocka_unit_test(every_byte_survives_the_way_to_ids_and_back),
        cmocka_unit_test(long_words_are_joined_as_the_textbook_says),
        cmocka_unit_test(a_byte_without_token_is_left_out_and_never_a_control_token),
        cmocka_unit_test(scored_bpe_takes_the_leftmost_of_equal_scores),
        cmocka_unit_test(bytes_cover_what_no_token_covers),
        cmocka_unit_test(nobody_can_put_a_control_token_into_a_prompt),
        cmocka_unit_test(seams_between_segments_do_not_change_the_ids),
        cmocka_unit_test(a_stream_never_shows_half_a_character),
        cmocka_unit_test(a_byte_token_has_exactly_two_hex_digits),
        cmocka_unit_test(ids_out_of_range_are_refused),
        cmocka_unit_test(unknown_kinds_are_named),
        cmocka_unit_test(strange_tokens_and_merges_do_no_harm),
        cmocka_unit_test(a_damaged_character_map_is_refused_or_harmless),
        cmocka_unit_test(a_code_map_must_ascend_and_stay_within_bounds),
        cmocka_unit_test(a_code_map_that_changes_later_replaces_nothing),
        cmocka_unit_test(a_list_of_ids_has_a_ceiling),
        cmocka_unit_test(a_bos_that_is_not_there_is_not_promised),
        cmocka_unit_test(a_word_of_ten_megabytes_is_not_quadratic),
        cmocka_unit_test(running_out_of_memory_is_reported_and_leaks_nothing),
        cmocka_unit_test(naughty_strings_come_back_as_they_were),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
