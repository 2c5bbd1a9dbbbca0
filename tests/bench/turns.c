/*
 * Questions, one a line on stdin, through the hall in one process; a JSON object a line with the
 * answer and what decide.c saw. For tuning; the figures that are reported come from `hearth ask`.
 *
 *   turns STORE < questions > results
 *
 * A line "question <tab> text" takes the text for what the model wrote, so that the judgement can
 * be tried again without generating anew.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "turn/prompt.h"
#include "turn/turn.h"

static void put_real(JsonWriter *w, const char *key, double value) {
    jsonw_key(w, key);
    jsonw_real(w, value, 6);
}

static void put_turn(const Turn *turn) {
    Buf out;
    buf_init(&out, 1 << 24);
    JsonWriter w = jsonw_init(&out);
    jsonw_object_begin(&w);
    jsonw_key(&w, "text");
    jsonw_str(&w, buf_str(&turn->text));
    jsonw_key(&w, "refused");
    jsonw_bool(&w, turn->model_refused);
    jsonw_key(&w, "answered");
    jsonw_bool(&w, turn->answered);
    put_real(&w, "supported", (double)turn->n_supported);
    put_real(&w, "coverage", verify_question_coverage(turn->verify));
    put_real(&w, "prompt_tokens", (double)turn->timings.prompt_tokens);
    put_real(&w, "bm25_full", (double)turn->found.bm25_full);
    put_real(&w, "shown", (double)turn->n_shown);
    put_real(&w, "prefill_ms", turn->timings.prefill_ms);
    put_real(&w, "decode_ms", turn->timings.decode_ms);
    jsonw_key(&w, "hits");
    jsonw_array_begin(&w);
    for (size_t i = 0; i < turn->found.n; i++) {
        const SearchHit *hit = &turn->found.hits[i];
        jsonw_object_begin(&w);
        jsonw_key(&w, "path");
        jsonw_str(&w, hit->path);
        put_real(&w, "bm25", (double)hit->bm25);
        put_real(&w, "cosine", isnan(hit->cosine) ? -1 : (double)hit->cosine);
        put_real(&w, "score", (double)hit->score);
        jsonw_object_end(&w);
    }
    jsonw_array_end(&w);
    jsonw_key(&w, "cited");
    jsonw_array_begin(&w);
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

int main(int argc, char **argv) {
    Err err;
    Rig *rig = NULL;
    RigOptions options = {.store = argc > 1 ? argv[1] : NULL};
    if (rig_open(&options, &rig, &err) != OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    char line[65536];
    int code = 0;
    while (code == 0 && fgets(line, sizeof line, stdin)) {
        Turn turn;
        turn_init(&turn, rig);
        char *tab = strchr(line, '\t');
        if (tab) *tab = 0;
        turn.question = str_from(line);
        Status status = tab ? judge_again(&turn, str_from(tab + 1), &err) : turn_run(&turn, &err);
        if (status == OK) {
            put_turn(&turn);
        } else {
            fprintf(stderr, "%s\n", err.message);
            code = 1;
        }
        turn_fini(&turn);
    }
    rig_close(rig);
    return code;
}
