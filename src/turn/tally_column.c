/*
 * One column of every table that has it: "give me all phone numbers", "alle E-Mail-Adressen".
 *
 * A search finds eight passages, and a model writes down what it likes of them. So a question for
 * all of a few kinds of things that people keep in tables (telephone numbers, e-mail addresses,
 * addresses, birthdays) is a list of the rows that have one: who, and the cell.
 *
 *     Name,Rolle,Telefon,E-Mail
 *     Sabine Treptow,Vorsitzende,04131 38 11 20,treptow@...
 *     Silke Brand,Tante,05131 447 18,                         <- no address: is not in their list
 *
 *     Give me all phone numbers    - Sabine Treptow: 04131 38 11 20
 *                                  - Silke Brand: 05131 447 18
 *
 * A column is one of a kind when its name says so and each of its cells may be such a thing: "Tel."
 * with digits, "E-Mail" with a sign of one. Who, is the column called Name or the like (two of
 * these, first and last name, are both said), else the first one that is text.
 *
 * As everywhere here, each word of the question must be explained: by the kind, by "all" or "list",
 * by words that say nothing, and the rest by the name of the file, its folder or what stands above
 * the table: "... of the members" asks for a table of members. One word left over, in every table,
 * and nothing is listed: "all phone numbers in Berlin" chooses rows, which this file does not.
 *
 * Rows of all tables that fit are listed; the same line twice is one. Documents that call
 * themselves outdated are left out. What stands in letters and mails is not looked for: no rule
 * knows whose number it is.
 *
 * Limits: BYTES_MAX of tables, beyond which nothing is looked at; ROWS_MAX rows, beyond which
 * nothing is listed; SAY_MAX bytes of a line.
 */
#include <assert.h>

#include "base/lists.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "turn/tally.h"

enum { BYTES_MAX = 16 << 20, ROWS_MAX = 2000, HEAD_BYTES = 400, SAY_MAX = 4096,
       WHAT_MAX = 400, WORDS_NAMED = 4, WHO_MAX = 2, WHO_BYTES = 100, PHONE_DIGITS = 3 };

typedef struct Kind {
    const char *const *asked; /* as questions say it */
    const char *const *words; /* of a column's name; or a part of it, in Chinese */
    const char *const *han;
    TallyCellTest test;
} Kind;

typedef struct Pass {
    Turn *turn;
    const TallyWords *words; /* of the question; used: explained without a table */
    const Kind *kind;
    TallyFound *found;
    Buf what; /* names of the tables */
    Str last; /* path of the last one */
} Pass;

/* ---- kinds ----------------------------------------------------------------------------------- */

static bool is_phone(Str cell) {
    size_t digits = 0;
    for (size_t i = 0; i < cell.n; i++) {
        bool digit = plain_is_digit(cell.p[i]);
        digits += digit;
        if (!digit && !memchr(" +-/().,;", cell.p[i], 9)) return false;
    }
    return digits >= PHONE_DIGITS && !tally_is_date(cell);
}

static bool is_mail(Str cell) { return str_has(cell, STR("@")); }

/* "Mail address" is none to live at, nor is a number. */
static bool is_place(Str cell) {
    bool letter = false;
    for (size_t i = 0; i < cell.n; i++) letter = letter || str_in_word(cell.p[i]);
    return letter && !is_mail(cell) && !is_phone(cell) && !tally_is_date(cell);
}

static const char *const phone_asked[] = {
    "phone number",   "telephone number", "mobile number", "cell number", "phones", "telefonnummer",
    "handynummer",    "mobilnummer",      "rufnummer",     "电话号码",    "手机号码", "电话",
    "手机号",         NULL};
static const char *const phone_words[] = {"phone", "telephone", "tel", "telefon", "mobile", "mobil",
                                          "cell", "handy", "telefonnummer", "handynummer",
                                          "mobilnummer", "rufnummer", NULL};
static const char *const phone_han[] = {"电话", "手机", "電話", NULL};
static const char *const mail_asked[] = {
    "e mail address", "email address", "mail address", "e mail addresses", "email addresses",
    "mail addresses", "e mail adresse", "email adresse", "mail adresse", "mailadresse",
    "emailadresse",   "邮箱地址", "电子邮箱", "邮件地址", "邮箱", NULL};
static const char *const mail_words[] = {"mail", "email", "mailadresse", "emailadresse", NULL};
static const char *const mail_han[] = {"邮箱", "邮件", NULL};
static const char *const home_asked[] = {"postal address", "address", "anschrift", "adresse",
                                         "地址", "住址", NULL};
static const char *const home_words[] = {"address", "anschrift", "adresse", NULL};
static const char *const home_han[] = {"地址", "住址", NULL};
static const char *const birth_asked[] = {"birthday", "date of birth", "birth date", "geburtstag",
                                          "geburtsdatum", "geburtsdaten", "生日", "出生日期",
                                          NULL};
static const char *const birth_words[] = {"birthday", "birth", "geburtstag", "geburtsdatum",
                                          "geboren", NULL};
static const char *const birth_han[] = {"生日", "出生", NULL};

/* In the order in which they are asked for: an e-mail address is an address, too. */
static const Kind kinds[] = {{phone_asked, phone_words, phone_han, is_phone},
                             {mail_asked, mail_words, mail_han, is_mail},
                             {home_asked, home_words, home_han, is_place},
                             {birth_asked, birth_words, birth_han, tally_is_date}};

/* ---- the question ---------------------------------------------------------------------------- */

/* "List" and "all" ask for more than one; what is left over is the tables' to explain. */
static Status read_asked(Arena *arena, Str question, TallyWords *words, const Kind **kind,
                         Err *err) {
    static const char *const all[] = {"all", "every", "everyone", "everybody", "alle", "aller",
                                      "sämtliche", "所有人", "每个人", "所有", "全部", "大家",
                                      "每位", NULL};
    static const char *const list[] = {"list", "liste", "auflisten", "列出", NULL};
    static const char *const say[] = {
        "give me", "show me", "show", "tell me", "what are", "i need", "gib mir", "zeig mir",
        "zeige mir", "zeige", "nenne mir", "nenn mir", "nenne", "ich brauche", "wie lauten",
        "can you", "could you", "kannst du", "können sie", "auf", "aus", "from", "our", "unsere",
        "unserer", "s", "we have", "contacts", "kontakte", "people", "person", "personen", "leute",
        "documents", "dokumente", "dokumenten", "是多少", "是什么", "给我", "告诉我", "人", "都",
        "联系人", NULL};
    bool is_all, is_list, any = false;
    *kind = NULL;
    TRY(tally_words(arena, question, words, err));
    if (words->n >= TALLY_WORDS_MAX) return OK;
    const Kind *found = NULL;
    for (size_t i = 0; i < ARRAY_LEN(kinds) && !found; i++) {
        TRY(tally_explain_any(arena, words, kinds[i].asked, &any, err));
        if (any) found = &kinds[i];
    }
    if (!found) return OK;
    TRY(tally_explain_any(arena, words, all, &is_all, err));
    TRY(tally_explain_any(arena, words, list, &is_list, err));
    TRY(tally_explain_any(arena, words, say, &any, err));
    tally_explain_fillers(words);
    size_t left = 0;
    for (size_t i = 0; i < words->n; i++) left += !words->items[i].used;
    if ((is_all || is_list) && left <= WORDS_NAMED) *kind = found;
    return OK;
}

bool tally_asks_column(Arena *arena, Str question) {
    TallyWords words;
    const Kind *kind;
    return read_asked(arena, question, &words, &kind, NULL) == OK && kind;
}

/* ---- one table ------------------------------------------------------------------------------- */

/* "Kontaktliste" names a file "Kontakte.csv". */
static Str without_list(Str word) {
    static const char *const ends[] = {"liste", "list", "tabelle", "verzeichnis", NULL};
    for (size_t i = 0; ends[i]; i++) {
        size_t n = strlen(ends[i]);
        bool more = word.n >= n + TALLY_PART_LEAST;
        if (more && str_ends(word, str_from(ends[i]))) return str_sub(word, 0, word.n - n);
    }
    return word;
}

static bool is_kind_of_file(Str word) {
    static const char *const words[] = {"table", "tabelle", "file", "datei", "sheet", "csv", "xlsx",
                                        "list", "liste", NULL};
    return list_has(word, words);
}

static bool named_in(Str word, const TallyWords *names) {
    for (size_t i = 0; i < names->n; i++) {
        Str name = names->items[i].text;
        if (tally_same_stem(word, name) || tally_begins_compound(word, name) ||
            tally_same_word(without_list(word), without_list(name))) {
            return true;
        }
    }
    return false;
}

/* By the file's name, its folder or the heading: each word that is left of the question. */
static Status explained(const Pass *pass, const TallySheet *at, bool *all, Err *err) {
    TallyWords names[3];
    Str from[3] = {str_file_stem(at->file->path), tally_folder(at->file->path),
                   at->table->heading};
    *all = true;
    for (int k = 0; k < 3; k++) TRY(tally_words(at->scratch, from[k], &names[k], err));
    for (size_t i = 0; i < pass->words->n && *all; i++) {
        const TallyWord *word = &pass->words->items[i];
        *all = word->used || is_kind_of_file(word->text) || named_in(word->text, &names[0]) ||
               named_in(word->text, &names[1]) || named_in(word->text, &names[2]);
    }
    return OK;
}

/* Does the column's name say one of the words? */
static Status is_called(const TallySheet *at, size_t column, const char *const *list,
                        const char *const *han, bool *is, Err *err) {
    TallyWords words;
    Str name = tally_cell_at(&at->table->rows[0], column);
    *is = list_in(name, han);
    TRY(tally_words(at->scratch, name, &words, err));
    for (size_t i = 0; i < words.n; i++) *is = *is || tally_word_in(words.items[i].text, list);
    return OK;
}

/* As bits, lowest first: TALLY_COLUMNS_MAX of them. */
typedef uint64_t Columns;
_Static_assert((int)TALLY_COLUMNS_MAX <= 64, "a bit each");

static bool has(Columns set, size_t column) { return set >> column & 1; }

static Status choose_columns(const Pass *pass, const TallySheet *at, Columns *asked, Columns *who,
                             Err *err) {
    static const char *const names[] = {"name", "vorname", "nachname", "surname", "person", "wer",
                                        "who", "contact", "kontakt", "firma", "company",
                                        "supplier", "lieferant", "member", "mitglied", NULL};
    static const char *const names_han[] = {"姓名", "名称", "名字", "联系人", "供应商", NULL};
    const Kind *kind = pass->kind;
    size_t n = at->table->rows[0].n, first = n, chosen = 0;
    assert(n <= TALLY_COLUMNS_MAX); /* a bit each */
    *asked = *who = 0;
    for (size_t c = 0; c < n; c++) {
        bool is, name;
        TRY(is_called(at, c, kind->words, kind->han, &is, err));
        TRY(is_called(at, c, names, names_han, &name, err));
        bool text = !tally_is_column(at->table, c, tally_is_number) &&
                    !tally_is_column(at->table, c, tally_is_date);
        if (is && tally_is_column(at->table, c, kind->test)) {
            *asked |= (Columns)1 << c;
        } else if (name && text && chosen < WHO_MAX) {
            *who |= (Columns)1 << c;
            chosen++;
        } else if (text && first == n) {
            first = c;
        }
    }
    if (!*who && first < n) *who = (Columns)1 << first;
    return OK;
}

/* The cells of a set, joined, each of `most` bytes; false: all are empty. */
static bool say_cells(const TallyRow *row, Columns set, const char *between, size_t most,
                      Buf *out) {
    bool any = false;
    for (size_t c = 0; c < row->n; c++) {
        Str cell = tally_cell_at(row, c);
        if (!has(set, c) || !cell.n) continue;
        Str begin = utf8_cut(cell, most);
        buf_printf(out, "%s%.*s%s", any ? between : "", (int)begin.n, begin.p,
                   begin.n < cell.n ? "…" : "");
        any = true;
    }
    return any;
}

static bool said(const TallyFound *found, Str line) {
    for (size_t i = 0; i < found->n; i++) {
        if (str_eq(found->items[i].line, line)) return true;
    }
    return false;
}

/* "Silke Brand: 05131 447 18"; false: the row has no such cell. A long name gives way to what was
   asked for. */
static bool say_row(const TallyRow *row, Columns who, Columns asked, Buf *out) {
    assert(asked && who && !(asked & who));
    if (say_cells(row, who, " ", WHO_BYTES, out)) buf_add_c(out, ": ");
    return say_cells(row, asked, ", ", SIZE_MAX, out) && out->status == OK;
}

/* A row without the cell is looked at and not listed. */
static Status add_row(Pass *pass, const TallySheet *at, size_t r, Columns who, Columns asked,
                      Err *err) {
    const TallyRow *row = &at->table->rows[r];
    Buf line;
    assert(r > 0 && r < at->table->n); /* row 0 has the names */
    pass->found->looked_at++;
    if (pass->found->n >= ROWS_MAX) return err_set(err, E_LIMIT, "too many rows fit the question");
    buf_init(&line, SAY_MAX);
    bool any = say_row(row, who, asked, &line);
    Status status = buf_check(&line, "a row", err);
    if (status == OK && any && !said(pass->found, buf_str(&line))) {
        TallyMatch match = {at->file->id, at->file->path, row->start, row->end, buf_str(&line)};
        status = tally_add_row(pass->turn, pass->found, match, err);
    }
    buf_fini(&line);
    return status;
}

/* For who has a table at hand (tests, the fuzz target): no store, no list. */
Status tally_column_of(Arena *arena, Str question, const TallySheet *at, size_t row, Buf *say,
                       Err *err) {
    TallyWords words;
    Pass pass = {.words = &words};
    Columns asked, who;
    bool all;
    assert(row > 0 && row < at->table->n); /* row 0 has the names */
    TRY(read_asked(arena, question, &words, &pass.kind, err));
    if (!pass.kind) return OK;
    TRY(explained(&pass, at, &all, err));
    if (all) TRY(choose_columns(&pass, at, &asked, &who, err));
    if (all && asked && who && !say_row(&at->table->rows[row], who, asked, say)) buf_clear(say);
    return OK;
}

static Status look_at(void *user, const TallySheet *at, Err *err) {
    Pass *pass = user;
    Columns asked, who;
    bool all;
    size_t before = pass->found->n;
    TRY(explained(pass, at, &all, err));
    if (!all || newer_outdated(at->file->path, utf8_cut(at->all, HEAD_BYTES))) return OK;
    TRY(choose_columns(pass, at, &asked, &who, err));
    if (!asked || !who) return OK;
    for (size_t r = 1; r < at->table->n; r++) TRY(add_row(pass, at, r, who, asked, err));
    Str name = str_file_name(at->file->path);
    if (pass->found->n == before || str_eq(at->file->path, pass->last)) return OK;
    pass->last = at->file->path;
    if (pass->what.n + name.n + 2 < WHAT_MAX) {
        buf_printf(&pass->what, "%s%.*s", pass->what.n ? ", " : "", (int)name.n, name.p);
    }
    return OK;
}

/* ---- all tables ------------------------------------------------------------------------------ */

/* Too many rows, or too long a one: recall goes on, as it does where no table has such a column. */
Status tally_column(Turn *turn, TallyAsk *ask, Store *store, TallyFound *found, Err *err) {
    TallyWords words;
    const Kind *kind;
    StoreFiles files = {0};
    *ask = (TallyAsk){.kind = TALLY_LIST};
    TRY(read_asked(&turn->arena, turn->question, &words, &kind, err));
    if (!kind) return OK;
    TRY(tally_list(turn, store, BYTES_MAX, &files, err));
    Pass pass = {.turn = turn, .words = &words, .kind = kind, .found = found};
    buf_init(&pass.what, WHAT_MAX);
    Status status = OK;
    for (size_t i = 0; status == OK && i < files.n; i++) {
        status = tally_look(turn, store, &files.items[i], look_at, &pass, err);
    }
    if (status == OK && found->n) {
        status = arena_keep(&turn->arena, buf_str(&pass.what), &found->what, "the tables", err);
    }
    buf_fini(&pass.what);
    found->done = status == OK && found->n > 0;
    if (!found->done) tally_forget(found);
    return status == E_LIMIT ? OK : status;
}
