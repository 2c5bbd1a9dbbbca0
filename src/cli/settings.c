/*
 * `hearth settings`: what the files say that people write by hand, and where they lie.
 *
 * The text is the one description of policy.toml, route.toml, hearth.toml and clouds.toml for those
 * who have the program and not its source: the same as --help and as a part of the man page. Lines
 * with four blanks before them are what may stand in the file named above them, so that a test can
 * give them back to the program (tests/e2e/cli.py), and a reader can copy them.
 */
#include <stdio.h>

#include "base/home.h"
#include "base/mem.h"
#include "cli/cli.h"

/* A row each: where it lies. */
static const struct {
    HomeKind kind;
    const char *name;
} files[] = {{HOME_GATE, "policy.toml"},
             {HOME_GATE, "clouds.toml"},
             {HOME_CONFIG, "route.toml"},
             {HOME_CONFIG, "hearth.toml"}};

const char cli_settings_text[] =
    "Four files say what options do not. None is needed; they are TOML, and 'single quotes' keep\n"
    "backslashes as they are. A word that is unknown is an error that names its line: until\n"
    "policy.toml is right again nothing leaves. In a sealed home: hearth seal show NAME > FILE,\n"
    "and hearth seal put NAME < FILE. Examples of all that may be said:\n"
    "\n"
    "policy.toml: what may leave, also by --cloud\n"
    "    [[folder]]               # what texts from there are; the longest path decides\n"
    "    path = \"~/Documents/staff\"\n"
    "    label = \"private\"        # never leaves; personal: masked, as all is; open: secrets\n"
    "    [[pattern]]              # things of your own, by regular expressions (PCRE2)\n"
    "    match = 'PRJ-[0-9]{4}'\n"
    "    type = \"other\"           # as `hearth gate scan` names things\n"
    "    ignore_case = true\n"
    "    [[words]]                # or by their names, however written\n"
    "    type = \"org\"\n"
    "    list = [\"Project Heron\", \"Nordlicht\"]\n"
    "    [public]                 # for a --dest: mine, server, attested, public; [all]\n"
    "    health = \"surrogate\"     # a type; keep, surrogate, generalise, ask or refuse\n"
    "    iban = \"refuse\"          # or a kind of it, which goes first\n"
    "    [gate]\n"
    "    careful = true           # the embedding model looks at names again\n"
    "    deep = false             # the language model reads all that leaves (slow)\n"
    "    [guard]                  # off, warn, rewrite or refuse; question_, passage_ or answer_\n"
    "    question_injection = \"warn\" # injection, offensive or unsafe; and answer_leak\n"
    "\n"
    "route.toml: rules for --routing; with --cloud NAME you decide, and policy.toml\n"
    "    [[rule]]                 # the first that holds decides: all its conditions do\n"
    "    name = \"taxes stay here\"\n"
    "    contains = [\"tax\", \"VAT\"] # any of them\n"
    "    matches = \"*\"            # * is anything, ? a character\n"
    "    language = \"en\"          # en, de, zh, ja, ko or other\n"
    "    label_at_least = \"personal\"\n"
    "    longer_than = 20         # characters\n"
    "    store = \"default\"\n"
    "    tools = false            # tools are offered, or not\n"
    "    best_score_under = 0.3   # no passage is better\n"
    "    from = \"22:00\"           # past midnight is fine\n"
    "    to = \"06:30\"\n"
    "    then = \"local\"           # or \"cloud\", \"cloud NAME\", \"ask\", \"refuse\"\n"
    "    because = \"nobody's business\"\n"
    "\n"
    "hearth.toml: what options are when they are not said; their names are in COMMON OPTIONS of\n"
    "`hearth man`, with those that have a HEARTH_NAME\n"
    "    routing = \"ask\"\n"
    "    offline = false\n"
    "\n"
    "clouds.toml: what `hearth cloud add` writes, and three deadlines\n"
    "    [far]\n"
    "    wire = \"openai\"          # or openai-responses, anthropic, gemini\n"
    "    url = \"https://models.example.org/v1\"\n"
    "    model = \"large-1\"\n"
    "    dest = \"public\"          # or mine, server, attested\n"
    "    price_in = 0.75          # of a million tokens\n"
    "    price_out = 4.5\n"
    "    budget_day = 1\n"
    "    budget_month = 10\n"
    "    connect_ms = 5000        # to connect\n"
    "    first_ms = 120000        # to the first word; a model that thinks long wants more\n"
    "    idle_ms = 60000          # between words";

/* Where they would be read from, whether they are there or not. */
int cmd_settings(Cli *cli) {
    Err err;
    (void)cli;
    printf("%s\n\n", cli_settings_text);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        char *path = NULL;
        if (home_path(files[i].kind, files[i].name, &path, &err) != OK) return cli_fail_err(&err);
        printf("%-12s ", files[i].name);
        cli_print_on(stdout, path);
        putchar('\n');
        mem_free(path);
    }
    return 0;
}
