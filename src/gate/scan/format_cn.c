/*
 * Chinese identifiers.
 *
 * Resident identity number (GB 11643-1999): six digits of a region, eight of the birth date, three
 * in sequence, a check character by ISO 7064 MOD 11-2; any grouping is accepted, since the check is
 * strong; right behind its word one counts although a check fails (mistyped, or made up). The first
 * generation had fifteen digits (two of the year, no check character) and needs a
 * word beside it: region and date hold for too many card numbers.
 * Unified social credit code (GB 32100-2015): 18 of 0-9 A-Z without I O Z S V; a registering
 * department and kind, a region, an organisation code, a check character MOD 31 by powers of three.
 * Number plates (GA 36-2018): a province's sign, a letter, five of digits and at most two letters
 * (no I, O); six for new energy, with a letter first or last; four and a sign for police, learners,
 * trailers, consulates; embassies begin with their own sign and have six digits.
 * Officers' ids ("... U+5B57 U+7B2C 12345678 U+53F7"), travel permits, QQ numbers: by their word.
 *
 * Region: the first two digits are a province of GB/T 2260. Prefectures and counties change and old
 * codes live on in people's numbers, so those are not checked beyond "not 00 and 00".
 */
#include "base/calendar.h"
#include "gate/scan/impl.h"

static bool is_province(const char *c) {
    static const char known[] = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 "
                                "50 51 52 53 54 61 62 63 64 65 71 81 82 83 91";
    for (const char *k = known; *k; k += k[2] ? 3 : 2) {
        if (k[0] == c[0] && k[1] == c[1]) return true;
    }
    return false;
}

static bool is_region(const char *c) {
    return is_province(c) && check_number(c + 2, 4) != 0;
}

static bool is_birth(int year, const char *month_day) {
    return year >= 1880 && check_year_passed(year) &&
           calendar_has(year, check_number(month_day, 2), check_number(month_day + 2, 2));
}

static void resident(Scanner *s, Run *run) {
    const char *c = run->c;
    if (run->digits < 17 || (run->digits == 17 && c[17] != 'X')) return;
    if (!is_region(c) || !is_birth(check_number(c + 6, 4), c + 10) || !check_mod_11_2(c)) {
        const Context *near = phrase_context(s, run->phrase);
        bool named = !run->tight && context_is_right_before(near, CTX(RESIDENT), run->at);
        if (named && !check_all_same(c, 18))
            scan_emit(s, run->at, run->end, KIND_CN_RESIDENT, 0.7);
        return;
    }
    scan_emit(s, run->at, run->end, KIND_CN_RESIDENT, 0.97);
}

static void resident_legacy(Scanner *s, Run *run) {
    if (run->digits != 15 || !is_region(run->c)) return;
    if (!is_birth(1900 + check_number(run->c + 6, 2), run->c + 8)) return;
    const Context *near = phrase_context(s, run->phrase);
    if (near->any & CTX(RESIDENT)) scan_emit(s, run->at, run->end, KIND_CN_RESIDENT, 0.9);
}

/* I, O, S and Z never stand in a code: two or more of them are digits misread, or one that is an O
   or stands in a token of both cases; a small L, too. B is 8 where it cannot be B. */
static bool reread_code(const Fold *v, const Run *run, Run *out) {
    enum { DIGITS_UNTIL = 8 };
    int changed = 0;
    if (run->digits == run->n) return false;
    *out = *run;
    for (int i = 0; i < run->n; i++) {
        char c = run->c[i], digit = strchr("IOSZ", c) ? number_ocr_digit(c) : 0;
        if (c == 'L' && run->groups == 1 && v->p[run->at + (uint32_t)i] == 'l') digit = '1';
        if (c == 'B' && i < DIGITS_UNTIL) digit = '8';
        if (digit) out->c[i] = digit;
        changed += digit ? c == 'O' ? 2 : 1 : 0;
    }
    return changed > !run->lower && run->digits >= 3;
}

static void credit_code(Scanner *s, Run *run) {
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    int sum = 0, weight = 1, last = 0;
    if (!strchr("159ANY", run->c[0]) || !is_province(run->c + 2)) return;
    for (int i = 2; i < 8; i++) {
        if (!is_digit(run->c[i])) return;
    }
    for (int i = 0; i < 18; i++, weight = weight * 3 % 31) {
        const char *at = strchr(alphabet, run->c[i]);
        if (!at) return;
        last = (int)(at - alphabet);
        if (i < 17) sum += last * weight;
    }
    if (check_all_same(run->c, 18)) return;
    const Context *near = phrase_context(s, run->phrase);
    if ((31 - sum % 31) % 31 != last) {
        bool named = run->groups == 1 && !run->tight && run->digits < 18 &&
                     context_is_right_before(near, CTX(TAX), run->at);
        if (named) scan_emit(s, run->at, run->end, KIND_CN_CREDIT, 0.7);
        return;
    }
    bool like_resident =
        run->digits >= 17 && (memcmp(run->c + 6, "19", 2) == 0 || memcmp(run->c + 6, "20", 2) == 0);
    bool like_code = run->digits >= 17 && (near->near & CTX(CODE));
    bool like_list = run->phrase->loose && run->digits >= 17;
    if ((like_resident || like_code || like_list) && !(near->any & CTX(TAX))) return;
    scan_emit(s, run->at, run->end, KIND_CN_CREDIT, 0.95);
}

void format_cn_run(Scanner *s, Run *run) {
    if (run->n == 18) {
        Run read;
        resident(s, run);
        credit_code(s, run);
        if (reread_code(&s->fold, run, &read)) credit_code(s, &read);
    } else if (run->n == 15) {
        resident_legacy(s, run);
    }
}

/* ---- plates -------------------------------------------------------------------------------- */

static const char provinces[] = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";

/* The serial behind province and letter: 4 (with a sign behind), 5 or 6 of digits and letters. */
static bool is_serial(const char *c, int n) {
    int letters = 0;
    for (int i = 0; i < n; i++) {
        if (c[i] == 'I' || c[i] == 'O') return false;
        letters += !is_digit(c[i]);
    }
    if (n == 4) return letters <= 1;
    if (n == 5) return letters <= 2;
    bool first = !is_digit(c[0]) && c[0] <= 'K', last = c[5] == 'D' || c[5] == 'F';
    return n == 6 && ((first && letters <= 2) || (last && letters == 1)) && is_digit(c[2]) &&
           is_digit(c[3]) && is_digit(c[4]);
}

static void plate(Scanner *s, Run *run) {
    const Fold *v = &s->fold;
    const char *c = run->c;
    uint32_t at = run->at;
    int n = run->n;
    if (n == 6 && run->digits == 6 && sign_before(v, at, "使领")) {
        scan_emit(s, at - 3, run->end, KIND_CN_PLATE, 0.85);
        return;
    }
    if (!is_digit(c[0]) && sign_before(v, at, provinces)) { /* the letter opens the token */
        c++;
        n--;
    } else if (at >= 5 && strchr("- .", v->p[at - 1]) && v->p[at - 2] >= 'A' &&
               v->p[at - 2] <= 'Z' && sign_before(v, at - 2, provinces)) {
        at -= 2;
    } else {
        return;
    }
    uint32_t end = run->end;
    if (n == 4) {
        if (!sign_in(v, end, "警学挂领港澳试超使")) return;
        end += 3;
    }
    if (n >= 4 && n <= 6 && is_serial(c, n)) scan_emit(s, at - 3, end, KIND_CN_PLATE, 0.9);
}

/* Japan: an office's name, its class, a kana, one to four digits: "品川 300 あ 12-34". */
static void plate_of_japan(Scanner *s, const Run *run) {
    enum { NAME_MOST = 4 };
    const Fold *v = &s->fold;
    uint32_t at = run->at - (v->p[run->at - 1] == ' '), x = run->end, signs = 0;
    x += fold_at(v, x) == ' ';
    if (fold_at(v, x) != '\xE3' || x + HAN_BYTES > v->n) return; /* as most */
    bool hiragana = v->p[x + 1] == '\x81' || v->p[x + 1] == '\x82';
    if (!hiragana || run->n < 2 || run->n > 3 || !is_digit(run->c[0])) return;
    x += HAN_BYTES;
    x += fold_at(v, x) == ' ';
    uint32_t end = digits_end(v, x);
    if (fold_at(v, end) == '-' && end == x + 2 && digits_end(v, end + 1) == end + 3) end += 3;
    if (end == x || end > x + 5 || is_alnum(fold_at(v, end))) return;
    for (; signs < NAME_MOST && at >= HAN_BYTES && (unsigned char)v->p[at - HAN_BYTES] >= 0xE3 &&
           !sign_before(v, at, "はがを。、：「」"); signs++) {
        at -= HAN_BYTES;
    }
    if (signs >= 2) scan_emit(s, at, end, KIND_CN_PLATE, 0.85);
}

/* ---- by their word ------------------------------------------------------------------------- */

static bool is_permit(const Run *run) {
    const char *c = run->c;
    int n = run->n, d = run->digits;
    if (d == n) return n == 8 || n == 10 || n == 18;
    bool one =
        (n == 9 && d == 8 && strchr("CWHMLT", c[0])) || (n == 11 && d == 10 && strchr("HM", c[0]));
    return one || (n == 9 && d == 7 && c[0] == 'C' && !is_digit(c[1]));
}

void format_cn_token(Scanner *s, Run *run) {
    if (run->n >= 4 && run->n <= 7 && run->at >= 3) plate(s, run);
    if (run->n <= 3 && run->at >= 2 * HAN_BYTES) plate_of_japan(s, run);
    if (run->n < 5 || run->n > 18) return;
    bool glued = run->n >= 7 && run->n <= 13 && run->digits == run->n - 2 && run->c[0] == 'Q' &&
                 run->c[1] == 'Q' && run->c[2] != '0'; /* "QQ384471920" */
    if (glued) scan_emit(s, run->at + 2, run->end, KIND_CN_ACCOUNT, 0.9);
    bool officer = run->n == 8 && run->digits == 8, permit = is_permit(run);
    bool qq = run->digits == run->n && run->n <= 11 && run->c[0] != '0';
    if (!officer && !permit && !qq) return;
    uint64_t near = phrase_context(s, run->phrase)->near;
    if (officer && near & CTX(OFFICER)) scan_emit(s, run->at, run->end, KIND_CN_OFFICER, 0.9);
    if (permit && near & CTX(PERMIT)) scan_emit(s, run->at, run->end, KIND_CN_PERMIT, 0.9);
    if (qq && near & CTX(QQ)) scan_emit(s, run->at, run->end, KIND_CN_ACCOUNT, 0.9);
}
