/*
 * Expressions of a chat template: a recursive descent with one function a level of precedence.
 *
 *   a if b else c  <  or  <  and  <  not  <  == != < > <= >= in, not in  <  + -  <  ~
 *   <  * / // %  <  **  <  unary - +  <  .name [item] (call)  <  |filter, is test
 *
 * That is jinja2's ladder, which is not Python's: "~" binds tighter than "+", "**" groups from the
 * left, and filters bind to the operand before them: 1 + x|abs is 1 + (x|abs), -x|abs is (-x)|abs.
 *
 * Nesting is counted (TEMPLATE_DEPTH_MAX) where an expression can hold another one: brackets,
 * calls, unary signs, `not`, inline if. Chains of operators are loops here; they make trees that
 * lean to the left, and the evaluator counts its own depth.
 *
 * Unknown filters and tests. jinja2 refuses them when it compiles, except below an `if`, where they
 * only fail when reached; templates use that to probe for features. TParser.unknown keeps the first
 * one found outside any `if`; whoever closes a conditional puts back what was there before.
 *
 * Worked example: {{ 1 + x.a|abs ~ "m" if y }} becomes
 *
 *     E_COND   b: E_NAME y    c: NULL
 *       a: E_BINARY +
 *            a: E_CONST 1
 *            b: E_CONCAT   items: E_FILTER abs (a: E_ATTR a (a: E_NAME x)), E_CONST "m"
 */
#include "model/text/template_int.h"

#include <assert.h>

static Status parse_compare(TParser *p, TExpr **out) WARN_UNUSED;
static Status parse_unary(TParser *p, bool with_filter, TExpr **out) WARN_UNUSED;

TToken *tmpl_token(TParser *p) {
    assert(p->at < p->n_tokens); /* the last one is TT_EOF, and nobody goes beyond */
    return &p->tokens[p->at];
}

/* One token of look-ahead, needed for `not in` and for named arguments. */
static TToken *look(TParser *p) {
    size_t next = p->at + 1 < p->n_tokens ? p->at + 1 : p->at;
    return &p->tokens[next];
}

/* Never moves beyond the end token, so that no caller has to check. */
static void next_token(TParser *p) {
    if (p->at + 1 < p->n_tokens) p->at++;
}

bool tmpl_at_name(TParser *p, const char *name) {
    return tmpl_token(p)->kind == TT_NAME && str_eq_c(tmpl_token(p)->text, name);
}

bool tmpl_at_op(TParser *p, int op) {
    return tmpl_token(p)->kind == TT_OP && tmpl_token(p)->op == op;
}

bool tmpl_skip_name(TParser *p, const char *name) {
    bool hit = tmpl_at_name(p, name);
    if (hit) next_token(p);
    return hit;
}

bool tmpl_skip_op(TParser *p, int op) {
    bool hit = tmpl_at_op(p, op);
    if (hit) next_token(p);
    return hit;
}

/* What was expected and what stands there; a long token is cut. */
Status tmpl_syntax(TParser *p, const char *what) {
    static const char *const names[] = {
        [TT_EOF] = "the end of the template", [TT_DATA] = "text",       [TT_PRINT_BEGIN] = "'{{'",
        [TT_PRINT_END] = "'}}'",              [TT_BLOCK_BEGIN] = "'{%'", [TT_BLOCK_END] = "'%}'",
        [TT_REAL] = "a number"};
    const TToken *t = tmpl_token(p);
    if (t->kind == TT_NAME || t->kind == TT_OP || t->kind == TT_STRING || t->kind == TT_INT) {
        return TMPL_ERR(p->err, E_CORRUPT, t->line, "%s, found '%.*s'", what,
                        (int)(t->text.n < 40 ? t->text.n : 40), t->text.p);
    }
    return TMPL_ERR(p->err, E_CORRUPT, t->line, "%s, found %s", what, names[t->kind]);
}

Status tmpl_expect_op(TParser *p, int op) {
    if (tmpl_skip_op(p, op)) return OK;
    char what[32] = "expected 'c'";
    assert(op > 0 && op < 128); /* those of two characters have a code and no letter */
    what[10] = (char)op;
    return tmpl_syntax(p, what);
}

Status tmpl_expect_name(TParser *p, Str *out) {
    if (tmpl_token(p)->kind != TT_NAME) return tmpl_syntax(p, "expected a name");
    *out = tmpl_token(p)->text;
    next_token(p);
    return OK;
}

Status tmpl_parse_full(TParser *p) {
    if (p->arena->used_bytes > p->arena->max_bytes / 4) { /* the largest request is a doubling */
        return err_set(p->err, E_LIMIT, "chat template: its syntax tree needs more than %zu bytes",
                       p->arena->max_bytes);
    }
    return err_no_memory(p->err, "a chat template");
}

/* Counted where an expression or block can hold another; operator chains are loops and do not
   count. */
Status tmpl_nest(TParser *p) {
    assert(0 <= p->depth && p->depth <= TEMPLATE_DEPTH_MAX);
    if (p->depth == TEMPLATE_DEPTH_MAX) {
        return TMPL_ERR(p->err, E_LIMIT, tmpl_token(p)->line, "nested more than %d levels deep",
                        TEMPLATE_DEPTH_MAX);
    }
    p->depth++;
    return OK;
}

/* The line is that of the first operand, so that a long expression is named by its beginning; of
   one without operands that of the token. */
static Status new_node(TParser *p, TExprKind kind, TExpr *a, TExpr *b, TExpr **out) {
    TExpr *e = arena_zalloc(p->arena, sizeof *e);
    if (!e) return tmpl_parse_full(p);
    e->kind = kind;
    e->a = a;
    e->b = b;
    e->line = a ? a->line : tmpl_token(p)->line;
    *out = e;
    return OK;
}

Status tmpl_ptrs_add(TParser *p, TPtrs *list, void *item) {
    void **items = arena_grow(p->arena, list->items, list->n, &list->cap, sizeof *items);
    if (!items) return tmpl_parse_full(p);
    list->items = items;
    list->items[list->n++] = item;
    return OK;
}

/* ---- the ladder ------------------------------------------------------------------------------ */

/* `not` holds for all that follows on its level: not a == b is not (a == b). */
static Status parse_not(TParser *p, TExpr **out) {
    if (!tmpl_at_name(p, "not")) return parse_compare(p, out);
    TRY(tmpl_nest(p));
    next_token(p);
    TExpr *operand = NULL;
    TRY(parse_not(p, &operand));
    p->depth--;
    return new_node(p, E_NOT, operand, NULL, out);
}

/* Left to right, as parse_or: chains are loops and lean to the left. */
static Status parse_and(TParser *p, TExpr **out) {
    TRY(parse_not(p, out));
    while (tmpl_skip_name(p, "and")) {
        TExpr *right = NULL;
        TRY(parse_not(p, &right));
        TRY(new_node(p, E_AND, *out, right, out));
    }
    return OK;
}

/* The lowest level without an inline if. */
static Status parse_or(TParser *p, TExpr **out) {
    TRY(parse_and(p, out));
    while (tmpl_skip_name(p, "or")) {
        TExpr *right = NULL;
        TRY(parse_and(p, &right));
        TRY(new_node(p, E_OR, *out, right, out));
    }
    return OK;
}

/* a if b else c, from the right; what stands below an `if` may name unknown filters. */
Status tmpl_parse_expr(TParser *p, TExpr **out) {
    TRY(tmpl_nest(p));
    const char *unknown_is = p->unknown_is;
    TRY(parse_or(p, out));
    while (tmpl_skip_name(p, "if")) {
        TExpr *cond = NULL;
        TRY(new_node(p, E_COND, *out, NULL, &cond));
        TRY(parse_or(p, &cond->b));
        if (tmpl_skip_name(p, "else")) TRY(tmpl_parse_expr(p, &cond->c));
        *out = cond;
        p->unknown_is = unknown_is;
    }
    p->depth--;
    return OK;
}

typedef Status (*ParseFn)(TParser *p, TExpr **out);

/* Left-associative operators of one level; `ops` ends with 0. */
static Status parse_chain(TParser *p, const int *ops, ParseFn operand, TExpr **out) {
    TRY(operand(p, out));
    for (;;) {
        const TToken *t = tmpl_token(p);
        int op = 0;
        for (size_t i = 0; ops[i] && t->kind == TT_OP && !op; i++) {
            if (t->op == ops[i]) op = ops[i];
        }
        if (!op) return OK;
        next_token(p);
        TExpr *right = NULL;
        TRY(operand(p, &right));
        TRY(new_node(p, E_BINARY, *out, right, out));
        (*out)->op = op;
    }
}

/* A sign or a primary with all that is bound to it. */
static Status parse_operand(TParser *p, TExpr **out) {
    return parse_unary(p, true, out);
}

/* From the left: 2 ** 3 ** 2 is 64 in jinja2, 512 in Python. */
static Status parse_pow(TParser *p, TExpr **out) {
    static const int ops[] = {OP_POW, 0};
    return parse_chain(p, ops, parse_operand, out);
}

static Status parse_product(TParser *p, TExpr **out) {
    static const int ops[] = {'*', '/', OP_FLOORDIV, '%', 0};
    return parse_chain(p, ops, parse_pow, out);
}

/* One node for a whole chain of "~": it is built once and not string by string. */
static Status parse_concat(TParser *p, TExpr **out) {
    TRY(parse_product(p, out));
    if (!tmpl_at_op(p, '~')) return OK;
    TPtrs parts = {0};
    TRY(tmpl_ptrs_add(p, &parts, *out));
    while (tmpl_skip_op(p, '~')) {
        TExpr *part = NULL;
        TRY(parse_product(p, &part));
        TRY(tmpl_ptrs_add(p, &parts, part));
    }
    TRY(new_node(p, E_CONCAT, *out, NULL, out));
    (*out)->items = (TExpr **)parts.items;
    (*out)->n_items = parts.n;
    return OK;
}

static Status parse_sum(TParser *p, TExpr **out) {
    static const int ops[] = {'+', '-', 0};
    return parse_chain(p, ops, parse_concat, out);
}

/* 0: no comparison follows. `in` and `not in` are names to the lexer. */
static int compare_op(TParser *p) {
    const TToken *t = tmpl_token(p);
    if (t->kind == TT_OP) {
        bool is = t->op == OP_EQ || t->op == OP_NE || t->op == OP_LE || t->op == OP_GE ||
                  t->op == '<' || t->op == '>';
        return is ? t->op : 0;
    }
    if (tmpl_at_name(p, "in")) return OP_IN;
    bool in_next = look(p)->kind == TT_NAME && str_eq_c(look(p)->text, "in");
    return tmpl_at_name(p, "not") && in_next ? OP_NOT_IN : 0;
}

/* a < b <= c: one node, operands evaluated once. */
static Status parse_compare(TParser *p, TExpr **out) {
    TRY(parse_sum(p, out));
    if (!compare_op(p)) return OK;
    TPtrs operands = {0}, ops = {0};
    TRY(tmpl_ptrs_add(p, &operands, *out));
    for (int op; (op = compare_op(p));) {
        next_token(p);
        if (op == OP_NOT_IN) next_token(p);
        TExpr *operand = NULL;
        TRY(parse_sum(p, &operand));
        TRY(tmpl_ptrs_add(p, &operands, operand));
        TRY(tmpl_ptrs_add(p, &ops, (void *)(intptr_t)op));
    }
    TRY(new_node(p, E_COMPARE, *out, NULL, out));
    assert(operands.n == ops.n + 1);
    (*out)->items = (TExpr **)operands.items;
    (*out)->n_items = operands.n;
    (*out)->ops = arena_alloc_n(p->arena, ops.n, sizeof(int));
    if (!(*out)->ops) return tmpl_parse_full(p);
    for (size_t i = 0; i < ops.n; i++) (*out)->ops[i] = (int)(intptr_t)ops.items[i];
    return OK;
}

/* ---- operands -------------------------------------------------------------------------------- */

static Status parse_call_args(TParser *p, const TArgs **out);

/* (args) behind an operand. */
static Status parse_call(TParser *p, TExpr **node) {
    TRY(new_node(p, E_CALL, *node, NULL, node));
    return parse_call_args(p, &(*node)->args);
}

/* x[a, b]: the key is a tuple. `first` is read, the comma is the current token. */
static Status parse_tuple_key(TParser *p, TExpr *first, TExpr **out) {
    TPtrs items = {0};
    TRY(new_node(p, E_TUPLE, NULL, NULL, out));
    TRY(tmpl_ptrs_add(p, &items, first));
    while (tmpl_skip_op(p, ',')) {
        TExpr *item = NULL;
        TRY(tmpl_parse_expr(p, &item));
        TRY(tmpl_ptrs_add(p, &items, item));
    }
    (*out)->items = (TExpr **)items.items;
    (*out)->n_items = items.n;
    return OK;
}

/* The inside of [ ]: an expression, several, or start:stop:step. */
static Status parse_subscript(TParser *p, TExpr **node) {
    TExpr *part[3] = {0};
    int n = 0;
    bool slice = false;
    while (n < 3 && !tmpl_at_op(p, ']')) {
        if (!tmpl_at_op(p, ':')) TRY(tmpl_parse_expr(p, &part[n]));
        n++;
        if (!tmpl_skip_op(p, ':')) break;
        slice = true;
    }
    if (!slice && !part[0]) return tmpl_syntax(p, "expected an index");
    if (!slice && tmpl_at_op(p, ',')) TRY(parse_tuple_key(p, part[0], &part[0]));
    TRY(tmpl_expect_op(p, ']'));
    TRY(new_node(p, slice ? E_SLICE : E_ITEM, *node, part[0], node));
    if (!slice) return OK;
    (*node)->items = arena_alloc_n(p->arena, 3, sizeof(TExpr *));
    if (!(*node)->items) return tmpl_parse_full(p);
    memcpy((*node)->items, part, sizeof part);
    return OK;
}

/* x.0 is an item, as in jinja2. */
static Status parse_attr(TParser *p, TExpr **node) {
    const TToken *t = tmpl_token(p);
    if (t->kind == TT_INT) {
        TExpr *index = NULL;
        TRY(new_node(p, E_CONST, NULL, NULL, &index));
        index->value = t->value;
        next_token(p);
        return new_node(p, E_ITEM, *node, index, node);
    }
    Str name = {0};
    TRY(tmpl_expect_name(p, &name));
    TRY(new_node(p, E_ATTR, *node, NULL, node));
    (*node)->name = name;
    return OK;
}

/* Any number of .name, [item] and (args). */
static Status parse_postfix(TParser *p, TExpr **node) {
    for (;;) {
        if (tmpl_skip_op(p, '.')) {
            TRY(parse_attr(p, node));
        } else if (tmpl_skip_op(p, '[')) {
            TRY(parse_subscript(p, node));
        } else if (tmpl_at_op(p, '(')) {
            TRY(parse_call(p, node));
        } else {
            return OK;
        }
    }
}

/* Names of filters and tests may have dots; none of ours has, but the error should name all of
   it. */
static Status parse_dotted(TParser *p, Str *name) {
    TRY(tmpl_expect_name(p, name));
    while (tmpl_skip_op(p, '.')) {
        Str part = {0};
        TRY(tmpl_expect_name(p, &part));
        char *joined = arena_printf(p->arena, "%.*s.%.*s", (int)name->n, name->p, (int)part.n,
                                    part.p);
        if (!joined) return tmpl_parse_full(p);
        *name = str_from(joined);
    }
    return OK;
}

/* Keeps the first one; see the essay on when that is an error. */
static void note_unknown(TParser *p, const TExpr *e, const char *what) {
    if (e->def || p->unknown_is) return;
    p->unknown_is = what;
    p->unknown = e->name;
    p->unknown_line = e->line;
}

static const TArgs no_args;

/* With at_name the first filter has no bar before it: {% filter upper %}. */
Status tmpl_parse_filters(TParser *p, TExpr *first, bool at_name, TExpr **out) {
    *out = first;
    while (at_name || tmpl_at_op(p, '|')) {
        if (!at_name) next_token(p);
        at_name = false;
        TRY(new_node(p, E_FILTER, *out, NULL, out));
        TExpr *e = *out;
        e->line = tmpl_token(p)->line;
        TRY(parse_dotted(p, &e->name));
        e->def = tmpl_filter_find(e->name);
        note_unknown(p, e, "filter");
        e->args = &no_args;
        if (tmpl_at_op(p, '(')) TRY(parse_call_args(p, &e->args));
    }
    return OK;
}

/* x is divisibleby 3: an operand right behind the name is the argument, a keyword is not. */
static bool starts_test_argument(TParser *p) {
    const TToken *t = tmpl_token(p);
    if (t->kind == TT_STRING || t->kind == TT_INT || t->kind == TT_REAL) return true;
    if (t->kind == TT_OP) return t->op == '[' || t->op == '{';
    return t->kind == TT_NAME && !tmpl_at_name(p, "else") && !tmpl_at_name(p, "or") &&
           !tmpl_at_name(p, "and");
}

/* The single argument of a test without parentheses: a primary and what is bound to it. */
static Status parse_bare_argument(TParser *p, TExpr *e) {
    if (tmpl_at_name(p, "is")) return tmpl_syntax(p, "tests with 'is' cannot be chained");
    TArgs *args = arena_zalloc(p->arena, sizeof *args);
    TExpr **pos = arena_alloc_n(p->arena, 1, sizeof *pos);
    if (!args || !pos) return tmpl_parse_full(p);
    TRY(tmpl_parse_primary(p, false, &pos[0]));
    TRY(parse_postfix(p, &pos[0]));
    args->pos = pos;
    args->n_pos = 1;
    e->args = args;
    return OK;
}

/* `is not` negates the test, so it is taken before the name. */
static Status parse_test(TParser *p, TExpr **node) {
    assert(tmpl_at_name(p, "is"));
    next_token(p);
    bool negated = tmpl_skip_name(p, "not");
    TRY(new_node(p, E_TEST, *node, NULL, node));
    TExpr *e = *node;
    e->line = tmpl_token(p)->line;
    TRY(parse_dotted(p, &e->name));
    e->def = tmpl_test_find(e->name);
    note_unknown(p, e, "test");
    e->args = &no_args;
    if (tmpl_at_op(p, '(')) {
        TRY(parse_call_args(p, &e->args));
    } else if (starts_test_argument(p)) {
        TRY(parse_bare_argument(p, e));
    }
    return negated ? new_node(p, E_NOT, e, NULL, node) : OK;
}

/* Filters, tests and calls bind to the operand before them, tighter than any operator. */
static Status parse_filter_expr(TParser *p, TExpr **node) {
    for (;;) {
        if (tmpl_at_op(p, '|')) {
            TRY(tmpl_parse_filters(p, *node, false, node));
        } else if (tmpl_at_name(p, "is")) {
            TRY(parse_test(p, node));
        } else if (tmpl_at_op(p, '(')) {
            TRY(parse_call(p, node));
        } else {
            return OK;
        }
    }
}

/* -x|f is (-x)|f: the operand of a sign takes no filters of its own. */
static Status parse_unary(TParser *p, bool with_filter, TExpr **out) {
    bool minus = tmpl_at_op(p, '-'), plus = tmpl_at_op(p, '+');
    if (minus || plus) {
        TRY(tmpl_nest(p));
        next_token(p);
        TExpr *operand = NULL;
        TRY(parse_unary(p, false, &operand));
        p->depth--;
        TRY(new_node(p, minus ? E_NEG : E_POS, operand, NULL, out));
    } else {
        TRY(tmpl_parse_primary(p, false, out));
    }
    TRY(parse_postfix(p, out));
    return with_filter ? parse_filter_expr(p, out) : OK;
}

/* Literals are names to the lexer. Inside a macro the three magic names are noted, because a
   macro that does not speak of varargs refuses them. */
static Status parse_name(TParser *p, bool allow_nsref, TExpr **out) {
    TRY(new_node(p, E_CONST, NULL, NULL, out));
    TExpr *e = *out;
    TRY(tmpl_expect_name(p, &e->name));
    if (str_eq_c(e->name, "true") || str_eq_c(e->name, "True")) {
        e->value = tv_bool(true);
    } else if (str_eq_c(e->name, "false") || str_eq_c(e->name, "False")) {
        e->value = tv_bool(false);
    } else if (str_eq_c(e->name, "none") || str_eq_c(e->name, "None")) {
        e->value = tv_none();
    } else if (allow_nsref && tmpl_skip_op(p, '.')) {
        e->kind = E_NSREF;
        return tmpl_expect_name(p, &e->attr);
    } else {
        e->kind = E_NAME;
        if (!p->signature) return OK;
        p->signature->takes_varargs |= str_eq_c(e->name, "varargs");
        p->signature->takes_kwargs |= str_eq_c(e->name, "kwargs");
        p->signature->takes_caller |= str_eq_c(e->name, "caller");
    }
    return OK;
}

/* One mark over all of it: what a template says is trusted. */
TString *tmpl_literal(TParser *p, Str text) {
    TString *s = arena_zalloc(p->arena, sizeof *s);
    TRange *mark = arena_zalloc(p->arena, sizeof *mark);
    if (!s || !mark) return NULL;
    *mark = (TRange){0, (uint32_t)text.n};
    *s = (TString){.text = text, .marks = mark, .n_marks = text.n > 0, .ascii = true};
    for (size_t i = 0; i < text.n && s->ascii; i++) s->ascii = (unsigned char)text.p[i] < 128;
    return s;
}

/* "a" "b" is one string, as in Python. */
static Status parse_strings(TParser *p, TExpr **out) {
    size_t n = 0, first = p->at;
    TRY(new_node(p, E_CONST, NULL, NULL, out));
    assert(tmpl_token(p)->kind == TT_STRING);
    for (; tmpl_token(p)->kind == TT_STRING; next_token(p)) n += tmpl_token(p)->text.n;
    char *bytes = arena_alloc(p->arena, n + 1);
    if (!bytes) return tmpl_parse_full(p);
    n = 0;
    for (size_t i = first; i < p->at; i++) {
        Str part = p->tokens[i].text;
        if (part.n) memcpy(bytes + n, part.p, part.n);
        n += part.n;
    }
    bytes[n] = 0;
    TString *s = tmpl_literal(p, (Str){bytes, n});
    if (!s) return tmpl_parse_full(p);
    (*out)->value = tv_string(s);
    return OK;
}

/* [a, b,] and {k: v,}: items until `close`. */
static Status parse_items(TParser *p, TExprKind kind, TExpr **out) {
    int close = kind == E_DICT ? '}' : ']';
    TRY(tmpl_nest(p));
    TRY(new_node(p, kind, NULL, NULL, out));
    assert(tmpl_at_op(p, '[') || tmpl_at_op(p, '{'));
    next_token(p);
    TPtrs items = {0};
    while (!tmpl_at_op(p, close)) {
        if (items.n) TRY(tmpl_expect_op(p, ','));
        if (tmpl_at_op(p, close)) break;
        TExpr *item = NULL;
        TRY(tmpl_parse_expr(p, &item));
        TRY(tmpl_ptrs_add(p, &items, item));
        if (kind != E_DICT) continue;
        TRY(tmpl_expect_op(p, ':'));
        TRY(tmpl_parse_expr(p, &item));
        TRY(tmpl_ptrs_add(p, &items, item));
    }
    (*out)->items = (TExpr **)items.items;
    (*out)->n_items = items.n;
    p->depth--;
    return tmpl_expect_op(p, close);
}

/* By the first token alone; no primary begins with an operator. */
Status tmpl_parse_primary(TParser *p, bool allow_nsref, TExpr **out) {
    const TToken *t = tmpl_token(p);
    if (t->kind == TT_NAME) return parse_name(p, allow_nsref, out);
    if (t->kind == TT_STRING) return parse_strings(p, out);
    if (t->kind == TT_INT || t->kind == TT_REAL) {
        TRY(new_node(p, E_CONST, NULL, NULL, out));
        (*out)->value = t->value;
        next_token(p);
        return OK;
    }
    if (tmpl_at_op(p, '[')) return parse_items(p, E_LIST, out);
    if (tmpl_at_op(p, '{')) return parse_items(p, E_DICT, out);
    if (tmpl_skip_op(p, '(')) {
        TRY(tmpl_nest(p));
        TRY(tmpl_parse_tuple(p, TUPLE_PARENS, out));
        p->depth--;
        return tmpl_expect_op(p, ')');
    }
    return tmpl_syntax(p, "expected an expression");
}

/* What ends a tuple without brackets depends on the statement around it. */
static bool at_tuple_end(TParser *p, TTupleMode mode) {
    TTokenKind kind = tmpl_token(p)->kind;
    if (kind == TT_PRINT_END || kind == TT_BLOCK_END || tmpl_at_op(p, ')')) return true;
    if (mode == TUPLE_TARGET) return tmpl_at_name(p, "in");
    return mode == TUPLE_NO_COND && tmpl_at_name(p, "recursive");
}

static Status parse_tuple_item(TParser *p, TTupleMode mode, TExpr **out) {
    if (mode == TUPLE_TARGET) return tmpl_parse_primary(p, true, out);
    if (mode == TUPLE_NO_COND) return parse_or(p, out);
    return tmpl_parse_expr(p, out);
}

/* One expression without a comma is itself; () is a tuple only in parentheses. */
Status tmpl_parse_tuple(TParser *p, TTupleMode mode, TExpr **out) {
    TPtrs items = {0};
    bool tuple = false;
    TExpr *e = NULL;
    TRY(new_node(p, E_TUPLE, NULL, NULL, &e));
    for (;;) {
        if (items.n) TRY(tmpl_expect_op(p, ','));
        if (at_tuple_end(p, mode)) break;
        TExpr *item = NULL;
        TRY(parse_tuple_item(p, mode, &item));
        TRY(tmpl_ptrs_add(p, &items, item));
        if (!tmpl_at_op(p, ',')) break;
        tuple = true;
    }
    *out = e;
    if (!tuple && items.n) {
        *out = items.items[0];
        return OK;
    }
    if (!items.n && mode != TUPLE_PARENS) return tmpl_syntax(p, "expected an expression");
    e->items = (TExpr **)items.items;
    e->n_items = items.n;
    return OK;
}

/* ---- arguments ------------------------------------------------------------------------------- */

typedef struct ArgLists {
    TArgs *args;
    TPtrs pos, named, names;
} ArgLists;

/* name=value; both tokens before the value were looked at already. */
static Status parse_named(TParser *p, ArgLists *lists) {
    Str *name = arena_alloc(p->arena, sizeof *name);
    if (!name) return tmpl_parse_full(p);
    *name = tmpl_token(p)->text;
    next_token(p);
    assert(tmpl_at_op(p, '='));
    next_token(p);
    TExpr *value = NULL;
    TRY(tmpl_parse_expr(p, &value));
    TRY(tmpl_ptrs_add(p, &lists->names, name));
    return tmpl_ptrs_add(p, &lists->named, value);
}

/* Positional, then named, then **; Python's order, enforced as jinja2 does. */
static Status parse_arg(TParser *p, ArgLists *lists) {
    TArgs *args = lists->args;
    bool dynamic = args->star || args->star_star;
    if (tmpl_at_op(p, '*') && !dynamic) {
        next_token(p);
        return tmpl_parse_expr(p, &args->star);
    }
    if (tmpl_at_op(p, OP_POW) && !args->star_star) {
        next_token(p);
        return tmpl_parse_expr(p, &args->star_star);
    }
    if (tmpl_token(p)->kind == TT_NAME && look(p)->kind == TT_OP && look(p)->op == '=' &&
        !args->star_star) {
        return parse_named(p, lists);
    }
    if (dynamic || lists->named.n) return tmpl_syntax(p, "arguments are in a wrong order");
    TExpr *value = NULL;
    TRY(tmpl_parse_expr(p, &value));
    return tmpl_ptrs_add(p, &lists->pos, value);
}

static Status parse_call_args(TParser *p, const TArgs **out) {
    ArgLists lists = {.args = arena_zalloc(p->arena, sizeof *lists.args)};
    if (!lists.args) return tmpl_parse_full(p);
    TRY(tmpl_nest(p));
    TRY(tmpl_expect_op(p, '('));
    for (bool first = true; !tmpl_at_op(p, ')'); first = false) {
        if (!first) TRY(tmpl_expect_op(p, ','));
        if (tmpl_at_op(p, ')')) break;
        TRY(parse_arg(p, &lists));
    }
    TRY(tmpl_expect_op(p, ')'));
    p->depth--;
    TArgs *args = lists.args;
    args->pos = (TExpr **)lists.pos.items;
    args->n_pos = lists.pos.n;
    args->named = (TExpr **)lists.named.items;
    args->n_named = lists.named.n;
    assert(lists.names.n == lists.named.n); /* parse_named adds to both */
    args->names = arena_alloc_n(p->arena, args->n_named, sizeof(Str));
    if (!args->names) return tmpl_parse_full(p);
    for (size_t i = 0; i < args->n_named; i++) args->names[i] = *(Str *)lists.names.items[i];
    *out = args;
    return OK;
}
