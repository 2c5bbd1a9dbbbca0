/* The body of machine.h. It reads /proc/meminfo and the files of control groups (version 2). */
#include "base/machine.h"
#include "base/plain.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

enum { GROUP_PATH_MAX = 4096 };

uint64_t machine_number(const char *path, const char *label) {
    char text[4096];
    uint64_t value = 0;
    FILE *f = fopen(path, "re");
    if (!f) return 0;
    size_t n = fread(text, 1, sizeof text - 1, f);
    (void)fclose(f);
    text[n] = 0;
    const char *at = *label ? strstr(text, label) : text;
    if (!at) return 0;
    for (at += strlen(label); *at == ' ' || *at == '\t'; at++) continue;
    for (; plain_is_digit(*at) && value < UINT64_MAX / 16; at++) {
        value = value * 10 + (uint64_t)(*at - '0');
    }
    return value;
}

/* What a group's limit leaves; UINT64_MAX where it has none ("max"), or is not there. */
static uint64_t group_left(const char *folder) {
    char path[GROUP_PATH_MAX + 16];
    (void)snprintf(path, sizeof path, "%s/memory.max", folder);
    uint64_t limit = machine_number(path, "");
    if (limit == 0) return UINT64_MAX;
    (void)snprintf(path, sizeof path, "%s/memory.current", folder);
    uint64_t used = machine_number(path, "");
    (void)snprintf(path, sizeof path, "%s/memory.stat", folder);
    uint64_t cache = machine_number(path, "\nfile ");
    used -= cache < used ? cache : used; /* file cache gives way */
    return limit - (used < limit ? used : limit);
}

/* The folder of the group that `own` names in its line "0::/a/b"; false: there is no such line, or
   no room. A service has a folder of its own; in a container the root is its own. */
static bool group_of(const char *own, const char *root, char folder[GROUP_PATH_MAX]) {
    char line[GROUP_PATH_MAX];
    bool found = false;
    FILE *f = fopen(own, "re");
    while (f && !found && fgets(line, sizeof line, f)) found = strncmp(line, "0::/", 4) == 0;
    if (f) (void)fclose(f);
    int n = found ? snprintf(folder, GROUP_PATH_MAX, "%s%.*s", root, (int)strcspn(line + 3, "\n"),
                             line + 3) : -1;
    return n >= 0 && n < GROUP_PATH_MAX;
}

uint64_t machine_group_available(const char *own, const char *root) {
    char folder[GROUP_PATH_MAX];
    uint64_t least = group_left(root);
    if (!group_of(own, root, folder)) return least;
    char *below = folder + strlen(root);
    for (char *slash; (slash = strrchr(below, '/')); *slash = 0) {
        uint64_t left = group_left(folder);
        if (left < least) least = left;
    }
    return least;
}

uint64_t machine_memory_available(void) {
    uint64_t free_bytes = machine_number("/proc/meminfo", "MemAvailable:") * 1024;
    if (free_bytes == 0) free_bytes = UINT64_MAX;
    uint64_t group = machine_group_available("/proc/self/cgroup", "/sys/fs/cgroup");
    if (group < free_bytes) free_bytes = group;
    struct rlimit space;
    if (getrlimit(RLIMIT_AS, &space) != 0 || space.rlim_cur == RLIM_INFINITY) return free_bytes;
    /* Mappings count in full, read or not: a model's file is one when this is asked for it. */
    uint64_t taken = machine_number("/proc/self/status", "VmSize:") * 1024;
    uint64_t left = space.rlim_cur > taken ? space.rlim_cur - taken : 0;
    return left < free_bytes ? left : free_bytes;
}
