/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Bids: from aggregators, and such as were entered at the trading platform for them. */
#include "base/error.h"
#include "handler/market_internal.h"
#include "handler/message_id.h"
#include "handler/push.h"
#include "store/bid.h"
#include "store/ledger.h"

/* Whose bid, by which contract. */
struct bidder {
	const char *aggregator_id;
	const char *path;               /* where the message says so */
	const char *volume, *price;     /* names of the contract's elements */
	uint32_t no;
	int64_t rated_w;                /* sum of its piles */
};

static int find_bidder(struct call *c, struct bidder *b)
{
	const struct ledger *ledger;
	int rc = ledger_of(c->w.arena, c->w.ledger, c->w.db, b->aggregator_id, &ledger);

	if (rc < 0)
		return rc;
	if (ledger->n_aggregators == 0)
		return refuse_item(c, E_UNKNOWN_RESOURCE, "its ledger has not been reported", "%s", b->path);
	b->no = ledger->aggregator[0].no;
	for (size_t i = 0; i < ledger->n_piles; i++)
		b->rated_w += ledger->pile[i].rated_w;
	return 0;
}

static int check_bid(struct call *c, const struct market *market, uint32_t aggregator_no)
{
	int32_t stored;
	int rc;

	if (c->w.now_ms > market->notice.notice.gate_close.v)
		return refuse_item(c, E_GATE_CLOSED, NULL, "noticeId");
	rc = bid_revision(c->w.db, aggregator_no, market->notice.notice.notice_id, &stored);
	if (rc == E_NOTHING)
		return 0;
	return rc < 0 ? rc : market_check_revision(c, stored);
}

static int check_segment(struct call *c, const struct bidder *b, const struct bid_segment *s, int64_t cap_e5, int i, int k)
{
	if (s[k].no.v != k + 1)
		return refuse_item(c, E_SEGMENT_ORDER, NULL, "period[%d]/segment[%d]/no", i + 1, k + 1);
	if (s[k].volume_w.v <= 0)
		return refuse_item(c, s[k].volume_w.v < 0 ? E_NEGATIVE : E_RANGE, NULL, "period[%d]/segment[%d]/%s", i + 1, k + 1,
				   b->volume);
	if (s[k].price_e5.v < 0)
		return refuse_item(c, E_NEGATIVE, NULL, "period[%d]/segment[%d]/%s", i + 1, k + 1, b->price);
	if (s[k].price_e5.v > cap_e5)
		return refuse_item(c, E_PRICE_LIMIT, NULL, "period[%d]/segment[%d]/%s", i + 1, k + 1, b->price);
	if (k > 0 && s[k].price_e5.v <= s[k - 1].price_e5.v)
		return refuse_item(c, E_SEGMENT_ORDER, NULL, "period[%d]/segment[%d]/%s", i + 1, k + 1, b->price);
	return 0;
}

static int check_period(struct call *c, const struct bidder *b, struct market *market, const struct bid_period *p, int i)
{
	const struct notice_period *period;
	int64_t left_w = b->rated_w;
	int rc = market_name_period(c, market, i, p->start.v, p->end.v, p->window, &period);

	if (rc == 0 && p->n_segment == 0)
		rc = refuse_item(c, E_SEGMENT_ORDER, NULL, "period[%d]", i + 1);
	for (int k = 0; k < p->n_segment && rc == 0; k++) {
		rc = check_segment(c, b, p->segment, period->price_cap_e5.v, i, k);
		if (rc == 0 && p->segment[k].volume_w.v > left_w)
			rc = refuse_item(c, E_ABOVE_RATING, NULL, "period[%d]/segment[%d]/%s", i + 1, k + 1, b->volume);
		if (rc == 0)
			left_w -= p->segment[k].volume_w.v;
	}
	return rc;
}

/* Takes a bid in: what is good of `told`. bid: id and notice are set. */
static int take_bid(struct call *c, struct bidder *b, const struct bid_period *told, int n, struct bid_row *bid)
{
	struct bid_period *good = ARENA_ARRAY(c->w.arena, (size_t)n, struct bid_period);
	struct market market;
	int rc = find_bidder(c, b);

	c->items_in = n;
	if (rc == 0)
		rc = market_open(c, bid->notice_id, &market);
	if (rc == 0)
		rc = check_bid(c, &market, b->no);
	if (rc < 0)
		return rc;
	for (int i = 0; i < n; i++)
		if (check_period(c, b, &market, &told[i], i) == 0)
			good[bid->n_period++] = told[i];
	bid->aggregator_no = b->no;
	bid->revision = c->header->revision.v;
	bid->submitted_ms = c->w.now_ms;
	bid->seq = c->w.seq;
	bid->period = good;
	c->items_stored = (int64_t)bid->n_period;
	return bid->n_period > 0 ? market_conflict(bid_save(c->w.arena, c->w.db, bid)) : 0;
}

/* -- passed on to the trading platform */

static struct offer_period offer_period_of(struct arena *a, const struct bid_period *p)
{
	struct offer_period o = { p->start, p->end, p->window, p->n_segment,
		ARENA_ARRAY(a, (size_t)p->n_segment, struct offer_segment) };

	for (int i = 0; i < p->n_segment; i++)
		o.segment[i] = (struct offer_segment){ p->segment[i].no, p->segment[i].volume_w, p->segment[i].price_e5 };
	return o;
}

static int declare(struct call *c, const struct bid_row *bid)
{
	struct arena *a = c->w.arena;
	struct offer offer = { arena_strdup(a, bid->bid_id), arena_strdup(a, c->principal), { bid->revision },
		{ bid->submitted_ms }, (int)bid->n_period, ARENA_ARRAY(a, bid->n_period, struct offer_period) };
	struct tpf_declare_bid m = { .notice_id = arena_strdup(a, bid->notice_id), .n_offer = 1, .offer = &offer };
	const char *id;
	int rc;

	if (!push_has_peer(c->w.hub->trading_peer))
		return 0;
	rc = message_id_of(a, "DB", arena_printf(a, "%s/%s/%d", bid->notice_id, c->principal, bid->revision), &id);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < bid->n_period; i++)
		offer.period[i] = offer_period_of(a, &bid->period[i]);
	m.header = push_header(&c->w, id);
	return push_queue(&c->w, &(struct push_message){ .peer = c->w.hub->trading_peer, .kind = OUTGOING_DECLARE_BID,
		.header = m.header, .message = &m, .items = offer.n_period, .expires_ms = VALUE_NONE });
}

int market_submit_bid(struct call *c, const struct agg_submit_bid *m)
{
	struct bidder bidder = { .aggregator_id = c->principal, .path = "header/sender", .volume = "volumeKw",
		.price = "priceCnyKwh" };
	struct bid_row bid = { .notice_id = m->notice_id, .bid_id = m->bid_id };
	int rc = take_bid(c, &bidder, m->period, m->n_period, &bid);

	return rc == 0 && bid.n_period > 0 ? declare(c, &bid) : rc;
}

/* -- entered at the platform */

static struct bid_period bid_period_of(struct arena *a, const struct offer_period *o)
{
	struct bid_period p = { o->start, o->end, o->window, o->n_segment,
		ARENA_ARRAY(a, (size_t)o->n_segment, struct bid_segment) };

	for (int i = 0; i < o->n_segment; i++)
		p.segment[i] = (struct bid_segment){ o->segment[i].no, o->segment[i].volume_w, o->segment[i].price_e5 };
	return p;
}

int market_submit_bid_for(struct call *c, const struct trd_submit_bid *m)
{
	struct bidder bidder = { .aggregator_id = m->aggregator_id, .path = "aggregatorId", .volume = "volumeMw",
		.price = "priceCnyMwh" };
	struct bid_row bid = { .notice_id = m->notice_id, .bid_id = m->bid_id };
	struct bid_period *told = ARENA_ARRAY(c->w.arena, (size_t)m->n_period, struct bid_period);

	for (int i = 0; i < m->n_period; i++)
		told[i] = bid_period_of(c->w.arena, &m->period[i]);
	return take_bid(c, &bidder, told, m->n_period, &bid);
}
