/*
 * Promises of base/segment and knowledge/verify: what may be cited for a sentence, and what not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/segment.h"
#include "knowledge/subject.h"
#include "knowledge/verify.h"

typedef bool (*Segment)(Str text, size_t *at, size_t *start, size_t *end);

static void expect_sentences_by(Segment next, const char *text, const char *joined) {
    char got[1024] = "";
    size_t at = 0, start, end, n = 0;
    while (next(str_from(text), &at, &start, &end)) {
        n += (size_t)snprintf(got + n, sizeof got - n, "%s%.*s", n ? "|" : "", (int)(end - start),
                              text + start);
    }
    assert_string_equal(got, joined);
}

static void expect_sentences(const char *text, const char *joined) {
    expect_sentences_by(segment_next, text, joined);
}

static void expect_wrapped(const char *text, const char *joined) {
    expect_sentences_by(segment_next_wrapped, text, joined);
}

static void a_german_ordinal_ends_no_sentence(void **state) {
    expect_sentences("Er ist vom 22. Juli bis zum 9. August weg. Bis 30. Juni 2024 gilt es. Im 3. "
                     "Obergeschoss. Seite 12. Der Rest. Es war 1999. Juni war es nicht.",
                     "Er ist vom 22. Juli bis zum 9. August weg.|Bis 30. Juni 2024 gilt es.|"
                     "Im 3. Obergeschoss.|Seite 12.|Der Rest.|Es war 1999.|Juni war es nicht.");
    expect_sentences("3. Mai", "3. Mai");
    expect_sentences("Ilka Brandt, geb. 8.7.1981, bei Dr. med. Falk Wernicke. Tel. 05431 90.",
                     "Ilka Brandt, geb. 8.7.1981, bei Dr. med. Falk Wernicke.|Tel. 05431 90.");
    expect_sentences("Anlage B2. Mai", "Anlage B2.|Mai");
}

static void a_line_break_at_the_margin_ends_no_sentence(void **state) {
    expect_wrapped("The apple tree was planted in\n2019 next to the shed. It needs pruning and\n"
                   "gives forty kilos.",
                   "The apple tree was planted in|2019 next to the shed.|"
                   "It needs pruning and\ngives forty kilos.");
    expect_wrapped("The bus to the island leaves on the first of June at\n6:25 from the south.",
                   "The bus to the island leaves on the first of June at\n6:25 from the south.");
    expect_wrapped("The rent is 1,450 euros a month, due on the third day of\nJanuary and each "
                   "month after it. It is paid to the bank\nNorthbank. The deposit is 2,900 euros.",
                   "The rent is 1,450 euros a month, due on the third day of\nJanuary and each "
                   "month after it.|It is paid to the bank\nNorthbank.|"
                   "The deposit is 2,900 euros.");
    expect_wrapped("\xe8\xb4\xa8\xe4\xbf\x9d\xe6\x9c\x9f\xe4\xb8\xba\xe4\xb8\xa4\xe5\xb9\xb4"
                   "\xe8\x87\xaa\xe9\xaa\x8c\xe6\x94\xb6\n\xe5\x90\x88\xe6\xa0\xbc",
                   "\xe8\xb4\xa8\xe4\xbf\x9d\xe6\x9c\x9f\xe4\xb8\xba\xe4\xb8\xa4\xe5\xb9\xb4"
                   "\xe8\x87\xaa\xe9\xaa\x8c\xe6\x94\xb6|\xe5\x90\x88\xe6\xa0\xbc"); /* short */
}

static void lines_that_stand_alone_stay_alone(void **state) {
    expect_wrapped("Greta Hollis\n12 Quay Street\nBristol", "Greta Hollis|12 Quay Street|Bristol");
    expect_wrapped("these are all the things that I want to buy:\noat milk",
                   "these are all the things that I want to buy:|oat milk");
    expect_wrapped("- buy two litres of oat milk and some bread\n- call the plumber",
                   "- buy two litres of oat milk and some bread|- call the plumber");
    expect_wrapped("a plant that is watered | daily | in full sun\nfern | weekly | shade",
                   "a plant that is watered | daily | in full sun|fern | weekly | shade");
    expect_wrapped("image: registry.example/frobnicator:2.3.1\nreplicas: 3\nport = 8443",
                   "image: registry.example/frobnicator:2.3.1|replicas: 3|port = 8443");
    expect_wrapped("    int count = number_of_things(list);\n    return count;",
                   "int count = number_of_things(list);|return count;");
    expect_wrapped("a paragraph that ends without a full stop\n\nand another one",
                   "a paragraph that ends without a full stop|and another one");
    expect_wrapped("\n\n", "");
}

static void sentences_end_where_a_reader_would_end_them(void **state) {
    expect_sentences("It cost 3.50 EUR. Dr. Lee paid. \"Really?\" Yes.",
                     "It cost 3.50 EUR.|Dr. Lee paid.|\"Really?\"|Yes.");
    expect_sentences("J. S. Bach wrote it. See hearth.toml for more",
                     "J. S. Bach wrote it.|See hearth.toml for more");
    expect_sentences("\xe4\xbb\x8a\xe5\xa4\xa9\xe4\xb8\x8b\xe9\x9b\xa8\xe3\x80\x82\xe6\x98\x8e"
                     "\xe5\xa4\xa9\xe6\x99\xb4\xe3\x80\x82",
                     "\xe4\xbb\x8a\xe5\xa4\xa9\xe4\xb8\x8b\xe9\x9b\xa8\xe3\x80\x82|\xe6\x98\x8e"
                     "\xe5\xa4\xa9\xe6\x99\xb4\xe3\x80\x82");
    expect_sentences("one\n\n  two  \n", "one|two");
    expect_sentences(" \n ", "");
}

/* The quote for `sentence`, or "" when nothing supports it. */
static const char *support(const char *question, const char *sentence, const char *const *texts,
                           size_t n) {
    static char quote[1024];
    Arena arena;
    VerifyPassage passages[8];
    Verify *verify = NULL;
    VerifySpan span;
    bool supported = false;
    arena_init(&arena, 8 << 20);
    for (size_t i = 0; i < n; i++) {
        passages[i] = (VerifyPassage){str_from(texts[i]), STR("Lease of Birch House")};
    }
    assert_int_equal(verify_new(&arena, passages, n, str_from(question), &verify, NULL), OK);
    assert_int_equal(verify_sentence(verify, str_from(sentence), &supported, &span, NULL), OK);
    quote[0] = 0;
    if (supported) {
        assert_true(span.end - span.start <= VERIFY_SPAN_MAX);
        (void)snprintf(quote, sizeof quote, "%.*s", (int)(span.end - span.start),
                       texts[span.passage] + span.start);
    }
    arena_fini(&arena);
    return quote;
}

static const char *const house[] = {
    ("The boiler was serviced on 3 March 2024 by Marta Klein. The bill was 1,250 EUR. "
     "The next service is due in 2026."),
    "The roof was repaired in 2019. The bill was 8,400 EUR. The garden has 308 tulips.",
    "Item | Price\nBoiler pump | 129.90\nGarden hose | 24.50"};

static void the_shortest_span_with_every_fact_is_cited(void **state) {
    assert_string_equal(
        support("How much was the boiler service?", "The bill was 1250 EUR.", house, 3),
        "The bill was 1,250 EUR.");
    assert_string_equal(support("When was the boiler serviced?",
                                "Marta Klein serviced the boiler on March 3, 2024.", house, 3),
                        "The boiler was serviced on 3 March 2024 by Marta Klein.");
    assert_string_equal(support("When was the boiler serviced?",
                                "The boiler was serviced on 2024-03-03.", house, 3),
                        "The boiler was serviced on 3 March 2024 by Marta Klein.");
    assert_string_equal(support("What does the boiler pump cost?", "The boiler pump costs 129.9.",
                                house, 3),
                        "Boiler pump | 129.90");
}

static void a_fact_behind_a_thousand_words_is_a_fact(void **state) {
    char sentence[16 * 600 + 32] = "";
    for (size_t i = 0; i < 600; i++) memcpy(sentence + 16 * i, "boiler serviced ", 16);
    memcpy(sentence + 16 * 600, "in 1777.", 9);
    assert_string_equal(support("When was the boiler serviced?", sentence, house, 3), "");
}

static void what_stands_behind_a_long_word_is_found(void **state) {
    static const char *const texts[] = {
        "Grundstücksverkehrsgenehmigungszuständigkeitsübertragungsverordnung | 2003"};
    assert_string_equal(
        support("Von wann ist die "
                "Grundstücksverkehrsgenehmigungszuständigkeitsübertragungsverordnung?",
                "Die Grundstücksverkehrsgenehmigungszuständigkeitsübertragungsverordnung ist von "
                "2003.", texts, 1), texts[0]);
}

/* A German noun has a capital and must stand in the quote, but may do so in another case or in a
   compound; stops part thousands; a currency is the same however it is written. */
static void german_nouns_dates_and_numbers_are_read(void **state) {
    static const char *const texts[] = {
        "Die Nettomiete beträgt 2.100 Euro. Der Vertrag läuft bis zum 31. März 2027.",
        "Posten | 2023 | 2024\nStrom | 3100 | 4050\nMiete | 24000 | 25.200,50 €",
        "Jonas Weber ist vom 22. Juli bis zum 9. August im Urlaub."};
    assert_string_equal(support("Wie hoch ist die Nettomiete?", "Die Nettomiete beträgt 2100 EUR.",
                                texts, 3),
                        "Die Nettomiete beträgt 2.100 Euro.");
    assert_string_equal(support("Was kostet der Strom 2024?",
                                "Der Strom kostet im Jahr 2024 4.050 Euro.", texts, 3),
                        "Strom | 3100 | 4050");
    assert_string_equal(support("Was kostet die Miete 2024?", "Die Miete kostet 25200,5 Euro.",
                                texts, 3),
                        "Miete | 24000 | 25.200,50 €");
    assert_string_equal(support("Bis wann läuft der Vertrag?",
                                "Der Vertrag läuft bis zum 2027-03-31.", texts, 3),
                        "Der Vertrag läuft bis zum 31. März 2027.");
    assert_string_equal(support("Bis wann läuft der Vertrag?",
                                "Der Vertrag läuft bis zum 31. Mai 2027.", texts, 3), "");
    assert_string_equal(support("Wie hoch ist die Miete?", "Die Nettomiete ist 2.300 Euro.", texts,
                                3), "");
    assert_string_equal(support("Wie hoch ist die Miete?", "Die Miete beträgt 2.100 Euro.", texts,
                                3),
                        "Die Nettomiete beträgt 2.100 Euro.");
    assert_string_equal(support("Wann läuft der Vertrag aus?",
                                "Der Ablauf des Vertrages ist der 31. März 2027.", texts, 3), "");
    assert_string_equal(support("Wer ist Geschäftsführer?", "Jonas Weber ist Geschäftsführer.",
                                texts, 3), "");
    assert_string_equal(support("Wer ist im Urlaub?", "Petra Weber ist im Urlaub.", texts, 3), "");
}

static void a_wrong_number_date_or_name_has_no_support(void **state) {
    assert_string_equal(support("bill?", "The boiler bill was 1,350 EUR.", house, 3), "");
    assert_string_equal(support("boiler?", "The boiler was serviced on 3 May 2024.", house, 3), "");
    assert_string_equal(
        support("who?", "The boiler was serviced by Marta Gross on 3 March 2024.", house, 3), "");
    assert_string_equal(support("pump?", "The boiler pump costs 24.50.", house, 3), "");
}

static void the_same_number_in_another_context_is_no_support(void **state) {
    assert_string_equal(support("How many lamps does the cellar hold?", "308", house, 3), "");
    assert_string_equal(support("How many tulips has the garden?", "308", house, 3),
                        "The garden has 308 tulips.");
}

static void an_answer_may_repeat_the_question_in_other_words_than_the_document(void **state) {
    static const char *const mail[] = {
        ("Hartwell Refractories. Dear Mr. Reyes, we are sorry for the long wait. To make up for "
         "the delay we give you 3 per cent off the goods. The lorry has a tail lift. We deliver "
         "between 8 and 12 o'clock."),
        "The roof was repaired in 2019. The garden has 308 tulips."};
    static const char q[] = "What discount did Hartwell give for the delay?";
    assert_string_equal(support(q, "Hartwell granted a 3% discount for the delay.", mail, 2),
                        "To make up for the delay we give you 3 per cent off the goods.");
    assert_string_equal(support(q, "Hartwell granted a 5% discount for the delay.", mail, 2), "");
    /* a number of the garden */
    assert_string_equal(support(q, "Hartwell granted 308 for the delay.", mail, 2), "");
    /* more is added than stands there */
    assert_string_equal(support(q, "It gave a generous springtime voucher worth 3.", mail, 2), "");
}

static void a_name_that_the_question_gave_may_stand_in_the_title(void **state) {
    static const char *const lease[] = {"The rent is 1,850 EUR a month. It is due on the fifth."};
    assert_string_equal(support("What is the rent of Birch House?",
                                "The rent of Birch House is 1,850 EUR a month.", lease, 1),
                        "The rent is 1,850 EUR a month.");
    assert_string_equal(support("What is the rent of Mill House?",
                                "The rent of Mill House is 1,850 EUR a month.", lease, 1), "");
    assert_string_equal(support("What is the rent?",
                                "The rent of Birch House is 1,850 EUR a month.", lease, 1), "");
}

static void chinese_numbers_and_dates_are_read(void **state) {
    static const char *const texts[] = {
        "\xe5\x85\xac\xe5\x8f\xb8\xe4\xba\x8e"
        "2024\xe5\xb9\xb4"
        "3\xe6\x9c\x88"
        "5\xe6\x97\xa5\xe6\x88\x90\xe7\xab\x8b\xef\xbc\x8c\xe6\xb3\xa8\xe5\x86\x8c\xe8\xb5\x84"
        "\xe6\x9c\xac"
        "300\xe4\xb8\x87\xe5\x85\x83\xe3\x80\x82"};
    assert_true(*support("?", "\xe6\xb3\xa8\xe5\x86\x8c\xe8\xb5\x84\xe6\x9c\xac"
                              "3,000,000\xe5\x85\x83\xe3\x80\x82",
                         texts, 1));
    assert_true(*support("?", "\xe5\x85\xac\xe5\x8f\xb8\xe6\x88\x90\xe7\xab\x8b\xe4\xba\x8e"
                              "2024-03-05",
                         texts, 1));
    assert_false(*support("?", "\xe6\xb3\xa8\xe5\x86\x8c\xe8\xb5\x84\xe6\x9c\xac"
                               "30\xe4\xb8\x87\xe5\x85\x83\xe3\x80\x82",
                          texts, 1));
}

static void a_sentence_beyond_the_quote_limit_is_cited_by_its_clauses(void **state) {
    char text[1400] = "";
    for (int i = 0; i < 30; i++) (void)strncat(text, "they walked along the river, ", 30);
    (void)strncat(text, "met Rosa Blum at the mill at nine, and walked home again.", 80);
    const char *texts[] = {text};
    const char *quote = support("Whom did they meet?", "They met Rosa Blum at the mill.", texts, 1);
    assert_non_null(strstr(quote, "Rosa Blum"));
    assert_true(strlen(quote) <= VERIFY_SPAN_MAX);
}

static void coverage_tells_whether_the_passages_speak_of_the_question(void **state) {
    Arena arena;
    Verify *verify = NULL;
    VerifyPassage passages[] = {{str_from(house[0]), STR("")}, {str_from(house[1]), STR("")}};
    arena_init(&arena, 8 << 20);
    assert_int_equal(verify_new(&arena, passages, 2, STR("When was the boiler serviced?"), &verify,
                                NULL), OK);
    double near = verify_question_coverage(verify);
    assert_int_equal(verify_new(&arena, passages, 2, STR("Who won the chess tournament in Oslo?"),
                                &verify, NULL), OK);
    assert_true(near > 0.8 && verify_question_coverage(verify) < 0.3);
    arena_fini(&arena);
}

/* What is nearest to the question and an answer without support, in the first n passages. */
static const char *nearest(const char *question, const char *answer, size_t n) {
    static char quote[512];
    Arena arena;
    Verify *verify = NULL;
    VerifySpan span;
    VerifyPassage passages[] = {{str_from(house[0]), STR("")}, {str_from(house[1]), STR("")}};
    arena_init(&arena, 8 << 20);
    assert_int_equal(verify_new(&arena, passages, 2, str_from(question), &verify, NULL), OK);
    assert_int_equal(verify_nearest(verify, str_from(answer), n, &span, NULL), OK);
    assert_true(span.score >= 0 && span.score <= 1);
    (void)snprintf(quote, sizeof quote, "%.*s", (int)(span.end - span.start),
                   house[span.passage] + span.start);
    arena_fini(&arena);
    return quote;
}

/* A heading that repeats the question says nothing of what was asked. */
static void what_is_nearest_adds_to_the_question(void **state) {
    static const char text[] = "Meeting of the board\n\nThe roof is repaired in June by Omar.";
    VerifyPassage passage = {STR(text), STR("")};
    Arena arena;
    Verify *verify = NULL;
    VerifySpan span;
    arena_init(&arena, 8 << 20);
    Str question = STR("What did the meeting of the board decide?");
    assert_int_equal(verify_new(&arena, &passage, 1, question, &verify, NULL), OK);
    assert_int_equal(verify_nearest(verify, STR("They will have the roof repaired, and paid."), 1,
                                    &span, NULL), OK);
    assert_true(str_ends(str_sub(passage.text, span.start, span.end), STR("by Omar.")));
    arena_fini(&arena);
}

/* Not the first row of a table, nor one whose cell under the question's column is empty. */
/* The sentence of a one-passage text that is nearest to an answer. */
static Str nearest_row(const char *text, const char *question, const char *answer) {
    VerifyPassage passage = {str_from(text), STR("")};
    Arena arena;
    Verify *verify = NULL;
    VerifySpan span;
    arena_init(&arena, 8 << 20);
    assert_int_equal(verify_new(&arena, &passage, 1, str_from(question), &verify, NULL), OK);
    assert_int_equal(verify_nearest(verify, str_from(answer), 1, &span, NULL), OK);
    arena_fini(&arena);
    return str_sub(str_from(text), span.start, span.end);
}

static void a_row_that_says_nothing_of_it_is_not_nearest(void **state) {
    Str row = nearest_row("Service | Dog | Cat | Rabbit cost\nMicrochip | 35 | 33 | -",
                          "What does a microchip for a rabbit cost?", "It costs 33.");
    assert_int_equal(row.n, 0);
}

static void a_sentence_may_speak_of_all_rows(void **state) {
    Str row = nearest_row("Material | Parts\nPotash feldspar | 44\nWhiting | 18\nFlint | 16",
                          "What is the recipe of the glaze?",
                          "The glaze has 44 parts of potash feldspar, 18 of whiting, 16 of flint.");
    assert_true(str_eq_c(row, "Potash feldspar | 44"));
}

static double coverage(const char *question, const char *text) {
    VerifyPassage passage = {str_from(text), STR("")};
    Arena arena;
    Verify *verify = NULL;
    arena_init(&arena, 8 << 20);
    assert_int_equal(verify_new(&arena, &passage, 1, str_from(question), &verify, NULL), OK);
    double share = verify_question_coverage(verify);
    arena_fini(&arena);
    return share;
}

/* The head of a table belongs to its rows, column by column. */
static void a_row_is_read_with_the_head_of_its_table(void **state) {
    static const char *const plants[] = {"Garden\n\nplant | water | sun\nbasil | daily | full\n"
                                         "fern | weekly | shade\ncactus | monthly | full"};
    assert_string_equal(support("How often should the fern be watered?",
                                "The fern should be watered weekly.", plants, 1),
                        "fern | weekly | shade");
    assert_string_equal(support("How often should the fern be watered?", "weekly", plants, 1),
                        "fern | weekly | shade");
    static const char *const sales[] = {
        "Region | 2022 | 2023\nNorth | 310 | 425\nSouth | 120 | 98"};
    const char *question = "How much did North sell in 2023?";
    assert_string_equal(support(question, "North sold 425 in 2023.", sales, 1),
                        "North | 310 | 425");
    assert_string_equal(support(question, "North sold 310 in 2023.", sales, 1), "");
    assert_string_equal(support(question, "North sold 98 in 2023.", sales, 1), "");
    assert_string_equal(support(question, "Sales of 425 in 2022.", sales, 1), "");
    double watered = coverage("How often should the fern be watered?", plants[0]);
    double cut = coverage("How often should the fern be cut?", plants[0]);
    assert_true(watered > cut + 0.2); /* 0.42 and 0.19; before, the same */
}

static void what_a_german_text_names_later_is_quoted_with_the_figure(void **state) {
    static const char *const texts[] = {
        "Die Klassenfahrt geht nach Wangerooge. Sie kostet 289 Euro. Darin ist die F\xC3\xA4hre "
        "enthalten."};
    assert_string_equal(support("Was kostet die F\xC3\xA4hre?", "Die F\xC3\xA4hre kostet 289 Euro.",
                                texts, 1),
                        "Sie kostet 289 Euro. Darin ist die F\xC3\xA4hre enthalten.");
    assert_string_equal(support("Was kostet die Klassenfahrt?", "Die Klassenfahrt kostet 289 Euro.",
                                texts, 1),
                        "Die Klassenfahrt geht nach Wangerooge. Sie kostet 289 Euro.");
}

static void what_stands_above_the_subject_is_not_about_it(void **state) {
    static const char *const texts[] = {
        "The hotel ordered 260 plates, to come on 28 November. The price is 8,840.\n\n"
        "Celadon cups\n\nThe workshop sends 160 of them in May."};
    const char *cups = "When will the celadon cups come?";
    assert_string_equal(support(cups, "The celadon cups will come on 28 November.", texts, 1), "");
    assert_string_equal(support(cups, "They will be sent in May.", texts, 1),
                        "The workshop sends 160 of them in May.");
}

static void a_figure_of_another_column_is_no_support(void **state) {
    static const char *const fees[] = {"Service | Dog | | Cat | Rabbit\n"
                                       "Microchip | 35 | 36 | 33 | -\nNails | 14 | 16 | 12 | 9"};
    const char *rabbit = "What does a microchip for a rabbit cost?";
    assert_string_equal(support(rabbit, "A microchip for a rabbit costs 33.", fees, 1), "");
    assert_string_equal(support(rabbit, "33", fees, 1), "");
    assert_string_equal(support("What does a microchip for a cat cost?", "33", fees, 1),
                        "Microchip | 35 | 36 | 33 | -");
    assert_string_equal(support("What does a microchip for a dog cost?", /* in two columns */
                                "A microchip for a dog costs 36.", fees, 1),
                        "Microchip | 35 | 36 | 33 | -");
    static const char *const rota[] = {"date | early | late | on call\n"
                                       "04.03.2026 | Dr Hay | Dr Lind | Dr Hay\n"
                                       "05.03.2026 | Dr Lind | Dr Hay | Dr Acht"};
    const char *call = "Who is on call on 5 March 2026?";
    assert_string_equal(support(call, "Dr Hay", rota, 1), "");
    assert_string_equal(support(call, "Dr Acht is on call on 5 March 2026.", rota, 1),
                        "05.03.2026 | Dr Lind | Dr Hay | Dr Acht");
    static const char *const weeks[] = {"Week | Primary | Backup\n15 | Devika | Owen\n"
                                        "16 | Jaakko | Devika"};
    assert_string_equal(support("Who is on call in week 16?", "Jaakko is.", weeks, 1),
                        "16 | Jaakko | Devika"); /* the week tells the row */
}

static void words_are_found_in_other_forms(void **state) {
    static const char lag[] = "Owner: Marisol Extebar. Say it in the channel. Stop the writers. "
                              "Read the disk. If the lag is larger, call Marisol before you go on.";
    static const char *const texts[] = {
        "Allergies: reacts to penicillin. The deliveries come on 17.05.2022. Wi-Fi: honey-1887.",
        "H\xC3\xBChner d\xC3\xBCrfen nicht gehalten werden.", lag};
    assert_string_equal(support("Is the dog allergic to anything?",
                                "The dog is allergic to penicillin.", texts, 1),
                        "Allergies: reacts to penicillin.");
    assert_string_equal(support("When is the delivery?", "The delivery is on 17 May 2022.", texts,
                                1), "The deliveries come on 17.05.2022.");
    assert_string_equal(support("What is the wifi password?", "The wifi password is honey-1887.",
                                texts, 1), "Wi-Fi: honey-1887.");
    assert_string_equal(support("Darf ich H\xC3\xBChner halten?", "H\xC3\xBChner darf man nicht "
                                "halten.", texts, 2), texts[1]);
    assert_string_equal(support("Who do I call if the lag is larger?", "Marisol Extebar", texts,
                                3), "If the lag is larger, call Marisol before you go on.");
    assert_string_equal(support("Who do I call if the lag is larger?", "Jonas Extebar", texts,
                                3), "");
}

static void a_word_that_asks_is_not_missed_in_the_documents(void **state) {
    const char *dogs = "Dogs are not allowed. One cat may be kept with consent.";
    assert_true(coverage("May dogs be allowed?", dogs) > 0.99); /* no month */
    assert_true(coverage("What rained in May 2024?", "It rained in June.") < 0.5);
    assert_true(coverage("\xe8\xb5\xb5\xe4\xb8\xbd\xe4\xbb\x80\xe4\xb9\x88\xe6\x97\xb6\xe5\x80\x99"
                         "\xe5\x85\xa5\xe8\x81\x8c\xef\xbc\x9f", /* when did Zhao Li join? */
                         "\xe8\xb5\xb5\xe4\xb8\xbd\xe4\xba\x8e\xe4\xb8\x80\xe6\x9c\x88"
                         "\xe5\x85\xa5\xe8\x81\x8c\xe3\x80\x82") > 0.99);
    assert_true(coverage("\xe6\xb0\x94\xe5\x80\x99", /* climate, which holds half of "when" */
                         "\xe6\xb0\xb4\xe5\xb9\xb3") < 0.01);
}

/* A long passage is quoted from where it speaks of the question, with what follows. */
static void a_passage_is_quoted_from_where_it_speaks_of_the_question(void **state) {
    static const char text[] =
        "The lease begins in April and ends three years later, unless both agree to go on with it. "
        "Dogs are not allowed in the house. The boiler is serviced each October. It is old.";
    VerifyPassage passages[] = {{STR(text), STR("")}, {STR("Cats."), STR("")}, {STR(" "), STR("")}};
    Arena arena;
    Verify *verify = NULL;
    arena_init(&arena, 8 << 20);
    assert_int_equal(verify_new(&arena, passages, 3, STR("When is the boiler serviced?"), &verify,
                                NULL), OK);
    VerifySpan span = verify_passage(verify, 0);
    assert_true(str_starts(str_sub(passages[0].text, span.start, span.end), STR("The boiler is")));
    assert_true(span.end == passages[0].text.n && span.score > 0.5);
    span = verify_passage(verify, 1); /* nothing shared: its beginning */
    assert_true(span.passage == 1 && span.start == 0 && span.end == 5);
    span = verify_passage(verify, 2);
    assert_true(span.start == span.end);
    arena_fini(&arena);
}

static void what_is_nearest_follows_the_answer_and_stays_in_what_was_read(void **state) {
    assert_string_equal(nearest("What was the bill?", "Somebody paid for the roof's repairs.", 2),
                        "The roof was repaired in 2019. The bill was 8,400 EUR.");
    assert_string_equal(nearest("What was the bill?", "Somebody paid for the roof's repairs.", 1),
                        "The bill was 1,250 EUR.");
    assert_string_equal(nearest("Who won at chess?", "Nobody.", 2), "");
}

static void expect_subject(const char *question, const char *subject) {
    Str got = subject_of(str_from(question));
    if (!str_eq_c(got, subject)) fail_msg("%s: \"%.*s\"", question, (int)got.n, got.p);
}

static void a_question_takes_its_subject_for_granted(void **state) {
    expect_subject("How many kilograms does the vineyard weigh?", "vineyard");
    expect_subject("Where is the observatory?", "observatory");
    expect_subject("When was the old mill wheel taken out?", "mill");
    expect_subject("when did Hartwell call", "Hartwell");
    expect_subject("What was the date of the last audit?", "audit");
    expect_subject("Who is the keeper of Mill Lane?", "Mill");
    expect_subject("What is the name of the club's new secretary?", "secretary");
    expect_subject("When does Anna's lease end?", "Anna"); /* a name is looked for itself */
    expect_subject("修道院的溶出量将由谁测定？", "修道院");
    expect_subject("《天文台》是谁写的", "天文台");
}

static void where_word_order_does_not_tell_there_is_no_subject(void **state) {
    expect_subject("What was the reason for the delay?", ""); /* that is what is asked for */
    expect_subject("What is the cost of living in Oslo?", "");
    expect_subject("Which room has the largest window?", "");
    expect_subject("When did it happen?", "");
    expect_subject("When does this end?", "");
    expect_subject("boiler service 2024", "");
    expect_subject("哪一年停工？", "");
    expect_subject("他是谁", "");
    expect_subject("Where is", "");
    expect_subject("", "");
    expect_subject("Is the \xff\xfe?", "");
}

static void a_long_number_behind_a_noun_is_a_name(void **state) {
    static const char *const rows[][2] = {
        {"发票25117020的金额是多少？", "25117020"},
        {"发票 25117020？", "25117020"},
        {"What is the sum of invoice 25117020?", "25117020"},
        {"Wann wurde Rechnung Nr. 4711223 bezahlt?", "4711223"},
        {"采购300000元的东西需要几家报价？", ""},
        {"How many of the 250000 people came?", ""},
        {"Who pays $250000?", ""},
        {"When was it 2024-123456?", ""},
        {"合同12345的乙方", ""},
        {"123456", ""},
        {"\xff 123456", ""},
        {"", ""}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        Str code = subject_code(str_from(rows[i][0]));
        if (!str_eq_c(code, rows[i][1])) fail_msg("%s: %.*s", rows[i][0], (int)code.n, code.p);
    }
}

static bool code_stands(const char *question, const char *passage) {
    Arena arena;
    Verify *verify = NULL;
    VerifyPassage given = {str_from(passage), STR("")};
    arena_init(&arena, 8 << 20);
    assert_int_equal(verify_new(&arena, &given, 1, str_from(question), &verify, NULL), OK);
    bool yes = verify_code_stands(verify);
    arena_fini(&arena);
    return yes;
}

static void a_number_that_names_and_stands_nowhere_is_noticed(void **state) {
    assert_true(code_stands("发票25117020的金额？", "发票号码：2511 7020，金额80元"));
    assert_false(code_stands("发票25117020的金额？", "发票号码：25117021，金额80元"));
    assert_true(code_stands("采购300000元的东西需要几家报价？", "五万元以上招标"));
}

static bool numbers_stand(const char *text, const char *passage) {
    Arena arena;
    Verify *verify = NULL;
    VerifyPassage given = {str_from(passage), STR("Lease of 2025")};
    bool yes = false;
    arena_init(&arena, 8 << 20);
    assert_int_equal(verify_new(&arena, &given, 1, STR("How old?"), &verify, NULL), OK);
    assert_int_equal(verify_numbers_stand(verify, str_from(text), VERIFY_ANY, &yes, NULL), OK);
    arena_fini(&arena);
    return yes;
}

static void a_number_that_stands_nowhere_is_noticed(void **state) {
    assert_true(numbers_stand("It is 1,850 a month.", "The rent is 1850.00 a month."));
    assert_true(numbers_stand("In 2025, for three rooms.", "There are 3 rooms."));
    assert_true(numbers_stand("One of them is red.", "There are 3 rooms."));
    assert_false(numbers_stand("She is 65 years old.", "There are 3 rooms."));
    assert_true(numbers_stand("", ""));
}

static void another_row_than_the_one_that_is_asked_for_is_no_support(void **state) {
    static const VerifyPassage table = {
        STR("姓名 | 部门 | 分机\n董玉兰 | 行政部 | 8004\n鲁婷 | 财务部 | 8009\n韩冰 | 技术部 | 8023"),
        STR("通讯录")};
    static const struct {
        const char *question, *answer;
        bool supported;
    } rows[] = {{"分机8009是谁的？", "董玉兰", false},
                {"分机8009是谁的？", "鲁婷", true},
                {"财务部的分机是多少？", "8023", false},
                {"财务部的分机是多少？", "8009", true}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        Arena arena;
        Verify *verify = NULL;
        VerifySpan span;
        bool supported;
        arena_init(&arena, 8 << 20);
        Str question = str_from(rows[i].question), answer = str_from(rows[i].answer);
        assert_int_equal(verify_new(&arena, &table, 1, question, &verify, NULL), OK);
        assert_int_equal(verify_sentence(verify, answer, &supported, &span, NULL), OK);
        arena_fini(&arena);
        if (supported != rows[i].supported) fail_msg("%s: %s", question.p, answer.p);
    }
}

static void a_long_number_is_its_digits_however_they_are_grouped(void **state) {
    static const VerifyPassage passage = {
        STR("The landlord can be reached at +44 20 7946 0958. 房东电话13587654321。"), STR("")};
    static const char *const rows[][2] = {{"It is +442079460958.", "y"},
                                          {"It is +44 20 79460958.", "y"},
                                          {"It is +442079460959.", ""},
                                          {"房东电话是135-8765-4321。", "y"},
                                          {"房东电话是135-8765-4322。", ""}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        Arena arena;
        Verify *verify = NULL;
        VerifySpan span;
        bool yes;
        arena_init(&arena, 8 << 20);
        Str question = STR("By which number is the landlord reached? 房东电话？");
        assert_int_equal(verify_new(&arena, &passage, 1, question, &verify, NULL), OK);
        assert_int_equal(verify_sentence(verify, str_from(rows[i][0]), &yes, &span, NULL), OK);
        arena_fini(&arena);
        if (yes != (*rows[i][1] != 0)) fail_msg("%s", rows[i][0]);
    }
}

/* Does the subject of the question stand in a passage about the boiler, or its title? */
static bool stands(const char *question, const char *passage) {
    Arena arena;
    Verify *verify = NULL;
    VerifyPassage given = {str_from(passage), STR("Lease of Birch House")};
    arena_init(&arena, 8 << 20);
    assert_int_equal(verify_new(&arena, &given, 1, str_from(question), &verify, NULL), OK);
    bool yes = verify_subject_stands(verify);
    arena_fini(&arena);
    return yes;
}

static void a_subject_that_stands_nowhere_is_noticed(void **state) {
    static const char zh[] = "锅炉于2024年3月由李安检修，重量为120千克。";
    assert_true(stands("How many boilers were serviced?", house[0]));
    assert_true(stands("When were the boilers serviced?", house[0])); /* another form of the word */
    assert_false(stands("When was the vineyard serviced?", house[0]));
    assert_true(stands("When does the lease say it was serviced?", house[0])); /* in the title */
    assert_true(stands("锅炉的重量是多少？", zh));
    assert_false(stands("葡萄园的重量是多少？", zh));
    assert_true(stands("葡萄园的面积是多少？", house[0])); /* another language: nobody can tell */
}

static void a_question_in_a_document_supports_nothing(void **state) {
    static const char faq[] = "Is there a lift in Birch House? Not yet. Is there a cellar? Yes, it "
                              "has a cellar of forty square metres.";
    VerifyPassage passage = {STR(faq), STR("")};
    Arena arena;
    Verify *verify = NULL;
    VerifySpan span;
    bool supported;
    arena_init(&arena, 8 << 20);
    assert_int_equal(verify_new(&arena, &passage, 1, STR("Is there a lift in Birch House?"),
                                &verify, NULL), OK);
    assert_int_equal(verify_sentence(verify, STR("Yes, there is a lift in Birch House."),
                                     &supported, &span, NULL), OK);
    assert_true(!supported || memcmp(faq + span.end - 8, "Not yet.", 8) == 0);
    arena_fini(&arena);
}

static bool twins(const char *question) {
    static const char penrose[] = "Either party may terminate this agreement with two months "
                                  "notice. Invoices are payable within 14 days of receipt.";
    static const char oakline[] = "Either party may terminate this agreement with one month "
                                  "notice. Invoices are payable within 30 days of receipt.";
    VerifyPassage passages[] = {{str_from(penrose), STR("Penrose Dental agreement")},
                                {str_from(oakline), STR("Oakline agreement")},
                                {str_from(house[0]), STR("Oakline house")}};
    Arena arena;
    Verify *verify = NULL;
    arena_init(&arena, 8 << 20);
    assert_int_equal(verify_new(&arena, passages, 3, str_from(question), &verify, NULL), OK);
    bool yes = verify_twin(verify, 0, 1);
    assert_false(verify_twin(verify, 0, 2)); /* a text of its own */
    assert_false(verify_twin(verify, 0, 0));
    arena_fini(&arena);
    return yes;
}

static void a_twin_lacks_what_the_question_names_and_has_nothing_of_its_own(void **state) {
    assert_true(twins("How much notice does the Penrose agreement need?"));
    assert_false(twins("How much notice do the Penrose and the Oakline agreement need?"));
    assert_false(twins("How much notice does the agreement need?"));
}

static void a_place_and_the_end_of_a_compound_speak_for_a_passage(void **state) {
    VerifyPassage placed = {STR("Die Kaution beträgt 7.380 Euro."), STR("Mietvertrag Werkstatt")};
    VerifyPassage bare = {placed.text, STR("")};
    Str question = STR("Wie hoch ist die Kaution für die Werkstatt?");
    Arena arena;
    Verify *verify = NULL;
    arena_init(&arena, 8 << 20);
    assert_int_equal(verify_new(&arena, &bare, 1, question, &verify, NULL), OK);
    double without = verify_question_coverage(verify);
    assert_int_equal(verify_new(&arena, &placed, 1, question, &verify, NULL), OK);
    assert_true(verify_question_coverage(verify) > without + 0.15);
    arena_fini(&arena);
    assert_true(coverage("Wie hoch ist die Wartungspauschale?", "Die Pauschale beträgt 690 Euro.") >
                0.6);
    assert_true(coverage("Wie hoch ist die Wartungspauschale?", "Die Wartung war im März.") < 0.3);
    assert_true(coverage("Darf die Halle untervermietet werden?",
                         "Eine Untervermietung der Halle bedarf der Zustimmung.") > 0.9);
}

/* 几 asks for a number of something: the sign behind it belongs to the asking and to no word. */
static void a_measure_word_behind_how_many_is_no_word_of_the_question(void **state) {
    static const char *const texts[] = {"院门每晚十点半上锁。"};
    Arena arena;
    Verify *with = NULL, *without = NULL;
    VerifyPassage passage = {str_from(texts[0]), STR("")};
    arena_init(&arena, 8 << 20);
    assert_int_equal(verify_new(&arena, &passage, 1, STR("院门几点锁？"), &with, NULL), OK);
    assert_int_equal(verify_new(&arena, &passage, 1, STR("院门？"), &without, NULL), OK);
    assert_float_equal(verify_question_coverage(with), verify_question_coverage(without), 1e-9);
    assert_int_equal(verify_new(&arena, &passage, 1, STR("院门最晚"), &with, NULL), OK);
    assert_int_equal(verify_new(&arena, &passage, 1, STR("院门，最晚"), &without, NULL), OK);
    assert_float_equal(verify_question_coverage(with), verify_question_coverage(without), 1e-9);
    arena_fini(&arena);
    (void)state;
}

static void traditional_and_simplified_signs_support_each_other(void **state) {
    static const char *const simplified[] = {"押金为三个月房租。宠物须事先书面同意。门禁卡补办费50元。"};
    static const char *const traditional[] = {"押金為三個月房租。寵物須事先書面同意。門禁卡補辦費50元。"};
    assert_string_equal(support("門禁卡補辦要多少錢？", "門禁卡補辦費50元。", simplified, 1),
                        "门禁卡补办费50元。");
    assert_string_equal(support("门禁卡补办要多少钱？", "门禁卡补办费50元。", traditional, 1),
                        "門禁卡補辦費50元。");
    assert_string_equal(support("門禁卡補辦要多少錢？", "門禁卡補辦費80元。", simplified, 1), "");
    (void)state;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sentences_end_where_a_reader_would_end_them),
        cmocka_unit_test(the_shortest_span_with_every_fact_is_cited),
        cmocka_unit_test(a_measure_word_behind_how_many_is_no_word_of_the_question),
        cmocka_unit_test(traditional_and_simplified_signs_support_each_other),
        cmocka_unit_test(german_nouns_dates_and_numbers_are_read),
        cmocka_unit_test(a_wrong_number_date_or_name_has_no_support),
        cmocka_unit_test(the_same_number_in_another_context_is_no_support),
        cmocka_unit_test(an_answer_may_repeat_the_question_in_other_words_than_the_document),
        cmocka_unit_test(a_name_that_the_question_gave_may_stand_in_the_title),
        cmocka_unit_test(chinese_numbers_and_dates_are_read),
        cmocka_unit_test(a_sentence_beyond_the_quote_limit_is_cited_by_its_clauses),
        cmocka_unit_test(coverage_tells_whether_the_passages_speak_of_the_question),
        cmocka_unit_test(a_german_ordinal_ends_no_sentence),
        cmocka_unit_test(a_line_break_at_the_margin_ends_no_sentence),
        cmocka_unit_test(lines_that_stand_alone_stay_alone),
        cmocka_unit_test(a_row_that_says_nothing_of_it_is_not_nearest),
        cmocka_unit_test(a_sentence_may_speak_of_all_rows),
        cmocka_unit_test(what_is_nearest_adds_to_the_question),
        cmocka_unit_test(a_word_that_asks_is_not_missed_in_the_documents),
        cmocka_unit_test(a_row_is_read_with_the_head_of_its_table),
        cmocka_unit_test(what_a_german_text_names_later_is_quoted_with_the_figure),
        cmocka_unit_test(what_stands_above_the_subject_is_not_about_it),
        cmocka_unit_test(a_figure_of_another_column_is_no_support),
        cmocka_unit_test(words_are_found_in_other_forms),
        cmocka_unit_test(a_fact_behind_a_thousand_words_is_a_fact),
        cmocka_unit_test(what_stands_behind_a_long_word_is_found),
        cmocka_unit_test(a_passage_is_quoted_from_where_it_speaks_of_the_question),
        cmocka_unit_test(what_is_nearest_follows_the_answer_and_stays_in_what_was_read),
        cmocka_unit_test(a_question_takes_its_subject_for_granted),
        cmocka_unit_test(where_word_order_does_not_tell_there_is_no_subject),
        cmocka_unit_test(a_subject_that_stands_nowhere_is_noticed),
        cmocka_unit_test(a_long_number_behind_a_noun_is_a_name),
        cmocka_unit_test(a_long_number_is_its_digits_however_they_are_grouped),
        cmocka_unit_test(a_number_that_names_and_stands_nowhere_is_noticed),
        cmocka_unit_test(a_number_that_stands_nowhere_is_noticed),
        cmocka_unit_test(another_row_than_the_one_that_is_asked_for_is_no_support),
        cmocka_unit_test(a_question_in_a_document_supports_nothing),
        cmocka_unit_test(a_twin_lacks_what_the_question_names_and_has_nothing_of_its_own),
        cmocka_unit_test(a_place_and_the_end_of_a_compound_speak_for_a_passage),
    };
    return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
