/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Notice, bids, clearing: what is taken, what is refused and where, and that a refusal leaves nothing behind. */
#include "handler/desk.h"
#include "handler/market.h"
#include "store/bid.h"
#include "store/clearing.h"

/* The notice of the trial day: two shave hours and a fill window. */
static struct notice_period periods[3];
static struct notice notice;
static struct trd_publish_market_notice publication;

static struct notice_period period_of(const char *start, const char *end, enum window window, int64_t cap_e5)
{
	return (struct notice_period){ { desk_at(start) }, { desk_at(end) }, window, { 2000000 }, { cap_e5 } };
}

static void reset_notice(void)
{
	periods[0] = period_of("06-10T18:00", "06-10T19:00", WINDOW_SHAVE, 400000);
	periods[1] = period_of("06-10T19:00", "06-10T20:00", WINDOW_SHAVE, 400000);
	periods[2] = period_of("06-11T00:00", "06-11T06:00", WINDOW_FILL, 60000);
	notice = (struct notice){ .notice_id = "N1", .product = "peak-regulation", .title = "削峰填谷", .text = "条件",
		.trade_date = { date_from_civil(2026, 6, 10) }, .gate_close = { desk_at("06-10T14:30") }, .n_period = 3,
		.period = periods };
	publication = (struct trd_publish_market_notice){ &desk.header, &notice };
}

static int publish(const char *now, int32_t revision)
{
	struct call *c = desk_begin("trading", now, revision);

	return desk_end(market_publish_notice(c, &publication));
}

static struct agg_fetch_notices_response fetch(int64_t since_ms)
{
	struct agg_fetch_notices_response answer = { 0 };
	struct call *c = desk_begin("agg-a", "06-10T13:05", 1);
	struct agg_fetch_notices m = { &desk.header, { since_ms } };

	assert_int_equal(desk_end(market_fetch_notices(c, &m, &answer)), 0);
	return answer;
}

/* -- bids */

static struct bid_segment segments[2][2];
static struct bid_period bid_periods[2];
static struct agg_submit_bid bid;

static void reset_bid(void)
{
	segments[0][0] = (struct bid_segment){ { 1 }, { 10000 }, { 300000 } };
	segments[0][1] = (struct bid_segment){ { 2 }, { 5000 }, { 350000 } };
	segments[1][0] = (struct bid_segment){ { 1 }, { 8000 }, { 40000 } };
	bid_periods[0] = (struct bid_period){ periods[0].start, periods[0].end, WINDOW_SHAVE, 2, segments[0] };
	bid_periods[1] = (struct bid_period){ periods[2].start, periods[2].end, WINDOW_FILL, 1, segments[1] };
	bid = (struct agg_submit_bid){ &desk.header, "B1", "N1", 2, bid_periods };
}

static int submit(const char *who, const char *now, int32_t revision)
{
	struct call *c = desk_begin(who, now, revision);

	return desk_end(market_submit_bid(c, &bid));
}

static struct trd_query_bids_response query(void)
{
	struct trd_query_bids_response answer = { 0 };
	struct call *c = desk_begin("trading", "06-10T14:31", 1);
	struct trd_query_bids m = { &desk.header, "N1" };

	assert_int_equal(desk_end(market_query_bids(c, &m, &answer)), 0);
	return answer;
}

/* -- clearing */

static struct cleared_period cleared[2];
static struct trd_submit_clearing_result result;

static void reset_clearing(void)
{
	cleared[0] = (struct cleared_period){ periods[0].start, periods[0].end, WINDOW_SHAVE, { 15000 }, { 350000 } };
	cleared[1] = (struct cleared_period){ periods[2].start, periods[2].end, WINDOW_FILL, { 0 }, { 40000 } };
	result = (struct trd_submit_clearing_result){ &desk.header, "N1", "C1", 2, cleared };
}

static int clear(const char *now, int32_t revision)
{
	struct call *c = desk_begin("trading", now, revision);

	return desk_end(market_submit_clearing(c, &result));
}

/* -- set-up: ledger, and on demand notice and bid */

static void empty(void)
{
	static const char *const sql[] = { "DELETE FROM notice", "DELETE FROM notice_period", "DELETE FROM bid",
		"DELETE FROM bid_segment", "DELETE FROM clearing", "DELETE FROM clearing_period" };

	for (size_t i = 0; i < sizeof sql / sizeof *sql; i++)
		assert_int_equal(db_exec_at(desk.db, sql[i], DB_NO_ARGS), 0);
	reset_notice();
	reset_bid();
	reset_clearing();
}

static int set_up(void **state)
{
	(void)state;
	desk_open("sichuan-2023");
	desk_aggregator("agg-b", 2, PILE_KIND_AC, 14000);
	desk_aggregator("agg-a", 3, PILE_KIND_AC, 14000);       /* rated sum 21 kW */
	return 0;
}

static int fresh(void **state)
{
	(void)state;
	empty();
	return 0;
}

static int with_notice(void **state)
{
	fresh(state);
	return publish("06-10T13:00", 1);
}

static int with_bid(void **state)
{
	return with_notice(state) == 0 ? submit("agg-a", "06-10T14:00", 1) : -1;
}

/* -- notices */

static void a_notice_is_stored_and_fetched(void **state)
{
	struct agg_fetch_notices_response answer;

	(void)state;
	assert_items(publish("06-10T13:00", 1), 3, 3);
	answer = fetch(VALUE_NONE);
	assert_int_equal(answer.n_notice, 1);
	assert_string_equal(answer.notice[0].notice_id, "N1");
	assert_string_equal(answer.notice[0].title, "削峰填谷");
	assert_string_equal(answer.notice[0].text, "条件");
	assert_int_equal(answer.notice[0].trade_date.v, notice.trade_date.v);
	assert_int_equal(answer.notice[0].gate_close.v, notice.gate_close.v);
	assert_int_equal(answer.notice[0].n_period, 3);
	for (int i = 0; i < 3; i++) {
		const struct notice_period *p = &answer.notice[0].period[i];

		assert_int_equal(p->start.v, periods[i].start.v);
		assert_int_equal(p->end.v, periods[i].end.v);
		assert_int_equal(p->window, periods[i].window);
		assert_int_equal(p->demand_w.v, periods[i].demand_w.v);
		assert_int_equal(p->price_cap_e5.v, periods[i].price_cap_e5.v);
	}
}

static void fetching_since_gives_only_later_ones(void **state)
{
	struct agg_fetch_notices_response answer;

	(void)state;
	notice.notice_id = "N2";
	assert_items(publish("06-10T13:01", 1), 3, 3);
	notice.notice_id = "N1";
	assert_items(publish("06-10T13:00", 1), 3, 3);
	answer = fetch(VALUE_NONE);
	assert_int_equal(answer.n_notice, 2);
	assert_string_equal(answer.notice[0].notice_id, "N1");
	assert_string_equal(answer.notice[1].notice_id, "N2");
	answer = fetch(desk_at("06-10T13:00") + 1);
	assert_int_equal(answer.n_notice, 1);
	assert_string_equal(answer.notice[0].notice_id, "N2");
	assert_int_equal(fetch(desk_at("06-10T13:01") + 1).n_notice, 0);
	/* whoever asked at an instant hears of what is published at that instant afterwards */
	assert_int_equal(fetch(desk_at("06-10T13:01")).n_notice, 1);
	notice.notice_id = "N3";
	assert_items(publish("06-10T13:01", 1), 3, 3);
	answer = fetch(desk_at("06-10T13:01"));
	assert_int_equal(answer.n_notice, 2);
	assert_string_equal(answer.notice[1].notice_id, "N3");
}

static void a_newer_revision_replaces_whole_an_older_is_refused(void **state)
{
	const char *before;

	(void)state;
	assert_items(publish("06-10T13:00", 2), 3, 3);
	before = desk_content();
	assert_refused(publish("06-10T13:01", 2), E_REVISION, "header/revision");
	assert_refused(publish("06-10T13:01", 1), E_REVISION, "header/revision");
	assert_string_equal(desk_content(), before);
	notice.n_period = 1;
	notice.text = NULL;
	assert_items(publish("06-10T13:01", 3), 1, 1);
	assert_int_equal(fetch(VALUE_NONE).notice[0].n_period, 1);
	assert_null(fetch(VALUE_NONE).notice[0].text);
	assert_int_equal(fetch(desk_at("06-10T13:00")).n_notice, 1);
}

static void a_late_or_far_notice_is_refused_whole(void **state)
{
	const char *before = desk_content();

	(void)state;
	assert_refused(publish("06-10T14:30", 1), E_GATE_CLOSED, "notice/gateClose");
	notice.trade_date.v += 41;
	assert_refused(publish("06-10T13:00", 1), E_TIME_FUTURE, "notice/tradeDate");
	assert_string_equal(desk_content(), before);
}

/* One period is spoilt: it is refused at `path`, the two others are stored. */
static void one_bad_period(int i, struct notice_period bad, int error, const char *path)
{
	empty();
	periods[i] = bad;
	assert_items(publish("06-10T13:00", 1), 3, 2);
	assert_int_equal(desk.call.diag.n, 1);
	assert_diag(0, error, path);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM notice_period"), 2);
}

static void bad_periods_are_refused_the_others_stored(void **state)
{
	struct notice_period p = period_of("06-10T18:00", "06-10T19:00", WINDOW_SHAVE, 400000);

	(void)state;
	one_bad_period(1, period_of("06-10T19:00", "06-10T19:00", WINDOW_SHAVE, 1), E_TIME_ORDER,
		"notice/period[2]/end");
	one_bad_period(1, period_of("06-10T19:05", "06-10T20:00", WINDOW_SHAVE, 1), E_TIME_GRID,
		"notice/period[2]/start");
	one_bad_period(1, period_of("06-10T19:00", "06-10T20:01", WINDOW_SHAVE, 1), E_TIME_GRID,
		"notice/period[2]/end");
	one_bad_period(2, period_of("06-11T11:00", "06-11T12:15", WINDOW_FILL, 1), E_BUSINESS_DATE,
		"notice/period[3]/start");
	one_bad_period(0, period_of("06-10T11:45", "06-10T12:15", WINDOW_SHAVE, 1), E_BUSINESS_DATE,
		"notice/period[1]/start");
	one_bad_period(0, period_of("06-10T14:15", "06-10T15:00", WINDOW_SHAVE, 1), E_TIME_ORDER,
		"notice/period[1]/start");
	one_bad_period(0, period_of("06-10T18:00", "06-10T19:00", WINDOW_HOLD, 1), E_RANGE, "notice/period[1]/window");
	one_bad_period(0, period_of("06-10T18:00", "06-10T19:00", WINDOW_SHAVE, -1), E_NEGATIVE,
		"notice/period[1]/priceCapCnyMwh");
	one_bad_period(1, period_of("06-10T18:45", "06-10T20:00", WINDOW_SHAVE, 1), E_OVERLAP, "notice/period[2]");
	p.demand_w.v = 0;
	one_bad_period(0, p, E_RANGE, "notice/period[1]/demandMw");
	p.demand_w.v = -1;
	one_bad_period(0, p, E_NEGATIVE, "notice/period[1]/demandMw");
}

static void a_notice_without_a_good_period_changes_nothing(void **state)
{
	const char *before = desk_content();

	(void)state;
	for (int i = 0; i < 3; i++)
		periods[i].demand_w.v = 0;
	assert_items(publish("06-10T13:01", 2), 3, 0);
	assert_int_equal(desk.call.diag.n, 3);
	assert_string_equal(desk_content(), before);
}

/* -- bids */

static void bids_are_stored_and_queried_by_aggregator(void **state)
{
	struct trd_query_bids_response answer;

	(void)state;
	assert_items(submit("agg-b", "06-10T14:30", 1), 2, 1);  /* 15 kW are above its 14 kW */
	assert_diag(0, E_ABOVE_RATING, "period[1]/segment[2]/volumeKw");
	assert_items(submit("agg-a", "06-10T14:00", 4), 2, 2);
	answer = query();
	assert_int_equal(answer.n_offer, 2);
	assert_string_equal(answer.offer[0].aggregator_id, "agg-a");
	assert_string_equal(answer.offer[0].bid_id, "B1");
	assert_int_equal(answer.offer[0].revision.v, 4);
	assert_int_equal(answer.offer[0].submitted_at.v, desk_at("06-10T14:00"));
	assert_int_equal(answer.offer[0].n_period, 2);
	assert_int_equal(answer.offer[0].period[0].n_segment, 2);
	assert_int_equal(answer.offer[0].period[0].segment[1].volume_w.v, 5000);
	assert_int_equal(answer.offer[0].period[0].segment[1].price_e5.v, 350000);
	assert_int_equal(answer.offer[0].period[1].start.v, periods[2].start.v);
	assert_int_equal(answer.offer[0].period[1].window, WINDOW_FILL);
	assert_string_equal(answer.offer[1].aggregator_id, "agg-b");
	assert_int_equal(answer.offer[1].n_period, 1);
	assert_int_equal(answer.offer[1].period[0].segment[0].volume_w.v, 8000);
}

static void a_newer_bid_replaces_whole(void **state)
{
	const char *before;

	(void)state;
	before = desk_content();
	assert_refused(submit("agg-a", "06-10T14:01", 1), E_REVISION, "header/revision");
	assert_refused(submit("agg-a", "06-10T14:01", 0), E_REVISION, "header/revision");
	assert_string_equal(desk_content(), before);
	bid.n_period = 1;
	assert_items(submit("agg-a", "06-10T14:01", 2), 1, 1);
	assert_int_equal(query().n_offer, 1);
	assert_int_equal(query().offer[0].n_period, 1);
	assert_int_equal(query().offer[0].revision.v, 2);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM bid"), 2);
}

static void bids_are_refused_whole(void **state)
{
	const char *before = desk_content();

	(void)state;
	assert_refused(submit("agg-a", "06-10T14:31", 1), E_GATE_CLOSED, "noticeId");
	assert_refused(submit("agg-x", "06-10T14:00", 1), E_UNKNOWN_RESOURCE, "header/sender");
	bid.notice_id = "N9";
	assert_refused(submit("agg-a", "06-10T14:00", 1), E_UNKNOWN_NOTICE, "noticeId");
	assert_string_equal(desk_content(), before);
}

static void one_bad_bid_period(int error, const char *path)
{
	assert_items(submit("agg-a", "06-10T14:00", 1), 2, 1);
	assert_int_equal(desk.call.diag.n, 1);
	assert_diag(0, error, path);
	assert_int_equal(query().offer[0].n_period, 1);
	empty();
	assert_int_equal(publish("06-10T13:00", 1), 0);
}

static void bad_bid_periods_are_refused_the_others_stored(void **state)
{
	(void)state;
	bid_periods[0].end.v += 15 * MS_MINUTE;
	one_bad_bid_period(E_PERIOD, "period[1]");
	bid_periods[0].window = WINDOW_FILL;
	one_bad_bid_period(E_PERIOD, "period[1]");
	bid_periods[1] = bid_periods[0];
	one_bad_bid_period(E_DUPLICATE_ITEM, "period[2]");
	bid_periods[0].n_segment = 0;
	one_bad_bid_period(E_SEGMENT_ORDER, "period[1]");
	segments[0][0].no.v = 2;
	one_bad_bid_period(E_SEGMENT_ORDER, "period[1]/segment[1]/no");
	segments[0][1].price_e5.v = segments[0][0].price_e5.v;
	one_bad_bid_period(E_SEGMENT_ORDER, "period[1]/segment[2]/priceCnyKwh");
	segments[0][1].price_e5.v = 400001;
	one_bad_bid_period(E_PRICE_LIMIT, "period[1]/segment[2]/priceCnyKwh");
	segments[0][0].price_e5.v = -1;
	one_bad_bid_period(E_NEGATIVE, "period[1]/segment[1]/priceCnyKwh");
	segments[1][0].volume_w.v = 0;
	one_bad_bid_period(E_RANGE, "period[2]/segment[1]/volumeKw");
	segments[1][0].volume_w.v = -1;
	one_bad_bid_period(E_NEGATIVE, "period[2]/segment[1]/volumeKw");
	segments[1][0].volume_w.v = 21001;
	one_bad_bid_period(E_ABOVE_RATING, "period[2]/segment[1]/volumeKw");
	segments[0][1].volume_w.v = INT64_MAX;
	one_bad_bid_period(E_ABOVE_RATING, "period[1]/segment[2]/volumeKw");
}

static void the_whole_rating_and_the_cap_may_be_bid(void **state)
{
	(void)state;
	segments[0][1].volume_w.v = 11000;
	segments[0][1].price_e5.v = 400000;
	assert_items(submit("agg-a", "06-10T14:00", 1), 2, 2);
}

static void a_bid_without_a_good_period_leaves_the_earlier_one_in_force(void **state)
{
	const char *before = desk_content();

	(void)state;
	bid_periods[0].n_segment = bid_periods[1].n_segment = 0;
	assert_items(submit("agg-a", "06-10T14:01", 2), 2, 0);
	assert_string_equal(desk_content(), before);
}

static void what_no_longer_fits_a_new_notice_is_not_in_force(void **state)
{
	struct trd_query_bids_response answer;

	(void)state;
	periods[2].end.v += MS_HOUR;
	periods[0].price_cap_e5.v = 300000;
	assert_items(publish("06-10T14:10", 2), 3, 3);
	answer = query();
	assert_int_equal(answer.n_offer, 1);
	assert_int_equal(answer.offer[0].n_period, 1);
	assert_int_equal(answer.offer[0].period[0].n_segment, 1);
	periods[0].price_cap_e5.v = 299999;
	assert_items(publish("06-10T14:11", 3), 3, 3);
	assert_int_equal(query().n_offer, 0);
}

static void bids_of_an_unknown_notice_cannot_be_queried(void **state)
{
	struct trd_query_bids_response answer = { 0 };
	struct call *c = desk_begin("trading", "06-10T14:31", 1);
	struct trd_query_bids m = { &desk.header, "N9" };

	(void)state;
	assert_refused(desk_end(market_query_bids(c, &m, &answer)), E_UNKNOWN_NOTICE, "noticeId");
}

/* -- clearing */

static struct clearing_rows in_force(void)
{
	struct clearing_rows rows;

	assert_int_equal(clearing_in_force(desk.arena, desk.db, notice.trade_date.v, &rows), 0);
	return rows;
}

static void a_clearing_is_stored_and_in_force(void **state)
{
	struct clearing_rows rows;

	(void)state;
	assert_items(clear("06-10T14:30", 1), 2, 2);
	rows = in_force();
	assert_int_equal(rows.n, 1);
	assert_string_equal(rows.item[0].clearing_id, "C1");
	assert_string_equal(rows.item[0].notice_id, "N1");
	assert_int_equal(rows.item[0].n_period, 2);
	for (int i = 0; i < 2; i++) {
		const struct cleared_period *p = &rows.item[0].period[i];

		assert_int_equal(p->start.v, cleared[i].start.v);
		assert_int_equal(p->end.v, cleared[i].end.v);
		assert_int_equal(p->window, cleared[i].window);
		assert_int_equal(p->cleared_w.v, cleared[i].cleared_w.v);
		assert_int_equal(p->price_e5.v, cleared[i].price_e5.v);
	}
	assert_ptr_equal(clearing_period_at(&rows.item[0], desk_at("06-10T18:45"), desk_at("06-10T19:00")),
			 &rows.item[0].period[0]);
	assert_null(clearing_period_at(&rows.item[0], desk_at("06-10T18:45"), desk_at("06-10T19:15")));
	assert_int_equal(clearing_in_force(desk.arena, desk.db, notice.trade_date.v + 1, &rows), 0);
	assert_int_equal(rows.n, 0);
}

static void the_clearing_received_last_is_in_force(void **state)
{
	(void)state;
	assert_items(clear("06-10T14:31", 1), 2, 2);
	result.clearing_id = "C0";
	cleared[0].cleared_w.v = 7000;
	assert_items(clear("06-10T15:00", 1), 2, 2);
	assert_int_equal(in_force().n, 1);
	assert_string_equal(in_force().item[0].clearing_id, "C0");
	result.clearing_id = "C1";
	cleared[0].cleared_w.v = 6000;
	result.n_period = 1;
	assert_items(clear("06-10T15:10", 2), 1, 1);
	assert_string_equal(in_force().item[0].clearing_id, "C1");
	assert_int_equal(in_force().item[0].n_period, 1);
	assert_int_equal(in_force().item[0].period[0].cleared_w.v, 6000);
}

static void clearings_are_refused_whole(void **state)
{
	const char *before;

	(void)state;
	assert_refused(clear("06-10T14:29", 1), E_GATE_CLOSED, "noticeId");
	assert_string_equal(desk.call.diag.item[0].detail, "the gate is still open");
	assert_items(clear("06-10T14:30", 1), 2, 2);
	before = desk_content();
	assert_refused(clear("06-10T14:30", 1), E_REVISION, "header/revision");
	result.notice_id = "N9";
	assert_refused(clear("06-10T14:30", 2), E_UNKNOWN_NOTICE, "noticeId");
	assert_string_equal(desk_content(), before);
	notice.notice_id = "N9";
	assert_int_equal(publish("06-10T13:00", 1), 0);
	before = desk_content();
	assert_refused(clear("06-10T14:30", 2), E_RESOURCE_TAKEN, "clearingId");
	assert_string_equal(desk_content(), before);
}

static void one_bad_cleared_period(int error, const char *path)
{
	assert_items(clear("06-10T14:30", 1), 2, 1);
	assert_int_equal(desk.call.diag.n, 1);
	assert_diag(0, error, path);
	assert_int_equal(in_force().item[0].n_period, 1);
	assert_int_equal(db_exec(desk.db, "DELETE FROM clearing", DB_NO_ARGS), 0);
	assert_int_equal(db_exec(desk.db, "DELETE FROM clearing_period", DB_NO_ARGS), 0);
	reset_clearing();
}

static void bad_cleared_periods_are_refused_the_others_stored(void **state)
{
	(void)state;
	cleared[0].cleared_w.v = 15001;
	one_bad_cleared_period(E_RANGE, "period[1]/clearedMw");
	cleared[1].cleared_w.v = -1;
	one_bad_cleared_period(E_NEGATIVE, "period[2]/clearedMw");
	cleared[1].price_e5.v = 60001;
	one_bad_cleared_period(E_PRICE_LIMIT, "period[2]/priceCnyMwh");
	cleared[0].price_e5.v = -1;
	one_bad_cleared_period(E_NEGATIVE, "period[1]/priceCnyMwh");
	cleared[1] = cleared[0];
	one_bad_cleared_period(E_DUPLICATE_ITEM, "period[2]");
	cleared[1].start.v += MS_HOUR;
	one_bad_cleared_period(E_PERIOD, "period[2]");
	cleared[0].window = WINDOW_FILL;
	one_bad_cleared_period(E_PERIOD, "period[1]");
}

static void halved_bids_halve_what_can_be_cleared(void **state)
{
	(void)state;
	segments[0][0].volume_w.v = 5000;
	segments[0][1].volume_w.v = 2500;
	assert_items(submit("agg-a", "06-10T14:10", 2), 2, 2);
	assert_items(clear("06-10T14:30", 1), 2, 1);
	assert_diag(0, E_RANGE, "period[1]/clearedMw");
	cleared[0].cleared_w.v = 7500;
	assert_items(clear("06-10T14:30", 2), 2, 2);
}

#define FRESH(test) cmocka_unit_test_setup(test, fresh)
#define NOTICE(test) cmocka_unit_test_setup(test, with_notice)
#define BID(test) cmocka_unit_test_setup(test, with_bid)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(a_notice_is_stored_and_fetched), FRESH(fetching_since_gives_only_later_ones),
		FRESH(a_newer_revision_replaces_whole_an_older_is_refused),
		FRESH(a_late_or_far_notice_is_refused_whole),
		FRESH(bad_periods_are_refused_the_others_stored),
		NOTICE(a_notice_without_a_good_period_changes_nothing),
		NOTICE(bids_are_stored_and_queried_by_aggregator), BID(a_newer_bid_replaces_whole),
		NOTICE(bids_are_refused_whole),
		NOTICE(bad_bid_periods_are_refused_the_others_stored), NOTICE(the_whole_rating_and_the_cap_may_be_bid),
		BID(a_bid_without_a_good_period_leaves_the_earlier_one_in_force),
		BID(what_no_longer_fits_a_new_notice_is_not_in_force),
		NOTICE(bids_of_an_unknown_notice_cannot_be_queried), BID(a_clearing_is_stored_and_in_force),
		BID(the_clearing_received_last_is_in_force), BID(clearings_are_refused_whole),
		BID(bad_cleared_periods_are_refused_the_others_stored), BID(halved_bids_halve_what_can_be_cleared),
	};

	return cmocka_run_group_tests(tests, set_up, desk_tear_down);
}
