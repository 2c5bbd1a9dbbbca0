/*
 * `hearth seal`, `unlock`, `lock`, and where the passphrase of a sealed home comes from.
 *
 * A passphrase is never an argument: every user of the machine could read it in the list of
 * processes. It is the first line of --passphrase-file (- for stdin; /dev/fd/N works), or typed at
 * the terminal itself, since stdin may be a text or a question. A new one is typed twice.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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
    return info;
}

static int seal_on(Cli *cli) {
    hearth_error err;
    hearth_status status = hearth_seal(cli->h, cli_progress, cli, &err);
    cli_progress_end(cli);
    if (status != HEARTH_OK) return cli_fail(&err);
    if (!cli->quiet) {
        fputs("hearth: the home is sealed; models and your own files are not touched\n", stderr);
    }
    return 0;
}

int cli_seal(Cli *cli) {
    return strcmp(look(cli).state, "plain") == 0 ? seal_on(cli) : 0;
}

static int seal_off(Cli *cli) {
    hearth_error err;
    hearth_status status = hearth_unseal(cli->h, cli_progress, cli, &err);
    cli_progress_end(cli);
    if (status != HEARTH_OK) return cli_fail(&err);
    if (!cli->quiet) fputs("hearth: the home is plain\n", stderr);
    return 0;
}

static int change(Cli *cli) {
    hearth_error err;
    if (hearth_seal_change(cli->h, &err) != HEARTH_OK) return cli_fail(&err);
    if (!cli->quiet) {
        fputs("hearth: the new passphrase opens the home, the old one no more\n", stderr);
    }
    return 0;
}

/* "none" takes it away. Read with one read: a credential is a small regular file. */
static int credential(Cli *cli, const char *path) {
    hearth_error err;
    char secret[SECRET_FILE_MAX];
    bool none = strcmp(path, "none") == 0;
    int fd = none ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, secret, sizeof secret) : 0;
    if (fd >= 0) close(fd);
    if (n < 0 || (!none && (fd < 0 || n == (ssize_t)sizeof secret))) {
        return cli_usage("%s cannot be read, or has more than %d bytes", path, SECRET_FILE_MAX - 1);
    }
    if (!none && n == 0) return cli_usage("%s is empty", path);
    hearth_status status = hearth_seal_credential(cli->h, secret, (size_t)n, &err);
    explicit_bzero(secret, sizeof secret);
    return status == HEARTH_OK ? 0 : cli_fail(&err);
}

static int status(Cli *cli) {
    hearth_sealing info = look(cli);
    if (cli->json) {
        CliJson json;
        JsonWriter *w = cli_json_open(&json);
        jsonw_put_c(w, "state", info.state);
        jsonw_put_bool(w, "locked", info.locked);
        cli_json_int(w, "passphrases", (uint64_t)info.passphrases);
        cli_json_int(w, "credentials", (uint64_t)info.credentials);
        cli_json_close(&json);
    } else if (strcmp(info.state, "plain") == 0) {
        printf("plain: whoever has the disk can read it; `hearth seal` seals it\n");
    } else {
        printf("%s: %d passphrase%s, %d credential%s\n", info.state, info.passphrases,
               info.passphrases == 1 ? "" : "s", info.credentials,
               info.credentials == 1 ? "" : "s");
    }
    return 0;
}

/* Through a pipe every byte is the file's. */
static int show_text(Cli *cli, const char *name) {
    hearth_error err;
    char *text = NULL;
    size_t n = 0;
    if (hearth_text_get(cli->h, name, &text, &n, &err) != HEARTH_OK) return cli_fail(&err);
    cli_pass(cli, text, n);
    hearth_free(text);
    return 0;
}

/* The library refuses more than 1 MiB. */
static int put_text(Cli *cli, const char *name) {
    hearth_error err;
    Buf text;
    int code = cli_read_stdin(&text); /* makes it, and frees it where it fails */
    if (code) return code;
    if (hearth_text_put(cli->h, name, text.p ? text.p : "", text.n, &err) != HEARTH_OK) {
        code = cli_fail(&err);
    }
    buf_fini(&text);
    return code;
}

/* One thing a call: a verb, or one of the options; of several the first in this order. */
int cmd_seal(Cli *cli) {
    const char *verb = cli->n_operands ? cli->operands[0] : NULL;
    const char *name = cli->n_operands > 1 ? cli->operands[1] : NULL;
    const char *file = cli_option(cli, "credential")->text;
    if (verb && strcmp(verb, "status") == 0 && !name) return status(cli);
    if (verb && strcmp(verb, "show") == 0 && name) return show_text(cli, name);
    if (verb && strcmp(verb, "put") == 0 && name) return put_text(cli, name);
    if (verb) return cli_usage("seal: say nothing, status, show NAME or put NAME");
    if (cli_option(cli, "off")->is_true) return seal_off(cli);
    if (cli_option(cli, "change")->is_true) return change(cli);
    return file ? credential(cli, file) : seal_on(cli);
}

/* ---- unlock and lock ------------------------------------------------------------------------ */

int cmd_unlock(Cli *cli) {
    hearth_error err;
    int minutes = (int)cli_option(cli, "minutes")->whole;
    if (hearth_unlock(cli->h, minutes, &err) != HEARTH_OK) return cli_fail(&err);
    if (!cli->quiet) {
        fprintf(stderr, "hearth: unlocked for %d minute%s\n", minutes, cli_s((uint64_t)minutes));
    };
    return 0;
}

int cmd_lock(Cli *cli) {
    hearth_error err;
    return hearth_lock(cli->h, &err) == HEARTH_OK ? 0 : cli_fail(&err);
}
