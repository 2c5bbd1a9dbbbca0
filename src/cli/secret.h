/*
 * Reading a secret: from a terminal without showing it, or from a file.
 *
 * Each function reads into out[0..max) and returns the length, without a NUL behind it; below 0
 * when it does not fit or the user wants to stop. The caller wipes out, also after a failure. What
 * stands behind the line that is asked for may have been read as well and is lost.
 */
#ifndef HEARTH_CLI_SECRET_H
#define HEARTH_CLI_SECRET_H

#include <stddef.h>

/* All of fd, to its end: a pipe gives it in pieces, and a part of a secret opens nothing. */
int cli_secret_whole(int fd, char *out, size_t max);
/* A secret that is a word, of fd that is no terminal: one line, without the blanks around it.
   Below 0 also where something other than blanks came behind the line: then it was no such word,
   and a part of it would be kept as if it were whole. */
int cli_secret_word(int fd, char *out, size_t max);
/* One line, or all there is, from a terminal: asks on stderr, and does not show what is typed.
   Where fd is no terminal it is read all the same. */
int cli_secret_ask(int fd, const char *question, char *out, size_t max);
/* The same for a new one: twice, and all over again up to two times while they differ; below 0
   when they differ for the third time. The second copy is wiped here. At most 4096 bytes. */
int cli_secret_ask_twice(int fd, const char *question, char *out, size_t max);
/* The first line of a file, "-" for stdin. Below 0 also: it cannot be opened (said on stderr). */
int cli_secret_file(const char *path, char *out, size_t max);

#endif
