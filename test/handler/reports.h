/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* For the tests of operating state, plans and batteries: two aggregators that report. */
#ifndef TEST_HANDLER_REPORTS_H
#define TEST_HANDLER_REPORTS_H
#include "handler/words.h"

enum { REPORTS_PAST_MS = 2 * MS_HOUR, REPORTS_FUTURE_MS = MS_MINUTE };

static uint32_t reports_a, reports_b;

static inline int reports_set_up(void **state)
{
	(void)state;
	desk_open("sichuan-2023");
	desk.hub.dispatch_peer = "dispatch";
	desk.hub.sample_past_ms = REPORTS_PAST_MS;
	desk.hub.sample_future_ms = REPORTS_FUTURE_MS;
	reports_a = desk_aggregator("agg-a", 3, PILE_KIND_AC, 14000);       /* rated sum 21 kW */
	reports_b = desk_aggregator("agg-b", 2, PILE_KIND_V2G, 14000);
	return 0;
}

static inline int reports_fresh(void **state)
{
	static const char *const sql[] = { "DELETE FROM operation", "DELETE FROM plan", "DELETE FROM battery", "DELETE FROM frame",
		"DELETE FROM interval_state", "DELETE FROM minute_told", "DELETE FROM session", "DELETE FROM outbox" };

	(void)state;
	for (size_t i = 0; i < sizeof sql / sizeof *sql; i++)
		assert_int_equal(db_exec_at(desk.db, sql[i], DB_NO_ARGS), 0);
	return 0;
}
#endif
