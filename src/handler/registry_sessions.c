/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* ReportSessions: each session is checked alone, then the good ones beside each other and beside what is stored. */
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "handler/protect.h"
#include "handler/registry.h"
#include "handler/registry_common.h"
#include "store/ledger.h"
#include "store/session.h"

struct intake {
	struct call *c;
	const struct agg_report_sessions *m;
	const struct ledger *own;
	size_t n;
	bool *repeat, *good, *scheduled;
	int64_t *pile;                  /* index in own */
	struct session_personal *personal;      /* of the good ones that have any; id NULL: none */
};

/* -- one session */
static int check_time(struct call *c, const struct session *s, size_t no)
{
	int rc;

	if (s->departure.v <= s->arrival.v)
		return refuse_item(c, E_TIME_ORDER, NULL, "session[%zu]/departure", no);
	if (s->departure.v - s->arrival.v > REGISTRY_STAY_MAX_DAYS * (int64_t)MS_DAY)
		return refuse_item(c, E_RANGE, NULL, "session[%zu]/departure", no);
	rc = registry_time(&c->w, s->arrival.v, s->departure.v);
	if (rc < 0)
		return refuse_item(c, rc, NULL, "session[%zu]/%s", no, rc == E_TIME_FUTURE ? "arrival" : "departure");
	return 0;
}

static int check_energy(struct call *c, const struct session *s, size_t no)
{
	if (s->need_wh.v < 0)
		return refuse_item(c, E_NEGATIVE, NULL, "session[%zu]/needKwh", no);
	if (s->need_wh.v > REGISTRY_NEED_MAX_WH)
		return refuse_item(c, E_RANGE, NULL, "session[%zu]/needKwh", no);
	if (s->wish_wh.v != VALUE_NONE && s->wish_wh.v < 0)
		return refuse_item(c, E_NEGATIVE, NULL, "session[%zu]/wishKwh", no);
	return 0;
}

static int check_power(struct call *c, const struct session *s, int64_t rated_w, size_t no)
{
	if (s->max_w.v <= 0)
		return refuse_item(c, s->max_w.v < 0 ? E_NEGATIVE : E_RANGE, NULL, "session[%zu]/maxKw", no);
	if (s->max_w.v > rated_w)
		return refuse_item(c, E_ABOVE_RATING, NULL, "session[%zu]/maxKw", no);
	return 0;
}

static int check_alone(struct intake *in, size_t i)
{
	const struct session *s = &in->m->session[i];
	int rc;

	if (in->repeat[i])
		return refuse_item(in->c, E_DUPLICATE_ITEM, NULL, "session[%zu]/id", i + 1);
	if (in->scheduled[i])
		return refuse_item(in->c, E_TASK_CONFLICT, "it is scheduled already", "session[%zu]", i + 1);
	in->pile[i] = ledger_pile(in->own, s->pile_id);
	if (in->pile[i] < 0)
		return refuse_item(in->c, E_UNKNOWN_RESOURCE, NULL, "session[%zu]/pileId", i + 1);
	rc = check_time(in->c, s, i + 1);
	if (rc == 0)
		rc = check_energy(in->c, s, i + 1);
	if (rc == 0)
		rc = check_power(in->c, s, in->own->pile[in->pile[i]].rated_w, i + 1);
	return rc;
}

/* -- side by side. A stay takes its pile for all intervals it touches, first..last; those of a pile are gone through
 * in the order in which they begin. Stored ones overlap no other stored one, and of the message's those that stand
 * overlap none that stands, so it is enough to remember the last of either kind. One that a stored stay displaces
 * later on has done its refusing by then: both of two that overlap in a message may be refused, never a stored one. */
struct stay {
	uint32_t pile_no;
	int64_t first, last, arrival_ms;        /* intervals counted from the epoch of the grid */
	const char *id;
	size_t told;                    /* index in the message; stored: NONE */
};
static const size_t NONE = SIZE_MAX;

static int by_pile_and_begin(const void *a, const void *b)
{
	const struct stay *x = a, *y = b;

	if (x->pile_no != y->pile_no)
		return x->pile_no < y->pile_no ? -1 : 1;
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	if ((x->told == NONE) != (y->told == NONE))
		return x->told == NONE ? -1 : 1;
	if (x->arrival_ms != y->arrival_ms)
		return x->arrival_ms < y->arrival_ms ? -1 : 1;
	return strcmp(x->id, y->id);
}

static struct stay stay_of(const struct timegrid *grid, uint32_t pile_no, int64_t arrival_ms, int64_t departure_ms,
		const char *id)
{
	int64_t from = arrival_ms - grid->start_ms, to = departure_ms - 1 - grid->start_ms, step = grid->step_ms;

	return (struct stay){
		.pile_no = pile_no, .first = from / step - (from % step < 0), .last = to / step - (to % step < 0),
		.arrival_ms = arrival_ms, .id = id, .told = NONE
	};
}

static bool meet(const struct stay *a, const struct stay *b)
{
	return a != NULL && a->pile_no == b->pile_no && b->first <= a->last && strcmp(a->id, b->id) != 0;
}

static void refuse_stay(struct intake *in, const struct stay *s)
{
	if (in->good[s->told])
		refuse_item(in->c, E_OVERLAP, NULL, "session[%zu]", s->told + 1);
	in->good[s->told] = false;
}

static void sweep(struct intake *in, const struct stay *stay, size_t n)
{
	const struct stay *stored = NULL, *told = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct stay *s = &stay[i];

		if (s->told == NONE) {
			if (meet(told, s))
				refuse_stay(in, told);
			stored = s;
		} else if (meet(stored, s) || meet(told, s)) {
			refuse_stay(in, s);
		} else {
			told = s;
		}
	}
}

/* The time from the first arrival to the last departure of the good ones, an interval more on either side. False:
 * none. */
static bool span(const struct intake *in, int64_t step_ms, int64_t *from_ms, int64_t *to_ms)
{
	*from_ms = INT64_MAX;
	*to_ms = 0;
	for (size_t i = 0; i < in->n; i++) {
		const struct session *s = &in->m->session[i];

		if (in->good[i] && s->arrival.v - step_ms < *from_ms)
			*from_ms = s->arrival.v - step_ms;
		if (in->good[i] && s->departure.v + step_ms > *to_ms)
			*to_ms = s->departure.v + step_ms;
	}
	return *from_ms < *to_ms;
}

static int check_together(struct intake *in)
{
	struct call *c = in->c;
	struct timegrid grid = rules_grid(c->w.hub->rules, rules_day_of(c->w.hub->rules, c->w.now_ms));
	struct session_list list;
	struct stay *stay;
	int64_t from_ms, to_ms;
	size_t n = 0;
	int rc;

	if (!span(in, grid.step_ms, &from_ms, &to_ms))
		return 0;
	rc = session_load_of(c->w.arena, c->w.db, in->own->aggregator[0].no, from_ms, to_ms, &list);
	if (rc < 0)
		return rc;
	stay = ARENA_ARRAY(c->w.arena, in->n + list.n, struct stay);
	for (size_t i = 0; i < list.n; i++) {
		const struct session_row *s = &list.item[i];

		stay[n++] = stay_of(&grid, s->pile_no, s->arrival_ms, s->departure_ms, s->id);
	}
	for (size_t i = 0; i < in->n; i++) {
		const struct session *s = &in->m->session[i];

		if (!in->good[i])
			continue;
		stay[n] = stay_of(&grid, in->own->pile[in->pile[i]].no, s->arrival.v, s->departure.v, s->id);
		stay[n++].told = i;
	}
	qsort(stay, n, sizeof *stay, by_pile_and_begin);
	sweep(in, stay, n);
	return 0;
}

/* Only a message in which something is personal needs room for it. */
static int check_personal(struct intake *in, size_t i)
{
	struct session_personal personal = { NULL, { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };
	int rc = protect_session(in->c, &in->m->session[i], i, &personal);

	if (rc <= 0)
		return rc;
	if (in->personal == NULL)
		in->personal = ARENA_ARRAY(in->c->w.arena, in->n, struct session_personal);
	in->personal[i] = personal;
	return 0;
}

/* -- storing */
static int store_personal(const struct intake *in)
{
	struct session_personal *row;
	size_t n = 0;

	if (in->personal == NULL)
		return 0;
	row = ARENA_ARRAY(in->c->w.arena, in->n, struct session_personal);
	for (size_t i = 0; i < in->n; i++)
		if (in->good[i] && in->personal[i].id != NULL)
			row[n++] = in->personal[i];
	return session_put_personal(in->c->w.arena, in->c->w.db, in->own->aggregator[0].no, row, n);
}

static int store(const struct intake *in)
{
	struct call *c = in->c;
	struct session_row *row = ARENA_ARRAY(c->w.arena, in->n, struct session_row);
	size_t n = 0;
	int rc;

	for (size_t i = 0; i < in->n; i++) {
		const struct session *s = &in->m->session[i];

		if (in->good[i])
			row[n++] = (struct session_row){
				.aggregator_no = in->own->aggregator[0].no, .pile_no = in->own->pile[in->pile[i]].no,
				.id = s->id, .arrival_ms = s->arrival.v, .departure_ms = s->departure.v,
				.need_wh = s->need_wh.v, .max_w = s->max_w.v, .wish_wh = s->wish_wh.v,
				.wish_departure_ms = s->wish_departure.v, .seq = c->w.seq
			};
	}
	c->items_stored = (int64_t)n;
	rc = session_put(c->w.arena, c->w.db, row, n);
	return rc < 0 || n == 0 ? rc : store_personal(in);
}

int registry_report_sessions(struct call *c, const struct agg_report_sessions *m)
{
	struct arena *a = c->w.arena;
	struct intake in = { .c = c, .m = m, .n = (size_t)m->n_session };
	const char **id = ARENA_ARRAY(a, in.n, const char *);
	uint32_t no;
	int64_t revision;
	int rc = ledger_lock(c->w.db, c->principal, &no, &revision);    /* one report after the other */

	c->items_in = m->n_session;
	if (rc == 0 || rc == E_NOTHING)
		rc = ledger_of(a, c->w.ledger, c->w.db, c->principal, &in.own);
	if (rc < 0)
		return rc;
	in.repeat = ARENA_ARRAY(a, in.n, bool);
	in.scheduled = ARENA_ARRAY(a, in.n, bool);
	in.good = ARENA_ARRAY(a, in.n, bool);
	in.pile = ARENA_ARRAY(a, in.n, int64_t);
	for (size_t i = 0; i < in.n; i++)
		id[i] = m->session[i].id;
	registry_repeats(a, id, in.n, in.repeat);
	if (in.own->n_aggregators > 0)
		rc = session_scheduled(c->w.db, in.own->aggregator[0].no, id, in.n, in.scheduled);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < in.n && rc == 0; i++) {
		in.good[i] = check_alone(&in, i) == 0;
		rc = in.good[i] ? check_personal(&in, i) : 0;
		if (rc == E_UNPROTECTED) {
			in.good[i] = false;
			rc = 0;
		}
	}
	if (rc == 0)
		rc = check_together(&in);
	return rc < 0 ? rc : store(&in);
}
