/*
 * Any bytes as the user's rules and as a question: no crash, an error has a message, and whatever
 * the rules say, nothing private is sent anywhere.
 */
#include <stdlib.h>

#include "../support/alone.h"
#include "route/rules.h"

static void decide(const RouteRules *rules, Str question, RouteLabel label) {
    static Router *router;
    static const RouteEndpoint clouds[] = {{.name = "a", .dest = ROUTE_PUBLIC, .consented = true},
                                           {.name = "b", .dest = ROUTE_MINE}};
    RouteInput in;
    RouteDecision d;
    Err err;
    if (!router && route_new(&router, &err) != OK) abort();
    route_use(router, rules, NULL);
    route_input_init(&in);
    in.question = question;
    in.question_label = label;
    in.endpoints = clouds;
    in.n_endpoints = 2;
    in.mode = ROUTE_MODE_CLOUD_FIRST;
    in.can_ask = in.local_model = true;
    route_decide(router, &in, &d);
    if (label == ROUTE_PRIVATE && (d.choice == ROUTE_CLOUD || d.choice == ROUTE_ASK)) abort();
    if (d.rule > (rules ? ROUTE_RULES_MAX : 0)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const uint8_t *cut = size ? memchr(data, 0, size) : NULL; /* rules, a zero, the question */
    size_t n = cut ? (size_t)(cut - data) : size;
    Str asked = cut ? (Str){(const char *)cut + 1, size - n - 1} : STR("What is a river?");
    Str question = alone(asked), text = alone((Str){(const char *)data, n});
    RouteRules *rules = NULL;
    Err err;
    Status status = route_rules_parse(text, &rules, &err);
    if ((status == OK) == (rules == NULL) || (status != OK && !err.message[0])) abort();
    decide(rules, question, ROUTE_PRIVATE);
    decide(rules, question, ROUTE_PERSONAL);
    route_rules_free(rules);
    alone_free(question);
    alone_free(text);
    return 0;
}
