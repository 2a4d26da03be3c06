/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/resources.h"
#include <string.h>
#include "base/error.h"
#include "handler/message_id.h"
#include "handler/push.h"
#include "store/ledger_static.h"

static bool has_station(const struct ledger_static *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->item[i].n_station > 0)
			return true;
	return false;
}

int resources_query(struct call *c, const struct dsp_query_resources *m, struct dsp_query_resources_response *answer)
{
	struct ledger_wanted wanted = { m->aggregator_id, m->station_id, m->after, RESOURCES_STATIONS_MOST };
	struct ledger_static list;
	int rc = ledger_static_load(c->w.arena, c->w.db, &wanted, &list);

	if (rc < 0)
		return rc;
	if (m->aggregator_id != NULL && list.n == 0)
		return refuse_item(c, E_UNKNOWN_RESOURCE, NULL, "aggregatorId");
	if (m->station_id != NULL && m->after == NULL && !has_station(&list))
		return refuse_item(c, E_UNKNOWN_RESOURCE, NULL, "stationId");
	answer->more = list.more;
	answer->aggregator = list.item;
	answer->n_aggregator = (int)list.n;
	return 0;
}

/* -- pushing */

static int64_t count_items(const struct static_aggregator *g)
{
	int64_t n = 1 + g->n_station;

	for (int i = 0; i < g->n_station; i++)
		n += g->station[i].n_pile;
	return n;
}

static int push_one(struct work *w, const char *key, struct ledger_static *list)
{
	const char *id;
	int rc = message_id_of(w->arena, "ST", key, &id);
	struct dsk_push_static m = { .n_aggregator = (int)list->n, .aggregator = list->item };

	if (rc < 0)
		return rc;
	m.header = push_header(w, id);
	return push_queue(w, &(struct push_message){ .peer = w->hub->dispatch_peer, .kind = OUTGOING_PUSH_STATIC,
		.header = m.header, .message = &m, .items = count_items(&list->item[0]),
		.expires_ms = VALUE_NONE });
}

/* Greatest station id of a part: where the next one begins. */
static const char *last_station(const struct ledger_static *list)
{
	const struct static_aggregator *g = &list->item[0];

	return g->station[g->n_station - 1].id;
}

int resources_push(struct work *w, const char *aggregator_id, const char *key)
{
	struct ledger_wanted wanted = { aggregator_id, NULL, NULL, RESOURCES_STATIONS_MOST };
	struct ledger_static list = { NULL, 0, true };
	int part = 0, rc = 0;

	if (!push_has_peer(w->hub->dispatch_peer))
		return 0;
	while (rc == 0 && list.more) {
		rc = ledger_static_load(w->arena, w->db, &wanted, &list);
		if (rc < 0 || list.n == 0)
			return rc;
		rc = push_one(w, arena_printf(w->arena, "%s-%d", key, ++part), &list);
		if (list.more)
			wanted.after = last_station(&list);
	}
	return rc;
}
