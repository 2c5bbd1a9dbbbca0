/*
 * Promises of the look-alikes: names are read through more of them than prose, and never as another
 * letter; nothing else has a twin.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/utf8.h"
#include "gate/twin.h"

static void what_is_a_twin_in_prose_is_one_in_names(void **state) {
    int names = 0, prose = 0;
    for (uint32_t code = 0; code < 0x11000; code++) {
        char wide = gate_twin(code, false), narrow = gate_twin(code, true);
        if (narrow) assert_int_equal(narrow, wide);
        if (wide) {
            assert_true(wide >= 'a' && wide <= 'z');
            assert_true(unicode_lower(code) == code); /* small letters only: callers fold first */
        }
        names += wide != 0;
        prose += narrow != 0;
    }
    assert_int_equal(names, 24);
    assert_int_equal(prose, 15);
}

static void russian_words_stay_russian_in_prose(void **state) {
    static const uint16_t shared_by_capitals[] = {0x432, 0x43A, 0x43C, 0x43D, 0x442};
    for (size_t i = 0; i < ARRAY_LEN(shared_by_capitals); i++) {
        assert_int_equal(gate_twin(shared_by_capitals[i], true), 0);
        assert_int_not_equal(gate_twin(shared_by_capitals[i], false), 0);
    }
    assert_int_equal(gate_twin(0x131, true), 0);
    assert_int_equal(gate_twin(0x131, false), 'i');
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_a_twin_in_prose_is_one_in_names),
        cmocka_unit_test(russian_words_stay_russian_in_prose),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
