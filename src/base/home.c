/*
 * The body of home.h. XDG Base Directory Specification 0.8: a variable that is not an absolute path
 * is ignored; the fallbacks are below $HOME.
 *
 *     kind      below HEARTH_HOME   without it, by default
 *     MODELS    models              ~/.local/share/hearth/models
 *     STORES    stores              ~/.local/share/hearth/stores
 *     CACHE     cache               ~/.cache/hearth
 *     STATE     state               ~/.local/state/hearth
 *     CONFIG    config              ~/.config/hearth
 *     GATE      gate                ~/.local/share/hearth/gate
 *     DATA      (the folder)        ~/.local/share/hearth
 */
#include "base/home.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"

enum { ROOT_MAX = 4096 };

static char root_override[ROOT_MAX];

typedef struct Place {
    const char *below_root; /* under HEARTH_HOME */
    const char *xdg;        /* variable */
    const char *fallback;   /* under $HOME */
    const char *below_xdg;
} Place;

static const Place places[] = {
    [HOME_MODELS] = {"models", "XDG_DATA_HOME", ".local/share", "hearth/models"},
    [HOME_STORES] = {"stores", "XDG_DATA_HOME", ".local/share", "hearth/stores"},
    [HOME_CACHE] = {"cache", "XDG_CACHE_HOME", ".cache", "hearth"},
    [HOME_STATE] = {"state", "XDG_STATE_HOME", ".local/state", "hearth"},
    [HOME_CONFIG] = {"config", "XDG_CONFIG_HOME", ".config", "hearth"},
    [HOME_GATE] = {"gate", "XDG_DATA_HOME", ".local/share", "hearth/gate"},
    [HOME_DATA] = {"", "XDG_DATA_HOME", ".local/share", "hearth"},
};

_Static_assert(ARRAY_LEN(places) == HOME_DATA + 1, "HOME_DATA is the last");

/* An empty variable is as good as none: `HEARTH_HOME= hearth` unsets it for one command. */
const char *env_get(const char *name) {
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

void home_set_root(const char *dir) {
    (void)snprintf(root_override, sizeof root_override, "%s", dir ? dir : "");
}

static Status join(const char *dir, const char *name, char **path, Err *err) {
    *path = file_join(dir, name);
    return *path ? OK : err_no_memory(err, "a path");
}

/* The three places in their order: --home or HEARTH_HOME, the XDG variable, $HOME. Makes
   nothing. */
static Status place_path(HomeKind kind, char **path, Err *err) {
    assert((size_t)kind < ARRAY_LEN(places));
    const Place *place = &places[kind];
    const char *root = root_override[0] ? root_override : env_get("HEARTH_HOME");
    const char *xdg = env_get(place->xdg), *home = env_get("HOME");
    if (root) return join(root, place->below_root, path, err);
    if (xdg && xdg[0] == '/') return join(xdg, place->below_xdg, path, err);
    if (!home || home[0] != '/') {
        (void)err_set(err, E_FAILED, "there is no folder for Hearth's data");
        return err_hint(err, "set HEARTH_HOME to a folder of yours, or HOME");
    }
    char *base = NULL;
    TRY(join(home, place->fallback, &base, err));
    Status status = join(base, place->below_xdg, path, err);
    mem_free(base);
    return status;
}

/* A folder that cannot be made is an error, but on a disk that is mounted read-only: there it is
   named, and whoever reads finds nothing. */
Status home_dir(HomeKind kind, char **path, Err *err) {
    char *dir = NULL;
    TRY(place_path(kind, &dir, err));
    Status status = file_make_dirs(dir, 0700, err);
    if (status != OK && !file_is_frozen(dir)) {
        mem_free(dir);
        return status;
    }
    *path = dir;
    return OK;
}

Status home_path(HomeKind kind, const char *name, char **path, Err *err) {
    assert(name[0] != '/'); /* names of ours, below the folder */
    char *dir = NULL;
    TRY(place_path(kind, &dir, err));
    Status status = join(dir, name, path, err);
    mem_free(dir);
    return status;
}
