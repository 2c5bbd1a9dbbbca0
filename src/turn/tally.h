/*
 * Tally: questions that are answered by counting, and by nothing else.
 *
 *   which of my mails are from Anna / about the roof / in March 2024, how many of them
 *   how many contracts end in 2025, what is the sum of the amounts of the invoices: rows of a table
 *
 * A model that reads eight passages cannot know how many there are. So these questions, in
 * English, German and Chinese, are recognised by rules and answered from what the documents say of
 * themselves: the header lines of every mail, the cells of every table. Each thing that was counted
 * is cited. A rule answers only when it has explained every word of the question; where it cannot
 * be sure it says why (two tables fit, amounts of two currencies) and counts nothing. All other
 * questions go the usual way.
 */
#ifndef HEARTH_TURN_TALLY_H
#define HEARTH_TURN_TALLY_H

#include "turn/turn.h"

/* One word of Latin letters or digits in small letters, or one Chinese character. */
typedef struct TallyWord {
    Str text;
    bool used; /* a rule has explained it */
} TallyWord;

enum { TALLY_WORDS_MAX = 61 }; /* of a question, and one more */

typedef struct TallyWords {
    TallyWord *items;
    size_t n;
} TallyWords;

typedef enum TallyKind { TALLY_NONE, TALLY_LIST, TALLY_COUNT, TALLY_SUM, TALLY_CELL } TallyKind;

typedef struct TallyAsk {
    TallyKind kind;
    bool mails;        /* of mails; else of rows of a table */
    TallyWords words;
    TallyWords from, to, about; /* of mails; n 0: any */
    int year, month;   /* 0: any */
    bool spent;        /* "how much did we pay": a sum of rows that the cells alone choose */
} TallyAsk;

/* ---- tally_ask.c: what is asked ---- */

Status tally_words(Arena *arena, Str text, TallyWords *out, Err *err) WARN_UNUSED;
/* 1..12 by its English, German or Chinese name, whole or its first three letters; 0: none. */
int tally_month(Str word);
/* Marks the first place where the words of `phrase` follow each other, none of them used, as used;
   endings of plurals do not matter. False: nowhere. */
bool tally_explain(TallyWords *words, const TallyWords *phrase);
bool tally_same_word(Str a, Str b);
/* Do all words of `wanted` stand in the text, whole words where they are no Chinese? */
Status tally_holds(Str text, const TallyWords *wanted, bool *holds, Err *err) WARN_UNUSED;
/* Small words that say nothing. */
void tally_explain_fillers(TallyWords *words);
bool tally_all_used(const TallyWords *words);
/* out->kind TALLY_NONE: the question is none of these. For a table, words that only its names and
   cells can explain are left unused. */
Status tally_ask(Arena *arena, Str question, TallyAsk *out, Err *err) WARN_UNUSED;

/* ---- tally_table.c: tables in a document's text ---- */

enum { TALLY_COLUMNS_MAX = 64 };

typedef struct TallyRow {
    size_t start, end; /* bytes of the text */
    Str cells[TALLY_COLUMNS_MAX];
    size_t n;
} TallyRow;

typedef struct TallyTable {
    Str heading;  /* what stands above it; may be empty */
    TallyRow *rows; /* [0] has the names of the columns */
    size_t n;
} TallyTable;

/* The next table behind *at that has a row of names, in the arena; out->n 0: there is none. */
Status tally_next_table(Arena *arena, Str text, size_t *at, TallyTable *out,
                        Err *err) WARN_UNUSED;

enum { TALLY_TEXT_MAX = 16 << 20 }; /* bytes of a file's text in which tables are looked for */

/* A table of a file while it is looked at. */
typedef struct TallySheet {
    const StoreFile *file;
    TallyTable *table;
    Str all;       /* the file's text; rows are bytes of it */
    size_t number; /* of the table in it, from 0 */
    Arena *scratch; /* empty again at the next table */
} TallySheet;

typedef Status (*TallyLook)(void *user, const TallySheet *sheet, Err *err);

/* Every table of a file, in order. */
Status tally_tables(Store *store, const StoreFile *file, TallyLook look, void *user,
                    Err *err) WARN_UNUSED;
/* A decimal number with a unit before or behind it. */
typedef struct TallyNumber {
    int64_t digits;  /* without the point */
    int decimals;
    char unit[16];
    bool unsure; /* "1.250" may be more than a thousand, or little more than one */
} TallyNumber;
bool tally_number(Str cell, TallyNumber *out);
double tally_real(const TallyNumber *number); /* to compare, not to add up */
/* Year and month of a date; *month 0: it may be one of two. False: no date. */
bool tally_date(Str cell, int *year, int *month);
bool tally_is_date(Str cell);
typedef bool (*TallyCellTest)(Str cell);
/* Rows that say what the others come to. */
bool tally_is_total(const TallyRow *row);
/* Do all filled cells of the column pass, rows of totals aside, and is one filled? */
bool tally_is_column(const TallyTable *table, size_t column, TallyCellTest test);
/* Is a date in the year and month that are asked for? -1: it cannot be told. */
int tally_in_time(const TallyAsk *ask, Str date);

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
    Buf sum;                   /* TALLY_SUM: the number with its unit; TALLY_CELL: cells */
    Buf refusal;               /* why nothing was counted; empty: it was */
    Str what;                  /* the table, for the answer */
    bool several;              /* ... because these tables all fit */
    bool done;                 /* something fits the question */
} TallyFound;

/* Amounts as decimals, exactly. */
typedef struct TallySum {
    int64_t digits;
    int decimals;
    char unit[16];
    const char *trouble; /* why it cannot be told; NULL: it can */
} TallySum;
/* exact: the cell's number is written one way only. An empty cell is nothing. */
void tally_sum_add(TallySum *sum, Str cell, bool exact);
void tally_sum_print(const TallySum *sum, Buf *out);
bool tally_has_tables(const StoreFile *file);

Status tally_add(TallyFound *found, TallyMatch match, Err *err) WARN_UNUSED;
/* The same with a copy of the match's line. */
Status tally_add_row(Turn *turn, TallyFound *found, TallyMatch match, Err *err) WARN_UNUSED;
Status tally_rows(Turn *turn, TallyAsk *ask, Store *store, TallyFound *found, Err *err) WARN_UNUSED;

/* ---- tally_most.c: the most and the least, of English and German questions ---- */

/* found->done: exactly one table answers it; found->sum has the cells, *ask is TALLY_CELL. */
Status tally_most(Turn *turn, TallyAsk *ask, Store *store, TallyFound *found, Err *err) WARN_UNUSED;
/* Does the question compare? Then the store is worth looking at. */
bool tally_compares(Str question);

/* ---- tally_zh.c: rows, cells, sums that a Chinese question asks for ---- */

/* found->done: exactly one table answers it; *ask then says how. TALLY_CELL: found->sum has the
   cells with the names of their columns. */
Status tally_zh(Turn *turn, TallyAsk *ask, Store *store, TallyFound *found, Err *err) WARN_UNUSED;

#endif
