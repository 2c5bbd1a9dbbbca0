/*
 * Surrogates of people's names, word by word.
 *
 * A name is taken apart: a Chinese one into surname (one or two signs) and given name, any other
 * into its words. Each part has one surrogate in the conversation, an entry of its own in the map:
 * who is called Smith is called Ravenscroft throughout, with whatever given name, so that a
 * surname or given name alone, as answers like to use them, still means the same people. Signs per
 * part, capitals, initials, particles ("van", "de") and titles ("Herr") stay as they are;
 * gender is not expressed.
 *
 * The map of parts is one to one: a part's surrogate is refused while another part has it, in
 * whatever capitals, for an answer may change them, or while the request uses that word for
 * anything.
 */
#include <assert.h>
#include <stdio.h>

#include "base/lists.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "gate/forms.h"
#include "gate/scan/impl.h"
#include "gate/surrogate_impl.h"

/*
 * A worked example, in one conversation:
 *
 *     "Herr Jan van Dyck"   Herr and van stay, Jan -> Talan, Dyck -> Rackstone:
 *                           "Herr Talan van Rackstone"
 *     "DYCK"                "RACKSTONE": the same part in other capitals
 *
 * Entries that come of it: VAULT_WORD for Jan, Dyck and DYCK, VAULT_WHOLE for the whole spelling.
 * TRIES is chosen: the lists of Latin names hold about 70 each (surrogate_data.c), and in the
 * second half of the tries syllables or signs are put behind a name, so that a long conversation
 * does not run out of them.
 */
enum { TRIES = 600, NAME_MAX = 4096, PEOPLE_MAX = 256 /* whose forms a new name may be */ };

/* Appends a candidate for a part with `signs` Han signs, or a Latin word (signs 0). */
static void candidate(Dice *dice, VaultPart part, size_t signs, bool family, Buf *out) {
    const Words *row = part == VAULT_SURNAME ? signs > 1 ? &name_compounds : &name_surnames
                       : part == VAULT_GIVEN ? &name_last_signs
                       : signs               ? &name_foreign
                       : family              ? &name_family
                                             : &name_given;
    for (size_t i = 1; part == VAULT_GIVEN && i < signs; i++) {
        buf_add_c(out, dice_pick(dice, &name_first_signs));
    }
    buf_add_c(out, dice_pick(dice, row));
}

/* "SMITH", but not "J": one capital says nothing of how the rest would be written. */
static bool is_upper(Str word) {
    size_t letters = 0;
    for (size_t i = 0; i < word.n; i++) {
        if (plain_is_small(word.p[i])) return false;
        letters += is_letter(word.p[i]);
    }
    return letters > 1;
}

/* Without a capital, and a letter of ASCII in front: a login or a name in haste. */
static bool is_lower(Str word) {
    for (size_t i = 0; i < word.n; i++) {
        if (plain_is_capital(word.p[i])) return false;
    }
    return word.n && is_letter(word.p[0]);
}

/* Gives `word` the capitals of `like`. */
static void dress(Str word, Str like, Buf *out) {
    bool upper = is_upper(like), lower = is_lower(like);
    for (size_t i = 0; i < word.n; i++) {
        char c = word.p[i];
        buf_add_byte(out, upper ? to_upper(c) : lower ? to_lower(c) : i == 0 ? to_upper(c) : c);
    }
}

/* Is the word, in no capitals that a name may have, anybody's surrogate or name? */
static bool is_free(const Surrogates *s, VaultPart part, Str word) {
    static const char *const capitals[] = {"Aa", "AA", "aa"};
    Buf made;
    buf_init(&made, NAME_MAX);
    bool free = true;
    for (size_t i = 0; i < ARRAY_LEN(capitals) && free; i++) {
        buf_clear(&made);
        dress(word, str_from(capitals[i]), &made);
        free = made.status == OK && !surrogates_taken(s, buf_str(&made)) &&
               !vault_talk_original(s->talk, part, buf_str(&made));
    }
    buf_fini(&made);
    return free;
}

/* Draws a part's surrogate that nobody has; the last tries put syllables behind it. */
static Status draw_part(Surrogates *s, const VaultEntry *part, Str skeleton, bool family, Buf *out,
                        Err *err) {
    size_t signs = word_is_han(part->original) ? utf8_length(part->original) : 0;
    assert(part->part != VAULT_WHOLE && part->part != VAULT_INSIDE);
    char label[64];
    Buf all, word;
    buf_init(&all, NAME_MAX);
    buf_init(&word, NAME_MAX);
    bool found = false;
    for (int i = 0; i < TRIES && !found && all.status == OK; i++) {
        Dice dice;
        (void)snprintf(label, sizeof label, "part %d %d ", part->part, i);
        buf_clear(&all);
        buf_clear(&word);
        buf_clear(out);
        buf_add_c(&all, label);
        buf_add_str(&all, skeleton);
        dice_init(&dice, vault_talk_key(s->talk), buf_str(&all));
        candidate(&dice, part->part, signs, family, &word);
        if (i > TRIES / 2 && !signs) surrogate_syllables(&dice, 2, &word);
        if (i > TRIES / 2 && signs) candidate(&dice, VAULT_GIVEN, 2, false, &word);
        if (signs) buf_add_str(out, buf_str(&word));
        else dress(buf_str(&word), part->original, out);
        found = is_free(s, part->part, buf_str(&word)) && !surrogates_said(s, buf_str(out));
    }
    Status status = buf_check(&all, "a name", err);
    if (status == OK) status = buf_check(&word, "a name", err); /* else it would be an empty one */
    if (status == OK) status = buf_check(out, "a name", err);
    if (status == OK && !found) status = err_set(err, E_LIMIT, "no free name is left");
    buf_fini(&all);
    buf_fini(&word);
    return status;
}

/* The surrogate of one part, known or new. */
static Status part_for(Surrogates *s, VaultPart part, Str original, bool family, Str *out,
                       Err *err) {
    const VaultEntry *known = vault_talk_original(s->talk, part, original);
    if (known) {
        *out = known->surrogate;
        return OK;
    }
    Buf skeleton, made;
    buf_init(&skeleton, NAME_MAX);
    buf_init(&made, NAME_MAX);
    VaultEntry entry = {SCAN_PERSON, KIND_NAME, part, original, {0}};
    Status status = match_skeleton(original, &skeleton, err);
    if (status == OK) {
        const VaultEntry *same = vault_talk_same(s->talk, SCAN_PERSON, part, buf_str(&skeleton));
        if (same && !word_is_han(original)) dress(same->surrogate, original, &made);
        bool fits = same && made.n && !surrogates_taken(s, buf_str(&made));
        if (!fits) {
            buf_clear(&made);
            status = draw_part(s, &entry, buf_str(&skeleton), family, &made, err);
        }
    }
    entry.surrogate = buf_str(&made);
    if (status == OK) status = surrogates_add(s, &entry, out, err);
    buf_fini(&skeleton);
    buf_fini(&made);
    return status;
}

/* Whoever has a part alone does not know whether it is the family's: a Latin one is drawn from the
   list of given names. */
Status surrogates_part(Surrogates *s, VaultPart part, Str spelled, Str *out, Err *err) {
    return part_for(s, part, spelled, false, out, err);
}

/* ---- whole names --------------------------------------------------------------------------- */

/* A known surname of two signs counts only where something follows it; else it is the first sign.
   0 for an empty name. */
size_t surrogates_surname_bytes(Str name) {
    size_t width;
    for (size_t i = 0; i < name_known_compounds.n; i++) {
        Str compound = str_from(name_known_compounds.items[i]);
        if (str_starts(name, compound) && name.n > compound.n) return compound.n;
    }
    (void)utf8_decode(name, 0, &width);
    return width;
}

/* Nothing but signs: a comma would become a surname, and every title behind it somebody. */
bool surrogates_is_chinese_name(Str name) {
    MatchText t = match_plain(name);
    int signs = 0;
    for (size_t at = 0; at < name.n && signs >= 0;) {
        MatchUnit u = match_unit(&t, at);
        signs = u.sort == SORT_HAN ? signs + 1 : -1;
        at += u.size;
    }
    return signs >= 2 && signs <= 4;
}

/* Surname and given name, each by its own entry. */
static Status chinese_name(Surrogates *s, Str name, Buf *out, Err *err) {
    Str part;
    size_t cut = surrogates_surname_bytes(name);
    assert(cut > 0 && cut <= name.n);
    TRY(part_for(s, VAULT_SURNAME, str_sub(name, 0, cut), false, &part, err));
    buf_add_str(out, part);
    if (cut == name.n) return OK;
    TRY(part_for(s, VAULT_GIVEN, str_sub(name, cut, name.n), false, &part, err));
    buf_add_str(out, part);
    return OK;
}

/* Words between names that stay as they are, since they tell a language, not a person: articles,
   prepositions and the like, in small letters. A find may take one in ("Kowalczyk of Flat 8"), and
   with a surrogate of its own each "of" of the text would be somebody. A "De" with a capital is a
   name. */
static bool is_particle(Str word) {
    static const char *const particles[] = {
        "van", "von", "vom", "de",  "dem", "der", "den", "des", "del", "di",  "da",  "do",
        "dos", "du",  "la",  "le",  "ten", "ter", "bin", "ibn", "ben", "al",  "el",  "af",
        "y",   "zu",  "zum", "zur", "of",  "the", "and", "or",  "at",  "in",  "on",  "from",
        "for", "to",  "by",  "with", "und", "oder", "am", "an",  "auf", "aus", "bei", "im",
        "mit", "für", NULL};
    return list_has(word, particles);
}

/* Bytes before and behind the surname in "小张", "张先生"; false: it is not called so. A prefix
   makes a name of two signs in all. A title must leave just a surname; the longest one that does
   is taken. */
static bool is_addressed(Str name, size_t *before, size_t *behind) {
    *before = *behind = 0;
    for (size_t i = 0; i < name_prefixes.n; i++) {
        Str prefix = str_from(name_prefixes.items[i]);
        if (utf8_length(name) == 2 && str_starts(name, prefix)) *before = prefix.n;
    }
    for (size_t i = 0; i < name_honorifics.n && !*before; i++) {
        Str title = str_from(name_honorifics.items[i]);
        bool all = str_ends(name, title) && name.n > title.n &&
                   surrogates_surname_bytes(name) == name.n - title.n;
        if (all && title.n > *behind) *behind = title.n;
    }
    return word_is_han(name) && (*before || *behind);
}

/* The title stays, the surname gives way. */
static Status addressed_name(Surrogates *s, Str name, size_t before, size_t behind, Buf *out,
                             Err *err) {
    assert(before + behind < name.n); /* a surname is between */
    Str part, surname = str_sub(name, before, name.n - behind);
    TRY(part_for(s, VAULT_SURNAME, surname, false, &part, err));
    buf_add(out, name.p, before);
    buf_add_str(out, part);
    buf_add(out, name.p + name.n - behind, behind);
    return OK;
}

/* Words and what stands between them; the last word is the family's. */
static Status worded_name(Surrogates *s, Str name, Buf *out, Err *err) {
    MatchText t = match_plain(name);
    for (size_t at = 0; at < name.n;) {
        size_t end = at;
        MatchUnit u = match_unit(&t, at);
        if (!match_is_symbol(&u)) {
            buf_add(out, name.p + at, u.size);
            at += u.size;
            continue;
        }
        while (end < name.n && (u = match_unit(&t, end)).sort >= SORT_CLEAR) end += u.size;
        assert(end > at && end <= name.n);
        Str word = str_sub(name, at, end), part = word;
        bool title = end < name.n && name_is_title(word);
        bool speaks = utf8_length(word) > 1 && !is_particle(word) && !title;
        if (speaks) TRY(part_for(s, VAULT_WORD, word, end == name.n, &part, err));
        buf_add_str(out, part);
        at = end;
    }
    return OK;
}

/* By parts; then entered as a whole, too, so that it is found and put back as one. Where the parts
   give nothing new (an initial, a disguise of a known name), it is drawn as one part. */
static Status draw_name(Surrogates *s, Str spelled, Str read, Str *out, Err *err) {
    Buf made;
    buf_init(&made, NAME_MAX);
    size_t before, behind;
    Status status = is_addressed(read, &before, &behind)
                        ? addressed_name(s, read, before, behind, &made, err)
                    : surrogates_is_chinese_name(read) ? chinese_name(s, read, &made, err)
                                                       : worded_name(s, read, &made, err);
    if (status == OK) status = buf_check(&made, "a name", err);
    VaultEntry entry = {SCAN_PERSON, KIND_NAME, VAULT_WHOLE, spelled, buf_str(&made)};
    const VaultEntry *word = vault_talk_original(s->talk, VAULT_WORD, spelled);
    if (status == OK && word && str_eq(word->surrogate, buf_str(&made))) {
        *out = word->surrogate; /* a name alone is the one that it has in company */
        buf_fini(&made);
        return OK;
    }
    bool taken = status == OK && (!made.n || str_eq(buf_str(&made), spelled) ||
                                  vault_talk_surrogate(s->talk, buf_str(&made)));
    if (taken) { /* an initial alone, another disguise of a known name, or no letter at all */
        buf_clear(&made);
        status = draw_part(s, &(VaultEntry){SCAN_PERSON, KIND_NAME, VAULT_WORD, read, {0}},
                           read, true, &made, err);
        entry.surrogate = buf_str(&made);
    }
    if (status == OK) status = surrogates_add(s, &entry, out, err);
    buf_fini(&made);
    return status;
}

/* ---- other forms of a name ----------------------------------------------------------------- */

/* ASCII only: names in forms are Latin letters. A cheap look before all forms are made. */
static bool holds(Str text, Str word) { /* but for capitals */
    for (size_t at = 0; at + word.n <= text.n; at++) {
        size_t i = 0;
        while (i < word.n && to_lower(text.p[at + i]) == to_lower(word.p[i])) i++;
        if (i == word.n) return true;
    }
    return false;
}

/* Which form of a name that is known is spelled so? SIZE_MAX: of none. */
static size_t form_spelled(const VaultEntry *person, Str spelled, Buf *made) {
    NameParts parts;
    unsigned flags;
    if (!name_parts_read(person->original, 0, &parts)) return SIZE_MAX;
    if (!holds(spelled, parts.surname)) return SIZE_MAX;
    for (size_t i = 0; i < name_forms_n; i++) {
        buf_clear(made);
        if (name_form(&parts, i, made, &flags) && str_eq(buf_str(made), spelled)) return i;
    }
    return SIZE_MAX;
}

/* Letters alone, and few: initials, with or without dots. */
static bool is_initials(Str text) {
    enum { INITIALS_MAX = 3 };
    size_t letters = 0, run = 0;
    for (size_t i = 0; i < text.n; i++) {
        bool letter = plain_is_letter(text.p[i]);
        if (!letter && text.p[i] != '.' && text.p[i] != ' ') return false;
        letters += letter;
        run = letter ? run + 1 : 0;
        if (run > 1 && letters > run) return false; /* "E. Ng" */
    }
    return letters <= INITIALS_MAX;
}

static bool is_unused(const Surrogates *s, Str text) {
    return !surrogates_taken(s, text) && !surrogates_said(s, text);
}

/* Is it nobody's, and does the request not say it? Initials are words in some language, or measures
   ("or", "Dr.", "kg"), and each of these in an answer would be somebody: they get a digit behind
   them, as logins have. */
static bool make_free(const Surrogates *s, Buf *made) {
    size_t n = made->n;
    if (!is_initials(buf_str(made))) return is_unused(s, buf_str(made));
    for (char digit = '2'; digit <= '9'; digit++) {
        made->n = n;
        buf_add_byte(made, digit);
        if (made->status == OK && is_unused(s, buf_str(made))) return true;
    }
    return false;
}

/* Enters the form of the person's surrogate, unless it is somebody's or the request says it. */
static Status form_for(Surrogates *s, const VaultEntry *person, size_t form, Str spelled, Str *out,
                       bool *fits, Err *err) {
    NameParts parts;
    unsigned flags;
    Buf made;
    assert(form < name_forms_n && person->type == SCAN_PERSON);
    buf_init(&made, NAME_MAX);
    *fits = name_parts_read(person->surrogate, 0, &parts) &&
            name_form(&parts, form, &made, &flags) && made.status == OK && make_free(s, &made);
    VaultEntry entry = {SCAN_PERSON, KIND_NAME, VAULT_WHOLE, spelled, buf_str(&made)};
    Status status = *fits ? surrogates_add(s, &entry, out, err) : OK;
    buf_fini(&made);
    return status;
}

/* The first PEOPLE_MAX people of the conversation are asked, since each costs up to NAME_FORMS_MAX
   forms to make (chosen). The entry is copied: adding one moves the table. The first person with
   such a form decides, also when the surrogate's form is not free. */
Status surrogates_known_form(Surrogates *s, Str spelled, Str *out, bool *fits, Err *err) {
    Buf made;
    Status status = OK;
    *fits = false;
    if (word_is_han(spelled)) return OK; /* Han signs are no form of anything */
    buf_init(&made, NAME_MAX);
    for (size_t i = 0, people = 0; i < vault_talk_count(s->talk) && people < PEOPLE_MAX; i++) {
        VaultEntry person = *vault_talk_at(s->talk, i);
        if (person.part != VAULT_WHOLE || person.type != SCAN_PERSON) continue;
        people++;
        size_t form = form_spelled(&person, spelled, &made);
        if (form == SIZE_MAX) continue;
        status = form_for(s, &person, form, spelled, out, fits, err);
        break;
    }
    buf_fini(&made);
    return status;
}

Status surrogates_name(Surrogates *s, Str spelled, Str read, Str *out, Err *err) {
    bool fits;
    TRY(surrogates_known_form(s, spelled, out, &fits, err));
    return fits ? OK : draw_name(s, spelled, read, out, err);
}

/* Where the form of the surrogate is not free, the spelling is a thing of its own. */
Status surrogates_form(Surrogates *s, const VaultEntry *person, size_t form, Str spelled, Str *out,
                       Err *err) {
    const VaultEntry *known = vault_talk_original(s->talk, VAULT_WHOLE, spelled);
    ScanSpan span = {0, spelled.n, SCAN_PERSON, KIND_NAME, 1};
    bool fits = false;
    if (!known) TRY(form_for(s, person, form, spelled, out, &fits, err));
    return fits ? OK : surrogates_for(s, &span, spelled, out, err);
}
