/*
 * The states of prompts' last tokens, for learning what the model that answers knows
 * (answerable.py makes the lines and reads the numbers).
 *
 *     states MODEL                  its fingerprint (model/probe.h)
 *     states MODEL TAPS < lines     a prompt a line, "\n" written as two signs -> floats
 *
 * MODEL is a GGUF file, TAPS a mask in hex: bit i means the state after layer i + 1. Of each prompt
 * come one state after the other, each [n_embd], in the order of the bits, and the doubt
 * (turn/doubt.c). Control tokens are parsed: the lines are ours. Prompts that begin alike should
 * follow each other: what they share is evaluated once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "model/probe.h"
#include "model/session.h"
#include "turn/turn.h"

enum { LINE_MAX_BYTES = 1 << 20, CTX = 4096 };

static int fail(const Err *err) {
    fprintf(stderr, "states: %s\n", err->message);
    return 1;
}

/* "\n" and "\\" of a line become what they mean. */
static Str unescape(char *line) {
    size_t n = 0;
    for (const char *p = line; *p && *p != '\n'; p++) {
        bool mark = *p == '\\' && p[1];
        line[n++] = !mark ? *p : p[1] == 'n' ? '\n' : p[1];
        p += mark;
    }
    return (Str){line, n};
}

static Status ask(Session *session, Str text, uint64_t taps, float *states, Err *err) {
    const Vocab *vocab = engine_vocab(session_engine(session));
    TokenList list;
    Doubt doubt;
    EngineInfo info;
    engine_info(session_engine(session), &info);
    size_t n = (size_t)__builtin_popcountll(taps) * (size_t)info.n_embd;
    SyncOptions sync = {.taps = taps, .states = states};
    token_list_init(&list, LINE_MAX_BYTES);
    Status status = vocab_encode(vocab, text, VOCAB_PARSE_SPECIAL, &list, err);
    if (status == OK) status = session_sync(session, list.ids, list.n, &sync, err);
    if (status == OK) status = doubt_weigh(vocab, session_logits(session), &doubt, err);
    token_list_fini(&list);
    TRY(status);
    states[n] = (float)doubt.share;
    return fwrite(states, sizeof *states, n + 1, stdout) == n + 1 ? OK
                                                                  : err_set(err, E_IO, "no room");
}

int main(int argc, char **argv) {
    Err err;
    Engine *engine = NULL;
    Session *session = NULL;
    if (argc < 2 || argc > 3) return fprintf(stderr, "states MODEL [TAPS] < lines\n"), 2;
    EngineOptions o = {.path = argv[1], .pack_dir = getenv("HEARTH_PACKS"), .n_ctx = CTX};
    uint64_t taps = argc == 3 ? strtoull(argv[2], NULL, 16) : 0;
    char *line = mem_alloc(LINE_MAX_BYTES);
    float *states = mem_alloc_n(64 * 8192 + 1, sizeof *states);
    if (!line || !states) return 1;
    Status status = engine_open(&o, &engine, &err);
    if (status == OK) status = session_new(engine, &(SessionOptions){.n_ctx = CTX}, &session, &err);
    if (status == OK && argc == 2) {
        char space[17];
        probe_space(engine, space);
        puts(space);
    }
    while (status == OK && argc == 3 && fgets(line, LINE_MAX_BYTES, stdin)) {
        status = ask(session, unescape(line), taps, states, &err);
        (void)fflush(stdout);
    }
    session_free(session);
    engine_close(engine);
    mem_free(line);
    mem_free(states);
    return status == OK ? 0 : fail(&err);
}
