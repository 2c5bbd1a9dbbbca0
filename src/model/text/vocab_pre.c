/*
 * The matchers behind vocab_pre.h and the table of names.
 *
 * A rule is a chain of stages. A stage looks for its pattern from left to right; each match is a
 * piece, and so is each stretch between matches; the next stage then cuts every piece further and
 * never sees across its ends (a look-ahead at the end of a piece sees the end of text). This is
 * what HF tokenizers calls a Sequence of Split(behavior=Isolated), and what llama.cpp does with a
 * list of expressions.
 *
 * The families, with \s = White_Space, L, N, M, P, S = general categories:
 *
 *   WORDS  's|'t|'re|'ve|'m|'ll|'d | ?L+ | ?N+ | ?[^\s L N]+ | \s+(?!\S) | \s+          GPT-2
 *   MODERN (?i:contractions) | [^\r\n L N]?L+ | N{1,k} | ?[^\s L N]+[\r\n]* | \s*[\r\n]+
 *          | \s+(?!\S) | \s+                                                       Llama 3, Qwen
 *   CASED  as MODERN, but letters split where a capital follows a small one, and a contraction
 *          stays with its word: U*W+ or U+W*, U = Lu Lt Lm Lo M, W = Ll Lm Lo M    o200k, tekken
 *   SETS   one or more of a set, maybe with a blank before                        DeepSeek, Falcon
 *
 * Regular expressions take the first alternative that matches, each as long as it can; the matchers
 * below try the same alternatives in the same order. Where an expression could back off, the
 * comment says which shorter form is taken.
 *
 * Time: a matcher that finds nothing after a long look says how far there is nothing (PreMatch.n),
 * so that no stretch is looked at from each of its characters again.
 *
 * Sources: GPT-2 encoder.py (openai/gpt-2); tiktoken's cl100k and o200k patterns (openai/tiktoken);
 * tokenizer.json of the models named in the table; for the list of names llama.cpp
 * src/llama-vocab.cpp.
 *
 * Worked example, family WORDS, "It's 1868!": "It", "'s", " ", " 1868", "!". Two blanks: the run
 * leaves its last one to the number behind it.
 */
#include "model/text/vocab_pre.h"

#include <assert.h>

#include "base/plain.h"
#include "base/utf8.h"

/* ---- characters ---- */

enum {
    C_SPACE = 1,
    C_LETTER = 2,
    C_NUMBER = 4,
    C_MARK = 8,
    C_PUNCT = 16,
    C_SYMBOL = 32,
    C_BREAK = 64,   /* \r \n */
    C_UPPER = 128,  /* Lu Lt */
    C_LOWER = 256,  /* Ll */
    C_UNCASED = 512, /* Lm Lo */
    C_DECIMAL = 1024 /* Nd */
};

/* Classes from Unicode's two-letter general category. */
static unsigned class_of_category(const char *category) {
    switch (category[0]) {
    case 'L':
        if (category[1] == 'u' || category[1] == 't') return C_LETTER | C_UPPER;
        return category[1] == 'l' ? C_LETTER | C_LOWER : C_LETTER | C_UNCASED;
    case 'N': return category[1] == 'd' ? C_NUMBER | C_DECIMAL : C_NUMBER;
    case 'M': return C_MARK;
    case 'P': return C_PUNCT;
    case 'S': return C_SYMBOL;
    default: return 0;
    }
}

/* The same without a look into tables: nearly all text is this. */
static unsigned ascii_class(unsigned char c) {
    if (c >= 'a' && c <= 'z') return C_LETTER | C_LOWER;
    if (c >= 'A' && c <= 'Z') return C_LETTER | C_UPPER;
    if (c >= '0' && c <= '9') return C_NUMBER | C_DECIMAL;
    if (c == '\n' || c == '\r') return C_SPACE | C_BREAK;
    if (c == ' ' || (c >= '\t' && c <= '\r')) return C_SPACE;
    if (c < ' ' || c == 127) return 0;
    return memchr("$+<=>^`|~", c, 9) ? C_SYMBOL : C_PUNCT;
}

/* Common Han characters are letters without a look, too (Lo). */
static unsigned class_of(uint32_t code) {
    if (code < 0x80) return ascii_class((unsigned char)code);
    if (code >= 0x4E00 && code <= 0x9FFF) return C_LETTER | C_UNCASED;
    unsigned class = class_of_category(unicode_category(code));
    return unicode_is_space(code) ? class | C_SPACE : class;
}

/* One decoded character at a place; class 0 and width 0 at the end. */
typedef struct Char {
    uint32_t code;
    unsigned class;
    size_t width;
} Char;

static Char char_at(Str s, size_t at) {
    Char c = {0};
    if (at >= s.n) return c;
    c.code = utf8_decode(s, at, &c.width);
    c.class = class_of(c.code);
    return c;
}

/* End of the longest run from `at` of characters that have a class in `any` (or, negated, none). */
static size_t run_any(Str s, size_t at, unsigned any) {
    for (Char c = char_at(s, at); c.width && (c.class & any); c = char_at(s, at)) at += c.width;
    return at;
}

static size_t run_none(Str s, size_t at, unsigned none) {
    for (Char c = char_at(s, at); c.width && !(c.class & none); c = char_at(s, at)) at += c.width;
    return at;
}

/* At most max bytes of the set from `at` on. */
static size_t run_bytes(Str s, size_t at, const char *set, size_t max) {
    size_t end = at;
    while (end < s.n && end - at < max && s.p[end] && strchr(set, s.p[end])) end++;
    return end;
}

/* ---- stages ---- */

struct PreStage {
    PreMatch (*match)(const PreStage *stage, Str s, size_t at);
    bool contractions;   /* MODERN: (?i:'s|...) first */
    bool folded;         /* contractions in any case */
    bool ascii_words;    /* DeepSeek 3: one ASCII punctuation mark with ASCII letters behind */
    unsigned word;       /* classes of a word's characters */
    unsigned not_before; /* a word may begin with one character of none of these */
    unsigned digits_max; /* N{1,k}; 0: the expression has no such part */
    unsigned symbols;    /* symbols are of one of these classes (or, with symbols_not, of none) */
    unsigned symbols_not;
    const char *tail;    /* bytes that may follow symbols */
    size_t tail_max;
    bool break_alone;    /* [\r\n] alone instead of \s*[\r\n]+ */
    bool no_breaks;      /* neither */
    bool (*in_set)(Char c); /* SETS */
    bool space_before;      /* SETS: \s? in front */
    size_t set_max;         /* SETS: {1,k}; 0: + */
};

/* [from, to) is one piece. */
static PreMatch matched(size_t from, size_t to) {
    return (PreMatch){true, to - from};
}

/* No match begins in [from, to); at least one character, so that the walk goes on. */
static PreMatch nothing_until(Str s, size_t from, size_t to) {
    if (to == from) to += char_at(s, from).width;
    return (PreMatch){false, to - from};
}

/* 's 't 'm 'd 're 've 'll: bytes taken at `at`, or 0. Folded, the long s U+017F is an s too. */
static size_t contraction(Str s, size_t at, bool folded) {
    if (at + 1 >= s.n || s.p[at] != '\'') return 0;
    char a = s.p[at + 1], b = at + 2 < s.n ? s.p[at + 2] : 0;
    if (folded) {
        if (a == '\xC5' && b == '\xBF') return 3;
        a = plain_lower(a);
        b = plain_lower(b);
    }
    if (a == 's' || a == 't' || a == 'm' || a == 'd') return 2;
    bool two = (a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l');
    return two ? 3 : 0;
}

/* \s+(?!\S) | \s+ : a run of blanks leaves its last one to the word behind it. */
static size_t blanks_end(Str s, size_t at) {
    size_t end = at, last = at;
    for (Char c = char_at(s, end); c.class & C_SPACE; c = char_at(s, end)) {
        last = end;
        end += c.width;
    }
    return end == s.n || last == at ? end : last;
}

/* End of the last line break in the run of blanks at `at`, or `at`: \s*[\r\n]+ */
static size_t breaks_end(Str s, size_t at) {
    size_t found = at;
    for (Char c = char_at(s, at); c.class & C_SPACE; c = char_at(s, at)) {
        at += c.width;
        if (c.class & C_BREAK) found = at;
    }
    return found;
}

/* GPT-2's alternatives in its order. A blank in front belongs to the word, the number or the
   marks. */
static PreMatch match_words(const PreStage *stage, Str s, size_t at) {
    size_t short_form = contraction(s, at, false);
    if (short_form) return matched(at, at + short_form);
    size_t from = s.p[at] == ' ' ? at + 1 : at;
    Char c = char_at(s, from);
    if (c.class & C_LETTER) return matched(at, run_any(s, from, C_LETTER));
    if (c.class & C_NUMBER) return matched(at, run_any(s, from, C_NUMBER));
    if (c.width && !(c.class & C_SPACE)) {
        return matched(at, run_none(s, from, C_SPACE | C_LETTER | C_NUMBER));
    }
    return matched(at, blanks_end(s, at));
}

/* N{1,k} */
static size_t digits_end(Str s, size_t at, unsigned max) {
    for (unsigned i = 0; i < max; i++) {
        Char c = char_at(s, at);
        if (!(c.class & C_NUMBER)) break;
        at += c.width;
    }
    return at;
}

/* [^...]?word+ ; the front character is given back when no word follows it. */
static size_t word_end(const PreStage *stage, Str s, size_t at) {
    Char front = char_at(s, at);
    if (!(front.class & stage->not_before)) {
        size_t end = run_any(s, at + front.width, stage->word);
        if (end > at + front.width) return end;
    }
    return run_any(s, at, stage->word);
}

/* By what it must be or, where nothing is said, by what it must not be. */
static bool is_symbol(const PreStage *stage, Char c) {
    if (!c.width) return false;
    return stage->symbols ? c.class & stage->symbols : !(c.class & stage->symbols_not);
}

/* " ?symbols+tail*" or `at`. */
static size_t symbols_end(const PreStage *stage, Str s, size_t at) {
    size_t end = at + (s.p[at] == ' ');
    if (!is_symbol(stage, char_at(s, end))) return at;
    for (Char c = char_at(s, end); is_symbol(stage, c); c = char_at(s, end)) end += c.width;
    return stage->tail ? run_bytes(s, end, stage->tail, stage->tail_max) : end;
}

/* DeepSeek 3: a punctuation mark and the ASCII letters behind it, or `at`. */
static size_t ascii_word_end(Str s, size_t at) {
    unsigned class = (unsigned char)s.p[at] < 0x80 ? ascii_class((unsigned char)s.p[at]) : 0;
    if (!(class & (C_PUNCT | C_SYMBOL))) return at;
    size_t end = at + 1;
    while (end < s.n && plain_is_letter(s.p[end])) end++;
    return end > at + 1 ? end : at;
}

/* What all modern expressions end with: digits, symbols, line breaks, blanks. */
static PreMatch match_rest(const PreStage *stage, Str s, size_t at) {
    size_t end = digits_end(s, at, stage->digits_max);
    if (end > at) return matched(at, end);
    end = symbols_end(stage, s, at);
    if (end > at) return matched(at, end);
    Char c = char_at(s, at);
    if (stage->break_alone && (c.class & C_BREAK)) return matched(at, at + c.width);
    end = stage->break_alone || stage->no_breaks ? at : breaks_end(s, at);
    if (end > at) return matched(at, end);
    end = blanks_end(s, at);
    return end > at ? matched(at, end) : nothing_until(s, at, at);
}

/* Contraction, word, then the rest, as the expression has them. */
static PreMatch match_modern(const PreStage *stage, Str s, size_t at) {
    size_t short_form = stage->contractions ? contraction(s, at, stage->folded) : 0;
    if (short_form) return matched(at, at + short_form);
    size_t end = stage->ascii_words ? ascii_word_end(s, at) : at;
    if (end == at) end = word_end(stage, s, at);
    return end > at ? matched(at, end) : match_rest(stage, s, at);
}

enum { C_CAPITALS = C_UPPER | C_UNCASED | C_MARK, C_SMALLS = C_LOWER | C_UNCASED | C_MARK };

/* U*W+ from `at`, or `at`. Backs off to the last character of U* that is a W too. */
static size_t smalls_end(Str s, size_t at) {
    size_t end = at, after_both = at;
    for (Char c = char_at(s, end); c.class & C_CAPITALS; c = char_at(s, end)) {
        end += c.width;
        if (c.class & C_SMALLS) after_both = end;
    }
    size_t smalls = run_any(s, end, C_SMALLS);
    return smalls > end ? smalls : after_both;
}

/* U+W* from `at`, or `at`. */
static size_t capitals_end(Str s, size_t at) {
    size_t end = run_any(s, at, C_CAPITALS);
    return end > at ? run_any(s, end, C_SMALLS) : at;
}

/* Two alternatives, each with and without a character in front: U*W+, then U+W*. */
static size_t cased_word_end(const PreStage *stage, Str s, size_t at) {
    Char front = char_at(s, at);
    size_t after = front.class & stage->not_before ? at : at + front.width;
    size_t end = smalls_end(s, after);
    if (end == after && after > at) end = smalls_end(s, after = at);
    if (end > after) return end;
    after = front.class & stage->not_before ? at : at + front.width;
    end = capitals_end(s, after);
    if (end == after && after > at) end = capitals_end(s, after = at);
    return end > after ? end : at;
}

/* A contraction stays with its word. */
static PreMatch match_cased(const PreStage *stage, Str s, size_t at) {
    size_t end = cased_word_end(stage, s, at);
    if (end == at) return match_rest(stage, s, at);
    if (stage->contractions) end += contraction(s, end, true);
    return matched(at, end);
}

/* \s?set+ ; the blank is given back when nothing of the set follows it. */
static PreMatch match_set(const PreStage *stage, Str s, size_t at) {
    Char c = char_at(s, at);
    size_t from = at;
    if (stage->space_before && (c.class & C_SPACE)) {
        Char next = char_at(s, at + c.width);
        if (next.width && stage->in_set(next)) {
            from = at + c.width;
            c = next;
        }
    }
    if (!stage->in_set(c)) return nothing_until(s, at, at);
    assert(c.width > 0); /* a character; sets are not asked about the end of the text */
    size_t end = from, count = 0;
    while (c.width && stage->in_set(c) && (!stage->set_max || count < stage->set_max)) {
        end += c.width;
        count++;
        c = char_at(s, end);
    }
    return matched(at, end);
}

/* " ?[^(\s|.,!?...]+" */
static PreMatch match_bloom(const PreStage *stage, Str s, size_t at) {
    size_t end = at + (s.p[at] == ' ');
    Char c = char_at(s, end);
    if (!c.width || !stage->in_set(c)) return nothing_until(s, at, at);
    for (; c.width && stage->in_set(c); c = char_at(s, end)) end += c.width;
    return matched(at, end);
}

/* "\s+$" : only blanks that end the piece. */
static PreMatch match_last_blanks(const PreStage *stage, Str s, size_t at) {
    size_t end = run_any(s, at, C_SPACE);
    if (end == at) return nothing_until(s, at, at);
    return end == s.n ? matched(at, end) : nothing_until(s, at, end);
}

/* [0-9][0-9][0-9] */
static PreMatch match_three_digits(const PreStage *stage, Str s, size_t at) {
    size_t end = run_bytes(s, at, "0123456789", 3);
    return end - at == 3 ? matched(at, end) : nothing_until(s, at, end);
}

static bool follows_decimal(Str s, size_t at) {
    size_t from = at;
    while (from > 0 && at - from < UTF8_MAX_BYTES) {
        from--;
        if (!utf8_goes_on(s.p[from])) break;
    }
    return from < at && char_at(s, from).class & C_DECIMAL;
}

/* (?=(\d{3})+(?!\d)) as a cut: before each place from which digits in threes lead to the end of
   their run. A match goes from one cut to the next. Behind a cut within a run stand threes only, so
   that a run is measured once. */
static PreMatch match_digit_groups(const PreStage *stage, Str s, size_t at) {
    size_t end = at;
    if (char_at(s, at).class & C_DECIMAL && follows_decimal(s, at)) end = digits_end(s, at, 3);
    while (end < s.n) {
        if (end > at && char_at(s, end).class & C_DECIMAL && follows_decimal(s, end)) break;
        size_t run = run_none(s, end, C_DECIMAL), run_end = run_any(s, run, C_DECIMAL);
        size_t digits = utf8_length(str_sub(s, run, run_end));
        end = run_end;
        if (digits < 3) continue;
        end = digits_end(s, run, digits % 3);
        if (end > at) break;
        end = digits_end(s, at, 3); /* a cut is here already */
    }
    return matched(at, end);
}

/* [^\n]+|[\n]+ */
static PreMatch match_lines(const PreStage *stage, Str s, size_t at) {
    bool breaks = s.p[at] == '\n';
    size_t end = at;
    while (end < s.n && (s.p[end] == '\n') == breaks) end++;
    return matched(at, end);
}

/* ([\t\n]|    |  ) */
static PreMatch match_indent(const PreStage *stage, Str s, size_t at) {
    if (s.p[at] == '\t' || s.p[at] == '\n') return matched(at, at + 1);
    size_t blanks = run_bytes(s, at, " ", 4) - at;
    if (blanks >= 2) return matched(at, at + (blanks == 4 ? 4 : 2));
    return nothing_until(s, at, at);
}

/* <sentinel:[0-9]+> and (IMGIMG)((A|...|I){1,4})Z of Chameleon. */
static PreMatch match_chameleon(const PreStage *stage, Str s, size_t at) {
    Str rest = str_sub(s, at, s.n);
    if (str_starts(rest, STR("<sentinel:"))) {
        size_t end = run_bytes(s, at + 10, "0123456789", s.n);
        if (end > at + 10 && end < s.n && s.p[end] == '>') return matched(at, end + 1);
    }
    if (str_starts(rest, STR("IMGIMG"))) {
        size_t end = run_bytes(s, at + 6, "ABCDEFGHI", 4);
        if (end > at + 6 && end < s.n && s.p[end] == 'Z') return matched(at, end + 1);
    }
    return nothing_until(s, at, at);
}

/* ---- sets ---- */

typedef struct CodeRange {
    uint32_t first, last;
} CodeRange;

/* Binary search in ascending ranges. */
static bool in_ranges(uint32_t code, const CodeRange *ranges, size_t n) {
    size_t low = 0;
    while (low < n) {
        size_t middle = low + (n - low) / 2;
        if (code > ranges[middle].last) {
            low = middle + 1;
        } else if (code < ranges[middle].first) {
            n = middle;
        } else {
            return true;
        }
    }
    return false;
}

static bool is_break(Char c) { return c.class & C_BREAK; }
static bool is_number(Char c) { return c.class & C_NUMBER; }
static bool is_letter(Char c) { return c.class & C_LETTER; }
static bool is_punct(Char c) { return c.class & C_PUNCT; }
static bool is_not_blank(Char c) { return !(c.class & C_SPACE); }
static bool is_falcon_mark(Char c) {
    return c.class & C_PUNCT || (c.code < 0x80 && c.class & C_SYMBOL);
}
static bool is_default_mark(Char c) { return c.code != '`' && is_falcon_mark(c); }

/* DeepSeek's letters: its expression spells these ranges out (cased letters of an older
   Unicode). */
static bool is_deepseek_letter(Char c) {
    static const CodeRange ranges[] = {
        {0x0041, 0x005A}, {0x0061, 0x007A}, {0x00B5, 0x00B5}, {0x00C0, 0x00D6}, {0x00D8, 0x00F6},
        {0x00F8, 0x01BA}, {0x01BC, 0x01BF}, {0x01C4, 0x0293}, {0x0295, 0x02AF}, {0x0370, 0x0373},
        {0x0376, 0x0376}, {0x0377, 0x0377}, {0x037B, 0x037D}, {0x037F, 0x037F}, {0x0386, 0x0386},
        {0x0388, 0x038A}, {0x038C, 0x038C}, {0x038E, 0x03A1}, {0x03A3, 0x03F5}, {0x03F7, 0x0481},
        {0x048A, 0x052F}, {0x0531, 0x0556}, {0x10A0, 0x10C5}, {0x13A0, 0x13F5}, {0x13F8, 0x13FD},
        {0x1C90, 0x1CBA}, {0x1CBD, 0x1CBF}, {0x1D00, 0x1D2B}, {0x1D6B, 0x1D77}, {0x1D79, 0x1D9A},
        {0x1E00, 0x1F15}, {0x1F18, 0x1F1D}, {0x1F20, 0x1F45}, {0x1F48, 0x1F4D}, {0x1F50, 0x1F57},
        {0x1F59, 0x1F59}, {0x1F5B, 0x1F5B}, {0x1F5D, 0x1F5D}, {0x1F5F, 0x1F7D}, {0x1F80, 0x1FB4},
        {0x1FB6, 0x1FBC}, {0x1FBE, 0x1FBE}, {0x1FC2, 0x1FC4}, {0x1FC6, 0x1FCC}, {0x1FD0, 0x1FD3},
        {0x1FD6, 0x1FDB}, {0x1FE0, 0x1FEC}, {0x1FF2, 0x1FF4}, {0x1FF6, 0x1FFC}, {0x2102, 0x2102},
        {0x2107, 0x2107}, {0x210A, 0x2113}, {0x2115, 0x2115}, {0x2119, 0x211D}, {0x2124, 0x2124},
        {0x2126, 0x2126}, {0x2128, 0x2128}, {0x212A, 0x212D}, {0x212F, 0x2134}, {0x2139, 0x2139},
        {0x213C, 0x213F}, {0x2145, 0x2149}, {0x214E, 0x214E}, {0x2183, 0x2183}, {0x2184, 0x2184},
        {0x2C00, 0x2C7B}, {0x2C7E, 0x2CE4}, {0x2CEB, 0x2CEE}, {0x2CF2, 0x2CF2}, {0x2CF3, 0x2CF3},
        {0xA640, 0xA66D}, {0xA680, 0xA69B}, {0xA722, 0xA76F}, {0xA771, 0xA787}, {0xA78B, 0xA78E},
        {0xAB70, 0xABBF}, {0xFB00, 0xFB06}, {0xFB13, 0xFB17}, {0xFF21, 0xFF3A}, {0xFF41, 0xFF5A},
        {0x10400, 0x1044F}, {0x104B0, 0x104D3}, {0x104D8, 0x104FB}, {0x10C80, 0x10CB2},
        {0x10CC0, 0x10CF2}, {0x118A0, 0x118DF}, {0x1E900, 0x1E943},
    };
    return in_ranges(c.code, ranges, ARRAY_LEN(ranges));
}

static bool is_deepseek_mark(Char c) {
    static const CodeRange ranges[] = {{0x21, 0x2F},     {0x3A, 0x7E},     {0x2018, 0x201F},
                                       {0x3000, 0x3002}, {0xFF01, 0xFF0F}, {0xFF1A, 0xFF5E}};
    return in_ranges(c.code, ranges, ARRAY_LEN(ranges));
}

static bool is_deepseek_asian(Char c) {
    return (c.code >= 0x800 && c.code <= 0x9FA5) || (c.code >= 0xAC00 && c.code <= 0xD7FF);
}

static bool is_deepseek3_asian(Char c) {
    return (c.code >= 0x4E00 && c.code <= 0x9FA5) || (c.code >= 0x3040 && c.code <= 0x30FF);
}

static bool is_bloom_word(Char c) {
    static const CodeRange others[] = {
        {'!', '!'},     {'(', ')'},     {',', ','},       {'.', '.'},       {'?', '?'},
        {'|', '|'},     {0x60C, 0x60C}, {0x6D4, 0x6D4},   {0x964, 0x964},   {0x2026, 0x2026},
        {0x3001, 0x3002}, {0xFF0C, 0xFF0C}};
    return !(c.class & C_SPACE) && !in_ranges(c.code, others, ARRAY_LEN(others));
}

/* ---- stages in use ---- */

#define NOT_WORD (C_SPACE | C_LETTER | C_NUMBER)

static const PreStage words = {.match = match_words};
static const PreStage lines = {.match = match_lines};
static const PreStage three_digits = {.match = match_three_digits};
static const PreStage digit_groups = {.match = match_digit_groups};
static const PreStage last_blanks = {.match = match_last_blanks};
static const PreStage indent = {.match = match_indent};
static const PreStage chameleon_marks = {.match = match_chameleon};
static const PreStage digit = {.match = match_set, .in_set = is_number, .set_max = 1};
static const PreStage digits_3 = {.match = match_set, .in_set = is_number, .set_max = 3};
static const PreStage digits = {.match = match_set, .in_set = is_number};
static const PreStage one_break = {.match = match_set, .in_set = is_break, .set_max = 1};
static const PreStage not_blank = {.match = match_set, .in_set = is_not_blank};
static const PreStage falcon_marks = {.match = match_set, .in_set = is_falcon_mark};
static const PreStage default_marks = {.match = match_set, .in_set = is_default_mark};
static const PreStage one_mark = {.match = match_set, .in_set = is_falcon_mark, .set_max = 1};
static const PreStage bloom_words = {.match = match_bloom, .in_set = is_bloom_word};
static const PreStage deepseek_letters = {.match = match_set, .in_set = is_deepseek_letter,
                                          .space_before = true};
static const PreStage deepseek_marks = {.match = match_set, .in_set = is_deepseek_mark,
                                        .space_before = true};
static const PreStage deepseek_asian = {.match = match_set, .in_set = is_deepseek_asian};
static const PreStage deepseek3_asian = {.match = match_set, .in_set = is_deepseek3_asian};
static const PreStage coder_letters = {.match = match_set, .in_set = is_letter,
                                       .space_before = true};
static const PreStage coder_marks = {.match = match_set, .in_set = is_punct, .space_before = true};

#define MODERN(k) \
    .match = match_modern, .contractions = true, .folded = true, .word = C_LETTER, \
    .not_before = C_BREAK | C_LETTER | C_NUMBER, .digits_max = (k), .symbols_not = NOT_WORD, \
    .tail = "\r\n", .tail_max = SIZE_MAX

static const PreStage llama3 = {MODERN(3)};
static const PreStage qwen2 = {MODERN(1)};
static const PreStage minicpm5 = {MODERN(UINT32_MAX)};
static const PreStage turkish = {
    .match = match_modern, .word = C_LETTER, .not_before = C_BREAK | C_LETTER | C_NUMBER,
    .digits_max = 1, .symbols_not = NOT_WORD, .tail = "\r\n", .tail_max = SIZE_MAX};
static const PreStage qwen35 = {
    .match = match_modern, .contractions = true, .folded = true, .word = C_LETTER | C_MARK,
    .not_before = C_BREAK | C_LETTER | C_NUMBER, .digits_max = 1,
    .symbols_not = NOT_WORD | C_MARK, .tail = "\r\n", .tail_max = SIZE_MAX};
static const PreStage seed_coder = {
    .match = match_modern, .contractions = true, .folded = true, .word = C_LETTER,
    .not_before = C_BREAK | C_LETTER | C_NUMBER, .digits_max = 1, .symbols_not = NOT_WORD};
static const PreStage deepseek3 = {
    .match = match_modern, .ascii_words = true, .word = C_LETTER | C_MARK,
    .not_before = C_BREAK | C_LETTER | C_PUNCT | C_SYMBOL, .symbols = C_PUNCT | C_SYMBOL,
    .tail = "\r\n", .tail_max = SIZE_MAX};
static const PreStage spark = {
    .match = match_modern, .ascii_words = true, .word = C_LETTER | C_MARK,
    .not_before = C_BREAK | C_LETTER | C_PUNCT | C_SYMBOL, .symbols = C_PUNCT | C_SYMBOL,
    .break_alone = true};
static const PreStage o200k = {
    .match = match_cased, .contractions = true, .not_before = C_BREAK | C_LETTER | C_NUMBER,
    .digits_max = 3, .symbols_not = NOT_WORD, .tail = "\r\n/", .tail_max = SIZE_MAX};
static const PreStage tekken = {
    .match = match_cased, .not_before = C_BREAK | C_LETTER | C_NUMBER, .digits_max = 1,
    .symbols_not = NOT_WORD, .tail = "\r\n/", .tail_max = SIZE_MAX};

/* ---- rules and their names ---- */

static const PreRule rule_default = {"default", {&default_marks, &words, &digits, &three_digits}};
static const PreRule rule_words = {"gpt-2", {&words}};
static const PreRule rule_digit_words = {"starcoder", {&digit, &words}};
static const PreRule rule_falcon = {"falcon", {&falcon_marks, &words, &three_digits}};
static const PreRule rule_llama3 = {"llama3", {&llama3}};
static const PreRule rule_qwen2 = {"qwen2", {&qwen2}};
static const PreRule rule_qwen35 = {"qwen35", {&qwen35}};
static const PreRule rule_turkish = {"ufakzeka", {&turkish}};
static const PreRule rule_seed = {"seed-coder", {&seed_coder}};
static const PreRule rule_o200k = {"gpt-4o", {&o200k}};
static const PreRule rule_tekken = {"tekken", {&tekken}};
static const PreRule rule_deepseek = {
    "deepseek-llm",
    {&one_break, &deepseek_letters, &deepseek_marks, &last_blanks, &deepseek_asian, &digits}};
static const PreRule rule_deepseek_coder = {
    "deepseek-coder", {&one_break, &coder_letters, &coder_marks, &deepseek_asian, &digit}};
static const PreRule rule_deepseek3 = {"deepseek-v3", {&digits_3, &deepseek3_asian, &deepseek3}};
static const PreRule rule_spark = {"spark", {&digits_3, &deepseek3_asian, &spark, &digit}};
static const PreRule rule_bloom = {"bloom", {&bloom_words}};
static const PreRule rule_viking = {"viking", {&bloom_words, &digit}};
static const PreRule rule_chameleon = {"chameleon",
                                       {&chameleon_marks, &indent, &digit, &one_mark, &words}};
static const PreRule rule_lines = {"lines", {&lines}};
static const PreRule rule_laguna = {"laguna", {&lines, &qwen2}};
static const PreRule rule_minicpm5 = {"minicpm5", {&digits_3, &minicpm5}};
static const PreRule rule_superbpe = {"superbpe", {&digits, &digit_groups}};
static const PreRule rule_not_blank = {"whitespace", {&not_blank}};

/* The custom of a name: what such files mean when they do not say. */
#define PLAIN false, false, false, false
#define IGNORE true, false, false, false
#define IGNORE_BOS true, true, false, false
#define SEP false, false, true, false
#define RAW false, false, false, true

static const PreName names[] = {
    {"", &rule_default, PLAIN},
    {"a.x-4.0", &rule_words, PLAIN},
    {"bailingmoe", &rule_qwen2, PLAIN},
    {"bailingmoe2", &rule_qwen2, PLAIN},
    {"bloom", &rule_bloom, PLAIN},
    {"chameleon", &rule_chameleon, false, true, false, false},
    {"chatglm-bpe", &rule_llama3, PLAIN},
    {"codeshell", &rule_digit_words, PLAIN},
    {"command-r", &rule_digit_words, PLAIN},
    {"dbrx", &rule_llama3, PLAIN},
    {"deepseek-coder", &rule_deepseek_coder, PLAIN},
    {"deepseek-llm", &rule_deepseek, PLAIN},
    {"deepseek-r1-qwen", &rule_qwen2, PLAIN},
    {"deepseek-v3", &rule_deepseek3, PLAIN},
    {"default", &rule_default, PLAIN},
    {"exaone", &rule_digit_words, PLAIN},
    {"exaone4", &rule_words, PLAIN},
    {"f2llmv2", &rule_qwen2, PLAIN},
    {"falcon", &rule_falcon, PLAIN},
    {"falcon-h1", &rule_llama3, IGNORE_BOS},
    {"falcon3", &rule_llama3, IGNORE_BOS},
    {"gemma4", &rule_lines, RAW},
    {"gigachat", &rule_words, PLAIN},
    {"glm4", &rule_llama3, IGNORE},
    {"glm5", &rule_llama3, IGNORE},
    {"gpt-2", &rule_words, PLAIN},
    {"gpt-4o", &rule_o200k, PLAIN},
    {"gpt-neox", &rule_words, PLAIN},
    {"gpt3-finnish", &rule_bloom, PLAIN},
    {"granite-docling", &rule_words, PLAIN},
    {"granite-embed-multi-311m", &rule_lines, RAW},
    {"granite-embed-multi-97m", &rule_o200k, IGNORE},
    {"grok-2", &rule_qwen2, PLAIN},
    {"hunyuan", &rule_qwen2, PLAIN},
    {"hunyuan-dense", &rule_deepseek3, PLAIN},
    {"hy_v4", &rule_deepseek3, PLAIN},
    {"jais", &rule_words, PLAIN},
    {"jina-de", &rule_words, PLAIN},
    {"jina-es", &rule_words, PLAIN},
    {"jina-v1-en", &rule_words, SEP},
    {"jina-v2-code", &rule_words, SEP},
    {"jina-v2-de", &rule_words, PLAIN},
    {"jina-v2-es", &rule_words, PLAIN},
    {"jina-v5-nano", &rule_llama3, IGNORE_BOS},
    {"joyai-llm", &rule_deepseek3, PLAIN},
    {"kanana2", &rule_o200k, PLAIN},
    {"kormo", &rule_qwen2, PLAIN},
    {"laguna", &rule_laguna, PLAIN},
    {"lfm2", &rule_llama3, IGNORE_BOS},
    {"llada-moe", &rule_qwen2, PLAIN},
    {"llama-bpe", &rule_llama3, IGNORE_BOS},
    {"llama-v3", &rule_llama3, IGNORE_BOS},
    {"llama3", &rule_llama3, IGNORE_BOS},
    {"llama4", &rule_o200k, PLAIN},
    {"megrez", &rule_qwen2, PLAIN},
    {"mellum", &rule_words, PLAIN},
    {"mellum2", &rule_digit_words, PLAIN},
    {"midm-2.0", &rule_llama3, IGNORE_BOS},
    {"minerva-7b", &rule_digit_words, PLAIN},
    {"minicpm5", &rule_minicpm5, IGNORE},
    {"minimax-m2", &rule_o200k, PLAIN},
    {"modern-bert", &rule_words, PLAIN},
    {"mpt", &rule_words, PLAIN},
    {"o200k", &rule_o200k, PLAIN},
    {"olmo", &rule_words, PLAIN},
    {"phi-2", &rule_words, PLAIN},
    {"pixtral", &rule_llama3, IGNORE_BOS},
    {"poro-chat", &rule_bloom, PLAIN},
    {"qwen2", &rule_qwen2, PLAIN},
    {"qwen35", &rule_qwen35, PLAIN},
    {"refact", &rule_digit_words, PLAIN},
    {"roberta-bpe", &rule_words, SEP},
    {"sarvam-moe", &rule_lines, RAW},
    {"seed-coder", &rule_seed, PLAIN},
    {"smaug-bpe", &rule_llama3, PLAIN},
    {"smollm", &rule_digit_words, PLAIN},
    {"solar-open", &rule_qwen2, PLAIN},
    {"spark2_5", &rule_spark, PLAIN},
    {"stablelm2", &rule_qwen2, PLAIN},
    {"starcoder", &rule_digit_words, PLAIN},
    {"superbpe", &rule_superbpe, PLAIN},
    {"talkie", &rule_o200k, PLAIN},
    {"tekken", &rule_tekken, IGNORE_BOS},
    {"trillion", &rule_words, PLAIN},
    {"ufakzeka", &rule_turkish, PLAIN},
    {"viking", &rule_viking, PLAIN},
    {"whitespace", &rule_not_blank, RAW},
};

const PreName *pre_find(Str name) {
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_eq_c(name, names[i].name)) return &names[i];
    }
    return NULL;
}

/* ---- the chain ---- */

typedef struct Split {
    const PreRule *rule;
    PreWord word;
    void *user;
} Split;

/* Cuts `piece` with stage k and hands the parts to stage k + 1: at most PRE_STAGES_MAX deep. */
static Status split_from(const Split *split, int k, Str piece, Err *err) {
    if (piece.n == 0) return OK;
    assert(0 <= k && k <= PRE_STAGES_MAX); /* a rule's list ends with NULL */
    const PreStage *stage = k < PRE_STAGES_MAX ? split->rule->stages[k] : NULL;
    if (!stage) return split->word(split->user, piece, err);
    size_t gap = 0; /* what no match took yet begins here */
    for (size_t at = 0; at < piece.n;) {
        PreMatch m = stage->match(stage, piece, at);
        assert(0 < m.n && m.n <= piece.n - at); /* the walk goes on and stays within */
        if (m.matched) {
            TRY(split_from(split, k + 1, str_sub(piece, gap, at), err));
            TRY(split_from(split, k + 1, str_sub(piece, at, at + m.n), err));
            gap = at + m.n;
        }
        at += m.n;
    }
    return split_from(split, k + 1, str_sub(piece, gap, piece.n), err);
}

Status pre_split(const PreRule *rule, Str text, PreWord word, void *user, Err *err) {
    Split split = {rule, word, user};
    return split_from(&split, 0, text, err);
}
