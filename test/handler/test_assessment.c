/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A task to its end: what was asked and delivered, and what sessions got. Every figure is reckoned again here, from the schedule
 * and from what was put in as measured. */
#include <math.h>
#include "handler/settled_day.h"
#include "handler/assessment.h"
#include "store/assessment.h"
#include "store/task.h"

/* -- assessment */

/* Σ over an aggregator's piles, or of all (NULL), of what was put in for an interval. */
static int64_t measured_w(const char *aggregator, int t)
{
	int64_t sum = 0;

	for (int pile = 0; pile < MINI_PILES; pile++)
		if (aggregator == NULL || strcmp(mini_owner(pile), aggregator) == 0)
			sum += strcmp(mini_owner(pile), "agg-b") == 0 && t >= SETTLED_SILENT_FROM && t < SETTLED_SILENT_TO
				? 0
				: mini_follow_w(pile, t);
	return sum;
}

static int64_t split_w(const char *aggregator, int i)
{
	int64_t sum = 0;

	for (size_t k = 0; k < mini_schedule.n; k++) {
		const struct schedule_row *r = &mini_schedule.item[k];

		if (strcmp(r->aggregator_id, aggregator) == 0 && i >= r->first && i < r->first + r->n)
			sum += r->power_w[i - r->first];
	}
	return sum;
}

static bool is_silent(const char *aggregator, int i)
{
	return strcmp(aggregator, "agg-b") == 0 && MINI_FIRST + i >= SETTLED_SILENT_FROM && MINI_FIRST + i < SETTLED_SILENT_TO;
}

static void test_assessment(void **state)
{
	struct assessment_rows rows;
	int asked = 0, invalid = 0;

	(void)state;
	assert_int_equal(assessment_load(desk.arena, desk.db, "task-1", &rows), 0);
	assert_int_equal(rows.n, 2 * (MINI_SHAVE_END + MINI_FILL_END - MINI_FILL));
	for (size_t k = 0; k < rows.n; k++) {
		const struct assessment_row *r = &rows.item[k];
		int64_t base_w = strcmp(r->aggregator_id, "agg-a") == 0 ? 16000 : 10000;
		int sign = mini_window(r->no) == WINDOW_SHAVE ? -1 : 1;
		int64_t change_w = sign * (split_w(r->aggregator_id, r->no) - base_w);
		bool valid = !is_silent(r->aggregator_id, r->no);

		assert_int_equal(r->window, mini_window(r->no));
		assert_int_equal(r->asked_w, change_w > 0 ? change_w : 0);
		assert_int_equal(r->measured_w, measured_w(r->aggregator_id, MINI_FIRST + r->no));
		assert_int_equal(r->valid, valid);
		assert_int_equal(r->delivered_w, valid ? sign * (r->measured_w - base_w) : 0);
		asked += r->asked_w > 0;
		invalid += !valid;
	}
	assert_true(asked > 0);
	assert_int_equal(invalid, SETTLED_SILENT_TO - SETTLED_SILENT_FROM);
}

/* Whoever retires everything before the settlement is assessed and charged all the same. */
static void test_retired(void **state)
{
	const char *all = "SELECT CONCAT_WS(' ', a.aggregator_id, s.no, s.asked_w, s.measured_w, s.valid, s.delivered_w)"
			  " FROM assessment s JOIN aggregator a ON a.aggregator_no = s.aggregator_no ORDER BY"
			  " a.aggregator_id, s.no";
	struct party party = { arena_strdup(desk.arena, "agg-b"), arena_strdup(desk.arena, "n"),
		arena_strdup(desk.arena, "a"), NULL, NULL };
	struct agg_report_ledger none = { .header = &desk.header, .aggregator = &party };
	const char *before;
	struct call *c;

	settled_day(state);
	before = mini_rows(all);
	settled_played(state);
	c = mini_begin("agg-b", "06-11T11:59", 2);
	desk.header.message_id = "retiring";            /* what dispatch is told of it has its id from there */
	assert_items(desk_end(registry_report_ledger(c, &none)), 0, 0);
	assert_int_equal(mini_job(settlement_due, "06-11T12:01"), 1);
	assert_string_equal(mini_rows(all), before);
}

/* Σ measured / Σ mean from 15:00 to 17:00, within 0.8 … 1.2; the task was accepted by a baseline without it. */
static int64_t factor_ppm(const char *aggregator, int64_t mean_w)
{
	int64_t sum = 0, ppm;

	for (int t = 12; t < 20; t++)
		for (int pile = 0; pile < MINI_PILES; pile++)
			sum += strcmp(mini_owner(pile), aggregator) == 0 ? mini_before_w(pile, t) : 0;
	ppm = decimal_div((__int128)sum * 1000000, 8 * mean_w);
	return ppm < 800000 ? 800000 : ppm > 1200000 ? 1200000 : ppm;
}

static void test_factor(void **state)
{
	struct assessment_rows rows;
	int changed = 0;

	desk.rules.baseline.adjust_min_ppm = 800000;
	desk.rules.baseline.adjust_max_ppm = 1200000;
	settled_day(state);
	desk.rules.baseline.adjust_min_ppm = desk.rules.baseline.adjust_max_ppm = 1000000;
	assert_int_equal(assessment_load(desk.arena, desk.db, "task-1", &rows), 0);
	for (size_t k = 0; k < rows.n; k++) {
		const struct assessment_row *r = &rows.item[k];
		int64_t mean_w = strcmp(r->aggregator_id, "agg-a") == 0 ? 16000 : 10000;
		int64_t base_w = decimal_div((__int128)mean_w * factor_ppm(r->aggregator_id, mean_w), 1000000);
		int sign = mini_window(r->no) == WINDOW_SHAVE ? -1 : 1;
		int64_t asked_w = sign * (split_w(r->aggregator_id, r->no) - base_w);

		assert_int_equal(r->asked_w, asked_w > 0 ? asked_w : 0);
		assert_int_equal(r->delivered_w, r->valid ? sign * (r->measured_w - base_w) : 0);
		changed += base_w != mean_w;
	}
	assert_true(changed > 0);
	assert_string_equal(mini_rows("SELECT CONCAT_WS(' ', a.aggregator_id, b.factor_ppm) FROM baseline b JOIN"
				      " aggregator a ON a.aggregator_no = b.aggregator_no ORDER BY a.aggregator_id"),
		arena_printf(desk.arena, "agg-a %lld\nagg-b %lld\n", (long long)factor_ppm("agg-a", 16000),
			(long long)factor_ppm("agg-b", 10000)));
}

static void test_deviation(void **state)
{
	struct task_row task;
	double sum = 0, weights = 0;

	(void)state;
	assert_int_equal(task_find(desk.arena, desk.db, "task-1", &task), 0);
	for (int i = 0; i < MINI_POINTS; i++) {
		double diff = (double)(measured_w(NULL, MINI_FIRST + i) - task.point[i].target_w);

		if (is_silent("agg-b", i))
			continue;
		sum += (double)task.point[i].weight_ppm * diff * diff;
		weights += (double)task.point[i].weight_ppm;
	}
	assert_true(fabs(sqrt(sum / weights) - (double)task.measured_deviation_w) <= 1);
	assert_int_equal(task.state, TASK_STATE_SETTLED);
}

static void test_sessions(void **state)
{
	struct timegrid grid = mini_grid();
	struct session_list sessions;
	struct session_result *result;
	int outcomes[3] = { 0 };

	(void)state;
	assert_int_equal(session_load(desk.arena, desk.db, grid.start_ms, timegrid_begin(&grid, MINI_N), &sessions), 0);
	assert_int_equal(session_load_results(desk.arena, desk.db, &sessions, &result), 0);
	assert_int_equal(sessions.n, MINI_SESSIONS);
	for (int i = 0; i < MINI_SESSIONS; i++) {
		const struct mini_session *s = &mini_session[i];
		int64_t before_w = 0, all_w = 0;
		bool complete = true;
		struct ledger ledger;
		int64_t at;

		for (int t = 0; t < MINI_N; t++) {
			if (timegrid_overlap(&grid, t, desk_at(s->arrival), desk_at(s->departure)) == 0)
				continue;
			complete = complete && !is_silent(mini_owner(s->pile), t - MINI_FIRST) &&
				   !(s->pile == 5 && t == MINI_FIRST + 2);
			before_w += t < MINI_FIRST ? mini_before_w(s->pile, t) : 0;
			all_w += t < MINI_FIRST ? mini_before_w(s->pile, t) :
				 is_silent(mini_owner(s->pile), t - MINI_FIRST) ? 0 : mini_follow_w(s->pile, t);
		}
		assert_int_equal(ledger_load(desk.arena, desk.db, &ledger), 0);
		at = session_find(&sessions, ledger.aggregator[strcmp(mini_owner(s->pile), "agg-b") == 0].no, s->id);
		assert_true(at >= 0);
		assert_int_equal(result[at].before_wh, decimal_div(before_w, 4));
		assert_int_equal(result[at].delivered_wh, decimal_div(all_w, 4));
		assert_int_equal(result[at].outcome, !complete ? SESSION_UNKNOWN :
			result[at].delivered_wh * 100 >= s->need_wh * 99 ? SESSION_MET : SESSION_SHORT);
		outcomes[result[at].outcome]++;
	}
	assert_true(outcomes[SESSION_UNKNOWN] > 0 && outcomes[SESSION_MET] > 0 && outcomes[SESSION_SHORT] > 0);
}

/* -- queries */

static void test_query_assessment(void **state)
{
	struct assessment_rows rows;
	struct agg_query_assessment_response own = { 0 };
	struct dsp_query_assessment_response all = { 0 };
	struct call *c = mini_begin("dispatch", "06-11T12:02", 1);

	(void)state;
	assert_int_equal(assessment_load(desk.arena, desk.db, "task-1", &rows), 0);
	desk.header.business_date.v = MINI_DATE;
	assert_int_equal(desk_end(assessment_query_all(c, &(struct dsp_query_assessment){ .header = &desk.header }, &all)), 0);
	assert_int_equal(all.n_line, rows.n);
	for (int i = 0; i < all.n_line; i++) {
		assert_string_equal(all.line[i].aggregator_id, rows.item[i].aggregator_id);
		assert_int_equal(all.line[i].end.v, desk_at("06-10T18:15") + rows.item[i].no * 15 * (int64_t)MS_MINUTE);
		assert_int_equal(all.line[i].window, rows.item[i].window);
		assert_int_equal(all.line[i].asked_w.v, rows.item[i].asked_w);
		assert_int_equal(all.line[i].measured_w.v, rows.item[i].measured_w);
		assert_int_equal(all.line[i].valid, rows.item[i].valid);
		assert_int_equal(all.line[i].delivered_w.v, rows.item[i].delivered_w);
	}
	c = mini_begin("agg-b", "06-11T12:02", 1);
	desk.header.business_date.v = MINI_DATE;
	assert_int_equal(desk_end(assessment_query(c, &(struct agg_query_assessment){ &desk.header }, &own)), 0);
	assert_int_equal(own.n_line, rows.n / 2);
	for (int i = 0; i < own.n_line; i++) {
		assert_string_equal(own.line[i].aggregator_id, "agg-b");
		assert_int_equal(own.line[i].delivered_w.v, rows.item[rows.n / 2 + (size_t)i].delivered_w);
	}
	c = mini_begin("agg-x", "06-11T12:02", 1);
	desk.header.business_date.v = MINI_DATE;
	assert_refused(desk_end(assessment_query(c, &(struct agg_query_assessment){ &desk.header }, &own)), E_NOTHING,
		"header/businessDate");
	c = mini_begin("dispatch", "06-11T12:02", 1);
	assert_refused(desk_end(assessment_query_all(c, &(struct dsp_query_assessment){ .header = &desk.header }, &all)),
		E_NOTHING, "header/businessDate");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_assessment, settled_day),
		cmocka_unit_test_setup(test_deviation, settled_day),
		cmocka_unit_test_setup(test_sessions, settled_day),
		cmocka_unit_test_setup(test_query_assessment, settled_day),
		cmocka_unit_test(test_factor),
		cmocka_unit_test(test_retired),
	};

	return cmocka_run_group_tests_name("settlement", tests, mini_set_up, desk_tear_down);
}
