/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* messages.csv. */
#include "handler/day_messages.h"
#include "handler/export_internal.h"

int export_file_messages(struct export *x, struct csv *c)
{
	struct day_messages m;
	const char *problem;
	int rc = day_messages(x->w, x->day.date, x->peers_folder, &m, &problem);
	if (rc && *problem)
		return export_refuse(x, rc, "%s", problem);
	for (size_t i = 0; !rc && i < m.n; i++) {
		const struct day_message *d = &m.item[i];
		csv_text(c, d->peer);
		csv_text(c, d->inward ? "in" : "out");
		csv_text(c, d->operation);
		csv_int(c, d->sent);
		csv_int(c, d->accepted);
		csv_int(c, d->rejected);
		csv_int(c, d->acked);
		csv_int(c, d->items_sent);
		csv_int(c, d->items_stored);
		csv_end(c);
	}
	return rc;
}
