/*
 * Endpoints on the disk: HOME/gate/clouds.toml. Keys never stand in it (cloud_key.c).
 *
 * One table an endpoint, in TOML, made for people to read and to change:
 *
 *     [openai]
 *     wire = "openai"                      # openai, openai-responses, anthropic, gemini
 *     url = "https://api.openai.com/v1"
 *     model = "..."
 *     dest = "public"                      # mine, server, attested, public: what it may see
 *     price_in = 0.75                      # for a million tokens; so are the budgets' units
 *     price_out = 4.5
 *     budget_day = 1.0
 *     budget_month = 10.0
 *     connect_ms = 5000                    # deadlines; these are the defaults
 *     first_ms = 120000
 *     idle_ms = 60000
 *     key_env = "OPENAI_API_KEY"           # only then is an environment variable looked at
 *     key_credential = "openai"            # or the file of that name in $CREDENTIALS_DIRECTORY
 *     key_keyring = "hearth-cloud:..."     # or the key of that name in the system's keyring
 *     key_header = "api-key"               # and header = "X-Team: legal": see cloud_head.c
 *     ca = "/etc/ssl/firm.pem"             # the one authority for its certificate
 *
 * A key that is not known, a value out of its bounds or a word that is none is an error that names
 * the line: a misspelt budget must not become no budget. `hearth cloud add` and `remove` change the
 * lines of their own table alone; everything else, comments above other tables included, stays byte
 * for byte. Comments inside a table that is replaced are lost. The result is read once more before
 * it takes the file's place.
 */
#include <assert.h>
#include <stdio.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/plain.h"
#include "base/sealed_text.h"
#include "base/toml.h"
#include "gate/cloud_impl.h"
#include "gate/send_impl.h"
#include "gate/wire/wire.h"

/* Chosen: a hand-written file of 64 tables has some 20 KB; who holds the lock only rewrites it; a
   model that thinks may take two minutes to its first word. The bound keeps a typing error from
   making a wait without end. */
enum {
    FILE_MAX = 1 << 20, LOCK_WAIT_MS = 4000,
    CONNECT_MS = 5000, FIRST_MS = 120000, IDLE_MS = 60000, DEADLINE_MAX_MS = 15 * 60 * 1000
};
#define MONEY_MAX 1e9

static const char file_head[] =
    "# Models on other machines, one table each. `hearth cloud add` and `remove` write here, and\n"
    "# you may, too; what is not their own table they leave as it is. No key is in this file.\n";

bool gate_dest_from_name(const char *name, GateDest *out) {
    for (int i = 0; i < GATE_DEST_COUNT; i++) {
        if (strcmp(gate_dest_name((GateDest)i), name) != 0) continue;
        *out = (GateDest)i;
        return true;
    }
    return false;
}

/* ---- what a provider's name stands for ----------------------------------------------------- */

/* Addresses as the providers' SDKs have them (of the last five: mistralai, groq, litellm); a model
   of the small and cheap kind, which a user's own -m replaces. The last five have none: there are
   too many, or their names change too often, and -m is needed. Prices are none: they change, and a
   wrong one would be a wrong budget. */
static const GateEndpoint known[] = {
    {.name = "openai", .url = "https://api.openai.com/v1", .model = "gpt-5.4-mini",
     .wire = WIRE_OPENAI_RESPONSES},
    {.name = "anthropic", .url = "https://api.anthropic.com", .model = "claude-haiku-4-5",
     .wire = WIRE_ANTHROPIC},
    {.name = "gemini", .url = "https://generativelanguage.googleapis.com/v1beta",
     .model = "gemini-flash-latest", .wire = WIRE_GEMINI},
    {.name = "mistral", .url = "https://api.mistral.ai/v1"},
    {.name = "groq", .url = "https://api.groq.com/openai/v1"},
    {.name = "openrouter", .url = "https://openrouter.ai/api/v1"},
    {.name = "deepseek", .url = "https://api.deepseek.com/v1"},
    {.name = "xai", .url = "https://api.x.ai/v1"},
};

/* A known provider is public, as is one that nobody knows: the strictest class until the user says
   another. */
bool gate_cloud_default(const char *name, GateEndpoint *out) {
    bool found = false;
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (strcmp(known[i].name, name) != 0) continue;
        *out = known[i];
        found = true;
    }
    out->dest = GATE_PUBLIC;
    out->connect_ms = CONNECT_MS;
    out->first_ms = FIRST_MS;
    out->idle_ms = IDLE_MS;
    return found;
}

/* ---- checks -------------------------------------------------------------------------------- */

/* Letters and digits, and behind the first one the marks, too. */
static bool is_word(Str word, const char *marks) {
    for (size_t i = 0; i < word.n; i++) {
        char c = word.p[i];
        if (!plain_is_alnum(c) && (i == 0 || !c || !strchr(marks, c))) return false;
    }
    return word.n > 0;
}

/* A word that is a bare key of TOML, a part of a consent's name and a file's name alike. */
static bool name_ok(Str name) { return name.n < GATE_NAME_MAX && is_word(name, "-_"); }

/* A file's name, without a way out of its folder. */
static bool credential_ok(const char *name) { return is_word(str_from(name), "-_."); }

/* Goes into a URL as it is. */
static bool model_ok(const char *model) {
    return is_word(str_from(model), "-_.:/@+") && !strstr(model, "..");
}

/* No control character: it can be written into the file, and shown at a terminal. */
static bool is_plain(const char *text) {
    for (const char *c = text; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) return false;
    }
    return true;
}

/* A name of a model goes into Gemini's URL as it is, where a mark of a file's own would ask for
   another path or query. The others send it as a string, and a server of one's own may call its
   model as it likes; only to a terminal it must do no harm. None at all is for servers with one. */
static bool model_fits(const GateEndpoint *e) {
    return e->wire == WIRE_GEMINI ? model_ok(e->model) : is_plain(e->model);
}

/* Of a whole path, since a question may be asked from any folder; whether it holds certificates is
   seen when it is used. */
static Status ca_check(const GateEndpoint *e, Err *err) {
    if (!*e->ca || (*e->ca == '/' && is_plain(e->ca) && file_exists(e->ca))) return OK;
    (void)err_set(err, E_USAGE, "%s: %.200s is not there", e->name, e->ca);
    return err_hint(err, "name a file of certificates (PEM) by its whole path, /...");
}

/* All rules for one endpoint that is to be written; reading asks only for the form, so that a file
   of people's with one bad address still gives the others (gate_cloud_check). */
static Status endpoint_check(const GateEndpoint *e, Err *err) {
    unsigned classes;
    if (!name_ok(str_from(e->name))) {
        return err_set(err, E_USAGE, "\"%.80s\" is no name for an endpoint (letters, digits, - "
                       "and _, up to 63)", e->name);
    }
    if (!*e->model || !model_fits(e)) {
        return err_set(err, E_USAGE, "%s: \"%.130s\" is no name of a model", e->name, e->model);
    }
    bool budget = e->budget_day > 0 || e->budget_month > 0;
    if (budget && e->price_in <= 0 && e->price_out <= 0) {
        return err_set(err, E_USAGE, "%s: a budget can be held only where prices are set "
                       "(price_in, price_out)", e->name);
    }
    if (*e->key_env && !name_ok(str_from(e->key_env))) {
        return err_set(err, E_USAGE, "%s: \"%.64s\" is no environment variable", e->name,
                       e->key_env);
    }
    if (*e->key_credential && (*e->key_env || !credential_ok(e->key_credential))) {
        return err_set(err, E_USAGE, "%s: \"%.64s\" is no credential, or there is a variable, too",
                       e->name, e->key_credential);
    }
    if (*e->key_keyring &&
        (*e->key_env || *e->key_credential || !cloud_keyring_name_ok(e->key_keyring))) {
        return err_set(err, E_USAGE, "%s: \"%.64s\" is no key of the keyring, or there is another "
                       "place, too", e->name, e->key_keyring);
    }
    TRY(cloud_head_check(e, err));
    TRY(ca_check(e, err));
    return send_endpoint_check(e, &classes, err);
}

/* ---- reading ------------------------------------------------------------------------------- */

typedef enum FieldKind { FIELD_TEXT, FIELD_MONEY, FIELD_MS, FIELD_WIRE, FIELD_DEST } FieldKind;

typedef struct Field {
    const char *key;
    FieldKind kind;
    size_t at, cap; /* where in GateEndpoint, and its bytes: of a text with the 0 at its end */
} Field;

#define FIELD(member, kind) \
    {#member, kind, offsetof(GateEndpoint, member), sizeof((GateEndpoint *)0)->member}
/* Every key of a table but its name, in the order in which it is written. */
static const Field fields[] = {
    FIELD(wire, FIELD_WIRE), FIELD(url, FIELD_TEXT), FIELD(model, FIELD_TEXT),
    FIELD(dest, FIELD_DEST), FIELD(price_in, FIELD_MONEY), FIELD(price_out, FIELD_MONEY),
    FIELD(budget_day, FIELD_MONEY), FIELD(budget_month, FIELD_MONEY), FIELD(connect_ms, FIELD_MS),
    FIELD(first_ms, FIELD_MS), FIELD(idle_ms, FIELD_MS), FIELD(key_env, FIELD_TEXT),
    FIELD(key_credential, FIELD_TEXT), FIELD(key_keyring, FIELD_TEXT),
    FIELD(key_header, FIELD_TEXT), FIELD(header, FIELD_TEXT), FIELD(ca, FIELD_TEXT),
};

/* A string with a NUL inside ("\u0000" in TOML) would be another text to C: it is refused. */
static bool take_text(const Toml *value, char *out, size_t cap) {
    Str text = toml_str(value);
    if (toml_kind(value) != TOML_STRING || text.n >= cap || memchr(text.p, 0, text.n)) return false;
    memcpy(out, text.p, text.n);
    out[text.n] = 0;
    return true;
}

static bool take_wire(const Toml *value, GateWire *out) {
    char word[32];
    return take_text(value, word, sizeof word) && gate_wire_from_name(word, out);
}

static bool take_dest(const Toml *value, GateDest *out) {
    char word[32];
    return take_text(value, word, sizeof word) && gate_dest_from_name(word, out);
}

/* Whole or real; NaN is within no bounds. */
static bool take_number(const Toml *value, double min, double max, double *out) {
    TomlKind kind = toml_kind(value);
    if (kind != TOML_INT && kind != TOML_REAL) return false;
    *out = toml_real(value);
    return *out >= min && *out <= max;
}

/* Writes the one member that the row says; false: the value is of another kind or out of bounds,
   and the caller says so with the line. Deadlines are whole milliseconds. */
static bool take_field(const Field *f, const Toml *value, GateEndpoint *e) {
    void *at = (char *)e + f->at;
    double number;
    switch (f->kind) {
    case FIELD_TEXT: return take_text(value, at, f->cap);
    case FIELD_WIRE: return take_wire(value, at);
    case FIELD_DEST: return take_dest(value, at);
    case FIELD_MONEY: return take_number(value, 0, MONEY_MAX, at);
    case FIELD_MS:
        if (toml_kind(value) != TOML_INT || !take_number(value, 1, DEADLINE_MAX_MS, &number)) {
            return false;
        }
        *(int *)at = (int)number;
        return true;
    }
    return false;
}

/* Puts the line before the message that was set; gives E_USAGE. */
static Status at_line(int line, Err *err) {
    return err_prefix(err, E_USAGE, "clouds.toml:%d", line);
}

/* One endpoint over the defaults. What is unknown or out of bounds is an error, with its line. */
static Status read_table(Str name, const Toml *table, GateEndpoint *e, Err *err) {
    Str key;
    const Toml *value;
    (void)gate_cloud_default("", e);
    (void)snprintf(e->name, sizeof e->name, "%.*s", (int)name.n, name.p);
    for (size_t i = 0; toml_pair(table, i, &key, &value); i++) {
        const Field *field = NULL;
        for (size_t f = 0; f < ARRAY_LEN(fields); f++) {
            if (str_eq_c(key, fields[f].key)) field = &fields[f];
        }
        if (field && take_field(field, value, e)) continue;
        (void)err_set(err, E_USAGE, field ? "%s: %.*s has a value that it cannot have"
                                          : "%s: %.*s is not known here",
                      e->name, (int)(key.n < 64 ? key.n : 64), key.p);
        return at_line(toml_line(value), err);
    }
    if (!toml_get(table, "wire") || !toml_get(table, "url") || !toml_get(table, "dest")) {
        (void)err_set(err, E_USAGE, "%s needs wire, url, model and dest", e->name);
        return at_line(toml_line(table), err);
    }
    if (model_fits(e)) return OK;
    const Toml *model = toml_get(table, "model");
    (void)err_set(err, E_USAGE, "%s: %s", e->name,
                  *e->model ? "model has a value that it cannot have" : "it needs a model");
    return at_line(toml_line(model ? model : table), err);
}

/* Into out[0..GATE_ENDPOINTS_MAX), in the file's order; the first fault ends it. */
static Status read_tables(const Toml *root, GateEndpoint *out, size_t *n, Err *err) {
    Str name;
    const Toml *table;
    *n = 0;
    for (size_t i = 0; toml_pair(root, i, &name, &table); i++) {
        if (toml_kind(table) != TOML_TABLE || !name_ok(name)) {
            (void)err_set(err, E_USAGE, "%.*s is no [NAME] of an endpoint",
                          (int)(name.n < 64 ? name.n : 64), name.p);
            return at_line(toml_line(table), err);
        }
        if (*n == GATE_ENDPOINTS_MAX) {
            return err_set(err, E_LIMIT, "clouds.toml has more than %d endpoints",
                           GATE_ENDPOINTS_MAX);
        }
        TRY(read_table(name, table, &out[*n], err));
        ++*n;
    }
    return OK;
}

/* What is no TOML is the user's mistake, as a wrong value is: E_USAGE, not E_CORRUPT. */
static Status parse(Str text, GateEndpoint *out, size_t *n, Err *err) {
    Toml *root = NULL;
    Status status = toml_parse(text, &root, err);
    if (status == E_CORRUPT) return err_prefix(err, E_USAGE, "clouds.toml");
    if (status == OK) status = read_tables(root, out, n, err);
    toml_free(root);
    return status;
}

char *cloud_path(const Gate *gate, const char *name) { return file_join(gate->folder, name); }

/* Absent: no text. */
static Status read_text(const Gate *gate, Buf *text, Err *err) {
    char *path = cloud_path(gate, "clouds.toml");
    if (!path) return err_no_memory(err, "a path");
    Status status = sealed_text_read(path, text, err);
    mem_free(path);
    return status == E_NOT_FOUND ? OK : status;
}

Status gate_cloud_list(Gate *gate, GateEndpoint *out, size_t *n, Err *err) {
    Buf text;
    buf_init(&text, FILE_MAX);
    Status status = read_text(gate, &text, err);
    if (status == OK) status = parse(buf_str(&text), out, n, err);
    buf_fini(&text);
    return status;
}

Status gate_cloud_check_text(Str text, Err *err) {
    GateEndpoint *list = mem_alloc_n(GATE_ENDPOINTS_MAX, sizeof *list);
    size_t n = 0;
    Status status = list ? parse(text, list, &n, err) : err_no_memory(err, "endpoints");
    mem_free(list);
    return status;
}

Status cloud_find(Gate *gate, const char *name, GateEndpoint *out, bool *there, Err *err) {
    GateEndpoint *list = mem_alloc_n(GATE_ENDPOINTS_MAX, sizeof *list);
    size_t n = 0;
    if (!list) return err_no_memory(err, "endpoints");
    Status status = gate_cloud_list(gate, list, &n, err);
    const GateEndpoint *found = NULL;
    for (size_t i = 0; status == OK && i < n; i++) {
        if (strcmp(list[i].name, name) == 0) found = &list[i];
    }
    if (found) *out = *found;
    *there = found != NULL;
    mem_free(list);
    return status;
}

/* E_USAGE, and not E_NOT_FOUND: the latter is said of documents that do not answer. */
Status gate_cloud_find(Gate *gate, const char *name, GateEndpoint *out, Err *err) {
    bool there;
    TRY(cloud_find(gate, name, out, &there, err));
    if (there) return OK;
    (void)err_set(err, E_USAGE, "there is no endpoint \"%.64s\"", name);
    return err_hint(err, "hearth cloud list shows those there are; hearth cloud add makes one");
}

/* ---- writing ------------------------------------------------------------------------------- */

/* A basic string of TOML. The checks above let no control character through, so that quotes and
   backslashes are all that is escaped. */
static void add_text(Buf *out, const char *key, const char *value) {
    if (!*value) return;
    buf_printf(out, "%s = \"", key);
    for (const char *c = value; *c; c++) {
        if (*c == '"' || *c == '\\') buf_add_byte(out, '\\');
        buf_add_byte(out, *c);
    }
    buf_add_c(out, "\"\n");
}

/* What is the default, empty or 0 is left out. */
static void add_field(Buf *out, const Field *f, const GateEndpoint *e, const GateEndpoint *usual) {
    const void *at = (const char *)e + f->at;
    switch (f->kind) {
    case FIELD_TEXT: add_text(out, f->key, at); return;
    case FIELD_WIRE: add_text(out, f->key, gate_wire_name(e->wire)); return;
    case FIELD_DEST: add_text(out, f->key, gate_dest_name(e->dest)); return;
    case FIELD_MONEY:
        if (*(const double *)at > 0) buf_printf(out, "%s = %.12g\n", f->key, *(const double *)at);
        return;
    case FIELD_MS:
        if (memcmp(at, (const char *)usual + f->at, f->cap) == 0) return;
        buf_printf(out, "%s = %d\n", f->key, *(const int *)at);
    }
}

/* As read_table takes it. */
static void add_table(Buf *out, const GateEndpoint *e) {
    GateEndpoint usual;
    (void)gate_cloud_default("", &usual);
    assert(name_ok(str_from(e->name)) && *e->model); /* endpoint_check: what is written is read */
    buf_printf(out, "[%s]\n", e->name);
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) add_field(out, &fields[i], e, &usual);
}

/* Where line `n` (from 1) begins. */
static size_t offset_of_line(Str text, int n) {
    size_t at = 0;
    for (; n > 1 && at < text.n; n--) (void)str_line(text, &at);
    return at;
}

/* Comments and empty lines that stand right before `end` belong to what comes there. */
static size_t before_comments(Str text, size_t from, size_t end) {
    assert(from <= end && end <= text.n);
    while (end > from) {
        size_t start = end - 1;
        while (start > from && text.p[start - 1] != '\n') start--;
        Str line = str_trim(str_sub(text, start, end));
        if (line.n > 0 && line.p[0] != '#') break;
        end = start;
    }
    return end;
}

/* The lines of table `name`: [*from, *to). Both are the end of the text when there is none. */
static Status find_table(Str text, const char *name, size_t *from, size_t *to, Err *err) {
    Toml *root = NULL;
    Str key;
    const Toml *table;
    TRY(toml_parse(text, &root, err));
    int line = toml_get(root, name) ? toml_line(toml_get(root, name)) : INT32_MAX, next = INT32_MAX;
    for (size_t i = 0; toml_pair(root, i, &key, &table); i++) {
        int other = toml_line(table);
        if (other > line && other < next) next = other;
    }
    toml_free(root);
    assert(line < next || next == INT32_MAX);
    *from = line == INT32_MAX ? text.n : offset_of_line(text, line);
    *to = next == INT32_MAX ? text.n : offset_of_line(text, next);
    if (next != INT32_MAX) *to = before_comments(text, *from, *to);
    if (*from == text.n || str_starts(str_trim(str_sub(text, *from, text.n)), STR("["))) return OK;
    return err_set(err, E_USAGE, "clouds.toml:%d: %s is written on one line; change it by hand",
                   line, name);
}

/* Read once more before it is written: a mistake in the cutting of lines must not cost the user
   the file. It is also where the 65th endpoint is refused. */
static Status replace_file(const Gate *gate, Str text, Err *err) {
    GateEndpoint *list = mem_alloc_n(GATE_ENDPOINTS_MAX, sizeof *list);
    char *path = cloud_path(gate, "clouds.toml");
    size_t n;
    Status status = list && path ? OK : err_no_memory(err, "endpoints");
    if (status == OK) status = parse(text, list, &n, err);
    if (status == OK) status = sealed_text_replace(path, text, err);
    mem_free(path);
    mem_free(list);
    return status;
}

/* With the lock held. endpoint NULL: its table is taken out. */
static Status change_table(const Gate *gate, const char *name, const GateEndpoint *endpoint,
                           Err *err) {
    Buf old, fresh;
    size_t from = 0, to = 0;
    buf_init(&old, FILE_MAX);
    buf_init(&fresh, FILE_MAX);
    Status status = read_text(gate, &old, err);
    Str text = buf_str(&old);
    if (status == OK) status = find_table(text, name, &from, &to, err);
    if (status == OK) {
        assert(from <= to && to <= text.n);
        buf_add_str(&fresh, text.n ? str_sub(text, 0, from) : str_from(file_head));
        if (endpoint) {
            bool gap = from == text.n && !str_ends(buf_str(&fresh), STR("\n\n"));
            if (!str_ends(buf_str(&fresh), STR("\n"))) buf_add_byte(&fresh, '\n');
            if (gap) buf_add_byte(&fresh, '\n');
            add_table(&fresh, endpoint);
        }
        buf_add_str(&fresh, str_sub(text, to, text.n));
        status = buf_check(&fresh, "clouds.toml", err);
    }
    if (status == OK) status = replace_file(gate, buf_str(&fresh), err);
    buf_fini(&fresh);
    buf_fini(&old);
    return status;
}

Status cloud_lock(const Gate *gate, int *fd, Err *err) {
    char *path = cloud_path(gate, "clouds.lock");
    if (!path) return err_no_memory(err, "a path");
    Status status = file_lock_wait(path, LOCK_WAIT_MS, fd, err);
    mem_free(path);
    return status;
}

/* A key must be one and must have just one place: the vault or keyring with a key given, a variable
   or a credential without. */
static Status key_check(const GateEndpoint *e, Str key, Err *err) {
    TRY(cloud_key_check(e, key, err));
    if (key.n == 0 && *e->key_keyring) {
        return err_set(err, E_USAGE, "%s: no key for the keyring was given", e->name);
    }
    if (key.n == 0 || (!*e->key_env && !*e->key_credential)) return OK;
    return err_set(err, E_USAGE, "%s: give a key or say where it stands, not both", e->name);
}

/* The old key goes first and the new one comes last: whatever fails in between, no key is ever with
   an address that it was not given for. */
Status gate_cloud_put(Gate *gate, const GateEndpoint *given, Str key, Err *err) {
    int lock;
    GateEndpoint spelled = *given, *endpoint = &spelled;
    TRY(endpoint_check(given, err));
    send_spell_host(spelled.url);
    TRY(key_check(endpoint, key, err));
    TRY(cloud_lock(gate, &lock, err));
    Status status = cloud_key_forget(gate, endpoint->name, err);
    if (status == OK) status = change_table(gate, endpoint->name, endpoint, err);
    if (status == OK) status = cloud_key_put(gate, endpoint, key, err);
    file_unlock(lock);
    return status == OK ? cloud_state_forget(gate, endpoint->name, err) : status;
}

/* Consent goes first, then the key, then the table: stopped anywhere, nothing can be sent there. */
Status gate_cloud_remove(Gate *gate, const char *name, Err *err) {
    GateEndpoint e;
    char host[GATE_URL_MAX];
    int lock;
    TRY(gate_cloud_find(gate, name, &e, err));
    send_host(e.url, host);
    GateConsent consent = {e.name, e.dest, host, NULL};
    TRY(gate_consent_withdraw(gate, &consent, err));
    TRY(cloud_lock(gate, &lock, err));
    Status status = cloud_key_forget(gate, name, err);
    if (status == OK) status = change_table(gate, name, NULL, err);
    file_unlock(lock);
    return status == OK ? cloud_state_forget(gate, name, err) : status;
}
