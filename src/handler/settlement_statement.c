/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A settled day as statements: asked for, and pushed to dispatch. */
#include "handler/settlement_statement.h"
#include <string.h>
#include "base/error.h"
#include "handler/message_id.h"
#include "handler/push.h"

#define PLATFORM "platform"             /* the hub's own account */

/* -- of the grid side */

struct statements { struct statement_mwh *item; int n; };

static struct statement_mwh *open_statement(struct arena *a, const struct settlement_day *day, const char *account,
		struct statements *list)
{
	struct statement_mwh *s = &list->item[list->n++];

	*s = (struct statement_mwh){ arena_strdup(a, account), { day->date }, arena_strdup(a, day->rule_set),
		{ (int32_t)day->revision }, 0, NULL, { 0 } };
	return s;
}

/* All accounts of a day, the platform's own last. */
static void make_statements(struct arena *a, const struct settlement_day *day, struct statements *list)
{
	struct settlement_line_mwh *line = ARENA_ARRAY(a, day->n, struct settlement_line_mwh);
	struct statement_mwh *s = NULL;
	int64_t sum_fen = 0;

	*list = (struct statements){ ARENA_ARRAY(a, day->n + 1, struct statement_mwh), 0 };
	for (size_t i = 0; i < day->n; i++) {
		const struct settlement_entry *e = &day->entry[i];

		/* lines of one account stand together */
		if (s == NULL || strcmp(s->account, e->aggregator_id) != 0)
			s = open_statement(a, day, e->aggregator_id, list);
		line[i] = (struct settlement_line_mwh){ (enum window)e->window, { e->period_end_ms },
			(enum settlement_item)e->item, { e->asked_wh }, { e->delivered_wh }, { e->energy_wh },
			{ e->price_e5 }, { e->amount_fen } };
		if (s->n_line++ == 0)
			s->line = &line[i];
		s->total_fen.v += e->amount_fen;
		sum_fen += e->amount_fen;
	}
	open_statement(a, day, PLATFORM, list)->total_fen.v = -sum_fen;
}

int settlement_push(struct work *w, const char *task_id, const struct settlement_day *day)
{
	struct dsk_push_settlement m = { 0 };
	struct statements list;
	const char *id;
	int rc;

	if (!push_has_peer(w->hub->dispatch_peer) || day->n == 0)
		return 0;
	rc = message_id_of(w->arena, "SE", task_id, &id);
	if (rc < 0)
		return rc;
	make_statements(w->arena, day, &list);
	m.header = push_header(w, id);
	m.header->revision.v = (int32_t)day->revision;
	m.header->business_date.v = day->date;
	m.statement = list.item;
	m.n_statement = list.n;
	return push_queue(w, &(struct push_message){ .peer = w->hub->dispatch_peer, .kind = OUTGOING_PUSH_SETTLEMENT,
		.header = m.header, .message = &m, .items = m.n_statement, .expires_ms = VALUE_NONE });
}

/* -- queries */

static int32_t date_asked(const struct call *c)
{
	int32_t date = c->header->business_date.v;

	return date != DATE_NONE ? date : rules_day_of(c->w.hub->rules, c->w.now_ms);
}

static int load_asked(struct call *c, struct settlement_day *day)
{
	int rc = settlement_load(&c->w, date_asked(c), day);

	return rc == E_NOTHING ? refuse_item(c, E_NOTHING, NULL, "header/businessDate") : rc;
}

int settlement_statement(struct work *w, int32_t date, const char *aggregator_id, struct statement *s)
{
	struct arena *a = w->arena;
	struct settlement_day day;
	int rc = settlement_load(w, date, &day);

	if (rc < 0)
		return rc;
	*s = (struct statement){ arena_strdup(a, aggregator_id), { day.date }, arena_strdup(a, day.rule_set),
		{ (int32_t)day.revision }, 0, ARENA_ARRAY(a, day.n, struct settlement_line), { 0 } };
	for (size_t i = 0; i < day.n; i++) {
		const struct settlement_entry *e = &day.entry[i];

		if (strcmp(e->aggregator_id, aggregator_id) != 0)
			continue;
		s->line[s->n_line++] = (struct settlement_line){ (enum window)e->window, { e->period_end_ms },
			(enum settlement_item)e->item, { e->asked_wh }, { e->delivered_wh }, { e->energy_wh },
			{ e->price_e5 }, { e->amount_fen } };
		s->total_fen.v += e->amount_fen;
	}
	return s->n_line > 0 ? 0 : E_NOTHING;
}

int settlement_query(
	struct call *c, const struct agg_query_settlement *in, struct agg_query_settlement_response *answer)
{
	struct statement *s = ARENA_NEW(c->w.arena, struct statement);
	int rc = settlement_statement(&c->w, date_asked(c), c->principal, s);

	(void)in;
	if (rc == E_NOTHING)
		return refuse_item(c, E_NOTHING, NULL, "header/businessDate");
	if (rc < 0)
		return rc;
	answer->n_statement = 1;
	answer->statement = s;
	return 0;
}

int settlement_query_all(
	struct call *c, const struct trd_query_settlement *in, struct trd_query_settlement_response *answer)
{
	struct settlement_day day;
	struct statements list;
	int rc = load_asked(c, &day);

	(void)in;
	if (rc < 0)
		return rc;
	make_statements(c->w.arena, &day, &list);
	answer->statement = list.item;
	answer->n_statement = list.n;
	return 0;
}

int settlement_query_dispatch(
	struct call *c, const struct dsp_query_settlement *in, struct dsp_query_settlement_response *answer)
{
	struct settlement_day day;
	struct statements list;
	int rc = load_asked(c, &day);

	if (rc < 0)
		return rc;
	make_statements(c->w.arena, &day, &list);
	answer->statement = list.item;
	for (int i = 0; i < list.n; i++)
		if (in->aggregator_id == NULL || strcmp(list.item[i].account, in->aggregator_id) == 0)
			answer->statement[answer->n_statement++] = list.item[i];
	return answer->n_statement > 0 ? 0 : refuse_item(c, E_UNKNOWN_RESOURCE, NULL, "aggregatorId");
}
