/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* RequestLedger: an aggregator that is called is asked to report its ledger anew, because it speaks of what is not in it, or has not
 * stated it for long, or an operator wants it. What it reports then is a ReportLedger like any other. */
#ifndef VGI_HANDLER_LEDGER_REQUEST_H
#define VGI_HANDLER_LEDGER_REQUEST_H
#include "handler/work.h"

/* Aggregators whose ledger is wanted, in memory: what is lost is wanted again by the next message that misses something.
 * Thread-safe. */
struct ledger_wants;
struct ledger_wants *ledger_wants_new(void);            /* NULL: out of memory */
void ledger_wants_free(struct ledger_wants *wants);     /* NULL allowed */
/* reason: printing text. Not if it is wanted already, or more are than can be kept. */
void ledger_want(struct ledger_wants *wants, const char *aggregator_id, const char *reason);

/* Queues the question. *message_id lives in the work's arena. 0; E_NOTHING: it is not called; E_DUPLICATE_KEY: asked in this very
 * microsecond. */
int ledger_request(struct work *w, const char *aggregator_id, const char *reason, const char **message_id);
/* Scheduled: asks one of those who are wanted, or whose ledger is older than hub.ledger_age_us (0: any age will do), at most every
 * hub.ledger_again_us. 1: one was asked, 0: there is none. */
int ledger_request_due(struct work *w);
#endif
