/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* One message to one peer's SOAP service. */
#ifndef VGI_CHANNEL_PUSH_H
#define VGI_CHANNEL_PUSH_H
#include <stdbool.h>
#include "channel/cover.h"
#include "channel/sender.h"
#include "store/peer_state.h"

struct push;
/* 0, E_MEMORY, E_CONFIG. Not thread-safe. */
int push_new(const struct sender_peer *peer, struct push **push);
void push_free(struct push *p);

/* What the peer said. */
struct push_answer { bool accepted; int64_t items_stored; const void *answer; size_t answer_n; };
/* Sends an encoded envelope of the operation, protected by `cover`. 0: answered, for good (accepted, partly accepted or refused); else not, try
 * again: push_error says why. The answer lives until the next call. *missed: the peer was reached, and what it said is no
 * answer of the contract, nor that it is busy: perhaps this message can never be answered. */
int push_send(struct push *p, const char *operation, const void *body, size_t n, struct cover *cover, struct push_answer *answer,
	      bool *missed);
/* TestConnection in the name of `sender`, by the same rules; a refusal is no error: answer->accepted, and push_error says why. */
int push_test(struct push *p, const char *sender, struct cover *cover, struct push_answer *answer, bool *missed);
/* What a try tells of the peer; false: nothing. A test that is refused counts as missed. */
bool push_health(int rc, bool missed, enum peer_health *health);
/* For good: what is being sent, and all that follows, ends with E_STOPPING. Any thread. */
void push_abort(struct push *p);
const char *push_error(const struct push *p);
#endif
