/*
 * Ids back to text.
 *
 * Byte-level BPE spells bytes in an alphabet of 256 printable letters (radford et al. 2019,
 * openai/gpt-2 encoder.py bytes_to_unicode): bytes that are printable in Latin-1 are themselves,
 * the 68 others are U+0100.. in order. Scored BPE and unigram write a blank as U+2581 and a byte
 * that no token covers as <0xHH>. WordPiece marks the beginning of a word (U+2581, the form in
 * GGUF) or its continuation ("##", the form in vocab.txt).
 *
 * A stream must not show half a character: the bytes of an incomplete UTF-8 sequence at the end are
 * held until the next token completes or breaks it. What is malformed all the same becomes U+FFFD
 * in a stream, so that a door may pass it on as it is; vocab_piece() gives the very bytes.
 */
#include "model/text/vocab_impl.h"

#include <assert.h>

#include "base/plain.h"

const uint16_t byte_letter[256] = {
#define ROW(b) b, b + 1, b + 2, b + 3, b + 4, b + 5, b + 6, b + 7
#define ROW_HIGH(b) ROW(0x100 + (b))
    ROW_HIGH(0), ROW_HIGH(8), ROW_HIGH(16), ROW_HIGH(24),              /* 00-1F: 100.. */
    0x120, 33, 34, 35, 36, 37, 38, 39, ROW(40), ROW(48), ROW(56),      /* 20: 120 */
    ROW(64), ROW(72), ROW(80), ROW(88), ROW(96), ROW(104), ROW(112),
    120, 121, 122, 123, 124, 125, 126, 0x121,                          /* 7F: 121 */
    ROW_HIGH(0x22), ROW_HIGH(0x2A), ROW_HIGH(0x32), ROW_HIGH(0x3A),    /* 80-9F: 122.. */
    0x142, 161, 162, 163, 164, 165, 166, 167,                          /* A0: 142 */
    168, 169, 170, 171, 172, 0x143, 174, 175,                          /* AD: 143 */
    ROW(176), ROW(184), ROW(192), ROW(200), ROW(208), ROW(216), ROW(224), ROW(232), ROW(240),
    ROW(248)
#undef ROW
#undef ROW_HIGH
};

/* -1: no letter of the alphabet */
static int letter_byte(uint32_t code) {
    if ((code >= 33 && code <= 126) || (code >= 161 && code <= 255 && code != 173)) {
        return (int)code;
    }
    if (code >= 0x100 && code <= 0x120) return (int)code - 0x100;
    if (code >= 0x121 && code <= 0x142) return (int)code - 0x121 + 0x7F;
    return code == 0x143 ? 0xAD : -1;
}

static void add_letters(Str s, Buf *out) {
    for (size_t at = 0, width; at < s.n; at += width) {
        int byte = letter_byte(utf8_decode(s, at, &width));
        if (byte >= 0) {
            buf_add_byte(out, (char)byte);
        } else {
            buf_add(out, s.p + at, width);
        }
    }
}

static void add_unescaped(Str s, Buf *out) {
    for (size_t at = 0; at < s.n;) {
        size_t next = str_find(s, STR(ESCAPED_SPACE), at);
        if (next == SIZE_MAX) next = s.n;
        buf_add(out, s.p + at, next - at);
        if (next < s.n) buf_add_byte(out, ' ');
        at = next + (next < s.n ? 3 : 0);
    }
}

void vocab_piece(const Vocab *v, int32_t id, Buf *out) {
    Str s = vocab_spelling(v, id);
    if (s.n == 0) return;
    uint8_t type = v->types[id];
    bool literal = type == TOKEN_CONTROL || type == TOKEN_UNKNOWN;
    if (type == TOKEN_BYTE) { /* spelled <0xHH>: vocab_new saw to it */
        buf_add_byte(out, (char)(plain_hex(s.p[3]) * 16 + plain_hex(s.p[4])));
    } else if (literal || (v->byte_level && type == TOKEN_USER)) {
        buf_add_str(out, s);
    } else if (v->byte_level) {
        add_letters(s, out);
    } else if (v->kind == KIND_WORDPIECE && v->hash_hash) {
        bool inner = str_starts(s, STR("##"));
        if (!inner) buf_add_byte(out, ' ');
        buf_add_str(out, inner ? str_sub(s, 2, s.n) : s);
    } else {
        add_unescaped(s, out);
    }
}

/* ---- streams ---- */

void detok_init(Detokenizer *d, const Vocab *vocab, bool show_special) {
    *d = (Detokenizer){.vocab = vocab, .show_special = show_special};
}

/* How many bytes at the end of s begin a UTF-8 sequence that is not complete. */
static size_t incomplete_tail(Str s) {
    for (size_t back = 1; back <= 3 && back <= s.n; back++) {
        unsigned char b = (unsigned char)s.p[s.n - back];
        if (b < 0x80) return 0;
        if (b >= 0xC0) return b < 0xF8 && lead_bytes((char)b) > back ? back : 0;
    }
    return 0;
}

/* Whether this kind puts a blank in front of a text that is not the text's own. */
static bool blank_in_front(const Vocab *v) {
    return v->kind == KIND_WORDPIECE || (v->kind != KIND_BPE && v->add_space_prefix);
}

/* Adds the text of one token; drops the blank in front of the first. */
static void add_token(Detokenizer *d, int32_t id, Buf *out) {
    bool special = vocab_is_special(d->vocab, id);
    if (special && !d->show_special) return;
    size_t before = out->n;
    vocab_piece(d->vocab, id, out);
    bool drop = !d->started && !special && blank_in_front(d->vocab) && out->n > before &&
                out->p[before] == ' ';
    if (!special) d->started = true;
    if (!drop) return;
    memmove(out->p + before, out->p + before + 1, out->n - before); /* the NUL too */
    out->n--;
}

/* Replaces malformed sequences in out[from..] by U+FFFD. */
static void repair(Buf *out, size_t from) {
    Str fresh = {out->p + from, out->n - from};
    if (out->n == from || utf8_valid(fresh)) return;
    char *copy = mem_dup(fresh.p, fresh.n);
    if (!copy) {
        out->status = E_NO_MEMORY;
        return;
    }
    Str old = {copy, fresh.n};
    out->n = from;
    for (size_t at = 0, width; at < old.n; at += width) utf8_add(out, utf8_decode(old, at, &width));
    mem_free(copy);
}

void detok_push(Detokenizer *d, int32_t id, Buf *out) {
    size_t from = out->n;
    assert(d->vocab && d->n_held < sizeof d->held); /* detok_init */
    buf_add(out, d->held, d->n_held);
    d->n_held = 0;
    add_token(d, id, out);
    if (out->status != OK) return;
    Str fresh = {out->p + from, out->n - from};
    size_t tail = fresh.n ? incomplete_tail(fresh) : 0;
    assert(tail < sizeof d->held);
    if (tail) memcpy(d->held, fresh.p + fresh.n - tail, tail);
    d->n_held = tail;
    out->n -= tail;
    if (out->p) out->p[out->n] = 0;
    repair(out, from);
}

void detok_flush(Detokenizer *d, Buf *out) {
    if (d->n_held) utf8_add(out, UTF8_REPLACEMENT);
    d->n_held = 0;
    d->started = false;
}
