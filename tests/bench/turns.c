/*
 * Questions, one a line on stdin, through the hall in one process; a JSON object a line with the
 * answer and what decide.c saw. For tuning; the figures that are reported come from `hearth ask`.
 *
 *   turns STORE < questions > results
 *   turns STORE recall < questions > results
 *
 * A line "question <tab> text" takes the text for what the model wrote, so that the judgement can
 * be tried again without generating anew. With `recall` no model is asked, and the text behind the
 * tab is the question before: followups.py replays conversations that way.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "turn/prompt.h"
#include "turn/turn.h"

static void put_real(JsonWriter *w, const char *key, double value) {
    jsonw_put_real(w, key, value, 6);
}

/* What the passages say; a question that was counted (tally.h) looked for none. */
static void put_found(JsonWriter *w, const Turn *turn) {
    put_real(w, "coverage", verify_question_coverage(turn->verify));
    put_real(w, "subject", verify_subject_stands(turn->verify));
    put_real(w, "hopeless", decide_hopeless(turn));
}

static void put_turn(const Turn *turn) {
    Buf out;
    buf_init(&out, 1 << 24);
    JsonWriter w = jsonw_init(&out);
    jsonw_object_begin(&w);
    jsonw_put_str(&w, "text", buf_str(&turn->text));
    jsonw_put_bool(&w, "refused", turn->model_refused);
    jsonw_put_bool(&w, "answered", turn->answered);
    put_real(&w, "doubt", isnan(turn->doubt) ? -1 : turn->doubt);
    put_real(&w, "knows", isnan(turn->knows) ? -9 : turn->knows);
    put_real(&w, "supported", (double)turn->n_supported);
    put_real(&w, "counted", turn->counted);
    if (turn->verify) put_found(&w, turn);
    put_real(&w, "prompt_tokens", (double)turn->timings.prompt_tokens);
    put_real(&w, "bm25_full", (double)turn->found.bm25_full);
    put_real(&w, "shown", (double)turn->n_shown);
    put_real(&w, "prefill_ms", turn->timings.prefill_ms);
    put_real(&w, "decode_ms", turn->timings.decode_ms);
    jsonw_put_array(&w, "hits");
    for (size_t i = 0; i < turn->found.n; i++) {
        const SearchHit *hit = &turn->found.hits[i];
        jsonw_object_begin(&w);
        jsonw_put_str(&w, "path", hit->path);
        put_real(&w, "bm25", (double)hit->bm25);
        put_real(&w, "cosine", isnan(hit->cosine) ? -1 : (double)hit->cosine);
        put_real(&w, "score", (double)hit->score);
        jsonw_object_end(&w);
    }
    jsonw_array_end(&w);
    jsonw_put_array(&w, "cited");
    for (size_t i = 0; i < turn->n_citations; i++) {
        jsonw_str(&w, turn->found.hits[turn->citations[i].hit].path);
    }
    jsonw_array_end(&w);
    jsonw_object_end(&w);
    buf_add_byte(&out, '\n');
    if (out.status == OK) fwrite(out.p, 1, out.n, stdout);
    fflush(stdout);
    buf_fini(&out);
}

/* The steps of the hall with the model's words given. */
static Status judge_again(Turn *turn, Str text, Err *err) {
    TRY(turn_admit(turn, err));
    TRY(turn_understand(turn, err));
    TRY(turn_recall(turn, err));
    TRY(cite_begin(turn, err));
    turn->model = "given";
    buf_add_str(&turn->text, str_trim(text));
    turn->model_refused = prompt_is_refusal(text);
    if (!turn->model_refused) TRY(cite_feed(turn, true, err));
    return turn_cite(turn, err);
}

/* Recall alone, behind one exchange when there is one. */
static Status recall_only(Turn *turn, TurnExchange *before, Err *err) {
    turn->history = before;
    turn->n_history = before->question.n > 0;
    TRY(turn_admit(turn, err));
    TRY(turn_understand(turn, err));
    return turn_recall(turn, err);
}

static Status run_line(Turn *turn, char *line, bool recall, Err *err) {
    line[strcspn(line, "\n")] = 0;
    char *tab = strchr(line, '\t');
    if (tab) *tab = 0;
    turn->question = str_from(line);
    Str second = tab ? str_from(tab + 1) : STR("");
    TurnExchange before = {.question = second, .answer = STR("-")};
    Status status = recall ? recall_only(turn, &before, err)
                    : tab  ? judge_again(turn, second, err)
                           : turn_run(turn, err);
    if (status == OK) put_turn(turn);
    return status;
}

int main(int argc, char **argv) {
    Err err;
    Rig *rig = NULL;
    RigOptions options = {.store = argc > 1 ? argv[1] : NULL};
    bool recall = argc > 2 && strcmp(argv[2], "recall") == 0;
    if (rig_open(&options, &rig, &err) != OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    char line[65536];
    Status status = OK;
    while (status == OK && fgets(line, sizeof line, stdin)) {
        Turn turn;
        turn_init(&turn, rig);
        status = run_line(&turn, line, recall, &err);
        if (status != OK) fprintf(stderr, "%s\n", err.message);
        turn_fini(&turn);
    }
    rig_close(rig);
    return status == OK ? 0 : 1;
}
