/*
 * The body of wave.h, last part: the output head, whole or screened.
 *
 * Whole: one product with the output matrix, rows of logits as they are.
 *
 * Screened (WaveHead.best = k > 0): every row gets the same k greatest logits, bit for bit, and all
 * that equal the k-th; any other logit may be -inf. Bytes are what decode costs, and the screen
 * (screen.h) has three quarters to half as many as the matrix. Three steps, the first and the last
 * of them rounds of items of HEAD_ITEM rows:
 *
 *     bounds   the coarse product, and above it for each row what its exact logit is at most. The
 *              bounds stand where the logits will be
 *     floor    by the lane that leads: the panels of the greatest bounds are multiplied exactly.
 *              The k-th greatest of those logits is a floor: k rows reach it, so no row whose bound
 *              is below can be among the k greatest. The others are marked
 *     exact    panels with marked rows are multiplied exactly; what is not marked becomes -inf
 *
 * A panel gives the same bytes alone as in the whole product (kernels.h, batch invariance), which
 * is why nothing depends on what was marked, on threads or on the other rows of the call.
 *
 * Bounds. With the norms of screen.c and the activations x (as the exact product sees them) and x'
 * (as the coarse one does, quantised once more in the screen's order),
 *
 *     exact <= coarse + top |x'_t| + rest |x'_r| + row (|x - x'| + ulps (|x| + |x'|))
 *
 * The last term stands for the roundings of both float sums: each is a sum of products, in whatever
 * order, with less than cols + 64 roundings on the way of each; a relative error of 2^-24 each, and
 * sum |w_i x_i| <= |w| |x|. Double that, for the errors of errors. Multiplying and adding the bound
 * itself is covered by HEAD_SPARE. What is denormal is rounded by up to 2^-150, however small it is
 * itself; all of that, in some 2^21 roundings, is below HEAD_TINY, which vanishes beside any bound
 * of a usual size.
 *
 * Up to WAVE_SCREEN_ROWS rows: with more of them it is multiplying that takes the time and not
 * reading, and the coarse product is one more. (2 threads of Zen 5, ms of the head on a text, whole
 * and screened, before the memory was asked for more: 1.5B with 3, 4, 6, 8 rows 2.91 2.85, 2.95
 * 2.89, 3.52 3.66, 4.17 4.83; 0.5B 2.01 1.62, 2.03 1.70, 2.13 2.37, 2.28 2.99; Gemma 270M 2.40
 * 2.18, 2.46 2.27, 2.59 3.10, 2.80 3.96.)
 *
 * A state that is no number has no logits, although a product of integers makes some of it: who
 * quantises finds no scale and writes zeros. So the state itself is looked at (wave_logits).
 *
 * Where it gives up, the product is whole: an input, a bound or an exact logit that is no number;
 * more than half of the panels marked. And where it does not pay (random weights: every row may be
 * the best), it is tried again after 1, 3, 7 .. 1023 calls without (Wave.head_pause).
 */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "model/lane.h"

enum {
    HEAD_ITEM = 256, /* rows */
    HEAD_PAUSE_MAX = 1023,
    HEAD_LOOK = 128, /* panels, for the next one that is marked */
    HEAD_MORE = 3,   /* bounds beyond k whose panels make the floor */
    HEAD_ASKED = 8192, /* bytes, and as far as avx512-ahead asks for weights */
};
static const float HEAD_SPARE = 1.0001f, HEAD_SUM_SPARE = 0x1p-20f, HEAD_TINY = 0x1p-126f;

_Static_assert((int)WAVE_HEAD_ROWS <= (int)LANE_SMALL_TOKENS, "rows go where they are wanted");
_Static_assert(HEAD_ITEM % KERN_PANEL_ROWS == 0, "items are whole panels");
_Static_assert((int)HEAD_ITEM <= (int)LANE_SLICE_MAX, "a lane has memory for them");

_Static_assert(HEAD_ITEM % SCREEN_ROWS == 0, "items are whole groups of the screen");
_Static_assert((int)WAVE_SCREEN_ROWS <= (int)WAVE_HEAD_ROWS, "rows that are screened");
_Static_assert(KERN_PANEL_ROWS == 16, "marks of a panel are a uint16_t");

/* A token's share of the bounds. */
typedef struct HeadBound {
    float top, rest, row;
} HeadBound;

typedef struct HeadWork HeadWork;
struct HeadWork {
    Wave *w;
    const WaveHead *job;
    HeadBound bound[WAVE_SCREEN_ROWS];
    float floor[WAVE_SCREEN_ROWS];
    bool screened;
    bool whole;       /* after all: set by who leads */
    size_t marked;    /* panels */
    atomic_bool odd;  /* an input or a bound is no number */
    atomic_bool damaged[WAVE_HEAD_ROWS];
};

/* By the bits of exponents, so that it vectorises. */
static bool all_finite(const float *x, size_t n) {
    const uint32_t exponent = 0x7f800000u;
    uint32_t odd = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        odd |= (bits & exponent) == exponent;
    }
    return odd == 0;
}

/* Is the state that a row of logits is made of a vector of numbers? */
static bool head_state_finite(const Wave *w, int row) {
    size_t n_embd = (size_t)w->model->hyper.n_embd;
    return all_finite(row_of(w->out, row, n_embd), n_embd);
}

/* Notes for the caller that a row's logits are no numbers; any lane may, none takes it back. */
static void head_check(HeadWork *work, int t, const float *logits, size_t n) {
    if (all_finite(logits, n)) return;
    atomic_store_explicit(&work->damaged[t], true, memory_order_relaxed);
}

/* ---- whole ----------------------------------------------------------------------------------- */

/* Some logits of a row: capped, and looked at. */
static void head_finish(Lane *ln, const LaneProduct *p, int t, LaneSpan some) {
    float cap = (float)ln->model->hyper.logit_cap;
    if (cap > 0) ln->kern->tanh_cap(some.at, some.n, cap);
    head_check(p->user, t, some.at, some.n);
}

/* The whole product, items of any lane's choice. */
static void head_whole(Lane *ln, HeadWork *work) {
    LaneProduct product = {.mat = &ln->model->head, .rows = work->job->rows,
                           .finish = head_finish, .user = work};
    lane_multiply_all(ln, &product, 1);
}

/* ---- screened: bounds ------------------------------------------------------------------------ */

static size_t head_items(const Model *m) {
    return ((size_t)m->head.rows + HEAD_ITEM - 1) / HEAD_ITEM;
}

size_t head_marks_bytes(const Model *m) {
    return head_items(m) * (HEAD_ITEM / 8);
}

size_t head_tops_bytes(const Model *m) {
    return head_items(m) * sizeof(float);
}

static LaneRange head_range(const Model *m, int item) {
    size_t from = (size_t)item * HEAD_ITEM, rows = m->head.rows;
    assert(from < rows);
    return (LaneRange){from, rows - from < HEAD_ITEM ? rows : from + HEAD_ITEM};
}

/* Activations as the coarse product reads them; x of all of them. */
static KernAct head_coarse_act(const Lane *ln) {
    const Wave *w = ln->w;
    ScreenGroup g = screen_group(&ln->model->screen, 0);
    unsigned formats = ln->kern->act_formats(&g.top, ln->m) | ln->kern->act_formats(&g.rest, ln->m);
    KernAct act;
    kern_act_init(&act, formats, ln->m, ln->model->screen.cols, w->screen_act);
    act.x = w->screen_x;
    act.ldx = act.cols;
    return act;
}

static double norm_of(const float *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)x[i] * (double)x[i];
    return sqrt(sum);
}

/* Rounded to float and raised by 1e-4: more than the rounding can have taken away. */
static float head_up(double x) {
    return (float)x * HEAD_SPARE;
}

/* All three [cols] in the screen's order; apart is for this function's use. */
static HeadBound head_bound(const Screen *s, const float *exact, const float *coarse,
                            float *apart) {
    assert(0 < s->top && s->top < s->cols);
    size_t cols = s->cols, top = s->top;
    for (size_t i = 0; i < cols; i++) apart[i] = exact[i] - coarse[i];
    double ulps = (double)(cols + 64) * 0x1p-23;
    double sums = ulps * (norm_of(exact, cols) + norm_of(coarse, cols));
    return (HeadBound){.top = head_up(norm_of(coarse, top)),
                       .rest = head_up(norm_of(coarse + top, cols - top)),
                       .row = head_up(norm_of(apart, cols) + sums)};
}

/* After lane_quantise_tokens of the same tokens. What is quantised anew is what was made of the
   inputs, not they themselves: so there is one error between the two and not two. */
static void head_coarse_tokens(Lane *ln, const LaneStep *step, int t0, int t1) {
    Wave *w = ln->w;
    const Screen *s = &ln->model->screen;
    KernAct act = head_coarse_act(ln);
    size_t cols = s->cols;
    lane_place_act(ln);
    for (int t = t0; t < t1; t++) {
        float *values = row_of(w->screen_values, 2 * t, cols);
        float *placed = row_of(w->screen_x, t, cols);
        kern_act_values(&ln->act, t, values);
        for (size_t i = 0; i < cols; i++) placed[i] = values[s->order[i]];
        /* what becomes of such an input in a product is not the same in any order */
        bool finite = head_state_finite(w, w->head->job->first + t);
        if (!finite) atomic_store_explicit(&w->head->odd, true, memory_order_relaxed);
    }
    ln->kern->act_fill(&act, t0, t1);
    for (int t = t0; t < t1; t++) {
        float *coarse = row_of(w->screen_values, 2 * t, cols);
        kern_act_values(&act, t, coarse);
        w->head->bound[t] = head_bound(s, row_of(w->screen_x, t, cols), coarse, coarse + cols);
    }
}

/* The norms of a group as floats, once for all tokens. */
typedef struct HeadNorms {
    float of[SCREEN_NORMS][SCREEN_ROWS];
} HeadNorms;

static void head_norms(const uint16_t *norms, HeadNorms *out) {
    for (int i = 0; i < SCREEN_NORMS * SCREEN_ROWS; i++) {
        uint32_t bits = (uint32_t)norms[i] << 16;
        memcpy(&out->of[0][0] + i, &bits, sizeof bits);
    }
}

/* sums: the top's products of one group; become bounds. Made where nothing else can overlap, so
   that it vectorises. */
static void head_raise(const HeadBound *b, const HeadNorms *norms, float *sums, const float *rest) {
    const HeadBound by = *b;
    float bounds[SCREEN_ROWS];
    for (int i = 0; i < SCREEN_ROWS; i++) {
        float sum = sums[i] + rest[i];
        float far = by.top * norms->of[SCREEN_OF_TOP][i] + by.rest * norms->of[SCREEN_OF_REST][i] +
                    by.row * norms->of[SCREEN_OF_ROW][i];
        bounds[i] = sum + (far * HEAD_SPARE + fabsf(sum) * HEAD_SUM_SPARE + HEAD_TINY);
    }
    memcpy(sums, bounds, sizeof bounds);
}

/* Asks the memory for n bytes. It may be asked for what lies behind the end, which is harmless. */
static void head_prefetch(const void *at, size_t n) {
    for (size_t i = 0; i < n; i += KERN_ALIGN) __builtin_prefetch((const char *)at + i);
}

/* Kernels read a group as a stream, but for its norms; and while bounds are made of the products,
   nobody reads: so there the memory is asked for a part of what comes, behind the part that the
   kernels have asked for. */
static void head_bounds_group(Lane *ln, const KernAct act[2], size_t group, size_t at) {
    const Wave *w = ln->w;
    ScreenGroup g = screen_group(&ln->model->screen, group);
    KernMatmul top = {&g.top, &act[0], ln->slice + at, HEAD_ITEM, ln->scratch};
    KernMatmul rest = {&g.rest, &act[1], ln->slice_up + at, HEAD_ITEM, ln->scratch};
    size_t n_rest = kern_packed_bytes(g.rest.type, SCREEN_ROWS, g.rest.cols);
    HeadNorms norms;
    head_prefetch(g.norms, sizeof(uint16_t) * SCREEN_NORMS * SCREEN_ROWS);
    ln->kern->matmul(&top, 0, SCREEN_ROWS);
    ln->kern->matmul(&rest, 0, SCREEN_ROWS);
    head_prefetch((const char *)g.rest.data + n_rest + HEAD_ASKED, HEAD_ASKED);
    head_norms(g.norms, &norms);
    for (int t = 0; t < ln->m; t++) {
        head_raise(&w->head->bound[t], &norms, row_of(ln->slice, t, HEAD_ITEM) + at,
                   row_of(ln->slice_up, t, HEAD_ITEM) + at);
    }
}

/* The greatest of n >= 1 numbers, by halves, so that it vectorises; x is used up. */
static float greatest(float *x, size_t n) {
    while (n > 1) {
        size_t half = (n + 1) / 2;
        for (size_t i = 0; i < n - half; i++) x[i] = x[half + i] > x[i] ? x[half + i] : x[i];
        n = half;
    }
    return x[0];
}

static void head_bounds_item(Lane *ln, HeadWork *work, const KernAct act[2], int item) {
    Wave *w = ln->w;
    LaneRange r = head_range(ln->model, item);
    size_t n = r.to - r.from;
    for (size_t at = 0; at < n; at += SCREEN_ROWS) {
        head_bounds_group(ln, act, (r.from + at) / SCREEN_ROWS, at);
    }
    if (!round_claim(&ln->round, item)) return;
    for (int t = 0; t < ln->m; t++) {
        float *bounds = row_of(ln->slice, t, HEAD_ITEM);
        if (!all_finite(bounds, n)) atomic_store_explicit(&work->odd, true, memory_order_relaxed);
        memmove(work->job->rows[t] + r.from, bounds, n * sizeof(float)); /* never rep movs */
        row_of(w->screen_tops, t, head_items(ln->model))[item] = greatest(bounds, n);
    }
    round_commit(&ln->round, item);
}

static void head_bounds(Lane *ln, HeadWork *work) {
    const Screen *s = &ln->model->screen;
    if (!round_begin(&ln->round, (int)head_items(ln->model), ROUND_REPEATABLE)) return;
    KernAct all = head_coarse_act(ln), act[2];
    kern_act_columns(&all, 0, s->top, &act[0]);
    kern_act_columns(&all, s->top, s->cols - s->top, &act[1]);
    act[1].x += s->top;
    for (int item; (item = round_next(&ln->round)) >= 0;) head_bounds_item(ln, work, act, item);
    round_end(&ln->round);
}

/* ---- screened: the floor --------------------------------------------------------------------- */

/* The n greatest so far, in order. */
typedef struct HeadBest {
    int n, most;
    struct {
        float value;
        uint32_t row;
    } at[WAVE_BEST_MAX];
} HeadBest;

/* Insertion into the n greatest; on a tie the row that came first stays before. */
static void head_keep(HeadBest *b, float value, size_t row) {
    int i = b->n;
    if (i == b->most && value <= b->at[i - 1].value) return;
    if (i < b->most) b->n++;
    else i--;
    for (; i > 0 && value > b->at[i - 1].value; i--) b->at[i] = b->at[i - 1];
    b->at[i].value = value;
    b->at[i].row = (uint32_t)row;
}

/* Rows from..to-1 of the matrix, multiples of 16 but for the end, into ln->slice [m][HEAD_ITEM]. */
static void head_multiply(Lane *ln, size_t from, size_t to, size_t at) {
    KernMat rows = ln->model->head;
    assert(from % KERN_PANEL_ROWS == 0 && from < to && at + (to - from) <= HEAD_ITEM);
    size_t before = kern_packed_bytes(rows.type, from, rows.cols); /* 0 of none */
    rows.data = (const char *)rows.data + before;
    rows.rows = (uint32_t)(to - from);
    KernMatmul job = {&rows, &ln->act, ln->slice + at, HEAD_ITEM, ln->scratch};
    ln->kern->matmul(&job, 0, rows.rows);
}

static size_t panel_end(const Model *m, size_t row) {
    return m->head.rows - row < KERN_PANEL_ROWS ? m->head.rows : row + KERN_PANEL_ROWS;
}

/* Was the panel of entry i that of an earlier one? */
static bool head_seen(const HeadBest *b, int i) {
    for (int j = 0; j < i; j++) {
        if (b->at[j].row / KERN_PANEL_ROWS == b->at[i].row / KERN_PANEL_ROWS) return true;
    }
    return false;
}

/* The k-th greatest exact logit of the panels where the greatest bounds are. A few more than k: the
   greatest bound is not always the greatest logit, and a higher floor marks fewer rows. */
static float head_floor(Lane *ln, const HeadWork *work, int t) {
    assert(0 < work->job->best && work->job->best <= WAVE_BEST_MAX);
    const Model *m = ln->model;
    const float *bounds = work->job->rows[t];
    const float *tops = row_of(ln->w->screen_tops, t, head_items(m));
    int k = work->job->best, most = k + HEAD_MORE;
    if (most > WAVE_BEST_MAX) most = WAVE_BEST_MAX;
    HeadBest rows = {.most = most}, exact = {.most = k};
    for (size_t item = 0; item < head_items(m); item++) {
        if (rows.n == rows.most && tops[item] <= rows.at[rows.n - 1].value) continue;
        LaneRange r = head_range(m, (int)item);
        for (size_t row = r.from; row < r.to; row++) head_keep(&rows, bounds[row], row);
    }
    for (int i = 0; i < rows.n; i++) {
        if (head_seen(&rows, i)) continue;
        size_t from = rows.at[i].row / KERN_PANEL_ROWS * KERN_PANEL_ROWS, to = panel_end(m, from);
        head_multiply(ln, from, to, 0);
        const float *logits = row_of(ln->slice, t, HEAD_ITEM);
        if (!all_finite(logits, to - from)) return NAN;
        for (size_t row = from; row < to; row++) head_keep(&exact, logits[row - from], row);
    }
    return exact.n == exact.most ? exact.at[exact.n - 1].value : -INFINITY;
}

static uint16_t *head_marks(const Lane *ln, int t) {
    return ln->w->screen_marks + (size_t)t * (head_marks_bytes(ln->model) / sizeof(uint16_t));
}

/* One bit a row, one word a panel. Written so that what is no number is marked. */
static uint16_t head_mark_panel(const float *bounds, size_t n, float floor) {
    unsigned marks = 0, any = 0;
    for (size_t i = 0; i < n; i++) any |= (unsigned)!(bounds[i] < floor);
    if (!any) return 0;
    for (size_t i = 0; i < n; i++) marks |= (unsigned)!(bounds[i] < floor) << i;
    return (uint16_t)marks;
}

/* Can any row of the item be among the greatest? Written so that NaN reaches. */
static bool head_reaches(const Lane *ln, const HeadWork *work, int t, size_t item) {
    return !(row_of(ln->w->screen_tops, t, head_items(ln->model))[item] < work->floor[t]);
}

/* Marks the rows of an item; adds the panels in which somebody has one. */
static void head_mark_item(const Lane *ln, HeadWork *work, size_t item) {
    LaneRange r = head_range(ln->model, (int)item);
    uint16_t any[HEAD_ITEM / KERN_PANEL_ROWS] = {0};
    for (int t = 0; t < ln->m; t++) {
        if (!head_reaches(ln, work, t, item)) continue;
        for (size_t row = r.from; row < r.to; row = panel_end(ln->model, row)) {
            size_t panel = row / KERN_PANEL_ROWS;
            uint16_t marks = head_mark_panel(work->job->rows[t] + row,
                                             panel_end(ln->model, row) - row, work->floor[t]);
            head_marks(ln, t)[panel] = marks;
            any[panel % ARRAY_LEN(any)] |= marks;
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(any); i++) work->marked += any[i] != 0;
}

/* By the lane that leads, between the rounds. */
static void head_decide(Lane *ln, HeadWork *work) {
    size_t panels = ((size_t)ln->model->head.rows + KERN_PANEL_ROWS - 1) / KERN_PANEL_ROWS;
    assert(work->marked == 0 && !work->whole);
    work->whole = atomic_load_explicit(&work->odd, memory_order_relaxed);
    lane_place_act(ln);
    for (int t = 0; t < ln->m && !work->whole; t++) {
        work->floor[t] = head_floor(ln, work, t);
        work->whole = isnan(work->floor[t]);
    }
    for (size_t item = 0; item < head_items(ln->model) && !work->whole; item++) {
        head_mark_item(ln, work, item);
        work->whole = work->marked > panels / 2;
    }
}

/* ---- screened: exact ------------------------------------------------------------------------- */

/* Is some row of the panel marked? */
static bool head_wanted(const Lane *ln, const HeadWork *work, size_t item, size_t panel) {
    for (int t = 0; t < ln->m; t++) {
        if (head_reaches(ln, work, t, item) && head_marks(ln, t)[panel]) return true;
    }
    return false;
}

/* Logits of token t: all of them, or those that are marked. */
static void head_hand_over(const Lane *ln, HeadWork *work, int t, size_t item) {
    LaneRange r = head_range(ln->model, (int)item);
    float *to = work->job->rows[t];
    const float *exact = row_of(ln->slice, t, HEAD_ITEM);
    if (work->whole) {
        memcpy(to + r.from, exact, (r.to - r.from) * sizeof(float));
        head_check(work, t, exact, r.to - r.from);
        return;
    }
    for (size_t row = r.from; row < r.to; row++) to[row] = -INFINITY;
    if (!head_reaches(ln, work, t, item)) return;
    const uint16_t *panels = head_marks(ln, t);
    for (size_t row = r.from; row < r.to; row += KERN_PANEL_ROWS) {
        for (unsigned marks = panels[row / KERN_PANEL_ROWS]; marks; marks &= marks - 1) {
            size_t marked = row + (size_t)__builtin_ctz(marks);
            to[marked] = exact[marked - r.from];
            head_check(work, t, &to[marked], 1);
        }
    }
}

/* Asks the memory for the next marked panel behind this one: panels far apart are no stream that
   the processor or a kernel would see coming. */
static void head_ask(const Lane *ln, const HeadWork *work, size_t panel) {
    const KernMat *head = &ln->model->head;
    size_t bytes = kern_packed_bytes(head->type, KERN_PANEL_ROWS, head->cols);
    size_t panels = head->rows / KERN_PANEL_ROWS, end = panel + HEAD_LOOK;
    for (panel++; panel < end && panel < panels; panel++) {
        if (!head_wanted(ln, work, panel / (HEAD_ITEM / KERN_PANEL_ROWS), panel)) continue;
        head_prefetch((const char *)head->data + panel * bytes, bytes);
        return;
    }
}

/* Exact logits of an item: all of it, or only the panels that somebody wants. */
static void head_exact_item(Lane *ln, HeadWork *work, int item) {
    LaneRange r = head_range(ln->model, item);
    if (work->whole) head_multiply(ln, r.from, r.to, 0);
    for (size_t row = r.from; row < r.to && !work->whole; row = panel_end(ln->model, row)) {
        if (!head_wanted(ln, work, (size_t)item, row / KERN_PANEL_ROWS)) continue;
        head_ask(ln, work, row / KERN_PANEL_ROWS);
        head_multiply(ln, row, panel_end(ln->model, row), row - r.from);
    }
    if (!round_claim(&ln->round, item)) return;
    for (int t = 0; t < ln->m; t++) head_hand_over(ln, work, t, (size_t)item);
    round_commit(&ln->round, item);
}

static void head_exact(Lane *ln, HeadWork *work) {
    if (!round_begin(&ln->round, (int)head_items(ln->model), ROUND_REPEATABLE)) return;
    lane_place_act(ln);
    for (int item; (item = round_next(&ln->round)) >= 0;) head_exact_item(ln, work, item);
    round_end(&ln->round);
}

/* ---- both ------------------------------------------------------------------------------------ */

static void head_screened(Lane *ln, HeadWork *work) {
    assert(ln->m <= WAVE_SCREEN_ROWS && ln->model->screen.order);
    lane_push(ln, (LaneStep){.fn = head_coarse_tokens});
    lane_flush(ln);
    head_bounds(ln, work);
    if (round_leads(&ln->round)) head_decide(ln, work);
    head_exact(ln, work);
}

static void head_thread(void *user, int thread, int n_threads) {
    HeadWork *work = user;
    Wave *w = work->w;
    size_t n_embd = (size_t)w->model->hyper.n_embd;
    const KernMat *mats[] = {&w->model->head};
    Lane ln;
    if (thread > 0 && thread >= n_threads - w->lanes_away) return;
    lane_init(&ln, w, thread, work->job->n);
    lane_quantise(&ln, w->out + (size_t)work->job->first * n_embd, n_embd, mats, 1);
    if (work->screened) head_screened(&ln, work);
    else head_whole(&ln, work);
    round_leave(&ln.round);
}

/* Can the inputs be taken apart again? */
static bool head_reads(unsigned formats) {
    return formats == KERN_ACT_I8 || formats == KERN_ACT_I8K || formats == KERN_ACT_I16 ||
           formats == KERN_ACT_F32;
}

/* Is this call screened? Only where few rows want few logits, both products can be taken apart, and
   the last tries paid. */
static bool head_screens(Wave *w, const WaveHead *job) {
    const Model *m = w->model;
    bool asked = job->best > 0 && job->best <= WAVE_BEST_MAX && job->n <= WAVE_SCREEN_ROWS;
    if (!asked || !m->screen.order) return false;
    ScreenGroup g = screen_group(&m->screen, 0);
    unsigned coarse = w->kern->act_formats(&g.top, job->n) | w->kern->act_formats(&g.rest, job->n);
    if (!head_reads(w->kern->act_formats(&m->head, job->n)) || !head_reads(coarse)) return false;
    if (w->head_pause == 0) return true;
    w->head_pause--;
    return false;
}

/* Were fewer bytes read than the matrix has? */
static bool head_paid(const HeadWork *work) {
    assert(work->screened);
    const KernMat *head = &work->w->model->head;
    uint64_t panel = kern_packed_bytes(head->type, KERN_PANEL_ROWS, head->cols);
    uint64_t all = kern_packed_bytes(head->type, head->rows, head->cols);
    return !work->whole && screen_bytes(&work->w->model->screen) + work->marked * panel < all;
}

/* Did not pay: twice as long a pause as the last one. Paid: none. */
static void head_learn(Wave *w, const HeadWork *work) {
    int next = 2 * w->head_pause_last + 1;
    if (head_paid(work)) next = 0;
    w->head_pause = w->head_pause_last = next < HEAD_PAUSE_MAX ? next : HEAD_PAUSE_MAX;
}

void wave_logits(Wave *w, const WaveHead *job) {
    HeadWork work = {.w = w, .job = job, .screened = head_screens(w, job)};
    assert(job->n >= 1 && job->n <= WAVE_HEAD_ROWS);
    assert(0 <= job->first && job->first + job->n <= w->m_max && w->model->head.data);
    w->head = &work;
    rounds_start(w->rounds);
    pool_run(w->pool, head_thread, &work);
    w->head = NULL;
    if (work.screened) head_learn(w, &work);
    for (int i = 0; i < job->n; i++) {
        job->finite[i] = !atomic_load_explicit(&work.damaged[i], memory_order_relaxed) &&
                         head_state_finite(w, job->first + i);
    }
}
