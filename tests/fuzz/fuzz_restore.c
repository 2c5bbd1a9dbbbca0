/*
 * A map and an answer from any bytes: the answer goes through the restorer in one piece and in
 * many, cut where the bytes say, plain and inside JSON, with its addresses spared or not, and must
 * come out the same.
 *
 * Input: a byte that chooses form and cuts; then, up to a NUL byte, pairs "original TAB surrogate"
 * on lines; the rest is the answer.
 */
#include <stdlib.h>
#include <string.h>

#include "../support/alone.h"
#include "base/mem.h"
#include "gate/restore_impl.h"

enum { MAP_MAX = 1 << 16, OUT_MAX = 8 << 20 };

static void put_u32(Buf *out, size_t value) {
    for (int i = 0; i < 4; i++) buf_add_byte(out, (char)(value >> (8 * i)));
}

/* The lines as bytes of a map (vault.c). */
static bool map_of(Str lines, Buf *out) {
    size_t n = 0, count_at;
    for (int i = 0; i < 32; i++) buf_add_byte(out, 0);
    count_at = out->n;
    put_u32(out, 0);
    for (size_t at = 0; at < lines.n && n < 64;) {
        size_t end = str_find(lines, STR("\n"), at), tab;
        if (end == SIZE_MAX) end = lines.n;
        Str line = str_sub(lines, at, end);
        at = end + 1;
        tab = str_find(line, STR("\t"), 0);
        if (tab == SIZE_MAX || tab + 1 == line.n) continue;
        buf_add_byte(out, (char)((unsigned char)line.p[tab + 1] % SCAN_TYPE_COUNT));
        buf_add_byte(out, (char)(tab % VAULT_PART_COUNT));
        buf_add_byte(out, 0);
        buf_add_byte(out, 0);
        put_u32(out, tab);
        put_u32(out, line.n - tab - 1);
        buf_add(out, line.p, tab);
        buf_add(out, line.p + tab + 1, line.n - tab - 1);
        n++;
    }
    if (out->status == OK) out->p[count_at] = (char)n;
    return out->status == OK;
}

static void add(void *user, Str piece) {
    buf_add_str(user, piece);
}

static bool spares;

static bool restore(const VaultTalk *talk, GateForm form, Str answer, size_t most, Buf *out) {
    GateRestorer *r;
    Err err;
    bool good = true;
    size_t at = 0;
    if (restorer_of(talk, form, NULL, &r, &err) != OK) return false;
    gate_restorer_spare_addresses(r, spares);
    do {
        size_t n = answer.n - at < most ? answer.n - at : most;
        Str piece = alone(str_sub(answer, at, at + n));
        good = gate_restore_feed(r, piece, at + n == answer.n, add, out, &err) == OK;
        alone_free(piece);
        at += n;
    } while (good && at < answer.n);
    gate_restorer_free(r);
    return good && out->status == OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    VaultTalk *talk;
    Buf map, whole, pieces;
    Err err;
    if (size < 2) return 0;
    const uint8_t *nul = memchr(data + 1, 0, size - 1);
    if (!nul) return 0;
    Str lines = {(const char *)data + 1, (size_t)(nul - data) - 1};
    Str answer = {(const char *)nul + 1, size - (size_t)(nul - data) - 1};
    buf_init(&map, MAP_MAX);
    buf_init(&whole, OUT_MAX);
    buf_init(&pieces, OUT_MAX);
    GateForm form = data[0] & 1 ? GATE_JSON : GATE_PLAIN;
    spares = data[0] & 0x80;
    size_t most = 1 + (data[0] >> 1) % 9;
    if (map_of(lines, &map) && vault_talk_from(buf_str(&map), &talk, &err) == OK) {
        if (restore(talk, form, answer, SIZE_MAX, &whole) &&
            restore(talk, form, answer, most, &pieces)) {
            if (!str_eq(buf_str(&whole), buf_str(&pieces))) abort();
        }
        vault_talk_close(talk);
    }
    buf_fini(&map);
    buf_fini(&whole);
    buf_fini(&pieces);
    return 0;
}
