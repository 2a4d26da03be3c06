/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/upload.h"
#include "base/error.h"
#include "handler/alarm.h"
#include "store/outbox.h"
#include "store/upload.h"

/* One reason a line, as dispatch gave them. */
static const char *reasons_of(struct arena *a, const struct dsp_acknowledge_upload *m)
{
	const char *text = NULL;

	for (int i = 0; i < m->n_diagnostic; i++) {
		const struct diagnostic *d = &m->diagnostic[i];

		text = arena_printf(a, "%s%s%s %s %s", text != NULL ? text : "", text != NULL ? "\n" : "", d->code,
			d->path != NULL ? d->path : "", d->text_en != NULL ? d->text_en : "");
	}
	return text;
}

int upload_acknowledge(struct call *c, const struct dsp_acknowledge_upload *m)
{
	bool accepted = m->decision == DECISION_ACCEPTED;
	struct outbox_message document;
	int rc = outbox_find(c->w.arena, c->w.db, m->document_id, &document);

	c->items_in = 1;
	if (rc == E_NOTHING || (rc == 0 && document.channel != OUTBOX_FILE))
		return refuse_item(c, E_NOTHING, NULL, "documentId");
	if (rc == 0)
		rc = upload_put(c->w.db, &(struct upload_answer){ m->document_id, accepted, reasons_of(c->w.arena, m), c->w.now_ms,
			c->w.seq });
	if (rc < 0)
		return rc;
	c->items_stored = 1;
	if (accepted)
		return 0;
	return alarm_raise(&c->w, "document-refused", c->principal, m->document_id,
		m->n_diagnostic > 0 ? m->diagnostic[0].code : "no reason given");
}
