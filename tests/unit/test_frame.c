/*
 * Promises of base/frame: what was written is read back, every flipped bit and every cut is found,
 * other kinds and newer versions are refused, and a writer that stops leaves nothing behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/frame.h"
#include "base/mem.h"

static char dir[64], path[96], copy[96];

static int make_dir(void **state) {
    (void)snprintf(dir, sizeof dir, "/tmp/hearth-frame-XXXXXX");
    if (!mkdtemp(dir)) return -1;
    (void)snprintf(path, sizeof path, "%s/file", dir);
    (void)snprintf(copy, sizeof copy, "%s/copy", dir);
    return 0;
}

static int remove_dir(void **state) {
    (void)unlink(path);
    (void)unlink(copy);
    return rmdir(dir);
}

/* No period within a few blocks. */
static char pattern(size_t at) {
    return (char)((uint32_t)at * 2654435761u >> 24);
}

static void write_frame(const char *to, size_t n) {
    FrameWriter *w;
    Err err;
    assert_int_equal(frame_begin(to, "test", 3, &w, &err), OK);
    for (size_t i = 0; i < n; i += 1000) {
        char part[1000];
        for (size_t k = 0; k < sizeof part; k++) part[k] = pattern(i + k);
        assert_int_equal(frame_write(w, part, n - i < sizeof part ? n - i : sizeof part, &err), OK);
    }
    assert_int_equal(frame_at(w), n);
    assert_int_equal(frame_commit(w, &err), OK);
}

static Status open_all(const char *from, Err *err) {
    Frame frame;
    Status status = frame_open(from, "test", 3, FRAME_CHECK_ALL, &frame, err);
    frame_close(&frame);
    return status;
}

static void what_is_written_is_read_back(void **state) {
    static const size_t sizes[] = {0,
                                   1,
                                   7,
                                   8,
                                   4096,
                                   FRAME_BLOCK_BYTES - 1,
                                   FRAME_BLOCK_BYTES,
                                   FRAME_BLOCK_BYTES + 1,
                                   3 * FRAME_BLOCK_BYTES + 12345};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        Frame frame;
        Err err;
        write_frame(path, sizes[i]);
        assert_int_equal(frame_open(path, "test", 3, FRAME_CHECK_ALL, &frame, &err), OK);
        assert_int_equal(frame.payload_bytes, sizes[i]);
        assert_int_equal(frame.version, 3);
        assert_int_equal((uintptr_t)frame.payload % FRAME_PAYLOAD_AT, 0);
        for (size_t k = 0; k < sizes[i]; k++) {
            if ((char)frame.payload[k] != pattern(k)) fail();
        }
        frame_close(&frame);
        frame_close(&frame);
    }
}

static void alignment_pads_with_zeros(void **state) {
    FrameWriter *w;
    Frame frame;
    Err err;
    assert_int_equal(frame_begin(path, "test", 1, &w, &err), OK);
    assert_int_equal(frame_write(w, "abc", 3, &err), OK);
    assert_int_equal(frame_align(w, 64, &err), OK);
    assert_int_equal(frame_at(w), 64);
    assert_int_equal(frame_align(w, 64, &err), OK);
    assert_int_equal(frame_write(w, "d", 1, &err), OK);
    assert_int_equal(frame_commit(w, &err), OK);
    assert_int_equal(frame_open(path, "test", 1, FRAME_CHECK_ALL, &frame, &err), OK);
    assert_int_equal(frame.payload_bytes, 65);
    assert_int_equal(frame.payload[63], 0);
    assert_int_equal(frame.payload[64], 'd');
    frame_close(&frame);
}

static Buf read_all(const char *from) {
    Buf buf;
    Err err;
    buf_init(&buf, 8 << 20);
    assert_int_equal(file_read(from, &buf, &err), OK);
    return buf;
}

static void write_bytes(const char *to, const void *bytes, size_t n) {
    (void)unlink(to); /* truncating in place would make the file system flush each time */
    FILE *file = fopen(to, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

static void every_flipped_byte_is_found(void **state) {
    write_frame(path, 5003);
    Buf bytes = read_all(path);
    for (size_t at = 0; at < bytes.n; at++) {
        Err err;
        char bit = (char)(1 << (at % 8));
        bytes.p[at] = (char)(bytes.p[at] ^ bit);
        write_bytes(copy, bytes.p, bytes.n);
        Status status = open_all(copy, &err);
        if (status != E_CORRUPT) print_error("byte %zu: status %d\n", at, status);
        assert_int_equal(status, E_CORRUPT);
        bytes.p[at] = (char)(bytes.p[at] ^ bit);
    }
    buf_fini(&bytes);
}

static void every_cut_and_every_tail_is_found(void **state) {
    Err err;
    write_frame(path, 3001);
    Buf bytes = read_all(path);
    for (size_t n = 0; n < bytes.n; n++) {
        write_bytes(copy, bytes.p, n);
        assert_int_equal(open_all(copy, &err), E_CORRUPT);
    }
    buf_add_byte(&bytes, 0);
    write_bytes(copy, bytes.p, bytes.n);
    assert_int_equal(open_all(copy, &err), E_CORRUPT);
    buf_fini(&bytes);
}

static void a_header_check_is_enough_for_a_cut_but_not_for_a_block(void **state) {
    Frame frame;
    Err err;
    write_frame(path, 2 * FRAME_BLOCK_BYTES);
    Buf bytes = read_all(path);
    /* swap the two blocks: header, length and table are right, the blocks are not */
    char *a = bytes.p + FRAME_PAYLOAD_AT, *b = a + FRAME_BLOCK_BYTES;
    for (size_t i = 0; i < FRAME_BLOCK_BYTES; i++) {
        char keep = a[i];
        a[i] = b[i];
        b[i] = keep;
    }
    write_bytes(copy, bytes.p, bytes.n);
    assert_int_equal(frame_open(copy, "test", 3, FRAME_CHECK_HEADER, &frame, &err), OK);
    assert_int_equal(frame_verify(&frame, copy, &err), E_CORRUPT);
    assert_int_equal(err.offset, FRAME_PAYLOAD_AT);
    frame_close(&frame);
    write_bytes(copy, bytes.p, bytes.n - 8);
    assert_int_equal(frame_open(copy, "test", 3, FRAME_CHECK_HEADER, &frame, &err), E_CORRUPT);
    buf_fini(&bytes);
}

static void other_kinds_and_newer_versions_are_refused(void **state) {
    Frame frame;
    Err err;
    write_frame(path, 10);
    assert_int_equal(frame_open(path, "other", 3, FRAME_CHECK_ALL, &frame, &err), E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "other"));
    assert_int_equal(frame_open(path, "test", 2, FRAME_CHECK_ALL, &frame, &err), E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "version 3"));
    assert_int_equal(frame_open("/nonexistent/x", "test", 3, FRAME_CHECK_ALL, &frame, &err),
                     E_NOT_FOUND);
    assert_int_equal(frame_open(dir, "test", 3, FRAME_CHECK_ALL, &frame, &err), E_USAGE);
}

static int entries_in_dir(void) {
    DIR *d = opendir(dir);
    int n = 0;
    assert_non_null(d);
    while (readdir(d)) n++;
    closedir(d);
    return n - 2;
}

static void an_aborted_writer_leaves_the_old_file_alone(void **state) {
    FrameWriter *w;
    Err err;
    write_frame(path, 100);
    assert_int_equal(frame_begin(path, "test", 4, &w, &err), OK);
    assert_int_equal(frame_write(w, "x", 1, &err), OK);
    frame_abort(w);
    frame_abort(NULL);
    assert_int_equal(open_all(path, &err), OK);
    (void)unlink(copy);
    assert_int_equal(entries_in_dir(), 1);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

/* RLIMIT_FSIZE makes write(2) fail with EFBIG, which stands for a full disk here. */
static void a_refused_write_is_an_error_and_leaves_nothing(void **state) {
    static const char block[FRAME_BLOCK_BYTES];
    struct rlimit old, small;
    FrameWriter *w = NULL;
    Err err;
    (void)unlink(path);
    (void)unlink(copy);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = FRAME_BLOCK_BYTES / 2;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_int_equal(frame_begin(path, "test", 1, &w, &err), OK);
    Status first = OK;
    for (int i = 0; i < 4 && first == OK; i++) first = frame_write(w, block, sizeof block, &err);
    Status second = frame_write(w, "x", 1, NULL);
    Status end = frame_commit(w, NULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(first, E_IO);
    assert_int_equal(second, E_IO);
    assert_int_equal(end, E_IO);
    assert_int_equal(entries_in_dir(), 0);
}

static void out_of_memory_is_reported_at_every_allocation(void **state) {
    uint64_t live = mem_live_blocks();
    for (uint64_t nth = 1;; nth++) {
        FrameWriter *w = NULL;
        Err err;
        mem_fail_at(nth);
        Status status = frame_begin(copy, "test", 1, &w, &err);
        if (status == OK) {
            status = frame_write(w, "x", 1, &err);
            assert_int_equal(status, OK);
            status = frame_commit(w, &err);
        }
        mem_fail_at(0);
        assert_int_equal(mem_live_blocks(), live);
        if (status == OK) break;
        assert_int_equal(status, E_NO_MEMORY);
        assert_true(nth < 100);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(alignment_pads_with_zeros),
        cmocka_unit_test(every_flipped_byte_is_found),
        cmocka_unit_test(every_cut_and_every_tail_is_found),
        cmocka_unit_test(a_header_check_is_enough_for_a_cut_but_not_for_a_block),
        cmocka_unit_test(other_kinds_and_newer_versions_are_refused),
        cmocka_unit_test(an_aborted_writer_leaves_the_old_file_alone),
        cmocka_unit_test(a_refused_write_is_an_error_and_leaves_nothing),
        cmocka_unit_test(out_of_memory_is_reported_at_every_allocation),
    };
    return cmocka_run_group_tests_name("frame", tests, make_dir, remove_dir);
}
