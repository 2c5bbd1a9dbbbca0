/*
 * Tally: questions that are answered by counting, and by nothing else.
 *
 *   which of my mails are from Anna / about the roof / in March 2024, how many of them
 *   how many contracts end in 2025, what is the sum of the amounts of the invoices: rows of a table
 *   which documents are there, which is the newest, which mention the kiln
 *
 * A model that reads eight passages cannot know how many there are. So these questions, in
 * English, German and Chinese, are recognised by rules and answered from what the documents say of
 * themselves: their list and the words of their passages (tally_files.c), the header lines of every
 * mail, the cells of every table. Each thing that was counted is cited. A rule answers only when it
 * has explained every word of the question; where it cannot be sure it says why (two tables fit,
 * amounts of two currencies) and counts nothing. All other questions go the usual way.
 */
#ifndef HEARTH_TURN_TALLY_H
#define HEARTH_TURN_TALLY_H

#include "base/plain.h"
#include "turn/turn.h"

/* One word of Latin letters or digits in small letters, or one Chinese character. */
typedef struct TallyWord {
    Str text;
    bool used; /* a rule has explained it */
} TallyWord;

enum {
    TALLY_WORDS_MAX = 61, /* of a question, and one more: that shows that it is too long */
    TALLY_PART_LEAST = 4  /* bytes of a part of a compound */
};

typedef struct TallyWords {
    TallyWord *items;
    size_t n;
} TallyWords;

/* Word i, empty behind the last. */
static inline Str tally_word_at(const TallyWords *words, size_t i) {
    return i < words->n ? words->items[i].text : (Str){"", 0};
}

/* Is a word a number? One that begins with a digit has nothing else: see tally_words. */
static inline bool tally_word_is_number(Str word) { return word.n && plain_is_digit(word.p[0]); }

typedef enum TallyKind { TALLY_NONE, TALLY_LIST, TALLY_COUNT, TALLY_SUM, TALLY_CELL } TallyKind;

typedef enum TallyFiles {
    TALLY_FILES_NONE,
    TALLY_FILES_ALL,
    TALLY_FILES_NEWEST,
    TALLY_FILES_MENTION
} TallyFiles;

typedef struct TallyAsk {
    TallyKind kind;
    TallyFiles files;  /* of the documents themselves; NONE: it is not */
    Str wanted;        /* what they are to mention */
    bool mails;        /* of mails; else of rows of a table */
    TallyWords words;
    TallyWords from, to, about; /* of mails; n 0: any */
    int year, month;   /* 1900 to 2100, 1 to 12; 0: any */
    bool spent;        /* "how much did we pay": a sum of rows that the cells alone choose */
    bool who;          /* "who has not paid": rows of people, by a column of states */
    bool by_state;     /* of LIST and COUNT: it asks for what is not paid, or not done */
} TallyAsk;

/* ---- tally_ask.c: what is asked ---- */

/* The words of a text in small letters, in the arena, none of them used; at most TALLY_WORDS_MAX,
   what stands behind is left out. "T40" is one word, "40th" two. */
Status tally_words(Arena *arena, Str text, TallyWords *out, Err *err) WARN_UNUSED;
/* Are two words, both in small letters, the same but for the ending of a plural or a case ("s",
   "es", "e", "n", "en", "er")? Words of less than three bytes must be the same. */
bool tally_same_word(Str a, Str b);
/* So the same, or of one stem: "renew" and "Renewal", "delivers" and "delivery". Five bytes and
   more are alike and at most four behind them are not; words that begin with a digit have no
   stem. */
bool tally_same_stem(Str a, Str b);
/* Is the word the first part of a compound in a document's name: "Wasser", of "Wasserliste"? */
bool tally_begins_compound(Str word, Str name);
/* Could a text have the word, or one that is the same but for its ending? By the word's first three
   bytes, in any case of ASCII letters, which is fast: most rows have none of a question's words. */
bool tally_may_have(Str text, Str word);
/* So the same as one of the list, which ends with NULL. */
bool tally_word_in(Str word, const char *const *list);
/* Do all words of `wanted` stand in the text, whole words where they are no Chinese? */
Status tally_holds(Str text, const TallyWords *wanted, bool *holds, Err *err) WARN_UNUSED;
/* Marks small words that say nothing ("of", "my", 的) as used. */
void tally_explain_fillers(TallyWords *words);
/* Marks as used what phrases of the list, words with blanks between them, explain; *any: one
   did. */
Status tally_explain_any(Arena *arena, TallyWords *words, const char *const *list, bool *any,
                         Err *err) WARN_UNUSED;
/* Reads a question; everything in *out lives in the arena. out->kind TALLY_NONE: it is none of
   these, or too long. For a table, words that only its names and cells can explain are left unused
   in out->words. */
Status tally_ask(Arena *arena, Str question, TallyAsk *out, Err *err) WARN_UNUSED;

/* ---- tally_table.c: tables in a document's text ---- */

enum { TALLY_COLUMNS_MAX = 64 };

typedef struct TallyRow {
    size_t start, end; /* bytes of the text, without the line's end */
    Str cells[TALLY_COLUMNS_MAX]; /* views of the text, blanks around them taken off */
    size_t n;
} TallyRow;

typedef struct TallyTable {
    Str heading;  /* what stands above it; may be empty */
    TallyRow *rows; /* [0] has the names of the columns */
    size_t n;
} TallyTable;

/* Cells at a row's end may be missing: empty. */
Str tally_cell_at(const TallyRow *row, size_t column);
/* The row as it stands in the text that the table is of. */
Str tally_row_text(const TallyRow *row, Str text);
/* The name of the folder that a file lies in; empty: the path has none. */
Str tally_folder(Str path);
/* The next table from byte *at on that has a row of names, in the arena, with views of the text;
   *at goes behind it. out->n 0: there is none, and *at is the text's end. Any bytes; tables of more
   than 100,000 rows are passed over, and so are cells beyond TALLY_COLUMNS_MAX of a row. */
Status tally_next_table(Arena *arena, Str text, size_t *at, TallyTable *out,
                        Err *err) WARN_UNUSED;

enum { TALLY_TEXT_MAX = 16 << 20 }; /* bytes of a file's text in which tables are looked for */

/* A table of a file while it is looked at. */
typedef struct TallySheet {
    const StoreFile *file;
    const TallyTable *table;
    Str all;       /* the file's text; rows are bytes of it */
    size_t number; /* of the table in it, from 0 */
    Arena *scratch; /* empty again at the next table */
    Arena *brief;   /* for the words of one row: whoever reads a row empties it before */
} TallySheet;

typedef Status (*TallyLook)(void *user, const TallySheet *sheet, Err *err);

/* Every table of a file, in order; what the sheet has lives until `look` returns. A failure of
   `look` ends it and is returned. Of a text longer than TALLY_TEXT_MAX the beginning is read: who
   must not count part of a file asks tally_has_tables first. */
Status tally_tables(Store *store, const StoreFile *file, TallyLook look, void *user,
                    Err *err) WARN_UNUSED;
/* In what a file's tables stand: a sheet is nothing else, texts have some between other words. */
typedef enum TallyForm {
    TALLY_FORM_NONE, /* in none that is looked at; or the file could not be read */
    TALLY_FORM_SHEET,
    TALLY_FORM_MARKDOWN,
    TALLY_FORM_TEXT /* docx, html and the like */
} TallyForm;
/* By its format alone; its size is not looked at. */
TallyForm tally_form(const StoreFile *file);
/* Is it a sheet, and small enough that all of it is looked at? */
bool tally_has_tables(const StoreFile *file);
/* Of a store with more documents than these no table is looked at. */
enum { TALLY_FILES_MAX = 4000 };
/* The files of a store that may have tables, sheets and texts, each small enough that all of it is
   looked at. None, where they are more than bytes_max together, or the store has too many files. */
Status tally_list(Turn *turn, Store *store, uint64_t bytes_max, StoreFiles *out,
                  Err *err) WARN_UNUSED;
/* tally_tables, or E_CANCELLED where the turn is. */
Status tally_look(const Turn *turn, Store *store, const StoreFile *file, TallyLook look, void *user,
                  Err *err) WARN_UNUSED;
/* Are its numbers written one way, a point before the decimals? Then no cell may be read in two. */
bool tally_numbers_are_exact(const StoreFile *file);
/* A decimal number with a unit before or behind it. */
typedef struct TallyNumber {
    int64_t digits;  /* without the point */
    int decimals;
    char unit[16];
    bool unsure; /* "1.250" may be more than a thousand, or little more than one */
} TallyNumber;
/* False: the cell is no number of at most 15 digits with at most one unit of at most 15 bytes. */
bool tally_number(Str cell, TallyNumber *out);
double tally_real(const TallyNumber *number); /* to compare, not to add up */
/* Year and month of a date; *month 0: it may be one of two. False: no date. */
bool tally_date(Str cell, int *year, int *month);
/* tally_date as a test of cells; and is one a number, but no date? */
bool tally_is_date(Str cell);
bool tally_is_number(Str cell);
/* What all cells of a column must pass. */
typedef bool (*TallyCellTest)(Str cell);
/* Does the row say what others come to? A cell begins with such a word ("Total 2024", 合计). */
bool tally_is_total(const TallyRow *row);
/* Do all filled cells of the column pass, rows of totals aside, and is one filled? */
bool tally_is_column(const TallyTable *table, size_t column, TallyCellTest test);
/* Is a date in the year and month that are asked for? -1: it cannot be told. */
int tally_in_time(const TallyAsk *ask, Str date);

/* ---- tally_state.c: which rows are done or paid, and which are not ---- */

typedef struct TallyState {
    size_t column; /* TALLY_COLUMNS_MAX: none is asked for */
    bool wants;    /* rows that are done, or those that are not */
    bool by_word;  /* a word like "open" asks for it, not the column's name */
    bool several;  /* the question names more than one */
} TallyState;

/* Do words of the question ask for what is not paid or done? Used ones count, too. */
bool tally_state_asked(const TallyWords *words);
/* The column of states that a question asks for; words that ask for it become used. `named` tells
   of each column whether a word names it and no other. */
Status tally_state(Arena *arena, const TallyTable *table, TallyWords *words, const bool *named,
                   TallyState *out, Err *err) WARN_UNUSED;
/* Does the row say in that column, which there is, that it is done? */
bool tally_state_done(const TallyRow *row, const TallyState *state);

/* ---- tally_rows.c: counting and adding up rows ---- */

typedef struct TallyMatch {
    int64_t file;
    Str path;
    size_t start, end;
    Str line; /* what is said of it in the answer */
} TallyMatch;

typedef struct TallyFound {
    TallyMatch *items;
    size_t n, cap;
    size_t looked_at, undated; /* mails or rows; of them without a date that could be read */
    Buf sum;                   /* TALLY_SUM: the number with its unit; TALLY_CELL: cells; what is
                                  too long for it is no answer (turn_tally) */
    Buf refusal;               /* why nothing was counted; empty: it was */
    Str what;                  /* the table, for the answer */
    bool several;              /* ... because these tables all fit */
    size_t beyond;             /* things that are counted and not among the items */
    bool done;                 /* something fits the question */
} TallyFound;

enum { TALLY_SAY_MAX = 4096 }; /* bytes of TallyFound.sum */

/* Amounts as decimals, exactly. */
typedef struct TallySum {
    int64_t digits;
    int decimals;
    char unit[16];
    const char *trouble; /* why it cannot be told; NULL: it can */
} TallySum;
/* exact: the cell's number is written one way only. An empty cell is nothing. */
void tally_sum_add(TallySum *sum, Str cell, bool exact);
/* "-12.50 EUR": a point, all decimals of the finest amount, the unit behind it. */
void tally_sum_print(const TallySum *sum, Buf *out);

/* Nothing was counted after all: what a rule found so far is no answer. */
void tally_forget(TallyFound *found);
/* One more thing that was counted, with a copy of its line; its other strings are borrowed.
   E_LIMIT: more than a million. */
Status tally_add_row(Turn *turn, TallyFound *found, TallyMatch match, Err *err) WARN_UNUSED;
/* Counts or adds up the rows of the one table that fits ask->words. found->done: a table fits, and
   either the count stands in *found, or found->refusal says why not. Looks at every sheet of the
   store, twice at the one that fits. E_CANCELLED by the rig's flag, between files. */
Status tally_rows(Turn *turn, TallyAsk *ask, Store *store, TallyFound *found, Err *err) WARN_UNUSED;

/* ---- tally_files.c: the documents themselves ---- */

/* Is it asked which documents there are, which is the newest, or which mention *wanted, a view of
   the text? From its words alone; *wanted is empty else. */
TallyFiles tally_files_read(Str text, Str *wanted);
/* By ask->files and ask->wanted. found->done: they stand in *found, the head in found->sum, and
   *ask is TALLY_CELL. Not done where no document mentions it. */
Status tally_files(Turn *turn, TallyAsk *ask, Store *store, TallyFound *found,
                   Err *err) WARN_UNUSED;

/* ---- tally_most.c: the most and the least, of English and German questions ---- */

/* found->done: exactly one table answers it; found->sum has the cells, *ask is TALLY_CELL. *ask is
   overwritten in any case. E_CANCELLED by the rig's flag, between files. */
Status tally_most(Turn *turn, TallyAsk *ask, Store *store, TallyFound *found, Err *err) WARN_UNUSED;
/* Does the question compare? Then the store is worth looking at. */
bool tally_compares(Str question);
/* Is it asked what comes next ("the next meeting")? */
bool tally_asks_next(Str question);

/* ---- tally_cell.c: one cell of one row, of English and German questions ---- */

/* Could the question ask for one? Then the store is worth looking at. */
bool tally_asks_cell(Arena *arena, Str question);
/* The cell of one table, of which `at` has table, file, text and brief: its words are added to
   `say`, *row is where it stands; 0: the table does not answer, and what `say` has more is none. */
Status tally_cell_of(Arena *arena, Str question, const TallySheet *at, size_t *row, Buf *say,
                     Err *err) WARN_UNUSED;
/* found->done: one table answers it; found->sum has the cells, *ask is TALLY_CELL. *ask is
   overwritten in any case. E_CANCELLED by the rig's flag, between files. */
Status tally_cell(Turn *turn, TallyAsk *ask, Store *store, TallyFound *found, Err *err) WARN_UNUSED;

/* ---- tally_column.c: all phone numbers, addresses or the like of tables ---- */

/* Could the question ask for these? Then the store is worth looking at. */
bool tally_asks_column(Arena *arena, Str question);
/* The line of one row of a table, of which `at` has table, file and scratch, into the empty `say`;
   empty: the row is not listed. */
Status tally_column_of(Arena *arena, Str question, const TallySheet *at, size_t row, Buf *say,
                       Err *err) WARN_UNUSED;
/* found->done: tables have such a column, and their rows stand in *found; *ask is TALLY_LIST. *ask
   is overwritten in any case. E_CANCELLED by the rig's flag, between files. */
Status tally_column(Turn *turn, TallyAsk *ask, Store *store, TallyFound *found,
                    Err *err) WARN_UNUSED;

/* ---- tally_zh.c: rows, cells, sums that a Chinese question asks for ---- */

/* found->done: exactly one table answers it; *ask then says how. TALLY_CELL: found->sum has the
   cells with the names of their columns. Not done: *ask is TALLY_NONE where tables were looked at.
   E_CANCELLED by the rig's flag, between files. */
Status tally_zh(Turn *turn, TallyAsk *ask, Store *store, TallyFound *found, Err *err) WARN_UNUSED;

#endif
