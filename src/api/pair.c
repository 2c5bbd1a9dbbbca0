/*
 * Pairing the devices of one user, as a library user meets it; the body is gate/pair.c.
 *
 * Export and import differ in one function of the gate only, so that both go one way here. The
 * passphrase stays in the caller's memory and is not copied by this file.
 *
 * Numbers of a hearth_pairing, by what was called:
 *
 *                   info    export                      import
 * conversations     0       whose surrogates are in it  that came in
 * things            0       0                           of them, that were not known here
 * given_up          0       0                           that lost their surrogate to the other's
 * mark              this device's, "" where it is not paired yet
 */
#include "gate/pair.h"

#include "api/api.h"

void hearth_pair_options_default(hearth_pair_options *options) {
    memset(options, 0, sizeof *options);
    options->size = sizeof *options;
}

/* The mark is a text of fixed length in both rooms. */
static void hand_out(const GatePairing *pairing, hearth_pairing *out) {
    *out = (hearth_pairing){.conversations = pairing->conversations, .things = pairing->things,
                            .given_up = pairing->given_up};
    _Static_assert(sizeof out->mark == GATE_PAIR_MARK, "as it is inside");
    memcpy(out->mark, pairing->mark, sizeof out->mark);
}

typedef Status (*PairFn)(Gate *gate, const GatePairFile *file, GatePairing *out, Err *err);

/* Options, gate, work, result: *out is written only when all of it went well. */
static hearth_status run(hearth *h, PairFn pair, const hearth_pair_options *options,
                         hearth_pairing *out, hearth_error *err) {
    Err why;
    Gate *gate;
    GatePairing pairing = {0};
    hearth_pair_options own;
    hearth_pair_options_default(&own);
    API_TRY(api_options(&own, sizeof own, options, &why), &why, err);
    if (!own.file) return api_fail(err_set(&why, E_USAGE, "which file?"), &why, err);
    GatePairFile file = {.path = own.file, .passphrase = {own.passphrase, own.n_passphrase},
                         .conversation = own.conversation, .replace = own.replace};
    API_TRY(rig_gate(h->rig, &gate, &why), &why, err);
    API_TRY(pair(gate, &file, &pairing, &why), &why, err);
    hand_out(&pairing, out);
    return HEARTH_OK;
}

/* The header's names for `run` with either function of the gate. */
hearth_status hearth_pair_export(hearth *h, const hearth_pair_options *options, hearth_pairing *out,
                                 hearth_error *err) {
    return run(h, gate_pair_export, options, out, err);
}

hearth_status hearth_pair_import(hearth *h, const hearth_pair_options *options, hearth_pairing *out,
                                 hearth_error *err) {
    return run(h, gate_pair_import, options, out, err);
}

/* Counts stay 0: nothing was moved. */
hearth_status hearth_pair_info(hearth *h, hearth_pairing *out, hearth_error *err) {
    Err why;
    Gate *gate;
    GatePairing pairing = {0};
    API_TRY(rig_gate(h->rig, &gate, &why), &why, err);
    API_TRY(gate_pair_mark(gate, pairing.mark, &why), &why, err);
    hand_out(&pairing, out);
    return HEARTH_OK;
}
