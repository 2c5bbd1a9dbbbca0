/*
 * Log lines in logfmt on stderr: `ts=... level=info room=store msg="..." key=value`.
 *
 * Content of prompts and documents is never logged: callers pass names, counts and sizes only.
 */
#ifndef HEARTH_BASE_LOG_H
#define HEARTH_BASE_LOG_H

#include "base/attr.h"

typedef enum LogLevel { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG } LogLevel;

/* Default LOG_WARN. Lines above it are dropped before they are formatted. Thread-safe. */
void log_set_level(LogLevel max);
/* msg is fixed text; fmt gives further "key=value" pairs and may be "". */
void log_line(LogLevel level, const char *room, const char *msg, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

#endif
