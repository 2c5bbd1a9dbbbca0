/*
 * Numbers as people write them: tokens, phrases, runs.
 *
 * A token is a run of ASCII letters and digits of the view. A phrase is a token with a digit and
 * the tokens that follow it with at most a short separator between: one of " - . / ( )" or two
 * blanks, a bracket with a blank, or a line break that cuts a number in two. A run is some tokens
 * of the phrase, first to last: "call 2 138 0013 8000" holds the phrase 2|138|0013|8000, and the
 * run 138..8000 is a mobile number. Every run goes to every family of formats, which decide by
 * length, shape, separators and check digits.
 *
 * Letters that are read for digits (O, I, l, Z, S, B: a scan's or a trickster's) count as digits
 * where at least OCR_SHARE of the run are true ones; only formats with strong checks take those.
 *
 * Bounds: PHRASE_TOKENS tokens a phrase (then the next phrase begins PHRASE_LOOK before its end),
 * PHRASE_LOOK tokens and RUN_MAX characters a run: a constant number of looks for each token.
 */
#include "gate/scan/impl.h"

enum { TOKEN_LONG = 64, OCR_SHARE = 60 };

static char ocr_digit(char c) {
    switch (c) {
    case 'O':
    case 'o':
    case 'Q': return '0';
    case 'I':
    case 'l':
    case 'i': return '1';
    case 'Z':
    case 'z': return '2';
    case 'S':
    case 's': return '5';
    case 'B': return '8';
    default: return 0;
    }
}

static void token_read(const Fold *v, uint32_t at, Token *out) {
    *out = (Token){.at = at};
    uint32_t x = at;
    for (; x < v->n && is_alnum(v->p[x]); x++) {
        char c = v->p[x];
        if (is_digit(c))
            out->digits++;
        else if (ocr_digit(c))
            out->ocr++;
        if (c >= 'a') out->lower = true;
        if (x - at >= 0xFFF0) break;
    }
    out->n = x - at;
}

/* Where words are glued to a number ("tel13800138000", "6789Phone", "…4610ok") the token is the
   number alone. Letters behind are three or more, or any behind eleven digits; letters before are
   three or more, or small ones, before eleven, fifteen or more. A token of 18 may be a credit code,
   and two capitals before digits may be an IBAN. */
static void token_trim(const Fold *v, Token *t) {
    enum { CREDIT_CODE = 18, MOBILE = 11, LONG = 15 };
    const char *c = v->p + t->at;
    uint32_t head = 0, core = 0;
    while (head < t->n && is_letter(c[head])) head++;
    while (head + core < t->n && is_digit(c[head + core])) core++;
    if (core == 17 && head + core < t->n && to_lower(c[head + core]) == 'x') core++;
    uint32_t tail = t->n - head - core;
    for (uint32_t k = head + core; k < t->n; k++) {
        if (is_digit(c[k])) return;
    }
    bool bad_head =
        head == 1 || (head == 2 && c[0] < 'a') || (head > 0 && core != MOBILE && core < LONG);
    bool bad_tail = tail > 0 && tail < 3 && core < MOBILE;
    if (bad_head || bad_tail || head + tail == 0 || t->n == CREDIT_CODE) return;
    if (t->digits + t->ocr == t->n) return; /* letters for digits, perhaps */
    token_read(v, t->at + head, t);
    t->n = core;
    t->digits = (uint16_t)(core - !is_digit(c[head + core - 1]));
    t->ocr = 0;
    t->lower = c[head + core - 1] == 'x';
}

/* The separator at x, which stands between two tokens; *n is its length. 0: none that joins. */
static char separator(const Fold *v, uint32_t x, uint32_t *n) {
    char kind = 0;
    bool line = false;
    uint32_t i = 0;
    for (; i < 8; i++) {
        char c = fold_at(v, x + i);
        if (c == '\n' && !line)
            line = true;
        else if (c == '\r' || (c == ' ' && line))
            continue;
        else if (c == '(' || c == ')')
            kind = '(';
        else if (c == ' ' && (kind == 0 || kind == ' ' || kind == '(' || kind == '-')) {
            if (!kind) kind = ' ';
        } else if (c == '-' && (kind == 0 || kind == ' ') && !line)
            kind = '-';
        else if ((c == '.' || c == '/') && kind == 0 && !line)
            kind = c;
        else
            break;
    }
    *n = i;
    if (!is_alnum(fold_at(v, x + i)) || i == 0) return 0;
    if (line) return '\n';
    return i <= (kind == '(' ? 3u : kind == '-' ? 3u : kind == ' ' ? 2u : 1u) ? kind : 0;
}

/* Does the token go on a phrase: it holds a digit or is a letter or two ("AB 12 34 56 C"). */
static bool joins(const Token *t) {
    return t->n <= TOKEN_LONG && (t->digits > 0 || (t->n <= 2 && !t->lower));
}

static void phrase_read(Scanner *s, uint32_t x, Phrase *out) {
    const Fold *v = &s->fold;
    uint32_t at = x, n;
    while (at > s->floor && x - at < LOOK_BACK && is_alnum(v->p[at - 1])) at--;
    out->n = 0;
    out->cut = out->context_read = false;
    if (at >= 3 && v->p[at - 1] == ' ' && at - 1 > s->floor) { /* a letter or two before */
        uint32_t back = at - 1;
        while (back > s->floor && at - back < 5 && v->p[back - 1] >= 'A' && v->p[back - 1] <= 'Z') {
            back--;
        }
        bool border = back == 0 || !is_alnum(v->p[back - 1]);
        if (border && at - 1 - back >= 1 && at - 1 - back <= 2)
            token_read(v, back, &out->token[out->n++]);
        if (out->n) out->token[0].sep = 0;
    }
    Token t;
    token_read(v, at, &t);
    if (t.digits < t.n) token_trim(v, &t);
    t.sep = out->n ? ' ' : 0;
    out->token[out->n++] = t;
    out->end = t.at + t.n;
    while (t.n <= TOKEN_LONG) {
        char sep = separator(v, out->end, &n);
        if (!sep) break;
        token_read(v, out->end + n, &t);
        if (t.digits && t.digits < t.n) token_trim(v, &t);
        if (!joins(&t) || (sep == '\n' && t.digits == 0)) break;
        if (out->n == PHRASE_TOKENS) {
            out->cut = true;
            break;
        }
        t.sep = sep;
        out->token[out->n++] = t;
        out->end = t.at + t.n;
    }
}

const Context *phrase_context(Scanner *s, Phrase *phrase) {
    if (!phrase->context_read) {
        phrase->context = context_around(s->words, &s->fold, phrase->token[0].at, phrase->end);
        phrase->context_read = true;
    }
    return &phrase->context;
}

/* ---- runs ---------------------------------------------------------------------------------- */

static void run_begin(Run *run, Phrase *phrase, int first) {
    run->phrase = phrase;
    run->first = first;
    run->at = phrase->token[first].at;
    run->n = run->digits = run->ocr = run->groups = 0;
    run->lower = run->spliced = false;
    run->n_sig = 0;
    run->sep = 0;
}

static void sig_add(Run *run, char c) {
    if (run->n_sig < 0 || run->n_sig == SIG_MAX)
        run->n_sig = -1;
    else
        run->sig[run->n_sig++] = c;
}

static void note_separator(Run *run, const Fold *v, const Token *t, uint32_t before_end) {
    if (t->sep == '\n') {
        run->spliced = true;
        return;
    }
    for (uint32_t x = before_end; x < t->at; x++) sig_add(run, v->p[x]);
    run->sep = run->sep == 0 || run->sep == t->sep ? t->sep : '*';
}

/* Takes the next token into the run; false when it is too long now. */
static bool run_extend(Run *run, const Fold *v, int index) {
    const Token *t = &run->phrase->token[index];
    if (run->n + (int)t->n > RUN_MAX || run->groups == PHRASE_LOOK) return false;
    if (index > run->first) {
        const Token *before = &run->phrase->token[index - 1];
        if (t->sep == '\n' && run->spliced) return false;
        note_separator(run, v, t, before->at + before->n);
    }
    for (uint32_t x = t->at; x < t->at + t->n; x++) {
        run->c[run->n++] = to_upper(v->p[x]);
        sig_add(run, is_digit(v->p[x]) ? 'd' : 'A');
    }
    run->c[run->n] = 0;
    if (run->n_sig >= 0) run->sig[run->n_sig] = 0;
    run->digits += t->digits;
    run->ocr += t->ocr;
    run->lower = run->lower || t->lower;
    if (t->sep == '\n' && index > run->first)
        run->group[run->groups - 1] += (uint8_t)t->n;
    else
        run->group[run->groups++] = (uint8_t)t->n;
    run->last = index;
    run->end = t->at + t->n;
    return true;
}

/* A number that goes on behind a '.', '-' or '/' is a part of something else. */
static bool is_tight(const Phrase *p, int first, int last) {
    char before = p->token[first].sep, behind = last + 1 < p->n ? p->token[last + 1].sep : 0;
    bool number_before = first > 0 && p->token[first - 1].digits > 0;
    return (number_before && (before == '.' || before == '-' || before == '/')) || behind == '.' ||
           behind == '-' || behind == '/';
}

/* The same run with its letters read as digits, where enough of it is digits. */
static bool read_ocr(const Run *run, Run *out) {
    bool x = run->n == 18 && run->c[17] == 'X'; /* the check character of a resident number */
    if (run->ocr == 0 || run->digits + run->ocr + x != run->n) return false;
    if (run->digits * 100 < OCR_SHARE * run->n) return false;
    *out = *run;
    for (int i = 0; i < run->n - x; i++) {
        if (!is_digit(run->c[i])) {
            char as_written = run->c[i] == 'L' ? 'l' : run->c[i];
            out->c[i] = ocr_digit(as_written);
            if (!out->c[i]) return false;
        }
    }
    out->digits = run->n - x;
    out->n_sig = -1;
    return true;
}

static void run_try(Scanner *s, Run *run) {
    run->tight = is_tight(run->phrase, run->first, run->last);
    if (run->n_sig > 0) shape_run(s, run);
    format_context_run(s, run);
    if (run->digits >= 6) {
        format_cn_run(s, run);
        format_bank_run(s, run);
        format_phone_run(s, run);
        format_device_run(s, run);
        Run read;
        if (read_ocr(run, &read)) {
            format_cn_run(s, &read);
            format_bank_run(s, &read);
            format_phone_ocr(s, &read);
        }
    }
    if (run->digits <= 8) format_date_run(s, run);
}

static void runs_from(Scanner *s, Phrase *phrase, int first) {
    Run run;
    run_begin(&run, phrase, first);
    for (int last = first; last < phrase->n; last++) {
        if (!run_extend(&run, &s->fold, last)) break;
        if (run.digits == 0) continue;
        run_try(s, &run);
        if (last > first || run.groups != 1) continue;
        format_cn_token(s, &run);
        format_address_run(s, &run);
        format_amount_run(s, &run);
    }
}

uint32_t number_scan(Scanner *s, uint32_t x) {
    Phrase phrase;
    phrase_read(s, x, &phrase);
    int stop = phrase.cut ? phrase.n - PHRASE_LOOK : phrase.n;
    for (int first = 0; first < stop; first++) {
        if (phrase.token[first].n > TOKEN_LONG) continue;
        runs_from(s, &phrase, first);
        format_iban(s, &phrase, first);
        net_dotted(s, &phrase, first);
    }
    uint32_t next = phrase.cut ? phrase.token[stop].at : phrase.end;
    s->floor = next;
    return next > x ? next : x + 1;
}
