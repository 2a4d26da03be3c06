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
	{ "split.csv", "level,id,interval_end,kw", export_file_split },
	{ "history.csv", "aggregator_id,day,day_class,event,completeness,used,step,kw", export_file_history },
	{ "baseline.csv", "aggregator_id,interval_end,mean_kw,factor,baseline_kw", export_file_baseline },
	{ "measured.csv", "pile_id,interval_end,expected,stored,kw", export_file_measured },
	{ "assessment.csv", "aggregator_id,window,interval_end,asked_kw,measured_kw,valid,delivered_kw", export_file_assessment },
	{ "settlement.csv", "account,window,period_end,item,asked_kwh,delivered_kwh,energy_kwh,price_cny_kwh,amount_cny", export_file_settlement },
	{ "messages.csv", "peer,direction,operation,sent,accepted,rejected,acked,items_sent,items_stored", export_file_messages },
	/* beyond vgihub-day/1 */
	{ "tasks.csv", "task_id,state,start,end,cancelled_from,revisions,planned_deviation_kw,least_deviation_kw,measured_deviation_kw",
	  export_file_tasks },
	{ "targets.csv", "task_id,interval_end,window,target_kw,weight,price_cny_kwh,cancelled", export_file_targets },
	{ "plans.csv", "task_id,revision,session_id,before_kwh,reachable_kwh,planned_kwh", export_file_plans },
	{ "revisions.csv", "task_id,revision,level,id,interval_end,kw,follows,acknowledged", export_file_revisions },
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
	if ((rc = export_tasks(x)) == 0)
		rc = check_rules(x);
	return rc;
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
	documents->beyond = x.beyond;
	return rc;
}

void export_done(struct export_documents *documents)
{
	for (size_t i = 0; i < EXPORT_FILES; i++)
		bytes_done(&documents->item[i].text);
}
