/*
 * A sealed log of three pieces in which any bytes were overwritten, or put behind it: no crash, and
 * what is found at the end is the end of the whole.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/sealed_log.h"
#include "base/sealing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int fd) {
    Buf all, tail;
    buf_init(&all, 1 << 24);
    buf_init(&tail, 1 << 24);
    Status whole = sealed_log_read(fd, "log", &all, NULL);
    Status end = sealed_log_tail(fd, "log", &tail, NULL);
    if (whole == OK && (end != OK || !str_ends(buf_str(&all), buf_str(&tail)))) abort();
    buf_fini(&all);
    buf_fini(&tail);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const uint8_t key[SEAL_KEY_BYTES] = "a key";
    sealing_use(key);
    int fd = memfd_create("log", MFD_CLOEXEC);
    if (fd < 0 || sealed_log_add(fd, "log", STR("1 one\n"), NULL) != OK ||
        sealed_log_add(fd, "log", STR("2 two\n"), NULL) != OK ||
        sealed_log_add(fd, "log", STR(""), NULL) != OK) {
        abort();
    }
    off_t at = size > 0 ? data[0] : 0;
    if (size > 1 && pwrite(fd, data + 1, size - 1, at) < 0) abort();
    check(fd);
    close(fd);
    return 0;
}
