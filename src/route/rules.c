/*
 * The user's rules.
 *
 *     [[rule]]
 *     name = "tax stays here"              # for the trace; optional
 *     contains = ["tax", "税"]             # any of these, in any letter case
 *     matches = "*invoice*2026*"           # * stands for anything, ? for one character
 *     language = "zh"                      # en, de, zh, ja, ko or other
 *     label_at_least = "personal"          # open, personal, private
 *     longer_than = 2000                   # characters of the question
 *     store = "work"
 *     tools = true                         # tools are offered, or not
 *     best_score_under = 0.3               # the best passage is worse, or there is none
 *     from = "22:00"                       # local time; past midnight is fine
 *     to = "06:30"
 *     then = "local"                       # local, cloud, "cloud NAME", ask, refuse
 *     because = "taxes are nobody's business"
 *
 * All conditions of a rule must hold; a rule without any holds always. The first that holds
 * decides. Words and patterns are compared with the whole question, to its last byte and with its
 * wrapping, because people write rules to keep things here. Both sides are read through one cursor:
 * letter case, full width, zero-width characters, marks that turn the direction, the kind and
 * number of blanks, and marks written apart from their letter ("u" and U+0308) make no difference.
 * Unknown keys are errors: a condition misspelled would make a rule hold too often.
 *
 * Limits: ROUTE_RULES_MAX rules, ROUTE_WORDS_MAX words each, names and reasons of
 * ROUTE_BECAUSE_MAX bytes; what is longer is refused. Matching takes at most the product of both
 * lengths.
 */
#include "route/rules.h"

#include <assert.h>

#include "base/mem.h"
#include "base/plain.h"
#include "base/toml.h"
#include "base/utf8.h"

enum { PATTERN_MAX = 256, TOML_RULES_MAX = 1 << 18 }; /* bytes of a word; of all rules */

/* One rule as it is tried. Conditions that were not written are empty or below 0. */
typedef struct Rule {
    Str words[ROUTE_WORDS_MAX];
    int n_words;
    Str pattern; /* n 0: none */
    char language[16], store[ROUTE_NAME_MAX];
    char name[ROUTE_BECAUSE_MAX], because[ROUTE_BECAUSE_MAX], endpoint[ROUTE_NAME_MAX];
    RouteLabel label;
    int64_t longer_than; /* < 0: none */
    int tools;           /* < 0: none */
    double best_under;   /* < 0: none */
    int from, to;        /* minutes; < 0: none */
    RouteThen then;
} Rule;

/* Patterns and words live in `text`, all else in the rules themselves. */
struct RouteRules {
    Arena text;
    size_t n;
    Rule *rules;
};

/* ---- one way to read both sides ------------------------------------------------------------- */

#define END UINT32_MAX

/* Zero-width characters, marks of direction, soft hyphens: they hide in words and show nothing. */
static bool invisible(uint32_t code) {
    return (code >= 0x200B && code <= 0x200F) || code == 0x2060 || code == 0xFEFF || code == 0xAD ||
           unicode_steers(code);
}

/* With what is written behind a letter as a part of it, as files' names on a Mac have it; *at is
   behind the letter and moves behind that. */
static uint32_t whole_letter(Str text, size_t *at, uint32_t code) {
    while (*at < text.n && (unsigned char)text.p[*at] >= 0xCC) {
        size_t width;
        uint32_t whole = unicode_compose(code, utf8_decode(text, *at, &width));
        if (!whole) break;
        code = whole;
        *at += width;
    }
    return code;
}

/* The next character: whole, lowered, narrow, a run of blanks as one; END behind the last. */
static uint32_t next_code(Str text, size_t *at) {
    bool blank = false;
    while (*at < text.n) {
        size_t width = 1;
        unsigned char c = (unsigned char)text.p[*at];
        uint32_t code = c < 0x80 ? c : utf8_decode(text, *at, &width);
        bool space = c < 0x80 ? c <= ' ' : unicode_is_space(code);
        if (!space && !invisible(code)) {
            if (blank) return ' ';
            *at += width;
            code = code >= 0xFF01 && code <= 0xFF5E ? code - 0xFEE0 : code;
            code = whole_letter(text, at, code);
            if (code < 0x80) return plain_is_capital((char)code) ? code + 32 : code;
            return unicode_lower(code);
        }
        blank |= space;
        *at += width;
    }
    return blank ? ' ' : END;
}

/* `word` is folded already, the text is read through the cursor. */
static bool word_at(Str text, size_t at, Str word) {
    for (size_t i = 0, width; i < word.n; i += width) {
        if (next_code(text, &at) != utf8_decode(word, i, &width)) return false;
    }
    return true;
}

/* Anywhere, also inside of another word: Chinese has no blanks to go by. */
static bool word_in(Str text, Str word) {
    size_t width;
    assert(word.n > 0); /* keep_folded refuses an empty one */
    uint32_t first = utf8_decode(word, 0, &width), code;
    for (size_t at = 0, before = 0; (code = next_code(text, &at)) != END; before = at) {
        if (code == first && word_at(text, before, word)) return true;
    }
    return false;
}

/* Does the whole of text match? On a mismatch the last star takes one character more. */
static bool glob(Str pattern, Str text) {
    size_t p = 0, t = 0, star = SIZE_MAX, taken = 0;
    for (;;) {
        size_t p_next = p, t_next = t;
        uint32_t want = next_code(pattern, &p_next), have = next_code(text, &t_next);
        if (want == '*') {
            star = p = p_next;
            taken = t;
        } else if (have == END && want == END) {
            return true;
        } else if (have != END && (want == have || want == '?')) {
            p = p_next;
            t = t_next;
        } else if (star != SIZE_MAX && next_code(text, &taken) != END) {
            p = star;
            t = taken;
        } else {
            return false;
        }
    }
}

/* ---- reading -------------------------------------------------------------------------------- */

/* One key of one rule while it is read; err is where a refusal goes. */
typedef struct RuleReader {
    RouteRules *rules;
    Rule *rule;
    const Toml *value;
    const char *key;
    Err *err;
} RuleReader;

/* The line and the key are said, the hint says what to write. */
static Status wrong(const RuleReader *r, const char *hint) {
    err_set(r->err, E_USAGE, "route rules, line %d: `%s` cannot be read", toml_line(r->value),
            r->key);
    return err_hint(r->err, "%s", hint);
}

/* Into room of the rule itself, with a NUL. */
static Status read_text(const RuleReader *r, char *out, size_t cap) {
    assert(cap > 1);
    Str text = toml_kind(r->value) == TOML_STRING ? toml_str(r->value) : (Str){NULL, 0};
    if (!text.p || text.n >= cap || memchr(text.p, 0, text.n)) {
        err_set(r->err, E_USAGE, "route rules, line %d: `%s` is a text of at most %zu bytes",
                toml_line(r->value), r->key, cap - 1);
        return err_hint(r->err, "write %s = \"...\"", r->key);
    }
    memcpy(out, text.p, text.n);
    out[text.n] = 0;
    return OK;
}

/* A text as the cursor reads it. Lives in the rules' arena. */
static Status keep_folded(const RuleReader *r, Str text, Str *out) {
    Buf folded;
    size_t at = 0;
    buf_init(&folded, PATTERN_MAX);
    for (uint32_t code; (code = next_code(text, &at)) != END;) utf8_add(&folded, code);
    char *kept =
        folded.status == OK && folded.n ? arena_dup(&r->rules->text, folded.p, folded.n) : NULL;
    *out = (Str){kept, folded.n};
    Status status = folded.status;
    buf_fini(&folded);
    if (status == E_LIMIT || (status == OK && out->n == 0))
        return wrong(r, "a text of 1 to 256 bytes is wanted");
    return kept ? OK : err_no_memory(r->err, "route rules");
}

/* One to ROUTE_WORDS_MAX texts. */
static Status read_words(RuleReader *r) {
    size_t n = toml_kind(r->value) == TOML_ARRAY ? toml_len(r->value) : 0;
    if (n == 0 || n > ROUTE_WORDS_MAX)
        return wrong(r, "write contains = [\"one\", \"two\"], at most 64");
    for (size_t i = 0; i < n; i++) {
        const Toml *word = toml_at(r->value, i);
        if (toml_kind(word) != TOML_STRING) return wrong(r, "write contains = [\"one\", \"two\"]");
        TRY(keep_folded(r, toml_str(word), &r->rule->words[r->rule->n_words]));
        r->rule->n_words++;
    }
    return OK;
}

/* Folded like words; a full-width star or question mark stands for the plain one by that. */
static Status read_pattern(RuleReader *r) {
    if (toml_kind(r->value) != TOML_STRING) return wrong(r, "write matches = \"*word*\"");
    return keep_folded(r, toml_str(r->value), &r->rule->pattern);
}

/* "22:30" as minutes of the day. */
static Status read_clock(const RuleReader *r, int *out) {
    char text[8];
    int64_t hour, minute;
    Err ignored;
    TRY(read_text(r, text, sizeof text));
    Str all = str_from(text);
    size_t colon = str_find(all, STR(":"), 0);
    if (colon == SIZE_MAX ||
        num_parse_int(str_sub(all, 0, colon), 0, 23, "hour", "", &hour, &ignored) != OK ||
        num_parse_int(str_sub(all, colon + 1, all.n), 0, 59, "minute", "", &minute, &ignored) !=
            OK) {
        return wrong(r, "write a time as \"22:30\"");
    }
    *out = (int)(hour * 60 + minute);
    return OK;
}

/* The endpoint's name is taken as it is: whether there is one is known when a rule decides. */
static Status read_then(RuleReader *r) {
    char text[ROUTE_NAME_MAX + 8];
    Rule *rule = r->rule;
    TRY(read_text(r, text, sizeof text));
    Str then = str_from(text);
    if (str_eq_c(then, "local"))
        rule->then = THEN_LOCAL;
    else if (str_eq_c(then, "ask"))
        rule->then = THEN_ASK;
    else if (str_eq_c(then, "refuse"))
        rule->then = THEN_REFUSE;
    else if (str_eq_c(then, "cloud"))
        rule->then = THEN_CLOUD;
    else if (str_starts(then, STR("cloud ")) && then.n > 6 && then.n - 6 < ROUTE_NAME_MAX) {
        rule->then = THEN_CLOUD;
        memcpy(rule->endpoint, then.p + 6, then.n - 6 + 1);
    } else {
        return wrong(r, "write then = \"local\", \"cloud\", \"cloud NAME\", \"ask\" or \"refuse\"");
    }
    return OK;
}

/* "personal" holds for what is private, too: labels ascend. */
static Status read_label(RuleReader *r) {
    char text[16];
    TRY(read_text(r, text, sizeof text));
    if (route_label_from_name(str_from(text), &r->rule->label)) return OK;
    return wrong(r, "write \"open\", \"personal\" or \"private\"");
}

/* false is a condition like true: no tools are offered. */
static Status read_tools(RuleReader *r) {
    if (toml_kind(r->value) != TOML_BOOL) return wrong(r, "write true or false");
    r->rule->tools = toml_bool(r->value);
    return OK;
}

static Status read_length(RuleReader *r) {
    int64_t most = 1 << 30, value = toml_kind(r->value) == TOML_INT ? toml_int(r->value) : -1;
    if (value < 0 || value > most) {
        return wrong(r, "write a whole number of characters, 0 or more");
    }
    r->rule->longer_than = value;
    return OK;
}

/* A whole number is a score as well: 0 or 1. */
static Status read_score(RuleReader *r) {
    TomlKind kind = toml_kind(r->value);
    double value = kind == TOML_REAL || kind == TOML_INT ? toml_real(r->value) : -1;
    if (!(value >= 0 && value <= 1)) return wrong(r, "write a number from 0 to 1");
    r->rule->best_under = value;
    return OK;
}

static Status read_from(RuleReader *r) { return read_clock(r, &r->rule->from); }
static Status read_to(RuleReader *r) { return read_clock(r, &r->rule->to); }

/* A key, no reader, and the text of a rule that it becomes; its room counts the NUL. */
#define TEXT(member) #member, NULL, offsetof(Rule, member), sizeof((Rule *)0)->member
/* What a rule may hold: who reads it, or the text in Rule that it becomes. */
static const struct {
    const char *key;
    Status (*read)(RuleReader *r);
    size_t at, cap;
} keys[] = {{TEXT(name)}, {TEXT(language)}, {TEXT(store)}, {TEXT(because)},
            {"contains", read_words, 0, 0}, {"matches", read_pattern, 0, 0},
            {"label_at_least", read_label, 0, 0}, {"longer_than", read_length, 0, 0},
            {"tools", read_tools, 0, 0}, {"best_score_under", read_score, 0, 0},
            {"from", read_from, 0, 0}, {"to", read_to, 0, 0}, {"then", read_then, 0, 0}};
_Static_assert(ARRAY_LEN(keys) == 13, "the hint below names them all");

/* A key that is unknown is an error: a condition misspelled would make a rule hold too often. */
static Status read_key(RuleReader *r) {
    for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
        if (strcmp(keys[k].key, r->key) != 0) continue;
        return keys[k].read ? keys[k].read(r)
                            : read_text(r, (char *)r->rule + keys[k].at, keys[k].cap);
    }
    err_set(r->err, E_USAGE, "route rules, line %d: no condition is called `%s`",
            toml_line(r->value), r->key);
    return err_hint(r->err,
                    "name, contains, matches, language, label_at_least, longer_than, store, tools, "
                    "best_score_under, from, to, then, because");
}

/* It counts (rules->n) only when all of it is fine. */
static Status read_rule(RouteRules *rules, const Toml *table, Err *err) {
    assert(rules->n < ROUTE_RULES_MAX);
    Rule *rule = &rules->rules[rules->n];
    bool decides = false;
    *rule = (Rule){.longer_than = -1, .tools = -1, .best_under = -1, .from = -1, .to = -1};
    Str key;
    const Toml *value;
    for (size_t i = 0; toml_pair(table, i, &key, &value); i++) {
        char name[32] = {0};
        memcpy(name, key.p, key.n < sizeof name ? key.n : sizeof name - 1);
        RuleReader r = {rules, rule, value, name, err};
        TRY(read_key(&r));
        decides |= strcmp(name, "then") == 0;
    }
    if ((rule->from < 0) != (rule->to < 0) || !decides) {
        err_set(err, E_USAGE, "route rules, line %d: this rule has %s", toml_line(table),
                decides ? "only one of `from` and `to`" : "no `then`");
        return err_hint(err, decides
                                 ? "write both"
                                 : "write then = \"local\", \"cloud NAME\", \"ask\" or \"refuse\"");
    }
    rules->n++;
    return OK;
}

/* Nothing but [[rule]] may stand in the file. */
static Status read_all(RouteRules *rules, const Toml *root, Err *err) {
    Str key;
    const Toml *value, *list = toml_get(root, "rule");
    for (size_t i = 0; toml_pair(root, i, &key, &value); i++) {
        if (str_eq_c(key, "rule")) continue;
        err_set(err, E_USAGE, "route rules, line %d: `%.*s` stands outside a rule",
                toml_line(value), (int)(key.n < 40 ? key.n : 40), key.p);
        return err_hint(err, "begin every rule with a line [[rule]]");
    }
    if (!list) return OK;
    if (toml_kind(list) != TOML_ARRAY || toml_len(list) > ROUTE_RULES_MAX) {
        err_set(err, E_USAGE, "route rules, line %d: at most %d rules, each begun by [[rule]]",
                toml_line(list), ROUTE_RULES_MAX);
        return err_hint(err, "begin every rule with a line [[rule]]");
    }
    rules->rules = mem_alloc_n(toml_len(list) ? toml_len(list) : 1, sizeof *rules->rules);
    if (!rules->rules) return err_no_memory(err, "route rules");
    for (size_t i = 0; i < toml_len(list); i++) {
        const Toml *rule = toml_at(list, i);
        if (toml_kind(rule) != TOML_TABLE) {
            err_set(err, E_USAGE, "route rules, line %d: a rule is a table", toml_line(rule));
            return err_hint(err, "begin every rule with a line [[rule]]");
        }
        TRY(read_rule(rules, rule, err));
    }
    return OK;
}

/* All or nothing: of a file with one wrong rule none holds, and the user is told the line. */
Status route_rules_parse(Str toml, RouteRules **out, Err *err) {
    Toml *root = NULL;
    if (toml.n > TOML_RULES_MAX) {
        return err_set(err, E_LIMIT, "route rules of %zu bytes; at most %d", toml.n,
                       TOML_RULES_MAX);
    }
    Status status = toml_parse(toml, &root, err);
    if (status != OK) return err_prefix(err, status, "route rules");
    RouteRules *rules = mem_zalloc(sizeof *rules);
    if (rules) {
        arena_init(&rules->text, (size_t)4 * TOML_RULES_MAX);
        status = read_all(rules, root, err);
    } else {
        status = err_no_memory(err, "route rules");
    }
    toml_free(root);
    if (status == OK)
        *out = rules;
    else
        route_rules_free(rules);
    return status;
}

void route_rules_free(RouteRules *rules) {
    if (!rules) return;
    arena_fini(&rules->text);
    mem_free(rules->rules);
    mem_free(rules);
}

/* ---- trying --------------------------------------------------------------------------------- */

/* Any of them; no words are no condition. */
static bool words_hold(const Rule *rule, Str text) {
    for (int i = 0; i < rule->n_words; i++) {
        if (word_in(text, rule->words[i])) return true;
    }
    return rule->n_words == 0;
}

/* `to` is no longer in it; from 22:00 to 06:00 goes across midnight. An unknown time never holds.
   */
static bool time_holds(const Rule *rule, int minute) {
    assert((rule->from < 0) == (rule->to < 0)); /* read_rule refuses one alone */
    if (rule->from < 0) return true;
    if (minute < 0) return false;
    if (rule->from <= rule->to) return minute >= rule->from && minute < rule->to;
    return minute >= rule->from || minute < rule->to;
}

/* "zh" holds for zh-CN, too. */
static bool language_holds(const Rule *rule, const RouteInput *in) {
    size_t n = strlen(rule->language);
    return n == 0 || (in->language && strncmp(in->language, rule->language, n) == 0);
}

/* Cheap conditions first: words and patterns go through all of the question. */
static bool rule_holds(const Rule *rule, const RouteInput *in, RouteLabel label) {
    Str text = in->question;
    if (label < rule->label || !language_holds(rule, in) || !time_holds(rule, in->minute))
        return false;
    if (rule->longer_than >= 0 && (int64_t)utf8_length(in->question) <= rule->longer_than)
        return false;
    if (rule->store[0] && (!in->store || strcmp(in->store, rule->store) != 0)) return false;
    if (rule->tools >= 0 && (in->n_tools > 0) != (rule->tools == 1)) return false;
    if (rule->best_under >= 0 && in->searched && in->best >= rule->best_under) return false;
    return words_hold(rule, text) && (rule->pattern.n == 0 || glob(rule->pattern, text));
}

/* The verdict's texts are the rule's own, empty where it has none. */
void route_rules_try(const RouteRules *rules, const RouteInput *in, RouteLabel label,
                     RouteVerdict *out) {
    *out = (RouteVerdict){.endpoint = "", .name = "", .because = ""};
    for (size_t i = 0; rules && i < rules->n; i++) {
        const Rule *rule = &rules->rules[i];
        if (!rule_holds(rule, in, label)) continue;
        *out = (RouteVerdict){.rule = (int)i + 1,
                              .then = rule->then,
                              .endpoint = rule->endpoint,
                              .name = rule->name,
                              .because = rule->because};
        return;
    }
}
