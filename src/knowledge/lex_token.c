/*
 * The body of lex_token.h: one pass over the bytes, no allocation for ASCII and CJK.
 *
 * Words. A word is a run of letters, digits and marks that are not CJK. ASCII is lower-cased by
 * table; a word with other letters is put through NFKC and full case folding (base/utf8.h), so that
 * "ﬁre" finds "fire" and full-width letters find plain ones. Words of plain ASCII letters are
 * stemmed (lex_stem.c); anything with a digit or another letter stays as it is.
 *
 * Compounds. Words joined by exactly one of  - _ . @ & '  (and  / : ,  between digits) are given
 * word by word and once more as a whole, so that "INV-2024-0012", "j.smith@example.org" and
 * "snake_case" can be asked for exactly. In the whole, hyphens, underscores, apostrophes and
 * slashes are dropped ("e-mail" finds "email", 2024/03/15 finds 2024-03-15); others stay. Digit
 * groups (12,500) become one number (12500) and a plain decimal (3.14) stays one token. "camelCase"
 * gives camel, case and camelcase. A possessive 's is dropped. "C++" and "C#" keep their signs.
 *
 * CJK. Text without blanks between words gives overlapping bigrams, and the last character of each
 * run alone. A question of one character then is the union of all terms that begin with it
 * (lex_score.c), which is every place where it stands, without an index entry for every character.
 * A traditional character gives the tokens of the simplified one, so that either finds the other.
 *
 * Thai, Lao, Khmer and Burmese put no blanks between words either. What CJK has as a character is
 * there a syllable's part: a letter with the marks on it, and the letters that a virama stacks
 * below it. Pairs of these stand in the index; without a dictionary of words that is what can be
 * had (Lucene's ThaiAnalyzer and ICU cut by dictionary).
 *
 * Limits: a token has at most LEX_TERM_MAX bytes, a compound at most COMPOUND_WORDS words; what is
 * longer is cut or given word by word. One token of look-ahead, no recursion.
 *
 * Source: Lucene's CJKBigramFilter and WordDelimiterGraphFilter documentation for the idea;
 * Harman, "How effective is suffixing?", 1991, for stemming lightly.
 *
 * Examples:
 *
 *     INV-2024-0012    inv, 2024, 0012, and the whole inv20240012
 *     e-mail           e, mail, and email
 *     12,500.50        12500.50, one number
 *     userName         user, nam (stemmed), and username
 *     房租八百         房租, 租八, 八百, and 百
 *     發票             发票, and 票
 *     ค่าเช่า            ค่า, าเ, เช่, ช่า and า: pairs of ค่ า เ ช่ า
 */
#include "knowledge/lex_token.h"

#include <assert.h>

#include "base/han.h"
#include "base/plain.h"
#include "base/utf8.h"

enum { COMPOUND_WORDS = 16,
       CLUSTER_BYTES = 24 }; /* eight characters: more marks on one letter are somebody's game */

_Static_assert(2 * (int)CLUSTER_BYTES <= (int)LEX_TERM_MAX, "a pair is never cut");
_Static_assert((int)UTF8_MAX_BYTES <= (int)CLUSTER_BYTES, "a CJK character is a cluster of one");

typedef enum CharKind { CHAR_GAP, CHAR_WORD, CHAR_CJK } CharKind;

typedef struct Span {
    size_t start, end;
    bool digits; /* ASCII digits only */
    bool ascii;
} Span;

typedef struct Scanner {
    Str s;
    LexTokenFn fn;
    void *user;
    Span words[COMPOUND_WORDS];
    char joins[COMPOUND_WORDS]; /* joins[i] stands between words i and i+1 */
    size_t n_words;
    Buf fold; /* scratch for words that are not ASCII */
} Scanner;

/* A mark, or what Khmer's coeng and Burmese's virama stack below. */
bool lex_is_attached(uint32_t before, uint32_t code) {
    return before == 0x17D2 || before == 0x1039 || unicode_class(code) == UC_MARK;
}

/* What the character at `at` is for words. The two ranges looked at first spare Chinese text the
   look-up of a category. */
static CharKind code_at(Str s, size_t at, size_t *width, uint32_t *out) {
    *width = 1;
    *out = 0;
    unsigned char c = (unsigned char)s.p[at];
    if (c < 0x80) return plain_is_alnum((char)c) ? CHAR_WORD : CHAR_GAP;
    uint32_t code;
    if (!utf8_decode_strict(s, at, &code, width)) return CHAR_GAP;
    *out = code;
    if (code >= 0x4E00 && code <= 0x9FFF) return CHAR_CJK; /* most of all Chinese text, */
    bool mark = (code >= 0x2000 && code <= 0x206F) || (code >= 0x3000 && code <= 0x3004) ||
                (code >= 0x3008 && code <= 0x3020) || (code >= 0xFF01 && code <= 0xFF0F);
    if (mark) return CHAR_GAP; /* and most of its punctuation */
    UnicodeClass class = unicode_class(code);
    if (class != UC_LETTER && class != UC_NUMBER && class != UC_MARK) return CHAR_GAP;
    bool pairs = unicode_is_cjk(code) || (class != UC_NUMBER && unicode_is_unspaced(code));
    return pairs ? CHAR_CJK : CHAR_WORD;
}

static CharKind kind_at(Str s, size_t at, size_t *width) {
    uint32_t code;
    return code_at(s, at, width, &code);
}

/* Cuts at LEX_TERM_MAX bytes, perhaps inside a character: both sides cut alike. */
static void give(Scanner *sc, const char *p, size_t n, LexKind kind) {
    if (n == 0) return;
    LexToken token = {p, n < LEX_TERM_MAX ? n : LEX_TERM_MAX, kind, false};
    sc->fn(sc->user, &token);
}

/* Lower-cased copy of an ASCII span into out[LEX_TERM_MAX]; returns its length. */
static size_t lower_ascii(const char *p, size_t n, char *out) {
    if (n > LEX_TERM_MAX) n = LEX_TERM_MAX;
    for (size_t i = 0; i < n; i++) out[i] = plain_lower(p[i]);
    return n;
}

/* Any span, folded, appended to out (at most cap bytes); returns the new length. */
static size_t fold_span(Scanner *sc, Span w, char *out, size_t at) {
    assert(w.start < w.end && w.end <= sc->s.n && at <= LEX_TERM_MAX);
    const char *p = sc->s.p + w.start;
    size_t n = w.end - w.start;
    if (!w.ascii) {
        if (n > LEX_TERM_MAX) n = LEX_TERM_MAX; /* cut before folding: bounded work */
        buf_clear(&sc->fold);
        if (unicode_normalize((Str){p, n}, UNICODE_NFKC, true, &sc->fold, NULL) == OK) {
            p = sc->fold.p;
            n = sc->fold.n;
        }
        if (n > LEX_TERM_MAX - at) n = LEX_TERM_MAX - at;
        if (n) memcpy(out + at, p, n);
        return at + n;
    }
    if (n > LEX_TERM_MAX - at) n = LEX_TERM_MAX - at;
    return at + lower_ascii(p, n, out + at);
}

static bool letters_only(const char *p, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (!plain_is_small(p[i])) return false;
    }
    return true;
}

/* Stemmed when it is plain ASCII letters, three at least. */
static void give_word(Scanner *sc, Span w) {
    char word[LEX_TERM_MAX];
    size_t n = fold_span(sc, w, word, 0);
    if (w.ascii && n > 2 && letters_only(word, n)) n = lex_stem(word, n);
    give(sc, word, n, LEX_WORD);
}

/* "getUserName" -> get, user, name. True when there was more than one part. */
static bool give_camel(Scanner *sc, Span w) {
    const char *p = sc->s.p;
    size_t from = w.start, parts = 0;
    if (!w.ascii || w.end - w.start > LEX_TERM_MAX) return false;
    for (size_t i = w.start + 1; i < w.end; i++) {
        bool hump = plain_is_small(p[i - 1]) && plain_is_capital(p[i]);
        if (!hump) continue;
        give_word(sc, (Span){from, i, false, true});
        from = i;
        parts++;
    }
    if (parts) give_word(sc, (Span){from, w.end, false, true});
    return parts > 0;
}

/* A word of a compound or alone; a camelCase word also as a whole. */
static void give_single(Scanner *sc, Span w) {
    if (!give_camel(sc, w)) {
        give_word(sc, w);
        return;
    }
    char whole[LEX_TERM_MAX];
    give(sc, whole, fold_span(sc, w, whole, 0), LEX_WHOLE);
}

/* 12,500 and 1,234,567.89: groups of three digits after commas. */
static bool is_grouped_number(const Scanner *sc) {
    bool comma = false;
    for (size_t i = 0; i < sc->n_words; i++) {
        const Span *w = &sc->words[i];
        if (!w->digits) return false;
        if (i == 0) continue;
        char join = sc->joins[i - 1];
        if (join == ',' && w->end - w->start == 3) {
            comma = true;
        } else if (join != '.' || i + 1 != sc->n_words) {
            return false;
        }
    }
    return comma;
}

static bool is_decimal(const Scanner *sc) {
    return sc->n_words == 2 && sc->words[0].digits && sc->words[1].digits && sc->joins[0] == '.';
}

/* The whole of a compound: the signs that mean something in it stay, others go; see the essay. */
static size_t join_words(Scanner *sc, char *out) {
    size_t n = 0;
    for (size_t i = 0; i < sc->n_words; i++) {
        char join = i ? sc->joins[i - 1] : 0;
        if (join && strchr(".@&:", join) && n < LEX_TERM_MAX) out[n++] = join;
        n = fold_span(sc, sc->words[i], out, n);
    }
    return n;
}

/* What was gathered as one compound goes out. */
static void give_compound(Scanner *sc) {
    if (sc->n_words == 0) return;
    assert(sc->n_words <= COMPOUND_WORDS);
    bool number = is_grouped_number(sc) || is_decimal(sc);
    if (sc->n_words > 1) {
        Span *last = &sc->words[sc->n_words - 1];
        bool possessive = sc->joins[sc->n_words - 2] == '\'' && last->end - last->start == 1 &&
                          (sc->s.p[last->start] | 32) == 's';
        if (possessive) sc->n_words--;
    }
    if (!number) {
        for (size_t i = 0; i < sc->n_words; i++) give_single(sc, sc->words[i]);
    }
    if (sc->n_words > 1) {
        char whole[LEX_TERM_MAX];
        give(sc, whole, join_words(sc, whole), number ? LEX_WORD : LEX_WHOLE);
    }
    sc->n_words = 0;
}

/* From `at`, which holds a character of a word, to its end. */
static Span scan_word(const Scanner *sc, size_t at) {
    Span w = {at, at, true, true};
    while (w.end < sc->s.n) {
        unsigned char c = (unsigned char)sc->s.p[w.end];
        size_t width = 1;
        if (c < 0x80) {
            if (!plain_is_alnum((char)c)) break;
        } else {
            if (kind_at(sc->s, w.end, &width) != CHAR_WORD) break;
            w.ascii = false;
        }
        w.digits = w.digits && plain_is_digit((char)c);
        w.end += width;
    }
    return w;
}

/* The join character at `at` when a word that belongs to `before` follows it; sets *next. */
static char join_at(const Scanner *sc, const Span *before, size_t at, size_t *next) {
    Str s = sc->s;
    if (at + 1 >= s.n) return 0;
    char join = s.p[at];
    *next = at + 1;
    if (at + 3 < s.n && memcmp(s.p + at, "\xE2\x80\x99", 3) == 0) { /* the typographer's ' */
        join = '\'';
        *next = at + 3;
    }
    size_t width;
    if (join == 0 || (unsigned char)join >= 0x80 || kind_at(s, *next, &width) != CHAR_WORD)
        return 0;
    if (strchr("-_.@&'", join)) return join;
    bool digits = before->digits && plain_is_digit(s.p[*next]);
    return digits && strchr("/:,", join) ? join : 0;
}

/* "C++", "C#", "F#": the sign belongs to a short word that nothing follows. */
static size_t give_signed(Scanner *sc, Span w) {
    Str s = sc->s;
    if (w.end - w.start > 2 || !w.ascii || w.digits || w.end >= s.n) return w.end;
    size_t end = w.end;
    if (s.p[end] == '#') {
        end += 1;
    } else if (end + 1 < s.n && s.p[end] == '+' && s.p[end + 1] == '+') {
        end += 2;
    }
    size_t width;
    if (end == w.end || (end < s.n && kind_at(s, end, &width) == CHAR_WORD)) return w.end;
    char whole[LEX_TERM_MAX];
    give(sc, whole, lower_ascii(s.p + w.start, end - w.start, whole), LEX_WHOLE);
    return end;
}

/* Words as long as joins follow; then all of them go out. Returns where it stopped. */
static size_t scan_compound(Scanner *sc, size_t at) {
    sc->n_words = 0;
    for (;;) {
        Span w = scan_word(sc, at);
        sc->words[sc->n_words++] = w;
        at = w.end;
        size_t next = at;
        char join = sc->n_words < COMPOUND_WORDS ? join_at(sc, &w, at, &next) : 0;
        if (!join) break;
        sc->joins[sc->n_words - 1] = join;
        at = next;
    }
    if (sc->n_words == 1) at = give_signed(sc, sc->words[0]);
    give_compound(sc);
    return at;
}

/* The marks behind a letter that `out` begins with, and the letters stacked below it: appended from
   `at` on, which moves. n: bytes of out so far; returns how many there are then. */
static size_t take_marks(Str s, size_t *at, uint32_t code, char *out, size_t n) {
    for (size_t width; *at < s.n && n + UTF8_MAX_BYTES <= CLUSTER_BYTES; *at += width) {
        uint32_t next;
        if (code_at(s, *at, &width, &next) != CHAR_CJK || !unicode_is_unspaced(next)) break;
        if (!lex_is_attached(code, next)) break;
        n += utf8_encode(next, out + n);
        code = next;
    }
    return n;
}

/* A run of CJK characters, or of clusters, as bigrams, traditional characters folded (base/han.h).
   The last one goes out alone, so that a question of one character finds it, too. */
static size_t scan_cjk(Scanner *sc, size_t at) {
    char pair[2 * CLUSTER_BYTES]; /* the character before, and this one */
    size_t before = 0, n = 0, width;
    uint32_t code;
    while (at < sc->s.n && code_at(sc->s, at, &width, &code) == CHAR_CJK) {
        size_t own = utf8_encode(han_fold(code), pair + n);
        at += width;
        if (unicode_is_unspaced(code)) own = take_marks(sc->s, &at, code, pair + n, own);
        if (n) give(sc, pair, n + own, LEX_BIGRAM);
        memmove(pair, pair + n, own);
        before += n > 0;
        n = own;
    }
    assert(n > 0); /* whoever calls has seen one there: the scan goes on */
    LexToken last = {pair, n, LEX_UNIGRAM, before == 0};
    sc->fn(sc->user, &last);
    return at;
}

void lex_tokenize(Str text, LexTokenFn fn, void *user) {
    Scanner sc = {.s = text, .fn = fn, .user = user};
    buf_init(&sc.fold, 64 * LEX_TERM_MAX);
    size_t at = 0;
    while (at < text.n) {
        size_t width;
        switch (kind_at(text, at, &width)) {
        case CHAR_WORD:
            at = scan_compound(&sc, at);
            break;
        case CHAR_CJK:
            at = scan_cjk(&sc, at);
            break;
        case CHAR_GAP:
            at += width;
            break;
        }
    }
    buf_fini(&sc.fold);
}
