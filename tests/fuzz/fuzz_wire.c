/*
 * Any bytes as the answer of any provider: no crash, pieces of calls are in order, an answer that
 * is taken for whole holds only calls that are JSON, and borders of pieces change nothing.
 */
#include <stdlib.h>

#include "../support/wire_ear.h"

static void check(const Ear *ear, Status status) {
    if (ear->disorder) abort();
    for (size_t i = 0; status == OK && i < ear->n_calls && i < EAR_CALLS; i++) {
        Json *tree = NULL;
        if (json_parse(buf_str(&ear->arguments[i]), NULL, &tree, NULL) != OK) abort();
        if (json_kind(tree) != JSON_OBJECT || ear->name[i].n == 0) abort();
        json_free(tree);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Ear whole, cut;
    WireAnswer a, b;
    Err err;
    char text[64];
    if (size < 2) return 0;
    GateWire wire = (GateWire)(data[0] % WIRE_COUNT);
    size_t step = data[1] % 31 + 1;
    Str stream = {(const char *)data + 2, size - 2};
    ear_open(&whole);
    ear_open(&cut);
    Status first = ear_hear(&whole, wire, stream, stream.n + 1, &a, &err);
    check(&whole, first);
    Status second = ear_hear(&cut, wire, stream, step, &b, &err);
    check(&cut, second);
    if (first != second || !str_eq(buf_str(&whole.text), buf_str(&cut.text))) abort();
    if (a.n_calls != b.n_calls || a.usage.tokens_out != b.usage.tokens_out) abort();
    ear_close(&cut);
    wire_fini(&b);
    ear_open(&cut);
    GateSink sink = {ear_text, ear_call, &cut};
    wire_begin(&b, wire, &sink);
    first = wire_whole(&b, stream, &err);
    check(&cut, first == OK && b.finished ? wire_end(&b, &err) : E_REMOTE);
    (void)wire_error_fields(stream);
    wire_error_text(stream, text, sizeof text);
    if (strlen(text) >= sizeof text) abort();
    if (wire_error_wait_ms(stream) > 86400 * 1000) abort();
    wire_fini(&a);
    wire_fini(&b);
    ear_close(&whole);
    ear_close(&cut);
    return 0;
}
