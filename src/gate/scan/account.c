/*
 * Accounts that logs, lists of users and sentences name, and the hashes of passwords beside them.
 *
 *     Accepted publickey for NAME from 203.0.113.7 port 5022     for invalid user NAME from
 *     session opened for user NAME(uid=1004)                     sudo:  NAME : TTY=pts/0
 *     CRON[4201]: (NAME) CMD (...)                               su[7]: (to root) NAME on pts/3
 *     user=NAME   user=<NAME>   "USER": "NAME"   username: NAME   user 'NAME'   登录名：NAME
 *     the username is NAME   Benutzername lautet NAME   user NAME pass ...
 *     NAME:$apr1$SALT$HASH   NAME:{SSHA}HASH   $2y$10$SALTANDHASH
 *
 * A login is a letter and up to LOGIN_MOST - 1 letters, digits and . _ - behind it. What logs say
 * of it stands in fixed words (OpenSSH, PAM, sudo, cron, su, dovecot), so a word before and a word
 * or mark behind decide. Keys of settings have what follows '=' or ':'; where nothing closes it but
 * a blank, it is the line's last word or a log's "user=NAME ". Names that every system has, and
 * what schemas and code have in such places ("string", "request.user"), are no one's.
 *
 * Hashes are those of crypt(5), "$id$...", and of RFC 2307, "{SSHA}...": whoever has one may try
 * passwords on it at leisure. The name that stands right before it on its line goes, too.
 */
#include <assert.h>

#include "gate/scan/impl.h"

enum { HASH_LEAST = 13, HASH_MOST = 160 };

/* What begins at an anchor: fixed words of logs that a name follows, or follows the name. */
static const char *const heads[] = {"publickey for", "password for", "pam for", "tty=",  "cmd ",
                                    "pts/",          "user",         "login",   "uid",   "usr",
                                    "benutzer",      "anmeldename",  "登录名",  NULL};

void account_index(Scanner *s) {
    anchor_heads(&s->anchors, ANCHOR_LOGIN, heads);
    anchor_head(&s->anchors, "apr1$", ANCHOR_LOGIN, true);
    anchor_head(&s->anchors, "ssha}", ANCHOR_LOGIN, true);
}

/* ---- names ---------------------------------------------------------------------------------- */

static bool is_login_byte(char c) {
    return is_alnum(c) || c == '.' || c == '_' || c == '-';
}

/* What schemas, code, talk and services have in a login's place. */
static bool is_no_login(const Fold *v, uint32_t x, uint32_t n) {
    static const char *const words[] = {
        "string",  "str",     "text",     "varchar",  "none",    "null",    "true",    "false",
        "required", "optional", "postgres", "mysql",  "nobody",  "www-data", "service", "daemon",
        "system",  "self",    "request",  "session",  "current", "data",    "value",   "anonymous",
        "password", "pass",   "passwd",   "email",    "e-mail",  "login",   "username", "this",
        "yes",     "no",      "okay",     "thanks",   "hello",   "hey",     "please",  "sorry",
        "char",    "int",     "integer",  "number",   "object",  "array",   "boolean", "bool",
        "unknown", "deleted", "new",      "any",      "some",    "the",     "and",     "your",
        "model",   "models",  "props",    "params",   "payload", "config",  "process", "env",
        "field",   "foo",     "bar",      "example",  "assistant", "customer", "client",
        NULL};
    return fold_has_any_word(v, x, words) || login_is_common(v, x, n);
}

/* The end of a login at x; 0: none that may be somebody's. */
static uint32_t login_end(const Fold *v, uint32_t x) {
    uint32_t end = x;
    if (!is_letter(fold_at(v, x))) return 0;
    while (end < v->n && end - x <= LOGIN_MOST && is_login_byte(v->p[end])) end++;
    while (end > x && !is_alnum(v->p[end - 1])) end--; /* of a sentence */
    bool fits = end - x >= HANDLE_LEAST && end - x <= LOGIN_MOST;
    return fits && !is_no_login(v, x, end - x) ? end : 0;
}

static uint32_t emit(Scanner *s, uint32_t x, uint32_t end) {
    scan_emit(s, x, end, KIND_LOGIN, 0.8);
    return end;
}

/* The login that ends before x; 0: none. *at: where it begins. */
static uint32_t login_before(const Fold *v, uint32_t x, uint32_t floor, uint32_t *at) {
    *at = x;
    while (*at > floor && x - *at <= LOGIN_MOST && is_login_byte(v->p[*at - 1])) --*at;
    return *at < x && login_end(v, *at) == x;
}

/* ---- logs ----------------------------------------------------------------------------------- */

/* "publickey for NAME from", with "invalid user" between or not. */
static uint32_t logged_for(Scanner *s, uint32_t x) {
    static const char *const methods[] = {"publickey for ", "password for ", "pam for ", NULL};
    const Fold *v = &s->fold;
    uint32_t at = x;
    if (!takes_any(v, &at, methods)) return 0;
    if (!takes(v, &at, "invalid user ")) takes(v, &at, "illegal user ");
    uint32_t end = login_end(v, at);
    return end && fold_has(v, end, " from ") ? emit(s, at, end) : 0;
}

/* "for user NAME(uid=0)", "invalid user NAME from", "user 'NAME'"; x stands on "user". */
static uint32_t logged_user(Scanner *s, uint32_t x) {
    static const char *const before[] = {"for ", "invalid ", "illegal ", "unknown ", "by ",
                                         "authenticating ", "from ", NULL};
    const Fold *v = &s->fold;
    uint32_t at = x;
    if (!takes(v, &at, "user ")) return 0;
    char quote = fold_at(v, at);
    bool quoted = quote == '\'' || quote == '"';
    at += quoted;
    uint32_t end = login_end(v, at);
    if (!end) return 0;
    if (quoted) return fold_at(v, end) == quote ? emit(s, at, end) : 0;
    bool word = names_has_word(s->model, (Str){v->p + at, end - at});
    bool pair = fold_has(v, end, " pass ") || fold_has(v, end, " password ");
    if ((pair || fold_has(v, end, " pw ")) && !word) return emit(s, at, end);
    bool closed = fold_has(v, end, "(uid=") || fold_has(v, end, " from ") ||
                  fold_has(v, end, " by (") || fold_has(v, end, " port ") ||
                  (fold_at(v, end) == ' ' && is_digit(fold_at(v, (int64_t)end + 1)));
    char last = fold_at(v, end);
    bool session = fold_ends_word(v, x, "opened for ") || fold_ends_word(v, x, "closed for ");
    if (session && (last == 0 || last == '\n' || last == '\r')) closed = true;
    return fold_ends_any_word(v, x, before) && closed && !word ? emit(s, at, end) : 0;
}

/* "NAME : TTY=", "(NAME) CMD ", "(to root) NAME on pts/": the name stands before the anchor. */
static uint32_t logged_before(Scanner *s, uint32_t x) {
    const Fold *v = &s->fold;
    uint32_t at, end = 0;
    if (x < 4) return 0;
    if (fold_has(v, x, "tty=") && fold_has(v, x - 3, " : ")) end = x - 3;
    if (fold_has(v, x, "cmd (") && fold_has(v, x - 2, ") ")) end = x - 2;
    if (fold_has(v, x, "pts/") && fold_has(v, x - 4, " on ")) end = x - 4;
    if (!end || !login_before(v, end, s->floor, &at)) return 0;
    char before = fold_at(v, (int64_t)at - 1);
    bool fits = v->p[x] == 'C' || v->p[x] == 'c' ? before == '(' : before == ' ';
    if (!fits) return 0;
    scan_emit(s, at, end, KIND_LOGIN, 0.8);
    return x + 1;
}

/* ---- settings and sentences ----------------------------------------------------------------- */

static const char *const keys[] = {
    "username", "user_name", "user name", "userid", "user_id", "user", "usr", "login name",
    "login_name", "loginname", "login", "uid", "benutzername", "benutzerkennung", "benutzer",
    "anmeldename", "登录名", NULL};

/* Behind " is " and the like: the value of what a sentence speaks of; x: it does not say. */
static uint32_t said_end(const Fold *v, uint32_t x) {
    static const char *const verbs[] = {" is ", " was ", " ist ", " lautet ", "是", "为", " ", NULL};
    (void)takes_any(v, &x, verbs);
    return x;
}

static bool ends_sentence(const Fold *v, uint32_t x) {
    char c = fold_at(v, x);
    if (c == 0 || c == '\n' || c == '\r' || c == ',' || c == ';' || c == ')') return true;
    if (c == '.' || c == '!') return !is_alnum(fold_at(v, (int64_t)x + 1));
    return fold_has(v, x, " and ") || fold_has(v, x, " und ") || (unsigned char)c >= 0xE3;
}

/* "The username is NAME.", "登录名是NAME": no word of every day, which would say something else. */
static uint32_t said_login(Scanner *s, uint32_t x) {
    const Fold *v = &s->fold;
    uint32_t at = said_end(v, x), end = at > x ? login_end(v, at) : 0;
    bool bare = at == x + 1; /* "username jane_k": of the longer keys alone */
    if (bare && (end < at + 5 || !fold_has(v, x - 4, "name"))) return 0;
    if (!end || !ends_sentence(v, end)) return 0;
    if (names_has_word(s->model, (Str){v->p + at, end - at})) return 0;
    return account_is_predicate(s, at, end) ? 0 : emit(s, at, end);
}

/* The value of a key: in quotation marks, in "<>", or up to what closes it. */
static uint32_t assigned_login(Scanner *s, uint32_t x) {
    const Fold *v = &s->fold;
    uint32_t at = x;
    if (fold_at(v, at) == '"' || fold_at(v, at) == '\'') at++;
    while (fold_at(v, at) == ' ' || fold_at(v, at) == '\t') at++;
    char sign = fold_at(v, at);
    if (sign != '=' && sign != ':') return 0;
    bool tight = sign == '=' && at == x;
    at++;
    if (fold_at(v, at) == '>') at++; /* "=>" */
    while (fold_at(v, at) == ' ' || fold_at(v, at) == '\t') {
        tight = false;
        at++;
    }
    char open = fold_at(v, at), close = open == '<' ? '>' : open;
    bool quoted = open == '"' || open == '\'' || open == '<';
    at += quoted;
    uint32_t end = login_end(v, at);
    if (!end) return 0;
    char c = fold_at(v, end);
    if (quoted) return c == close ? emit(s, at, end) : 0;
    bool pair = fold_has(v, end, " / ") &&
                !names_has_word(s->model, (Str){v->p + at, end - at}); /* "Login: see / or ask" */
    bool last = c == 0 || c == '\n' || c == '\r' || pair;
    bool closed = last || (tight && c && strchr(" ,;)&]", c));
    bool big = has_capital((Str){v->p + at, end - at}) && !tight;
    return closed && !big ? emit(s, at, end) : 0;
}

static uint32_t keyed_login(Scanner *s, uint32_t x) {
    const Fold *v = &s->fold;
    char before = fold_at(v, (int64_t)x - 1);
    bool han = (unsigned char)v->p[x] >= 0xE3;
    if (!han && (is_alnum(before) || before == '.' || before == '-')) return 0;
    uint32_t at = x;
    if (!takes_any(v, &at, keys)) return 0;
    uint32_t end = assigned_login(s, at);
    bool said = strchr("bau\xE7", to_lower(v->p[x])) && !fold_has(v, x, "user ");
    return end || !said ? end : said_login(s, at);
}

uint32_t account_scan(Scanner *s, uint32_t x) {
    uint32_t end = 0;
    switch (to_lower(s->fold.p[x])) { /* of `heads`, keys and hashes */
    case 'p': end = logged_for(s, x); return end ? end : logged_before(s, x);
    case 't':
    case 'c': return logged_before(s, x);
    case 's': return account_hash(s, x);
    case 'a': end = account_hash(s, x); break;
    case 'u': end = logged_user(s, x); break;
    case 'l':
    case 'b':
    case '\xE7': break;
    default: return 0;
    }
    return end ? end : keyed_login(s, x);
}

/* ---- hashes --------------------------------------------------------------------------------- */

static bool is_hash_byte(char c) {
    return is_alnum(c) || (c && strchr("./+$=,-", c));
}

/* The name before a hash on its line, "NAME:"; where the hash begins, '$' or '{'. */
static void hashed_login(Scanner *s, uint32_t hash) {
    const Fold *v = &s->fold;
    uint32_t at, end = hash;
    if (end == 0 || v->p[--end] != ':' || !login_before(v, end, s->floor, &at)) return;
    char before = fold_at(v, (int64_t)at - 1);
    if (before == 0 || before == '\n' || before == ' ') scan_emit(s, at, end, KIND_LOGIN, 0.8);
}

/* "$apr1$...", "$2y$10$...", "$6$...", "{SSHA}...": x stands behind the '$' or on a name's last
   letters, before '}'. */
uint32_t account_hash(Scanner *s, uint32_t x) {
    static const char *const kinds[] = {"apr1$", "2y$", "2a$", "2b$", "1$",
                                        "5$",    "6$",      "7$", NULL};
    const Fold *v = &s->fold;
    uint32_t at = x, begin = x;
    char before = fold_at(v, (int64_t)x - 1);
    if (before == '$') {
        takes_any(v, &at, kinds);
        begin = x - 1;
    } else if (before == '{') {
        takes(v, &at, "ssha}");
        begin = x - 1;
    }
    if (at == x) return 0;
    uint32_t end = at;
    while (end < v->n && end - at < HASH_MOST && is_hash_byte(v->p[end])) end++;
    if (end - at < HASH_LEAST) return 0;
    assert(begin < x && end <= v->n);
    scan_emit(s, begin, end, KIND_PASSWORD, 0.95);
    hashed_login(s, begin);
    return end;
}

/* ---- words that are no value ---------------------------------------------------------------- */

/* "is required", "is too short", "was wrong". */
bool account_is_predicate(const Scanner *s, uint32_t at, uint32_t end) {
    static const char *const words[] = {
        "wrong",  "right",  "weak",    "strong",  "correct", "incorrect", "invalid", "valid",
        "empty",  "blank",  "missing", "optional", "secret",  "private",   "public",  "safe",
        "unsafe", "secure", "short",   "long",    "unique",  "null",      "the",     "not",
        "too",    "now",    "still",   "never",   "always",  "only",      "also",    "just",
        "case",   "used",   "set",     "sent",    "kept",    "known",     "shown",   "hidden",
        "lost",   "stolen", "broken",  "chosen",  "given",   "written",   "taken",   "gone",
        "new",    "old",    "same",    "different", "random", "good",     "bad",     "fine",
        "ok",     "okay",   "needed",  "enough",  "mandatory", "important", "here",  "there",
        "below",  "above",  "simple", "easy",   "hard",      "plain",   "text",
        "yours",  "mine",   "ours",    "default", "temporary", "permanent", "sensitive",
        "this",   "that",   "what",    "where",   "when",    "why",       "how",     "all",
        "one",    "two",    "for",     "and",     "you",     "your",      "they",    "being",
        "falsch", "richtig", "leer",   "neu",     "alt",     "gut",       "sicher",  "unsicher",
        "nicht",  "noch",   "nur",     "auch",    "der",     "die",       "das",     "ein",
        "pflicht", "teil",  "standard", "voraussetzung", "wichtig", "notwendig", "geheim",
        "kurz",   "lang",   "schwach", "stark",   "korrekt", "gleich",    "jetzt",   "unten",
        "high",   "low",    NULL};
    static const char *const endings[] = {"ed", "ing", "able", "ible", "less", "ive", "ly",
                                          "lich", "bar", "ert", "ig", NULL};
    const Fold *v = &s->fold;
    if (fold_is_any(v, at, end, words)) return true;
    for (size_t i = 0; endings[i]; i++) {
        if (end - at >= strlen(endings[i]) + 3 && fold_ends(v, end, endings[i])) return true;
    }
    return false;
}
