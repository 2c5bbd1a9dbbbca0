/*
 * Folding: many spellings of a character become one ASCII byte, and everything else stays as it is.
 *
 *     full-width forms (U+FF01..FF5E), mathematical letters and digits      -> ASCII
 *     digits of other scripts, circled, parenthesised, super- and subscript -> 0..9
 *     Chinese numerals (U+4E00, capital forms, U+3007, those of Suzhou) inside a run of at least
 *       RUN_DIGITS digits of any spelling, if there are three of them, a digit on both sides, or
 *       one of another script or in the capital form; in a code of capitals and digits -> 0..9
 *     Cyrillic and Greek look-alikes beside an ASCII letter or digit        -> that letter
 *     dashes -> '-'    blanks -> ' '    middle dots -> '-'    full stops U+FF0E, U+FF61 -> '.'
 *     zero-width characters, bidi controls, soft hyphens, variation selectors, tags, and combining
 *       marks behind an ASCII byte                                          -> nothing
 *     traditional Han signs                           -> the simplified ones (base/han.h)
 *     escapes of JSON, HTML, URLs, ... (escape.c)     -> the character, folded where it can be
 *
 * The result needs not be valid Unicode for people, only one spelling for the matchers. A folded
 * character is one byte, all others keep their bytes, so the view is never longer than the text.
 * All bytes of a character behind an escape lead back to where the escape begins.
 *
 * The way back is a list of seams: places where the distance between view and text changes. Plain
 * text has one, and where nothing is folded the view is the text itself. What may be is asked
 * of 64 bytes at once (block.h); in most texts of any language that is next to nothing.
 * An offset is found by bisection, and only spans ask for one.
 *
 * A run of Chinese numerals is measured once, at its first numeral, and the verdict holds to its
 * end: time stays linear. A numeral in prose stays a word, because runs of six are rare there, and
 * so does the last sign of a name before a number in digits (U+5F20 U+4E09 13800138000).
 *
 * Source: Unicode 15 code charts (which characters these are), UTS #39 section 4 (the idea of
 * confusables; the short list here is of letters that occur in identifiers).
 */
#include "gate/scan/fold.h"

#include <assert.h>

#include "base/fence.h"
#include "base/han.h"
#include "base/mem.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "gate/scan/escape.h"

enum {
    RUN_DIGITS = 6,
    RUN_NUMERALS = 3,
    LIKE_REACH = 4,
    KEEP = -1,       /* the character stays */
    DROP = -2,       /* it vanishes */
    LIKE = 0x100,    /* a letter's look-alike: only beside ASCII */
    NUMERAL = 0x200, /* a Chinese numeral: only inside a run */
    MARK = 0x400,    /* a combining mark: vanishes behind ASCII */
};

_Static_assert(FOLD_WINDOW <= UINT32_MAX, "places of a window are 32 bits wide");
_Static_assert(KEEP < 0 && DROP < 0 && LIKE > 0xFF && (LIKE & NUMERAL & MARK) == 0, "told by bits");

/* ---- single characters --------------------------------------------------------------------- */

/* Each digit's signs: plain, capital, the telephone's one, old and traditional forms; last, how
   the radio says zero, two, seven and nine. */
static const struct {
    uint16_t code;
    char digit;
} numerals[] = {{0x3007, '0'}, {0x96F6, '0'}, {0x4E00, '1'}, {0x58F9, '1'}, {0x5E7A, '1'},
                {0x5F0C, '1'}, {0x4E8C, '2'}, {0x8D30, '2'}, {0x8CB3, '2'}, {0x5F0D, '2'},
                {0x4E09, '3'}, {0x53C1, '3'}, {0x53C3, '3'}, {0x5F0E, '3'}, {0x56DB, '4'},
                {0x8086, '4'}, {0x4E94, '5'}, {0x4F0D, '5'}, {0x516D, '6'}, {0x9646, '6'},
                {0x9678, '6'}, {0x4E03, '7'}, {0x67D2, '7'}, {0x516B, '8'}, {0x634C, '8'},
                {0x4E5D, '9'}, {0x7396, '9'}, {0x6D1E, '0'}, {0x4E24, '2'}, {0x5169, '2'},
                {0x62D0, '7'}, {0x52FE, '9'}};

/* U+3007 to U+9FFF. Digits of Chinese are only marked: whether one counts is said by its run
   (judge_run). */
static int fold_han(uint32_t c) {
    static const uint16_t ones[] = {0x3021, 0x3220, 0x3280}; /* of Suzhou, in brackets, circled */
    for (size_t i = 0; c < 0x3300 && i < ARRAY_LEN(ones); i++) {
        if (c - ones[i] < 9u) return NUMERAL | ('1' + (int)(c - ones[i]));
    }
    if (c == 0x3164) return DROP; /* Hangul filler */
    for (size_t i = 0; i < ARRAY_LEN(numerals); i++) {
        if (numerals[i].code == c) return NUMERAL | numerals[i].digit;
    }
    return KEEP;
}

/* A bit for the low twelve bits of each numeral: nearly every Han sign is told off by it. */
static void mark_numerals(Fold *fold) {
    for (size_t i = 0; i < ARRAY_LEN(numerals); i++) {
        unsigned low = numerals[i].code & 0xFFF;
        fold->numerals[low >> 3] |= (uint8_t)(1u << (low & 7));
    }
}

/* Tells the block search that a character may begin with these bytes. The group is a guess at what
   spreads the bytes evenly; any would be right. */
static void add_head(Fold *fold, uint32_t code) {
    char bytes[UTF8_MAX_BYTES];
    size_t n = utf8_encode(code, bytes);
    unsigned group = (code >> 6) * 5 % BLOCK_GROUPS;
    for (size_t i = 0; i < n && i < BLOCK_HEAD; i++) {
        block_head_add(&fold->heads, group, (int)i, (unsigned char)bytes[i]);
    }
}

/* Digits of the scripts that number by ten signs in a row (Unicode category Nd). */
static int fold_script_digit(uint32_t c) {
    static const uint32_t zeros[] = {0x660, 0x6F0, 0x7C0,  0x966,  0x9E6,  0xA66,  0xAE6,
                                     0xB66, 0xBE6, 0xC66,  0xCE6,  0xD66,  0xDE6,  0xE50,
                                     0xED0, 0xF20, 0x1040, 0x17E0, 0x1810, 0xA8D0, 0xFF10};
    for (size_t i = 0; i < ARRAY_LEN(zeros); i++) {
        if (c - zeros[i] < 10) return '0' + (int)(c - zeros[i]);
    }
    return KEEP;
}

/* Blocks of enclosed, raised and lowered digits: 1..9 in a row, zero elsewhere. */
static int fold_enclosed(uint32_t c) {
    static const uint32_t ones[] = {0x2160, 0x2170, 0x2460, 0x2474, 0x2488,
                                    0x24F5, 0x2776, 0x2780, 0x278A};
    for (size_t i = 0; i < ARRAY_LEN(ones); i++) {
        if (c - ones[i] < 9) return '1' + (int)(c - ones[i]);
    }
    if (c == 0x24EA || c == 0x24FF || c == 0x1F10B || c == 0x1F10C || c == 0x1F100) return '0';
    if (c == 0x25CB) return NUMERAL | '0'; /* a circle, among numerals */
    if (c == 0x2070 || (c >= 0x2074 && c <= 0x2079)) return '0' + (int)(c - 0x2070);
    if (c >= 0x2080 && c <= 0x2089) return '0' + (int)(c - 0x2080);
    if (c >= 0x24B6 && c <= 0x24CF) return 'A' + (int)(c - 0x24B6);
    if (c >= 0x24D0 && c <= 0x24E9) return 'a' + (int)(c - 0x24D0);
    return KEEP;
}

/* U+2000 to U+22FF without its digits: format characters vanish, blanks and dashes become one. */
static int fold_punctuation(uint32_t c) {
    if ((c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E)) return DROP;
    if ((c >= 0x2060 && c <= 0x206F) || c == 0x20E3) return DROP;
    if (c >= 0x20D0 && c <= 0x20F0) return MARK;
    if ((c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x205F) return ' ';
    if (c == 0x2028 || c == 0x2029) return ' '; /* line and paragraph separators */
    if ((c >= 0x2010 && c <= 0x2015) || c == 0x2043 || c == 0x2212) return '-';
    if (c == 0x2022 || c == 0x2027 || c == 0x2219 || c == 0x22C5) return '-';
    if (c == 0x2018 || c == 0x2019) return '\'';
    if (c == 0x201C || c == 0x201D) return '"';
    if (c == 0x2024) return '.';
    if (c == 0x2044 || c == 0x2215) return '/';
    return KEEP;
}

/* Letters that look like a digit, or like I as Cyrillic's palochka does; KEEP: none. */
static int fold_digit_like(uint32_t c) {
    static const struct {
        uint16_t code;
        char digit;
    } likes[] = {{0x1A7, '2'}, {0x1B7, '3'}, {0x1BC, '5'}, {0x21C, '3'},
                 {0x222, '8'}, {0x4C0, 'I'}, {0x4CF, 'I'}, {0x4E0, '3'}};
    for (size_t i = 0; i < ARRAY_LEN(likes); i++) {
        if (likes[i].code == c) return LIKE | likes[i].digit;
    }
    return KEEP;
}

/* U+0080..07FF: combining marks, Greek, Cyrillic, Arabic digits. */
static int fold_two_bytes(uint32_t c) {
    if (c >= 0x300 && c <= 0x36F) return MARK;
    if (c >= 0x483 && c <= 0x489) return MARK;
    if (c == 0x61C) return DROP;
    switch (c) {
    case 0xA0: return ' ';
    case 0xAD: return DROP;
    case 0xB7: return '-';
    case 0xB2: return '2';
    case 0xB3: return '3';
    case 0xB9: return '1';
    case 0x391: case 0x410: return LIKE | 'A';
    case 0x392: case 0x412: return LIKE | 'B';
    case 0x421: return LIKE | 'C';
    case 0x395: case 0x415: return LIKE | 'E';
    case 0x397: case 0x41D: return LIKE | 'H';
    case 0x399: case 0x406: return LIKE | 'I';
    case 0x408: return LIKE | 'J';
    case 0x39A: case 0x41A: return LIKE | 'K';
    case 0x39C: case 0x41C: return LIKE | 'M';
    case 0x39D: return LIKE | 'N';
    case 0x39F: case 0x41E: return LIKE | 'O';
    case 0x3A1: case 0x420: return LIKE | 'P';
    case 0x405: return LIKE | 'S';
    case 0x3A4: case 0x422: return LIKE | 'T';
    case 0x3A7: case 0x425: return LIKE | 'X';
    case 0x3A5: case 0x4AE: return LIKE | 'Y';
    case 0x396: return LIKE | 'Z';
    case 0x3B1: case 0x430: return LIKE | 'a';
    case 0x441: case 0x3F2: return LIKE | 'c';
    case 0x435: case 0x3B5: return LIKE | 'e';
    case 0x4BB: return LIKE | 'h';
    case 0x456: case 0x3B9: return LIKE | 'i';
    case 0x458: return LIKE | 'j';
    case 0x3BF: case 0x43E: return LIKE | 'o';
    case 0x440: case 0x3C1: return LIKE | 'p';
    case 0x455: return LIKE | 's';
    case 0x443: case 0x3B3: return LIKE | 'y';
    case 0x445: case 0x3C7: return LIKE | 'x';
    case 0x417: case 0x437: return LIKE | '3';
    case 0x431: return LIKE | '6';
    default: return c < 0x500 ? fold_digit_like(c) : fold_script_digit(c);
    }
}

/* From U+10000 on: mathematical letters and digits, emoji digits, tags and variation selectors. */
static int fold_four_bytes(uint32_t c) {
    if (c >= 0x1D7CE && c <= 0x1D7FF) return '0' + (int)((c - 0x1D7CE) % 10);
    if (c >= 0x1FBF0 && c <= 0x1FBF9) return '0' + (int)(c - 0x1FBF0);
    if (c >= 0x1D400 && c <= 0x1D6A3) {
        int i = (int)((c - 0x1D400) % 52);
        return i < 26 ? 'A' + i : 'a' + i - 26;
    }
    if (c >= 0x1F101 && c <= 0x1F10A) return '0' + (int)(c - 0x1F101);
    if (c >= 0x1D173 && c <= 0x1D17A) return DROP;
    if (c >= 0xE0000 && c <= 0xE01EF) return DROP;
    return fold_enclosed(c);
}

/* The byte that a character becomes whatever stands beside it, KEEP, DROP, or one of the bits that
   ask for its neighbours (decide). From U+0080 on. */
static int fold_character(uint32_t c) {
    if (c < 0x800) return fold_two_bytes(c);
    if (c >= 0x3007 && c <= 0x9FFF) return fold_han(c);
    if (c >= 0x10000) return fold_four_bytes(c);
    if (c >= 0xFF01 && c <= 0xFF5E) return (int)(c - 0xFF01) + '!';
    if (c == 0x3000) return ' ';
    if (c - 0x3001 < 6) return KEEP; /* the comma and full stop of Chinese, mostly */
    if (c == 0x30FB || c == 0xFF65) return '-';
    if (c == 0xFF61) return '.';
    if (c == 0xFEFF || (c >= 0xFE00 && c <= 0xFE0F) || c == 0x180E) return DROP;
    if (c == 0xFE63 || c == 0xFE58) return '-';
    if (c == 0xFE6B) return '@';
    if (c == 0xFE52) return '.';
    if (c == 0x2800 || c == 0x1680) return ' ';
    if (c == 0x115F || c == 0x1160 || c == 0xFFA0 || (c >= 0x180B && c <= 0x180F)) return DROP;
    if ((c >= 0x1AB0 && c <= 0x1AFF) || (c >= 0x1DC0 && c <= 0x1DFF)) return MARK;
    if (c >= 0x2000 && c <= 0x22FF) {
        int folded = fold_punctuation(c);
        return folded != KEEP ? folded : fold_enclosed(c);
    }
    if (c >= 0x2460 && c <= 0x2793) return fold_enclosed(c);
    return fold_script_digit(c);
}

static void find_heads(Fold *fold) {
    enum { SIGNS = 0x3000, HAN = 0x4000 };
    for (uint32_t c = SIGNS; c < HAN; c++) {
        if (fold_character(c) != KEEP) add_head(fold, c);
    }
    for (size_t i = 0; i < ARRAY_LEN(numerals); i++) add_head(fold, numerals[i].code);
}

Status fold_init(Fold *fold, Err *err) {
    *fold = (Fold){.blocks = block_best()};
    mark_numerals(fold);
    find_heads(fold);
    fold->bytes = mem_alloc(FOLD_WINDOW);
    fold->seams = mem_alloc_n(FOLD_WINDOW / 2 + 2, sizeof *fold->seams);
    if (fold->bytes && fold->seams) return OK;
    fold_fini(fold);
    return err_no_memory(err, "a scanner's window");
}

void fold_fini(Fold *fold) {
    mem_free(fold->bytes);
    mem_free(fold->seams);
    *fold = (Fold){0};
}

/* ---- the window ---------------------------------------------------------------------------- */

typedef struct Folding {
    Fold *out;
    Str s;
    size_t kept;    /* text before is in the view already */
    uint32_t n;     /* bytes of the view */
    size_t run_end; /* numerals before are judged: */
    bool run_folds; /* as this */
    size_t block;   /* bits are of the text from here on */
    uint64_t bits;
} Folding;

static bool is_code_sign(char c) {
    return plain_is_capital(c) || plain_is_digit(c);
}

/* Copies what was passed over as it is, up to `at`. */
static void keep_until(Folding *f, size_t at) {
    size_t n = at - f->kept;
    assert(at >= f->kept && f->n + n <= FOLD_WINDOW);
    if (!n) return;
    memcpy(f->out->bytes + f->n, f->s.p + f->kept, n);
    f->n += (uint32_t)n;
    f->kept = at;
}

/* The view's next byte is the text's byte `text`. Where the distance is as before nothing is noted:
   that is what makes plain text one seam. */
static void add_seam(Folding *f, size_t text) {
    FoldSeam *seams = f->out->seams, *last = &seams[f->out->n_seams - 1];
    if (last->view == f->n) {
        last->text = (uint32_t)text; /* nothing lies between: the later seam replaces the earlier */
    } else if (text - last->text != f->n - last->view) {
        seams[f->out->n_seams++] = (FoldSeam){f->n, (uint32_t)text};
    }
}

typedef enum RunSign { SIGN_NONE, SIGN_GAP, SIGN_DIGIT, SIGN_FOREIGN, SIGN_NUMERAL } RunSign;

/* The capital numerals that no surname is. */
static bool is_formal(uint32_t c) {
    static const uint16_t signs[] = {0x58F9, 0x8D30, 0x53C1, 0x8086,
                                     0x67D2, 0x634C, 0x7396, 0x3007};
    for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
        if (signs[i] == c) return true;
    }
    return false;
}

/* What one sign is to a run of digits, and its width. Signs that people put between digits are
   gaps; a letter ends the run. */
static RunSign run_sign(Str s, size_t at, size_t *width) {
    unsigned char c = (unsigned char)s.p[at];
    *width = 1;
    if (plain_is_digit(c)) return SIGN_DIGIT;
    if (c < 0x80) return c && strchr(" -*_.,~#+/|\t", c) ? SIGN_GAP : SIGN_NONE;
    uint32_t code = utf8_decode(s, at, width);
    if (code == 0x3001) return SIGN_GAP; /* the comma of lists */
    int folded = fold_character(code);
    if (folded == DROP || folded == ' ' || folded == '-') return SIGN_GAP;
    if (folded < 0) return SIGN_NONE;
    char byte = (char)(folded & 0xFF);
    if (!plain_is_digit(byte)) return SIGN_NONE;
    if (folded & NUMERAL) return is_formal(code) ? SIGN_FOREIGN : SIGN_NUMERAL;
    return c == 0xEF ? SIGN_DIGIT : SIGN_FOREIGN; /* full-width ones stand behind names, too */
}

/* Are the numerals in [at, end) a part of a code in capitals and digits? */
static bool is_in_code(const Folding *f, size_t end) {
    uint32_t before = 0;
    while (before < RUN_DIGITS && before < f->n && is_code_sign(f->out->bytes[f->n - 1 - before])) {
        before++;
    }
    if (before == 0 || before == RUN_DIGITS) return before == RUN_DIGITS;
    char behind = end < f->s.n ? f->s.p[end] : 0;
    char last = f->out->bytes[f->n - 1];
    return is_code_sign(behind) && (plain_is_capital(behind) || plain_is_capital(last));
}

/* A numeral at `at` that no run has judged yet: measures its run. */
static void judge_run(Folding *f, size_t at) {
    int digits = 0, han = 0, foreign = 0, gap = 0;
    size_t width, end = at;
    RunSign last = SIGN_NONE;
    keep_until(f, at);
    for (uint32_t x = f->n; x > 0 && digits < RUN_DIGITS; x--) { /* digits that stand before it */
        char c = f->out->bytes[x - 1];
        if (plain_is_digit(c))
            digits++;
        else if (c != ' ' && c != '-')
            break;
    }
    bool digit_before = digits > 0;
    for (size_t i = at; i < f->s.n && gap < 3; i += width) {
        RunSign sign = run_sign(f->s, i, &width);
        if (sign == SIGN_NONE) break;
        gap = sign == SIGN_GAP ? gap + 1 : 0;
        if (sign == SIGN_GAP) continue;
        digits++;
        han += sign == SIGN_NUMERAL;
        foreign += sign == SIGN_FOREIGN;
        last = sign;
        end = i + width;
    }
    bool held = digit_before && last == SIGN_DIGIT;
    f->run_end = end;
    f->run_folds =
        (digits >= RUN_DIGITS && (han >= RUN_NUMERALS || held || foreign)) || is_in_code(f, end);
}

/* ASCII stands before, or behind at most LIKE_REACH more letters that may be look-alikes. */
static bool beside_ascii(const Folding *f, size_t at, size_t width) {
    char before = at > f->kept ? f->s.p[at - 1] : f->n ? f->out->bytes[f->n - 1] : 0;
    if (plain_is_alnum(before)) return true;
    size_t x = at + width;
    for (int i = 0; i < LIKE_REACH && x + 1 < f->s.n; i++, x += 2) {
        unsigned char lead = (unsigned char)f->s.p[x];
        if (lead < 0xCE || lead > 0xD3) break;
    }
    return x < f->s.n && plain_is_alnum(f->s.p[x]);
}

/* The byte for a character, or KEEP or DROP, now that its neighbours are known. */
static int decide(Folding *f, int folded, size_t at, size_t width) {
    if (folded < 0 || folded < LIKE) return folded;
    if (folded & NUMERAL) {
        if (at >= f->run_end) judge_run(f, at);
        return f->run_folds ? folded & 0xFF : KEEP;
    }
    if (folded & MARK) {
        char before = at > f->kept ? f->s.p[at - 1] : f->n ? f->out->bytes[f->n - 1] : 0;
        return before > ' ' && !(before & 0x80) ? DROP : KEEP;
    }
    return beside_ascii(f, at, width) ? folded & 0xFF : KEEP;
}

/* Puts what the character becomes into the view, unless it stays. */
static void fold_one(Folding *f, size_t at, size_t width, int folded) {
    folded = decide(f, folded, at, width);
    if (folded == KEEP) return;
    keep_until(f, at);
    if (folded >= 0) {
        add_seam(f, at);
        f->out->bytes[f->n++] = (char)folded;
    }
    f->kept = at + width;
    add_seam(f, f->kept);
}

/* An escape that could not be folded is spelled in UTF-8. All its bytes lead back to where it
   begins, so that a span that ends in it takes it whole. */
static void fold_escape(Folding *f, size_t at, size_t width, uint32_t code) {
    char bytes[UTF8_MAX_BYTES];
    int folded = code < 0x80 ? (int)code : fold_character(code);
    size_t n = 1;
    bytes[0] = (char)folded;
    if (folded == KEEP || folded >= LIKE) n = utf8_encode(code, bytes);
    if (folded == DROP) n = 0;
    assert(n <= width); /* no escape is shorter than what it means: `bytes` has room */
    keep_until(f, at);
    for (size_t i = 0; i < n; i++) {
        add_seam(f, at);
        f->out->bytes[f->n++] = bytes[i];
    }
    f->kept = at + width;
    add_seam(f, f->kept);
}

/* Three bytes of one character, of a lead byte that has no overlong forms; 0: they are none. */
static uint32_t three_bytes(const char *p) {
    if (!utf8_goes_on(p[1]) || !utf8_goes_on(p[2])) return 0;
    return (uint32_t)(p[0] & 15) << 12 | (uint32_t)(p[1] & 63) << 6 | (uint32_t)(p[2] & 63);
}

/* Bits of the bytes from `at` on that may have to be folded; behind the text's end stand zeros. */
static uint64_t foldable_at(const Folding *f, size_t at) {
    unsigned char edge[BLOCK + BLOCK_BEHIND] = {0};
    const unsigned char *p = (const unsigned char *)f->s.p + at;
    if (f->s.n - at < sizeof edge) p = memcpy(edge, p, f->s.n - at);
    return f->out->blocks->foldable(&f->out->heads, p);
}

/* The first byte at or behind `at` that may be folded. */
static size_t next_foldable(Folding *f, size_t at) {
    while (at < f->s.n) {
        if (at - f->block >= BLOCK) {
            f->block = at;
            f->bits = foldable_at(f, at);
        }
        uint64_t bits = f->bits & ~0ull << (at - f->block);
        if (bits) return f->block + (size_t)__builtin_ctzll(bits);
        at = f->block + BLOCK;
    }
    return f->s.n;
}

/* Folds the character or escape at `at`, where it is one; returns its width. */
static size_t fold_at_lead(Folding *f, size_t at) {
    const Fold *fold = f->out;
    Str s = f->s;
    unsigned char lead = (unsigned char)s.p[at];
    size_t width = 3;
    uint32_t code;
    int folded = KEEP;
    if (lead < 0x80) {
        width = escape_at(s, at, &code);
        if (width) fold_escape(f, at, width, code);
        return width ? width : 1;
    }
    if (lead >= 0xE4 && lead <= 0xE9 && at + 3 <= s.n) { /* Han: nearly always kept */
        uint32_t c = (uint32_t)(lead & 15) << 12 | (uint32_t)(s.p[at + 1] & 63) << 6 |
                     (uint32_t)(s.p[at + 2] & 63);
        bool maybe = fold->numerals[(c & 0xFFF) >> 3] >> (c & 7) & 1;
        if (maybe) folded = fold_han(c);
    } else {
        bool marks = (lead == 0xE3 || lead == 0xEF) && at + 3 <= s.n;
        code = marks ? three_bytes(s.p + at) : 0;
        if (!code) code = utf8_decode(s, at, &width);
        folded = fold_character(code);
    }
    if (folded != KEEP) fold_one(f, at, width, folded);
    return width;
}

/* Traditional Han signs as simplified ones, which the tagger has learned: places stay. */
static void simplify(Fold *fold) {
    size_t at = han_find((Str){fold->p, fold->n});
    if (at == fold->n) return;
    if (fold->p != fold->bytes) memcpy(fold->bytes, fold->p, fold->n);
    fold->p = fold->bytes;
    han_fold_bytes(fold->bytes + at, fold->n - at);
}

void fold_window(Fold *fold, Str window) {
    Folding f = {.out = fold, .s = window, .block = SIZE_MAX / 2};
    fold->text = window;
    fold->seams[0] = (FoldSeam){0, 0};
    fold->n_seams = 1;
    assert(window.n <= FOLD_WINDOW); /* `bytes` and `seams` are made for it */
    unfence(fold->bytes, FOLD_WINDOW);
    for (size_t at = 0; (at = next_foldable(&f, at)) < window.n;) at += fold_at_lead(&f, at);
    bool kept = f.kept == 0; /* all of it */
    if (!kept) keep_until(&f, window.n);
    fold->p = kept ? window.p : fold->bytes;
    fold->n = kept ? (uint32_t)window.n : f.n;
    simplify(fold);
    fence_behind(fold->bytes, fold->n, FOLD_WINDOW);
    assert(fold->n <= window.n && fold->n_seams <= FOLD_WINDOW / 2 + 2); /* folding only shortens */
}

/* ---- the way back -------------------------------------------------------------------------- */

/* The last seam that does not lie behind x: they ascend, and the first is at 0. */
static uint32_t seam_of(const Fold *fold, uint32_t x) {
    uint32_t low = 0, high = fold->n_seams;
    assert(high > 0); /* a window was folded */
    while (high - low > 1) {
        uint32_t middle = (low + high) / 2;
        if (fold->seams[middle].view <= x)
            low = middle;
        else
            high = middle;
    }
    return low;
}

uint32_t fold_start(const Fold *fold, uint32_t x) {
    FoldSeam seam = fold->seams[seam_of(fold, x)];
    assert(x <= fold->n && seam.view <= x);
    return seam.text + (x - seam.view);
}

bool fold_escaped(const Fold *fold, uint32_t x) {
    char c = fold->text.p[fold_start(fold, x)];
    return escape_begins(c) && fold->p[x] != c;
}

/* x is behind the last byte; the text's place is behind the whole character or escape that the byte
   before x is of. */
uint32_t fold_end(const Fold *fold, uint32_t x) {
    assert(x > 0 && x <= fold->n);
    if (fold->p == fold->text.p) return x; /* nothing was folded */
    uint32_t at = fold_start(fold, x - 1), code;
    if (fold_escaped(fold, x - 1)) return at + (uint32_t)escape_at(fold->text, at, &code);
    size_t width = 1;
    bool whole = !((unsigned char)fold->p[x - 1] & 0x80); /* not the last byte of a kept one */
    if (whole && ((unsigned char)fold->text.p[at] & 0x80))
        (void)utf8_decode(fold->text, at, &width);
    return at + (uint32_t)width;
}

/* The first byte of the view whose place in the text is not before `at`: places ascend, so
   bisection finds it. */
uint32_t fold_view_of(const Fold *fold, uint32_t at) {
    uint32_t low = 0, high = fold->n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (fold_start(fold, middle) < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
