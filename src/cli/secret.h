/* Reading a secret: from a terminal without showing it, or from a file. */
#ifndef HEARTH_CLI_SECRET_H
#define HEARTH_CLI_SECRET_H

#include <stddef.h>

/* One line of fd, or all there is, without its end, into out[0..max): its length; below 0 when it
   does not fit or the user wants to stop. */
int cli_secret_read(int fd, char *out, size_t max);
/* The same from a terminal: asks on stderr, and does not show what is typed. */
int cli_secret_ask(int fd, const char *question, char *out, size_t max);
/* The same for a new one: twice, and all over again up to two times while they differ. */
int cli_secret_ask_twice(int fd, const char *question, char *out, size_t max);
/* The first line of a file, "-" for stdin. Below 0: it cannot be opened (said on stderr), or as
   above. */
int cli_secret_file(const char *path, char *out, size_t max);

#endif
