/*
 * The body of round.h.
 *
 * Rounds are numbered through the life of the board. `open` is the highest that was opened; all
 * below are over. Every shared word carries the number of the round it speaks of, so that a lane
 * that was away can never change a later round:
 *
 *   range[lane]  number, from, to   items of a lane's share that nobody took: the lane takes from
 *                                   the front, others from the back. An older number means: whole
 *   count        number, n          items that were done and counted. A lane counts when its own
 *                                   share is empty, not each item
 *   state[item]  2 * number         claimed: somebody copies its result; + 1: done
 *   led          number             the last round that has a leader for what follows
 *   pin[lane]    slot + 1           the slot of inputs that a lane reads; 0: none
 *
 * The end of a round. The lane whose count reaches the number of items tries to make itself leader
 * (led: number - 1 -> number, one succeeds). A lane may be away with items done and not counted;
 * then whoever has nothing to do finds every state[item] done, and leads instead. Every lane that
 * finds nothing to take either sees the end, or an item to repeat, or one that another lane is
 * handing over and that lane will come here after it. So a round always ends.
 *
 * Pins. A lane pins the slot, then looks whether the round is still open; the leader opens a round,
 * and the next leader looks at pins before it picks: sequentially consistent both, so that a lane
 * either is seen or leaves. A slot is never picked twice in a row.
 *
 * Numbers start again from 1 before they could wrap, in rounds_start, when nobody is inside.
 *
 * The idea of repeating what a sleeper holds: Herlihy, "Wait-free synchronization" (1991), helping;
 * backup tasks of MapReduce (Dean and Ghemawat 2004, 3.6). Shares with stealing from the far end:
 * Blumofe and Leiserson, "Scheduling multithreaded computations by work stealing" (1999).
 */
#include "base/round.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "base/park.h"
#include "base/pool.h"

enum {
    HELP_LOOKS = 1500,      /* before an item is repeated: longer than an item takes */
    HELP_LOOKS_MORE = 200,  /* before the next one is */
    STOP_JUMP = 1 << 20,    /* more rounds than a job has */
    NUMBER_MAX = 1 << 30,
};

_Static_assert(ROUND_ITEMS_MAX <= UINT16_MAX, "`range` holds an item in 16 bits");
_Static_assert(POOL_THREADS_MAX + 2 <= 2 * 64, "round_pick_slot has a bit for each slot");
_Static_assert(NUMBER_MAX + 2 * (int64_t)STOP_JUMP < UINT32_MAX / 2, "`state` holds it doubled");

typedef struct RoundShare {
    _Alignas(64) _Atomic uint64_t range;
    _Atomic uint32_t pin;
} RoundShare;

struct Rounds {
    Park open;
    _Alignas(64) _Atomic uint64_t count;
    _Atomic uint32_t led;
    _Atomic uint32_t slot;
    _Atomic bool stopped;
    uint32_t first; /* round of this job */
    int n_lanes, looks, wakes;
    RoundShare share[POOL_THREADS_MAX];
    _Atomic uint32_t state[ROUND_ITEMS_MAX];
};

/* Number, from and to in one word, so that one compare-and-swap changes all three. */
static uint64_t word_of(uint32_t number, unsigned from, unsigned to) {
    return (uint64_t)number << 32 | (uint64_t)from << 16 | to;
}

/* How many rounds `a` is after `b`. */
static int32_t rounds_after(uint32_t a, uint32_t b) {
    return (int32_t)(a - b);
}

Status rounds_new(int n_lanes, Rounds **out, Err *err) {
    assert(n_lanes >= 1 && n_lanes <= POOL_THREADS_MAX);
    Rounds *r = mem_aligned(64, sizeof *r);
    *out = r;
    if (!r) return err_no_memory(err, "the rounds of a pass");
    memset(r, 0, sizeof *r);
    bool crowded = n_lanes > pool_cpus();
    r->n_lanes = n_lanes;
    r->looks = crowded ? 0 : PARK_LOOKS;
    r->wakes = crowded ? pool_cpus() : PARK_ALL;
    return OK;
}

void rounds_free(Rounds *r) {
    mem_free(r);
}

uint64_t rounds_bytes(void) {
    return sizeof(Rounds);
}

int round_slots(int n_lanes) {
    return n_lanes + 2;
}

/* Everything that carries a number, back to where a new board begins; pins and slot carry none. */
static void rounds_reset(Rounds *r) {
    atomic_store(&r->count, 0);
    atomic_store(&r->open.word, 0);
    for (int i = 0; i < r->n_lanes; i++) atomic_store(&r->share[i].range, 0);
    for (int i = 0; i < ROUND_ITEMS_MAX; i++) atomic_store(&r->state[i], 0);
}

void rounds_start(Rounds *r) {
    if (park_look(&r->open) >= NUMBER_MAX) rounds_reset(r);
    r->first = park_look(&r->open) + 1;
    atomic_store(&r->led, r->first - 1);
    atomic_store(&r->stopped, false);
}

bool rounds_stopped(const Rounds *r) {
    return atomic_load_explicit(&r->stopped, memory_order_relaxed);
}

void round_lane_init(RoundLane *l, Rounds *r, int lane) {
    assert(lane >= 0 && lane < r->n_lanes);
    assert(atomic_load(&r->share[lane].pin) == 0); /* it ended its last round */
    *l = (RoundLane){.rounds = r, .lane = lane, .at = r->first, .leads = lane == 0};
}

int round_pick_slot(RoundLane *l) {
    Rounds *r = l->rounds;
    uint32_t current = atomic_load(&r->slot), slot = 0;
    uint64_t taken[2] = {0};
    assert(l->leads);
    taken[current / 64] |= UINT64_C(1) << current % 64;
    for (int i = 0; i < r->n_lanes; i++) {
        uint32_t pin = atomic_load(&r->share[i].pin);
        if (pin) taken[(pin - 1) / 64] |= UINT64_C(1) << (pin - 1) % 64;
    }
    while (taken[slot / 64] >> slot % 64 & 1) slot++;
    assert((int)slot < round_slots(r->n_lanes));
    atomic_store(&r->slot, slot);
    l->slot = (int)slot;
    return l->slot;
}

/* ---- entering -------------------------------------------------------------------------------- */

static void round_open(Rounds *r, uint32_t number, int wakes) {
    park_set(&r->open, number, wakes);
}

/* false: the round is over. */
static bool round_await(Rounds *r, uint32_t number) {
    uint32_t open = park_look(&r->open);
    while (rounds_after(open, number) < 0) open = park_wait(&r->open, open, r->looks);
    return open == number;
}

/* Inputs may be read until round_end; false: it is too late for that. */
static bool round_pin(RoundLane *l) {
    Rounds *r = l->rounds;
    l->slot = (int)atomic_load(&r->slot);
    if (l->kind == ROUND_PLAIN) return true;
    atomic_store(&r->share[l->lane].pin, (uint32_t)l->slot + 1);
    if (atomic_load(&r->open.word) == l->at) return true;
    atomic_store(&r->share[l->lane].pin, 0);
    return false;
}

bool round_begin(RoundLane *l, int n_items, RoundKind kind) {
    assert(n_items >= 1 && n_items <= ROUND_ITEMS_MAX);
    l->kind = kind;
    l->n_items = n_items;
    l->done = 0;
    l->again = -1;
    if (l->leads) {
        l->leads = false;
        round_open(l->rounds, l->at, l->rounds->wakes);
    } else if (!round_await(l->rounds, l->at)) {
        l->at++;
        return false;
    }
    if (round_pin(l)) return true;
    l->at++;
    return false;
}

/* ---- items ----------------------------------------------------------------------------------- */

/* The first item of a lane's share. Plain: lane 0 has all, so that there is one counter. */
static unsigned share_from(const RoundLane *l, int lane) {
    if (l->kind == ROUND_PLAIN) return lane == 0 ? 0 : (unsigned)l->n_items;
    return (unsigned)((int64_t)l->n_items * lane / l->rounds->n_lanes);
}

/* One item of `owner`'s share, from the front for itself, from the back for a thief; -1: nothing is
   left, or the round is over. A share that still has an older number has not been touched in this
   round: it is whole, and the first to take from it writes the new number. */
static int round_take(RoundLane *l, int owner, bool back) {
    _Atomic uint64_t *range = &l->rounds->share[owner].range;
    uint64_t word = atomic_load_explicit(range, memory_order_relaxed);
    for (;;) {
        uint32_t number = (uint32_t)(word >> 32);
        unsigned from = (unsigned)(word >> 16) & 0xFFFF, to = (unsigned)word & 0xFFFF;
        if (rounds_after(number, l->at) > 0) return -1;
        if (number != l->at) {
            from = share_from(l, owner);
            to = share_from(l, owner + 1);
        }
        if (from >= to) return -1;
        uint64_t next = back ? word_of(l->at, from, to - 1) : word_of(l->at, from + 1, to);
        if (atomic_compare_exchange_weak_explicit(range, &word, next, memory_order_relaxed,
                                                  memory_order_relaxed)) {
            return (int)(back ? to - 1 : from);
        }
    }
}

/* Begins with the neighbour, so that lanes that are done do not all fall upon one. */
static int round_take_others(RoundLane *l) {
    int n_lanes = l->rounds->n_lanes, item = -1;
    for (int i = 1; item < 0 && i < n_lanes; i++) {
        item = round_take(l, (l->lane + i) % n_lanes, true);
    }
    return item;
}

bool round_claim(RoundLane *l, int item) {
    assert(l->kind == ROUND_REPEATABLE && item >= 0 && item < l->n_items);
    _Atomic uint32_t *state = &l->rounds->state[item];
    uint32_t was = atomic_load_explicit(state, memory_order_relaxed), claimed = l->at * 2;
    while (was < claimed) {
        if (atomic_compare_exchange_weak(state, &was, claimed)) return true;
    }
    return false;
}

void round_commit(RoundLane *l, int item) {
    /* claimed by this lane, and the round cannot end before it is done */
    assert(atomic_load_explicit(&l->rounds->state[item], memory_order_relaxed) == l->at * 2);
    atomic_store_explicit(&l->rounds->state[item], l->at * 2 + 1, memory_order_release);
    l->done++;
}

/* ---- the end of a round ---------------------------------------------------------------------- */

/* One lane only gets it: led goes from number - 1 to number once. */
static void round_elect(RoundLane *l) {
    uint32_t before = l->at - 1;
    l->leads = atomic_compare_exchange_strong(&l->rounds->led, &before, l->at);
}

/* Adds what this lane has done. */
static void round_count(RoundLane *l) {
    _Atomic uint64_t *count = &l->rounds->count;
    uint64_t word = atomic_load_explicit(count, memory_order_acquire);
    int n = 0;
    if (l->done == 0) return;
    do {
        uint32_t number = (uint32_t)(word >> 32);
        if (rounds_after(number, l->at) > 0) return;
        n = l->done + (number == l->at ? (int)(uint32_t)word : 0);
    } while (!atomic_compare_exchange_weak(count, &word,
                                           (uint64_t)l->at << 32 | (uint32_t)n));
    assert(n <= l->n_items); /* each item is handed over once; all lanes have the same number */
    l->done = 0;
    if (n == l->n_items) round_elect(l);
}

/* Has somebody been elected, or the next round been opened? Then there is nothing left to help
   with. */
static bool round_is_over(const RoundLane *l) {
    const Rounds *r = l->rounds;
    return l->leads || park_look(&r->open) != l->at ||
           rounds_after(atomic_load_explicit(&r->led, memory_order_acquire), l->at) >= 0;
}

/* An item that somebody took and did not finish, or -1. Leads when there is none at all. */
static int round_unfinished(RoundLane *l) {
    uint32_t claimed = l->at * 2;
    bool all_done = true;
    if (l->again < 0) l->again = (int)share_from(l, l->lane) % l->n_items;
    for (int i = 0; i < l->n_items; i++) {
        int item = (l->again + i) % l->n_items;
        uint32_t is = atomic_load_explicit(&l->rounds->state[item], memory_order_acquire);
        if (is < claimed) {
            l->again = (item + 1) % l->n_items;
            return item;
        }
        if (is == claimed) all_done = false;
    }
    if (all_done) round_elect(l);
    return -1;
}

/* Nothing is left to take: waits a while for those who hold the last items, then repeats one of
   them. With more lanes than CPUs it repeats at once, since the holder may not run at all. */
static int round_help(RoundLane *l) {
    int looks = l->again < 0 ? HELP_LOOKS : HELP_LOOKS_MORE;
    if (l->rounds->looks == 0) looks = 0;
    for (int i = 0; i < looks; i++) {
        if (round_is_over(l)) return -1;
        park_pause();
    }
    return round_is_over(l) ? -1 : round_unfinished(l);
}

/* A lane counts before it looks at what the others have, which takes a miss of the cache each: the
   one that counts last leads at once. */
int round_next(RoundLane *l) {
    bool plain = l->kind == ROUND_PLAIN;
    int item = round_take(l, plain ? 0 : l->lane, false);
    if (plain && item >= 0) l->done++;
    if (plain || item >= 0) return item;
    round_count(l);
    if (l->leads) return -1;
    item = round_take_others(l);
    return item >= 0 ? item : round_help(l);
}

void round_end(RoundLane *l) {
    if (l->kind == ROUND_PLAIN) round_count(l);
    else atomic_store_explicit(&l->rounds->share[l->lane].pin, 0, memory_order_release);
    l->at++;
}

/* Opens a number that no lane of this job can reach: each of them finds all its rounds over. */
void round_stop(RoundLane *l) {
    assert(l->leads);
    atomic_store(&l->rounds->stopped, true);
    l->leads = false;
    round_open(l->rounds, l->at + STOP_JUMP, PARK_ALL);
}

/* The leader of the last round opens the one behind it, which nobody runs: lanes that are late find
   theirs over. */
void round_leave(RoundLane *l) {
    if (!l->leads) return;
    l->leads = false;
    round_open(l->rounds, l->at, PARK_ALL);
}
