/*
 * Text out of files, by a child process that a hostile file can crash but not leave.
 *
 * An Extractor owns one running `hearth-read` (the parser child). extractor_run() hands it an open
 * file over a Unix socket and receives blocks; the child serves many files in a row, so that its
 * start is paid once. PDF goes through poppler's `pdftotext`, a second child with a sandbox of its
 * own, whose output the parser child reads.
 *
 * The child is killed and started again after a crash, a forbidden system call, too much CPU, wall
 * time, memory or output. Each such end is a Status with its reason and concerns that one file:
 *
 *   E_UNSUPPORTED  a kind that no reader knows (extractor_kind() names it), or a PDF of pictures
 *   E_CORRUPT      damaged, encrypted, hostile, or the reader crashed on it
 *   E_LIMIT        larger than a ceiling, or it needs more memory than a reader may use
 *   E_TIMEOUT      the reader hung or used up its CPU time
 *   E_USAGE        fd is no regular file (a pipe, a device, a directory)
 *   E_CANCELLED    the cancel flag was raised
 *   E_DENIED       this kernel offers no file isolation and weak_sandbox is not set
 *   E_FAILED       hearth-read or pdftotext is missing or cannot start; the hint says what to do
 *
 * Sandbox of the parser child (read/sandbox.h says how): rlimits and a seccomp allow-list always
 * (no open, no socket, no exec), Landlock or an empty mount namespace, an empty network namespace.
 */
#ifndef HEARTH_KNOWLEDGE_EXTRACT_H
#define HEARTH_KNOWLEDGE_EXTRACT_H

#include <stdatomic.h>

#include "knowledge/doc.h"

typedef struct Extractor Extractor;

typedef struct ExtractorOptions {
    const char *program;       /* hearth-read; NULL: near the running program, then libexec */
    const char *pdftotext;     /* NULL: looked for in the system's program directories */
    bool weak_sandbox;         /* go on without file isolation (seccomp and rlimits stay) */
    bool hide_landlock;        /* tests: behave as on a kernel without Landlock */
    bool hide_isolation;       /* tests: and without namespaces */
    uint32_t cpu_ms;           /* per file, default 10 000 */
    uint32_t wall_ms;          /* per file, default 60 000 */
    uint64_t memory_bytes;     /* address space of the parser child, default 512 MiB */
    uint64_t text_bytes;       /* ceiling of one file of a text kind or docx, default 64 MiB */
    uint64_t pdf_bytes;        /* ceiling of one PDF, default 1 GiB */
    const atomic_bool *cancel; /* looked at every 50 ms while waiting; may be NULL */
} ExtractorOptions;

/* All fields, as they stand above; programs are looked for, the sandbox is strict. */
void extractor_options_default(ExtractorOptions *options);

/* Finds the program and starts the first child. *out is free'd by extractor_free. One thread at a
   time; several extractors may run side by side. */
Status extractor_new(const ExtractorOptions *options, Extractor **out, Err *err) WARN_UNUSED;
void extractor_free(Extractor *extractor); /* NULL is fine; ends the child */

/* Reads the regular file behind fd (opened for reading, any offset; stays the caller's) into *out,
   which is initialised here and must be doc_fini'd, also after a failure. `name` breaks ties
   between text formats and stands in messages; it is never opened. */
Status extractor_run(Extractor *extractor, int fd, const char *name, Doc *out,
                     Err *err) WARN_UNUSED;

/* After E_UNSUPPORTED: the kind in words for counting, "spreadsheet (xlsx)", "image (png)". Else
   "". Valid until the next run. */
const char *extractor_kind(const Extractor *extractor);

typedef struct SandboxReport {
    bool program_found; /* hearth-read */
    bool pdftotext;     /* found and runs */
    bool seccomp, landlock, user_namespace, mount_namespace, network_namespace;
    int landlock_abi;    /* 0 when absent */
    bool files_isolated; /* landlock or mount_namespace: readers run without weak_sandbox */
    char missing[256];   /* one line for people, empty when everything is there */
} SandboxReport;

/* Starts hearth-read once to try each layer on this kernel. For `hearth doctor`. */
Status sandbox_probe(const ExtractorOptions *options, SandboxReport *out, Err *err) WARN_UNUSED;

#endif
