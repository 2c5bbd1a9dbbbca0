/*
 * Logins where a place says that one stands there: folders of people and pages of people.
 *
 *     /home/NAME   /Users/NAME   C:\Users\NAME   C:\Documents and Settings\NAME   file:///home/NAME
 *     linkedin.com/in/NAME   t.me/NAME   facebook.com/NAME   instagram.com/NAME
 *
 * Paths stand in logs, error messages and configurations, and name whoever pasted them. A name is
 * letters, digits and . _ - between two and LOGIN_MOST of them; names that every machine has
 * ("user", "ubuntu", "Public") tell nothing. Pages of projects (github.com) are not people's.
 */
#include "gate/scan/impl.h"

enum { LOGIN_MOST = 32 };

/* The word that begins at the anchor, what stands before and behind it. */
static const struct Place {
    const char *before, *word, *behind;
} places[] = {
    {"/", "home", "/"},        {"/", "users", "/"},          {"\\", "users", "\\"},
    {" ", "settings", "\\"},   {"", "linkedin", ".com/in/"},  {"", "t.me", "/"},
    {"", "facebook", ".com/"}, {"", "instagram", ".com/"}};

static bool is_place(const Fold *v, uint32_t x, const struct Place *place, uint32_t *end) {
    const char *parts[] = {place->word, place->behind};
    if (*place->before && fold_at(v, (int64_t)x - 1) != *place->before) return false;
    *end = x;
    for (int i = 0; i < 2; i++) {
        for (const char *p = parts[i]; *p; p++) {
            if (to_lower(fold_at(v, (*end)++)) != *p) return false;
        }
    }
    if (*place->behind == '\\' && fold_at(v, *end) == '\\') ++*end; /* in a string of C or JSON */
    return true;
}

/* Of no one: accounts that systems come with, and pages that are nobody's. */
static bool is_common(const Fold *v, uint32_t x, uint32_t n) {
    static const char *const names[] = {
        "user",    "users",   "username",      "root",      "admin",    "administrator",
        "ubuntu",  "debian",  "pi",            "ec2-user",  "runner",   "vagrant",
        "guest",   "public",  "shared",        "default",   "all",      "you",
        "me",      "name",    "yourname",      "linuxbrew", "node",     "git",
        "docker",  "app",     "test",          "share",     "groups",   "pages",
        "watch",   "explore"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        uint32_t same = 0;
        while (same < n && to_lower(v->p[x + same]) == names[i][same]) same++;
        if (same == n && !names[i][same]) return true;
    }
    return false;
}

void login_index(Scanner *s) {
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        anchor_head(&s->anchors, places[i].word, ANCHOR_LOGIN, true);
    }
}

uint32_t login_scan(Scanner *s, uint32_t x) {
    const Fold *v = &s->fold;
    uint32_t from = 0;
    bool found = false;
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
    if (n < 2 || n > LOGIN_MOST || is_common(v, from, n)) return 0;
    scan_emit(s, from, end, KIND_LOGIN, 0.8);
    return end;
}
