/*
 * Embedder: texts in, vectors of length 1 out, by a BERT-family encoder.
 *
 * Which prefix a model wants before queries and passages ("query: ", "passage: " for e5), and how
 * it pools (mean, CLS), comes from the file.
 */
#ifndef HEARTH_MODEL_EMBED_H
#define HEARTH_MODEL_EMBED_H

#include <stdatomic.h>

#include "base/text.h"

typedef struct Embedder Embedder;

typedef struct EmbedderOptions {
    const char *path;
    const char *pack_dir; /* as EngineOptions */
    const char *isa;
    int threads;
    const atomic_bool *cancel; /* the next three as EngineOptions */
    void (*packing)(void *user, uint64_t done, uint64_t total);
    void *user;
} EmbedderOptions;

/* Loads an encoder. *out is the caller's: embedder_close(). E_USAGE: the model writes text instead;
   E_UNSUPPORTED: a pooling that is not known here; E_LIMIT: a prefix of more than 256 bytes; else
   as engine_open. */
Status embedder_open(const EmbedderOptions *options, Embedder **out, Err *err) WARN_UNUSED;
void embedder_close(Embedder *embedder); /* NULL is fine */

/* Numbers of a vector: the width of the model. */
int embedder_dim(const Embedder *embedder);
/* Names the space its vectors live in: vectors of two different ids must never be compared.
   "e5-small:sha:mean:384"-like, changes when file or pooling change. Borrowed. */
const char *embedder_id(const Embedder *embedder);
/* The model's name, as its file has it. Borrowed from the embedder. */
const char *embedder_name(const Embedder *embedder);

typedef struct EmbedStats {
    size_t tokens;    /* evaluated */
    size_t truncated; /* texts longer than the model reads: only their beginning counts */
} EmbedStats;

/* out: [n][dim] row-major, caller's memory, each row of length 1. query: texts are questions.
   stats may be NULL. Safe from several threads (they take turns). */
Status embedder_run(Embedder *embedder, const Str *texts, size_t n, bool query, float *out,
                    EmbedStats *stats, Err *err) WARN_UNUSED;

/* A stretch of a text: [at, end). */
typedef struct EmbedPlace {
    uint32_t at, end; /* bytes of the text */
} EmbedPlace;

/* Places of a text, ascending and disjoint. */
typedef struct EmbedText {
    Str text;
    const EmbedPlace *places;
    size_t n;
} EmbedText;

/* Texts, at whose places the states in context are asked for. Short ones share a pass. */
typedef struct EmbedAsk {
    const EmbedText *texts;
    size_t n;
    uint32_t layers; /* bit i: the states after layer i + 1; one pass, up to the highest of them */
} EmbedAsk;

enum { EMBED_NO_TOKEN = UINT32_MAX };

/* out: [places of all texts][layers asked for, ascending][dim], for each place the means of the
   states of the tokens that it touches; token[i]: the number of the first of them in its text. A
   place that no token stands for, or behind what the model reads of the text, has zeros and
   EMBED_NO_TOKEN. What a text gives does not depend on the others. Safe from several threads, as
   embedder_run is. */
Status embedder_states(Embedder *embedder, const EmbedAsk *ask, float *out, uint32_t *token,
                       Err *err) WARN_UNUSED;

/* Means of one text's states, read as a question: out: [layers asked for, ascending][dim]. */
Status embedder_means(Embedder *embedder, Str text, uint32_t layers, float *out,
                      Err *err) WARN_UNUSED;

#endif
