/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Ledger, sessions, capability: what is taken, what is refused and where, and that a refusal leaves nothing behind. */
#include "handler/desk.h"
#include "base/rng.h"
#include "handler/registry.h"
#include "store/capability.h"
#include "store/session.h"

/* -- content of the tables, as a text to be compared */
static const char *content(void)
{
	struct db_rows *rows = NULL;
	const char *text = "";

	assert_int_equal(db_query(desk.db,
			"CHECKSUM TABLE aggregator, pile_operator, station, pile, session, capability EXTENDED",
			DB_NO_ARGS, &rows), 0);
	while (db_next(rows) > 0)
		text = arena_printf(desk.arena, "%s %lld", text, (long long)db_int(rows, 1));
	db_rows_done(rows);
	return text;
}

/* -- a ledger of two operators, two stations and three piles, named after its aggregator */
static struct party owner, operators[2];
static struct position position;
static struct station stations[2];
static struct pile piles[2][2];
static struct agg_report_ledger ledger_message;

static char *name(const char *id, const char *rest)
{
	return arena_printf(desk.arena, "%s%s", id, rest);
}

static struct party party_of(char *id)
{
	return (struct party){ .id = id, .name = name("名称 ", id), .address = name("地址 ", id) };
}

static struct pile pile_of(char *id, int64_t rated_w)
{
	return (struct pile){ .id = id, .kind = PILE_KIND_AC, .rated_w = { rated_w }, .connectors = { 1 },
		.state = RESOURCE_STATE_IN_SERVICE };
}

static struct station station_of(const char *id, const char *rest, int n_pile, struct pile *pile)
{
	return (struct station){ .id = name(id, rest), .name = name("站 ", rest), .limit_w = { 20000 },
			.meter_no = name(id, name("-meter", rest)),
		.state = RESOURCE_STATE_IN_SERVICE, .n_pile = n_pile, .pile = pile };
}

static void reset_ledger(const char *id)
{
	owner = party_of(name(id, ""));
	operators[0] = party_of(name(id, "-op1"));
	operators[1] = party_of(name(id, "-op2"));
	operators[1].phone = name("0755", "");
	position = (struct position){ { 1141234567 }, { 225678901 }, COORDINATE_SYSTEM_WGS_84 };
	piles[0][0] = pile_of(name(id, "-p1"), 7000);
	piles[0][1] = pile_of(name(id, "-p2"), 60000);
	piles[1][0] = pile_of(name(id, "-p3"), 11000);
	stations[0] = station_of(id, "-s1", 2, piles[0]);
	stations[0].operator_id = operators[1].id;
	stations[0].position = &position;
	stations[1] = station_of(id, "-s2", 1, piles[1]);
	ledger_message = (struct agg_report_ledger){ .header = &desk.header, .aggregator = &owner, .n_pile_operator = 2,
		.pile_operator = operators, .n_station = 2, .station = stations };
}

static int report_ledger_at(const char *principal, int32_t revision)
{
	return desk_end(registry_report_ledger(desk_begin(principal, "06-10T11:00", revision), &ledger_message));
}

static int report_ledger(const char *principal)
{
	return report_ledger_at(principal, 1);
}

static struct ledger loaded(bool all)
{
	struct ledger l;

	assert_int_equal(all ? ledger_load_all(desk.arena, desk.db, &l) : ledger_load(desk.arena, desk.db, &l), 0);
	return l;
}

static enum resource_state state_of(const char *pile_id)
{
	struct ledger l = loaded(true);

	assert_true(ledger_pile(&l, pile_id) >= 0);
	return l.pile[ledger_pile(&l, pile_id)].state;
}

static int setup(void **state)
{
	(void)state;
	assert_int_equal(db_run(desk.db, "DELETE FROM aggregator", 22), 0);
	assert_int_equal(db_run(desk.db, "DELETE FROM pile_operator", 25), 0);
	assert_int_equal(db_run(desk.db, "DELETE FROM station", 19), 0);
	assert_int_equal(db_run(desk.db, "DELETE FROM pile", 16), 0);
	assert_int_equal(db_run(desk.db, "DELETE FROM session", 19), 0);
	assert_int_equal(db_run(desk.db, "DELETE FROM capability", 22), 0);
	reset_ledger("a");
	return 0;
}

/* -- ledger */
static void ledger_comes_back(void **state)
{
	struct ledger l;
	int64_t s, p;

	(void)state;
	assert_items(report_ledger("a"), 7, 7);
	assert_int_equal(desk.call.diag.n, 0);
	reset_ledger("b");
	assert_items(report_ledger("b"), 7, 7);
	l = loaded(false);
	assert_int_equal(l.n_aggregators, 2);
	assert_int_equal(l.n_stations, 4);
	assert_int_equal(l.n_piles, 6);
	s = ledger_meter(&l, "b-meter-s1");
	p = ledger_pile(&l, "b-p2");
	assert_int_equal(s, ledger_station(&l, "b-s1"));
	assert_int_equal(l.pile[p].station, s);
	assert_int_equal(l.pile[p].aggregator, ledger_aggregator(&l, "b"));
	assert_int_equal(l.pile[p].rated_w, 60000);
	assert_true(l.pile[p].in_service);
	assert_int_equal(l.station[s].limit_w, 20000);
	assert_int_equal(ledger_pile_no(&l, l.pile[p].no), p);
	assert_int_equal(ledger_station_no(&l, l.station[s].no), s);
	assert_int_equal(ledger_aggregator_no(&l, l.aggregator[1].no), 1);
	assert_int_equal(ledger_pile(&l, "b-p4"), -1);
	assert_int_equal(ledger_meter(&l, "b-s1"), -1);
	assert_int_equal(ledger_pile_no(&l, UINT32_MAX), -1);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM station WHERE operator_id = 'b-op2'"
		" AND longitude_e7 = 1141234567"
		" AND latitude_e7 = 225678901 AND coordinate_system = 1 AND name = '站 -s1'"), 1);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM pile_operator WHERE phone_sealed IS NOT NULL AND phone IS NULL"), 2);
}

static void ledger_is_grouped_and_sorted(void **state)
{
	struct ledger l;

	(void)state;
	reset_ledger("b");
	assert_items(report_ledger("b"), 7, 7);
	reset_ledger("a");
	assert_items(report_ledger("a"), 7, 7);
	l = loaded(false);
	for (size_t i = 1; i < l.n_piles; i++)
		assert_true(strcmp(l.pile[i - 1].id, l.pile[i].id) < 0);
	for (size_t g = 0; g < l.n_aggregators; g++) {
		assert_int_equal(l.aggregator[g].n_piles, 3);
		assert_int_equal(l.aggregator[g].n_stations, 2);
		for (uint32_t i = 0; i < 3; i++) {
			uint32_t pile = l.pile_of[l.aggregator[g].first_pile + i];

			assert_int_equal(l.pile[pile].aggregator, g);
			assert_true(i == 0 || pile > l.pile_of[l.aggregator[g].first_pile + i - 1]);
		}
	}
}

static void unnamed_is_retired_and_comes_back(void **state)
{
	struct ledger l;
	uint32_t no;
	int64_t seq;

	(void)state;
	assert_items(report_ledger("a"), 7, 7);
	l = loaded(false);
	no = l.pile[ledger_pile(&l, "a-p3")].no;
	ledger_message.n_station = 1;
	stations[0].n_pile = 1;
	assert_items(report_ledger("a"), 4, 4);
	l = loaded(false);
	assert_int_equal(l.n_stations, 1);
	assert_int_equal(l.n_piles, 1);
	assert_int_equal(state_of("a-p2"), RESOURCE_STATE_RETIRED);
	assert_int_equal(state_of("a-p3"), RESOURCE_STATE_RETIRED);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM station WHERE state = 3"), 1);
	seq = desk.seq;
	assert_items(report_ledger("a"), 4, 4);
	assert_int_equal(state_of("a-p3"), RESOURCE_STATE_RETIRED);
	assert_int_equal(desk_count("SELECT seq FROM pile WHERE pile_id = 'a-p3'"), seq);       /* retired once */
	assert_int_equal(desk_count("SELECT seq FROM station WHERE station_id = 'a-s2'"), seq);
	reset_ledger("a");
	assert_items(report_ledger("a"), 7, 7);
	l = loaded(false);
	assert_int_equal(l.n_piles, 3);
	assert_int_equal(l.pile[ledger_pile(&l, "a-p3")].no, no);
}

static void newer_content_replaces(void **state)
{
	struct ledger l;

	(void)state;
	assert_items(report_ledger("a"), 7, 7);
	piles[1][0].rated_w.v = 22000;
	piles[1][0].state = RESOURCE_STATE_TEST;
	stations[1].meter_no = name("a-other", "");
	stations[0].limit_w.v = 1;
	operators[0].name = name("新", "");
	assert_items(report_ledger_at("a", 5), 7, 7);
	l = loaded(false);
	assert_int_equal(l.pile[ledger_pile(&l, "a-p3")].rated_w, 22000);
	assert_false(l.pile[ledger_pile(&l, "a-p3")].in_service);
	assert_int_equal(ledger_meter(&l, "a-other"), ledger_station(&l, "a-s2"));
	assert_int_equal(l.station[ledger_station(&l, "a-s1")].limit_w, 1);
	assert_int_equal(l.aggregator[0].revision, 5);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM pile_operator WHERE name = '新'"), 1);
}

/* A pile moves to another of its aggregator's stations and keeps its number. */
static void pile_moves(void **state)
{
	struct ledger l;
	uint32_t no;

	(void)state;
	assert_items(report_ledger("a"), 7, 7);
	l = loaded(false);
	no = l.pile[ledger_pile(&l, "a-p2")].no;
	stations[0].n_pile = 1;
	piles[1][1] = piles[0][1];
	stations[1].n_pile = 2;
	assert_items(report_ledger("a"), 7, 7);
	l = loaded(false);
	assert_int_equal(l.pile[ledger_pile(&l, "a-p2")].station, ledger_station(&l, "a-s2"));
	assert_int_equal(l.pile[ledger_pile(&l, "a-p2")].no, no);
}

static void piles_of_a_stopped_station_are_out_of_service(void **state)
{
	struct ledger l;

	(void)state;
	stations[0].state = RESOURCE_STATE_STOPPED;
	assert_items(report_ledger("a"), 7, 7);
	l = loaded(false);
	assert_false(l.pile[ledger_pile(&l, "a-p1")].in_service);
	assert_true(l.pile[ledger_pile(&l, "a-p3")].in_service);
}

static void ledger_refused_whole(void **state)
{
	const char *before;

	(void)state;
	assert_items(report_ledger_at("a", 3), 7, 7);
	before = content();
	stations[0].limit_w.v = 5;
	assert_refused(report_ledger_at("a", 2), E_REVISION, "header/revision");
	assert_refused(report_ledger("b"), E_UNKNOWN_RESOURCE, "aggregator/id");
	assert_string_equal(content(), before);
	assert_items(report_ledger_at("a", 3), 7, 7);
}

/* One spoiled item; `stored` of seven are stored and it is told by this path. */
static void expect_spoiled(int64_t stored, int error, const char *path)
{
	assert_items(report_ledger("a"), 7, stored);
	assert_int_equal(desk.call.diag.n, 1);
	assert_diag(0, error, path);
	reset_ledger("a");
}

static void ledger_items_refused(void **state)
{
	(void)state;
	operators[1].id = operators[0].id;
	stations[0].operator_id = NULL;
	expect_spoiled(6, E_DUPLICATE_ITEM, "pileOperator[2]/id");
	stations[0].operator_id = name("nobody", "");
	expect_spoiled(4, E_UNKNOWN_RESOURCE, "station[1]/operatorId");
	stations[0].limit_w.v = -1;
	expect_spoiled(4, E_NEGATIVE, "station[1]/limitKw");
	stations[1].limit_w.v = 0;
	expect_spoiled(5, E_RANGE, "station[2]/limitKw");
	stations[1].limit_w.v = REGISTRY_LIMIT_MAX_W + 1;
	expect_spoiled(5, E_RANGE, "station[2]/limitKw");
	position.longitude.v = 1800000001;
	expect_spoiled(4, E_RANGE, "station[1]/position/longitude");
	position.latitude.v = -900000001;
	expect_spoiled(4, E_RANGE, "station[1]/position/latitude");
	stations[1].id = stations[0].id;
	expect_spoiled(5, E_DUPLICATE_ITEM, "station[2]/id");
	stations[1].meter_no = stations[0].meter_no;
	expect_spoiled(5, E_DUPLICATE_ITEM, "station[2]/meterNo");
	piles[0][1].rated_w.v = -1;
	expect_spoiled(6, E_NEGATIVE, "station[1]/pile[2]/ratedKw");
	piles[1][0].rated_w.v = 0;
	expect_spoiled(6, E_RANGE, "station[2]/pile[1]/ratedKw");
	piles[1][0].rated_w.v = REGISTRY_RATED_MAX_W + 1;
	expect_spoiled(6, E_RANGE, "station[2]/pile[1]/ratedKw");
	piles[1][0].connectors.v = 0;
	expect_spoiled(6, E_RANGE, "station[2]/pile[1]/connectors");
	piles[1][0].id = piles[0][1].id;
	expect_spoiled(6, E_DUPLICATE_ITEM, "station[2]/pile[1]/id");
	assert_items(report_ledger("a"), 7, 7);
}

/* What is refused stays as it was: neither changed nor retired. */
static void refused_items_stay(void **state)
{
	struct ledger l;

	(void)state;
	assert_items(report_ledger("a"), 7, 7);
	stations[0].limit_w.v = 0;
	piles[0][0].rated_w.v = 9000;
	piles[1][0].rated_w.v = -5;
	assert_items(report_ledger("a"), 7, 3);
	l = loaded(false);
	assert_int_equal(l.n_piles, 3);
	assert_int_equal(l.station[ledger_station(&l, "a-s1")].limit_w, 20000);
	assert_int_equal(l.pile[ledger_pile(&l, "a-p1")].rated_w, 7000);
	assert_int_equal(l.pile[ledger_pile(&l, "a-p3")].rated_w, 11000);
}

static void taken_ids_are_refused(void **state)
{
	struct ledger l;

	(void)state;
	assert_items(report_ledger("a"), 7, 7);
	ledger_message.n_station = 1;
	assert_items(report_ledger("a"), 5, 5);        /* a-s2, a-p3 retired: taken all the same */
	reset_ledger("b");
	piles[0][0].id = name("a-p3", "");
	stations[1].id = name("a-s2", "");
	assert_items(report_ledger("b"), 7, 4);
	assert_int_equal(desk.call.diag.n, 2);
	assert_diag(0, E_RESOURCE_TAKEN, "station[2]/id");
	assert_diag(1, E_RESOURCE_TAKEN, "station[1]/pile[1]/id");
	reset_ledger("b");
	stations[1].meter_no = name("a-meter-s1", "");
	assert_items(report_ledger("b"), 7, 5);
	assert_diag(0, E_RESOURCE_TAKEN, "station[2]/meterNo");
	l = loaded(true);
	assert_int_equal(l.pile[ledger_pile(&l, "a-p3")].aggregator, ledger_aggregator(&l, "a"));
	/* a meter of another own station is no freer */
	reset_ledger("b");
	assert_items(report_ledger("b"), 7, 7);
	stations[1].meter_no = name("b-meter-s1", "");
	stations[0].meter_no = name("b-new", "");
	assert_items(report_ledger("b"), 7, 5);
	assert_diag(0, E_RESOURCE_TAKEN, "station[2]/meterNo");
}

static void the_same_again_changes_nothing(void **state)
{
	const char *before;

	(void)state;
	operators[1].phone = NULL;      /* what is sealed looks different each time */
	assert_items(report_ledger("a"), 7, 7);
	before = content();
	desk.seq--;                     /* the same journal row */
	assert_items(report_ledger("a"), 7, 7);
	assert_string_equal(content(), before);
}

static void empty_ledger_retires_all(void **state)
{
	(void)state;
	assert_items(report_ledger("a"), 7, 7);
	ledger_message.n_station = ledger_message.n_pile_operator = 0;
	assert_items(report_ledger("a"), 0, 0);
	assert_int_equal(loaded(false).n_piles, 0);
	assert_int_equal(loaded(false).n_stations, 0);
	assert_int_equal(loaded(true).n_piles, 3);
}

static void many_piles(void **state)
{
	enum { N = 1500 };
	struct pile *many = ARENA_ARRAY(desk.arena, N, struct pile);

	(void)state;
	for (int i = 0; i < N; i++)
		many[i] = pile_of(arena_printf(desk.arena, "a-many-%d", (i * 7919) % N), 7000 + i);
	stations[1].pile = many;
	stations[1].n_pile = N;
	assert_items(report_ledger("a"), 6 + N, 6 + N);
	assert_int_equal(loaded(false).n_piles, 2 + N);
	many[3].rated_w.v = 0;
	assert_items(report_ledger("a"), 6 + N, 5 + N);
	assert_diag(0, E_RANGE, "station[2]/pile[4]/ratedKw");
}

/* Asked for in groups of any length: exactly those that stand are told. */
static void taken_is_told_for_each(void **state)
{
	enum { N = 40 };
	const char *id[N];
	bool taken[N];

	(void)state;
	assert_items(report_ledger("a"), 7, 7);
	for (size_t n = 1; n <= N; n++) {
		for (size_t i = 0; i < n; i++)
			id[i] = i == n / 2 || i == n - 1 ? "a-p2" : arena_printf(desk.arena, "free-%zu", i);
		assert_int_equal(ledger_taken(desk.db, LEDGER_PILE_ID, id, n, taken), 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(taken[i], i == n / 2 || i == n - 1);
	}
	assert_int_equal(ledger_taken(desk.db, LEDGER_STATION_ID, id, 1, taken), 0);
	assert_false(taken[0]);
}

/* -- cache */
static void cache_follows_the_ledger(void **state)
{
	struct ledger_cache *cache = ledger_cache_new();
	const struct ledger *first, *again, *const *each;
	size_t n;

	(void)state;
	assert_int_equal(ledger_cached(cache, desk.db, "a", &first), 0);
	assert_int_equal(first->n_aggregators, 0);
	assert_items(report_ledger("a"), 7, 7);
	assert_int_equal(ledger_cached(cache, desk.db, "a", &first), 0);
	assert_int_equal(first->n_piles, 3);
	assert_int_equal(db_exec(desk.db, "UPDATE pile SET rated_w = 1", DB_NO_ARGS), 0);
	assert_int_equal(ledger_cached(cache, desk.db, "a", &again), 0);
	assert_int_equal(again->pile[0].rated_w, 7000);         /* no new message: not read again */
	ledger_message.n_station = 1;
	assert_items(report_ledger("a"), 5, 5);
	assert_int_equal(ledger_cached(cache, desk.db, "a", &again), 0);
	assert_int_equal(again->n_piles, 2);
	for (const char *id = "zyxwvutsrqponmlkjihgfedcb"; *id != '\0'; id++) {
		reset_ledger((char[]){ *id, '\0' });
		assert_items(report_ledger((char[]){ *id, '\0' }), 7, 7);
		assert_int_equal(ledger_cached(cache, desk.db, (char[]){ *id, '\0' }, &again), 0);
		assert_int_equal(again->n_piles, 3);
	}
	assert_int_equal(ledger_cached_each(cache, desk.db, &each, &n), 0);
	assert_int_equal(n, 26);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(each[i]->aggregator[0].id[0], 'a' + (int)i);
	ledger_cache_free(cache);
}

/* -- sessions */
enum { MOST = 400 };
static struct session sessions[MOST];
static struct agg_report_sessions session_message;

static struct session session_of(const char *id, const char *pile, const char *arrival, const char *departure)
{
	return (struct session){ .id = name(id, ""), .pile_id = name(pile, ""), .arrival = { desk_at(arrival) },
		.departure = { desk_at(departure) }, .need_wh = { 5000 }, .max_w = { 7000 }, .wish_wh = { VALUE_NONE },
		.wish_departure = { VALUE_NONE } };
}

static void reset_sessions(void)
{
	sessions[0] = session_of("v1", "a-p1", "06-10T18:03", "06-10T20:00");
	sessions[1] = session_of("v2", "a-p1", "06-10T20:00", "06-10T22:00");
	sessions[2] = session_of("v3", "a-p2", "06-10T18:00", "06-11T11:00");
	session_message = (struct agg_report_sessions){ &desk.header, 3, sessions };
}

static int report_sessions(const char *principal)
{
	return desk_end(registry_report_sessions(desk_begin(principal, "06-10T17:30", 1), &session_message));
}

static struct session_list stored_sessions(void)
{
	struct session_list list;

	assert_int_equal(session_load(desk.arena, desk.db, 0, INT64_MAX, &list), 0);
	return list;
}

static int setup_sessions(void **state)
{
	setup(state);
	assert_items(report_ledger("a"), 7, 7);
	reset_ledger("b");
	assert_items(report_ledger("b"), 7, 7);
	reset_sessions();
	return 0;
}

static void sessions_come_back(void **state)
{
	struct session_list list;
	struct ledger l = loaded(false);
	struct session_row *row;

	(void)state;
	sessions[1].wish_wh.v = 9000;
	sessions[1].wish_departure.v = desk_at("06-10T19:00");
	assert_items(report_sessions("a"), 3, 3);
	list = stored_sessions();
	assert_int_equal(list.n, 3);
	row = &list.item[session_find(&list, l.aggregator[0].no, "v2")];
	assert_string_equal(row->id, "v2");
	assert_int_equal(row->pile_no, l.pile[ledger_pile(&l, "a-p1")].no);
	assert_int_equal(row->arrival_ms, desk_at("06-10T20:00"));
	assert_int_equal(row->departure_ms, desk_at("06-10T22:00"));
	assert_int_equal(row->need_wh, 5000);
	assert_int_equal(row->max_w, 7000);
	assert_int_equal(row->wish_wh, 9000);
	assert_int_equal(row->wish_departure_ms, desk_at("06-10T19:00"));
	assert_int_equal(list.item[0].wish_wh, VALUE_NONE);
	assert_int_equal(session_find(&list, l.aggregator[1].no, "v2"), -1);
	assert_int_equal(session_find(&list, l.aggregator[0].no, "v4"), -1);
	assert_int_equal(session_load_of(desk.arena, desk.db, l.aggregator[0].no, desk_at("06-10T20:00"),
			desk_at("06-10T21:00"), &list), 0);
	assert_int_equal(list.n, 2);
	assert_string_equal(list.item[0].id, "v2");
	assert_int_equal(session_load_of(desk.arena, desk.db, l.aggregator[1].no, 0, INT64_MAX, &list), 0);
	assert_int_equal(list.n, 0);
}

static void session_is_replaced(void **state)
{
	struct session_list before, after;

	(void)state;
	assert_items(report_sessions("a"), 3, 3);
	before = stored_sessions();
	sessions[0].departure.v = desk_at("06-10T19:00");
	sessions[2].need_wh.v = 1;
	assert_items(report_sessions("a"), 3, 3);
	after = stored_sessions();
	assert_int_equal(after.n, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(after.item[i].no, before.item[i].no);
	assert_int_equal(after.item[0].departure_ms, desk_at("06-10T19:00"));
	assert_int_equal(after.item[2].need_wh, 1);
}

static void expect_session_spoiled(int error, const char *path)
{
	const char *before = content();

	session_message.n_session = 1;
	assert_items(report_sessions("a"), 1, 0);
	assert_int_equal(desk.call.diag.n, 1);
	assert_diag(0, error, path);
	assert_string_equal(content(), before);
	reset_sessions();
}

static void sessions_refused(void **state)
{
	(void)state;
	sessions[0].pile_id = name("nowhere", "");
	expect_session_spoiled(E_UNKNOWN_RESOURCE, "session[1]/pileId");
	sessions[0].pile_id = name("b-p1", "");         /* another's: as unknown */
	expect_session_spoiled(E_UNKNOWN_RESOURCE, "session[1]/pileId");
	sessions[0].need_wh.v = -1;
	expect_session_spoiled(E_NEGATIVE, "session[1]/needKwh");
	sessions[0].need_wh.v = REGISTRY_NEED_MAX_WH + 1;
	expect_session_spoiled(E_RANGE, "session[1]/needKwh");
	sessions[0].wish_wh.v = -1;
	expect_session_spoiled(E_NEGATIVE, "session[1]/wishKwh");
	sessions[0].max_w.v = 0;
	expect_session_spoiled(E_RANGE, "session[1]/maxKw");
	sessions[0].max_w.v = -1;
	expect_session_spoiled(E_NEGATIVE, "session[1]/maxKw");
	sessions[0].max_w.v = 7001;
	expect_session_spoiled(E_ABOVE_RATING, "session[1]/maxKw");
	sessions[0].departure = sessions[0].arrival;
	expect_session_spoiled(E_TIME_ORDER, "session[1]/departure");
	sessions[0].departure.v = sessions[0].arrival.v + REGISTRY_STAY_MAX_DAYS * (int64_t)MS_DAY + 1;
	expect_session_spoiled(E_RANGE, "session[1]/departure");
	sessions[0].arrival.v += 41 * (int64_t)MS_DAY;
	sessions[0].departure.v += 41 * (int64_t)MS_DAY;
	expect_session_spoiled(E_TIME_FUTURE, "session[1]/arrival");
	sessions[0].arrival.v -= 401 * (int64_t)MS_DAY;
	sessions[0].departure.v -= 401 * (int64_t)MS_DAY;
	expect_session_spoiled(E_TIME_ANCIENT, "session[1]/departure");
	sessions[1] = sessions[0];
	assert_items(report_sessions("a"), 3, 2);
	assert_diag(0, E_DUPLICATE_ITEM, "session[2]/id");
}

static void retired_pile_takes_no_session(void **state)
{
	(void)state;
	reset_ledger("a");
	stations[0].n_pile = 1;
	assert_items(report_ledger("a"), 6, 6);
	assert_items(report_sessions("a"), 3, 2);
	assert_diag(0, E_UNKNOWN_RESOURCE, "session[3]/pileId");
}

static void sender_without_ledger(void **state)
{
	(void)state;
	assert_items(report_sessions("c"), 3, 0);
	assert_int_equal(desk.call.diag.n, 3);
	assert_diag(2, E_UNKNOWN_RESOURCE, "session[3]/pileId");
	assert_int_equal(stored_sessions().n, 0);
}

static void overlap_in_the_message(void **state)
{
	(void)state;
	sessions[1].arrival.v = desk_at("06-10T19:59");         /* shares 19:45–20:00 */
	assert_items(report_sessions("a"), 3, 2);
	assert_diag(0, E_OVERLAP, "session[2]");
	reset_sessions();
	sessions[0].departure.v = desk_at("06-10T20:01");       /* shares 20:00–20:15; v1 arrives first and stands */
	assert_items(report_sessions("a"), 3, 2);
	assert_diag(0, E_OVERLAP, "session[2]");
}

static void overlap_with_what_is_stored(void **state)
{
	(void)state;
	session_message.n_session = 1;
	session_message.session = &sessions[1];
	assert_items(report_sessions("a"), 1, 1);
	session_message.session = sessions;
	sessions[0].departure.v = desk_at("06-10T21:00");
	assert_items(report_sessions("a"), 1, 0);
	assert_diag(0, E_OVERLAP, "session[1]");
	sessions[0].departure.v = desk_at("06-10T20:00");
	assert_items(report_sessions("a"), 1, 1);
	/* another one is refused where the stored one stands, even if the message moves that one away */
	sessions[0] = session_of("v9", "a-p1", "06-10T20:30", "06-10T21:00");
	sessions[1] = session_of("v2", "a-p1", "06-11T08:00", "06-11T09:00");
	session_message.n_session = 2;
	assert_items(report_sessions("a"), 2, 1);
	assert_diag(0, E_OVERLAP, "session[1]");
}

static bool share(const struct session_row *x, const struct session_row *y)
{
	int64_t step = 15 * MS_MINUTE;

	return x->pile_no == y->pile_no && x->arrival_ms / step <= (y->departure_ms - 1) / step &&
		y->arrival_ms / step <= (x->departure_ms - 1) / step;
}

static void assert_no_overlap(const struct session_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		for (size_t k = 0; k < i; k++)
			assert_false(share(&list->item[i], &list->item[k]));
}

static void draw_sessions(struct rng *rng, int round)
{
	session_message = (struct agg_report_sessions){ &desk.header, MOST, sessions };
	for (int i = 0; i < MOST; i++) {
		int64_t arrival = desk_at("06-10T12:00") + rng_between(rng, 0, 1200) * MS_MINUTE;

		sessions[i] = session_of(arena_printf(desk.arena, "r%d", i + round * MOST / 2), rng_below(rng, 2)
				? "a-p1" : "a-p2",
			"06-10T12:00", "06-10T12:00");
		sessions[i].arrival.v = arrival;
		sessions[i].departure.v = arrival + rng_between(rng, 1, 60) * MS_MINUTE;
	}
}

static void shuffle(struct rng *rng)
{
	for (size_t i = MOST; i-- > 1; ) {
		size_t k = (size_t)rng_below(rng, i + 1);
		struct session other = sessions[i];

		sessions[i] = sessions[k];
		sessions[k] = other;
	}
}

/* Random fleets in two messages that share ids: nothing stored overlaps, something is stored, and the order of the
 * rows in the messages makes no difference. */
static void order_decides_nothing(void **state)
{
	struct rng rng, same;
	struct session_list list[2];

	(void)state;
	for (unsigned seed = 0; seed < 6; seed++) {
		for (int turn = 0; turn < 2; turn++) {
			assert_int_equal(db_exec(desk.db, "DELETE FROM session", DB_NO_ARGS), 0);
			rng_seed(&rng, seed);
			rng_seed(&same, seed + (unsigned)turn * 1000);
			for (int round = 0; round < 2; round++) {
				draw_sessions(&rng, round);
				if (turn == 1)
					shuffle(&same);
				assert_int_equal(report_sessions("a"), 0);
			}
			list[turn] = stored_sessions();
			assert_no_overlap(&list[turn]);
		}
		assert_true(list[0].n > 20);
		assert_int_equal(list[0].n, list[1].n);
		for (size_t i = 0; i < list[0].n; i++) {
			assert_string_equal(list[0].item[i].id, list[1].item[i].id);
			assert_int_equal(list[0].item[i].arrival_ms, list[1].item[i].arrival_ms);
		}
	}
}

static void results_come_back(void **state)
{
	struct session_list list;
	struct session_result r[2], *out;

	(void)state;
	assert_items(report_sessions("a"), 3, 3);
	list = stored_sessions();
	r[0] = (struct session_result){ list.item[2].no, 10, 20, SESSION_SHORT };
	r[1] = (struct session_result){ list.item[0].no, 0, 5000, SESSION_MET };
	assert_int_equal(session_put_results(desk.arena, desk.db, r, 2), 0);
	r[0].delivered_wh = 21;
	assert_int_equal(session_put_results(desk.arena, desk.db, r, 1), 0);
	assert_int_equal(session_load_results(desk.arena, desk.db, &list, &out), 0);
	assert_int_equal(out[0].delivered_wh, 5000);
	assert_int_equal(out[0].outcome, SESSION_MET);
	assert_int_equal(out[1].session_no, 0);
	assert_int_equal(out[2].delivered_wh, 21);
	assert_int_equal(out[2].before_wh, 10);
	assert_int_equal(db_exec(desk.db, "DELETE FROM session_result", DB_NO_ARGS), 0);
}

/* -- capability */
static struct grid grids[2];
static struct watt up[96], down[96];
static struct capability capabilities[2];
static struct agg_report_capability capability_message;

static int setup_capability(void **state)
{
	setup_sessions(state);
	for (int i = 0; i < 96; i++) {
		up[i].v = 1000 + i;
		down[i].v = 2000 + i;
	}
	for (int i = 0; i < 2; i++) {
		grids[i] = (struct grid){ { desk_at("06-10T12:00") }, { 15 }, { 96 }, CURVE_VALUE_MEAN,
				CURVE_REFERENCE_DEVIATION, POLARITY_LOAD };
		capabilities[i] = (struct capability){ name("a", i == 0 ? "" : "-s1"), &grids[i], { 96, up }, { 96,
				down }, { 60000 },
			{ VALUE_NONE }, { 120 }, { COUNT_NONE } };
	}
	capability_message = (struct agg_report_capability){ &desk.header, 2, capabilities };
	return 0;
}

static int report_capability_at(const char *now, int32_t revision)
{
	return desk_end(registry_report_capability(desk_begin("a", now, revision), &capability_message));
}

static int report_capability(int32_t revision)
{
	return report_capability_at("06-10T11:30", revision);
}

static void capability_comes_back(void **state)
{
	struct capability_list list;
	struct ledger l = loaded(false);

	(void)state;
	assert_items(report_capability(1), 2, 2);
	assert_int_equal(capability_load(desk.arena, desk.db, l.aggregator[0].no, 0, INT64_MAX, &list), 0);
	assert_int_equal(list.n, 2);
	assert_string_equal(list.item[0].resource_id, "a");
	assert_string_equal(list.item[1].resource_id, "a-s1");
	assert_int_equal(list.item[1].n, 96);
	for (int i = 0; i < 96; i++) {
		assert_int_equal(list.item[1].up_w[i], 1000 + i);
		assert_int_equal(list.item[1].down_w[i], 2000 + i);
	}
	assert_int_equal(list.item[0].up_rate_w_min, 60000);
	assert_int_equal(list.item[0].down_rate_w_min, VALUE_NONE);
	assert_int_equal(list.item[0].up_minutes, 120);
	assert_int_equal(list.item[0].down_minutes, VALUE_NONE);
}

/* One line a row: resource, revision, minutes of the morning at which it was known, up[5], whether the message is the one given. */
static const char *capability_rows(int64_t seq)
{
	struct db_rows *rows = NULL;
	const char *text = "";

	assert_int_equal(db_query(desk.db, "SELECT resource_id, revision, (known_ms - ?) DIV 60000, HEX(SUBSTR(up_w, 21, 4)), seq = ?"
		" FROM capability ORDER BY resource_id, revision", DB_ARGS(DB_INT(desk_at("06-10T11:00")), DB_INT(seq)), &rows), 0);
	while (db_next(rows) > 0)
		text = arena_printf(desk.arena, "%s%s %lld %lld %s %lld\n", text, db_text(rows, 0), (long long)db_int(rows, 1),
			(long long)db_int(rows, 2), db_text(rows, 3), (long long)db_int(rows, 4));
	db_rows_done(rows);
	return text;
}

static void capability_revisions_are_kept(void **state)
{
	struct capability_list list;
	struct ledger l = loaded(false);
	int64_t first;

	(void)state;
	assert_items(report_capability(2), 2, 2);
	first = desk.call.w.seq;
	up[5].v = 7;
	assert_items(report_capability_at("06-10T11:40", 3), 2, 2);
	for (int32_t older = 1; older <= 3; older++) {          /* an equal one too: it is another message */
		assert_items(report_capability_at("06-10T11:50", older), 2, 0);
		assert_diag(0, E_REVISION, "capability[1]");
		assert_diag(1, E_REVISION, "capability[2]");
		assert_string_equal(desk.call.diag.item[1].detail, "stored: 3");
	}
	assert_string_equal(capability_rows(first), "a 2 30 ED030000 1\na 3 40 07000000 0\na-s1 2 30 ED030000 1\na-s1 3 40 07000000 0\n");
	assert_int_equal(capability_load(desk.arena, desk.db, l.aggregator[0].no, 0, INT64_MAX, &list), 0);
	assert_int_equal(list.n, 2);
	assert_int_equal(list.item[0].up_w[5], 7);
	assert_int_equal(list.item[0].revision, 3);
	assert_int_equal(list.item[0].known_ms, desk_at("06-10T11:40"));
	assert_int_equal(list.item[0].seq, first + 1);
	grids[1].start.v += 900000;                             /* another matter */
	assert_items(report_capability_at("06-10T11:50", 1), 2, 1);
	assert_int_equal(capability_load(desk.arena, desk.db, l.aggregator[0].no, 0, INT64_MAX, &list), 0);
	assert_int_equal(list.n, 3);
}

static void short_curve_refuses_the_message(void **state)
{
	const char *before = content();

	(void)state;
	capabilities[1].up_w.n = 95;
	assert_refused(report_capability(1), E_CURVE_LENGTH, "capability[2]/upKw");
	capabilities[1].up_w.n = 96;
	capabilities[0].down_w.n = 95;
	assert_refused(report_capability(1), E_CURVE_LENGTH, "capability[1]/downKw");
	capabilities[0].down_w.n = capabilities[0].up_w.n = grids[0].count.v = 0;
	assert_refused(report_capability(1), E_CURVE_LENGTH, "capability[1]/grid/count");
	grids[0].count.v = REGISTRY_POINTS_MAX + 1;
	assert_refused(report_capability(1), E_CURVE_LENGTH, "capability[1]/grid/count");
	assert_string_equal(content(), before);
}

static void expect_capability_spoiled(void **state, int error, const char *path)
{
	assert_items(report_capability(1), 2, 1);
	assert_int_equal(desk.call.diag.n, 1);
	assert_diag(0, error, path);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM capability WHERE resource_id = 'a'"), 1);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM capability"), 1);
	setup_capability(state);
}

static void capability_items_refused(void **state)
{
	static struct watt spoiled[96];

	capabilities[1].resource_id = name("b-s1", "");
	expect_capability_spoiled(state, E_UNKNOWN_RESOURCE, "capability[2]/resourceId");
	capabilities[1].resource_id = name("b", "");
	expect_capability_spoiled(state, E_UNKNOWN_RESOURCE, "capability[2]/resourceId");
	memcpy(spoiled, up, sizeof spoiled);
	spoiled[94].v = -1;
	capabilities[1].up_w.item = spoiled;
	expect_capability_spoiled(state, E_NEGATIVE, "capability[2]/upKw[95]");
	spoiled[94].v = INT64_C(1) << 31;
	capabilities[1].down_w.item = spoiled;
	expect_capability_spoiled(state, E_RANGE, "capability[2]/downKw[95]");
	capabilities[1].down_rate_w_min.v = -1;
	expect_capability_spoiled(state, E_NEGATIVE, "capability[2]/downRateKwMin");
	capabilities[1].resource_id = name("a", "");
	expect_capability_spoiled(state, E_DUPLICATE_ITEM, "capability[2]");
	grids[1].start.v += MS_MINUTE;
	expect_capability_spoiled(state, E_TIME_GRID, "capability[2]/grid/start");
	grids[1].step_min.v = 0;
	expect_capability_spoiled(state, E_RANGE, "capability[2]/grid/stepMin");
	grids[1].start.v += 41 * (int64_t)MS_DAY;
	expect_capability_spoiled(state, E_TIME_FUTURE, "capability[2]/grid/start");
	grids[1].start.v -= 402 * (int64_t)MS_DAY;
	expect_capability_spoiled(state, E_TIME_ANCIENT, "capability[2]/grid/start");
}

static int begin(void **state)
{
	(void)state;
	desk_open("sichuan-2023");
	return 0;
}

static int end(void **state)
{
	(void)state;
	desk_close();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(ledger_comes_back, setup),
		cmocka_unit_test_setup(ledger_is_grouped_and_sorted, setup),
		cmocka_unit_test_setup(unnamed_is_retired_and_comes_back, setup),
		cmocka_unit_test_setup(newer_content_replaces, setup),
		cmocka_unit_test_setup(pile_moves, setup),
		cmocka_unit_test_setup(piles_of_a_stopped_station_are_out_of_service, setup),
		cmocka_unit_test_setup(ledger_refused_whole, setup),
		cmocka_unit_test_setup(ledger_items_refused, setup),
		cmocka_unit_test_setup(refused_items_stay, setup),
		cmocka_unit_test_setup(taken_ids_are_refused, setup),
		cmocka_unit_test_setup(the_same_again_changes_nothing, setup),
		cmocka_unit_test_setup(empty_ledger_retires_all, setup),
		cmocka_unit_test_setup(many_piles, setup),
		cmocka_unit_test_setup(taken_is_told_for_each, setup),
		cmocka_unit_test_setup(cache_follows_the_ledger, setup),
		cmocka_unit_test_setup(sessions_come_back, setup_sessions),
		cmocka_unit_test_setup(session_is_replaced, setup_sessions),
		cmocka_unit_test_setup(sessions_refused, setup_sessions),
		cmocka_unit_test_setup(retired_pile_takes_no_session, setup_sessions),
		cmocka_unit_test_setup(sender_without_ledger, setup_sessions),
		cmocka_unit_test_setup(overlap_in_the_message, setup_sessions),
		cmocka_unit_test_setup(overlap_with_what_is_stored, setup_sessions),
		cmocka_unit_test_setup(order_decides_nothing, setup_sessions),
		cmocka_unit_test_setup(results_come_back, setup_sessions),
		cmocka_unit_test_setup(capability_comes_back, setup_capability),
		cmocka_unit_test_setup(capability_revisions_are_kept, setup_capability),
		cmocka_unit_test_setup(short_curve_refuses_the_message, setup_capability),
		cmocka_unit_test_setup(capability_items_refused, setup_capability),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
