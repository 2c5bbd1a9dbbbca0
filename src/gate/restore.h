/*
 * The way back: surrogates in an answer become the person's own words again, inside the stream.
 *
 * A restorer stands between the cloud's pieces and the sink. It holds back only what may still
 * become a surrogate; pieces may be cut anywhere, inside a character too.
 */
#ifndef HEARTH_GATE_RESTORE_H
#define HEARTH_GATE_RESTORE_H

#include "gate/parcel.h"

typedef void (*GateTextFn)(void *user, Str piece);

typedef struct GateRestorer GateRestorer;

typedef enum GateForm {
    GATE_PLAIN, /* prose, Markdown, code */
    GATE_JSON   /* inside JSON text: what is put in is escaped */
} GateForm;

/* For answers to `parcel`; knows every surrogate of its conversation. The parcel may go before the
   restorer does. */
Status gate_restorer_new(Gate *gate, const GateParcel *parcel, GateForm form, GateRestorer **out,
                         Err *err) WARN_UNUSED;
/* The same by the conversation's name. E_NOT_FOUND: nothing was masked in it. */
Status gate_restorer_for(Gate *gate, const char *conversation, GateForm form, GateRestorer **out,
                         Err *err) WARN_UNUSED;
void gate_restorer_free(GateRestorer *restorer); /* NULL is fine */
/* From its beginning: surrogates inside of addresses stay as they are (by default they do not).
   What an endpoint puts there is fetched by whatever shows the answer. */
void gate_restorer_spare_addresses(GateRestorer *restorer, bool spares);
uint64_t gate_restorer_spared(const GateRestorer *restorer); /* how many stayed */
/* Calls `sink` with what is certain by now. `last`: nothing more comes, all is given out. */
Status gate_restore_feed(GateRestorer *restorer, Str piece, bool last, GateTextFn sink, void *user,
                         Err *err) WARN_UNUSED;

#endif
