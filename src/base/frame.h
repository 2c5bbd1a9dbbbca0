/*
 * The one layer below every file format that Hearth writes (segments, packs, maps of models, state
 * files): magic, kind, version, flags, length and checksums. In a sealed home (base/sealing.h) the
 * payload is sealed here, without its users noticing; hence no room writes a format of its own
 * around it.
 *
 * The layout is explained in frame.c. `kind` is a name of 1 to 8 letters, one a format: "vecseg".
 */
#ifndef HEARTH_BASE_FRAME_H
#define HEARTH_BASE_FRAME_H

#include "base/fault_guard.h"
#include "base/file.h"

enum { FRAME_PAYLOAD_AT = 4096, FRAME_BLOCK_BYTES = 1 << 20 };

typedef struct FrameWriter FrameWriter;

/* Writes beside `path`; frame_commit makes it visible atomically, frame_abort leaves no trace. */
Status frame_begin(const char *path, const char *kind, uint32_t version, FrameWriter **out,
                   Err *err) WARN_UNUSED;
/* After a failed write every further one fails, and so does the commit. */
Status frame_write(FrameWriter *w, const void *bytes, size_t n, Err *err) WARN_UNUSED;
/* Pads with zeros to a multiple of align (<= 4096, relative to the payload). */
Status frame_align(FrameWriter *w, size_t align, Err *err) WARN_UNUSED;
uint64_t frame_at(const FrameWriter *w); /* payload bytes written so far, padding included */
Status frame_commit(FrameWriter *w, Err *err) WARN_UNUSED; /* frees w, also on failure */
/* As commit, without waiting for the disk (file_draft_settle); frees w, also on failure. */
Status frame_settle(FrameWriter *w, Err *err) WARN_UNUSED;
void frame_abort(FrameWriter *w);                          /* frees w; NULL is fine */
/* A frame of one piece, from begin to commit. */
Status frame_put(const char *path, const char *kind, uint32_t version, Str payload,
                 Err *err) WARN_UNUSED;
/* The same, from begin to settle. */
Status frame_put_settled(const char *path, const char *kind, uint32_t version, Str payload,
                         Err *err) WARN_UNUSED;

typedef struct Frame {
    FileMap map;
    FaultGuard *guard;      /* reading a file that is cut meanwhile gives zeros and no signal */
    void *opened;           /* the payload of a sealed file, in memory; NULL: it is the mapping's */
    const uint8_t *payload; /* 4096-aligned */
    size_t payload_bytes, file_bytes;
    uint32_t version;
} Frame;

/* HEADER: header, length and table of checks, in microseconds. ALL: every byte. */
typedef enum FrameCheck { FRAME_CHECK_HEADER, FRAME_CHECK_ALL } FrameCheck;

/* Maps and checks. E_CORRUPT: damaged; E_UNSUPPORTED: other kind or newer than max_version;
   E_DENIED: sealed and locked, or plain in a sealed home. An empty payload is legal: payload_bytes
   is 0 then. A sealed file is read, checked and unsealed whole, whatever `check` says. */
Status frame_open(const char *path, const char *kind, uint32_t max_version, FrameCheck check,
                  Frame *out, Err *err) WARN_UNUSED;
/* false once a part of the file could not be read any more: what was computed from it since it was
   opened is worthless. An atomic load. */
bool frame_intact(const Frame *frame);
/* What FRAME_CHECK_ALL does, later. */
Status frame_verify(const Frame *frame, const char *path, Err *err) WARN_UNUSED;
void frame_close(Frame *frame); /* a zeroed or closed frame is fine */

/* Writes the file anew with the same payload, sealed or plain as the home is now; durable. */
Status frame_convert(const char *path, Err *err) WARN_UNUSED;
typedef struct FrameProbe {
    bool is_frame, sealed;
    char kind[9]; /* "" when it is none */
} FrameProbe;
/* What the file at path is, by its header; one that is absent, empty or begins otherwise is no
   frame. Not OK: it could not be looked at, so nobody knows. */
Status frame_probe(const char *path, FrameProbe *out, Err *err) WARN_UNUSED;

#endif
