/*
 * What may leave for whom.
 *
 * A table says for each class of thing and each destination (parcel.h) what is done: keep,
 * surrogate, generalise, ask, refuse. The defaults below hold until HOME/gate/policy.toml says
 * otherwise:
 *
 *     [public]                  # or device, mine, server, attested; or [all]
 *     place = "generalise"      # a type (hearth gate scan names them)
 *     iban = "refuse"           # a kind, which is more particular than its type
 *
 *     [[pattern]]               # things of your own, by regular expression (pattern.c)
 *     match = 'PRJ-[0-9]{4}'
 *     type = "other"            # the default
 *     ignore_case = false       # the default
 *
 *     [[words]]                 # or as words, however written: projects, people, places
 *     type = "org"
 *     list = ["Nordlicht", "..."]
 *
 *     [gate]
 *     careful = false           # the embedding model does not look at names again (gate/look.h)
 *     deep = true               # what leaves is read by the local model first (gate/deep.h)
 *
 *     [guard]                   # what is done about what the guards find (guard_table.c)
 *     question_unsafe = "warn"
 *
 *     [[folder]]                # what texts from there are (labels.c); default: personal
 *     path = "~/diary"
 *     label = "private"
 *
 * How one thing is decided, in policy_action:
 *
 *     device?  keep                                                     | of_kind[38][5]
 *     the row of its kind, if the file or the defaults say one there,   | of_type[13][5]
 *     else the row of its type                                          | a byte each: GateAction
 *     open text, no secret, and the row does not say refuse?  keep
 *
 * For example, with [public] iban = "refuse" and nothing else in the file:
 *
 *     what              text      for      row                      done
 *     an IBAN           personal  public   kind iban: refuse        no parcel, the hint says why
 *     an IBAN           open      public   kind iban: refuse        no parcel
 *     a card            open      public   type bank: surrogate     kept, for it is open
 *     a card            personal  server   type bank: surrogate     surrogate
 *     a key "sk-..."    open      mine     type secret: surrogate   surrogate, open or not
 *     a date, no birth  personal  public   kind date: keep          kept; type date says surrogate
 *
 * Three laws are not in the table. Private text never leaves the device, in any form. Open text is
 * searched for secrets only, unless a kind or type is refused. On the device nothing is masked.
 *
 * The defaults: what names or reaches a person gives way to a surrogate wherever another party
 * could read it; secrets do everywhere. Dates of birth keep their year, positions their first
 * decimal (surrogate.c); other dates are kept. Places get coarser on the way to anybody's cloud
 * where their name says how (a district its city); a town alone stays: no table says where it lies.
 * Health and finance are kept: without a person they are what the question is about; who wants it
 * stricter says so. Data (a picture or a file as text) are cut out: nobody has looked through them.
 *
 * A file that cannot be read to its end, or says something unknown, is an error: the gate does not
 * open, and nothing leaves. Limits: 1 MiB, 256 patterns, 65536 words.
 */
#include "gate/policy.h"

#include <assert.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/sealed_text.h"
#include "gate/guard_table.h"
#include "gate/match.h"
#include "gate/pattern.h"

enum { FILE_MAX = 1 << 20, RULES_MAX = 256, WORDS_MAX = 1 << 16, BY_TYPE = 0xFF };

typedef struct Rule {
    Pattern *pattern;
    ScanType type;
} Rule;

_Static_assert((int)GATE_ACTION_COUNT < (int)BY_TYPE, "an action is a byte, and none is BY_TYPE");

struct Policy {
    uint8_t of_type[SCAN_TYPE_COUNT][GATE_DEST_COUNT];
    uint8_t of_kind[KIND_COUNT][GATE_DEST_COUNT]; /* BY_TYPE: as its type */
    Rule rules[RULES_MAX];
    size_t n_rules;
    Matcher *words; /* NULL: none; a word's value is its type */
    size_t n_words;
    Labels *labels;
    bool careful; /* the embedding model looks at names in what leaves */
    bool deep;    /* the local model reads what leaves */
    char *path;
};

static const char *const dest_names[GATE_DEST_COUNT] = {"device", "mine", "server", "attested",
                                                        "public"};
static const char *const label_names[GATE_LABEL_COUNT] = {"open", "personal", "private"};
static const char *const action_names[GATE_ACTION_COUNT] = {"keep", "surrogate", "generalise",
                                                            "ask", "refuse"};

const char *gate_dest_name(GateDest dest) {
    assert((unsigned)dest < GATE_DEST_COUNT);
    return dest_names[dest];
}

const char *gate_label_name(GateLabel label) {
    assert((unsigned)label < GATE_LABEL_COUNT);
    return label_names[label];
}

/* ---- the defaults -------------------------------------------------------------------------- */

/* A letter a destination, from near to far (device, mine, server, attested, public): k(eep),
   s(urrogate), g(eneralise). A row grows stricter from left to right. */
static const char *const defaults[SCAN_TYPE_COUNT] = {
    [SCAN_PERSON] = "kksss", [SCAN_ADDRESS] = "kksss", [SCAN_ORG] = "kkkss",
    [SCAN_ID] = "kksss",     [SCAN_PHONE] = "kksss",   [SCAN_BANK] = "kksss",
    [SCAN_EMAIL] = "kksss",  [SCAN_SECRET] = "kssss",  [SCAN_PLACE] = "kkkkg",
    [SCAN_DATE] = "kkkss",   [SCAN_HEALTH] = "kkkkk",  [SCAN_FINANCE] = "kkkkk",
    [SCAN_OTHER] = "kksss"};

static uint8_t action_of(char letter) {
    return letter == 's' ? GATE_SURROGATE : letter == 'g' ? GATE_GENERALISE : GATE_KEEP;
}

static void set_defaults(Policy *policy) {
    policy->careful = true;
    for (int t = 0; t < SCAN_TYPE_COUNT; t++) {
        assert(defaults[t] && strlen(defaults[t]) == GATE_DEST_COUNT); /* none is left out */
        for (int d = 0; d < GATE_DEST_COUNT; d++) policy->of_type[t][d] = action_of(defaults[t][d]);
    }
    memset(policy->of_kind, BY_TYPE, sizeof policy->of_kind);
    /* exact places: near enough for an answer, and put back exactly */
    policy->of_kind[KIND_POSITION][GATE_ATTESTED] = GATE_SURROGATE;
    policy->of_kind[KIND_POSITION][GATE_PUBLIC] = GATE_SURROGATE;
    /* when something is due or was signed is what questions are about; a date of birth is a kind of
       its own, found by the words beside it */
    policy->of_kind[KIND_TAG_DATE][GATE_ATTESTED] = GATE_KEEP;
    policy->of_kind[KIND_TAG_DATE][GATE_PUBLIC] = GATE_KEEP;
    /* nobody has looked through it: a word stands where it was */
    for (int d = GATE_SERVER; d < GATE_DEST_COUNT; d++) {
        policy->of_kind[KIND_DATA][d] = GATE_GENERALISE;
    }
}

/* ---- the file ------------------------------------------------------------------------------ */

static const char until_then[] = "put it right or remove the file; until then nothing leaves";

/* A mistake in the file, with its line: E_CORRUPT, so that the gate does not open. */
static Status wrong(const Policy *policy, const Toml *at, Err *err, const char *what) {
    (void)err_set(err, E_CORRUPT, "%s:%d: %s", policy->path, at ? toml_line(at) : 1, what);
    return err_hint(err, "%s", until_then);
}

/* The index of the name in a list, or -1. */
static int named(Str name, const char *const *names, int n) {
    for (int i = 0; i < n; i++) {
        if (str_eq_c(name, names[i])) return i;
    }
    return -1;
}

static bool is_text(const Toml *value) {
    return value && toml_kind(value) == TOML_STRING;
}

/* "type or kind = action" for destinations first..last. */
static Status read_row(Policy *policy, Str key, const Toml *value, int first, int last, Err *err) {
    int action = is_text(value) ? named(toml_str(value), action_names, GATE_ACTION_COUNT) : -1;
    if (action < 0) {
        return wrong(policy, value, err, "say keep, surrogate, generalise, ask or refuse");
    }
    int type = scan_type_from_name(key), found = type >= 0;
    assert(first >= 0 && first <= last && last < GATE_DEST_COUNT);
    for (int d = first; d <= last; d++) {
        if (type >= 0) policy->of_type[type][d] = (uint8_t)action;
        for (int k = 0; k < KIND_COUNT; k++) {
            if (!str_eq_c(key, scan_kind_name((ScanKind)k))) continue;
            policy->of_kind[k][d] = (uint8_t)action;
            found = 1;
        }
    }
    return found ? OK : wrong(policy, value, err, "there is no type or kind of that name");
}

static Status read_dest(Policy *policy, Str name, const Toml *table, Err *err) {
    int dest = named(name, dest_names, GATE_DEST_COUNT);
    bool all = str_eq_c(name, "all");
    if ((dest < 0 && !all) || toml_kind(table) != TOML_TABLE) {
        return wrong(policy, table, err, "say [device], [mine], [server], [attested], [public], "
                                         "[all], [gate], [guard], [[pattern]], [[words]] or "
                                         "[[folder]]");
    }
    for (size_t i = 0; i < toml_len(table); i++) {
        Str key;
        const Toml *value;
        (void)toml_pair(table, i, &key, &value);
        TRY(read_row(policy, key, value, all ? GATE_MINE : dest, all ? GATE_PUBLIC : dest, err));
    }
    return OK;
}

/* The type of a [[pattern]] or [[words]]; every key but it and their own is refused. */
static Status read_type(Policy *policy, const Toml *table, const char *const own[2], ScanType *type,
                        Err *err) {
    *type = SCAN_OTHER;
    if (toml_kind(table) != TOML_TABLE) return wrong(policy, table, err, "not a table");
    for (size_t i = 0; i < toml_len(table); i++) {
        Str key;
        const Toml *value;
        (void)toml_pair(table, i, &key, &value);
        if (str_eq_c(key, own[0]) || str_eq_c(key, own[1])) continue;
        int found = is_text(value) ? scan_type_from_name(toml_str(value)) : -1;
        if (!str_eq_c(key, "type") || found < 0) {
            return wrong(policy, value, err, "unknown key, or no type of that name");
        }
        *type = (ScanType)found;
    }
    return OK;
}

/* [[pattern]]: compiled here, so that a mistake in it is a mistake of the file. */
static Status read_pattern(Policy *policy, const Toml *table, Err *err) {
    static const char *const own[2] = {"match", "ignore_case"};
    ScanType type;
    TRY(read_type(policy, table, own, &type, err));
    const Toml *match = toml_get(table, "match"), *ignore = toml_get(table, "ignore_case");
    if (!is_text(match)) return wrong(policy, table, err, "a pattern needs match = '...'");
    if (ignore && toml_kind(ignore) != TOML_BOOL) {
        return wrong(policy, ignore, err, "true or false");
    }
    if (policy->n_rules == RULES_MAX) return wrong(policy, table, err, "too many patterns");
    Rule *rule = &policy->rules[policy->n_rules];
    Status status = pattern_new(toml_str(match), toml_bool(ignore), &rule->pattern, err);
    if (status != OK) return err_prefix(err, status, "%s:%d", policy->path, toml_line(match));
    rule->type = type;
    policy->n_rules++;
    return OK;
}

/* [[words]]: a word's type is its value in the matcher; all lists share one matcher. */
static Status read_words(Policy *policy, const Toml *table, Err *err) {
    static const char *const own[2] = {"list", "list"};
    ScanType type;
    const Toml *list = toml_get(table, "list"), *ignore = toml_get(table, "ignore_case");
    if (ignore) {
        return wrong(policy, ignore, err, "words are found in capitals and small letters alike; "
                                          "ignore_case is for [[pattern]]");
    }
    TRY(read_type(policy, table, own, &type, err));
    if (!list || toml_kind(list) != TOML_ARRAY) {
        return wrong(policy, table, err, "words need list = [\"...\"]");
    }
    if (!policy->words) TRY(match_new(&policy->words, err));
    for (size_t i = 0; i < toml_len(list); i++) {
        const Toml *word = toml_at(list, i);
        if (!is_text(word) || !toml_str(word).n) return wrong(policy, list, err, "not a word");
        if (++policy->n_words > WORDS_MAX) return wrong(policy, list, err, "too many words");
        TRY(match_add(policy->words, toml_str(word), (uint32_t)type, MATCH_NAME, err));
    }
    return OK;
}

static Status read_folder(Policy *policy, const Toml *table, Err *err) {
    if (toml_kind(table) != TOML_TABLE) return wrong(policy, table, err, "not a table");
    Status status = labels_read(policy->labels, table, err);
    return status == OK ? OK : err_prefix(err, status, "%s:%d", policy->path, toml_line(table));
}

/* The lists of tables that a file may hold, and who reads one of them. */
static const struct {
    const char *name;
    Status (*read)(Policy *policy, const Toml *table, Err *err);
} lists[] = {{"pattern", read_pattern}, {"words", read_words}, {"folder", read_folder}};

/* What the guards do is the hall's (turn/guard.c); a mistake in it closes the gate all the same. */
static Status check_guard(const Policy *policy, const Toml *section, Err *err) {
    GuardTable unused;
    guard_table_default(&unused);
    Status status = guard_table_read(&unused, section, err);
    return status == OK ? OK : err_prefix(err, status, "%s", policy->path);
}

/* [gate]: an empty table is a mistake, too: it says nothing that its writer meant. */
static Status read_gate(Policy *policy, const Toml *section, Err *err) {
    size_t n = toml_kind(section) == TOML_TABLE ? toml_len(section) : 0;
    bool known = n > 0;
    for (size_t i = 0; i < n && known; i++) {
        Str key;
        const Toml *value;
        (void)toml_pair(section, i, &key, &value);
        bool *is = str_eq_c(key, "deep") ? &policy->deep
                   : str_eq_c(key, "careful") ? &policy->careful : NULL;
        known = is && toml_kind(value) == TOML_BOOL;
        if (known) *is = toml_bool(value);
    }
    return known ? OK : wrong(policy, section, err, "[gate] holds deep and careful, true or false");
}

/* One key at the file's top: a list of tables, [gate], [guard], or a destination. */
static Status read_top(Policy *policy, Str key, const Toml *value, Err *err) {
    for (size_t l = 0; l < ARRAY_LEN(lists); l++) {
        if (!str_eq_c(key, lists[l].name)) continue;
        if (toml_kind(value) != TOML_ARRAY) {
            return wrong(policy, value, err, "say it with two brackets, as in [[pattern]]");
        }
        for (size_t i = 0; i < toml_len(value); i++) {
            TRY(lists[l].read(policy, toml_at(value, i), err));
        }
        return OK;
    }
    if (str_eq_c(key, "gate")) return read_gate(policy, value, err);
    return str_eq_c(key, "guard") ? check_guard(policy, value, err)
                                  : read_dest(policy, key, value, err);
}

Status policy_read(Policy *policy, Str text, Err *err) {
    Toml *root;
    Status status = toml_parse(text, &root, err);
    if (status != OK) return err_prefix(err, status, "%s", policy->path);
    for (size_t i = 0; status == OK && i < toml_len(root); i++) {
        Str key;
        const Toml *value;
        (void)toml_pair(root, i, &key, &value);
        status = read_top(policy, key, value, err);
    }
    toml_free(root);
    return status;
}

Status policy_new(const char *path, Policy **out, Err *err) {
    Policy *policy = mem_zalloc(sizeof *policy);
    if (!policy) return err_no_memory(err, "the policy");
    policy->path = mem_strdup(path);
    Status status = policy->path ? labels_new(&policy->labels, err)
                                 : err_no_memory(err, "the policy");
    if (status != OK) {
        policy_close(policy);
        return status;
    }
    set_defaults(policy);
    *out = policy;
    return OK;
}

/* A file that is there and cannot be read is an error; one that is not there is the defaults. */
Status policy_open(const char *folder, Policy **out, Err *err) {
    char *path = file_join(folder, "policy.toml");
    if (!path) return err_no_memory(err, "a path");
    Policy *policy = NULL;
    Buf text;
    buf_init(&text, FILE_MAX);
    Status status = policy_new(path, &policy, err);
    if (status == OK && file_exists(path)) {
        status = sealed_text_read(path, &text, err);
        if (status == OK) status = policy_read(policy, buf_str(&text), err);
        if (status == E_CORRUPT && err && !err->hint[0]) (void)err_hint(err, "%s", until_then);
    }
    buf_fini(&text);
    mem_free(path);
    if (status == OK) {
        *out = policy;
    } else {
        policy_close(policy);
    }
    return status;
}

void policy_close(Policy *policy) {
    if (!policy) return;
    for (size_t i = 0; i < policy->n_rules; i++) pattern_free(policy->rules[i].pattern);
    match_free(policy->words);
    labels_free(policy->labels);
    mem_free(policy->path);
    mem_free(policy);
}

/* ---- asking -------------------------------------------------------------------------------- */

/* Pure, and the only place where it is decided what may leave. A span of the policy's own (kind
   KIND_COUNT) goes by its type. */
GateAction policy_action(const Policy *policy, GateDest dest, GateLabel label,
                         const ScanSpan *span) {
    assert((unsigned)dest < GATE_DEST_COUNT && (unsigned)span->type < SCAN_TYPE_COUNT);
    if (dest == GATE_DEVICE) return GATE_KEEP;
    uint8_t action = span->kind < KIND_COUNT ? policy->of_kind[span->kind][dest] : BY_TYPE;
    if (action == BY_TYPE) action = policy->of_type[span->type][dest];
    assert(action < GATE_ACTION_COUNT);
    bool open = label == GATE_OPEN && span->type != SCAN_SECRET && action != GATE_REFUSE;
    return open ? GATE_KEEP : (GateAction)action;
}

bool policy_is_deep(const Policy *policy) {
    return policy->deep;
}

bool policy_is_careful(const Policy *policy) {
    return policy->careful;
}

const Labels *policy_labels(const Policy *policy) {
    return policy->labels;
}

/* The scanner's spans, which grow by what the policy's patterns and words find. */
typedef struct Finding {
    ScanSpan *spans;
    size_t n, cap;
    ScanType type;
} Finding;

/* PatternFn: takes a match as one more find of the type at hand. */
static Status found(void *user, size_t start, size_t end, Err *err) {
    Finding *f = user;
    assert(start < end);
    TRY(mem_grow((void **)&f->spans, &f->cap, f->n + 1, sizeof *f->spans, SCAN_SPANS_MAX, err));
    f->spans[f->n++] = (ScanSpan){start, end, f->type, KIND_COUNT, 1};
    return OK;
}

/* Overlapping ones become one, of the longer one's type: of two finds that touch the same bytes all
   bytes of both go, so that no half of a thing stays behind. Afterwards they ascend, disjoint. */
static void merge(Finding *f) {
    size_t n = 0;
    qsort(f->spans, f->n, sizeof *f->spans, scan_span_order);
    for (size_t i = 0; i < f->n; i++) {
        ScanSpan *last = n ? &f->spans[n - 1] : NULL, *next = &f->spans[i];
        if (!last || next->start >= last->end) {
            f->spans[n++] = *next;
            continue;
        }
        if (next->end - next->start > last->end - last->start) {
            last->type = next->type;
            last->kind = next->kind;
        }
        if (next->end > last->end) last->end = next->end;
    }
    assert(n > 0 && n <= f->n);
    f->n = n;
}

Status policy_find(Policy *policy, Str text, ScanSpan **spans, size_t *n, Err *err) {
    if (!policy->n_rules && !policy->words) return OK;
    Finding f = {*spans, *n, *n, SCAN_OTHER};
    Status status = OK;
    for (size_t i = 0; status == OK && i < policy->n_rules; i++) {
        f.type = policy->rules[i].type;
        status = pattern_find(policy->rules[i].pattern, text, found, &f, err);
        if (status != OK) (void)err_prefix(err, status, "pattern %zu of %s", i + 1, policy->path);
    }
    MatchText t = match_plain(text);
    MatchSort before = SORT_OTHER;
    MatchHit hit;
    for (size_t at = 0; status == OK && policy->words &&
                        match_next(policy->words, &t, &at, &before, &hit); at = hit.end) {
        f.type = (ScanType)hit.value;
        status = found(&f, hit.start, hit.end, err);
        before = SORT_OTHER;
    }
    if (status == OK && f.n) merge(&f);
    *spans = f.spans;
    *n = f.n;
    return status;
}
