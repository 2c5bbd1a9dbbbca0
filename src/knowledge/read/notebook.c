/*
 * Notebooks of Jupyter (.ipynb): JSON around cells of Markdown and of code.
 *
 * A cell of Markdown is read as the document that it is; code and what it printed are a block of
 * code each. Of an output its plain text counts, for the same things stand beside it as HTML and as
 * pictures, in base64; one that only names an object ("<Figure size 640x480>") says nothing. Of an
 * error its name and its words, not the way down to it.
 *
 * Version 4 keeps cells at the top; version 3 in worksheets, and calls the source of code "input".
 * Words stand as one string, or as a list of lines with their ends.
 *
 * Limits: places have no line, for those of the file are lines of JSON. JSON's own ceilings hold.
 * Source: nbformat 4.5, "The notebook file format" of the Jupyter project.
 *
 * An example: {"cells": [{"cell_type": "markdown", "source": ["# Tides\n", "By hour."]},
 * {"cell_type": "code", "source": "t.mean()", "outputs": [{"data": {"text/plain": "4.2"}}]}]} is
 *
 *     heading 1   Tides
 *     paragraph   By hour.
 *     code        t.mean()
 *     code        4.2
 */
#include <assert.h>

#include "base/json.h"
#include "knowledge/read/clean.h"
#include "knowledge/read/read.h"

typedef struct Notebook {
    Doc *doc;
    Buf words; /* of the cell or output at hand */
} Notebook;

/* A string, or the strings of a list, into nb->words; what was there is gone. */
static Str words_of(Notebook *nb, const Json *value) {
    buf_clear(&nb->words);
    buf_add_str(&nb->words, json_str(value));
    for (size_t i = 0, n = json_kind(value) == JSON_ARRAY ? json_len(value) : 0; i < n; i++) {
        buf_add_str(&nb->words, json_str(json_at(value, i)));
    }
    return str_trim(buf_str(&nb->words));
}

static Status add_code(Notebook *nb, Str code, Err *err) {
    TRY(buf_check(&nb->words, "a cell of a notebook", err));
    return emit_block(nb->doc, (EmitAt){BLOCK_CODE, 0, 0, 0, EMIT_LINES}, code, err);
}

/* By itself, so that a comment or a fence which it does not close ends with it. */
static Status add_markdown(Notebook *nb, Str text, Err *err) {
    TRY(buf_check(&nb->words, "a cell of a notebook", err));
    Doc cell;
    doc_init(&cell);
    Status status = read_markdown(text, &cell, err);
    if (status == OK) status = doc_append(nb->doc, &cell, 0, err);
    if (status == OK && cell.title && !nb->doc->title) {
        status = emit_meta(&nb->doc->title, str_from(cell.title), err);
    }
    doc_fini(&cell);
    return status;
}

/* Printed words, a result, or an error's name and words. */
static Status add_output(Notebook *nb, const Json *output, Err *err) {
    const Json *name = json_get(output, "ename"), *plain = json_get(output, "text");
    if (!plain) plain = json_get(json_get(output, "data"), "text/plain");
    if (!name) {
        Str text = words_of(nb, plain);
        bool object = text.n && text.p[0] == '<' && text.p[text.n - 1] == '>';
        return object ? OK : add_code(nb, text, err);
    }
    (void)words_of(nb, name);
    buf_add_c(&nb->words, ": ");
    buf_add_str(&nb->words, json_str(json_get(output, "evalue")));
    return add_code(nb, buf_str(&nb->words), err);
}

static Status add_cells(Notebook *nb, const Json *cells, Err *err) {
    for (size_t i = 0; i < json_len(cells); i++) {
        const Json *cell = json_at(cells, i), *source = json_get(cell, "source");
        const Json *outputs = json_get(cell, "outputs");
        if (!source) source = json_get(cell, "input");
        bool code = str_eq_c(json_str(json_get(cell, "cell_type")), "code");
        Str words = words_of(nb, source);
        TRY(code ? add_code(nb, words, err) : add_markdown(nb, words, err));
        for (size_t o = 0; code && o < json_len(outputs); o++) {
            TRY(add_output(nb, json_at(outputs, o), err));
        }
    }
    return OK;
}

Status read_notebook(Str text, Doc *doc, Err *err) {
    assert(doc->n_blocks == 0);
    Json *root;
    JsonLimits limits = {.max_bytes = text.n + 1, .allow_duplicates = true};
    TRY(json_parse(text, &limits, &root, err));
    const Json *cells = json_get(root, "cells"), *sheets = json_get(root, "worksheets");
    Notebook nb = {.doc = doc};
    buf_init(&nb.words, DOC_TEXT_MAX);
    Status status = cells || sheets ? OK : err_set(err, E_CORRUPT, "a notebook without cells");
    if (status == OK) status = emit_meta(&doc->format, STR("notebook"), err);
    if (status == OK) status = add_cells(&nb, cells, err);
    for (size_t i = 0; status == OK && !cells && i < json_len(sheets); i++) {
        status = add_cells(&nb, json_get(json_at(sheets, i), "cells"), err);
    }
    buf_fini(&nb.words);
    json_free(root);
    return status;
}
