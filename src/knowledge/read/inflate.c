/*
 * The body of inflate.h: DEFLATE in its zlib wrapping.
 *
 * A stream is blocks; a block is stored bytes, or symbols in one of two Huffman codes. Symbols
 * below 256 are bytes, 256 ends the block, those above are copies of what came before: so many
 * bytes, from so far back. Bits come from the lowest of each byte upwards, codes with their first
 * bit first. A code is kept in two shapes: a table by the next FAST_BITS bits that gives symbol and
 * length at once, and, for longer codes, the numbers of codes of each length, by which a code is
 * found bit by bit (codes of one length are consecutive numbers, RFC 1951, 3.2.2).
 *
 * Damaged: an unknown block, a code that no symbol has, a copy from before the beginning, the end
 * of input inside a block. zlib's library is not used: this is all that a PDF takes of it, and one
 * library less stands behind the walls.
 *
 * Limits: the ceiling of the output; each pass of a loop takes a bit or ends. Source: RFC 1950 and
 * 1951.
 */
#include "knowledge/read/inflate.h"

#include <assert.h>

enum { FAST_BITS = 10, CODE_BITS = 15, LITERALS = 288, DISTANCES = 30, END = 256 };

typedef struct Huffman {
    uint16_t fast[1 << FAST_BITS]; /* symbol << 4 | length; 0: longer, or none */
    uint16_t count[CODE_BITS + 1]; /* codes of each length */
    uint16_t symbol[LITERALS];     /* by length, then by number */
} Huffman;

typedef struct Bits {
    Str in;
    size_t at;
    uint64_t held;
    unsigned n; /* bits in held */
    bool over;  /* more was asked for than there is */
} Bits;

/* At least `n` bits in held, zeros behind the end of the input. */
static void need(Bits *b, unsigned n) {
    while (b->n < n) {
        if (b->at < b->in.n) b->held |= (uint64_t)(unsigned char)b->in.p[b->at] << b->n;
        b->at++;
        b->n += 8;
    }
}

static void drop(Bits *b, unsigned n) {
    assert(n <= b->n);
    b->held >>= n;
    b->n -= n;
    if (b->at > b->in.n + 16) b->over = true;
}

static unsigned take(Bits *b, unsigned n) {
    need(b, n);
    unsigned value = (unsigned)(b->held & ((UINT64_C(1) << n) - 1));
    drop(b, n);
    return value;
}

/* false: more codes than their lengths have room for. Fewer are fine: a code of one symbol. */
static bool build(Huffman *h, const uint8_t *length, unsigned n) {
    uint16_t at[CODE_BITS + 2] = {0}, next[CODE_BITS + 2] = {0};
    assert(n <= LITERALS);
    *h = (Huffman){0};
    for (unsigned i = 0; i < n; i++) h->count[length[i]]++;
    h->count[0] = 0;
    int left = 1;
    for (unsigned k = 1; k <= CODE_BITS; k++) {
        left = left * 2 - h->count[k];
        if (left < 0) return false;
        at[k + 1] = (uint16_t)(at[k] + h->count[k]);
        next[k + 1] = (uint16_t)((next[k] + h->count[k]) << 1);
    }
    for (unsigned i = 0; i < n; i++) {
        unsigned k = length[i];
        if (!k) continue;
        h->symbol[at[k]++] = (uint16_t)i;
        unsigned code = next[k]++, turned = 0;
        if (k > FAST_BITS) continue;
        for (unsigned bit = 0; bit < k; bit++) turned |= (code >> bit & 1) << (k - 1 - bit);
        for (; turned < 1U << FAST_BITS; turned += 1U << k) {
            h->fast[turned] = (uint16_t)(i << 4 | k);
        }
    }
    return true;
}

/* -1: no symbol has this code. */
static int decode(Bits *b, const Huffman *h) {
    need(b, CODE_BITS);
    unsigned found = h->fast[b->held & ((1U << FAST_BITS) - 1)];
    if (found) {
        drop(b, found & 15);
        return (int)(found >> 4);
    }
    unsigned code = 0, first = 0, index = 0;
    for (unsigned k = 1; k <= CODE_BITS; k++) {
        code |= (unsigned)(b->held >> (k - 1)) & 1;
        unsigned count = h->count[k];
        if (code < first + count) {
            drop(b, k);
            return h->symbol[index + code - first];
        }
        index += count;
        first = (first + count) << 1;
        code <<= 1;
    }
    return -1;
}

static bool stored(Bits *b, Buf *out) {
    drop(b, b->n % 8);
    unsigned n = take(b, 16);
    (void)take(b, 16); /* its complement */
    for (; n && b->n && !b->over; n--) buf_add_byte(out, (char)take(b, 8));
    size_t left = b->at < b->in.n ? b->in.n - b->at : 0;
    if (n > left) return false;
    buf_add(out, b->in.p + b->at, n);
    b->at += n;
    return true;
}

/* The bytes may overlap what they are copied to: each is read when it is there. */
static bool copy(Bits *b, const Huffman *distances, unsigned symbol, size_t begin, Buf *out) {
    static const uint16_t base[] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                    31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
    static const uint8_t more[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                   2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    unsigned i = symbol - END - 1;
    if (i >= ARRAY_LEN(base)) return false;
    unsigned n = base[i] + take(b, more[i]);
    int d = decode(b, distances);
    if (d < 0 || d >= DISTANCES) return false;
    unsigned extra = d < 2 ? 0 : (unsigned)d / 2 - 1;
    size_t back = d < 2 ? (size_t)d + 1 : (size_t)((2U + ((unsigned)d & 1)) << extra) + 1;
    back += take(b, extra);
    if (back > out->n - begin) return false;
    char *to = buf_reserve(out, n);
    if (!to) return false;
    for (unsigned k = 0; k < n; k++) to[k] = to[(ptrdiff_t)k - (ptrdiff_t)back];
    out->n += n;
    return true;
}

static bool symbols(Bits *b, const Huffman *literals, const Huffman *distances, size_t begin,
                    Buf *out) {
    while (!b->over && out->status == OK) {
        int symbol = decode(b, literals);
        if (symbol < 0) return false;
        if (symbol == END) return true;
        if (symbol < END) buf_add_byte(out, (char)symbol);
        else if (!copy(b, distances, (unsigned)symbol, begin, out)) return false;
    }
    return false;
}

/* The codes of a block that brings its own: lengths, themselves in a code. */
static bool read_codes(Bits *b, Huffman *literals, Huffman *distances) {
    static const uint8_t order[19] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                      11, 4,  12, 3, 13, 2, 14, 1, 15};
    uint8_t length[LITERALS + 32] = {0};
    unsigned n = take(b, 5) + 257, m = take(b, 5) + 1, k = take(b, 4) + 4;
    if (n > LITERALS) return false;
    for (unsigned i = 0; i < k; i++) length[order[i]] = (uint8_t)take(b, 3);
    if (!build(literals, length, 19)) return false;
    memset(length, 0, sizeof length);
    for (unsigned i = 0; i < n + m;) {
        int symbol = decode(b, literals);
        if (symbol < 0 || symbol > 18 || b->over) return false;
        unsigned times = symbol < 16    ? 1
                         : symbol == 16 ? 3 + take(b, 2)
                         : symbol == 17 ? 3 + take(b, 3)
                                        : 11 + take(b, 7);
        if (i + times > n + m || (symbol == 16 && i == 0)) return false;
        uint8_t value = symbol < 16 ? (uint8_t)symbol : symbol == 16 ? length[i - 1] : 0;
        while (times--) length[i++] = value;
    }
    return build(literals, length, n) && build(distances, length + n, m);
}

static void fixed_codes(Huffman *literals, Huffman *distances) {
    uint8_t length[LITERALS];
    for (unsigned i = 0; i < LITERALS; i++) length[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    (void)build(literals, length, LITERALS);
    memset(length, 5, DISTANCES);
    (void)build(distances, length, DISTANCES);
}

bool inflate_zlib(Str packed, Buf *out) {
    Huffman literals, distances;
    Bits b = {.in = packed, .at = 2};
    size_t begin = out->n;
    if (packed.n < 3 || (packed.p[0] & 15) != 8 || (packed.p[1] & 32)) return false;
    for (bool last = false; !last;) {
        last = take(&b, 1);
        unsigned kind = take(&b, 2);
        bool good = kind < 3;
        if (kind == 1) fixed_codes(&literals, &distances);
        if (kind == 2) good = read_codes(&b, &literals, &distances);
        if (good) good = kind ? symbols(&b, &literals, &distances, begin, out) : stored(&b, out);
        if (!good || b.over || out->status != OK) return false;
    }
    return true;
}
