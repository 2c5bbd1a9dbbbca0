/*
 * A reader for TOML 1.0: the document and its tree. Strings, numbers and dates are read in
 * toml_scalar.c.
 *
 * A document is a list of lines: blank, `key = value`, `[table]` or `[[array of tables]]`. Keys may
 * be dotted; each part but the last then names a table. What is hard about TOML is who may add to
 * which table, and when. Three facts about a table answer it:
 *
 *   is_defined   somebody said what is in it: its own header, or dotted keys that go through it.
 *                A table that exists only because `[a.b]` needed an `a` is not defined, and may be
 *                defined later, once.
 *   section      in which header's lines (or which inline table) it was defined. Dotted keys may
 *                come back to a table of their own section and to no other defined one.
 *   is_closed    inline tables: nothing is ever added after the brace.
 *
 * Headers may walk through any table that is not closed, and through the last element of an array
 * of tables; they may define only what is not defined. Dotted keys do not walk through arrays.
 *
 * The tree lives in one arena together with a copy of the text, so that most strings are views.
 * One hash table over all pairs of (table, key) finds keys in constant time; it is keyed
 * (SipHash), so that no file can make it slow. Entries also stand in their table in file order.
 *
 * Limits: 1 MiB of text, depth 64 over tables, arrays and inline tables together (recursion follows
 * the same count), 96 arena bytes a byte of text.
 *
 * Errors are "line:column: what", columns in characters. Source: toml.io/en/v1.0.0; toml-test.
 *
 * An example of the three facts:
 *
 *     [a.b]         b is defined; a is there, and not defined
 *     [a]           a is defined now
 *     x.y = 1       a.x is defined by a dotted key, in the section of [a]
 *     [a]           refused: is defined already
 *     [a.x]         refused, too
 *     p = {q = 1}   p is closed
 *     p.r = 2       refused: nothing is added behind the brace
 */
#include "base/toml.h"

#include <assert.h>

#include "base/hash.h"
#include "base/plain.h"
#include "base/toml_parse.h"
#include "base/utf8.h"

enum { TOML_BYTES_MAX = 1 << 20, TOML_DEPTH_MAX = 64, INDEX_FIRST = 64 };

_Static_assert((INDEX_FIRST & (INDEX_FIRST - 1)) == 0, "slots are found by a mask");

struct TomlDoc {
    Toml root; /* first, so that a root pointer is a TomlDoc pointer */
    Arena arena;
    TomlEntry **index; /* open addressing, [index_size], a power of two, at most half full */
    size_t index_size, index_used;
    uint32_t tables; /* for ids */
};

_Static_assert(offsetof(TomlDoc, root) == 0, "toml_free gets the root");

/* ---- errors and bytes ---- */

/* Counts from where it was asked last, in either direction: a header asks for a place before the
   one of its table, and there may be as many headers as lines. */
static int line_of(TomlParser *p, size_t at) {
    assert(at <= p->text.n);
    for (; p->line_at > at; p->line_at--) p->line -= p->text.p[p->line_at - 1] == '\n';
    for (; p->line_at < at; p->line_at++) p->line += p->text.p[p->line_at] == '\n';
    assert(p->line >= 1);
    return p->line;
}

Status toml_refuse(TomlParser *p, size_t at, const char *fmt, ...) {
    char what[256];
    va_list args;
    va_start(args, fmt);
    (void)plain_vprint(what, sizeof what, fmt, args);
    va_end(args);
    size_t start = at;
    while (start > 0 && p->text.p[start - 1] != '\n') start--;
    size_t column = utf8_length(str_sub(p->text, start, at)) + 1;
    Status status = err_set(p->err, E_CORRUPT, "%d:%zu: %s", line_of(p, at), column, what);
    if (p->err) p->err->offset = at;
    return status;
}

Status toml_no_memory(TomlParser *p) {
    return err_no_memory(p->err, "a TOML document");
}

/* The byte `ahead` of the parser's place; 0 behind the text's end, where no TOML has a NUL
   (check_bytes). */
char toml_peek(const TomlParser *p, size_t ahead) {
    return ahead < p->text.n - p->at ? p->text.p[p->at + ahead] : 0;
}

bool toml_is_newline(const TomlParser *p, size_t ahead) {
    char c = toml_peek(p, ahead);
    return c == '\n' || (c == '\r' && toml_peek(p, ahead + 1) == '\n');
}

/* Blanks and tabs; line ends are not blanks in TOML. */
static void skip_blanks(TomlParser *p) {
    while (toml_peek(p, 0) == ' ' || toml_peek(p, 0) == '\t') p->at++;
}

/* A comment, if there is one, up to but without the line's end. */
static Status skip_comment(TomlParser *p) {
    assert(p->at <= p->text.n); /* or the next look would read past it */
    if (toml_peek(p, 0) != '#') return OK;
    while (p->at < p->text.n && !toml_is_newline(p, 0)) {
        unsigned char c = (unsigned char)toml_peek(p, 0);
        if ((c < 0x20 && c != '\t') || c == 0x7F) {
            return toml_refuse(p, p->at, "a control character in a comment");
        }
        p->at++;
    }
    return OK;
}

/* Blanks and a comment, then the line's end or the text's. */
static Status end_line(TomlParser *p) {
    skip_blanks(p);
    TRY(skip_comment(p));
    if (p->at == p->text.n) return OK;
    if (!toml_is_newline(p, 0)) return toml_refuse(p, p->at, "more after what the line says");
    p->at += toml_peek(p, 0) == '\r' ? 2 : 1;
    return OK;
}

/* Within arrays: blanks, comments and line ends. */
static Status skip_between(TomlParser *p) {
    for (;;) {
        skip_blanks(p);
        TRY(skip_comment(p));
        if (!toml_is_newline(p, 0)) return OK;
        p->at += toml_peek(p, 0) == '\r' ? 2 : 1;
    }
}

/* ---- the tree ---- */

static Status list_add(TomlParser *p, TomlList *list, void *item) {
    assert(item);
    void **items = arena_grow(p->arena, list->items, list->n, &list->cap, sizeof *items);
    if (!items) return toml_no_memory(p);
    list->items = items;
    list->items[list->n++] = item;
    return OK;
}

/* Its line is where the parser stands now. */
static Status new_value(TomlParser *p, Toml **out) {
    Toml *value = arena_zalloc(p->arena, sizeof *value);
    if (!value) return toml_no_memory(p);
    value->line = line_of(p, p->at);
    *out = value;
    return OK;
}

/* The one ceiling of nesting, whatever nests: values, tables and their headers. */
static Status check_depth(TomlParser *p, int depth) {
    if (depth <= TOML_DEPTH_MAX) return OK;
    (void)toml_refuse(p, p->at, "nested deeper than %d levels", TOML_DEPTH_MAX);
    if (p->err) p->err->code = E_LIMIT;
    return E_LIMIT;
}

/* An id of its own for each table: the index of the whole document tells keys apart by it. */
static Status new_table(TomlParser *p, int depth, Toml **out) {
    TRY(check_depth(p, depth));
    TRY(new_value(p, out));
    (*out)->kind = TOML_TABLE;
    (*out)->as.table = (TomlTable){.doc = p->doc, .id = p->doc->tables++, .depth = depth};
    return OK;
}

/* Where the key of this table is, or the empty slot where it belongs. Linear probing; the table is
   at most half full, so that a slot is always found. Two tables with one key differ by the id mixed
   in. */
static size_t slot_of(const TomlDoc *doc, const Toml *table, Str key) {
    uint64_t hash = hash_table_key(key.p, key.n) ^ table->as.table.id * 0x9E3779B97F4A7C15u;
    size_t at = (size_t)(hash ^ hash >> 32) & (doc->index_size - 1);
    while (doc->index[at] &&
           !(doc->index[at]->table == table && str_eq(doc->index[at]->key, key))) {
        at = (at + 1) & (doc->index_size - 1);
    }
    return at;
}

/* NULL: there is no such key. */
static Toml *table_find(const Toml *table, Str key) {
    const TomlDoc *doc = table->as.table.doc;
    if (doc->index_size == 0) return NULL;
    const TomlEntry *entry = doc->index[slot_of(doc, table, key)];
    return entry ? entry->value : NULL;
}

/* Twice the slots, every entry put anew. Outside of the arena, which could not give the old one
   back. */
static Status index_grow(TomlParser *p) {
    TomlDoc *doc = p->doc;
    TomlEntry **old = doc->index;
    size_t old_size = doc->index_size, size = old_size ? old_size * 2 : INDEX_FIRST;
    TomlEntry **index = mem_zalloc_n(size, sizeof(TomlEntry *));
    if (!index) return toml_no_memory(p);
    doc->index = index;
    doc->index_size = size;
    for (size_t i = 0; i < old_size; i++) {
        if (old[i]) index[slot_of(doc, old[i]->table, old[i]->key)] = old[i];
    }
    mem_free(old);
    return OK;
}

/* The key is not in the table yet. */
static Status table_add(TomlParser *p, Toml *table, Str key, Toml *value) {
    TomlDoc *doc = p->doc;
    if ((doc->index_used + 1) * 2 > doc->index_size) TRY(index_grow(p));
    TomlEntry *entry = arena_alloc(p->arena, sizeof *entry);
    if (!entry) return toml_no_memory(p);
    *entry = (TomlEntry){table, key, value};
    TRY(list_add(p, &table->as.table.entries, entry));
    TomlEntry **slot = &doc->index[slot_of(doc, table, key)];
    assert(!*slot); /* whoever adds has looked: a key stands in a table once */
    *slot = entry;
    doc->index_used++;
    assert(doc->index_used * 2 <= doc->index_size); /* so that a search ends */
    return OK;
}

/* ---- keys ---- */

typedef struct KeyPath {
    Str parts[TOML_DEPTH_MAX];
    size_t n;
    size_t at; /* where it stands */
} KeyPath;

static bool is_bare(char c) {
    return plain_is_alnum(c) || c == '_' || c == '-';
}

/* One part of a dotted key: bare or quoted. */
static Status read_key_part(TomlParser *p, Str *out) {
    char c = toml_peek(p, 0);
    if (c == '"' || c == '\'') return toml_read_string(p, false, out);
    size_t n = 0;
    while (is_bare(toml_peek(p, n))) n++;
    if (n == 0) return toml_refuse(p, p->at, "a key is missing");
    *out = str_sub(p->text, p->at, p->at + n);
    p->at += n;
    return OK;
}

/* A dotted key, with blanks around its dots; behind it stands what is no part of it. */
static Status read_key(TomlParser *p, KeyPath *path) {
    path->n = 0;
    path->at = p->at;
    for (;;) {
        skip_blanks(p);
        if (path->n == TOML_DEPTH_MAX) {
            return toml_refuse(p, p->at, "a key of more than %d parts", TOML_DEPTH_MAX);
        }
        TRY(read_key_part(p, &path->parts[path->n]));
        path->n++;
        skip_blanks(p);
        if (toml_peek(p, 0) != '.') return OK;
        p->at++;
    }
}

/* Names one part of the key, at the place where the whole key stands. */
static Status refuse_key(TomlParser *p, const KeyPath *path, size_t part, const char *why) {
    Str name = path->parts[part];
    Str shown = {name.n ? name.p : "", name.n < 60 ? name.n : 60};
    return toml_refuse(p, path->at, "\"%.*s\" %s", (int)shown.n, shown.p, why);
}

/* A table for part i of the path below `table`, new or there already. */
static Status child_table(TomlParser *p, Toml *table, Str key, Toml **out) {
    *out = table_find(table, key);
    if (*out) return OK;
    Toml *fresh = NULL;
    TRY(new_table(p, table->as.table.depth + 1, &fresh));
    TRY(table_add(p, table, key, fresh));
    *out = fresh;
    return OK;
}

/* The walk of `a.b.c = value`: to the table that gets the last part. */
static Status walk_dotted(TomlParser *p, Toml *table, const KeyPath *path, Toml **out) {
    for (size_t i = 0; i + 1 < path->n; i++) {
        Toml *next = NULL;
        TRY(child_table(p, table, path->parts[i], &next));
        if (next->kind != TOML_TABLE) return refuse_key(p, path, i, "is no table");
        TomlTable *t = &next->as.table;
        if (t->is_closed || (t->is_defined && t->section != p->section)) {
            return refuse_key(p, path, i, "is defined elsewhere");
        }
        t->is_defined = true;
        t->section = p->section;
        table = next;
    }
    assert(path->n >= 1 && table->kind == TOML_TABLE);
    *out = table;
    return OK;
}

/* ---- values ---- */

static Status read_value(TomlParser *p, int depth, Toml **out);

/* `key = value` into this table or one that its dotted key names. Reading the value adds nothing to
   that table, so that the look for the key still holds behind it. */
static Status read_pair(TomlParser *p, Toml *table) {
    KeyPath path;
    assert(table->kind == TOML_TABLE);
    TRY(read_key(p, &path));
    if (toml_peek(p, 0) != '=') return toml_refuse(p, p->at, "'=' is missing after the key");
    p->at++;
    skip_blanks(p);
    Toml *home = NULL, *value = NULL;
    TRY(walk_dotted(p, table, &path, &home));
    if (table_find(home, path.parts[path.n - 1])) {
        return refuse_key(p, &path, path.n - 1, "stands here twice");
    }
    TRY(read_value(p, home->as.table.depth + 1, &value));
    return table_add(p, home, path.parts[path.n - 1], value);
}

/* Behind '['. Line ends and a trailing comma are fine. */
static Status read_array(TomlParser *p, int depth, Toml *array) {
    size_t from = p->at - 1;
    array->kind = TOML_ARRAY;
    for (;;) {
        TRY(skip_between(p));
        if (p->at == p->text.n) return toml_refuse(p, from, "an array that never ends");
        if (toml_peek(p, 0) == ']') break;
        Toml *item = NULL;
        TRY(read_value(p, depth + 1, &item));
        TRY(list_add(p, &array->as.array.items, item));
        TRY(skip_between(p));
        if (toml_peek(p, 0) == ']') break;
        if (toml_peek(p, 0) != ',') return toml_refuse(p, p->at, "',' or ']' is missing");
        p->at++;
    }
    p->at++;
    return OK;
}

/* Behind '{'. All on one line, no trailing comma (TOML 1.0). */
static Status read_inline_pairs(TomlParser *p, Toml *table) {
    skip_blanks(p);
    if (toml_peek(p, 0) == '}') {
        p->at++;
        return OK;
    }
    for (;;) {
        TRY(read_pair(p, table));
        skip_blanks(p);
        char c = toml_peek(p, 0);
        if (c != ',' && c != '}') {
            return toml_refuse(p, p->at, "',' or '}' is missing (inline tables keep to one line)");
        }
        p->at++;
        if (c == '}') return OK;
        skip_blanks(p);
    }
}

/* Behind '{'. A section of its own: what it defines no header or dotted key elsewhere may go on. */
static Status read_inline_table(TomlParser *p, int depth, Toml **out) {
    TRY(new_table(p, depth, out));
    uint32_t outer = p->section;
    assert(outer <= p->sections);
    p->section = ++p->sections;
    TRY(read_inline_pairs(p, *out));
    p->section = outer;
    (*out)->as.table.is_defined = (*out)->as.table.is_closed = true;
    return OK;
}

static Status read_value(TomlParser *p, int depth, Toml **out) {
    char c = toml_peek(p, 0);
    TRY(check_depth(p, depth));
    if (c == '{') {
        p->at++;
        return read_inline_table(p, depth, out);
    }
    TRY(new_value(p, out));
    if (c == '[') {
        p->at++;
        return read_array(p, depth, *out);
    }
    if (c != '"' && c != '\'') return toml_read_scalar(p, *out);
    (*out)->kind = TOML_STRING;
    return toml_read_string(p, true, &(*out)->as.text);
}

/* ---- headers ---- */

/* The walk of `[a.b.c]`: to the parent of c. */
static Status walk_header(TomlParser *p, const KeyPath *path, Toml **out) {
    Toml *table = &p->doc->root;
    for (size_t i = 0; i + 1 < path->n; i++) {
        Toml *next = NULL;
        TRY(child_table(p, table, path->parts[i], &next));
        if (next->kind == TOML_ARRAY && next->as.array.of_tables) {
            TomlList *items = &next->as.array.items;
            assert(items->n > 0); /* made together with its first table */
            next = items->items[items->n - 1];
        }
        if (next->kind != TOML_TABLE) return refuse_key(p, path, i, "is no table");
        if (next->as.table.is_closed) return refuse_key(p, path, i, "is an inline table");
        table = next;
    }
    *out = table;
    return OK;
}

/* `[a.b.c]`: a table that was only a parent so far may be defined once; its line becomes the
   header's. */
static Status define_table(TomlParser *p, Toml *parent, const KeyPath *path, Toml **out) {
    TRY(child_table(p, parent, path->parts[path->n - 1], out));
    if ((*out)->kind != TOML_TABLE || (*out)->as.table.is_defined) {
        return refuse_key(p, path, path->n - 1, "is defined already");
    }
    (*out)->line = line_of(p, path->at);
    return OK;
}

/* `[[a.b.c]]`: one more table of the array, which is made at the first. An array written as a value
   is closed. */
static Status add_to_tables(TomlParser *p, Toml *parent, const KeyPath *path, Toml **out) {
    assert(path->n >= 1 && path->n <= TOML_DEPTH_MAX && parent->kind == TOML_TABLE);
    Str key = path->parts[path->n - 1];
    Toml *array = table_find(parent, key);
    if (array && !(array->kind == TOML_ARRAY && array->as.array.of_tables)) {
        return refuse_key(p, path, path->n - 1, "is defined already, not as [[...]]");
    }
    if (!array) {
        TRY(new_value(p, &array));
        array->kind = TOML_ARRAY;
        array->as.array.of_tables = true;
        TRY(table_add(p, parent, key, array));
    }
    TRY(new_table(p, parent->as.table.depth + 2, out));
    return list_add(p, &array->as.array.items, *out);
}

/* At '['. *current becomes the table that the next lines belong to. */
static Status read_header(TomlParser *p, Toml **current) {
    bool of_tables = toml_peek(p, 1) == '[';
    p->at += of_tables ? 2 : 1;
    KeyPath path;
    TRY(read_key(p, &path));
    if (toml_peek(p, 0) != ']' || (of_tables && toml_peek(p, 1) != ']')) {
        return toml_refuse(p, p->at, "'%s' is missing", of_tables ? "]]" : "]");
    }
    p->at += of_tables ? 2 : 1;
    p->section = ++p->sections;
    Toml *parent = NULL, *table = NULL;
    TRY(walk_header(p, &path, &parent));
    TRY(of_tables ? add_to_tables(p, parent, &path, &table)
                  : define_table(p, parent, &path, &table));
    table->as.table.is_defined = true;
    table->as.table.section = p->section;
    *current = table;
    return OK;
}

/* Line by line: a header, a pair, or nothing, each followed by a comment or the line's end. */
static Status read_document(TomlParser *p) {
    Toml *current = &p->doc->root;
    while (p->at < p->text.n) {
        skip_blanks(p);
        char c = toml_peek(p, 0);
        if (c == '[') {
            TRY(read_header(p, &current));
        } else if (c != '#' && !toml_is_newline(p, 0) && p->at < p->text.n) {
            TRY(read_pair(p, current));
        }
        TRY(end_line(p));
    }
    return OK;
}

/* ---- public ---- */

/* Refuses bytes that no TOML may have: malformed UTF-8, NUL. */
static Status check_bytes(TomlParser *p) {
    for (size_t at = 0, width; at < p->text.n; at += width) {
        uint32_t code;
        if (!utf8_decode_strict(p->text, at, &code, &width)) {
            return toml_refuse(p, at, "bytes that are not UTF-8");
        }
        if (code == 0) return toml_refuse(p, at, "a NUL character");
    }
    return OK;
}

/* Into a copy of the text, so that strings can be views for as long as the tree lives. A byte order
   mark is skipped. */
static Status parse_into(TomlDoc *doc, Str text, Err *err) {
    TomlParser p = {.doc = doc, .arena = &doc->arena, .err = err, .line = 1};
    TRY(arena_keep(&doc->arena, text, &p.text, "a TOML document", err));
    if (str_starts(p.text, STR("\xEF\xBB\xBF"))) p.text = str_sub(p.text, 3, p.text.n);
    TRY(check_bytes(&p));
    return read_document(&p);
}

/* The arena's ceiling is above what the densest text makes: a table of two bytes takes the most. */
Status toml_parse(Str text, Toml **out, Err *err) {
    *out = NULL;
    if (text.n > TOML_BYTES_MAX) {
        return err_set(err, E_LIMIT, "a TOML document of %zu bytes; the limit is %d", text.n,
                       TOML_BYTES_MAX);
    }
    TomlDoc *doc = mem_zalloc(sizeof *doc);
    if (!doc) return err_no_memory(err, "a TOML document");
    arena_init(&doc->arena, text.n * 96 + 64 * 1024);
    doc->root.kind = TOML_TABLE;
    doc->root.line = 1;
    doc->root.as.table = (TomlTable){.doc = doc, .id = doc->tables++, .is_defined = true};
    Status status = parse_into(doc, text, err);
    if (status != OK) {
        toml_free(&doc->root);
        return status;
    }
    *out = &doc->root;
    return OK;
}

void toml_free(Toml *root) {
    if (!root) return;
    TomlDoc *doc = (TomlDoc *)(void *)root;
    assert(root->kind == TOML_TABLE && root->as.table.doc == doc);
    arena_fini(&doc->arena);
    mem_free(doc->index);
    mem_free(doc);
}

TomlKind toml_kind(const Toml *value) {
    return value->kind;
}

/* The items of an array or the entries of a table; NULL of all else. */
static const TomlList *list_of(const Toml *value) {
    if (value && value->kind == TOML_ARRAY) return &value->as.array.items;
    return value && value->kind == TOML_TABLE ? &value->as.table.entries : NULL;
}

size_t toml_len(const Toml *value) {
    const TomlList *list = list_of(value);
    return list ? list->n : 0;
}

/* NULL: no array, or no such item. */
const Toml *toml_at(const Toml *array, size_t index) {
    return array && array->kind == TOML_ARRAY && index < array->as.array.items.n
               ? array->as.array.items.items[index]
               : NULL;
}

const Toml *toml_get(const Toml *table, const char *key) {
    return table && table->kind == TOML_TABLE ? table_find(table, str_from(key)) : NULL;
}

/* Pairs in the order of the text; false: no table, or no more of them. */
bool toml_pair(const Toml *table, size_t index, Str *key, const Toml **value) {
    if (!table || table->kind != TOML_TABLE || index >= table->as.table.entries.n) return false;
    const TomlEntry *entry = table->as.table.entries.items[index];
    *key = entry->key;
    *value = entry->value;
    return true;
}

Str toml_str(const Toml *value) {
    return value && (value->kind == TOML_STRING ||
                     (value->kind >= TOML_DATETIME && value->kind <= TOML_TIME_LOCAL))
               ? value->as.text
               : STR("");
}

int64_t toml_int(const Toml *value) {
    return value && value->kind == TOML_INT ? value->as.whole : 0;
}

double toml_real(const Toml *value) {
    if (value && value->kind == TOML_INT) return (double)value->as.whole;
    return value && value->kind == TOML_REAL ? value->as.real : 0;
}

bool toml_bool(const Toml *value) {
    return value && value->kind == TOML_BOOL && value->as.truth;
}

int toml_line(const Toml *value) {
    return value ? value->line : 0;
}
