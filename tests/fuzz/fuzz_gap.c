/*
 * Any bytes as a gap model, as one that was trained here, as what the router learned, and as a
 * question: no crash; what is read walks to an end and gives a probability; what is written again
 * is what was read.
 *
 * The first byte chooses; a model's checksum would keep the fuzzer outside, so it is set right
 * first.
 */
#include <math.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "route/gap.h"
#include "route/learn.h"
#include "route/own.h"

static void ask(const GapModel *model, Str question) {
    static RouteLexicon lexicon;
    static RouteQuestion read;
    static RouteFeatures features;
    GapScore score;
    if (!lexicon.key[0]) route_lexicon_init(&lexicon);
    route_question_read(question, &read);
    if (read.stem > read.n || read.n > ROUTE_TEXT_MAX) abort();
    for (int i = 0; i < read.n_options; i++) {
        if (read.option_at[i] + read.option_n[i] > read.n) abort();
    }
    route_features(&lexicon, &read, &features);
    if (features.n_words > features.n_grams || features.n_grams > ROUTE_GRAMS_MAX) abort();
    if (!model) return;
    gap_score(model, &features, NULL, &score);
    if (score.weak < 0 || score.weak > 1) abort();
}

/* The fuzzer's bytes over a valid empty model's, wherever they differ from 0, then a right
 * checksum. */
static void as_model(const uint8_t *data, size_t size) {
    static GapModel empty = {.n_trees = 1, .n_nodes = 3};
    GapNode nodes[3] = {{0, 1, 2}, {GAP_LEAF, 5, 6}, {GAP_LEAF, 7, 8}};
    GapModel *model = NULL;
    Buf bytes;
    Err err;
    empty.nodes = nodes;
    buf_init(&bytes, 1 << 22);
    gap_write(&empty, &bytes);
    for (size_t i = 0; i + 4 <= size; i += 4) { /* place (3 bytes, from the end) and value */
        size_t place = (size_t)data[i] | (size_t)data[i + 1] << 8 | (size_t)data[i + 2] << 16;
        if (place < bytes.n - 8) bytes.p[bytes.n - 9 - place] = (char)data[i + 3];
    }
    uint64_t check = hash_check64(bytes.p, bytes.n - 8, GAP_VERSION);
    memcpy(bytes.p + bytes.n - 8, &check, 8);
    if (gap_open(buf_str(&bytes), &model, &err) == OK) {
        ask(model, (Str){(const char *)data, size});
        gap_close(model);
    } else if (!err.message[0]) {
        abort();
    }
    buf_fini(&bytes);
}

static void as_learned(const uint8_t *data, size_t size) {
    uint8_t bytes[ROUTE_LEARNED_BYTES] = {0};
    float signals[ROUTE_SIGNALS] = {1, 1, 1, 1};
    RouteLearned learned;
    Err err;
    if (size + 8 == sizeof bytes) {
        memcpy(bytes, data, size);
        uint64_t check = hash_check64(bytes, size, LEARN_VERSION);
        memcpy(bytes + size, &check, 8);
        data = bytes;
        size = sizeof bytes;
    }
    if (route_learn_read(data, size, &learned, &err) != OK) return;
    for (int i = 0; i < 5; i++) route_learn_add(&learned, signals, (RouteOutcome)i);
    double p = route_learn_odds(&learned, signals);
    if (!(p >= 0 && p <= 1)) abort();
    Buf again;
    buf_init(&again, sizeof bytes);
    route_learn_write(&learned, &again);
    if (route_learn_read((const uint8_t *)again.p, again.n, &learned, &err) != OK) abort();
    buf_fini(&again);
}

/* The fuzzer's bytes as the head of an own model, before a valid gap model's. */
static void as_own(const uint8_t *data, size_t size) {
    static GapModel empty = {.n_trees = 1, .n_nodes = 1};
    GapNode leaf = {GAP_LEAF, 5, 6};
    RouteOwn *own = NULL;
    Buf bytes, again;
    empty.nodes = &leaf;
    buf_init(&bytes, 1 << 22);
    buf_init(&again, 1 << 22);
    buf_add(&bytes, data, size);
    gap_write(&empty, &bytes);
    if (route_own_read((const uint8_t *)bytes.p, bytes.n, &own, NULL) == OK) {
        route_own_write(own, &again);
        if (again.n != bytes.n || memcmp(again.p, bytes.p, bytes.n) != 0) abort();
        ask(own->gap, (Str){(const char *)data, size});
        route_own_free(own);
    }
    buf_fini(&again);
    buf_fini(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    switch (data[0] % 4) {
    case 0: as_model(data + 1, size - 1); break;
    case 1: as_learned(data + 1, size - 1); break;
    case 3: as_own(data + 1, size - 1); break;
    default: ask(NULL, (Str){(const char *)data + 1, size - 1}); break;
    }
    return 0;
}
