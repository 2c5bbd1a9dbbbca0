/*
 * A database whose pages are sealed: a VFS of SQLite's, between it and the system's own.
 *
 * What SQLite sees is an ordinary database in WAL mode; store_vfs.c tells what lies on the disk.
 * Pages have 4096 bytes, 40 of which belong to the seal: before the first page is written,
 * store_vfs_reserve() must have said so to the connection.
 */
#ifndef HEARTH_KNOWLEDGE_STORE_VFS_H
#define HEARTH_KNOWLEDGE_STORE_VFS_H

#include <sqlite3.h>

#include "base/status.h"

enum { STORE_PATH_MAX = 4096, STORE_URI_MAX = 3 * STORE_PATH_MAX + 64 };

#define STORE_VFS_SEALED "hearth-sealed"
#define STORE_VFS_PLAIN "hearth"

/* The name of the VFS for a database: STORE_VFS_SEALED or STORE_VFS_PLAIN. Both open the path that
   they are given and look at nothing on its way. E_DENIED: sealed and locked, or plain in a sealed
   home. A file that is absent or neither is as the home is. */
Status store_vfs_for(const char *path, const char **vfs, Err *err) WARN_UNUSED;
/* Of a name that store_vfs_for gave. */
bool store_vfs_seals(const char *vfs);
/* For a connection that makes pages for a sealed database (also by VACUUM INTO one). */
Status store_vfs_reserve(sqlite3 *db, Err *err) WARN_UNUSED;
/* A path below STORE_PATH_MAX bytes as a URI of SQLite's: what has a meaning in one is escaped.
   The query, at most 50 bytes, as it is. */
void store_vfs_uri(const char *path, const char *query, char uri[STORE_URI_MAX]);

#endif
