/*
 * What the files about endpoints share: cloud.c (asking), cloud_file.c (clouds.toml),
 * cloud_key.c (where keys lie) and cloud_state.c (who rests, what is held of a budget).
 */
#ifndef HEARTH_GATE_CLOUD_IMPL_H
#define HEARTH_GATE_CLOUD_IMPL_H

#include "gate/cloud.h"
#include "gate/gate_impl.h"

/* ---- cloud_key.c ---- */

/* The key, into `out` (which is given back with cloud_key_wipe); empty when there is none. */
Status cloud_key_get(Gate *gate, const GateEndpoint *endpoint, Buf *out, Err *err) WARN_UNUSED;
/* Zeros and unlocks the pages of what cloud_key_get gave, and frees it; one that is empty, too. */
void cloud_key_wipe(Buf *key);
/* E_USAGE, E_LIMIT: it is none, whatever it was given for. */
Status cloud_key_check(const GateEndpoint *endpoint, Str key, Err *err) WARN_UNUSED;
/* Has it the form that gate_key_to_keyring draws? Only such names are asked of the keyring, so that
   a clouds.toml of another's cannot point at other programs' keys. */
bool cloud_keyring_name_ok(const char *name);
/* With the lock held: where the endpoint's table says, or the vault; nothing for an empty one. */
Status cloud_key_put(const Gate *gate, const GateEndpoint *endpoint, Str key, Err *err) WARN_UNUSED;
/* With the lock held, before the table changes; absent is fine. */
Status cloud_key_forget(Gate *gate, const char *name, Err *err) WARN_UNUSED;

/* ---- cloud_head.c ---- */

/* key_header and header: E_USAGE says which is none. */
Status cloud_head_check(const GateEndpoint *endpoint, Err *err) WARN_UNUSED;
/* What stands before the key: `usual`, or what the endpoint has for it. */
void cloud_head_of_key(const GateEndpoint *endpoint, const char *usual, char out[GATE_HEADER_MAX]);

/* ---- cloud_file.c ---- */

/* HOME/gate/NAME; mem_free. NULL: no memory. */
char *cloud_path(const Gate *gate, const char *name);
/* The endpoint of that name into *out; *there: is there one? */
Status cloud_find(Gate *gate, const char *name, GateEndpoint *out, bool *there,
                  Err *err) WARN_UNUSED;
/* HOME/gate/clouds.lock, waited for some seconds. file_unlock. */
Status cloud_lock(const Gate *gate, int *fd, Err *err) WARN_UNUSED;

/* ---- cloud_state.c ---- */

/* What one answer may cost at most, set aside in clouds.state while it is made, so that two
   questions at once cannot both spend the last cents. */
typedef struct CloudHold {
    uint64_t id;
    double amount; /* this answer may cost so much; < 0: no limit */
    unsigned refused; /* WireField: what the endpoint did not take lately */
} CloudHold;

/* May `endpoint` be asked now, for `least` at least and `likely` probably? Fills hold, or *fail
   with E_REMOTE (it rests; *wait_s) or E_DENIED (budget). */
Status cloud_admit(Gate *gate, const GateEndpoint *endpoint, double least, double likely,
                   CloudHold *hold, GateAnswer *answer, Err *err) WARN_UNUSED;
/* Tries to hold `more` on top. E_DENIED: the budget has no more. */
Status cloud_hold_more(Gate *gate, const GateEndpoint *endpoint, double more, CloudHold *hold,
                       Err *err) WARN_UNUSED;
/* Lets go of the hold and learns from how it went: a success closes the breaker, a failure of the
   endpoint's own counts, a limit lets it rest for wait_s. */
Status cloud_settle(Gate *gate, const GateEndpoint *endpoint, const CloudHold *hold,
                    const GateAnswer *answer, Err *err) WARN_UNUSED;
/* Forgets what is known of an endpoint, when it is replaced or removed. */
Status cloud_state_forget(Gate *gate, const char *name, Err *err) WARN_UNUSED;

#endif
