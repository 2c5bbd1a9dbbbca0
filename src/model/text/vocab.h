/*
 * The vocabulary of a model: text in, token ids out, and back.
 *
 * Four kinds of tokenizer live behind one handle, because a model file names its kind and nobody
 * above should care:
 *
 *   byte-level BPE  "gpt2"   pre-tokeniser splits words, merges by rank    Qwen, Llama 3, SmolLM2
 *   scored BPE      "llama"  blanks become U+2581, merges by score         Llama 2, Gemma, Phi-3
 *   unigram         "t5"     most probable split (Viterbi) of normal text  XLM-R, e5, T5
 *   WordPiece       "bert"   words, then the longest piece that fits       BERT, BGE, MiniLM
 *
 * The vocabulary is built from a neutral VocabSpec, so that this room never sees a file format;
 * model/vocab_gguf.h fills a spec from a GGUF.
 *
 * A Vocab is immutable once built and may be shared between threads. It borrows the bytes of every
 * token, merge and of the character map from whoever made the spec (normally the mapping of the
 * model file), which must outlive it; the arrays of views themselves are copied, or given away.
 *
 * Limits: VOCAB_TOKENS_MAX tokens, VOCAB_MERGES_MAX merges, VOCAB_TEXT_MAX bytes of text in one
 * call. Time is O(n log n) in the text for every kind, whatever the text and the vocabulary say.
 */
#ifndef HEARTH_MODEL_TEXT_VOCAB_H
#define HEARTH_MODEL_TEXT_VOCAB_H

#include "base/pool.h"
#include "base/text.h"

enum {
    VOCAB_TOKENS_MAX = 1 << 21,
    VOCAB_MERGES_MAX = 1 << 22,
    VOCAB_TOKEN_BYTES_MAX = 1 << 20,
    VOCAB_TEXT_MAX = 256 << 20,
    VOCAB_NONE = -1, /* "no such token" wherever an id is expected */
};

/* The numbers are those of GGUF's tokenizer.ggml.token_type. */
typedef enum TokenType {
    TOKEN_NORMAL = 1,
    TOKEN_UNKNOWN = 2,
    TOKEN_CONTROL = 3, /* <|im_end|>: never text */
    TOKEN_USER = 4,    /* added by hand: matched before anything else */
    TOKEN_UNUSED = 5,
    TOKEN_BYTE = 6, /* <0x0A> */
} TokenType;

/* Three-valued flags of a spec: what the file says, or VOCAB_UNSET for the custom of the kind. */
enum { VOCAB_UNSET = -1, VOCAB_NO = 0, VOCAB_YES = 1 };

/* Replacements of single code points: from[i] becomes to[at[i]] .. to[at[i + 1] - 1]. All three are
   little-endian u32 of any alignment; from ascends strictly, at does not descend. */
typedef struct VocabCodeMap {
    const uint8_t *from, *at, *to;
    size_t n, n_to; /* entries of from (at has one more) and of to */
} VocabCodeMap;

/* Start from vocab_spec_default(), which sets every id to VOCAB_NONE and every flag to UNSET. */
typedef struct VocabSpec {
    Str model; /* "gpt2", "llama", "t5", "bert", "gemma4" */
    Str pre;   /* pre-tokeniser of byte-level BPE: "qwen2", "llama-bpe", ...; may be empty */
    const Str *tokens;
    size_t n_tokens;
    const uint8_t *scores; /* n_tokens little-endian float32, any alignment; NULL: none */
    const uint8_t *types;  /* n_tokens little-endian int32 (TokenType), any alignment; NULL: none */
    const Str *merges;     /* "left right", best first; only for BPE */
    size_t n_merges;
    Str charsmap; /* precompiled normalisation of SentencePiece; may be empty */
    VocabCodeMap code_map; /* the same as a plain list, for files that have it so; may be empty */
    int32_t bos, eos, eot, eom, unk, sep, pad, mask;
    int add_bos, add_eos, add_sep;
    int add_space_prefix, remove_extra_spaces, escape_spaces, space_as_suffix;
    int lowercase, strip_accents; /* WordPiece; accents are stripped by default when lowercase */
    bool gives; /* tokens and merges are of mem_alloc, and the vocabulary's once vocab_new is OK */
    Pool *pool; /* builds with two of its threads; NULL: with the caller alone */
} VocabSpec;

typedef struct Vocab Vocab;

/* An empty spec: every id VOCAB_NONE, every flag VOCAB_UNSET. */
VocabSpec vocab_spec_default(void);

/* E_CORRUPT: the spec contradicts itself (ids out of range, bad character map, no tokens);
   E_UNSUPPORTED: unknown model or pre-tokeniser; E_NO_MEMORY. */
Status vocab_new(const VocabSpec *spec, Vocab **out, Err *err) WARN_UNUSED;
void vocab_free(Vocab *vocab); /* NULL is fine */

/* Tokens; ids are 0 to one less. */
size_t vocab_size(const Vocab *vocab);

/* Ids, growing up to max. */
typedef struct TokenList {
    int32_t *ids;
    size_t n, cap, max;
} TokenList;

/* An empty list that may grow to max_tokens ids; takes no memory yet. */
void token_list_init(TokenList *list, size_t max_tokens);
/* Frees the ids and zeroes the list: it takes no id until it is initialised anew. */
void token_list_fini(TokenList *list);
/* E_LIMIT when max ids are there, E_NO_MEMORY; the list then stays as it was. */
Status token_list_add(TokenList *list, int32_t id, Err *err) WARN_UNUSED;

enum {
    VOCAB_ADD_SPECIAL = 1,   /* BOS/EOS (CLS/SEP) as the model asks */
    VOCAB_PARSE_SPECIAL = 2, /* spellings of control tokens become their ids */
};

/* Appends the ids of text to out. Malformed UTF-8 is text like any other: byte-level kinds keep
   its bytes, the others see U+FFFD. E_LIMIT: text longer than VOCAB_TEXT_MAX or out->max reached
   (what was appended so far stays and means nothing). */
Status vocab_encode(const Vocab *vocab, Str text, unsigned flags, TokenList *out,
                    Err *err) WARN_UNUSED;

/* A prompt made of a template's own words and of somebody's text. */
typedef struct VocabSegment {
    Str text;
    bool trusted; /* spellings of control tokens are parsed only when wholly inside trusted text */
} VocabSegment;

/* Encodes the concatenation: where no untrusted text spells a special token, the ids are those of
   vocab_encode(all, VOCAB_PARSE_SPECIAL). Added tokens of type USER in brackets, such as
   <tool_call>, count as special in untrusted text. */
Status vocab_encode_segments(const Vocab *vocab, const VocabSegment *segments, size_t n_segments,
                             TokenList *out, Err *err) WARN_UNUSED;

/* The bytes for which a token stands in running text are added to out: byte tokens resolved,
   U+2581 as a blank. Control tokens give their spelling. Out of range: nothing. */
void vocab_piece(const Vocab *vocab, int32_t id, Buf *out);
Str vocab_spelling(const Vocab *vocab, int32_t id); /* as the file has it; empty out of range */
int32_t vocab_find(const Vocab *vocab, Str spelling); /* VOCAB_NONE when absent */
TokenType vocab_type(const Vocab *vocab, int32_t id);  /* TOKEN_UNUSED out of range */
bool vocab_is_special(const Vocab *vocab, int32_t id); /* control or unknown: not text */
bool vocab_is_end(const Vocab *vocab, int32_t id);     /* ends a turn: EOS, EOT, <|im_end|>, ... */

/* Ids that the model begins and ends texts with; VOCAB_NONE when it has none. */
int32_t vocab_bos(const Vocab *vocab);
/* End of a text. A turn may end with others too: vocab_is_end(). */
int32_t vocab_eos(const Vocab *vocab);
/* Does VOCAB_ADD_SPECIAL put a BOS in front? Only then is vocab_bos() sure to be an id. */
bool vocab_adds_bos(const Vocab *vocab);

/* Turns ids back into text piece by piece. What is handed out is valid UTF-8 at every moment:
   half a sequence is held back, malformed bytes become U+FFFD. */
typedef struct Detokenizer {
    const Vocab *vocab;
    bool show_special; /* else control tokens say nothing */
    bool started;      /* the blank that scored BPE and unigram put in front has been dropped */
    char held[4];      /* the beginning of a sequence that is not complete yet */
    size_t n_held;
} Detokenizer;

/* At the beginning of a text. The vocabulary is borrowed. */
void detok_init(Detokenizer *d, const Vocab *vocab, bool show_special);
/* Appends to out what is complete with this id; an id out of range says nothing. out keeps its own
   status (buf_check). */
void detok_push(Detokenizer *d, int32_t id, Buf *out);
void detok_flush(Detokenizer *d, Buf *out); /* what is held becomes U+FFFD; ready for a new text */

#endif
