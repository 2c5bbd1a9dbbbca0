/*
 * Delegated reading: this device looks at passages for an endpoint that may not see them.
 *
 * A reading is one task and one passage. The local model is asked the task as it is asked a
 * question of the user's (prompt.c): it writes a sentence, or NOT FOUND. What it writes is only a
 * pointer: each of its sentences goes to verify, and where the
 * passage supports it the supporting words of the passage are the extract (at most VERIFY_SPAN_MAX
 * bytes). So nothing that a model made up, and nothing that a task put into its mouth, can go back
 * to the endpoint: an extract is bytes of a document, and the gate masks them like any others.
 * Small models say NOT FOUND too readily (measured in decide.c, too); so the run of sentences that
 * covers the task best is an extract as well, whatever the model says, if it covers COVERED of the
 * task. Without a model it is the only one.
 *
 * Readings are made by READERS sessions of the engine at once, which shares each pass over the
 * weights among them (model/batch.h). Each takes passages one after the other and makes all
 * readings of a passage, whose tokens stand first in the prompt and are evaluated once. Prompts are
 * written before and supports looked for after, on the caller's thread; in between a reader touches
 * its session and the outputs of its own readings only.
 *
 * Threads and atomics: `next` hands out passages; `done` counts readings, `running` readers; `stop`
 * is raised by whoever sees that the user cancels or the time is over (thread 0, which reads
 * nothing, looks all the time), and by a reader that failed. The end of pool_run orders everything
 * else.
 *
 * Limits: DELEGATE_READINGS_MAX readings, PROMPT_TOKENS of a prompt (longer ones stay unread),
 * DELEGATE_ANSWER_TOKENS of an output, a deadline of the caller's.
 */
#include <assert.h>
#include <stdatomic.h>
#include <time.h>

#include "base/clock.h"
#include "base/pool.h"
#include "base/segment.h"
#include "turn/delegate.h"
#include "turn/prompt.h"

enum { READERS = 4, PROMPT_TOKENS = 2048, SAID_BYTES = 4096, TICK_MS = 20,
       PROMPT_IDS_MAX = 1 << 20, SCRATCH_MAX = 64 << 20 };

/* Of a task's weight, in one run of sentences: as decide.c's QUOTED_MIN. */
static const double COVERED = 0.35;

/* Of one reading: what the model is asked, and what it wrote. */
typedef struct Said {
    TokenList prompt;
    Buf text;
} Said;

typedef struct Reading {
    Turn *turn;
    DelegateWork *work;
    Engine *engine;
    Said *said; /* [n_readings] */
    int n_ctx;
    atomic_size_t next, done;
    atomic_int running;
    atomic_bool stop;
    Status status[READERS + 1]; /* of each thread */
    Err err[READERS + 1];
} Reading;

/* ---- prompts ------------------------------------------------------------------------------- */

/* All of them before the readers start, which touch their sessions and nothing else. One length of
   context fits all, so that a session is made once a reader. */
static Status write_prompts(Reading *r, Err *err) {
    size_t longest = 0;
    for (size_t i = 0; i < r->work->n_readings; i++) {
        Said *said = &r->said[i];
        const DelegateReading *at = &r->work->readings[i];
        TRY(prompt_reading(r->turn, &r->work->passages[at->passage],
                           r->work->jobs->items[at->job].task, &said->prompt, err));
        if (said->prompt.n > PROMPT_TOKENS) token_list_fini(&said->prompt); /* stays unread */
        if (said->prompt.n > longest) longest = said->prompt.n;
    }
    EngineInfo info;
    engine_info(r->engine, &info);
    r->n_ctx = (int)longest + DELEGATE_ANSWER_TOKENS;
    if (r->n_ctx <= info.n_ctx_train) return OK;
    return err_set(err, E_LIMIT, "a passage and a task have %zu tokens, more than the window's %d",
                   longest, info.n_ctx_train);
}

/* ---- readers ------------------------------------------------------------------------------- */

static bool keep_said(void *user, Str piece) {
    Buf *text = user;
    buf_add_str(text, piece);
    return text->status == OK;
}

/* Greedy, so that the same documents give the same extracts. What was cut off is not `done`. */
static Status read_one(Reading *r, Session *session, size_t i, Err *err) {
    assert(i < r->work->n_readings);
    Said *said = &r->said[i];
    GenerateResult made = {0};
    GenerateOptions options = {.sampler = sampler_options_default(),
                               .max_tokens = DELEGATE_ANSWER_TOKENS, .cancel = &r->stop,
                               .piece = keep_said, .user = &said->text};
    if (said->prompt.n == 0) return OK;
    TRY(generate_run(session, said->prompt.ids, said->prompt.n, &options, &made, err));
    bool whole = made.stop != GENERATE_STOP_CANCELLED;
    r->work->readings[i].done = whole;
    if (whole) (void)atomic_fetch_add(&r->done, 1);
    return said->text.status == E_NO_MEMORY ? err_no_memory(err, "a reading") : OK;
}

/* The readings of one passage stand side by side; `i` is where the n-th passage begins. */
static size_t passage_begins(const DelegateWork *w, size_t nth) {
    size_t i = 0;
    assert(w->n_readings <= DELEGATE_READINGS_MAX);
    while (i < w->n_readings && nth) {
        size_t passage = w->readings[i].passage;
        while (i < w->n_readings && w->readings[i].passage == passage) i++;
        nth--;
    }
    return i;
}

/* Raises `stop`, which is the cancel flag of all generations here. */
static bool is_over(Reading *r) {
    bool over = atomic_load(&r->turn->rig->cancel) || clock_now_ms() > r->work->until_ms;
    if (over) atomic_store(&r->stop, true);
    return atomic_load(&r->stop);
}

/* One reader's work. A passage's tasks follow each other: its tokens are in the session already. */
static Status read_passages(Reading *r, Err *err) {
    Session *session = NULL;
    SessionOptions options = {.n_ctx = r->n_ctx, .share = true}; /* all begin alike */
    const DelegateWork *w = r->work;
    TRY(session_new(r->engine, &options, &session, err));
    Status status = OK;
    while (status == OK && !is_over(r)) {
        size_t i = passage_begins(w, atomic_fetch_add(&r->next, 1));
        if (i >= w->n_readings) break;
        size_t passage = w->readings[i].passage;
        for (; status == OK && i < w->n_readings && w->readings[i].passage == passage; i++) {
            if (!is_over(r)) status = read_one(r, session, i, err);
        }
    }
    session_free(session);
    return status;
}

/* Thread 0: tells how far it is, and when it is time to stop. */
static void watch(Reading *r) {
    size_t told = SIZE_MAX;
    while (atomic_load(&r->running) > 0) {
        const TurnSink *sink = &r->turn->sink;
        size_t done = atomic_load(&r->done);
        (void)is_over(r);
        if (done != told && sink->reading) sink->reading(sink->user, done, r->work->n_readings);
        told = done;
        nanosleep(&(struct timespec){.tv_nsec = TICK_MS * 1000000L}, NULL);
    }
}

/* A reader that fails stops the others: the round is worth nothing then. */
static void on_thread(void *user, int thread, int n) {
    Reading *r = user;
    if (thread == 0 && n > 1) {
        watch(r);
        return;
    }
    r->status[thread] = read_passages(r, &r->err[thread]);
    if (r->status[thread] != OK) atomic_store(&r->stop, true);
    (void)atomic_fetch_sub(&r->running, 1);
}

/* A thread more than readers, for the one that watches. */
static Status run_readers(Reading *r, Err *err) {
    Pool *pool = NULL;
    size_t n = r->work->n_readings < READERS ? r->work->n_readings : READERS;
    TRY(pool_new((int)n + 1, &pool, err));
    int threads = pool_size(pool); /* 1: no others could be made, and nobody watches */
    assert(threads >= 1 && threads <= READERS + 1); /* status and err have a place for each */
    atomic_store(&r->running, threads > 1 ? threads - 1 : 1);
    pool_run(pool, on_thread, r);
    pool_free(pool);
    for (int i = 0; i < threads; i++) {
        if (r->status[i] != OK) return err_pass(err, &r->err[i], r->status[i]);
    }
    bool stopped = atomic_load(&r->turn->rig->cancel);
    return stopped ? err_set(err, E_CANCELLED, "stopped") : OK;
}

/* ---- what was found ------------------------------------------------------------------------ */

/* Of the same passage, and inside. */
static bool lies_in(const DelegateExtract *a, const DelegateExtract *b) {
    return a->passage == b->passage && a->start >= b->start && a->end <= b->end;
}

/* The same place for two tasks is one extract, the wider of the two. */
static void add_extract(DelegateWork *w, DelegateExtract e) {
    for (size_t i = 0; i < w->n_extracts; i++) {
        DelegateExtract *old = &w->extracts[i];
        if (!lies_in(&e, old) && !lies_in(old, &e)) continue;
        e.jobs |= old->jobs;
        e.score = e.score > old->score ? e.score : old->score;
        if (lies_in(&e, old)) {
            e.start = old->start;
            e.end = old->end;
        }
        *old = e;
        return;
    }
    assert(e.start <= e.end && e.end <= w->passages[e.passage].text.n && e.jobs);
    if (w->n_extracts < DELEGATE_EXTRACTS_MAX) w->extracts[w->n_extracts++] = e;
    else w->n_over++;
}

/* The task as if it were a question, and its passage alone. */
static Status prepare_verify(const DelegateWork *w, const DelegateReading *at, Arena *scratch,
                             Verify **out, Err *err) {
    const SearchHit *hit = &w->passages[at->passage];
    VerifyPassage *passage = arena_alloc(scratch, sizeof *passage);
    if (!passage) return err_no_memory(err, "a reading");
    *passage = (VerifyPassage){hit->text, str_from(hit->context)};
    return verify_new(scratch, passage, 1, w->jobs->items[at->job].task, out, err);
}

static DelegateExtract extract_of(const DelegateReading *at, const VerifySpan *span) {
    assert(at->job < DELEGATE_JOBS_MAX && span->passage == 0); /* a reading has one passage */
    return (DelegateExtract){at->passage, span->start, span->end, 1u << at->job, span->score};
}

/* Words of the passage that support what the model said. */
static Status take_supported(DelegateWork *w, const DelegateReading *at, Verify *verify, Str said,
                             Err *err) {
    size_t next = 0, start, end;
    if (prompt_is_refusal(said)) return OK;
    while (segment_next(said, &next, &start, &end)) {
        VerifySpan span;
        bool supported = false;
        TRY(verify_sentence(verify, str_sub(said, start, end), &supported, &span, err));
        if (supported) add_extract(w, extract_of(at, &span));
    }
    return OK;
}

/* Words of the passage that cover the task. */
static Status take_covering(DelegateWork *w, const DelegateReading *at, Verify *verify, Err *err) {
    VerifySpan span;
    TRY(verify_nearest(verify, STR(""), 1, &span, err));
    if (span.score >= COVERED) add_extract(w, extract_of(at, &span));
    return OK;
}

/* said NULL: there is no model, and every reading is made here. Looks at the cancel flag once a
   reading. */
static Status take_found(const Turn *turn, DelegateWork *w, const Said *said, Err *err) {
    Arena scratch;
    Status status = OK;
    arena_init(&scratch, SCRATCH_MAX);
    for (size_t i = 0; status == OK && i < w->n_readings; i++) {
        Verify *verify = NULL;
        DelegateReading *at = &w->readings[i];
        assert(at->job < w->jobs->n);
        assert(i == 0 || w->readings[i - 1].passage <= at->passage); /* by passage, then by job */
        if (atomic_load(&turn->rig->cancel)) {
            status = err_set(err, E_CANCELLED, "stopped");
            break;
        }
        status = prepare_verify(w, at, &scratch, &verify, err);
        if (status == OK) status = take_covering(w, at, verify, err);
        if (status == OK && said) {
            status = take_supported(w, at, verify, str_trim(buf_str(&said[i].text)), err);
        }
        at->done = at->done || !said;
        arena_reset(&scratch);
    }
    arena_fini(&scratch);
    return status;
}

/* Prompts, readings, finds; each part on this thread but the second. */
static Status read_with_model(Reading *r, Err *err) {
    size_t n = r->work->n_readings;
    r->said = mem_zalloc_n(n + 1, sizeof *r->said);
    if (!r->said) return err_no_memory(err, "the readings");
    for (size_t i = 0; i < n; i++) {
        token_list_init(&r->said[i].prompt, PROMPT_IDS_MAX);
        buf_init(&r->said[i].text, SAID_BYTES);
    }
    Status status = write_prompts(r, err);
    if (status == OK) status = run_readers(r, err);
    if (status == OK) status = take_found(r->turn, r->work, r->said, err);
    for (size_t i = 0; i < n; i++) {
        token_list_fini(&r->said[i].prompt);
        buf_fini(&r->said[i].text);
    }
    mem_free(r->said);
    return status;
}

/* A model that was named and is not there is an error; none at all is not: words find much
   alone. */
Status delegate_read(Turn *turn, DelegateWork *work, Err *err) {
    Reading r = {.turn = turn, .work = work};
    Err why;
    work->n_extracts = work->n_over = 0;
    if (work->n_readings == 0) return OK;
    Status status = rig_engine(turn->rig, &r.engine, &why);
    if (status == E_NOT_FOUND && !turn->rig->options.model) {
        return take_found(turn, work, NULL, err);
    }
    if (status == OK) return read_with_model(&r, err);
    return err_pass(err, &why, status);
}
