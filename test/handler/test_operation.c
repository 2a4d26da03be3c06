/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Operating state, plans and batteries: what is kept, what is refused and where, what stands for "now", and what is passed
 * on to dispatch. */
#include "handler/words.h"
#include "handler/battery.h"
#include "handler/operation.h"
#include "handler/plan.h"
#include "handler/registry.h"
#include "store/operating.h"
#include "store/plan.h"
#include "store/session.h"

enum { SAMPLE_PAST_MS = 2 * MS_HOUR, SAMPLE_FUTURE_MS = MS_MINUTE };

static uint32_t agg_a, agg_b;

static int set_up(void **state)
{
	(void)state;
	desk_open("sichuan-2023");
	desk.hub.dispatch_peer = "dispatch";
	desk.hub.sample_past_ms = SAMPLE_PAST_MS;
	desk.hub.sample_future_ms = SAMPLE_FUTURE_MS;
	agg_a = desk_aggregator("agg-a", 3, PILE_KIND_AC, 14000);       /* rated sum 21 kW */
	agg_b = desk_aggregator("agg-b", 2, PILE_KIND_V2G, 14000);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	desk_close();
	return 0;
}

static int fresh(void **state)
{
	static const char *const sql[] = { "DELETE FROM operation", "DELETE FROM plan", "DELETE FROM battery", "DELETE FROM frame",
		"DELETE FROM interval_state", "DELETE FROM session", "DELETE FROM outbox" };

	(void)state;
	for (size_t i = 0; i < sizeof sql / sizeof *sql; i++)
		assert_int_equal(db_exec_at(desk.db, sql[i], DB_NO_ARGS), 0);
	return 0;
}

static char *text(const char *s)
{
	return arena_strdup(desk.arena, s);
}

/* -- ReportOperation */

static struct resource_operation resource[8];
static struct agg_report_operation report;

static struct resource_operation resource_of(const char *id, int64_t power_w)
{
	return (struct resource_operation){ .resource_id = text(id), .state = RESOURCE_STATE_IN_SERVICE,
		.control = CONTROL_STATE_CONTROLLED, .location = CONTROL_LOCATION_REMOTE, .mode = CONTROL_MODE_AUTOMATIC,
		.charge_power_w = { power_w }, .up_capability_w = { 1000 }, .up_rate_w_min = { 500 }, .up_duration_min = { 30 },
		.down_capability_w = { 2000 }, .down_rate_w_min = { 600 }, .down_duration_min = { 45 },
		.least_w = { VALUE_NONE }, .most_w = { VALUE_NONE } };
}

static int tell(const char *who, const char *now, int32_t revision, const char *at, int n)
{
	struct call *c = words_begin(who, now, revision);

	report = (struct agg_report_operation){ &desk.header, { desk_at(at) }, report.polarity, n, resource };
	return desk_end(operation_report(c, &report));
}

static const char *operations(void)
{
	return words_rows("SELECT CONCAT_WS(' ', a.aggregator_id, resource_id, (at_ms - 1781020800000) DIV 60000, o.revision,"
		" (known_ms - 1781020800000) DIV 60000, service, control, location, mode, up_blocked, down_blocked, power_w, up_w,"
		" up_rate_w_min, up_minutes, down_w, down_rate_w_min, down_minutes, COALESCE(least_w, '-'), COALESCE(most_w, '-'))"
		" FROM operation o JOIN aggregator a ON a.aggregator_no = o.aggregator_no ORDER BY a.aggregator_id, resource_id, at_ms,"
		" o.revision");
}

/* 2026-06-10 00:00 +08:00 is minute 0 of operations() */
static void report_is_kept_as_told(void **state)
{
	(void)state;
	report.polarity = POLARITY_LOAD;
	resource[0] = resource_of("agg-a", 9000);
	resource[1] = resource_of("agg-a-s", 14000);
	resource[1].state = RESOURCE_STATE_STOPPED;
	resource[1].control = CONTROL_STATE_BYPASS;
	resource[1].location = CONTROL_LOCATION_LOCAL;
	resource[1].mode = CONTROL_MODE_MANUAL;
	resource[1].up_blocked = true;
	resource[1].least_w.v = 100;
	resource[1].most_w.v = 12000;
	resource[2] = resource_of("agg-a-1", 0);
	resource[2].down_blocked = true;
	assert_items(tell("agg-a", "06-10T12:02", 3, "06-10T12:01", 3), 3, 3);
	assert_int_equal(desk.call.diag.n, 0);
	assert_string_equal(operations(),
		"agg-a agg-a 721 3 722 0 2 1 1 0 0 9000 1000 500 30 2000 600 45 - -\n"
		"agg-a agg-a-1 721 3 722 0 2 1 1 0 1 0 1000 500 30 2000 600 45 - -\n"
		"agg-a agg-a-s 721 3 722 2 0 0 0 1 0 14000 1000 500 30 2000 600 45 100 12000\n");
	assert_int_equal(desk_count("SELECT COUNT(DISTINCT seq) FROM operation"), 1);
	assert_int_equal(desk_count("SELECT MAX(seq) FROM operation"), desk.seq);
}

static void generation_is_turned_round(void **state)
{
	(void)state;
	report.polarity = POLARITY_GEN;
	resource[0] = resource_of("agg-b-1", 7000);
	resource[0].least_w.v = -1000;
	resource[0].most_w.v = 5000;
	resource[1] = resource_of("agg-b-2", -3000);
	resource[1].least_w.v = 2000;
	resource[2] = resource_of("agg-b-s", 14000);
	assert_items(tell("agg-b", "06-10T12:01", 1, "06-10T12:01", 3), 3, 3);
	assert_string_equal(operations(),
		"agg-b agg-b-1 721 1 721 0 2 1 1 0 0 -7000 1000 500 30 2000 600 45 -5000 1000\n"
		"agg-b agg-b-2 721 1 721 0 2 1 1 0 0 3000 1000 500 30 2000 600 45 - -2000\n"
		"agg-b agg-b-s 721 1 721 0 2 1 1 0 0 -14000 1000 500 30 2000 600 45 - -\n");
	/* the signs are checked as they are meant: giving back is not for these */
	resource[0] = resource_of("agg-a-1", 3000);
	assert_items(tell("agg-a", "06-10T12:01", 1, "06-10T12:01", 1), 1, 0);
	assert_diag(0, E_NEGATIVE, "resource[1]/chargePowerKw");
	report.polarity = POLARITY_LOAD;
}

static void reports_refused_whole(void **state)
{
	const char *before;

	(void)state;
	resource[0] = resource_of("agg-a", 9000);
	assert_items(tell("agg-a", "06-10T12:00", 1, "06-10T12:01", 1), 1, 1);         /* just not ahead */
	assert_items(tell("agg-a", "06-10T14:00", 1, "06-10T12:00", 1), 1, 1);         /* just not too old */
	before = operations();
	assert_refused(tell("agg-a", "06-10T12:00", 2, "06-10T12:02", 1), E_TIME_FUTURE, "at");
	assert_refused(tell("agg-a", "06-10T14:01", 2, "06-10T12:00", 1), E_TIME_ANCIENT, "at");
	assert_string_equal(operations(), before);
}

static void resources_refused(void **state)
{
	(void)state;
	resource[0] = resource_of("nobody", 1);
	resource[1] = resource_of("agg-b-1", 1);
	resource[2] = resource_of("agg-a-1", 7000);
	resource[3] = resource_of("agg-a-1", 6000);
	resource[4] = resource_of("agg-a-2", -1);
	resource[5] = resource_of("agg-a-2", 7001);
	resource[6] = resource_of("agg-a-s", 14001);
	resource[7] = resource_of("agg-a", 21001);
	assert_items(tell("agg-a", "06-10T12:01", 1, "06-10T12:01", 8), 8, 1);
	assert_int_equal(desk.call.diag.n, 7);
	assert_diag(0, E_UNKNOWN_RESOURCE, "resource[1]/resourceId");
	assert_diag(1, E_UNKNOWN_RESOURCE, "resource[2]/resourceId");
	assert_diag(2, E_DUPLICATE_ITEM, "resource[4]/resourceId");
	assert_diag(3, E_NEGATIVE, "resource[5]/chargePowerKw");
	assert_diag(4, E_ABOVE_RATING, "resource[6]/chargePowerKw");
	assert_diag(5, E_ABOVE_RATING, "resource[7]/chargePowerKw");
	assert_diag(6, E_ABOVE_RATING, "resource[8]/chargePowerKw");
	/* another's resource: not a word more than of one that nobody has */
	assert_null(desk.call.diag.item[0].detail);
	assert_null(desk.call.diag.item[1].detail);
	assert_string_equal(words_rows("SELECT CONCAT_WS(' ', resource_id, power_w) FROM operation"), "agg-a-1 7000\n");
}

static void capabilities_and_limits_refused(void **state)
{
	(void)state;
	for (int i = 0; i < 6; i++)
		resource[i] = resource_of(i < 3 ? "agg-b-1" : "agg-b-2", 0);
	resource[0].up_capability_w.v = 14001;
	resource[1].down_capability_w.v = 14001;
	resource[2].least_w.v = 3001;
	resource[2].most_w.v = 3000;
	resource[3].up_capability_w.v = 14000;          /* from giving all to taking all */
	resource[3].least_w.v = resource[3].most_w.v = 3000;
	resource[4].charge_power_w.v = -7001;
	assert_items(tell("agg-b", "06-10T12:01", 1, "06-10T12:01", 1), 1, 0);
	assert_diag(0, E_ABOVE_RATING, "resource[1]/upCapabilityKw");
	resource[0] = resource[1];
	assert_items(tell("agg-b", "06-10T12:01", 1, "06-10T12:01", 1), 1, 0);
	assert_diag(0, E_ABOVE_RATING, "resource[1]/downCapabilityKw");
	resource[0] = resource[2];
	assert_items(tell("agg-b", "06-10T12:01", 1, "06-10T12:01", 1), 1, 0);
	assert_diag(0, E_RANGE, "resource[1]/leastKw");
	resource[0] = resource[4];
	assert_items(tell("agg-b", "06-10T12:01", 1, "06-10T12:01", 1), 1, 0);
	assert_diag(0, E_ABOVE_RATING, "resource[1]/chargePowerKw");
	assert_string_equal(operations(), "");
	resource[0] = resource[3];
	assert_items(tell("agg-b", "06-10T12:01", 1, "06-10T12:01", 1), 1, 1);
}

static void newest_revision_wins_and_all_are_kept(void **state)
{
	(void)state;
	resource[0] = resource_of("agg-a", 9000);
	resource[1] = resource_of("agg-a-s", 9000);
	assert_items(tell("agg-a", "06-10T12:01", 2, "06-10T12:01", 1), 1, 1);
	resource[0].charge_power_w.v = 8000;
	assert_items(tell("agg-a", "06-10T12:02", 2, "06-10T12:01", 2), 2, 1);          /* the same: refused, the other not */
	assert_diag(0, E_REVISION, "resource[1]");
	assert_string_equal(desk.call.diag.item[0].detail, "stored: 2");
	assert_items(tell("agg-a", "06-10T12:02", 1, "06-10T12:01", 1), 1, 0);          /* older */
	assert_diag(0, E_REVISION, "resource[1]");
	assert_items(tell("agg-a", "06-10T12:03", 10, "06-10T12:01", 1), 1, 1);         /* newer */
	assert_items(tell("agg-a", "06-10T12:03", 1, "06-10T12:02", 1), 1, 1);          /* of another instant: from 1 again */
	assert_string_equal(words_rows("SELECT CONCAT_WS(' ', (at_ms - 1781020800000) DIV 60000, revision, power_w) FROM operation"
		" WHERE resource_id = 'agg-a' ORDER BY at_ms, revision"), "721 2 9000\n721 10 8000\n722 1 8000\n");
}

static void report_without_a_ledger(void **state)
{
	(void)state;
	resource[0] = resource_of("agg-a", 1);
	assert_items(tell("agg-c", "06-10T12:01", 1, "06-10T12:01", 1), 1, 0);
	assert_diag(0, E_UNKNOWN_RESOURCE, "resource[1]/resourceId");
	assert_string_equal(operations(), "");
}

/* -- QueryOperation */

static int ask(const char *now, const char *aggregator, const char *id, const char **values)
{
	struct call *c = words_begin("dispatch", now, 1);
	struct dsp_query_operation m = { &desk.header, aggregator == NULL ? NULL : text(aggregator), id == NULL ? NULL : text(id) };
	struct dsp_query_operation_response answer = { 0 };
	int rc;

	c->received_us = 900000;
	rc = desk_end(operation_query(c, &m, &answer));
	*values = "";
	for (int i = 0; rc == 0 && i < answer.n_value; i++) {
		const struct operation_value *v = &answer.value[i];

		*values = arena_printf(desk.arena, "%s%s %s %s %s %s/%s %s known %s up %s down %s\n", *values, v->resource_id,
			words_time(v->at.v), words_value(v->power_w.v), words_count(v->quality.v), words_count(v->heard.v),
			words_count(v->members.v), v->said_by, words_value(v->known_at.v), words_value(v->up_capability_w.v),
			words_value(v->down_capability_w.v));
	}
	if (rc == 0)
		assert_int_equal(*answer.polarity, POLARITY_LOAD);
	return rc;
}

static const char *asked(const char *now, const char *aggregator, const char *id)
{
	const char *values;

	assert_string_equal(error_code(ask(now, aggregator, id, &values)), "ok");
	return values;
}

static void now_is_the_latest_frame(void **state)
{
	(void)state;
	words_frame("agg-a", "06-10T12:01", "06-10T12:01", 3, 3000, 100);
	words_frame("agg-b", "06-10T12:01", "06-10T12:01", 2, -2000, 110);
	words_frame("agg-a", "06-10T12:02", "06-10T12:02", 2, 1500, 220);
	assert_string_equal(asked("06-10T12:02", NULL, NULL),
		"* 06-10T12:01 -1000 64 4/5 hub known 110 up - down -\n"
		"agg-a 06-10T12:02 3000 64 2/3 agg-a known 220 up - down -\n"
		"agg-b 06-10T12:01 -4000 0 2/2 agg-b known 110 up - down -\n"
		"agg-a-s 06-10T12:02 3000 64 2/3 agg-a known 220 up - down -\n"
		"agg-b-s 06-10T12:01 -4000 0 2/2 agg-b known 110 up - down -\n");
	/* one that comes late does not change it */
	words_frame("agg-b", "06-10T12:02", "06-10T12:00", 2, 7000, 330);
	assert_string_equal(asked("06-10T12:02", "agg-b", NULL),
		"agg-b 06-10T12:01 -4000 0 2/2 agg-b known 110 up - down -\n"
		"agg-b-s 06-10T12:01 -4000 0 2/2 agg-b known 110 up - down -\n");
	assert_string_equal(asked("06-10T12:02", NULL, "agg-a-s"), "agg-a-s 06-10T12:02 3000 64 2/3 agg-a known 220 up - down -\n");
	assert_string_equal(asked("06-10T12:02", NULL, "*"), "* 06-10T12:01 -1000 64 4/5 hub known 110 up - down -\n");
}

static void an_hour_without_a_frame_is_silence(void **state)
{
	(void)state;
	words_frame("agg-b", "06-10T12:01", "06-10T12:01", 2, 500, 110);
	assert_string_equal(asked("06-10T13:00", NULL, "agg-b"), "agg-b 06-10T12:01 1000 0 2/2 agg-b known 110 up - down -\n");
	assert_string_equal(asked("06-10T13:01", NULL, "agg-b"), "agg-b 06-10T13:01 0 64 0/2 agg-b known 900 up - down -\n");
}

static void piles_out_of_service_do_not_count(void **state)
{
	(void)state;
	words_frame("agg-a", "06-10T12:01", "06-10T12:01", 3, 1000, 100);
	assert_int_equal(db_exec(desk.db, "UPDATE pile SET state = 2 WHERE pile_id = 'agg-a-3'", DB_NO_ARGS), 0);
	assert_string_equal(asked("06-10T12:02", NULL, "agg-a"), "agg-a 06-10T12:01 2000 0 2/2 agg-a known 100 up - down -\n");
	assert_int_equal(db_exec(desk.db, "UPDATE pile SET state = 0 WHERE pile_id = 'agg-a-3'", DB_NO_ARGS), 0);
}

static void capability_is_the_latest_reported(void **state)
{
	(void)state;
	resource[0] = resource_of("agg-a-s", 9000);
	resource[1] = resource_of("agg-a-1", 5000);             /* a pile shows nowhere */
	resource[1].up_capability_w.v = 77;
	assert_items(tell("agg-a", "06-10T12:01", 1, "06-10T12:01", 2), 2, 2);
	assert_string_equal(asked("06-10T12:02", "agg-a", NULL),
		"agg-a 06-10T12:02 0 64 0/3 agg-a known 900 up - down -\n"
		"agg-a-s 06-10T12:02 0 64 0/3 agg-a known 900 up 1000 down 2000\n");
	/* late ones change nothing, newer revisions and later instants do */
	resource[0].up_capability_w.v = 50;
	assert_items(tell("agg-a", "06-10T12:02", 9, "06-10T12:00", 1), 1, 1);
	assert_string_equal(asked("06-10T12:02", NULL, "agg-a-s"), "agg-a-s 06-10T12:02 0 64 0/3 agg-a known 900 up 1000 down 2000\n");
	resource[0].up_capability_w.v = 60;
	assert_items(tell("agg-a", "06-10T12:02", 2, "06-10T12:01", 1), 1, 1);
	assert_string_equal(asked("06-10T12:02", NULL, "agg-a-s"), "agg-a-s 06-10T12:02 0 64 0/3 agg-a known 900 up 60 down 2000\n");
	resource[0].up_capability_w.v = 0;
	assert_items(tell("agg-a", "06-10T12:02", 1, "06-10T12:02", 1), 1, 1);
	assert_string_equal(asked("06-10T13:02", NULL, "agg-a-s"), "agg-a-s 06-10T13:02 0 64 0/3 agg-a known 900 up 0 down 2000\n");
	assert_string_equal(asked("06-10T13:03", NULL, "agg-a-s"), "agg-a-s 06-10T13:03 0 64 0/3 agg-a known 900 up - down -\n");
}

/* A station may be called like another's aggregator: what is said of it is not said of that one. */
static void a_station_named_like_an_aggregator(void **state)
{
	(void)state;
	assert_int_equal(db_exec(desk.db, "UPDATE station SET station_id = 'agg-a' WHERE station_id = 'agg-b-s'", DB_NO_ARGS), 0);
	resource[0] = resource_of("agg-a", 1000);
	assert_items(tell("agg-b", "06-10T12:01", 1, "06-10T12:01", 1), 1, 1);
	assert_string_equal(asked("06-10T12:01", NULL, "agg-a"),
		"agg-a 06-10T12:01 0 64 0/3 agg-a known 900 up - down -\n"
		"agg-a 06-10T12:01 0 64 0/2 agg-b known 900 up 1000 down 2000\n");
	assert_int_equal(db_exec(desk.db, "UPDATE station SET station_id = 'agg-b-s' WHERE station_id = 'agg-a'", DB_NO_ARGS), 0);
}

static void what_is_not_there_cannot_be_asked(void **state)
{
	static const struct { const char *aggregator, *id, *path; } wrong[] = {
		{ "nobody", NULL, "aggregatorId" }, { "agg-a-s", NULL, "aggregatorId" }, { NULL, "nobody", "resourceId" },
		{ NULL, "agg-a-1", "resourceId" }, { "agg-a", "agg-b-s", "resourceId" }, { "agg-a", "*", "resourceId" },
	};
	const char *values;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_refused(ask("06-10T12:02", wrong[i].aggregator, wrong[i].id, &values), E_UNKNOWN_RESOURCE, wrong[i].path);
}

/* -- ReportPlan */

static struct plan plan[8];
static struct grid grid[8];
static struct watt watts[8][REGISTRY_POINTS_MAX + 1];
static enum plan_horizon horizon;

static void reset_plan(int i, const char *id, const char *start, int count, int64_t first_w)
{
	grid[i] = (struct grid){ { desk_at(start) }, { 15 }, { count }, CURVE_VALUE_MEAN, CURVE_REFERENCE_ABSOLUTE, POLARITY_LOAD };
	for (int t = 0; t < count; t++)
		watts[i][t].v = first_w + t;
	plan[i] = (struct plan){ text(id), &grid[i], { count, watts[i] } };
}

static int schedule(const char *who, const char *now, int32_t revision, int n)
{
	struct call *c = words_begin(who, now, revision);
	struct agg_report_plan m = { &desk.header, horizon, n, plan };

	return desk_end(plan_report(c, &m));
}

static const char *plans(void)
{
	return words_rows("SELECT CONCAT_WS(' ', a.aggregator_id, resource_id, horizon, (start_ms - 1781020800000) DIV 60000,"
		" p.revision, (known_ms - 1781020800000) DIV 60000, step_min, n, HEX(power_w)) FROM plan p JOIN aggregator a"
		" ON a.aggregator_no = p.aggregator_no ORDER BY a.aggregator_id, resource_id, horizon, start_ms, p.revision");
}

static void plans_are_kept_and_passed_on(void **state)
{
	char id[64];

	(void)state;
	horizon = PLAN_HORIZON_DAY_AHEAD;
	reset_plan(0, "agg-a-s", "06-11T12:00", 2, 14000 - 1);
	reset_plan(1, "agg-a", "06-11T12:00", 2, 256);
	reset_plan(2, "agg-a-1", "06-11T12:15", 2, 0);
	assert_items(schedule("agg-a", "06-10T12:30", 4, 3), 3, 3);
	assert_int_equal(desk.call.diag.n, 0);
	assert_string_equal(plans(),
		"agg-a agg-a 0 2160 4 750 15 2 0001000001010000\n"
		"agg-a agg-a-1 0 2175 4 750 15 2 0000000001000000\n"
		"agg-a agg-a-s 0 2160 4 750 15 2 AF360000B0360000\n");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 2);
	snprintf(id, sizeof id, "PL-agg-a/m%lld-1", (long long)desk.seq);
	assert_string_equal(words_pushed(id, "dispatch", "PushPlan"), arena_printf(desk.arena,
		"%s of hub for - revision 1 day 2026-06-11\nhorizon 0 made 06-10T12:30 06-11T12:00 2 x 15 mean\n"
		"agg-a 256 257\nagg-a-s 13999 14000\n", id));
	snprintf(id, sizeof id, "PL-agg-a/m%lld-2", (long long)desk.seq);
	assert_string_equal(words_pushed(id, "dispatch", "PushPlan"), arena_printf(desk.arena,
		"%s of hub for - revision 1 day 2026-06-11\nhorizon 0 made 06-10T12:30 06-11T12:15 2 x 15 mean\nagg-a-1 0 1\n", id));
	assert_int_equal(desk_count("SELECT MIN(caused_by_seq) FROM outbox"), desk.seq);
	assert_int_equal(desk_count("SELECT SUM(items) FROM outbox"), 3);
}

static void generation_of_a_plan_is_turned_round(void **state)
{
	(void)state;
	horizon = PLAN_HORIZON_REAL_TIME;
	reset_plan(0, "agg-b", "06-10T12:45", 2, 7000);
	grid[0].polarity = POLARITY_GEN;
	assert_items(schedule("agg-b", "06-10T12:30", 1, 1), 1, 1);
	assert_string_equal(plans(), "agg-b agg-b 1 765 1 750 15 2 A8E4FFFFA7E4FFFF\n");
	assert_string_equal(words_pushed(arena_printf(desk.arena, "PL-agg-b/m%lld-1", (long long)desk.seq), "dispatch", "PushPlan"),
		arena_printf(desk.arena, "PL-agg-b/m%lld-1 of hub for - revision 1 day 2026-06-10\n"
			"horizon 1 made 06-10T12:30 06-10T12:45 2 x 15 mean\nagg-b -7000 -7001\n", (long long)desk.seq));
}

static void nothing_is_passed_on_without_a_peer(void **state)
{
	(void)state;
	horizon = PLAN_HORIZON_DAY_AHEAD;
	reset_plan(0, "agg-a", "06-11T12:00", 2, 0);
	desk.hub.dispatch_peer = "";
	assert_items(schedule("agg-a", "06-10T12:30", 1, 1), 1, 1);
	desk.hub.dispatch_peer = "dispatch";
	assert_int_equal(desk_count("SELECT COUNT(*) FROM plan"), 1);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 0);
}

static void plans_refused_whole(void **state)
{
	(void)state;
	horizon = PLAN_HORIZON_DAY_AHEAD;
	reset_plan(0, "agg-a", "06-11T12:00", 2, 0);
	reset_plan(1, "agg-a-s", "06-11T12:00", 2, 0);
	plan[1].power_w.n = 1;
	assert_refused(schedule("agg-a", "06-10T12:30", 1, 2), E_CURVE_LENGTH, "plan[2]/powerKw");
	grid[1].count.v = 0;
	assert_refused(schedule("agg-a", "06-10T12:30", 1, 2), E_CURVE_LENGTH, "plan[2]/grid/count");
	reset_plan(1, "agg-a-s", "06-11T12:00", REGISTRY_POINTS_MAX + 1, 0);
	assert_refused(schedule("agg-a", "06-10T12:30", 1, 2), E_CURVE_LENGTH, "plan[2]/grid/count");
	assert_string_equal(plans(), "");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 0);
	reset_plan(1, "agg-a-s", "06-11T12:00", REGISTRY_POINTS_MAX, 0);
	assert_items(schedule("agg-a", "06-10T12:30", 1, 2), 2, 2);
}

/* Eight plans at a time: [0] is good. */
static void plans_refused(void **state)
{
	(void)state;
	horizon = PLAN_HORIZON_DAY_AHEAD;
	for (int i = 0; i < 8; i++)
		reset_plan(i, i == 1 ? "nobody" : i == 2 ? "agg-b" : "agg-a", "06-11T12:00", 2, 0);
	reset_plan(4, "agg-a-s", "06-11T12:01", 2, 0);
	reset_plan(5, "agg-a-s", "06-11T12:15", 2, 0);
	grid[5].reference = CURVE_REFERENCE_DEVIATION;
	reset_plan(6, "agg-a-s", "06-11T12:30", 2, 13999 + 1);
	reset_plan(7, "agg-a-1", "06-11T12:30", 2, -1);
	assert_items(schedule("agg-a", "06-10T12:30", 1, 8), 8, 1);
	assert_int_equal(desk.call.diag.n, 7);
	assert_diag(0, E_UNKNOWN_RESOURCE, "plan[2]/resourceId");
	assert_diag(1, E_UNKNOWN_RESOURCE, "plan[3]/resourceId");
	assert_null(desk.call.diag.item[0].detail);
	assert_null(desk.call.diag.item[1].detail);
	assert_diag(2, E_DUPLICATE_ITEM, "plan[4]");
	assert_diag(3, E_TIME_GRID, "plan[5]/grid/start");
	assert_diag(4, E_RANGE, "plan[6]/grid");
	assert_diag(5, E_ABOVE_RATING, "plan[7]/powerKw[2]");
	assert_diag(6, E_NEGATIVE, "plan[8]/powerKw[1]");
	assert_string_equal(plans(), "agg-a agg-a 0 2160 1 750 15 2 0000000001000000\n");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 1);
}

static void grids_refused(void **state)
{
	static const int steps[] = { 0, -15, 7, 2880 };

	(void)state;
	horizon = PLAN_HORIZON_DAY_AHEAD;
	reset_plan(0, "agg-a", "06-11T12:00", 2, 0);
	grid[0].value = CURVE_VALUE_INSTANT;
	assert_items(schedule("agg-a", "06-10T12:30", 1, 1), 1, 0);
	assert_diag(0, E_RANGE, "plan[1]/grid");
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		reset_plan(0, "agg-a", "06-11T12:00", 2, 0);
		grid[0].step_min.v = steps[i];
		assert_items(schedule("agg-a", "06-10T12:30", 1, 1), 1, 0);
		assert_diag(0, E_TIME_GRID, "plan[1]/grid/stepMin");
	}
	reset_plan(0, "agg-a", "07-20T12:45", 2, 0);
	assert_items(schedule("agg-a", "06-10T12:30", 1, 1), 1, 0);
	assert_diag(0, E_TIME_FUTURE, "plan[1]/grid/start");
	grid[0].start.v = desk_at("06-10T12:00") - 401 * (int64_t)MS_DAY;
	assert_items(schedule("agg-a", "06-10T12:30", 1, 1), 1, 0);
	assert_diag(0, E_TIME_ANCIENT, "plan[1]/grid/start");
	assert_string_equal(plans(), "");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 0);
	/* the next hours: no more than four of them */
	horizon = PLAN_HORIZON_REAL_TIME;
	reset_plan(0, "agg-a", "06-10T12:45", 17, 0);
	assert_items(schedule("agg-a", "06-10T12:30", 1, 1), 1, 0);
	assert_diag(0, E_RANGE, "plan[1]/grid/count");
	reset_plan(0, "agg-a", "06-10T12:45", 16, 0);
	assert_items(schedule("agg-a", "06-10T12:30", 1, 1), 1, 1);
	/* steps of 5 minutes have starts of their own */
	reset_plan(0, "agg-a", "06-10T12:50", 12, 0);
	grid[0].step_min.v = 5;
	assert_items(schedule("agg-a", "06-10T12:30", 1, 1), 1, 1);
}

static void plan_revisions_are_kept(void **state)
{
	struct plan_rows rows;

	(void)state;
	horizon = PLAN_HORIZON_DAY_AHEAD;
	reset_plan(0, "agg-a", "06-11T12:00", 2, 100);
	assert_items(schedule("agg-a", "06-10T12:30", 2, 1), 1, 1);
	reset_plan(0, "agg-a", "06-11T12:00", 2, 200);
	assert_items(schedule("agg-a", "06-10T12:31", 2, 1), 1, 0);
	assert_diag(0, E_REVISION, "plan[1]");
	assert_string_equal(desk.call.diag.item[0].detail, "stored: 2");
	assert_items(schedule("agg-a", "06-10T12:31", 1, 1), 1, 0);
	assert_diag(0, E_REVISION, "plan[1]");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 1);
	assert_items(schedule("agg-a", "06-10T12:32", 10, 1), 1, 1);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 2);
	horizon = PLAN_HORIZON_REAL_TIME;                       /* another matter */
	assert_items(schedule("agg-a", "06-10T12:33", 1, 1), 1, 1);
	assert_string_equal(plans(),
		"agg-a agg-a 0 2160 2 750 15 2 6400000065000000\n"
		"agg-a agg-a 0 2160 10 752 15 2 C8000000C9000000\n"
		"agg-a agg-a 1 2160 1 753 15 2 C8000000C9000000\n");
	assert_int_equal(plan_load(desk.arena, desk.db, agg_a, PLAN_HORIZON_DAY_AHEAD, 0, INT64_MAX, &rows), 0);
	assert_int_equal(rows.n, 1);
	assert_int_equal(rows.item[0].revision, 10);
	assert_int_equal(rows.item[0].power_w[1], 201);
	assert_int_equal(plan_load(desk.arena, desk.db, agg_b, PLAN_HORIZON_DAY_AHEAD, 0, INT64_MAX, &rows), 0);
	assert_int_equal(rows.n, 0);
}

static void plan_without_a_ledger(void **state)
{
	(void)state;
	horizon = PLAN_HORIZON_DAY_AHEAD;
	reset_plan(0, "agg-a", "06-11T12:00", 2, 100);
	assert_items(schedule("agg-c", "06-10T12:30", 1, 1), 1, 0);
	assert_diag(0, E_UNKNOWN_RESOURCE, "plan[1]/resourceId");
	assert_string_equal(plans(), "");
}

/* -- ReportBattery */

static struct battery battery[4];

static struct battery battery_of(const char *session)
{
	return (struct battery){ .session_id = text(session), .soc_ratio = { 350000 }, .capacity_wh = { 60000 },
		.max_charge_w = { 7000 }, .max_discharge_w = { VALUE_NONE }, .least_soc_ratio = { VALUE_NONE },
		.target_soc_ratio = { VALUE_NONE }, .health_ratio = { VALUE_NONE } };
}

/* Sessions s1 and s2 of agg-a from 12:00 to 18:00, s1 of agg-b from 12:00 to 13:00. */
static int with_sessions(void **state)
{
	struct session_row row[3];
	struct ledger l;

	fresh(state);
	assert_int_equal(ledger_load(desk.arena, desk.db, &l), 0);
	for (int i = 0; i < 3; i++)
		row[i] = (struct session_row){ .aggregator_no = i < 2 ? agg_a : agg_b,
			.pile_no = l.pile[ledger_pile(&l, i == 0 ? "agg-a-1" : i == 1 ? "agg-a-2" : "agg-b-1")].no,
			.id = i == 1 ? "s2" : "s1", .arrival_ms = desk_at("06-10T12:00"),
			.departure_ms = desk_at(i < 2 ? "06-10T18:00" : "06-10T13:00"), .need_wh = 1000, .max_w = 7000,
			.wish_wh = VALUE_NONE, .wish_departure_ms = VALUE_NONE, .seq = 1 };
	assert_int_equal(session_put(desk.arena, desk.db, row, 3), 0);
	return 0;
}

static int charge(const char *who, const char *now, int32_t revision, const char *at, int n)
{
	struct call *c = words_begin(who, now, revision);
	struct agg_report_battery m = { &desk.header, { desk_at(at) }, n, battery };

	return desk_end(battery_report(c, &m));
}

static const char *batteries(void)
{
	return words_rows("SELECT CONCAT_WS(' ', a.aggregator_id, s.session_id, (b.at_ms - 1781020800000) DIV 60000, b.revision,"
		" (b.known_ms - 1781020800000) DIV 60000, soc_ppm, capacity_wh, charge_w, COALESCE(discharge_w, '-'),"
		" COALESCE(least_soc_ppm, '-'), COALESCE(target_soc_ppm, '-'), COALESCE(health_ppm, '-')) FROM battery b"
		" JOIN session s ON s.session_no = b.session_no JOIN aggregator a ON a.aggregator_no = s.aggregator_no"
		" ORDER BY a.aggregator_id, s.session_id, b.at_ms, b.revision");
}

static void batteries_are_kept_by_session(void **state)
{
	(void)state;
	battery[0] = battery_of("s2");
	battery[1] = battery_of("s1");
	battery[1].max_discharge_w.v = 0;
	battery[1].least_soc_ratio.v = battery[1].target_soc_ratio.v = 800000;
	battery[1].health_ratio.v = 990000;
	assert_items(charge("agg-a", "06-10T12:32", 1, "06-10T12:31", 2), 2, 2);
	assert_int_equal(desk.call.diag.n, 0);
	/* another's session of the same name is another session */
	battery[0] = battery_of("s1");
	battery[0].soc_ratio.v = 1000000;
	assert_items(charge("agg-b", "06-10T12:32", 1, "06-10T12:31", 1), 1, 1);
	assert_string_equal(batteries(),
		"agg-a s1 751 1 752 350000 60000 7000 0 800000 800000 990000\n"
		"agg-a s2 751 1 752 350000 60000 7000 - - - -\n"
		"agg-b s1 751 1 752 1000000 60000 7000 - - - -\n");
}

static void batteries_refused_whole(void **state)
{
	(void)state;
	battery[0] = battery_of("s1");
	assert_refused(charge("agg-a", "06-10T12:30", 1, "06-10T12:32", 1), E_TIME_FUTURE, "at");
	assert_refused(charge("agg-a", "06-10T14:31", 1, "06-10T12:30", 1), E_TIME_ANCIENT, "at");
	assert_string_equal(batteries(), "");
}

static void batteries_refused(void **state)
{
	(void)state;
	battery[0] = battery_of("s1");
	battery[1] = battery_of("s1");
	battery[2] = battery_of("s3");
	battery[3] = battery_of("s2");
	battery[3].capacity_wh.v = 0;
	assert_items(charge("agg-a", "06-10T12:30", 1, "06-10T12:30", 4), 4, 1);
	assert_int_equal(desk.call.diag.n, 3);
	assert_diag(0, E_DUPLICATE_ITEM, "battery[2]/sessionId");
	assert_diag(1, E_UNKNOWN_SESSION, "battery[3]/sessionId");
	assert_diag(2, E_RANGE, "battery[4]/capacityKwh");
	battery[0] = battery_of("s2");
	battery[0].capacity_wh.v = BATTERY_CAPACITY_MAX_WH + 1;
	assert_items(charge("agg-a", "06-10T12:30", 1, "06-10T12:30", 1), 1, 0);
	assert_diag(0, E_RANGE, "battery[1]/capacityKwh");
	battery[0] = battery_of("s2");
	battery[0].least_soc_ratio.v = 800001;
	battery[0].target_soc_ratio.v = 800000;
	assert_items(charge("agg-a", "06-10T12:30", 1, "06-10T12:30", 1), 1, 0);
	assert_diag(0, E_RANGE, "battery[1]/leastSocPercent");
	battery[0].capacity_wh.v = BATTERY_CAPACITY_MAX_WH;
	battery[0].target_soc_ratio.v = VALUE_NONE;             /* nothing wanted: nothing to be above of */
	assert_items(charge("agg-a", "06-10T12:30", 1, "06-10T12:30", 1), 1, 1);
	/* another's session is none: s2 is agg-a's; and a session is one while it stays */
	battery[0] = battery_of("s2");
	assert_items(charge("agg-b", "06-10T12:30", 1, "06-10T12:30", 1), 1, 0);
	assert_diag(0, E_UNKNOWN_SESSION, "battery[1]/sessionId");
	assert_null(desk.call.diag.item[0].detail);
	battery[0] = battery_of("s1");
	assert_items(charge("agg-b", "06-10T13:01", 1, "06-10T13:00", 1), 1, 0);
	assert_diag(0, E_UNKNOWN_SESSION, "battery[1]/sessionId");
	assert_items(charge("agg-b", "06-10T12:00", 1, "06-10T11:59", 1), 1, 0);
	assert_diag(0, E_UNKNOWN_SESSION, "battery[1]/sessionId");
	assert_items(charge("agg-b", "06-10T12:00", 1, "06-10T12:00", 1), 1, 1);
	assert_items(charge("agg-c", "06-10T12:30", 1, "06-10T12:30", 1), 1, 0);        /* without a ledger */
	assert_diag(0, E_UNKNOWN_SESSION, "battery[1]/sessionId");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM battery"), 3);
}

static void battery_revisions_are_kept(void **state)
{
	(void)state;
	battery[0] = battery_of("s1");
	assert_items(charge("agg-a", "06-10T12:30", 2, "06-10T12:30", 1), 1, 1);
	battery[0].soc_ratio.v = 400000;
	assert_items(charge("agg-a", "06-10T12:31", 2, "06-10T12:30", 1), 1, 0);
	assert_diag(0, E_REVISION, "battery[1]");
	assert_string_equal(desk.call.diag.item[0].detail, "stored: 2");
	assert_items(charge("agg-a", "06-10T12:31", 1, "06-10T12:30", 1), 1, 0);
	assert_items(charge("agg-a", "06-10T12:31", 11, "06-10T12:30", 1), 1, 1);
	assert_items(charge("agg-a", "06-10T12:31", 10, "06-10T12:30", 1), 1, 0);
	assert_items(charge("agg-a", "06-10T12:31", 1, "06-10T12:31", 1), 1, 1);
	assert_string_equal(words_rows("SELECT CONCAT_WS(' ', (at_ms - 1781020800000) DIV 60000, revision, soc_ppm) FROM battery"
		" ORDER BY at_ms, revision"), "750 2 350000\n750 11 400000\n751 1 400000\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(report_is_kept_as_told, fresh),
		cmocka_unit_test_setup(generation_is_turned_round, fresh),
		cmocka_unit_test_setup(reports_refused_whole, fresh),
		cmocka_unit_test_setup(resources_refused, fresh),
		cmocka_unit_test_setup(capabilities_and_limits_refused, fresh),
		cmocka_unit_test_setup(newest_revision_wins_and_all_are_kept, fresh),
		cmocka_unit_test_setup(report_without_a_ledger, fresh),
		cmocka_unit_test_setup(now_is_the_latest_frame, fresh),
		cmocka_unit_test_setup(an_hour_without_a_frame_is_silence, fresh),
		cmocka_unit_test_setup(piles_out_of_service_do_not_count, fresh),
		cmocka_unit_test_setup(capability_is_the_latest_reported, fresh),
		cmocka_unit_test_setup(a_station_named_like_an_aggregator, fresh),
		cmocka_unit_test_setup(what_is_not_there_cannot_be_asked, fresh),
		cmocka_unit_test_setup(plans_are_kept_and_passed_on, fresh),
		cmocka_unit_test_setup(generation_of_a_plan_is_turned_round, fresh),
		cmocka_unit_test_setup(nothing_is_passed_on_without_a_peer, fresh),
		cmocka_unit_test_setup(plans_refused_whole, fresh),
		cmocka_unit_test_setup(plans_refused, fresh),
		cmocka_unit_test_setup(grids_refused, fresh),
		cmocka_unit_test_setup(plan_revisions_are_kept, fresh),
		cmocka_unit_test_setup(plan_without_a_ledger, fresh),
		cmocka_unit_test_setup(batteries_are_kept_by_session, with_sessions),
		cmocka_unit_test_setup(batteries_refused_whole, with_sessions),
		cmocka_unit_test_setup(batteries_refused, with_sessions),
		cmocka_unit_test_setup(battery_revisions_are_kept, with_sessions),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
