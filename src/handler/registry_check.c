/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/registry_check.h"
#include <string.h>
#include "base/error.h"
#include "handler/registry.h"
#include "handler/registry_common.h"

enum { LONGITUDE_MAX_E7 = 1800000000, LATITUDE_MAX_E7 = 900000000 };

void registry_unfold(struct call *c, const struct agg_report_ledger *m, struct registry_intake *in)
{
	size_t k = 0;

	*in = (struct registry_intake){
		.m = m, .operator = m->pile_operator, .n_operators = (size_t)m->n_pile_operator,
		.n_stations = (size_t)m->n_station
	};
	for (size_t i = 0; i < in->n_stations; i++)
		in->n_piles += (size_t)m->station[i].n_pile;
	in->operator_good = ARENA_ARRAY(c->w.arena, in->n_operators, bool);
	in->station = ARENA_ARRAY(c->w.arena, in->n_stations, struct registry_station);
	in->pile = ARENA_ARRAY(c->w.arena, in->n_piles, struct registry_pile);
	for (size_t i = 0; i < in->n_stations; i++) {
		in->station[i].told = &m->station[i];
		for (int p = 0; p < m->station[i].n_pile; p++)
			in->pile[k++] = (struct registry_pile){
				.told = &m->station[i].pile[p], .station = i, .place = (size_t)p
			};
	}
}

/* -- ids that stand twice, in the message or in the ledger */
static void find_repeats(struct arena *a, struct registry_intake *in)
{
	size_t most = in->n_piles > in->n_stations ? in->n_piles : in->n_stations;
	const char **id = ARENA_ARRAY(a, most, const char *);
	bool *repeat = ARENA_ARRAY(a, most, bool);

	for (size_t i = 0; i < in->n_stations; i++)
		id[i] = in->station[i].told->id;
	registry_repeats(a, id, in->n_stations, repeat);
	for (size_t i = 0; i < in->n_stations; i++) {
		in->station[i].repeat = repeat[i];
		id[i] = in->station[i].told->meter_no;
	}
	registry_repeats(a, id, in->n_stations, repeat);
	for (size_t i = 0; i < in->n_stations; i++)
		in->station[i].meter_repeat = repeat[i];
	for (size_t i = 0; i < in->n_piles; i++)
		id[i] = in->pile[i].told->id;
	registry_repeats(a, id, in->n_piles, repeat);
	for (size_t i = 0; i < in->n_piles; i++)
		in->pile[i].repeat = repeat[i];
}

static void find_stored(struct registry_intake *in)
{
	for (size_t i = 0; i < in->n_stations; i++)
		in->station[i].stored = ledger_station(&in->own, in->station[i].told->id);
	for (size_t i = 0; i < in->n_piles; i++)
		in->pile[i].stored = ledger_pile(&in->own, in->pile[i].told->id);
}

/* Ids to be asked for, and where the answer goes. */
struct question { const char **id; bool **answer; size_t n; };

static struct question question_new(struct arena *a, size_t most)
{
	return (struct question){ ARENA_ARRAY(a, most, const char *), ARENA_ARRAY(a, most, bool *), 0 };
}

static void ask(struct question *q, const char *id, bool *answer)
{
	q->id[q->n] = id;
	q->answer[q->n++] = answer;
}

static int answer(struct call *c, enum ledger_key key, const struct question *q)
{
	bool *taken = ARENA_ARRAY(c->w.arena, q->n, bool);
	int rc = ledger_taken(c->w.db, key, q->id, q->n, taken);

	for (size_t i = 0; rc == 0 && i < q->n; i++)
		*q->answer[i] = taken[i];
	return rc;
}

static bool keeps_meter(const struct registry_intake *in, const struct registry_station *s)
{
	return s->stored >= 0 && strcmp(in->own.station[s->stored].meter_no, s->told->meter_no) == 0;
}

/* Only what is not the aggregator's own already can be another's. */
static int find_taken(struct call *c, struct registry_intake *in)
{
	struct question station = question_new(c->w.arena, in->n_stations);
	struct question meter = question_new(c->w.arena, in->n_stations);
	struct question pile = question_new(c->w.arena, in->n_piles);
	int rc;

	for (size_t i = 0; i < in->n_stations; i++) {
		struct registry_station *s = &in->station[i];

		if (s->stored < 0)
			ask(&station, s->told->id, &s->taken);
		if (!keeps_meter(in, s))
			ask(&meter, s->told->meter_no, &s->meter_taken);
	}
	for (size_t i = 0; i < in->n_piles; i++)
		if (in->pile[i].stored < 0)
			ask(&pile, in->pile[i].told->id, &in->pile[i].taken);
	rc = answer(c, LEDGER_STATION_ID, &station);
	if (rc == 0)
		rc = answer(c, LEDGER_METER_NO, &meter);
	if (rc == 0)
		rc = answer(c, LEDGER_PILE_ID, &pile);
	return rc;
}

/* -- single items */
static void check_operators(struct call *c, struct registry_intake *in)
{
	const char **id = ARENA_ARRAY(c->w.arena, in->n_operators, const char *);
	bool *repeat = ARENA_ARRAY(c->w.arena, in->n_operators, bool);

	for (size_t i = 0; i < in->n_operators; i++)
		id[i] = in->operator[i].id;
	registry_repeats(c->w.arena, id, in->n_operators, repeat);
	for (size_t i = 0; i < in->n_operators; i++) {
		in->operator_good[i] = !repeat[i];
		if (repeat[i])
			refuse_item(c, E_DUPLICATE_ITEM, NULL, "pileOperator[%zu]/id", i + 1);
	}
}

static bool is_operator(const struct registry_intake *in, const char *id)
{
	if (id == NULL || strcmp(id, in->m->aggregator->id) == 0)
		return true;
	for (size_t i = 0; i < in->n_operators; i++)
		if (strcmp(in->operator[i].id, id) == 0)
			return true;
	return false;
}

/* 0; E_NEGATIVE; E_RANGE for nothing or too much. */
static int check_power(int64_t power_w, int64_t most_w)
{
	return power_w < 0 ? E_NEGATIVE : power_w == 0 || power_w > most_w ? E_RANGE : 0;
}

static bool within(int64_t value, int64_t most)
{
	return value >= -most && value <= most;
}

static int check_position(struct call *c, const struct position *p, size_t no)
{
	if (p != NULL && !within(p->longitude.v, LONGITUDE_MAX_E7))
		return refuse_item(c, E_RANGE, NULL, "station[%zu]/position/longitude", no);
	if (p != NULL && !within(p->latitude.v, LATITUDE_MAX_E7))
		return refuse_item(c, E_RANGE, NULL, "station[%zu]/position/latitude", no);
	return 0;
}

static int check_station(struct call *c, const struct registry_intake *in, const struct registry_station *s, size_t no)
{
	int rc;

	if (s->repeat)
		return refuse_item(c, E_DUPLICATE_ITEM, NULL, "station[%zu]/id", no);
	if (s->taken)
		return refuse_item(c, E_RESOURCE_TAKEN, NULL, "station[%zu]/id", no);
	if (!is_operator(in, s->told->operator_id))
		return refuse_item(c, E_UNKNOWN_RESOURCE, NULL, "station[%zu]/operatorId", no);
	rc = check_position(c, s->told->position, no);
	if (rc < 0)
		return rc;
	rc = check_power(s->told->limit_w.v, REGISTRY_LIMIT_MAX_W);
	if (rc < 0)
		return refuse_item(c, rc, NULL, "station[%zu]/limitKw", no);
	if (s->meter_repeat)
		return refuse_item(c, E_DUPLICATE_ITEM, NULL, "station[%zu]/meterNo", no);
	if (s->meter_taken)
		return refuse_item(c, E_RESOURCE_TAKEN, NULL, "station[%zu]/meterNo", no);
	return 0;
}

static int check_pile(struct call *c, const struct registry_pile *p)
{
	size_t station = p->station + 1, no = p->place + 1;
	int rc;

	if (p->repeat)
		return refuse_item(c, E_DUPLICATE_ITEM, NULL, "station[%zu]/pile[%zu]/id", station, no);
	if (p->taken)
		return refuse_item(c, E_RESOURCE_TAKEN, NULL, "station[%zu]/pile[%zu]/id", station, no);
	rc = check_power(p->told->rated_w.v, REGISTRY_RATED_MAX_W);
	if (rc < 0)
		return refuse_item(c, rc, NULL, "station[%zu]/pile[%zu]/ratedKw", station, no);
	if (p->told->connectors.v < 1)
		return refuse_item(c, E_RANGE, NULL, "station[%zu]/pile[%zu]/connectors", station, no);
	return 0;
}

int registry_check(struct call *c, struct registry_intake *in)
{
	int rc;

	find_repeats(c->w.arena, in);
	find_stored(in);
	rc = find_taken(c, in);
	if (rc < 0)
		return rc;
	check_operators(c, in);
	for (size_t i = 0; i < in->n_stations; i++)
		in->station[i].good = check_station(c, in, &in->station[i], i + 1) == 0;
	for (size_t i = 0; i < in->n_piles; i++)
		in->pile[i].good = in->station[in->pile[i].station].good && check_pile(c, &in->pile[i]) == 0;
	return 0;
}
