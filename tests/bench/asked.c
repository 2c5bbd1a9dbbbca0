/*
 * What the model that answers has in mind where the prompt ends, for the very prompts that `ask`
 * builds: the hall's steps up to the prompt, and then states instead of an answer (asked.py
 * makes the lines and reads the numbers).
 *
 *     asked STORE TAPS STATES < lines > results
 *
 * A line has fields behind each other, tabs between them: names of files that are taken for not
 * found (blanks between them, or nothing), a question, and more questions. The passages are found
 * for the first one; the others are asked about the same passages, which costs their own tokens
 * only. Of each question comes one JSON line: the names of the files whose passages were read, the
 * coverage, the best one's cosine and the doubt; and behind what STATES has the states after the
 * layers of TAPS (hex; bit i means layer i + 1), each [n_embd] floats. A line of which nothing is
 * found gives "shown": [] and no states.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "turn/prompt.h"
#include "turn/turn.h"

enum { LINE_MAX_BYTES = 1 << 16, STATES_MAX = 64 * 8192 };

typedef struct Asked {
    Rig *rig;
    uint64_t taps;
    float *states; /* [STATES_MAX] */
    FILE *out;
} Asked;

/* Hits of files whose names stand in `gone` go. */
static void leave_out(SearchResults *found, Str gone) {
    size_t n = 0;
    for (size_t i = 0; i < found->n; i++) {
        Str name = str_file_stem(found->hits[i].path);
        if (!str_has(gone, name)) found->hits[n++] = found->hits[i];
    }
    found->n = n;
}

static void put_result(const Turn *turn) {
    Buf line;
    buf_init(&line, LINE_MAX_BYTES);
    JsonWriter w = jsonw_init(&line);
    jsonw_object_begin(&w);
    jsonw_put_str(&w, "question", turn->question);
    jsonw_put_real(&w, "doubt", isnan(turn->doubt) ? -1 : turn->doubt, 6);
    jsonw_put_real(&w, "coverage", verify_question_coverage(turn->verify), 6);
    jsonw_put_real(&w, "subject", verify_subject_stands(turn->verify), 6);
    double cosine = turn->found.n ? (double)turn->found.hits[0].cosine : -1;
    jsonw_put_real(&w, "cosine", isnan(cosine) ? -1 : cosine, 6);
    jsonw_put_real(&w, "tokens", (double)turn->prompt.n, 6);
    jsonw_put_array(&w, "shown");
    for (size_t i = 0; i < turn->n_shown; i++) {
        jsonw_str(&w, str_file_stem(turn->found.hits[i].path));
    }
    jsonw_array_end(&w);
    jsonw_object_end(&w);
    buf_add_byte(&line, '\n');
    if (line.status == OK) fwrite(line.p, 1, line.n, stdout);
    (void)fflush(stdout);
    buf_fini(&line);
}

static Status read_prompt(const Asked *asked, Turn *turn, Err *err) {
    Engine *engine = NULL;
    Session *session = NULL;
    EngineInfo info;
    Doubt doubt;
    SyncOptions sync = {.taps = asked->taps, .states = asked->states};
    TRY(rig_engine(asked->rig, &engine, err));
    engine_info(engine, &info);
    size_t n = (size_t)__builtin_popcountll(asked->taps) * (size_t)info.n_embd;
    if (n > STATES_MAX) return err_set(err, E_LIMIT, "too many layers");
    TRY(prompt_build(turn, engine, err));
    TRY(rig_fit_session(asked->rig, turn->prompt.n + 1, 256, &session, err));
    TRY(session_sync(session, turn->prompt.ids, turn->prompt.n, &sync, err));
    TRY(doubt_weigh(engine_vocab(engine), session_logits(session), &doubt, err));
    turn->doubt = doubt.share;
    if (fwrite(asked->states, sizeof(float), n, asked->out) != n || fflush(asked->out)) {
        return err_set(err, E_IO, "no room for the states");
    }
    return OK;
}

/* `first` has found the passages; NULL: this one finds them. */
static Status ask(const Asked *asked, Turn *turn, const Turn *first, Str gone, Err *err) {
    TRY(turn_admit(turn, err));
    TRY(turn_understand(turn, err));
    if (first) {
        turn->found = first->found;
    } else {
        TRY(turn_recall(turn, err));
        leave_out(&turn->found, gone);
    }
    TRY(recall_verify(turn, err));
    if (turn->found.n) TRY(read_prompt(asked, turn, err));
    put_result(turn);
    return OK;
}

static Status run_line(const Asked *asked, char *line, Err *err) {
    Turn first, next;
    char *save = NULL;
    line[strcspn(line, "\n")] = 0;
    char *tab = strchr(line, '\t');
    if (!tab) return err_set(err, E_USAGE, "a line has no tab");
    *tab = 0;
    turn_init(&first, asked->rig);
    char *question = strtok_r(tab + 1, "\t", &save);
    first.question = str_from(question ? question : "");
    Status status = ask(asked, &first, NULL, str_from(line), err);
    while (status == OK && (question = strtok_r(NULL, "\t", &save))) {
        turn_init(&next, asked->rig);
        next.question = str_from(question);
        status = ask(asked, &next, &first, STR(""), err);
        turn_fini(&next);
    }
    turn_fini(&first);
    return status;
}

int main(int argc, char **argv) {
    Err err;
    Asked asked = {0};
    if (argc != 4) return fprintf(stderr, "asked STORE TAPS STATES < lines\n"), 2;
    RigOptions options = {.store = argv[1], .threads = 1}; /* several run beside each other */
    asked.taps = strtoull(argv[2], NULL, 16);
    asked.out = fopen(argv[3], "ab");
    asked.states = mem_alloc_n(STATES_MAX, sizeof *asked.states);
    char *line = mem_alloc(LINE_MAX_BYTES);
    if (!asked.out || !asked.states || !line) return 1;
    Status status = rig_open(&options, &asked.rig, &err);
    while (status == OK && fgets(line, LINE_MAX_BYTES, stdin)) {
        status = run_line(&asked, line, &err);
    }
    if (status != OK) fprintf(stderr, "asked: %s\n", err.message);
    rig_close(asked.rig);
    (void)fclose(asked.out);
    mem_free(line);
    mem_free(asked.states);
    return status == OK ? 0 : 1;
}
