/*
 * Learns and measures the guards. guard.py makes the lines and reads the figures.
 *
 *     guard train OUT KIND [BITS EPOCHS RATE DECAY HEED] < lines   `0 or 1 TAB text` -> a model
 *     guard score KIND [MODEL] < lines          -> `label TAB score TAB microseconds`
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "gate/guard/train.h"

static int fail(const Err *err) {
    fprintf(stderr, "guard: %s\n", err->message);
    return 1;
}

static void read_all(Buf *in) {
    ssize_t got = 1;
    buf_init(in, 1 << 30);
    while (got > 0) {
        char *room = buf_reserve(in, 1 << 20);
        if (!room) exit(1);
        got = read(STDIN_FILENO, room, 1 << 20);
        if (got > 0) in->n += (size_t)got;
    }
}

static float number(int n, char **words, int at, float otherwise) {
    return n > at ? strtof(words[at], NULL) : otherwise;
}

static int train(int n, char **words, Str lines) {
    Err err;
    Buf out;
    TrainOptions o = {.grams = atoi(words[3]) == GUARD_OFFENSIVE ? GRAMS_HAN : GRAMS_WORDS,
                      .bits = (uint32_t)number(n, words, 4, 18),
                      .epochs = (uint32_t)number(n, words, 5, 6),
                      .rate = number(n, words, 6, 0.1F),
                      .decay = number(n, words, 7, 0),
                      .heed = number(n, words, 8, 0),
                      .seed = 7};
    buf_init(&out, 1 << 24);
    if (guard_train(lines, &o, &out, &err) != OK) return fail(&err);
    FILE *file = fopen(words[2], "wb");
    bool ok = file && fwrite(out.p, 1, out.n, file) == out.n;
    ok = file && fclose(file) == 0 && ok;
    buf_fini(&out);
    return ok ? 0 : 1;
}

/* Replaces the model of `kind` by that of a file, if there is one. */
static Status open_guard(const char *path, GuardKind kind, Buf *bytes, Guard **out, Err *err) {
    GuardModels models = guard_models_built_in();
    FILE *file = path ? fopen(path, "rb") : NULL;
    if (path && (!file || !buf_reserve(bytes, 1 << 23))) {
        return err_set(err, E_IO, "%s cannot be read", path);
    }
    if (file) {
        bytes->n = fread(bytes->p, 1, 1 << 23, file);
        fclose(file);
        models.bytes[kind] = buf_str(bytes);
    }
    return guard_new_with(&models, out, err);
}

static int score(int n, char **words, Str lines) {
    Err err;
    Guard *guard;
    Buf bytes;
    GuardKind kind = (GuardKind)atoi(words[2]);
    buf_init(&bytes, 1 << 24);
    if (open_guard(n > 3 ? words[3] : NULL, kind, &bytes, &guard, &err) != OK) return fail(&err);
    for (size_t at = 0, end; at + 2 <= lines.n; at = end + 1) {
        end = str_find(lines, STR("\n"), at);
        if (end == SIZE_MAX) end = lines.n;
        if (end < at + 2) continue;
        double began = clock_now_ms();
        float s = guard_score(guard, str_sub(lines, at + 2, end), kind);
        printf("%c\t%.5f\t%.1f\n", lines.p[at], (double)s, 1e3 * (clock_now_ms() - began));
    }
    guard_free(guard);
    buf_fini(&bytes);
    return 0;
}

int main(int n, char **words) {
    Buf in;
    int code = 2;
    read_all(&in);
    if (n > 3 && strcmp(words[1], "train") == 0) code = train(n, words, buf_str(&in));
    if (n > 2 && strcmp(words[1], "score") == 0) code = score(n, words, buf_str(&in));
    buf_fini(&in);
    return code;
}
