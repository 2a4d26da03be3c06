/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What the peers are told of a played day without asking: statements, the response, potential. */
#include "handler/peers.h"
#include "handler/mini_task.h"
#include "handler/potential_push.h"
#include "handler/settlement.h"

/* -- a settled day: statements and the response */

static int play_and_settle(void **state)
{
	mini_started(state);
	mini_follow();
	mini_put(7, MINI_FIRST + 2, 0, 0);                      /* agg-b is not heard in full in one shave interval */
	mini_put(8, MINI_FIRST + 2, 0, 0);
	mini_put(9, MINI_FIRST + 2, 0, 0);
	mini_put(10, MINI_FIRST + 2, 0, 0);
	assert_int_equal(mini_job(settlement_due, "06-11T12:01"), 1);
	return 0;
}

static int settled(void **state)
{
	peers_are("dispatch", "trading");
	return play_and_settle(state);
}

static int settled_alone(void **state)
{
	peers_are("", NULL);
	return play_and_settle(state);
}

static int64_t total_fen(const char *aggregator)
{
	int64_t fen = 0;

	assert_int_equal(db_query_int(desk.db, "SELECT CAST(SUM(amount_fen) AS SIGNED) FROM settlement_line l JOIN aggregator a ON"
		" a.aggregator_no = l.aggregator_no WHERE a.aggregator_id = ?", DB_ARGS(DB_TEXT(aggregator)), &fen), 0);
	return fen;
}

static const char *rule_set(void)
{
	return arena_printf(desk.arena, "%.14s", words_rows("SELECT rule_set FROM settlement"));
}

/* The statement of an account as the rows say it. */
static const char *statement(const char *aggregator)
{
	struct db_rows *rows = NULL;
	const char *out = arena_printf(desk.arena, "%s day 2026-06-10 rules %s revision 1 total %lld\n", aggregator, rule_set(),
		(long long)total_fen(aggregator));

	assert_int_equal(db_query(desk.db, "SELECT l.period_end_ms, CONCAT_WS(' ', l.window, l.item, l.asked_wh, l.delivered_wh,"
		" l.energy_wh, l.price_e5, l.amount_fen) FROM settlement_line l JOIN aggregator a ON a.aggregator_no ="
		" l.aggregator_no WHERE a.aggregator_id = ? ORDER BY l.period_end_ms, l.window, l.item",
		DB_ARGS(DB_TEXT(aggregator)), &rows), 0);
	assert_true(db_rows_count(rows) > 0);
	while (db_next(rows) > 0)
		out = arena_printf(desk.arena, "%s %s %s\n", out, words_time(db_int(rows, 0)), db_text(rows, 1));
	db_rows_done(rows);
	return out;
}

static const char *platform(void)
{
	return arena_printf(desk.arena, "platform day 2026-06-10 rules %s revision 1 total %lld\n", rule_set(),
		(long long)-(total_fen("agg-a") + total_fen("agg-b")));
}

static void statements_are_pushed(void **state)
{
	(void)state;
	assert_true(total_fen("agg-a") > 0);
	assert_true(total_fen("agg-a") != total_fen("agg-b"));
	assert_string_equal(words_pushed("SE-task-1", "dispatch", "PushSettlement"), arena_printf(desk.arena,
		"SE-task-1 of hub for - revision 1 day 2026-06-10\n%s%s%s", statement("agg-a"), statement("agg-b"), platform()));
	assert_int_equal(desk_count("SELECT items FROM outbox WHERE message_id = 'SE-task-1'"), 3);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox WHERE operation = 'PushSettlement'"), 1);
}

static int ask_settlement(const char *aggregator, int32_t date, const char **said)
{
	struct call *c = words_begin("dispatch", "06-11T13:00", 1);
	struct dsp_query_settlement m = { &desk.header, desk_text(aggregator) };
	struct dsp_query_settlement_response answer = { 0 };
	struct bytes out = BYTES_INIT;
	int rc;

	desk.header.business_date.v = date;
	rc = desk_end(settlement_query_dispatch(c, &m, &answer));
	for (int i = 0; rc == 0 && i < answer.n_statement; i++)
		words_statement(&out, &answer.statement[i]);
	*said = arena_strndup(desk.arena, out.p == NULL ? "" : out.p, out.n);
	bytes_done(&out);
	return rc;
}

static void dispatch_asks_for_statements(void **state)
{
	const char *said;

	(void)state;
	assert_int_equal(ask_settlement(NULL, MINI_DATE, &said), 0);
	assert_string_equal(said, arena_printf(desk.arena, "%s%s%s", statement("agg-a"), statement("agg-b"), platform()));
	assert_int_equal(ask_settlement("agg-b", MINI_DATE, &said), 0);
	assert_string_equal(said, statement("agg-b"));
	assert_refused(ask_settlement("nobody", MINI_DATE, &said), E_UNKNOWN_RESOURCE, "aggregatorId");
	assert_refused(ask_settlement("agg-a", MINI_DATE - 1, &said), E_NOTHING, "header/businessDate");
	assert_refused(ask_settlement("agg-a", DATE_NONE, &said), E_NOTHING, "header/businessDate");  /* today: 06-11 */
}

/* Sums of the assessment's rows, and of the baselines. */
static void response_is_reported(void **state)
{
	struct work w = { .arena = desk.arena, .db = desk.db, .hub = &desk.hub, .now_ms = desk_at("06-11T12:01"), .trace_id = "t",
		.seq = VALUE_NONE };
	struct forecast_baselines baselines;
	struct db_rows *rows = NULL;
	const char *want = "RR-task-1 of hub for - revision 1 day 2026-06-10\ntask-1 clearing-1 06-10T18:00 72 x 15 mean deviation\n";
	int n = 0, invalid = 0;

	(void)state;
	assert_int_equal(forecast_baseline_load(&w, MINI_DATE, &baselines), 0);
	assert_int_equal(db_query(desk.db, "SELECT no, MIN(window), CAST(SUM(asked_w) AS SIGNED), CAST(SUM(measured_w) AS SIGNED),"
		" CAST(SUM(delivered_w) AS SIGNED), MIN(valid) FROM assessment GROUP BY no ORDER BY no", DB_NO_ARGS, &rows), 0);
	for (; db_next(rows) > 0; n++) {
		int64_t no = db_int(rows, 0), delivered_w = db_int(rows, 4);

		invalid += db_int(rows, 5) == 0;
		want = arena_printf(desk.arena, "%s%lld %s %lld %lld %lld %lld %lld %lld %d\n", want, (long long)no + 1,
			words_time(desk_at("06-10T18:15") + no * 15 * MS_MINUTE), (long long)db_int(rows, 1), (long long)db_int(rows, 2),
			(long long)baselines.total_w[MINI_FIRST + no], (long long)db_int(rows, 3), (long long)delivered_w,
			(long long)decimal_div(delivered_w, 4), (int)db_int(rows, 5));
	}
	db_rows_done(rows);
	assert_int_equal(n, MINI_SHAVE_END + MINI_FILL_END - MINI_FILL);
	assert_int_equal(invalid, 1);
	assert_string_equal(words_pushed("RR-task-1", "trading", "ReportResponse"), want);
	assert_int_equal(desk_count("SELECT items FROM outbox WHERE message_id = 'RR-task-1'"), n);
}

static void nobody_to_tell(void **state)
{
	(void)state;
	assert_int_equal(desk_count("SELECT COUNT(*) FROM settlement"), 1);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox WHERE channel = 'push'"), 0);
	desk.hub.potential_push_ms = 15 * MS_MINUTE;
	assert_int_equal(mini_job(potential_push_due, "06-11T12:02"), 0);
	peers_are("dispatch", "trading");
	desk.hub.potential_push_ms = 0;
	assert_int_equal(mini_job(potential_push_due, "06-11T12:02"), 0);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox WHERE channel = 'push'"), 0);
}

/* -- PushPotential */

static int day_begun(void **state)
{
	(void)state;
	peers_are("dispatch", "trading");
	mini_day(false);
	desk.hub.potential_push_ms = 15 * MS_MINUTE;
	return 0;
}

static const char *curve(const int64_t *w, int n)
{
	const char *out = "";

	for (int i = 0; i < n; i++)
		out = arena_printf(desk.arena, "%s %lld", out, (long long)w[i]);
	return out;
}

static const char *potential_id(const char *begin)
{
	return arena_printf(desk.arena, "PP-%013lld", (long long)desk_at(begin));
}

static void potential_is_pushed_once_a_stretch(void **state)
{
	int64_t before = desk_count("SELECT COUNT(*) FROM potential");
	struct potential_told told;

	(void)state;
	assert_int_equal(mini_job(potential_push_due, "06-10T17:36"), 1);
	told = mini_told();
	assert_int_equal(told.told_ms, desk_at("06-10T17:36"));
	assert_string_equal(told.told_to, "dispatch");
	assert_string_equal(words_pushed(potential_id("06-10T17:30"), "dispatch", "PushPotential"), arena_printf(desk.arena,
		"%s of hub for - revision 1 day 2026-06-10\nhorizon 1 made 06-10T17:36 confidence - 06-10T12:00 96 x 15 mean\n"
		"*%s up%s down%s\n", potential_id("06-10T17:30"), curve(told.baseline_w, MINI_N), curve(told.up_w, MINI_N),
		curve(told.down_w, MINI_N)));
	assert_int_equal(mini_job(potential_push_due, "06-10T17:36"), 0);
	assert_int_equal(mini_job(potential_push_due, "06-10T17:44"), 0);
	assert_int_equal(mini_job(potential_push_due, "06-10T17:45"), 1);
	assert_int_equal(mini_job(potential_push_due, "06-10T18:31"), 1);        /* the two before are not made up for */
	assert_string_equal(words_rows("SELECT message_id FROM outbox WHERE operation = 'PushPotential' ORDER BY seq"),
		arena_printf(desk.arena, "%s\n%s\n%s\n", potential_id("06-10T17:30"), potential_id("06-10T17:45"),
			potential_id("06-10T18:30")));
	assert_int_equal(desk_count("SELECT COUNT(*) FROM potential"), before + 3);
}

static void no_potential_without_a_baseline(void **state)
{
	(void)state;
	desk.hub.potential_push_ms = 15 * MS_MINUTE;
	assert_int_equal(mini_job(potential_push_due, "06-10T17:36"), 1);
	assert_int_equal(mini_job(potential_push_due, "06-10T17:37"), 0);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 0);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM potential"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(statements_are_pushed, settled),
		cmocka_unit_test_setup(dispatch_asks_for_statements, settled),
		cmocka_unit_test_setup(response_is_reported, settled),
		cmocka_unit_test_setup(nobody_to_tell, settled_alone),
		cmocka_unit_test_setup(potential_is_pushed_once_a_stretch, day_begun),
		cmocka_unit_test_setup(no_potential_without_a_baseline, peers_fresh),
	};

	return cmocka_run_group_tests(tests, peers_open, desk_tear_down);
}
