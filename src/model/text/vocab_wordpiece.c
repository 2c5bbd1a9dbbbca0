/*
 * WordPiece as BERT uses it: words first, then in each word, from the left, the longest token that
 * fits; a word that cannot be covered so is one unknown token.
 *
 * Words (BERT's basic tokenizer): control characters, U+0000 and U+FFFD vanish, white space
 * separates, every punctuation mark and every Han ideograph is a word of its own. An uncased model
 * first takes accents off (decompose, drop nonspacing marks) and writes small letters.
 *
 * A token that continues a word is spelled "##ing" in vocab.txt; the form in GGUF turns it round
 * and marks the beginning, U+2581 "ing" against "ing". Both are understood;
 * vocab_new finds out which.
 *
 * Limits: a word of more than WORD_CHARS characters is unknown, as in the original; so a word costs
 * at most WORD_CHARS times the lengths that occur, and time is linear in the text.
 *
 * Sources: Devlin et al. 2018; google-research/bert tokenization.py; HF tokenizers
 * normalizers/bert.rs, whose ranges of ideographs are used (one differs from the original's).
 */
#include "model/text/vocab_impl.h"

#include <assert.h>

enum { WORD_CHARS = 100, WORD_BYTES = WORD_CHARS * UTF8_MAX_BYTES, MARK_BYTES = 3 };
_Static_assert(sizeof ESCAPED_SPACE - 1 <= MARK_BYTES, "either mark fits");

typedef struct Word {
    char bytes[WORD_BYTES];
    size_t n, chars; /* chars goes on counting above WORD_CHARS, bytes do not */
} Word;

static bool is_ideograph(uint32_t c) {
    return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
           (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
           (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
           (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

static bool is_mark_alone(uint32_t c) {
    if (c < 0x80) {
        return (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) ||
               (c >= 123 && c <= 126);
    }
    return is_ideograph(c) || unicode_class(c) == UC_PUNCTUATION;
}

static bool is_dropped(uint32_t c) {
    if (c < 0x80) return c < ' ' || c == 127;
    return c == UTF8_REPLACEMENT || unicode_class(c) == UC_CONTROL;
}

/* The longest token that `s` begins with; 0 when none. */
static size_t longest_piece(const Vocab *v, const char *s, size_t n, size_t least, int32_t *id) {
    uint64_t lengths = length_mask(v, s, n);
    for (size_t k = n < v->longest_bytes ? n : v->longest_bytes; k > least; k--) {
        if (!(lengths & length_bit(k))) continue;
        *id = vocab_text_row(v, s, k);
        if (*id >= 0) return k;
    }
    return 0;
}

static Status add_word(const Vocab *v, const Word *word, TokenList *out, Err *err) {
    if (word->n == 0) return OK;
    Str first = v->hash_hash ? STR("") : STR(ESCAPED_SPACE);
    Str inner = v->hash_hash ? STR("##") : STR("");
    char s[WORD_BYTES + MARK_BYTES];
    size_t before = out->n;
    for (size_t at = 0; at < word->n && word->chars <= WORD_CHARS;) {
        Str mark = at == 0 ? first : inner;
        memcpy(s, mark.p, mark.n);
        memcpy(s + mark.n, word->bytes + at, word->n - at);
        int32_t id = VOCAB_NONE;
        size_t taken = longest_piece(v, s, mark.n + word->n - at, mark.n, &id);
        if (taken == 0) {
            out->n = before;
            return token_list_add(out, v->unk, err);
        }
        TRY(token_list_add(out, id, err));
        assert(mark.n < taken && taken <= mark.n + word->n - at);
        at += taken - mark.n;
    }
    return out->n > before ? OK : token_list_add(out, v->unk, err);
}

static void add_char(Word *word, uint32_t code) {
    if (++word->chars > WORD_CHARS) return;
    assert(word->n + UTF8_MAX_BYTES <= WORD_BYTES);
    word->n += utf8_encode(code, word->bytes + word->n);
}

static Status end_word(const Vocab *v, Word *word, TokenList *out, Err *err) {
    Status status = add_word(v, word, out, err);
    word->n = word->chars = 0;
    return status;
}

static Status encode_normal(const Vocab *v, Str text, TokenList *out, Err *err) {
    Word word = {.n = 0};
    for (size_t at = 0, width; at < text.n; at += width) {
        uint32_t c = utf8_decode(text, at, &width);
        if (unicode_is_space(c)) {
            TRY(end_word(v, &word, out, err));
            continue;
        }
        if (is_dropped(c)) continue;
        if (v->strip_accents && c >= 0x80 && strcmp(unicode_category(c), "Mn") == 0) continue;
        if (v->lowercase) c = unicode_lower(c);
        bool alone = is_mark_alone(c);
        if (alone) TRY(end_word(v, &word, out, err));
        add_char(&word, c);
        if (alone) TRY(end_word(v, &word, out, err));
    }
    return end_word(v, &word, out, err);
}

Status wordpiece_encode(const Vocab *v, Str text, TokenList *out, Err *err) {
    if (!v->strip_accents) return encode_normal(v, text, out, err);
    Buf normal;
    buf_init(&normal, (size_t)VOCAB_TEXT_MAX * 4);
    Status status = unicode_normalize(text, UNICODE_NFD, false, &normal, err);
    if (status == OK) status = encode_normal(v, buf_str(&normal), out, err);
    buf_fini(&normal);
    return status;
}
