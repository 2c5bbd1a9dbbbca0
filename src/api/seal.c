/*
 * Sealing at rest, for the doors: turn/seal_home.h, with passphrases asked for and texts by name.
 *
 * Before a home is converted everything of it that this handle has open is closed, for it was
 * opened as the home is now. Passphrases are in this room's buffers for as long as a call lasts and
 * wiped behind it; a door wipes its own.
 *
 * Who asks whom for a passphrase:
 *
 *     rig_unlock -> sealing_unlock -> api_ask_to_open -> the caller's function, PASSPHRASE_OPEN
 *     hearth_seal, _seal_change -> ask_new             -> the caller's function, PASSPHRASE_NEW
 *
 * The first happens inside of any call that needs the home, once a process; the second only here.
 */
#include "turn/seal_home.h"

#include <assert.h>
#include <string.h>

#include "api/api.h"
#include "base/home.h"
#include "base/sealed_text.h"
#include "gate/cloud.h"
#include "gate/gate.h"
#include "gate/policy.h"
#include "route/rules.h"

enum {
    TEXT_MAX = 1 << 20,       /* what gate/policy.c, cloud_file.c and turn/rig.c read at most */
    MINUTES_MAX = 60 * 24 * 7 /* a week; chosen */
};

/* Only given to the rig where there is a callback (hearth_open). */
int api_ask_to_open(void *user, char *out, size_t max) {
    hearth *h = user;
    return h->passphrase(h->passphrase_user, HEARTH_PASSPHRASE_OPEN, out, max);
}

/* As much of it as the caller's header knew: the same rule as for options, the other way. */
void hearth_sealing_info(hearth *h, hearth_sealing *out) {
    static const char *const states[] = {
        "sealed", [KEYRING_SEALED] = "sealed", [KEYRING_SEALING] = "sealing",
        [KEYRING_UNSEALING] = "unsealing"};
    SealingState state = sealing_state();
    const Keyring *ring = sealing_ring();
    assert(ring->phase < ARRAY_LEN(states)); /* a key file with another one is not opened */
    bool lost = state == SEALING_OFF && seal_home_key_there(NULL) == E_DENIED;
    hearth_sealing info = {
        .size = out->size,
        .state = lost ? "keyless" : state == SEALING_OFF ? "plain" : states[ring->phase],
        .locked = lost || state == SEALING_LOCKED,
        .passphrases = (int)keyring_count(ring, KEY_SLOT_PASSPHRASE),
        .credentials = (int)keyring_count(ring, KEY_SLOT_SECRET)};
    memcpy(out, &info, out->size < sizeof info ? out->size : sizeof info);
}

/* ---- converting ---------------------------------------------------------------------------- */

/* The caller's callback, and what to call the work. */
typedef struct Relay {
    hearth_progress_fn progress;
    void *user;
    const char *stage;
} Relay;

/* A file is done when it is told of. How many there will be is not known beforehand. */
static void relay_file(void *user, const char *path, uint64_t n) {
    Relay *relay = user;
    hearth_progress at = {.stage = relay->stage, .item = path, .unit = "files", .done = n,
                          .eta_s = -1};
    if (relay->progress) relay->progress(relay->user, &at);
}

/* What is open was opened as the home is now. */
static void let_files_go(Rig *rig) {
    rig_store_release(rig);
    gate_close(rig->gate);
    rig->gate = NULL;
}

/* The new passphrase into out; wipe it. */
static Status ask_new(hearth *h, char out[KEYRING_PASSPHRASE_MAX], Str *phrase, Err *err) {
    int n = -1;
    if (h->passphrase) {
        n = h->passphrase(h->passphrase_user, HEARTH_PASSPHRASE_NEW, out, KEYRING_PASSPHRASE_MAX);
    }
    *phrase = (Str){out, n > 0 ? (size_t)n : 0};
    if (n >= 0) return OK;
    (void)err_set(err, E_USAGE, "a passphrase is needed, and nobody is there to ask");
    return err_hint(err, "give it in a file, - for stdin: --passphrase-file FILE, or "
                         "--new-passphrase-file FILE where the old one is to be said, too");
}

/* Files are closed also where the passphrase failed: they are opened again by what needs them. */
hearth_status hearth_seal(hearth *h, hearth_progress_fn progress, void *user, hearth_error *err) {
    Err why;
    char out[KEYRING_PASSPHRASE_MAX];
    Str phrase = {out, 0};
    Relay relay = {progress, user, "seal"};
    SealProgress each = {relay_file, &relay};
    bool plain = sealing_state() == SEALING_OFF;
    Status status = seal_home_key_there(&why);
    if (status == OK) status = plain ? ask_new(h, out, &phrase, &why) : rig_unlock(h->rig, &why);
    let_files_go(h->rig);
    if (status == OK) status = seal_home_on(phrase, &each, &why);
    seal_wipe(out, sizeof out);
    return api_fail(status, &why, err);
}

/* The key is needed to open what is sealed, so it is unlocked first; a plain home needs none. */
hearth_status hearth_unseal(hearth *h, hearth_progress_fn progress, void *user, hearth_error *err) {
    Err why;
    Relay relay = {progress, user, "unseal"};
    SealProgress each = {relay_file, &relay};
    API_TRY(seal_home_key_there(&why), &why, err);
    API_TRY(rig_unlock(h->rig, &why), &why, err);
    let_files_go(h->rig);
    return api_fail(seal_home_off(&each, &why), &why, err);
}

/* ---- ways to unlock ------------------------------------------------------------------------ */

/* In a plain home there is nothing to unlock. */
static Status unlocked(hearth *h, Err *err) {
    if (sealing_state() == SEALING_OFF) {
        (void)err_set(err, E_NOT_FOUND, "this home is not sealed");
        return err_hint(err, "`hearth seal` seals it");
    }
    return rig_unlock(h->rig, err);
}

/* The files stay as they are: a passphrase only wraps the master key (base/keyring.h). */
hearth_status hearth_seal_change(hearth *h, hearth_error *err) {
    Err why;
    char out[KEYRING_PASSPHRASE_MAX];
    Str phrase;
    API_TRY(unlocked(h, &why), &why, err);
    Status status = ask_new(h, out, &phrase, &why);
    if (status == OK) status = seal_home_passphrase(phrase, &why);
    seal_wipe(out, sizeof out);
    return api_fail(status, &why, err);
}

/* A NULL view is what seal_home_credential takes for "none". */
hearth_status hearth_seal_credential(hearth *h, const char *secret, size_t n, hearth_error *err) {
    Err why;
    API_TRY(unlocked(h, &why), &why, err);
    return api_fail(seal_home_credential((Str){n ? secret : NULL, n}, &why), &why, err);
}

/* The handle is unlocked also where there is no keyring that could keep the key for others. */
hearth_status hearth_unlock(hearth *h, int minutes, hearth_error *err) {
    Err why;
    if (minutes < 1 || minutes > MINUTES_MAX) {
        return api_fail(err_set(&why, E_USAGE, "minutes: %d is outside 1 to %d", minutes,
                                MINUTES_MAX), &why, err);
    }
    API_TRY(unlocked(h, &why), &why, err);
    return api_fail(seal_home_remember((uint32_t)minutes * 60, &why), &why, err);
}

/* Nothing that could fail: a key that is not there is what was wanted. */
hearth_status hearth_lock(hearth *h, hearth_error *err) {
    seal_home_forget();
    return HEARTH_OK;
}

/* ---- texts by name ------------------------------------------------------------------------- */

/* Three names and no others: `name` comes from outside and must not lead anywhere else. */
static Status text_path(const char *name, char **path, Err *err) {
    bool gate = strcmp(name, "policy.toml") == 0 || strcmp(name, "clouds.toml") == 0;
    if (gate || strcmp(name, "route.toml") == 0) {
        return home_path(gate ? HOME_GATE : HOME_CONFIG, name, path, err);
    }
    return err_set(err, E_USAGE, "\"%.40s\" is none of policy.toml, clouds.toml, route.toml", name);
}

/* Sealed or not, in the words of the file; a home that is being converted has some of each. */
hearth_status hearth_text_get(hearth *h, const char *name, char **text, size_t *n,
                              hearth_error *err) {
    Err why;
    char *path = NULL;
    Buf out;
    API_TRY(rig_unlock(h->rig, &why), &why, err);
    API_TRY(text_path(name, &path, &why), &why, err);
    buf_init(&out, TEXT_MAX);
    Status status = sealed_text_read(path, &out, &why);
    mem_free(path);
    if (status == E_NOT_FOUND) {
        (void)err_set(&why, E_NOT_FOUND, "this home has no %s", name);
        (void)err_hint(&why, "`hearth settings` says what may stand there");
    }
    if (status == OK) status = api_text(&out, name, text, n, &why);
    buf_fini(&out);
    return api_fail(status, &why, err);
}

/* As it is read where it is used: a mistake would close the gate, and the old text be lost. */
static Status check_text(const char *name, const char *path, Str text, Err *err) {
    Policy *policy = NULL;
    RouteRules *rules = NULL;
    Status status;
    if (strcmp(name, "policy.toml") == 0) {
        TRY(policy_new(path, &policy, err));
        status = policy_read(policy, text, err);
        policy_close(policy);
    } else if (strcmp(name, "route.toml") == 0) {
        status = route_rules_parse(text, &rules, err);
        route_rules_free(rules);
    } else {
        status = gate_cloud_check_text(text, err);
    }
    return status == OK ? OK : err_hint(err, "nothing was changed; put it right and say it again");
}

/* home_dir makes the folder where this is its first file. */
hearth_status hearth_text_put(hearth *h, const char *name, const char *text, size_t n,
                              hearth_error *err) {
    Err why;
    char *path = NULL, *folder = NULL;
    if (n > TEXT_MAX) { /* nobody could read it again */
        return api_fail(err_set(&why, E_LIMIT, "%.40s of %zu bytes; at most %d are read", name, n,
                                TEXT_MAX), &why, err);
    }
    API_TRY(rig_unlock(h->rig, &why), &why, err);
    API_TRY(text_path(name, &path, &why), &why, err);
    bool gate = strcmp(name, "route.toml") != 0;
    Status status = check_text(name, path, (Str){text, n}, &why);
    if (status == OK) status = home_dir(gate ? HOME_GATE : HOME_CONFIG, &folder, &why);
    if (status == OK) status = sealed_text_replace(path, (Str){text, n}, &why);
    mem_free(folder);
    mem_free(path);
    return api_fail(status, &why, err);
}
