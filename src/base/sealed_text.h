/*
 * Small files of text that Hearth keeps (endpoints, rules, policy): as they are in a plain home,
 * frames of kind "text" in a sealed one.
 */
#ifndef HEARTH_BASE_SEALED_TEXT_H
#define HEARTH_BASE_SEALED_TEXT_H

#include "base/text.h"

/* As file_read. E_DENIED: sealed and locked, or plain in a sealed home. */
Status sealed_text_read(const char *path, Buf *out, Err *err) WARN_UNUSED;
/* As file_replace, with mode 0600. */
Status sealed_text_replace(const char *path, Str text, Err *err) WARN_UNUSED;
/* Any file, as a text: sealed or plain as the home is now. */
Status sealed_text_convert(const char *path, Err *err) WARN_UNUSED;

#endif
