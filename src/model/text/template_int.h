/*
 * Inside the chat templates: what the files template_*.c share. Nobody else includes this.
 *
 *   template_lex.c     source text -> tokens (trim_blocks, lstrip_blocks, raw, comments)
 *   template_parse.c   tokens -> statements
 *   template_expr.c    tokens -> expressions
 *   template_eval.c    walks statements: scopes, loops, output
 *   template_calc.c    walks expressions: operators, attributes, items, slices
 *   template_call.c    binds arguments and calls: macros, functions, methods, filters, tests
 *   template_value.c   values: truth, equality, order, lists, dicts, JSON -> value
 *   template_string.c  strings with marks: building, slicing, code points
 *   template_repr.c    value -> text: str(), repr(), tojson, and from_json back
 *   template_format.c  "%s" % x and "{}".format(x)
 *   template_filter.c, template_filter_seq.c, template_test.c, template_method.c   the tables
 *   template.c         the public functions
 *
 * Memory. A Template owns one arena with its tokens, nodes and constants. A rendering (TRun) owns
 * another with every value it makes; nothing in it is freed alone. Both have ceilings, and running
 * into one is E_LIMIT. Recursion over anything that came from outside passes tmpl_enter().
 *
 * Errors. A rendering has one Err; functions of a rendering report through TMPL_FAIL(run, ...),
 * which knows the line that is being evaluated. That is why they take a TRun and no Err.
 */
#ifndef HEARTH_MODEL_TEXT_TEMPLATE_INT_H
#define HEARTH_MODEL_TEXT_TEMPLATE_INT_H

#include "model/text/template.h"

/* ---- values ---------------------------------------------------------------------------------- */

/* Bytes [from, to) of a string that the template itself wrote. */
typedef struct TRange {
    uint32_t from, to;
} TRange;

/* An immutable string. Bytes outside the marks count as the user's: losing a mark is safe. */
typedef struct TString {
    Str text;
    const TRange *marks; /* ascending, apart from each other */
    uint32_t n_marks;
    bool ascii;  /* one byte is one character */
    bool markup; /* jinja2's Markup: `+` escapes what it is joined with */
} TString;

typedef enum TKind {
    T_UNDEFINED, /* a name or item that is not there; see TUndef */
    T_NONE,
    T_BOOL,
    T_INT,
    T_REAL,
    T_STRING,
    T_LIST, /* every ordered thing; see TShape */
    T_DICT,
    T_NAMESPACE,
    T_LOOP,
    T_MACRO,
    T_FUNCTION,
    T_METHOD
} TKind;

/* What Python type an ordered value stands for. */
typedef enum TShape {
    TS_LIST,
    TS_TUPLE,
    TS_RANGE,
    TS_KEYS,
    TS_VALUES,
    TS_ITEMS,
    TS_ITERATOR /* a generator: no length, no items by number, can be walked once */
} TShape;

typedef struct TValue TValue;
typedef struct TList TList;
typedef struct TDict TDict;
typedef struct TLoop TLoop;
typedef struct TMacro TMacro;
typedef struct TMethod TMethod;
typedef struct TDef TDef;

/* Why a value is undefined, for the message of whoever uses it. */
typedef struct TUndef {
    Str name;
    bool forbidden; /* the sandbox hid it */
} TUndef;

struct TValue {
    TKind kind;
    union {
        const TUndef *undef; /* may be NULL */
        bool truth;
        int64_t i;
        double r;
        const TString *s;
        TList *list;
        TDict *dict; /* T_DICT and T_NAMESPACE */
        TLoop *loop;
        const TMacro *macro;
        const TDef *def;
        const TMethod *method;
    } u;
};

struct TList {
    TValue *items;
    size_t n, cap;
    TShape shape;
    bool spent; /* an iterator that was walked */
};

typedef struct TPair {
    TValue key, value;
} TPair;

struct TDict {
    TPair *pairs; /* in order of first insertion */
    size_t n, cap;
};

/* `loop` of one for: index counts from 0. */
struct TLoop {
    const TList *items;
    size_t index;
    TValue changed; /* last argument of loop.changed() */
    bool has_changed;
};

/* A method with the value that it belongs to: x.strip before the parentheses. */
struct TMethod {
    TValue self;
    const TDef *def;
};

/* ---- syntax ---------------------------------------------------------------------------------- */

/* What the lexer hands to the parser: text between tags is one TT_DATA, every tag a BEGIN, its
   tokens and an END. Comments and raw blocks leave text only. */
typedef enum TTokenKind {
    TT_EOF,
    TT_DATA,
    TT_PRINT_BEGIN,
    TT_PRINT_END,
    TT_BLOCK_BEGIN,
    TT_BLOCK_END,
    TT_NAME,
    TT_STRING,
    TT_INT,
    TT_REAL,
    TT_OP
} TTokenKind;

/* Operators of two characters get a code beyond ASCII; all others are their character. */
typedef enum TOp {
    OP_EQ = 256,
    OP_NE,
    OP_LE,
    OP_GE,
    OP_POW,
    OP_FLOORDIV,
    OP_IN,
    OP_NOT_IN
} TOp;

typedef struct TToken {
    TTokenKind kind;
    int op; /* TOp or a character */
    uint32_t line;
    Str text;     /* data, names; decoded strings */
    TValue value; /* numbers */
} TToken;

/* Kinds of expressions. a, b, c and items of a TExpr mean what stands beside the kind; others have
   a (and b) as operands. */
typedef enum TExprKind {
    E_CONST,
    E_NAME,
    E_NSREF, /* ns.attr as a target */
    E_TUPLE,
    E_LIST,
    E_DICT, /* items: key, value, key, value ... */
    E_COND, /* a if b else c; c may be NULL */
    E_OR,
    E_AND,
    E_NOT,
    E_COMPARE, /* items: operands; ops: between them */
    E_BINARY,
    E_CONCAT,
    E_NEG,
    E_POS,
    E_ATTR,  /* a.name */
    E_ITEM,  /* a[b] */
    E_SLICE, /* a[items[0]:items[1]:items[2]], each may be NULL */
    E_CALL,
    E_FILTER, /* a may be NULL: the body of a filter block */
    E_TEST
} TExprKind;

typedef struct TExpr TExpr;

/* The arguments of a call as they are written: positional ones, named ones [n_named] with their
   names, and the two starred ones (NULL: none). */
typedef struct TArgs {
    TExpr **pos;
    TExpr **named;
    Str *names;
    size_t n_pos, n_named;
    TExpr *star, *star_star;
} TArgs;

/* A node. Immutable once parsed, so that many threads may render one Template. */
struct TExpr {
    TExprKind kind;
    int op;
    uint32_t line;
    size_t n_items;
    Str name, attr;
    TValue value;
    TExpr *a, *b, *c;
    TExpr **items;
    int *ops;
    const TArgs *args;
    const TDef *def; /* filters and tests; NULL: unknown, an error when reached */
};

/* Kinds of statements; the fields of TStmt that a kind uses are set by its parser in
   template_parse.c. */
typedef enum TStmtKind {
    S_TEXT,
    S_PRINT,
    S_IF,
    S_FOR,
    S_SET,
    S_SET_BLOCK,
    S_MACRO,
    S_CALL,
    S_FILTER,
    S_WITH,
    S_SCOPE, /* {% generation %} */
    S_BREAK,
    S_CONTINUE
} TStmtKind;

typedef struct TStmt TStmt;

/* The parameters of a macro or of a call block. */
typedef struct TSignature {
    Str name;
    Str *params;
    TExpr **defaults; /* NULL where there is none */
    size_t n_params;
    bool takes_varargs, takes_kwargs, takes_caller; /* the body speaks of them */
} TSignature;

/* One statement of a body; `next` is the one behind it. The kinds that hold a body hold its first
   one. */
struct TStmt {
    TStmtKind kind;
    uint32_t line;
    TStmt *next;
    const TString *text;
    TExpr *target;
    TExpr *expr;
    TExpr *test;
    TExpr **items; /* with: target, value, ...; print: values */
    size_t n_items;
    TStmt *body;
    TStmt *other; /* else, or the elif as an S_IF of its own */
    TSignature *signature;
};

struct Template {
    Arena arena;
    TStmt *body;
};

/* ---- lexing and parsing ---------------------------------------------------------------------- */

typedef struct TParser {
    Arena *arena;
    Err *err;
    TToken *tokens;
    size_t n_tokens, cap_tokens, at;
    int depth;
    int loops; /* loops around the current statement, within the current macro */
    TSignature *signature;  /* of the macro being parsed */
    Str unknown;            /* an unknown filter or test that is always reached */
    const char *unknown_is; /* "filter", "test" or NULL: none */
    uint32_t unknown_line;
} TParser;

/* All of the source as tokens in p->tokens, ended by one TT_EOF; names and text are slices of a
   copy in p->arena. E_CORRUPT, E_LIMIT (tokens, brackets, length), E_NO_MEMORY. */
Status tmpl_lex(TParser *p, Str source) WARN_UNUSED;
/* The tokens as a list of statements, up to TT_EOF. E_CORRUPT; E_UNSUPPORTED: a filter or test that
   is always reached and that nobody knows. */
Status tmpl_parse_body(TParser *p, TStmt **out) WARN_UNUSED;

/* Shared by template_parse.c and template_expr.c. */
Status tmpl_parse_expr(TParser *p, TExpr **out) WARN_UNUSED;
/* Names, literals, brackets and tuples. allow_nsref: "ns.attr" is read as a target of set. */
Status tmpl_parse_primary(TParser *p, bool allow_nsref, TExpr **out) WARN_UNUSED;
typedef enum TTupleMode { TUPLE_FULL, TUPLE_NO_COND, TUPLE_TARGET, TUPLE_PARENS } TTupleMode;
/* Expressions between commas, as the mode allows: a full one, one without an inline if (what a for
   walks), targets of set and for, or the inside of parentheses. One without a comma is itself. */
Status tmpl_parse_tuple(TParser *p, TTupleMode mode, TExpr **out) WARN_UNUSED;
/* The string of a template's own text, which it borrows; NULL: the arena is full. */
TString *tmpl_literal(TParser *p, Str text) WARN_UNUSED;
/* "|name(args)|name ..." behind first, which is NULL for a filter block; at_name: the first name
   comes without a bar. */
Status tmpl_parse_filters(TParser *p, TExpr *first, bool at_name, TExpr **out) WARN_UNUSED;
/* The token where the parser stands; never NULL, TT_EOF at the end. The functions below look at it
   and, where they skip or expect, move behind it. */
TToken *tmpl_token(TParser *p);
/* Is it this word? */
bool tmpl_at_name(TParser *p, const char *name);
/* Is it this operator, a TOp or a character? */
bool tmpl_at_op(TParser *p, int op);
/* true: it was this word, and the parser stands behind it. */
bool tmpl_skip_name(TParser *p, const char *name);
/* The same for an operator. */
bool tmpl_skip_op(TParser *p, int op);
/* Skips the operator, or is E_CORRUPT and says what was wanted. */
Status tmpl_expect_op(TParser *p, int op) WARN_UNUSED;
/* Any word, borrowed from the source; else E_CORRUPT. */
Status tmpl_expect_name(TParser *p, Str *out) WARN_UNUSED;
Status tmpl_syntax(TParser *p, const char *what); /* "...: what, near 'token'" */
Status tmpl_nest(TParser *p) WARN_UNUSED;         /* pair with p->depth-- */
Status tmpl_parse_full(TParser *p);               /* the error when the arena is full */

/* A growing list of pointers in the parser's arena. */
typedef struct TPtrs {
    void **items;
    size_t n, cap;
} TPtrs;
/* Doubles inside the arena; E_LIMIT or E_NO_MEMORY when that is full. */
Status tmpl_ptrs_add(TParser *p, TPtrs *list, void *item) WARN_UNUSED;

#define TMPL_ERR(err, code, line, ...) tmpl_err_line(err_set((err), (code), __VA_ARGS__), err, line)
/* Puts "chat template, line N: " before the message of err (may be NULL) and gives back the
   code. */
Status tmpl_err_line(Status code, Err *err, uint32_t line);

/* ---- a rendering ----------------------------------------------------------------------------- */

/* Names are borrowed: from the source, from the context, or constant. */
typedef struct TVar {
    Str name;
    TValue value;
} TVar;

typedef struct TScope TScope;
struct TScope {
    TScope *parent;
    TVar *vars;
    size_t n, cap;
    bool captured; /* a macro remembers it: it must not be reused */
};

/* A string under construction. Sticky status, as Buf has. */
typedef struct TBuilder {
    struct TRun *run;
    char *p;
    size_t n, cap;
    TRange *marks;
    size_t n_marks, cap_marks;
    bool ascii;
    Status status;
} TBuilder;

/* JSON that values borrow strings from; freed with the rendering. */
typedef struct TOwned TOwned;
struct TOwned {
    TOwned *next;
    Json *json;
};

/* What a body's end means to the loop around it; only exec_rounds() and exec_round() set it
   back. */
typedef enum TFlow { FLOW_ON, FLOW_BREAK, FLOW_CONTINUE } TFlow;

typedef struct TRun {
    const TemplateInput *in;
    TemplateLimits limits; /* no zeros */
    Arena arena;
    size_t wanted; /* bytes of the allocation that failed: tells the ceiling from the heap */
    Err *err;
    uint32_t line;
    uint64_t steps;
    int nest;  /* C recursion */
    int calls; /* macro calls */
    TScope *scope;
    TBuilder *out;
    TOwned *owned;
    TFlow flow;
} TRun;

/* A macro as a value: it may be handed on and called anywhere. */
struct TMacro {
    const TSignature *signature;
    const TStmt *body;
    TScope *scope; /* where it was defined */
};

/* A named argument of a call. */
typedef struct TNamed {
    Str name;
    TValue value;
} TNamed;

/* Slots: parameters that a row of a table may have. Nest: levels of recursion in a rendering. */
enum { TMPL_SLOTS = 7, TMPL_NEST_MAX = 1200 };

/* One call: evaluated arguments, and for table functions the arguments by parameter. */
typedef struct TCall {
    TValue self; /* what a filter, test or method works on */
    TValue *pos;
    TNamed *named;
    size_t n_pos, n_named;
    const TValue *slot[TMPL_SLOTS]; /* NULL: not given */
} TCall;

typedef Status (*TFn)(TRun *run, TCall *call, TValue *out);

/* A row of a table: a function, filter, test or method. */
struct TDef {
    const char *name;
    const char *params; /* names, blank between; those given land in slot[] in this order */
    int required;       /* how many of them must be given; -1: anything goes, fn looks itself */
    TFn fn;
};

#define TMPL_FAIL(run, code, ...) \
    tmpl_err_line(err_set((run)->err, (code), __VA_ARGS__), (run)->err, (run)->line)

/* Runs statements in run->scope; what they write goes to run->out. Leaves run->flow at FLOW_BREAK
   or FLOW_CONTINUE for the loop around. Errors as template_render. */
Status tmpl_exec(TRun *run, const TStmt *body) WARN_UNUSED;
/* The value of an expression. Undefined is a value; using it for more than a test is E_CORRUPT. */
Status tmpl_eval(TRun *run, const TExpr *e, TValue *out) WARN_UNUSED;
/* Pays n steps; E_LIMIT when limits.steps are used up. Every loop over outside data pays. */
Status tmpl_step(TRun *run, uint64_t n) WARN_UNUSED;
Status tmpl_enter(TRun *run) WARN_UNUSED; /* one step, one level deeper; pair with run->nest-- */
Status tmpl_full(TRun *run);              /* the error when the arena has no room */
void *tmpl_alloc(TRun *run, size_t count, size_t size_bytes) WARN_UNUSED; /* NULL: tmpl_full() */
/* Room in `items` for one more than n: doubles inside the arena, where the old ones are left
   behind. */
Status tmpl_grow(TRun *run, void **items, size_t *cap, size_t n, size_t item_bytes) WARN_UNUSED;

/* Comparing so many names takes about as long as evaluating a node: they are paid for. */
enum { TMPL_LOOKS_A_STEP = 64 };

/* scopes */
TScope *tmpl_scope_new(TRun *run, TScope *parent); /* NULL: full */
/* The variable of this scope itself, made where it is new; name is borrowed. */
Status tmpl_scope_set(TRun *run, TScope *scope, Str name, TValue value) WARN_UNUSED;
/* Looks outwards from run->scope, then at globals. Not *found: there is no such name. Costs steps
   by how many names it passes. */
Status tmpl_scope_get(TRun *run, Str name, bool *found, TValue *out) WARN_UNUSED;
/* Runs body into a string of its own, in a new scope below `parent`. */
Status tmpl_capture(TRun *run, const TStmt *body, TScope *scope, TValue *out) WARN_UNUSED;

/* values */
static inline TValue tv_undefined(void) { return (TValue){.kind = T_UNDEFINED}; }
static inline TValue tv_none(void) { return (TValue){.kind = T_NONE}; }
static inline TValue tv_bool(bool b) { return (TValue){.kind = T_BOOL, .u.truth = b}; }
static inline TValue tv_int(int64_t i) { return (TValue){.kind = T_INT, .u.i = i}; }
static inline TValue tv_real(double r) { return (TValue){.kind = T_REAL, .u.r = r}; }
static inline TValue tv_string(const TString *s) { return (TValue){.kind = T_STRING, .u.s = s}; }
static inline TValue tv_list(TList *l) { return (TValue){.kind = T_LIST, .u.list = l}; }
static inline TValue tv_dict(TDict *d) { return (TValue){.kind = T_DICT, .u.dict = d}; }
static inline bool tv_is_number(TValue v) {
    return v.kind == T_INT || v.kind == T_REAL || v.kind == T_BOOL;
}
static inline int64_t tv_whole(TValue v) { return v.kind == T_BOOL ? v.u.truth : v.u.i; }
double tmpl_number(TValue v); /* of a number */
/* What Python calls its type, for messages: "str", "dict_keys", "NoneType". */
const char *tmpl_type_name(TValue v);
/* Python's bool(): None, undefined, 0, "" and empty lists and dicts are false. */
bool tmpl_truth(TValue v);
Status tmpl_undefined_used(TRun *run, TValue v); /* the error */
/* An undefined value that remembers the name (borrowed); forbidden: the sandbox hid a method. */
Status tmpl_missing(TRun *run, Str name, bool forbidden, TValue *out) WARN_UNUSED;
/* Python's ==, into items of lists and dicts; values of different types are not equal, numbers are
   one type. E_LIMIT: nested too deeply. */
Status tmpl_equal(TRun *run, TValue a, TValue b, bool *out) WARN_UNUSED;
Status tmpl_order(TRun *run, TValue a, TValue b, int *out) WARN_UNUSED; /* -1, 0, 1; 2: NaN */
/* Python's `item in in`: a part of a string, a key of a dict, an item of anything else that can be
   walked. E_CORRUPT where Python raises. */
Status tmpl_contains(TRun *run, TValue item, TValue in, bool *out) WARN_UNUSED;
/* An empty list with room for so many items; tmpl_full()'s error when the arena has no room. */
Status tmpl_list_new(TRun *run, TShape shape, size_t room, TList **out) WARN_UNUSED;
/* Doubles inside the arena; the old items stay there until the rendering ends. */
Status tmpl_list_add(TRun *run, TList *list, TValue item) WARN_UNUSED;
void tmpl_list_reverse(TList *list); /* in place */
/* Anything that can be walked, as a list (a copy for strings and dicts; spends iterators). */
Status tmpl_iterate(TRun *run, TValue v, TList **out) WARN_UNUSED;
/* May it be a key? A long tuple costs steps. */
Status tmpl_hashable(TRun *run, TValue v, bool *out) WARN_UNUSED;
/* An empty dict. */
Status tmpl_dict_new(TRun *run, TDict **out) WARN_UNUSED;
/* *out: the pair of the key, NULL when absent. Linear, paid for in steps. E_CORRUPT: a list or dict
   as key. */
Status tmpl_dict_find(TRun *run, const TDict *d, TValue key, TPair **out) WARN_UNUSED;
/* The same for a text, without steps and errors: for names that the template wrote. */
TPair *tmpl_dict_find_str(const TDict *d, Str key);
/* Changes the value of a key that is there, else appends the pair. */
Status tmpl_dict_set(TRun *run, TDict *d, TValue key, TValue value) WARN_UNUSED;
/* A list of shape TS_KEYS, TS_VALUES or TS_ITEMS (tuples), in order of insertion; a copy. */
Status tmpl_dict_view(TRun *run, const TDict *d, TShape shape, TList **out) WARN_UNUSED;
/* (a, b). */
Status tmpl_tuple2(TRun *run, TValue a, TValue b, TValue *out) WARN_UNUSED;
/* The value of a Json, whose strings it borrows; they carry no marks. E_LIMIT: too deep. */
Status tmpl_from_json(TRun *run, const Json *json, TValue *out) WARN_UNUSED;
/* Characters, items or pairs; E_CORRUPT where Python's len() raises (numbers, generators). */
Status tmpl_length(TRun *run, TValue v, int64_t *out) WARN_UNUSED;
/* Sorts items [n] by keys [n] in place, stably, also reversed. E_CORRUPT: keys without an order. */
Status tmpl_sort(TRun *run, TValue *items, TValue *keys, size_t n, bool reverse) WARN_UNUSED;

/* expressions on values */
Status tmpl_attr(TRun *run, TValue v, Str name, TValue *out) WARN_UNUSED; /* v.name */
Status tmpl_item(TRun *run, TValue v, TValue key, TValue *out) WARN_UNUSED; /* v[key] */
/* a op b for the operators of arithmetic (+ - * / // % **), by Python's rules for numbers,
   strings and lists. E_CORRUPT: types that do not go together, division by zero; E_LIMIT: beyond
   64 bits. */
Status tmpl_binary(TRun *run, int op, TValue a, TValue b, TValue *out) WARN_UNUSED;
/* a op b for == != < <= > >=, in and not in. NaN is in no order. */
Status tmpl_compare(TRun *run, int op, TValue a, TValue b, bool *out) WARN_UNUSED;

/* calls */
Status tmpl_call_value(TRun *run, TValue fn, TCall *call, TValue *out) WARN_UNUSED;
/* Calls a row of a table: binds call->pos and ->named to call->slot by def->params first.
   E_CORRUPT: too many, too few or unknown arguments. */
Status tmpl_call_def(TRun *run, const TDef *def, TCall *call, TValue *out) WARN_UNUSED;
/* Evaluates the arguments of a call into call->pos and ->named, *args and **kwargs spread out. */
Status tmpl_args(TRun *run, const TArgs *args, TCall *call) WARN_UNUSED;
/* The whole number (or truth value) in a slot; fallback where it was not given or is none.
   E_CORRUPT: it is something else. */
Status tmpl_arg_int(TRun *run, const TCall *call, int slot, int64_t fallback,
                    int64_t *out) WARN_UNUSED;
/* The truth of what is in a slot; false where it was not given. */
bool tmpl_arg_bool(const TCall *call, int slot);
/* A string argument; NULL in *out when it was not given or is none. E_CORRUPT: it is something
   else. */
Status tmpl_arg_str(TRun *run, const TCall *call, int slot, const TString **out) WARN_UNUSED;
/* Rows by name; NULL: there is none. Constant tables. A filter may be one of a list (filter_seq):
   tmpl_filter_find looks there too. */
const TDef *tmpl_filter_find(Str name);
/* The filters that walk a list alone. */
const TDef *tmpl_filter_seq_find(Str name);
/* What may stand behind `is`. */
const TDef *tmpl_test_find(Str name);
/* A method of self's type. */
const TDef *tmpl_method_find(TValue self, Str name);
/* It would change self, which jinja2's immutable sandbox refuses; tmpl_method_find has no such. */
bool tmpl_method_is_forbidden(TValue self, Str name);
/* range, dict, namespace and the other functions that every template sees. */
const TDef *tmpl_global_find(Str name);
/* The search behind all of them: from the front, n rows. */
const TDef *tmpl_def_find(const TDef *table, size_t n, Str name);

/* strings */
bool tmpl_is_space(uint32_t code);
/* An empty builder; needs no end when it is given up, its memory is the arena's. */
TBuilder tmpl_build(TRun *run);
/* n bytes; trusted: the template wrote them. Like all of the add functions it does nothing once
   b->status is an error: E_LIMIT beyond limits.output_bytes or steps. */
void tmpl_add(TBuilder *b, const char *bytes, size_t n, bool trusted);
void tmpl_add_c(TBuilder *b, const char *text); /* trusted */
/* One code point as UTF-8. */
void tmpl_add_code(TBuilder *b, uint32_t code, bool trusted);
/* All of a string with its marks. */
void tmpl_add_string(TBuilder *b, const TString *s);
/* Bytes [from, to) of a string with their marks. */
void tmpl_add_slice(TBuilder *b, const TString *s, size_t from, size_t to);
void tmpl_add_escaped(TBuilder *b, const TString *s); /* & < > ' " as HTML; Markup as it is */
/* The string that was built; b->status where that is an error. The builder is used up. */
Status tmpl_take(TBuilder *b, bool markup, TValue *out) WARN_UNUSED;
Status tmpl_new_string(TRun *run, Str text, bool trusted, TValue *out) WARN_UNUSED; /* borrows */
/* A trusted string around a constant text, or one of the arena; borrowed. */
Status tmpl_new_c(TRun *run, const char *text, TValue *out) WARN_UNUSED;
/* Bytes [from, to) of s as a string that shares them, marks cut to fit. */
Status tmpl_sub(TRun *run, const TString *s, size_t from, size_t to, TValue *out) WARN_UNUSED;
/* Did the template write the byte at `at`? */
bool tmpl_trusted_at(const TString *s, size_t at);
bool tmpl_trusted(const TString *s); /* every byte */
/* Code points; a malformed byte counts as one. */
size_t tmpl_chars(const TString *s);
size_t tmpl_char_offset(const TString *s, size_t index); /* byte offset of a character */
/* Byte offset of the first character that is not in set; set NULL: white space. E_LIMIT: a long set
   pays steps for each character that it is compared with. */
Status tmpl_strip_left(TRun *run, const TString *s, const TString *set, size_t *from) WARN_UNUSED;
/* Byte offset behind the last such character, not before `from`. */
Status tmpl_strip_right(TRun *run, const TString *s, const TString *set, size_t from,
                        size_t *to) WARN_UNUSED;
/* Python's str.splitlines: parts that share s's bytes, a last empty line left out. */
Status tmpl_split_lines(TRun *run, const TString *s, bool keep_ends, TList **out) WARN_UNUSED;

/* text of values */
Status tmpl_str(TRun *run, TValue v, TValue *out) WARN_UNUSED;  /* str(): always T_STRING */
Status tmpl_repr(TRun *run, TValue v, TValue *out) WARN_UNUSED; /* repr() */
Status tmpl_print(TRun *run, TBuilder *b, TValue v) WARN_UNUSED; /* str() into a builder */
enum { TMPL_REAL_CHARS = 40 };
typedef struct TJsonStyle {
    bool ascii, sort_keys;
    const TString *indent; /* NULL: on one line */
    Str comma, colon;
} TJsonStyle;
/* json.dumps of v into a builder, as the style says. E_CORRUPT: a value that JSON has no word
   for. */
Status tmpl_to_json(TRun *run, TBuilder *b, TValue v, const TJsonStyle *style) WARN_UNUSED;
/* strict: values that are left over are an error (Python: of a tuple yes, of a list or dict no). */
Status tmpl_percent(TRun *run, const TString *format, const TCall *call, bool strict,
                    TValue *out) WARN_UNUSED;
/* str.format: fields of call->pos and ->named. E_CORRUPT: a brace alone, a field or a specification
   that cannot be read. */
Status tmpl_brace_format(TRun *run, const TString *format, TCall *call, TValue *out) WARN_UNUSED;

#endif
