/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <string.h>
#include "base/error.h"
#include "sim/estimate.h"

enum { DAYS_USED = 5, COMPLETE_PERCENT = 95, KEEP_LOW_PERCENT = 75, KEEP_HIGH_PERCENT = 125 };

/* One aggregator's day: its stations' sum, and how much of it was heard. */
struct past_day { int64_t value_w[WORLD_STEPS], sum; size_t due, stored; };

static void add_stations(const struct world *w, size_t aggregator, int back, struct past_day *d)
{
	const struct world_aggregator *g = &w->aggregator[aggregator];

	memset(d, 0, sizeof(*d));
	for (size_t i = g->first_station; i < g->first_station + g->n_stations; i++) {
		const int64_t *v = world_history(w, back, i);

		for (size_t t = 0; t < WORLD_STEPS; t++) {
			d->due++;
			if (v[t] == VALUE_NONE)
				continue;
			d->stored++;
			d->value_w[t] += v[t];
			d->sum += v[t];
		}
	}
}

static bool is_eligible(const struct world *w, int back, const struct past_day *d)
{
	int32_t date = w->date - back;

	return world_is_workday(date) == world_is_workday(w->date) && date != w->event_date &&
	       d->stored * 100 >= d->due * COMPLETE_PERCENT;
}

int estimate_baseline(const struct world *w, size_t aggregator, int64_t value_w[WORLD_STEPS])
{
	struct past_day day;
	int64_t total = 0, n = 0, used = 0;

	for (int back = 1; back <= WORLD_HISTORY_DAYS; back++) {
		add_stations(w, aggregator, back, &day);
		if (is_eligible(w, back, &day)) {
			total += day.sum;
			n++;
		}
	}
	memset(value_w, 0, WORLD_STEPS * sizeof(*value_w));
	for (int back = 1; back <= WORLD_HISTORY_DAYS && used < DAYS_USED; back++) {
		add_stations(w, aggregator, back, &day);
		if (!is_eligible(w, back, &day) || 100 * n * day.sum < KEEP_LOW_PERCENT * total ||
		    100 * n * day.sum > KEEP_HIGH_PERCENT * total)
			continue;
		for (size_t t = 0; t < WORLD_STEPS; t++)
			value_w[t] += day.value_w[t];
		used++;
	}
	if (used == 0)
		return E_NO_BASELINE;
	for (size_t t = 0; t < WORLD_STEPS; t++)
		value_w[t] = decimal_div(value_w[t], used);
	return 0;
}
