/*
 * The walls around a reader: what it may do once outside bytes are near.
 *
 * Layers, each on its own enough to stop a whole class of harm:
 *   rlimits        memory, CPU time, size of written files, open files, no core dump
 *   no_new_privs   set-uid programs gain nothing
 *   namespaces     user, network, IPC and, where there is no Landlock, mounts: an empty world
 *   Landlock       a path list that the kernel enforces (Linux 5.13 and later)
 *   seccomp        a list of allowed system calls; any other kills the parser, and fails for
 *                  pdftotext
 *
 * Two shapes: the parser, which needs nothing but its socket and the files handed to it and may not
 * even open a file; and the launcher of pdftotext, which becomes another program that loads its
 * libraries, fonts and character maps from the system's read-only directories.
 */
#ifndef HEARTH_KNOWLEDGE_READ_SANDBOX_H
#define HEARTH_KNOWLEDGE_READ_SANDBOX_H

#include "base/status.h"

typedef struct SandboxRules {
    uint64_t memory_bytes; /* RLIMIT_AS */
    uint32_t cpu_seconds;  /* RLIMIT_CPU, hard; 0: leave to the parent */
    bool weak;             /* go on without file isolation */
    bool hide_landlock;    /* behave as if this kernel had no Landlock */
    bool hide_isolation;   /* behave as if this kernel had neither Landlock nor namespaces */
} SandboxRules;

/* What this kernel grants, as bits of sandbox_layers(). */
enum {
    SANDBOX_SECCOMP = 1,
    SANDBOX_LANDLOCK = 2,
    SANDBOX_USERNS = 4,
    SANDBOX_MOUNTNS = 8,
    SANDBOX_NETNS = 16
};

/* Closes every descriptor above the socket, turns off core dumps. First thing in main(). */
void sandbox_start(int last_fd);
/* Locks the calling process in for parsing. After it: no open, socket, exec, fork. E_DENIED when
   there is no file isolation and rules->weak is not set. Cannot be undone. */
Status sandbox_lock_parser(const SandboxRules *rules, Err *err) WARN_UNUSED;
/* Locks the process in and becomes `program` (absolute path) with argv; input is fd 0. Returns only
   on failure. */
Status sandbox_exec(const SandboxRules *rules, const char *program, char *const argv[],
                    Err *err) WARN_UNUSED;
/* Tries each layer in a forked child; the Landlock version goes to *landlock_abi. */
unsigned sandbox_layers(int *landlock_abi);

#endif
