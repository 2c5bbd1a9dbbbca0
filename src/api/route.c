/*
 * Where a question would be answered, and why: a turn as far as the decision, and no further.
 * Nothing is sent and no model is loaded but the embedding model, for the search.
 */
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "turn/turn.h"

_Static_assert(sizeof((hearth_routing){0}.reasons) == sizeof((RouteDecision){0}.reasons),
               "reasons are copied as they are");

void hearth_route_options_default(hearth_route_options *options) {
    memset(options, 0, sizeof *options);
    options->size = sizeof *options;
    options->label = "personal";
}

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
    turn->n_tools = options->tools;
    turn->can_ask = options->can_ask;
    return OK;
}

static void tell(const RouteInput *in, const RouteDecision *d, hearth_routing *out) {
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
    out->rule = d->rule;
    out->n_reasons = (size_t)d->n_reasons;
    memcpy(out->reasons, d->reasons, sizeof out->reasons);
}

hearth_status hearth_route(hearth *h, const char *question, size_t n,
                           const hearth_route_options *options, hearth_routing *out,
                           hearth_error *err) {
    Err why;
    Turn turn;
    hearth_route_options own;
    err_clear(&why);
    hearth_route_options_default(&own);
    if (options) memcpy(&own, options, options->size < sizeof own ? options->size : sizeof own);
    turn_init(&turn, h->rig);
    turn.question = (Str){question, n};
    Status status = read_options(&turn, &own, &why);
    if (status == OK) status = turn_decide(&turn, &why);
    if (status == OK) tell(&turn.weighed, &turn.route, out);
    turn_fini(&turn);
    return status == OK ? HEARTH_OK : api_fail(status, &why, err);
}
