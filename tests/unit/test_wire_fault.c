/*
 * Promises about errors of providers: the sentence is found in every form that is in use, and what
 * helps against it is told: another key, another model, credit, less text, other words, or waiting.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "gate/wire/wire.h"

static void error_bodies_are_read_in_every_shape(void **state) {
    static const char *const bodies[][2] = {
        {"{\"error\":{\"message\":\"no credit\",\"type\":\"x\"}}", "no credit"},
        {"[{\"error\":{\"code\":400,\"message\":\"bad key\"}}]", "bad key"},
        {"{\"error\":\"model not found\"}", "model not found"},
        {"{\"object\":\"error\",\"message\":\"too long\"}", "too long"},
        {"{\"detail\":\"Not Found\"}", "Not Found"},
        {"<html>502</html>", ""},
        {"", ""},
        {"{\"error\":{\"message\":\"a\\u202eb\\u0007\"}}", "a b "},
    };
    char text[64];
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        (void)wire_error_text(str_from(bodies[i][0]), text, sizeof text);
        assert_string_equal(text, bodies[i][1]);
    }
}

/* An empty account is no full server: what asking again does not help is told from what it does. */
static void what_an_error_asks_for_is_told(void **state) {
    static const struct { const char *body; WireFault fault; } bodies[] = {
        {"{\"error\":{\"message\":\"You exceeded your current quota\",\"type\":"
         "\"insufficient_quota\",\"param\":null,\"code\":\"insufficient_quota\"}}",
         WIRE_FAULT_SPENT},
        {"{\"error\":{\"type\":\"requests\",\"code\":\"rate_limit_exceeded\"}}", WIRE_FAULT_PASSES},
        {"{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"model_not_found\"}}",
         WIRE_FAULT_MODEL},
        {"{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"context_length_exceeded\"}}",
         WIRE_FAULT_LENGTH},
        {"{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"invalid_api_key\"}}",
         WIRE_FAULT_KEY},
        {"{\"type\":\"error\",\"error\":{\"type\":\"billing_error\"}}", WIRE_FAULT_SPENT},
        {"{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"details\":"
         "{\"error_code\":\"enforced_spend_limit_reached\"}}}", WIRE_FAULT_SPENT},
        {"{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\"}}", WIRE_FAULT_PASSES},
        {"{\"type\":\"error\",\"error\":{\"type\":\"request_too_large\"}}", WIRE_FAULT_LENGTH},
        {"[{\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\",\"details\":[{\"violations\":"
         "[{\"quotaId\":\"GenerateRequestsPerMinutePerProjectPerModel-FreeTier\"}]}]}}]",
         WIRE_FAULT_PASSES},
        {"{\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\",\"details\":[{\"x\":1},"
         "{\"violations\":[{\"quotaId\":\"a\"},{\"quotaId\":\"GenerateRequestsPerDay\"}]}]}}",
         WIRE_FAULT_SPENT},
        {"{\"error\":{\"code\":400,\"status\":\"INVALID_ARGUMENT\",\"details\":"
         "[{\"reason\":\"API_KEY_INVALID\"}]}}", WIRE_FAULT_KEY},
        {"{\"error\":{\"code\":400,\"status\":\"INVALID_ARGUMENT\",\"details\":7}}",
         WIRE_FAULT_PLAIN},
        {"{\"error\":\"insufficient_quota\"}", WIRE_FAULT_PLAIN}, /* a sentence, no code */
        {"{\"error\":{\"message\":\"/chat/completions: Invalid model name passed in model=x.\","
         "\"code\":\"400\"}}", WIRE_FAULT_MODEL},
        {"{\"error\":{\"code\":400,\"type\":\"exceed_context_size_error\"}}", WIRE_FAULT_LENGTH},
        {"{\"error\":{\"message\":\"This model's maximum context length is 4096 tokens. However\","
         "\"type\":\"BadRequestError\",\"code\":400}}", WIRE_FAULT_LENGTH},
        {"{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":"
         "\"prompt is too long: 201000 tokens > 200000 maximum\"}}", WIRE_FAULT_LENGTH},
        {"{\"error\":{\"code\":400,\"status\":\"INVALID_ARGUMENT\",\"message\":\"The input token"
         " count (9) exceeds the maximum number of tokens allowed (8).\"}}", WIRE_FAULT_LENGTH},
        {"{\"error\":{\"code\":\"content_filter\",\"type\":null}}", WIRE_FAULT_FILTER},
        {"no JSON", WIRE_FAULT_PLAIN},
    };
    char text[64];
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        WireFault fault = wire_error_text(str_from(bodies[i].body), text, sizeof text);
        if (fault != bodies[i].fault) fail_msg("%zu: %d", i, fault);
    }
}

/* What providers answer, as their users quote it: see the essay of fault.c. */
static void what_providers_say_is_understood(void **state) {
    static const struct { const char *body; WireFault fault; const char *says; } bodies[] = {
        /* Anthropic */
        {"{'type':'error','error':{'type':'not_found_error','message':'model: claude-x'}}",
         WIRE_FAULT_MODEL, "model: claude-x"},
        {"{'type':'error','error':{'type':'invalid_request_error','message':'Your credit balance is"
         " too low to access the Anthropic API. Please go to Plans & Billing.'}}",
         WIRE_FAULT_SPENT, "Your credit balance is too low"},
        {"{'type':'error','error':{'type':'invalid_request_error','message':'input length and"
         " `max_tokens` exceed context limit: 199999 + 4096 > 200000'}}", WIRE_FAULT_LENGTH, "in"},
        {"{'type':'error','error':{'type':'invalid_request_error','message':'Output blocked by"
         " content filtering policy'}}", WIRE_FAULT_FILTER, "Output blocked"},
        {"{'type':'error','error':{'type':'not_found_error','message':'Not Found'}}",
         WIRE_FAULT_PLAIN, "Not Found"},
        /* OpenAI */
        {"{'error':{'message':'This is not a chat model','type':'invalid_request_error','param':"
         "'model','code':null}}", WIRE_FAULT_MODEL, "This is not"},
        {"{'error':{'message':'Request too large for gpt-x on tokens per min (TPM): Limit 30000,"
         " Requested 50000.','type':'tokens','code':'rate_limit_exceeded'}}", WIRE_FAULT_LENGTH,
         "Request too large"},
        {"{'error':{'message':'Input tokens exceed the configured limit of 272000 tokens.','type':"
         "'invalid_request_error','code':null}}", WIRE_FAULT_LENGTH, "Input tokens"},
        {"{'error':{'message':'Invalid prompt: your prompt was flagged','type':"
         "'invalid_request_error','code':'invalid_prompt'}}", WIRE_FAULT_FILTER, "Invalid prompt"},
        {"{'error':{'code':'DeploymentNotFound','message':'The API deployment for this resource"
         " does not exist.'}}", WIRE_FAULT_MODEL, "The API deployment"},
        /* Google */
        {"[{'error':{'code':404,'message':'models/x is not found for API version v1beta','status':"
         "'NOT_FOUND'}}]", WIRE_FAULT_MODEL, "models/x"},
        {"{'error':{'code':503,'message':'The model is overloaded.','status':'UNAVAILABLE'}}",
         WIRE_FAULT_PASSES, "The model is overloaded."},
        /* Mistral */
        {"{'object':'error','message':'Invalid model: x','type':'invalid_model','param':null,"
         "'code':'1500'}", WIRE_FAULT_MODEL, "Invalid model: x"},
        {"{'object':'error','message':{'detail':[{'type':'extra_forbidden','loc':['body','x'],'msg'"
         ":'Extra inputs are not permitted'}]},'type':'invalid_request_error'}", WIRE_FAULT_PLAIN,
         "Extra inputs are not permitted"},
        /* xAI */
        {"{'code':'Some requested entity was not found','error':'The model grok-x does not exist"
         " or your team 1 does not have access to it.'}", WIRE_FAULT_MODEL, "The model grok-x"},
        {"{'code':'Client specified an invalid argument','error':'Incorrect API key provided: x'}",
         WIRE_FAULT_KEY, "Incorrect API key"},
        {"{'code':'x','error':'Your team 1 has either used all available credits or reached its"
         " monthly spending limit.'}", WIRE_FAULT_SPENT, "Your team"},
        /* DeepSeek */
        {"{'error':{'message':'Model Not Exist','type':'invalid_request_error','param':null,"
         "'code':'invalid_request_error'}}", WIRE_FAULT_MODEL, "Model Not Exist"},
        {"{'error':{'message':'Insufficient Balance','type':'unknown_error','code':"
         "'invalid_request_error'}}", WIRE_FAULT_SPENT, "Insufficient Balance"},
        {"{'error':{'message':'Content Exists Risk','type':'invalid_request_error'}}",
         WIRE_FAULT_FILTER, "Content Exists Risk"},
        /* OpenRouter, Groq, Cohere, Hugging Face, Zhipu, Bedrock */
        {"{'error':{'message':'x is not a valid model ID','code':400}}", WIRE_FAULT_MODEL, "x is"},
        {"{'error':{'message':'No endpoints found for x/y.','code':404}}", WIRE_FAULT_MODEL, "No"},
        {"{'error':{'message':'Please reduce the length of the messages or completion.','type':"
         "'invalid_request_error'}}", WIRE_FAULT_LENGTH, "Please"},
        {"{'id':'1','message':'model \\'x\\' not found, make sure the correct ID was used'}",
         WIRE_FAULT_MODEL, "model "},
        {"{'message':'You are using a Trial key, which is limited to 1000 API calls / month.'}",
         WIRE_FAULT_SPENT, "You are using"},
        {"{'message':'You are using a Trial key, which is limited to 10 API calls / minute.'}",
         WIRE_FAULT_PLAIN, "You are using"},
        {"{'error':'Model too busy','error_type':'overloaded'}", WIRE_FAULT_PASSES, "Model too"},
        {"{'error':{'code':'1113','message':'\xe4\xbd\x99\xe9\xa2\x9d\xe4\xb8\x8d\xe8\xb6\xb3'}}",
         WIRE_FAULT_SPENT, "\xe4\xbd\x99"},
        {"{'Message':'The provided model identifier is invalid.'}", WIRE_FAULT_MODEL, "The"},
        {"{'success':false,'errors':[{'code':7003,'message':'Could not route'}]}",
         WIRE_FAULT_PLAIN, "Could not route"},
        /* servers of one's own */
        {"{'error':{'message':'model \\'x\\' not found','type':'not_found_error','param':null,"
         "'code':null}}", WIRE_FAULT_MODEL, "model "}, /* Ollama */
        {"{'object':'error','message':'The model `x` does not exist.','type':'NotFoundError',"
         "'param':null,'code':404}", WIRE_FAULT_MODEL, "The model `x`"}, /* vLLM */
        {"{'error':{'message':'Requested tokens (9) exceed context window of 8','type':"
         "'invalid_request_error'}}", WIRE_FAULT_LENGTH, "Requested"}, /* llama-cpp-python */
        {"{'detail':[{'type':'missing','loc':['body','messages'],'msg':'Field required'}]}",
         WIRE_FAULT_PLAIN, "Field required"},
        {"{'error':{'message':'Loading model','type':'unavailable_error','code':503}}",
         WIRE_FAULT_PASSES, "Loading model"}, /* llama.cpp */
        {"[[[[[[[[['too deep']]]]]]]]]", WIRE_FAULT_PLAIN, ""},
    };
    char body[512], text[256];
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        size_t n = 0;
        for (const char *c = bodies[i].body; *c; c++) { /* ' is written for " */
            assert_true(n + 1 < sizeof body);
            if (c[0] == '\\' && c[1] == '\'') body[n++] = *++c;
            else body[n++] = *c == '\'' ? '"' : *c;
        }
        WireFault fault = wire_error_text((Str){body, n}, text, sizeof text);
        if (fault != bodies[i].fault) fail_msg("%s: %d", bodies[i].body, fault);
        const char *says = bodies[i].says;
        if (strncmp(text, says, strlen(says)) != 0 || !*text != !*says) {
            fail_msg("%s: %s", bodies[i].body, text);
        }
    }
}

/* Gemini's pause stands in the body, with nanoseconds. */
static void an_error_says_when_to_come_again(void **state) {
#define WAIT(delay) "{\"error\":{\"code\":429,\"details\":[{\"retryDelay\":" delay "}]}}"
    static const struct { const char *body; int64_t ms; } bodies[] = {
        {"[{\"error\":{\"details\":[{\"@type\":\"x\"},{\"retryDelay\":\"45.837906927s\"}]}}]",
         45837},
        {WAIT("\"2s\""), 2000}, {WAIT("\"0s\""), 0}, {WAIT("\"2\""), -1}, {WAIT("\"s\""), -1},
        {WAIT("\"-1s\""), -1}, {WAIT("\"1e9s\""), -1}, {WAIT("\"nans\""), -1}, {WAIT("2"), -1},
        {WAIT("\"infs\""), -1}, {"{\"error\":{\"details\":{\"retryDelay\":\"2s\"}}}", -1}, {"", -1},
        {"[]", -1}, {"{\"error\":\"x\"}", -1}};
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        int64_t ms = wire_error_wait_ms(str_from(bodies[i].body));
        if (ms != bodies[i].ms) fail_msg("%zu: %lld", i, (long long)ms);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_bodies_are_read_in_every_shape),
        cmocka_unit_test(what_an_error_asks_for_is_told),
        cmocka_unit_test(what_providers_say_is_understood),
        cmocka_unit_test(an_error_says_when_to_come_again),
    };
    return cmocka_run_group_tests_name("wire_fault", tests, NULL, NULL);
}
