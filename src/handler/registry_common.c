/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "handler/registry_common.h"

static int by_id_then_place(const void *a, const void *b, void *context)
{
	const char *const *id = context;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	int order = strcmp(id[x], id[y]);

	return order != 0 ? order : (x > y) - (x < y);
}

void registry_repeats(struct arena *a, const char *const *id, size_t n, bool *repeat)
{
	size_t *order = ARENA_ARRAY(a, n, size_t);

	for (size_t i = 0; i < n; i++)
		order[i] = i;
	qsort_r(order, n, sizeof *order, by_id_then_place, (void *)(uintptr_t)id);
	for (size_t i = 0; i < n; i++)
		repeat[order[i]] = i > 0 && strcmp(id[order[i]], id[order[i - 1]]) == 0;
}

void registry_matters_repeat(struct arena *a, const struct registry_matter *matter, size_t n, bool *repeat)
{
	const char **key = ARENA_ARRAY(a, n, const char *);

	for (size_t i = 0; i < n; i++)
		key[i] = arena_printf(a, "%s %lld", matter[i].id, (long long)matter[i].at_ms);
	registry_repeats(a, key, n, repeat);
}

void registry_matters_span(const struct registry_matter *matter, size_t n, int64_t *from_ms, int64_t *to_ms)
{
	*from_ms = n > 0 ? matter[0].at_ms : 0;
	*to_ms = n > 0 ? matter[0].at_ms + 1 : 0;
	for (size_t i = 1; i < n; i++) {
		*from_ms = matter[i].at_ms < *from_ms ? matter[i].at_ms : *from_ms;
		*to_ms = matter[i].at_ms >= *to_ms ? matter[i].at_ms + 1 : *to_ms;
	}
}

int registry_revision(struct call *c, const struct standing *stands, const struct registry_matter *matter, const char *name, size_t no)
{
	int64_t stored = standing_revision(stands, matter->id, matter->at_ms);

	if (stored == VALUE_NONE || stored < c->header->revision.v)
		return 0;
	return refuse_item(c, E_REVISION, arena_printf(c->w.arena, "stored: %lld", (long long)stored), "%s[%zu]", name, no);
}

int registry_time(const struct work *w, int64_t begin_ms, int64_t end_ms)
{
	const struct rules_telemetry *t = &w->hub->rules->telemetry;

	if (begin_ms > w->now_ms + t->plan_ahead_days * MS_DAY)
		return E_TIME_FUTURE;
	if (end_ms < w->now_ms - t->history_oldest_days * MS_DAY)
		return E_TIME_ANCIENT;
	return 0;
}

bool registry_owns(const struct ledger *own, const char *id)
{
	return ledger_aggregator(own, id) >= 0 || ledger_station(own, id) >= 0 || ledger_pile(own, id) >= 0;
}

int64_t registry_rated_w(const struct ledger *own, const char *id)
{
	int64_t i = ledger_pile(own, id), sum = 0;

	if (i >= 0)
		return own->pile[i].rated_w;
	i = ledger_station(own, id);
	if (i >= 0)
		return own->station[i].limit_w;
	if (ledger_aggregator(own, id) < 0)
		return -1;
	for (size_t k = 0; k < own->n_piles; k++)
		sum += own->pile[k].rated_w;
	return sum;
}

bool registry_exports(const struct ledger *own, const char *id)
{
	int64_t pile = ledger_pile(own, id), station = ledger_station(own, id);

	if (pile >= 0)
		return own->pile[pile].kind == PILE_KIND_V2G;
	for (size_t k = 0; k < own->n_piles; k++)
		if (own->pile[k].kind == PILE_KIND_V2G && (station < 0 || own->pile[k].station == (uint32_t)station))
			return true;
	return false;
}

int registry_instant(struct call *c, int64_t at_ms)
{
	if (at_ms > c->w.now_ms + c->w.hub->sample_future_ms)
		return refuse_item(c, E_TIME_FUTURE, NULL, "at");
	if (at_ms < c->w.now_ms - c->w.hub->sample_past_ms)
		return refuse_item(c, E_TIME_ANCIENT, NULL, "at");
	return 0;
}
