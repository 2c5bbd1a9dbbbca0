/*
 * The body of json.h. The only file that includes jansson.
 *
 * Reading has three steps:
 *   1. a scan of the bytes before jansson sees them: size, nesting depth (brackets outside strings)
 *      and `\u0000` escapes;
 *   2. jansson parses, with duplicate keys refused (unless the caller allows them) and its memory
 *      taken from base/mem.h;
 *   3. its tree is copied into a smaller one of ours, in one arena, and jansson's is dropped.
 *
 * Our tree exists because readers need pairs by index in the order of the file (jansson has only an
 * iterator), because a finished tree is then immutable and may be read by several threads, and
 * because no type of jansson's leaves this file. An object keeps its pairs in order; from
 * INDEX_FROM keys on it also keeps their order by bytes, so that json_get is a binary search whose
 * worst case no choice of keys can spoil.
 *
 * U+0000 in strings is legal JSON, which jansson refuses in keys. Step 1 writes the escape of a
 * noncharacter (U+FDD0..U+FDEF, "for internal use": Unicode 23.7) that occurs nowhere in the text
 * over each such escape, and step 3 turns that character back into NUL. Both escapes have six
 * bytes, so that error positions stay true.
 *
 * Limits: 16 MiB and depth 64 unless the caller says otherwise, depth never above DEPTH_CEILING
 * (steps 2 and 3 recurse). Numbers: whole ones must fit int64, others a finite double.
 * Messages name line and column but never quote the text, which may be a person's document.
 *
 * Sources: RFC 8259; jansson 2.14 documentation; JSONTestSuite (tests/unit/test_json.c).
 *
 * An example of the stand-in: in {"k": "a\u0000b"} the escape is written over as \ufdd0, when the
 * text has no U+FDD0 of its own; jansson reads a string of five bytes, and the copy of it is "a",
 * NUL, "b".
 *
 * Cost: each step is one pass. Memory at the worst moment is the text, jansson's tree and ours.
 */

/* Both sides have words such as JSON_STRING and json_real; jansson's get another name here. */
#define JSON_OBJECT JANSSON_OBJECT
#define JSON_ARRAY JANSSON_ARRAY
#define JSON_STRING JANSSON_STRING
#define JSON_INTEGER JANSSON_INTEGER
#define JSON_REAL JANSSON_REAL
#define JSON_TRUE JANSSON_TRUE
#define JSON_FALSE JANSSON_FALSE
#define JSON_NULL JANSSON_NULL
#define json_real jansson_real_new
#include <jansson.h>
#undef JSON_OBJECT
#undef JSON_ARRAY
#undef JSON_STRING
#undef JSON_INTEGER
#undef JSON_REAL
#undef JSON_TRUE
#undef JSON_FALSE
#undef JSON_NULL
#undef json_real

#include "base/json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>

#include "base/mem.h"
#include "base/plain.h"
#include "base/utf8.h"

enum { DEPTH_CEILING = 512, INDEX_FROM = 9, STAND_IN_FIRST = 0xFDD0, STAND_INS = 32 };

struct Json {
    JsonKind kind;
    size_t n; /* bytes, items or pairs */
    union {
        int64_t whole;
        double real;
        const char *text;
        const Json *items;               /* ARRAY: [n] */
        const struct JsonFields *fields; /* OBJECT */
    } as;
};

typedef struct JsonFields {
    const Str *keys;        /* [n], in the order of the text */
    const Json *values;     /* [n] */
    const uint32_t *by_key; /* [n] positions, sorted by key bytes; NULL for small objects */
} JsonFields;

typedef struct JsonRoot {
    Json value; /* first, so that a root pointer is a JsonRoot pointer */
    Arena arena;
} JsonRoot;

_Static_assert(offsetof(JsonRoot, value) == 0, "json_free gets the value");
_Static_assert(STAND_INS <= 32, "a bit for each in Scan");
_Static_assert((int)JSONW_DEPTH_MAX >= (int)JSON_MAX_DEPTH_DEFAULT, "what was read can be written");

/* ---- step 1: the scan ---- */

typedef struct Scan {
    size_t nul_escapes;
    uint32_t stand_ins_seen; /* bit i: U+FDD0+i occurs */
} Scan;

/* The code unit of `\uXXXX` at p[at], or -1. */
static int32_t unit_escape(Str text, size_t at) {
    if (text.n - at < 6 || text.p[at + 1] != 'u') return -1;
    int32_t unit = 0;
    for (size_t i = 2; i < 6; i++) {
        int digit = plain_hex(text.p[at + i]);
        if (digit < 0) return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

/* Remembers a noncharacter that the text uses itself: it cannot stand in for NUL then. */
static void scan_note(Scan *scan, uint32_t code) {
    if (code >= STAND_IN_FIRST && code < STAND_IN_FIRST + STAND_INS) {
        scan->stand_ins_seen |= 1u << (code - STAND_IN_FIRST);
    }
}

/* `at` stands behind the opening quote; returns the place behind the closing one. */
static size_t scan_string(Str text, size_t at, Scan *scan) {
    while (at < text.n && text.p[at] != '"') {
        unsigned char c = (unsigned char)text.p[at];
        if (c == '\\') {
            int32_t unit = unit_escape(text, at);
            if (unit == 0) scan->nul_escapes++;
            if (unit > 0) scan_note(scan, (uint32_t)unit);
            at += unit >= 0 ? 6 : 2;
        } else {
            size_t width = 1;
            if (c == 0xEF) scan_note(scan, utf8_decode(text, at, &width));
            at += width;
        }
    }
    return at < text.n ? at + 1 : text.n;
}

/* Counts brackets outside of strings, matched or not: a text that fools this count is no JSON, and
   jansson refuses it. What it promises is that jansson never recurses deeper than max_depth. */
static Status scan_text(Str text, int max_depth, Scan *scan, Err *err) {
    int depth = 0;
    const char *nul = text.n ? memchr(text.p, 0, text.n) : NULL; /* jansson would end there */
    if (nul) {
        Status status =
            err_set(err, E_CORRUPT, "JSON has a NUL byte at offset %zu", (size_t)(nul - text.p));
        if (err) err->offset = (uint64_t)(nul - text.p);
        return status;
    }
    for (size_t at = 0; at < text.n;) {
        char c = text.p[at++];
        if (c == '"') at = scan_string(text, at, scan);
        if (c == ']' || c == '}') depth--;
        if ((c == '[' || c == '{') && ++depth > max_depth) {
            Status status = err_set(err, E_LIMIT, "JSON is deeper than %d levels", max_depth);
            if (err) err->offset = at - 1;
            return status;
        }
    }
    return OK;
}

/* Writes a stand-in over every `\u0000` of a copy. */
static Status stand_in_write(Str text, const Scan *scan, uint32_t *stand_in, char **copy,
                             Err *err) {
    uint32_t pick = 0;
    while (pick < STAND_INS && scan->stand_ins_seen >> pick & 1) pick++;
    if (pick == STAND_INS) {
        return err_set(err, E_UNSUPPORTED, "JSON has NUL and every internal noncharacter in it");
    }
    *stand_in = STAND_IN_FIRST + pick;
    assert(scan->nul_escapes > 0 && !(scan->stand_ins_seen >> pick & 1));
    char *bytes = mem_dup(text.p, text.n);
    if (!bytes) return err_no_memory(err, "JSON text");
    static const char digits[] = "0123456789abcdef";
    for (size_t at = 0; at < text.n;) {
        bool escape = text.p[at] == '\\';
        if (escape && unit_escape(text, at) == 0) {
            for (int i = 0; i < 4; i++) bytes[at + 2 + i] = digits[*stand_in >> (12 - 4 * i) & 15];
        }
        at += escape ? 2 : 1;
    }
    *copy = bytes;
    return OK;
}

/* ---- step 2: jansson ---- */

/* jansson reports a failed allocation as now this, now that error; we remember it ourselves. */
static _Thread_local bool jansson_out_of_memory;

static void *jansson_alloc(size_t size_bytes) {
    void *block = mem_alloc(size_bytes);
    if (!block) jansson_out_of_memory = true;
    return block;
}

static pthread_once_t jansson_once = PTHREAD_ONCE_INIT;

/* For the whole process, before jansson's first allocation. */
static void jansson_start(void) {
    json_set_alloc_funcs(jansson_alloc, mem_free);
}

/* jansson's words without the part of the text that it quotes behind them. */
static Status jansson_refused(const json_error_t *error, Err *err) {
    if (jansson_out_of_memory) return err_no_memory(err, "JSON");
    Str words = str_from(error->text);
    size_t near = str_find(words, STR(" near "), 0);
    if (near != SIZE_MAX) words.n = near;
    Status status = err_set(err, E_CORRUPT, "JSON line %d, column %d: %.*s", error->line,
                            error->column, (int)words.n, words.p);
    if (err && error->position >= 0) err->offset = (uint64_t)error->position;
    return status;
}

/* ---- step 3: our tree ---- */

typedef struct Copier {
    Arena *arena;
    uint32_t stand_in; /* 0: none */
} Copier;

static Status copy_value(const Copier *c, json_t *from, Json *to, Err *err);

/* A string or key into the arena, NULs put back. In place: a stand-in has three bytes, a NUL
   one. */
static Status copy_text(const Copier *c, const char *bytes, size_t n, Str *out, Err *err) {
    if (n == 0) {
        *out = STR("");
        return OK;
    }
    char *text = arena_dup(c->arena, bytes, n);
    if (!text) return err_no_memory(err, "JSON strings");
    *out = (Str){text, n};
    if (!c->stand_in) return OK;
    char mark[UTF8_MAX_BYTES];
    size_t width = utf8_encode(c->stand_in, mark), put = 0;
    for (size_t at = 0; at < n;) {
        bool hit = n - at >= width && memcmp(text + at, mark, width) == 0;
        text[put++] = hit ? 0 : text[at];
        at += hit ? width : 1;
    }
    assert(put <= n); /* in place: a stand-in only becomes shorter */
    text[put] = 0;
    out->n = put;
    return OK;
}

/* Items lie side by side in the arena. */
static Status copy_array(const Copier *c, json_t *from, Json *to, Err *err) {
    to->n = json_array_size(from);
    if (to->n == 0) return OK;
    Json *items = arena_alloc_n(c->arena, to->n, sizeof *items);
    if (!items) return err_no_memory(err, "a JSON array");
    for (size_t i = 0; i < to->n; i++) {
        TRY(copy_value(c, json_array_get(from, i), &items[i], err));
    }
    to->as.items = items;
    return OK;
}

/* Positions by the bytes of their keys. */
static int by_key_order(const void *a, const void *b, void *user) {
    const Str *keys = user;
    return str_cmp(keys[*(const uint32_t *)a], keys[*(const uint32_t *)b]);
}

/* by_key becomes the positions in the order of the keys' bytes; the pairs themselves stay where
   they are. */
static Status index_keys(const Copier *c, JsonFields *fields, Str *keys, size_t n, Err *err) {
    assert(n <= UINT32_MAX); /* fewer than the bytes of the text, which json_parse limits so */
    uint32_t *order = arena_alloc_n(c->arena, n, sizeof *order);
    if (!order) return err_no_memory(err, "a JSON object");
    for (size_t i = 0; i < n; i++) order[i] = (uint32_t)i;
    qsort_r(order, n, sizeof *order, by_key_order, keys);
    fields->by_key = order;
    return OK;
}

/* Keys and values lie in two arrays, so that a look for a key does not drag the values through the
   cache. */
static Status copy_object(const Copier *c, json_t *from, Json *to, Err *err) {
    to->n = json_object_size(from);
    if (to->n == 0) return OK;
    JsonFields *fields = arena_zalloc(c->arena, sizeof *fields);
    Str *keys = arena_alloc_n(c->arena, to->n, sizeof *keys);
    Json *values = arena_alloc_n(c->arena, to->n, sizeof *values);
    if (!fields || !keys || !values) return err_no_memory(err, "a JSON object");
    size_t i = 0;
    for (void *at = json_object_iter(from); at && i < to->n; at = json_object_iter_next(from, at)) {
        const char *key = json_object_iter_key(at);
        TRY(copy_text(c, key, json_object_iter_key_len(at), &keys[i], err));
        TRY(copy_value(c, json_object_iter_value(at), &values[i], err));
        i++;
    }
    assert(i == to->n);
    *fields = (JsonFields){.keys = keys, .values = values};
    to->as.fields = fields;
    return to->n >= INDEX_FROM ? index_keys(c, fields, keys, to->n, err) : OK;
}

/* A text of 0 bytes has no memory of its own. */
static Status copy_string(const Copier *c, json_t *from, Json *to, Err *err) {
    Str text;
    TRY(copy_text(c, json_string_value(from), json_string_length(from), &text, err));
    to->n = text.n;
    to->as.text = text.p;
    return OK;
}

/* One value of jansson's into ours; recurses as deep as the text is nested, which step 1 has
   limited. */
static Status copy_value(const Copier *c, json_t *from, Json *to, Err *err) {
    static const JsonKind kinds[] = {[JANSSON_OBJECT] = JSON_OBJECT, [JANSSON_ARRAY] = JSON_ARRAY,
                                     [JANSSON_STRING] = JSON_STRING, [JANSSON_INTEGER] = JSON_INT,
                                     [JANSSON_REAL] = JSON_REAL,     [JANSSON_TRUE] = JSON_TRUE,
                                     [JANSSON_FALSE] = JSON_FALSE,   [JANSSON_NULL] = JSON_NULL};
    assert((size_t)json_typeof(from) < ARRAY_LEN(kinds));
    *to = (Json){.kind = kinds[json_typeof(from)]};
    switch (to->kind) {
    case JSON_OBJECT: return copy_object(c, from, to, err);
    case JSON_ARRAY: return copy_array(c, from, to, err);
    case JSON_STRING: return copy_string(c, from, to, err);
    case JSON_INT: to->as.whole = json_integer_value(from); return OK;
    case JSON_REAL: to->as.real = json_real_value(from); return OK;
    default: return OK;
    }
}

/* All of the tree in one arena. Its ceiling only guards against our own mistakes. */
static Status copy_tree(json_t *tree, uint32_t stand_in, size_t text_bytes, Json **out, Err *err) {
    JsonRoot *root = mem_zalloc(sizeof *root);
    if (!root) return err_no_memory(err, "JSON");
    /* No value takes more than some 40 bytes of ours for each byte of its text. */
    arena_init(&root->arena, text_bytes > SIZE_MAX / 128 ? SIZE_MAX / 2 : text_bytes * 64 + 4096);
    Copier copier = {&root->arena, stand_in};
    Status status = copy_value(&copier, tree, &root->value, err);
    if (status == OK) {
        *out = &root->value;
    } else {
        json_free(&root->value);
    }
    return status;
}

/* Three steps: scan, jansson, our own tree. jansson's tree and the copy with stand-ins end here. */
Status json_parse(Str text, const JsonLimits *limits, Json **out, Err *err) {
    JsonLimits use = limits ? *limits : (JsonLimits){0};
    if (use.max_bytes == 0) use.max_bytes = JSON_MAX_BYTES_DEFAULT;
    if (use.max_depth <= 0) use.max_depth = JSON_MAX_DEPTH_DEFAULT;
    if (use.max_depth > DEPTH_CEILING) use.max_depth = DEPTH_CEILING;
    *out = NULL;
    if (text.n > use.max_bytes || text.n > UINT32_MAX) {
        return err_set(err, E_LIMIT, "JSON of %zu bytes; the limit is %zu", text.n, use.max_bytes);
    }
    Scan scan = {0};
    TRY(scan_text(text, use.max_depth, &scan, err));

    uint32_t stand_in = 0;
    char *copy = NULL;
    if (scan.nul_escapes) TRY(stand_in_write(text, &scan, &stand_in, &copy, err));
    pthread_once(&jansson_once, jansson_start);
    jansson_out_of_memory = false;
    json_error_t error = {0};
    size_t flags = JSON_DECODE_ANY | (use.allow_duplicates ? 0 : JSON_REJECT_DUPLICATES);
    json_t *tree = json_loadb(copy ? copy : (text.n ? text.p : ""), text.n, flags, &error);
    /* a failed growth of its token buffer drops letters and still yields a tree: ask the flag */
    bool whole = tree && !jansson_out_of_memory;
    Status status =
        whole ? copy_tree(tree, stand_in, text.n, out, err) : jansson_refused(&error, err);
    json_decref(tree);
    mem_free(copy);
    return status;
}

void json_free(Json *value) {
    if (!value) return;
    JsonRoot *root = (JsonRoot *)(void *)value;
    arena_fini(&root->arena);
    mem_free(root);
}

/* ---- reading ---- */

JsonKind json_kind(const Json *value) {
    return value ? value->kind : JSON_NULL;
}

size_t json_len(const Json *value) {
    JsonKind kind = json_kind(value);
    return kind == JSON_ARRAY || kind == JSON_OBJECT ? value->n : 0;
}

const Json *json_at(const Json *array, size_t index) {
    return json_kind(array) == JSON_ARRAY && index < array->n ? &array->as.items[index] : NULL;
}

/* Binary search over by_key. */
static const Json *get_indexed(const Json *object, Str key) {
    const JsonFields *f = object->as.fields;
    size_t low = 0, high = object->n;
    assert(object->n >= INDEX_FROM && f->by_key);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        uint32_t at = f->by_key[middle];
        int order = str_cmp(key, f->keys[at]);
        if (order == 0) return &f->values[at];
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

/* NULL: no object, or no such key. Of keys said twice the last counts, as in jansson. */
const Json *json_get_str(const Json *object, Str key) {
    if (json_kind(object) != JSON_OBJECT || object->n == 0) return NULL;
    const JsonFields *f = object->as.fields;
    if (f->by_key) return get_indexed(object, key);
    for (size_t i = 0; i < object->n; i++) {
        if (str_eq(f->keys[i], key)) return &f->values[i];
    }
    return NULL;
}

const Json *json_get(const Json *object, const char *key) {
    return json_get_str(object, str_from(key));
}

bool json_pair(const Json *object, size_t index, Str *key, const Json **value) {
    if (json_kind(object) != JSON_OBJECT || index >= object->n) return false;
    *key = object->as.fields->keys[index];
    *value = &object->as.fields->values[index];
    return true;
}

Str json_str(const Json *value) {
    return json_is_str(value) ? (Str){value->n ? value->as.text : "", value->n} : STR("");
}

bool json_is_str(const Json *value) {
    return json_kind(value) == JSON_STRING;
}

bool json_bool(const Json *value, bool fallback) {
    JsonKind kind = json_kind(value);
    return kind == JSON_TRUE || kind == JSON_FALSE ? kind == JSON_TRUE : fallback;
}

/* Whole or real; `fallback` for all else. */
double json_number(const Json *value, double fallback) {
    if (json_kind(value) == JSON_INT) return (double)value->as.whole;
    return json_kind(value) == JSON_REAL ? value->as.real : fallback;
}

bool json_whole(const Json *value, int64_t *out) {
    if (json_kind(value) != JSON_INT) return false;
    *out = value->as.whole;
    return true;
}

/* The one door for whole numbers from outside: with both ends, and the key in each message. */
Status json_int(const Json *object, const char *key, int64_t min, int64_t max, int64_t *out,
                Err *err) {
    assert(min <= max);
    const Json *value = json_get(object, key);
    if (!value) return err_set(err, E_CORRUPT, "JSON key \"%s\" is missing", key);
    int64_t number;
    if (!json_whole(value, &number)) {
        return err_set(err, E_CORRUPT, "JSON key \"%s\" is not a whole number", key);
    }
    if (number < min || number > max) {
        return err_set(err, E_CORRUPT,
                       "JSON key \"%s\": %" PRId64 " is outside %" PRId64 " to %" PRId64, key,
                       number, min, max);
    }
    *out = number;
    return OK;
}

/* ---- writing ---- */

JsonWriter jsonw_init(Buf *out) {
    return (JsonWriter){.out = out};
}

/* What stands between the value that comes now and what is there. */
static void before_value(JsonWriter *w) {
    assert(w->depth >= 0 && w->depth < JSONW_DEPTH_MAX);
    /* a key first in objects, never in arrays */
    assert(w->after_key == (w->depth > 0 && w->is_object[w->depth]));
    if (!w->after_key && w->comma[w->depth]) buf_add_byte(w->out, ',');
    w->comma[w->depth] = true;
    w->after_key = false;
}

/* One level deeper, or, past the ceiling, only counted: everything up to the matching end is
   dropped then, and the buffer holds E_LIMIT. */
static void open_level(JsonWriter *w, char bracket, bool is_object) {
    if (w->too_deep || w->depth + 1 >= JSONW_DEPTH_MAX) { /* only counted, the text is lost */
        if (w->out->status == OK) w->out->status = E_LIMIT;
        w->too_deep++;
        w->after_key = false;
        return;
    }
    before_value(w);
    buf_add_byte(w->out, bracket);
    w->depth++;
    w->comma[w->depth] = false;
    w->is_object[w->depth] = is_object;
}

/* Ends what open_level began, of the same kind; a level that was only counted ends by counting. */
static void close_level(JsonWriter *w, char bracket, bool is_object) {
    if (w->too_deep > 0) {
        w->too_deep--;
        return;
    }
    assert(w->depth > 0 && w->is_object[w->depth] == is_object && !w->after_key);
    w->depth--;
    buf_add_byte(w->out, bracket);
}

void jsonw_object_begin(JsonWriter *w) {
    open_level(w, '{', true);
}

void jsonw_object_end(JsonWriter *w) {
    close_level(w, '}', true);
}

void jsonw_array_begin(JsonWriter *w) {
    open_level(w, '[', false);
}

void jsonw_array_end(JsonWriter *w) {
    close_level(w, ']', false);
}

/* The short form where JSON has one, else the six-byte form. All that is escaped here is below
   U+10000: a quote, a backslash, or what a terminal obeys. */
static void add_escaped(Buf *out, uint32_t code) {
    static const char short_form[128] = {['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
                                         ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't'};
    if (code < 128 && short_form[code]) {
        buf_add_byte(out, '\\');
        buf_add_byte(out, short_form[code]);
    } else {
        buf_printf(out, "\\u%04x", (unsigned)code);
    }
}

void jsonw_character(Buf *out, uint32_t code) {
    if (code == '"' || code == '\\' || unicode_steers(code)) add_escaped(out, code);
    else utf8_add(out, code);
}

static bool is_plain(unsigned char c) {
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

/* Runs of plain ASCII are copied at once; everything else goes character by character, malformed
   bytes as U+FFFD. */
static void add_string(Buf *out, Str s) {
    buf_add_byte(out, '"');
    for (size_t at = 0; at < s.n && out->status == OK;) {
        size_t run = at;
        while (run < s.n && is_plain((unsigned char)s.p[run])) run++;
        buf_add(out, s.p + at, run - at);
        at = run;
        if (at == s.n) break;
        size_t width;
        jsonw_character(out, utf8_decode(s, at, &width));
        at += width;
    }
    buf_add_byte(out, '"');
}

void jsonw_key_str(JsonWriter *w, Str key) {
    if (w->too_deep) return;
    assert(w->depth > 0 && w->is_object[w->depth] && !w->after_key);
    if (w->comma[w->depth]) buf_add_byte(w->out, ',');
    w->comma[w->depth] = true;
    add_string(w->out, key);
    buf_add_byte(w->out, ':');
    w->after_key = true;
}

void jsonw_key(JsonWriter *w, const char *key) {
    jsonw_key_str(w, str_from(key));
}

void jsonw_str(JsonWriter *w, Str s) {
    if (w->too_deep) return;
    before_value(w);
    add_string(w->out, s);
}

void jsonw_c(JsonWriter *w, const char *text) {
    if (text) {
        jsonw_str(w, str_from(text));
    } else {
        jsonw_null(w);
    }
}

static void add_word(JsonWriter *w, const char *word) {
    if (w->too_deep) return;
    before_value(w);
    buf_add_c(w->out, word);
}

void jsonw_int(JsonWriter *w, int64_t value) {
    if (w->too_deep) return;
    before_value(w);
    buf_printf(w->out, "%" PRId64, value);
}

/* What is no number becomes null: JSON has no word for it. */
void jsonw_real(JsonWriter *w, double value, int digits) {
    if (w->too_deep) return;
    if (!isfinite(value)) {
        jsonw_null(w);
        return;
    }
    before_value(w);
    size_t from = w->out->n;
    buf_printf(w->out, "%.*g", digits < 1 ? 1 : digits > 17 ? 17 : digits, value);
    bool looks_whole = w->out->status == OK && !strpbrk(w->out->p + from, ".e");
    if (looks_whole) buf_add_c(w->out, ".0"); /* a real again when read; -0 keeps its sign */
}

void jsonw_bool(JsonWriter *w, bool value) {
    add_word(w, value ? "true" : "false");
}

void jsonw_null(JsonWriter *w) {
    add_word(w, "null");
}

void jsonw_raw(JsonWriter *w, Str json) {
    if (w->too_deep) return;
    /* json may be empty only where memory ran out: the caller's own buffer tells it then */
    before_value(w);
    buf_add_str(w->out, json);
}

/* The items or pairs of a value, without its brackets. */
static void write_items(JsonWriter *w, const Json *value) {
    Str key;
    const Json *item;
    bool object = json_kind(value) == JSON_OBJECT;
    for (size_t i = 0; i < json_len(value); i++) {
        if (object && json_pair(value, i, &key, &item)) jsonw_key_str(w, key);
        else item = json_at(value, i);
        jsonw_json(w, item); /* as deep as json_parse allows */
    }
}

/* A tree as json_parse made it, in the order of its text. */
void jsonw_json(JsonWriter *w, const Json *value) {
    int64_t whole;
    switch (json_kind(value)) {
    case JSON_NULL: jsonw_null(w); break;
    case JSON_FALSE:
    case JSON_TRUE: jsonw_bool(w, json_bool(value, false)); break;
    case JSON_INT: jsonw_int(w, json_whole(value, &whole) ? whole : 0); break;
    case JSON_REAL: jsonw_real(w, json_number(value, 0), 17); break;
    case JSON_STRING: jsonw_str(w, json_str(value)); break;
    case JSON_ARRAY:
        jsonw_array_begin(w);
        write_items(w, value);
        jsonw_array_end(w);
        break;
    case JSON_OBJECT:
        jsonw_object_begin(w);
        write_items(w, value);
        jsonw_object_end(w);
        break;
    }
}

void jsonw_put_str(JsonWriter *w, const char *key, Str value) {
    jsonw_key(w, key);
    jsonw_str(w, value);
}

void jsonw_put_c(JsonWriter *w, const char *key, const char *value) {
    jsonw_key(w, key);
    jsonw_c(w, value);
}

void jsonw_put_int(JsonWriter *w, const char *key, int64_t value) {
    jsonw_key(w, key);
    jsonw_int(w, value);
}

void jsonw_put_real(JsonWriter *w, const char *key, double value, int digits) {
    jsonw_key(w, key);
    jsonw_real(w, value, digits);
}

void jsonw_put_bool(JsonWriter *w, const char *key, bool value) {
    jsonw_key(w, key);
    jsonw_bool(w, value);
}

void jsonw_put_array(JsonWriter *w, const char *key) {
    jsonw_key(w, key);
    jsonw_array_begin(w);
}

void jsonw_put_object(JsonWriter *w, const char *key) {
    jsonw_key(w, key);
    jsonw_object_begin(w);
}
