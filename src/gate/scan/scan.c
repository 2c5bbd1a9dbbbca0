/*
 * The pass: windows of text, places where something may begin, and what wins where finds overlap.
 *
 * A window of WINDOW_STEP bytes is folded together with some bytes before it (WINDOW_BEFORE, or the
 * sentence that the tagger has begun there) and OVERLAP bytes behind it. What begins in the step is
 * found in this window, however far it reaches (all formats are shorter than OVERLAP); what begins
 * behind it is left to the next one. So memory is one window's, and no find is cut.
 *
 *     text      ......|=========== step ===========|=========== next step =====...
 *     window      |bef|            step            |  overlap  |
 *     base -------^   ^ from                       ^ limit     ^ base + FOLD_WINDOW at most
 *
 * Places inside a window are uint32_t in the folded view; fold_start and fold_end lead back to the
 * window, and `base` to the text. Spans hold places of the text alone.
 *
 * Four detectors see each window, in this order, since each leaves the bytes that an earlier one
 * took (but for the user's own words, which swallow what lies inside them): formats at anchors,
 * own words, the tagger, what a reader named. Data (a picture as text) is looked for at last, over
 * what was found in the whole text.
 *
 * Where may something begin? anchor.c says so for a block of bytes at once: digits, '@', "://", the
 * first letters of key prefixes and of words such as "password". In ordinary text these are few. At
 * an anchor the format's own small automaton takes over and returns where to go on; none walks back
 * over what another has walked (`floor`), so that no text is read more than a constant number of
 * times.
 *
 * Overlaps: finds arrive nearly in order and the list is kept sorted and disjoint. A newcomer must
 * beat everything that it overlaps: a longer find beats one that it contains unless it is much less
 * certain (0.3), otherwise the more certain wins, of equals the longer one. For example
 *
 *     [10,26) card 0.95   then [10,22) phone 0.70     phone is dropped: the card holds it
 *     [10,22) phone 0.70  then [10,26) card 0.95      phone gives way
 *     [10,40) url 0.50    then [20,36) card 0.95      url gives way: 0.95 > 0.50 + 0.3
 *
 * Cost of a newcomer: the spans that it overlaps, and what stands behind its place, which is little
 * because finds come nearly in order.
 */
#include <assert.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "gate/scan/impl.h"

enum { WINDOW_BEFORE = 512 };

static const struct {
    const char *name;
    ScanType type;
} kinds[KIND_COUNT] = {
#define X(name, text, type) [KIND_##name] = {text, SCAN_##type},
    SCAN_KINDS(X)
#undef X
};
_Static_assert(SCAN_TYPE_COUNT < 0xFF, "a type is a byte; 0xFF is none (own.c)");
_Static_assert((int)WINDOW_STEP > (int)WINDOW_OVERLAP && (int)WINDOW_BEFORE < (int)SENTENCE_BEFORE,
               "a window has more of its own than it shares");

int scan_type_from_name(Str name) {
    for (int t = 0; t < SCAN_TYPE_COUNT; t++) {
        if (str_eq_c(name, scan_type_name((ScanType)t))) return t;
    }
    return -1;
}

const char *scan_kind_name(ScanKind kind) {
    assert((unsigned)kind < KIND_COUNT); /* one of a policy has no name: scan_kind_detector */
    return kinds[kind].name;
}

const char *scan_type_name(ScanType type) {
    static const char *const names[SCAN_TYPE_COUNT] = {
        "person", "address", "org",  "id",     "phone",   "bank", "email",
        "secret", "place",   "date", "health", "finance", "other"};
    assert((unsigned)type < SCAN_TYPE_COUNT);
    return names[type];
}

ScanDetector scan_kind_detector(ScanKind kind) {
    if (kind >= KIND_COUNT) return DETECTOR_POLICY;
    if (kind >= KIND_TAG_PERSON && kind <= KIND_TAG_OTHER) return DETECTOR_TAGGER;
    return kind == KIND_OWN ? DETECTOR_OWN : kind == KIND_SAID ? DETECTOR_MODEL : DETECTOR_FORMAT;
}

const char *scan_detector_name(ScanDetector detector) {
    static const char *const names[DETECTOR_COUNT] = {"format", "tagger", "own words", "model",
                                                      "policy"};
    assert((unsigned)detector < DETECTOR_COUNT);
    return names[detector];
}

int scan_span_order(const void *a, const void *b) {
    const ScanSpan *x = a, *y = b;
    if (x->start != y->start) return x->start < y->start ? -1 : 1;
    return (x->end < y->end) - (x->end > y->end);
}

/* ---- the scanner --------------------------------------------------------------------------- */

Status gate_scanner_new(Scanner **out, Err *err) {
    Scanner *s = mem_zalloc(sizeof *s);
    if (!s) return err_no_memory(err, "a scanner");
    Status status = fold_init(&s->fold, err);
    if (status == OK) status = names_model_shared(&s->model, err);
    if (status == OK) status = names_new(s->model, &s->names, err);
    if (status == OK && !(s->words = context_new(&s->fold))) {
        status = err_no_memory(err, "a scanner's words");
    }
    if (status != OK) {
        gate_scanner_free(s);
        return status;
    }
    shape_index(&s->shapes);
    secret_index(s);
    mail_index(s);
    spoken_index(s);
    login_index(s);
    road_index(s);
    *out = s;
    return OK;
}

void gate_scanner_free(Scanner *s) {
    if (!s) return;
    fold_fini(&s->fold);
    context_free(s->words);
    names_free(s->names);
    names_head_free(s->head);
    own_free(s->own);
    own_free(s->said);
    mem_free(s->spared);
    mem_free(s->tagged);
    mem_free(s->joined);
    mem_free(s->spans);
    mem_free(s);
}

Status gate_scanner_look(Scanner *s, const NamesSense *sense, Err *err) {
    if (sense && !s->head) TRY(names_head_read(names_head_built_in(), &s->head, err));
    if (sense && !names_head_fits(s->head, s->model)) {
        return err_set(err, E_UNSUPPORTED, "the tagger's head was learned for another tagger");
    }
    return names_look(s->names, s->head, sense, err);
}

void gate_scanner_deafen(Scanner *s, bool deaf) {
    names_deafen(s->names, deaf);
}

void gate_scanner_lean(Scanner *s, float nats) {
    names_lean(s->names, nats);
}

void gate_scanner_heed(Scanner *s, const atomic_bool *cancel) {
    s->cancel = cancel;
}

bool gate_scanner_blind(const Scanner *s) {
    return names_blind(s->names);
}

/* ---- what was found ------------------------------------------------------------------------ */

static bool beats(const ScanSpan *a, const ScanSpan *b) {
    size_t na = a->end - a->start, nb = b->end - b->start;
    bool a_holds = a->start <= b->start && a->end >= b->end && na > nb;
    bool b_holds = b->start <= a->start && b->end >= a->end && nb > na;
    if (a_holds) return a->score >= b->score - 0.3f;
    if (b_holds) return a->score > b->score + 0.3f;
    if (a->score != b->score) return a->score > b->score;
    return na > nb;
}

/* All or nothing: a newcomer that loses against one of those it overlaps changes none of them.
   last_at, last_end and last_score tell number.c what the find just made covers. */
void scan_emit(Scanner *s, uint32_t at, uint32_t end, ScanKind kind, double score) {
    ScanSpan span = {.start = s->base + fold_start(&s->fold, at),
                     .end = s->base + fold_end(&s->fold, end),
                     .type = kinds[kind].type,
                     .kind = kind,
                     .score = (float)score};
    if (s->status != OK || span.end <= span.start) return;
    assert(at < end && end <= s->fold.n && (unsigned)kind < KIND_COUNT);
    size_t from = s->n_spans; /* first kept span that does not end before */
    while (from > 0 && s->spans[from - 1].end > span.start) from--;
    size_t to = from; /* first that begins behind */
    for (; to < s->n_spans && s->spans[to].start < span.end; to++) {
        if (!beats(&span, &s->spans[to])) return;
    }
    s->status = mem_grow((void **)&s->spans, &s->cap_spans, s->n_spans + 1, sizeof span,
                         SCAN_SPANS_MAX, s->err);
    if (s->status != OK) return;
    memmove(s->spans + from + 1, s->spans + to, (s->n_spans - to) * sizeof span);
    s->spans[from] = span;
    s->n_spans = s->n_spans - (to - from) + 1;
    assert(from == 0 || s->spans[from - 1].end <= span.start);
    assert(from + 1 == s->n_spans || s->spans[from + 1].start >= span.end);
    s->last_at = at;
    s->last_end = end;
    s->last_score = span.score;
}

/* ---- the pass ------------------------------------------------------------------------------ */

/* A number, and what else begins with digits: told by their count and the byte behind them. */
static uint32_t at_digits(Scanner *s, uint32_t x) {
    enum { LONG = 26 };
    const Fold *v = &s->fold;
    uint32_t small = small_number_end(v, x, x < s->loose_until);
    if (small) return s->floor = small;
    bool hour;
    uint32_t stamp = stamp_end(v, x, &hour);
    if (stamp && (hour || !(context_around(s->words, v, x, stamp).any & CTX(BIRTH)))) {
        return s->floor = stamp;
    }
    uint32_t end = x + digits_at(v, x);
    while (end < v->n && end - x < LONG && is_digit(v->p[end])) end++;
    char behind = fold_at(v, end);
    bool letter = is_letter(behind);
    bool crypt = fold_at(v, (int64_t)x + 1) == '$' || fold_at(v, (int64_t)x + 2) == '$';
    if (crypt && x > 0 && v->p[x - 1] == '$') { /* "$6$", "$2y$" */
        uint32_t hash = account_hash(s, x);
        if (hash) return hash;
    }
    if (letter || behind == ':' || end - x == LONG) {
        uint32_t secret = secret_scan(s, x);
        if (secret) return secret;
    }
    if (letter || behind == ':' || behind == '-') net_colons(s, x);
    if (behind == '.' || behind == '\xC2') net_position(s, x);
    return number_scan(s, x);
}

/* Asks the automata that may begin with that byte; the first that takes it says where to go on. */
static uint32_t at_anchor(Scanner *s, uint32_t x, unsigned uses) {
    const Fold *v = &s->fold;
    char c = v->p[x], behind = fold_at(v, (int64_t)x + 1);
    uint32_t next = 0;
    if (is_digit(c)) return at_digits(s, x);
    if (c == '@') {
        next = mail_at(s, x);
        return next > x + 1 ? next : login_handle(s, x);
    }
    if (c == ':' && behind == '/') return net_url(s, x);
    if (c == ':' || ((behind == ':' || behind == '-') && is_hex(c))) net_colons(s, x);
    if (uses >> ANCHOR_SECRET & 1) next = secret_scan(s, x);
    if (!next && uses & (1u << ANCHOR_PLAIN | 1u << ANCHOR_MAIL)) next = mail_scan(s, x);
    if (!next && uses >> ANCHOR_SPOKEN & 1) next = spoken_scan(s, x);
    if (!next && uses >> ANCHOR_LOGIN & 1) next = login_scan(s, x);
    if (!next && uses >> ANCHOR_ROAD & 1) next = road_scan(s, x);
    return next ? next : x + 1;
}

/* ---- the tagger ---------------------------------------------------------------------------- */

/* Tags the sentences that end before text offset `until`, up to where all formats are found. One
   that goes on waits for the next window, unless it has grown longer than that looks back. */
static void tag_window(Scanner *s, Str text, size_t until) {
    const Fold *v = &s->fold;
    bool whole = until >= text.n;
    size_t behind = s->names_at > s->base ? s->names_at - s->base : 0;
    uint32_t from = fold_view_of(v, (uint32_t)behind);
    Str view = {v->p, whole ? v->n : fold_view_of(v, (uint32_t)(until - s->base))};
    NameSink sink = {tagged_take, s};
    s->n_tagged = 0;
    uint32_t x = names_tag(s->names, view, from, whole, &sink);
    if (!whole && until - s->base - fold_start(v, x) > SENTENCE_BEFORE)
        x = names_tag(s->names, view, x, true, &sink);
    login_joined(s, from, x);
    tagged_spare(s, text);
    assert(x >= from && x <= v->n);
    s->names_at = x >= view.n ? until : s->base + fold_start(v, x);
    if (s->n_tagged && s->status == OK) merge_tagged(s, text, false);
}

/* Own words, or what a reader named, that begin before text offset `until`; *done of the text was
   searched before. */
static void find_words(Scanner *s, Str text, ScanKind kind, size_t *done, size_t until) {
    const Fold *v = &s->fold;
    size_t from = *done > s->base ? *done - s->base : 0;
    uint32_t limit = until >= text.n ? v->n : fold_view_of(v, (uint32_t)(until - s->base));
    uint32_t x = own_find(s, kind, fold_view_of(v, (uint32_t)from), limit);
    *done = x <= limit ? until : s->base + fold_start(v, x);
    if (s->n_tagged && s->status == OK) merge_tagged(s, text, kind == KIND_OWN);
}

/* One window; text offsets from `from` to before `limit` are its own. Returns where to resume. */
static size_t scan_window(Scanner *s, Str text, size_t from, size_t limit) {
    size_t begin = from > WINDOW_BEFORE ? from - WINDOW_BEFORE : 0;
    if (begin > s->names_at) begin = s->names_at;
    size_t end = text.n - begin > FOLD_WINDOW ? begin + FOLD_WINDOW : text.n;
    while (begin > 0 && begin < from && utf8_goes_on(text.p[begin])) begin++;
    s->base = begin;
    fold_window(&s->fold, str_sub(text, begin, end));
    context_forget(s->words);
    s->german_at = UINT32_MAX;
    if (s->fold.n == 0) return limit;
    uint32_t x = fold_view_of(&s->fold, (uint32_t)(from - begin));
    uint32_t stop = limit >= end ? s->fold.n : fold_view_of(&s->fold, (uint32_t)(limit - begin));
    s->floor = s->floor ? x : 0; /* set by the window before: its last phrase ended here */
    s->last_end = s->colons_until = s->url_until = s->spoken_until = s->loose_until = 0;
    AnchorSearch search = {.at = x};
    while (s->status == OK && (x = anchor_next(&s->anchors, &s->fold, &search, stop)) < stop) {
        uint32_t next = at_anchor(s, x, search.uses); /* what was said may end before x */
        x = search.at = next > x ? next : x + 1;
    }
    size_t resume = x >= s->fold.n ? end : begin + fold_start(&s->fold, x);
    s->floor = x > stop; /* the next window must not look at what this one consumed */
    if (resume < limit) resume = limit;
    if (s->status == OK && s->own) find_words(s, text, KIND_OWN, &s->own_at, resume);
    if (s->formats_only) s->names_at = resume;
    if (s->status == OK && !s->formats_only) tag_window(s, text, resume);
    if (s->status == OK && s->said) find_words(s, text, KIND_SAID, &s->said_at, resume);
    return resume;
}

/* Any bytes. After a failure the spans are not to be used; the scanner is. */
Status gate_scan(Scanner *s, Str text, const ScanSpan **spans, size_t *n, Err *err) {
    if (text.n > SCAN_TEXT_MAX) {
        return err_set(err, E_LIMIT, "a text of %zu bytes is more than one scan takes", text.n);
    }
    s->n_spans = 0;
    s->status = OK;
    s->err = err;
    s->floor = 0;
    s->names_at = s->own_at = s->said_at = 0;
    s->n_columns = 0;
    for (size_t at = 0; at < text.n && s->status == OK;) {
        size_t limit = text.n - at > WINDOW_STEP ? at + WINDOW_STEP : text.n;
        if (s->cancel && atomic_load(s->cancel)) return err_set(err, E_CANCELLED, "stopped");
        size_t next = scan_window(s, text, at, limit);
        assert(next > at);
        at = next;
    }
    if (s->status == OK && s->n_columns) columns_find(s, text);
    if (s->status == OK) data_find(s, text);
    assert(s->n_spans == 0 || s->spans[s->n_spans - 1].end <= text.n);
    *spans = s->spans;
    *n = s->n_spans;
    return s->status;
}
