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
 * where at least OCR_SHARE of the run are true ones, or OCR_ROUND where they are only O, I and l;
 * formats with strong checks take those, others beside their own word.
 *
 * Bounds: PHRASE_TOKENS tokens a phrase (then the next phrase begins PHRASE_LOOK before its end),
 * PHRASE_LOOK tokens and RUN_MAX characters a run: a constant number of looks for each token.
 */
#include <assert.h>

#include "gate/scan/impl.h"

enum { TOKEN_LONG = 64, TOKEN_MOST = 0xFFF0, HEADS = 2, SMALL = 4 };
static const float SURE = 0.7f; /* parts beat it by 0.3, and none has 1 */
enum { OCR_SHARE = 45, ROUND_LONG = 4, OCR_ROUND = 30, OCR_LEAST = 3 };

/* Only letters that scanners and hands confuse with one digit; in the spelling of the text, since
   'l' is a one and 'L' is none. */
char number_ocr_digit(char c) {
    switch (c) {
    case 'O': case 'o': case 'Q': return '0';
    case 'I': case 'l': case 'i': return '1';
    case 'Z': case 'z': return '2';
    case 'S': case 's': return '5';
    case 'B': return '8';
    default: return 0;
    }
}

/* Rows of eight to fifteen digits by eight bytes at once; all else byte by byte. */
void number_token_long(const Fold *v, uint32_t at, Token *out) {
    uint32_t few = digits_at(v, at);
    if (few == 8) few += digits_at(v, at + 8);
    if (few >= 8 && few < 16 && !(sign_of(fold_at(v, (int64_t)at + few)) & SIGN_WORD)) {
        *out = (Token){.at = at, .n = few, .digits = (uint16_t)few};
        return;
    }
    uint32_t x = at, end = v->n - at > TOKEN_MOST ? at + TOKEN_MOST + 1 : v->n;
    unsigned sign, any = 0, digits = 0, ocr = 0;
    for (; x < end && (sign = sign_of(v->p[x])) & SIGN_WORD; x++) {
        digits += sign & SIGN_DIGIT;
        ocr += sign / SIGN_OCR & 1;
        any |= sign;
    }
    uint32_t n = x - at;
    *out = (Token){.at = at,
                   .n = n > TOKEN_MOST ? TOKEN_MOST : n,
                   .digits = (uint16_t)digits,
                   .ocr = (uint16_t)ocr,
                   .lower = any & SIGN_SMALL};
}

/* Where words are glued to a number ("tel13800138000", "6789Phone", "…4610ok") the token is the
   number alone. Letters behind are three or more, or any behind eleven digits; letters before are
   three or more, or small ones, before eleven, fifteen or more. A token of 18 may be a credit code,
   and two capitals before digits may be an IBAN. */
static void token_trim(const Fold *v, Token *t) {
    enum { CREDIT_CODE = 18, MOBILE = 11, LONG = 15, GROUP = 4 };
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
    if (t->n <= GROUP && !t->lower) return; /* a group of a code */
    number_token_read(v, t->at + head, t);
    t->n = core;
    t->digits = (uint16_t)(core - !is_digit(c[head + core - 1]));
    t->ocr = 0;
    t->lower = c[head + core - 1] == 'x';
}

/* The end of a resident number that was broken before it: "11010", "519491231002X". */
static bool ends_resident(const Phrase *p, const Fold *v, const Token *t) {
    enum { DIGITS = 17 };
    uint32_t n = t->digits;
    if (n + 1 != t->n || to_lower(v->p[t->at + n]) != 'x') return false;
    for (int i = p->n; i-- > 0 && n < DIGITS && p->token[i].digits == p->token[i].n;) {
        n += p->token[i].n;
    }
    return n == DIGITS;
}

/* Digits before x that an area's code may be: a zero and two to five more. */
static bool is_area(const Fold *v, uint32_t x) {
    uint32_t from = x;
    while (from > 0 && x - from < 7 && is_digit(v->p[from - 1])) from--;
    return x - from >= 3 && x - from <= 6 && v->p[from] == '0' &&
           !is_alnum(fold_at(v, (int64_t)from - 1));
}

/* The number of a list's item ("12.", "3)", "4、") at x; 0: none is there. */
static int item_number(const Fold *v, uint32_t x) {
    enum { DIGITS = 2 };
    int n = 0;
    uint32_t at = x;
    while (at - x < DIGITS && is_digit(fold_at(v, at))) n = n * 10 + (v->p[at++] - '0');
    char mark = fold_at(v, at);
    bool list = mark == '.' || mark == ')' || sign_in(v, at, "、");
    return at > x && list && !is_digit(fold_at(v, (int64_t)at + 1)) ? n : 0;
}

/* At most two digits at *x, or just four, of a value from least to most: *x moves behind them. */
static bool takes_part(const Fold *v, uint32_t *x, uint32_t digits, int least, int most) {
    int value = 0;
    uint32_t n = 0; /* not digits_at, which sees none close to the text's end */
    for (; n <= digits && is_digit(fold_at(v, *x)); n++) value = value * 10 + (v->p[(*x)++] - '0');
    return n > 0 && n <= digits && (digits < 4 || n == 4) && value >= least && value <= most;
}

/* "2026-04-03", "3.4.2026", "03/04/2026" at x, and no letter or digit behind it. */
static bool is_day(const Fold *v, uint32_t x) {
    enum { YEAR_FIRST = 1900, YEAR_LAST = 2099 };
    bool iso = is_digit(fold_at(v, (int64_t)x + 1)) && is_digit(fold_at(v, (int64_t)x + 2));
    bool day = iso ? takes_part(v, &x, 4, YEAR_FIRST, YEAR_LAST) : takes_part(v, &x, 2, 1, 31);
    char sign = fold_at(v, x);
    if (!day || !sign || !strchr(iso ? "-./" : "./", sign)) return false;
    x++;
    bool middle = takes_part(v, &x, 2, 1, iso || sign == '.' ? 12 : 31);
    if (!middle || fold_at(v, x) != sign) return false;
    x++;
    bool rest = iso ? takes_part(v, &x, 2, 1, 31) : takes_part(v, &x, 4, YEAR_FIRST, YEAR_LAST);
    char behind = fold_at(v, x);
    return rest && (!is_alnum(behind) || behind == 'T');
}

/* A line's number that counts on from that of the line above is no end of what stands there, and
   neither is the day that a line of a diary, a chat or a log begins with. */
bool number_is_next_item(const Fold *v, uint32_t x, uint32_t above) {
    enum { LINE_MOST = 1024 };
    if (is_day(v, x)) return true;
    int n = item_number(v, x);
    uint32_t at = above;
    assert(above <= x);
    if (n < 2) return false; /* a first one counts on from nothing */
    while (at > 0 && above - at < LINE_MOST && v->p[at - 1] != '\n') at--;
    while (at < above && (v->p[at] == ' ' || v->p[at] == '\t' || v->p[at] == '#')) at++;
    return item_number(v, at) == n - 1;
}

/* Of several bytes, or none that joins. */
char number_joint(const Fold *v, uint32_t x, uint32_t *n) {
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
        else if ((c == '/' ? kind == ' ' : c == ' ' && kind == '/') && !line && is_area(v, x))
            kind = '/';
        else
            break;
    }
    *n = i;
    if (!is_alnum(fold_at(v, x + i)) || i == 0) return 0;
    if (line) return number_is_next_item(v, x + i, x) ? 0 : '\n';
    uint32_t most = kind == '(' || kind == '-' ? 3 : kind == ' ' ? 2 : 1;
    if (kind == '/' && i == 3) most = 3; /* "04931 / 55 01 22" */
    return i <= most ? kind : 0;
}

static bool is_round(const Fold *v, const Token *t) { /* "OO", "lO": digits misread */
    for (uint32_t x = t->at; x < t->at + t->n; x++) {
        if (!(sign_of(v->p[x]) & SIGN_OCR) || !strchr("OoIl", v->p[x])) return false;
    }
    return true;
}

/* Does the token go on a phrase: it holds a digit or is a letter or two ("AB 12 34 56 C"). */
static bool joins(const Fold *v, const Token *t) {
    bool at = t->n == 2 && memcmp(v->p + t->at, "AT", 2) == 0; /* "bob88 AT 163.com" */
    if (t->n > TOKEN_LONG || at) return false;
    return t->digits > 0 || (t->n <= 2 && !t->lower) || (t->n <= ROUND_LONG && is_round(v, t));
}

/* One behind where a capital or two begin, apart from x by one blank, dash or dot; 0: none. */
static uint32_t letters_before(const Scanner *s, uint32_t x) {
    const Fold *v = &s->fold;
    if (x < 2 || x - 1 <= s->floor || !(sign_of(v->p[x - 2]) & SIGN_CAPITAL)) return 0;
    char apart = v->p[x - 1];
    if (apart != ' ' && apart != '-' && apart != '.') return 0;
    uint32_t back = x - 1;
    while (back > s->floor && x - back < 5 && plain_is_capital(v->p[back - 1])) back--;
    bool border = back == 0 || !is_alnum(v->p[back - 1]);
    return border && back < x - 1 && x - 1 - back <= 2 ? back + 1 : 0;
}

_Static_assert(PHRASE_TOKENS > PHRASE_LOOK && TOKEN_MOST <= UINT16_MAX, "a cut phrase has a begin");
_Static_assert((int)RUN_MAX >= (int)SIG_MAX && (int)RUN_MAX <= UINT8_MAX, "Run.group is in bytes");

/* From the token that x stands in, with at most HEADS capitals before it, as far as tokens join. A
   token that is too long is read and is the last. */
static void phrase_read(Scanner *s, uint32_t x, Phrase *out) {
    const Fold *v = &s->fold;
    uint32_t at = x, n;
    bool hour;
    while (at > s->floor && x - at < LOOK_BACK && is_alnum(v->p[at - 1])) at--;
    out->n = 0;
    out->cut = out->loose = out->context_read = false;
    uint32_t head[HEADS], heads = 0;
    for (uint32_t h = at; heads < HEADS && (h = letters_before(s, h)) > 0;) head[heads++] = --h;
    while (heads > 0) {
        number_token_read(v, head[--heads], &out->token[out->n]);
        out->token[out->n].sep = out->n ? v->p[out->token[out->n].at - 1] : 0;
        out->n++;
    }
    Token *t = &out->token[out->n];
    number_token_read(v, at, t);
    if (t->digits < t->n) token_trim(v, t);
    t->sep = out->n ? v->p[at - 1] : 0;
    while (t->n <= TOKEN_LONG) {
        out->end = t->at + t->n;
        out->n++;
        char sep = number_separator(v, out->end, &n);
        if (!sep || (sep == '\n' && stamp_end(v, out->end + n, &hour))) return; /* a log's line */
        t++;
        number_token_read(v, out->end + n, t);
        if (t->digits && t->digits < t->n && !ends_resident(out, v, t)) token_trim(v, t);
        if (!joins(v, t) || (sep == '\n' && t->digits == 0)) return;
        out->cut = out->n == PHRASE_TOKENS;
        if (out->cut) return;
        t->sep = sep;
    }
    out->end = t->at + t->n; /* the first one is too long to go on */
    out->n++;
}

/* ---- runs ---------------------------------------------------------------------------------- */

void number_run_begin(Run *run, Phrase *phrase, int first) {
    assert(first >= 0 && first < phrase->n);
    run->phrase = phrase;
    run->first = first;
    run->at = phrase->token[first].at;
    run->n = run->digits = run->ocr = run->groups = 0;
    run->lower = run->spliced = run->tight = run->doubted = false;
    run->n_sig = 0;
    run->read = false;
    run->sep = 0;
}

/* What stands before token t of a run, whose first part ends at before_end. A line end may stand
   once. */
static void note_separator(Run *run, const Token *t, uint32_t before_end) {
    if (t->sep == '\n') {
        run->spliced = true;
        return;
    }
    run->n_sig += t->odd ? 1 : t->at - before_end;
    run->doubted = run->doubted || t->column;
    run->sep = run->sep == 0 || run->sep == t->sep ? t->sep : '*';
}

/* Counts the next token, and leaves the run's letters and digits unwritten; false when it is too
   long now. */
static bool run_count(Run *run, int index) {
    const Token *t = &run->phrase->token[index];
    if (run->n + (int)t->n > RUN_MAX || run->groups == PHRASE_LOOK) return false;
    if (index > run->first) {
        const Token *before = &run->phrase->token[index - 1];
        if (t->sep == '\n' && run->spliced) return false;
        note_separator(run, t, before->at + before->n);
    }
    run->n += (int)t->n;
    run->n_sig += t->n;
    run->digits += t->digits;
    run->ocr += t->ocr;
    run->lower = run->lower || t->lower;
    if (t->sep == '\n' && index > run->first)
        run->group[run->groups - 1] += (uint8_t)t->n;
    else
        run->group[run->groups++] = (uint8_t)t->n;
    assert(run->n <= RUN_MAX && run->groups >= 1 && run->groups <= PHRASE_LOOK);
    run->last = index;
    run->end = t->at + t->n;
    return true;
}

/* Writes the token to run->c, where `n` letters and digits stand; returns how many there are. */
static int run_spell(Run *run, const Fold *v, const Token *t, int n) {
    const char *from = v->p + t->at;
    if (t->digits == t->n && t->n <= 8 && v->n - t->at >= 8 && n <= RUN_MAX - 8) {
        memcpy(run->c + n, from, 8); /* what is too much is written over */
        n += (int)t->n;
    } else {
        for (uint32_t k = 0; k < t->n; k++) run->c[n++] = to_upper(from[k]);
    }
    run->c[n] = 0;
    return n;
}

/* Takes the next token into the run; false when it is too long now. */
bool number_run_extend(Run *run, const Fold *v, int index) {
    int n = run->n;
    assert(index == (n ? run->last + 1 : run->first)); /* in order */
    if (!run_count(run, index)) return false;
    (void)run_spell(run, v, &run->phrase->token[index], n);
    return true;
}

/* "13800138000.0": a spreadsheet took the number for an amount. */
static bool is_made_real(const Run *run, const Fold *v) {
    const Phrase *p = run->phrase;
    const Token *zero = &p->token[run->last + 1];
    return run->groups == 1 && run->last + 2 == p->n && zero->n == 1 && v->p[zero->at] == '0';
}

/* A number that goes on behind a '.', '-' or '/' is a part of something else, and so are groups
   in a longer row of that width. */
static bool is_tight(const Run *run, const Fold *v) {
    const Phrase *p = run->phrase;
    int first = run->first, last = run->last;
    char before = p->token[first].sep, behind = last + 1 < p->n ? p->token[last + 1].sep : 0;
    bool number_before = first > 0 && p->token[first - 1].digits > 0;
    const Token *t = p->token;
    if (run->groups > 1 && first > 0 && before == run->sep &&
        (t[first - 1].n == run->group[0] || before == '(')) {
        return true;
    }
    if (run->groups > 1 && behind == run->sep && t[last + 1].n == run->group[run->groups - 1]) {
        return true;
    }
    return (number_before && (before == '.' || before == '-' || before == '/')) ||
           (behind == '.' && !is_made_real(run, v)) || behind == '-' || behind == '/';
}

/* The same run with its letters read as digits, where enough of it is digits. */
static bool read_ocr(const Run *run, Run *out) {
    bool x = run->n == 18 && run->c[17] == 'X'; /* the check character of a resident number */
    if (run->ocr == 0 || run->digits + run->ocr + x != run->n) return false;
    bool round = true;
    for (int i = 0; i < run->n; i++) {
        round = round && (is_digit(run->c[i]) || strchr("OILX", run->c[i]));
    }
    if (run->digits * 100 < (round ? OCR_ROUND : OCR_SHARE) * run->n) return false;
    *out = *run;
    assert(run->c[run->n] == 0); /* it is spelled */
    for (int i = 0; i < run->n - x; i++) {
        if (!is_digit(run->c[i])) {
            char as_written = run->c[i] == 'L' ? 'l' : run->c[i];
            out->c[i] = number_ocr_digit(as_written);
            if (!out->c[i]) return false;
        }
    }
    out->digits = run->n - x;
    out->read = out->doubted = true;
    return true;
}

/* Behind a '+', with a bracket perhaps: a telephone from abroad. */
static bool is_abroad(const Fold *v, const Run *run) {
    char before = fold_at(v, (int64_t)run->at - 1);
    if (before == '(') before = fold_at(v, (int64_t)run->at - 2);
    return run->first == 0 && before == '+';
}

static bool has_x(const Fold *v, const Run *run) {
    const Token *t = &run->phrase->token[run->first], *last = &run->phrase->token[run->last];
    while (t < last && t->digits == t->n) t++; /* to the letter */
    return memchr(v->p + t->at, 'x', t->n) || memchr(v->p + t->at, 'X', t->n);
}

/* Does any family take a run of that length and those signs, beside which no word stands? Few
   digits are a telephone from abroad or nothing; a letter among more is an 'x' before an extension
   ("555-0147x12"), or one that is read for a digit. */
static bool is_taken_bare(const Scanner *s, const Run *run) {
    enum { CODE = 18, IBAN_LEAST = 15, ABROAD_LEAST = 7, LEAST = 9, MOST = 19, EXTENDED_MOST = 22 };
    const Fold *v = &s->fold;
    if (shape_is_bare_size(&s->shapes, run) || run->n == CODE) return true;
    if (run->n < ABROAD_LEAST) return false;
    if (run->digits == run->n && run->n < LEAST) return is_abroad(v, run);
    if (!is_digit(v->p[run->at]) && run->n >= IBAN_LEAST) return true;
    if (run->digits + run->ocr == run->n) return run->n <= MOST;
    return run->digits + 1 == run->n && run->n <= EXTENDED_MOST && has_x(v, run);
}

/* Every family that may take such a run, and where letters may be misread digits the same once more
   with them read. */
static void run_try(Scanner *s, Run *run) {
    enum { LEAST = 5 }; /* signs of anything but a date */
    run->tight = is_tight(run, &s->fold);
    assert(run->n > 0 && run->c[run->n] == 0);
    if (run->n >= LEAST) {
        if (run->n_sig <= SIG_MAX) shape_run(s, run);
        if (run->groups > 1 && run->n >= 15 && !is_digit(run->c[0])) format_iban_run(s, run);
        format_word_run(s, run);
    }
    bool part = run->tight && run->groups > 1 && run->groups == run->n;
    if (run->digits + run->ocr >= 6 && run->digits >= OCR_LEAST && !part) {
        format_cn_run(s, run);
        format_bank_run(s, run);
        format_phone_run(s, run);
        format_device_run(s, run);
        Run read;
        if (read_ocr(run, &read)) {
            format_cn_run(s, &read);
            format_bank_run(s, &read);
            format_phone_run(s, &read);
            shape_run(s, &read);
        }
    }
    if (run->digits <= 8) format_date_run(s, run);
}

/* A find over the rest of the phrase that no part of it can beat (scan.c). */
static bool is_covered(const Scanner *s, const Phrase *phrase, int first) {
    return s->last_at <= phrase->token[first].at && s->last_end >= phrase->end &&
           s->last_score >= SURE;
}

/* What goes beyond a token: a plate, a house's number; beside words an amount. */
static void token_try(Scanner *s, Run *run, bool words) {
    run->tight = is_tight(run, &s->fold);
    format_cn_token(s, run);
    format_address_run(s, run);
    if (!words) return;
    format_amount_run(s, run);
    if (run->n == 4) format_plate_token(s, run);
}

/* All runs that begin with token `first`, the shortest first. Spelling waits until a family may
   take one. */
static void runs_from(Scanner *s, Phrase *phrase, int first) {
    Run run;
    bool covered = is_covered(s, phrase, first), words = phrase_context(s, phrase)->any;
    int spelled = first, n = 0;
    const Token *t = &phrase->token[first];
    if (covered && !words && small_is_quiet(&s->fold, t->at, t->at + t->n)) return;
    number_run_begin(&run, phrase, first);
    for (int last = first; last < phrase->n; last++) {
        if (!run_count(&run, last)) break;
        if (run.digits == 0) continue;
        bool taken = !covered && (words || is_taken_bare(s, &run));
        if (!taken && last > first) continue;
        for (; spelled <= last; spelled++) {
            n = run_spell(&run, &s->fold, &phrase->token[spelled], n);
        }
        if (taken) run_try(s, &run);
        if (last > first) continue;
        if (covered && words) format_date_run(s, &run);
        if (words || !small_is_quiet(&s->fold, run.at, run.end)) token_try(s, &run, words);
        if (covered) break;
    }
}

/* ---- small numbers ------------------------------------------------------------------------- */

/* Most numbers of a text have one or two groups and SMALL signs at most: too short for all but a
   day, a house number, an amount and a plate ("EUR" glued to a digit is an amount). */
static bool is_small(const Phrase *phrase) {
    enum { CURRENCY = 3 };
    const Token *t = phrase->token;
    if (phrase->n > 2 || t->n > SMALL) return false;
    if (t->n - t->digits == CURRENCY) return false;
    return phrase->n == 1 || (t[0].n + t[1].n <= SMALL && t[1].sep != '\n');
}

/* A day, an hour, two small numbers that a line end parts: each family that takes so few digits
   asks for a word, but for telephones from abroad. Where none stands beside they are small ones. */
static bool is_short(Scanner *s, Phrase *phrase) {
    enum { GROUPS = 3, DIGITS = 8, MIXED = 6 };
    const Token *t = phrase->token;
    unsigned digits = 0;
    if (phrase->n > GROUPS || fold_at(&s->fold, (int64_t)t->at - 1) == '+') return false;
    for (int i = 0; i < phrase->n; i++) {
        digits += t[i].digits;
        bool mixed = t[i].digits < t[i].n; /* "12T07" */
        if (mixed && (t[i].n > MIXED || !is_digit(s->fold.p[t[i].at]))) return false;
    }
    return digits <= DIGITS && !phrase_context(s, phrase)->any;
}

/* Short groups are nothing alone: the words around them are asked for again where more follows. */
static void forget_context(Phrase *phrase) {
    enum { LEAST = 6, GROUP_LEAST = 5 };
    uint32_t n = 0, most = 0;
    for (int i = 0; i < phrase->n && n < LEAST; i++) {
        n += phrase->token[i].n;
        if (phrase->token[i].n > most) most = phrase->token[i].n;
    }
    if (n < LEAST && most < GROUP_LEAST) phrase->context_read = false;
}

/* Does anything beside a small number say what it is? One with a decimal is judged as a whole. */
static bool says_something(const Fold *v, const Phrase *phrase, int i) {
    const Token *t = phrase->token;
    bool real = phrase->n == 2 && t[1].sep == '.';
    const Token *first = &t[real ? 0 : i], *last = &t[real ? 1 : i];
    return !small_is_quiet(v, first->at, last->at + last->n);
}

/* Few digits are a day, a house number, an amount or a plate, and each token is asked alone. */
static void small_numbers(Scanner *s, Phrase *phrase) {
    Run run;
    for (int i = 0; i < phrase->n; i++) {
        if (is_letter(s->fold.p[phrase->token[i].at])) format_iban(s, phrase, i); /* its head */
        if (phrase->token[i].digits == 0 || !says_something(&s->fold, phrase, i)) continue;
        number_run_begin(&run, phrase, i);
        (void)number_run_extend(&run, &s->fold, i);
        bool words = phrase_context(s, phrase)->any, day = run.groups == 1 && run.n <= 2;
        day = day || fold_has(&s->fold, run.end, "年"); /* "1997...生" */
        if (words || day) format_date_run(s, &run); /* a day's word may stand behind the year */
        token_try(s, &run, words);
    }
}

/* What may stand between two numbers of a row: a bar, or a comma, with blanks. */
typedef struct RowGap {
    uint32_t n;
    bool bar, list;
} RowGap;

/* As long as blanks, bars and commas go, GAP_MOST at most. */
static RowGap row_gap(const Fold *v, uint32_t x) {
    enum { GAP_MOST = 6 };
    RowGap gap = {0};
    for (; gap.n < GAP_MOST; gap.n++) {
        char c = fold_at(v, (int64_t)x + gap.n);
        gap.bar = gap.bar || c == '|' || c == '\t' || c == ';';
        gap.list = gap.list || c == ',';
        if (c != ' ' && c != ',' && c != '|' && c != '\t' && c != ';') break;
    }
    return gap;
}

/* The end of the small numbers behind `end` in a row that loose.c has read: bars or commas part
   them from all else, and nothing beside says what they are. Two decimals may be a position. */
static uint32_t row_end(const Scanner *s, uint32_t end) {
    const Fold *v = &s->fold;
    for (RowGap gap = row_gap(v, end), behind; end < s->loose_until; gap = behind) {
        uint32_t x = end + gap.n, digits = x < v->n ? digits_at(v, x) : 0;
        uint32_t stop = x + digits, decimals = 0;
        if (x >= s->loose_until || digits == 0 || !(gap.bar || gap.list)) break;
        if (fold_at(v, stop) == '.') decimals = digits_at(v, stop + 1);
        if (digits + decimals > SMALL) break;
        stop += decimals ? decimals + 1 : 0;
        behind = row_gap(v, stop);
        if (behind.n == 0) break;
        if (!behind.bar && (decimals > 1 || !behind.list)) break;
        if (!small_is_quiet(v, x, stop)) break;
        end = stop;
    }
    return end;
}

/* "(*05.06.1991 in Hagen)": a star is a word of birth, which context.c does not know. */
static void starred_date(Scanner *s, Phrase *phrase) {
    Run run;
    int64_t before = (int64_t)phrase->token[0].at - 1;
    if (fold_at(&s->fold, before) == ' ') before--;
    if (phrase->n < 3 || fold_at(&s->fold, before) != '*') return;
    number_run_begin(&run, phrase, 0);
    for (int i = 0; i < 3; i++) {
        if (!number_run_extend(&run, &s->fold, i)) return;
    }
    format_date_run(s, &run);
}

/* The phrase around x, all its runs, and where the search goes on: behind it, or, where it was cut,
   so far before its end that a number that began there is whole. */
uint32_t number_scan(Scanner *s, uint32_t x) {
    enum { QUAD = 4 };
    Phrase phrase;
    phrase_read(s, x, &phrase);
    starred_date(s, &phrase);
    bool small = is_small(&phrase) || is_short(s, &phrase);
    if (small) small_numbers(s, &phrase);
    int stop = phrase.cut ? phrase.n - PHRASE_LOOK : phrase.n;
    for (int first = 0; first < stop && !small; first++) {
        if (phrase.token[first].n > TOKEN_LONG) continue;
        runs_from(s, &phrase, first);
        if (is_letter(s->fold.p[phrase.token[first].at])) format_iban(s, &phrase, first);
        if (phrase.n - first >= QUAD) net_dotted(s, &phrase, first);
    }
    assert(phrase.n >= 1 && phrase.n <= PHRASE_TOKENS + 1 && stop > 0);
    forget_context(&phrase);
    if (!phrase.cut && x >= s->loose_until) loose_scan(s, &phrase);
    uint32_t next = phrase.cut ? phrase.token[stop].at : phrase.end;
    for (int i = phrase.n - 1; !phrase.cut && i > 0 && phrase.token[i].digits == 0; i--) {
        next = phrase.token[i - 1].at + phrase.token[i - 1].n; /* letters may begin something */
    }
    if (small && next == phrase.end) next = row_end(s, next);
    s->floor = next;
    return next > x ? next : x + 1;
}
