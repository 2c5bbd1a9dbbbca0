/*
 * The user's own patterns, by PCRE2 10 with limits.
 *
 * Backtracking can take time exponential in the text, so each search is bounded thrice: by match
 * steps, by heap and by depth, as PCRE2 counts them; and because it counts anew at every place
 * where a match may begin, a text is searched line by line, long lines in pieces that overlap, and
 * the whole text has a deadline. What hits a limit is E_LIMIT, and the gate lets nothing leave: an
 * expression that gave up has not looked.
 *
 * A match lies within one line and within PIECE_OVERLAP bytes. Empty matches do not count. Text
 * that is not UTF-8 is matched around (PCRE2_MATCH_INVALID_UTF). Without PCRE2 at build time there
 * are no patterns: E_UNSUPPORTED.
 *
 * Source: pcre2api(3), "The match context".
 */
#include "gate/pattern.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"

#ifdef HEARTH_PCRE2
#include <assert.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum {
    STEPS_MAX = 20000, /* at one place of the text */
    DEPTH_MAX = 1000,
    HEAP_KIB_MAX = 4096,
    PIECE = 4096,
    PIECE_OVERLAP = 1024,
    DEADLINE_MS = 2000 /* of a text */
};

struct Pattern {
    pcre2_code *code;
    pcre2_match_context *limits;
    pcre2_match_data *match;
};

/* PCRE2's memory comes from ours, so that the tests with failing allocations reach it. */
static void *pattern_alloc(size_t n, void *user) {
    return mem_alloc(n);
}

static void pattern_release(void *block, void *user) {
    mem_free(block);
}

/* What the compiler or matcher says, as a status of ours. */
static Status explain(int error, size_t at, Err *err) {
    PCRE2_UCHAR what[256];
    if (error == PCRE2_ERROR_NOMEMORY || error == PCRE2_ERROR_HEAP_FAILED) {
        return err_no_memory(err, "a pattern");
    }
    if (pcre2_get_error_message(error, what, sizeof what) < 0) what[0] = 0;
    return err_set(err, E_CORRUPT, "not a regular expression: %s, at byte %zu", (char *)what, at);
}

/* \C is refused, since it can match half a character. The contexts of compiling are freed at once;
   `limits` is what goes with each search. */
Status pattern_new(Str expression, bool ignore_case, Pattern **out, Err *err) {
    int error = PCRE2_ERROR_NOMEMORY;
    size_t at = 0;
    if (expression.n == 0 || expression.n > PATTERN_TEXT_MAX) {
        return err_set(err, E_LIMIT, "a pattern has 1 to %d bytes", PATTERN_TEXT_MAX);
    }
    Pattern *p = mem_zalloc(sizeof *p);
    if (!p) return err_no_memory(err, "a pattern");
    pcre2_general_context *memory =
        pcre2_general_context_create(pattern_alloc, pattern_release, NULL);
    pcre2_compile_context *how = memory ? pcre2_compile_context_create(memory) : NULL;
    if (how) {
        uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF |
                           PCRE2_NEVER_BACKSLASH_C;
        p->code = pcre2_compile((PCRE2_SPTR)expression.p, expression.n,
                                options | (ignore_case ? PCRE2_CASELESS : 0), &error, &at, how);
        p->limits = pcre2_match_context_create(memory);
    }
    if (p->code) p->match = pcre2_match_data_create(1, memory);
    pcre2_compile_context_free(how);
    pcre2_general_context_free(memory);
    if (!p->code || !p->limits || !p->match) {
        bool compiled = p->code != NULL;
        pattern_free(p);
        return explain(compiled ? PCRE2_ERROR_NOMEMORY : error, at, err);
    }
    (void)pcre2_set_match_limit(p->limits, STEPS_MAX);
    (void)pcre2_set_depth_limit(p->limits, DEPTH_MAX);
    (void)pcre2_set_heap_limit(p->limits, HEAP_KIB_MAX);
    *out = p;
    return OK;
}

void pattern_free(Pattern *p) {
    if (!p) return;
    pcre2_match_data_free(p->match);
    pcre2_match_context_free(p->limits);
    pcre2_code_free(p->code);
    mem_free(p);
}

/* Matches in text[from..to) that begin before `stop`; *next: where to go on. */
static Status find_in(Pattern *p, Str text, size_t range[3], PatternFn each, void *user, Err *err) {
    size_t from = range[0], to = range[1], stop = range[2], at = from;
    assert(from < stop && stop <= to && to <= text.n);
    while (at < stop) {
        int got = pcre2_match(p->code, (PCRE2_SPTR)text.p + from, to - from, at - from,
                              PCRE2_NOTEMPTY, p->match, p->limits);
        if (got == PCRE2_ERROR_NOMATCH) break;
        if (got < 0) return err_set(err, E_LIMIT, "it is too costly on this text");
        const size_t *found = pcre2_get_ovector_pointer(p->match);
        size_t start = from + found[0], end = from + found[1];
        if (start >= stop) break;
        if (end <= start) return err_set(err, E_LIMIT, "it matches backwards (\\K)");
        TRY(each(user, start, end, err));
        at = end;
    }
    range[2] = at > stop ? at : stop;
    return OK;
}

/* At most `size` bytes on, within the line, between two characters. */
static size_t piece_end(Str text, size_t from, size_t line_end, size_t size) {
    size_t end = line_end - from > size ? from + size : line_end;
    while (end < line_end && end > from + 1 && utf8_goes_on(text.p[end])) end--;
    return end;
}

/*
 * A line of 10,000 bytes is searched in pieces of PIECE; a match that begins in the last
 * PIECE_OVERLAP bytes of one is left to the next, which sees its end:
 *
 *     0 ........... 3072 ... 4096
 *                   3072 ........... 6144 ... 7168
 *                                    6144 ............ 10000
 *
 * The subject begins with the piece, so that \b and look-behind see no byte before it. The clock
 * is read once a piece.
 */
Status pattern_find(Pattern *p, Str text, PatternFn each, void *user, Err *err) {
    double deadline = clock_now_ms() + DEADLINE_MS;
    for (size_t at = 0; at < text.n;) {
        const char *feed = memchr(text.p + at, '\n', text.n - at);
        size_t line_end = feed ? (size_t)(feed - text.p) : text.n;
        while (at < line_end) {
            size_t end = piece_end(text, at, line_end, PIECE);
            size_t stop = end == line_end ? end : piece_end(text, at, line_end,
                                                            PIECE - PIECE_OVERLAP);
            assert(stop > at && stop <= end && end <= line_end); /* each piece goes on */
            size_t range[3] = {at, end, stop};
            TRY(find_in(p, text, range, each, user, err));
            at = range[2];
            if (clock_now_ms() > deadline) return err_set(err, E_LIMIT, "it takes too long");
        }
        at = line_end + 1;
    }
    return OK;
}

#else

Status pattern_new(Str expression, bool ignore_case, Pattern **out, Err *err) {
    (void)err_set(err, E_UNSUPPORTED, "this build has no regular expressions");
    return err_hint(err, "build it with libpcre2, or take the patterns out of gate/policy.toml");
}

void pattern_free(Pattern *p) {
}

Status pattern_find(Pattern *p, Str text, PatternFn each, void *user, Err *err) {
    return err_set(err, E_UNSUPPORTED, "this build has no regular expressions");
}

#endif
