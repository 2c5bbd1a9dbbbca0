/*
 * The vault: keys of endpoints, consents and the surrogates of each conversation, sealed.
 *
 *     gate/vault.key       32 random bytes, the master key; 0600
 *     gate/vault           secrets by name
 *     gate/talks/NAME      the map of conversation NAME
 *     gate/egress.head     where the ledger ends (ledger_head.c)
 *     gate/lock            held while a file above is read and replaced
 *
 * All are frames (base/frame.h), replaced atomically and, but for egress.head, synced: what was
 * committed survives kill -9 and power loss, and a crash in between leaves the old file. What all
 * but the key's hold is sealed with a key derived from the master key (base/seal.h), bound to the
 * file's name, so that one file cannot be put in another's place:
 *
 *     vault:  u32 n, then n times: u32 name_n, u32 value_n, name, value
 *     talk:   key[32], u32 n, then n times: u8 type, u8 part, u8 kind_n, u8 0, u32 original_n,
 *             u32 surrogate_n, kind, original, surrogate              (all little-endian)
 *
 * A small map, in which Emma Clark is Vanora Jellicombe; 81 bytes, which are sealed to 121:
 *
 *     0   key[32]
 *     32  01 00 00 00                               one entry
 *     36  00 00 06 00  0A 00 00 00  11 00 00 00     person, whole; 6, 10 and 17 bytes follow
 *     48  "person"  "Emma Clark"  "Vanora Jellicombe"
 *
 * In memory an entry is found by three tables (open addressing, half empty at least, a power of two
 * wide) that hold hashes alone; of entries with one hash the first counts:
 *
 *     slots[0]  original, part      -> entry    vault_talk_original: has it got one?
 *     slots[1]  surrogate           -> entry    vault_talk_surrogate: is it taken?
 *     slots[2]  skeleton, type, part -> entry   vault_talk_same: the same thing, spelled otherwise
 *
 * Hashes are 64 bits over texts and are believed. Two texts of one hash would share an entry; in a
 * full map (2^16 entries) that is a chance of about 2^-33 (birthday bound), and hash_table_key is
 * keyed by the process, so that nobody can choose them.
 *
 * A kind is kept by its name, so that a build with more kinds reads an older map. All surrogates of
 * a conversation are drawn from its key (surrogate.c). The key is drawn when the conversation
 * begins: two of them share no surrogate but by chance, also when the second takes the name of a
 * first that was forgotten. On a paired device (pair.c) it is derived from the secret "pair" and
 * the conversation's name instead, so that all devices of a user begin it with the same key. In
 * version 1 of a map a salt stands in the key's place, from which, the name and the master key it
 * is derived.
 *
 * The key file is made once, together with the vault. If it is gone while something sealed is
 * there, nothing is made anew: every verb fails with E_CORRUPT and a hint, and so nothing leaves.
 * Whoever reads the key file reads the vault: it protects copies and backups of the rest, not
 * against a program of the same user (decision 0011).
 *
 * Sources: libsodium's documentation for XChaCha20-Poly1305 and keyed BLAKE2b.
 */
#include "gate/vault.h"

#include <assert.h>
#include <dirent.h>

#include "base/frame.h"
#include "base/hash.h"
#include "base/mem.h"
#include "gate/match.h"

enum {
    SECRETS_BYTES_MAX = 8 << 20,
    SECRETS_MAX = 4096,
    SECRET_NAME_MAX = 200,
    SECRET_MAX = 64 << 10,
    LOCK_WAIT_MS = 5000,
    SECRETS_VERSION = 1,
    TALK_VERSION = 2,
    NOTE_VERSION = 1,
    TABLES = 3,
    ENTRY_HEAD_BYTES = 12, /* of an entry in a map, before its texts */
    ENTRY_EXTRA_BYTES = 64 /* of an entry, besides its own two */
};

_Static_assert(SCAN_TYPE_COUNT <= UINT8_MAX && VAULT_PART_COUNT <= UINT8_MAX, "a byte in a map");
_Static_assert(VAULT_PART_COUNT < 16, "hash_of: a part and one take four bits");
_Static_assert(VAULT_ENTRIES_MAX <= UINT32_MAX, "Slot.entry");

struct Vault {
    char *folder;
    uint8_t key[SEAL_KEY_BYTES];
    bool has_key;
    int lock_fd, locks; /* how often it is held: a parcel asks for a consent while it masks */
};

typedef struct Slot {
    uint64_t hash; /* 0: free */
    uint32_t entry;
} Slot;

struct VaultTalk {
    Vault *vault;
    char *path, *bound; /* of its file; what its seal is bound to */
    bool locked;
    uint8_t key[SEAL_KEY_BYTES];
    Arena arena;
    VaultEntry *entries;
    size_t n, cap;
    uint64_t (*hashes)[TABLES]; /* [n] of an entry in each table */
    size_t cap_hashes;
    bool changed; /* since it was on the disk */
    size_t bytes;
    Slot *slots[TABLES]; /* by original, by surrogate, by identity */
    size_t cap_slots;
};

/* ---- keys ---------------------------------------------------------------------------------- */

static Status path_of(const Vault *vault, const char *name, char **out, Err *err) {
    *out = file_join(vault->folder, name);
    return *out ? OK : err_no_memory(err, "a path");
}

/* Anything in it but what begins with a dot; false: it cannot be read, or is not there. */
static bool folder_holds(const char *path) {
    DIR *folder = opendir(path);
    bool some = false;
    if (!folder) return false;
    for (struct dirent *e; (e = readdir(folder));) some |= e->d_name[0] != '.';
    closedir(folder);
    return some;
}

/* No other will do: what it sealed is lost with it. */
static void key_hint(Err *err) {
    (void)err_hint(err, "bring vault.key back from a backup; or remove it with vault and talks/ "
                        "beside it: keys of endpoints are entered again then, old masked texts "
                        "stay masked");
}

static Status key_lost(const Vault *vault, Err *err) {
    (void)err_set(err, E_CORRUPT, "the key of the vault is gone: %s/vault.key", vault->folder);
    key_hint(err);
    return E_CORRUPT;
}

/* Only where nothing sealed is there yet: a fresh key beside old files would hide that they are
   lost. */
static Status key_make(Vault *vault, const char *path, Err *err) {
    char *sealed = NULL, *talks = NULL;
    Status status = path_of(vault, "vault", &sealed, err);
    if (status == OK) status = path_of(vault, "talks", &talks, err);
    if (status == OK && (file_exists(sealed) || folder_holds(talks))) status = key_lost(vault, err);
    if (status == OK) {
        random_bytes(vault->key, sizeof vault->key);
        Str key = {(char *)vault->key, sizeof vault->key};
        status = frame_put(path, "vaultkey", 1, key, err);
    }
    mem_free(sealed);
    mem_free(talks);
    return status;
}

/* With the lock held: the key is there, or made when there is nothing yet. */
static Status key_need(Vault *vault, Err *err) {
    char *path = NULL;
    Frame frame;
    if (vault->has_key) return OK;
    TRY(path_of(vault, "vault.key", &path, err));
    Status status;
    if (file_exists(path)) {
        status = frame_open(path, "vaultkey", 1, FRAME_CHECK_ALL, &frame, err);
        if (status == OK && frame.payload_bytes != sizeof vault->key) {
            status = err_set(err, E_CORRUPT, "%s does not hold a key", path);
        }
        if (status == OK) memcpy(vault->key, frame.payload, sizeof vault->key);
        if (status == E_CORRUPT) key_hint(err);
        frame_close(&frame);
    } else {
        status = key_make(vault, path, err);
    }
    vault->has_key = status == OK;
    mem_free(path);
    return status;
}

/* The home's lock for the vault, taken as often as one likes by this process and given back as
   often: an open map holds it, and a consent or secret is asked for meanwhile. */
static Status lock(Vault *vault, Err *err) {
    char *path = NULL;
    if (vault->locks) {
        vault->locks++;
        return OK;
    }
    TRY(path_of(vault, "lock", &path, err));
    Status status = file_lock_wait(path, LOCK_WAIT_MS, &vault->lock_fd, err);
    vault->locks = status == OK;
    mem_free(path);
    return status;
}

static void unlock(Vault *vault) {
    assert(vault->locks > 0);
    if (--vault->locks == 0) file_unlock(vault->lock_fd);
}

Status vault_open(const char *folder, Vault **out, Err *err) {
    Vault *vault = mem_zalloc(sizeof *vault);
    if (vault) vault->folder = mem_strdup(folder);
    if (!vault || !vault->folder) {
        mem_free(vault);
        return err_no_memory(err, "the vault");
    }
    *out = vault;
    return OK;
}

void vault_close(Vault *vault) {
    if (!vault) return;
    assert(vault->locks == 0); /* a map that is open points to it */
    seal_wipe(vault->key, sizeof vault->key);
    mem_free(vault->folder);
    mem_free(vault);
}

/* ---- sealed files -------------------------------------------------------------------------- */

/* What files are sealed with: the master key seals nothing itself. */
static void file_key(const Vault *vault, uint8_t out[SEAL_KEY_BYTES]) {
    assert(vault->has_key); /* zeros would seal what everybody can open */
    seal_derive(vault->key, STR("file"), out);
}

typedef struct SealedFile {
    const char *path, *bound;
    uint32_t version; /* to be written, or as read */
} SealedFile;

/* synced: what is written survives a power loss; else an older one, or none, will do. */
static Status sealed_write(const Vault *vault, const SealedFile *file, Str plain, bool synced,
                           Err *err) {
    uint8_t key[SEAL_KEY_BYTES];
    char *sealed = mem_alloc(plain.n + SEAL_EXTRA_BYTES);
    if (!sealed) return err_no_memory(err, "a sealed file");
    file_key(vault, key);
    seal_close(key, str_from(file->bound), plain, sealed);
    seal_wipe(key, sizeof key);
    Str payload = {sealed, plain.n + SEAL_EXTRA_BYTES};
    Status status = (synced ? frame_put : frame_put_settled)(file->path, "sealed", file->version,
                                                             payload, err);
    mem_free(sealed);
    return status;
}

/* Appends the plain text. A wrong key, another file's seal and damage look the same: E_CORRUPT. */
static Status unseal(const Vault *vault, const SealedFile *file, Str sealed, Buf *out, Err *err) {
    uint8_t key[SEAL_KEY_BYTES];
    size_t n = sealed.n >= SEAL_EXTRA_BYTES ? sealed.n - SEAL_EXTRA_BYTES : 0;
    char *plain = buf_reserve(out, n);
    if (!plain) return buf_check(out, "a sealed file", err);
    file_key(vault, key);
    bool good = seal_open(key, str_from(file->bound), sealed, plain);
    seal_wipe(key, sizeof key);
    if (good) {
        out->n += n;
        return OK;
    }
    (void)err_set(err, E_CORRUPT, "%s cannot be unsealed: damaged, or sealed with another key",
                  file->path);
    return err_hint(err, "bring %s back from a backup, together with vault.key", file->path);
}

/* E_NOT_FOUND: no such file. */
static Status sealed_read(const Vault *vault, SealedFile *file, Buf *out, Err *err) {
    Frame frame;
    if (!file_exists(file->path)) return err_set(err, E_NOT_FOUND, "%s is not there", file->path);
    TRY(frame_open(file->path, "sealed", file->version, FRAME_CHECK_ALL, &frame, err));
    Str sealed = {(const char *)frame.payload, frame.payload_bytes};
    Status status = unseal(vault, file, sealed, out, err);
    if (status == OK && !frame_intact(&frame)) {
        status = err_set(err, E_CORRUPT, "%s was cut while it was read", file->path);
    }
    file->version = frame.version;
    frame_close(&frame);
    return status;
}

/* ---- notes --------------------------------------------------------------------------------- */

/* The key alone, without keeping the lock: notes are written under the ledger's own. */
static Status note_key(Vault *vault, Err *err) {
    if (vault->has_key) return OK;
    TRY(lock(vault, err));
    Status status = key_need(vault, err);
    unlock(vault);
    return status;
}

Status vault_note_put_at(Vault *vault, const char *path, const char *name, Str text, Err *err) {
    SealedFile file = {path, name, NOTE_VERSION};
    TRY(note_key(vault, err));
    return sealed_write(vault, &file, text, false, err);
}

Status vault_note_put(Vault *vault, const char *name, Str text, Err *err) {
    char *path = NULL;
    TRY(path_of(vault, name, &path, err));
    Status status = vault_note_put_at(vault, path, name, text, err);
    mem_free(path);
    return status;
}

Status vault_note_get_at(Vault *vault, const char *path, const char *name, Buf *out, Err *err) {
    SealedFile file = {path, name, NOTE_VERSION};
    if (!file_exists(path)) return err_set(err, E_NOT_FOUND, "%s is not there", path);
    TRY(note_key(vault, err));
    return sealed_read(vault, &file, out, err);
}

Status vault_note_get(Vault *vault, const char *name, Buf *out, Err *err) {
    char *path = NULL;
    TRY(path_of(vault, name, &path, err));
    Status status = vault_note_get_at(vault, path, name, out, err);
    mem_free(path);
    return status;
}

/* ---- secrets by name ----------------------------------------------------------------------- */

/* One record at the reader's place; false at damage. */
static bool secret_next(Reader *r, Str *name, Str *value) {
    uint32_t name_n = reader_u32(r), value_n = reader_u32(r);
    name->p = (const char *)reader_bytes(r, name_n);
    name->n = name_n;
    value->p = (const char *)reader_bytes(r, value_n);
    value->n = value_n;
    return !r->bad && name_n <= SECRET_NAME_MAX && value_n <= SECRET_MAX;
}

/* The vault's file, unsealed, between secrets_begin and secrets_end; `all` is wiped at the end. */
typedef struct Secrets {
    Vault *vault;
    char *path;
    bool locked;
    Buf all;
} Secrets;

static void secrets_end(Secrets *s) {
    seal_wipe_buf(&s->all);
    if (s->locked) unlock(s->vault);
    mem_free(s->path);
}

/* Takes the lock and reads all; no file is no secrets. After a failure nothing is left to end. */
static Status secrets_begin(Vault *vault, Secrets *s, Err *err) {
    *s = (Secrets){.vault = vault};
    buf_init(&s->all, SECRETS_BYTES_MAX);
    Status status = path_of(vault, "vault", &s->path, err);
    if (status == OK) status = lock(vault, err);
    s->locked = status == OK;
    if (status == OK) status = key_need(vault, err);
    SealedFile file = {s->path, "secrets", SECRETS_VERSION};
    if (status == OK) status = sealed_read(vault, &file, &s->all, err);
    if (s->locked && status == E_NOT_FOUND) status = OK;
    if (status != OK) secrets_end(s);
    return status;
}

/* The value of `name`, borrowed; p NULL: it has none. `rest`, unless NULL, gets all other records,
   and *n_rest how many. E_CORRUPT, with a message. */
static Status secrets_find(const Secrets *s, const char *name, Str *value, Buf *rest,
                           size_t *n_rest, Err *err) {
    Reader r = reader_init(s->all.p, s->all.n);
    uint32_t n = s->all.n ? reader_u32(&r) : 0;
    Status status = n > SECRETS_MAX ? E_CORRUPT : OK;
    *value = (Str){0};
    for (uint32_t i = 0; status == OK && i < n; i++) {
        size_t from = r.at;
        Str key, found;
        if (!secret_next(&r, &key, &found)) {
            status = E_CORRUPT;
        } else if (str_eq_c(key, name)) {
            *value = found;
        } else if (rest) {
            buf_add(rest, s->all.p + from, r.at - from);
            ++*n_rest;
        }
    }
    return status == OK ? OK : err_set(err, status, "%s is damaged", s->path);
}

/* Replaces the vault by one in which `name` has `value` (p NULL: none). */
static Status secrets_replace(Vault *vault, const char *name, Str value, Err *err) {
    Secrets s;
    Buf rest, out;
    Str old;
    size_t n = 0;
    TRY(secrets_begin(vault, &s, err));
    buf_init(&rest, SECRETS_BYTES_MAX);
    buf_init(&out, SECRETS_BYTES_MAX);
    Status status = secrets_find(&s, name, &old, &rest, &n, err);
    if (status == OK && !value.p && !old.p) {
        status = err_set(err, E_NOT_FOUND, "the vault has nothing named %s", name);
    }
    assert(n <= SECRETS_MAX);
    if (status == OK && n >= SECRETS_MAX) status = err_set(err, E_LIMIT, "the vault is full");
    if (status == OK) {
        buf_add_le(&out, n + (value.p != NULL), 4);
        buf_add_str(&out, buf_str(&rest));
        if (value.p) {
            buf_add_le(&out, strlen(name), 4);
            buf_add_le(&out, value.n, 4);
            buf_add_c(&out, name);
            buf_add_str(&out, value);
        }
        status = buf_check(&rest, "the vault", err);
        if (status == OK) status = buf_check(&out, "the vault", err);
    }
    SealedFile file = {s.path, "secrets", SECRETS_VERSION};
    if (status == OK) status = sealed_write(vault, &file, buf_str(&out), true, err);
    seal_wipe_buf(&rest);
    seal_wipe_buf(&out);
    secrets_end(&s);
    return status;
}

Status vault_secret_put(Vault *vault, const char *name, Str secret, Err *err) {
    if (!*name || strlen(name) > SECRET_NAME_MAX || secret.n > SECRET_MAX) {
        return err_set(err, E_LIMIT, "a secret has a name of 1 to %d and at most %d bytes",
                       SECRET_NAME_MAX, SECRET_MAX);
    }
    return secrets_replace(vault, name, secret.p ? secret : STR(""), err);
}

Status vault_secret_remove(Vault *vault, const char *name, Err *err) {
    return secrets_replace(vault, name, (Str){0}, err);
}

Status vault_secret_get(Vault *vault, const char *name, Buf *out, Err *err) {
    Secrets s;
    Str value;
    TRY(secrets_begin(vault, &s, err));
    Status status = secrets_find(&s, name, &value, NULL, NULL, err);
    if (status == OK && !value.p) {
        status = err_set(err, E_NOT_FOUND, "the vault has nothing named %s", name);
    }
    if (status == OK) {
        buf_add_str(out, value);
        status = buf_check(out, "a secret", err);
    }
    secrets_end(&s);
    return status;
}

Status vault_pair_get(Vault *vault, uint8_t secret[SEAL_KEY_BYTES], Err *err) {
    Buf value;
    buf_init(&value, SECRET_MAX);
    Status status = vault_secret_get(vault, "pair", &value, err);
    if (status == OK && value.n != SEAL_KEY_BYTES) {
        status = err_set(err, E_CORRUPT, "the vault holds no pairing under that name");
    }
    if (status == OK) memcpy(secret, value.p, SEAL_KEY_BYTES);
    seal_wipe_buf(&value);
    return status;
}

Status vault_pair_put(Vault *vault, const uint8_t secret[SEAL_KEY_BYTES], Err *err) {
    return vault_secret_put(vault, "pair", (Str){(const char *)secret, SEAL_KEY_BYTES}, err);
}

Status vault_secrets_are(Vault *vault, const Str *names, const Str *values, size_t n, bool *are,
                         Err *err) {
    Secrets s;
    TRY(secrets_begin(vault, &s, err));
    assert(s.locked && vault->has_key);
    Reader r = reader_init(s.all.p, s.all.n);
    uint32_t n_kept = s.all.n ? reader_u32(&r) : 0;
    Status status = n_kept > SECRETS_MAX ? E_CORRUPT : OK;
    memset(are, 0, n * sizeof *are);
    for (uint32_t i = 0; status == OK && i < n_kept; i++) {
        Str name, value;
        if (!secret_next(&r, &name, &value)) status = E_CORRUPT;
        for (size_t k = 0; status == OK && k < n; k++) {
            if (str_eq(name, names[k])) are[k] = str_eq(value, values[k]);
        }
    }
    if (status != OK) (void)err_set(err, status, "%s is damaged", s.path);
    secrets_end(&s);
    return status;
}

/* ---- the map of a conversation ------------------------------------------------------------- */

/* Never 0. The same text as another sort or part is another key. */
static uint64_t hash_of(Str text, int sort, int part) {
    uint64_t hash = hash_table_key(text.p, text.n);
    hash = (hash ^ (uint64_t)(sort * 16 + part + 1)) * 0x9E3779B97F4A7C15u;
    return hash ? hash : 1;
}

/* The slot of that hash, or the free one where it belongs. cap is a power of two, not all full. */
static Slot *slot_find(Slot *slots, size_t cap, uint64_t hash) {
    assert(hash); /* 0 marks a free slot */
    size_t at = (size_t)(hash >> 16) & (cap - 1);
    while (slots[at].hash && slots[at].hash != hash) at = (at + 1) & (cap - 1);
    return slots + at;
}

/* All three or none: on failure the old tables stay as they are. */
static Status slots_double(VaultTalk *talk, Err *err) {
    size_t cap = talk->cap_slots ? 2 * talk->cap_slots : 64;
    Slot *more[TABLES] = {0};
    bool good = true;
    assert((cap & (cap - 1)) == 0); /* slot_find masks */
    for (int t = 0; t < TABLES; t++) good &= (more[t] = mem_zalloc_n(cap, sizeof(Slot))) != NULL;
    for (int t = 0; t < TABLES; t++) {
        for (size_t i = 0; good && i < talk->cap_slots; i++) {
            if (talk->slots[t][i].hash) {
                *slot_find(more[t], cap, talk->slots[t][i].hash) = talk->slots[t][i];
            }
        }
        mem_free(good ? talk->slots[t] : more[t]);
        if (good) talk->slots[t] = more[t];
    }
    if (good) talk->cap_slots = cap;
    return good ? OK : err_no_memory(err, "surrogates");
}

static const VaultEntry *entry_by(const VaultTalk *talk, int table, uint64_t hash) {
    if (!talk->cap_slots) return NULL;
    const Slot *slot = slot_find(talk->slots[table], talk->cap_slots, hash);
    return slot->hash ? talk->entries + slot->entry : NULL;
}

const VaultEntry *vault_talk_original(const VaultTalk *talk, VaultPart part, Str original) {
    return entry_by(talk, 0, hash_of(original, 0, part));
}

const VaultEntry *vault_talk_surrogate(const VaultTalk *talk, Str surrogate) {
    return entry_by(talk, 1, hash_of(surrogate, 0, 0));
}

const VaultEntry *vault_talk_same(const VaultTalk *talk, ScanType type, VaultPart part,
                                  Str skeleton) {
    return entry_by(talk, 2, hash_of(skeleton, type + 1, part));
}

/* Of entries that are the same in a table the first one counts. */
static void slots_put(VaultTalk *talk, size_t entry) {
    assert(2 * (entry + 1) <= talk->cap_slots); /* a free slot ends every search */
    for (int t = 0; t < TABLES; t++) {
        Slot *slot = slot_find(talk->slots[t], talk->cap_slots, talk->hashes[entry][t]);
        if (!slot->hash) *slot = (Slot){talk->hashes[entry][t], (uint32_t)entry};
    }
}

static Status talk_grow(VaultTalk *talk, Err *err) {
    TRY(mem_grow((void **)&talk->entries, &talk->cap, talk->n + 1, sizeof *talk->entries,
                 VAULT_ENTRIES_MAX, err));
    TRY(mem_grow((void **)&talk->hashes, &talk->cap_hashes, talk->n + 1, sizeof *talk->hashes,
                 VAULT_ENTRIES_MAX, err));
    return 2 * (talk->n + 1) > talk->cap_slots ? slots_double(talk, err) : OK;
}

/* What an entry counts for, at least what it takes in the file: a map that may be added to may be
   written. */
static size_t entry_bytes(const VaultEntry *entry) {
    return entry->original.n + entry->surrogate.n + ENTRY_EXTRA_BYTES;
}

Status vault_talk_add(VaultTalk *talk, const VaultEntry *entry, Err *err) {
    size_t bytes = entry_bytes(entry);
    assert(entry->type < SCAN_TYPE_COUNT && entry->part < VAULT_PART_COUNT);
    assert(talk->bytes <= VAULT_TALK_BYTES_MAX);
    if (talk->n >= VAULT_ENTRIES_MAX) {
        return err_set(err, E_LIMIT, "this conversation holds more than %d private things",
                       VAULT_ENTRIES_MAX);
    }
    if (bytes > VAULT_TALK_BYTES_MAX - talk->bytes) {
        return err_set(err, E_LIMIT, "this conversation's private things exceed %d MiB",
                       VAULT_TALK_BYTES_MAX >> 20);
    }
    VaultEntry copy = *entry;
    copy.original.p = arena_dup(&talk->arena, entry->original.p, entry->original.n);
    copy.surrogate.p = arena_dup(&talk->arena, entry->surrogate.p, entry->surrogate.n);
    if (!copy.original.p || !copy.surrogate.p) return err_no_memory(err, "surrogates");
    TRY(talk_grow(talk, err));
    Buf skeleton;
    buf_init(&skeleton, SECRETS_BYTES_MAX);
    Status status = match_skeleton(copy.original, &skeleton, err);
    if (status == OK) {
        uint64_t *hash = talk->hashes[talk->n];
        hash[0] = hash_of(copy.original, 0, copy.part);
        hash[1] = hash_of(copy.surrogate, 0, 0);
        hash[2] = hash_of(buf_str(&skeleton), copy.type + 1, copy.part);
        talk->entries[talk->n] = copy;
        slots_put(talk, talk->n++);
        talk->bytes += bytes;
        talk->changed = true;
    }
    buf_fini(&skeleton);
    return status;
}

void vault_talk_drop(VaultTalk *talk, const bool *drop) {
    size_t n = 0, kept = 0;
    if (talk->n == 0) return;
    for (int t = 0; t < TABLES; t++) memset(talk->slots[t], 0, talk->cap_slots * sizeof(Slot));
    for (size_t i = 0; i < talk->n; i++) {
        if (drop[i]) continue;
        kept += entry_bytes(talk->entries + i);
        talk->entries[n] = talk->entries[i];
        memmove(talk->hashes[n], talk->hashes[i], sizeof talk->hashes[n]);
        slots_put(talk, n++);
    }
    assert(kept <= talk->bytes);
    talk->changed |= n != talk->n;
    talk->n = n;
    talk->bytes = kept;
}

static ScanKind kind_named(Str name) {
    for (int k = 0; k < KIND_COUNT; k++) {
        if (str_eq_c(name, scan_kind_name((ScanKind)k))) return (ScanKind)k;
    }
    return KIND_COUNT; /* of a newer build: its spelling is all that is needed */
}

static Str read_str(Reader *r, size_t n) {
    return (Str){(const char *)reader_bytes(r, n), n};
}

/* Any bytes: vault_talk_from hands in those of another device. What is read before the damage stays
   in the talk, which the caller closes. */
static Status talk_parse(VaultTalk *talk, Str plain, Err *err) {
    Reader r = reader_init(plain.p, plain.n);
    const uint8_t *key = reader_bytes(&r, sizeof talk->key);
    if (key) memcpy(talk->key, key, sizeof talk->key);
    uint32_t n = reader_u32(&r);
    bool good = !r.bad && n <= VAULT_ENTRIES_MAX;
    for (uint32_t i = 0; good && i < n; i++) {
        uint8_t type = reader_u8(&r), part = reader_u8(&r), kind_n = reader_u8(&r);
        (void)reader_u8(&r);
        uint32_t original_n = reader_u32(&r), surrogate_n = reader_u32(&r);
        Str kind = read_str(&r, kind_n);
        VaultEntry entry = {(ScanType)type, KIND_COUNT, (VaultPart)part, read_str(&r, original_n),
                            read_str(&r, surrogate_n)};
        good = !r.bad && type < SCAN_TYPE_COUNT && part < VAULT_PART_COUNT;
        if (!good) break;
        entry.kind = kind_named(kind);
        TRY(vault_talk_add(talk, &entry, err));
    }
    if (good && r.at == r.n) return OK;
    return err_set(err, E_CORRUPT, "the map %s is damaged inside", talk->path ? talk->path : "");
}

Status vault_talk_write(const VaultTalk *talk, Buf *out, Err *err) {
    buf_add(out, talk->key, sizeof talk->key);
    buf_add_le(out, talk->n, 4);
    for (size_t i = 0; i < talk->n; i++) {
        const VaultEntry *e = talk->entries + i;
        Str kind = str_from(e->kind < KIND_COUNT ? scan_kind_name(e->kind) : "");
        assert(ENTRY_HEAD_BYTES + kind.n <= ENTRY_EXTRA_BYTES); /* of entry_bytes: a map fits */
        buf_add_byte(out, (char)e->type);
        buf_add_byte(out, (char)e->part);
        buf_add_byte(out, (char)kind.n);
        buf_add_byte(out, 0);
        buf_add_le(out, e->original.n, 4);
        buf_add_le(out, e->surrogate.n, 4);
        buf_add_str(out, kind);
        buf_add_str(out, e->original);
        buf_add_str(out, e->surrogate);
    }
    return buf_check(out, "surrogates", err);
}

/* [A-Za-z0-9_-]{1,64}: it becomes a file's name, so no dot and no slash. */
static bool is_name(const char *name) {
    size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
    return n >= 1 && n <= 64 && !name[n];
}

Status gate_conversation_check(const char *name, Err *err) {
    if (is_name(name)) return OK;
    return err_set(err, E_USAGE, "a conversation is named by 1 to 64 of [A-Za-z0-9_-]");
}

static Status talk_paths(Vault *vault, const char *name, VaultTalk *talk, Err *err) {
    char *talks = NULL;
    TRY(gate_conversation_check(name, err));
    TRY(path_of(vault, "talks", &talks, err));
    Status status = file_make_dirs(talks, 0700, err);
    talk->path = file_join(talks, name);
    talk->bound = file_join("talk", name);
    mem_free(talks);
    if (status == OK && (!talk->path || !talk->bound)) status = err_no_memory(err, "a path");
    return status;
}

/* Of version 1, where a salt stood in the key's place. */
static Status key_from_salt(VaultTalk *talk, Err *err) {
    Buf label;
    assert(talk->vault->has_key && talk->locked);
    buf_init(&label, 1024);
    buf_add_c(&label, talk->bound);
    buf_add(&label, talk->key, sizeof talk->key);
    Status status = buf_check(&label, "a key", err);
    if (status == OK) seal_derive(talk->vault->key, buf_str(&label), talk->key);
    buf_fini(&label);
    return status;
}

/* From the devices' shared secret where they are paired, else at random. */
static Status key_of_new(VaultTalk *talk, Err *err) {
    uint8_t secret[SEAL_KEY_BYTES];
    Status status = vault_pair_get(talk->vault, secret, err);
    if (status == OK) seal_derive(secret, str_from(talk->bound), talk->key);
    else if (status == E_NOT_FOUND) random_bytes(talk->key, sizeof talk->key);
    seal_wipe(secret, sizeof secret);
    return status == E_NOT_FOUND ? OK : status;
}

/* A fresh map counts as changed: committing writes its key even when nothing is masked, so that
   what is drawn later in this conversation is drawn from the same one. */
static Status talk_load(VaultTalk *talk, bool known, Err *err) {
    Buf plain;
    SealedFile file = {talk->path, talk->bound, TALK_VERSION};
    buf_init(&plain, VAULT_TALK_BYTES_MAX);
    Status status = sealed_read(talk->vault, &file, &plain, err);
    bool fresh = status == E_NOT_FOUND;
    if (status == OK) {
        status = talk_parse(talk, buf_str(&plain), err);
        if (status == OK && file.version < TALK_VERSION) status = key_from_salt(talk, err);
    } else if (fresh && known) {
        (void)err_set(err, E_NOT_FOUND, "nothing was masked in a conversation of that name");
    } else if (fresh) {
        status = key_of_new(talk, err);
    }
    talk->changed = fresh;
    seal_wipe_buf(&plain);
    return status;
}

/* `known`: E_NOT_FOUND instead of a fresh one. The lock is held until vault_talk_close. */
static Status talk_begin(Vault *vault, const char *name, bool known, VaultTalk **out, Err *err) {
    VaultTalk *talk = mem_zalloc(sizeof *talk);
    if (!talk) return err_no_memory(err, "surrogates");
    talk->vault = vault;
    arena_init(&talk->arena, 2 * (size_t)VAULT_TALK_BYTES_MAX);
    Status status = talk_paths(vault, name, talk, err);
    if (status == OK) status = lock(vault, err);
    talk->locked = status == OK;
    if (status == OK) status = key_need(vault, err);
    if (status == OK) status = talk_load(talk, known, err);
    if (status == OK) {
        assert(talk->locked && vault->has_key && vault->locks > 0);
        *out = talk;
    } else {
        vault_talk_close(talk);
    }
    return status;
}

Status vault_talk_open(Vault *vault, const char *conversation, VaultTalk **out, Err *err) {
    return talk_begin(vault, conversation, false, out, err);
}

Status vault_talk_open_known(Vault *vault, const char *conversation, VaultTalk **out, Err *err) {
    return talk_begin(vault, conversation, true, out, err);
}

const uint8_t *vault_talk_key(const VaultTalk *talk) {
    return talk->key;
}

void vault_talk_rekey(VaultTalk *talk, const uint8_t key[SEAL_KEY_BYTES]) {
    talk->changed |= memcmp(talk->key, key, SEAL_KEY_BYTES) != 0;
    memcpy(talk->key, key, SEAL_KEY_BYTES);
}

size_t vault_talk_count(const VaultTalk *talk) {
    return talk->n;
}

const VaultEntry *vault_talk_at(const VaultTalk *talk, size_t index) {
    assert(index < talk->n);
    return talk->entries + index;
}

Status vault_talk_commit(VaultTalk *talk, Err *err) {
    assert(talk->vault && talk->locked); /* one of vault_talk_from is for looking at */
    if (!talk->changed) return OK;
    Buf plain;
    buf_init(&plain, VAULT_TALK_BYTES_MAX);
    SealedFile file = {talk->path, talk->bound, TALK_VERSION};
    Status status = vault_talk_write(talk, &plain, err);
    if (status == OK) status = sealed_write(talk->vault, &file, buf_str(&plain), true, err);
    seal_wipe_buf(&plain);
    if (status == OK) talk->changed = false;
    return status;
}

void vault_talk_close(VaultTalk *talk) {
    if (!talk) return;
    if (talk->locked) unlock(talk->vault);
    seal_wipe(talk->key, sizeof talk->key);
    for (int t = 0; t < TABLES; t++) mem_free(talk->slots[t]);
    arena_fini(&talk->arena);
    mem_free(talk->entries);
    mem_free(talk->hashes);
    mem_free(talk->path);
    mem_free(talk->bound);
    mem_free(talk);
}

Status vault_talk_from(Str bytes, VaultTalk **out, Err *err) {
    VaultTalk *talk = mem_zalloc(sizeof *talk);
    if (!talk) return err_no_memory(err, "surrogates");
    arena_init(&talk->arena, 2 * (size_t)VAULT_TALK_BYTES_MAX);
    Status status = talk_parse(talk, bytes, err);
    if (status == OK) *out = talk;
    else vault_talk_close(talk);
    return status;
}

Status vault_talk_names(Vault *vault, Arena *arena, VaultNames *out, Err *err) {
    char *path = NULL;
    TRY(path_of(vault, "talks", &path, err));
    DIR *folder = opendir(path);
    mem_free(path);
    *out = (VaultNames){0};
    if (!folder) return OK; /* no conversation yet */
    out->items = arena_alloc_n(arena, VAULT_TALKS_MAX, sizeof *out->items);
    Status status = out->items ? OK : err_no_memory(err, "conversations");
    for (struct dirent *e; status == OK && (e = readdir(folder));) {
        if (!is_name(e->d_name)) continue;
        if (out->n == VAULT_TALKS_MAX) {
            status = err_set(err, E_LIMIT, "more than %d conversations", VAULT_TALKS_MAX);
            break;
        }
        out->items[out->n] = arena_dup(arena, e->d_name, strlen(e->d_name) + 1);
        if (!out->items[out->n++]) status = err_no_memory(err, "conversations");
    }
    closedir(folder);
    return status;
}

Status vault_talk_forget(Vault *vault, const char *conversation, Err *err) {
    VaultTalk talk = {.vault = vault};
    Status status = talk_paths(vault, conversation, &talk, err);
    if (status == OK) status = lock(vault, err);
    bool locked = status == OK;
    if (locked) status = file_remove(talk.path, err);
    if (locked) unlock(vault);
    mem_free(talk.path);
    mem_free(talk.bound);
    return status;
}
