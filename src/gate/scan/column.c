/*
 * Columns whose header says what stands in them.
 *
 *     id,last_name,dob,plan                 INSERT INTO patients (id, last_name, birth_date)
 *     7,Orlova,1982-01-09,pro               VALUES (17, 'Amberson', '1959-06-30'), ...
 *
 * A word such as "dob" or "last_name" reaches what stands right behind it; in a table the values
 * stand lines below. So where such a word is a field of a line of three fields or more, its place
 * is noted (column_note), and when the whole text is read, the same field of each line that follows
 * with as many fields is taken: a name of letters, a date of digits. In SQL the names of columns
 * stand in brackets before VALUES, and the rows in brackets behind it. A comma, a semicolon, a tab
 * or a bar parts fields, and they may stand in quotation marks, which are doubled inside (RFC 4180;
 * SQL's apostrophes alike).
 *
 * Limits: COLUMNS_MAX headers a text, each read once to the end of its rows; LINE_MAX bytes a
 * header. "name" alone is no header, for products have names.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "gate/scan/impl.h"

enum { LINE_MAX_BYTES = 2048, SEPARATORS_LEAST = 2, NAME_MAX = 64, DATE_LEAST = 6, DATE_MAX = 10 };

static bool is_separator(char c) {
    return c == ',' || c == ';' || c == '\t' || c == '|';
}

/* A quotation mark or a blank may stand between the word and what parts it from the next one. */
void column_note(Scanner *s, uint32_t at, uint32_t end, ScanKind kind) {
    const Fold *v = &s->fold;
    uint32_t x = end;
    while (fold_at(v, x) == '"' || fold_at(v, x) == '`' || fold_at(v, x) == ' ') x++;
    char c = fold_at(v, x);
    if (!is_separator(c) && c != ')' && c != '\n' && c != '\r') return;
    if (s->n_columns == ARRAY_LEN(s->columns)) return;
    s->columns[s->n_columns++] = (Column){s->base + fold_start(v, at), kind};
}

static void push(Scanner *s, size_t start, size_t end, ScanKind kind) {
    ScanType type = kind == KIND_BIRTH ? SCAN_DATE : SCAN_PERSON;
    s->status = mem_grow((void **)&s->tagged, &s->cap_tagged, s->n_tagged + 1, sizeof *s->tagged,
                         SCAN_SPANS_MAX, s->err);
    if (s->status == OK) s->tagged[s->n_tagged++] = (ScanSpan){start, end, type, kind, 0.8F};
}

/* Takes a field's value, if it looks like what its header says. */
static void take(Scanner *s, Str text, size_t start, size_t end, ScanKind kind) {
    size_t digits = 0, letters = 0, others = 0;
    while (start < end && strchr(" \"'\r", text.p[start])) start++;
    while (end > start && strchr(" \"'\r", text.p[end - 1])) end--;
    Str value = str_sub(text, start, end);
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        digits += is_digit(c);
        letters += is_letter(c) || (unsigned char)c >= 0x80;
        others += !is_alnum(c) && (unsigned char)c < 0x80 && !strchr(" .-'/", c);
    }
    bool nothing = str_eq_c(value, "NULL") || str_eq_c(value, "null") || str_eq_c(value, "None");
    bool name = letters > 1 && digits == 0 && value.n <= NAME_MAX && !nothing;
    bool date = digits >= DATE_LEAST && letters == 0 && value.n <= DATE_MAX;
    if (others == 0 && s->status == OK && (kind == KIND_BIRTH ? date : name))
        push(s, start, end, kind);
}

/* Where the field at x ends: before a separator, `close` or the line's end. */
static size_t field_end(Str text, size_t x, char separator, char close) {
    while (x < text.n && text.p[x] == ' ') x++;
    char quote = x < text.n && (text.p[x] == '"' || (close && text.p[x] == '\'')) ? text.p[x] : 0;
    for (x += quote != 0; x < text.n; x++) {
        if (quote && text.p[x] == quote) { /* a doubled one is two times this */
            quote = 0;
            if (x + 1 < text.n && text.p[x + 1] == text.p[x]) quote = text.p[x++];
            continue;
        }
        if (quote) continue;
        if (text.p[x] == separator || (close ? text.p[x] == close : text.p[x] == '\n')) break;
    }
    return x;
}

/* One row: how it is written, and which of its fields is asked for. */
typedef struct Row {
    char separator, close; /* close: 0 for lines */
    size_t number;         /* of the field */
    size_t count;          /* of fields that were read */
    size_t from, to;       /* where that field stands; 0, 0: the row has none */
} Row;

/* Reads the row that begins at x and returns where it ends. */
static size_t read_row(Str text, size_t x, Row *row) {
    row->from = row->to = 0;
    for (row->count = 0;; x++) {
        size_t end = field_end(text, x, row->separator, row->close);
        if (row->count++ == row->number) {
            row->from = x;
            row->to = end;
        }
        x = end;
        if (x >= text.n || text.p[x] != row->separator) return x;
    }
}

/* Lines behind the header with as many fields. */
static void read_lines(Scanner *s, Str text, const Column *column) {
    size_t at = column->at, begin = at, x = at;
    while (begin > 0 && at - begin < LINE_MAX_BYTES && text.p[begin - 1] != '\n') begin--;
    while (x < text.n && text.p[x] != '\n' && !is_separator(text.p[x])) x++;
    if (x == text.n) return;
    for (size_t i = at; text.p[x] == '\n' && i > begin; i--) { /* the last field of its line */
        if (is_separator(text.p[i - 1])) x = i - 1;
    }
    Row row = {.separator = text.p[x]};
    if (row.separator == '\n') return;
    for (size_t i = begin; i < at; i++) row.number += text.p[i] == row.separator;
    x = read_row(text, begin, &row);
    size_t header = row.count;
    if (header <= SEPARATORS_LEAST || x - begin > LINE_MAX_BYTES) return;
    while (x + 1 < text.n && s->status == OK) {
        x = read_row(text, x + 1, &row);
        if (row.count != header) return;
        take(s, text, row.from, row.to, column->kind);
    }
}

static size_t behind_blanks(Str text, size_t x) {
    while (x < text.n && (text.p[x] == ' ' || text.p[x] == '\n' || text.p[x] == '\r')) x++;
    return x;
}

/* Rows behind VALUES; false: the header is no list of SQL's. */
static bool read_values(Scanner *s, Str text, const Column *column) {
    static const char word[] = "values";
    Row row = {.separator = ',', .close = ')'};
    size_t open = column->at, x = column->at;
    while (open > 0 && column->at - open < LINE_MAX_BYTES && text.p[open] != '(') {
        row.number += text.p[open] == ',';
        open--;
    }
    if (text.p[open] != '(') return false;
    while (x < text.n && x - open < LINE_MAX_BYTES && text.p[x] != ')') x++;
    x = behind_blanks(text, x + 1);
    for (size_t i = 0; i + 1 < sizeof word; i++, x++) {
        if (x >= text.n || to_lower(text.p[x]) != word[i]) return false;
    }
    while ((x = behind_blanks(text, x)) < text.n && text.p[x] == '(' && s->status == OK) {
        x = read_row(text, x + 1, &row);
        if (x >= text.n) break;
        if (row.to) take(s, text, row.from, row.to, column->kind);
        x = behind_blanks(text, x + 1);
        if (x < text.n && text.p[x] == ',') x++;
    }
    return true;
}

static int by_start(const void *a, const void *b) {
    const ScanSpan *x = a, *y = b;
    return (x->start > y->start) - (x->start < y->start);
}

void columns_find(Scanner *s, Str text) {
    assert(s->n_columns <= ARRAY_LEN(s->columns));
    s->n_tagged = 0;
    for (size_t i = 0; i < s->n_columns && s->status == OK; i++) {
        if (!read_values(s, text, &s->columns[i])) read_lines(s, text, &s->columns[i]);
    }
    if (s->n_tagged == 0 || s->status != OK) return;
    qsort(s->tagged, s->n_tagged, sizeof *s->tagged, by_start);
    merge_tagged(s, text, true);
}
