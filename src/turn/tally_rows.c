/*
 * Rows of tables that a question counts or adds up: see tally.h.
 *
 * What a row of a table is, its file's name, its heading or its first column says: "how many
 * contracts" counts the rows of contracts.csv, but "how many crew has the Heron" asks for a cell
 * and is none of ours.
 *
 * Which table? One whose names explain words of the question: those of its file, of what stands
 * above it, of its columns. Words that are left and are no fillers must stand in cells: they choose
 * rows ("of ACME", "open"). A table that leaves a word unexplained does not fit; of those that fit,
 * the one whose names explain most is taken, and two that explain as much are refused. Dates are
 * looked for in the one column of dates, or in the one that the question names; names of months are
 * dates, too, and where a file or heading names one year all its rows are of it (a household's
 * accounts). Amounts are looked for in the one column of numbers, in the one that is named, in
 * the one that is called an amount, or in the only one that the chosen rows fill. Rows of totals
 * are left out. "Open" and "unpaid" are a no in a column "Paid" (tally_state.c).
 *
 * contracts.csv has Contract, End, Amount EUR. "What is the sum of the amounts of the contracts in
 * 2025?" was read by tally_ask.c: a sum, of 2025; left are amounts, contracts and small words.
 *
 *     contracts    the file's name, and the first column's: what a row is     weight 2
 *     amounts      the column Amount EUR                                      weight 2
 *     2025         the only column of dates is End
 *     answer       the column that is named: 490.50, the sum of 2 rows
 *
 * Weights compare tables: 2 where a name has the word, 1 where it only means it (`groups`). A word
 * that rows must hold weighs nothing, since any long table holds many words.
 *
 * Each table is read twice, once to see how well it fits and, if it is the best, once to be
 * counted: all tables of a store at once would need memory for all of them.
 *
 * "How many hours" that a column named so has of the rows that are chosen is their sum, where there
 * are several.
 *
 * Amounts are added as decimals, exactly. Several units, or numbers that may be one thing or
 * another ("1.250"), are refused.
 *
 * Limits: TALLY_FILES_MAX files with tables, beyond which none is looked at; larger texts than
 * TALLY_TEXT_MAX and longer tables than ROWS_MAX (tally_table.c) are passed over whole.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/calendar.h"
#include "base/lists.h"
#include "base/mem.h"
#include "turn/dated.h"
#include "turn/tally.h"

/* Decimals of a sum, chosen; tables that a refusal names: a reader picks from no longer list; rows
   told apart by a column; bytes of files, beyond which only sheets are looked at. */
enum { DECIMALS_MAX = 6, NAMED_MAX = 8, KEYS_MAX = 2000, TEXTS_MAX = 16 << 20 };

/* One table against one question. */
typedef struct Fit {
    Arena *scratch, *brief; /* of the TallySheet */
    const TallyTable *table;
    const StoreFile *file;
    Str all;                       /* its text */
    TallyWords words;              /* of the question, what is explained so far */
    bool is_row[TALLY_WORDS_MAX];  /* a word of the question says what a row is */
    bool named[TALLY_COLUMNS_MAX]; /* a word names this column and no other */
    uint8_t weight[TALLY_WORDS_MAX]; /* of each word of the question: 2 a name has it, 1 a name
                                        means it */
    TallyWords values;             /* words that cells must hold */
    TallyState state; /* the column of states that chooses rows, where it is `stated` */
    bool stated;
    bool whole; /* rows with a cell that says only what the question does count alone */
    bool adds;  /* "how many hours": a column's cells are added up, where rows are chosen */
    Str year;   /* that its file or heading names */
    size_t years; /* how many it names; one is that of all its rows */
} Fit;

/* ---- words of names -------------------------------------------------------------------------- */

/* Words that mean the same in names of columns and in questions. */
static const char *const groups[][12] = {
    {"end", "ended", "ende", "endet", "endete", "expire", "expires", "expiry", "ablauf", NULL},
    {"start", "starts", "begin", "begins", "beginn", "beginnt", "beginnen", NULL},
    {"amount", "price", "cost", "value", "betrag", "beträge", "preis", "kosten", "wert", "brutto",
     NULL},
    {"date", "datum", NULL},
    {"income", "revenue", "earned", "einnahme", "einnahmen", "eingenommen", NULL},
    {"expense", "expenses", "expenditure", "spent", "ausgabe", "ausgaben", "ausgegeben", NULL},
    {"task", "todo", "item", "aufgabe", NULL},
    {"invoice", "rechnung", "bill", NULL},
    {"contract", "vertrag", "verträge", "agreement", NULL},
    {"month", "monthly", "monat", "monatlich", NULL},
    {"year", "yearly", "annual", "annually", "jahr", "jährlich", NULL}};

/* Its row in `groups`; -1: none. Row 2 is that of amounts (is_amount). */
static int group_of(Str word) {
    for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
        if (tally_word_in(word, groups[i])) return (int)i;
    }
    return -1;
}

/* The same word, or one of the same group. */
static bool means(Str a, Str b) {
    int group = group_of(a);
    return tally_same_word(a, b) || (group >= 0 && group == group_of(b));
}

/* A word of a name explains every word of the question that means it. */
static bool explain_word(Fit *fit, Str name, bool row) {
    bool any = false;
    for (size_t i = 0; i < fit->words.n; i++) {
        TallyWord *word = &fit->words.items[i];
        if (!means(word->text, name)) continue;
        word->used = any = true;
        fit->is_row[i] = fit->is_row[i] || row;
        uint8_t weight = tally_same_word(word->text, name) ? 2 : 1;
        if (weight > fit->weight[i]) fit->weight[i] = weight;
    }
    return any;
}

/* "Sick days", of a table that is called "sickness". */
static void explain_part(Fit *fit, Str name) {
    for (size_t i = 0; i < fit->words.n; i++) {
        TallyWord *word = &fit->words.items[i];
        if (word->used || !tally_begins_compound(word->text, name)) continue;
        word->used = true;
        fit->weight[i] = 1;
    }
}

/* How well names explain the question: by it tables are compared. */
static size_t explained(const Fit *fit) {
    size_t sum = 0;
    for (size_t i = 0; i < fit->words.n; i++) sum += fit->weight[i];
    return sum;
}

/* Of the file, or of what stands above the table: such words say what a row is. */
static Status explain_name(Fit *fit, Str name, Err *err) {
    TallyWords words;
    TRY(tally_words(fit->scratch, name, &words, err));
    for (size_t i = 0; i < words.n; i++) {
        Str word = words.items[i].text;
        bool year = word.n == 4 && dated_year(word) && !str_eq(word, fit->year);
        if (year) fit->years++, fit->year = word;
        (void)explain_word(fit, words.items[i].text, true);
        explain_part(fit, words.items[i].text);
    }
    return OK;
}

/* By meaning, not by letters. */
static bool has_word(const TallyWords *words, Str word) {
    for (size_t i = 0; i < words->n; i++) {
        if (means(words->items[i].text, word)) return true;
    }
    return false;
}

/* Columns: every word of their names explains; one that stands in no other name names its own. */
static Status explain_columns(Fit *fit, Err *err) {
    const TallyRow *head = &fit->table->rows[0];
    TallyWords names[TALLY_COLUMNS_MAX];
    assert(head->n >= 1 && head->n <= TALLY_COLUMNS_MAX);
    for (size_t i = 0; i < head->n; i++) {
        TRY(tally_words(fit->scratch, head->cells[i], &names[i], err));
    }
    for (size_t i = 0; i < head->n; i++) {
        for (size_t k = 0; k < names[i].n; k++) {
            Str word = names[i].items[k].text;
            size_t others = 0;
            for (size_t j = 0; j < head->n; j++) others += j != i && has_word(&names[j], word);
            if (explain_word(fit, word, i == 0)) fit->named[i] = fit->named[i] || others == 0;
        }
    }
    return OK;
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* Rows behind the names, up to the first that holds it. */
static Status any_row_holds(const Fit *fit, Str all, TallyWord *word, bool *any, Err *err) {
    TallyWords one = {word, 1};
    *any = false;
    for (size_t k = 1; k < fit->table->n && !*any; k++) {
        TRY(tally_holds(tally_row_text(&fit->table->rows[k], all), &one, any, err));
    }
    return OK;
}

/* "die offenen Rechnungen": the cells say "offen". */
static Status cut_ending(const Fit *fit, Str all, TallyWord *word, bool *any, Err *err) {
    static const char *const endings[] = {"en", "er", "es", "em", "e"};
    enum { STEM_LEAST = 4 };
    for (size_t i = 0; i < ARRAY_LEN(endings) && !*any; i++) {
        TallyWord cut = *word;
        size_t n = strlen(endings[i]);
        if (word->text.n < n + STEM_LEAST || !str_ends(word->text, str_from(endings[i]))) continue;
        cut.text.n -= n;
        TRY(any_row_holds(fit, all, &cut, any, err));
        if (*any) *word = cut;
    }
    return OK;
}

/* One of Chinese or Japanese, of which the words of a question are split into. */
static bool is_sign(Str word) { return word.n == 3 && (unsigned char)word.p[0] >= 0xE3; }

/* Words that are left are those that rows must hold; one that no row holds: it does not fit. A sign
   of Chinese is no word: one cell's house and another's gold are no rent, and what rows hold of
   Chinese tally_zh.c has looked for. */
static Status take_values(Fit *fit, Str all, bool *fits, Err *err) {
    static const char *const done[] = {"work", "worked", "spent", "gearbeitet", "verbracht", NULL};
    fit->values.items = arena_alloc_n(fit->scratch, fit->words.n + 1, sizeof *fit->values.items);
    if (!fit->values.items) return err_no_memory(err, "the words of a question");
    *fits = true;
    for (size_t i = 0; i < fit->words.n && *fits; i++) {
        if (fit->words.items[i].used) continue;
        if (is_sign(fit->words.items[i].text)) *fits = false;
        else TRY(any_row_holds(fit, all, &fit->words.items[i], fits, err));
        if (!*fits) TRY(cut_ending(fit, all, &fit->words.items[i], fits, err));
        if (!*fits && list_has(fit->words.items[i].text, done)) { /* "hours spent on the roof" */
            *fits = true;
            continue;
        }
        fit->values.items[fit->values.n++] = fit->words.items[i];
    }
    assert(fit->values.n <= fit->words.n);
    return OK;
}

/* "Costs" means a column "Amount"; where a cell says just that word ("cost", beside "income"), it
   chooses rows instead. */
static Status take_back_meaning(Fit *fit, TallyWord *word, Err *err) {
    for (size_t k = 1; k < fit->table->n; k++) {
        for (size_t c = 0; c < fit->table->rows[k].n; c++) {
            TallyWords cell;
            Str text = fit->table->rows[k].cells[c];
            if (!text.n || text.n > word->text.n || !tally_may_have(text, word->text)) continue;
            arena_reset(fit->brief);
            TRY(tally_words(fit->brief, text, &cell, err));
            if (cell.n != 1 || !tally_same_word(word->text, cell.items[0].text)) continue;
            if (cell.items[0].text.n > word->text.n) continue; /* letters that grew when lowered */
            word->used = false;
            word->text.n = cell.items[0].text.n; /* without the ending, as the cell says it */
            return OK;
        }
    }
    return OK;
}

static Status take_back_meanings(Fit *fit, Err *err) {
    for (size_t i = 0; i < fit->words.n; i++) {
        bool only_means = fit->weight[i] == 1 && fit->words.items[i].used && !fit->is_row[i];
        if (only_means) TRY(take_back_meaning(fit, &fit->words.items[i], err));
    }
    return OK;
}

/* A column of money by its name. */
static bool is_amount(Str name) {
    return group_of(name) == 2 || str_has(name, STR("金额")) ||
           str_has(name, STR("价")) || str_has(name, STR("费"));
}

/* Has the table a column of people? */
static Status has_people(const Fit *fit, bool *has, Err *err) {
    static const char *const columns[] = {"name", "member", "person", "tenant", "mitglied",
                                          "mieter", "kunde", "customer", "holder", NULL};
    *has = false;
    for (size_t c = 0; c < fit->table->rows[0].n && !*has; c++) {
        TallyWords name;
        TRY(tally_words(fit->scratch, fit->table->rows[0].cells[c], &name, err));
        for (size_t k = 0; k < name.n; k++) *has |= tally_word_in(name.items[k].text, columns);
    }
    return OK;
}

/* "Which children have not paid" counts rows of people, whoever they are, where a column says yes
   and no. */
static void explain_people(Fit *fit) {
    static const char *const nouns[] = {
        "child",  "children", "kind",  "kinder",   "person", "persons", "people", "personen",
        "leute",  "member",   "pupil", "student",  "guest",  "customer", "participant",
        "mitglied", "mitglieder", "schüler", "gast", "gäste", "kunde",  "kunden", "teilnehmer",
        NULL};
    for (size_t i = 0; i < fit->words.n; i++) {
        TallyWord *word = &fit->words.items[i];
        if (word->used || !list_has(word->text, nouns)) continue;
        word->used = fit->is_row[i] = true;
        fit->weight[i] = 1;
    }
}

/* Does each row have another value there, one that is neither number nor date? */
static bool is_key(const TallyTable *table, size_t column) {
    if (table->n < 2 || table->n > KEYS_MAX) return false; /* each row is held against all others */
    for (size_t i = 1; i < table->n; i++) {
        Str cell = tally_cell_at(&table->rows[i], column);
        bool word = cell.n && !tally_is_number(cell) && !tally_is_date(cell);
        for (size_t k = 1; k < i && word; k++) {
            word = !str_eq(cell, tally_cell_at(&table->rows[k], column));
        }
        if (!word) return false;
    }
    return true;
}

/* Of a list of what is unpaid a row may be called by any column that tells rows apart. */
static Status explain_keys(Fit *fit, Err *err) {
    for (size_t c = 1; fit->state.by_word && c < fit->table->rows[0].n; c++) {
        TallyWords name;
        if (!is_key(fit->table, c)) continue;
        TRY(tally_words(fit->scratch, fit->table->rows[0].cells[c], &name, err));
        for (size_t k = 0; k < name.n; k++) (void)explain_word(fit, name.items[k].text, true);
    }
    return OK;
}

/* Has the row a cell all of whose words the question says? "clay" is one, "Vale Clay Company" is
   not what clay cost. */
static Status has_whole_cell(const Fit *fit, const TallyRow *row, bool *has, Err *err) {
    *has = false;
    for (size_t i = 0; i < row->n && !*has; i++) {
        TallyWords cell;
        arena_reset(fit->brief);
        TRY(tally_words(fit->brief, row->cells[i], &cell, err));
        *has = cell.n > 0;
        for (size_t k = 0; k < cell.n && *has; k++) {
            *has = has_word(&fit->values, cell.items[k].text);
        }
    }
    return OK;
}

/* Does the row count, its date aside? */
static Status count_row(const Fit *fit, const TallyRow *row, Str all, bool *holds, Err *err) {
    *holds = !tally_is_total(row);
    Str text = tally_row_text(row, all);
    if (*holds && fit->values.n) TRY(tally_holds(text, &fit->values, holds, err));
    if (*holds && fit->stated) {
        *holds = tally_state_done(row, &fit->state) == fit->state.wants;
    }
    if (*holds && fit->whole) TRY(has_whole_cell(fit, row, holds, err));
    return OK;
}

/* Does the column only number the rows? Of vouchers, say: each cell is one more than the one
   above. */
static bool counts_up(const TallyTable *table, size_t column) {
    int64_t last = 0;
    for (size_t i = 1; i < table->n; i++) {
        TallyNumber n;
        if (tally_is_total(&table->rows[i])) continue;
        if (!tally_number(tally_cell_at(&table->rows[i], column), &n) || n.decimals) return false;
        if (i > 1 && n.digits != last + 1) return false;
        last = n.digits;
    }
    return table->n > 3; /* two or three may do so by chance */
}

/* The columns of amounts, a bit each: numbers that do not number the rows. */
static uint64_t amount_columns(const Fit *fit) {
    uint64_t out = 0;
    _Static_assert((int)TALLY_COLUMNS_MAX <= 64, "each has a bit");
    for (size_t c = 0; c < fit->table->rows[0].n; c++) {
        bool amount = tally_is_column(fit->table, c, tally_is_number) && !counts_up(fit->table, c);
        out |= (uint64_t)amount << c;
    }
    return out;
}

/* Does the amount of a row stand in another column of them than the one that is added up? */
static bool fills_other(const TallyRow *row, size_t column, uint64_t amounts) {
    bool other = false;
    if (tally_cell_at(row, column).n) return false;
    for (size_t c = 0; c < row->n && !other; c++) {
        other = row->cells[c].n && c != column && (amounts >> c & 1);
    }
    return other;
}

/* Does a row that is chosen fill the column? */
static Status is_filled(const Fit *fit, size_t column, bool *filled, Err *err) {
    *filled = false;
    for (size_t i = 1; i < fit->table->n && !*filled; i++) {
        const TallyRow *row = &fit->table->rows[i];
        if (tally_cell_at(row, column).n) TRY(count_row(fit, row, fit->all, filled, err));
    }
    return OK;
}

/* Of the columns whose cells pass: the only one, else the only one that is named, else (amounts)
   the only one called so, else the only one that chosen rows fill. TALLY_COLUMNS_MAX: none; more
   than that: several. */
static Status choose_column(const Fit *fit, TallyCellTest test, size_t *out, Err *err) {
    size_t n = 0, n_named = 0, n_amount = 0, last = 0, named = 0, amount = 0;
    size_t n_filled = 0, full = 0;
    bool first = false;
    const TallyRow *head = &fit->table->rows[0];
    for (size_t i = 0; i < head->n; i++) {
        bool called = false, filled, number = test == tally_is_number;
        if (!tally_is_column(fit->table, i, test)) continue;
        if (number && counts_up(fit->table, i)) continue;
        TallyWords words;
        TRY(is_filled(fit, i, &filled, err));
        n_filled += filled;
        if (filled) full = i;
        TRY(tally_words(fit->scratch, head->cells[i], &words, err));
        for (size_t k = 0; k < words.n; k++) called = called || is_amount(words.items[k].text);
        called = called || is_amount(head->cells[i]);
        n++;
        last = i;
        n_named += fit->named[i] && i;
        if (fit->named[i] && i) named = i;
        first = first || (i == 0 && fit->named[i]);
        n_amount += called;
        if (called) amount = i;
    }
    if (first && n_named == 0) n_named = 1; /* what a row is comes last */
    *out = n == 0          ? TALLY_COLUMNS_MAX
           : n_named == 1  ? named
           : n == 1        ? last
           : n_amount == 1 && n_named == 0 ? amount
           : n_filled == 1 && n_named == 0 ? full
                           : TALLY_COLUMNS_MAX + 1;
    assert(*out < head->n || *out >= TALLY_COLUMNS_MAX); /* a column, or one of two refusals */
    return OK;
}

/* Has the table a column that says how many of each there are? "How many keys" asks for its
   cells. */
static bool has_quantities(const TallyTable *table) {
    static const char *const names[] = {"number", "quantity", "qty",   "count", "pieces", "pcs",
                                        "anzahl", "menge",    "stück", NULL};
    for (size_t c = 1; c < table->rows[0].n; c++) {
        for (size_t i = 0; names[i]; i++) {
            Str name = table->rows[0].cells[c];
            bool called = name.n == strlen(names[i]) && str_begins(name, names[i]);
            if (called && tally_is_column(table, c, tally_is_number)) return true;
        }
    }
    return false;
}

/* Does the question count rows, and not what stands in a cell of them? */
static bool counts_rows(const Fit *fit) {
    size_t noun = 0;
    bool any = false, other = false;
    TallyWords words = fit->words;
    while (noun < words.n && fit->weight[noun] == 0) noun++; /* the first that a name explains */
    for (size_t i = 0; i < words.n; i++) any = any || fit->is_row[i];
    for (size_t i = 1; i < fit->table->rows[0].n; i++) {
        if (!fit->named[i]) continue;
        bool number = tally_is_column(fit->table, i, tally_is_number);
        if (number && !fit->stated) return false;
        other = other || !tally_is_column(fit->table, i, tally_is_date);
    }
    bool chinese = noun < words.n && (unsigned char)words.items[noun].text.p[0] >= 0xE0;
    return any && (chinese ? !other : noun < words.n && fit->is_row[noun]);
}

/* "How many hours were spent on the roof?": what is counted is the name of the one column of
   numbers that is named. Degrees and shares are no sum. */
static bool adds_cells(const Fit *fit) {
    static const char *const never[] = {"degree", "degrees", "percent", "age", "grad", "prozent",
                                        NULL};
    size_t noun = 0, hits = 0;
    while (noun < fit->words.n && fit->weight[noun] < 2) noun++;
    if (noun == fit->words.n || fit->is_row[noun] || fit->stated) return false;
    for (size_t i = 1; i < fit->table->rows[0].n; i++) {
        hits += fit->named[i] && tally_is_column(fit->table, i, tally_is_number);
    }
    return hits == 1 && !tally_word_in(fit->words.items[noun].text, never);
}

/* ---- adding up ------------------------------------------------------------------------------- */

/* To as many decimals; false: the number does not fit any more. */
static bool scale(int64_t *digits, int *decimals, int to) {
    assert(*decimals >= 0 && to <= DECIMALS_MAX); /* at most that many tens */
    for (; *decimals < to; ++*decimals) {
        if (__builtin_mul_overflow(*digits, (int64_t)10, digits)) return false;
    }
    return true;
}

/* The first unit holds for all; a bare number has any. Both sides are brought to the finer
   number of decimals, and what does not fit then is trouble, not a wrong sum. */
void tally_sum_add(TallySum *sum, Str cell, bool exact) {
    TallyNumber n;
    if (!tally_number(cell, &n)) return; /* an empty cell */
    if (n.unsure && !exact) sum->trouble = "a number in it may be read in two ways";
    if (n.unit[0] && sum->unit[0] && strcmp(n.unit, sum->unit) != 0) {
        sum->trouble = "its amounts have different units";
    }
    if (n.unit[0]) memcpy(sum->unit, n.unit, sizeof sum->unit);
    int to = n.decimals > sum->decimals ? n.decimals : sum->decimals;
    bool fine = to <= DECIMALS_MAX && scale(&n.digits, &n.decimals, to) &&
                scale(&sum->digits, &sum->decimals, to) &&
                !__builtin_add_overflow(sum->digits, n.digits, &sum->digits);
    if (!fine) sum->trouble = "its numbers are too large or too fine to add up";
}

/* In digits only, without the C library's decimal mark: 5 with two decimals is written as 005,
   and the point goes before the last two. */
void tally_sum_print(const TallySum *sum, Buf *out) {
    char text[32];
    assert(sum->decimals >= 0 && sum->decimals <= DECIMALS_MAX); /* also where there is trouble */
    uint64_t all = sum->digits < 0 ? 0 - (uint64_t)sum->digits : (uint64_t)sum->digits;
    int n = snprintf(text, sizeof text, "%0*" PRIu64, sum->decimals + 1, all);
    if (sum->digits < 0) buf_add_byte(out, '-');
    buf_add(out, text, (size_t)(n - sum->decimals));
    if (sum->decimals) buf_printf(out, ".%s", text + n - sum->decimals);
    if (sum->unit[0]) buf_printf(out, " %s", sum->unit);
}

/* ---- one table ------------------------------------------------------------------------------- */

typedef struct Columns {
    size_t date, amount;
} Columns;

/* "contracts: no column of dates" */
static void refuse_column(TallyFound *found, const Fit *fit, const char *what) {
    Str name = str_file_stem(fit->file->path);
    buf_printf(&found->refusal, "%.*s: %s", (int)name.n, name.p, what);
}

/* "Januar", "Jan": a household's accounts say the month and leave the year to the file's name. */
static bool tells_time(Str cell) { return tally_is_date(cell) || calendar_month(cell); }

/* Is all of the table of the year that is asked for? */
static bool is_of_year(const Fit *fit, const TallyAsk *ask) {
    int64_t year = 0;
    assert(fit->years == 0 || fit->year.n == 4);
    return fit->years == 1 && num_parse_int(fit->year, 0, 9999, "year", "", &year, NULL) == OK &&
           year == ask->year;
}

/* As tally_in_time, of a cell that may be a month alone. */
static int in_time(const Fit *fit, const TallyAsk *ask, const TallyRow *row, size_t column) {
    assert(column <= TALLY_COLUMNS_MAX); /* several columns of dates were refused */
    if (column == TALLY_COLUMNS_MAX) return 1; /* is_of_year */
    Str cell = tally_cell_at(row, column);
    int month = calendar_month(cell);
    if (!month || (!ask->year && !ask->month)) return tally_in_time(ask, cell);
    if (ask->year && !is_of_year(fit, ask)) return fit->years == 1 ? 0 : -1;
    return !ask->month || month == ask->month;
}

/* Where it cannot be told which column is meant, the refusal says why. */
static Status choose_columns(const Fit *fit, const TallyAsk *ask, Columns *out,
                             TallyFound *found, Err *err) {
    *out = (Columns){0, 0};
    if (ask->year || ask->month) {
        TRY(choose_column(fit, tells_time, &out->date, err));
        bool all = out->date >= TALLY_COLUMNS_MAX && !ask->month && is_of_year(fit, ask);
        if (all) out->date = TALLY_COLUMNS_MAX;
        else if (out->date == TALLY_COLUMNS_MAX) {
            refuse_column(found, fit, "no column of dates");
        }
        if (out->date > TALLY_COLUMNS_MAX) refuse_column(found, fit, "several columns of dates");
    }
    if ((ask->kind == TALLY_SUM || fit->adds) && !found->refusal.n) {
        TRY(choose_column(fit, tally_is_number, &out->amount, err));
        if (out->amount == TALLY_COLUMNS_MAX) refuse_column(found, fit, "no column of numbers");
        if (out->amount > TALLY_COLUMNS_MAX) {
            refuse_column(found, fit, "several columns of numbers");
        }
    }
    return OK;
}

/* Of what was paid, rows that say just what is asked for come before those that mention it. */
static Status prefer_whole(Fit *fit, Str all, Err *err) {
    bool whole = false;
    for (size_t i = 1; i < fit->table->n && !whole; i++) {
        TRY(count_row(fit, &fit->table->rows[i], all, &whole, err));
        if (whole) TRY(has_whole_cell(fit, &fit->table->rows[i], &whole, err));
    }
    fit->whole = whole;
    return OK;
}

/* Matches and sum of one table, or a refusal. */
static Status count_table(Turn *turn, const Fit *fit, const TallyAsk *ask, Str all,
                          TallyFound *found, Err *err) {
    Columns at;
    TallySum sum = {0};
    bool sums = ask->kind == TALLY_SUM || fit->adds;
    assert(found->n == 0 && !found->refusal.n); /* one table is counted, and once */
    TRY(choose_columns(fit, ask, &at, found, err));
    bool exact = tally_numbers_are_exact(fit->file);
    uint64_t amounts = sums ? amount_columns(fit) : 0;
    for (size_t i = 1; i < fit->table->n && !found->refusal.n; i++) {
        const TallyRow *row = &fit->table->rows[i];
        bool holds;
        TRY(count_row(fit, row, all, &holds, err));
        found->looked_at += !tally_is_total(row);
        int time = holds ? in_time(fit, ask, row, at.date) : 0;
        found->undated += time < 0;
        if (time <= 0) continue;
        if (sums && fills_other(row, at.amount, amounts)) continue;
        if (sums) tally_sum_add(&sum, tally_cell_at(row, at.amount), exact);
        TallyMatch match = {fit->file->id, fit->file->path, row->start, row->end,
                            tally_row_text(row, all)};
        TRY(tally_add_row(turn, found, match, err));
    }
    if (sum.trouble) refuse_column(found, fit, sum.trouble);
    if (sums) tally_sum_print(&sum, &found->sum);
    return OK;
}

/* ---- all tables ------------------------------------------------------------------------------ */

/* "the invoices to Oakline in the list": in a question of mails such words are not idle, here they
   are. What a table is called says nothing either. */
static void explain_small_words(TallyWords *words, bool spent) {
    static const char *const idle[] = {"to",    "at",     "on",   "an",    "auf",   "bei",
                                       "by",    "list",   "liste", "table", "tabelle", "file",
                                       "datei", "sheet", "register", "overview", "übersicht",
                                       "been",  "yet",    "still", "noch", "schon",
                                       "their", "ihre",   "ihren", "per",   "pro",   "each",
                                       "run",   "runs",   "use",   "uses",  "used",  "has",
                                       "need",  "needs", "läuft", "laufen", "nutzt", "nutzen",
                                       "braucht", "brauchen", "kommt", "kommen", "wohnt", "wohnen",
                                       "come",  "comes", "live", "lives", "from", "aus", "we", "us",
                                       "our",   "uns",   "wir",  "unser", "unsere", NULL};
    static const char *const ours[] = {"money", "far", "so", NULL};
    for (size_t i = 0; i < words->n; i++) {
        Str word = words->items[i].text;
        bool says_nothing = tally_word_in(word, idle) || (spent && list_has(word, ours));
        words->items[i].used = words->items[i].used || says_nothing;
    }
}

/* "How much did we spend in July": of a table of expenses that says when, by its name. */
static Status is_of_expenses(const Fit *fit, bool *is, Err *err) {
    static const char *const expenses[] = {
        "expense",  "spending", "budget",  "payment", "household", "ausgabe", "ausgaben",
        "zahlung",  "haushalt", "haushaltsbuch", NULL};
    const Str of[] = {str_file_stem(fit->file->path), fit->table->heading};
    bool named = false, dated = false;
    for (size_t i = 0; i < ARRAY_LEN(of); i++) {
        TallyWords words;
        TRY(tally_words(fit->scratch, of[i], &words, err));
        for (size_t k = 0; k < words.n; k++) named |= tally_word_in(words.items[k].text, expenses);
    }
    for (size_t i = 0; i < fit->table->rows[0].n; i++) {
        dated |= tally_is_column(fit->table, i, tells_time);
    }
    *is = named && dated;
    return OK;
}

/* The rows that a column of states chooses. *fits: the table may be meant. */
static Status explain_states(const TallyAsk *ask, Fit *fit, bool *fits, Err *err) {
    bool people;
    TRY(tally_state(fit->scratch, fit->table, &fit->words, fit->named, &fit->state, err));
    fit->stated = fit->state.column < TALLY_COLUMNS_MAX;
    *fits = !fit->state.several && (fit->stated || !ask->who);
    if (!*fits) return OK;
    TRY(explain_keys(fit, err));
    TRY(has_people(fit, &people, err));
    if (fit->stated && people && ask->kind != TALLY_SUM) explain_people(fit);
    *fits = people || !ask->who;
    return OK;
}

/* Names explain first, then fillers; what is left must stand in rows. */
static Status fit_table(const TallyAsk *ask, Fit *fit, Str all, bool *fits, Err *err) {
    size_t n = ask->words.n;
    fit->words.items = arena_alloc_n(fit->scratch, n + 1, sizeof *fit->words.items);
    if (!fit->words.items) return err_no_memory(err, "the words of a question");
    assert(n < TALLY_WORDS_MAX); /* tally_ask takes no longer question: is_row, weight have room */
    memcpy(fit->words.items, ask->words.items, n * sizeof *fit->words.items);
    fit->words.n = n;
    TRY(explain_name(fit, str_file_stem(fit->file->path), err));
    TRY(explain_name(fit, fit->table->heading, err));
    TRY(explain_columns(fit, err));
    TRY(take_back_meanings(fit, err));
    TRY(explain_states(ask, fit, fits, err));
    bool any = explained(fit) > 0 || ask->spent || ask->by_state;
    *fits = *fits && any;
    if (!*fits) return OK;
    fit->adds = ask->kind == TALLY_COUNT && !counts_rows(fit) && adds_cells(fit);
    bool rows = ask->kind == TALLY_SUM || fit->adds || (ask->by_state && fit->stated);
    bool many = ask->kind == TALLY_COUNT && has_quantities(fit->table);
    *fits = rows || (!many && counts_rows(fit));
    if (!*fits) return OK;
    tally_explain_fillers(&fit->words);
    explain_small_words(&fit->words, ask->spent);
    TRY(take_values(fit, all, fits, err));
    if (fit->adds && !fit->values.n) *fits = false; /* no row is chosen */
    if (!ask->spent || !*fits) return OK;
    *fits = explained(fit) + fit->values.n > 0;
    if (!fit->values.n && (ask->month || ask->year)) TRY(is_of_expenses(fit, fits, err));
    return prefer_whole(fit, all, err);
}

/* The table that fits best so far, by its file's id and its number in the file. */
typedef struct Best {
    size_t explained, file, table;
    unsigned same; /* how many fit as well */
    Buf names;     /* of those, NAMED_MAX at most */
} Best;

/* Keeps the best table, and the names of those that fit as well. What somebody spent is told by
   cells as much as by names, so there the words that rows must hold count, too. */
static void take_best(Best *best, const Fit *fit, size_t table, bool spent) {
    size_t file = (size_t)fit->file->id;
    Str name = str_file_stem(fit->file->path);
    size_t weight = 2 * (explained(fit) + (spent ? fit->values.n : 0));
    weight += tally_form(fit->file) == TALLY_FORM_SHEET; /* rather than a table in a text */
    if (weight < best->explained) return;
    if (weight > best->explained) {
        best->same = 0;
        buf_clear(&best->names);
    }
    assert(weight >= best->explained);
    best->explained = weight;
    best->file = file;
    best->table = table;
    if (best->same++ >= NAMED_MAX) return;
    buf_printf(&best->names, "%s%.*s", best->same > 1 ? ", " : "", (int)name.n, name.p);
    if (fit->table->heading.n && fit->table->heading.n < 80) {
        buf_printf(&best->names, " (%.*s)", (int)fit->table->heading.n, fit->table->heading.p);
    }
}

/* Where the tables of a file are handed to: for size, or one of them to be counted. */
typedef struct Pass {
    Turn *turn;
    const TallyAsk *ask;
    Best *best;        /* NULL: the table `only` is counted into `found` */
    TallyFound *found;
    size_t only;
} Pass;

/* First pass: how well it fits; second pass: the one that fitted best is counted. */
static Status try_table(const Pass *pass, Fit *fit, Str all, size_t number, Err *err) {
    bool fits = false;
    if (!pass->best && number != pass->only) return OK;
    TRY(fit_table(pass->ask, fit, all, &fits, err));
    if (!fits) return OK;
    if (pass->best) {
        take_best(pass->best, fit, number, pass->ask->spent);
        return OK;
    }
    return count_table(pass->turn, fit, pass->ask, all, pass->found, err);
}

static Status look_at(void *user, const TallySheet *at, Err *err) {
    Fit fit = {.scratch = at->scratch, .brief = at->brief, .table = at->table, .file = at->file,
               .all = at->all};
    return try_table(user, &fit, at->all, at->number, err);
}

/* Two passes over the texts rather than all tables in memory. */
Status tally_rows(Turn *turn, TallyAsk *ask, Store *store, TallyFound *found, Err *err) {
    StoreFiles files = {0};
    Best best = {0};
    size_t seen = 0;
    Pass pass = {.turn = turn, .ask = ask, .best = &best, .found = found};
    buf_init(&best.names, 4096);
    Status status = tally_list(turn, store, TEXTS_MAX, &files, err);
    bool texts = files.n > 0;
    if (status == OK && !texts) status = store_list(store, &turn->arena, &files, err);
    for (size_t i = 0; status == OK && i < files.n; i++) {
        if (!texts && !tally_has_tables(&files.items[i])) continue;
        if (atomic_load(&turn->rig->cancel)) status = err_set(err, E_CANCELLED, "stopped");
        else if (++seen > TALLY_FILES_MAX) best.same = 0;
        else status = tally_tables(store, &files.items[i], look_at, &pass, err);
    }
    found->done = status == OK && best.same > 0;
    pass.best = NULL;
    pass.only = best.table;
    if (best.same > 1) {
        buf_add_str(&found->refusal, buf_str(&best.names));
        if (best.same > NAMED_MAX) buf_printf(&found->refusal, ", ... +%u", best.same - NAMED_MAX);
        found->several = true;
    }
    for (size_t i = 0; status == OK && best.same == 1 && i < files.n; i++) {
        if ((size_t)files.items[i].id != best.file) continue;
        status = tally_tables(store, &files.items[i], look_at, &pass, err);
    }
    bool adds = ask->kind == TALLY_COUNT && found->sum.n; /* of one row its cell is told */
    bool nothing = ask->spent && (!found->n || found->refusal.n || found->several);
    nothing = nothing || (adds && (found->n < 2 || found->refusal.n));
    if (adds && !nothing) ask->kind = TALLY_SUM;
    if (nothing) tally_forget(found); /* prose may say it */
    if (best.names.n) found->what.p = arena_dup(&turn->arena, best.names.p, best.names.n);
    if (found->what.p) found->what.n = best.names.n;
    buf_fini(&best.names);
    return status;
}
