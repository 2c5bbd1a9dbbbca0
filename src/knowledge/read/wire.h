/*
 * What the extractor and its reader child say to each other over their Unix socket.
 *
 * Request: one WireRequest, sent with a file descriptor (SCM_RIGHTS), of WIRE_ASK_PDFTEXT with two,
 * the pipe and the PDF itself; then name_bytes bytes of name.
 * Answer: frames, each a WireFrame and payload_bytes bytes; WIRE_END or WIRE_PDF is
 * the last. Both sides are of one build on one machine, so numbers are in the machine's own order.
 *
 *   WIRE_BLOCK   a block of the document: kind, level, page, line as in DocBlock; payload: its text
 *   WIRE_JOIN    page: a byte of the block before, line: how many lines of the file lie above it in
 *                that block (doc_join); no payload
 *   WIRE_META    kind: a WireMeta; payload: the value
 *   WIRE_FILE    line: where in the file; payload: name NUL bytes of a PDF inside the file: please
 *                run pdftotext over it, too, when this answer is over
 *   WIRE_END     kind: a Status; payload: message NUL hint NUL kind-of-file NUL (all may be empty);
 *                page: number of pages
 *   WIRE_PDF     the file is a PDF: please run pdftotext and send its output (WIRE_ASK_PDFTEXT)
 *
 * The parent trusts none of it: lengths have ceilings, text is checked to be UTF-8 again.
 */
#ifndef HEARTH_KNOWLEDGE_READ_WIRE_H
#define HEARTH_KNOWLEDGE_READ_WIRE_H

#include <stddef.h>
#include <stdint.h>

/* Under AddressSanitizer and ThreadSanitizer the child needs all the address space there is, and
   its reports are shown. gcc says so with a macro, clang with a feature. */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { WIRE_UNDER_SANITIZER = 1 };
#else
enum { WIRE_UNDER_SANITIZER = 0 };
#endif

enum { WIRE_SOCKET_FD = 3, WIRE_NAME_MAX = 1024, WIRE_META_MAX = 4096, WIRE_END_MAX = 2048 };

/* Exit codes of `hearth-read pdftotext` itself: pdftotext was not started. */
enum { WIRE_LAUNCH_FAILED = 120, WIRE_LAUNCH_DENIED = 121 };

typedef enum WireAsk { WIRE_ASK_FILE = 1, WIRE_ASK_PDFTEXT = 2 } WireAsk;

typedef struct WireRequest {
    uint32_t ask; /* WireAsk */
    uint32_t name_bytes;
    uint64_t limit_bytes; /* ceiling on what is read from the descriptor */
} WireRequest;

typedef enum WireType { WIRE_BLOCK = 1, WIRE_META = 2, WIRE_END = 3, WIRE_PDF = 4,
                        WIRE_JOIN = 5, WIRE_FILE = 6 } WireType;

typedef enum WireMeta {
    WIRE_META_FORMAT = 0,
    WIRE_META_TITLE = 1,
    WIRE_META_AUTHOR = 2,
    WIRE_META_DATE = 3,
    WIRE_META_COUNT
} WireMeta;

typedef struct WireFrame {
    uint8_t type, kind, level, zero; /* a WireType; by type, see above */
    uint32_t page, line, payload_bytes;
} WireFrame;

_Static_assert(sizeof(WireRequest) == 16, "request layout");
_Static_assert(sizeof(WireFrame) == 16, "frame layout");
_Static_assert(offsetof(WireRequest, limit_bytes) == 8, "no padding");
_Static_assert(offsetof(WireFrame, page) == 4, "no padding");

#endif
