/*
 * A form that a model fills with words of a text, bound so that it can say nothing else.
 *
 *     She starts chemo on Monday, her sister drives her.
 *
 *     health: chemo
 *     money: none
 *     ...
 *     family: her sister
 *
 * Small models are poor at listing what is private in a text, and far better at answering one plain
 * question at a time: which words, if any, belong on this line? So nothing is generated freely:
 *
 *   1. Behind the prompt all lines are evaluated at once, each with "none" on it. The logits behind
 *      "health:" then hold the line's verdict: the best of all words of the text against "none".
 *      The margin says how sure the model is; what it takes to count is the caller's number, line
 *      by line. One pass, whatever the text says.
 *   2. For each line that counts, the session goes back to that line (its KV is there) and the
 *      words are read out: at each token only those are allowed that go on at a place of the text
 *      where the words so far stand, or the end of the line, between two words. What comes out is a
 *      place of the text; a model cannot invent one, and a text cannot talk it into another form.
 *
 * Places are told apart by their tokens: for each place where a word or sign begins, a blank and
 * the text from there on are encoded; the alive ones are those whose tokens begin with what was
 * said. While words are read out the best alive place is a guess for the next tokens, which are
 * evaluated AHEAD at a time.
 *
 * Lines do not see each other's words, only "none": a line's verdict does not hang on another's.
 *
 * Limits: FORM_WINDOW_MAX bytes, FORM_LINES_MAX lines, FORM_PHRASE_MAX bytes a line, the session's
 * context.
 */
#include "turn/form.h"

#include <assert.h>
#include <math.h>

#include "base/mem.h"
#include "base/plain.h"
#include "base/utf8.h"

enum {
    AHEAD = 4,            /* tokens a pass while words are read out; chosen */
    NAME_TOKENS = 16,     /* of a line's name */
    TOKENS_MAX = 1 << 16, /* prompt and form */
    POOL_MAX = 1 << 20    /* tokens of all places of a window */
};

/* A place of the window where a word begins; its tokens in the pool. */
typedef struct Place {
    size_t at;
    size_t first, n; /* of its tokens in the pool */
    bool alive;
} Place;

struct Form {
    Session *session;
    const Vocab *vocab;
    FormOptions options;
    int32_t none, newline, end;      /* end: of the answer, behind the last line */
    TokenList names[FORM_LINES_MAX]; /* "\nhealth:" */
    /* of the run at hand */
    Str window;
    TokenList tokens, pool;
    Place places[FORM_WINDOW_MAX];
    size_t n_places;
    size_t behind[FORM_LINES_MAX]; /* tokens before a line's words */
    float margin[FORM_LINES_MAX];
    int32_t best[FORM_LINES_MAX]; /* the token that a line's words would begin with */
    FormFind finds[FORM_LINES_MAX];
    size_t n_finds;
    /* of the line at hand */
    size_t depth;   /* tokens said */
    size_t guess;   /* the place whose tokens are guessed next */
    size_t guessed; /* tokens of it in the session's prefix, or about to be */
    int32_t next;   /* what is said next; -1: the words are whole */
};

/* ---- the form as tokens -------------------------------------------------------------------- */

/* The tokens that `text` adds behind a word: a tokenizer may treat a beginning apart. */
static Status encode_behind(const Vocab *vocab, Str before, Str text, TokenList *out, Err *err) {
    Buf joined;
    TokenList bare;
    buf_init(&joined, 256);
    token_list_init(&bare, NAME_TOKENS);
    buf_add_str(&joined, before);
    buf_add_str(&joined, text);
    Status status = buf_check(&joined, "a form", err);
    if (status == OK) status = vocab_encode(vocab, before, 0, &bare, err);
    if (status == OK) status = vocab_encode(vocab, buf_str(&joined), 0, out, err);
    if (status == OK && out->n <= bare.n) {
        status = err_set(err, E_UNSUPPORTED, "the model's vocabulary cannot spell a form");
    }
    if (status == OK) {
        out->n -= bare.n;
        memmove(out->ids, out->ids + bare.n, out->n * sizeof *out->ids);
    }
    buf_fini(&joined);
    token_list_fini(&bare);
    return status;
}

/* The first token of what `text` adds. */
static Status spell_first(const Vocab *vocab, Str before, Str text, int32_t *id, Err *err) {
    TokenList list;
    token_list_init(&list, NAME_TOKENS);
    Status status = encode_behind(vocab, before, text, &list, err);
    if (status == OK) *id = list.ids[0];
    token_list_fini(&list);
    return status;
}

/* The one token that " none" is, and that begins no other word. */
static Status spell_none(Form *f, Err *err) {
    TokenList none;
    token_list_init(&none, NAME_TOKENS);
    Status status = encode_behind(f->vocab, STR("a:"), STR(" none"), &none, err);
    if (status == OK && none.n != 1) {
        status = err_set(err, E_UNSUPPORTED, "the model's vocabulary has no word for \"none\"");
    }
    if (status == OK) f->none = none.ids[0];
    token_list_fini(&none);
    return status;
}

/* Names are spelled behind "none", as they stand in the form; the first begins the answer. */
static Status spell_form(Form *f, Err *err) {
    Buf name;
    buf_init(&name, 64);
    Status status = spell_none(f, err);
    if (status == OK) status = spell_first(f->vocab, STR("none"), STR("\n"), &f->newline, err);
    for (int k = 0; k < f->options.n_lines && status == OK; k++) {
        buf_clear(&name);
        buf_printf(&name, "%s%s:", k ? "\n" : "", f->options.lines[k]);
        status = buf_check(&name, "a form", err);
        if (status != OK) break;
        status = k ? encode_behind(f->vocab, STR("none"), buf_str(&name), &f->names[k], err)
                   : vocab_encode(f->vocab, buf_str(&name), 0, &f->names[k], err);
    }
    buf_fini(&name);
    return status;
}

/* How the vocabulary spells the form is found once: it is the same for every window. */
Status form_new(Session *session, const FormOptions *options, Form **out, Err *err) {
    assert(options->n_lines > 0 && options->n_lines <= FORM_LINES_MAX);
    Form *f = mem_zalloc(sizeof *f);
    if (!f) return err_no_memory(err, "a form");
    f->session = session;
    f->vocab = engine_vocab(session_engine(session));
    f->options = *options;
    f->end = vocab_eos(f->vocab);
    token_list_init(&f->tokens, TOKENS_MAX);
    token_list_init(&f->pool, POOL_MAX);
    for (int k = 0; k < FORM_LINES_MAX; k++) token_list_init(&f->names[k], NAME_TOKENS);
    Status status = spell_form(f, err);
    if (status == OK) *out = f;
    else form_free(f);
    return status;
}

void form_free(Form *f) {
    if (!f) return;
    token_list_fini(&f->tokens);
    token_list_fini(&f->pool);
    for (int k = 0; k < FORM_LINES_MAX; k++) token_list_fini(&f->names[k]);
    mem_free(f);
}

const float *form_margins(const Form *f) {
    return f->margin;
}

/* ---- places of the window ------------------------------------------------------------------ */

static bool is_word(char c) {
    return plain_is_alnum(c) || c == '\'';
}

/* Between two words, or at an end: words of the text are read out whole. */
static bool is_between(Str text, size_t at) {
    if (at == 0 || at >= text.n) return true;
    return !utf8_goes_on(text.p[at]) && !(is_word(text.p[at - 1]) && is_word(text.p[at]));
}

/* A word, or a sign beyond ASCII, which may be a word by itself. */
static bool may_begin(Str text, size_t at) {
    char c = text.p[at];
    bool sign = (unsigned char)c >= 0x80 && !utf8_goes_on(c);
    return is_between(text, at) && (is_word(c) || sign);
}

/* The text from there on with a blank in front, as it would stand behind "health:". */
static Status add_place(Form *f, size_t at, Err *err) {
    char text[1 + FORM_PHRASE_MAX];
    Str phrase = utf8_cut(str_sub(f->window, at, f->window.n), FORM_PHRASE_MAX);
    Place *place = &f->places[f->n_places];
    *place = (Place){.at = at, .first = f->pool.n};
    text[0] = ' ';
    memcpy(text + 1, phrase.p, phrase.n);
    TRY(vocab_encode(f->vocab, (Str){text, 1 + phrase.n}, 0, &f->pool, err));
    place->n = f->pool.n - place->first;
    /* a text that begins with "none" cannot be told from the answer */
    if (place->n && f->pool.ids[place->first] != f->none) f->n_places++;
    return OK;
}

/* A place a byte at most, and the window has FORM_WINDOW_MAX of them. */
static Status find_places(Form *f, Err *err) {
    f->n_places = f->pool.n = 0;
    for (size_t at = 0; at < f->window.n; at++) {
        if (may_begin(f->window, at)) TRY(add_place(f, at, err));
    }
    return OK;
}

/* -1: the place has no more. */
static int32_t token_at(const Form *f, const Place *place, size_t depth) {
    return depth < place->n ? f->pool.ids[place->first + depth] : -1;
}

/* Bytes of the window that a place's first n tokens are. */
static Status bytes_said(const Form *f, const Place *place, size_t n, size_t *bytes, Err *err) {
    Buf said;
    buf_init(&said, FORM_PHRASE_MAX + VOCAB_TOKEN_BYTES_MAX);
    for (size_t i = 0; i < n; i++) vocab_piece(f->vocab, token_at(f, place, i), &said);
    Str text = buf_str(&said);
    while (text.n && text.p[0] == ' ') text = str_sub(text, 1, text.n);
    Str there = str_sub(f->window, place->at, f->window.n);
    Status status = buf_check(&said, "a form", err);
    if (status == OK && (text.n > there.n || !str_eq(text, str_sub(there, 0, text.n)))) {
        status = err_set(err, E_UNSUPPORTED, "the model's vocabulary changes what it reads");
    }
    *bytes = text.n;
    buf_fini(&said);
    return status;
}

/* ---- verdicts ------------------------------------------------------------------------------ */

/* The line's verdict: the best first word of any place against "none". */
static void weigh_line(Form *f, int k, const float *logits) {
    float best = -INFINITY;
    for (size_t i = 0; i < f->n_places; i++) {
        int32_t id = token_at(f, &f->places[i], 0);
        if (logits[id] <= best) continue;
        best = logits[id];
        f->best[k] = id;
    }
    f->margin[k] = f->n_places ? best - logits[f->none] : -INFINITY;
}

/* A row is the logits behind token first + i: of interest is the last one before a line's words. */
static Status weigh_rows(void *user, size_t first, size_t n, const float *rows, Err *err) {
    Form *f = user;
    size_t n_vocab = vocab_size(f->vocab);
    (void)err;
    for (size_t i = 0; i < n; i++) {
        for (int k = 0; k < f->options.n_lines; k++) {
            if (f->behind[k] == first + i + 1) weigh_line(f, k, rows + i * n_vocab);
        }
    }
    return OK;
}

static Status add_tokens(TokenList *list, const TokenList *more, Err *err) {
    for (size_t i = 0; i < more->n; i++) TRY(token_list_add(list, more->ids[i], err));
    return OK;
}

/* All lines with "none" on them, in one pass; logits are made behind the window only. */
static Status weigh_lines(Form *f, const TokenList *prompt, Err *err) {
    SyncOptions options = {.cancel = f->options.cancel};
    f->tokens.n = 0;
    TRY(add_tokens(&f->tokens, prompt, err));
    TRY(session_sync(f->session, f->tokens.ids, f->tokens.n, &options, err));
    for (int k = 0; k < f->options.n_lines; k++) {
        TRY(add_tokens(&f->tokens, &f->names[k], err));
        f->behind[k] = f->tokens.n;
        f->margin[k] = -INFINITY;
        TRY(token_list_add(&f->tokens, f->none, err));
    }
    options.rows = weigh_rows;
    options.user = f;
    return session_sync(f->session, f->tokens.ids, f->tokens.n, &options, err);
}

/* ---- reading the words out ----------------------------------------------------------------- */

/* The token is said: places that go on otherwise are out. */
static void say(Form *f, int32_t id) {
    f->guess = SIZE_MAX;
    for (size_t i = 0; i < f->n_places; i++) {
        Place *place = &f->places[i];
        place->alive = place->alive && token_at(f, place, f->depth) == id;
        if (place->alive && f->guess == SIZE_MAX) f->guess = i;
    }
    f->depth++;
}

/* Only between two words, and not before the first. All alive places have the same bytes here. */
static Status may_end(const Form *f, bool *may, Err *err) {
    size_t bytes = 0;
    const Place *place = &f->places[f->guess];
    TRY(bytes_said(f, place, f->depth, &bytes, err));
    *may = bytes > 0 && is_between(f->window, place->at + bytes);
    return OK;
}

/* What is said next, by the logits behind what was said. */
static Status choose_next(Form *f, const float *logits, Err *err) {
    float best = -INFINITY;
    bool may = false;
    f->next = -1;
    for (size_t i = 0; i < f->n_places; i++) {
        const Place *place = &f->places[i];
        int32_t id = place->alive ? token_at(f, place, f->depth) : -1;
        if (id < 0 || logits[id] <= best) continue;
        best = logits[id];
        f->next = id;
    }
    TRY(may_end(f, &may, err));
    float end = logits[f->newline];
    if (f->end >= 0 && logits[f->end] > end) end = logits[f->end];
    if (may && end > best) f->next = -1;
    return OK;
}

/* Rows behind what was said and guessed: goes on as long as the guesses are what is said. */
static Status read_rows(void *user, size_t first, size_t n, const float *rows, Err *err) {
    Form *f = user;
    size_t n_vocab = vocab_size(f->vocab), prefix = f->tokens.n - f->guessed;
    for (size_t i = 0; i < n; i++) {
        if (first + i + 1 != prefix + f->depth) continue; /* not behind what is said by now */
        TRY(choose_next(f, rows + i * n_vocab, err));
        bool right = f->next >= 0 && f->depth < f->guessed &&
                     f->tokens.ids[prefix + f->depth] == f->next;
        if (right) say(f, f->next);
    }
    return OK;
}

/* One pass: what is said, the next token and some guesses. */
static Status read_on(Form *f, int k, Err *err) {
    SyncOptions options = {.cancel = f->options.cancel, .rows = read_rows, .user = f};
    say(f, f->next);
    assert(f->guess < f->n_places); /* the token is one of a place that is alive */
    const Place *place = &f->places[f->guess];
    f->tokens.n = f->behind[k];
    f->guessed = f->depth + AHEAD - 1 < place->n ? f->depth + AHEAD - 1 : place->n;
    for (size_t i = 0; i < f->guessed; i++) {
        TRY(token_list_add(&f->tokens, token_at(f, place, i), err));
    }
    f->next = -1;
    return session_sync(f->session, f->tokens.ids, f->tokens.n, &options, err);
}

/* Says tokens until the words are whole; one that was cut inside of a word is made whole. */
static Status read_line(Form *f, int k, Err *err) {
    size_t bytes = 0;
    for (size_t i = 0; i < f->n_places; i++) f->places[i].alive = true;
    f->depth = 0;
    f->next = f->best[k];
    while (f->next >= 0) TRY(read_on(f, k, err));
    const Place *place = &f->places[f->guess];
    TRY(bytes_said(f, place, f->depth, &bytes, err));
    while (place->at + bytes < f->window.n && !is_between(f->window, place->at + bytes)) bytes++;
    if (bytes == 0) return OK; /* blanks, and no more */
    assert(f->n_finds < FORM_LINES_MAX); /* a line has one find at most */
    f->finds[f->n_finds++] = (FormFind){place->at, place->at + bytes, k, f->margin[k]};
    return OK;
}

/* All lines are weighed at once; only those that count are read out, which takes passes of their
   own. */
Status form_run(Form *f, const TokenList *prompt, Str window, const FormFind **finds,
                size_t *n, Err *err) {
    bool counts[FORM_LINES_MAX] = {false};
    if (window.n > FORM_WINDOW_MAX) {
        return err_set(err, E_LIMIT, "a window of %zu bytes is too long", window.n);
    }
    f->window = window;
    f->n_finds = 0;
    TRY(find_places(f, err));
    TRY(weigh_lines(f, prompt, err));
    f->options.judge(f->options.user, f->margin, counts);
    for (int k = f->options.n_lines; k-- > 0;) { /* the last first: what stands before is there */
        if (counts[k] && f->n_places) TRY(read_line(f, k, err));
    }
    assert(f->n_finds <= (size_t)f->options.n_lines);
    *finds = f->finds;
    *n = f->n_finds;
    return OK;
}
