/*
 * Promises of the evaluation: questions that sentences answer, answers that hold what is right, a
 * set file that any editor may have touched, counts that a textbook gives.
 */
#include "../support/store_home.h"

#include <math.h>

#include "lab/result.h"

/* ---- sentences to questions ------------------------------------------------------------------ */

static void expect(const char *sentence, const char *question, const char *gold) {
    LabAsk ask;
    Str text = str_from(sentence);
    if (!lab_ask(text, &ask)) fail_msg("no question: %s", sentence);
    assert_int_equal(ask.n, strlen(question));
    assert_memory_equal(ask.question, question, ask.n);
    assert_true(str_eq_c(str_sub(text, ask.gold_start, ask.gold_end), gold));
}

static void a_sentence_asks_for_its_date_number_place_or_name(void **state) {
    expect("The house was built in 1868 as a corn mill.", "When was the house built?", "1868");
    expect("1.2 The lease begins on 1 March 2025 and ends on 2 May 2028.",
           "When does the lease begin?", "1 March 2025");
    expect("Tomás will fit the new fan by 31 October 2025.", "By when will Tomás fit the new fan?",
           "31 October 2025");
    expect("The trolley with a full load weighs 640 kilograms and has to stay.",
           "How many kilograms does the trolley with a full load weigh?", "640");
    expect("A new cylinder costs £148, and she would pay.", "How much does a new cylinder cost?",
           "£148");
    expect("There are seven keys to the front door.",
           "How many keys to the front door are there?", "seven");
    expect("The kiln book lies on the desk beside the door.", "Where does the kiln book lie?",
           "desk beside the door");
    expect("The chimney is swept twice a year by Harriet Dunne.", "By whom is the chimney swept?",
           "Harriet Dunne");
    expect("一块硼板的价格是31.62英镑。", "一块硼板的价格是多少？", "31.62英镑");
    expect("六件样品将于2025年11月18日用航空快递寄出。", "六件样品在什么时候用航空快递寄出？",
           "2025年11月18日");
    expect("铅的溶出量由杭州的检验机构测定，报告随货寄出。", "铅的溶出量由谁测定？",
           "杭州的检验机构");
}

static void more_shapes_ask_for_sums_changes_and_places(void **state) {
    expect("The rent is 1,150 pounds a month and is due on Mondays.",
           "How much is the rent a month?", "1,150 pounds");
    expect("The repair cost about 96 euros.", "How much did the repair cost?", "96 euros");
    expect("The car passed its inspection on 9 September 2025.",
           "When was it that the car passed its inspection?", "9 September 2025");
    expect("一、新版网站于2025年6月10日上线，由王磊负责。", "新版网站在什么时候上线？", "2025年6月10日");
    expect("（三）客户满意度由82分提高到88分。", "客户满意度提高到多少？", "88分");
    expect("3. 公司总部位于杭州市文三路128号。", "公司总部位于哪里？", "杭州市文三路128号");
    expect("三里亭茶坊成立于2019年4月。", "三里亭茶坊是什么时候成立的？", "2019年4月");
    expect("茶坊的面积约为120平方米。", "茶坊的面积是多少？", "120平方米");
}

static void clauses_come_one_by_one_and_lose_nothing(void **state) {
    Str text = STR("物业费由房东承担，水电费由租客承担。"), clause;
    static const char *const parts[] = {"物业费由房东承担", "水电费由租客承担"};
    size_t n = 0;
    for (size_t at = 0; lab_next_clause(text, &at, &clause);) {
        assert_true(n < ARRAY_LEN(parts) && str_eq_c(clause, parts[n]));
        n++;
    }
    assert_int_equal(n, ARRAY_LEN(parts));
}

static void a_sentence_that_leans_on_another_asks_nothing(void **state) {
    static const char *const none[] = {
        "It was built in 1868.", "The other was built in 1868.", "The large one has 450 litres.",
        "In 1868 the house was built.", "Samples are to be sent in November.",
        "The Tenant pays for repairs up to £250.00.", "The second test was on 3 May 2024.",
        "The house was built.", "It.", "The boiler fitted by Ann in 2020 leaks.",
        "The boiler fitted with care in 2020, which leaks.", "The cost is low.",
        "The bridge destroyed by bombs in 1944.", "同时坐落于杭州市。",
        "下次例会定于2025年5月9日下午两点。",
        "", "最高温度是1255℃。", "当时的误差是11℃。", "它的价格是5元。"};
    LabAsk ask;
    for (size_t i = 0; i < ARRAY_LEN(none); i++) {
        if (lab_ask(str_from(none[i]), &ask)) {
            fail_msg("%s -> %.*s", none[i], (int)ask.n, ask.question);
        }
    }
}

static void any_bytes_give_a_whole_question_or_none(void **state) {
    static const char alphabet[] = "The was in 1868 . , \n £ 年 月 3 是 由 的 \xff \xe5 by Ann will on "
                                   "cost passed pounds 一、 （ ） 提高到 位于 定于 约为 ，。";
    uint32_t random = 7;
    char text[LAB_SENTENCE_MAX + 40];
    for (int round = 0; round < 20000; round++) {
        size_t n = 0, want = (size_t)round % sizeof text;
        while (n < want) {
            random = random * 1664525u + 1013904223u;
            text[n++] = alphabet[(random >> 16) % (sizeof alphabet - 1)];
        }
        LabAsk ask;
        if (!lab_ask((Str){text, n}, &ask)) continue;
        assert_true(ask.n <= LAB_QUESTION_MAX && ask.gold_end <= n);
        assert_true(ask.gold_start < ask.gold_end && ask.about_end <= ask.n);
    }
}

static void a_table_asks_for_its_numbers_and_dates(void **state) {
    static const char text[] = "date | payee | amount_gbp | note\n"
                               "2025-03-03 | Stonebeck Instruments | 86.40 | type S\n"
                               "2025-03-05 | Weir House Trust | 1850.00 |\n"
                               "2025-04-05 | Weir House Trust | 1850.00 | a year ago\n"
                               "7 | Dale Gas | 7 | odd\n"
                               "2025-05-01 | too | few\n";
    static const char *const questions[][2] = {
        {"What is the date of Stonebeck Instruments?", "2025-03-03"},
        {"What is the amount gbp of Stonebeck Instruments?", "86.40"},
        {"What is the date of a year ago?", "2025-04-05"},
        {"What is the amount gbp of a year ago?", "1850.00"}};
    Str table = str_from(text);
    LabAsk ask;
    size_t at = 0;
    assert_true(lab_is_table(table));
    for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
        assert_true(lab_ask_table(table, &at, &ask));
        assert_true(str_eq_c((Str){ask.question, ask.n}, questions[i][0]));
        assert_true(str_eq_c(str_sub(table, ask.gold_start, ask.gold_end), questions[i][1]));
        assert_int_equal(ask.kind, LAB_TABLE);
    }
    assert_false(lab_ask_table(table, &at, &ask));
    table = STR("Name | Telephone\nAda | 12 34\n");
    at = 0;
    assert_true(lab_is_table(table) && lab_ask_table(table, &at, &ask));
    assert_true(str_eq_c((Str){ask.question, ask.n}, "What is the telephone of Ada?"));
    table = STR("釉料 | 温度 | 备注\n青瓷釉 | 1240℃ | 还原\n");
    at = 0;
    assert_true(lab_is_table(table) && lab_ask_table(table, &at, &ask));
    assert_true(str_eq_c((Str){ask.question, ask.n}, "青瓷釉的温度是多少？") && ask.chinese);
    assert_false(lab_is_table(STR("A sentence | with a bar")));
    assert_false(lab_is_table(STR("a | 1\nb | 2\n")));
    assert_false(lab_is_table(STR("a | \xFF\nb | 2\n")));
}

static void any_bytes_are_a_table_or_none(void **state) {
    static const char alphabet[] = "ab 12 | | | |\n\n|_£年";
    uint32_t random = 11;
    char text[512];
    for (int round = 0; round < 20000; round++) {
        size_t n = 0, want = (size_t)round % sizeof text, at = 0, made = 0;
        LabAsk ask;
        while (n < want) {
            random = random * 1664525u + 1013904223u;
            text[n++] = alphabet[(random >> 16) % (sizeof alphabet - 1)];
        }
        Str table = {text, n};
        while (lab_is_table(table) && lab_ask_table(table, &at, &ask)) {
            assert_true(ask.n <= LAB_QUESTION_MAX && ask.gold_end <= n && at <= n);
            assert_true(ask.gold_start < ask.gold_end && made++ < n);
        }
    }
}

/* ---- scoring --------------------------------------------------------------------------------- */

static bool holds(const char *answer, const char *gold) {
    return lab_holds(str_from(answer), str_from(gold));
}

static void right_is_what_means_the_same(void **state) {
    assert_true(holds("The rent is 1850 pounds a month.", "£1,850.00"));
    assert_true(holds("There are 7 keys.", "seven"));
    assert_true(holds("It was changed on January 11, 2024.", "11 January 2024"));
    assert_true(holds("更换于2024年1月11日。", "2024-01-11"));
    assert_true(holds("Am 11. Januar 2024 gewechselt.", "2024-01-11"));
    assert_true(holds("On 9 September 2025.", "9 September"));
    assert_true(holds("Since October 1868.", "1868"));
    assert_true(holds("It hangs in the hall, behind the coats.", "hall behind the coats"));
    assert_true(holds("容积是450 升", "450升"));
    assert_false(holds("On 9 September.", "9 September 2025"));
    assert_false(holds("On 9 September.", "48")); /* a date without a year told any number */
    assert_false(holds("On 9 September.", "9"));
    assert_false(holds("11 February 2024", "11 January 2024"));
    assert_false(holds("The rent is 185000.", "£1,850.00"));
    assert_false(holds("In 18681.", "1868"));
    assert_false(holds("", "1868"));
    assert_false(holds("anything", "..."));
}

static void intervals_and_tests_are_those_of_the_textbooks(void **state) {
    LabRate r = lab_rate(8, 10); /* Wilson, 95 %: 0.4902 to 0.9433 */
    assert_true(fabs(r.low - 0.4902) < 1e-4 && fabs(r.high - 0.9433) < 1e-4);
    r = lab_rate(0, 20); /* 0 to 0.1611 */
    assert_true(r.low == 0 && fabs(r.high - 0.1611) < 1e-4);
    r = lab_rate(20, 20);
    assert_true(r.high == 1 && fabs(r.low - 0.8389) < 1e-4);
    assert_true(lab_rate(0, 0).low == 0 && lab_rate(0, 0).high == 1);
    assert_true(fabs(lab_mcnemar(1, 9) - 0.021484375) < 1e-9); /* 22 / 1024 */
    assert_true(lab_mcnemar(5, 5) == 1 && lab_mcnemar(0, 0) == 1);
    assert_true(fabs(lab_mcnemar(0, 6) - 0.03125) < 1e-9);
}

/* ---- the set --------------------------------------------------------------------------------- */

static Status parse(const char *text, LabSet *out, Arena *arena, Err *err) {
    arena_fini(arena);
    arena_init(arena, 64 << 20);
    return lab_set_parse(str_from(text), arena, out, err);
}

static void a_set_is_refused_with_its_line(void **state) {
    static const char good[] = "{\"question\":\"When?\",\"kind\":\"unanswerable\"}\n\n";
    static const struct {
        const char *line, *why;
    } bad[] = {{"nonsense", "line 3"},
               {"[1]", "object"},
               {"{\"question\":\"\",\"kind\":\"date\"}", "empty"},
               {"{\"question\":\"x\",\"kind\":\"when\"}", "kind"},
               {"{\"question\":\"x\",\"kind\":\"date\"}", "gold"},
               {"{\"question\":\"x\",\"kind\":\"who\",\"gold\":\"1\",\"start\":5,\"end\":4}",
                "end"},
               {"{\"question\":\"x\",\"kind\":\"who\",\"gold\":\"1\",\"start\":-5,\"end\":4}",
                "start"},
               {"{\"question\":\"x\\u0000y\",\"kind\":\"unanswerable\"}", "NUL"},
               {"{\"question\":\"x\",\"kind\":\"unanswerable\",\"golden\":\"1\"}", "golden"}};
    Arena arena;
    LabSet set;
    Err err;
    char text[512];
    arena_init(&arena, 64 << 20);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        (void)snprintf(text, sizeof text, "%s%s\n", good, bad[i].line);
        assert_int_equal(parse(text, &set, &arena, &err), E_CORRUPT);
        assert_non_null(strstr(err.message, "line 3"));
        assert_non_null(strstr(err.message, bad[i].why));
    }
    assert_int_equal(parse("\n \n", &set, &arena, &err), E_CORRUPT);
    assert_int_equal(parse(good, &set, &arena, &err), OK);
    assert_int_equal(set.n, 1);
    arena_fini(&arena);
}

static void a_set_has_a_ceiling(void **state) {
    Arena arena;
    LabSet set;
    Err err;
    Buf text;
    buf_init(&text, 1 << 20);
    for (int i = 0; i <= LAB_ITEMS_MAX; i++) {
        buf_printf(&text, "{\"question\":\"q%d\",\"kind\":\"unanswerable\"}\n", i);
    }
    arena_init(&arena, 64 << 20);
    assert_int_equal(lab_set_parse(buf_str(&text), &arena, &set, &err), E_LIMIT);
    buf_fini(&text);
    arena_fini(&arena);
}

static void put_house(void) {
    put("house.md", "# House\n\nThe house was built in 1868 as a corn mill.\n\n"
                    "The lock was changed on 11 January 2024. A new cylinder costs £148.\n", 100);
    put("kiln.txt", "The kiln book lies on the desk beside the door.\n\n"
                    "The trolley with a full load weighs 640 kilograms.\n\n"
                    "The chimney is swept by Harriet Dunne.\n", 100);
    put("twice.txt", "The barn was painted in 1990, not in 1990 or so.\n\n"
                     "The gate was mended in 2001.\n", 100);
    put("other.txt", "The gate was mended in 2002.\n", 100);
    put("窑.txt", "一块硼板的价格是31.62英镑。\n", 100);
}

static void make(Store *store, size_t n, uint64_t seed, Buf *out) {
    LabMakeOptions how = {.n = n, .seed = seed};
    LabSet set;
    Arena arena;
    Err err = {.message = ""};
    arena_init(&arena, 64 << 20);
    buf_init(out, 1 << 20);
    assert_int_equal(lab_set_make(store, &how, &arena, &set, &err), OK);
    assert_int_equal(lab_set_write(&set, out, &err), OK);
    arena_fini(&arena);
}

static void a_set_made_of_documents_points_at_their_words(void **state) {
    put_house();
    Store *store = open_store(STORE_WRITE);
    (void)add(store);
    Buf text;
    make(store, 50, 3, &text);
    Arena arena;
    LabSet set;
    Err err;
    size_t answerable = 0, strange = 0;
    arena_init(&arena, 64 << 20);
    assert_int_equal(lab_set_parse(buf_str(&text), &arena, &set, &err), OK);
    for (size_t i = 0; i < set.n; i++) {
        const LabItem *item = &set.items[i];
        assert_true(str_find(item->question, STR("gate"), 0) == SIZE_MAX); /* two answers */
        assert_true(str_find(item->question, STR("barn"), 0) == SIZE_MAX); /* it stands twice */
        strange += item->kind == LAB_UNANSWERABLE;
        if (item->kind == LAB_UNANSWERABLE) continue;
        StoreFile file;
        Buf words;
        buf_init(&words, 1 << 20);
        assert_int_equal(store_find(store, item->file.p, &arena, &file, &err), OK);
        assert_int_equal(store_text(store, file.id, item->start, item->end, &words, &err), OK);
        assert_true(str_eq(buf_str(&words), item->gold));
        buf_fini(&words);
        answerable++;
    }
    assert_int_equal(answerable, 7);
    assert_true(strange >= 1);
    arena_fini(&arena);
    buf_fini(&text);
    store_close(store);
}

static void making_a_set_can_be_stopped(void **state) {
    put_house();
    Store *store = open_store(STORE_WRITE);
    (void)add(store);
    Arena arena;
    LabSet set;
    Err err;
    atomic_bool cancel = true;
    LabMakeOptions how = {.n = 5, .seed = 1, .cancel = &cancel};
    arena_init(&arena, 64 << 20);
    assert_int_equal(lab_set_make(store, &how, &arena, &set, &err), E_CANCELLED);
    cancel = false;
    assert_int_equal(lab_set_make(store, &how, &arena, &set, &err), OK);
    arena_fini(&arena);
    store_close(store);
}

static void the_same_seed_makes_the_same_set(void **state) {
    put_house();
    Store *store = open_store(STORE_WRITE);
    (void)add(store);
    Buf a, b, c;
    make(store, 6, 1, &a);
    make(store, 6, 1, &b);
    make(store, 6, 2, &c);
    assert_true(str_eq(buf_str(&a), buf_str(&b)));
    assert_false(str_eq(buf_str(&a), buf_str(&c)));
    buf_fini(&a);
    buf_fini(&b);
    buf_fini(&c);
    store_close(store);
}

static void what_a_set_calls_unanswerable_is_not_in_the_documents(void **state) {
    put("a.txt", "The house was built in 1868.\n\nThe observatory, the submarine, the cathedral, "
                 "the helicopter, the aquarium, the vineyard, the lighthouse, the orchestra, the "
                 "carousel, the glacier, the volcano, the monastery, the trampoline and the "
                 "locomotive stood beside it, and so did a planetarium.\n", 100);
    Store *store = open_store(STORE_WRITE);
    (void)add(store);
    Buf text;
    make(store, 10, 1, &text);
    Str all = buf_str(&text);
    assert_true(str_find(all, STR("1868"), 0) != SIZE_MAX);
    size_t at = str_find(all, STR("unanswerable"), 0);
    if (at != SIZE_MAX) assert_true(str_find(all, STR("zeppelin"), 0) != SIZE_MAX);
    buf_fini(&text);
    store_close(store);
}

/* ---- results --------------------------------------------------------------------------------- */

static void put_record(Buf *out, int id, const char *who, bool right, double certainty) {
    LabRecord r = {.who = str_from(who), .model = STR("small"), .question = STR("q"),
                   .answer = STR("a\n\"b\""), .kind = LAB_DATE, .found = true, .right = right,
                   .certainty = certainty, .ms = 10};
    (void)snprintf(r.id, sizeof r.id, "%016x", (unsigned)id);
    lab_record_line(&r, out);
}

static void results_come_back_as_they_were_written(void **state) {
    Arena arena;
    LabResults results;
    LabSide side;
    Err err;
    Buf text;
    arena_init(&arena, 64 << 20);
    buf_init(&text, 1 << 20);
    lab_results_head("0123456789abcdef", &text);
    for (int i = 0; i < 10; i++) put_record(&text, i, "", i < 8, NAN);
    assert_int_equal(lab_results_parse(buf_str(&text), &arena, &results, &err), OK);
    lab_side(&results, STR(""), &side);
    assert_int_equal(side.asked, 10);
    assert_int_equal(side.right.n, 8);
    assert_int_equal(side.trustworthy.of, 10);
    assert_true(isnan(results.items[0].certainty) && fabs(side.seconds - 0.1) < 1e-9);
    assert_true(str_eq_c(lab_model(&results, STR("")), "small"));
    assert_int_equal(lab_model(&results, STR("far")).n, 0);
    assert_true(str_eq_c(results.items[3].answer, "a\n\"b\""));
    assert_int_equal(lab_results_parse(STR("{\"a\":1}\n"), &arena, &results, &err), E_CORRUPT);
    assert_int_equal(lab_results_parse(STR(""), &arena, &results, &err), E_CORRUPT);
    buf_fini(&text);
    arena_fini(&arena);
}

/* Four questions: certain and right here, certain and wrong, uncertain and right, uncertain and
   wrong; the endpoint is right on all. */
static void the_curve_keeps_the_surest_first(void **state) {
    static const double certainty[] = {0.9, 0.8, 0.3, 0.3};
    static const bool right[] = {true, false, true, false};
    static const double shares[] = {0, 0.25, 0.5, 1}, qualities[] = {1, 1, 0.75, 0.5};
    Arena arena;
    LabResults results;
    LabPoint *points;
    size_t n;
    Buf text;
    arena_init(&arena, 64 << 20);
    buf_init(&text, 1 << 20);
    lab_results_head("0123456789abcdef", &text);
    for (int i = 0; i < 4; i++) put_record(&text, i, "", right[i], certainty[i]);
    for (int i = 0; i < 4; i++) put_record(&text, i, "far", true, NAN);
    assert_int_equal(lab_results_parse(buf_str(&text), &arena, &results, NULL), OK);
    assert_int_equal(lab_curve(&results, STR("far"), &arena, &points, &n, NULL), OK);
    assert_int_equal(n, 4);
    for (size_t i = 0; i < n; i++) {
        assert_true(fabs(points[i].share - shares[i]) < 1e-9);
        assert_true(fabs(points[i].quality - qualities[i]) < 1e-9);
    }
    LabComparison same;
    lab_compare(&results, &results, &same);
    assert_true(same.both == 2 && same.neither == 2 && same.p == 1);
    buf_fini(&text);
    arena_fini(&arena);
}

static void running_out_of_memory_is_told(void **state) {
    put_house();
    Store *store = open_store(STORE_WRITE);
    (void)add(store);
    Status status = E_NO_MEMORY;
    for (uint64_t n = 1; status != OK && n < 100000; n += n < 400 ? 1 : n / 8) {
        LabMakeOptions how = {.n = 10, .seed = 1};
        LabSet set;
        Arena arena;
        Buf text;
        Err err = {.message = ""};
        arena_init(&arena, 64 << 20);
        buf_init(&text, 1 << 20);
        mem_fail_at(n);
        status = lab_set_make(store, &how, &arena, &set, &err);
        if (status == OK) status = lab_set_write(&set, &text, &err);
        if (status == OK) status = lab_set_parse(buf_str(&text), &arena, &set, &err);
        mem_fail_at(0);
        assert_true(status == OK || (status == E_NO_MEMORY && err.message[0]));
        buf_fini(&text);
        arena_fini(&arena);
    }
    assert_int_equal(status, OK);
    store_close(store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sentence_asks_for_its_date_number_place_or_name),
        cmocka_unit_test(more_shapes_ask_for_sums_changes_and_places),
        cmocka_unit_test(clauses_come_one_by_one_and_lose_nothing),
        cmocka_unit_test(a_sentence_that_leans_on_another_asks_nothing),
        cmocka_unit_test(any_bytes_give_a_whole_question_or_none),
        cmocka_unit_test(a_table_asks_for_its_numbers_and_dates),
        cmocka_unit_test(any_bytes_are_a_table_or_none),
        cmocka_unit_test(right_is_what_means_the_same),
        cmocka_unit_test(intervals_and_tests_are_those_of_the_textbooks),
        cmocka_unit_test(a_set_is_refused_with_its_line),
        cmocka_unit_test(a_set_has_a_ceiling),
        IN_HOME(a_set_made_of_documents_points_at_their_words),
        IN_HOME(making_a_set_can_be_stopped),
        IN_HOME(the_same_seed_makes_the_same_set),
        IN_HOME(what_a_set_calls_unanswerable_is_not_in_the_documents),
        cmocka_unit_test(results_come_back_as_they_were_written),
        cmocka_unit_test(the_curve_keeps_the_surest_first),
        IN_HOME(running_out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
