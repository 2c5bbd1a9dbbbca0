/*
 * Tables to questions.
 *
 * In extracted text a table is a row a line, its cells joined by " | "; the first row names the
 * columns. A cell that is a number, an amount or a date gives
 *
 *     What is the COLUMN of KEY?       KEY的COLUMN是多少？
 *
 * where KEY is the first cell of its row that is words and stands once in the whole table, so that
 * no other row could be meant. The value stands once in its row, so that its place is clear.
 *
 * Nothing is made of a table whose first row holds a number or an empty cell (it names nothing), of
 * one without a second row, and of rows that have more or fewer cells than the first. Limits:
 * COLUMNS_MAX columns, TABLE_MAX bytes: a longer table gives none, since looking for its keys would
 * take the square of its length.
 *
 * An example:
 *
 *     Date | Payee | Amount
 *     2025-07-28 | Northmoor Power | £389.96
 *
 * The key of the row is "Northmoor Power", since a date is a value; it gives "What is the Amount of
 * Northmoor Power?", gold £389.96, and one for the date.
 */
#include "base/utf8.h"

#include <assert.h>

#include "base/plain.h"
#include "lab/question.h"

enum { COLUMNS_MAX = 16, TABLE_MAX = 256 << 10, KEY_MAX = 60, COLUMN_MAX = 40, VALUE_MAX = 24 };
_Static_assert((int)KEY_MAX + (int)COLUMN_MAX + 32 <= (int)LAB_QUESTION_MAX, "room for both");
_Static_assert((int)VALUE_MAX <= (int)LAB_GOLD_MAX, "a cell is an answer");

typedef struct Row {
    Str cells[COLUMNS_MAX]; /* trimmed */
    size_t n;
} Row;

static Str line_at(Str table, size_t at) {
    return str_line(table, &at);
}

/* false: more cells than COLUMNS_MAX. */
static bool split(Str line, Row *out) {
    out->n = 0;
    for (size_t at = 0; at <= line.n;) {
        size_t bar = str_find(line, STR(" |"), at);
        bool between = bar != SIZE_MAX && (bar + 2 == line.n || line.p[bar + 2] == ' ');
        size_t end = bar == SIZE_MAX ? line.n : bar;
        if (bar != SIZE_MAX && !between) return false;
        if (out->n == COLUMNS_MAX) return false;
        out->cells[out->n++] = str_trim(str_sub(line, at, end));
        at = end + 2;
        if (bar == SIZE_MAX) break;
    }
    return true;
}

typedef struct Letters {
    size_t letters, digits, blanks;
    bool han;
} Letters;

/* What a cell is made of, in characters; han: one Chinese sign at least. */
static Letters count(Str s) {
    Letters n = {0};
    for (size_t at = 0, width; at < s.n; at += width) {
        uint32_t c = utf8_decode(s, at, &width);
        n.han = n.han || unicode_is_cjk(c);
        n.letters += unicode_class(c) == UC_LETTER;
        n.digits += plain_is_digit(c);
        n.blanks += c == ' ';
    }
    return n;
}

/* A digit in a heading makes it a value as likely as a name, so the table is left alone. */
static bool names_columns(const Row *row) {
    for (size_t i = 0; i < row->n; i++) {
        Letters n = count(row->cells[i]);
        if (n.letters == 0 || n.digits > 0 || row->cells[i].n > COLUMN_MAX) return false;
    }
    return row->n >= 2;
}

/* Signs of money and plus or minus may stand before the digits, each at most once in this order;
   up to two blanks leave room for "1 850 kWh" and dates. */
static bool is_value(Str cell) {
    static const char *const signs[] = {"£", "$", "€", "¥", "￥", "-", "+"};
    if (cell.n == 0 || cell.n > VALUE_MAX || count(cell).blanks > 2) return false;
    for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
        Str sign = str_from(signs[i]);
        if (str_starts(cell, sign)) cell = str_sub(cell, sign.n, cell.n);
    }
    return cell.n > 0 && plain_is_digit(cell.p[0]);
}

/* Words that stand once in the table, so that they name one row. */
static bool is_key(Str table, Str cell) {
    return cell.n >= 3 && cell.n <= KEY_MAX && count(cell).letters >= 2 && !is_value(cell) &&
           lab_stands_once(table, cell);
}

/* Headings of files from programs have an underscore where people put a blank. */
static void add(LabAsk *out, Str words) {
    for (size_t i = 0; i < words.n && out->n < LAB_QUESTION_MAX; i++) {
        out->question[out->n++] = words.p[i] == '_' ? ' ' : words.p[i];
    }
}

static void add_key(LabAsk *out, Str key) {
    out->about_start = out->n;
    add(out, key);
    out->about_end = out->n;
}

/* "Telephone" heads a column, "telephone" stands in a sentence; "VAT" stays. */
static void add_column(LabAsk *out, Str column) {
    size_t at = out->n;
    bool title = column.n > 1 && plain_is_capital(column.p[0]) && column.p[1] >= 'a';
    add(out, column);
    if (title && at < out->n) out->question[at] = (char)(column.p[0] + 'a' - 'A');
}

/* COLUMN_MAX and KEY_MAX leave room for both and the words between. */
static void word(LabAsk *out, Str column, Str key) {
    out->chinese = count(column).han || count(key).han;
    if (out->chinese) {
        add_key(out, key);
        add(out, STR("的"));
        add(out, column);
        add(out, STR("是多少？"));
        return;
    }
    add(out, STR("What is the "));
    add_column(out, column);
    add(out, STR(" of "));
    add_key(out, key);
    add(out, STR("?"));
}

/* The first value of the row that begins at byte `from` of the table or later. */
static bool ask_row(Str table, const Row *names, Str line, size_t from, LabAsk *out) {
    assert(line.p >= table.p && line.p + line.n <= table.p + table.n); /* whose offsets count */
    Row row;
    size_t key = 0;
    if (!split(line, &row) || row.n != names->n) return false;
    while (key < row.n && !is_key(table, row.cells[key])) key++;
    for (size_t i = 0; key < row.n && i < row.n; i++) {
        Str value = row.cells[i];
        size_t start = (size_t)(value.p - table.p);
        if (i == key || start < from || !is_value(value) || !lab_stands_once(line, value)) continue;
        *out = (LabAsk){.kind = LAB_TABLE, .gold_start = start, .gold_end = start + value.n};
        assert(start + value.n <= table.n); /* a cell is a part of the table's own bytes */
        word(out, names->cells[i], row.cells[key]);
        return true;
    }
    return false;
}

bool lab_is_table(Str paragraph) {
    Row row;
    Str first = line_at(paragraph, 0);
    return first.n < paragraph.n && paragraph.n <= TABLE_MAX && utf8_valid(paragraph) &&
           split(first, &row) && names_columns(&row);
}

bool lab_ask_table(Str table, size_t *at, LabAsk *out) {
    Row names;
    Str head = line_at(table, 0);
    if (!split(head, &names)) return false;
    for (size_t start = head.n + 1; start < table.n;) {
        Str line = line_at(table, start);
        size_t end = start + line.n;
        if (end > *at && ask_row(table, &names, line, *at, out)) {
            *at = out->gold_end;
            return true;
        }
        start = end + 1;
    }
    return false;
}
