/*
 * Making a parcel: scan, decide, mask, look again.
 *
 * That nothing leaves unshielded, to be verified in two minutes. Five links; break one and words
 * could leave as they are:
 *
 *     1. One file opens outbound sockets, send.c: tools/house-rules.py lets only it include curl's
 *        headers, and of this room and those that know a question only it the sockets'. (pip.c
 *        starts pip, which is told names of packages and nothing else.)
 *     2. Two functions there use a connection. send_get has no body. What gate_send sends as one is
 *        made by wire_render of a GateParcel; no other argument of it holds words (send_impl.h).
 *     3. GateParcel is opaque: parcel_impl.h is for src/gate alone. Only gate_parcel_make, below,
 *        makes one, and its texts are the caller's only until PASS_WRITE has replaced each.
 *     4. Each Str of it that a wire renders was written by write_masked (do_texts goes over them
 *        all) or is a name that check_name let pass (check_names, plain_key). Whoever adds a Str
 *        to GateRequest that leaves adds it to do_texts, digest, gate_parcel_preview and ledger.c.
 *     5. write_masked ends only when look_again finds no known thing in what it wrote; every other
 *        end, no memory and a detector that gives up among them, is a Status, and no parcel.
 *
 * The steps:
 *
 *   0. Where the policy or the request wants it, the gate's reader reads every text that is not
 *      open (deep.h); the phrases that it names are one more thing that the scanner finds.
 *   1. Every text of the request (messages, arguments of tool calls, descriptions and schemas of
 *      tools) is scanned; the policy says what is done with each thing found, by its kind, the
 *      text's label and the destination. What may not leave ends it here.
 *   2. What gets a surrogate is entered in the conversation's map (surrogate.c, vault.c).
 *   3. All texts are written anew: things found give way to their surrogates, and so does every
 *      other place where something of the map is called by its name, in whatever spelling: a
 *      scanner finds a name behind a label, the map knows it from then on (alias.c, match.c).
 *   4. The result is searched for everything that should have gone. If anything is there, there is
 *      no parcel.
 *   5. Messages and arguments are restored, and must be what they were. A surrogate that would be
 *      seen in something else that the request says is refused, and 2 to 5 begin anew, PROOFS_MAX
 *      times at most: a byte that may come back wrong is no reason to send nothing.
 *   6. The map is on the disk before the parcel exists.
 *
 * JSON (arguments, schemas) is read and written anew: each string is a text, with its key before it
 * as context for the scanner; a number is one too. What is no JSON is masked as text. Names of
 * tools, ids of calls and the keys of a schema cannot be masked; if one holds something private,
 * there is no parcel. A schema of the program's own (own_schema) has no word of theirs; it is open.
 *
 * An example, to anybody's cloud, as `hearth gate mask` writes it (a surrogate is another one in
 * each conversation):
 *
 *     says    Emma Clark, +44 20 7946 0123. Emma's IBAN is GB82 WEST 1234 5698 7654 32
 *     spans   [0,10) person         [12,28) phone        [30,34) person   [45,72) iban
 *     map     Emma Clark > Vanora Jellicombe, Emma > Vanora, Clark > Jellicombe,
 *             +44 20 7946 0123 > +44 20 0754 0835, GB82 ... > GB14 ...
 *     leaves  Vanora Jellicombe, +44 20 0754 0835. Vanora's IBAN is GB14 BAUN 3683 3489 1859 39
 *     puts    [0,17)                [19,35)              [37,43)          [54,81)
 *
 * Spans are of the caller's text, puts of the masked one; both ascend and do not overlap. What lies
 * between two spans is not copied blindly: between_write looks there for the map's names.
 *
 * A text is gone through by do_text once a pass. State that lives longer than a text is in Masker:
 *
 *     NOTE    every word that is said                             > surrogates (none may be one)
 *     READ    what a model sees in the text (step 0)              > phrases, told to the scanner
 *     FIND    what was found and needs a surrogate                > talk, the conversation's map
 *     WRITE   the masked text                                     > parcel->arena, report
 *
 * Time: each pass is linear in the text; a look again goes over the whole masked text, and there
 * are as many as places that show only once their neighbour is masked, at most LOOKS_MAX.
 *
 * Everything of a parcel lives in its own arena. Limits: 64 MiB of text, 1024 messages, 128 tools.
 */
#include "gate/parcel.h"

#include <assert.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "gate/alias.h"
#include "gate/deep.h"
#include "gate/learn_impl.h"
#include "gate/parcel_impl.h"
#include "gate/policy.h"
#include "gate/restore_impl.h"
#include "gate/surrogate.h"
#include "gate/vault.h"

enum {
    TEXT_BYTES_MAX = 64 << 20, /* of a request */
    PARCEL_BYTES_MAX = 256 << 20,
    MESSAGES_MAX = 1024,
    TOOLS_MAX = 128,
    CALLS_MAX = 256, /* of a message */
    WORD_MAX = 256,  /* ids, names of tools */
    CLEAR_LOOK = 64, /* signs that are not there, in a row */
    INSIDE_LEAST = 5, /* bytes that tell a surrogate in the middle of a word */
    LOOKS_MAX = 256, /* places that are found only once a text is masked */
    PROOFS_MAX = 4   /* what is drawn instead meets something again in one of hundreds */
};

/* All texts are gone through three times, or four. */
typedef enum Pass {
    PASS_NOTE, /* what words are said: no surrogate may be one of them */
    PASS_READ, /* what the gate's reader finds in them */
    PASS_FIND, /* what needs a surrogate */
    PASS_WRITE
} Pass;

/* A surrogate that was written: where it stands in the masked text, and for what. */
typedef struct Put {
    size_t start, end;
    ScanType type;
    ScanKind kind;
    Str spelled;
} Put;

typedef struct Masker {
    Pass pass;
    Gate *gate;
    const GateRequest *request;
    VaultTalk *talk;
    Surrogates *surrogates;
    Matcher *originals, *echoes; /* from PASS_WRITE on; of texts that an endpoint wrote (alias.h) */
    const Matcher *names;        /* of the two that for the text at hand */
    GateReport *report;
    GateLabel label; /* of the text at hand */
    Buf *reading;    /* PASS_READ: the text at hand as the reader gets it */
    DeepPhrases phrases;
    uint32_t asked;  /* bits of types that the user agreed to */
    bool in_code;    /* the text at hand is a name that programs use: no tagger is asked */
    bool proven;     /* all that was restored so far came out as it was */
    Put *puts;       /* of the text at hand, in order */
    size_t n_puts, cap_puts;
    Arena kept;      /* what Puts point to besides the text itself */
    Err *err;
} Masker;

/* ---- one text ------------------------------------------------------------------------------ */

/* "ask": kept when the user has agreed to it for this endpoint. */
_Static_assert(SCAN_TYPE_COUNT <= 32, "a bit of Masker.asked each");
static Status ask(Masker *m, const ScanSpan *span) {
    uint32_t bit = 1u << span->type;
    if (!(m->asked & bit)) {
        bool given;
        GateConsent about = {m->request->endpoint, m->request->dest, "",
                             scan_type_name(span->type)};
        TRY(gate_consent_given(m->gate, &about, &given, m->err));
        if (!given) {
            (void)err_set(m->err, E_DENIED, "the policy asks before anything of type %s leaves for "
                                            "\"%s\" (%s), and nobody has agreed",
                          about.type, about.endpoint, gate_dest_name(about.dest));
            return err_hint(m->err, "agree once at a terminal, or ask a model on this device");
        }
        m->asked |= bit;
    }
    return OK;
}

static Status refuse(Masker *m, const ScanSpan *span) {
    (void)err_set(m->err, E_DENIED, "the policy lets nothing of type %s leave for \"%s\" (%s)",
                  scan_type_name(span->type), m->request->endpoint,
                  gate_dest_name(m->request->dest));
    return err_hint(m->err, "ask locally, leave it out, or change [%s] in gate/policy.toml",
                    gate_dest_name(m->request->dest));
}

/* Enters what needs a surrogate in the map. */
static Status span_note(Masker *m, const ScanSpan *span, Str spelled) {
    Str surrogate;
    GateAction action = policy_action(m->gate->policy, m->request->dest, m->label, span);
    switch (action) {
    case GATE_SURROGATE: return surrogates_for(m->surrogates, span, spelled, &surrogate, m->err);
    case GATE_ASK: return ask(m, span);
    case GATE_REFUSE: return refuse(m, span);
    default: return OK;
    }
}

/* What stands beside place `at` of a text, before it or from it on; signs that are not there are
   looked through. */
static MatchSort sort_before(Str text, size_t at) {
    MatchText t = match_plain(text);
    MatchSort sort = SORT_CLEAR;
    for (int i = 0; at > 0 && sort == SORT_CLEAR && i < CLEAR_LOOK; i++) {
        size_t from = at - 1;
        while (from > 0 && at - from < 4 && utf8_goes_on(text.p[from])) from--;
        MatchUnit u = match_unit(&t, from);
        match_pass(&u, &sort);
        at = from;
    }
    return sort == SORT_CLEAR ? SORT_OTHER : sort;
}

static MatchSort sort_at(Str text, size_t at) {
    MatchText t = match_plain(text);
    return at < text.n ? (MatchSort)match_unit(&t, at).sort : SORT_OTHER;
}

/* What stands in a text: in order, apart, of one byte at least, none beyond its end. */
static bool spans_ascend(const ScanSpan *spans, size_t n, size_t text_bytes) {
    size_t at = 0;
    for (size_t i = 0; i < n; at = spans[i++].end) {
        if (spans[i].start < at || spans[i].end <= spans[i].start) return false;
    }
    return at <= text_bytes;
}

static bool puts_ascend(const Put *puts, size_t n, size_t text_bytes) {
    size_t at = 0;
    for (size_t i = 0; i < n; at = puts[i++].end) {
        if (puts[i].start < at || puts[i].end < puts[i].start) return false;
    }
    return at <= text_bytes;
}

/* Appends a surrogate and remembers where, so that look_again can tell it from what should have
   gone, and note_inside sees what stands beside it. `put` says for what; its place is set here. */
static Status put_surrogate(Masker *m, Put put, Str surrogate, Buf *out) {
    put.start = out->n;
    put.end = out->n + surrogate.n;
    buf_add_str(out, surrogate);
    TRY(mem_grow((void **)&m->puts, &m->cap_puts, m->n_puts + 1, sizeof put, SCAN_SPANS_MAX,
                 m->err));
    m->puts[m->n_puts++] = put;
    m->report->masked++;
    return OK;
}

/* Does a word or number go on before the surrogate's first symbol or behind its last? */
static bool is_inside(Str masked, const Put *put) {
    Str core = match_core(str_sub(masked, put->start, put->end));
    size_t first = (size_t)(core.p - masked.p), behind = first + core.n;
    return core.n && (match_joins(sort_before(masked, first), sort_at(masked, first)) ||
                      match_joins(sort_before(masked, behind), sort_at(masked, behind)));
}

/* "Fuchss Akte", as the user wrote it, is not "Fuchs' Akte": behind a name that ends like a
   genitive the restorer puts no s (put_ending), so its own s is noted with it. */
static bool has_own_s(Str masked, const Put *put) {
    char next = put->end + 1 < masked.n ? masked.p[put->end + 1] : ' ';
    bool alone = put->end < masked.n && masked.p[put->end] == 's' && !plain_is_letter(next);
    return alone && restorer_bends(put->type, put->spelled);
}

/* "13" inside of "1372" is inside of many a number: it is noted with what goes on beside it. */
static Status with_neighbours(Masker *m, Str masked, size_t i, Put *put) {
    size_t least = i > 0 ? m->puts[i - 1].end : 0, start = put->start, end = put->end;
    size_t most = i + 1 < m->n_puts ? m->puts[i + 1].start : masked.n;
    while (start > least && plain_is_alnum(masked.p[start - 1])) start--;
    while (end < most && plain_is_alnum(masked.p[end])) end++;
    size_t before = put->start - start, behind = end - put->end;
    assert(least <= put->start && put->end <= most);
    char *whole = arena_alloc_n(&m->kept, before + put->spelled.n + behind + 1, 1);
    if (!whole) return err_no_memory(m->err, "a parcel");
    memcpy(whole, masked.p + start, before);
    memcpy(whole + before, put->spelled.p, put->spelled.n);
    memcpy(whole + before + put->spelled.n, masked.p + put->end, behind);
    put->spelled = (Str){whole, before + put->spelled.n + behind};
    put->start = start;
    put->end = end;
    return OK;
}

/* Surrogates that stand inside a word or number are put back without boundaries, too. */
static Status note_inside(Masker *m, Str masked) {
    assert(puts_ascend(m->puts, m->n_puts, masked.n));
    for (size_t i = 0; i < m->n_puts; i++) {
        Put put = m->puts[i];
        bool own = has_own_s(masked, &put), is_short = put.end - put.start < INSIDE_LEAST;
        if (!own && !is_inside(masked, &put)) continue;
        if (own || is_short) TRY(with_neighbours(m, masked, i, &put));
        VaultEntry entry = {put.type, put.kind, VAULT_INSIDE, put.spelled,
                            str_sub(masked, put.start, put.end)};
        if (vault_talk_original(m->talk, VAULT_INSIDE, put.spelled)) continue;
        TRY(vault_talk_add(m->talk, &entry, m->err));
    }
    return OK;
}

/* For the report of what was found, and by which detector. */
static void count_found(Masker *m, ScanType type, ScanKind kind) {
    m->report->found[type]++;
    m->report->found_by[scan_kind_detector(kind)]++;
}

/* The thing as the policy lets it leave. */
static Status span_write(Masker *m, Str text, const ScanSpan *span, Buf *out) {
    Str spelled = str_sub(text, span->start, span->end), surrogate = spelled;
    GateAction action = policy_action(m->gate->policy, m->request->dest, m->label, span);
    count_found(m, span->type, span->kind);
    if (action == GATE_GENERALISE) {
        size_t before = out->n;
        TRY(surrogates_generalise(span, spelled, out, m->err));
        bool same = str_eq((Str){out->p + before, out->n - before}, spelled);
        *(same ? &m->report->kept : &m->report->masked) += 1;
        return OK;
    }
    if (action == GATE_SURROGATE) {
        Put put = {.type = span->type, .kind = span->kind, .spelled = spelled};
        TRY(surrogates_for(m->surrogates, span, spelled, &surrogate, m->err));
        return put_surrogate(m, put, surrogate, out);
    }
    m->report->kept++;
    buf_add_str(out, spelled);
    return OK;
}

/* A number, date, firm ... in another manner (manner.h): all of the hit gives way. */
static Status hit_write_manner(Masker *m, const MatchHit *hit, Str raw, Buf *out) {
    Buf made;
    const VaultEntry entry = *vault_talk_at(m->talk, alias_entry(hit->value));
    Put put = {.type = entry.type, .kind = entry.kind, .spelled = raw};
    buf_init(&made, TEXT_BYTES_MAX);
    Status status = surrogates_manner(m->surrogates, &entry, alias_form(hit->value), raw, &made,
                                      m->err);
    if (status == OK) status = buf_check(&made, "a surrogate", m->err);
    if (status == OK) status = put_surrogate(m, put, buf_str(&made), out);
    count_found(m, entry.type, entry.kind);
    buf_fini(&made);
    return status;
}

/* A place where something of the map is called by its name. `raw` is all that was matched, of which
   [from, to) is the thing itself and the rest ("Mr. ", a title's sign) stays. Spelled as in the map
   it gets the surrogate that stands there; else one in its own spelling, which is entered, too. */
static Status hit_write(Masker *m, const MatchHit *hit, Str raw, Buf *out) {
    VaultEntry entry = *vault_talk_at(m->talk, alias_entry(hit->value));
    ScanSpan span = {0, raw.n, entry.type, entry.kind, 1};
    AliasPlace place = alias_place(hit->value);
    MatchText original = match_plain(entry.original), text = match_plain(raw);
    size_t n = match_symbols(&original, 0); /* other marks may stand between them in `raw` */
    size_t from = 0, to = raw.n, next;
    if (hit->coded) place = ALIAS_ALL, entry.part = VAULT_WHOLE; /* as it is spelled there */
    assert(m->pass == PASS_WRITE); /* the map is whole: nothing is found behind what was written */
    if (place == ALIAS_FORM && entry.type != SCAN_PERSON) return hit_write_manner(m, hit, raw, out);
    if (place == ALIAS_HEAD) to = match_symbols_end(&text, 0, n, &next);
    if (place == ALIAS_TAIL) {
        size_t all = match_symbols(&text, 0);
        assert(all >= n); /* a prefix and all of the original */
        (void)match_symbols_end(&text, 0, all - n, &from);
    }
    Str own = str_sub(raw, from, to), surrogate = entry.surrogate;
    if (!str_eq(own, entry.original)) {
        if (place == ALIAS_FORM) {
            TRY(surrogates_form(m->surrogates, &entry, alias_form(hit->value), own, &surrogate,
                                m->err));
        } else if (entry.part == VAULT_WHOLE) {
            TRY(surrogates_for(m->surrogates, &span, own, &surrogate, m->err));
        } else {
            TRY(surrogates_part(m->surrogates, entry.part, own, &surrogate, m->err));
        }
    }
    count_found(m, entry.type, entry.kind);
    Put put = {.type = entry.type, .kind = entry.kind, .spelled = own};
    buf_add(out, raw.p, from);
    TRY(put_surrogate(m, put, surrogate, out));
    buf_add(out, raw.p + to, raw.n - to);
    return OK;
}

/* Would the policy mask the entry's thing in this text? The map holds what any text of the
   conversation masked; an open text may keep it. */
static bool leaves_masked(const Masker *m, const VaultEntry *entry) {
    ScanSpan span = {0, 1, entry->type, entry->kind, 1};
    return policy_action(m->gate->policy, m->request->dest, m->label, &span) == GATE_SURROGATE;
}

/* What lies between two things found: the map's names in it are masked, all else is copied.
   `before` is the sort of what stands before the gap, for it has no character of its own there. */
static Status between_write(Masker *m, Str text, MatchSort before, Buf *out) {
    MatchText t = match_plain(text);
    MatchHit hit;
    size_t from = 0, at = 0;
    t.coded = match_is_coded(text);
    while (match_next(m->names, &t, &at, &before, &hit)) {
        Str raw = str_sub(text, hit.start, hit.end);
        if (leaves_masked(m, vault_talk_at(m->talk, alias_entry(hit.value)))) {
            assert(hit.start >= from && hit.end > hit.start && hit.end <= text.n);
            buf_add(out, text.p + from, hit.start - from);
            TRY(hit_write(m, &hit, raw, out));
            from = hit.end;
        }
        at = hit.end;
        before = SORT_OTHER;
    }
    buf_add(out, text.p + from, text.n - from);
    return OK;
}

/* Only guesses give way: a tagger's find or a login, and only one that would be masked as well.
   What a format found inside a known name stays a find of its own. */
static bool is_inside_hit(const Masker *m, const MatchHit *hit, const ScanSpan *span) {
    bool inside = hit->start <= span->start && span->end <= hit->end;
    bool guess = scan_kind_detector(span->kind) == DETECTOR_TAGGER || span->kind == KIND_LOGIN;
    return inside && guess &&
           policy_action(m->gate->policy, m->request->dest, m->label, span) == GATE_SURROGATE;
}

/* The tagger may see half of a name that the map knows whole ("clark" in "emma.clark"), and a
   login may be one of its forms: such finds give way. How many are left. */
static size_t give_way(const Masker *m, Str text, ScanSpan *spans, size_t n) {
    MatchText t = match_plain(text);
    MatchSort before = SORT_OTHER;
    MatchHit hit;
    size_t kept = 0, i = 0;
    for (size_t at = 0; match_next(m->names, &t, &at, &before, &hit); at = hit.end) {
        before = SORT_OTHER;
        while (i < n && spans[i].end <= hit.start) spans[kept++] = spans[i++];
        size_t end = i;
        bool all = leaves_masked(m, vault_talk_at(m->talk, alias_entry(hit.value)));
        for (; end < n && spans[end].start < hit.end; end++) {
            all = all && is_inside_hit(m, &hit, &spans[end]);
        }
        if (all) i = end;
    }
    while (i < n) spans[kept++] = spans[i++];
    return kept;
}

/* The text anew: gap, find, gap, find ..., gap. The spans ascend. */
static Status spans_write(Masker *m, Str text, const ScanSpan *spans, size_t n, Buf *out) {
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        Str gap = str_sub(text, at, spans[i].start);
        TRY(between_write(m, gap, sort_before(text, at), out));
        TRY(span_write(m, text, &spans[i], out));
        at = spans[i].end;
    }
    return between_write(m, str_sub(text, at, text.n), sort_before(text, at), out);
}

/* Looks once more at what would leave: nothing that has a surrogate may be called by its name, but
   in a surrogate (one that keeps a city may hold what is somebody's whole address). */
static bool look_again(const Masker *m, Str masked, MatchHit *hit) {
    MatchText t = match_plain(masked);
    MatchSort before = SORT_OTHER;
    size_t put = 0;
    t.coded = match_is_coded(masked);
    for (size_t at = 0; match_next(m->names, &t, &at, &before, hit); at = hit->end) {
        const VaultEntry *entry = vault_talk_at(m->talk, alias_entry(hit->value));
        while (put < m->n_puts && m->puts[put].end <= hit->start) put++;
        bool in_surrogate = put < m->n_puts && m->puts[put].start <= hit->start &&
                            hit->end <= m->puts[put].end;
        if (leaves_masked(m, entry) && !in_surrogate) return true;
        before = SORT_OTHER;
    }
    return false;
}

/* Takes out the Puts before number `last` that reach into it, which begins at `from`: what was
   found there holds their surrogates or parts of them, so they stand nowhere any more. */
static size_t puts_swallowed(Masker *m, size_t last, size_t from) {
    size_t first = last;
    while (first > 0 && m->puts[first - 1].end > from) first--;
    memmove(m->puts + first, m->puts + last, (m->n_puts - last) * sizeof *m->puts);
    return last - first;
}

/* Masks one more place of a text that is masked. */
static Status splice(Masker *m, const MatchHit *hit, Buf *out) {
    assert(hit->start < hit->end && hit->end <= out->n);
    size_t n = hit->end - hit->start, last = m->n_puts;
    char *raw = arena_dup(&m->kept, out->p + hit->start, n); /* a Put points to it */
    if (!raw) return err_no_memory(m->err, "a parcel");
    Buf fresh;
    buf_init(&fresh, PARCEL_BYTES_MAX);
    buf_add(&fresh, out->p, hit->start);
    Status status = hit_write(m, hit, (Str){raw, n}, &fresh);
    size_t end = fresh.n;
    buf_add(&fresh, out->p + hit->end, out->n - hit->end);
    if (status == OK) status = buf_check(&fresh, "a parcel", m->err);
    if (status == OK) { /* the new Put is the last one: to its place, and those behind it move */
        assert(m->n_puts == last + 1);
        Put put = m->puts[last];
        for (; last > 0 && m->puts[last - 1].start >= hit->end; last--) {
            m->puts[last] = m->puts[last - 1];
            m->puts[last].start = m->puts[last].start - hit->end + end;
            m->puts[last].end = m->puts[last].end - hit->end + end;
        }
        m->puts[last] = put;
        m->n_puts -= puts_swallowed(m, last, hit->start);
        Buf old = *out;
        *out = fresh;
        fresh = old;
    }
    buf_fini(&fresh);
    return status;
}

/* The masked text into out, which is empty; the one place where masked text is made. A surrogate
   may give its neighbour a boundary that it had not: so what is masked is looked at until nothing
   is found. */
static Status write_masked(Masker *m, Str text, const ScanSpan *spans, size_t n, Buf *out) {
    MatchHit hit;
    assert(out->n == 0 && m->names); /* Puts count from the text's beginning */
    m->n_puts = 0;
    TRY(spans_write(m, text, spans, n, out));
    TRY(buf_check(out, "a parcel", m->err));
    for (int looks = 0; look_again(m, buf_str(out), &hit); looks++) {
        if (looks == LOOKS_MAX) {
            (void)err_set(m->err, E_FAILED, "a private thing would have left after masking");
            return err_hint(m->err, "nothing was sent; please report it, with made-up data");
        }
        TRY(splice(m, &hit, out));
    }
    return note_inside(m, buf_str(out));
}

/* Masks text[from..] into out, which is empty; what stands before `from` is context, is scanned
   with it and does not leave. out NULL: only finds (PASS_FIND), or the reading of PASS_READ. The
   scanner's spans are copied at once: drawing a surrogate scans candidates and would lose them. */
static Status mask_text(Masker *m, Str text, size_t from, Buf *out) {
    const ScanSpan *found;
    size_t n_found, n = 0;
    if (m->gate->cancel && atomic_load(m->gate->cancel)) {
        return err_set(m->err, E_CANCELLED, "stopped");
    }
    if (m->pass == PASS_READ) { /* what stands in JSON, a line for each string */
        buf_add_str(m->reading, text);
        buf_add_byte(m->reading, '\n');
        return buf_check(m->reading, "a parcel", m->err);
    }
    TRY(gate_scan(m->gate->scanner, text, &found, &n_found, m->err));
    ScanSpan *spans = mem_alloc_n(n_found + 1, sizeof *spans); /* a surrogate scans, too */
    if (!spans) return err_no_memory(m->err, "what was found");
    for (size_t i = 0; i < n_found; i++) {
        bool guess = scan_kind_detector(found[i].kind) == DETECTOR_TAGGER;
        if (found[i].end <= from || (m->in_code && guess)) continue;
        spans[n] = found[i];
        spans[n].start = found[i].start < from ? 0 : found[i].start - from;
        spans[n++].end -= from;
    }
    Str own = str_sub(text, from, text.n);
    assert(from <= text.n && n <= n_found);
    Status status = policy_find(m->gate->policy, own, &spans, &n, m->err);
    assert(status != OK || spans_ascend(spans, n, own.n));
    if (status == OK && out) {
        n = give_way(m, own, spans, n);
        status = write_masked(m, own, spans, n, out);
    }
    for (size_t i = 0; status == OK && !out && i < n; i++) {
        status = span_note(m, &spans[i], str_sub(own, spans[i].start, spans[i].end));
    }
    mem_free(spans);
    return status;
}

/* A name that leaves as it is: nothing of the map may stand in it, and, unless it was drawn by
   somebody, nothing that has a form. */
static Status check_name(Masker *m, Str name, bool drawn, const char *what) {
    const ScanSpan *spans;
    MatchHit hit;
    size_t n = 0;
    m->n_puts = 0;
    bool private = look_again(m, name, &hit);
    if (!drawn) TRY(gate_scan(m->gate->scanner, name, &spans, &n, m->err));
    for (size_t i = 0; i < n; i++) {
        GateAction action = policy_action(m->gate->policy, m->request->dest, m->label, &spans[i]);
        bool form = scan_kind_detector(spans[i].kind) == DETECTOR_FORMAT;
        private = private || (form && (action == GATE_SURROGATE || action == GATE_REFUSE));
    }
    if (!private) return OK;
    (void)err_set(m->err, E_DENIED, "%s holds something private, and cannot be masked", what);
    return err_hint(m->err, "give it another name");
}

/* ---- JSON ---------------------------------------------------------------------------------- */

/* A string (or number, as written) with its key before it as context. */
static Status mask_string(Masker *m, Str key, Str value, Buf *out) {
    Buf text;
    if (!key.n) return mask_text(m, value, 0, out);
    buf_init(&text, TEXT_BYTES_MAX);
    buf_add_str(&text, key);
    buf_add_c(&text, ": ");
    size_t from = text.n;
    buf_add_str(&text, value);
    Status status = buf_check(&text, "a parcel", m->err);
    if (status == OK) status = mask_text(m, buf_str(&text), from, out);
    buf_fini(&text);
    return status;
}

/* A string, or a number as it is written. A number whose masked form is no number any more (a
   token, "[date]") is written as a string: JSON stays JSON. */
static Status mask_scalar(Masker *m, Str key, const Json *value, JsonWriter *w) {
    Buf text, masked;
    buf_init(&text, TEXT_BYTES_MAX);
    buf_init(&masked, PARCEL_BYTES_MAX);
    bool is_text = json_kind(value) == JSON_STRING;
    if (is_text) {
        buf_add_str(&text, json_str(value));
    } else {
        JsonWriter plain = jsonw_init(&text);
        int64_t whole;
        if (json_kind(value) == JSON_INT && json_whole(value, &whole)) jsonw_int(&plain, whole);
        else jsonw_real(&plain, json_real(value, 0), 17);
    }
    Status status = buf_check(&text, "a parcel", m->err);
    if (status == OK) status = mask_string(m, key, buf_str(&text), w ? &masked : NULL);
    if (status == OK && w) {
        bool digits = !is_text && strspn(masked.p ? masked.p : "", "0123456789") == masked.n &&
                      masked.n > 0 && masked.n < 19;
        bool same = str_eq(buf_str(&masked), buf_str(&text));
        if (is_text || !(digits || same)) jsonw_str(w, buf_str(&masked));
        else jsonw_raw(w, buf_str(&masked));
    }
    buf_fini(&text);
    buf_fini(&masked);
    return status;
}

/* "to", "due_date", "user2": small letters, digits and signs that join them. */
static bool is_parameter(Str key) {
    for (size_t i = 0; i < key.n; i++) {
        char c = key.p[i];
        if (!plain_is_small(c) && !plain_is_digit(c) && c != '_' && c != '-') return false;
    }
    return true;
}

/* A key of arguments is the user's word and is masked like one. What the tool calls a parameter is
   only looked for in the map and for forms: alone, "list" and "query" look like somebody. */
static Status mask_key(Masker *m, Str key, JsonWriter *w) {
    Buf masked;
    buf_init(&masked, PARCEL_BYTES_MAX);
    m->in_code = is_parameter(key);
    Status status = mask_text(m, key, 0, w ? &masked : NULL);
    m->in_code = false;
    if (status == OK && w) jsonw_key_str(w, buf_str(&masked));
    buf_fini(&masked);
    return status;
}

/* A key of a schema has to stay what the program behind the tool calls it. */
static Status plain_key(Masker *m, Str key, JsonWriter *w) {
    TRY(check_name(m, key, false, "a key of a schema"));
    jsonw_key_str(w, key);
    return OK;
}

/* The tree's depth is bounded by its parser. w NULL: only finds. */
static Status mask_json(Masker *m, Str key, const Json *value, bool keys, JsonWriter *w) {
    switch (json_kind(value)) {
    case JSON_OBJECT:
        if (w) jsonw_object_begin(w);
        for (size_t i = 0; i < json_len(value); i++) {
            Str name;
            const Json *child;
            (void)json_pair(value, i, &name, &child);
            if (keys) TRY(mask_key(m, name, w));
            else if (w) TRY(plain_key(m, name, w));
            TRY(mask_json(m, name, child, keys, w));
        }
        if (w) jsonw_object_end(w);
        return OK;
    case JSON_ARRAY:
        if (w) jsonw_array_begin(w);
        for (size_t i = 0; i < json_len(value); i++) {
            TRY(mask_json(m, key, json_at(value, i), keys, w));
        }
        if (w) jsonw_array_end(w);
        return OK;
    case JSON_STRING: case JSON_INT: case JSON_REAL: return mask_scalar(m, key, value, w);
    case JSON_TRUE: case JSON_FALSE:
        if (w) jsonw_bool(w, json_kind(value) == JSON_TRUE);
        return OK;
    default:
        if (w) jsonw_null(w);
        return OK;
    }
}

/* E_CORRUPT: it is no JSON, or none that is read. */
static Status document_parse(Str text, Json **out, Err *err) {
    JsonLimits limits = {.max_bytes = TEXT_BYTES_MAX, .allow_duplicates = true};
    Status status = text.n ? json_parse(text, &limits, out, NULL) : E_CORRUPT;
    if (status == E_NO_MEMORY) return err_no_memory(err, "a parcel");
    return status == OK ? OK : E_CORRUPT;
}

/* Text that should be JSON. `keys`: they are the user's words, too (not in a schema). */
static Status mask_document(Masker *m, Str text, bool keys, Buf *out) {
    Json *json = NULL;
    Status status = document_parse(text, &json, m->err);
    if (status != OK) return status == E_CORRUPT ? mask_text(m, text, 0, out) : status;
    JsonWriter w = out ? jsonw_init(out) : (JsonWriter){0};
    status = mask_json(m, (Str){NULL, 0}, json, keys, out ? &w : NULL);
    json_free(json);
    return status == OK && out ? buf_check(out, "a parcel", m->err) : status;
}

/* ---- all texts of a request ---------------------------------------------------------------- */

typedef enum TextForm { FORM_TEXT, FORM_ARGUMENTS, FORM_SCHEMA } TextForm;

/* Does the gate's reader, a language model, read what leaves? The request may ask for more than the
   policy, never for less. */
static bool is_read_deep(const Masker *m) {
    return m->request->deep || policy_is_deep(m->gate->policy);
}

/* Does the embedding model look at names again? Where there is one, unless the policy says no. */
static bool is_looked_at(const Masker *m) {
    return m->gate->look && policy_is_careful(m->gate->policy);
}

/* The gate's second look and its reader read a text. Of open ones only secrets are masked: they
   would add nothing. */
static Status read_text(Masker *m, Str text, TextForm form) {
    Buf reading;
    assert(!m->reading); /* no text is read inside another */
    if (m->label == GATE_OPEN || text.n == 0) return OK;
    buf_init(&reading, PARCEL_BYTES_MAX);
    m->reading = &reading;
    Status status = form == FORM_TEXT ? mask_text(m, text, 0, NULL)
                                      : mask_document(m, text, form == FORM_ARGUMENTS, NULL);
    if (status == OK && reading.n && is_looked_at(m)) {
        status = deep_phrases_look(&m->phrases, m->gate->look, buf_str(&reading), m->err);
    }
    if (status == OK && reading.n && is_read_deep(m)) {
        status = deep_phrases_read(&m->phrases, &m->gate->reader, buf_str(&reading), m->err);
    }
    m->reading = NULL;
    buf_fini(&reading);
    return status;
}

/* Does what the pass says with a text; PASS_WRITE puts it masked into the parcel's arena. */
static Status do_text(Masker *m, GateParcel *parcel, Str *text, TextForm form) {
    Buf out;
    if (m->pass == PASS_NOTE) return surrogates_note(m->surrogates, *text, m->err);
    if (m->pass == PASS_READ) return read_text(m, *text, form);
    if (m->pass == PASS_FIND) {
        return form == FORM_TEXT ? mask_text(m, *text, 0, NULL)
                                 : mask_document(m, *text, form == FORM_ARGUMENTS, NULL);
    }
    buf_init(&out, PARCEL_BYTES_MAX);
    Status status = form == FORM_TEXT ? mask_text(m, *text, 0, &out)
                                      : mask_document(m, *text, form == FORM_ARGUMENTS, &out);
    if (status == OK) {
        char *copy = arena_dup(&parcel->arena, out.p, out.n);
        if (!copy) status = err_set(m->err, E_LIMIT, "the request is too long to be masked");
        *text = (Str){copy, out.n};
        m->report->bytes += out.n;
    }
    buf_fini(&out);
    return status;
}

/* What is not masked, now that the map is known. */
static Status check_names(Masker *m, const GateRequest *r) {
    m->names = m->originals;
    assert(m->names); /* without them every name would pass */
    m->label = GATE_PERSONAL;
    for (size_t i = 0; i < r->n_messages; i++) {
        const GateMessage *message = r->messages + i;
        TRY(check_name(m, message->call_id, true, "the id of a tool call"));
        for (size_t c = 0; c < message->n_calls; c++) {
            TRY(check_name(m, message->calls[c].id, true, "the id of a tool call"));
            TRY(check_name(m, message->calls[c].name, false, "the name of a tool"));
        }
    }
    for (size_t i = 0; i < r->n_tools; i++) {
        TRY(check_name(m, r->tools[i].name, false, "the name of a tool"));
    }
    return OK;
}

/* Does it hold words of an endpoint's answer? */
static bool is_echo(const GateMessage *message) {
    return message->echoes || message->role >= GATE_ASSISTANT;
}

/* All texts of parcel->masked, in order. */
static Status do_texts(Masker *m, GateParcel *parcel) {
    assert(parcel->masked.n_messages <= MESSAGES_MAX && parcel->masked.n_tools <= TOOLS_MAX);
    GateRequest *r = &parcel->masked;
    GateMessage *messages = (GateMessage *)(uintptr_t)r->messages; /* our own copies */
    GateTool *tools = (GateTool *)(uintptr_t)r->tools;
    for (size_t i = 0; i < r->n_messages; i++) {
        m->label = messages[i].label;
        m->names = is_echo(&messages[i]) ? m->echoes : m->originals;
        TRY(do_text(m, parcel, &messages[i].text, FORM_TEXT));
        GateToolCall *calls = (GateToolCall *)(uintptr_t)messages[i].calls;
        for (size_t c = 0; c < messages[i].n_calls; c++) {
            TRY(do_text(m, parcel, &calls[c].arguments, FORM_ARGUMENTS));
        }
    }
    m->label = GATE_PERSONAL;
    m->names = m->originals;
    for (size_t i = 0; i < r->n_tools; i++) {
        TRY(do_text(m, parcel, &tools[i].description, FORM_TEXT));
        TRY(do_text(m, parcel, &tools[i].schema, FORM_SCHEMA));
    }
    if (r->own_schema) m->label = GATE_OPEN;
    return r->schema.n ? do_text(m, parcel, &r->schema, FORM_SCHEMA) : OK;
}

/* ---- the request --------------------------------------------------------------------------- */

/* Names and ids, into the parcel's arena: nothing of a parcel points to the caller's memory. */
static Status copy_str(GateParcel *parcel, Str *text, Err *err) {
    return arena_keep(&parcel->arena, *text, text, "a parcel", err);
}

static Status copy_c(GateParcel *parcel, const char **text, Err *err) {
    const char *from = *text ? *text : "";
    *text = arena_dup(&parcel->arena, from, strlen(from));
    return *text ? OK : err_no_memory(err, "a parcel");
}

/* Names and ids are not masked: they must be plain words. */
static Status check_word(Str word, const char *what, Err *err) {
    for (size_t i = 0; i < word.n; i++) {
        char c = word.p[i];
        bool plain = plain_is_alnum(c) || c == '_' || c == '-' || c == '.' || c == ':';
        if (!plain) return err_set(err, E_USAGE, "%s holds a character that none may hold", what);
    }
    if (word.n <= WORD_MAX) return OK;
    return err_set(err, E_LIMIT, "%s is longer than %d bytes", what, WORD_MAX);
}

/* Arguments are left to do_text, which replaces them by the masked ones. */
static Status copy_calls(GateParcel *parcel, GateMessage *m, Err *err) {
    if (m->n_calls > CALLS_MAX) return err_set(err, E_LIMIT, "more than %d tool calls", CALLS_MAX);
    GateToolCall *calls = arena_alloc_n(&parcel->arena, m->n_calls + 1, sizeof *calls);
    if (!calls) return err_no_memory(err, "a parcel");
    for (size_t i = 0; i < m->n_calls; i++) {
        calls[i] = m->calls[i];
        TRY(check_word(calls[i].id, "the id of a tool call", err));
        TRY(check_word(calls[i].name, "the name of a tool", err));
        TRY(copy_str(parcel, &calls[i].id, err));
        TRY(copy_str(parcel, &calls[i].name, err));
    }
    m->calls = calls;
    TRY(check_word(m->call_id, "the id of a tool call", err));
    return copy_str(parcel, &m->call_id, err);
}

static Status copy_messages(GateParcel *parcel, const GateRequest *r, size_t *bytes, Err *err) {
    if (r->n_messages < 1 || r->n_messages > MESSAGES_MAX) {
        return err_set(err, E_LIMIT, "a request has 1 to %d messages", MESSAGES_MAX);
    }
    GateMessage *messages = arena_alloc_n(&parcel->arena, r->n_messages, sizeof *messages);
    if (!messages) return err_no_memory(err, "a parcel");
    parcel->masked.messages = messages;
    for (size_t i = 0; i < r->n_messages; i++) {
        messages[i] = r->messages[i];
        *bytes += messages[i].text.n;
        for (size_t c = 0; c < messages[i].n_calls; c++) *bytes += messages[i].calls[c].arguments.n;
        TRY(copy_calls(parcel, &messages[i], err));
    }
    return OK;
}

static Status copy_tools(GateParcel *parcel, const GateRequest *r, size_t *bytes, Err *err) {
    if (r->n_tools > TOOLS_MAX) return err_set(err, E_LIMIT, "more than %d tools", TOOLS_MAX);
    GateTool *tools = arena_alloc_n(&parcel->arena, r->n_tools + 1, sizeof *tools);
    if (!tools) return err_no_memory(err, "a parcel");
    parcel->masked.tools = tools;
    for (size_t i = 0; i < r->n_tools; i++) {
        tools[i] = r->tools[i];
        *bytes += tools[i].description.n + tools[i].schema.n;
        TRY(check_word(tools[i].name, "the name of a tool", err));
        TRY(copy_str(parcel, &tools[i].name, err));
    }
    return OK;
}

/* The shape of the request in the parcel's arena; its texts still the caller's. */
static Status copy_request(GateParcel *parcel, const GateRequest *r, Err *err) {
    size_t bytes = r->schema.n;
    parcel->masked = *r;
    TRY(copy_c(parcel, &parcel->masked.endpoint, err));
    TRY(copy_c(parcel, &parcel->masked.conversation, err));
    TRY(copy_c(parcel, &parcel->masked.why, err));
    TRY(copy_messages(parcel, r, &bytes, err));
    TRY(copy_tools(parcel, r, &bytes, err));
    if (bytes <= TEXT_BYTES_MAX) return OK;
    return err_set(err, E_LIMIT, "the request has %zu MiB of text; at most %d MiB are scanned",
                   bytes >> 20, TEXT_BYTES_MAX >> 20);
}

/* Private text never leaves, in any form. */
static Status check_labels(const GateRequest *r, Err *err) {
    for (size_t i = 0; i < r->n_messages && r->dest != GATE_DEVICE; i++) {
        if (r->messages[i].label != GATE_PRIVATE) continue;
        (void)err_set(err, E_DENIED, "a text of this request is private: it does not leave for "
                                     "\"%s\" (%s)",
                      r->endpoint, gate_dest_name(r->dest));
        return err_hint(err, "ask a model on this device");
    }
    return OK;
}

/* With its length before it, so that no two lists of texts give the same bytes. */
static void digest_str(Sha256 *h, Str text) {
    uint8_t n[8];
    for (int i = 0; i < 8; i++) n[i] = (uint8_t)((uint64_t)text.n >> (8 * i));
    sha256_add(h, n, sizeof n);
    sha256_add(h, text.p, text.n);
}

/* Of what was masked, in the order of the request: anybody who has the masked texts, as the ledger
   keeps them, can tell that it was these. Roles and ids are not in it. */
static void digest(GateParcel *parcel) {
    const GateRequest *r = &parcel->masked;
    Sha256 h;
    sha256_init(&h);
    for (size_t i = 0; i < r->n_messages; i++) {
        digest_str(&h, r->messages[i].text);
        for (size_t c = 0; c < r->messages[i].n_calls; c++) {
            digest_str(&h, r->messages[i].calls[c].name);
            digest_str(&h, r->messages[i].calls[c].arguments);
        }
    }
    for (size_t i = 0; i < r->n_tools; i++) {
        digest_str(&h, r->tools[i].name);
        digest_str(&h, r->tools[i].description);
        digest_str(&h, r->tools[i].schema);
    }
    digest_str(&h, r->schema);
    sha256_end(&h, parcel->digest);
}

/* What only the second look and the reader see is told to the scanner, which finds it wherever it
   stands. */
static Status read_deep(Masker *m, GateParcel *parcel) {
    bool wanted = is_read_deep(m) || is_looked_at(m);
    if (!wanted || m->request->dest == GATE_DEVICE) return OK;
    m->pass = PASS_READ;
    TRY(do_texts(m, parcel));
    return deep_phrases_tell(&m->phrases, m->gate->scanner, m->err);
}

/* The texts as they were, for another writing. */
static void take_back(Masker *m, GateParcel *parcel) {
    const GateRequest *was = m->request;
    GateRequest *r = &parcel->masked;
    GateMessage *messages = (GateMessage *)(uintptr_t)r->messages; /* our own copies */
    GateTool *tools = (GateTool *)(uintptr_t)r->tools;
    assert(r->n_messages == was->n_messages && r->n_tools == was->n_tools);
    for (size_t i = 0; i < r->n_messages; i++) {
        GateToolCall *calls = (GateToolCall *)(uintptr_t)messages[i].calls;
        messages[i].text = was->messages[i].text;
        for (size_t c = 0; c < messages[i].n_calls; c++) {
            calls[c].arguments = was->messages[i].calls[c].arguments;
        }
    }
    for (size_t i = 0; i < r->n_tools; i++) {
        tools[i].description = was->tools[i].description;
        tools[i].schema = was->tools[i].schema;
    }
    r->schema = was->schema;
    parcel->report = (GateReport){0};
}

/* Does a masked text come back? If not, the surrogate that was seen elsewhere, too, is refused. */
static Status prove_text(Masker *m, GateRestorer *r, GateForm form, Str masked, Str original) {
    size_t entry;
    TRY(restorer_prove(r, form, masked, original, &entry, m->err));
    if (entry == SIZE_MAX) return OK;
    m->proven = false;
    return surrogates_refuse(m->surrogates, vault_talk_at(m->talk, entry)->surrogate, m->err);
}

/* Arguments that are JSON were written anew: what must come back is the original written anew. */
static Status prove_arguments(Masker *m, GateRestorer *r, Str masked, Str original) {
    Json *json = NULL;
    Status status = document_parse(original, &json, m->err);
    if (status == E_CORRUPT) return prove_text(m, r, GATE_PLAIN, masked, original);
    if (status != OK) return status;
    Buf wanted;
    buf_init(&wanted, PARCEL_BYTES_MAX);
    JsonWriter w = jsonw_init(&wanted);
    jsonw_json(&w, json);
    json_free(json);
    status = buf_check(&wanted, "a parcel", m->err);
    if (status == OK) status = prove_text(m, r, GATE_JSON, masked, buf_str(&wanted));
    buf_fini(&wanted);
    return status;
}

/* Do messages and calls come back as they were? A name that was drawn may meet what the request
   says in another form ("E. L." of Elowick Lethbrook, a day of birth). */
static Status prove(Masker *m, const GateParcel *parcel) {
    GateRestorer *r;
    MatchStarts starts = {{0}};
    m->proven = true;
    if (!parcel->report.masked) return OK;
    for (size_t i = 0; i < parcel->masked.n_messages; i++) {
        const GateMessage *now = parcel->masked.messages + i;
        match_starts_note(&starts, now->text);
        for (size_t c = 0; c < now->n_calls; c++) {
            match_starts_note(&starts, now->calls[c].arguments);
        }
    }
    TRY(restorer_of(m->talk, GATE_PLAIN, &starts, &r, m->err));
    Status status = OK;
    for (size_t i = 0; status == OK && i < parcel->masked.n_messages; i++) {
        const GateMessage *now = parcel->masked.messages + i, *was = m->request->messages + i;
        status = prove_text(m, r, GATE_PLAIN, now->text, was->text);
        for (size_t c = 0; status == OK && c < was->n_calls; c++) {
            status = prove_arguments(m, r, now->calls[c].arguments, was->calls[c].arguments);
        }
    }
    gate_restorer_free(r);
    return status;
}

/* All texts written, with the map as it is now. */
static Status write_all(Masker *m, GateParcel *parcel) {
    match_free(m->originals);
    match_free(m->echoes);
    m->originals = m->echoes = NULL;
    m->pass = PASS_FIND;
    TRY(do_texts(m, parcel));
    TRY(surrogates_renew(m->surrogates, m->err));
    const MatchStarts *starts = surrogates_starts(m->surrogates);
    TRY(alias_matcher(m->talk, ALIAS_ORIGINAL, starts, &m->originals, m->err));
    for (size_t i = 0; i < parcel->masked.n_messages && !m->echoes; i++) {
        if (!is_echo(&parcel->masked.messages[i])) continue;
        TRY(alias_matcher(m->talk, ALIAS_ECHO, starts, &m->echoes, m->err));
    }
    m->pass = PASS_WRITE;
    TRY(check_names(m, &parcel->masked));
    return do_texts(m, parcel);
}

/* All passes, from PASS_NOTE on, which is 0. Renewing comes twice: before finding, so that no
   surrogate is a word of the request; and after it, since only then all numbers that are somebody's
   are known. Aliases are made last, when nothing is added to the map but spellings. */
static Status masked(Masker *m, GateParcel *parcel) {
    TRY(do_texts(m, parcel));
    TRY(surrogates_renew(m->surrogates, m->err));
    TRY(read_deep(m, parcel));
    TRY(write_all(m, parcel));
    for (int proofs = 0; proofs < PROOFS_MAX; proofs++) {
        TRY(prove(m, parcel));
        if (m->proven) break;
        take_back(m, parcel);
        TRY(surrogates_renew(m->surrogates, m->err));
        TRY(write_all(m, parcel));
    }
    digest(parcel);
    return vault_talk_commit(m->talk, m->err);
}

/* The one maker. It holds the vault's lock from vault_talk_open to vault_talk_close, so two parcels
   of a home are made one after the other. Whatever fails, the scanner forgets this request's
   phrases, and the caller gets no parcel; the map is then as it was on the disk. */
Status gate_parcel_make(Gate *gate, const GateRequest *request, GateParcel **out,
                        GateReport *report, Err *err) {
    assert((unsigned)request->dest < GATE_DEST_COUNT); /* columns of the policy */
    TRY(check_labels(request, err));
    GateParcel *parcel = mem_zalloc(sizeof *parcel);
    if (!parcel) return err_no_memory(err, "a parcel");
    arena_init(&parcel->arena, PARCEL_BYTES_MAX);
    Masker m = {.gate = gate, .request = request, .report = &parcel->report, .err = err};
    arena_init(&m.kept, PARCEL_BYTES_MAX);
    deep_phrases_init(&m.phrases);
    Status status = copy_request(parcel, request, err);
    if (status == OK) status = learn_load(gate, err);
    if (status == OK) status = vault_talk_open(gate->vault, request->conversation, &m.talk, err);
    if (status == OK) status = surrogates_new(m.talk, gate->scanner, &m.surrogates, err);
    if (status == OK) status = masked(&m, parcel);
    Status forgotten = deep_phrases_tell(NULL, gate->scanner, NULL); /* cannot fail */
    if (status == OK) status = forgotten;
    deep_phrases_fini(&m.phrases);
    arena_fini(&m.kept);
    mem_free(m.puts);
    match_free(m.originals);
    match_free(m.echoes);
    surrogates_free(m.surrogates);
    vault_talk_close(m.talk);
    if (status != OK) {
        gate_parcel_free(parcel);
        bool stopped = gate->cancel && atomic_load(gate->cancel); /* or why a surrogate failed */
        return stopped ? err_set(err, E_CANCELLED, "stopped") : status;
    }
    assert(request->dest != GATE_DEVICE || parcel->report.masked == 0);
    if (report) *report = parcel->report;
    *out = parcel;
    return OK;
}

void gate_parcel_free(GateParcel *parcel) {
    if (!parcel) return;
    arena_fini(&parcel->arena);
    mem_free(parcel);
}

const char *gate_role_name(GateRole role) {
    static const char *const names[] = {"system", "user", "assistant", "tool"};
    _Static_assert(ARRAY_LEN(names) == GATE_TOOL + 1, "a name each");
    assert((unsigned)role < ARRAY_LEN(names));
    return names[role];
}

Str gate_parcel_text(const GateParcel *parcel, size_t message) {
    assert(message < parcel->masked.n_messages);
    return parcel->masked.messages[message].text;
}

/* Who found how much: "[found] 3 by format, 1 by model". */
static void preview_detectors(const GateParcel *parcel, Buf *out) {
    const char *before = "[found] ";
    for (int d = 0; d < DETECTOR_COUNT; d++) {
        if (!parcel->report.found_by[d]) continue;
        buf_printf(out, "%s%zu by %s", before, parcel->report.found_by[d],
                   scan_detector_name((ScanDetector)d));
        before = ", ";
    }
    if (*before == ',') buf_add_c(out, "\n");
}

/* The preview is shown as a C string: behind a NUL it would show nothing of what leaves. */
static void show_zeros(Buf *out) {
    Buf shown;
    if (!out->n || !memchr(out->p, 0, out->n)) return;
    buf_init(&shown, 3 * out->n + 1);
    for (size_t at = 0; at < out->n; at++) {
        if (out->p[at]) buf_add_byte(&shown, out->p[at]);
        else buf_add_c(&shown, "\xEF\xBF\xBD");
    }
    buf_clear(out);
    buf_add_str(out, buf_str(&shown));
    if (shown.status != OK) out->status = shown.status;
    buf_fini(&shown);
}

/* It holds words of the user's, too: descriptions, names of what may be chosen. */
static void preview_schema(const char *what, Str schema, Buf *out) {
    if (!schema.n) return;
    buf_printf(out, "[%s] ", what);
    buf_add_str(out, schema);
    buf_add_c(out, "\n");
}

Status gate_parcel_preview(const GateParcel *parcel, Buf *out, Err *err) {
    const GateRequest *r = &parcel->masked;
    for (size_t i = 0; i < r->n_messages; i++) {
        const GateMessage *m = r->messages + i;
        buf_printf(out, "[%s]\n", gate_role_name(m->role));
        buf_add_str(out, m->text);
        buf_add_c(out, "\n");
        for (size_t c = 0; c < m->n_calls; c++) {
            buf_add_c(out, "-> ");
            buf_add_str(out, m->calls[c].name);
            buf_add_c(out, " ");
            buf_add_str(out, m->calls[c].arguments);
            buf_add_c(out, "\n");
        }
    }
    for (size_t i = 0; i < r->n_tools; i++) {
        buf_add_c(out, "[tool offered] ");
        buf_add_str(out, r->tools[i].name);
        buf_add_c(out, ": ");
        buf_add_str(out, r->tools[i].description);
        buf_add_c(out, "\n");
        preview_schema("with arguments", r->tools[i].schema, out);
    }
    preview_schema("the answer is to have this form", r->schema, out);
    preview_detectors(parcel, out);
    show_zeros(out);
    return buf_check(out, "a preview", err);
}
