/*
 * Promises of speculation: the suffix automaton says what a slow search says, guesses are taken
 * when they pay and left when they do not, and the text with guesses is the text without them, to
 * the byte, at any temperature, with every way to stop.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "../support/tiny_model.h"
#include "base/mem.h"
#include "model/draft_lookup.h"
#include "model/draft_model.h"
#include "model/draft_odds.h"
#include "model/generate.h"

static char folder[64], path[128], other_path[128];

static int make_folder(void **state) {
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/hearth-speculate-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    (void)snprintf(path, sizeof path, "%s/m.gguf", folder);
    (void)snprintf(other_path, sizeof other_path, "%s/d.gguf", folder);
    return 0;
}

static int drop_folder(void **state) {
    (void)state;
    (void)unlink(other_path);
    return unlink(path) == 0 && rmdir(folder) == 0 ? 0 : -1;
}

/* ---- lookup ---------------------------------------------------------------------------------- */

/* The longest end of text[0..n) that stands in it earlier too, and where its newest earlier place
   ends. */
static size_t slow_match(const int32_t *text, size_t n, size_t *end) {
    size_t longest = 0;
    for (size_t e = 1; e < n; e++) {
        size_t len = 0;
        while (len < e && text[e - 1 - len] == text[n - 1 - len]) len++;
        if (len < longest || len == 0) continue;
        longest = len;
        *end = e;
    }
    return longest;
}

static void add_all(Lookup *l, const int32_t *text, size_t n) {
    for (size_t i = 0; i < n; i++) assert_int_equal(lookup_add(l, text[i], NULL), OK);
}

static void lookup_finds_the_longest_and_newest_repetition(void **state) {
    (void)state;
    enum { LENGTH = 250 };
    int32_t text[LENGTH], out[8];
    Lookup *l = NULL;
    SampleRng rng;
    assert_int_equal(lookup_new(&l, NULL), OK);
    for (int letters = 2; letters < 40; letters = letters * 2 + 1) {
        sample_rng_seed(&rng, (uint64_t)letters);
        lookup_clear(l);
        for (size_t n = 1; n <= LENGTH; n++) {
            text[n - 1] = (int32_t)(sample_rng_next(&rng) % (uint64_t)letters) * 1000003;
            assert_int_equal(lookup_add(l, text[n - 1], NULL), OK);
            size_t end = 0, match = slow_match(text, n, &end);
            assert_int_equal(lookup_match(l), match);
            assert_int_equal(lookup_propose(l, out, 8), match ? 8 : 0);
            for (size_t i = 0; match && i < 8; i++) {
                assert_int_equal(out[i], end + i < n ? text[end + i] : out[end + i - n]);
            }
        }
    }
    lookup_free(l);
}

static void a_text_that_repeats_itself_is_guessed_to_go_on(void **state) {
    (void)state;
    int32_t text[] = {9, 1, 2, 3, 1, 2, 3, 1}, out[6];
    const int32_t want[] = {2, 3, 1, 2, 3, 1};
    Lookup *l = NULL;
    assert_int_equal(lookup_new(&l, NULL), OK);
    assert_int_equal(lookup_match(l), 0);
    assert_int_equal(lookup_propose(l, out, 6), 0);
    add_all(l, text, 8);
    assert_int_equal(lookup_match(l), 4);
    assert_int_equal(lookup_propose(l, out, 6), 6);
    assert_memory_equal(out, want, sizeof want);
    lookup_clear(l);
    for (int i = 0; i < 5000; i++) assert_int_equal(lookup_add(l, 7, NULL), OK);
    assert_int_equal(lookup_match(l), 4999);
    assert_int_equal(lookup_propose(l, out, 6), 6);
    for (int i = 0; i < 6; i++) assert_int_equal(out[i], 7);
    lookup_free(l);
}

/* A text longer than the ceiling: the newer half is still known, memory stays where it was. */
static void lookup_has_a_ceiling(void **state) {
    (void)state;
    int32_t out[3];
    uint64_t calls = 0;
    Lookup *l = NULL;
    SampleRng rng;
    assert_int_equal(lookup_new(&l, NULL), OK);
    sample_rng_seed(&rng, 3);
    for (int i = 0; i < 5 * LOOKUP_TOKENS_MAX / 2; i++) {
        if (i == LOOKUP_TOKENS_MAX) calls = mem_calls();
        int32_t token = (int32_t)(sample_rng_next(&rng) % 50000);
        assert_int_equal(lookup_add(l, token, NULL), OK);
    }
    assert_true(mem_calls() - calls < 4);
    const int32_t words[] = {100001, 100002, 100003, 100004, 100005, 100006, 100001, 100002};
    add_all(l, words, 8);
    assert_int_equal(lookup_match(l), 2);
    assert_int_equal(lookup_propose(l, out, 3), 3);
    assert_int_equal(out[0], 100003);
    assert_int_equal(out[2], 100005);
    lookup_free(l);
}

static void lookup_survives_every_failed_allocation(void **state) {
    (void)state;
    uint64_t before = mem_live_blocks();
    for (uint64_t nth = 1; nth < 200; nth++) {
        Lookup *l = NULL;
        Err err = {0};
        mem_fail_at(nth);
        Status status = lookup_new(&l, &err);
        for (int32_t i = 0; status == OK && i < 3000; i++) {
            status = lookup_add(l, i * i % 101, &err);
        }
        mem_fail_at(0);
        if (status == OK) nth = 200;
        else assert_int_equal(status, E_NO_MEMORY);
        lookup_free(l);
        assert_int_equal(mem_live_blocks(), before);
    }
}

/* ---- odds ------------------------------------------------------------------------------------ */

static void guesses_are_taken_while_they_pay(void **state) {
    (void)state;
    DraftOdds o;
    uint8_t kinds[DRAFTS_MAX];
    draft_odds_init(&o);
    int far = draft_odds_match_kind(40);
    for (int i = 0; i < DRAFTS_MAX; i++) kinds[i] = (uint8_t)far;
    for (int i = 0; i < 300; i++) draft_odds_note(&o, far, true);
    assert_int_equal(draft_odds_choose(&o, kinds, DRAFTS_MAX), DRAFTS_MAX); /* cheap and right */
    assert_int_equal(draft_odds_choose(&o, kinds, 3), 3);
    for (int m = 1; m <= DRAFTS_MAX + 1; m++) draft_odds_note_pass(&o, m, m <= 5 ? 10 + m : 100);
    assert_int_equal(draft_odds_choose(&o, kinds, DRAFTS_MAX), 4); /* six tokens cost too much */
    for (int m = 1; m <= DRAFTS_MAX + 1; m++) {
        for (int i = 0; i < 60; i++) draft_odds_note_pass(&o, m, 10 * m);
    }
    assert_int_equal(draft_odds_choose(&o, kinds, DRAFTS_MAX), 0); /* a pass saves nothing */
    draft_odds_init(&o);
    for (int i = 0; i < 100; i++) draft_odds_note(&o, far, false);
    assert_int_equal(draft_odds_choose(&o, kinds, DRAFTS_MAX), 0); /* always wrong */
    for (int i = 0; i < 300; i++) draft_odds_note(&o, far, true);
    assert_int_equal(draft_odds_choose(&o, kinds, DRAFTS_MAX), DRAFTS_MAX); /* right again */
}

static void unmeasured_passes_lie_on_the_line_through_the_nearest(void **state) {
    (void)state;
    DraftOdds o;
    draft_odds_init(&o);
    assert_true(draft_odds_pass_ms(&o, 1) == 1);
    draft_odds_note_pass(&o, 1, 30);
    assert_true(draft_odds_pass_ms(&o, 1) == 30);
    assert_true(draft_odds_pass_ms(&o, 5) > 30 && draft_odds_pass_ms(&o, 5) < 60);
    draft_odds_note_pass(&o, 8, 240); /* this machine is bad at eight */
    assert_true(draft_odds_pass_ms(&o, 8) == 240);
    assert_true(draft_odds_pass_ms(&o, 9) > 240 && draft_odds_pass_ms(&o, 2) < 60);
    draft_odds_note_pass(&o, DRAFTS_MAX + 2, 1); /* beyond the table: ignored */
}

static void kinds_follow_length_and_probability(void **state) {
    (void)state;
    int last = -1;
    const int64_t lengths[] = {1, 2, 3, 4, 6, 9, 16};
    for (int i = 0; i < 7; i++) assert_int_equal(draft_odds_match_kind(lengths[i]), ++last);
    assert_int_equal(draft_odds_match_kind(INT64_MAX), last);
    assert_int_equal(draft_odds_match_kind(15), last - 1);
    const float p[] = {0, 0.3f, 0.5f, 0.7f, 0.9f};
    for (int i = 0; i < 5; i++) assert_int_equal(draft_odds_model_kind(p[i]), ++last);
    assert_int_equal(draft_odds_model_kind(1), ODDS_KINDS - 1);
    assert_int_equal(draft_odds_model_kind(NAN), 7);
}

/* A source that is always wrong may cost little; one that turns good comes back. */
static void losses_have_a_ceiling_and_credit_comes_back(void **state) {
    (void)state;
    DraftOdds o;
    draft_odds_init(&o);
    double plain = 30, lost = 0;
    draft_odds_note_pass(&o, 1, plain);
    for (int i = 0; i < 1000; i++) {
        if (!draft_odds_has_credit(&o, ODDS_LOOKUP)) {
            draft_odds_settle_plain(&o);
            continue;
        }
        draft_odds_settle(&o, ODDS_LOOKUP, 1, 2 * plain); /* a double pass for one token */
        lost += plain;
    }
    assert_true(lost <= (1.5 + 0.01 * 1000 + 1) * plain);
    while (draft_odds_has_credit(&o, ODDS_LOOKUP)) draft_odds_settle(&o, ODDS_LOOKUP, 1, 2 * plain);
    assert_true(draft_odds_has_credit(&o, ODDS_MODEL)); /* accounts are apart */
    for (int i = 0; i < 4; i++) draft_odds_settle_missed(&o, ODDS_LOOKUP);
    assert_true(draft_odds_has_credit(&o, ODDS_LOOKUP));
}

/* ---- text ------------------------------------------------------------------------------------ */

enum { PROMPT = 24 };

static int32_t prompt[PROMPT];

static Engine *open_model(const Tiny *m, const char *at) {
    Err err = {0};
    Engine *e = NULL;
    EngineOptions o = {.path = at, .isa = "exact", .threads = 1};
    assert_int_equal(tiny_write(m, at, &err), OK);
    if (engine_open(&o, &e, &err) != OK) fail_msg("%s", err.message);
    return e;
}

static Session *new_session(Engine *e, int n_ctx) {
    Session *s = NULL;
    SessionOptions o = {.n_ctx = n_ctx};
    assert_int_equal(session_new(e, &o, &s, NULL), OK);
    return s;
}

/* A prompt that says things twice, so that there is something to look up. */
static void draw_prompt(uint64_t seed) {
    SampleRng rng;
    sample_rng_seed(&rng, seed);
    for (int i = 0; i < PROMPT; i++) {
        prompt[i] = i < PROMPT / 2 ? (int32_t)(sample_rng_next(&rng) % 250) + 3 : prompt[i - 9];
    }
}

typedef struct Reading {
    Buf text, cuts, tokens; /* the text, where its pieces end, its tokens with their logprobs */
    size_t pieces, stop_after;
    atomic_bool *raise;
} Reading;

static bool read_piece(void *user, Str text) {
    Reading *r = user;
    buf_add_str(&r->text, text);
    buf_add(&r->cuts, &r->text.n, sizeof r->text.n);
    if (++r->pieces != r->stop_after) return true;
    if (!r->raise) return false;
    atomic_store(r->raise, true);
    return true;
}

static void read_token(void *user, const GenerateToken *token) {
    Reading *r = user;
    assert_int_equal(token->id, token->logprobs[0].id);
    assert_true(token->logprobs[0].logprob <= token->logprobs[1].logprob);
    buf_add(&r->tokens, token->logprobs, 3 * sizeof *token->logprobs);
}

static void reading_fini(Reading *r) {
    buf_fini(&r->text);
    buf_fini(&r->cuts);
    buf_fini(&r->tokens);
}

static GenerateResult answer(Session *s, GenerateOptions o, Reading *r) {
    Err err = {0};
    GenerateResult result;
    o.piece = read_piece;
    o.token = read_token;
    o.n_logprobs = 2;
    o.user = r;
    buf_init(&r->text, 1 << 20);
    buf_init(&r->tokens, 1 << 20);
    buf_init(&r->cuts, 1 << 20);
    r->pieces = 0;
    session_clear(s);
    if (generate_run(s, prompt, PROMPT, &o, &result, &err) != OK) fail_msg("%s", err.message);
    return result;
}

/* Both ways: the same bytes in the same pieces, the same end. Returns the guesses that were
   right. */
static size_t check_same(Session *s, Speculator *sp, GenerateOptions o, size_t stop_after) {
    atomic_bool raised = false;
    bool by_flag = o.cancel != NULL;
    if (by_flag) o.cancel = &raised;
    Reading plain = {.stop_after = stop_after, .raise = by_flag ? &raised : NULL}, ahead = plain;
    o.speculator = NULL;
    GenerateResult a = answer(s, o, &plain);
    atomic_store(&raised, false);
    o.speculator = sp;
    GenerateResult b = answer(s, o, &ahead);
    assert_int_equal(a.stop, b.stop);
    assert_int_equal(a.completion_tokens, b.completion_tokens);
    assert_int_equal(a.drafted, 0);
    assert_true(b.accepted <= b.drafted && b.accepted <= b.completion_tokens);
    assert_true(str_eq(buf_str(&plain.text), buf_str(&ahead.text)));
    assert_true(str_eq(buf_str(&plain.cuts), buf_str(&ahead.cuts)));
    assert_true(str_eq(buf_str(&plain.tokens), buf_str(&ahead.tokens)));
    assert_int_equal(plain.tokens.n, a.completion_tokens * 3 * sizeof(SampleLogprob));
    reading_fini(&plain), reading_fini(&ahead);
    return b.accepted;
}

static Speculator *new_speculator(Engine *e, SpeculatorOptions o) {
    Speculator *sp = NULL;
    Err err = {0};
    if (speculator_new(e, &o, &sp, &err) != OK) fail_msg("%s", err.message);
    return sp;
}

enum { TINY_END = 2 };
static const SamplerBias never_end = {TINY_END, -100};

static GenerateOptions text_options(float temperature, uint64_t seed) {
    GenerateOptions o = {.sampler = sampler_options_default(), .max_tokens = 40};
    o.sampler.bias = &never_end;
    o.sampler.n_bias = 1;
    o.sampler.temperature = temperature;
    o.sampler.seed = seed;
    return o;
}

static void the_text_is_the_same_at_any_temperature(void **state) {
    (void)state;
    static const char *const families[] = {"llama", "gemma3"};
    size_t right = 0;
    for (int f = 0; f < 2; f++) {
        Tiny m = tiny_family(families[f]);
        tiny_make(&m);
        Engine *e = open_model(&m, path);
        Session *s = new_session(e, 128);
        for (int always = 0; always <= DRAFTS_MAX; always += 7) {
            SpeculatorOptions options = {.lookup = true, .always = always};
            Speculator *sp = new_speculator(e, options);
            for (uint64_t seed = 1; seed <= 2; seed++) {
                draw_prompt(seed);
                right += check_same(s, sp, text_options(0, seed), 0);
                right += check_same(s, sp, text_options(0.4f, seed), 0);
                GenerateOptions o = text_options(1, seed);
                o.sampler.top_k = 40;
                o.sampler.repeat_penalty = 1.1f;
                right += check_same(s, sp, o, 0);
                o.sampler.mirostat = 2;
                o.sampler.dry_multiplier = 0.5f;
                right += check_same(s, sp, o, 0);
            }
            speculator_free(sp);
        }
        session_free(s);
        engine_close(e);
        tiny_free(&m);
    }
    assert_true(right > 60); /* guesses were right: the promise is not empty */
}

static void every_way_to_stop_is_the_same(void **state) {
    (void)state;
    Tiny m = tiny_family("llama");
    tiny_make(&m);
    Engine *e = open_model(&m, path);
    Session *s = new_session(e, 64);
    SpeculatorOptions options = {.lookup = true, .always = 6};
    Speculator *sp = new_speculator(e, options);
    draw_prompt(4);
    for (size_t i = 1; i < 5; i++) {
        GenerateOptions o = text_options(0, 1);
        o.max_tokens = (int)i;
        (void)check_same(s, sp, o, 0); /* length */
        o.max_tokens = 0;
        (void)check_same(s, sp, o, 0); /* context */
        (void)check_same(s, sp, o, i); /* the reader is gone */
        atomic_bool flag = false;
        o.cancel = &flag;
        (void)check_same(s, sp, o, i); /* cancelled */
        o = text_options(1, i);
        o.sampler.n_bias = 0;
        (void)check_same(s, sp, o, 0); /* the model's own end */
    }
    GenerateResult r;
    Err err = {0};
    GenerateOptions o = text_options(0, 1);
    o.n_logprobs = SAMPLE_LOGPROBS_MAX + 1;
    assert_int_equal(generate_run(s, prompt, PROMPT, &o, &r, &err), E_USAGE);
    speculator_free(sp);
    session_free(s);
    engine_close(e);
    tiny_free(&m);
}

static void the_model_as_its_own_draft_is_always_right_when_greedy(void **state) {
    (void)state;
    Tiny m = tiny_family("llama"), d = tiny_family("llama");
    tiny_make(&m);
    d.seed = 99;
    tiny_make(&d);
    Engine *e = open_model(&m, path), *same = open_model(&m, path);
    Engine *other = open_model(&d, other_path);
    Session *s = new_session(e, 128);
    draw_prompt(2);
    SpeculatorOptions self = {.draft = same, .always = 4}, wrong = {.draft = other, .always = 4};
    Speculator *sp = new_speculator(e, self), *bad = new_speculator(e, wrong);
    size_t right = check_same(s, sp, text_options(0, 1), 0);
    assert_true(right >= 31); /* 40 tokens: one from prefill, then four of every five */
    for (uint64_t seed = 1; seed < 3; seed++) {
        (void)check_same(s, sp, text_options(0.7f, seed), 0);
        (void)check_same(s, bad, text_options(0, seed), 0);
        (void)check_same(s, bad, text_options(1, seed), 0);
    }
    speculator_free(sp), speculator_free(bad);
    SpeculatorOptions both = {.lookup = true, .draft = same};
    sp = new_speculator(e, both);
    for (uint64_t seed = 1; seed < 3; seed++) (void)check_same(s, sp, text_options(0, seed), 0);
    speculator_free(sp);
    session_free(s);
    engine_close(e), engine_close(same), engine_close(other);
    tiny_free(&m), tiny_free(&d);
}

static void a_draft_of_another_vocabulary_is_refused(void **state) {
    (void)state;
    Tiny m = tiny_family("llama");
    Err err = {0};
    GenerateResult r;
    tiny_make(&m);
    Engine *e = open_model(&m, path);
    m.other_letters = true;
    Engine *other = open_model(&m, other_path);
    Session *s = new_session(e, 64);
    SpeculatorOptions options = {.draft = other};
    Speculator *sp = new_speculator(e, options);
    GenerateOptions o = text_options(0, 1);
    o.speculator = sp;
    assert_int_equal(generate_run(s, prompt, PROMPT, &o, &r, &err), E_USAGE);
    assert_non_null(strstr(err.message, "token 259 is \"A\" in the draft model, \"a\" here"));
    assert_int_equal(r.completion_tokens, 0);
    speculator_free(sp);
    session_free(s);
    engine_close(e), engine_close(other);
    tiny_free(&m);
}

/* Tables of embeddings are padded, and not alike: the model may say an id that its draft has no row
   for. Then it goes on alone. */
static void an_id_that_the_draft_has_no_row_for_ends_no_text(void **state) {
    (void)state;
    Tiny m = tiny_family("llama");
    m.n_words = 300;
    tiny_make(&m);
    Engine *e = open_model(&m, path);
    for (int i = 0; i < m.n; i++) { /* the same model, less the last ten rows */
        if (m.t[i].rows == TINY_VOCAB) m.t[i].rows = TINY_VOCAB - 10;
    }
    Engine *draft = open_model(&m, other_path);
    Session *s = new_session(e, 128);
    SpeculatorOptions options = {.draft = draft, .always = 4};
    Speculator *sp = new_speculator(e, options);
    draw_prompt(2);
    for (int32_t padding = 309; padding < 312; padding++) {
        GenerateOptions o = text_options(1, 1);
        SamplerBias bias[] = {{padding, 4} /* now and then */, never_end};
        o.sampler.bias = bias;
        o.sampler.n_bias = 2;
        (void)check_same(s, sp, o, 0);
    }
    assert_true(check_same(s, sp, text_options(0, 1), 0) > 0); /* the next text has its draft */
    prompt[3] = 315;
    assert_int_equal(check_same(s, sp, text_options(0, 1), 0), 0); /* it cannot read this prompt */
    speculator_free(sp);
    session_free(s);
    engine_close(e), engine_close(draft);
    tiny_free(&m);
}

/* Embeddings of some tokens are no numbers. The draft's are whole, so that its guesses lead there:
   while they are only guessed nothing is wrong; where one is said, the error is that of plain
   decoding. */
static void damaged_weights_are_an_error_and_no_endless_loop(void **state) {
    (void)state;
    Tiny m = tiny_family("llama");
    tiny_make(&m);
    Engine *whole = open_model(&m, other_path);
    for (int32_t bad = 3; bad < TINY_VOCAB; bad += 8) {
        for (int i = 0; i < TINY_EMBD; i++) m.t[0].data[bad * TINY_EMBD + i] = NAN;
    }
    Engine *e = open_model(&m, path);
    Session *s = new_session(e, 128);
    SpeculatorOptions options = {.lookup = true, .draft = whole, .always = 5};
    Speculator *sp = new_speculator(e, options);
    size_t made = 0, late = 0;
    for (uint64_t seed = 1; seed < 9; seed++) {
        GenerateOptions o = text_options(1, seed);
        GenerateResult r;
        Err err = {0};
        draw_prompt(seed);
        for (int i = 0; i < PROMPT; i++) prompt[i] += (prompt[i] - 3) % 8 == 0;
        session_clear(s);
        assert_int_equal(generate_run(s, prompt, PROMPT, &o, &r, &err), E_CORRUPT);
        made = r.completion_tokens;
        late += made > 6;
        o.speculator = sp;
        session_clear(s);
        err_clear(&err);
        assert_int_equal(generate_run(s, prompt, PROMPT, &o, &r, &err), E_CORRUPT);
        assert_non_null(strstr(err.message, "not numbers"));
        assert_int_equal(r.completion_tokens, made);
    }
    assert_true(late > 2); /* it came late enough to be guessed before */
    speculator_free(sp);
    options.draft = e; /* the draft itself is damaged: said so, not ignored */
    sp = new_speculator(whole, options);
    Session *other = new_session(whole, 128);
    GenerateOptions o = text_options(0, 1);
    GenerateResult r;
    Err err = {0};
    o.speculator = sp;
    prompt[3] = 3;
    assert_int_equal(generate_run(other, prompt, PROMPT, &o, &r, &err), E_CORRUPT);
    assert_non_null(strstr(err.message, "draft model"));
    speculator_free(sp);
    session_free(s), session_free(other);
    engine_close(e), engine_close(whole);
    tiny_free(&m);
}

static void every_failed_allocation_is_an_error(void **state) {
    (void)state;
    Tiny m = tiny_family("llama");
    tiny_make(&m);
    draw_prompt(2);
    Engine *e = open_model(&m, path), *same = open_model(&m, path);
    uint64_t before = mem_live_blocks();
    bool all = false;
    for (uint64_t nth = 1; nth < 400 && !all; nth++) {
        SpeculatorOptions options = {.lookup = true, .draft = same, .always = 5};
        Speculator *sp = NULL;
        Err err = {0};
        GenerateResult r;
        Session *s = new_session(e, 128);
        mem_fail_at(nth);
        Status status = speculator_new(e, &options, &sp, &err);
        GenerateOptions o = text_options(0, 1);
        o.speculator = sp;
        o.max_tokens = 12;
        if (status == OK) status = generate_run(s, prompt, PROMPT, &o, &r, &err);
        mem_fail_at(0);
        all = status == OK;
        if (!all) assert_int_equal(status, E_NO_MEMORY);
        speculator_free(sp);
        session_free(s);
        assert_int_equal(mem_live_blocks(), before);
    }
    assert_true(all);
    engine_close(e), engine_close(same);
    tiny_free(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lookup_finds_the_longest_and_newest_repetition),
        cmocka_unit_test(a_text_that_repeats_itself_is_guessed_to_go_on),
        cmocka_unit_test(lookup_has_a_ceiling),
        cmocka_unit_test(lookup_survives_every_failed_allocation),
        cmocka_unit_test(guesses_are_taken_while_they_pay),
        cmocka_unit_test(unmeasured_passes_lie_on_the_line_through_the_nearest),
        cmocka_unit_test(kinds_follow_length_and_probability),
        cmocka_unit_test(losses_have_a_ceiling_and_credit_comes_back),
        cmocka_unit_test(the_text_is_the_same_at_any_temperature),
        cmocka_unit_test(every_way_to_stop_is_the_same),
        cmocka_unit_test(the_model_as_its_own_draft_is_always_right_when_greedy),
        cmocka_unit_test(a_draft_of_another_vocabulary_is_refused),
        cmocka_unit_test(an_id_that_the_draft_has_no_row_for_ends_no_text),
        cmocka_unit_test(damaged_weights_are_an_error_and_no_endless_loop),
        cmocka_unit_test(every_failed_allocation_is_an_error),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
