/*
 * Any bytes as a model or a head of the guards, its check made right half of the time, and any
 * bytes as the text that is judged, with vectors made of it: refused or nonsense, but no crash, and
 * places inside the text.
 *
 * Input: one byte (even: the check is put right; from 128 on: a head; the rest says the kind), two
 * bytes length of the text, text, model or head.
 */
#include <stdlib.h>
#include <string.h>

#include "../support/alone.h"
#include "base/mem.h"
#include "gate/guard/impl.h"

static void judge(Guard *guard, Str text) {
    GuardVerdict v[GUARD_KINDS];
    size_t n = guard_check(guard, text, v);
    for (size_t i = 0; i < n; i++) {
        if (v[i].start >= v[i].end || v[i].end > text.n) abort();
        if (!(v[i].score >= GUARD_LEAST && v[i].score <= 1) || !*v[i].reason) abort();
    }
}

static void rewrite(Guard *guard, Str text) {
    const GuardCut how = {GUARD_INJECTION, GUARD_SURE, STR(GUARD_CUT_MARK)};
    GuardSpan cut[GUARD_CUTS_MAX];
    size_t n = 0;
    Err err;
    Buf out;
    buf_init(&out, 1 << 24);
    if (guard_cuts(guard, text, &how, cut, &n, &err) == OK) {
        for (size_t i = 0; i < n; i++) {
            if (cut[i].start > cut[i].end || cut[i].end > text.n) abort();
            if (i > 0 && cut[i].start <= cut[i - 1].end) abort();
        }
        bool all = n == 1 && cut[0].start == 0 && cut[0].end == text.n;
        if (guard_rewrite(guard, text, &how, &out, &err) == OK && !all &&
            guard_score(guard, buf_str(&out), how.kind) >= how.bar) {
            abort();
        }
    }
    buf_fini(&out);
}

/* Bytes of the text as they are: any floats. */
static bool sense(void *user, const GuardMeaning *wanted, Str text, float *out) {
    size_t bytes = wanted->dim * sizeof *out;
    memset(out, 0, bytes);
    memcpy(out, text.p, text.n < bytes ? text.n : bytes);
    return text.n % 7 != 0;
}

static void put_check_right(char *bytes, size_t n, bool head) {
    size_t header = head ? HEAD_HEADER : MODEL_HEADER;
    if (n < header) return;
    uint64_t right = head ? head_sum((Str){bytes, n}) : linear_sum((Str){bytes, n});
    memcpy(bytes + header - 8, &right, sizeof right);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static Guard *built_in;
    Guard *guard = NULL;
    Err err;
    if (!built_in && guard_new(&built_in, &err) != OK) abort();
    if (size < 3) return 0;
    size_t length = data[1] | (size_t)data[2] << 8;
    if (length > size - 3) length = size - 3;
    Str text = alone((Str){(const char *)data + 3, length});
    size_t n = size - 3 - length;
    char *bytes = (char *)alone((Str){(const char *)data + 3 + length, n}).p;
    bool head = data[0] & 128;
    if (!(data[0] & 1)) put_check_right(bytes, n, head);
    judge(built_in, text);
    rewrite(built_in, text);
    const GuardSense any = {.vector = sense};
    GuardModels models = head ? guard_models_built_in() : (GuardModels){0};
    (head ? models.heads : models.bytes)[((data[0] & 127) >> 1) % GUARD_KINDS] = (Str){bytes, n};
    if (guard_new_with(&models, &guard, &err) == OK) {
        guard_sense(guard, &any);
        judge(guard, text);
    }
    guard_free(guard);
    alone_free((Str){bytes, n});
    alone_free(text);
    return 0;
}
