/*
 * Walking the expressions of a chat template: operators, attributes, items and slices.
 *
 * Attributes and items are where a sandbox is made or lost, so the rule is short: x.name is a
 * method out of our own tables, or an entry of a dict or namespace, or a field of `loop`; there
 * is nothing else behind the dot. x[key] looks the other way round, entries first. What is not
 * there is undefined; an attribute of undefined is an error.
 *
 * Numbers follow Python: / gives a real, // and % round towards minus infinity, whole numbers that
 * leave 64 bits are E_LIMIT.
 *
 * Worked example of a slice: 'abcdef'[4:0:-2]. n = 6, step -2, start 4, stop 0, hence a count of
 * (4 - 0 - 1) / 2 + 1 = 2: characters 4 and 2, "ec". With the stop left out it is -1, the count 3,
 * and the slice "eca".
 */
#include <assert.h>
#include <math.h>

#include "base/utf8.h"
#include "model/text/template_int.h"

/* ---- attributes and items -------------------------------------------------------------------- */

/* loop.previtem and loop.nextitem: undefined at the ends, not an error. */
static TValue loop_item(const TLoop *loop, int64_t index) {
    bool inside = index >= 0 && (size_t)index < loop->items->n;
    return inside ? loop->items->items[index] : tv_undefined();
}

/* The fields are computed when asked for: a round that names none of them pays for none. */
static Status loop_attr(TRun *run, const TLoop *loop, Str name, TValue *out) {
    int64_t index = (int64_t)loop->index, n = (int64_t)loop->items->n;
    const struct {
        const char *name;
        TValue value;
    } fields[] = {{"index", tv_int(index + 1)},   {"index0", tv_int(index)},
                  {"revindex", tv_int(n - index)}, {"revindex0", tv_int(n - index - 1)},
                  {"first", tv_bool(index == 0)}, {"last", tv_bool(index + 1 == n)},
                  {"previtem", loop_item(loop, index - 1)},
                  {"nextitem", loop_item(loop, index + 1)},
                  {"length", tv_int(n)},          {"depth", tv_int(1)},
                  {"depth0", tv_int(0)}}; /* depth counts recursive loops; there are none */
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        if (!str_eq_c(name, fields[i].name)) continue;
        *out = fields[i].value;
        return OK;
    }
    return tmpl_missing(run, name, false, out);
}

/* A bound method, when v's type has one of that name. */
static Status method_of(TRun *run, TValue v, Str name, bool *found, TValue *out) {
    const TDef *def = tmpl_method_find(v, name);
    bool forbidden = tmpl_method_is_forbidden(v, name);
    *found = def || forbidden;
    if (!*found) return OK;
    if (forbidden) return tmpl_missing(run, name, true, out);
    TMethod *method = tmpl_alloc(run, 1, sizeof *method);
    if (!method) return tmpl_full(run);
    *method = (TMethod){v, def};
    *out = (TValue){.kind = T_METHOD, .u.method = method};
    return OK;
}

/* v.name. Methods come first, as Python's attributes do, so that `tool.items` of a JSON schema
   is the method even when the dict has an entry "items"; v["items"] gives the entry. */
Status tmpl_attr(TRun *run, TValue v, Str name, TValue *out) {
    if (v.kind == T_UNDEFINED) return tmpl_undefined_used(run, v);
    bool found = false;
    TRY(method_of(run, v, name, &found, out));
    if (found) return OK;
    if (v.kind == T_LOOP) return loop_attr(run, v.u.loop, name, out);
    if (v.kind == T_DICT || v.kind == T_NAMESPACE) {
        TRY(tmpl_step(run, v.u.dict->n / 16));
        const TPair *pair = tmpl_dict_find_str(v.u.dict, name);
        if (pair) *out = pair->value;
        if (pair) return OK;
    }
    /* groupby gives pairs whose parts have names */
    if (v.kind == T_LIST && v.u.list->shape == TS_TUPLE && v.u.list->n == 2) {
        bool grouper = str_eq_c(name, "grouper"), list = str_eq_c(name, "list");
        if (grouper || list) *out = v.u.list->items[list];
        if (grouper || list) return OK;
    }
    return tmpl_missing(run, name, false, out);
}

/* v[index] of a string: one character, negative from the end. */
static Status string_item(TRun *run, const TString *s, int64_t index, bool *found, TValue *out) {
    int64_t n = (int64_t)tmpl_chars(s);
    if (!s->ascii) TRY(tmpl_step(run, s->text.n / 256));
    if (index < 0) index += n;
    *found = index >= 0 && index < n;
    if (!*found) return OK;
    size_t from = tmpl_char_offset(s, (size_t)index), to = from + 1;
    while (!s->ascii && to < s->text.n && utf8_goes_on(s->text.p[to])) to++;
    return tmpl_sub(run, s, from, to, out);
}

/* v[index] of something ordered. */
static Status ordered_item(TRun *run, TValue v, int64_t index, bool *found, TValue *out) {
    *found = false;
    if (v.kind == T_STRING) return string_item(run, v.u.s, index, found, out);
    if (v.kind != T_LIST || v.u.list->shape > TS_RANGE) return OK;
    int64_t n = (int64_t)v.u.list->n;
    if (index < 0) index += n;
    *found = index >= 0 && index < n;
    if (*found) *out = v.u.list->items[index];
    return OK;
}

/* v[key]: an entry, or a character, and only then what is behind the dot. What cannot be looked
   up is undefined and not an error, because jinja2 swallows Python's exception here. */
Status tmpl_item(TRun *run, TValue v, TValue key, TValue *out) {
    if (v.kind == T_UNDEFINED) return tmpl_undefined_used(run, v);
    if (v.kind == T_DICT && (key.kind != T_LIST || key.u.list->shape == TS_TUPLE) &&
        key.kind != T_DICT) {
        TPair *pair = NULL;
        TRY(tmpl_dict_find(run, v.u.dict, key, &pair));
        if (pair) *out = pair->value;
        if (pair) return OK;
    }
    if (key.kind == T_INT || key.kind == T_BOOL) {
        bool found = false;
        TRY(ordered_item(run, v, tv_whole(key), &found, out));
        if (found) return OK;
    }
    if (key.kind == T_STRING) {
        if (v.kind != T_DICT) return tmpl_attr(run, v, key.u.s->text, out);
        bool found = false;
        TRY(method_of(run, v, key.u.s->text, &found, out));
        return found ? OK : tmpl_missing(run, key.u.s->text, false, out);
    }
    return tmpl_missing(run, STR("an item that is not there"), false, out);
}

/* ---- slices ---------------------------------------------------------------------------------- */

typedef struct Slice {
    int64_t start, step, count;
} Slice;

static int64_t clamp(int64_t x, int64_t low, int64_t high) {
    return x < low ? low : x > high ? high : x;
}

/* Python's PySlice_AdjustIndices, in words: negative counts from the end, then clamp. */
static Slice slice_adjust(const int64_t *part, const bool *given, int64_t n) {
    assert(n >= 0 && (!given[2] || part[2] != 0));
    Slice s = {.step = given[2] ? part[2] : 1};
    bool back = s.step < 0;
    int64_t low = back ? -1 : 0, high = back ? n - 1 : n;
    int64_t start = part[0] < 0 ? part[0] + n : part[0], stop = part[1] < 0 ? part[1] + n : part[1];
    start = given[0] ? clamp(start, low, high) : back ? high : low;
    stop = given[1] ? clamp(stop, low, high) : back ? low : high;
    s.start = start;
    if (!back && start < stop) s.count = (stop - start - 1) / s.step + 1;
    if (back && stop < start) s.count = (start - stop - 1) / -s.step + 1;
    assert(0 <= s.count && s.count <= n); /* and each of them lies in the string or list */
    return s;
}

/* With step 1 the slice shares the bytes; any other step has to walk the characters. */
static Status slice_string(TRun *run, const TString *s, Slice at, TValue *out) {
    if (at.step == 1) {
        size_t from = tmpl_char_offset(s, (size_t)at.start);
        size_t to = tmpl_char_offset(s, (size_t)(at.start + at.count));
        TRY(tmpl_step(run, s->ascii ? 0 : s->text.n / 256));
        return tmpl_sub(run, s, from, at.count ? to : from, out);
    }
    TList *chars = NULL;
    TRY(tmpl_iterate(run, tv_string(s), &chars));
    TBuilder b = tmpl_build(run);
    for (int64_t i = 0; i < at.count; i++) {
        tmpl_add_string(&b, chars->items[at.start + i * at.step].u.s);
    }
    return tmpl_take(&b, s->markup, out);
}

/* Bounds are clamped before they are added to, so that no bound can overflow. Unlike an item, a
   slice of the wrong thing is an error: jinja2 compiles it to a bare Python slice. */
static Status eval_slice(TRun *run, const TExpr *e, TValue *out) {
    enum { FAR = 1 << 30 }; /* beyond any string or list here, and safe to add to */
    TValue v = {0}, bound = {0};
    int64_t part[3] = {0};
    bool given[3] = {0}, whole = true;
    TRY(tmpl_eval(run, e->a, &v));
    for (int i = 0; i < 3; i++) {
        if (!e->items[i]) continue;
        TRY(tmpl_eval(run, e->items[i], &bound));
        given[i] = bound.kind != T_NONE;
        whole = whole && (!given[i] || bound.kind == T_INT || bound.kind == T_BOOL);
        if (given[i] && whole) part[i] = clamp(tv_whole(bound), -FAR, FAR);
    }
    if (v.kind == T_UNDEFINED) return tmpl_undefined_used(run, v);
    bool ordered = v.kind == T_STRING || (v.kind == T_LIST && v.u.list->shape <= TS_RANGE);
    if (!ordered || !whole) {
        return TMPL_FAIL(run, E_CORRUPT, "%s cannot be sliced like this", tmpl_type_name(v));
    }
    if (given[2] && part[2] == 0) return TMPL_FAIL(run, E_CORRUPT, "a slice with step 0");
    int64_t n;
    TRY(tmpl_length(run, v, &n));
    Slice at = slice_adjust(part, given, n);
    if (v.kind == T_STRING) return slice_string(run, v.u.s, at, out);
    TList *list = NULL;
    TRY(tmpl_step(run, (uint64_t)at.count / 4));
    TRY(tmpl_list_new(run, v.u.list->shape, (size_t)at.count, &list));
    for (int64_t i = 0; i < at.count; i++) {
        TRY(tmpl_list_add(run, list, v.u.list->items[at.start + i * at.step]));
    }
    *out = tv_list(list);
    return OK;
}

/* ---- arithmetic ------------------------------------------------------------------------------ */

/* Names the operator and both types, which is what a template's author needs. */
static Status wrong_types(TRun *run, int op, TValue a, TValue b) {
    if (a.kind == T_UNDEFINED) return tmpl_undefined_used(run, a);
    if (b.kind == T_UNDEFINED) return tmpl_undefined_used(run, b);
    const char *name = op == OP_POW ? "**" : op == OP_FLOORDIV ? "//" : (char[2]){(char)op, 0};
    return TMPL_FAIL(run, E_CORRUPT, "%s %s %s means nothing", tmpl_type_name(a), name,
                     tmpl_type_name(b));
}

/* By squaring; false as soon as a product leaves 64 bits. The base is not squared after the last
   bit. */
static bool int_power(int64_t base, int64_t exponent, int64_t *out) {
    *out = 1;
    bool fits = true;
    assert(exponent >= 0); /* number_math makes a real of the others */
    for (; exponent > 0 && fits; exponent >>= 1) {
        if (exponent & 1) fits = !__builtin_mul_overflow(*out, base, out);
        if (exponent > 1 && fits) fits = !__builtin_mul_overflow(base, base, &base);
    }
    return fits;
}

/* Whole numbers. `%` comes here with -1 only (see number_math), where C's own would overflow. */
static Status int_math(TRun *run, int op, int64_t x, int64_t y, TValue *out) {
    int64_t r = 0;
    bool fits = true;
    if ((op == OP_FLOORDIV || op == '%') && y == 0) {
        return TMPL_FAIL(run, E_CORRUPT, "a division by zero");
    }
    assert(op != '%' || y == -1);
    switch (op) {
    case '+': fits = !__builtin_add_overflow(x, y, &r); break;
    case '-': fits = !__builtin_sub_overflow(x, y, &r); break;
    case '*': fits = !__builtin_mul_overflow(x, y, &r); break;
    case OP_POW: fits = int_power(x, y, &r); break;
    case '%': r = 0; break; /* by -1; the rest is number_math's */
    default:
        fits = !(x == INT64_MIN && y == -1);
        if (fits) r = x / y - (x % y != 0 && (x < 0) != (y < 0));
        break;
    }
    if (!fits) return TMPL_FAIL(run, E_LIMIT, "a whole number beyond 64 bits");
    *out = tv_int(r);
    return OK;
}

/* Python's remainder has the sign of the divisor, C's that of the dividend; a zero has it, too. */
static double real_mod(double x, double y) {
    double r = fmod(x, y);
    if (r == 0) return copysign(0.0, y);
    return (r < 0) != (y < 0) ? r + y : r;
}

/* Goes through the remainder, as Python does: x - r is nearly a multiple of y, so that the quotient
   is a whole number but for a rounding, which the last line takes away. The quotient itself may be
   off by one where it is large, and with an infinite y it is 0 where -1 is meant. */
static double real_floor_div(double x, double y) {
    double r = fmod(x, y), whole = (x - r) / y;
    if (r != 0 && (r < 0) != (y < 0)) whole -= 1;
    if (whole == 0) return copysign(0.0, x / y);
    double below = floor(whole);
    return whole - below > 0.5 ? below + 1 : below;
}

static Status real_math(TRun *run, int op, double x, double y, TValue *out) {
    if ((op == '/' || op == OP_FLOORDIV || op == '%') && y == 0) {
        return TMPL_FAIL(run, E_CORRUPT, "a division by zero");
    }
    double r = op == '+'           ? x + y
               : op == '-'         ? x - y
               : op == '*'         ? x * y
               : op == '/'         ? x / y
               : op == '%'         ? real_mod(x, y)
               : op == OP_FLOORDIV ? real_floor_div(x, y)
                                   : pow(x, y);
    if (op == OP_POW && !isfinite(r) && isfinite(x) && isfinite(y)) {
        return TMPL_FAIL(run, E_CORRUPT, "a power out of range");
    }
    *out = tv_real(r);
    return OK;
}

/* Whole numbers stay whole except under / and negative powers. */
static Status number_math(TRun *run, int op, TValue a, TValue b, TValue *out) {
    bool whole = a.kind != T_REAL && b.kind != T_REAL && op != '/';
    if (whole && (op != OP_POW || tv_whole(b) >= 0)) {
        int64_t x = tv_whole(a), y = tv_whole(b);
        if (op == '%' && y != 0 && y != -1) { /* without the overflow of x % y + y */
            int64_t r = x % y;
            *out = tv_int(r != 0 && (r < 0) != (y < 0) ? r + y : r);
            return OK;
        }
        return int_math(run, op, x, y, out);
    }
    return real_math(run, op, tmpl_number(a), tmpl_number(b), out);
}

/* If one side is Markup the other is escaped and the result is Markup: what markupsafe does, and
   what some published templates show in their output. */
static Status string_plus(TRun *run, const TString *a, const TString *b, TValue *out) {
    TBuilder text = tmpl_build(run);
    bool markup = a->markup || b->markup;
    if (markup) {
        tmpl_add_escaped(&text, a);
        tmpl_add_escaped(&text, b);
    } else {
        tmpl_add_string(&text, a);
        tmpl_add_string(&text, b);
    }
    return tmpl_take(&text, markup, out);
}

/* A new list; the operands stay as they are. */
static Status list_plus(TRun *run, const TList *a, const TList *b, TValue *out) {
    TList *list = NULL;
    assert(a->shape == b->shape && a->shape <= TS_TUPLE);
    TRY(tmpl_step(run, (a->n + b->n) / 4));
    TRY(tmpl_list_new(run, a->shape, a->n + b->n, &list));
    for (size_t i = 0; i < a->n; i++) TRY(tmpl_list_add(run, list, a->items[i]));
    for (size_t i = 0; i < b->n; i++) TRY(tmpl_list_add(run, list, b->items[i]));
    *out = tv_list(list);
    return OK;
}

/* A string or list, n times. */
static Status repeat(TRun *run, TValue v, int64_t n, TValue *out) {
    assert(v.kind == T_STRING || v.kind == T_LIST);
    if (v.kind == T_STRING) {
        TBuilder b = tmpl_build(run);
        for (int64_t i = 0; i < n && v.u.s->text.n && b.status == OK; i++) {
            tmpl_add_string(&b, v.u.s);
        }
        return tmpl_take(&b, v.u.s->markup, out);
    }
    TList *list = NULL;
    TRY(tmpl_list_new(run, v.u.list->shape, 0, &list));
    for (int64_t i = 0; i < n && v.u.list->n; i++) {
        TRY(tmpl_step(run, v.u.list->n));
        for (size_t k = 0; k < v.u.list->n; k++) {
            TRY(tmpl_list_add(run, list, v.u.list->items[k]));
        }
    }
    *out = tv_list(list);
    return OK;
}

/* A list or tuple; views and generators do not add up. */
static bool is_plain_list(TValue v) {
    return v.kind == T_LIST && v.u.list->shape <= TS_TUPLE;
}

/* "format" % value: a tuple is the arguments, a dict the named ones, anything else is one. */
static Status percent(TRun *run, const TString *format, TValue v, TValue *out) {
    TCall call = {.pos = &v, .n_pos = 1};
    if (v.kind == T_LIST && v.u.list->shape == TS_TUPLE) {
        call.pos = v.u.list->items;
        call.n_pos = v.u.list->n;
    } else if (v.kind == T_DICT) {
        TNamed *named = tmpl_alloc(run, v.u.dict->n, sizeof *named);
        if (!named) return tmpl_full(run);
        for (size_t i = 0; i < v.u.dict->n; i++) {
            const TPair *pair = &v.u.dict->pairs[i];
            if (pair->key.kind != T_STRING) continue;
            named[call.n_named++] = (TNamed){pair->key.u.s->text, pair->value};
        }
        call.named = named;
    }
    bool strict = v.kind != T_DICT && v.kind != T_UNDEFINED &&
                  (v.kind != T_LIST || v.u.list->shape == TS_TUPLE);
    return tmpl_percent(run, format, &call, strict, out);
}

/* By the types of the operands; what no rule takes is an error. */
Status tmpl_binary(TRun *run, int op, TValue a, TValue b, TValue *out) {
    if (tv_is_number(a) && tv_is_number(b)) return number_math(run, op, a, b, out);
    if (op == '+' && a.kind == T_STRING && b.kind == T_STRING) {
        return string_plus(run, a.u.s, b.u.s, out);
    }
    if (op == '+' && is_plain_list(a) && is_plain_list(b) &&
        a.u.list->shape == b.u.list->shape) {
        return list_plus(run, a.u.list, b.u.list, out);
    }
    if (op == '*') {
        bool left = (a.kind == T_STRING || is_plain_list(a)) && b.kind != T_REAL && tv_is_number(b);
        bool right = (b.kind == T_STRING || is_plain_list(b)) && a.kind != T_REAL &&
                     tv_is_number(a);
        if (left) return repeat(run, a, tv_whole(b), out);
        if (right) return repeat(run, b, tv_whole(a), out);
    }
    if (op == '%' && a.kind == T_STRING) return percent(run, a.u.s, b, out);
    return wrong_types(run, op, a, b);
}

Status tmpl_compare(TRun *run, int op, TValue a, TValue b, bool *out) {
    int order = 0;
    if (op == OP_EQ || op == OP_NE) {
        TRY(tmpl_equal(run, a, b, out));
        *out ^= op == OP_NE;
        return OK;
    }
    if (op == OP_IN || op == OP_NOT_IN) {
        TRY(tmpl_contains(run, a, b, out));
        *out ^= op == OP_NOT_IN;
        return OK;
    }
    TRY(tmpl_order(run, a, b, &order));
    assert(op == '<' || op == '>' || op == OP_LE || op == OP_GE);
    *out = order != 2 && (op == '<'     ? order < 0
                          : op == '>'   ? order > 0
                          : op == OP_LE ? order <= 0
                                        : order >= 0);
    return OK;
}

/* ---- expressions ----------------------------------------------------------------------------- */

/* [a, b] or (a, b), from left to right. */
static Status eval_items(TRun *run, const TExpr *e, TValue *out) {
    TList *list = NULL;
    TRY(tmpl_list_new(run, e->kind == E_TUPLE ? TS_TUPLE : TS_LIST, e->n_items, &list));
    for (size_t i = 0; i < e->n_items; i++) {
        TValue item = {0};
        TRY(tmpl_eval(run, e->items[i], &item));
        TRY(tmpl_list_add(run, list, item));
    }
    *out = tv_list(list);
    return OK;
}

/* {k: v}: a key that comes twice keeps its place and takes the later value. */
static Status eval_dict(TRun *run, const TExpr *e, TValue *out) {
    assert(e->n_items % 2 == 0);
    TDict *dict = NULL;
    TRY(tmpl_dict_new(run, &dict));
    for (size_t i = 0; i < e->n_items; i += 2) {
        TValue key = {0}, value = {0};
        TRY(tmpl_eval(run, e->items[i], &key));
        TRY(tmpl_eval(run, e->items[i + 1], &value));
        TRY(tmpl_dict_set(run, dict, key, value));
    }
    *out = tv_dict(dict);
    return OK;
}

/* Without else, a false condition gives undefined, which prints as nothing. */
static Status eval_cond(TRun *run, const TExpr *e, TValue *out) {
    TValue test = {0};
    assert(e->a && e->b); /* only the else may be missing */
    TRY(tmpl_eval(run, e->b, &test));
    if (tmpl_truth(test)) return tmpl_eval(run, e->a, out);
    if (e->c) return tmpl_eval(run, e->c, out);
    return tmpl_missing(run, STR("the missing else of an inline if"), false, out);
}

/* Each operand is evaluated once and only as far as the chain holds. */
static Status eval_compare(TRun *run, const TExpr *e, TValue *out) {
    assert(e->n_items >= 2); /* operands; one operator less */
    TValue left = {0};
    bool holds = true;
    TRY(tmpl_eval(run, e->items[0], &left));
    for (size_t i = 1; i < e->n_items && holds; i++) {
        TValue right = {0};
        TRY(tmpl_eval(run, e->items[i], &right));
        TRY(tmpl_compare(run, e->ops[i - 1], left, right, &holds));
        left = right;
    }
    *out = tv_bool(holds);
    return OK;
}

/* `~` joins the str() of everything; Markup becomes plain text here, as in jinja2's str_join. */
static Status eval_concat(TRun *run, const TExpr *e, TValue *out) {
    TBuilder b = tmpl_build(run);
    for (size_t i = 0; i < e->n_items; i++) {
        TValue part = {0};
        TRY(tmpl_eval(run, e->items[i], &part));
        TRY(tmpl_print(run, &b, part));
    }
    return tmpl_take(&b, false, out);
}

/* A truth value becomes a number: -true is -1. */
static Status eval_sign(TRun *run, const TExpr *e, TValue *out) {
    TValue v = {0};
    TRY(tmpl_eval(run, e->a, &v));
    if (!tv_is_number(v)) return wrong_types(run, e->kind == E_NEG ? '-' : '+', v, v);
    if (e->kind == E_POS) {
        *out = v.kind == T_REAL ? v : tv_int(tv_whole(v));
        return OK;
    }
    if (v.kind == T_REAL) {
        *out = tv_real(-v.u.r);
        return OK;
    }
    return int_math(run, '-', 0, tv_whole(v), out);
}

/* The callee before the arguments, as in Python; the line is the call's again afterwards. */
static Status eval_call(TRun *run, const TExpr *e, TValue *out) {
    TValue callee = {0};
    TCall call = {0};
    TRY(tmpl_eval(run, e->a, &callee));
    TRY(tmpl_args(run, e->args, &call));
    run->line = e->line;
    return tmpl_call_value(run, callee, &call, out);
}

/* A filter or a test. The operand of a filter block's first filter is the caught text. */
static Status eval_apply(TRun *run, const TExpr *e, TValue *out) {
    TCall call = {0};
    bool found = true;
    if (e->a) TRY(tmpl_eval(run, e->a, &call.self));
    else TRY(tmpl_scope_get(run, STR(" body"), &found, &call.self));
    if (!found) call.self = tv_undefined();
    run->line = e->line;
    if (!e->def) {
        return TMPL_FAIL(run, E_UNSUPPORTED, "no %s is named '%.*s'",
                         e->kind == E_FILTER ? "filter" : "test",
                         (int)(e->name.n < 40 ? e->name.n : 40), e->name.p);
    }
    TRY(tmpl_args(run, e->args, &call));
    return tmpl_call_def(run, e->def, &call, out);
}

/* A name that is nowhere is undefined; who uses it then gets an error with its name. */
static Status eval_name(TRun *run, const TExpr *e, TValue *out) {
    bool found = false;
    TRY(tmpl_scope_get(run, e->name, &found, out));
    if (found) return OK;
    return tmpl_missing(run, e->name, false, out);
}

/* and, or: the operand that decided, as Python has it. */
static Status eval_logic(TRun *run, const TExpr *e, TValue *out) {
    assert(e->kind == E_OR || e->kind == E_AND);
    TRY(tmpl_eval(run, e->a, out));
    if (tmpl_truth(*out) == (e->kind == E_OR)) return OK;
    return tmpl_eval(run, e->b, out);
}

/* Both sides are evaluated before an error of the operator can arise. */
static Status eval_binary(TRun *run, const TExpr *e, TValue *out) {
    TValue a = {0}, b = {0};
    TRY(tmpl_eval(run, e->a, &a));
    TRY(tmpl_eval(run, e->b, &b));
    run->line = e->line;
    return tmpl_binary(run, e->op, a, b, out);
}

/* One case a kind of node; run->line is set again where an operand may have moved it and an error
   can follow. */
static Status eval_inside(TRun *run, const TExpr *e, TValue *out) {
    TValue a = {0}, b = {0};
    switch (e->kind) {
    case E_CONST: *out = e->value; return OK;
    case E_NAME: return eval_name(run, e, out);
    case E_TUPLE:
    case E_LIST: return eval_items(run, e, out);
    case E_DICT: return eval_dict(run, e, out);
    case E_COND: return eval_cond(run, e, out);
    case E_OR:
    case E_AND: return eval_logic(run, e, out);
    case E_NOT:
        TRY(tmpl_eval(run, e->a, &a));
        *out = tv_bool(!tmpl_truth(a));
        return OK;
    case E_COMPARE: return eval_compare(run, e, out);
    case E_BINARY: return eval_binary(run, e, out);
    case E_CONCAT: return eval_concat(run, e, out);
    case E_NEG:
    case E_POS: return eval_sign(run, e, out);
    case E_ATTR:
        TRY(tmpl_eval(run, e->a, &a));
        run->line = e->line;
        return tmpl_attr(run, a, e->name, out);
    case E_ITEM:
        TRY(tmpl_eval(run, e->a, &a));
        TRY(tmpl_eval(run, e->b, &b));
        run->line = e->line;
        return tmpl_item(run, a, b, out);
    case E_SLICE: return eval_slice(run, e, out);
    case E_CALL: return eval_call(run, e, out);
    case E_FILTER:
    case E_TEST: return eval_apply(run, e, out);
    case E_NSREF: break;
    }
    return TMPL_FAIL(run, E_CORRUPT, "an expression out of place");
}

/* Every expression passes here: one step, and one level of C recursion. */
Status tmpl_eval(TRun *run, const TExpr *e, TValue *out) {
    TRY(tmpl_enter(run));
    TRY(eval_inside(run, e, out));
    run->nest--;
    return OK;
}
