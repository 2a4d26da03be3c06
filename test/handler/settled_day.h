/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The small day with its task followed to the end; settled. */
#ifndef TEST_HANDLER_SETTLED_DAY_H
#define TEST_HANDLER_SETTLED_DAY_H
#include "handler/mini_task.h"
#include "handler/settlement.h"

enum { SETTLED_SILENT_FROM = MINI_FIRST + 3, SETTLED_SILENT_TO = MINI_FIRST + 7 };      /* agg-b from 18:45 to 19:45 */

static inline void settled_play(void)
{
	mini_follow();
	for (int pile = 7; pile < MINI_PILES; pile++)
		for (int t = SETTLED_SILENT_FROM; t < SETTLED_SILENT_TO; t++)
			mini_put(pile, t, 0, 0);
	mini_put(5, MINI_FIRST + 2, 14, 14 * mini_follow_w(5, MINI_FIRST + 2));       /* one sample of a/s07 is missing */
}

static inline int settled_played(void **state)
{
	mini_started(state);
	settled_play();
	return 0;
}

static inline int settled_day(void **state)
{
	settled_played(state);
	assert_int_equal(mini_job(settlement_due, "06-11T12:01"), 1);
	return 0;
}
#endif
