/*
 * Writes a model of a true shape with random weights; synth.c says what that means.
 *
 *     synth_gguf SHAPE q4_0|q4_k_m|q8_0 VOCAB.gguf OUT.gguf [SEED]
 */
#include <stdio.h>

#include "base/text.h"
#include "synth.h"

static Status run(int argc, char **argv, Err *err) {
    int64_t seed = 1;
    SynthOptions o = {.shape = argv[1], .vocab = argv[3]};
    TRY(synth_mix(argv[2], &o.mix, err));
    if (argc > 5) {
        TRY(num_parse_int(str_from(argv[5]), 0, INT64_MAX, "seed", "", &seed, err));
    }
    o.seed = (uint64_t)seed;
    return synth_write(&o, argv[4], err);
}

int main(int argc, char **argv) {
    Err err = {0};
    if (argc < 5 || argc > 6) {
        (void)fprintf(stderr, "usage: synth_gguf SHAPE q4_0|q4_k_m|q8_0 VOCAB OUT [SEED]\n");
        return 2;
    }
    if (run(argc, argv, &err) == OK) return 0;
    (void)fprintf(stderr, "%s\n", err.message);
    return 1;
}
