/* The embedding model of a measurement: a model file, loaded once, as the store sees it. */
#ifndef HEARTH_TESTS_BENCH_EMBEDDER_H
#define HEARTH_TESTS_BENCH_EMBEDDER_H

#include "knowledge/store.h"

/* Ends the program with a sentence when the model cannot be loaded. */
const StoreEmbedder *bench_embedder(const char *model);

#endif
