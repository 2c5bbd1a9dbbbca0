/*
 * Where Hearth's own data lives, and the process environment, both behind one seam.
 *
 * With HEARTH_HOME (or --home) everything is below that folder: models/ (which may be a link),
 * stores/, cache/, state/, config/, gate/. Without it the XDG base directories are used:
 * $XDG_DATA_HOME/hearth/{models,stores,gate}, $XDG_CACHE_HOME/hearth, $XDG_STATE_HOME/hearth,
 * $XDG_CONFIG_HOME/hearth.
 */
#ifndef HEARTH_BASE_HOME_H
#define HEARTH_BASE_HOME_H

#include "base/status.h"

typedef enum HomeKind {
    HOME_MODELS,
    HOME_STORES,
    HOME_CACHE,
    HOME_STATE,
    HOME_CONFIG,
    HOME_GATE,
    HOME_DATA /* what is of all of them: HEARTH_HOME itself, or $XDG_DATA_HOME/hearth */
} HomeKind;

/* The folder, made 0700 when it is not there, and named all the same on a file system that is
   read-only: nothing is there then, and who wants to write hears so. mem_free(*path). E_FAILED: no
   home can be found. */
Status home_dir(HomeKind kind, char **path, Err *err) WARN_UNUSED;
/* The path of `name` in that folder; nothing is made. mem_free(*path). */
Status home_path(HomeKind kind, const char *name, char **path, Err *err) WARN_UNUSED;
/* Overrides HEARTH_HOME for this process (--home; tests). Copied; call before threads start. */
void home_set_root(const char *dir);
/* An environment variable; NULL when unset or empty. The only getenv of the house. */
const char *env_get(const char *name);

#endif
