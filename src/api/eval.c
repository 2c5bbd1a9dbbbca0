/*
 * Evaluation: a question set made, asked, counted.
 *
 * The rules and the arithmetic are src/lab's. Here questions are asked, through hearth_chat_ask and
 * nothing else, so that what is measured is what a user gets: each in a conversation of its own,
 * first all on this device, then all at the endpoint, if there is one.
 *
 * After each answer the whole result is written anew and renamed over the old one: it is whole at
 * any time, and a run that is begun again asks only what has no answer in it. (A kill in the
 * instant of writing leaves a file ".tmp-..." beside it, which nobody needs.) One run at a time
 * writes a result; of two, the one that ends last stays.
 *
 * An endpoint's answer counts only when it came from there, or when rules counted it in the
 * documents, as they do whoever is to be asked. When the endpoint fails the run ends with what
 * there is, since an answer of this device in its place would be counted for it.
 *
 * A run that was cut off, and the same command again (q: a question of the set):
 *
 *     result            first run            second run
 *     (no file)         head                 head, q1, q2 as they are
 *     q1 asked          head q1              q3 asked, head q1 q2 q3
 *     q2 asked          head q1 q2
 *     killed            head q1 q2
 *
 * Run.text is the file's content at any time, Run.before what the parser made of it at the start:
 * what this run adds is only in the text.
 */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "gate/cloud.h"
#include "gate/send.h"
#include "lab/result.h"

enum {
    ARENA_MAX = 512 << 20, /* of a set and of a result with all its texts */
    FILE_MODE = 0600       /* both hold words of the user's documents */
};

/* ---- make ---------------------------------------------------------------------------------- */

void hearth_eval_make_options_default(hearth_eval_make_options *options) {
    memset(options, 0, sizeof *options);
    options->size = sizeof *options;
    options->n = 50;
}

/* Written at once and as a whole, when all questions are there. */
static Status make_set(hearth *h, const hearth_eval_make_options *o, Arena *arena, uint64_t *n_made,
                       Err *err) {
    Store *store = NULL;
    LabSet set;
    Buf text;
    LabMakeOptions how = {.n = (size_t)o->n, .seed = (uint64_t)o->seed,
                          .cancel = &h->rig->cancel};
    if (o->seed < 0) random_bytes(&how.seed, sizeof how.seed);
    TRY(rig_store(h->rig, STORE_READ, &store, err));
    TRY(lab_set_make(store, &how, arena, &set, err));
    buf_init(&text, LAB_SET_BYTES_MAX);
    Status status = lab_set_write(&set, &text, err);
    if (status == OK) status = file_replace(o->out, buf_str(&text), FILE_MODE, err);
    buf_fini(&text);
    if (status == OK && n_made) *n_made = set.n;
    return status;
}

/* The file must not be there: it may be a set that somebody has edited for an hour. */
hearth_status hearth_eval_make(hearth *h, const hearth_eval_make_options *options, uint64_t *n_made,
                               hearth_error *err) {
    Err why;
    Arena arena;
    hearth_eval_make_options own;
    hearth_eval_make_options_default(&own);
    API_TRY(api_options(&own, sizeof own, options, &why), &why, err);
    if (own.n < 1 || own.n > LAB_ITEMS_MAX) {
        (void)err_set(&why, E_USAGE, "questions: %d is outside 1 to %d", own.n, LAB_ITEMS_MAX);
        return api_fail(E_USAGE, &why, err);
    }
    if (!own.out) return api_fail(err_set(&why, E_USAGE, "which file?"), &why, err);
    if (file_exists(own.out)) {
        (void)err_set(&why, E_USAGE, "%s is there already", own.out);
        (void)err_hint(&why, "it may hold what you wrote: choose another file, or remove it");
        return api_fail(E_USAGE, &why, err);
    }
    arena_init(&arena, ARENA_MAX);
    Status status = make_set(h, &own, &arena, n_made, &why);
    arena_fini(&arena);
    return api_fail(status, &why, err);
}

/* ---- run ----------------------------------------------------------------------------------- */

/* As a question is asked, so that figures are of what a user gets. */
void hearth_eval_run_options_default(hearth_eval_run_options *options) {
    hearth_ask_options ask;
    hearth_ask_options_default(&ask);
    memset(options, 0, sizeof *options);
    options->size = sizeof *options;
    options->k = ask.k;
    options->max_tokens = ask.max_tokens;
}

typedef struct Run {
    hearth *h;
    hearth_eval_run_options options;
    Arena arena;
    LabSet set;
    LabResults before; /* what was answered by earlier runs */
    Buf text;          /* the result as it will be written next */
    hearth_eval_ran done;
    bool refused; /* the user does not agree to what would leave */
    uint64_t todo;
    double began_ms;
} Run;

/* *out is a Buf in any case: the caller frees it also after a failure. */
static Status read_file(const char *path, size_t max, Buf *out, Err *err) {
    buf_init(out, max);
    return file_read(path, out, err);
}

/* The items' texts live in the run's arena. */
static Status read_set(Run *run, Err *err) {
    Buf text;
    Status status = read_file(run->options.set, LAB_SET_BYTES_MAX, &text, err);
    if (status == E_NOT_FOUND) (void)err_hint(err, "`hearth eval make` makes one");
    if (status == OK) status = lab_set_parse(buf_str(&text), &run->arena, &run->set, err);
    buf_fini(&text);
    return status;
}

/* One result holds answers to one set, of this device and one endpoint. */
static Status fits(const Run *run, const char set[LAB_ID], Err *err) {
    const char *cloud = run->options.cloud;
    bool same = strcmp(run->before.set, set) == 0;
    for (size_t i = 0; same && i < run->before.n; i++) {
        Str who = run->before.items[i].who;
        same = who.n == 0 || !cloud || str_eq_c(who, cloud);
    }
    if (same) return OK;
    (void)err_set(err, E_USAGE, "%s holds answers to another set, or of another endpoint",
                  run->options.result);
    return err_hint(err, "choose another file for the results");
}

/* Afterwards run->text ends with a line's end: records are appended to it. A last line that was cut
   by an editor gets its own. */
static Status read_before(Run *run, Err *err) {
    char set[LAB_ID];
    lab_set_name(&run->set, set);
    buf_init(&run->text, LAB_RESULT_BYTES_MAX);
    Status status = file_read(run->options.result, &run->text, err);
    if (status == OK) {
        TRY(lab_results_parse(buf_str(&run->text), &run->arena, &run->before, err));
        assert(run->text.n > 0); /* the parser refuses an empty result */
        if (run->text.p[run->text.n - 1] != '\n') buf_add_byte(&run->text, '\n');
        return fits(run, set, err);
    }
    if (status != E_NOT_FOUND) return status;
    lab_results_head(set, &run->text);
    return OK;
}

/* A "no" of the user's ends the run; a "no" of the policy's concerns one question. `refused` tells
   them apart, both are HEARTH_DENIED. */
static bool ask_parting(void *user, const hearth_parting *parting) {
    Run *run = user;
    bool agreed = run->options.on_parting && run->options.on_parting(run->options.user, parting);
    run->refused = !agreed;
    return agreed;
}

/* Without a model passages are the answer, and their sentences are quotes. */
static bool holds_gold(const hearth_answer *a, Str gold) {
    bool holds = lab_holds(str_from(a->answer), gold);
    for (size_t i = 0; !holds && !a->model && i < a->n_sentences; i++) {
        holds = lab_holds(str_from(a->sentences[i].text), gold);
    }
    return holds;
}

/* right: the gold words stand in the answer; cited: a citation overlaps the place that the question
   was made of; supported: each sentence has a citation. A question without an answer in the
   documents can only be refused rightly. NaN: no certainty is known. */
static void judge(const LabItem *item, const hearth_answer *a, LabRecord *out) {
    out->found = a->found;
    out->right = a->found && item->kind != LAB_UNANSWERABLE && holds_gold(a, item->gold);
    out->supported = a->found && a->n_sentences > 0;
    for (size_t i = 0; i < a->n_sentences; i++) {
        out->supported = out->supported && a->sentences[i].n_citations > 0;
    }
    for (size_t i = 0; i < a->n_citations && item->kind != LAB_UNANSWERABLE; i++) {
        const hearth_citation *c = &a->citations[i];
        bool file = a->found && str_eq_c(item->file, c->path);
        out->cited_file = out->cited_file || file;
        out->cited = out->cited || (file && c->start < item->end && c->end > item->start);
    }
    out->certainty = a->certainty < 0 ? NAN : a->certainty;
    out->ms = a->timings.total_ms;
    out->cost = a->cost;
}

/* Answers of two models in one result would be a mixture that says nothing of either. */
static Status same_model(const Run *run, const LabRecord *record, Err *err) {
    Str before = lab_model(&run->before, record->who);
    if (before.n == 0 || record->model.n == 0 || str_eq(before, record->model)) return OK;
    (void)err_set(err, E_USAGE, "%s holds answers of %s, not of %s", run->options.result, before.p,
                  record->model.p);
    return err_hint(err, "choose another file for the results");
}

/* One more line, and the file anew. who "": this device. */
static Status keep_answer(Run *run, const LabItem *item, const char *who, const hearth_answer *a,
                          Err *err) {
    LabRecord record = {.who = str_from(who), .question = item->question, .kind = item->kind,
                        .answer = str_from(a->answer)};
    bool passages = !a->model && !*who && a->found;
    record.model = str_from(passages ? "passages" : a->model && !*who ? a->model : "");
    memcpy(record.id, item->id, LAB_ID);
    TRY(same_model(run, &record, err));
    judge(item, a, &record);
    const Buf *text = &run->text; /* a record begins a line; what failed is told below */
    assert(text->status != OK || (text->n && text->p[text->n - 1] == '\n'));
    lab_record_line(&record, &run->text);
    TRY(buf_check(&run->text, "the results", err));
    run->done.asked++;
    return file_replace(run->options.result, buf_str(&run->text), FILE_MODE, err);
}

/* A question is made of words of its document: where these may not leave, it may not either,
   whatever passages are found for it. */
static Status check_label(const Run *run, const LabItem *item, Err *err) {
    Arena arena;
    GateLabel label = GATE_OPEN;
    if (!item->file.n) return OK; /* somebody's own question */
    arena_init(&arena, ARENA_MAX);
    Status status = route_label_of(run->h->rig, &arena, item->file, &label, err);
    arena_fini(&arena);
    if (status != OK || label != GATE_PRIVATE) return status;
    return err_set(err, E_DENIED, "the document of a question is private");
}

/* A conversation of its own, so that no question leans on another one. */
static hearth_status ask_one(Run *run, const LabItem *item, const char *who, hearth_error *err) {
    Err why;
    hearth_chat *chat = NULL;
    const hearth_answer *answer = NULL;
    hearth_ask_options ask;
    hearth_ask_options_default(&ask);
    ask.k = run->options.k;
    ask.max_tokens = run->options.max_tokens;
    ask.cloud = *who ? who : NULL;
    ask.route = "local";
    ask.on_parting = ask_parting;
    ask.user = run;
    hearth_status status = *who ? api_fail(check_label(run, item, &why), &why, err) : HEARTH_OK;
    if (status == HEARTH_OK) status = hearth_chat_new(run->h, &chat, err);
    if (status == HEARTH_OK) status = hearth_chat_ask(chat, item->question.p, &ask, &answer, err);
    bool withheld = status == HEARTH_DENIED && *who && !run->refused;
    if (withheld) run->done.withheld++;
    if (status == HEARTH_OK && *who && !answer->endpoint && !answer->counted) {
        (void)err_set(&why, E_REMOTE, "%s did not answer: %s", who,
                      answer->notice ? answer->notice : "no reason is known");
        (void)err_hint(&why, "what was answered is kept; the same command goes on");
        status = api_fail(E_REMOTE, &why, err);
    } else if (status == HEARTH_OK) {
        status = api_fail(keep_answer(run, item, who, answer, &why), &why, err);
    }
    hearth_chat_free(chat);
    return withheld ? HEARTH_OK : status; /* err says why; run_all hands it on if all were */
}

/* Kept answers count as done, but not for the rate. */
static void tell(Run *run, const char *who) {
    if (!run->options.progress) return;
    uint64_t done = run->done.asked + run->done.withheld;
    assert(done <= run->todo); /* count_todo went through the same items */
    double seconds = (clock_now_ms() - run->began_ms) / 1000;
    double rate = done && seconds > 0 ? (double)done / seconds : 0;
    hearth_progress at = {.stage = "ask", .item = *who ? who : NULL, .unit = "questions",
                          .done = run->done.kept + done, .total = run->done.kept + run->todo,
                          .rate = rate, .eta_s = rate > 0 ? (double)(run->todo - done) / rate : -1};
    run->options.progress(run->options.user, &at);
}

/* By the same side, in an earlier run. */
static bool answered_before(const Run *run, const LabItem *item, const char *who) {
    return lab_results_find(&run->before, item->id, str_from(who)) != NULL;
}

/* By that side, in an earlier run, to any question. */
static bool answered_any(const Run *run, const char *who) {
    for (size_t i = 0; i < run->before.n; i++) {
        if (str_eq_c(run->before.items[i].who, who)) return true;
    }
    return false;
}

/* All items of the set for one side; the first failure ends it, and what was answered is kept. */
static hearth_status ask_all(Run *run, const char *who, hearth_error *err) {
    for (size_t i = 0; i < run->set.n; i++) {
        if (answered_before(run, &run->set.items[i], who)) continue;
        tell(run, who);
        hearth_status status = ask_one(run, &run->set.items[i], who, err);
        if (status != HEARTH_OK) return status;
    }
    tell(run, who);
    return HEARTH_OK;
}

/* For progress: what is there, and what is left to be asked. */
static void count_todo(Run *run) {
    const char *whos[] = {"", run->options.cloud};
    for (size_t w = 0; w < ARRAY_LEN(whos) && whos[w]; w++) {
        for (size_t i = 0; i < run->set.n; i++) {
            bool before = answered_before(run, &run->set.items[i], whos[w]);
            run->done.kept += before;
            run->todo += !before;
        }
    }
}

/* A misspelt name is told before an hour of this device's answers and not behind it. So is that
   nobody can be asked: each question would be refused for it, and count as withheld (ask_one). */
static Status is_endpoint(Rig *rig, const char *name, Err *err) {
    Gate *gate;
    GateEndpoint endpoint;
    if (gate_is_offline()) return err_set(err, E_DENIED, "offline: %.64s cannot be asked", name);
    TRY(rig_gate(rig, &gate, err));
    return gate_cloud_find(gate, name, &endpoint, err);
}

/* This device first: its answers cost nothing and tell whether the set is any good. */
static hearth_status run_all(Run *run, hearth_error *err) {
    Err why;
    const char *cloud = run->options.cloud;
    if (cloud) API_TRY(is_endpoint(run->h->rig, cloud, &why), &why, err);
    API_TRY(read_set(run, &why), &why, err);
    API_TRY(read_before(run, &why), &why, err);
    count_todo(run);
    run->began_ms = clock_now_ms();
    hearth_status status = ask_all(run, "", err);
    if (status != HEARTH_OK || !cloud) return status;
    uint64_t asked_here = run->done.asked;
    status = ask_all(run, cloud, err);
    bool nothing_left = run->done.withheld > 0 && run->done.asked == asked_here &&
                        !answered_any(run, cloud);
    return status == HEARTH_OK && nothing_left ? HEARTH_DENIED : status;
}

/* run_all fills err itself, since most of its failures come out of hearth_chat_ask with their own.
   Buffers and arena are empty, not absent, where it ends early. */
hearth_status hearth_eval_run(hearth *h, const hearth_eval_run_options *options,
                              hearth_eval_ran *out, hearth_error *err) {
    Err why;
    Run run = {.h = h};
    *out = run.done;
    hearth_eval_run_options_default(&run.options);
    API_TRY(api_options(&run.options, sizeof run.options, options, &why), &why, err);
    if (!run.options.set || !run.options.result) {
        return api_fail(err_set(&why, E_USAGE, "which set, and which result?"), &why, err);
    }
    arena_init(&run.arena, ARENA_MAX);
    hearth_status status = run_all(&run, err);
    *out = run.done;
    buf_fini(&run.text);
    arena_fini(&run.arena);
    return status;
}

/* ---- show ---------------------------------------------------------------------------------- */

struct hearth_eval_report { /* all strings and points live in its arena */
    Arena arena;
    LabResults results;
    hearth_eval_side local, cloud;
    hearth_eval_point *points;
    size_t n_points;
};

/* A result that is only looked at; its strings live in the arena. */
static Status read_results(const char *path, Arena *arena, LabResults *out, Err *err) {
    Buf text;
    Status status = read_file(path, LAB_RESULT_BYTES_MAX, &text, err);
    if (status == E_NOT_FOUND) (void)err_hint(err, "`hearth eval run` makes one");
    if (status == OK) status = lab_results_parse(buf_str(&text), arena, out, err);
    buf_fini(&text);
    return status;
}

static hearth_rate rate_of(LabRate r) { return (hearth_rate){r.n, r.of, r.low, r.high}; }

/* who empty: this device. */
static void fill_side(const LabResults *results, Str who, hearth_eval_side *out) {
    LabSide s;
    lab_side(results, who, &s);
    assert(s.asked <= results->n);
    Str model = lab_model(results, who);
    *out = (hearth_eval_side){.who = who.n ? who.p : NULL, .model = model.n ? model.p : NULL,
                              .asked = s.asked,
                              .right = rate_of(s.right),
                              .wrongly_refused = rate_of(s.wrongly_refused),
                              .refused_rightly = rate_of(s.refused_rightly),
                              .cited = rate_of(s.cited), .cited_file = rate_of(s.cited_file),
                              .supported = rate_of(s.supported),
                              .trustworthy = rate_of(s.trustworthy), .seconds = s.seconds,
                              .cost = s.cost};
}

/* Points in the structs of hearth.h; one more is allocated than used, so that none is no
   failure. */
static Status fill_curve(hearth_eval_report *r, Str cloud, Err *err) {
    LabPoint *points;
    TRY(lab_curve(&r->results, cloud, &r->arena, &points, &r->n_points, err));
    assert(r->n_points <= r->results.n + 1); /* one a certainty, and the first */
    r->points = arena_alloc_n(&r->arena, r->n_points + 1, sizeof *r->points);
    if (!r->points) return err_no_memory(err, "the curve");
    for (size_t i = 0; i < r->n_points; i++) {
        r->points[i] =
            (hearth_eval_point){points[i].share, points[i].quality, points[i].certainty};
    }
    return OK;
}

/* The endpoint is the first other one that answered: a result has one at most (fits). */
static Status fill_report(const char *path, hearth_eval_report *r, Err *err) {
    Str cloud = {"", 0};
    TRY(read_results(path, &r->arena, &r->results, err));
    for (size_t i = 0; cloud.n == 0 && i < r->results.n; i++) cloud = r->results.items[i].who;
    fill_side(&r->results, STR(""), &r->local);
    if (cloud.n == 0) return OK;
    fill_side(&r->results, cloud, &r->cloud);
    return fill_curve(r, cloud, err);
}

/* Needs no handle: a result is a file like any other. */
hearth_status hearth_eval_report_open(const char *result, hearth_eval_report **out,
                                      hearth_error *err) {
    Err why;
    hearth_eval_report *r = mem_zalloc(sizeof *r);
    if (!r) return api_fail(err_no_memory(&why, "a report"), &why, err);
    arena_init(&r->arena, ARENA_MAX);
    Status status = fill_report(result, r, &why);
    if (status == OK) *out = r;
    else hearth_eval_report_close(r);
    return api_fail(status, &why, err);
}

void hearth_eval_report_close(hearth_eval_report *report) {
    if (!report) return;
    arena_fini(&report->arena);
    mem_free(report);
}

const hearth_eval_side *hearth_eval_local(const hearth_eval_report *report) {
    return &report->local;
}

const hearth_eval_side *hearth_eval_cloud(const hearth_eval_report *report) {
    return report->cloud.who ? &report->cloud : NULL;
}

const hearth_eval_point *hearth_eval_curve(const hearth_eval_report *report, size_t *n) {
    *n = report->n_points;
    return report->points;
}

/* Points go from share 0 to 1, so the last that reaches it keeps the most here. */
const hearth_eval_point *hearth_eval_reach(const hearth_eval_report *report, double quality) {
    for (size_t i = report->n_points; i-- > 0;) {
        if (report->points[i].quality >= quality) return &report->points[i];
    }
    return NULL;
}

/* Both results in one arena; whether they are of one set is not asked, since questions are paired
   by their id and others count nowhere. */
hearth_status hearth_eval_compare(const char *result_a, const char *result_b,
                                  hearth_eval_comparison *out, hearth_error *err) {
    Err why;
    Arena arena;
    LabResults a, b;
    LabComparison c;
    arena_init(&arena, ARENA_MAX);
    Status status = read_results(result_a, &arena, &a, &why);
    if (status == OK) status = read_results(result_b, &arena, &b, &why);
    if (status == OK) {
        lab_compare(&a, &b, &c);
        *out = (hearth_eval_comparison){c.both, c.only_a, c.only_b, c.neither, c.p};
    }
    arena_fini(&arena);
    return api_fail(status, &why, err);
}
