/*
 * Commands about documents: add, list, remove, show, search, ask.
 *
 * Each is a thin shell around one function of include/hearth.h: read the options, call, print. With
 * --json stdout carries exactly one object whose fields are an interface (README, `hearth help`);
 * without it the text is for people and may change.
 *
 * Words of documents and paths are printed only through cli_print, cli_path and cli_place, so that
 * a terminal obeys nothing that is in them.
 *
 * Remarks go to stderr ("nothing found"), so that stdout holds results alone also in a pipe.
 *
 *     command    stdout                              with --json        --quiet leaves out
 *     add        what was done, what is left         one report         all of it
 *     list       a line a document                   "files"            "no documents"
 *     search     of passages, the best first         "results"          notices, "nothing found"
 *     show       the text, byte for byte in a pipe   "text"
 *     remove     how many                            "removed"          the number
 *
 * Lists come row by row through a callback. With --json the array is collected and printed whole
 * when the call has succeeded; without it each row is printed at once, so that what was listed
 * before a failure is seen.
 *
 * Exit codes beside those of errors: 3 where a search finds nothing or the documents do not answer,
 * so that a script can tell; `add` of a file that cannot be read is a failure, of a folder that
 * holds such files is none (they are listed with the reason).
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

/* complete false: it was stopped, and the numbers are of what was finished. */
static void add_json(const hearth_add_report *r, bool complete) {
    CliJson json;
    JsonWriter *w = cli_json_open(&json);
    jsonw_put_bool(w, "complete", complete);
    cli_json_int(w, "files_seen", r->files_seen);
    cli_json_int(w, "added", r->added);
    cli_json_int(w, "changed", r->changed);
    cli_json_int(w, "unchanged", r->unchanged);
    cli_json_int(w, "removed", r->removed);
    cli_json_int(w, "failed", r->failed);
    cli_json_int(w, "unknown", r->unknown);
    jsonw_put_c(w, "unknown_kinds", r->unknown_kinds);
    cli_json_int(w, "passages", r->passages);
    cli_json_int(w, "embedded", r->embedded);
    cli_json_int(w, "pending", r->pending);
    cli_json_int(w, "unreachable", r->unreachable);
    cli_json_int(w, "links", r->links);
    jsonw_put_real(w, "seconds", r->seconds, 4);
    cli_json_close(&json);
}

/* What was done, then each thing that the user may want to do about what was not. Who stopped it is
   told of no model: it may well be there. */
static void add_text(const hearth_add_report *r, bool stopped) {
    printf("%llu file%s looked at: %llu added, %llu changed, %llu unchanged, %llu removed\n",
           (unsigned long long)r->files_seen, cli_s(r->files_seen), (unsigned long long)r->added,
           (unsigned long long)r->changed, (unsigned long long)r->unchanged,
           (unsigned long long)r->removed);
    printf("%llu passage%s indexed, %llu embedded in %.1f s\n", (unsigned long long)r->passages,
           cli_s(r->passages), (unsigned long long)r->embedded, r->seconds);
    if (r->failed) {
        printf("%llu could not be read: `hearth list` says why\n", (unsigned long long)r->failed);
    }
    if (r->files_seen + r->removed + r->unreachable == 0) {
        printf("no folder is remembered or it holds nothing: `hearth add FOLDER` reads one\n");
    }
    if (r->unreachable) {
        printf("%llu of the folders that were added %s not there; what was read is kept "
               "(`hearth remove FOLDER` forgets one)\n",
               (unsigned long long)r->unreachable, r->unreachable == 1 ? "is" : "are");
    }
    if (r->unknown_kinds) {
        printf("not read yet: ");
        cli_path(r->unknown_kinds);
        putchar('\n');
    }
    if (r->links) {
        printf("%llu link%s not followed: `hearth add` reads what one leads to where you name it\n",
               (unsigned long long)r->links, r->links == 1 ? " is" : "s are");
    }
    if (r->pending) {
        printf("%llu passage%s no vector yet: `hearth add` goes on%s\n",
               (unsigned long long)r->pending, r->pending == 1 ? " has" : "s have",
               stopped ? "" : " (it needs the embedding model: hearth pull multilingual-e5-small)");
    }
}

/* The report is printed also where a named file could not be read: the others were. */
int cmd_add(Cli *cli) {
    hearth_error err;
    hearth_add_report report = {0};
    int code = cli_option(cli, "sealed")->is_true ? cli_seal(cli) : 0;
    if (code != 0) return code;
    hearth_status status =
        hearth_add(cli->h, (const char *const *)cli->operands, (size_t)cli->n_operands,
                   cli_progress, cli, &report, &err);
    cli_progress_end();
    bool stopped = status == HEARTH_CANCELLED, done = status == HEARTH_OK || stopped;
    if (cli->json && done) add_json(&report, !stopped);
    if (!cli->json && !cli->quiet && (done || report.files_seen)) add_text(&report, stopped);
    if (stopped) {
        fputs("hearth: stopped; what was finished is kept, `hearth add` goes on\n", stderr);
    }
    hearth_add_report_clear(&report);
    if (stopped) return hearth_exit_code(status);
    return status == HEARTH_OK ? 0 : cli_fail(&err);
}

/* A listing on its way: rows come one by one from the callback. */
typedef struct Listing {
    Cli *cli;
    CliJson json;
    size_t n;
} Listing;

/* Seconds since 1970 for `modified`, which may lie before it; problem null: it was read. */
static bool list_json(void *user, const hearth_file *file) {
    JsonWriter *w = &((Listing *)user)->json.w;
    assert(file->path);
    jsonw_object_begin(w);
    jsonw_put_c(w, "path", file->path);
    jsonw_put_c(w, "title", file->title);
    jsonw_put_c(w, "format", file->format);
    jsonw_put_c(w, "problem", file->problem);
    cli_json_int(w, "size_bytes", file->size_bytes);
    jsonw_put_int(w, "modified", file->modified_s);
    cli_json_int(w, "pages", file->pages);
    cli_json_int(w, "passages", file->passages);
    cli_json_int(w, "embedded", file->embedded);
    jsonw_object_end(w);
    return true;
}

/* The reason may hold words of a document: shown without what plays tricks. */
static bool list_text(void *user, const hearth_file *file) {
    ((Listing *)user)->n++;
    assert(file->path && (file->problem || file->format)); /* one of both is told */
    cli_path(file->path);
    if (file->problem) {
        printf("  [not read: ");
        cli_print_on(stdout, file->problem);
        printf("]\n");
    } else {
        printf("  %s, %u passage%s%s\n", file->format, file->passages, cli_s(file->passages),
               file->embedded < file->passages ? " (vectors pending)" : "");
    }
    return true;
}

/* An empty store is no failure, but for people it is said: silence would look like a fault. */
int cmd_list(Cli *cli) {
    hearth_error err;
    Listing listing = {.cli = cli};
    if (cli->json) cli_json_open_list(&listing.json, "files");
    hearth_status status = hearth_list(cli->h, cli->json ? list_json : list_text, &listing, &err);
    if (cli->json) cli_json_close_list(&listing.json, status == HEARTH_OK);
    if (status != HEARTH_OK) return cli_fail(&err);
    if (!cli->json && !cli->quiet && listing.n == 0) {
        fputs("no documents; `hearth add FOLDER` reads some\n", stderr);
    }
    return 0;
}

/* One after the other; the first that fails ends it. Those before it are forgotten, and told. */
int cmd_remove(Cli *cli) {
    hearth_error err;
    uint64_t total = 0;
    for (int i = 0; i < cli->n_operands; i++) {
        uint64_t n = 0;
        hearth_status status = hearth_remove(cli->h, cli->operands[i], &n, &err);
        total += n; /* also where the files went and what was cached of them could not */
        if (status == HEARTH_OK) continue;
        if (total && !cli->quiet) {
            fprintf(stderr, "%llu document%s forgotten before this:\n", (unsigned long long)total,
                    cli_s(total));
        }
        return cli_fail(&err);
    }
    if (cli->json) printf("{\"removed\":%llu}\n", (unsigned long long)total);
    else if (!cli->quiet) {
        printf("%llu document%s forgotten\n", (unsigned long long)total, cli_s(total));
    }
    return 0;
}

/* Through a pipe every byte is the document's: offsets of citations count in it. */
int cmd_show(Cli *cli) {
    hearth_error err;
    char *text = NULL;
    size_t n = 0;
    if (hearth_show(cli->h, cli->operands[0], &text, &n, &err) != HEARTH_OK) return cli_fail(&err);
    if (cli->json) {
        CliJson json;
        JsonWriter *w = cli_json_open(&json);
        jsonw_put_str(w, "text", (Str){text, n});
        cli_json_close(&json);
    } else {
        cli_pass(cli, text, n);
        if (cli->tty_out && n && text[n - 1] != '\n') printf("\n"); /* the prompt stands below */
    }
    hearth_free(text);
    return 0;
}

/* start and end are bytes of the document's text (`hearth show`); text is that range of it. */
static void search_json(const hearth_results *results) {
    CliJson json;
    JsonWriter *w = cli_json_open(&json);
    jsonw_put_array(w, "results");
    for (size_t i = 0; i < hearth_results_count(results); i++) {
        const hearth_passage *p = hearth_results_at(results, i);
        assert(p && p->start <= p->end); /* text has as many bytes */
        jsonw_object_begin(w);
        jsonw_put_c(w, "path", p->path);
        jsonw_put_c(w, "title", p->title);
        cli_json_place(w, p->page, p->line);
        cli_json_int(w, "start", p->start);
        cli_json_int(w, "end", p->end);
        cli_json_real(w, "score", p->score);
        jsonw_put_str(w, "text", (Str){p->text, p->end - p->start});
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    jsonw_put_c(w, "notice", hearth_results_notice(results));
    cli_json_close(&json);
}

/* The number, the place, the score, then what stands around the words: people judge by reading. */
static void search_text(const Cli *cli, const hearth_results *results, Str query) {
    bool whole = cli_option(cli, "whole")->is_true;
    for (size_t i = 0; i < hearth_results_count(results); i++) {
        const hearth_passage *p = hearth_results_at(results, i);
        assert(p && p->start <= p->end);
        printf("%s%zu. ", cli_bold(cli), i + 1);
        cli_place(p->path, p->page, p->line);
        printf("%s  %s(%.3f)%s\n", cli_plain(cli), cli_dim(cli), p->score, cli_plain(cli));
        cli_excerpt(cli, (Str){p->text, p->end - p->start}, query, whole);
        printf("\n\n");
    }
}

_Static_assert(HEARTH_HYBRID == 0 && HEARTH_LEXICAL == 1 && HEARTH_VECTOR == 2, "a name each");

/* The mode is one of the three words: the option table lets no other pass, so the search for it
   ends at the last at the latest. Nothing found is exit code 3, so that a script can tell. */
int cmd_search(Cli *cli) {
    static const char *const modes[] = {"hybrid", "lexical", "vector"};
    hearth_error err;
    hearth_results *results = NULL;
    Buf query;
    int mode = 0;
    int code = cli_question(cli, &query);
    if (code) return code;
    while (mode < 2 && strcmp(modes[mode], cli_option(cli, "mode")->text) != 0) mode++;
    assert(strcmp(modes[mode], cli_option(cli, "mode")->text) == 0);
    hearth_status status = hearth_search(cli->h, query.p ? query.p : "",
                                         (int)cli_option(cli, "passages")->whole,
                                         (hearth_mode)mode, &results, &err);
    if (status == HEARTH_OK && cli->json) search_json(results);
    if (status == HEARTH_OK && !cli->json) search_text(cli, results, buf_str(&query));
    buf_fini(&query);
    if (status != HEARTH_OK) return cli_fail(&err);
    const char *notice = hearth_results_notice(results);
    if (notice && !cli->quiet && !cli->json) cli_say(notice);
    code = hearth_results_count(results) ? 0 : hearth_exit_code(HEARTH_NOT_FOUND);
    hearth_results_free(results);
    if (code && !cli->json && !cli->quiet) fputs("hearth: nothing found\n", stderr);
    return code;
}

/* A conversation of one question. */
int cmd_ask(Cli *cli) {
    hearth_error err;
    hearth_chat *chat = NULL;
    Buf question;
    int code = cli_question(cli, &question);
    if (code) return code;
    if (hearth_chat_new(cli->h, &chat, &err) == HEARTH_OK) {
        code = cli_answer(cli, chat, question.p ? question.p : "");
        hearth_chat_free(chat);
    } else {
        code = cli_fail(&err);
    }
    buf_fini(&question);
    return code;
}
