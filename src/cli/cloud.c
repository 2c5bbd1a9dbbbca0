/*
 * `hearth cloud`: models on other machines.
 *
 * A key is never an argument, where every user of the machine could read it in the list of
 * processes and the shell would keep it in its history. It comes from stdin (--key-stdin), from the
 * terminal without being shown, or stays in an environment variable (--key-env) or in a credential
 * of systemd (--key-credential). It is sealed in the vault, or lies in the system's keyring alone
 * (--key-keyring).
 *
 * Where a key comes from:
 *
 *     --key-env, --key-credential    nothing is read here: the library looks there when it asks
 *     --key-stdin                    the line of stdin; more than one is no key
 *     --key-keyring                  the same, or a question where stdin is a terminal
 *     none of them, at a terminal    a question; an empty answer means: no key
 *     none of them, in a script      no key
 *
 * Room for a key is one byte more than the longest, so that one that is too long is seen and
 * refused and not cut.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/secret.h"

enum { KEY_MAX = 4096 }; /* bytes */

/* ---- add ----------------------------------------------------------------------------------- */

/* From the terminal without showing it, or from stdin. Its length; below 0: none was read. The
   caller wipes key. */
static int read_key(const Cli *cli, const char *name, char key[KEY_MAX + 1]) {
    char question[160];
    if (cli_option(cli, "key-stdin")->is_true || !isatty(STDIN_FILENO)) {
        return cli_secret_word(STDIN_FILENO, key, KEY_MAX + 1);
    }
    (void)snprintf(question, sizeof question, "Key of %.100s (it is not shown; empty: none): ",
                   name);
    return cli_secret_ask(STDIN_FILENO, question, key, KEY_MAX + 1);
}

/* What was read of one that is too long is a secret, too. */
static int no_key(char key[KEY_MAX + 1]) {
    explicit_bzero(key, KEY_MAX + 1);
    if (cli_stop_asked()) return cli_stopped();
    return cli_usage("cloud: no key was read, or more than one line of at most %d bytes",
                     KEY_MAX);
}

/* How long the keyring keeps a key; 0: not said. */
static int minutes_of(const Cli *cli) {
    const OptionValue *minutes = cli_option(cli, "minutes");
    return minutes->set ? (int)minutes->whole : 0;
}

/* A key that goes by itself must be put back by somebody: say how. */
static void tell_keyring(const Cli *cli) {
    const char *hint = "then: hearth cloud key NAME";
    int minutes = minutes_of(cli);
    if (minutes) {
        fprintf(stderr, "the system's keyring keeps the key for %d minutes, and not over a "
                        "restart; %s\n", minutes, hint);
    } else {
        fprintf(stderr, "the system's keyring keeps the key until your last process ends or the "
                        "machine restarts; %s\n", hint);
    }
}

/* A host that is not plain ASCII, as the network spells it: what looks alike does not there. */
static bool tell_host(void *user, const hearth_cloud *c) {
    const char *name = user;
    CliWord word;
    if (strcmp(c->name, name) != 0) return true;
    if (strstr(c->url, "xn--")) fprintf(stderr, "its address is %s\n", cli_word(&word, c->url));
    return false;
}

/* What is not said is NULL: the library's default, and no empty text. --model is a global option
   and mostly names the local model: it counts only where it was typed here. Keys are asked for at a
   terminal alone, so that a script without one adds none. */
static int add(Cli *cli, const char *name) {
    hearth_error err;
    hearth_cloud cloud;
    char key[KEY_MAX + 1];
    const OptionValue *model = cli_option(cli, "model");
    hearth_cloud_default(&cloud);
    cloud.name = name;
    cloud.wire = cli_option(cli, "wire")->text;
    cloud.url = cli_option(cli, "url")->text;
    cloud.dest = cli_option(cli, "dest")->text;
    cloud.model = strcmp(model->origin, "flag") == 0 ? model->text : NULL; /* not the local one */
    cloud.price_in = cli_option(cli, "price-in")->real;
    cloud.price_out = cli_option(cli, "price-out")->real;
    cloud.budget_day = cli_option(cli, "budget-day")->real;
    cloud.budget_month = cli_option(cli, "budget-month")->real;
    cloud.key_env = cli_option(cli, "key-env")->text;
    cloud.key_credential = cli_option(cli, "key-credential")->text;
    cloud.key_header = cli_option(cli, "key-header")->text;
    cloud.header = cli_option(cli, "header")->text;
    cloud.ca = cli_option(cli, "ca")->text;
    bool elsewhere = cloud.key_env || cloud.key_credential;
    cloud.key_keyring = cli_option(cli, "key-keyring")->is_true;
    cloud.key_minutes = minutes_of(cli);
    bool piped = cloud.key_keyring || cli_option(cli, "key-stdin")->is_true;
    bool asked = !elsewhere && isatty(STDIN_FILENO);
    int n_key = piped || asked ? read_key(cli, name, key) : 0;
    if (n_key < 0) return no_key(key);
    assert(n_key <= KEY_MAX); /* one more was room to see that it is too long */
    bool keyless = n_key == 0 && !elsewhere;
    hearth_status status = hearth_cloud_put(cli->h, &cloud, key, (size_t)n_key, &err);
    explicit_bzero(key, sizeof key);
    if (status != HEARTH_OK) return cli_fail(&err);
    cli_json_word(cli, "name", name);
    if (cli->quiet) return 0;
    if (keyless && !cloud.url) { /* one of the known ones, and each of these wants a key */
        fprintf(stderr, "%s is there, but answers nobody without a key; `hearth cloud key %s` "
                        "takes it\n", name, name);
    } else {
        fprintf(stderr, "%s is there%s; `hearth cloud test %s` tries it\n", name,
                keyless ? ", without a key" : "", name);
    }
    if (cloud.key_keyring) tell_keyring(cli);
    status = hearth_cloud_list(cli->h, tell_host, (void *)(uintptr_t)name, &err);
    return status == HEARTH_OK ? 0 : cli_fail(&err);
}

/* The end of what has nothing to say but whom it was about. */
static int named(const Cli *cli, const char *name, hearth_status status, const hearth_error *err) {
    if (status != HEARTH_OK) return cli_fail(err);
    cli_json_word(cli, "name", name);
    return 0;
}

/* All else of the endpoint stays as it is, also what it has spent. No key at all is an error of the
   library's: an endpoint without one is made by `add`. */
static int rekey(Cli *cli, const char *name) {
    hearth_error err;
    char key[KEY_MAX + 1];
    int n_key = read_key(cli, name, key);
    if (n_key < 0) return no_key(key);
    assert(n_key <= KEY_MAX);
    hearth_status status =
        hearth_cloud_key(cli->h, name, key, (size_t)n_key, minutes_of(cli), &err);
    explicit_bzero(key, sizeof key);
    return named(cli, name, status, &err);
}

/* ---- list ---------------------------------------------------------------------------------- */

/* Where a key lies, never the key. user: the writer, inside the array. */
static bool list_json(void *user, const hearth_cloud *c) {
    JsonWriter *w = user;
    jsonw_object_begin(w);
    jsonw_put_c(w, "name", c->name);
    jsonw_put_c(w, "wire", c->wire);
    jsonw_put_c(w, "url", c->url);
    jsonw_put_c(w, "model", c->model);
    jsonw_put_c(w, "dest", c->dest);
    jsonw_put_c(w, "key", c->key);
    jsonw_put_c(w, "key_env", c->key_env);
    jsonw_put_c(w, "key_credential", c->key_credential);
    jsonw_put_bool(w, "key_keyring", c->key_keyring);
    jsonw_put_c(w, "key_header", c->key_header);
    jsonw_put_c(w, "header", c->header);
    jsonw_put_c(w, "ca", c->ca);
    cli_json_real(w, "price_in", c->price_in);
    cli_json_real(w, "price_out", c->price_out);
    cli_json_real(w, "budget_day", c->budget_day);
    cli_json_real(w, "budget_month", c->budget_month);
    cli_json_real(w, "spent_day", c->spent_day);
    cli_json_real(w, "spent_month", c->spent_month);
    jsonw_put_bool(w, "agreed", c->agreed);
    cli_json_int(w, "rest_s", (uint64_t)c->rest_s);
    jsonw_object_end(w);
    return true;
}

/* Nothing where nothing was spent and no budget is set. */
static void money(const char *what, double spent, double budget) {
    if (budget > 0) printf("  %s %.4g of %.4g", what, spent, budget);
    else if (spent > 0) printf("  %s %.4g", what, spent);
}

typedef struct Listing {
    Cli *cli;
    size_t n;
    int width; /* of the longest name */
} Listing;

/* Before anything is printed: how wide its column is. */
static bool measure(void *user, const hearth_cloud *c) {
    Listing *listing = user;
    int n = (int)strlen(c->name); /* of ASCII: gate/cloud_file.c */
    if (n > listing->width) listing->width = n;
    return true;
}

/* Names are of plain letters; everything else of the file is shown as a word that plays no tricks.
   */
static bool list_text(void *user, const hearth_cloud *c) {
    Listing *listing = user;
    const Cli *cli = listing->cli;
    listing->n++;
    assert(c->name && c->wire && c->dest && c->key);
    CliWord word;
    printf("%s%-*s%s  %-8s  %-16s  %s\n", cli_bold(cli), listing->width, c->name, cli_plain(cli),
           c->dest, c->wire, cli_word(&word, c->model));
    const char *where = c->key_env ? c->key_env : c->key_credential;
    printf("%s    %s  key: %s", cli_dim(cli), cli_word(&word, c->url), c->key);
    if (where) printf(" %s", cli_word(&word, where));
    money("today", c->spent_day, c->budget_day);
    money("month", c->spent_month, c->budget_month);
    if (c->agreed) printf("  agreed");
    if (c->rest_s) printf("  rests for %lld s", (long long)c->rest_s);
    printf("%s\n", cli_plain(cli));
    return true;
}

/* None is no failure; people are told, since silence would look like a fault. */
static int list(Cli *cli) {
    hearth_error err;
    CliJson json;
    Listing listing = {cli, 0, 12};
    hearth_status status;
    if (cli->json) {
        cli_json_open_list(&json, "clouds");
        status = hearth_cloud_list(cli->h, list_json, &json.w, &err);
        cli_json_close_list(&json, status == HEARTH_OK);
    } else {
        status = hearth_cloud_list(cli->h, measure, &listing, &err);
        if (status == HEARTH_OK) {
            status = hearth_cloud_list(cli->h, list_text, &listing, &err);
        }
        if (status == HEARTH_OK && listing.n == 0 && !cli->quiet) {
            fputs("no endpoint: Hearth asks nobody; `hearth cloud add NAME` makes one\n", stderr);
        }
    }
    return status == HEARTH_OK ? 0 : cli_fail(&err);
}

/* ---- test ---------------------------------------------------------------------------------- */

typedef struct Trial {
    Cli *cli;
    Buf text; /* for --json */
} Trial;

/* As it comes for people; kept for the one object of --json. */
static void on_text(void *user, const char *piece, size_t n) {
    Trial *trial = user;
    if (trial->cli->json) {
        buf_add(&trial->text, piece, n);
    } else {
        cli_print(piece, n);
        cli_flush(trial->cli);
    }
}

/* text: what the endpoint said, whole; entry: of the ledger, as `egress show` takes it. */
static void result_json(const Trial *trial, const char *name, const hearth_cloud_result *r) {
    CliJson json;
    JsonWriter *w = cli_json_open(&json);
    jsonw_put_c(w, "name", name);
    jsonw_put_str(w, "text", buf_str(&trial->text));
    cli_json_real(w, "first_ms", r->first_ms);
    cli_json_real(w, "total_ms", r->total_ms);
    cli_json_int(w, "tokens_in", r->tokens_in);
    cli_json_int(w, "tokens_out", r->tokens_out);
    jsonw_put_bool(w, "estimated", r->estimated);
    cli_json_real(w, "cost", r->cost);
    jsonw_put_bool(w, "cut", r->cut);
    jsonw_put_bool(w, "refused", r->refused);
    cli_json_int(w, "attempts", (uint64_t)r->attempts);
    cli_json_int(w, "entry", r->entry);
    cli_json_close(&json);
}

/* What is unusual is said only where it is: a price, attempts, a cut, a refusal. */
static void result_text(const Cli *cli, const hearth_cloud_result *r) {
    assert(r->entry > 0 && r->attempts >= 1); /* what was sent stands in the ledger */
    printf("\n%sfirst word after %.0f ms, all after %.0f ms; %llu tokens in, %llu out%s",
           cli_dim(cli), r->first_ms, r->total_ms, (unsigned long long)r->tokens_in,
           (unsigned long long)r->tokens_out, r->estimated ? " (estimated)" : "");
    if (r->cost > 0) printf("; cost %.4g", r->cost);
    if (r->attempts > 1) printf("; %d attempts", r->attempts);
    if (r->cut) printf("; cut by the model's limit");
    if (r->refused) printf("; refused by the provider");
    printf("; ledger entry %llu%s\n", (unsigned long long)r->entry, cli_plain(cli));
}

/* The answer's text is kept for --json alone, at most 16 MiB of it; a sentence was asked for. */
static int test(Cli *cli, const char *name) {
    hearth_error err;
    hearth_cloud_result result;
    Trial trial = {.cli = cli};
    buf_init(&trial.text, 1 << 24);
    hearth_status status = hearth_cloud_try(cli->h, name, on_text, &trial, &result, &err);
    if (status == HEARTH_OK && cli->json) result_json(&trial, name, &result);
    else if (status == HEARTH_OK) result_text(cli, &result);
    buf_fini(&trial.text);
    return status == HEARTH_OK ? 0 : cli_fail(&err);
}

/* The ledger keeps what was sent to it: that has happened. */
static int forget(Cli *cli, const char *name) {
    hearth_error err;
    return named(cli, name, hearth_cloud_remove(cli->h, name, &err), &err);
}

/* The verb, then its name; a name too many or too few is told before anything is opened. */
int cmd_cloud(Cli *cli) {
    const char *verb = cli->operands[0];
    const char *name = cli->n_operands > 1 ? cli->operands[1] : NULL;
    if (strcmp(verb, "list") == 0 && !name) return list(cli);
    if (strcmp(verb, "list") == 0) return cli_usage("cloud list takes no name");
    int (*run)(Cli *, const char *) = strcmp(verb, "add") == 0      ? add
                                      : strcmp(verb, "key") == 0    ? rekey
                                      : strcmp(verb, "test") == 0   ? test
                                      : strcmp(verb, "remove") == 0 ? forget
                                                                    : NULL;
    if (!run) return cli_usage("cloud: say add, key, list, test or remove");
    if (!name) return cli_usage("cloud %s needs the NAME of an endpoint", verb);
    return run(cli, name);
}
