/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Ids of messages the hub makes: the same for the same matter, whenever and however often it is worked on. Pure. */
#ifndef VGI_HANDLER_MESSAGE_ID_H
#define VGI_HANDLER_MESSAGE_ID_H
#include "base/arena.h"
#include "model/types.h"

enum { MESSAGE_ID_MOST = 64 };          /* length of an id by the contracts */

/* Of the progress message by which a task, as set by this revision of its message, enters a state:
 * "TP-<revision>-<state>-<task>". 0 or E_INTERNAL. */
int message_id_progress(
	struct arena *a, const char *task_id, int32_t told_revision, enum task_state state, const char **id);
/* Of a control message: "CT-<revision>-<task>/<aggregator>", of a further attempt "CT-<revision>.<attempt>-…". 0 or
 * E_INTERNAL. */
int message_id_control(struct arena *a, const char *task_id, int32_t revision, const char *aggregator_id, int attempt,
	const char **id);
/* Of any other: "<prefix>-<key>". 0 or E_INTERNAL. */
int message_id_of(struct arena *a, const char *prefix, const char *key, const char **id);
/* Of the progress message by which a task is cancelled so that n points are left:
 * "TP-<revision>-cancelled.<n>-<task>". */
int message_id_cancelled(struct arena *a, const char *task_id, int32_t told_revision, int32_t n, const char **id);
/* Of what is delivered to an aggregator of a day or of something with an id: "<prefix>-<revision>-<what>/<aggregator>". */
int message_id_delivery(struct arena *a, const char *prefix, const char *what, int64_t revision, const char *aggregator_id,
	const char **id);
/* What is too long, or could be read in two ways, is "TPH-", "CTH-", "DLH-" or the prefix with H, and 60 hex
 * digits of a SHA-256 over it. */
#endif
