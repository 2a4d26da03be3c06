/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/export.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "handler/export_internal.h"

static const struct { const char *name, *header; export_fn *write; } files[EXPORT_FILES] = {
	{ "day.csv", "key,value", export_file_day },
	{ "ledger.csv", "kind,id,parent,limit_kw", export_file_ledger },
	{ "sessions.csv", "session_id,pile_id,arrival,departure,need_kwh,max_kw,before_kwh,reachable_kwh,planned_kwh,delivered_kwh,outcome",
	  export_file_sessions },
	{ "target.csv", "interval_end,window,target_kw,weight,price_cny_kwh", export_file_target },
	{ "schedule.csv", "session_id,interval_end,kw", export_file_schedule },
	{ "revisions.csv", "revision,level,id,interval_end,kw,follows,acknowledged", export_file_revisions },
	{ "split.csv", "level,id,interval_end,kw", export_file_split },
	{ "history.csv", "aggregator_id,day,day_class,event,completeness,used,step,kw", export_file_history },
	{ "baseline.csv", "aggregator_id,interval_end,mean_kw,factor,baseline_kw", export_file_baseline },
	{ "measured.csv", "pile_id,interval_end,expected,stored,kw", export_file_measured },
	{ "assessment.csv", "aggregator_id,window,interval_end,asked_kw,measured_kw,valid,delivered_kw", export_file_assessment },
	{ "settlement.csv", "account,window,period_end,item,asked_kwh,delivered_kwh,energy_kwh,price_cny_kwh,amount_cny", export_file_settlement },
	{ "messages.csv", "peer,direction,operation,sent,accepted,rejected,acked,items_sent,items_stored", export_file_messages },
};

int export_refuse(struct export *x, int rc, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	vsnprintf(x->error->text, sizeof x->error->text, format, ap);
	va_end(ap);
	return rc;
}

const char *export_time(struct export *x, int64_t ts_ms)
{
	return time_format(ts_ms, x->w->hub->rules->calendar.offset_min, arena_alloc(x->w->arena, 32));
}

/* ---- what the format asks of a day */

static int check_rules(struct export *x)
{
	const struct rules *r = x->w->hub->rules;
	if (!rules_type_s(&r->settlement, &x->cap_ratio_ppm, &x->above_share_ppm))
		return export_refuse(x, E_CONFIG, "rule set %s: its settlement is not of the type this format describes (min_ratio 0, response "
			"0:1 and at most one further segment)", r->name);
	const char *made_by = arena_printf(x->w->arena, "%s-%s", r->name, r->version);
	if (strcmp(x->day.settlement.rule_set, made_by))
		return export_refuse(x, E_CONFIG, "the day was settled by rule set %s, the installation names %s", x->day.settlement.rule_set, made_by);
	return 0;
}

static int choose_task(struct export *x)
{
	char date[16];
	for (size_t i = 0; i < x->day.n_tasks; i++) {
		if (x->day.task[i].row.state != TASK_STATE_SETTLED)
			continue;
		if (x->task)
			return export_refuse(x, E_TASK_CONFLICT, "%s has several settled tasks, this format has one", date_format(x->day.date, date));
		x->task = &x->day.task[i];
	}
	if (!x->task || !x->day.settled)
		return export_refuse(x, E_NOTHING, "%s has no settled task", date_format(x->day.date, date));
	if (x->task->first < 0 || x->task->first + x->task->row.grid.n != x->day.grid.n)
		return export_refuse(x, E_TIME_GRID, "task %s does not run to the end of the business day", x->task->row.task_id);
	if (is_none(x->task->row.measured_deviation_w))
		return export_refuse(x, E_NOTHING, "task %s: no interval was heard from all aggregators", x->task->row.task_id);
	return 0;
}

/* The files tell of the schedule the task started with; later revisions have a file of their own. */
static int take_first_schedule(struct export *x)
{
	for (size_t i = 0; i < x->day.n_tasks; i++)
		if (&x->day.task[i] == x->task && x->task->row.revision > 1)
			return schedule_load(x->w->arena, x->w->db, x->task->row.task_id, 1, &x->day.task[i].schedule);
	return 0;
}

/* Session ids are an aggregator's own; in the files they must be the day's. */
static int check_sessions(struct export *x)
{
	const struct schedule *s = &x->task->schedule;
	x->station_of_session = ARENA_ARRAY(x->w->arena, s->n, size_t);
	x->aggregator_of_session = ARENA_ARRAY(x->w->arena, s->n, size_t);
	for (size_t i = 0; i < s->n; i++) {
		int64_t pile = ledger_pile(&x->day.ledger, s->item[i].pile_id);
		if (i && !strcmp(s->item[i].session_id, s->item[i - 1].session_id))
			return export_refuse(x, E_DUPLICATE_ITEM, "session %s is reported by two aggregators", s->item[i].session_id);
		if (pile < 0)
			return export_refuse(x, E_UNKNOWN_RESOURCE, "pile %s of session %s is no longer in the ledger", s->item[i].pile_id,
				s->item[i].session_id);
		x->station_of_session[i] = x->day.ledger.pile[pile].station;
		x->aggregator_of_session[i] = x->day.ledger.pile[pile].aggregator;
	}
	return 0;
}

static int check_prices(struct export *x)
{
	for (int i = 0; i < x->task->row.grid.n; i++) {
		int64_t price = x->task->row.point[i].price_e5;
		if (!is_none(price) && price % 10)
			return export_refuse(x, E_RANGE, "a price of task %s has more than four decimals", x->task->row.task_id);
	}
	return 0;
}

static int prepare(struct export *x, int32_t date)
{
	char text[16];
	int rc = day_load(x->w, date, &x->day);
	if (rc == E_NOTHING)
		return export_refuse(x, rc, "%s has no task", date_format(date, text));
	if (rc)
		return export_refuse(x, rc, "%s", error_text_en(rc));
	x->end = ARENA_ARRAY(x->w->arena, (size_t)x->day.grid.n, const char *);
	for (int i = 0; i < x->day.grid.n; i++)
		x->end[i] = export_time(x, timegrid_end(&x->day.grid, i));
	if ((rc = choose_task(x)) || (rc = take_first_schedule(x)) || (rc = check_rules(x)) || (rc = check_prices(x)))
		return rc;
	return check_sessions(x);
}

int export_day(struct work *w, int32_t date, const char *peers_folder, struct export_documents *documents, struct export_error *error)
{
	struct export x = { .w = w, .peers_folder = peers_folder, .error = error };
	*documents = (struct export_documents){ 0 };
	*error = (struct export_error){ "" };
	int rc = prepare(&x, date);
	for (size_t i = 0; !rc && i < EXPORT_FILES; i++) {
		struct csv c = { .text = &documents->item[i].text };
		documents->item[i].name = files[i].name;
		csv_text(&c, files[i].header);
		csv_end(&c);
		rc = files[i].write(&x, &c);
		if (!rc)
			rc = c.rc;
		if (rc && !*error->text)
			export_refuse(&x, rc, "%s: %s", files[i].name, error_text_en(rc));
	}
	return rc;
}

void export_done(struct export_documents *documents)
{
	for (size_t i = 0; i < EXPORT_FILES; i++)
		bytes_done(&documents->item[i].text);
}
