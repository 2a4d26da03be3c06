/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* P7 from the journal: how long processing takes, upward (a frame received → checked → stored → its minute's totals queued for
 * dispatch) and downward (a task's message received → stored; its start begun → control curve queued → delivered →
 * acknowledged). Machine time. */
#ifndef VGI_HANDLER_P7_H
#define VGI_HANDLER_P7_H
#include <stdbool.h>
#include "handler/work.h"

/* One span between two stages. n = 0: none was measured, and the rest is 0 and NULL. */
struct p7_span {
	bool upward;
	const char *from, *to;
	int64_t n, median_us, p99_us, longest_us;
	const char *party, *id;         /* of the longest: whose message, which */
};
enum { P7_SPANS = 9, P7_LIMIT_US = 10000000 };

/* All spans of a business date; the last of each direction is the whole chain. Errors: db.h. A frame that came after its
 * minute had been told is in no chain. */
int p7_load(struct work *w, int32_t date, struct p7_span span[P7_SPANS]);
#endif
