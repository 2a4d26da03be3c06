/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/message_id.h"
#include <stdio.h>
#include <string.h>
#include "security/digest.h"

enum { HASH_BYTES = 30 };

static const char *state_name(enum task_state state)
{
	static const char *const names[] = {
		[TASK_STATE_REFUSED] = "refused", [TASK_STATE_ACCEPTED] = "accepted", [TASK_STATE_STARTED] = "started",
		[TASK_STATE_ENDED] = "ended", [TASK_STATE_SETTLED] = "settled",
		[TASK_STATE_CANCELLED] = "cancelled"
	};

	return names[state];
}

static int hashed(struct arena *a, const char *prefix, const char *content, const char **id)
{
	unsigned char digest[DIGEST_SIZE];
	char hex[2 * HASH_BYTES + 1];
	int rc = digest_sha256(content, strlen(content), digest);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < HASH_BYTES; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	*id = arena_printf(a, "%s-%s", prefix, hex);
	return 0;
}

int message_id_progress(
	struct arena *a, const char *task_id, int32_t told_revision, enum task_state state, const char **id)
{
	*id = arena_printf(a, "TP-%d-%s-%s", told_revision, state_name(state), task_id);
	return strlen(*id) <= MESSAGE_ID_MOST ? 0 : hashed(a, "TPH", *id, id);
}

int message_id_control(struct arena *a, const char *task_id, int32_t revision, const char *aggregator_id, int attempt,
	const char **id)
{
	const char *number = attempt > 1 ? arena_printf(a, "%d.%d", revision, attempt) : arena_printf(a, "%d", revision);

	*id = arena_printf(a, "CT-%s-%s/%s", number, task_id, aggregator_id);
	if (strlen(*id) <= MESSAGE_ID_MOST && strchr(task_id, '/') == NULL)
		return 0;
	return hashed(a, "CTH", arena_printf(a, "%s %s %s", number, task_id, aggregator_id), id);
}

int message_id_of(struct arena *a, const char *prefix, const char *key, const char **id)
{
	*id = arena_printf(a, "%s-%s", prefix, key);
	return strlen(*id) <= MESSAGE_ID_MOST ? 0 : hashed(a, arena_printf(a, "%sH", prefix), *id, id);
}

int message_id_cancelled(struct arena *a, const char *task_id, int32_t told_revision, int32_t n, const char **id)
{
	*id = arena_printf(a, "TP-%d-cancelled.%d-%s", told_revision, n, task_id);
	return strlen(*id) <= MESSAGE_ID_MOST ? 0 : hashed(a, "TPH", *id, id);
}

int message_id_delivery(struct arena *a, const char *prefix, const char *what, int64_t revision, const char *aggregator_id,
	const char **id)
{
	*id = arena_printf(a, "%s-%lld-%s/%s", prefix, (long long)revision, what, aggregator_id);
	if (strlen(*id) <= MESSAGE_ID_MOST && strchr(what, '/') == NULL)
		return 0;
	return hashed(a, "DLH", arena_printf(a, "%s %lld %s %s", prefix, (long long)revision, what, aggregator_id), id);
}
