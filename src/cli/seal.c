/*
 * `hearth seal`, `unlock`, `lock`, and where the passphrase of a sealed home comes from.
 *
 * A passphrase is never an argument: every user of the machine could read it in the list of
 * processes. It is the first line of --passphrase-file (- for stdin; /dev/fd/N works), or typed at
 * the terminal itself, since stdin may be a text or a question. A new one is typed twice.
 *
 * stdout is for --json and for `show` alone: what was done is said on stderr, since a passphrase is
 * often asked for on the way and the two belong side by side.
 *
 *     hearth seal                        asks twice, seals
 *     hearth seal --change               asks for the old one where locked, twice for the new one
 *     hearth seal --credential FILE      all of it; more than 4095 bytes are refused
 *     hearth seal show NAME | put NAME   three files by name (api/seal.c), never a path
 */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/secret.h"

enum { SECRET_FILE_MAX = 4096 }; /* bytes, of which a secret has one less */

/* ---- passphrases --------------------------------------------------------------------------- */

/* The warning comes before the question, each time. */
static int ask_new(int tty, char *out, size_t max) {
    fputs("This passphrase is the only way to what will be sealed: if it is lost, everything is.\n"
          "Write it down and keep it away from this machine.\n", stderr);
    return cli_secret_ask_twice(tty, "New passphrase (it is not shown): ", out, max);
}

/* With --change the file holds the old one: the new one is asked for, or in a file of its own. */
int cli_passphrase(void *user, hearth_passphrase what, char *out, size_t max) {
    const Cli *cli = user;
    bool fresh = what == HEARTH_PASSPHRASE_NEW;
    assert(max > 1); /* one byte and one that shows that it is too long */
    const char *path = cli_option(cli, "passphrase-file")->text;
    if (fresh && cli_option(cli, "new-passphrase-file")->text) {
        path = cli_option(cli, "new-passphrase-file")->text;
    } else if (fresh && cli_has_option(cli, "change") && cli_option(cli, "change")->is_true) {
        path = NULL; /* the file holds the old one */
    }
    if (path) return cli_secret_file(path, out, max);
    int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (tty < 0) return -1;
    int n = fresh ? ask_new(tty, out, max)
                  : cli_secret_ask(tty, "Passphrase of this home: ", out, max);
    close(tty);
    return n;
}

/* ---- seal ---------------------------------------------------------------------------------- */

/* Unlocks nothing. */
static hearth_sealing look(Cli *cli) {
    hearth_sealing info = {.size = sizeof info};
    hearth_sealing_info(cli->h, &info);
    assert(info.state && info.passphrases >= 0 && info.credentials >= 0);
    return info;
}

/* How it is now: the object of --json, of `status` and of what changed it. */
static void state_json(Cli *cli) {
    if (!cli->json) return;
    hearth_sealing info = look(cli);
    CliJson json;
    JsonWriter *w = cli_json_open(&json);
    jsonw_put_c(w, "state", info.state);
    jsonw_put_bool(w, "locked", info.locked);
    cli_json_int(w, "passphrases", (uint64_t)info.passphrases);
    cli_json_int(w, "credentials", (uint64_t)info.credentials);
    cli_json_close(&json);
}

/* The end of each change: what it says for people goes to stderr. */
static int changed(Cli *cli, hearth_status status, const char *said, const hearth_error *err) {
    if (status != HEARTH_OK) return cli_fail(err);
    if (said && !cli->quiet) fprintf(stderr, "hearth: %s\n", said);
    state_json(cli);
    return 0;
}

/* What is done is said on stderr: stdout is for --json alone. */
static int seal_on(Cli *cli) {
    hearth_error err;
    hearth_status status = hearth_seal(cli->h, cli_progress, cli, &err);
    cli_progress_end();
    if (status != HEARTH_OK) return cli_fail(&err);
    if (!cli->quiet) {
        fputs("hearth: the home is sealed; models and your own files are not touched\n", stderr);
    }
    return 0;
}

/* No object of its own: it is a part of `add --sealed`, which has one. */
int cli_seal(Cli *cli) {
    const char *state = look(cli).state;
    bool none = strcmp(state, "plain") == 0 || strcmp(state, "keyless") == 0; /* it says why not */
    return none ? seal_on(cli) : 0;
}

/* A home that is plain already is what was asked for. */
static int seal_off(Cli *cli) {
    hearth_error err;
    hearth_status status = hearth_unseal(cli->h, cli_progress, cli, &err);
    cli_progress_end();
    return changed(cli, status, "the home is plain", &err);
}

/* The old passphrase unlocks, the new one is asked for behind it, both by cli_passphrase. */
static int change(Cli *cli) {
    hearth_error err;
    return changed(cli, hearth_seal_change(cli->h, &err),
                   "the new passphrase opens the home, the old one no more", &err);
}

/* "none" takes it away. */
static int credential(Cli *cli, const char *path) {
    hearth_error err;
    char secret[SECRET_FILE_MAX];
    bool none = strcmp(path, "none") == 0;
    int fd = none ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    int n = none ? 0 : fd < 0 ? -1 : cli_secret_whole(fd, secret, sizeof secret);
    if (fd >= 0) close(fd);
    if (n < 0) {
        explicit_bzero(secret, sizeof secret); /* what is too long is a secret, too */
        if (cli_stop_asked()) return cli_stopped();
        return cli_usage("%s cannot be read, or has more than %d bytes", path, SECRET_FILE_MAX - 1);
    }
    if (!none && n == 0) return cli_usage("%s is empty", path);
    hearth_status status = hearth_seal_credential(cli->h, secret, (size_t)n, &err);
    explicit_bzero(secret, sizeof secret);
    return changed(cli, status, NULL, &err);
}

/* Asks for no passphrase: what is told stands in the key file's clear part. */
static int status(Cli *cli) {
    hearth_sealing info = look(cli);
    if (cli->json) {
        state_json(cli);
    } else if (strcmp(info.state, "keyless") == 0) {
        printf("keyless: files are sealed, and seal.key is gone; bring it back from a backup of "
               "this home\n");
    } else if (strcmp(info.state, "plain") == 0) {
        printf("plain: whoever has the disk can read it; `hearth seal` seals it\n");
    } else {
        printf("%s: %d passphrase%s, %d credential%s\n", info.state, info.passphrases,
               cli_s((uint64_t)info.passphrases), info.credentials,
               cli_s((uint64_t)info.credentials));
    }
    return 0;
}

/* Through a pipe every byte is the file's. */
static int show_text(Cli *cli, const char *name) {
    hearth_error err;
    char *text = NULL;
    size_t n = 0;
    if (hearth_text_get(cli->h, name, &text, &n, &err) != HEARTH_OK) return cli_fail(&err);
    if (cli->json) {
        CliJson json;
        jsonw_put_str(cli_json_open(&json), "text", (Str){text, n});
        cli_json_close(&json);
    } else {
        cli_pass(cli, text, n);
    }
    hearth_free(text);
    return 0;
}

/* The library refuses more than 1 MiB. */
static int put_text(Cli *cli, const char *name) {
    hearth_error err;
    Buf text;
    int code = cli_read_stdin(&text); /* makes it, and frees it where it fails */
    if (code) return code;
    hearth_status status =
        hearth_text_put(cli->h, name, text.p ? text.p : "", text.n, &err);
    buf_fini(&text);
    if (status != HEARTH_OK) return cli_fail(&err);
    cli_json_word(cli, "name", name);
    return 0;
}

/* One thing a call: a verb, or one of the options. Of two, one would be done and the other not. */
int cmd_seal(Cli *cli) {
    const char *verb = cli->n_operands ? cli->operands[0] : NULL;
    const char *name = cli->n_operands > 1 ? cli->operands[1] : NULL;
    const char *file = cli_option(cli, "credential")->text;
    int said = (verb != NULL) + cli_option(cli, "off")->is_true +
               cli_option(cli, "change")->is_true + (file != NULL);
    if (said > 1) return cli_usage("seal: say one of status, show, put, --off, --change and "
                                   "--credential at a time");
    if (verb && strcmp(verb, "status") == 0 && !name) return status(cli);
    if (verb && strcmp(verb, "show") == 0 && name) return show_text(cli, name);
    if (verb && strcmp(verb, "put") == 0 && name) return put_text(cli, name);
    if (verb) return cli_usage("seal: say nothing, status, show NAME or put NAME");
    if (cli_option(cli, "off")->is_true) return seal_off(cli);
    if (cli_option(cli, "change")->is_true) return change(cli);
    if (file) return credential(cli, file);
    int code = seal_on(cli);
    if (code == 0) state_json(cli);
    return code;
}

/* ---- unlock and lock ------------------------------------------------------------------------ */

/* Asks for the passphrase where the home is locked; said again, the time begins anew. */
int cmd_unlock(Cli *cli) {
    hearth_error err;
    int minutes = (int)cli_option(cli, "minutes")->whole;
    if (hearth_unlock(cli->h, minutes, &err) != HEARTH_OK) return cli_fail(&err);
    if (!cli->quiet) {
        fprintf(stderr, "hearth: unlocked for %d minute%s\n", minutes, cli_s((uint64_t)minutes));
    }
    return 0;
}

/* Nothing kept there is fine, too: afterwards there is none, which is what was wanted. */
int cmd_lock(Cli *cli) {
    hearth_error err;
    return hearth_lock(cli->h, &err) == HEARTH_OK ? 0 : cli_fail(&err);
}
