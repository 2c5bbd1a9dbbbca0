/*
 * Any bytes as a command line (words end at newlines) and, behind a NUL, as a configuration file.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "base/option.h"

static const OptionSpec specs[] = {
    {"threads", 't', OPT_INT, 1, 64, "4", "N", NULL, "threads to use", true},
    {"temp", 0, OPT_REAL, 0, 5, "0.8", "T", NULL, "temperature", true},
    {"mode", 'm', OPT_CHOICE, 0, 0, "a", "MODE", "a|bc|def", "how to search", true},
    {"store", 0, OPT_TEXT, 0, 0, NULL, "NAME", NULL, "which store", true},
    {"json", 'j', OPT_BOOL, 0, 0, NULL, NULL, NULL, "print JSON", true}};
static const char *const names[] = {"threads", "temp", "mode", "store", "json", NULL};
static const CommandSpec command = {"ask", "Q...", 0, -1, "Answer", NULL, names};
static const ProgramSpec program = {.name = "hearth", .specs = specs, .n_specs = ARRAY_LEN(specs)};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    enum { ARGS_MAX = 64 };
    char command_name[] = "ask", *text = mem_dup(data, size), *argv[ARGS_MAX] = {command_name};
    if (!text) return 0;
    size_t line = strlen(text);
    Str config = line < size ? (Str){text + line + 1, size - line - 1} : STR("");
    int argc = 1;
    for (char *at = text; argc < ARGS_MAX && at < text + line; argc++) {
        argv[argc] = at;
        at += strcspn(at, "\n");
        *at++ = 0;
    }
    Options *o = NULL;
    Err err;
    if (options_parse(&program, &command, argc, argv, config, &o, &err) == OK) {
        int64_t threads = options_get(o, "threads")->whole;
        double temp = options_get(o, "temp")->real;
        if (threads < 1 || threads > 64 || !(temp >= 0 && temp <= 5)) abort();
        if (!options_get(o, "mode")->text) abort();
    } else if (err.message[0] == 0) {
        abort();
    }
    options_free(o);
    mem_free(text);
    return 0;
}
