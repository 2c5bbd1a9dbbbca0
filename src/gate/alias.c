/*
 * What a thing may be called by.
 *
 *     whole things       as spelled; the matcher sees through disguises (match.c)
 *     an original name   by its first and last word alone
 *     short originals    exactly as they are: "IBM"; without a capital not at all
 *     words of a name    alone; a word of an original only with its capital, for it may be a word
 *     Chinese surnames   before a title, behind U+8001, U+5C0F or U+963F
 *     Chinese given name alone, from two signs on
 *     Chinese surrogate  in pinyin, either order, also sign by sign, and a surname in pinyin behind
 *                        Mr. or Ms.: an answer in English spells names so
 *
 * The value of a pattern is the entry's number and which part of the hit is the thing itself.
 */
#include "gate/alias.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "gate/scan/impl.h"
#include "gate/surrogate_data.h"

enum { SHORT_SYMBOLS = 4, PATTERN_MAX = 4096 };

typedef struct Aliasing {
    Matcher *matcher;
    const VaultEntry *entry;
    uint32_t index;
    Str own; /* the entry's spelling on this side */
    AliasSide side;
    Buf scratch;
    Err *err;
} Aliasing;

static Status add(Aliasing *a, Str pattern, AliasPlace place, unsigned flags) {
    return match_add(a->matcher, pattern, a->index << 2 | (uint32_t)place, flags, a->err);
}

static Status add_joined(Aliasing *a, Str head, Str tail, AliasPlace place) {
    buf_clear(&a->scratch);
    buf_add_str(&a->scratch, head);
    buf_add_str(&a->scratch, tail);
    TRY(buf_check(&a->scratch, "a pattern", a->err));
    return add(a, buf_str(&a->scratch), place, MATCH_NAME);
}

static Status add_surname(Aliasing *a) {
    for (size_t i = 0; i < name_honorifics_n; i++) {
        TRY(add_joined(a, a->own, str_from(name_honorifics[i]), ALIAS_HEAD));
    }
    for (size_t i = 0; i < name_prefixes_n; i++) {
        TRY(add_joined(a, str_from(name_prefixes[i]), a->own, ALIAS_TAIL));
    }
    return OK;
}

/* "Alice Smith" for "Alice J. Smith": the first and the last word of two letters or more. */
static Status add_outer_words(Aliasing *a) {
    MatchText t = {a->own, false, true};
    Str first = {0}, last = {0};
    int words = 0;
    for (size_t at = 0; at < a->own.n;) {
        size_t from = at;
        MatchUnit u;
        while (at < a->own.n && (u = match_unit(&t, at)).sort >= SORT_LETTER) at += u.size;
        Str word = str_sub(a->own, from, at);
        words += word.n > 0;
        if (utf8_length(word) > 1 && !first.n) first = word;
        if (utf8_length(word) > 1) last = word;
        if (at < a->own.n) at += match_unit(&t, at).size;
    }
    if (words < 3 || first.p == last.p) return OK;
    buf_clear(&a->scratch);
    buf_add_str(&a->scratch, first);
    buf_add_byte(&a->scratch, ' ');
    buf_add_str(&a->scratch, last);
    TRY(buf_check(&a->scratch, "a pattern", a->err));
    return add(a, buf_str(&a->scratch), ALIAS_ALL, MATCH_NAME);
}

/* ---- pinyin -------------------------------------------------------------------------------- */

static const char *reading(Str text, size_t at, size_t *used) {
    static const NamePiece *lists[4];
    const size_t counts[4] = {name_compounds_n, name_surnames_n, name_first_signs_n,
                              name_last_signs_n};
    lists[0] = name_compounds;
    lists[1] = name_surnames;
    lists[2] = name_first_signs;
    lists[3] = name_last_signs;
    for (int l = 0; l < 4; l++) {
        for (size_t i = 0; i < counts[l]; i++) {
            Str piece = str_from(lists[l][i].text);
            if (!str_starts(str_sub(text, at, text.n), piece)) continue;
            *used = piece.n;
            return lists[l][i].pinyin;
        }
    }
    return NULL;
}

static void capital(Buf *out, const char *word) {
    buf_add_byte(out, (char)(word[0] - 'a' + 'A'));
    buf_add_c(out, word + 1);
}

/* "Jiang Yihe", "Jiang Yi He", "Yihe Jiang" for a surrogate that is made of our own signs. */
static Status add_pinyin(Aliasing *a) {
    const char *part[4];
    int n = 0;
    for (size_t at = 0, used; at < a->own.n && n < 4; at += used, n++) {
        part[n] = reading(a->own, at, &used);
        if (!part[n]) return OK;
    }
    for (int form = 0; form < 3 && n >= 2; form++) {
        Buf *b = &a->scratch;
        buf_clear(b);
        if (form < 2) capital(b, part[0]), buf_add_byte(b, ' ');
        for (int i = 1; i < n; i++) {
            if (form == 1 && i > 1) buf_add_byte(b, ' ');
            if (i == 1 || form == 1) capital(b, part[i]);
            else buf_add_c(b, part[i]);
        }
        if (form == 2) buf_add_byte(b, ' '), capital(b, part[0]);
        TRY(buf_check(b, "a pattern", a->err));
        TRY(add(a, buf_str(b), ALIAS_ALL, MATCH_NAME));
    }
    return OK;
}

static Status add_addressed(Aliasing *a) {
    static const char *const titles[] = {"Mr. ", "Mr ", "Ms. ", "Ms ", "Mrs. ", "Dr. ", "Miss "};
    size_t used;
    const char *pinyin = reading(a->own, 0, &used);
    if (!pinyin || used != a->own.n) return OK;
    for (size_t i = 0; i < ARRAY_LEN(titles); i++) {
        Buf *b = &a->scratch;
        buf_clear(b);
        buf_add_c(b, titles[i]);
        capital(b, pinyin);
        TRY(buf_check(b, "a pattern", a->err));
        TRY(add(a, buf_str(b), ALIAS_TAIL, MATCH_NAME));
    }
    return OK;
}

/* ---- all of a conversation ----------------------------------------------------------------- */

static unsigned flags_of(const VaultEntry *entry) {
    if (entry->type == SCAN_SECRET) return MATCH_CASE;
    bool words = entry->type == SCAN_PERSON || entry->type == SCAN_ORG ||
                 entry->type == SCAN_ADDRESS || entry->type == SCAN_PLACE;
    return words ? MATCH_NAME : 0;
}

static Status add_entry(Aliasing *a) {
    const VaultEntry *entry = a->entry;
    bool restoring = a->side == ALIAS_SURROGATE;
    switch (entry->part) {
    case VAULT_WORD:
        return add(a, a->own, ALIAS_ALL, MATCH_NAME | (restoring ? 0 : MATCH_CAPITAL));
    case VAULT_SURNAME:
        TRY(add_surname(a));
        return restoring ? add_addressed(a) : OK;
    case VAULT_GIVEN:
        return utf8_length(a->own) >= 2 ? add(a, a->own, ALIAS_ALL, MATCH_NAME) : OK;
    case VAULT_INSIDE:
        return restoring ? add(a, a->own, ALIAS_ALL, MATCH_CASE | MATCH_INSIDE) : OK;
    default:
        break;
    }
    unsigned flags = flags_of(entry);
    size_t length = utf8_length(a->own);
    bool is_short = length < SHORT_SYMBOLS && a->own.n == length; /* ASCII */
    bool speaks = (flags & MATCH_NAME) && has_capital(a->own);
    if (!restoring && (length < 2 || (is_short && !speaks))) {
        return OK; /* only where the scanner sees it */
    }
    if (!restoring && is_short && entry->type != SCAN_PERSON) flags = MATCH_CASE; /* "IBM" */
    TRY(add(a, a->own, ALIAS_ALL, flags));
    if (entry->type != SCAN_PERSON) return OK;
    return restoring ? add_pinyin(a) : add_outer_words(a);
}

Status alias_matcher(const VaultTalk *talk, AliasSide side, Matcher **out, Err *err) {
    Matcher *matcher;
    TRY(match_new(&matcher, err));
    Aliasing a = {.matcher = matcher, .side = side, .err = err};
    buf_init(&a.scratch, PATTERN_MAX);
    Status status = OK;
    /* whole things first: of two patterns that are spelled the same, the first one counts */
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; status == OK && i < vault_talk_count(talk); i++) {
            a.entry = vault_talk_at(talk, i);
            if ((a.entry->part == VAULT_WHOLE) != (pass == 0)) continue;
            a.index = (uint32_t)i;
            a.own = side == ALIAS_ORIGINAL ? a.entry->original : a.entry->surrogate;
            status = add_entry(&a);
        }
    }
    buf_fini(&a.scratch);
    if (status == OK) {
        *out = matcher;
    } else {
        match_free(matcher);
    }
    return status;
}
