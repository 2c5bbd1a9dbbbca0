/*
 * What tells one model's weights from another's without reading all of them: a checksum of the
 * file's header (names, shapes, hyper-parameters, vocabulary) and of the beginning of every tensor.
 * Equal for copies of a file wherever they lie; different for any other model or quantisation.
 * Not against somebody who makes two files alike on purpose.
 */
#ifndef HEARTH_MODEL_FINGERPRINT_H
#define HEARTH_MODEL_FINGERPRINT_H

#include "model/file/gguf.h"

/* Reads at most 4 KiB of each tensor, a millisecond or two in all. 64 bits of a checksum, no
   digest. */
uint64_t model_fingerprint(const Gguf *gguf);

#endif
