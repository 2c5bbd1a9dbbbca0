/*
 * Abroad: "Wie hoch ist die Miete?", of a lease in English.
 *
 * Between languages words share nothing but names and numbers, and the embedding model finds the
 * paragraph half of the time only. But a small model translates a short question well. So where the
 * documents do not answer, and passages near to the question are in another language, the question
 * is put into that one and asked again, by a turn of its own from guard to cite. Its answer is in
 * the documents' language, and a notice says how the question was put, so that a wrong translation
 * is seen. Into German these models translate poorly; the answer there is the documents' sentence
 * and nothing of the model's.
 *
 *     "Wie hoch ist die Miete?"  ->  the documents do not answer
 *     "How much is the rent?"    ->  "The rent is £1,850.00 a month." [1]
 *
 * Only the local model translates, and only where this device answers: a model elsewhere needs no
 * translation. A follow-up is translated with the question that it leans on before it, so as to
 * stand alone; a small model manages about half of them.
 *
 * A translation is held against the question: it must be in the other language, a question and no
 * request for a text, have the question's figures, and not be much longer (LONGER) - else the model
 * answered it instead. What it got wrong beyond that no rule sees.
 *
 * Limits: English, German, Chinese; questions of QUESTION_MAX bytes, FOREIGN_MIN of the passages
 * near. Cost: a refused question with foreign passages takes a second more.
 */
#include "turn/abroad.h"

#include <assert.h>
#include <math.h>

#include "base/mem.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "turn/prompt.h"
#include "turn/say.h"
#include "turn/until.h"

enum {
    FOREIGN_MIN = 2,   /* passages of those found */
    WIDE = 40,         /* passages that are looked at where none of those found is foreign */
    QUESTION_MAX = 300,
    LONGER = 4,        /* times as many bytes: a Chinese question of 30 may have 120 in English */
    SHORT = 40,        /* bytes more, of what a short follow-up left out */
    TOKENS_MAX = 96,
    REPLY_MAX = 1 << 12
};

TurnLanguage abroad_language(TurnLanguage own, const SearchResults *found) {
    size_t counts[TURN_LANGUAGES] = {0};
    TurnLanguage best = own;
    for (size_t i = 0; i < found->n; i++) counts[say_language_of(found->hits[i].text)]++;
    for (size_t i = 0; i < TURN_LANGUAGES; i++) {
        bool more = best == own || counts[i] > counts[best];
        if ((TurnLanguage)i != own && counts[i] >= FOREIGN_MIN && more) best = (TurnLanguage)i;
    }
    return best;
}

/* Each run of digits of `from` stands in `to`. */
static bool has_figures(Str from, Str to) {
    for (size_t at = 0; at < from.n;) {
        size_t start = at;
        while (at < from.n && plain_is_digit(from.p[at])) at++;
        if (at > start && !str_has(to, str_sub(from, start, at))) return false;
        at += at == start;
    }
    return true;
}

bool abroad_stands(Str question, Str translation, TurnLanguage language) {
    bool fits = translation.n > 0 && translation.n <= LONGER * question.n + SHORT;
    bool there = utf8_has_cjk(translation) == (language == TURN_CHINESE);
    if (work_read(translation, NULL) != WORK_ANSWER) return false; /* a letter is no question's */
    return fits && there && has_figures(question, translation) && !str_eq(question, translation);
}

/* Of what was found; where that is all in the question's own, of more that is near: documents in
   another language lie far from it, and behind all others. Not where the model was shown passages
   in its own: they speak of what is asked about, and others would be beside it. */
static Status find_language(Turn *turn, TurnLanguage *out, Err *err) {
    TurnLanguage own = turn_language(turn);
    SearchResults wide = {0};
    Store *store = NULL;
    SearchQuery query = {.text = turn->query, .k = WIDE, .mode = SEARCH_VECTOR,
                         .embedder = recall_embedder(turn)};
    *out = abroad_language(own, &turn->found);
    if (*out != own || !query.embedder || turn->attach || !isnan(turn->doubt)) return OK;
    TRY(rig_store(turn->rig, STORE_READ, &store, err));
    TRY(search_run(store, &query, &turn->arena, &wide, err));
    *out = abroad_language(own, &wide);
    return OK;
}

static bool may_go(const Turn *turn) {
    return !turn->answered && turn->model && turn->work == WORK_ANSWER && !turn->more &&
           !turn->consulted && !turn->withheld && !turn->cloud && !turn->delegate &&
           turn->mode == ROUTE_MODE_LOCAL && turn->question.n <= QUESTION_MAX;
}

/* A follow-up stands behind the question that it leans on, and is to say what that one names. */
static Status write_request(Turn *turn, TurnLanguage language, TokenList *prompt, Err *err) {
    static const char *const names[TURN_LANGUAGES] = {"English", "German", "Chinese"};
    Buf request;
    buf_init(&request, 2 * QUESTION_MAX + 400);
    if (turn->topic.n) {
        Str before = utf8_cut(turn->topic, QUESTION_MAX);
        buf_printf(&request, "Before: %.*s\nNow: %.*s\n\nTranslate the question behind \"Now\" "
                   "into %s. It must stand alone: put what it refers to in its place. Reply with "
                   "the question alone.", (int)before.n, before.p, (int)turn->question.n,
                   turn->question.p, names[language]);
    } else {
        buf_printf(&request, "Translate this question into %s. Reply with the translation "
                   "alone.\n\n%.*s", names[language], (int)turn->question.n, turn->question.p);
    }
    Status status = prompt_request(turn->rig, "You are a translator.", &request, prompt, err);
    buf_fini(&request);
    return status;
}

static bool take_piece(void *user, Str piece) {
    buf_add_str(user, piece);
    return ((Buf *)user)->status == OK && !str_has(piece, STR("\n"));
}

/* *out: the translation's first line, in the arena; empty: it is none. */
static Status translate(Turn *turn, TurnLanguage language, Str *out, Err *err) {
    Session *session = NULL;
    GenerateResult made = {0};
    TokenList prompt;
    Buf reply;
    size_t at = 0;
    token_list_init(&prompt, 1 << 16);
    buf_init(&reply, REPLY_MAX);
    GenerateOptions options = {.sampler = sampler_options_default(), .max_tokens = TOKENS_MAX,
                               .cancel = &turn->rig->cancel, .piece = take_piece, .user = &reply};
    options.sampler.temperature = 0;
    Status status = write_request(turn, language, &prompt, err);
    if (status == OK) {
        status = rig_fit_session(turn->rig, prompt.n, TOKENS_MAX, &session, err);
    }
    if (status == OK) {
        status = generate_run(session, prompt.ids, prompt.n, &options, &made, err);
    }
    Str line = str_trim(str_line(buf_str(&reply), &at));
    *out = (Str){"", 0};
    if (status == OK && abroad_stands(turn->question, line, language)) {
        status = arena_keep(&turn->arena, line, out, "the question", err);
    }
    buf_fini(&reply);
    token_list_fini(&prompt);
    return status;
}

/* Everything that the caller gave, but for the history: the question stands alone. The best passage
   was shown, of the first search; a second one would stand in the middle. */
static Turn *open_again(Turn *turn, Str question) {
    Turn *again = mem_alloc(sizeof *again);
    if (!again) return NULL;
    turn_init(again, turn->rig);
    again->question = question;
    again->k = turn->k;
    again->max_tokens = turn->max_tokens;
    again->sampler = turn->sampler;
    again->sink = turn->sink;
    again->sink.best = NULL;
    again->attach = turn->attach;
    again->conversation = turn->conversation;
    again->label = turn->label;
    again->least_certainty = turn->least_certainty;
    again->abroad = true;
    again->until = turn->until;
    return again;
}

void abroad_close(Turn *turn) {
    if (turn->again) turn_fini(turn->again);
    mem_free(turn->again);
    turn->again = NULL;
}

/* The words of the documents that the first supported sentence of the answer stands on take its
   place, and are shown; nothing was so far. What rules counted is shown as it is. */
static Status show_quote(Turn *turn, Turn *again, Err *err) {
    assert(again->answered && !again->sink.text); /* ask_again kept it silent */
    again->sink = turn->sink;
    again->shown = 0; /* nobody heard it */
    if (again->counted) {
        cite_again(again);
        return OK;
    }
    assert(again->n_citations); /* an answer to a question (abroad_stands) is a supported one */
    VerifySpan span = cite_span(again, &again->citations[0]);
    again->near = 0; /* even odds: a quote alone is seen to be wrong where it is */
    TRY(cite_instead(again, &span, err));
    TRY(turn_cite(again, err));
    return until_tell(again, err);
}

/* Small models write poor German, of questions that they put into German themselves: there the
   quote alone is the answer. */
static Status ask_again(Turn *turn, Str question, TurnLanguage language, Err *err) {
    Turn *again = turn->again = open_again(turn, question);
    if (!again) return err_no_memory(err, "the question");
    assert(turn->shown == 0); /* turn_cite took it back */
    if (language == TURN_GERMAN) again->sink = (TurnSink){0};
    TRY(turn_run(again, err));
    if (language == TURN_GERMAN && again->answered) TRY(show_quote(turn, again, err));
    turn->label = again->label;
    again->timings.total_ms += turn->timings.total_ms;
    buf_printf(turn_notice(again), turn_says(turn, SAY_ABROAD), (int)question.n, question.p);
    TRY(buf_check(&again->notice, "a notice", err));
    if (!again->answered) abroad_close(turn);
    return OK;
}

Status abroad_ask(Turn *turn, Err *err) {
    Str question;
    assert(!turn->again);
    if (turn->abroad || !may_go(turn)) return OK;
    TurnLanguage language;
    TRY(find_language(turn, &language, err));
    if (language == turn_language(turn)) return OK;
    TRY(translate(turn, language, &question, err));
    return question.n ? ask_again(turn, question, language, err) : OK;
}
