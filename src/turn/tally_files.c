/*
 * Questions about the collection itself: which documents there are, which is the newest, which ones
 * mention something.
 *
 *     all       "what documents do you have?"      each document, by its path
 *     newest    "which is the latest document?"    the first NEWEST_MOST by their dates
 *     mention   "which documents mention the kiln?", "is there anything about insurance?"
 *
 * No passage says what there is, so a model that reads eight of them can only guess, and these are
 * the first things that somebody asks a program that he does not know yet. The store knows: its
 * list of files, and the words of all passages. What is mentioned is looked for as words, each of
 * which must stand in one passage; each document is cited with the sentence that has them. Where no
 * document has the words nothing is answered here, and the passages nearest in meaning are read.
 *
 * A document's date is the one that it carries (a mail's), or that stands in its name, else that of
 * the file.
 *
 * Recognised by closed lists of words, English, German, Chinese: every word of a question for all
 * or the newest must be in them, so that "what documents do I need for the visa?" is none.
 *
 * Limits: HITS_MAX passages are looked through for words; with more of them the count is "at
 * least". NAMED_MAX documents are named, the rest is counted.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/lists.h"
#include "base/plain.h"
#include "base/segment.h"
#include "base/utf8.h"
#include "turn/dated.h"
#include "turn/say.h"
#include "turn/tally.h"

enum { HITS_MAX = 1000, NAMED_MAX = 30, NEWEST_MOST = 5, WANTED_MAX = 160, HEAD_MAX = 200,
       NAME_MAX = 200, TITLE_MAX = 120, HEADING_MAX = 40 };

/* ---- what is asked --------------------------------------------------------------------------- */

static const char *const nouns[] = {"documents", "files", "dokumente", "dateien", "unterlagen",
                                    "dokumenten", NULL};
static const char *const noun_of_one[] = {"document", "file", "dokument", "datei", NULL};
static const char *const asking[] = {"what", "which", "list", "show", "name", "many", "was",
                                     "welche", "welches", "viele", "zeige", "zeig", "nenne",
                                     "liste", NULL};
static const char *const newest[] = {"newest", "latest", "recent", "last",    "neueste",
                                     "neuesten", "neuestes", "letzte", "letzten", "zuletzt", NULL};
/* What such a question may say besides. */
static const char *const beside[] = {
    "what",  "which",  "list",   "show",   "name",   "many",    "how",    "do",      "does",
    "did",   "you",    "i",      "we",     "have",   "has",     "had",    "know",    "my",
    "our",   "your",   "are",    "is",     "there",  "in",      "here",   "the",     "of",
    "me",    "all",    "can",    "see",    "please", "store",   "stored", "library", "base",
    "knowledge", "been", "added", "indexed", "read", "contain", "hold",   "kinds",   "kind",
    "a",     "an",     "it",     "changed", "got",   "was",     "were",   "most",    "hearth",
    "welche", "welches", "viele", "wie",   "zeige",  "zeig",    "nenne",  "liste",   "gibt",
    "es",    "hast",   "du",     "haben",  "sie",    "wir",     "ich",    "habe",    "sind",
    "da",    "hier",   "mir",    "alle",   "meine",  "meinen",  "unsere", "den",     "die",
    "das",   "der",    "auf",    "kennst", "gespeichert", "steht", "ist", "dir",     "bitte",
    "eine",  "bei",    "geändert", "hinzugefügt", "wurde", "wurden", "vorhanden", NULL};

/* Openings of a question for what is mentioned; what follows is looked for. */
static const char *const mentions[] = {
    "documents mention ", "files mention ", "documents contain ", "files contain ",
    "documents talk about ", "documents speak of ", "documents are about ", "files are about ",
    "document is about ", "documents deal with ", "documents refer to ", "documents discuss ",
    "document mentions ", "file mentions ", "there anything about ", "there something about ",
    "there anything on ", "there any documents about ", "there documents about ",
    "there a document about ", "there any files about ", "have anything about ",
    "have anything on ", "have documents about ", "have any documents about ",
    "documents say anything about ", "documents that mention ", "documents mentioning ",
    "files that mention ", "all documents about ", "the documents about ", "any mention of ",
    "dokumente erwähnen ", "dokumente nennen ", "dokumente enthalten ", "dokumente handeln von ",
    "dateien erwähnen ", "dateien enthalten ", "unterlagen erwähnen ", "dokumente gibt es über ",
    "dokumente gibt es zu ", "gibt es etwas über ", "gibt es etwas zu ", "gibt es etwas zur ",
    "gibt es etwas zum ", "gibt es dokumente über ", "gibt es dokumente zu ",
    "gibt es unterlagen zu ", "habe ich etwas über ", "habe ich etwas zu ", NULL};
/* ... before which these may stand, and nothing else. */
static const char *const leads[] = {
    "which", "what", "is", "are", "do", "does", "i", "we", "you", "my", "the", "any", "of", "find",
    "show", "me", "list", "all", "can", "please", "in", "our", "your", "welche", "meiner", "der",
    "in", "meinen", "den", "zeige", "zeig", "mir", "alle", "finde", "hearth", NULL};
static const char *const articles[] = {"the ",   "a ",     "an ",  "my ",   "our ",
                                       "der ",   "die ",   "das ", "den ",  "dem ",
                                       "einen ", "eine ",  "meine ", "meinen ", NULL};

static const char *const nouns_chinese[] = {"文件", "文档", "资料", NULL};
static const char *const asks_chinese[] = {"哪些", "多少", "几个", "几份", "列出", "都有什么", NULL};
static const char *const newest_chinese[] = {"最新", "最近", NULL};
static const char *const beside_chinese =
    "我的你您有里库中一共总所知道都现在目前文档件资料哪些多少个份几列出全部请给看显示什么最新近是添加修改";
static const char *const mentions_chinese[] = {
    "提到了", "提到", "提及", "讲到", "涉及", "写到", "说到", "关于", "出现了", NULL};

/* Are all words of the text in the list? */
static bool only_of(Str low, const char *const *list) {
    size_t at = 0;
    for (Str word; (word = str_word(low, &at)).n;) {
        if (!list_has(word, list)) return false;
    }
    return true;
}

static TallyFiles read_list(Str low) {
    bool noun = false, one = false, asks = false, new = false;
    size_t at = 0;
    for (Str word; (word = str_word(low, &at)).n;) {
        bool is_noun = list_has(word, nouns), is_one = list_has(word, noun_of_one);
        bool is_new = list_has(word, newest);
        if (!is_noun && !is_one && !is_new && !list_has(word, beside)) return TALLY_FILES_NONE;
        noun = noun || is_noun;
        one = one || is_one;
        new = new || is_new;
        asks = asks || list_has(word, asking);
    }
    if (!asks || !(noun || (one && new))) return TALLY_FILES_NONE;
    return new ? TALLY_FILES_NEWEST : TALLY_FILES_ALL;
}

/* *wanted: what is to be mentioned, a view of `text`, whose small letters `low` are. */
static bool read_mention(Str text, Str low, Str *wanted) {
    for (size_t i = 0; mentions[i]; i++) {
        size_t at = str_find(low, str_from(mentions[i]), 0);
        if (at == SIZE_MAX || !only_of(str_sub(low, 0, at), leads)) continue;
        assert(low.n == text.n); /* places of the one are places of the other */
        size_t from = at + strlen(mentions[i]), end = low.n;
        for (size_t k = 0; articles[k]; k++) {
            if (str_starts(str_sub(low, from, end), str_from(articles[k]))) {
                from += strlen(articles[k]);
                break;
            }
        }
        end = from + str_cut_end(str_sub(low, from, end), " ?.!").n;
        *wanted = str_sub(text, from, end);
        return end > from;
    }
    return false;
}

static bool only_signs_of(Str text, const char *signs) {
    size_t width;
    for (size_t at = 0; at < text.n; at += width) {
        uint32_t c = utf8_decode(text, at, &width);
        bool sign = unicode_is_cjk(c) || plain_is_alnum((int)(c < 0x80 ? c : 0));
        if (sign && !str_has(str_from(signs), str_sub(text, at, at + width))) return false;
    }
    return true;
}

/* "哪些文件提到窑炉？", "有没有关于保险的文件": behind the verb, up to 的 and the noun. */
static bool mention_chinese(Str text, Str *wanted) {
    bool asks = str_has(text, STR("哪些")) || str_has(text, STR("有没有")) ||
                str_has(text, STR("哪个")) || str_has(text, STR("哪份"));
    if (!asks || !list_in(text, nouns_chinese)) return false;
    for (size_t i = 0; mentions_chinese[i]; i++) {
        size_t at = str_find(text, str_from(mentions_chinese[i]), 0);
        if (at == SIZE_MAX || !only_signs_of(str_sub(text, 0, at), "我的你您有没哪些个份文件档资料里中在库几")) {
            continue;
        }
        size_t from = at + strlen(mentions_chinese[i]), end = text.n, of;
        if ((of = str_find(text, STR("的"), from)) != SIZE_MAX &&
            list_starts(str_sub(text, of + 3, end), nouns_chinese)) {
            end = of;
        }
        static const char *const tails[] = {"？", "?", "。", "吗", "呢", NULL};
        end = from + list_cut_end(str_sub(text, from, end), tails).n;
        *wanted = str_sub(text, from, end);
        return end > from;
    }
    return false;
}

TallyFiles tally_files_read(Str text, Str *wanted) {
    char small[WANTED_MAX];
    text = str_trim(text);
    *wanted = (Str){"", 0};
    if (text.n == 0 || text.n > sizeof small) return TALLY_FILES_NONE;
    if (utf8_has_cjk(text)) {
        if (mention_chinese(text, wanted)) return TALLY_FILES_MENTION;
        if (!list_in(text, nouns_chinese) || !only_signs_of(text, beside_chinese)) {
            return TALLY_FILES_NONE;
        }
        if (list_in(text, newest_chinese)) return TALLY_FILES_NEWEST;
        return list_in(text, asks_chinese) ? TALLY_FILES_ALL : TALLY_FILES_NONE;
    }
    Str low = utf8_lower(text, small);
    return read_mention(text, low, wanted) ? TALLY_FILES_MENTION : read_list(low);
}

/* ---- answers --------------------------------------------------------------------------------- */

/* One of the documents that are listed, with its date. */
typedef struct Dating {
    const StoreFile *file;
    Dated date;
} Dating;

/* "order-kp-2071.eml: Re: Order KP-2071, 2025-10-14" */
static Status add_file(Turn *turn, TallyFound *found, TallyMatch match, const Dating *dating,
                       Err *err) {
    const StoreFile *file = dating->file;
    const Dated *date = &dating->date;
    Buf line;
    Str name = utf8_cut(str_file_name(file->path), NAME_MAX);
    Str title = utf8_cut(str_from(file->title), TITLE_MAX);
    buf_init(&line, 4 * NAME_MAX);
    buf_add_str(&line, name);
    if (title.n && !str_eq(title, str_file_stem(file->path))) {
        buf_printf(&line, ": %.*s", (int)title.n, title.p);
    }
    if (date->year) buf_printf(&line, ", %04d", date->year);
    if (date->year && date->month) buf_printf(&line, "-%02d", date->month);
    if (date->month && date->day) buf_printf(&line, "-%02d", date->day);
    match.file = file->id;
    match.path = file->path;
    match.line = buf_str(&line);
    Status status = buf_check(&line, "a document's name", err);
    if (status == OK) status = tally_add_row(turn, found, match, err);
    buf_fini(&line);
    return status;
}

/* The document's first line with words, which stands for it. */
static Status head_of(Store *store, const StoreFile *file, TallyMatch *out, Err *err) {
    Buf text;
    size_t at = 0, start, end;
    buf_init(&text, HEAD_MAX + UTF8_MAX_BYTES);
    Status status = store_text(store, file->id, 0, HEAD_MAX + 1, &text, err);
    Str head = utf8_cut(buf_str(&text), HEAD_MAX); /* the store cuts inside a character */
    if (status == OK && segment_next(head, &at, &start, &end)) {
        out->start = start;
        out->end = end;
    }
    buf_fini(&text);
    return status;
}

/* A document that carries no date has that of its file, in UTC. */
static Dated date_of(const StoreFile *file) {
    Dated date = dated_of(str_from(file->date), (Str){"", 0});
    if (!date.year) date = dated_of(file->path, (Str){"", 0});
    if (date.year) return date;
    time_t seconds = (time_t)(file->mtime_ns / 1000000000);
    struct tm day;
    if (!gmtime_r(&seconds, &day)) return date;
    return (Dated){day.tm_year + 1900, day.tm_mon + 1, day.tm_mday, false};
}

static int newest_first(const void *a, const void *b) {
    const Dating *x = a, *y = b;
    int later = dated_order(&y->date, &x->date);
    if (later) return later;
    if (x->file->mtime_ns != y->file->mtime_ns) {
        return x->file->mtime_ns > y->file->mtime_ns ? -1 : 1;
    }
    return x->file->id < y->file->id ? -1 : x->file->id > y->file->id;
}

/* What is said before the list. */
typedef struct Head {
    TallyFiles kind;
    size_t n;
    bool least; /* there may be more */
    Str wanted; /* of a mention */
} Head;

static void say_head(const Turn *turn, const Head *head, Buf *out) {
    TurnLanguage l = turn_language(turn);
    size_t n = head->n;
    const char *more = !head->least        ? ""
                       : l == TURN_CHINESE ? "至少 "
                       : l == TURN_GERMAN  ? "mindestens "
                                           : "at least ";
    const char *noun = l == TURN_CHINESE  ? " 个文档"
                       : l == TURN_GERMAN ? n == 1 ? " Dokument" : " Dokumente"
                       : n == 1           ? " document"
                                          : " documents";
    buf_printf(out, "%s%zu%s", more, n, noun);
    if (head->kind == TALLY_FILES_MENTION) {
        buf_printf(out, l == TURN_CHINESE  ? "提到“%.*s”"
                        : l == TURN_GERMAN ? " mit „%.*s“"
                                           : " with \"%.*s\"",
                   (int)head->wanted.n, head->wanted.p);
    } else if (head->kind == TALLY_FILES_NEWEST) {
        buf_add_c(out, l == TURN_CHINESE  ? "，最新的在前"
                       : l == TURN_GERMAN ? ", die neuesten zuerst" : ", the newest first");
    }
}

/* Files that are known and could not be read are told of, and not counted. */
static void say_unread(Turn *turn, size_t n) {
    TurnLanguage l = turn_language(turn);
    if (n == 0) return;
    buf_printf(turn_notice(turn),
               l == TURN_CHINESE  ? "另有 %zu 个文件未能读取，原因见 hearth list"
               : l == TURN_GERMAN ? "%zu weitere sind nicht lesbar; hearth list sagt, warum"
                                  : "%zu more could not be read; hearth list says why", n);
}

static Status list_files(Turn *turn, TallyFiles kind, Store *store, const StoreFiles *files,
                         TallyFound *found, Err *err) {
    size_t n = 0;
    Dating *items = arena_alloc_n(&turn->arena, files->n + 1, sizeof *items);
    if (!items) return err_no_memory(err, "the documents");
    for (size_t i = 0; i < files->n; i++) {
        const StoreFile *file = &files->items[i];
        bool read = file->state == FILE_READ && file->n_chunks > 0;
        if (read) items[n++] = (Dating){file, date_of(file)};
    }
    if (kind == TALLY_FILES_NEWEST) qsort(items, n, sizeof *items, newest_first);
    size_t most = kind == TALLY_FILES_NEWEST ? NEWEST_MOST : NAMED_MAX;
    assert(n <= files->n && found->n == 0); /* what is beyond is counted from these */
    for (size_t i = 0; i < n && i < most; i++) {
        TallyMatch match = {0};
        TRY(head_of(store, items[i].file, &match, err));
        TRY(add_file(turn, found, match, &items[i], err));
    }
    if (kind == TALLY_FILES_ALL) {
        found->beyond = n - found->n;
        say_unread(turn, files->n - n);
    }
    say_head(turn, &(Head){kind, n, false, {"", 0}}, &found->sum);
    found->done = n > 0;
    return OK;
}

/* The first sentence of a passage that has all words and is no heading, else the first that has
   them, else the passage's first words. */
static Status sentence_of(Turn *turn, const SearchHit *hit, const TallyWords *words,
                          TallyMatch *out, Err *err) {
    size_t at = 0, start, end;
    Str text = turn_plain(turn, hit->text);
    out->start = (size_t)hit->start;
    out->end = out->start + utf8_cut(text, HEAD_MAX).n;
    for (bool any = false, holds; segment_next_wrapped(text, &at, &start, &end);) {
        Str sentence = str_sub(text, start, end);
        TRY(tally_holds(sentence, words, &holds, err));
        if (!holds || (any && sentence.n < HEADING_MAX)) continue;
        any = true;
        out->start = (size_t)hit->start + start;
        out->end = out->start + utf8_cut(sentence, VERIFY_SPAN_MAX).n;
        if (sentence.n >= HEADING_MAX) return OK;
    }
    return OK;
}

static bool is_listed(const TallyFound *found, int64_t file) {
    for (size_t i = 0; i < found->n; i++) {
        if (found->items[i].file == file) return true;
    }
    return false;
}

/* In the order of the search, whose words are stems: each passage is asked whether it has them. */
static Status list_mentions(Turn *turn, Str wanted, Store *store, const StoreFiles *files,
                            TallyFound *found, Err *err) {
    SearchResults all = {0};
    TallyWords words;
    Str plain = turn_plain(turn, wanted);
    SearchQuery query = {.text = wanted, .k = HITS_MAX, .mode = SEARCH_LEXICAL};
    TRY(tally_words(&turn->arena, plain, &words, err));
    if (words.n == 0 || words.n >= TALLY_WORDS_MAX) return OK;
    TRY(search_run(store, &query, &turn->arena, &all, err));
    for (size_t i = 0; i < all.n; i++) {
        const SearchHit *hit = &all.hits[i];
        const StoreFile *file = store_files_find(files, hit->file_id);
        TallyMatch match = {0};
        bool holds = false;
        if (!file || is_listed(found, hit->file_id)) continue;
        TRY(tally_holds(turn_plain(turn, hit->text), &words, &holds, err));
        if (!holds) continue;
        TRY(sentence_of(turn, hit, &words, &match, err));
        TRY(add_file(turn, found, match, &(Dating){file, date_of(file)}, err));
    }
    size_t n = found->n;
    assert(n <= all.n); /* a document is listed once */
    if (found->n > NAMED_MAX) {
        found->beyond = found->n - NAMED_MAX;
        found->n = NAMED_MAX;
    }
    Head head = {TALLY_FILES_MENTION, n, all.n == HITS_MAX, wanted};
    say_head(turn, &head, &found->sum);
    found->done = n > 0;
    return OK;
}

Status tally_files(Turn *turn, TallyAsk *ask, Store *store, TallyFound *found, Err *err) {
    StoreFiles files;
    assert(ask->files != TALLY_FILES_NONE);
    ask->kind = TALLY_CELL; /* the head of the answer stands in found->sum */
    TRY(store_list(store, &turn->arena, &files, err));
    if (ask->files == TALLY_FILES_MENTION) {
        return list_mentions(turn, ask->wanted, store, &files, found, err);
    }
    return list_files(turn, ask->files, store, &files, found, err);
}
