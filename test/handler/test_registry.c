/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The ledger: what is taken, what is refused and where, and that a refusal leaves nothing behind. */
#include "handler/small_ledger.h"

static enum resource_state state_of(const char *pile_id)
{
	struct ledger l = small_loaded(true);

	assert_true(ledger_pile(&l, pile_id) >= 0);
	return l.pile[ledger_pile(&l, pile_id)].state;
}

/* -- ledger */
static void ledger_comes_back(void **state)
{
	struct ledger l;
	int64_t s, p;

	(void)state;
	assert_items(small_report("a"), 7, 7);
	assert_int_equal(desk.call.diag.n, 0);
	small_reset("b");
	assert_items(small_report("b"), 7, 7);
	l = small_loaded(false);
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
	small_reset("b");
	assert_items(small_report("b"), 7, 7);
	small_reset("a");
	assert_items(small_report("a"), 7, 7);
	l = small_loaded(false);
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
	assert_items(small_report("a"), 7, 7);
	l = small_loaded(false);
	no = l.pile[ledger_pile(&l, "a-p3")].no;
	small_message.n_station = 1;
	small_station[0].n_pile = 1;
	assert_items(small_report("a"), 4, 4);
	l = small_loaded(false);
	assert_int_equal(l.n_stations, 1);
	assert_int_equal(l.n_piles, 1);
	assert_int_equal(state_of("a-p2"), RESOURCE_STATE_RETIRED);
	assert_int_equal(state_of("a-p3"), RESOURCE_STATE_RETIRED);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM station WHERE state = 3"), 1);
	seq = desk.seq;
	assert_items(small_report("a"), 4, 4);
	assert_int_equal(state_of("a-p3"), RESOURCE_STATE_RETIRED);
	assert_int_equal(desk_count("SELECT seq FROM pile WHERE pile_id = 'a-p3'"), seq);       /* retired once */
	assert_int_equal(desk_count("SELECT seq FROM station WHERE station_id = 'a-s2'"), seq);
	small_reset("a");
	assert_items(small_report("a"), 7, 7);
	l = small_loaded(false);
	assert_int_equal(l.n_piles, 3);
	assert_int_equal(l.pile[ledger_pile(&l, "a-p3")].no, no);
}

static void newer_content_replaces(void **state)
{
	struct ledger l;

	(void)state;
	assert_items(small_report("a"), 7, 7);
	small_pile[1][0].rated_w.v = 22000;
	small_pile[1][0].state = RESOURCE_STATE_TEST;
	small_station[1].meter_no = small_name("a-other", "");
	small_station[0].limit_w.v = 1;
	small_operator[0].name = small_name("新", "");
	assert_items(small_report_at("a", 5), 7, 7);
	l = small_loaded(false);
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
	assert_items(small_report("a"), 7, 7);
	l = small_loaded(false);
	no = l.pile[ledger_pile(&l, "a-p2")].no;
	small_station[0].n_pile = 1;
	small_pile[1][1] = small_pile[0][1];
	small_station[1].n_pile = 2;
	assert_items(small_report("a"), 7, 7);
	l = small_loaded(false);
	assert_int_equal(l.pile[ledger_pile(&l, "a-p2")].station, ledger_station(&l, "a-s2"));
	assert_int_equal(l.pile[ledger_pile(&l, "a-p2")].no, no);
}

static void piles_of_a_stopped_station_are_out_of_service(void **state)
{
	struct ledger l;

	(void)state;
	small_station[0].state = RESOURCE_STATE_STOPPED;
	assert_items(small_report("a"), 7, 7);
	l = small_loaded(false);
	assert_false(l.pile[ledger_pile(&l, "a-p1")].in_service);
	assert_true(l.pile[ledger_pile(&l, "a-p3")].in_service);
}

static void ledger_refused_whole(void **state)
{
	const char *before;

	(void)state;
	assert_items(small_report_at("a", 3), 7, 7);
	before = small_content();
	small_station[0].limit_w.v = 5;
	assert_refused(small_report_at("a", 2), E_REVISION, "header/revision");
	assert_refused(small_report("b"), E_UNKNOWN_RESOURCE, "aggregator/id");
	assert_string_equal(small_content(), before);
	assert_items(small_report_at("a", 3), 7, 7);
}

/* One spoiled item; `stored` of seven are stored and it is told by this path. */
static void expect_spoiled(int64_t stored, int error, const char *path)
{
	assert_items(small_report("a"), 7, stored);
	assert_int_equal(desk.call.diag.n, 1);
	assert_diag(0, error, path);
	small_reset("a");
}

static void ledger_items_refused(void **state)
{
	(void)state;
	small_operator[1].id = small_operator[0].id;
	small_station[0].operator_id = NULL;
	expect_spoiled(6, E_DUPLICATE_ITEM, "pileOperator[2]/id");
	small_station[0].operator_id = small_name("nobody", "");
	expect_spoiled(4, E_UNKNOWN_RESOURCE, "station[1]/operatorId");
	small_station[0].limit_w.v = -1;
	expect_spoiled(4, E_NEGATIVE, "station[1]/limitKw");
	small_station[1].limit_w.v = 0;
	expect_spoiled(5, E_RANGE, "station[2]/limitKw");
	small_station[1].limit_w.v = REGISTRY_LIMIT_MAX_W + 1;
	expect_spoiled(5, E_RANGE, "station[2]/limitKw");
	small_position.longitude.v = 1800000001;
	expect_spoiled(4, E_RANGE, "station[1]/position/longitude");
	small_position.latitude.v = -900000001;
	expect_spoiled(4, E_RANGE, "station[1]/position/latitude");
	small_station[1].id = small_station[0].id;
	expect_spoiled(5, E_DUPLICATE_ITEM, "station[2]/id");
	small_station[1].meter_no = small_station[0].meter_no;
	expect_spoiled(5, E_DUPLICATE_ITEM, "station[2]/meterNo");
	small_pile[0][1].rated_w.v = -1;
	expect_spoiled(6, E_NEGATIVE, "station[1]/pile[2]/ratedKw");
	small_pile[1][0].rated_w.v = 0;
	expect_spoiled(6, E_RANGE, "station[2]/pile[1]/ratedKw");
	small_pile[1][0].rated_w.v = REGISTRY_RATED_MAX_W + 1;
	expect_spoiled(6, E_RANGE, "station[2]/pile[1]/ratedKw");
	small_pile[1][0].connectors.v = 0;
	expect_spoiled(6, E_RANGE, "station[2]/pile[1]/connectors");
	small_pile[1][0].id = small_pile[0][1].id;
	expect_spoiled(6, E_DUPLICATE_ITEM, "station[2]/pile[1]/id");
	assert_items(small_report("a"), 7, 7);
}

/* What is refused stays as it was: neither changed nor retired. */
static void refused_items_stay(void **state)
{
	struct ledger l;

	(void)state;
	assert_items(small_report("a"), 7, 7);
	small_station[0].limit_w.v = 0;
	small_pile[0][0].rated_w.v = 9000;
	small_pile[1][0].rated_w.v = -5;
	assert_items(small_report("a"), 7, 3);
	l = small_loaded(false);
	assert_int_equal(l.n_piles, 3);
	assert_int_equal(l.station[ledger_station(&l, "a-s1")].limit_w, 20000);
	assert_int_equal(l.pile[ledger_pile(&l, "a-p1")].rated_w, 7000);
	assert_int_equal(l.pile[ledger_pile(&l, "a-p3")].rated_w, 11000);
}

static void taken_ids_are_refused(void **state)
{
	struct ledger l;

	(void)state;
	assert_items(small_report("a"), 7, 7);
	small_message.n_station = 1;
	assert_items(small_report("a"), 5, 5);        /* a-s2, a-p3 retired: taken all the same */
	small_reset("b");
	small_pile[0][0].id = small_name("a-p3", "");
	small_station[1].id = small_name("a-s2", "");
	assert_items(small_report("b"), 7, 4);
	assert_int_equal(desk.call.diag.n, 2);
	assert_diag(0, E_RESOURCE_TAKEN, "station[2]/id");
	assert_diag(1, E_RESOURCE_TAKEN, "station[1]/pile[1]/id");
	small_reset("b");
	small_station[1].meter_no = small_name("a-meter-s1", "");
	assert_items(small_report("b"), 7, 5);
	assert_diag(0, E_RESOURCE_TAKEN, "station[2]/meterNo");
	l = small_loaded(true);
	assert_int_equal(l.pile[ledger_pile(&l, "a-p3")].aggregator, ledger_aggregator(&l, "a"));
	/* a meter of another own station is no freer */
	small_reset("b");
	assert_items(small_report("b"), 7, 7);
	small_station[1].meter_no = small_name("b-meter-s1", "");
	small_station[0].meter_no = small_name("b-new", "");
	assert_items(small_report("b"), 7, 5);
	assert_diag(0, E_RESOURCE_TAKEN, "station[2]/meterNo");
}

static void the_same_again_changes_nothing(void **state)
{
	const char *before;

	(void)state;
	small_operator[1].phone = NULL;      /* what is sealed looks different each time */
	assert_items(small_report("a"), 7, 7);
	before = small_content();
	desk.seq--;                     /* the same journal row */
	assert_items(small_report("a"), 7, 7);
	assert_string_equal(small_content(), before);
}

static void empty_ledger_retires_all(void **state)
{
	(void)state;
	assert_items(small_report("a"), 7, 7);
	small_message.n_station = small_message.n_pile_operator = 0;
	assert_items(small_report("a"), 0, 0);
	assert_int_equal(small_loaded(false).n_piles, 0);
	assert_int_equal(small_loaded(false).n_stations, 0);
	assert_int_equal(small_loaded(true).n_piles, 3);
}

static void many_piles(void **state)
{
	enum { N = 1500 };
	struct pile *many = ARENA_ARRAY(desk.arena, N, struct pile);

	(void)state;
	for (int i = 0; i < N; i++)
		many[i] = small_pile_of(arena_printf(desk.arena, "a-many-%d", (i * 7919) % N), 7000 + i);
	small_station[1].pile = many;
	small_station[1].n_pile = N;
	assert_items(small_report("a"), 6 + N, 6 + N);
	assert_int_equal(small_loaded(false).n_piles, 2 + N);
	many[3].rated_w.v = 0;
	assert_items(small_report("a"), 6 + N, 5 + N);
	assert_diag(0, E_RANGE, "station[2]/pile[4]/ratedKw");
}

/* Asked for in groups of any length: exactly those that stand are told. */
static void taken_is_told_for_each(void **state)
{
	enum { N = 40 };
	const char *id[N];
	bool taken[N];

	(void)state;
	assert_items(small_report("a"), 7, 7);
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
	assert_items(small_report("a"), 7, 7);
	assert_int_equal(ledger_cached(cache, desk.db, "a", &first), 0);
	assert_int_equal(first->n_piles, 3);
	assert_int_equal(db_exec(desk.db, "UPDATE pile SET rated_w = 1", DB_NO_ARGS), 0);
	assert_int_equal(ledger_cached(cache, desk.db, "a", &again), 0);
	assert_int_equal(again->pile[0].rated_w, 7000);         /* no new message: not read again */
	small_message.n_station = 1;
	assert_items(small_report("a"), 5, 5);
	assert_int_equal(ledger_cached(cache, desk.db, "a", &again), 0);
	assert_int_equal(again->n_piles, 2);
	for (const char *id = "zyxwvutsrqponmlkjihgfedcb"; *id != '\0'; id++) {
		small_reset((char[]){ *id, '\0' });
		assert_items(small_report((char[]){ *id, '\0' }), 7, 7);
		assert_int_equal(ledger_cached(cache, desk.db, (char[]){ *id, '\0' }, &again), 0);
		assert_int_equal(again->n_piles, 3);
	}
	assert_int_equal(ledger_cached_each(cache, desk.db, &each, &n), 0);
	assert_int_equal(n, 26);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(each[i]->aggregator[0].id[0], 'a' + (int)i);
	ledger_cache_free(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(ledger_comes_back, small_fresh),
		cmocka_unit_test_setup(ledger_is_grouped_and_sorted, small_fresh),
		cmocka_unit_test_setup(unnamed_is_retired_and_comes_back, small_fresh),
		cmocka_unit_test_setup(newer_content_replaces, small_fresh),
		cmocka_unit_test_setup(pile_moves, small_fresh),
		cmocka_unit_test_setup(piles_of_a_stopped_station_are_out_of_service, small_fresh),
		cmocka_unit_test_setup(ledger_refused_whole, small_fresh),
		cmocka_unit_test_setup(ledger_items_refused, small_fresh),
		cmocka_unit_test_setup(refused_items_stay, small_fresh),
		cmocka_unit_test_setup(taken_ids_are_refused, small_fresh),
		cmocka_unit_test_setup(the_same_again_changes_nothing, small_fresh),
		cmocka_unit_test_setup(empty_ledger_retires_all, small_fresh),
		cmocka_unit_test_setup(many_piles, small_fresh),
		cmocka_unit_test_setup(taken_is_told_for_each, small_fresh),
		cmocka_unit_test_setup(cache_follows_the_ledger, small_fresh),
	};

	return cmocka_run_group_tests(tests, desk_set_up, desk_tear_down);
}
