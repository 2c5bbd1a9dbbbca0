/*
 * `hearth route`: where a question would be answered. Nothing is answered and nothing is sent.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

static void routing_json(const hearth_routing *r) {
    CliJson json;
    JsonWriter *w = cli_json_open(&json);
    cli_json_text(w, "choice", r->choice);
    cli_json_text(w, "endpoint", r->endpoint[0] ? r->endpoint : NULL);
    cli_json_text(w, "label", r->label);
    jsonw_key(w, "masked");
    jsonw_bool(w, r->masked);
    jsonw_key(w, "local_model");
    jsonw_bool(w, r->local_model);
    jsonw_key(w, "searched");
    jsonw_bool(w, r->searched);
    cli_json_real(w, "p_local", r->p_local);
    cli_json_real(w, "p_cloud", r->p_cloud);
    cli_json_real(w, "gain", r->gain);
    cli_json_real(w, "cost", r->cost);
    cli_json_int(w, "rule", (uint64_t)r->rule);
    jsonw_key(w, "reasons");
    jsonw_array_begin(w);
    for (size_t i = 0; i < r->n_reasons; i++) jsonw_c(w, r->reasons[i]);
    jsonw_array_end(w);
    cli_json_close(&json);
}

static void routing_text(const Cli *cli, const hearth_routing *r) {
    static const char *const words[][2] = {{"local", "this device"},
                                           {"cloud", "endpoint "},
                                           {"ask", "you would be asked about endpoint "},
                                           {"refuse", "nowhere: refused"}};
    const char *say = r->choice;
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strcmp(words[i][0], r->choice) == 0) say = words[i][1];
    }
    printf("%s%s", cli_bold(cli), say);
    cli_print(cli, r->endpoint, strlen(r->endpoint));
    printf("%s%s\n", r->masked ? ", masked" : "", cli_plain(cli));
    if (!cli_option(cli, "explain")->is_true) return;
    for (size_t i = 0; i < r->n_reasons; i++) {
        fputs("  - ", stdout);
        cli_print(cli, r->reasons[i], strlen(r->reasons[i]));
        putchar('\n');
    }
}

int cmd_route(Cli *cli) {
    hearth_error err;
    hearth_routing routing;
    hearth_route_options options;
    Buf question;
    int code = cli_question(cli, &question);
    if (code) return code;
    hearth_route_options_default(&options);
    if (cli_option(cli, "routing")->set) options.mode = cli_option(cli, "routing")->text;
    options.label = cli_option(cli, "label")->text;
    options.can_ask = true; /* the door would ask; what is shown is what it would ask about */
    hearth_status status = hearth_route(cli->h, question.p ? question.p : "", question.n, &options,
                                        &routing, &err);
    buf_fini(&question);
    if (status != HEARTH_OK) return cli_fail(&err);
    if (cli->json) routing_json(&routing);
    else routing_text(cli, &routing);
    return 0;
}
