/*
 * Promises of the hall that need no model: what counts as a refusal, and how a follow-up is made to
 * stand alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "turn/change.h"
#include "turn/given.h"
#include "turn/prompt.h"
#include "turn/say.h"
#include "turn/turn.h"

static Rig rig = {.has_guard_table = true}; /* nothing is open, and no guard looks */

static void a_refusal_is_known_in_all_its_clothes(void **state) {
    static const char *const yes[] = {"NOT FOUND", " not found.", "\"NOT FOUND\"", "未找到。",
                                      "The passages do not contain it.", "文档中没有这个答案。",
                                      "**NOT FOUND**", "“未找到”", "「未找到」", "\"“未找到"};
    static const char *const no[] = {"", "Not far from the river.",
                                     "The passages of 1911 were long.",
                                     "未来。", "文档中写着三月。"};
    for (size_t i = 0; i < ARRAY_LEN(yes); i++) assert_true(prompt_is_refusal(str_from(yes[i])));
    for (size_t i = 0; i < ARRAY_LEN(no); i++) assert_false(prompt_is_refusal(str_from(no[i])));
}

static void a_sentence_may_end_with_a_refusal(void **state) {
    (void)state;
    assert_true(prompt_ends_refusing(STR("The birth date of Ann is NOT FOUND.")));
    assert_true(prompt_ends_refusing(STR("Die Nummer ist NICHT GEFUNDEN")));
    assert_false(prompt_ends_refusing(STR("The key was not found.")));
    assert_false(prompt_ends_refusing(STR("NOT FOUND stands on the page of the 404.")));
    assert_false(prompt_ends_refusing(STR("")));
}

/* The search query that `question` becomes after one exchange about the boiler. */
static void expect_query(const char *question, bool leans) {
    static const TurnExchange before[] = {
        {{"When was the boiler serviced?", 29}, {"On 3 March 2024.", 16}, NULL, 0, false}};
    Turn turn;
    turn_init(&turn, NULL);
    turn.question = str_from(question);
    turn.history = before;
    turn.n_history = 1;
    assert_int_equal(turn_understand(&turn, NULL), OK);
    assert_int_equal(str_find(turn.query, STR("boiler"), 0) != SIZE_MAX, leans);
    assert_true(str_starts(turn.query, turn.question));
    assert_int_equal(turn.topic.n > 0, leans);
    turn_fini(&turn);
}

static void a_follow_up_is_completed_from_the_history(void **state) {
    expect_query("And how much did it cost?", true);
    expect_query("By whom?", true);
    expect_query("Und wie viel hat die letzte Prüfung gekostet?", true);
    expect_query("Wann läuft die Garantie für ihn ab?", true);
    expect_query("Wann ist die nächste Versammlung des Vereins?", false);
    expect_query("Können Sie mir sagen, wann der Laden öffnet?", false);
    expect_query("How many apple trees are there behind the house?", false);
    expect_query("它花了多少钱？", true);
    expect_query("Which trees stand in the garden behind the house?", false);
    expect_query("花园里一共种了几棵苹果树和梨树？", false);
}

/* The question behind `n` exchanges is completed to `query`. */
static void assert_completed(const TurnExchange *before, size_t n, const char *question,
                             const char *query) {
    Turn turn;
    turn_init(&turn, NULL);
    turn.question = str_from(question);
    turn.history = before;
    turn.n_history = n;
    assert_int_equal(turn_understand(&turn, NULL), OK);
    assert_true(str_eq_c(turn.query, query));
    turn_fini(&turn);
}

/* What a follow-up takes over: the names of the question before, not its other words. */
static void a_follow_up_takes_the_names(void **state) {
    static const TurnExchange before[] = {
        {{"Who built the Colosseum in Rome after 69?", 41}, {"Vespasian.", 10}, NULL, 0, false},
        {{"How tall is it?", 15}, {"48 metres.", 10}, NULL, 0, false}}; /* a follow-up itself */
    assert_completed(before, 2, "When was it finished?",
                     "When was it finished? When was it finished? Colosseum Rome 69");
}

/* A name that came on the way is the topic, a pronoun is about the question just before. */
static void a_follow_up_takes_the_newest_topic(void **state) {
    static const TurnExchange before[] = {
        {{"Who built the Colosseum in Rome after 69?", 41}, {"Vespasian.", 10}, NULL, 0, false},
        {{"And who paid for Kingfisher?", 28}, {"The club.", 9}, NULL, 0, false},
        {{"And the deposit?", 16}, {"1,300 pounds.", 13}, NULL, 0, false}};
    assert_completed(before, 3, "Who holds it?",
                     "Who holds it? Who holds it? Kingfisher And the deposit?");
}

/* A small model answers what stands alone with what it said of something alike. */
static void what_stands_alone_is_asked_alone(void **state) {
    static const TurnExchange before[] = {
        {{"When was the boiler serviced?", 29}, {"On 3 March 2024.", 16}, NULL, 0, false}};
    Turn turn;
    turn_init(&turn, NULL);
    turn.question = STR("When was the old roof of the barn mended?");
    turn.history = before;
    turn.n_history = 1;
    assert_int_equal(turn_understand(&turn, NULL), OK);
    assert_false(prompt_remembers(&turn, 0, false));
    assert_true(prompt_remembers(&turn, 0, true)); /* an endpoint's model is no small one */
    turn.question = STR("By whom?");
    assert_int_equal(turn_understand(&turn, NULL), OK);
    assert_true(prompt_remembers(&turn, 0, false));
    turn.question = STR("Sorry, I meant its neighbour.");
    assert_int_equal(turn_understand(&turn, NULL), OK);
    assert_true(turn.corrects && turn.topic.n > 0);
    assert_false(prompt_remembers(&turn, 0, false)); /* it would say the same again */
    turn_fini(&turn);
}

/* A small model would say it again. */
static void what_was_not_answered_is_no_history(void **state) {
    static const TurnExchange before[] = {
        {{"Wer putzt?", 10}, {"Die Dokumente beantworten diese Frage nicht.", 44}, NULL, 0, false},
        {{"When was the boiler serviced?", 29}, {"On 3 March 2024.", 16}, NULL, 0, false}};
    GateMessage *messages;
    size_t n;
    Turn turn;
    turn_init(&turn, NULL);
    turn.question = STR("By whom?");
    turn.history = before;
    turn.n_history = 2;
    assert_int_equal(prompt_messages(&turn, &messages, &n, NULL), OK);
    assert_int_equal(n, 4); /* instructions, one exchange, the question */
    assert_true(str_eq(messages[1].text, before[1].question));
    assert_true(say_is(STR("文档中没有这个问题的答案。"), SAY_NONE));
    assert_false(say_is(STR("The documents do not answer"), SAY_NONE));
    turn_fini(&turn);
}

static void fixed_sentences_are_in_the_language_of_the_question(void **state) {
    static const char *const rows[][3] = {
        {"When does the lease end?", "en", "The documents do not answer this."},
        {"Wann endet der Mietvertrag?", "de", "Die Dokumente beantworten diese Frage nicht."},
        {"租约什么时候到期？", "zh", "文档中没有这个问题的答案。"},
        {"What does 合同 mean in the letter?", "en", "The documents do not answer this."},
        {"Windows Server 2019 Datacenter 的价格", "zh", "文档中没有这个问题的答案。"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        Turn turn;
        turn_init(&turn, NULL);
        turn.question = str_from(rows[i][0]);
        assert_int_equal(turn_understand(&turn, NULL), OK);
        assert_string_equal(turn_language_code(&turn), rows[i][1]);
        assert_string_equal(turn_says(&turn, SAY_NONE), rows[i][2]);
        turn_fini(&turn);
    }
}

static void limits_are_told_before_anything_is_read(void **state) {
    Err err;
    Turn turn;
    turn_init(&turn, NULL);
    turn.question = STR("  ");
    assert_int_equal(turn_admit(&turn, &err), E_USAGE);
    turn.question = STR("why");
    turn.k = 0;
    assert_int_equal(turn_admit(&turn, &err), E_USAGE);
    turn.k = 8;
    turn.least_certainty = NAN;
    assert_int_equal(turn_admit(&turn, &err), E_USAGE);
    turn_fini(&turn);
}

static void two_samples_agree_as_far_as_their_words_do(void **state) {
    static const struct {
        const char *a, *b;
        double agreement;
    } rows[] = {{"On 3 March.", "on 3 march", 1},
                {"", "", 1},
                {"It was the heron.", "", 0},
                {"the the the", "the", 0.5},
                {"On 3 March", "On 4 May 2024", 2.0 / 7},
                {"三月三日", "三月五日", 0.75},
                {"\xff\xfe", "\xff", 1}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        double there = second_agreement(str_from(rows[i].a), str_from(rows[i].b));
        assert_float_equal(there, rows[i].agreement, 1e-6);
        assert_float_equal(second_agreement(str_from(rows[i].b), str_from(rows[i].a)), there, 1e-6);
    }
}

static void an_answer_gives_what_was_asked_or_something_else(void **state) {
    static const struct {
        const char *question, *answer;
        int given;
    } rows[] = {{"When was the mill closed?", "It was closed in 1931.", 1},
                {"When was the mill closed?", "It was closed by the miller's widow.", -1},
                {"When was the mill closed?", "It closed after the flood.", 1},
                {"When was the mill founded?", "It was founded at 14 Mill Lane.", -1},
                {"When was the mill founded?", "It was founded 14 years after the flood.", 1},
                {"When does the mill open?", "It opens at 10:30.", 1},
                {"When does the mill open?", "In the 1330s.", 1},
                {"When is the rent due?", "It is due on the fifth day of each month.", 1},
                {"When does the mill open?", "It opens on Mondays.", 1},
                {"When does the mill open?", "It opens every morning.", 1},
                {"When must I call the miller?", "Call him when in doubt.", 1},
                {"When must I call the miller?", "You must call if the wheel stands.", 1},
                {"On which day does the mill open?", "The mill opens on the market day.", -1},
                {"How often is the mill cleaned?", "It is cleaned weekly.", 1},
                {"How often is the mill cleaned?", "It is cleaned with a broom.", -1},
                {"How long may I use the mill?", "Until the harvest is in.", 1},
                {"What is the account number of the mill?", "It is the bank of the mill.", -1},
                {"What is the account number of the mill?", "It is 4411 0023.", 1},
                {"Which door has the number 7?", "The door of the cellar.", 0},
                {"Wie ist die Telefonnummer der Mühle?", "Sie steht am Tor.", -1},
                {"How many stones has the mill?", "It has twenty stones.", 1},
                {"How many stones has the mill?", "The mill has none.", 1},
                {"How much does the tour cost?", "The tour is free.", 1},
                {"Wann ist die Pacht fällig?", "Die Pacht ist jeweils am Ersten fällig.", 1},
                {"Wann ist die Pacht fällig?", "Sie ist zum Monatsende fällig.", 1},
                {"Wie oft wird gemahlen?", "Gemahlen wird täglich.", 1},
                {"Wie lange ist die Frist?", "Die Frist ist eine Woche.", 1},
                {"Wann öffnet die Mühle?", "Die Mühle öffnet um 8 Uhr.", 1},
                {"In which year did the mill of 1874 burn?", "The mill of 1874 burnt.", -1},
                {"What happens when the mill stands?", "The widow sells bread.", 0},
                {"How many stones has the mill?", "It has two pairs of stones.", 1},
                {"How many stones has the mill?", "It has heavy stones from the Eifel.", -1},
                {"Why was the mill closed?", "Because the stream ran dry.", 1},
                {"Why was the mill closed?", "The stream ran dry.", 0},
                {"What did the miller grind?", "The miller did grind.", -1},
                {"What did the miller grind?", "Rye.", 0},
                {"Was the mill closed, or the bakery?", "The bakery was.", 0},
                {"Is the mill closed?", "The mill is closed.", 0},
                {"Wann schloss die Mühle?", "Die Mühle schloss im Mai.", 1},
                {"Wann schloss die Mühle?", "Die Mühle schloss der Müller.", -1},
                {"Wie viele Räder hat die Mühle?", "Sie hat zwei Räder.", 1},
                {"Wie hoch ist die Pacht der Mühle?", "Die Pacht ist niedrig.", -1},
                {"Wer ist der Müller der Mühle?", "Der Müller der Mühle war der Müller.", -1},
                {"Ist die Mühle zu?", "Die Mühle ist zu.", 0},
                {"What does the mill cost?", "It costs the earth.", -1},
                {"Was kostet die Mühle?", "Sie kostet 31 Euro.", 1},
                {"Wie alt ist die Mühle?", "Die Mühle hat 31 Fenster.", -1},
                {"Wie alt ist die Mühle?", "Die Mühle ist 31 Jahre alt.", 1},
                {"How old is the miller?", "The miller has 4 sons.", -1},
                {"How old is the miller?", "He got 4 votes after twelve years.", -1},
                {"How old is the miller?", "He was born on 3 May 1931.", 1},
                {"How old is the miller?", "31", 1},
                {"What does the mill cost?", "It costs 31 euros in 2031.", 1},
                {"What does the mill cost?", "It takes 3 days.", -1},
                {"What does the mill cost?", "It is done from 4 to 15 May, 18 to 21 o'clock.", -1},
                {"What does the mill cost?", "The work of 3 February 2031 is done by Holt.", -1},
                {"What does the mill cost?", "Mill | 3 days | 40", 1},
                {"How much does the rent rise?", "By 1,250.50 a month.", 1},
                {"How much is the rent?", "£70/week", 1},
                {"What do guests pay for the mill in 2031?", "They pay by card.", -1},
                {"What do guests pay for the mill in 2031?", "31 a head.", 1},
                {"What do guests pay for?", "The tour.", 0},
                {"How much is the deposit?", "Half of the price.", 1},
                {"How much is the deposit?", "It is 1200.", 1},
                {"How many days must I pay?", "You pay 3 days.", 1},
                {"Was kostet der Umbau?", "Er ist vom 4. bis 15. Mai von 6 bis 9 Uhr.", -1},
                {"Was kostet der Umbau?", "Er kostet 12 Euro am Tag.", 1},
                {"Was kostet der Umbau?", "Die Firma Holt baut um.", -1},
                {"What is the gate code?", "The gate code is changed every quarter.", -1},
                {"What is the gate code?", "The gate code is 4711.", 1},
                {"What is the number of the safe?", "Kept there for six months.", -1},
                {"What is the number of mills?", "There are six.", 1},
                {"What is Hannah Reuter's email address?", "It is Stollen.", -1},
                {"What is Hannah Reuter's email address?", "hannah@example.org", 0},
                {"phone number of the roofer", "Contact: Moorside Roofing", -1},
                {"phone number of the roofer", "Telephone: 07700 900 417", 0},
                {"Wie lautet die E-Mail-Adresse von Ute?", "Die Adresse ist Markt 2.", -1},
                {"Wie ist die Telefonnummer von Ute?", "Sie hat 2 Nummern.", -1},
                {"What is the phone number of the police?", "It is 110.", 1},
                {"何青的邮箱是多少？", "何青在维修部。", -1},
                {"What is the email address used for?", "Only for news.", 0},
                {"What is the fee for an email address?", "None is taken.", 0},
                {"What is the dress code?", "Black tie.", 0},
                {"What does error code 4 mean?", "The door is open.", 0},
                {"What is the phone number of the mill?", "It is kept for six months.", -1},
                {"What is the phone number of the mill?", "It is 04487 22.", 1},
                {"Who built the mill?", "The mill was built in 1931.", -1},
                {"Who built the mill?", "The mill was built by Holt.", 0},
                {"Who may use the mill?", "All may use the mill.", 0},
                {"To whom does the mill belong?", "The mill belongs to the widow.", 0},
                {"Wer baute die Mühle?", "Die Mühle baute 1931.", -1},
                {"Wer baute die Mühle?", "Der Müller.", 0},
                {"Was war an der Mühle kaputt?", "Die Mühle war kaputt.", -1},
                {"Was war an der Mühle kaputt?", "Das Rad war kaputt.", 0},
                {"Was the mill broken?", "The mill was broken.", 0},
                {"Was war an der Mühle kaputt?", "Subject: AW: Re: Mühle", -1},
                {"Was war an der Mühle kaputt?", "Subject: AW: Rad der Mühle", 0},
                {"Wer darf in die Mühle?", "Alle.", 0},
                {"磨坊什么时候关闭？", "磨坊于1931年关闭。", 1},
                {"磨坊什么时候关闭？", "磨坊被寡妇关闭。", -1},
                {"磨坊什么时候关闭？", "磨坊约了周一来修。", 1},
                {"磨坊什么颜色？", "磨坊是什么颜色？", -1},
                {"磨坊有几个轮子？", "磨坊只有一个轮子。", 1},
                {"学校设有哪八个学院？", "学校设有8个学院。", -1},
                {"学校设有哪八个学院？", "文学院、法学院。", 1},
                {"该站为什么叫苏州街站？", "苏州街站是一个换乘站。", -1},
                {"该站为什么叫苏州街站？", "因为临近苏州街。", 1},
                {"惜字塔在客家地区被称为什么？", "敬字亭", 0},
                {"广州俗称大冠鹫为什么？", "麻鹰", 0},
                {"白斑是怎样的？", "白斑是怎样的？\n\n文档中写道：细胞充满鸟嘌呤。", -1},
                {"白斑是好的吗？", "白斑是好的。", 0},
                {"磨坊什麼時候關閉？", "磨坊於1931年關閉。", 1},
                {"磨坊什麼時候關閉？", "磨坊被寡婦關閉。", -1},
                {"磨坊什麼時候關閉？", "磨坊被寡妇关闭。", -1},
                {"學校設有哪八個學院？", "學校設有8個學院。", -1},
                {"該站為什麼叫蘇州街站？", "因為臨近蘇州街。", 1},
                {"磨坊要收多少錢？", "磨坊要收錢。", -1},
                {"白斑是好的嗎？", "白斑是好的。", 0},
                {"", "1931", 0},
                {"When?", "", 0},
                {"\xff\xfe when", "\xff 3", 1}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int given = given_what_was_asked(str_from(rows[i].question), str_from(rows[i].answer));
        if (given != rows[i].given) fail_msg("%s %s: %d", rows[i].question, rows[i].answer, given);
    }
}

/* Which of two passages stands first for a question, the older one having been found first. */
static bool later_is_first(const char *question, SearchHit old, SearchHit late) {
    static Rig bare;
    Turn turn;
    SearchHit hits[] = {old, late};
    turn_init(&turn, &bare);
    turn.question = turn.query = str_from(question);
    for (size_t i = 0; i < 2; i++) {
        hits[i].title = hits[i].context = "";
        hits[i].file_id = (int64_t)i + 1;
        hits[i].score = i ? 0.8F : 0.9F;
    }
    turn.found.hits = hits;
    turn.found.n = 2;
    assert_int_equal(recall_verify(&turn, NULL), OK);
    assert_int_equal(newer_first(&turn, NULL), OK);
    bool first = turn.found.hits[0].file_id == 2;
    assert_int_equal(first, turn.notice.n > 0); /* what is not read is told */
    turn_fini(&turn);
    return first;
}

static void what_counts_no_more_is_not_read(void **state) {
    SearchHit minutes = {.path = STR("/d/choir/minutes_2026-02-11.docx"),
                         .text = STR("Harbour Voices, Baxendale\n\nTour to Brittany\n\nThe tour to "
                                     "Brittany is from 27 to 31 August. 34 singers will come.")};
    SearchHit mail = {.path = STR("/d/choir/tour.eml"),
                      .text = STR("From: Noor Baxendale <n@x.example>\nDate: Mon, 23 Mar 2026 "
                                  "21:04:00 +0000\nSubject: Tour to Brittany\n\nDear all,\n\nwe "
                                  "now go from 10 to 14 September. 29 singers will come. Bring the "
                                  "Harbour scarfs.")};
    assert_true(later_is_first("When is the tour to Brittany?", minutes, mail));
    assert_true(later_is_first("How many singers will come?", minutes, mail));
    assert_false(later_is_first("When was the tour originally?", minutes, mail));
    assert_false(later_is_first("What does the hotel in Brittany cost?", minutes, mail));
    mail.path = STR("/d/other/tour.eml");
    assert_false(later_is_first("When is the tour to Brittany?", minutes, mail));
    SearchHit old = {.path = STR("/d/fees.md"), .text = STR("Fees (OUTDATED)\nA visit costs 33.")};
    SearchHit fees = {.path = STR("/d/new.md"), .text = STR("Prices\nA visit costs 36.")};
    assert_true(later_is_first("What does a visit cost?", old, fees));
    old.text = STR("Fees\nA visit costs 33.");
    assert_false(later_is_first("What does a visit cost?", old, fees));
    old.path = STR("/d/archive/fees.md");
    assert_true(later_is_first("What does a visit cost?", old, fees));
    fees.text = STR("Prices\nA walk costs 36.");
    assert_false(later_is_first("What does a visit cost?", old, fees));
    old.text = STR("The deposit of the flat in Oak Street was 1,400 pounds.");
    fees.text = STR("The party in Oak Street is on 4 July. The flat is open from 5 o'clock.");
    assert_false(later_is_first("What was the deposit of the flat in Oak Street?", old, fees));
}

static void an_amendment_of_one_contract_replaces_no_list_of_many(void **state) {
    SearchHit list = {.path = STR("/d/insurances.csv"), .format = "csv",
                      .text = STR("Insurance | Company | Fee\nHousehold | Northstar | 112\n"
                                  "Motor | Northstar | 486")};
    SearchHit late = {.path = STR("/d/household.txt"), .format = "text",
                      .text = STR("Amendment to the Household policy of Northstar Insurance\n\n"
                                  "Valid from 1 July 2025. The fee of the insurance is 127.")};
    (void)state;
    assert_false(later_is_first("What is the fee of the insurance?", list, late));
    list.format = "text";
    assert_true(later_is_first("What is the fee of the insurance?", list, late));
}

static void of_a_year_what_counted_then_is_read(void **state) {
    SearchHit late = {.path = STR("/d/rules 2023.docx"),
                      .text = STR("Rules of the rowing club, 2023\n\nThe fee is 120 for adults.")};
    SearchHit then = {.path = STR("/d/rules 2016.docx"),
                      .text = STR("Rules of the rowing club, 2016\n\nThe fee is 96 for adults.")};
    (void)state;
    assert_true(later_is_first("What was the fee for adults in 2018?", late, then));
    assert_false(later_is_first("What was the fee for adults in 2024?", late, then));
    assert_false(later_is_first("What was the fee for adults in 2010?", late, then));
    late.text = STR("Rules of the rowing club, 2023\n\nThe fee for adults was 96 in 2018.");
    assert_false(later_is_first("What was the fee for adults in 2018?", late, then));
    late.text = STR("Rules of the rowing club, 2023\n\nThe fee is 120 for adults.");
    then.text = STR("Rules of the rowing club, 2016\n\nBoats are washed.");
    assert_false(later_is_first("What was the fee for adults in 2018?", late, then));
}

static void of_both_sides_of_a_change_the_new_one_is_told(void **state) {
    static const struct {
        const char *question, *answer, *quote;
        bool old;
    } rows[] = {
        {"Wie hoch ist die Miete?", "Die Miete ist 780,00 €.",
         "Wir erhöhen die Miete von bisher 780,00 € auf 842,00 € ab Oktober.", true},
        {"Wie hoch ist die Miete?", "Die Miete ist 842,00 €.",
         "Wir erhöhen die Miete von bisher 780,00 € auf 842,00 € ab Oktober.", false},
        {"What is the budget?", "The budget is 900.",
         "The budget was raised from 900 to 1,150.", true},
        {"When does it open?", "It opens at 8.", "It is open from 8 to 17.", false},
        {"What came after 900?", "The budget was 900.",
         "The budget was raised from 900 to 1,150.", false},
        {"Wo ist er?", "Er ist 3 km von hier.", "Er ist 3 km von hier auf dem Berg.", false},
        {"", "780", "von 780 auf", false}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        ChangeAsk ask = {str_from(rows[i].question), str_from(rows[i].answer),
                         str_from(rows[i].quote), 0};
        if (change_says_old(&ask) != rows[i].old) fail_msg("%s / %s", rows[i].answer, ask.quote.p);
    }
    assert_true(newer_asks_before(STR("Wie hoch war die Miete bisher?")));
}

static void yes_is_not_said_where_the_quote_denies_it(void **state) {
    static const struct {
        const char *question, *answer, *quote;
        bool against;
    } rows[] = {
        {"Has the bill been paid?", "Yes, it has been paid.", "It has not been paid.", true},
        {"Has the bill been paid?", "Yes, it has not been paid.", "It is unpaid.", true},
        {"Darf man hier baden?", "Ja, man darf baden.", "Baden ist verboten.", true},
        {"Has the bill been paid?", "No, it was not.", "It has not been paid.", false},
        {"Has the bill been paid?", "Yes, it has been paid.", "It was paid in May.", false},
        {"Has the bill been paid?", "Yes, it was.", "R-33 | 685,00 | open", true},
        {"Is the shop open?", "Yes, the shop is open.", "The shop is open.", false},
        {"Ist die Rechnung bezahlt?", "Ja, sie ist bezahlt.", "R-33 | 685,00 | offen", true},
        {"Has the bill not been paid?", "Yes, it has not.", "It has not been paid.", false},
        {"When was the bill paid?", "In May.", "It was not paid in April.", false},
        {"", "", "", false}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        bool against = given_against_quote(str_from(rows[i].question), str_from(rows[i].answer),
                                           str_from(rows[i].quote));
        if (against != rows[i].against) fail_msg("%s / %s", rows[i].answer, rows[i].quote);
    }
}

static void a_condition_of_a_yes_is_not_lost(void **state) {
    static const struct {
        const char *question, *answer, *quote;
        bool lost;
    } rows[] = {
        {"May I keep a dog?", "Yes, you may keep a dog.", "Dogs only with a permit.", true},
        {"May I keep a dog?", "Yes, only with a permit.", "Dogs only with a permit.", false},
        {"May I keep a dog?", "No.", "Dogs only with a permit.", false},
        {"May I keep a dog?", "Yes.", "Dogs are welcome.", false},
        {"Who may keep a dog?", "The tenant.", "Dogs only with a permit.", false},
        {"Dürfen wir einen Hund halten?", "Ja, einen Hund.", "Hunde nur mit Erlaubnis.", true},
        {"Ist die Mühle offen?", "Ja.", "Offen, außer bei Sturm.", true},
        {"", "", "", false}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        bool lost = given_on_condition(str_from(rows[i].question), str_from(rows[i].answer),
                                       str_from(rows[i].quote));
        if (lost != rows[i].lost) fail_msg("%s / %s", rows[i].answer, rows[i].quote);
    }
}

static void the_date_of_a_letter_is_not_that_of_what_it_tells(void **state) {
    static const struct {
        const char *question, *answer, *quote;
        bool head;
    } rows[] = {
        {"When is the mill closed?", "On 3 February 2031.",
         "Millford, 3 February 2031\n\nFrom 4 to 15 May the mill is closed.", false},
        {"When did it close?", "On 2031-02-03.", "2.3.0 - 2031-02-03\n\n- Closed.", false},
        {"When does it close?", "On 13 Feb 2031.", "Date: Tue, 13 Feb 2031\nIt closes.", false},
        {"Wann schließt die Mühle?", "Vom 4. bis 15. Mai.",
         "Mühlheim, den 3. Februar 2031\nVom 4. bis 15. Mai wird sie geschlossen.", false},
        {"Wann ist der Brief geschrieben?", "Am 3. Februar 2031.",
         "Mühlheim, den 3. Februar 2031\nSie wird geschlossen.", false},
        {"Wann schließt die Mühle?", "Am 3. Februar 2031.",
         "Wir schließen in Mühlheim die Mühle, den 3. Februar 2031 merken Sie sich bitte vor.",
         false},
        {"Wann schließt die Mühle?", "Am 3. Februar 2031.",
         "Mühlheim, den 3. Februar 2031\nVom 4. bis 15. Mai wird sie geschlossen.", true},
        {"", "", "", false}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        bool head = given_dated_by_head(str_from(rows[i].question), str_from(rows[i].answer),
                                        str_from(rows[i].quote));
        if (head != rows[i].head) fail_msg("%s / %s", rows[i].answer, rows[i].quote);
    }
}

/* A vocabulary in which the refusal is one word, and so is what could be said instead. */
enum { NO_WORD, NOT_FOUND, RIVER, HALF_CHARACTER, END, WORDS };

static Vocab *words_vocab(void) {
    static const Str tokens[WORDS] = {
        {"<unk>", 5}, {"NOT FOUND", 9}, {"River", 5}, {"<0xC3>", 6}, {"<end>", 5}};
    static const int32_t types[WORDS] = {TOKEN_UNKNOWN, TOKEN_USER, TOKEN_NORMAL, TOKEN_BYTE,
                                         TOKEN_CONTROL};
    static const float scores[WORDS] = {0};
    Vocab *vocab = NULL;
    Err err;
    VocabSpec spec = vocab_spec_default();
    spec.model = STR("llama");
    spec.tokens = tokens;
    spec.n_tokens = WORDS;
    spec.types = (const uint8_t *)types;
    spec.scores = (const uint8_t *)scores;
    spec.unk = NO_WORD;
    spec.eos = END;
    if (vocab_new(&spec, &vocab, &err) != OK) fail_msg("%s", err.message);
    return vocab;
}

static void doubt_is_weighed_before_the_first_word(void **state) {
    Err err;
    Doubt doubt;
    Vocab *vocab = words_vocab();
    float logits[WORDS] = {-20, 1.001F, 1, -20, -20};
    assert_int_equal(doubt_weigh(vocab, logits, &doubt, &err), OK);
    assert_float_equal(doubt.share, 0.5, 0.001);
    assert_int_equal(doubt.start, RIVER); /* a refusal would have been said */
    logits[RIVER] = 3;
    assert_int_equal(doubt_weigh(vocab, logits, &doubt, &err), OK);
    assert_float_equal(doubt.share, 0.119, 0.001);
    assert_int_equal(doubt.start, -1); /* no need to interfere */
    vocab_free(vocab);
}

static void an_answer_begins_with_whole_characters(void **state) {
    Err err;
    Doubt doubt;
    Vocab *vocab = words_vocab();
    float logits[WORDS] = {-20, 9, 1, 5, 4}; /* half a character and the end are likelier */
    assert_int_equal(doubt_weigh(vocab, logits, &doubt, &err), OK);
    assert_int_equal(doubt.start, RIVER);
    vocab_free(vocab);
}

static void doubt_reports_memory_that_ran_out(void **state) {
    Vocab *vocab = words_vocab();
    float logits[WORDS] = {0, 1, 0, 0, 0};
    Err err;
    Doubt doubt;
    Status status = E_NO_MEMORY;
    for (uint64_t n = 1; n < 100 && status != OK; n++) {
        mem_fail_at(n);
        status = doubt_weigh(vocab, logits, &doubt, &err);
        mem_fail_at(0);
        assert_true(status == OK || status == E_NO_MEMORY);
    }
    assert_int_equal(status, OK);
    vocab_free(vocab);
}

/* Is a question judged answerable, over one passage, when the model doubts so much? *spoken: also
   where it refuses in words. */
static bool judged_so(const char *question, float cosine, double doubt, bool *spoken) {
    static const char words[] = "The boiler in the cellar was serviced on 3 March 2024 by Ann Li.";
    Err err;
    Turn turn;
    turn_init(&turn, NULL);
    turn.question = str_from(question);
    assert_int_equal(turn_understand(&turn, &err), OK);
    SearchHit hit = {.text = str_from(words), .cosine = cosine, .score = 1};
    VerifyPassage passage = {hit.text, STR("")};
    turn.found = (SearchResults){.hits = &hit, .n = 1};
    turn.doubt = doubt;
    assert_int_equal(verify_new(&turn.arena, &passage, 1, turn.query, &turn.verify, &err), OK);
    bool yes = !decide_hopeless(&turn);
    *spoken = decide_spoken(&turn);
    turn_fini(&turn);
    return yes;
}

static bool judged(const char *question, float cosine, double doubt) {
    bool spoken;
    return judged_so(question, cosine, doubt, &spoken);
}

static void a_yes_or_no_that_is_spoken_of_is_not_refused(void **state) {
    bool spoken;
    (void)judged_so("Was the boiler serviced by Ann Li?", 0.9F, 0.9, &spoken);
    assert_true(spoken);
    (void)judged_so("When was the boiler serviced by Ann Li?", 0.9F, 0.9, &spoken);
    assert_false(spoken);
    (void)judged_so("Was the boiler replaced by Ann Li?", 0.9F, 0.9, &spoken);
    assert_false(spoken);
}

/* The steps around the model, with its words given. */
static Status walk_around(Turn *turn, const SearchHit *hit, const VerifyPassage *passage,
                          const char *words, Err *err) {
    TRY(turn_understand(turn, err));
    turn->found = (SearchResults){.hits = (SearchHit *)(uintptr_t)hit, .n = 1};
    turn->model = "given";
    TRY(verify_new(&turn->arena, passage, 1, turn->query, &turn->verify, err));
    TRY(cite_begin(turn, err));
    buf_add_c(&turn->text, words);
    TRY(buf_check(&turn->text, "the answer", err));
    TRY(cite_feed(turn, true, err));
    return turn_cite(turn, err);
}

/* What becomes of the model's words over a passage that plainly answers; "" when withdrawn. */
static const char *answered(const char *question, const char *words) {
    static const char passage_words[] = "The boiler in the cellar  was serviced on 3 March 2024. "
                                        "Its pump is red.";
    static char out[512];
    Err err;
    Turn turn;
    turn_init(&turn, &rig);
    turn.question = str_from(question);
    SearchHit hit = {.text = str_from(passage_words), .cosine = 0.9F, .score = 1};
    VerifyPassage passage = {hit.text, STR("")};
    turn.doubt = 0.1;
    assert_int_equal(walk_around(&turn, &hit, &passage, words, &err), OK);
    (void)snprintf(out, sizeof out, "%.*s", turn.answered ? (int)turn.answer.n : 0, turn.answer.p);
    for (size_t i = 0; turn.answered && i < turn.n_citations; i++) {
        const TurnCitation *c = &turn.citations[i];
        assert_true(str_eq(c->quote, str_sub(hit.text, c->start, c->end)));
    }
    turn_fini(&turn);
    return out;
}

static const char *delivered(const char *words) {
    return answered("When was the boiler in the cellar serviced?", words);
}

/* Is the model's answer kept that cites these words alone? */
static bool kept(const char *question, const char *answer, const char *quote) {
    SearchHit hit = {.text = str_from(quote)};
    Err err;
    Turn turn;
    turn_init(&turn, &rig);
    turn.question = str_from(question);
    assert_int_equal(cite_begin(&turn, &err), OK);
    turn.found = (SearchResults){.hits = &hit, .n = 1};
    turn.citations[turn.n_citations++] = (TurnCitation){.end = hit.text.n, .quote = hit.text};
    buf_add_c(&turn.text, answer);
    bool gives = cite_gives(&turn);
    turn_fini(&turn);
    return gives;
}

static void rows_that_no_rule_compared_are_not_compared_by_a_model(void **state) {
    (void)state;
    assert_false(kept("Which timber is the most expensive?", "Oak is.", "Oak | 32 | 1450"));
    assert_true(kept("Which timber is the most expensive?", "Oak is.", "Oak costs most."));
    assert_true(kept("What does the oak cost?", "It costs 1450.", "Oak | 32 | 1450"));
    assert_true(kept("How long may I book it at most?", "6 hours.", "Microscope | 30 | 6 h"));
    assert_false(kept("Welches Holz ist am teuersten?", "Eiche.", "Eiche | 32 | 1450"));
}

/* The model's words come in pieces: the German point behind a number waits for its month. */
static void a_date_that_comes_in_pieces_is_one_sentence(void **state) {
    static const char words[] = "Der Kessel wurde am 3. Februar gewartet.";
    SearchHit hit = {.text = str_from(words), .cosine = 0.9F, .score = 1};
    VerifyPassage passage = {hit.text, STR("")};
    Err err;
    Turn turn;
    (void)state;
    turn_init(&turn, &rig);
    turn.question = STR("Wann wurde der Kessel gewartet?");
    assert_int_equal(turn_understand(&turn, &err), OK);
    turn.found = (SearchResults){.hits = &hit, .n = 1};
    turn.model = "given";
    assert_int_equal(verify_new(&turn.arena, &passage, 1, turn.query, &turn.verify, &err), OK);
    assert_int_equal(cite_begin(&turn, &err), OK);
    for (size_t i = 0; words[i]; i++) {
        buf_add_byte(&turn.text, words[i]);
        assert_int_equal(cite_feed(&turn, false, &err), OK);
    }
    assert_int_equal(cite_feed(&turn, true, &err), OK);
    assert_int_equal(turn.n_sentences, 1);
    turn_fini(&turn);
}

static void the_documents_speak_where_the_answer_has_no_support(void **state) {
    assert_string_equal(delivered("It was serviced on 3 March 2024."),
                        "It was serviced on 3 March 2024.");
    assert_string_equal(delivered("It was serviced by Tom Oakes in 1999."),
                        "It was serviced by Tom Oakes in 1999.\n\nThe documents say: "
                        "The boiler in the cellar was serviced on 3 March 2024.");
    assert_string_equal(delivered("When was the boiler serviced? NOT FOUND"),
                        "When was the boiler serviced? NOT FOUND\n\nThe documents say: "
                        "The boiler in the cellar was serviced on 3 March 2024.");
    assert_string_equal(answered("How old is the boiler in the cellar?", "It is 65 years old."),
                        "");
    assert_string_equal(answered("Who serviced boiler 77 in the cellar?", "Tom Oakes did it."), "");
}

static void a_piece_of_a_sentence_is_completed_by_the_documents(void **state) {
    assert_string_equal(delivered("On 3 March 2024."),
                        "On 3 March 2024.\n\nThe documents say: "
                        "The boiler in the cellar was serviced on 3 March 2024.");
    assert_string_equal(delivered("The boiler was serviced on 3 March 2024."),
                        "The boiler was serviced on 3 March 2024.");
}

static void a_turn_reports_memory_that_ran_out(void **state) {
    static const TurnExchange before[] = {
        {{"Who heats Birch House?", 22}, {"A boiler.", 9}, NULL, 0, false}};
    SearchHit hit = {.text = STR("The boiler in the cellar was serviced on 3 March 2024."),
                     .cosine = 0.9F, .score = 1};
    VerifyPassage passage = {hit.text, STR("")};
    Status status = E_NO_MEMORY;
    for (uint64_t n = 1; n < 100 && status != OK; n++) {
        Err err;
        Turn turn;
        turn_init(&turn, &rig);
        turn.question = STR("When was it serviced in the cellar?");
        turn.history = before;
        turn.n_history = 1;
        mem_fail_at(n);
        status = walk_around(&turn, &hit, &passage, "By Tom Oakes in 1999.", &err);
        mem_fail_at(0);
        assert_true(status == OK || status == E_NO_MEMORY);
        turn_fini(&turn);
    }
    assert_int_equal(status, OK);
}

static void documents_are_judged_by_words_meaning_and_doubt(void **state) {
    static const char near[] = "When was the boiler in the cellar serviced?";
    static const char far[] = "Which opera did the composer write in Vienna?";
    assert_true(judged(near, 0.90F, 0.01));
    assert_true(judged(near, 0.90F, 0.5)); /* a mere way out, taken too often */
    assert_true(judged(near, NAN, 0.01));  /* no vectors: words and the model are enough */
    assert_false(judged(far, 0.82F, (double)NAN)); /* the model is not even asked */
    assert_false(judged(far, 0.86F, 0.97));
}

static void what_the_documents_never_speak_of_has_no_answer(void **state) {
    assert_true(judged("When was the boiler serviced?", 0.84F, 0.05));
    assert_false(judged("When was the vineyard serviced?", 0.84F, 0.05));
    assert_true(judged("When was it serviced by Ann Li?", 0.84F, 0.05)); /* no subject is named */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refusal_is_known_in_all_its_clothes),
        cmocka_unit_test(a_sentence_may_end_with_a_refusal),
        cmocka_unit_test(a_follow_up_is_completed_from_the_history),
        cmocka_unit_test(doubt_is_weighed_before_the_first_word),
        cmocka_unit_test(an_answer_begins_with_whole_characters),
        cmocka_unit_test(doubt_reports_memory_that_ran_out),
        cmocka_unit_test(documents_are_judged_by_words_meaning_and_doubt),
        cmocka_unit_test(what_the_documents_never_speak_of_has_no_answer),
        cmocka_unit_test(a_date_that_comes_in_pieces_is_one_sentence),
        cmocka_unit_test(rows_that_no_rule_compared_are_not_compared_by_a_model),
        cmocka_unit_test(the_documents_speak_where_the_answer_has_no_support),
        cmocka_unit_test(a_piece_of_a_sentence_is_completed_by_the_documents),
        cmocka_unit_test(a_follow_up_takes_the_names),
        cmocka_unit_test(a_follow_up_takes_the_newest_topic),
        cmocka_unit_test(what_stands_alone_is_asked_alone),
        cmocka_unit_test(what_was_not_answered_is_no_history),
        cmocka_unit_test(a_turn_reports_memory_that_ran_out),
        cmocka_unit_test(fixed_sentences_are_in_the_language_of_the_question),
        cmocka_unit_test(limits_are_told_before_anything_is_read),
        cmocka_unit_test(two_samples_agree_as_far_as_their_words_do),
        cmocka_unit_test(an_answer_gives_what_was_asked_or_something_else),
        cmocka_unit_test(what_counts_no_more_is_not_read),
        cmocka_unit_test(a_yes_or_no_that_is_spoken_of_is_not_refused),
        cmocka_unit_test(an_amendment_of_one_contract_replaces_no_list_of_many),
        cmocka_unit_test(of_a_year_what_counted_then_is_read),
        cmocka_unit_test(of_both_sides_of_a_change_the_new_one_is_told),
        cmocka_unit_test(yes_is_not_said_where_the_quote_denies_it),
        cmocka_unit_test(a_condition_of_a_yes_is_not_lost),
        cmocka_unit_test(the_date_of_a_letter_is_not_that_of_what_it_tells),
    };
    return cmocka_run_group_tests_name("turn", tests, NULL, NULL);
}
