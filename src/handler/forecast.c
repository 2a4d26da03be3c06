/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/forecast.h"
#include "base/error.h"
#include "base/log.h"
#include "compute/assess.h"
#include "store/ledger.h"
#include "store/meter.h"
#include "store/task.h"
#include "store/telemetry.h"

static size_t steps_of(const struct rules *rules, int32_t date)
{
	return (size_t)rules_grid(rules, date).n;
}

/* -- history */

/* Meter runs are added up in one long grid over all days. */
struct sums {
	const struct ledger *ledger;
	const int64_t *slot_of;         /* aggregator index → place in forecast_days, -1: none */
	int64_t start_ms, step_ms;
	size_t n, n_days;
	int64_t *load_w;                /* [slot][day][interval] */
	int64_t *stored;                /* [slot][day] */
};

static void add_run(void *context, const struct meter_run *run)
{
	struct sums *s = context;
	int64_t station = ledger_station_no(s->ledger, run->station_no), slot;
	int64_t first = run->start_ms - s->start_ms, all = (int64_t)(s->n * s->n_days);

	if (station < 0 || first % s->step_ms != 0)
		return;
	slot = s->slot_of[s->ledger->station[station].aggregator];
	first /= s->step_ms;
	for (size_t k = 0; k < run->n; k++) {
		int64_t t = first + (int64_t)k;

		if (t < 0 || t >= all || is_none(run->mean_w[k]))
			continue;
		s->load_w[slot * all + t] += run->mean_w[k];
		s->stored[slot * (int64_t)s->n_days + t / (int64_t)s->n]++;
	}
}

/* Aggregators that have stations get a place; those without get -1. */
static const int64_t *give_places(struct work *w, const struct ledger *ledger, struct forecast_days *days)
{
	int64_t *slot_of = ARENA_ARRAY(w->arena, ledger->n_aggregators, int64_t);

	days->aggregator = ARENA_ARRAY(w->arena, ledger->n_aggregators, uint32_t);
	for (size_t i = 0; i < ledger->n_aggregators; i++) {
		slot_of[i] = -1;
		if (ledger->aggregator[i].n_stations == 0)
			continue;
		slot_of[i] = (int64_t)days->n_aggregators;
		days->aggregator[days->n_aggregators++] = (uint32_t)i;
	}
	return slot_of;
}

static void describe_days(struct work *w, const struct ledger *ledger, int32_t first, const struct sums *sums,
			  struct forecast_days *days)
{
	const struct rules_calendar *calendar = &w->hub->rules->calendar;

	days->day = ARENA_ARRAY(w->arena, days->n_aggregators * days->n_days, struct baseline_day);
	for (size_t i = 0; i < days->n_aggregators * days->n_days; i++) {
		int32_t date = first + (int32_t)(i % days->n_days);
		uint32_t stations = ledger->aggregator[days->aggregator[i / days->n_days]].n_stations;

		days->day[i] = (struct baseline_day){
			.date = date, .day_class = calendar_class(calendar, date),
			.event = calendar_is_event(calendar, date),
			.stored = sums->stored[i], .due = (int64_t)stations * (int64_t)days->n,
			.load_w = sums->load_w + i * days->n,
		};
	}
}

int forecast_history(struct work *w, const struct ledger *ledger, int32_t business_date, struct forecast_days *days)
{
	const struct rules *rules = w->hub->rules;
	int64_t oldest = business_date - rules->telemetry.history_oldest_days, from_ms;
	int64_t to_ms = rules_grid(rules, business_date).start_ms;
	int32_t first, step_min = (int32_t)rules->calendar.step_min;
	struct sums sums = { .ledger = ledger, .step_ms = step_min * MS_MINUTE };
	int rc = meter_earliest(w->db, rules_grid(rules, (int32_t)oldest).start_ms, step_min, &from_ms);

	*days = (struct forecast_days){ .n = steps_of(rules, business_date) };
	sums.slot_of = give_places(w, ledger, days);
	if (rc < 0 || from_ms == VALUE_NONE || from_ms >= to_ms)
		return rc;
	first = rules_day_of(rules, from_ms);
	days->n_days = (size_t)(business_date - first);
	sums.start_ms = rules_grid(rules, first).start_ms;
	sums.n = days->n;
	sums.n_days = days->n_days;
	sums.load_w = ARENA_ARRAY(w->arena, days->n_aggregators * days->n_days * days->n, int64_t);
	sums.stored = ARENA_ARRAY(w->arena, days->n_aggregators * days->n_days, int64_t);
	rc = meter_read(w->db, sums.start_ms, to_ms, step_min, add_run, &sums);
	if (rc == 0)
		describe_days(w, ledger, first, &sums, days);
	return rc;
}

/* -- the day itself, for the same-day factor */

/* load and valid: [aggregator of the ledger * n + interval], n of the day's grid. */
struct today { int64_t *load_w; bool *valid; size_t n, first, end; };

static void add_totals(struct work *w, const struct ledger *ledger, const struct telemetry_totals *totals,
		       const struct timegrid *grid, struct today *today)
{
	const struct rules *rules = w->hub->rules;
	int64_t samples = rules->calendar.step_min * 60 / rules->telemetry.sample_s;

	for (size_t i = 0; i < totals->n; i++) {
		const struct telemetry_total *t = &totals->item[i];
		int64_t a = ledger_aggregator_no(ledger, t->aggregator_no);
		int at = timegrid_index(grid, t->begin_ms);
		size_t cell = (size_t)a * today->n + (size_t)at;

		if (a < 0 || at < 0)
			continue;
		today->load_w[cell] = t->load_w;
		today->valid[cell] = assess_valid(t->stored, (int64_t)ledger->aggregator[a].n_piles * samples,
						  rules->telemetry.min_completeness_ppm);
	}
}

/* 1: today is set; 0: there is no factor, or not yet. */
static int measure_today(struct work *w, const struct ledger *ledger, int32_t date, struct today *today)
{
	const struct rules *rules = w->hub->rules;
	const struct rules_baseline *b = &rules->baseline;
	struct timegrid grid = rules_grid(rules, date);
	int first = rules_boundary(rules, b->adjust_from_min), end = rules_boundary_end(rules, b->adjust_to_min);
	struct telemetry_totals totals;
	int rc;

	if (b->adjust_min_ppm >= b->adjust_max_ppm || w->now_ms < timegrid_begin(&grid, end) + w->hub->settle_ms)
		return 0;
	rc = telemetry_load_totals(w->arena, w->db, timegrid_begin(&grid, first), timegrid_begin(&grid, end), &totals);
	if (rc < 0)
		return rc;
	*today = (struct today){ .n = (size_t)grid.n, .first = (size_t)first, .end = (size_t)end };
	today->load_w = ARENA_ARRAY(w->arena, ledger->n_aggregators * today->n, int64_t);
	today->valid = ARENA_ARRAY(w->arena, ledger->n_aggregators * today->n, bool);
	add_totals(w, ledger, &totals, &grid, today);
	return 1;
}

static struct baseline_measured measured_of(const struct today *today, size_t aggregator)
{
	return (struct baseline_measured){ today->load_w + aggregator * today->n, today->valid + aggregator * today->n,
		today->first, today->end };
}

/* -- baselines */

static int lacking(struct work *w, struct diag *diag, int32_t date, const char *aggregator_id)
{
	char buf[16];

	log_warn("no-baseline", "business_date=%s aggregator=%s", date_format(date, buf), aggregator_id);
	return diag == NULL ? E_NO_BASELINE :
		diag_add(diag, E_NO_BASELINE, arena_strdup(w->arena, aggregator_id), "header/businessDate");
}

/* The k-th aggregator's baseline and the rows of its days. */
static int make_one(struct work *w, const struct forecast_days *days, size_t k, const struct today *today,
		    struct baseline_row *row, struct baseline_day_row *day_row)
{
	const struct baseline_day *day = days->day + k * days->n_days;
	struct baseline_result result = {
		.used = ARENA_ARRAY(w->arena, days->n_days, bool), .mean_w = ARENA_ARRAY(w->arena, days->n, int64_t),
		.baseline_w = ARENA_ARRAY(w->arena, days->n, int64_t),
	};
	struct baseline_measured measured;
	int rc;

	if (today != NULL)
		measured = measured_of(today, days->aggregator[k]);
	rc = baseline_run(&w->hub->rules->baseline, (enum day_class)row->day_class, day, days->n_days, days->n,
			  today != NULL ? &measured : NULL, &result);
	if (rc < 0)
		return rc;
	row->factor_ppm = result.factor_ppm;
	row->mean_w = result.mean_w;
	row->baseline_w = result.baseline_w;
	for (size_t d = 0; d < days->n_days; d++)
		day_row[d] = (struct baseline_day_row){ .aggregator_no = row->aggregator_no, .day = day[d].date,
			.day_class = (int32_t)day[d].day_class, .event = day[d].event, .used = result.used[d],
			.stored = day[d].stored, .due = day[d].due, .load_w = day[d].load_w };
	return 0;
}

static int make_all(struct work *w, const struct ledger *ledger, int32_t date, const struct forecast_days *days,
		    const struct today *today, struct diag *diag)
{
	const struct rules *rules = w->hub->rules;
	struct baseline_set set = { days->n, ARENA_ARRAY(w->arena, days->n_aggregators, struct baseline_row), 0 };
	struct baseline_days history = { days->n,
		ARENA_ARRAY(w->arena, days->n_aggregators * days->n_days, struct baseline_day_row), 0 };
	int rc = days->n_aggregators == 0 ? lacking(w, diag, date, "-") : 0;

	for (size_t k = 0; k < days->n_aggregators && rc == 0; k++) {
		const struct ledger_aggregator *a = &ledger->aggregator[days->aggregator[k]];
		struct baseline_row *row = &set.item[set.n_items++];

		*row = (struct baseline_row){ .aggregator_no = a->no, .rule_set = rules->name,
			.day_class = (int32_t)calendar_class(&rules->calendar, date) };
		rc = make_one(w, days, k, today, row, history.item + history.n_items);
		history.n_items += days->n_days;
		if (rc == E_NO_BASELINE)
			rc = lacking(w, diag, date, a->id);
	}
	if (rc == 0)
		rc = baseline_save(w->arena, w->db, date, &set, &history);
	return rc == E_DUPLICATE_KEY ? E_STORE_CONFLICT : rc;
}

int forecast_baseline_diag(struct work *w, int32_t business_date, struct diag *diag)
{
	struct ledger ledger;
	struct forecast_days days;
	struct today today;
	bool final;
	int measured, rc = task_lock_day(w->db, business_date);        /* no task is accepted meanwhile */

	if (rc == 0)
		rc = baseline_is_final(w->db, business_date, &final);
	if (rc < 0 || final)
		return rc;
	rc = ledger_load(w->arena, w->db, &ledger);
	if (rc == 0)
		rc = forecast_history(w, &ledger, business_date, &days);
	if (rc < 0)
		return rc;
	measured = measure_today(w, &ledger, business_date, &today);
	if (measured < 0)
		return measured;
	return make_all(w, &ledger, business_date, &days, measured > 0 ? &today : NULL, diag);
}

int forecast_baseline(struct work *w, int32_t business_date)
{
	return forecast_baseline_diag(w, business_date, NULL);
}

/* Of one that stands: the factor it must have, by the rule. */
static int finish_one(struct work *w, int32_t date, const struct today *today, size_t aggregator, size_t n,
		      struct baseline_row *row)
{
	const struct rules_baseline *rules = &w->hub->rules->baseline;
	struct baseline_measured measured = measured_of(today, aggregator);
	int64_t factor_ppm = baseline_factor_ppm(rules, row->mean_w, &measured);
	int64_t *baseline_w = ARENA_ARRAY(w->arena, n, int64_t);

	if (factor_ppm == row->factor_ppm)
		return 0;
	baseline_apply(row->mean_w, factor_ppm, n, baseline_w);
	row->factor_ppm = factor_ppm;
	row->baseline_w = baseline_w;
	log_notice("baseline-adjusted", "aggregator=%s factor_ppm=%lld", row->aggregator_id, (long long)factor_ppm);
	return baseline_set_factor(w->arena, w->db, date, n, row);
}

int forecast_baseline_finish(struct work *w, int32_t business_date, struct forecast_baselines *baselines)
{
	struct ledger ledger;
	struct today today;
	int measured, rc = forecast_baseline(w, business_date);

	if (rc == 0)
		rc = forecast_baseline_load(w, business_date, baselines);
	if (rc == 0)
		rc = ledger_load(w->arena, w->db, &ledger);
	if (rc < 0)
		return rc;
	measured = measure_today(w, &ledger, business_date, &today);
	if (measured <= 0)
		return measured;
	for (size_t i = 0; i < baselines->set.n_items && rc == 0; i++) {
		struct baseline_row *row = &baselines->set.item[i];
		int64_t aggregator = ledger_aggregator_no(&ledger, row->aggregator_no);

		if (aggregator >= 0)
			rc = finish_one(w, business_date, &today, (size_t)aggregator, baselines->set.n, row);
	}
	return rc == 0 ? forecast_baseline_load(w, business_date, baselines) : rc;
}

int forecast_baseline_load(struct work *w, int32_t business_date, struct forecast_baselines *baselines)
{
	int rc = baseline_load(w->arena, w->db, business_date, &baselines->set);

	baselines->grid = rules_grid(w->hub->rules, business_date);
	if (rc < 0)
		return rc;
	if (baselines->set.n_items == 0 || baselines->set.n != (size_t)baselines->grid.n)
		return E_NO_BASELINE;
	baselines->total_w = ARENA_ARRAY(w->arena, baselines->set.n, int64_t);
	for (size_t i = 0; i < baselines->set.n_items; i++)
		for (size_t t = 0; t < baselines->set.n; t++)
			baselines->total_w[t] += baselines->set.item[i].baseline_w[t];
	return 0;
}
