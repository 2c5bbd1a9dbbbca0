/*
 * What the two halves of the TOML reader share: toml.c reads the document (tables, keys, arrays)
 * and keeps the tree, toml_scalar.c reads strings, numbers and dates. Nobody else includes this.
 */
#ifndef HEARTH_BASE_TOML_PARSE_H
#define HEARTH_BASE_TOML_PARSE_H

#include "base/mem.h"
#include "base/toml.h"

typedef struct TomlDoc TomlDoc;

typedef struct TomlEntry {
    const Toml *table;
    Str key;
    Toml *value;
} TomlEntry;

typedef struct TomlList {
    void **items; /* in the arena; doubled when full */
    size_t n, cap;
} TomlList;

typedef struct TomlTable {
    TomlList entries; /* of TomlEntry, in the order of the text */
    TomlDoc *doc;
    uint32_t id;      /* mixed into the hash of its keys */
    uint32_t section; /* the header or inline table that defined it; see toml.c */
    int depth;        /* the root's is 0 */
    bool is_defined;  /* by its own header or by dotted keys; false: only as somebody's parent */
    bool is_closed;   /* inline: nothing is added later */
} TomlTable;

struct Toml {
    TomlKind kind;
    int line;
    union {
        Str text;
        int64_t whole;
        double real;
        bool truth;
        struct {
            TomlList items; /* of Toml */
            bool of_tables; /* written as [[name]]: later headers add to it */
        } array;
        TomlTable table;
    } as;
};

typedef struct TomlParser {
    Str text; /* valid UTF-8, no BOM; lives as long as the tree */
    size_t at;
    TomlDoc *doc;
    Arena *arena;
    uint32_t section, sections; /* current, and how many there were */
    size_t line_at;             /* line `line` is the one of this offset */
    int line;
    Err *err;
} TomlParser;

/* Refuses the document at offset `at`: E_CORRUPT with "line:column: what". */
Status toml_refuse(TomlParser *p, size_t at, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* E_NO_MEMORY, in the words of this reader. */
Status toml_no_memory(TomlParser *p);

/* The byte at p->at + ahead, or 0 past the end (a NUL in the text is refused before). */
char toml_peek(const TomlParser *p, size_t ahead);
bool toml_is_newline(const TomlParser *p, size_t ahead); /* LF or CR LF */

/* At a quote. Multi-line strings only where `multiline` is true (not for keys). */
Status toml_read_string(TomlParser *p, bool multiline, Str *out) WARN_UNUSED;
/* At anything that is no string, array or table: fills kind and value. */
Status toml_read_scalar(TomlParser *p, Toml *out) WARN_UNUSED;

#endif
