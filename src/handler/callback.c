/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/callback.h"
#include <string.h>
#include "base/error.h"
#include "handler/assessment.h"
#include "handler/message_id.h"
#include "handler/push.h"
#include "handler/settlement.h"

bool callback_is_run(const struct hub *hub, const char *aggregator_id)
{
	for (size_t i = 0; i < hub->n_callbacks; i++)
		if (strcmp(hub->callback[i], aggregator_id) == 0)
			return true;
	return false;
}

/* Header of what is delivered about `what`. */
static int open_message(struct work *w, const char *prefix, const char *what, int64_t revision, const char *to,
		struct header **header)
{
	const char *id;
	int rc = message_id_delivery(w->arena, prefix, what, revision, to, &id);

	if (rc < 0)
		return rc;
	*header = push_header(w, id);
	(*header)->revision.v = (int32_t)revision;
	return 0;
}

static int queue(struct work *w, enum outgoing kind, const char *to, const struct header *header, const void *message,
		 int64_t items)
{
	return push_queue(w, &(struct push_message){ .peer = to, .kind = kind, .header = header, .message = message,
		.items = items, .expires_ms = VALUE_NONE });
}

/* -- notices */

int callback_notice(struct work *w, const struct notice *notice, int32_t revision)
{
	int rc = 0;

	for (size_t i = 0; i < w->hub->n_callbacks && rc == 0; i++) {
		struct acb_deliver_notice message = { NULL, (struct notice *)notice };

		rc = open_message(w, "NT", notice->notice_id, revision, w->hub->callback[i], &message.header);
		if (rc == 0)
			rc = queue(w, OUTGOING_DELIVER_NOTICE, w->hub->callback[i], message.header, &message, 1);
	}
	return rc;
}

/* -- results */

static int deliver_assessment(struct work *w, int32_t date, const char *day, int64_t revision, const char *to)
{
	struct acb_deliver_assessment message = { NULL, 0, NULL };
	int rc = assessment_lines(w, date, to, &message.line, &message.n_line);

	if (rc < 0 || message.n_line == 0)
		return rc;
	rc = open_message(w, "AS", day, revision, to, &message.header);
	if (rc < 0)
		return rc;
	message.header->business_date.v = date;
	return queue(w, OUTGOING_DELIVER_ASSESSMENT, to, message.header, &message, message.n_line);
}

static int deliver_settlement(struct work *w, int32_t date, const char *day, int64_t revision, const char *to)
{
	struct statement statement;
	struct acb_deliver_settlement message = { NULL, 1, &statement };
	int rc = settlement_statement(w, date, to, &statement);

	if (rc < 0)
		return rc == E_NOTHING ? 0 : rc;
	rc = open_message(w, "SS", day, revision, to, &message.header);
	if (rc < 0)
		return rc;
	message.header->business_date.v = date;
	return queue(w, OUTGOING_DELIVER_SETTLEMENT, to, message.header, &message, 1);
}

int callback_results(struct work *w, int32_t date, int64_t revision)
{
	char day[16];
	int rc = 0;

	date_format(date, day);
	for (size_t i = 0; i < w->hub->n_callbacks && rc == 0; i++) {
		rc = deliver_assessment(w, date, day, revision, w->hub->callback[i]);
		if (rc == 0)
			rc = deliver_settlement(w, date, day, revision, w->hub->callback[i]);
	}
	return rc;
}
