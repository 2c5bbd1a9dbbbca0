/*
 * A prompt through a model, without documents.
 *
 * Options of include/hearth.h become those of the sampler: texts of a logit bias and breakers of
 * DRY are looked up in the model's vocabulary here, because only now is there one. Ranges are
 * checked where they are used (model/sample.c), so that every door refuses the same values.
 *
 * The order of a call, and what each step needs of the one before:
 *
 *     engine      the model's file, or what the handle has open
 *     prompt      its chat template, or the text as it is for a base model, to tokens
 *     sampler     numbers as they are; texts to ids by its vocabulary
 *     session     as large as prompt and answer need
 *     text        pieces to on_text, tokens to on_token, all of it to the result
 */
#include <assert.h>
#include <string.h>

#include "api/api.h"
#include "base/hash.h"
#include "model/generate.h"
#include "model/sample_words.h"
#include "turn/prompt.h"

enum { TOKENS_MAX = 64 << 20, TEXT_MAX = 64 << 20 }; /* ceilings; the window is far smaller */

/* DRY's usual ones: no repetition goes across a line, a role, a quotation or a list. */
static const char *const default_breakers[] = {"\n", ":", "\"", "*"};

/* One call of hearth_run, from options to text. */
typedef struct Run {
    const hearth_run_options *options;
    Rig *rig;
    Engine *engine;
    SamplerOptions sampler;
    SamplerBias *bias;     /* ours, as the sampler wants it; NULL: none */
    uint8_t *breakers;     /* ours, a byte a token; NULL: none */
    Buf text, token; /* all of it; the texts of one token's logprobs */
} Run;

/* The sampler's own defaults where it has any, so that they stand in one place (model/sample.c);
   top_p, typical and repeat_penalty of 1 are off. */
void hearth_run_options_default(hearth_run_options *options) {
    SamplerOptions sampler = sampler_options_default();
    memset(options, 0, sizeof *options);
    options->size = sizeof *options;
    options->max_tokens = 512;
    options->top_p = 1;
    options->typical = 1;
    options->repeat_penalty = 1;
    options->repeat_last_n = sampler.repeat_last_n;
    options->dry_base = (double)sampler.dry_base;
    options->dry_allowed_length = sampler.dry_allowed_length;
    options->dry_last_n = sampler.dry_last_n;
    options->mirostat_tau = (double)sampler.mirostat_tau;
    options->mirostat_eta = (double)sampler.mirostat_eta;
}

/* ---- the sampler ---------------------------------------------------------------------------- */

/* A text stands for every token that is spelled so: sample_words_bias finds them. */
static Status run_bias(Run *run, Err *err) {
    const hearth_run_options *o = run->options;
    if (o->n_logit_bias == 0) return OK;
    if (o->n_logit_bias > SAMPLE_BIAS_MAX) {
        return err_set(err, E_USAGE, "logit_bias: %zu entries are more than %d", o->n_logit_bias,
                       SAMPLE_BIAS_MAX);
    }
    SampleWord *words = mem_alloc_n(o->n_logit_bias, sizeof *words);
    if (!words) return err_no_memory(err, "the options");
    for (size_t i = 0; i < o->n_logit_bias; i++) {
        const hearth_logit_bias *from = &o->logit_bias[i];
        words[i] = (SampleWord){str_from(from->text), from->id, (float)from->bias};
    }
    Status status = sample_words_bias(engine_vocab(run->engine), words, o->n_logit_bias, &run->bias,
                                      &run->sampler.n_bias, err);
    run->sampler.bias = run->bias;
    mem_free(words);
    return status;
}

/* Only where DRY is on: the look through the vocabulary would be for nothing. More breakers than
   SAMPLE_BREAKERS_MAX are refused by sample_words_breakers, which is told how many there are. */
static Status run_breakers(Run *run, Err *err) {
    const hearth_run_options *o = run->options;
    Str breakers[SAMPLE_BREAKERS_MAX];
    EngineInfo info;
    size_t n = o->dry_breakers ? o->n_dry_breakers : ARRAY_LEN(default_breakers);
    const char *const *texts = o->dry_breakers ? o->dry_breakers : default_breakers;
    if (o->dry_multiplier == 0 || n == 0) return OK;
    for (size_t i = 0; i < n && i < SAMPLE_BREAKERS_MAX; i++) breakers[i] = str_from(texts[i]);
    engine_info(run->engine, &info);
    TRY(sample_words_breakers(engine_vocab(run->engine), info.n_vocab, breakers, n, &run->breakers,
                              err));
    run->sampler.dry_breakers = run->breakers;
    return OK;
}

/* A seed below 0 is drawn here, so that the sampler itself knows no chance. */
static void run_sampler(Run *run) {
    const hearth_run_options *o = run->options;
    run->sampler = (SamplerOptions){
        .temperature = (float)o->temperature, .top_k = o->top_k, .typical = (float)o->typical,
        .top_p = (float)o->top_p, .min_p = (float)o->min_p,
        .repeat_penalty = (float)o->repeat_penalty, .repeat_last_n = o->repeat_last_n,
        .frequency_penalty = (float)o->frequency_penalty,
        .presence_penalty = (float)o->presence_penalty,
        .dry_multiplier = (float)o->dry_multiplier, .dry_base = (float)o->dry_base,
        .dry_allowed_length = o->dry_allowed_length, .dry_last_n = o->dry_last_n,
        .mirostat = o->mirostat, .mirostat_tau = (float)o->mirostat_tau,
        .mirostat_eta = (float)o->mirostat_eta, .seed = (uint64_t)o->seed};
    if (o->seed < 0) random_bytes(&run->sampler.seed, sizeof run->sampler.seed);
}

/* ---- what comes back ------------------------------------------------------------------------ */

/* The text is kept and shown; false ends the generation, when it does not fit. */
static bool run_piece(void *user, Str piece) {
    Run *run = user;
    buf_add_str(&run->text, piece);
    if (run->options->on_text) run->options->on_text(run->options->user, piece.p, piece.n);
    return run->text.status == OK;
}

/* Texts of one token lie one behind the other in run->token, a NUL behind each; pointers are set
   when all are there, since the buffer may move. */
static void run_token(void *user, const GenerateToken *token) {
    Run *run = user;
    hearth_logprob items[1 + SAMPLE_LOGPROBS_MAX];
    size_t starts[1 + SAMPLE_LOGPROBS_MAX], n = 0;
    buf_clear(&run->token);
    assert(token->n_top >= 0 && token->n_top <= SAMPLE_LOGPROBS_MAX); /* items have room */
    for (int i = 0; i <= token->n_top; i++) {
        const SampleLogprob *from = &token->logprobs[i];
        if (from->id < 0) continue; /* fewer numbers than were asked for */
        starts[n] = run->token.n;
        vocab_piece(engine_vocab(run->engine), from->id, &run->token);
        items[n] = (hearth_logprob){.id = from->id, .n = run->token.n - starts[n],
                                    .logprob = (double)from->logprob};
        buf_add_byte(&run->token, 0);
        n++;
    }
    assert(n > 0 && items[0].id >= 0); /* the token itself comes first */
    if (run->token.status != OK) return; /* run_text reports it */
    for (size_t i = 0; i < n; i++) items[i].text = run->token.p + starts[i];
    run->options->on_token(run->options->user, items, n);
}

/* Loading counts for the first word and for the total: the user waited for it. */
static void result_fill(const GenerateResult *made, Engine *engine, double load_ms,
                        hearth_run_result *out) {
    EngineInfo info;
    engine_info(engine, &info);
    out->stop = generate_stop_name(made->stop);
    out->isa = info.isa;
    out->kv_type = info.kv_type;
    out->timings = (hearth_timings){.load_ms = load_ms, .prefill_ms = made->prefill_ms,
                                    .first_word_ms = load_ms + made->first_ms,
                                    .decode_ms = made->total_ms - made->prefill_ms,
                                    .total_ms = load_ms + made->total_ms,
                                    .prompt_tokens = (uint32_t)made->prompt_tokens,
                                    .completion_tokens = (uint32_t)made->completion_tokens,
                                    .drafted = (uint32_t)made->drafted,
                                    .accepted = (uint32_t)made->accepted};
}

/* ---- the way -------------------------------------------------------------------------------- */

/* *out is written when all went well; being stopped is no failure, the text so far is one. */
static Status run_text(Run *run, const TokenList *prompt, hearth_run_result *out, Err *err) {
    Session *session = NULL;
    GenerateResult made = {0};
    GenerateOptions generate = {.sampler = run->sampler,
                                .max_tokens = run->options->max_tokens,
                                .cancel = &run->rig->cancel,
                                .piece = run_piece,
                                .token = run->options->on_token ? run_token : NULL,
                                .n_logprobs = run->options->n_logprobs,
                                .user = run};
    assert(prompt->n > 0); /* run_all refuses an empty one */
    TRY(rig_fit_session(run->rig, prompt->n, run->options->max_tokens, &session, err));
    TRY(rig_speculator(run->rig, &generate.speculator, err));
    TRY(generate_run(session, prompt->ids, prompt->n, &generate, &made, err));
    TRY(buf_check(&run->text, "the text", err));
    TRY(buf_check(&run->token, "the text of tokens", err));
    result_fill(&made, run->engine, run->rig->load_ms, out);
    out->text = buf_take(&run->text);
    return out->text ? OK : err_no_memory(err, "the text");
}

/* One message of the user's in the model's chat template. */
static Status chat_prompt(Rig *rig, Str prompt, TokenList *out, Err *err) {
    Buf context;
    buf_init(&context, 64 << 20);
    JsonWriter w = prompt_begin(&context);
    prompt_add(&w, "user", prompt);
    prompt_end(&w);
    Status status = buf_check(&context, "the prompt", err);
    if (status == OK) status = prompt_render(rig, buf_str(&context), out, err);
    buf_fini(&context);
    return status;
}

/* A base model has no template: its prompt goes as it is, and then may spell control tokens. */
static Status run_prompt(Run *run, Str text, TokenList *tokens, Err *err) {
    bool raw = run->options->raw || engine_chat_template(run->engine).n == 0;
    if (!raw) return chat_prompt(run->rig, text, tokens, err);
    return vocab_encode(engine_vocab(run->engine), text, VOCAB_ADD_SPECIAL | VOCAB_PARSE_SPECIAL,
                        tokens, err);
}

/* The engine first: vocabulary, template and window are its, and all that follows needs them. */
static Status run_all(Run *run, Str text, hearth_run_result *out, Err *err) {
    TokenList tokens;
    token_list_init(&tokens, TOKENS_MAX);
    Status status = rig_engine(run->rig, &run->engine, err);
    if (status == OK) status = run_prompt(run, text, &tokens, err);
    if (status == OK && tokens.n == 0) status = err_set(err, E_USAGE, "the prompt is empty");
    if (status == OK) run_sampler(run);
    if (status == OK) status = run_bias(run, err);
    if (status == OK) status = run_breakers(run, err);
    if (status == OK) status = run_text(run, &tokens, out, err);
    token_list_fini(&tokens);
    return status;
}

/* What the run owns is freed on every way; `out` takes the text with it where all went well. */
hearth_status hearth_run(hearth *h, const char *prompt, size_t n, const hearth_run_options *options,
                         hearth_run_result *out, hearth_error *err) {
    Err why;
    hearth_run_options own;
    hearth_run_options_default(&own);
    API_TRY(api_options(&own, sizeof own, options, &why), &why, err);
    Run run = {.options = &own, .rig = h->rig};
    buf_init(&run.text, TEXT_MAX);
    buf_init(&run.token, TEXT_MAX);
    Status status = run_all(&run, (Str){prompt, n}, out, &why);
    buf_fini(&run.text);
    buf_fini(&run.token);
    mem_free(run.bias);
    mem_free(run.breakers);
    return api_fail(status, &why, err);
}
