/*
 * Tables, numbers and dates in a document's text: the body of the second half of tally.h.
 *
 * Readers write a row as one line, its cells joined by " | ", and rows of one table under each
 * other; an empty line ends it. Tables of Markdown stand as they are written, with a line of dashes
 * below the names and bars at both ends. The first row has the names of the columns where no cell
 * of it is a number. Cells at a row's end may be missing.
 *
 * The corner above the names of rows may be empty. Names may stand on two lines, where one spans
 * several columns: "| Boat | Rent | |" above "| | day | week |" is Boat, Rent day, Rent week; so is
 * "Boat | Rent | Rent" above "Boat | day | week". A line above the names that has gaps ("As of May
 * | | by Anna") is no part of the table.
 *
 *     Boat | Rent day | Rent week      rows[0], names
 *     Heron | 12 | 60                  rows[1]; cells are views of the text
 *     Teal | 9                         rows[2], n 2: the last cell is missing
 *                                      (empty) the table ends
 *
 * A list of boxes, as Markdown has them, is a table, too, up to the next one of bars:
 *
 *     - [x] order collars              Task | Done
 *     - [ ] white lids                 order collars | [x]
 *                                      white lids | [ ]
 *
 * A first column that only numbers the rows ("No." with 1, 2, 3) is left out of them.
 *
 * A row keeps the place of its line (start, end), which is what an answer cites. A block of lines
 * with bars whose first line is no row of names is passed over as a whole: half of it would be
 * taken for a table of its own.
 *
 * A number may have a sign, separators of thousands, which stand between groups of three, a unit.
 * Where both '.' and ',' stand, the last is the decimal mark; a single one before exactly three
 * digits may be either, and is unsure. A date is YYYY-MM-DD, D.M.YYYY, D/M/YYYY (or M/D: the month
 * is unsure where both can be one), YYYY年M月D日, or has a month's name.
 */
#include <assert.h>
#include <stdio.h>

#include "base/calendar.h"
#include "base/lists.h"
#include "base/plain.h"
#include "knowledge/doc.h"
#include "turn/dated.h"
#include "turn/tally.h"

enum {
    ROWS_MAX = 100000,      /* of a table */
    DIGITS_MAX = 15,        /* of a number: a double still tells them apart */
    SCRATCH_MAX = 256 << 20, /* bytes for the table at hand, of which 100,000 rows take 105 MB */
    BRIEF_MAX = 16 << 20,    /* for a row, or a column's name: TALLY_WORDS_MAX words a cell */
    WORD_BYTES = 32         /* of a word of totals */
};

_Static_assert((size_t)ROWS_MAX * sizeof(TallyRow) <= (size_t)SCRATCH_MAX / 2,
               "the longest table leaves as much for whoever looks at it");
enum { WORD_COST = sizeof(TallyWord) + 1024 + 16 }; /* a word of tally_ask.c, in an arena */
_Static_assert((size_t)TALLY_COLUMNS_MAX * (TALLY_WORDS_MAX + 1) * WORD_COST <= (size_t)BRIEF_MAX,
               "the words of all cells of a row");

/* ---- rows ------------------------------------------------------------------------------------ */

Str tally_cell_at(const TallyRow *row, size_t column) {
    return column < row->n ? row->cells[column] : (Str){"", 0};
}

Str tally_row_text(const TallyRow *row, Str text) {
    return str_sub(text, row->start, row->end);
}

Str tally_folder(Str path) {
    Str name = str_file_name(path), folder = str_sub(path, 0, path.n - name.n);
    if (folder.n) folder.n--; /* the slash */
    return str_file_name(folder);
}

static Str line_at(Str text, size_t at) {
    return str_line(text, &at);
}

/* The line below the names of a table in Markdown: "|---|:-:|". */
static bool is_rule(Str line) {
    bool dash = false;
    for (size_t i = 0; i < line.n; i++) {
        if (!memchr("|-: ", line.p[i], 4)) return false;
        dash = dash || line.p[i] == '-';
    }
    return dash && str_has(line, STR("|"));
}

/* A bar with blanks around it, or at an end: "a|b" in prose is none. */
static bool is_row(Str line) {
    return doc_has_row(line) || str_ends(line, STR(" |")) ||
           str_starts(line, STR("| ")) || is_rule(line);
}

/* Cells beyond TALLY_COLUMNS_MAX are left out. */
static void split_row(Str text, size_t at, TallyRow *row) {
    Str line = line_at(text, at);
    *row = (TallyRow){.start = at, .end = at + line.n};
    for (size_t from = 0; from <= line.n && row->n < TALLY_COLUMNS_MAX;) {
        size_t end = str_find(line, STR("|"), from);
        if (end == SIZE_MAX) end = line.n;
        row->cells[row->n++] = str_trim(str_sub(line, from, end));
        from = end + 1;
    }
    assert(row->n >= 1 && row->n <= TALLY_COLUMNS_MAX);
}

/* "Size m2" is a name, "12 m" is a cell. */
static bool is_name(Str cell) {
    TallyNumber number;
    return cell.n && (plain_is_letter(cell.p[0]) || !tally_number(cell, &number));
}

/* All but the corner, which may be empty. */
static bool names_columns(const TallyRow *row) {
    for (size_t i = 0; i < row->n; i++) {
        if (!is_name(row->cells[i]) && (i || row->cells[0].n)) return false;
    }
    return row->n >= 2;
}

/* Do two rows name the columns together? Each gap of the first has a name in the second, which has
   names only there and below the name that spans the gap. */
static bool names_by_two(const TallyRow *over, const TallyRow *under) {
    size_t gaps = 0;
    if (over->n < 3 || under->n > over->n || !under->n || under->cells[0].n) return false;
    if (!is_name(over->cells[0])) return false;
    for (size_t i = 1; i < over->n; i++) {
        Str above = over->cells[i], below = tally_cell_at(under, i);
        bool gap = !above.n, spans = i + 1 < over->n && !over->cells[i + 1].n;
        if ((!gap && !is_name(above)) || (gap && !below.n)) return false;
        if (below.n && !(is_name(below) && (gap || spans))) return false;
        gaps += gap;
    }
    return gaps > 0;
}

/* The same where the readers say a name in each column and row that it spans: "Boat | Rent | Rent"
   above "Boat | day | week". What differs stands below a name that is said twice. */
static bool names_again(const TallyRow *over, const TallyRow *under) {
    size_t wide = 0, same = 0;
    if (over->n < 3 || under->n != over->n) return false;
    for (size_t i = 0; i < over->n; i++) {
        Str above = over->cells[i], below = under->cells[i];
        bool left = i && str_eq(over->cells[i - 1], above);
        bool right = i + 1 < over->n && str_eq(over->cells[i + 1], above);
        if (!is_name(above) || !is_name(below)) return false;
        if (str_eq(above, below)) same++;
        else if (left || right) wide++;
        else return false;
    }
    return wide && same;
}

/* "Rent day": the names of both rows, in the arena. */
static Status join_names(Arena *arena, TallyRow *over, const TallyRow *under, Err *err) {
    Str span = {"", 0};
    assert(under->n <= over->n); /* who looked at the same two rows has said so */
    for (size_t i = 0; i < over->n; i++) {
        Str below = tally_cell_at(under, i);
        if (over->cells[i].n) span = over->cells[i];
        if (!below.n || str_eq(below, over->cells[i])) continue;
        char *name = arena_alloc_n(arena, span.n + below.n + 1, 1);
        if (!name) return err_no_memory(err, "the names of a table");
        memcpy(name, span.p, span.n);
        name[span.n] = ' ';
        memcpy(name + span.n + 1, below.p, below.n);
        over->cells[i] = (Str){name, span.n + 1 + below.n};
    }
    return OK;
}

/* A row of it, whose cells stand between bars at both ends. */
static void split_markdown(Str text, size_t at, TallyRow *row) {
    split_row(text, at, row);
    bool front = row->n && !row->cells[0].n;
    if (front) memmove(row->cells, row->cells + 1, --row->n * sizeof *row->cells);
    if (front && row->n && !row->cells[row->n - 1].n) row->n--;
}

/* Lines of the block at `at` that are rows; 0 when the first is none. */
static size_t count_rows(Str text, size_t at) {
    size_t n = 0;
    while (at < text.n) {
        Str line = line_at(text, at);
        if (!is_row(line)) break;
        at += line.n + 1;
        n++;
    }
    return n;
}

/* The last line above the table that is not empty; empty where that is a row of another one. */
static Str heading_before(Str text, size_t at) {
    while (at && (text.p[at - 1] == '\n')) at--;
    size_t from = at;
    while (from && text.p[from - 1] != '\n') from--;
    Str line = str_sub(text, from, at);
    return is_row(line) ? (Str){line.p, 0} : line;
}

/* How a block of lines begins: lines of it, and those that name its columns. */
typedef struct Block {
    size_t n, names; /* names 0: it is no table; else 1, or 2 with a second line of names */
    bool rule;       /* the line behind the first is no row but Markdown's */
} Block;

/* The row that line i of the block is; `at`: where it stands. */
static void split_line(Str text, size_t at, const Block *block, TallyRow *row) {
    if (block->rule) split_markdown(text, at, row);
    else split_row(text, at, row);
}

/* "As of 31 August | | | by Anna" above the names of a table, without an empty line between: some
   of its cells are empty, below it all columns are named, and below those not all are names. */
static bool stands_above(const TallyRow *over, const TallyRow *names, Str text, size_t at) {
    TallyRow below;
    bool gap = over->n < names->n, other = false;
    for (size_t i = 1; i < over->n; i++) gap = gap || !over->cells[i].n;
    if (!gap || over->n > names->n || !names->cells[0].n || !names_columns(names)) return false;
    split_row(text, at + line_at(text, at).n + 1, &below);
    for (size_t i = 0; i < below.n && !other; i++) {
        other = below.cells[i].n && !is_name(below.cells[i]);
    }
    return other && below.n == names->n;
}

/* Looks at the first lines alone; how many lines follow is counted, so that what is no table can
   be stepped over as a whole. */
static Block block_at(Str text, size_t at) {
    TallyRow head, under;
    size_t second = at + line_at(text, at).n + 1;
    Block block = {count_rows(text, at), 0, false};
    if (block.n < 2 || block.n > ROWS_MAX) return block;
    block.rule = is_rule(line_at(text, second));
    split_line(text, at, &block, &head);
    if (names_columns(&head)) block.names = 1;
    if (!block.rule) {
        split_row(text, second, &under);
        if (names_by_two(&head, &under) || names_again(&head, &under)) block.names = 2;
        bool more = block.n > 2; /* a row below the second: its text may end behind it */
        if (!block.names && more && stands_above(&head, &under, text, second)) {
            return (Block){1, 0, false};
        }
    }
    if (block.n <= block.names + block.rule) block.names = 0; /* nothing below the names */
    return block;
}

/* The first word of a cell in small letters, cut; empty: it begins with something else. */
static Str first_word(Str cell, char low[WORD_BYTES]) {
    size_t n = 0;
    for (; n < cell.n && n < WORD_BYTES; n++) {
        if (!plain_is_letter(cell.p[n]) && (unsigned char)cell.p[n] < 0x80) break;
        low[n] = plain_lower(cell.p[n]);
    }
    return (Str){low, n};
}

/* A whole word, since "Summer course" and "Gesamtschule" are rows like others. */
static bool says_total(Str cell) {
    static const char *const words[] = {"total", "totals", "subtotal", "sum", "sums", "summe",
                                        "summen", "zwischensumme", "gesamt", NULL};
    static const char *const whole[] = {"summe", "betrag", "kosten", "preis", "wert", "zahl",
                                        "menge", "ergebnis", "umsatz", "stunden", NULL};
    static const char *const han[] = {"合计", "总计", "小计", "共计", "总和", NULL};
    char low[WORD_BYTES];
    Str word = first_word(cell, low), gesamt = STR("gesamt");
    bool compound = str_starts(word, gesamt) && list_has(str_sub(word, gesamt.n, word.n), whole);
    return list_has(word, words) || compound || list_starts(cell, han);
}

/* Does the first column only number the rows? It is called so, and counts from 1 on; cells joined
   say a number again, a total none. */
static bool only_numbers(const TallyTable *table) {
    static const char *const names[] = {"序号", "序", "行号", "no", "no.", "nr", "nr.", "lfd. nr.",
                                        "lfd.nr.", "pos", "pos.", "#", "№", "n.º", NULL};
    char low[WORD_BYTES];
    Str name = table->rows[0].cells[0];
    size_t n = 0;
    if (table->rows[0].n < 3 || name.n > sizeof low) return false;
    for (size_t i = 0; i < name.n; i++) low[i] = plain_lower(name.p[i]);
    if (!list_has((Str){low, name.n}, names)) return false;
    for (size_t i = 1; i < table->n; i++) {
        char next[24], same[24];
        Str cell = table->rows[i].cells[0];
        (void)snprintf(next, sizeof next, "%zu", n + 1);
        (void)snprintf(same, sizeof same, "%zu", n);
        if (str_eq_c(cell, next)) n++;
        else if (cell.n && !str_eq_c(cell, same) && !says_total(cell)) return false;
    }
    return n > 0;
}

/* What a row is, the column behind its number says. A word of totals stays in front. */
static void drop_numbers(TallyTable *table) {
    if (!only_numbers(table)) return;
    for (size_t i = 0; i < table->n; i++) {
        TallyRow *row = &table->rows[i];
        Str first = row->cells[0];
        if (row->n < 2) continue;
        memmove(row->cells, row->cells + 1, --row->n * sizeof *row->cells);
        if (!row->cells[0].n && says_total(first)) row->cells[0] = first;
    }
}

/* ---- lists of boxes -------------------------------------------------------------------------- */

/* Where the box begins in "- [x] milk", in a list of any depth; line.n: there is none. */
static size_t box_in(Str line) {
    size_t at = 0;
    while (at < line.n && (line.p[at] == ' ' || line.p[at] == '\t')) at++;
    bool box = line.n - at > 6 && memchr("-*+", line.p[at], 3) && line.p[at + 1] == ' ' &&
               line.p[at + 2] == '[' && memchr(" xX", line.p[at + 3], 3) &&
               line.p[at + 4] == ']' && line.p[at + 5] == ' ';
    return box ? at + 2 : line.n;
}

/* Behind the last line with a box before the next table; *n: lines with one. */
static size_t boxes_end(Str text, size_t at, size_t *n) {
    size_t end = at;
    *n = 0;
    while (at < text.n) {
        Str line = line_at(text, at);
        bool box = box_in(line) < line.n;
        if (!box && is_row(line)) break;
        at += line.n + 1;
        *n += box;
        if (box) end = at;
    }
    return end;
}

/* The list that begins at *at as a table of two columns; what stands between boxes is none of
   it. */
static Status take_boxes(Arena *arena, Str text, size_t *at, TallyTable *out, Err *err) {
    size_t n, end = boxes_end(text, *at, &n);
    assert(n > 0); /* the caller saw one */
    if (n >= ROWS_MAX) {
        *at = end;
        return OK;
    }
    out->heading = heading_before(text, *at);
    out->rows = arena_alloc_n(arena, n + 1, sizeof *out->rows);
    if (!out->rows) return err_no_memory(err, "a table");
    out->rows[out->n++] = (TallyRow){*at, *at, {STR("Task"), STR("Done")}, 2};
    while (*at < end) {
        Str line = line_at(text, *at);
        size_t box = box_in(line);
        if (box < line.n) {
            Str task = str_trim(str_sub(line, box + 4, line.n)), mark = str_sub(line, box, box + 3);
            out->rows[out->n++] = (TallyRow){*at + box, *at + line.n, {task, mark}, 2};
        }
        *at += line.n + 1;
    }
    assert(out->n == n + 1);
    return OK;
}

/* A block that is no table is stepped over as a whole, a line of prose by itself. */
Status tally_next_table(Arena *arena, Str text, size_t *at, TallyTable *out, Err *err) {
    *out = (TallyTable){.n = 0};
    while (*at < text.n && !out->n) {
        Str line = line_at(text, *at);
        if (box_in(line) < line.n) {
            TRY(take_boxes(arena, text, at, out, err));
            continue;
        }
        Block block = block_at(text, *at);
        if (block.names) {
            out->heading = heading_before(text, *at);
            out->rows = arena_alloc_n(arena, block.n, sizeof *out->rows);
            if (!out->rows) return err_no_memory(err, "a table");
        }
        for (size_t i = 0; i < (block.n ? block.n : 1); i++) {
            TallyRow under;
            bool second = i == 1 && block.names == 2;
            if (second) {
                split_row(text, *at, &under);
                TRY(join_names(arena, &out->rows[0], &under, err));
            } else if (block.names && !(block.rule && i == 1)) {
                split_line(text, *at, &block, &out->rows[out->n++]);
            }
            *at += line_at(text, *at).n + 1;
        }
    }
    if (out->n) drop_numbers(out);
    assert(!out->n || (out->n >= 2 && out->rows[0].n >= 2)); /* names, and a row below them */
    return OK;
}

/* One text and one table at a time: the scratch is emptied for the next, so that a file of a
   thousand tables needs what its largest one does. */
Status tally_tables(Store *store, const StoreFile *file, TallyLook look, void *user, Err *err) {
    Buf text;
    Arena scratch, brief;
    TallyTable table = {.n = 1};
    buf_init(&text, TALLY_TEXT_MAX + 1);
    arena_init(&scratch, SCRATCH_MAX);
    arena_init(&brief, BRIEF_MAX);
    Status status = store_text(store, file->id, 0, TALLY_TEXT_MAX, &text, err);
    TallySheet sheet = {.file = file, .table = &table, .all = buf_str(&text), .scratch = &scratch,
                        .brief = &brief};
    for (size_t at = 0; status == OK && table.n; sheet.number++) {
        arena_reset(&scratch);
        status = tally_next_table(&scratch, sheet.all, &at, &table, err);
        if (status == OK && table.n) status = look(user, &sheet, err);
    }
    arena_fini(&brief);
    arena_fini(&scratch);
    buf_fini(&text);
    return status;
}

bool tally_is_total(const TallyRow *row) {
    for (size_t k = 0; k < row->n; k++) {
        if (says_total(row->cells[k])) return true;
    }
    return false;
}

/* By the names that the readers give (knowledge/read). PDF is in none of the lists. */
TallyForm tally_form(const StoreFile *file) {
    static const char *const sheets[] = {"csv", "xlsx", "opendocument", "xls", NULL};
    static const char *const texts[] = {"docx", "html", "doc", "rtf", NULL};
    if (file->state != FILE_READ) return TALLY_FORM_NONE;
    Str format = str_from(file->format);
    if (list_has(format, sheets)) return TALLY_FORM_SHEET;
    if (str_eq_c(format, "markdown")) return TALLY_FORM_MARKDOWN;
    return list_has(format, texts) ? TALLY_FORM_TEXT : TALLY_FORM_NONE;
}

bool tally_numbers_are_exact(const StoreFile *file) {
    return strcmp(file->format, "xlsx") == 0 || strcmp(file->format, "xls") == 0;
}

bool tally_has_tables(const StoreFile *file) {
    return tally_form(file) == TALLY_FORM_SHEET && file->text_bytes <= TALLY_TEXT_MAX;
}

Status tally_list(Turn *turn, Store *store, uint64_t bytes_max, StoreFiles *out, Err *err) {
    uint64_t bytes = 0;
    size_t kept = 0;
    TRY(store_list(store, &turn->arena, out, err));
    bool many = out->n > TALLY_FILES_MAX;
    for (size_t i = 0; i < out->n; i++) {
        StoreFile *file = &out->items[i];
        if (tally_form(file) == TALLY_FORM_NONE || file->text_bytes > TALLY_TEXT_MAX) continue;
        bytes += file->text_bytes;
        out->items[kept++] = *file;
    }
    out->n = many || bytes > bytes_max ? 0 : kept;
    return OK;
}

Status tally_look(const Turn *turn, Store *store, const StoreFile *file, TallyLook look, void *user,
                  Err *err) {
    if (atomic_load(&turn->rig->cancel)) return err_set(err, E_CANCELLED, "stopped");
    return tally_tables(store, file, look, user, err);
}

/* Empty cells say nothing against it, as one number may be missing; a column of empty ones is
   none. */
bool tally_is_column(const TallyTable *table, size_t column, TallyCellTest test) {
    size_t filled = 0;
    for (size_t i = 1; i < table->n; i++) {
        const TallyRow *row = &table->rows[i];
        if (column >= row->n || !row->cells[column].n || tally_is_total(row)) continue;
        if (!test(row->cells[column])) return false;
        filled++;
    }
    return filled > 0;
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* What stands around the digits, without blanks: "EUR", "€", "%". */
static bool take_unit(Str part, TallyNumber *out) {
    part = str_trim(part);
    if (!part.n) return true;
    if (out->unit[0] || part.n >= sizeof out->unit) return false;
    for (size_t i = 0; i < part.n; i++) {
        bool fine = (unsigned char)part.p[i] >= 0x80 || plain_is_letter(part.p[i]) ||
                    memchr("$%/ ", part.p[i], 4);
        if (!fine) return false;
    }
    memcpy(out->unit, part.p, part.n);
    return true;
}

/* Where the decimal mark stands in the run; run.n: nowhere. */
static size_t decimal_sign(Str run, bool *unsure) {
    assert(run.n && plain_is_digit(run.p[0]) && plain_is_digit(run.p[run.n - 1]));
    size_t last = run.n, marks = 0, kinds = 0;
    char seen = 0;
    for (size_t i = 0; i < run.n; i++) {
        if (run.p[i] != '.' && run.p[i] != ',') continue;
        kinds += seen && seen != run.p[i];
        seen = run.p[i];
        last = i;
        marks++;
    }
    size_t behind = run.n - last - (last < run.n);
    *unsure = marks == 1 && behind == 3 && last > 0 && last <= 3 && run.p[0] != '0';
    if (marks > 1 && !kinds) return run.n; /* 1.250.000 */
    return last;
}

/* Do separators stand between thousands? Three digits before the decimal mark; in the groups before
   three, or two (1,00,000 is a lakh); no separator behind the mark: 1.2.3 is a version, 01.02.24 a
   day, 030 123456 a telephone. 192.168.100.200 is taken for a number. */
static bool is_grouped(Str run, size_t point) {
    size_t from = 0, groups = 0, middle = 0;
    for (size_t i = 0; i <= point; i++) {
        if (i < point && plain_is_digit(run.p[i])) continue;
        size_t n = i - from;
        bool first = groups++ == 0, last = i == point;
        from = i + 1;
        if (first && last) break; /* no separator at all: any number of digits */
        if (!first && !last && !middle) middle = n;
        bool fine = first ? n >= 1 && n <= 3 : last ? n == 3 : n == middle && (n == 2 || n == 3);
        if (!fine) return false;
    }
    for (size_t i = point + 1; i < run.n; i++) {
        if (!plain_is_digit(run.p[i])) return false;
    }
    return true;
}

/* Separators are dropped; decimals are the digits behind the mark. False: they are none. */
static bool take_digits(Str run, TallyNumber *out) {
    size_t point = decimal_sign(run, &out->unsure), digits = 0;
    if (!is_grouped(run, point)) return false;
    for (size_t i = 0; i < run.n; i++) {
        if (!plain_is_digit(run.p[i])) continue;
        if (++digits > DIGITS_MAX) return false;
        out->digits = out->digits * 10 + (run.p[i] - '0');
        out->decimals += i > point;
    }
    assert(out->decimals >= 0 && out->decimals <= DIGITS_MAX);
    return digits > 0;
}

/* One run of digits with separators, and around it at most one unit. */
bool tally_number(Str cell, TallyNumber *out) {
    *out = (TallyNumber){0};
    size_t from = 0, to;
    while (from < cell.n && !plain_is_digit(cell.p[from])) from++;
    to = from;
    while (to < cell.n && (plain_is_digit(cell.p[to]) || memchr(".,' ", cell.p[to], 4))) to++;
    while (to > from && !plain_is_digit(cell.p[to - 1])) to--;
    Str before = str_trim(str_sub(cell, 0, from));
    bool minus = str_starts(before, STR("-")); /* behind a letter it is no sign: "R-12" */
    if (minus) before = str_sub(before, 1, before.n);
    if (from == to || !take_digits(str_sub(cell, from, to), out)) return false;
    if (!take_unit(before, out) || !take_unit(str_sub(cell, to, cell.n), out)) return false;
    if (minus) out->digits = -out->digits;
    return true;
}

double tally_real(const TallyNumber *number) {
    double out = (double)number->digits;
    assert(number->decimals >= 0 && number->decimals <= DIGITS_MAX); /* of tally_number */
    for (int i = 0; i < number->decimals; i++) out /= 10;
    return out;
}

/* ---- dates ----------------------------------------------------------------------------------- */

/* The numbers in a cell, at most four of them, and a month's name. */
typedef struct DateParts {
    int numbers[4], lengths[4];
    char before[4]; /* the byte before each */
    int n, month;
} DateParts;

/* Up to four numbers of at most five digits; a word is asked for a month. */
static void read_parts(Str cell, DateParts *parts) {
    for (size_t at = 0; at < cell.n && parts->n < 4;) {
        size_t from = at;
        if (plain_is_digit(cell.p[at])) {
            int value = 0;
            while (at < cell.n && plain_is_digit(cell.p[at]) && at - from < 5) {
                value = value * 10 + (cell.p[at++] - '0');
            }
            parts->lengths[parts->n] = (int)(at - from);
            parts->before[parts->n] = from ? cell.p[from - 1] : 0;
            parts->numbers[parts->n++] = value;
            continue;
        }
        while (at < cell.n && !plain_is_digit(cell.p[at]) && str_in_word(cell.p[at])) at++;
        if (!parts->month) parts->month = calendar_month(str_sub(cell, from, at));
        if (at == from) at++;
    }
}

/* The year has four digits, stands first or behind day and month; the byte before the second number
   tells D.M. from D/M, which may be M/D. */
bool tally_date(Str cell, int *year, int *month) {
    DateParts p = {.n = 0};
    if (cell.n > 60) return false;
    read_parts(cell, &p);
    if (p.n < 2) return false;
    bool front = p.lengths[0] == 4;
    int at = front ? 0 : p.month ? 1 : 2;
    if (at >= p.n || p.lengths[at] != 4) return false;
    *year = p.numbers[at];
    if (p.month) *month = p.month;
    else if (front) *month = p.numbers[1];
    else if (p.before[1] == '.') *month = p.numbers[1];
    else *month = p.numbers[0] > 12 ? p.numbers[1] : p.numbers[1] > 12 ? p.numbers[0] : 0;
    bool fits = *year >= DATED_YEAR_LEAST && *year <= DATED_YEAR_MOST;
    return fits && *month >= 0 && *month <= 12;
}

bool tally_is_date(Str cell) {
    int year, month;
    return tally_date(cell, &year, &month);
}

bool tally_is_number(Str cell) {
    TallyNumber number;
    return !tally_is_date(cell) && tally_number(cell, &number);
}

/* Another year is a no, also where the month may be one of two. */
int tally_in_time(const TallyAsk *ask, Str date) {
    int year = 0, month = 0;
    if (!ask->year && !ask->month) return 1;
    if (!tally_date(date, &year, &month)) return -1;
    assert(month >= 0 && month <= 12 && year >= DATED_YEAR_LEAST); /* tally_date's promise */
    if (ask->year && year != ask->year) return 0;
    if (!ask->month) return 1;
    return month == 0 ? -1 : month == ask->month;
}
