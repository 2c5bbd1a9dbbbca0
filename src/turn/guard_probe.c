/*
 * What the local model itself makes of a question, for the guards: the state of the question's last
 * token in the middle of the model (model/probe.h), of which a head that was learned for this very
 * model says whether harm is asked for.
 *
 * It is asked about questions that words and vectors leave in doubt (gate/guard/grams.c), and only
 * the model that was learned from is: another one's fingerprint is told by its file, before it is
 * opened. Where the question may be answered elsewhere the model is asked if it is open already; a
 * question that stays here opens it, since the answer is about to. No model, no memory for one: the
 * guards judge as they did without.
 */
#include <string.h>

#include "model/probe.h"
#include "turn/guard_probe.h"

/* `layers` is a mask of bits: the highest one says how far the model is run. */
bool guard_probe(Rig *rig, const GuardMeaning *wanted, Str text, float *out) {
    Engine *engine = NULL;
    EngineInfo info;
    if (rig->probe == PROBE_NEVER || (!rig->engine && rig->probe == PROBE_IF_OPEN)) return false;
    if (strcmp(rig_space(rig), wanted->space) != 0 || rig_engine(rig, &engine, NULL) != OK) {
        rig->probe = PROBE_NEVER;
        return false;
    }
    engine_info(engine, &info);
    int layers = wanted->layers ? 32 - __builtin_clz(wanted->layers) : 0;
    return (size_t)info.n_embd == wanted->dim && probe_state(engine, text, layers, out, NULL) == OK;
}
