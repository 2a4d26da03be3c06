/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/response.h"
#include "base/decimal.h"
#include "base/error.h"
#include "handler/forecast.h"
#include "handler/message_id.h"
#include "handler/push.h"
#include "handler/series.h"
#include "store/assessment.h"
#include "store/task.h"

static const struct baseline_row *baseline_of(const struct forecast_baselines *b, uint32_t aggregator_no)
{
	for (size_t i = 0; i < b->set.n_items; i++)
		if (b->set.item[i].aggregator_no == aggregator_no)
			return &b->set.item[i];
	return NULL;
}

/* point[no] of every assessed interval; no.v stays 0 where there is none. first: the day's interval at which the task
 * starts. */
static void add_up(const struct task_row *task, const struct assessment_rows *rows, const struct forecast_baselines *baselines,
		   int first, struct response_point *point)
{
	for (size_t i = 0; i < rows->n; i++) {
		const struct assessment_row *r = &rows->item[i];
		const struct baseline_row *b = baseline_of(baselines, r->aggregator_no);
		struct response_point *p = &point[r->no];

		if (p->no.v == 0)
			*p = (struct response_point){ .no = { r->no + 1 }, .end = { timegrid_end(&task->grid, r->no) },
				.window = r->window, .valid = true };
		p->asked_w.v += r->asked_w;
		p->measured_w.v += r->measured_w;
		p->delivered_w.v += r->delivered_w;
		p->baseline_w.v += b != NULL ? b->baseline_w[first + r->no] : 0;
		p->valid = p->valid && r->valid;
	}
}

/* Closes up the points that are there. */
static int gather(const struct task_row *task, struct response_point *point)
{
	int n = 0;

	for (int t = 0; t < task->grid.n; t++) {
		if (point[t].no.v == 0)
			continue;
		point[n] = point[t];
		point[n].delivered_wh.v = decimal_div((__int128)point[t].delivered_w.v * (task->grid.step_ms / MS_MINUTE), 60);
		n++;
	}
	return n;
}

static int load(struct work *w, const char *task_id, struct task_row *task, struct tpf_report_response *m)
{
	struct assessment_rows rows;
	struct forecast_baselines baselines;
	int first, rc = task_find(w->arena, w->db, task_id, task);

	if (rc == 0)
		rc = assessment_load(w->arena, w->db, task_id, &rows);
	if (rc == 0 && rows.n > 0)
		rc = forecast_baseline_load(w, task->business_date, &baselines);
	if (rc < 0 || rows.n == 0)
		return rc;
	first = timegrid_index(&baselines.grid, task->grid.start_ms);
	if (first < 0)
		return E_NO_BASELINE;
	m->point = ARENA_ARRAY(w->arena, (size_t)task->grid.n, struct response_point);
	add_up(task, &rows, &baselines, first, m->point);
	m->n_point = gather(task, m->point);
	return 0;
}

int response_report(struct work *w, const char *task_id)
{
	struct tpf_report_response m = { .task_id = arena_strdup(w->arena, task_id) };
	struct task_row task;
	const char *id;
	int rc;

	if (!push_has_peer(w->hub->trading_peer))
		return 0;
	rc = load(w, task_id, &task, &m);
	if (rc < 0 || m.n_point == 0)
		return rc;
	rc = message_id_of(w->arena, "RR", task_id, &id);
	if (rc < 0)
		return rc;
	m.header = push_header(w, id);
	m.header->business_date.v = task.business_date;
	m.clearing_id = task.clearing_id != NULL ? arena_strdup(w->arena, task.clearing_id) : NULL;
	m.grid = series_grid(w->arena, &task.grid, CURVE_REFERENCE_DEVIATION);
	return push_queue(w, &(struct push_message){ .peer = w->hub->trading_peer, .kind = OUTGOING_REPORT_RESPONSE,
		.header = m.header, .message = &m, .items = m.n_point, .expires_ms = VALUE_NONE });
}
