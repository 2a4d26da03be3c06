/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* revisions.csv: what each later revision of the schedule decided anew, from its first interval on. */
#include "handler/export_internal.h"
#include "store/control.h"
#include "store/revision.h"

struct revised {
	struct revision_row row;
	struct schedule schedule;
	int64_t *task_w, *aggregator_w; /* [n]; [aggregator * n] */
	struct share_returns returns;
	struct control_rows controls;
};

/* Who follows or not, and who acknowledged it, is said of aggregators alone. */
static void put(struct export *x, struct csv *c, const struct revised *r, const char *level, const char *id, int point,
		int64_t w, const bool *follows, const bool *acknowledged)
{
	csv_int(c, r->row.revision);
	csv_text(c, level);
	csv_text(c, id);
	csv_text(c, x->end[export_interval(x, point)]);
	csv_kw(c, w);
	csv_int(c, follows != NULL ? *follows : VALUE_NONE);
	csv_int(c, acknowledged != NULL ? *acknowledged : VALUE_NONE);
	csv_end(c);
}

static void put_sessions(struct export *x, struct csv *c, const struct revised *r)
{
	for (size_t i = 0; i < r->schedule.n; i++) {
		const struct schedule_row *s = &r->schedule.item[i];

		for (int k = 0; k < s->n; k++)
			if (s->first + k >= r->row.first_no)
				put(x, c, r, "session", s->session_id, s->first + k, s->power_w[k], NULL, NULL);
	}
}

static void sum_up(struct export *x, struct revised *r)
{
	const struct ledger *l = &x->day.ledger;
	size_t n = (size_t)x->task->row.grid.n;

	r->task_w = ARENA_ARRAY(x->w->arena, n, int64_t);
	r->aggregator_w = ARENA_ARRAY(x->w->arena, l->n_aggregators * n, int64_t);
	for (size_t i = 0; i < r->schedule.n; i++) {
		const struct schedule_row *s = &r->schedule.item[i];
		int64_t a = ledger_aggregator_no(l, s->aggregator_no);

		for (int k = 0; k < s->n; k++) {
			r->task_w[s->first + k] += s->power_w[k];
			if (a >= 0)
				r->aggregator_w[(size_t)a * n + (size_t)(s->first + k)] += s->power_w[k];
		}
	}
}

static bool is_acknowledged(const struct revised *r, uint32_t aggregator_no)
{
	for (size_t i = 0; i < r->controls.n; i++) {
		const struct control_row *c = &r->controls.item[i];

		if (c->aggregator_no == aggregator_no && c->revision == r->row.revision && c->state == OUTBOX_ACCEPTED)
			return true;
	}
	return false;
}

static bool is_following(const struct revised *r, uint32_t aggregator_no)
{
	const struct share_return *share = share_return_of(&r->returns, aggregator_no);

	return share == NULL || share->revision > r->row.revision;
}

static void put_sums(struct export *x, struct csv *c, const struct revised *r)
{
	const struct ledger *l = &x->day.ledger;
	int n = x->task->row.grid.n;

	for (int t = r->row.first_no; t < n; t++)
		put(x, c, r, "task", x->task->row.task_id, t, r->task_w[t], NULL, NULL);
	for (size_t a = 0; a < l->n_aggregators; a++) {
		bool follows = is_following(r, l->aggregator[a].no), acknowledged = is_acknowledged(r, l->aggregator[a].no);

		for (int t = r->row.first_no; t < n && l->aggregator[a].n_stations > 0; t++)
			put(x, c, r, "aggregator", l->aggregator[a].id, t, r->aggregator_w[a * (size_t)n + (size_t)t],
			    &follows, &acknowledged);
	}
}

int export_file_revisions(struct export *x, struct csv *c)
{
	const char *task_id = x->task->row.task_id;
	struct revision_rows revisions;
	struct revised r = { 0 };
	int rc = revision_load(x->w->arena, x->w->db, task_id, &revisions);

	if (rc == 0)
		rc = share_return_load(x->w->arena, x->w->db, task_id, &r.returns);
	if (rc == 0)
		rc = control_load(x->w->arena, x->w->db, task_id, &r.controls);
	for (size_t i = 0; i < revisions.n && rc == 0; i++) {
		r.row = revisions.item[i];
		rc = schedule_load(x->w->arena, x->w->db, task_id, r.row.revision, &r.schedule);
		if (rc < 0)
			break;
		sum_up(x, &r);
		put_sums(x, c, &r);
		put_sessions(x, c, &r);
	}
	return rc;
}
