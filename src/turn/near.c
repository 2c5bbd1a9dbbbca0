/*
 * Near: what stands in the documents in other words than the question has.
 *
 * "May I smoke here?" - "Lighting cigarettes is forbidden." No word is shared, so the coverage of
 * the question is nothing and decide.c refuses. Chinese has no endings and many short words for one
 * thing: there most refusals were of this kind. The cosine alone cannot decide it. It finds the
 * sentence, but rises as high for a question that the same paragraph nearly answers.
 *
 * So before the documents are said to be silent:
 *
 *   1 the sentences of the passages found (rows with the first row of their table) are embedded,
 *     each behind its document's name, and the three nearest to the question are taken;
 *   2 of each the local model is asked alone: does this note hold the answer, yes or no? What
 *     counts is not the word but the margin between the two. Four examples stand before, of which
 *     one says "no" to a note that speaks of the thing, and not of what is asked about it;
 *   3 a sum (log odds) says whether the best one is quoted. The model writes nothing: a wrong quote
 *     is seen to be wrong, a wrong sentence is not.
 *
 *         sum = margin + STANDS_OUT (its cosine - that of the best passage) - LONG bytes
 *               - (the question's subject is missing ? SUBJECT : 0)
 *               - ALSO max(0, the next best margin)
 *               - LEAST - CROWD log(passages of the store)
 *
 * A sentence that answers stands out of its passage: it is nearer to the question than the whole.
 * Long sentences say a bit of everything, and small models say yes to them; a Chinese one is long
 * from SHORT bytes on, an English one from its first.
 * The names of a table's columns sound like an answer to all that they name: they are none.
 * The more passages there are, the nearer is the nearest that has nothing to say: what is wanted of
 * a sentence among thirty and among a thousand was looked at apart (decision 0035). A Chinese
 * question to which the model says yes whatever it is shown is answered by none of it: hence ALSO.
 *
 * Some questions get a yes more easily than others, whatever the note. So in English over English
 * the margin counts once more as far as it lies above the middle one of all that were asked about:
 *
 *         sum = margin + (margin - middle margin) + ... - LEAST_EN - CROWD_EN log(passages)
 *
 * A line of a list is one sentence there ("- farm stay near Kobarid. Cash only."), and lines that
 * say from whom to whom a mail went are none.
 *
 * Passages in another language than the question's are not looked at: the question is put into
 * theirs (abroad.c).
 *
 * English over English: a row of a table is not asked about. The model says yes to "Hester Lamb |
 * Soprano" when her telephone is asked for, and cells are found by their words (tally_cell.c); of
 * prose LEAST_EN is enough. German over German gets no second look: good quotes and wrong ones have
 * the same sums there, with a German wording of the question about the note, too (decision 0035).
 *
 * A sentence is not asked about where a rule says already that it cannot be: it is of another
 * person or year (about.c), has not the question's numbers, or not the kind of thing that is asked
 * for (given.c; not of a sentence in another language within the passage, whose numbers and words
 * of time it does not read).
 *
 * One sentence at a time: asked about three together the model lets the words of one stand for
 * another. The area under the curve was .86 together and .94 alone, on 24 paraphrases and 28
 * unanswerable questions about the same documents. The weights were set by hand on those, and on 60
 * questions of CMRC's tuning half whose paragraph was left out (decision 0035). That of the cosine
 * is multilingual-e5-small's.
 *
 * Cost: a sentence takes 2 to 4 ms to embed, a question about one a tenth of a second; the examples
 * are evaluated once. It is paid for questions that would be refused.
 *
 * Limits: sentences of at most VERIFY_SPAN_MAX bytes, SENTENCES_MAX of them, of the first
 * PASSAGES_MAX passages; questions of at most QUESTION_MAX bytes.
 */
#include "turn/near.h"

#include <assert.h>
#include <math.h>

#include "base/lists.h"
#include "base/plain.h"
#include "base/segment.h"
#include "base/utf8.h"
#include "knowledge/doc.h"
#include "turn/given.h"
#include "turn/given_zh.h"
#include "turn/insist.h"
#include "turn/prompt.h"
#include "turn/say.h"

enum {
    PASSAGES_MAX = 10,
    SENTENCES_MAX = 128,
    ASKED = 3,            /* sentences */
    TITLE_MAX = 42,
    SHORT = 100, /* bytes of a Chinese sentence: 33 characters */
    TRIED = 8,            /* sentences, of which rules may say that they cannot be */
    LINE_MAX_BYTES = 240, /* of a list, that is taken as one sentence */
    QUESTION_MAX = 2000,
    ITEM_MAX = 1 << 16,   /* bytes of a sentence with what stands before it */
    PROMPT_MAX = 1 << 20,
    PREFIX_MAX = 1 << 16  /* tokens */
};

/* Log odds; see the essay. */
static const double STANDS_OUT = 20, LONG = 0.008, SUBJECT = 1, ALSO = 0.5;
static const double LEAST = -0.33, CROWD = 0.368;     /* in Chinese */
static const double LEAST_EN = 0.25, CROWD_EN = 0.27; /* English over English */

typedef struct Sentence {
    VerifySpan span; /* score: the cosine */
    Str named;       /* behind its document's name: what is embedded */
    Str note;        /* the same with the head of its table: what the model is shown */
} Sentence;

typedef struct Sentences {
    Sentence items[SENTENCES_MAX];
    size_t n;
} Sentences;

/* What the model is told, and how it says yes and no. */
typedef struct Wording {
    const char *instructions, *notes, *question, *reply;
    const char *before; /* stands before the question before */
    const char *behind; /* and behind it, before this one */
    const char *yes[2], *no[2];
} Wording;

static const Wording english = {
    .instructions =
        "You say whether the notes hold the answer to the question. Reply yes only when the very "
        "thing that is asked for is written there, and no when they only speak of something "
        "related.\n\n"
        "Notes:\nLibrary: Books are lent for four weeks and can be renewed once.\n"
        "Question: How long may I keep a book?\nReply: yes\n\n"
        "Notes:\nLibrary: Books are lent for four weeks and can be renewed once.\n"
        "Question: How many books does the library have?\nReply: no\n\n"
        "Notes:\nTelephones: Name | Department | Extension\n"
        "Telephones: Rosa Lind | Stores | 204\n"
        "Question: Where does Rosa Lind live?\nReply: no\n\n"
        "Notes:\nSchwimmbad: Glasflaschen dürfen nicht mitgebracht werden.\n"
        "Question: May I take a bottle of beer to the pool?\nReply: yes",
    .notes = "Notes:\n", .question = "\nQuestion: ", .reply = "\nReply:",
    .before = "\nQuestion: ", .behind = " ",
    .yes = {"yes", "Yes"}, .no = {"no", "No"}};

static const Wording chinese = {
    .instructions =
        "你判断资料里有没有问题的答案。问的那一件事写明了才回答“有”，只说到相关的事就回答“没有”。\n\n"
        "资料：\n图书馆：借书期限为四周，可续借一次。\n问题：书可以借多久？\n回答：有\n\n"
        "资料：\n图书馆：借书期限为四周，可续借一次。\n问题：图书馆有多少本书？\n回答：没有\n\n"
        "资料：\n通讯录：姓名 | 部门 | 分机\n通讯录：罗成 | 仓库 | 204\n"
        "问题：罗成住在哪里？\n回答：没有\n\n"
        "资料：\n泳池规定：严禁携带玻璃瓶入场。\n问题：能带瓶装啤酒进去吗？\n回答：有",
    .notes = "资料：\n", .question = "\n问题：", .reply = "\n回答：",
    .before = "\n前面问过：", .behind = "\n问题：",
    .yes = {"有", "是"}, .no = {"没有", "否"}};

/* ---- sentences ------------------------------------------------------------------------------- */

/* Where the line before the one at `start` begins; start itself: there is none. */
static size_t line_before(Str text, size_t start) {
    if (start < 2 || text.p[start - 1] != '\n') return start;
    size_t at = start - 1;
    while (at && text.p[at - 1] != '\n') at--;
    return at;
}

Str near_head(Str text, size_t start, size_t end) {
    size_t head = start;
    if (!doc_has_row(str_sub(text, start, end))) return (Str){"", 0};
    for (size_t at = line_before(text, head); at < head; at = line_before(text, head)) {
        if (!doc_has_row(str_sub(text, at, head))) break;
        head = at;
    }
    if (head == start) return (Str){"", 0};
    size_t stop = str_find(text, STR("\n"), head);
    return str_sub(text, head, stop);
}

/* A row with rows below it and none above. */
bool near_names_columns(Str text, size_t start, size_t end, bool cut) {
    assert(start <= end && end <= text.n);
    if (!doc_has_row(str_sub(text, start, end)) || (cut && !start)) return false;
    size_t at = str_find(text, STR("\n"), end - 1); /* a row may end with it */
    if (at == SIZE_MAX) return false;
    at++;
    return doc_has_row(str_line(text, &at)) && !near_head(text, start, end).n;
}

bool near_same_language(const Turn *turn, Str passage) {
    return say_language_of(passage) == turn_language(turn);
}

/* From, to whom and when a mail went. */
static bool is_mail_head(Str line) {
    static const char *const names[] = {"From: ", "To: ", "Cc: ", "Date: ", NULL};
    return list_starts(line, names);
}

/* The head of a mail, and a title: what stands below them is what they say. */
static bool is_opening(Str passage, Str sentence) {
    static const char *const marks[] = {"。", "！", "；", "，", "：", ":", ";", ".", " | ", NULL};
    if (is_mail_head(sentence)) return true;
    if (sentence.p != passage.p || sentence.n > TITLE_MAX || list_in(sentence, marks)) return false;
    for (size_t i = 0; i < sentence.n; i++) {
        if (plain_is_digit(sentence.p[i])) return false;
    }
    return true;
}

/* "2025年10月9日", above or below a letter: it says when that was written. */
static bool is_bare_date(Str sentence) {
    static const char *const signs[] = {"年", "月", "日", "号", NULL};
    size_t width;
    for (size_t at = 0; at < sentence.n; at += width) {
        uint32_t c = utf8_decode(sentence, at, &width);
        bool plain = c < 0x80 && (plain_is_digit((int)c) || strchr(" .-/", (int)c));
        if (!plain && !list_has(str_sub(sentence, at, at + width), signs)) return false;
    }
    return true;
}

bool near_may_look(const Turn *turn, Str passage, Str sentence) {
    static const char *const asks[] = {"?", "？", ":", "：", NULL};
    if (list_ends(sentence, asks) || sentence.n > VERIFY_SPAN_MAX) return false;
    if (is_bare_date(sentence)) return false;
    bool word = !utf8_has_cjk(sentence) && !str_has(sentence, STR(" ")); /* a title: "Term" */
    if (word) return false;
    if (turn->german || !near_same_language(turn, passage)) return false;
    return turn->chinese ? !is_opening(passage, sentence) : !doc_has_row(sentence);
}

/* "name: text", with a line of its own before it where there is a head. */
static Status name_text(Turn *turn, const SearchHit *hit, Str head, Str text, Str *out, Err *err) {
    Buf item;
    Str name = str_file_stem(hit->path);
    buf_init(&item, ITEM_MAX);
    buf_printf(&item, "%.*s：", (int)name.n, name.p);
    if (head.n) buf_printf(&item, "%.*s\n", (int)head.n, head.p);
    buf_add_str(&item, text);
    Status status = buf_check(&item, "a sentence", err);
    if (status == OK) status = arena_keep(&turn->arena, buf_str(&item), out, "a sentence", err);
    buf_fini(&item);
    return status;
}

/* Has it what the question insists on, as far as rules can tell? */
static Status may_answer(Turn *turn, const VerifySpan *span, bool *may, Err *err) {
    Str text = turn->found.hits[span->passage].text, sentence = cite_words(turn, span);
    bool same = utf8_has_cjk(sentence) == turn->chinese;
    *may = !same || given_what_was_asked(turn->question, sentence) >= 0;
    if (*may && same) {
        Str question = turn_plain(turn, turn->question), plain = turn_plain(turn, sentence);
        Str head = turn_plain(turn, near_head(text, span->start, span->end));
        *may = given_zh_trade_stands(question, plain) &&
               given_zh_price_stands(question, plain) &&
               given_zh_people_stand(question, plain) &&
               !given_zh_other_day(question, plain) && !given_zh_one_of_many(question, plain) &&
               !insist_other_code(question, plain) &&
               !given_zh_empty_cell(question, head, plain);
    }
    if (*may) TRY(verify_numbers_stand(turn->verify, turn->question, span->passage, may, err));
    return *may ? about_fits(turn, span->passage, may, err) : OK;
}

size_t near_line(Str text, size_t start, size_t end) {
    static const char *const marks[] = {"- ", "* ", "• ", NULL};
    assert(start <= end && end <= text.n);
    bool begins = !start || text.p[start - 1] == '\n';
    size_t stop = str_find(text, STR("\n"), start);
    if (stop == SIZE_MAX) stop = text.n;
    bool item = begins && list_starts(str_sub(text, start, text.n), marks);
    return item && stop > end && stop - start <= LINE_MAX_BYTES ? stop : end;
}

static Status add_sentences(Turn *turn, size_t passage, Sentences *all, Err *err) {
    const SearchHit *hit = &turn->found.hits[passage];
    size_t at = 0, start, end;
    while (all->n < SENTENCES_MAX && segment_next_wrapped(hit->text, &at, &start, &end)) {
        Sentence *s = &all->items[all->n];
        if (!turn->chinese) end = near_line(hit->text, start, end);
        if (end > at) at = end;
        Str text = str_sub(hit->text, start, end);
        *s = (Sentence){.span = {passage, start, end, 0}};
        bool head = turn->chinese ? near_names_columns(hit->text, start, end, hit->start > 0)
                                  : is_mail_head(text);
        if (head || !near_may_look(turn, hit->text, text)) continue;
        TRY(name_text(turn, hit, (Str){"", 0}, text, &s->named, err));
        TRY(name_text(turn, hit, near_head(hit->text, start, end), text, &s->note, err));
        all->n++;
    }
    return OK;
}

/* ---- nearness -------------------------------------------------------------------------------- */

/* Fills the scores: cosines, since vectors have length 1. */
static Status measure(Turn *turn, const StoreEmbedder *embedder, Sentences *all, Err *err) {
    size_t dim = embedder->dim;
    assert(all->n > 0 && all->n <= SENTENCES_MAX && dim > 0);
    Str *texts = arena_alloc_n(&turn->arena, all->n, sizeof *texts);
    float *vectors = arena_alloc_n(&turn->arena, (all->n + 1) * dim, sizeof *vectors);
    if (!texts || !vectors) return err_no_memory(err, "the nearest sentences");
    const float *question = vectors + all->n * dim;
    for (size_t i = 0; i < all->n; i++) texts[i] = all->items[i].named;
    TRY(embedder->passages(embedder->user, texts, all->n, vectors, err));
    TRY(embedder->query(embedder->user, turn->query, vectors + all->n * dim, err));
    for (size_t i = 0; i < all->n; i++) {
        double dot = 0;
        for (size_t d = 0; d < dim; d++) dot += (double)(vectors[i * dim + d] * question[d]);
        all->items[i].span.score = dot;
    }
    return OK;
}

/* The nearest goes to place `to`, by exchange; equal ones in their order.
   false: there is none left. */
static bool bring_nearest(Sentences *all, size_t to) {
    size_t best = to;
    for (size_t i = to + 1; i < all->n; i++) {
        if (all->items[i].span.score > all->items[best].span.score) best = i;
    }
    if (to >= all->n) return false;
    Sentence near = all->items[best];
    all->items[best] = all->items[to];
    all->items[to] = near;
    return true;
}

/* ---- the model's word ------------------------------------------------------------------------ */

static Status first_token(const Vocab *vocab, const char *word, int32_t *out, Err *err) {
    TokenList list;
    token_list_init(&list, 64);
    Status status = vocab_encode(vocab, str_from(word), 0, &list, err);
    *out = status == OK && list.n ? list.ids[0] : -1;
    token_list_fini(&list);
    return status;
}

Status near_margin(const Vocab *vocab, const float *logits, bool in_chinese, double *out,
                   Err *err) {
    const Wording *words = in_chinese ? &chinese : &english;
    double sums[2] = {0, 0}, top = -INFINITY;
    int32_t ids[2][2];
    for (int side = 0; side < 2; side++) {
        for (int i = 0; i < 2; i++) {
            TRY(first_token(vocab, side ? words->no[i] : words->yes[i], &ids[side][i], err));
            if (ids[side][i] >= 0) top = fmax(top, (double)logits[ids[side][i]]);
        }
    }
    for (int side = 0; side < 2; side++) {
        for (int i = 0; i < 2; i++) {
            if (ids[side][i] >= 0) sums[side] += exp((double)logits[ids[side][i]] - top);
        }
    }
    *out = log(sums[0]) - log(sums[1]);
    return OK;
}

/* A follow-up's question does not say what it is about; the one before it does. In Chinese it has a
   line of its own: as a part of the question the model said yes to what answers the first one. */
static Status write_prompt(Turn *turn, const Wording *words, Str note, TokenList *out, Err *err) {
    Buf request;
    buf_init(&request, PROMPT_MAX);
    buf_add_c(&request, words->notes);
    buf_add_str(&request, note);
    buf_add_c(&request, turn->topic.n ? words->before : words->question);
    buf_add_str(&request, turn->topic);
    if (turn->topic.n) buf_add_c(&request, words->behind);
    buf_add_str(&request, turn->question);
    buf_add_c(&request, words->reply);
    Status status = prompt_request(turn->rig, words->instructions, &request, out, err);
    buf_fini(&request);
    return status;
}

/* The margin for one sentence. The examples are in the session behind the first one. */
static Status ask_about(Turn *turn, Engine *engine, Str note, double *margin, Err *err) {
    TokenList prompt;
    Session *session = NULL;
    bool in_chinese = turn->chinese || utf8_has_cjk(note);
    SyncOptions sync = {.cancel = &turn->rig->cancel};
    token_list_init(&prompt, PREFIX_MAX);
    Status status = write_prompt(turn, in_chinese ? &chinese : &english, note, &prompt, err);
    if (status == OK) status = rig_fit_session(turn->rig, prompt.n, 1, &session, err);
    if (status == OK) status = session_sync(session, prompt.ids, prompt.n, &sync, err);
    if (status == OK) {
        status = near_margin(engine_vocab(engine), session_logits(session), in_chinese, margin,
                             err);
    }
    token_list_fini(&prompt);
    return status;
}

Status near_holds(Turn *turn, Engine *engine, const TurnCitation *cited, double *margin,
                  Err *err) {
    const SearchHit *hit = &turn->found.hits[cited->hit];
    VerifySpan span = cite_span(turn, cited);
    Str note, head = near_head(hit->text, span.start, span.end);
    TRY(name_text(turn, hit, head, cited->quote, &note, err));
    return ask_about(turn, engine, note, margin, err);
}

/* One that the model was asked about. */
typedef struct Margin {
    size_t item;
    double value;
} Margin;

double near_middle(const double *margins, size_t n) {
    assert(n > 0 && n <= ASKED);
    for (size_t i = 0; i < n; i++) {
        size_t below = 0, same = 0;
        for (size_t k = 0; k < n; k++) {
            below += margins[k] < margins[i];
            same += margins[k] == margins[i];
        }
        if (below <= n / 2 && below + same > n / 2) return margins[i];
    }
    return margins[0]; /* NAN among them */
}

size_t near_too_long(Str sentence) {
    if (!utf8_has_cjk(sentence)) return sentence.n;
    return sentence.n > SHORT ? sentence.n - SHORT : 0;
}

double near_less_others(double best, const double *margins, size_t n, size_t at) {
    double next = 0;
    for (size_t i = 0; i < n; i++) {
        if (i != at && margins[i] > next) next = margins[i];
    }
    return best - ALSO * next;
}

/* The sum of the essay, for margins[at]; NAN where a margin is. */
static double sum_of(const Turn *turn, const VerifySpan *span, const double *margins, size_t n,
                     size_t at) {
    float cosine = turn->found.hits[0].cosine;
    double out = isnan(cosine) ? 0 : span->score - (double)cosine;
    double missing = verify_subject_stands(turn->verify) ? 0 : SUBJECT;
    double crowd = log((double)turn->found.chunks + 1);
    double margin = margins[at] + (turn->chinese ? 0 : margins[at] - near_middle(margins, n));
    double too_long = (double)near_too_long(cite_words(turn, span));
    double sum = margin + STANDS_OUT * out - LONG * too_long - missing -
                 (turn->chinese ? LEAST + CROWD * crowd : LEAST_EN + CROWD_EN * crowd);
    return turn->chinese ? near_less_others(sum, margins, n, at) : sum;
}

/* In Chinese, whose words tell little, one that cannot be counts as asked. */
static Status ask_margins(Turn *turn, Engine *engine, Sentences *all, Margin asked[ASKED],
                          size_t *n, Err *err) {
    size_t tries = turn->chinese ? ASKED : TRIED;
    *n = 0;
    for (size_t i = 0; i < tries && *n < ASKED && bring_nearest(all, i); i++) {
        bool may = false;
        TRY(may_answer(turn, &all->items[i].span, &may, err));
        if (!may) continue;
        TRY(ask_about(turn, engine, all->items[i].note, &asked[*n].value, err));
        asked[(*n)++].item = i;
    }
    return OK;
}

/* *best: the sentence with the greatest sum; all->n: none is above 0. */
static Status ask_about_nearest(Turn *turn, Engine *engine, Sentences *all, size_t *best,
                                Err *err) {
    Margin asked[ASKED];
    double margins[ASKED];
    size_t n;
    *best = all->n;
    TRY(ask_margins(turn, engine, all, asked, &n, err));
    for (size_t i = 0; i < n; i++) margins[i] = asked[i].value;
    for (size_t i = 0; i < n; i++) {
        double sum = sum_of(turn, &all->items[asked[i].item].span, margins, n, i);
        if (!(sum >= 0) || (*best < all->n && sum <= turn->near)) continue;
        turn->near = sum;
        *best = asked[i].item;
    }
    return OK;
}

/* Without vectors no sentence is nearer than another; a code that stands nowhere is decisive. */
static bool can_look(const Turn *turn) {
    return !turn->consulted && !turn->withheld && turn->found.n > 0 &&
           turn->question.n <= QUESTION_MAX && verify_code_stands(turn->verify);
}

Status near_look(Turn *turn, Engine *engine, Err *err) {
    const StoreEmbedder *embedder = can_look(turn) ? recall_embedder(turn) : NULL;
    size_t best;
    assert(isnan(turn->near)); /* one look a turn: the best sum is held there */
    if (!embedder) return OK;
    Sentences *all = arena_zalloc(&turn->arena, sizeof *all);
    if (!all) return err_no_memory(err, "the nearest sentences");
    for (size_t i = 0; i < turn->found.n && i < PASSAGES_MAX; i++) {
        TRY(add_sentences(turn, i, all, err));
    }
    if (all->n == 0) return OK;
    TRY(measure(turn, embedder, all, err));
    Status status = ask_about_nearest(turn, engine, all, &best, err);
    if (status == E_CANCELLED) return OK; /* the hall says so */
    TRY(status);
    return best < all->n ? cite_instead(turn, &all->items[best].span, err) : OK;
}
