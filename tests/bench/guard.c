/*
 * Learns and measures the guards. guard.py makes the lines and reads the figures.
 *
 *     guard train OUT KIND [BITS EPOCHS RATE DECAY HEED] < lines   `0 or 1 TAB text` -> a model
 *     guard score KIND [MODEL [HEAD [PROBE]]] < lines   -> `label TAB score TAB microseconds`
 *     guard head OUT VECTORS HIDDEN EPOCHS RATE DECAY HEED LEAST LAYERS < lines   a head from the
 *                    file of their vectors and lines `label TAB score`; LAYERS: bits (GuardMeaning)
 *     guard apply HEAD VECTORS < lines          -> the scores that the head makes of those
 *     guard fold FIRST SECOND OUT [SHARE]   one head of both; SECOND heard the scores of FIRST
 *     guard embed LAYERS < lines                -> the vectors of their texts, floats
 *     guard states LAYER < lines                -> the states of their last tokens, floats
 *     guard probe OUT VECTORS HIDDEN EPOCHS RATE DECAY HEED LEAST LAYERS < lines   over states
 *
 * HEARTH_GUARD_EMBED names the embedding model, which judges with where it is set (embed and head
 * need it). HEARTH_GUARD_MODEL names the language model, which states and probe need and score asks
 * about questions. HEARTH_GUARD_ASK_ALL: all texts are questions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "gate/guard/train.h"
#include "model/embed.h"
#include "model/probe.h"

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

static bool save(const char *path, Buf *out) {
    FILE *file = fopen(path, "wb");
    bool ok = file && fwrite(out->p, 1, out->n, file) == out->n;
    ok = file && fclose(file) == 0 && ok;
    buf_fini(out);
    return ok;
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
    return save(words[2], &out) ? 0 : 1;
}

/* The file's bytes, which `bytes` keeps. */
static Status load(const char *path, Buf *bytes, Str *out, Err *err) {
    *out = (Str){0};
    if (!path || !*path) return OK;
    buf_init(bytes, 1 << 30);
    TRY(file_read(path, bytes, err));
    *out = buf_str(bytes);
    return OK;
}

static Embedder *embedder;

static Status meaning_of(Str text, uint32_t layers, float *out, Err *err) {
    return layers ? embedder_means(embedder, text, layers, out, err)
                  : embedder_run(embedder, &text, 1, true, out, NULL, err);
}

static Engine *engine;

static Status open_engine(Err *err) {
    EngineOptions o = {.path = getenv("HEARTH_GUARD_MODEL"),
                       .pack_dir = getenv("HEARTH_GUARD_PACKS"), .polite = true};
    return o.path && *o.path ? engine_open(&o, &engine, err) : OK;
}

static bool state_of(const GuardMeaning *wanted, Str text, float *out) {
    char space[17];
    EngineInfo info;
    if (!engine) return false;
    probe_space(engine, space);
    engine_info(engine, &info);
    return strcmp(space, wanted->space) == 0 && (size_t)info.n_embd == wanted->dim &&
           probe_state(engine, text, 32 - __builtin_clz(wanted->layers), out, NULL) == OK;
}

static bool vector_of(void *user, const GuardMeaning *wanted, Str text, float *out) {
    if (wanted->of_model) return state_of(wanted, text, out);
    if (!embedder) return false;
    size_t dim = guard_layers_count(wanted->layers) * (size_t)embedder_dim(embedder);
    return dim == wanted->dim && strcmp(wanted->space, embedder_name(embedder)) == 0 &&
           meaning_of(text, wanted->layers, out, NULL) == OK;
}

static Status open_embedder(Err *err) {
    EmbedderOptions o = {.path = getenv("HEARTH_GUARD_EMBED"), .threads = 1};
    return o.path && *o.path ? embedder_open(&o, &embedder, err) : OK;
}

/* With the model and the head of `kind` from files, where these are named. */
static Status open_guard(int n, char **words, GuardKind kind, Guard **out, Err *err) {
    static Buf bytes[3];
    GuardModels models = guard_models_built_in();
    Str model, head, probe;
    TRY(load(n > 3 ? words[3] : NULL, &bytes[0], &model, err));
    TRY(load(n > 4 ? words[4] : NULL, &bytes[1], &head, err));
    TRY(load(n > 5 ? words[5] : NULL, &bytes[2], &probe, err));
    if (model.n) models.bytes[kind] = model;
    if (n > 4) models.heads[kind] = head;
    if (n > 5) models.probes[kind] = probe;
    return guard_new_with(&models, out, err);
}

static int score(int n, char **words, Str lines) {
    Err err;
    Guard *guard;
    GuardSense sense = {.vector = vector_of};
    GuardKind kind = (GuardKind)atoi(words[2]);
    if (open_guard(n, words, kind, &guard, &err) != OK || open_embedder(&err) != OK ||
        open_engine(&err) != OK) {
        return fail(&err);
    }
    if (embedder || engine) guard_sense(guard, &sense);
    guard_ask_all(guard, getenv("HEARTH_GUARD_ASK_ALL") ? ~0u : 0);
    for (size_t at = 0, end; at + 2 <= lines.n; at = end + 1) {
        end = str_find(lines, STR("\n"), at);
        if (end == SIZE_MAX) end = lines.n;
        if (end < at + 2) continue;
        double began = clock_now_ms();
        float s = guard_score(guard, str_sub(lines, at + 2, end), kind);
        printf("%c\t%.5f\t%.1f\n", lines.p[at], (double)s, 1e3 * (clock_now_ms() - began));
    }
    guard_free(guard);
    return 0;
}

static int embed(uint32_t layers, Str lines) {
    Err err;
    if (open_embedder(&err) != OK || !embedder) return 2;
    size_t dim = guard_layers_count(layers) * (size_t)embedder_dim(embedder);
    float *v = mem_alloc_n(dim, sizeof *v);
    for (size_t at = 0, end; v && at + 2 <= lines.n; at = end + 1) {
        end = str_find(lines, STR("\n"), at);
        if (end == SIZE_MAX) end = lines.n;
        if (end < at + 2) continue;
        if (meaning_of(str_sub(lines, at + 2, end), layers, v, &err) != OK) return fail(&err);
        if (fwrite(v, sizeof *v, dim, stdout) != dim) return 1;
    }
    mem_free(v);
    return 0;
}

static int states(int layer, Str lines) {
    Err err;
    EngineInfo info;
    if (open_engine(&err) != OK || !engine) return 2;
    engine_info(engine, &info);
    float *v = mem_alloc_n((size_t)info.n_embd, sizeof *v);
    for (size_t at = 0, end; v && at + 2 <= lines.n; at = end + 1) {
        end = str_find(lines, STR("\n"), at);
        if (end == SIZE_MAX) end = lines.n;
        if (end < at + 2) continue;
        if (probe_state(engine, str_sub(lines, at + 2, end), layer, v, &err) != OK)
            return fail(&err);
        if (fwrite(v, sizeof *v, (size_t)info.n_embd, stdout) != (size_t)info.n_embd) return 1;
    }
    mem_free(v);
    return 0;
}

/* Reads `label TAB score` lines; returns how many. */
static size_t read_lessons(Str lines, float *value, uint8_t *label) {
    size_t n = 0;
    for (size_t at = 0, end; at + 2 < lines.n; at = end + 1) {
        end = str_find(lines, STR("\n"), at);
        if (end == SIZE_MAX) end = lines.n;
        label[n] = lines.p[at] == '1';
        value[n++] = strtof(lines.p + at + 2, NULL);
    }
    return n;
}

/* What a head is learned from or asked: a file of vectors, and lines. */
typedef struct Lessons {
    Buf vectors;
    float *value;
    uint8_t *label;
    HeadLessons head;
} Lessons;

static bool open_lessons(Lessons *l, const char *path, Str lines, Err *err) {
    Str bytes;
    if (load(path, &l->vectors, &bytes, err) != OK) return false;
    l->value = mem_alloc_n(lines.n + 1, sizeof *l->value);
    l->label = mem_alloc_n(lines.n + 1, 1);
    if (!l->value || !l->label) return false;
    size_t n = read_lessons(lines, l->value, l->label);
    l->head = (HeadLessons){.n = n, .dim = n ? bytes.n / 4 / n : 0, .score = l->value,
                            .label = l->label, .vector = (const float *)(const void *)bytes.p};
    (void)err_set(err, E_USAGE, "the vectors are not those of the lines");
    return n && bytes.n == 4 * n * l->head.dim;
}

static void close_lessons(Lessons *l) {
    mem_free(l->value);
    mem_free(l->label);
    buf_fini(&l->vectors);
}

static int learn_head(char **words, Str lines) {
    Err err;
    Buf out;
    Lessons l;
    HeadOptions o = {.hidden = (uint32_t)atoi(words[4]), .epochs = (uint32_t)atoi(words[5]),
                     .rate = strtof(words[6], NULL), .decay = strtof(words[7], NULL),
                     .heed = strtof(words[8], NULL), .least = strtof(words[9], NULL),
                     .layers = (uint32_t)atoi(words[10])};
    char space[17];
    bool probe = strcmp(words[1], "probe") == 0;
    if (!open_lessons(&l, words[3], lines, &err)) return fail(&err);
    if ((probe ? open_engine(&err) : open_embedder(&err)) != OK) return fail(&err);
    if (probe ? !engine : !embedder) return 2;
    if (probe) probe_space(engine, space);
    o.space = probe ? space : embedder_name(embedder);
    buf_init(&out, 1 << 24);
    if (guard_train_head(&l.head, &o, &out, &err) != OK) return fail(&err);
    close_lessons(&l);
    return save(words[2], &out) ? 0 : 1;
}

static int apply(char **words, Str lines) {
    Err err;
    Buf bytes;
    Str file;
    Head head;
    Lessons l;
    if (load(words[2], &bytes, &file, &err) != OK || head_read(file, &head, &err) != OK ||
        !open_lessons(&l, words[3], lines, &err)) {
        return fail(&err);
    }
    if (head.dim != l.head.dim) return 2;
    for (size_t i = 0; i < l.head.n; i++) {
        printf("%.6f\n", (double)head_score(&head, l.head.vector + i * head.dim, l.value[i]));
    }
    close_lessons(&l);
    head_fini(&head);
    buf_fini(&bytes);
    return 0;
}

static int fold(int n, char **words) {
    Err err;
    Buf bytes[2], out;
    Str file[2];
    Head head[2] = {{.dim = 0}};
    for (int i = 0; i < 2; i++) {
        if (load(words[2 + i], &bytes[i], &file[i], &err) != OK ||
            head_read(file[i], &head[i], &err) != OK) {
            return fail(&err);
        }
    }
    buf_init(&out, 1 << 24);
    float share = number(n, words, 5, 1);
    if (guard_fold_heads(&head[0], &head[1], share, &out, &err) != OK) return fail(&err);
    for (int i = 0; i < 2; i++) {
        head_fini(&head[i]);
        buf_fini(&bytes[i]);
    }
    return save(words[4], &out) ? 0 : 1;
}

int main(int n, char **words) {
    Buf in;
    int code = 2;
    read_all(&in);
    if (n > 3 && strcmp(words[1], "train") == 0) code = train(n, words, buf_str(&in));
    if (n > 2 && strcmp(words[1], "score") == 0) code = score(n, words, buf_str(&in));
    if (n > 10 && (strcmp(words[1], "head") == 0 || strcmp(words[1], "probe") == 0)) {
        code = learn_head(words, buf_str(&in));
    }
    if (n > 3 && strcmp(words[1], "apply") == 0) code = apply(words, buf_str(&in));
    if (n > 4 && strcmp(words[1], "fold") == 0) code = fold(n, words);
    if (n > 2 && strcmp(words[1], "embed") == 0) {
        code = embed((uint32_t)atoi(words[2]), buf_str(&in));
    }
    if (n > 2 && strcmp(words[1], "states") == 0) code = states(atoi(words[2]), buf_str(&in));
    embedder_close(embedder);
    engine_close(engine);
    buf_fini(&in);
    return code;
}
