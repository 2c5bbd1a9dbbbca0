/*
 * A document as every reader leaves it: one run of UTF-8 text and a list of blocks over it.
 *
 * The text is what `hearth show PATH` prints; all offsets that Hearth ever shows a user (start,
 * end of a citation) are byte offsets into it. Blocks are in order, do not overlap, and are joined
 * in the text by one newline (table rows, list items, lines of code) or two (all else), so that a
 * chunk is always one contiguous range of the text.
 *
 * page is 1-based, 0 where the format has no pages; a slide is a page. line is the 1-based line of
 * the original file where the block begins, 0 where the format has no lines. Only a spreadsheet has
 * both: its sheets and its rows.
 */
#ifndef HEARTH_KNOWLEDGE_DOC_H
#define HEARTH_KNOWLEDGE_DOC_H

#include "base/text.h"

typedef enum BlockKind {
    BLOCK_PARAGRAPH = 0,
    BLOCK_HEADING = 1, /* level 1..6 */
    BLOCK_LIST_ITEM = 2,
    BLOCK_TABLE_ROW = 3, /* cells joined by " | "; level 1: a header row */
    BLOCK_CODE = 4,
    BLOCK_KIND_COUNT
} BlockKind;

/* Is a part of a document's text a row of a table, or has it one? Cells are parted so there. */
static inline bool doc_has_row(Str text) { return str_has(text, STR(" | ")); }

typedef struct DocBlock {
    size_t start, end; /* bytes of Doc.text */
    uint32_t page, line; /* see above; 0: the format has none */
    uint8_t kind, level; /* a BlockKind; what it means is said there */
} DocBlock;

/* Lines of the file that were joined inside a block (HTML's hard wraps): byte `at` of Doc.text
   stands `down` lines below the block's first line. */
typedef struct DocJoin {
    uint32_t at, down;
} DocJoin;

/* A file inside the file that takes another program to read: a PDF attached to a mail. Its reader
   hands it on; the extractor appends its text to the document's. */
typedef struct DocFile {
    char *name;    /* clean; mem_free by doc_fini */
    Buf bytes;
    uint32_t line; /* of the file around it, where it begins */
} DocFile;

typedef enum DocInside { DOC_IN_MAIL = 1, DOC_IN_PACKED = 2, DOC_IN_ARCHIVE = 4 } DocInside;

typedef struct Doc {
    Buf text;         /* valid UTF-8, no NUL, '\n' line ends */
    DocBlock *blocks; /* mem_free by doc_fini */
    size_t n_blocks, cap_blocks;
    DocJoin *joins; /* ascending; mem_free by doc_fini */
    size_t n_joins, cap_joins;
    DocFile *files; /* only between a reader and the extractor */
    size_t n_files, cap_files;
    /* "pdf", "docx", "xlsx", "pptx", "opendocument", "epub", "html", "markdown", "text", "csv",
       "mail", "calendar", "contacts", "code", "notebook", "rtf", "doc", "xls", "ppt", "archive",
       "chat"; never NULL */
    char *format;
    char *title, *author, *date; /* NULL when unknown; date as YYYY-MM-DD where it could be read */
    uint32_t n_pages;            /* 0 where the format has no pages */
    /* DocInside bits: within which kinds of file its reader opened it; nothing is opened within
       its own kind, so that files in files end. Of readers only */
    uint8_t inside;
} Doc;

enum { DOC_TEXT_MAX = 256 << 20, DOC_BLOCKS_MAX = 4 << 20, DOC_JOINS_MAX = 4 << 20,
       DOC_FILES_MAX = 256 };

/* An empty document; doc_fini it. Nothing is allocated. */
void doc_init(Doc *doc);
/* Frees everything in it; a zeroed or finished one is fine, and so is one that a failed doc_add
   left. It must be doc_init'd before it is used again. */
void doc_fini(Doc *doc);
/* Appends one block with the right separator before it. Empty text is ignored. */
Status doc_add(Doc *doc, BlockKind kind, int level, uint32_t page, uint32_t line, Str text,
               Err *err) WARN_UNUSED;
/* Copies all blocks of another document behind the last one; they begin at one line, on no page. */
Status doc_append(Doc *doc, const Doc *from, uint32_t line, Err *err) WARN_UNUSED;
/* Moves the files kept in `from` behind those of `doc`; those beyond a ceiling are named in the
   text as not read. */
Status doc_take_files(Doc *doc, Doc *from, uint32_t line, Err *err) WARN_UNUSED;
/* Says that byte `offset` of the last block stands `down` lines below its first. Joins come in
   order; E_CORRUPT: outside the block, or not behind the join before. */
Status doc_join(Doc *doc, size_t offset, uint32_t down, Err *err) WARN_UNUSED;
/* Keeps a file for another program, at most DOC_FILES_MAX of them and DOC_TEXT_MAX bytes of all
   (E_LIMIT). Takes the bytes of `bytes`, which is empty then; the name is one clean line. */
Status doc_keep_file(Doc *doc, Str name, uint32_t line, Buf *bytes, Err *err) WARN_UNUSED;

#endif
