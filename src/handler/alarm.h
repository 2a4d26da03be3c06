/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Alarms: what somebody is to look at. A shared service of handlers. */
#ifndef VGI_HANDLER_ALARM_H
#define VGI_HANDLER_ALARM_H
#include "handler/work.h"

/* One alarm: a line in the log and a row among the events, in the caller's transaction. kind: e.g. "share-returned";
 * subject: principal or resource; reference: message or task; detail: printing ASCII. */
int alarm_raise(struct work *w, const char *kind, const char *subject, const char *reference, const char *detail);
/* Scheduled: raises "outbox-parked" for one message that was parked and not told of. 1: one was, 0: there is none. */
int alarm_parked_due(struct work *w);
#endif
