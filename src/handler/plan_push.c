/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* PushPlan: what one message brought, one message of the hub's a grid. */
#include "base/error.h"
#include "handler/message_id.h"
#include "handler/plan.h"
#include "handler/push.h"
#include "handler/series.h"
#include "store/plan.h"

static bool same_grid(const struct plan_row *a, const struct plan_row *b)
{
	return a->horizon == b->horizon && a->start_ms == b->start_ms && a->step_min == b->step_min && a->n == b->n;
}

/* The rows not yet taken that share the grid of rows->item[first]. */
static int push_grid(struct work *w, struct plan_rows *rows, bool *taken, size_t first, const char *message_id,
		     int64_t known_ms)
{
	const struct plan_row *like = &rows->item[first];
	struct timegrid grid = { like->start_ms, like->step_min * MS_MINUTE, (int32_t)like->n };
	struct dsk_push_plan m = { .header = push_header(w, message_id), .horizon = (enum plan_horizon)like->horizon,
		.made_at = { known_ms }, .grid = series_grid(w->arena, &grid, CURVE_REFERENCE_ABSOLUTE),
		.curve = ARENA_ARRAY(w->arena, rows->n, struct plan_curve) };

	for (size_t i = first; i < rows->n; i++) {
		if (taken[i] || !same_grid(like, &rows->item[i]))
			continue;
		taken[i] = true;
		m.curve[m.n_curve++] = (struct plan_curve){ arena_strdup(w->arena, rows->item[i].resource_id),
			series_watts(w->arena, rows->item[i].power_w, (int)rows->item[i].n) };
	}
	m.header->business_date.v = rules_day_of(w->hub->rules, like->start_ms);
	return push_queue(w, &(struct push_message){ .peer = w->hub->dispatch_peer, .kind = OUTGOING_PUSH_PLAN,
		.header = m.header, .message = &m, .items = m.n_curve, .expires_ms = VALUE_NONE });
}

int plan_push(struct work *w, int64_t seq, const char *id, int64_t known_ms, int *n)
{
	struct plan_rows rows;
	bool *taken;
	int rc = plan_of_message(w->arena, w->db, seq, &rows);

	*n = 0;
	if (rc < 0)
		return rc;
	taken = ARENA_ARRAY(w->arena, rows.n, bool);
	for (size_t i = 0; i < rows.n && rc == 0; i++) {
		const char *message_id;

		if (taken[i])
			continue;
		rc = message_id_of(w->arena, "PL", arena_printf(w->arena, "%s-%d", id, ++*n), &message_id);
		if (rc == 0)
			rc = push_grid(w, &rows, taken, i, message_id, known_ms);
	}
	return rc;
}
