/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* For the tests of delivery: what aggregators, dispatch and the scheduler do with a started task. */
#ifndef TEST_HANDLER_PARTIES_H
#define TEST_HANDLER_PARTIES_H
#include "handler/mini_task.h"
#include "handler/control.h"

static inline int64_t party_instant(const char *clock, int seconds)
{
	return desk_at(clock) + seconds * (int64_t)MS_SECOND;
}

/* Everything that is due at an instant, as the scheduler does it. */
static inline int party_pass(int64_t now_ms)
{
	static int (*const jobs[])(struct work *w) = { dispatch_start_due, control_expire_due, control_follow_due,
		dispatch_revise_due };
	int done = 0, rc;

	for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++)
		while ((rc = mini_job_at(jobs[i], now_ms)) != 0) {
			assert_true(rc > 0);
			done++;
		}
	return done;
}

static struct agg_fetch_control_response party_fetched;

static inline const struct control *party_fetch(const char *aggregator, int64_t now_ms)
{
	struct call *c = mini_begin(aggregator, "06-10T18:00", 1);

	c->w.now_ms = now_ms;
	memset(&party_fetched, 0, sizeof party_fetched);
	assert_int_equal(desk_end(control_fetch(c, &(struct agg_fetch_control){ .header = &desk.header,
		.wait_s = { COUNT_NONE } }, &party_fetched)), 0);
	return party_fetched.n_control > 0 ? &party_fetched.control[0] : NULL;
}

static inline int32_t party_rows(const struct control *control)
{
	int32_t n = 0;

	for (int i = 0; i < control->n_session; i++)
		n += control->session[i].power_w.n;
	return n;
}

static inline int party_answer(const char *aggregator, const char *id, enum decision decision, int32_t rows, int64_t now_ms)
{
	struct diagnostic reason = { .code = arena_strdup(desk.arena, "grid-fault") };
	struct agg_acknowledge_control m = { &desk.header, arena_strdup(desk.arena, id), decision, { rows },
		decision == DECISION_REFUSED, &reason };
	struct call *c = mini_begin(aggregator, "06-10T18:00", 1);

	c->w.now_ms = now_ms;
	return desk_end(control_acknowledge(c, &m));
}

/* Fetches, and answers what came; its id. */
static inline const char *party_take(const char *aggregator, enum decision decision, int64_t now_ms)
{
	const struct control *control = party_fetch(aggregator, now_ms);

	assert_non_null(control);
	assert_int_equal(party_fetched.n_control, 1);
	assert_int_equal(party_answer(aggregator, control->control_id, decision, party_rows(control), now_ms), 0);
	return control->control_id;
}

/* An aggregator refuses whatever it is given until its share goes back. */
static inline void party_refuse_all(const char *aggregator)
{
	party_take(aggregator, DECISION_REFUSED, party_instant("06-10T18:00", 10));
	party_pass(party_instant("06-10T18:00", 10));
	party_pass(party_instant("06-10T18:00", 40));
	party_take(aggregator, DECISION_REFUSED, party_instant("06-10T18:00", 40));
	party_pass(party_instant("06-10T18:00", 40));
	party_pass(party_instant("06-10T18:01", 10));
	party_take(aggregator, DECISION_REFUSED, party_instant("06-10T18:01", 10));
	party_pass(party_instant("06-10T18:01", 10));
}

static inline void party_frames(const char *clock)
{
	mini_frame("agg-a", desk_at(clock));
	mini_frame("agg-b", desk_at(clock));
}

static inline const char *party_controls(void)
{
	return mini_rows("SELECT CONCAT_WS(' ', c.control_id, c.first_no, o.state, c.concluded_ms IS NOT NULL, c.again_ms IS"
			 " NOT NULL) FROM control c JOIN outbox o ON o.message_id = c.control_id ORDER BY o.seq");
}

static inline int64_t party_power(const struct schedule_row *row, int point)
{
	return point >= row->first && point < row->first + row->n ? row->power_w[point - row->first] : 0;
}

/* Stays, caps, needs and sums of what an aggregator is newly told from a point on, from the figures put in. */
static inline void party_assert_kept(const struct schedule *schedule, const char *aggregator, int from)
{
	struct timegrid grid = mini_grid();
	int64_t station_w[MINI_STATIONS][MINI_POINTS] = { { 0 } };

	for (size_t i = 0; i < schedule->n; i++) {
		const struct schedule_row *row = &schedule->item[i];
		const struct mini_session *s = mini_session_of(row);
		int64_t sum_w = 0;

		if (strcmp(row->aggregator_id, aggregator) != 0)
			continue;
		for (int t = from; t < MINI_POINTS; t++) {
			int64_t share_ms = timegrid_overlap(&grid, MINI_FIRST + t, desk_at(s->arrival), desk_at(s->departure));
			int64_t w = party_power(row, t);

			assert_in_range(w, 0, s->max_w * share_ms / grid.step_ms + 1);
			station_w[mini_pile[s->pile].station][t] += w;
			sum_w += w;
		}
		assert_true(llabs(row->before_wh + decimal_div(sum_w, 4) - row->planned_wh) <= 1);
		assert_int_equal(row->planned_wh, row->reachable_wh);
		if (timegrid_begin(&grid, MINI_FIRST + from) < desk_at(s->departure) && strcmp(s->id, "s07") != 0)
			assert_int_equal(row->reachable_wh, row->before_wh > s->need_wh ? row->before_wh : s->need_wh);
	}
	for (int i = 0; i < MINI_STATIONS; i++)
		for (int t = from; t < MINI_POINTS; t++)
			assert_true(station_w[i][t] <= mini_station[i].limit_w);
}
#endif
