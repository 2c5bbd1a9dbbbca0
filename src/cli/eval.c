/*
 * `hearth eval`: questions from the user's own documents, asked, judged, shown.
 *
 *     make             a question set
 *     run              asks it; begun again, it goes on
 *     show [RESULT]    shares with their intervals, ready or not, the curve
 *     compare A B      two runs over the same questions
 *
 * "Ready" is said of what Hearth claims: of the answers it gives (refusals are no claims) the share
 * that is right. Below the mark it is not ready. At the mark or above, but with the mark inside the
 * 95 % interval, there are too few answers to be sure, and that is said.
 *
 * The curve goes down or up from the endpoint alone (left) to this device alone (right). In the
 * terminal it is a grid of characters, each column the best point that keeps at most that share.
 *
 * Files: the set (--set) and the result (--out) are JSON lines, read and written by the library;
 * the drawing (--svg) is written here. `--out` means the set to `make` and the result to `run`,
 * each with a name of its own where it is not said, so that the three commands work one behind the
 * other in a folder without any.
 *
 * An interval decides what is said of a share, here of a mark of 95 %:
 *
 *     of 24 answers 19 are right    79 % (60-91)     not ready: the share is below the mark
 *     of 30 answers 29 are right    97 % (83-99)     perhaps: the interval reaches below it
 *     of 400 answers 394 are right  98.5 % (97-99)   ready
 *
 * Exit codes: `show` ends with 1 below the mark, so that a script can ask; `run` with the code of
 * what stopped it, and what was answered is kept.
 */
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cli/cli.h"

enum {
    GRID_WIDE = 51, GRID_HIGH = 11,                  /* characters: 2 % and 10 % a step */
    SVG_WIDE = 560, SVG_HIGH = 360, SVG_EDGE = 48    /* pixels */
};

static const double KEPT_GOAL = 0.9; /* of the endpoint's quality */

typedef enum Ready { READY_NO, READY_PERHAPS, READY_YES } Ready;

static const char *const ready_names[] = {"no", "perhaps", "yes"};
_Static_assert(ARRAY_LEN(ready_names) == READY_YES + 1, "a word each");

/* 0 of nothing. */
static double share_of(hearth_rate r) { return r.of ? (double)r.n / (double)r.of : 0; }

/* mark: 0..1. The lower end of the interval decides between "yes" and "perhaps". */
static Ready ready_of(const hearth_eval_side *side, double mark) {
    if (share_of(side->trustworthy) < mark) return READY_NO;
    return side->trustworthy.low < mark ? READY_PERHAPS : READY_YES;
}

/* ---- make and run -------------------------------------------------------------------------- */

/* --out, which make and run write and show reads by other names. */
static const char *out_of(const Cli *cli, const char *fallback) {
    const char *out = cli_option(cli, "out")->text;
    return out ? out : fallback;
}

/* Fewer questions than were asked for is no failure; the rules found no more. */
static int eval_make(Cli *cli) {
    hearth_error err;
    hearth_eval_make_options options;
    uint64_t made = 0;
    hearth_eval_make_options_default(&options);
    options.out = out_of(cli, "eval-set.jsonl");
    options.n = (int)cli_option(cli, "questions")->whole;
    options.seed = cli_option(cli, "seed")->whole;
    if (hearth_eval_make(cli->h, &options, &made, &err) != HEARTH_OK) return cli_fail(&err);
    if (cli->json) {
        CliJson json;
        JsonWriter *w = cli_json_open(&json);
        cli_json_int(w, "questions", made);
        jsonw_put_c(w, "set", options.out);
        cli_json_close(&json);
    } else if (!cli->quiet) {
        printf("%" PRIu64 " question%s in %s", made, cli_s(made), options.out);
        if (made < (uint64_t)options.n) printf("; the documents gave no more");
        printf("\nRead and edit them if you like; then `hearth eval run`.\n");
    }
    return 0;
}

/* complete false: it was stopped, and the same command goes on. */
static void ran_json(const hearth_eval_ran *ran, const char *result, bool complete) {
    CliJson json;
    JsonWriter *w = cli_json_open(&json);
    jsonw_put_bool(w, "complete", complete);
    cli_json_int(w, "asked", ran->asked);
    cli_json_int(w, "kept", ran->kept);
    cli_json_int(w, "withheld", ran->withheld);
    jsonw_put_c(w, "result", result);
    cli_json_close(&json);
}

/* Also after a failure it is said what was answered: it is kept, and the next run goes on. */
static int eval_run(Cli *cli) {
    hearth_error err;
    hearth_eval_run_options options;
    hearth_eval_ran ran;
    hearth_eval_run_options_default(&options);
    options.set = cli_option(cli, "set")->text;
    options.result = out_of(cli, "eval-result.jsonl");
    options.cloud = cli_option(cli, "cloud")->text;
    options.k = (int)cli_option(cli, "passages")->whole;
    options.progress = cli_progress;
    options.on_parting = cli_ask_parting;
    options.user = cli;
    hearth_status status = hearth_eval_run(cli->h, &options, &ran, &err);
    cli_progress_end();
    if (cli->json && (status == HEARTH_OK || status == HEARTH_CANCELLED)) {
        ran_json(&ran, options.result, status == HEARTH_OK);
    } else if (!cli->json && !cli->quiet && (status == HEARTH_OK || ran.asked)) {
        fprintf(status == HEARTH_OK ? stdout : stderr,
                "%" PRIu64 " answer%s now, %" PRIu64 " from before, in %s\n", ran.asked,
                cli_s(ran.asked), ran.kept, options.result);
    }
    if (ran.withheld && !cli->quiet) {
        fprintf(stderr, "hearth: %" PRIu64 " question%s did not leave: %s\n", ran.withheld,
                cli_s(ran.withheld), "the passages are private, or the policy refuses");
    }
    if (status != HEARTH_OK) return cli_fail(&err);
    if (!cli->json && !cli->quiet) printf("`hearth eval show %s` says what it means.\n",
                                          options.result);
    return 0;
}

/* ---- the table ----------------------------------------------------------------------------- */

typedef struct Row {
    const char *key, *words;
    size_t at; /* of the rate in hearth_eval_side */
} Row;

static const Row rows[] = {
    {"right", "right, of what can be answered", offsetof(hearth_eval_side, right)},
    {"wrongly_refused", "wrongly refused", offsetof(hearth_eval_side, wrongly_refused)},
    {"refused_rightly", "refused, of what cannot be", offsetof(hearth_eval_side, refused_rightly)},
    {"cited", "cited the right place", offsetof(hearth_eval_side, cited)},
    {"cited_file", "cited the right file", offsetof(hearth_eval_side, cited_file)},
    {"supported", "every sentence has support", offsetof(hearth_eval_side, supported)},
    {"trustworthy", "right, of what it answers", offsetof(hearth_eval_side, trustworthy)}};

/* By offset, so that the table and the JSON come from one list of rows. */
static hearth_rate rate_at(const hearth_eval_side *side, const Row *row) {
    hearth_rate rate;
    assert(row->at + sizeof rate <= sizeof *side);
    memcpy(&rate, (const char *)side + row->at, sizeof rate);
    assert(rate.n <= rate.of);
    return rate;
}

/* "19 of 24    79 % (60-91)", 26 columns wide with its blanks, as the head of the table expects. */
static void print_rate(const hearth_eval_side *side, const Row *row) {
    hearth_rate r = rate_at(side, row);
    if (r.of == 0) {
        printf("  %26s", "none");
        return;
    }
    printf("  %4" PRIu64 " of %-4" PRIu64 " %3.0f %% (%.0f-%.0f)", r.n, r.of, 100 * share_of(r),
           100 * r.low, 100 * r.high);
}

/* One column for this device, one for the endpoint if it was asked. */
static void print_table(const Cli *cli, const hearth_eval_report *report) {
    const hearth_eval_side *local = hearth_eval_local(report), *cloud = hearth_eval_cloud(report);
    assert(local && (!cloud || cloud->who)); /* an endpoint has a name */
    CliWord who, model; /* a result may be somebody else's file */
    printf("%s%-32s  %-26s%s%s%s\n", cli_bold(cli), "", "this device", cloud ? "  " : "",
           cli_word(&who, cloud ? cloud->who : ""), cli_plain(cli));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        printf("%-32s", rows[i].words);
        print_rate(local, &rows[i]);
        if (cloud) print_rate(cloud, &rows[i]);
        printf("\n");
    }
    double each = local->asked ? local->seconds / (double)local->asked : 0;
    printf("%s%" PRIu64 " question%s to %s, %.1f s each; in brackets the 95 %% interval%s\n",
           cli_dim(cli), local->asked, cli_s(local->asked),
           cli_word(&model, local->model ? local->model : "this device"), each, cli_plain(cli));
}

/* Three words, not two: a handful of good answers is no proof. */
static void print_ready(const hearth_eval_side *side, double mark) {
    Ready ready = ready_of(side, mark);
    printf("\n%s: of what it answers %.0f %% is right, the mark is %.0f %%%s.\n",
           ready == READY_NO ? "Not ready" : ready == READY_YES ? "Ready" : "Perhaps ready",
           100 * share_of(side->trustworthy), 100 * mark,
           ready == READY_PERHAPS ? "; there are too few answers to be sure" : "");
}

/* ---- the curve ----------------------------------------------------------------------------- */

/* The best quality of the points that keep at least `from` and at most `to`; below 0: none. */
static double best_between(const hearth_eval_point *points, size_t n, double from, double to) {
    double best = -1;
    assert(from <= to);
    for (size_t i = 0; i < n; i++) {
        bool inside = points[i].share >= from && points[i].share <= to;
        if (inside && points[i].quality > best) best = points[i].quality;
    }
    return best;
}

/* The top of the drawing: 1, or more where this device is better than the endpoint. */
static double highest(const hearth_eval_point *points, size_t n) {
    double top = best_between(points, n, 0, 1);
    return top > 1 ? top : 1;
}

/* A column shows the best point within half a step of its share; an empty one has none. */
static void print_curve(const hearth_eval_point *points, size_t n) {
    assert(n > 0);
    double top = highest(points, n), step = 1.0 / (GRID_WIDE - 1);
    printf("\nquality kept\n");
    for (int y = GRID_HIGH - 1; y >= 0; y--) {
        double level = top * y / (GRID_HIGH - 1), half = top / (GRID_HIGH - 1) / 2;
        char line[GRID_WIDE + 1];
        for (int x = 0; x < GRID_WIDE; x++) {
            double q = best_between(points, n, (x - 0.5) * step, (x + 0.5) * step);
            line[x] = q >= level - half && q < level + half ? '*' : ' ';
        }
        line[GRID_WIDE] = 0;
        printf("%5.0f %% |%s\n", 100 * level, line);
    }
    printf("        +");
    for (int x = 0; x < GRID_WIDE; x++) putchar('-');
    printf("\n         0 %%%*s\n", GRID_WIDE - 4, "kept local 100 %");
}

/* The command is ready to be pasted, so its number must select the same questions again. */
static void print_reach(const hearth_eval_report *report) {
    const hearth_eval_point *at = hearth_eval_reach(report, KEPT_GOAL);
    if (!at) {
        printf("No setting keeps %.0f %% of the quality.\n", 100 * KEPT_GOAL);
        return;
    }
    printf("%.0f %% of the quality is kept with %.0f %% of the questions on this device",
           100 * at->quality, 100 * at->share);
    if (at->share > 0 && at->share < 1) {
        /* rounded down: the least certain of those that are kept stays in */
        printf(": `ask --routing auto --least-certainty %.2f`", floor(at->certainty * 100) / 100);
    }
    printf(".\n");
}

/* A page, two axes and their words. Sizes are in pixels of the drawing, which scales. */
static void svg_axes(Buf *out) {
    buf_printf(out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
               "font-family=\"sans-serif\" font-size=\"12\">\n"
               "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
               "<path d=\"M%d %dV%dH%d\" fill=\"none\" stroke=\"black\"/>\n",
               SVG_WIDE, SVG_HIGH, SVG_EDGE, SVG_EDGE / 2, SVG_HIGH - SVG_EDGE,
               SVG_WIDE - SVG_EDGE / 2);
    buf_printf(out,
               "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">share kept local</text>\n"
               "<text x=\"14\" y=\"%d\" text-anchor=\"middle\" transform=\"rotate(-90 14 %d)\">"
               "quality kept</text>\n",
               SVG_WIDE / 2, SVG_HIGH - 12, SVG_HIGH / 2, SVG_HIGH / 2);
}

/* From the drawing's units to pixels; y grows downwards. */
static double svg_x(double share) {
    return SVG_EDGE + share * (SVG_WIDE - 1.5 * SVG_EDGE);
}

/* `top` is drawn half an edge below the upper border. */
static double svg_y(double quality, double top) {
    return SVG_HIGH - SVG_EDGE - quality / top * (SVG_HIGH - 1.5 * SVG_EDGE);
}

/* Five figures on each axis, and a dashed line at the quality that is aimed at. */
static void svg_marks(Buf *out, double top) {
    for (int i = 0; i <= 4; i++) {
        double at = i / 4.0;
        buf_printf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0f %%</text>\n",
                   svg_x(at), SVG_HIGH - SVG_EDGE + 16, 100 * at);
        buf_printf(out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.0f %%</text>\n",
                   SVG_EDGE - 4, svg_y(at * top, top) + 4, 100 * at * top);
    }
    buf_printf(out, "<path d=\"M%.1f %.1fH%.1f\" stroke=\"gray\" stroke-dasharray=\"4\"/>\n",
               svg_x(0), svg_y(KEPT_GOAL, top), svg_x(1));
}

/* Numbers only: nothing in it comes from documents, so nothing has to be escaped. */
static int write_svg(const char *path, const hearth_eval_point *points, size_t n) {
    Buf out;
    Err err;
    double top = highest(points, n);
    assert(n > 0 && top >= 1); /* svg_y divides by it */
    buf_init(&out, 4 << 20);
    svg_axes(&out);
    svg_marks(&out, top);
    buf_add_c(&out, "<polyline fill=\"none\" stroke=\"#b5451b\" stroke-width=\"2\" points=\"");
    for (size_t i = 0; i < n; i++) {
        buf_printf(&out, "%.1f,%.1f ", svg_x(points[i].share), svg_y(points[i].quality, top));
    }
    buf_add_c(&out, "\"/>\n</svg>\n");
    Status status = buf_check(&out, "the drawing", &err);
    if (status == OK) status = file_replace(path, buf_str(&out), 0644, &err);
    buf_fini(&out);
    return status == OK ? 0 : cli_fail_err(&err);
}

/* ---- show ---------------------------------------------------------------------------------- */

/* A rate is its count, of how many, and the interval; shares are left to the reader. */
static void side_json(JsonWriter *w, const hearth_eval_side *side, double mark) {
    jsonw_object_begin(w);
    jsonw_put_c(w, "who", side->who);
    jsonw_put_c(w, "model", side->model);
    cli_json_int(w, "asked", side->asked);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        hearth_rate r = rate_at(side, &rows[i]);
        jsonw_put_object(w, rows[i].key);
        cli_json_int(w, "n", r.n);
        cli_json_int(w, "of", r.of);
        cli_json_real(w, "low", r.low);
        cli_json_real(w, "high", r.high);
        jsonw_object_end(w);
    }
    jsonw_put_c(w, "ready", ready_names[ready_of(side, mark)]);
    cli_json_real(w, "seconds", side->seconds);
    cli_json_real(w, "cost", side->cost);
    jsonw_object_end(w);
}

/* certainty: the value for --least-certainty that keeps this share here. */
static void point_json(JsonWriter *w, const hearth_eval_point *point) {
    jsonw_object_begin(w);
    cli_json_real(w, "share", point->share);
    cli_json_real(w, "quality", point->quality);
    cli_json_real(w, "certainty", point->certainty);
    jsonw_object_end(w);
}

/* cloud and keeps_90 are null without an endpoint, the curve is empty then. */
static void show_json(const hearth_eval_report *report, double mark) {
    CliJson json;
    size_t n;
    const hearth_eval_point *points = hearth_eval_curve(report, &n);
    const hearth_eval_point *at = hearth_eval_reach(report, KEPT_GOAL);
    JsonWriter *w = cli_json_open(&json);
    jsonw_key(w, "local");
    side_json(w, hearth_eval_local(report), mark);
    jsonw_key(w, "cloud");
    if (hearth_eval_cloud(report)) side_json(w, hearth_eval_cloud(report), mark);
    else jsonw_null(w);
    jsonw_put_array(w, "curve");
    for (size_t i = 0; i < n; i++) point_json(w, &points[i]);
    jsonw_array_end(w);
    jsonw_key(w, "keeps_90");
    if (at) point_json(w, at);
    else jsonw_null(w);
    cli_json_close(&json);
}

/* Exit code 1 below the mark, so that a script can ask. */
static int eval_show(Cli *cli, const char *result) {
    hearth_error err;
    hearth_eval_report *report = NULL;
    size_t n;
    int code = 0;
    double mark = cli_option(cli, "mark")->real / 100;
    const char *svg = cli_option(cli, "svg")->text;
    if (hearth_eval_report_open(result, &report, &err) != HEARTH_OK) return cli_fail(&err);
    const hearth_eval_point *points = hearth_eval_curve(report, &n);
    Ready ready = ready_of(hearth_eval_local(report), mark);
    if (cli->json) {
        show_json(report, mark);
    } else {
        print_table(cli, report);
        print_ready(hearth_eval_local(report), mark);
        if (n > 0) print_curve(points, n);
        if (n > 0) print_reach(report);
    }
    if (svg && n > 0) code = write_svg(svg, points, n);
    else if (svg) code = cli_usage("eval show: a curve needs an endpoint: eval run --cloud NAME");
    hearth_eval_report_close(report);
    return code ? code : ready == READY_NO ? hearth_exit_code(HEARTH_FAILED) : 0;
}

/* 0.05 is the usual mark, and only says "it may be chance". */
static int eval_compare(Cli *cli, const char *a, const char *b) {
    hearth_error err;
    hearth_eval_comparison c;
    if (hearth_eval_compare(a, b, &c, &err) != HEARTH_OK) return cli_fail(&err);
    uint64_t all = c.both + c.only_a + c.only_b + c.neither;
    if (cli->json) {
        CliJson json;
        JsonWriter *w = cli_json_open(&json);
        cli_json_int(w, "both", c.both);
        cli_json_int(w, "only_a", c.only_a);
        cli_json_int(w, "only_b", c.only_b);
        cli_json_int(w, "neither", c.neither);
        cli_json_real(w, "p", c.p);
        cli_json_close(&json);
    } else {
        printf("%" PRIu64 " question%s in both: %" PRIu64 " answered well in both, %" PRIu64
               " only in the first, %" PRIu64 " only in the second, %" PRIu64 " in none\n"
               "A difference like this between equals: p = %.3g (McNemar, exact)%s\n",
               all, cli_s(all), c.both, c.only_a, c.only_b, c.neither, c.p,
               c.p < 0.05 ? "" : "; it may be chance");
    }
    return 0;
}

/* The number of words decides as well as the first: a file too many is not passed over. */
int cmd_eval(Cli *cli) {
    const char *verb = cli->operands[0];
    int n = cli->n_operands;
    if (n == 1 && strcmp(verb, "make") == 0) return eval_make(cli);
    if (n == 1 && strcmp(verb, "run") == 0) return eval_run(cli);
    if (n <= 2 && strcmp(verb, "show") == 0) {
        return eval_show(cli, n == 2 ? cli->operands[1] : out_of(cli, "eval-result.jsonl"));
    }
    if (n == 3 && strcmp(verb, "compare") == 0) {
        return eval_compare(cli, cli->operands[1], cli->operands[2]);
    }
    return cli_usage("eval: say make, run, show [RESULT] or compare A B");
}
