/*
 * `hearth route`: where a question would be answered, and why. Nothing is answered or sent.
 *
 * `route thumb` says of an answer how it was and `route forget` makes the router forget what it
 * learned; a question that begins with these words needs one word more, or fewer. `route train`
 * trains it on results of `hearth eval run --cloud NAME`. What was decided is shown in the same
 * fields here and by `ask --json` (cli_routing).
 *
 * What is shown, without and with --explain:
 *
 *     endpoint far, masked
 *       - the question is personal: it may leave masked, after consent
 *       - the local answer is good enough with probability 0.31
 *
 * Verbs and questions share the operands, since a question is typed without quotes. So a verb
 * counts only in a form that no question has:
 *
 *     route thumb up 7          a verb: "thumb" and at most two words more
 *     route thumb screws hurt why       a question: more words
 *     route train a.jsonl       a verb: every word behind it is a file, or looks like one
 *     route train nix           a verb: one word, and there is no such file
 *     route train or bus        a question
 *     route forget              a verb: alone
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

/* Below 0: unknown. */
static void json_known(JsonWriter *w, const char *key, double value) {
    if (value < 0) jsonw_put_c(w, key, NULL);
    else cli_json_real(w, key, value);
}

/* Of a local answer that was weighed; null where a number is unknown. */
static void draft_json(JsonWriter *w, const hearth_routing *r) {
    jsonw_put_object(w, "draft");
    cli_json_real(w, "mean_logprob", r->mean_logprob);
    cli_json_real(w, "min_logprob", r->min_logprob);
    json_known(w, "doubt", r->doubt);
    json_known(w, "supported", r->supported);
    json_known(w, "agreement", r->agreement);
    json_known(w, "certainty", r->certainty);
    jsonw_put_int(w, "given", r->given);
    jsonw_object_end(w);
}

/* The object stays open: `ask` puts it below "route", `route` at the top with its notice. */
void cli_routing(JsonWriter *w, const hearth_routing *r) {
    assert(r->n_reasons <= ARRAY_LEN(r->reasons));
    jsonw_put_c(w, "choice", r->choice);
    jsonw_put_c(w, "endpoint", r->endpoint[0] ? r->endpoint : NULL);
    jsonw_put_c(w, "label", r->label);
    jsonw_put_bool(w, "masked", r->masked);
    jsonw_put_bool(w, "local_model", r->local_model);
    jsonw_put_bool(w, "searched", r->searched);
    cli_json_real(w, "p_local", r->p_local);
    cli_json_real(w, "p_cloud", r->p_cloud);
    cli_json_real(w, "gain", r->gain);
    cli_json_real(w, "cost", r->cost);
    cli_json_real(w, "toll", r->toll);
    cli_json_int(w, "learned", r->learned);
    cli_json_real(w, "p_shipped", r->p_shipped);
    cli_json_int(w, "trained", r->trained);
    if (r->drafted) draft_json(w, r);
    if (r->decision) cli_json_int(w, "decision", r->decision);
    cli_json_int(w, "rule", (uint64_t)r->rule);
    jsonw_put_array(w, "reasons");
    for (size_t i = 0; i < r->n_reasons; i++) jsonw_c(w, r->reasons[i]);
    jsonw_array_end(w);
}

/* --explain changes nothing here: the reasons are always among the fields. */
static void routing_json(const hearth_routing *r) {
    CliJson json;
    JsonWriter *w = cli_json_open(&json);
    cli_routing(w, r);
    jsonw_put_c(w, "notice", r->notice[0] ? r->notice : NULL);
    cli_json_close(&json);
}

/* Reasons may hold a rule's name or an endpoint's: shown without what plays tricks. */
static void routing_text(const Cli *cli, const hearth_routing *r) {
    static const char *const words[][2] = {{"local", "this device"},
                                           {"cloud", "endpoint "},
                                           {"ask", "you would be asked about endpoint "},
                                           {"refuse", "nowhere: refused"}};
    const char *say = r->choice;
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strcmp(words[i][0], r->choice) == 0) say = words[i][1];
    }
    assert(say != r->choice); /* each choice has its words */
    printf("%s%s", cli_bold(cli), say);
    cli_print_on(stdout, r->endpoint);
    printf("%s%s\n", r->masked ? ", masked" : "", cli_plain(cli));
    if (!cli_option(cli, "explain")->is_true) return;
    for (size_t i = 0; i < r->n_reasons; i++) {
        fputs("  - ", stdout);
        cli_print_on(stdout, r->reasons[i]);
        putchar('\n');
    }
}

/* That nothing was learned is no failure (the same was said before, a cloud answered): it is told,
   with the reason. */
int cli_thumb(Cli *cli, uint64_t decision, bool up) {
    hearth_error err;
    hearth_thumb thumb;
    if (hearth_route_thumb(cli->h, decision, up, &thumb, &err) != HEARTH_OK) return cli_fail(&err);
    assert(thumb.decision > 0 && thumb.counted == !thumb.because); /* one is told */
    if (cli->json) {
        CliJson json;
        JsonWriter *w = cli_json_open(&json);
        cli_json_int(w, "decision", thumb.decision);
        jsonw_put_bool(w, "counted", thumb.counted);
        jsonw_put_c(w, "because", thumb.because);
        cli_json_close(&json);
    } else if (thumb.counted) {
        printf("Noted for decision %llu.\n", (unsigned long long)thumb.decision);
    } else {
        printf("Nothing was learned from decision %llu: %s.\n",
               (unsigned long long)thumb.decision, thumb.because);
    }
    return 0;
}

/* The two thumbs. */
static bool says_how(const char *word) {
    return strcmp(word, "up") == 0 || strcmp(word, "down") == 0;
}

/* Three words or less that begin with "thumb" are no question, also where one is mistyped. */
static bool is_thumb(const Cli *cli) {
    return cli->n_operands <= 3 && strcmp(cli->operands[0], "thumb") == 0;
}

/* `thumb up|down [ID|last]`. */
static int thumb_words(Cli *cli) {
    Err err;
    int64_t id = 0;
    if (cli->n_operands < 2 || !says_how(cli->operands[1])) {
        return cli_usage("route thumb: say up or down");
    }
    bool up = strcmp(cli->operands[1], "up") == 0;
    const char *which = cli->n_operands == 3 ? cli->operands[2] : "last";
    if (strcmp(which, "last") != 0 &&
        num_parse_int(str_from(which), 1, INT64_MAX, "decision", "", &id, &err) != OK) {
        return cli_usage("%s", err.message);
    }
    return cli_thumb(cli, (uint64_t)id, up);
}

/* What was trained goes as well; only outcomes are counted. */
static int forget_all(Cli *cli) {
    hearth_error err;
    uint32_t n = 0;
    if (hearth_route_forget(cli->h, &n, &err) != HEARTH_OK) return cli_fail(&err);
    if (cli->json) {
        CliJson json;
        cli_json_int(cli_json_open(&json), "forgotten", n);
        cli_json_close(&json);
    } else {
        printf("What %u outcome%s taught is forgotten.\n", n, cli_s(n));
    }
    return 0;
}

/* ---- train ---------------------------------------------------------------------------------- */

/* A file that is there, or a word that only a file's name looks like: who mistypes a path wants to
   be told that it is not there. */
static bool names_file(const char *word) {
    Str name = str_from(word);
    return access(word, F_OK) == 0 || str_ends(name, STR(".jsonl")) || str_starts(name, STR("/")) ||
           str_starts(name, STR("./")) || str_starts(name, STR("../"));
}

/* `train` alone, with one word, which nobody would ask about, or with names of results: other words
   behind it are a question. */
static bool is_training(const Cli *cli) {
    assert(cli->n_operands >= 1); /* table.c */
    bool all = strcmp(cli->operands[0], "train") == 0;
    if (cli->n_operands == 2) return all;
    for (int i = 1; all && i < cli->n_operands; i++) all = names_file(cli->operands[i]);
    return all;
}

/* The figures are there also where the model was not taken: they say why. */
static void training_json(const hearth_training *t) {
    CliJson json;
    JsonWriter *w = cli_json_open(&json);
    jsonw_put_bool(w, "taken", t->taken);
    jsonw_put_c(w, "because", t->because);
    jsonw_put_c(w, "endpoint", t->endpoint);
    cli_json_int(w, "questions", t->questions);
    cli_json_real(w, "local", t->local);
    cli_json_real(w, "cloud", t->cloud);
    cli_json_real(w, "error", t->error);
    cli_json_real(w, "error_shipped", t->error_shipped);
    cli_json_real(w, "error_mean", t->error_mean);
    cli_json_real(w, "margin", t->margin);
    cli_json_real(w, "order", t->order);
    cli_json_real(w, "order_shipped", t->order_shipped);
    cli_json_int(w, "unseen", t->unseen);
    cli_json_real(w, "unseen_error", t->unseen_error);
    cli_json_real(w, "unseen_before", t->unseen_before);
    cli_json_close(&json);
}

/* Errors and orders beside those of the two rivals, then what came of it. */
static void training_text(const Cli *cli, const hearth_training *t) {
    assert(t->taken == !t->because);
    printf("%llu question%s: %.0f %% answered well here, %.0f %% by ",
           (unsigned long long)t->questions, cli_s(t->questions), 100 * t->local, 100 * t->cloud);
    cli_print_on(stdout, t->endpoint);
    printf(".\n\n%-36s%8s%8s\n", "on questions that it did not see", "error", "order");
    printf("%-36s%8.4f%8.3f\n", "  trained on the others", t->error, t->order);
    printf("%-36s%8.4f%8.3f\n", "  what Hearth ships with", t->error_shipped, t->order_shipped);
    printf("%-36s%8.4f%8.3f\n", "  always the mean", t->error_mean, 0.5);
    if (t->unseen) {
        printf("On %llu that the model in use did not see either: %.4f, it has %.4f.\n",
               (unsigned long long)t->unseen, t->unseen_error, t->unseen_before);
    }
    printf("\nThe difference is %.1f standard errors; 1.6 are wanted.\n", t->margin);
    if (t->taken) puts("The router uses it from now on. `hearth route forget` takes it away.");
    else printf("Not taken: %s. The router stays as it was.\n", t->because);
}

/* Exit code 1: what came of it is no better and was not taken. */
static int train(Cli *cli) {
    static const char *const usual[] = {"eval-result.jsonl"};
    hearth_error err;
    hearth_training training;
    bool named = cli->n_operands > 1;
    hearth_status status = hearth_route_train(
        cli->h, named ? (const char *const *)cli->operands + 1 : usual,
        named ? (size_t)cli->n_operands - 1 : 1, &training, &err);
    if (status != HEARTH_OK) return cli_fail(&err);
    if (cli->json) training_json(&training);
    else training_text(cli, &training);
    return training.taken ? 0 : 1;
}

/* Verbs are recognised only where nothing else could be meant (is_thumb, is_training). */
int cmd_route(Cli *cli) {
    hearth_error err;
    hearth_routing routing;
    hearth_route_options options;
    Buf question;
    if (is_thumb(cli)) return thumb_words(cli);
    if (cli->n_operands == 1 && strcmp(cli->operands[0], "forget") == 0) return forget_all(cli);
    if (is_training(cli)) return train(cli);
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
    if (routing.notice[0] && !cli->quiet) cli_say(routing.notice);
    return 0;
}
