/*
 * Commands about models and about Hearth itself: embed, tokenize, score, bench, plan, models,
 * pull, import, doctor, completion, man.
 *
 * Text of stdin is read whole (ceiling 1 GiB) before the first line is worked on; lines keep their
 * order and an empty line gives an empty result, so that line n of the output belongs to line n of
 * the input.
 *
 * Exit codes are those of the status (hearth_exit_code), but for two: `plan` ends with that of
 * HEARTH_LIMIT where the model does not fit, `doctor` with 1 where something is BAD, though nothing
 * failed.
 *
 * Names in JSON are an interface (doc/json.md); the texts for people are not.
 *
 *     command    reads       prints                      exit codes of its own
 *     embed      stdin       a JSON array a line
 *     tokenize   stdin       ids, a line a line
 *     score      a file      one JSON object, always
 *     bench                  a line, or an object
 *     plan                   a table, or an object       7: it does not fit
 *     models                 a line a model
 *     doctor                 a line a check              1: one is BAD
 *
 * `score` prints JSON in any case, `bench` and `plan` where it is asked for; `embed` and `tokenize`
 * have a form of their own, a line for a line, that other programs read.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cli/cli.h"

/* ---- lines of stdin ------------------------------------------------------------------------ */

/* Between two texts: somebody wants it to stop, or what was printed has failed to be written, so
   that the rest would be made for nobody (cli_end tells which). */
static bool ends_early(void) {
    return cli_stop_asked() || ferror(stdout);
}

/* Ids, parted by blanks, and a line's end, also for an empty text. */
static bool tokenize_one(Cli *cli, Str text, hearth_error *err) {
    int32_t *ids = NULL;
    size_t n = 0;
    bool special = !cli_option(cli, "no-special")->is_true;
    if (hearth_tokenize(cli->h, text.p, text.n, special, &ids, &n, err) != HEARTH_OK) return false;
    assert(ids || n == 0);
    for (size_t i = 0; i < n; i++) printf("%s%d", i ? " " : "", (int)ids[i]);
    printf("\n");
    hearth_free(ids);
    return true;
}

/* Line by line, so that line n of the ids belongs to line n of the text; --raw: all of it as one
   text, line ends included. The first failure ends it: what stands on stdout is right. */
int cmd_tokenize(Cli *cli) {
    hearth_error err;
    Buf text;
    int code = cli_read_stdin(&text);
    if (code) return code;
    Str all = buf_str(&text);
    bool raw = cli_option(cli, "raw")->is_true, ok = !raw || tokenize_one(cli, all, &err);
    for (size_t at = 0; ok && !raw && at < all.n && !ends_early();) {
        ok = tokenize_one(cli, str_line(all, &at), &err);
    }
    buf_fini(&text);
    if (!ok) return cli_fail(&err);
    return cli_stop_asked() ? cli_stopped() : 0;
}

/* Nine digits: enough to read the same float again. */
static hearth_status embed_batch(Cli *cli, char *const *lines, size_t n, hearth_error *err) {
    float *rows = NULL;
    size_t dim = 0;
    hearth_status status = hearth_embed(cli->h, (const char *const *)lines, n,
                                        cli_option(cli, "query")->is_true, &rows, &dim, err);
    assert(status != HEARTH_OK || (rows && dim > 0));
    for (size_t i = 0; status == HEARTH_OK && i < n; i++) {
        for (size_t d = 0; d < dim; d++) {
            printf("%s%.9g", d ? "," : "[", (double)rows[i * dim + d]);
        }
        printf("]\n");
    }
    hearth_free(rows);
    return status;
}

/* Batches of 32 lines, so that results come while later lines are worked on. Lines become C
   strings in place; a NUL in one becomes a blank, or what stands behind it would not count. */
int cmd_embed(Cli *cli) {
    enum { BATCH = 32 };
    hearth_error err;
    Buf text;
    int code = cli_read_stdin(&text);
    if (code) return code;
    for (size_t i = 0; i < text.n; i++) {
        if (!text.p[i]) text.p[i] = ' ';
    }
    hearth_status status = HEARTH_OK;
    char *lines[BATCH];
    size_t n = 0, at = 0;
    while (status == HEARTH_OK && at < text.n && !ends_early()) {
        size_t start = at;
        Str line = str_line(buf_str(&text), &at);
        assert(n < BATCH);
        lines[n++] = text.p + start;
        text.p[start + line.n] = 0; /* the line break becomes the line's end */
        if (n == BATCH || at >= text.n) {
            status = embed_batch(cli, lines, n, &err);
            n = 0;
        }
    }
    buf_fini(&text);
    if (status != HEARTH_OK) return cli_fail(&err);
    return cli_stop_asked() ? cli_stopped() : 0;
}

/* Always JSON: it is a program that reads it. */
int cmd_score(Cli *cli) {
    hearth_error err;
    hearth_score_result r;
    Buf text;
    Err why;
    buf_init(&text, 1 << 30);
    if (file_read(cli->operands[0], &text, &why) != OK) {
        buf_fini(&text);
        return cli_fail_err(&why);
    }
    hearth_status status = hearth_score(cli->h, text.p ? text.p : "", text.n,
                                        cli_option(cli, "logits")->text, &r, &err);
    buf_fini(&text);
    if (status != HEARTH_OK) return cli_fail(&err);
    CliJson json;
    JsonWriter *w = cli_json_open(&json);
    cli_json_int(w, "tokens", r.tokens);
    cli_json_real(w, "nll", r.nll);
    cli_json_real(w, "ppl", r.ppl);
    jsonw_put_c(w, "isa", r.isa);
    jsonw_put_c(w, "kv_type", r.kv_type);
    cli_json_close(&json);
    return 0;
}

/* What was measured beside the two speeds only where it was asked for. */
static void bench_text(const hearth_bench_options *o, const hearth_bench_result *r) {
    printf("prefill %.1f tok/s, decode %.1f tok/s, load %.0f ms, %.0f MB resident, %d threads, "
           "%s, kv %s\n",
           r->prefill_tok_s, r->decode_tok_s, r->load_ms, r->rss_mb, r->threads, r->isa,
           r->kv_type);
    if (o->sessions > 1) printf("  %d sessions at once, speeds of all together\n", o->sessions);
    if (o->depth > 0) printf("  behind %d tokens in the cache\n", o->depth);
    if (o->verify > 0) {
        printf("  verifying %d guesses takes %.2f times as long as one token\n", o->verify,
               r->verify_ratio);
    }
    if (o->reopen > 0) {
        printf("  a conversation of %d tokens is back in %.0f ms, prefilled anew in %.0f ms\n",
               o->reopen, r->reopen_ms, r->prefill_ms);
    }
}

/* The same choice as bench_text: a key is there when its measurement was asked for. */
static void bench_json(const hearth_bench_options *o, const hearth_bench_result *r) {
    CliJson json;
    JsonWriter *w = cli_json_open(&json);
    cli_json_real(w, "prefill_tok_s", r->prefill_tok_s);
    cli_json_real(w, "decode_tok_s", r->decode_tok_s);
    if (o->verify > 0) cli_json_real(w, "verify_ratio", r->verify_ratio);
    if (o->reopen > 0) {
        cli_json_real(w, "reopen_ms", r->reopen_ms);
        cli_json_real(w, "prefill_ms", r->prefill_ms);
    }
    cli_json_int(w, "sessions", (uint64_t)o->sessions);
    cli_json_int(w, "depth", (uint64_t)o->depth);
    cli_json_real(w, "load_ms", r->load_ms);
    cli_json_real(w, "rss_mb", r->rss_mb);
    cli_json_int(w, "threads", (uint64_t)r->threads);
    jsonw_put_c(w, "isa", r->isa);
    jsonw_put_c(w, "kv_type", r->kv_type);
    cli_json_close(&json);
}

/* Ranges are the option table's; what a model makes of them is hearth_bench's to judge. */
int cmd_bench(Cli *cli) {
    hearth_error err;
    hearth_bench_options options;
    hearth_bench_result result;
    hearth_bench_options_default(&options);
    options.n_prompt = (int)cli_option(cli, "bench-prompt")->whole;
    options.n_decode = (int)cli_option(cli, "bench-decode")->whole;
    options.repeats = (int)cli_option(cli, "repeats")->whole;
    options.depth = (int)cli_option(cli, "depth")->whole;
    options.sessions = (int)cli_option(cli, "sessions")->whole;
    options.verify = (int)cli_option(cli, "verify")->whole;
    options.reopen = (int)cli_option(cli, "reopen")->whole;
    if (hearth_bench(cli->h, &options, &result, &err) != HEARTH_OK) return cli_fail(&err);
    if (cli->json) bench_json(&options, &result);
    else bench_text(&options, &result);
    return 0;
}

/* Exit code 7 when it does not fit, before anybody waits for it to load. */
int cmd_plan(Cli *cli) {
    hearth_error err;
    hearth_plan p;
    if (hearth_plan_model(cli->h, &p, &err) != HEARTH_OK) return cli_fail(&err);
    if (cli->json) {
        CliJson json;
        JsonWriter *w = cli_json_open(&json);
        jsonw_put_c(w, "architecture", p.architecture);
        cli_json_int(w, "weights_bytes", p.weights_bytes);
        cli_json_int(w, "kv_bytes", p.kv_bytes);
        cli_json_int(w, "workspace_bytes", p.workspace_bytes);
        cli_json_int(w, "other_bytes", p.other_bytes);
        cli_json_int(w, "total_bytes", p.total_bytes);
        cli_json_int(w, "available_bytes", p.available_bytes);
        cli_json_int(w, "context", (uint64_t)p.context);
        cli_json_int(w, "context_max", (uint64_t)p.context_max);
        jsonw_put_bool(w, "fits", p.fits);
        cli_json_close(&json);
    } else {
        char t[32];
        printf("%s, context %d\n", p.architecture, p.context);
        printf("  weights    %s\n", num_bytes_text(p.weights_bytes, t, sizeof t));
        printf("  KV cache   %s\n", num_bytes_text(p.kv_bytes, t, sizeof t));
        printf("  workspace  %s\n", num_bytes_text(p.workspace_bytes, t, sizeof t));
        printf("  others     %s\n", num_bytes_text(p.other_bytes, t, sizeof t));
        printf("  together   %s", num_bytes_text(p.total_bytes, t, sizeof t));
        printf(" of %s free: %s; the longest context that fits is %d\n",
               num_bytes_text(p.available_bytes, t, sizeof t), p.fits ? "fits" : "does not fit",
               p.context_max);
    }
    return p.fits ? 0 : hearth_exit_code(HEARTH_LIMIT);
}

/* ---- models -------------------------------------------------------------------------------- */

/* A star stands before what is on this disk. */
static bool model_text(void *user, const hearth_model *m) {
    char size[32];
    assert(m->name && m->kind && m->licence); /* only the path may be unknown */
    printf("%s %-22s %9s  %s%s%s\n", m->path ? "*" : " ", m->name,
           num_bytes_text(m->size_bytes, size, sizeof size), m->kind, *m->licence ? ", " : "",
           m->licence);
    return true;
}

/* path is null for what is not on this disk. */
static bool model_json(void *user, const hearth_model *m) {
    JsonWriter *w = user;
    jsonw_object_begin(w);
    jsonw_put_c(w, "name", m->name);
    jsonw_put_c(w, "file", m->file);
    jsonw_put_c(w, "kind", m->kind);
    jsonw_put_c(w, "licence", m->licence);
    jsonw_put_c(w, "path", m->path);
    cli_json_int(w, "size_bytes", m->size_bytes);
    jsonw_put_bool(w, "default", m->is_default);
    jsonw_object_end(w);
    return true;
}

/* After a failure no list is printed: a part of one would look whole. */
int cmd_models(Cli *cli) {
    hearth_error err;
    if (cli->n_operands) {
        if (cli->n_operands != 2 || strcmp(cli->operands[0], "remove") != 0) {
            return cli_usage("models: say `hearth models` or `hearth models remove NAME`");
        }
        hearth_status status = hearth_model_remove(cli->h, cli->operands[1], &err);
        if (status == HEARTH_OK) cli_json_word(cli, "name", cli->operands[1]);
        return status == HEARTH_OK ? 0 : cli_fail(&err);
    }
    CliJson json;
    if (cli->json) cli_json_open_list(&json, "models");
    hearth_status status = hearth_models(cli->h, cli->json ? model_json : model_text,
                                         cli->json ? &json.w : NULL, &err);
    if (cli->json) cli_json_close_list(&json, status == HEARTH_OK);
    else if (status == HEARTH_OK) printf("* is on this disk; `hearth pull NAME` fetches one\n");
    return status == HEARTH_OK ? 0 : cli_fail(&err);
}

/* Either a name or a file, not both and not none. */
int cmd_pull(Cli *cli) {
    hearth_error err;
    const char *file = cli_option(cli, "file")->text;
    if (!file == !cli->n_operands) {
        return cli_usage("pull: give a NAME or --file PATH; `hearth models` lists the names");
    }
    assert(!file == (cli->n_operands == 1)); /* one of both from here on */
    if (file) {
        char *name = NULL;
        if (hearth_pull_file(cli->h, file, &name, &err) != HEARTH_OK) return cli_fail(&err);
        cli_json_word(cli, "name", name);
        if (!cli->json && !cli->quiet) printf("%s is ready: -m %s\n", name, name);
        hearth_free(name);
        return 0;
    }
    hearth_status status = hearth_pull(cli->h, cli->operands[0], cli_progress, cli, &err);
    cli_progress_end();
    if (status != HEARTH_OK) return cli_fail(&err);
    cli_json_word(cli, "name", cli->operands[0]);
    if (!cli->json && !cli->quiet) printf("%s is ready\n", cli->operands[0]);
    return 0;
}

/* Silent when it worked: its result is the file that was named. */
int cmd_import(Cli *cli) {
    hearth_error err;
    hearth_status status = hearth_import(cli->h, cli->operands[0], cli->operands[1], &err);
    return status == HEARTH_OK ? 0 : cli_fail(&err);
}

/* ---- doctor, help -------------------------------------------------------------------------- */

typedef struct Checkup {
    Cli *cli;
    CliJson json;
    bool bad;
} Checkup;

_Static_assert(HEARTH_GOOD == 0 && HEARTH_WARN == 1 && HEARTH_BAD == 2, "a word each");

/* A line of the doctor's; detail may hold names of the user's files, which a terminal
   must not obey. */
static void show_check(void *user, const char *name, hearth_verdict verdict, const char *detail) {
    static const char *const words[] = {"ok", "warn", "BAD"};
    Checkup *checkup = user;
    assert(verdict <= HEARTH_BAD);
    checkup->bad = checkup->bad || verdict == HEARTH_BAD;
    if (!checkup->cli->json) {
        printf("%-5s %-16s ", words[verdict], name);
        cli_print_on(stdout, detail);
        putchar('\n');
        return;
    }
    JsonWriter *w = &checkup->json.w;
    jsonw_object_begin(w);
    jsonw_put_c(w, "name", name);
    jsonw_put_c(w, "verdict", words[verdict]);
    jsonw_put_c(w, "detail", detail);
    jsonw_object_end(w);
}

/* Warnings do not fail it: a machine without a model is fit to search by words. */
int cmd_doctor(Cli *cli) {
    hearth_error err;
    Checkup checkup = {.cli = cli};
    if (cli->json) cli_json_open_list(&checkup.json, "checks");
    hearth_status status = hearth_doctor(cli->h, cli_option(cli, "repair")->is_true, show_check,
                                         &checkup, &err);
    if (cli->json) cli_json_close_list(&checkup.json, true); /* what was seen is shown */
    if (status != HEARTH_OK) return cli_fail(&err);
    return checkup.bad ? 1 : 0;
}

/* `source <(hearth completion bash)`: nothing but the script goes to stdout. */
int cmd_completion(Cli *cli) {
    Buf out;
    Err err;
    buf_init(&out, 1 << 20);
    Status status = options_completion(&cli_program, cli->operands[0], &out, &err);
    int code = status == OK ? cli_put(&out) : cli_fail_err(&err);
    buf_fini(&out);
    return code;
}

/* In scdoc's form: the packager makes the page. */
int cmd_man(Cli *cli) {
    Buf out;
    buf_init(&out, 1 << 20);
    options_man(&cli_program, &out);
    int code = cli_put(&out);
    buf_fini(&out);
    return code;
}
