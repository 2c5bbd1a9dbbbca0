/*
 * Logins where a place says that one stands there: folders, pages, handles and machines of people.
 *
 *     /home/NAME   /Users/NAME   C:\Users\NAME   C:\Documents and Settings\NAME   file:///home/NAME
 *     linkedin.com/in/NAME   t.me/NAME   facebook.com/NAME   instagram.com/NAME
 *
 * Paths stand in logs, error messages and configurations, and name whoever pasted them. A name is
 * letters, digits and . _ - between two and LOGIN_MOST of them; names that every machine has
 * ("user", "ubuntu", "Public") tell nothing. Pages of projects (github.com) are not people's.
 *
 *     @emmaclark87   instagram: @emma.clark   Emmas-MacBook-Pro.local
 *
 *     my snapchat is cold_kev   auf Insta: nachtfalter
 *
 * What a page's word leads to by a colon or "is" is a handle where it holds '_', '.' or a digit, or
 * where it is the last word and a word such as "my" or "auf" stands before.
 *
 *     CV_Fiona_Nakamura.docx   james_nakamura   Magnus-Lindqvist.pdf
 *
 * Two words that a '_' joins, or a '-' in a file's name, are somebody where both are on the lists
 * of people, or one in a file's name or with capitals, and neither is a word of every day; the
 * tagger sees signs of code there.
 *
 * Behind an '@' that no letter precedes stand rules of CSS ("@media"), annotations ("@Override"),
 * decorators and packages ("@scope/name") as well. A handle is what a word of such pages stands
 * near, or small letters with two or four digits behind as people have them who were not the first
 * of their name; 32, 64 and their like are no such digits. A machine is somebody's where it is
 * called so by its maker: a name with an 's', a dash, a maker's word. "desktop-jsmith" is not
 * found: only whoever knows the names could tell it from "desktop-client".
 */
#include <assert.h>

#include "gate/scan/impl.h"

enum { HANDLE_LETTERS = 6, PAGE_BEFORE = 40, PAGE_BEHIND = 20 };

/* The word that begins at the anchor, what stands before and behind it. */
static const struct Place {
    const char *before, *word, *behind;
} places[] = {
    {"/", "home", "/"},        {"/", "users", "/"},          {"\\", "users", "\\"},
    {" ", "settings", "\\"},   {"", "linkedin", ".com/in/"},  {"", "t.me", "/"},
    {"", "facebook", ".com/"}, {"", "instagram", ".com/"}};

/* *end: behind the place's words, where the name begins. */
static bool is_place(const Fold *v, uint32_t x, const struct Place *place, uint32_t *end) {
    if (*place->before && fold_at(v, (int64_t)x - 1) != *place->before) return false;
    *end = x;
    if (!takes(v, end, place->word) || !takes(v, end, place->behind)) return false;
    if (*place->behind == '\\' && fold_at(v, *end) == '\\') ++*end; /* in a string of C or JSON */
    return true;
}

/* Of no one: accounts that systems come with, and pages that are nobody's. */
bool login_is_common(const Fold *v, uint32_t x, uint32_t n) {
    static const char *const names[] = {
        "user",    "users",   "username",      "root",      "admin",    "administrator",
        "ubuntu",  "debian",  "pi",            "ec2-user",  "runner",   "vagrant",
        "guest",   "public",  "shared",        "default",   "all",      "you",
        "me",      "name",    "yourname",      "linuxbrew", "node",     "git",
        "docker",  "app",     "test",          "share",     "groups",   "pages",
        "watch",   "explore", "media",         "import",    "override", "everyone",
        "here",    "channel", "windows",       NULL};
    return fold_is_any(v, x, x + n, names);
}

/* Pages whose word leads to a handle; the longer one of two that begin alike stands first. */
static const char *const handle_pages[] = {"instagram", "insta",  "snapchat", "snap",
                                           "telegram",  "tiktok", "discord",  "twitter",
                                           "抖音",      "小红书", "微博",     NULL};

/* What a maker calls a machine that has its owner's name in front. */
static const char *const makers[] = {"macbook", "iphone", "ipad", NULL};

void login_index(Scanner *s) {
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        anchor_head(&s->anchors, places[i].word, ANCHOR_LOGIN, true);
    }
    anchor_heads(&s->anchors, ANCHOR_LOGIN, handle_pages);
    anchor_heads(&s->anchors, ANCHOR_LOGIN, makers);
    account_index(s);
}

/* ---- handles ------------------------------------------------------------------------------- */

/* A word of pages where people have handles, near [at, end) and in the same line. */
static bool has_page_near(const Fold *v, uint32_t at, uint32_t end) {
    static const char *const pages[] = {"instagram", "twitter",   "tiktok", "snapchat", "telegram",
                                        "mastodon",  "follow me", "微博",   "抖音",     "小红书", NULL};
    static const char *const short_pages[] = {"insta", "snap", NULL}; /* not "install" */
    uint32_t from = at > PAGE_BEFORE ? at - PAGE_BEFORE : 0;
    uint32_t stop = v->n - end > PAGE_BEHIND ? end + PAGE_BEHIND : v->n;
    for (uint32_t x = from; x < stop; x++) {
        if (v->p[x] == '\n' && x >= at) return false;
        bool inside = x >= at && x < end; /* "@telegram_bot" */
        if (inside || v->p[x] == '\n' || is_alnum(fold_at(v, (int64_t)x - 1))) continue;
        if (fold_has_any(v, x, pages) && !memchr(v->p + x, '\n', x < at ? at - x : 0)) return true;
        if (fold_has_any_word(v, x, short_pages)) return true;
    }
    return false;
}

/* "emmaclark87", "emma.clark1987"; not "bfloat16". */
static bool has_persons_digits(const Fold *v, uint32_t at, uint32_t end) {
    static const char *const sizes[] = {"16", "32", "64", "128", "256", "512", "1024", "2048",
                                        NULL};
    uint32_t letters = at;
    while (letters < end && (v->p[letters] == '.' || v->p[letters] == '_' ||
                             sign_of(v->p[letters]) & SIGN_SMALL)) {
        letters++;
    }
    uint32_t digits = end - letters;
    assert(at <= letters && letters <= end && end <= v->n);
    if (letters - at < HANDLE_LETTERS || !is_letter(v->p[letters - 1])) return false;
    if (digits != 2 && digits != 4) return false;
    for (uint32_t x = letters; x < end; x++) {
        if (!is_digit(v->p[x])) return false;
    }
    return !fold_is_any(v, letters, end, sizes);
}

/* A handle is somebody's by its digits or by a page's word nearby; what begins in it may be a
   better find, so the search goes on right behind the sign. */
uint32_t login_handle(Scanner *s, uint32_t at_sign) {
    const Fold *v = &s->fold;
    uint32_t at = at_sign + 1, end = at;
    char before = fold_at(v, (int64_t)at_sign - 1);
    if (is_alnum(before) || (before && strchr("/.-_+@%", before))) return at;
    while (end < v->n && end - at <= LOGIN_MOST && (is_alnum(v->p[end]) || v->p[end] == '_' ||
                                                    v->p[end] == '.')) {
        end++;
    }
    while (end > at && v->p[end - 1] == '.') end--; /* of a sentence */
    char behind = fold_at(v, end);
    bool code = behind == '(' || behind == '/' || behind == '-' || behind == ':' || behind == '@';
    uint32_t n = end - at;
    if (n < HANDLE_LEAST || n > LOGIN_MOST || code || login_is_common(v, at, n)) return at;
    if (!is_letter(v->p[at]) && v->p[at] != '_') return at;
    if (!has_persons_digits(v, at, end) && !has_page_near(v, at_sign, end)) return at;
    scan_emit(s, at, end, KIND_LOGIN, 0.75);
    return at; /* what begins in it may be more certain */
}

/* ---- machines ------------------------------------------------------------------------------ */

/* "Emmas-MacBook-Pro" with the maker's word at x; 0: it is none. */
static uint32_t machine_end(Scanner *s, uint32_t x) {
    const Fold *v = &s->fold;
    uint32_t end = x, at = x - 2;
    if (x < 5 || v->p[x - 1] != '-' || v->p[x - 2] != 's' || v->p[x - 3] == 's') return 0;
    if (!takes_any(v, &end, makers)) return 0;
    while (at > s->floor && x - at < LOGIN_MOST && is_letter(v->p[at - 1])) at--;
    char before = fold_at(v, (int64_t)at - 1);
    if (x - 2 - at < HANDLE_LEAST || is_alnum(before)) return 0;
    if ((before && strchr("/-_.&=?", before)) || login_is_common(v, at, x - 1 - at)) return 0;
    if (fold_has(v, end, "-pro") || fold_has(v, end, "-air")) end += 4;
    bool local = fold_has(v, end, ".local") || fold_has(v, end, ".lan");
    bool capital = sign_of(v->p[at]) & SIGN_CAPITAL; /* as the maker writes it */
    char behind = fold_at(v, end);
    if (!(local || capital) || is_alnum(behind) || behind == '-' || behind == '_') return 0;
    scan_emit(s, at, x - 2, KIND_LOGIN, 0.75);
    return end;
}

/* ---- what a page's word leads to ------------------------------------------------------------ */

/* Behind ": ", " is ", " name: " and the like; x where nothing leads on. */
static uint32_t link_end(const Fold *v, uint32_t x) {
    static const char *const names[] = {"-name", " name", " handle", " username", "名", "号", "账号",
                                        NULL};
    static const char *const links[] = {" is ", " ist ", " heißt ", ": ", ":", "是", " = ", NULL};
    uint32_t from = x;
    (void)takes_any(v, &x, names);
    if (!takes_any(v, &x, links)) return from;
    return fold_at(v, x) == ' ' ? x + 1 : x;
}

/* "my insta", "auf Telegram": of a person, and no heading. */
static bool is_owned(const Fold *v, uint32_t x) {
    static const char *const owners[] = {"my ", "her ", "his ", "on ", "mein ", "auf ", "bei ",
                                         "我的", NULL};
    return fold_ends_any_word(v, x, owners);
}

/* The handle that the page's word at x leads to: behind its end; 0: none. */
static uint32_t said_handle(Scanner *s, uint32_t x) {
    const Fold *v = &s->fold;
    uint32_t behind = x;
    if (v->p[x] > 0 && !strchr("istd", to_lower(v->p[x]))) return 0; /* as all of them begin */
    for (size_t i = 0; handle_pages[i] && behind == x; i++) {
        uint32_t at = x;
        if (takes(v, &at, handle_pages[i]) && link_end(v, at) > at) behind = at;
    }
    if (behind == x || is_alnum(fold_at(v, (int64_t)x - 1))) return 0;
    uint32_t at = link_end(v, behind), end = at;
    bool odd = false;
    at += fold_at(v, at) == '@';
    for (end = at; end < v->n && end - at <= LOGIN_MOST; end++) {
        char c = v->p[end];
        if (!is_alnum(c) && c != '_' && c != '.') break;
        odd = odd || is_digit(c) || c == '_' || (c == '.' && is_alnum(fold_at(v, end + 1)));
    }
    while (end > at && v->p[end - 1] == '.') end--; /* of a sentence */
    char c = fold_at(v, end);
    bool last = c == 0 || c == '\n' || c == ',' || c == '.' || c == '!' || (c & 0x80);
    uint32_t n = end - at;
    if (n < HANDLE_LEAST || n > LOGIN_MOST || c == '/' || login_is_common(v, at, n)) return 0;
    if (is_digit(v->p[at]) || !(odd || (last && is_owned(v, x)))) return 0;
    scan_emit(s, at, end, KIND_LOGIN, 0.75);
    return end;
}

/* ---- names in names of files ---------------------------------------------------------------- */

/* Is the '-' before a word that a file's extension ends, as in "a-b.pdf"? */
static bool ends_as_file(const Fold *v, uint32_t end) {
    enum { SHORTEST = 2, LONGEST = 4 };
    uint32_t x = end + 1;
    if (fold_at(v, end) != '.') return false;
    while (x < v->n && x - end <= LONGEST && is_alnum(v->p[x])) x++;
    return x - end - 1 >= SHORTEST && x - end - 1 <= LONGEST && !is_alnum(fold_at(v, x));
}

static bool is_capitalised(Str word) {
    return word.n > 1 && plain_is_capital((unsigned char)word.p[0]) && plain_is_small(word.p[1]);
}

/* "MARKS_MAX" is a program's. */
static bool is_shouted(Str word) {
    return word.n > 1 && plain_is_capital((unsigned char)word.p[1]);
}

/* A name of four letters or more: "max" and "tom" are parts of programs as well. */
static bool is_somebodys(const Scanner *s, Str word) {
    enum { LEAST = 4 };
    return word.n >= LEAST && names_knows(s->model, word);
}

/* The words that the mark at x joins. */
static void joined_at(Scanner *s, uint32_t x) {
    enum { LEAST = 3 };
    const Fold *v = &s->fold;
    uint32_t at = x, end = x + 1;
    while (at > 0 && x - at < LOGIN_MOST && is_letter(v->p[at - 1])) at--;
    if (x - at < LEAST) return;
    while (end < v->n && end - x <= LOGIN_MOST && is_letter(v->p[end])) end++;
    Str first = {v->p + at, x - at}, second = {v->p + x + 1, end - x - 1};
    bool file = ends_as_file(v, end), big = is_capitalised(first) && is_capitalised(second);
    if (second.n < LEAST || (v->p[x] == '-' && !file)) return;
    int people = is_somebodys(s, first) + is_somebodys(s, second);
    if (people == 0 || (people == 1 && !file && !big) || is_shouted(first)) return;
    if (names_has_word(s->model, first) || names_has_word(s->model, second)) return;
    scan_emit(s, at, end, KIND_LOGIN, 0.6);
}

void login_joined(Scanner *s, uint32_t from, uint32_t until) {
    static const char marks[] = "_-";
    assert(from <= until && until <= s->fold.n);
    for (int i = 0; marks[i]; i++) {
        const char *p = s->fold.p, *at = p + from;
        while ((at = memchr(at, marks[i], (size_t)(p + until - at))) != NULL) {
            joined_at(s, (uint32_t)(at++ - p));
        }
    }
}

/* ---- folders and pages --------------------------------------------------------------------- */

/* A machine's name first, since it begins before its anchor. */
uint32_t login_scan(Scanner *s, uint32_t x) {
    const Fold *v = &s->fold;
    uint32_t from = machine_end(s, x);
    bool found = false;
    if (!from) from = said_handle(s, x);
    if (!from) from = account_scan(s, x);
    if (from) return from;
    for (size_t i = 0; i < ARRAY_LEN(places) && !found; i++) {
        found = is_place(v, x, &places[i], &from);
    }
    if (!found) return 0;
    uint32_t end = from;
    while (end < v->n && end - from <= LOGIN_MOST &&
           (is_alnum(v->p[end]) || (v->p[end] & 0x80) || strchr("._-", v->p[end]))) {
        end++;
    }
    while (end > from && v->p[end - 1] == '.') end--; /* of a sentence */
    uint32_t n = end - from;
    if (n < 2 || n > LOGIN_MOST || login_is_common(v, from, n)) return 0;
    scan_emit(s, from, end, KIND_LOGIN, 0.8);
    return end;
}
