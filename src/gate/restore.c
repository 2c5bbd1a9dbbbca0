/*
 * Surrogates become the person's own words again, inside a stream.
 *
 * The restorer keeps the bytes that are not decided yet. At each character it asks the matcher
 * (match.c) for the longest surrogate that begins there. Found: what it stands for is given out.
 * None: the character is. Undecided, because the pieces end inside something that may become a
 * surrogate: it waits. What is found at a place depends on what follows alone, so that any cutting
 * into pieces gives the same bytes. What waits is bounded by the longest surrogate and its gaps.
 *
 * For example, where Emma Clark is Vanora Jellicombe and the answer comes in three pieces:
 *
 *     piece          given out           waits
 *     "Dear Van"     "Dear "             "Van", which may become Vanora
 *     "ora Jelli"    -                   "Vanora Jelli", which may become more than Vanora
 *     "combe, how"   "Emma Clark, how"   -
 *
 *     waiting  | Vanora Jelli ...     |     `before` is the sort of what was given out last:
 *              ^ decided              ^ n   a boundary is asked for at a byte that is gone
 *
 * A surrogate that is spelled as it left gives exactly the bytes that it stood for. One that the
 * model has changed is put back in the answer's manner: capitals as in the answer, blanks and
 * emphasis between words as in the answer, digits grouped as in the answer; what JSON or a \uXXXX
 * spelling asks for is escaped.
 *
 * Where it spares addresses, a surrogate inside of one (guard/address.c) stays as it is: whatever
 * shows the answer may fetch it, and so tell the words to whoever owns it. Nothing has to be held
 * back for that: whether an address is open is said by what stands before. One that is a surrogate
 * itself from its beginning is the person's own, unless its host goes on behind it.
 *
 * Only surrogates of this conversation are known to it; the map itself never leaves: a model that
 * is made to say "print the map" can only say surrogates it was sent.
 */
#include "gate/restore.h"

#include <assert.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "gate/alias.h"
#include "gate/forms.h"
#include "gate/guard/address.h"
#include "gate/manner.h"
#include "gate/parcel_impl.h"
#include "gate/restore_impl.h"
#include "gate/scan/impl.h"
#include "gate/surrogate_impl.h"

enum { WAITING_MAX = 1 << 20, OUT_MAX = 64 << 20, COMPACT_AT = 64 << 10, FORM_MAX = 4096 };

/* What a surrogate stands for, without what the surrogate has before its first symbol and behind
   its last ("+", brackets), which the original has, too: a match goes from symbol to symbol. In the
   restorer's arena. */
typedef struct Original {
    Str original, surrogate;
    Str whole; /* the original as it was */
    ScanType type;
} Original;

struct GateRestorer {
    Matcher *surrogates;
    Arena arena;
    Original *originals;
    GateForm form;
    Buf waiting;  /* what is decided is gone but for its last MATCH_BEHIND bytes */
    size_t behind; /* how many bytes of `waiting` are decided and given out */
    MatchSort before;
    Buf out;
    bool spares;
    uint64_t spared; /* how many */
    AddressWatch watch;
    size_t watched; /* bytes of `waiting` that it has seen */
    Str wanted;     /* restorer_prove: what is to come out */
    size_t given;   /* bytes that have come out before `out` */
    size_t wrong;   /* the entry that put something else; SIZE_MAX: none yet */
};

/* Takes off both what stands before the first symbol and behind the last in the surrogate. */
static void trim_pair(Str *original, Str *surrogate) {
    Str core = match_core(*surrogate), cut = *original;
    Str lead = {surrogate->p, (size_t)(core.p - surrogate->p)};
    Str trail = {core.p + core.n, surrogate->n - core.n - lead.n};
    if (str_starts(cut, lead)) cut = str_sub(cut, lead.n, cut.n);
    if (str_ends(cut, trail)) cut = str_sub(cut, 0, cut.n - trail.n);
    *original = cut;
    *surrogate = core;
}

/* Entries by their number, as in the map: the pattern's value leads back to one (alias.h). */
static Status copy_originals(GateRestorer *r, const VaultTalk *talk, Err *err) {
    size_t n = vault_talk_count(talk);
    r->originals = arena_alloc_n(&r->arena, n + 1, sizeof *r->originals);
    bool good = r->originals != NULL;
    for (size_t i = 0; good && i < n; i++) {
        const VaultEntry *e = vault_talk_at(talk, i);
        r->originals[i] = (Original){{arena_dup(&r->arena, e->original.p, e->original.n),
                                      e->original.n},
                                     {arena_dup(&r->arena, e->surrogate.p, e->surrogate.n),
                                      e->surrogate.n},
                                     .type = e->type};
        r->originals[i].whole = r->originals[i].original;
        good = r->originals[i].original.p && r->originals[i].surrogate.p;
        if (good) trim_pair(&r->originals[i].original, &r->originals[i].surrogate);
    }
    return good ? OK : err_no_memory(err, "a restorer");
}

Status restorer_of(const VaultTalk *talk, GateForm form, const MatchStarts *starts,
                   GateRestorer **out, Err *err) {
    GateRestorer *r = mem_zalloc(sizeof *r);
    if (!r) return err_no_memory(err, "a restorer");
    arena_init(&r->arena, 2 * (size_t)VAULT_TALK_BYTES_MAX);
    buf_init(&r->waiting, WAITING_MAX);
    buf_init(&r->out, OUT_MAX);
    r->form = form;
    r->before = SORT_OTHER;
    _Static_assert((int)COMPACT_AT < (int)WAITING_MAX, "a step fits beside what waits");
    address_watch_init(&r->watch, form == GATE_JSON);
    Status status = alias_matcher(talk, ALIAS_SURROGATE, starts, &r->surrogates, err);
    if (status == OK) status = copy_originals(r, talk, err);
    if (status == OK) {
        *out = r;
    } else {
        gate_restorer_free(r);
    }
    return status;
}

Status gate_restorer_for(Gate *gate, const char *conversation, GateForm form, GateRestorer **out,
                         Err *err) {
    VaultTalk *talk;
    TRY(vault_talk_open_known(gate->vault, conversation, &talk, err));
    Status status = restorer_of(talk, form, NULL, out, err);
    vault_talk_close(talk);
    return status;
}

/* A parcel in which nothing was masked may have a conversation that the vault does not know yet. */
Status gate_restorer_new(Gate *gate, const GateParcel *parcel, GateForm form, GateRestorer **out,
                         Err *err) {
    VaultTalk *talk;
    TRY(vault_talk_open(gate->vault, parcel->masked.conversation, &talk, err));
    Status status = restorer_of(talk, form, NULL, out, err);
    vault_talk_close(talk);
    return status;
}

void gate_restorer_free(GateRestorer *r) {
    if (!r) return;
    match_free(r->surrogates);
    arena_fini(&r->arena);
    buf_fini(&r->waiting);
    buf_fini(&r->out);
    address_watch_fini(&r->watch);
    mem_free(r);
}

void gate_restorer_spare_addresses(GateRestorer *r, bool spares) { r->spares = spares; }
uint64_t gate_restorer_spared(const GateRestorer *r) { return r->spared; }

/* ---- putting back -------------------------------------------------------------------------- */

/* One hit in the answer's bytes. */
typedef struct Place {
    const MatchText *text;
    const MatchHit *hit;
    Str own;      /* the thing itself as the pattern spells it */
    bool escaped; /* write non-ASCII as \uXXXX */
    bool json;    /* escape what JSON asks for */
    char coded;   /* '%', '&': as a URL's or HTML's escapes; 0: neither */
} Place;

/* As the place's escapes write it; false: it needs none. */
static bool put_coded(const Place *place, uint32_t code, Buf *out) {
    char bytes[UTF8_MAX_BYTES];
    if (code < 0x80 && (is_letter((char)code) || is_digit((char)code))) return false;
    if (place->coded == '%' && code < 0x80 && strchr("-._~", (int)code)) return false;
    if (place->coded == '&') {
        if (code < 0x80 && !strchr("<>&\"'", (int)code)) return false;
        buf_printf(out, "&#x%x;", code);
        return true;
    }
    size_t n = utf8_encode(code, bytes);
    for (size_t i = 0; i < n; i++) buf_printf(out, "%%%02X", (unsigned char)bytes[i]);
    return true;
}

/* One character, escaped as its place asks: what is put in must not end a JSON string around it. */
static void put_code(const Place *place, uint32_t code, Buf *out) {
    if (place->coded && put_coded(place, code, out)) return;
    if (place->escaped && code > 0xFFFF) {
        buf_printf(out, "\\u%04x\\u%04x", 0xD800 + ((code - 0x10000) >> 10),
                   0xDC00 + ((code - 0x10000) & 0x3FF));
    } else if (place->escaped && code > 0x7E) {
        buf_printf(out, "\\u%04x", code);
    } else if (place->json || place->escaped) {
        jsonw_character(out, code);
    } else {
        utf8_add(out, code);
    }
}

static void put_text(const Place *place, Str text, Buf *out) {
    if (!place->json && !place->escaped && !place->coded) {
        buf_add_str(out, text);
        return;
    }
    for (size_t at = 0, width; at < text.n; at += width) {
        put_code(place, utf8_decode(text, at, &width), out);
    }
}

typedef enum Capitals {
    CAPITALS_AS_ORIGINAL,
    CAPITALS_ALL,
    CAPITALS_NONE,
    CAPITALS_FIRST /* of each word */
} Capitals;

/* Letters of the text in [from, to), against those of the pattern: were they changed? */
static Capitals capitals_of(const MatchText *t, size_t from, size_t to) {
    size_t upper = 0, lower = 0;
    while (from < to) {
        MatchUnit u = match_unit(t, from);
        bool letter = u.sort == SORT_LETTER;
        bool is_low = letter && unicode_upper(u.code) != u.code;
        bool is_up = letter && unicode_lower(u.code) != u.code;
        upper += is_up;
        lower += is_low;
        from += u.size ? u.size : 1;
    }
    if (upper > 1 && lower == 0) return CAPITALS_ALL;
    if (upper > 0 && lower > 0) return CAPITALS_FIRST;
    return lower > 0 && upper == 0 ? CAPITALS_NONE : CAPITALS_AS_ORIGINAL;
}

/* The text in these capitals. */
static void put_dressed(const Place *place, Str text, Capitals capitals, Buf *out) {
    bool letter = false; /* one stands before */
    for (size_t at = 0, width; at < text.n; at += width) {
        uint32_t code = utf8_decode(text, at, &width);
        bool small = capitals == CAPITALS_NONE || (capitals == CAPITALS_FIRST && letter);
        letter = unicode_class(code) == UC_LETTER;
        if (capitals == CAPITALS_ALL) code = unicode_upper(code);
        put_code(place, small ? unicode_lower(code) : code, out);
    }
}

/* How the answer changed the capitals; as the original where it did not. */
static Capitals changed_capitals(const Place *place, size_t from, size_t to, Str own) {
    MatchText pattern = match_plain(own);
    Capitals now = capitals_of(place->text, from, to), was = capitals_of(&pattern, 0, own.n);
    if (now == CAPITALS_FIRST && was != CAPITALS_ALL) return CAPITALS_AS_ORIGINAL;
    return now == was ? CAPITALS_AS_ORIGINAL : now;
}

/* Words of a text: runs of symbols. Returns how many, at most MATCH_WORDS_MAX. */
static int words_of(Str text, Str word[MATCH_WORDS_MAX]) {
    MatchText t = match_plain(text);
    int n = 0;
    bool open = false;
    for (size_t at = 0; at < text.n;) {
        MatchUnit u = match_unit(&t, at);
        if (match_is_symbol(&u) && !open) {
            if (n == MATCH_WORDS_MAX) return 0;
            word[n++] = (Str){text.p + at, 0};
        }
        if (match_is_symbol(&u)) word[n - 1].n = (size_t)(text.p + at + u.size - word[n - 1].p);
        if (u.sort != SORT_CLEAR) open = match_is_symbol(&u);
        at += u.size;
    }
    return n;
}

/* Before word i: what the original has there where the answer left the surrogate's as it was
   ("a.b@c" stands for "d_e@f"), else what the answer has. */
static void put_gap(const Place *place, int i, const Str *was, const Str *word, Buf *out) {
    const MatchHit *hit = place->hit;
    const char *own = was[i - 1].p + was[i - 1].n, *mine = word[i - 1].p + word[i - 1].n;
    Str left = {own, (size_t)(was[i].p - own)}, meant = {mine, (size_t)(word[i].p - mine)};
    Str now = str_sub(place->text->text, hit->word_end[i - 1], hit->word_start[i]);
    assert(was[i].p >= own && word[i].p >= mine);
    if (str_eq(now, left)) put_text(place, meant, out);
    else buf_add_str(out, now);
}

/* Word by word, with what the answer has between them. false, and nothing put: the numbers of words
   differ, so that no word of the one is that word of the other. */
static bool put_words(const Place *place, Str original, Buf *out) {
    const MatchHit *hit = place->hit;
    Str word[MATCH_WORDS_MAX], was[MATCH_WORDS_MAX];
    int n = words_of(original, word);
    if (hit->n_words < 2 || n != hit->n_words || words_of(place->own, was) != n) return false;
    for (int i = 0; i < n; i++) {
        size_t from = hit->word_start[i], to = hit->word_end[i];
        if (i > 0) put_gap(place, i, was, word, out);
        put_dressed(place, word[i], changed_capitals(place, from, to, was[i]), out);
    }
    return true;
}

/* Are the answer's words as long as the surrogate's? Then the original's groups go in their place,
   and not its digits: "203[.]0[.]113[.]77" for "198[.]18[.]9[.]204". */
static bool keeps_groups(const Place *place) {
    const MatchHit *hit = place->hit;
    Str was[MATCH_WORDS_MAX];
    int n = words_of(place->own, was);
    if (n < 2 || n != hit->n_words) return false;
    for (int i = 0; i < n; i++) {
        if (hit->word_end[i] - hit->word_start[i] != was[i].n) return false;
    }
    return true;
}

/* Has it another sign than letters of ASCII and digits, numerals among these? A street's name in
   Han signs is no number, whatever number stands behind it. */
static bool has_sign(const MatchText *t, size_t at, size_t end) {
    while (at < end) {
        MatchUnit u = match_unit(t, at);
        if (match_is_symbol(&u) && u.fold > 0x7F) return true;
        at += u.size ? u.size : 1;
    }
    return false;
}

/* "4539 **** **** 5440": signs that hide digits stay where they are. */
static bool put_around(const Place *place, Str raw, const Code *code, Buf *out) {
    int i = 0;
    if (str_find(raw, STR("***"), 0) == SIZE_MAX) return false;
    for (size_t at = 0; at < raw.n;) {
        MatchText t = match_plain(raw);
        MatchUnit u = match_unit(&t, at);
        bool symbol = match_is_symbol(&u) && i < code->n;
        if (symbol) put_code(place, (unsigned char)code->c[i++], out);
        else buf_add(out, raw.p + at, u.size);
        at += u.size;
    }
    return true;
}

/* Digits grouped as in the answer. false, and nothing put: it is no number, or has other digits
   than the answer's place has room for. */
static bool put_grouped(const Place *place, Str original, Buf *out) {
    Code code, was;
    const MatchHit *hit = place->hit;
    Str raw = str_sub(place->text->text, hit->start, hit->end);
    code_read(original, &code);
    code_read(raw, &was);
    if (!code.other && code.n == was.n && put_around(place, raw, &code, out)) return true;
    for (int i = 0; i < code.n; i++) {
        if (!is_digit(code.c[i])) return false;
    }
    if (code.other || was.other || code.n != was.n || code.n == 0 || place->escaped) return false;
    if (has_sign(place->text, hit->start, hit->end)) return false;
    code_spell(raw, &code, out);
    return true;
}

/* Letter by letter: "C-L-A-R-K". */
static void put_spelled(const Place *place, Str text, Capitals capitals, Buf *out) {
    const MatchHit *hit = place->hit;
    Str between = str_sub(place->text->text, hit->spelled_from, hit->spelled_to);
    bool letter = false; /* one stands right before */
    for (size_t at = 0, width; at < text.n; at += width) {
        uint32_t code = utf8_decode(text, at, &width);
        bool now = unicode_class(code) == UC_LETTER;
        if (letter && now) buf_add_str(out, between);
        put_dressed(place, str_sub(text, at, at + width), capitals, out);
        letter = now;
    }
}

/* Signs inside the match that are not there for the matcher: a "**" that is opened or closed in
   it. Those that are opened and closed in it go with the letters that they stood between. */
typedef struct Emphasis {
    Str sign;
    bool closes; /* its other half stands before the match */
} Emphasis;

static Emphasis emphasis_of(const Place *place) {
    const MatchHit *hit = place->hit;
    Str text = place->text->text;
    Emphasis found = {{NULL, 0}, false};
    int n = 0;
    for (size_t at = hit->start; at < hit->end;) {
        char c = text.p[at];
        size_t run = 1;
        if (c == '*' || c == '`' || c == '~') {
            while (at + run < hit->end && text.p[at + run] == c) run++;
            found.sign = str_sub(text, at, at + run);
            n++;
        }
        at += run;
    }
    if (n % 2 == 0) return (Emphasis){{NULL, 0}, false};
    found.closes = hit->start > 0 && text.p[hit->start - 1] == found.sign.p[0];
    return found;
}

/* Does a bracket close in the match that is opened before it? "(0711) 499 6504" begins with a digit
   for the matcher. */
static bool closes_bracket(Str text) {
    size_t shut = str_find(text, STR(")"), 0), open = str_find(text, STR("("), 0);
    return shut != SIZE_MAX && (open == SIZE_MAX || open > shut);
}

/* What parts words where blanks cannot: '\0' none, in an identifier whose words have capitals; ' ':
   it is no identifier. */
static char identifier_sign(const Place *place) {
    const MatchHit *hit = place->hit;
    Str text = place->text->text;
    size_t end = hit->end;
    char before = hit->start > 0 ? text.p[hit->start - 1] : ' ';
    char behind = end < text.n ? text.p[end] : ' ', next = end + 1 < text.n ? text.p[end + 1] : ' ';
    if (before == '_' || behind == '_') return '_';
    if (behind == '-' && (sign_of(next) & SIGN_SMALL)) return '-';
    return is_letter(before) || is_letter(behind) ? 0 : ' ';
}

/* Its words as one: "nordsternVersicherung" in "mirandelInvoice". false: it is no identifier. */
static bool put_identifier(const Place *place, Str original, Capitals capitals, Buf *out) {
    char sign = identifier_sign(place);
    if (sign == ' ' || str_find(original, STR(" "), 0) == SIZE_MAX) return false;
    for (size_t at = 0, end; at < original.n; at = end + 1) {
        end = str_find(original, STR(" "), at);
        if (end == SIZE_MAX) end = original.n;
        if (at > 0 && sign) buf_add_byte(out, sign);
        bool hump = at > 0 && !sign;
        put_dressed(place, str_sub(original, at, end), hump ? CAPITALS_AS_ORIGINAL : capitals, out);
    }
    return true;
}

/* "宋,予晗" in a table, "裴（令越": what parts surname and given name stays between them. */
static bool put_parted(const Place *place, Str original, Buf *out) {
    const MatchHit *hit = place->hit;
    bool names = surrogates_is_chinese_name(original) && surrogates_is_chinese_name(place->own);
    if (!names) return false;
    size_t family = surrogates_surname_bytes(place->own), mine = surrogates_surname_bytes(original);
    MatchText text = match_until(place->text, hit->end);
    size_t given, signs = utf8_length(str_sub(place->own, 0, family));
    size_t end = match_symbols_end(&text, hit->start, signs, &given);
    if (given == end || hit->end - given != place->own.n - family) return false;
    put_text(place, str_sub(original, 0, mine), out);
    buf_add_str(out, str_sub(text.text, end, given));
    put_text(place, str_sub(original, mine, original.n), out);
    return true;
}

/* Exact bytes where the answer was exact; else the first manner that fits: by groups that are the
   surrogate's, by groups of digits, by words, and at last as one text in the answer's capitals. */
static void put_original(const Place *place, Str original, Buf *out) {
    if (place->hit->exact) {
        put_text(place, original, out);
        return;
    }
    if (keeps_groups(place) && put_words(place, original, out)) return;
    if (put_grouped(place, original, out) || put_words(place, original, out)) return;
    if (put_parted(place, original, out)) return;
    const MatchHit *hit = place->hit;
    Capitals capitals = changed_capitals(place, hit->start, hit->end, place->own);
    if (hit->spelled_to > hit->spelled_from) {
        put_spelled(place, original, capitals, out);
        return;
    }
    if (put_identifier(place, original, capitals, out)) return;
    Emphasis emphasis = emphasis_of(place);
    if (!emphasis.closes) buf_add_str(out, emphasis.sign);
    put_dressed(place, original, capitals, out);
    if (emphasis.closes) buf_add_str(out, emphasis.sign);
    Str raw = str_sub(place->text->text, hit->start, hit->end);
    if (closes_bracket(raw) && !closes_bracket(original)) buf_add_byte(out, ')');
}

/* A name has the form, as the pattern was made of both. false: a thing that is no name cannot be
   written in this manner, though its surrogate can. */
static bool form_of(const Original *original, size_t form, Buf *out) {
    NameParts parts;
    unsigned flags;
    if (original->type != SCAN_PERSON) {
        return manner_write(original->type, original->whole, form, out);
    }
    (void)name_parts_read(original->original, 0, &parts);
    (void)name_form(&parts, form, out, &flags);
    return true;
}

/* "ending in: 4711": the answer's words stay as they are, and its last `n` signs are put back. */
static void put_end(const Place *place, Str form, size_t n, Buf *out) {
    const MatchHit *hit = place->hit;
    MatchText text = match_until(place->text, hit->end);
    size_t cut, symbols = match_symbols(&text, hit->start);
    assert(symbols >= n && form.n >= n);
    (void)match_symbols_end(&text, hit->start, symbols - n, &cut);
    buf_add_str(out, str_sub(place->text->text, hit->start, cut));
    put_text(place, str_sub(form, form.n - n, form.n), out);
}

/* May only letters stand there: in a login, an address of mail, a name of a program? */
static bool is_in_code(const Place *place) {
    const MatchHit *hit = place->hit;
    Str text = place->text->text;
    char behind = hit->end < text.n ? text.p[hit->end] : ' ';
    char before = hit->start > 0 ? text.p[hit->start - 1] : ' ';
    if (behind == '@' || before == '@' || before == '/' || identifier_sign(place) != ' ')
        return true;
    bool glued = true, small = true; /* "wangJianguo", "jianguo-wang" */
    for (size_t at = hit->start; at < hit->end; at++) {
        glued &= !strchr(" \n\t,-", text.p[at]);
        small &= !plain_is_capital(text.p[at]);
    }
    if (glued || small) return true;
    for (size_t at = hit->start; at < hit->end; at++) {
        char next = at + 1 < hit->end ? text.p[at + 1] : ' ';
        if (text.p[at] == '_' || (text.p[at] == '.' && is_letter(next))) return true;
    }
    return false;
}

/* A Chinese name in pinyin comes back in Han signs, as it was, but for where it is code. */
static bool is_put_in_han(const Original *original, const Place *place, size_t form) {
    return original->type == SCAN_PERSON && name_form_is_full(form) &&
           word_is_han(original->original) && !is_in_code(place);
}

/* How many signs of a form's end are the thing's, the rest being words; 0: all is the thing's. */
static size_t end_of(const Original *original, size_t form) {
    return original->type == SCAN_PERSON ? 0 : manner_end(original->type, form);
}

/* With which sign do the escapes of a hit begin that was read so? */
static char escape_of(const MatchText *text, const MatchHit *hit) {
    size_t at = hit->start;
    if (!hit->coded) return 0;
    while (at < hit->end && text->text.p[at] != '%' && text->text.p[at] != '&') at++;
    return at < hit->end ? text->text.p[at] : 0;
}

/* Where behind its title or prefix the thing itself begins. */
static size_t behind_title(const MatchText *text, const MatchHit *hit) {
    MatchText whole = match_until(text, hit->end);
    size_t behind;
    if (hit->n_words > 1) return hit->word_start[hit->n_words - 1];
    (void)match_symbols_end(&whole, hit->start, 1, &behind); /* U+8001, U+5C0F: one sign */
    return behind;
}

/* Where before its title the thing itself ends: it has as many signs as the surrogate. */
static size_t before_title(const MatchText *text, const MatchHit *hit, Str surrogate) {
    MatchText whole = match_until(text, hit->end);
    size_t next;
    return match_symbols_end(&whole, hit->start, utf8_length(surrogate), &next);
}

/* What stands for the hit; what belongs to it and is not the thing ("Mr. ", a title) stays. */
static void put_hit(const GateRestorer *r, const MatchText *plain, const MatchHit *hit, Buf *out) {
    MatchText read = *plain, *text = &read;
    read.coded = hit->coded;
    const Original *original = r->originals + alias_entry(hit->value);
    Str pattern = match_pattern(r->surrogates, hit->pattern);
    Place place = {text, hit, original->surrogate, hit->escaped, r->form == GATE_JSON,
                   escape_of(text, hit)};
    switch (alias_place(hit->value)) {
    case ALIAS_HEAD: {
        size_t end = before_title(text, hit, original->surrogate);
        put_text(&place, original->original, out);
        buf_add_str(out, str_sub(text->text, end, hit->end));
        return;
    }
    case ALIAS_TAIL:
        buf_add_str(out, str_sub(text->text, hit->start, behind_title(text, hit)));
        put_text(&place, original->original, out);
        return;
    case ALIAS_FORM: {
        Buf form;
        if (is_put_in_han(original, &place, alias_form(hit->value))) {
            put_original(&place, original->original, out);
            return;
        }
        buf_init(&form, FORM_MAX);
        bool written = form_of(original, alias_form(hit->value), &form);
        if (written) place.own = pattern;
        size_t end = end_of(original, alias_form(hit->value));
        if (written && end && form.status == OK) put_end(&place, buf_str(&form), end, out);
        else put_original(&place, written ? buf_str(&form) : original->original, out);
        if (form.status != OK) out->status = form.status; /* the answer fails, and is not cut */
        buf_fini(&form);
        return;
    }
    case ALIAS_ALL: put_original(&place, original->original, out); return;
    }
}

bool restorer_bends(ScanType type, Str original) {
    bool hisses = original.n && strchr("sxz", original.p[original.n - 1]);
    bool name = type == SCAN_PERSON || type == SCAN_ORG;
    return name && (hisses || str_ends(original, STR("ß")));
}

/* A genitive's or plural's s behind the hit, where the original ends like one: "Uttoxfords" as
   "Hinrichs'" and "the Hinrichses". Returns how much of the answer that was. */
static size_t put_ending(const GateRestorer *r, Str text, const MatchHit *hit, Buf *out) {
    const Original *original = r->originals + alias_entry(hit->value);
    bool ending = hit->end < text.n && text.p[hit->end] == 's';
    if (!ending || alias_place(hit->value) != ALIAS_ALL) return 0;
    if (!restorer_bends(original->type, original->original)) return 0;
    if (hit->end + 1 < text.n && is_letter(text.p[hit->end + 1])) return 0;
    buf_add_c(out, str_ends(str_sub(text, 0, hit->start), STR("he ")) ? "es" : "’"); /* "the " */
    return 1;
}

/* ---- addresses ----------------------------------------------------------------------------- */

/* Feeds the watch what it has not seen of `waiting` before `at`: it sees the answer's own bytes,
   surrogates among them, for that is what the endpoint wrote. */
static Status watch_until(GateRestorer *r, size_t at, Err *err) {
    size_t from = r->watched;
    if (!r->spares || at <= from) return OK;
    r->watched = at;
    return address_watch_feed(&r->watch, str_sub(buf_str(&r->waiting), from, at), err);
}

/* Does what was found at the beginning of an address end within its host? */
static bool host_goes_on(Str text, const MatchHit *hit) {
    if (hit->end + 1 >= text.n || !text.p[hit->end]) return false;
    return strchr(".-_:@%", text.p[hit->end]) && (unsigned char)text.p[hit->end + 1] > ' ';
}

/* Does the hit stay as it is? */
static Status is_spared(GateRestorer *r, const MatchHit *hit, bool *spared, Err *err) {
    bool inside = false, opens = false;
    *spared = false;
    if (!r->spares) return OK;
    TRY(watch_until(r, hit->start, err));
    TRY(address_watch_open(&r->watch, &inside, err));
    TRY(watch_until(r, hit->end, err));
    if (!inside) TRY(address_watch_open(&r->watch, &opens, err));
    bool elsewhere = r->watch.based || host_goes_on(buf_str(&r->waiting), hit);
    *spared = inside || (opens && elsewhere);
    r->spared += *spared;
    return OK;
}

/* ---- the stream ---------------------------------------------------------------------------- */

/* What begins at this character. An escape of a URL or of HTML begins no word as it is written, so
   what it means is looked at: "&#x6c5f;&#x79be;". */
static MatchOutcome look_at(const GateRestorer *r, const MatchText *text, size_t at,
                            const MatchUnit *u, MatchHit *hit) {
    if (match_is_symbol(u)) return match_at(r->surrogates, text, at, r->before, hit);
    if (match_is_doubtful(text, u, at)) {
        return match_at(r->surrogates, text, at + 1, SORT_OTHER, hit);
    }
    if (u->code != '&' && u->code != '%') return MATCH_NONE;
    MatchText coded = *text;
    coded.coded = true;
    MatchUnit meant = match_unit(&coded, at);
    if (meant.size == 0) return MATCH_MORE;
    if (!match_is_symbol(&meant)) return MATCH_NONE;
    MatchOutcome outcome = match_at(r->surrogates, &coded, at, r->before, hit);
    if (outcome == MATCH_FOUND) hit->coded = true;
    return outcome;
}

/* "Ms. Jiang Yihe": behind a title stands more than the surname that was found with it. */
static MatchOutcome without_title(const GateRestorer *r, const MatchText *text, MatchHit *hit) {
    MatchHit whole;
    if (alias_place(hit->value) != ALIAS_TAIL) return MATCH_FOUND;
    size_t from = behind_title(text, hit);
    if (from == hit->end) return MATCH_FOUND;
    MatchOutcome outcome = match_at(r->surrogates, text, from, SORT_OTHER, &whole);
    if (outcome == MATCH_MORE) return MATCH_MORE;
    if (outcome == MATCH_FOUND && whole.end > hit->end) *hit = whole;
    return MATCH_FOUND;
}

/* Was it right to put what stands in `out` from `from` on, `put` bytes of it by the entry? What
   went wrong before, without a hit, is nobody's. */
static void prove(GateRestorer *r, size_t from, size_t put, size_t entry) {
    Str now = str_sub(buf_str(&r->out), from, r->out.n);
    if (!r->wanted.p || r->wrong != SIZE_MAX || r->out.status != OK) return;
    assert(put <= now.n);
    Str left = str_sub(r->wanted, r->given + from, r->wanted.n);
    if (str_starts(left, now)) return;
    if (str_starts(left, str_sub(now, 0, now.n - put))) r->wrong = entry;
    else r->wanted.p = NULL;
}

/* Decides as far as it can; *decided: how many bytes are. */
static Status decide(GateRestorer *r, bool last, size_t *decided, Err *err) {
    MatchText text = {buf_str(&r->waiting), r->form == GATE_JSON, last, false};
    size_t at = r->behind, kept = at; /* [kept, at) goes out as it is */
    while (at < text.text.n) {
        MatchHit hit;
        MatchUnit u = match_unit(&text, at);
        if (u.size == 0) break;
        MatchOutcome outcome = look_at(r, &text, at, &u, &hit);
        if (outcome == MATCH_FOUND) outcome = without_title(r, &text, &hit);
        if (outcome == MATCH_MORE) break;
        if (outcome == MATCH_FOUND) {
            assert(hit.start >= kept && hit.end > hit.start && hit.end <= text.text.n);
            bool spared;
            if (!last && hit.end + 1 >= text.text.n) break; /* how does it go on? */
            TRY(is_spared(r, &hit, &spared, err));
            if (!spared) {
                size_t from = r->out.n, before = hit.start - kept;
                buf_add(&r->out, text.text.p + kept, before);
                put_hit(r, &text, &hit, &r->out);
                hit.end += put_ending(r, text.text, &hit, &r->out);
                prove(r, from, r->out.n - from - before, alias_entry(hit.value));
                kept = hit.end;
            }
            at = hit.end;
            r->before = SORT_OTHER;
            continue;
        }
        match_pass_word(&u, &r->before);
        at += u.size;
    }
    buf_add(&r->out, text.text.p + kept, at - kept);
    *decided = at;
    return watch_until(r, at, err);
}

Status gate_restore_feed(GateRestorer *r, Str piece, bool last, GateTextFn sink, void *user,
                         Err *err) {
    size_t from = 0;
    do { /* in steps, so that a piece of any size fits */
        size_t n = piece.n - from < COMPACT_AT ? piece.n - from : COMPACT_AT;
        buf_add(&r->waiting, piece.p ? piece.p + from : "", n);
        from += n;
        TRY(buf_check(&r->waiting, "an answer", err));
        if (r->waiting.n == r->behind) continue;
        size_t decided;
        TRY(decide(r, last && from == piece.n, &decided, err));
        assert(decided <= r->waiting.n && !(last && from == piece.n && decided < r->waiting.n));
        TRY(buf_check(&r->out, "an answer", err));
        if (r->out.n) sink(user, buf_str(&r->out));
        r->given += r->out.n;
        buf_clear(&r->out);
        size_t gone = decided > MATCH_BEHIND ? decided - MATCH_BEHIND : 0;
        memmove(r->waiting.p, r->waiting.p + gone, r->waiting.n - gone);
        r->waiting.n -= gone;
        r->behind = decided - gone;
        r->watched -= r->watched < gone ? r->watched : gone;
    } while (from < piece.n);
    return OK;
}

static void to_nobody(void *user, Str piece) {
    (void)user;
    (void)piece;
}

Status restorer_prove(GateRestorer *r, GateForm form, Str masked, Str original, size_t *entry,
                      Err *err) {
    assert(!r->spares); /* what is spared comes out as it is */
    r->form = form;
    buf_clear(&r->waiting);
    r->behind = r->watched = r->given = 0;
    r->before = SORT_OTHER;
    r->wanted = original;
    r->wrong = SIZE_MAX;
    TRY(gate_restore_feed(r, masked, true, to_nobody, NULL, err));
    *entry = r->wrong;
    r->wanted = (Str){0};
    return OK;
}
