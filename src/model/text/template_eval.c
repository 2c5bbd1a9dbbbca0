/*
 * Walking the statements of a chat template.
 *
 * Scopes are a chain. The root holds the context; below it lie the template itself, each round
 * of a loop, each macro call and each block whose output is caught. Names are looked up from the
 * inside outwards and always set in the innermost scope, so that `set` inside a loop does not
 * reach out of it (jinja2's rule; `namespace` is the way around). `if` opens no scope. A macro
 * remembers the scope it was defined in and sees later changes there.
 *
 * A loop round gets a fresh scope; the struct is reused for the next round unless a macro has
 * captured it.
 *
 * Ceilings: each node costs a step; tmpl_enter() counts C recursion over statements, expressions
 * and values together (TMPL_NEST_MAX; about 300 bytes of stack a level), macro calls are counted
 * apart (TEMPLATE_DEPTH_MAX).
 */
#include "model/text/template_int.h"

#include <assert.h>

Status tmpl_err_line(Status code, Err *err, uint32_t line) {
    return err_prefix(err, code, "chat template, line %u", line);
}

/* Tells the ceiling, which is the template's fault, from a heap that is empty, which is not. */
Status tmpl_full(TRun *run) {
    assert(run->arena.used_bytes <= run->limits.memory_bytes);
    if (run->wanted > run->limits.memory_bytes - run->arena.used_bytes) {
        return TMPL_FAIL(run, E_LIMIT, "its values need more than %zu bytes",
                         run->limits.memory_bytes);
    }
    return err_no_memory(run->err, "rendering a chat template");
}

void *tmpl_alloc(TRun *run, size_t count, size_t size_bytes) {
    void *block = arena_alloc_n(&run->arena, count, size_bytes);
    if (!block && !size_mul(count, size_bytes, &run->wanted)) run->wanted = SIZE_MAX;
    return block;
}

Status tmpl_grow(TRun *run, void **items, size_t *cap, size_t n, size_t item_bytes) {
    assert(n <= *cap);
    if (n < *cap) return OK;
    size_t room = n ? n * 2 : 4;
    void *grown = tmpl_alloc(run, room, item_bytes);
    if (!grown) return tmpl_full(run);
    if (n) memcpy(grown, *items, n * item_bytes);
    *items = grown;
    *cap = room;
    return OK;
}

/* steps never passes the limit, so that the subtraction cannot wrap. */
Status tmpl_step(TRun *run, uint64_t n) {
    assert(run->steps <= run->limits.steps);
    if (n <= run->limits.steps - run->steps) {
        run->steps += n;
        return OK;
    }
    run->steps = run->limits.steps;
    return TMPL_FAIL(run, E_LIMIT, "more than %llu steps", (unsigned long long)run->limits.steps);
}

Status tmpl_enter(TRun *run) {
    assert(0 <= run->nest && run->nest <= TMPL_NEST_MAX);
    if (run->nest == TMPL_NEST_MAX) return TMPL_FAIL(run, E_LIMIT, "nested too deeply");
    TRY(tmpl_step(run, 1));
    run->nest++;
    return OK;
}

/* ---- scopes ---------------------------------------------------------------------------------- */

TScope *tmpl_scope_new(TRun *run, TScope *parent) {
    TScope *scope = tmpl_alloc(run, 1, sizeof *scope);
    if (scope) *scope = (TScope){.parent = parent};
    return scope;
}

static TVar *scope_find(const TScope *scope, Str name) {
    for (size_t i = 0; i < scope->n; i++) {
        if (str_eq(scope->vars[i].name, name)) return &scope->vars[i];
    }
    return NULL;
}

/* Always the innermost scope: that is why `set` in a loop does not reach out of it. Looking is paid
   for: the source has room for 15,000 names, and each of them can be set in every round. */
Status tmpl_scope_set(TRun *run, TScope *scope, Str name, TValue value) {
    TVar *var = scope_find(scope, name);
    TRY(tmpl_step(run, scope->n / TMPL_LOOKS_A_STEP));
    if (var) {
        var->value = value;
        return OK;
    }
    TRY(tmpl_grow(run, (void **)&scope->vars, &scope->cap, scope->n, sizeof *scope->vars));
    scope->vars[scope->n++] = (TVar){name, value};
    return OK;
}

/* From the inside out; the global functions come last, so that a context may shadow them. */
Status tmpl_scope_get(TRun *run, Str name, bool *found, TValue *out) {
    const TVar *var = NULL;
    size_t looks = 0;
    for (const TScope *scope = run->scope; scope && !var; scope = scope->parent) {
        var = scope_find(scope, name);
        looks += 1 + scope->n;
    }
    TRY(tmpl_step(run, looks / TMPL_LOOKS_A_STEP));
    const TDef *def = var ? NULL : tmpl_global_find(name);
    if (var) *out = var->value;
    if (def) *out = (TValue){.kind = T_FUNCTION, .u.def = def};
    *found = var || def;
    return OK;
}

/* Runs `body` in `scope` and gives what it wrote. */
Status tmpl_capture(TRun *run, const TStmt *body, TScope *scope, TValue *out) {
    TScope *outer_scope = run->scope;
    TBuilder *outer_out = run->out, own = tmpl_build(run);
    if (!scope) return tmpl_full(run);
    run->scope = scope;
    run->out = &own;
    Status status = tmpl_exec(run, body);
    run->scope = outer_scope;
    run->out = outer_out;
    return status == OK ? tmpl_take(&own, false, out) : status;
}

/* ---- assignment ------------------------------------------------------------------------------ */

/* Only namespaces can be written to; dicts of the context stay as they came. */
static Status assign_attr(TRun *run, const TExpr *target, TValue value) {
    TValue holder = {0};
    bool found = false;
    TRY(tmpl_scope_get(run, target->name, &found, &holder));
    if (!found || holder.kind != T_NAMESPACE) {
        return TMPL_FAIL(run, E_CORRUPT, "'%.*s' is no namespace, its attributes cannot be set",
                         (int)(target->name.n < 80 ? target->name.n : 80), target->name.p);
    }
    TValue key = {0};
    TRY(tmpl_new_string(run, target->attr, true, &key));
    return tmpl_dict_set(run, holder.u.dict, key, value);
}

/* A tuple takes apart anything that can be walked, and the counts must agree. */
static Status tmpl_assign(TRun *run, const TExpr *target, TValue value) {
    if (target->kind == E_NAME) return tmpl_scope_set(run, run->scope, target->name, value);
    if (target->kind == E_NSREF) return assign_attr(run, target, value);
    TRY(tmpl_enter(run));
    TList *items = NULL;
    TRY(tmpl_iterate(run, value, &items));
    if (items->n != target->n_items) {
        return TMPL_FAIL(run, E_CORRUPT, "%zu values for %zu names", items->n, target->n_items);
    }
    for (size_t i = 0; i < items->n; i++) TRY(tmpl_assign(run, target->items[i], items->items[i]));
    run->nest--;
    return OK;
}

/* ---- statements ------------------------------------------------------------------------------ */

/* str() of each value into the output of the moment. */
static Status exec_print(TRun *run, const TStmt *s) {
    for (size_t i = 0; i < s->n_items; i++) {
        TValue value = {0};
        TRY(tmpl_eval(run, s->items[i], &value));
        TRY(tmpl_print(run, run->out, value));
    }
    return OK;
}

/* A loop, not a recursion: an elif chain may be as long as the source allows. */
static Status exec_if(TRun *run, const TStmt *s) {
    while (s && s->kind == S_IF) {
        TValue test = {0};
        run->line = s->line;
        TRY(tmpl_eval(run, s->expr, &test));
        if (tmpl_truth(test)) return tmpl_exec(run, s->body);
        /* An elif is an S_IF alone in the else; a real if in an else may have neighbours. */
        if (!s->other || s->other->kind != S_IF || s->other->next) return tmpl_exec(run, s->other);
        s = s->other;
    }
    return OK;
}

/* The items that pass the loop's own `if`, each tried in a scope with the target set. */
static Status filter_items(TRun *run, const TStmt *s, TList **items) {
    TList *kept = NULL;
    TScope *outer = run->scope, *scope = tmpl_scope_new(run, outer);
    if (!scope) return tmpl_full(run);
    TRY(tmpl_list_new(run, TS_LIST, 0, &kept));
    for (size_t i = 0; i < (*items)->n; i++) {
        TValue test = {0};
        scope->n = 0;
        run->scope = scope;
        Status status = tmpl_assign(run, s->target, (*items)->items[i]);
        if (status == OK) status = tmpl_eval(run, s->test, &test);
        run->scope = outer;
        TRY(status);
        if (tmpl_truth(test)) TRY(tmpl_list_add(run, kept, (*items)->items[i]));
    }
    *items = kept;
    return OK;
}

/* One round: a scope with the target and `loop`, then the body. */
static Status exec_round(TRun *run, const TStmt *s, TLoop *loop) {
    TValue self = {.kind = T_LOOP, .u.loop = loop};
    TRY(tmpl_step(run, 1));
    TRY(tmpl_assign(run, s->target, loop->items->items[loop->index]));
    TRY(tmpl_scope_set(run, run->scope, STR("loop"), self));
    TRY(tmpl_exec(run, s->body));
    if (run->flow == FLOW_CONTINUE) run->flow = FLOW_ON;
    return OK;
}

/* break is eaten here; continue is eaten by exec_round, because the round's scope must be left. */
static Status exec_rounds(TRun *run, const TStmt *s, TLoop *loop) {
    TScope *outer = run->scope, *scope = NULL;
    size_t n = loop->items->n; /* a list that grows while it is walked is not followed */
    Status status = OK;
    for (size_t i = 0; i < n && status == OK && run->flow == FLOW_ON; i++) {
        if (!scope || scope->captured) scope = tmpl_scope_new(run, outer);
        if (!scope) return tmpl_full(run);
        scope->n = 0;
        loop->index = i;
        run->scope = scope;
        status = exec_round(run, s, loop);
        run->scope = outer;
    }
    assert(run->scope == outer);
    if (run->flow == FLOW_BREAK) run->flow = FLOW_ON;
    return status;
}

/* The source is walked into a list first: `loop.length` and `loop.last` need to know the end. */
static Status exec_for(TRun *run, const TStmt *s) {
    TValue source = {0};
    TList *items = NULL;
    TRY(tmpl_eval(run, s->expr, &source));
    TRY(tmpl_iterate(run, source, &items));
    if (s->test) TRY(filter_items(run, s, &items));
    if (!items->n) {
        TScope *outer = run->scope;
        run->scope = tmpl_scope_new(run, outer);
        if (!run->scope) return tmpl_full(run);
        Status status = tmpl_exec(run, s->other);
        run->scope = outer;
        return status;
    }
    TLoop *loop = tmpl_alloc(run, 1, sizeof *loop);
    if (!loop) return tmpl_full(run);
    *loop = (TLoop){.items = items};
    return exec_rounds(run, s, loop);
}

/* Puts the caught text through the filters of a set or filter block. */
static Status filter_text(TRun *run, const TExpr *filter, TValue text, TValue *out) {
    static const Str slot = {" body", 5}; /* no template can spell it */
    *out = text;
    if (!filter) return OK;
    TScope *outer = run->scope;
    run->scope = tmpl_scope_new(run, outer);
    if (!run->scope) return tmpl_full(run);
    Status status = tmpl_scope_set(run, run->scope, slot, text);
    if (status == OK) status = tmpl_eval(run, filter, out);
    run->scope = outer;
    return status;
}

/* A value, or the caught text of the block through its filters. */
static Status exec_set(TRun *run, const TStmt *s) {
    TValue value = {0};
    if (s->kind == S_SET) {
        TRY(tmpl_eval(run, s->expr, &value));
    } else {
        TRY(tmpl_capture(run, s->body, tmpl_scope_new(run, run->scope), &value));
        TRY(filter_text(run, s->expr, value, &value));
    }
    return tmpl_assign(run, s->target, value);
}

/* Catches the block's text and writes what the filters make of it. */
static Status exec_filter(TRun *run, const TStmt *s) {
    TValue text = {0};
    TRY(tmpl_capture(run, s->body, tmpl_scope_new(run, run->scope), &text));
    TRY(filter_text(run, s->expr, text, &text));
    return tmpl_print(run, run->out, text);
}

/* All scopes up to the root are marked as captured: the macro may outlive the round it is in. */
static Status make_macro(TRun *run, const TStmt *s, TValue *out) {
    TMacro *macro = tmpl_alloc(run, 1, sizeof *macro);
    if (!macro) return tmpl_full(run);
    *macro = (TMacro){s->signature, s->body, run->scope};
    for (TScope *scope = run->scope; scope; scope = scope->parent) scope->captured = true;
    *out = (TValue){.kind = T_MACRO, .u.macro = macro};
    return OK;
}

/* The body becomes a macro named caller and travels as a named argument. */
static Status exec_call(TRun *run, const TStmt *s) {
    TValue callee = {0}, caller = {0}, result = {0};
    TCall call = {0};
    TRY(make_macro(run, s, &caller));
    TRY(tmpl_eval(run, s->expr->a, &callee));
    TRY(tmpl_args(run, s->expr->args, &call));
    TNamed *named = tmpl_alloc(run, call.n_named + 1, sizeof *named);
    if (!named) return tmpl_full(run);
    if (call.n_named) memcpy(named, call.named, call.n_named * sizeof *named);
    named[call.n_named++] = (TNamed){STR("caller"), caller};
    call.named = named;
    TRY(tmpl_call_value(run, callee, &call, &result));
    return tmpl_print(run, run->out, result);
}

/* with a = x, b = y: values are evaluated outside, then set inside. */
static Status exec_with(TRun *run, const TStmt *s) {
    assert(s->n_items % 2 == 0); /* targets and values in turn */
    TScope *outer = run->scope, *scope = tmpl_scope_new(run, outer);
    TValue *values = tmpl_alloc(run, s->n_items / 2, sizeof *values);
    if (!scope || !values) return tmpl_full(run);
    for (size_t i = 0; i < s->n_items / 2; i++) {
        TRY(tmpl_eval(run, s->items[2 * i + 1], &values[i]));
    }
    run->scope = scope;
    Status status = OK;
    for (size_t i = 0; i < s->n_items / 2 && status == OK; i++) {
        status = tmpl_assign(run, s->items[2 * i], values[i]);
    }
    if (status == OK) status = tmpl_exec(run, s->body);
    run->scope = outer;
    return status;
}

/* One case a kind of statement. */
static Status exec_one(TRun *run, const TStmt *s) {
    TValue value = {0};
    switch (s->kind) {
    case S_TEXT: tmpl_add_string(run->out, s->text); return run->out->status;
    case S_PRINT: return exec_print(run, s);
    case S_IF: return exec_if(run, s);
    case S_FOR: return exec_for(run, s);
    case S_SET:
    case S_SET_BLOCK: return exec_set(run, s);
    case S_MACRO:
        TRY(make_macro(run, s, &value));
        return tmpl_scope_set(run, run->scope, s->signature->name, value);
    case S_CALL: return exec_call(run, s);
    case S_FILTER: return exec_filter(run, s);
    case S_WITH: return exec_with(run, s);
    case S_SCOPE:
        TRY(tmpl_capture(run, s->body, tmpl_scope_new(run, run->scope), &value));
        return tmpl_print(run, run->out, value);
    case S_BREAK: run->flow = FLOW_BREAK; return OK;
    case S_CONTINUE: run->flow = FLOW_CONTINUE; return OK;
    }
    return OK;
}

/* After break or continue the rest of every body up to the loop is left out. */
Status tmpl_exec(TRun *run, const TStmt *body) {
    TRY(tmpl_enter(run));
    assert(run->scope && run->out);
    for (const TStmt *s = body; s && run->flow == FLOW_ON; s = s->next) {
        run->line = s->line;
        TRY(tmpl_step(run, 1));
        TRY(exec_one(run, s));
    }
    run->nest--;
    return OK;
}
