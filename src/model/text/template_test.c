/*
 * Tests of the chat templates: x is defined, x is string, x is divisibleby 3.
 *
 * All of jinja2's tests. Undefined counts as a sequence and as iterable, because jinja2's
 * Undefined has a length and can be walked; templates that ask `content is iterable` rely on
 * what that says of strings (yes) and None (no). A bool is a number and no integer.
 *
 * Source: jinja2 3.1, "List of Builtin Tests".
 *
 * A row of the table at the end: name, parameter, how many must be given, function. `self` is what
 * stands before `is`; the answer is always a truth value.
 */
#include <assert.h>

#include "base/utf8.h"
#include "model/text/template_int.h"

/* The last line of every test. */
static Status answer(TValue *out, bool yes) {
    *out = tv_bool(yes);
    return OK;
}

static Status t_defined(TRun *run, TCall *c, TValue *out) {
    return answer(out, c->self.kind != T_UNDEFINED);
}

static Status t_undefined(TRun *run, TCall *c, TValue *out) {
    return answer(out, c->self.kind == T_UNDEFINED);
}

static Status t_none(TRun *run, TCall *c, TValue *out) {
    return answer(out, c->self.kind == T_NONE);
}

static Status t_boolean(TRun *run, TCall *c, TValue *out) {
    return answer(out, c->self.kind == T_BOOL);
}

static Status t_true(TRun *run, TCall *c, TValue *out) {
    return answer(out, c->self.kind == T_BOOL && c->self.u.truth);
}

static Status t_false(TRun *run, TCall *c, TValue *out) {
    return answer(out, c->self.kind == T_BOOL && !c->self.u.truth);
}

static Status t_integer(TRun *run, TCall *c, TValue *out) {
    return answer(out, c->self.kind == T_INT);
}

static Status t_float(TRun *run, TCall *c, TValue *out) {
    return answer(out, c->self.kind == T_REAL);
}

static Status t_number(TRun *run, TCall *c, TValue *out) {
    return answer(out, tv_is_number(c->self));
}

static Status t_string(TRun *run, TCall *c, TValue *out) {
    return answer(out, c->self.kind == T_STRING);
}

static Status t_mapping(TRun *run, TCall *c, TValue *out) {
    return answer(out, c->self.kind == T_DICT);
}

/* What has a length and items by number. */
static Status t_sequence(TRun *run, TCall *c, TValue *out) {
    TKind kind = c->self.kind;
    bool ordered = kind == T_LIST && c->self.u.list->shape <= TS_RANGE;
    return answer(out, ordered || kind == T_STRING || kind == T_DICT || kind == T_UNDEFINED);
}

/* What tmpl_iterate() takes, and a loop. */
static Status t_iterable(TRun *run, TCall *c, TValue *out) {
    TKind kind = c->self.kind;
    return answer(out, kind == T_LIST || kind == T_STRING || kind == T_DICT || kind == T_LOOP ||
                           kind == T_UNDEFINED);
}

static Status t_callable(TRun *run, TCall *c, TValue *out) {
    TKind kind = c->self.kind;
    /* Undefined too: in jinja2 it can be called, and fails. */
    return answer(out, kind >= T_LOOP || kind == T_UNDEFINED);
}

static Status t_escaped(TRun *run, TCall *c, TValue *out) {
    return answer(out, c->self.kind == T_STRING && c->self.u.s->markup);
}

/* Is v % n equal to `rest`? ("%s" % 2 is a format, as it is in Python, and equals no number.) */
static Status has_rest(TRun *run, TValue v, TValue n, int64_t rest, TValue *out) {
    TValue r = {0};
    bool same;
    TRY(tmpl_binary(run, '%', v, n, &r));
    TRY(tmpl_equal(run, r, tv_int(rest), &same));
    return answer(out, same);
}

/* The three by one remainder. */
static Status t_divisibleby(TRun *run, TCall *c, TValue *out) {
    return has_rest(run, c->self, *c->slot[0], 0, out);
}

static Status t_odd(TRun *run, TCall *c, TValue *out) {
    return has_rest(run, c->self, tv_int(2), 1, out);
}

static Status t_even(TRun *run, TCall *c, TValue *out) {
    return has_rest(run, c->self, tv_int(2), 0, out);
}

/* Python's str.islower and str.isupper: some letter has case, none has the other. */
static Status has_case(TRun *run, TValue v, bool lower, TValue *out) {
    TValue text = {0};
    TRY(tmpl_str(run, v, &text));
    Str s = text.u.s->text;
    TRY(tmpl_step(run, s.n / 64));
    bool some = false, other = false;
    for (size_t at = 0, width; at < s.n; at += width) {
        uint32_t code = utf8_decode(s, at, &width);
        bool is_upper = unicode_lower(code) != code, is_lower = unicode_upper(code) != code;
        some = some || (lower ? is_lower : is_upper);
        other = other || (lower ? is_upper : is_lower);
    }
    return answer(out, some && !other);
}

static Status t_lower(TRun *run, TCall *c, TValue *out) {
    return has_case(run, c->self, true, out);
}

static Status t_upper(TRun *run, TCall *c, TValue *out) {
    return has_case(run, c->self, false, out);
}

/* eq, ne, lt, le, gt, ge and in: the operators by name. */
static Status compare(TRun *run, int op, TCall *c, TValue *out) {
    bool holds;
    assert(c->slot[0]); /* by the row's "how many must be given" */
    TRY(tmpl_compare(run, op, c->self, *c->slot[0], &holds));
    return answer(out, holds);
}

static Status t_eq(TRun *run, TCall *c, TValue *out) { return compare(run, OP_EQ, c, out); }
static Status t_ne(TRun *run, TCall *c, TValue *out) { return compare(run, OP_NE, c, out); }
static Status t_lt(TRun *run, TCall *c, TValue *out) { return compare(run, '<', c, out); }
static Status t_le(TRun *run, TCall *c, TValue *out) { return compare(run, OP_LE, c, out); }
static Status t_gt(TRun *run, TCall *c, TValue *out) { return compare(run, '>', c, out); }
static Status t_ge(TRun *run, TCall *c, TValue *out) { return compare(run, OP_GE, c, out); }
static Status t_in(TRun *run, TCall *c, TValue *out) { return compare(run, OP_IN, c, out); }

/* The same object. Two equal strings or numbers of one type count as the same. */
static Status t_sameas(TRun *run, TCall *c, TValue *out) {
    TValue a = c->self, b = *c->slot[0];
    bool same = a.kind == b.kind;
    if (same && a.kind == T_LIST) {
        same = a.u.list == b.u.list;
    } else if (same && a.kind == T_DICT) {
        same = a.u.dict == b.u.dict;
    } else if (same) {
        TRY(tmpl_equal(run, a, b, &same));
    }
    return answer(out, same);
}

/* Is there a filter of this name? Templates ask before they use one. */
static Status t_filter(TRun *run, TCall *c, TValue *out) {
    return answer(out, c->self.kind == T_STRING && tmpl_filter_find(c->self.u.s->text));
}

static Status t_test(TRun *run, TCall *c, TValue *out) {
    return answer(out, c->self.kind == T_STRING && tmpl_test_find(c->self.u.s->text));
}

const TDef *tmpl_test_find(Str name) {
    static const TDef tests[] = {
        {"defined", "", 0, t_defined},      {"undefined", "", 0, t_undefined},
        {"none", "", 0, t_none},            {"boolean", "", 0, t_boolean},
        {"true", "", 0, t_true},            {"false", "", 0, t_false},
        {"integer", "", 0, t_integer},      {"float", "", 0, t_float},
        {"number", "", 0, t_number},        {"string", "", 0, t_string},
        {"mapping", "", 0, t_mapping},      {"sequence", "", 0, t_sequence},
        {"iterable", "", 0, t_iterable},    {"callable", "", 0, t_callable},
        {"escaped", "", 0, t_escaped},      {"odd", "", 0, t_odd},
        {"even", "", 0, t_even},            {"divisibleby", "num", 1, t_divisibleby},
        {"lower", "", 0, t_lower},          {"upper", "", 0, t_upper},
        {"sameas", "other", 1, t_sameas},   {"filter", "", 0, t_filter},
        {"test", "", 0, t_test},            {"in", "seq", 1, t_in},
        {"eq", "other", 1, t_eq},           {"equalto", "other", 1, t_eq},
        {"==", "other", 1, t_eq},           {"ne", "other", 1, t_ne},
        {"!=", "other", 1, t_ne},           {"lt", "other", 1, t_lt},
        {"lessthan", "other", 1, t_lt},     {"<", "other", 1, t_lt},
        {"le", "other", 1, t_le},           {"<=", "other", 1, t_le},
        {"gt", "other", 1, t_gt},           {"greaterthan", "other", 1, t_gt},
        {">", "other", 1, t_gt},            {"ge", "other", 1, t_ge},
        {">=", "other", 1, t_ge},
    };
    return tmpl_def_find(tests, ARRAY_LEN(tests), name);
}
