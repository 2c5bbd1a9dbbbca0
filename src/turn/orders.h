/* Sentences of passages that give orders to whoever writes from them (orders.c). */
#ifndef HEARTH_TURN_ORDERS_H
#define HEARTH_TURN_ORDERS_H

#include "model/session.h"
#include "turn/turn.h"

/* Before a summary or a draft is written: reads the prompt's passages into the session sentence by
   sentence and blanks those that the model's state calls orders, as the policy says; a notice
   quotes them. turn->prompt is made anew then, and may need a larger session: the caller asks
   rig_fit_session again. `sync`: cancel, progress, user. Other work, and another model than the one
   that was learned from: nothing is done. */
Status orders_take_out(Turn *turn, Session *session, const SyncOptions *sync,
                       Err *err) WARN_UNUSED;

#endif
