/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* For the tests of what dispatch and the trading platform ask and are told besides tasks: two aggregators, both peers, every
 * message as words of all it says. */
#ifndef TEST_HANDLER_PEERS_H
#define TEST_HANDLER_PEERS_H
#include "handler/mini_day.h"
#include "handler/words.h"
#include "handler/alarm.h"

static inline int peers_open(void **state)
{
	mini_set_up(state);
	mini_encoder = words_encode;
	return 0;
}

static inline int peers_are(const char *dispatch, const char *trading)
{
	desk.hub.dispatch_peer = dispatch;
	desk.hub.trading_peer = trading;
	return 0;
}

/* agg-a with three piles, agg-b with two that give back */
static inline int peers_fresh(void **state)
{
	(void)state;
	mini_empty();
	desk_aggregator("agg-b", 2, PILE_KIND_V2G, 20000);
	desk_aggregator("agg-a", 3, PILE_KIND_AC, 14000);
	return peers_are("dispatch", "trading");
}

static inline void peers_raise(const char *now, const char *kind, const char *subject, const char *reference, const char *detail)
{
	assert_int_equal(desk_end(alarm_raise(&words_begin("scheduler", now, 1)->w, kind, subject, reference, detail)), 0);
}

static inline int64_t peers_last_event(void)
{
	return desk_count("SELECT MAX(seq) FROM event");
}
#endif
