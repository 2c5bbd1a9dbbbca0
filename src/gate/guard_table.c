/*
 * What is done about what the guards find. In HOME/gate/policy.toml:
 *
 *     [guard]
 *     question_injection = "warn"      # jailbreaks and orders in what the user asks
 *     question_offensive = "off"
 *     question_unsafe = "warn"         # people ask about murder in court files and poison in sheds
 *     passage_injection = "refuse"     # a passage that gives orders is left out
 *     passage_offensive = "off"
 *     passage_unsafe = "off"
 *     answer_injection = "warn"        # an answer that gives orders
 *     answer_offensive = "warn"
 *     answer_unsafe = "warn"
 *     answer_leak = "rewrite"          # an endpoint puts the user's own words into a link
 *
 * These are the defaults. off: nobody looks. warn: a notice says what was found. rewrite: the
 * sentences are cut out, the rest stays. refuse: the question is not answered, the passage is not
 * read, the answer is withheld. A find below GUARD_SURE is told of in a question and is nothing
 * elsewhere: ordinary documents are silent from there on only (doc/decisions/0015). Nothing is
 * refused by default but passages with orders: rules accuse too many harmless questions.
 *
 * This file is read by policy.c, too, so that a mistake in the table stops what would leave as any
 * other mistake does; a question that stays here is stopped by it as well, since a misspelt
 * "refuse" must not become a warning.
 */
#include "gate/guard_table.h"

#include <assert.h>
#include <stdio.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/sealed_text.h"

enum { FILE_MAX = 1 << 20, KEY_MAX = 32 };

static const char *const place_names[GUARD_PLACES] = {"question", "passage", "answer"};
static const char *const act_names[GUARD_ACTS] = {"off", "warn", "rewrite", "refuse"};

const char *guard_place_name(GuardPlace place) {
    assert((unsigned)place < GUARD_PLACES);
    return place_names[place];
}

const char *guard_act_name(GuardAct act) {
    assert((unsigned)act < GUARD_ACTS);
    return act_names[act];
}

void guard_table_default(GuardTable *out) {
    *out = (GuardTable){
        .act = {[GUARD_QUESTION] = {[GUARD_INJECTION] = GUARD_TELL, [GUARD_UNSAFE] = GUARD_TELL},
                [GUARD_PASSAGE] = {[GUARD_INJECTION] = GUARD_FORBID},
                [GUARD_ANSWER] = {GUARD_TELL, GUARD_TELL, GUARD_TELL}},
        .leak = GUARD_CUT_OUT};
}

/* The entry of that name; NULL: there is none. */
static GuardAct *entry_of(GuardTable *table, Str key) {
    char name[KEY_MAX];
    if (str_eq_c(key, "answer_leak")) return &table->leak;
    for (int p = 0; p < GUARD_PLACES; p++) {
        for (int k = 0; k < GUARD_KINDS; k++) {
            (void)snprintf(name, sizeof name, "%s_%s", place_names[p],
                           guard_kind_name((GuardKind)k));
            if (str_eq_c(key, name)) return &table->act[p][k];
        }
    }
    return NULL;
}

static int act_named(const Toml *value) {
    for (int a = 0; a < GUARD_ACTS && toml_kind(value) == TOML_STRING; a++) {
        if (str_eq_c(toml_str(value), act_names[a])) return a;
    }
    return -1;
}

Status guard_table_read(GuardTable *table, const Toml *section, Err *err) {
    if (toml_kind(section) != TOML_TABLE) {
        return err_set(err, E_CORRUPT, "%d: guard is a table: [guard]", toml_line(section));
    }
    for (size_t i = 0; i < toml_len(section); i++) {
        Str key;
        const Toml *value;
        (void)toml_pair(section, i, &key, &value);
        GuardAct *entry = entry_of(table, key);
        int act = act_named(value);
        if (!entry || act < 0) {
            err_set(err, E_CORRUPT, "%d: %s", toml_line(value),
                    entry ? "say off, warn, rewrite or refuse" : "no guard has that name");
            return err_hint(err, "as in question_unsafe = \"warn\", answer_leak = \"rewrite\"");
        }
        *entry = (GuardAct)act;
    }
    return OK;
}

static Status read_file(const char *path, GuardTable *out, Err *err) {
    Buf text;
    Toml *root = NULL;
    buf_init(&text, FILE_MAX);
    Status status = sealed_text_read(path, &text, err);
    if (status == OK) status = toml_parse(buf_str(&text), &root, err);
    const Toml *section = status == OK ? toml_get(root, "guard") : NULL;
    if (section) status = guard_table_read(out, section, err);
    toml_free(root);
    buf_fini(&text);
    return status == OK ? OK : err_prefix(err, status, "%s", path);
}

Status guard_table_open(const char *folder, GuardTable *out, Err *err) {
    char *path = file_join(folder, "policy.toml");
    if (!path) return err_no_memory(err, "a path");
    guard_table_default(out);
    Status status = file_exists(path) ? read_file(path, out, err) : OK;
    mem_free(path);
    return status;
}

GuardAct guard_table_act(const GuardTable *table, GuardPlace place, GuardKind kind, float score) {
    assert((unsigned)place < GUARD_PLACES && (unsigned)kind < GUARD_KINDS);
    GuardAct act = table->act[place][kind];
    if (score >= GUARD_SURE) return act;
    bool told = place == GUARD_QUESTION && score >= GUARD_LEAST && act != GUARD_OFF;
    return told ? GUARD_TELL : GUARD_OFF;
}
