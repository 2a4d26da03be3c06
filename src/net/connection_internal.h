/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What the two halves of a connection share: connection.c (life, handshake, reading) and connection_answer.c. */
#ifndef VGI_NET_CONNECTION_INTERNAL_H
#define VGI_NET_CONNECTION_INTERNAL_H
#include "net/connection.h"

void connection_arm(struct connection *c, int ms);              /* its timer, anew */
void connection_count_bodies(struct connection *c, size_t now); /* of those in memory, `now` bytes are its own */
/* Frees it, or notes that nobody is left to take the answer of the request in work. */
void connection_close(struct connection *c);
bool connection_leave_park(struct connection *c);               /* false: it is woken already and on its way back */

/* Answers without a worker and closes afterwards, because what follows on the connection cannot be trusted or is not
 * wanted. */
void connection_refuse(struct connection *c, int status, int error);
/* The same for a request that was read whole and is not admitted: the connection may go on. */
void connection_refuse_limited(struct connection *c, int error, int retry_after_s);
void connection_dismiss(struct connection *c);                  /* its request is over */
void connection_hand_over(struct connection *c);                /* c->job.request is complete: to the workers */
void connection_served(struct work_job *job);                   /* in the worker's thread, with the answer */
void connection_ask_again(struct connection *c);                /* the same request, now that it has waited */
void connection_end_wait(struct connection *c);                 /* with the answer its worker left; if still parked */
#endif
