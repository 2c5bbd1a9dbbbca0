/*
 * Generate: prompt tokens in, a stream of text out: session, sampler and vocabulary in one loop.
 *
 * Pieces handed to the callback are whole UTF-8 characters: bytes of a character that is split
 * over tokens wait for the rest.
 */
#ifndef HEARTH_MODEL_GENERATE_H
#define HEARTH_MODEL_GENERATE_H

#include "model/sample.h"
#include "model/session.h"
#include "model/speculate.h"

typedef enum GenerateStop {
    GENERATE_STOP_END,       /* the model said it is done (an end-of-generation token) */
    GENERATE_STOP_LENGTH,    /* max_tokens were made */
    GENERATE_STOP_CONTEXT,   /* the context is full, perhaps of the prompt alone */
    GENERATE_STOP_CANCELLED, /* the cancel flag, or the callback said so */
} GenerateStop;

/* "end", "length", "context", "cancelled" */
const char *generate_stop_name(GenerateStop stop);

/* A token of the text, as it is made (its piece may come later: see above). */
typedef struct GenerateToken {
    int32_t id;
    const SampleLogprob *logprobs; /* [1 + n_top]: its own, then the most probable ones */
    int n_top;
} GenerateToken;

typedef struct GenerateOptions {
    SamplerOptions sampler;
    int max_tokens;         /* 0: as many as the context holds */
    Speculator *speculator; /* of the session's engine; NULL: one token a pass */
    const atomic_bool *cancel; /* may be NULL */
    /* Text as it comes; false: the reader is gone, stop. May be NULL. */
    bool (*piece)(void *user, Str text);
    /* Every token of the text with its logprobs, before its piece; NULL: they are not computed. */
    void (*token)(void *user, const GenerateToken *token);
    int n_logprobs; /* most probable tokens beside the picked one, 0..20 */
    void (*progress)(void *user, size_t done, size_t total); /* prefill; may be NULL */
    void *user;
} GenerateOptions;

typedef struct GenerateResult {
    GenerateStop stop;
    size_t prompt_tokens, reused_tokens, completion_tokens;
    size_t drafted, accepted; /* guesses that were verified, and those that were right */
    double prefill_ms; /* until the logits of the prompt's last token were there */
    double first_ms;   /* until the first token was picked */
    double total_ms;
} GenerateResult;

/* prompt: all tokens, whole prefix. Cancelling is no error: OK with stop CANCELLED, also during
   prefill. *result is filled on every return. The session afterwards holds prompt and answer, and
   perhaps guesses behind them that its next sync forgets. E_LIMIT: behind the prompt the context
   has room for no token. */
Status generate_run(Session *session, const int32_t *prompt, size_t n_prompt,
                    const GenerateOptions *options, GenerateResult *result, Err *err) WARN_UNUSED;

#endif
