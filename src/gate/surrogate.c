/*
 * What stands in a parcel for a private thing.
 *
 * Promises. One thing has one surrogate in a conversation, however it is spelled; two things never
 * share one; in another conversation it is another one, and the two cannot be linked without the
 * vault. A surrogate is of the same type and form, so that an answer can be right about it, and
 * spelled as the original was (blanks, dashes, capitals), so that putting the original back gives
 * the same bytes. It is no word of the request and nothing that another thing of the conversation
 * is called.
 *
 * How. All draws come from keyed BLAKE2b over the conversation's key, the type, the thing's
 * identity (its letters and digits as all spellings share them, match.h) and the number of the
 * attempt: nothing is random twice. A candidate is refused when the request says it, when it is
 * taken, or when the scanner, who took the original for a valid number of its kind, does not take
 * the candidate for one: check digits of all national formats are kept by that one rule. The next
 * attempt draws anew; after ATTEMPTS of them (a hundred birthdays of one year) the thing gets a
 * token, which says its type and nothing else: no request is refused for want of surrogates.
 *
 *     number, key     letters and digits drawn in place, region, issuer, birth year and other
 *                     speaking parts kept (surrogate_code.c)
 *     e-mail, address made anew under example.com and the ranges for documentation,
 *     place, date     year of birth, city, first decimals kept (surrogate_word.c)
 *     name            made of words that have surrogates of their own, so that a surname or given
 *                     name alone still points to the same person (surrogate_name.c)
 *
 * A surrogate that a later request of the conversation says itself, that holds a number which is
 * found to be somebody's, or for which another place of the request would be taken
 * (surrogates_refuse), is given up: what it stood for gets a new one (surrogates_renew). The caller
 * hands in all of a conversation each time, so that the new one stands everywhere, and the answer
 * means what it says.
 *
 * A second spelling of a known thing gets its surrogate in that spelling. When two spellings would
 * get the same bytes (the original was only disguised differently), the second gets a surrogate of
 * its own: that both can be put back exactly is worth more than that they look the same. Escapes
 * ("%31%33%38", "\u5f20") are read first: a surrogate is spelled without them, because drawing in
 * place would keep parts of the digits that spell the digits.
 */
#include "gate/surrogate_impl.h"

#include <assert.h>
#include <stdio.h>

#include "base/hash.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "gate/manner.h"
#include "gate/scan/escape.h"

enum { ATTEMPTS = 400, TOKENS = 100, PLAIN_MAX = 64 << 10, WORDS_MAX = 1 << 26 };

_Static_assert((WORDS_MAX & (WORDS_MAX - 1)) == 0, "a table that doubles ends there");
_Static_assert(SEAL_KEY_BYTES % sizeof(uint32_t) == 0, "a block of dice is whole draws");

/* ---- dice ---------------------------------------------------------------------------------- */

/*
 * Dice are a chain of keyed hashes: eight draws of 32 bits a block.
 *
 *     key'    = derive(conversation's key, "phone 0 13800138000")
 *     block 0 = derive(key', "next")      block i + 1 = derive(key', block i)
 *
 * Who knows surrogates but no key learns nothing of the next draw.
 */
void dice_init(Dice *dice, const uint8_t key[SEAL_KEY_BYTES], Str label) {
    seal_derive(key, label, dice->key);
    seal_derive(dice->key, STR("next"), dice->block);
    dice->at = 0;
}

uint32_t dice_below(Dice *dice, uint32_t n) {
    if (dice->at + 4 > sizeof dice->block) {
        uint8_t last[SEAL_KEY_BYTES];
        memcpy(last, dice->block, sizeof last);
        seal_derive(dice->key, (Str){(char *)last, sizeof last}, dice->block);
        dice->at = 0;
    }
    uint32_t draw;
    assert(n > 0 && dice->at % sizeof draw == 0);
    memcpy(&draw, dice->block + dice->at, sizeof draw);
    dice->at += 4;
    return (uint32_t)((uint64_t)draw * n >> 32); /* bias below n / 2^32 */
}

/* ---- what the request says ----------------------------------------------------------------- */

/* 64 bits stand for the word. Of at most 2^25 words (half of WORDS_MAX) a false "the request says
   it" comes once in 2^39 looks, and costs only another draw. 0 marks a free slot. */
static uint64_t word_hash(Str word) {
    uint64_t hash = hash_table_key(word.p, word.n);
    return hash ? hash : 1;
}

/* cap is a power of two, at least half of it free: the walk ends. */
static uint64_t *word_slot(uint64_t *words, size_t cap, uint64_t hash) {
    size_t at = (size_t)(hash >> 8) & (cap - 1);
    while (words[at] && words[at] != hash) at = (at + 1) & (cap - 1);
    return words + at;
}

/* On failure the old table stays as it was. */
static Status hash_note(Surrogates *s, uint64_t hash, Err *err) {
    if (2 * (s->n_words + 1) > s->cap_words) {
        size_t cap = s->cap_words ? 2 * s->cap_words : 1024;
        uint64_t *more = cap <= WORDS_MAX ? mem_zalloc_n(cap, sizeof *more) : NULL;
        if (!more) return err_no_memory(err, "the words of a request");
        for (size_t i = 0; i < s->cap_words; i++) {
            if (s->words[i]) *word_slot(more, cap, s->words[i]) = s->words[i];
        }
        mem_free(s->words);
        s->words = more;
        s->cap_words = cap;
    }
    assert((s->cap_words & (s->cap_words - 1)) == 0 && s->n_words < s->cap_words);
    uint64_t *slot = word_slot(s->words, s->cap_words, hash);
    s->n_words += *slot == 0;
    *slot = hash;
    return OK;
}

static Status word_note(Surrogates *s, Str word, Err *err) {
    return hash_note(s, word_hash(word), err);
}

/* ---- numbers that are somebody's ----------------------------------------------------------- */

/* Are these letters and digits a number long enough to be told from others? 7 is the shortest
   telephone number that the scanner finds; 32 is chosen. holds_number walks the same lengths. */
static bool is_telling(Str skeleton) {
    for (size_t i = 0; i < skeleton.n; i++) {
        if ((unsigned char)skeleton.p[i] >= 0x80) return false;
    }
    return skeleton.n >= 7 && skeleton.n <= 32;
}

static uint64_t number_hash(Str skeleton) {
    return word_hash(skeleton) ^ 0x9E3779B97F4A7C15u; /* apart from words */
}

static Status number_note(Surrogates *s, Str skeleton, Err *err) {
    if (!is_telling(skeleton)) return OK;
    assert(skeleton.n < 64); /* a bit of `lengths` each */
    s->lengths |= 1ull << skeleton.n;
    return hash_note(s, number_hash(skeleton), err);
}

/* Does the candidate hold somebody's number? A drawn resident id may hold a date of birth. */
static bool holds_number(const Surrogates *s, Str candidate) {
    char bytes[64 + UTF8_MAX_BYTES];
    MatchText t = match_plain(candidate);
    size_t n = 0;
    if (!s->lengths) return false;
    assert(s->cap_words > 0); /* whoever noted a length noted a number */
    for (size_t at = 0; at < candidate.n && n < 64;) {
        MatchUnit u = match_unit(&t, at);
        if (match_is_symbol(&u)) n += utf8_encode(u.fold, bytes + n);
        at += u.size;
    }
    for (size_t length = 7; length <= 32 && length <= n; length++) {
        for (size_t at = 0; (s->lengths >> length & 1) && at + length <= n; at++) {
            uint64_t hash = number_hash((Str){bytes + at, length});
            if (*word_slot(s->words, s->cap_words, hash)) return true;
        }
    }
    return false;
}

/* Walks a text word by word: runs of letters or digits, and pairs of Han signs. */
typedef struct WordWalk {
    MatchText text;
    size_t at;
    char word[64 + UTF8_MAX_BYTES];
    size_t n;
    char before[UTF8_MAX_BYTES]; /* the Han sign before */
    size_t n_before;
} WordWalk;

/*
 * "Call 张伟明 at 555-0199" gives call, 张伟, 伟明, at, 555, 0199: Chinese has no blanks, and a
 * pair of signs is the least that means something. The sign before is in w->before, so that
 * surrogates_note can note single ones, too, for surnames of one sign.
 */
static void walk_begin(WordWalk *w, Str text) {
    *w = (WordWalk){.text = match_plain(text)};
}

/* Signs that are seen through (SORT_CLEAR, match.h) part no word: an escape or a zero-width sign
   within one is passed over. Words are folded, and cut at 64 bytes. */
static bool walk_next(WordWalk *w, Str *word) {
    w->n = 0;
    while (w->at < w->text.text.n) {
        MatchUnit u = match_unit(&w->text, w->at);
        if (u.sort == SORT_HAN) {
            if (w->n) break;
            w->at += u.size;
            char sign[UTF8_MAX_BYTES];
            size_t n = utf8_encode(u.code, sign);
            memcpy(w->word, w->before, w->n_before);
            memcpy(w->word + w->n_before, sign, n);
            bool pair = w->n_before > 0;
            *word = (Str){w->word, w->n_before + n};
            memcpy(w->before, sign, n);
            w->n_before = n;
            if (pair) return true;
            continue;
        }
        w->n_before = 0;
        if (!match_is_symbol(&u) && u.sort != SORT_CLEAR && w->n) break;
        w->at += u.size;
        if (match_is_symbol(&u) && w->n < 64) w->n += utf8_encode(u.fold, w->word + w->n);
    }
    *word = (Str){w->word, w->n};
    return w->n > 0;
}

Status surrogates_note(Surrogates *s, Str text, Err *err) {
    WordWalk walk;
    Str word;
    match_starts_note(&s->starts, text);
    walk_begin(&walk, text);
    while (walk_next(&walk, &word)) {
        TRY(word_note(s, word, err));
        if (walk.n_before) TRY(word_note(s, (Str){walk.before, walk.n_before}, err));
    }
    return OK;
}

const MatchStarts *surrogates_starts(const Surrogates *s) {
    return &s->starts;
}

/* "12" or "1983" says nothing: dates and amounts are made of such; what is a number as a whole is
   told by holds_number. */
static bool word_speaks(Str word) {
    size_t digits = 0;
    for (size_t i = 0; i < word.n; i++) digits += plain_is_digit(word.p[i]);
    return word.n >= 3 && !(digits == word.n && word.n < 5);
}

/* A candidate of no speaking word is never said: "12" would be refused in every text. */
bool surrogates_said(const Surrogates *s, Str candidate) {
    WordWalk walk;
    Str word;
    bool speaks = false;
    if (!s->cap_words) return false;
    if (utf8_length(candidate) == 1) { /* a surname of one sign */
        return *word_slot(s->words, s->cap_words, word_hash(candidate)) != 0;
    }
    walk_begin(&walk, candidate);
    while (walk_next(&walk, &word)) {
        if (!word_speaks(word)) continue;
        speaks = true;
        if (!*word_slot(s->words, s->cap_words, word_hash(word))) return false;
    }
    return speaks;
}

static uint64_t refused_hash(Str surrogate) {
    return word_hash(surrogate) ^ 0xC2B2AE3D27D4EB4Fu; /* apart from words and numbers */
}

static bool is_refused(const Surrogates *s, Str surrogate) {
    return s->cap_words && *word_slot(s->words, s->cap_words, refused_hash(surrogate));
}

Status surrogates_refuse(Surrogates *s, Str surrogate, Err *err) {
    TRY(surrogates_note(s, surrogate, err));
    return hash_note(s, refused_hash(surrogate), err);
}

/* The old entries are copied first: dropping moves the table, but the texts they point to stay
   (vault_talk_drop). Wholes and parts are drawn anew in the order in which they came. */
Status surrogates_renew(Surrogates *s, Err *err) {
    size_t n = vault_talk_count(s->talk), n_old = 0;
    bool *said = mem_zalloc_n(n + 1, sizeof *said);
    VaultEntry *old = mem_alloc_n(n + 1, sizeof *old);
    Status status = said && old ? OK : err_no_memory(err, "surrogates");
    for (size_t i = 0; status == OK && i < n; i++) {
        const VaultEntry *entry = vault_talk_at(s->talk, i);
        said[i] = surrogates_said(s, entry->surrogate) || is_refused(s, entry->surrogate) ||
                  (entry->part == VAULT_WHOLE && holds_number(s, entry->surrogate));
        if (said[i]) old[n_old++] = *entry;
    }
    for (size_t i = 0; status == OK && n_old && i < n; i++) { /* they hold others' surrogates */
        said[i] |= vault_talk_at(s->talk, i)->part == VAULT_INSIDE;
    }
    assert(status != OK || n_old <= n);
    if (status == OK && n_old) vault_talk_drop(s->talk, said);
    for (size_t i = 0; status == OK && i < n_old; i++) {
        ScanSpan span = {0, old[i].original.n, old[i].type, old[i].kind, 1};
        Str made;
        if (old[i].part == VAULT_WHOLE) {
            status = surrogates_for(s, &span, old[i].original, &made, err);
        } else if (old[i].part != VAULT_INSIDE) { /* those are noted anew where they stand */
            status = surrogates_part(s, old[i].part, old[i].original, &made, err);
        }
    }
    mem_free(said);
    mem_free(old);
    return status;
}

bool surrogates_taken(const Surrogates *s, Str candidate) {
    return vault_talk_surrogate(s->talk, candidate) || is_refused(s, candidate) ||
           vault_talk_original(s->talk, VAULT_WHOLE, candidate);
}

/* ---- making one ---------------------------------------------------------------------------- */

/* Numbers that the conversation knows already. */
static Status known_note(Surrogates *s, Err *err) {
    Buf skeleton;
    buf_init(&skeleton, VAULT_TALK_BYTES_MAX);
    Status status = OK;
    for (size_t i = 0; status == OK && i < vault_talk_count(s->talk); i++) {
        buf_clear(&skeleton);
        status = match_skeleton(vault_talk_at(s->talk, i)->original, &skeleton, err);
        if (status == OK) status = number_note(s, buf_str(&skeleton), err);
    }
    buf_fini(&skeleton);
    return status;
}

/* Numbers of earlier turns are noted at once; words are noted as the texts come. */
Status surrogates_new(VaultTalk *talk, Scanner *scanner, Surrogates **out, Err *err) {
    Surrogates *s = mem_zalloc(sizeof *s);
    if (!s) return err_no_memory(err, "surrogates");
    s->talk = talk;
    s->scanner = scanner;
    Status status = known_note(s, err);
    if (status == OK) *out = s;
    else surrogates_free(s);
    return status;
}

void surrogates_free(Surrogates *s) {
    if (!s) return;
    mem_free(s->words);
    mem_free(s);
}

Status surrogates_add(Surrogates *s, const VaultEntry *entry, Str *out, Err *err) {
    assert(entry->surrogate.n > 0); /* nothing in its place could not be put back */
    TRY(vault_talk_add(s->talk, entry, err));
    *out = vault_talk_at(s->talk, vault_talk_count(s->talk) - 1)->surrogate;
    return OK;
}

/* The kind goes first where it says more than the type; what neither knows gets a token. */
static SurrogateMaker maker_of(ScanType type, ScanKind kind) {
    switch (kind) {
    case KIND_KEY: case KIND_WALLET: return surrogate_key;
    case KIND_PASSWORD: return surrogate_password;
    case KIND_TOKEN_URL: return surrogate_url;
    case KIND_NETWORK: return surrogate_network;
    case KIND_POSITION: return surrogate_position;
    case KIND_BIRTH: return surrogate_date;
    default: break;
    }
    switch (type) {
    case SCAN_ID: case SCAN_PHONE: case SCAN_BANK: return surrogate_number;
    case SCAN_SECRET: return surrogate_key;
    case SCAN_EMAIL: return surrogate_email;
    case SCAN_ADDRESS: case SCAN_PLACE: return surrogate_street;
    case SCAN_ORG: return surrogate_org;
    case SCAN_DATE: return surrogate_date;
    default: return surrogate_token;
    }
}

/* Does the scanner take all of it for one thing of the kind? */
static bool is_valid(Surrogates *s, Str text, ScanKind kind) {
    const ScanSpan *spans;
    size_t n;
    return gate_scan(s->scanner, text, &spans, &n, NULL) == OK && n == 1 &&
           spans[0].kind == kind && spans[0].start == 0 && spans[0].end == text.n;
}

/* Sets the dice for this attempt: the same thing gets the same candidates in the same order. What
   has no letter or digit is its own identity; of a long one the first half of PLAIN_MAX counts. */
static void thing_attempt(Thing *thing, unsigned attempt) {
    char label[32]; /* type and attempt; the longest type has 7 letters */
    Buf all;
    buf_init(&all, PLAIN_MAX);
    (void)snprintf(label, sizeof label, "%s %u ", scan_type_name(thing->type), attempt);
    buf_add_c(&all, label);
    Str identity = thing->skeleton.n ? thing->skeleton : thing->spelled;
    buf_add_str(&all, identity.n < PLAIN_MAX / 2 ? identity : str_sub(identity, 0, PLAIN_MAX / 2));
    dice_init(&thing->dice, thing->key, buf_str(&all));
    thing->attempt = attempt;
    buf_fini(&all);
}

/* What a made-up firm or street is called by alone: its first letters, two Han signs or six others,
   behind its number or city. */
static Str calling_of(Str name) {
    enum { CALLING_BYTES = 6 };
    size_t at = surrogate_city_bytes(name) % (name.n + 1);
    while (at < name.n && (plain_is_digit(name.p[at]) || name.p[at] == ' ')) at++;
    return name.n - at < CALLING_BYTES ? (Str){0} : str_sub(name, at, at + CALLING_BYTES);
}

/* Would "Jovendra" alone mean two firms, "Jovendra Inc." and "Jovendra GmbH"? */
static bool has_namesake(const Surrogates *s, ScanType type, Str candidate) {
    Str calling = calling_of(candidate);
    bool named = type == SCAN_ORG || type == SCAN_ADDRESS || type == SCAN_PLACE;
    for (size_t i = 0; named && calling.n && i < vault_talk_count(s->talk); i++) {
        const VaultEntry *e = vault_talk_at(s->talk, i);
        if (e->type == type && str_eq(calling_of(e->surrogate), calling)) return true;
    }
    return false;
}

/* Draws until a candidate is free and valid. */
static Status draw(Surrogates *s, Thing *thing, SurrogateMaker make, Buf *out, Err *err) {
    bool numbers = make == surrogate_number;
    bool checked = numbers && is_valid(s, thing->spelled, thing->kind);
    for (unsigned attempt = 0; attempt < ATTEMPTS + TOKENS; attempt++) {
        buf_clear(out);
        thing_attempt(thing, attempt);
        if (attempt == ATTEMPTS || !make(thing, out)) {
            make = surrogate_token;
            checked = false;
            buf_clear(out);
            (void)make(thing, out);
        }
        TRY(buf_check(out, "a surrogate", err));
        Str candidate = buf_str(out);
        bool late = attempt > ATTEMPTS / 2; /* rather an invalid one than none */
        if (str_eq(candidate, thing->spelled) || surrogates_taken(s, candidate)) continue;
        if (holds_number(s, candidate)) continue;
        if (surrogates_said(s, candidate) && !late) continue;
        if (!late && has_namesake(s, thing->type, candidate)) continue;
        if (checked && !late && !is_valid(s, candidate, thing->kind)) continue;
        return OK;
    }
    return err_set(err, E_LIMIT, "no free surrogate is left for a thing of type %s",
                   scan_type_name(thing->type));
}

/* The known surrogate in the new spelling: "+44 20 7946 0958" has "+44 20 3178 4402"; then
   "+44-20-7946-0958" gets "+44-20-3178-4402". False: the letters of the two do not pair, or the
   surrogate was not made by drawing letters and digits in place; then what stays of the spelling
   would say what it stands for. */
static bool respell(const VaultEntry *same, Str spelled, Buf *out) {
    Code was, now, new_code;
    code_read(same->original, &was);
    code_read(same->surrogate, &now);
    code_read(spelled, &new_code);
    if (was.other || now.other || new_code.other || was.n != now.n || new_code.n != now.n) {
        return false;
    }
    code_spell(same->original, &now, out);
    bool in_place = str_eq(buf_str(out), same->surrogate);
    buf_clear(out);
    if (in_place) code_spell(spelled, &now, out);
    return in_place;
}

/* Is all of a number drawn anew where letters and digits are drawn in place? Not where it stands
   among tags or escapes, nor where it has signs that only the scanner reads as digits. */
static bool is_plain_number(const Thing *thing) {
    MatchText t = match_plain(thing->spelled);
    const bool has_han = thing->kind == KIND_CN_PLATE || thing->kind == KIND_CN_OFFICER;
    bool digits = false;
    for (size_t i = 0; i < thing->skeleton.n; i++) {
        digits |= plain_is_digit(thing->skeleton.p[i]);
    }
    for (size_t at = 0; at < thing->spelled.n;) {
        MatchUnit u = match_unit(&t, at);
        at += u.size;
        bool markup = u.code == '<' || u.code == '&' || u.code == '%' || u.code == '\\';
        bool blank = u.code == 0xA0 || u.code == 0x3000 || (u.code >= 0x2000 && u.code < 0x2070);
        bool stays = blank || u.sort == SORT_CLEAR || (u.sort == SORT_HAN && has_han);
        if (markup || (u.fold >= 0x80 && !stays)) return false;
    }
    return digits; /* none: said in words, whose prefix would stay */
}

/* A number that could not be drawn as a whole gets a token: half of it must not stay. */
static SurrogateMaker maker_for(const Thing *thing) {
    SurrogateMaker make = maker_of(thing->type, thing->kind);
    return make == surrogate_number && !is_plain_number(thing) ? surrogate_token : make;
}

/* The surrogate of `spelled`, which says `read` when its escapes are read. */
static Status make_entry(Surrogates *s, const ScanSpan *span, Str spelled, Str read, Str *out,
                         Err *err) {
    Buf skeleton, made;
    buf_init(&skeleton, SCAN_TEXT_MAX);
    buf_init(&made, PLAIN_MAX);
    Status status = match_skeleton(read, &skeleton, err);
    Thing thing = {.type = span->type, .kind = span->kind, .spelled = read,
                   .skeleton = buf_str(&skeleton), .key = vault_talk_key(s->talk)};
    const VaultEntry *same = NULL;
    bool found = false;
    if (status == OK) status = number_note(s, thing.skeleton, err);
    if (status == OK && thing.skeleton.n) {
        same = vault_talk_same(s->talk, span->type, VAULT_WHOLE, thing.skeleton);
        found = same && respell(same, read, &made) && !surrogates_taken(s, buf_str(&made));
    }
    if (status == OK && !found) {
        status = draw(s, &thing, maker_for(&thing), &made, err);
    }
    VaultEntry entry = {span->type, span->kind, VAULT_WHOLE, spelled, buf_str(&made)};
    if (status == OK) status = surrogates_add(s, &entry, out, err);
    buf_fini(&skeleton);
    buf_fini(&made);
    return status;
}

/* "HI-00482", "1001" in a column of names: the tagger took a code for somebody. As one it is drawn,
   for a name in its place would say that it was another thing. */
static bool is_code(const ScanSpan *span, Str spelled) {
    enum { LEAST = 3 };
    size_t digits = 0, letters = 0;
    if (span->type != SCAN_PERSON) return false;
    for (size_t i = 0; i < spelled.n; i++) {
        digits += plain_is_digit(spelled.p[i]);
        letters += !plain_is_digit(spelled.p[i]) && plain_is_alnum(spelled.p[i]);
        if ((unsigned char)spelled.p[i] >= 0x80) return false;
    }
    return digits >= LEAST && digits > letters;
}

/* emma.clark@ where Emma Clark is known: a model that greets her by it says her surrogate. */
static Status email_of_known(Surrogates *s, const ScanSpan *span, Str spelled, Str *out, bool *fits,
                             Err *err) {
    size_t at = str_find(spelled, STR("@"), 0);
    Str local;
    *fits = false;
    if (at == SIZE_MAX) return OK;
    TRY(surrogates_known_form(s, str_sub(spelled, 0, at), &local, fits, err));
    if (!*fits) return OK;
    Buf made;
    buf_init(&made, PLAIN_MAX);
    buf_add_str(&made, local);
    buf_add_c(&made, "@example.com");
    *fits = made.status == OK && !surrogates_taken(s, buf_str(&made)) &&
            !surrogates_said(s, buf_str(&made));
    VaultEntry entry = {span->type, span->kind, VAULT_WHOLE, spelled, buf_str(&made)};
    Status status = *fits ? surrogates_add(s, &entry, out, err) : OK;
    buf_fini(&made);
    return status;
}

Status surrogates_for(Surrogates *s, const ScanSpan *span, Str spelled, Str *out, Err *err) {
    ScanSpan code = {span->start, span->end, SCAN_ID, KIND_RECORD, span->score};
    if (is_code(span, spelled)) span = &code;
    const VaultEntry *known = vault_talk_original(s->talk, VAULT_WHOLE, spelled);
    assert(spelled.n > 0 && (unsigned)span->type < SCAN_TYPE_COUNT);
    if (known) {
        *out = known->surrogate;
        return OK;
    }
    bool fits = false;
    if (span->type == SCAN_EMAIL) TRY(email_of_known(s, span, spelled, out, &fits, err));
    if (fits) return OK;
    if (span->kind == KIND_LOGIN) TRY(surrogates_known_form(s, spelled, out, &fits, err));
    if (fits) return OK;
    Buf read;
    buf_init(&read, SCAN_TEXT_MAX);
    escape_read(spelled, &read);
    Status status = buf_check(&read, "what is private", err);
    if (status == OK && span->type == SCAN_PERSON) {
        status = surrogates_name(s, spelled, buf_str(&read), out, err);
    } else if (status == OK) {
        status = make_entry(s, span, spelled, buf_str(&read), out, err);
    }
    buf_fini(&read);
    return status;
}

/* The digits of the surrogate's manner where the spelling has its own, which may be grouped in any
   way. false: the two differ in more than digits. */
static bool spell_manner(const VaultEntry *entry, size_t manner, Str spelled, Str made, Buf *out) {
    Code was, now;
    size_t end = manner_end(entry->type, manner), from = 0;
    if (end > made.n) return false;
    if (end) { /* what stands before the last signs are the answer's words */
        for (from = spelled.n; from > 0 && plain_is_alnum(spelled.p[from - 1]);) from--;
        made = str_sub(made, made.n - end, made.n);
    }
    Str own = str_sub(spelled, from, spelled.n);
    code_read(own, &was);
    code_read(made, &now);
    if (was.other || now.other || was.n != now.n || was.n == 0) return false;
    buf_add_str(out, str_sub(spelled, 0, from));
    code_spell(own, &now, out);
    return true;
}

Status surrogates_manner(Surrogates *s, const VaultEntry *entry, size_t manner, Str spelled,
                         Buf *out, Err *err) {
    Buf made, was;
    Str drawn;
    ScanSpan span = {0, spelled.n, entry->type, entry->kind, 1};
    assert(entry->type != SCAN_PERSON && manner < manner_count(entry->type));
    buf_init(&made, SCAN_TEXT_MAX);
    buf_init(&was, SCAN_TEXT_MAX);
    bool code = entry->type == SCAN_PHONE || entry->type == SCAN_BANK || entry->type == SCAN_ID;
    bool fits = manner_write(entry->type, entry->surrogate, manner, &made) &&
                manner_write(entry->type, entry->original, manner, &was);
    if (fits && str_eq(buf_str(&was), spelled)) buf_add_str(out, buf_str(&made));
    else fits = fits && code && spell_manner(entry, manner, spelled, buf_str(&made), out);
    Status status = made.status == OK && was.status == OK ? OK : err_no_memory(err, "a surrogate");
    buf_fini(&made);
    buf_fini(&was);
    if (fits || status != OK) return status;
    TRY(surrogates_for(s, &span, spelled, &drawn, err));
    buf_add_str(out, drawn);
    return OK;
}
