/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/metered.h"
#include <string.h>
#include "base/decimal.h"
#include "base/error.h"
#include "store/ledger.h"
#include "store/meter.h"
#include "store/telemetry.h"

/* Tables are [station of the ledger * grid.n + interval], VALUE_NONE: no value. */
struct metered {
	struct call *call;
	struct timegrid grid;
	struct ledger ledger;
	int64_t *meter_w, *hub_w;
};

static int64_t mean(int64_t sum, int64_t n)
{
	return decimal_div(sum, n);
}

static int64_t energy_wh(const struct metered *s, int64_t mean_w)
{
	return mean_w == VALUE_NONE ? VALUE_NONE : decimal_div(mean_w * (s->grid.step_ms / MS_MINUTE), 60);
}

static void use_run(void *context, const struct meter_run *run)
{
	struct metered *s = context;
	int64_t station = ledger_station_no(&s->ledger, run->station_no);

	for (size_t i = 0; station >= 0 && i < run->n; i++) {
		int t = timegrid_index(&s->grid, run->start_ms + (int64_t)i * run->step_min * MS_MINUTE);

		if (t >= 0)
			s->meter_w[station * s->grid.n + t] = run->mean_w[i];
	}
}

static int add_telemetry(struct metered *s, int64_t to_ms)
{
	struct telemetry_intervals intervals;
	int rc = telemetry_load_intervals(s->call->w.arena, s->call->w.db, s->grid.start_ms, to_ms, &intervals);

	for (size_t i = 0; rc == 0 && i < intervals.n; i++) {
		const struct telemetry_interval *r = &intervals.item[i];
		int64_t pile = ledger_pile_no(&s->ledger, r->pile_no), *sum;
		int t = timegrid_index(&s->grid, r->begin_ms);

		if (pile < 0 || t < 0 || r->stored == 0)
			continue;
		sum = &s->hub_w[s->ledger.pile[pile].station * (size_t)s->grid.n + (size_t)t];
		*sum = (*sum == VALUE_NONE ? 0 : *sum) + mean(r->sum_w, r->stored);
	}
	return rc;
}

static int load(struct metered *s)
{
	struct work *w = &s->call->w;
	int64_t to_ms = timegrid_begin(&s->grid, s->grid.n);
	size_t n;
	int rc = ledger_load_all(w->arena, w->db, &s->ledger);

	if (rc < 0)
		return rc;
	n = s->ledger.n_stations * (size_t)s->grid.n;
	s->meter_w = ARENA_ARRAY(w->arena, n, int64_t);
	s->hub_w = ARENA_ARRAY(w->arena, n, int64_t);
	for (size_t i = 0; i < n; i++)
		s->meter_w[i] = s->hub_w[i] = VALUE_NONE;
	rc = meter_read(w->db, s->grid.start_ms, to_ms, (int32_t)(s->grid.step_ms / MS_MINUTE), use_run, s);
	return rc == 0 ? add_telemetry(s, to_ms) : rc;
}

static int64_t total_wh(const struct metered *s, const int64_t *mean_w)
{
	int64_t sum_wh = 0;

	for (int t = 0; t < s->grid.n; t++) {
		if (mean_w[t] == VALUE_NONE)
			return VALUE_NONE;
		sum_wh += energy_wh(s, mean_w[t]);
	}
	return sum_wh;
}

static struct metered_series series_of(const struct metered *s, size_t station)
{
	struct arena *a = s->call->w.arena;
	const struct ledger_station *row = &s->ledger.station[station];
	const int64_t *meter_w = s->meter_w + station * (size_t)s->grid.n, *hub_w = s->hub_w + station * (size_t)s->grid.n;
	struct metered_series out = { arena_strdup(a, s->ledger.aggregator[row->aggregator].id), arena_strdup(a, row->id),
		arena_strdup(a, row->meter_no), { s->grid.step_ms / MS_MINUTE }, { total_wh(s, meter_w) }, { total_wh(s, hub_w) },
		0, ARENA_ARRAY(a, (size_t)s->grid.n, struct energy_point) };

	for (int t = 0; t < s->grid.n; t++)
		if (meter_w[t] != VALUE_NONE || hub_w[t] != VALUE_NONE)
			out.point[out.n_point++] = (struct energy_point){ { t + 1 }, { timegrid_end(&s->grid, t) },
				{ energy_wh(s, meter_w[t]) }, { energy_wh(s, hub_w[t]) } };
	return out;
}

static int check_asked(struct metered *s, const struct trd_query_metered_energy *m)
{
	if (m->aggregator_id != NULL && ledger_aggregator(&s->ledger, m->aggregator_id) < 0)
		return refuse_item(s->call, E_UNKNOWN_RESOURCE, NULL, "aggregatorId");
	if (m->meter_no != NULL && ledger_meter(&s->ledger, m->meter_no) < 0)
		return refuse_item(s->call, E_UNKNOWN_METER, NULL, "meterNo");
	return 0;
}

int metered_query(struct call *c, const struct trd_query_metered_energy *m, struct trd_query_metered_energy_response *answer)
{
	const struct rules *rules = c->w.hub->rules;
	int32_t date = c->header->business_date.v;
	struct metered s = { .call = c, .grid = rules_grid(rules, date != DATE_NONE ? date : rules_day_of(rules, c->w.now_ms)) };
	int rc = load(&s);

	if (rc == 0)
		rc = check_asked(&s, m);
	if (rc < 0)
		return rc;
	answer->series = ARENA_ARRAY(c->w.arena, s.ledger.n_stations, struct metered_series);
	for (size_t g = 0; g < s.ledger.n_aggregators; g++) {
		const struct ledger_aggregator *a = &s.ledger.aggregator[g];

		if (m->aggregator_id != NULL && strcmp(a->id, m->aggregator_id) != 0)
			continue;
		for (uint32_t i = 0; i < a->n_stations; i++) {
			size_t station = s.ledger.station_of[a->first_station + i];

			if (m->meter_no == NULL || strcmp(s.ledger.station[station].meter_no, m->meter_no) == 0)
				answer->series[answer->n_series++] = series_of(&s, station);
		}
	}
	if (m->meter_no != NULL && answer->n_series == 0)       /* another aggregator's */
		return refuse_item(c, E_UNKNOWN_METER, NULL, "meterNo");
	return 0;
}
