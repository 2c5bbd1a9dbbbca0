/*
 * `hearth gate`: what a text on stdin would give away (scan), the text as it would leave (mask), an
 * answer with one's own words again (restore), and the gate's own test.
 *
 * mask prints the masked text, and on stderr the name of the conversation that restore needs; with
 * --lines each line is a text of its own, of one conversation.
 * restore passes its input on as it comes, so that it can stand behind a stream; surrogates inside
 * of addresses stay, and stderr says how many.
 *
 * scan --json answers with {"spans":[{"start","end","type","text","score"}]}: byte offsets of the
 * input, and a score from 0 to 1. With --lines each line of the input is a text of its own and gets
 * a line of the output, so that millions of texts pass through one process; without --json the
 * number of its line stands in front of each span. As in the gate itself,
 * the embedding model looks at names a second time (gate/look.c), in the first LOOK_ALL_BYTES: a
 * file of a million lines does not take an hour. --careful: in all of it; --quick: nowhere. --deep
 * lets the language model read as well (turn/deep.c). With --careful and --deep spans have a
 * "detector", who found them.
 *
 * Exit codes: scan and mask 0 whatever is found; mask 4 where the policy refuses the text
 * (private); restore 3 where nothing was masked in that conversation; test 1 where a canary would
 * leave.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

enum {
    OUT_MAX = 1 << 30, /* bytes of JSON that wait to be put */
    FLUSH_BYTES = 1 << 18, /* with --lines: put when so many wait */
    LOOK_ALL_BYTES = 2 << 20, /* half a minute of one core, about */
};

typedef struct Scanning {
    Cli *cli;
    size_t line;   /* that is read, from 1; 0: not by lines */
    size_t looked; /* bytes of the texts that were looked at a second time without being told to */
    bool slow;     /* models read: each answer is put when it is there */
    Str text;
    Buf out;
    JsonWriter w;
} Scanning;

/* Without readers there is no choice of who found it, so `detector` is left out: millions of lines
   are smaller by it. */
static bool span_json(void *user, const hearth_span *span) {
    Scanning *scan = user;
    JsonWriter *w = &scan->w;
    assert(span->start < span->end && span->end <= scan->text.n);
    jsonw_object_begin(w);
    cli_json_int(w, "start", span->start);
    cli_json_int(w, "end", span->end);
    jsonw_put_c(w, "type", span->type);
    jsonw_put_str(w, "text", str_sub(scan->text, span->start, span->end));
    jsonw_put_real(w, "score", span->score, 3);
    if (cli_option(scan->cli, "deep")->is_true || cli_option(scan->cli, "careful")->is_true) {
        jsonw_put_c(w, "detector", span->detector);
    }
    jsonw_object_end(w);
    return true;
}

/* The words themselves are shown: it is the user's own text, on the user's own screen. */
static bool span_text(void *user, const hearth_span *span) {
    Scanning *scan = user;
    assert(span->start < span->end && span->end <= scan->text.n); /* of this line */
    cli_progress_end(); /* of a model that reads */
    if (scan->line) printf("%6zu ", scan->line);
    printf("%8zu %8zu  %-8s %-18s %-9s %.2f  ", span->start, span->end, span->type, span->kind,
           span->detector, span->score);
    cli_print(scan->text.p + span->start, span->end - span->start);
    printf("\n");
    return true;
}

/* Whether the embedding model looks at this text, too. Says once when it will not any more. */
static bool looks_twice(Scanning *scan, size_t bytes) {
    if (cli_option(scan->cli, "careful")->is_true) return true;
    if (cli_option(scan->cli, "quick")->is_true || scan->looked > LOOK_ALL_BYTES) return false;
    scan->looked += bytes;
    if (scan->looked <= LOOK_ALL_BYTES) return true;
    if (!scan->cli->quiet) {
        cli_say("what stands behind the first 2 MiB is read once, for speed; --careful reads all "
                "of it twice");
    }
    return false;
}

/* One text, one answer: an object a line, or a line a span. */
static hearth_status scan_one(Scanning *scan, Str text, hearth_error *err) {
    hearth *h = scan->cli->h;
    hearth_gate_options options;
    hearth_gate_options_default(&options);
    options.deep = cli_option(scan->cli, "deep")->is_true;
    options.careful = looks_twice(scan, text.n);
    scan->slow = options.deep || options.careful;
    options.on_reading = cli_progress_part;
    options.user = scan->cli;
    scan->text = text;
    if (!scan->cli->json) {
        return hearth_gate_scan(h, text.p, text.n, &options, span_text, scan, err);
    }
    size_t whole = scan->out.n;
    scan->w = jsonw_init(&scan->out);
    jsonw_object_begin(&scan->w);
    jsonw_put_array(&scan->w, "spans");
    hearth_status status = hearth_gate_scan(h, text.p, text.n, &options, span_json, scan, err);
    jsonw_array_end(&scan->w);
    jsonw_object_end(&scan->w);
    buf_add_byte(&scan->out, '\n');
    if (status != HEARTH_OK && scan->out.n > whole) scan->out.p[scan->out.n = whole] = 0;
    return status;
}

/* The lines one by one until one fails, nobody reads any more, or somebody wants it to stop: what
   was answered before is put, and no line is cut. */
static hearth_status scan_lines(Scanning *scan, Str all, int *code, hearth_error *err) {
    hearth_status status = HEARTH_OK;
    size_t at = 0;
    while (!*code && status == HEARTH_OK && at < all.n) {
        if (cli_stop_asked()) return HEARTH_OK;
        scan->line++;
        status = scan_one(scan, str_line(all, &at), err);
        bool put = scan->slow || scan->out.n >= FLUSH_BYTES;
        if (put && status == HEARTH_OK) *code = cli_put(&scan->out);
        if (scan->slow && cli_reader_gone()) *code = hearth_exit_code(HEARTH_CANCELLED);
    }
    return status;
}

/* All of stdin first, since offsets are of the whole; lines are answered as they are done. What was
   answered is put also where a later line fails. */
static int scan(Cli *cli) {
    hearth_error err;
    hearth_status status = HEARTH_OK;
    Buf text;
    if (cli_option(cli, "careful")->is_true && cli_option(cli, "quick")->is_true) {
        return cli_usage("gate scan: --careful or --quick, not both");
    }
    int code = cli_read_stdin(&text);
    if (code) return code;
    Scanning scan = {.cli = cli};
    buf_init(&scan.out, OUT_MAX);
    Str all = buf_str(&text);
    if (cli_option(cli, "lines")->is_true) status = scan_lines(&scan, all, &code, &err);
    else status = scan_one(&scan, all, &err);
    if (!code) code = cli_put(&scan.out);
    buf_fini(&scan.out);
    buf_fini(&text);
    if (status != HEARTH_OK) return cli_fail(&err);
    return !code && cli_stop_asked() ? cli_stopped() : code;
}

/* ---- mask ---------------------------------------------------------------------------------- */

typedef struct Masking {
    Cli *cli;
    hearth_mask_options options;
    hearth_masked all; /* counts of all lines, and their conversation */
} Masking;

/* Byte for byte, also at a terminal: what is shown is what would leave. */
static void print_masked(const Cli *cli, const hearth_masked *masked) {
    cli_progress_end();
    if (!cli->json) {
        (void)fwrite(masked->text, 1, masked->n, stdout);
        if (cli_option(cli, "lines")->is_true) (void)fputc('\n', stdout);
        return;
    }
    CliJson json;
    JsonWriter *w = cli_json_open(&json);
    jsonw_put_c(w, "conversation", masked->conversation);
    jsonw_put_str(w, "text", (Str){masked->text, masked->n});
    cli_json_int(w, "found", masked->found);
    cli_json_int(w, "masked", masked->masked);
    cli_json_int(w, "kept", masked->kept);
    cli_json_close(&json);
}

/* All lines are of one conversation, so that what stands in two of them is called the same. */
static hearth_status mask_one(Masking *m, Str text, hearth_error *err) {
    hearth_masked one;
    hearth_status status = hearth_gate_mask(m->cli->h, text.p, text.n, &m->options, &one, err);
    if (status != HEARTH_OK) return status;
    print_masked(m->cli, &one);
    hearth_free(one.text);
    m->all.found += one.found;
    m->all.masked += one.masked;
    memcpy(m->all.conversation, one.conversation, sizeof one.conversation);
    m->options.conversation = m->all.conversation;
    return HEARTH_OK;
}

/* The options of the line; the conversation's name is taken over from the first answer. */
static void masking_begin(Masking *m, Cli *cli) {
    *m = (Masking){.cli = cli};
    hearth_mask_options_default(&m->options);
    m->options.conversation = cli_option(cli, "conversation")->text;
    m->options.dest = cli_option(cli, "for")->text;
    m->options.label = cli_option(cli, "label")->text;
    m->options.deep = cli_option(cli, "deep")->is_true;
    m->options.on_reading = cli_progress_part;
    m->options.user = cli;
}

/* Where what was masked can be made whole again: no line of it could be restored without. */
static void tell_conversation(const Masking *m) {
    (void)cli_output_lost(); /* the text stands before what is said of it */
    if (m->cli->json || m->cli->quiet || !m->all.conversation[0]) return;
    fprintf(stderr, "masked %zu of %zu; conversation %s\n", m->all.masked, m->all.found,
            m->all.conversation);
}

/* A reader who has gone ends it: further lines would be masked for nobody. The conversation is told
   also where a line fails or somebody stops it: what was masked by then is on stdout. */
static int mask(Cli *cli) {
    hearth_error err;
    hearth_status status = HEARTH_OK;
    Masking m;
    Buf text;
    int code = cli_read_stdin(&text);
    if (code) return code;
    masking_begin(&m, cli);
    Str all = buf_str(&text);
    if (!cli_option(cli, "lines")->is_true) {
        status = mask_one(&m, all, &err);
    } else {
        size_t at = 0;
        while (status == HEARTH_OK && at < all.n) {
            if (cli_reader_gone() || cli_stop_asked()) break;
            status = mask_one(&m, str_line(all, &at), &err);
        }
    }
    buf_fini(&text);
    tell_conversation(&m);
    if (status != HEARTH_OK) return cli_fail(&err);
    return cli_stop_asked() ? cli_stopped() : 0;
}

/* ---- restore ------------------------------------------------------------------------------- */

/* Byte for byte: the stream is the user's own answer, and whatever stands behind us reads it. */
static void write_piece(void *user, const char *text, size_t n) {
    (void)fwrite(text, 1, n, stdout);
}

/* What stayed masked is no failure, but nobody should wonder about it. */
static void tell_spared(const Cli *cli, uint64_t n) {
    if (!n || cli->quiet) return;
    fprintf(stderr, "%llu surrogate%s inside of addresses stayed: whatever shows the text might "
                    "fetch them; --addresses restores these, too\n",
            (unsigned long long)n, cli_s(n));
}

/* Pieces go on as they come; the last, empty one lets out what was held back. */
static int restore(Cli *cli) {
    hearth_error err;
    hearth_restorer *restorer;
    const char *conversation = cli_option(cli, "conversation")->text;
    char piece[16 << 10];
    int unread = 0; /* why stdin cannot be read */
    if (!conversation) return cli_usage("gate restore: which one? --conversation NAME, from mask");
    hearth_status status = hearth_restorer_new(cli->h, conversation, cli->json, &restorer, &err);
    if (status != HEARTH_OK) return cli_fail(&err);
    hearth_restorer_addresses(restorer, cli_option(cli, "addresses")->is_true);
    cli_json_errors(false); /* --json speaks of the text that passes through */
    for (bool last = false; status == HEARTH_OK && !last;) {
        ssize_t got = read(STDIN_FILENO, piece, sizeof piece);
        bool stop = cli_stop_asked(); /* also between two reads that were not interrupted */
        if (got < 0 && errno == EINTR && !stop) continue;
        if (got < 0 && !stop) unread = errno;
        last = got <= 0 || stop;
        status = hearth_restorer_feed(restorer, piece, got > 0 ? (size_t)got : 0, last, write_piece,
                                      NULL, &err);
        cli_flush(cli);
    }
    if (status == HEARTH_OK) tell_spared(cli, hearth_restorer_spared(restorer));
    hearth_restorer_free(restorer);
    if (status != HEARTH_OK) return cli_fail(&err);
    if (cli_stop_asked()) return cli_stopped();
    return unread ? cli_unread(unread) : 0;
}

/* ---- test ---------------------------------------------------------------------------------- */

typedef struct Verdicts {
    Cli *cli;
    CliJson json;
    size_t n, leaks;
} Verdicts;

_Static_assert(HEARTH_GOOD == 0 && HEARTH_WARN == 1 && HEARTH_BAD == 2, "a word each");

/* "kept" is a choice of the user's policy and no leak; only a leak makes the exit code 1. */
static void print_verdict(void *user, const char *name, hearth_verdict verdict,
                          const char *detail) {
    static const char *const words[] = {"ok", "kept", "LEAK"};
    Verdicts *v = user;
    assert((size_t)verdict < ARRAY_LEN(words));
    v->n++;
    v->leaks += verdict == HEARTH_BAD;
    if (!v->cli->json) {
        printf("%-4s  %-18s ", words[verdict], name);
        cli_print_on(stdout, detail);
        putchar('\n');
        return;
    }
    jsonw_object_begin(&v->json.w);
    jsonw_put_c(&v->json.w, "kind", name);
    jsonw_put_c(&v->json.w, "verdict", words[verdict]);
    jsonw_put_c(&v->json.w, "detail", detail);
    jsonw_object_end(&v->json.w);
}

/* With --json an incomplete list is not printed: "no leak" must not be read from half of it. */
static int test(Cli *cli) {
    hearth_error err;
    Verdicts v = {.cli = cli};
    if (cli->json) cli_json_open_list(&v.json, "canaries");
    hearth_status status = hearth_gate_test(cli->h, print_verdict, &v, &err);
    if (cli->json) cli_json_close_list(&v.json, status == HEARTH_OK);
    if (status != HEARTH_OK) return cli_fail(&err);
    if (!cli->json) printf("%zu canaries, %zu leak%s\n", v.n, v.leaks, cli_s(v.leaks));
    return v.leaks ? 1 : 0;
}

/* How many names, not which: they are what must not be shown about. */
static int learn(Cli *cli) {
    hearth_error err;
    uint64_t n_files = 0, n_words = 0;
    if (hearth_gate_learn(cli->h, &n_files, &n_words, &err) != HEARTH_OK) return cli_fail(&err);
    if (!cli->json) {
        printf("%llu name%s from %llu document%s %s masked wherever they stand from now on\n",
               (unsigned long long)n_words, cli_s(n_words), (unsigned long long)n_files,
               cli_s(n_files), n_words == 1 ? "is" : "are");
        return 0;
    }
    CliJson json;
    JsonWriter *w = cli_json_open(&json);
    cli_json_int(w, "files", n_files);
    cli_json_int(w, "names", n_words);
    cli_json_close(&json);
    return 0;
}

/* Options that a verb does not know are passed over: the table has one list for all of them. */
int cmd_gate(Cli *cli) {
    const char *verb = cli->operands[0];
    if (strcmp(verb, "scan") == 0) return scan(cli);
    if (strcmp(verb, "mask") == 0) return mask(cli);
    if (strcmp(verb, "restore") == 0) return restore(cli);
    if (strcmp(verb, "test") == 0) return test(cli);
    if (strcmp(verb, "learn") == 0) return learn(cli);
    if (strcmp(verb, "pair") == 0) return cli_gate_pair(cli);
    return cli_usage("gate: say scan, mask, restore, test, learn or pair");
}
