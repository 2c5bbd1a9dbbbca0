/*
 * `hearth gate pair`: this device and the user's others give the same surrogates.
 *
 * --export writes a file sealed with a passphrase, --import reads it on another device; neither:
 * the mark by which people see that two devices are paired. The passphrase is the first line of
 * --pair-passphrase-file (- for stdin), or typed at the terminal, twice when the file is made. It
 * is another than that of a sealed home, which may have to be said as well.
 *
 *     laptop $ hearth gate pair --export pair        passphrase twice
 *     phone  $ hearth gate pair --import pair        passphrase once
 *     both     show the same mark
 *
 * Both ways again later carry what was masked since. Importing twice changes nothing.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/cli.h"
#include "cli/secret.h"

enum { PASSPHRASE_MAX = 1025 }; /* bytes, and one more that shows that it is too long */

/* Its length; below 0: there is none. fresh: it seals a new file and is typed twice. */
static int read_passphrase(const Cli *cli, bool fresh, char out[PASSPHRASE_MAX]) {
    static const char question[] = "Passphrase of the pairing file (it is not shown): ";
    const char *path = cli_option(cli, "pair-passphrase-file")->text;
    if (path) return cli_secret_file(path, out, PASSPHRASE_MAX);
    int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (tty < 0) return -1;
    int n = fresh ? cli_secret_ask_twice(tty, question, out, PASSPHRASE_MAX)
                  : cli_secret_ask(tty, question, out, PASSPHRASE_MAX);
    close(tty);
    return n;
}

/* The mark last, since that is what people compare. */
static void print(const Cli *cli, const hearth_pairing *p, bool exported, bool imported) {
    if (cli->json) {
        CliJson json;
        JsonWriter *w = cli_json_open(&json);
        jsonw_put_bool(w, "paired", *p->mark);
        jsonw_put_c(w, "mark", p->mark);
        cli_json_int(w, "conversations", p->conversations);
        cli_json_int(w, "things", p->things);
        cli_json_int(w, "given_up", p->given_up);
        cli_json_close(&json);
        return;
    }
    unsigned long long talks = p->conversations, things = p->things, lost = p->given_up;
    if (exported) {
        printf("the surrogates of %llu conversation%s are in the file\n", talks, cli_s(talks));
    }
    if (imported) {
        printf("%llu conversation%s, %llu new pair%s of words\n", talks, cli_s(talks), things,
               cli_s(things));
    }
    if (lost) {
        printf("%llu things had a surrogate that the other device gave to something else: they get "
               "a new one, and texts masked with the old one are restored as the other's\n", lost);
    }
    if (*p->mark) printf("paired; devices that show %s give the same surrogates\n", p->mark);
    else printf("not paired; `hearth gate pair --export FILE` makes a file for another device\n");
}

/* The passphrase is wiped on every way out that had one. */
int cli_gate_pair(Cli *cli) {
    hearth_error err;
    hearth_pairing pairing;
    hearth_pair_options options;
    char phrase[PASSPHRASE_MAX];
    const char *to = cli_option(cli, "export")->text, *from = cli_option(cli, "import")->text;
    int n = 0;
    hearth_status status;
    if (to && from) return cli_usage("gate pair: --export or --import, not both");
    if (from && access(from, R_OK) != 0) {
        Err why;
        (void)file_error(&why, "open", from); /* before a passphrase is typed in vain */
        return cli_fail_err(&why);
    }
    if ((to || from) && (n = read_passphrase(cli, to != NULL, phrase)) < 0) {
        explicit_bzero(phrase, sizeof phrase);
        if (cli_stop_asked()) return cli_stopped();
        return cli_usage("gate pair: no passphrase was read; --pair-passphrase-file FILE (- for "
                         "stdin), or type it at a terminal");
    }
    assert(n >= 0 && n < PASSPHRASE_MAX);
    hearth_pair_options_default(&options);
    options.file = to ? to : from;
    options.passphrase = phrase;
    options.n_passphrase = (size_t)n;
    options.conversation = cli_option(cli, "conversation")->text;
    options.replace = cli_option(cli, "replace")->is_true;
    if (to) status = hearth_pair_export(cli->h, &options, &pairing, &err);
    else if (from) status = hearth_pair_import(cli->h, &options, &pairing, &err);
    else status = hearth_pair_info(cli->h, &pairing, &err);
    explicit_bzero(phrase, sizeof phrase);
    if (status != HEARTH_OK) return cli_fail(&err);
    assert(!(to || from) || *pairing.mark); /* whoever exported or imported is paired */
    print(cli, &pairing, to != NULL, from != NULL);
    return 0;
}
