/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Messages the hub sends by itself: encoded and put into the outbox in the transaction that causes them. */
#ifndef VGI_HANDLER_PUSH_H
#define VGI_HANDLER_PUSH_H
#include "handler/work.h"

struct push_message {
	const char *peer;               /* principal name; NULL or "": nobody, then nothing is queued */
	enum outgoing kind;
	const struct header *header;    /* the message's own: its message_id stands for it in the outbox */
	const void *message;            /* the request structure of that kind */
	int64_t items;
	int64_t expires_ms;             /* business time; VALUE_NONE: never */
};

/* A header of the hub's own: sender, revision 1, created now, no business date, this trace and
 * correlation. Lives in the work's arena. */
struct header *push_header(struct work *w, const char *message_id);
/* Queues it, as caused by the message that is worked on (w->seq). 0; E_DUPLICATE_KEY: this message id is queued already;
 * what the encoder or the store says. */
int push_queue(struct work *w, const struct push_message *m);
/* Whether there is somebody to push to. */
bool push_has_peer(const char *peer);
#endif
