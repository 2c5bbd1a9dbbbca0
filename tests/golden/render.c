/*
 * Renders chat templates for tests/golden/templates.py: one JSON object a line in, one a line out.
 *
 *   in:  {"template": S, "context": {...}, "add_generation_prompt": B, "clock": N,
 *         "bos_token": S, "eos_token": S}             all but the template may be missing
 *   out: {"ok": true, "text": S, "segments": [[start, end, trusted], ...]}   offsets are bytes
 *        {"ok": false, "status": "corrupt", "error": S}
 *
 * The answer to a line that is no JSON is an error, not an end: the driver counts lines.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "model/text/template.h"

enum { LINE_MAX_BYTES = 32 << 20 };

static void write_ok(JsonWriter *w, const TemplateOutput *out) {
    jsonw_put_bool(w, "ok", true);
    jsonw_put_str(w, "text", buf_str(&out->text));
    jsonw_put_array(w, "segments");
    for (size_t i = 0; i < out->n_segments; i++) {
        jsonw_array_begin(w);
        jsonw_int(w, (int64_t)out->segments[i].start);
        jsonw_int(w, (int64_t)out->segments[i].end);
        jsonw_bool(w, out->segments[i].trusted);
        jsonw_array_end(w);
    }
    jsonw_array_end(w);
}

static void write_error(JsonWriter *w, Status status, const Err *err) {
    jsonw_put_bool(w, "ok", false);
    jsonw_put_c(w, "status", status_info(status)->name);
    jsonw_put_c(w, "error", err->message);
}

static Status render(const Json *request, TemplateOutput *out, Err *err) {
    TemplateInput in = {.context = json_get(request, "context"),
                        .bos_token = json_str(json_get(request, "bos_token")),
                        .eos_token = json_str(json_get(request, "eos_token"))};
    in.add_generation_prompt = json_bool(json_get(request, "add_generation_prompt"), false);
    in.local_s = (int64_t)json_real(json_get(request, "clock"), 0);
    Template *t;
    TRY(template_parse(json_str(json_get(request, "template")), &t, err));
    Status status = template_render(t, &in, out, err);
    template_free(t);
    return status;
}

static void answer(Str line, Buf *text) {
    Json *request = NULL;
    TemplateOutput out = {0};
    Err err;
    err_clear(&err);
    JsonWriter w = jsonw_init(text);
    jsonw_object_begin(&w);
    Status status = json_parse(line, NULL, &request, &err);
    if (status == OK) status = render(request, &out, &err);
    if (status == OK) write_ok(&w, &out);
    if (status != OK) write_error(&w, status, &err);
    jsonw_object_end(&w);
    template_output_fini(&out);
    json_free(request);
}

int main(void) {
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    while ((n = getline(&line, &cap, stdin)) > 0 && n < LINE_MAX_BYTES) {
        Buf text;
        buf_init(&text, LINE_MAX_BYTES);
        answer((Str){line, (size_t)n - (line[n - 1] == '\n')}, &text);
        (void)fwrite(buf_str(&text).p, 1, text.n, stdout);
        (void)fputc('\n', stdout);
        (void)fflush(stdout);
        buf_fini(&text);
    }
    free(line); /* getline's, not ours */
    return ferror(stdout) ? 1 : 0;
}
