/*
 * Consent: what the user agreed to, once, per endpoint.
 *
 * It is kept among the vault's secrets under "consent NAME" (masked parcels) or "consent NAME TYPE"
 * (things of a type for which the policy says "ask"), with the destination and host that were shown
 * when it was given: an endpoint that moves is another one, and is asked about again. Names of
 * endpoints hold no blank, so that no secret of a caller can pass for a consent.
 */
#include <stdio.h>

#include "base/mem.h"
#include "gate/gate_impl.h"

enum { CONSENT_MAX = 2048 };

/* The secret's name and what it must hold; both are to be buf_fini'd, also after a failure. */
static Status names_of(const GateConsent *about, Buf *name, Buf *value, Err *err) {
    if (!*about->endpoint || strchr(about->endpoint, ' ')) {
        return err_set(err, E_USAGE, "the name of an endpoint is a word");
    }
    buf_init(name, CONSENT_MAX);
    buf_init(value, CONSENT_MAX);
    buf_printf(name, "consent %s%s%s", about->endpoint, about->type ? " " : "",
               about->type ? about->type : "");
    buf_printf(value, "%s %s", gate_dest_name(about->dest), about->host);
    Status status = buf_check(name, "a consent", err);
    return status == OK ? buf_check(value, "a consent", err) : status;
}

Status gate_consents_given(Gate *gate, const GateConsent *about, size_t n, bool *given, Err *err) {
    Buf *bufs = mem_zalloc_n(2 * n + 1, sizeof *bufs); /* names, then values */
    Str *words = mem_zalloc_n(2 * n + 1, sizeof *words);
    Status status = bufs && words ? OK : err_no_memory(err, "consents");
    for (size_t i = 0; status == OK && i < n; i++) {
        status = names_of(&about[i], &bufs[i], &bufs[n + i], err);
        words[i] = buf_str(&bufs[i]);
        words[n + i] = buf_str(&bufs[n + i]);
    }
    if (status == OK) status = vault_secrets_are(gate->vault, words, words + n, n, given, err);
    for (size_t i = 0; bufs && i < 2 * n; i++) buf_fini(&bufs[i]);
    mem_free(bufs);
    mem_free(words);
    return status;
}

Status gate_consent_given(Gate *gate, const GateConsent *about, bool *given, Err *err) {
    return gate_consents_given(gate, about, 1, given, err);
}

Status gate_consent_give(Gate *gate, const GateConsent *about, Err *err) {
    Buf name = {0}, value = {0};
    Status status = names_of(about, &name, &value, err);
    if (status == OK) status = vault_secret_put(gate->vault, name.p, buf_str(&value), err);
    buf_fini(&name);
    buf_fini(&value);
    return status;
}

Status gate_consent_withdraw(Gate *gate, const GateConsent *about, Err *err) {
    Buf name = {0}, value = {0};
    Status status = names_of(about, &name, &value, err);
    if (status == OK) status = vault_secret_remove(gate->vault, name.p, err);
    buf_fini(&name);
    buf_fini(&value);
    return status == E_NOT_FOUND ? OK : status;
}

Status consent_need(Gate *gate, const GateConsent *about, Err *err) {
    bool given = about->dest == GATE_DEVICE;
    if (!given) TRY(gate_consent_given(gate, about, &given, err));
    if (given) return OK;
    (void)err_set(err, E_DENIED,
                  "nobody has agreed yet that masked text leaves for \"%s\" (%s, %s)",
                  about->endpoint, gate_dest_name(about->dest), about->host);
    return err_hint(err, "ask once at a terminal: the masked preview is shown, the answer kept");
}
