/*
 * Building a vocabulary from a spec, and the questions that need no encoding.
 *
 * A quarter of a million tokens must be ready within some tens of milliseconds, so that what is
 * done per token is: copy its view, hash its spelling into one table, look at its type. Merges are
 * hashed by the pair of their halves, by a second thread where there is one. Nothing is allocated
 * per token.
 *
 * What a hostile file may say, and what happens:
 *
 *   a spelling twice            the first id has it; the later one can still be decoded
 *   an empty spelling           is never found in text
 *   a spelling of a megabyte    up to VOCAB_TOKEN_BYTES_MAX is fine, above is E_CORRUPT
 *   byte token not <0xHH>       E_CORRUPT: exactly two hexadecimal digits, nothing else
 *   ids out of range            E_CORRUPT
 *   type not 1..6               treated as TOKEN_UNUSED (0 occurs in honest files)
 *   merge without two halves    never applies; halves that are no tokens are harmless
 *   scores that are not numbers NaN counts as the lowest score
 *
 * End of turn: files name one EOS, but chat models end a turn with another token as often as not.
 * The spellings below are those of the families in use; a control token spelled like this ends.
 *
 * Source for kinds, defaults and the list of ending spellings: llama.cpp src/llama-vocab.cpp and
 * the tokenizer_config.json of the models.
 */
#include "model/text/vocab.h"

#include <assert.h>
#include <math.h>

#include "base/plain.h"
#include "model/text/vocab_impl.h"

VocabSpec vocab_spec_default(void) {
    return (VocabSpec){
        .bos = VOCAB_NONE, .eos = VOCAB_NONE, .eot = VOCAB_NONE, .eom = VOCAB_NONE,
        .unk = VOCAB_NONE, .sep = VOCAB_NONE, .pad = VOCAB_NONE, .mask = VOCAB_NONE,
        .add_bos = VOCAB_UNSET, .add_eos = VOCAB_UNSET, .add_sep = VOCAB_UNSET,
        .add_space_prefix = VOCAB_UNSET, .remove_extra_spaces = VOCAB_UNSET,
        .escape_spaces = VOCAB_UNSET, .space_as_suffix = VOCAB_UNSET, .lowercase = VOCAB_UNSET,
        .strip_accents = VOCAB_UNSET};
}

/* ---- kind ---- */

/* What the spec says, or the custom of the kind where it says nothing. */
static bool flag(int said, bool custom) {
    return said == VOCAB_UNSET ? custom : said != VOCAB_NO;
}

_Static_assert(VOCAB_TOKENS_MAX < UINT32_MAX && VOCAB_MERGES_MAX < UINT32_MAX, "rows of a table");
_Static_assert(TOKEN_BYTE <= UINT8_MAX && LENGTH_TOP == 63, "a byte a type, a bit a length");

/* Byte-level BPE by the name of its pre-tokeniser. "gemma4" is a model's name that brings its own
   rule: plain UTF-8 with U+2581, in merges. */
static Status set_bpe(Vocab *v, const VocabSpec *spec, Err *err) {
    Str name = str_eq_c(spec->model, "gemma4") ? STR("gemma4") : spec->pre;
    const PreName *pre = pre_find(name);
    if (!pre) {
        (void)err_set(err, E_UNSUPPORTED, "pre-tokeniser \"%.*s\" is not known",
                      (int)(name.n < 64 ? name.n : 64), name.p);
        return err_hint(err, "this model needs a newer Hearth, or a file converted with a known "
                        "one");
    }
    v->kind = KIND_BPE;
    v->pre = pre->rule;
    v->ignore_merges = pre->ignore_merges;
    v->byte_level = !pre->raw;
    v->add_bos = flag(spec->add_bos, pre->add_bos || str_eq_c(name, "gemma4"));
    v->add_sep = flag(spec->add_sep, pre->add_sep);
    v->add_eos = flag(spec->add_eos, false);
    v->escape_spaces = flag(spec->escape_spaces, pre->raw && !str_eq_c(name, "whitespace"));
    v->add_space_prefix = flag(spec->add_space_prefix, false);
    return OK;
}

/* The kind and the customs of the kind; every flag of the spec beats them. */
static Status set_kind(Vocab *v, const VocabSpec *spec, Err *err) {
    if (str_eq_c(spec->model, "gpt2") || str_eq_c(spec->model, "gemma4")) {
        return set_bpe(v, spec, err);
    }
    v->add_bos = flag(spec->add_bos, !str_eq_c(spec->model, "t5"));
    v->add_eos = flag(spec->add_eos, str_eq_c(spec->model, "t5"));
    v->add_sep = flag(spec->add_sep, false);
    v->escape_spaces = flag(spec->escape_spaces, true);
    v->add_space_prefix = flag(spec->add_space_prefix, true);
    v->space_as_suffix = flag(spec->space_as_suffix, false);
    v->remove_extra_spaces = flag(spec->remove_extra_spaces, true);
    v->lowercase = flag(spec->lowercase, true);
    v->strip_accents = flag(spec->strip_accents, v->lowercase);
    if (str_eq_c(spec->model, "llama")) {
        v->kind = KIND_SPM;
    } else if (str_eq_c(spec->model, "t5")) {
        v->kind = KIND_UNIGRAM;
    } else if (str_eq_c(spec->model, "bert")) {
        v->kind = KIND_WORDPIECE;
        v->add_bos = flag(spec->add_bos, true);
        v->add_sep = flag(spec->add_sep, true);
    } else {
        return err_set(err, E_UNSUPPORTED, "tokenizer model \"%.*s\" is not known",
                       (int)(spec->model.n < 64 ? spec->model.n : 64), spec->model.p);
    }
    return OK;
}

/* ---- special ids ---- */

/* An id that the file states must exist; one that is only the custom of a kind may be absent. */
static Status take_id(const Vocab *v, const char *name, int32_t said, int32_t custom, int32_t *out,
                      Err *err) {
    *out = said != VOCAB_NONE ? said : custom;
    if (vocab_has_id(v, *out) || *out == VOCAB_NONE) return OK;
    if (said == VOCAB_NONE) {
        *out = VOCAB_NONE;
        return OK;
    }
    return err_set(err, E_CORRUPT, "the vocabulary has %zu tokens, but its %s is number %d",
                   v->n_tokens, name, said);
}

/* The customs are those of the published models: SentencePiece's <s> 1, </s> 2, <unk> 0; T5's;
   BERT's [CLS] 101, [UNK] 100, [SEP] 102, [MASK] 103. */
static Status take_ids(Vocab *v, const VocabSpec *spec, Err *err) {
    static const struct { int32_t bos, eos, unk, sep, pad, mask; } customs[] = {
        [KIND_BPE] = {-1, -1, -1, -1, -1, -1},
        [KIND_SPM] = {1, 2, 0, -1, -1, -1},
        [KIND_UNIGRAM] = {-1, 1, 2, -1, 0, -1},
        [KIND_WORDPIECE] = {101, -1, 100, 102, 0, 103},
    };
    TRY(take_id(v, "BOS", spec->bos, customs[v->kind].bos, &v->bos, err));
    TRY(take_id(v, "EOS", spec->eos, customs[v->kind].eos, &v->eos, err));
    TRY(take_id(v, "UNK", spec->unk, customs[v->kind].unk, &v->unk, err));
    TRY(take_id(v, "SEP", spec->sep, customs[v->kind].sep, &v->sep, err));
    TRY(take_id(v, "PAD", spec->pad, customs[v->kind].pad, &v->pad, err));
    TRY(take_id(v, "MASK", spec->mask, customs[v->kind].mask, &v->mask, err));
    int32_t unused;
    TRY(take_id(v, "EOT", spec->eot, VOCAB_NONE, &unused, err));
    TRY(take_id(v, "EOM", spec->eom, VOCAB_NONE, &unused, err));
    if (v->kind == KIND_WORDPIECE && v->sep < 0) v->sep = v->eos;
    v->add_bos = v->add_bos && v->bos >= 0; /* families' customs ask for what some files lack */
    if (v->unk < 0 && (v->kind == KIND_UNIGRAM || v->kind == KIND_WORDPIECE)) {
        return err_set(err, E_CORRUPT, "a vocabulary of this kind needs an unknown token");
    }
    return OK;
}

static bool is_end(const Vocab *v, int32_t id) {
    for (size_t i = 0; i < v->n_ends; i++) {
        if (v->ends[i] == id) return true;
    }
    return false;
}

static void add_end(Vocab *v, int32_t id) {
    if (vocab_has_id(v, id) && !is_end(v, id)) v->ends[v->n_ends++] = id;
}

/* How the families spell the end of a turn; the list's source is in the essay. */
static const char *const end_spellings[] = {
    "<|eot_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>", "<|flush|>", "<|calls|>",
    "<end_of_turn>", "<|endoftext|>", "</s>", "<|eom_id|>", "<EOT>", "_<EOT>", "[EOT]", "[EOS]",
    "<|end_of_text|>", "<end_of_utterance>", "<eos>", "<turn|>", "<|tool_response>",
    "<\xEF\xBD\x9C" "end\xE2\x96\x81" "of\xE2\x96\x81" "sentence\xEF\xBD\x9C>", "[e~["};

/* Tokens that end a turn. A normal token never does, whatever it is spelled like. */
static Status find_ends(Vocab *v, const VocabSpec *spec, Err *err) {
    v->ends = mem_alloc_n(ARRAY_LEN(end_spellings) + 3, sizeof *v->ends);
    if (!v->ends) return err_no_memory(err, "a vocabulary");
    add_end(v, v->eos);
    add_end(v, spec->eot);
    add_end(v, spec->eom);
    /* gpt-oss and its kin use <|end|> between parts of one turn */
    bool parts = (vocab_find(v, STR("<|return|>")) >= 0 && vocab_find(v, STR("<|call|>")) >= 0) ||
                 (vocab_find(v, STR("<|flush|>")) >= 0 && vocab_find(v, STR("<|calls|>")) >= 0);
    for (size_t i = 0; i < ARRAY_LEN(end_spellings); i++) {
        int32_t id = vocab_find(v, str_from(end_spellings[i]));
        if (id < 0 || (v->types[id] != TOKEN_CONTROL && v->types[id] != TOKEN_USER)) continue;
        if (parts && strcmp(end_spellings[i], "<|end|>") == 0) continue;
        add_end(v, id);
        v->types[id] = TOKEN_CONTROL; /* some converters call these "user defined" */
    }
    assert(v->n_ends <= ARRAY_LEN(end_spellings) + 3); /* as many as there is room for */
    return OK;
}

/* ---- tables ---- */

/* <0xHH> with capitals: the byte, or -1. */
static int byte_of_spelling(Str s) {
    if (s.n != 6 || memcmp(s.p, "<0x", 3) != 0 || s.p[5] != '>') return -1;
    if (plain_upper(s.p[3]) != s.p[3] || plain_upper(s.p[4]) != s.p[4]) return -1;
    int high = plain_hex(s.p[3]), low = plain_hex(s.p[4]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Number i of little-endian ones at any address. */
static int32_t load_i32(const uint8_t *p, size_t i) {
    uint32_t v = (uint32_t)p[4 * i] | (uint32_t)p[4 * i + 1] << 8 | (uint32_t)p[4 * i + 2] << 16 |
                 (uint32_t)p[4 * i + 3] << 24;
    return (int32_t)v;
}

/* A byte a token; unknown numbers count as unused, a byte token must be spelled as one. */
static Status take_types(Vocab *v, const VocabSpec *spec, Err *err) {
    for (size_t i = 0; i < v->n_tokens; i++) {
        int32_t type = spec->types ? load_i32(spec->types, i) : TOKEN_NORMAL;
        bool known = type >= TOKEN_NORMAL && type <= TOKEN_BYTE;
        v->types[i] = known ? (uint8_t)type : TOKEN_UNUSED;
        if (type == TOKEN_BYTE && byte_of_spelling(v->tokens[i]) < 0) {
            return err_set(err, E_CORRUPT, "token %zu is a byte token, but not spelled <0xHH>", i);
        }
    }
    return OK;
}

/* Floats as the file has them, NaN as the lowest, so that comparisons have an order. */
static Status take_scores(Vocab *v, const VocabSpec *spec, Err *err) {
    if (!spec->scores) return OK;
    v->scores = mem_alloc_n(v->n_tokens, sizeof *v->scores);
    if (!v->scores) return err_no_memory(err, "a vocabulary");
    for (size_t i = 0; i < v->n_tokens; i++) {
        int32_t bits = load_i32(spec->scores, i);
        memcpy(&v->scores[i], &bits, sizeof bits);
        if (isnan(v->scores[i])) v->scores[i] = -INFINITY;
    }
    return OK;
}

/* Rows are indexed BATCH at a time: first their hashes, asking for the places they fall on, then
   the rows. The table is larger than the cache, and so the waits for memory overlap. */
enum { BATCH = 32 };

typedef struct Batch {
    size_t from, n; /* rows */
    uint64_t hashes[BATCH];
    bool wanted[BATCH];
} Batch;

/* Puts the rows of a batch into the table; of equal spellings the first stays. */
static void index_batch(TextTable *t, const Str *texts, const Batch *b) {
    assert(0 < b->n && b->n <= BATCH);
    for (size_t i = 0; i < b->n; i++) {
        if (!b->wanted[i]) continue;
        bool twice = false;
        TextProbe w = text_probe(t, b->hashes[i]);
        while (!twice && text_next(t, &w)) twice = str_eq(texts[w.row], texts[b->from + i]);
        if (!twice) text_put(t, &w, (uint32_t)(b->from + i));
    }
}

/* Hash of "left right" by its halves; false when it has none. */
static bool hash_merge(const TextTable *t, Str m, uint64_t *hash) {
    const char *blank = m.n > 2 ? memchr(m.p + 1, ' ', m.n - 1) : NULL;
    if (!blank) return false;
    size_t left = (size_t)(blank - m.p);
    *hash = text_hash_pair(text_hash(t->key, m.p, left),
                           text_hash(t->key, blank + 1, m.n - left - 1));
    return true;
}

/* An empty spelling is never found in text. */
static bool hash_token(const TextTable *t, Str s, uint64_t *hash) {
    *hash = text_hash(t->key, s.p, s.n);
    return s.n > 0;
}

/* All rows of one table, tokens by their spelling or merges by their halves. */
static Status index_texts(TextTable *t, const Str *texts, size_t n_texts, bool merges, Err *err) {
    Batch b;
    TRY(text_table_init(t, n_texts, err));
    for (b.from = 0; b.from < n_texts; b.from += BATCH) {
        b.n = n_texts - b.from < BATCH ? n_texts - b.from : BATCH;
        for (size_t i = 0; i < b.n; i++) {
            Str s = texts[b.from + i];
            b.wanted[i] = merges ? hash_merge(t, s, &b.hashes[i]) : hash_token(t, s, &b.hashes[i]);
            if (b.wanted[i]) PREFETCH(&t->slots[b.hashes[i] & t->mask]);
        }
        index_batch(t, texts, &b);
    }
    return OK;
}

static Status index_tokens(Vocab *v, Err *err) {
    for (size_t i = 0; i < v->n_tokens; i++) {
        size_t n = v->tokens[i].n;
        if (n > VOCAB_TOKEN_BYTES_MAX) {
            return err_set(err, E_CORRUPT, "token %zu is %zu bytes long", i, n);
        }
        if (n > v->longest_bytes) v->longest_bytes = n;
    }
    return index_texts(&v->by_text, v->tokens, v->n_tokens, false, err);
}

/* Which lengths special tokens have, by their first byte; 0 is no length. */
static void note_specials(Vocab *v) {
    assert(v->types && v->by_text.slots); /* find_ends() has made controls of some */
    for (size_t i = 0; i < v->n_tokens; i++) {
        Str s = v->tokens[i];
        bool special = v->types[i] == TOKEN_CONTROL || v->types[i] == TOKEN_USER ||
                       v->types[i] == TOKEN_UNKNOWN;
        if (!special || s.n == 0 || s.n > SPECIAL_BYTES_MAX) continue;
        v->special_lengths[(unsigned char)s.p[0]] |= length_bit(s.n);
    }
}

/* The rows of <0x00> to <0xFF>; has_bytes only when all are there. */
static void note_bytes(Vocab *v) {
    v->has_bytes = true;
    for (int b = 0; b < 256; b++) {
        static const char hex[] = "0123456789ABCDEF";
        char s[6] = {'<', '0', 'x', hex[b >> 4], hex[b & 15], '>'};
        v->byte_ids[b] = vocab_row(v, s, sizeof s);
        if (v->byte_ids[b] < 0) v->has_bytes = false;
    }
}

/* For kinds that try every length at a place: which lengths occur, by the first four bytes. */
static Status note_lengths(Vocab *v, Err *err) {
    if (v->kind != KIND_UNIGRAM && v->kind != KIND_WORDPIECE) return OK;
    v->lengths = mem_zalloc_n(LENGTH_MASK_SLOTS, sizeof *v->lengths);
    if (!v->lengths) return err_no_memory(err, "a vocabulary");
    double lowest = 0;
    for (size_t i = 0; i < v->n_tokens; i++) {
        Str s = v->tokens[i];
        if (s.n >= 4) v->lengths[length_slot(s.p)] |= length_bit(s.n);
        if (v->types[i] == TOKEN_NORMAL && v->scores && v->scores[i] < lowest) {
            lowest = v->scores[i];
        }
        if (s.n > 3 && s.p[0] == '#' && s.p[1] == '#') v->hash_hash = true;
    }
    v->unk_score = lowest - 10; /* SentencePiece's kUnkPenalty */
    if (v->kind == KIND_WORDPIECE && v->hash_hash) {
        v->hash_hash = vocab_find(v, STR(ESCAPED_SPACE "the")) < 0;
    }
    return OK;
}

static Status take_list(const VocabSpec *spec, const Str *from, size_t n, const Str **out,
                        Err *err) {
    *out = from;
    if (spec->gives) return OK;
    Str *copy = mem_alloc_n(n, sizeof(Str));
    if (copy && n) memcpy(copy, from, n * sizeof(Str));
    *out = copy;
    return copy ? OK : err_no_memory(err, "a vocabulary");
}

static Status take_tokens(Vocab *v, const VocabSpec *spec, Err *err) {
    TRY(take_list(spec, spec->tokens, spec->n_tokens, &v->tokens, err));
    v->n_tokens = spec->n_tokens;
    v->types = mem_alloc_n(v->n_tokens, 1);
    if (!v->types) return err_no_memory(err, "a vocabulary");
    TRY(take_types(v, spec, err));
    TRY(take_scores(v, spec, err));
    return index_tokens(v, err);
}

static Status take_merges(Vocab *v, const VocabSpec *spec, Err *err) {
    if (v->kind != KIND_BPE) return OK;
    TRY(take_list(spec, spec->merges, spec->n_merges, &v->merges, err));
    v->n_merges = spec->n_merges;
    return index_texts(&v->by_pair, v->merges, v->n_merges, true, err);
}

/* Tokens and merges have nothing to do with each other until both are there. */
typedef struct Halves {
    Vocab *v;
    const VocabSpec *spec;
    Status status[2];
    Err err[2];
} Halves;

static void take_half(void *user, int thread, int n_threads) {
    Halves *h = user;
    for (int i = thread; i < 2; i += n_threads) {
        h->status[i] = (i == 0 ? take_tokens : take_merges)(h->v, h->spec, &h->err[i]);
    }
}

static Status take_both(Vocab *v, const VocabSpec *spec, Err *err) {
    Halves h = {.v = v, .spec = spec};
    if (spec->pool) {
        pool_run(spec->pool, take_half, &h);
    } else {
        take_half(&h, 0, 1);
    }
    for (int i = 0; i < 2; i++) {
        if (h.status[i] == OK) continue;
        if (err) *err = h.err[i];
        return h.status[i];
    }
    return OK;
}

static Status fill(Vocab *v, const VocabSpec *spec, Err *err) {
    TRY(set_kind(v, spec, err));
    TRY(take_both(v, spec, err));
    TRY(take_ids(v, spec, err));
    TRY(find_ends(v, spec, err));
    note_specials(v);
    note_bytes(v);
    TRY(note_lengths(v, err));
    return charsmap_take(v, spec, err);
}

Status vocab_new(const VocabSpec *spec, Vocab **out, Err *err) {
    *out = NULL;
    if (spec->n_tokens == 0) return err_set(err, E_CORRUPT, "the vocabulary has no tokens");
    if (spec->n_tokens > VOCAB_TOKENS_MAX || spec->n_merges > VOCAB_MERGES_MAX) {
        return err_set(err, E_LIMIT, "a vocabulary of %zu tokens and %zu merges is too large",
                       spec->n_tokens, spec->n_merges);
    }
    Vocab *v = mem_zalloc(sizeof *v);
    if (!v) return err_no_memory(err, "a vocabulary");
    Status status = fill(v, spec, err);
    if (status != OK) {
        if (spec->gives) v->tokens = v->merges = NULL;
        vocab_free(v);
        return status;
    }
    assert(v->unk >= 0 || (v->kind != KIND_UNIGRAM && v->kind != KIND_WORDPIECE));
    *out = v;
    return OK;
}

void vocab_free(Vocab *v) {
    if (!v) return;
    mem_free((void *)(uintptr_t)v->tokens);
    mem_free(v->scores);
    mem_free(v->types);
    mem_free((void *)(uintptr_t)v->merges);
    mem_free(v->ends);
    mem_free(v->lengths);
    text_table_fini(&v->by_text);
    text_table_fini(&v->by_pair);
    mem_free(v);
}

/* ---- questions ---- */

size_t vocab_size(const Vocab *v) {
    return v->n_tokens;
}

Str vocab_spelling(const Vocab *v, int32_t id) {
    return vocab_has_id(v, id) ? v->tokens[id] : STR("");
}

int32_t vocab_find(const Vocab *v, Str spelling) {
    return spelling.n ? vocab_row(v, spelling.p, spelling.n) : VOCAB_NONE;
}

TokenType vocab_type(const Vocab *v, int32_t id) {
    return vocab_has_id(v, id) ? (TokenType)v->types[id] : TOKEN_UNUSED;
}

bool vocab_is_special(const Vocab *v, int32_t id) {
    TokenType type = vocab_type(v, id);
    return type == TOKEN_CONTROL || type == TOKEN_UNKNOWN;
}

bool vocab_is_end(const Vocab *v, int32_t id) {
    return is_end(v, id);
}

int32_t vocab_bos(const Vocab *v) { return v->bos; }
int32_t vocab_eos(const Vocab *v) { return v->eos; }
bool vocab_adds_bos(const Vocab *v) { return v->add_bos; }

/* ---- lists of ids ---- */

void token_list_init(TokenList *list, size_t max_tokens) {
    *list = (TokenList){.max = max_tokens};
}

void token_list_fini(TokenList *list) {
    mem_free(list->ids);
    *list = (TokenList){0};
}

Status token_list_add(TokenList *list, int32_t id, Err *err) {
    if (UNLIKELY(list->n >= list->max)) {
        return err_set(err, E_LIMIT, "the text has more than %zu tokens", list->max);
    }
    if (list->n == list->cap) {
        TRY(mem_grow((void **)&list->ids, &list->cap, list->n + 1, sizeof *list->ids, list->max,
                     err));
    }
    list->ids[list->n++] = id;
    return OK;
}
