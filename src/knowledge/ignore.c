/*
 * The body of ignore.h.
 *
 * Matching is a walk of a nondeterministic automaton with one state a pattern position, as in
 * K. Thompson, "Regular expression search algorithm", 1968: the set of live states moves along the
 * text. Time is |glob| * |text| whatever the pattern, where backtracking matchers can be made to
 * take exponential time by a file that somebody put into the folder.
 *
 * Source of the rules: the gitignore manual page.
 *
 * An example: "a*c" over "abc". A state is how much of the pattern has been matched; a star is
 * passed over as soon as it is reached.
 *
 *     before   0
 *     a        1 2          1: the star goes on taking bytes, 2: it is over
 *     b        1 2
 *     c        1 2 3        3 is the end of the pattern: it matches
 */
#include "knowledge/ignore.h"

#include <assert.h>

void ignore_fini(IgnoreList *list) {
    mem_free(list->text);
    mem_free(list->rules);
    *list = (IgnoreList){0};
}

/* The line without what surrounds the pattern; n = 0: nothing to match. */
static IgnoreRule parse_line(Str line) {
    IgnoreRule rule = {0};
    while (line.n && (line.p[line.n - 1] == '\r' || line.p[line.n - 1] == ' ' ||
                      line.p[line.n - 1] == '\t')) {
        line.n--;
    }
    if (line.n == 0 || line.p[0] == '#') return rule;
    if (line.p[0] == '!') {
        rule.negated = true;
        line = str_sub(line, 1, line.n);
    }
    if (line.n && line.p[line.n - 1] == '/') {
        rule.folders_only = true;
        line.n--;
    }
    rule.anchored = str_has(line, STR("/"));
    if (line.n && line.p[0] == '/') line = str_sub(line, 1, line.n);
    rule.glob = line;
    return rule;
}

/* Rules point into a copy of the text. Lines that are too long are counted and left out; which
   names they would have kept out is not known, so that the walk says so. */
Status ignore_parse(Str text, IgnoreList *out, Err *err) {
    *out = (IgnoreList){0};
    if (text.n > IGNORE_FILE_BYTES) {
        return err_set(err, E_LIMIT, ".hearthignore: %zu bytes, at most %d are read", text.n,
                       IGNORE_FILE_BYTES);
    }
    out->text = mem_dup(text.p, text.n);
    if (!out->text) return err_no_memory(err, ".hearthignore");
    text.p = out->text;
    size_t n_long = 0;
    for (size_t at = str_starts(text, STR("\xEF\xBB\xBF")) ? 3 : 0; at < text.n;) {
        IgnoreRule rule = parse_line(str_line(text, &at));
        n_long += rule.glob.n > IGNORE_RULE_BYTES;
        if (rule.glob.n == 0 || rule.glob.n > IGNORE_RULE_BYTES) continue;
        Status status = mem_grow((void **)&out->rules, &out->cap, out->n + 1, sizeof rule,
                                 IGNORE_RULES_MAX, err);
        if (status != OK) return err_prefix(err, status, ".hearthignore");
        out->rules[out->n++] = rule;
    }
    if (!n_long) return OK;
    return err_set(err, E_LIMIT, ".hearthignore: %zu names of more than %d bytes are not heeded",
                   n_long, IGNORE_RULE_BYTES);
}

/* ---- globs ----------------------------------------------------------------------------------- */

/* Bytes of the element at glob[at]: "**", "[...]", "\x" or one byte. */
static size_t element(Str glob, size_t at) {
    size_t left = glob.n - at;
    switch (glob.p[at]) {
    case '*':
        return left > 1 && glob.p[at + 1] == '*' ? 2 : 1;
    case '\\':
        return left > 1 ? 2 : 1;
    case '[': {
        size_t end = at + 1;
        if (end < glob.n && (glob.p[end] == '!' || glob.p[end] == '^')) end++;
        if (end < glob.n && glob.p[end] == ']') end++;
        while (end < glob.n && glob.p[end] != ']') end++;
        return end < glob.n ? end + 1 - at : 1; /* no end: a plain '[' */
    }
    default:
        return 1;
    }
}

/* [abc], [a-z], [!a]: a ']' that stands first is a member; no class has a slash. */
static bool class_has(Str set, unsigned char c) {
    assert(set.n >= 3 && set.p[set.n - 1] == ']'); /* as element() cuts it */
    size_t i = 1;
    bool negated = set.p[i] == '!' || set.p[i] == '^', in = false;
    if (negated) i++;
    for (size_t first = i; i + 1 < set.n && (set.p[i] != ']' || i == first); i++) {
        unsigned char low = (unsigned char)set.p[i], high = low;
        if (i + 3 < set.n && set.p[i + 1] == '-') {
            high = (unsigned char)set.p[i + 2];
            i += 2;
        }
        in = in || (c >= low && c <= high);
    }
    return in != negated && c != '/';
}

/* Does the element (never a star) take the byte c? */
static bool takes(Str element_text, char c) {
    if (element_text.n == 1) {
        return element_text.p[0] == '?' ? c != '/' : element_text.p[0] == c;
    }
    if (element_text.p[0] == '\\') return element_text.p[1] == c;
    return class_has(element_text, (unsigned char)c);
}

/* Live states also stand behind every star (and its "**" with the slash that follows). */
static void close_over(Str glob, bool *live) {
    for (size_t at = 0; at < glob.n; at++) {
        if (!live[at] || glob.p[at] != '*') continue;
        size_t n = element(glob, at);
        live[at + n] = true;
        bool tail_slash = n == 2 && at + n < glob.n && glob.p[at + n] == '/';
        bool head = at == 0 || glob.p[at - 1] == '/';
        if (tail_slash && head) live[at + n + 1] = true; /* "a/[**]/b" also means a/b */
    }
}

/* live[at]: the text so far can be matched by glob[0..at). Two sets take turns; the end of the glob
   is a state of its own. */
bool ignore_glob(Str glob, Str text) {
    bool live[IGNORE_RULE_BYTES + 2] = {true}, next[IGNORE_RULE_BYTES + 2];
    if (glob.n > IGNORE_RULE_BYTES) return false;
    close_over(glob, live);
    for (size_t i = 0; i < text.n; i++) {
        memset(next, 0, sizeof next);
        for (size_t at = 0; at < glob.n; at++) {
            if (!live[at]) continue;
            size_t n = element(glob, at);
            if (glob.p[at] == '*') {
                if (n == 2 || text.p[i] != '/') next[at] = true;
            } else if (takes(str_sub(glob, at, at + n), text.p[i])) {
                next[at + n] = true;
            }
        }
        close_over(glob, next);
        memcpy(live, next, sizeof live);
    }
    return live[glob.n];
}

/* From the last rule up: the first that fits is the one that counts. A pattern without a slash is
   held against the name alone. */
IgnoreVerdict ignore_match(const IgnoreList *list, Str path, bool is_folder) {
    Str name = str_file_name(path);
    for (size_t i = list->n; i-- > 0;) {
        const IgnoreRule *rule = &list->rules[i];
        if (rule->folders_only && !is_folder) continue;
        if (ignore_glob(rule->glob, rule->anchored ? path : name)) {
            return rule->negated ? IGNORE_KEEP : IGNORE_OUT;
        }
    }
    return IGNORE_SILENT;
}

bool ignore_always(Str name) {
    return (name.n && name.p[0] == '.') || str_eq(name, STR("node_modules"));
}
