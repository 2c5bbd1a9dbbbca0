/*
 * Delegate: an endpoint answers about long private documents without seeing them.
 *
 * The endpoint has the better head, this device has the documents. So the endpoint says what to
 * look for, the device reads, and what it found goes back. After Minion-S (Narayan et al.,
 * "Minions: cost-efficient collaboration between on-device and cloud language models", arXiv
 * 2502.15964): decompose, execute, aggregate, perhaps again. There the remote model
 * writes a program that makes the jobs; here it writes a list (delegate_jobs.c), since nobody runs
 * a stranger's code.
 *
 *   parcel 1   the question, and what there is to read: kind, length, language and title of each
 *              document that the question found. Back comes a list of jobs: a task, and perhaps
 *              words that choose the passages
 *   device     makes the readings (delegate_read.c): extracts, each words of a document
 *   parcel 2   question, tasks, extracts. Back comes the answer, or a list of further jobs
 *   device     makes those
 *   parcel 3   the same with all extracts. Back comes the answer; a third list is a failure
 *
 * Every parcel goes the way of every parcel: labels, scan, surrogates of the same conversation,
 * consent, an entry of the ledger (shield.c, gate/). What comes back passes the restorer. An answer
 * streams to the reader as any endpoint's does, and is cited from the passages of the extracts.
 *
 * A job is data from outside. Invariants: jobs read only passages of the documents that the
 * question itself found, which parcel 1 names; a private passage among the best of them and nothing
 * leaves, so no private document is ever material; search words of a job choose among these
 * passages and find nothing else; a task that gives orders (gate/guard) is not carried out;
 * passages that do are left out as always (guard.c).
 *
 * The list of jobs may be damaged or hostile, the endpoint may go away, nothing may be found: then
 * this device answers and the notice says why. Limits, each with a word in the notice when it is
 * reached: TURN_ROUNDS_MAX parcels; DELEGATE_READINGS_MAX readings a round; READ_MS for all of
 * them; EXTRACT_BYTES of extracts in a parcel, the best supported first. Sentences are cited from
 * the first USED_MAX passages that extracts are of; one that rests on a later one is marked as not
 * supported.
 */
#include "turn/delegate.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "knowledge/grammar_words.h"
#include "turn/prompt.h"

enum {
    READ_MS = 15 * 60 * 1000,
    EXTRACT_BYTES = 24 << 10,
    USED_MAX = 120,      /* of VERIFY_PASSAGES_MAX */
    CHOSEN_MAX = 12,     /* passages a search chooses */
    PLAN_TOKENS = 1024,  /* of a list of jobs */
    TEXT_MAX = 1 << 20,  /* of a message */
    SAMPLE_BYTES = 4096, /* that tell a document's language */
    TITLE_BYTES = 200
};

_Static_assert((int)USED_MAX <= (int)VERIFY_PASSAGES_MAX, "every extract can be cited");

typedef struct Delegation {
    Turn *turn;
    SearchResults before; /* what recall found, for this device's own answer */
    Verify *verify_before;
    SearchResults material; /* every passage that may be read */
    size_t *first;          /* [n_documents + 1] where each document begins in it */
    size_t n_documents;
    GateLabel label;
    double until_ms;
    DelegateJobs jobs; /* of the round at hand */
    Buf extracts;      /* as they will leave, rounds one after the other */
    bool *used;        /* [material.n] an extract is of this passage */
    bool its_own;      /* what failed is the endpoint's fault (consult_ask) */
} Delegation;

/* ---- words --------------------------------------------------------------------------------- */

static const char says_plan[] =
    "You direct a small assistant that can read private documents which you cannot see. It reads "
    "one short passage at a time and copies the words that answer a task. Break the question into "
    "1 to 8 tasks. Each task is a question that makes sense on its own, asks for one kind of fact, "
    "can be answered from a single passage, and is written in the language of the documents, in at "
    "most 60 words. "
    "Reply with JSON only: {\"jobs\":[{\"task\":\"...\",\"search\":\"...\"}]}. In \"search\" put "
    "words that find the passages worth reading; leave it empty when every passage must be read.";

static const char says_answer[] =
    "You answer a question about private documents from extracts that an assistant copied out of "
    "them. Use only the extracts. Write complete sentences, one fact each, close to the extracts' "
    "own words, in the language of the question, without numbers of extracts and without "
    "headings. If the extracts do not hold the answer, reply only: NOT FOUND.";

static const char says_again[] =
    "If one more reading would settle it, reply instead with JSON only: "
    "{\"jobs\":[{\"task\":\"...\",\"search\":\"...\"}]}, 1 to 8 new tasks, each answerable from "
    "one passage; \"search\" holds words that find the passages, or nothing for all of them.";

/* ---- material ------------------------------------------------------------------------------ */

/* The documents of the passages that come close, the best first. */
static size_t choose_documents(const Turn *turn, int64_t files[DELEGATE_DOCUMENTS_MAX]) {
    size_t n = 0;
    for (size_t i = 0; i < turn->found.n && prompt_comes_close(turn, i); i++) {
        size_t k = 0;
        while (k < n && files[k] != turn->found.hits[i].file_id) k++;
        if (k == n && n < DELEGATE_DOCUMENTS_MAX) files[n++] = turn->found.hits[i].file_id;
    }
    return n;
}

/* Documents lie side by side in the material: a border is where the file changes. */
static void find_borders(Delegation *d) {
    const SearchResults *m = &d->material;
    d->n_documents = 0;
    for (size_t i = 0; i < m->n; i++) {
        if (i && m->hits[i].file_id == m->hits[i - 1].file_id) continue;
        assert(d->n_documents < DELEGATE_DOCUMENTS_MAX); /* they were gathered one by one */
        d->first[d->n_documents++] = i;
    }
    d->first[d->n_documents] = m->n;
}

static int by_start(const void *a, const void *b) {
    const SearchHit *x = a, *y = b;
    return x->start < y->start ? -1 : x->start > y->start;
}

/* The passages of a file that goes with the question, which no store has. */
static void gather_attached(const Turn *turn, SearchResults *m) {
    size_t first = m->n;
    for (size_t i = 0; i < turn->found.n && m->n < DELEGATE_PASSAGES_MAX; i++) {
        if (turn->found.hits[i].file_id == TURN_ATTACHED) m->hits[m->n++] = turn->found.hits[i];
    }
    qsort(m->hits + first, m->n - first, sizeof *m->hits, by_start);
}

/* All passages of these documents, without those that give orders, become turn->found. */
static Status gather_material(Delegation *d, Err *err) {
    Turn *turn = d->turn;
    Store *store = NULL;
    int64_t files[DELEGATE_DOCUMENTS_MAX];
    size_t n = choose_documents(turn, files);
    SearchResults *m = &d->material;
    m->hits = arena_alloc_n(&turn->arena, DELEGATE_PASSAGES_MAX, sizeof *m->hits);
    d->first = arena_alloc_n(&turn->arena, DELEGATE_DOCUMENTS_MAX + 1, sizeof *d->first);
    d->used = arena_zalloc(&turn->arena, DELEGATE_PASSAGES_MAX * sizeof *d->used);
    if (!m->hits || !d->first || !d->used) return err_no_memory(err, "the documents");
    for (size_t i = 0; i < n; i++) {
        if (files[i] == TURN_ATTACHED) {
            gather_attached(turn, m);
            continue;
        }
        TRY(rig_store(turn->rig, STORE_READ, &store, err));
        TRY(search_document(store, files[i], DELEGATE_PASSAGES_MAX - m->n, &turn->arena, m, err));
    }
    turn->found = *m;
    TRY(guard_passages(turn, err));
    d->material = turn->found;
    find_borders(d);
    return OK;
}

/* NULL: there is no model here, and nothing is counted. */
static const Vocab *vocab_or_null(Turn *turn) {
    const Vocab *vocab = NULL;
    Err ignored;
    return rig_vocab(turn->rig, &vocab, &ignored) == OK ? vocab : NULL;
}

/* For the user, who is told how much stayed here. */
static Status count_material(Delegation *d, Err *err) {
    const Vocab *vocab = vocab_or_null(d->turn);
    for (size_t i = 0; vocab && i < d->material.n; i++) {
        TRY(prompt_count(vocab, d->material.hits[i].text, &d->turn->delegation.whole_tokens, err));
    }
    return OK;
}

/* A quarter of CJK characters is enough: figures and Latin names stand in Chinese texts, too. */
static bool is_chinese(Str text) {
    size_t cjk = 0, all = 0, width;
    for (size_t at = 0; at < text.n; at += width, all++) {
        cjk += unicode_is_cjk(utf8_decode(text, at, &width));
    }
    return cjk * 4 > all;
}

/* As a code: "Chinese" and "German" may be masked in a list of titles, since places and people are
   called so, too, and the endpoint would be told of a language that there is not. */
static const char *language_of(Str text) {
    text = utf8_cut(text, SAMPLE_BYTES);
    if (is_chinese(text)) return "language: zh";
    if (grammar_german(text)) return "language: de";
    return grammar_english(text) ? "language: en" : "an alphabetic language";
}

/* What the document itself is called by, on one line; no file's name leaves this machine. */
static void add_title(Buf *out, const SearchHit *hit) {
    Str name = utf8_cut(str_from(hit->title), TITLE_BYTES);
    if (name.n == 0) buf_add_c(out, "a document without a title");
    for (size_t i = 0; i < name.n; i++) buf_add_byte(out, name.p[i] == '\n' ? ' ' : name.p[i]);
}

/* What an endpoint may know before it has asked: no text, no path. Titles are masked like any
   words by the gate, of which all of this is the user's message. */
static void add_material(const Delegation *d, Buf *out) {
    buf_add_c(out, "Documents:\n");
    for (size_t i = 0; i < d->n_documents; i++) {
        const SearchHit *hit = &d->material.hits[d->first[i]];
        const SearchHit *last = &d->material.hits[d->first[i + 1] - 1];
        buf_printf(out, "%zu. ", i + 1);
        add_title(out, hit);
        buf_printf(out, " (%s, %zu passages", hit->format, d->first[i + 1] - d->first[i]);
        if (last->page) buf_printf(out, ", %u pages", last->page);
        buf_printf(out, ", %zu kilobytes of text, %s)\n", (size_t)(last->end / 1024 + 1),
                   language_of(hit->text));
    }
    if (d->material.cut) buf_add_c(out, "Later passages cannot be read: there are too many.\n");
}

/* ---- a parcel and its answer --------------------------------------------------------------- */

/* Also of a round that failed: it left. The parcel's two texts are the instructions and the rest.
   */
static Status note_round(Delegation *d, Err *err) {
    Turn *turn = d->turn;
    assert(turn->delegation.n < TURN_ROUNDS_MAX); /* take_list refuses a list after the last one */
    TurnRound *round = &turn->delegation.rounds[turn->delegation.n++];
    const Vocab *vocab = vocab_or_null(turn);
    round->entry = turn->consultation.entry;
    round->usage = turn->consultation.usage;
    round->bytes = turn->report.bytes;
    turn->timings.prompt_tokens += round->usage.tokens_in;
    turn->timings.completion_tokens += round->usage.tokens_out;
    for (size_t i = 0; vocab && i < 2; i++) {
        TRY(prompt_count(vocab, gate_parcel_text(turn->parcel, i), &round->tokens, err));
    }
    return OK;
}

/* What is wrong with what an endpoint wrote. */
static Status blame(Delegation *d, Status status, Err *err) {
    d->its_own = status == E_CORRUPT || status == E_LIMIT;
    return status;
}

/* After the last parcel there is no round for further jobs. */
static Status take_list(Delegation *d, const Buf *list, Err *err) {
    if (d->turn->delegation.n == TURN_ROUNDS_MAX) {
        (void)err_set(err, E_LIMIT, "it wants to have more read after %d rounds", TURN_ROUNDS_MAX);
        return blame(d, E_LIMIT, err);
    }
    Status status = buf_check(list, "the list of jobs", err);
    if (status == OK) {
        status = delegate_jobs_parse(buf_str(list), &d->turn->arena, &d->jobs, err);
    }
    if (status == E_CORRUPT) {
        (void)err_hint(err, "without --delegate it need write no list of what to read here");
    }
    return blame(d, status, err);
}

/* The answer goes to the reader while it comes; a list is kept. */
static Status ask(Delegation *d, bool *answered, Err *err) {
    Turn *turn = d->turn;
    ConsultForm form = turn->delegation.n == 0 ? CONSULT_LIST : CONSULT_EITHER;
    Buf list;
    buf_init(&list, DELEGATE_LIST_BYTES);
    Status status = consult_ask(turn, &form, &list, &d->its_own, err);
    if (turn->consultation.entry) {
        Status noted = note_round(d, status == OK ? err : NULL);
        if (status == OK) status = noted;
    }
    *answered = form != CONSULT_LIST;
    if (status == OK && !*answered) status = take_list(d, &list, err);
    buf_fini(&list);
    return status;
}

/* With what a follow-up leans on, since the endpoint has no history. */
static void add_question(const Turn *turn, Buf *out) {
    if (turn->topic.n) {
        buf_add_c(out, "Asked before: ");
        buf_add_str(out, turn->topic);
        buf_add_c(out, "\n");
    }
    buf_add_c(out, "Question: ");
    buf_add_str(out, turn->question);
}

/* The parcel of the round: instructions are ours, everything else is the user's. */
static Status wrap(Delegation *d, Str request, Err *err) {
    Turn *turn = d->turn;
    bool first = turn->delegation.n == 0, last = turn->delegation.n + 1 == TURN_ROUNDS_MAX;
    Buf system;
    assert(d->label >= GATE_PERSONAL); /* what is the user's is never open, whatever its folder */
    buf_init(&system, TEXT_MAX);
    buf_add_c(&system, first ? says_plan : says_answer);
    if (!first && !last) buf_printf(&system, " %s", says_again);
    GateMessage messages[2] = {{.role = GATE_SYSTEM, .label = GATE_OPEN, .text = buf_str(&system)},
                               {.role = GATE_USER, .label = d->label, .text = request,
                                .echoes = !first}}; /* tasks are the endpoint's words */
    GateRequest what = {.why = first ? "delegate: what to read" : "delegate: what was found",
                        .messages = messages, .n_messages = 2,
                        .schema = first ? str_from(delegate_jobs_schema) : STR(""),
                        .own_schema = true,
                        .max_tokens = first ? PLAN_TOKENS : turn->max_tokens};
    Status status = buf_check(&system, "a message", err);
    if (status == OK) status = shield_request(turn, &what, err);
    buf_fini(&system);
    return status;
}

/* One parcel: what there is to read, what was found by now, the question. *answered: prose came. */
static Status send_round(Delegation *d, bool *answered, Err *err) {
    Buf request;
    buf_init(&request, 2 * TURN_QUESTION_MAX + TEXT_MAX);
    add_material(d, &request);
    buf_add_c(&request, "\n");
    if (d->turn->delegation.n) {
        buf_add_str(&request, buf_str(&d->extracts));
        buf_add_c(&request, "\n");
    }
    add_question(d->turn, &request);
    Status status = buf_check(&request, "a message", err);
    if (status == OK) status = wrap(d, buf_str(&request), err);
    buf_fini(&request);
    d->turn->consultation.entry = 0;
    return status == OK ? ask(d, answered, err) : status;
}

/* ---- jobs ---------------------------------------------------------------------------------- */

/* Tasks that give orders are dropped; the notice says how many. */
static Status guard_jobs(Delegation *d, Err *err) {
    Guard *guard = NULL;
    size_t kept = 0, n = d->jobs.n;
    TRY(rig_guard(d->turn->rig, &guard, err));
    for (size_t i = 0; i < n; i++) {
        DelegateJob job = d->jobs.items[i];
        bool order = guard_score(guard, job.task, GUARD_INJECTION) >= GUARD_SURE ||
                     guard_score(guard, job.search, GUARD_INJECTION) >= GUARD_SURE;
        if (!order) d->jobs.items[kept++] = job;
    }
    d->jobs.n = kept;
    if (kept == n) return OK;
    if (kept == 0) {
        (void)err_set(err, E_CORRUPT, "its tasks give orders instead of asking what to read");
        return blame(d, E_CORRUPT, err);
    }
    buf_printf(turn_notice(d->turn),
               "%zu of %zu tasks of the endpoint gave orders and were not carried out", n - kept,
               n);
    return buf_check(&d->turn->notice, "a notice", err);
}

/* All passages of an attached file, which no index has. True: there are others. */
static bool choose_attached(const Delegation *d, bool *chosen) {
    bool others = false;
    for (size_t i = 0; i < d->material.n; i++) {
        chosen[i] = d->material.hits[i].file_id == TURN_ATTACHED;
        others = others || !chosen[i];
    }
    return others;
}

/* Marks the passages that a search chooses among the material, and those that it cannot find. */
static Status choose_by_search(Delegation *d, Str words, bool *chosen, Err *err) {
    Turn *turn = d->turn;
    Store *store = NULL;
    SearchResults found;
    size_t taken = 0;
    if (!choose_attached(d, chosen)) return OK;
    TRY(rig_store(turn->rig, STORE_READ, &store, err));
    SearchQuery query = {.text = words, .k = SEARCH_K_MAX, .mode = SEARCH_HYBRID,
                         .embedder = recall_embedder(turn)};
    TRY(search_run(store, &query, &turn->arena, &found, err));
    for (size_t i = 0; i < found.n && taken < CHOSEN_MAX; i++) {
        for (size_t k = 0; k < d->material.n; k++) {
            if (d->material.hits[k].chunk_id != found.hits[i].chunk_id) continue;
            chosen[k] = true;
            taken++;
        }
    }
    return OK;
}

/* chosen: [jobs][material.n] */
static Status choose_passages(Delegation *d, bool *chosen, Err *err) {
    size_t n = d->material.n;
    for (size_t j = 0; j < d->jobs.n; j++) {
        Str words = d->jobs.items[j].search;
        if (words.n) TRY(choose_by_search(d, words, chosen + j * n, err));
        else memset(chosen + j * n, true, n);
    }
    return OK;
}

/* By passage, then by job. What is beyond the ceiling is counted: it stays unread. */
static void list_readings(const Delegation *d, const bool *chosen, DelegateWork *work,
                          TurnRound *round) {
    size_t n = d->material.n;
    for (size_t p = 0; p < n; p++) {
        for (size_t j = 0; j < d->jobs.n; j++) {
            if (!chosen[j * n + p]) continue;
            assert(work->n_readings <= DELEGATE_READINGS_MAX); /* do_jobs made room for as many */
            if (work->n_readings == DELEGATE_READINGS_MAX) round->unread++;
            else work->readings[work->n_readings++] = (DelegateReading){.job = j, .passage = p};
        }
    }
    assert(work->n_readings <= DELEGATE_READINGS_MAX);
}

/* The best first. */
static int by_score(const void *a, const void *b) {
    const DelegateExtract *x = a, *y = b;
    return x->score > y->score ? -1 : x->score < y->score;
}

/* In the order of the documents, as a reader expects quotes. */
static int by_place(const void *a, const void *b) {
    const DelegateExtract *x = a, *y = b;
    if (x->passage != y->passage) return x->passage < y->passage ? -1 : 1;
    return x->start < y->start ? -1 : x->start > y->start;
}

/* The best extracts that fit, in the order of the documents; *left: those that do not. */
static void cut_extracts(const Delegation *d, DelegateWork *work, size_t *left) {
    size_t n = 0, bytes = d->extracts.n;
    qsort(work->extracts, work->n_extracts, sizeof *work->extracts, by_score);
    for (; n < work->n_extracts; n++) {
        bytes += work->extracts[n].end - work->extracts[n].start;
        if (bytes > EXTRACT_BYTES) break;
    }
    *left = work->n_extracts - n + work->n_over;
    assert(n <= work->n_extracts && work->n_extracts <= DELEGATE_EXTRACTS_MAX);
    work->n_extracts = n;
    qsort(work->extracts, n, sizeof *work->extracts, by_place);
}

/* The endpoint keeps nothing between parcels: it is told its own tasks again. */
static void add_tasks(const Delegation *d, const TurnRound *round, Buf *out) {
    buf_add_c(out, "Tasks:\n");
    for (size_t j = 0; j < d->jobs.n; j++) {
        buf_printf(out, "%zu. ", j + 1);
        buf_add_str(out, d->jobs.items[j].task);
        buf_add_c(out, "\n");
    }
    buf_printf(out, "Extracts (%zu readings were made%s):\n", round->readings,
               round->unread ? ", not all that were wanted" : "");
}

/* One line; the document by its number in the list above, never by its name. */
static void add_extract(Delegation *d, const DelegateExtract *e, Buf *out) {
    const SearchHit *hit = &d->material.hits[e->passage];
    size_t document = 0;
    assert(e->passage < d->material.n && e->end <= hit->text.n && e->jobs);
    while (d->first[document + 1] <= e->passage) document++;
    buf_printf(out, "- document %zu", document + 1);
    if (hit->page) buf_printf(out, ", page %u", hit->page);
    buf_add_c(out, ", task");
    for (unsigned j = 0; j < DELEGATE_JOBS_MAX; j++) {
        if (e->jobs & (1u << j)) buf_printf(out, " %u", j + 1);
    }
    buf_add_c(out, ": ");
    buf_add_str(out, str_trim(str_sub(hit->text, e->start, e->end)));
    buf_add_c(out, "\n");
    d->used[e->passage] = true;
}

/* No silent loss: what was not read or not sent is told to the user. */
static void say_unread(Turn *turn, const TurnRound *round, size_t left) {
    if (round->unread) {
        buf_printf(turn_notice(turn), "%zu of %zu readings were not made, for time or number",
                   round->unread, round->readings + round->unread);
    }
    if (left) {
        buf_printf(turn_notice(turn), "%zu extracts were more than fit a parcel and stayed here",
                   left);
    }
}

/* Makes the readings and writes what they found behind the extracts. */
static Status do_readings(Delegation *d, DelegateWork *work, TurnRound *round, Err *err) {
    size_t left = 0;
    TRY(delegate_read(d->turn, work, err));
    for (size_t i = 0; i < work->n_readings; i++) {
        if (work->readings[i].done) round->readings++;
        else round->unread++;
    }
    cut_extracts(d, work, &left);
    round->extracts = work->n_extracts;
    add_tasks(d, round, &d->extracts);
    for (size_t i = 0; i < work->n_extracts; i++) {
        add_extract(d, &work->extracts[i], &d->extracts);
    }
    if (work->n_extracts == 0) buf_add_c(&d->extracts, "- nothing was found\n");
    say_unread(d->turn, round, left);
    TRY(buf_check(&d->extracts, "the extracts", err));
    return buf_check(&d->turn->notice, "a notice", err);
}

/* One round of readings; all its memory is the turn's. */
static Status do_jobs(Delegation *d, Err *err) {
    Arena *arena = &d->turn->arena;
    assert(d->turn->delegation.n > 0); /* a list came, so a parcel left and is noted */
    TurnRound *round = &d->turn->delegation.rounds[d->turn->delegation.n - 1];
    TRY(guard_jobs(d, err));
    round->jobs = d->jobs.n;
    bool *chosen = arena_zalloc(arena, d->jobs.n * d->material.n + 1);
    DelegateReading *readings = arena_alloc_n(arena, DELEGATE_READINGS_MAX, sizeof *readings);
    DelegateExtract *extracts = arena_alloc_n(arena, DELEGATE_EXTRACTS_MAX, sizeof *extracts);
    if (!chosen || !readings || !extracts) return err_no_memory(err, "the jobs");
    TRY(choose_passages(d, chosen, err));
    DelegateWork work = {.passages = d->material.hits, .jobs = &d->jobs, .readings = readings,
                         .until_ms = d->until_ms, .extracts = extracts};
    list_readings(d, chosen, &work, round);
    return do_readings(d, &work, round, err);
}

/* ---- the whole ----------------------------------------------------------------------------- */

/* The answer will be cited from the passages that extracts are of. */
static Status cite_from_extracts(Delegation *d, Err *err) {
    Turn *turn = d->turn;
    SearchHit *hits = arena_alloc_n(&turn->arena, USED_MAX, sizeof *hits);
    size_t n = 0;
    if (!hits) return err_no_memory(err, "the passages");
    for (size_t i = 0; i < d->material.n && n < USED_MAX; i++) {
        if (d->used[i]) hits[n++] = d->material.hits[i];
    }
    turn->found = (SearchResults){.hits = hits, .n = n};
    if (n == 0) {
        d->its_own = true;
        return err_set(err, E_NOT_FOUND, "nothing that it asked for stands in the documents");
    }
    return recall_verify(turn, err);
}

/* Ends by an answer or a failure: take_list refuses the list that would go on. */
static Status rounds(Delegation *d, Err *err) {
    bool answered = false;
    while (!answered) {
        assert(d->turn->delegation.n < TURN_ROUNDS_MAX);
        TRY(send_round(d, &answered, err));
        if (answered) break;
        TRY(do_jobs(d, err));
        TRY(cite_from_extracts(d, err));
    }
    return OK;
}

/* Of what a parcel may hold: passages, and the question. That one may hold words of answers before:
   a pronoun gives way to the name or code that an answer spoke of last (understand.c). */
static GateLabel strictest(const Turn *turn) {
    GateLabel label = GATE_PERSONAL;
    assert(turn->labels.known);
    if (turn->labels.passages > label) label = turn->labels.passages;
    return turn->labels.history > label ? turn->labels.history : label;
}

/* Nothing is sent before it is known that this device can read at all. */
static Status prepare(Delegation *d, Err *err) {
    Turn *turn = d->turn;
    Engine *engine = NULL;
    const Template *chat = NULL;
    Err why;
    double loaded = turn->rig->load_ms;
    TRY(turn_labels(turn, err));
    Status status = rig_engine(turn->rig, &engine, &why);
    bool none = status == E_NOT_FOUND && !turn->rig->options.model; /* words alone then */
    if (status == OK) status = rig_template(turn->rig, &chat, &why);
    turn->timings.load_ms += turn->rig->load_ms - loaded;
    if (status != OK && !none) return err_pass(err, &why, status);
    TRY(gather_material(d, err));
    TRY(travel_passages(turn, err));
    d->label = strictest(turn);
    return count_material(d, err);
}

/* Tokens are counted anew: of the endpoint, not of a local answer before. */
static Status run(Delegation *d, Err *err) {
    TRY(prepare(d, err));
    d->turn->timings.prompt_tokens = d->turn->timings.completion_tokens = 0;
    return rounds(d, err);
}

/* Not a word came: this device answers, or has answered, if the endpoint is to blame; a no of the
   user's or the policy's is a failure only where the user named the endpoint. */
static Status without_answer(const Delegation *d, Status status, const Err *why, Err *err) {
    Turn *turn = d->turn;
    bool behind = turn->taken.there;
    turn->found = d->before;
    turn->verify = d->verify_before;
    turn->changes = turn->changes_known = false; /* of other passages */
    if (status == E_DENIED && (behind || turn->routed)) return shield_denied(turn, why, err);
    if (d->its_own && behind) return route_give_back(turn, why, err);
    if (d->its_own) return consult_without(turn, why, err);
    return err_pass(err, why, status);
}

/* Once words were shown nothing is taken back: what came stands, with a notice. */
Status turn_delegate(Turn *turn, Err *err) {
    if (!turn->ask || !turn->delegate || turn->found.n == 0) return OK;
    double began = clock_now_ms();
    Err why = {.message = ""};
    Delegation d = {.turn = turn, .before = turn->found, .verify_before = turn->verify,
                    .until_ms = began + READ_MS};
    turn->delegation.n = turn->delegation.whole_tokens = 0;
    buf_init(&d.extracts, TEXT_MAX);
    Status status = run(&d, &why);
    buf_fini(&d.extracts);
    turn->ask = NULL;
    if (status == E_DENIED) travel_say(turn, &why);
    if (status != OK && turn->text.n == 0) return without_answer(&d, status, &why, err);
    if (status != OK && !d.its_own) return err_pass(err, &why, status);
    if (status != OK) TRY(consult_without(turn, &why, err));
    turn->timings.decode_ms = clock_now_ms() - began;
    return consult_end(turn, err);
}
