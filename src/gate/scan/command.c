/*
 * Secrets on command lines and in the files that programs read them from.
 *
 *     curl -u USER:VALUE          --user USER:VALUE; numbers on both sides are a user and a group
 *     mysql ... -pVALUE           also mysqldump, mysqladmin: nothing stands between
 *     sshpass -p VALUE            docker login ... -p VALUE, az login ... -p VALUE
 *     redis-cli ... -a VALUE
 *     keytool ... -storepass VALUE, -keypass VALUE
 *     smbclient ... -U USER%VALUE
 *     HOST:PORT:DB:USER:VALUE     a line of .pgpass, told by its port
 *
 * Words such as "password" with what stands behind them are secret.c's. What is found is the value
 * alone. A walk goes to the end of the line or LINE_MOST bytes.
 *
 * Sources: the manuals of curl, mysql, sshpass and PostgreSQL (34.16).
 */
#include "gate/scan/impl.h"

enum { LINE_MOST = 160, VALUE_MOST = 200 };

static bool is_at(const Fold *v, uint32_t x, const char *text) {
    size_t n = strlen(text);
    return x + n <= v->n && memcmp(v->p + x, text, n) == 0;
}

static bool ends_value(char c) {
    return c <= ' ' || c >= 0x7F || c == '"' || c == '\'' || c == '`';
}

/* The value at x, perhaps in quotes; its end, 0: a variable or nothing. */
static uint32_t value_end(const Fold *v, uint32_t *x) {
    char c = fold_at(v, *x);
    if (c == '"' || c == '\'') c = fold_at(v, ++*x);
    if (c == '$' || c == '<' || c == '{' || c == '-') return 0;
    uint32_t end = *x;
    for (uint32_t n; end < v->n && end - *x < VALUE_MOST; end += n) {
        n = ends_value(v->p[end]) ? secret_sign(v, end) : 1;
        if (!n) break;
    }
    return end - *x >= 3 ? end : 0;
}

static uint32_t emit(Scanner *s, uint32_t x, uint32_t end) {
    scan_emit(s, x, end, KIND_PASSWORD, 0.85);
    return end;
}

/* USER:VALUE behind -u; two numbers are a user and a group of a container, and no secret. */
uint32_t command_user(Scanner *s, uint32_t x) {
    const Fold *v = &s->fold;
    if (fold_at(v, x) != ' ' && fold_at(v, x) != '=') return 0;
    uint32_t user = x + 1, end = value_end(v, &user), colon = user;
    while (colon < end && v->p[colon] != ':') colon++;
    if (!end || colon + 3 >= end || colon == user) return 0;
    bool numbers = true;
    for (uint32_t k = user; k < end; k++) numbers = numbers && (is_digit(v->p[k]) || k == colon);
    return numbers ? 0 : emit(s, colon + 1, end);
}

/* " -p" on the rest of the line, `glued` to its value or apart from it. */
static uint32_t option_p(Scanner *s, uint32_t x, bool glued) {
    const Fold *v = &s->fold;
    for (uint32_t from = x; x < v->n && x - from < LINE_MOST && v->p[x] != '\n'; x++) {
        if (!is_at(v, x, " -p")) continue;
        bool blank = fold_at(v, (int64_t)x + 3) == ' ';
        if (blank == glued) continue;
        uint32_t value = x + 3 + blank, end = value_end(v, &value);
        return end ? emit(s, value, end) : 0;
    }
    return 0;
}

/* The value of the option `name` (" -a"), a blank away, on the rest of the line; 0: none. */
static uint32_t option_value(const Fold *v, uint32_t x, const char *name) {
    for (uint32_t from = x; x < v->n && x - from < LINE_MOST && v->p[x] != '\n'; x++) {
        if (is_at(v, x, name) && fold_at(v, x + (uint32_t)strlen(name)) == ' ')
            return x + (uint32_t)strlen(name) + 1;
    }
    return 0;
}

uint32_t command_option(Scanner *s, uint32_t x, int which) {
    const Fold *v = &s->fold;
    if (fold_at(v, x) != ' ') return 0;
    uint32_t value = which == 1 ? x + 1 : option_value(v, x, which == 2 ? " -U" : " -a"), end;
    if (which == 2) {
        for (end = value; value && end < v->n && !ends_value(v->p[end]) && v->p[end] != '%';) end++;
        value = value && fold_at(v, end) == '%' ? end + 1 : 0;
    }
    end = value ? value_end(v, &value) : 0;
    return end ? emit(s, value, end) : 0;
}

uint32_t command_glued(Scanner *s, uint32_t x) {
    return fold_at(&s->fold, x) == ' ' ? option_p(s, x, true) : 0;
}

uint32_t command_apart(Scanner *s, uint32_t x) {
    return fold_at(&s->fold, x) == ' ' ? option_p(s, x, false) : 0;
}

/* ":5432:db:user:value" with its port at x. */
uint32_t command_pgpass(Scanner *s, uint32_t x) {
    const Fold *v = &s->fold;
    uint32_t field[3];
    if (x == 0 || v->p[x - 1] != ':' || !is_at(v, x, "5432:")) return 0;
    uint32_t y = x + 4;
    for (int i = 0; i < 3; i++) {
        field[i] = ++y;
        while (y < v->n && y - x < LINE_MOST && (unsigned char)v->p[y] > ' ' &&
               v->p[y] != ':') {
            y++;
        }
        bool last = i == 2;
        if (y == field[i] || (fold_at(v, y) == ':') == last || v->p[field[i]] == '/') return 0;
    }
    return emit(s, field[2], y);
}
