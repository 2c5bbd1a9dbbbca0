/*
 * A small life of a store, for tests that end it at any moment: five rounds of adding, changing and
 * removing some twenty documents, each in an opening of its own as `hearth add` has it, with words,
 * vectors, segments of both kinds and merges of segments.
 *
 * A document's text follows from its number and its version, and every version has a word of its
 * own; so whatever a store says can be held against what it may say.
 */
#ifndef HEARTH_TESTS_ADD_SCENE_H
#define HEARTH_TESTS_ADD_SCENE_H

#include <stdbool.h>

enum { SCENE_ROUNDS = 5, SCENE_FILES = 20 };

/* Makes HOME/docs, and HOME itself: on a file system in memory where there is one. */
void scene_begin(void);
void scene_end(void);
const char *scene_path(const char *name); /* HOME/name; four at a time */
void scene_remove_tree(const char *path);
void scene_copy_tree(const char *from, const char *to);

void scene_files(int round); /* HOME/docs as it is in that round */
/* One round: its files, then remove and add, open to close. false: it failed (SCENE_TALKS in the
   environment: why is printed). */
bool scene_round(const char *stores, int round);

/*
 * Looks at a store that was cut off in `round` while `done` rounds had ended before (-1: none):
 * sound, each document wholly of one version that it had in rounds done..round, each found by the
 * words of that version only. Then opens it for writing, adds what HOME/docs holds, which shall be
 * the files of the last round, and wants all of it. false: *why says what is wrong.
 */
bool scene_check(const char *stores, int done, int round, const char **why);

#endif
