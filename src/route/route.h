/*
 * Where a question should be answered: here, at an endpoint, or not before the user was asked.
 *
 * Pure: everything comes in with RouteInput, nothing is read, sent, allocated or remembered.
 * The same input and the same Router give the same decision on every machine. route.c explains how.
 */
#ifndef HEARTH_ROUTE_ROUTE_H
#define HEARTH_ROUTE_ROUTE_H

#include "base/text.h"

/* The numbers of gate/parcel.h's GateDest and GateLabel; turn/ checks that they stay the same. */
typedef enum RouteDest {
    ROUTE_DEVICE, /* this machine */
    ROUTE_MINE,   /* another device of the same person */
    ROUTE_SERVER, /* the person's or firm's own server */
    ROUTE_ATTESTED,
    ROUTE_PUBLIC,
    ROUTE_DEST_COUNT
} RouteDest;

typedef enum RouteLabel { ROUTE_OPEN, ROUTE_PERSONAL, ROUTE_PRIVATE, ROUTE_LABEL_COUNT } RouteLabel;

typedef enum RouteMode {
    ROUTE_MODE_LOCAL,       /* nothing leaves */
    ROUTE_MODE_ASK,         /* the user is asked each time it would pay */
    ROUTE_MODE_AUTO,        /* what pays is done, within consent and budget */
    ROUTE_MODE_CLOUD_FIRST, /* whatever may leave leaves */
    ROUTE_MODE_COUNT
} RouteMode;

const char *route_label_name(RouteLabel label); /* "personal" */
/* "local", "ask", "auto", "cloud-first", exactly so. False: none of them, *out is untouched. */
bool route_mode_from_name(Str name, RouteMode *out);
/* "open", "personal", "private", exactly so; the same. */
bool route_label_from_name(Str name, RouteLabel *out);

enum {
    ROUTE_ENDPOINTS_MAX = 64,
    ROUTE_REASONS_MAX = 12,
    ROUTE_REASON_BYTES = 120,
    ROUTE_NAME_MAX = 64
};

typedef struct RouteEndpoint {
    const char *name;
    RouteDest dest;
    double price_in, price_out; /* for a million tokens */
    bool consented; /* the user has said yes to this endpoint for masked personal text */
    bool resting;   /* failed too often lately: not now */
    double budget, spent; /* of the tighter of day and month; budget 0: none */
    double toll; /* what a unit of its cost must gain (budget.h); 0: cost matters little */
} RouteEndpoint;

typedef struct RouteDraft { /* of the local model, once it has written one */
    bool there;
    double mean_logprob, min_logprob; /* of its tokens, natural logarithm */
    int given;                        /* what was asked for: 1 yes, -1 no, 0 unknown */
    double doubt;                     /* share of NOT FOUND in the first word, 0..1 */
    double agreement;                 /* of samples, 0..1; below 0: one sample only */
    double supported;              /* share of its sentences that documents support; < 0: unknown */
    int verdicts, verdicts_failed; /* of validators */
    double certainty, least_certainty; /* of the answer, < 0: unknown; wanted by the user, 0: any */
} RouteDraft;

typedef struct RouteInput {
    Str question;
    const char *language; /* "en", "zh-CN"; NULL: "zh", "ja", "ko" or "other" by the letters */
    const char *store;    /* name of the document store; NULL: none */
    int history_turns, n_tools;
    bool searched;       /* there are documents, and they were looked at */
    double best, second; /* retrieval scores, 0..1 */
    double coverage;     /* share of the question's terms that the passages hold, 0..1 */
    RouteLabel question_label, passages_label;
    RouteLabel conversation_label; /* the strictest so far: a conversation never becomes freer */
    int conversation_endpoint;     /* where its last turn went; -1: here */
    bool local_model;
    double local_quality;             /* -1 far weaker than a 7B model, 0 like one, 1 better */
    int prompt_tokens, answer_tokens; /* expected; 0: guessed from the question */
    RouteMode mode;
    bool offline, can_ask; /* can_ask: somebody is there to say yes */
    int minute;            /* of the local day; -1: unknown */
    const RouteEndpoint *endpoints;
    size_t n_endpoints; /* at most ROUTE_ENDPOINTS_MAX are looked at */
    RouteDraft draft;
} RouteInput;

void route_input_init(RouteInput *in); /* nothing known, mode auto */

typedef enum RouteChoice {
    ROUTE_LOCAL,
    ROUTE_CLOUD,
    ROUTE_ASK,
    ROUTE_REFUSE,
    ROUTE_CHOICE_COUNT
} RouteChoice;

const char *route_choice_name(RouteChoice choice); /* "local", "cloud", "ask", "refuse" */

/* What `learn` was told of when the outcome is known (learn.h): keep it with the answer. */
enum {
    ROUTE_SIGNALS = 19,
    ROUTE_DRAFT_SIGNAL = 11 /* the first of a draft's: 1 where there is one */
};

typedef struct RouteDecision {
    RouteChoice choice;
    int endpoint;     /* of CLOUD, and of ASK: for which; -1 otherwise */
    bool masked;      /* what leaves is personal and must go through the gate's masks */
    RouteLabel label; /* the strictest of question, passages and conversation */
    double p_local;   /* probability that the local answer is good enough */
    double
        p_cloud; /* the same of the best endpoint that may be asked; p_local when there is none */
    double gain; /* p_cloud - p_local */
    double cost; /* of that endpoint, in the unit of prices */
    double toll; /* of that endpoint: what the cost must gain */
    double p_shipped;  /* p_local by what Hearth ships with */
    uint32_t learned; /* outcomes behind p_local */
    uint32_t trained; /* questions behind the gap model that was trained here; 0: the shipped one */
    int rule;    /* which rule decided, from 1; 0: none */
    int n_reasons;
    int decided; /* which of the reasons did it: a rule, or what an endpoint would add */
    char reasons[ROUTE_REASONS_MAX][ROUTE_REASON_BYTES]; /* short facts, the weightiest first */
    float signals[ROUTE_SIGNALS];
} RouteDecision;

typedef struct RouteRules RouteRules;
typedef struct RouteLearned RouteLearned;
typedef struct RouteOwn RouteOwn;
typedef struct Router Router;

/* A Router with the model that ships. It keeps nothing between decisions and may be shared by
   threads; a decision takes about 110 KB of the caller's stack. route_free(NULL) is fine. */
Status route_new(Router **out, Err *err) WARN_UNUSED;
/* What it borrows (route_use, route_use_own) is not freed. */
void route_free(Router *router);
/* Both are borrowed and must live as long as the router or until the next call; NULL: none. */
void route_use(Router *router, const RouteRules *rules, const RouteLearned *learned);
/* A gap model of the user's own pair (own.h); borrowed, too. NULL: what Hearth ships with. */
void route_use_own(Router *router, const RouteOwn *own);
/* Never fails: when nothing else may be done the choice is LOCAL or REFUSE. */
void route_decide(const Router *router, const RouteInput *in, RouteDecision *out);
/* What the question would cost there, in the unit of prices; never negative, always finite. */
double route_cost(const RouteInput *in, const RouteEndpoint *endpoint);

#endif
