/*
 * Values as text: Python's str() and repr(), and tojson as transformers defines it.
 *
 * str() is what {{ }} and "~" write; it differs from repr() for strings only: a string alone is
 * itself, a string in a list is quoted. Reals are written with the fewest digits that read back as
 * the same number, in positional notation for exponents -4 to 15, as Python does.
 *
 * tojson is json.dumps(x, ensure_ascii=False, indent, separators, sort_keys): no HTML escapes,
 * which is where transformers departs from jinja2. Keys that are no strings are written as
 * strings; values JSON has no word for (undefined, macros, generators) are an error.
 *
 * Marks: a number or truth value alone was written by the template. Inside a list or dict only the
 * strings keep their own marks; brackets, commas and numbers there count as the user's, who may
 * have chosen the shape.
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/plain.h"
#include "base/utf8.h"
#include "model/text/template_int.h"

static Status repr_into(TRun *run, TBuilder *b, TValue v) WARN_UNUSED;

/* Text that counts as the user's: see "Marks" above. */
static void add_plain(TBuilder *b, const char *text) {
    tmpl_add(b, text, strlen(text), false);
}

/* As Python's repr(): more digits until the text reads back as the same number; 17 always do. */
static void tmpl_real_text(double r, char out[TMPL_REAL_CHARS]) {
    char digits[TMPL_REAL_CHARS];
    if (isnan(r) || isinf(r)) {
        (void)snprintf(out, TMPL_REAL_CHARS, "%s", isnan(r) ? "nan" : r < 0 ? "-inf" : "inf");
        return;
    }
    int places = 0;
    do {
        (void)plain_print(digits, sizeof digits, "%.*e", places, r);
    } while (plain_real(digits, NULL) != r && ++places < 17);
    const char *e = strchr(digits, 'e');
    assert(e); /* "%e" of what is finite has one */
    long exponent = strtol(e + 1, NULL, 10);
    if (exponent >= 16 || exponent < -4) {
        (void)snprintf(out, TMPL_REAL_CHARS, "%.*se%c%02ld", (int)(e - digits), digits,
                       exponent < 0 ? '-' : '+', labs(exponent));
        return;
    }
    int after = places - (int)exponent;
    assert(after <= 17 + 4); /* of the 40 characters: digits, zeros behind the point, a sign */
    (void)plain_print(out, TMPL_REAL_CHARS, "%.*f", after > 1 ? after : 1, r);
}

/* ---- repr ------------------------------------------------------------------------------------ */

/* By Unicode category, as Python's str.isprintable. */
static bool is_printable(uint32_t code) {
    if (code < 128) return code >= ' ' && code < 127;
    UnicodeClass class = unicode_class(code);
    return class != UC_CONTROL && class != UC_SEPARATOR && class != UC_OTHER;
}

/* A character that is not printed, as Python's repr() writes it. */
static void add_escape(TBuilder *b, uint32_t code, bool trusted) {
    char text[16];
    const char *format = code < 0x100 ? "\\x%02x" : code < 0x10000 ? "\\u%04x" : "\\U%08x";
    int n = snprintf(text, sizeof text, format, (unsigned)code);
    tmpl_add(b, text, (size_t)n, trusted);
}

/* Single quotes, unless the text has single quotes and no double ones. */
static void repr_string(TBuilder *b, const TString *s) {
    bool doubles = memchr(s->text.p, '\'', s->text.n) && !memchr(s->text.p, '"', s->text.n);
    char quote = doubles ? '"' : '\'';
    tmpl_add(b, &quote, 1, false);
    for (size_t at = 0, width; at < s->text.n && b->status == OK; at += width) {
        uint32_t code = utf8_decode(s->text, at, &width);
        bool trusted = tmpl_trusted_at(s, at);
        const char *simple = code == '\n'   ? "\\n"
                             : code == '\r' ? "\\r"
                             : code == '\t' ? "\\t"
                             : code == '\\' ? "\\\\"
                                            : NULL;
        if (simple) {
            tmpl_add(b, simple, 2, trusted);
        } else if (code == (unsigned char)quote) {
            tmpl_add(b, "\\", 1, trusted);
            tmpl_add(b, &quote, 1, trusted);
        } else if (is_printable(code)) {
            tmpl_add_slice(b, s, at, at + width);
        } else {
            add_escape(b, code, trusted);
        }
    }
    tmpl_add(b, &quote, 1, false);
}

/* A generator prints as its address in Python; a template that does so is broken, so it is an
   error. */
static Status repr_list(TRun *run, TBuilder *b, const TList *list) {
    static const char *const open[] = {
        [TS_LIST] = "[",           [TS_TUPLE] = "(",              [TS_RANGE] = "[",
        [TS_KEYS] = "dict_keys([", [TS_VALUES] = "dict_values([", [TS_ITEMS] = "dict_items(["};
    static const char *const close[] = {[TS_LIST] = "]",  [TS_TUPLE] = ")",   [TS_RANGE] = "]",
                                        [TS_KEYS] = "])", [TS_VALUES] = "])", [TS_ITEMS] = "])"};
    _Static_assert(ARRAY_LEN(open) == TS_ITERATOR, "brackets for every shape before it");
    _Static_assert(ARRAY_LEN(close) == ARRAY_LEN(open), "each closes");
    if (list->shape == TS_ITERATOR) {
        return TMPL_FAIL(run, E_CORRUPT, "a generator is printed; the template lacks '|list'");
    }
    add_plain(b, open[list->shape]);
    for (size_t i = 0; i < list->n; i++) {
        if (i) add_plain(b, ", ");
        TRY(repr_into(run, b, list->items[i]));
    }
    if (list->shape == TS_TUPLE && list->n == 1) add_plain(b, ",");
    add_plain(b, close[list->shape]);
    return OK;
}

/* In order of insertion. */
static Status repr_dict(TRun *run, TBuilder *b, const TDict *d) {
    add_plain(b, "{");
    for (size_t i = 0; i < d->n; i++) {
        if (i) add_plain(b, ", ");
        TRY(repr_into(run, b, d->pairs[i].key));
        add_plain(b, ": ");
        TRY(repr_into(run, b, d->pairs[i].value));
    }
    add_plain(b, "}");
    return OK;
}

/* The text of None, a truth value or a number. */
static void add_scalar(TBuilder *b, TValue v, bool trusted) {
    char text[TMPL_REAL_CHARS];
    if (v.kind == T_REAL) {
        tmpl_real_text(v.u.r, text);
    } else if (v.kind == T_INT) {
        (void)snprintf(text, sizeof text, "%lld", (long long)v.u.i);
    } else {
        const char *word = v.kind == T_NONE ? "None" : v.u.truth ? "True" : "False";
        (void)snprintf(text, sizeof text, "%s", word);
    }
    tmpl_add(b, text, strlen(text), trusted);
}

/* Functions and methods have no text worth printing: a template that does so lacks parentheses. */
static Status repr_inside(TRun *run, TBuilder *b, TValue v) {
    switch (v.kind) {
    case T_UNDEFINED: add_plain(b, "Undefined"); return OK;
    case T_STRING:
        if (v.u.s->markup) add_plain(b, "Markup(");
        repr_string(b, v.u.s);
        if (v.u.s->markup) add_plain(b, ")");
        return OK;
    case T_LIST: return repr_list(run, b, v.u.list);
    case T_DICT: return repr_dict(run, b, v.u.dict);
    case T_NAMESPACE:
        add_plain(b, "<Namespace ");
        TRY(repr_dict(run, b, v.u.dict));
        add_plain(b, ">");
        return OK;
    case T_NONE:
    case T_BOOL:
    case T_INT:
    case T_REAL: add_scalar(b, v, false); return OK;
    default: break;
    }
    return TMPL_FAIL(run, E_CORRUPT, "%s is printed; parentheses to call it may be missing",
                     tmpl_type_name(v));
}

/* A namespace can hold itself: the depth is counted. */
static Status repr_into(TRun *run, TBuilder *b, TValue v) {
    TRY(tmpl_enter(run));
    Status status = repr_inside(run, b, v);
    run->nest--;
    return status == OK ? b->status : status;
}

Status tmpl_print(TRun *run, TBuilder *b, TValue v) {
    if (v.kind == T_STRING) {
        tmpl_add_string(b, v.u.s);
    } else if (v.kind == T_NONE || tv_is_number(v)) {
        add_scalar(b, v, true);
    } else if (v.kind != T_UNDEFINED) {
        TRY(repr_into(run, b, v));
    }
    return b->status;
}

Status tmpl_str(TRun *run, TValue v, TValue *out) {
    *out = v;
    if (v.kind == T_STRING) return OK;
    TBuilder b = tmpl_build(run);
    TRY(tmpl_print(run, &b, v));
    return tmpl_take(&b, false, out);
}

Status tmpl_repr(TRun *run, TValue v, TValue *out) {
    TBuilder b = tmpl_build(run);
    TRY(repr_into(run, &b, v));
    return tmpl_take(&b, false, out);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static Status json_into(TRun *run, TBuilder *b, TValue v, const TJsonStyle *style,
                        int level) WARN_UNUSED;

/* Beyond the basic plane as a pair of surrogates (RFC 8259, section 7). */
static void json_code(TBuilder *b, uint32_t code, bool trusted) {
    assert(code <= 0x10FFFF); /* utf8_decode */
    char text[16];
    int n;
    if (code < 0x10000) {
        n = snprintf(text, sizeof text, "\\u%04x", (unsigned)code);
    } else {
        unsigned high = 0xD800 + ((code - 0x10000) >> 10), low = 0xDC00 + (code & 0x3FF);
        n = snprintf(text, sizeof text, "\\u%04x\\u%04x", high, low);
    }
    tmpl_add(b, text, (size_t)n, trusted);
}

/* Stretches that need no escape are added as slices and keep their marks. */
static void json_string(TBuilder *b, const TString *s, bool ascii) {
    static const char from[] = "\"\\\n\r\t\b\f", to[] = "\"\\nrtbf";
    _Static_assert(sizeof from == sizeof to, "an escape for each");
    add_plain(b, "\"");
    size_t start = 0;
    for (size_t at = 0, width; at < s->text.n && b->status == OK; at += width) {
        uint32_t code = utf8_decode(s->text, at, &width);
        if (code >= ' ' && code != '"' && code != '\\' && (!ascii || code < 127)) continue;
        tmpl_add_slice(b, s, start, at);
        start = at + width;
        bool trusted = tmpl_trusted_at(s, at);
        const char *hit = code && code < 128 ? strchr(from, (int)code) : NULL;
        if (hit) {
            char pair[2] = {'\\', to[hit - from]};
            tmpl_add(b, pair, 2, trusted);
        } else {
            json_code(b, code, trusted);
        }
    }
    tmpl_add_slice(b, s, start, s->text.n);
    add_plain(b, "\"");
}

/* NaN and Infinity are no JSON, but they are what json.dumps writes. */
static void json_scalar(TBuilder *b, TValue v) {
    if (v.kind == T_INT || (v.kind == T_REAL && isfinite(v.u.r))) {
        add_scalar(b, v, false);
    } else if (v.kind == T_REAL) {
        add_plain(b, isnan(v.u.r) ? "NaN" : v.u.r < 0 ? "-Infinity" : "Infinity");
    } else {
        add_plain(b, v.kind == T_NONE ? "null" : v.u.truth ? "true" : "false");
    }
}

/* A line break and the indent of the level, where there is an indent at all. */
static void json_newline(TBuilder *b, const TJsonStyle *style, int level) {
    if (!style->indent) return;
    add_plain(b, "\n");
    for (int i = 0; i < level; i++) tmpl_add_string(b, style->indent);
}

/* Lists and tuples only: json.dumps knows no range, view or generator. */
static Status json_list(TRun *run, TBuilder *b, const TList *list, const TJsonStyle *style,
                        int level) {
    if (list->shape > TS_TUPLE) {
        return TMPL_FAIL(run, E_CORRUPT, "tojson: %s has no form in JSON",
                         tmpl_type_name(tv_list((TList *)list)));
    }
    add_plain(b, "[");
    for (size_t i = 0; i < list->n; i++) {
        if (i) tmpl_add(b, style->comma.p, style->comma.n, false);
        json_newline(b, style, level + 1);
        TRY(json_into(run, b, list->items[i], style, level + 1));
    }
    if (list->n) json_newline(b, style, level);
    add_plain(b, "]");
    return OK;
}

/* None, truth values and numbers become strings; anything else is an error. */
static Status json_key(TRun *run, TBuilder *b, TValue key, const TJsonStyle *style) {
    if (key.kind == T_STRING) {
        json_string(b, key.u.s, style->ascii);
        return OK;
    }
    if (key.kind != T_NONE && !tv_is_number(key)) {
        return TMPL_FAIL(run, E_CORRUPT, "tojson: %s cannot be a key", tmpl_type_name(key));
    }
    add_plain(b, "\"");
    json_scalar(b, key);
    add_plain(b, "\"");
    return OK;
}

/* The pairs in the order to write them. */
static Status json_pairs(TRun *run, const TDict *d, bool sorted, TList **out) {
    TRY(tmpl_dict_view(run, d, TS_ITEMS, out));
    if (!sorted) return OK;
    TList *keys = NULL;
    TRY(tmpl_dict_view(run, d, TS_KEYS, &keys));
    return tmpl_sort(run, (*out)->items, keys->items, d->n, false);
}

static Status json_dict(TRun *run, TBuilder *b, const TDict *d, const TJsonStyle *style,
                        int level) {
    TList *pairs = NULL;
    TRY(json_pairs(run, d, style->sort_keys, &pairs));
    assert(pairs->n == d->n); /* a view of pairs leaves none out */
    add_plain(b, "{");
    for (size_t i = 0; i < pairs->n; i++) {
        const TValue *pair = pairs->items[i].u.list->items;
        if (i) tmpl_add(b, style->comma.p, style->comma.n, false);
        json_newline(b, style, level + 1);
        TRY(json_key(run, b, pair[0], style));
        tmpl_add(b, style->colon.p, style->colon.n, false);
        TRY(json_into(run, b, pair[1], style, level + 1));
    }
    if (d->n) json_newline(b, style, level);
    add_plain(b, "}");
    return OK;
}

/* By kind; what JSON has no word for is an error. */
static Status json_inside(TRun *run, TBuilder *b, TValue v, const TJsonStyle *style, int level) {
    if (v.kind == T_STRING) {
        json_string(b, v.u.s, style->ascii);
    } else if (v.kind == T_LIST) {
        return json_list(run, b, v.u.list, style, level);
    } else if (v.kind == T_DICT) {
        return json_dict(run, b, v.u.dict, style, level);
    } else if (v.kind == T_NONE || tv_is_number(v)) {
        json_scalar(b, v);
    } else {
        return TMPL_FAIL(run, E_CORRUPT, "tojson: %s has no form in JSON", tmpl_type_name(v));
    }
    return OK;
}

static Status json_into(TRun *run, TBuilder *b, TValue v, const TJsonStyle *style, int level) {
    TRY(tmpl_enter(run));
    Status status = json_inside(run, b, v, style, level);
    run->nest--;
    return status == OK ? b->status : status;
}

Status tmpl_to_json(TRun *run, TBuilder *b, TValue v, const TJsonStyle *style) {
    return json_into(run, b, v, style, 0);
}
