/*
 * Any bytes in the pack of a small model, with a screen: over a part of the file, over a part of
 * the payload with checksums that fit, as the whole payload, and as the whole file. No crash; what
 * is opened has exactly the length that the model needs and begins with its identity, else it was
 * made anew and is what it was at first; a screen's columns and groups lie within it.
 *
 * First byte: which of the four, and whether the file ends behind the bytes; two more: where.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "model/pack.h"

enum { COLS = 256, ROWS = 80, HEAD_CHECKED = 1024 };

static char folder[64], model[96], dir[96], path[200];
static float norm[COLS];
static Pool *pool;
static KernMat mat = {.type = KERN_Q8_0, .rows = ROWS, .cols = COLS};
static GgufTensor tensor;
static FileMap map;
static Screen plan;
static Buf whole, good; /* the file and its payload as they should be */

static bool open_pack(Frame *out) {
    WeightItem item = {&tensor, &mat, NULL, 0, kern_packed_bytes(mat.type, ROWS, COLS)};
    ScreenSource screen = {&plan, &tensor, norm};
    PackJob job = {map.fd, model, dir, &item, 1, item.bytes, &screen, {0}};
    bool found = false;
    if (pack_open_or_build(&job, pool, out, &found, NULL) != OK) abort();
    if (out->payload_bytes != pack_screen_at(item.bytes) + screen_bytes(&plan)) abort();
    return found;
}

static void clean_up(void) {
    char command[96];
    pool_free(pool);
    file_unmap(&map);
    buf_fini(&whole);
    buf_fini(&good);
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    (void)!system(command);
}

/* The only file in the folder of packs, whose name is a hash of the model's path. */
static void find_pack(void) {
    char command[160];
    (void)snprintf(command, sizeof command, "ls %s/*.pack", dir);
    FILE *list = popen(command, "r");
    if (!list || !fgets(path, sizeof path, list)) abort();
    (void)pclose(list);
    path[strcspn(path, "\n")] = 0;
}

/* It lies in the model's file: packing gives the pages of what it has read back to the system. */
static void make_tensor(void) {
    float row[COLS];
    size_t row_bytes = kern_row_bytes(mat.type, COLS);
    uint8_t *to = mem_alloc(ROWS * row_bytes);
    if (!to) abort();
    for (int r = 0; r < ROWS; r++) {
        for (int i = 0; i < COLS; i++) row[i] = (float)((r * 31 + i * 17) % 101 - 50) / 400;
        kern_quantise_q8_0(row, COLS, to + (size_t)r * row_bytes);
    }
    Str bytes = {(const char *)to, ROWS * row_bytes};
    if (file_replace(model, bytes, 0600, NULL) != OK || file_map(model, &map, NULL) != OK) abort();
    mem_free(to);
    tensor = (GgufTensor){.type = (TensorType)mat.type, .data = map.p, .bytes = map.n};
    for (int i = 0; i < COLS; i++) norm[i] = i % 9 == 0 ? 8 : 1;
    screen_plan(&mat, &plan);
}

static void set_up(void) {
    Frame frame;
    const char *root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    (void)snprintf(folder, sizeof folder, "%s/hearth-fuzz-XXXXXX", root);
    if (!mkdtemp(folder) || pool_new(1, &pool, NULL) != OK) abort();
    (void)snprintf(model, sizeof model, "%s/m.gguf", folder);
    (void)snprintf(dir, sizeof dir, "%s/packs", folder);
    make_tensor();
    if (open_pack(&frame)) abort();
    buf_init(&whole, 1 << 24);
    buf_init(&good, 1 << 24);
    buf_add(&good, (const char *)frame.payload, frame.payload_bytes);
    frame_close(&frame);
    find_pack();
    if (plan.rows != ROWS || good.status != OK || file_read(path, &whole, NULL) != OK) abort();
    (void)atexit(clean_up);
}

static void put_file(Str bytes) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || file_write_all(fd, bytes.p, bytes.n, path, NULL) != OK) abort();
    close(fd);
}

static void put(int how, size_t at, Str bytes) {
    const Buf *base = how & 1 ? &good : &whole;
    Buf mixed;
    buf_init(&mixed, 1 << 24);
    if (how & 2) {
        buf_add_str(&mixed, bytes);
    } else {
        at %= base->n;
        size_t n = bytes.n < base->n - at ? bytes.n : base->n - at;
        buf_add(&mixed, base->p, base->n);
        memcpy(mixed.p + at, bytes.p, n);
        if (how & 4) mixed.n = at + n;
    }
    if (how & 1) {
        if (frame_put_settled(path, "weights", 1, buf_str(&mixed), NULL) != OK) abort();
    } else {
        put_file(buf_str(&mixed));
    }
    buf_fini(&mixed);
}

static void look_at_screen(const Frame *frame) {
    Screen screen = plan;
    unsigned sum = 0;
    uint64_t at = pack_screen_at(kern_packed_bytes(mat.type, ROWS, COLS));
    screen_point(&screen, frame->payload + at);
    if (!screen.order) return;
    for (uint32_t i = 0; i < screen.cols; i++) {
        if (screen.order[i] >= COLS) abort();
    }
    for (size_t group = 0; group * SCREEN_ROWS < ROWS; group++) {
        ScreenGroup g = screen_group(&screen, group);
        float values[COLS];
        for (size_t i = 0; i < SCREEN_NORMS * SCREEN_ROWS; i++) sum += g.norms[i];
        kern_unpack_row(&g.top, SCREEN_ROWS - 1, values);
        kern_unpack_row(&g.rest, SCREEN_ROWS - 1, values);
    }
    if (sum == 1) (void)!write(-1, "", 0); /* the sum is of use, so it is made */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Frame frame;
    if (!pool) set_up();
    if (size < 3) return 0;
    put(data[0], (size_t)(data[1] | data[2] << 8) * 2, (Str){(const char *)data + 3, size - 3});
    bool found = open_pack(&frame);
    size_t same = found ? HEAD_CHECKED : good.n;
    if (memcmp(frame.payload, good.p, same) != 0) abort();
    look_at_screen(&frame);
    frame_close(&frame);
    return 0;
}
