/*
 * Promises of script.h: an answer stands in the signs of the documents.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "turn/script.h"

static void expect(const char *text, size_t from, const char *passage, const char *becomes) {
    char bytes[256];
    size_t n = strlen(text);
    memcpy(bytes, text, n + 1);
    bool changed = script_follow(bytes, n, from, str_from(passage));
    assert_string_equal(bytes, becomes);
    assert_int_equal(changed, strcmp(text, becomes) != 0);
}

static void an_answer_follows_the_documents(void **state) {
    (void)state;
    expect("也發生了变化", 0, "生活方式也發生了變化。", "也發生了變化");
    expect("嘉義媽祖婆参选省议員", 0, "嘉義媽祖婆參選省議員", "嘉義媽祖婆參選省議員");
    expect("发生了變化", 0, "生活方式也发生了变化。", "发生了变化"); /* and the other way */
}

static void what_the_documents_do_not_have_stays(void **state) {
    (void)state;
    expect("发生", 0, "他的頭髮很長。", "发生");       /* 发 is 髮, too */
    expect("变化", 0, "發生了變化", "变化");           /* nothing stands before it */
    expect("了变化", 0, "了變動，也了变化", "了变化"); /* both are written there */
    expect("it changed 3 times", 0, "變化", "it changed 3 times");
    expect("了变化", 0, "", "了变化");
    expect("", 0, "變化", "");
}

static void what_was_shown_stays(void **state) {
    (void)state;
    expect("了变了变", 6, "了變", "了变了變"); /* six bytes are on the screen */
}

static void broken_bytes_are_left_alone(void **state) {
    (void)state;
    expect("了\xE5\x8F", 0, "了變", "了\xE5\x8F");
    expect("了变", 0, "了\xE8\xAE", "了变");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_follows_the_documents),
        cmocka_unit_test(what_the_documents_do_not_have_stays),
        cmocka_unit_test(what_was_shown_stays),
        cmocka_unit_test(broken_bytes_are_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
