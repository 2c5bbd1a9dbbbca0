/*
 * Promises of counting (turn/tally.h) below the question: what numbers, dates, tables and words
 * are, that a question is claimed only when every word of it is explained, and whether a number
 * measures what was asked for (turn/measure.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "turn/measure.h"
#include "turn/tally.h"

static Arena arena, brief;

static int make_arena(void **state) {
    arena_init(&arena, 64 << 20);
    arena_init(&brief, 16 << 20);
    return 0;
}

static int drop_arena(void **state) {
    arena_fini(&arena);
    arena_fini(&brief);
    return 0;
}

static void numbers_are_read_as_they_are_meant_or_unsure(void **state) {
    static const struct {
        const char *cell;
        int64_t digits;
        int decimals;
        const char *unit; /* NULL: it is none */
        bool unsure;
    } rows[] = {{"12", 12, 0, "", false},
                {"-3.50", -350, 2, "", false},
                {"1,250.00 EUR", 125000, 2, "EUR", false},
                {"1.250,00 \xE2\x82\xAC", 125000, 2, "\xE2\x82\xAC", false},
                {"$1,200", 1200, 3, "$", true},
                {"1.250.000", 1250000, 0, "", false},
                {"0.125", 125, 3, "", false},
                {"1 250,5", 12505, 1, "", false},
                {"12.5%", 125, 1, "%", false},
                {"R-12", 0, 0, NULL, false},
                {"2024-03-01", 0, 0, NULL, false},
                {"", 0, 0, NULL, false},
                {"EUR", 0, 0, NULL, false},
                {"1234567890123456", 0, 0, NULL, false},
                {"3 EUR of 5", 0, 0, NULL, false},
                {"1,00,000.50", 10000050, 2, "", false},
                {"12'000", 12000, 0, "", false},
                {"1.2.3", 0, 0, NULL, false},
                {"01.02.24", 0, 0, NULL, false},
                {"192.168.10.100", 0, 0, NULL, false},
                {"030 123456", 0, 0, NULL, false},
                {"12 34 56", 0, 0, NULL, false},
                {"1,250.00.5", 0, 0, NULL, false},
                {"1  250", 0, 0, NULL, false},
                {"10,20,30", 0, 0, NULL, false}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        TallyNumber n;
        bool there = tally_number(str_from(rows[i].cell), &n);
        if (there != (rows[i].unit != NULL)) fail_msg("%s: %d", rows[i].cell, there);
        if (!there) continue;
        assert_string_equal(n.unit, rows[i].unit);
        assert_int_equal(n.unsure, rows[i].unsure);
        assert_int_equal(n.digits, rows[i].digits);
        assert_int_equal(n.decimals, rows[i].decimals);
    }
}

static void dates_are_read_and_an_unsure_month_is_told(void **state) {
    static const struct {
        const char *cell;
        int year, month; /* year 0: none; month 0: unsure */
    } rows[] = {{"2024-03-01", 2024, 3},
                {"Fri, 01 Mar 2024 10:00:00 +0100", 2024, 3},
                {"March 9, 2021", 2021, 3},
                {"01.03.2024", 2024, 3},
                {"3/4/2024", 2024, 0},
                {"25/4/2024", 2024, 4},
                {"4/25/2024", 2024, 4},
                {"2024年3月1日", 2024, 3},
                {"5. Mai 2020", 2020, 5},
                {"2024", 0, 0},
                {"12 EUR", 0, 0},
                {"2024-13-01", 0, 0},
                {"", 0, 0}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int year = 0, month = 0;
        bool there = tally_date(str_from(rows[i].cell), &year, &month);
        if (there != (rows[i].year != 0)) fail_msg("%s: %d", rows[i].cell, there);
        if (there) assert_int_equal(year * 100 + month, rows[i].year * 100 + rows[i].month);
    }
}

static void a_table_begins_with_names_and_ends_with_an_empty_line(void **state) {
    Str text = STR("Prose | with a bar\n\nFees\n\nName | Fee\nAnna | 10\nKarl |\n\n1 | 2\n3 | 4\n\n"
                   "A | B\nx | y");
    TallyTable t;
    size_t at = 0;
    assert_int_equal(tally_next_table(&arena, text, &at, &t, NULL), OK);
    assert_int_equal(t.n, 3);
    assert_true(str_eq_c(t.heading, "Fees"));
    assert_true(str_eq_c(t.rows[1].cells[1], "10"));
    assert_true(str_eq_c(str_sub(text, t.rows[2].start, t.rows[2].end), "Karl |"));
    assert_int_equal(tally_next_table(&arena, text, &at, &t, NULL), OK);
    assert_true(str_eq_c(t.rows[0].cells[0], "A")); /* the table without names is none */
    assert_int_equal(tally_next_table(&arena, text, &at, &t, NULL), OK);
    assert_int_equal(t.n, 0);
}

static void names_of_columns_may_stand_on_two_lines(void **state) {
    Str text = STR("Boat | Rent | | Berth\n| day | week\nHeron | 12 | 60 | A\n\n"
                   "| day | week\nHeron | 12 | 60\n\nBoat | | Berth\nHeron | 12 | A");
    TallyTable t;
    size_t at = 0;
    assert_int_equal(tally_next_table(&arena, text, &at, &t, NULL), OK);
    assert_int_equal(t.n, 2);
    assert_true(str_eq_c(t.rows[0].cells[1], "Rent day"));
    assert_true(str_eq_c(t.rows[0].cells[2], "Rent week"));
    assert_true(str_eq_c(t.rows[0].cells[3], "Berth"));
    assert_true(str_eq_c(t.rows[1].cells[2], "60"));
    assert_int_equal(tally_next_table(&arena, text, &at, &t, NULL), OK);
    assert_true(str_eq_c(t.rows[0].cells[2], "week")); /* the corner may be empty */
    assert_int_equal(tally_next_table(&arena, text, &at, &t, NULL), OK);
    assert_int_equal(t.n, 0); /* no other name may be */
}

/* As sheets with joined cells are read: each column and row says what it belongs to. */
static void names_on_two_lines_may_be_said_in_each_column(void **state) {
    Str text = STR("Boat | Rent | Rent | Berth\nBoat | day | week | Berth\nHeron | 12 | 60 | A\n\n"
                   "Boat | Rent | Berth\nBoat | day | Berth\nHeron | x | A");
    TallyTable t;
    size_t at = 0;
    assert_int_equal(tally_next_table(&arena, text, &at, &t, NULL), OK);
    assert_int_equal(t.n, 2);
    assert_true(str_eq_c(t.rows[0].cells[0], "Boat"));
    assert_true(str_eq_c(t.rows[0].cells[1], "Rent day"));
    assert_true(str_eq_c(t.rows[0].cells[2], "Rent week"));
    assert_true(str_eq_c(t.rows[0].cells[3], "Berth"));
    assert_int_equal(tally_next_table(&arena, text, &at, &t, NULL), OK);
    assert_int_equal(t.n, 3); /* nothing is said twice: the second line is a row */
    assert_true(str_eq_c(t.rows[0].cells[1], "Rent"));
}

/* With words below it the line may be half of a list without names: no table. */
static void a_line_above_the_names_is_no_part_of_a_table(void **state) {
    Str text = STR("As of 31 August | | by Anna\nPart | Size | Stock\nHinge | 3 mm | 12\n\n"
                   "Anna | | Bonn\nBen | Quay | Trier\nCai | Mews | Ulm");
    TallyTable t;
    size_t at = 0;
    assert_int_equal(tally_next_table(&arena, text, &at, &t, NULL), OK);
    assert_int_equal(t.n, 2);
    assert_true(str_eq_c(t.rows[0].cells[2], "Stock"));
    assert_int_equal(tally_next_table(&arena, text, &at, &t, NULL), OK);
    assert_int_equal(t.n, 0);
    text = STR("As of 31 August | | by Anna\nPart | Size | Stock"); /* nothing stands below */
    at = 0;
    assert_int_equal(tally_next_table(&arena, text, &at, &t, NULL), OK);
    assert_int_equal(t.n, 0);
}

/* What a row is, its name says and not its number; a number that means something stays. */
static void a_column_that_numbers_the_rows_is_left_out(void **state) {
    Str text = STR("No. | Boat | Rent\n1 | Heron | 12\n2 | Teal | 9\nTotal | | 21\n\n"
                   "No. | Boat | Rent\n4 | Heron | 12\n7 | Teal | 9\n\n"
                   "Run | Boat | Rent\n1 | Heron | 12\n2 | Teal | 9\n\n序号 | 姓名\n1 | 何青");
    TallyTable t;
    size_t at = 0;
    assert_int_equal(tally_next_table(&arena, text, &at, &t, NULL), OK);
    assert_int_equal(t.rows[0].n, 2);
    assert_true(str_eq_c(t.rows[0].cells[0], "Boat"));
    assert_true(str_eq_c(t.rows[2].cells[1], "9"));
    assert_true(tally_is_total(&t.rows[3]));
    assert_true(str_eq_c(tally_row_text(&t.rows[2], text), "2 | Teal | 9"));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(tally_next_table(&arena, text, &at, &t, NULL), OK);
        assert_int_equal(t.rows[0].n, 3);
    }
    assert_int_equal(tally_next_table(&arena, text, &at, &t, NULL), OK);
    assert_int_equal(t.rows[0].n, 2); /* nothing would be left to ask for */
}

/* The cell of the only table of a text, as it is told; empty: none. */
static const char *cell_of(const char *path, const char *text, const char *question) {
    TallyTable table;
    StoreFile file = {.path = str_from(path)};
    size_t at = 0, row;
    Buf say;
    assert_int_equal(tally_next_table(&arena, str_from(text), &at, &table, NULL), OK);
    TallySheet sheet = {.file = &file, .table = &table, .all = str_from(text), .brief = &brief};
    buf_init(&say, 4096);
    assert_int_equal(tally_cell_of(&arena, str_from(question), &sheet, &row, &say, NULL), OK);
    char *out = arena_dup(&arena, row ? say.p : "", row ? say.n : 0);
    assert_non_null(out);
    buf_fini(&say);
    return out;
}

typedef struct CellCase { const char *question, *cell; } CellCase;

static void check_cells(const char *path, const char *text, const CellCase *cases, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const char *cell = cell_of(path, text, cases[i].question);
        if (strcmp(cell, cases[i].cell) != 0) fail_msg("%s: %s", cases[i].question, cell);
    }
}

static void an_english_question_gets_the_cell_that_it_names(void **state) {
    static const char rota[] = "Day | Morning | Late | Desk\n2026-08-03 | Ida | Otis | 4\n"
                               "2026-08-04 | Otis | | 7";
    static const CellCase of_rota[] = {
        {"Who has the late shift on 3 August?", "2026-08-03: Otis (Late)"},
        {"Who works late on August 3rd, 2026?", ""}, /* "works" may be more than to stand there */
        {"Who is on late on 4 August 2026?", ""}, /* the cell is empty */
        {"Who has the late shift on 3 August 2025?", ""},
        {"Who has desk duty on 3 August?", ""}, /* a number is nobody */
        {"Who has the late shift?", ""},        /* no row is named */
        {"Who does not have the late shift on 3 August?", ""},
        {"Is Otis on late on 3 August?", ""}};
    static const char list[] = "Tool | Member | Guest | Renew by | Keeper\n"
                               "Hedge cutter | 4 | 9 | 2026-05-01 | Ida Moss\n"
                               "Hedge cutter, large | 6 | 12 | 2026-06-01 | Bo Lund\n"
                               "Ladder | 2 | - | 2027-01-01 | Bo Lund";
    static const CellCase of_list[] = {
        {"What does the ladder cost a member?", "Ladder: 2 (Member)"},
        {"What does the ladder cost a guest?", ""},
        {"How much is the large hedge cutter for guests?", "Hedge cutter, large: 12 (Guest)"},
        {"How much is the hedge cutter for guests?", "Hedge cutter: 9 (Guest)"},
        {"When must the ladder be renewed?", "Ladder: 2027-01-01 (Renew by)"},
        {"Who is the keeper of the ladder?", "Ladder: Bo Lund (Keeper)"},
        {"Who repaired the ladder?", ""},
        {"Who pays for the ladder?", ""},
        {"How many ladders has the guest?", ""},
        {"What does the drill cost a member?", ""},
        {"Why is the ladder renewed?", ""},
        {"Does a member or a guest pay more for the ladder?", ""},
        {"", ""}};
    check_cells("/x/rota.csv", rota, of_rota, ARRAY_LEN(of_rota));
    check_cells("/x/tools.csv", list, of_list, ARRAY_LEN(of_list));
}

static void a_row_with_a_cell_as_long_as_a_page_is_not_told(void **state) {
    char text[6000] = "Note | Boat | Rent\n";
    size_t n = strlen(text);
    (void)state;
    memset(text + n, 'x', 5000);
    memcpy(text + n + 5000, " | Heron | 12\nshort | Teal | 9", 31);
    assert_string_equal(cell_of("/x/boats.csv", text, "What is the rent of the Heron?"), "");
    assert_string_equal(cell_of("/x/boats.csv", text, "What is the rent of the Teal?"),
                        "short, Teal: 9 (Rent)");
}

static void a_german_question_gets_the_cell_that_it_names(void **state) {
    static const char plan[] = "Tag | Vormittag | Nachmittag | Leitung\n"
                               "Montag | Museum | Hafen | Frau Ohm\n"
                               "Dienstag | Turm | - | Herr Bley";
    static const CellCase cases[] = {
        {"Was machen wir am Montagnachmittag?", "Montag: Hafen (Nachmittag)"},
        {"Was ist am Dienstag am Vormittag?", "Dienstag: Turm (Vormittag)"},
        {"Was machen wir am Dienstagnachmittag?", ""},
        {"Wer hat am Dienstag die Leitung?", "Dienstag: Herr Bley (Leitung)"},
        {"Was kostet der Turm am Dienstag?", ""},
        {"Wer bezahlt am Dienstag?", ""}};
    static const char water[] = "Garten | Name | Z\xC3\xA4hler alt | Verbrauch\n3 | Ohm | 31 | 12\n"
                                "12 | Bley | 40 | 3";
    static const CellCase of_water[] = {
        {"Wie viel Wasser hat Bley verbraucht?", "12, Bley: 3 (Verbrauch)"},
        {"Wie hoch ist der Verbrauch in Garten 12?", "12: 3 (Verbrauch)"}, /* no other 12 */
        {"Wie viel Strom hat Bley verbraucht?", ""}};
    check_cells("/x/plan.csv", plan, cases, ARRAY_LEN(cases));
    check_cells("/x/Wasserliste.csv", water, of_water, ARRAY_LEN(of_water));
}

static void a_question_is_claimed_only_when_every_word_is_explained(void **state) {
    static const struct {
        const char *question;
        TallyKind kind;
        size_t from, to, about;
        int year, month;
    } rows[] = {{"Which of my mails are from Anna Li about the roof in March 2024?", TALLY_LIST, 2,
                 0, 1, 2024, 3},
                {"how many e-mails were sent to bank@example.org", TALLY_COUNT, 0, 3, 0, 0, 0},
                {"Wie viele Mails sind von Karl im M\xC3\xA4rz?", TALLY_COUNT, 1, 0, 0, 0, 3},
                {"2024年12月王伟发来的邮件有多少封？", TALLY_COUNT, 2, 0, 0, 2024, 12},
                {"十一月有多少封邮件？", TALLY_COUNT, 0, 0, 0, 0, 11},
                {"Which mails may be late?", TALLY_NONE, 0, 0, 0, 0, 0},
                {"Which mails are from Anna and unanswered?", TALLY_NONE, 0, 0, 0, 0, 0},
                {"What did Anna mail?", TALLY_NONE, 0, 0, 0, 0, 0},
                {"Which mails?", TALLY_NONE, 0, 0, 0, 0, 0},
                {"mails", TALLY_NONE, 0, 0, 0, 0, 0},
                {"\xFF\xFE how many \xFF", TALLY_COUNT, 0, 0, 0, 0, 0},
                {"", TALLY_NONE, 0, 0, 0, 0, 0}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        TallyAsk ask;
        assert_int_equal(tally_ask(&arena, str_from(rows[i].question), &ask, NULL), OK);
        if (ask.kind != rows[i].kind) fail_msg("%s: %d", rows[i].question, ask.kind);
        if (ask.kind == TALLY_NONE) continue;
        assert_int_equal(ask.from.n, rows[i].from);
        assert_int_equal(ask.to.n, rows[i].to);
        assert_int_equal(ask.about.n, rows[i].about);
        assert_int_equal(ask.year * 100 + ask.month, rows[i].year * 100 + rows[i].month);
    }
}

static void another_year_is_a_no_also_where_the_month_is_unsure(void **state) {
    static const struct {
        int year, month, want;
        const char *date;
    } rows[] = {{0, 0, 1, ""},
                {2024, 0, 1, "3/4/2024"},
                {2024, 4, -1, "3/4/2024"},
                {2023, 4, 0, "3/4/2024"},
                {0, 4, -1, "3/4/2024"},
                {2024, 3, 1, "2024-03-01"},
                {2024, 4, 0, "2024-03-01"},
                {2024, 0, -1, "soon"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        TallyAsk ask = {.year = rows[i].year, .month = rows[i].month};
        assert_int_equal(tally_in_time(&ask, str_from(rows[i].date)), rows[i].want);
    }
}

static void words_of_one_stem_are_the_same(void **state) {
    (void)state;
    static const struct {
        const char *a, *b;
        bool same;
    } cases[] = {{"renew", "renewal", true},     {"delivers", "delivery", true},
                 {"preise", "preis", true},      {"weigh", "weight", true},
                 {"count", "contract", false},   {"boat", "boats", true},
                 {"rent", "renter", true},       {"cont", "contact", false},
                 {"12345", "123456", false},     {"12345", "12345", true},
                 {"clean", "cleanliness", false}, {"", "a", false}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        Str a = str_from(cases[i].a), b = str_from(cases[i].b);
        assert_int_equal(tally_same_stem(a, b), cases[i].same);
        assert_int_equal(tally_same_stem(b, a), cases[i].same);
    }
    assert_true(str_eq_c(tally_folder(STR("/a/Offers 2026/list.csv")), "Offers 2026"));
    assert_int_equal(tally_folder(STR("list.csv")).n, 0);
    assert_int_equal(tally_folder(STR("/list.csv")).n, 0);
    assert_true(tally_begins_compound(STR("wasser"), STR("wasserliste")));
    assert_false(tally_begins_compound(STR("wasser"), STR("wassern")));
}

static void words_are_found_whole(void **state) {
    static const struct {
        const char *text, *wanted;
        bool holds;
    } rows[] = {{"Anna Li <anna@example.org>", "anna", true},
                {"Annabel <a@example.org>", "anna", false},
                {"The ROOF leaks", "roof leaks", true},
                {"\xC3\x84rger", "\xC3\xA4rger", true},
                {"关于季度报告的信", "季度报告", true},
                {"", "x", false},
                {"x", "", true}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        TallyWords wanted;
        bool holds;
        assert_int_equal(tally_words(&arena, str_from(rows[i].wanted), &wanted, NULL), OK);
        assert_int_equal(tally_holds(str_from(rows[i].text), &wanted, &holds, NULL), OK);
        assert_int_equal(holds, rows[i].holds);
    }
}

static void a_total_is_a_word_and_no_beginning_of_one(void **state) {
    static const struct {
        const char *cell;
        bool total;
    } rows[] = {{"Total", true}, {"TOTAL 2024", true}, {"total:", true}, {"Subtotal", true},
                {"Sum of all", true}, {"Summe", true}, {"Zwischensumme", true}, {"Gesamt", true},
                {"Gesamtbetrag netto", true}, {"合计", true}, {"小计（元）", true},
                {"Summer course", false}, {"Summit", false}, {"Gesamtschule Husum", false},
                {"Totally new", false}, {"The total", false}, {"", false}, {"12", false},
                {"Summenformelnundnochvielelängerewörter", false}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        TallyRow row = {.cells = {{"x", 1}, str_from(rows[i].cell)}, .n = 2};
        if (tally_is_total(&row) != rows[i].total) fail_msg("%s", rows[i].cell);
    }
}

static void a_format_says_where_tables_stand(void **state) {
    StoreFile file = {.state = FILE_READ, .format = "csv", .text_bytes = TALLY_TEXT_MAX};
    assert_int_equal(tally_form(&file), TALLY_FORM_SHEET);
    assert_true(tally_has_tables(&file));
    file.text_bytes++; /* not all of it would be looked at */
    assert_false(tally_has_tables(&file));
    file.text_bytes = 1;
    file.format = "markdown";
    assert_int_equal(tally_form(&file), TALLY_FORM_MARKDOWN);
    assert_false(tally_has_tables(&file));
    file.format = "docx";
    assert_int_equal(tally_form(&file), TALLY_FORM_TEXT);
    file.format = "pdf";
    assert_int_equal(tally_form(&file), TALLY_FORM_NONE);
    file.format = "xlsx";
    file.state = FILE_FAILED;
    assert_int_equal(tally_form(&file), TALLY_FORM_NONE);
}

static void a_number_of_days_is_no_number_of_rooms(void **state) {
    static const struct {
        const char *question, *answer, *quote;
        bool other;
    } rows[] = {
        {"How many rooms has the inn?", "The inn has 5 rooms.", "Free until 5 days before.", true},
        {"How many rooms has the inn?", "It has 5 rooms.", "5 rooms look at the sea.", false},
        {"How many rooms has the inn?", "It has 5 rooms.", "5 of them look at the sea.", false},
        {"How many days is it free?", "Until 5 days before.", "Free until 5 days before.", false},
        {"How many rooms are free for 5 days?", "For 5 days.", "Free for 5 days.", false},
        {"How many people came?", "40 people came.", "It was 40, for 40 euros each.", false},
        {"How much is a room?", "It costs 5.", "Free until 5 days before.", false},
        {"Wie viele Betten hat das Haus?", "8 Betten.", "Nach 8 Uhr ist Ruhe.", true},
        {"Wie viele Betten hat das Haus?", "8 Betten.", "Haus | 8 | 20", false},
        {"Wie viele Betten?", "Viele.", "Nach 8 Uhr ist Ruhe.", false},
        {"", "", "", false}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        bool other;
        assert_int_equal(measure_other_unit(&arena, str_from(rows[i].question),
                                            str_from(rows[i].answer), str_from(rows[i].quote),
                                            &other, NULL), OK);
        if (other != rows[i].other) fail_msg("%s / %s", rows[i].question, rows[i].quote);
    }
}

static void the_price_of_a_year_is_not_that_of_a_month(void **state) {
    static const struct {
        const char *question, *quote, *place;
        bool other;
    } rows[] = {
        {"How much is the licence per month?", "Basic | 60", "Price per seat and year", true},
        {"How much is the licence per year?", "Basic | 60", "Price per seat and year", false},
        {"How much is the licence?", "Basic | 60", "Price per seat and year", false},
        {"What does it cost a month?", "It costs 60 a year.", "", true},
        {"What does it cost a month?", "It costs 60 a year, 5 a month.", "", false},
        {"What does it cost a month?", "It costs 5.", "in the year 2024", false},
        {"When is it due each month?", "Due once a year.", "", false},
        {"Was kostet der Platz im Monat?", "Der Platz kostet 600 Euro im Jahr.", "", true},
        {"Was kostet der Platz im Monat?", "Der Platz kostete im Jahr 2024 50 Euro.", "", false},
        {"Wie hoch ist die Miete pro Tag?", "Miete je Woche | 70", "", true},
        {"", "", "", false}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        bool other;
        assert_int_equal(measure_other_period(&arena, str_from(rows[i].question),
                                              str_from(rows[i].quote), str_from(rows[i].place),
                                              &other, NULL), OK);
        if (other != rows[i].other) fail_msg("%s / %s", rows[i].question, rows[i].quote);
    }
}

static void what_comes_next_is_told_from_what_compares(void **state) {
    assert_true(tally_asks_next(STR("When is the NEXT meeting?")));
    assert_true(tally_asks_next(STR("Wann wird das n\xC3\xA4" "chste Mal geleert?")));
    assert_false(tally_asks_next(STR("When was the last one, and the next?"))); /* the first word */
    assert_false(tally_asks_next(STR("Which is the cheapest?")));
    assert_false(tally_asks_next(STR("\xff\xfe")));
    assert_true(tally_compares(STR("Which is the cheapest?")));
    assert_true(tally_compares(STR("Wann war die letzte Pr\xC3\xBC" "fung?")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_next_is_told_from_what_compares),
        cmocka_unit_test(numbers_are_read_as_they_are_meant_or_unsure),
        cmocka_unit_test(dates_are_read_and_an_unsure_month_is_told),
        cmocka_unit_test(a_table_begins_with_names_and_ends_with_an_empty_line),
        cmocka_unit_test(names_of_columns_may_stand_on_two_lines),
        cmocka_unit_test(names_on_two_lines_may_be_said_in_each_column),
        cmocka_unit_test(a_line_above_the_names_is_no_part_of_a_table),
        cmocka_unit_test(a_column_that_numbers_the_rows_is_left_out),
        cmocka_unit_test(an_english_question_gets_the_cell_that_it_names),
        cmocka_unit_test(a_row_with_a_cell_as_long_as_a_page_is_not_told),
        cmocka_unit_test(a_german_question_gets_the_cell_that_it_names),
        cmocka_unit_test(a_question_is_claimed_only_when_every_word_is_explained),
        cmocka_unit_test(another_year_is_a_no_also_where_the_month_is_unsure),
        cmocka_unit_test(words_of_one_stem_are_the_same),
        cmocka_unit_test(words_are_found_whole),
        cmocka_unit_test(a_total_is_a_word_and_no_beginning_of_one),
        cmocka_unit_test(a_format_says_where_tables_stand),
        cmocka_unit_test(a_number_of_days_is_no_number_of_rooms),
        cmocka_unit_test(the_price_of_a_year_is_not_that_of_a_month),
    };
    return cmocka_run_group_tests_name("tally", tests, make_arena, drop_arena);
}
