/*
 * Formatting: "%s is %d" % (a, b), the filter `format`, and "{} {name:>8}".format(...).
 *
 * Both languages end in the same place: a value, a type letter, a width, a precision and a few
 * flags. What chat templates use is s, r, d, i, f, e, g, x, X, o and %; `c` is left out on purpose
 * (it would let a number from outside become any character). Fields of the brace language are a
 * number, a name or empty; reaching into attributes from there is refused.
 *
 * Ceilings: width 4096, precision 60.
 *
 * Source: Python documentation, "printf-style String Formatting" and "Format Specification
 * Mini-Language".
 *
 * Worked example: "%-6s|%05.1f" % ("ab", 3.14159). The first place is align '<', width 6: "ab ".
 * The second has '0', so fill '0' behind the sign, width 5, precision 1: "003.1". Together "ab
 * |003.1".
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "base/plain.h"
#include "model/text/template_int.h"

enum { WIDTH_MAX = 4096, PRECISION_MAX = 60 };

typedef struct Spec {
    char type; /* 0: the value's own */
    char align; /* '<', '>', '^', '=' or 0 */
    char fill, sign;
    bool alternate, comma;
    int width, precision; /* precision -1: none */
} Spec;

_Static_assert(1 + 309 + 309 / 3 + 1 + PRECISION_MAX + 2 <= 512, "add_number(): text has room");

/* E_CORRUPT, as Python's TypeError and ValueError. */
static Status fail(TRun *run, const char *what) {
    return TMPL_FAIL(run, E_CORRUPT, "format: %s", what);
}

/* Digits from *at on; none are 0. E_LIMIT above max. */
static Status read_int(TRun *run, Str s, size_t *at, int max, int *out) {
    int value = 0;
    for (; *at < s.n && s.p[*at] >= '0' && s.p[*at] <= '9'; (*at)++) {
        value = value * 10 + (s.p[*at] - '0');
        if (value > max) return TMPL_FAIL(run, E_LIMIT, "format: %d is the largest width", max);
    }
    *out = value;
    return OK;
}

/* Groups the whole part of a number by thousands. text has room for it. */
static void add_commas(char *text, size_t cap) {
    size_t n = strlen(text), start = text[0] == '-', whole = start;
    while (text[whole] >= '0' && text[whole] <= '9') whole++;
    for (size_t at = whole; at > start + 3 && n + 2 < cap; n++) {
        at -= 3;
        memmove(text + at + 1, text + at, n - at + 1);
        text[at] = ',';
    }
}

/* A real is cut towards zero, but for x, X and o, which take none; these write the magnitude behind
   the sign, with a prefix for '#'. The precision of a whole number is how many digits it has at
   least. */
static Status format_int(TRun *run, const Spec *spec, TValue v, char *text, size_t cap) {
    assert(tv_is_number(v) && spec->precision <= PRECISION_MAX);
    if (v.kind == T_REAL && strchr("xXo", spec->type)) return fail(run, "a whole number is needed");
    if (v.kind == T_REAL && !(fabs(v.u.r) < 9e18)) return fail(run, "a number is too large");
    int64_t whole = v.kind == T_REAL ? (int64_t)v.u.r : tv_whole(v);
    uint64_t size = whole < 0 ? 0 - (uint64_t)whole : (uint64_t)whole;
    const char *sign = whole < 0 ? "-" : "";
    const char *prefix = !spec->alternate       ? ""
                         : spec->type == 'x'    ? "0x"
                         : spec->type == 'X'    ? "0X"
                         : spec->type == 'o'    ? "0o"
                                                : "";
    const char *form = spec->type == 'x'   ? "%s%s%.*llx"
                       : spec->type == 'X' ? "%s%s%.*llX"
                       : spec->type == 'o' ? "%s%s%.*llo"
                                           : "%s%s%.*llu";
    const int digits = spec->precision > 0 ? spec->precision : 1;
    (void)snprintf(text, cap, form, sign, prefix, digits, (unsigned long long)size);
    if (spec->comma) add_commas(text, cap);
    return OK;
}

/* f, e and g as C's printf has them, without a locale; '%' multiplies by 100. */
static Status format_real(TRun *run, const Spec *spec, TValue v, char *text, size_t cap) {
    assert(tv_is_number(v));
    int precision = spec->precision < 0 ? 6 : spec->precision;
    assert(precision <= PRECISION_MAX); /* add_number's text has room for no more */
    double r = tmpl_number(v) * (spec->type == '%' ? 100 : 1);
    char form[8] = "%.*f";
    if (spec->type == 'e' || spec->type == 'g' || spec->type == 'E' || spec->type == 'G') {
        form[3] = spec->type;
    }
    (void)plain_print(text, cap, form, precision, r);
    if (spec->comma) add_commas(text, cap);
    if (spec->type == '%') (void)snprintf(text + strlen(text), cap - strlen(text), "%%");
    return OK;
}

/* Fill is the user's: the format may be. */
static void pad(TBuilder *b, char fill, int64_t n) {
    for (int64_t i = 0; i < n; i++) tmpl_add(b, &fill, 1, false);
}

/* Padding counts characters, not bytes. '=' puts it behind the sign. */
static void add_padded(TBuilder *b, const TString *s, const Spec *spec, bool number) {
    assert(0 <= spec->width && spec->width <= WIDTH_MAX);
    char align = spec->align ? spec->align : !number ? '<' : spec->fill ? '=' : '>';
    int64_t room = spec->width - (int64_t)tmpl_chars(s);
    if (room < 0) room = 0;
    char fill = spec->fill ? spec->fill : ' ';
    int64_t before = align == '<' ? 0 : align == '^' ? room / 2 : room;
    size_t sign = align == '=' && s->text.n && (s->text.p[0] == '-' || s->text.p[0] == '+');
    tmpl_add_slice(b, s, 0, sign);
    pad(b, fill, before);
    tmpl_add_slice(b, s, sign, s->text.n);
    pad(b, fill, room - before);
}

/* text holds the longest real (309 digits, a point, 60 places) with commas and sign. */
static Status add_number(TRun *run, TBuilder *b, const Spec *spec, TValue v) {
    assert(tv_is_number(v) && spec->type);
    char text[512];
    text[0] = spec->sign;
    size_t at = spec->sign && !signbit(tmpl_number(v)) ? 1 : 0; /* -0.0 has its own */
    bool real = strchr("feEgGF%", spec->type) != NULL;
    TRY((real ? format_real : format_int)(run, spec, v, text + at, sizeof text - at));
    TValue s = {0};
    char *kept = tmpl_alloc(run, strlen(text) + 1, 1);
    if (!kept) return tmpl_full(run);
    memcpy(kept, text, strlen(text) + 1);
    TRY(tmpl_new_c(run, kept, &s));
    add_padded(b, s.u.s, spec, true);
    return b->status;
}

/* Writes one value as the spec says. */
static Status add_value(TRun *run, TBuilder *b, Spec spec, TValue v) {
    bool number = tv_is_number(v) && v.kind != T_BOOL;
    if (spec.type == 0 && number && v.kind == T_INT) spec.type = 'd';
    if (spec.type == 0 && number && (spec.precision >= 0 || spec.comma)) spec.type = 'g';
    if (spec.type && strchr("diuxXofFeEgG%", spec.type)) {
        if (!tv_is_number(v)) return fail(run, "a number is needed");
        return add_number(run, b, &spec, v);
    }
    if (spec.type && spec.type != 's' && spec.type != 'r') return fail(run, "unknown type letter");
    TValue s = {0};
    TRY(spec.type == 'r' ? tmpl_repr(run, v, &s) : tmpl_str(run, v, &s));
    if (number && !spec.type && spec.sign && !signbit(tmpl_number(v))) { /* a real as str() */
        TBuilder signed_text = tmpl_build(run);
        tmpl_add(&signed_text, &spec.sign, 1, true);
        tmpl_add_string(&signed_text, s.u.s);
        TRY(tmpl_take(&signed_text, false, &s));
    }
    if (spec.precision >= 0) {
        size_t end = tmpl_char_offset(s.u.s, (size_t)spec.precision);
        TRY(tmpl_sub(run, s.u.s, 0, end, &s));
    }
    add_padded(b, s.u.s, &spec, number);
    return b->status;
}

/* ---- percent --------------------------------------------------------------------------------- */

/* %[flags][width][.precision]letter, from behind the '%' (and a name in parentheses). */
static Status percent_spec(TRun *run, Str f, size_t *at, Spec *spec) {
    *spec = (Spec){.align = '>', .precision = -1};
    for (; *at < f.n && f.p[*at] && strchr("-+ #0", f.p[*at]); (*at)++) {
        char c = f.p[*at];
        if (c == '-') spec->align = '<';
        if (c == '#') spec->alternate = true;
        if (c == '+' || (c == ' ' && !spec->sign)) spec->sign = c;
        if (c == '0' && spec->align != '<') {
            spec->fill = '0';
            spec->align = '=';
        }
    }
    TRY(read_int(run, f, at, WIDTH_MAX, &spec->width));
    if (*at < f.n && f.p[*at] == '.') {
        (*at)++;
        TRY(read_int(run, f, at, PRECISION_MAX, &spec->precision));
    }
    if (*at >= f.n) return fail(run, "the text ends inside a %");
    spec->type = f.p[(*at)++];
    if (!spec->type || !strchr("sdiurxXofFeEgG", spec->type)) {
        return fail(run, "unknown letter after %");
    }
    if (spec->align == '=' && (spec->type == 's' || spec->type == 'r')) {
        spec->align = '>';
        spec->fill = ' ';
    }
    return OK;
}

/* The value of that name; `missing` is the error where there is none. */
static Status named_value(TRun *run, const TCall *call, Str name, const char *missing,
                          TValue *out) {
    TRY(tmpl_step(run, call->n_named / TMPL_LOOKS_A_STEP));
    for (size_t i = 0; i < call->n_named; i++) {
        if (!str_eq(call->named[i].name, name)) continue;
        *out = call->named[i].value;
        return OK;
    }
    return fail(run, missing);
}

/* The value of %(name)s: call->named holds the dict's entries. */
static Status percent_named(TRun *run, Str f, size_t *at, const TCall *call, TValue *out) {
    size_t end = str_find(f, STR(")"), *at);
    if (end == SIZE_MAX) return fail(run, "a name has no ')'");
    Str name = str_sub(f, *at + 1, end);
    *at = end + 1;
    return named_value(run, call, name, "a name that is not among the values", out);
}

/* Copies what is between the places by slices, so that the format keeps its marks. */
Status tmpl_percent(TRun *run, const TString *format, const TCall *call, bool strict,
                    TValue *out) {
    TBuilder b = tmpl_build(run);
    Str f = format->text;
    size_t start = 0, used = 0;
    for (size_t at = 0; at < f.n && b.status == OK;) {
        if (f.p[at] != '%') {
            at++;
            continue;
        }
        tmpl_add_slice(&b, format, start, at++);
        if (at < f.n && f.p[at] == '%') {
            start = at++;
            continue;
        }
        TValue v = {0};
        Spec spec;
        bool named = at < f.n && f.p[at] == '(';
        if (named) TRY(percent_named(run, f, &at, call, &v));
        TRY(percent_spec(run, f, &at, &spec));
        if (!named && used >= call->n_pos) return fail(run, "too few values");
        if (!named) v = call->pos[used++];
        TRY(add_value(run, &b, spec, v));
        start = at;
    }
    if (strict && used < call->n_pos) return fail(run, "too many values");
    tmpl_add_slice(&b, format, start, f.n);
    return tmpl_take(&b, false, out);
}

/* ---- braces ---------------------------------------------------------------------------------- */

/* [[fill]align][sign][#][0][width][,][.precision][type]: Python's mini-language without "_" and
   nested fields. */
static Status brace_spec(TRun *run, Str s, Spec *spec) {
    size_t at = 0;
    *spec = (Spec){.precision = -1};
    if (s.n > 1 && s.p[1] && strchr("<>^=", s.p[1])) {
        spec->fill = s.p[0];
        spec->align = s.p[1];
        at = 2;
    } else if (s.n && s.p[0] && strchr("<>^=", s.p[0])) {
        spec->align = s.p[at++];
    }
    if (at < s.n && (s.p[at] == '+' || s.p[at] == '-' || s.p[at] == ' ')) {
        char sign = s.p[at++];
        spec->sign = sign == '-' ? 0 : sign;
    }
    if (at < s.n && s.p[at] == '#') {
        spec->alternate = true;
        at++;
    }
    if (at < s.n && s.p[at] == '0' && !spec->fill) { /* add_padded: of a number behind the sign */
        spec->fill = '0';
        at++;
    }
    TRY(read_int(run, s, &at, WIDTH_MAX, &spec->width));
    if (at < s.n && s.p[at] == ',') {
        spec->comma = true;
        at++;
    }
    if (at < s.n && s.p[at] == '.') {
        at++;
        TRY(read_int(run, s, &at, PRECISION_MAX, &spec->precision));
    }
    if (at < s.n) spec->type = s.p[at++];
    if (spec->type == 'r') return fail(run, "unknown type letter");
    return at == s.n ? OK : fail(run, "a format specification cannot be read");
}

/* The value of a field: the next one, one by number, or one by name. */
static Status brace_value(TRun *run, Str field, const TCall *call, size_t *next, TValue *out) {
    int64_t index = 0;
    bool empty = field.n == 0;
    if (empty) index = (int64_t)(*next)++;
    if (empty || num_parse_int(field, 0, 1000, "field", "", &index, NULL) == OK) {
        if ((size_t)index >= call->n_pos) return fail(run, "too few values");
        *out = call->pos[index];
        return OK;
    }
    return named_value(run, call, field, "a field that is not among the values", out);
}

/* What Python refuses of braces, where "%" takes it: a real as a whole number, digits of a whole
   number, a number as text. */
static Status brace_fits(TRun *run, const Spec *spec, TValue v) {
    const bool number = tv_is_number(v) && v.kind != T_BOOL, real = v.kind == T_REAL;
    const bool whole = spec->type ? strchr("dxXo", spec->type) != NULL : number && !real;
    if (whole && real) return fail(run, "a whole number is needed");
    if (whole && spec->precision >= 0) return fail(run, "a whole number has no precision");
    return number && spec->type == 's' ? fail(run, "a number is no text") : OK;
}

/* field[!conversion][:spec], without the braces. */
static Status brace_field(TRun *run, TBuilder *b, Str inner, const TCall *call, size_t *next) {
    size_t colon = str_find(inner, STR(":"), 0);
    Spec spec;
    TRY(brace_spec(run, colon == SIZE_MAX ? (Str){"", 0} : str_sub(inner, colon + 1, inner.n),
                   &spec));
    Str field = colon == SIZE_MAX ? inner : str_sub(inner, 0, colon);
    size_t bang = str_find(field, STR("!"), 0);
    char conversion = 0;
    if (bang != SIZE_MAX) {
        if (bang + 2 != field.n || !strchr("rs", field.p[bang + 1])) {
            return fail(run, "unknown conversion");
        }
        conversion = field.p[bang + 1];
        field.n = bang;
    }
    TValue v = {0};
    TRY(brace_value(run, field, call, next, &v));
    if (conversion == 'r') TRY(tmpl_repr(run, v, &v));
    if (conversion == 's') TRY(tmpl_str(run, v, &v));
    TRY(brace_fits(run, &spec, v));
    return add_value(run, b, spec, v);
}

/* Text between the fields is copied by slices, so that the format keeps its marks. */
Status tmpl_brace_format(TRun *run, const TString *format, TCall *call, TValue *out) {
    TBuilder b = tmpl_build(run);
    Str f = format->text;
    size_t start = 0, next = 0;
    for (size_t at = 0; at < f.n && b.status == OK;) {
        char c = f.p[at];
        if (c != '{' && c != '}') {
            at++;
            continue;
        }
        if (at + 1 < f.n && f.p[at + 1] == c) { /* {{ or }} */
            tmpl_add_slice(&b, format, start, at + 1);
            start = at += 2;
            continue;
        }
        size_t end = c == '{' ? str_find(f, STR("}"), at) : SIZE_MAX;
        if (end == SIZE_MAX) return fail(run, "a single brace");
        tmpl_add_slice(&b, format, start, at);
        TRY(brace_field(run, &b, str_sub(f, at + 1, end), call, &next));
        start = at = end + 1;
    }
    tmpl_add_slice(&b, format, start, f.n);
    return tmpl_take(&b, format->markup, out);
}
