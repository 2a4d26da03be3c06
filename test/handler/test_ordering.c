/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Values that come late, out of order, twice and from two parties: the later time is "now", all are kept, totals are corrected, and
 * of every value it can be told who said it in which message and when it was known. */
#include "handler/desk.h"
#include "handler/battery.h"
#include "handler/operation.h"
#include "handler/plan.h"
#include "handler/registry.h"
#include "handler/telemetry.h"
#include "store/said.h"
#include "store/session.h"
#include "store/telemetry.h"

enum { PILES = 3 };

static uint32_t aggregator_a;

static int fresh(void **state)
{
	static const char *const empty[] = { "DELETE FROM frame", "DELETE FROM frame_part", "DELETE FROM interval_state",
		"DELETE FROM pile_interval", "DELETE FROM operation", "DELETE FROM plan", "DELETE FROM capability", "DELETE FROM battery", "DELETE FROM session",
		"DELETE FROM message",
		"DELETE FROM pile", "DELETE FROM station", "DELETE FROM aggregator" };

	(void)state;
	for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
		assert_int_equal(db_run(desk.db, empty[i], strlen(empty[i])), 0);
	desk.hub.sample_past_ms = 24 * (int64_t)MS_HOUR;
	desk.hub.sample_future_ms = MS_MINUTE;
	aggregator_a = desk_aggregator("a", PILES, PILE_KIND_AC, 21000);
	desk_aggregator("b", PILES, PILE_KIND_AC, 21000);
	return 0;
}

/* The journal row that the endpoint writes last. */
static void journal(const char *sender)
{
	assert_int_equal(db_exec(desk.db, "INSERT INTO message (seq, sender, message_id, service, operation, revision, digest, trace_id,"
		" created_ms, received_us, checked_us, bytes_in, status, items_in, items_stored, answer, stored_us) VALUES (?, ?, ?,"
		" 'aggregator', 'x', 1, ?, ?, 0, ?, 0, 1, 'accepted', 1, 1, '', 0)",
		DB_ARGS(DB_INT(desk.seq), DB_TEXT(sender), DB_TEXT(arena_printf(desk.arena, "m-%lld", (long long)desk.seq)),
			DB_BYTES("01234567890123456789012345678901", 32), DB_TEXT(arena_printf(desk.arena, "t-%lld", (long long)desk.seq)),
			DB_INT(desk.seq * 1000))), 0);
}

/* Powers by pile, -1: not in the message. What the handler said. */
static int say(const char *who, const char *of, const char *now, int32_t revision, const char *at, const int64_t w[PILES])
{
	struct call *c = desk_begin(who, now, revision);
	char *id[PILES];
	struct watt power[PILES];
	struct count quality[PILES] = { { 0 } };
	int n = 0;

	for (int i = 0; i < PILES; i++)
		if (w[i] >= 0) {
			id[n] = arena_printf(desk.arena, "%s-%d", of, i + 1);
			power[n++].v = w[i];
		}
	c->received_us = desk.seq * 1000;
	journal(who);
	return desk_end(telemetry_report_frame(c, &(struct agg_report_frame){ &desk.header, { desk_at(at) }, { 60 }, POLARITY_LOAD,
		{ n, id }, { n, power }, { n, quality } }));
}

#define W(...) ((const int64_t[PILES]){ __VA_ARGS__ })

/* What dispatch is told of a now. */
static int64_t now_w(const char *now)
{
	struct call *c = desk_begin("dispatch", now, 1);
	struct dsp_query_operation m = { &desk.header, NULL, arena_strdup(desk.arena, "a") };
	struct dsp_query_operation_response answer = { 0 };

	assert_int_equal(desk_end(operation_query(c, &m, &answer)), 0);
	assert_int_equal(answer.n_value, 1);
	assert_string_equal(answer.value[0].said_by, "a");
	return answer.value[0].power_w.v;
}

static int close_intervals(const char *now)
{
	struct work w = { .arena = desk.arena, .db = desk.db, .hub = &desk.hub, .now_ms = desk_at(now), .trace_id = "t", .seq = VALUE_NONE };
	int rc;

	assert_int_equal(db_begin(desk.db), 0);
	rc = telemetry_close_intervals(&w);
	assert_true(rc >= 0);
	assert_int_equal(db_commit(desk.db), 0);
	return rc;
}

/* Sum of the piles' means of the aggregator "a" in the interval, W; samples it is made of. */
static int64_t total_w(const char *begin, int64_t *samples)
{
	struct telemetry_totals totals;

	assert_int_equal(telemetry_load_totals(desk.arena, desk.db, desk_at(begin), desk_at(begin) + 1, &totals), 0);
	assert_int_equal(totals.n, 1);
	assert_int_equal(totals.item[0].aggregator_no, aggregator_a);
	*samples = totals.item[0].stored;
	return totals.item[0].load_w;
}

/* One line a value: kind and session, minute of the hour, value and its unit if not W, revision, whether in force, sender, message minus `base`, minute it was known. */
static const char *said(const char *id, const char *at, int64_t base)
{
	struct said_list list;
	static const char *const unit[] = { [SAID_W] = "", [SAID_WH] = "Wh", [SAID_PPM] = "ppm" };
	const char *text = "";

	assert_int_equal(said_of(desk.arena, desk.db, id, desk_at(at), &list), 0);
	for (size_t i = 0; i < list.n; i++) {
		const struct said *s = &list.item[i];

		assert_int_equal(s->received_us, s->seq * 1000);
		assert_string_equal(s->message_id, arena_printf(desk.arena, "m-%lld", (long long)s->seq));
		assert_string_equal(s->trace_id, arena_printf(desk.arena, "t-%lld", (long long)s->seq));
		text = arena_printf(desk.arena, "%s%s%s%s %lld %lld%s %lld %s %s %lld %lld\n", text, s->kind,
			s->session_id != NULL ? " of " : "", s->session_id != NULL ? s->session_id : "", (long long)(s->of_ms / MS_MINUTE % 60),
			(long long)s->value, unit[s->unit], (long long)s->revision, s->in_force ? "in-force" : "history", s->sender,
			(long long)(s->seq - base), (long long)(s->known_ms / MS_MINUTE % 60));
	}
	return text;
}

static void out_of_order_all_are_kept_and_the_latest_is_now(void **state)
{
	int64_t base = desk.seq;

	(void)state;
	assert_items(say("a", "a", "06-10T18:03", 1, "06-10T18:03", W(3000, 3000, 3000)), 3, 3);
	assert_items(say("a", "a", "06-10T18:04", 1, "06-10T18:01", W(1000, 1000, 1000)), 3, 3);
	assert_int_equal(now_w("06-10T18:04"), 9000);
	base = desk.seq;
	assert_items(say("a", "a", "06-10T18:05", 7, "06-10T18:02", W(2000, 2000, 2000)), 3, 3);
	assert_int_equal(now_w("06-10T18:05"), 9000);           /* a greater revision of an earlier time is not later */
	assert_items(say("a", "a", "06-10T18:05", 1, "06-10T18:04", W(500, 500, 500)), 3, 3);
	assert_int_equal(now_w("06-10T18:05"), 1500);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM frame"), 4);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM frame_part"), 0);
	assert_string_equal(said("a-2", "06-10T18:02", base), "power 2 2000 7 in-force a 1 5\n");
	assert_string_equal(said("a-1", "06-10T18:04", base), "power 4 500 1 in-force a 3 5\n");    /* a query lies between */
}

static void a_late_reading_corrects_the_total(void **state)
{
	char at[] = "06-10T18:00";
	int64_t samples;

	(void)state;
	for (int m = 1; m <= 15; m++) {
		snprintf(at + 9, 3, "%02d", m);
		if (m != 4)
			assert_items(say("a", "a", at, 1, at, W(1000, 2000, 0)), 3, 3);
	}
	assert_int_equal(close_intervals("06-10T18:16"), 1);
	assert_int_equal(total_w("06-10T18:00", &samples), 3000);
	assert_int_equal(samples, 42);
	assert_items(say("a", "a", "06-10T18:40", 1, "06-10T18:04", W(4000, 2000, 3000)), 3, 3);
	assert_int_equal(close_intervals("06-10T18:40"), 1);
	assert_int_equal(total_w("06-10T18:00", &samples), 1200 + 2000 + 200);
	assert_int_equal(samples, 45);
	assert_items(say("a", "a", "06-10T18:50", 2, "06-10T18:04", W(1000, -1, 0)), 2, 2);     /* corrected once more */
	assert_int_equal(close_intervals("06-10T18:50"), 1);
	assert_int_equal(total_w("06-10T18:00", &samples), 3000);
	assert_int_equal(samples, 45);
}

static void of_equal_times_the_newer_revision_counts(void **state)
{
	int64_t base = desk.seq, samples;

	(void)state;
	assert_items(say("a", "a", "06-10T18:01", 1, "06-10T18:01", W(1000, 1000, -1)), 2, 2);
	assert_items(say("a", "a", "06-10T18:02", 3, "06-10T18:01", W(-1, 3000, 3000)), 2, 2);
	assert_items(say("a", "a", "06-10T18:03", 2, "06-10T18:01", W(2000, 2000, 2000)), 3, 1);        /* older of two, newer of one */
	assert_int_equal(desk.call.diag.n, 2);
	assert_diag(0, E_REVISION, "powerKw[2]");
	assert_diag(1, E_REVISION, "powerKw[3]");
	assert_string_equal(desk.call.diag.item[0].detail, "stored: 3");
	assert_items(say("a", "a", "06-10T18:04", 3, "06-10T18:01", W(-1, 3500, -1)), 1, 1);    /* an equal one: the later */
	assert_items(say("a", "a", "06-10T18:05", 1, "06-10T18:01", W(100, 100, 100)), 3, 0);
	assert_int_equal(now_w("06-10T18:05"), 2000 + 3500 + 3000);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM frame"), 1);
	assert_int_equal(desk_count("SELECT revision FROM frame"), 3);
	assert_int_equal(desk_count("SELECT total_w FROM frame"), 8500);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM frame_part"), 4);
	assert_int_equal(close_intervals("06-10T18:16"), 1);
	assert_int_equal(total_w("06-10T18:00", &samples), 8500);
	assert_int_equal(samples, 3);
	assert_string_equal(said("a-1", "06-10T18:01", base), "power 1 1000 1 history a 1 1\npower 1 2000 2 in-force a 3 3\n");
	assert_string_equal(said("a-2", "06-10T18:01", base),
		"power 1 1000 1 history a 1 1\npower 1 3000 3 history a 2 2\npower 1 3500 3 in-force a 4 4\n");
	assert_string_equal(said("a-3", "06-10T18:01", base), "power 1 3000 3 in-force a 2 2\n");
}

/* However much was said of a minute, a message about it costs no more than what is newer. */
static void a_minute_is_not_spoken_of_for_ever(void **state)
{
	(void)state;
	assert_items(say("a", "a", "06-10T18:01", 1, "06-10T18:01", W(1000, 1000, 1000)), 3, 3);
	assert_items(say("a", "a", "06-10T18:02", 1, "06-10T18:01", W(2000, -1, -1)), 1, 1);
	assert_int_equal(db_run(desk.db, "UPDATE frame_part SET n = 319996 WHERE n = 1", 44), 0);
	assert_int_equal(say("a", "a", "06-10T18:03", 1, "06-10T18:01", W(3000, 3000, -1)), E_TOO_MANY);
	assert_diag(0, E_TOO_MANY, "at");
	assert_items(say("a", "a", "06-10T18:04", 1, "06-10T18:01", W(3000, -1, -1)), 1, 1);
	assert_int_equal(say("a", "a", "06-10T18:05", 1, "06-10T18:01", W(4000, -1, -1)), E_TOO_MANY);
	assert_int_equal(now_w("06-10T18:05"), 5000);
	assert_items(say("a", "a", "06-10T18:05", 1, "06-10T18:02", W(4000, 4000, 4000)), 3, 3);
}

static void one_that_was_overtaken_is_numbered_again(void **state)
{
	(void)state;
	assert_items(say("a", "a", "06-10T18:01", 1, "06-10T18:01", W(1000, 1000, 1000)), 3, 3);
	assert_int_equal(db_run(desk.db, "UPDATE frame SET seq = seq + 2", 30), 0);
	assert_int_equal(say("a", "a", "06-10T18:02", 1, "06-10T18:01", W(2000, -1, -1)), E_STORE_CONFLICT);
	assert_int_equal(now_w("06-10T18:02"), 3000);           /* takes a number, as others do */
	assert_items(say("a", "a", "06-10T18:02", 1, "06-10T18:01", W(2000, -1, -1)), 1, 1);
	assert_int_equal(desk_count("SELECT total_w FROM frame"), 4000);
}

static void nobody_speaks_for_another(void **state)
{
	(void)state;
	assert_items(say("a", "a", "06-10T18:01", 1, "06-10T18:01", W(1000, 1000, 1000)), 3, 3);
	assert_items(say("b", "a", "06-10T18:01", 9, "06-10T18:01", W(7000, 7000, 7000)), 3, 0);
	for (size_t i = 0; i < PILES; i++)
		assert_diag(i, E_UNKNOWN_RESOURCE, arena_printf(desk.arena, "pileId[%zu]", i + 1));
	assert_items(say("b", "b", "06-10T18:01", 9, "06-10T18:01", W(7000, 7000, 7000)), 3, 3);
	assert_int_equal(now_w("06-10T18:01"), 3000);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM frame_part"), 0);
}

static int state_of(const char *who, const char *id, const char *now, int32_t revision, int64_t power_w)
{
	struct call *c = desk_begin(who, now, revision);
	struct resource_operation r = { .resource_id = arena_strdup(desk.arena, id), .state = RESOURCE_STATE_IN_SERVICE,
		.charge_power_w = { power_w }, .up_capability_w = { VALUE_NONE }, .down_capability_w = { VALUE_NONE },
		.least_w = { VALUE_NONE }, .most_w = { VALUE_NONE }, .up_rate_w_min = { VALUE_NONE }, .down_rate_w_min = { VALUE_NONE },
		.up_duration_min = { COUNT_NONE }, .down_duration_min = { COUNT_NONE } };
	struct agg_report_operation m = { &desk.header, { desk_at("06-10T18:20") }, POLARITY_LOAD, 1, &r };

	journal(who);
	return desk_end(operation_report(c, &m));
}

static int plan_of(const char *who, const char *id, const char *now, int32_t revision, int64_t first_w)
{
	struct call *c = desk_begin(who, now, revision);
	struct grid grid = { { desk_at("06-10T18:00") }, { 15 }, { 4 }, CURVE_VALUE_MEAN, CURVE_REFERENCE_ABSOLUTE, POLARITY_LOAD };
	struct watt w[4] = { { first_w }, { first_w + 1 }, { first_w + 2 }, { first_w + 3 } };
	struct plan plan = { arena_strdup(desk.arena, id), &grid, { 4, w } };
	struct agg_report_plan m = { &desk.header, PLAN_HORIZON_REAL_TIME, 1, &plan };

	journal(who);
	return desk_end(plan_report(c, &m));
}

static int capability_of(const char *who, const char *id, const char *now, int32_t revision, int64_t up_w)
{
	struct call *c = desk_begin(who, now, revision);
	struct grid grid = { { desk_at("06-10T18:00") }, { 15 }, { 2 }, CURVE_VALUE_MEAN, CURVE_REFERENCE_DEVIATION, POLARITY_LOAD };
	struct watt up[2] = { { up_w }, { up_w + 1 } }, down[2] = { { 50 }, { 60 } };
	struct capability k = { arena_strdup(desk.arena, id), &grid, { 2, up }, { 2, down }, { VALUE_NONE }, { VALUE_NONE }, { COUNT_NONE },
		{ COUNT_NONE } };
	struct agg_report_capability m = { &desk.header, 1, &k };

	journal(who);
	return desk_end(registry_report_capability(c, &m));
}

static void every_value_tells_its_message(void **state)
{
	int64_t base = desk.seq;

	(void)state;
	assert_items(plan_of("a", "a-s", "06-10T17:50", 1, 5000), 1, 1);
	assert_items(plan_of("a", "a-s", "06-10T17:55", 2, 6000), 1, 1);
	assert_items(capability_of("a", "a-s", "06-10T17:56", 1, 700), 1, 1);
	assert_items(capability_of("a", "a-s", "06-10T17:57", 4, 800), 1, 1);
	assert_items(capability_of("a", "a-s", "06-10T17:58", 3, 900), 1, 0);
	assert_items(state_of("a", "a-s", "06-10T18:20", 1, 3000), 1, 1);
	assert_items(state_of("a", "a-s", "06-10T18:21", 2, 3100), 1, 1);
	assert_items(state_of("b", "a-s", "06-10T18:22", 9, 3200), 1, 0);
	assert_items(plan_of("b", "a-s", "06-10T18:22", 9, 1000), 1, 0);
	assert_items(capability_of("b", "a-s", "06-10T18:22", 9, 1000), 1, 0);
	assert_string_equal(said("a-s", "06-10T18:25", base),
		"capability-down 15 60 1 history a 3 56\n"
		"capability-down 15 60 4 in-force a 4 57\n"
		"capability-up 15 701 1 history a 3 56\n"
		"capability-up 15 801 4 in-force a 4 57\n"
		"operation 20 3000 1 history a 6 20\n"
		"operation 20 3100 2 in-force a 7 21\n"
		"plan-real-time 15 5001 1 history a 1 50\n"
		"plan-real-time 15 6001 2 in-force a 2 55\n");
	assert_string_equal(said("a-s", "06-10T18:30", base),           /* capability ends before it */
		"operation 20 3000 1 history a 6 20\n"
		"operation 20 3100 2 in-force a 7 21\n"
		"plan-real-time 30 5002 1 history a 1 50\n"
		"plan-real-time 30 6002 2 in-force a 2 55\n");
	assert_string_equal(said("a-s", "06-10T17:59", base), "");
	assert_string_equal(said("b-s", "06-10T18:25", base), "");
	assert_string_equal(said("no-such", "06-10T18:25", base), "");
}

/* Session s1 at pile a-1 and s1 at pile b-1, both there from 18:00 to 19:00. */
static void two_sessions(void)
{
	struct session_row row[2];
	struct ledger l;

	assert_int_equal(ledger_load(desk.arena, desk.db, &l), 0);
	for (int i = 0; i < 2; i++) {
		int64_t pile = ledger_pile(&l, i == 0 ? "a-1" : "b-1");

		row[i] = (struct session_row){ .aggregator_no = l.aggregator[l.pile[pile].aggregator].no, .pile_no = l.pile[pile].no, .id = "s1",
			.arrival_ms = desk_at("06-10T18:00"), .departure_ms = desk_at("06-10T19:00"), .need_wh = 1000, .max_w = 7000,
			.wish_wh = VALUE_NONE, .wish_departure_ms = VALUE_NONE, .seq = 1 };
	}
	assert_int_equal(session_put(desk.arena, desk.db, row, 2), 0);
}

static int battery_of(const char *who, const char *at, const char *now, int32_t revision, int64_t soc_ppm, int64_t health_ppm)
{
	struct call *c = desk_begin(who, now, revision);
	struct battery b = { .session_id = arena_strdup(desk.arena, "s1"), .soc_ratio = { soc_ppm }, .capacity_wh = { 60000 },
		.max_charge_w = { 7000 }, .max_discharge_w = { VALUE_NONE }, .least_soc_ratio = { VALUE_NONE },
		.target_soc_ratio = { VALUE_NONE }, .health_ratio = { health_ppm } };
	struct agg_report_battery m = { &desk.header, { desk_at(at) }, 1, &b };

	journal(who);
	return desk_end(battery_report(c, &m));
}

static void batteries_are_told_of_their_pile(void **state)
{
	int64_t base = desk.seq;

	(void)state;
	two_sessions();
	assert_items(battery_of("a", "06-10T18:10", "06-10T18:11", 1, 300000, 990000), 1, 1);
	assert_items(battery_of("a", "06-10T18:20", "06-10T18:21", 2, 350000, 980000), 1, 1);
	assert_items(battery_of("a", "06-10T18:20", "06-10T18:22", 3, 360000, VALUE_NONE), 1, 1);
	assert_items(battery_of("a", "06-10T18:20", "06-10T18:23", 3, 370000, VALUE_NONE), 1, 0);
	assert_items(battery_of("b", "06-10T18:20", "06-10T18:24", 9, 900000, VALUE_NONE), 1, 1);
	assert_items(say("a", "a", "06-10T18:25", 1, "06-10T18:25", W(3000, 0, 0)), 3, 3);
	assert_string_equal(said("a-1", "06-10T18:25", base),
		"power 25 3000 1 in-force a 6 25\n"
		"battery-soc of s1 20 350000ppm 2 history a 2 21\n"
		"battery-capacity of s1 20 60000Wh 2 history a 2 21\n"
		"battery-charge of s1 20 7000 2 history a 2 21\n"
		"battery-health of s1 20 980000ppm 2 history a 2 21\n"           /* the newer report does not tell it: none is in force */
		"battery-soc of s1 20 360000ppm 3 in-force a 3 22\n"
		"battery-capacity of s1 20 60000Wh 3 in-force a 3 22\n"
		"battery-charge of s1 20 7000 3 in-force a 3 22\n");
	assert_string_equal(said("a-1", "06-10T18:19", base),
		"battery-soc of s1 10 300000ppm 1 in-force a 1 11\n"
		"battery-capacity of s1 10 60000Wh 1 in-force a 1 11\n"
		"battery-charge of s1 10 7000 1 in-force a 1 11\n"
		"battery-health of s1 10 990000ppm 1 in-force a 1 11\n");
	assert_string_equal(said("b-1", "06-10T18:59", base),
		"battery-soc of s1 20 900000ppm 9 in-force b 5 24\n"
		"battery-capacity of s1 20 60000Wh 9 in-force b 5 24\n"
		"battery-charge of s1 20 7000 9 in-force b 5 24\n");
	assert_string_equal(said("b-1", "06-10T18:19", base), "");              /* nothing was said yet */
	assert_string_equal(said("a-1", "06-10T19:00", base), "");              /* it has left */
	assert_string_equal(said("a-2", "06-10T18:20", base), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(out_of_order_all_are_kept_and_the_latest_is_now, fresh),
		cmocka_unit_test_setup(a_late_reading_corrects_the_total, fresh),
		cmocka_unit_test_setup(of_equal_times_the_newer_revision_counts, fresh),
		cmocka_unit_test_setup(a_minute_is_not_spoken_of_for_ever, fresh),
		cmocka_unit_test_setup(one_that_was_overtaken_is_numbered_again, fresh),
		cmocka_unit_test_setup(nobody_speaks_for_another, fresh),
		cmocka_unit_test_setup(every_value_tells_its_message, fresh),
		cmocka_unit_test_setup(batteries_are_told_of_their_pile, fresh),
	};

	return cmocka_run_group_tests_name("ordering", tests, desk_set_up, desk_tear_down);
}
