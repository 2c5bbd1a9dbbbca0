/*
 * What a thing may be called by.
 *
 *     whole things       as spelled; the matcher sees through disguises (match.c)
 *     names              in other forms, too: "E. Clark", "eclark", pinyin (forms.c)
 *     short originals    exactly as they are: "IBM"; without a capital not at all
 *     words of a name    alone; a word of an original only with its capital or behind a title, for
 *                        it may be a word
 *     Chinese surnames   before a title, behind U+8001, U+5C0F or U+963F; of a surrogate in a cell
 *                        of its own, too
 *     Chinese given name alone, from two signs on
 *     Chinese surrogate  in pinyin, either order, also sign by sign, and a surname in pinyin behind
 *                        Mr. or Ms.: an answer in English spells names so
 *     dates, telephones, firms, streets, e-mail of surrogates  in other manners (manner.c)
 *
 * An answer that was restored comes again as history. What it says was written by the endpoint,
 * which chose the manner: so such a text is looked through for originals in all that is restored
 * (ALIAS_ECHO), also where a user's own words would not be taken for them. Else "ending in 0770"
 * would come back as the end of the original, and tell it with the next question.
 *
 * The value of a pattern is the entry's number, the form's, and which part of the hit is the thing
 * itself (alias_value).
 */
#include "gate/alias.h"

#include <assert.h>

#include "base/utf8.h"
#include "gate/forms.h"
#include "gate/manner.h"
#include "gate/pinyin.h"
#include "gate/scan/impl.h"
#include "gate/surrogate_data.h"

enum { SHORT_SYMBOLS = 4, PATTERN_MAX = 4096 };

_Static_assert((uint64_t)VAULT_ENTRIES_MAX << 9 <= 1ull << 32, "the entry's number fits (alias.h)");
_Static_assert(ALIAS_FORM <= 3 && NAME_FORMS_MAX <= 1 << 7, "a place is two bits, a form seven");

/* The entry at hand, and where its patterns go. */
typedef struct Aliasing {
    Matcher *matcher;
    const VaultEntry *entry;
    uint32_t index;
    Str own; /* the entry's spelling on this side */
    AliasSide side;
    const MatchStarts *starts;
    Buf scratch;
    Err *err;
} Aliasing;

/* A pattern, unless the texts have nothing that begins so. What lies inside of words begins
   nowhere; of the request's words are only other forms left out: what is masked gives its
   neighbours boundaries that they had not. */
static Status add_value(Aliasing *a, Str pattern, uint32_t value, unsigned flags) {
    bool form = alias_place(value) == ALIAS_FORM, inside = flags & MATCH_INSIDE;
    bool looks = a->starts && !inside && (form || a->side == ALIAS_SURROGATE);
    if (looks && !match_starts_with(a->starts, pattern)) return OK;
    return match_add(a->matcher, pattern, value, flags, a->err);
}

/* A pattern of which `place` says how much is the thing itself. */
static Status add(Aliasing *a, Str pattern, AliasPlace place, unsigned flags) {
    assert(place != ALIAS_FORM); /* its number goes with it: add_form */
    return add_value(a, pattern, alias_value(a->index, 0, place), flags);
}

/* The form or manner number `form`, which was written into `scratch`. */
static Status add_form(Aliasing *a, size_t form, unsigned flags) {
    TRY(buf_check(&a->scratch, "a pattern", a->err));
    assert(a->index < VAULT_ENTRIES_MAX && form < NAME_FORMS_MAX);
    return add_value(a, buf_str(&a->scratch), alias_value(a->index, form, ALIAS_FORM), flags);
}

static Status add_joined(Aliasing *a, Str head, Str tail, AliasPlace place, unsigned flags) {
    buf_clear(&a->scratch);
    buf_add_str(&a->scratch, head);
    buf_add_str(&a->scratch, tail);
    TRY(buf_check(&a->scratch, "a pattern", a->err));
    return add(a, buf_str(&a->scratch), place, MATCH_NAME | flags);
}

/* "张先生", "小张": the title is part of the pattern and not of the thing. */
static Status add_surname(Aliasing *a) {
    for (size_t i = 0; i < name_honorifics.n; i++) {
        unsigned whole = a->side == ALIAS_SURROGATE ? MATCH_TITLED : 0;
        TRY(add_joined(a, a->own, str_from(name_honorifics.items[i]), ALIAS_HEAD, whole));
    }
    for (size_t i = 0; i < name_prefixes.n; i++) {
        TRY(add_joined(a, str_from(name_prefixes.items[i]), a->own, ALIAS_TAIL, 0));
    }
    static const char *const families[] = {"家", "家人", "夫妇", "夫妻"};
    if (a->side == ALIAS_ORIGINAL) return OK;
    for (size_t i = 0; i < ARRAY_LEN(families); i++) {
        TRY(add_joined(a, a->own, str_from(families[i]), ALIAS_HEAD, 0));
    }
    TRY(add(a, a->own, ALIAS_ALL, MATCH_NAME | MATCH_CELL));
    TRY(add_joined(a, a->own, STR("工"), ALIAS_HEAD, MATCH_TITLED));
    TRY(add_joined(a, STR("姓"), a->own, ALIAS_TAIL, 0)); /* "whose surname is" */
    return add_joined(a, a->own, STR("姓"), ALIAS_HEAD, 0);
}

/* A word of a name may be a word of the language, so alone it needs its capital; behind a title it
   names somebody in small letters, too: "herrn krause", "mr webb". */
static Status add_word(Aliasing *a) {
    static const char *const titles[] = {"herr ", "herrn ", "frau ", "mr ",  "mrs ",
                                         "ms ",   "dr ",    "mr. ",  "mrs. ", "dr. "};
    bool answer = a->side != ALIAS_ORIGINAL;
    TRY(add(a, a->own, ALIAS_ALL, MATCH_NAME | (answer ? 0 : MATCH_CAPITAL)));
    for (size_t i = 0; !answer && i < ARRAY_LEN(titles); i++) {
        TRY(add_joined(a, str_from(titles[i]), a->own, ALIAS_TAIL, 0));
    }
    return OK;
}

/* ---- forms --------------------------------------------------------------------------------- */

/* Forms that the name and its surrogate both have, as they are spelled on this side. */
static Status add_forms(Aliasing *a, const NameParts *own, const NameParts *other) {
    bool restoring = a->side == ALIAS_SURROGATE;
    Buf *made = &a->scratch;
    unsigned flags;
    for (size_t i = 0; i < name_forms_n; i++) {
        buf_clear(made);
        if ((restoring && !name_form_comes_back(i)) || !name_form_has(other, i)) continue;
        if (!name_form(own, i, made, &flags)) continue;
        if (!restoring) flags &= ~(unsigned)MATCH_INITIALS;
        TRY(add_form(a, i, flags));
    }
    return OK;
}

/* An answer in English spells a Chinese surrogate so: it is put back as it was, in Han signs, or in
   pinyin where these cannot stand (restore.c). */
static Status add_pinyin(Aliasing *a, const NameParts *own) {
    unsigned flags;
    assert(a->side != ALIAS_ORIGINAL); /* an answer spells surrogates, and what they stand for */
    for (size_t i = 0; i < name_forms_n; i++) {
        buf_clear(&a->scratch);
        if (!name_form_is_full(i) || !name_form(own, i, &a->scratch, &flags)) continue;
        TRY(add_form(a, i, MATCH_NAME));
    }
    return OK;
}

/* "Mr. Jiang" for a Chinese surname of the surrogate. */
static Status add_addressed(Aliasing *a) {
    static const char *const titles[] = {"Mr. ", "Mr ", "Ms. ", "Ms ", "Mrs. ", "Dr. ", "Miss ",
                                         "Prof. ", "Herr ", "Herrn ", "Frau "};
    Buf *b = &a->scratch;
    for (size_t i = 0; i < ARRAY_LEN(titles); i++) {
        buf_clear(b);
        buf_add_c(b, titles[i]);
        pinyin_write(a->own, b);
        TRY(buf_check(b, "a pattern", a->err));
        TRY(add(a, buf_str(b), ALIAS_TAIL, MATCH_NAME));
    }
    return OK;
}

/* ---- what is no name ----------------------------------------------------------------------- */

/* An answer writes the surrogate in its own manner; the original comes back in it, or as it is
   where it cannot be written so. */
static Status add_manners(Aliasing *a) {
    ScanType type = a->entry->type;
    assert(a->side != ALIAS_ORIGINAL && type != SCAN_PERSON); /* names have forms, not manners */
    for (size_t i = 0; i < manner_count(type); i++) {
        buf_clear(&a->scratch);
        if (!manner_write(type, a->own, i, &a->scratch)) continue;
        TRY(add_form(a, i, manner_flags(type, i)));
    }
    return OK;
}

/* Of a whole thing, once all whole things are there. */
static Status add_entry_forms(Aliasing *a) {
    bool restoring = a->side == ALIAS_SURROGATE, answer = a->side != ALIAS_ORIGINAL;
    NameParts own, other;
    if (a->entry->type != SCAN_PERSON) return answer ? add_manners(a) : OK;
    name_parts_read(restoring ? a->entry->original : a->entry->surrogate, 0, &other);
    for (int reading = 0; reading < NAME_READINGS; reading++) {
        if (!name_parts_read(a->own, reading, &own)) continue;
        if (answer) TRY(add_pinyin(a, &own)); /* a model reads a sign as it likes */
        if (!restoring || reading == 0) TRY(add_forms(a, &own, &other));
    }
    return OK;
}

/* ---- all of a conversation ----------------------------------------------------------------- */

/* "8 May", "5月4日": two numbers at most, and none of them a year. */
static bool is_day(Str date) {
    size_t runs = 0, run = 0, longest = 0;
    for (size_t i = 0; i < date.n; i++) {
        run = is_digit(date.p[i]) ? run + 1 : 0;
        runs += run == 1;
        if (run > longest) longest = run;
    }
    return runs >= 1 && runs <= 2 && longest <= 2;
}

/* Of a day "4 May" the capital counts: "3 and 4 may also" is none. */
static unsigned flags_of(const VaultEntry *entry) {
    if (entry->type == SCAN_SECRET) return MATCH_CASE;
    if (entry->type == SCAN_DATE && is_day(entry->surrogate)) {
        return MATCH_DAY | (has_capital(entry->surrogate) ? MATCH_CASE | MATCH_NAME : 0);
    }
    bool words = entry->type == SCAN_PERSON || entry->type == SCAN_ORG ||
                 entry->type == SCAN_ADDRESS || entry->type == SCAN_PLACE;
    return words ? MATCH_NAME : 0;
}

static Status add_entry(Aliasing *a) {
    const VaultEntry *entry = a->entry;
    bool restoring = a->side == ALIAS_SURROGATE, answer = a->side != ALIAS_ORIGINAL;
    MatchText own = match_plain(a->own);
    switch (entry->part) {
    case VAULT_WORD:
        return add_word(a);
    case VAULT_SURNAME:
        TRY(add_surname(a));
        return answer ? add_addressed(a) : OK;
    case VAULT_GIVEN:
        if (match_symbols(&own, 0) >= 2) return add(a, a->own, ALIAS_ALL, MATCH_NAME);
        return answer ? add(a, a->own, ALIAS_ALL, MATCH_NAME | MATCH_CELL) : OK;
    case VAULT_INSIDE:
        return answer ? add(a, a->own, ALIAS_ALL, MATCH_CASE | MATCH_INSIDE) : OK;
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
    return add(a, a->own, ALIAS_ALL, flags);
}

Status alias_matcher(const VaultTalk *talk, AliasSide side, const MatchStarts *starts,
                     Matcher **out, Err *err) {
    Matcher *matcher;
    TRY(match_new(&matcher, err));
    if (side == ALIAS_SURROGATE) match_set_code(matcher);
    Aliasing a = {.matcher = matcher, .side = side, .starts = starts, .err = err};
    buf_init(&a.scratch, PATTERN_MAX);
    Status status = OK;
    /* whole things first, forms last: of patterns that are spelled the same the first one counts */
    for (int pass = 0; pass < 3; pass++) {
        for (size_t i = 0; status == OK && i < vault_talk_count(talk); i++) {
            a.entry = vault_talk_at(talk, i);
            if ((a.entry->part == VAULT_WHOLE) != (pass != 1)) continue;
            a.index = (uint32_t)i;
            a.own = side == ALIAS_SURROGATE ? a.entry->surrogate : a.entry->original;
            status = pass < 2 ? add_entry(&a) : add_entry_forms(&a);
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
