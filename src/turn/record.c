/*
 * Record: what a question's way teaches the router, kept for the next one.
 *
 * The last step of a turn. Where a decision was made it is written down with its signals, with who
 * answered and with what the documents say to the answer (route/record.c makes outcomes of that),
 * and each endpoint's budget hears what was spent and what this question would have cost
 * (route/budget.c). In mode "local", and with an endpoint that the user names, nothing is decided
 * and nothing is written.
 *
 * A local answer that was not weighed again (reroute has nothing to do where the documents support
 * it) is weighed here, so that a thumb teaches what its log-probabilities were worth, too.
 *
 * The order of a writing (record_change), which is why two processes lose nothing of each other:
 *
 *     lock        HOME/gate/route.lock, for LOCK_WAIT_MS at most
 *     read        the file as it is now, not as this process knew it
 *     change      a function of the caller's, on the record in memory
 *     write       beside the file, then renamed over it
 *     unlock
 *
 * The file is one frame, read and replaced under a lock of its own (HOME/gate/route.lock), by
 * rename: a crash leaves the old one or the new one. What cannot be read is replaced by what Hearth
 * ships with, and a notice says so: it holds habits, no documents. Money is not counted by it, the
 * ledger does that. When it cannot be written the answer stands, with a notice.
 */
#include "turn/record.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

#include "base/calendar.h"
#include "base/clock.h"
#include "base/frame.h"
#include "base/hash.h"
#include "base/home.h"
#include "gate/cloud.h"
#include "turn/turn.h"

enum { LOCK_WAIT_MS = 5000 }; /* a writer holds it for one small file; chosen */

/* ---- the file ------------------------------------------------------------------------------ */

/* With a new key: sketches of before tell nothing any more. */
static void reset(RouteRecord *record) {
    uint64_t key;
    random_bytes(&key, sizeof key);
    route_record_reset(record, key);
}

static Status read_file(const char *path, RouteRecord *out, Err *err) {
    Frame frame;
    TRY(frame_open(path, "route", ROUTE_RECORD_VERSION, FRAME_CHECK_ALL, &frame, err));
    Status status = route_record_read(frame.payload, frame.payload_bytes, out, err);
    frame_close(&frame);
    return status;
}

/* Beside the file and renamed over it, by frame_put; the caller has the lock. */
static Status write_file(const char *path, const RouteRecord *record, Err *err) {
    Buf bytes;
    buf_init(&bytes, ROUTE_RECORD_BYTES_MAX);
    route_record_write(record, &bytes);
    Status status = buf_check(&bytes, "the router's memory", err);
    if (status == OK) status = frame_put(path, "route", ROUTE_RECORD_VERSION, buf_str(&bytes), err);
    buf_fini(&bytes);
    return status;
}

/* Fills rig->record, from the file or anew. */
static Status load(Rig *rig, const char *path, Err *err) {
    Err why;
    if (!rig->record) rig->record = mem_alloc(sizeof *rig->record);
    if (!rig->record) return err_no_memory(err, "the router's memory");
    Status status = read_file(path, rig->record, &why);
    if (status == OK) return OK;
    if (status == E_NO_MEMORY) return err_no_memory(err, "the router's memory");
    reset(rig->record);
    if (status != E_NOT_FOUND) {
        (void)snprintf(rig->record_lost, sizeof rig->record_lost,
                       "what the router had learned cannot be read and begins anew (%.120s)",
                       why.message);
    }
    return OK;
}

Status record_path(const char *name, char **path, Err *err) {
    char *folder = NULL;
    TRY(home_dir(HOME_GATE, &folder, err));
    *path = file_join(folder, name);
    mem_free(folder);
    return *path ? OK : err_no_memory(err, "a path");
}

Status rig_record(Rig *rig, const RouteRecord **out, Err *err) {
    char *path = NULL;
    if (!rig->record) {
        TRY(rig_unlock(rig, err));
        TRY(record_path("route.state", &path, err));
        Status status = load(rig, path, err);
        mem_free(path);
        TRY(status);
    }
    *out = rig->record;
    return OK;
}

Status record_lock(int *fd, Err *err) {
    char *path = NULL;
    TRY(record_path("route.lock", &path, err));
    Status status = file_lock_wait(path, LOCK_WAIT_MS, fd, err);
    mem_free(path);
    return status;
}

/* Read again under the lock: another process may have written since. */
Status record_change(Rig *rig, RecordFn change, void *user, Err *err) {
    char *path = NULL;
    int fd;
    TRY(rig_unlock(rig, err));
    TRY(record_path("route.state", &path, err));
    Status status = record_lock(&fd, err);
    if (status == OK) {
        status = load(rig, path, err);
        if (status == OK) {
            change(user, rig->record);
            status = write_file(path, rig->record, err);
        }
        file_unlock(fd);
    }
    mem_free(path);
    return status;
}

/* ---- what the user says --------------------------------------------------------------------- */

typedef struct Thumb {
    uint64_t id;
    bool up;
    RouteThumb said;
    RouteEntry entry;
} Thumb;

/* RecordFn: runs under the lock. The entry is copied, for the record is read anew some time. */
static void take_thumb(void *user, RouteRecord *record) {
    Thumb *thumb = user;
    const RouteEntry *entry;
    thumb->said = route_record_thumb(record, thumb->id, thumb->up, &entry);
    if (entry) thumb->entry = *entry;
}

Status record_thumb(Rig *rig, uint64_t id, bool up, RouteThumb *out, RouteEntry *entry, Err *err) {
    Thumb thumb = {.id = id, .up = up};
    TRY(record_change(rig, take_thumb, &thumb, err));
    *out = thumb.said;
    *entry = thumb.entry;
    return OK;
}

static void forget(void *user, RouteRecord *record) {
    *(uint32_t *)user = record->learned.seen;
    reset(record);
}

Status record_forget(Rig *rig, uint32_t *n, Err *err) {
    TRY(record_change(rig, forget, n, err));
    rig->record_lost[0] = 0;
    return OK;
}

/* ---- after a question ------------------------------------------------------------------------ */

/* Local time, as people's days and months are; the number of a period never repeats, so that a
   budget sees that a new one has begun. */
uint32_t record_period(int64_t now_s, bool month, double *elapsed) {
    time_t at = (time_t)now_s;
    struct tm t;
    if (!localtime_r(&at, &t)) t = (struct tm){.tm_mday = 1, .tm_year = 70};
    double day = (t.tm_hour * 3600 + t.tm_min * 60 + t.tm_sec) / 86400.0;
    int year = t.tm_year + 1900;
    *elapsed = month ? (t.tm_mday - 1 + day) / calendar_month_days(year, t.tm_mon + 1) : day;
    int months = year * 100 + t.tm_mon + 1;
    return (uint32_t)(month ? months : months * 100 + t.tm_mday);
}

/* What was spent of each budget of the turn's endpoints; read before the record is locked. */
typedef struct Spent {
    const char *name;
    double limit, spent, could;
    bool month;
} Spent;

typedef struct Outcome {
    const Turn *turn;
    RouteEntry entry;
    uint64_t id;
    Spent *spent;
    size_t n_spent;
} Outcome;

/* What `e` spent, as far as it was weighed and has budgets. */
static void note_spent(const RouteInput *in, const GateEndpoint *e, const GateStanding *now,
                       Outcome *o) {
    const RouteEndpoint *to = NULL;
    for (size_t i = 0; i < in->n_endpoints && !to; i++) {
        if (strcmp(in->endpoints[i].name, e->name) == 0) to = &in->endpoints[i];
    }
    if (!to) return;
    assert(o->n_spent + 2 <= (size_t)2 * GATE_ENDPOINTS_MAX); /* a day and a month of each */
    double could = route_cost(in, to);
    if (e->budget_day > 0) {
        o->spent[o->n_spent++] = (Spent){to->name, e->budget_day, now->spent_day, could, false};
    }
    if (e->budget_month > 0) {
        o->spent[o->n_spent++] = (Spent){to->name, e->budget_month, now->spent_month, could, true};
    }
}

/* Without any the gate need not be asked what was spent. */
static bool has_budgets(const RouteInput *in) {
    for (size_t i = 0; i < in->n_endpoints; i++) {
        if (in->endpoints[i].budget > 0) return true;
    }
    return false;
}

/* A second look at all endpoints: this very answer may have cost something. */
static Status read_spent(Turn *turn, Outcome *o, Err *err) {
    Gate *gate = NULL;
    size_t n = 0;
    if (!has_budgets(&turn->weighed)) return OK;
    GateEndpoint *all = arena_alloc_n(&turn->arena, GATE_ENDPOINTS_MAX, sizeof *all);
    GateStanding *now = arena_alloc_n(&turn->arena, GATE_ENDPOINTS_MAX, sizeof *now);
    o->spent = arena_alloc_n(&turn->arena, (size_t)2 * GATE_ENDPOINTS_MAX, sizeof *o->spent);
    if (!all || !now || !o->spent) return err_no_memory(err, "the budgets");
    TRY(rig_gate(turn->rig, &gate, err));
    TRY(gate_cloud_list(gate, all, &n, err));
    TRY(gate_cloud_look(gate, all, n, now, err));
    for (size_t i = 0; i < n; i++) note_spent(&turn->weighed, &all[i], &now[i], o);
    return OK;
}

/* RecordFn: decision and budgets in one writing. What was spent comes from the ledger and is not
   added here, so cost is 0 for the controller: it moves the price by what stands there. */
static void take_outcome(void *user, RouteRecord *record) {
    Outcome *o = user;
    o->id = route_record_add(record, &o->entry, o->turn->question);
    for (size_t i = 0; i < o->n_spent; i++) {
        const Spent *s = &o->spent[i];
        double elapsed;
        assert(s->limit > 0); /* note_spent: one without is no budget */
        uint32_t period = record_period(clock_real_s(), s->month, &elapsed);
        RouteBudget *budget = route_record_budget(record, s->name, period, s->limit);
        if (!budget) continue;
        budget->spent = s->spent; /* the ledger's word, with what others spent */
        route_budget_add(budget, 0, s->could, elapsed);
    }
}

void record_check(Turn *turn) {
    if (turn->consulted || !turn->model || turn->n_sentences == 0) return;
    turn->check = turn->n_supported == 0                   ? ROUTE_UNSUPPORTED
                  : turn->n_supported >= turn->n_sentences ? ROUTE_SUPPORTED
                                                           : ROUTE_UNCHECKED;
}

/* Everything that may fail or wait comes before the lock. */
static Status keep(Turn *turn, Err *err) {
    Outcome o = {.turn = turn};
    assert(turn->n_supported <= turn->n_sentences); /* a share of them, to record_check */
    o.entry = (RouteEntry){.at_s = clock_real_s(), .check = turn->check,
                           .by = turn->consulted ? ROUTE_BY_ENDPOINT
                                 : turn->model   ? ROUTE_BY_MODEL
                                                 : ROUTE_BY_PASSAGES};
    if (o.entry.by == ROUTE_BY_MODEL) TRY(route_signals(turn, err));
    memcpy(o.entry.signals, turn->route.signals, sizeof o.entry.signals);
    TRY(read_spent(turn, &o, err));
    TRY(record_change(turn->rig, take_outcome, &o, err));
    turn->decision = o.id;
    return OK;
}

/* The answer is there already and stands: what cannot be written is a notice. */
Status turn_record(Turn *turn, Err *err) {
    Err why;
    if (!turn->routed) return OK;
    Status status = keep(turn, &why);
    if (status != OK) {
        buf_printf(turn_notice(turn), "the router could not write down what it decided: %s",
                   why.message);
    }
    if (turn->rig->record_lost[0]) buf_add_c(turn_notice(turn), turn->rig->record_lost);
    if (status == OK) turn->rig->record_lost[0] = 0; /* the file is whole again */
    return buf_check(&turn->notice, "a notice", err);
}
