/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Operating state: what is kept, what is refused and where, and what stands for "now". */
#include "handler/reports.h"
#include "handler/operation.h"

/* -- ReportOperation */

static struct resource_operation resource[8];
static struct agg_report_operation report;

static struct resource_operation resource_of(const char *id, int64_t power_w)
{
	return (struct resource_operation){ .resource_id = desk_text(id), .state = RESOURCE_STATE_IN_SERVICE,
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
	struct dsp_query_operation m = { &desk.header, aggregator == NULL ? NULL : desk_text(aggregator), id == NULL ? NULL : desk_text(id) };
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(report_is_kept_as_told, reports_fresh),
		cmocka_unit_test_setup(generation_is_turned_round, reports_fresh),
		cmocka_unit_test_setup(reports_refused_whole, reports_fresh),
		cmocka_unit_test_setup(resources_refused, reports_fresh),
		cmocka_unit_test_setup(capabilities_and_limits_refused, reports_fresh),
		cmocka_unit_test_setup(newest_revision_wins_and_all_are_kept, reports_fresh),
		cmocka_unit_test_setup(report_without_a_ledger, reports_fresh),
		cmocka_unit_test_setup(now_is_the_latest_frame, reports_fresh),
		cmocka_unit_test_setup(an_hour_without_a_frame_is_silence, reports_fresh),
		cmocka_unit_test_setup(piles_out_of_service_do_not_count, reports_fresh),
		cmocka_unit_test_setup(capability_is_the_latest_reported, reports_fresh),
		cmocka_unit_test_setup(a_station_named_like_an_aggregator, reports_fresh),
		cmocka_unit_test_setup(what_is_not_there_cannot_be_asked, reports_fresh),
	};

	return cmocka_run_group_tests(tests, reports_set_up, desk_tear_down);
}
