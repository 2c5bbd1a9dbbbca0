/*
 * Statements of a chat template.
 *
 * A body is a list of statements up to one of the tags that end it. What is known:
 *
 *   if elif else endif | for [if] else endfor | set (also block form, also ns.attr) | macro |
 *   call | filter | with | print | generation | break | continue
 *
 * `break` and `continue` are jinja2's loop controls; `generation` is transformers' mark around what
 * the assistant said and changes nothing but the scope. import, include, extends, block and
 * `recursive` loops would need a loader or have never been seen in a chat template: E_UNSUPPORTED,
 * by name. autoescape is refused with them, since nothing here is HTML.
 *
 * Ceiling: TEMPLATE_DEPTH_MAX nested statements and brackets together, counted by tmpl_nest.
 *
 * Source: jinja2 3.1, Template Designer Documentation, "List of Control Structures".
 */
#include "model/text/template_int.h"

#include <assert.h>

static Status parse_until(TParser *p, const char *const *ends, TStmt **out) WARN_UNUSED;

/* An empty statement with the line of the current token. */
static Status new_stmt(TParser *p, TStmtKind kind, TStmt **out) {
    TStmt *s = arena_zalloc(p->arena, sizeof *s);
    if (!s) return tmpl_parse_full(p);
    s->kind = kind;
    s->line = tmpl_token(p)->line;
    *out = s;
    return OK;
}

/* Skips a token of this kind or says what was wanted. */
static Status expect_kind(TParser *p, TTokenKind kind, const char *what) {
    if (tmpl_token(p)->kind != kind) return tmpl_syntax(p, what);
    p->at++;
    return OK;
}

/* The rest of an opening tag, the body, and the name of the tag that ended it (consumed). */
static Status parse_block(TParser *p, const char *const *ends, TStmt **body, const char **ended) {
    assert(ends && ends[0]); /* only a whole template ends with its source */
    (void)tmpl_skip_op(p, ':');
    TRY(expect_kind(p, TT_BLOCK_END, "expected '%}'"));
    TRY(parse_until(p, ends, body));
    for (size_t i = 0; ends[i]; i++) {
        if (!tmpl_skip_name(p, ends[i])) continue;
        if (ended) *ended = ends[i];
        return OK;
    }
    return TMPL_ERR(p->err, E_CORRUPT, tmpl_token(p)->line, "the template ends before '%s'",
                    ends[0]);
}

/* What `set` and `for` may assign to: names, ns.attr, and tuples of them. */
static bool is_target(const TExpr *e) {
    if (e->kind == E_NAME || e->kind == E_NSREF) return true;
    if (e->kind != E_TUPLE) return false;
    bool all = true;
    for (size_t i = 0; i < e->n_items; i++) all = all && is_target(e->items[i]);
    return all;
}

static Status parse_target(TParser *p, TExpr **out) {
    TRY(tmpl_parse_tuple(p, TUPLE_TARGET, out));
    return is_target(*out) ? OK : tmpl_syntax(p, "that cannot be assigned to");
}

/* With = a value, without it a block: {% set x %}...{% endset %}, perhaps through filters. */
static Status parse_set(TParser *p, TStmt **out) {
    static const char *const ends[] = {"endset", NULL};
    TRY(new_stmt(p, S_SET, out));
    TRY(parse_target(p, &(*out)->target));
    if (tmpl_skip_op(p, '=')) return tmpl_parse_tuple(p, TUPLE_FULL, &(*out)->expr);
    (*out)->kind = S_SET_BLOCK;
    TRY(tmpl_parse_filters(p, NULL, false, &(*out)->expr));
    return parse_block(p, ends, &(*out)->body, NULL);
}

/* The source takes no inline if, because `if` begins the loop's own filter. */
static Status parse_for(TParser *p, TStmt **out) {
    static const char *const ends[] = {"endfor", "else", NULL}, *const end[] = {"endfor", NULL};
    TRY(new_stmt(p, S_FOR, out));
    TStmt *s = *out;
    TRY(parse_target(p, &s->target));
    if (!tmpl_skip_name(p, "in")) return tmpl_syntax(p, "expected 'in'");
    TRY(tmpl_parse_tuple(p, TUPLE_NO_COND, &s->expr));
    if (tmpl_skip_name(p, "if")) TRY(tmpl_parse_expr(p, &s->test));
    if (tmpl_at_name(p, "recursive")) {
        return TMPL_ERR(p->err, E_UNSUPPORTED, s->line, "recursive loops are not supported");
    }
    const char *ended = NULL;
    p->loops++;
    TRY(parse_block(p, ends, &s->body, &ended));
    p->loops--;
    assert(ended && p->loops >= 0);
    return str_eq_c(str_from(ended), "else") ? parse_block(p, end, &s->other, NULL) : OK;
}

/* Also reads `elif`, which is an if in the else of the one before. */
static Status parse_if(TParser *p, TStmt **out) {
    static const char *const ends[] = {"endif", "elif", "else", NULL};
    static const char *const end[] = {"endif", NULL};
    const char *unknown_is = p->unknown_is, *ended = "elif";
    TStmt **link = out;
    while (str_eq_c(str_from(ended), "elif")) {
        TRY(new_stmt(p, S_IF, link));
        TRY(tmpl_parse_tuple(p, TUPLE_NO_COND, &(*link)->expr));
        TRY(parse_block(p, ends, &(*link)->body, &ended));
        link = &(*link)->other;
    }
    if (str_eq_c(str_from(ended), "else")) TRY(parse_block(p, end, link, NULL));
    p->unknown_is = unknown_is; /* below an if, unknown filters fail only when reached */
    return OK;
}

/* Defaults are expressions of the macro's scope, evaluated at each call. */
static Status parse_params(TParser *p, TSignature *sig) {
    TPtrs names = {0}, defaults = {0};
    TRY(tmpl_expect_op(p, '('));
    while (!tmpl_at_op(p, ')')) {
        if (names.n) TRY(tmpl_expect_op(p, ','));
        Str *name = arena_alloc(p->arena, sizeof *name);
        if (!name) return tmpl_parse_full(p);
        TRY(tmpl_expect_name(p, name));
        TExpr *fallback = NULL;
        if (tmpl_skip_op(p, '=')) {
            TRY(tmpl_parse_expr(p, &fallback));
        } else if (defaults.n && defaults.items[defaults.n - 1]) {
            return tmpl_syntax(p, "a parameter without default after one with a default");
        }
        TRY(tmpl_ptrs_add(p, &names, name));
        TRY(tmpl_ptrs_add(p, &defaults, fallback));
    }
    TRY(tmpl_expect_op(p, ')'));
    assert(defaults.n == names.n); /* NULL where a parameter has none */
    sig->n_params = names.n;
    sig->defaults = (TExpr **)defaults.items;
    sig->params = arena_alloc_n(p->arena, names.n, sizeof(Str));
    if (!sig->params) return tmpl_parse_full(p);
    for (size_t i = 0; i < names.n; i++) sig->params[i] = *(Str *)names.items[i];
    return OK;
}

/* The body of a macro or call block: loops outside do not reach in. */
static Status parse_macro_body(TParser *p, const char *const *ends, TStmt *s) {
    TSignature *outer = p->signature;
    int loops = p->loops;
    p->signature = s->signature;
    p->loops = 0;
    TRY(parse_block(p, ends, &s->body, NULL));
    p->signature = outer;
    p->loops = loops;
    return OK;
}

static Status new_signature(TParser *p, TStmt *s) {
    s->signature = arena_zalloc(p->arena, sizeof *s->signature);
    return s->signature ? OK : tmpl_parse_full(p);
}

/* {% macro name(params) %} ... {% endmacro %}. */
static Status parse_macro(TParser *p, TStmt **out) {
    static const char *const ends[] = {"endmacro", NULL};
    TRY(new_stmt(p, S_MACRO, out));
    TRY(new_signature(p, *out));
    TRY(tmpl_expect_name(p, &(*out)->signature->name));
    TRY(parse_params(p, (*out)->signature));
    return parse_macro_body(p, ends, *out);
}

/* {% call(args) m() %}: args are those of caller(), the block is its body. */
static Status parse_call_block(TParser *p, TStmt **out) {
    static const char *const ends[] = {"endcall", NULL};
    TRY(new_stmt(p, S_CALL, out));
    TRY(new_signature(p, *out));
    (*out)->signature->name = STR("caller");
    if (tmpl_at_op(p, '(')) TRY(parse_params(p, (*out)->signature));
    TRY(tmpl_parse_expr(p, &(*out)->expr));
    if ((*out)->expr->kind != E_CALL) return tmpl_syntax(p, "expected a call");
    return parse_macro_body(p, ends, *out);
}

static Status parse_filter_block(TParser *p, TStmt **out) {
    static const char *const ends[] = {"endfilter", NULL};
    TRY(new_stmt(p, S_FILTER, out));
    TRY(tmpl_parse_filters(p, NULL, true, &(*out)->expr));
    return parse_block(p, ends, &(*out)->body, NULL);
}

/* {% with a = 1, b = 2 %}: targets and values in turn in items. */
static Status parse_with(TParser *p, TStmt **out) {
    static const char *const ends[] = {"endwith", NULL};
    TRY(new_stmt(p, S_WITH, out));
    TPtrs items = {0};
    while (tmpl_token(p)->kind != TT_BLOCK_END) {
        TExpr *target = NULL, *value = NULL;
        if (items.n) TRY(tmpl_expect_op(p, ','));
        TRY(tmpl_parse_primary(p, false, &target));
        if (!is_target(target)) return tmpl_syntax(p, "that cannot be assigned to");
        TRY(tmpl_expect_op(p, '='));
        TRY(tmpl_parse_expr(p, &value));
        TRY(tmpl_ptrs_add(p, &items, target));
        TRY(tmpl_ptrs_add(p, &items, value));
    }
    assert(items.n % 2 == 0); /* exec_with takes two at a time */
    (*out)->items = (TExpr **)items.items;
    (*out)->n_items = items.n;
    return parse_block(p, ends, &(*out)->body, NULL);
}

static Status parse_generation(TParser *p, TStmt **out) {
    static const char *const ends[] = {"endgeneration", NULL};
    TRY(new_stmt(p, S_SCOPE, out));
    return parse_block(p, ends, &(*out)->body, NULL);
}

/* {% print a, b %}: all values, nothing between. */
static Status parse_print_tag(TParser *p, TStmt **out) {
    TRY(new_stmt(p, S_PRINT, out));
    TPtrs items = {0};
    while (tmpl_token(p)->kind != TT_BLOCK_END) {
        TExpr *value = NULL;
        if (items.n) TRY(tmpl_expect_op(p, ','));
        TRY(tmpl_parse_expr(p, &value));
        TRY(tmpl_ptrs_add(p, &items, value));
    }
    (*out)->items = (TExpr **)items.items;
    (*out)->n_items = items.n;
    return OK;
}

/* Checked here, so that the evaluator can take a loop for granted. */
static Status parse_jump(TParser *p, TStmtKind kind, TStmt **out) {
    TRY(new_stmt(p, kind, out));
    return p->loops ? OK : tmpl_syntax(p, "break and continue belong inside a loop");
}

static Status parse_break(TParser *p, TStmt **out) { return parse_jump(p, S_BREAK, out); }
static Status parse_continue(TParser *p, TStmt **out) { return parse_jump(p, S_CONTINUE, out); }

/* Named apart from unknown tags: the template is good, we will not do it. */
static Status parse_refused(TParser *p, TStmt **out) {
    return TMPL_ERR(p->err, E_UNSUPPORTED, tmpl_token(p)->line,
                    "a tag that loads or extends other templates is not supported");
}

/* A table instead of a chain of ifs; the tags are few and looked up once. */
static Status parse_statement(TParser *p, TStmt **out) {
    static const struct {
        const char *name;
        Status (*parse)(TParser *p, TStmt **out);
    } tags[] = {{"if", parse_if},           {"set", parse_set},
                {"for", parse_for},         {"macro", parse_macro},
                {"break", parse_break},     {"continue", parse_continue},
                {"call", parse_call_block}, {"filter", parse_filter_block},
                {"with", parse_with},       {"generation", parse_generation},
                {"print", parse_print_tag}, {"include", parse_refused},
                {"import", parse_refused},  {"from", parse_refused},
                {"extends", parse_refused}, {"block", parse_refused},
                {"autoescape", parse_refused}};
    for (size_t i = 0; i < ARRAY_LEN(tags); i++) {
        if (tmpl_skip_name(p, tags[i].name)) return tags[i].parse(p, out);
    }
    const TToken *t = tmpl_token(p);
    if (t->kind == TT_NAME) {
        return TMPL_ERR(p->err, E_UNSUPPORTED, t->line, "unknown tag '%.*s'",
                        (int)(t->text.n < 40 ? t->text.n : 40), t->text.p);
    }
    return tmpl_syntax(p, "expected the name of a tag");
}

/* Text between tags. */
static Status parse_text(TParser *p, TStmt **out) {
    TRY(new_stmt(p, S_TEXT, out));
    (*out)->text = tmpl_literal(p, tmpl_token(p)->text);
    p->at++;
    return (*out)->text ? OK : tmpl_parse_full(p);
}

/* {{ ... }}: one expression, or a tuple. */
static Status parse_print(TParser *p, TStmt **out) {
    TRY(new_stmt(p, S_PRINT, out));
    p->at++;
    TExpr **items = arena_alloc_n(p->arena, 1, sizeof *items);
    if (!items) return tmpl_parse_full(p);
    TRY(tmpl_parse_tuple(p, TUPLE_FULL, &items[0]));
    (*out)->items = items;
    (*out)->n_items = 1;
    return expect_kind(p, TT_PRINT_END, "expected '}}'");
}

static bool at_end_tag(TParser *p, const char *const *ends) {
    bool hit = false;
    for (size_t i = 0; ends && ends[i]; i++) hit = hit || tmpl_at_name(p, ends[i]);
    return hit;
}

/* Statements until a tag of `ends` (its name is then the current token) or the source's end. */
static Status parse_until(TParser *p, const char *const *ends, TStmt **out) {
    TRY(tmpl_nest(p));
    TStmt **link = out;
    for (;; link = &(*link)->next) {
        TTokenKind kind = tmpl_token(p)->kind;
        if (kind == TT_EOF) break;
        if (kind == TT_DATA) {
            TRY(parse_text(p, link));
        } else if (kind == TT_PRINT_BEGIN) {
            TRY(parse_print(p, link));
        } else {
            TRY(expect_kind(p, TT_BLOCK_BEGIN, "expected a tag"));
            if (at_end_tag(p, ends)) break;
            TRY(parse_statement(p, link));
            TRY(expect_kind(p, TT_BLOCK_END, "expected '%}'"));
        }
    }
    assert(p->depth > 0);
    p->depth--;
    return OK;
}

/* Unknown filters are reported at the end: an `if` around them may still make them harmless. */
Status tmpl_parse_body(TParser *p, TStmt **out) {
    TRY(parse_until(p, NULL, out));
    assert(p->depth == 0 && p->loops == 0 && tmpl_token(p)->kind == TT_EOF);
    if (!p->unknown_is) return OK;
    return TMPL_ERR(p->err, E_UNSUPPORTED, p->unknown_line, "no %s is named '%.*s'",
                    p->unknown_is, (int)(p->unknown.n < 40 ? p->unknown.n : 40), p->unknown.p);
}
