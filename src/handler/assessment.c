/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/assessment.h"
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/log.h"
#include "compute/assess.h"
#include "compute/statistics.h"
#include "handler/forecast.h"
#include "handler/session_energy.h"
#include "store/assessment.h"
#include "store/control.h"
#include "store/ledger.h"
#include "store/schedule.h"
#include "store/session.h"
#include "store/task.h"
#include "store/telemetry.h"

enum { MET_PERCENT = 99 };              /* of its need, with which a session's need counts as met */

/* One task. Tables are [aggregator of the ledger * n + point of the task]. */
struct assessing {
	struct work *w;
	struct task_row task;
	struct timegrid day;
	size_t n, before;               /* the task's points; the day's intervals before it */
	struct ledger ledger;
	struct forecast_baselines baselines;
	int8_t *sign;                   /* [n] */
	int64_t *split_w, *measured_w, *stored;
	int64_t *piles;                 /* [aggregator] to be heard of */
	bool *valid;
};

/* -- inputs */

/* Adds what a revision asks of the aggregators that answer for it: revision_of by index in the ledger. */
static int add_split(struct assessing *s, int32_t revision, const int32_t *revision_of)
{
	struct schedule schedule;
	int rc = schedule_load(s->w->arena, s->w->db, s->task.task_id, revision, &schedule);

	for (size_t i = 0; i < schedule.n && rc == 0; i++) {
		const struct schedule_row *row = &schedule.item[i];
		int64_t aggregator = ledger_aggregator_no(&s->ledger, row->aggregator_no);

		/* a task that was cancelled ends before the curves made until then */
		for (int k = 0; aggregator >= 0 && revision_of[aggregator] == revision && k < row->n &&
				(size_t)(row->first + k) < s->n; k++)
			s->split_w[(size_t)aggregator * s->n + (size_t)(row->first + k)] += row->power_w[k];
	}
	return rc;
}

/* Everybody answers for the revision it acknowledged last, which holds what was in force before too; who acknowledged
 * none for the first one: a refusal lifts no duty, and what others could not do is nobody's unless it took it on. */
static int load_split(struct assessing *s)
{
	int32_t *revision_of = ARENA_ARRAY(s->w->arena, s->ledger.n_aggregators, int32_t);
	struct control_rows controls;
	int rc = control_load(s->w->arena, s->w->db, s->task.task_id, &controls);

	for (size_t a = 0; a < s->ledger.n_aggregators && rc == 0; a++) {
		const struct control_row *last = control_last_accepted(&controls, s->ledger.aggregator[a].no);

		revision_of[a] = last != NULL ? last->revision : 1;
	}
	for (int32_t revision = 1; revision <= s->task.revision && rc == 0; revision++)
		rc = add_split(s, revision, revision_of);
	return rc;
}

static int load_measured(struct assessing *s)
{
	const struct timegrid *g = &s->task.grid;
	struct telemetry_totals totals;
	int rc = telemetry_load_totals(s->w->arena, s->w->db, g->start_ms, timegrid_begin(g, g->n), &totals);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < totals.n; i++) {
		int64_t aggregator = ledger_aggregator_no(&s->ledger, totals.item[i].aggregator_no);
		int t = timegrid_index(g, totals.item[i].begin_ms);

		if (aggregator < 0 || t < 0)
			continue;
		s->measured_w[(size_t)aggregator * s->n + (size_t)t] = totals.item[i].load_w;
		s->stored[(size_t)aggregator * s->n + (size_t)t] = totals.item[i].stored;
	}
	return 0;
}

/* Whoever gives up piles once the task has started answers for them all the same. */
static int count_piles(struct assessing *s)
{
	struct control_rows controls;
	int rc = control_load(s->w->arena, s->w->db, s->task.task_id, &controls);

	if (rc < 0)
		return rc;
	s->piles = ARENA_ARRAY(s->w->arena, s->ledger.n_aggregators, int64_t);
	for (size_t a = 0; a < s->ledger.n_aggregators; a++)
		s->piles[a] = s->ledger.aggregator[a].n_piles;
	for (size_t i = 0; i < controls.n; i++) {
		int64_t a = ledger_aggregator_no(&s->ledger, controls.item[i].aggregator_no);

		if (a >= 0 && s->piles[a] < controls.item[i].piles)
			s->piles[a] = controls.item[i].piles;
	}
	return 0;
}

static void judge_completeness(struct assessing *s)
{
	const struct rules_telemetry *rules = &s->w->hub->rules->telemetry;
	int64_t samples = s->task.grid.step_ms / (rules->sample_s * MS_SECOND);

	for (size_t a = 0; a < s->ledger.n_aggregators; a++)
		for (size_t t = 0; t < s->n; t++)
			s->valid[a * s->n + t] = assess_valid(s->stored[a * s->n + t],
				s->piles[a] * samples, rules->min_completeness_ppm);
}

static int load_baselines(struct assessing *s)
{
	int first, rc = forecast_baseline_finish(s->w, s->task.business_date, &s->baselines);

	if (rc < 0)
		return rc;
	first = timegrid_index(&s->baselines.grid, s->task.grid.start_ms);
	if (first < 0 || s->baselines.grid.step_ms != s->task.grid.step_ms ||
	    s->baselines.grid.n - first < s->task.grid.n)
		return E_NO_BASELINE;
	s->before = (size_t)first;
	return 0;
}

static int load(struct assessing *s, const char *task_id)
{
	struct work *w = s->w;
	size_t cells;
	int rc = task_find(w->arena, w->db, task_id, &s->task);

	if (rc == 0)
		rc = ledger_load(w->arena, w->db, &s->ledger);
	if (rc < 0)
		return rc == E_NOTHING ? E_UNKNOWN_TASK : rc;
	s->n = (size_t)s->task.grid.n;
	s->day = rules_grid(w->hub->rules, s->task.business_date);
	cells = s->ledger.n_aggregators * s->n;
	s->sign = ARENA_ARRAY(w->arena, s->n, int8_t);
	s->split_w = ARENA_ARRAY(w->arena, cells, int64_t);
	s->measured_w = ARENA_ARRAY(w->arena, cells, int64_t);
	s->stored = ARENA_ARRAY(w->arena, cells, int64_t);
	s->valid = ARENA_ARRAY(w->arena, cells, bool);
	for (size_t t = 0; t < s->n; t++)
		s->sign[t] = s->task.point[t].window == WINDOW_SHAVE ? ASSESS_SHAVE :
			     s->task.point[t].window == WINDOW_FILL ? ASSESS_FILL : ASSESS_HOLD;
	if ((rc = load_baselines(s)) < 0 || (rc = load_split(s)) < 0 || (rc = load_measured(s)) < 0 ||
	    (rc = count_piles(s)) < 0)
		return rc;
	judge_completeness(s);
	return 0;
}

/* -- aggregators */

/* Adds the lines of one aggregator to rows. */
static void assess_one(struct assessing *s, const struct baseline_row *baseline, size_t a, struct assessment_rows *rows)
{
	size_t at = a * s->n;
	struct assess_input in = { s->n, s->sign, s->split_w + at, baseline->baseline_w + s->before, s->measured_w + at,
		s->valid + at };
	int64_t *asked_w = ARENA_ARRAY(s->w->arena, s->n, int64_t),
		*delivered_w = ARENA_ARRAY(s->w->arena, s->n, int64_t);

	assess_run(&in, asked_w, delivered_w);
	for (size_t t = 0; t < s->n; t++) {
		if (s->sign[t] == ASSESS_HOLD)
			continue;
		rows->item[rows->n++] = (struct assessment_row){
			.aggregator_no = baseline->aggregator_no, .no = (int32_t)t, .window = s->task.point[t].window,
			.asked_w = asked_w[t], .measured_w = s->measured_w[at + t], .valid = s->valid[at + t],
			.delivered_w = delivered_w[t]
		};
	}
}

static int assess_all(struct assessing *s)
{
	const struct baseline_set *set = &s->baselines.set;
	struct assessment_rows rows = { ARENA_ARRAY(s->w->arena, set->n_items * s->n, struct assessment_row), 0 };

	for (size_t i = 0; i < set->n_items; i++) {
		int64_t a = ledger_aggregator_no(&s->ledger, set->item[i].aggregator_no);

		if (a >= 0 && s->piles[a] > 0)
			assess_one(s, &set->item[i], (size_t)a, &rows);
	}
	return assessment_save(s->w->arena, s->w->db, s->task.task_id, rows.item, rows.n);
}

static int measure_deviation(struct assessing *s)
{
	struct arena *a = s->w->arena;
	int64_t *load_w = ARENA_ARRAY(a, s->n, int64_t), *target_w = ARENA_ARRAY(a, s->n, int64_t);
	int64_t *weight = ARENA_ARRAY(a, s->n, int64_t);
	bool *heard = ARENA_ARRAY(a, s->n, bool);

	for (size_t t = 0; t < s->n; t++) {
		target_w[t] = s->task.point[t].target_w;
		weight[t] = s->task.point[t].weight_ppm;
		heard[t] = true;
		for (size_t k = 0; k < s->ledger.n_aggregators; k++) {
			load_w[t] += s->measured_w[k * s->n + t];
			heard[t] = heard[t] && s->valid[k * s->n + t];
		}
	}
	s->task.measured_deviation_w = statistics_deviation(s->n, load_w, target_w, weight, heard);
	return task_set_measured(s->w->db, s->task.task_id, s->task.measured_deviation_w);
}

/* -- sessions */

static enum session_outcome outcome_of(const struct session_energy *e, int64_t need_wh)
{
	if (!e->complete)
		return SESSION_UNKNOWN;
	return (__int128)e->delivered_wh * 100 >= (__int128)need_wh * MET_PERCENT ? SESSION_MET : SESSION_SHORT;
}

/* The day's first interval under control: the begin of its first task. */
static int first_controlled(struct assessing *s, int *first)
{
	struct task_rows tasks;
	int rc = task_of_day(s->w->arena, s->w->db, s->task.business_date, &tasks);
	size_t i = 0;

	while (rc == 0 && i < tasks.n && (tasks.item[i].state == TASK_STATE_ACCEPTED ||
			tasks.item[i].state == TASK_STATE_CANCELLED))
		i++;
	if (rc == 0)
		*first = timegrid_index(&s->day, i < tasks.n ? tasks.item[i].grid.start_ms : s->task.grid.start_ms);
	return rc;
}

static int measure_sessions(struct assessing *s)
{
	struct work *w = s->w;
	struct session_list sessions;
	struct session_energy *energy;
	struct session_result *result;
	int first, rc = session_load(w->arena, w->db, s->day.start_ms, timegrid_begin(&s->day, s->day.n), &sessions);

	if (rc == 0)
		rc = first_controlled(s, &first);
	if (rc == 0)
		rc = session_energy_measure(w, &s->day, first, &sessions, &energy);
	if (rc < 0)
		return rc;
	result = ARENA_ARRAY(w->arena, sessions.n, struct session_result);
	for (size_t i = 0; i < sessions.n; i++)
		result[i] = (struct session_result){ sessions.item[i].no, energy[i].before_wh, energy[i].delivered_wh,
			outcome_of(&energy[i], sessions.item[i].need_wh) };
	return session_put_results(w->arena, w->db, result, sessions.n);
}

int assessment_run(struct work *w, const char *task_id)
{
	struct assessing s = { .w = w };
	int rc = load(&s, task_id);

	if (rc == 0)
		rc = assess_all(&s);
	if (rc == 0)
		rc = measure_deviation(&s);
	if (rc == 0)
		rc = measure_sessions(&s);
	if (rc == 0)
		log_notice("task-assessed", "task=%s measured_deviation_w=%lld", task_id,
			(long long)s.task.measured_deviation_w);
	return rc;
}

/* -- queries */

struct line { struct assessment_row row; int64_t end_ms; };
struct lines { struct line *item; size_t n; };

static int by_aggregator_and_end(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int order = strcmp(x->row.aggregator_id, y->row.aggregator_id);

	return order != 0 ? order : (x->end_ms > y->end_ms) - (x->end_ms < y->end_ms);
}

static void add_lines(
	struct arena *a, const struct task_row *task, const struct assessment_rows *rows, struct lines *lines)
{
	struct line *item = ARENA_ARRAY(a, lines->n + rows->n, struct line);

	for (size_t i = 0; i < lines->n; i++)
		item[i] = lines->item[i];
	for (size_t i = 0; i < rows->n; i++)
		item[lines->n + i] = (struct line){ rows->item[i], timegrid_end(&task->grid, rows->item[i].no) };
	*lines = (struct lines){ item, lines->n + rows->n };
}

/* Lines of all tasks of a business date, of one aggregator or (NULL) of all. */
static int load_day(struct work *w, int32_t date, const char *aggregator_id, struct lines *lines)
{
	struct task_rows tasks;
	int rc = task_of_day(w->arena, w->db, date, &tasks);

	*lines = (struct lines){ NULL, 0 };
	for (size_t i = 0; rc == 0 && i < tasks.n; i++) {
		struct assessment_rows rows;

		rc = aggregator_id != NULL
			? assessment_load_of(w->arena, w->db, tasks.item[i].task_id, aggregator_id, &rows)
			: assessment_load(w->arena, w->db, tasks.item[i].task_id, &rows);
		if (rc == 0)
			add_lines(w->arena, &tasks.item[i], &rows, lines);
	}
	if (rc == 0 && lines->n > 0)
		qsort(lines->item, lines->n, sizeof *lines->item, by_aggregator_and_end);
	return rc;
}

/* The same of the business date asked for. */
static int load_lines(struct call *c, const char *aggregator_id, struct lines *lines)
{
	int32_t date = c->header->business_date.v;
	int rc = load_day(&c->w, date != DATE_NONE ? date : rules_day_of(c->w.hub->rules, c->w.now_ms), aggregator_id,
		lines);

	return rc == 0 && lines->n == 0 ? refuse_item(c, E_NOTHING, NULL, "header/businessDate") : rc;
}

static struct assessment_line *tell_lines(struct arena *a, const struct lines *lines)
{
	struct assessment_line *line = ARENA_ARRAY(a, lines->n, struct assessment_line);

	for (size_t i = 0; i < lines->n; i++) {
		const struct assessment_row *r = &lines->item[i].row;

		line[i] = (struct assessment_line){ arena_strdup(a, r->aggregator_id), r->window, { lines->item[i].end_ms },
			{ r->asked_w }, { r->measured_w }, r->valid, { r->delivered_w } };
	}
	return line;
}

int assessment_lines(struct work *w, int32_t date, const char *aggregator_id, struct assessment_line **line, int *n)
{
	struct lines lines;
	int rc = load_day(w, date, aggregator_id, &lines);

	if (rc < 0)
		return rc;
	*n = (int)lines.n;
	*line = tell_lines(w->arena, &lines);
	return 0;
}

int assessment_query(
	struct call *c, const struct agg_query_assessment *in, struct agg_query_assessment_response *answer)
{
	struct lines lines;
	int rc = load_lines(c, c->principal, &lines);

	(void)in;
	if (rc < 0)
		return rc;
	answer->n_line = (int)lines.n;
	answer->line = tell_lines(c->w.arena, &lines);
	return 0;
}

int assessment_query_all(
	struct call *c, const struct dsp_query_assessment *in, struct dsp_query_assessment_response *answer)
{
	struct lines lines;
	int rc = load_lines(c, NULL, &lines);

	(void)in;
	if (rc < 0)
		return rc;
	answer->n_line = (int)lines.n;
	answer->line = ARENA_ARRAY(c->w.arena, lines.n, struct assessment_line_mw);
	for (size_t i = 0; i < lines.n; i++) {
		const struct assessment_row *r = &lines.item[i].row;

		answer->line[i] = (struct assessment_line_mw){ arena_strdup(c->w.arena, r->aggregator_id), r->window,
			{ lines.item[i].end_ms }, { r->asked_w }, { r->measured_w }, r->valid, { r->delivered_w } };
	}
	return 0;
}
