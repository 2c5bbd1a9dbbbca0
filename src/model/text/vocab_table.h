/*
 * A hash index over texts that somebody else owns: "which row has this spelling?".
 *
 * Opening a model must cost milliseconds although it has a quarter of a million tokens, so a row is
 * one 8-byte word in an open-addressing table and nothing is allocated per token. A word holds 32
 * bits of the hash and the row's number plus one (0: empty). Probing is linear at a load of at most
 * 2/3; a text is looked at only when the 32 bits agree.
 *
 * The hash multiplies 8 bytes at a time into a 128-bit product and folds it (the scheme of wyhash
 * and its kin). It is keyed with a number drawn once per process, so that a model file cannot be
 * made whose tokens all fall on one place.
 */
#ifndef HEARTH_MODEL_TEXT_VOCAB_TABLE_H
#define HEARTH_MODEL_TEXT_VOCAB_TABLE_H

#include "base/text.h"

/* The index alone: who asks has the texts and compares them. */
typedef struct TextTable {
    uint64_t *slots;
    size_t mask; /* slots - 1 */
    uint64_t key;
} TextTable;

/* Room for n_rows rows. */
Status text_table_init(TextTable *table, size_t n_rows, Err *err) WARN_UNUSED;
/* Frees the slots. The texts are somebody else's. */
void text_table_fini(TextTable *table);

/* The 128-bit product, its halves combined: every bit of a and b reaches every bit of the
   result. */
static inline uint64_t text_fold(uint64_t a, uint64_t b) {
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Eight, or four, bytes from any address. */
static inline uint64_t text_load8(const char *p) {
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

static inline uint64_t text_load4(const char *p) {
    uint32_t v;
    memcpy(&v, p, 4);
    return v;
}

/* Up to 7 bytes as one number; together with the length it determines them. */
static inline uint64_t text_load_short(const char *p, size_t n) {
    if (n >= 4) return text_load4(p) | text_load4(p + n - 4) << 32;
    if (n == 0) return 0;
    return (uint64_t)(unsigned char)p[0] | (uint64_t)(unsigned char)p[n / 2] << 8 |
           (uint64_t)(unsigned char)p[n - 1] << 16;
}

/* Whole words of 8 bytes, then the last 8 of the text, which may overlap them: no byte past the
   text is read. */
static inline uint64_t text_hash(uint64_t key, const char *p, size_t n) {
    const uint64_t k1 = 0x9E3779B97F4A7C15u, k2 = 0xD6E8FEB86659FD93u;
    uint64_t h = key ^ (n * k1);
    if (n < 8) return text_fold(h ^ text_load_short(p, n), k2);
    size_t at = 0;
    for (; at + 8 < n; at += 8) h = text_fold(h ^ text_load8(p + at), k1);
    return text_fold(h ^ text_load8(p + n - 8), k2);
}

/* Hash of a pair, from the hashes of its halves. */
static inline uint64_t text_hash_pair(uint64_t left, uint64_t right) {
    return text_fold(left + 0x8CB92BA72F3D8DD7u, right ^ 0x9E3779B97F4A7C15u);
}

/* Walk of one probe sequence:
     for (TextProbe w = text_probe(t, hash); text_next(t, &w);) look at row w.row */
typedef struct TextProbe {
    size_t at;
    uint32_t tag;
    uint32_t row;
} TextProbe;

/* The place where the hash falls; the upper 32 bits are the tag that slots are compared by. */
static inline TextProbe text_probe(const TextTable *t, uint64_t hash) {
    return (TextProbe){(size_t)hash & t->mask, (uint32_t)(hash >> 32), 0};
}

/* false at the end of the sequence: w->at is then the empty place. */
static inline bool text_next(const TextTable *t, TextProbe *w) {
    for (;;) {
        uint64_t slot = t->slots[w->at];
        if (slot == 0) return false;
        w->at = (w->at + 1) & t->mask;
        if ((uint32_t)(slot >> 32) == w->tag) {
            w->row = (uint32_t)slot - 1;
            return true;
        }
    }
}

/* Puts a row at the empty place where a probe ended. */
static inline void text_put(TextTable *t, const TextProbe *w, uint32_t row) {
    t->slots[w->at] = (uint64_t)w->tag << 32 | (row + 1);
}

#endif
