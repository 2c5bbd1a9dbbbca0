/*
 * Newer: of two documents of a series the later one counts.
 *
 * Minutes of April move a date that those of March gave; an amendment replaces the fee of its
 * contract; a mail takes back the mail before. Whoever asks "when is the concert?" wants to know
 * when it is, but the older document speaks of it at more length, comes first and is read alone. So
 * a passage is left unread, behind all others, when a later document of the same series (dated.c)
 * says that this has changed:
 *
 *   the series  documents of one folder whose files have one name but for dates and a word
 *               ("minutes"), or of which one calls itself an amendment and names the same in its
 *               first lines; mails of one subject; a mail and a document of one folder that
 *               name the same in their first lines (a sheet is of many things: its name alone
 *               makes a series);
 *   outdated    a document that calls itself so in its first line or as its status, or lies in a
 *               folder of old ones, needs no series: any other document that says as much of the
 *               question counts; where there is none, a notice says what was read;
 *   the change  a sentence of the later document has a word of change ("moved", "instead",
 *               "verlegt"; in an amendment every whole sentence counts), shares words with the
 *               question, with its neighbours nearly as many as the older passage does, and gives
 *               the kind of thing that is asked for (given.c); or a sentence gives the number or
 *               date that is asked for in as many words of the question as the older passage. Of
 *               two editions of one text, which are much the same and say their year alone, the
 *               later one counts without such a word.
 *
 * A question that names a year is asked of then: a document of a later year is left unread where
 * one of the same series that is not says nearly as much of what is asked, unless it names that
 * year itself (minutes of 2025 tell of the cash of 2024). Nothing is done where several years are
 * named, or it is asked what was planned at first.
 *
 * A notice names both, so that nothing is lost in silence. The passage that counts takes the other
 * one's place and score, for it is the same thing that was found.
 *
 * Limits: PASSAGES_MAX of the passages found. Words of change are English and German; whether the
 * older or the later document is right, nobody knows: the later one is what the user is told.
 */
#include <assert.h>
#include <stdio.h>

#include "base/calendar.h"
#include "base/plain.h"
#include "base/segment.h"
#include "base/utf8.h"
#include "turn/dated.h"
#include "turn/given.h"
#include "turn/prompt.h"
#include "turn/say.h"
#include "turn/tally.h"

enum { PASSAGES_MAX = 16, HEAD_MAX = 600, WORD_LEAST = 4, WORD_MAX = 40, NAME_BYTES = 120,
       NAME_LEAST = 5, NAMES_SHARED = 2 };

static const double SAID_MIN = 0.12;    /* of the question, in the sentence of change itself */
static const double SHARE_MIN = 0.6;    /* with its neighbours, of what the older passage has */
static const double SPEAKS_MIN = 0.15;  /* ... in the older passage: less does not speak of it */
static const double MIXED_MIN = 0.4;    /* the same where one is a mail and one is none */
static const double SHARE_UNSURE = 0.7; /* ... where the kind that is asked for is not known */
static const double EDITION_MIN = 0.9;  /* the same between editions, a mail and a file, and
                                           for what is outdated */
static const float BEHIND = 0.5F;       /* of the best score: not read */

typedef struct Item {
    Dated date;
    Str folder, name, head;
    Str subject; /* of a mail, without "Re:" */
    double share;              /* of the question, in its best run */
    double titled;             /* of the question, in the lines above a mail */
    bool old, outdated;
    bool sheet; /* its rows are of many things, and share names with papers on one of them */
    size_t by; /* the one that counts */
} Item;

/* ---- words ----------------------------------------------------------------------------------- */

/* Digits part words here: of "minutes-2025" the name is "minutes". */
static bool in_word(char c) {
    return plain_is_letter(c) || (unsigned char)c >= 0x80 || c == '\'';
}

/* The next word from *at on in small letters; empty: there is none. */
static Str next_word(Str text, size_t *at, char low[WORD_MAX]) {
    size_t n = 0, width;
    while (*at < text.n && !in_word(text.p[*at])) ++*at;
    for (; *at < text.n && in_word(text.p[*at]); *at += width) {
        uint32_t c = unicode_lower(utf8_decode(text, *at, &width));
        if (n + UTF8_MAX_BYTES <= WORD_MAX) n += utf8_encode(c, low + n);
    }
    return (Str){low, n};
}

/* Does a word of the text stand in the list? An entry that ends with "-" is the beginning of one.
   */
static bool says(Str text, const char *const *words) {
    char low[WORD_MAX];
    for (size_t at = 0;;) {
        Str word = next_word(text, &at, low);
        if (!word.n) return false;
        for (size_t i = 0; words[i]; i++) {
            bool start = words[i][strlen(words[i]) - 1] == '-';
            Str want = {words[i], strlen(words[i]) - start};
            if (start ? str_starts(word, want) : str_eq(word, want)) return true;
        }
    }
}

/* "-": any word that begins so. */
static const char *const change[] = {
    "move",      "moves",      "postpone", "extend",    "replace",    "change",    "cancel",
    "moved",     "postponed",  "pushed",   "extended",  "replaced",   "replaces",   "changed",
    "changes",   "instead",    "now",      "delayed",   "reschedul-", "amended",    "increased",
    "increases", "raised",     "reduced",  "lowered",   "takes",      "took",       "taken",
    "cancelled", "canceled",   "withdrew", "withdrawn", "longer",     "corrected",  "correction",
    "revised",   "updated",    "therefore", "verlegt",  "verschoben", "verschiebt", "verschieben",
    "verlängert", "geändert",  "ändert",   "ersetzt",   "statt",      "stattdessen", "jetzt",
    "nunmehr",   "erhöht",     "steigt",   "gestiegen", "sinkt",      "gesenkt",    "übernimmt",
    "übernommen", "entfällt",  "abgesagt", "ausgebucht", "künftig",   "neuer",      "neues",
    "korrigiert", "korrektur", "aktualisiert", "erst",  "vorgezogen", "vertagt",    NULL};

/* What is asked is how it was. */
static const char *const before[] = {
    "original",  "originally", "first",    "initial",   "initially",  "previous",  "previously",
    "before",    "earlier",    "old",      "former",    "formerly",   "ursprünglich-", "zuerst",
    "anfangs",   "zunächst",   "früher-",  "vorher",    "bisher-",    "alte",      "alten",
    "alter",     "altes",      "erste",    "ersten",    "erster",     NULL};

/* How a document, or its folder, calls what counts no more. */
static const char *const outdated[] = {"outdated", "superseded", "obsolete", "deprecated",
                                       "veraltet", "überholt",   "ungültig", NULL};
static const char *const folders[] = {"old",  "archive", "archived", "archiv", "alt",
                                      "alte", "veraltet", "obsolete", NULL};

/* ---- documents ------------------------------------------------------------------------------- */

/* "Status: superseded by 7", or the line below one that says "Status" alone. */
static bool status_outdated(Str head) {
    static const char *const gone[] = {"rejected", "withdrawn", "retired", "abgelehnt",
                                       "zurückgezogen", NULL};
    char low[WORD_MAX];
    bool below = false;
    for (size_t at = 0; at < head.n;) {
        Str line = str_trim(str_line(head, &at));
        size_t word = 0;
        if (!line.n) continue;
        bool status = str_eq_c(next_word(line, &word, low), "status");
        if ((status || below) && (says(line, outdated) || says(line, gone))) return true;
        below = status && str_trim(str_sub(line, word, line.n)).n <= 1; /* a colon */
    }
    return false;
}

bool newer_outdated(Str path, Str head) {
    size_t line = 0;
    Str name = str_file_name(path), folder = str_sub(path, 0, path.n - name.n);
    return says(folder, folders) || says(name, outdated) ||
           says(str_line(head, &line), outdated) || status_outdated(head);
}

/* The passage itself where it is the first of its document; else the document's beginning. */
static Status read_head(Turn *turn, const SearchHit *hit, Str *out, Err *err) {
    Store *store = NULL;
    Buf text;
    *out = hit->text;
    if (hit->start == 0 || hit->file_id == TURN_ATTACHED) return OK;
    TRY(rig_store(turn->rig, STORE_READ, &store, err));
    buf_init(&text, HEAD_MAX + 1);
    Status status = store_text(store, hit->file_id, 0, HEAD_MAX, &text, err);
    if (status == OK) status = arena_keep(&turn->arena, buf_str(&text), out, "the passages", err);
    buf_fini(&text);
    return status;
}

/* Without "Re:", "AW:" and the like. */
static Str mail_subject(Str head) {
    size_t at = str_starts(head, STR("From: ")) ? str_find(head, STR("\nSubject: "), 0) : SIZE_MAX;
    if (at == SIZE_MAX) return (Str){"", 0};
    at++;
    Str line = str_line(head, &at);
    line = str_trim(str_sub(line, 9, line.n));
    for (size_t colon; (colon = str_find(line, STR(": "), 0)) != SIZE_MAX && colon <= 10;) {
        line = str_trim(str_sub(line, colon + 1, line.n));
    }
    return line;
}

/* What is known of the document of passage i. Views of the hit, or copies in the arena. */
static Status describe(Turn *turn, size_t i, Item *out, Err *err) {
    assert(i < turn->found.n && turn->verify); /* recall_verify came before */
    const SearchHit *hit = &turn->found.hits[i];
    Str head;
    TRY(read_head(turn, hit, &head, err));
    Str name = str_file_name(hit->path);
    *out = (Item){.date = dated_of(hit->path, head), .head = utf8_cut(head, HEAD_MAX),
                  .subject = mail_subject(head),
                  .folder = str_sub(hit->path, 0, hit->path.n - name.n), .name = name};
    out->outdated = newer_outdated(hit->path, head);
    StoreFile file = {.state = FILE_READ, .format = hit->format};
    out->sheet = hit->format && tally_form(&file) == TALLY_FORM_SHEET;
    size_t body = out->subject.n ? str_find(hit->text, STR("\n\n"), 0) : 0;
    if (body == SIZE_MAX) body = 0; /* else behind the subject, which all of them share */
    out->share = verify_share(turn->verify, i, body, hit->text.n);
    out->titled = body ? verify_share(turn->verify, i, 0, body) : 0;
    return OK;
}

/* The next word of a file's name that is neither short, nor a month, nor an ending. */
static Str next_name_word(Str name, size_t *at, char low[WORD_MAX]) {
    for (;;) {
        Str word = next_word(name, at, low);
        bool ending = str_eq_c(word, "docx") || str_eq_c(word, "html") || str_eq_c(word, "xlsx");
        if (!word.n || (word.n >= WORD_LEAST && !calendar_month(word) && !ending)) return word;
    }
}

/* How many words of a file's name stand in another's, and how many do not. */
static void compare_names(Str name, Str other, size_t *in, size_t *out) {
    char one[WORD_MAX], two[WORD_MAX];
    *in = *out = 0;
    for (size_t at = 0;;) {
        Str word = next_name_word(name, &at, one), same;
        if (!word.n) return;
        size_t from = 0;
        do same = next_name_word(other, &from, two);
        while (same.n && !str_eq(word, same));
        *in += same.n > 0;
        *out += same.n == 0;
    }
}

/* "minutes-2025-03.md" and "works minutes April.md": one name, but for a word. "house-manual" and
   "lease-weir-house" only share one. */
static bool has_one_name(Str a, Str b) {
    size_t in, out_a, out_b;
    compare_names(b, a, &in, &out_b);
    compare_names(a, b, &in, &out_a);
    return in > 0 && out_a + out_b <= 1;
}

/* The next word of five letters and more that begins with a capital; empty: there is none. */
static Str next_name(Str text, size_t *at, char low[WORD_MAX]) {
    for (;;) {
        Str word = next_word(text, at, low);
        size_t from = *at, width;
        while (from && in_word(text.p[from - 1])) from--;
        uint32_t first = word.n ? utf8_decode(text, from, &width) : 0;
        if (!word.n || (word.n >= NAME_LEAST && unicode_lower(first) != first &&
                        !calendar_month(word))) {
            return word;
        }
    }
}

/* Do the first lines of both name the same? An amendment says whose contract it is of. */
static bool shares_names(Str a, Str b) {
    char one[WORD_MAX], two[WORD_MAX];
    size_t n = 0;
    for (size_t at = 0; n < NAMES_SHARED;) {
        Str word = next_name(a, &at, one);
        if (!word.n) break;
        for (size_t from = 0;;) {
            Str other = next_name(b, &from, two);
            if (!other.n) break;
            n += str_eq(word, other);
            if (str_eq(word, other)) break;
        }
    }
    return n >= NAMES_SHARED;
}

/* A mail and a document: what they share are names only. */
static bool is_mixed(const Item *a, const Item *b) {
    return (a->subject.n > 0) != (b->subject.n > 0);
}

/* Mails by their subject; files by folder and name; an amendment, and a mail beside a file, by the
   names in its first lines. */
static bool of_one_row(const Item *a, const Item *b) {
    if (a->subject.n && b->subject.n) return str_eq(a->subject, b->subject);
    bool mixed = is_mixed(a, b);
    bool named = (mixed || a->date.amends || b->date.amends) && !a->sheet && !b->sheet;
    return str_eq(a->folder, b->folder) && ((!mixed && has_one_name(a->name, b->name)) ||
                                            (named && shares_names(a->head, b->head)));
}

/* ---- changes --------------------------------------------------------------------------------- */

/* Does passage k say that what the question asks for is another than passage i says? */
static bool says_change(const Turn *turn, const Item *items, size_t i, size_t k) {
    Str text = turn->found.hits[k].text;
    size_t start, end, from = 0, to = 0;
    bool mixed = is_mixed(&items[i], &items[k]);
    double titled = items[i].subject.n ? 0 : items[k].titled; /* of one subject both say it */
    for (size_t at = 0; segment_next_wrapped(text, &at, &start, &end);) {
        size_t next = at, after, until;
        from = to ? from : start;
        if (!segment_next_wrapped(text, &next, &after, &until)) until = end;
        Str sentence = str_sub(text, start, end);
        int gives = given_what_was_asked(turn->question, sentence);
        double own = titled + verify_share(turn->verify, k, start, end);
        double near = titled + verify_share(turn->verify, k, from, until);
        bool replaces = items[k].date.amends && str_ends(sentence, STR(".")); /* no line of names */
        bool changes = replaces || says(sentence, change);
        double least = mixed ? EDITION_MIN : gives > 0 ? SHARE_MIN : SHARE_UNSURE;
        bool same = near >= least * items[i].share; /* what it is about */
        bool again = gives > 0 && str_has_digit(sentence) && own >= EDITION_MIN * items[i].share;
        if (gives >= 0 && own >= SAID_MIN && ((changes && same) || again)) return true;
        from = start;
        to = end;
    }
    return false;
}

/* Has k a later word on what i says? Never in a circle: each step goes up in (not outdated, amends,
   year, month, day), where what is unknown is the least. */
static bool is_older(const Turn *turn, const Item *items, size_t i, size_t k) {
    const SearchHit *hits = turn->found.hits;
    if (i == k || hits[i].file_id == hits[k].file_id) return false;
    if (items[i].outdated != items[k].outdated) {
        return items[i].outdated && items[k].share >= EDITION_MIN * items[i].share;
    }
    if (!of_one_row(&items[i], &items[k])) return false;
    bool mixed = is_mixed(&items[i], &items[k]);
    if (items[i].share < (mixed ? MIXED_MIN : items[i].subject.n ? 0 : SPEAKS_MIN)) return false;
    int order = dated_order(&items[k].date, &items[i].date);
    bool note = !items[i].date.year && items[k].date.year; /* a plan without a date, and a note */
    if (order < 0 || (order == 0 && !note)) return false;
    bool edition = order > 0 && !items[i].date.month && !items[k].date.month &&
                   verify_alike(turn->verify, i, k) &&
                   items[k].share >= EDITION_MIN * items[i].share;
    return edition || says_change(turn, items, i, k);
}

static bool names_year(Str text, int year) {
    char digits[16];
    (void)snprintf(digits, sizeof digits, "%d", year);
    return str_has(text, str_from(digits));
}

/* Is i of after the year that is asked of, and k of the same series what counted then? An amendment
   names the day of what it amends. */
static bool is_too_late(const Turn *turn, const Item *items, size_t i, size_t k, int year) {
    const SearchHit *hits = turn->found.hits;
    const Dated *late = &items[i].date, *then = &items[k].date;
    if (late->year <= year || then->year > year || dated_order(late, then) <= 0) return false;
    assert(i != k); /* no document is later than itself */
    return (late->amends || !names_year(hits[i].text, year)) && of_one_row(&items[i], &items[k]) &&
           items[k].share >= SHARE_MIN * items[i].share;
}

/* Does an earlier passage of i's document give way to the same one? */
static bool is_told(const Turn *turn, const Item *items, size_t i) {
    const SearchHit *hits = turn->found.hits;
    assert(items[i].old);
    for (size_t k = 0; k < i; k++) {
        if (items[k].old && hits[k].file_id == hits[i].file_id &&
            hits[items[k].by].file_id == hits[items[i].by].file_id &&
            prompt_comes_close(turn, k)) {
            return true;
        }
    }
    return false;
}

/* Names of files only, cut: whoever knows them finds the rest. */
static void tell(Turn *turn, const Item *items, size_t i, TurnWords words) {
    assert(items[i].old && items[i].by != i);
    const Item *counts = &items[items[i].by], *left = &items[i];
    if (is_told(turn, items, i)) return;
    Buf *out = turn_notice(turn);
    Str a = utf8_cut(counts->name, NAME_BYTES), b = utf8_cut(left->name, NAME_BYTES);
    buf_printf(out, turn_says(turn, words), (int)a.n, a.p, (int)b.n, b.p);
}

/* Which passage stands at place i: the one that changed it, or one that changed something else of
   the same series; they come before what only speaks of it. */
static size_t stands_at(const Item *items, const bool *taken, size_t n, size_t i) {
    size_t k = i;
    for (size_t step = 0; items[k].old && step < n; step++) k = items[k].by;
    assert(!items[k].old); /* what is later is never older in a circle: see dated_order */
    if (k != i) return k;
    for (size_t j = 0; j < n; j++) {
        size_t by = items[j].by;
        if (items[j].old && !items[by].old && !taken[by] && of_one_row(&items[by], &items[i])) {
            return by;
        }
    }
    return i;
}

/* The later passage stands where the older one stood; older ones go behind all others. */
static Status reorder(Turn *turn, Item *items, size_t n, Err *err) {
    SearchHit *hits = turn->found.hits;
    SearchHit *out = arena_alloc_n(&turn->arena, n + 1, sizeof *out);
    bool *taken = arena_zalloc(&turn->arena, n + 1);
    size_t m = 0;
    if (!out || !taken) return err_no_memory(err, "the passages");
    for (size_t i = 0; i < n; i++) {
        for (size_t k = stands_at(items, taken, n, i); !taken[k];
             k = stands_at(items, taken, n, i)) {
            taken[k] = true;
            out[m] = hits[k];
            if (hits[i].score > out[m].score) out[m].score = hits[i].score;
            if (hits[i].cosine > out[m].cosine) out[m].cosine = hits[i].cosine;
            m++;
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (!items[i].old) continue;
        out[m] = hits[i];
        out[m++].score = BEHIND * out[0].score;
    }
    assert(m == n); /* each passage once: those that stand, then the older ones */
    memcpy(hits, out, n * sizeof *out);
    return recall_verify(turn, err);
}

/* Does passage k rather than `by` stand for i? Of several later ones the latest; for what is
   outdated the one that says most of what is asked. */
static bool counts_more(const Item *items, size_t i, size_t k, size_t by) {
    if (items[i].outdated && !items[k].outdated) return items[k].share > items[by].share;
    return items[k].outdated <= items[by].outdated &&
           dated_order(&items[k].date, &items[by].date) > 0;
}

/* Pairs are few: 16 passages at most. */
Status newer_first(Turn *turn, Err *err) {
    Item items[PASSAGES_MAX];
    size_t n = turn->found.n < PASSAGES_MAX ? turn->found.n : PASSAGES_MAX;
    bool any = false;
    int year = dated_year(turn->question);
    if (turn->chinese || year < 0 || newer_asks_before(turn->question)) return OK;
    for (size_t i = 0; i < n; i++) TRY(describe(turn, i, &items[i], err));
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n; k++) {
            bool gives_way = year ? is_too_late(turn, items, i, k, year)
                                  : is_older(turn, items, i, k);
            if (!gives_way) continue;
            bool better = !items[i].old || counts_more(items, i, k, items[i].by);
            if (better) items[i].by = k;
            items[i].old = any = true;
        }
        if (items[i].old && prompt_comes_close(turn, i)) {
            tell(turn, items, i, year ? SAY_OF_THEN : SAY_NEWER);
        }
    }
    assert(n <= PASSAGES_MAX && n <= turn->found.n);
    if (!any) return OK;
    TRY(buf_check(&turn->notice, "a notice", err));
    return reorder(turn, items, n, err);
}

bool newer_asks_before(Str question) { return says(question, before); }

Status newer_warn(Turn *turn, Err *err) {
    for (size_t i = 0; i < turn->n_citations; i++) {
        const SearchHit *hit = &turn->found.hits[turn->citations[i].hit];
        bool told = false;
        Str head, name = utf8_cut(str_file_name(hit->path), NAME_BYTES);
        for (size_t k = 0; k < i && !told; k++) {
            told = turn->found.hits[turn->citations[k].hit].file_id == hit->file_id;
        }
        if (told) continue;
        TRY(read_head(turn, hit, &head, err));
        if (!newer_outdated(hit->path, head)) continue;
        buf_printf(turn_notice(turn), turn_says(turn, SAY_OUTDATED), (int)name.n, name.p);
    }
    return buf_check(&turn->notice, "a notice", err);
}
