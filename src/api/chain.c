/*
 * Chain: asks a question in steps, as turn/links.c takes it apart.
 *
 *     Who was born first, Ann Lee or the director of Dog Law?
 *       When was Ann Lee born?                                "Ann Lee was born in 1921." [1]
 *       When was the director of Dog Law born?                refused
 *         What is the name of the director of Dog Law?        "Jay Marks directed it." [2]
 *         When was Jay Marks born?                            "... on 3 May 1890." [3]
 *     the director of Dog Law (3 May 1890), before Ann Lee (1921). [1][2][3]
 *
 * Steps come first: asked as it stands, such a question gets a passage that speaks of a half of it,
 * and a small model makes up the other half ("Jack Smight was born in 1930", of a film of 1974). A
 * step that is refused, or that no quote proves, ends the chain, and the question is asked as it
 * stands, for a passage may say it all. But then more is asked of the answer: its first sentence
 * must be proved, for a quote behind an unproved one, which speaks of the question, speaks of its
 * first half; and of a pair one quote must name both, unless it was counted.
 *
 * Each step is a turn of its own, with its guards and its search for support, and stands alone: it
 * names what the conversation spoke of. Steps are silent; when all are answered the whole is told.
 * The answer is what was found, step by step, each sentence with its quote; of a pair what the rule
 * made of it stands before them, with the numbers of all of them.
 *
 * Cost: a turn more, or two where the steps lead nowhere; of questions of these two kinds only.
 */
#include "api/chain.h"

#include <assert.h>

#include "base/clock.h"
#include "base/plain.h"
#include "turn/links.h"
#include "turn/say.h"

enum { ANSWER_MAX = 4 << 20 };

/* Does a sentence of the model's own stand in the documents, before what is quoted behind it? */
static bool is_proved(const hearth_answer *answer) {
    return answer->n_sentences > 0 && answer->sentences[0].n_citations > 0;
}

/* Asks, and keeps an answer that was found. *found: it is the last of what is kept. */
static Status ask_step(Chain *chain, Str question, bool *found, Err *err) {
    hearth_answer answer;
    assert(chain->n < CHAIN_MAX && chain->n_turns < CHAIN_MAX);
    chain->n_turns++;
    TRY(chain->ask(chain->user, question, CHAIN_STEP, &answer, err));
    *found = answer.found && is_proved(&answer);
    if (!*found) return OK;
    chain->asked[chain->n] = question;
    chain->answers[chain->n++] = answer;
    return OK;
}

/* Two steps, if it is a link; *found: both are answered. Else nothing of them is kept. */
static Status ask_link(Chain *chain, Str question, bool *linked, bool *found, Err *err) {
    Link link;
    size_t before = chain->n;
    *found = false;
    *linked = links_read(chain->arena, question, &link);
    if (!*linked) return OK;
    TRY(ask_step(chain, link.first, found, err));
    if (!*found) return OK;
    Str said = str_from(chain->answers[before].answer);
    Str name = links_name(link.first, said);
    Str next = name.n ? links_put(chain->arena, &link, name) : name;
    *found = false;
    if (next.n) TRY(ask_step(chain, next, found, err));
    if (!*found) chain->n = before;
    return OK;
}

/* One side of a pair, by its link or, where it is none, as it stands. *said: what answers it. */
static Status ask_side(Chain *chain, Str question, bool *found, Str *said, Err *err) {
    bool linked;
    TRY(ask_link(chain, question, &linked, found, err));
    if (!linked) TRY(ask_step(chain, question, found, err));
    if (*found) *said = str_from(chain->answers[chain->n - 1].answer);
    return OK;
}

/* Where the steps led. */
typedef struct Led {
    bool paired, linked; /* it is a pair; a link */
    LinkPair pair;
    Str verdict; /* of a pair; empty: its sides were not both answered, or cannot be compared */
} Led;

static Status ask_pair(Chain *chain, Led *led, Err *err) {
    Str said[2] = {{"", 0}, {"", 0}};
    bool found = true;
    for (int i = 0; i < 2 && found; i++) {
        TRY(ask_side(chain, led->pair.asked[i], &found, &said[i], err));
    }
    if (found) led->verdict = links_verdict(chain->arena, &led->pair, said);
    if (!led->verdict.n) chain->n = 0;
    return OK;
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* The verdict as a sentence of its own before the others, proved by all that they cite. */
static Status put_before(Chain *chain, Str verdict, hearth_answer *out, Err *err) {
    size_t n = out->n_sentences;
    assert(verdict.n > 0 && out->n_citations > 0); /* each side was proved */
    hearth_sentence *items = arena_alloc_n(chain->arena, n + 1, sizeof *items);
    int *numbers = arena_alloc_n(chain->arena, out->n_citations + 1, sizeof *numbers);
    const char *text = arena_printf(chain->arena, "%.*s%s%s", (int)verdict.n, verdict.p, JOINT_GAP,
                                    out->answer);
    if (!items || !numbers || !text) return err_no_memory(err, "the answer");
    for (size_t i = 0; i < out->n_citations; i++) numbers[i] = (int)i + 1;
    for (size_t i = 0; i < n; i++) items[i + 1] = out->sentences[i];
    items[0] = (hearth_sentence){verdict.p, numbers, out->n_citations};
    out->sentences = items;
    out->n_sentences = n + 1;
    out->answer = text;
    return OK;
}

/* How the question was put, in its steps. */
static Status add_notice(Chain *chain, hearth_answer *out, Err *err) {
    Buf text;
    Str kept;
    buf_init(&text, ANSWER_MAX);
    if (out->notice) buf_add_c(&text, out->notice);
    buf_add_c(notice_next(&text), say_words(SAY_STEPS, TURN_ENGLISH));
    for (size_t i = 0; i < chain->n; i++) {
        if (i) buf_add_byte(&text, ' ');
        buf_add_str(&text, chain->asked[i]);
    }
    Status status = buf_check(&text, "a notice", err);
    if (status == OK) status = arena_keep(chain->arena, buf_str(&text), &kept, "a notice", err);
    buf_fini(&text);
    if (status == OK) out->notice = kept.p;
    return status;
}

/* The whole to whoever listens: each sentence, and its numbers behind it. */
static void tell(const Chain *chain, const hearth_answer *out) {
    const hearth_ask_options *o = chain->options;
    Str text = str_from(out->answer);
    size_t at = 0;
    for (size_t i = 0; i < out->n_sentences; i++) {
        const hearth_sentence *s = &out->sentences[i];
        Str said = str_from(s->text);
        size_t start = str_find(text, said, at), end = start + said.n;
        if (start == SIZE_MAX) continue;
        if (o->on_text) o->on_text(o->user, text.p + at, end - at);
        for (size_t k = 0; k < s->n_citations && o->on_mark; k++) {
            o->on_mark(o->user, s->citations[k]);
        }
        if (!s->n_citations && o->on_mark) o->on_mark(o->user, 0);
        at = end;
    }
    if (at < text.n && o->on_text) o->on_text(o->user, text.p + at, text.n - at);
}

/* What is kept becomes one answer. */
static Status finish(Chain *chain, Str verdict, hearth_answer *out, Err *err) {
    Joint joint;
    hearth_ask_options silent = *chain->options;
    silent.on_text = NULL; /* nothing of it is refused; it is told below */
    joint_init(&joint);
    Status status = OK;
    assert(chain->n > 1); /* a link has two steps, a pair two sides */
    for (size_t i = 0; i < chain->n && status == OK; i++) {
        status = joint_add(&joint, chain->asked[i], &chain->answers[i], err);
    }
    if (status == OK) {
        status = joint_end(&joint, chain->asked, chain->answers, &silent, chain->arena, out, err);
    }
    joint_fini(&joint);
    TRY(status);
    if (verdict.n) TRY(put_before(chain, verdict, out, err));
    TRY(add_notice(chain, out, err));
    tell(chain, out);
    return OK;
}

/* Do the letters of a word stand in a text, of any size, also inside of a longer one? Those of an
   empty word do not. */
static bool has_letters(Str text, Str word) {
    for (size_t at = 0; word.n && at + word.n <= text.n; at++) {
        size_t same = 0;
        for (; same < word.n; same++) {
            if (plain_lower(text.p[at + same]) != plain_lower(word.p[same])) break;
        }
        if (same == word.n) return true;
    }
    return false;
}

/* The last word of a name: "the lease" is "Lease 12" in its document. Of "the concert of 2025" the
   one before it, too, for a year stands anywhere. */
static bool is_named(Str quote, Str name) {
    for (bool number = true; number;) {
        size_t start = name.n;
        while (start && name.p[start - 1] != ' ') start--;
        Str word = str_sub(name, start, name.n);
        number = word.n && plain_is_digit(word.p[0]) && start > 0;
        if (!has_letters(quote, word)) return false;
        name = str_trim(str_sub(name, 0, start));
        if (number && str_ends(name, STR(" of"))) name = str_trim(str_sub(name, 0, name.n - 3));
    }
    return true;
}

/* Does one quote speak of both? */
static bool names_both(const hearth_answer *answer, const LinkPair *pair) {
    bool both = answer->counted;
    for (size_t i = 0; i < answer->n_citations && !both; i++) {
        Str quote = str_from(answer->citations[i].quote);
        both = is_named(quote, pair->names[0]) && is_named(quote, pair->names[1]);
    }
    return both;
}

/* As it stands, when steps led nowhere; see the essay. */
static Status ask_whole(Chain *chain, Str question, const Led *led, hearth_answer *out, Err *err) {
    bool strict = led->linked || led->paired;
    assert(chain->n == 0 && chain->n_turns < CHAIN_MAX); /* its steps are not kept */
    chain->n_turns++;
    TRY(chain->ask(chain->user, question, strict ? CHAIN_SILENT : CHAIN_ALOUD, out, err));
    if (!strict || !out->found) return OK;
    if (is_proved(out) && (!led->paired || names_both(out, &led->pair))) {
        tell(chain, out);
        return OK;
    }
    out->found = false;
    out->answer = say_words(SAY_NONE, TURN_ENGLISH);
    out->n_sentences = 0;
    return OK;
}

Status chain_ask(Chain *chain, Str question, hearth_answer *out, Err *err) {
    Led led = {0};
    bool found = true;
    double began = clock_now_ms();
    assert(chain->ask && chain->arena && chain->options && chain->n == 0);
    led.paired = links_pair(chain->arena, question, &led.pair);
    if (led.paired) TRY(ask_pair(chain, &led, err));
    if (!led.verdict.n) TRY(ask_link(chain, question, &led.linked, &found, err));
    if (found) TRY(finish(chain, led.verdict, out, err));
    else TRY(ask_whole(chain, question, &led, out, err));
    out->timings.total_ms = clock_now_ms() - began;
    return OK;
}
