/*
 * What the files of the scanner share: the scanner itself, the phrase of tokens around a digit, and
 * one function a family of formats.
 */
#ifndef HEARTH_GATE_SCAN_IMPL_H
#define HEARTH_GATE_SCAN_IMPL_H

#include "base/plain.h"
#include "gate/names/names.h"
#include "gate/scan/context.h"
#include "gate/scan/scan.h"

enum {
    PHRASE_TOKENS = 96,
    PHRASE_LOOK = 36, /* tokens that one number may be spelled with */
    RUN_MAX = 40,     /* letters and digits of one number */
    SIG_MAX = 26,     /* bytes of a number with its separators, for shapes */
    LOOK_BACK = 64    /* bytes that a walk to the left may take */
};

enum { /* a window of the pass: what it looks back to, what is its own, what it looks ahead to */
    SENTENCE_BEFORE = 20 << 10,
    WINDOW_OVERLAP = 24 << 10,
    WINDOW_STEP = FOLD_WINDOW - SENTENCE_BEFORE - WINDOW_OVERLAP
};

enum { SHAPE_HEADS = 512 };

typedef struct ShapeIndex {
    uint8_t head[SHAPE_HEADS]; /* by the hash of a shape; 0xFF: none */
    uint8_t next[192];
    /* Bits: by all signs and those of no gap; of all rows, and of those that need no word. */
    uint32_t digits[SIG_MAX + 1][SIG_MAX + 1], bare[SIG_MAX + 1][SIG_MAX + 1];
} ShapeIndex;

/* Where something may begin (anchor.c). */
typedef enum AnchorUse {
    ANCHOR_PLAIN,
    ANCHOR_SECRET,
    ANCHOR_MAIL,
    ANCHOR_SPOKEN,
    ANCHOR_LOGIN,
    ANCHOR_ROAD
} AnchorUse;
enum { ANCHOR_WORDS = 2048, ANCHOR_PAIRS = 1024 };

typedef struct Anchors {
    uint64_t behind[ANCHOR_WORDS]; /* what a fourth byte may be, by the hash of three */
    uint8_t words[ANCHOR_WORDS];   /* a bit each use, likewise */
    uint8_t pairs[ANCHOR_PAIRS];   /* of words of two */
    BlockHeads heads;
} Anchors;

typedef struct AnchorSearch {
    uint32_t at;       /* goes on here */
    uint32_t block;    /* bits are of the bytes from here on */
    uint64_t bits;
    bool ready;
    unsigned uses; /* of the anchor found last: a bit each */
} AnchorSearch;

typedef struct OwnWords OwnWords;

/* A header of a table whose values stand lines below (column.c). */
typedef struct Column {
    size_t at; /* of a word of it, in the text */
} Column;

enum { COLUMNS_MAX = 16 };

struct Scanner {
    Fold fold;
    ContextTable *words;
    ShapeIndex shapes;
    Anchors anchors;
    uint16_t secret_head[256];
    uint16_t secret_next[384];
    uint8_t secret_length[384];
    size_t base;           /* text offset of the window */
    uint32_t floor;        /* nothing before this place of the view is looked at again */
    uint32_t colons_until; /* colon groups before are judged */
    uint32_t spoken_until; /* digit words, too */
    uint32_t url_until;    /* URLs before are judged */
    uint32_t loose_until;  /* numbers with odd marks between, too */
    uint32_t last_at, last_end; /* of the view: what was found last */
    float last_score;
    ScanSpan *spans;       /* sorted, disjoint */
    size_t n_spans, cap_spans;
    const NamesModel *model;
    Names *names;
    NamesHead *head;  /* of the second look; NULL: there is none */
    OwnWords *own;    /* NULL: none learned */
    OwnWords *said;   /* NULL: no reader named any */
    uint64_t *spared; /* keys of texts that are no name, ascending */
    size_t n_spared;
    size_t names_at;  /* text before is tagged */
    size_t own_at;    /* text before is searched for own words */
    size_t said_at;   /* and for what a reader named */
    ScanSpan *tagged; /* of this window, sorted; some overlap */
    size_t n_tagged, cap_tagged;
    uint32_t tagged_end; /* in the view, of the last one */
    ScanSpan *joined; /* scratch of merge.c */
    size_t n_joined, cap_joined;
    uint32_t german_at; /* german.c: the stretch that was asked about last; UINT32_MAX: none */
    bool german;        /* the answer */
    Column columns[COLUMNS_MAX];
    size_t n_columns;
    size_t column_base;   /* the window of the last one */
    uint32_t column_line; /* and where its line ends in the view */
    bool formats_only; /* the tagger rests: tests/bench/gate_speed.c */
    const atomic_bool *cancel; /* NULL: nobody stops it */
    Status status;     /* sticky */
    Err *err;
};

/* A run of ASCII letters and digits. */
typedef struct Token {
    uint32_t at, n;
    uint16_t digits, ocr; /* ocr: letters that are read for digits */
    bool lower;           /* holds a lower-case letter */
    char sep;             /* before it: 0 first, ' ', '-', '.', '/', '(' or '\n' */
    bool odd;             /* what stands before it joins no number elsewhere (loose.c) */
    bool column;          /* and may as well keep two numbers apart: a comma, a table's bar */
} Token;

/* Tokens with at most a short separator between, around a digit. */
typedef struct Phrase {
    Token token[PHRASE_TOKENS + 1]; /* room for one that is read and does not fit */
    int n;
    uint32_t end; /* behind the last token */
    bool cut;     /* more tokens follow than fit */
    bool loose;   /* loose.c made it */
    bool context_read;
    Context context;
} Phrase;

/* Tokens first..last of a phrase as one number. */
typedef struct Run {
    Phrase *phrase;
    int first, last;
    uint32_t at, end;    /* in the view */
    char c[RUN_MAX + 1]; /* letters and digits, upper case, NUL behind */
    int n;
    int digits, ocr; /* of c */
    bool lower;
    uint32_t n_sig; /* of its letters, digits and separators */
    bool read;      /* its letters are digits */
    int groups;
    uint8_t group[PHRASE_LOOK];
    char sep;     /* of all groups; 0: none, '*': several kinds */
    bool spliced; /* a line break lies inside */
    bool tight;   /* a number goes on before or behind: "0.138..." */
    bool doubted; /* odd marks or letters for digits: counts beside its own word only */
} Run;

/* ---- scan.c ---- */

/* A find at [at, end) of the view; it is dropped if one that it overlaps is better. */
void scan_emit(Scanner *s, uint32_t at, uint32_t end, ScanKind kind, double score);

/* ---- anchor.c ---- */

/* Words of two or more bytes, of which the first is a letter, a dash or 0xE3 and above. */
void anchor_head(Anchors *anchors, const char *word, AnchorUse use, bool any_case);
/* Each of a list, with NULL at its end, in any capitals. */
void anchor_heads(Anchors *anchors, AnchorUse use, const char *const *words);
/* The next anchor before `limit`, or that. */
uint32_t anchor_next(const Anchors *anchors, const Fold *v, AnchorSearch *search, uint32_t limit);

/* ---- tagged.c: a NameSink's take; what is believed goes to s->tagged ---- */

void tagged_spare(Scanner *s, Str text); /* drops those that are spared */
/* Takes one name that the tagger found in the view, or drops what it does not believe. */
void tagged_take(void *scanner, const NameSpan *name);
/* The word before a place, if one blank parts them and it is of ASCII letters; else nothing. */
Str tagged_word_before(const Fold *v, uint32_t place);
/* Do bytes [from,end) stand there as a word of a sentence: not inside another one, and in no
   address of mail, link, path or code? */
bool tagged_is_word(Str text, size_t from, size_t end);

/* merge.c: one find more in s->tagged; out of memory is s->status. */
void tagged_push(Scanner *s, ScanSpan span);
/* s->tagged, beside and between the finds so far. `own`: they swallow what lies inside. */
void merge_tagged(Scanner *s, Str text, bool own);

/* data.c: over what was found in a whole text. */
void data_find(Scanner *s, Str text);
/* To s->tagged: data, or a secret (KIND_PASSWORD). */
void data_push(Scanner *s, size_t start, size_t end, ScanKind kind);
/* column.c: the word [at, end) of the view may be a column's header. And what such words head. */
void column_note(Scanner *s, uint32_t at, uint32_t end);
void columns_find(Scanner *s, Str text);

/* bytes.c: rows of numbers that spell a text, to data_push. */
void bytes_find(Scanner *s, Str text);

/* own.c: the words of one automaton, KIND_OWN or KIND_SAID, to s->tagged. */
uint32_t own_find(Scanner *s, ScanKind kind, uint32_t from, uint32_t limit);
void own_free(OwnWords *own); /* NULL is fine */

/* number.c: from the digit at x; returns where to go on. */
uint32_t number_scan(Scanner *s, uint32_t x);

/* A run without tokens that begins at token `first` of the phrase; then extend it by index first,
   first + 1 ... in order. */
void number_run_begin(Run *run, Phrase *phrase, int first);
bool number_run_extend(Run *run, const Fold *v,
                       int index); /* false: too long with the next token */
char number_ocr_digit(char c);     /* 'O' is read '0'; 0: as none */
/* The bodies of number_token_read and number_separator (below) for all that is rare. */
void number_token_long(const Fold *v, uint32_t at, Token *out);
char number_joint(const Fold *v, uint32_t x, uint32_t *n);
/* "3. " at x, and the line that ends before x, in which a number ends at `above`, is item "2. "; or
   a day at x, which is the line's own in any case. */
bool number_is_next_item(const Fold *v, uint32_t x, uint32_t above);

/* small.c */
bool small_is_quiet(const Fold *v, uint32_t at, uint32_t end); /* nothing says what it is */
bool small_is_quiet_before(const Fold *v, uint32_t at);
/* Nothing goes on a number of few digits that ends here. */
bool small_is_last(const Fold *v, uint32_t end);
/* The end of one that is nobody's for sure; else 0. `in_row`: loose.c has read past it. */
uint32_t small_number_end(const Fold *v, uint32_t x, bool in_row);

/* stamp.c: the end of a day with an hour, which is nobody's unless a word for birth stands near;
   else 0. *hour_alone: it is whatever stands near. */
uint32_t stamp_end(const Fold *v, uint32_t x, bool *hour_alone);

/* loose.c: goes on behind a phrase, over marks that join no number elsewhere. */
void loose_scan(Scanner *s, const Phrase *phrase);

/* One function a family; each emits what it finds. */
void format_cn_run(Scanner *s, Run *run);
void format_cn_token(Scanner *s, Run *run); /* what begins with a Han sign: plates, officer ids */
/* Cards, of 12 to 19 digits. */
void format_bank_run(Scanner *s, Run *run);
/* Telephones, of 7 to 15 digits with at most one extension behind. */
void format_phone_run(Scanner *s, Run *run);
/* IMEI: 15 digits beside their word. */
void format_device_run(Scanner *s, Run *run);
void format_word_run(Scanner *s, Run *run); /* passports, accounts, records: by their word */
/* Plates that end in a group of letters, from their first group on: by a word for one or a car. */
void format_plate_token(Scanner *s, Run *run);
/* Dates of birth, which may go on beyond the run ("March 7, 1990"). */
void format_date_run(Scanner *s, Run *run);
bool format_is_month(const Fold *v, uint32_t at, uint32_t n); /* "March", "Mar" */
/* Street addresses around a house number. */
void format_address_run(Scanner *s, Run *run);
/* The end of ", 75002 Paris" at x; x: there is none. */
uint32_t format_post_town(const Fold *v, uint32_t x);
/* road.c: roads that no house's number leads to: "Am Wasserturm 3", "at 12 harlow crescent". */
void road_index(Scanner *s);
uint32_t road_scan(Scanner *s, uint32_t x); /* 0: none begins or ends here */
/* Money beside a word of what somebody earns, owns or owes. */
void format_amount_run(Scanner *s, Run *run);
uint32_t format_person_value(Scanner *s, uint32_t x); /* behind a label; 0: no name */
/* A part of a name behind a field's; 0: none. `quoted`: a quotation mark stands before x. */
uint32_t format_person_field(Scanner *s, uint32_t x, bool quoted);
/* Whose address of mail stands in "<>", of which the first is at `bracket`. */
void format_person_before(Scanner *s, uint32_t bracket);
/* The end of a date in digits or numerals with U+5E74, U+6708, U+65E5 at x; 0: none. */
uint32_t format_cjk_date(const Fold *v, uint32_t x);
/* An IBAN that begins with token `first`; it walks the view by itself, over line ends and marks. */
void format_iban(Scanner *s, Phrase *phrase, int first);
/* One whose groups are just the run. */
void format_iban_run(Scanner *s, Run *run);

/* shape.c: national numbers by their customary shape. */
void shape_index(ShapeIndex *index);
/* Every row of shape.c that the run is spelled like and whose check holds. */
void shape_run(Scanner *s, Run *run);
/* May it be a shape that needs no word, by counts alone? */
bool shape_is_bare_size(const ShapeIndex *index, const Run *run);

/* net.c */
uint32_t net_url(Scanner *s, uint32_t colon);
void net_colons(Scanner *s, uint32_t x); /* MAC and IPv6 around x */
/* IPv4: tokens first to first + 3 with dots between. */
void net_dotted(Scanner *s, Phrase *phrase, int first);
/* Degrees or a pair of coordinates that begin with the digit at x. */
void net_position(Scanner *s, uint32_t x);

/* foreign.c: finds of the tagger that are words of a language it has not learned. */
bool tongue_is_named(const Fold *v, const NameSpan *name);    /* "into German", "12 EUR" */
bool foreign_is_word(const Fold *v, const NameSpan *name);    /* German, French, Spanish ... */
bool foreign_is_grammar(const Fold *v, const NameSpan *name); /* Korean, Japanese */

bool jargon_is(const Fold *v, const NameSpan *name); /* jargon.c: "EBITDA", "MySQL" */
bool jargon_is_phrase(const Scanner *s, const NameSpan *name); /* "DISCHARGE SUMMARY" */
bool jargon_is_things(const Scanner *s, const NameSpan *name); /* "Public Speaking" */
bool jargon_is_premises(const Fold *v, const NameSpan *name); /* "Flat 31" */

/* german.c: hands on what of a find in a German text names somebody, and any other find whole. */
void german_take(Scanner *s, const NameSpan *found, void (*take)(Scanner *, const NameSpan *));
/* A long word that ends as only German nouns do, in whatever text ("Personalausweisnummer"). */
bool german_is_compound(Str word);

/* role.c: is anybody named in [*at, end) of a text, found as a person's name? False: it is what
   somebody does ("Hausverwaltung"). A role before a name is taken off it: *at moves. */
bool role_leaves(Str text, size_t *at, size_t end);

/* login.c: behind what says that a person's folder or page follows; 0: nothing begins here */
void login_index(Scanner *s);
/* A folder's or page's name at the anchor x ("/home/", "linkedin.com/in/"). */
uint32_t login_scan(Scanner *s, uint32_t x);
uint32_t login_handle(Scanner *s, uint32_t at_sign); /* at an '@' that is no mail's: behind it */
void login_joined(Scanner *s, uint32_t from, uint32_t until); /* "Fiona_Nakamura.docx" */
enum { LOGIN_MOST = 32, HANDLE_LEAST = 3 };          /* bytes of a login; of what may be one */
bool login_is_common(const Fold *v, uint32_t x, uint32_t n); /* "root": of no one */

/* account.c: whose account a log, a list or a sentence names, and hashes of passwords */
void account_index(Scanner *s);
uint32_t account_scan(Scanner *s, uint32_t x);  /* 0: none begins here */
/* From the name of its kind ("2y", "apr1") or the first digit behind '$': behind it; 0: none. */
uint32_t account_hash(Scanner *s, uint32_t x);
/* Does a word say what is true of a thing, and not which ("wrong", "required")? */
bool account_is_predicate(const Scanner *s, uint32_t at, uint32_t end);

/* mail.c */
void mail_index(Scanner *s);
uint32_t mail_at(Scanner *s, uint32_t at_sign); /* from an '@' */
uint32_t mail_scan(Scanner *s, uint32_t x);     /* from another sign; 0: nothing begins here */
/* Bytes of the letter at x that is neither ASCII nor of a script without blanks; 0: none. */
uint32_t mail_foreign(const Fold *v, uint32_t x);

/* spoken.c: digits written as they are said. */
void spoken_index(Scanner *s);
uint32_t spoken_scan(Scanner *s, uint32_t x); /* 0: nothing begins here */

/* secret.c: bytes of the sign at x, which may stand in a password; 0: it ends one. */
uint32_t secret_sign(const Fold *v, uint32_t x);

/* command.c: behind a program's name or option at x; 0: no secret there. */
uint32_t command_user(Scanner *s, uint32_t x);   /* -u */
uint32_t command_glued(Scanner *s, uint32_t x);  /* mysql ... -pVALUE */
uint32_t command_apart(Scanner *s, uint32_t x);  /* sshpass -p VALUE */
uint32_t command_pgpass(Scanner *s, uint32_t x); /* from the port */
/* 0: -a on the line; 1: the value itself, a blank away; 2: behind USER and '%'. */
uint32_t command_option(Scanner *s, uint32_t x, int which);

/* codes.c: behind the word that announces them; 0: none there. */
uint32_t codes_phrase(Scanner *s, uint32_t x); /* a wallet's words */
uint32_t codes_list(Scanner *s, uint32_t x);   /* one code behind the word, or a list below it */

/* secret.c */
void secret_index(Scanner *s);
uint32_t secret_scan(Scanner *s, uint32_t x); /* 0: nothing begins here */

/* ---- small ones ---- */

enum { /* what a byte is; sign.c has the table */
    SIGN_DIGIT = 1,
    SIGN_SMALL = 2,
    SIGN_CAPITAL = 4,
    SIGN_OCR = 8,     /* a letter that is read for a digit */
    SIGN_JOIN = 16,   /* may stand between two tokens of a number */
    SIGN_COLUMN = 32, /* parts two columns of a table as well */
    SIGN_STOP = 64,   /* may end a clause; 0x82 is the last byte of U+3002 */
    SIGN_HEX = 128,   /* a hexadecimal digit */
    SIGN_MARK = 256,  /* of ASCII; says nothing of a number beside it (small.c) */
    SIGN_PLAIN = 512, /* such a mark, and it begins no tag or entity, of which loose.c knows more */
    SIGN_LETTER = SIGN_SMALL | SIGN_CAPITAL,
    SIGN_WORD = SIGN_DIGIT | SIGN_LETTER
};
extern const uint16_t scan_signs[256];

static inline unsigned sign_of(char c) {
    return scan_signs[(unsigned char)c];
}
/* Short for base/plain.h's: the formats ask for little else. */
static inline bool is_digit(char c) { return plain_is_digit(c); }
static inline char to_lower(char c) { return plain_lower(c); }
static inline char to_upper(char c) { return plain_upper(c); }
static inline bool is_letter(char c) {
    return sign_of(c) & SIGN_LETTER;
}
static inline bool is_alnum(char c) {
    return sign_of(c) & SIGN_WORD;
}
static inline bool has_capital(Str text) {
    for (size_t i = 0; i < text.n; i++) {
        if (plain_is_capital(text.p[i])) return true;
    }
    return false;
}
/* Is the word one of n, none of them empty, letter by letter? */
static inline bool is_among(Str word, const Str *words, size_t n) {
    for (size_t i = 0; i < n; i++) { /* most differ in these, which cost no call */
        if (words[i].n != word.n || words[i].p[0] != word.p[0]) continue;
        if (str_eq(words[i], word)) return true;
    }
    return false;
}
/* Does the text, its letters small, stand at x, whatever capitals it has there? And end there as a
   word (fold_has_word)? And where does it end (takes)? */
static inline bool fold_has(const Fold *v, uint32_t x, const char *small) {
    for (; *small; small++, x++) {
        if (to_lower(fold_at(v, x)) != *small) return false;
    }
    return true;
}
static inline bool fold_has_word(const Fold *v, uint32_t x, const char *small) {
    return fold_has(v, x, small) && !is_alnum(fold_at(v, (int64_t)x + (int64_t)strlen(small)));
}
static inline bool takes(const Fold *v, uint32_t *x, const char *small) {
    bool taken = fold_has(v, *x, small);
    if (taken) *x += (uint32_t)strlen(small);
    return taken;
}
/* Does it end right before x? As a word? */
static inline bool fold_ends(const Fold *v, uint32_t x, const char *small) {
    uint32_t n = (uint32_t)strlen(small);
    return x >= n && fold_has(v, x - n, small);
}
static inline bool fold_ends_word(const Fold *v, uint32_t x, const char *small) {
    return fold_ends(v, x, small) && !is_alnum(fold_at(v, (int64_t)x - (int64_t)strlen(small) - 1));
}
/* The same of a list of such texts, with NULL at its end (base/lists.h): is it true of one? Where
   several stand at x, takes_any takes the first of the list. */
static inline bool fold_has_any(const Fold *v, uint32_t x, const char *const *list) {
    while (*list && !fold_has(v, x, *list)) list++;
    return *list;
}
static inline bool fold_has_any_word(const Fold *v, uint32_t x, const char *const *list) {
    while (*list && !fold_has_word(v, x, *list)) list++;
    return *list;
}
static inline bool takes_any(const Fold *v, uint32_t *x, const char *const *list) {
    while (*list && !takes(v, x, *list)) list++;
    return *list;
}
static inline bool fold_ends_any(const Fold *v, uint32_t x, const char *const *list) {
    while (*list && !fold_ends(v, x, *list)) list++;
    return *list;
}
static inline bool fold_ends_any_word(const Fold *v, uint32_t x, const char *const *list) {
    while (*list && !fold_ends_word(v, x, *list)) list++;
    return *list;
}
/* Is all of [at, end) one of the list? */
static inline bool fold_is_any(const Fold *v, uint32_t at, uint32_t end, const char *const *list) {
    char first = to_lower(fold_at(v, at)); /* most lose by it: lists have fifty words and more */
    for (; *list; list++) {
        if (**list == first && strlen(*list) == end - at && fold_has(v, at, *list)) return true;
    }
    return false;
}
/* Does one of the texts that stand in a row, `width` bytes each, stand at x? */
static inline bool one_at(const Fold *v, uint32_t x, const char *row, uint32_t width) {
    if (x + width > v->n) return false;
    for (; *row; row += width) {
        if (memcmp(v->p + x, row, width) == 0) return true;
    }
    return false;
}
enum { HAN_BYTES = 3 };
static inline bool han_at(const Fold *v, uint32_t x) {
    return x + HAN_BYTES <= v->n && (unsigned char)v->p[x] >= 0xE4 &&
           (unsigned char)v->p[x] <= 0xE9;
}
/* Is the sign at x one of these, of three bytes each? Is the one that ends before x? */
static inline bool sign_in(const Fold *v, uint32_t x, const char *signs) {
    return one_at(v, x, signs, HAN_BYTES);
}
static inline bool sign_before(const Fold *v, uint32_t x, const char *signs) {
    return x >= HAN_BYTES && sign_in(v, x - HAN_BYTES, signs);
}
static inline bool parts_groups(char c) { /* of an amount: "84,500", "84'500.00" */
    return c == ',' || c == '.' || c == '\'';
}
static inline bool is_hex(char c) {
    return sign_of(c) & SIGN_HEX;
}

/* How many digits stand at x, 0 to 8 of them, by eight bytes at once; 0 close to the end, too. */
static inline uint32_t digits_at(const Fold *v, uint32_t x) {
    uint64_t bytes;
    if (v->n - x < 8) return 0;
    memcpy(&bytes, v->p + x, 8);
    bytes ^= 0x3030303030303030u; /* digits are 0 to 9 now, all else has more */
    bytes = (((bytes & 0x7F7F7F7F7F7F7F7Fu) + 0x7676767676767676u) | bytes) & 0x8080808080808080u;
    return bytes ? (uint32_t)__builtin_ctzll(bytes) / 8 : 8;
}

/* Behind all the digits that stand at x. */
static inline uint32_t digits_end(const Fold *v, uint32_t x) {
    while (x < v->n && is_digit(v->p[x])) x++;
    return x;
}

/* The letters and digits at `at`; n 0 where none stands. The caller sets sep. Most are digits. */
static inline void number_token_read(const Fold *v, uint32_t at, Token *out) {
    uint32_t few = digits_at(v, at);
    if (few == 0 || few == 8 || sign_of(v->p[at + few]) & SIGN_WORD) {
        number_token_long(v, at, out);
    } else {
        *out = (Token){.at = at, .n = few, .digits = (uint16_t)few};
    }
}

/* The separator at x, which stands between two tokens; *n is its length. 0: none that joins. Most
   are one byte, or none. */
static inline char number_separator(const Fold *v, uint32_t x, uint32_t *n) {
    char c = fold_at(v, x);
    if (!(sign_of(c) & SIGN_JOIN)) return 0;
    bool line = c == '\r' || c == '\n';
    if (line || !is_alnum(fold_at(v, (int64_t)x + 1))) return number_joint(v, x, n);
    *n = 1;
    return c == ')' ? '(' : c;
}

static inline const Context *phrase_context(Scanner *s, Phrase *phrase) {
    if (!phrase->context_read) {
        phrase->context = context_around(s->words, &s->fold, phrase->token[0].at, phrase->end);
        phrase->context_read = true;
    }
    return &phrase->context;
}

/* check.c: check digits and calendar, over digits '0'..'9' unless said otherwise. */
bool check_luhn(const char *d, int n);
/* The last digit is Verhoeff's check digit, as in Aadhaar. */
bool check_verhoeff(const char *d, int n);
bool check_mod_11_2(const char *d); /* ISO 7064, 18 signs; the last may be 'X' */
bool check_mod_11_10(const char *d, int n);             /* ISO 7064 */
int check_mod_97(const char *c, int n);                 /* remainder; letters count as 10..35 */
int check_weighted(const char *d, const char *weights); /* sum of d[i] * (weights[i] - '0') */
int check_number(const char *d, int n);                 /* value of at most 9 digits */
/* One digit n times over: a placeholder. True for n < 2. */
bool check_all_same(const char *d, int n);
bool check_year_passed(int year); /* or it is this one */

#endif
