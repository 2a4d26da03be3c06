/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "endpoint/acknowledge.h"
#include "codec/soap/diagnostic.h"

struct ack *acknowledge(struct call *c, int refused)
{
	struct arena *a = c->w.arena;
	struct ack *ack = ARENA_NEW(a, struct ack);
	if (refused && !diag_any(&c->diag))
		diag_add(&c->diag, refused, NULL, ".");
	ack->status = refused ? ACK_STATUS_REJECTED : diag_any(&c->diag) ? ACK_STATUS_PARTLY_ACCEPTED : ACK_STATUS_ACCEPTED;
	ack->stored_id = c->w.seq == VALUE_NONE ? NULL : arena_printf(a, "%lld", (long long)c->w.seq);
	ack->trace_id = arena_strdup(a, c->w.trace_id);
	ack->received_at.v = c->received_us / 1000;
	ack->items_received.v = (int32_t)c->items_in;
	ack->items_stored.v = refused ? 0 : (int32_t)c->items_stored;
	ack->diagnostic = diagnostics_of(a, &c->diag, &ack->n_diagnostic);
	return ack;
}
