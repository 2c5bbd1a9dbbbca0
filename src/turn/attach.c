/*
 * Attach: a file that goes with one question and into no store.
 *
 * Its text is taken out by the sandboxed reader, as `hearth add` does it, and cut into passages.
 * These become what recall found: they are shown to the model, cited, and, when an endpoint is
 * asked, masked like any passage, with the label of the folder that the file lies in. So nothing
 * but text can leave: a picture, a PDF of pictures, a file that no reader knows is refused with the
 * reason, since nobody here could look through it.
 *
 * The best passages come first, by the words that they share with the question: each word of the
 * question that stands in a passage counts log(1 + N/df), N passages of the file, df of them with
 * the word (lex_token.h makes the words). Scores are 1 to 2, above those of a search, which end at
 * 1: a question with a file is about the file, and what the store holds comes close only where the
 * file says nothing. "Summarise this" shares no word with anything: then all passages come close,
 * in their order.
 *
 * Limits: one file, of what the reader takes; PASSAGES_MAX passages, WORDS_MAX words of a question;
 * what is beyond is not read, and the notice says so.
 */
#include <assert.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "knowledge/chunk.h"
#include "knowledge/lex_token.h"
#include "turn/turn.h"

enum { PASSAGES_MAX = 2048, WORDS_MAX = 64 };

typedef struct Words {
    uint64_t key[WORDS_MAX];
    size_t n;
} Words;

typedef struct Attached {
    Turn *turn;
    Doc doc;
    const char *path; /* absolute */
    Words question;
    uint64_t *holds; /* [n] bit w: word w of the question stands in the passage */
    SearchHit *hits;
    size_t n;
} Attached;

_Static_assert((int)WORDS_MAX <= 64, "a bit a word");

/* ---- the text ------------------------------------------------------------------------------ */

/* Says the kind where the reader told it: "a picture" helps more than "no text". */
static Status refuse(const Attached *a, const char *given, const Err *why, Err *err) {
    if (a->doc.format && *a->doc.format) {
        (void)err_set(err, E_UNSUPPORTED, "%s is of a kind that cannot be read here: %s", given,
                      a->doc.format);
    } else {
        (void)err_set(err, E_UNSUPPORTED, "%s: %s", given, why->message);
    }
    return err_hint(err, "only text can be looked through, masked and sent; give it as text");
}

/* Labels belong to where a file really lies. */
static Status find_path(Attached *a, const char *given, Err *err) {
    if (!*given) return err_set(err, E_USAGE, "the name of the attached file is empty");
    char *real = realpath(given, NULL);
    if (!real && file_error(err, "attach", given) == E_NOT_FOUND) {
        (void)err_set(err, E_USAGE, "cannot attach %s: there is no such file", given);
        return err_hint(err, "is it spelled as it is on the disk? `ls` lists what is there");
    }
    if (!real) return file_error(err, "attach", given);
    a->path = arena_dup(&a->turn->arena, real, strlen(real));
    mem_libc_free(real);
    return a->path ? OK : err_no_memory(err, "a path");
}

/* O_NONBLOCK: a FIFO would wait for a writer for ever; O_NOFOLLOW: the link was resolved before,
   and one that was put there since is another file with another label. */
static Status read_file(Attached *a, const char *given, Err *err) {
    Err why = {.message = ""};
    TRY(find_path(a, given, err));
    int fd = open(a->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) return file_error(err, "open", given);
    Status status = rig_extract(a->turn->rig, fd, a->path, &a->doc, &why);
    (void)close(fd);
    if (status == E_UNSUPPORTED) return refuse(a, given, &why, err);
    if (status != OK && err) *err = why;
    return status;
}

/* ---- passages ------------------------------------------------------------------------------ */

/* Copied: the Doc goes when the passages are cut, hits live as long as the turn. */
static Status take_passage(Attached *a, const Chunk *chunk, SearchHit *hit, Err *err) {
    Arena *arena = &a->turn->arena;
    const char *title = a->doc.title ? a->doc.title : "";
    assert(chunk->start <= chunk->end && chunk->end <= a->doc.text.n);
    size_t n = chunk->end - chunk->start;
    *hit = (SearchHit){.chunk_id = TURN_ATTACHED, .file_id = TURN_ATTACHED, .page = chunk->page,
                       .line = chunk->line, .start = chunk->start, .end = chunk->end,
                       .text = {arena_dup(arena, a->doc.text.p + chunk->start, n), n},
                       .title = arena_dup(arena, title, strlen(title)),
                       .context = arena_dup(arena, chunk->context, strlen(chunk->context)),
                       .format = arena_dup(arena, a->doc.format, strlen(a->doc.format)),
                       .path = str_from(a->path), .cosine = NAN};
    bool full = !hit->text.p || !hit->title || !hit->context || !hit->format;
    return full ? err_no_memory(err, "the attached file") : OK;
}

/* Line marks are made once of the whole file and then parted among the passages. */
static Status take_passages(Attached *a, const Chunk *chunks, Err *err) {
    Buf marks;
    buf_init(&marks, LINE_MARKS_MAX_BYTES);
    lines_of_doc(&a->doc, &marks);
    Status status = buf_check(&marks, "the attached file", err);
    for (size_t i = 0; status == OK && i < a->n; i++) {
        status = take_passage(a, &chunks[i], &a->hits[i], err);
        if (status == OK) {
            status = search_hit_lines(&a->hits[i], buf_str(&marks), &a->turn->arena, err);
        }
    }
    buf_fini(&marks);
    return status;
}

/* Room for what recall found, too: both stand in one list in the end. */
static Status cut(Attached *a, Err *err) {
    Turn *turn = a->turn;
    Chunk *chunks = NULL;
    size_t n = 0;
    TRY(chunk_doc(&a->doc, a->path, NULL, &turn->arena, &chunks, &n, err));
    a->n = n < PASSAGES_MAX ? n : PASSAGES_MAX;
    if (n > a->n) {
        buf_printf(turn_notice(turn), "of the attached file the first %zu of %zu passages are read",
                   a->n, n);
        TRY(buf_check(&turn->notice, "a notice", err));
    }
    a->hits = arena_alloc_n(&turn->arena, a->n + turn->found.n + 1, sizeof *a->hits);
    a->holds = arena_zalloc(&turn->arena, (a->n + 1) * sizeof *a->holds);
    if (!a->hits || !a->holds) return err_no_memory(err, "the attached file");
    return take_passages(a, chunks, err);
}

/* ---- order --------------------------------------------------------------------------------- */

/* Its index; words->n: it is none of them. */
static size_t find_word(const Words *words, uint64_t key) {
    size_t i = 0;
    while (i < words->n && words->key[i] != key) i++;
    return i;
}

/* Each word of the question once, by a hash of 64 bits. */
static void add_word(void *user, const LexToken *token) {
    Words *words = user;
    uint64_t key = hash_check64(token->p, token->n, 0);
    if (words->n < WORDS_MAX && find_word(words, key) == words->n) words->key[words->n++] = key;
}

typedef struct Look {
    const Words *words;
    uint64_t *holds;
} Look;

/* Marks a word of the question that the passage has. */
static void look_word(void *user, const LexToken *token) {
    const Look *look = user;
    size_t i = find_word(look->words, hash_check64(token->p, token->n, 0));
    if (i < look->words->n) *look->holds |= 1ULL << i;
}

/* Ties in the order of the document, so that qsort's own order never shows. */
static int best_first(const void *a, const void *b) {
    const SearchHit *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return x->start < y->start ? -1 : x->start > y->start;
}

/* Two passes: which words each passage has, then what they weigh, which takes all passages. */
static void order(Attached *a) {
    double weight[WORDS_MAX], best = 0;
    assert(a->n <= PASSAGES_MAX);
    lex_tokenize(a->turn->query, add_word, &a->question);
    for (size_t i = 0; i < a->n; i++) {
        Look look = {&a->question, &a->holds[i]};
        lex_tokenize(a->hits[i].text, look_word, &look);
    }
    for (size_t w = 0; w < a->question.n; w++) {
        size_t df = 0;
        for (size_t i = 0; i < a->n; i++) df += a->holds[i] >> w & 1;
        weight[w] = df ? log(1 + (double)a->n / (double)df) : 0;
    }
    for (size_t i = 0; i < a->n; i++) {
        double sum = 0;
        for (size_t w = 0; w < a->question.n; w++) sum += a->holds[i] >> w & 1 ? weight[w] : 0;
        a->hits[i].score = (float)sum;
        best = sum > best ? sum : best;
    }
    for (size_t i = 0; i < a->n; i++) {
        a->hits[i].score = 1 + (best > 0 ? a->hits[i].score / (float)best : 0);
    }
    if (a->n) qsort(a->hits, a->n, sizeof *a->hits, best_first);
}

/* Before all that the store found, with scores from 1 up: the user has said where to look. */
Status attach_passages(Turn *turn, Err *err) {
    Attached a = {.turn = turn};
    if (!turn->attach) return OK;
    doc_init(&a.doc);
    Status status = read_file(&a, turn->attach, err);
    if (status == OK) status = cut(&a, err);
    doc_fini(&a.doc);
    TRY(status);
    if (a.n == 0) return err_set(err, E_UNSUPPORTED, "%s holds no text", turn->attach);
    order(&a);
    if (turn->found.n) memcpy(a.hits + a.n, turn->found.hits, turn->found.n * sizeof *a.hits);
    turn->found.hits = a.hits;
    turn->found.n += a.n;
    return OK;
}
