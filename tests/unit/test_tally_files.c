/*
 * Promises of the rules for documents themselves (turn/tally.h): what asks for the list, the newest
 * or a mention is told by its words alone, and a question about something else is none of these.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "turn/tally.h"

static void expect(const char *text, TallyFiles kind, const char *wanted) {
    Str got = {"", 0};
    TallyFiles read = tally_files_read(str_from(text), &got);
    if (read != kind || !str_eq_c(got, wanted)) {
        print_message("%s: %d '%.*s'\n", text, (int)read, (int)got.n, got.p);
    }
    assert_int_equal(read, kind);
    assert_true(str_eq_c(got, wanted));
}

static void who_asks_what_there_is_gets_the_list(void **state) {
    static const char *const all[] = {
        "What documents do you have?", "Which documents are there?", "List all my files",
        "How many documents are in the library?", "What is in my documents?",
        "Please show me the documents", "Welche Dokumente gibt es?", "Wie viele Dateien hast du?",
        "Zeig mir alle Dokumente", "Was steht in meinen Dokumenten?", "有哪些文件？",
        "你有多少个文档", "列出全部文件", "文档有哪些"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(all); i++) expect(all[i], TALLY_FILES_ALL, "");
}

static void who_asks_for_the_newest_gets_it(void **state) {
    static const char *const newest[] = {
        "What is the newest document?", "Which documents were added last?",
        "Show me the latest files", "Welches ist das neueste Dokument?", "最新的文件是什么？"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(newest); i++) expect(newest[i], TALLY_FILES_NEWEST, "");
}

static void a_mention_says_of_what(void **state) {
    (void)state;
    expect("Which documents mention the kiln?", TALLY_FILES_MENTION, "kiln");
    expect("Is there anything about Insurance?", TALLY_FILES_MENTION, "Insurance");
    expect("Do I have any documents about the boiler", TALLY_FILES_MENTION, "boiler");
    expect("Find all documents that mention Anna Berger.", TALLY_FILES_MENTION, "Anna Berger");
    expect("Welche Dokumente erwähnen die Heizung?", TALLY_FILES_MENTION, "Heizung");
    expect("Gibt es etwas über Hunde?", TALLY_FILES_MENTION, "Hunde");
    expect("哪些文件提到窑炉？", TALLY_FILES_MENTION, "窑炉");
    expect("有没有关于保险的文件？", TALLY_FILES_MENTION, "保险");
}

static void other_questions_are_none(void **state) {
    static const char *const none[] = {
        "", "?", "What documents do I need for the visa?", "Which documents must be shown?",
        "What is the document?", "Who reads the documents?", "How many files does the case have?",
        "What is the last payment?", "Is there a shed?", "What did he say about insurance?",
        "Welche Unterlagen braucht der Notar?", "Was ist das Dokument?", "需要提交哪些文件？",
        "文件什么时候寄出？", "谁提到窑炉？", "Mention the kiln", "What is the latest on the boat?",
        "Which documents mention ", "\xff\xfe documents"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(none); i++) expect(none[i], TALLY_FILES_NONE, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_asks_what_there_is_gets_the_list),
        cmocka_unit_test(who_asks_for_the_newest_gets_it),
        cmocka_unit_test(a_mention_says_of_what),
        cmocka_unit_test(other_questions_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
