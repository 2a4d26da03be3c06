/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/alarm.h"
#include "base/log.h"
#include "store/event.h"

int alarm_raise(struct work *w, const char *kind, const char *subject, const char *reference, const char *detail)
{
	log_error(kind, "subject=%s reference=%s detail=\"%s\"", subject, reference, detail);
	return event_add(w->db, &(struct event){ .kind = kind, .subject = subject, .reference = reference,
		.detail = detail, .trace_id = w->trace_id, .at_ms = w->now_ms });
}
