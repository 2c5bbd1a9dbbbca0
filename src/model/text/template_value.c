/*
 * Values of a chat template, with Python's meaning: truth, equality, order, lists and dicts, and
 * how JSON becomes values.
 *
 * Everything ordered is one struct, TList, with a shape that says which Python type it stands for:
 * a list prints with brackets, a tuple with parentheses, a generator has no length and is walked
 * once. Dicts keep the order of insertion and are searched from the front; chat contexts have tens
 * of keys, and each search costs steps, so that a dict of a million keys runs into the ceiling and
 * not into the evening.
 *
 * Whole numbers have 64 bits; what does not fit is E_LIMIT (Python would go on).
 *
 * Strings out of JSON carry no marks, they are the user's. (template.c then marks the roles.)
 */
#include <assert.h>
#include <math.h>

#include "base/utf8.h"
#include "model/text/template_int.h"

double tmpl_number(TValue v) {
    assert(tv_is_number(v));
    return v.kind == T_REAL ? v.u.r : (double)tv_whole(v);
}

const char *tmpl_type_name(TValue v) {
    static const char *const names[] = {
        [T_UNDEFINED] = "Undefined",    [T_NONE] = "NoneType", [T_BOOL] = "bool",
        [T_INT] = "int",                [T_REAL] = "float",    [T_STRING] = "str",
        [T_DICT] = "dict",              [T_NAMESPACE] = "Namespace",
        [T_LOOP] = "LoopContext",       [T_MACRO] = "Macro",   [T_FUNCTION] = "function",
        [T_METHOD] = "builtin_function_or_method"};
    static const char *const shapes[] = {
        [TS_LIST] = "list",      [TS_TUPLE] = "tuple",       [TS_RANGE] = "range",
        [TS_KEYS] = "dict_keys", [TS_VALUES] = "dict_values", [TS_ITEMS] = "dict_items",
        [TS_ITERATOR] = "generator"};
    return v.kind == T_LIST ? shapes[v.u.list->shape] : names[v.kind];
}

/* A generator is true even when nothing is in it, as in Python. */
bool tmpl_truth(TValue v) {
    switch (v.kind) {
    case T_UNDEFINED:
    case T_NONE: return false;
    case T_BOOL: return v.u.truth;
    case T_INT: return v.u.i != 0;
    case T_REAL: return v.u.r != 0;
    case T_STRING: return v.u.s->text.n > 0;
    case T_LIST: return v.u.list->shape == TS_ITERATOR || v.u.list->n > 0;
    case T_DICT: return v.u.dict->n > 0;
    default: return true;
    }
}

/* Names the value that was not there, or the method that the sandbox hides. */
Status tmpl_undefined_used(TRun *run, TValue v) {
    assert(v.kind == T_UNDEFINED);
    const TUndef *undef = v.u.undef;
    if (!undef) return TMPL_FAIL(run, E_CORRUPT, "an undefined value is used");
    int n = (int)(undef->name.n < 80 ? undef->name.n : 80);
    if (undef->forbidden) {
        return TMPL_FAIL(run, E_CORRUPT, "'%.*s' changes a value; the sandbox does not allow it", n,
                         undef->name.p);
    }
    return TMPL_FAIL(run, E_CORRUPT, "'%.*s' is undefined", n, undef->name.p);
}

/* A record in the arena, so that who uses the value can name it. */
Status tmpl_missing(TRun *run, Str name, bool forbidden, TValue *out) {
    TUndef *undef = tmpl_alloc(run, 1, sizeof *undef);
    if (!undef) return tmpl_full(run);
    *undef = (TUndef){name, forbidden};
    *out = (TValue){.kind = T_UNDEFINED, .u.undef = undef};
    return OK;
}

/* ---- equality and order ---------------------------------------------------------------------- */

/* Lists equal lists and tuples equal tuples; the two set-like views compare with each other. */
static bool same_family(TShape a, TShape b) {
    bool views = (a == TS_KEYS || a == TS_ITEMS) && (b == TS_KEYS || b == TS_ITEMS);
    return a == b || views;
}

static Status lists_equal(TRun *run, const TList *a, const TList *b, bool *out) {
    *out = a == b;
    bool by_value = same_family(a->shape, b->shape) && a->shape != TS_ITERATOR;
    if (a == b || !by_value || a->n != b->n) return OK;
    *out = true;
    for (size_t i = 0; i < a->n && *out; i++) {
        TRY(tmpl_equal(run, a->items[i], b->items[i], out));
    }
    return OK;
}

/* Order does not count. */
static Status dicts_equal(TRun *run, const TDict *a, const TDict *b, bool *out) {
    *out = a->n == b->n;
    for (size_t i = 0; i < a->n && *out; i++) {
        TPair *pair = NULL;
        TRY(tmpl_dict_find(run, b, a->pairs[i].key, &pair));
        *out = pair != NULL;
        if (pair) TRY(tmpl_equal(run, a->pairs[i].value, pair->value, out));
    }
    return OK;
}

/* A whole number and a real, exactly: 2^53 + 1 as a real would be 2^53. What is left of y behind
   the point decides where the whole parts agree; 2^63 and more have no whole part in 64 bits. */
static int whole_order(int64_t x, double y) {
    if (isnan(y)) return 2;
    if (y >= 0x1p63) return -1;
    if (y < -0x1p63) return 1;
    int64_t whole = (int64_t)y;
    if (x != whole) return x < whole ? -1 : 1;
    double rest = y - (double)whole;
    assert(-1 < rest && rest < 1);
    return rest > 0 ? -1 : rest < 0;
}

/* -1, 0 or 1; 2 where one is NaN. True is 1, and 1 is 1.0. */
static int numbers_order(TValue a, TValue b) {
    if (a.kind == T_REAL && b.kind == T_REAL) {
        double x = a.u.r, y = b.u.r;
        return isnan(x) || isnan(y) ? 2 : x < y ? -1 : x > y;
    }
    if (b.kind == T_REAL) return whole_order(tv_whole(a), b.u.r);
    if (a.kind == T_REAL) {
        int order = whole_order(tv_whole(b), a.u.r);
        return order == 2 ? 2 : -order;
    }
    int64_t x = tv_whole(a), y = tv_whole(b);
    return x < y ? -1 : x > y;
}

/* Comparing is paid for by the bytes, where lengths agree: a loop over long texts that differ in
   their last byte would do much more than its steps say. */
static Status strings_equal(TRun *run, Str a, Str b, bool *out) {
    *out = a.n == b.n;
    if (*out) TRY(tmpl_step(run, a.n / 256));
    *out = str_eq(a, b);
    return OK;
}

/* Functions, macros and loops equal only themselves. */
static Status equal_inside(TRun *run, TValue a, TValue b, bool *out) {
    *out = false;
    if (tv_is_number(a) && tv_is_number(b)) {
        *out = numbers_order(a, b) == 0;
        return OK;
    }
    if (a.kind != b.kind) return OK;
    switch (a.kind) {
    case T_UNDEFINED:
    case T_NONE: *out = true; return OK;
    case T_STRING: return strings_equal(run, a.u.s->text, b.u.s->text, out);
    case T_LIST: return lists_equal(run, a.u.list, b.u.list, out);
    case T_DICT: return dicts_equal(run, a.u.dict, b.u.dict, out);
    case T_NAMESPACE: *out = a.u.dict == b.u.dict; return OK;
    case T_LOOP: *out = a.u.loop == b.u.loop; return OK;
    case T_MACRO: *out = a.u.macro == b.u.macro; return OK;
    case T_METHOD: *out = a.u.method == b.u.method; return OK;
    default: *out = a.u.def == b.u.def; return OK;
    }
}

Status tmpl_equal(TRun *run, TValue a, TValue b, bool *out) {
    TRY(tmpl_enter(run));
    Status status = equal_inside(run, a, b, out);
    run->nest--;
    return status;
}

/* By the first items that are not equal; what is equal need not be comparable. */
static Status lists_order(TRun *run, const TList *a, const TList *b, int *out) {
    size_t n = a->n < b->n ? a->n : b->n;
    for (size_t i = 0; i < n; i++) {
        bool same;
        TRY(tmpl_equal(run, a->items[i], b->items[i], &same));
        if (!same) return tmpl_order(run, a->items[i], b->items[i], out);
    }
    *out = a->n < b->n ? -1 : a->n > b->n;
    return OK;
}

/* Only like with like: numbers, strings by code points (which is byte order in UTF-8), lists. */
static Status order_inside(TRun *run, TValue a, TValue b, int *out) {
    if (a.kind == T_UNDEFINED) return tmpl_undefined_used(run, a);
    if (b.kind == T_UNDEFINED) return tmpl_undefined_used(run, b);
    if (a.kind == T_STRING && b.kind == T_STRING) {
        Str x = a.u.s->text, y = b.u.s->text;
        TRY(tmpl_step(run, (x.n < y.n ? x.n : y.n) / 256));
        int order = str_cmp(x, y);
        *out = order < 0 ? -1 : order > 0;
        return OK;
    }
    if (tv_is_number(a) && tv_is_number(b)) {
        *out = numbers_order(a, b);
        return OK;
    }
    bool lists = a.kind == T_LIST && b.kind == T_LIST && a.u.list->shape == b.u.list->shape &&
                 a.u.list->shape <= TS_TUPLE;
    if (lists) return lists_order(run, a.u.list, b.u.list, out);
    return TMPL_FAIL(run, E_CORRUPT, "%s and %s cannot be put in order", tmpl_type_name(a),
                     tmpl_type_name(b));
}

Status tmpl_order(TRun *run, TValue a, TValue b, int *out) {
    TRY(tmpl_enter(run));
    Status status = order_inside(run, a, b, out);
    run->nest--;
    return status;
}

/* Merges two sorted halves of `at` through `spare`. Stable. */
static Status merge(TRun *run, TPair *at, TPair *spare, size_t half, size_t n) {
    assert(0 < half && half < n);
    size_t i = 0, k = half, to = 0;
    while (i < half && k < n) {
        int order;
        TRY(tmpl_order(run, at[k].key, at[i].key, &order));
        spare[to++] = order == -1 ? at[k++] : at[i++];
    }
    while (i < half) spare[to++] = at[i++];
    while (k < n) spare[to++] = at[k++];
    assert(to == n); /* each came once */
    memcpy(at, spare, n * sizeof *at);
    return OK;
}

/* Sorts items by keys, stably, also when reversed (as Python does). Bottom-up merge sort. */
Status tmpl_sort(TRun *run, TValue *items, TValue *keys, size_t n, bool reverse) {
    TPair *pairs = tmpl_alloc(run, n, sizeof *pairs), *spare = tmpl_alloc(run, n, sizeof *spare);
    if (!pairs || !spare) return tmpl_full(run);
    for (size_t i = 0; i < n; i++) {
        size_t from = reverse ? n - 1 - i : i;
        pairs[i] = (TPair){keys[from], items[from]};
    }
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t at = 0; at + width < n; at += 2 * width) {
            size_t rest = n - at;
            TRY(merge(run, pairs + at, spare, width, rest < 2 * width ? rest : 2 * width));
        }
    }
    for (size_t i = 0; i < n; i++) items[reverse ? n - 1 - i : i] = pairs[i].value;
    return OK;
}

Status tmpl_contains(TRun *run, TValue item, TValue in, bool *out) {
    *out = false;
    if (in.kind == T_STRING) {
        if (item.kind != T_STRING) {
            return TMPL_FAIL(run, E_CORRUPT, "'in' a string needs a string, not %s",
                             tmpl_type_name(item));
        }
        TRY(tmpl_step(run, in.u.s->text.n / 256));
        *out = str_has(in.u.s->text, item.u.s->text);
        return OK;
    }
    if (in.kind == T_DICT) {
        TPair *pair = NULL;
        TRY(tmpl_dict_find(run, in.u.dict, item, &pair));
        *out = pair != NULL;
        return OK;
    }
    TList *list = NULL;
    TRY(tmpl_iterate(run, in, &list));
    for (size_t i = 0; i < list->n && !*out; i++) TRY(tmpl_equal(run, item, list->items[i], out));
    return OK;
}

/* ---- lists ----------------------------------------------------------------------------------- */

/* Both pieces, or tmpl_full(). */
Status tmpl_list_new(TRun *run, TShape shape, size_t room, TList **out) {
    TList *list = tmpl_alloc(run, 1, sizeof *list);
    TValue *items = tmpl_alloc(run, room, sizeof *items);
    if (!list || !items) return tmpl_full(run);
    *list = (TList){.items = items, .cap = room, .shape = shape};
    *out = list;
    return OK;
}

Status tmpl_list_add(TRun *run, TList *list, TValue item) {
    TRY(tmpl_grow(run, (void **)&list->items, &list->cap, list->n, sizeof *list->items));
    list->items[list->n++] = item;
    return OK;
}

void tmpl_list_reverse(TList *list) {
    for (size_t i = 0; i < list->n / 2; i++) {
        TValue swap = list->items[i];
        list->items[i] = list->items[list->n - 1 - i];
        list->items[list->n - 1 - i] = swap;
    }
}

/* Characters; those of Markup are plain, as in markupsafe. */
static Status iterate_string(TRun *run, const TString *text, TList **out) {
    TString plain = *text, *s = &plain;
    plain.markup = false;
    TRY(tmpl_list_new(run, TS_LIST, tmpl_chars(s), out));
    TRY(tmpl_step(run, (*out)->cap));
    for (size_t from = 0, to; from < s->text.n; from = to) {
        to = from + 1;
        while (!s->ascii && to < s->text.n && utf8_goes_on(s->text.p[to])) to++;
        TValue c = {0};
        TRY(tmpl_sub(run, s, from, to, &c));
        TRY(tmpl_list_add(run, *out, c));
    }
    return OK;
}

/* Undefined can be walked and is empty; None cannot. A generator is spent by it. */
Status tmpl_iterate(TRun *run, TValue v, TList **out) {
    if (v.kind == T_UNDEFINED) return tmpl_list_new(run, TS_LIST, 0, out);
    if (v.kind == T_STRING) return iterate_string(run, v.u.s, out);
    if (v.kind == T_DICT) return tmpl_dict_view(run, v.u.dict, TS_KEYS, out);
    if (v.kind != T_LIST) {
        return TMPL_FAIL(run, E_CORRUPT, "%s cannot be walked", tmpl_type_name(v));
    }
    TList *list = v.u.list;
    if (list->shape == TS_ITERATOR && list->spent) return tmpl_list_new(run, TS_LIST, 0, out);
    if (list->shape == TS_ITERATOR) list->spent = true;
    *out = list;
    return OK;
}

/* A tuple of two: what items() and groupby give. */
Status tmpl_tuple2(TRun *run, TValue a, TValue b, TValue *out) {
    TList *pair = NULL;
    TRY(tmpl_list_new(run, TS_TUPLE, 2, &pair));
    TRY(tmpl_list_add(run, pair, a));
    TRY(tmpl_list_add(run, pair, b));
    *out = tv_list(pair);
    return OK;
}

Status tmpl_length(TRun *run, TValue v, int64_t *out) {
    switch (v.kind) {
    case T_UNDEFINED: *out = 0; return OK;
    case T_STRING:
        TRY(tmpl_step(run, v.u.s->ascii ? 0 : v.u.s->text.n / 256)); /* they must be counted */
        *out = (int64_t)tmpl_chars(v.u.s);
        return OK;
    case T_DICT: *out = (int64_t)v.u.dict->n; return OK;
    case T_LOOP: *out = (int64_t)v.u.loop->items->n; return OK;
    case T_LIST:
        if (v.u.list->shape == TS_ITERATOR) break;
        *out = (int64_t)v.u.list->n;
        return OK;
    default: break;
    }
    return TMPL_FAIL(run, E_CORRUPT, "%s has no length", tmpl_type_name(v));
}

/* ---- dicts ----------------------------------------------------------------------------------- */

Status tmpl_dict_new(TRun *run, TDict **out) {
    TDict *dict = tmpl_alloc(run, 1, sizeof *dict);
    if (!dict) return tmpl_full(run);
    *dict = (TDict){0};
    *out = dict;
    return OK;
}

/* Without steps: for keys that the template's author wrote. */
TPair *tmpl_dict_find_str(const TDict *d, Str key) {
    for (size_t i = 0; i < d->n; i++) {
        const TValue *k = &d->pairs[i].key;
        if (k->kind == T_STRING && str_eq(k->u.s->text, key)) return &d->pairs[i];
    }
    return NULL;
}

/* What has a hash without its items being asked. */
static bool is_hashable(TValue v) {
    return v.kind != T_DICT && (v.kind != T_LIST || v.u.list->shape != TS_LIST);
}

/* Of a tuple in a tuple only the outer is looked at: no recursion. */
Status tmpl_hashable(TRun *run, TValue v, bool *out) {
    *out = is_hashable(v);
    if (v.kind != T_LIST || v.u.list->shape != TS_TUPLE) return OK;
    TRY(tmpl_step(run, v.u.list->n / 16));
    for (size_t i = 0; i < v.u.list->n && *out; i++) *out = is_hashable(v.u.list->items[i]);
    return OK;
}

/* Strings only equal strings, so they skip the general way. */
static Status dict_find_string(TRun *run, const TDict *d, Str key, TPair **out) {
    for (size_t i = 0; i < d->n && !*out; i++) {
        bool same = false;
        const TValue *k = &d->pairs[i].key;
        if (k->kind == T_STRING) TRY(strings_equal(run, k->u.s->text, key, &same));
        if (same) *out = &d->pairs[i];
    }
    return OK;
}

/* From the front, paid for in steps. */
Status tmpl_dict_find(TRun *run, const TDict *d, TValue key, TPair **out) {
    *out = NULL;
    TRY(tmpl_step(run, d->n / 16));
    if (key.kind == T_STRING) return dict_find_string(run, d, key.u.s->text, out);
    bool hashable;
    TRY(tmpl_hashable(run, key, &hashable));
    if (!hashable) {
        return TMPL_FAIL(run, E_CORRUPT, "%s cannot be a key", tmpl_type_name(key));
    }
    for (size_t i = 0; i < d->n; i++) {
        bool same = false;
        if (d->pairs[i].key.kind != T_STRING) TRY(tmpl_equal(run, d->pairs[i].key, key, &same));
        if (!same) continue;
        *out = &d->pairs[i];
        return OK;
    }
    return OK;
}

/* Appends a pair; the key is not there yet. */
static Status dict_add(TRun *run, TDict *d, TValue key, TValue value) {
    assert(is_hashable(key));
    TRY(tmpl_grow(run, (void **)&d->pairs, &d->cap, d->n, sizeof *d->pairs));
    d->pairs[d->n++] = (TPair){key, value};
    return OK;
}

Status tmpl_dict_set(TRun *run, TDict *d, TValue key, TValue value) {
    TPair *pair = NULL;
    TRY(tmpl_dict_find(run, d, key, &pair));
    if (!pair) return dict_add(run, d, key, value);
    pair->value = value;
    return OK;
}

/* keys(), values() and items() as of now; unlike Python's they do not follow later changes. */
Status tmpl_dict_view(TRun *run, const TDict *d, TShape shape, TList **out) {
    assert(shape == TS_KEYS || shape == TS_VALUES || shape == TS_ITEMS);
    TRY(tmpl_list_new(run, shape, d->n, out));
    TRY(tmpl_step(run, d->n / 4));
    for (size_t i = 0; i < d->n; i++) {
        TValue item = shape == TS_KEYS ? d->pairs[i].key : d->pairs[i].value;
        if (shape == TS_ITEMS) TRY(tmpl_tuple2(run, d->pairs[i].key, item, &item));
        TRY(tmpl_list_add(run, *out, item));
    }
    assert((*out)->n == d->n);
    return OK;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

/* Whole where it is written so and fits 64 bits, else a real. */
static TValue number_from_json(const Json *json) {
    int64_t whole;
    return json_whole(json, &whole) ? tv_int(whole) : tv_real(json_number(json, 0));
}

/* Room for all is made at once: json_len() is known. */
static Status array_from_json(TRun *run, const Json *json, TValue *out) {
    TList *list = NULL;
    TRY(tmpl_list_new(run, TS_LIST, json_len(json), &list));
    for (size_t i = 0; i < json_len(json); i++) {
        TValue item = {0};
        TRY(tmpl_from_json(run, json_at(json, i), &item));
        TRY(tmpl_list_add(run, list, item));
    }
    *out = tv_list(list);
    return OK;
}

/* In the order of the text. */
static Status object_from_json(TRun *run, const Json *json, TValue *out) {
    TDict *dict = NULL;
    TRY(tmpl_dict_new(run, &dict));
    Str key = {0};
    const Json *member;
    for (size_t i = 0; json_pair(json, i, &key, &member); i++) {
        TValue name = {0}, value = {0};
        TRY(tmpl_new_string(run, key, false, &name));
        TRY(tmpl_from_json(run, member, &value));
        TRY(dict_add(run, dict, name, value)); /* keys are unique in a Json */
    }
    *out = tv_dict(dict);
    return OK;
}

static Status from_json_inside(TRun *run, const Json *json, TValue *out) {
    switch (json_kind(json)) {
    case JSON_TRUE: *out = tv_bool(true); return OK;
    case JSON_FALSE: *out = tv_bool(false); return OK;
    case JSON_INT:
    case JSON_REAL: *out = number_from_json(json); return OK;
    case JSON_STRING: return tmpl_new_string(run, json_str(json), false, out);
    case JSON_ARRAY: return array_from_json(run, json, out);
    case JSON_OBJECT: return object_from_json(run, json, out);
    default: *out = tv_none(); return OK;
    }
}

Status tmpl_from_json(TRun *run, const Json *json, TValue *out) {
    TRY(tmpl_enter(run));
    Status status = from_json_inside(run, json, out);
    run->nest--;
    return status;
}
