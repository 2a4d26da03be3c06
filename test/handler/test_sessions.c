/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Sessions: what is taken, what is refused and where, and what is stored of those that overlap. */
#include "handler/small_ledger.h"
#include "base/rng.h"
#include "store/session.h"

enum { MOST = 400 };
static struct session sessions[MOST];
static struct agg_report_sessions session_message;

static struct session session_of(const char *id, const char *pile, const char *arrival, const char *departure)
{
	return (struct session){ .id = small_name(id, ""), .pile_id = small_name(pile, ""), .arrival = { desk_at(arrival) },
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
	small_two(state);
	reset_sessions();
	return 0;
}

static void sessions_come_back(void **state)
{
	struct session_list list;
	struct ledger l = small_loaded(false);
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
	const char *before = small_content();

	session_message.n_session = 1;
	assert_items(report_sessions("a"), 1, 0);
	assert_int_equal(desk.call.diag.n, 1);
	assert_diag(0, error, path);
	assert_string_equal(small_content(), before);
	reset_sessions();
}

static void sessions_refused(void **state)
{
	(void)state;
	sessions[0].pile_id = small_name("nowhere", "");
	expect_session_spoiled(E_UNKNOWN_RESOURCE, "session[1]/pileId");
	sessions[0].pile_id = small_name("b-p1", "");         /* another's: as unknown */
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
	small_reset("a");
	small_station[0].n_pile = 1;
	assert_items(small_report("a"), 6, 6);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(sessions_come_back, setup_sessions),
		cmocka_unit_test_setup(session_is_replaced, setup_sessions),
		cmocka_unit_test_setup(sessions_refused, setup_sessions),
		cmocka_unit_test_setup(retired_pile_takes_no_session, setup_sessions),
		cmocka_unit_test_setup(sender_without_ledger, setup_sessions),
		cmocka_unit_test_setup(overlap_in_the_message, setup_sessions),
		cmocka_unit_test_setup(overlap_with_what_is_stored, setup_sessions),
		cmocka_unit_test_setup(order_decides_nothing, setup_sessions),
		cmocka_unit_test_setup(results_come_back, setup_sessions),
	};

	return cmocka_run_group_tests(tests, desk_set_up, desk_tear_down);
}
