/*
 * Rounds: one job of many short steps that threads share, and that no thread holds up.
 *
 * A forward pass is several hundred steps that follow one another: each reads what the one before
 * wrote. The usual way is a barrier after each step; then one thread whose CPU was given to
 * somebody else for three milliseconds costs all threads three milliseconds, and two threads beside
 * a busy neighbour are slower than one. Here a step is a round of items, and a round is over when
 * its items are done, whoever did them. Nobody waits for a thread; a thread that was away finds the
 * others several rounds ahead and skips what is done.
 *
 *     arch function, run by every lane:            what happens
 *       if (round_leads(l)) ... serial work ...    by the lane that ended the round before
 *       if (round_begin(l, n, kind)) {             it opens the round; others wait for that, or
 *           while ((i = round_next(l)) >= 0)       skip the round when it is over already
 *               ... item i ...
 *           round_end(l);                          the lane that finished the last item leads
 *       }
 *
 * Kinds:
 *   ROUND_PLAIN       items write in place, from one counter. A lane that is away with an item
 *                     holds the others up until it is back.
 *   ROUND_REPEATABLE  items compute into memory of the lane and hand over with round_claim, copy,
 *                     round_commit. Each lane has a contiguous share (one long stream of memory)
 *                     and takes from the end of others' when its own is done. Items that somebody
 *                     has and does not finish are done again by whoever has nothing else to do; the
 *                     first to claim hands over, the other finds it claimed and throws its copy
 *                     away. Inputs must not be overwritten while such a late lane may read them:
 *                     they lie in one of round_slots() slots, and the leader picks a slot that no
 *                     lane reads (round_pick_slot).
 *
 * Every lane must call the same rounds with the same numbers of items in the same order. Which lane
 * does an item never changes its result, so results do not depend on the number of lanes.
 *
 * Order of memory: all that was written in a round, and by its leader before the next one, is seen
 * in the next one.
 */
#ifndef HEARTH_BASE_ROUND_H
#define HEARTH_BASE_ROUND_H

#include "base/status.h"

enum { ROUND_ITEMS_MAX = 1 << 15 };

typedef struct Rounds Rounds;

typedef enum RoundKind { ROUND_PLAIN, ROUND_REPEATABLE } RoundKind;

/* One lane's place in the sequence; on the stack of its thread. */
typedef struct RoundLane {
    Rounds *rounds; /* borrowed */
    int lane;
    uint32_t at;       /* the round this lane is in, or enters next */
    bool leads;        /* `at` is not open yet and this lane will open it */
    RoundKind kind;    /* of the round it is in; and: */
    int n_items, done; /* items; those that this lane finished and has not counted yet */
    int slot;          /* where the inputs are */
    int again;         /* where to look for the next item that somebody holds; -1: not yet */
} RoundLane;

/* The board for 1 to 64 lanes (POOL_THREADS_MAX). E_NO_MEMORY is its only failure. rounds_free it
   when no lane is inside. */
Status rounds_new(int n_lanes, Rounds **out, Err *err) WARN_UNUSED;
/* NULL is fine. */
void rounds_free(Rounds *rounds);
/* Bytes that rounds_new takes. */
uint64_t rounds_bytes(void);
/* Slots among which the leader picks: one more than there are lanes, and the one in use. */
int round_slots(int n_lanes);
/* Before a job, while no lane is inside. */
void rounds_start(Rounds *rounds);
/* The leader said round_stop in this job. */
bool rounds_stopped(const Rounds *rounds);

/* Each lane at the beginning of the job. Lane 0 leads. */
void round_lane_init(RoundLane *l, Rounds *rounds, int lane);
/* May this lane do what is between two rounds? True for one lane only, until it opens the next
   round. */
static inline bool round_leads(const RoundLane *l) { return l->leads; }
/* Leader, between rounds: a slot that nobody reads, other than the one in use. */
int round_pick_slot(RoundLane *l);
/* n_items in 1..ROUND_ITEMS_MAX. false: the round is over; do not call round_end. */
bool round_begin(RoundLane *l, int n_items, RoundKind kind) WARN_UNUSED;
/* The next item, or -1. A plain item counts as done when the next one is asked for. */
int round_next(RoundLane *l);
/* Repeatable: may this lane hand the item over? true must be followed by round_commit soon. */
bool round_claim(RoundLane *l, int item) WARN_UNUSED;
/* The result of a claimed item is in place; other lanes see it behind the round. */
void round_commit(RoundLane *l, int item);
/* Each lane for which round_begin was true, when round_next gave -1. The inputs may be overwritten
   then. */
void round_end(RoundLane *l);
/* Leader, between rounds: all rounds that are left of this job are over. */
void round_stop(RoundLane *l);
/* Each lane at the end of the job. */
void round_leave(RoundLane *l);

#endif
