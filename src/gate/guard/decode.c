/*
 * Text in disguise: runs of base64 (RFC 4648, sections 4 and 5) or of hexadecimal digits that are
 * text when decoded. A model asked to "decode this and do as it says" can; so the guards read it.
 *
 * A run is as many signs of the alphabet as stand in a row; lines of at least LINE_LEAST signs may
 * be broken (mail breaks them at 76). DIGITS_LEAST hexadecimal digits are read as such, else
 * LETTERS_LEAST signs as base64. Bytes count as text when they are UTF-8 without control
 * characters and hold a blank or a Han sign: a picture, a key or a long word decodes to none.
 *
 * Limits: DECODED_MAX bytes of a run are decoded; runs of a text are judged until they have said
 * DECODED_ALL bytes (guard.c), so that harmless ones before it hide none. What is encoded twice,
 * reversed or shifted is not found.
 */
#include <assert.h>

#include "base/utf8.h"
#include "gate/guard/impl.h"
#include "gate/radix.h"

enum { DIGITS_LEAST = 32, LETTERS_LEAST = 24, LINE_LEAST = 60 };

static bool is_sign(char c) { return radix_value(c, 6) >= 0; }

/* Bytes of the line break at `at`. */
static size_t line_break(Str text, size_t at) {
    bool two = at + 1 < text.n && text.p[at] == '\r' && text.p[at + 1] == '\n';
    return two ? 2 : at < text.n && text.p[at] == '\n';
}

typedef struct Run {
    size_t end, signs;
    bool hex; /* all of them are digits */
} Run;

/* Signs of base64 or hexadecimal from `at` on, over line breaks as mail has them (lines of
   LINE_LEAST and more). */
static Run run_from(Str text, size_t at) {
    Run run = {at, 0, true};
    assert(at <= text.n);
    for (size_t line = 0;;) {
        for (line = 0; run.end < text.n && is_sign(text.p[run.end]); run.end++, line++) {
            run.hex = run.hex && radix_value(text.p[run.end], 4) >= 0;
        }
        run.signs += line;
        size_t gap = line >= LINE_LEAST ? line_break(text, run.end) : 0;
        if (!gap || run.end + gap >= text.n || !is_sign(text.p[run.end + gap])) return run;
        run.end += gap;
    }
}

/* Groups of `bits` each; what does not fill a byte at the end is padding. */
static size_t unpack(Str run, bool hex, char out[DECODED_MAX]) {
    const int bits = hex ? 4 : 6;
    uint32_t held = 0;
    int n_held = 0;
    size_t n = 0;
    for (size_t i = 0; i < run.n && n < DECODED_MAX; i++) {
        int value = radix_value(run.p[i], bits);
        if (value < 0) continue;
        held = held << bits | (uint32_t)value;
        n_held += bits;
        if (n_held < 8) continue;
        n_held -= 8;
        out[n++] = (char)(held >> n_held & 0xFF);
    }
    return n;
}

/* UTF-8 without control characters, in several words: bytes drawn at random do not pass. */
static bool is_text(Str bytes) {
    bool parted = false;
    size_t width;
    for (size_t at = 0; at < bytes.n; at += width) {
        uint32_t c;
        bool good = utf8_decode_strict(bytes, at, &c, &width);
        if (!good && at + UTF8_MAX_BYTES > bytes.n && bytes.n == DECODED_MAX) break; /* cut */
        if (!good || c == 0x7F || (c < 0x20 && c != '\n' && c != '\r' && c != '\t')) return false;
        parted = parted || c == ' ' || unicode_is_cjk(c);
    }
    return parted;
}

/* Each run is decoded once, as what its signs allow; 0: none says a text from here on. */
size_t decode_next(Str text, size_t from, GuardSpan *where, char out[DECODED_MAX]) {
    for (size_t at = from; at < text.n;) {
        Run run = run_from(text, at);
        bool hex = run.hex && run.signs >= DIGITS_LEAST;
        *where = (GuardSpan){at, run.end};
        at = run.end + 1;
        if (!hex && run.signs < LETTERS_LEAST) continue;
        size_t n = unpack(str_sub(text, where->start, where->end), hex, out);
        assert(n <= DECODED_MAX && where->end <= text.n);
        if (is_text((Str){out, n})) return n;
    }
    return 0;
}
