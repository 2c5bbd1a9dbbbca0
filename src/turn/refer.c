/*
 * Whom or what a Chinese follow-up means: see refer.h. understand.c looks for the name.
 *
 * Limits: the first pronoun of a question; SHORT bytes between "那" and "呢".
 */
#include "turn/refer.h"

#include <assert.h>

#include "base/lists.h"
#include "base/mem.h"

enum { SHORT = 30 }; /* bytes: ten Chinese characters */

/* The first of the words that is no part of another: 其他 is "other", 他们 is "they". */
static Str find_one(Str question, const char *const *words) {
    static const char *const before[] = {"其", "吉", "利", NULL}, *const behind[] = {"们", "人", NULL};
    for (size_t i = 0; words[i]; i++) {
        Str word = str_from(words[i]);
        for (size_t at = 0; (at = str_find(question, word, at)) != SIZE_MAX; at += word.n) {
            bool part = list_ends(str_sub(question, 0, at), before) ||
                        list_starts(str_sub(question, at + word.n, question.n), behind);
            if (!part) return str_sub(question, at, at + word.n);
        }
    }
    return (Str){"", 0};
}

Str refer_pronoun(Str question) {
    static const char *const words[] = {"这个人", "那个人", "这位", "那位", "此人", "他", "她", NULL};
    return find_one(question, words);
}

Str refer_it(Str question) {
    static const char *const words[] = {"它", NULL};
    return find_one(question, words);
}

/* Signs at the end are taken off, and a 呢 among them is what makes it such a question. */
Str refer_instead(Str question) {
    static const char *const ends[] = {"？", "?", "。", "呢", "的", NULL};
    Str rest = str_trim(question);
    bool asks = false;
    for (size_t i = 0; ends[i]; i++) {
        if (!str_ends(rest, str_from(ends[i]))) continue;
        asks = asks || i == 3;
        rest = str_trim(str_sub(rest, 0, rest.n - strlen(ends[i])));
    }
    if (str_starts(rest, STR("那么"))) rest = str_sub(rest, 6, rest.n);
    else if (str_starts(rest, STR("那"))) rest = str_sub(rest, 3, rest.n);
    return asks && rest.n && rest.n <= SHORT ? str_trim(rest) : (Str){"", 0};
}

void refer_put(Str text, Str part, Str by, Buf *out) {
    size_t at = (size_t)(part.p - text.p);
    assert(part.p >= text.p && at + part.n <= text.n); /* a view of the text itself */
    buf_add_str(out, str_sub(text, 0, at));
    buf_add_str(out, by);
    buf_add_str(out, str_sub(text, at + part.n, text.n));
}
