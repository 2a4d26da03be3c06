/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The ledger and metered energy as dispatch and the trading platform ask for them; the ledger as it is pushed. */
#include "handler/peers.h"
#include "handler/metered.h"
#include "handler/resources.h"
#include "store/meter.h"

/* -- ledger: QueryResources and PushStatic */

static int query(const char *aggregator, const char *station, const char *after, struct dsp_query_resources_response *answer)
{
	struct call *c = words_begin("dispatch", "06-10T12:00", 1);
	struct dsp_query_resources m = { &desk.header, desk_text(aggregator), desk_text(station), desk_text(after) };

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
	struct pile pile[2] = { { .id = desk_text("agg-c-2"), .kind = PILE_KIND_AC, .rated_w = { 7000 }, .connectors = { 1 } },
		{ .id = desk_text("agg-c-1"), .kind = PILE_KIND_DC, .rated_w = { 11000 }, .connectors = { 2 },
			.state = RESOURCE_STATE_TEST } };
	struct station station[2] = { { .id = desk_text("agg-c-s2"), .name = desk_text("二"), .limit_w = { 8000 }, .meter_no = desk_text("c-m2"),
			.state = RESOURCE_STATE_STOPPED },
		{ .id = desk_text("agg-c-s1"), .name = desk_text("一"), .operator_id = desk_text("agg-c"), .position = &position,
			.limit_w = { 9000 }, .meter_no = desk_text("c-m1"), .voltage_level = &level, .n_pile = 2, .pile = pile } };
	struct party party = { .id = desk_text("agg-c"), .name = desk_text("名"), .address = desk_text("址"), .contact = desk_text("张"),
		.phone = desk_text("0755") };
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
	m.aggregator->id = desk_text("agg-d");
	assert_int_equal(desk_end(registry_report_ledger(words_begin("agg-c", "06-10T11:02", 3), &m)), E_UNKNOWN_RESOURCE);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 2);
	peers_are("", "trading");
	m.aggregator->id = desk_text("agg-c");
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
		station[i] = (struct station){ .id = arena_printf(desk.arena, "n%04d", i), .name = desk_text("n"), .limit_w = { i },
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
	struct trd_query_metered_energy m = { &desk.header, desk_text(aggregator), desk_text(meter_no) };

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

	peers_fresh(state);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(ledger_is_pushed_and_can_be_asked_for, peers_fresh),
		cmocka_unit_test_setup(unknown_resources, peers_fresh),
		cmocka_unit_test_setup(more_stations_than_an_answer_holds, peers_fresh),
		cmocka_unit_test_setup(meters_beside_telemetry, with_readings),
		cmocka_unit_test_setup(unknown_meters, with_readings),
	};

	return cmocka_run_group_tests(tests, peers_open, desk_tear_down);
}
