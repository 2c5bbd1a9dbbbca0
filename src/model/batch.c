/*
 * The body of batch.h: what goes into a pass, and when.
 *
 * The engine thread repeats: wait until somebody asks; gather; choose; run; hand out.
 *
 *   gather   Streams that had a token in the last pass are sampling now and come back within a
 *            millisecond. A pass without them would cost as much as one with them, so the thread
 *            waits until as many requests are there as ended in the last pass and stood in the
 *            queue then, at most a tenth of the last pass's time (GATHER_MS_MAX). A stream that
 *            does not return costs that once. Whoever came while a pass ran must not start the
 *            next one without those of this one: two such groups would take turns for ever, each
 *            at half the speed.
 *   choose   First every request with few tokens left (a decoding stream: 1; a guess to be
 *            verified: up to BATCH_SHORT). Then one chunk of each prompt, least recently served
 *            first, interactive before background, until the budget is used. Background prompts
 *            wait while interactive ones are there, but no longer than PATIENCE passes.
 *   budget   Tokens of prompts in one pass. A pass should take PAUSE_MS at most while somebody
 *            decodes, and ALONE_MS else, so that whoever comes waits no longer; the time of a
 *            prompt's token is measured (a moving average, which one pass that another program
 *            held up lengthens by a quarter at most).
 *
 * Cancel. At each layer the pass asks batch_ask, which looks at the flag of every request. One that
 * waits ends at once. One that runs beside others is told E_CANCELLED at once too: its caller goes
 * (BATCH_LEFT), the pass goes on without looking back, and only who uses or frees that session
 * waits for the end of the pass (batch_settle). When nobody is left in a pass it stops at that
 * layer. A request with a rows function stays until its pass is over, since the function may use
 * its caller's memory.
 *
 * Failures of one request (its rows function, logits that are no numbers, no room for its keys)
 * end that request only; a model file that was cut ends all of the pass.
 *
 * Polite: before a pass the thread asks the system how long programs waited for a CPU since the
 * last one (/proc/pressure/cpu, "some ... total="). More than POLITE_SOME of the time: the next
 * passes leave one thread's CPU free, and the engine rests POLITE_REST of each pass's time; back
 * when nobody waited. Where there is no pressure file, nothing changes.
 *
 * Idle. Nobody asked for REST_MS since the last pass: the thread looks after the pages that the
 * weights lie in (weights_settle), 2 MiB at a time, looking for arrivals between. A process that
 * answers one question and ends is never idle; one that made LONG_LIFE passes takes LAST_MS at its
 * end, so that the next one finds more of them in order.
 *
 * Lock: `lock` guards the list, every request's state and the averages; it is never held while a
 * pass runs, only for moments in batch_ask. The engine's `turn` is held for a pass.
 *
 * A pass, drawn: A and B decode, C has two guesses to verify, D and E read prompts of 900 and 40
 * tokens; token_ms is 0.5, so that a budget of 150 ms is 300 tokens.
 *
 *     tokens   A | B | C C C | E x 40 | D x 260     prompts: E waited longest
 *     wants    L   L   ALL     LAST     NONE         D goes on in the next pass
 *
 * Invariants: a request stands in `list` from its submit until it ended or its caller left; `in`
 * holds those of the pass that is made or runs; a request that is RUNS is in both. Only the engine
 * thread changes `in`, `segments` and `tokens`.
 */
#include "model/batch.h"

#include <assert.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "model/engine_private.h"

/* Short: a token and the most guesses that are verified, and one more. Patience: passes after which
   a background prompt has its turn; chosen. */
enum { BATCH_SHORT = 17, PATIENCE = 32, LEAST_CHUNK = 16 };
_Static_assert((WAVE_TOKENS_MAX / (WAVE_QUERY_BLOCK / 4) + BATCH_REQUESTS_MAX) * HYPER_HEADS_MAX <=
                   ROUND_ITEMS_MAX, "blocks of a pass's attention are items of one round");
_Static_assert((int)BATCH_SHORT + (int)LEAST_CHUNK <= (int)WAVE_TOKENS_MAX, "they fit");
/* What a stream pauses at most, and what a second user waits at most (see `budget` above). */
static const double PAUSE_MS = 150, ALONE_MS = 1000, GATHER_MS_MAX = 5;
enum { LONG_LIFE = 64 };
static const double REST_MS = 250, LAST_MS = 40;
static const double POLITE_SOME = 0.2, POLITE_REST = 0.25;

struct Batch {
    Engine *engine;
    pthread_mutex_t lock;
    pthread_t thread;
    bool has_lock, has_thread, stop, polite;
    BatchRequest *list[BATCH_REQUESTS_MAX]; /* waiting or running */
    size_t n;
    Park arrivals; /* raised by every submit, and by the end */
    uint64_t turn; /* passes so far */
    size_t expected; /* requests that were there after the last pass, or ended in it */
    double pass_ms, token_ms; /* of the last pass; of a prompt's token */
    /* of the pass that is made or runs, engine thread only */
    BatchRequest *in[BATCH_REQUESTS_MAX];
    Status status[BATCH_REQUESTS_MAX]; /* what the pass means for each, and why */
    Err err[BATCH_REQUESTS_MAX];
    WaveSegment segments[BATCH_REQUESTS_MAX];
    int32_t tokens[WAVE_TOKENS_MAX];
    int n_in, n_tokens;
    float *tapped;      /* [tapped_room] states of a pass that is tapped; NULL: none was yet */
    size_t tapped_room;
    uint64_t pressure_us;
    double pressure_at_ms;
};

static void batch_lock(Batch *b) {
    (void)pthread_mutex_lock(&b->lock);
}

static void batch_unlock(Batch *b) {
    (void)pthread_mutex_unlock(&b->lock);
}

/* A new number of the event wakes who waits in batch_wait or batch_settle. With the lock held: who
   looked before sees the change, or waits on an old number. */
static void batch_raise(BatchRequest *r) {
    park_set(&r->event, park_look(&r->event) + 1, PARK_ALL);
}

static bool wants_cancel(const BatchRequest *r) {
    return r->cancel && atomic_load_explicit(r->cancel, memory_order_relaxed);
}

static void batch_remove(Batch *b, BatchRequest *r) {
    for (size_t i = 0; i < b->n; i++) {
        if (b->list[i] != r) continue;
        memmove(b->list + i, b->list + i + 1, (b->n - i - 1) * sizeof *b->list);
        b->n--;
        return;
    }
    assert(!"in the list"); /* who waits or runs stands there once */
}

/* Its caller is told; with the lock held. */
static void batch_end(Batch *b, BatchRequest *r, Status status) {
    assert(!r->ended && (r->state == BATCH_WAITS || r->state == BATCH_RUNS));
    batch_remove(b, r);
    r->ended = true;
    r->status = status;
    r->state = BATCH_IDLE;
    batch_raise(r);
}

/* As batch_end, with E_CANCELLED. */
static void batch_end_cancelled(Batch *b, BatchRequest *r) {
    batch_end(b, r, err_set(&r->err, E_CANCELLED, "model: stopped as asked"));
}

/* ---- choosing -------------------------------------------------------------------------------- */

static size_t tokens_left(const BatchRequest *r) {
    assert(r->done < r->n); /* else it has ended */
    return r->n - r->done;
}

static bool is_short(const BatchRequest *r) {
    return tokens_left(r) <= BATCH_SHORT;
}

/* false: memory for its keys is used up, and the request has ended. */
static bool batch_take(Batch *b, BatchRequest *r, int m) {
    assert(r->state == BATCH_WAITS && 0 < m && (size_t)m <= tokens_left(r));
    assert(b->n_in < BATCH_REQUESTS_MAX && b->n_tokens + m <= WAVE_TOKENS_MAX);
    Status status = kv_reserve(r->kv, (int)r->done, (int)r->done + m, &r->err);
    if (status != OK) {
        batch_end(b, r, status);
        return false;
    }
    bool last = tokens_left(r) == (size_t)m;
    b->segments[b->n_in] = (WaveSegment){.first = b->n_tokens, .n = m, .pos0 = (int)r->done,
                                         .kv = r->kv,
                                         .wants = r->rows ? WAVE_ALL
                                                  : last  ? WAVE_LAST
                                                          : WAVE_NONE};
    memcpy(b->tokens + b->n_tokens, r->tokens + r->done, (size_t)m * sizeof *b->tokens);
    b->in[b->n_in++] = r;
    b->n_tokens += m;
    r->state = BATCH_RUNS;
    r->turn = b->turn;
    return true;
}

/* Does it wait for interactive prompts? Not for more than PATIENCE passes. */
static bool yields(const Batch *b, const BatchRequest *r) {
    return r->background && b->turn - r->turn < PATIENCE;
}

/* The prompt that is served next, or NULL. Interactive ones first, then the longest unserved. */
static BatchRequest *next_prompt(Batch *b) {
    BatchRequest *best = NULL;
    for (size_t i = 0; i < b->n; i++) {
        BatchRequest *r = b->list[i];
        if (r->state != BATCH_WAITS) continue;
        bool first = !best || (yields(b, best) && !yields(b, r));
        if (first || (yields(b, best) == yields(b, r) && r->turn < best->turn)) best = r;
    }
    return best;
}

/* Tokens of prompts that fit PAUSE_MS, or ALONE_MS; 64 as long as no time was measured. At least
   LEAST_CHUNK, or a slow machine would never finish a prompt. */
static int batch_budget(const Batch *b, bool somebody_decodes) {
    double ms = somebody_decodes ? PAUSE_MS : ALONE_MS;
    double fit = b->token_ms > 0 ? ms / b->token_ms : LEAST_CHUNK * 4;
    return fit < LEAST_CHUNK ? LEAST_CHUNK : fit > WAVE_TOKENS_MAX ? WAVE_TOKENS_MAX : (int)fit;
}

/* With the lock held: fills the pass. */
static void batch_choose(Batch *b) {
    b->n_in = b->n_tokens = 0;
    b->turn++;
    for (size_t i = 0; i < b->n;) {
        int m = (int)tokens_left(b->list[i]);
        bool now = b->list[i]->state == BATCH_WAITS && is_short(b->list[i]) &&
                   b->n_tokens + m <= WAVE_TOKENS_MAX;
        if (!now || batch_take(b, b->list[i], m)) i++;
    }
    int room = WAVE_TOKENS_MAX - b->n_tokens, budget = batch_budget(b, b->n_in > 0);
    if (budget > room) budget = room;
    assert(room >= 0);
    bool interactive = b->n_in > 0;
    for (BatchRequest *r; budget > 0 && (r = next_prompt(b));) {
        if (interactive && yields(b, r) && b->n_in > 0) break;
        int m = tokens_left(r) < (size_t)r->chunk ? (int)tokens_left(r) : r->chunk;
        if (m > budget) m = budget;
        if (!batch_take(b, r, m)) continue;
        budget -= m;
        interactive = interactive || !r->background;
    }
}

/* ---- running --------------------------------------------------------------------------------- */

/* At each layer, on whichever thread leads. true: nobody wants this pass any more. */
static bool batch_ask(void *user) {
    Batch *b = user;
    batch_lock(b);
    for (size_t i = b->n; i-- > 0;) {
        BatchRequest *r = b->list[i];
        if (!wants_cancel(r)) continue;
        if (r->state == BATCH_WAITS) batch_end_cancelled(b, r);
        else if (r->state == BATCH_RUNS) r->cancelled = true;
    }
    bool wanted = false;
    for (int i = 0; i < b->n_in; i++) wanted = wanted || !b->in[i]->cancelled;
    for (int i = 0; wanted && i < b->n_in; i++) {
        BatchRequest *r = b->in[i];
        if (!r->cancelled || r->rows || r->taps || r->state != BATCH_RUNS) continue;
        batch_end_cancelled(b, r);
        r->state = BATCH_LEFT;
    }
    batch_unlock(b);
    return !wanted;
}

/* Not finite logits are never handed on: a sampler would make words of them. */
static Status batch_no_numbers(Err *err) {
    (void)err_set(err, E_CORRUPT, "the model's logits are not numbers");
    return err_hint(err, "its weights or the pack made of them are damaged: `hearth doctor "
                         "--repair`, with the same -m, looks at the pack, `hearth pull` fetches "
                         "it again");
}

/* All rows of request i, in portions, to its function. */
static Status batch_rows(Batch *b, int i) {
    const BatchRequest *r = b->in[i];
    const WaveSegment *seg = &b->segments[i];
    size_t n_vocab = (size_t)engine_hyper(b->engine)->n_vocab;
    assert(r->row_memory && seg->row + seg->rows <= b->engine->wave->n_rows);
    float *rows[WAVE_HEAD_ROWS];
    bool finite[WAVE_HEAD_ROWS];
    for (int k = 0; k < WAVE_HEAD_ROWS; k++) rows[k] = r->row_memory + (size_t)k * n_vocab;
    for (int at = 0; at < seg->rows; at += WAVE_HEAD_ROWS) {
        int n = seg->rows - at < WAVE_HEAD_ROWS ? seg->rows - at : WAVE_HEAD_ROWS;
        WaveHead head = {seg->row + at, n, rows, finite, r->best};
        wave_logits(b->engine->wave, &head);
        TRY(engine_check_intact(b->engine, &b->err[i]));
        for (int k = 0; k < n; k++) {
            if (!finite[k]) return batch_no_numbers(&b->err[i]);
        }
        size_t first = (size_t)seg->pos0 + (size_t)at;
        TRY(r->rows(r->user, first, (size_t)n, r->row_memory, &b->err[i]));
        memcpy(r->logits, rows[n - 1], n_vocab * sizeof *r->logits);
    }
    return OK;
}

/* Rows of out that follow one another and are the last of their requests. */
typedef struct LastRows {
    int first, n;
    int who[WAVE_HEAD_ROWS];
    float *rows[WAVE_HEAD_ROWS];
} LastRows;

/* What is enough for all of them. */
static int batch_best(const Batch *b, const LastRows *l) {
    int best = 0;
    for (int k = 0; k < l->n; k++) {
        int one = b->in[l->who[k]]->best;
        if (one == 0) return 0;
        if (one > best) best = one;
    }
    return best;
}

/* Logits of the gathered rows by one call of the head; a row that is no number fails its request
   only. */
static void batch_last_rows_flush(Batch *b, LastRows *l) {
    bool finite[WAVE_HEAD_ROWS];
    if (l->n == 0) return;
    WaveHead head = {l->first, l->n, l->rows, finite, batch_best(b, l)};
    wave_logits(b->engine->wave, &head);
    for (int k = 0; k < l->n; k++) {
        int i = l->who[k];
        if (!finite[k]) b->status[i] = batch_no_numbers(&b->err[i]);
    }
    l->n = 0;
}

/* The last row of everybody who gave no function. */
static void batch_last_rows(Batch *b) {
    LastRows l = {0};
    for (int i = 0; i < b->n_in; i++) {
        if (b->in[i]->rows || b->segments[i].rows == 0) continue;
        assert(b->segments[i].rows == 1); /* WAVE_LAST */
        int row = b->segments[i].row;
        if (l.n == WAVE_HEAD_ROWS || row != l.first + l.n) batch_last_rows_flush(b, &l);
        if (l.n == 0) l.first = row;
        l.rows[l.n] = b->in[i]->logits;
        l.who[l.n++] = i;
    }
    batch_last_rows_flush(b, &l);
}

/* What failed for the pass failed for everybody in it. */
static void batch_fail_all(Batch *b, Status status, const Err *err) {
    for (int i = 0; i < b->n_in; i++) {
        b->status[i] = status;
        b->err[i] = *err;
    }
}

/* Does the pass hold token t of request i? */
static bool batch_holds(const Batch *b, int i, size_t t) {
    const BatchRequest *r = b->in[i];
    return t >= r->done && t < r->done + (size_t)b->segments[i].n;
}

/* What request i wants of this pass. */
static uint64_t batch_taps(const Batch *b, int i) {
    const BatchRequest *r = b->in[i];
    for (size_t k = 0; r->taps && k < r->n_tapped; k++) {
        if (batch_holds(b, i, r->tapped[k])) return r->taps;
    }
    return 0;
}

/* Which states the pass has to leave, and room for them: of all its tokens, since layers know no
   requests. */
static Status batch_tap(Batch *b, Wave *w, Err *err) {
    w->taps = 0;
    for (int i = 0; i < b->n_in; i++) w->taps |= batch_taps(b, i);
    size_t wanted = (size_t)__builtin_popcountll(w->taps) * (size_t)b->n_tokens *
                    (size_t)engine_hyper(b->engine)->n_embd;
    if (wanted > b->tapped_room) {
        mem_free(b->tapped);
        b->tapped = mem_alloc_n(wanted, sizeof *b->tapped);
        b->tapped_room = b->tapped ? wanted : 0;
        if (!b->tapped) return err_no_memory(err, "the states of a prompt");
    }
    w->tapped = b->tapped;
    return OK;
}

/* Those of token t of the pass: [taps][dim] to `to`. */
static void batch_hand_token(const Wave *w, uint64_t taps, int t, size_t dim, float *to) {
    for (uint64_t left = taps; left; left &= left - 1, to += dim) {
        uint64_t below = (left & -left) - 1;
        size_t tap = (size_t)__builtin_popcountll(w->taps & below);
        assert(w->taps & (below + 1));
        memcpy(to, w->tapped + (tap * (size_t)w->m + (size_t)t) * dim, dim * sizeof *to);
    }
}

/* To who wants them. */
static void batch_hand_states(Batch *b, const Wave *w) {
    size_t dim = (size_t)engine_hyper(b->engine)->n_embd;
    for (int i = 0; i < b->n_in; i++) {
        const BatchRequest *r = b->in[i];
        size_t each = (size_t)__builtin_popcountll(r->taps) * dim;
        for (size_t k = 0; each && k < r->n_tapped; k++) {
            if (!batch_holds(b, i, r->tapped[k])) continue;
            int t = b->segments[i].first + (int)(r->tapped[k] - r->done);
            batch_hand_token(w, r->taps, t, dim, r->states + k * each);
        }
    }
}

/* One forward pass and all logits wanted of it; the engine's turn is held. An error is the whole
   pass's: a cancel of everybody, or a model file that was cut. */
static Status batch_pass(Batch *b, Err *err) {
    assert(0 < b->n_in && b->n_in <= b->n_tokens && b->n_tokens <= WAVE_TOKENS_MAX);
    Wave *w = b->engine->wave;
    w->tokens = b->tokens;
    w->m = b->n_tokens;
    w->segments = b->segments;
    w->n_segments = b->n_in;
    w->stop = batch_ask;
    w->stop_user = b;
    w->layers = 0;
    TRY(batch_tap(b, w, err));
    Status ran = wave_run(w, err);
    if (ran == OK && w->taps) batch_hand_states(b, w);
    w->taps = 0; /* others use the wave, too */
    TRY(ran);
    TRY(engine_check_intact(b->engine, err));
    for (int i = 0; i < b->n_in; i++) {
        if (b->in[i]->rows && b->segments[i].rows > 0) b->status[i] = batch_rows(b, i);
    }
    batch_last_rows(b);
    return engine_check_intact(b->engine, err);
}

/* A pass with its logits; status and err of each request in it. */
static void batch_run(Batch *b) {
    Err err = {0};
    for (int i = 0; i < b->n_in; i++) b->status[i] = OK;
    (void)pthread_mutex_lock(&b->engine->turn);
    Status status = batch_pass(b, &err);
    (void)pthread_mutex_unlock(&b->engine->turn);
    if (status != OK) batch_fail_all(b, status, &err);
}

/* Requests that a pass could take now. */
static size_t batch_waiting(const Batch *b) {
    size_t n = 0;
    for (size_t i = 0; i < b->n; i++) n += b->list[i]->state == BATCH_WAITS;
    return n;
}

/* With the lock held: what the pass means for each of its requests. */
static void batch_finish(Batch *b) {
    b->expected = 0;
    for (int i = 0; i < b->n_in; i++) {
        BatchRequest *r = b->in[i];
        Status status = b->status[i];
        if (r->state == BATCH_LEFT) {
            r->state = BATCH_IDLE;
            batch_raise(r);
            continue;
        }
        assert(r->state == BATCH_RUNS);
        r->state = BATCH_WAITS;
        if (r->cancelled) {
            batch_end_cancelled(b, r);
            continue;
        }
        if (status == OK) r->done += (size_t)b->segments[i].n;
        if (status != OK) r->err = b->err[i];
        if (status != OK || r->done == r->n) {
            batch_end(b, r, status);
            b->expected++;
        } else {
            batch_raise(r);
        }
    }
    b->n_in = 0;
    b->expected += batch_waiting(b);
}

/* ---- the engine thread ----------------------------------------------------------------------- */

/* How long, as a part of the time since the last call, some program waited for a CPU. */
static double batch_pressure(Batch *b) {
    char text[256] = {0};
    int fd = open("/proc/pressure/cpu", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t n = read(fd, text, sizeof text - 1);
    (void)close(fd);
    const char *total = n > 0 ? strstr(text, "total=") : NULL;
    uint64_t us = 0, before = b->pressure_us;
    for (const char *p = total ? total + 6 : ""; *p >= '0' && *p <= '9'; p++) {
        us = us * 10 + (uint64_t)(*p - '0');
    }
    double now = clock_now_ms(), ms = now - b->pressure_at_ms;
    b->pressure_us = us;
    b->pressure_at_ms = now;
    return before && us > before && ms > 0 ? (double)(us - before) / 1000 / ms : 0;
}

/* Polite only: leaves one CPU to others and rests, when programs had to wait since the last
   pass. */
static void batch_give_way(Batch *b) {
    Wave *w = b->engine->wave;
    bool busy = b->polite && batch_pressure(b) > POLITE_SOME;
    w->lanes_away = busy ? 1 : 0;
    if (!busy || b->pass_ms <= 0) return;
    double rest = b->pass_ms * POLITE_REST;
    struct timespec t = {.tv_sec = (time_t)(rest / 1000)};
    t.tv_nsec = (long)((rest - (double)t.tv_sec * 1000) * 1e6);
    (void)nanosleep(&t, NULL);
}

/* Until somebody asks. */
static void batch_idle(Batch *b, uint32_t seen) {
    Weights *w = &b->engine->weights;
    if (b->turn > 0 && park_wait_for(&b->arrivals, seen, PARK_LOOKS, REST_MS) == seen) {
        while (park_look(&b->arrivals) == seen && weights_settle(w)) continue;
    }
    (void)park_wait(&b->arrivals, seen, PARK_LOOKS);
}

/* At the end of a long life, for LAST_MS at most: what the next process then finds in order. */
static void batch_last(Batch *b) {
    double until = clock_now_ms() + LAST_MS;
    if (b->turn < LONG_LIFE) return;
    while (clock_now_ms() < until && weights_settle(&b->engine->weights)) continue;
}

/* With the lock held, which is given up while waiting. false: the end. */
static bool batch_gather(Batch *b) {
    double until = 0;
    for (;;) {
        size_t waiting = batch_waiting(b);
        uint32_t seen = park_look(&b->arrivals);
        double now = clock_now_ms();
        if (b->stop) return false;
        if (until == 0) {
            double ms = b->pass_ms / 10 < GATHER_MS_MAX ? b->pass_ms / 10 : GATHER_MS_MAX;
            until = now + ms;
        }
        if (waiting > 0 && (waiting >= b->expected || now >= until)) return true;
        batch_unlock(b);
        if (waiting == 0) batch_idle(b, seen);
        else (void)park_wait_for(&b->arrivals, seen, 0, until - now);
        batch_lock(b);
    }
}

/* Short passes say nothing about a prompt's token: reading the weights is most of them. */
static void batch_measure(Batch *b, double ms, int n_tokens) {
    b->pass_ms = ms;
    if (n_tokens < LEAST_CHUNK) return;
    double each = ms / n_tokens, before = b->token_ms > 0 ? b->token_ms : each;
    if (each > 2 * before) each = 2 * before; /* it was disturbed */
    b->token_ms = 0.75 * before + 0.25 * each;
}

/* The lock is held but for the pass itself and the waiting in batch_gather. */
static void *batch_main(void *user) {
    Batch *b = user;
    batch_lock(b);
    while (batch_gather(b)) {
        batch_choose(b);
        if (b->n_in == 0) continue;
        batch_unlock(b);
        batch_give_way(b);
        double start = clock_now_ms();
        int n_tokens = b->n_tokens;
        batch_run(b);
        batch_lock(b);
        batch_measure(b, clock_now_ms() - start, n_tokens);
        batch_finish(b);
    }
    batch_unlock(b);
    batch_last(b);
    return NULL;
}

/* ---- for callers ----------------------------------------------------------------------------- */

Status batch_new(Engine *engine, bool polite, Batch **out, Err *err) {
    Batch *b = mem_aligned(64, sizeof *b);
    *out = b;
    if (!b) return err_no_memory(err, "the queue of a model");
    memset(b, 0, sizeof *b);
    b->engine = engine;
    b->polite = polite;
    b->has_lock = pthread_mutex_init(&b->lock, NULL) == 0;
    b->has_thread = b->has_lock && pthread_create(&b->thread, NULL, batch_main, b) == 0;
    if (b->has_thread) return OK;
    batch_free(b);
    *out = NULL;
    return err_set(err, E_FAILED, "the engine's thread could not be started");
}

void batch_free(Batch *b) {
    if (!b) return;
    if (b->has_thread) {
        batch_lock(b);
        assert(b->n == 0);
        b->stop = true;
        park_set(&b->arrivals, park_look(&b->arrivals) + 1, PARK_ALL);
        batch_unlock(b);
        (void)pthread_join(b->thread, NULL);
    }
    if (b->has_lock) (void)pthread_mutex_destroy(&b->lock);
    mem_free(b->tapped);
    mem_free(b);
}

Status batch_submit(Batch *b, BatchRequest *r, Err *err) {
    Status status = OK;
    batch_lock(b);
    assert(r->state == BATCH_IDLE && r->at < r->n && r->chunk > 0);
    assert(!r->rows || r->row_memory);
    if (b->n == BATCH_REQUESTS_MAX) {
        (void)err_set(err, E_BUSY, "%d requests wait for this model already", BATCH_REQUESTS_MAX);
        status = err_hint(err, "try again later");
    } else {
        r->state = BATCH_WAITS;
        r->done = r->at;
        r->ended = r->cancelled = false;
        r->turn = b->turn;
        b->list[b->n++] = r;
        park_set(&b->arrivals, park_look(&b->arrivals) + 1, PARK_ALL);
    }
    batch_unlock(b);
    return status;
}

bool batch_wait(Batch *b, BatchRequest *r, size_t seen, size_t *done) {
    for (;;) {
        uint32_t event = park_look(&r->event);
        batch_lock(b);
        bool ended = r->ended;
        *done = r->done;
        batch_unlock(b);
        if (*done > seen) return true;
        if (ended) return false;
        (void)park_wait(&r->event, event, 0);
    }
}

Status batch_result(Batch *b, BatchRequest *r, Err *err) {
    batch_lock(b);
    assert(r->ended);
    Status status = r->status;
    if (status != OK && err) *err = r->err;
    batch_unlock(b);
    return status;
}

void batch_settle(Batch *b, BatchRequest *r) {
    for (;;) {
        uint32_t event = park_look(&r->event);
        batch_lock(b);
        bool idle = r->state == BATCH_IDLE;
        batch_unlock(b);
        if (idle) return;
        (void)park_wait(&r->event, event, 0);
    }
}
