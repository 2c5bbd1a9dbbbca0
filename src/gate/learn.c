/*
 * Learning names from the user's own documents.
 *
 * Each text is scanned as any other. A find of a person, firm, address or other thing goes into
 * the dictionary when the tagger or a label is as good as certain of it (SURE), or when it was
 * found REPEATED times with less (LIKELY): what is a name in one sentence is one in the next, also
 * where nothing beside it says so. Identifiers and secrets need no dictionary, since their form
 * gives them away; a single short word is none, since it would be masked in every other sense, too.
 *
 * Of a person other forms are found, too ("E. Clark", "eclark", a Chinese name in pinyin: forms.h);
 * they are made when the dictionary is read.
 *
 * The dictionary has room for some thousand words, and anybody who sends a document may write a
 * million names into it. So that they do not push out those of all others, each document's first
 * SHARE names come before anybody's next SHARE, the frequent ones first among them, and no document
 * adds more than OF_TEXT_MAX.
 *
 * The dictionary is text, a line a word: the type's name, a blank, the word. It lies in the vault
 * as the secret "dictionary", in this order, WORDS_BYTES at most: it is a list of whom
 * somebody knows, and no file that could be read by the way.
 */
#include "gate/learn.h"

#include <assert.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "gate/forms.h"
#include "gate/gate_impl.h"
#include "gate/learn_impl.h"

enum { NAMES_MAX = 1 << 16, ARENA_MAX = 64 << 20, WORD_BYTES = 120, WORDS_BYTES = 60 << 10,
       REPEATED = 2, SHARE = 64, OF_TEXT_MAX = NAMES_MAX / 8, FORM_LEAST = 6,
       FORMS_MAX = 32 << 10 };
/* Chosen: WORD_BYTES is a long address; FORM_LEAST keeps "E. Wu" and the like from masking words;
   FORMS_MAX is a third of what a scanner takes (SCAN_WORDS_MAX): whole words always fit behind. */
static const float SURE = 0.97F, LIKELY = 0.9F;
static const char secret_name[] = "dictionary";
_Static_assert(WORD_BYTES + 16 < WORDS_BYTES, "one word fits in any case");
_Static_assert((int)FORMS_MAX + WORDS_BYTES / 4 < (int)SCAN_WORDS_MAX, "words fit beside forms");

typedef struct Learned {
    Str text;
    ScanType type;
    float best;
    uint32_t count;
    uint32_t share; /* how many times SHARE names its document had said before it */
} Learned;

struct GateLearner {
    Gate *gate;
    Arena arena;
    Learned *names;
    size_t n, cap;
    uint32_t of_text; /* names that the document at hand has added */
    uint32_t *slots; /* [2 * NAMES_MAX] number of a name + 1; 0: free */
};

/*
 * The table of names: open addressing over a list, so that the list can be sorted at the end.
 *
 *     slots   [0][3][0][1][2]...   2 * NAMES_MAX, number of a name + 1
 *     names   {"Emma Clark", person, 0.98, 4 finds}, ...    in the order in which they came
 *     arena   the bytes of the words, until gate_learner_free
 *
 * Sorting ends the slots: gate_learner_keep clears them, and learning begins anew.
 */
Status gate_learner_new(Gate *gate, GateLearner **out, Err *err) {
    GateLearner *l = mem_zalloc(sizeof *l);
    if (!l) return err_no_memory(err, "a dictionary");
    l->gate = gate;
    arena_init(&l->arena, ARENA_MAX);
    l->slots = mem_zalloc_n(2 * NAMES_MAX, sizeof *l->slots);
    if (!l->slots) {
        gate_learner_free(l);
        return err_no_memory(err, "a dictionary");
    }
    *out = l;
    return OK;
}

void gate_learner_free(GateLearner *l) {
    if (!l) return;
    arena_fini(&l->arena);
    mem_free(l->names);
    mem_free(l->slots);
    mem_free(l);
}

/* Two words, or one that is too long to be an everyday one; a line of its own in the dictionary. */
static bool is_telling(Str word) {
    bool blank = false, digits = true;
    for (size_t i = 0; i < word.n; i++) {
        unsigned char c = (unsigned char)word.p[i];
        if (c < 0x20) return false;
        blank = blank || c == ' ';
        digits = digits && (c < 0x80 && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z'));
    }
    bool wide = word.n && (unsigned char)word.p[0] >= 0x80;
    size_t letters = utf8_length(word);
    return word.n <= WORD_BYTES && !digits && (blank || (wide ? letters >= 2 : letters >= 5));
}

/* What has no form by which it is found anyway. */
static bool is_learned_type(ScanType type) {
    return type == SCAN_PERSON || type == SCAN_ORG || type == SCAN_ADDRESS || type == SCAN_OTHER;
}

/* The word's slot, or the free one where it belongs. */
static uint32_t *slot_of(GateLearner *l, Str word) {
    _Static_assert((NAMES_MAX & (NAMES_MAX - 1)) == 0, "a place in the table is a mask away");
    assert(l->n <= NAMES_MAX); /* half of it is free: every search ends */
    size_t mask = 2 * NAMES_MAX - 1, at = (size_t)hash_table_key(word.p, word.n) & mask;
    while (l->slots[at] && !str_eq(l->names[l->slots[at] - 1].text, word)) at = (at + 1) & mask;
    return &l->slots[at];
}

/* One more find of the word; of several types the one found most surely counts. */
static Status count_find(GateLearner *l, Str word, const ScanSpan *span, Err *err) {
    uint32_t *slot = slot_of(l, word);
    if (!*slot) {
        if (l->n == NAMES_MAX || l->of_text == OF_TEXT_MAX) return OK;
        TRY(mem_grow((void **)&l->names, &l->cap, l->n + 1, sizeof *l->names, NAMES_MAX, err));
        TRY(arena_keep(&l->arena, word, &word, "a dictionary", err));
        l->names[l->n++] = (Learned){word, span->type, 0, 0, l->of_text++ / SHARE};
        *slot = (uint32_t)l->n;
    }
    assert(*slot <= l->n);
    Learned *name = &l->names[*slot - 1];
    name->count++;
    if (span->score > name->best) {
        name->best = span->score;
        name->type = span->type;
    }
    return OK;
}

/* Spans are the scanner's, gone with the next scan: words are copied by count_find. */
Status gate_learner_read(GateLearner *l, Str text, Err *err) {
    const ScanSpan *spans;
    size_t n;
    l->of_text = 0;
    TRY(gate_scan(l->gate->scanner, text, &spans, &n, err));
    for (size_t i = 0; i < n; i++) {
        Str word = str_trim(str_sub(text, spans[i].start, spans[i].end));
        if (!is_learned_type(spans[i].type) || spans[i].score < LIKELY || !is_telling(word)) {
            continue;
        }
        TRY(count_find(l, word, &spans[i], err));
    }
    return OK;
}

/* In turns of the documents, most frequent first; then by bytes, so that the same documents give
   the same dictionary. */
static int by_count(const void *a, const void *b) {
    const Learned *x = a, *y = b;
    if (x->share != y->share) return x->share < y->share ? -1 : 1;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return str_cmp(x->text, y->text);
}

/* Words that are too long for the rest of the room are passed over, shorter ones may still fit. An
   empty dictionary is a line end, which reads as no word. 16: a type's name, a blank and a line
   end, generously. */
Status gate_learner_keep(GateLearner *l, size_t *n_words, Err *err) {
    Buf lines;
    buf_init(&lines, 2 * WORDS_BYTES);
    *n_words = 0;
    if (l->n) qsort(l->names, l->n, sizeof *l->names, by_count);
    for (size_t i = 0; i < l->n; i++) {
        const Learned *name = &l->names[i];
        bool kept = name->best >= SURE || name->count >= REPEATED;
        if (!kept || lines.n + name->text.n + 16 > WORDS_BYTES) continue;
        buf_printf(&lines, "%s ", scan_type_name(name->type));
        buf_add_str(&lines, name->text);
        buf_add_byte(&lines, '\n');
        ++*n_words;
    }
    assert(lines.n <= WORDS_BYTES); /* or the next process would read half of it */
    memset(l->slots, 0, 2 * NAMES_MAX * sizeof *l->slots); /* the order has changed */
    l->n = 0;
    Status status = buf_check(&lines, "a dictionary", err);
    Str text = lines.n ? buf_str(&lines) : STR("\n");
    if (status == OK) status = learn_apply(l->gate->scanner, text, err);
    /* Only what a scanner takes is stored: all later processes read it before anything leaves. */
    bool taken = status == OK;
    if (taken) status = vault_secret_put(l->gate->vault, secret_name, text, err);
    if (taken) l->gate->has_dictionary = status == OK; /* else the stored one is read again */
    buf_fini(&lines);
    return status;
}

/* ---- reading it back ----------------------------------------------------------------------- */

/* "type word"; what an older build's rule let in and this one's does not is left out. */
static bool read_line(Str line, ScanWord *out) {
    size_t blank = str_find(line, STR(" "), 0);
    if (blank == SIZE_MAX) return false;
    Str type = str_sub(line, 0, blank), word = str_sub(line, blank + 1, line.n);
    if (!is_telling(word)) return false;
    int found = scan_type_from_name(type);
    *out = (ScanWord){word, (ScanType)found};
    return found >= 0 && is_learned_type(out->type);
}

/* What is read of a dictionary; forms of names lie in the arena. */
typedef struct Reading {
    ScanWord *words;
    size_t n, cap;
    Arena arena;
} Reading;

static Status add_word(Reading *r, ScanWord word, Err *err) {
    _Static_assert(2 * (int)WORD_BYTES <= (int)SCAN_WORD_BYTES, "the scanner takes each form");
    assert(word.text.n <= 2 * WORD_BYTES);
    TRY(mem_grow((void **)&r->words, &r->cap, r->n + 1, sizeof *r->words, SCAN_WORDS_MAX, err));
    r->words[r->n++] = word;
    return OK;
}

/* A person's other forms (forms.h), as far as they are found in any capitals without harm. */
static Status add_forms(Reading *r, Str name, Err *err) {
    NameParts parts;
    Buf form;
    Status status = OK;
    if (!name_parts_read(name, 0, &parts)) return OK;
    buf_init(&form, WORD_BYTES * 2);
    for (size_t i = 0; i < name_forms_n && status == OK && r->n < FORMS_MAX; i++) {
        unsigned flags;
        buf_clear(&form);
        bool made = name_form_tells(i) && name_form(&parts, i, &form, &flags);
        if (!made || (flags & MATCH_LOGIN) || form.n < FORM_LEAST) continue;
        status = buf_check(&form, "a dictionary", err);
        char *copy = status == OK ? arena_dup(&r->arena, form.p, form.n) : NULL;
        if (status == OK && !copy) status = err_no_memory(err, "a dictionary");
        if (status == OK) status = add_word(r, (ScanWord){{copy, form.n}, SCAN_PERSON}, err);
    }
    buf_fini(&form);
    return status;
}

Status learn_apply(Scanner *scanner, Str dictionary, Err *err) {
    Reading r = {0};
    Status status = OK;
    arena_init(&r.arena, ARENA_MAX);
    for (size_t at = 0; at < dictionary.n && status == OK;) {
        ScanWord word;
        bool read = read_line(str_line(dictionary, &at), &word);
        if (read) status = add_word(&r, word, err);
        bool person = read && word.type == SCAN_PERSON;
        if (person && status == OK) status = add_forms(&r, word.text, err);
    }
    if (status == OK) status = gate_scanner_learn(scanner, r.words, r.n, err);
    arena_fini(&r.arena);
    mem_free(r.words);
    return status;
}

/* Once a gate: has_dictionary is set also when there is none. What cannot be read fails, and the
   caller lets nothing leave: names that were learned must not go out for a damaged file. */
Status learn_load(Gate *gate, Err *err) {
    Buf text;
    if (gate->has_dictionary) return OK;
    buf_init(&text, 2 * WORDS_BYTES);
    Status status = vault_secret_get(gate->vault, secret_name, &text, err);
    if (status == OK) status = learn_apply(gate->scanner, buf_str(&text), err);
    buf_fini(&text);
    if (status == E_NOT_FOUND) status = OK;
    gate->has_dictionary = status == OK;
    return status;
}
