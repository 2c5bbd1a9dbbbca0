/*
 * Decode time with guessing ahead on and off, on prompts of `ask` (a store is given) or of `run`
 * (store "-"): questions, one a line on stdin, in one process; a JSON object a line.
 *
 *   speculate STORE RUNS TOKENS [MODEL [DRAFT-MODEL]] < questions > results
 *
 * The prompt of a question is made by the hall's own steps and read once; then its answer is made
 * RUNS times each way, in turns, over the same session. Every text with guesses begins with a
 * speculator that knows nothing, as in a process of its own. "off" and "on" are the medians of
 * the decode part in ms; "same": all texts had the same bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "turn/prompt.h"
#include "turn/turn.h"

enum { RUNS_MAX = 25, LINE_BYTES = 65536 };

typedef struct Trial {
    Rig *rig;
    Engine *engine, *draft;
    int runs, tokens;
    double off[RUNS_MAX], on[RUNS_MAX];
    GenerateResult made;
    Buf first, text;
    bool same;
} Trial;

static bool keep(void *user, Str piece) {
    buf_add_str(&((Trial *)user)->text, piece);
    return true;
}

/* One text; its decode part in *ms. */
static Status write_text(Trial *t, const TokenList *prompt, bool ahead, double *ms, Err *err) {
    Session *session = NULL;
    Speculator *speculator = NULL;
    SpeculatorOptions guess = {.lookup = true, .draft = t->draft};
    GenerateResult made = {0};
    TRY(rig_fit_session(t->rig, prompt->n, t->tokens, &session, err));
    if (ahead) TRY(speculator_new(t->engine, &guess, &speculator, err));
    GenerateOptions o = {.sampler = sampler_options_default(), .max_tokens = t->tokens,
                         .speculator = speculator, .piece = keep, .user = t};
    buf_clear(&t->text);
    Status status = generate_run(session, prompt->ids, prompt->n, &o, &made, err);
    speculator_free(speculator);
    TRY(status);
    *ms = made.total_ms - made.prefill_ms;
    if (ahead) t->made = made;
    if (t->first.n == 0) buf_add_str(&t->first, buf_str(&t->text));
    t->same = t->same && str_eq(buf_str(&t->first), buf_str(&t->text));
    return OK;
}

static Status both_ways(Trial *t, const TokenList *prompt, Err *err) {
    double warm;
    t->same = true;
    buf_clear(&t->first);
    TRY(write_text(t, prompt, false, &warm, err));
    for (int i = 0; i < t->runs; i++) {
        TRY(write_text(t, prompt, i % 2 == 0, i % 2 == 0 ? &t->on[i] : &t->off[i], err));
        TRY(write_text(t, prompt, i % 2 == 1, i % 2 == 1 ? &t->on[i] : &t->off[i], err));
    }
    return OK;
}

static Status ask_prompt(Turn *turn, Engine *engine, Err *err) {
    TRY(turn_admit(turn, err));
    TRY(turn_understand(turn, err));
    TRY(turn_recall(turn, err));
    TRY(cite_begin(turn, err));
    return prompt_build(turn, engine, err);
}

static Status run_prompt(Turn *turn, Err *err) {
    Buf context;
    TRY(turn_admit(turn, err));
    buf_init(&context, 1 << 24);
    JsonWriter w = prompt_begin(&context);
    prompt_add(&w, "user", turn->question);
    prompt_end(&w);
    Status status = prompt_render(turn->rig, buf_str(&context), &turn->prompt, err);
    buf_fini(&context);
    return status;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *x, int n) {
    qsort(x, (size_t)n, sizeof *x, by_value);
    return x[n / 2];
}

static void put_trial(Trial *t, Str question) {
    Buf out;
    buf_init(&out, 1 << 24);
    JsonWriter w = jsonw_init(&out);
    jsonw_object_begin(&w);
    jsonw_put_str(&w, "question", question);
    jsonw_put_str(&w, "text", buf_str(&t->first));
    jsonw_put_bool(&w, "same", t->same);
    const struct { const char *name; double value; } rows[] = {
        {"off", median(t->off, t->runs)}, {"on", median(t->on, t->runs)},
        {"tokens", (double)t->made.completion_tokens}, {"drafted", (double)t->made.drafted},
        {"accepted", (double)t->made.accepted}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        jsonw_put_real(&w, rows[i].name, rows[i].value, 6);
    }
    jsonw_object_end(&w);
    buf_add_byte(&out, '\n');
    if (out.status == OK) fwrite(out.p, 1, out.n, stdout);
    fflush(stdout);
    buf_fini(&out);
}

static Status try_question(Trial *t, const char *line, bool free_text, Err *err) {
    Turn turn;
    turn_init(&turn, t->rig);
    turn.question = str_trim(str_from(line));
    Status status = free_text ? run_prompt(&turn, err) : ask_prompt(&turn, t->engine, err);
    if (status == OK) status = both_ways(t, &turn.prompt, err);
    if (status == OK) put_trial(t, turn.question);
    turn_fini(&turn);
    return status;
}

static Status open_models(Trial *t, const RigOptions *options, Rig **draft, Err *err) {
    RigOptions small = *options;
    small.model = options->draft_model;
    TRY(rig_open(options, &t->rig, err));
    TRY(rig_engine(t->rig, &t->engine, err));
    if (!small.model) return OK;
    TRY(rig_open(&small, draft, err));
    return rig_engine(*draft, &t->draft, err);
}

int main(int argc, char **argv) {
    Err err;
    Rig *draft = NULL;
    char line[LINE_BYTES];
    if (argc < 4) return 2;
    Trial t = {.runs = atoi(argv[2]), .tokens = atoi(argv[3])};
    RigOptions options = {.store = strcmp(argv[1], "-") == 0 ? NULL : argv[1],
                          .model = argc > 4 ? argv[4] : NULL,
                          .draft_model = argc > 5 ? argv[5] : NULL,
                          .isa = getenv("HEARTH_ISA")};
    if (t.runs < 1 || t.runs > RUNS_MAX) return 2;
    buf_init(&t.first, 1 << 24);
    buf_init(&t.text, 1 << 24);
    Status status = open_models(&t, &options, &draft, &err);
    while (status == OK && fgets(line, sizeof line, stdin)) {
        status = try_question(&t, line, !options.store, &err);
    }
    if (status != OK) fprintf(stderr, "%s\n", err.message);
    buf_fini(&t.first);
    buf_fini(&t.text);
    rig_close(t.rig);
    rig_close(draft);
    return status != OK;
}
