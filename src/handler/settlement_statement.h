/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Statements pushed when a day has been settled. Internal to settlement. */
#ifndef VGI_HANDLER_SETTLEMENT_STATEMENT_H
#define VGI_HANDLER_SETTLEMENT_STATEMENT_H
#include "handler/settlement.h"

/* Queues PushSettlement to dispatch: all accounts of the day, as this task's end left them ("SE-<task>"). Nothing is
 * queued of a day without lines, or without a peer. */
int settlement_push(struct work *w, const char *task_id, const struct settlement_day *day);
#endif
