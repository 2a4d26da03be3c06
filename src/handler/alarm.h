/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Alarms: what somebody is to look at. A shared service of handlers. */
#ifndef VGI_HANDLER_ALARM_H
#define VGI_HANDLER_ALARM_H
#include "handler/work.h"
#include "store/event.h"

/* One alarm: a line in the log, a row among the events and a PushEvent to dispatch ("EV-<number>"), in the caller's
 * transaction. kind: e.g. "share-returned"; subject: principal or resource; reference: message or task; detail: printing ASCII. */
int alarm_raise(struct work *w, const char *kind, const char *subject, const char *reference, const char *detail);
/* Scheduled: raises "outbox-parked" for messages that were parked (again) and not told of, at most 32 a call; of a PushEvent without
 * pushing another. How many: call again until it is 0; or a negative error. */
int alarm_parked_due(struct work *w);

/* Queues PushEvent to dispatch with these events under a message id; at most ALARM_EVENTS_MOST. */
enum { ALARM_EVENTS_MOST = 1000 };
int alarm_push(struct work *w, const char *message_id, const struct event *event, size_t n);
#endif
