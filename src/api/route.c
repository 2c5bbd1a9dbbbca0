/*
 * Where a question would be answered, and why: a turn as far as the decision, and no further.
 * Nothing is sent and no model is loaded but the embedding model, for the search. And what the user
 * says of answers, for the router to learn from.
 *
 * Training takes results of an evaluation, in which both this device and an endpoint answered: the
 * rooms lab (what is good) and route (what is learned) do not know each other, they meet here. What
 * fails leaves the model in use as it was.
 *
 * An answer's decision and what can be said of it later:
 *
 *     hearth_chat_ask, hearth_route     decide; the former keeps a record with an id
 *     hearth_route_thumb(id or 0)       one of the last 64 that are kept, or the last
 *     hearth_route_train(results)       a model of the user's own pair, if it is better held out
 *     hearth_route_forget               all of it
 *
 * Kept are numbers, and of training a hash of each question; no words.
 */
#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "base/file.h"
#include "base/utf8.h"
#include "lab/result.h"
#include "turn/own.h"
#include "turn/record.h"

enum { TRAIN_ARENA_MAX = 1 << 30 };

_Static_assert(sizeof((hearth_routing){0}.reasons) == sizeof((RouteDecision){0}.reasons),
               "reasons are copied as they are");

void hearth_route_options_default(hearth_route_options *options) {
    memset(options, 0, sizeof *options);
    options->size = sizeof *options;
    options->label = "personal";
}

/* Where nobody says a mode the question is what auto would do: that is what one asks about. */
static Status read_options(Turn *turn, const hearth_route_options *options, Err *err) {
    turn->mode = ROUTE_MODE_AUTO;
    if (options->mode && !route_mode_from_name(str_from(options->mode), &turn->mode)) {
        err_set(err, E_USAGE, "there is no mode \"%.40s\"", options->mode);
        return err_hint(err, "say local, ask, auto or cloud-first");
    }
    if (options->label && !route_label_from_name(str_from(options->label), &turn->question_label)) {
        err_set(err, E_USAGE, "there is no label \"%.40s\"", options->label);
        return err_hint(err, "say open, personal or private");
    }
    TRY(api_range("tools", options->tools, 0, INT_MAX, err));
    turn->n_tools = options->tools;
    turn->can_ask = options->can_ask;
    return OK;
}

/* Field by field, since the public struct may grow. Endpoint and reasons are copied: the turn and
   what it borrowed may be gone while the caller reads. */
void api_routing(const Turn *turn, hearth_routing *out) {
    const RouteInput *in = &turn->weighed;
    const RouteDecision *d = &turn->route;
    assert(d->endpoint < (int)in->n_endpoints); /* below 0: none */
    assert(d->n_reasons >= 0 && d->n_reasons <= (int)ARRAY_LEN(out->reasons));
    memset(out, 0, sizeof *out);
    out->choice = route_choice_name(d->choice);
    out->label = route_label_name(d->label);
    if (d->endpoint >= 0) {
        (void)snprintf(out->endpoint, sizeof out->endpoint, "%s", in->endpoints[d->endpoint].name);
    }
    out->masked = d->masked;
    out->local_model = in->local_model;
    out->searched = in->searched;
    out->p_local = d->p_local;
    out->p_cloud = d->p_cloud;
    out->gain = d->gain;
    out->cost = d->cost;
    out->toll = d->toll;
    out->drafted = in->draft.there;
    out->mean_logprob = in->draft.mean_logprob;
    out->min_logprob = in->draft.min_logprob;
    out->doubt = in->draft.doubt;
    out->given = in->draft.given;
    out->supported = in->draft.supported;
    out->agreement = in->draft.agreement;
    out->certainty = in->draft.certainty;
    out->learned = d->learned;
    out->p_shipped = d->p_shipped;
    out->trained = d->trained;
    out->decision = turn->decision;
    const Rig *rig = turn->rig;
    (void)snprintf(out->notice, sizeof out->notice, "%s",
                   rig->record_lost[0] ? rig->record_lost : rig->own_idle);
    out->rule = d->rule;
    out->n_reasons = (size_t)d->n_reasons;
    memcpy(out->reasons, d->reasons, sizeof out->reasons);
}

/* What the turn itself had to tell, before what api_routing says. */
static void add_notice(const Turn *turn, hearth_routing *out) {
    Str said = utf8_cut(buf_str(&turn->notice), sizeof out->notice - 1);
    size_t n = strlen(out->notice), gap = n ? 2 : 0;
    if (said.n == 0) return;
    if (said.n + gap + n >= sizeof out->notice) n = gap = 0; /* no room: the turn's alone */
    memmove(out->notice + said.n + gap, out->notice, n);
    memcpy(out->notice + said.n, "; ", gap);
    memcpy(out->notice, said.p, said.n);
    out->notice[said.n + gap + n] = 0;
}

/* turn_fini is due on every way behind turn_init, so nothing returns in between. */
hearth_status hearth_route(hearth *h, const char *question, size_t n,
                           const hearth_route_options *options, hearth_routing *out,
                           hearth_error *err) {
    Err why;
    Turn turn;
    hearth_route_options own;
    hearth_route_options_default(&own);
    API_TRY(api_options(&own, sizeof own, options, &why), &why, err);
    turn_init(&turn, h->rig);
    turn.question = (Str){question, n};
    Status status = read_options(&turn, &own, &why);
    if (status == OK) status = turn_decide(&turn, &why);
    if (status == OK) api_routing(&turn, out);
    if (status == OK) add_notice(&turn, out);
    turn_fini(&turn);
    return api_fail(status, &why, err);
}

/* Of the two thumbs that teach nothing though the decision is there. */
static const char *why_not(RouteThumb thumb) {
    return thumb == ROUTE_THUMB_BEFORE ? "the same was said of it before"
                                       : "no model on this device answered it";
}

/* Three outcomes: it is not kept (an error), it was counted, or it teaches nothing (with a reason,
   and no error). */
hearth_status hearth_route_thumb(hearth *h, uint64_t decision, bool up, hearth_thumb *out,
                                 hearth_error *err) {
    Err why;
    RouteThumb thumb;
    RouteEntry entry;
    API_TRY(record_thumb(h->rig, decision, up, &thumb, &entry, &why), &why, err);
    if (thumb == ROUTE_THUMB_UNKNOWN) {
        (void)err_set(&why, E_NOT_FOUND, decision ? "decision %llu is not kept"
                                                  : "no decision is kept",
                      (unsigned long long)decision);
        (void)err_hint(&why, "decisions are made with --routing ask, auto or cloud-first");
        return api_fail(E_NOT_FOUND, &why, err);
    }
    bool counted = thumb == ROUTE_THUMB_COUNTED;
    assert(entry.id > 0 && (!decision || entry.id == decision)); /* else it were unknown */
    *out = (hearth_thumb){entry.id, counted, counted ? NULL : why_not(thumb)};
    return HEARTH_OK;
}

/* Weights first: if the model's file cannot be removed the call fails and can be made again. */
hearth_status hearth_route_forget(hearth *h, uint32_t *n, hearth_error *err) {
    Err why;
    uint32_t outcomes = 0;
    API_TRY(record_forget(h->rig, &outcomes, &why), &why, err);
    API_TRY(own_forget(h->rig, &why), &why, err);
    *n = outcomes;
    return HEARTH_OK;
}

/* ---- training ------------------------------------------------------------------------------- */

/* What was read of the results so far; examples grow by mem_grow, their texts live in the arena. */
typedef struct Lesson {
    Arena arena;
    RouteExample *examples;
    size_t n, cap;
    Str model, endpoint; /* of the first result */
} Lesson;

/* The gap between two models is what is learned: another pair has another gap. */
static Status same_pair(Lesson *lesson, const LabResults *results, const char *path, Err *err) {
    Str model = lab_model(results, STR("")), endpoint = lab_endpoint(results);
    if (endpoint.n == 0) {
        err_set(err, E_USAGE, "%.200s holds no answers of an endpoint", path);
        return err_hint(err, "hearth eval run --cloud NAME asks one, too");
    }
    if (!lesson->endpoint.n) {
        lesson->model = model;
        lesson->endpoint = endpoint;
    }
    if (str_eq(lesson->model, model) && str_eq(lesson->endpoint, endpoint)) return OK;
    err_set(err, E_USAGE, "%.200s holds answers of another model or endpoint", path);
    return err_hint(err, "one training is about one pair");
}

/* Appends the examples of one file; what fails names it. */
static Status add_result(Lesson *lesson, const char *path, Err *err) {
    Buf text;
    LabResults results;
    RouteExample *more = NULL;
    size_t n = 0;
    buf_init(&text, LAB_RESULT_BYTES_MAX);
    Status status = file_read(path, &text, err);
    if (status == E_NOT_FOUND) (void)err_hint(err, "`hearth eval run --cloud NAME` makes one");
    bool read = status == OK;
    if (read) status = lab_results_parse(buf_str(&text), &lesson->arena, &results, err);
    buf_fini(&text);
    if (status != OK) return read ? err_prefix(err, status, "%.200s", path) : status;
    TRY(same_pair(lesson, &results, path, err));
    TRY(lab_examples(&results, &lesson->arena, &more, &n, err));
    TRY(mem_grow((void **)&lesson->examples, &lesson->cap, lesson->n + n + 1, sizeof *more,
                 ROUTE_EXAMPLES_MAX, err));
    assert(lesson->n + n < lesson->cap);
    if (n) memcpy(lesson->examples + lesson->n, more, n * sizeof *more);
    lesson->n += n;
    return OK;
}

/* not_taken is the reason, NULL where the model is in use from now on. */
static void show_training(const RouteOwnTrial *trial, Str endpoint, hearth_training *out) {
    *out = (hearth_training){.questions = trial->n, .local = trial->weak, .cloud = trial->strong,
                             .error = trial->own, .error_shipped = trial->shipped,
                             .error_mean = trial->mean, .margin = trial->margin,
                             .order = trial->own_order, .order_shipped = trial->shipped_order,
                             .unseen = trial->unseen, .unseen_error = trial->own_unseen,
                             .unseen_before = trial->before_unseen,
                             .taken = !trial->not_taken, .because = trial->not_taken};
    (void)snprintf(out->endpoint, sizeof out->endpoint, "%.*s", (int)endpoint.n, endpoint.p);
}

/* *out is filled also where the model was not taken: the figures say why. */
static Status train_on(Rig *rig, Lesson *lesson, hearth_training *out, Err *err) {
    RouteOwnTrial trial;
    TRY(own_train(rig, lesson->examples, lesson->n, lesson->endpoint, &trial, err));
    show_training(&trial, lesson->endpoint, out);
    return OK;
}

/* All files are read before anything is learned: one of another pair among them ends it. */
hearth_status hearth_route_train(hearth *h, const char *const *results, size_t n,
                                 hearth_training *out, hearth_error *err) {
    Err why;
    Lesson lesson = {.n = 0};
    Status status = OK;
    arena_init(&lesson.arena, TRAIN_ARENA_MAX);
    for (size_t i = 0; status == OK && i < n; i++) status = add_result(&lesson, results[i], &why);
    if (status == OK) status = train_on(h->rig, &lesson, out, &why);
    mem_free(lesson.examples);
    arena_fini(&lesson.arena);
    return api_fail(status, &why, err);
}
