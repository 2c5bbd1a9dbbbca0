/*
 * A log in a sealed home: text that is only ever appended to, each piece sealed by itself.
 *
 * What a crash or somebody left between two whole pieces reads as that many '?', so that whoever
 * checks the text sees where and how much; nothing is taken out. The format is told in
 * sealed_log.c.
 */
#ifndef HEARTH_BASE_SEALED_LOG_H
#define HEARTH_BASE_SEALED_LOG_H

#include "base/text.h"

/* Does the open file begin as a sealed log, or (when empty) shall it? */
bool sealed_log_is(int fd);
/* The last whole piece and the '?' behind it; empty: none. fd is open for reading. */
Status sealed_log_tail(int fd, const char *path, Buf *out, Err *err) WARN_UNUSED;
/* Appends one piece; not synced. fd is open for reading and writing, under the caller's lock. */
Status sealed_log_add(int fd, const char *path, Str text, Err *err) WARN_UNUSED;
/* All of it. E_DENIED: locked; E_LIMIT: more than memory can hold. */
Status sealed_log_read(int fd, const char *path, Buf *out, Err *err) WARN_UNUSED;
/* From a plain file to a sealed log, and back, as the home is now; durable. */
Status sealed_log_convert(const char *path, Err *err) WARN_UNUSED;

#endif
