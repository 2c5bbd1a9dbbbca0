/*
 * What the files of the vocabulary share. Nobody outside model/text/vocab*.c includes this.
 *
 * Threads: everything in Vocab is written by vocab_new() and only read afterwards.
 */
#ifndef HEARTH_MODEL_TEXT_VOCAB_IMPL_H
#define HEARTH_MODEL_TEXT_VOCAB_IMPL_H

#include "base/mem.h"
#include "base/utf8.h"
#include "model/text/vocab.h"
#include "model/text/vocab_pre.h"
#include "model/text/vocab_table.h"

#define ESCAPED_SPACE "\xE2\x96\x81" /* U+2581 */

/* One encoder each; GGUF's names for them are gpt2, llama, t5, bert. */
typedef enum VocabKind { KIND_BPE, KIND_SPM, KIND_UNIGRAM, KIND_WORDPIECE } VocabKind;

enum {
    LENGTH_MASK_SLOTS = 1 << 15,
    LENGTH_TOP = 63,          /* bit 63 of a length mask: this length or more */
    SPECIAL_BYTES_MAX = 256,  /* longer special tokens are never found in text */
};

struct Vocab {
    VocabKind kind;
    const PreRule *pre; /* BPE only */
    const Str *tokens;
    size_t n_tokens;
    float *scores;  /* NULL: none in the file */
    uint8_t *types; /* TokenType */
    TextTable by_text;
    size_t longest_bytes;

    const Str *merges;
    size_t n_merges;
    TextTable by_pair;

    int32_t bos, eos, unk, sep, pad, mask;
    int32_t *ends;
    size_t n_ends;
    bool add_bos, add_eos, add_sep;
    bool add_space_prefix, remove_extra_spaces, escape_spaces, space_as_suffix;
    bool lowercase, strip_accents;
    bool ignore_merges;  /* a word that is a token is that token */
    bool byte_level;     /* tokens are spelled in GPT-2's alphabet of bytes */
    bool has_bytes;      /* all 256 <0xHH> are there */
    bool hash_hash;      /* WordPiece: inner pieces begin with "##", else words with U+2581 */
    int32_t byte_ids[256];

    uint64_t special_lengths[256]; /* by first byte: bit n: a special token of n bytes */
    uint64_t *lengths; /* unigram, WordPiece: by hash of the first 4 bytes: lengths of tokens */
    double unk_score;

    Str charsmap_units, charsmap_texts; /* SentencePiece: double array, replacement texts */
    VocabCodeMap code_map;
};

/* Is it the number of a token? */
static inline bool vocab_has_id(const Vocab *v, int32_t id) {
    return id >= 0 && (size_t)id < v->n_tokens;
}

/* Row of a spelling, or VOCAB_NONE. */
static inline int32_t vocab_row(const Vocab *v, const char *p, size_t n) {
    for (TextProbe w = text_probe(&v->by_text, text_hash(v->by_text.key, p, n));
         text_next(&v->by_text, &w);) {
        Str token = v->tokens[w.row];
        if (token.n == n && memcmp(token.p, p, n) == 0) return (int32_t)w.row;
    }
    return VOCAB_NONE;
}

/* The same for tokens that ordinary text may become: neither control, unknown nor byte. */
static inline int32_t vocab_text_row(const Vocab *v, const char *p, size_t n) {
    int32_t id = vocab_row(v, p, n);
    if (id < 0) return id;
    uint8_t type = v->types[id];
    return type == TOKEN_CONTROL || type == TOKEN_UNKNOWN || type == TOKEN_BYTE ? VOCAB_NONE : id;
}

_Static_assert(LENGTH_MASK_SLOTS == 1 << (32 - 17), "what length_slot() leaves of 32 bits");

/* By the first four bytes, multiplied by 2^32 / golden ratio (Knuth, TAOCP 3, 6.4); the top 15
   bits. */
static inline size_t length_slot(const char *p) {
    uint32_t v;
    memcpy(&v, p, 4);
    return v * 2654435761u >> 17;
}

/* Lengths of 63 and more share a bit. */
static inline uint64_t length_bit(size_t n) {
    return (uint64_t)1 << (n < LENGTH_TOP ? n : LENGTH_TOP);
}

/* Which lengths tokens that begin like p[0..n) may have: bit k for k bytes. Never misses one. */
static inline uint64_t length_mask(const Vocab *v, const char *p, size_t n) {
    return n >= 4 ? v->lengths[length_slot(p)] | 0xE : 0xE;
}

/* UTF-8 length that a lead byte announces; 1 for bytes that lead nothing. */
static inline size_t lead_bytes(char lead) {
    unsigned char b = (unsigned char)lead;
    return b < 0xC0 ? 1 : b < 0xE0 ? 2 : b < 0xF0 ? 3 : b < 0xF8 ? 4 : 1;
}

/* Bytes of the letter at `at`, before the text's end: no more than are left. */
static inline size_t letter_bytes(Str text, size_t at) {
    size_t width = lead_bytes(text.p[at]), left = text.n - at;
    return width < left ? width : left;
}

/* One encoder per kind: appends the ids of one stretch of plain text. E_LIMIT: out is full;
   E_NO_MEMORY. Time O(n log n) for any text. */
Status bpe_encode(const Vocab *v, Str text, TokenList *out, Err *err) WARN_UNUSED;
/* Scored BPE. `first`: nothing or a special token stands before the text, so that a blank is put in
   front where the model wants one. */
Status spm_encode(const Vocab *v, Str text, bool first, TokenList *out, Err *err) WARN_UNUSED;
/* The most probable split by Viterbi. */
Status unigram_encode(const Vocab *v, Str text, TokenList *out, Err *err) WARN_UNUSED;
/* Words, each by the longest piece that fits, from the left; unk for a word that has none. */
Status wordpiece_encode(const Vocab *v, Str text, TokenList *out, Err *err) WARN_UNUSED;

/* Ids of a text that is no token: its bytes, or unk where there are no byte tokens. */
Status vocab_add_bytes(const Vocab *v, Str text, TokenList *out, Err *err) WARN_UNUSED;

/* What stands in text is replaced by `with`. */
typedef struct Mapped {
    Str with;
    size_t taken; /* bytes of the text that `with` stands for */
    char bytes[256 * UTF8_MAX_BYTES]; /* may hold `with` */
} Mapped;

/* Checks the character maps of the spec and keeps views of them. */
Status charsmap_take(Vocab *v, const VocabSpec *spec, Err *err) WARN_UNUSED;
/* Longest replacement at text[at..]; false when there is none. */
bool charsmap_match(const Vocab *v, Str text, size_t at, Mapped *out);

/* GPT-2's alphabet: byte -> code point (33..126, 161..172, 174..255 are themselves). */
extern const uint16_t byte_letter[256];

#endif
