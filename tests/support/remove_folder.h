/* Removes a test's folder with all that is in it. */
#ifndef HEARTH_TESTS_REMOVE_FOLDER_H
#define HEARTH_TESTS_REMOVE_FOLDER_H

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

static inline int remove_one(const char *name, const struct stat *st, int kind, struct FTW *ftw) {
    (void)st;
    (void)ftw;
    if (kind == FTW_DP || kind == FTW_DNR) (void)chmod(name, 0700); /* tests take rights away */
    return remove(name);
}

static inline int remove_folder(const char *path) {
    return nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
