/*
 * The body of told.h.
 *
 * Of conversations people ask as they talk: 我曾经和你分享过一部文艺片，它的名字是？ ("I once shared a
 * film with you, what is its name?"). The chat says "we saw a film" and nowhere that something was
 * shared, so that these words, which no document holds, speak against every document: the question
 * was refused before a model had read a line. They are cut out of what is looked for, and stay in
 * what the model is asked.
 *
 *     我曾经和你分享过一部文艺片，它的名字是？     一部文艺片，它的名字是？
 *     在5月4日你给我推荐了哪些音乐？               在5月4日哪些音乐？
 *     你告诉过我哪些缓解压力的方法？               哪些缓解压力的方法？
 *     你还记得我的画的灵感是什么吗？               我的画的灵感是什么吗？
 *
 * A frame is one of us, then adverbs, "to" the other, a verb of telling and the other again; both
 * must be named (or "we"), for 老师说过 is what a document tells. It stands at the beginning, or
 * behind a comma or a word for a time.
 *
 * English and German ask so as well, but there these words are parts of words that chats do hold
 * ("can you recommend"), and leaving them out was not tried.
 *
 * Limits: frames that begin within FRAME_BYTES, one a question.
 */
#include "turn/told.h"

#include <assert.h>

#include "base/lists.h"
#include "base/utf8.h"

enum { FRAME_BYTES = 60, LEFT_LEAST = 4 /* characters that must be left */ };

/* Bytes of the frame at `at`; 0: there is none. */
static size_t frame_at(Str plain, size_t at) {
    static const char *const we[] = {"我们", "咱们", NULL}, *const one[] = {"我", "你", "您", NULL};
    static const char *const adverbs[] = {"曾经", "曾", "以前", "之前", "上次", "那天", "当时",
                                          "有", "还", "也", "都", NULL};
    static const char *const once[] = {"曾经", "曾", "以前", "之前", NULL};
    static const char *const to[] = {"和", "跟", "向", "给", "对", "与", NULL};
    static const char *const verbs[] = {"分享", "推荐", "提到", "提起", "提", "说起", "说", "讲",
                                        "告诉", "介绍", "聊", "谈", "教", "咨询", "请教", "询问",
                                        "问", NULL};
    static const char *const done[] = {"过", "了", "到", NULL};
    size_t begin = at, both = list_at(plain, at, we);
    size_t who = both ? both : list_at(plain, at, one);
    if (!who) return 0;
    at += who;
    bool past = list_at(plain, at, once) && str_starts(str_sub(plain, begin, at), STR("我"));
    at += list_run_at(plain, at, adverbs);
    size_t before = at, prep = list_at(plain, at, to);
    size_t other = prep ? list_at(plain, at + prep, one) : 0;
    if (other) at += prep + other;
    at += list_run_at(plain, at, adverbs);
    size_t verb = list_at(plain, at, verbs);
    if (!verb) return past && !other ? before - begin : 0; /* 我曾经 alone */
    at += verb;
    at += list_run_at(plain, at, done);
    size_t behind = list_at(plain, at, one);
    at += behind;
    at += list_run_at(plain, at, done);
    return both || other || behind ? at - begin : 0;
}

/* May a frame begin there? */
static bool may_begin(Str plain, size_t at) {
    static const char *const before[] = {"，", ",", "日", "号", "天", "次", "时", "候", "前", "后",
                                         "里", NULL};
    return at == 0 || list_ends(str_sub(plain, 0, at), before);
}

/* "do you still remember": says nothing of what is asked for. */
static size_t reminder_at(Str plain, size_t at) {
    static const char *const words[] = {"你还记得吗", "您还记得吗", "还记得吗", "你还记得",
                                        "您还记得", "你记得吗", "你记得", "还记得", NULL};
    return list_at(plain, at, words);
}

bool told_cut(Str question, Str plain, Buf *out) {
    size_t before = out->n, from = 0, width, left = 0;
    bool framed = false;
    assert(question.n == plain.n);
    for (size_t at = 0; at < plain.n; at += width) {
        (void)utf8_decode(plain, at, &width);
        bool look = !framed && at < FRAME_BYTES && may_begin(plain, at);
        size_t n = reminder_at(plain, at);
        size_t frame = look && !n ? frame_at(plain, at) : 0;
        if (frame) n = frame;
        framed = framed || frame;
        if (!n) {
            left++;
            continue;
        }
        buf_add_str(out, str_sub(question, from, at));
        from = at + n;
        width = n;
    }
    bool cut = from > 0 && left >= LEFT_LEAST;
    if (cut) buf_add_str(out, str_sub(question, from, question.n));
    else out->n = before;
    return cut;
}
