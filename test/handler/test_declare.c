/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Bids as the trading platform enters them (SubmitBid) and as they are declared to it (DeclareBid). */
#include "handler/peers.h"

/* -- bids: SubmitBid of the trading platform, DeclareBid to it */

static struct offer_segment offered[3];
static struct offer_period offer_period[2];

static int with_notice(void **state)
{
	peers_fresh(state);
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
	struct trd_submit_bid m = { &desk.header, desk_text(aggregator), desk_text("entered"), desk_text(notice), 2, offer_period };

	return desk_end(market_submit_bid_for(c, &m));
}

static int bid(const char *who, const char *now, int32_t revision, int64_t fill_price_e5)
{
	struct call *c = words_begin(who, now, revision);
	struct bid_segment segment[2] = { { { 1 }, { 6000 }, { 30000 } }, { { 1 }, { 5000 }, { fill_price_e5 } } };
	struct bid_period period[2] = {
		{ { mini_from(WINDOW_SHAVE) }, { mini_to(WINDOW_SHAVE) }, WINDOW_SHAVE, 1, &segment[0] },
		{ { mini_from(WINDOW_FILL) }, { mini_to(WINDOW_FILL) }, WINDOW_FILL, 1, &segment[1] } };
	struct agg_submit_bid m = { &desk.header, desk_text("own"), desk_text("notice-1"), 2, period };

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
	peers_are("dispatch", "");
	assert_items(bid("agg-b", "06-10T14:01", 8, 40000), 2, 2);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 2);
}

static void entered_and_own_bids_share_their_revisions(void **state)
{
	struct trd_query_bids m = { &desk.header, desk_text("notice-1") };
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(own_bid_is_declared, with_notice),
		cmocka_unit_test_setup(entered_and_own_bids_share_their_revisions, with_notice),
		cmocka_unit_test_setup(entered_bids_refused_whole, with_notice),
		cmocka_unit_test_setup(entered_periods_refused, with_notice),
	};

	return cmocka_run_group_tests(tests, peers_open, desk_tear_down);
}
