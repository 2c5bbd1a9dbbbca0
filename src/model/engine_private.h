/*
 * The inside of an Engine, for session.c, batch.c and embed.c only.
 *
 * Lock: `turn` guards wave (the workspace) and pool; it is held for one forward pass with its
 * logits. Everything else is immutable once engine_open has returned.
 */
#ifndef HEARTH_MODEL_ENGINE_PRIVATE_H
#define HEARTH_MODEL_ENGINE_PRIVATE_H

#include <pthread.h>

#include "model/engine.h"
#include "model/kv_disk.h"
#include "model/wave.h"
#include "model/weights.h"

typedef struct Batch Batch;

struct Engine {
    Gguf *gguf;
    Weights weights;
    Vocab *vocab;
    const Kernels *kern;
    Pool *pool;
    Wave *wave;
    KvPool *kv_pool; /* of all sessions */
    KvShape kv_shape;
    KvDisk *kv_disk; /* NULL: none */
    Batch *batch; /* NULL for encoders */
    pthread_mutex_t turn;
    bool has_turn; /* the mutex was made */
    char name[96];
    Str chat_template;
    double load_ms;
};

static inline const Hyper *engine_hyper(const Engine *e) { return &e->weights.model.hyper; }

/* Asked after everything that was computed from the weights. */
static inline Status engine_check_intact(const Engine *e, Err *err) {
    if (weights_intact(&e->weights)) return OK;
    (void)err_set(err, E_CORRUPT,
                  "the model's file was cut short, written to or failed while it was in use");
    return err_hint(err, "if no program writes to it, check the disk; then start again");
}

#endif
