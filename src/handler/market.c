/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/market_internal.h"
#include <string.h>
#include "base/error.h"
#include "handler/callback.h"
#include "store/bid.h"
#include "store/clearing.h"
#include "store/ledger.h"
#include "store/notice.h"

enum { NOTICES_MOST = 1000 };           /* in one answer, as the contract has it */

int market_conflict(int rc)
{
	return rc == E_DUPLICATE_KEY ? E_STORE_CONFLICT : rc;
}

int market_check_revision(struct call *c, int32_t stored)
{
	if (c->header->revision.v > stored)
		return 0;
	return refuse_item(c, E_REVISION, arena_printf(c->w.arena, "stored: %d", stored), "header/revision");
}

/* -- notices */

static int check_notice(struct call *c, const struct notice *n)
{
	const struct rules *rules = c->w.hub->rules;

	if (n->gate_close.v <= c->w.now_ms)
		return refuse_item(c, E_GATE_CLOSED, NULL, "notice/gateClose");
	if (n->trade_date.v - (int64_t)rules_day_of(rules, c->w.now_ms) > rules->telemetry.plan_ahead_days)
		return refuse_item(c, E_TIME_FUTURE, NULL, "notice/tradeDate");
	return 0;
}

static int check_notice_time(struct call *c, const struct notice *n, const struct timegrid *grid, int i)
{
	const struct notice_period *p = &n->period[i];

	if (p->end.v <= p->start.v)
		return refuse_item(c, E_TIME_ORDER, NULL, "notice/period[%d]/end", i + 1);
	if ((p->start.v - grid->start_ms) % grid->step_ms != 0)
		return refuse_item(c, E_TIME_GRID, NULL, "notice/period[%d]/start", i + 1);
	if ((p->end.v - grid->start_ms) % grid->step_ms != 0)
		return refuse_item(c, E_TIME_GRID, NULL, "notice/period[%d]/end", i + 1);
	if (p->start.v < grid->start_ms || p->end.v > timegrid_begin(grid, grid->n))
		return refuse_item(c, E_BUSINESS_DATE, NULL, "notice/period[%d]/start", i + 1);
	if (p->start.v < n->gate_close.v)
		return refuse_item(c, E_TIME_ORDER, "it begins before the gate closes", "notice/period[%d]/start",
				   i + 1);
	return 0;
}

static int check_notice_values(struct call *c, const struct notice_period *p, int i)
{
	if (p->window != WINDOW_SHAVE && p->window != WINDOW_FILL)
		return refuse_item(c, E_RANGE, "shave or fill", "notice/period[%d]/window", i + 1);
	if (p->demand_w.v <= 0)
		return refuse_item(c, p->demand_w.v < 0 ? E_NEGATIVE : E_RANGE, NULL, "notice/period[%d]/demandMw",
				   i + 1);
	if (p->price_cap_e5.v < 0)
		return refuse_item(c, E_NEGATIVE, NULL, "notice/period[%d]/priceCapCnyMwh", i + 1);
	return 0;
}

static int check_notice_overlap(struct call *c, const struct notice *taken, const struct notice_period *p, int i)
{
	for (int k = 0; k < taken->n_period; k++)
		if (p->start.v < taken->period[k].end.v && taken->period[k].start.v < p->end.v)
			return refuse_item(c, E_OVERLAP, NULL, "notice/period[%d]", i + 1);
	return 0;
}

/* Copies the periods that are good to taken. */
static void take_notice_periods(struct call *c, const struct notice *n, struct notice *taken)
{
	struct timegrid grid = rules_grid(c->w.hub->rules, n->trade_date.v);

	taken->n_period = 0;
	taken->period = ARENA_ARRAY(c->w.arena, (size_t)n->n_period, struct notice_period);
	for (int i = 0; i < n->n_period; i++) {
		const struct notice_period *p = &n->period[i];

		if (check_notice_time(c, n, &grid, i) == 0 && check_notice_values(c, p, i) == 0 &&
		    check_notice_overlap(c, taken, p, i) == 0)
			taken->period[taken->n_period++] = *p;
	}
}

int market_publish_notice(struct call *c, const struct trd_publish_market_notice *m)
{
	struct notice_row stored, row = {
		.notice = *m->notice, .published_ms = c->w.now_ms, .revision = c->header->revision.v, .seq = c->w.seq,
	};
	int rc = check_notice(c, m->notice);

	c->items_in = m->notice->n_period;
	if (rc < 0)
		return rc;
	rc = notice_lock(c->w.arena, c->w.db, m->notice->notice_id, &stored);
	if (rc == 0)
		rc = market_check_revision(c, stored.revision);
	if (rc < 0 && rc != E_NOTHING)
		return rc;
	take_notice_periods(c, m->notice, &row.notice);
	c->items_stored = row.notice.n_period;
	rc = row.notice.n_period > 0 ? market_conflict(notice_save(c->w.db, &row)) : 0;
	return rc == 0 && row.notice.n_period > 0 ? callback_notice(&c->w, &row.notice, row.revision) : rc;
}

int market_fetch_notices(struct call *c, const struct agg_fetch_notices *m, struct agg_fetch_notices_response *answer)
{
	struct notice_rows rows;
	int rc = notice_list(c->w.arena, c->w.db, m->since.v, NOTICES_MOST, &rows);

	if (rc < 0)
		return rc;
	answer->notice = ARENA_ARRAY(c->w.arena, rows.n, struct notice);
	answer->n_notice = (int)rows.n;
	for (size_t i = 0; i < rows.n; i++)
		answer->notice[i] = rows.item[i].notice;
	return 0;
}

/* -- what bids and clearings share */

int market_open(struct call *c, const char *notice_id, struct market *market)
{
	int rc = notice_lock(c->w.arena, c->w.db, notice_id, &market->notice);

	if (rc == E_NOTHING)
		return refuse_item(c, E_UNKNOWN_NOTICE, NULL, "noticeId");
	if (rc == 0)
		market->named = ARENA_ARRAY(c->w.arena, (size_t)market->notice.notice.n_period, bool);
	return rc;
}

int market_name_period(struct call *c, struct market *market, int i, int64_t start_ms, int64_t end_ms,
		       enum window window, const struct notice_period **period)
{
	const struct notice *n = &market->notice.notice;

	for (int k = 0; k < n->n_period; k++) {
		const struct notice_period *p = &n->period[k];

		if (p->start.v != start_ms || p->end.v != end_ms || p->window != window)
			continue;
		if (market->named[k])
			return refuse_item(c, E_DUPLICATE_ITEM, NULL, "period[%d]", i + 1);
		market->named[k] = true;
		*period = p;
		return 0;
	}
	return refuse_item(c, E_PERIOD, NULL, "period[%d]", i + 1);
}

/* -- bids */

int market_query_bids(struct call *c, const struct trd_query_bids *m, struct trd_query_bids_response *answer)
{
	struct notice_row notice;
	struct bid_offers offers;
	int rc = notice_find(c->w.arena, c->w.db, m->notice_id, &notice);

	if (rc == E_NOTHING)
		return refuse_item(c, E_UNKNOWN_NOTICE, NULL, "noticeId");
	if (rc == 0)
		rc = bid_in_force(c->w.arena, c->w.db, m->notice_id, &offers);
	if (rc < 0)
		return rc;
	answer->offer = offers.item;
	answer->n_offer = (int)offers.n;
	return 0;
}

/* -- clearing */

static int check_clearing(struct call *c, const struct market *market, const char *clearing_id)
{
	struct clearing_row stored;
	int rc;

	if (c->w.now_ms < market->notice.notice.gate_close.v)
		return refuse_item(c, E_GATE_CLOSED, "the gate is still open", "noticeId");
	rc = clearing_find(c->w.arena, c->w.db, clearing_id, &stored);
	if (rc == E_NOTHING)
		return 0;
	if (rc == 0 && strcmp(stored.notice_id, market->notice.notice.notice_id) != 0)
		return refuse_item(c, E_RESOURCE_TAKEN, NULL, "clearingId");
	return rc < 0 ? rc : market_check_revision(c, stored.revision);
}

static int check_cleared_period(struct call *c, struct market *market, const struct bid_offers *offers,
				const struct cleared_period *p, int i)
{
	const struct notice_period *period;
	int rc = market_name_period(c, market, i, p->start.v, p->end.v, p->window, &period);

	if (rc < 0)
		return rc;
	if (p->cleared_w.v < 0)
		return refuse_item(c, E_NEGATIVE, NULL, "period[%d]/clearedMw", i + 1);
	if (p->price_e5.v < 0)
		return refuse_item(c, E_NEGATIVE, NULL, "period[%d]/priceCnyMwh", i + 1);
	if (p->price_e5.v > period->price_cap_e5.v)
		return refuse_item(c, E_PRICE_LIMIT, NULL, "period[%d]/priceCnyMwh", i + 1);
	if (p->cleared_w.v > bid_volume_w(offers, p->start.v))
		return refuse_item(c, E_RANGE, "more than was bid", "period[%d]/clearedMw", i + 1);
	return 0;
}

int market_submit_clearing(struct call *c, const struct trd_submit_clearing_result *m)
{
	struct market market;
	struct bid_offers offers;
	struct clearing_row row = {
		.clearing_id = m->clearing_id, .notice_id = m->notice_id, .revision = c->header->revision.v,
		.received_ms = c->w.now_ms, .seq = c->w.seq,
		.period = ARENA_ARRAY(c->w.arena, (size_t)m->n_period, struct cleared_period),
	};
	int rc = market_open(c, m->notice_id, &market);

	c->items_in = m->n_period;
	if (rc == 0)
		rc = check_clearing(c, &market, m->clearing_id);
	if (rc == 0)
		rc = bid_in_force(c->w.arena, c->w.db, m->notice_id, &offers);
	if (rc < 0)
		return rc;
	for (int i = 0; i < m->n_period; i++)
		if (check_cleared_period(c, &market, &offers, &m->period[i], i) == 0)
			row.period[row.n_period++] = m->period[i];
	c->items_stored = (int64_t)row.n_period;
	return row.n_period > 0 ? market_conflict(clearing_save(c->w.db, &row)) : 0;
}
