/*
 * A reader of plain text for tests and measurements of the store: no child process, no sandbox.
 * Paragraphs are separated by empty lines. Names that contain "broken" fail with E_CORRUPT, names
 * that end in ".xyz" are of a kind that nobody reads: tests need both.
 */
#ifndef HEARTH_TESTS_PLAIN_READER_H
#define HEARTH_TESTS_PLAIN_READER_H

#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "knowledge/doc.h"

static inline Status plain_slurp(int fd, Buf *raw, const char *path, Err *err) {
    for (off_t at = 0;;) {
        char *to = buf_reserve(raw, 65536);
        if (!to) return buf_check(raw, path, err);
        ssize_t n = pread(fd, to, 65536, at);
        if (n < 0) return err_set(err, E_IO, "cannot read %s", path);
        if (n == 0) return OK;
        at += n;
        raw->n += (size_t)n;
    }
}

static inline Status plain_blocks(Str all, Doc *out, Err *err) {
    uint32_t line = 1, from_line = 1;
    for (size_t at = 0, from = 0; at <= all.n; at++) {
        bool end = at == all.n || (all.p[at] == '\n' && (at + 1 == all.n || all.p[at + 1] == '\n'));
        if (end) {
            TRY(doc_add(out, BLOCK_PARAGRAPH, 0, 0, from_line, str_trim(str_sub(all, from, at)),
                        err));
            while (at < all.n && all.p[at] == '\n') at++, line++;
            from = at;
            from_line = line;
        } else if (all.p[at] == '\n') {
            line++;
        }
    }
    return OK;
}

static inline Status plain_reader(void *user, int fd, const char *path, Doc *out, Err *err) {
    (void)user;
    doc_init(out);
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t n = strlen(name);
    if (strstr(name, "broken")) return err_set(err, E_CORRUPT, "the file is damaged on purpose");
    if (n > 4 && strcmp(name + n - 4, ".xyz") == 0) {
        out->format = mem_strdup("strange (xyz)");
        return err_set(err, E_UNSUPPORTED, "a kind that is not read yet");
    }
    out->format = mem_strdup("text");
    Buf raw;
    buf_init(&raw, DOC_TEXT_MAX);
    Status status = plain_slurp(fd, &raw, path, err);
    if (status == OK) status = plain_blocks(buf_str(&raw), out, err);
    buf_fini(&raw);
    return status;
}

#endif
