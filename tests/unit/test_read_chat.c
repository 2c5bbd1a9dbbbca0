/*
 * Promises of the reader of conversations and of lines that say a day.
 */
/* cmocka needs these first */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/mem.h"
#include "knowledge/read/chat.h"
#include "knowledge/read/day.h"
#include "knowledge/read/read.h"

static void read_all(const char *text, Doc *doc) {
    Err err;
    ReadResult result;
    doc_init(doc);
    assert_int_equal(read_bytes(str_from(text), STR("notes.txt"), doc, &result, &err), OK);
}

static void assert_block(const Doc *doc, size_t i, BlockKind kind, const char *want) {
    assert_true(i < doc->n_blocks);
    Str text = str_sub(buf_str(&doc->text), doc->blocks[i].start, doc->blocks[i].end);
    assert_true(str_eq_c(text, want));
    assert_int_equal(doc->blocks[i].kind, kind);
}

static void days_are_found_in_the_forms_of_people(void **state) {
    static const struct {
        const char *in, *want;
    } cases[] = {{"1:56 pm on 8 May, 2023", "2023-05-08"},
                 {"Tuesday, July 22, 2014", "2014-07-22"},
                 {"8th of May 2023", "2023-05-08"},
                 {"Sonntag, den 3. März 2024", "2024-03-03"},
                 {"08.05.23, 13:56:12", "2023-05-08"},
                 {"8. 5. 2023", "2023-05-08"},
                 {"2023年5月8日 星期一 晴", "2023-05-08"},
                 {"--- 2023/5/8 ---", "2023-05-08"},
                 {"28/5/2023", "2023-05-28"},
                 {"5/28/2023", "2023-05-28"},
                 {"5/8/2023", NULL}, /* May or August */
                 {"8 May", NULL},
                 {"2023-13-08", NULL},
                 {"12023-05-08", NULL},
                 {"8 Maybe 2023", NULL},
                 {"\xFF\xFE 8", NULL},
                 {"", NULL}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        Day day = {0, 0, ""};
        bool got = day_find(str_from(cases[i].in), &day);
        assert_int_equal(got, cases[i].want != NULL);
        if (got) assert_string_equal(day.iso, cases[i].want);
        if (got) assert_true(day_is_line(str_from(cases[i].in), &day));
    }
}

static void a_line_with_other_words_is_no_day(void **state) {
    static const char *const cases[] = {"The lease ends on 8 May 2023", "Husum, 8 May 2023",
                                        "Invoice 2023-05-08", "8 May 2023: 14 guests",
                                        "我们在2023年5月8日去了北京旅游", "8 May 2023 123456789"};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        Day day;
        assert_false(day_is_line(str_from(cases[i]), &day));
    }
}

static void conversations_are_told_by_their_lines(void **state) {
    static const struct {
        const char *text;
        bool chat;
    } cases[] = {
        {"Anna: Hello there.\nBen: Hi!\nAnna: How are you?\nBen: Fine.\n", true},
        {"[08.05.23, 13:56:12] Anna: hello\n[08.05.23, 13:57:00] Ben: hi\n"
         "[08.05.23, 13:58:12] Anna: well\nand more\n[08.05.23, 13:59:00] Ben: ok\n", true},
        {"5/8/23, 1:56 PM - Anna: hello\n5/8/23, 1:57 PM - Ben: hi\n"
         "5/8/23, 1:58 PM - Anna: well\n5/8/23, 1:59 PM - Ben: ok\n", true},
        {"安娜：你好！\n小明：你好。\n安娜：明天去哪里？\n小明：公园。\n", true},
        {"Anna 2023-05-08 13:56:12\nhello\n\nBen 2023-05-08 13:57:00\nhi\n\n"
         "Anna 2023-05-08 13:58:00\nwell\n\nBen 2023-05-08 13:59:00\nok\n", true},
        {"2023-05-08 13:56:12 安娜\n你好\n\n2023-05-08 13:57:00 小明(10001)\n好\n\n"
         "2023-05-08 13:58:00 安娜\n明天\n\n2023-05-08 13:59:00 小明(10001)\n行\n", true},
        {"2023-05-08 10:00:01 Started\n2023-05-08 10:00:02 Pump on\n" /* a log, line by line */
         "2023-05-08 10:00:03 Started\n2023-05-08 10:00:04 Pump on\n"
         "2023-05-08 10:00:05 Started\n2023-05-08 10:00:06 Pump on\n", false},
        {"00:00:12 Speaker 1: welcome\n00:00:15 Speaker 2: thanks\n"
         "00:00:17 Speaker 1: so\n00:00:19 Speaker 2: yes\n", true},
        {"Phone: 030 1234\nMail: a@b.example\nPhone: 030 5678\nMail: c@d.example\n", false},
        {"2023-05-08 10:00:01 INFO: started\n2023-05-08 10:00:02 WARN: slow\n"
         "2023-05-08 10:00:03 INFO: going on\n2023-05-08 10:00:04 WARN: slow\n", false},
        {"He said: Stop.\nNobody listened.\nHe said: Stop.\n", false},
        {"Anna: I speak.\nAnna: And speak.\nAnna: And speak.\nAnna: Alone.\n", false},
        {"2023-05-08 10:00:01 INFO main: up\n2023-05-08 10:00:02 WARN disk: full\n"
         "2023-05-08 10:00:03 INFO main: on\n2023-05-08 10:00:04 WARN disk: full\n", false},
        {"Name: Ada\nPhone: 030 12\nNote: Call after six.\n"
         "Name: Bo\nPhone: 030 34\nNote: Is away.\n", false}, /* one field speaks */
        {"From: Ada (HR)\nTo: Bo (IT)\n\nFrom: Bo (IT)\nTo: Ada (HR)\n", false},
        {"Title: \"Dune\"\nKind: \"novel\"\nTitle: \"Emma\"\nKind: \"novel\"\n", false},
        {"SOUP\nServes: 4\nTime: 20 min.\nMethod: Boil it.\n\n"
         "STEW\nServes: 2\nTime: 90 min.\nMethod: Boil it long.\n", false},
        {"Anna: He said: \"Stop!\"\nBen: ha :)\nAnna: \"So.\"\nBen: ok ;)\n", true},
        {"Ingredients: flour.\nTime: one hour.\nBake it.\n", false},
        {"", false}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(chat_is(str_from(cases[i].text)), cases[i].chat);
    }
}

static void each_turn_is_a_block_and_the_day_a_heading(void **state) {
    Doc doc;
    read_all("Our talk\n\n8 May 2023, 1:56 pm\nAnna: Hello\nthere.\n\nBen: Hi!\n\nAnd more.\n"
             "Anna: I went there yesterday.\nBen: Nice.\n",
             &doc);
    assert_string_equal(doc.format, "chat");
    assert_string_equal(doc.author, "Anna, Ben");
    assert_string_equal(doc.date, "2023-05-08");
    assert_int_equal(doc.n_blocks, 7);
    assert_block(&doc, 0, BLOCK_PARAGRAPH, "Our talk");
    assert_block(&doc, 1, BLOCK_HEADING, "8 May 2023, 1:56 pm");
    assert_block(&doc, 2, BLOCK_LIST_ITEM, "Anna: Hello\nthere.");
    assert_block(&doc, 3, BLOCK_LIST_ITEM, "Ben: Hi!");
    assert_block(&doc, 4, BLOCK_LIST_ITEM, "And more.");
    assert_block(&doc, 5, BLOCK_LIST_ITEM, "Anna: I went there yesterday.");
    assert_int_equal(doc.blocks[4].line, 9);
    doc_fini(&doc);
}

static void a_heading_above_a_turn_is_one(void **state) {
    Doc doc;
    read_all("The play\n========\n\nACT ONE\n\nANNA: Who is there?\nBEN: Me.\n\n2 The end\n"
             "ANNA: A list:\n\n1. Milk\n\n2. Bread\n\nAND MORE\nof it\n\nBEN: Yes.\n",
             &doc);
    assert_string_equal(doc.format, "chat");
    assert_int_equal(doc.n_blocks, 10);
    assert_block(&doc, 0, BLOCK_PARAGRAPH, "The play\n========"); /* above another heading */
    assert_block(&doc, 1, BLOCK_HEADING, "ACT ONE");
    assert_block(&doc, 4, BLOCK_HEADING, "2 The end");
    assert_block(&doc, 6, BLOCK_LIST_ITEM, "1. Milk");
    assert_block(&doc, 7, BLOCK_LIST_ITEM, "2. Bread");
    assert_block(&doc, 8, BLOCK_LIST_ITEM, "AND MORE\nof it");
    doc_fini(&doc);
    read_all("User: Give me two.\n\nHelper: Here they are:\n\n1. Milk\n\n2. Bread\n\nUser: Good.\n"
             "Helper: You are welcome!\n",
             &doc);
    assert_int_equal(doc.n_blocks, 6);
    assert_block(&doc, 3, BLOCK_LIST_ITEM, "2. Bread");
    doc_fini(&doc);
    read_all("Questions\n---------\nQ: How?\nA: So.\n\nQ: When?\nA: Now.\n", &doc);
    assert_block(&doc, 0, BLOCK_HEADING, "Questions");
    assert_int_equal(doc.blocks[0].level, 2);
    assert_null(doc.author); /* nobody is called "Q" */
    doc_fini(&doc);
}

static void a_conversation_of_two_days_has_no_date_of_its_own(void **state) {
    Doc doc;
    read_all("8 May 2023\nAnna: Hello.\nBen: Hi!\n\n9 May 2023\nAnna: Again.\nBen: Yes.\n", &doc);
    assert_null(doc.date);
    assert_block(&doc, 3, BLOCK_HEADING, "9 May 2023");
    doc_fini(&doc);
    read_all("[2023-05-08 10:00] Anna: a\n[2023-05-08 10:01] Ben: b\n[2023-05-08 10:02] Anna: c\n"
             "[2023-05-08 10:03] Ben: d\n",
             &doc);
    assert_string_equal(doc.date, "2023-05-08");
    doc_fini(&doc);
}

static void a_diary_has_its_days_as_headings(void **state) {
    Doc doc;
    read_all("3 May 2024\nPlanted beans.\n\n4 May 2024\n\nRain.\n\n5 May 2024\nNothing.\n", &doc);
    assert_string_equal(doc.format, "text");
    assert_int_equal(doc.n_blocks, 6);
    assert_block(&doc, 0, BLOCK_HEADING, "3 May 2024");
    assert_block(&doc, 1, BLOCK_PARAGRAPH, "Planted beans.");
    assert_block(&doc, 4, BLOCK_HEADING, "5 May 2024");
    doc_fini(&doc);
    read_all("May 3, 2024\n\nDear Sir or Madam,\nwe write to you.\n", &doc); /* a letter */
    assert_block(&doc, 0, BLOCK_PARAGRAPH, "May 3, 2024");
    doc_fini(&doc);
}

static void any_bytes_give_a_document(void **state) {
    static const char *const cases[] = {":", "A:", "：", "[", "[1", "[1:2]", "(1:23) ", "A 1:23",
                                        "A: \nB: \nA: \nB: \n", "\xFF: a\n\xFE： b\n"};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        Doc doc;
        Err err;
        doc_init(&doc);
        (void)chat_is(str_from(cases[i]));
        assert_int_equal(read_chat(str_from(cases[i]), &doc, &err), OK);
        doc_fini(&doc);
    }
}

static void every_failed_allocation_leaks_nothing(void **state) {
    for (uint64_t nth = 1; nth < 60; nth++) {
        uint64_t before = mem_live_blocks();
        Doc doc;
        Err err;
        doc_init(&doc);
        mem_fail_at(nth);
        Status status = read_chat(STR("8 May 2023\nAnna: Hi.\nBen: Hi.\nAnna: So.\nBen: So.\n"),
                                  &doc, &err);
        mem_fail_at(0);
        doc_fini(&doc);
        assert_int_equal(mem_live_blocks(), before);
        assert_true(status == OK || status == E_NO_MEMORY);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_are_found_in_the_forms_of_people),
        cmocka_unit_test(a_line_with_other_words_is_no_day),
        cmocka_unit_test(conversations_are_told_by_their_lines),
        cmocka_unit_test(each_turn_is_a_block_and_the_day_a_heading),
        cmocka_unit_test(a_heading_above_a_turn_is_one),
        cmocka_unit_test(a_conversation_of_two_days_has_no_date_of_its_own),
        cmocka_unit_test(a_diary_has_its_days_as_headings),
        cmocka_unit_test(any_bytes_give_a_document),
        cmocka_unit_test(every_failed_allocation_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
