/*
 * The pairing file: what a user's other device needs to give the same thing the same surrogate, and
 * to restore what this one has masked.
 *
 * It is a frame of kind "pairing" (base/frame.h), which no home seals: another home is to read it.
 *
 *     u32 passes, u32 memory_kib   what Argon2id costs
 *     salt[16]
 *     sealed, with the passphrase's key, bound to the 24 bytes before:
 *         secret[32]               the devices share it; new conversations draw from it (vault.c)
 *         u32 n, then n times:     u32 name_n, u32 map_n, name, map            (little-endian)
 *
 * A map is what the vault seals of a conversation, its key included: a conversation that began
 * before the devices were paired goes on with the same key on both.
 *
 * The frame's checksums tell damage, the seal tells a wrong passphrase or somebody's change; the
 * two cannot be confused unless the checksums were made anew. What a passphrase may cost is bounded
 * before any of it is paid. Maps are merged one by one, each committed whole (merge.c): a crash in
 * between leaves some of them merged, and importing once more does the rest.
 *
 * A device that has a secret takes another only when told to. Conversations keep the keys that they
 * began with, so old ones are restored as before; new ones follow the new secret.
 *
 * What it costs: whoever has the file and its passphrase reads who stands behind every surrogate.
 * And on paired devices a conversation's name says its key, so a name that is used again after it
 * was forgotten draws the same surrogates. Names that Hearth draws are never used again.
 */
#include "gate/pair.h"

#include <assert.h>
#include <stdio.h>

#include "base/frame.h"
#include "base/hash.h"
#include "base/mem.h"
#include "gate/gate_impl.h"
#include "gate/merge.h"

enum {
    HEAD_BYTES = 8 + SEAL_SALT_BYTES,
    PLAIN_MAX = 256 << 20,
    NAMES_ARENA_MAX = 16 << 20,
    PASSES_MAX = 8, MEMORY_KIB_MAX = 1 << 20,
    NAME_MAX = 64, PASSPHRASE_MAX = 1024
};

static const char frame_kind[] = "pairing";
_Static_assert(GATE_PAIR_MARK >= sizeof "4f2a-91c0-7e", "a mark");
_Static_assert(HEAD_BYTES + SEAL_EXTRA_BYTES < PLAIN_MAX, "a file with nothing in it is one");

#define COST_DEFAULT (SealCost){3, 256 << 10} /* "moderate" in libsodium's documentation */
static SealCost cost_now = {3, 256 << 10};

void pair_set_cost(const SealCost *cost) {
    cost_now = cost ? *cost : COST_DEFAULT;
}

/* ---- the mark ------------------------------------------------------------------------------ */

/* 40 bits of a digest, for eyes: "4f2a-91c0-7e". */
static void mark_of(const uint8_t secret[SEAL_KEY_BYTES], char mark[GATE_PAIR_MARK]) {
    uint8_t d[SEAL_KEY_BYTES];
    seal_derive(secret, STR("mark"), d);
    (void)snprintf(mark, GATE_PAIR_MARK, "%02x%02x-%02x%02x-%02x", d[0], d[1], d[2], d[3], d[4]);
}

Status gate_pair_mark(Gate *gate, char mark[GATE_PAIR_MARK], Err *err) {
    uint8_t secret[SEAL_KEY_BYTES];
    mark[0] = 0;
    Status status = vault_pair_get(gate->vault, secret, err);
    if (status == OK) mark_of(secret, mark);
    seal_wipe(secret, sizeof secret);
    return status == E_NOT_FOUND ? OK : status;
}

/* ---- sealing and opening ------------------------------------------------------------------- */

/* The passphrase's key at the cost that the head names. It is bounded first: the head is from
   outside, and what it asks for is done before the seal can be checked. */
static Status head_key(const uint8_t head[HEAD_BYTES], Str passphrase, uint8_t key[SEAL_KEY_BYTES],
                       Err *err) {
    Reader r = reader_init(head, HEAD_BYTES);
    SealCost cost = {reader_u32(&r), reader_u32(&r)};
    if (cost.passes > PASSES_MAX || cost.memory_kib > MEMORY_KIB_MAX) {
        return err_set(err, E_CORRUPT, "a pairing file that takes %u passes over %u MiB",
                       cost.passes, cost.memory_kib / 1024);
    }
    return seal_stretch(passphrase, reader_bytes(&r, SEAL_SALT_BYTES), cost, key, err);
}

static Status pairing_put(const char *path, Str head, Str sealed, Err *err) {
    FrameWriter *w;
    TRY(frame_begin(path, frame_kind, 1, &w, err));
    Status status = frame_write(w, head.p, head.n, err);
    if (status == OK) status = frame_write(w, sealed.p, sealed.n, err);
    if (status == OK) return frame_commit(w, err);
    frame_abort(w);
    return status;
}

static Status file_write(const GatePairFile *file, Str plain, Err *err) {
    uint8_t key[SEAL_KEY_BYTES], salt[SEAL_SALT_BYTES];
    Buf head;
    buf_init(&head, HEAD_BYTES);
    random_bytes(salt, sizeof salt);
    buf_add_le(&head, cost_now.passes, 4);
    buf_add_le(&head, cost_now.memory_kib, 4);
    buf_add(&head, salt, sizeof salt);
    char *sealed = mem_alloc(plain.n + SEAL_EXTRA_BYTES);
    Status status = buf_check(&head, "a pairing file", err);
    if (status == OK && !sealed) status = err_no_memory(err, "a pairing file");
    if (status == OK) status = head_key((uint8_t *)head.p, file->passphrase, key, err);
    if (status == OK) {
        assert(head.n == HEAD_BYTES);
        assert(plain.n >= SEAL_KEY_BYTES && plain.n <= PLAIN_MAX); /* pair_parse reads it again */
        seal_close(key, buf_str(&head), plain, sealed);
        Str all = {sealed, plain.n + SEAL_EXTRA_BYTES};
        status = pairing_put(file->path, buf_str(&head), all, err);
    }
    seal_wipe(key, sizeof key);
    mem_free(sealed);
    buf_fini(&head);
    return status;
}

/* Appends the plain text; E_DENIED where the seal does not hold. */
static Status file_open(const GatePairFile *file, Str payload, Buf *plain, Err *err) {
    uint8_t key[SEAL_KEY_BYTES];
    if (payload.n < HEAD_BYTES + SEAL_EXTRA_BYTES || payload.n > PLAIN_MAX) {
        return err_set(err, E_CORRUPT, "%s is no pairing file", file->path);
    }
    Str sealed = str_sub(payload, HEAD_BYTES, payload.n);
    char *room = buf_reserve(plain, sealed.n - SEAL_EXTRA_BYTES);
    if (!room) return buf_check(plain, "a pairing file", err);
    TRY(head_key((const uint8_t *)payload.p, file->passphrase, key, err));
    bool good = seal_open(key, str_sub(payload, 0, HEAD_BYTES), sealed, room);
    seal_wipe(key, sizeof key);
    if (good) {
        plain->n += sealed.n - SEAL_EXTRA_BYTES;
        return OK;
    }
    (void)err_set(err, E_DENIED, "%s does not open with this passphrase", file->path);
    return err_hint(err, "it is the one that was given when the file was made");
}

static Status file_take(const GatePairFile *file, Buf *plain, Err *err) {
    Frame frame;
    TRY(frame_open(file->path, frame_kind, 1, FRAME_CHECK_ALL, &frame, err));
    Str payload = {(const char *)frame.payload, frame.payload_bytes};
    Status status = file_open(file, payload, plain, err);
    if (status == OK && !frame_intact(&frame)) {
        status = err_set(err, E_CORRUPT, "%s was cut while it was read", file->path);
    }
    frame_close(&frame);
    return status;
}

/* ---- export -------------------------------------------------------------------------------- */

static Status passphrase_check(Str passphrase, Err *err) {
    if (passphrase.n >= GATE_PAIR_PASSPHRASE_MIN && passphrase.n <= PASSPHRASE_MAX) return OK;
    return err_set(err, E_USAGE, "the passphrase of a pairing file takes %d bytes at least and %d "
                   "at most", GATE_PAIR_PASSPHRASE_MIN, PASSPHRASE_MAX);
}

/* This device's secret; the first export draws one, and this device is paired with itself then. */
static Status secret_need(Vault *vault, uint8_t secret[SEAL_KEY_BYTES], Err *err) {
    Status status = vault_pair_get(vault, secret, err);
    if (status != E_NOT_FOUND) return status;
    random_bytes(secret, SEAL_KEY_BYTES);
    return vault_pair_put(vault, secret, err);
}

static Status add_talk(Vault *vault, const char *name, Buf *plain, Err *err) {
    VaultTalk *talk = NULL;
    Buf map;
    buf_init(&map, VAULT_TALK_BYTES_MAX);
    Status status = vault_talk_open_known(vault, name, &talk, err);
    if (status == OK) status = vault_talk_write(talk, &map, err);
    vault_talk_close(talk);
    buf_add_le(plain, strlen(name), 4);
    buf_add_le(plain, map.n, 4);
    buf_add_c(plain, name);
    buf_add_str(plain, buf_str(&map));
    seal_wipe_buf(&map);
    return status == OK ? buf_check(plain, "a pairing file", err) : status;
}

/* `one` NULL: all conversations. */
static Status add_talks(Vault *vault, const char *one, Buf *plain, size_t *n, Err *err) {
    Arena arena;
    VaultNames names = {&one, 1};
    arena_init(&arena, NAMES_ARENA_MAX);
    Status status = one ? OK : vault_talk_names(vault, &arena, &names, err);
    buf_add_le(plain, names.n, 4);
    for (size_t i = 0; status == OK && i < names.n; i++) {
        status = add_talk(vault, names.items[i], plain, err);
    }
    *n = names.n;
    arena_fini(&arena);
    return status;
}

Status gate_pair_export(Gate *gate, const GatePairFile *file, GatePairing *out, Err *err) {
    uint8_t secret[SEAL_KEY_BYTES];
    Buf plain;
    *out = (GatePairing){0};
    TRY(passphrase_check(file->passphrase, err));
    TRY(secret_need(gate->vault, secret, err));
    buf_init(&plain, PLAIN_MAX);
    buf_add(&plain, secret, sizeof secret);
    Status status = add_talks(gate->vault, file->conversation, &plain, &out->conversations, err);
    if (status == OK) status = file_write(file, buf_str(&plain), err);
    if (status == OK) mark_of(secret, out->mark);
    seal_wipe(secret, sizeof secret);
    seal_wipe_buf(&plain);
    return status;
}

/* ---- import -------------------------------------------------------------------------------- */

/* One conversation of the file, as a map to look at; it ends with the call. */
static Status parse_talk(Reader *r, PairTalkFn each, void *user, Err *err) {
    VaultTalk *talk = NULL;
    uint32_t name_n = reader_u32(r), map_n = reader_u32(r);
    Str name = {(const char *)reader_bytes(r, name_n), name_n};
    Str map = {(const char *)reader_bytes(r, map_n), map_n};
    if (r->bad || name_n > NAME_MAX) return err_set(err, E_CORRUPT, "a pairing file without end");
    TRY(vault_talk_from(map, &talk, err));
    Status status = each(user, &(PairTalk){name, talk}, err);
    vault_talk_close(talk);
    return status;
}

Status pair_parse(Str plain, uint8_t secret[SEAL_KEY_BYTES], PairTalkFn each, void *user,
                  Err *err) {
    Reader r = reader_init(plain.p, plain.n);
    const uint8_t *bytes = reader_bytes(&r, SEAL_KEY_BYTES);
    uint32_t n = reader_u32(&r);
    if (r.bad || n > VAULT_TALKS_MAX) return err_set(err, E_CORRUPT, "a pairing file is damaged");
    memcpy(secret, bytes, SEAL_KEY_BYTES);
    for (uint32_t i = 0; i < n; i++) TRY(parse_talk(&r, each, user, err));
    return r.at == r.n ? OK : err_set(err, E_CORRUPT, "a pairing file goes on behind its end");
}

typedef struct Import {
    Vault *vault;
    GatePairing *out;
} Import;

/* PairTalkFn that takes nothing: reading alone shows whether all maps are whole. */
static Status look_at(void *user, const PairTalk *talk, Err *err) {
    (void)user;
    (void)talk;
    (void)err;
    return OK;
}

/* PairTalkFn: one conversation at a time is on the disk, merged. The name is checked where it is
   opened: it becomes a file's. */
static Status merge_talk(void *user, const PairTalk *theirs, Err *err) {
    Import *import = user;
    char name[NAME_MAX + 1];
    MergeCount count = {0};
    VaultTalk *mine;
    assert(theirs->name.n < sizeof name); /* parse_talk refuses longer ones */
    (void)snprintf(name, sizeof name, "%.*s", (int)theirs->name.n, theirs->name.p);
    TRY(vault_talk_open(import->vault, name, &mine, err));
    Status status = vault_talk_merge(mine, theirs->talk, &count, err);
    if (status == OK) status = vault_talk_commit(mine, err);
    vault_talk_close(mine);
    import->out->conversations += status == OK;
    import->out->things += count.things;
    import->out->given_up += count.given_up;
    return status;
}

/* E_USAGE: there is another one already, and nobody said that it is to be replaced. */
static Status secret_take(Vault *vault, const uint8_t theirs[SEAL_KEY_BYTES], bool replace,
                          Err *err) {
    uint8_t mine[SEAL_KEY_BYTES];
    Status status = vault_pair_get(vault, mine, err);
    bool same = status == OK && seal_same(mine, theirs, sizeof mine);
    seal_wipe(mine, sizeof mine);
    if (same) return OK;
    if (status == E_NOT_FOUND || (status == OK && replace)) {
        return vault_pair_put(vault, theirs, err);
    }
    TRY(status);
    (void)err_set(err, E_USAGE, "this device is paired with others already, by another secret");
    return err_hint(err, "--replace leaves them; conversations that are here are restored as "
                         "before, and new ones go with the devices of this file");
}

Status gate_pair_import(Gate *gate, const GatePairFile *file, GatePairing *out, Err *err) {
    uint8_t secret[SEAL_KEY_BYTES];
    Import import = {gate->vault, out};
    Buf plain;
    *out = (GatePairing){0};
    buf_init(&plain, PLAIN_MAX);
    Status status = file_take(file, &plain, err);
    /* all of it is looked at before anything is changed */
    if (status == OK) status = pair_parse(buf_str(&plain), secret, look_at, NULL, err);
    if (status == OK) status = secret_take(gate->vault, secret, file->replace, err);
    if (status == OK) status = pair_parse(buf_str(&plain), secret, merge_talk, &import, err);
    if (status == OK) mark_of(secret, out->mark);
    seal_wipe(secret, sizeof secret);
    seal_wipe_buf(&plain);
    return status;
}
