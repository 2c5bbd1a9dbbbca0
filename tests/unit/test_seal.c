/*
 * Promises of sealing at rest below the store: the key file and its ways of unlocking, sealed
 * frames, texts and logs. What is changed, moved, cut or opened with another key is told; nothing
 * of the text stands on the disk; nothing plain is read or written in a sealed home.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/remove_folder.h"
#include "../support/sanitized.h"
#include "base/fault_guard.h"
#include "base/file.h"
#include "base/frame.h"
#include "base/home.h"
#include "base/kernel_keys.h"
#include "base/mem.h"
#include "base/sealed_log.h"
#include "base/sealed_text.h"
#include "base/sealing.h"

static const uint8_t key_a[SEAL_KEY_BYTES] = "one key of these tests";
static const uint8_t key_b[SEAL_KEY_BYTES] = "two";
static const Str horse = {"correct horse", 13};
static const SealCost cheap = {1, 8};
static char dir[64], path[96], other[96];

static int begin(void **state) {
    (void)snprintf(dir, sizeof dir, "/dev/shm/hearth-seal-XXXXXX"); /* a sync costs nothing there */
    if (!mkdtemp(dir)) (void)snprintf(dir, sizeof dir, "/tmp/hearth-seal-XXXXXX");
    if (dir[1] == 't' && !mkdtemp(dir)) return -1;
    (void)snprintf(path, sizeof path, "%s/file", dir);
    (void)snprintf(other, sizeof other, "%s/other", dir);
    keyring_set_cost(&cheap);
    sealing_use(key_a);
    return 0;
}

static int end(void **state) {
    sealing_use(NULL);
    keyring_set_cost(NULL);
    home_set_root(NULL);
    return remove_folder(dir);
}

static void slurp(const char *from, Buf *out) {
    buf_init(out, 64 << 20);
    assert_int_equal(file_read(from, out, NULL), OK);
}

static void spill(const char *to, Str bytes) {
    assert_int_equal(file_replace(to, bytes, 0600, NULL), OK);
}

static bool file_holds(const char *from, const char *text) {
    Buf bytes;
    slurp(from, &bytes);
    bool holds = str_find(buf_str(&bytes), str_from(text), 0) != SIZE_MAX;
    buf_fini(&bytes);
    return holds;
}

/* Blocks are opened by several threads; which one is damaged is told as by one. */
static void a_sealed_file_of_many_blocks_is_opened_whole_or_not_at_all(void **state) {
    enum { BLOCKS = 9, BYTES = (BLOCKS - 1) * FRAME_BLOCK_BYTES + 77 };
    FrameWriter *w;
    Frame frame;
    Buf bytes;
    Err err;
    sealing_use(key_a);
    uint8_t *plain = mem_alloc(BYTES);
    assert_non_null(plain);
    for (size_t i = 0; i < BYTES; i++) plain[i] = (uint8_t)(i * 2654435761u >> 13);
    assert_int_equal(frame_begin(path, "vecseg", 1, &w, NULL), OK);
    assert_int_equal(frame_write(w, plain, BYTES, NULL), OK);
    assert_int_equal(frame_commit(w, NULL), OK);
    assert_int_equal(frame_open(path, "vecseg", 1, FRAME_CHECK_ALL, &frame, NULL), OK);
    assert_int_equal(frame.payload_bytes, BYTES);
    assert_memory_equal(frame.payload, plain, BYTES);
    frame_close(&frame);
    slurp(path, &bytes);
    for (int block = 0; block < BLOCKS; block++) {
        size_t at = FRAME_PAYLOAD_AT + (size_t)block * FRAME_BLOCK_BYTES;
        bytes.p[at] ^= 1;
        spill(path, buf_str(&bytes));
        assert_int_equal(frame_open(path, "vecseg", 1, FRAME_CHECK_ALL, &frame, &err), E_CORRUPT);
        assert_int_equal(err.offset, at);
        bytes.p[at] ^= 1;
    }
    buf_fini(&bytes);
    mem_free(plain);
    sealing_use(NULL);
}

/* ---- the key file -------------------------------------------------------------------------- */

static void a_ring(Keyring *ring, uint8_t master[SEAL_KEY_BYTES]) {
    keyring_make(ring, master);
    assert_int_equal(keyring_add(ring, master, KEY_SLOT_PASSPHRASE, horse, NULL), OK);
    assert_int_equal(keyring_add(ring, master, KEY_SLOT_SECRET,
                                 STR("0123456789abcdef0123456789abcdef"), NULL), OK);
    assert_int_equal(keyring_write(path, ring, master, NULL), OK);
}

static void a_key_file_opens_by_each_of_its_ways(void **state) {
    Keyring ring, again;
    uint8_t master[SEAL_KEY_BYTES], got[SEAL_KEY_BYTES];
    Err err;
    a_ring(&ring, master);
    assert_int_equal(keyring_read(path, &again, &err), OK);
    assert_int_equal(keyring_unlock(&again, KEY_SLOT_PASSPHRASE, horse, got, &err), OK);
    assert_memory_equal(got, master, sizeof got);
    memset(got, 0, sizeof got);
    assert_int_equal(keyring_unlock(&again, KEY_SLOT_SECRET,
                                    STR("0123456789abcdef0123456789abcdef"), got, &err), OK);
    assert_memory_equal(got, master, sizeof got);
    Buf bytes;
    slurp(path, &bytes);
    assert_int_equal(str_find(buf_str(&bytes), (Str){(char *)master, sizeof master}, 0), SIZE_MAX);
    buf_fini(&bytes);
}

static void a_wrong_passphrase_is_denied_with_one_sentence(void **state) {
    Keyring ring;
    uint8_t master[SEAL_KEY_BYTES], got[SEAL_KEY_BYTES];
    Err err;
    a_ring(&ring, master);
    assert_int_equal(keyring_unlock(&ring, KEY_SLOT_PASSPHRASE, STR("correct horsf"), got, &err),
                     E_DENIED);
    assert_string_equal(err.message, "the passphrase does not open this home");
    assert_int_equal(keyring_unlock(&ring, KEY_SLOT_SECRET, horse, got, &err),
                     E_DENIED);
    assert_int_equal(keyring_add(&ring, master, KEY_SLOT_PASSPHRASE, STR("short"), &err), E_USAGE);
    assert_int_equal(keyring_add(&ring, master, KEY_SLOT_SECRET, STR("no secret file"), &err),
                     E_USAGE);
}

static void a_changed_passphrase_leaves_the_key_and_the_other_ways(void **state) {
    Keyring ring;
    uint8_t master[SEAL_KEY_BYTES], got[SEAL_KEY_BYTES];
    Str secret = STR("0123456789abcdef0123456789abcdef");
    a_ring(&ring, master);
    keyring_drop(&ring, KEY_SLOT_PASSPHRASE);
    assert_int_equal(keyring_add(&ring, master, KEY_SLOT_PASSPHRASE, STR("another one"), NULL), OK);
    assert_int_equal(keyring_write(path, &ring, master, NULL), OK);
    assert_int_equal(keyring_count(&ring, KEY_SLOT_PASSPHRASE), 1);
    assert_int_equal(keyring_unlock(&ring, KEY_SLOT_PASSPHRASE, horse, got, NULL),
                     E_DENIED);
    assert_int_equal(keyring_unlock(&ring, KEY_SLOT_PASSPHRASE, STR("another one"), got, NULL), OK);
    assert_memory_equal(got, master, sizeof got);
    assert_int_equal(keyring_unlock(&ring, KEY_SLOT_SECRET, secret, got, NULL), OK);
}

/* Every byte of it, flipped: told by the parser, by the slot, or by the check. */
static void a_changed_key_file_never_opens(void **state) {
    Keyring ring;
    uint8_t master[SEAL_KEY_BYTES], got[SEAL_KEY_BYTES];
    a_ring(&ring, master);
    for (size_t i = 0; i < sizeof ring; i++) {
        Keyring bad, parsed;
        memcpy(&bad, &ring, sizeof bad);
        ((uint8_t *)&bad)[i] ^= 0x10;
        Status status = keyring_parse((Str){(char *)&bad, sizeof bad}, &parsed, NULL);
        if (status == OK && parsed.slots[0].memory_kib <= 64 && parsed.slots[0].passes <= 64) {
            status = keyring_unlock(&parsed, KEY_SLOT_PASSPHRASE, horse, got, NULL);
        } else if (status == OK) {
            continue; /* the cost was flipped: it would only take long */
        }
        assert_int_not_equal(status, OK);
    }
    assert_int_equal(keyring_parse((Str){(char *)&ring, sizeof ring - 1}, &ring, NULL), E_CORRUPT);
}

/* ---- a home -------------------------------------------------------------------------------- */

static int phrase_n;
static int say_phrase(void *user, char *out, size_t max) {
    (void)max;
    if (phrase_n < 0) return -1;
    phrase_n = (int)strlen(user);
    memcpy(out, user, (size_t)phrase_n);
    return phrase_n;
}

static void seal_home(void) {
    Keyring ring;
    uint8_t master[SEAL_KEY_BYTES];
    sealing_use(NULL);
    home_set_root(dir);
    assert_int_equal(sealing_look(NULL), OK);
    assert_int_equal(sealing_state(), SEALING_OFF);
    keyring_make(&ring, master);
    assert_int_equal(keyring_add(&ring, master, KEY_SLOT_PASSPHRASE, horse, NULL), OK);
    assert_int_equal(sealing_put(&ring, master, NULL), OK);
    assert_int_equal(sealing_state(), SEALING_OPEN);
}

static void look_anew(void) {
    sealing_use(NULL);
    assert_int_equal(sealing_look(NULL), OK);
    assert_int_equal(sealing_state(), SEALING_LOCKED);
}

static void a_locked_home_gives_and_takes_nothing_but_a_passphrase_opens_it(void **state) {
    Err err;
    Buf text;
    char phrase[] = "correct horse", wrong[] = "wrong horses";
    SealingAsk ask = {say_phrase, phrase}, bad = {say_phrase, wrong};
    seal_home();
    assert_int_equal(sealed_text_replace(path, STR("the canary sings"), NULL), OK);
    look_anew();
    buf_init(&text, 4096);
    assert_int_equal(sealed_text_read(path, &text, &err), E_DENIED);
    assert_non_null(strstr(err.hint, "hearth unlock"));
    assert_int_equal(sealed_text_replace(path, STR("x"), &err), E_DENIED);
    assert_int_equal(sealing_unlock(NULL, &err), E_DENIED);
    assert_int_equal(sealing_unlock(&bad, &err), E_DENIED);
    assert_int_equal(sealing_state(), SEALING_LOCKED);
    assert_int_equal(sealing_unlock(&ask, &err), OK);
    assert_int_equal(sealed_text_read(path, &text, &err), OK);
    assert_true(str_eq_c(buf_str(&text), "the canary sings"));
    buf_fini(&text);
}

static int say_too_much(void *user, char *out, size_t max) {
    memset(out, 'x', max);
    return (int)max + *(int *)user;
}

static void a_passphrase_longer_than_its_room_is_refused_unread(void **state) {
    Err err;
    int more = 1;
    SealingAsk ask = {say_too_much, &more};
    seal_home();
    look_anew();
    assert_int_equal(sealing_unlock(&ask, &err), E_USAGE);
    more = 0;
    assert_int_equal(sealing_unlock(&ask, &err), E_DENIED);
}

static void a_credential_opens_the_home_without_a_question(void **state) {
    char name[128];
    uint8_t master[SEAL_KEY_BYTES];
    Str secret = STR("a secret that nobody guesses, of 40 bytes");
    seal_home();
    Keyring ring = *sealing_ring();
    assert_int_equal(sealing_master(master, NULL), OK);
    assert_int_equal(keyring_add(&ring, master, KEY_SLOT_SECRET, secret, NULL), OK);
    assert_int_equal(sealing_put(&ring, master, NULL), OK);
    (void)snprintf(name, sizeof name, "%s/hearth-seal", dir);
    spill(name, secret);
    look_anew();
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", dir, 1), 0);
    assert_int_equal(sealing_unlock(NULL, NULL), OK);
    spill(name, STR("another secret that nobody guesses, 44 bytes"));
    look_anew();
    assert_int_equal(sealing_unlock(NULL, NULL), E_DENIED);
    assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
}

static void the_systems_keyring_opens_it_until_the_key_is_dropped(void **state) {
    char name[KERNEL_KEY_NAME];
    uint8_t master[SEAL_KEY_BYTES];
    seal_home();
    assert_int_equal(sealing_master(master, NULL), OK);
    kernel_key_name(KEYRING_KIND, sealing_ring()->id, name);
    if (kernel_key_put(name, (Str){(char *)master, sizeof master}, 60, NULL) != OK) skip();
    look_anew();
    assert_int_equal(sealing_unlock(NULL, NULL), OK);
    kernel_key_drop(name);
    look_anew();
    assert_int_equal(sealing_unlock(NULL, NULL), E_DENIED);
    master[0] ^= 1; /* a key that is not this home's does not count */
    assert_int_equal(kernel_key_put(name, (Str){(char *)master, sizeof master}, 60, NULL), OK);
    assert_int_equal(sealing_unlock(NULL, NULL), E_DENIED);
    kernel_key_drop(name);
}

static void nobody_enters_while_a_home_is_converted(void **state) {
    Err err;
    seal_home();
    int fd = open(dir, O_RDONLY | O_DIRECTORY);
    assert_int_equal(flock(fd, LOCK_SH), 0);
    assert_int_equal(sealing_begin_alone(&err), E_BUSY);
    close(fd);
    fd = open(dir, O_RDONLY | O_DIRECTORY);
    assert_int_not_equal(flock(fd, LOCK_EX | LOCK_NB), 0); /* who was refused holds it as before */
    close(fd);
    assert_int_equal(sealing_begin_alone(&err), OK);
    fd = open(dir, O_RDONLY | O_DIRECTORY);
    assert_int_not_equal(flock(fd, LOCK_SH | LOCK_NB), 0);
    sealing_end_alone();
    assert_int_equal(flock(fd, LOCK_SH | LOCK_NB), 0);
    close(fd);
}

/* A process that tries again, as a program that uses the library may, is not let in by that. */
static void a_home_that_was_busy_is_busy_at_the_second_look(void **state) {
    Err err;
    sealing_use(NULL);
    home_set_root(dir);
    int fd = open(dir, O_RDONLY | O_DIRECTORY);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
    assert_int_equal(sealing_look(&err), E_BUSY);
    assert_int_equal(sealing_look(&err), E_BUSY);
    close(fd);
    assert_int_equal(sealing_look(&err), OK);
}

static void a_damaged_key_file_is_told_at_every_look(void **state) {
    Err err;
    sealing_use(NULL);
    home_set_root(dir);
    (void)snprintf(other, sizeof other, "%s/seal.key", dir);
    spill(other, STR("no key file"));
    for (int look = 0; look < 2; look++) {
        assert_int_equal(sealing_look(&err), E_CORRUPT);
        assert_int_equal(sealing_state(), SEALING_LOCKED);
        assert_true(sealing_on()); /* nothing is written plain */
    }
}

/* ---- frames -------------------------------------------------------------------------------- */

static char pattern(size_t at) { return (char)((uint32_t)at * 2654435761u >> 24); }

static void write_frame(const char *to, const char *kind, size_t n) {
    FrameWriter *w;
    static char bytes[3 * FRAME_BLOCK_BYTES];
    for (size_t i = 0; i < n; i++) bytes[i] = pattern(i);
    assert_int_equal(frame_begin(to, kind, 2, &w, NULL), OK);
    assert_int_equal(frame_write(w, bytes, n, NULL), OK);
    assert_int_equal(frame_commit(w, NULL), OK);
}

static Status open_frame(const char *from, Frame *frame) {
    return frame_open(from, "test", 2, FRAME_CHECK_HEADER, frame, NULL);
}

static void a_sealed_frame_is_read_back_and_says_nothing(void **state) {
    static const size_t sizes[] = {0, 1, 8, 4096, FRAME_BLOCK_BYTES, 2 * FRAME_BLOCK_BYTES + 777};
    char run[33] = {0};
    for (size_t i = 0; i < 32; i++) run[i] = pattern(i + 64);
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        Frame frame;
        write_frame(path, "test", sizes[i]);
        assert_int_equal(open_frame(path, &frame), OK);
        assert_int_equal(frame.payload_bytes, sizes[i]);
        assert_int_equal((uintptr_t)frame.payload % FRAME_PAYLOAD_AT, 0);
        for (size_t k = 0; k < sizes[i]; k++) {
            if ((char)frame.payload[k] != pattern(k)) fail_msg("byte %zu differs", k);
        }
        assert_true(frame_intact(&frame));
        assert_int_equal(frame_verify(&frame, path, NULL), OK);
        frame_close(&frame);
        assert_false(file_holds(path, run));
    }
}

static void every_changed_byte_of_a_sealed_frame_is_found(void **state) {
    Buf bytes;
    Frame frame;
    write_frame(path, "test", 5000);
    slurp(path, &bytes);
    int fd = open(path, O_WRONLY);
    for (size_t i = 0; i < bytes.n; i++) {
        char other_byte = (char)(bytes.p[i] ^ 1);
        assert_int_equal(pwrite(fd, &other_byte, 1, (off_t)i), 1);
        assert_int_not_equal(open_frame(path, &frame), OK);
        assert_int_equal(pwrite(fd, bytes.p + i, 1, (off_t)i), 1);
    }
    close(fd);
    assert_int_equal(open_frame(path, &frame), OK);
    frame_close(&frame);
    spill(path, str_sub(buf_str(&bytes), 0, bytes.n - SEAL_TAG_BYTES));
    assert_int_equal(open_frame(path, &frame), E_CORRUPT);
    buf_fini(&bytes);
}

static void a_sealed_frame_opens_in_its_place_and_with_its_key_alone(void **state) {
    Frame frame;
    write_frame(path, "test", 5000);
    assert_int_equal(rename(path, other), 0);
    assert_int_equal(open_frame(other, &frame), E_CORRUPT); /* another file's place */
    assert_int_equal(rename(other, path), 0);
    sealing_use(key_b);
    assert_int_equal(open_frame(path, &frame), E_CORRUPT);
    sealing_use(NULL);
    assert_int_equal(open_frame(path, &frame), E_DENIED); /* seal.key is gone */
    sealing_use(key_a);
    assert_int_equal(open_frame(path, &frame), OK);
    frame_close(&frame);
}

/* Blocks, with their tags, of one file and of two. */
static void sealed_blocks_cannot_change_places(void **state) {
    Buf bytes;
    Frame frame;
    write_frame(path, "test", 2 * FRAME_BLOCK_BYTES);
    slurp(path, &bytes);
    char *a = bytes.p + FRAME_PAYLOAD_AT, *b = a + FRAME_BLOCK_BYTES, *tags = b + FRAME_BLOCK_BYTES;
    char *keep = mem_dup(a, FRAME_BLOCK_BYTES);
    char tag[SEAL_TAG_BYTES];
    memcpy(a, b, FRAME_BLOCK_BYTES);
    memcpy(b, keep, FRAME_BLOCK_BYTES);
    memcpy(tag, tags, sizeof tag);
    memcpy(tags, tags + sizeof tag, sizeof tag);
    memcpy(tags + sizeof tag, tag, sizeof tag);
    mem_free(keep);
    spill(path, buf_str(&bytes));
    buf_fini(&bytes);
    assert_int_equal(open_frame(path, &frame), E_CORRUPT);
}

static void a_plain_frame_is_refused_in_a_sealed_home_but_for_models(void **state) {
    Frame frame;
    Err err;
    sealing_use(NULL);
    write_frame(path, "test", 100);
    write_frame(other, "weights", 100);
    sealing_use(key_a);
    assert_int_equal(frame_open(path, "test", 2, FRAME_CHECK_ALL, &frame, &err), E_DENIED);
    assert_non_null(strstr(err.message, "not sealed"));
    assert_int_equal(frame_open(other, "weights", 2, FRAME_CHECK_ALL, &frame, &err), OK);
    frame_close(&frame);
    write_frame(other, "weights", 100);
    FrameProbe probe;
    assert_int_equal(frame_probe(other, &probe, NULL), OK);
    assert_true(probe.is_frame);
    assert_false(probe.sealed);
}

static void a_file_that_cannot_be_looked_at_is_not_called_plain(void **state) {
    static FaultGuard *taken[FAULT_GUARDS_MAX];
    static _Alignas(1 << 16) char page[1]; /* where a mapping may begin, whatever a page is */
    FrameProbe probe;
    Buf text;
    size_t n = 0;
    assert_int_equal(sealed_text_replace(path, STR("the canary"), NULL), OK);
    while (n < FAULT_GUARDS_MAX && fault_guard_add(page, 1, &taken[n], NULL) == OK) n++;
    buf_init(&text, 1 << 20);
    assert_int_equal(frame_probe(path, &probe, NULL), E_LIMIT);
    assert_int_equal(sealed_text_read(path, &text, NULL), E_LIMIT);
    assert_int_equal(sealed_text_convert(path, NULL), E_LIMIT);
    assert_int_equal(frame_convert(path, NULL), E_LIMIT);
    while (n > 0) fault_guard_remove(taken[--n]);
    assert_int_equal(sealed_text_read(path, &text, NULL), OK);
    assert_true(str_eq_c(buf_str(&text), "the canary"));
    buf_fini(&text);
    assert_int_equal(frame_probe(other, &probe, NULL), OK); /* absent: nothing hidden there */
    assert_false(probe.is_frame);
}

static void out_of_memory_is_told_at_every_allocation(void **state) {
    uint64_t live = mem_live_blocks();
    write_frame(path, "test", 5000);
    for (uint64_t nth = 1; nth < 100; nth++) {
        Frame frame;
        mem_fail_at(nth);
        Status status = open_frame(path, &frame);
        mem_fail_at(0);
        if (status == OK) frame_close(&frame);
        assert_int_equal(mem_live_blocks(), live);
        if (status == OK) return;
        assert_int_equal(status, E_NO_MEMORY);
    }
    fail();
}

/* ---- texts and logs ------------------------------------------------------------------------ */

static void a_text_is_sealed_and_plain_again(void **state) {
    Buf text;
    sealing_use(NULL);
    assert_int_equal(sealed_text_replace(path, STR("the canary sings"), NULL), OK);
    assert_true(file_holds(path, "canary"));
    seal_home();
    Keyring ring = *sealing_ring();
    uint8_t master[SEAL_KEY_BYTES];
    assert_int_equal(sealing_master(master, NULL), OK);
    buf_init(&text, 4096);
    assert_int_equal(sealed_text_read(path, &text, NULL), E_DENIED);
    ring.phase = KEYRING_SEALING;
    assert_int_equal(sealing_put(&ring, master, NULL), OK);
    assert_int_equal(sealed_text_read(path, &text, NULL), OK); /* both forms, meanwhile */
    assert_int_equal(sealed_text_convert(path, NULL), OK);
    assert_false(file_holds(path, "canary"));
    assert_int_equal(sealed_text_convert(path, NULL), OK); /* again: nothing to do */
    ring.phase = KEYRING_UNSEALING;
    assert_int_equal(sealing_put(&ring, master, NULL), OK);
    assert_int_equal(sealed_text_convert(path, NULL), OK);
    assert_true(file_holds(path, "canary"));
    buf_fini(&text);
}

static void log_add(const char *text) {
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    assert_true(sealed_log_is(fd));
    assert_int_equal(sealed_log_add(fd, path, str_from(text), NULL), OK);
    close(fd);
}

static void assert_log(const char *whole, const char *tail) {
    Buf text;
    int fd = open(path, O_RDONLY);
    buf_init(&text, 4 << 20);
    assert_int_equal(sealed_log_read(fd, path, &text, NULL), OK);
    assert_true(str_eq_c(buf_str(&text), whole));
    buf_clear(&text);
    assert_int_equal(sealed_log_tail(fd, path, &text, NULL), OK);
    assert_true(str_eq_c(buf_str(&text), tail));
    buf_fini(&text);
    close(fd);
}

static void a_log_is_read_as_it_was_written(void **state) {
    log_add("1 the canary\n");
    assert_log("1 the canary\n", "1 the canary\n");
    log_add("2 sings\n");
    log_add("");
    log_add("3 and sings\n");
    assert_log("1 the canary\n2 sings\n3 and sings\n", "3 and sings\n");
    assert_false(file_holds(path, "canary"));
    assert_false(file_holds(path, "sings"));
}

/* Cut at every byte: what is whole is read, the rest is '?', and the next piece is read again. */
static void a_torn_piece_of_a_log_is_told_and_hides_nothing(void **state) {
    enum { HEAD = 32, PIECE = 16 + SEAL_EXTRA_BYTES + 2 };
    char want[256];
    Buf bytes;
    log_add("1\n");
    log_add("2\n");
    slurp(path, &bytes);
    assert_int_equal(bytes.n, HEAD + 2 * PIECE);
    for (size_t cut = HEAD + PIECE + 1; cut < bytes.n; cut++) {
        int torn = (int)(cut - HEAD - PIECE);
        spill(path, str_sub(buf_str(&bytes), 0, cut));
        char gap[128] = {0};
        memset(gap, '?', (size_t)torn);
        (void)snprintf(want, sizeof want, "1\n%s", gap);
        assert_log(want, want);
        log_add("\n3\n");
        size_t lost = bytes.n - cut; /* what the mark of the next piece may give back by chance */
        bool whole = lost <= 8 && memcmp(bytes.p + cut, bytes.p + HEAD, lost) == 0;
        (void)snprintf(want, sizeof want, "1\n%s\n3\n", whole ? "2\n" : gap);
        assert_log(want, "\n3\n");
    }
    buf_fini(&bytes);
}

/* The last byte of a torn piece is the first one of the next piece's mark. */
static void pieces_of_a_log_may_share_a_byte(void **state) {
    Buf bytes;
    bool shared = false;
    for (int i = 0; i < 20000 && !shared; i++) {
        (void)unlink(path);
        log_add("1\n");
        slurp(path, &bytes);
        shared = bytes.p[bytes.n - 1] == bytes.p[32];
        if (shared) spill(path, str_sub(buf_str(&bytes), 0, bytes.n - 1));
        buf_fini(&bytes);
    }
    assert_true(shared);
    log_add("2\n");
    log_add("3\n");
    assert_log("1\n2\n3\n", "3\n");
}

static void pieces_of_a_log_cannot_change_places(void **state) {
    enum { HEAD = 32, PIECE = 16 + SEAL_EXTRA_BYTES + 2 };
    char gap[2 * PIECE + 1] = {0};
    Buf bytes;
    log_add("1\n");
    log_add("2\n");
    slurp(path, &bytes);
    char *keep = mem_dup(bytes.p + HEAD, PIECE);
    memcpy(bytes.p + HEAD, bytes.p + HEAD + PIECE, PIECE);
    memcpy(bytes.p + HEAD + PIECE, keep, PIECE);
    mem_free(keep);
    spill(path, buf_str(&bytes));
    buf_fini(&bytes);
    memset(gap, '?', 2 * PIECE);
    assert_log(gap, gap);
}

static void a_log_is_sealed_and_plain_again(void **state) {
    sealing_use(NULL);
    spill(path, STR("1 a\n2 b\n"));
    sealing_use(key_a);
    int fd = open(path, O_RDONLY);
    assert_false(sealed_log_is(fd));
    close(fd);
    assert_int_equal(sealed_log_convert(path, NULL), OK);
    assert_log("1 a\n2 b\n", "1 a\n2 b\n");
    log_add("3 c\n");
    assert_log("1 a\n2 b\n3 c\n", "3 c\n");
}

enum { LIMITS_HOLD = !SANITIZED };

/* Reads a log of which 8 GiB are a hole. In a child, where little memory can be had; 0: refused. */
static int read_vast(void) {
    Buf text;
    Err err = {0};
    int failed = 0, fd = open(path, O_RDONLY);
    struct rlimit room = {512u << 20, 512u << 20};
    if (fd < 0 || setrlimit(RLIMIT_AS, &room) != 0) return 1;
    buf_init(&text, (size_t)1 << 34);
    if (sealed_log_is(fd)) {
        failed |= 4 * (sealed_log_read(fd, path, &text, &err) != E_LIMIT);
        failed |= 8 * !strstr(err.message, "too long");
        Status end = sealed_log_tail(fd, path, &text, &err);
        failed |= 16 * (end != E_LIMIT && end != E_NO_MEMORY);
    } else {
        failed |= 32 * (sealed_log_convert(path, &err) != E_LIMIT);
    }
    buf_fini(&text);
    close(fd);
    return failed;
}

static void assert_refused(void) {
    int status = 0;
    pid_t child = fork();
    if (child == 0) _exit(read_vast());
    assert_int_equal(waitpid(child, &status, 0), child);
    if (LIMITS_HOLD) assert_int_equal(status, 0);
}

/* A hole costs no disk and can be of any size; memory is not filled with what it stands for. */
static void a_log_beyond_the_memory_is_refused(void **state) {
    log_add("1 a\n");
    assert_int_equal(truncate(path, (off_t)8 << 30), 0);
    assert_refused();
    sealing_use(NULL);
    spill(path, STR("1 a\n"));
    assert_int_equal(truncate(path, (off_t)8 << 30), 0);
    sealing_use(key_a);
    assert_refused();
}

/* Each mark says that its piece reaches to the end: opening all of them would take an hour for 16
   MB. */
static void a_log_made_of_marks_is_told_soon(void **state) {
    enum { HEAD = 16, BIG = 8 << 20 };
    static const char one[HEAD] = {'\xf1', 'P', 'I', 'E', 'C', 'E', '\n', '\0'};
    Buf bytes, text;
    Err err;
    for (int small = 0; small < 2; small++) {
        (void)unlink(path);
        log_add("1 a\n");
        slurp(path, &bytes);
        bytes.max = BIG + 4096;
        size_t size = small ? 8192 : BIG;
        for (size_t at = bytes.n; bytes.n < size; at = bytes.n) {
            uint32_t n = (uint32_t)(size - at) - HEAD - SEAL_EXTRA_BYTES;
            if (size - at < HEAD + SEAL_EXTRA_BYTES) n = 0;
            buf_add(&bytes, one, sizeof one);
            memcpy(bytes.p + at + 8, &n, sizeof n);
        }
        spill(path, buf_str(&bytes));
        int fd = open(path, O_RDONLY);
        buf_init(&text, 2 * BIG);
        assert_int_equal(sealed_log_read(fd, path, &text, &err), small ? OK : E_CORRUPT);
        if (small) assert_true(str_starts(buf_str(&text), STR("1 a\n???")));
        buf_clear(&text);
        assert_int_equal(sealed_log_tail(fd, path, &text, &err), small ? OK : E_CORRUPT);
        if (small) assert_true(str_starts(buf_str(&text), STR("1 a\n???")));
        close(fd);
        buf_fini(&text);
        buf_fini(&bytes);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, end)
        EACH(a_sealed_file_of_many_blocks_is_opened_whole_or_not_at_all),
        EACH(a_key_file_opens_by_each_of_its_ways),
        EACH(a_wrong_passphrase_is_denied_with_one_sentence),
        EACH(a_changed_passphrase_leaves_the_key_and_the_other_ways),
        EACH(a_changed_key_file_never_opens),
        EACH(a_locked_home_gives_and_takes_nothing_but_a_passphrase_opens_it),
        EACH(a_passphrase_longer_than_its_room_is_refused_unread),
        EACH(a_credential_opens_the_home_without_a_question),
        EACH(the_systems_keyring_opens_it_until_the_key_is_dropped),
        EACH(nobody_enters_while_a_home_is_converted),
        EACH(a_home_that_was_busy_is_busy_at_the_second_look),
        EACH(a_damaged_key_file_is_told_at_every_look),
        EACH(a_sealed_frame_is_read_back_and_says_nothing),
        EACH(every_changed_byte_of_a_sealed_frame_is_found),
        EACH(a_sealed_frame_opens_in_its_place_and_with_its_key_alone),
        EACH(sealed_blocks_cannot_change_places),
        EACH(a_plain_frame_is_refused_in_a_sealed_home_but_for_models),
        EACH(a_file_that_cannot_be_looked_at_is_not_called_plain),
        EACH(out_of_memory_is_told_at_every_allocation),
        EACH(a_text_is_sealed_and_plain_again),
        EACH(a_log_is_read_as_it_was_written),
        EACH(a_torn_piece_of_a_log_is_told_and_hides_nothing),
        EACH(pieces_of_a_log_may_share_a_byte),
        EACH(pieces_of_a_log_cannot_change_places),
        EACH(a_log_is_sealed_and_plain_again),
        EACH(a_log_beyond_the_memory_is_refused),
        EACH(a_log_made_of_marks_is_told_soon),
    };
    return cmocka_run_group_tests_name("seal", tests, NULL, NULL);
}
