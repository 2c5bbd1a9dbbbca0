/*
 * Cite: every sentence of the answer gets the words of the documents that support it, or a mark.
 *
 * "Yes, it was paid" where the quote says "not paid" is taken out before anybody saw it, and the
 * quote stands in its place; therefore a sentence that answers yes or no is shown when it is whole.
 * So is a sentence that says what a later document changed (change.h).
 * An answer without the kind of thing that was asked for (no time for a "when") is completed by a
 * quote that has it, and where none has it the documents do not answer.
 *
 * A summary and a draft (work.h) get their marks and nothing else: they are no answers that could
 * be completed or turned round.
 *
 * Words that were shown while they came and that do not stand after all are taken back
 * (cite_take_back), so that nobody is left with "She is 65 years old" above a refusal.
 *
 * A sentence that nothing supports is kept and shown as such. When no sentence has support although
 * it is plain that the documents answer the question (decide.c), their own words follow. So they do
 * when a small model answers with a piece of a sentence that lost what the question is about:
 * "Vietnam", from "Vinh Binh is a province of the Republic of Vietnam". When decide.c finds that
 * the documents do not answer it, the turn says so, and the nearest passages stand as citations
 * without a claim. With no model on the disk the best passages are the answer, each citing itself.
 */
#include <assert.h>

#include "base/han.h"
#include "base/lists.h"
#include "base/plain.h"
#include "base/segment.h"
#include "base/utf8.h"
#include "knowledge/doc.h"
#include "knowledge/subject.h"
#include "turn/change.h"
#include "turn/dated.h"
#include "turn/given.h"
#include "turn/given_zh.h"
#include "turn/insist.h"
#include "turn/measure.h"
#include "turn/near.h"
#include "turn/prompt.h"
#include "turn/say.h"
#include "turn/steps.h"
#include "turn/tally.h"
#include "turn/turn.h"

enum { NEAREST = 3, CITATIONS_MAX = TURN_SENTENCES_MAX + NEAREST, NAME_MAX = 12,
       MEASURE_MAX = 4 << 20 /* bytes for the words of an answer and a quote */ };

static const double SURE = 0.01; /* doubt of a model that knows where it stands */
static const double HALF = 0.5;  /* of the question, in one run of sentences */

Str cite_words(const Turn *turn, const VerifySpan *span) {
    assert(span->passage < turn->found.n && span->start <= span->end);
    assert(span->end <= turn->found.hits[span->passage].text.n);
    return str_sub(turn->found.hits[span->passage].text, span->start, span->end);
}

VerifySpan cite_span(const Turn *turn, const TurnCitation *cited) {
    const SearchHit *hit = &turn->found.hits[cited->hit];
    assert(cited->start >= hit->start && cited->start <= cited->end);
    size_t start = cited->start - (size_t)hit->start;
    assert(start + cited->quote.n <= hit->text.n); /* add_citation cut it out of there */
    return (VerifySpan){cited->hit, start, start + cited->quote.n, cited->score};
}

/* Index of the citation of a span, made once. */
static int add_citation(Turn *turn, const VerifySpan *span) {
    Str words = cite_words(turn, span);
    size_t at = (size_t)turn->found.hits[span->passage].start;
    for (size_t i = 0; i < turn->n_citations; i++) {
        const TurnCitation *old = &turn->citations[i];
        bool same = old->hit == span->passage && old->start == at + span->start &&
                    old->end == at + span->end;
        if (same) return (int)i;
    }
    assert(turn->n_citations < CITATIONS_MAX);
    turn->citations[turn->n_citations] =
        (TurnCitation){span->passage, at + span->start, at + span->end, words, span->score};
    return (int)turn->n_citations++;
}

static void show_text(Turn *turn, size_t upto) {
    assert(upto <= turn->text.n);
    if (upto <= turn->shown) return;
    if (turn->sink.text) {
        turn->sink.text(turn->sink.user, str_sub(buf_str(&turn->text), turn->shown, upto));
    }
    turn->shown = upto;
}

void cite_take_back(Turn *turn) {
    assert(turn->shown <= turn->text.n);
    if (turn->shown && turn->sink.back) turn->sink.back(turn->sink.user);
    turn->shown = 0;
}

void cite_forget(Turn *turn) {
    cite_take_back(turn);
    buf_clear(&turn->text);
    turn->cited = 0;
    turn->n_sentences = turn->n_citations = turn->n_supported = 0;
    turn->against = 0;
    turn->model_refused = false;
}

/* A question said again, or a refusal behind it, claims nothing that could be supported. */
static bool is_claim(Str sentence) {
    return !str_asks(sentence) && !prompt_is_refusal(sentence);
}

/* "1.", "Certainly!" and "In short:" claim nothing, and of a letter only what has a figure in it
   could be looked up: "Dear Ms Berg" is nobody's sentence. Such words are shown without a mark. */
static bool goes_unmarked(const Turn *turn, Str sentence) {
    static const char *const opening[] = {":", "：", NULL};
    bool digit = false, words = false;
    if (turn->work == WORK_ANSWER) return false;
    if (turn->translates) return true; /* its words stand in no document: a notice says so */
    for (size_t i = 0; i < sentence.n; i++) {
        digit = digit || plain_is_digit(sentence.p[i]);
        words = words || sentence.p[i] == ' ' || (unsigned char)sentence.p[i] >= 0x80;
    }
    return !words || list_ends(sentence, opening) || (turn->work == WORK_DRAFT && !digit);
}

/* The last words of an answer that broke off say nothing yet: "The tenant is A". */
static bool is_whole(const Turn *turn, Str sentence, size_t end) {
    static const char *const marks[] = {".", "!", "?", "。", "！", "？", "…", "\"", "”", ")", "）",
                                        NULL};
    return !turn->broken || end < turn->text.n || list_ends(sentence, marks);
}

/* "Yes, it was paid", from "it has not been paid": words alone would call that support. */
static bool speaks_against(const Turn *turn, Str sentence, const VerifySpan *span) {
    return !turn->consulted &&
           given_against_quote(turn->question, sentence, cite_words(turn, span));
}

/* "2 g of salt", from "2 spoons of soy sauce"; what E1 means, where E3 is asked about. */
static bool speaks_of_other(Turn *turn, Str sentence, const VerifySpan *span) {
    Str quote = turn_plain(turn, cite_words(turn, span));
    return insist_other_unit(turn_plain(turn, sentence), quote) ||
           insist_other_code(turn->question, quote);
}

/* The sentence of a passage found that makes the answer's sentence old; *out: its latest. */
static Status find_change(Turn *turn, const ChangeAsk *ask, VerifySpan *out, bool *found,
                          Err *err) {
    int64_t best = -1;
    *found = false;
    for (size_t i = 0; i < turn->found.n && i < VERIFY_PASSAGES_MAX; i++) {
        const SearchHit *hit = &turn->found.hits[i];
        Str text = turn_plain(turn, hit->text);
        int64_t day = change_day(hit->path, text);
        size_t at = 0, start, end;
        bool fits = change_stands(text) && day > best;
        if (fits) TRY(about_names(turn, i, &fits, err)); /* it may be of the year before */
        while (fits && segment_next_wrapped(text, &at, &start, &end)) {
            bool fitting = end - start <= VERIFY_SPAN_MAX &&
                           change_makes_old(ask, str_sub(text, start, end), day);
            if (!fitting) continue;
            best = day;
            *out = (VerifySpan){i, start, end, 1};
            *found = true;
        }
    }
    return OK;
}

/* A later document says otherwise: then its words stand instead (change.h). */
static Status is_old(Turn *turn, Str sentence, VerifySpan *span, bool *old, Err *err) {
    const SearchHit *hit = &turn->found.hits[span->passage];
    *old = false;
    if (turn->consulted) return OK;
    ChangeAsk ask = {turn_plain(turn, turn->question), turn_plain(turn, sentence),
                     turn_plain(turn, cite_words(turn, span)), change_day(hit->path, hit->text)};
    if (turn->chinese) return find_change(turn, &ask, span, old, err);
    *old = !newer_asks_before(turn->question) && change_says_old(&ask);
    return OK;
}

/* May a sentence have to be taken back? Then it is shown when it is whole. */
static bool may_be_old(Turn *turn) {
    if (turn->consulted) return false;
    for (size_t i = 0; i < turn->found.n && !turn->changes_known; i++) {
        Str text = turn_plain(turn, turn->found.hits[i].text);
        bool may = turn->chinese ? change_stands(text) : change_names_both(text);
        turn->changes = turn->changes || may;
    }
    turn->changes_known = true; /* asked at each piece of the answer */
    return turn->changes;
}

/* Bytes [start,*end) of the text, which nobody has seen yet. */
static void take_out(Turn *turn, size_t start, size_t *end) {
    assert(turn->shown <= start && start <= *end && *end <= turn->text.n); /* cite_feed waits */
    memmove(turn->text.p + start, turn->text.p + *end, turn->text.n - *end);
    turn->text.n -= *end - start;
    turn->text.p[turn->text.n] = 0;
    *end = start;
}

/* *end moves when a guard changes the sentence. */
static Status cite_sentence(Turn *turn, size_t start, size_t *end, Err *err) {
    Str text = str_sub(buf_str(&turn->text), start, *end);
    VerifySpan span;
    bool supported = false, answers = turn->work == WORK_ANSWER;
    bool unmarked = goes_unmarked(turn, text);
    if (!unmarked && is_claim(text) && is_whole(turn, text, *end)) {
        TRY(verify_sentence(turn->verify, text, &supported, &span, err));
    }
    bool stands = supported;
    if (supported && answers) TRY(about_fits(turn, span.passage, &supported, err));
    /* sentences that go again leave their citation: there may be more of these than of sentences */
    if (turn->n_citations == TURN_SENTENCES_MAX) supported = false;
    supported = supported && !(turn->chinese && speaks_of_other(turn, text, &span));
    turn->elsewhere = turn->elsewhere || (stands && !supported);
    bool old = false;
    if (supported && answers) TRY(is_old(turn, text, &span, &old, err));
    if (supported && answers && (old || speaks_against(turn, text, &span))) {
        turn->against = 1 + add_citation(turn, &span);
        take_out(turn, start, end);
        return OK;
    }
    size_t before = *end;
    TRY(guard_sentence(turn, start, end, supported, err));
    if (turn->withheld) return OK;
    if (unmarked) {
        show_text(turn, *end);
        return OK;
    }
    assert(turn->n_sentences < TURN_SENTENCES_MAX && start <= *end && *end <= turn->text.n);
    TurnSentence *sentence = &turn->sentences[turn->n_sentences++];
    *sentence = (TurnSentence){{NULL, 0}, -1, start, *end};
    if (supported && *end == before) {
        sentence->citation = add_citation(turn, &span);
        turn->n_supported++;
    }
    show_text(turn, *end);
    if (turn->sink.mark) turn->sink.mark(turn->sink.user, sentence->citation + 1);
    return OK;
}

/* Line breaks and the like of a document are one blank in an answer. */
static void add_on_one_line(Buf *out, Str text) {
    bool blank = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool space = c == ' ' || (c >= '\t' && c <= '\r');
        if (!space) buf_add_byte(out, c);
        else if (!blank) buf_add_byte(out, ' ');
        blank = space;
    }
}

/* How many of the best passages the model reads, or would. */
static size_t passages_read(const Turn *turn) {
    size_t n = 0;
    while (n < turn->found.n && prompt_comes_close(turn, n)) n++;
    return n;
}

/* What stands behind `start` of the text is a last sentence of the answer, which cites itself. */
static Status end_quote(Turn *turn, int citation, size_t start, Err *err) {
    assert(turn->n_sentences < TURN_SENTENCES_MAX && start <= turn->text.n);
    TRY(buf_check(&turn->text, "the answer", err));
    turn->sentences[turn->n_sentences++] =
        (TurnSentence){{NULL, 0}, citation, start, turn->text.n};
    turn->n_supported++;
    show_text(turn, turn->text.n);
    if (turn->sink.mark) turn->sink.mark(turn->sink.user, citation + 1);
    return OK;
}

/* Words of a citation as a last sentence of the answer, which cites itself; a row of a table behind
   the names of its columns where they are given. */
static Status add_row(Turn *turn, int citation, Str head, Err *err) {
    assert(citation >= 0 && (size_t)citation < turn->n_citations);
    if (turn->n_sentences == TURN_SENTENCES_MAX) return OK;
    if (turn->text.n) buf_add_c(&turn->text, "\n\n");
    size_t start = turn->text.n;
    buf_add_c(&turn->text, turn_says(turn, SAY_DOCUMENTS));
    add_on_one_line(&turn->text, head);
    if (head.n) buf_add_c(&turn->text, turn->chinese ? "：" : ": ");
    add_on_one_line(&turn->text, turn->citations[citation].quote);
    return end_quote(turn, citation, start, err);
}

static Status add_quote(Turn *turn, int citation, Err *err) {
    return add_row(turn, citation, (Str){"", 0}, err);
}

/* "要炖45分钟", from "转小火炖45分钟" in the recipe that is asked about: a sure model's figure with its
   unit, in a passage that names the subject. */
static bool figure_stands(Turn *turn, const VerifySpan *span) {
    const SearchHit *hit = &turn->found.hits[span->passage];
    Str question = turn_plain(turn, turn->question), text = turn_plain(turn, hit->text);
    Str subject = utf8_cut(subject_of(question), NAME_MAX);
    Str quote = str_sub(text, span->start, span->end); /* folding keeps the places */
    Str title = turn_plain(turn, str_from(hit->title));
    bool named = subject.n && (str_has(text, subject) || str_has(title, subject));
    bool sure = turn->chinese && !turn->consulted && turn->doubt < SURE && /* NAN: not asked */
                verify_question_coverage(turn->verify) >= HALF && !decide_hopeless(turn);
    Str answer = turn_plain(turn, buf_str(&turn->text));
    return sure && named && insist_same_figure(question, answer, quote);
}

/* "开服装店流程详解—给将要开店的你一个参考_销售/营销": the title of its page once more, which says
   what stands below it, and not that. */
static bool is_title(Turn *turn, const VerifySpan *span) {
    enum { TITLE_LEAST = 12 };
    const SearchHit *hit = &turn->found.hits[span->passage];
    Str title = str_from(hit->title);
    size_t site = str_find(title, STR("_"), 0);
    if (site != SIZE_MAX) title.n = site;
    return turn->chinese && title.n >= TITLE_LEAST && str_starts(cite_words(turn, span), title);
}

/* Is a span about the question, and about an answer that nothing supports? Not where the question
   has a number that its passage has not (the holidays of 2027), nor where it has not what was asked
   for, nor where a number was asked for and the answer made one up ("65 years old"). A time the
   span may give instead. */
static Status quote_fits(Turn *turn, const VerifySpan *span, bool *fits, Err *err) {
    Str quote = cite_words(turn, span);
    *fits = (decide_plain(turn, span->score) || figure_stands(turn, span)) &&
            !is_title(turn, span) &&
            !(turn->chinese && insist_other_code(turn->question, quote));
    if (*fits) TRY(about_fits(turn, span->passage, fits, err));
    if (*fits) {
        TRY(verify_numbers_stand(turn->verify, turn->question, span->passage, fits, err));
    }
    int gives = given_what_was_asked(turn->question, quote);
    *fits = *fits && gives >= 0;
    if (!*fits || gives == 0 || (gives > 0 && given_wants_time(turn->question))) return OK;
    return verify_numbers_stand(turn->verify, buf_str(&turn->text), VERIFY_ANY, fits, err);
}

/* No sentence has support: the sentences of the documents that come nearest stand behind it. */
static Status quote_nearest(Turn *turn, Err *err) {
    VerifySpan span;
    bool fits = false;
    TRY(verify_nearest(turn->verify, buf_str(&turn->text), passages_read(turn), &span, err));
    if (turn->found.n) TRY(quote_fits(turn, &span, &fits, err));
    if (!fits) return OK;
    /* what another warranty lasts would stand beside the right one, and a question answers none */
    bool asks = str_asks(buf_str(&turn->text));
    if ((turn->elsewhere || asks) && !turn->consulted) return cite_instead(turn, &span, err);
    int citation = add_citation(turn, &span);
    return add_quote(turn, citation, err);
}

/* The first line of the table that a quote is a row of, as far as its passage has it; the line that
   says where the passage stands has it else. */
static Str head_of_table(const Turn *turn, const TurnCitation *cited) {
    const SearchHit *hit = &turn->found.hits[cited->hit];
    VerifySpan span = cite_span(turn, cited);
    Str head = near_head(hit->text, span.start, span.end);
    return head.n ? head : str_from(hit->context);
}

/* Does no quote that is cited measure what was asked for (measure.h)? Without memory it is not
   known, and nothing is taken back. */
static bool measures_other(const Turn *turn) {
    Arena arena;
    bool all = turn->n_citations > 0 && !turn->consulted;
    arena_init(&arena, MEASURE_MAX);
    for (size_t i = 0; i < turn->n_citations && all; i++) {
        const TurnCitation *cited = &turn->citations[i];
        bool unit = false, period = false;
        Status status = measure_other_unit(&arena, turn->question, buf_str(&turn->text),
                                           cited->quote, &unit, NULL);
        if (status == OK && !unit) {
            status = measure_other_period(&arena, turn->question, cited->quote,
                                          head_of_table(turn, cited), &period, NULL);
        }
        all = status == OK && (unit || period);
        arena_reset(&arena);
    }
    arena_fini(&arena);
    return all;
}

/* Does a cited quote give what was asked for? Its index, or -1. */
static int giving_quote(const Turn *turn) {
    for (size_t i = 0; i < turn->n_citations; i++) {
        if (given_what_was_asked(turn->question, turn->citations[i].quote) >= 0) return (int)i;
    }
    return -1;
}

/* Is a cited quote a row of a table? */
static bool cites_row(const Turn *turn) {
    for (size_t i = 0; i < turn->n_citations; i++) {
        if (doc_has_row(turn->citations[i].quote)) return true;
    }
    return false;
}

/* The answer without a quote that was put behind it. */
static Str before_quote(const Turn *turn) {
    Str answer = buf_str(&turn->text);
    size_t quote = str_find(answer, STR("\n\n"), 0);
    return quote == SIZE_MAX ? answer : str_sub(answer, 0, quote);
}

/* "On 3 February", the date of the letter that says when: all that is cited is dated so. */
static bool dated_by_head(const Turn *turn) {
    bool all = turn->n_citations > 0 && !turn->consulted;
    Str answer = before_quote(turn);
    for (size_t i = 0; i < turn->n_citations && all; i++) {
        all = given_dated_by_head(turn->question, answer, turn->citations[i].quote);
    }
    return all;
}

/* "The most expensive is Oak", of a table that the rules for comparing did not read: a small model
   names any of its rows. "At most" compares nothing. */
static bool compares_rows(const Turn *turn) {
    static const char *const bounds[] = {"at most", "at least", "at the latest", "at the earliest",
                                         "no later than", "mindestens", "höchstens", "next",
                                         "last", "nächst", "letzt", NULL};
    bool rows = turn->n_citations > 0 && !turn->consulted && !turn->chinese;
    for (size_t i = 0; i < turn->n_citations && rows; i++) {
        rows = doc_has_row(turn->citations[i].quote);
    }
    return rows && !list_in(turn->question, bounds) && tally_compares(turn->question);
}

/* "The next meeting was on 14 October", which is over: the date of the minutes that announce it.
   What a document itself calls the next stays, however old the document is. */
static bool is_over(const Turn *turn) {
    if (turn->consulted || !tally_asks_next(turn->question)) return false;
    for (size_t i = 0; i < turn->n_citations; i++) {
        if (tally_asks_next(turn->citations[i].quote)) return false;
    }
    int day = dated_latest(before_quote(turn));
    assert(day == 0 || day > 10000 * DATED_YEAR_LEAST);
    return day > 0 && day < dated_today();
}

/* Is the answer's name made up, or its row any row, or about something else (given_zh.h)? One quote
   that says otherwise is enough. */
static bool is_strange(const Turn *turn) {
    Arena arena;
    bool all = turn->chinese && turn->n_citations > 0;
    arena_init(&arena, MEASURE_MAX);
    Str question = han_fold_text(&arena, turn->question);
    Str answer = han_fold_text(&arena, buf_str(&turn->text));
    all = all && question.p && answer.p;
    for (size_t i = 0; i < turn->n_citations && all; i++) {
        const TurnCitation *cited = &turn->citations[i];
        const SearchHit *hit = &turn->found.hits[cited->hit];
        Str quote = han_fold_text(&arena, cited->quote), topic = han_fold_text(&arena, turn->topic);
        Str around[] = {quote, han_fold_text(&arena, head_of_table(turn, cited)),
                        han_fold_text(&arena, str_file_name(hit->path)),
                        han_fold_text(&arena, str_from(hit->title))};
        bool row = doc_has_row(quote) && utf8_has_cjk(quote);
        all = given_zh_made_up(question, answer, quote) || given_zh_one_of_many(question, quote) ||
              given_zh_empty_cell(question, around[1], quote) ||
              (utf8_has_cjk(quote) && !given_zh_price_stands(question, quote)) ||
              (utf8_has_cjk(quote) && !given_zh_people_stand(question, quote)) ||
              given_zh_other_day(question, quote) ||
              (row && given_zh_apart(question, around, ARRAY_LEN(around)) &&
               given_zh_apart(topic, around, ARRAY_LEN(around)));
    }
    arena_fini(&arena);
    return all;
}

/* "31 years old", from "31 votes": an age must be one in the document, too. A cell is one if its
   column says so, which is not seen here. */
bool cite_gives(const Turn *turn) {
    int given = given_what_was_asked(turn->question, buf_str(&turn->text));
    bool nobody = given < 0 && given_wants_somebody(turn->question);
    if (nobody && !turn->consulted) return false; /* "built in 2014", whatever is quoted */
    if (measures_other(turn) || dated_by_head(turn) || compares_rows(turn)) return false;
    if (is_over(turn)) return false;
    if (!turn->consulted && is_strange(turn)) return false;
    if (giving_quote(turn) >= 0) return true;
    if (given_wants_age(turn->question) && !cites_row(turn)) return false;
    return given >= 0;
}

/* "In March", cut out of a sentence: an answer that does not name what was asked about, though its
   quote does, is completed by the quote; and so is a "yes" that left out its condition. */
static Status complete_fragment(Turn *turn, Err *err) {
    bool named = false;
    if (given_what_was_asked(turn->question, buf_str(&turn->text)) < 0) {
        int quote = giving_quote(turn); /* no time for a "when": the quote may have it */
        if (quote >= 0) return add_quote(turn, quote, err);
    }
    TRY(verify_names_subject(turn->verify, buf_str(&turn->text), &named, err));
    Str answer = buf_str(&turn->text);
    for (size_t i = 0; i < turn->n_citations; i++) { /* "yes" of what is "only" so if */
        Str quote = turn->citations[i].quote;
        if (given_on_condition(turn->question, answer, quote)) return add_quote(turn, (int)i, err);
    }
    for (size_t i = 0; i < turn->n_sentences && !named; i++) {
        int citation = turn->sentences[i].citation;
        if (citation < 0) continue;
        TRY(verify_names_subject(turn->verify, turn->citations[citation].quote, &named, err));
        if (named) return add_quote(turn, citation, err);
    }
    return OK;
}

/* The list that a citation was taken from, item by item. */
static Status add_list(Turn *turn, const TurnCitation *cited, const Steps *list, Err *err) {
    const SearchHit *hit = &turn->found.hits[cited->hit];
    VerifySpan span = {cited->hit, list->at[0], list->at[list->n], cited->score};
    int citation = add_citation(turn, &span);
    buf_add_c(&turn->text, "\n\n");
    size_t start = turn->text.n;
    Str says = str_from(turn_says(turn, SAY_DOCUMENTS)); /* ends with a blank, but in Chinese */
    buf_add_str(&turn->text, list->n > 1 ? str_trim(says) : says);
    for (size_t i = 0; i < list->n; i++) {
        if (list->n > 1) buf_add_byte(&turn->text, '\n');
        Str item = str_sub(hit->text, list->at[i], list->at[i + 1]);
        add_on_one_line(&turn->text, str_trim(item));
    }
    return end_quote(turn, citation, start, err);
}

/* Of a "how" the list need not hold what is cited, or be no list. Chinese pages of the web are
   about one thing, and their list may stand anywhere; a manual's next section has another's. */
static bool find_list(Turn *turn, const TurnCitation *cited, StepsAsked asked, Steps *out) {
    enum { ENOUGH_BYTES = 240 }; /* an answer of several clauses; chosen */
    const SearchHit *hit = &turn->found.hits[cited->hit];
    VerifySpan span = cite_span(turn, cited);
    Str text = turn_plain(turn, hit->text), title = str_from(hit->title);
    assert(text.n == hit->text.n); /* folding keeps the places */
    if (steps_around(text, span.start, span.end, out)) return true;
    if (asked != STEPS_HOW) return false;
    if (turn->chinese ? steps_around(text, 0, text.n, out)
                      : steps_beside(text, span.start, span.end, out)) {
        return true;
    }
    bool about = steps_is_about(turn_plain(turn, title), turn_plain(turn, turn->question));
    return about && turn->text.n < ENOUGH_BYTES && steps_follow(text, span.start, span.end, out);
}

/* Has the model written a list itself? */
static bool has_lines(Str text) {
    size_t first = str_find(text, STR("\n"), 0);
    return first != SIZE_MAX && str_find(text, STR("\n"), first + 1) != SIZE_MAX;
}

/* "How do I ...?", answered with step four: the steps are shown (steps.h). What has most of them
   already needs none; nor does what is no answer, for a list gives nearly anything. */
static Status complete_list(Turn *turn, bool *added, Err *err) {
    StepsAsked asked = steps_asked(turn_plain(turn, turn->question));
    size_t own = turn->text.n;
    *added = false;
    if (asked == STEPS_NONE || turn->consulted || !decide_answered(turn)) return OK;
    if (has_lines(buf_str(&turn->text))) return OK;
    if (turn->n_sentences == TURN_SENTENCES_MAX || turn->n_citations >= TURN_SENTENCES_MAX) {
        return OK;
    }
    for (size_t i = 0; i < turn->n_citations && !*added; i++) {
        const TurnCitation cited = turn->citations[i]; /* add_list adds one */
        Steps list;
        *added = find_list(turn, &cited, asked, &list) &&
                 2 * own < list.at[list.n] - list.at[0];
        if (*added) TRY(add_list(turn, &cited, &list, err));
    }
    return OK;
}

/* The names of the columns of a row; empty where they may be another row: a passage that begins
   with one may have been cut out of a long table. */
static Str columns_of(const Turn *turn, const VerifySpan *span) {
    const SearchHit *hit = &turn->found.hits[span->passage];
    Str head = near_head(hit->text, span->start, span->end);
    bool cut = head.n && head.p == hit->text.p && hit->start > 0;
    return cut || head.n > VERIFY_SPAN_MAX ? (Str){"", 0} : head;
}

Status cite_instead(Turn *turn, const VerifySpan *span, Err *err) {
    cite_forget(turn);
    turn->begun = 0;
    Str head = columns_of(turn, span);
    int citation = add_citation(turn, span);
    return add_row(turn, citation, head, err);
}

/* "am 3." of "am 3. Februar": a number with a point may be an ordinal, which the word behind it
   tells when it is whole. */
static bool may_be_ordinal(Str text, size_t end) {
    size_t at = end;
    if (end < 2 || text.p[end - 1] != '.' || !plain_is_digit(text.p[end - 2])) return false;
    while (at < text.n && (text.p[at] == ' ' || text.p[at] == '\n')) at++;
    while (at < text.n && text.p[at] != ' ' && text.p[at] != '\n') at++;
    return at == text.n;
}

/* "Next meeting: 9 December 2026", of a passage that was read: its words stand instead. */
static Status quote_next(Turn *turn, Err *err) {
    for (size_t i = 0; i < passages_read(turn) && i < VERIFY_PASSAGES_MAX; i++) {
        Str text = turn->found.hits[i].text;
        size_t at = 0, start, end;
        while (segment_next_wrapped(text, &at, &start, &end)) {
            Str sentence = str_sub(text, start, end);
            bool next = end - start <= VERIFY_SPAN_MAX && tally_asks_next(sentence) &&
                        dated_latest(sentence) >= dated_today();
            VerifySpan span = {i, start, end, 1};
            if (next) return cite_instead(turn, &span, err);
        }
    }
    return OK;
}

/* Must a sentence be whole before it is shown? It may be taken out, or be the last of a summary,
   whose last words may be cut off. */
static bool waits(Turn *turn) {
    if (turn->work == WORK_SUMMARY) return true;
    if (turn->work != WORK_ANSWER) return false;
    return (!turn->consulted && given_wants_yes_no(turn->question)) || may_be_old(turn);
}

/* Cites the sentences that have ended. *upto: bytes of the text that may be shown with it. */
static Status cite_finished(Turn *turn, bool last, size_t *upto, Err *err) {
    *upto = SIZE_MAX;
    while (turn->n_sentences < TURN_SENTENCES_MAX && !turn->withheld) {
        size_t at = turn->cited, start, end;
        bool any = segment_next(buf_str(&turn->text), &at, &start, &end);
        bool ordinal = any && !last && may_be_ordinal(buf_str(&turn->text), end);
        if (ordinal) *upto = end; /* or its mark would come behind the next word */
        if (!any || ordinal || (!last && at == turn->text.n)) break; /* it may go on */
        TRY(cite_sentence(turn, start, &end, err));
        turn->cited = end;
    }
    if (*upto > turn->text.n) *upto = turn->text.n;
    return OK;
}

/* Behind the last sentence of an answer: what it lacks, in the documents' words. */
static Status complete(Turn *turn, Err *err) {
    bool listed = false;
    if (turn->against) return add_quote(turn, turn->against - 1, err);
    if (is_over(turn)) return quote_next(turn, err);
    if (turn->n_supported == 0) return quote_nearest(turn, err);
    TRY(complete_list(turn, &listed, err));
    return turn->consulted || listed ? OK : complete_fragment(turn, err);
}

/* The writer between the model and the reader: text goes on at once, and behind each finished
   sentence stands the number of what supports it. */
Status cite_feed(Turn *turn, bool last, Err *err) {
    size_t upto;
    bool holds = false;
    TRY(guard_holds(turn, &holds, err));
    bool whole = holds || waits(turn);
    TRY(cite_finished(turn, last, &upto, err));
    size_t end = turn->text.n;
    if (holds && last && end > turn->cited) {
        TRY(guard_sentence(turn, turn->cited, &end, false, err)); /* behind the last cited one */
        if (upto > turn->text.n) upto = turn->text.n;
    }
    if (turn->withheld) return OK;
    show_text(turn, whole && !last ? turn->cited : upto);
    return last && turn->work == WORK_ANSWER ? complete(turn, err) : OK;
}

void cite_again(Turn *turn) {
    for (size_t i = 0; i < turn->n_sentences; i++) {
        show_text(turn, turn->sentences[i].end);
        if (turn->sink.mark) turn->sink.mark(turn->sink.user, turn->sentences[i].citation + 1);
    }
    show_text(turn, turn->text.n);
    turn->cited = turn->text.n;
}

/* The best passages, from where they speak of the question; a whole document's first ones. */
static void cite_nearest(Turn *turn) {
    size_t n = turn->found.n < NEAREST ? turn->found.n : NEAREST;
    for (size_t i = 0; i < n; i++) {
        VerifySpan span = verify_passage(turn->verify, i);
        if (span.end == span.start) continue;
        span.score = (double)turn->found.hits[i].score;
        (void)add_citation(turn, &span);
    }
}

Status cite_begin(Turn *turn, Err *err) {
    size_t most = CITATIONS_MAX;
    turn->sentences = arena_alloc_n(&turn->arena, most, sizeof *turn->sentences);
    turn->citations = arena_alloc_n(&turn->arena, most, sizeof *turn->citations);
    return turn->sentences && turn->citations ? OK : err_no_memory(err, "the citations");
}

static void answer_with_passages(Turn *turn) {
    turn->answered = turn->n_citations > 0;
    for (size_t i = 0; i < turn->n_citations; i++) {
        turn->sentences[turn->n_sentences++] =
            (TurnSentence){turn->citations[i].quote, (int)i, 0, 0};
    }
    turn->answer = turn->n_citations ? turn->citations[0].quote
                                     : str_from(turn_says(turn, SAY_NONE));
}

Status turn_sources(Turn *turn, Str **out, size_t *n, Err *err) {
    size_t close = passages_read(turn), most = close + turn->n_citations;
    Str *paths = arena_alloc_n(&turn->arena, most + 1, sizeof *paths);
    if (!paths) return err_no_memory(err, "the conversation");
    *n = 0;
    for (size_t i = 0; i < most; i++) {
        size_t hit = i < close ? i : turn->citations[i - close].hit, k = 0;
        while (k < *n && !str_eq(paths[k], turn->found.hits[hit].path)) k++;
        paths[k] = turn->found.hits[hit].path;
        *n += k == *n;
    }
    *out = paths;
    return OK;
}

Status turn_cite(Turn *turn, Err *err) {
    record_check(turn);
    for (size_t i = 0; i < turn->n_sentences; i++) { /* the text does not move any more */
        TurnSentence *sentence = &turn->sentences[i];
        assert(sentence->start <= sentence->end && sentence->end <= turn->text.n);
        assert(sentence->citation < (int)turn->n_citations);
        sentence->text = str_sub(buf_str(&turn->text), sentence->start, sentence->end);
    }
    turn->answered = decide_answered(turn) && !turn->withheld;
    if (turn->answered) {
        if (turn->whole && turn->n_citations == 0) cite_nearest(turn); /* what was summed up */
        turn->answer = str_trim(buf_str(&turn->text));
        return newer_warn(turn, err);
    }
    cite_take_back(turn);
    turn->n_sentences = 0;
    turn->n_citations = 0;
    cite_nearest(turn);
    if (turn->withheld) {
        turn->answer = str_from(turn->withheld);
    } else if (turn->model) {
        turn->answer = str_from(turn_says(turn, SAY_NONE));
    } else {
        answer_with_passages(turn);
    }
    return turn->answered ? newer_warn(turn, err) : OK;
}
