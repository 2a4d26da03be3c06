/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What dispatch and the trading platform ask and are told besides tasks: resources, metered energy, recalls, documents, bids,
 * statements, responses, potential, alarms. Every message is looked at as words of all it says. */
#include "handler/mini_day.h"
#include "handler/words.h"
#include "handler/alarm.h"
#include "handler/dispatch.h"
#include "handler/metered.h"
#include "handler/plan.h"
#include "handler/potential_push.h"
#include "handler/recall.h"
#include "handler/resources.h"
#include "handler/settlement.h"
#include "handler/upload.h"
#include "store/meter.h"
#include "store/schedule.h"

static int set_up(void **state)
{
	(void)state;
	mini_open();
	mini_encoder = words_encode;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	desk_close();
	return 0;
}

static int peers(const char *dispatch, const char *trading)
{
	desk.hub.dispatch_peer = dispatch;
	desk.hub.trading_peer = trading;
	return 0;
}

/* agg-a with three piles, agg-b with two that give back */
static int fresh(void **state)
{
	(void)state;
	mini_empty();
	desk_aggregator("agg-b", 2, PILE_KIND_V2G, 20000);
	desk_aggregator("agg-a", 3, PILE_KIND_AC, 14000);
	return peers("dispatch", "trading");
}

static char *text(const char *s)
{
	return s == NULL ? NULL : arena_strdup(desk.arena, s);
}

/* -- ledger: QueryResources and PushStatic */

static int query(const char *aggregator, const char *station, const char *after, struct dsp_query_resources_response *answer)
{
	struct call *c = words_begin("dispatch", "06-10T12:00", 1);
	struct dsp_query_resources m = { &desk.header, text(aggregator), text(station), text(after) };

	*answer = (struct dsp_query_resources_response){ 0 };
	return desk_end(resources_query(c, &m, answer));
}

static const char *queried(const char *aggregator, const char *station, const char *after, bool more)
{
	struct dsp_query_resources_response answer;
	struct bytes out = BYTES_INIT;
	const char *kept;

	assert_string_equal(error_code(query(aggregator, station, after, &answer)), "ok");
	assert_int_equal(answer.more, more);
	for (int i = 0; i < answer.n_aggregator; i++)
		words_static(&out, &answer.aggregator[i]);
	kept = arena_strndup(desk.arena, out.p == NULL ? "" : out.p, out.n);
	bytes_done(&out);
	return kept;
}

#define STATION_B "agg-b - -\n" \
	" agg-b-s limit 20000 rated 14000 meter agg-b-m operator - position - voltage - state 0\n" \
	"  agg-b-1 kind 2 rated 7000 connectors 1 state 0\n  agg-b-2 kind 2 rated 7000 connectors 1 state 0\n"

/* A ledger of two stations comes in by its handler; then the second is given up. */
static void ledger_is_pushed_and_can_be_asked_for(void **state)
{
	static const char *const first = "agg-c - -\n"
		" agg-c-s1 limit 9000 rated 18000 meter c-m1 operator agg-c position 1141234567 voltage 1 state 0\n"
		"  agg-c-1 kind 1 rated 11000 connectors 2 state 1\n  agg-c-2 kind 0 rated 7000 connectors 1 state 0\n";
	static const char *const second = " agg-c-s2 limit 8000 rated 0 meter c-m2 operator - position - voltage - state 2\n";
	enum voltage_level level = VOLTAGE_LEVEL_KV10;
	struct position position = { { 1141234567 }, { 225678901 }, COORDINATE_SYSTEM_WGS_84 };
	struct pile pile[2] = { { .id = text("agg-c-2"), .kind = PILE_KIND_AC, .rated_w = { 7000 }, .connectors = { 1 } },
		{ .id = text("agg-c-1"), .kind = PILE_KIND_DC, .rated_w = { 11000 }, .connectors = { 2 },
			.state = RESOURCE_STATE_TEST } };
	struct station station[2] = { { .id = text("agg-c-s2"), .name = text("二"), .limit_w = { 8000 }, .meter_no = text("c-m2"),
			.state = RESOURCE_STATE_STOPPED },
		{ .id = text("agg-c-s1"), .name = text("一"), .operator_id = text("agg-c"), .position = &position,
			.limit_w = { 9000 }, .meter_no = text("c-m1"), .voltage_level = &level, .n_pile = 2, .pile = pile } };
	struct party party = { .id = text("agg-c"), .name = text("名"), .address = text("址"), .contact = text("张"),
		.phone = text("0755") };
	struct agg_report_ledger m = { .header = &desk.header, .aggregator = &party, .n_station = 2, .station = station };
	const char *id;

	(void)state;
	assert_items(desk_end(registry_report_ledger(words_begin("agg-c", "06-10T11:00", 1), &m)), 4, 4);
	id = arena_printf(desk.arena, "ST-agg-c/%s-1", desk.header.message_id);
	assert_string_equal(words_pushed(id, "dispatch", "PushStatic"), arena_printf(desk.arena,
		"%s of hub for - revision 1 day -\n%s%s", id, first, second));
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 1);
	assert_int_equal(desk_count("SELECT items FROM outbox"), 5);
	assert_int_equal(desk_count("SELECT caused_by_seq FROM outbox"), desk.seq);
	assert_string_equal(queried("agg-c", NULL, NULL, false), arena_printf(desk.arena, "%s%s", first, second));
	assert_string_equal(queried(NULL, "agg-c-s2", NULL, false), arena_printf(desk.arena, "agg-c - -\n%s", second));
	assert_string_equal(queried(NULL, NULL, "agg-a-s", false), arena_printf(desk.arena, "%s%s%s", STATION_B, first, second));
	m.n_station = 1;
	station[0] = station[1];
	assert_items(desk_end(registry_report_ledger(words_begin("agg-c", "06-10T11:01", 2), &m)), 3, 3);
	id = arena_printf(desk.arena, "ST-agg-c/%s-1", desk.header.message_id);
	assert_string_equal(words_pushed(id, "dispatch", "PushStatic"), arena_printf(desk.arena,
		"%s of hub for - revision 1 day -\n%s", id, first));
	assert_string_equal(queried("agg-c", NULL, NULL, false), first);
	/* refused: nothing goes out */
	m.aggregator->id = text("agg-d");
	assert_int_equal(desk_end(registry_report_ledger(words_begin("agg-c", "06-10T11:02", 3), &m)), E_UNKNOWN_RESOURCE);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 2);
	peers("", "trading");
	m.aggregator->id = text("agg-c");
	assert_items(desk_end(registry_report_ledger(words_begin("agg-c", "06-10T11:02", 3), &m)), 3, 3);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 2);
}

static void unknown_resources(void **state)
{
	struct dsp_query_resources_response answer;

	(void)state;
	assert_refused(query("nobody", NULL, NULL, &answer), E_UNKNOWN_RESOURCE, "aggregatorId");
	assert_refused(query("agg-a-s", NULL, NULL, &answer), E_UNKNOWN_RESOURCE, "aggregatorId");
	assert_refused(query(NULL, "nobody", NULL, &answer), E_UNKNOWN_RESOURCE, "stationId");
	assert_refused(query("agg-a", "agg-b-s", NULL, &answer), E_UNKNOWN_RESOURCE, "stationId");
	assert_int_equal(db_exec(desk.db, "UPDATE station SET state = 3 WHERE station_id = 'agg-a-s'", DB_NO_ARGS), 0);
	assert_refused(query(NULL, "agg-a-s", NULL, &answer), E_UNKNOWN_RESOURCE, "stationId");
	assert_string_equal(queried("agg-a", NULL, NULL, false), "agg-a - -\n");
	assert_string_equal(queried(NULL, NULL, NULL, false), STATION_B);
	assert_string_equal(queried(NULL, NULL, "zzz", false), "");
}

/* Stations "n0000" … of agg-a, and the last of them agg-b's. */
static void many_stations(int n)
{
	const struct station **list = ARENA_ARRAY(desk.arena, (size_t)n, const struct station *);
	struct station *station = ARENA_ARRAY(desk.arena, (size_t)n, struct station);
	struct ledger l;

	assert_int_equal(ledger_load(desk.arena, desk.db, &l), 0);
	for (int i = 0; i < n; i++) {
		station[i] = (struct station){ .id = arena_printf(desk.arena, "n%04d", i), .name = text("n"), .limit_w = { i },
			.meter_no = arena_printf(desk.arena, "nm%04d", i) };
		list[i] = &station[i];
	}
	assert_int_equal(ledger_add_stations(desk.arena, desk.db, l.aggregator[0].no, list, (size_t)n - 1, 1), 0);
	assert_int_equal(ledger_add_stations(desk.arena, desk.db, l.aggregator[1].no, list + n - 1, 1, 1), 0);
}

/* agg-a-s and agg-b-s stand before all n…: a page ends at n1997. */
static void more_stations_than_an_answer_holds(void **state)
{
	struct dsp_query_resources_response answer;
	struct work *w;

	(void)state;
	many_stations(2003);
	assert_int_equal(query(NULL, NULL, NULL, &answer), 0);
	assert_true(answer.more);
	assert_int_equal(answer.n_aggregator, 2);
	assert_int_equal(answer.aggregator[0].n_station, RESOURCES_STATIONS_MOST - 1);
	assert_string_equal(answer.aggregator[0].station[RESOURCES_STATIONS_MOST - 2].id, "n1997");
	assert_int_equal(answer.aggregator[0].station[0].n_pile, 3);
	assert_int_equal(answer.aggregator[1].n_station, 1);
	assert_string_equal(answer.aggregator[1].station[0].id, "agg-b-s");
	assert_int_equal(query(NULL, NULL, "n1997", &answer), 0);
	assert_false(answer.more);
	assert_int_equal(answer.n_aggregator, 2);
	assert_int_equal(answer.aggregator[0].n_station, 4);
	assert_string_equal(answer.aggregator[0].station[0].id, "n1998");
	assert_string_equal(answer.aggregator[1].station[0].id, "n2002");
	assert_int_equal(answer.aggregator[1].station[0].limit_w.v, 2002);
	/* pushed: agg-a's 2003 in two messages */
	w = &words_begin("agg-a", "06-10T12:00", 1)->w;
	assert_int_equal(desk_end(resources_push(w, "agg-a", "key")), 0);
	assert_string_equal(words_rows("SELECT CONCAT_WS(' ', message_id, items) FROM outbox ORDER BY seq"),
		"ST-key-1 2004\nST-key-2 4\n");
	assert_string_equal(words_pushed("ST-key-2", "dispatch", "PushStatic"),
		"ST-key-2 of hub for - revision 1 day -\nagg-a - -\n"
		" n1999 limit 1999 rated 0 meter nm1999 operator - position - voltage - state 0\n"
		" n2000 limit 2000 rated 0 meter nm2000 operator - position - voltage - state 0\n"
		" n2001 limit 2001 rated 0 meter nm2001 operator - position - voltage - state 0\n");
}

/* -- QueryMeteredEnergy */

static int meter(const char *aggregator, const char *meter_no, int32_t date, struct trd_query_metered_energy_response *answer)
{
	struct call *c = words_begin("trading", "06-11T13:00", 1);
	struct trd_query_metered_energy m = { &desk.header, text(aggregator), text(meter_no) };

	desk.header.business_date.v = date;
	*answer = (struct trd_query_metered_energy_response){ 0 };
	return desk_end(metered_query(c, &m, answer));
}

static const char *metered(const struct metered_series *s, int points)
{
	const char *out = arena_printf(desk.arena, "%s %s %s %d total %s %s points %d\n", s->aggregator_id, s->station_id, s->meter_no,
		s->step_min.v, words_value(s->meter_wh.v), words_value(s->hub_wh.v), s->n_point);

	for (int i = 0; i < points; i++)
		out = arena_printf(desk.arena, "%s %d %s %s %s\n", out, s->point[i].no.v, words_time(s->point[i].end.v),
			words_value(s->point[i].meter_wh.v), words_value(s->point[i].hub_wh.v));
	return out;
}

/* agg-a's meter reads 1002 W all of 06-10 and 2 W in the first interval of 06-11; its piles are heard in the first two
 * intervals, agg-b's in all of them. */
static int with_readings(void **state)
{
	struct ledger l;
	struct timegrid grid = mini_grid();
	int64_t mean_w[MINI_N + 1];
	struct meter_run run = { .start_ms = grid.start_ms, .step_min = 15, .n = MINI_N + 1, .mean_w = mean_w, .seq = 1 };
	struct telemetry_interval row[4 + MINI_N];
	size_t n = 0;

	fresh(state);
	assert_int_equal(ledger_load(desk.arena, desk.db, &l), 0);
	for (int t = 0; t <= MINI_N; t++)
		mean_w[t] = t < MINI_N ? 1002 : 2;
	run.station_no = l.station[ledger_station(&l, "agg-a-s")].no;
	assert_int_equal(db_begin(desk.db), 0);
	assert_int_equal(meter_save(desk.arena, desk.db, &run, 1), 0);
	row[n++] = (struct telemetry_interval){ grid.start_ms, l.pile[ledger_pile(&l, "agg-a-1")].no, 15, 15 * 1000 };
	row[n++] = (struct telemetry_interval){ grid.start_ms, l.pile[ledger_pile(&l, "agg-a-2")].no, 2, 5 };     /* 2.5 → 3 */
	row[n++] = (struct telemetry_interval){ grid.start_ms, l.pile[ledger_pile(&l, "agg-a-3")].no, 0, 0 };
	row[n++] = (struct telemetry_interval){ timegrid_begin(&grid, 1), l.pile[ledger_pile(&l, "agg-a-3")].no, 1, 1 };
	for (int t = 0; t < MINI_N; t++)
		row[n++] = (struct telemetry_interval){ timegrid_begin(&grid, t), l.pile[ledger_pile(&l, "agg-b-1")].no, 10,
			-10 * (t == 0 ? 2 : 4000) };
	assert_int_equal(telemetry_put_intervals(desk.arena, desk.db, row, n), 0);
	assert_int_equal(db_commit(desk.db), 0);
	return 0;
}

static void meters_beside_telemetry(void **state)
{
	struct trd_query_metered_energy_response answer;

	(void)state;
	assert_string_equal(error_code(meter(NULL, NULL, MINI_DATE, &answer)), "ok");
	assert_int_equal(answer.n_series, 2);
	/* 1002 W → 250.5 Wh → 251; 1003 W → 250.75; 1 W → 0.25 */
	assert_string_equal(metered(&answer.series[0], 3), "agg-a agg-a-s agg-a-m 15 total 24096 - points 96\n"
		" 1 06-10T12:15 251 251\n 2 06-10T12:30 251 0\n 3 06-10T12:45 251 -\n");
	assert_string_equal(metered(&answer.series[1], 2), "agg-b agg-b-s agg-b-m 15 total - -95001 points 96\n"
		" 1 06-10T12:15 - -1\n 2 06-10T12:30 - -1000\n");
	assert_int_equal(answer.series[0].point[95].no.v, 96);
	assert_string_equal(words_time(answer.series[0].point[95].end.v), "06-11T12:00");
	/* what has been given up since had its energy */
	assert_int_equal(db_exec(desk.db, "UPDATE pile SET state = 3 WHERE pile_id = 'agg-a-1'", DB_NO_ARGS), 0);
	assert_int_equal(meter("agg-a", NULL, MINI_DATE, &answer), 0);
	assert_int_equal(answer.n_series, 1);
	assert_string_equal(metered(&answer.series[0], 1), "agg-a agg-a-s agg-a-m 15 total 24096 - points 96\n 1 06-10T12:15 251 251\n");
	/* without a date: today's */
	assert_int_equal(meter(NULL, "agg-a-m", DATE_NONE, &answer), 0);
	assert_int_equal(answer.n_series, 1);
	assert_string_equal(metered(&answer.series[0], 1), "agg-a agg-a-s agg-a-m 15 total - - points 1\n 1 06-11T12:15 1 -\n");
	assert_int_equal(meter("agg-b", "agg-b-m", DATE_NONE, &answer), 0);
	assert_string_equal(metered(&answer.series[0], 0), "agg-b agg-b-s agg-b-m 15 total - - points 0\n");
}

static void unknown_meters(void **state)
{
	struct trd_query_metered_energy_response answer;

	(void)state;
	assert_refused(meter("nobody", NULL, MINI_DATE, &answer), E_UNKNOWN_RESOURCE, "aggregatorId");
	assert_refused(meter(NULL, "nobody", MINI_DATE, &answer), E_UNKNOWN_METER, "meterNo");
	assert_refused(meter("agg-a", "agg-b-m", MINI_DATE, &answer), E_UNKNOWN_METER, "meterNo");
}

/* -- RecallData */

static int recall(enum recall_kind kind, const char *now, const char *from, const char *to, const char *resource, int *n)
{
	struct call *c = words_begin("dispatch", now, 1);
	struct dsp_recall_data m = { &desk.header, kind, { desk_at(from) }, { desk_at(to) }, text(resource) };
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
static const char *recalled(const char *prefix, int n, const char *operation)
{
	const char *id = arena_printf(desk.arena, "%sRC-dispatch/%s-%d%s", prefix, desk.header.message_id, n, *prefix ? "-1" : "");
	const char *said = words_pushed(id, "dispatch", operation), *head;

	assert_int_equal(desk_count("SELECT MAX(caused_by_seq) FROM outbox"), desk.seq);
	assert_string_equal(words_rows("SELECT correlation_id FROM outbox ORDER BY seq DESC LIMIT 1"),
		arena_printf(desk.arena, "%s\n", desk.header.message_id));
	head = arena_printf(desk.arena, "%s of hub for %s revision 1 ", id, desk.header.message_id);
	assert_memory_equal(said, head, strlen(head));
	return said + strlen(head);
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
	peers(NULL, "trading");
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
	assert_string_equal(recalled("", 1, "PushOperation"),
		"day 2026-06-10\nat 06-10T12:02 full\n* 3000 64 4/5\nagg-a 2000 64 2/3\nagg-b 1000 0 2/2\n");
	assert_string_equal(recalled("", 2, "PushOperation"),
		"day 2026-06-10\nat 06-10T12:03 full\n* 0 64 0/5\nagg-a 0 64 0/3\nagg-b 0 64 0/2\n");
	assert_string_equal(recalled("", 3, "PushOperation"),
		"day 2026-06-10\nat 06-10T12:04 full\n* 6000 64 3/5\nagg-a 6000 0 3/3\nagg-b 0 64 0/2\n");
	/* a second recall is not a repetition; of one aggregator */
	assert_int_equal(recall(RECALL_KIND_OPERATION, "06-10T12:10", "06-10T12:02", "06-10T12:03", "agg-b", &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(recalled("", 1, "PushOperation"), "day 2026-06-10\nat 06-10T12:02 part\nagg-b 1000 0 2/2\n");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 5);
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
	struct plan item = { text(who), &grid, { 2, watts } };
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

static void raise_at(const char *now, const char *kind, const char *subject, const char *reference, const char *detail)
{
	assert_int_equal(desk_end(alarm_raise(&words_begin("scheduler", now, 1)->w, kind, subject, reference, detail)), 0);
}

static const char *events(void)
{
	return words_rows("SELECT CONCAT_WS(' ', kind, subject, reference, detail, trace_id, (at_ms - 1781020800000) DIV 60000) FROM event"
		" ORDER BY seq");
}

static int64_t last_event(void)
{
	return desk_count("SELECT MAX(seq) FROM event");
}

static void alarm_is_an_event_and_is_told(void **state)
{
	const char *id, *much = "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789";

	(void)state;
	raise_at("06-10T12:01", "share-returned", "agg-a", "task-1", "control c1 expired");
	assert_string_equal(events(), "share-returned agg-a task-1 control c1 expired t 721\n");
	id = arena_printf(desk.arena, "EV-%lld", (long long)last_event());
	assert_string_equal(words_pushed(id, "dispatch", "PushEvent"), arena_printf(desk.arena,
		"%s of hub for - revision 1 day -\n%s share-returned severity 0 state 0 of agg-a - raised 06-10T12:01 cleared -"
		" | agg-a task-1: control c1 expired | 聚合商未执行控制，其份额已重新分配\n", id, id));
	/* the hub's own: no aggregator and no resource; a text no longer than the contract has it */
	raise_at("06-10T12:02", "task-parked", "start-dispatch", "task-2", arena_printf(desk.arena, "%s%s", much, much));
	id = arena_printf(desk.arena, "EV-%lld", (long long)last_event());
	assert_string_equal(words_pushed(id, "dispatch", "PushEvent"), arena_printf(desk.arena,
		"%s of hub for - revision 1 day -\n%s task-parked severity 0 state 0 of - - raised 06-10T12:02 cleared -"
		" | start-dispatch task-2: %s%.77s | 调度任务无法执行，已搁置\n", id, id, much, much));
	raise_at("06-10T12:02", "something-new", "x", "y", "z");
	id = arena_printf(desk.arena, "EV-%lld", (long long)last_event());
	assert_non_null(strstr(words_pushed(id, "dispatch", "PushEvent"), " of - - raised 06-10T12:02 cleared - | x y: z | 平台告警\n"));
	peers("", "trading");
	raise_at("06-10T12:03", "share-returned", "agg-b", "task-1", "d");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM event"), 4);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 3);
}

/* A message that got parked; its seq orders them. */
static void parked(const char *id, const char *operation)
{
	assert_int_equal(outbox_put(desk.db, &(struct outbox_message){ .peer = "dispatch", .operation = operation, .message_id = id,
		.trace_id = "t", .caused_by_seq = VALUE_NONE, .channel = OUTBOX_PUSH, .body = "x", .body_n = 1, .items = 1,
		.created_ms = 0, .expires_ms = VALUE_NONE }, NULL), 0);
	assert_int_equal(db_exec(desk.db, "UPDATE outbox SET state = 'parked', attempts = 9, last_error = 'no answer' WHERE"
		" message_id = ?", DB_ARGS(DB_TEXT(id))), 0);
}

static void parked_messages_are_told_once(void **state)
{
	(void)state;
	assert_int_equal(mini_job(alarm_parked_due, "06-10T12:01"), 0);
	parked("OP-1", "PushOperation");
	parked("EV-x", "PushEvent");
	assert_int_equal(mini_job(alarm_parked_due, "06-10T12:02"), 1);
	assert_string_equal(events(), "outbox-parked dispatch OP-1 PushOperation after 9 tries: no answer t 722\n");
	assert_non_null(strstr(words_pushed(arena_printf(desk.arena, "EV-%lld", (long long)last_event()), "dispatch", "PushEvent"),
		" outbox-parked severity 0 state 0 of - - raised 06-10T12:02 cleared -"
		" | dispatch OP-1: PushOperation after 9 tries: no answer | 消息无法得到应答，已搁置\n"));
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 3);
	/* an alarm that was parked makes no further one */
	assert_int_equal(mini_job(alarm_parked_due, "06-10T12:03"), 1);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM event WHERE reference = 'EV-x'"), 1);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 3);
	assert_int_equal(mini_job(alarm_parked_due, "06-10T12:04"), 0);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM event"), 2);
}

static void events_are_recalled(void **state)
{
	const char *id;
	int n;

	(void)state;
	raise_at("06-10T12:00", "share-returned", "agg-a", "r1", "d1");
	raise_at("06-10T13:00", "share-returned", "agg-b", "r2", "d2");
	id = arena_printf(desk.arena, "EV-%lld", (long long)last_event());
	raise_at("06-10T13:30", "task-parked", "job", "r3", "d3");
	raise_at("06-10T14:00", "task-parked", "job", "r4", "d4");
	assert_int_equal(recall(RECALL_KIND_EVENTS, "06-10T14:00", "06-10T13:00", "06-10T14:00", NULL, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(recalled("", 1, "PushEvent"), arena_printf(desk.arena, "day -\n"
		"%s share-returned severity 0 state 0 of agg-b - raised 06-10T13:00 cleared - | agg-b r2: d2 | 聚合商未执行控制，其份额已重新分配\n"
		"EV-%lld task-parked severity 0 state 0 of - - raised 06-10T13:30 cleared - | job r3: d3 | 调度任务无法执行，已搁置\n",
		id, (long long)last_event() - 1));
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

/* -- AcknowledgeUpload */

static int acknowledge(const char *id, enum decision decision, int n, struct diagnostic *why)
{
	struct call *c = words_begin("dispatch", "06-11T13:00", 1);
	struct dsp_acknowledge_upload m = { &desk.header, text(id), decision, n, why };

	return desk_end(upload_acknowledge(c, &m));
}

static const char *uploads(void)
{
	return words_rows("SELECT CONCAT_WS(' ', document_id, accepted, COALESCE(REPLACE(reasons, '\n', '|'), '-'),"
		" (known_ms - 1781020800000) DIV 60000, seq) FROM upload_answer ORDER BY document_id");
}

static void document_is_taken_or_refused(void **state)
{
	struct diagnostic why[2] = { { .code = text("range-x"), .path = text("a/b"), .text_en = text("too much") },
		{ .code = text("other") } };

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(outbox_put(desk.db, &(struct outbox_message){ .peer = "drop", .operation = "DayReport",
			.message_id = i == 0 ? "day.xml" : "OP-1", .trace_id = "t", .caused_by_seq = VALUE_NONE,
			.channel = i == 0 ? OUTBOX_FILE : OUTBOX_PUSH, .body = "x", .body_n = 1, .items = 1, .created_ms = 0,
			.expires_ms = VALUE_NONE }, NULL), 0);
	assert_refused(acknowledge("nothing.xml", DECISION_ACCEPTED, 0, NULL), E_NOTHING, "documentId");
	assert_refused(acknowledge("OP-1", DECISION_REFUSED, 2, why), E_NOTHING, "documentId");
	assert_string_equal(uploads(), "");
	assert_items(acknowledge("day.xml", DECISION_ACCEPTED, 0, NULL), 1, 1);
	assert_string_equal(uploads(), arena_printf(desk.arena, "day.xml 1 - 2220 %lld\n", (long long)desk.seq));
	assert_string_equal(events(), "");
	assert_items(acknowledge("day.xml", DECISION_REFUSED, 2, why), 1, 1);
	assert_string_equal(uploads(), arena_printf(desk.arena, "day.xml 0 range-x a/b too much|other   2220 %lld\n",
		(long long)desk.seq));
	assert_string_equal(events(), "document-refused dispatch day.xml range-x t 2220\n");
	assert_non_null(strstr(words_pushed(arena_printf(desk.arena, "EV-%lld", (long long)last_event()), "dispatch", "PushEvent"),
		" document-refused severity 0 state 0 of - - raised 06-11T13:00 cleared - | dispatch day.xml: range-x | 上报文件被拒收\n"));
	assert_items(acknowledge("day.xml", DECISION_REFUSED, 0, NULL), 1, 1);
	assert_string_equal(uploads(), arena_printf(desk.arena, "day.xml 0 - 2220 %lld\n", (long long)desk.seq));
	assert_int_equal(desk_count("SELECT COUNT(*) FROM event WHERE detail = 'no reason given'"), 1);
}

/* -- bids: SubmitBid of the trading platform, DeclareBid to it */

static struct offer_segment offered[3];
static struct offer_period offer_period[2];

static int with_notice(void **state)
{
	fresh(state);
	mini_notice();
	offered[0] = (struct offer_segment){ { 1 }, { 8000 }, { 300000 } };
	offered[1] = (struct offer_segment){ { 2 }, { 13000 }, { 350000 } };    /* together all of its 21 kW */
	offered[2] = (struct offer_segment){ { 1 }, { 5000 }, { 40000 } };
	offer_period[0] = (struct offer_period){ { mini_from(WINDOW_SHAVE) }, { mini_to(WINDOW_SHAVE) }, WINDOW_SHAVE, 2, offered };
	offer_period[1] = (struct offer_period){ { mini_from(WINDOW_FILL) }, { mini_to(WINDOW_FILL) }, WINDOW_FILL, 1, &offered[2] };
	return 0;
}

static int enter(const char *aggregator, const char *notice, const char *now, int32_t revision)
{
	struct call *c = words_begin("trading", now, revision);
	struct trd_submit_bid m = { &desk.header, text(aggregator), text("entered"), text(notice), 2, offer_period };

	return desk_end(market_submit_bid_for(c, &m));
}

static int bid(const char *who, const char *now, int32_t revision, int64_t fill_price_e5)
{
	struct call *c = words_begin(who, now, revision);
	struct bid_segment segment[2] = { { { 1 }, { 6000 }, { 30000 } }, { { 1 }, { 5000 }, { fill_price_e5 } } };
	struct bid_period period[2] = {
		{ { mini_from(WINDOW_SHAVE) }, { mini_to(WINDOW_SHAVE) }, WINDOW_SHAVE, 1, &segment[0] },
		{ { mini_from(WINDOW_FILL) }, { mini_to(WINDOW_FILL) }, WINDOW_FILL, 1, &segment[1] } };
	struct agg_submit_bid m = { &desk.header, text("own"), text("notice-1"), 2, period };

	return desk_end(market_submit_bid(c, &m));
}

static const char *bids(void)
{
	return words_rows("SELECT CONCAT_WS(' ', a.aggregator_id, b.bid_id, b.revision, s.window, s.no, s.volume_w, s.price_e5) FROM bid b"
		" JOIN aggregator a ON a.aggregator_no = b.aggregator_no JOIN bid_segment s ON s.bid_no = b.bid_no"
		" ORDER BY a.aggregator_id, b.revision, s.start_ms, s.no");
}

static void own_bid_is_declared(void **state)
{
	(void)state;
	assert_items(bid("agg-a", "06-10T14:00", 1, 40000), 2, 2);
	assert_string_equal(words_pushed("DB-notice-1/agg-a/1", "trading", "DeclareBid"),
		"DB-notice-1/agg-a/1 of hub for - revision 1 day -\nnotice-1 own agg-a revision 1 at 06-10T14:00\n"
		" 06-10T18:00 to 06-10T20:00 window 1 1:6000@30000\n 06-11T00:00 to 06-11T06:00 window 2 1:5000@40000\n");
	assert_int_equal(desk_count("SELECT caused_by_seq FROM outbox"), desk.seq);
	/* only what was taken */
	assert_items(bid("agg-b", "06-10T14:00", 7, 500001), 2, 1);
	assert_diag(0, E_PRICE_LIMIT, "period[2]/segment[1]/priceCnyKwh");
	assert_string_equal(words_pushed("DB-notice-1/agg-b/7", "trading", "DeclareBid"),
		"DB-notice-1/agg-b/7 of hub for - revision 1 day -\nnotice-1 own agg-b revision 7 at 06-10T14:00\n"
		" 06-10T18:00 to 06-10T20:00 window 1 1:6000@30000\n");
	/* refused: not declared */
	assert_refused(bid("agg-b", "06-10T14:01", 7, 40000), E_REVISION, "header/revision");
	assert_refused(bid("agg-b", "06-10T14:31", 8, 40000), E_GATE_CLOSED, "noticeId");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 2);
	peers("dispatch", "");
	assert_items(bid("agg-b", "06-10T14:01", 8, 40000), 2, 2);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 2);
}

static void entered_and_own_bids_share_their_revisions(void **state)
{
	struct trd_query_bids m = { &desk.header, text("notice-1") };
	struct trd_query_bids_response answer = { 0 };

	(void)state;
	assert_items(enter("agg-a", "notice-1", "06-10T14:00", 1), 2, 2);
	assert_int_equal(desk.call.diag.n, 0);
	assert_string_equal(bids(), "agg-a entered 1 1 1 8000 300000\nagg-a entered 1 1 2 13000 350000\nagg-a entered 1 2 1 5000 40000\n");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 0);          /* it knows */
	assert_refused(bid("agg-a", "06-10T14:01", 1, 40000), E_REVISION, "header/revision");
	assert_string_equal(desk.call.diag.item[0].detail, "stored: 1");
	assert_items(bid("agg-a", "06-10T14:01", 2, 40000), 2, 2);
	assert_refused(enter("agg-a", "notice-1", "06-10T14:02", 2), E_REVISION, "header/revision");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM bid"), 2);             /* both are kept */
	assert_int_equal(desk_end(market_query_bids(words_begin("trading", "06-10T14:31", 1), &m, &answer)), 0);
	assert_int_equal(answer.n_offer, 1);
	assert_string_equal(answer.offer[0].bid_id, "own");
	assert_int_equal(answer.offer[0].revision.v, 2);
	assert_items(enter("agg-a", "notice-1", "06-10T14:30", 3), 2, 2);        /* at the gate */
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 1);
}

static void entered_bids_refused_whole(void **state)
{
	(void)state;
	assert_refused(enter("nobody", "notice-1", "06-10T14:00", 1), E_UNKNOWN_RESOURCE, "aggregatorId");
	assert_refused(enter("agg-a", "notice-2", "06-10T14:00", 1), E_UNKNOWN_NOTICE, "noticeId");
	assert_refused(enter("agg-a", "notice-1", "06-10T14:31", 1), E_GATE_CLOSED, "noticeId");
	assert_string_equal(bids(), "");
}

/* Spoils one thing of the first period at a time; of the second once. */
static void entered_periods_refused(void **state)
{
	(void)state;
	offered[1].volume_w.v++;
	assert_items(enter("agg-a", "notice-1", "06-10T14:00", 1), 2, 1);
	assert_diag(0, E_ABOVE_RATING, "period[1]/segment[2]/volumeMw");
	assert_string_equal(bids(), "agg-a entered 1 2 1 5000 40000\n");
	offered[1].volume_w.v = 0;
	assert_items(enter("agg-a", "notice-1", "06-10T14:00", 2), 2, 1);
	assert_diag(0, E_RANGE, "period[1]/segment[2]/volumeMw");
	offered[1].volume_w.v = -1;
	assert_items(enter("agg-a", "notice-1", "06-10T14:00", 3), 2, 1);
	assert_diag(0, E_NEGATIVE, "period[1]/segment[2]/volumeMw");
	offered[1] = (struct offer_segment){ { 2 }, { 1000 }, { 300000 } };
	assert_items(enter("agg-a", "notice-1", "06-10T14:00", 4), 2, 1);
	assert_diag(0, E_SEGMENT_ORDER, "period[1]/segment[2]/priceCnyMwh");
	offered[1].price_e5.v = 500001;
	assert_items(enter("agg-a", "notice-1", "06-10T14:00", 5), 2, 1);
	assert_diag(0, E_PRICE_LIMIT, "period[1]/segment[2]/priceCnyMwh");
	offered[0].price_e5.v = -1;
	assert_items(enter("agg-a", "notice-1", "06-10T14:00", 6), 2, 1);
	assert_diag(0, E_NEGATIVE, "period[1]/segment[1]/priceCnyMwh");
	offered[0].no.v = 2;
	assert_items(enter("agg-a", "notice-1", "06-10T14:00", 7), 2, 1);
	assert_diag(0, E_SEGMENT_ORDER, "period[1]/segment[1]/no");
	offer_period[0].n_segment = 0;
	assert_items(enter("agg-a", "notice-1", "06-10T14:00", 8), 2, 1);
	assert_diag(0, E_SEGMENT_ORDER, "period[1]");
	offer_period[0] = offer_period[1];
	assert_items(enter("agg-a", "notice-1", "06-10T14:00", 9), 2, 1);
	assert_diag(0, E_DUPLICATE_ITEM, "period[2]");
	/* nothing good is left: what stood stays in force */
	offer_period[0].window = offer_period[1].window = WINDOW_SHAVE;
	assert_items(enter("agg-a", "notice-1", "06-10T14:00", 10), 2, 0);
	assert_diag(0, E_PERIOD, "period[1]");
	assert_diag(1, E_PERIOD, "period[2]");
	assert_int_equal(desk_count("SELECT MAX(revision) FROM bid"), 9);
}

/* -- a settled day: statements and the response */

static struct schedule schedule;

/* agg-a follows, agg-b charges 1 kW less than told where it can. */
static int64_t played_w(int pile, int t)
{
	int64_t w = 0;

	for (size_t i = 0; i < schedule.n; i++) {
		const struct schedule_row *r = &schedule.item[i];
		int k = t - MINI_FIRST - r->first;

		if (strcmp(r->pile_id, mini_pile[pile].id) == 0 && k >= 0 && k < r->n)
			w = r->power_w[k];
	}
	return strcmp(mini_owner(pile), "agg-b") == 0 && w > 1000 ? w - 1000 : w;
}

static int play_and_settle(void)
{
	struct dsp_submit_dispatch_task_response answer = { 0 };
	struct dsp_submit_dispatch_task m;

	mini_day(false);
	m = mini_task("task-1", MINI_CLEARED_SHAVE, MINI_CLEARED_FILL);
	assert_items(desk_end(dispatch_submit_task(mini_begin("dispatch", "06-10T17:40", 1), &m, &answer)), m.n_point, m.n_point);
	mini_frame("agg-a", desk_at("06-10T18:00"));
	mini_frame("agg-b", desk_at("06-10T18:00"));
	assert_int_equal(mini_job(dispatch_start_due, "06-10T18:00"), 1);
	assert_int_equal(schedule_load(desk.arena, desk.db, "task-1", 1, &schedule), 0);
	mini_put_all(MINI_FIRST, MINI_N, 15, played_w);
	mini_put(7, MINI_FIRST + 2, 0, 0);                      /* agg-b is not heard in full in one shave interval */
	mini_put(8, MINI_FIRST + 2, 0, 0);
	mini_put(9, MINI_FIRST + 2, 0, 0);
	mini_put(10, MINI_FIRST + 2, 0, 0);
	assert_int_equal(mini_job(settlement_due, "06-11T12:01"), 1);
	return 0;
}

static int settled(void **state)
{
	(void)state;
	peers("dispatch", "trading");
	return play_and_settle();
}

static int settled_alone(void **state)
{
	(void)state;
	peers("", NULL);
	return play_and_settle();
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
	struct dsp_query_settlement m = { &desk.header, text(aggregator) };
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
	peers("dispatch", "trading");
	desk.hub.potential_push_ms = 0;
	assert_int_equal(mini_job(potential_push_due, "06-11T12:02"), 0);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox WHERE channel = 'push'"), 0);
}

/* -- PushPotential */

static int day_begun(void **state)
{
	(void)state;
	peers("dispatch", "trading");
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
		cmocka_unit_test_setup(ledger_is_pushed_and_can_be_asked_for, fresh),
		cmocka_unit_test_setup(unknown_resources, fresh),
		cmocka_unit_test_setup(more_stations_than_an_answer_holds, fresh),
		cmocka_unit_test_setup(meters_beside_telemetry, with_readings),
		cmocka_unit_test_setup(unknown_meters, with_readings),
		cmocka_unit_test_setup(recalls_refused, fresh),
		cmocka_unit_test_setup(too_old_to_be_recalled, fresh),
		cmocka_unit_test_setup(totals_are_recalled_as_they_stand_now, fresh),
		cmocka_unit_test_setup(potential_is_recalled_as_it_was_told, fresh),
		cmocka_unit_test_setup(plans_are_recalled_as_they_were_reported, fresh),
		cmocka_unit_test_setup(alarm_is_an_event_and_is_told, fresh),
		cmocka_unit_test_setup(parked_messages_are_told_once, fresh),
		cmocka_unit_test_setup(events_are_recalled, fresh),
		cmocka_unit_test_setup(many_events_are_recalled_by_pages, fresh),
		cmocka_unit_test_setup(document_is_taken_or_refused, fresh),
		cmocka_unit_test_setup(own_bid_is_declared, with_notice),
		cmocka_unit_test_setup(entered_and_own_bids_share_their_revisions, with_notice),
		cmocka_unit_test_setup(entered_bids_refused_whole, with_notice),
		cmocka_unit_test_setup(entered_periods_refused, with_notice),
		cmocka_unit_test_setup(statements_are_pushed, settled),
		cmocka_unit_test_setup(dispatch_asks_for_statements, settled),
		cmocka_unit_test_setup(response_is_reported, settled),
		cmocka_unit_test_setup(nobody_to_tell, settled_alone),
		cmocka_unit_test_setup(potential_is_pushed_once_a_stretch, day_begun),
		cmocka_unit_test_setup(no_potential_without_a_baseline, fresh),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
