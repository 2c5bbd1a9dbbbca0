/*
 * Offline by the kernel: no socket for this process and all that it starts, for as long as it
 * lives.
 *
 * gate_set_offline is a flag that send.c looks at, and send.c is the one file with sockets; that
 * can be read in two minutes. This is for whoever does not want to read: a seccomp filter that
 * answers EPERM to every socket(), of any family, so that a mistake of ours, a library or a child
 * of a child cannot open one either, nor ask a resolver's daemon to. socketpair() stays: it leads
 * nowhere, and Hearth talks to its reader by one. io_uring_setup() is refused, too, since a ring
 * opens sockets past the filter. System calls in a foreign ABI (i386, x32 on x86-64) are refused as
 * a whole: their numbers mean other things. All threads get the filter (TSYNC), children inherit
 * it, nobody takes it off.
 *
 * Sources: seccomp(2), Documentation/userspace-api/seccomp_filter.rst, io_uring_setup(2).
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "gate/send_impl.h"

#if defined(__x86_64__)
#define NATIVE_ABI AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ABI AUDIT_ARCH_AARCH64
#endif

#ifdef NATIVE_ABI
enum { X32_BIT = 0x40000000 }; /* no number of another ABI is so high */

static Status install(Err *err) {
    const struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ABI, 0, 5),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    };
    struct sock_fprog filter = {.len = sizeof program / sizeof *program,
                                .filter = (struct sock_filter *)(uintptr_t)program};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter) == 0) {
        return OK;
    }
    return err_set(err, E_UNSUPPORTED, "this kernel or container forbids seccomp filters: %s",
                   strerror(errno));
}
#endif

Status gate_lock_offline(Err *err) {
    send_offline_for_good();
#ifdef NATIVE_ABI
    return install(err);
#else
    return err_set(err, E_UNSUPPORTED, "no filter of system calls is written for this processor");
#endif
}
