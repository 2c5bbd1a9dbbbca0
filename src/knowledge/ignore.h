/*
 * Which names a walk leaves out: a subset of gitignore, read from `.hearthignore` files.
 *
 *   # comment          blank lines are skipped; "\#" and "\!" begin a name with that sign
 *   *.log              any file or folder of that name, at any depth below
 *   /build  a/b        a slash in front or inside ties the pattern to the folder of the file
 *   cache/             a slash at the end: folders only
 *   !keep.log          takes back what an earlier line left out
 *   *  ?  [a-z]  **    as in a shell; only ** crosses slashes
 *
 * Later lines win over earlier ones, files in deeper folders over those above.
 */
#ifndef HEARTH_KNOWLEDGE_IGNORE_H
#define HEARTH_KNOWLEDGE_IGNORE_H

#include "base/mem.h"
#include "base/text.h"

enum { IGNORE_RULES_MAX = 1000, IGNORE_RULE_BYTES = 256, IGNORE_FILE_BYTES = 64 * 1024 };

typedef struct IgnoreRule {
    Str glob; /* in IgnoreList.text */
    bool negated, folders_only, anchored;
} IgnoreRule;

typedef struct IgnoreList {
    char *text; /* a copy of the file, that globs point into */
    IgnoreRule *rules; /* in the order of the file */
    size_t n, cap;
} IgnoreList;

typedef enum IgnoreVerdict { IGNORE_SILENT, IGNORE_OUT, IGNORE_KEEP } IgnoreVerdict;

/* E_LIMIT: too long a file, too many lines, or too long a pattern; the list holds the others. It is
   ignore_fini'd by the caller, also after a failure. */
Status ignore_parse(Str text, IgnoreList *out, Err *err) WARN_UNUSED;
/* A zeroed or finished list is fine. */
void ignore_fini(IgnoreList *list);
/* path: relative to the folder of the list, no slash in front or behind. */
IgnoreVerdict ignore_match(const IgnoreList *list, Str path, bool is_folder);
/* One pattern against one text; as above, without the meaning of leading and trailing slashes. */
bool ignore_glob(Str glob, Str text);
/* Names that no walk enters or reads, whatever the lists say: hidden ones and node_modules. */
bool ignore_always(Str name);

#endif
