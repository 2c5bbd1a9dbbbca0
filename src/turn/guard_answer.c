/*
 * Guarding an answer while it is written, whoever writes it.
 *
 * Each finished sentence is looked at together with what stands before it (CONTEXT bytes), before
 * it is shown. By the table [guard] (gate/guard_table.h) a find is told of, or the sentence gives
 * way to a mark, or the answer is withheld: what was shown of it by then stays on the screen,
 * nothing more comes, and the answer says why. Where the table says no more than "warn" words are
 * shown as they come; else by the sentence.
 *
 * A sentence that the documents support is the documents' own word: only orders are looked for in
 * it, since a court file may well speak of murder and a letter of insults.
 *
 * Links. An endpoint sees surrogates; where it puts them into an address, restoring would put the
 * user's own words there, and whatever shows the answer (a web page, an editor) may fetch that
 * address and so tell them to whoever owns it. An address that was not in the endpoint's own words
 * letter for letter, and is neither in the question nor in a passage, is such a leak. An address is
 * what a reader of Markdown or HTML would fetch, however it is disguised: what begins with "http:"
 * or "ftp:" (the colon also as an entity), two slashes of either kind (browsers take "//host" and
 * "https:\\host", Markdown "\/\/") or "www.", up to a blank or a bracket that it did not open
 * itself; between < > and the quotation marks of an attribute also over blanks. It may have begun
 * some sentences before.
 *
 * Limits: words that the guards do not know; an order whose parts stand more than CONTEXT apart; an
 * address of more than LINK_MAX bytes; a "<base>" in HTML, which turns other links into addresses.
 */
#include "base/plain.h"
#include "base/utf8.h"
#include "turn/say.h"
#include "turn/turn.h"

enum { CONTEXT = 512, LINK_MAX = 64 << 10 };

static const char leak_reason[] = "an address in the answer holds words of yours";

/* Bytes [start,*end) of the text give way to a mark. */
static Status put_mark(Turn *turn, size_t start, size_t *end, Err *err) {
    Str mark = str_from(turn_says(turn, SAY_LEFT_OUT));
    Str tail = str_sub(buf_str(&turn->text), *end, turn->text.n);
    char *copy = tail.n ? arena_dup(&turn->arena, tail.p, tail.n) : NULL;
    if (tail.n && !copy) return err_no_memory(err, "the answer");
    turn->text.n = start;
    buf_add_str(&turn->text, mark);
    *end = turn->text.n;
    if (tail.n) buf_add(&turn->text, copy, tail.n);
    return buf_check(&turn->text, "the answer", err);
}

static bool was_noted(const Turn *turn, const TurnFinding *finding) {
    for (size_t i = 0; i < turn->n_findings; i++) {
        const TurnFinding *old = &turn->findings[i];
        if (old->place == finding->place && strcmp(old->kind, finding->kind) == 0) return true;
    }
    return false;
}

/* The name of a kind of finding, in the question's language. */
static const char *kind_said(const Turn *turn, const char *kind) {
    for (int k = 0; k < GUARD_KINDS; k++) {
        if (strcmp(kind, guard_kind_name((GuardKind)k)) == 0)
            return turn_says(turn, (TurnWords)((int)SAY_KIND_INJECTION + k));
    }
    return turn_says(turn, SAY_KIND_LEAK);
}

static void tell(Turn *turn, const TurnFinding *f) {
    if (was_noted(turn, f)) return;
    guard_note(turn, f);
    TurnWords done = f->act == GUARD_TELL ? SAY_UNREAD
                     : f->act == GUARD_CUT_OUT ? SAY_SOME_CUT : SAY_ALL_CUT;
    buf_printf(turn_notice(turn), "%s (%s: %s)", turn_says(turn, done), kind_said(turn, f->kind),
               turn_reason(turn, f->reason));
}

static Status act(Turn *turn, size_t start, size_t *end, const TurnFinding *f, Err *err) {
    tell(turn, f);
    if (f->act == GUARD_CUT_OUT) TRY(put_mark(turn, start, end, err));
    if (f->act == GUARD_FORBID) {
        turn->withheld = turn_says(turn, SAY_WITHHELD);
    }
    return buf_check(&turn->notice, "a notice", err);
}

/* ---- links ---------------------------------------------------------------------------------- */

static bool starts_at(Str text, size_t at, const char *word) {
    return str_begins(str_sub(text, at, text.n), word);
}

/* "http:", or with its colon as an entity. */
static bool has_scheme(Str text, size_t at) {
    if (!starts_at(text, at, "http") && !starts_at(text, at, "ftp")) return false;
    size_t end = at + (starts_at(text, at, "http") ? 4 : 3);
    if (end < text.n && plain_lower(text.p[end]) == 's') end++;
    return end < text.n && (text.p[end] == ':' || text.p[end] == '&');
}

static bool is_slash(Str text, size_t at) {
    return at < text.n && (text.p[at] == '/' || text.p[at] == '\\');
}

/* Where the first address at or after `at` begins; SIZE_MAX: there is none. */
static size_t link_begin(Str text, size_t at) {
    for (size_t i = at; i < text.n; i++) {
        if (has_scheme(text, i) || starts_at(text, i, "www.")) return i;
        if (!is_slash(text, i) || !is_slash(text, i + 1)) continue;
        while (i > at && (plain_is_alnum(text.p[i - 1]) || strchr("+-.:&#;", text.p[i - 1]))) i--;
        return i;
    }
    return SIZE_MAX;
}

static size_t until(Str text, size_t at, const char *ends) {
    while (at < text.n && !(text.p[at] && strchr(ends, text.p[at]))) at++;
    return at;
}

/* What holds an address so that blanks in it do not end it: '<' of Markdown, the quotation mark of
   an attribute or of CSS's url(); '(' of Markdown ends at its partner; 0: it stands in prose. */
static char link_fence(Str text, size_t begin) {
    size_t at = begin;
    if (at && text.p[at - 1] == '<') return '<';
    while (at && (unsigned char)text.p[at - 1] <= ' ') at--;
    if (at && text.p[at - 1] == '(') return '(';
    char quote = at ? text.p[at - 1] : 0;
    if (quote != '"' && quote != '\'') return 0;
    for (at--; at && (unsigned char)text.p[at - 1] <= ' ';) at--;
    return at && strchr("=(", text.p[at - 1]) ? quote : 0;
}

/* Up to a blank, a bracket that was not opened, or, in prose, a mark that is not ASCII. */
static size_t plain_end(Str text, size_t begin, bool prose) {
    size_t end = begin, width;
    int open[2] = {0};
    for (; end < text.n; end += width) {
        uint32_t code = utf8_decode(text, end, &width);
        if (code <= ' ' || (code < 0x80 && strchr("<>\"", (int)code))) break;
        if (prose && code >= 0x80 && unicode_class(code) == UC_PUNCTUATION) break;
        bool square = code == '[' || code == ']';
        if (code == '(' || code == '[') open[square]++;
        if ((code == ')' || code == ']') && --open[square] < 0) break;
    }
    /* marks of a sentence at its end are not the link's */
    while (prose && end > begin && strchr(".,;:!?'", text.p[end - 1])) end--;
    return end;
}

static size_t link_end(Str text, size_t begin) {
    char fence = link_fence(text, begin);
    if (fence == '<') return until(text, begin, ">\n");
    if (fence == '"') return until(text, begin, "\"");
    if (fence == '\'') return until(text, begin, "'");
    return plain_end(text, begin, fence == 0);
}

static bool is_known(const Turn *turn, Str link) {
    if (turn->masked.n && str_find(buf_str(&turn->masked), link, 0) != SIZE_MAX) return true;
    if (str_find(turn->question, link, 0) != SIZE_MAX) return true;
    for (size_t i = 0; i < turn->found.n; i++) {
        if (str_find(turn->found.hits[i].text, link, 0) != SIZE_MAX) return true;
    }
    return false;
}

/* In text[from..]. An address that began before may go on there: sentences end inside of some. */
static bool leaks(const Turn *turn, Str text, size_t from) {
    size_t begin;
    for (size_t at = from > LINK_MAX ? from - LINK_MAX : 0;
         (begin = link_begin(text, at)) != SIZE_MAX;) {
        size_t end = link_end(text, begin);
        if (end > from && end > begin && !is_known(turn, str_sub(text, begin, end))) return true;
        at = end > begin ? end : begin + 1;
    }
    return false;
}

/* ---- one sentence --------------------------------------------------------------------------- */

/* The weightiest that is done about the sentence; act OFF: nothing. */
static TurnFinding judge(Turn *turn, Guard *guard, const GuardTable *table, Str window,
                         size_t context) {
    TurnFinding most = {.place = GUARD_ANSWER, .act = GUARD_OFF};
    GuardVerdict verdicts[GUARD_KINDS];
    Str written = {turn->text.p, (size_t)(window.p + window.n - turn->text.p)};
    size_t n = guard_check(guard, window, verdicts);
    for (size_t i = 0; i < n; i++) {
        const GuardVerdict *v = &verdicts[i];
        GuardAct by = guard_table_act(table, GUARD_ANSWER, v->kind, v->score);
        if (by <= most.act || v->end <= context) continue; /* it was found before */
        most = (TurnFinding){GUARD_ANSWER, guard_kind_name(v->kind), by, (double)v->score,
                             v->reason};
    }
    size_t from = written.n - window.n + context;
    if (turn->masked.n && table->leak > most.act && leaks(turn, written, from))
        most = (TurnFinding){GUARD_ANSWER, "leak", table->leak, 1, leak_reason};
    return most;
}

/* Nobody wants answers looked at. */
static bool is_off(const GuardTable *table) {
    bool off = table->leak == GUARD_OFF;
    for (int k = 0; k < GUARD_KINDS; k++) off = off && table->act[GUARD_ANSWER][k] == GUARD_OFF;
    return off;
}

Status guard_sentence(Turn *turn, size_t start, size_t *end, bool supported, Err *err) {
    Guard *guard = NULL;
    const GuardTable *table = NULL;
    TRY(rig_guard_table(turn->rig, &table, err));
    if (is_off(table)) return OK;
    GuardTable less = *table;
    if (supported) {
        less.act[GUARD_ANSWER][GUARD_OFFENSIVE] = less.act[GUARD_ANSWER][GUARD_UNSAFE] = GUARD_OFF;
    }
    TRY(rig_guard(turn->rig, &guard, err));
    size_t context = start < CONTEXT ? start : CONTEXT;
    Str window = str_sub(buf_str(&turn->text), start - context, *end);
    TurnFinding f = judge(turn, guard, &less, window, context);
    return f.act == GUARD_OFF ? OK : act(turn, start, end, &f, err);
}

Status guard_holds(Turn *turn, bool *holds, Err *err) {
    const GuardTable *table = NULL;
    TRY(rig_guard_table(turn->rig, &table, err));
    *holds = turn->masked.n > 0 && table->leak > GUARD_TELL;
    for (int k = 0; k < GUARD_KINDS; k++) {
        *holds = *holds || table->act[GUARD_ANSWER][k] > GUARD_TELL;
    }
    return OK;
}
