/*
 * Promises of the wires: each API's own stream becomes text, tool calls, usage and an end, at any
 * border of pieces; what is broken off, cut inside a call, hostile or nonsense fails as a whole;
 * and a parcel is rendered as the API wants it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "../support/wire_ear.h"
#include "base/mem.h"

/* ---- streams ----------------------------------------------------------------------------- */

static const char chat_stream[] =
    ": OPENROUTER PROCESSING\n\n"
    "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\","
    "\"content\":\"\"},\"finish_reason\":null}]}\n\n"
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"}}]}\n\n"
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"lo \\u4f60\\u597d\"}}]}\n\n"
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"t1\","
    "\"type\":\"function\",\"function\":{\"name\":\"look\",\"arguments\":\"\"}}]}}]}\n\n"
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":"
    "{\"arguments\":\"{\\\"q\\\":\"}}]}}]}\n\n"
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":1,\"id\":\"t2\","
    "\"function\":{\"name\":\"now\",\"arguments\":\"\"}},{\"index\":0,\"function\":"
    "{\"arguments\":\"1}\"}}]}}]}\n\n"
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n"
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":22,"
    "\"total_tokens\":33}}\n\n"
    "data: [DONE]\n\n"
    "data: {\"choices\":[{\"delta\":{\"content\":\"after the end\"}}]}\n\n";

static const char responses_stream[] =
    "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"error\":null,"
    "\"usage\":null}}\n\n"
    "event: response.output_item.added\ndata: {\"type\":\"response.output_item.added\","
    "\"output_index\":0,\"item\":{\"type\":\"reasoning\"}}\n\n"
    "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\","
    "\"delta\":\"Hel\"}\n\n"
    "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\","
    "\"delta\":\"lo \\u4f60\\u597d\"}\n\n"
    "event: response.output_item.added\ndata: {\"type\":\"response.output_item.added\","
    "\"output_index\":2,\"item\":{\"type\":\"function_call\",\"call_id\":\"t1\",\"name\":\"look\","
    "\"arguments\":\"\"}}\n\n"
    "event: x\ndata: {\"type\":\"response.function_call_arguments.delta\",\"output_index\":2,"
    "\"delta\":\"{\\\"q\\\":\"}\n\n"
    "event: x\ndata: {\"type\":\"response.function_call_arguments.delta\",\"output_index\":2,"
    "\"delta\":\"1}\"}\n\n"
    "event: x\ndata: {\"type\":\"response.output_item.done\",\"output_index\":2,\"item\":"
    "{\"type\":\"function_call\",\"call_id\":\"t1\",\"name\":\"look\",\"arguments\":"
    "\"{\\\"q\\\":1}\"}}\n\n"
    "event: x\ndata: {\"type\":\"response.output_item.done\",\"output_index\":3,\"item\":"
    "{\"type\":\"function_call\",\"call_id\":\"t2\",\"name\":\"now\",\"arguments\":\"{}\"}}\n\n"
    "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"usage\":"
    "{\"input_tokens\":11,\"output_tokens\":22}}}\n\n";

static const char anthropic_stream[] =
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":"
    "{\"input_tokens\":5,\"cache_creation_input_tokens\":4,\"cache_read_input_tokens\":2,"
    "\"output_tokens\":1}}}\n\n"
    "event: ping\ndata: {\"type\":\"ping\"}\n\n"
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,"
    "\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
    "{\"type\":\"text_delta\",\"text\":\"Hel\"}}\n\n"
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
    "{\"type\":\"text_delta\",\"text\":\"lo \\u4f60\\u597d\"}}\n\n"
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":1,"
    "\"content_block\":{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"look\",\"input\":{}}}\n\n"
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":"
    "{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"q\\\":\"}}\n\n"
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":"
    "{\"type\":\"input_json_delta\",\"partial_json\":\"1}\"}}\n\n"
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":1}\n\n"
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":2,"
    "\"content_block\":{\"type\":\"tool_use\",\"id\":\"t2\",\"name\":\"now\",\"input\":{}}}\n\n"
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"
    "\"tool_use\"},\"usage\":{\"output_tokens\":22}}\n\n"
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

static const char gemini_stream[] =
    "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"I think\",\"thought\":true},"
    "{\"text\":\"Hel\"}],\"role\":\"model\"}}],\"usageMetadata\":{\"promptTokenCount\":11}}\r\n\r\n"
    "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"lo \\u4f60\\u597d\"}]}}]}\r\n\r\n"
    "data: {\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"id\":\"t1\",\"name\":"
    "\"look\",\"args\":{\"q\":1}},\"thoughtSignature\":\"abc\"},{\"functionCall\":{\"id\":\"t2\","
    "\"name\":\"now\"}}]},\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":11,"
    "\"candidatesTokenCount\":2,\"thoughtsTokenCount\":20}}\r\n\r\n";

static const char *const streams[WIRE_COUNT] = {chat_stream, responses_stream, anthropic_stream,
                                                gemini_stream};

static Status hear(GateWire wire, const char *stream, size_t step, Ear *ear, WireAnswer *a,
                   Err *err) {
    ear_open(ear);
    return ear_hear(ear, wire, str_from(stream), step, a, err);
}

static void forget(Ear *ear, WireAnswer *a) {
    wire_fini(a);
    ear_close(ear);
}

static void every_wire_is_understood_at_any_border(void **state) {
    Err err;
    Ear ear;
    WireAnswer a;
    for (int wire = 0; wire < WIRE_COUNT; wire++) {
        for (size_t step = 1; step < strlen(streams[wire]); step += step < 40 ? 1 : 97) {
            if (hear((GateWire)wire, streams[wire], step, &ear, &a, &err) != OK) {
                fail_msg("wire %d, step %zu: %s", wire, step, err.message);
            }
            GateUsage usage = wire_usage_now(&a, 1000);
            assert_string_equal(ear.text.p, "Hello 你好");
            assert_int_equal(ear.n_calls, 2);
            assert_false(ear.disorder);
            assert_string_equal(ear.id[0].p, "t1");
            assert_string_equal(ear.name[0].p, "look");
            assert_string_equal(ear.arguments[0].p, "{\"q\":1}");
            assert_string_equal(ear.name[1].p, "now");
            assert_string_equal(ear.arguments[1].p, "{}");
            assert_int_equal(usage.tokens_in, 11);
            assert_int_equal(usage.tokens_out, 22);
            assert_false(usage.estimated || a.cut || a.refused);
            forget(&ear, &a);
        }
    }
}

/* What the same answer is where nothing streams, and streams that no media type calls so. */
static void an_answer_that_is_no_stream_is_understood(void **state) {
    static const char *const wholes[WIRE_COUNT] = {
        /* chat */
         "{\"id\":\"c1\",\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"messag"
         "e\":{\"role\":\"assistant\",\"content\":\"Hello 你好\",\"tool_calls\":[{\"id\":\"t"
         "1\",\"type\":\"function\",\"function\":{\"name\":\"look\",\"arguments\":\"{\\\"q"
         "\\\":1}\"}},{\"id\":\"t2\",\"type\":\"function\",\"function\":{\"name\":\"now\","
         "\"arguments\":\"{}\"}}]},\"finish_reason\":\"tool_calls\"}],\"usage\":{\"prompt_"
         "tokens\":11,\"completion_tokens\":22}}",
        /* responses */
         "{\"object\":\"response\",\"status\":\"completed\",\"error\":null,\"output\":[{\""
         "type\":\"reasoning\",\"summary\":[]},{\"type\":\"message\",\"role\":\"assistant"
         "\",\"content\":[{\"type\":\"output_text\",\"text\":\"Hello 你好\",\"annotations\":"
         "[]}]},{\"type\":\"function_call\",\"call_id\":\"t1\",\"name\":\"look\",\"argumen"
         "ts\":\"{\\\"q\\\":1}\"},{\"type\":\"function_call\",\"call_id\":\"t2\",\"name\":"
         "\"now\",\"arguments\":\"{}\"}],\"usage\":{\"input_tokens\":11,\"output_tokens\":"
         "22}}",
        /* anthropic */
         "{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\""
         ",\"thinking\":\"no\"},{\"type\":\"text\",\"text\":\"Hello 你好\"},{\"type\":\"tool"
         "_use\",\"id\":\"t1\",\"name\":\"look\",\"input\":{\"q\":1}},{\"type\":\"tool_use"
         "\",\"id\":\"t2\",\"name\":\"now\",\"input\":{}}],\"stop_reason\":\"tool_use\",\""
         "usage\":{\"input_tokens\":5,\"cache_creation_input_tokens\":4,\"cache_read_input"
         "_tokens\":2,\"output_tokens\":22}}",
        /* gemini */
         "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hello \"}]}}]},{\"candida"
         "tes\":[{\"content\":{\"parts\":[{\"text\":\"你好\"},{\"functionCall\":{\"id\":\"t1"
         "\",\"name\":\"look\",\"args\":{\"q\":1}}},{\"functionCall\":{\"id\":\"t2\",\"nam"
         "e\":\"now\"}}]},\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCoun"
         "t\":11,\"candidatesTokenCount\":2,\"thoughtsTokenCount\":20}}]"};
    Err err;
    Ear ear;
    WireAnswer a;
    for (int i = 0; i < 2 * WIRE_COUNT; i++) {
        GateWire wire = (GateWire)(i / 2);
        GateSink sink = {ear_text, ear_call, &ear};
        ear_open(&ear);
        wire_begin(&a, wire, &sink);
        const char *body = i % 2 ? streams[wire] : wholes[wire];
        if (wire_whole(&a, str_from(body), &err) != OK) fail_msg("wire %d: %s", wire, err.message);
        assert_true(a.finished);
        assert_int_equal(wire_end(&a, &err), OK);
        assert_string_equal(ear.text.p, "Hello 你好");
        assert_int_equal(ear.n_calls, 2);
        assert_string_equal(ear.id[0].p, "t1");
        assert_string_equal(ear.arguments[0].p, "{\"q\":1}");
        assert_string_equal(ear.name[1].p, "now");
        assert_string_equal(ear.arguments[1].p, "{}");
        assert_int_equal(wire_usage_now(&a, 0).tokens_in, 11);
        assert_int_equal(wire_usage_now(&a, 0).tokens_out, 22);
        forget(&ear, &a);
    }
}

static void a_body_that_is_neither_is_no_answer(void **state) {
    static const struct { const char *body; Status status; } bodies[] = {
        {"", OK}, {"<html>", OK}, {"Hello", OK}, {"{\"detail\":\"Not Found\"}", OK}, {"[]", OK},
        {"[[[1]]]", OK}, {"7", OK}, {"{\"content\":7,\"output\":7,\"choices\":7}", OK},
        {"{\"error\":{\"message\":\"no\"}}", E_REMOTE}, {"data: {", E_REMOTE}, {": ping", OK},
        {"{\"error\":\"no\",\"type\":\"error\"}", E_REMOTE}, {"data: [", E_REMOTE},
    };
    for (int i = 0; i < (int)ARRAY_LEN(bodies) * WIRE_COUNT; i++) {
        Err err;
        Ear ear;
        WireAnswer a;
        GateSink sink = {ear_text, ear_call, &ear};
        ear_open(&ear);
        wire_begin(&a, (GateWire)(i % WIRE_COUNT), &sink);
        const char *body = bodies[i / WIRE_COUNT].body;
        assert_int_equal(wire_whole(&a, str_from(body), &err), bodies[i / WIRE_COUNT].status);
        assert_true(!a.finished && ear.text.n == 0 && ear.n_calls == 0);
        forget(&ear, &a);
    }
}

static void an_answer_that_breaks_off_fails_wherever_it_breaks(void **state) {
    /* before the provider said that it is through, and before any event */
    static const char *const ends[WIRE_COUNT] = {"\"finish_reason\":\"tool_calls\"",
                                                 "\"response.completed\",\"resp", "\"stop_reason\"",
                                                 "\"finishReason\""};
    Err err;
    Ear ear;
    WireAnswer a;
    for (int wire = 0; wire < WIRE_COUNT; wire++) {
        size_t end = (size_t)(strstr(streams[wire], ends[wire]) - streams[wire]);
        for (size_t n = 0; n <= end; n++) {
            ear_open(&ear);
            Status status = ear_hear(&ear, (GateWire)wire, (Str){streams[wire], n}, 64, &a, &err);
            assert_int_equal(status, E_REMOTE);
            assert_non_null(strstr(err.message, a.events ? "broke off" : "no answer"));
            forget(&ear, &a);
        }
    }
}

typedef struct Bad {
    GateWire wire;
    const char *stream;
    Status status;
    const char *says;
} Bad;

#define CHAT(delta, finish)                                                                        \
    "data: {\"choices\":[{\"delta\":" delta ",\"finish_reason\":" finish "}]}\n\n"

static void what_is_wrong_fails_as_a_whole(void **state) {
    static const Bad bads[] = {
        {WIRE_OPENAI_CHAT, "data: nonsense\n\n", E_REMOTE, "nonsense"},
        {WIRE_OPENAI_CHAT, "data: [1]\n\n", E_REMOTE, "no object"},
        {WIRE_OPENAI_CHAT, "data: {\"a\":1,\"a\":2}\n\n", E_REMOTE, "nonsense"},
        {WIRE_OPENAI_CHAT, "<!DOCTYPE html><html><body>Bad gateway</body></html>\n\n", E_REMOTE,
         "no answer"},
        {WIRE_OPENAI_CHAT, "data: {\"error\":{\"message\":\"too \\u001b[31mmany\\n\",\"type\":"
         "\"server_error\",\"code\":null}}\n\n", E_REMOTE, "too  [31mmany"},
        {WIRE_OPENAI_CHAT, "data: {\"error\":\"plain words\"}\n\n", E_REMOTE, "plain words"},
        /* half a tool call, with every way to end it */
        {WIRE_OPENAI_CHAT, CHAT("{\"tool_calls\":[{\"index\":0,\"id\":\"x\",\"function\":{\"name\":"
         "\"rm\",\"arguments\":\"{\\\"path\\\":\\\"/ho\"}}]}", "\"tool_calls\""), E_REMOTE,
         "not whole"},
        {WIRE_OPENAI_CHAT, CHAT("{\"tool_calls\":[{\"index\":0,\"id\":\"x\",\"function\":{\"name\":"
         "\"rm\",\"arguments\":\"{\\\"path\\\":\\\"/ho\"}}]}", "\"length\""), E_REMOTE,
         "ran out of tokens"},
        {WIRE_OPENAI_CHAT, CHAT("{\"tool_calls\":[{\"index\":0,\"id\":\"x\",\"function\":{\"name\":"
         "\"rm\",\"arguments\":\"[1]\"}}]}", "\"stop\""), E_REMOTE, "not whole"},
        {WIRE_OPENAI_CHAT, CHAT("{\"tool_calls\":[{\"index\":0,\"id\":\"x\"}]}", "null"), E_REMOTE,
         "without a name"},
        {WIRE_OPENAI_CHAT, CHAT("{\"tool_calls\":[{\"index\":0,\"id\":\"x\",\"function\":{\"name\":"
         "\"a\"}},{\"index\":1,\"id\":\"x\",\"function\":{\"name\":\"b\"}}]}", "null"), E_REMOTE,
         "same id"},
        /* an end by a failure, with text before it and [DONE] behind it */
        {WIRE_OPENAI_CHAT, CHAT("{\"content\":\"Hel\"}", "null") CHAT("{}", "\"error\"")
         "data: [DONE]\n\n", E_REMOTE, "by a failure: error"},
        {WIRE_OPENAI_CHAT, CHAT("{\"content\":\"Hel\"}", "\"insufficient_system_resource\"")
         "data: [DONE]\n\n", E_REMOTE, "insufficient_system_resource"},
        {WIRE_OPENAI_CHAT, "data: {\"choices\":[{\"delta\":{\"content\":\"\"},\"finish_reason\":"
         "\"error\",\"error\":{\"code\":502,\"message\":\"upstream\"}}]}\n\ndata: [DONE]\n\n",
         E_REMOTE, "upstream"},
        /* an error that is no data, and one that only its event's name calls so */
        {WIRE_OPENAI_CHAT, "error: {\"code\":400,\"message\":\"too long\",\"type\":"
         "\"invalid_request_error\"}\n\ndata: [DONE]\n\n", E_REMOTE, "too long"},
        {WIRE_OPENAI_CHAT, "event: error\ndata: {\"message\":\"engine died\"}\n\n"
         "data: [DONE]\n\n", E_REMOTE, "engine died"},
        {WIRE_OPENAI_CHAT, "data: [{\"error\":{\"code\":429,\"message\":\"quota\"}}]\n\n", E_REMOTE,
         "quota"},
        {WIRE_OPENAI_RESPONSES, "data: {\"type\":\"error\",\"code\":\"rate_limit_exceeded\","
         "\"message\":\"slow down\"}\n\n", E_REMOTE, "slow down"},
        {WIRE_OPENAI_RESPONSES, "data: {\"type\":\"response.failed\",\"response\":{\"error\":"
         "{\"code\":\"server_error\",\"message\":\"ouch\"}}}\n\n", E_REMOTE, "ouch"},
        {WIRE_OPENAI_RESPONSES, "data: {\"type\":\"response.completed\",\"response\":{\"status\":"
         "\"failed\",\"error\":{\"message\":\"half\"}}}\n\n", E_REMOTE, "half"},
        {WIRE_OPENAI_RESPONSES, "data: {\"type\":\"response.function_call_arguments.delta\","
         "\"output_index\":4,\"delta\":\"{\"}\n\n", E_REMOTE, "never began"},
        {WIRE_OPENAI_RESPONSES, "data: {\"type\":\"response.output_item.added\",\"item\":{\"type\":"
         "\"function_call\",\"name\":\"x\"}}\n\n", E_REMOTE, "place"},
        {WIRE_ANTHROPIC, "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":"
         "\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n", E_REMOTE, "Overloaded"},
        {WIRE_ANTHROPIC, "data: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":"
         "{\"type\":\"tool_use\",\"id\":\"a\",\"name\":\"x\"}}\n\ndata: {\"type\":"
         "\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"tool_use\",\"id\":"
         "\"b\",\"name\":\"y\"}}\n\n", E_REMOTE, "place of its own"},
        {WIRE_GEMINI, "data: {\"error\":{\"code\":503,\"message\":\"busy\",\"status\":"
         "\"UNAVAILABLE\"}}\n\n", E_REMOTE, "busy"},
        {WIRE_GEMINI, "data: {\"candidates\":[{\"finishReason\":\"MALFORMED_FUNCTION_CALL\"}]}\n\n",
         E_REMOTE, "usable reason"},
        {WIRE_GEMINI, "data: {\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":"
         "\"x\",\"args\":[1]}}]},\"finishReason\":\"STOP\"}]}\n\n", E_REMOTE, "not whole"},
    };
    Err err;
    Ear ear;
    WireAnswer a;
    for (size_t i = 0; i < ARRAY_LEN(bads); i++) {
        Status status = hear(bads[i].wire, bads[i].stream, 1, &ear, &a, &err);
        if (status != bads[i].status || !strstr(err.message, bads[i].says)) {
            fail_msg("%zu: %d, %s", i, status, err.message);
        }
        forget(&ear, &a);
    }
}

static void errors_that_may_pass_are_told_apart(void **state) {
    static const struct { GateWire wire; const char *stream; bool passes; } errors[] = {
        {WIRE_ANTHROPIC, "data: {\"error\":{\"type\":\"overloaded_error\"}}\n\n", true},
        {WIRE_ANTHROPIC, "data: {\"error\":{\"type\":\"invalid_request_error\"}}\n\n", false},
        {WIRE_GEMINI, "data: {\"error\":{\"code\":429}}\n\n", true},
        {WIRE_GEMINI, "data: {\"error\":{\"code\":400,"
            "\"status\":\"INVALID_ARGUMENT\"}}\n\n", false},
        {WIRE_OPENAI_CHAT, "data: {\"error\":{\"code\":502,\"message\":\"x\"}}\n\n", true},
        {WIRE_OPENAI_RESPONSES, "data: {\"type\":\"error\",\"code\":\"server_error\"}\n\n", true},
        {WIRE_OPENAI_CHAT, CHAT("{}", "\"network_error\""), true},
    };
    Err err;
    Ear ear;
    WireAnswer a;
    for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
        assert_int_equal(hear(errors[i].wire, errors[i].stream, 9, &ear, &a, &err), E_REMOTE);
        assert_int_equal(a.fault == WIRE_FAULT_PASSES, errors[i].passes);
        forget(&ear, &a);
    }
}

static void cuts_and_refusals_are_told(void **state) {
    static const struct { GateWire wire; const char *stream; bool cut, refused; } ends[] = {
        {WIRE_OPENAI_CHAT, CHAT("{\"content\":\"x\"}", "\"length\""), true, false},
        {WIRE_OPENAI_CHAT, CHAT("{\"content\":\"x\"}", "\"content_filter\""), false, true},
        {WIRE_OPENAI_CHAT, CHAT("{\"refusal\":\"x\"}", "\"stop\""), false, true},
        {WIRE_OPENAI_CHAT, CHAT("{\"content\":\"x\"}", "\"model_length\""), true, false},
        {WIRE_OPENAI_CHAT, CHAT("{\"content\":\"x\"}", "\"sensitive\""), false, true},
        {WIRE_OPENAI_RESPONSES, "data: {\"type\":\"response.output_text.delta\","
            "\"delta\":\"x\"}\n\n" /* as vLLM has it */
         "data: {\"type\":\"response.completed\",\"response\":{\"incomplete_details\":{\"reason\":"
         "\"max_output_tokens\"}}}\n\n", true, false},
        {WIRE_OPENAI_RESPONSES, "data: {\"type\":\"response.output_text.delta\","
            "\"delta\":\"x\"}\n\n"
         "data: {\"type\":\"response.incomplete\",\"response\":{\"incomplete_details\":{\"reason\":"
         "\"max_output_tokens\"}}}\n\n", true, false},
        {WIRE_OPENAI_RESPONSES, "data: {\"type\":\"response.refusal.delta\",\"delta\":\"x\"}\n\n"
         "data: {\"type\":\"response.completed\",\"response\":{}}\n\n", false, true},
        {WIRE_ANTHROPIC, "data: {\"type\":\"content_block_delta\","
            "\"delta\":{\"type\":\"text_delta\","
         "\"text\":\"x\"}}\n\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"
         "\"max_tokens\"}}\n\n", true, false},
        {WIRE_ANTHROPIC, "data: {\"type\":\"content_block_delta\","
            "\"delta\":{\"type\":\"text_delta\","
         "\"text\":\"x\"}}\n\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"
         "\"refusal\"}}\n\n", false, true},
        {WIRE_GEMINI, "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"x\"}]},"
         "\"finishReason\":\"MAX_TOKENS\"}]}\n\n", true, false},
        {WIRE_GEMINI, "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"x\"}]},"
         "\"finishReason\":\"SAFETY\"}]}\n\n", false, true},
    };
    Err err;
    Ear ear;
    WireAnswer a;
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        assert_int_equal(hear(ends[i].wire, ends[i].stream, 7, &ear, &a, &err), OK);
        assert_string_equal(ear.text.p, "x");
        assert_int_equal(a.cut, ends[i].cut);
        assert_int_equal(a.refused, ends[i].refused);
        forget(&ear, &a);
    }
    assert_int_equal(hear(WIRE_GEMINI,
                          "data: {\"promptFeedback\":{\"blockReason\":\"SAFETY\"}}\n\n",
                          9, &ear, &a, &err), OK); /* the question itself was refused */
    assert_true(a.refused && ear.text.n == 0);
    forget(&ear, &a);
}

static void usage_that_lies_is_not_believed(void **state) {
    static const char *const lies[] = {"-1", "\"12\"", "1e300", "9007199254740993", "1.5", "null",
                                       "{}"};
    char stream[512];
    Err err;
    Ear ear;
    WireAnswer a;
    for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
        (void)snprintf(stream, sizeof stream,
                       CHAT("{\"content\":\"123456789\"}", "\"stop\"")
                       "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":%s,"
                       "\"completion_tokens\":%s}}\n\n", lies[i], lies[i]);
        assert_int_equal(hear(WIRE_OPENAI_CHAT, stream, 1000, &ear, &a, &err), OK);
        GateUsage usage = wire_usage_now(&a, 300);
        assert_true(usage.estimated);
        assert_int_equal(usage.tokens_in, 100);
        assert_int_equal(usage.tokens_out, 3);
        forget(&ear, &a);
    }
}

/* Anthropic says 1 at the beginning, and the true count at the end, where a proxy may forget it. */
static void a_first_count_does_not_stand_for_the_whole_answer(void **state) {
    static const char stream[] =
        "data: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":9,"
        "\"output_tokens\":1}}}\n\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
        "\"delta\":{\"type\":\"text_delta\",\"text\":\"123456789\"}}\n\n"
        "data: {\"type\":\"message_stop\"}\n\n";
    Err err;
    Ear ear;
    WireAnswer a;
    assert_int_equal(hear(WIRE_ANTHROPIC, stream, 7, &ear, &a, &err), OK);
    GateUsage usage = wire_usage_now(&a, 300);
    assert_true(usage.estimated && usage.tokens_in == 9 && usage.tokens_out == 3);
    forget(&ear, &a);
}

/* Some servers count where the others do not look. */
static void usage_is_found_where_servers_put_it(void **state) {
    static const char *const ways[] = {
        CHAT("{\"content\":\"x\"}", "\"stop\"")
        "data: {\"choices\":[],\"x_groq\":{\"usage\":{\"prompt_tokens\":9,"
        "\"completion_tokens\":7}}}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\",\"usage\":"
        "{\"prompt_tokens\":9,\"completion_tokens\":7}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\",\"usage\":"
        "{\"prompt_tokens\":9,\"completion_tokens\":5}}],\"usage\":{\"completion_tokens\":7}}\n\n"};
    Err err;
    Ear ear;
    WireAnswer a;
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        assert_int_equal(hear(WIRE_OPENAI_CHAT, ways[i], 5, &ear, &a, &err), OK);
        GateUsage usage = wire_usage_now(&a, 300);
        assert_int_equal(usage.tokens_in, 9);
        assert_int_equal(usage.tokens_out, 7);
        assert_false(usage.estimated);
        forget(&ear, &a);
    }
}

static void servers_that_leave_the_index_out_are_understood(void **state) {
    static const char stream[] =
        CHAT("{\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}]}",
             "null")
        CHAT("{\"tool_calls\":[{\"function\":{\"arguments\":\"}\"}}]}", "null")
        CHAT("{\"tool_calls\":[{\"id\":\"b\",\"function\":{\"name\":\"g\",\"arguments\":"
             "\"{\\\"x\\\":2}\"}}]}", "null")
        CHAT("{}", "\"tool_calls\"");
    Err err;
    Ear ear;
    WireAnswer a;
    assert_int_equal(hear(WIRE_OPENAI_CHAT, stream, 13, &ear, &a, &err), OK);
    assert_int_equal(ear.n_calls, 2);
    assert_string_equal(ear.arguments[0].p, "{}");
    assert_string_equal(ear.arguments[1].p, "{\"x\":2}");
    forget(&ear, &a);
}

#define CALL(index, id, name, arguments)                                                           \
    "{\"index\":" index ",\"id\":\"" id "\",\"function\":{\"name\":\"" name "\","               \
    "\"arguments\":" arguments "}}"
#define MORE(arguments) "{\"index\":0,\"function\":{\"arguments\":" arguments "}}"
#define CALLS(calls, finish) CHAT("{\"tool_calls\":[" calls "]}", finish)

/* Two calls, "f" with {} and "g" with {"x":2}, in the ways of compatible servers. */
static void calls_of_compatible_servers_are_told_apart(void **state) {
    static const struct { GateWire wire; const char *stream; } ways[] = {
        {WIRE_OPENAI_CHAT, /* each has the index 0, and pieces without an id are of the last */
         CALLS(CALL("0", "a", "f", "\"{\""), "null") CALLS(MORE("\"}\""), "null")
         CALLS(CALL("0", "b", "g", "\"\"") "," MORE("\"{\\\"x\\\":\""), "null")
         CALLS(CALL("0", "b", "g", "\"2}\""), "\"tool_calls\"")},
        {WIRE_OPENAI_CHAT, /* arguments are objects */
         CALLS(CALL("0", "a", "f", "{}") "," CALL("1", "b", "g", "{\"x\":2}"), "\"tool_calls\"")},
        {WIRE_ANTHROPIC, /* arguments come with the beginning of the block */
         "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":"
         "\"tool_use\",\"id\":\"a\",\"name\":\"f\",\"input\":{}}}\n\n"
         "data: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":"
         "\"tool_use\",\"id\":\"b\",\"name\":\"g\",\"input\":{\"x\":2}}}\n\n"
         "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"}}\n\n"},
        {WIRE_OPENAI_RESPONSES, /* nothing was streamed */
         "data: {\"type\":\"response.completed\",\"response\":{\"output\":[{\"type\":"
         "\"function_call\",\"call_id\":\"a\",\"name\":\"f\",\"arguments\":\"{}\"},{\"type\":"
         "\"function_call\",\"call_id\":\"b\",\"name\":\"g\",\"arguments\":\"{\\\"x\\\":2}\"}]}}"
         "\n\n"},
    };
    Err err;
    Ear ear;
    WireAnswer a;
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        assert_int_equal(hear(ways[i].wire, ways[i].stream, 11, &ear, &a, &err), OK);
        assert_int_equal(ear.n_calls, 2);
        assert_false(ear.disorder);
        assert_string_equal(ear.name[0].p, "f");
        assert_string_equal(ear.arguments[0].p, "{}");
        assert_string_equal(ear.id[1].p, "b");
        assert_string_equal(ear.arguments[1].p, "{\"x\":2}");
        forget(&ear, &a);
    }
}

static void text_of_compatible_servers_is_not_lost(void **state) {
    static const struct { GateWire wire; const char *stream; } ways[] = {
        {WIRE_OPENAI_CHAT, /* a reason to end in every event, as translated Gemini has it */
         CHAT("{\"content\":\"\"}", "\"stop\"") CHAT("{\"content\":\"Hel\"}", "\"stop\"")
         CHAT("{\"content\":\"lo\"}", "\"stop\"") "data: [DONE]\n\n"},
        {WIRE_OPENAI_CHAT, /* parts, of which thoughts are not shown */
         CHAT("{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"text\":\"no\"}]},{\"type\":"
              "\"text\",\"text\":\"Hel\"},{\"type\":\"text\",\"text\":\"lo\"}]}", "\"stop\"")},
        {WIRE_OPENAI_CHAT,
         CHAT("{\"reasoning_content\":\"no\",\"reasoning\":\"no\"}", "null")
         CHAT("{\"content\":\"Hello\"}", "\"eos\"")},
        {WIRE_OPENAI_CHAT, /* events of blanks, that keep the connection alive */
         "data:\n\n" CHAT("{\"content\":\"Hello\"}", "null") "data: \n\n" CHAT("{}", "\"stop\"")},
        {WIRE_OPENAI_CHAT, /* nothing was streamed */
         "data: {\"choices\":[{\"message\":{\"content\":\"Hello\"},\"finish_reason\":\"stop\"}]}"
         "\n\ndata: [DONE]\n\n"},
        {WIRE_OPENAI_CHAT, /* it was, and the whole message stands in the end once more */
         CHAT("{\"content\":\"Hello\"}", "null") "data: {\"choices\":[{\"message\":{\"content\":"
         "\"Hello\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"},
        {WIRE_OPENAI_RESPONSES, /* nothing was streamed */
         "data: {\"type\":\"response.completed\",\"response\":{\"output\":[{\"type\":\"message\","
         "\"content\":[{\"type\":\"output_text\",\"text\":\"Hello\"}]}]}}\n\n"},
        {WIRE_OPENAI_RESPONSES, /* it was, and stands in the end once more */
         "data: {\"type\":\"response.output_text.delta\",\"delta\":\"Hello\"}\n\n"
         "data: {\"type\":\"response.completed\",\"response\":{\"output\":[{\"type\":\"message\","
         "\"content\":[{\"type\":\"output_text\",\"text\":\"Hello\"}]}]}}\n\n"},
    };
    Err err;
    Ear ear;
    WireAnswer a;
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        assert_int_equal(hear(ways[i].wire, ways[i].stream, 11, &ear, &a, &err), OK);
        assert_string_equal(ear.text.p, "Hello");
        forget(&ear, &a);
    }
}

/* Reasoning as text, at any border; what only looks like it stays. */
static void reasoning_in_the_text_is_not_shown(void **state) {
    static const char *const ways[][2] = {
        {"<think>\\nwell </thin <</think>\\n\\nHello", "Hello"},
        {"\\n <think></think>Hello", "Hello"},
        {"Hello <think>no</think>", "Hello <think>no</think>"}, {"<thin ice", "<thin ice"},
        {"<thi", "<thi"}, {" <b>Hello", " <b>Hello"}, {"  ", "  "},
        {"                              Hello", "                              Hello"}};
    Err err;
    Ear ear;
    WireAnswer a;
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        for (size_t step = 1; step < 9; step += 3) { /* characters an event */
            Buf stream;
            buf_init(&stream, 1 << 16);
            for (const char *c = ways[i][0]; *c;) {
                buf_add_c(&stream, "data: {\"choices\":[{\"delta\":{\"content\":\"");
                for (size_t n = 0; n < step && *c; n++) {
                    if (*c == '\\') buf_add_byte(&stream, *c++);
                    buf_add_byte(&stream, *c++);
                }
                buf_add_c(&stream, "\"}}]}\n\n");
            }
            buf_add_c(&stream, CHAT("{}", "\"stop\""));
            buf_add_byte(&stream, 0);
            assert_int_equal(hear(WIRE_OPENAI_CHAT, stream.p, 7, &ear, &a, &err), OK);
            assert_string_equal(ear.text.p, ways[i][1]);
            forget(&ear, &a);
            buf_fini(&stream);
        }
    }
    const char *lost = CHAT("{\"content\":\"<think>I go on and on\"}", "\"length\"");
    assert_int_equal(hear(WIRE_OPENAI_CHAT, lost, 7, &ear, &a, &err), E_REMOTE);
    assert_non_null(strstr(err.message, "reasoned"));
    forget(&ear, &a);
}

static void an_error_without_an_error_object_is_one(void **state) {
    Err err;
    Ear ear;
    WireAnswer a;
    const char *stream = "data: {\"object\":\"error\",\"message\":\"too long\",\"code\":400}\n\n";
    assert_int_equal(hear(WIRE_OPENAI_CHAT, stream, 7, &ear, &a, &err), E_REMOTE);
    assert_non_null(strstr(err.message, "too long"));
    forget(&ear, &a);
}

#define SAY(text) CHAT("{\"content\":\"" text "\"}", "null")

static void a_character_cut_between_two_events_costs_itself_alone(void **state) {
    static const struct { const char *stream, *text; } ways[] = {
        {SAY("a\\ud83d") SAY("\\ude00b") CHAT("{}", "\"stop\""), "a\xEF\xBF\xBD\xEF\xBF\xBD""b"},
        {SAY("\\uD83D\\uDE00\\uDE00") CHAT("{}", "\"stop\""), "\xF0\x9F\x98\x80\xEF\xBF\xBD"},
        {SAY("\\ud83d\\ud83d\\ude00") CHAT("{}", "\"stop\""), "\xEF\xBF\xBD\xF0\x9F\x98\x80"},
        {SAY("\\\\ud83d\\\\\\\\udE00") CHAT("{}", "\"stop\""), "\\ud83d\\\\udE00"}, /* no escapes */
        {SAY("\\ud83dx\\n\\ude0") "", NULL},
        {"data: \\ud83", NULL}, {"data: \\\n\n", NULL}, {"data: \"\\ud83d\\u\n\n", NULL},
    };
    Err err;
    Ear ear;
    WireAnswer a;
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        Status status = hear(WIRE_OPENAI_CHAT, ways[i].stream, 11, &ear, &a, &err);
        assert_int_equal(status == OK, ways[i].text != NULL);
        if (ways[i].text) assert_string_equal(ear.text.p, ways[i].text);
        forget(&ear, &a);
    }
}

static void calls_without_an_id_get_one(void **state) {
    Err err;
    Ear ear;
    WireAnswer a;
    assert_int_equal(hear(WIRE_GEMINI, "data: {\"candidates\":[{\"content\":{\"parts\":["
                          "{\"functionCall\":{\"name\":\"f\"}},{\"functionCall\":{\"name\":\"f\"}}"
                          "]},\"finishReason\":\"STOP\"}]}\n\n", 50, &ear, &a, &err), OK);
    assert_true(ear.id[0].n > 8 && ear.id[1].n > 8);
    assert_string_not_equal(ear.id[0].p, ear.id[1].p);
    forget(&ear, &a);
}

static void calls_have_a_ceiling(void **state) {
    Err err;
    Ear ear;
    WireAnswer a;
    Buf stream;
    buf_init(&stream, 8 << 20);
    for (int i = 0; i < 200; i++) {
        buf_printf(&stream, CHAT("{\"tool_calls\":[{\"index\":%d,\"id\":\"i%d\",\"function\":"
                                 "{\"name\":\"f\"}}]}", "null"), i, i);
    }
    ear_open(&ear);
    assert_int_equal(ear_hear(&ear, WIRE_OPENAI_CHAT, buf_str(&stream), 4096, &a, &err), E_LIMIT);
    forget(&ear, &a);
    buf_clear(&stream);
    buf_add_c(&stream, CHAT("{\"tool_calls\":[{\"index\":0,\"id\":\"i\",\"function\":"
                            "{\"name\":\"f\"}}]}", "null"));
    for (int i = 0; i < 2200; i++) {
        buf_printf(&stream, CHAT("{\"tool_calls\":[{\"index\":0,"
            "\"function\":{\"arguments\":\"%0500d"
                                 "\"}}]}", "null"), i);
    }
    ear_open(&ear);
    assert_int_equal(ear_hear(&ear, WIRE_OPENAI_CHAT, buf_str(&stream), 4096, &a, &err), E_LIMIT);
    forget(&ear, &a);
    buf_fini(&stream);
}

static void every_allocation_of_an_answer_may_fail(void **state) {
    Err err;
    Ear ear;
    WireAnswer a;
    for (int wire = 0; wire < WIRE_COUNT; wire++) {
        uint64_t before = mem_live_blocks();
        for (uint64_t n = 1, fine = 0; fine < 20; n++) {
            mem_fail_at(n);
            Status status = hear((GateWire)wire, streams[wire], 200, &ear, &a, &err);
            mem_fail_at(0);
            assert_true(status == OK || status == E_NO_MEMORY);
            fine = status == OK ? fine + 1 : 0;
            forget(&ear, &a);
            assert_int_equal(mem_live_blocks(), before);
            assert_true(n < 5000);
        }
    }
}

/* ---- requests ---------------------------------------------------------------------------- */

static const GateToolCall one_call[] = {{{"t1", 2}, {"look", 4}, {"{\"q\":1}", 7}}};
static const GateMessage conversation[] = {
    {.role = GATE_SYSTEM, .text = {"Be brief.", 9}},
    {.role = GATE_USER, .text = {"Who is \"P1\"?\n", 13}},
    {.role = GATE_ASSISTANT, .calls = one_call, .n_calls = 1},
    {.role = GATE_TOOL, .text = {"a person", 8}, .call_id = {"t1", 2}},
    {.role = GATE_USER, .text = {"And?", 4}},
};
static const GateTool tool[] = {{{"look", 4}, {"looks", 5}, {"{\"type\":\"object\"}", 17}}};

static GateParcel parcel_of(const char *schema) {
    GateParcel p = {.masked = {.messages = conversation, .n_messages = ARRAY_LEN(conversation),
                               .tools = tool, .n_tools = 1, .schema = str_from(schema),
                               .max_tokens = 99, .temperature = 0.5F}};
    return p;
}

static Status render(GateWire wire, const GateParcel *p, const char *url, Buf *out, Err *err) {
    GateEndpoint e = {.name = "x", .model = "model-3", .wire = wire};
    (void)snprintf(e.url, sizeof e.url, "%s", url);
    buf_init(out, 1 << 20);
    return wire_render(p, &e, out, err);
}

static void a_parcel_is_said_in_the_words_of_each_api(void **state) {
    static const char *const expected[WIRE_COUNT] = {
        "{\"model\":\"model-3\",\"stream\":true,\"stream_options\":{\"include_usage\":true},"
        "\"max_tokens\":99,\"temperature\":0.5,\"messages\":[{\"role\":\"system\",\"content\":"
        "\"Be brief.\"},{\"role\":\"user\",\"content\":\"Who is \\\"P1\\\"?\\n\"},{\"role\":"
        "\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"t1\",\"type\":\"function\","
        "\"function\":{\"name\":\"look\",\"arguments\":\"{\\\"q\\\":1}\"}}]},{\"role\":\"tool\","
        "\"tool_call_id\":\"t1\",\"content\":\"a person\"},{\"role\":\"user\","
        "\"content\":\"And?\"}],"
        "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"look\","
        "\"description\":\"looks\","
        "\"parameters\":{\"type\":\"object\"}}}],\"response_format\":{\"type\":\"json_schema\","
        "\"json_schema\":{\"name\":\"answer\",\"strict\":true,\"schema\":{\"type\":\"string\"}}}}",
        "{\"model\":\"model-3\",\"stream\":true,\"store\":false,\"max_output_tokens\":4096,"
        "\"temperature\":0.5,\"input\":[{\"type\":\"message\",\"role\":\"system\",\"content\":"
        "\"Be brief.\"},{\"type\":\"message\",\"role\":\"user\",\"content\":"
        "\"Who is \\\"P1\\\"?\\n\"},{\"type\":\"function_call\",\"call_id\":"
        "\"t1\",\"name\":\"look\",\"arguments\":\"{\\\"q\\\":1}\"},"
        "{\"type\":\"function_call_output\","
        "\"call_id\":\"t1\",\"output\":\"a person\"},{\"type\":\"message\",\"role\":\"user\","
        "\"content\":\"And?\"}],"
        "\"tools\":[{\"type\":\"function\",\"name\":\"look\",\"description\":\"looks\",\"strict\":"
        "false,\"parameters\":{\"type\":\"object\"}}],"
        "\"text\":{\"format\":{\"type\":\"json_schema\","
        "\"name\":\"answer\",\"strict\":true,\"schema\":{\"type\":\"string\"}}}}",
        "{\"model\":\"model-3\",\"stream\":true,\"max_tokens\":4096,\"temperature\":0.5,\"system\":"
        "\"Be brief.\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":"
        "\"Who is \\\"P1\\\"?\\n\"}]},{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\","
        "\"id\":\"t1\",\"name\":\"look\",\"input\":{\"q\":1}}]},{\"role\":\"user\",\"content\":["
        "{\"type\":\"tool_result\",\"tool_use_id\":\"t1\",\"content\":\"a person\"},{\"type\":"
        "\"text\",\"text\":\"And?\"}]}],\"tools\":[{\"name\":\"look\",\"description\":\"looks\","
        "\"input_schema\":{\"type\":\"object\"}}],\"output_config\":{\"format\":{\"type\":"
        "\"json_schema\",\"schema\":{\"type\":\"string\"}}}}",
        "{\"systemInstruction\":{\"parts\":[{\"text\":\"Be brief.\"}]},\"contents\":[{\"role\":"
        "\"user\",\"parts\":[{\"text\":\"Who is \\\"P1\\\"?\\n\"}]},{\"role\":\"model\",\"parts\":["
        "{\"functionCall\":{\"id\":\"t1\",\"name\":\"look\",\"args\":{\"q\":1}},"
        "\"thoughtSignature\":\"skip_thought_signature_validator\"}]},{\"role\":\"user\","
        "\"parts\":[{\"functionResponse\":"
        "{\"id\":\"t1\",\"name\":\"look\",\"response\":{\"result\":\"a person\"}}},{\"text\":"
        "\"And?\"}]}],"
        "\"tools\":[{\"functionDeclarations\":[{\"name\":\"look\",\"description\":\"looks\","
        "\"parametersJsonSchema\":{\"type\":\"object\"}}]}],\"generationConfig\":{"
        "\"maxOutputTokens\":4096,\"temperature\":0.5,\"responseMimeType\":\"application/json\","
        "\"responseJsonSchema\":{\"type\":\"string\"}}}"};
    Err err;
    Buf out;
    GateParcel p = parcel_of("{\"type\":\"string\"}");
    for (int wire = 0; wire < WIRE_COUNT; wire++) {
        assert_int_equal(render((GateWire)wire, &p, "https://x/v1", &out, &err), OK);
        assert_string_equal(out.p, expected[wire]);
        buf_fini(&out);
    }
}

static void what_the_provider_decides_is_left_to_it(void **state) {
    Err err;
    Buf out;
    GateParcel p = parcel_of("");
    p.masked.n_tools = 0;
    p.masked.temperature = -1;
    p.masked.max_tokens = 0;
    for (int wire = 0; wire < WIRE_COUNT; wire++) {
        assert_int_equal(render((GateWire)wire, &p, "https://x/v1", &out, &err), OK);
        assert_null(strstr(out.p, "temperature"));
        assert_null(strstr(out.p, "schema"));
        assert_null(strstr(out.p, "tools"));
        assert_int_equal(strstr(out.p, "max") != NULL, wire == WIRE_ANTHROPIC); /* required there */
        buf_fini(&out);
    }
}

/* OpenAI's own hosts and Azure's know another word, and count reasoning into the limit. */
static void the_limit_has_the_hosts_word_and_room_for_thoughts(void **state) {
    static const struct { const char *url; bool own; } hosts[] = {
        {"https://api.openai.com/v1", true}, {"https://API.OpenAI.com:443/v1/", true},
        {"https://eu.api.openai.com/v1", true}, {"https://api.openai.com", true},
        {"https://firm.openai.azure.com/openai/v1/", true},
        {"https://firm.services.ai.azure.com/openai/v1", true},
        {"https://api.openai.com.example.net/v1", false}, {"https://xapi.openai.com/v1", false},
        {"https://example.net/api.openai.com", false}, {"http://127.0.0.1:8080/v1", false},
        {"https://openrouter.ai/api/v1", false}, {"api.openai.com", false}};
    Err err;
    Buf out;
    GateParcel p = parcel_of("");
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
        p.masked.max_tokens = 5;
        assert_int_equal(render(WIRE_OPENAI_CHAT, &p, hosts[i].url, &out, &err), OK);
        assert_int_equal(strstr(out.p, "\"max_completion_tokens\":4096,") != NULL, hosts[i].own);
        assert_int_equal(strstr(out.p, "\"max_tokens\":5,") != NULL, !hosts[i].own);
        buf_fini(&out);
    }
    p.masked.max_tokens = 9000; /* what is more stays */
    assert_int_equal(render(WIRE_GEMINI, &p, "https://x", &out, &err), OK);
    assert_non_null(strstr(out.p, "\"maxOutputTokens\":9000,"));
    buf_fini(&out);
}

/* Anthropic and Gemini refuse a turn without words; what stands around it is one turn then. */
static void a_turn_without_words_is_no_turn(void **state) {
    static const struct { GateWire wire; const char *says; } wants[] = {
        {WIRE_ANTHROPIC, "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\","
                         "\"text\":\"a\"},{\"type\":\"text\",\"text\":\"b\"}]}]"},
        {WIRE_GEMINI, "\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"a\"},"
                      "{\"text\":\"b\"}]}]"}};
    GateMessage messages[] = {{.role = GATE_USER, .text = STR("a")},
                              {.role = GATE_ASSISTANT, .text = STR(" \n")},
                              {.role = GATE_USER, .text = STR("b")}};
    for (size_t i = 0; i < ARRAY_LEN(wants); i++) {
        Err err;
        Buf out;
        GateParcel p = {.masked = {.messages = messages, .n_messages = 3, .temperature = -1}};
        assert_int_equal(render(wants[i].wire, &p, "https://x", &out, &err), OK);
        if (!strstr(out.p, wants[i].says)) fail_msg("%s", out.p);
        buf_fini(&out);
    }
}

/* Mistral answers 422 to stream_options; what it and Groq count comes without being asked for. */
static void counts_are_asked_for_where_they_do_not_come_by_themselves(void **state) {
    static const struct { const char *url; bool asked; } hosts[] = {
        {"https://api.mistral.ai/v1", false}, {"https://codestral.mistral.ai/v1", false},
        {"https://api.groq.com/openai/v1", false}, {"https://api.openai.com/v1", true},
        {"https://notmistral.ai/v1", true}, {"http://127.0.0.1:8080/v1", true}};
    Err err;
    Buf out;
    GateParcel p = parcel_of("");
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
        assert_int_equal(render(WIRE_OPENAI_CHAT, &p, hosts[i].url, &out, &err), OK);
        assert_int_equal(strstr(out.p, "stream_options") != NULL, hosts[i].asked);
        buf_fini(&out);
    }
}

static void schemas_that_are_no_json_are_refused_before_anything_leaves(void **state) {
    Err err;
    Buf out;
    GateParcel p = parcel_of("{\"type\":");
    for (int wire = 0; wire < WIRE_COUNT; wire++) {
        assert_int_equal(render((GateWire)wire, &p, "https://x", &out, &err), E_USAGE);
        buf_fini(&out);
    }
}

static void urls_are_joined_with_care(void **state) {
    static const struct { GateWire wire; const char *base, *url; } joins[] = {
        {WIRE_OPENAI_CHAT, "http://127.0.0.1:8080/v1//",
         "http://127.0.0.1:8080/v1/chat/completions"},
        {WIRE_OPENAI_RESPONSES, "https://api.openai.com/v1", "https://api.openai.com/v1/responses"},
        {WIRE_ANTHROPIC, "https://api.anthropic.com", "https://api.anthropic.com/v1/messages"},
        {WIRE_ANTHROPIC, "https://api.anthropic.com/v1/", "https://api.anthropic.com/v1/messages"},
        {WIRE_OPENAI_CHAT, "https://openrouter.ai/api/v1/chat/completions",
         "https://openrouter.ai/api/v1/chat/completions"},
        {WIRE_OPENAI_CHAT, "https://x/v1/chat/completions/", "https://x/v1/chat/completions"},
        {WIRE_OPENAI_CHAT, "https://x/chat/completions", "https://x/chat/completions"},
        {WIRE_OPENAI_CHAT, "https://x/v1/responses", "https://x/v1/responses/chat/completions"},
        {WIRE_OPENAI_RESPONSES, "https://x/v1/responses", "https://x/v1/responses"},
        {WIRE_ANTHROPIC, "https://x/v1/messages/", "https://x/v1/messages"},
        {WIRE_ANTHROPIC, "https://x/anthropic/messages", "https://x/anthropic/v1/messages"},
        {WIRE_GEMINI, "https://g/v1beta",
         "https://g/v1beta/models/m-1:streamGenerateContent?alt=sse"},
    };
    for (size_t i = 0; i < ARRAY_LEN(joins); i++) {
        Buf out;
        GateEndpoint e = {.wire = joins[i].wire, .model = "models/m-1"};
        (void)snprintf(e.url, sizeof e.url, "%s", joins[i].base);
        buf_init(&out, 4096);
        wire_url(&e, &out);
        assert_string_equal(out.p, joins[i].url);
        buf_fini(&out);
    }
}

static void every_allocation_of_a_request_may_fail(void **state) {
    Err err;
    Buf out;
    GateParcel p = parcel_of("{\"type\":\"string\"}");
    for (int wire = 0; wire < WIRE_COUNT; wire++) {
        uint64_t before = mem_live_blocks();
        for (uint64_t n = 1, fine = 0; fine < 20; n++) {
            mem_fail_at(n);
            Status status = render((GateWire)wire, &p, "https://x", &out, &err);
            mem_fail_at(0);
            assert_true(status == OK || status == E_NO_MEMORY);
            fine = status == OK ? fine + 1 : 0;
            buf_fini(&out);
            assert_int_equal(mem_live_blocks(), before);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_wire_is_understood_at_any_border),
        cmocka_unit_test(an_answer_that_is_no_stream_is_understood),
        cmocka_unit_test(a_body_that_is_neither_is_no_answer),
        cmocka_unit_test(an_answer_that_breaks_off_fails_wherever_it_breaks),
        cmocka_unit_test(what_is_wrong_fails_as_a_whole),
        cmocka_unit_test(errors_that_may_pass_are_told_apart),
        cmocka_unit_test(cuts_and_refusals_are_told),
        cmocka_unit_test(usage_that_lies_is_not_believed),
        cmocka_unit_test(a_first_count_does_not_stand_for_the_whole_answer),
        cmocka_unit_test(usage_is_found_where_servers_put_it),
        cmocka_unit_test(servers_that_leave_the_index_out_are_understood),
        cmocka_unit_test(calls_of_compatible_servers_are_told_apart),
        cmocka_unit_test(text_of_compatible_servers_is_not_lost),
        cmocka_unit_test(reasoning_in_the_text_is_not_shown),
        cmocka_unit_test(an_error_without_an_error_object_is_one),
        cmocka_unit_test(a_character_cut_between_two_events_costs_itself_alone),
        cmocka_unit_test(calls_without_an_id_get_one),
        cmocka_unit_test(calls_have_a_ceiling),
        cmocka_unit_test(every_allocation_of_an_answer_may_fail),
        cmocka_unit_test(a_parcel_is_said_in_the_words_of_each_api),
        cmocka_unit_test(what_the_provider_decides_is_left_to_it),
        cmocka_unit_test(the_limit_has_the_hosts_word_and_room_for_thoughts),
        cmocka_unit_test(a_turn_without_words_is_no_turn),
        cmocka_unit_test(counts_are_asked_for_where_they_do_not_come_by_themselves),
        cmocka_unit_test(schemas_that_are_no_json_are_refused_before_anything_leaves),
        cmocka_unit_test(urls_are_joined_with_care),
        cmocka_unit_test(every_allocation_of_a_request_may_fail),
    };
    return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
