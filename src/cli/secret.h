/* Reading a secret: from a terminal without showing it, or from a file. */
#ifndef HEARTH_CLI_SECRET_H
#define HEARTH_CLI_SECRET_H

#include <stddef.h>

/* One line of fd, or all there is, without its end, into out[0..max): its length; below 0 when it
   does not fit or the user wants to stop. */
int cli_secret_read(int fd, char *out, size_t max);
/* The same from a terminal: asks on stderr, and does not show what is typed. */
int cli_secret_ask(int fd, const char *question, char *out, size_t max);

#endif
