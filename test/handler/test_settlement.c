/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A task to its end: when it is settled, what is paid, and what is told of it. Every figure is reckoned again here from the
 * assessment. */
#include <math.h>
#include "handler/settled_day.h"
#include "handler/assessment.h"
#include "store/assessment.h"
#include "store/outbox.h"
#include "store/settlement.h"
#include "store/task.h"

/* -- the evening and the night */

static void submit(const struct dsp_submit_dispatch_task *m)
{
	assert_items(mini_submit(m, 1), m->n_point, m->n_point);
}

static const char *outcome(void)
{
	return arena_printf(desk.arena, "%s%s%s%s%s%s%s",
		mini_rows("SELECT CONCAT_WS(' ', task_id, state, measured_deviation_w) FROM task ORDER BY task_id"),
		mini_rows(
			"SELECT CONCAT_WS(' ', s.task_id, a.aggregator_id, s.no, s.window, s.asked_w,"
			" s.measured_w, s.valid,"
			" s.delivered_w) FROM assessment s JOIN aggregator a ON a.aggregator_no = s.aggregator_no"
			" ORDER BY s.task_id, a.aggregator_id, s.no"),
		mini_rows(
			"SELECT CONCAT_WS(' ', a.aggregator_id, s.session_id, r.before_wh, r.delivered_wh, r.outcome)"
			" FROM session_result r JOIN session s ON s.session_no = r.session_no"
			" JOIN aggregator a ON a.aggregator_no = s.aggregator_no ORDER BY a.aggregator_id,"
			" s.session_id"),
		mini_rows(
			"SELECT CONCAT_WS(' ', business_date, revision, task_id, rule_set, settled_ms) FROM settlement"
			" ORDER BY business_date, revision"),
		mini_rows(
			"SELECT CONCAT_WS(' ', l.revision, a.aggregator_id, l.period_end_ms, l.window, l.item,"
			" l.asked_wh,"
			" l.delivered_wh, l.energy_wh, l.price_e5, l.amount_fen) FROM settlement_line l JOIN"
			" aggregator a"
			" ON a.aggregator_no = l.aggregator_no ORDER BY l.revision, a.aggregator_id,"
			" l.period_end_ms, l.window,"
			" l.item"),
		mini_rows(
			"SELECT CONCAT_WS(' ', message_id, body) FROM outbox WHERE operation ="
			" 'PushTaskProgress' ORDER BY message_id"),
		mini_rows("SELECT CONCAT_WS(' ', name, due_key, state) FROM job ORDER BY name, due_key"));
}

/* -- when */

static void test_when(void **state)
{
	struct timegrid grid = mini_grid();
	int64_t end_ms = desk_at("06-11T12:00");
	uint32_t no_a;
	struct ledger ledger;

	(void)state;
	assert_int_equal(ledger_load(desk.arena, desk.db, &ledger), 0);
	no_a = ledger.aggregator[0].no;
	assert_int_equal(mini_job_at(settlement_due, end_ms), 0);
	assert_int_equal(mini_job_at(settlement_due, end_ms + desk.hub.settle_ms - 1), 0);
	assert_int_equal(telemetry_mark(desk.db, no_a, timegrid_begin(&grid, MINI_N - 1), VALUE_NONE), 0);
	assert_int_equal(mini_job_at(settlement_due, end_ms + desk.hub.settle_ms), 0);  /* an interval is still open */
	assert_int_equal(db_exec(desk.db, "UPDATE interval_state SET dirty = 0", DB_NO_ARGS), 0);
	assert_int_equal(mini_job_at(settlement_due, end_ms + desk.hub.settle_ms), 1);
	assert_int_equal(mini_job_at(settlement_due, end_ms + desk.hub.settle_ms), 0);  /* once */
}

/* -- money: rule S with 1.1, 0.5, 0.9, 1.1, in floating point and exact to the last digit all the same */

static int64_t away(double x)
{
	return (int64_t)(x < 0 ? ceil(x - 0.5 - 1e-9) : floor(x + 0.5 + 1e-9));
}

static void check_line(const struct settlement_entry *response, const struct settlement_entry *shortfall)
{
	double asked = (double)response->asked_wh,
	       delivered = response->delivered_wh > 0 ? (double)response->delivered_wh : 0;
	double over = delivered - 1.1 * asked > 0 ? delivered - 1.1 * asked : 0, missing;
	int64_t price = response->window == WINDOW_SHAVE ? MINI_SHAVE_E5 : MINI_FILL_E5;

	assert_int_equal(response->energy_wh, response->asked_wh == 0 ? 0 : away(delivered - over + 0.5 * over));
	assert_int_equal(response->amount_fen, away((double)(response->energy_wh * price) / 1e6));
	missing = 0.9 * asked - (double)response->energy_wh;
	assert_int_equal(shortfall->energy_wh, missing > 0 ? away(missing) : 0);
	assert_int_equal(shortfall->amount_fen, away(-1.1 * (double)(shortfall->energy_wh * price) / 1e6));
	assert_int_equal(response->price_e5, price);
	assert_int_equal(shortfall->price_e5, price);
	assert_int_equal(shortfall->asked_wh, response->asked_wh);
	assert_int_equal(shortfall->delivered_wh, response->delivered_wh);
	assert_int_equal(response->item, SETTLEMENT_ITEM_RESPONSE);
	assert_int_equal(shortfall->item, SETTLEMENT_ITEM_SHORTFALL);
	assert_int_equal(shortfall->window, response->window);
	assert_int_equal(shortfall->period_end_ms, response->period_end_ms);
}

static struct settlement_day load_day(void)
{
	struct settlement_day d = { 0 };
	struct call *c = mini_begin("test", "06-11T12:02", 1);

	assert_int_equal(desk_end(settlement_load(&c->w, MINI_DATE, &d)), 0);
	return d;
}

static void test_settlement(void **state)
{
	struct settlement_day d = load_day();
	struct assessment_rows rows;
	size_t periods = 2 + 6, entry = 0;

	(void)state;
	assert_int_equal(d.revision, 1);
	assert_string_equal(d.rule_set, "sichuan-2023-1");
	assert_string_equal(d.task_id, "task-1");
	assert_int_equal(d.n, 2 * periods * 2);
	assert_int_equal(assessment_load(desk.arena, desk.db, "task-1", &rows), 0);
	/* rows come by aggregator and time, four quarters a period; lines likewise, two a period */
	for (size_t k = 0; k < rows.n; k += 4, entry += 2) {
		const struct settlement_entry *e = &d.entry[entry];
		int64_t asked_w = 0, delivered_w = 0;

		for (size_t q = k; q < k + 4; q++) {
			asked_w += rows.item[q].asked_w;
			delivered_w += rows.item[q].delivered_w;
		}
		assert_string_equal(e->aggregator_id, rows.item[k].aggregator_id);
		assert_int_equal(e->window, rows.item[k].window);
		assert_int_equal(
			e->period_end_ms, desk_at("06-10T18:00") + (rows.item[k].no / 4 + 1) * (int64_t)MS_HOUR);
		assert_int_equal(e->asked_wh, decimal_div(asked_w, 4));
		assert_int_equal(e->delivered_wh, decimal_div(delivered_w, 4));
		check_line(e, e + 1);
	}
	assert_int_equal(entry, d.n);
}

static void test_progress(void **state)
{
	struct task_row task;

	(void)state;
	assert_int_equal(task_find(desk.arena, desk.db, "task-1", &task), 0);
	for (int i = 0; i < 2; i++) {
		enum task_state s = i == 0 ? TASK_STATE_ENDED : TASK_STATE_SETTLED;
		const char *id = i == 0 ? "TP-1-ended-task-1" : "TP-1-settled-task-1";
		struct outbox_message m;

		assert_int_equal(outbox_find(desk.arena, desk.db, id, &m), 0);
		assert_string_equal(m.body,
			arena_printf(desk.arena, "%s task-1 state=%d at=%lld planned=%lld least=%lld measured=%lld", id,
				(int)s, (long long)desk_at("06-11T12:01"), (long long)task.plan.planned_deviation_w,
				(long long)task.plan.least_deviation_w, (long long)task.measured_deviation_w));
	}
	assert_string_equal(
		mini_rows("SELECT message_id FROM outbox WHERE operation = 'PushTaskProgress' ORDER BY seq"),
		"TP-1-accepted-task-1\nTP-1-started-task-1\nTP-1-ended-task-1\nTP-1-settled-task-1\n");
}

static void test_undone(void **state)
{
	const char *before = outcome(), *first;
	struct call *c = mini_begin("scheduler", "06-11T12:01", 1);

	(void)state;
	c->w.seq = VALUE_NONE;
	assert_int_equal(settlement_due(&c->w), 1);
	first = outcome();
	db_rollback(desk.db);
	assert_string_equal(outcome(), before);
	assert_int_equal(mini_job(settlement_due, "06-11T12:01"), 1);
	assert_string_equal(outcome(), first);
	/* and measured anew from what is stored it is the same */
	c = mini_begin("test", "06-11T12:30", 1);
	assert_int_equal(desk_end(assessment_run(&c->w, "task-1")), 0);
	assert_string_equal(outcome(), first);
	c = mini_begin("test", "06-11T12:30", 1);
	assert_int_equal(desk_end(assessment_run(&c->w, "task-9")), E_UNKNOWN_TASK);
}

/* -- another rule set, without storing */

static void test_other_rules(void **state)
{
	struct settlement_day stored = load_day(), d;
	struct settings_error error;
	struct rules rules;
	struct call *c;
	const char *before = outcome();

	(void)state;
	assert_int_equal(rules_load(arena_printf(desk.arena, "%s/etc/rules/threshold-80-120.rules", mariadb_source()),
				 &rules, &error),
		0);
	c = mini_begin("test", "06-11T12:02", 1);
	assert_int_equal(desk_end(settlement_compute(&c->w, &rules, MINI_DATE, &d)), 0);
	assert_int_equal(d.revision, 0);
	assert_string_equal(d.rule_set, arena_printf(desk.arena, "%s-%s", rules.name, rules.version));
	assert_int_equal(d.n, stored.n);
	for (size_t i = 0; i < d.n; i++) {
		const struct settlement_entry *e = &d.entry[i];
		int64_t recognised = e->delivered_wh * 10 > e->asked_wh * 12 ? decimal_div(e->asked_wh * 12, 10)
									     : e->delivered_wh;

		assert_int_equal(e->asked_wh, stored.entry[i].asked_wh);
		assert_int_equal(e->delivered_wh, stored.entry[i].delivered_wh);
		if (e->item == SETTLEMENT_ITEM_SHORTFALL)
			continue;
		if (e->asked_wh == 0 || e->delivered_wh * 10 < e->asked_wh * 8)
			recognised = 0;
		assert_int_equal(e->energy_wh, recognised);
	}
	c = mini_begin("test", "06-11T12:02", 1);
	assert_int_equal(desk_end(settlement_compute(&c->w, &desk.rules, MINI_DATE, &d)), 0);
	for (size_t i = 0; i < d.n; i++)
		assert_int_equal(d.entry[i].amount_fen, stored.entry[i].amount_fen);
	assert_string_equal(outcome(), before);
	c = mini_begin("test", "06-11T12:02", 1);
	assert_int_equal(desk_end(settlement_compute(&c->w, &rules, MINI_DATE - 1, &d)), E_NOTHING);
	rules_done(&rules);
}

/* -- two tasks of one day are settled together */

static void test_two_tasks(void **state)
{
	struct dsp_submit_dispatch_task evening, night;
	struct settlement_day both;
	struct settlement_row row;

	(void)state;
	mini_day(false);
	evening = mini_task_part("task-1", MINI_CLEARED_SHAVE, MINI_CLEARED_FILL, 0, MINI_FILL);
	night = mini_task_part("task-2", MINI_CLEARED_SHAVE, MINI_CLEARED_FILL, MINI_FILL, MINI_POINTS);
	submit(&evening);
	submit(&night);
	assert_int_equal(mini_job(dispatch_start_due, "06-10T18:01"), 1);
	assert_int_equal(mini_job(dispatch_start_due, "06-10T18:01"), 0);
	settled_play();
	assert_int_equal(mini_job(dispatch_start_due, "06-11T00:01"), 1);
	assert_int_equal(mini_job(settlement_due, "06-11T00:30"), 0);
	assert_int_equal(mini_job(settlement_due, "06-11T12:01"), 1);
	assert_int_equal(mini_job(settlement_due, "06-11T12:01"), 1);
	assert_int_equal(mini_job(settlement_due, "06-11T12:01"), 0);
	assert_int_equal(settlement_find(desk.arena, desk.db, MINI_DATE, &row), 0);
	assert_int_equal(row.revision, 2);
	assert_string_equal(row.task_id, "task-2");
	both = load_day();
	assert_int_equal(both.n, 2 * (2 + 6) * 2);
	for (size_t i = 0; i < both.n; i += 2)
		check_line(&both.entry[i], &both.entry[i + 1]);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM settlement_line WHERE revision = 1"), 2 * 2 * 2);
}

/* -- a task that cannot go on does not stop the one behind it */

static void set_aside_is_over(void)
{
	assert_int_equal(db_exec(desk.db, "UPDATE parked SET next_try_us = 0", DB_NO_ARGS), 0);
}

static void test_parked(void **state)
{
	struct dsp_submit_dispatch_task evening, night;

	(void)state;
	mini_day(false);
	evening = mini_task_part("task-1", MINI_CLEARED_SHAVE, MINI_CLEARED_FILL, 0, MINI_FILL);
	night = mini_task_part("task-2", MINI_CLEARED_SHAVE, MINI_CLEARED_FILL, MINI_FILL, MINI_POINTS);
	submit(&evening);
	submit(&night);
	settled_play();
	assert_int_equal(db_exec(desk.db, "UPDATE task_point SET weight_ppm = -1 WHERE task_id = 'task-1'", DB_NO_ARGS), 0);
	assert_int_equal(mini_job(dispatch_start_due, "06-11T00:01"), 1);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM parked WHERE name = 'start-task' AND due_key = 'task-1' AND code = 'out-of-range'"
		" AND tries = 1 AND next_try_us = first_us + 60000000"), 1);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM event WHERE kind = 'task-parked' AND reference = 'task-1'"), 1);
	assert_int_equal(mini_job(dispatch_start_due, "06-11T00:01"), 1);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM task WHERE state = 2 AND task_id = 'task-2'"), 1);
	assert_int_equal(mini_job(dispatch_start_due, "06-11T00:01"), 0);
	/* what it did before it failed is undone */
	assert_int_equal(desk_count("SELECT COUNT(*) FROM schedule WHERE task_id = 'task-1'"), 0);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM job WHERE due_key = 'task-1'"), 0);
	/* tried again later: told once, then waits longer; mended, it starts and is set aside no more */
	set_aside_is_over();
	assert_int_equal(mini_job(dispatch_start_due, "06-11T00:02"), 1);
	assert_int_equal(desk_count("SELECT tries FROM parked"), 2);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM event WHERE kind = 'task-parked'"), 1);
	assert_int_equal(mini_job(dispatch_start_due, "06-11T00:02"), 0);
	assert_int_equal(db_exec(desk.db, "UPDATE task_point SET weight_ppm = 1000000 WHERE task_id = 'task-1'", DB_NO_ARGS), 0);
	set_aside_is_over();
	assert_int_equal(mini_job(dispatch_start_due, "06-11T00:03"), 1);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM parked"), 0);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM task WHERE state = 2"), 2);
	/* the same of settlement */
	assert_int_equal(db_exec(desk.db, "UPDATE schedule SET power_w = 'x' WHERE task_id = 'task-1' LIMIT 1", DB_NO_ARGS), 0);
	assert_int_equal(mini_job(settlement_due, "06-11T12:01"), 1);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM parked WHERE name = 'settle-task' AND due_key = 'task-1'"), 1);
	assert_int_equal(mini_job(settlement_due, "06-11T12:01"), 1);
	assert_int_equal(mini_job(settlement_due, "06-11T12:01"), 0);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM task WHERE state = 4 AND task_id = 'task-2'"), 1);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM task WHERE state = 2 AND task_id = 'task-1'"), 1);
}

/* A task without shave or fill: nothing to pay, and nothing to wait for. */
static void test_hold_only(void **state)
{
	struct dsp_submit_dispatch_task hold;
	struct agg_query_settlement_response own = { 0 };
	struct trd_query_settlement_response all = { 0 };
	struct call *c;

	(void)state;
	mini_day(false);
	hold = mini_task_part("task-1", 0, 0, MINI_FILL_END, MINI_POINTS);
	submit(&hold);
	assert_int_equal(mini_job(dispatch_start_due, "06-11T06:01"), 1);
	assert_int_equal(mini_job(settlement_due, "06-11T12:01"), 1);
	c = mini_begin("trading", "06-11T12:02", 1);
	desk.header.business_date.v = MINI_DATE;
	assert_int_equal(desk_end(settlement_query_all(c, &(struct trd_query_settlement){ &desk.header }, &all)), 0);
	assert_int_equal(all.n_statement, 1);
	assert_int_equal(all.statement[0].total_fen.v, 0);
	c = mini_begin("agg-a", "06-11T12:02", 1);
	desk.header.business_date.v = MINI_DATE;
	assert_refused(desk_end(settlement_query(c, &(struct agg_query_settlement){ &desk.header }, &own)), E_NOTHING,
		"header/businessDate");
}

/* -- queries */

static void test_query_settlement(void **state)
{
	struct settlement_day d = load_day();
	struct agg_query_settlement_response own = { 0 };
	struct trd_query_settlement_response all = { 0 };
	int64_t total[2] = { 0 };
	size_t entry = 0;
	struct call *c = mini_begin("trading", "06-11T12:02", 1);

	(void)state;
	desk.header.business_date.v = MINI_DATE;
	assert_int_equal(desk_end(settlement_query_all(c, &(struct trd_query_settlement){ &desk.header }, &all)), 0);
	assert_int_equal(all.n_statement, 3);
	for (int i = 0; i < 2; i++) {
		const struct statement_mwh *s = &all.statement[i];

		assert_string_equal(s->account, i == 0 ? "agg-a" : "agg-b");
		assert_string_equal(s->rule_set, "sichuan-2023-1");
		assert_int_equal(s->revision.v, 1);
		assert_int_equal(s->business_date.v, MINI_DATE);
		assert_int_equal(s->n_line, d.n / 2);
		for (int k = 0; k < s->n_line; k++, entry++) {
			assert_int_equal(s->line[k].amount_fen.v, d.entry[entry].amount_fen);
			assert_int_equal(s->line[k].end.v, d.entry[entry].period_end_ms);
			total[i] += s->line[k].amount_fen.v;
		}
		assert_int_equal(s->total_fen.v, total[i]);
	}
	assert_string_equal(all.statement[2].account, "platform");
	assert_int_equal(all.statement[2].n_line, 0);
	assert_int_equal(all.statement[2].total_fen.v, -total[0] - total[1]);
	assert_true(total[0] != 0 && total[1] != 0);

	c = mini_begin("agg-b", "06-11T11:59", 1);              /* within the day: no date needed */
	assert_int_equal(desk_end(settlement_query(c, &(struct agg_query_settlement){ &desk.header }, &own)), 0);
	assert_int_equal(own.n_statement, 1);
	assert_string_equal(own.statement[0].account, "agg-b");
	assert_int_equal(own.statement[0].n_line, d.n / 2);
	assert_int_equal(own.statement[0].total_fen.v, total[1]);
	for (int k = 0; k < own.statement[0].n_line; k++)
		assert_int_equal(own.statement[0].line[k].amount_fen.v, d.entry[d.n / 2 + (size_t)k].amount_fen);
	c = mini_begin("agg-x", "06-11T11:59", 1);
	assert_refused(desk_end(settlement_query(c, &(struct agg_query_settlement){ &desk.header }, &own)), E_NOTHING,
		"header/businessDate");
	c = mini_begin("agg-a", "06-11T12:02", 1);              /* the next day by now */
	assert_refused(desk_end(settlement_query(c, &(struct agg_query_settlement){ &desk.header }, &own)), E_NOTHING,
		"header/businessDate");
	c = mini_begin("trading", "06-11T12:02", 1);
	assert_refused(desk_end(settlement_query_all(c, &(struct trd_query_settlement){ &desk.header }, &all)),
		E_NOTHING, "header/businessDate");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_when, settled_played),
		cmocka_unit_test_setup(test_undone, settled_played),
		cmocka_unit_test_setup(test_settlement, settled_day),
		cmocka_unit_test_setup(test_progress, settled_day),
		cmocka_unit_test_setup(test_other_rules, settled_day),
		cmocka_unit_test_setup(test_query_settlement, settled_day),
		cmocka_unit_test(test_two_tasks),
		cmocka_unit_test(test_parked),
		cmocka_unit_test(test_hold_only),
	};

	return cmocka_run_group_tests_name("settlement", tests, mini_set_up, desk_tear_down);
}
