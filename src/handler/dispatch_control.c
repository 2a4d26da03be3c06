/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/dispatch_control.h"
#include "handler/control_send.h"

/* Without those that are retired, as the ledger is told to everybody else. */
static int64_t count_piles(const struct ledger *ledger, const struct ledger_aggregator *a)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < a->n_piles; i++) {
		const struct ledger_pile *p = &ledger->pile[ledger->pile_of[a->first_pile + i]];

		n += p->state != RESOURCE_STATE_RETIRED && ledger->station[p->station].state != RESOURCE_STATE_RETIRED;
	}
	return n;
}

static int queue(const struct dispatch_plan *p, const int64_t *values, const bool *to)
{
	int rc = 0;

	for (size_t i = 0; i < p->ledger.n_aggregators && rc == 0; i++) {
		const struct ledger_aggregator *a = &p->ledger.aggregator[i];
		struct control_row control = { .task_id = p->task.task_id, .revision = p->task.revision,
			.aggregator_no = a->no, .piles = count_piles(&p->ledger, a), .attempt = 1, .first_no = p->from,
			.latest_ms = control_latest_ms(p->w, &p->task, p->from), .items = values[i],
			.aggregator_id = a->id };

		if (to == NULL || to[i])
			rc = control_queue(p->w, &p->task, &control);
	}
	return rc;
}

int dispatch_control_queue(const struct dispatch_plan *p, const struct schedule_row *row, const bool *to)
{
	int64_t *values = ARENA_ARRAY(p->w->arena, p->ledger.n_aggregators, int64_t);

	for (size_t i = 0; i < p->sessions.n; i++)
		values[dispatch_plan_aggregator(p, i)] += row[i].n;
	return queue(p, values, to);
}

int dispatch_control_queue_rows(const struct dispatch_plan *p, const struct schedule_row *row, size_t n, const bool *to)
{
	int64_t *values = ARENA_ARRAY(p->w->arena, p->ledger.n_aggregators, int64_t);

	for (size_t i = 0; i < n; i++) {
		int64_t a = ledger_aggregator_no(&p->ledger, row[i].aggregator_no);

		if (a >= 0)
			values[a] += row[i].n;
	}
	return queue(p, values, to);
}
