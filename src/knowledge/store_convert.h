/* A store's database from plain to sealed and back. */
#ifndef HEARTH_KNOWLEDGE_STORE_CONVERT_H
#define HEARTH_KNOWLEDGE_STORE_CONVERT_H

#include "base/status.h"

/* Writes the database at path anew, sealed or plain as the home is now, and puts it in the old
   one's place; nothing when it is so already. Nobody else may have it open. What a conversion that
   was cut off has left beside it goes. E_CORRUPT: it is damaged. */
Status store_convert(const char *path, Err *err) WARN_UNUSED;
/* Of a damaged database that was moved aside (store_reset), whose pages cannot be copied: E_USAGE
   where they are sealed and the home is to be plain, for its key goes with the seal. Changes
   nothing. */
Status store_convert_aside(const char *path, Err *err) WARN_UNUSED;

#endif
