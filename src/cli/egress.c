/*
 * `hearth egress`: what left this machine, from the ledger.
 *
 *     log        a line an entry
 *     show N     one entry: to whom, why, and all texts exactly as they left
 *     verify     reads the whole chain; exit code 6 names the record that breaks it
 *
 * A damaged record hides no other: log and show print all that can be read, name on stderr (or in
 * "damaged") what cannot or was changed, and end with exit code 6.
 *
 * A line of the log, and what its columns are:
 *
 *          7  2026-11-25T23:18:00Z  ok                1204 bytes,   3 masked  far  ask  cost 0.12
 *      entry  when                  outcome       of its texts                endpoint  why  if any
 *
 * Nothing in a ledger's file is believed to be ours: it may have been edited by somebody who wants
 * this terminal to show something else. Each word goes through cli_word, texts through cli_print.
 *
 * Exit codes: 0; 3 for an entry that is not there; 6 where something is damaged, with all printed
 * that could be read.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cli/cli.h"

enum { RECORD_MAX = 128 << 20 }; /* bytes of a record: all texts of a parcel */

typedef struct Showing {
    Cli *cli;
    CliJson json;
    size_t n;
    bool failed; /* the record that is shown is no JSON */
} Showing;

/* The fields of `log` and `show` alike. outcome null: begun and never ended. */
static void entry_json(JsonWriter *w, const hearth_egress *e) {
    cli_json_int(w, "entry", e->entry);
    jsonw_put_c(w, "time", e->time);
    jsonw_put_c(w, "endpoint", e->endpoint);
    jsonw_put_c(w, "dest", e->dest);
    jsonw_put_c(w, "host", e->host);
    jsonw_put_c(w, "model", e->model);
    jsonw_put_c(w, "why", e->why);
    jsonw_put_c(w, "conversation", e->conversation);
    cli_json_int(w, "masked", e->masked);
    cli_json_int(w, "kept", e->kept);
    cli_json_int(w, "bytes", e->bytes);
    jsonw_put_c(w, "outcome", e->outcome);
    cli_json_int(w, "sent_bytes", e->sent_bytes);
    cli_json_int(w, "tokens_in", e->tokens_in);
    cli_json_int(w, "tokens_out", e->tokens_out);
    cli_json_real(w, "cost", e->cost);
    jsonw_put_bool(w, "estimated", e->estimated);
}

/* An entry that was begun and never ended "may have left": that is the careful reading. */
static bool log_entry(void *user, const hearth_egress *e) {
    Showing *s = user;
    assert(e->entry > 0 && e->time && e->endpoint); /* entries are counted from 1 */
    s->n++;
    if (s->cli->json) {
        jsonw_object_begin(&s->json.w);
        entry_json(&s->json.w, e);
        jsonw_object_end(&s->json.w);
    } else {
        CliWord time, endpoint, outcome, why; /* a damaged ledger may hold anything */
        printf("%6" PRIu64 "  %s  %-13s %8" PRIu64 " bytes, %3" PRIu64 " masked  %s  %s", e->entry,
               cli_word(&time, e->time),
               cli_word(&outcome, e->outcome ? e->outcome : "may have left"), e->bytes, e->masked,
               cli_word(&endpoint, e->endpoint), cli_word(&why, e->why));
        if (e->cost > 0) printf("  cost %.3g", e->cost);
        putchar('\n');
    }
    return true;
}

/* user: the writer, inside the array "damaged". entry 0: it is not known to which it belongs. */
static void damage_json(void *user, const hearth_egress_damage *d) {
    JsonWriter *w = user;
    assert(d->what);
    jsonw_object_begin(w);
    cli_json_int(w, "record", d->record);
    cli_json_int(w, "entry", d->entry);
    cli_json_int(w, "offset", d->offset);
    jsonw_put_c(w, "what", d->what);
    jsonw_object_end(w);
}

/* On stderr, so that the list on stdout stays one of entries. */
static void damage_line(void *user, const hearth_egress_damage *d) {
    fprintf(stderr, "record %" PRIu64, d->record);
    if (d->entry) fprintf(stderr, " (entry %" PRIu64 ")", d->entry);
    fprintf(stderr, " at byte %" PRIu64 ": %s\n", d->offset, d->what);
}

/* Names what is damaged, behind all that could be read; the exit code. */
static int damage_told(Cli *cli, Showing *s, const hearth_error *why) {
    hearth_error err;
    if (!cli->json) {
        (void)cli_output_lost();
        if (hearth_egress_damaged(cli->h, damage_line, NULL, &err) != HEARTH_OK) {
            return cli_fail(&err);
        }
        return cli_fail(why);
    }
    JsonWriter *w = &s->json.w;
    jsonw_put_array(w, "damaged");
    hearth_status status = hearth_egress_damaged(cli->h, damage_json, w, &err);
    jsonw_array_end(w);
    if (status == HEARTH_OK) cli_json_close(&s->json);
    else buf_fini(&s->json.out);
    return status == HEARTH_OK ? hearth_exit_code(HEARTH_CORRUPT) : cli_fail(&err);
}

/* Damage is met behind the entries that could be read: these are printed by then. */
static int egress_log(Cli *cli) {
    hearth_error err;
    Showing s = {.cli = cli};
    if (cli->json) cli_json_open_list(&s.json, "entries");
    hearth_status status = hearth_egress_each(cli->h, 0, log_entry, &s, &err);
    if (status == HEARTH_CORRUPT) {
        if (cli->json) jsonw_array_end(&s.json.w);
        return damage_told(cli, &s, &err);
    }
    if (cli->json) cli_json_close_list(&s.json, status == HEARTH_OK);
    if (status != HEARTH_OK) return cli_fail(&err);
    if (!cli->json && !cli->quiet && s.n == 0) fputs("nothing has left this machine\n", stderr);
    return 0;
}

/* ---- one entry ----------------------------------------------------------------------------- */

/* A text as it left, below what it is. */
static void print_field(const Cli *cli, const char *label, const Json *value) {
    CliWord word;
    Str text = json_str(value);
    printf("%s[%s]%s\n", cli_bold(cli), cli_word(&word, label), cli_plain(cli));
    cli_print(text.p, text.n);
    printf("\n");
}

/* Everything in a record that can hold words of the user's: messages, calls, tools, schema. */
static void print_texts(const Cli *cli, const Json *record) {
    const Json *messages = json_get(record, "messages"), *tools = json_get(record, "tools");
    for (size_t i = 0; i < json_len(messages); i++) {
        const Json *message = json_at(messages, i), *calls = json_get(message, "calls");
        Str role = json_str(json_get(message, "role"));
        print_field(cli, role.n ? role.p : "?", json_get(message, "text"));
        for (size_t c = 0; c < json_len(calls); c++) {
            const Json *call = json_at(calls, c);
            Str name = json_str(json_get(call, "name"));
            print_field(cli, name.n ? name.p : "?", json_get(call, "arguments"));
        }
    }
    for (size_t i = 0; i < json_len(tools); i++) {
        const Json *tool = json_at(tools, i);
        print_field(cli, "tool offered", json_get(tool, "name"));
        print_field(cli, "its description", json_get(tool, "description"));
        print_field(cli, "its parameters", json_get(tool, "schema"));
    }
    if (json_get(record, "schema")) print_field(cli, "answer's form", json_get(record, "schema"));
}

/* Every word of it comes from the ledger's file, which may have been written by somebody else: each
   goes through cli_word. */
static void print_head(const hearth_egress *e) {
    CliWord time, endpoint, dest, host, model, why;
    printf("entry %" PRIu64 ", %s\nto %s (%s) at %s, model %s\nwhy: %s\nmasked %" PRIu64
           ", kept %" PRIu64 ", %" PRIu64 " bytes of text\n",
           e->entry, cli_word(&time, e->time), cli_word(&endpoint, e->endpoint),
           cli_word(&dest, e->dest), cli_word(&host, e->host), cli_word(&model, e->model),
           cli_word(&why, e->why), e->masked, e->kept, e->bytes);
    if (!e->outcome) {
        printf("outcome: unknown, it may have left\n\n");
        return;
    }
    CliWord outcome;
    printf("outcome: %s; %" PRIu64 " bytes sent, %" PRIu64 " tokens in, %" PRIu64
           " out%s, cost %g\n\n",
           cli_word(&outcome, e->outcome), e->sent_bytes, e->tokens_in, e->tokens_out,
           e->estimated ? " (estimated)" : "", e->cost);
}

/* One entry is wanted: false ends the walk. The record goes into --json byte for byte. */
static bool show_entry(void *user, const hearth_egress *e) {
    Showing *s = user;
    assert(e->entry > 0); /* 0 would be: all of them */
    JsonLimits limits = {.max_bytes = RECORD_MAX};
    Json *record = NULL;
    if (s->cli->json) {
        entry_json(&s->json.w, e);
        jsonw_key(&s->json.w, "record");
        jsonw_raw(&s->json.w, (Str){e->record, e->n_record});
        return false;
    }
    s->failed = json_parse((Str){e->record, e->n_record}, &limits, &record, NULL) != OK;
    print_head(e);
    print_texts(s->cli, record);
    json_free(record);
    return false;
}

/* Code 6 in both cases of damage: the record is no JSON, or the chain breaks before it. */
static int egress_show(Cli *cli, const char *number) {
    hearth_error err;
    Err why;
    int64_t entry;
    Showing s = {.cli = cli};
    if (num_parse_int(str_from(number), 1, INT64_MAX, "entry", "", &entry, &why) != OK) {
        return cli_usage("egress show: %s", why.message);
    }
    if (cli->json) cli_json_open(&s.json);
    hearth_status status = hearth_egress_each(cli->h, (uint64_t)entry, show_entry, &s, &err);
    if (status == HEARTH_CORRUPT) return damage_told(cli, &s, &err);
    if (cli->json && status == HEARTH_OK) cli_json_close(&s.json);
    else if (cli->json) buf_fini(&s.json.out);
    if (status != HEARTH_OK) return cli_fail(&err);
    if (!s.failed) return 0;
    fputs("hearth: this record cannot be read; `hearth egress verify` says more\n", stderr);
    return hearth_exit_code(HEARTH_CORRUPT);
}

/* ---- the chain ----------------------------------------------------------------------------- */

/* With --json the figures are shown also where the chain breaks. */
static int egress_verify(Cli *cli) {
    hearth_error err = {0};
    hearth_egress_check check = {0};
    hearth_status status = hearth_egress_verify(cli->h, &check, &err);
    if (cli->json) {
        CliJson json;
        JsonWriter *w = cli_json_open(&json);
        jsonw_put_bool(w, "whole", status == HEARTH_OK);
        cli_json_int(w, "records", check.records);
        cli_json_int(w, "entries", check.entries);
        cli_json_int(w, "torn", check.torn);
        cli_json_int(w, "damaged", check.damaged);
        jsonw_put_c(w, "head", check.head);
        cli_json_int(w, "earlier", check.earlier);
        cli_json_int(w, "unkept", check.unkept);
        jsonw_put_bool(w, "end_known", check.end_known);
        jsonw_put_c(w, "error", status == HEARTH_OK ? NULL : err.message);
        cli_json_close(&json);
        return hearth_exit_code(status);
    }
    if (status != HEARTH_OK) return cli_fail(&err);
    printf("whole: %" PRIu64 " records of %" PRIu64 " entries", check.records, check.entries);
    if (check.torn) printf(", %" PRIu64 " cut short by a crash", check.torn);
    if (check.earlier) {
        printf("; before it there was a ledger of %" PRIu64 " records, now elsewhere",
               check.earlier);
    }
    if (check.unkept) printf("; how it ended before record %" PRIu64 " is not known", check.unkept);
    if (check.records && !check.end_known) printf("; whether its end was cut off is not known");
    printf("\nlast hash %s\n", check.head);
    return 0;
}

/* Verbs and their number of words; a word too many is told, since `verify 3` would look as if it
   had checked something else than it did. */
int cmd_egress(Cli *cli) {
    const char *verb = cli->operands[0];
    bool shows = strcmp(verb, "show") == 0;
    if (shows && cli->n_operands == 2) return egress_show(cli, cli->operands[1]);
    if (shows) return cli_usage("egress show: which entry? `hearth egress log` lists them");
    if (cli->n_operands == 1 && strcmp(verb, "log") == 0) return egress_log(cli);
    if (cli->n_operands == 1 && strcmp(verb, "verify") == 0) return egress_verify(cli);
    return cli_usage("egress: say log, show N or verify");
}
