/*
 * The parcel: what may leave this machine for a model, and the only thing that may.
 *
 * A caller says what it would like to send (GateRequest: messages with the label of each, tools,
 * for whom). The gate scans every text, asks the policy what each thing found is worth at that
 * destination, puts surrogates in its place and hands back an opaque GateParcel, a report of what
 * it did, or a refusal. Nothing outside src/gate can make or look into a parcel; gate_cloud_ask
 * (cloud.h) accepts nothing else. When a detector cannot load or a text cannot be scanned to its
 * end, there is no parcel: the gate fails closed.
 */
#ifndef HEARTH_GATE_PARCEL_H
#define HEARTH_GATE_PARCEL_H

#include "base/text.h"
#include "gate/scan/scan.h"

/* Where a parcel goes, from near to far: what may be kept shrinks from one to the next. */
typedef enum GateDest {
    GATE_DEVICE, /* this machine: nothing is masked */
    GATE_MINE,   /* another device of the same person */
    GATE_SERVER, /* the person's or firm's own server */
    GATE_ATTESTED, /* a confidential cloud that proved what it runs */
    GATE_PUBLIC, /* anybody's cloud */
    GATE_DEST_COUNT
} GateDest;

/* What a text is. Labels travel with folder, file, passage, prompt and tool result; a text made of
   several carries the strictest. */
typedef enum GateLabel {
    GATE_OPEN,     /* may leave as it is, but for secrets */
    GATE_PERSONAL, /* may leave masked, after consent: own documents, questions */
    GATE_PRIVATE,  /* never leaves, in any form */
    GATE_LABEL_COUNT
} GateLabel;

typedef enum GateRole { GATE_SYSTEM, GATE_USER, GATE_ASSISTANT, GATE_TOOL } GateRole;

typedef struct GateToolCall {
    Str id, name, arguments; /* arguments: JSON as text */
} GateToolCall;

typedef struct GateMessage {
    GateRole role;
    GateLabel label;
    Str text;
    const GateToolCall *calls; /* of an assistant */
    size_t n_calls;
    Str call_id; /* of a tool's result: the call it answers */
    bool echoes; /* holds words of an endpoint's answer; those of an assistant and a tool always */
} GateMessage;

typedef struct GateTool {
    Str name, description, schema; /* schema: JSON Schema of its parameters */
} GateTool;

typedef struct GateRequest {
    const char *endpoint;     /* name of a configured endpoint */
    GateDest dest;            /* of that endpoint */
    const char *conversation; /* its surrogates stay the same; [A-Za-z0-9_-]{1,64} */
    const char *why;          /* for the ledger: "ask", "route: low support", ... */
    const GateMessage *messages;
    size_t n_messages; /* 1..1024 */
    const GateTool *tools;
    size_t n_tools; /* 0..128 */
    Str schema;     /* structured output: JSON Schema; empty: free text */
    bool own_schema; /* it is the program's: no word of a user or document is in it; it goes open */
    int max_tokens; /* of the answer; 0: the provider's own limit */
    float temperature; /* < 0: the model's own; some models refuse any other */
    bool deep;         /* the gate's reader reads it first (deep.h), whatever the policy says */
} GateRequest;

/* What was done with one thing found. */
typedef enum GateAction {
    GATE_KEEP,
    GATE_SURROGATE,
    GATE_GENERALISE,
    GATE_ASK,
    GATE_REFUSE,
    GATE_ACTION_COUNT
} GateAction;

typedef struct GateReport {
    size_t found[SCAN_TYPE_COUNT]; /* things found, by type, repeats counted */
    size_t found_by[DETECTOR_COUNT];
    size_t masked;                 /* of them replaced */
    size_t kept;                   /* of them left as they are, as the policy says */
    size_t bytes;                  /* of all texts after masking */
} GateReport;

const char *gate_dest_name(GateDest dest);       /* "public" */
const char *gate_label_name(GateLabel label);    /* "personal" */
const char *gate_role_name(GateRole role);       /* "user", as chat templates have it, too */

typedef struct Gate Gate;             /* scanner, policy, vault and ledger of one home (gate.h) */
typedef struct GateParcel GateParcel; /* immutable */

/*
 * Makes a parcel. E_DENIED: the policy refuses (private text, a type that may not leave, consent
 * missing; the hint says what to do); E_LIMIT: too long to be scanned; what else the scanner or the
 * vault fail with. Texts of the request are borrowed for the call only.
 */
Status gate_parcel_make(Gate *gate, const GateRequest *request, GateParcel **out,
                        GateReport *report, Err *err) WARN_UNUSED;
void gate_parcel_free(GateParcel *parcel); /* NULL is fine */
/* The text of a message as it will leave; it lives as long as the parcel. */
Str gate_parcel_text(const GateParcel *parcel, size_t message);
/* The masked texts as one readable page, and how much each detector found, for the preview that
   consent is asked on. */
Status gate_parcel_preview(const GateParcel *parcel, Buf *out, Err *err) WARN_UNUSED;

#endif
