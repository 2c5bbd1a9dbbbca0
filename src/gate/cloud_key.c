/*
 * Where an endpoint's key lies, and how it comes from there.
 *
 *     vault         the secret "cloud:NAME", sealed; the usual place
 *     keyring       the system's keyring, under a name that was drawn when the endpoint was added
 *                   (key_keyring in clouds.toml): never on a disk, gone with its time or a restart
 *     variable      key_env: only then is an environment variable looked at
 *     credential    key_credential: the file of that name in $CREDENTIALS_DIRECTORY
 *
 * A service gets its keys as credentials of systemd (LoadCredentialEncrypted= in its unit; see
 * systemd.exec(5)): files in a folder that only the service can read and that never is on the disk.
 *
 * The kernel holds a keyring's key in its own memory for all processes of the user (keyrings(7),
 * user-keyring(7)). What can be promised: until --minutes have passed, the user's last process has
 * ended, or the machine restarts, whichever comes first. It is then put there again, by
 * gate_cloud_rekey. An endpoint that is replaced gets another drawn name and the old key is
 * dropped, so that no key is ever with an address that it was not given for.
 *
 * Every key is checked, wherever it comes from (printable ASCII, so that it cannot break a header),
 * read into one block that does not move, and wiped.
 */
#include <assert.h>
#include <stdio.h>
#include <sys/mman.h>

#include "base/fence.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/home.h"
#include "base/kernel_keys.h"
#include "base/mem.h"
#include "gate/cloud_impl.h"

enum { KEY_MAX = 4096, DRAWN_BYTES = 16 };

static const char drawn_kind[] = "hearth-cloud";
_Static_assert(sizeof drawn_kind + 2 * DRAWN_BYTES < GATE_NAME_MAX, "a key_keyring");

/* As the vault knows it. Names of endpoints are words, so none can be another secret's. */
static void secret_name(const char *endpoint, char out[GATE_NAME_MAX + 8]) {
    (void)snprintf(out, GATE_NAME_MAX + 8, "cloud:%s", endpoint);
}

/* The name is drawn, so that no two endpoints of a user's homes share one. */
void gate_key_to_keyring(GateEndpoint *endpoint) {
    uint8_t id[DRAWN_BYTES];
    random_bytes(id, sizeof id);
    kernel_key_name(drawn_kind, id, endpoint->key_keyring);
    assert(cloud_keyring_name_ok(endpoint->key_keyring)); /* what is written is read again */
}

/* What gate_key_to_keyring draws, and nothing else: clouds.toml must not name another program's
   key. */
bool cloud_keyring_name_ok(const char *name) {
    size_t n = sizeof drawn_kind - 1;
    return strncmp(name, drawn_kind, n) == 0 && name[n] == ':' &&
           strspn(name + n + 1, "0123456789abcdef") == 2 * DRAWN_BYTES &&
           strlen(name) == n + 1 + 2 * DRAWN_BYTES;
}

/* It goes into a header: a line end in it would begin another one. */
Status cloud_key_check(const GateEndpoint *e, Str key, Err *err) {
    if (key.n > KEY_MAX) return err_set(err, E_LIMIT, "a key of more than %d bytes", KEY_MAX);
    for (size_t i = 0; i < key.n; i++) {
        if (key.p[i] > ' ' && key.p[i] <= '~') continue;
        return err_set(err, E_USAGE, "the key of %s is not made of printable ASCII without blanks",
                       e->name);
    }
    return OK;
}

/* ---- putting and forgetting ---------------------------------------------------------------- */

/* In both places where it may be. No endpoint and no key are fine. */
Status cloud_key_forget(Gate *gate, const char *name, Err *err) {
    char secret[GATE_NAME_MAX + 8];
    GateEndpoint old;
    bool there;
    TRY(cloud_find(gate, name, &old, &there, err));
    if (there && *old.key_keyring) kernel_key_drop(old.key_keyring);
    secret_name(name, secret);
    Status status = vault_secret_remove(gate->vault, secret, err);
    return status == E_NOT_FOUND ? OK : status;
}

/* A system without keyrings is told the other way. */
static Status keyring_put(const GateEndpoint *e, Str key, Err *err) {
    Status status = kernel_key_put(e->key_keyring, key, e->key_seconds, err);
    if (status != OK) {
        (void)err_hint(err, "without --key-keyring the key is sealed and kept in the vault: "
                            "hearth cloud add %s --key-stdin", e->name);
    }
    return status;
}

/* Where the endpoint says; an empty key is none, and nothing is written. */
Status cloud_key_put(const Gate *gate, const GateEndpoint *e, Str key, Err *err) {
    char secret[GATE_NAME_MAX + 8];
    if (key.n == 0) return OK;
    assert(key.n <= KEY_MAX); /* cloud_key_check: what is put can be got */
    if (*e->key_keyring) return keyring_put(e, key, err);
    secret_name(e->name, secret);
    return vault_secret_put(gate->vault, secret, key, err);
}

/* With the endpoints' lock held, so that the key goes to the address that was looked at. */
Status gate_cloud_rekey(Gate *gate, const char *name, Str key, uint32_t seconds, Err *err) {
    GateEndpoint e;
    int lock;
    TRY(cloud_lock(gate, &lock, err));
    Status status = gate_cloud_find(gate, name, &e, err);
    if (status == OK) status = cloud_key_check(&e, key, err);
    if (status == OK && key.n == 0) status = err_set(err, E_USAGE, "no key was given");
    if (status == OK && (*e.key_env || *e.key_credential)) {
        status = err_set(err, E_USAGE, "the key of %s stands in %s; set it there", name,
                         *e.key_env ? e.key_env : e.key_credential);
    }
    e.key_seconds = seconds;
    if (status == OK) status = cloud_key_put(gate, &e, key, err);
    file_unlock(lock);
    return status;
}

/* ---- reading ------------------------------------------------------------------------------- */

/* All of the memory, for a shorter key may have a longer one behind it. */
void cloud_key_wipe(Buf *key) {
    if (key->p) {
        unfence(key->p, key->cap);
        explicit_bzero(key->p, key->cap);
        (void)munlock(key->p, key->cap);
    }
    buf_fini(key);
}

/* The path of a credential, which the process may not have been given; mem_free. */
static Status credential_path(const GateEndpoint *e, char **path, Err *err) {
    const char *folder = env_get("CREDENTIALS_DIRECTORY");
    *path = NULL;
    if (!folder || *folder != '/') return OK;
    *path = file_join(folder, e->key_credential);
    return *path ? OK : err_no_memory(err, "a path");
}

/* Its last line ends are not the key's. */
static Status read_credential(const GateEndpoint *e, Buf *out, Err *err) {
    char *path;
    TRY(credential_path(e, &path, err));
    Status status = path ? file_read(path, out, err) : E_NOT_FOUND;
    mem_free(path);
    if (status == E_NOT_FOUND) {
        (void)err_set(err, E_DENIED, "the key of %s should be the credential %s, which is not here",
                      e->name, e->key_credential);
        return err_hint(err, "in its unit: LoadCredentialEncrypted=%s, or seal a key: hearth cloud "
                             "add %s --key-stdin",
                        e->key_credential, e->name);
    }
    while (status == OK && out->n && strchr("\r\n", out->p[out->n - 1])) out->p[--out->n] = 0;
    return status;
}

/* An empty variable is an empty key: the endpoint is asked without one. */
static Status read_variable(const GateEndpoint *e, Buf *out, Err *err) {
    const char *value = env_get(e->key_env);
    if (value) {
        buf_add_c(out, value);
        return buf_check(out, "a key", err);
    }
    (void)err_set(err, E_DENIED, "the key of %s should stand in %s, which is not set", e->name,
                  e->key_env);
    return err_hint(err, "set the variable, or name another: key_env under [%s] in clouds.toml",
                    e->name);
}

/* Right into the locked pages of `out`. */
static Status read_keyring(const GateEndpoint *e, Buf *out, Err *err) {
    if (kernel_key_get(e->key_keyring, out->p, KEY_MAX, &out->n)) return OK;
    (void)err_set(err, E_DENIED, "the key of %s is no longer in the system's keyring (its time is "
                  "over, or the machine was restarted); `hearth cloud key %s` puts it there again",
                  e->name, e->name);
    return E_DENIED; /* all in the message: an answer's notice has no hint */
}

/* By the first place that the endpoint names, and no other: a variable that is not set is an error,
   and not a reason to look into the vault. */
static Status read_key(Gate *gate, const GateEndpoint *endpoint, Buf *out, Err *err) {
    char secret[GATE_NAME_MAX + 8];
    if (*endpoint->key_env) return read_variable(endpoint, out, err);
    if (*endpoint->key_credential) return read_credential(endpoint, out, err);
    if (*endpoint->key_keyring) return read_keyring(endpoint, out, err);
    secret_name(endpoint->name, secret);
    Status status = vault_secret_get(gate->vault, secret, out, err);
    return status == E_NOT_FOUND ? OK : status;
}

/* The pages are locked before the key is written into them, with room for the longest, so that no
   half of it stays in memory that grew. */
Status cloud_key_get(Gate *gate, const GateEndpoint *endpoint, Buf *out, Err *err) {
    buf_init(out, 2 * KEY_MAX);
    if (!buf_reserve(out, KEY_MAX + 1)) return buf_check(out, "a key", err);
    assert(out->n == 0 && out->cap > KEY_MAX);
    (void)mlock(out->p, out->cap); /* a small RLIMIT_MEMLOCK is no reason to fail */
    TRY(read_key(gate, endpoint, out, err));
    return cloud_key_check(endpoint, buf_str(out), err);
}

/* Is it there? It is not opened: its owner may have it watched. */
static Status credential_place(const GateEndpoint *endpoint, GateKey *out, Err *err) {
    char *path;
    TRY(credential_path(endpoint, &path, err));
    *out = path && file_exists(path) ? GATE_KEY_CREDENTIAL : GATE_KEY_MISSING;
    mem_free(path);
    return OK;
}

/* Where the key of an endpoint is, without showing it. */
Status gate_cloud_key(Gate *gate, const GateEndpoint *endpoint, GateKey *out, Err *err) {
    Buf key;
    if (*endpoint->key_env) {
        *out = env_get(endpoint->key_env) ? GATE_KEY_ENV : GATE_KEY_MISSING;
        return OK;
    }
    if (*endpoint->key_credential) return credential_place(endpoint, out, err);
    Status status = cloud_key_get(gate, endpoint, &key, err);
    if (*endpoint->key_keyring) {
        *out = status == OK ? GATE_KEY_KEYRING : GATE_KEY_MISSING;
        if (status == E_DENIED) status = OK;
    } else {
        *out = key.n > 0 ? GATE_KEY_SEALED : GATE_KEY_NONE;
    }
    cloud_key_wipe(&key);
    return status;
}
