/*
 * Calls in a chat template: evaluating arguments, binding them, and the global functions.
 *
 * Everything that can be called is one of two kinds. A macro is the template's own: its arguments
 * are bound to a new scope below the one it was defined in, its output is caught and becomes the
 * value. Everything else is a row of a table (TDef): a C function with the names of its parameters,
 * which come to it in call->slot[], positional and named ones alike. Both refuse what does not fit,
 * as Python does.
 *
 * Globals: range, namespace, dict, raise_exception, strftime_now. There is no other way out of the
 * template: the clock is a number in TemplateInput, and nothing here touches the host.
 */
#include <assert.h>
#include <time.h>

#include "base/plain.h"
#include "model/text/template_int.h"

enum { ARGS_MAX = 1000 };

/* ---- arguments ------------------------------------------------------------------------------- */

/* f(*items): appended to the positional arguments, which are copied because they may be shared. */
static Status add_star(TRun *run, TValue star, TCall *call) {
    TList *items = NULL;
    TRY(tmpl_iterate(run, star, &items));
    size_t n = call->n_pos + items->n;
    if (n > ARGS_MAX) return TMPL_FAIL(run, E_LIMIT, "more than %d arguments", ARGS_MAX);
    TValue *pos = tmpl_alloc(run, n, sizeof *pos);
    if (!pos) return tmpl_full(run);
    if (call->n_pos) memcpy(pos, call->pos, call->n_pos * sizeof *pos);
    if (items->n) memcpy(pos + call->n_pos, items->items, items->n * sizeof *pos);
    call->pos = pos;
    call->n_pos = n;
    return OK;
}

/* f(**dict): the keys become names. */
static Status add_star_star(TRun *run, TValue star, TCall *call) {
    if (star.kind != T_DICT) {
        return TMPL_FAIL(run, E_CORRUPT, "** needs a dict, not %s", tmpl_type_name(star));
    }
    size_t n = call->n_named + star.u.dict->n;
    if (n > ARGS_MAX) return TMPL_FAIL(run, E_LIMIT, "more than %d arguments", ARGS_MAX);
    TNamed *named = tmpl_alloc(run, n, sizeof *named);
    if (!named) return tmpl_full(run);
    if (call->n_named) memcpy(named, call->named, call->n_named * sizeof *named);
    for (size_t i = 0; i < star.u.dict->n; i++) {
        const TPair *pair = &star.u.dict->pairs[i];
        if (pair->key.kind != T_STRING) return TMPL_FAIL(run, E_CORRUPT, "** needs names as keys");
        named[call->n_named++] = (TNamed){pair->key.u.s->text, pair->value};
    }
    call->named = named;
    assert(call->n_named == n);
    return OK;
}

/* Left to right, positional before named, then the stars. */
Status tmpl_args(TRun *run, const TArgs *args, TCall *call) {
    call->pos = tmpl_alloc(run, args->n_pos, sizeof *call->pos);
    call->named = tmpl_alloc(run, args->n_named, sizeof *call->named);
    if (!call->pos || !call->named) return tmpl_full(run);
    for (; call->n_pos < args->n_pos; call->n_pos++) {
        TRY(tmpl_eval(run, args->pos[call->n_pos], &call->pos[call->n_pos]));
    }
    for (; call->n_named < args->n_named; call->n_named++) {
        call->named[call->n_named].name = args->names[call->n_named];
        TRY(tmpl_eval(run, args->named[call->n_named], &call->named[call->n_named].value));
    }
    TValue star = {0};
    if (args->star) {
        TRY(tmpl_eval(run, args->star, &star));
        TRY(add_star(run, star, call));
    }
    if (args->star_star) {
        TRY(tmpl_eval(run, args->star_star, &star));
        TRY(add_star_star(run, star, call));
    }
    return OK;
}

/* The next name in a blank-separated list; empty at the end. */
static Str next_param(const char **list) {
    while (**list == ' ') (*list)++;
    const char *from = *list;
    while (**list && **list != ' ') (*list)++;
    return (Str){from, (size_t)(*list - from)};
}

/* Spreads the arguments over call->slot[] by the parameter names of `def`. */
static Status bind(TRun *run, const TDef *def, TCall *call) {
    const char *list = def->params;
    size_t n = 0, named = 0;
    for (Str name; n < TMPL_SLOTS && (name = next_param(&list)).n; n++) {
        call->slot[n] = n < call->n_pos ? &call->pos[n] : NULL;
        for (size_t i = 0; i < call->n_named; i++) {
            if (!str_eq(call->named[i].name, name)) continue;
            if (call->slot[n]) {
                return TMPL_FAIL(run, E_CORRUPT, "%s: two values for '%.*s'", def->name,
                                 (int)name.n, name.p);
            }
            call->slot[n] = &call->named[i].value;
            named++;
        }
        if (!call->slot[n] && (int)n < def->required) {
            return TMPL_FAIL(run, E_CORRUPT, "%s: '%.*s' is missing", def->name, (int)name.n,
                             name.p);
        }
    }
    if (call->n_pos > n || named < call->n_named) {
        return TMPL_FAIL(run, E_CORRUPT, "%s: too many or unknown arguments", def->name);
    }
    return OK;
}

/* required < 0 marks functions that take anything and look for themselves. */
Status tmpl_call_def(TRun *run, const TDef *def, TCall *call, TValue *out) {
    assert(def->required <= TMPL_SLOTS);
    if (def->required >= 0) TRY(bind(run, def, call));
    return def->fn(run, call, out);
}

/* None counts as not given, as most of Python's optional arguments have it. */
Status tmpl_arg_int(TRun *run, const TCall *call, int slot, int64_t fallback, int64_t *out) {
    assert(0 <= slot && slot < TMPL_SLOTS);
    const TValue *v = call->slot[slot];
    *out = fallback;
    if (!v || v->kind == T_NONE) return OK;
    if (v->kind != T_INT && v->kind != T_BOOL) {
        if (v->kind == T_UNDEFINED) return tmpl_undefined_used(run, *v);
        return TMPL_FAIL(run, E_CORRUPT, "a whole number is needed, not %s", tmpl_type_name(*v));
    }
    *out = tv_whole(*v);
    return OK;
}

bool tmpl_arg_bool(const TCall *call, int slot) {
    return call->slot[slot] && tmpl_truth(*call->slot[slot]);
}

Status tmpl_arg_str(TRun *run, const TCall *call, int slot, const TString **out) {
    const TValue *v = call->slot[slot];
    *out = NULL;
    if (!v || v->kind == T_NONE) return OK;
    if (v->kind != T_STRING) {
        if (v->kind == T_UNDEFINED) return tmpl_undefined_used(run, *v);
        return TMPL_FAIL(run, E_CORRUPT, "a string is needed, not %s", tmpl_type_name(*v));
    }
    *out = v->u.s;
    return OK;
}

/* ---- macros ---------------------------------------------------------------------------------- */

/* The value of a named argument; NULL: not given. */
static const TValue *named_arg(const TCall *call, Str name) {
    const TValue *hit = NULL;
    for (size_t i = 0; i < call->n_named && !hit; i++) {
        if (str_eq(call->named[i].name, name)) hit = &call->named[i].value;
    }
    return hit;
}

/* Does the macro bind this name itself? Else it belongs to kwargs. */
static bool is_param(const TSignature *sig, Str name) {
    bool hit = sig->takes_caller && str_eq_c(name, "caller");
    for (size_t i = 0; i < sig->n_params && !hit; i++) hit = str_eq(sig->params[i], name);
    return hit;
}

/* Parameters into the macro's scope, which is the current one. All are there, as undefined, before
   the first is set: a default may name another parameter, and never means something outside. */
static Status bind_params(TRun *run, const TSignature *sig, const TCall *call) {
    for (size_t i = 0; i < sig->n_params; i++) {
        TValue missing = {0};
        TRY(tmpl_missing(run, sig->params[i], false, &missing));
        TRY(tmpl_scope_set(run, run->scope, sig->params[i], missing));
    }
    for (size_t i = 0; i < sig->n_params; i++) {
        const TValue *given = i < call->n_pos ? &call->pos[i] : NULL;
        TRY(tmpl_step(run, call->n_named / TMPL_LOOKS_A_STEP));
        const TValue *named = named_arg(call, sig->params[i]);
        if (given && named) {
            return TMPL_FAIL(run, E_CORRUPT, "two values for the parameter '%.*s'",
                             (int)sig->params[i].n, sig->params[i].p);
        }
        if (!given) given = named;
        if (!given && !sig->defaults[i]) continue;
        TValue value = {0};
        if (given) value = *given;
        if (!given) TRY(tmpl_eval(run, sig->defaults[i], &value));
        TRY(tmpl_scope_set(run, run->scope, sig->params[i], value));
    }
    return OK;
}

/* varargs, kwargs and caller, for macros that speak of them; others refuse what is left over. */
static Status bind_rest(TRun *run, const TSignature *sig, const TCall *call) {
    assert(run->calls > 0 && run->scope); /* in the macro's own scope, behind bind_params */
    TList *rest = NULL;
    TDict *named = NULL;
    TRY(tmpl_list_new(run, TS_TUPLE, 0, &rest));
    TRY(tmpl_dict_new(run, &named));
    for (size_t i = sig->n_params; i < call->n_pos; i++) {
        TRY(tmpl_list_add(run, rest, call->pos[i]));
    }
    for (size_t i = 0; i < call->n_named; i++) {
        TRY(tmpl_step(run, sig->n_params / TMPL_LOOKS_A_STEP));
        if (is_param(sig, call->named[i].name)) continue;
        TValue key = {0};
        TRY(tmpl_new_string(run, call->named[i].name, false, &key));
        TRY(tmpl_dict_set(run, named, key, call->named[i].value));
    }
    if ((rest->n && !sig->takes_varargs) || (named->n && !sig->takes_kwargs)) {
        return TMPL_FAIL(run, E_CORRUPT, "the macro '%.*s' takes fewer or other arguments",
                         (int)sig->name.n, sig->name.p);
    }
    if (sig->takes_varargs) {
        TRY(tmpl_scope_set(run, run->scope, STR("varargs"), tv_list(rest)));
    }
    if (sig->takes_kwargs) {
        TRY(tmpl_scope_set(run, run->scope, STR("kwargs"), tv_dict(named)));
    }
    if (!sig->takes_caller) return OK;
    const TValue *given = named_arg(call, STR("caller"));
    TValue caller = {0};
    TRY(tmpl_missing(run, STR("caller"), false, &caller));
    return tmpl_scope_set(run, run->scope, STR("caller"), given ? *given : caller);
}

/* The arguments are bound inside the new scope, so that defaults see each other; the depth of
   calls is counted apart from the C recursion because its limit is part of the contract. */
static Status call_macro(TRun *run, const TMacro *macro, const TCall *call, TValue *out) {
    if (run->calls == TEMPLATE_DEPTH_MAX) {
        return TMPL_FAIL(run, E_LIMIT, "macros call each other more than %d deep",
                         TEMPLATE_DEPTH_MAX);
    }
    TScope *outer = run->scope, *scope = tmpl_scope_new(run, macro->scope);
    if (!scope) return tmpl_full(run);
    run->calls++;
    run->scope = scope;
    Status status = bind_params(run, macro->signature, call);
    if (status == OK) status = bind_rest(run, macro->signature, call);
    run->scope = outer;
    if (status == OK) status = tmpl_capture(run, macro->body, scope, out);
    assert(run->calls > 0 && run->scope == outer);
    run->calls--;
    return status;
}

Status tmpl_call_value(TRun *run, TValue fn, TCall *call, TValue *out) {
    if (fn.kind == T_MACRO) return call_macro(run, fn.u.macro, call, out);
    if (fn.kind == T_FUNCTION) return tmpl_call_def(run, fn.u.def, call, out);
    if (fn.kind == T_METHOD) {
        call->self = fn.u.method->self;
        return tmpl_call_def(run, fn.u.method->def, call, out);
    }
    if (fn.kind == T_UNDEFINED) return tmpl_undefined_used(run, fn);
    return TMPL_FAIL(run, E_CORRUPT, "%s cannot be called", tmpl_type_name(fn));
}

/* ---- globals --------------------------------------------------------------------------------- */

/* The count is computed in unsigned numbers, so that a range over all of int64 cannot overflow;
   it is checked before anything is made. */
static Status g_range(TRun *run, TCall *call, TValue *out) {
    int64_t a, b, step = 1;
    TRY(tmpl_arg_int(run, call, 0, 0, &a));
    TRY(tmpl_arg_int(run, call, 1, 0, &b));
    TRY(tmpl_arg_int(run, call, 2, 1, &step));
    if (!call->slot[1]) {
        b = a;
        a = 0;
    }
    if (step == 0) return TMPL_FAIL(run, E_CORRUPT, "range: the step is 0");
    uint64_t gap = step > 0 ? (uint64_t)b - (uint64_t)a : (uint64_t)a - (uint64_t)b;
    uint64_t stride = step > 0 ? (uint64_t)step : 0 - (uint64_t)step;
    uint64_t n = (step > 0 ? a < b : a > b) ? (gap - 1) / stride + 1 : 0;
    if (n > (uint64_t)run->limits.range_items) {
        return TMPL_FAIL(run, E_LIMIT, "range: more than %lld items",
                         (long long)run->limits.range_items);
    }
    TList *list = NULL;
    TRY(tmpl_step(run, n / 16));
    TRY(tmpl_list_new(run, TS_RANGE, (size_t)n, &list));
    for (uint64_t i = 0; i < n; i++) {
        TRY(tmpl_list_add(run, list, tv_int((int64_t)((uint64_t)a + i * (uint64_t)step))));
    }
    assert(list->n == n);
    *out = tv_list(list);
    return OK;
}

/* dict(other, a=1) and namespace(other, a=1): a dict, or pairs, and names. */
static Status fill_dict(TRun *run, const TCall *call, TDict *dict) {
    if (call->n_pos > 1) return TMPL_FAIL(run, E_CORRUPT, "dict: more than one argument");
    if (call->n_pos && call->pos[0].kind == T_DICT) {
        const TDict *from = call->pos[0].u.dict;
        for (size_t i = 0; i < from->n; i++) {
            TRY(tmpl_dict_set(run, dict, from->pairs[i].key, from->pairs[i].value));
        }
    } else if (call->n_pos) {
        TList *pairs = NULL, *pair = NULL;
        TRY(tmpl_iterate(run, call->pos[0], &pairs));
        for (size_t i = 0; i < pairs->n; i++) {
            TRY(tmpl_iterate(run, pairs->items[i], &pair));
            if (pair->n != 2) return TMPL_FAIL(run, E_CORRUPT, "dict: needs pairs");
            TRY(tmpl_dict_set(run, dict, pair->items[0], pair->items[1]));
        }
    }
    for (size_t i = 0; i < call->n_named; i++) {
        TValue key = {0};
        TRY(tmpl_new_string(run, call->named[i].name, false, &key)); /* ** of a user's dict? */
        TRY(tmpl_dict_set(run, dict, key, call->named[i].value));
    }
    return OK;
}

/* dict(), dict(pairs), dict(other, a=1). */
static Status g_dict(TRun *run, TCall *call, TValue *out) {
    TDict *dict = NULL;
    TRY(tmpl_dict_new(run, &dict));
    *out = tv_dict(dict);
    return fill_dict(run, call, dict);
}

/* A namespace is a dict that only answers to the dot and may be written to by `set ns.x`. */
static Status g_namespace(TRun *run, TCall *call, TValue *out) {
    TRY(g_dict(run, call, out));
    out->kind = T_NAMESPACE;
    return OK;
}

/* The one error that is the conversation's fault and not the template's: E_USAGE. */
static Status g_raise(TRun *run, TCall *call, TValue *out) {
    TValue text = {0};
    TRY(tmpl_str(run, *call->slot[0], &text));
    Str s = text.u.s->text;
    return TMPL_FAIL(run, E_USAGE, "the template refuses: %.*s", (int)(s.n < 300 ? s.n : 300), s.p);
}

/* Without %Z and %z, which are empty for a time without zone, as Python's datetime.now() is. */
static Status plain_format(TRun *run, Str f, char *out, size_t cap) {
    size_t n = 0;
    for (size_t i = 0; i < f.n; i++) {
        bool pair = f.p[i] == '%' && i + 1 < f.n;
        if (n + 8 > cap) return TMPL_FAIL(run, E_LIMIT, "strftime_now: the format is too long");
        if (pair && (f.p[i + 1] == 'Z' || f.p[i + 1] == 'z')) {
            i++;
        } else if (pair && f.p[i + 1] == 'f') {
            memcpy(out + n, "000000", 6);
            n += 6;
            i++;
        } else {
            out[n++] = f.p[i];
            if (pair) out[n++] = f.p[++i];
        }
    }
    assert(n < cap);
    out[n] = 0;
    return OK;
}

/* The clock is a number of the caller; its names are English, as Python's are. */
static Status g_strftime_now(TRun *run, TCall *call, TValue *out) {
    char format[512], text[4096];
    const TString *f = NULL;
    TRY(tmpl_arg_str(run, call, 0, &f));
    if (!f) return TMPL_FAIL(run, E_CORRUPT, "strftime_now: needs a format");
    TRY(plain_format(run, f->text, format, sizeof format));
    time_t at = (time_t)run->in->local_s;
    struct tm tm;
    if (!gmtime_r(&at, &tm)) return TMPL_FAIL(run, E_LIMIT, "strftime_now: a year too far away");
    size_t n = plain_time(text, sizeof text, format, &tm);
    if (!n && *format) return TMPL_FAIL(run, E_LIMIT, "strftime_now: the text is too long");
    char *kept = tmpl_alloc(run, n + 1, 1);
    if (!kept) return tmpl_full(run);
    if (n) memcpy(kept, text, n);
    return tmpl_new_string(run, (Str){kept, n}, tmpl_trusted(f), out);
}

const TDef *tmpl_def_find(const TDef *table, size_t n, Str name) {
    for (size_t i = 0; i < n; i++) {
        if (str_eq_c(name, table[i].name)) return &table[i];
    }
    return NULL;
}

const TDef *tmpl_global_find(Str name) {
    static const TDef globals[] = {
        {"range", "start stop step", 1, g_range},
        {"namespace", "", -1, g_namespace},
        {"dict", "", -1, g_dict},
        {"raise_exception", "message", 1, g_raise},
        {"strftime_now", "format", 1, g_strftime_now},
    };
    return tmpl_def_find(globals, ARRAY_LEN(globals), name);
}
