/*
 * Finding known spellings in any disguise: the one matcher behind masking and restoring. For
 * src/gate alone; match.c explains what counts as the same.
 */
#ifndef HEARTH_GATE_MATCH_H
#define HEARTH_GATE_MATCH_H

#include "base/text.h"

enum {
    MATCH_SYMBOLS_MAX = 512, /* letters and digits of one pattern */
    MATCH_WORDS_MAX = 12,
    MATCH_GAP_MAX = 64, /* characters between two symbols of a pattern */
    MATCH_BEHIND = 48 /* bytes before a place that are looked at, at most: a stream keeps them */
};

typedef enum MatchFlag {
    MATCH_NAME = 1,    /* words of a name: any separator, plural and possessive endings */
    MATCH_CASE = 2,    /* letters as they are, no separators but its own: keys, passwords; with
                          MATCH_NAME blanks as they may be */
    MATCH_CAPITAL = 4, /* only where it begins with a capital: a name's word that is a word */
    MATCH_INSIDE = 8,  /* no boundary is asked for; with MATCH_CASE */
    MATCH_LOGIN = 16,  /* a short name that may be a word: beside '@', '/', a word for logins */
    MATCH_TAIL = 32,   /* the end of a number: only behind signs that hide the rest of it */
    MATCH_INITIALS = 64, /* not where a surname follows: "V. J. Miller" is somebody else */
    MATCH_BIRTHDAY = 128, /* a day of a month: only beside a word of birth, and no year */
    MATCH_TITLED = 256, /* a Chinese surname and title: not where the title is of another word */
    MATCH_HIDDEN = 512, /* a number's ends: only with signs between them that hide the rest */
    MATCH_CELL = 1024, /* a Chinese surname alone: only as a cell of a table, a string of JSON */
    MATCH_STOP = 2048, /* ends with an initial: only before '.', ',', ';' or ')' */
    MATCH_DAY = 4096 /* a day of a month without a year: not where a year is beside it */
} MatchFlag;

/* One character of a text, as the matcher sees it. */
typedef enum MatchSort {
    SORT_OTHER, /* separates */
    SORT_CLEAR, /* is not there: zero-width signs, Markdown's emphasis */
    SORT_LETTER,
    SORT_DIGIT,
    SORT_HAN,
    SORT_SMALL /* only as what stands before: a small letter; a capital behind it begins a word */
} MatchSort;

/* Would two symbols beside each other be read as one word, or one number? Han signs never are: they
   are written without blanks. */
static inline bool match_joins(MatchSort a, MatchSort b) {
    return a == b && (a == SORT_LETTER || a == SORT_DIGIT);
}

typedef struct MatchUnit {
    uint32_t code; /* as written, escapes read */
    uint32_t fold; /* of symbols: what all its spellings share */
    uint8_t size;  /* bytes of the text; 0: the text ends inside this character */
    uint8_t sort;
    bool escaped; /* was written \uXXXX */
} MatchUnit;

typedef struct MatchHit {
    size_t start, end; /* of the text: first to last symbol */
    uint32_t value;    /* of the pattern */
    uint32_t pattern;  /* which one */
    bool exact;        /* spelled as the pattern is */
    bool coded;        /* found by reading %XX, &#N; or =XX as what they mean */
    bool escaped;      /* with \uXXXX */
    /* What the text has between all of its letters ("C-L-A-R-K"); empty: written as words. */
    size_t spelled_from, spelled_to;
    int n_words;       /* of the pattern; the text's word i is [word_start[i], word_end[i]) */
    size_t word_start[MATCH_WORDS_MAX], word_end[MATCH_WORDS_MAX];
} MatchHit;

typedef enum MatchOutcome { MATCH_NONE, MATCH_FOUND, MATCH_MORE } MatchOutcome;

typedef struct Matcher Matcher;

/* Without patterns. Add all, then look: match_add may move what match_at reads. E_NO_MEMORY. */
Status match_new(Matcher **out, Err *err) WARN_UNUSED;
void match_free(Matcher *matcher); /* NULL is fine */
/* The text is copied. What has no letter or digit, or too many, is left out without a word:
   nothing can match it. Of patterns that are spelled the same the first one counts. */
Status match_add(Matcher *matcher, Str pattern, uint32_t value, unsigned flags,
                 Err *err) WARN_UNUSED;
/* The pattern number MatchHit.pattern as it was added; borrowed. */
Str match_pattern(const Matcher *matcher, uint32_t pattern);
/* Names end before a capital, too: answers make names of variables of them. */
void match_set_code(Matcher *matcher);

/* Where to look: a text, how to read it, and what stands before `at`. */
typedef struct MatchText {
    Str text;
    bool json;  /* inside a JSON string */
    bool last;  /* nothing follows; false: what is undecided at the end is MATCH_MORE */
    bool coded; /* %XX, &#N; and =XX are what they mean (scan/escape.h) */
} MatchText;

/* A whole text, read as it is written. */
static inline MatchText match_plain(Str text) {
    return (MatchText){.text = text, .last = true};
}

/* Stands there anything that could be such an escape? */
bool match_is_coded(Str text);

/* The character at byte `at` (< text.n): an escape counts as one. size 0: its rest has not come
   yet (`last` is false); bytes that are no UTF-8 are single characters that separate. */
MatchUnit match_unit(const MatchText *text, size_t at);
/* A letter or digit: patterns are made of these, and all else stands between them. */
static inline bool match_is_symbol(const MatchUnit *unit) { return unit->sort >= SORT_LETTER; }
/* The text up to `end`, behind which nothing comes: none of its escapes is waited for. */
static inline MatchText match_until(const MatchText *text, size_t end) {
    MatchText cut = *text;
    cut.text.n = end;
    cut.last = true;
    return cut;
}
/* How many symbols stand from `at` on; `text->last` is set, here and below. */
size_t match_symbols(const MatchText *text, size_t at);
/* Where the first n of them end; *next: where the one behind these begins, or the text's end. */
size_t match_symbols_end(const MatchText *text, size_t at, size_t n, size_t *next);
/* From the first symbol to the last; without any an empty view of the text's end. */
Str match_core(Str text);
bool match_is_small(uint32_t code); /* a small letter that has a capital */
/* What stands before what follows the unit: a '\' is not there inside a word, but parts words. */
static inline void match_pass(const MatchUnit *unit, MatchSort *before) {
    if (unit->code == '\\') *before = SORT_OTHER;
    else if (unit->sort != SORT_CLEAR) *before = (MatchSort)unit->sort;
}
/* The same where code is read as words: "quillinanePhone" has two (match_set_code). */
static inline void match_pass_word(const MatchUnit *unit, MatchSort *before) {
    match_pass(unit, before);
    if (unit->sort == SORT_LETTER && match_is_small(unit->code)) *before = SORT_SMALL;
}
/* "\n" outside JSON: an escape, or a sign that is not there before a word with n? Whoever walks
   over it looks at the word first. */
static inline bool match_is_doubtful(const MatchText *text, const MatchUnit *unit, size_t at) {
    return !text->json && unit->size == 2 && text->text.p[at] == '\\';
}
/* The longest pattern that begins with the character at `at`; `before`: the sort of the one before
   it (SORT_OTHER at the beginning). Escapes of URLs and of HTML inside of it are read where that
   finds more ("emma%40example.com"). */
MatchOutcome match_at(const Matcher *matcher, const MatchText *text, size_t at, MatchSort before,
                      MatchHit *hit);
/* The first hit at or after *at; *before goes along. false: none. `text->last` is set. Where the
   text is `coded` each place is read as it is first, and with its escapes read where that finds
   nothing. */
bool match_next(const Matcher *matcher, const MatchText *text, size_t *at, MatchSort *before,
                MatchHit *hit);

/* With which two symbols words and numbers of some texts begin: what no pattern needs to be looked
   for. */
typedef struct MatchStarts {
    uint64_t pairs[256]; /* bits, by a hash of both */
} MatchStarts;

/* Adds a text, as it is written and with its escapes read. All zeros: empty. */
void match_starts_note(MatchStarts *starts, Str text);
/* May the pattern begin in one of the texts, where no word goes on before it? */
bool match_starts_with(const MatchStarts *starts, Str pattern);

/* Letters and digits of a text as all its spellings share them, UTF-8: its identity. */
Status match_skeleton(Str text, Buf *out, Err *err) WARN_UNUSED;

#endif
