/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* RecallData: totals, potential, plans and events told once more. */
#include "handler/peers.h"
#include "handler/plan.h"
#include "handler/recall.h"
#include "store/schedule.h"

/* -- RecallData */

static int recall(enum recall_kind kind, const char *now, const char *from, const char *to, const char *resource, int *n)
{
	struct call *c = words_begin("dispatch", now, 1);
	struct dsp_recall_data m = { &desk.header, kind, { desk_at(from) }, { desk_at(to) }, desk_text(resource) };
	struct dsp_recall_data_response answer = { 0 };
	int rc = desk_end(recall_data(c, &m, &answer));

	*n = answer.documents.v;
	if (rc == 0) {
		assert_string_equal(answer.recall_id, desk.header.message_id);
		assert_items(rc, 1, 1);
	}
	return rc;
}

/* What the latest recall queued as its n-th message. */
static const char *recalled_as(const char *prefix, int n, const char *operation, int revision)
{
	const char *id = arena_printf(desk.arena, "%sRC-dispatch/%s-%d%s", prefix, desk.header.message_id, n, *prefix ? "-1" : "");
	const char *said = words_pushed(id, "dispatch", operation), *head;

	assert_int_equal(desk_count("SELECT MAX(caused_by_seq) FROM outbox"), desk.seq);
	assert_string_equal(words_rows("SELECT correlation_id FROM outbox ORDER BY seq DESC LIMIT 1"),
		arena_printf(desk.arena, "%s\n", desk.header.message_id));
	head = arena_printf(desk.arena, "%s of hub for %s revision %d ", id, desk.header.message_id, revision);
	assert_memory_equal(said, head, strlen(head));
	return said + strlen(head);
}

static const char *recalled(const char *prefix, int n, const char *operation)
{
	return recalled_as(prefix, n, operation, 1);
}

static void recalls_refused(void **state)
{
	int n;

	(void)state;
	assert_refused(recall(RECALL_KIND_EVENTS, "06-10T14:00", "06-10T13:00", "06-10T13:00", NULL, &n), E_TIME_ORDER, "to");
	assert_refused(recall(RECALL_KIND_EVENTS, "06-10T14:00", "06-10T13:00", "06-10T14:01", NULL, &n), E_TIME_FUTURE, "to");
	assert_refused(recall(RECALL_KIND_EVENTS, "06-10T14:00", "06-01T13:00", "06-08T13:01", NULL, &n), E_TOO_MANY, "to");
	assert_string_equal(desk.call.diag.item[0].detail, "at most 7 days");
	assert_refused(recall(RECALL_KIND_OPERATION, "06-10T14:00", "06-08T00:00", "06-09T09:21", NULL, &n), E_TOO_MANY, "to");
	assert_string_equal(desk.call.diag.item[0].detail, "at most 2000 messages");
	assert_refused(recall(RECALL_KIND_OPERATION, "06-10T14:00", "06-10T13:00", "06-10T13:01", "nobody", &n), E_UNKNOWN_RESOURCE,
		"resourceId");
	assert_refused(recall(RECALL_KIND_PLAN, "06-10T14:00", "06-10T13:00", "06-10T13:01", "agg-a-s", &n), E_UNKNOWN_RESOURCE,
		"resourceId");
	peers_are(NULL, "trading");
	assert_refused(recall(RECALL_KIND_PLAN, "06-10T14:00", "06-10T13:00", "06-10T13:01", NULL, &n), E_NOTHING, ".");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 0);
}

static void too_old_to_be_recalled(void **state)
{
	struct call *c = words_begin("dispatch", "06-10T14:00", 1);
	int64_t oldest_ms = desk_at("06-10T14:00") - 400 * (int64_t)MS_DAY;
	struct dsp_recall_data m = { &desk.header, RECALL_KIND_EVENTS, { oldest_ms - 1 }, { oldest_ms + 1 }, NULL };
	struct dsp_recall_data_response answer = { 0 };

	(void)state;
	assert_refused(desk_end(recall_data(c, &m, &answer)), E_TIME_ANCIENT, "from");
	c = words_begin("dispatch", "06-10T14:00", 1);
	m.from.v = oldest_ms;
	assert_items(desk_end(recall_data(c, &m, &answer)), 1, 1);
	assert_int_equal(answer.documents.v, 0);
}

static void totals_are_recalled_as_they_stand_now(void **state)
{
	struct work *w;
	int n;

	(void)state;
	words_frame("agg-a", "06-10T12:02", "06-10T12:02", 2, 1000, 1);
	w = &words_begin("scheduler", "06-10T12:03", 1)->w;
	w->seq = VALUE_NONE;
	assert_int_equal(telemetry_push_operation(w), 1);
	assert_int_equal(db_commit(desk.db), 0);
	words_frame("agg-b", "06-10T12:04", "06-10T12:02", 2, 500, 2);           /* late */
	words_frame("agg-a", "06-10T12:04", "06-10T12:04", 3, 2000, 3);
	/* 12:02 to 12:04, as 12:05 is not wanted and 12:01 is before */
	assert_int_equal(recall(RECALL_KIND_OPERATION, "06-10T12:10", "06-10T12:02", "06-10T12:05", NULL, &n), 0);
	assert_int_equal(n, 3);
	assert_string_equal(recalled_as("", 1, "PushOperation", 2),                      /* not what was told first */
		"day 2026-06-10\nat 06-10T12:02 full\n* 3000 64 4/5\nagg-a 2000 64 2/3\nagg-b 1000 0 2/2\n");
	assert_string_equal(recalled("", 2, "PushOperation"),
		"day 2026-06-10\nat 06-10T12:03 full\n* 0 64 0/5\nagg-a 0 64 0/3\nagg-b 0 64 0/2\n");
	assert_string_equal(recalled("", 3, "PushOperation"),
		"day 2026-06-10\nat 06-10T12:04 full\n* 6000 64 3/5\nagg-a 6000 0 3/3\nagg-b 0 64 0/2\n");
	/* a second recall is not a repetition; of one aggregator */
	assert_int_equal(recall(RECALL_KIND_OPERATION, "06-10T12:10", "06-10T12:02", "06-10T12:03", "agg-b", &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(recalled_as("", 1, "PushOperation", 2), "day 2026-06-10\nat 06-10T12:02 part\nagg-b 1000 0 2/2\n");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 5);
	/* what changed is a next revision, of one aggregator or of all */
	words_frame("agg-b", "06-10T12:05", "06-10T12:02", 2, 600, 4);
	assert_int_equal(recall(RECALL_KIND_OPERATION, "06-10T12:10", "06-10T12:02", "06-10T12:03", "agg-b", &n), 0);
	assert_string_equal(recalled_as("", 1, "PushOperation", 3), "day 2026-06-10\nat 06-10T12:02 part\nagg-b 1200 0 2/2\n");
	assert_int_equal(recall(RECALL_KIND_OPERATION, "06-10T12:10", "06-10T12:02", "06-10T12:03", NULL, &n), 0);
	assert_string_equal(recalled_as("", 1, "PushOperation", 4),
		"day 2026-06-10\nat 06-10T12:02 full\n* 3200 64 4/5\nagg-a 2000 64 2/3\nagg-b 1200 0 2/2\n");
	/* a minute that has not been waited for yet comes by itself */
	assert_int_equal(recall(RECALL_KIND_OPERATION, "06-10T12:05", "06-10T12:04", "06-10T12:05", NULL, &n), 0);
	assert_int_equal(n, 1);
	desk.hub.settle_ms = 90 * MS_SECOND;
	assert_int_equal(recall(RECALL_KIND_OPERATION, "06-10T12:05", "06-10T12:04", "06-10T12:05", NULL, &n), 0);
	desk.hub.settle_ms = 30 * MS_SECOND;
	assert_int_equal(n, 0);
	/* just as many as may be */
	assert_int_equal(recall(RECALL_KIND_OPERATION, "06-10T14:00", "06-08T00:00", "06-09T09:20", "agg-a", &n), 0);
	assert_int_equal(n, RECALL_MESSAGES_MOST);
}

static void tell(const char *when, int64_t first_w)
{
	int64_t base[2] = { first_w, first_w + 1 }, up[2] = { 10, 0 }, down[2] = { 20, 0 };

	assert_int_equal(potential_tell(desk.arena, desk.db, &(struct potential_told){ .business_date = MINI_DATE,
		.told_ms = desk_at(when), .told_to = "dispatch", .grid = { desk_at("06-10T12:00"), 15 * MS_MINUTE, 2 },
		.baseline_w = base, .up_w = up, .down_w = down, .needs_known = true }), 0);
}

static void potential_is_recalled_as_it_was_told(void **state)
{
	int n;

	(void)state;
	tell("06-10T11:00", 100);
	tell("06-10T12:30", 200);
	tell("06-10T13:00", 300);
	assert_int_equal(recall(RECALL_KIND_POTENTIAL, "06-10T14:00", "06-10T11:00", "06-10T13:00", NULL, &n), 0);
	assert_int_equal(n, 2);
	assert_string_equal(recalled("", 1, "PushPotential"), "day 2026-06-10\nhorizon 0 made 06-10T11:00 confidence - "
		"06-10T12:00 2 x 15 mean\n* 100 101 up 10 0 down 20 0\n");
	assert_string_equal(recalled("", 2, "PushPotential"), "day 2026-06-10\nhorizon 1 made 06-10T12:30 confidence - "
		"06-10T12:00 2 x 15 mean\n* 200 201 up 10 0 down 20 0\n");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM potential"), 3);       /* told before, not anew */
}

static void plan(const char *who, const char *now, int64_t power_w)
{
	struct watt watts[2] = { { power_w }, { power_w } };
	struct grid grid = { { desk_at("06-11T12:00") }, { 15 }, { 2 }, CURVE_VALUE_MEAN, CURVE_REFERENCE_ABSOLUTE, POLARITY_LOAD };
	struct plan item = { desk_text(who), &grid, { 2, watts } };
	struct agg_report_plan m = { &desk.header, PLAN_HORIZON_DAY_AHEAD, 1, &item };

	assert_items(desk_end(plan_report(words_begin(who, now, (int32_t)desk.seq + 1), &m)), 1, 1);
}

static void plans_are_recalled_as_they_were_reported(void **state)
{
	int n;

	(void)state;
	plan("agg-a", "06-10T12:59", 1);
	plan("agg-a", "06-10T13:00", 2);
	plan("agg-b", "06-10T13:01", 3);
	plan("agg-a", "06-10T13:30", 4);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 4);
	assert_int_equal(recall(RECALL_KIND_PLAN, "06-10T14:00", "06-10T13:00", "06-10T13:30", NULL, &n), 0);
	assert_int_equal(n, 2);
	assert_string_equal(recalled("PL-", 1, "PushPlan"),
		"day 2026-06-11\nhorizon 0 made 06-10T13:00 06-11T12:00 2 x 15 mean\nagg-a 2 2\n");
	assert_string_equal(recalled("PL-", 2, "PushPlan"),
		"day 2026-06-11\nhorizon 0 made 06-10T13:01 06-11T12:00 2 x 15 mean\nagg-b 3 3\n");
	assert_int_equal(recall(RECALL_KIND_PLAN, "06-10T14:00", "06-10T12:00", "06-10T14:00", "agg-b", &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 7);
}

/* -- alarms */

static void events_are_recalled(void **state)
{
	const char *id;
	int n;

	(void)state;
	peers_raise("06-10T12:00", "share-returned", "agg-a", "r1", "d1");
	peers_raise("06-10T13:00", "share-returned", "agg-b", "r2", "d2");
	id = arena_printf(desk.arena, "EV-%lld", (long long)peers_last_event());
	peers_raise("06-10T13:30", "task-parked", "job", "r3", "d3");
	peers_raise("06-10T14:00", "task-parked", "job", "r4", "d4");
	assert_int_equal(recall(RECALL_KIND_EVENTS, "06-10T14:00", "06-10T13:00", "06-10T14:00", NULL, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(recalled("", 1, "PushEvent"), arena_printf(desk.arena, "day -\n"
		"%s share-returned severity 0 state 0 of agg-b - raised 06-10T13:00 cleared - | agg-b r2: d2 | 聚合商未执行控制，其份额已重新分配\n"
		"EV-%lld task-parked severity 0 state 0 of - - raised 06-10T13:30 cleared - | job r3: d3 | 调度任务无法执行，已搁置\n",
		id, (long long)peers_last_event() - 1));
	/* more than a message holds */
	assert_int_equal(db_exec(desk.db, "INSERT INTO event (at_us, at_ms, kind, detail) SELECT 1, 1781020800000, 'k', seq FROM"
		" seq_1_to_1001", DB_NO_ARGS), 0);
	assert_int_equal(recall(RECALL_KIND_EVENTS, "06-10T14:00", "06-10T00:00", "06-10T00:01", NULL, &n), 0);
	assert_int_equal(n, 2);
	assert_non_null(strstr(recalled("", 2, "PushEvent"), " of - - raised 06-10T00:00 cleared - | - -: 1001 | 平台告警\n"));
	assert_int_equal(desk_count("SELECT SUM(items) FROM (SELECT items FROM outbox ORDER BY seq DESC LIMIT 2) l"), 1001);
}

/* As many as there may be are told by pages, none twice and none left out; one more is refused, and nothing is queued. */
static void many_events_are_recalled_by_pages(void **state)
{
	int64_t before = desk_count("SELECT COUNT(*) FROM outbox");
	int n;

	(void)state;
	assert_int_equal(db_exec(desk.db, "INSERT INTO event (at_us, at_ms, kind, detail) SELECT 1, 1781020800000, 'k', seq FROM"
		" seq_1_to_20000", DB_NO_ARGS), 0);
	assert_int_equal(recall(RECALL_KIND_EVENTS, "06-10T14:00", "06-10T00:00", "06-10T00:01", NULL, &n), 0);
	assert_int_equal(n, 20);
	for (int i = 1; i <= n; i++) {
		const char *told = recalled("", i, "PushEvent");

		assert_non_null(strstr(told, arena_printf(desk.arena, "| - -: %d |", 1000 * i - 999)));
		assert_non_null(strstr(told, arena_printf(desk.arena, "| - -: %d |", 1000 * i)));
	}
	assert_int_equal(desk_count("SELECT SUM(items) FROM outbox WHERE operation = 'PushEvent'"), 20000);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), before + 20);
	assert_int_equal(db_exec(desk.db, "INSERT INTO event (at_us, at_ms, kind, detail) VALUES (1, 1781020800000, 'k', 'last')",
		DB_NO_ARGS), 0);
	assert_refused(recall(RECALL_KIND_EVENTS, "06-10T14:00", "06-10T00:00", "06-10T00:01", NULL, &n), E_TOO_MANY, "to");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), before + 20);
}

/* What lies before a span and behind it is not walked; what was told late stands where it happened, also across pages. */
static void old_events_are_found_where_they_are(void **state)
{
	int64_t before;
	int n;

	(void)state;
	assert_int_equal(db_exec(desk.db, "INSERT INTO event (at_us, at_ms, kind, detail) SELECT 1, 1781020700000 - seq, 'k', 'b' FROM"
		" seq_1_to_50000", DB_NO_ARGS), 0);
	assert_int_equal(db_exec(desk.db, "INSERT INTO event (at_us, at_ms, kind, detail) SELECT 1, 1781020860000 + seq, 'k', 'c' FROM"
		" seq_1_to_50000", DB_NO_ARGS), 0);
	assert_int_equal(db_exec(desk.db, "INSERT INTO event (at_us, at_ms, kind, detail) SELECT 1, 1781020801500 - seq DIV 2, 'k', seq"
		" FROM seq_1_to_3000", DB_NO_ARGS), 0);
	before = desk_rows_read();
	assert_int_equal(recall(RECALL_KIND_EVENTS, "06-10T14:00", "06-10T00:00", "06-10T00:01", NULL, &n), 0);
	assert_in_range(desk_rows_read() - before, 6000, 20000);
	assert_int_equal(n, 3);
	assert_non_null(strstr(recalled("", 1, "PushEvent"), "| - -: 3000 | "));
	assert_non_null(strstr(recalled("", 1, "PushEvent"), "| - -: 2000 | "));
	assert_null(strstr(recalled("", 1, "PushEvent"), "| - -: 2001 | "));
	assert_non_null(strstr(recalled("", 2, "PushEvent"), "| - -: 2001 | "));
	assert_non_null(strstr(recalled("", 3, "PushEvent"), "| - -: 1 | "));
	assert_int_equal(desk_count("SELECT SUM(items) FROM outbox WHERE operation = 'PushEvent'"), 3000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(recalls_refused, peers_fresh),
		cmocka_unit_test_setup(too_old_to_be_recalled, peers_fresh),
		cmocka_unit_test_setup(totals_are_recalled_as_they_stand_now, peers_fresh),
		cmocka_unit_test_setup(potential_is_recalled_as_it_was_told, peers_fresh),
		cmocka_unit_test_setup(plans_are_recalled_as_they_were_reported, peers_fresh),
		cmocka_unit_test_setup(events_are_recalled, peers_fresh),
		cmocka_unit_test_setup(many_events_are_recalled_by_pages, peers_fresh),
		cmocka_unit_test_setup(old_events_are_found_where_they_are, peers_fresh),
	};

	return cmocka_run_group_tests(tests, peers_open, desk_tear_down);
}
