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
#include <stdio.h>

#include "model/fingerprint.h"
#include "model/probe.h"
#include "turn/guard_probe.h"

/* The fingerprint of the model that the options name, read once; "": it cannot be read. */
static const char *space_of(Rig *rig) {
    char *path = NULL;
    Gguf *gguf = NULL;
    if (rig->space[0]) return rig->space;
    if (rig->engine) {
        probe_space(rig->engine, rig->space);
    } else if (rig_model_path(rig, &path, NULL) == OK && gguf_open(path, &gguf, NULL) == OK) {
        (void)snprintf(rig->space, sizeof rig->space, "%016llx",
                       (unsigned long long)model_fingerprint(gguf));
        gguf_close(gguf);
    }
    mem_free(path);
    return rig->space;
}

/* `layers` is a mask of bits: the highest one says how far the model is run. */
bool guard_probe(Rig *rig, const GuardMeaning *wanted, Str text, float *out) {
    Engine *engine = NULL;
    EngineInfo info;
    if (rig->probe == PROBE_NEVER || (!rig->engine && rig->probe == PROBE_IF_OPEN)) return false;
    if (strcmp(space_of(rig), wanted->space) != 0 || rig_engine(rig, &engine, NULL) != OK) {
        rig->probe = PROBE_NEVER;
        return false;
    }
    engine_info(engine, &info);
    int layers = wanted->layers ? 32 - __builtin_clz(wanted->layers) : 0;
    return (size_t)info.n_embd == wanted->dim && probe_state(engine, text, layers, out, NULL) == OK;
}
