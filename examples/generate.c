/*
 * A prompt through a model, without documents: example-generate MODEL "PROMPT"
 *
 * MODEL is a catalogue name or the path of a GGUF file. Shows the concept of hearth_run: the prompt
 * goes through the model's own chat template, the text comes back as a whole and is the caller's to
 * free; `stop` says why it ended. What did not fit the window is an error and never cut.
 */
#include <stdio.h>
#include <string.h>

#include "hearth.h"

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: example-generate MODEL PROMPT\n");
        return 2;
    }
    hearth_options options;
    hearth_options_default(&options);
    options.model = argv[1];
    hearth *h = NULL;
    hearth_error err;
    hearth_run_result result = {0};
    hearth_status status = hearth_open(&options, &h, &err);
    if (status == HEARTH_OK) status = hearth_run(h, argv[2], strlen(argv[2]), NULL, &result, &err);
    if (status == HEARTH_OK) {
        printf("%s\n(%u tokens, stopped by %s)\n", result.text, result.timings.completion_tokens,
               result.stop);
    } else {
        fprintf(stderr, "%s\n%s\n", err.message, err.hint);
    }
    hearth_free(result.text);
    hearth_close(h);
    return hearth_exit_code(status);
}
