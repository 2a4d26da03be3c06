/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/dispatch_control.h"
#include "handler/control_send.h"

/* Schedule values of each of the ledger's aggregators. */
static int64_t *count_values(const struct dispatch_plan *p, const struct schedule_row *row)
{
	int64_t *values = ARENA_ARRAY(p->w->arena, p->ledger.n_aggregators, int64_t);

	for (size_t i = 0; i < p->sessions.n; i++)
		values[dispatch_plan_aggregator(p, i)] += row[i].n;
	return values;
}

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

int dispatch_control_queue(const struct dispatch_plan *p, const struct schedule_row *row, const bool *to)
{
	const int64_t *values = count_values(p, row);
	int rc = 0;

	for (size_t i = 0; i < p->ledger.n_aggregators && rc == 0; i++) {
		const struct ledger_aggregator *a = &p->ledger.aggregator[i];
		struct control_row control = { .task_id = p->task.task_id, .revision = p->task.revision,
			.aggregator_no = a->no, .piles = count_piles(&p->ledger, a), .attempt = 1, .first_no = p->from,
			.latest_ms = control_latest_ms(p->w, &p->task, p->from), .items = values[i] };

		if (to == NULL || to[i])
			rc = control_queue(p->w, &p->task, a->id, &control);
	}
	return rc;
}
