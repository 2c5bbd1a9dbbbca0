/*
 * Filters of the chat templates that walk a list: select, map, join, sort and their kin.
 *
 * What is a generator in jinja2 is a list of shape TS_ITERATOR here: made at once, but without a
 * length, without items by number, and walked only once, so that a template which forgets `|list`
 * fails here as it does there.
 *
 * An attribute may be dotted ("function.name"), its whole-number parts index lists.
 *
 * Source: jinja2 3.1, "List of Builtin Filters".
 *
 * Worked example: messages|selectattr('role', 'equalto', 'user')|map(attribute='content')|list.
 * pick() gets pos = ('role', 'equalto', 'user'): an attribute, a test by name, and rest_of(c, 2) =
 * ('user') as the test's own argument. f_map walks the iterator, which is spent then, and takes an
 * attribute of each.
 *
 * A row of the table at the end: name, parameters, how many must be given (-1: looks itself),
 * function.
 */
#include "model/text/template_int.h"

#include <assert.h>

/* ---- helpers --------------------------------------------------------------------------------- */

/* A list of its own, to be changed in place afterwards. */
static Status copy_list(TRun *run, TValue v, TShape shape, TList **out) {
    TList *from = NULL;
    TRY(tmpl_iterate(run, v, &from));
    TRY(tmpl_step(run, from->n / 4));
    TRY(tmpl_list_new(run, shape, from->n, out));
    for (size_t i = 0; i < from->n; i++) TRY(tmpl_list_add(run, *out, from->items[i]));
    return OK;
}

/* item[key], or `fallback` where it has no such thing; NULL or None: undefined then. */
static Status part_of(TRun *run, TValue item, TValue key, const TValue *fallback, TValue *out) {
    TRY(tmpl_item(run, item, key, out));
    if (out->kind == T_UNDEFINED && fallback && fallback->kind != T_NONE) *out = *fallback;
    return OK;
}

/* item.a.b.0 for the attribute "a.b.0" or the number 0; the fallback is each part's. */
static Status dotted(TRun *run, TValue item, TValue attribute, const TValue *fallback,
                     TValue *out) {
    *out = item;
    if (attribute.kind == T_INT) return part_of(run, item, attribute, fallback, out);
    if (attribute.kind != T_STRING) {
        return TMPL_FAIL(run, E_CORRUPT, "an attribute is a string or a number");
    }
    Str rest = attribute.u.s->text;
    for (bool more = true; more;) {
        size_t dot = str_find(rest, STR("."), 0);
        more = dot != SIZE_MAX;
        Str part = more ? str_sub(rest, 0, dot) : rest;
        if (more) rest = str_sub(rest, dot + 1, rest.n);
        TValue key = {0};
        int64_t index;
        if (num_parse_int(part, 0, INT32_MAX, "index", "", &index, NULL) == OK) {
            key = tv_int(index);
        } else {
            TRY(tmpl_new_string(run, part, false, &key));
        }
        TRY(part_of(run, *out, key, fallback, out));
    }
    return OK;
}

/* The item itself where no attribute is named. */
static Status item_of(TRun *run, TValue item, const TValue *attribute, const TValue *fallback,
                      TValue *out) {
    *out = item;
    if (!attribute || attribute->kind == T_NONE) return OK;
    return dotted(run, item, *attribute, fallback, out);
}

/* Case does not count in sorting and comparing unless asked for. */
static Status lower_key(TRun *run, TValue v, bool case_sensitive, TValue *out) {
    *out = v;
    if (case_sensitive || v.kind != T_STRING) return OK;
    TCall call = {.self = v};
    return tmpl_filter_find(STR("lower"))->fn(run, &call, out);
}

/* How a list is put in order: by what, and which way round. */
typedef struct SortHow {
    const TValue *attribute, *fallback; /* fallback: as dotted() takes it */
    bool case_sensitive, reverse;
    bool plain; /* by the key itself, as dictsort and groupby do, not by a list of keys */
} SortHow;

/* What to sort or compare an item by. */
static Status item_key(TRun *run, TValue item, SortHow how, TValue *out) {
    TRY(item_of(run, item, how.attribute, how.fallback, &item));
    return lower_key(run, item, how.case_sensitive, out);
}

/*
 * A sort attribute may be several, "a,b". The key is always a list, as in jinja2, and lists look
 * for equality before they look for order: items that are all undefined there can be sorted.
 */
static Status sort_key(TRun *run, TValue item, SortHow how, TValue *out) {
    TList *keys = NULL;
    TRY(tmpl_list_new(run, TS_LIST, 2, &keys));
    *out = tv_list(keys);
    if (!how.attribute || how.attribute->kind != T_STRING) {
        TValue key = {0};
        TRY(item_key(run, item, how, &key));
        return tmpl_list_add(run, keys, key);
    }
    Str rest = how.attribute->u.s->text;
    for (bool more = true; more;) {
        size_t comma = str_find(rest, STR(","), 0);
        more = comma != SIZE_MAX;
        TValue part = {0}, key = {0};
        TRY(tmpl_new_string(run, more ? str_sub(rest, 0, comma) : rest, false, &part));
        if (more) rest = str_sub(rest, comma + 1, rest.n);
        how.attribute = &part;
        TRY(item_key(run, item, how, &key));
        TRY(tmpl_list_add(run, keys, key));
    }
    return OK;
}

/* Keys first, one for each item, then a stable sort of both. Reversed, equal items keep their
   order, too, as in Python. */
static Status sort_list(TRun *run, TList *list, SortHow how) {
    TValue *keys = tmpl_alloc(run, list->n, sizeof *keys);
    if (!keys) return tmpl_full(run);
    for (size_t i = 0; i < list->n; i++) {
        TRY((how.plain ? item_key : sort_key)(run, list->items[i], how, &keys[i]));
    }
    return tmpl_sort(run, list->items, keys, list->n, how.reverse);
}

/* ---- whole lists ----------------------------------------------------------------------------- */

/* list(x): a copy that may be changed and walked again. */
static Status f_list(TRun *run, TCall *c, TValue *out) {
    TList *list = NULL;
    TRY(copy_list(run, c->self, TS_LIST, &list));
    *out = tv_list(list);
    return OK;
}

/* Pairs of a dict; of nothing there are none. */
static Status f_items(TRun *run, TCall *c, TValue *out) {
    TList *list = NULL;
    if (c->self.kind == T_UNDEFINED) {
        TRY(tmpl_list_new(run, TS_ITERATOR, 0, &list));
    } else if (c->self.kind != T_DICT) {
        return TMPL_FAIL(run, E_CORRUPT, "items: needs a dict, not %s", tmpl_type_name(c->self));
    } else {
        TRY(tmpl_dict_view(run, c->self.u.dict, TS_ITEMS, &list));
        list->shape = TS_ITERATOR;
    }
    *out = tv_list(list);
    return OK;
}

static Status f_length(TRun *run, TCall *c, TValue *out) {
    int64_t n;
    TRY(tmpl_length(run, c->self, &n));
    *out = tv_int(n);
    return OK;
}

/* `last` needs reversed(), which generators do not have. */
static Status end_item(TRun *run, TCall *c, bool last, TValue *out) {
    TList *list = NULL;
    if (last && c->self.kind == T_LIST && c->self.u.list->shape == TS_ITERATOR) {
        return TMPL_FAIL(run, E_CORRUPT, "last: a generator has no end to look at");
    }
    TRY(tmpl_iterate(run, c->self, &list));
    if (!list->n) return tmpl_missing(run, STR("an item of an empty list"), false, out);
    *out = list->items[last ? list->n - 1 : 0];
    return OK;
}

static Status f_first(TRun *run, TCall *c, TValue *out) {
    return end_item(run, c, false, out);
}

static Status f_last(TRun *run, TCall *c, TValue *out) {
    return end_item(run, c, true, out);
}

/* A string comes back as a string, of characters in reverse; anything else as an iterator. */
static Status f_reverse(TRun *run, TCall *c, TValue *out) {
    TList *list = NULL;
    TRY(copy_list(run, c->self, TS_ITERATOR, &list));
    tmpl_list_reverse(list);
    *out = tv_list(list);
    if (c->self.kind != T_STRING) return OK;
    TBuilder b = tmpl_build(run);
    for (size_t i = 0; i < list->n; i++) tmpl_add_string(&b, list->items[i].u.s);
    return tmpl_take(&b, c->self.u.s->markup, out);
}

/* Items are written with str(); the glue keeps its own marks. */
static Status f_join(TRun *run, TCall *c, TValue *out) {
    TList *list = NULL;
    TValue glue = {0};
    TRY(tmpl_iterate(run, c->self, &list));
    if (c->slot[0]) {
        TRY(tmpl_str(run, *c->slot[0], &glue));
    } else {
        TRY(tmpl_new_c(run, "", &glue));
    }
    TBuilder b = tmpl_build(run);
    for (size_t i = 0; i < list->n; i++) {
        TValue item = list->items[i];
        TRY(item_of(run, item, c->slot[1], NULL, &item));
        if (i) tmpl_add_string(&b, glue.u.s);
        TRY(tmpl_step(run, 1));
        TRY(tmpl_print(run, &b, item));
    }
    return tmpl_take(&b, false, out);
}

/* From `start` on (0) by Python's +: of strings it fails, as there. */
static Status f_sum(TRun *run, TCall *c, TValue *out) {
    TList *list = NULL;
    TRY(tmpl_iterate(run, c->self, &list));
    *out = c->slot[1] ? *c->slot[1] : tv_int(0);
    for (size_t i = 0; i < list->n; i++) {
        TValue item = list->items[i];
        TRY(item_of(run, item, c->slot[0], NULL, &item));
        TRY(tmpl_step(run, 1));
        TRY(tmpl_binary(run, '+', *out, item, out));
    }
    return OK;
}

/* The first of equals wins, as in Python's min and max. */
static Status extreme(TRun *run, TCall *c, int wanted, TValue *out) {
    TList *list = NULL;
    TValue best = tv_none(), key;
    SortHow by = {.attribute = c->slot[1], .case_sensitive = tmpl_arg_bool(c, 0)};
    TRY(tmpl_iterate(run, c->self, &list));
    if (!list->n) return tmpl_missing(run, STR("an item of an empty list"), false, out);
    for (size_t i = 0; i < list->n; i++) {
        int order = wanted;
        TRY(item_key(run, list->items[i], by, &key));
        if (i) TRY(tmpl_order(run, key, best, &order));
        if (order != wanted) continue;
        best = key;
        *out = list->items[i];
    }
    return OK;
}

static Status f_min(TRun *run, TCall *c, TValue *out) { return extreme(run, c, -1, out); }
static Status f_max(TRun *run, TCall *c, TValue *out) { return extreme(run, c, 1, out); }

static Status f_sort(TRun *run, TCall *c, TValue *out) {
    TList *list = NULL;
    TRY(copy_list(run, c->self, TS_LIST, &list));
    *out = tv_list(list);
    return sort_list(run, list, (SortHow){.attribute = c->slot[2],
                                          .case_sensitive = tmpl_arg_bool(c, 1),
                                          .reverse = tmpl_arg_bool(c, 0)});
}

/* Pairs, by item 0 or 1 of each. */
static Status f_dictsort(TRun *run, TCall *c, TValue *out) {
    const TString *by = NULL;
    TRY(tmpl_arg_str(run, c, 1, &by));
    bool value = by && str_eq_c(by->text, "value");
    if (by && !value && !str_eq_c(by->text, "key")) {
        return TMPL_FAIL(run, E_CORRUPT, "dictsort: by is 'key' or 'value'");
    }
    if (c->self.kind == T_UNDEFINED) return tmpl_undefined_used(run, c->self);
    if (c->self.kind != T_DICT) {
        return TMPL_FAIL(run, E_CORRUPT, "dictsort: needs a dict, not %s", tmpl_type_name(c->self));
    }
    TList *list = NULL;
    TValue index = tv_int(value);
    TRY(tmpl_dict_view(run, c->self.u.dict, TS_ITEMS, &list));
    list->shape = TS_LIST;
    *out = tv_list(list);
    return sort_list(run, list, (SortHow){.attribute = &index,
                                          .case_sensitive = tmpl_arg_bool(c, 0),
                                          .reverse = tmpl_arg_bool(c, 2), .plain = true});
}

/* By comparing with all that were seen: quadratic, and paid for in steps. */
static Status f_unique(TRun *run, TCall *c, TValue *out) {
    TList *list = NULL, *kept = NULL, *seen = NULL;
    SortHow by = {.attribute = c->slot[1], .case_sensitive = tmpl_arg_bool(c, 0)};
    TRY(tmpl_iterate(run, c->self, &list));
    TRY(tmpl_list_new(run, TS_ITERATOR, 4, &kept));
    TRY(tmpl_list_new(run, TS_LIST, 4, &seen));
    for (size_t i = 0; i < list->n; i++) {
        TValue key = {0};
        bool known, hashable;
        TRY(item_key(run, list->items[i], by, &key));
        TRY(tmpl_hashable(run, key, &hashable));
        if (!hashable) {
            return TMPL_FAIL(run, E_CORRUPT, "unique: %s cannot be compared like this",
                             tmpl_type_name(key));
        }
        TRY(tmpl_contains(run, key, tv_list(seen), &known));
        if (known) continue;
        TRY(tmpl_list_add(run, seen, key));
        TRY(tmpl_list_add(run, kept, list->items[i]));
    }
    *out = tv_list(kept);
    return OK;
}

/* groupby(attribute, default, case_sensitive): pairs of a key and the items that have it. */
static Status f_groupby(TRun *run, TCall *c, TValue *out) {
    TList *list = NULL, *groups = NULL, *group = NULL;
    TValue last = tv_none();
    SortHow by = {.attribute = c->slot[0], .fallback = c->slot[1],
                  .case_sensitive = tmpl_arg_bool(c, 2), .plain = true};
    TRY(copy_list(run, c->self, TS_LIST, &list));
    TRY(sort_list(run, list, by));
    TRY(tmpl_list_new(run, TS_LIST, 4, &groups));
    for (size_t i = 0; i < list->n; i++) {
        TValue key = {0}, name = {0};
        bool same = false;
        TRY(dotted(run, list->items[i], *by.attribute, by.fallback, &name));
        TRY(lower_key(run, name, by.case_sensitive, &key));
        if (group) TRY(tmpl_equal(run, key, last, &same));
        if (!same) {
            TValue pair = {0};
            TRY(tmpl_list_new(run, TS_LIST, 4, &group));
            TRY(tmpl_tuple2(run, name, tv_list(group), &pair));
            TRY(tmpl_list_add(run, groups, pair));
            last = key;
        }
        TRY(tmpl_list_add(run, group, list->items[i]));
    }
    *out = tv_list(groups);
    return OK;
}

/* Rows of linecount items; fill_with fills up the last one. As in jinja2, 0 closes one row, the
   empty first, and less than 0 none. */
static Status f_batch(TRun *run, TCall *c, TValue *out) {
    TList *list = NULL, *rows = NULL, *row = NULL;
    int64_t size;
    TRY(tmpl_arg_int(run, c, 0, 1, &size));
    TRY(tmpl_iterate(run, c->self, &list));
    TRY(tmpl_list_new(run, TS_ITERATOR, 4, &rows));
    TRY(tmpl_list_new(run, TS_LIST, 4, &row));
    for (size_t i = 0; i < list->n; i++) {
        if ((int64_t)row->n == size) {
            TRY(tmpl_list_add(run, rows, tv_list(row)));
            TRY(tmpl_list_new(run, TS_LIST, 4, &row));
        }
        TRY(tmpl_list_add(run, row, list->items[i]));
    }
    bool fill = list->n > 0 && c->slot[1] && c->slot[1]->kind != T_NONE;
    while (fill && (int64_t)row->n < size) {
        TRY(tmpl_step(run, 1));
        TRY(tmpl_list_add(run, row, *c->slot[1]));
    }
    *out = tv_list(rows);
    return list->n > 0 ? tmpl_list_add(run, rows, tv_list(row)) : OK;
}

/* slice(n): n columns, the first ones longer by one; fill_with goes to each of the others, also
   where none is longer, as in jinja2. */
static Status f_slice(TRun *run, TCall *c, TValue *out) {
    TList *list = NULL, *columns = NULL, *column = NULL;
    int64_t n;
    TRY(tmpl_arg_int(run, c, 0, 1, &n));
    TRY(tmpl_iterate(run, c->self, &list));
    if (n < 1) return TMPL_FAIL(run, E_CORRUPT, "slice: at least one column");
    TRY(tmpl_list_new(run, TS_ITERATOR, 4, &columns));
    size_t each = list->n / (size_t)n, longer = list->n % (size_t)n, at = 0;
    for (int64_t i = 0; i < n; i++) {
        size_t size = each + ((size_t)i < longer);
        TRY(tmpl_step(run, 1));
        TRY(tmpl_list_new(run, TS_LIST, size, &column));
        for (size_t k = 0; k < size; k++) TRY(tmpl_list_add(run, column, list->items[at++]));
        bool fill = c->slot[1] && c->slot[1]->kind != T_NONE && (size_t)i >= longer;
        if (fill) TRY(tmpl_list_add(run, column, *c->slot[1]));
        TRY(tmpl_list_add(run, columns, tv_list(column)));
    }
    assert(at == list->n && columns->n == (size_t)n); /* all are dealt out */
    *out = tv_list(columns);
    return OK;
}

/* ---- by filter or test ----------------------------------------------------------------------- */

/* The arguments behind the first `skip`, for a filter or test that is called by name. */
static TCall rest_of(const TCall *c, size_t skip) {
    assert(skip <= c->n_pos); /* name_arg has found the last of them */
    TCall rest = {.pos = c->pos + skip, .named = c->named, .n_named = c->n_named};
    rest.n_pos = c->n_pos - skip;
    return rest;
}

/* The name of a filter or test among the positional arguments. */
static Status name_arg(TRun *run, const TCall *c, size_t index, Str *out) {
    if (index >= c->n_pos || c->pos[index].kind != T_STRING) {
        return TMPL_FAIL(run, E_CORRUPT, "the name of a filter or test is needed");
    }
    *out = c->pos[index].u.s->text;
    return OK;
}

/* E_UNSUPPORTED: jinja2 may know it, this subset does not. */
static Status unknown(TRun *run, const char *what, Str name) {
    return TMPL_FAIL(run, E_UNSUPPORTED, "no %s is named '%.*s'", what,
                     (int)(name.n < 40 ? name.n : 40), name.p);
}

/* map(attribute='a', default=x) */
static Status map_attribute(TRun *run, TCall *c, TList *list, TList *mapped) {
    const TValue *attribute = NULL, *fallback = NULL;
    for (size_t i = 0; i < c->n_named; i++) {
        bool is_attribute = str_eq_c(c->named[i].name, "attribute");
        if (is_attribute) attribute = &c->named[i].value;
        if (str_eq_c(c->named[i].name, "default")) fallback = &c->named[i].value;
        if (!is_attribute && &c->named[i].value != fallback) {
            return TMPL_FAIL(run, E_CORRUPT, "map: unknown argument '%.*s'",
                             (int)c->named[i].name.n, c->named[i].name.p);
        }
    }
    if (!attribute) return TMPL_FAIL(run, E_CORRUPT, "map: needs a filter or an attribute");
    for (size_t i = 0; i < list->n; i++) {
        TValue item = {0};
        TRY(dotted(run, list->items[i], *attribute, fallback, &item));
        TRY(tmpl_list_add(run, mapped, item));
    }
    return OK;
}

/* jinja2 looks at the arguments only when there is something to walk; none gives nothing. */
static Status walk(TRun *run, TValue v, TList **list, TList **result) {
    if (!tmpl_truth(v)) v = tv_undefined();
    TRY(tmpl_iterate(run, v, list));
    return tmpl_list_new(run, TS_ITERATOR, (*list)->n, result);
}

/* By an attribute, or by a filter with its arguments. A call is one level of C recursion, since the
   filter may be map itself. */
static Status f_map(TRun *run, TCall *c, TValue *out) {
    TList *list = NULL, *mapped = NULL;
    TRY(walk(run, c->self, &list, &mapped));
    *out = tv_list(mapped);
    if (!list->n) return OK;
    if (c->n_pos == 0) return map_attribute(run, c, list, mapped);
    Str name = {0};
    TRY(name_arg(run, c, 0, &name));
    const TDef *def = tmpl_filter_find(name);
    if (!def) return unknown(run, "filter", name);
    for (size_t i = 0; i < list->n; i++) {
        TCall call = rest_of(c, 1);
        TValue item = {0};
        call.self = list->items[i];
        TRY(tmpl_enter(run));
        TRY(tmpl_call_def(run, def, &call, &item));
        run->nest--;
        TRY(tmpl_list_add(run, mapped, item));
    }
    return OK;
}

typedef struct Pick {
    bool by_attribute, keep; /* keep what the test says yes to, or no to */
} Pick;

/* select, reject, selectattr and rejectattr are one filter with two switches. */
static Status pick(TRun *run, TCall *c, Pick how, TValue *out) {
    TList *list = NULL, *kept = NULL;
    size_t skip = how.by_attribute;
    const TDef *def = NULL;
    Str name = {0};
    TRY(walk(run, c->self, &list, &kept));
    *out = tv_list(kept);
    if (!list->n) return OK;
    if (c->n_pos < skip) return TMPL_FAIL(run, E_CORRUPT, "the name of an attribute is needed");
    if (c->n_pos > skip) {
        TRY(name_arg(run, c, skip, &name));
        def = tmpl_test_find(name);
        if (!def) return unknown(run, "test", name);
    }
    for (size_t i = 0; i < list->n; i++) {
        TCall call = def ? rest_of(c, skip + 1) : (TCall){0};
        TValue yes = {0};
        call.self = list->items[i];
        TRY(tmpl_enter(run));
        if (how.by_attribute) TRY(dotted(run, list->items[i], c->pos[0], NULL, &call.self));
        yes = call.self;
        if (def) TRY(tmpl_call_def(run, def, &call, &yes));
        run->nest--;
        if (tmpl_truth(yes) == how.keep) TRY(tmpl_list_add(run, kept, list->items[i]));
    }
    return OK;
}

static Status f_select(TRun *run, TCall *c, TValue *out) {
    return pick(run, c, (Pick){false, true}, out);
}

static Status f_reject(TRun *run, TCall *c, TValue *out) {
    return pick(run, c, (Pick){false, false}, out);
}

static Status f_selectattr(TRun *run, TCall *c, TValue *out) {
    return pick(run, c, (Pick){true, true}, out);
}

static Status f_rejectattr(TRun *run, TCall *c, TValue *out) {
    return pick(run, c, (Pick){true, false}, out);
}

/* The attribute itself, never an entry: x|attr('a') of a dict is undefined in jinja2, too. */
static Status f_attr(TRun *run, TCall *c, TValue *out) {
    const TString *name = NULL;
    TRY(tmpl_arg_str(run, c, 0, &name));
    if (!name) return TMPL_FAIL(run, E_CORRUPT, "attr: the name of an attribute is needed");
    if (c->self.kind == T_DICT) return tmpl_missing(run, name->text, false, out);
    return tmpl_attr(run, c->self, name->text, out);
}

const TDef *tmpl_filter_seq_find(Str name) {
    static const TDef filters[] = {
        {"length", "", 0, f_length},
        {"count", "", 0, f_length},
        {"list", "", 0, f_list},
        {"items", "", 0, f_items},
        {"first", "", 0, f_first},
        {"last", "", 0, f_last},
        {"join", "d attribute", 0, f_join},
        {"map", "", -1, f_map},
        {"select", "", -1, f_select},
        {"reject", "", -1, f_reject},
        {"selectattr", "", -1, f_selectattr},
        {"rejectattr", "", -1, f_rejectattr},
        {"sort", "reverse case_sensitive attribute", 0, f_sort},
        {"dictsort", "case_sensitive by reverse", 0, f_dictsort},
        {"unique", "case_sensitive attribute", 0, f_unique},
        {"reverse", "", 0, f_reverse},
        {"sum", "attribute start", 0, f_sum},
        {"min", "case_sensitive attribute", 0, f_min},
        {"max", "case_sensitive attribute", 0, f_max},
        {"groupby", "attribute default case_sensitive", 1, f_groupby},
        {"batch", "linecount fill_with", 1, f_batch},
        {"slice", "slices fill_with", 1, f_slice},
        {"attr", "name", 1, f_attr},
    };
    return tmpl_def_find(filters, ARRAY_LEN(filters), name);
}
