/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/alarm.h"
#include "base/log.h"
#include "store/event.h"
#include "store/outbox.h"

#define PARKED "outbox-parked"

int alarm_raise(struct work *w, const char *kind, const char *subject, const char *reference, const char *detail)
{
	log_error(kind, "subject=%s reference=%s detail=\"%s\"", subject, reference, detail);
	return event_record(w->db, &(struct event){ .kind = kind, .subject = subject, .reference = reference,
		.detail = detail, .trace_id = w->trace_id, .at_ms = w->now_ms });
}

int alarm_parked_due(struct work *w)
{
	struct outbox_list list;
	int rc = outbox_parked(w->arena, w->db, &list);

	for (size_t i = 0; i < list.n && rc == 0; i++) {
		const struct outbox_message *m = &list.item[i];
		bool told;

		rc = event_was_told(w->db, PARKED, m->message_id, &told);
		if (rc < 0 || told)
			continue;
		rc = alarm_raise(w, PARKED, m->peer, m->message_id, arena_printf(w->arena, "%s after %lld tries: %s", m->operation,
			(long long)m->attempts, m->last_error != NULL ? m->last_error : "-"));
		return rc < 0 ? rc : 1;
	}
	return rc;
}
