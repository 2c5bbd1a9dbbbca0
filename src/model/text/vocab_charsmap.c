/*
 * The character map of SentencePiece: which sequences of bytes are replaced before splitting.
 *
 * A model carries its normalisation as one blob, "precompiled_charsmap": a little-endian u32 with
 * the size of a trie, the trie, and the replacement texts, each ended by a NUL. The trie is a
 * double array as darts-clone makes it, 32-bit units:
 *
 *     bits 0-7   label of the edge that leads here (with bit 31 clear)
 *     bit  8     a value hangs below this node
 *     bit  9     the offset below is in steps of 256
 *     bits 10-30 offset to the children: child = node ^ offset ^ byte
 *     a value    bit 31 set, the rest: where the replacement begins
 *
 * The longest sequence that has a value wins. The blob is hostile until proven: every unit is looked
 * at only within the array, and a replacement must begin within the texts and end with a NUL there.
 * The blob need not be aligned. A walk takes at most as many steps as there is text, and at most
 * MATCH_MAX (SentencePiece's own maps have at most 18 bytes).
 *
 * Sources: SentencePiece src/normalizer.cc; darts-clone include/darts.h; Kanda 2018 on XOR double
 * arrays.
 */
#include "model/text/vocab_impl.h"

enum { MATCH_MAX = 64 };

static uint32_t load_u32(Str units, size_t i) {
    const unsigned char *p = (const unsigned char *)units.p + 4 * i;
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t unit_offset(uint32_t unit) {
    return (unit >> 10) << ((unit & (1u << 9)) >> 6);
}

Status charsmap_check(Str blob, Str *units, Str *texts, Err *err) {
    *units = *texts = STR("");
    if (blob.n == 0) return OK;
    uint32_t size = blob.n >= 4 ? load_u32(blob, 0) : 0;
    if (blob.n < 4 || size > blob.n - 4 || size % 4 != 0 || size < 4) {
        return err_set(err, E_CORRUPT, "the character map is cut: %zu bytes, trie of %u", blob.n,
                       (unsigned)size);
    }
    *units = str_sub(blob, 4, 4 + (size_t)size);
    *texts = str_sub(blob, 4 + (size_t)size, blob.n);
    if (texts->n && texts->p[texts->n - 1] != 0) {
        return err_set(err, E_CORRUPT, "the character map's last replacement has no end");
    }
    return OK;
}

/* The text at a value, or false when it points nowhere. */
static bool replacement(Str texts, uint32_t value, Str *with) {
    if (value >= texts.n) return false;
    const char *end = memchr(texts.p + value, 0, texts.n - value);
    if (!end) return false;
    *with = (Str){texts.p + value, (size_t)(end - texts.p) - value};
    return true;
}

bool charsmap_match(const Vocab *v, Str text, size_t at, Str *with, size_t *taken) {
    size_t n_units = v->charsmap_units.n / 4;
    if (n_units == 0) return false;
    bool found = false;
    size_t node = unit_offset(load_u32(v->charsmap_units, 0));
    for (size_t i = at; i < text.n && i - at < MATCH_MAX; i++) {
        unsigned char byte = (unsigned char)text.p[i];
        node ^= byte;
        if (byte == 0 || node >= n_units) break;
        uint32_t unit = load_u32(v->charsmap_units, node);
        if ((unit & 0x800000FFu) != byte) break;
        node ^= unit_offset(unit);
        if (!(unit & 0x100)) continue;
        if (node >= n_units) break;
        if (!replacement(v->charsmap_texts, load_u32(v->charsmap_units, node) & 0x7FFFFFFFu, with)) {
            continue;
        }
        found = true;
        *taken = i - at + 1;
    }
    return found;
}
