/*
 * Question sets: the file, and how one is made of the documents in a store.
 *
 * Made: every document's text is read sentence by sentence (a paragraph that was wrapped by hand is
 * unwrapped first, byte for byte) and each sentence that the rules understand gives one question
 * (question.h). It stays a candidate when
 *
 *   - its answer stands once in its paragraph, so that the place of the proof is clear;
 *   - two words of meaning at least are left in it ("How much is the price?" could be anything's);
 *   - no other sentence of the collection gives the same question with another answer.
 *
 * The rows of a table give questions of their own (question_table.c).
 *
 * The candidates are shuffled by the seed and taken kind by kind in turn, so that a collection with
 * many dates still asks for places. Unanswerable questions are candidates that were not taken (or
 * were, when there are few) in which what they are about is replaced by something that the
 * collection does not hold: a search for it brings no passage with that word. At the end all are
 * mixed.
 *
 * Randomness is splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
 * generators", 2014) from the seed alone. Documents come in the order of their paths.
 *
 * Limits: CANDIDATES_MAX questions are held, TEXT_MAX bytes of a document are read; what is beyond
 * gives none.
 *
 * Worked example: "The rent is £1,850.00 a month." in a document gives the question "How much is
 * the rent a month?", gold "£1,850.00" and its bytes. With the stranger "lighthouse" it also serves
 * as "How much is the lighthouse a month?", kind unanswerable, when no passage holds that word.
 *
 * Order matters for the result to be the same again: documents by path, candidates sorted by what
 * they say (drop_doubtful), then the draws: candidates shuffled, strangers drawn, the set shuffled.
 * Another draw in between changes every set of every seed.
 */
#include "lab/set.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/lists.h"
#include "base/plain.h"
#include "base/segment.h"
#include "base/utf8.h"
#include "knowledge/grammar_words.h"
#include "knowledge/search.h"

enum {
    CANDIDATES_MAX = 20000,
    TEXT_MAX = 64 << 20,
    QUESTION_MAX = 4096,
    WRAP_MIN = 60, /* a line of so many bytes was wrapped and did not end by itself */
    NAMED_MIN = 2, /* words of meaning in a question */
    HAN_MIN = 5,   /* characters of meaning in a Chinese one */
    SEARCH_ARENA_MAX = 64 << 20
};

/* A question that a sentence gave, not yet taken into the set. */
typedef struct Candidate {
    LabItem item;
    Str about; /* part of item.question; empty: unknown */
    bool chinese, dropped;
} Candidate;

typedef struct Maker {
    Store *store;
    Arena *arena;
    const atomic_bool *cancel; /* NULL: none */
    Candidate *items;
    size_t n, cap;
    uint64_t random;
} Maker;

/* ---- the file ------------------------------------------------------------------------------ */

/* The id: the first 16 hex digits of a digest over question, gold, file and place. */
static Status name_item(LabItem *item, Err *err) {
    uint8_t digest[HASH_BYTES];
    char hex[HASH_HEX];
    Buf key;
    buf_init(&key, 1 << 20);
    buf_add_str(&key, item->question);
    buf_add_byte(&key, 0);
    buf_add_str(&key, item->gold);
    buf_add_byte(&key, 0);
    buf_add_str(&key, item->file);
    buf_printf(&key, " %" PRIu64 " %" PRIu64, item->start, item->end);
    Status status = buf_check(&key, "a question", err);
    if (status == OK) {
        hash_blake2b(key.p, key.n, digest);
        hash_hex(digest, hex);
        (void)snprintf(item->id, sizeof item->id, "%.16s", hex);
    }
    buf_fini(&key);
    return status;
}

/* The id is not written: name_item gives the same one to whoever reads the line. */
Status lab_set_write(const LabSet *set, Buf *out, Err *err) {
    for (size_t i = 0; i < set->n; i++) {
        const LabItem *item = &set->items[i];
        JsonWriter w = jsonw_init(out);
        jsonw_object_begin(&w);
        jsonw_put_str(&w, "question", item->question);
        if (item->kind != LAB_UNANSWERABLE) jsonw_put_str(&w, "gold", item->gold);
        jsonw_put_c(&w, "kind", lab_kind_name(item->kind));
        if (item->file.n) jsonw_put_str(&w, "file", item->file);
        if (item->kind != LAB_UNANSWERABLE) {
            jsonw_put_int(&w, "start", (int64_t)item->start);
            jsonw_put_int(&w, "end", (int64_t)item->end);
        }
        jsonw_object_end(&w);
        buf_add_byte(out, '\n');
    }
    return buf_check(out, "the question set", err);
}

/* E_CORRUPT names the first key that is none of ours. */
static Status known_keys(const Json *object, Err *err) {
    static const char *const keys[] = {"question", "gold", "kind", "file", "start", "end", NULL};
    Str key;
    const Json *value;
    for (size_t i = 0; json_pair(object, i, &key, &value); i++) {
        if (!list_has(key, keys)) {
            return err_set(err, E_CORRUPT, "there is no key \"%.*s\"",
                           (int)(key.n < 64 ? key.n : 64), key.p);
        }
    }
    return OK;
}

/* One line's object as an item; texts are copied into the arena. */
static Status item_from(const Json *object, Arena *arena, LabItem *out, Err *err) {
    int64_t start = 0, end = 0;
    *out = (LabItem){.question = {"", 0}, .gold = {"", 0}, .file = {"", 0}};
    if (json_kind(object) != JSON_OBJECT) return err_set(err, E_CORRUPT, "this is no object");
    TRY(known_keys(object, err));
    Str question = str_trim(json_str(json_get(object, "question")));
    Str gold = str_trim(json_str(json_get(object, "gold")));
    if (question.n == 0) return err_set(err, E_CORRUPT, "the question is empty or missing");
    if (question.n > QUESTION_MAX || gold.n > QUESTION_MAX) {
        return err_set(err, E_LIMIT, "question or gold is longer than %d bytes", QUESTION_MAX);
    }
    if (memchr(question.p, 0, question.n)) return err_set(err, E_CORRUPT, "the question holds NUL");
    if (!lab_kind_from_name(json_str(json_get(object, "kind")), &out->kind)) {
        return err_set(err, E_CORRUPT,
                       "kind is none of date, number, who, place, table, unanswerable");
    }
    TRY(arena_keep(arena, question, &out->question, "the question set", err));
    TRY(arena_keep(arena, json_str(json_get(object, "file")), &out->file, "the question set", err));
    if (out->kind == LAB_UNANSWERABLE) return name_item(out, err);
    if (gold.n == 0) return err_set(err, E_CORRUPT, "gold, the right answer, is missing");
    TRY(json_int(object, "start", 0, INT64_MAX, &start, err));
    TRY(json_int(object, "end", start, INT64_MAX, &end, err));
    TRY(arena_keep(arena, gold, &out->gold, "the question set", err));
    out->start = (uint64_t)start;
    out->end = (uint64_t)end;
    return name_item(out, err);
}

/* Errors carry the line's number: people write these files by hand. */
static Status read_line(Str line, size_t number, Arena *arena, LabItem *out, Err *err) {
    JsonLimits limits = {.max_bytes = LAB_LINE_MAX, .max_depth = 4};
    Json *object = NULL;
    Status status = json_parse(line, &limits, &object, err);
    if (status == OK) status = item_from(object, arena, out, err);
    json_free(object);
    return status == OK ? OK : err_prefix(err, status, "line %zu of the question set", number);
}

/* The same id: the same words at the same place. At most LAB_ITEMS_MAX are compared. */
static bool asked_before(const LabSet *set, const LabItem *item) {
    for (size_t i = 0; i < set->n; i++) {
        if (strcmp(set->items[i].id, item->id) == 0) return true;
    }
    return false;
}

/* A question that stands twice is taken once: two answers to one id could not be told apart. */
Status lab_set_parse(Str text, Arena *arena, LabSet *out, Err *err) {
    LabItem *items = arena_alloc_n(arena, LAB_ITEMS_MAX, sizeof *items);
    if (!items) return err_no_memory(err, "the question set");
    *out = (LabSet){items, 0};
    for (size_t at = 0, number = 1; at < text.n; number++) {
        Str line = str_trim(str_line(text, &at));
        if (line.n == 0) continue;
        if (out->n == LAB_ITEMS_MAX) {
            return err_set(err, E_LIMIT, "a question set has at most %d questions", LAB_ITEMS_MAX);
        }
        TRY(read_line(line, number, arena, &items[out->n], err));
        if (!asked_before(out, &items[out->n])) out->n++;
    }
    if (out->n == 0) return err_set(err, E_CORRUPT, "the question set is empty");
    return OK;
}

/* ---- candidates ---------------------------------------------------------------------------- */

/* Below `below`; the bias of a remainder is nothing at these sizes. */
static uint64_t draw(Maker *m, uint64_t below) {
    assert(below > 0);
    return random_next(&m->random) % below;
}

/* Words that carry meaning, question words and grammar left out. */
static size_t named_words(Str question) {
    static const char *const asking[] = {"when", "where", "who",  "whom", "how",  "much",
                                         "many", "what",  "does", "do",   "have", "there", NULL};
    size_t n = 0;
    char word[48];
    for (size_t at = 0; at < question.n;) {
        size_t len = 0;
        while (at + len < question.n && question.p[at + len] != ' ') len++;
        size_t kept = 0;
        for (size_t i = 0; i < len && kept < sizeof word - 1; i++) {
            unsigned char c = (unsigned char)question.p[at + i];
            if (c != '?') word[kept++] = plain_lower((char)c);
        }
        word[kept] = 0;
        Str low = {word, kept};
        n += kept > 0 && !grammar_word(low) && !list_has(low, asking);
        at += len + 1;
    }
    return n;
}

/* Chinese characters that carry meaning. */
static size_t named_characters(Str question) {
    size_t n = 0;
    for (size_t at = 0, width; at < question.n; at += width) {
        uint32_t c = utf8_decode(question, at, &width);
        n += unicode_is_cjk(c) && !grammar_character(c);
    }
    return n;
}

/* Would somebody know what is asked without the sentence beside it? */
static bool says_enough(const LabAsk *ask) {
    Str question = {ask->question, ask->n};
    return ask->chinese ? named_characters(question) >= HAN_MIN
                        : named_words(question) >= NAMED_MIN;
}

/* Beyond CANDIDATES_MAX nothing is added, and nothing is wrong. */
static Status add_candidate(Maker *m, const LabAsk *ask, Str gold, LabItem where, Err *err) {
    assert(ask->about_end <= ask->n && gold.n > 0 && gold.n <= LAB_GOLD_MAX);
    if (m->n == CANDIDATES_MAX) return OK;
    TRY(mem_grow((void **)&m->items, &m->cap, m->n + 1, sizeof *m->items, CANDIDATES_MAX, err));
    Candidate *c = &m->items[m->n];
    *c = (Candidate){.item = where, .chinese = ask->chinese};
    c->item.kind = ask->kind;
    Str question = {ask->question, ask->n};
    TRY(arena_keep(m->arena, question, &c->item.question, "the question set", err));
    TRY(arena_keep(m->arena, gold, &c->item.gold, "the question set", err));
    c->about = str_sub(c->item.question, ask->about_start, ask->about_end);
    m->n++;
    return OK;
}

/* A row's question names its row and column, so says_enough and lab_stands_once are not asked. */
static Status ask_table(Maker *m, Str table, size_t base, Str file, Err *err) {
    LabAsk ask;
    for (size_t at = 0; lab_ask_table(table, &at, &ask);) {
        LabItem where = {.file = file, .start = base + ask.gold_start, .end = base + ask.gold_end};
        TRY(add_candidate(m, &ask, str_sub(table, ask.gold_start, ask.gold_end), where, err));
    }
    return OK;
}

/* A paragraph and where it stands. */
typedef struct Paragraph {
    Str text, file;
    size_t base; /* byte of the document's text */
} Paragraph;

/* part: of p's text, a sentence or a clause; a view, so that the answer's place is a difference. */
static Status ask_part(Maker *m, const Paragraph *p, Str part, Err *err) {
    LabAsk ask;
    if (!lab_ask(part, &ask) || !says_enough(&ask)) return OK;
    assert(part.p >= p->text.p && part.p + part.n <= p->text.p + p->text.n);
    size_t from = (size_t)(part.p - p->text.p) + ask.gold_start;
    size_t to = from + (ask.gold_end - ask.gold_start);
    assert(from < to && to <= p->text.n); /* lab_ask counts in what it was given */
    Str gold = str_sub(p->text, from, to);
    if (!lab_stands_once(p->text, gold)) return OK;
    LabItem where = {.file = p->file, .start = p->base + from, .end = p->base + to};
    return add_candidate(m, &ask, gold, where, err);
}

/* Chinese says several things in one sentence, and each clause is asked by itself. */
static Status ask_sentence(Maker *m, const Paragraph *p, Str sentence, Err *err) {
    Str clause;
    if (!utf8_has_cjk(sentence)) return ask_part(m, p, sentence, err);
    for (size_t at = 0; lab_next_clause(sentence, &at, &clause);) {
        TRY(ask_part(m, p, clause, err));
    }
    return OK;
}

/* paragraph: of the document's text, beginning at byte `base`. */
static Status ask_paragraph(Maker *m, Str paragraph, size_t base, Str file, Err *err) {
    Paragraph p = {paragraph, file, base};
    size_t at = 0, start, end;
    if (lab_is_table(paragraph)) return ask_table(m, paragraph, base, file, err);
    while (segment_next(paragraph, &at, &start, &end)) {
        TRY(ask_sentence(m, &p, str_sub(paragraph, start, end), err));
    }
    return OK;
}

/* Line ends inside a paragraph that was wrapped by hand become blanks; no byte moves. A row of a
   table stays a line. */
static void unwrap(char *p, size_t n) {
    for (size_t at = 0, line = 0; at + 1 < n; at++) {
        if (p[at] != '\n') continue;
        unsigned char before = at ? (unsigned char)p[at - 1] : 0, next = (unsigned char)p[at + 1];
        bool wrapped = at - line >= WRAP_MIN && before < 0x80 && before != '.' &&
                       (plain_is_alnum(next) || next >= 0x80) &&
                       !str_has((Str){p + line, at - line}, STR(" | "));
        line = at + 1;
        if (wrapped) p[at] = ' ';
    }
}

/* All paragraphs of one document; text is this function's memory, used again for the next. */
static Status ask_document(Maker *m, const StoreFile *file, Buf *text, Err *err) {
    buf_clear(text);
    TRY(store_text(m->store, file->id, 0, TEXT_MAX, text, err));
    if (text->n == 0) return OK;
    unwrap(text->p, text->n);
    Str all = buf_str(text), path = {"", 0};
    TRY(arena_keep(m->arena, file->path, &path, "the question set", err));
    for (size_t at = 0; at < all.n;) {
        size_t end = str_find(all, STR("\n\n"), at);
        if (end == SIZE_MAX) end = all.n;
        TRY(ask_paragraph(m, str_sub(all, at, end), at, path, err));
        at = end + 2;
    }
    return OK;
}

/* A large collection is read for minutes. */
static bool is_cancelled(const Maker *m) {
    return m->cancel && atomic_load_explicit(m->cancel, memory_order_relaxed);
}

/* Documents that were read, in the store's order. */
static Status ask_documents(Maker *m, Err *err) {
    StoreFiles files;
    Buf text;
    TRY(store_list(m->store, m->arena, &files, err));
    buf_init(&text, TEXT_MAX + 1);
    Status status = OK;
    for (size_t i = 0; status == OK && i < files.n; i++) {
        bool readable = files.items[i].state == FILE_READ && utf8_valid(files.items[i].path);
        if (readable) status = ask_document(m, &files.items[i], &text, err);
        if (status == OK && is_cancelled(m)) status = err_set(err, E_CANCELLED, "stopped");
    }
    buf_fini(&text);
    return status;
}

/* Equal questions side by side, in an order that depends on nothing but what they say. */
static int by_question(const void *a, const void *b) {
    const Candidate *x = a, *y = b;
    int order = str_cmp(x->item.question, y->item.question);
    if (order == 0) order = str_cmp(x->item.gold, y->item.gold);
    if (order == 0) order = str_cmp(x->item.file, y->item.file);
    if (order != 0 || x->item.start == y->item.start) return order;
    return x->item.start < y->item.start ? -1 : 1;
}

/* One of equal questions stays, none where their answers differ. Leaves them sorted. */
static void drop_doubtful(Maker *m) {
    if (m->n > 0) qsort(m->items, m->n, sizeof *m->items, by_question);
    for (size_t i = 0, next; i < m->n; i = next) {
        bool agree = true;
        for (next = i + 1; next < m->n; next++) {
            if (!str_eq(m->items[next].item.question, m->items[i].item.question)) break;
            agree = agree && str_eq(m->items[next].item.gold, m->items[i].item.gold);
            m->items[next].dropped = true;
        }
        m->items[i].dropped = !agree;
    }
    size_t kept = 0;
    for (size_t i = 0; i < m->n; i++) {
        if (!m->items[i].dropped) m->items[kept++] = m->items[i];
    }
    m->n = kept;
}

/* Fisher and Yates, from the back; of candidates or of a set's items. */
static void shuffle(Maker *m, void *items, size_t n, size_t item_size) {
    char *all = items, spare[sizeof(Candidate)];
    assert(item_size <= sizeof spare);
    for (size_t i = n; i > 1; i--) {
        char *last = all + (i - 1) * item_size, *drawn = all + (size_t)draw(m, i) * item_size;
        memcpy(spare, last, item_size);
        memmove(last, drawn, item_size); /* they may be the same */
        memcpy(drawn, spare, item_size);
    }
}

/* ---- what the collection does not hold ----------------------------------------------------- */

static const char *const english_strangers[] = {
    "observatory", "submarine",  "cathedral", "helicopter", "aquarium", "vineyard",
    "lighthouse",  "orchestra",  "carousel",  "glacier",    "volcano",  "monastery",
    "trampoline",  "locomotive", "zeppelin",  "planetarium"};
static const char *const chinese_strangers[] = {"天文台", "潜水艇", "直升机", "水族馆",
                                                "葡萄园", "灯塔",   "交响乐团", "冰川",
                                                "火山",   "修道院", "蹦床",   "蒸汽机车"};

_Static_assert(ARRAY_LEN(chinese_strangers) <= ARRAY_LEN(english_strangers), "strangers[2][...]");

/* Does no passage hold the word? A search by words finds all that could. */
static Status is_strange(Maker *m, Str word, bool *strange, Err *err) {
    SearchQuery query = {.text = word, .k = 50, .mode = SEARCH_LEXICAL};
    SearchResults found;
    Arena arena;
    arena_init(&arena, SEARCH_ARENA_MAX);
    Status status = search_run(m->store, &query, &arena, &found, err);
    *strange = status == OK && (found.n_terms_found == 0 || word.p[0] & 0x80);
    for (size_t i = 0; status == OK && *strange && i < found.n; i++) {
        *strange = !str_has(found.hits[i].text, word);
    }
    arena_fini(&arena);
    return status;
}

/* The words of one language that the collection does not hold. */
static Status find_strangers(Maker *m, bool chinese, Str *out, size_t *n, Err *err) {
    const char *const *words = chinese ? chinese_strangers : english_strangers;
    size_t count = chinese ? ARRAY_LEN(chinese_strangers) : ARRAY_LEN(english_strangers);
    *n = 0;
    for (size_t i = 0; i < count; i++) {
        bool strange = false;
        TRY(is_strange(m, str_from(words[i]), &strange, err));
        if (strange) out[(*n)++] = str_from(words[i]);
    }
    return OK;
}

/* The candidate's question with the stranger in place of what it is about. Its other words are the
   document's, whose label holds for them: so the item keeps the file. */
static Status make_strange(Maker *m, const Candidate *from, Str stranger, LabItem *out, Err *err) {
    Str q = from->item.question;
    assert(from->about.p >= q.p && from->about.p + from->about.n <= q.p + q.n);
    size_t at = (size_t)(from->about.p - q.p);
    char *text = arena_printf(m->arena, "%.*s%s%.*s%.*s", (int)at, q.p, from->chinese ? "" : "the ",
                              (int)stranger.n, stranger.p, (int)(q.n - at - from->about.n),
                              q.p + at + from->about.n);
    if (!text) return err_no_memory(err, "the question set");
    *out = (LabItem){.question = str_from(text), .gold = {"", 0},
                     .file = from->item.file, .kind = LAB_UNANSWERABLE};
    return name_item(out, err);
}

/* Up to `want` of them, from the last candidates on: those are the least likely to be taken. */
static Status add_unanswerable(Maker *m, size_t want, LabSet *out, Err *err) {
    Str strangers[2][ARRAY_LEN(english_strangers)];
    size_t n[2] = {0, 0}, made = 0;
    TRY(find_strangers(m, false, strangers[0], &n[0], err));
    TRY(find_strangers(m, true, strangers[1], &n[1], err));
    for (size_t i = m->n; i-- > 0 && made < want;) {
        const Candidate *c = &m->items[i];
        if (c->about.n == 0 || n[c->chinese] == 0) continue;
        Str stranger = strangers[c->chinese][draw(m, n[c->chinese])];
        TRY(make_strange(m, c, stranger, &out->items[out->n], err));
        if (asked_before(out, &out->items[out->n])) continue;
        out->n++;
        made++;
    }
    return OK;
}

/* ---- a set --------------------------------------------------------------------------------- */

_Static_assert((int)LAB_UNANSWERABLE + 1 == (int)LAB_KIND_COUNT, "kinds with an answer come first");

/* Kind by kind in turn, in the shuffled order. */
static Status take(Maker *m, size_t want, LabSet *out, Err *err) {
    assert(out->n == 0); /* the first part of a set */
    size_t next[LAB_UNANSWERABLE] = {0};
    for (size_t idle = 0, kind = 0; out->n < want && idle < LAB_UNANSWERABLE;) {
        size_t *at = &next[kind];
        while (*at < m->n && m->items[*at].item.kind != (LabKind)kind) (*at)++;
        kind = (kind + 1) % LAB_UNANSWERABLE;
        idle++;
        if (*at == m->n) continue;
        out->items[out->n] = m->items[(*at)++].item;
        TRY(name_item(&out->items[out->n++], err));
        idle = 0;
    }
    return OK;
}

/* The steps of the essay in their order; a fifth is unanswerable, or a quarter of few. */
static Status make(Maker *m, size_t n, LabSet *out, Err *err) {
    TRY(ask_documents(m, err));
    drop_doubtful(m);
    shuffle(m, m->items, m->n, sizeof *m->items);
    if (m->n == 0) {
        err_set(err, E_NOT_FOUND, "no sentence of the documents gives a question by the rules");
        return err_hint(err, "add more documents with `hearth add`, or write the set yourself");
    }
    size_t strange = n / 5, wanted = n - strange;
    if (m->n < wanted) strange = m->n / 4;
    assert(wanted + strange <= n); /* also of few: a quarter of less than four fifths */
    out->items = arena_alloc_n(m->arena, n + 1, sizeof *out->items);
    if (!out->items) return err_no_memory(err, "the question set");
    TRY(take(m, wanted, out, err));
    TRY(add_unanswerable(m, strange, out, err));
    assert(out->n <= n); /* as many as there is room for, and one for a draft */
    /* a run that is stopped half way has then asked some of every kind */
    shuffle(m, out->items, out->n, sizeof *out->items);
    return OK;
}

Status lab_set_make(Store *store, const LabMakeOptions *options, Arena *arena, LabSet *out,
                    Err *err) {
    Maker m = {.store = store, .arena = arena, .cancel = options->cancel,
               .random = options->seed};
    *out = (LabSet){NULL, 0};
    Status status = make(&m, options->n, out, err);
    mem_free(m.items);
    return status;
}
