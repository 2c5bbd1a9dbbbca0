/*
 * Asks a question of a folder: example-ask FOLDER "QUESTION"
 *
 * Shows the concept of a conversation (hearth_chat) and of callbacks: the best passage comes before
 * the model has said a word, then the answer as it grows, then the quotes that support it.
 *
 * Who owns what: the strings that a callback gets live until it returns; the answer belongs to the
 * conversation, and the report of hearth_add is cleared by us. NULL is fine for every _free and
 * _close, so that one way out serves all failures.
 */
#include <stdio.h>

#include "hearth.h"

static void on_best(void *user, const hearth_passage *best) {
    (void)user;
    printf("(best passage: %s)\n", best->path);
}

static void on_text(void *user, const char *piece, size_t n) {
    (void)user;
    fwrite(piece, 1, n, stdout);
    fflush(stdout);
}

/* A program with a window would delete what stands behind `keep`; here it can only be said. */
static void on_back(void *user, size_t keep) {
    (void)user;
    printf("\n(only the first %zu bytes of this stand)\n", keep);
}

/* The answer itself was shown while it came, unless the documents have none. */
static void print_citations(const hearth_answer *answer) {
    printf("%s\n", answer->found ? "" : answer->answer);
    for (size_t i = 0; i < answer->n_citations; i++) {
        const hearth_citation *c = &answer->citations[i];
        printf("[%d] %s: \"%s\"\n", c->n, c->path, c->quote);
    }
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: example-ask FOLDER QUESTION\n");
        return 2;
    }
    hearth_options options;
    hearth_options_default(&options); /* first: it sets the size, which is looked at */
    options.store = "example"; /* never among the user's own documents */

    hearth *h = NULL;
    hearth_chat *chat = NULL;
    hearth_error err;
    hearth_add_report report = {0};
    const hearth_answer *answer = NULL;
    const char *paths[] = {argv[1]};
    hearth_ask_options ask;
    hearth_ask_options_default(&ask);
    ask.on_best = on_best;
    ask.on_text = on_text;
    ask.on_back = on_back;

    /* nothing is opened before hearth_add; the models are, by the question */
    hearth_status status = hearth_open(&options, &h, &err);
    if (status == HEARTH_OK) status = hearth_add(h, paths, 1, NULL, NULL, &report, &err);
    if (status == HEARTH_OK) status = hearth_chat_new(h, &chat, &err);
    if (status == HEARTH_OK) status = hearth_chat_ask(chat, argv[2], &ask, &answer, &err);
    /* an answer of "the documents do not say" is HEARTH_OK as well, with answer->found false */
    if (status == HEARTH_OK) print_citations(answer);
    else fprintf(stderr, "%s\n%s\n", err.message, err.hint);
    hearth_add_report_clear(&report);
    hearth_chat_free(chat);
    hearth_close(h);
    return hearth_exit_code(status);
}
