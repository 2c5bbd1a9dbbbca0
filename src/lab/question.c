/*
 * Which grammar a sentence is read by: Chinese where it holds Han characters, else English. The
 * result is checked once more here, whoever made it: it is whole UTF-8, asks for something, and
 * does not hold its own answer.
 *
 * Three guards stand behind the grammars, since a set with wrong questions measures nothing:
 * sentences of LAB_SENTENCE_MAX bytes at most, whole UTF-8 on both sides, and no question that
 * gives its own answer away.
 */
#include "lab/question.h"

#include <assert.h>

#include "base/utf8.h"

static const char *const names[LAB_KIND_COUNT] = {"date",  "number", "who", "place",
                                                  "table", "unanswerable"};

_Static_assert(ARRAY_LEN(names) == LAB_KIND_COUNT, "a name each");

const char *lab_kind_name(LabKind kind) {
    assert(kind < LAB_KIND_COUNT);
    return names[kind];
}

bool lab_kind_from_name(Str name, LabKind *out) {
    for (int i = 0; i < LAB_KIND_COUNT; i++) {
        if (!str_eq_c(name, names[i])) continue;
        *out = (LabKind)i;
        return true;
    }
    return false;
}

/* Overlapping places count as two: "11" stands twice in "111". */
bool lab_stands_once(Str text, Str words) {
    size_t first = str_find(text, words, 0);
    return first != SIZE_MAX && str_find(text, words, first + 1) == SIZE_MAX;
}

/* A NUL would end the question for whoever takes it as a C string. What gives its own answer away
   ("When was the 1868 house built?") is no question. */
bool lab_ask(Str sentence, LabAsk *out) {
    if (sentence.n == 0 || sentence.n > LAB_SENTENCE_MAX || !utf8_valid(sentence)) return false;
    if (memchr(sentence.p, 0, sentence.n)) return false;
    bool made = utf8_has_cjk(sentence) ? lab_ask_chinese(sentence, out)
                                    : lab_ask_english(sentence, out);
    if (!made) return false;
    assert(out->n <= LAB_QUESTION_MAX && out->about_end <= out->n && out->kind < LAB_TABLE);
    assert(out->gold_start < out->gold_end && out->gold_end <= sentence.n);
    Str question = {out->question, out->n};
    Str gold = str_sub(sentence, out->gold_start, out->gold_end);
    return utf8_valid(question) && utf8_valid(gold) && !str_has(question, gold);
}
