/*
 * What endpoints did lately, and what is held of their budgets: HOME/gate/clouds.state.
 *
 * Breaker. Three failures of an endpoint's own in a row (no connection, 5xx, deadline, nonsense,
 * half an answer) and it rests for 30 s, after each further failure twice as long, 10 min at most.
 * When the rest is over, one question goes through as a probe and moves the rest on by a minute, so
 * that no other process tries at the same time; its success forgets everything, its failure counts.
 * A provider that says "too many requests" and when to come again is taken at its word, for an hour
 * at most. What the user must mend (a wrong key or address, an unknown model) does not count.
 *
 * Budget. What was spent stands in the ledger; what is being spent is held here. An answer holds
 * what it will probably cost before its first byte leaves, asks for more when it gets longer, and
 * is ended when there is no more; when it is through, the ledger knows the cost and the hold goes.
 * So two answers at once, in one process or two, cannot both spend the last of a day. A hold that
 * nobody lets go of, because its process was killed, ends by itself after 20 minutes. Days and
 * months are those of the local calendar.
 *
 * Habits. Which fields of a request an endpoint refused before it answered without them is kept for
 * a week, so that only the first question is asked twice. It is kept for the address and the model:
 * another of either is asked anew, as is one that refuses a request all the same.
 *
 * The file is a frame with one JSON object, read and replaced under clouds.lock. It is a notebook:
 * damaged or lost, the breakers are closed and nothing is held. It is not waited for by the disk.
 *
 *     {"marks":[{"name","failures","until"}],"holds":[{"name","id","amount","until"}],
 *      "habits":[{"name","at","refused","until"}]}
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/frame.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "gate/cloud_impl.h"
#include "gate/wire/wire.h"

enum {
    COUNTED_MAX = 999,
    FAILURES_MAX = 3, REST_S = 30, REST_MAX_S = 600, PROBE_S = 60, LIMIT_MAX_S = 3600,
    HOLD_S = 1200, MARKS_MAX = 2 * GATE_ENDPOINTS_MAX, HOLDS_MAX = 256, STATE_MAX = 1 << 18,
    STATE_VERSION = 1, HABIT_S = 7 * 86400, FIELDS = WIRE_FIELD_USAGE | WIRE_FIELD_LIMIT
};
_Static_assert(REST_S << 5 >= REST_MAX_S, "beyond five doublings the rest is the longest (learn)");
_Static_assert(REST_MAX_S <= LIMIT_MAX_S && PROBE_S <= LIMIT_MAX_S,
               "read_marks takes what is later for a clock that was turned back");

/* Times are seconds of the real clock (clock_real_s), so that all processes mean the same. */
typedef struct Mark {
    char name[GATE_NAME_MAX];
    int failures;  /* in a row */
    int64_t until; /* rests until then */
} Mark;

typedef struct Hold {
    char name[GATE_NAME_MAX];
    uint64_t id;
    double amount;
    int64_t until;
} Hold;

typedef struct Habit {
    char name[GATE_NAME_MAX];
    int64_t at;       /* of address and model, a checksum */
    unsigned refused; /* WireField */
    int64_t until;
} Habit;

typedef struct State {
    Mark marks[MARKS_MAX];
    Hold holds[HOLDS_MAX];
    Habit habits[GATE_ENDPOINTS_MAX];
    size_t n_marks, n_holds, n_habits;
    int64_t now;
} State;

/* ---- the file ------------------------------------------------------------------------------ */

/* A name of 1 to GATE_NAME_MAX - 1 bytes; false: there is none, or too long a one. */
static bool read_name(const Json *item, char out[GATE_NAME_MAX]) {
    Str name = json_str(json_get(item, "name"));
    if (name.n == 0 || name.n >= GATE_NAME_MAX) return false;
    memcpy(out, name.p, name.n);
    out[name.n] = 0;
    return true;
}

/* An item that says nonsense is passed over: at worst an endpoint is asked that should rest. */
static void read_marks(const Json *list, State *s) {
    for (size_t i = 0; i < json_len(list) && s->n_marks < MARKS_MAX; i++) {
        const Json *item = json_at(list, i);
        Mark *mark = &s->marks[s->n_marks];
        int64_t failures, until;
        bool ok = read_name(item, mark->name) &&
                  json_whole(json_get(item, "failures"), &failures) &&
                  json_whole(json_get(item, "until"), &until) &&
                  failures >= 0 && failures <= COUNTED_MAX;
        if (!ok || until > s->now + LIMIT_MAX_S) continue; /* a clock that was turned back */
        mark->failures = (int)failures;
        mark->until = until;
        s->n_marks++;
    }
}

/* Holds of processes that died run out by themselves (HOLD_S), and those of a future clock at once.
   */
static void read_holds(const Json *list, State *s) {
    for (size_t i = 0; i < json_len(list) && s->n_holds < HOLDS_MAX; i++) {
        const Json *item = json_at(list, i);
        Hold *hold = &s->holds[s->n_holds];
        int64_t id, until;
        hold->amount = json_number(json_get(item, "amount"), -1);
        bool ok = read_name(item, hold->name) && json_whole(json_get(item, "id"), &id) &&
                  json_whole(json_get(item, "until"), &until) && hold->amount >= 0;
        if (!ok || until < s->now || until > s->now + HOLD_S) continue;
        hold->id = (uint64_t)id;
        hold->until = until;
        s->n_holds++;
    }
}

static void read_habits(const Json *list, State *s) {
    for (size_t i = 0; i < json_len(list) && s->n_habits < GATE_ENDPOINTS_MAX; i++) {
        const Json *item = json_at(list, i);
        Habit *habit = &s->habits[s->n_habits];
        int64_t refused;
        bool ok = read_name(item, habit->name) && json_whole(json_get(item, "at"), &habit->at) &&
                  json_whole(json_get(item, "refused"), &refused) && refused > 0 &&
                  refused <= FIELDS && json_whole(json_get(item, "until"), &habit->until);
        if (!ok || habit->until < s->now || habit->until > s->now + HABIT_S) continue;
        habit->refused = (unsigned)refused;
        s->n_habits++;
    }
}

/* What cannot be read is as good as nothing. */
static void state_read(const char *path, State *s) {
    Frame frame;
    Json *root = NULL;
    memset(s, 0, sizeof *s);
    s->now = clock_real_s();
    if (frame_open(path, "clouds", STATE_VERSION, FRAME_CHECK_ALL, &frame, NULL) != OK) return;
    Str text = {(const char *)frame.payload, frame.payload_bytes};
    if (text.n <= STATE_MAX && json_parse(text, NULL, &root, NULL) == OK) {
        read_marks(json_get(root, "marks"), s);
        read_holds(json_get(root, "holds"), s);
        read_habits(json_get(root, "habits"), s);
    }
    json_free(root);
    frame_close(&frame);
}

/* Begins an object with what marks and holds share; the caller ends it. */
static void write_item(JsonWriter *w, const char *name, int64_t until) {
    jsonw_object_begin(w);
    jsonw_put_c(w, "name", name);
    jsonw_put_int(w, "until", until);
}

static void state_text(const State *s, Buf *out) {
    JsonWriter w = jsonw_init(out);
    jsonw_object_begin(&w);
    jsonw_put_array(&w, "marks");
    for (size_t i = 0; i < s->n_marks; i++) {
        write_item(&w, s->marks[i].name, s->marks[i].until);
        jsonw_put_int(&w, "failures", s->marks[i].failures);
        jsonw_object_end(&w);
    }
    jsonw_array_end(&w);
    jsonw_put_array(&w, "holds");
    for (size_t i = 0; i < s->n_holds; i++) {
        write_item(&w, s->holds[i].name, s->holds[i].until);
        jsonw_put_int(&w, "id", (int64_t)s->holds[i].id);
        jsonw_put_real(&w, "amount", s->holds[i].amount, 12);
        jsonw_object_end(&w);
    }
    jsonw_array_end(&w);
    jsonw_put_array(&w, "habits");
    for (size_t i = 0; i < s->n_habits; i++) {
        write_item(&w, s->habits[i].name, s->habits[i].until);
        jsonw_put_int(&w, "at", s->habits[i].at);
        jsonw_put_int(&w, "refused", s->habits[i].refused);
        jsonw_object_end(&w);
    }
    jsonw_array_end(&w);
    jsonw_object_end(&w);
}

/* Replaced as a whole; frame_put_settled does not wait for the disk, since a lost state costs at
   most one question too many. */
static Status state_write(const char *path, const State *s, Err *err) {
    Buf text;
    buf_init(&text, STATE_MAX);
    state_text(s, &text);
    Status status = buf_check(&text, "clouds.state", err);
    if (status == OK) {
        status = frame_put_settled(path, "clouds", STATE_VERSION, buf_str(&text), err);
    }
    buf_fini(&text);
    return status;
}

/* ---- marks, habits and holds --------------------------------------------------------------- */

static Mark *find_mark(State *s, const char *name) {
    assert(s->n_marks <= MARKS_MAX && s->n_holds <= HOLDS_MAX);
    for (size_t i = 0; i < s->n_marks; i++) {
        if (strcmp(s->marks[i].name, name) == 0) return &s->marks[i];
    }
    return NULL;
}

/* The last one takes its place: marks have no order. */
static void drop_mark(State *s, const char *name) {
    Mark *mark = find_mark(s, name);
    if (mark) *mark = s->marks[--s->n_marks];
}

/* NULL when there is no room: then it is not remembered. */
static Mark *need_mark(State *s, const char *name) {
    Mark *mark = find_mark(s, name);
    if (mark || s->n_marks == MARKS_MAX) return mark;
    mark = &s->marks[s->n_marks++];
    *mark = (Mark){.until = 0};
    (void)snprintf(mark->name, sizeof mark->name, "%s", name);
    return mark;
}

static Habit *find_habit(State *s, const char *name) {
    for (size_t i = 0; i < s->n_habits; i++) {
        if (strcmp(s->habits[i].name, name) == 0) return &s->habits[i];
    }
    return NULL;
}

static void drop_habit(State *s, const char *name) {
    Habit *habit = find_habit(s, name);
    if (habit) *habit = s->habits[--s->n_habits];
}

/* Which address and model a habit is of; never below 0, as JSON has it. */
static int64_t habit_at(const GateEndpoint *e) {
    uint64_t url = hash_check64(e->url, strlen(e->url), (uint64_t)e->wire);
    return (int64_t)(hash_check64(e->model, strlen(e->model), url) >> 1);
}

static unsigned refused_lately(State *s, const GateEndpoint *e) {
    const Habit *habit = find_habit(s, e->name);
    return habit && habit->at == habit_at(e) ? habit->refused : 0;
}

/* An answer tells what it can be had without; a request that is refused all the same, that it may
   be another server by now. `until` stays as it was: once a week all fields are tried again. */
static void learn_habit(State *s, const GateEndpoint *e, GateFail fail) {
    assert(!(e->refused & ~(unsigned)FIELDS));
    bool news = fail == GATE_FAIL_NONE && e->refused && refused_lately(s, e) != e->refused;
    if (news || fail == GATE_FAIL_REQUEST) drop_habit(s, e->name);
    if (!news || s->n_habits == GATE_ENDPOINTS_MAX) return;
    Habit *habit = &s->habits[s->n_habits++];
    *habit = (Habit){.at = habit_at(e), .refused = e->refused, .until = s->now + HABIT_S};
    (void)snprintf(habit->name, sizeof habit->name, "%s", e->name);
}

/* NULL: it ran out after HOLD_S, or the file was lost. */
static Hold *find_hold(State *s, uint64_t id) {
    for (size_t i = 0; i < s->n_holds; i++) {
        if (s->holds[i].id == id) return &s->holds[i];
    }
    return NULL;
}

/* What other answers of the endpoint have set aside and not yet settled. */
static double held(const State *s, const char *name) {
    double sum = 0;
    for (size_t i = 0; i < s->n_holds; i++) {
        if (strcmp(s->holds[i].name, name) == 0) sum += s->holds[i].amount;
    }
    return sum;
}

/* The breaker: closed, open (E_REMOTE until `until`), or half open: whoever comes first behind a
   rest is the probe and keeps all others out for PROBE_S. */
static Status check_rest(State *s, const GateEndpoint *e, GateAnswer *answer, Err *err) {
    Mark *mark = find_mark(s, e->name);
    if (!mark) return OK;
    if (mark->until > s->now) {
        answer->fail = GATE_FAIL_RESTING;
        answer->retry_after_s = mark->until - s->now;
        (void)err_set(err, E_REMOTE, mark->failures >= FAILURES_MAX
                                         ? "%s failed %d times in a row and is not asked now"
                                         : "%s wanted a pause and is not asked now",
                      e->name, mark->failures);
        return err_hint(err, "it is tried again in %lld s", (long long)answer->retry_after_s);
    }
    if (mark->failures >= FAILURES_MAX) mark->until = s->now + PROBE_S; /* we are the probe */
    return OK;
}

/* ---- budgets ------------------------------------------------------------------------------- */

/* The beginning of the day or of the month. */
static int64_t begin_of(int64_t now, bool month) {
    time_t at = (time_t)now;
    struct tm local;
    if (!localtime_r(&at, &local)) return now - now % 86400;
    local.tm_hour = local.tm_min = local.tm_sec = 0;
    if (month) local.tm_mday = 1;
    local.tm_isdst = -1;
    time_t begin = mktime(&local);
    return begin == (time_t)-1 || begin > at ? now - now % 86400 : (int64_t)begin;
}

Status gate_cloud_spent(Gate *gate, const char *name, double *day, double *month, Err *err) {
    int64_t now = clock_real_s();
    GateSpent asked[] = {{name, begin_of(now, false), 0}, {name, begin_of(now, true), 0}};
    TRY(gate_ledger_spent(gate, asked, ARRAY_LEN(asked), err));
    *day = asked[0].cost;
    *month = asked[1].cost;
    return OK;
}

/* What may still be spent; infinite where there is no budget. *what: which one is the tighter. */
static Status budget_left(Gate *gate, const GateEndpoint *e, const State *s, double *left,
                          const char **what, Err *err) {
    double day, month;
    *left = HUGE_VAL;
    *what = "";
    if (e->budget_day <= 0 && e->budget_month <= 0) return OK;
    TRY(gate_cloud_spent(gate, e->name, &day, &month, err));
    double now = held(s, e->name);
    if (e->budget_day > 0) {
        *left = e->budget_day - day - now;
        *what = "of today";
    }
    if (e->budget_month > 0 && e->budget_month - month - now < *left) {
        *left = e->budget_month - month - now;
        *what = "of this month";
    }
    return OK;
}

static Status spent_up(const GateEndpoint *e, const char *what, Err *err) {
    (void)err_set(err, E_DENIED, "the budget %s for %s is used up", what, e->name);
    return err_hint(err, "hearth cloud list shows it; another is set in gate/clouds.toml");
}

/* Sets `likely` aside, or what is left when that is less; E_DENIED when not even the question can
   be paid. Without a budget nothing is held (amount -1). */
static Status take_hold(Gate *gate, State *s, const GateEndpoint *e, double least, double likely,
                        CloudHold *hold, Err *err) {
    double left;
    const char *what;
    hold->amount = -1;
    hold->id = 0;
    TRY(budget_left(gate, e, s, &left, &what, err));
    if (isinf(left) && left > 0) return OK; /* held amounts that add up to infinity leave nothing */
    if (left <= least) return spent_up(e, what, err);
    if (s->n_holds == HOLDS_MAX) {
        return err_set(err, E_BUSY, "more than %d answers are being written", HOLDS_MAX);
    }
    Hold *h = &s->holds[s->n_holds++];
    random_bytes(&h->id, sizeof h->id);
    h->id = (h->id >> 1) | 1; /* a positive int64, never 0 */
    h->amount = likely < left ? likely : left;
    h->until = s->now + HOLD_S;
    (void)snprintf(h->name, sizeof h->name, "%s", e->name);
    hold->id = h->id;
    hold->amount = h->amount;
    assert(h->amount >= 0 && h->id > 0); /* what read_holds takes */
    return OK;
}

/* ---- with the lock held --------------------------------------------------------------------- */

/* JSON of an item: a name of escapes, and keys and numbers of less than 160 bytes. */
_Static_assert((MARKS_MAX + HOLDS_MAX + GATE_ENDPOINTS_MAX) * (6 * GATE_NAME_MAX + 160) < STATE_MAX,
               "it is read again");

/* clouds.state between its lock and its being written: who is inside is alone in it, in all
   processes. */
typedef struct Turnstile {
    State *state;
    char *path;
    int lock;
} Turnstile;

static Status turnstile_open(Gate *gate, Turnstile *t, Err *err) {
    t->state = mem_alloc(sizeof *t->state);
    t->path = cloud_path(gate, "clouds.state");
    Status status = t->state && t->path ? OK : err_no_memory(err, "the state of endpoints");
    if (status == OK) status = cloud_lock(gate, &t->lock, err);
    if (status == OK) {
        state_read(t->path, t->state);
        return OK;
    }
    mem_free(t->state);
    mem_free(t->path);
    return status;
}

/* Writes what was changed, if all went well, and lets go of the lock in any case. */
static Status turnstile_close(Turnstile *t, Status status, Err *err) {
    if (status == OK) status = state_write(t->path, t->state, err);
    file_unlock(t->lock);
    mem_free(t->state);
    mem_free(t->path);
    return status;
}

/*
 * Two processes ask "openai", whose budget of today has 0.50 left, likely cost 0.30 each:
 *
 *     A   holds 0.30            held 0.30
 *     B   0.20 are left: holds 0.20, less than likely, and may ask for more later
 *     A   settles 0.25          the ledger knows 0.25, held 0.20
 *     B   asks for 0.10 more:   0.50 - 0.25 - 0.20 = 0.05, gets 0.05, is ended behind that
 *
 * When the breaker refuses, nothing is written; a probe's postponement is written with the hold.
 */
Status cloud_admit(Gate *gate, const GateEndpoint *endpoint, double least, double likely,
                   CloudHold *hold, GateAnswer *answer, Err *err) {
    Turnstile t;
    TRY(turnstile_open(gate, &t, err));
    hold->refused = refused_lately(t.state, endpoint);
    Status status = check_rest(t.state, endpoint, answer, err);
    if (status == OK) {
        status = take_hold(gate, t.state, endpoint, least, likely, hold, err);
        if (status == E_DENIED) answer->fail = GATE_FAIL_BUDGET;
    }
    return turnstile_close(&t, status, err);
}

/* Gives as much as there is, perhaps less than was asked for: the caller compares again. */
Status cloud_hold_more(Gate *gate, const GateEndpoint *endpoint, double more, CloudHold *hold,
                       Err *err) {
    Turnstile t;
    double left;
    const char *what;
    assert(hold->id && hold->amount >= 0 && more > 0); /* only what has a budget asks for more */
    TRY(turnstile_open(gate, &t, err));
    Status status = budget_left(gate, endpoint, t.state, &left, &what, err);
    Hold *h = find_hold(t.state, hold->id);
    if (status == OK && (left <= 0 || !h)) status = spent_up(endpoint, what, err);
    if (status == OK) {
        h->amount += more < left ? more : left;
        hold->amount = h->amount;
    }
    return turnstile_close(&t, status, err);
}

/* ---- a look, without the lock --------------------------------------------------------------- */

/* A file's damage in one of the three looks fails the whole look: a list that hides it would say
   that nothing was spent. Only clouds.state may be damaged (state_read). */
static Status look_consents(Gate *gate, const GateEndpoint *list, size_t n, GateStanding *out,
                            Err *err) {
    GateConsent *about = mem_zalloc_n(n, sizeof *about);
    char(*host)[GATE_URL_MAX] = mem_alloc_n(n, sizeof *host);
    bool *given = mem_zalloc_n(n, sizeof *given);
    Status status = about && host && given ? OK : err_no_memory(err, "consents");
    for (size_t i = 0; status == OK && i < n; i++) {
        gate_cloud_host(&list[i], host[i]);
        about[i] = (GateConsent){list[i].name, list[i].dest, host[i], NULL};
    }
    if (status == OK) status = gate_consents_given(gate, about, n, given, err);
    for (size_t i = 0; status == OK && i < n; i++) out[i].consented = given[i];
    mem_free(about);
    mem_free(host);
    mem_free(given);
    return status;
}

/* Day and month of each endpoint side by side, so that the ledger is read once for all. */
static Status look_spent(Gate *gate, const GateEndpoint *list, size_t n, GateStanding *out,
                         Err *err) {
    int64_t now = clock_real_s(), day = begin_of(now, false), month = begin_of(now, true);
    GateSpent *asked = mem_alloc_n(2 * n, sizeof *asked);
    if (!asked) return err_no_memory(err, "what was spent");
    for (size_t i = 0; i < n; i++) {
        asked[2 * i] = (GateSpent){list[i].name, day, 0};
        asked[2 * i + 1] = (GateSpent){list[i].name, month, 0};
    }
    Status status = gate_ledger_spent(gate, asked, 2 * n, err);
    for (size_t i = 0; status == OK && i < n; i++) {
        out[i].spent_day = asked[2 * i].cost;
        out[i].spent_month = asked[2 * i + 1].cost;
    }
    mem_free(asked);
    return status;
}

/* Without the lock: the file is replaced as a whole, so that old or new is read, never half. */
static Status look_rests(Gate *gate, const GateEndpoint *list, size_t n, GateStanding *out,
                         Err *err) {
    State *s = mem_alloc(sizeof *s);
    char *path = cloud_path(gate, "clouds.state");
    Status status = s && path ? OK : err_no_memory(err, "the state of endpoints");
    if (status == OK) state_read(path, s);
    for (size_t i = 0; status == OK && i < n; i++) {
        const Mark *mark = find_mark(s, list[i].name);
        out[i].resting = mark && mark->until > s->now;
        out[i].rest_s = out[i].resting ? mark->until - s->now : 0;
    }
    mem_free(s);
    mem_free(path);
    return status;
}

Status gate_cloud_look(Gate *gate, const GateEndpoint *list, size_t n, GateStanding *out,
                       Err *err) {
    if (n == 0) return OK;
    TRY(look_consents(gate, list, n, out, err));
    for (size_t i = 0; i < n; i++) out[i].barred = gate_cloud_check(&list[i], NULL) != OK;
    TRY(look_spent(gate, list, n, out, err));
    return look_rests(gate, list, n, out, err);
}

/* ---- learning from answers ------------------------------------------------------------------ */

/* Failures that say something of the endpoint's health; a wrong key or a full budget do not. */
static bool counts(GateFail fail) {
    return fail == GATE_FAIL_REACH || fail == GATE_FAIL_TIMEOUT || fail == GATE_FAIL_ANSWER;
}

/* The rest doubles with each failure beyond FAILURES_MAX, up to REST_MAX_S; a success forgets all.
   */
static void learn(State *s, const char *name, const GateAnswer *answer) {
    int64_t wait = answer->retry_after_s;
    if (answer->fail == GATE_FAIL_NONE) drop_mark(s, name);
    if (answer->fail == GATE_FAIL_LIMITED && wait > 0) {
        Mark *mark = need_mark(s, name);
        if (mark) mark->until = s->now + (wait < LIMIT_MAX_S ? wait : LIMIT_MAX_S);
    }
    Mark *mark = counts(answer->fail) ? need_mark(s, name) : NULL;
    if (!mark) return;
    if (mark->failures < COUNTED_MAX) mark->failures++; /* what is written is read again */
    assert(mark->failures > 0 && mark->failures <= COUNTED_MAX);
    int beyond = mark->failures - FAILURES_MAX;
    int64_t rest = beyond < 0 ? 0 : beyond > 5 ? REST_MAX_S : (int64_t)REST_S << beyond;
    assert(rest >= 0 && answer->fail != GATE_FAIL_NONE); /* a success dropped the mark */
    mark->until = s->now + (rest < REST_MAX_S ? rest : REST_MAX_S);
}

/* Written also where nothing was learned, since the hold goes. */
Status cloud_settle(Gate *gate, const GateEndpoint *endpoint, const CloudHold *hold,
                    const GateAnswer *answer, Err *err) {
    Turnstile t;
    assert((hold->id == 0) == (hold->amount < 0)); /* as cloud_admit left it */
    TRY(turnstile_open(gate, &t, err));
    Hold *h = hold->id ? find_hold(t.state, hold->id) : NULL;
    if (h) *h = t.state->holds[--t.state->n_holds];
    learn(t.state, endpoint->name, answer);
    learn_habit(t.state, endpoint, answer->fail);
    return turnstile_close(&t, OK, err);
}

Status cloud_state_forget(Gate *gate, const char *name, Err *err) {
    Turnstile t;
    TRY(turnstile_open(gate, &t, err));
    drop_mark(t.state, name);
    drop_habit(t.state, name);
    return turnstile_close(&t, OK, err);
}
