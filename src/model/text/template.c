/*
 * The public face of the chat templates; see template.h for the contract and template_int.h for the
 * rooms behind.
 *
 * Parsing fills one arena that the Template owns. Rendering makes a TRun with an arena of its
 * own, turns the context into values, runs the body into one builder, and hands out its bytes
 * and marks as text and segments.
 *
 * Two words of the context are trusted: the strings that TemplateInput names itself, and the
 * role of a message when it is one of a fixed list. Templates such as Phi's spell the special
 * token around the role, '<|' + role + '|>'; a word out of a fixed list cannot be forged into
 * another token.
 */
#include "model/text/template_int.h"

#include <assert.h>

enum { PARSE_ARENA_BYTES = 64 << 20, DEFAULT_MEMORY_BYTES = 64 << 20 };

static const TemplateLimits default_limits = {
    .steps = 1000000,
    .output_bytes = 1 << 20,
    .memory_bytes = DEFAULT_MEMORY_BYTES,
    .range_items = 100000,
};

Status template_parse(Str source, Template **out, Err *err) {
    *out = NULL;
    if (source.n > TEMPLATE_SOURCE_MAX) {
        return err_set(err, E_LIMIT, "chat template: %zu bytes, at most %d are allowed", source.n,
                       TEMPLATE_SOURCE_MAX);
    }
    Template *t = mem_zalloc(sizeof *t);
    if (!t) return err_no_memory(err, "a chat template");
    arena_init(&t->arena, PARSE_ARENA_BYTES);
    Err own;
    TParser p = {.arena = &t->arena, .err = err ? err : &own};
    Status status = tmpl_lex(&p, source);
    if (status == OK) status = tmpl_parse_body(&p, &t->body);
    if (status != OK) {
        template_free(t);
        return status;
    }
    *out = t;
    return OK;
}

void template_free(Template *t) {
    if (!t) return;
    arena_fini(&t->arena);
    mem_free(t);
}

/* ---- context --------------------------------------------------------------------------------- */

static bool is_known_role(Str role) {
    static const char *const role_names[] = {
        "system",  "developer", "user",           "assistant", "model",       "tool",
        "function", "ipython",  "tool_response",  "tool_call", "environment", "observation",
        "context", "documents", "tool_responses", "tools",     "human",       "bot"};
    bool known = false;
    for (size_t i = 0; i < ARRAY_LEN(role_names) && !known; i++) {
        known = str_eq_c(role, role_names[i]);
    }
    return known;
}

/* messages[i].role, when the template may build a special token around it. */
static Status trust_roles(TRun *run, TValue messages) {
    size_t n = messages.kind == T_LIST ? messages.u.list->n : 0;
    for (size_t i = 0; i < n; i++) {
        TValue message = messages.u.list->items[i];
        if (message.kind != T_DICT) continue;
        TPair *role = tmpl_dict_find_str(message.u.dict, STR("role"));
        if (!role || role->value.kind != T_STRING) continue;
        Str name = role->value.u.s->text;
        if (is_known_role(name)) TRY(tmpl_new_string(run, name, true, &role->value));
    }
    return OK;
}

static Status set_token(TRun *run, Str name, Str text) {
    TValue value = {0};
    if (!text.p) return OK;
    TRY(tmpl_new_string(run, text, true, &value));
    return tmpl_scope_set(run, run->scope, name, value);
}

/* The root scope: the context first, then what the input says itself. */
static Status load_context(TRun *run) {
    const TemplateInput *in = run->in;
    if (in->context && json_kind(in->context) != JSON_OBJECT) {
        return TMPL_FAIL(run, E_USAGE, "the context is no JSON object");
    }
    Str key = {0};
    const Json *member;
    for (size_t i = 0; in->context && json_pair(in->context, i, &key, &member); i++) {
        TValue value = {0};
        TRY(tmpl_from_json(run, member, &value));
        if (str_eq_c(key, "messages")) TRY(trust_roles(run, value));
        TRY(tmpl_scope_set(run, run->scope, key, value));
    }
    TRY(tmpl_scope_set(run, run->scope, STR("add_generation_prompt"),
                       tv_bool(in->add_generation_prompt)));
    TRY(set_token(run, STR("bos_token"), in->bos_token));
    return set_token(run, STR("eos_token"), in->eos_token);
}

/* ---- output ---------------------------------------------------------------------------------- */

static void add_segment(TemplateOutput *out, size_t start, size_t end, bool trusted) {
    assert(start <= end); /* marks ascend */
    if (start < end) out->segments[out->n_segments++] = (TemplateSegment){start, end, trusted};
}

static Status hand_out(TRun *run, const TBuilder *b, TemplateOutput *out) {
    buf_add(&out->text, b->p ? b->p : "", b->n);
    TRY(buf_check(&out->text, "a rendered chat template", run->err));
    out->segments = mem_alloc_n(2 * b->n_marks + 1, sizeof *out->segments);
    if (!out->segments) return err_no_memory(run->err, "a rendered chat template");
    size_t at = 0;
    for (size_t i = 0; i < b->n_marks; i++) {
        add_segment(out, at, b->marks[i].from, false);
        add_segment(out, b->marks[i].from, b->marks[i].to, true);
        at = b->marks[i].to;
    }
    assert(at <= b->n && out->n_segments <= 2 * b->n_marks);
    add_segment(out, at, b->n, false);
    return OK;
}

static Status render(TRun *run, const Template *t, TemplateOutput *out) {
    TBuilder text = tmpl_build(run);
    run->out = &text;
    run->scope = tmpl_scope_new(run, NULL);
    if (!run->scope) return tmpl_full(run);
    TRY(load_context(run));
    run->scope = tmpl_scope_new(run, run->scope);
    if (!run->scope) return tmpl_full(run);
    TRY(tmpl_exec(run, t->body));
    TRY(text.status);
    return hand_out(run, &text, out);
}

Status template_render(const Template *t, const TemplateInput *in, TemplateOutput *out, Err *err) {
    Err own;
    TRun run = {.in = in, .err = err ? err : &own, .limits = in->limits, .line = 1};
    if (!run.limits.steps) run.limits.steps = default_limits.steps;
    if (!run.limits.output_bytes) run.limits.output_bytes = default_limits.output_bytes;
    if (!run.limits.memory_bytes) run.limits.memory_bytes = default_limits.memory_bytes;
    if (!run.limits.range_items) run.limits.range_items = default_limits.range_items;
    *out = (TemplateOutput){0};
    buf_init(&out->text, run.limits.output_bytes);
    arena_init(&run.arena, run.limits.memory_bytes);
    Status status = render(&run, t, out);
    for (; run.owned; run.owned = run.owned->next) json_free(run.owned->json);
    arena_fini(&run.arena);
    return status;
}

void template_output_fini(TemplateOutput *out) {
    buf_fini(&out->text);
    mem_free(out->segments);
    *out = (TemplateOutput){0};
}
