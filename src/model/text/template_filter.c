/*
 * Filters of the chat templates that work on one value: text, numbers, JSON. Those that walk a list
 * are in template_filter_seq.c.
 *
 * jinja2's filters with its defaults and quirks (title() starts a word after blanks, dashes and
 * opening brackets; indent leaves the first line and blank lines alone; round gives a real),
 * plus transformers' tojson and the from_json of llama.cpp's templates. Not here, because no
 * chat template has a use for them: filesizeformat, pprint, random, striptags, truncate, urlize,
 * wordwrap, xmlattr.
 *
 * Marks: each filter builds its result from slices of what it was given, so that the marks go
 * along; only `format` and `urlencode` write characters of their own.
 *
 * Source: jinja2 3.1, "List of Builtin Filters"; transformers' chat_template_utils for tojson.
 *
 * A row of the table at the end: name, parameters as tmpl_call_def() binds them to call->slot[],
 * how many must be given (-1: the function looks at pos and named itself), function.
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "base/plain.h"
#include "base/utf8.h"
#include "model/text/template_int.h"

/* The value as str() writes it: most filters take anything. */
static Status self_text(TRun *run, const TCall *c, const TString **out) {
    TValue text = {0};
    TRY(tmpl_str(run, c->self, &text));
    *out = text.u.s;
    return OK;
}

/* ---- case ------------------------------------------------------------------------------------ */

typedef enum CaseMode { CASE_LOWER, CASE_UPPER, CASE_CAPITAL, CASE_TITLE } CaseMode;

/* Does jinja2's title() start a new word after this character? */
static bool is_word_break(uint32_t code) {
    return tmpl_is_space(code) || (code < 128 && code && strchr("-({[<", (int)code));
}

/* Character by character, each with the mark of the one it came from. */
static Status change_case(TRun *run, TCall *c, CaseMode mode, TValue *out) {
    const TString *s = NULL;
    TRY(self_text(run, c, &s));
    TBuilder b = tmpl_build(run);
    bool start = true;
    for (size_t at = 0, width; at < s->text.n && b.status == OK; at += width) {
        uint32_t code = utf8_decode(s->text, at, &width);
        bool up = mode == CASE_UPPER || (start && mode >= CASE_CAPITAL);
        start = mode == CASE_TITLE && is_word_break(code);
        tmpl_add_code(&b, up ? unicode_upper(code) : unicode_lower(code), tmpl_trusted_at(s, at));
    }
    return tmpl_take(&b, s->markup, out);
}

static Status f_lower(TRun *run, TCall *c, TValue *out) {
    return change_case(run, c, CASE_LOWER, out);
}

static Status f_upper(TRun *run, TCall *c, TValue *out) {
    return change_case(run, c, CASE_UPPER, out);
}

static Status f_capitalize(TRun *run, TCall *c, TValue *out) {
    return change_case(run, c, CASE_CAPITAL, out);
}

static Status f_title(TRun *run, TCall *c, TValue *out) {
    return change_case(run, c, CASE_TITLE, out);
}

/* ---- text ------------------------------------------------------------------------------------ */

static Status f_string(TRun *run, TCall *c, TValue *out) {
    return tmpl_str(run, c->self, out);
}

/* Shares bytes and marks; only the flag differs. */
static Status f_safe(TRun *run, TCall *c, TValue *out) {
    const TString *s = NULL;
    TRY(self_text(run, c, &s));
    TString *safe = tmpl_alloc(run, 1, sizeof *safe);
    if (!safe) return tmpl_full(run);
    *safe = *s;
    safe->markup = true;
    *out = tv_string(safe);
    return OK;
}

/* The result is Markup: escaping it once more changes nothing. */
static Status escape(TRun *run, const TString *s, TValue *out) {
    TBuilder b = tmpl_build(run);
    tmpl_add_escaped(&b, s);
    return tmpl_take(&b, true, out);
}

static Status f_escape(TRun *run, TCall *c, TValue *out) {
    const TString *s = NULL;
    TRY(self_text(run, c, &s));
    return escape(run, s, out);
}

/* Escapes Markup, too. */
static Status f_forceescape(TRun *run, TCall *c, TValue *out) {
    const TString *s = NULL;
    TRY(self_text(run, c, &s));
    TString plain = *s;
    plain.markup = false;
    return escape(run, &plain, out);
}

/* The method of strings of that name, on str() of the value; arguments are in their places. */
static Status by_method(TRun *run, const TCall *c, Str name, TValue *out) {
    TCall inner = *c;
    TRY(tmpl_str(run, c->self, &inner.self));
    const TDef *method = tmpl_method_find(inner.self, name);
    assert(method); /* strings have it */
    return method->fn(run, &inner, out);
}

static Status f_trim(TRun *run, TCall *c, TValue *out) {
    return by_method(run, c, STR("strip"), out);
}

/* What is replaced need not be a string either. */
static Status f_replace(TRun *run, TCall *c, TValue *out) {
    TValue text[2] = {{0}};
    TCall inner = *c;
    for (int i = 0; i < 2; i++) {
        TRY(tmpl_str(run, *c->slot[i], &text[i]));
        inner.slot[i] = &text[i];
    }
    return by_method(run, &inner, STR("replace"), out);
}

/* Lines by Python's rules, joined with "\n" of the template's own. Every line but the first gets
   the indent, empty ones only with `blank`. */
static Status f_indent(TRun *run, TCall *c, TValue *out) {
    const TString *s = NULL, *indent = NULL;
    int64_t width = 4;
    bool first = tmpl_arg_bool(c, 1), blank = tmpl_arg_bool(c, 2);
    if (c->self.kind == T_UNDEFINED) return tmpl_undefined_used(run, c->self);
    if (c->self.kind != T_STRING) {
        return TMPL_FAIL(run, E_CORRUPT, "indent: needs a string, not %s", tmpl_type_name(c->self));
    }
    s = c->self.u.s;
    if (c->slot[0] && c->slot[0]->kind == T_STRING) {
        indent = c->slot[0]->u.s;
    } else {
        TRY(tmpl_arg_int(run, c, 0, 4, &width));
    }
    TList *lines = NULL;
    TRY(tmpl_split_lines(run, s, false, &lines));
    TBuilder b = tmpl_build(run);
    size_t n = lines->n;
    /* The text gets one newline more before it is split: an empty last line stays, as in jinja2. */
    bool ends = s->text.n && s->text.p[s->text.n - 1] == '\n';
    for (size_t i = 0; i < n + ends && b.status == OK; i++) {
        const TString *line = i < n ? lines->items[i].u.s : NULL;
        bool filled = line && line->text.n;
        if (i) tmpl_add_c(&b, "\n");
        bool wanted = i ? filled || blank : first;
        for (int64_t k = 0; wanted && !indent && k < width && b.status == OK; k++) {
            tmpl_add_c(&b, " ");
        }
        if (wanted && indent) tmpl_add_string(&b, indent);
        if (filled) tmpl_add_string(&b, line);
    }
    if (!n && first) { /* an empty text has one empty line, which `first` indents */
        for (int64_t k = 0; !indent && k < width && b.status == OK; k++) tmpl_add_c(&b, " ");
        if (indent) tmpl_add_string(&b, indent);
    }
    return tmpl_take(&b, s->markup, out);
}

static Status f_center(TRun *run, TCall *c, TValue *out) {
    TValue width = tv_int(80);
    TCall inner = *c;
    if (!c->slot[0] || c->slot[0]->kind == T_NONE) inner.slot[0] = &width;
    return by_method(run, &inner, STR("center"), out);
}

/* Runs of letters, digits and underscores: Python's regular expression \w+. */
static Status f_wordcount(TRun *run, TCall *c, TValue *out) {
    const TString *s = NULL;
    int64_t words = 0;
    bool inside = false;
    TRY(self_text(run, c, &s));
    TRY(tmpl_step(run, s->text.n / 64));
    for (size_t at = 0, width; at < s->text.n; at += width) {
        uint32_t code = utf8_decode(s->text, at, &width);
        UnicodeClass class = unicode_class(code);
        bool word = class == UC_LETTER || class == UC_NUMBER || code == '_';
        words += word && !inside;
        inside = word;
    }
    *out = tv_int(words);
    return OK;
}

/* RFC 3986: unreserved characters and '/' stay, all other bytes become %XX, which nobody marks. */
static Status f_urlencode(TRun *run, TCall *c, TValue *out) {
    const TString *s = NULL;
    if (c->self.kind == T_LIST || c->self.kind == T_DICT) {
        return TMPL_FAIL(run, E_UNSUPPORTED, "urlencode: only of strings");
    }
    TRY(self_text(run, c, &s));
    TBuilder b = tmpl_build(run);
    for (size_t i = 0; i < s->text.n && b.status == OK; i++) {
        unsigned char byte = (unsigned char)s->text.p[i];
        bool plain = (byte >= '0' && byte <= '9') || ((byte | 32) >= 'a' && (byte | 32) <= 'z') ||
                     (byte && strchr("-._~/", byte));
        char code[4];
        (void)snprintf(code, sizeof code, "%%%02X", byte);
        if (plain) tmpl_add_slice(&b, s, i, i + 1);
        if (!plain) tmpl_add(&b, code, 3, false);
    }
    return tmpl_take(&b, false, out);
}

/* "%s" % values, as Python's operator; places and names cannot be mixed. */
static Status f_format(TRun *run, TCall *c, TValue *out) {
    const TString *s = NULL;
    TRY(self_text(run, c, &s));
    if (c->n_pos && c->n_named) {
        return TMPL_FAIL(run, E_CORRUPT, "format: values by place and by name at once");
    }
    return tmpl_percent(run, s, c, c->n_named == 0, out);
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* Copies without blanks at the ends and without underscores between digits; false: no number. */
static bool clean_number(Str s, char *out, size_t cap, size_t *n) {
    s = str_trim(s);
    *n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '_') {
            if (i == 0 || i + 1 == s.n || s.p[i - 1] == '_' || s.p[i + 1] == '_') return false;
            continue;
        }
        if (*n + 1 == cap) return false;
        out[(*n)++] = s.p[i];
    }
    out[*n] = 0;
    return *n > 0;
}

/* Python's float(): blanks, underscores, inf and nan, then a plain decimal number. */
static bool text_to_real(Str s, double *out) {
    char text[64];
    size_t n;
    if (!clean_number(s, text, sizeof text, &n)) return false;
    const char *word = text + (text[0] == '-' || text[0] == '+');
    char low[12] = {0};
    for (size_t i = 0; word[i] && i + 1 < sizeof low; i++) low[i] = (char)(word[i] | 32);
    Str w = str_from(low);
    double sign = text[0] == '-' ? -1 : 1;
    if (str_eq_c(w, "inf") || str_eq_c(w, "infinity")) {
        *out = sign * (double)INFINITY;
        return true;
    }
    if (str_eq_c(w, "nan")) {
        *out = (double)NAN;
        return true;
    }
    Str digits = {word, strlen(word)};
    if (num_parse_real(digits, 0, 1.7976931348623157e308, "number", "", out, NULL) != OK) {
        return false;
    }
    *out *= sign;
    return true;
}

/* int(text, base): false when it is none, E_LIMIT when it has more than 64 bits. */
static Status text_to_int(TRun *run, Str s, int64_t base, bool *found, int64_t *out) {
    char text[80];
    size_t n, at = 0;
    assert(2 <= base && base <= 36); /* digits and small letters; f_int has looked */
    *found = clean_number(s, text, sizeof text, &n);
    if (!*found) return OK;
    bool negative = text[0] == '-';
    if (text[0] == '-' || text[0] == '+') at++;
    char letter = (char)(text[at] == '0' ? text[at + 1] | 32 : 0);
    if ((letter == 'x' && base == 16) || (letter == 'o' && base == 8) ||
        (letter == 'b' && base == 2)) {
        at += 2;
    }
    int64_t value = 0;
    bool fits = true;
    *found = at < n;
    for (; at < n && *found; at++) {
        char ch = text[at];
        int digit = ch >= '0' && ch <= '9' ? ch - '0' : 99;
        if ((ch | 32) >= 'a' && (ch | 32) <= 'z') digit = (ch | 32) - 'a' + 10;
        *found = digit < base;
        fits = fits && !__builtin_mul_overflow(value, base, &value) &&
               !__builtin_sub_overflow(value, (int64_t)digit, &value);
    }
    if (*found && (!fits || (!negative && value == INT64_MIN))) {
        return TMPL_FAIL(run, E_LIMIT, "int: a whole number beyond 64 bits");
    }
    *out = negative || !*found ? value : -value; /* of no number it is anything, INT64_MIN too */
    return OK;
}

/* Towards zero. inf and nan give the fallback, as jinja2 catches both. */
static Status real_to_int(TRun *run, double r, TValue fallback, TValue *out) {
    *out = fallback;
    if (!isfinite(r)) return OK;
    if (fabs(r) >= 9.2e18) return TMPL_FAIL(run, E_LIMIT, "int: a whole number beyond 64 bits");
    *out = tv_int((int64_t)r);
    return OK;
}

/* A string is tried as a whole number, then as a real, then the fallback is given. */
static Status f_int(TRun *run, TCall *c, TValue *out) {
    TValue fallback = c->slot[0] ? *c->slot[0] : tv_int(0), v = c->self;
    int64_t base, whole = 0;
    TRY(tmpl_arg_int(run, c, 1, 10, &base));
    if (v.kind == T_UNDEFINED) return tmpl_undefined_used(run, v);
    if (base < 2 || base > 36) return TMPL_FAIL(run, E_CORRUPT, "int: the base is 2 to 36");
    *out = tv_is_number(v) && v.kind != T_REAL ? tv_int(tv_whole(v)) : fallback;
    if (v.kind == T_REAL) return real_to_int(run, v.u.r, fallback, out);
    if (v.kind != T_STRING) return OK;
    bool found;
    double real;
    TRY(tmpl_step(run, v.u.s->text.n / 256)); /* it may be all blanks */
    TRY(text_to_int(run, v.u.s->text, base, &found, &whole));
    if (found) {
        *out = tv_int(whole);
        return OK;
    }
    return text_to_real(v.u.s->text, &real) ? real_to_int(run, real, fallback, out) : OK;
}

/* What is no number gives the default (0.0). */
static Status f_float(TRun *run, TCall *c, TValue *out) {
    TValue v = c->self;
    double real;
    *out = c->slot[0] ? *c->slot[0] : tv_real(0);
    if (v.kind == T_UNDEFINED) return tmpl_undefined_used(run, v);
    if (tv_is_number(v)) *out = tv_real(tmpl_number(v));
    if (v.kind == T_STRING) TRY(tmpl_step(run, v.u.s->text.n / 256));
    if (v.kind == T_STRING && text_to_real(v.u.s->text, &real)) *out = tv_real(real);
    return OK;
}

/* Truth values are numbers. */
static Status need_number(TRun *run, TValue v) {
    if (tv_is_number(v)) return OK;
    if (v.kind == T_UNDEFINED) return tmpl_undefined_used(run, v);
    return TMPL_FAIL(run, E_CORRUPT, "a number is needed, not %s", tmpl_type_name(v));
}

/* The smallest whole number has no absolute value in 64 bits: E_LIMIT. */
static Status f_abs(TRun *run, TCall *c, TValue *out) {
    TRY(need_number(run, c->self));
    *out = c->self;
    if (c->self.kind == T_REAL) {
        *out = tv_real(fabs(c->self.u.r));
    } else if (tv_whole(c->self) < 0) {
        return tmpl_binary(run, '-', tv_int(0), c->self, out);
    } else {
        *out = tv_int(tv_whole(c->self));
    }
    return OK;
}

/* round(): half to even on the decimal digits of the real, which printf does for us. Python's ceil
   and floor give whole numbers, which have no -0: adding 0 makes it 0. */
static Status f_round(TRun *run, TCall *c, TValue *out) {
    const TString *method = NULL;
    int64_t places;
    TRY(need_number(run, c->self));
    TRY(tmpl_arg_int(run, c, 0, 0, &places));
    TRY(tmpl_arg_str(run, c, 1, &method));
    if (places < 0 || places > 300) {
        return TMPL_FAIL(run, E_UNSUPPORTED, "round: the precision is 0 to 300");
    }
    bool common = !method || str_eq_c(method->text, "common");
    double r = tmpl_number(c->self);
    if (common && c->self.kind != T_REAL) {
        *out = tv_int(tv_whole(c->self));
    } else if (common) {
        char text[700];
        (void)plain_print(text, sizeof text, "%.*f", (int)places, r);
        *out = tv_real(isfinite(r) ? plain_real(text, NULL) : r);
    } else if (str_eq_c(method->text, "ceil")) {
        *out = tv_real(ceil(r * pow(10, (double)places)) / pow(10, (double)places) + 0.0);
    } else if (str_eq_c(method->text, "floor")) {
        *out = tv_real(floor(r * pow(10, (double)places)) / pow(10, (double)places) + 0.0);
    } else {
        return TMPL_FAIL(run, E_CORRUPT, "round: the method is common, ceil or floor");
    }
    return OK;
}

/* ---- JSON, default --------------------------------------------------------------------------- */

/* With a true second argument everything that is false counts as missing. */
static Status f_default(TRun *run, TCall *c, TValue *out) {
    bool missing = c->self.kind == T_UNDEFINED ||
                   (tmpl_arg_bool(c, 1) && !tmpl_truth(c->self));
    *out = c->self;
    if (!missing) return OK;
    if (!c->slot[0]) return tmpl_new_c(run, "", out);
    *out = *c->slot[0];
    return OK;
}

/* separators=(item, key) */
static Status json_separators(TRun *run, const TValue *v, TJsonStyle *style) {
    if (!v || v->kind == T_NONE) return OK;
    bool pair = v->kind == T_LIST && v->u.list->n == 2 &&
                v->u.list->items[0].kind == T_STRING && v->u.list->items[1].kind == T_STRING;
    if (!pair) return TMPL_FAIL(run, E_CORRUPT, "tojson: separators are two strings");
    style->comma = v->u.list->items[0].u.s->text;
    style->colon = v->u.list->items[1].u.s->text;
    return OK;
}

/* With an indent the commas lose their blank, as json.dumps has it. */
static Status f_tojson(TRun *run, TCall *c, TValue *out) {
    enum { INDENT_MAX = 64 };
    static const char blanks[INDENT_MAX + 1] =
        "                                                                ";
    TJsonStyle style = {.ascii = tmpl_arg_bool(c, 0),
                        .sort_keys = tmpl_arg_bool(c, 3),
                        .comma = STR(", "),
                        .colon = STR(": ")};
    const TValue *indent = c->slot[1];
    if (indent && indent->kind == T_STRING) {
        style.indent = indent->u.s;
    } else if (indent && indent->kind != T_NONE) {
        int64_t width;
        TValue text = {0};
        TRY(tmpl_arg_int(run, c, 1, 0, &width));
        if (width > INDENT_MAX) return TMPL_FAIL(run, E_LIMIT, "tojson: indent above 64");
        TRY(tmpl_new_string(run, (Str){blanks, width < 0 ? 0 : (size_t)width}, true, &text));
        style.indent = text.u.s;
    }
    if (style.indent) style.comma = STR(",");
    TRY(json_separators(run, c->slot[2], &style));
    TBuilder b = tmpl_build(run);
    TRY(tmpl_to_json(run, &b, c->self, &style));
    return tmpl_take(&b, false, out);
}

/* What it yields is the user's, whatever the text was: a template has no reason to forge through
   it. */
static Status f_from_json(TRun *run, TCall *c, TValue *out) {
    if (c->self.kind != T_STRING) {
        return TMPL_FAIL(run, E_CORRUPT, "from_json: needs a string, not %s",
                         tmpl_type_name(c->self));
    }
    TOwned *owned = tmpl_alloc(run, 1, sizeof *owned);
    if (!owned) return tmpl_full(run);
    TRY(tmpl_step(run, c->self.u.s->text.n / 16));
    JsonLimits limits = {.allow_duplicates = true}; /* as Python's json.loads */
    Status status = json_parse(c->self.u.s->text, &limits, &owned->json, run->err);
    if (status != OK) {
        (void)err_prefix(run->err, status, "from_json");
        return tmpl_err_line(status, run->err, run->line);
    }
    owned->next = run->owned; /* the values borrow its strings: freed with the rendering */
    run->owned = owned;
    return tmpl_from_json(run, owned->json, out);
}

const TDef *tmpl_filter_find(Str name) {
    static const TDef filters[] = {
        {"tojson", "ensure_ascii indent separators sort_keys", 0, f_tojson},
        {"trim", "chars", 0, f_trim},
        {"default", "default_value boolean", 0, f_default},
        {"d", "default_value boolean", 0, f_default},
        {"string", "", 0, f_string},
        {"upper", "", 0, f_upper},
        {"lower", "", 0, f_lower},
        {"title", "", 0, f_title},
        {"capitalize", "", 0, f_capitalize},
        {"replace", "old new count", 2, f_replace},
        {"indent", "width first blank", 0, f_indent},
        {"int", "default base", 0, f_int},
        {"float", "default", 0, f_float},
        {"round", "precision method", 0, f_round},
        {"abs", "", 0, f_abs},
        {"safe", "", 0, f_safe},
        {"escape", "", 0, f_escape},
        {"e", "", 0, f_escape},
        {"forceescape", "", 0, f_forceescape},
        {"format", "", -1, f_format},
        {"center", "width", 0, f_center},
        {"wordcount", "", 0, f_wordcount},
        {"urlencode", "", 0, f_urlencode},
        {"from_json", "", 0, f_from_json},
    };
    const TDef *def = tmpl_def_find(filters, ARRAY_LEN(filters), name);
    return def ? def : tmpl_filter_seq_find(name);
}
