/*
 * `hearth gate scan`: what a text on stdin would give away.
 *
 * --json answers with {"spans":[{"start","end","type","text","score"}]}: byte offsets of the input
 * and a score from 0 to 1. With --lines each line of the input is a text of its own and gets a line
 * of the output, so that millions of texts pass through one process.
 */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

enum { OUT_MAX = 1 << 30, FLUSH_BYTES = 1 << 18 };

typedef struct Scanning {
    Cli *cli;
    Str text;
    Buf out;
    JsonWriter w;
} Scanning;

static bool span_json(void *user, const hearth_span *span) {
    Scanning *scan = user;
    JsonWriter *w = &scan->w;
    jsonw_object_begin(w);
    cli_json_int(w, "start", span->start);
    cli_json_int(w, "end", span->end);
    cli_json_text(w, "type", span->type);
    jsonw_key(w, "text");
    jsonw_str(w, str_sub(scan->text, span->start, span->end));
    jsonw_key(w, "score");
    jsonw_real(w, span->score, 3);
    jsonw_object_end(w);
    return true;
}

static bool span_text(void *user, const hearth_span *span) {
    Scanning *scan = user;
    printf("%8zu %8zu  %-8s %-18s %.2f  ", span->start, span->end, span->type, span->kind,
           span->score);
    cli_print(scan->cli, scan->text.p + span->start, span->end - span->start);
    printf("\n");
    return true;
}

static hearth_status scan_one(Scanning *scan, Str text, hearth_error *err) {
    hearth *h = scan->cli->h;
    scan->text = text;
    if (!scan->cli->json) return hearth_gate_scan(h, text.p, text.n, NULL, span_text, scan, err);
    scan->w = jsonw_init(&scan->out);
    jsonw_object_begin(&scan->w);
    jsonw_key(&scan->w, "spans");
    jsonw_array_begin(&scan->w);
    hearth_status status = hearth_gate_scan(h, text.p, text.n, NULL, span_json, scan, err);
    jsonw_array_end(&scan->w);
    jsonw_object_end(&scan->w);
    buf_add_byte(&scan->out, '\n');
    return status;
}

/* An answer that is not whole is no answer: the caller must not take it for "nothing found". */
static bool flush(Scanning *scan) {
    bool ok = scan->out.status == OK &&
              fwrite(scan->out.p ? scan->out.p : "", 1, scan->out.n, stdout) == scan->out.n;
    if (!ok) fputs("hearth: the answer could not be written\n", stderr);
    buf_clear(&scan->out);
    return ok;
}

static int scan(Cli *cli) {
    hearth_error err;
    hearth_status status = HEARTH_OK;
    Buf text;
    int code = cli_read_stdin(&text);
    if (code) return code;
    Scanning scan = {.cli = cli};
    buf_init(&scan.out, OUT_MAX);
    Str all = text.p ? buf_str(&text) : STR("");
    bool written = true;
    if (!cli_option(cli, "lines")->is_true) {
        status = scan_one(&scan, all, &err);
    } else {
        size_t at = 0;
        for (Str line; written && status == HEARTH_OK && (line = cli_next_line(all, &at)).p;) {
            status = scan_one(&scan, line, &err);
            if (scan.out.n >= FLUSH_BYTES && status == HEARTH_OK) written = flush(&scan);
        }
    }
    if (status == HEARTH_OK && written) written = flush(&scan);
    buf_fini(&scan.out);
    buf_fini(&text);
    if (status != HEARTH_OK) return cli_fail(&err);
    return written ? 0 : hearth_exit_code(HEARTH_IO);
}

int cmd_gate(Cli *cli) {
    if (strcmp(cli->operands[0], "scan") == 0) return scan(cli);
    return cli_usage("gate: say `hearth gate scan`");
}
