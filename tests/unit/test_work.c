/*
 * Promises of turn/work.h and of summary.h's fit: what wants a summary or a draft is told by its
 * words, a question about such texts stays a question, and a document is known by its name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "turn/summary.h"
#include "turn/work.h"

static void expect(const char *text, TurnWork wanted, const char *object, bool only_named) {
    WorkAsked got;
    TurnWork work = work_read(str_from(text), &got);
    bool same = work == wanted && str_eq_c(got.object, object) && got.only_named == only_named;
    if (!same) print_message("%s: %d '%.*s'\n", text, (int)work, (int)got.object.n, got.object.p);
    assert_true(same);
}

static void a_summary_says_of_what(void **state) {
    (void)state;
    expect("Summarise the minutes.", WORK_SUMMARY, "the minutes.", false);
    expect("Could you please summarize our lease", WORK_SUMMARY, "our lease", false);
    expect("Give me a short overview of the house manual", WORK_SUMMARY, "the house manual", false);
    expect("What are the main points of the contract?", WORK_SUMMARY, "the contract?", false);
    expect("Write a summary of Anna's report", WORK_SUMMARY, "Anna's report", false);
    expect("Fasse das Protokoll zusammen.", WORK_SUMMARY, "das Protokoll", false);
    expect("Kannst du mir den Vertrag zusammenfassen?", WORK_SUMMARY, "den Vertrag", false);
    expect("Gib mir einen kurzen Überblick über die Satzung", WORK_SUMMARY, "die Satzung", false);
    expect("Was sind die wichtigsten Punkte des Gutachtens?", WORK_SUMMARY, "Gutachtens?", false);
    expect("总结一下会议纪要", WORK_SUMMARY, "会议纪要", false);
    expect("请帮我概括租房合同", WORK_SUMMARY, "租房合同", false);
    expect("请把会议纪要总结一下", WORK_SUMMARY, "会议纪要", false);
    expect("給我看", WORK_ANSWER, "", false);
}

static void what_a_document_is_about_needs_its_name(void **state) {
    (void)state;
    expect("What is the lease about?", WORK_SUMMARY, "the lease", true);
    expect("Worum geht es in dem Brief?", WORK_SUMMARY, "dem Brief", true);
    expect("使用手册讲了什么？", WORK_SUMMARY, "使用手册", true);
}

static void a_draft_is_told_by_its_verb_and_kind(void **state) {
    (void)state;
    static const char *const drafts[] = {
        "Write a short reply to the customer who ordered cups.", "Draft an e-mail to the landlord",
        "Please help me write a letter of complaint", "Reply to Anna's mail",
        "Could you compose an invitation to the concert?", "Schreib eine Antwort an Frau Berg",
        "Entwirf eine Kündigung für den Handyvertrag.", "Antworte auf die Mail von Jonas",
        "Kannst du mir eine kurze Nachricht an den Vermieter schreiben?", "写一封回信给客户",
        "帮我起草一份停水通知", "请回复李经理的邮件", "替我写一张请假条",
        "写一封邮件给房东，问押金什么时候退", "给房东写一封回信", "请就停水的事写个通知",
        "根据会议纪要起草一份邮件", "給房東寫一封信"};
    for (size_t i = 0; i < ARRAY_LEN(drafts); i++) expect(drafts[i], WORK_DRAFT, "", false);
}

static void a_list_is_of_a_document(void **state) {
    (void)state;
    expect("List all action items from the minutes", WORK_LIST, "the minutes", true);
    expect("list all dates in the letter about cups", WORK_LIST, "the letter about cups", true);
    expect("Please give me a list of the people in the report.", WORK_LIST, "the report", true);
    expect("What are the action items of the minutes?", WORK_LIST, "the minutes", true);
    expect("Liste alle Termine im Rundschreiben auf", WORK_LIST, "Rundschreiben", true);
    expect("Nenne alle Personen im Protokoll!", WORK_LIST, "Protokoll", true);
    expect("Gib mir eine Liste aller Aufgaben aus dem Plan", WORK_LIST, "dem Plan", true);
    expect("列出产品例会纪要里的待办事项", WORK_LIST, "产品例会纪要", true);
    expect("List all tenants", WORK_ANSWER, "", false);
    expect("What are the due dates for the bonds of the parish?", WORK_ANSWER, "", false);
    expect("What actions did he take in the street?", WORK_ANSWER, "", false);
    expect("列出所有电话号码", WORK_ANSWER, "", false);
}

static void expect_translation(const char *text, const char *object) {
    WorkAsked got;
    assert_int_equal(work_read(str_from(text), &got), WORK_DRAFT);
    if (!str_eq_c(got.object, object)) print_message("%.*s\n", (int)got.object.n, got.object.p);
    assert_true(got.translates && str_eq_c(got.object, object));
}

static void a_translation_says_of_what(void **state) {
    (void)state;
    expect_translation("Translate the letter to Mr Strand into German.", "the letter to Mr Strand");
    expect_translation("Could you translate that in English please?", "that");
    expect_translation("Übersetze den Brief ins Englische", "den Brief");
    expect_translation("Kannst du mir den Brief übersetzen?", "den Brief");
    expect_translation("把面包店的租约翻译成中文", "面包店的租约");
    expect_translation("请翻译一下：The rent is due.", "The rent is due.");
    expect_translation("Translate.", "");
    expect_translation("Übersetze !!", "");
    expect_translation("Kannst du übersetzen?", "");
    expect("Who translated the manual into Chinese?", WORK_ANSWER, "", false);
    expect("谁把手册翻译成中文的？", WORK_ANSWER, "", false);
    expect("翻译公司的电话是多少？", WORK_ANSWER, "", false);
}

static void few_words_tell_the_language(void **state) {
    (void)state;
    WorkAsked got;
    assert_int_equal(work_read(STR("Fasse die Hausordnung kurz zusammen."), &got), WORK_SUMMARY);
    assert_true(got.german);
    assert_int_equal(work_read(STR("Schreib Herrn Voss eine Absage"), &got), WORK_DRAFT);
    assert_true(got.german);
    assert_int_equal(work_read(STR("Summarise the Hausordnung"), &got), WORK_SUMMARY);
    assert_false(got.german);
}

static void a_question_stays_one(void **state) {
    (void)state;
    static const char *const questions[] = {
        "", "?", "Who wrote the letter?", "When was the summary of the report sent?",
        "Write down the password of the guest network", "What did Anna reply to the offer?",
        "What is the rent?", "What is said about the kiln?", "Who gave an overview of the budget?",
        "Wer hat den Brief geschrieben?", "Wann wird die Zusammenfassung verschickt?",
        "Fasst der Tank 200 Liter?", "Was steht auf der Rechnung?", "写信的人是谁？",
        "总结会什么时候开？", "小结节需要手术吗？", "谁写了会议纪要？", "List the tenants",
        "给客户写一封信的人是谁？", "根据合同写一份通知要提前几天？", "给住户的通知说了停水时间",
        "Prepare for frost: what must be drained?", "Outlines of the roof are drawn where?"};
    for (size_t i = 0; i < ARRAY_LEN(questions); i++) expect(questions[i], WORK_ANSWER, "", false);
}

static void fits(const char *object, const char *name, float share, bool kind) {
    bool got_kind = !kind, there;
    float got = summary_fits(str_from(object), str_from(name), &got_kind, &there);
    if (got < share - 0.01F || got > share + 0.01F || got_kind != kind) {
        print_message("%s | %s: %f %d\n", object, name, (double)got, got_kind);
    }
    assert_true(got > share - 0.01F && got < share + 0.01F && got_kind == kind);
}

static void a_document_is_known_by_its_name(void **state) {
    (void)state;
    fits("the minutes", "board minutes-2025-09 ", 1, true);
    fits("the minutes of the works meeting", "docs minutes-25 minutes of the works ", 0.667F, true);
    fits("den mietvertrag", "haus mietvertrag_2024 ", 1, true);
    fits("hausordnung kurz in drei sätzen", "haus hausordnung ", 1, false);
    fits("protokolls der vertreterversammlung", "eg protokoll_vertreter ", 0.5F, true);
    fits("den brief an herrn strand", "garage letter_strand ", 1, true);
    fits("the minutes", "eg protokoll_2026 ", 1, true);
    fits("会议纪要", "公司 会议纪要2025 ", 1, true);
    fits("窑炉手册", "docs 窑炉使用手册 ", 0.667F, true);
    fits("the trouble with the kiln", "docs minutes-2025-09 ", 0, false);
    fits("it", "docs minutes ", -1, false);
    fits("this document", "docs minutes ", -1, false);
    fits("", "docs minutes ", -1, false);
    fits("\xff\xfe", "\xff", 0, false);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_summary_says_of_what),
        cmocka_unit_test(what_a_document_is_about_needs_its_name),
        cmocka_unit_test(a_draft_is_told_by_its_verb_and_kind),
        cmocka_unit_test(a_list_is_of_a_document),
        cmocka_unit_test(a_translation_says_of_what),
        cmocka_unit_test(few_words_tell_the_language),
        cmocka_unit_test(a_question_stays_one),
        cmocka_unit_test(a_document_is_known_by_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
