/*
 * One cell of a table, in English and German: the body of tally_cell.
 *
 *   What does an outing in the Heron cost?       row by a cell of it, column of prices
 *   Who has the late shift on 4 March?           row by its date, column by its name
 *   Was machen wir am Mittwochnachmittag?        a compound of both
 *   Who is the treasurer of the club?            row by a cell, column of people
 *
 * A small model that reads a table takes the cell beside the right one, or the right one of another
 * row; and what is near a table in meaning need not be near in words. So, as tally_zh.c does for
 * Chinese, a table answers when it explains every word of the question:
 *
 *   the columns   a word of a column's name names the column ("renew": "Renewal date");
 *   the row       words that stand in cells choose the row that has all of them; a date chooses the
 *                 row that has it in any spelling; a number behind a column's name ("week 16") the
 *                 row that has it in that column. Exactly one row must be left; a row with a cell
 *                 that the question says as a whole comes before one that says more;
 *   the rest      names of the file, of its folder and of what stands above the table, small words,
 *                 and words that say only that something is so (light, deeds).
 *
 * A word that is left over ends it: then the question is none of ours and goes the usual way, where
 * a model reads. So "how much is the parrot" is not answered by a row of parrots' food.
 *
 * What is asked for is the column of which the question says most, but for those that chose the
 * row. Two or three of them that are named alike ("Rent day", "Rent week") are told together. Where
 * none is named, "who" asks for the only column of people, "when" for the only one of dates, "how
 * much" for the only one of prices. The cell must then be what such a question wants (given.c): no
 * number for a "who", no word for a "how many". An empty cell answers nothing.
 *
 * boats.csv has Boat, Rent day, Rent week, Crew. "What is the rent of the Heron?":
 *
 *     rent     names two columns
 *     heron    stands in cells of the column Boat: chooses the row, which is the only one
 *     others   grammar, or a word of asking
 *     answer   both columns, for they are named alike: Heron: 12 (Rent day), 60 (Rent week)
 *
 * What is known of a question while a table is looked at is kept in sets of bits, one a word
 * (`needed`) or one a column (`columns`, `given`), so that rows are compared without memory.
 *
 * Two tables that fit alike and say different things: the one of the later document counts, where
 * their names or first lines tell (dated.h, and newer.c for what calls itself outdated); else none
 * does.
 *
 * Limits: BYTES_MAX of tables in a store, beyond which nothing is looked at. A question for yes
 * or no, a choice, a comparison, and one with "not" are none of ours.
 */
#include <assert.h>
#include <stdio.h>

#include "base/calendar.h"
#include "base/lists.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "knowledge/grammar_words.h"
#include "turn/dated.h"
#include "turn/given.h"
#include "turn/tally.h"

enum { /* documents; bytes of all with tables; columns told at once; bytes of a head that tells a
          document's date, of a cell that is told */
       BYTES_MAX = 16 << 20, ASKED_MAX = 3, HEAD_BYTES = 400, ANSWER_BYTES = 600,
       NONE = TALLY_COLUMNS_MAX };

typedef enum Wanted { WANTED_ANY, WANTED_WHO, WANTED_WHEN, WANTED_MUCH } Wanted;

typedef struct Day { int year, month, day; } Day; /* day 0: none; year 0: any */

typedef struct Asked {
    Str question;
    TallyWords words; /* words of asking and of grammar are used */
    Wanted wanted;
    Day day;
} Asked;

/* Which columns and rows a set of bits holds: TALLY_COLUMNS_MAX and TALLY_WORDS_MAX fit. */
typedef uint64_t Bits;
_Static_assert((int)TALLY_COLUMNS_MAX <= 64 && (int)TALLY_WORDS_MAX <= 64, "each has a bit");

static Bits bit(size_t i) {
    assert(i < 64);
    return (Bits)1 << i;
}

/* One table against the question. */
typedef struct Sheet {
    const Asked *asked;
    const TallyTable *table;
    const StoreFile *file;
    Str all; /* its text, of which rows are bytes */
    Arena *scratch;
    Arena *brief; /* empty again behind each row */
    TallyWords words; /* of the question; those of compounds are cut to their first part */
    Bits columns[TALLY_WORDS_MAX]; /* that the word names */
    Bits needed; /* words that the row must hold */
    size_t weight; /* words that the table explains */
    bool meant;    /* a name of the table explains one */
    size_t row; /* 0: none */
    Bits given; /* columns by which the row was chosen */
} Sheet;

/* ---- the question ---------------------------------------------------------------------------- */

static const char *const who[] = {"who", "whom", "whose", "wer", "wen", "wem", "wessen", NULL};
static const char *const when[] = {"when", "wann", NULL};
static const char *const how[] = {"how", "wie", NULL};
static const char *const much[] = {"much", "many", "viel", "viele", "vielen", "hoch", "high", NULL};
static const char *const much_whole[] = {"wieviel", "wieviele", NULL};
static const char *const measure[] = {"long", "lang", "lange", "old", "alt", "often", "oft", "far",
                                      "weit", "big", "large", "gross", "groß", "heavy", "schwer",
                                      "tall", "wide", "breit", NULL};
static const char *const what[] = {"what", "which", "where", "was", "wo", "welche", "welcher",
                                   "welches", "welchen", "welchem", "wohin", NULL};
static const char *const price[] = {"cost", "costs", "price", "prices", "charge", "charged", "fee",
                                    "kostet", "kosten", "preis", "gebühr", NULL};

/* What turns a question into another one. */
static const char *const never[] = {"not", "no", "nicht", "kein", "keine", "keinen", "never", "nie",
                                    "or", "oder", "than", "als", "if", "wenn", "why", "warum",
                                    "but", "about", NULL};

/* Grammar that grammar_words.h has not, as it says something elsewhere. */
static const char *const grammar[] = {
    "s",   "me",  "my",   "our",  "us",    "your",   "please", "per",  "pro",  "each", "je",
    "mal", "beim", "until", "till", "bis", "up",     "bitte",  "mir",  "uns",  "am",   "ab",
    "th",  "st",  "nd",   "rd",   "must",  "should", "may",    "shall", "denn", "ans",  "ins",
    "im",  "one", "mine", "any",  "get",   "gets",   "during", "während", "eigentlich", NULL};

/* Words that say only that a thing is asked for. */
static const char *const light[] = {
    "name",   "number", "person", "people", "shift",   "duty",  "list",  "table", "nummer",
    "person", "schicht", "dienst", "liste", "tabelle", "haben", "hat",   "statt", "findet",
    "heißt",  "lautet", "called", "steht",  "stand",   "liegt", "gilt",  "gelten", NULL};
/* Words that say only that something is so; but who pays is not who does it. */
static const char *const deeds[] = {
    "cost",   "costs",  "charge",  "charged", "pay",      "pays",    "take",   "takes",  "need",
    "needs",  "use",    "used",    "hold",    "holds",    "come",    "comes",  "run",    "runs",
    "work",   "works",  "offer",   "offers",  "give",     "gives",   "want",   "live",   "lives",
    "go",     "goes",   "happen",  "happens", "find",     "price",   "amount", "fee",    "rate",
    "value",  "kosten", "kostet",  "zahlt",   "zahlen",   "bezahlen", "bekommt", "bekomme",
    "gehört", "finden", "dauert",  "machen",  "macht",    "mache",   "muss",   "müssen", "stehen",
    "nimmt",  "braucht", "hält",   "kommt",   "preis",    "betrag",  "gebühr", "zahl",   "höhe",
    "wert",   NULL};

/* Names of columns: of people, then of prices. */
static const char *const people[] = {
    "who",     "wer",     "name",    "holder",   "person",  "contact",  "owner",    "responsible",
    "member",  "tenant",  "customer", "client",  "employee", "teacher", "leader",   "lead",
    "inhaber", "kontakt", "zuständig", "verantwortlich", "mitglied", "mieter", "pächter", "kunde",
    "leiter",  "leitung", "ansprechpartner", "lehrkraft", "mitarbeiter", NULL};
static const char *const prices[] = {"price", "cost", "costs", "fee", "rate", "rent", "amount",
                                     "charge", "preis", "kosten", "gebühr", "miete", "betrag",
                                     NULL};
static const char *const moneys[] = {"eur", "euro", "usd", "gbp", "chf", "dollar", "pound",
                                     "pounds", NULL};

/* 0: no number of at most four digits. */
static int number_of(Str word) {
    int n = 0;
    if (!word.n || word.n > 4) return 0;
    for (size_t i = 0; i < word.n; i++) {
        if (!plain_is_digit(word.p[i])) return 0;
        n = n * 10 + (word.p[i] - '0');
    }
    return n;
}

static bool is_year(int n) { return n >= DATED_YEAR_LEAST && n <= DATED_YEAR_MOST; }

static bool is_day(int day, int month) {
    return day >= 1 && day <= 31 && month >= 1 && month <= 12;
}

/* The date that begins at word i: "4 March (2026)", "March 4th", "4.3.2026", "2026-03-04". *n: its
   words. False: none. "may" and other names of months are words before a day as well. */
static bool day_at(const TallyWords *words, size_t i, Day *out, size_t *n) {
    static const char *const ordinals[] = {"th", "st", "nd", "rd", NULL};
    Str first = tally_word_at(words, i);
    bool ordinal = list_has(tally_word_at(words, i + 1), ordinals);
    size_t next = i + 1 + ordinal;
    Str second = tally_word_at(words, next);
    int a = number_of(first), b = number_of(second), c = number_of(tally_word_at(words, i + 2));
    int month = tally_word_is_number(second) ? 0 : calendar_month(second);
    if (is_year(a) && is_day(c, b)) {
        *out = (Day){a, b, c};
        *n = 3;
    } else if (month && is_day(a, month)) {
        int year = number_of(tally_word_at(words, next + 1));
        *out = (Day){is_year(year) ? year : 0, month, a};
        *n = 2 + ordinal + is_year(year);
    } else if (!tally_word_is_number(first) && is_day(b, calendar_month(first))) {
        bool behind = list_has(tally_word_at(words, i + 2), ordinals);
        int year = number_of(tally_word_at(words, i + 2 + behind));
        *out = (Day){is_year(year) ? year : 0, calendar_month(first), b};
        *n = 2 + behind + is_year(year);
    } else if (is_day(a, b) && is_year(c)) {
        *out = (Day){c, b, a};
        *n = 3;
    } else {
        return false;
    }
    assert(is_day(out->day, out->month) && *n >= 2);
    return true;
}

/* Months have to fit, too: a year that one of them has not is any. */
static bool same_day(const Day *a, const Day *b) {
    bool year = !a->year || !b->year || a->year == b->year;
    return year && a->month == b->month && a->day == b->day;
}

/* What one word says is wanted; false: it is no word of asking. */
static bool read_asking(Asked *out, size_t i) {
    Str word = tally_word_at(&out->words, i), next = tally_word_at(&out->words, i + 1);
    if (list_has(word, who)) {
        out->wanted = WANTED_WHO;
    } else if (list_has(word, when)) {
        out->wanted = WANTED_WHEN;
    } else if (list_has(word, how) && list_has(next, much)) {
        out->wanted = WANTED_MUCH;
        out->words.items[i + 1].used = true;
    } else if (list_has(word, much_whole)) {
        out->wanted = WANTED_MUCH;
    } else if (!list_has(word, what) && !(list_has(word, how) && list_has(next, measure))) {
        return false;
    }
    out->words.items[i].used = true;
    return true;
}

/* A small word: it asks for nothing, and names nothing in a column's name. */
static bool is_idle(Str word) {
    return grammar_word(word) || grammar_word_german(word) || list_has(word, grammar);
}

/* False: it asks for no cell. The first word of asking counts. */
static bool read_question(Asked *out) {
    bool asks = false, paid = false;
    for (size_t i = 0; i < out->words.n; i++) {
        TallyWord *word = &out->words.items[i];
        size_t n;
        if (list_has(word->text, never)) return false;
        if (!asks && read_asking(out, i)) asks = true;
        paid |= list_has(word->text, price);
        if (!out->day.day && day_at(&out->words, i, &out->day, &n)) {
            assert(i + n <= out->words.n); /* each word of it was looked at */
            for (size_t k = i; k < i + n; k++) out->words.items[k].used = true;
        }
        word->used |= is_idle(word->text);
    }
    if (paid && out->wanted == WANTED_ANY) out->wanted = WANTED_MUCH;
    return asks;
}

/* ---- what a table explains ------------------------------------------------------------------- */

/* Is the word of the question one of a name? */
static Status name_has(const Sheet *sheet, Str name, Str word, bool *has, Err *err) {
    TallyWords words;
    *has = false;
    TRY(tally_words(sheet->brief, name, &words, err));
    for (size_t k = 0; k < words.n && !*has; k++) {
        *has = !is_idle(words.items[k].text) && tally_same_stem(word, words.items[k].text);
    }
    return OK;
}

/* The columns that a word names. */
static Status columns_of(const Sheet *sheet, Str word, Bits *out, Err *err) {
    const TallyRow *head = &sheet->table->rows[0];
    *out = 0;
    arena_reset(sheet->brief);
    for (size_t c = 0; c < head->n; c++) {
        bool has;
        TRY(name_has(sheet, head->cells[c], word, &has, err));
        if (has) *out |= bit(c);
    }
    return OK;
}

/* The words of `open` that a row could have. */
static Bits may_be_in(const Sheet *sheet, const TallyRow *row, Bits open) {
    Bits out = 0;
    Str text = tally_row_text(row, sheet->all);
    for (size_t i = 0; i < sheet->words.n; i++) {
        if (open & bit(i) && tally_may_have(text, sheet->words.items[i].text)) out |= bit(i);
    }
    return out;
}

/* Which words of the question that `open` has stand in the cells of a row; *in: in which columns.
   */
static Status words_in_row(const Sheet *sheet, const TallyRow *row, Bits open, Bits *words,
                           Bits in[TALLY_WORDS_MAX], Err *err) {
    *words = 0;
    memset(in, 0, TALLY_WORDS_MAX * sizeof *in);
    open = may_be_in(sheet, row, open);
    arena_reset(sheet->brief);
    for (size_t c = 0; c < row->n && open; c++) {
        TallyWords cell;
        TRY(tally_words(sheet->brief, row->cells[c], &cell, err));
        for (size_t i = 0; i < sheet->words.n; i++) {
            bool there = false;
            if (!(open & bit(i))) continue;
            for (size_t k = 0; k < cell.n && !there; k++) {
                there = tally_same_stem(sheet->words.items[i].text, cell.items[k].text);
            }
            if (!there) continue;
            *words |= bit(i);
            in[i] |= bit(c);
        }
    }
    return OK;
}

/* Which of the open words stand in any row. */
static Status words_in_rows(const Sheet *sheet, Bits open, Bits *out, Err *err) {
    Bits words, in[TALLY_WORDS_MAX];
    *out = 0;
    for (size_t i = 1; i < sheet->table->n && (*out & open) != open; i++) {
        TRY(words_in_row(sheet, &sheet->table->rows[i], open, &words, in, err));
        *out |= words;
    }
    return OK;
}

/* Does the word say nothing of the thing itself? */
static bool is_light(const Sheet *sheet, Str word) {
    bool deed = sheet->asked->wanted != WANTED_WHO && list_has(word, deeds);
    return deed || list_has(word, light);
}

/* "Mittwochnachmittag": the end is the name of a column or a light word, and the beginning is left
   for cells. A linking "s" goes with the end. */
static Status cut_compound(Sheet *sheet, size_t i, Err *err) {
    Str word = sheet->words.items[i].text;
    for (size_t at = TALLY_PART_LEAST; at + TALLY_PART_LEAST <= word.n; at++) {
        Bits columns;
        if (utf8_goes_on(word.p[at])) continue;
        Str end = str_sub(word, at, word.n);
        TRY(columns_of(sheet, end, &columns, err));
        bool fits = columns && !tally_word_is_number(word);
        if (!fits && !is_light(sheet, end)) continue;
        bool link = at > TALLY_PART_LEAST && word.p[at - 1] == 's';
        sheet->words.items[i].text = str_sub(word, 0, at - link);
        sheet->columns[i] = columns;
        return OK;
    }
    return OK;
}

/* "Wasser", of "Wasserabrechnung": a compound of the name begins with the word. */
static Status name_begins(const Sheet *sheet, Str name, Str word, bool *has, Err *err) {
    TallyWords words;
    *has = false;
    TRY(tally_words(sheet->brief, name, &words, err));
    for (size_t k = 0; k < words.n && !*has; k++) {
        *has = tally_begins_compound(word, words.items[k].text);
    }
    return OK;
}

/* Do the file, its folder or what stands above the table say the word? */
static Status context_has(const Sheet *sheet, Str word, bool *has, Err *err) {
    const Str names[] = {str_file_stem(sheet->file->path), sheet->table->heading,
                         tally_folder(sheet->file->path)};
    *has = false;
    arena_reset(sheet->brief);
    for (size_t i = 0; i < ARRAY_LEN(names) && !*has; i++) {
        TRY(name_has(sheet, names[i], word, has, err));
        if (!*has) TRY(name_begins(sheet, names[i], word, has, err));
    }
    return OK;
}

/* The words that neither grammar nor a column explains. */
static Bits open_words(const Sheet *sheet) {
    Bits open = 0;
    for (size_t i = 0; i < sheet->words.n; i++) {
        if (!sheet->words.items[i].used && !sheet->columns[i]) open |= bit(i);
    }
    return open;
}

/* A compound's first part must be explained as well as its end: by a column where the end is a
   light word ("Spätdienst"), else by a cell. */
static Status explain_compounds(Sheet *sheet, Bits *in_cells, Bits *open, Err *err) {
    Bits cut = 0, found;
    for (size_t i = 0; i < sheet->words.n; i++) {
        bool has = true;
        if (!(*open & ~*in_cells & bit(i))) continue;
        Str whole = sheet->words.items[i].text;
        TRY(context_has(sheet, whole, &has, err));
        if (has || is_light(sheet, whole)) continue;
        TRY(cut_compound(sheet, i, err));
        Str part = sheet->words.items[i].text;
        if (part.n == whole.n) continue;
        cut |= bit(i);
        if (sheet->columns[i]) continue;
        TRY(columns_of(sheet, part, &sheet->columns[i], err));
        if (sheet->columns[i]) *open &= ~bit(i);
    }
    if (!cut) return OK;
    TRY(words_in_rows(sheet, cut & *open, &found, err));
    *in_cells |= found;
    return OK;
}

/* *fits: every word is explained. Columns first, then cells, then names and light words. */
static Status explain(Sheet *sheet, bool *fits, Err *err) {
    Bits in_cells;
    *fits = false;
    for (size_t i = 0; i < sheet->words.n; i++) {
        const TallyWord *word = &sheet->words.items[i];
        if (!word->used) TRY(columns_of(sheet, word->text, &sheet->columns[i], err));
    }
    Bits open = open_words(sheet);
    TRY(words_in_rows(sheet, open, &in_cells, err));
    TRY(explain_compounds(sheet, &in_cells, &open, err));
    for (size_t i = 0; i < sheet->words.n; i++) {
        bool has = true;
        if (sheet->columns[i]) sheet->weight++;
        if (!(open & bit(i))) continue;
        if (in_cells & bit(i)) {
            sheet->needed |= bit(i);
            sheet->weight++;
            continue;
        }
        TRY(context_has(sheet, sheet->words.items[i].text, &has, err));
        sheet->weight += has;
        sheet->meant |= has;
        bool idle = is_light(sheet, sheet->words.items[i].text) && !sheet->columns[i];
        if (!has && !idle) return OK;
    }
    *fits = sheet->needed || sheet->asked->day.day;
    return OK;
}

/* ---- the row --------------------------------------------------------------------------------- */

/* The column of the cell that is the day; NONE: no cell is. */
static Status day_column(const Sheet *sheet, const TallyRow *row, size_t *out, Err *err) {
    *out = NONE;
    for (size_t c = 0; c < row->n && *out == NONE; c++) {
        TallyWords words;
        Day day;
        size_t n;
        if (row->cells[c].n > 40) continue;
        TRY(tally_words(sheet->brief, row->cells[c], &words, err));
        for (size_t i = 0; i < words.n && i < 3 && *out == NONE; i++) {
            if (day_at(&words, i, &day, &n) && same_day(&day, &sheet->asked->day)) *out = c;
        }
    }
    return OK;
}

/* "week 16": a number behind the name of a column must stand in that column. */
static bool numbers_fit(const Sheet *sheet, const Bits in[TALLY_WORDS_MAX]) {
    for (size_t i = 1; i < sheet->words.n; i++) {
        Bits column = sheet->columns[i - 1];
        bool number = tally_word_is_number(sheet->words.items[i].text);
        if (!(sheet->needed & bit(i)) || !number) continue;
        if (column && !(in[i] & column)) return false;
    }
    return true;
}

/* Does the question say a whole cell of the row, one by which it was chosen? */
static Status says_whole(const Sheet *sheet, const TallyRow *row, Bits given, bool *whole,
                         Err *err) {
    *whole = false;
    for (size_t c = 0; c < row->n && !*whole; c++) {
        TallyWords cell;
        if (!(given & bit(c))) continue;
        TRY(tally_words(sheet->brief, row->cells[c], &cell, err));
        *whole = cell.n > 0;
        for (size_t k = 0; k < cell.n && *whole; k++) {
            bool said = is_idle(cell.items[k].text);
            for (size_t i = 0; i < sheet->words.n && !said; i++) {
                said = tally_same_stem(sheet->words.items[i].text, cell.items[k].text);
            }
            *whole = said;
        }
    }
    return OK;
}

/* By which of the columns `in` that have word i it chooses the row: a number by the one that is
   named before it, another word rather by those that are not asked for ("the contact at Bakery
   Holt", where the contact is a Holt, too). */
static Bits given_by(const Sheet *sheet, size_t i, Bits in) {
    Bits before = i ? sheet->columns[i - 1] & in : 0, named = 0;
    if (before && tally_word_is_number(sheet->words.items[i].text)) return before;
    for (size_t k = 0; k < sheet->words.n; k++) named |= sheet->columns[k];
    return in & ~named ? in & ~named : in;
}

/* *given: the columns by which the row is chosen; 0: it is not. */
static Status row_fits(const Sheet *sheet, const TallyRow *row, Bits *given, Err *err) {
    Bits words, in[TALLY_WORDS_MAX];
    size_t day = NONE;
    *given = 0;
    if (tally_is_total(row) || row->n > sheet->table->rows[0].n) return OK;
    TRY(words_in_row(sheet, row, sheet->needed, &words, in, err));
    if (words != sheet->needed || !numbers_fit(sheet, in)) return OK;
    if (sheet->asked->day.day) {
        TRY(day_column(sheet, row, &day, err));
        if (day == NONE) return OK;
        *given |= bit(day);
    }
    for (size_t i = 0; i < sheet->words.n; i++) *given |= given_by(sheet, i, in[i]);
    return OK;
}

/* sheet->row stays 0 where none fits, or several do. */
static Status choose_row(Sheet *sheet, Err *err) {
    size_t rows = 0, wholes = 0, whole_row = 0;
    Bits whole_given = 0;
    for (size_t i = 1; i < sheet->table->n; i++) {
        Bits given;
        bool whole;
        TRY(row_fits(sheet, &sheet->table->rows[i], &given, err));
        if (!given) continue;
        TRY(says_whole(sheet, &sheet->table->rows[i], given, &whole, err));
        if (rows++ == 0) {
            sheet->row = i;
            sheet->given = given;
        }
        if (!whole) continue;
        wholes++;
        whole_row = i;
        whole_given = given;
    }
    if (rows > 1) sheet->row = wholes == 1 ? whole_row : 0;
    if (rows > 1 && wholes == 1) sheet->given = whole_given;
    assert(sheet->row < sheet->table->n && (!sheet->row || sheet->given));
    return OK;
}

/* ---- the column ------------------------------------------------------------------------------ */

/* All filled cells of the column. */
static bool is_day_cell(Str cell) {
    Dated day;
    return tally_is_date(cell) || dated_cell(cell, &day);
}

/* Has the column's name a word of the list? */
static Status is_called(const Sheet *sheet, size_t column, const char *const *list, bool *is,
                        Err *err) {
    TallyWords name;
    *is = false;
    TRY(tally_words(sheet->brief, sheet->table->rows[0].cells[column], &name, err));
    for (size_t k = 0; k < name.n && !*is; k++) *is = tally_word_in(name.items[k].text, list);
    return OK;
}

/* Is it a column of what is wanted? */
static Status is_meant(const Sheet *sheet, size_t column, bool *is, Err *err) {
    bool money = false;
    switch (sheet->asked->wanted) {
    case WANTED_WHO: return is_called(sheet, column, people, is, err);
    case WANTED_WHEN: *is = tally_is_column(sheet->table, column, is_day_cell); return OK;
    case WANTED_MUCH:
        TRY(is_called(sheet, column, prices, is, err));
        TRY(is_called(sheet, column, moneys, &money, err));
        *is = (*is || money) && tally_is_column(sheet->table, column, tally_is_number);
        return OK;
    case WANTED_ANY: break;
    }
    *is = false;
    return OK;
}

/* "When is the fair": of a table of payments, one of which was for the fair, the date is that of
   the payment. */
static Status is_of_payments(const Sheet *sheet, bool *is, Err *err) {
    static const char *const booked[] = {"income", "expense", "debit", "credit", "einnahme",
                                         "ausgabe", "soll", NULL};
    *is = false;
    if (sheet->asked->wanted != WANTED_WHEN || sheet->meant) return OK;
    for (size_t c = 0; c < sheet->table->rows[0].n && !*is; c++) {
        TRY(is_called(sheet, c, prices, is, err));
        if (!*is) TRY(is_called(sheet, c, booked, is, err));
    }
    return OK;
}

/* The only column of what is wanted that did not choose the row; 0: none, or several. */
static Status meant_column(const Sheet *sheet, Bits *out, Err *err) {
    size_t n = 0;
    bool paid;
    *out = 0;
    TRY(is_of_payments(sheet, &paid, err));
    if (paid) return OK;
    for (size_t c = 0; c < sheet->table->rows[0].n; c++) {
        bool is;
        if (sheet->given & bit(c)) continue;
        TRY(is_meant(sheet, c, &is, err));
        if (!is) continue;
        *out = bit(c);
        n++;
    }
    if (n != 1) *out = 0;
    return OK;
}

/* Of the columns that are named and did not choose the row those of which the question says most;
   0: none is. False: a word names columns that are none of these, and none that chose the row. */
static bool named_columns(const Sheet *sheet, Bits *out) {
    size_t most = 0;
    *out = 0;
    for (size_t c = 0; c < sheet->table->rows[0].n; c++) {
        size_t hits = 0;
        for (size_t i = 0; i < sheet->words.n; i++) hits += (sheet->columns[i] & bit(c)) != 0;
        if (!hits || sheet->given & bit(c) || hits < most) continue;
        *out = hits > most ? bit(c) : *out | bit(c);
        most = hits;
    }
    for (size_t i = 0; i < sheet->words.n; i++) {
        Bits columns = sheet->columns[i];
        if (columns && !(columns & (*out | sheet->given))) return false;
    }
    return true;
}

static bool has_letter(Str text) {
    for (size_t i = 0; i < text.n; i++) {
        if (plain_is_letter(text.p[i]) || (unsigned char)text.p[i] >= 0x80) return true;
    }
    return false;
}

/* Is the cell what such a question wants? A dash or a question mark is no answer. given.c is shown
   a row, where a number beside "week" may be a price. */
static bool gives(const Sheet *sheet, Str cell, Str name) {
    char text[ANSWER_BYTES];
    if (!has_letter(cell) && !str_has_digit(cell)) return false;
    if (sheet->asked->wanted == WANTED_WHO) return has_letter(cell) && !str_has_digit(cell);
    int n = snprintf(text, sizeof text, "%.*s | %.*s", (int)cell.n, cell.p, (int)name.n, name.p);
    if (n < 0 || (size_t)n >= sizeof text) return false;
    return given_what_was_asked(sheet->asked->question, (Str){text, (size_t)n}) >= 0;
}

/* ---- the answer ------------------------------------------------------------------------------ */

static Str cell_at(const Sheet *sheet, size_t row, size_t column) {
    return tally_cell_at(&sheet->table->rows[row], column);
}

/* " (Rent day, Rent week)": all columns that are asked for and say the same as column c. */
static void say_names(const Sheet *sheet, Bits asked, size_t c, Buf *out) {
    bool any = false;
    Str cell = cell_at(sheet, sheet->row, c);
    for (size_t k = c; k < sheet->table->rows[0].n; k++) {
        Str name = cell_at(sheet, 0, k);
        if (!(asked & bit(k)) || !str_eq(cell_at(sheet, sheet->row, k), cell)) continue;
        buf_printf(out, "%s%.*s", any ? ", " : " (", (int)name.n, name.p);
        any = true;
    }
    if (any) buf_add_byte(out, ')');
}

/* Does an asked column before c say the same? */
static bool said_before(const Sheet *sheet, Bits asked, size_t c) {
    for (size_t k = 0; k < c; k++) {
        bool same = str_eq(cell_at(sheet, sheet->row, k), cell_at(sheet, sheet->row, c));
        if (asked & bit(k) && same) return true;
    }
    return false;
}

/* "Heron: 12 (Rent day), 60 (Rent week)": by what the row was chosen and what it is called, then
   what is asked for. False: a cell is empty or gives something else, or they are too many. */
static bool say_cells(const Sheet *sheet, Bits asked, Buf *out) {
    size_t n = 0, names = 0, columns = sheet->table->rows[0].n;
    assert(sheet->row > 0 && asked); /* row 0 has the names */
    for (size_t c = 0; c < columns; c++) {
        Str cell = cell_at(sheet, sheet->row, c);
        bool tells = sheet->given & bit(c) || (c == 0 && !(asked & 1));
        if (tells && cell.n) buf_printf(out, "%s%.*s", names++ ? ", " : "", (int)cell.n, cell.p);
    }
    if (names) buf_add(out, ": ", 2);
    for (size_t c = 0; c < columns; c++) {
        Str cell = cell_at(sheet, sheet->row, c);
        if (!(asked & bit(c)) || said_before(sheet, asked, c)) continue;
        if (!cell.n || !gives(sheet, cell, cell_at(sheet, 0, c)) || n++ == ASKED_MAX) return false;
        buf_printf(out, "%s%.*s", n > 1 ? ", " : "", (int)cell.n, cell.p);
        say_names(sheet, asked, c, out);
    }
    return n > 0;
}

/* The cell of one table, added to `say`; *row 0: it does not answer. */
static Status ask_table(Sheet *sheet, size_t *row, Buf *say, Err *err) {
    bool fits;
    Bits asked;
    size_t n = sheet->asked->words.n;
    *row = 0;
    sheet->words = (TallyWords){arena_alloc_n(sheet->scratch, n + 1, sizeof(TallyWord)), n};
    if (!sheet->words.items) return err_no_memory(err, "the words of a question");
    assert(n < TALLY_WORDS_MAX); /* read_question takes no longer one */
    memcpy(sheet->words.items, sheet->asked->words.items, n * sizeof(TallyWord));
    TRY(explain(sheet, &fits, err));
    if (fits) TRY(choose_row(sheet, err));
    if (!fits || !sheet->row || !named_columns(sheet, &asked)) return OK;
    if (!asked) TRY(meant_column(sheet, &asked, err));
    bool told = asked && say_cells(sheet, asked, say);
    if (say->status == E_LIMIT) return OK; /* a cell as long as a page is no answer */
    if (told) *row = sheet->row;
    return buf_check(say, "an answer", err);
}

/* False: none of ours. */
static Status read_asked(Arena *arena, Str question, Asked *out, bool *ours, Err *err) {
    *out = (Asked){.question = question};
    TRY(tally_words(arena, question, &out->words, err));
    *ours = out->words.n < TALLY_WORDS_MAX && read_question(out) && !tally_compares(question);
    return OK;
}

/* For who has a table at hand (tests, the fuzz target): no store, no order of documents. */
Status tally_cell_of(Arena *arena, Str question, const TallySheet *at, size_t *row, Buf *say,
                     Err *err) {
    Asked asked;
    bool ours;
    *row = 0;
    TRY(read_asked(arena, question, &asked, &ours, err));
    if (!ours) return OK;
    Sheet sheet = {.asked = &asked, .table = at->table, .file = at->file, .all = at->all,
                   .scratch = arena, .brief = at->brief};
    return ask_table(&sheet, row, say, err);
}

/* ---- all tables ------------------------------------------------------------------------------ */

typedef struct Pass {
    Turn *turn;
    const Asked *asked;
    TallyFound *found;
    Buf say;
    size_t weight, same; /* of the best table so far, and how many are as good */
    Dated date;          /* of its document */
    bool outdated;
} Pass;

/* As dated_order; what calls itself outdated comes before what does not. */
static int order_of(const Pass *pass, const Dated *date, bool outdated) {
    if (outdated != pass->outdated) return outdated ? -1 : 1;
    return dated_order(date, &pass->date);
}

/* In the place of what an earlier, worse table gave. */
static Status take(Pass *pass, const TallySheet *at, const Sheet *sheet, Err *err) {
    assert(sheet->row > 0 && sheet->row < at->table->n && sheet->weight >= pass->weight);
    const TallyRow *row = &at->table->rows[sheet->row];
    TallyMatch match = {at->file->id, at->file->path, row->start, row->end,
                        tally_row_text(row, at->all)};
    pass->same = 1;
    pass->weight = sheet->weight;
    pass->found->n = 0;
    pass->found->looked_at = at->table->n - 1;
    buf_clear(&pass->found->sum);
    buf_add_str(&pass->found->sum, buf_str(&pass->say));
    return tally_add_row(pass->turn, pass->found, match, err);
}

/* A table that fits worse than the best one is not looked at further; of two that fit alike the
   later document counts, and where that cannot be told both are refused (pass->same). */
static Status look_at(void *user, const TallySheet *at, Err *err) {
    Pass *pass = user;
    size_t row;
    Sheet sheet = {.asked = pass->asked, .table = at->table, .file = at->file,
                   .all = at->all, .scratch = at->scratch, .brief = at->brief};
    buf_clear(&pass->say);
    TRY(ask_table(&sheet, &row, &pass->say, err));
    if (!row || sheet.weight < pass->weight) return OK;
    Str head = utf8_cut(at->all, HEAD_BYTES);
    Dated date = dated_of(at->file->path, head);
    bool outdated = newer_outdated(at->file->path, head);
    if (sheet.weight == pass->weight && pass->same) {
        int order = order_of(pass, &date, outdated);
        bool alike = str_eq(buf_str(&pass->say), buf_str(&pass->found->sum));
        if (!alike && order == 0) pass->same++;
        if (alike || order <= 0) return OK;
    }
    pass->date = date;
    pass->outdated = outdated;
    return take(pass, at, &sheet, err);
}

bool tally_asks_cell(Arena *arena, Str question) {
    Asked asked;
    bool ours = false;
    return read_asked(arena, question, &asked, &ours, NULL) == OK && ours;
}

/* A text that is not a sheet may have tables, too, so their bytes count: a store of books would
   take seconds. Of tables that fit alike look_at keeps the one of the later document. */
Status tally_cell(Turn *turn, TallyAsk *ask, Store *store, TallyFound *found, Err *err) {
    Asked asked;
    bool ours;
    StoreFiles files = {0};
    *ask = (TallyAsk){.kind = TALLY_CELL};
    TRY(read_asked(&turn->arena, turn->question, &asked, &ours, err));
    if (!ours) return OK;
    TRY(tally_list(turn, store, BYTES_MAX, &files, err));
    Pass pass = {.turn = turn, .asked = &asked, .found = found};
    buf_init(&pass.say, TALLY_SAY_MAX);
    Status status = OK;
    for (size_t i = 0; status == OK && i < files.n; i++) {
        status = tally_look(turn, store, &files.items[i], look_at, &pass, err);
    }
    buf_fini(&pass.say);
    found->done = status == OK && pass.same == 1;
    if (!found->done) tally_forget(found);
    return status;
}
