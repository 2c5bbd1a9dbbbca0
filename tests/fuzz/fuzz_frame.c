/*
 * Any bytes as a framed file: as they are, and once more with magic, header check and table check
 * put right, so that what lies behind the checks is reached too. The file is a memfd.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/frame.h"
#include "base/hash.h"
#include "base/mem.h"

static void open_once(const char *path, int fd, const uint8_t *bytes, size_t n) {
    if (ftruncate(fd, (off_t)n) != 0 || pwrite(fd, bytes, n, 0) != (ssize_t)n) abort();
    static volatile uint64_t sink; /* keeps the loop */
    Frame frame;
    uint64_t sum = 0;
    if (frame_open(path, "fuzz", 7, FRAME_CHECK_HEADER, &frame, NULL) != OK) return;
    for (size_t i = 0; i < frame.payload_bytes; i++) sum += frame.payload[i];
    (void)frame_verify(&frame, path, NULL);
    frame_close(&frame);
    sink = sum;
    (void)sink;
}

/* Offsets and seeds as frame.c's essay has them. */
static void repair(uint8_t *b, size_t n) {
    uint64_t payload, check;
    memcpy(b, "HEARTHF\nfuzz\0\0\0\0", 16);
    memcpy(&payload, b + 24, 8);
    if (payload <= n) {
        uint64_t at = FRAME_PAYLOAD_AT + (payload + 7) / 8 * 8;
        check = at <= n ? hash_check64(b + at, n - at, 0x54) : 0;
        memcpy(b + 40, &check, 8);
    }
    check = hash_check64(b, 56, 0x48);
    memcpy(b + 56, &check, 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input is the 64-byte header followed by all from offset 4096 on: the gap is put in here. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static int fd = -1;
    static char path[32];
    if (fd < 0) {
        fd = memfd_create("frame", 0);
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    if (fd < 0 || size < 64) return 0;
    open_once(path, fd, data, size);
    size_t n = FRAME_PAYLOAD_AT + size - 64;
    uint8_t *bytes = mem_zalloc(n);
    if (!bytes) return 0;
    memcpy(bytes, data, 64);
    memcpy(bytes + FRAME_PAYLOAD_AT, data + 64, size - 64);
    open_once(path, fd, bytes, n);
    repair(bytes, n);
    open_once(path, fd, bytes, n);
    mem_free(bytes);
    return 0;
}
