/*
 * The body of doc.h: growing a document block by block.
 *
 * The separator rule lives here and nowhere else: rows of one table, items of one list and pieces
 * of one listing follow each other by one newline, everything else by an empty line. Ceilings are
 * the constants of doc.h; a document that passes them is refused as a whole, never cut, since
 * half a document that looks whole would be a silent loss.
 *
 * An example: the heading "Rent" and the paragraph "1,850 a month" make
 *
 *     text    Rent\n\n1,850 a month
 *     blocks  [0,4) heading 1   [6,19) paragraph
 *
 * Offsets of blocks are those of citations, so that nothing may change the text once a block is
 * added.
 */
#include "knowledge/doc.h"

#include <assert.h>

#include "base/mem.h"

_Static_assert(DOC_TEXT_MAX <= UINT32_MAX, "DocJoin.at is a byte of the text");
_Static_assert(BLOCK_KIND_COUNT <= UINT8_MAX, "DocBlock.kind holds it");

void doc_init(Doc *doc) {
    *doc = (Doc){0};
    buf_init(&doc->text, DOC_TEXT_MAX);
}

void doc_fini(Doc *doc) {
    buf_fini(&doc->text);
    mem_free(doc->blocks);
    mem_free(doc->joins);
    for (size_t i = 0; i < doc->n_files; i++) {
        mem_free(doc->files[i].name);
        buf_fini(&doc->files[i].bytes);
    }
    mem_free(doc->files);
    mem_free(doc->format);
    mem_free(doc->title);
    mem_free(doc->author);
    mem_free(doc->date);
    *doc = (Doc){0};
}

/* Do the two blocks belong together, so that one newline parts them? */
static bool runs_on(BlockKind before, BlockKind kind) {
    return before == kind &&
           (kind == BLOCK_TABLE_ROW || kind == BLOCK_LIST_ITEM || kind == BLOCK_CODE);
}

/* Text first, then its block: when the list of blocks cannot grow, text without a block stays
   behind, and the caller drops the document. */
Status doc_add(Doc *doc, BlockKind kind, int level, uint32_t page, uint32_t line, Str text,
               Err *err) {
    assert((unsigned)kind < BLOCK_KIND_COUNT && level <= UINT8_MAX);
    if (text.n == 0) return OK;
    if (doc->n_blocks) {
        bool tight = runs_on((BlockKind)doc->blocks[doc->n_blocks - 1].kind, kind);
        buf_add_c(&doc->text, tight ? "\n" : "\n\n");
    }
    size_t start = doc->text.n;
    buf_add_str(&doc->text, text);
    TRY(buf_check(&doc->text, "the text of a document", err));
    TRY(mem_grow((void **)&doc->blocks, &doc->cap_blocks, doc->n_blocks + 1, sizeof *doc->blocks,
                 DOC_BLOCKS_MAX, err));
    doc->blocks[doc->n_blocks++] = (DocBlock){.start = start,
                                              .end = doc->text.n,
                                              .page = page,
                                              .line = line,
                                              .kind = (uint8_t)kind,
                                              .level = (uint8_t)(level < 0 ? 0 : level)};
    return OK;
}

/* Joins are not copied: they count lines of the other file, and here all blocks begin at one
   line. */
Status doc_append(Doc *doc, const Doc *from, uint32_t line, Err *err) {
    Str text = buf_str(&from->text);
    for (size_t i = 0; i < from->n_blocks; i++) {
        const DocBlock *b = &from->blocks[i];
        TRY(doc_add(doc, (BlockKind)b->kind, b->level, 0, line, str_sub(text, b->start, b->end),
                    err));
    }
    return OK;
}

Status doc_join(Doc *doc, size_t offset, uint32_t down, Err *err) {
    const DocBlock *block = doc->n_blocks ? &doc->blocks[doc->n_blocks - 1] : NULL;
    const DocJoin *before = doc->n_joins ? &doc->joins[doc->n_joins - 1] : NULL;
    bool inside = block && offset > 0 && offset < block->end - block->start;
    if (!inside || (before && before->at >= block->start + offset)) {
        return err_set(err, E_CORRUPT, "a line is joined outside its block");
    }
    TRY(mem_grow((void **)&doc->joins, &doc->cap_joins, doc->n_joins + 1, sizeof *doc->joins,
                 DOC_JOINS_MAX, err));
    doc->joins[doc->n_joins++] = (DocJoin){(uint32_t)(block->start + offset), down};
    return OK;
}

static bool has_room(const Doc *doc, size_t more) {
    for (size_t i = 0; i < doc->n_files; i++) more += doc->files[i].bytes.n;
    return doc->n_files < DOC_FILES_MAX && more <= DOC_TEXT_MAX;
}

Status doc_take_files(Doc *doc, Doc *from, uint32_t line, Err *err) {
    for (size_t i = 0; i < from->n_files; i++) {
        DocFile *file = &from->files[i];
        Str name = str_from(file->name);
        if (has_room(doc, file->bytes.n)) {
            TRY(doc_keep_file(doc, name, line, &file->bytes, err));
            continue;
        }
        TRY(doc_add(doc, BLOCK_HEADING, 2, 0, line, name, err));
        TRY(doc_add(doc, BLOCK_PARAGRAPH, 0, 0, line, STR("(not read: too many PDFs)"), err));
    }
    return OK;
}

Status doc_keep_file(Doc *doc, Str name, uint32_t line, Buf *bytes, Err *err) {
    size_t all = bytes->n;
    assert(bytes->status == OK);
    for (size_t i = 0; i < doc->n_files; i++) all += doc->files[i].bytes.n;
    if (all > DOC_TEXT_MAX) {
        return err_set(err, E_LIMIT, "the files in this one have more than %d bytes", DOC_TEXT_MAX);
    }
    TRY(mem_grow((void **)&doc->files, &doc->cap_files, doc->n_files + 1, sizeof *doc->files,
                 DOC_FILES_MAX, err));
    char *copy = mem_dup(name.p, name.n);
    if (!copy) return err_no_memory(err, "the name of an attachment");
    doc->files[doc->n_files++] = (DocFile){copy, *bytes, line};
    buf_init(bytes, bytes->max);
    return OK;
}
