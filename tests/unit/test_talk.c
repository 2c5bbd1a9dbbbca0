/*
 * Promises of turn/talk.h: what asks nothing of the documents is told by its words alone, and a
 * question is never taken for it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "turn/talk.h"
#include "turn/turn.h"

static void expect(const char *text, TalkKind kind, TurnLanguage wanted) {
    TurnLanguage language;
    TalkKind got = talk_read(str_from(text), &language);
    if (got != kind) print_message("%s: %d\n", text, (int)got);
    assert_int_equal(got, kind);
    if (kind != TALK_NONE) assert_int_equal(language, wanted);
}

static void courtesy_gets_courtesy(void **state) {
    (void)state;
    expect("Hi there", TALK_GREETING, TURN_ENGLISH);
    expect("Good evening, Hearth!", TALK_GREETING, TURN_ENGLISH);
    expect("OK, thank you very much.", TALK_THANKS, TURN_ENGLISH);
    expect("Guten Morgen", TALK_GREETING, TURN_GERMAN);
    expect("Herzlichen Dank!", TALK_THANKS, TURN_GERMAN);
    expect("Thanks\xE2\x80\xA6", TALK_THANKS, TURN_ENGLISH); /* three points are no letter */
    expect("早上好！", TALK_GREETING, TURN_CHINESE);
    expect("好的，感谢您。", TALK_THANKS, TURN_CHINESE);
}

static void who_is_spoken_to_says_who_it_is(void **state) {
    (void)state;
    expect("What is your name?", TALK_SELF, TURN_ENGLISH);
    expect("How do you work?", TALK_SELF, TURN_ENGLISH);
    expect("Are you a robot?", TALK_SELF, TURN_ENGLISH);
    expect("Was kannst du?", TALK_SELF, TURN_GERMAN);
    expect("Wer sind Sie?", TALK_SELF, TURN_GERMAN);
    expect("您能帮我做什么？", TALK_SELF, TURN_CHINESE);
    expect("你叫什么名字？", TALK_SELF, TURN_CHINESE);
    expect("你好，你能做什么？", TALK_SELF, TURN_CHINESE);
    expect("Hi Hearth, what can you do?", TALK_SELF, TURN_ENGLISH);
    expect("Hallo! Wer bist du?", TALK_SELF, TURN_GERMAN);
    expect("你好，合同什么时候到期？", TALK_NONE, TURN_CHINESE);
}

static void the_talk_itself_is_asked_about(void **state) {
    (void)state;
    expect("What did I ask first?", TALK_FIRST, TURN_ENGLISH);
    expect("What was my previous question?", TALK_LAST, TURN_ENGLISH);
    expect("Was habe ich zuletzt gefragt?", TALK_LAST, TURN_GERMAN);
    expect("我最先问了什么？", TALK_FIRST, TURN_CHINESE);
    expect("我刚才问的是什么？", TALK_LAST, TURN_CHINESE);
}

static void a_question_is_no_talk(void **state) {
    static const char *const questions[] = {
        "", "?", "Thanks for the lease, who signed it?", "Who are they?", "Will you do that?",
        "Wer sind sie?", "What was the first question of the survey?", "Is it in the morning?",
        "Who is the first?", "What do I owe you for the boiler?", "Good morning club fee?",
        "Danke an wen?", "Wann öffnet die Guten Tag GmbH?", "你的合同什么时候到期？",
        "我的第一个合同是什么？", "第一个问题是什么？", "谁写了感谢信？", "2024?"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
        expect(questions[i], TALK_NONE, TURN_ENGLISH);
    }
}

/* The whole step: it answers, and nothing is to be done behind it. */
static void the_turn_ends_with_it(void **state) {
    static const TurnExchange before[] = {
        {{"Who pays?", 9}, {"The club.", 9}, NULL, 0, false},
        {{"When?", 5}, {"In May.", 7}, NULL, 0, false}};
    Turn turn;
    (void)state;
    turn_init(&turn, NULL);
    turn.question = STR("What did I ask first?");
    turn.history = before;
    turn.n_history = 2;
    assert_int_equal(turn_talk(&turn, NULL), OK);
    assert_true(turn.talked && turn.counted && turn.answered);
    assert_true(str_eq_c(turn.answer, "Your first question was: Who pays?"));
    turn_fini(&turn);
    turn_init(&turn, NULL);
    turn.question = STR("我刚才问了什么？");
    assert_int_equal(turn_talk(&turn, NULL), OK);
    assert_true(str_eq_c(turn.answer, "这次对话中还没有问过文档里的内容。"));
    turn_fini(&turn);
    turn_init(&turn, NULL);
    turn.question = STR("Who pays the club?");
    assert_int_equal(turn_talk(&turn, NULL), OK);
    assert_false(turn.talked || turn.counted);
    turn_fini(&turn);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(courtesy_gets_courtesy),
        cmocka_unit_test(who_is_spoken_to_says_who_it_is),
        cmocka_unit_test(the_talk_itself_is_asked_about),
        cmocka_unit_test(a_question_is_no_talk),
        cmocka_unit_test(the_turn_ends_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
