/*
 * What the readers make of files, for people, golden tests and benchmarks.
 *
 *   extract_dump [-t | -s] FILE...    -t: the text alone; -s: one summary line a file; default: a
 * block a line, as in tests/golden/documents: KIND[LEVEL] pPAGE LLINE: text extract_dump -c FILE...
 * the chunks
 *
 * HEARTH_READ names the reader program when it is not beside this one.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../support/doc_dump.h"
#include "base/clock.h"
#include "base/mem.h"
#include "knowledge/chunk.h"
#include "knowledge/extract.h"

static void print_escaped(Str s) {
    Buf out;
    buf_init(&out, (size_t)1 << 30);
    dump_escaped(&out, s);
    (void)fwrite(out.p, 1, out.n, stdout);
    buf_fini(&out);
}

static void dump(Status status, const Doc *doc, const Err *err) {
    Buf out;
    buf_init(&out, (size_t)1 << 30);
    if (status == OK) {
        dump_doc(&out, doc);
    } else {
        dump_error(&out, status, err);
    }
    (void)fwrite(out.p, 1, out.n, stdout);
    buf_fini(&out);
}

static void dump_chunks(const Doc *doc, const char *name) {
    Arena arena;
    Chunk *chunks;
    size_t n;
    Err err;
    arena_init(&arena, (size_t)1 << 30);
    if (chunk_doc(doc, name, NULL, &arena, &chunks, &n, &err) != OK) {
        (void)printf("chunking failed: %s\n", err.message);
        n = 0;
    }
    for (size_t i = 0; i < n; i++) {
        (void)printf("[%zu,%zu) p%u L%u %u tokens <%s>\n  ", chunks[i].start, chunks[i].end,
                     chunks[i].page, chunks[i].line, chunks[i].tokens, chunks[i].context);
        print_escaped(str_sub(buf_str(&doc->text), chunks[i].start, chunks[i].end));
    }
    arena_fini(&arena);
}

static bool one(Extractor *ex, const char *path, char mode) {
    Err err;
    Doc doc;
    err_clear(&err);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        (void)printf("%s: cannot open\n", path);
        return false;
    }
    double start = clock_now_ms();
    Status status = extractor_run(ex, fd, path, &doc, &err);
    double ms = clock_now_ms() - start;
    (void)close(fd);
    if (mode == 's') {
        (void)printf("%s\t%s\t%s\t%zu blocks\t%zu bytes\t%u pages\t%.1f ms\t%s\n", path,
                     status_info(status)->name, doc.format ? doc.format : "-", doc.n_blocks,
                     doc.text.n, doc.n_pages, ms, status == OK ? "" : err.message);
    } else if (mode == 't' && status == OK) {
        (void)fwrite(doc.text.p, 1, doc.text.n, stdout);
        (void)putchar('\n');
    } else if (mode == 'c' && status == OK) {
        dump_chunks(&doc, path);
    } else {
        dump(status, &doc, &err);
    }
    doc_fini(&doc);
    return status == OK;
}

int main(int argc, char **argv) {
    ExtractorOptions options;
    Extractor *ex;
    Err err;
    extractor_options_default(&options);
    options.program = getenv("HEARTH_READ");
    int first = 1;
    char mode = 'd';
    if (argc > 1 && argv[1][0] == '-' && argv[1][1]) {
        mode = argv[1][1];
        first = 2;
    }
    if (extractor_new(&options, &ex, &err) != OK) {
        (void)fprintf(stderr, "%s\n%s\n", err.message, err.hint);
        return 1;
    }
    bool good = true;
    for (int i = first; i < argc; i++) good &= one(ex, argv[i], mode);
    extractor_free(ex);
    return good ? 0 : 1;
}
