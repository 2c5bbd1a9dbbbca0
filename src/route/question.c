/*
 * Taking the wrapping off a question, and writing it flat.
 *
 * 1. Worked examples. In a prompt with examples each one ends with "Answer:" at a line's end, a
 *    short answer, and an empty line. Everything up to the last such place that has text behind it
 *    is dropped. "answer" may have two typing errors.
 * 2. Instruction lines ("Print only a single choice ...", "Answer:") are dropped.
 * 3. Courtesy. While the text begins with words that are all courteous up to a colon, a line's end,
 *    a question mark behind four of them or, for a greeting, a comma or an exclamation mark, they
 *    are dropped; so is a last sentence of such words. `courtesy` lists them. A text of nothing
 *    else is left as it is.
 * 4. Options. Two or more lines labelled A, B, C in this order ("A.", "A)", "(A)", "A:") are the
 *    options; what stands before them is the stem.
 * 5. Flat: ASCII letters are lowered, full-width forms and Chinese stops become ASCII, blanks and
 *    line breaks become one blank. Other code points are lowered when they have a lower form.
 *
 * Everything is linear in the prompt: lines are visited once each in 1 and 2, courtesy looks at no
 * more than COURTESY_MAX bytes a round and at most COURTESY_ROUNDS rounds.
 */
#include "route/question.h"

#include <assert.h>

#include "base/plain.h"
#include "base/utf8.h"

enum {
    COURTESY_MAX = 120,  /* bytes of a lead or a tail that is looked through */
    COURTESY_ROUNDS = 6, /* leads, and tails, one behind the other */
    ANSWER_MAX = 16,     /* bytes of a worked example's answer */
    WORD_MAX = 24
};

/* Ascending by bytes: it is searched by halves. */
static const char *const courtesy[] = {
    "a",          "advance",     "an",        "and",     "answer", "answering", "any",
    "appreciate", "appreciated", "ask",       "asking",  "assist", "assistant", "be",
    "below",      "best",        "brief",     "briefly", "can",    "carefully", "clearly",
    "concise",    "concisely",   "could",     "curious", "dear",   "do",        "exam",
    "follow",     "following",   "for",       "friend",  "from",   "give",      "good",
    "greetings",  "have",        "hello",     "help",    "here",   "hey",       "hi",
    "i",          "in",          "is",        "it",      "just",   "kindly",    "know",
    "let",        "like",        "lot",       "m",       "me",     "much",      "my",
    "need",       "now",         "of",        "ok",      "okay",   "one",       "please",
    "problem",    "question",    "questions", "quick",   "quiz",   "regards",   "response",
    "so",         "solve",       "some",      "tell",    "thank",  "thanks",    "that",
    "the",        "there",       "this",      "to",      "up",     "very",      "want",
    "will",       "with",        "wondering", "would",   "you",    "your"};

static const char *const instructions[] = {"answer with",
                                           "choose one of",
                                           "choose the correct",
                                           "only answer with",
                                           "output only",
                                           "please answer with",
                                           "please choose",
                                           "please respond with",
                                           "print only",
                                           "reply with only",
                                           "respond with",
                                           "select the correct",
                                           "the following are multiple choice"};

/* Bisection. */
bool route_word_courteous(Str word) {
    size_t low = 0, high = ARRAY_LEN(courtesy);
    while (low < high) {
        size_t mid = (low + high) / 2;
        int order = str_cmp(word, str_from(courtesy[mid]));
        if (order == 0) return true;
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return false;
}

/* ---- 1: worked examples --------------------------------------------------------------------- */

/* Edit distance of at most 2 to "answer": typing errors must not move the place of the question. */
static bool near_answer(Str word) {
    static const char wanted[] = "answer";
    size_t before[7], row[7];
    if (word.n < 4 || word.n > 8) return false;
    for (size_t j = 0; j <= 6; j++) before[j] = j;
    for (size_t i = 1; i <= word.n; i++) {
        row[0] = i;
        for (size_t j = 1; j <= 6; j++) {
            size_t best = before[j - 1] + (plain_lower(word.p[i - 1]) != wanted[j - 1]);
            if (before[j] + 1 < best) best = before[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            row[j] = best;
        }
        memcpy(before, row, sizeof row);
    }
    return before[6] <= 2;
}

/* "Answer:", "... Answer:" or "Answer: B": the bytes behind the colon; SIZE_MAX: it is none. */
static size_t behind_answer(Str line) {
    size_t colon = line.n;
    while (colon > 0 && line.n - colon < ANSWER_MAX && line.p[colon - 1] != ':') colon--;
    if (colon == 0 || line.p[colon - 1] != ':') return SIZE_MAX;
    size_t from = colon - 1;
    while (from > 0 && plain_is_letter(line.p[from - 1])) from--;
    if (!near_answer(str_sub(line, from, colon - 1))) return SIZE_MAX;
    return str_trim(str_sub(line, colon, line.n)).n;
}

/* Line by line; `cut` is behind the last example that has an answer and an empty line. What is left
   must be more than a few bytes: an empty question is worse than one with its examples. */
static Str after_examples(Str text) {
    enum { OPEN, ASKED, ANSWERED } state = OPEN;
    size_t cut = 0;
    for (size_t at = 0; at < text.n;) {
        Str trimmed = str_trim(str_line(text, &at));
        size_t behind = behind_answer(trimmed);
        if (behind != SIZE_MAX) {
            state = behind ? ANSWERED : ASKED;
        } else if (trimmed.n == 0) {
            if (state == ANSWERED) cut = at;
            state = state == ASKED ? ASKED : OPEN;
        } else {
            state = state == ASKED && trimmed.n <= ANSWER_MAX ? ANSWERED : OPEN;
        }
    }
    Str rest = str_sub(text, cut, text.n);
    return str_trim(rest).n >= 8 ? rest : text;
}

/* ---- 2: instruction lines ------------------------------------------------------------------- */

/* A long line is more than an instruction, however it begins. */
static bool is_instruction(Str line) {
    size_t behind = behind_answer(line);
    if (behind != SIZE_MAX && line.n - behind <= 9) return behind <= 2; /* nothing but "Answer:" */
    for (size_t i = 0; i < ARRAY_LEN(instructions); i++) {
        if (str_begins(line, instructions[i])) return line.n < 200;
    }
    return false;
}

/* ---- 3: courtesy ---------------------------------------------------------------------------- */

/* How many words of `text`, parted by any of `between`, are courteous from `at` on; *at ends behind
   them, `hello` tells whether the first one greets. */
static int courteous_words(Str text, const char *between, size_t *at, bool *hello) {
    int n = 0;
    while (*at < text.n && *at < COURTESY_MAX) {
        size_t from = *at, len = 0;
        char word[WORD_MAX];
        while (from < text.n && text.p[from] && strchr(between, text.p[from])) from++;
        while (from + len < text.n && plain_is_letter(text.p[from + len]) && len < WORD_MAX) {
            word[len] = plain_lower(text.p[from + len]);
            len++;
        }
        if (len == 0 || !route_word_courteous((Str){word, len})) return n;
        if (n == 0) *hello = word[0] == 'h' || word[0] == 'd' || word[0] == 'g' || word[0] == 'p';
        n++;
        *at = from + len;
    }
    return n;
}

/* Does `c`, behind n courteous words, end a lead? "Can you help me with this?" does. */
static bool ends_lead(char c, int n, bool hello) {
    switch (c) {
    case ':':
    case '\n': return true;
    case ',':
    case '!':
    case '.': return hello;
    case '?': return n >= 4;
    default: return false;
    }
}

/* Whatever is left must still be a question: three bytes at least. */
static Str without_lead(Str text) {
    for (int round = 0; round < COURTESY_ROUNDS; round++) {
        size_t at = 0;
        bool hello = false;
        text = str_trim(text);
        int n = courteous_words(text, " '", &at, &hello);
        if (str_begins(text, "q:")) at = n = 1;
        if (n == 0 || at >= text.n || !ends_lead(text.p[at], n, hello)) return text;
        if (str_trim(str_sub(text, at + 1, text.n)).n < 3) return text;
        text = str_sub(text, at + 1, text.n);
    }
    return text;
}

/* From the end, a sentence a round; the first sentence is never taken. */
static Str without_tail(Str text) {
    for (int round = 0; round < COURTESY_ROUNDS; round++) {
        text = str_trim(text);
        size_t end = text.n;
        while (end > 0 && (text.p[end - 1] == '.' || text.p[end - 1] == '!')) end--;
        size_t from = end;
        while (from > 0 && end - from < COURTESY_MAX && !strchr(".!?\n", text.p[from - 1])) from--;
        if (from == 0 || end == from || end - from >= COURTESY_MAX) return text;
        Str last = str_sub(text, from, end);
        size_t at = 0;
        bool hello = false;
        if (courteous_words(last, " ':,", &at, &hello) == 0 ||
            str_trim(str_sub(last, at, last.n)).n)
            return text;
        text = str_sub(text, 0, from);
    }
    return text;
}

/* ---- 4 and 5: options, and flat ------------------------------------------------------------- */

/* The label's length when the line is option number `wanted`: "A. ", "a)", "(A)", "A: ". */
static size_t option_label(Str line, int wanted) {
    size_t at = 0;
    if (line.n && line.p[0] == '(') at++;
    if (at + 2 > line.n || plain_lower(line.p[at]) != 'a' + wanted) return 0;
    char close = line.p[at + 1];
    return close == '.' || close == ')' || close == ':' ? at + 2 : 0;
}

/* What does not fit is dropped as a whole, so that no character is cut. */
static void flat_add(RouteQuestion *q, const char *bytes, size_t n) {
    assert(q->n <= ROUTE_TEXT_MAX);
    if (q->n + n > ROUTE_TEXT_MAX) return;
    memcpy(q->flat + q->n, bytes, n);
    q->n += n;
}

/* None at the beginning, and never two. */
static void flat_blank(RouteQuestion *q) {
    if (q->n && q->flat[q->n - 1] != ' ') flat_add(q, " ", 1);
}

/* Full-width forms lie 0xFEE0 above ASCII; two Chinese stops have no such form. */
static void flat_code(RouteQuestion *q, uint32_t code) {
    char out[UTF8_MAX_BYTES];
    if (code >= 0xFF01 && code <= 0xFF5E) code -= 0xFEE0;
    if (code == 0x3002) code = '.';
    if (code == 0x3001) code = ',';
    if (code == 0x3000 || unicode_is_space(code)) {
        flat_blank(q);
    } else {
        flat_add(q, out, utf8_encode(unicode_lower(code), out));
    }
}

/* ASCII takes a way of its own, for it is most of most questions. */
static void flat_text(RouteQuestion *q, Str text) {
    for (size_t at = 0; at < text.n;) {
        unsigned char c = (unsigned char)text.p[at];
        if (c < 0x80) {
            char low = plain_lower((char)c);
            if (c <= ' ')
                flat_blank(q);
            else
                flat_add(q, &low, 1);
            at++;
            continue;
        }
        size_t width = 1;
        uint32_t code = utf8_decode(text, at, &width);
        flat_code(q, code);
        at += width;
    }
}

/* The beginning and the end of a long text, at most `room` bytes together. */
static void flat_ends(RouteQuestion *q, Str text, size_t room) {
    assert(room <= ROUTE_TEXT_MAX);
    if (text.n <= room) {
        flat_text(q, text);
        return;
    }
    flat_text(q, str_sub(text, 0, room / 3));
    flat_blank(q);
    flat_text(q, str_sub(text, text.n - room * 2 / 3, text.n));
}

/* Where the options begin: the first line labelled A that a line labelled B follows. */
static size_t options_begin(Str text) {
    size_t begin = text.n;
    int wanted = 0;
    for (size_t at = 0, from; at < text.n;) {
        from = at;
        Str trimmed = str_trim(str_line(text, &at));
        if (option_label(trimmed, 0)) {
            begin = from;
            wanted = 1;
        } else if (wanted == 1 && option_label(trimmed, 1)) {
            return begin;
        }
    }
    return text.n;
}

/* A line a label; one option has a sixteenth of the room at most. */
static void read_options(RouteQuestion *q, Str text) {
    for (size_t at = 0; at < text.n;) {
        Str line = str_trim(str_line(text, &at));
        if (is_instruction(line)) continue;
        assert(q->n_options <= ROUTE_OPTIONS_MAX && q->n >= q->stem);
        size_t label = q->n_options < ROUTE_OPTIONS_MAX ? option_label(line, q->n_options) : 0;
        flat_blank(q);
        size_t from = q->n;
        flat_ends(q, str_trim(str_sub(line, label, line.n)), ROUTE_TEXT_MAX / 16);
        if (label) {
            q->option_at[q->n_options] = from;
            q->option_n[q->n_options++] = q->n - from;
        } else if (q->n_options) { /* a further line of the option before */
            q->option_n[q->n_options - 1] = q->n - q->option_at[q->n_options - 1];
        }
    }
}

/* Three quarters of the room: the options need the rest. */
static void read_stem(RouteQuestion *q, Str stem) {
    size_t room = ROUTE_TEXT_MAX * 3 / 4;
    if (stem.n > room) { /* a pasted document: lines are not looked at one by one */
        q->n_lines = 1;
        flat_ends(q, stem, room);
        return;
    }
    for (size_t at = 0; at < stem.n;) {
        Str line = str_line(stem, &at);
        if (is_instruction(str_trim(line))) continue;
        q->n_lines += str_trim(line).n > 0;
        flat_blank(q);
        flat_text(q, line);
    }
}

/* The steps of the essay, 1, 3, 4, then 2 and 5 line by line. */
void route_question_read(Str prompt, RouteQuestion *out) {
    memset(out, 0, sizeof *out);
    Str text = without_tail(without_lead(after_examples(prompt)));
    out->whole = text.n;
    size_t options = options_begin(text);
    read_stem(out, without_tail(str_sub(text, 0, options)));
    while (out->n && out->flat[out->n - 1] == ' ') out->n--;
    out->stem = out->n;
    if (options < text.n) read_options(out, str_sub(text, options, text.n));
    assert(out->stem <= out->n && out->n <= ROUTE_TEXT_MAX); /* eight zeros fit behind it */
    memset(out->flat + out->n, 0, 8);
}
