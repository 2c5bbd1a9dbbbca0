/*
 * run: a prompt through a model, and every option of the sampler.
 *
 * What has no plain form on a command line is JSON: a logit bias is an object as OpenAI's API has
 * it, {"15043": 5, " Paris": -100}, where a key of digits is a token's id and any other key the
 * exact text of tokens; breakers of DRY are an array of strings. Both pass through base/json.h with
 * its limits, and a value out of range is refused by the sampler.
 *
 * The text goes out as the model writes it. Through a pipe it is byte for byte the model's; a
 * line's end follows it in any case. With --json it comes at once, with what it took; --logprobs
 * adds a list of tokens, which is written while they come, since a text of many thousand tokens
 * would need all of their alternatives in memory twice.
 *
 * The order of things, so that nobody types a prompt in vain or waits for a model for nothing:
 *
 *     options that contradict each other, JSON of options     refused before stdin is read
 *     the prompt (-p, or stdin to its end)
 *     the model is opened; biases and breakers are looked up in its vocabulary
 *     text, piece by piece; with --logprobs a list of tokens beside it
 *     a line's end, or one object
 *
 * Stopped by Ctrl-C the text so far stands, and the exit code is 130.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/plain.h"
#include "cli/cli.h"

enum { JSON_MAX = 1 << 30, OPTION_JSON_MAX = 1 << 20 }; /* bytes of logprobs; of an option */

typedef struct RunCommand {
    Cli *cli;
    hearth_run_options options;
    Json *bias_json, *breakers_json; /* own the texts below */
    hearth_logit_bias *bias;
    const char **breakers;
    Buf prompt, logprobs;
    JsonWriter tokens; /* into logprobs */
} RunCommand;

/* ---- options -------------------------------------------------------------------------------- */

/* Fits an int by its row's bounds in table.c. */
static int whole(const Cli *cli, const char *name) {
    return (int)cli_option(cli, name)->whole;
}

static double real(const Cli *cli, const char *name) {
    return cli_option(cli, name)->real;
}

/* Defaults stand in table.c, so that --help can say them; max_tokens has the library's. */
static void run_numbers(const Cli *cli, hearth_run_options *o) {
    if (cli_option(cli, "max-tokens")->set) o->max_tokens = whole(cli, "max-tokens");
    o->raw = cli_option(cli, "raw")->is_true;
    o->temperature = real(cli, "temp");
    o->top_k = whole(cli, "top-k");
    o->top_p = real(cli, "top-p");
    o->min_p = real(cli, "min-p");
    o->typical = real(cli, "typical");
    o->repeat_penalty = real(cli, "repeat-penalty");
    o->frequency_penalty = real(cli, "frequency-penalty");
    o->presence_penalty = real(cli, "presence-penalty");
    o->repeat_last_n = whole(cli, "repeat-last-n");
    o->dry_multiplier = real(cli, "dry-multiplier");
    o->dry_base = real(cli, "dry-base");
    o->dry_allowed_length = whole(cli, "dry-allowed-length");
    o->dry_last_n = whole(cli, "dry-last-n");
    o->mirostat = whole(cli, "mirostat");
    o->mirostat_tau = real(cli, "mirostat-tau");
    o->mirostat_eta = real(cli, "mirostat-eta");
    o->seed = cli_option(cli, "seed")->whole;
}

/* The JSON of an option; NULL when it is not set. */
static Status run_json_option(const Cli *cli, const char *name, Json **out, Err *err) {
    const char *text = cli_option(cli, name)->text;
    JsonLimits limits = {.max_bytes = OPTION_JSON_MAX, .max_depth = 4};
    if (!text) return OK;
    Status status = json_parse(str_from(text), &limits, out, err);
    if (status == OK) return OK;
    return err_prefix(err, E_USAGE, "--%s", name); /* typed by somebody, not damaged */
}

/* A key of digits is an id, any other one a text. */
static Status run_bias_entry(Str key, const Json *value, hearth_logit_bias *out, Err *err) {
    bool digits = key.n > 0;
    JsonKind kind = json_kind(value);
    for (size_t i = 0; i < key.n; i++) digits = digits && plain_is_digit(key.p[i]);
    if (key.n == 0 || memchr(key.p, 0, key.n) || (kind != JSON_INT && kind != JSON_REAL)) {
        return err_set(err, E_USAGE, "--logit-bias: wanted {\"TEXT or ID\": NUMBER, ...}");
    }
    *out = (hearth_logit_bias){.text = digits ? NULL : key.p, .bias = json_number(value, 0)};
    if (!digits) return OK;
    int64_t id = 0;
    TRY(num_parse_int(key, 0, INT32_MAX, "--logit-bias", "", &id, err));
    out->id = (int32_t)id;
    return OK;
}

/* The texts are the JSON's, which lives as long as the command. */
static Status run_bias(RunCommand *run, Err *err) {
    Str key;
    const Json *value;
    TRY(run_json_option(run->cli, "logit-bias", &run->bias_json, err));
    if (!run->bias_json) return OK;
    size_t n = json_len(run->bias_json);
    if (json_kind(run->bias_json) != JSON_OBJECT) {
        return err_set(err, E_USAGE, "--logit-bias: wanted {\"TEXT or ID\": NUMBER, ...}");
    }
    run->bias = mem_alloc_n(n, sizeof *run->bias);
    if (!run->bias) return err_no_memory(err, "the options");
    for (size_t i = 0; i < n; i++) {
        if (!json_pair(run->bias_json, i, &key, &value)) break;
        TRY(run_bias_entry(key, value, &run->bias[i], err));
    }
    run->options.logit_bias = run->bias;
    run->options.n_logit_bias = n;
    return OK;
}

/* An empty list is allowed and means: none. One that holds anything but texts counts as none, too,
   and is told. */
static Status run_breakers(RunCommand *run, Err *err) {
    TRY(run_json_option(run->cli, "dry-breakers", &run->breakers_json, err));
    if (!run->breakers_json) return OK;
    size_t n = json_len(run->breakers_json);
    run->breakers = mem_alloc_n(n, sizeof *run->breakers);
    if (!run->breakers) return err_no_memory(err, "the options");
    for (size_t i = 0; i < n; i++) {
        const Json *item = json_at(run->breakers_json, i);
        run->breakers[i] = json_str(item).p;
        if (!json_is_str(item)) n = 0;
    }
    if (json_kind(run->breakers_json) != JSON_ARRAY || (n == 0 && json_len(run->breakers_json))) {
        return err_set(err, E_USAGE, "--dry-breakers: wanted [\"TEXT\", ...]");
    }
    run->options.dry_breakers = run->breakers;
    run->options.n_dry_breakers = n;
    return OK;
}

/* ---- output --------------------------------------------------------------------------------- */

/* At a terminal without tricks, through a pipe byte for byte: somebody may want the model's own
   bytes. */
static void run_piece(void *user, const char *piece, size_t n) {
    const Cli *cli = ((RunCommand *)user)->cli;
    cli_pass(cli, piece, n);
    cli_flush(cli);
}

/* token, id, logprob, bytes; the object stays open. */
static void json_logprob(JsonWriter *w, const hearth_logprob *item) {
    jsonw_object_begin(w);
    jsonw_put_str(w, "token", (Str){item->text, item->n});
    jsonw_put_int(w, "id", item->id);
    cli_json_real(w, "logprob", item->logprob);
    jsonw_put_array(w, "bytes");
    for (size_t i = 0; i < item->n; i++) jsonw_int(w, (unsigned char)item->text[i]);
    jsonw_array_end(w);
}

/* In the form of OpenAI's API: the token, then the most probable ones in its place. */
static void run_token(void *user, const hearth_logprob *items, size_t n) {
    JsonWriter *w = &((RunCommand *)user)->tokens;
    assert(n > 0); /* the token itself is the first */
    json_logprob(w, &items[0]);
    jsonw_put_array(w, "top_logprobs");
    for (size_t i = 1; i < n; i++) {
        json_logprob(w, &items[i]);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    jsonw_object_end(w);
}

/* logprobs were written while tokens came, and go in as they are. */
static void run_json(RunCommand *run, const hearth_run_result *r) {
    CliJson json;
    JsonWriter *w = cli_json_open(&json);
    jsonw_put_c(w, "text", r->text);
    cli_json_int(w, "prompt_tokens", r->timings.prompt_tokens);
    cli_json_int(w, "completion_tokens", r->timings.completion_tokens);
    cli_json_int(w, "drafted", r->timings.drafted);
    cli_json_int(w, "accepted", r->timings.accepted);
    jsonw_put_c(w, "stop", r->stop);
    jsonw_put_c(w, "isa", r->isa);
    jsonw_put_c(w, "kv_type", r->kv_type);
    assert(run->cli->json);
    if (run->options.on_token) {
        jsonw_array_end(&run->tokens);
        jsonw_key(w, "logprobs");
        jsonw_raw(w, buf_str(&run->logprobs));
        if (run->logprobs.status != OK) json.out.status = run->logprobs.status;
    }
    jsonw_put_object(w, "timings_ms");
    cli_json_real(w, "load", r->timings.load_ms);
    cli_json_real(w, "prefill", r->timings.prefill_ms);
    cli_json_real(w, "first_word", r->timings.first_word_ms);
    cli_json_real(w, "decode", r->timings.decode_ms);
    cli_json_real(w, "total", r->timings.total_ms);
    jsonw_object_end(w);
    cli_json_close(&json);
}

/* ---- the command ---------------------------------------------------------------------------- */

/* 0, or the exit code after an error was printed. Raw, a model can go on from nothing. */
static int run_prompt(RunCommand *run) {
    const char *prompt = cli_option(run->cli, "prompt")->text;
    if (!prompt || strcmp(prompt, "-") == 0) {
        int code = cli_read_stdin(&run->prompt);
        if (code) return code;
    } else {
        buf_init(&run->prompt, 64 << 20);
        buf_add_c(&run->prompt, prompt);
    }
    if (run->options.raw || str_trim(buf_str(&run->prompt)).n) return 0;
    return cli_usage("run: an empty prompt; give one with -p TEXT, or on stdin");
}

/* All of it may be empty. */
static void run_fini(RunCommand *run) {
    buf_fini(&run->prompt);
    buf_fini(&run->logprobs);
    mem_free(run->bias);
    mem_free(run->breakers);
    json_free(run->bias_json);
    json_free(run->breakers_json);
}

/* Stopped by the user, what there is was shown, and the exit code says so. */
static int run_text(RunCommand *run) {
    Cli *cli = run->cli;
    hearth_error err;
    hearth_run_result result = {0};
    if (cli->json && cli_option(cli, "logprobs")->set) {
        run->tokens = jsonw_init(&run->logprobs);
        jsonw_array_begin(&run->tokens);
        run->options.on_token = run_token;
        run->options.n_logprobs = whole(cli, "logprobs");
    }
    run->options.on_text = cli->json ? NULL : run_piece;
    run->options.user = run;
    const char *text = run->prompt.p ? run->prompt.p : "";
    if (hearth_run(cli->h, text, run->prompt.n, &run->options, &result, &err) != HEARTH_OK) {
        return cli_fail(&err);
    }
    if (cli->json) run_json(run, &result);
    else printf("\n");
    bool stopped = strcmp(result.stop, "cancelled") == 0;
    hearth_free(result.text);
    return stopped ? hearth_exit_code(HEARTH_CANCELLED) : 0;
}

/* Everything typed is checked before stdin is read: nobody types a prompt in vain. */
int cmd_run(Cli *cli) {
    Err err = {0};
    RunCommand run = {.cli = cli};
    if (cli_option(cli, "logprobs")->set && !cli->json) {
        return cli_usage("run: --logprobs comes with --json");
    }
    hearth_run_options_default(&run.options);
    buf_init(&run.logprobs, JSON_MAX);
    run_numbers(cli, &run.options);
    Status status = run_bias(&run, &err);
    if (status == OK) status = run_breakers(&run, &err);
    int code = status == OK ? run_prompt(&run) : cli_fail_err(&err);
    if (status == OK && code == 0) code = run_text(&run);
    run_fini(&run);
    return code;
}
