/*
 * Fuzzes counting: the first line is a question, the rest a document's text. Any bytes are words,
 * tables, numbers and dates or none, rows lie inside the text, and so does a row that is chosen.
 */
#include <stdlib.h>

#include "../support/alone.h"
#include "turn/tally.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void look_at_row(const TallyRow *row, Str text) {
    TallyNumber number;
    int year, month;
    if (row->start > row->end || row->end > text.n || row->n > TALLY_COLUMNS_MAX) abort();
    for (size_t i = 0; i < row->n; i++) {
        (void)tally_number(row->cells[i], &number);
        bool day = tally_date(row->cells[i], &year, &month);
        if (day && (year < 1900 || year > 2100 || month < 0 || month > 12)) abort();
    }
}

static void ask_for_cell(Arena *arena, Str question, const TallyTable *table, Str text) {
    StoreFile file = {.path = STR("/a/list of 2026.csv")};
    Arena brief;
    TallySheet sheet = {.file = &file, .table = table, .all = text, .brief = &brief};
    size_t row;
    Buf say;
    arena_init(&brief, 16 << 20);
    buf_init(&say, 8192);
    Status status = tally_cell_of(arena, question, &sheet, &row, &say, NULL);
    arena_fini(&brief);
    if (status == OK && row >= table->n) abort();
    buf_fini(&say);
}

/* What a row lists stands in it. */
static void ask_for_column(Arena *arena, Str question, const TallyTable *table, Str text) {
    StoreFile file = {.path = STR("/a/list of 2026.csv")};
    TallySheet sheet = {.file = &file, .table = table, .all = text, .scratch = arena};
    Buf say;
    (void)tally_asks_column(arena, question);
    if (table->n < 2) return;
    buf_init(&say, 8192);
    Status status = tally_column_of(arena, question, &sheet, 1, &say, NULL);
    const TallyRow *row = &table->rows[1];
    if (status == OK && say.n > (row->end - row->start) + 2 * TALLY_COLUMNS_MAX + 2) abort();
    buf_fini(&say);
}

/* Whatever a table and a question say, a column of states is one of the table's. */
static void ask_for_state(Arena *arena, Str question, const TallyTable *table) {
    bool named[TALLY_COLUMNS_MAX];
    TallyWords words;
    TallyState state;
    if (tally_words(arena, question, &words, NULL) != OK) return;
    for (size_t c = 0; c < TALLY_COLUMNS_MAX; c++) named[c] = question.n % (c + 2) == 0;
    if (tally_state(arena, table, &words, named, &state, NULL) != OK) return;
    if (state.column == TALLY_COLUMNS_MAX) return;
    if (state.column >= table->rows[0].n) abort();
    for (size_t i = 1; i < table->n; i++) (void)tally_state_done(&table->rows[i], &state);
}

static void count(Str question, Str text) {
    Arena arena;
    TallyAsk ask;
    TallyTable table = {.n = 1};
    size_t at = 0;
    bool holds;
    arena_init(&arena, 256 << 20);
    if (tally_ask(&arena, question, &ask, NULL) == OK) {
        if (tally_holds(text, &ask.words, &holds, NULL) != OK) abort();
    }
    while (table.n && tally_next_table(&arena, text, &at, &table, NULL) == OK) {
        for (size_t i = 0; i < table.n; i++) look_at_row(&table.rows[i], text);
        if (table.n) ask_for_cell(&arena, question, &table, text);
        if (table.n) ask_for_state(&arena, question, &table);
        if (table.n) ask_for_column(&arena, question, &table, text);
    }
    arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    Str all = {(const char *)data, n};
    size_t line = str_find(all, STR("\n"), 0);
    if (n > 1 << 16 || line == SIZE_MAX) return 0;
    Str question = alone(str_sub(all, 0, line)), text = alone(str_sub(all, line + 1, n));
    count(question, text);
    alone_free(question);
    alone_free(text);
    return 0;
}
