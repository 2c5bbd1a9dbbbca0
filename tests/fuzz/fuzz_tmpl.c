/*
 * Chat templates from a hostile model file: whatever the bytes are, parsing and rendering end
 * within their ceilings, and the segments cover the text.
 *
 * Input: the template; behind the first 0xFF byte, if there is one, the JSON context.
 */
#include <stdlib.h>

#include "model/text/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_segments(const TemplateOutput *out) {
    size_t at = 0;
    for (size_t i = 0; i < out->n_segments; i++) {
        if (out->segments[i].start != at || out->segments[i].end <= at) abort();
        at = out->segments[i].end;
    }
    if (at != out->text.n) abort();
}

static const char usual[] = "{\"messages\":[{\"role\":\"system\",\"content\":\"s\"},{\"role\":"
                            "\"user\",\"content\":\"<|x|> \\u65e5\"},"
                            "{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"type\":"
                            "\"function\",\"function\":{\"name\":"
                            "\"f\",\"arguments\":{\"a\":[1,2.5,null]}}}]}],\"tools\":[{\"type\":"
                            "\"function\",\"function\":{\"name\":"
                            "\"f\",\"parameters\":{\"type\":\"object\"}}}]}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Str all = {(const char *)data, size};
    size_t cut = str_find(all, STR("\xff"), 0);
    Str source = cut == SIZE_MAX ? all : str_sub(all, 0, cut);
    Str context = cut == SIZE_MAX ? STR(usual) : str_sub(all, cut + 1, size);
    Template *t;
    if (template_parse(source, &t, NULL) != OK) return 0;
    Json *json = NULL;
    if (json_parse(context, NULL, &json, NULL) != OK) json = NULL;
    if (json_kind(json) != JSON_OBJECT) {
        json_free(json);
        json = NULL;
    }
    TemplateInput in = {.context = json,
                        .bos_token = STR("<s>"),
                        .add_generation_prompt = true,
                        .limits = {.steps = 20000, .output_bytes = 1 << 16,
                                   .memory_bytes = 8 << 20}};
    TemplateOutput out;
    if (template_render(t, &in, &out, NULL) == OK) check_segments(&out);
    template_output_fini(&out);
    template_free(t);
    json_free(json);
    return 0;
}
