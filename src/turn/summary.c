/*
 * Summary: the document that is to be summed up, whole, in place of the passages nearest to the
 * words of the request.
 *
 * "Summarise the minutes" is near to no sentence of them. So the document is found by its name:
 *
 *     object   "the minutes of the works meeting"      (work.h)
 *     words    minutes, works, meeting; of Chinese each pair of neighbouring characters
 *     name     folder, file's stem and title of each document read, in small letters
 *     fit      the share of the words that stand in the name
 *
 * More than half of the words name a document. Where several fit as well, the one decides in which
 * the search found something, if the object says more than their names ("of September"), and else
 * the later one: who asks for "the minutes" means the last ones. A notice counts the others. Where
 * fewer words fit but a kind of document is named ("the letter about the drains"), one whose name
 * has the kind is meant, in any language (a Brief is a letter), else that of the best passage.
 * "Summarise this" means the attached file, the document that the last answer was written from, or
 * the only one there is. Everything else ("the trouble with the kiln") is a subject, and the
 * passages that were found are summed up.
 *
 * A list ("all deadlines in the lease") and a translation ("the letter into German") read a
 * document in the same way. A list that names none is a question again; a translation then is of
 * the text in the request, or of the last answer ("translate that").
 *
 * A model on this device reads some hundred tokens a second, so a long document is read in part:
 * its first passage and others at even distances, SUMMARY_BYTES in all, and a notice says how many.
 *
 * Limits: NAMES_MAX bytes of a name; PASSAGES_MAX passages of a document are chosen from; every
 * document of the store is looked at, which costs some milliseconds for ten thousand.
 */
#include "turn/summary.h"

#include <assert.h>
#include <stdlib.h>

#include "base/han.h"
#include "base/lists.h"
#include "base/utf8.h"
#include "knowledge/grammar_words.h"
#include "turn/dated.h"
#include "turn/say.h"
#include "turn/tally.h"

enum {
    SUMMARY_BYTES = 10000, /* about 2,500 tokens of English, 3,300 of Chinese */
    PASSAGES_MAX = 2000,
    NAMES_MAX = 600,
    WORD_LEAST = 2
};

static const float NAMED = 0.5F; /* a document's name has more than this share of the words */

/* Kinds of documents; a word of the object, and one that a name may have. */
static const char *const kinds[] = {
    "minutes",  "report",    "lease",     "contract",  "agreement",  "manual",   "invoice",
    "offer",    "quote",     "letter",    "mail",      "email",      "e-mail",   "memo",
    "notes",    "policy",    "guide",     "handbook",  "brochure",   "plan",     "proposal",
    "protocol", "statement", "presentation", "slides", "spec",       "readme",   "article",
    "protokoll", "bericht",  "vertrag",   "mietvertrag", "handbuch", "anleitung", "rechnung",
    "angebot",  "brief",     "notiz",     "satzung",   "präsentation", "gutachten", "bescheid",
    "konzept",  "arztbrief", "artikel",   "rundschreiben", NULL};
static const char *const kinds_chinese[] = {
    "纪要", "报告", "合同", "协议", "手册", "说明书", "发票", "报价", "通知", "笔记", "制度", "章程",
    "方案", "计划", "邮件", "来信", "文章", "记录", "租约", NULL};
/* What a kind is called in the other languages: files are named in the language of whoever wrote
   them. */
static const char *const called[][6] = {
    {"minutes", "protokoll", "纪要", NULL},
    {"letter", "brief", "来信", NULL},
    {"lease", "mietvertrag", "租约", "租赁", NULL},
    {"contract", "agreement", "vertrag", "合同", "协议", NULL},
    {"invoice", "rechnung", "发票", NULL},
    {"offer", "quote", "angebot", "报价", NULL},
    {"manual", "handbook", "handbuch", "手册", NULL},
    {"report", "bericht", "报告", NULL},
    {"rules", "hausordnung", "ordnung", "制度", "规定", NULL},
    {"circular", "notice", "rundschreiben", "通知", "公告", NULL},
    {"notes", "notizen", "笔记", NULL}};
/* ... and words that only say that it is one, or how long the summary is to be. */
static const char *const any_kind[] = {
    "document", "file",   "text",   "pdf",   "paper", "dokument", "datei", "sentence", "sentences",
    "satz",     "sätze",  "sätzen", "words", "points", "bullets", "bullet", "stichpunkten",
    "stichworten", "briefly", "shortly", "quickly", "short", "kurz", "knapp", "bitte", "please",
    "mal",      "mir",    "uns",    "one",   "two",    "three",   "four",   "five", "zwei", "drei",
    "vier",     "fünf",   "mr", "mrs", "ms", "herr", "herrn", "frau", NULL};
static const char *const any_chinese[] = {"文档", "文件", "这份", "那份", "这个", "那个", "内容",
                                          "全文", "一下", NULL};

/* ---- the fit of a name ----------------------------------------------------------------------- */

typedef struct Fit {
    Str name;
    size_t words, there;
    bool kind, kind_there; /* a kind is named; the document's name has it */
} Fit;

/* By any of its names. */
static bool stands(Str name, Str word) {
    if (str_has(name, word)) return true;
    for (size_t i = 0; i < ARRAY_LEN(called); i++) {
        if (list_has(word, called[i]) && list_in(name, called[i])) return true;
    }
    return false;
}

/* As it stands, or without the "s" of a plural or genitive. */
static void fit_word(Fit *f, Str word) {
    bool grammar = grammar_word(word) || grammar_word_german(word);
    if (word.n < WORD_LEAST || grammar || list_has(word, any_kind)) return;
    Str stem = str_sub(word, 0, word.n - (word.n > 4 && str_ends(word, STR("s"))));
    bool kind = list_has(word, kinds) || list_has(stem, kinds);
    bool there = stands(f->name, stem) || stands(f->name, word);
    f->kind = f->kind || kind;
    f->kind_there = f->kind_there || (kind && there);
    f->words++;
    f->there += there;
}

/* Bytes of the run of alphabet letters, or of the pair of Chinese characters, at `at`; 0: none
   begins there. *step: from there to the next one. */
static size_t next_unit(Str text, size_t at, bool *pair, size_t *step) {
    size_t width, second, end = at;
    assert(at < text.n); /* hence *step is not 0: fit goes on */
    uint32_t c = utf8_decode(text, at, &width);
    *pair = unicode_is_cjk(c);
    *step = width;
    if (*pair) {
        if (at + width >= text.n || grammar_character(c)) return 0;
        c = utf8_decode(text, at + width, &second);
        return unicode_is_cjk(c) && !grammar_character(c) ? width + second : 0;
    }
    while (end < text.n && str_in_word(text.p[end])) {
        if (unicode_is_cjk(utf8_decode(text, end, &width))) break;
        end++;
    }
    *step = end > at ? end - at : *step;
    return end - at;
}

static Fit fit(Str object, Str name) {
    Fit f = {.name = name};
    size_t step;
    bool pair;
    f.kind = list_in(object, kinds_chinese);
    for (size_t at = 0; at < object.n; at += step) {
        size_t n = next_unit(object, at, &pair, &step);
        Str unit = str_sub(object, at, at + n);
        if (n == 0) continue;
        if (!pair) fit_word(&f, unit);
        else if (!list_has(unit, any_chinese)) {
            bool there = stands(name, unit);
            f.kind_there = f.kind_there || (there && list_has(unit, kinds_chinese));
            f.words++;
            f.there += there;
        }
    }
    return f;
}

float summary_fits(Str object, Str name, bool *kind, bool *kind_there) {
    Fit f = fit(object, name);
    *kind = f.kind;
    *kind_there = f.kind_there;
    return f.words ? (float)f.there / (float)f.words : -1;
}

/* ---- which document -------------------------------------------------------------------------- */

typedef struct Choice {
    const StoreFile *file; /* NULL: none */
    float share, score;    /* of the name; of its best passage found */
    bool kind;             /* its name has the kind of document that is meant */
    Dated date;
    size_t n; /* documents that fit as well */
} Choice;

static Status small(Arena *arena, Str text, Str *out, Err *err) {
    Str plain = han_fold_text(arena, text);
    char *bytes = plain.p ? arena_alloc_n(arena, plain.n + 1, 1) : NULL;
    if (!bytes) return err_no_memory(err, "the documents' names");
    *out = utf8_lower(plain, bytes);
    return OK;
}

/* "board/minutes-2025-09 Minutes of the board" */
static Status name_of(Arena *arena, const StoreFile *file, Str *out, Err *err) {
    Buf name;
    buf_init(&name, NAMES_MAX);
    Str stem = str_file_stem(file->path);
    Str parts[] = {tally_folder(file->path), stem, str_from(file->title)};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        buf_add_str(&name, utf8_cut(parts[i], NAMES_MAX / 4));
        buf_add_byte(&name, ' ');
    }
    Status status = buf_check(&name, "a document's name", err);
    if (status == OK) status = small(arena, buf_str(&name), out, err);
    buf_fini(&name);
    return status;
}

static float score_of(const Turn *turn, int64_t file) {
    for (size_t i = 0; i < turn->found.n; i++) { /* the best first */
        if (turn->found.hits[i].file_id == file) return turn->found.hits[i].score;
    }
    return 0;
}

/* -1: a is meant rather than b. */
static int compare(const Choice *a, const Choice *b) {
    assert(a->file && b->file); /* choose compares with a document, never with none */
    if (a->share != b->share) return a->share > b->share ? -1 : 1;
    bool more = a->share < 1; /* the object says more than the names do */
    if (more && a->score != b->score) return a->score > b->score ? -1 : 1;
    int later = dated_order(&a->date, &b->date);
    if (later) return -later;
    return a->file->mtime_ns > b->file->mtime_ns ? -1 : a->file->mtime_ns < b->file->mtime_ns;
}

/* The document whose name fits best; *named: the object has words to look for. */
static Status choose(Turn *turn, const StoreFiles *files, Str object, Choice *best, bool *kind,
                     Err *err) {
    Arena arena;
    Status status = OK;
    *best = (Choice){.share = -1};
    arena_init(&arena, TURN_ARENA_MAX);
    for (size_t i = 0; status == OK && i < files->n; i++) {
        const StoreFile *file = &files->items[i];
        Choice c = {.file = file, .n = 1};
        Str name;
        if (file->state != FILE_READ || file->n_chunks == 0) continue;
        arena_reset(&arena);
        status = name_of(&arena, file, &name, err);
        if (status != OK) break;
        c.share = summary_fits(object, name, kind, &c.kind);
        c.score = score_of(turn, file->id);
        c.date = dated_of(file->path, str_from(file->title));
        size_t as_well = best->file && c.share == best->share ? best->n : 0;
        if (!best->file || compare(&c, best) < 0) *best = c;
        if (best->share == c.share) best->n = as_well + 1;
    }
    arena_fini(&arena);
    return status;
}

/* The document that the last answer was written from. */
static const StoreFile *last_source(const Turn *turn, const StoreFiles *files) {
    const TurnExchange *last = turn->n_history ? &turn->history[turn->n_history - 1] : NULL;
    for (size_t i = 0; last && last->n_sources && i < files->n; i++) {
        if (str_eq(files->items[i].path, last->sources[0])) return &files->items[i];
    }
    return NULL;
}

/* *out NULL: no document is meant. */
static Status which(Turn *turn, const StoreFiles *files, const WorkAsked *asked, Choice *out,
                    Err *err) {
    bool kind = false;
    TRY(choose(turn, files, asked->object, out, &kind, err));
    if (out->share > NAMED) return OK;
    const StoreFile *file = NULL;
    bool list = turn->work == WORK_LIST; /* "... in it" */
    if (out->share < 0 && (list || !asked->only_named)) {
        file = last_source(turn, files);
        if (!file && files->n == 1) file = &files->items[0];
    } else if (kind && out->kind && (list || !asked->only_named)) {
        return OK;
    } else if (kind && !asked->only_named && turn->found.n) {
        file = store_files_find(files, turn->found.hits[0].file_id);
    }
    *out = (Choice){.file = file, .n = 1, .share = out->share};
    return OK;
}

/* ---- its passages ---------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b) {
    const SearchHit *x = a, *y = b;
    return x->start < y->start ? -1 : x->start > y->start;
}

/* The first passage and others at even distances, SUMMARY_BYTES in all; in place. */
static Status spread(Turn *turn, SearchHit *hits, size_t n, bool cut, Err *err) {
    size_t bytes = 0, take = n;
    assert(n > 0); /* who calls has a passage at least */
    for (size_t i = 0; i < n; i++) bytes += hits[i].text.n;
    if (bytes > SUMMARY_BYTES) take = (size_t)((double)n * SUMMARY_BYTES / (double)bytes);
    if (take == 0) take = 1;
    for (size_t i = 0; i < take; i++) {
        hits[i] = hits[take > 1 ? i * (n - 1) / (take - 1) : 0];
        hits[i].score = 1;
    }
    assert(take <= n);
    turn->found.hits = hits;
    turn->found.n = take;
    turn->whole = true;
    if (take == n && !cut) return OK;
    buf_printf(turn_notice(turn), turn_says(turn, SAY_READ_IN_PART), take, cut ? ">" : "", n);
    return buf_check(&turn->notice, "a notice", err);
}

static Status take_document(Turn *turn, Store *store, const Choice *c, Err *err) {
    size_t most = c->file->n_chunks < PASSAGES_MAX ? c->file->n_chunks : PASSAGES_MAX;
    SearchResults all = {0};
    all.hits = arena_alloc_n(&turn->arena, most + 1, sizeof *all.hits);
    if (!all.hits) return err_no_memory(err, "the document");
    TRY(search_document(store, c->file->id, most, &turn->arena, &all, err));
    if (all.n == 0) return OK;
    if (c->n > 1) {
        Str name = str_file_name(c->file->path);
        buf_printf(turn_notice(turn), turn_says(turn, SAY_OF_SEVERAL), c->n, (int)name.n, name.p);
    }
    return spread(turn, all.hits, all.n, all.cut, err);
}

/* The attached file's passages stand first, the best one before the others (attach.c). */
static Status take_attached(Turn *turn, Err *err) {
    size_t n = 0;
    while (n < turn->found.n && turn->found.hits[n].file_id == TURN_ATTACHED) n++;
    if (n == 0) return OK;
    qsort(turn->found.hits, n, sizeof *turn->found.hits, by_place);
    return spread(turn, turn->found.hits, n, false, err);
}

/* "Translate: ..." and "Translate 'Guten Tag'" have the text with them. */
static bool is_pasted(Str object) {
    static const char *const quotes[] = {"\"", "'", "„", "“", "”", "‚", "«", "»", "「", NULL};
    return list_starts(object, quotes) || str_has(object, STR(":")) || str_has(object, STR("：")) ||
           str_has(object, STR("\n"));
}

/* "Translate that": the answer before, which goes into the question. */
static Status translate_answer(Turn *turn, Err *err) {
    Buf text;
    assert(turn->n_history > 0 && turn->translates); /* translated has looked */
    buf_init(&text, 2 * TURN_QUESTION_MAX);
    buf_printf(&text, "%.*s\n\n", (int)turn->question.n, turn->question.p);
    buf_add_str(&text, turn->history[turn->n_history - 1].answer);
    Status status = buf_check(&text, "the question", err);
    if (status == OK) {
        status = arena_keep(&turn->arena, buf_str(&text), &turn->question, "the question", err);
    }
    buf_fini(&text);
    turn->topic = (Str){"", 0};
    return status;
}

/* A document, the answer before, or what stands in the question. */
static Status translated(Turn *turn, Store *store, Choice *meant, Str object, Err *err) {
    bool pasted = is_pasted(object), that = meant->share < 0 && turn->n_history > 0;
    if (!pasted && !that && meant->file) {
        Str name = str_file_name(meant->file->path);
        buf_printf(turn_notice(turn), turn_says(turn, SAY_TRANSLATED), (int)name.n, name.p);
        return take_document(turn, store, meant, err);
    }
    turn->pasted = true;
    return that && !pasted ? translate_answer(turn, err) : OK;
}

Status summary_passages(Turn *turn, Err *err) {
    Store *store = NULL;
    StoreFiles files;
    Choice meant;
    WorkAsked asked;
    bool reads = turn->work == WORK_SUMMARY || turn->work == WORK_LIST || turn->translates;
    if (!reads || work_read(turn->question, &asked) != turn->work) return OK;
    if (turn->attach) return take_attached(turn, err);
    TRY(rig_store(turn->rig, STORE_READ, &store, err));
    TRY(store_list(store, &turn->arena, &files, err));
    TRY(small(&turn->arena, asked.object, &asked.object, err));
    TRY(which(turn, &files, &asked, &meant, err));
    if (turn->translates) return translated(turn, store, &meant, asked.object, err);
    if (meant.file) return take_document(turn, store, &meant, err);
    if (asked.only_named) turn->work = WORK_ANSWER;
    return OK;
}
