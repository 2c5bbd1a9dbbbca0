/*
 * The most and the least, in English and German: the body of tally_most.
 *
 *   Which supplier is the cheapest for copy paper?  Who has the most vacation days left?
 *   Ist Toner bei Inkwell oder bei Tonerhaus billiger?  Wer ist am längsten Mitglied?
 *
 * A model that reads a table does not compare its rows; it names one. So a word of comparison
 * (marks below) says which way and, some of them, in what: "cheapest" is a price, "lightest" a
 * weight. Of "the most" and "the least" a verb may say it: who earns most is told by a column of
 * pay. As in tally_rows.c a table fits when it explains every word of the question: by names of
 * its columns, of its file and folder, of what stands above it, by small words and verbs that say
 * that something is so, and by cells, which choose the rows ("copy paper"). What is compared is
 * the column of numbers that the question names, else the only one that is called as the word of
 * comparison wants it ("Price EUR"); dates for "oldest" and "newest". Where two things are offered
 * ("A or B"), each must be one row.
 *
 * What comes next ("wann wird die Biotonne das nächste Mal geleert?") is the least of the dates
 * from today on, what was last the most of those until today.
 *
 * The answer names the row by its first column, by the columns that the question names, or by the
 * one of people for a "who", with the number. Rows that tie are all told. Nothing is told where
 * two tables fit alike, where numbers have several units or could be read in two ways, or where a
 * cell of the column is no number: then the question goes the usual way.
 *
 * "offers 2026.csv" has Supplier, Item, Price EUR. "Which supplier is the cheapest for copy
 * paper?":
 *
 *     cheapest       the mark: the least, of IN_PRICE; it needs no "or"
 *     supplier       names the column Supplier
 *     which is the for   small words
 *     copy, paper    no name has them: rows must hold both
 *     column         none of numbers is named; "Price EUR" is called as a price is
 *     answer         Tonerhaus, 3.90 (Price EUR)
 *
 * Time: a word that no name explains is looked for in all rows; most are passed over by the first
 * letters (tally_may_have).
 *
 * Limits: as in tally_zh.c; tables of Markdown count, too, up to MARKDOWN_MAX bytes of them.
 */
#include <assert.h>
#include <stdio.h>

#include "base/lists.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "turn/dated.h"
#include "turn/tally.h"

enum { /* files of a store; bytes of Markdown in it; rows that may tie */
       MARKDOWN_MAX = 16 << 20, TIES_MAX = 5, NONE = TALLY_COLUMNS_MAX };

/* In what things are compared. */
typedef enum In {
    IN_ANY, IN_SIZE, IN_PRICE, IN_TIME, IN_WEIGHT, IN_RATING, IN_DATE, IN_PAY,
    IN_COMING, IN_PAST, /* dates from today on, and until today */
    IN_KINDS
} In;

typedef struct Mark {
    const char *word; /* "-" at its end: with any ending of an adjective */
    bool most, pair;  /* pair: a comparative, which needs "A or B" */
    In in;
} Mark;

static const Mark marks[] = {
    {"cheapest", false, false, IN_PRICE},   {"dearest", true, false, IN_PRICE},
    {"costliest", true, false, IN_PRICE},   {"highest", true, false, IN_ANY},
    {"largest", true, false, IN_SIZE},      {"biggest", true, false, IN_SIZE},
    {"greatest", true, false, IN_SIZE},     {"most", true, false, IN_ANY},
    {"lowest", false, false, IN_ANY},       {"smallest", false, false, IN_SIZE},
    {"fewest", false, false, IN_ANY},       {"least", false, false, IN_ANY},
    {"longest", true, false, IN_TIME},      {"shortest", false, false, IN_TIME},
    {"fastest", false, false, IN_TIME},     {"quickest", false, false, IN_TIME},
    {"slowest", true, false, IN_TIME},      {"heaviest", true, false, IN_WEIGHT},
    {"lightest", false, false, IN_WEIGHT},  {"best", true, false, IN_RATING},
    {"worst", false, false, IN_RATING},     {"oldest", false, false, IN_DATE},
    {"next", false, false, IN_COMING},      {"nächst-", false, false, IN_COMING},
    {"last", true, false, IN_PAST},         {"letzt-", true, false, IN_PAST},
    {"zuletzt", true, false, IN_PAST},
    {"earliest", false, false, IN_DATE},    {"newest", true, false, IN_DATE},
    {"latest", true, false, IN_DATE},       {"günstigst-", false, false, IN_PRICE},
    {"billigst-", false, false, IN_PRICE},  {"preiswertest-", false, false, IN_PRICE},
    {"teuerst-", true, false, IN_PRICE},    {"höchst-", true, false, IN_ANY},
    {"größt-", true, false, IN_SIZE},       {"meist-", true, false, IN_ANY},
    {"niedrigst-", false, false, IN_ANY},   {"geringst-", false, false, IN_ANY},
    {"kleinst-", false, false, IN_SIZE},    {"wenigst-", false, false, IN_ANY},
    {"längst-", true, false, IN_TIME},      {"kürzest-", false, false, IN_TIME},
    {"schnellst-", false, false, IN_TIME},  {"schwerst-", true, false, IN_WEIGHT},
    {"leichtest-", false, false, IN_WEIGHT}, {"best-", true, false, IN_RATING},
    {"schlechtest-", false, false, IN_RATING}, {"ältest-", false, false, IN_DATE},
    {"frühest-", false, false, IN_DATE},    {"neuest-", true, false, IN_DATE},
    {"jüngst-", true, false, IN_DATE},      {"spätest-", true, false, IN_DATE},
    {"cheaper", false, true, IN_PRICE},     {"higher", true, true, IN_ANY},
    {"larger", true, true, IN_SIZE},        {"bigger", true, true, IN_SIZE},
    {"more", true, true, IN_ANY},           {"lower", false, true, IN_ANY},
    {"smaller", false, true, IN_SIZE},      {"fewer", false, true, IN_ANY},
    {"less", false, true, IN_ANY},          {"longer", true, true, IN_TIME},
    {"shorter", false, true, IN_TIME},      {"faster", false, true, IN_TIME},
    {"heavier", true, true, IN_WEIGHT},     {"lighter", false, true, IN_WEIGHT},
    {"better", true, true, IN_RATING},      {"worse", false, true, IN_RATING},
    {"older", false, true, IN_DATE},        {"earlier", false, true, IN_DATE},
    {"newer", true, true, IN_DATE},         {"later", true, true, IN_DATE},
    {"billiger", false, true, IN_PRICE},    {"günstiger", false, true, IN_PRICE},
    {"teurer", true, true, IN_PRICE},       {"höher", true, true, IN_ANY},
    {"größer", true, true, IN_SIZE},        {"mehr", true, true, IN_ANY},
    {"niedriger", false, true, IN_ANY},     {"kleiner", false, true, IN_SIZE},
    {"weniger", false, true, IN_ANY},       {"länger", true, true, IN_TIME},
    {"kürzer", false, true, IN_TIME},       {"schneller", false, true, IN_TIME},
    {"schwerer", true, true, IN_WEIGHT},    {"leichter", false, true, IN_WEIGHT},
    {"besser", true, true, IN_RATING},      {"schlechter", false, true, IN_RATING},
    {"älter", false, true, IN_DATE},        {"früher", false, true, IN_DATE},
    {"neuer", true, true, IN_DATE},         {"später", true, true, IN_DATE}};

/* How a column is called that things are compared in. */
static const char *const called[IN_KINDS][22] = {
    [IN_ANY] = {NULL},
    [IN_SIZE] = {"size", "area", "größe", "fläche", NULL},
    [IN_PRICE] = {"price", "cost", "amount", "fee", "rent", "fare", "charge", "value", "total",
                  "preis", "kosten", "betrag", "angebot", "miete", "gebühr", "wert", "summe",
                  "gesamt", NULL},
    [IN_TIME] = {"time", "duration", "delivery", "lead", "days", "hours", "weeks", "minutes",
                 "length", "dauer", "lieferzeit", "tage", "stunden", "wochen", "minuten", "länge",
                 "laufzeit", NULL},
    [IN_WEIGHT] = {"weight", "gewicht", NULL},
    [IN_RATING] = {"rating", "score", "grade", "stars", "bewertung", "punkte", "points", NULL},
    [IN_DATE] = {NULL},
    [IN_PAY] = {"salary", "wage", "wages", "pay", "income", "earnings", "gehalt", "lohn",
                "verdienst", "einkommen", "vergütung", NULL}};

/* Verbs that say in what, where the word of comparison does not. */
static const struct {
    const char *words[6];
    In in;
} verbs[] = {{{"earn", "earns", "earned", "verdient", "verdienen", NULL}, IN_PAY},
             {{"cost", "costs", "kostet", "kosten", "kostete", NULL}, IN_PRICE},
             {{"weigh", "weighs", "wiegt", "wiegen", NULL}, IN_WEIGHT}};

/* What a column of prices may be called instead. */
static const char *const moneys[] = {"eur", "euro", "usd", "gbp", "chf", NULL};

/* What may stand in a column's name beside that. */
static const char *const units[] = {
    "eur",     "euro",   "usd",    "gbp",    "chf",   "netto", "brutto", "net",     "gross", "per",
    "unit",    "kg",     "g",      "m",      "in",    "of",    "pro",    "stück",   "2",     "qm",
    "year",    "month",  "week",   "day",    "night", "hour",  "seat",   "piece",   "person",
    "monthly", "yearly", "annual", "weekly", "daily", "each",  "jahr",   "monat",   "woche", "tag",
    "nacht",   "stunde", "je",     "incl",   "inkl",  "excl",  "vat",    "mwst",    "monatlich",
    "jährlich", NULL};

static const char *const people[] = {
    "name",   "holder", "owner",  "person", "customer", "player",  "employee", "member", "tenant",
    "client", "inhaber", "kunde", "kundin", "mieter",   "spieler", "mitglied", "mitarbeiter",
    "verantwortlich", "mitarbeiterin", NULL};

/* Words that say only that something is asked, or is so. */
static const char *const small[] = {
    "who",    "which",  "what",   "is",     "are",    "was",    "were",   "has",    "have",
    "had",    "the",    "a",      "an",     "of",     "in",     "at",     "by",     "for",
    "from",   "to",     "on",     "with",   "our",    "my",     "we",     "us",     "all",
    "does",   "did",    "do",     "been",   "be",     "one",    "and",    "or",     "than",
    "pays",   "pay",    "costs",  "cost",   "charges", "charge", "offers", "offer", "holds",
    "hold",   "gets",   "get",    "got",    "takes",  "take",   "took",   "needs",  "need",
    "sells",  "sell",   "makes",  "made",   "works",  "work",   "comes",  "delivers", "deliver",
    "scored", "score",  "placed", "place",  "plays",  "play",   "played", "gave",   "give",
    "that",   "there",  "tell",   "me",     "please", "name",   "list",   "table",  "i",
    "should", "buy",    "company", "person", "number", "it",    "this",   "lasts",
    "wer",    "welche", "welcher", "welches", "welchen", "welchem", "was", "ist",   "sind",
    "hat",    "haben",  "hatte",  "war",    "waren",  "der",    "die",    "das",    "den",
    "dem",    "des",    "ein",    "eine",   "einen",  "einer",  "am",     "im",     "an",
    "bei",    "beim",   "von",    "vom",    "für",    "zu",     "zum",    "mit",    "unser",
    "unsere", "unserer", "mein",  "meine",  "es",     "gibt",   "bietet", "kostet", "liefert",
    "nimmt",  "dauert", "bekommt", "zahlt", "kommt",  "macht",  "braucht", "hält",  "spielt",
    "aller",  "alle",   "allen",  "oder",   "als",    "und",    "nenne",  "mir",    "bitte",
    "wiegt",  "aus",    "laut",   "per",   "pro",    "each",   "je",     "kosten", "earn",
    "earns",  "earned", "verdient", "verdienen", "weigh", "weighs", "wiegen", NULL};

/* Beside them, of what comes next or was last: words that ask when, and verbs of what comes. */
static const char *const happens[] = {
    "when",   "time",     "day",     "date",    "again",    "collected", "emptied", "picked",
    "up",     "due",      "held",    "happen",  "happened", "place",     "done",    "collection",
    "wann",   "wird",     "werden",  "wurde",   "wurden",   "mal",       "wieder",  "termin",
    "findet", "fand",     "statt",   "steht",   "fällig",   "geleert",   "abgeholt", "leerung",
    "abholung", "gemacht", "uns",    "tag",     "datum",    NULL};

/* "the longest" of these is since when. */
static const char *const since[] = {"been", "member", "members", "employed", "mitglied",
                                    "dabei", "angestellt", "beschäftigt", NULL};

typedef struct Asked {
    const Mark *mark;
    size_t at;   /* of the mark among the words */
    size_t or_;  /* of "or"; SIZE_MAX: none */
    bool who;
    In in, days; /* of dates: IN_COMING or IN_PAST alone; IN_ANY: all */
    bool verb; /* a verb says in what: its column is explained by it */
    bool most;
} Asked;

typedef struct Sheet {
    Turn *turn;
    Arena *scratch, *brief; /* of the TallySheet */
    const TallyTable *table;
    const StoreFile *file;
    Str all;
    TallyWords words; /* of the question, what is explained so far */
    bool value[TALLY_WORDS_MAX]; /* a word that cells must hold */
    bool named[TALLY_COLUMNS_MAX];
    size_t hits[TALLY_COLUMNS_MAX]; /* words of the question in a column's name */
    bool happens;    /* what comes next or was last is asked for: `happens` explains, too */
    size_t weight;   /* words that the table explains */
    size_t column;   /* what is compared */
    size_t rows[TIES_MAX], n;
} Sheet;

/* ---- the question ---------------------------------------------------------------------------- */

/* A mark that ends with "-" takes the endings of an adjective: "günstigste", "günstigsten". A
   "Meister" is a master. */
static bool is_mark(Str word, const char *mark) {
    static const char *const endings[] = {"", "e", "en", "er", "es", "em", NULL};
    size_t n = strlen(mark);
    if (str_eq_c(word, "meister")) return false;
    if (mark[n - 1] != '-') return str_eq_c(word, mark);
    return str_starts(word, (Str){mark, n - 1}) && list_has(str_sub(word, n - 1, word.n), endings);
}

/* NULL: the word compares nothing. */
static const Mark *mark_of(Str word) {
    for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
        if (is_mark(word, marks[i].word)) return &marks[i];
    }
    return NULL;
}

/* IN_ANY: no verb says in what. */
static In said_by_verb(Str word) {
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        if (list_has(word, verbs[i].words)) return verbs[i].in;
    }
    return IN_ANY;
}

/* False: nothing is compared, or more than one thing. */
static bool read_question(TallyWords *words, Asked *out) {
    bool long_since = false, dear = false;
    In verb = IN_ANY;
    *out = (Asked){.or_ = SIZE_MAX};
    for (size_t i = 0; i < words->n; i++) {
        Str word = words->items[i].text;
        const Mark *mark = mark_of(word);
        bool next = i + 1 < words->n && str_eq_c(words->items[i + 1].text, "expensive");
        long_since |= list_has(word, since);
        out->who |= str_eq_c(word, "who") || str_eq_c(word, "wer") || list_has(word, people);
        if (verb == IN_ANY) verb = said_by_verb(word);
        if (str_eq_c(word, "or") || str_eq_c(word, "oder")) {
            if (out->or_ != SIZE_MAX) return false;
            out->or_ = i;
        }
        if (!mark) continue;
        if (out->mark) return false;
        out->mark = mark;
        out->at = i;
        words->items[i].used = true;
        if (next) words->items[i + 1].used = dear = true;
    }
    if (!out->mark || out->mark->pair != (out->or_ != SIZE_MAX)) return false;
    out->in = dear ? IN_PRICE : out->mark->in;
    if (out->in == IN_COMING || out->in == IN_PAST) {
        out->days = out->in;
        out->in = IN_DATE;
    }
    out->verb = out->in == IN_ANY && verb != IN_ANY;
    if (out->verb) out->in = verb;
    out->most = out->mark->most;
    if (out->in == IN_TIME && out->most && long_since) {
        out->in = IN_DATE;
        out->most = false;
    }
    return true;
}

/* ---- what a table explains ------------------------------------------------------------------- */

/* Words of a name explain those of the question. NONE: the name is of the file or its folder. */
static Status explain_name(Sheet *sheet, Str name, size_t column, Err *err) {
    TallyWords words;
    TRY(tally_words(sheet->scratch, name, &words, err));
    for (size_t k = 0; k < words.n; k++) {
        for (size_t i = 0; i < sheet->words.n; i++) {
            TallyWord *word = &sheet->words.items[i];
            bool part = column == NONE && tally_begins_compound(word->text, words.items[k].text);
            if (!part && !tally_same_stem(word->text, words.items[k].text)) continue;
            sheet->weight += !word->used;
            word->used = true;
            if (column == NONE) continue;
            sheet->named[column] = true;
            sheet->hits[column]++;
        }
    }
    return OK;
}

/* "Tomatensorte": the end is the name of a column, the beginning stands in cells. */
static void explain_compound(Sheet *sheet, size_t i) {
    const TallyRow *head = &sheet->table->rows[0];
    TallyWord *word = &sheet->words.items[i];
    for (size_t c = 0; c < head->n && !word->used; c++) {
        TallyWords name;
        if (tally_words(sheet->scratch, head->cells[c], &name, NULL) != OK) return;
        for (size_t k = 0; k < name.n; k++) {
            Str end = name.items[k].text;
            if (end.n < TALLY_PART_LEAST || word->text.n < end.n + TALLY_PART_LEAST) continue;
            if (!str_ends(word->text, end)) continue;
            word->text = str_sub(word->text, 0, word->text.n - end.n);
            sheet->named[c] = true;
            return;
        }
    }
}

/* Does a row hold a word of the question, whatever its ending? Cell by cell: a row may have more
   words than tally_words reads. */
static Status row_has(const Sheet *sheet, size_t row, Str word, bool *has, Err *err) {
    const TallyRow *cells = &sheet->table->rows[row];
    *has = false;
    if (!tally_may_have(tally_row_text(cells, sheet->all), word)) return OK;
    for (size_t c = 0; c < cells->n && !*has; c++) {
        TallyWords cell;
        arena_reset(sheet->brief);
        TRY(tally_words(sheet->brief, cells->cells[c], &cell, err));
        for (size_t i = 0; i < cell.n && !*has; i++) {
            *has = tally_same_word(cell.items[i].text, word);
        }
    }
    return OK;
}

static size_t person_column(const Sheet *sheet) {
    for (size_t i = 0; i < sheet->table->rows[0].n; i++) {
        TallyWords name;
        if (tally_words(sheet->scratch, sheet->table->rows[0].cells[i], &name, NULL) != OK) break;
        for (size_t k = 0; k < name.n; k++) {
            if (list_has(name.items[k].text, people)) return i;
        }
    }
    return NONE;
}

/* *fits: every word is explained. Names first, then small words, then cells: a word that a cell
   must hold chooses rows. */
static Status explain(Sheet *sheet, bool *fits, Err *err) {
    const TallyRow *head = &sheet->table->rows[0];
    *fits = false;
    for (size_t i = 0; i < head->n; i++) TRY(explain_name(sheet, head->cells[i], i, err));
    TRY(explain_name(sheet, str_file_stem(sheet->file->path), NONE, err));
    TRY(explain_name(sheet, tally_folder(sheet->file->path), NONE, err));
    TRY(explain_name(sheet, sheet->table->heading, NONE, err));
    for (size_t i = 0; i < sheet->words.n; i++) {
        TallyWord *word = &sheet->words.items[i];
        bool any = word->used || list_has(word->text, small) || list_has(word->text, since);
        any = any || (sheet->happens && list_has(word->text, happens));
        any = any || (list_has(word->text, people) && person_column(sheet) != NONE);
        word->used = any;
        if (!any) explain_compound(sheet, i);
        for (size_t row = 1; row < sheet->table->n && !any; row++) {
            TRY(row_has(sheet, row, word->text, &any, err));
        }
        if (!any) return OK;
        sheet->value[i] = !word->used;
        sheet->weight += !word->used;
    }
    *fits = sheet->weight > 0;
    return OK;
}

/* ---- the column ------------------------------------------------------------------------------ */

/* Dates as YYYYMMDD, so that all of them compare as numbers. */
typedef struct Value {
    double n;
    char unit[16];
} Value;

/* What a cell says to be compared; false: nothing, or not certainly one thing. */
static bool value_of(const Sheet *sheet, size_t column, const TallyRow *row, bool date,
                     Value *out) {
    TallyNumber n;
    Dated day;
    Str cell = tally_cell_at(row, column);
    *out = (Value){0};
    if (date) {
        bool fine = dated_cell(cell, &day);
        out->n = day.year * 10000.0 + day.month * 100.0 + day.day;
        return fine;
    }
    bool exact = tally_numbers_are_exact(sheet->file);
    if (tally_is_date(cell) || !tally_number(cell, &n) || (n.unsure && !exact)) return false;
    out->n = tally_real(&n);
    memcpy(out->unit, n.unit, sizeof n.unit);
    return true;
}

/* All cells of a column can be compared, in one unit. */
static bool is_column(const Sheet *sheet, size_t column, bool date) {
    Value first = {0}, value;
    for (size_t i = 1; i < sheet->table->n; i++) {
        const TallyRow *row = &sheet->table->rows[i];
        if (tally_is_total(row)) continue;
        if (!value_of(sheet, column, row, date, &value)) return false;
        if (i > 1 && strcmp(first.unit, value.unit) != 0) return false;
        first = value;
    }
    return true;
}

/* "Kosten", and "Gesamtkosten", a compound that ends so. */
static bool calls(Str word, In in) {
    enum { PART_LEAST = 4 }; /* bytes of either part */
    if (list_has(word, called[in]) || (in == IN_PRICE && list_has(word, moneys))) return true;
    for (size_t i = 0; called[in][i]; i++) {
        Str end = str_from(called[in][i]);
        bool room = end.n >= PART_LEAST && word.n >= end.n + PART_LEAST;
        if (room && str_ends(word, end)) return true;
    }
    return false;
}

/* Is every word of its name one that such a column is called by, or a unit? What stands behind
   "per" is one ("Price per m3"). */
static bool is_called(const Sheet *sheet, size_t column, In in) {
    static const char *const per[] = {"per", "pro", "je", NULL};
    TallyWords name;
    size_t n = 0;
    bool unit = false;
    if (tally_words(sheet->scratch, sheet->table->rows[0].cells[column], &name, NULL) != OK) {
        return false;
    }
    for (size_t i = 0; i < name.n; i++) {
        Str word = name.items[i].text;
        bool is = !unit && calls(word, in);
        unit = unit || list_has(word, per);
        if (!is && !unit && !list_has(word, units)) return false;
        n += is;
    }
    return n > 0;
}

/* NONE: no such column, or several. */
static size_t only_called(const Sheet *sheet, In in) {
    size_t found = NONE;
    for (size_t i = 0; i < sheet->table->rows[0].n; i++) {
        bool fits = in == IN_DATE ? is_column(sheet, i, true)
                                  : is_called(sheet, i, in) && is_column(sheet, i, false);
        if (fits && found != NONE) return NONE;
        if (fits) found = i;
    }
    return found;
}

/* The first column is what a row is; a column of years is one of dates. */
static size_t only_number(const Sheet *sheet) {
    size_t found = NONE;
    for (size_t i = 1; i < sheet->table->rows[0].n; i++) {
        if (!is_column(sheet, i, false) || is_column(sheet, i, true)) continue;
        if (found != NONE) return NONE;
        found = i;
    }
    return found;
}

/* The column of numbers of which the question says most; the first is what a row is. */
static size_t only_named(const Sheet *sheet) {
    size_t found = NONE, most = 0, same = 0;
    for (size_t i = 1; i < sheet->table->rows[0].n; i++) {
        if (!sheet->named[i] || !is_column(sheet, i, false)) continue;
        same = sheet->hits[i] == most ? same + 1 : sheet->hits[i] > most ? 1 : same;
        if (sheet->hits[i] <= most) continue;
        most = sheet->hits[i];
        found = i;
    }
    return same == 1 ? found : NONE;
}

/* From the surest to the least sure: named, called so, the only one of numbers. */
static size_t choose_column(const Sheet *sheet, const Asked *asked) {
    if (asked->in == IN_DATE) return only_called(sheet, IN_DATE);
    size_t column = only_named(sheet);
    if (column != NONE) return column;
    if (asked->in != IN_ANY) column = only_called(sheet, asked->in);
    bool amount = str_begins(str_from(asked->mark->word), "high") ||
                  str_begins(str_from(asked->mark->word), "low") ||
                  str_starts(str_from(asked->mark->word), STR("höch")) ||
                  str_begins(str_from(asked->mark->word), "niedrig");
    if (column == NONE && (amount || asked->in == IN_SIZE)) column = only_called(sheet, IN_PRICE);
    return column == NONE && amount ? only_number(sheet) : column;
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* Bit 0: a value left of "or"; bit 1: one right of it; 0: all rows must hold it. */
static unsigned side_of(const Sheet *sheet, const Asked *asked, size_t i) {
    assert(i < sheet->words.n && i != asked->or_); /* "or" is a small word and chooses no row */
    if (asked->or_ == SIZE_MAX) return 0;
    size_t from = i < asked->or_ ? i : asked->or_, to = i < asked->or_ ? asked->or_ : i;
    for (size_t k = from + 1; k < to; k++) {
        bool idle = list_has(sheet->words.items[k].text, small);
        if (!sheet->value[k] && !idle) return 0;
    }
    return i < asked->or_ ? 1 : 2;
}

/* *sides: bits of side_of whose values the row all has; 1 where nothing is offered; 0: it is out.
   */
static Status row_fits(const Sheet *sheet, const Asked *asked, size_t row, unsigned *sides,
                       Err *err) {
    unsigned there = 0, lacks = 0;
    bool fits = !tally_is_total(&sheet->table->rows[row]);
    for (size_t i = 0; i < sheet->words.n && fits; i++) {
        bool has;
        if (!sheet->value[i]) continue;
        unsigned side = side_of(sheet, asked, i);
        TRY(row_has(sheet, row, sheet->words.items[i].text, &has, err));
        there |= side;
        if (!has) lacks |= side;
        if (!has && !side) fits = false;
    }
    *sides = !fits ? 0 : asked->or_ == SIZE_MAX ? 1 : there & ~lacks;
    return OK;
}

/* Is the day one of those that are asked for? */
static bool is_asked_day(const Asked *asked, double day) {
    if (asked->days == IN_COMING) return day >= dated_today();
    return asked->days != IN_PAST || day <= dated_today();
}

/* *fits: there are rows to compare, and the most or least of them are few. What comes next may be
   the only one. */
static Status compare(Sheet *sheet, const Asked *asked, bool *fits, Err *err) {
    size_t seen = 0, per_side[2] = {0};
    double best = 0;
    *fits = false;
    sheet->n = 0;
    for (size_t i = 1; i < sheet->table->n; i++) {
        unsigned sides;
        Value value;
        TRY(row_fits(sheet, asked, i, &sides, err));
        if (!sides || sides == 3) continue;
        per_side[sides - 1]++;
        const TallyRow *row = &sheet->table->rows[i];
        if (!value_of(sheet, sheet->column, row, asked->in == IN_DATE, &value)) return OK;
        if (!is_asked_day(asked, value.n)) continue;
        if (!asked->most) value.n = -value.n;
        if (seen++ == 0 || value.n > best) sheet->n = 0, best = value.n;
        if (value.n < best) continue;
        if (sheet->n == TIES_MAX) return OK;
        assert(i > 0 && sheet->n < TIES_MAX);
        sheet->rows[sheet->n++] = i;
    }
    bool pair = asked->or_ != SIZE_MAX;
    bool only = asked->days != IN_ANY && sheet->n > 0;
    *fits = pair ? per_side[0] == 1 && per_side[1] == 1 : only || (seen >= 2 && sheet->n < seen);
    assert(sheet->n <= TIES_MAX && (!*fits || sheet->n > 0));
    return OK;
}

/* ---- the answer ------------------------------------------------------------------------------ */

/* The first column of words: of a list of payments not the day, but who was paid. */
static size_t name_column(const Sheet *sheet) {
    for (size_t i = 0; i < sheet->table->rows[0].n; i++) {
        bool number = tally_is_column(sheet->table, i, tally_is_number); /* also in two ways */
        if (!number && !is_column(sheet, i, true)) return i;
    }
    return 0;
}

/* Who or what it is, then what was asked, each with the name of its column behind it. */
static void say_row(const Sheet *sheet, const Asked *asked, const TallyRow *row, Buf *out) {
    const TallyRow *head = &sheet->table->rows[0];
    size_t who = asked->who ? person_column(sheet) : NONE, name = name_column(sheet), n = 0;
    for (size_t i = 0; i < head->n && i < row->n; i++) {
        bool text = sheet->named[i] && !is_column(sheet, i, false);
        bool first = i == 0 || i == name;
        if (!first && i != who && !text && i != sheet->column) continue;
        if (!row->cells[i].n) continue;
        buf_printf(out, "%s%.*s", n++ ? ", " : "", (int)row->cells[i].n, row->cells[i].p);
        if (i == sheet->column || !first) {
            buf_printf(out, " (%.*s)", (int)head->cells[i].n, head->cells[i].p);
        }
    }
}

/* In the place of what an earlier, worse table gave. */
static Status take(Sheet *sheet, const Asked *asked, TallyFound *found, Err *err) {
    assert(sheet->n > 0 && sheet->column < sheet->table->rows[0].n);
    buf_clear(&found->sum);
    found->n = 0;
    for (size_t i = 0; i < sheet->n; i++) {
        const TallyRow *row = &sheet->table->rows[sheet->rows[i]];
        if (i) buf_add_c(&found->sum, "; ");
        say_row(sheet, asked, row, &found->sum);
        TallyMatch match = {sheet->file->id, sheet->file->path, row->start, row->end,
                            tally_row_text(row, sheet->all)};
        TRY(tally_add_row(sheet->turn, found, match, err));
    }
    found->looked_at = sheet->table->n - 1;
    return found->sum.status == E_LIMIT ? OK : buf_check(&found->sum, "an answer", err);
}

/* ---- all tables ------------------------------------------------------------------------------ */

typedef struct Pass {
    Turn *turn;
    const TallyAsk *ask;
    const Asked *asked;
    TallyFound *found;
    size_t weight, same; /* of the best table so far, and how many are as good */
} Pass;

/* One table against the question; worse ones than the best so far are not compared. */
static Status try_table(Pass *pass, Sheet *sheet, Err *err) {
    bool fits;
    size_t n = pass->ask->words.n;
    sheet->words = (TallyWords){arena_alloc_n(sheet->scratch, n + 1, sizeof(TallyWord)), n};
    if (!sheet->words.items) return err_no_memory(err, "the words of a question");
    assert(n < TALLY_WORDS_MAX && pass->asked->at < n); /* `value` has room for each word */
    memcpy(sheet->words.items, pass->ask->words.items, n * sizeof(TallyWord));
    if (pass->asked->verb && pass->asked->who && person_column(sheet) == NONE) return OK;
    sheet->happens = pass->asked->days != IN_ANY;
    if (pass->asked->verb) sheet->weight += only_called(sheet, pass->asked->in) != NONE;
    TRY(explain(sheet, &fits, err));
    if (!fits || sheet->weight < pass->weight) return OK;
    sheet->column = choose_column(sheet, pass->asked);
    if (sheet->column == NONE) return OK;
    TRY(compare(sheet, pass->asked, &fits, err));
    if (!fits) return OK;
    assert(sheet->weight >= pass->weight && sheet->n > 0);
    pass->same = sheet->weight > pass->weight ? 1 : pass->same + 1;
    pass->weight = sheet->weight;
    return pass->same == 1 ? take(sheet, pass->asked, pass->found, err) : OK;
}

static Status look_at(void *user, const TallySheet *at, Err *err) {
    Pass *pass = user;
    Sheet sheet = {.turn = pass->turn, .scratch = at->scratch, .brief = at->brief,
                   .table = at->table, .file = at->file, .all = at->all};
    return try_table(pass, &sheet, err);
}

static bool is_markdown(const StoreFile *file) {
    return tally_form(file) == TALLY_FORM_MARKDOWN;
}

/* The first mark of a question; NULL: none. Word by word and without memory: it is asked of every
   question. A word longer than `low` is cut, and no mark is as long. */
static const Mark *first_mark(Str question) {
    char low[32];
    for (size_t at = 0; at < question.n;) {
        size_t n = 0, width;
        for (; at < question.n; at += width) {
            uint32_t c = unicode_lower(utf8_decode(question, at, &width));
            if (unicode_class(c) != UC_LETTER) break;
            if (n + UTF8_MAX_BYTES <= sizeof low) n += utf8_encode(c, low + n);
        }
        const Mark *mark = n ? mark_of((Str){low, n}) : NULL;
        if (mark) return mark;
        if (!n) at += width;
    }
    return NULL;
}

bool tally_compares(Str question) { return first_mark(question) != NULL; }

bool tally_asks_next(Str question) {
    const Mark *mark = first_mark(question);
    return mark && mark->in == IN_COMING;
}

/* Sheets count always, Markdown only where there is little of it: notes are not all tables. Only
   a single best table answers; of two that fit alike a reader would have to choose. */
Status tally_most(Turn *turn, TallyAsk *ask, Store *store, TallyFound *found, Err *err) {
    Asked asked;
    StoreFiles files = {0};
    uint64_t bytes = 0, written = 0;
    *ask = (TallyAsk){.kind = TALLY_CELL};
    TRY(tally_words(&turn->arena, turn->question, &ask->words, err));
    if (ask->words.n >= TALLY_WORDS_MAX || !read_question(&ask->words, &asked)) return OK;
    TRY(store_list(store, &turn->arena, &files, err));
    for (size_t i = 0; i < files.n; i++) {
        bytes += tally_has_tables(&files.items[i]) ? files.items[i].text_bytes : 0;
        written += is_markdown(&files.items[i]) ? files.items[i].text_bytes : 0;
    }
    if (files.n > TALLY_FILES_MAX || bytes > 2 * TALLY_TEXT_MAX) return OK;
    Pass pass = {turn, ask, &asked, found, 0, 0};
    Status status = OK;
    for (size_t i = 0; status == OK && i < files.n; i++) {
        bool markdown = is_markdown(&files.items[i]) && written <= MARKDOWN_MAX;
        if (!tally_has_tables(&files.items[i]) && !markdown) continue;
        status = tally_look(turn, store, &files.items[i], look_at, &pass, err);
    }
    found->done = status == OK && pass.same == 1;
    if (!found->done) tally_forget(found);
    return status;
}
