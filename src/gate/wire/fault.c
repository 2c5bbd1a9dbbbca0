/*
 * What an error of a provider's says, and what helps against it.
 *
 * An error comes as the body of an answer that is no success, or as an event of a stream. Its form
 * is not agreed upon. Each of these is in use:
 *
 *     {"error":{"message":S,"type":S,"param":S,"code":S}}    OpenAI, most compatible servers
 *     {"type":"error","error":{"type":S,"message":S}}        Anthropic
 *     [{"error":{"code":N,"message":S,"status":S,"details":[...]}}]    Google
 *     {"object":"error","message":S,"type":S}                vLLM of 2024, Mistral
 *     {"object":"error","message":{"detail":[{"loc":[...],"msg":S}]}}  Mistral, of a wrong field
 *     {"code":S,"error":S}, {"error":S,"error_type":S}       xAI; Hugging Face
 *     {"detail":S}, {"detail":[{"msg":S}]}, {"message":S}    FastAPI; Cohere, gateways
 *     {"Message":S}, {"errors":[{"message":S}]}              AWS; Cloudflare
 *
 * So the sentence is looked for from outside in, by the names that it has in any of them. What
 * helps is told by three things, in this order: words that stand for one cause alone, parts of the
 * sentence where a provider has no word for it (Anthropic calls an empty account, a filter and a
 * text that is too long all "invalid_request_error"), and words or numbers that say no more than
 * "later". HTTP's own code is the caller's to weigh.
 *
 * Sources: openai-python, types/beta/session_turn_error and the guide to error codes;
 * anthropic-sdk-python, types/shared; google.rpc.Code; for the sentences what users quote in issues
 * (claude-code#66314, mattermost-plugin-agents#257, continue#11925, addi#13, langchaingo#1233,
 * bilingual_book_maker#464, anon-kode#53) and litellm, litellm_core_utils/exception_mapping_utils.
 * Limits: SENTENCE_MAX bytes of a sentence are looked at, DEPTH_MAX levels of an error.
 */
#include <assert.h>

#include "base/plain.h"
#include "base/utf8.h"
#include "gate/wire/wire.h"

enum { WAIT_MAX_S = 86400, SENTENCE_MAX = 1024, DEPTH_MAX = 6 };

/* Printable text of one line: what a provider says may hold anything. */
void wire_harmless(Str text, char *out, size_t cap) {
    size_t n = 0;
    assert(cap > 0);
    for (size_t at = 0, width; at < text.n; at += width) {
        uint32_t c = utf8_decode(text, at, &width);
        UnicodeClass class = unicode_class(c);
        bool bad = class == UC_CONTROL || class == UC_OTHER || c == 0x2028 || c == 0x2029;
        char one[UTF8_MAX_BYTES] = {' '};
        size_t k = bad ? 1 : utf8_encode(c, one);
        if (n + k >= cap) break;
        memcpy(out + n, one, k);
        n += k;
    }
    out[n] = 0;
}

/* ---- the sentence ---------------------------------------------------------------------------- */

/* The next level inwards; NULL: nothing of use stands there. */
static const Json *inner(const Json *error) {
    static const char *const keys[] = {"error", "errors", "message", "Message", "msg", "detail"};
    if (json_kind(error) == JSON_ARRAY) return json_at(error, 0);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        const Json *value = json_get(error, keys[i]);
        JsonKind kind = json_kind(value);
        if (kind == JSON_STRING || kind == JSON_OBJECT || kind == JSON_ARRAY) return value;
    }
    return NULL;
}

/* Empty: there is none. */
static Str sentence_of(const Json *error) {
    for (int depth = 0; error && depth < DEPTH_MAX; depth++) {
        if (json_is_str(error)) return json_str(error);
        error = inner(error);
    }
    return STR("");
}

/* ---- what helps ------------------------------------------------------------------------------ */

/* "type" and "code" of OpenAI's APIs and the compatible ones, "type" and details.error_code of
   Anthropic's, "status" and details[].reason of Google's. A word that says more stands before
   those that come with it. */
static const struct {
    const char *word;
    WireFault fault;
} fault_words[] = {
    {"insufficient_quota", WIRE_FAULT_SPENT},
    {"billing_not_active", WIRE_FAULT_SPENT},
    {"billing_hard_limit_reached", WIRE_FAULT_SPENT},
    {"credit_balance_exhausted", WIRE_FAULT_SPENT},
    {"usage_limit_exceeded", WIRE_FAULT_SPENT},
    {"project_spend_limit_exceeded", WIRE_FAULT_SPENT},
    {"organization_spend_limit_exceeded", WIRE_FAULT_SPENT},
    {"organization_usage_limit_exceeded", WIRE_FAULT_SPENT},
    {"enforced_spend_limit_reached", WIRE_FAULT_SPENT},
    {"contract_spend_limit_reached", WIRE_FAULT_SPENT},
    {"linked_organization_spend_limit_reached", WIRE_FAULT_SPENT},
    {"linked_organization_billing_unavailable", WIRE_FAULT_SPENT},
    {"organization_on_hold", WIRE_FAULT_SPENT},
    {"billing_error", WIRE_FAULT_SPENT},
    {"exceeded_current_quota_error", WIRE_FAULT_SPENT}, /* Moonshot */
    {"Arrearage", WIRE_FAULT_SPENT},                    /* Alibaba */
    {"context_length_exceeded", WIRE_FAULT_LENGTH},
    {"string_above_max_length", WIRE_FAULT_LENGTH},
    {"request_too_large", WIRE_FAULT_LENGTH},
    {"exceed_context_size_error", WIRE_FAULT_LENGTH}, /* llama.cpp */
    {"content_filter", WIRE_FAULT_FILTER},            /* Azure */
    {"content_policy_violation", WIRE_FAULT_FILTER},
    {"invalid_prompt", WIRE_FAULT_FILTER},
    {"data_inspection_failed", WIRE_FAULT_FILTER}, /* Alibaba */
    {"model_not_found", WIRE_FAULT_MODEL},
    {"resource_not_found", WIRE_FAULT_MODEL},
    {"DeploymentNotFound", WIRE_FAULT_MODEL},  /* Azure */
    {"unknown_model", WIRE_FAULT_MODEL},       /* Azure */
    {"invalid_model", WIRE_FAULT_MODEL},       /* Mistral, Perplexity */
    {"model_not_available", WIRE_FAULT_MODEL}, /* Together */
    {"model_not_supported", WIRE_FAULT_MODEL}, /* Hugging Face */
    {"invalid_api_key", WIRE_FAULT_KEY},
    {"API_KEY_INVALID", WIRE_FAULT_KEY},
    {"authentication_error", WIRE_FAULT_KEY},
    {"UNAUTHENTICATED", WIRE_FAULT_KEY},
    {"overloaded_error", WIRE_FAULT_PASSES},
    {"overloaded", WIRE_FAULT_PASSES}, /* Hugging Face */
    {"rate_limit_error", WIRE_FAULT_PASSES},
    {"api_error", WIRE_FAULT_PASSES},
    {"server_error", WIRE_FAULT_PASSES},
    {"timeout_error", WIRE_FAULT_PASSES},
    {"rate_limit_exceeded", WIRE_FAULT_PASSES},
    {"service_unavailable", WIRE_FAULT_PASSES},
    {"UNAVAILABLE", WIRE_FAULT_PASSES},
    {"RESOURCE_EXHAUSTED", WIRE_FAULT_PASSES},
    {"INTERNAL", WIRE_FAULT_PASSES},
};

/* Parts of sentences in small letters, both of a row; of the first row that fits. */
static const struct {
    const char *part, *also; /* also: NULL, one is enough */
    WireFault fault;
} fault_parts[] = {
    {"credit balance is too low", NULL, WIRE_FAULT_SPENT},         /* Anthropic */
    {"insufficient", "balance", WIRE_FAULT_SPENT},                 /* DeepSeek, Moonshot */
    {"available credits", NULL, WIRE_FAULT_SPENT},                 /* xAI */
    {"trial key", "/ month", WIRE_FAULT_SPENT},                    /* Cohere */
    {"余额不足", NULL, WIRE_FAULT_SPENT},                          /* Zhipu */
    {"maximum context length", NULL, WIRE_FAULT_LENGTH},           /* vLLM, OpenRouter, Mistral */
    {"prompt is too long", NULL, WIRE_FAULT_LENGTH},               /* Anthropic */
    {"exceed context limit", NULL, WIRE_FAULT_LENGTH},             /* Anthropic, with max_tokens */
    {"prompt too long", NULL, WIRE_FAULT_LENGTH},                  /* Ollama */
    {"maximum number of tokens", NULL, WIRE_FAULT_LENGTH},         /* Gemini */
    {"available context size", NULL, WIRE_FAULT_LENGTH},           /* llama.cpp of 2025 */
    {"context window", "exceed", WIRE_FAULT_LENGTH},               /* OpenAI, llama-cpp-python */
    {"longer than the model's context", NULL, WIRE_FAULT_LENGTH},  /* SGLang */
    {"input tokens exceed", NULL, WIRE_FAULT_LENGTH},              /* OpenAI */
    {"reduce the length of the messages", NULL, WIRE_FAULT_LENGTH}, /* Groq, Cerebras */
    {"maximum prompt length", NULL, WIRE_FAULT_LENGTH},            /* xAI */
    {"input is too long", NULL, WIRE_FAULT_LENGTH},                /* Bedrock */
    {"max_new_tokens` must be", NULL, WIRE_FAULT_LENGTH},          /* Hugging Face */
    {"request too large", NULL, WIRE_FAULT_LENGTH}, /* OpenAI: more than a minute's share */
    {"content exists risk", NULL, WIRE_FAULT_FILTER},              /* DeepSeek */
    {"violates usage guidelines", NULL, WIRE_FAULT_FILTER},        /* xAI */
    {"content filtering policy", NULL, WIRE_FAULT_FILTER},         /* Anthropic */
    {"requires moderation", NULL, WIRE_FAULT_FILTER},              /* OpenRouter */
    {"incorrect api key", NULL, WIRE_FAULT_KEY},                   /* xAI: 400 */
    {"invalid model", NULL, WIRE_FAULT_MODEL},                     /* LiteLLM, Mistral */
    {"valid model", "is not a", WIRE_FAULT_MODEL},                 /* OpenRouter */
    {"no endpoints found for", NULL, WIRE_FAULT_MODEL},            /* OpenRouter */
    {"unknown model", NULL, WIRE_FAULT_MODEL},
    {"model identifier is invalid", NULL, WIRE_FAULT_MODEL},       /* Bedrock */
    {"unable to access model", NULL, WIRE_FAULT_MODEL},            /* Together */
    {"model", "not exist", WIRE_FAULT_MODEL},                      /* DeepSeek, vLLM, xAI */
    {"model", "not found", WIRE_FAULT_MODEL},                      /* Gemini, Ollama, Cohere */
};

/* Some have no word for it, and only the sentence tells. */
static WireFault fault_told(Str sentence) {
    char small[SENTENCE_MAX];
    Str said = {small, sentence.n < sizeof small ? sentence.n : sizeof small};
    for (size_t i = 0; i < said.n; i++) small[i] = plain_lower(sentence.p[i]);
    if (str_starts(said, STR("model: "))) return WIRE_FAULT_MODEL; /* Anthropic: the name, alone */
    for (size_t i = 0; i < ARRAY_LEN(fault_parts); i++) {
        const char *also = fault_parts[i].also;
        if (!str_has(said, str_from(fault_parts[i].part))) continue;
        if (!also || str_has(said, str_from(also))) return fault_parts[i].fault;
    }
    return WIRE_FAULT_PLAIN;
}

/* Gemini says 429 for a minute and for a day; the day stands in the quota's name. */
static bool day_is_spent(const Json *detail) {
    const Json *violations = json_get(detail, "violations");
    for (size_t i = 0; i < json_len(violations); i++) {
        Str id = json_str(json_get(json_at(violations, i), "quotaId"));
        if (str_has(id, STR("PerDay"))) return true;
    }
    return false;
}

/* By the words of one level of the error. */
static WireFault fault_named(const Json *error) {
    const Json *details = json_get(error, "details");
    Str said[] = {json_str(json_get(error, "code")), json_str(json_get(error, "type")),
                  json_str(json_get(error, "status")), json_str(json_get(error, "error_type")),
                  json_str(json_get(details, "error_code"))};
    for (size_t i = 0; json_kind(details) == JSON_ARRAY && i < json_len(details); i++) {
        const Json *detail = json_at(details, i);
        Str reason = json_str(json_get(detail, "reason"));
        if (day_is_spent(detail)) return WIRE_FAULT_SPENT;
        if (reason.n) said[ARRAY_LEN(said) - 1] = reason;
    }
    for (size_t w = 0; w < ARRAY_LEN(fault_words); w++) {
        for (size_t i = 0; i < ARRAY_LEN(said); i++) {
            if (str_eq_c(said[i], fault_words[w].word)) return fault_words[w].fault;
        }
    }
    bool model = str_eq_c(json_str(json_get(error, "param")), "model");
    return model ? WIRE_FAULT_MODEL : WIRE_FAULT_PLAIN;
}

/* root: the body, without the list that Google may put around it, or what an event holds. */
static WireFault fault_of(const Json *root) {
    const Json *error = json_get(root, "error");
    int64_t number = 0;
    if (json_kind(error) != JSON_OBJECT) error = root;
    WireFault named = fault_named(error);
    if (named == WIRE_FAULT_PLAIN && error != root) named = fault_named(root);
    if (named != WIRE_FAULT_PLAIN && named != WIRE_FAULT_PASSES) return named;
    WireFault told = fault_told(sentence_of(root));
    if (told != WIRE_FAULT_PLAIN || named == WIRE_FAULT_PASSES) {
        return told != WIRE_FAULT_PLAIN ? told : named;
    }
    (void)json_whole(json_get(error, "code"), &number);
    bool passes = number == 429 || (number >= 500 && number <= 599);
    return passes ? WIRE_FAULT_PASSES : WIRE_FAULT_PLAIN;
}

/* An error that came in the stream, in the provider's own words as far as they are harmless. */
Status wire_error(WireAnswer *a, const Json *root, Err *err) {
    char text[256], kind[64];
    const Json *error = json_get(root, "error");
    if (json_kind(error) != JSON_OBJECT) error = root;
    Str type = json_str(json_get(error, "type")), code = json_str(json_get(error, "code"));
    Str status = json_str(json_get(error, "status"));
    wire_harmless(sentence_of(root), text, sizeof text);
    wire_harmless(code.n ? code : type.n ? type : status, kind, sizeof kind);
    a->fault = fault_of(root);
    return err_set(err, E_REMOTE, "the provider reports an error: %s%s%s",
                   *text ? text : "without a word", *kind ? ", " : "", kind);
}

/* "45.837906927s" of google.rpc.RetryInfo, as ProtoJSON writes a duration; < 0: it is none. */
static int64_t wait_of(const Json *detail) {
    Str delay = json_str(json_get(detail, "retryDelay"));
    double s;
    if (!str_ends(delay, STR("s"))) return -1;
    delay.n--;
    bool fine = num_parse_real(delay, 0, WAIT_MAX_S, "a pause", "s", &s, NULL) == OK;
    return fine ? (int64_t)(s * 1000) : -1;
}

/* Gemini sends no Retry-After. */
int64_t wire_error_wait_ms(Str body) {
    Json *tree = NULL;
    int64_t wait_ms = -1;
    if (json_parse(body, NULL, &tree, NULL) != OK) return -1;
    const Json *root = json_kind(tree) == JSON_ARRAY ? json_at(tree, 0) : tree;
    const Json *details = json_get(json_get(root, "error"), "details");
    bool list = json_kind(details) == JSON_ARRAY;
    for (size_t i = 0; list && wait_ms < 0 && i < json_len(details); i++) {
        wait_ms = wait_of(json_at(details, i));
    }
    json_free(tree);
    return wait_ms;
}

/* By the names themselves, wherever they stand: such errors have as many forms as there are
   servers. A quoted question that holds one costs another attempt without the field. */
unsigned wire_error_fields(Str body) {
    unsigned fields = 0;
    if (str_has(body, STR("stream_options")) || str_has(body, STR("include_usage"))) {
        fields |= WIRE_FIELD_USAGE;
    }
    if (str_has(body, STR("max_completion_tokens"))) fields |= WIRE_FIELD_LIMIT;
    return fields;
}

/* What is no JSON says nothing. */
WireFault wire_error_text(Str body, char *out, size_t cap) {
    Json *tree = NULL;
    out[0] = 0;
    if (json_parse(body, NULL, &tree, NULL) != OK) return WIRE_FAULT_PLAIN;
    const Json *root = json_kind(tree) == JSON_ARRAY ? json_at(tree, 0) : tree;
    wire_harmless(sentence_of(root), out, cap);
    WireFault fault = fault_of(root);
    json_free(tree);
    return fault;
}
