/* The body of machine.h. It reads /proc/meminfo and the files of control groups (version 2). */
#include "base/machine.h"
#include "base/plain.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

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

uint64_t machine_memory_available(void) {
    uint64_t free_bytes = machine_number("/proc/meminfo", "MemAvailable:") * 1024;
    if (free_bytes == 0) free_bytes = UINT64_MAX;
    uint64_t limit = machine_number("/sys/fs/cgroup/memory.max", "");
    uint64_t used = machine_number("/sys/fs/cgroup/memory.current", "");
    uint64_t cache = machine_number("/sys/fs/cgroup/memory.stat", "\nfile ");
    used -= cache < used ? cache : used; /* file cache gives way */
    if (limit > 0 && limit - (used < limit ? used : limit) < free_bytes) {
        free_bytes = limit - (used < limit ? used : limit);
    }
    struct rlimit space;
    if (getrlimit(RLIMIT_AS, &space) != 0 || space.rlim_cur == RLIM_INFINITY) return free_bytes;
    /* Mappings count in full, read or not: a model's file is one when this is asked for it. */
    uint64_t taken = machine_number("/proc/self/status", "VmSize:") * 1024;
    uint64_t left = space.rlim_cur > taken ? space.rlim_cur - taken : 0;
    return left < free_bytes ? left : free_bytes;
}
