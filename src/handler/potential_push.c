/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/potential_push.h"
#include <stdio.h>
#include "base/error.h"
#include "handler/forecast.h"
#include "handler/message_id.h"
#include "handler/push.h"
#include "handler/series.h"
#include "store/job.h"

#define PUSH_JOB "push-potential"

int potential_push(struct work *w, const char *message_id, const struct potential_told *told)
{
	struct potential_curve all = { .resource_id = arena_strdup(w->arena, "*"),
		.baseline_w = series_watts(w->arena, told->baseline_w, told->grid.n),
		.up_w = series_watts(w->arena, told->up_w, told->grid.n),
		.down_w = series_watts(w->arena, told->down_w, told->grid.n) };
	struct dsk_push_potential m = { .header = push_header(w, message_id), .made_at = { told->told_ms },
		.grid = series_grid(w->arena, &told->grid, CURVE_REFERENCE_ABSOLUTE),
		.horizon = told->grid.start_ms > told->told_ms ? PLAN_HORIZON_DAY_AHEAD : PLAN_HORIZON_REAL_TIME,
		.confidence_ratio = { VALUE_NONE }, .n_curve = 1, .curve = &all };

	m.header->business_date.v = told->business_date;
	return push_queue(w, &(struct push_message){ .peer = w->hub->dispatch_peer, .kind = OUTGOING_PUSH_POTENTIAL,
		.header = m.header, .message = &m, .items = 1, .expires_ms = VALUE_NONE });
}

static int tell_and_push(struct work *w, const char *key)
{
	int32_t today = rules_day_of(w->hub->rules, w->now_ms);
	struct potential_told told;
	const char *id;
	int rc = message_id_of(w->arena, "PP", key, &id);

	if (rc == 0)
		rc = forecast_baseline(w, today);
	if (rc == 0)
		rc = forecast_tell_potential(w, today, w->hub->dispatch_peer, &told);
	if (rc == 0)
		rc = potential_push(w, id, &told);
	return rc == E_NO_BASELINE ? 0 : rc;
}

int potential_push_due(struct work *w)
{
	int64_t every_ms = w->hub->potential_push_ms;
	bool done = false;
	char key[24];
	int rc;

	if (every_ms <= 0 || !push_has_peer(w->hub->dispatch_peer))
		return 0;
	snprintf(key, sizeof key, "%013lld", (long long)(w->now_ms - w->now_ms % every_ms));
	rc = job_is_done(w->db, PUSH_JOB, key, &done);
	if (rc < 0 || done)
		return rc;
	rc = job_begin(w->db, PUSH_JOB, key);
	if (rc == 0)
		rc = tell_and_push(w, key);
	if (rc == 0)
		rc = job_finish(w->db, PUSH_JOB, key);
	if (rc == E_DUPLICATE_KEY)
		return E_STORE_CONFLICT;
	return rc < 0 ? rc : 1;
}
