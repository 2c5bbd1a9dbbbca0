/*
 * Showing an answer, for ask and chat.
 *
 * On the terminal the best passage with its place stands first, before the model has said a word;
 * then the answer as it grows, [n] behind each sentence that the documents support and [?] behind
 * one that they do not; then the quoted words; last a line about time, model and what left.
 *
 * Before an endpoint is asked for the first time, what would leave is shown and the user is asked,
 * at the terminal itself: a pipe cannot agree.
 *
 * In time, for a terminal; with --json nothing is printed before the end, where one object comes:
 *
 *     on_best      Best passage: lease.pdf, page 2 ...
 *     on_reading   a bar while this device reads for the answer; taken away when it is full
 *     on_text      The rent is due on the third working day
 *     on_mark       [1]
 *     on_back      what the documents do not say after all is wiped away (stream.c)
 *     the end      [1] lease.pdf, page 2  "The rent is due ..."
 *                  2.3 s, qwen2.5-coder-1.5b, on this device; nothing left this machine.
 *
 * All callbacks run on this thread, inside hearth_chat_ask. Numbers of marks are those of
 * hearth_citation.n, which the printed list repeats.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "cli/cli.h"

enum { SNIPPET_BYTES = 240 }; /* of a passage that is only pointed at, some three lines */

/* The beginning of a passage on one line. */
static void print_snippet(const Cli *cli, const char *text, size_t n) {
    size_t cut = utf8_cut((Str){text, n}, SNIPPET_BYTES).n;
    char line[SNIPPET_BYTES + 1];
    assert(cut <= SNIPPET_BYTES);
    for (size_t i = 0; i < cut; i++) line[i] = text[i] == '\n' ? ' ' : text[i];
    cli_print(line, cut);
    if (cut < n) fputs(" ...", stdout);
}

/* Comes before the model has said a word: who finds the answer in it need not wait. */
static void show_best(void *user, const hearth_passage *best) {
    const Cli *cli = ((CliStream *)user)->cli;
    assert(best->start <= best->end); /* of the document; text has as many bytes */
    printf("%sBest passage: ", cli_dim(cli));
    cli_place(best->path, best->page, best->line);
    printf("\n  ");
    print_snippet(cli, best->text, best->end - best->start);
    printf("%s\n\n", cli_plain(cli));
    cli_flush(cli);
}

static void show_text(void *user, const char *piece, size_t n) {
    cli_progress_end();
    cli_stream_text(user, (Str){piece, n});
}

static void show_mark(void *user, int n) { cli_stream_mark(user, n); }

static void take_back(void *user, size_t keep) { cli_stream_back(user, keep); }

/* Only where a row begins: the line would take the place of words that stand there. */
static void show_reading(void *user, const hearth_progress *at) {
    const CliStream *stream = user;
    if (!stream->live || !stream->text.n) cli_progress_part(stream->cli, at);
}

/* stdin and stdout may be pipes while somebody sits there all the same. */
static bool has_terminal(void) {
    FILE *terminal = fopen("/dev/tty", "r+");
    if (terminal) (void)fclose(terminal);
    return terminal != NULL;
}

/* The preview goes to the terminal, page by page if need be, and so does the question. */
bool cli_ask_parting(void *user, const hearth_parting *parting) {
    char answer[16] = "";
    FILE *terminal = fopen("/dev/tty", "r+");
    if (!terminal) return false;
    CliWord model, host;
    (void)fprintf(terminal, "\nThis is what would leave for %s (%s at %s):\n\n",
                  parting->endpoint, cli_word(&model, parting->model),
                  cli_word(&host, parting->host));
    cli_print_on(terminal, parting->preview); /* or it could paint another one over itself */
    (void)fputs("\n\n", terminal);
    if (parting->warning) {
        cli_print_on(terminal, parting->warning);
        (void)fputs("\n", terminal);
    }
    (void)fprintf(terminal, "Masked texts like these may go to %s from now on [y/N]? ",
                  parting->endpoint);
    (void)fflush(terminal);
    bool agreed = fgets(answer, sizeof answer, terminal) && (answer[0] == 'y' || answer[0] == 'Y');
    (void)fclose(terminal);
    return agreed;
}

/* Quotes are bytes of documents and are shown with their line ends. Behind a refusal they are whole
   passages that hold no answer: their beginning says where to look. */
static void print_citations(const Cli *cli, const hearth_answer *a) {
    for (size_t i = 0; i < a->n_citations; i++) {
        const hearth_citation *c = &a->citations[i];
        assert(c->n == (int)i + 1); /* the marks in the text count alike */
        printf("%s[%d]%s ", cli_bold(cli), c->n, cli_plain(cli));
        cli_place(c->path, c->page, c->line);
        printf("\n    \"");
        Str quote = str_from(c->quote), shown = a->found ? quote : utf8_cut(quote, SNIPPET_BYTES);
        cli_print(shown.p, shown.n);
        printf("%s\"\n", shown.n < quote.n ? " ..." : "");
    }
}

/* This device answered; an endpoint that was asked before may have got something all the same. */
static void print_left_before(const hearth_answer *a) {
    unsigned long long bytes = 0, entry = (unsigned long long)a->entry;
    for (size_t i = 0; i < a->n_rounds; i++) {
        bytes += a->rounds[i].bytes;
        entry = (unsigned long long)a->rounds[i].entry;
    }
    if (a->n_rounds) {
        printf("; %llu bytes in %zu parcel%s had left before", bytes, a->n_rounds,
               cli_s(a->n_rounds));
    }
    if (entry) printf("; `hearth egress show %llu` is what left", entry);
    else printf("; nothing left this machine");
}

/* The last line says what it took and what left this machine, in every case. */
static void print_where(const Cli *cli, const hearth_answer *a) {
    printf("%s\n%.1f s, %s", cli_dim(cli), a->timings.total_ms / 1000,
           a->model ? a->model : "no model");
    if (a->endpoint) {
        printf("; %zu thing%s masked; `hearth egress show %llu` is what left", a->masked,
               a->masked == 1 ? " was" : "s were",
               (unsigned long long)a->entry);
        if (a->n_rounds) {
            printf("; %zu parcel%s, the documents stayed here", a->n_rounds, cli_s(a->n_rounds));
        }
    } else {
        printf(", on this device");
        print_left_before(a);
    }
    printf(".");
    if (a->routing && a->routing->decision) {
        printf(" Decision %llu.", (unsigned long long)a->routing->decision);
    }
    printf("%s\n", cli_plain(cli));
}

/* What stands around an answer, in the question's language. */
typedef struct Words {
    const char *language, *but, *nearest, *no_model, *unsupported;
} Words;

/* English where the language is none of these: the first row is where the search ends. */
static const Words *words_of(const hearth_answer *a) {
    static const Words table[] = {
        {"en", "But: ", "The nearest passages:",
         "No language model is on this disk, so the passages are the answer",
         "nothing in the documents supports this sentence"},
        {"de", "Aber: ", "Die nächstliegenden Stellen:",
         "Auf diesem Gerät ist kein Sprachmodell, darum sind die Stellen die Antwort",
         "nichts in den Dokumenten belegt diesen Satz"},
        {"zh", "但是：", "最接近的段落：", "本机没有语言模型，以下段落即为答案",
         "文档中没有支持这句话的内容"}};
    size_t i = ARRAY_LEN(table);
    while (--i && strcmp(table[i].language, a->language) != 0) continue;
    assert(i > 0 || strcmp(a->language, "en") == 0); /* turn/say.h has these three */
    return &table[i];
}

/* Where words that do not stand are on the screen for good "But" goes before the refusal. */
static void print_refusal(const Cli *cli, const hearth_answer *a, bool stuck) {
    if (stuck) printf("%s", words_of(a)->but);
    printf("%s%s%s\n\n", cli_bold(cli), a->answer, cli_plain(cli));
    if (a->n_citations) printf("%s\n", words_of(a)->nearest);
}

/* Behind the answer itself, what belongs to it. */
static void print_answer(const Cli *cli, const hearth_answer *a, CliStream *stream) {
    bool marked = false;
    cli_stream_end(stream);
    for (size_t i = 0; i < stream->n_marks; i++) marked = marked || stream->marks[i].n == 0;
    if (a->aigc) printf("\n%s", a->aigc->mark);
    if (stream->text.n) printf(a->found && !a->n_citations ? "\n" : "\n\n");
    if (!a->found) {
        print_refusal(cli, a, stream->stuck);
    } else if (!a->model && !a->counted) {
        printf("%s (hearth pull qwen2.5-coder-1.5b):\n\n", words_of(a)->no_model);
    }
    print_citations(cli, a);
    if (a->found && marked) printf("[?] %s\n", words_of(a)->unsupported);
    cli_flush(cli); /* in one file with it, the notice stands below the answer, not in it */
    if (a->notice && !cli->quiet) cli_say(a->notice);
    if (!cli->quiet) print_where(cli, a);
}

/* start and end are bytes of the document's text, and quote is that range of it. */
static void json_citations(JsonWriter *w, const hearth_answer *a) {
    jsonw_put_array(w, "citations");
    for (size_t i = 0; i < a->n_citations; i++) {
        const hearth_citation *c = &a->citations[i];
        assert(c->n == (int)i + 1 && c->start <= c->end);
        jsonw_object_begin(w);
        cli_json_int(w, "n", (uint64_t)c->n);
        jsonw_put_c(w, "path", c->path);
        jsonw_put_c(w, "title", c->title);
        cli_json_place(w, c->page, c->line);
        cli_json_int(w, "start", c->start);
        cli_json_int(w, "end", c->end);
        jsonw_put_c(w, "quote", c->quote);
        cli_json_real(w, "score", c->score);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

/* citations: numbers n of the array "citations"; none: the sentence is not supported. */
static void json_sentences(JsonWriter *w, const hearth_answer *a) {
    jsonw_put_array(w, "sentences");
    for (size_t i = 0; i < a->n_sentences; i++) {
        const hearth_sentence *s = &a->sentences[i];
        jsonw_object_begin(w);
        jsonw_put_c(w, "text", s->text);
        jsonw_put_array(w, "citations");
        for (size_t k = 0; k < s->n_citations; k++) {
            assert(s->citations[k] >= 1 && (size_t)s->citations[k] <= a->n_citations);
            jsonw_int(w, s->citations[k]);
        }
        jsonw_array_end(w);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

/* Names are an interface (doc/json.md): they lose the "_ms" that the object's own name has. */
static void json_timings(JsonWriter *w, const hearth_timings *t) {
    const struct { const char *name; double ms; } rows[] = {
        {"sweep", t->sweep_ms}, {"search", t->search_ms}, {"load", t->load_ms},
        {"prefill", t->prefill_ms}, {"first_word", t->first_word_ms}, {"decode", t->decode_ms},
        {"total", t->total_ms}};
    jsonw_put_object(w, "timings_ms");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cli_json_real(w, rows[i].name, rows[i].ms);
    }
    jsonw_object_end(w);
    cli_json_int(w, "prompt_tokens", t->prompt_tokens);
    cli_json_int(w, "completion_tokens", t->completion_tokens);
    cli_json_int(w, "drafted", t->drafted);
    cli_json_int(w, "accepted", t->accepted);
}

/* The same fields as `hearth route --json` has at its top. */
static void json_route(JsonWriter *w, const hearth_answer *a) {
    jsonw_put_object(w, "route");
    cli_routing(w, a->routing);
    jsonw_object_end(w);
}

/* What a delegated question sent, against the passages that it did not send. */
static void json_rounds(JsonWriter *w, const hearth_answer *a) {
    assert(a->n_rounds > 0 && a->rounds);
    cli_json_int(w, "whole_tokens", a->whole_tokens);
    jsonw_put_array(w, "rounds");
    for (size_t i = 0; i < a->n_rounds; i++) {
        const hearth_round *r = &a->rounds[i];
        jsonw_object_begin(w);
        cli_json_int(w, "ledger_entry", r->entry);
        cli_json_int(w, "bytes", r->bytes);
        cli_json_int(w, "tokens", r->tokens);
        cli_json_int(w, "tokens_in", r->tokens_in);
        cli_json_int(w, "tokens_out", r->tokens_out);
        cli_json_int(w, "jobs", r->jobs);
        cli_json_int(w, "readings", r->readings);
        cli_json_int(w, "unread", r->unread);
        cli_json_int(w, "extracts", r->extracts);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

/* What the guards noticed, with what was done about it. */
static void json_findings(JsonWriter *w, const hearth_answer *a) {
    jsonw_put_array(w, "guards");
    for (size_t i = 0; i < a->n_findings; i++) {
        const hearth_finding *f = &a->findings[i];
        jsonw_object_begin(w);
        jsonw_put_c(w, "place", f->place);
        jsonw_put_c(w, "kind", f->kind);
        jsonw_put_c(w, "action", f->action);
        jsonw_put_real(w, "score", f->score, 3);
        jsonw_put_c(w, "reason", f->reason);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

/* Keys are spelled as the standard spells them. */
static void json_aigc(JsonWriter *w, const hearth_aigc *label) {
    jsonw_put_c(w, "aigc_mark", label->mark);
    jsonw_put_object(w, "AIGC");
    jsonw_put_c(w, "Label", label->label);
    jsonw_put_c(w, "ContentProducer", label->content_producer);
    jsonw_put_c(w, "ProduceID", label->produce_id);
    jsonw_put_c(w, "ReservedCode1", label->reserved_code1);
    jsonw_put_c(w, "ContentPropagator", label->content_propagator);
    jsonw_put_c(w, "PropagateID", label->propagate_id);
    jsonw_put_c(w, "ReservedCode2", label->reserved_code2);
    jsonw_object_end(w);
}

/* Parts that do not apply are left out; keys that are always there stand first. */
static void print_json(const hearth_answer *a) {
    CliJson json;
    JsonWriter *w = cli_json_open(&json);
    jsonw_put_c(w, "answer", a->answer);
    jsonw_put_bool(w, "found", a->found);
    jsonw_put_c(w, "language", a->language);
    jsonw_put_bool(w, "counted", a->counted);
    json_sentences(w, a);
    json_citations(w, a);
    jsonw_put_c(w, "model", a->model);
    jsonw_put_c(w, "notice", a->notice);
    if (a->routing) json_route(w, a);
    if (a->n_findings) json_findings(w, a);
    if (a->aigc) json_aigc(w, a->aigc);
    jsonw_put_c(w, "endpoint", a->endpoint);
    if (a->entry) {
        cli_json_int(w, "ledger_entry", a->entry);
        cli_json_int(w, "masked", a->masked);
        cli_json_real(w, "cost", a->cost);
    }
    if (a->n_rounds) json_rounds(w, a);
    json_timings(w, &a->timings);
    cli_json_close(&json);
}

/* What the command's options say; `stream` hears the answer. */
static void read_options(Cli *cli, CliStream *stream, hearth_ask_options *out) {
    hearth_ask_options_default(out);
    out->k = (int)cli_option(cli, "passages")->whole;
    assert(out->k >= 1); /* table.c */
    if (cli_option(cli, "max-tokens")->set) {
        out->max_tokens = (int)cli_option(cli, "max-tokens")->whole;
    }
    out->temperature = cli_option(cli, "temp")->real;
    out->seed = cli_option(cli, "seed")->whole;
    out->cloud = cli_option(cli, "cloud")->text;
    out->route = cli_option(cli, "routing")->text;
    out->least_certainty = cli_option(cli, "least-certainty")->real;
    out->delegate = cli_option(cli, "delegate")->is_true;
    out->attach = cli_option(cli, "attach")->text;
    out->conversation = cli_option(cli, "conversation")->text;
    if (cli_option(cli, "aigc-label")->is_true) {
        out->aigc_producer = cli_option(cli, "aigc-producer")->text;
    }
    out->on_parting = has_terminal() ? cli_ask_parting : NULL; /* a pipe cannot agree */
    out->on_reading = show_reading;
    out->user = stream;
    if (!cli->json) {
        out->on_best = show_best;
        out->on_text = show_text;
        out->on_mark = show_mark;
        out->on_back = take_back;
    }
}

/* Not found is exit code 3, also where passages are shown: a script can tell. */
static int tell(Cli *cli, const hearth_answer *answer, CliStream *stream) {
    assert(answer && answer->answer && answer->language);
    if (cli->json) print_json(answer);
    else print_answer(cli, answer, stream);
    return answer->found ? 0 : hearth_exit_code(HEARTH_NOT_FOUND);
}

/* Of an answer that broke off, what came is shown above the reason. */
static int tell_failure(const hearth_error *err, CliStream *stream) {
    const Cli *cli = stream->cli;
    cli_stream_end(stream);
    if (stream->text.n) printf("\n");
    else if (cli_stop_asked() && cli->tty_err) fputc('\n', stderr); /* behind the "^C" */
    return cli_fail(err);
}

int cli_answer(Cli *cli, hearth_chat *chat, const char *question) {
    hearth_error err;
    hearth_ask_options options;
    const hearth_answer *answer = NULL;
    CliStream stream;
    cli_stream_init(&stream, cli);
    read_options(cli, &stream, &options);
    bool done = hearth_chat_ask(chat, question, &options, &answer, &err) == HEARTH_OK;
    int code = done ? tell(cli, answer, &stream) : tell_failure(&err, &stream);
    cli_stream_fini(&stream);
    return code;
}
