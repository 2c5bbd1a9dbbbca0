/*
 * Fills a VocabSpec from the tokenizer.ggml.* keys of a GGUF and builds the vocabulary.
 *
 * The vocabulary borrows the bytes of the file's mapping: the Gguf must stay open as long as it.
 */
#ifndef HEARTH_MODEL_VOCAB_GGUF_H
#define HEARTH_MODEL_VOCAB_GGUF_H

#include "model/text/vocab.h"

typedef struct Gguf Gguf;

/* pool: threads to build with, or NULL. */
Status vocab_from_gguf(const Gguf *gguf, Pool *pool, Vocab **out, Err *err) WARN_UNUSED;

#endif
